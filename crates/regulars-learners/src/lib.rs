//! Learned models on features.

pub mod contributions;
pub mod error;
pub mod features;
#[cfg(test)]
mod golden;
pub(crate) mod lightgbm;
pub mod linear;
pub(crate) mod loss;
pub mod recipe;
pub(crate) mod xgboost;

pub use error::{Error, Kind};
pub use features::{Features, Sample};
