//! The candidate models of a run: fitted on the calibration period, tested on the holdout period, one chosen.

use std::time::Instant;

use rayon::prelude::*;
use regulars_core::config::Criterion;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::fit::FitSettings;
use regulars_models::lifetime::holdout::{Holdout, evaluate};
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};
use regulars_models::lifetime::patterns::{CountedPatterns, EXCLUDED};
use regulars_models::lifetime::time::Horizon;
use regulars_stats::forecast_accuracy::{ForecastErrors, ForecastMetrics, forecast_errors, forecast_metrics};

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
    pub(crate) purchases: ForecastErrors,
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
    ModelKind::from_key(&key_of(name))
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
                evaluate(fitted, context.counted, &context.calibration.purchases, context.horizon)
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
    let future = fitted.model.forecast_for(&context.counted.patterns.history(pattern as usize));
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
            purchases: forecast_errors(&kept.purchases, &purchases).ok()?,
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

    use proptest::prelude::*;
    use regulars_models::lifetime::time::TimeUnit;

    use crate::histories::Columns;

    fn holdout_forecast(rmse: f64, log_likelihood: f64) -> Holdout {
        Holdout {
            customers: 1,
            actual: 1.0,
            expected: 1.0,
            mae: 0.0,
            rmse,
            bias: None,
            log_likelihood,
            coverage_90: 1.0,
            by_frequency: Vec::new(),
        }
    }

    /// A candidate with an RMSE of spend and of purchases, and a log-likelihood.
    fn candidate(spend: Option<f64>, purchases: f64, log_likelihood: f64) -> Candidate {
        let of_spend = |rmse: f64| {
            let mut metrics = forecast_metrics(&[1.0, 2.0], &[1.0, 2.0]).expect("rows");
            metrics.errors.rmse = rmse;
            metrics
        };
        Candidate {
            kind: ModelKind::ALL[0],
            fitted: Err("not needed".to_owned()),
            holdout: Some(holdout_forecast(purchases, log_likelihood)),
            spend: spend.map(of_spend),
            without: None,
            seconds: 0.0,
        }
    }

    #[test]
    fn the_smallest_error_comes_first_and_ties_go_to_the_likelier() {
        let all = [
            candidate(Some(12.0), 1.0, -10.0),
            candidate(Some(10.0), 3.0, -30.0),
            // Within half a percent of the smallest.
            candidate(Some(10.04), 2.0, -20.0),
            candidate(Some(10.06), 2.5, -5.0),
        ];
        assert_eq!(ranked(&all, Criterion::Rmse), [2, 1, 3, 0]);
        assert_eq!(ranked(&all, Criterion::PurchasesRmse), [0, 2, 3, 1]);
        assert_eq!(ranked(&all, Criterion::LogLikelihood), [3, 0, 2, 1]);
    }

    #[test]
    fn equal_candidates_keep_their_order() {
        let all = [candidate(Some(1.0), 1.0, -3.0), candidate(Some(1.0), 1.0, -3.0)];
        for criterion in [Criterion::Rmse, Criterion::PurchasesRmse, Criterion::LogLikelihood] {
            assert_eq!(ranked(&all, criterion), [0, 1]);
        }
    }

    #[test]
    fn candidates_without_a_finite_error_are_not_usable() {
        let mut all = [
            candidate(None, 1.0, -1.0),
            candidate(Some(f64::NAN), 2.0, -2.0),
            candidate(Some(5.0), f64::INFINITY, f64::NEG_INFINITY),
            candidate(Some(6.0), 3.0, -3.0),
        ];
        assert_eq!(ranked(&all, Criterion::Rmse), [2, 3]);
        assert_eq!(ranked(&all, Criterion::PurchasesRmse), [0, 1, 3]);
        assert_eq!(ranked(&all, Criterion::LogLikelihood), [0, 1, 3]);
        all[3].holdout = None;
        assert_eq!(ranked(&all, Criterion::Rmse), [2]);
        assert!(ranked(&[], Criterion::Rmse).is_empty());
    }

    /// The order by repeated choice: the likeliest of those near the smallest error, then by error.
    fn chosen_one_by_one(losses: &[(f64, f64)]) -> Vec<usize> {
        let smallest = losses.iter().map(|one| one.0).fold(f64::INFINITY, f64::min);
        let (mut near, mut far): (Vec<usize>, Vec<usize>) =
            (0..losses.len()).partition(|at| losses[*at].0 <= smallest * 1.005);
        let mut order = Vec::new();
        while let Some(best) =
            near.iter().copied().reduce(|a, b| if losses[b].1 > losses[a].1 { b } else { a })
        {
            order.push(best);
            near.retain(|at| *at != best);
        }
        while let Some(best) =
            far.iter().copied().reduce(|a, b| if losses[b].0 < losses[a].0 { b } else { a })
        {
            order.push(best);
            far.retain(|at| *at != best);
        }
        order
    }

    proptest! {
        #[test]
        fn ranking_is_choosing_one_by_one(
            losses in prop::collection::vec((1000_u32..1012, -50_i32..0), 0..8),
        ) {
            let losses: Vec<(f64, f64)> =
                losses.into_iter().map(|(loss, log)| (f64::from(loss), f64::from(log))).collect();
            let all: Vec<Candidate> = losses.iter().map(|one| candidate(Some(one.0), 1.0, one.1)).collect();
            prop_assert_eq!(ranked(&all, Criterion::Rmse), chosen_one_by_one(&losses));
        }
    }

    fn kept(
        spend_minor: Vec<i64>,
        spend_before_minor: Vec<i64>,
        purchases: Vec<f64>,
        before: Vec<f64>,
    ) -> Calibration {
        Calibration {
            spend_minor,
            spend_before_minor,
            purchases,
            purchases_before: before,
            ..Calibration::default()
        }
    }

    #[test]
    fn baselines_are_the_days_before_and_their_mean() {
        let kept = kept(vec![300, 0, 900], vec![300, -100, 600], vec![1.0, 0.0, 2.0], vec![1.0, 0.0, 3.0]);
        let found = baselines(&kept, 100.0);
        assert_eq!(found.iter().map(|one| one.name).collect::<Vec<_>>(), ["naive forecast", "overall mean"]);
        // Refunds before count as nothing spent: 3, 0, 6 against 3, 0, 9.
        let [naive, mean] = [&found[0], &found[1]];
        assert!((naive.spend.errors.rmse - 3_f64.sqrt()).abs() < 1e-12);
        assert!((naive.spend.errors.mae - 1.0).abs() < 1e-12);
        assert!((naive.spend.errors.bias.expect("spent") + 0.25).abs() < 1e-12);
        assert!((naive.purchases.rmse - (1_f64 / 3.0).sqrt()).abs() < 1e-12);
        // Everybody 3, and 4/3 purchases.
        assert!((mean.spend.errors.rmse - (45_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((mean.purchases.mae - (1.0 / 3.0 + 4.0 / 3.0 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!(mean.spend.spearman, None);
        // Without the largest: 3, 0 against 3, 0.
        assert!(naive.without.expect("two are left").spend.rmse.abs() < 1e-12);
    }

    #[test]
    fn nobody_has_no_baselines() {
        assert!(baselines(&Calibration::default(), 100.0).is_empty());
        let nobody_spent = kept(vec![0, 0], vec![100, 300], vec![0.0; 2], vec![1.0, 2.0]);
        let found = baselines(&nobody_spent, 100.0);
        assert!(found.iter().all(|one| one.without.is_none() && one.spend.errors.bias.is_none()));
        assert!((found[1].spend.errors.rmse - 2.0).abs() < 1e-12);
    }

    /// Customers who bought 0 to 4 times in the first days, and again.
    fn some_histories() -> Calibration {
        let mut then = Columns::default();
        let (mut purchases, mut spend) = (Vec::new(), Vec::new());
        for customer in 0..120_u32 {
            let x = f64::from(customer * 7 % 5);
            then.x.push(x);
            then.t_x.push(if x > 0.0 { 10.0 * x + f64::from(customer % 20) } else { 0.0 });
            then.t.push(90.0 + f64::from(customer % 3));
            then.log_intervals.push(x * 10_f64.ln());
            then.repeat_minor.push((x * (500.0 + 10.0 * f64::from(customer))) as i64);
            then.total_minor.push((x * 500.0) as i64 + 700);
            purchases.push((x / 2.0 + f64::from(customer % 2)).floor());
            spend.push(i64::from(customer % 4) * 450);
        }
        Calibration {
            rows: (0..120).map(Some).collect(),
            then,
            purchases_before: purchases.clone(),
            spend_before_minor: spend.clone(),
            purchases,
            spend_minor: spend,
            weeks: Vec::new(),
        }
    }

    fn sixty_days<'a>(
        counted: &'a CountedPatterns,
        calibration: &'a Calibration,
        spend_model: &'a SpendModel,
    ) -> HoldoutContext<'a> {
        let horizon = Horizon { count: 60.0, unit: TimeUnit::Days };
        HoldoutContext { counted, calibration, spend_model, money_unit: 100.0, horizon }
    }

    #[test]
    fn a_candidate_is_tested_with_its_own_forecast() {
        let calibration = some_histories();
        let counted = calibration.then.counted(TimeUnit::Days).expect("valid");
        let spend_model = SpendModel::OneMean { mean: 6.0, reason: String::new() };
        let context = sixty_days(&counted, &calibration, &spend_model);
        let kinds = [ModelKind::ALL[0], ModelKind::ALL[1]];
        let found = candidates(&kinds, &context, &FitSettings::default());
        assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), kinds);
        for one in &found {
            let fitted = one.fitted.as_ref().expect("fitted");
            let n = calibration.purchases.len();
            let expected: Vec<f64> = (0..n)
                .map(|row| {
                    let history = counted.patterns.history(counted.pattern_of[row] as usize);
                    fitted.model.forecast_for(&history).expected_purchases(60.0)
                })
                .collect();
            let error = |row: usize| expected[row] - calibration.purchases[row];
            let of_spend = |row: usize| expected[row] * 6.0 - calibration.spend_minor[row] as f64 / 100.0;
            let rmse = |rows: &[usize], error: &dyn Fn(usize) -> f64| {
                (rows.iter().map(|row| error(*row).powi(2)).sum::<f64>() / rows.len() as f64).sqrt()
            };
            let all: Vec<usize> = (0..n).collect();
            // The first of the largest spenders is row 3.
            let but: Vec<usize> = (0..n).filter(|row| *row != 3).collect();
            let holdout = one.holdout.as_ref().expect("judged");
            assert!((holdout.rmse - rmse(&all, &error)).abs() < 1e-6, "{}", one.kind.name());
            let spend = one.spend.as_ref().expect("judged");
            assert!((spend.errors.rmse - rmse(&all, &of_spend)).abs() < 1e-6);
            let without = one.without.expect("somebody spent");
            assert!((without.purchases_rmse - rmse(&but, &error)).abs() < 1e-6);
            assert!((without.spend.spend.rmse - rmse(&but, &of_spend)).abs() < 1e-6);
            // One customer less is likelier than all.
            assert!(without.log_likelihood > holdout.log_likelihood && without.log_likelihood < 0.0);
            assert!(one.seconds >= 0.0);
        }
    }

    #[test]
    fn a_model_that_cannot_be_fitted_is_kept_with_its_reason() {
        let mut calibration = some_histories();
        for column in
            [&mut calibration.then.x, &mut calibration.then.t_x, &mut calibration.then.log_intervals]
        {
            column.fill(0.0);
        }
        let counted = calibration.then.counted(TimeUnit::Days).expect("valid");
        let spend_model = SpendModel::OneMean { mean: 1.0, reason: String::new() };
        let context = sixty_days(&counted, &calibration, &spend_model);
        let found = candidates(ModelKind::ALL, &context, &FitSettings::default());
        assert_eq!(found.len(), ModelKind::ALL.len());
        for one in &found {
            assert_eq!(one.fitted.is_ok(), one.holdout.is_some());
            assert_eq!(one.fitted.is_ok(), one.spend.is_some());
        }
        let usable: Vec<usize> = (0..found.len()).filter(|at| found[*at].fitted.is_ok()).collect();
        assert_eq!(ranked(&found, Criterion::PurchasesRmse).len(), usable.len());
    }

    #[test]
    fn every_model_is_found_by_its_key_and_its_name() {
        for kind in ModelKind::ALL.iter().copied() {
            assert_eq!(model_named(kind.key()), Some(kind));
            assert_eq!(model_named(kind.name()), Some(kind), "{}", kind.name());
            assert_eq!(model_named(&format!("  {} ", kind.key().to_uppercase())), Some(kind));
        }
        assert_eq!(model_keys().split(", ").count(), ModelKind::ALL.len());
        assert_eq!(key_of(" MBG/CNBD k-2 "), "mbg_cnbd_k_2");
    }
}
