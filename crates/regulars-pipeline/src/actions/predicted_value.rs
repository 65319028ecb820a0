//! Customer columns that the step needs, from the tables that the run has written.
//!
//! Deliberately not here: what they mean (`regulars_core::tables`).

use std::path::Path;

use regulars_core::cadence::shop_purchase_cycle_days;
use regulars_core::features::{orders_last, spend_last};
use regulars_core::risk::recent_days;
use regulars_core::segments::RECENT_ORDER_DAYS;
use regulars_core::tables::{ColumnDef, customer_features, ltv_predictions};

use super::ActionsRequest;
use regulars_value::feature_columns::{FeatureColumn, read_columns};
use regulars_value::{Error, Kind, Result};

const OF: customer_features::Columns<ColumnDef> = customer_features::COLUMNS;
const VALUE: ltv_predictions::Columns<ColumnDef> = ltv_predictions::COLUMNS;

fn no_window() -> Error {
    Error::new(Kind::Internal, "there is no feature for the recent days")
}

/// One value per customer in each column; money in minor units, NaN for missing values.
pub(crate) struct CustomerForecasts {
    /// Expected spend in the horizon.
    pub(crate) predicted_minor: Vec<f64>,
    /// Expected spend per purchase.
    pub(crate) order_minor: Vec<f64>,
    /// P(churn): no purchase in as many days as the holdout period has, or 1 - P(alive).
    pub(crate) churn_probability: Vec<f64>,
    /// Recent spend.
    pub(crate) recent_spend_minor: Vec<f64>,
    pub(crate) orders: Vec<f64>,
    pub(crate) recency_days: Vec<f64>,
    pub(crate) tenure_days: Vec<f64>,
    pub(crate) gap_mean_days: Vec<f64>,
    pub(crate) order_value_minor: Vec<f64>,
    pub(crate) categories: Vec<f64>,
    pub(crate) pieces: Vec<f64>,
    pub(crate) monetary_minor: Vec<f64>,
    /// P(purchase) in the horizon, and expected number of purchases.
    pub(crate) p_purchase: Vec<f64>,
    pub(crate) expected_purchases: Vec<f64>,
}

/// Columns that every run has, with or without lifetime value.
pub(crate) struct OrderHistory {
    pub(crate) orders: Vec<f64>,
    pub(crate) orders_lately: Vec<f64>,
    pub(crate) gap_mean_days: Vec<f64>,
    pub(crate) order_value_minor: Vec<f64>,
    /// The shop's typical gap between orders.
    pub(crate) shop_purchase_cycle_days: f64,
    /// Whether anybody bought in more than one category: with only one, nobody prefers any.
    pub(crate) has_categories: bool,
}

impl OrderHistory {
    pub(super) fn read(request: &ActionsRequest<'_>) -> Result<Self> {
        let lately = orders_last(RECENT_ORDER_DAYS).ok_or_else(no_window)?;
        let [orders_lately, gap_mean_days, order_value_minor, categories] = numbers(
            request.features,
            [lately, OF.days_between_orders_mean, OF.average_order_value_minor, OF.distinct_categories],
        )?;
        Ok(Self {
            orders: request.rfm.frequency_orders.iter().map(|orders| *orders as f64).collect(),
            orders_lately,
            shop_purchase_cycle_days: shop_purchase_cycle_days(gap_mean_days.iter().copied()),
            gap_mean_days,
            order_value_minor,
            has_categories: categories.iter().any(|count| *count > 1.0),
        })
    }
}

impl CustomerForecasts {
    pub(super) fn read(request: &ActionsRequest<'_>) -> Result<Self> {
        let lately = spend_last(recent_days(request.config.horizon_days)).ok_or_else(no_window)?;
        let [recent_spend_minor, tenure_days, gap_mean_days, order_value_minor, categories, pieces] =
            numbers(
                request.features,
                [
                    lately,
                    OF.tenure_days,
                    OF.days_between_orders_mean,
                    OF.average_order_value_minor,
                    OF.distinct_categories,
                    OF.quantity_per_order_mean,
                ],
            )?;
        let [predicted_minor, order_minor, p_alive, p_churn, p_purchase, expected_purchases] = numbers(
            &request.dir.join("ltv_predictions.parquet"),
            [
                VALUE.predicted_ltv_minor,
                VALUE.expected_order_value_minor,
                VALUE.p_alive,
                VALUE.p_churn,
                VALUE.p_purchase,
                VALUE.expected_purchases,
            ],
        )?;
        let churn_probability =
            |(churn, alive): (&f64, &f64)| if churn.is_nan() { 1.0 - alive } else { *churn };
        let of_whole = |values: &[i64]| values.iter().map(|value| *value as f64).collect();
        Ok(Self {
            predicted_minor,
            order_minor,
            churn_probability: p_churn.iter().zip(&p_alive).map(churn_probability).collect(),
            recent_spend_minor,
            orders: of_whole(&request.rfm.frequency_orders),
            recency_days: of_whole(&request.rfm.recency_days),
            tenure_days,
            gap_mean_days,
            order_value_minor,
            categories,
            pieces,
            monetary_minor: of_whole(&request.rfm.monetary_minor),
            p_purchase,
            expected_purchases,
        })
    }
}

fn numbers<const N: usize>(path: &Path, columns: [ColumnDef; N]) -> Result<[Vec<f64>; N]> {
    let mut values: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    let arrays = read_columns(path, &columns.map(|column| column.stored.to_owned()))?;
    for ((values, array), column) in values.iter_mut().zip(&arrays).zip(columns) {
        *values = FeatureColumn::of(column.stored.to_owned(), array, 1.0)?.values;
    }
    Ok(values)
}
