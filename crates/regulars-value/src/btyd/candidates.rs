//! The candidate models of a run: fitted on the calibration period, tested on the holdout period, one chosen.

use std::time::Instant;

use rayon::prelude::*;
use regulars_core::config::Criterion;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::fit::FitSettings;
use regulars_models::lifetime::holdout::{Holdout, judge};
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};
use regulars_models::lifetime::patterns::{CountedPatterns, EXCLUDED};
use regulars_models::lifetime::time::Horizon;
use regulars_stats::forecast::{Errors, ForecastMetrics, errors, forecast_metrics};

use super::spend::SpendModel;
use super::without_largest::{
    CandidateWithout, WithoutLargest, largest_row, purchases_rmse_without, without,
};
use crate::histories::Calibration;

/// A candidate model.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) kind: ModelKind,
    /// The fit, or why there is none.
    pub(crate) fitted: Result<FittedLifetimeModel, String>,
    /// Accuracy of its purchase forecast.
    pub(crate) holdout: Option<Holdout>,
    /// Accuracy of its spend forecast.
    pub(crate) spend: Option<ForecastMetrics>,
    /// Accuracy without the customer who spent most.
    pub(crate) without: Option<CandidateWithout>,
    /// Seconds for fitting and testing.
    pub(crate) seconds: f64,
}

/// A baseline forecast.
#[derive(Debug)]
pub(crate) struct Baseline {
    pub(crate) name: &'static str,
    pub(crate) spend: ForecastMetrics,
    pub(crate) without: Option<WithoutLargest>,
    pub(crate) purchases: Errors,
}

/// Data that candidates are tested on.
pub(crate) struct HoldoutContext<'a> {
    pub(crate) counted: &'a CountedPatterns,
    pub(crate) calibration: &'a Calibration,
    pub(crate) spend_model: &'a SpendModel,
    pub(crate) money_unit: f64,
    pub(crate) horizon: Horizon,
}

/// The model of a name such as `bg_nbd` or `BG/NBD`.
pub(crate) fn model_named(name: &str) -> Option<ModelKind> {
    ModelKind::of_key(&key_of(name))
}

/// The keys of all models, for messages.
pub(crate) fn model_keys() -> String {
    ModelKind::ALL.iter().map(|kind| kind.key()).collect::<Vec<_>>().join(", ")
}

/// A name in lower case with underscores.
pub(crate) fn key_of(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace(['/', '-', ' '], "_")
}

/// Fits and tests models, one after the other; each uses all cores.
pub(crate) fn candidates(
    kinds: &[ModelKind],
    context: &HoldoutContext<'_>,
    settings: &FitSettings,
) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = kinds
        .iter()
        .map(|kind| {
            let since = Instant::now();
            let fitted = kind.fit(&context.counted.patterns, settings).map_err(|error| error.to_string());
            let holdout = fitted.as_ref().ok().map(|fitted| {
                judge(fitted, context.counted, &context.calibration.purchases, context.horizon)
            });
            let (fitted, holdout) = match holdout.transpose() {
                Ok(holdout) => (fitted, holdout),
                Err(error) => (Err(error.to_string()), None),
            };
            let seconds = since.elapsed().as_secs_f64();
            Candidate { kind: *kind, fitted, holdout, spend: None, without: None, seconds }
        })
        .collect();
    let actual = actual_spend(context.calibration, context.money_unit);
    let x = &context.calibration.then.x;
    let mean = context.calibration.then.mean_spend(context.money_unit);
    let largest = largest_row(context.calibration);
    all.par_iter_mut().for_each(|candidate| {
        let Ok(fitted) = &candidate.fitted else { return };
        let Ok(forecast) = fitted.forecast(&context.counted.patterns, context.horizon, Discount::None) else {
            return;
        };
        let expected = context.counted.to_customers(&forecast.expected_purchases);
        let purchases: Vec<f64> = expected.iter().map(|purchases| purchases.unwrap_or(0.0)).collect();
        let each = purchases.iter().enumerate();
        let guess: Vec<f64> = each
            .map(|(row, purchases)| purchases * context.spend_model.expected(x[row], mean[row]))
            .collect();
        candidate.spend = forecast_metrics(&actual, &guess).ok();
        candidate.without = largest.and_then(|row| {
            let all = candidate.holdout.as_ref()?.log_likelihood;
            Some(CandidateWithout {
                spend: without(&actual, &guess, row)?,
                purchases_rmse: purchases_rmse_without(&context.calibration.purchases, &purchases, row)?,
                log_likelihood: all - log_likelihood_of(fitted, context, row),
            })
        });
    });
    all
}

/// Contribution of one customer's holdout purchases to the log-likelihood of a model.
fn log_likelihood_of(fitted: &FittedLifetimeModel, context: &HoldoutContext<'_>, row: usize) -> f64 {
    let pattern = context.counted.pattern_of[row];
    if pattern == EXCLUDED {
        return 0.0;
    }
    let future = fitted.model.future(&context.counted.patterns.history(pattern as usize));
    let bought = context.calibration.purchases[row] as usize;
    let probabilities = future.purchase_counts(context.horizon.in_units(fitted.unit), bought);
    probabilities[bought].max(f64::MIN_POSITIVE).ln()
}

/// Baselines.
pub(crate) fn baselines(kept: &Calibration, unit: f64) -> Vec<Baseline> {
    let actual = actual_spend(kept, unit);
    let before: Vec<f64> =
        kept.spend_before_minor.iter().map(|minor| (*minor as f64 / unit).max(0.0)).collect();
    let level = |values: &[f64]| vec![values.iter().sum::<f64>() / values.len().max(1) as f64; values.len()];
    [
        ("naive forecast", before.clone(), kept.purchases_before.clone()),
        ("overall mean", level(&before), level(&kept.purchases_before)),
    ]
    .into_iter()
    .filter_map(|(name, spend, purchases)| {
        Some(Baseline {
            name,
            spend: forecast_metrics(&actual, &spend).ok()?,
            without: largest_row(kept).and_then(|row| without(&actual, &spend, row)),
            purchases: errors(&kept.purchases, &purchases).ok()?,
        })
    })
    .collect()
}

fn actual_spend(kept: &Calibration, unit: f64) -> Vec<f64> {
    kept.spend_minor.iter().map(|minor| *minor as f64 / unit).collect()
}

/// Errors within this factor of the smallest are ties; the likelihood decides then.
pub(crate) const TIE_TOLERANCE: f64 = 1.005;

/// Criterion for choosing a candidate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Losses {
    /// RMSE of spend.
    pub(crate) rmse: Option<f64>,
    /// RMSE of purchases.
    pub(crate) purchases_rmse: f64,
    /// Log-likelihood of the purchases.
    pub(crate) log_likelihood: f64,
}

/// The usable candidates, best first.
///
/// Errors within half a percent of the smallest count as ties, decided by the log-likelihood of the
/// purchases, then by the order of candidates.
pub(crate) fn ranked(candidates: &[Candidate], criterion: Criterion) -> Vec<usize> {
    ranked_by(candidates, criterion, |candidate| {
        let holdout = candidate.holdout.as_ref()?;
        Some(Losses {
            rmse: candidate.spend.as_ref().map(|spend| spend.errors.rmse),
            purchases_rmse: holdout.rmse,
            log_likelihood: holdout.log_likelihood,
        })
    })
}

/// The same by other losses; candidates without one are not usable.
pub(crate) fn ranked_by(
    candidates: &[Candidate],
    criterion: Criterion,
    losses: impl Fn(&Candidate) -> Option<Losses>,
) -> Vec<usize> {
    let loss = |losses: &Losses| {
        let loss = match criterion {
            Criterion::LogLikelihood => -losses.log_likelihood,
            Criterion::PurchasesRmse => losses.purchases_rmse,
            Criterion::Rmse => losses.rmse?,
        };
        loss.is_finite().then_some(loss)
    };
    let mut order: Vec<(usize, f64, f64)> = candidates
        .iter()
        .enumerate()
        .filter_map(|(at, candidate)| {
            let losses = losses(candidate)?;
            Some((at, loss(&losses)?, -losses.log_likelihood))
        })
        .collect();
    let smallest = order.iter().map(|(_, loss, _)| *loss).fold(f64::INFINITY, f64::min);
    let near = |loss: f64| criterion != Criterion::LogLikelihood && loss <= smallest * TIE_TOLERANCE;
    order.sort_by(|a, b| match (near(a.1), near(b.1)) {
        (true, true) => a.2.total_cmp(&b.2).then(a.0.cmp(&b.0)),
        _ => a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)),
    });
    order.into_iter().map(|(at, ..)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_found_by_any_spelling_of_their_name() {
        for (name, key) in [
            ("bg_nbd", "bg_nbd"),
            ("BG/NBD", "bg_nbd"),
            ("pareto-nbd", "pareto_nbd"),
            ("MBG/CNBD-k", "mbg_cnbd_k"),
        ] {
            assert_eq!(model_named(name).map(ModelKind::key), Some(key), "{name}");
        }
        assert_eq!(model_named("arima"), None);
        let registered: Vec<&str> = ModelKind::ALL.iter().map(|kind| kind.key()).collect();
        assert_eq!(registered, regulars_core::config::VALUE_MODELS);
    }
}
