//! `regulars clv fit`: every model that was asked for, with how sure it is and how it did.

use std::collections::BTreeMap;

use regulars_models::bg_bb;
use regulars_models::gamma_gamma::{self, Spend};
use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::fit::{FitReport, FitSettings};
use regulars_models::lifetime::holdout::{FrequencyClass, Independence, independence, judge};
use regulars_models::lifetime::model::{Fitted, ModelKind};
use regulars_stats::forecast::{errors, normalised_gini, share_of_top, spearman};
use serde::Serialize;

use super::load::{ClvRequest, Customers, HeldOut, Loaded, Occasions, load, refused};
use crate::clusters::in_pool;
use crate::error::{Error, Kind, Result};
use crate::value::{SpendModel, fit_settings, key_of, model_named, stages};

/// Everything that was fitted.
#[derive(Debug)]
pub struct ClvFit {
    /// One answer a model, in the order they were asked for.
    pub answers: Vec<FitAnswer>,
    /// What was detected, assumed or left out.
    pub notes: Vec<String>,
}

/// How the fit of one model went.
#[derive(Debug, Clone, Serialize)]
pub struct FitAnswer {
    /// The model, as the papers call it.
    pub model: String,
    /// The same as `--models` writes it.
    pub id: String,
    /// The parameters by their letters; empty if the fit did not arrive.
    pub parameters: BTreeMap<String, f64>,
    /// Standard errors by the same letters; none where the likelihood has no curvature.
    pub standard_errors: BTreeMap<String, Option<f64>>,
    /// 90% intervals.
    pub intervals_90: BTreeMap<String, Option<(f64, f64)>>,
    /// Correlation of the estimates, in the order of `parameter_order`.
    pub correlation: Vec<Vec<f64>>,
    /// The parameters in the order of the papers.
    pub parameter_order: Vec<String>,
    /// The unit of time; none for models without one.
    pub unit: Option<String>,
    /// The log-likelihood of all customers.
    pub log_likelihood: Option<f64>,
    /// Akaike's criterion.
    pub aic: Option<f64>,
    /// The Bayesian criterion.
    pub bic: Option<f64>,
    /// Customers learned from.
    pub customers: Option<u64>,
    /// Distinct histories among them.
    pub patterns: Option<u64>,
    /// Steps of the search.
    pub iterations: Option<usize>,
    /// Whether the search arrived.
    pub converged: bool,
    /// A boundary of the fit in words, or why there is none.
    pub note: Option<String>,
    /// How the forecast of the days after the calibration did.
    pub holdout: Option<HoldoutAnswer>,
    /// Mean spend of a new customer, for models of spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_spend: Option<f64>,
    /// Customers left out, by reason, for models of spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<gamma_gamma::Exclusions>,
    /// Whether spend and frequency go together, for models of spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub independence: Option<Independence>,
}

/// How a forecast of purchases did after the calibration.
#[derive(Debug, Clone, Serialize)]
pub struct HoldoutAnswer {
    /// The last day that the model knew.
    pub calibration_end: String,
    /// Days held out.
    pub days: f64,
    /// Customers judged.
    pub customers: u64,
    /// Purchases that happened.
    pub actual: f64,
    /// Purchases that were expected.
    pub expected: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Root mean squared error.
    pub rmse: f64,
    /// Expected over actual, minus 1.
    pub bias: Option<f64>,
    /// Log-likelihood of what happened.
    pub log_likelihood: f64,
    /// Share of customers in their 90% interval.
    pub coverage_90: f64,
    /// The same by purchases in the calibration.
    pub by_frequency: Vec<FrequencyClass>,
    /// The forecast of spend, with Gamma-Gamma.
    pub spend: Option<SpendAnswer>,
}

/// How a forecast of spend did.
#[derive(Debug, Clone, Serialize)]
pub struct SpendAnswer {
    /// Spend that happened.
    pub actual: f64,
    /// Spend that was expected.
    pub expected: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Root mean squared error.
    pub rmse: f64,
    /// Expected over actual, minus 1.
    pub bias: Option<f64>,
    /// Share of the variance that is explained.
    pub r2: Option<f64>,
    /// Correlation of ranks.
    pub spearman: Option<f64>,
    /// Normalised Gini coefficient.
    pub gini: Option<f64>,
    /// Share of what was spent by the tenth with the highest forecasts.
    pub top_tenth: Option<f64>,
}

/// The models that can be asked for beside those of continuous time.
const GAMMA_GAMMA: &str = "gamma_gamma";
const BG_BB: &str = "bg_bb";

/// Fits the models `names`, or all that the input has the columns for.
///
/// Errors: an input that cannot be read, a model that there is not, or no model that could be fitted.
pub fn clv_fit(request: &ClvRequest<'_>, names: &[String]) -> Result<ClvFit> {
    let asked = asked(names)?;
    let settings = checked_settings(request.prior_spread)?;
    let loaded = load(request)?;
    request.source.progress.step("Fitting", None, regulars_core::progress::Unit::Parts);
    in_pool(request.source.threads, || match loaded {
        Loaded::Occasions(occasions) => fit_occasions(*occasions, &asked, &settings),
        Loaded::Customers(customers) => fit_customers(&customers, &asked, &settings),
    })?
}

pub(super) fn checked_settings(prior_spread: Option<f64>) -> Result<FitSettings> {
    if let Some(spread) = prior_spread
        && !(spread > 0.0 && spread.is_finite())
    {
        return Err(Error {
            hint: Some("1 is firm, 3 is hardly felt".to_owned()),
            ..Error::new(Kind::Input, format!("a prior of spread {spread}: expected more than 0"))
        });
    }
    Ok(fit_settings(prior_spread))
}

/// The models as keys; none: whatever there is.
fn asked(names: &[String]) -> Result<Vec<String>> {
    let mut keys: Vec<String> = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let key = key_of(name);
        let known = match model_named(name) {
            Some(kind) => key_of(kind.name()),
            None if key == GAMMA_GAMMA || key == BG_BB => key,
            None => {
                let mut all: Vec<String> = ModelKind::ALL.iter().map(|kind| key_of(kind.name())).collect();
                all.extend([BG_BB.to_owned(), GAMMA_GAMMA.to_owned()]);
                return Err(Error {
                    hint: Some(format!("models are {}", all.join(", "))),
                    ..Error::new(Kind::Input, format!("there is no model `{name}`"))
                });
            }
        };
        if !keys.contains(&known) {
            keys.push(known);
        }
    }
    Ok(keys)
}

fn fit_occasions(occasions: Occasions, asked: &[String], settings: &FitSettings) -> Result<ClvFit> {
    if let Some(other) = asked.iter().find(|key| *key != BG_BB) {
        return Err(Error {
            hint: Some("a table with x, t_x and n is for bg_bb; the others need T, a time".to_owned()),
            ..Error::new(Kind::Input, format!("model `{other}` cannot be fitted to counts of occasions"))
        });
    }
    let fitted = bg_bb::fit(&occasions.patterns, settings).map_err(refused)?;
    let answer = FitAnswer { unit: Some("occasions".to_owned()), ..of_report(&fitted.report) };
    Ok(ClvFit { answers: vec![answer], notes: occasions.notes })
}

fn fit_customers(customers: &Customers, asked: &[String], settings: &FitSettings) -> Result<ClvFit> {
    let mut notes = customers.notes.clone();
    let keys: Vec<String> = if asked.is_empty() { available(customers, &mut notes) } else { asked.to_vec() };
    let spend = customers
        .mean
        .as_ref()
        .map(|mean| SpendModel::fit(&customers.x, mean, customers.mean_of_all, settings));
    let mut answers = Vec::new();
    let mut first_error: Option<ModelError> = None;
    for key in &keys {
        let fitted = match key.as_str() {
            BG_BB => {
                return Err(Error {
                    hint: Some("give a table with the columns x, t_x and n".to_owned()),
                    ..Error::new(Kind::Input, "model `bg_bb` counts occasions, the input has times")
                });
            }
            GAMMA_GAMMA => fit_spend(customers, settings)?,
            _ => {
                // Every key has been checked.
                let kind = model_named(key).unwrap_or(ModelKind::BgNbd);
                kind.fit(&customers.counted.patterns, settings).and_then(|fitted| {
                    let holdout = customers.held_out.as_ref();
                    let holdout =
                        holdout.map(|held| judged(&fitted, customers, held, spend.as_ref())).transpose()?;
                    Ok(FitAnswer {
                        unit: Some(customers.unit.name().to_owned()),
                        holdout,
                        ..of_fitted(&fitted, kind)
                    })
                })
            }
        };
        match fitted {
            Ok(answer) => answers.push(answer),
            Err(error) => {
                answers.push(of_error(key, &error));
                first_error.get_or_insert(error);
            }
        }
    }
    match first_error {
        Some(error) if answers.iter().all(|answer| !answer.converged) => Err(refused(error)),
        _ => Ok(ClvFit { answers, notes }),
    }
}

/// The models that the input has the columns for.
fn available(customers: &Customers, notes: &mut Vec<String>) -> Vec<String> {
    let regular = [ModelKind::BgCnbdK, ModelKind::MbgCnbdK];
    let mut keys: Vec<String> = ModelKind::ALL
        .into_iter()
        .filter(|kind| customers.has_intervals || !regular.contains(kind))
        .map(|kind| key_of(kind.name()))
        .collect();
    if !customers.has_intervals {
        notes.push(
            "BG/CNBD-k and MBG/CNBD-k left out: they need a column `litt`, the sum of the logarithms of the times between purchases"
                .to_owned(),
        );
    }
    if customers.mean.is_some() {
        keys.push(GAMMA_GAMMA.to_owned());
    } else {
        notes.push(
            "Gamma-Gamma left out: it needs a column `m`, the mean spend of repeat purchases".to_owned(),
        );
    }
    keys
}

fn fit_spend(
    customers: &Customers,
    settings: &FitSettings,
) -> Result<std::result::Result<FitAnswer, ModelError>> {
    let Some(mean) = &customers.mean else {
        return Err(Error {
            hint: Some("add a column `m`, or leave gamma_gamma out of --models".to_owned()),
            ..Error::new(
                Kind::Input,
                "Gamma-Gamma needs the mean spend of repeat purchases, the table has none",
            )
        });
    };
    Ok(gamma_gamma::fit(&Spend { x: &customers.x, mean }, settings).and_then(|fitted| {
        let mut answer = of_report(&fitted.report);
        let test = independence(&customers.x, mean)?;
        let left_out = fitted.excluded.not_positive + fitted.excluded.not_a_number;
        let remarks: Vec<String> = answer
            .note
            .take()
            .into_iter()
            .chain((left_out > 0).then(|| {
                format!("{left_out} customers who bought again left out: their mean spend is 0, less, or no number")
            }))
            .chain(test.warning.clone())
            .collect();
        answer.note = (!remarks.is_empty()).then(|| remarks.join("; "));
        answer.mean_spend = Some(fitted.mean_spend());
        answer.excluded = Some(fitted.excluded);
        answer.independence = Some(test);
        Ok(answer)
    }))
}

/// A report as an answer; the model's unit and holdout are added by who knows them.
fn of_report(report: &FitReport) -> FitAnswer {
    let by_name = |parameter: &regulars_models::lifetime::fit::Estimate| parameter.name.clone();
    FitAnswer {
        model: report.model.clone(),
        id: key_of(&report.model),
        parameters: report.parameters.iter().map(|p| (by_name(p), p.value)).collect(),
        standard_errors: report.parameters.iter().map(|p| (by_name(p), p.standard_error)).collect(),
        intervals_90: report.parameters.iter().map(|p| (by_name(p), p.interval_90)).collect(),
        correlation: report.correlation.clone(),
        parameter_order: report.parameters.iter().map(by_name).collect(),
        unit: None,
        log_likelihood: Some(report.log_likelihood),
        aic: Some(report.aic),
        bic: Some(report.bic),
        customers: Some(report.customers),
        patterns: Some(report.patterns),
        iterations: Some(report.iterations),
        converged: report.converged,
        note: report.boundary.as_ref().map(|boundary| boundary.words.clone()),
        holdout: None,
        mean_spend: None,
        excluded: None,
        independence: None,
    }
}

fn of_fitted(fitted: &Fitted, kind: ModelKind) -> FitAnswer {
    let mut answer = of_report(&fitted.report);
    kind.name().clone_into(&mut answer.model);
    answer.id = key_of(kind.name());
    // k is chosen, not estimated: a parameter without an error.
    if let Some(k) = stages(kind, fitted) {
        answer.parameters.insert("k".to_owned(), k);
        answer.parameter_order.insert(0, "k".to_owned());
    }
    answer
}

/// A model that could not be fitted, with its best point if it has one.
fn of_error(key: &str, error: &ModelError) -> FitAnswer {
    let name = model_named(key).map_or("Gamma-Gamma", ModelKind::name);
    let (parameters, log_likelihood) = match error {
        ModelError::NotConverged { names, best, log_likelihood, .. } => (
            names.iter().map(|name| (*name).to_owned()).zip(best.iter().copied()).collect(),
            Some(*log_likelihood),
        ),
        _ => (BTreeMap::new(), None),
    };
    FitAnswer {
        model: name.to_owned(),
        id: key.to_owned(),
        parameters,
        standard_errors: BTreeMap::new(),
        intervals_90: BTreeMap::new(),
        correlation: Vec::new(),
        parameter_order: Vec::new(),
        unit: None,
        log_likelihood,
        aic: None,
        bic: None,
        customers: None,
        patterns: None,
        iterations: None,
        converged: false,
        note: Some(error.to_string()),
        holdout: None,
        mean_spend: None,
        excluded: None,
        independence: None,
    }
}

fn judged(
    fitted: &Fitted,
    customers: &Customers,
    held: &HeldOut,
    spend: Option<&SpendModel>,
) -> std::result::Result<HoldoutAnswer, ModelError> {
    let Some(kept) = &held.base.calibration else {
        return Err(ModelError::ColumnLengths {
            name: "holdout purchases",
            found: 0,
            expected: customers.x.len(),
        });
    };
    let holdout = judge(fitted, &customers.counted, &kept.purchases, held.horizon)?;
    let spend = match (spend, &customers.mean) {
        (Some(spend), Some(mean)) => {
            let forecast = fitted.forecast(&customers.counted.patterns, held.horizon, Discount::None)?;
            let guess: Vec<f64> = customers
                .counted
                .to_customers(&forecast.expected_purchases)
                .into_iter()
                .enumerate()
                .map(|(row, expected)| expected.unwrap_or(0.0) * spend.expected(customers.x[row], mean[row]))
                .collect();
            let unit = 10_f64.powi(i32::from(customers.money_decimals.unwrap_or(0)));
            let actual: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / unit).collect();
            let found = errors(&actual, &guess)?;
            Some(SpendAnswer {
                actual: actual.iter().sum(),
                expected: guess.iter().sum(),
                mae: found.mae,
                rmse: found.rmse,
                bias: found.bias,
                r2: found.r2,
                spearman: spearman(&actual, &guess)?,
                gini: normalised_gini(&actual, &guess)?,
                top_tenth: share_of_top(&actual, &guess, 0.1)?,
            })
        }
        _ => None,
    };
    Ok(HoldoutAnswer {
        calibration_end: held.calibration_end.clone(),
        days: held.horizon.count,
        customers: holdout.customers,
        actual: holdout.actual,
        expected: holdout.expected,
        mae: holdout.mae,
        rmse: holdout.rmse,
        bias: holdout.bias,
        log_likelihood: holdout.log_likelihood,
        coverage_90: holdout.coverage_90,
        by_frequency: holdout.by_frequency,
        spend,
    })
}
