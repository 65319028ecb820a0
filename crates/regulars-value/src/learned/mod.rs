//! Machine learning models on customer features, tested on a holdout period.
//!
//! ```text
//! tune   ----H---- train ----H---- test ----H---- as of ----H---->
//! ```
//!
//! 1. With four horizons of history, models are trained at `tune` with early stopping at `train`; their
//!    forecasts there, out of time, give the blend weights. With less, settings are the defaults and weights
//!    come from held-out customers at `train`.
//! 2. Models are trained at `train` and tested at `test`, on spend up to the analysis date.
//! 3. Models are trained again at `test` and predict from the analysis date.
//!
//! Boosted trees predict the factor between a customer's spend and the expectation of a buy-till-you-die
//! model, which also sets the level of every learned model: total spend follows from the whole history, while
//! a single window has its own season (ADR 0008).
//!
//! Deliberately not here: training (`regulars_learners`), and the choice among all models (`crate::value`).

mod card;
mod churn;
mod cutoffs;
mod drivers;
mod effects;
mod expectation;
mod forecasts;
mod load;
mod origins;
mod recipes;
mod save;
mod stored_forecasts;

use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::prelude::*;
use regulars_core::time_split::TimeSplit;
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};

pub(crate) use churn::{ChurnModel, ChurnModels};
pub(crate) use cutoffs::feature_names;
use cutoffs::{ExpectationSettings, evenly_spaced, write_features_at};
pub(crate) use drivers::Importance;
pub(crate) use effects::PartialDependence;
use expectation::ExpectationModels;
pub(crate) use forecasts::LearnedModel;
use forecasts::{Forecasts, Table, Target, TrainingSet};
pub(crate) use load::{StoredModels, read_models};
pub(crate) use origins::Origin;
pub(crate) use recipes::model_keys;
use regulars_learners::contributions::Driver;
use regulars_learners::explain::PermutationImportance;
pub(crate) use save::{ModelChoice, write_learned_models};
pub(crate) use stored_forecasts::StoredForecasts;

use crate::btyd::{Candidate, fit_settings, unit_of};
use crate::error::{Error, Kind, Result};
use crate::histories::{Base, Calibration, Days};
use crate::outcome::Stop;
use crate::request::ValueRequest;
use crate::timing::Stopwatch;

/// With fewer customers, or fewer with spend, training is not possible.
const MIN_CUSTOMERS: usize = 100;
const MIN_SPENDERS: usize = 30;
/// Maximum number of customers for tuning.
const MAX_TUNING_CUSTOMERS: usize = 20_000;

/// The learned models of a run.
#[derive(Debug)]
pub(crate) struct Learned {
    pub(crate) split: TimeSplit,
    /// The buy-till-you-die model behind the expectations.
    pub(crate) expectation: ModelKind,
    /// This model and the spend model, at the analysis date.
    expectation_models: ExpectationModels,
    /// In the order of the recipes; the blend last.
    pub(crate) models: Vec<LearnedModel>,
    /// Weights of the blend: of the expectation, then of the models.
    weights: Vec<f64>,
    /// P(churn).
    pub(crate) churned: ChurnModels,
    /// Customers at the test cutoff, and at the analysis date.
    test: Table,
    now: Table,
    /// Models of orders instead of spend; empty unless requested.
    pub(crate) orders: Vec<LearnedModel>,
    /// Accuracy at earlier origins, latest first.
    pub(crate) origins: Vec<Origin>,
    /// Seasonal factor of the horizon.
    pub(crate) season: f64,
    /// Relative error of the total expectation at each cutoff with a known target.
    pub(crate) total_errors: Vec<f64>,
    /// Remarks, in words.
    pub(crate) notes: Vec<String>,
}

impl Learned {
    /// The main drivers of every customer's forecast by a model.
    ///
    /// Errors: an error of a library, which is a bug in Regulars.
    pub(crate) fn drivers(&self, model: usize) -> Result<Vec<Vec<Driver>>> {
        Ok(drivers::drivers(&self.models[model], &self.models, &self.weights, &self.now)?)
    }

    /// Feature importance in every model, by gain and mean contribution; for the blend, by the latter.
    ///
    /// Errors: as above.
    pub(crate) fn importance(&self) -> Result<Vec<Importance>> {
        Ok(drivers::importance(&self.models, &self.weights, &self.now)?)
    }

    /// The model with the lowest holdout RMSE of spend.
    pub(crate) fn best(&self) -> Option<usize> {
        best_of(&self.models)
    }

    /// Permutation importance of every feature on the holdout period.
    ///
    /// Shape: one per feature, in their order. `spend` is for the customers of the test cutoff.
    /// Errors: as above.
    pub(crate) fn permuted(
        &self,
        model: usize,
        spend: &[f64],
        seed: u64,
    ) -> Result<Vec<PermutationImportance>> {
        Ok(effects::permuted(self, model, spend, seed)?)
    }

    /// Partial dependence of a model's mean forecast on the given features.
    ///
    /// Errors: as above.
    pub(crate) fn dependence(&self, model: usize, features: &[usize]) -> Result<Vec<PartialDependence>> {
        Ok(effects::dependence(self, model, features)?)
    }

    /// P(purchase) in the target days, by the buy-till-you-die model: for customers at the test cutoff, and
    /// for all at the analysis date.
    pub(crate) fn probabilities(&self) -> [&[f64]; 2] {
        [&self.test.p_purchase, &self.now.p_purchase]
    }

    /// Names of the features.
    pub(crate) fn features(&self) -> &[String] {
        self.now.features.names()
    }
}

/// The model with the lowest holdout error.
pub(crate) fn best_of(models: &[LearnedModel]) -> Option<usize> {
    let rmse = |at: &usize| models[*at].accuracy.errors.rmse;
    (0..models.len()).min_by(|a, b| rmse(a).total_cmp(&rmse(b)))
}

/// The buy-till-you-die models of a shop, from which learned models start.
pub(crate) struct BtydFits<'a> {
    pub(crate) base: &'a Base,
    pub(crate) days: Days,
    pub(crate) candidates: &'a [Candidate],
    /// The chosen candidate, and its fit on all data.
    pub(crate) chosen: usize,
    pub(crate) fitted: &'a FittedLifetimeModel,
    /// Histories at [`cuts`].
    pub(crate) cuts: &'a [(Days, Calibration)],
}

/// The days at which learning needs histories besides those of the run: each ends a calibration period, and
/// outcomes are known up to `as_of`.
pub(crate) fn cuts(first_day: i64, split: TimeSplit, origins: u32) -> Vec<Days> {
    let mut days = vec![(split.as_of_day, split.as_of_day), (split.train_day, split.test_day)];
    days.extend(tuning_day(first_day, split).map(|day| (day, split.train_day)));
    for number in 1..=origins {
        let Ok(earlier) = origins::earlier(first_day, split, number) else { break };
        days.extend([(earlier.train_day, earlier.test_day), (earlier.test_day, earlier.as_of_day)]);
    }
    days.sort_unstable();
    days.dedup();
    days.into_iter()
        .map(|(end, as_of)| Days { first: first_day, as_of, calibration_end: Some(end) })
        .collect()
}

/// Writes the features of all customers at the end of each calibration period before the analysis date: of
/// the run, and of `cuts`. [`learn`] reads them.
///
/// Errors: those of the engine.
pub(crate) fn write_features(
    request: &ValueRequest<'_>,
    of_run: Days,
    cuts: &[(Days, Calibration)],
) -> Result<()> {
    let ends = cuts.iter().map(|(cut, _)| *cut).chain([of_run]).filter_map(|days| days.calibration_end);
    let days: BTreeSet<i64> = ends.filter(|day| *day < of_run.as_of).collect();
    days.into_iter().try_for_each(|day| {
        write_features_at(request.engine, request.inputs, request.params, day, &features_at(request, day))
    })
}

fn features_at(request: &ValueRequest<'_>, day: i64) -> PathBuf {
    request.scratch.join(format!("features_{day}.parquet"))
}

/// The cutoff for tuning settings, if there is as much history before it as after it.
fn tuning_day(first_day: i64, split: TimeSplit) -> Option<i64> {
    let target_days = i64::from(split.target_days());
    let day = split.train_day - target_days;
    (day - first_day + 1 >= target_days).then_some(day)
}

/// Trains, tests and predicts.
///
/// Contracts: `found.base` is split at [`TimeSplit::test_day`]; features are written ([`write_features`]).
/// Too little history or too few customers are not an error: learned models are skipped.
/// Errors: those of the engine.
pub(crate) fn learn(
    request: &ValueRequest<'_>,
    found: &BtydFits<'_>,
    split: TimeSplit,
    clock: &mut Stopwatch,
) -> Result<Learned, Stop> {
    let past = PastData { request, cuts: found.cuts };
    let Some(test) = &found.base.calibration else {
        return Err(Stop::skipped("there is no holdout period to test models on"));
    };
    let now = past.histories(split.as_of_day, split.as_of_day)?;
    let train = past.histories(split.train_day, split.test_day)?;
    // Trained after the first cutoff for testing, and after the second for forecasts.
    for kept in [train, test] {
        check_size(kept)?;
    }
    let tune = tuning_day(found.days.first, split)
        .map(|day| Ok::<_, Stop>((past.histories(day, split.train_day)?, day)))
        .transpose()?
        .filter(|(kept, _)| check_size(kept).is_ok());
    let fit_settings = fit_settings(request.config.prior_sd);
    let expectation = ExpectationSettings {
        unit: unit_of(request.config),
        target_days: split.target_days(),
        money_decimals: request.money_decimals,
        settings: &fit_settings,
    };
    let (kind, at_train) = lowest_bic(found, train, &expectation)?;
    // Two of its fits exist already from the comparison.
    let candidate = found.candidates.iter().find(|candidate| candidate.kind == kind);
    let at_test = candidate.and_then(|candidate| candidate.fitted.as_ref().ok());
    let at_now = (found.candidates[found.chosen].kind == kind).then_some(found.fitted);
    let cuts = [
        Some((train, split.train_day, Some(&at_train))),
        Some((test, split.test_day, at_test)),
        tune.map(|(tune, day)| (tune, day, None)),
    ];
    let cuts: Vec<_> = cuts.into_iter().flatten().collect();
    let (known, now) = rayon::join(
        || -> Vec<Result<TrainingSet, Stop>> {
            let known = |(kept, day, fitted)| past.known(&expectation, kind, (kept, day), fitted);
            cuts.into_par_iter().with_max_len(1).map(known).collect()
        },
        || expectation.cutoff_data(request.features, now, kind, at_now),
    );
    let mut known = known.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (now, expectation_models) = now?;
    let total_errors = known.iter().filter_map(TrainingSet::total_error).collect();
    // The tuning window only determines settings and weights.
    if let Some(tune) = known.get_mut(2) {
        tune.keep(&evenly_spaced(tune.spend.len(), MAX_TUNING_CUSTOMERS));
    }
    clock.stamp("value: features of cuts");
    let forecasts = Forecasts {
        train: &known[0],
        test: &known[1],
        tune: known.get(2),
        now: &now,
        settings: request.config,
        target: Target::Spend,
        seed: request.seed,
    };
    let made = forecasts.make().map_err(Stop::skipped)?;
    clock.stamp("value: learned models");
    let mut orders = Vec::new();
    if request.config.orders {
        orders = Forecasts { target: Target::Orders, ..forecasts }.of_target().map_err(Stop::skipped)?;
        clock.stamp("value: learned models of orders");
    }
    let mut notes = made.notes;
    let origins = origins::origins(&past, &expectation, kind, (found.days.first, split), &mut notes)?;
    if !origins.is_empty() {
        clock.stamp("value: earlier origins");
    }
    Ok(Learned {
        split,
        expectation: kind,
        expectation_models,
        models: made.models,
        weights: made.weights,
        churned: made.churned,
        test: made.test,
        now: made.now,
        orders,
        origins,
        season: now.season,
        total_errors,
        notes,
    })
}

/// Histories and features at earlier cutoffs.
struct PastData<'a> {
    request: &'a ValueRequest<'a>,
    cuts: &'a [(Days, Calibration)],
}

impl PastData<'_> {
    /// Histories at the end of `day`, and outcomes by the end of `known`.
    fn histories(&self, day: i64, known: i64) -> Result<&Calibration> {
        let is_wanted = |days: &Days| days.calibration_end == Some(day) && days.as_of == known;
        let found = self.cuts.iter().find(|(days, _)| is_wanted(days));
        found
            .map(|(_, kept)| kept)
            .ok_or_else(|| Error::new(Kind::Internal, "histories of a cut are missing"))
    }

    /// Features and targets of histories; `fitted` as in [`ExpectationSettings::cutoff_data`].
    fn known(
        &self,
        expectation: &ExpectationSettings<'_>,
        kind: ModelKind,
        (kept, day): (&Calibration, i64),
        fitted: Option<&FittedLifetimeModel>,
    ) -> Result<TrainingSet, Stop> {
        let (cutoff_data, _) =
            expectation.cutoff_data(&features_at(self.request, day), kept, kind, fitted)?;
        Ok(TrainingSet::of(cutoff_data, kept, expectation.money_unit()))
    }
}

fn check_size(kept: &Calibration) -> Result<(), Stop> {
    let customers = kept.then.x.len();
    let spenders = kept.spend_minor.iter().filter(|spend| **spend > 0).count();
    if customers < MIN_CUSTOMERS || spenders < MIN_SPENDERS {
        return Err(Stop::Skipped(format!(
            "{customers} customers, {spenders} with spend afterwards, are too few for learned models (at least {MIN_CUSTOMERS} and {MIN_SPENDERS})"
        )));
    }
    Ok(())
}

/// The candidate purchase model with the lowest BIC on a history.
fn lowest_bic(
    found: &BtydFits<'_>,
    train: &Calibration,
    expectation: &ExpectationSettings<'_>,
) -> Result<(ModelKind, FittedLifetimeModel), Stop> {
    let counted = train.then.counted(expectation.unit).map_err(Stop::skipped)?;
    let fit = |candidate: &Candidate| {
        Some((candidate.kind, candidate.kind.fit(&counted.patterns, expectation.settings).ok()?))
    };
    let fits: Vec<_> = found.candidates.par_iter().with_max_len(1).filter_map(fit).collect();
    fits.into_iter()
        .min_by(|one, other| one.1.report.bic.total_cmp(&other.1.report.bic))
        .ok_or_else(|| Stop::skipped("no buy-till-you-die model could be fitted for the expectation"))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::feature_columns::read_features;
    use crate::outcome::Outcome;
    use crate::testing::{FIRST_DAY, Shop, quick};
    use crate::value::testing::{ValueResult, valued};
    use regulars_core::config::LifetimeValue;

    /// A linear and a boosted model of spend, and both of orders.
    fn settings() -> LifetimeValue {
        LifetimeValue {
            learned: vec!["ridge".to_owned(), "lightgbm".to_owned()],
            orders: true,
            origins: 1,
            ..quick()
        }
    }

    static SHOP: LazyLock<Shop> = LazyLock::new(Shop::usual);

    fn learned(found: &ValueResult) -> &Learned {
        match &found.learned {
            Outcome::Done(learned) => learned,
            Outcome::Skipped { reason } => panic!("{reason}"),
        }
    }

    fn sum(values: &[f64]) -> f64 {
        values.iter().sum()
    }

    #[test]
    fn every_model_is_trained_tested_and_scaled() {
        let (shop, config) = (&*SHOP, settings());
        let request = shop.request(&config, &[]);
        let found = valued(shop, &request);
        let learned = learned(&found);
        let names: Vec<&str> = learned.models.iter().map(|model| model.name).collect();
        assert_eq!(names, ["Ridge regression", "LightGBM", "Blend"]);
        // Three periods of 90 days up to the analysis date.
        let as_of = FIRST_DAY + 499;
        let split = learned.split;
        assert_eq!((split.train_day, split.test_day, split.as_of_day), (as_of - 180, as_of - 90, as_of));
        let kept = found.base.calibration.as_ref().expect("split");
        let actual: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / 100.0).collect();
        // All models have the level of the expectation.
        let level = sum(learned.now.features.column(learned.now.expected_at)) * learned.season;
        for model in &learned.models {
            assert_eq!(
                (model.holdout_forecast.len(), model.forecast.len()),
                (actual.len(), found.base.now.x.len())
            );
            assert!(
                model
                    .forecast
                    .iter()
                    .chain(&model.holdout_forecast)
                    .all(|value| *value >= 0.0 && value.is_finite())
            );
            assert!(
                (sum(&model.forecast) / level - 1.0).abs() < 1e-6,
                "{} {}",
                model.name,
                sum(&model.forecast) / level
            );
            let squares: f64 =
                model.holdout_forecast.iter().zip(&actual).map(|(a, b)| (a - b) * (a - b)).sum();
            let rmse = (squares / actual.len() as f64).sqrt();
            assert!((model.accuracy.errors.rmse - rmse).abs() < 1e-9 * rmse);
            assert_eq!(model.fitted.is_some(), model.name != "Blend");
        }
        let best = learned.best().expect("models");
        assert!(
            learned
                .models
                .iter()
                .all(|model| { model.accuracy.errors.rmse >= learned.models[best].accuracy.errors.rmse })
        );
        // The blend is the weighted sum, scaled.
        assert_eq!(learned.weights.len(), 3);
        assert!(learned.weights.iter().all(|weight| *weight >= 0.0) && sum(&learned.weights) > 0.0);
        let blend = &learned.models[2];
        for row in 0..found.base.now.x.len() {
            let parts = learned.weights[0] * learned.now.expected[row]
                + learned.weights[1] * learned.models[0].forecast[row]
                + learned.weights[2] * learned.models[1].forecast[row];
            assert!((blend.forecast[row] - parts * blend.level).abs() < 1e-6 * (1.0 + parts), "{row}");
        }
        // The chosen churn model has the lowest Brier score, by hand.
        let churned = &learned.churned;
        let brier = |p_churn: &[f64]| {
            let errors = p_churn.iter().zip(&kept.purchases);
            let squares =
                errors.map(|(p_churn, bought)| (p_churn - f64::from(u8::from(*bought <= 0.0))).powi(2));
            squares.sum::<f64>() / p_churn.len() as f64
        };
        for model in &churned.models {
            assert!(
                (brier(&model.holdout_p_churn) - model.accuracy.probabilities.brier).abs() < 1e-9,
                "{}",
                model.name
            );
            assert!(brier(churned.holdout_p_churn()) <= brier(&model.holdout_p_churn) + 1e-12);
            assert!(model.p_churn.iter().all(|p_churn| (0.0..=1.0).contains(p_churn)));
        }
        assert_eq!(churned.p_churn().len(), found.base.now.x.len());
        let btyd = &churned.models[0];
        assert!(btyd.fitted.is_none());
        assert!(
            btyd.p_churn
                .iter()
                .zip(&learned.now.p_purchase)
                .all(|(away, any)| (away + any - 1.0).abs() < 1e-9)
        );
        // Orders, too.
        assert_eq!(learned.orders.len(), 3);
        let order_level = sum(learned.now.features.column(learned.now.expected_at - 2)) * learned.season;
        assert!((sum(&learned.orders[0].forecast) / order_level - 1.0).abs() < 1e-6);
        // One origin before: 90 days earlier, with the customers known then.
        assert_eq!(learned.origins.len(), 1);
        let origin = &learned.origins[0];
        assert_eq!(origin.day, as_of - 180);
        let then = (1..=320).filter(|customer| !shop.days_of(*customer, origin.day).is_empty()).count();
        assert_eq!(origin.customers, then);
        let names: Vec<&str> = origin.models.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), 6);
        assert_eq!(names[1..], ["Ridge regression", "LightGBM", "Blend", "naive forecast", "overall mean"]);
        // Errors of totals: at both cutoffs with known outcomes.
        assert_eq!(learned.total_errors.len(), 3);
        assert!((learned.season - 1.0).abs() <= 1.0);
    }

    #[test]
    fn contributions_add_up_to_the_forecast() {
        let (shop, config) = (&*SHOP, settings());
        let request = shop.request(&config, &[]);
        let found = valued(shop, &request);
        let learned = learned(&found);
        let rows: Vec<usize> = (0..found.base.now.x.len()).step_by(7).collect();
        for model in &learned.models {
            let parts = drivers::amounts(model, &learned.models, &learned.weights, &learned.now, &rows)
                .expect("parts");
            assert_eq!((parts.width, parts.rows()), (learned.features().len(), rows.len()));
            for (at, row) in rows.iter().enumerate() {
                let total = parts.base + sum(parts.row(at));
                // A linear model may fall below 0, and its forecast is 0 then.
                let forecast = model.forecast[*row];
                let close = (total.max(0.0) - forecast).abs() <= 1e-4 * (1.0 + forecast.abs());
                let has_clipped = model.name == "Blend" && learned.models[0].forecast[*row] <= 0.0;
                assert!(close || has_clipped, "{} {row}: {total} {forecast}", model.name);
            }
        }
        // The drivers are the five largest of them.
        let drivers = learned.drivers(1).expect("drivers");
        let parts =
            drivers::amounts(&learned.models[1], &learned.models, &learned.weights, &learned.now, &rows);
        let parts = parts.expect("parts");
        for (at, row) in rows.iter().enumerate() {
            let mut sizes: Vec<f64> = parts.row(at).iter().map(|part| part.abs()).collect();
            sizes.sort_by(|a, b| b.total_cmp(a));
            let found: Vec<f64> = drivers[*row].iter().map(|driver| driver.contribution.abs()).collect();
            assert!(found.len() <= 5 && found.iter().zip(&sizes).all(|(a, b)| (a - b).abs() < 1e-9), "{row}");
        }
        // Importance: the same parts, in the mean over all customers, as there are fewer than a thousand.
        let importance = learned.importance().expect("importance");
        assert_eq!(importance.len(), 3 * learned.features().len());
        let all: Vec<usize> = (0..found.base.now.x.len()).collect();
        let parts =
            drivers::amounts(&learned.models[0], &learned.models, &learned.weights, &learned.now, &all);
        let parts = parts.expect("parts");
        for (feature, one) in importance[..learned.features().len()].iter().enumerate() {
            assert_eq!((one.model, &one.feature), ("Ridge regression", &learned.features()[feature]));
            let mean = all.iter().map(|row| parts.row(*row)[feature].abs()).sum::<f64>() / all.len() as f64;
            assert!((one.contribution - mean).abs() < 1e-9 * (1.0 + mean));
        }
        let gain: f64 =
            importance.iter().filter(|one| one.model == "LightGBM").filter_map(|one| one.gain).sum();
        assert!((gain - 1.0).abs() < 1e-6, "{gain}");
        assert!(importance.iter().filter(|one| one.model == "Blend").all(|one| one.gain.is_none()));
    }

    #[test]
    fn shuffling_and_dependence_use_the_forecasts_of_the_model() {
        let (shop, config) = (&*SHOP, settings());
        let request = shop.request(&config, &[]);
        let found = valued(shop, &request);
        let learned = learned(&found);
        let kept = found.base.calibration.as_ref().expect("split");
        let spend: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / 100.0).collect();
        for model in 0..3 {
            let permuted = learned.permuted(model, &spend, 1).expect("importance");
            assert_eq!(permuted.len(), learned.features().len());
            assert_eq!(permuted, learned.permuted(model, &spend, 1).expect("importance"));
            assert!(permuted.iter().any(|one| one.mean > 0.0));
            let at = learned.now.expected_at;
            let dependent = learned.dependence(model, &[at]).expect("dependence");
            assert_eq!((dependent.len(), dependent[0].feature), (1, at));
            let places = &dependent[0].points;
            assert!(places.len() > 1 && places.is_sorted_by(|a, b| a.value < b.value));
            assert!(places.iter().all(|place| place.prediction >= 0.0));
        }
        // Who is expected to spend more is forecast to spend more by a model of factors.
        let places = &learned.dependence(1, &[learned.now.expected_at]).expect("dependence")[0].points;
        assert!(places[places.len() - 1].prediction > places[0].prediction);
    }

    #[test]
    fn stored_models_repeat_the_forecasts_of_the_run() {
        let (shop, config) = (Shop::usual(), settings());
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        let learned = learned(&found);
        let intervals: Vec<_> = found.intervals.learned.iter().map(|model| &model.intervals).collect();
        let choice = || ModelChoice {
            intervals: intervals.clone(),
            winner: Some(1),
            of_kind: "BG/NBD".to_owned(),
            over_horizon_of_all: 1.25,
            first_day: FIRST_DAY,
        };
        write_learned_models(request.dir, learned, &choice()).expect("written");
        let card = fs_err::read(request.dir.join("models/learned/card.json")).expect("written");
        write_learned_models(request.dir, learned, &choice()).expect("written");
        assert!(card == fs_err::read(request.dir.join("models/learned/card.json")).expect("written"));
        let stored = read_models(request.dir).expect("valid");
        assert!(stored.is_chosen() && stored.notes().is_empty());
        let columns = read_features(&shop.features, &feature_names(), 2).expect("features");
        // What most customers had is what the median is not 0 for.
        for name in stored.features_of_run().filter(|name| columns.iter().any(|column| column.name == *name))
        {
            let column = columns.iter().find(|column| column.name == name).expect("a feature");
            assert!(column.values.iter().any(|value| value.abs() > 0.0), "{name}");
        }
        let counted = found.base.now.counted(regulars_models::lifetime::time::TimeUnit::Days).expect("valid");
        let mean = found.base.now.mean_spend(100.0);
        let stored_forecasts =
            stored.stored_forecasts(columns, &found.base.now, &counted, &mean).expect("forecasts");
        let spend: Vec<(&str, &[f64])> = stored_forecasts.spend().collect();
        assert_eq!(spend.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["ridge", "lightgbm", "blend"]);
        for ((key, stored), model) in spend.iter().zip(&learned.models) {
            for (row, (stored, forecast)) in stored.iter().zip(&model.forecast).enumerate() {
                assert!(
                    (stored - forecast).abs() < 1e-6 * (1.0 + forecast),
                    "{key} {row}: {stored} {forecast}"
                );
            }
        }
        let churn = learned.churned.p_churn();
        assert!(stored_forecasts.p_churn.iter().zip(churn).all(|(a, b)| (a - b).abs() < 1e-9));
        assert_eq!(
            (stored_forecasts.target_days, stored_forecasts.features().len()),
            (90, learned.features().len())
        );
        assert!((stored_forecasts.over_horizon_of_all - 1.25).abs() < 1e-12);
        let chosen = stored_forecasts.chosen().expect("a learned model");
        assert_eq!(chosen.name, "LightGBM");
        let ends = &found.intervals.learned[1].ends;
        assert!(chosen.intervals.iter().zip(&ends.value).all(|(interval, _)| interval.low <= interval.high));
        let parts = stored_forecasts.contributions(&[0, 5]).expect("parts").expect("a learned model");
        assert_eq!(parts.rows(), 2);
    }

    #[test]
    fn a_changed_file_or_card_is_refused() {
        let (shop, config) = (Shop::usual(), settings());
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        let intervals: Vec<_> = found.intervals.learned.iter().map(|model| &model.intervals).collect();
        let choice = ModelChoice {
            intervals,
            winner: None,
            of_kind: "BG/NBD".to_owned(),
            over_horizon_of_all: 1.0,
            first_day: FIRST_DAY,
        };
        write_learned_models(request.dir, learned(&found), &choice).expect("written");
        let folder = request.dir.join("models/learned");
        let stored = read_models(request.dir).expect("valid");
        assert!(!stored.is_chosen() && stored.chosen().is_none());
        let mut names: Vec<String> = stored.card.files.iter().map(|file| file.name.clone()).collect();
        names.push("card.json".to_owned());
        assert!(names.len() > 4);
        for name in names {
            let path = folder.join(&name);
            let bytes = fs_err::read(&path).expect("written");
            let mut changed = bytes.clone();
            // A digit in the middle.
            let at = (bytes.len() / 2..bytes.len()).find(|at| bytes[*at].is_ascii_digit()).expect("a number");
            changed[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
            for wrong in [&changed[..], &bytes[..bytes.len() - 1]] {
                fs_err::write(&path, wrong).expect("written");
                let refused = read_models(request.dir).err().map(|error| error.kind);
                // The last byte of the card is the end of its last line.
                assert!(
                    refused == Some(Kind::Environment) || name == "card.json" && wrong.len() < bytes.len(),
                    "{name}"
                );
            }
            fs_err::remove_file(&path).expect("removed");
            assert_eq!(
                read_models(request.dir).err().map(|error| error.kind),
                Some(Kind::Environment),
                "{name}"
            );
            fs_err::write(&path, &bytes).expect("written");
        }
        assert!(read_models(request.dir).is_ok());
    }

    #[test]
    fn too_few_customers_or_spenders_are_not_learned_from() {
        let kept = |customers: usize, spenders: usize| Calibration {
            then: crate::histories::Columns {
                x: vec![0.0; customers],
                ..crate::histories::Columns::default()
            },
            spend_minor: (0..customers).map(|row| i64::from(row < spenders)).collect(),
            ..Calibration::default()
        };
        assert!(check_size(&kept(100, 30)).is_ok());
        assert!(matches!(check_size(&kept(99, 30)), Err(Stop::Skipped(_))));
        assert!(matches!(check_size(&kept(100, 29)), Err(Stop::Skipped(_))));
    }
}
