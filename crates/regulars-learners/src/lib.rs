//! Machine-learning models of future spend and churn, on feature columns.
//!
//! A [`recipe::Recipe`] describes a model; [`fitted::fit`] fits one, [`fit_all::fit_all`] many in parallel.
//! Threads are spread over models and folds, never inside one model, so results do not depend on their
//! number. LightGBM and XGBoost are the original libraries, called through safe Rust bindings.
//!
//! Deliberately not here: tables, files on disk, the clock; the forecast origin and the meaning of the
//! features.
//!
//! ```
//! use regulars_learners::fitted::fit;
//! use regulars_learners::recipe::Recipe;
//! use regulars_learners::{Features, Sample};
//!
//! let orders: Vec<f64> = (1..=50).map(f64::from).collect();
//! let spend: Vec<f64> = orders.iter().map(|orders| 5.0 + 20.0 * orders).collect();
//! let features = Features::new(vec!["orders".into()], &[&orders])?;
//! let model = fit(&Recipe::Linear.check()?, Sample::new(&features, &spend)?, None)?;
//! assert!((model.predict(&features)?[9] - 205.0).abs() < 1e-6);
//! # Ok::<(), regulars_learners::Error>(())
//! ```

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
pub(crate) mod tree_sums;
pub(crate) mod xgboost;

pub use error::{Error, Kind};
pub use features::{Features, Sample};

/// A count with its noun, for notes: `1 customer`, `1,234 customers`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", if count == 1 { one } else { many })
}
