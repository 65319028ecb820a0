//! Marketing charts: spend at risk, upside, best-customer profile and return on a contact budget.

mod budget;
mod look_alikes;
mod opportunities;
mod segments;

pub(crate) use budget::curve;
pub(crate) use look_alikes::{look_alikes, nothing_found};
pub(crate) use opportunities::{kinds, upside};
pub(crate) use segments::{at_risk, value_and_risk};
