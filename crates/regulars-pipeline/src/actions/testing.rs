//! A request over a few customers, for the tests of this step.

use std::path::Path;
use std::sync::Arc;

use arrow::array::Int64Array;
use regulars_core::config::LifetimeValue;
use regulars_core::segments::RuleSet;
use regulars_core::summary::{SegmentSummary, ValueGroup, ValueSummary};
use regulars_engine::RfmColumns;

use super::{ActionsRequest, CustomerForecasts};

/// What a request borrows.
pub(super) struct Few {
    pub(super) rfm: RfmColumns,
    pub(super) rules: RuleSet,
    pub(super) segment: Vec<u8>,
    pub(super) summaries: Vec<SegmentSummary>,
    pub(super) config: LifetimeValue,
}

impl Few {
    /// Customers with these orders, days since the last, spend in cents, and segments.
    pub(super) fn new(rows: &[(i64, i64, i64, u8)]) -> Self {
        let rules = RuleSet::built_in("classic").expect("built in");
        let summary = |(at, segment): (usize, &regulars_core::segments::Segment)| {
            let own: Vec<_> = rows.iter().filter(|row| usize::from(row.3) == at).collect();
            SegmentSummary {
                segment: segment.name.clone(),
                meaning: segment.meaning.clone(),
                priority: segment.priority,
                customers: own.len() as u64,
                customer_share: own.len() as f64 / rows.len() as f64,
                revenue_minor: own.iter().map(|row| row.2).sum(),
                revenue_share: 0.5,
                recency_mean: 1.5,
                frequency_mean: 2.5,
                monetary_mean_minor: 3.5,
                average_order_value_minor: 4.5,
            }
        };
        Self {
            rfm: RfmColumns {
                customer_id: Arc::new(Int64Array::from_iter_values(0..rows.len() as i64)),
                recency_days: rows.iter().map(|row| row.1).collect(),
                frequency_orders: rows.iter().map(|row| row.0).collect(),
                monetary_minor: rows.iter().map(|row| row.2).collect(),
                tenure_days: rows.iter().map(|row| row.1 + 100).collect(),
            },
            summaries: rules.segments.iter().enumerate().map(summary).collect(),
            segment: rows.iter().map(|row| row.3).collect(),
            config: LifetimeValue { horizon_days: 100, ..LifetimeValue::default() },
            rules,
        }
    }

    pub(super) fn request<'a>(&'a self, value: Result<&'a ValueSummary, &'a str>) -> ActionsRequest<'a> {
        ActionsRequest {
            features: Path::new("none"),
            rfm: &self.rfm,
            rules: &self.rules,
            segment: &self.segment,
            summaries: &self.summaries,
            value,
            previous: None,
            config: &self.config,
            currency: None,
            money_decimals: 2,
            has_products: false,
            seed: 5,
            threads: 1,
            dir: Path::new("none"),
        }
    }
}

/// Forecasts for customers with equal features: predicted spend as given, in cents, all else alike.
pub(super) fn alike(predicted_minor: &[f64], orders: &[f64], recency_days: &[f64]) -> CustomerForecasts {
    let same = |value: f64| vec![value; predicted_minor.len()];
    CustomerForecasts {
        predicted_minor: predicted_minor.to_vec(),
        order_minor: same(1000.0),
        churn_probability: same(0.25),
        recent_spend_minor: same(400.0),
        orders: orders.to_vec(),
        recency_days: recency_days.to_vec(),
        tenure_days: same(300.0),
        gap_mean_days: orders.iter().map(|orders| if *orders < 2.0 { f64::NAN } else { 20.0 }).collect(),
        order_value_minor: same(1000.0),
        categories: same(2.0),
        pieces: same(3.0),
        monetary_minor: same(5000.0),
        p_purchase: same(0.5),
        expected_purchases: same(2.0),
    }
}

/// The forecast of a segment.
pub(super) fn group(name: &str, predicted_ltv_minor: i64) -> ValueGroup {
    ValueGroup {
        grouping: "segment".to_owned(),
        name: name.to_owned(),
        customers: 1,
        predicted_ltv_minor,
        predicted_low_minor: predicted_ltv_minor - 10,
        predicted_high_minor: predicted_ltv_minor + 20,
        mean_ltv_minor: 0.0,
        share: Some(0.125),
        expected_purchases: 0.0,
        mean_p_alive: 0.0,
        mean_p_churn: None,
        mean_p_purchase: 0.0,
    }
}

/// Lifetime value with these groups, and nothing else of interest.
pub(super) fn value(groups: Vec<ValueGroup>) -> ValueSummary {
    ValueSummary {
        model: String::new(),
        rule: String::new(),
        reason: String::new(),
        runner_up: None,
        horizon_days: 100,
        calibration_end: String::new(),
        holdout_days: 100,
        holdout_customers: 0,
        actual_minor: 0,
        expected_minor: 0,
        actual_purchases: 0.0,
        holdout_expected_purchases: 0.0,
        interval_level: 0.9,
        interval_covers: String::new(),
        coverage: 0.9,
        purchases_coverage: 0.9,
        discount: None,
        customers: 0,
        total_ltv_minor: 0,
        total_ltv_low_minor: 0,
        total_ltv_high_minor: 0,
        total_purchases: 0.0,
        total_purchases_low: 0.0,
        total_purchases_high: 0.0,
        mean_ltv_minor: 0.0,
        mean_ltv_low_minor: 0.0,
        mean_ltv_high_minor: 0.0,
        mean_p_alive: 0.0,
        top_10_share: 0.0,
        new_customer_purchases: 0.0,
        spend_frequency_correlation: None,
        warnings: Vec::new(),
        models: Vec::new(),
        top_customers: Vec::new(),
        groups,
        deciles: Vec::new(),
        best_learned: None,
        features: Vec::new(),
        churn: Vec::new(),
        churn_bands: Vec::new(),
        total_error: 0.0,
        total_errors: 0,
        total_margin_minor: None,
        origins: Vec::new(),
        mean_p_purchase: None,
        alive: None,
        largest: None,
    }
}
