//! Machine-learning models of future spend and churn, on feature columns.
//!
//! A [`recipe::Recipe`] describes a model; [`fitted::fit`] fits one, [`fit_all::fit_all`] many in parallel.
//! Threads are spread over models and folds, never inside one model, so results do not depend on their
//! number. LightGBM and XGBoost are the original libraries, called through safe Rust bindings.
//!
//! Deliberately not here: tables, files on disk, the clock; the forecast origin and the meaning of the
//! features.

pub mod blend;
pub mod churn;
pub mod conformal;
#[cfg(test)]
mod conformance;
pub mod contributions;
pub mod error;
pub mod explain;
pub mod features;
pub mod file;
pub mod fit_all;
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
