//! Marketing charts: spend at risk, upside, best-customer profile and return on a contact budget.

mod best_customer_profile;
mod budget;
mod opportunities;
mod segments;

pub(crate) use best_customer_profile::{best_customer_profile, nothing_found};
pub(crate) use budget::curve;
pub(crate) use opportunities::{kinds, upside};
pub(crate) use segments::{at_risk, value_and_risk};
