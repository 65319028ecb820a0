//! Rolling-origin evaluation: one holdout may be lucky, several show how stable a model is.
//!
//! Purchases are split at each origin, every model is fitted to the data known by then and tested on the
//! period after it, and the errors are summarised over the origins.
//!
//! Deliberately not here: reading orders; purchases come as day numbers with any origin.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::fit::FitSettings;
use super::holdout::{Criterion, Holdout, evaluate};
use super::model::ModelKind;
use super::patterns::{BadRows, CountedPatterns, Histories, count_patterns};
use super::time::{Horizon, TimeUnit};

/// Purchases of all customers.
///
/// Shape: one value per purchase in each column, in any order; several purchases of a customer on one day
/// count as one.
#[derive(Debug, Clone, Copy)]
pub struct Purchases<'a> {
    /// Customer index, from 0.
    pub customer: &'a [u32],
    /// Day of the purchase.
    pub day: &'a [i32],
}

/// Data known at a forecast origin, and the purchases after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Last day of the calibration period.
    pub day: i32,
    /// Histories up to then, of the customers who had bought.
    pub counted: CountedPatterns,
    /// Customer of each row of `counted`, ascending.
    pub customer: Vec<u32>,
    /// Their purchases within the horizon.
    pub actual: Vec<f64>,
    /// Length of the holdout period.
    pub horizon: Horizon,
}

/// Splits purchases at the end of a day.
///
/// Errors: [`Error::ColumnLengths`]; [`Error::Horizon`].
pub fn origin_at(
    purchases: &Purchases<'_>,
    day: i32,
    horizon_days: u32,
    unit: TimeUnit,
) -> Result<Origin, Error> {
    let horizon = Horizon::new(f64::from(horizon_days), TimeUnit::Days)?;
    let rows = sorted(purchases)?;
    let last_day = i64::from(day) + i64::from(horizon_days);
    let (mut x, mut t_x, mut t, mut logs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut customer, mut actual) = (Vec::new(), Vec::new());
    let days = |from: i32, to: i32| (f64::from(to) - f64::from(from)) / unit.days();
    for of_customer in rows.chunk_by(|a, b| a.0 == b.0) {
        let known = of_customer.partition_point(|(_, bought)| *bought <= day);
        let Some((_, last)) = of_customer[..known].last() else { continue };
        let first = of_customer[0].1;
        let after = of_customer[known..].iter().filter(|(_, bought)| i64::from(*bought) <= last_day);
        customer.push(of_customer[0].0);
        x.push(known as f64 - 1.0);
        t_x.push(days(first, *last));
        t.push(days(first, day));
        logs.push(of_customer[..known].windows(2).map(|pair| days(pair[0].1, pair[1].1).ln()).sum());
        actual.push(after.count() as f64);
    }
    let histories = Histories { x: &x, t_x: &t_x, t: &t, log_intervals: Some(&logs), unit };
    let counted = count_patterns(&histories, BadRows::Refuse)?;
    Ok(Origin { day, counted, customer, actual, horizon })
}

/// Forecast origins with consecutive holdout periods up to the last purchase, earliest first.
///
/// Each origin has at least as much time before it, since the first purchase, as after it.
///
/// Shape: at most `most`, at least one.
/// Errors: [`Error::ColumnLengths`]; [`Error::TooShort`] if there is not time for one.
pub fn origin_days(purchases: &Purchases<'_>, horizon_days: u32, most: usize) -> Result<Vec<i32>, Error> {
    let rows = sorted(purchases)?;
    let days = rows.iter().map(|(_, day)| i64::from(*day));
    let (first, last) = days.fold((i64::MAX, i64::MIN), |(first, last), day| (first.min(day), last.max(day)));
    let seen = if rows.is_empty() { 0 } else { last - first + 1 };
    let found = if rows.is_empty() { Vec::new() } else { origins_between(first, last, horizon_days, most) };
    if found.is_empty() {
        return Err(Error::TooShort { days: seen, needed: 2 * i64::from(horizon_days.max(1)) + 1 });
    }
    Ok(found)
}

/// Forecast origins with consecutive holdout periods up to the last observed day, earliest first.
///
/// Each origin has at least as much time before it, since the first day, as after it.
///
/// Shape: at most `most`; empty if there is not time for one.
pub fn origins_between(first: i64, last: i64, horizon_days: u32, most: usize) -> Vec<i32> {
    let length = i64::from(horizon_days.max(1));
    let mut found: Vec<i32> = (1..=most as i64)
        .map(|number| last.saturating_sub(number.saturating_mul(length)))
        .take_while(|day| day.saturating_sub(first) >= length)
        .filter_map(|day| i32::try_from(day).ok())
        .collect();
    found.reverse();
    found
}

fn sorted(purchases: &Purchases<'_>) -> Result<Vec<(u32, i32)>, Error> {
    if purchases.day.len() != purchases.customer.len() {
        return Err(Error::ColumnLengths {
            name: "days",
            found: purchases.day.len(),
            expected: purchases.customer.len(),
        });
    }
    let mut rows: Vec<(u32, i32)> =
        purchases.customer.iter().copied().zip(purchases.day.iter().copied()).collect();
    rows.sort_unstable();
    rows.dedup();
    Ok(rows)
}

/// Result of a model at one origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginResult {
    /// Last day of the calibration period.
    pub day: i32,
    /// Holdout accuracy; none if the model could not be fitted.
    pub holdout: Option<Holdout>,
    /// In words: a parameter at its bound, or why there is no fit.
    pub note: Option<String>,
}

/// Summary of a measure over all origins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OriginSummary {
    /// Mean.
    pub mean: f64,
    /// Standard deviation between origins; none for a single origin.
    pub deviation: Option<f64>,
    /// Minimum.
    pub least: f64,
    /// Maximum.
    pub most: f64,
}

/// Errors of a model over all origins at which it was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RollingSummary {
    /// Number of origins.
    pub origins: u64,
    /// Mean absolute error, in purchases.
    pub mae: OriginSummary,
    /// Root mean squared error (RMSE), in purchases.
    pub rmse: OriginSummary,
    /// Bias: expected over actual purchases, minus 1; none if nobody bought after any origin.
    pub bias: Option<OriginSummary>,
    /// Holdout log-likelihood per customer.
    pub log_likelihood: OriginSummary,
    /// Coverage of the 90% prediction interval.
    pub coverage_90: OriginSummary,
}

/// Rolling-origin results of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rolling {
    /// Model.
    pub model: ModelKind,
    /// One result per origin, in order.
    pub origins: Vec<OriginResult>,
    /// Summary over all origins; none if the model could not be fitted at any.
    pub summary: Option<RollingSummary>,
}

/// Fits a model at every origin and tests it on the period after.
///
/// A failed fit is a result with its reason, not an error of the whole.
pub fn rolling(kind: ModelKind, origins: &[Origin], settings: &FitSettings) -> Rolling {
    rolling_by(kind, origins, |origin| {
        let fitted = kind.fit(&origin.counted.patterns, settings)?;
        let holdout = evaluate(&fitted, &origin.counted, &origin.actual, origin.horizon)?;
        Ok((holdout, fitted.report.boundary.map(|boundary| boundary.words)))
    })
}

/// The same for callers with their own fit and evaluation, such as with covariates: `evaluate` returns the
/// holdout result of an origin and the boundary in words.
///
/// Errors: none; errors of `evaluate` become the origin's note.
pub fn rolling_by(
    kind: ModelKind,
    origins: &[Origin],
    mut evaluate: impl FnMut(&Origin) -> Result<(Holdout, Option<String>), Error>,
) -> Rolling {
    let results: Vec<OriginResult> = origins
        .iter()
        .map(|origin| match evaluate(origin) {
            Ok((holdout, note)) => OriginResult { day: origin.day, holdout: Some(holdout), note },
            Err(error) => OriginResult { day: origin.day, holdout: None, note: Some(error.to_string()) },
        })
        .collect();
    Rolling { model: kind, summary: summary(&results), origins: results }
}

fn summary(results: &[OriginResult]) -> Option<RollingSummary> {
    let evaluated: Vec<&Holdout> = results.iter().filter_map(|result| result.holdout.as_ref()).collect();
    let over = |of: &dyn Fn(&Holdout) -> Option<f64>| -> Option<OriginSummary> {
        let values: Vec<f64> = evaluated.iter().filter_map(|holdout| of(holdout)).collect();
        over_origins(&values)
    };
    Some(RollingSummary {
        origins: evaluated.len() as u64,
        mae: over(&|holdout| Some(holdout.mae))?,
        rmse: over(&|holdout| Some(holdout.rmse))?,
        bias: over(&|holdout| holdout.bias),
        log_likelihood: over(&|holdout| Some(holdout.log_likelihood / holdout.customers as f64))?,
        coverage_90: over(&|holdout| Some(holdout.coverage_90))?,
    })
}

fn over_origins(values: &[f64]) -> Option<OriginSummary> {
    if values.is_empty() {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some(OriginSummary {
        mean,
        deviation: (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
        least: values.iter().copied().fold(f64::INFINITY, f64::min),
        most: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    })
}

/// The model with the best mean result over the origins; ties go to the first.
///
/// Models that could not be fitted at every origin compete only if no model could.
///
/// Shape: none without an evaluated model.
pub fn best_rolling(all: &[Rolling], criterion: Criterion) -> Option<ModelKind> {
    let most = all.iter().filter_map(|rolling| rolling.summary.as_ref()).map(|s| s.origins).max()?;
    let loss = |summary: &RollingSummary| match criterion {
        Criterion::LogLikelihood => -summary.log_likelihood.mean,
        Criterion::Rmse => summary.rmse.mean,
    };
    all.iter()
        .filter_map(|rolling| rolling.summary.as_ref().map(|summary| (rolling.model, summary)))
        .filter(|(_, summary)| summary.origins == most)
        .reduce(|best, next| if loss(next.1) < loss(best.1) { next } else { best })
        .map(|(model, _)| model)
}
