//! What the step needs to know of every customer: columns of the tables that the run has written.
//!
//! Deliberately not here: what they mean (`regulars_core::tables`).

use std::path::Path;

use regulars_core::risk::days_at_stake;

use super::ActionsRequest;
use crate::error::Result;
use crate::feature_columns::{FeatureColumn, read_columns};

/// One value of each column a customer; money in minor units, NaN where there is no value.
pub(crate) struct Ahead {
    /// What each is expected to spend in the horizon.
    pub(crate) predicted_minor: Vec<f64>,
    /// What each is expected to spend at a purchase.
    pub(crate) order_minor: Vec<f64>,
    /// The chance to lose each: to buy nothing in as many days as were held out, or to have left.
    pub(crate) chance_to_lose: Vec<f64>,
    /// Net spend of the last days.
    pub(crate) spent_lately_minor: Vec<f64>,
    pub(crate) orders: Vec<f64>,
    pub(crate) recency_days: Vec<f64>,
    pub(crate) tenure_days: Vec<f64>,
    pub(crate) gap_mean_days: Vec<f64>,
    pub(crate) order_value_minor: Vec<f64>,
    pub(crate) categories: Vec<f64>,
    pub(crate) pieces: Vec<f64>,
    pub(crate) monetary_minor: Vec<f64>,
}

impl Ahead {
    pub(super) fn read(request: &ActionsRequest<'_>) -> Result<Self> {
        let lately = format!("spend_last_{}d_minor", days_at_stake(request.config.value.horizon_days));
        let [spent_lately_minor, tenure_days, gap_mean_days, order_value_minor, categories, pieces] =
            numbers(
                request.features,
                [
                    &lately,
                    "tenure_days",
                    "days_between_orders_mean",
                    "average_order_value_minor",
                    "distinct_categories",
                    "quantity_per_order_mean",
                ],
            )?;
        let [predicted_minor, order_minor, p_alive, p_churn] = numbers(
            &request.dir.join("ltv_predictions.parquet"),
            ["predicted_ltv_minor", "expected_spend_minor", "p_alive", "p_churn"],
        )?;
        let chance = |(churn, alive): (&f64, &f64)| if churn.is_nan() { 1.0 - alive } else { *churn };
        let of_whole = |values: &[i64]| values.iter().map(|value| *value as f64).collect();
        Ok(Self {
            predicted_minor,
            order_minor,
            chance_to_lose: p_churn.iter().zip(&p_alive).map(chance).collect(),
            spent_lately_minor,
            orders: of_whole(&request.rfm.frequency_orders),
            recency_days: of_whole(&request.rfm.recency_days),
            tenure_days,
            gap_mean_days,
            order_value_minor,
            categories,
            pieces,
            monetary_minor: of_whole(&request.rfm.monetary_minor),
        })
    }
}

fn numbers<const N: usize>(path: &Path, names: [&str; N]) -> Result<[Vec<f64>; N]> {
    let mut columns: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    let arrays = read_columns(path, &names.map(str::to_owned))?;
    for ((column, array), name) in columns.iter_mut().zip(&arrays).zip(names) {
        *column = FeatureColumn::of(name.to_owned(), array, 1.0)?.values;
    }
    Ok(columns)
}
