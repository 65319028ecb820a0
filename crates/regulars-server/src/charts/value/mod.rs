//! Lifetime value charts: models, accuracy, drivers and forecasts.

mod coverage;
mod features;
mod groups;
mod holdout;
mod models;
mod probabilities;
mod time;

pub(super) use coverage::{churn_holdout, coverage};
pub(super) use features::{dependence, drivers, gains, meaning as feature_meaning, permutation_importance};
pub(crate) use groups::total_interval_meaning;
pub(super) use groups::{
    by_cluster, by_score, by_segment, forecast_clusters, forecast_deciles, forecast_segments,
    margin_by_segment,
};
pub(super) use holdout::{agreement, calibration, gain, residuals};
pub(super) use models::models;
pub(super) use probabilities::{alive, buying, churn, reliability};
pub(super) use time::tracking;
