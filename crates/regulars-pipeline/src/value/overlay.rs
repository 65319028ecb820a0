//! Learned models among all others: judged on the same days, and in the place of the buy-till-you-die model
//! where they are better.
//!
//! What they learned is spend in as many days as were held out. A longer or shorter horizon, and discounts,
//! are carried over by what the buy-till-you-die model expects of each customer in both. Intervals are
//! conformal: errors on the days held out, of customers with similar forecasts.

use regulars_core::config::Criterion;
use regulars_learners::conformal::{self, Interval, Intervals, Params};
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::time::{Horizon, TimeUnit};

use super::candidates::LUCK;
use super::{ValueRequest, Valued};
use crate::error::{Error, Kind, Result};

/// A learned model in the place of the buy-till-you-die model.
#[derive(Debug)]
pub(crate) struct Overlay {
    /// Which of the learned models.
    pub(crate) model: usize,
    /// Share of customers whose spend in the days held out lay in an interval made from other customers.
    pub(crate) coverage: f64,
}

/// Puts the best learned model in the place of the buy-till-you-die model, if it was better on the days
/// held out, by more than luck.
///
/// Only errors of spend can be compared: with another criterion learned models stand beside.
pub(super) fn apply(request: &ValueRequest<'_>, found: &mut Valued) -> Result<()> {
    let settings = &request.config.value;
    let unit = 10_f64.powi(i32::from(request.money_decimals));
    let Ok(learned) = &found.learned else { return Ok(()) };
    let expected = expected_in_target(found, f64::from(learned.split.target_days()))?;
    found.over_horizon = over_horizon(&expected, &found.ahead.value);
    found.of_kind.clone_from(&found.ahead.value);
    let rmse = |at: &usize| learned.models[*at].spend.errors.rmse;
    let Some(best) = (0..learned.models.len()).min_by(|a, b| rmse(a).total_cmp(&rmse(b))) else {
        return Ok(());
    };
    let of_kind =
        found.candidates[found.chosen].spend.as_ref().map_or(f64::INFINITY, |spend| spend.errors.rmse);
    if settings.criterion != Criterion::Rmse || rmse(&best) * LUCK >= of_kind {
        return Ok(());
    }
    let Some(kept) = &found.base.calibration else { return Ok(()) };
    let model = &learned.models[best];
    let actual: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / unit).collect();
    let params = Params { level: settings.interval_level, floor: Some(0.0), seed: request.seed };
    // Money that went back can leave a customer below 0, which no interval reaches down to.
    let at_least_0: Vec<f64> = actual.iter().map(|spend| spend.max(0.0)).collect();
    let measured = conformal::measured_coverage(&at_least_0, &model.judged, &params)?;
    let intervals = Intervals::fit(&at_least_0, &model.judged, &params)?;
    let of_sum = intervals.of_sum(&model.ahead, request.seed);
    let over_horizon = &found.over_horizon;
    let value: Vec<f64> =
        model.ahead.iter().zip(over_horizon).map(|(value, factor)| value * factor).collect();
    let (low, high) = ends(&intervals.predict(&model.ahead), &model.ahead, over_horizon);
    let (judged_low, judged_high) = ends(&intervals.predict(&model.judged), &model.judged, &[]);
    let (ahead_sum, value_sum): (f64, f64) = (model.ahead.iter().sum(), value.iter().sum());
    let factor = if ahead_sum > 0.0 { value_sum / ahead_sum } else { 1.0 };
    let overlay = Overlay { model: best, coverage: measured.overall };

    found.judged.value.clone_from(&model.judged);
    (found.judged.value_low, found.judged.value_high) = (judged_low, judged_high);
    found.judged.totals.value[0] = found.judged.value.iter().sum();
    // The level is that of all customers' histories: the mean error of one window does not move it.
    let moved = value_sum - of_sum.expected * factor;
    found.ahead.totals.value =
        [value_sum, (of_sum.low * factor + moved).max(0.0), of_sum.high * factor + moved];
    (found.ahead.value, found.ahead.value_low, found.ahead.value_high) = (value, low, high);
    found.winner = Some(overlay);
    Ok(())
}

/// Ends of intervals over the horizon; they hold the forecast itself, also where hardly anybody spends
/// anything and nothing would do.
fn ends(intervals: &[Interval], forecast: &[f64], over_horizon: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let factor = |row: usize| over_horizon.get(row).copied().unwrap_or(1.0);
    intervals
        .iter()
        .enumerate()
        .map(|(row, interval)| {
            let (low, high) = (interval.low.min(forecast[row]), interval.high.max(forecast[row]));
            (low * factor(row), high * factor(row))
        })
        .unzip()
}

/// What the buy-till-you-die model expects of every customer in as many days as models learned.
fn expected_in_target(found: &Valued, days: f64) -> Result<Vec<f64>> {
    let counted = found.base.now.counted(found.fitted.unit);
    let expected = counted.and_then(|counted| {
        let horizon = Horizon { count: days, unit: TimeUnit::Days };
        let forecast = found.fitted.forecast(&counted.patterns, horizon, Discount::None)?;
        Ok(counted.to_customers(&forecast.expected_purchases))
    });
    let expected = expected.map_err(|error| Error::new(Kind::Internal, error.to_string()))?;
    let spend = expected.iter().zip(&found.ahead.expected_spend);
    Ok(spend.map(|(count, spend)| count.unwrap_or(0.0) * spend).collect())
}

/// What a horizon holds, discounted, of one unit of spend in as many days as models learned: by the
/// buy-till-you-die model.
fn over_horizon(in_target: &[f64], in_horizon: &[f64]) -> Vec<f64> {
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let of_all = if sum(in_target) > 0.0 { sum(in_horizon) / sum(in_target) } else { 1.0 };
    let ratio = |(target, horizon): (&f64, &f64)| if *target > 0.0 { horizon / target } else { of_all };
    in_target.iter().zip(in_horizon).map(ratio).collect()
}
