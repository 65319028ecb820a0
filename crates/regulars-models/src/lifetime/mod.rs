//! Shared by all lifetime models: counted histories, time types, the fit, predictions, and forecast
//! evaluation.
//!
//! Each model has its own folder next to this one; [`model::PurchaseModel`] is any of those that count
//! purchases in continuous time.

pub mod bayes;
pub(crate) mod boundary;
pub mod clv;
pub mod count_distribution;
pub(crate) mod counts;
pub mod covariates;
pub mod coverage;
pub mod error;
pub mod fit;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod forecast;
pub mod holdout;
pub mod model;
pub mod next_purchases;
pub mod patterns;
pub mod prediction;
pub mod purchase_probabilities;
pub mod registry;
pub mod rolling;
pub(crate) mod search;
pub mod simulate;
pub mod time;
pub mod tracking;
pub mod uncertainty;
pub mod unit;

#[cfg(test)]
mod conformance_tests;
#[cfg(test)]
mod coverage_tests;
#[cfg(test)]
mod hard_tests;
#[cfg(test)]
mod holdout_tests;
#[cfg(test)]
mod input_tests;
#[cfg(test)]
mod recovery_tests;
#[cfg(test)]
mod rolling_tests;
#[cfg(test)]
mod tests;

pub use error::Error;
