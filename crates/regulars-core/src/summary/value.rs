//! The lifetime value part of the summary.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A churn model: a row of `churn_comparison`.
pub use crate::tables::churn_comparison::Row as ChurnRow;
/// A bin of predicted churn: a row of `churn_reliability`.
pub use crate::tables::churn_reliability::Row as ChurnBand;
/// The importance of a feature: a row of `feature_importance`.
pub use crate::tables::feature_importance::Row as FeatureRow;
/// A decile of customers by forecast: a row of `ltv_deciles`.
pub use crate::tables::ltv_deciles::Row as ValueDecile;
/// The forecast for a group: a row of `ltv_summary`.
pub use crate::tables::ltv_summary::Row as ValueGroup;
/// A model and its accuracy: a row of `model_comparison`.
pub use crate::tables::model_comparison::Row as ModelRow;

/// Lifetime value of all customers, the model, and its accuracy.
///
/// Units: `_minor` as in [`super::RunSummary`]; errors of spend in minor units per customer.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct ValueSummary {
    /// The chosen model.
    pub model: String,
    /// The criterion for the choice, in words.
    pub rule: String,
    /// Why this model was chosen, in words.
    pub reason: String,
    /// The second-best model.
    pub runner_up: Option<String>,
    /// Forecast horizon in days, from `as_of`.
    pub horizon_days: u32,
    /// Last day of the calibration period, `YYYY-MM-DD`.
    pub calibration_end: String,
    /// Length of the holdout period.
    pub holdout_days: u32,
    /// Customers in the holdout test: those with an order in the calibration period.
    pub holdout_customers: u64,
    /// Their actual spend in the holdout period.
    pub actual_minor: i64,
    /// Their predicted spend in the holdout period.
    pub expected_minor: i64,
    /// Their actual purchases in the holdout period.
    pub actual_purchases: f64,
    /// Their predicted purchases in the holdout period.
    pub holdout_expected_purchases: f64,
    /// Level of the prediction intervals.
    pub interval_level: f64,
    /// The uncertainty that customers' intervals include, in words.
    pub interval_covers: String,
    /// Share of customers whose holdout spend lies in the prediction interval.
    pub coverage: f64,
    /// Share of customers whose holdout purchases lie in the prediction interval.
    pub purchases_coverage: f64,
    /// Discount rate in words; `None` without discounting.
    pub discount: Option<String>,
    /// Customers with a forecast.
    pub customers: u64,
    /// Total predicted LTV.
    pub total_ltv_minor: i64,
    /// Lower bound of its prediction interval.
    pub total_ltv_low_minor: i64,
    /// Upper bound of its prediction interval.
    pub total_ltv_high_minor: i64,
    /// Total expected purchases in the horizon.
    pub total_purchases: f64,
    /// Lower bound of its prediction interval.
    pub total_purchases_low: f64,
    /// Upper bound of its prediction interval.
    pub total_purchases_high: f64,
    /// Mean predicted LTV.
    pub mean_ltv_minor: f64,
    /// Lower bound of its prediction interval.
    pub mean_ltv_low_minor: f64,
    /// Upper bound of its prediction interval.
    pub mean_ltv_high_minor: f64,
    /// Mean P(alive).
    pub mean_p_alive: f64,
    /// Share of the total in the decile with the highest forecasts.
    pub top_10_share: f64,
    /// Expected repeat purchases of a new customer in the horizon.
    pub new_customer_purchases: f64,
    /// Correlation of purchase frequency and spend per purchase.
    pub spend_frequency_correlation: Option<f64>,
    /// Warnings, in words.
    pub warnings: Vec<String>,
    /// All models tried, in the order of the table `model_comparison`.
    pub models: Vec<ModelRow>,
    /// The customers with the highest forecasts.
    pub top_customers: Vec<ValuedCustomer>,
    /// All customers, then segments, clusters and deciles, in the order of the table `ltv_summary`.
    #[serde(default)]
    pub groups: Vec<ValueGroup>,
    /// Predicted and actual spend by decile of the chosen model's forecast, highest first.
    #[serde(default)]
    pub deciles: Vec<ValueDecile>,
    /// The best learned model; `None` if none was fitted.
    #[serde(default)]
    pub best_learned: Option<String>,
    /// Its features, most important first.
    #[serde(default)]
    pub features: Vec<FeatureRow>,
    /// Models of P(churn) over a period as long as the holdout period.
    #[serde(default)]
    pub churn: Vec<ChurnRow>,
    /// Calibration of the chosen churn model: predicted and observed rates by bin.
    #[serde(default)]
    pub churn_bands: Vec<ChurnBand>,
    /// Typical relative error of totals forecast at earlier origins; included in the intervals of totals.
    #[serde(default)]
    pub total_error: f64,
    /// Number of earlier forecast origins behind `total_error`.
    #[serde(default)]
    pub total_errors: u32,
    /// Gross margin of the total, if configured.
    #[serde(default)]
    pub total_margin_minor: Option<i64>,
    /// Accuracy at earlier forecast origins, latest first; empty unless configured.
    #[serde(default)]
    pub origins: Vec<OriginRow>,
    /// Mean P(purchase) in the horizon.
    #[serde(default)]
    pub mean_p_purchase: Option<f64>,
    /// How reliable P(alive) is.
    #[serde(default)]
    pub alive: Option<AliveEvidence>,
    /// The customer with the highest holdout spend, and the model comparison without it; `None` if nobody
    /// spent anything.
    #[serde(default)]
    pub largest: Option<LargestInHoldout>,
}

/// How reliable P(alive) is.
///
/// A model can infer dropout only from inactivity. If it has no dropout, or still considers customers active
/// who have been inactive for far longer than their purchase cycle, P(alive) reflects the model and not the
/// data.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct AliveEvidence {
    /// The model of P(alive).
    pub model: String,
    /// Whether the model has dropout; false for the NBD and for fits without visible dropout.
    pub models_dropout: bool,
    /// Lapsed customers: cycle ratio above 4.
    pub silent: u64,
    /// Lapsed customers with P(alive) above 99%.
    pub inactive_but_certain: u64,
    /// Mean P(purchase) of the lapsed customers; `None` if there are none.
    pub silent_p_purchase: Option<f64>,
}

/// The customer with the highest spend in the holdout period.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct LargestInHoldout {
    /// The customer.
    pub customer_id: String,
    /// Actual spend in the holdout period.
    pub actual_minor: i64,
    /// Spend predicted by the chosen model.
    pub expected_minor: i64,
    /// Share of the spend of all customers.
    pub share: f64,
    /// The model that would be chosen without this customer, with the same fits.
    pub model_without: String,
}

/// One model at one earlier forecast origin.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct OriginRow {
    /// Forecast origin: the last day that the model knows, `YYYY-MM-DD`.
    pub origin: String,
    /// Customers with an order by then.
    pub customers: u64,
    /// The model.
    pub model: String,
    /// RMSE of spend.
    pub rmse_minor: f64,
    /// Predicted over actual spend, minus 1.
    pub bias: Option<f64>,
    /// Normalised Gini coefficient of the ranking by forecast.
    pub gini: Option<f64>,
}

/// One of the customers with the highest predicted LTV.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct ValuedCustomer {
    /// The customer.
    pub customer_id: String,
    /// Predicted LTV.
    pub predicted_ltv_minor: i64,
    /// Lower bound of its prediction interval.
    pub predicted_low_minor: i64,
    /// Upper bound of its prediction interval.
    pub predicted_high_minor: i64,
    /// P(alive).
    pub p_alive: f64,
    /// Expected purchases in the horizon.
    pub expected_purchases: f64,
    /// P(purchase) in the horizon.
    #[serde(default)]
    pub p_purchase: Option<f64>,
}
