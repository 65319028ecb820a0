//! What a run says of lifetime value.

use serde::{Deserialize, Serialize};

/// Lifetime value over all customers, the model it comes from, and how far it can be relied on.
///
/// Units: `_minor` as in [`super::RunSummary`]; errors of spend in minor units a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueSummary {
    /// The model chosen.
    pub model: String,
    /// By which rule, in words.
    pub rule: String,
    /// Why this one, in plain words.
    pub reason: String,
    /// The model that would have been next.
    pub runner_up: Option<String>,
    /// Days ahead that value is forecast for, from `as_of`.
    pub horizon_days: u32,
    /// The last day that the judged models knew, `YYYY-MM-DD`.
    pub calibration_end: String,
    /// Days after it that they were judged on.
    pub holdout_days: u32,
    /// Customers judged: those who had bought by then.
    pub customers_judged: u64,
    /// What these spent in the days held out.
    pub actual_minor: i64,
    /// What they were expected to spend.
    pub expected_minor: i64,
    /// How they bought in them.
    pub actual_purchases: f64,
    /// How they were expected to.
    pub expected_purchases_judged: f64,
    /// The chance that intervals are meant to hold what happens.
    pub interval_level: f64,
    /// Which uncertainty the intervals of customers hold, in words.
    pub interval_covers: String,
    /// The share of customers whose spend in the days held out lay in its interval.
    pub coverage: f64,
    /// The same of their purchases.
    pub purchases_coverage: f64,
    /// Interest that value is discounted by, in words; none if nothing is discounted.
    pub discount: Option<String>,
    /// Customers with a forecast.
    pub customers: u64,
    /// The sum over them of what they will spend in the horizon.
    pub total_ltv_minor: i64,
    /// Lower end of its interval.
    pub total_ltv_low_minor: i64,
    /// Upper end of its interval.
    pub total_ltv_high_minor: i64,
    /// Purchases expected of all customers in the horizon.
    pub total_purchases: f64,
    /// Lower end of its interval.
    pub total_purchases_low: f64,
    /// Upper end of its interval.
    pub total_purchases_high: f64,
    /// Mean of what a customer will spend.
    pub mean_ltv_minor: f64,
    /// Lower end of its interval.
    pub mean_ltv_low_minor: f64,
    /// Upper end of its interval.
    pub mean_ltv_high_minor: f64,
    /// Mean chance that a customer has not left.
    pub mean_p_alive: f64,
    /// Share of the total that comes from the tenth of customers with the highest value.
    pub top_tenth_share: f64,
    /// Repeat purchases that a new customer is expected to make in the horizon.
    pub new_customer_purchases: f64,
    /// Correlation of how often customers buy and how much they spend at a purchase.
    pub spend_frequency_correlation: Option<f64>,
    /// What a reader should know, in words.
    pub warnings: Vec<String>,
    /// Every model that was tried, in the order of the table `model_comparison`.
    pub models: Vec<ModelRow>,
    /// The customers with the highest value.
    pub top_customers: Vec<ValuedCustomer>,
    /// Everybody, then segments, clusters and tenths, in the order of the table `ltv_summary`.
    #[serde(default)]
    pub groups: Vec<ValueGroup>,
    /// Forecast and truth by tenths of the chosen model's forecast, the highest first.
    #[serde(default)]
    pub deciles: Vec<ValueDecile>,
    /// The best learned model; none if nothing was learned.
    #[serde(default)]
    pub best_learned: Option<String>,
    /// What it goes by, the most important features first.
    #[serde(default)]
    pub features: Vec<FeatureRow>,
    /// Models of the chance to buy nothing in as many days as were held out.
    #[serde(default)]
    pub churn: Vec<ChurnRow>,
    /// What the chosen model of that chance stated, in bands, and what happened.
    #[serde(default)]
    pub churn_bands: Vec<ChurnBand>,
    /// By what share the totals that were expected at earlier days were off, typically, and at how many days;
    /// the interval of every sum holds it.
    #[serde(default)]
    pub level_error: f64,
    /// See above.
    #[serde(default)]
    pub level_errors: u32,
    /// What is left of the total after cost, where a margin was given.
    #[serde(default)]
    pub total_margin_minor: Option<i64>,
    /// How models did at earlier days, the latest first; empty unless that was asked for.
    #[serde(default)]
    pub origins: Vec<OriginRow>,
    /// Mean chance of a customer to buy in the horizon.
    #[serde(default)]
    pub mean_p_purchase: Option<f64>,
    /// How far the chance that a customer has not left can be believed.
    #[serde(default)]
    pub alive: Option<AliveEvidence>,
    /// The customer who spent most in the days held out, and what the comparison of models is without it; none if
    /// nobody spent anything.
    #[serde(default)]
    pub largest: Option<LargestInHoldout>,
}

/// How far the chance that a customer has not left can be believed.
///
/// A model can only see customers leave by their silence. Where it lets nobody leave, or still takes those for
/// present who have been silent far beyond their habit, the chance is a property of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AliveEvidence {
    /// The model that the chance comes from.
    pub model: String,
    /// Whether customers leave in it at all: not in the NBD, nor where the fit found no dropout.
    pub sees_leaving: bool,
    /// Customers silent for more than four of their usual gaps between orders.
    pub silent: u64,
    /// Those of them who are given a chance above 99% to be still there.
    pub silent_but_sure: u64,
    /// Mean chance of the silent to buy in the horizon; none if there are none.
    pub silent_p_purchase: Option<f64>,
}

/// The customer who spent most in the days held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LargestInHoldout {
    /// The customer.
    pub customer_id: String,
    /// What it spent in the days held out.
    pub actual_minor: i64,
    /// What the chosen model had expected of it.
    pub expected_minor: i64,
    /// Its share of what all spent.
    pub share: f64,
    /// The model that would have been chosen without it, judged by the same fits.
    pub model_without: String,
}

/// Customers who were given similar chances to buy nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChurnBand {
    /// Customers in it.
    pub customers: u64,
    /// Mean chance that was stated.
    pub stated: f64,
    /// Share of them who bought nothing.
    pub happened: f64,
}

/// One model at one earlier day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginRow {
    /// The last day that it knew, `YYYY-MM-DD`.
    pub origin: String,
    /// Customers who had bought by then.
    pub customers: u64,
    /// The model.
    pub model: String,
    /// Root mean squared error of spend.
    pub rmse_minor: f64,
    /// Expected over actual spend, minus 1.
    pub bias: Option<f64>,
    /// How well the order by expected spend was the right one: normalised Gini coefficient.
    pub gini: Option<f64>,
}

/// One group of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueGroup {
    /// What divides the customers: `all`, `segment`, `cluster` or `decile`.
    pub grouping: String,
    /// The group.
    pub name: String,
    /// Customers in it.
    pub customers: u64,
    /// What they will spend together in the horizon.
    pub predicted_ltv_minor: i64,
    /// Lower end of the interval of the sum.
    pub predicted_low_minor: i64,
    /// Upper end of the interval of the sum.
    pub predicted_high_minor: i64,
    /// Share of the value of all customers.
    pub share: Option<f64>,
    /// Mean chance that they have not left.
    pub mean_p_alive: f64,
    /// Mean chance to buy nothing in as many days as were held out.
    pub mean_p_churn: Option<f64>,
    /// Mean chance to buy in the horizon.
    #[serde(default)]
    pub mean_p_purchase: Option<f64>,
}

/// One tenth of the judged customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueDecile {
    /// 1 is the tenth with the highest forecasts.
    pub decile: u32,
    /// Customers in it.
    pub customers: u64,
    /// Mean of what was expected of them in the days held out.
    pub expected_minor: f64,
    /// Mean of what they spent.
    pub actual_minor: f64,
    /// Share of them whose spend lay in its interval.
    pub coverage: Option<f64>,
}

/// One feature that a learned model goes by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureRow {
    /// The feature.
    pub feature: String,
    /// By how much the error of spend in the days held out grows when its values are dealt to other
    /// customers.
    pub rmse_increase_minor: f64,
    /// Mean size of what it adds to or takes from a customer's expected spend.
    pub mean_contribution_minor: f64,
}

/// One model of the chance to buy nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChurnRow {
    /// The model.
    pub model: String,
    /// Whether `p_churn` comes from it.
    pub chosen: bool,
    /// Area under the curve; none if all customers did the same.
    pub auc: Option<f64>,
    /// Mean squared distance of the chance from what happened.
    pub brier: f64,
    /// Mean negative logarithm of the chance given to what happened.
    pub log_loss: f64,
}

/// One model that was tried, judged on the days held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRow {
    /// The model.
    pub model: String,
    /// `probabilistic`, `learned`, `blend` or `baseline`.
    pub kind: String,
    /// Whether it was chosen.
    pub chosen: bool,
    /// Share of the variance of spend that is explained.
    pub r2: Option<f64>,
    /// Mean absolute error of spend.
    pub mae_minor: Option<f64>,
    /// Root mean squared error of spend.
    pub rmse_minor: Option<f64>,
    /// Expected over actual spend, minus 1.
    pub bias: Option<f64>,
    /// How well the order by expected spend is the right one: normalised Gini coefficient.
    #[serde(default)]
    pub gini: Option<f64>,
    /// Mean R2 of five-fold cross-validation at the first cut, where asked for.
    #[serde(default)]
    pub cross_validated_r2: Option<f64>,
    /// Root mean squared error of purchases.
    pub purchases_rmse: Option<f64>,
    /// Expected over actual purchases, minus 1.
    pub purchases_bias: Option<f64>,
    /// Log-likelihood of the purchases.
    pub holdout_log_likelihood: Option<f64>,
    /// What the fit has to say: a boundary, or why there is none.
    pub note: Option<String>,
    /// Root mean squared error of spend without the customer who spent most in the days held out.
    #[serde(default)]
    pub rmse_without_largest_minor: Option<f64>,
    /// Mean absolute error of spend without it.
    #[serde(default)]
    pub mae_without_largest_minor: Option<f64>,
    /// Expected over actual spend without it, minus 1.
    #[serde(default)]
    pub bias_without_largest: Option<f64>,
}

/// One of the customers with the highest value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValuedCustomer {
    /// The customer.
    pub customer_id: String,
    /// Expected spend in the horizon.
    pub predicted_ltv_minor: i64,
    /// Lower end of its interval.
    pub predicted_low_minor: i64,
    /// Upper end of its interval.
    pub predicted_high_minor: i64,
    /// The chance that the customer has not left.
    pub p_alive: f64,
    /// Expected purchases in the horizon.
    pub expected_purchases: f64,
    /// The chance to buy in the horizon.
    #[serde(default)]
    pub p_purchase: Option<f64>,
}
