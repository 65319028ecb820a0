//! Learned models beside the others: tested on the same holdout period, and used instead of the
//! buy-till-you-die model if they are more accurate.
//!
//! Their target is spend in as many days as the holdout period has. Other horizons, and discounts, are
//! converted by the ratio of what the buy-till-you-die model expects of each customer in both. Intervals are
//! conformal, from holdout errors of customers with similar forecasts, also those of sums and of the
//! buy-till-you-die model.

use rayon::prelude::*;
use regulars_core::config::Criterion;
use regulars_learners::conformal::{self, ConformalParams, Coverage, GroupedIntervals, SumInterval};
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::model::FittedLifetimeModel;
use regulars_models::lifetime::patterns::CountedPatterns;
use regulars_models::lifetime::time::{Horizon, TimeUnit};
use regulars_stats::special::normal_quantile;

use super::value_result::ValueResult;
use crate::btyd::TIE_TOLERANCE;
use crate::error::{Error, Kind, Result};
use crate::histories::Calibration;
use crate::interval_bounds::{IntervalBounds, bounds_over};
use crate::learned::{Learned, best_of};
use crate::request::ValueRequest;

/// Spend forecasts with intervals.
#[derive(Debug, Default)]
pub(crate) struct PredictionIntervals {
    /// The learned model that predicts spend, if any.
    pub(crate) winner: Option<usize>,
    /// Discounted spend over the horizon per unit of spend in the target days, for every customer.
    pub(crate) over_horizon: Vec<f64>,
    /// The same for all customers together.
    pub(crate) over_horizon_of_all: f64,
    /// Expectation of the best buy-till-you-die model for every customer in the horizon.
    pub(crate) btyd: IntervalBounds,
    /// Coverage of its intervals.
    pub(crate) btyd_coverage: Option<Coverage>,
    /// Intervals of the learned models, in their order.
    pub(crate) learned: Vec<LearnedIntervals>,
    /// Orders over the horizon by the best learned model of orders.
    pub(crate) orders: Option<IntervalBounds>,
    /// The chosen model's expectation for every customer in as many days as the holdout period has.
    in_target: Vec<f64>,
    /// P(purchase) of each in these days.
    p_purchase: Vec<f64>,
    of_sums: Option<GroupedIntervals>,
    /// RMS relative error of totals at earlier origins: the error common to all customers.
    pub(crate) total_error: f64,
    /// Number of these origins.
    pub(crate) total_errors: usize,
}

/// A learned model's forecasts over the horizon.
#[derive(Debug)]
pub(crate) struct LearnedIntervals {
    pub(crate) ends: IntervalBounds,
    /// Coverage for customers not used to construct the intervals.
    pub(crate) coverage: Coverage,
    pub(crate) intervals: GroupedIntervals,
}

/// Parameters of the intervals of learned models.
fn params(request: &ValueRequest<'_>) -> ConformalParams {
    ConformalParams { level: request.config.interval_level, floor: Some(0.0), seed: request.seed }
}

/// Holdout spend per customer. Refunds can make it negative, which no interval covers; it then counts as 0.
fn spend_at_least_0(kept: &Calibration, unit: f64) -> Vec<f64> {
    kept.spend_minor.iter().map(|minor| (*minor as f64 / unit).max(0.0)).collect()
}

/// Gives every learned model its intervals, and replaces the buy-till-you-die model by the best of them if
/// that was clearly more accurate in the holdout period.
///
/// Only errors of spend are comparable: with another criterion learned models are only shown beside.
pub(super) fn apply(request: &ValueRequest<'_>, found: &mut ValueResult) -> Result<()> {
    let unit = request.money_unit();
    let Some(kept) = &found.base.calibration else { return Ok(()) };
    let actual = spend_at_least_0(kept, unit);
    let target_days = found.days.as_of - found.days.calibration_end.unwrap_or(found.days.as_of);
    let forecast = &found.forecast;
    let (purchases_in_target, in_target) = expected_in_target(
        &found.counted_now,
        &found.fitted,
        &forecast.expected_order_value,
        target_days as u32,
    )?;
    let over_horizon_of_all = of_all(&in_target, &forecast.value);
    let mut intervals = PredictionIntervals {
        over_horizon: over_horizon(&in_target, &forecast.value, over_horizon_of_all),
        over_horizon_of_all,
        btyd: forecast.ends(),
        btyd_coverage: Some(coverage_of_btyd(found, kept, unit)),
        ..PredictionIntervals::default()
    };
    let params = params(request);
    let probabilities = found.learned.done().map_or([&[][..]; 2], Learned::probabilities);
    let of_model = |model: &crate::learned::LearnedModel| -> Result<LearnedIntervals> {
        let fitted = GroupedIntervals::fit(&actual, &model.holdout_forecast, probabilities[0], &params)?;
        let found = fitted.predict(&model.forecast, probabilities[1]);
        let ends = IntervalBounds::over(&model.forecast, &found, &intervals.over_horizon);
        let coverage = GroupedIntervals::cross_validated_coverage(
            &actual,
            &model.holdout_forecast,
            probabilities[0],
            &params,
        )?;
        Ok(LearnedIntervals { ends, coverage, intervals: fitted })
    };
    intervals.learned = found.learned_models().par_iter().map(of_model).collect::<Result<_>>()?;
    intervals.orders = orders(found, kept, &purchases_in_target, &params)?;
    let total_errors = total_errors(found, kept, unit);
    intervals.total_errors = total_errors.len();
    let squares: f64 = total_errors.iter().map(|error| error * error).sum();
    intervals.total_error = (squares / total_errors.len().max(1) as f64).sqrt();
    match winner(request, found) {
        Some(winner) => {
            let (of_model, model) = (&intervals.learned[winner], &found.learned_models()[winner]);
            let holdout_forecast = of_model.intervals.predict(&model.holdout_forecast, probabilities[0]);
            let (holdout_low, holdout_high) = bounds_over(&holdout_forecast, &model.holdout_forecast, &[]);
            intervals.p_purchase = probabilities[1].to_vec();
            (intervals.in_target, intervals.of_sums) =
                (model.forecast.clone(), Some(of_model.intervals.clone()));
            let (holdout_forecast, ends) = (model.holdout_forecast.clone(), of_model.ends.clone());
            intervals.winner = Some(winner);
            found.holdout_forecast.totals.value[0] = holdout_forecast.iter().sum();
            (
                found.holdout_forecast.value,
                found.holdout_forecast.value_low,
                found.holdout_forecast.value_high,
            ) = (holdout_forecast, holdout_low, holdout_high);
            let all: Vec<usize> = (0..ends.value.len()).collect();
            (found.forecast.value, found.forecast.value_low, found.forecast.value_high) =
                (ends.value, ends.low, ends.high);
            found.intervals = intervals;
            found.forecast.totals.value = of_sum(found, &all, request.seed);
        }
        None => {
            let p_purchase = vec![0.0; actual.len()];
            intervals.of_sums =
                Some(GroupedIntervals::fit(&actual, &found.holdout_forecast.value, &p_purchase, &params)?);
            intervals.p_purchase = vec![0.0; in_target.len()];
            intervals.in_target = in_target;
            found.intervals = intervals;
            let ends = found.forecast.totals.value;
            found.forecast.totals.value = with_level(found, ends, params.level);
        }
    }
    Ok(())
}

/// Relative errors of totals, one per origin.
fn total_errors(found: &ValueResult, kept: &Calibration, unit: f64) -> Vec<f64> {
    if let Some(learned) = found.learned.done() {
        return learned.total_errors.clone();
    }
    let actual = kept.spend_minor.iter().map(|minor| *minor as f64 / unit).sum::<f64>();
    let own = (actual > 0.0).then(|| found.holdout_forecast.totals.value[0] / actual - 1.0);
    own.into_iter().collect()
}

/// An interval of a sum that includes the error common to all customers.
fn with_level(found: &ValueResult, [value, low, high]: [f64; 3], level: f64) -> [f64; 3] {
    let together = normal_quantile(0.5 + 0.5 * level) * found.intervals.total_error * value;
    let reach = |end: f64| (end - value).hypot(together);
    [value, (value - reach(low)).max(0.0), value + reach(high)]
}

/// Orders over the horizon by the best learned model of orders, if any.
fn orders(
    found: &ValueResult,
    kept: &Calibration,
    in_target: &[f64],
    params: &ConformalParams,
) -> Result<Option<IntervalBounds>> {
    let models = found.learned.done().map_or(&[][..], |learned| &learned.orders);
    let Some(best) = best_of(models).map(|at| &models[at]) else { return Ok(None) };
    let in_horizon = &found.forecast.expected_purchases;
    let over_horizon = over_horizon(in_target, in_horizon, of_all(in_target, in_horizon));
    let [holdout_forecast, now] = found.learned.done().map_or([&[][..]; 2], Learned::probabilities);
    let intervals = GroupedIntervals::fit(&kept.purchases, &best.holdout_forecast, holdout_forecast, params)?;
    Ok(Some(IntervalBounds::over(&best.forecast, &intervals.predict(&best.forecast, now), &over_horizon)))
}

/// A model whose Gini is this much below the best is not chosen for its RMSE: squared errors depend on a few
/// large customers, the ranking on all.
const NEARLY_AS_GOOD: f64 = 0.05;

/// The learned model to use, if one is better than the best buy-till-you-die model.
fn winner(request: &ValueRequest<'_>, found: &ValueResult) -> Option<usize> {
    if found.learned.done().is_none() || request.config.criterion != Criterion::Rmse {
        return None;
    }
    let learned: Vec<(f64, Option<f64>)> = found
        .learned_models()
        .iter()
        .map(|model| (model.accuracy.errors.rmse, model.accuracy.gini))
        .collect();
    let of_candidates = found.candidates.iter().filter_map(|candidate| candidate.spend.as_ref()?.gini);
    let btyd = found.candidates[found.chosen].spend.as_ref().map(|spend| spend.errors.rmse);
    best_learned(&learned, of_candidates, btyd)
}

/// The learned model, of those with these errors and Gini coefficients, that clearly beats the best
/// buy-till-you-die model without a much worse ranking of customers.
pub(super) fn best_learned(
    learned: &[(f64, Option<f64>)],
    ginis_of_candidates: impl Iterator<Item = f64>,
    rmse_of_btyd: Option<f64>,
) -> Option<usize> {
    let best_order =
        ginis_of_candidates.chain(learned.iter().filter_map(|(_, gini)| *gini)).fold(0.0, f64::max);
    let in_order = |at: &usize| learned[*at].1.is_none_or(|gini| gini >= best_order - NEARLY_AS_GOOD);
    let best = (0..learned.len()).filter(in_order).min_by(|a, b| learned[*a].0.total_cmp(&learned[*b].0))?;
    (learned[best].0 * TIE_TOLERANCE < rmse_of_btyd.unwrap_or(f64::INFINITY)).then_some(best)
}

/// Total expected spend of the given customers in the horizon by the chosen model, and the ends of its
/// interval, in the currency's unit.
///
/// The level follows the history of all customers, not the mean error of one window. Random variation
/// averages out in a sum; the error of totals at earlier origins does not, and is added.
pub(crate) fn of_sum(found: &ValueResult, rows: &[usize], seed: u64) -> [f64; 3] {
    let of = |values: &[f64]| -> Vec<f64> { rows.iter().map(|row| values[*row]).collect() };
    let value: f64 = of(&found.forecast.value).iter().sum();
    let Some(intervals) = &found.intervals.of_sums else { return [value; 3] };
    let in_target = of(&found.intervals.in_target);
    let SumInterval { expected, low, high } =
        intervals.of_sum(&in_target, &of(&found.intervals.p_purchase), seed);
    let sum: f64 = in_target.iter().sum();
    let factor = if sum > 0.0 { value / sum } else { 1.0 };
    let moved = value - expected * factor;
    let ends = [value, (low * factor + moved).clamp(0.0, value), (high * factor + moved).max(value)];
    with_level(found, ends, intervals.level())
}

/// Coverage of the buy-till-you-die model's spend intervals, to the minor unit; negative spend counts as 0,
/// as everywhere.
fn coverage_of_btyd(found: &ValueResult, kept: &Calibration, unit: f64) -> Coverage {
    let holdout_forecast = &found.holdout_forecast;
    let rounded = |value: f64| (value * unit).round();
    let holds: Vec<bool> = kept
        .spend_minor
        .iter()
        .zip(holdout_forecast.value_low.iter().zip(&holdout_forecast.value_high))
        .map(|(minor, (low, high))| (rounded(*low)..=rounded(*high)).contains(&((*minor).max(0) as f64)))
        .collect();
    let widths: f64 = holdout_forecast
        .value_high
        .iter()
        .zip(&holdout_forecast.value_low)
        .map(|(high, low)| high - low)
        .sum();
    conformal::coverage(&holdout_forecast.value, &holds, widths / holds.len().max(1) as f64)
}

/// Purchases and spend that the buy-till-you-die model expects of every customer in the target days.
pub(crate) fn expected_in_target(
    counted: &CountedPatterns,
    fitted: &FittedLifetimeModel,
    expected_order_value: &[f64],
    days: u32,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let horizon = Horizon { count: f64::from(days), unit: TimeUnit::Days };
    let forecast = fitted
        .forecast(&counted.patterns, horizon, Discount::None)
        .map_err(|error| Error::new(Kind::Internal, error.to_string()))?;
    let expected = counted.to_customers(&forecast.expected_purchases);
    let purchases: Vec<f64> = expected.into_iter().map(|count| count.unwrap_or(0.0)).collect();
    let spend = purchases.iter().zip(expected_order_value).map(|(count, spend)| count * spend).collect();
    Ok((purchases, spend))
}

/// Ratio of the horizon to the target days by the buy-till-you-die model, for discounted spend or for orders;
/// customers with no expectation get the ratio of all.
pub(crate) fn over_horizon(in_target: &[f64], in_horizon: &[f64], of_all: f64) -> Vec<f64> {
    let ratio = |(target, horizon): (&f64, &f64)| if *target > 0.0 { horizon / target } else { of_all };
    in_target.iter().zip(in_horizon).map(ratio).collect()
}

/// The same for all customers together.
fn of_all(in_target: &[f64], in_horizon: &[f64]) -> f64 {
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    if sum(in_target) > 0.0 { sum(in_horizon) / sum(in_target) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use regulars_core::config::LifetimeValue;

    use super::super::testing::valued;
    use super::*;
    use crate::testing::{Shop, quick};

    #[test]
    fn a_learned_model_must_beat_the_best_by_more_than_a_tie() {
        let none = || std::iter::empty();
        assert_eq!(best_learned(&[(9.0, None), (8.0, None)], none(), Some(10.0)), Some(1));
        assert_eq!(best_learned(&[(9.96, None)], none(), Some(10.0)), None);
        assert_eq!(best_learned(&[(9.94, None)], none(), Some(10.0)), Some(0));
        assert_eq!(best_learned(&[], none(), Some(10.0)), None);
        // Without an error to compare with, any will do.
        assert_eq!(best_learned(&[(1e9, None)], none(), None), Some(0));
        assert_eq!(best_learned(&[(8.0, None), (8.0, None)], none(), Some(10.0)), Some(0));
    }

    #[test]
    fn a_much_worse_ranking_is_not_worth_a_smaller_error() {
        let learned = [(5.0, Some(0.50)), (7.0, Some(0.60))];
        assert_eq!(best_learned(&learned, [0.2].into_iter(), Some(10.0)), Some(1));
        assert_eq!(best_learned(&learned, [0.64].into_iter(), Some(10.0)), Some(1));
        // The candidates rank better than both.
        assert_eq!(best_learned(&learned, [0.66].into_iter(), Some(10.0)), None);
        // An unknown ranking is not held against a model.
        assert_eq!(best_learned(&[(5.0, None)], [0.9].into_iter(), Some(10.0)), Some(0));
        assert_eq!(
            best_learned(&[(5.0, Some(0.56)), (7.0, Some(0.60))], [0.2].into_iter(), Some(10.0)),
            Some(0)
        );
    }

    #[test]
    fn who_is_expected_to_spend_nothing_gets_the_ratio_of_all() {
        let (target, horizon) = ([2.0, 0.0, 4.0], [3.0, 0.0, 8.0]);
        let all = of_all(&target, &horizon);
        assert!((all - 11.0 / 6.0).abs() < 1e-12);
        assert_eq!(over_horizon(&target, &horizon, all), [1.5, all, 2.0]);
        assert_eq!(over_horizon(&[0.0, 0.0], &[0.0, 0.0], of_all(&[0.0], &[0.0])), [1.0, 1.0]);
    }

    #[test]
    fn refunds_do_not_make_spend_negative() {
        let kept = Calibration { spend_minor: vec![150, -20, 0], ..Calibration::default() };
        assert_eq!(spend_at_least_0(&kept, 100.0), [1.5, 0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn the_ratio_applied_to_the_target_gives_the_horizon(
            rows in prop::collection::vec((0.01_f64..1e4, 0.0_f64..1e5), 1..40),
        ) {
            let (target, horizon): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let ratios = over_horizon(&target, &horizon, 7.0);
            for row in 0..target.len() {
                prop_assert!((ratios[row] * target[row] - horizon[row]).abs() <= 1e-9 * (1.0 + horizon[row]));
            }
        }

        #[test]
        fn what_wins_beats_every_candidate_and_is_the_smallest_that_ranks_well(
            learned in prop::collection::vec((1.0_f64..20.0, prop::option::of(0.0_f64..1.0)), 0..6),
            ginis in prop::collection::vec(0.0_f64..1.0, 0..4),
            rmse in 1.0_f64..20.0,
        ) {
            let found = best_learned(&learned, ginis.iter().copied(), Some(rmse));
            let of_learned = learned.iter().filter_map(|one| one.1);
            let best_gini = ginis.iter().copied().chain(of_learned).fold(0.0, f64::max);
            let ranks_well = |one: &(f64, Option<f64>)| one.1.is_none_or(|gini| gini >= best_gini - 0.05);
            let smallest = learned.iter().filter(|one| ranks_well(one)).map(|one| one.0).reduce(f64::min);
            match found {
                Some(at) => {
                    prop_assert!(learned[at].0 * 1.005 < rmse && ranks_well(&learned[at]));
                    prop_assert_eq!(Some(learned[at].0), smallest);
                }
                None => prop_assert!(smallest.is_none_or(|smallest| smallest * 1.005 >= rmse)),
            }
        }
    }

    #[test]
    fn totals_of_parts_are_the_sums_of_their_customers() {
        let (shop, config) = (Shop::usual(), quick());
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        let customers = found.forecast.value.len();
        let unit = 100.0;
        // The expectation of the buy-till-you-die model, as no learned one was asked for.
        assert!(found.intervals.winner.is_none() && found.intervals.learned.is_empty());
        assert!(found.intervals.orders.is_none());
        for rows in [(0..customers).collect::<Vec<_>>(), vec![3], (0..customers).step_by(5).collect()] {
            let [value, low, high] = of_sum(&found, &rows, 3);
            let expected: f64 = rows.iter().map(|row| found.forecast.value[*row]).sum();
            assert!((value - expected).abs() < 1e-9 * (1.0 + expected));
            assert!((0.0..=value).contains(&low) && high >= value, "{low} {value} {high}");
        }
        // The common error is that of the only origin: the forecast of the holdout against what was spent.
        let kept = found.base.calibration.as_ref().expect("split");
        let actual = kept.spend_minor.iter().sum::<i64>() as f64 / unit;
        let error = found.holdout_forecast.value.iter().sum::<f64>() / actual - 1.0;
        assert_eq!(found.intervals.total_errors, 1);
        assert!(
            (found.intervals.total_error - error.abs()).abs() < 1e-9,
            "{} {error}",
            found.intervals.total_error
        );
        // It widens the total: with a level of 90%, by 1.645 times itself at least.
        let [total, low, high] = found.forecast.totals.value;
        let reach = 1.644_853_6 * found.intervals.total_error * total;
        assert!(high - total >= reach * (1.0 - 1e-6) && (total - low >= reach * (1.0 - 1e-6) || low == 0.0));
        // Over the horizon of 90 days, after a holdout of 90 days, nothing is converted.
        assert!((found.intervals.over_horizon_of_all - 1.0).abs() < 1e-9);
        assert!(found.intervals.over_horizon.iter().all(|ratio| (ratio - 1.0).abs() < 1e-9));
        // Coverage by hand, to the cent.
        let held = (0..kept.rows.len()).filter(|row| {
            let spent = kept.spend_minor[*row].max(0) as f64;
            (found.holdout_forecast.value_low[*row] * unit).round() <= spent
                && spent <= (found.holdout_forecast.value_high[*row] * unit).round()
        });
        let coverage = found.intervals.btyd_coverage.as_ref().expect("tested");
        assert!((coverage.overall - held.count() as f64 / kept.rows.len() as f64).abs() < 1e-12);
    }

    #[test]
    fn a_longer_horizon_is_worth_more_and_a_discount_less() {
        let (shop, config) = (Shop::usual(), quick());
        let usual = valued(&shop, &shop.request(&config, &[]));
        let twice = LifetimeValue { horizon_days: 180, holdout_days: Some(90), ..config.clone() };
        let twice = valued(&shop, &shop.request(&twice, &[]));
        let discounted = LifetimeValue { discount_rate: 0.5, ..config.clone() };
        let discounted = valued(&shop, &shop.request(&discounted, &[]));
        for row in 0..usual.forecast.value.len() {
            assert!(twice.forecast.value[row] > usual.forecast.value[row]);
            assert!(twice.forecast.value[row] < 2.0 * usual.forecast.value[row] * (1.0 + 1e-9));
            assert!(discounted.forecast.value[row] < usual.forecast.value[row]);
            // At most the discount of the whole horizon.
            let least = 1.5_f64.powf(-91.0 / 365.0);
            assert!(discounted.forecast.value[row] > least * usual.forecast.value[row]);
            // Probabilities and counts are not discounted.
            assert!((discounted.forecast.p_purchase[row] - usual.forecast.p_purchase[row]).abs() < 1e-12);
            assert!((twice.forecast.p_alive[row] - usual.forecast.p_alive[row]).abs() < 1e-12);
        }
        // The holdout is the same in all three.
        assert_eq!(usual.holdout_forecast.value, twice.holdout_forecast.value);
        assert_eq!(usual.holdout_forecast.value, discounted.holdout_forecast.value);
        assert!(twice.intervals.over_horizon_of_all > 1.0 && twice.intervals.over_horizon_of_all < 2.0);
    }
}
