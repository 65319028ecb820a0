//! Learned models of what customers will spend, and of whether they come back, on columns of features.
//!
//! A [`recipe::Recipe`] says what is to be learned; [`fitted::fit`] learns one model, [`compare::fit_all`]
//! many at once. Threads go to models and folds, never into one model, so that results do not depend on
//! their number. LightGBM and XGBoost are the real libraries, by their safe Rust interfaces.
//!
//! Deliberately not here: tables, files on disk, the clock; which day is the cut, and what the features
//! mean.

pub mod blend;
pub mod churn;
pub mod compare;
pub mod conformal;
#[cfg(test)]
mod conformance;
pub mod contributions;
pub mod error;
pub mod explain;
pub mod features;
pub mod file;
pub mod fitted;
pub mod folds;
#[cfg(test)]
mod golden;
pub(crate) mod lightgbm;
pub mod linear;
pub(crate) mod loss;
pub mod recipe;
pub(crate) mod shap;
pub(crate) mod xgboost;

pub use error::{Error, Kind};
pub use features::{Features, Sample};
