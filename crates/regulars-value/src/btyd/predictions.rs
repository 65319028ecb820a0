//! Forecasts for every customer within a horizon, with intervals; and totals.
//!
//! Intervals cover random variation of a customer with unknown rates and, if there are few enough customers
//! for it to matter, uncertainty of the parameters. Patterns are processed in chunks, so that memory grows
//! with the customers and not with the possible numbers of purchases.

use std::ops::Range;

use rayon::prelude::*;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::model::FittedLifetimeModel;
use regulars_models::lifetime::patterns::{CountedPatterns, EXCLUDED, Patterns};
use regulars_models::lifetime::time::Horizon;
use regulars_models::lifetime::{Error, uncertainty::Covers};
use regulars_stats::special::normal_quantile;

use super::spend::SpendModel;
use crate::interval_bounds::IntervalBounds;

/// What to predict.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ForecastRequest {
    pub(crate) horizon: Horizon,
    pub(crate) discount: Discount,
    pub(crate) level: f64,
    /// Whether days to the next purchase are requested.
    pub(crate) next_purchase: bool,
    /// Number of parameter draws for the intervals; none: depends on the number of patterns.
    pub(crate) draws: Option<usize>,
    pub(crate) seed: u64,
}

/// Forecasts, one element per customer in the order of the counted table; money in the currency's unit.
#[derive(Debug, Default, Clone)]
pub(crate) struct Predictions {
    pub(crate) p_alive: Vec<f64>,
    pub(crate) expected_purchases: Vec<f64>,
    /// Integer interval that contains the rounded expectation.
    pub(crate) purchases_low: Vec<f64>,
    pub(crate) purchases_high: Vec<f64>,
    pub(crate) p_purchase: Vec<f64>,
    pub(crate) next_purchase_days: Vec<f64>,
    pub(crate) expected_order_value: Vec<f64>,
    /// Within its interval.
    pub(crate) value: Vec<f64>,
    pub(crate) value_low: Vec<f64>,
    pub(crate) value_high: Vec<f64>,
    pub(crate) totals: Totals,
    /// Customers whose possible purchases exceed the limit: their intervals are too narrow.
    pub(crate) cut_off: u64,
    pub(crate) covers: Option<Covers>,
    /// Number of parameter draws used for the intervals.
    pub(crate) draws: usize,
}

impl Predictions {
    /// Spend forecasts with intervals.
    pub(crate) fn ends(&self) -> IntervalBounds {
        IntervalBounds {
            value: self.value.clone(),
            low: self.value_low.clone(),
            high: self.value_high.clone(),
        }
    }
}

/// Totals of all customers, and the ends of their intervals.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Totals {
    pub(crate) purchases: [f64; 3],
    pub(crate) value: [f64; 3],
}

/// Patterns per chunk.
const PIECE: usize = 131_072;

/// Maximum of patterns times parameter draws: with more patterns, parameters are so precise that their
/// uncertainty adds little to a single customer's interval.
const DRAWN_PATTERNS: usize = 6_000;
const MAX_DRAWS: usize = 16;
const MIN_DRAWS: usize = 6;

/// Customers whose totals are computed for every parameter draw.
const TOTALS_SAMPLE: usize = 10_000;
const TOTALS_DRAWS: usize = 30;

/// Number of parameter draws for so many patterns.
fn draws(patterns: usize) -> usize {
    match (DRAWN_PATTERNS / patterns.max(1)).min(MAX_DRAWS) {
        few if few < MIN_DRAWS => 0,
        draws => draws,
    }
}

/// Predicts every customer.
///
/// Errors: an invalid horizon or discount.
pub(crate) fn predict(
    fitted: &FittedLifetimeModel,
    spend: &SpendModel,
    counted: &CountedPatterns,
    (x, mean): (&[f64], &[f64]),
    request: &ForecastRequest,
) -> Result<Predictions, Error> {
    let patterns = &counted.patterns;
    let forecast = fitted.forecast(patterns, request.horizon, request.discount)?;
    let days = fitted.unit.days();
    let next: Vec<f64> = if request.next_purchase {
        fitted.median_next_purchases(patterns)?.into_iter().map(|time| (time * days).min(1e9)).collect()
    } else {
        vec![f64::NAN; patterns.len()]
    };
    let customers = counted.pattern_of.len();
    let by_pattern = ByPattern::of(counted);
    let draws = request.draws.unwrap_or_else(|| draws(patterns.len()));
    let models = fitted.draw_models(draws, request.seed);
    let covers = if models.is_empty() { Covers::Customer } else { Covers::ParametersAndCustomer };

    let spread = |of_patterns: &[f64]| -> Vec<f64> {
        counted.to_customers(of_patterns).into_iter().map(|value| value.unwrap_or(f64::NAN)).collect()
    };
    let mut found = Predictions {
        p_alive: spread(&forecast.p_alive),
        expected_purchases: spread(&forecast.expected_purchases),
        p_purchase: spread(&forecast.p_any_purchase),
        next_purchase_days: spread(&next),
        expected_order_value: (0..customers)
            .into_par_iter()
            .map(|row| spend.expected(x[row], mean[row]))
            .collect(),
        purchases_low: vec![f64::NAN; customers],
        purchases_high: vec![f64::NAN; customers],
        value_low: vec![f64::NAN; customers],
        value_high: vec![f64::NAN; customers],
        covers: Some(covers),
        draws,
        ..Predictions::default()
    };
    found.value = spread(&forecast.discounted_purchases)
        .iter()
        .zip(&found.expected_order_value)
        .map(|(purchases, spend)| purchases * spend)
        .collect();
    let (mut purchases_variance, mut value_variance) = (0.0, 0.0);
    for from in (0..patterns.len()).step_by(PIECE) {
        let range = from..(from + PIECE).min(patterns.len());
        let of_patterns =
            fitted.purchase_probabilities(&piece(patterns, &range), request.horizon, &models)?;
        let rows = by_pattern.customers(&range);
        let ends: Vec<[f64; 7]> = rows
            .par_iter()
            .with_min_len(64)
            .map(|row| {
                let row = *row as usize;
                let pattern = counted.pattern_of[row] as usize;
                let probabilities = &of_patterns[pattern - from];
                let expected = forecast.expected_purchases[pattern];
                let discount =
                    if expected > 0.0 { forecast.discounted_purchases[pattern] / expected } else { 1.0 };
                let variance = probabilities.variance();
                let (fewest, most) = probabilities.interval(request.level, expected);
                let (low_share, high_share) = probabilities.interval_probabilities(request.level);
                let value = found.value[row];
                // The value is a mean, which few large orders may lift above nearly all outcomes.
                [
                    fewest,
                    most,
                    (spend.quantile(x[row], mean[row], probabilities, low_share) * discount).min(value),
                    (spend.quantile(x[row], mean[row], probabilities, high_share) * discount).max(value),
                    variance,
                    spend.variance(x[row], mean[row], expected, variance) * discount * discount,
                    f64::from(u8::from(!probabilities.covers(high_share))),
                ]
            })
            .collect();
        for (row, [fewest, most, low, high, variance, of_value, cut_off]) in rows.iter().zip(ends) {
            let at = *row as usize;
            (found.purchases_low[at], found.purchases_high[at]) = (fewest, most);
            (found.value_low[at], found.value_high[at]) = (low, high);
            purchases_variance += variance;
            value_variance += of_value;
            found.cut_off += cut_off as u64;
        }
    }
    found.totals =
        totals(fitted, spend, counted, (x, mean), request, &found, (purchases_variance, value_variance));
    Ok(found)
}

/// Rows of the table that have a pattern, in the order of the patterns.
struct ByPattern {
    rows: Vec<u32>,
    /// Start of the rows of each pattern, and the end.
    starts: Vec<usize>,
}

impl ByPattern {
    fn of(counted: &CountedPatterns) -> Self {
        let patterns = counted.patterns.len();
        let mut starts = vec![0_usize; patterns + 1];
        for pattern in counted.pattern_of.iter().filter(|pattern| **pattern != EXCLUDED) {
            starts[*pattern as usize + 1] += 1;
        }
        for pattern in 0..patterns {
            starts[pattern + 1] += starts[pattern];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[patterns]];
        for (row, pattern) in counted.pattern_of.iter().enumerate().filter(|(_, p)| **p != EXCLUDED) {
            rows[next[*pattern as usize]] = row as u32;
            next[*pattern as usize] += 1;
        }
        Self { rows, starts }
    }

    fn customers(&self, patterns: &Range<usize>) -> &[u32] {
        &self.rows[self.starts[patterns.start]..self.starts[patterns.end]]
    }
}

fn piece(patterns: &Patterns, range: &Range<usize>) -> Patterns {
    Patterns {
        x: patterns.x[range.clone()].to_vec(),
        t_x: patterns.t_x[range.clone()].to_vec(),
        t: patterns.t[range.clone()].to_vec(),
        count: patterns.count[range.clone()].to_vec(),
        log_intervals: None,
        unit: patterns.unit,
    }
}

/// Totals over all customers: random variation averages out, parameter uncertainty does not.
fn totals(
    fitted: &FittedLifetimeModel,
    spend: &SpendModel,
    counted: &CountedPatterns,
    (x, mean): (&[f64], &[f64]),
    request: &ForecastRequest,
    found: &Predictions,
    (purchases_variance, value_variance): (f64, f64),
) -> Totals {
    let sum = |values: &[f64]| values.iter().filter(|value| value.is_finite()).sum::<f64>();
    let (purchases, value) = (sum(&found.expected_purchases), sum(&found.value));
    let used: Vec<usize> =
        (0..counted.pattern_of.len()).filter(|row| counted.pattern_of[*row] != EXCLUDED).collect();
    let step = used.len().div_ceil(TOTALS_SAMPLE).max(1);
    let sample: Vec<usize> = used.into_iter().step_by(step).collect();
    let models = fitted.draw_models(TOTALS_DRAWS, request.seed);
    let spends = spend.draw(TOTALS_DRAWS, request.seed.wrapping_add(1));
    let t = request.horizon.in_units(fitted.unit);
    let point = |row: &usize| {
        (found.expected_purchases[*row], found.expected_purchases[*row] * found.expected_order_value[*row])
    };
    let (base_purchases, base_value) =
        sample.iter().map(point).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    let moved: Vec<(f64, f64)> = models
        .par_iter()
        .zip(&spends)
        .map(|(model, spend)| {
            sample.iter().fold((0.0, 0.0), |sums, row| {
                let history = counted.patterns.history(counted.pattern_of[*row] as usize);
                let expected = model.forecast_for(&history).expected_purchases(t);
                (sums.0 + expected, sums.1 + expected * spend.expected(x[*row], mean[*row]))
            })
        })
        .collect();
    let relative = |base: f64, of: &dyn Fn(&(f64, f64)) -> f64| {
        if moved.is_empty() || base <= 0.0 {
            return 0.0;
        }
        let mean = moved.iter().map(of).sum::<f64>() / moved.len() as f64;
        moved.iter().map(|m| (of(m) - mean).powi(2)).sum::<f64>() / moved.len() as f64 / (base * base)
    };
    let reach = normal_quantile(0.5 + 0.5 * request.level);
    let interval = |total: f64, luck: f64, relative: f64| {
        let deviation = (luck + relative * total * total).sqrt();
        [total, (total - reach * deviation).max(0.0), total + reach * deviation]
    };
    Totals {
        purchases: interval(purchases, purchases_variance, relative(base_purchases, &|m| m.0)),
        value: interval(value, value_variance, relative(base_value, &|m| m.1)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regulars_models::lifetime::fit::FitSettings;
    use regulars_models::lifetime::model::ModelKind;
    use regulars_models::lifetime::patterns::{BadRows, Histories, count_patterns};
    use regulars_models::lifetime::time::TimeUnit;

    use super::*;

    fn histories() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (0..150_u32).map(|row| f64::from(row % 6)).collect();
        let t: Vec<f64> = (0..150_u32).map(|row| 100.0 + f64::from(row % 13)).collect();
        let t_x = x
            .iter()
            .zip(&t)
            .enumerate()
            .map(|(row, (x, t))| x / 6.0 * t * (0.6 + 0.002 * row as f64))
            .collect();
        (x, t_x, t)
    }

    fn counted(bad: Option<usize>) -> (CountedPatterns, Vec<f64>) {
        let (x, mut t_x, t) = histories();
        if let Some(row) = bad {
            t_x[row] = -1.0;
        }
        let histories = Histories { x: &x, t_x: &t_x, t: &t, log_intervals: None, unit: TimeUnit::Days };
        (count_patterns(&histories, BadRows::Exclude).expect("columns"), x)
    }

    fn request() -> ForecastRequest {
        ForecastRequest {
            horizon: Horizon { count: 60.0, unit: TimeUnit::Days },
            discount: Discount::None,
            level: 0.9,
            next_purchase: true,
            draws: Some(0),
            seed: 1,
        }
    }

    fn predicted(
        counted: &CountedPatterns,
        x: &[f64],
        request: &ForecastRequest,
    ) -> (FittedLifetimeModel, Predictions) {
        let fitted = ModelKind::ALL[2].fit(&counted.patterns, &FitSettings::default()).expect("fitted");
        let spend = SpendModel::OneMean { mean: 12.5, reason: String::new() };
        let found = predict(&fitted, &spend, counted, (x, &vec![0.0; x.len()]), request).expect("a horizon");
        (fitted, found)
    }

    #[test]
    fn every_customer_has_the_forecast_of_the_own_history() {
        let (counted, x) = counted(None);
        let (fitted, found) = predicted(&counted, &x, &request());
        for row in 0..x.len() {
            let future =
                fitted.model.forecast_for(&counted.patterns.history(counted.pattern_of[row] as usize));
            let expected = future.expected_purchases(60.0);
            assert!((found.expected_purchases[row] - expected).abs() < 1e-6 * (1.0 + expected));
            assert!((found.p_alive[row] - future.p_alive()).abs() < 1e-9);
            assert!((found.value[row] - 12.5 * found.expected_purchases[row]).abs() < 1e-9);
            // Ends of purchases are whole, of value their multiples, and both hold the expectation.
            let (low, high) = (found.purchases_low[row], found.purchases_high[row]);
            assert!(
                low.fract() == 0.0
                    && high.fract() == 0.0
                    && low <= expected.round()
                    && expected.round() <= high
            );
            assert!(found.value_low[row] <= found.value[row] && found.value[row] <= found.value_high[row]);
            // Up to the next whole number, it holds 90% by the model's own probabilities.
            let probabilities = future.purchase_counts(60.0, high as usize + 1);
            let held: f64 = probabilities[low as usize..].iter().sum();
            assert!(held >= 0.9 - 1e-6, "{row}: {low} to {high} hold {held}");
            assert!(found.next_purchase_days[row] > 0.0);
        }
        let sum = found.expected_purchases.iter().sum::<f64>();
        let [total, low, high] = found.totals.purchases;
        assert!((total - sum).abs() < 1e-9 && low < total && total < high);
        assert!((found.totals.value[0] - 12.5 * sum).abs() < 1e-6);
        assert_eq!((found.cut_off, found.draws, found.covers), (0, 0, Some(Covers::Customer)));
    }

    #[test]
    fn a_higher_level_is_wider_and_draws_leave_the_expectation() {
        let (counted, x) = counted(None);
        let of = |request: &ForecastRequest| predicted(&counted, &x, request).1;
        let usual = of(&request());
        let drawn = of(&ForecastRequest { draws: Some(8), ..request() });
        let fitted = predicted(&counted, &x, &request()).0;
        let are_known = !fitted.draw_models(8, 1).is_empty();
        assert_eq!((drawn.draws, drawn.covers == Some(Covers::ParametersAndCustomer)), (8, are_known));
        assert!((drawn.expected_purchases[3] - usual.expected_purchases[3]).abs() < 1e-12);
        let wider = of(&ForecastRequest { level: 0.99, ..request() });
        let narrow = of(&ForecastRequest { level: 0.5, ..request() });
        for row in 0..x.len() {
            assert!(narrow.purchases_high[row] <= usual.purchases_high[row]);
            assert!(usual.purchases_high[row] <= wider.purchases_high[row]);
            assert!(wider.purchases_low[row] <= usual.purchases_low[row]);
        }
        assert!(
            wider.totals.value[2] > usual.totals.value[2] && narrow.totals.value[2] < usual.totals.value[2]
        );
        let quiet = of(&ForecastRequest { next_purchase: false, ..request() });
        assert!(quiet.next_purchase_days.iter().all(|days| days.is_nan()));
    }

    #[test]
    fn a_customer_without_a_usable_history_has_no_forecast_and_no_part_in_totals() {
        let (all, x) = counted(Some(4));
        assert_eq!(all.pattern_of[4], EXCLUDED);
        let found = predicted(&all, &x, &request()).1;
        assert!(found.p_alive[4].is_nan() && found.value[4].is_nan() && found.purchases_high[4].is_nan());
        let sum: f64 = found.value.iter().filter(|value| !value.is_nan()).sum();
        assert!((found.totals.value[0] - sum).abs() < 1e-9);
    }

    #[test]
    fn draws_are_for_few_patterns_only() {
        assert_eq!([0, 1, 375, 376, 1000, 1001].map(draws), [16, 16, 16, 15, 6, 0]);
    }

    proptest! {
        #[test]
        fn rows_by_pattern_are_all_rows_with_one(
            patterns in prop::collection::vec(prop::option::of(0_u32..7), 0..60), cut in 0_usize..8,
        ) {
            let counted = CountedPatterns {
                patterns: Patterns {
                    x: vec![0; 7],
                    t_x: vec![0.0; 7],
                    t: vec![1.0; 7],
                    count: vec![1.0; 7],
                    log_intervals: None,
                    unit: TimeUnit::Days,
                },
                pattern_of: patterns.iter().map(|pattern| pattern.unwrap_or(EXCLUDED)).collect(),
                excluded: regulars_models::lifetime::patterns::Exclusions::default(),
            };
            let by_pattern = ByPattern::of(&counted);
            let cut = cut.min(7);
            for range in [0..cut, cut..7] {
                let mut expected: Vec<(u32, u32)> = patterns
                    .iter()
                    .enumerate()
                    .filter_map(|(row, pattern)| pattern.map(|pattern| (pattern, row as u32)))
                    .filter(|(pattern, _)| range.contains(&(*pattern as usize)))
                    .collect();
                expected.sort_unstable();
                let found = by_pattern.customers(&range).to_vec();
                prop_assert_eq!(found, expected.into_iter().map(|(_, row)| row).collect::<Vec<u32>>());
            }
        }
    }
}
