//! Learned models among all others: judged on the same days, and in the place of the buy-till-you-die model
//! where they are better.
//!
//! A learned model says by what factor a customer's spend differs from what the buy-till-you-die model
//! expects of it. The factor is carried over to the horizon, to discounts and to the ends of intervals;
//! these are then stretched, among customers of similar value, until they hold what they promise on the days
//! held out (split conformal, with the place within the interval as the score).
//!
//! Source: Romano, Patterson & Candès (2019), "Conformalized quantile regression", with a factor instead of
//! a summand; Vovk et al. (2003), "Mondrian confidence machine", for the groups.

use regulars_core::config::Criterion;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::time::{Horizon, TimeUnit};
use regulars_stats::forecast::{Comparison, comparison, coverage};

use super::candidates::LUCK;
use super::{ValueRequest, Valued};
use crate::error::{Error, Kind, Result};

/// Groups of customers by value, each with a stretch of its own.
const GROUPS: usize = 10;
/// Fewer customers in a group say nothing about its tails.
const FEWEST_IN_GROUP: usize = 50;

/// A learned model in the place of the buy-till-you-die model.
#[derive(Debug)]
pub(crate) struct Overlay {
    /// Which of the learned models.
    pub(crate) model: usize,
    /// Share of customers whose spend in the days held out lay in its interval, each group stretched by what
    /// was seen of other customers.
    pub(crate) coverage: f64,
    /// The same by tenths of the expected spend, the highest first.
    pub(crate) coverage_by_decile: Vec<f64>,
}

/// How every learned model did, in their order.
pub(super) fn judge(found: &Valued, money_unit: f64) -> Vec<Option<Comparison>> {
    let (Ok(learned), Some(kept)) = (&found.learned, &found.base.calibration) else { return Vec::new() };
    let actual: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / money_unit).collect();
    learned.models.iter().map(|model| comparison(&actual, &model.judged).ok()).collect()
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
    let judged = judge(found, unit);
    let rmse = |spend: &Option<Comparison>| spend.as_ref().map_or(f64::INFINITY, |spend| spend.errors.rmse);
    let Some(best) = (0..judged.len()).min_by(|a, b| rmse(&judged[*a]).total_cmp(&rmse(&judged[*b]))) else {
        return Ok(());
    };
    let of_candidate = found.candidates[found.chosen].spend.as_ref().map_or(f64::INFINITY, |spend| spend.errors.rmse);
    if settings.criterion != Criterion::Rmse || rmse(&judged[best]) * LUCK >= of_candidate {
        return Ok(());
    }
    let (Ok(learned), Some(kept)) = (&found.learned, &found.base.calibration) else { return Ok(()) };
    let model = &learned.models[best];
    let then = Ends::of(&model.judged, &found.judged.value, (&found.judged.value_low, &found.judged.value_high));
    let now = Ends::of(&model.ahead, &expected, (&found.ahead.value_low, &found.ahead.value_high));
    let actual: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / unit).collect();
    let groups = groups_of(&model.judged);
    let of_other_half = |row: usize| Some(row % 2);
    let mut held: (Vec<f64>, Vec<f64>) = (vec![0.0; actual.len()], vec![0.0; actual.len()]);
    for half in 0..2 {
        let seen = |row: usize| of_other_half(row) != Some(half);
        let stretches = stretches(&then, &actual, &groups, settings.interval_level, &seen);
        for row in (0..actual.len()).filter(|row| of_other_half(*row) == Some(half)) {
            (held.0[row], held.1[row]) = then.stretched(row, stretches[groups.of_row[row]]);
        }
    }
    let measured = coverage(&actual, &held.0, &held.1).unwrap_or(0.0);
    let by_decile = (0..GROUPS)
        .map(|group| {
            let rows: Vec<usize> = (0..actual.len()).filter(|row| groups.of_row[*row] == group).collect();
            let of = |column: &[f64]| rows.iter().map(|row| column[*row]).collect::<Vec<f64>>();
            coverage(&of(&actual), &of(&held.0), &of(&held.1)).unwrap_or(0.0)
        })
        .collect();
    let final_stretches = stretches(&then, &actual, &groups, settings.interval_level, &|_| true);
    let now_groups = groups.like(&model.ahead);
    let ahead: Vec<(f64, f64, f64)> = (0..model.ahead.len())
        .map(|row| {
            let (low, high) = now.stretched(row, final_stretches[now_groups[row]]);
            let value = model.ahead[row] * found.over_horizon[row];
            (value, low.min(value), high)
        })
        .collect();
    let overlay = Overlay { model: best, coverage: measured, coverage_by_decile: by_decile };
    let judged_value = model.judged.clone();
    let before = found.ahead.totals.value;
    for (row, (value, low, high)) in ahead.iter().enumerate() {
        found.ahead.value[row] = *value;
        (found.ahead.value_low[row], found.ahead.value_high[row]) = (*low, *high);
    }
    let total: f64 = found.ahead.value.iter().sum();
    let factor = if before[0] > 0.0 { total / before[0] } else { 1.0 };
    found.ahead.totals.value = [total, before[1] * factor, before[2] * factor];
    found.judged.totals.value[0] = judged_value.iter().sum();
    found.judged.value = judged_value;
    (found.judged.value_low, found.judged.value_high) = held;
    found.winner = Some(overlay);
    Ok(())
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
    Ok(expected.iter().zip(&found.ahead.expected_spend).map(|(count, spend)| count.unwrap_or(0.0) * spend).collect())
}

/// What a horizon holds, discounted, of one unit of spend in as many days as models learned: by the
/// buy-till-you-die model.
fn over_horizon(in_target: &[f64], in_horizon: &[f64]) -> Vec<f64> {
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let of_all = if sum(in_target) > 0.0 { sum(in_horizon) / sum(in_target) } else { 1.0 };
    let ratio = |(target, horizon): (&f64, &f64)| if *target > 0.0 { horizon / target } else { of_all };
    in_target.iter().zip(in_horizon).map(ratio).collect()
}

/// Ends of intervals, moved by the factor of each customer.
struct Ends {
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Ends {
    fn of(said: &[f64], expected: &[f64], (low, high): (&[f64], &[f64])) -> Self {
        let factor = |row: usize| if expected[row] > 0.0 { said[row] / expected[row] } else { 1.0 };
        let moved = |ends: &[f64]| ends.iter().enumerate().map(|(row, end)| end * factor(row)).collect();
        Self { low: moved(low), high: moved(high) }
    }

    /// By what stretch the interval of a customer would just hold what happened.
    fn score(&self, row: usize, actual: f64) -> f64 {
        let (low, high) = (self.low[row], self.high[row]);
        let upper = match actual {
            _ if actual <= 0.0 => 0.0,
            _ if high > 0.0 => actual / high,
            // No stretch of nothing holds something.
            _ => f64::MAX,
        };
        let lower = if low > 0.0 { 2.0 - actual / low } else { 0.0 };
        upper.max(lower)
    }

    /// The upper end times the stretch; the lower end as much lower as the upper is higher, down to 0.
    fn stretched(&self, row: usize, stretch: f64) -> (f64, f64) {
        let high = self.high[row] * stretch;
        ((self.low[row] * (2.0 - stretch)).clamp(0.0, high), high)
    }
}

/// Customers by their expected spend.
struct Groups {
    of_row: Vec<usize>,
    /// The smallest expected spend of each group, the highest first.
    least: Vec<f64>,
}

fn groups_of(values: &[f64]) -> Groups {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    let mut of_row = vec![0; values.len()];
    let mut least = vec![f64::INFINITY; GROUPS];
    for (rank, row) in order.into_iter().enumerate() {
        let group = rank * GROUPS / values.len();
        of_row[row] = group;
        least[group] = values[row];
    }
    Groups { of_row, least }
}

impl Groups {
    /// The groups of other customers, by the same limits.
    fn like(&self, values: &[f64]) -> Vec<usize> {
        values
            .iter()
            .map(|value| self.least.iter().position(|least| value >= least).unwrap_or(GROUPS - 1))
            .collect()
    }
}

/// The stretch of every group such that the share `level` of the customers seen lies inside.
fn stretches(
    ends: &Ends,
    actual: &[f64],
    groups: &Groups,
    level: f64,
    seen: &dyn Fn(usize) -> bool,
) -> Vec<f64> {
    let quantile = |mut scores: Vec<f64>| -> Option<f64> {
        // One customer more than seen: the one the interval is for.
        let rank = ((scores.len() + 1) as f64 * level).ceil() as usize;
        scores.sort_unstable_by(f64::total_cmp);
        scores.get(rank.saturating_sub(1)).copied()
    };
    let scores = |group: Option<usize>| -> Vec<f64> {
        (0..actual.len())
            .filter(|row| seen(*row) && group.is_none_or(|group| groups.of_row[*row] == group))
            .map(|row| ends.score(row, actual[row]))
            .collect()
    };
    let of_all = quantile(scores(None)).unwrap_or(1.0);
    (0..GROUPS)
        .map(|group| {
            let scores = scores(Some(group));
            if scores.len() < FEWEST_IN_GROUP { of_all } else { quantile(scores).unwrap_or(of_all) }
        })
        .collect()
}
