//! `regulars clv fit`: fits every requested model, with parameter uncertainty and forecast accuracy.

mod bootstrap;
mod fit_summary;
mod holdout;
mod posterior;
mod rolling;
mod with_covariates;

use regulars_core::progress::{Progress, Unit};
use regulars_models::bg_bb;
use regulars_models::gamma_gamma::{self, Spend};
use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::bayes::BayesSettings;
use regulars_models::lifetime::fit::FitSettings;
use regulars_models::lifetime::holdout::independence;
use regulars_models::lifetime::model::ModelKind;
use regulars_models::lifetime::rolling::Rolling;

pub use self::bootstrap::BootstrapSettings;
pub use self::fit_summary::{
    BootstrapIntervals, Coefficient, CovariateEffects, FitSummary, HoldoutAccuracy, Likelihoods,
    OriginAccuracy, PosteriorSummary, RollingAccuracy, SpendAccuracy,
};
use self::fit_summary::{from_error, from_fitted, from_report, named};
use self::holdout::{Model, holdout_accuracy};
pub use self::posterior::Sampling;
use self::with_covariates::takes_covariates;
use super::covariates::CovariateChoice;
use super::load::{ClvRequest, Customers, Loaded, Occasions, SideInputs, load, refused};
use super::origins::RollingRequest;
use crate::btyd::{SpendModel, fit_settings, key_of, model_keys, model_named};
use crate::error::{Error, Kind, Result};
use crate::pool::in_pool;

/// Input and options of a fit.
pub struct ClvFitRequest<'a> {
    /// The customers.
    pub clv: ClvRequest<'a>,
    /// The models; none: all that the input has columns for.
    pub models: &'a [String],
    /// Covariate columns, as `a`, `purchases:a` or `dropout:a`.
    pub covariates: &'a [String],
    /// Sample the posterior of the parameters.
    pub posterior: Option<Sampling>,
    /// Parametric bootstrap, for intervals of the parameters.
    pub bootstrap: Option<BootstrapSettings>,
    /// Test the models from several origins.
    pub rolling: Option<RollingRequest>,
}

/// All fits.
#[derive(Debug)]
pub struct ClvFit {
    /// One answer per model, in the requested order.
    pub summaries: Vec<FitSummary>,
    /// Notes on what was detected, assumed or excluded.
    pub notes: Vec<String>,
}

/// Models besides those of continuous time.
const GAMMA_GAMMA: &str = "gamma_gamma";
const BG_BB: &str = "bg_bb";

/// Settings of all fits.
struct Work<'a> {
    /// The models requested by name.
    requested: Vec<String>,
    settings: FitSettings,
    sampling: Option<BayesSettings>,
    bootstrap: Option<BootstrapSettings>,
    progress: &'a dyn Progress,
}

/// Fits models, and optionally tests and samples them.
///
/// Errors: an unreadable input, an unknown model, or no model that could be fitted; incompatible options;
/// covariates or origins that the input does not support.
pub fn clv_fit(request: &ClvFitRequest<'_>) -> Result<ClvFit> {
    let covariates = CovariateChoice::of(request.covariates)?;
    let prior_sd = request.clv.prior_sd;
    let work = Work {
        requested: requested(request.models)?,
        settings: checked_settings(prior_sd)?,
        sampling: request.posterior.map(|sampling| posterior::settings(&sampling, prior_sd)).transpose()?,
        bootstrap: request.bootstrap.map(BootstrapSettings::check).transpose()?,
        progress: request.clv.source.progress,
    };
    if !covariates.columns.is_empty() {
        check_covariates(&work)?;
    }
    let side_inputs = SideInputs { covariates, rolling: request.rolling, ..SideInputs::default() };
    let loaded = load(&request.clv, &side_inputs)?;
    in_pool(request.clv.source.threads, || match loaded {
        Loaded::Occasions(occasions) => fit_occasions(*occasions, &work, &side_inputs),
        Loaded::Customers(customers) => fit_customers(&customers, &work),
    })?
}

/// Rejects options that are incompatible with covariates.
fn check_covariates(work: &Work<'_>) -> Result<()> {
    if work.sampling.is_some() {
        return Err(Error {
            hint: Some("choose one of the two; the fit with covariates has standard errors".to_owned()),
            ..Error::new(Kind::Input, "posterior sampling does not support covariates")
        });
    }
    if work.bootstrap.is_some() {
        return Err(Error {
            hint: Some("choose one of the two; the fit with covariates has standard errors".to_owned()),
            ..Error::new(Kind::Input, "the bootstrap does not support covariates")
        });
    }
    let without = |key: &&String| !model_named(key).is_some_and(takes_covariates);
    if let Some(key) = work.requested.iter().find(without) {
        return Err(Error {
            hint: Some("nbd, pareto_nbd, bg_nbd and mbg_nbd do".to_owned()),
            ..Error::new(Kind::Input, format!("model `{key}` does not support covariates"))
        });
    }
    Ok(())
}

pub(super) fn checked_settings(prior_sd: Option<f64>) -> Result<FitSettings> {
    if let Some(spread) = prior_sd
        && !(spread > 0.0 && spread.is_finite())
    {
        return Err(Error {
            hint: Some("1 is strong, 3 is weakly informative".to_owned()),
            ..Error::new(Kind::Input, format!("a prior standard deviation of {spread}: expected more than 0"))
        });
    }
    Ok(fit_settings(prior_sd))
}

/// The models as keys; none: all available.
fn requested(names: &[String]) -> Result<Vec<String>> {
    let mut keys: Vec<String> = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let key = key_of(name);
        let known = match model_named(name) {
            Some(kind) => kind.key().to_owned(),
            None if key == GAMMA_GAMMA || key == BG_BB => key,
            None => {
                return Err(Error {
                    hint: Some(format!("models are {}, {BG_BB}, {GAMMA_GAMMA}", model_keys())),
                    ..Error::new(Kind::Input, format!("unknown model `{name}`"))
                });
            }
        };
        if !keys.contains(&known) {
            keys.push(known);
        }
    }
    Ok(keys)
}

fn fit_occasions(occasions: Occasions, work: &Work<'_>, side_inputs: &SideInputs) -> Result<ClvFit> {
    if let Some(other) = work.requested.iter().find(|key| *key != BG_BB) {
        return Err(Error {
            hint: Some("a table with x, t_x and n is for bg_bb; the others need T, a time".to_owned()),
            ..Error::new(Kind::Input, format!("model `{other}` cannot be fitted to occasions"))
        });
    }
    for (requested, what) in [
        (work.sampling.is_some(), "its posterior cannot be sampled"),
        (work.bootstrap.is_some(), "it has no bootstrap"),
        (!side_inputs.covariates.columns.is_empty(), "it does not support covariates"),
        (side_inputs.rolling.is_some(), "origins need orders with dates"),
    ] {
        if requested {
            return Err(Error {
                hint: Some("use orders, or a table with x, t_x and T".to_owned()),
                ..Error::new(
                    Kind::Input,
                    format!("the table has occasions, which only BG/BB supports: {what}"),
                )
            });
        }
    }
    work.progress.step("Fitting BG/BB", None, Unit::Parts);
    let fitted = bg_bb::fit(&occasions.patterns, &work.settings).map_err(refused)?;
    let fit_summary = FitSummary { unit: Some("occasions".to_owned()), ..from_report(&fitted.report) };
    Ok(ClvFit { summaries: vec![fit_summary], notes: occasions.notes })
}

fn fit_customers(customers: &Customers, work: &Work<'_>) -> Result<ClvFit> {
    let mut notes = customers.notes.clone();
    let keys: Vec<String> =
        if work.requested.is_empty() { available(customers, &mut notes) } else { work.requested.clone() };
    if keys.iter().any(|key| key == BG_BB) {
        return Err(Error {
            hint: Some("use a table with the columns x, t_x and n".to_owned()),
            ..Error::new(Kind::Input, "model `bg_bb` needs occasions, the input has times")
        });
    }
    work.progress.step("Fitting", None, Unit::Parts);
    let spend = customers
        .mean
        .as_ref()
        .map(|mean| SpendModel::fit(&customers.x, mean, customers.mean_of_all, &work.settings));
    let mut summaries: Vec<FitSummary> = Vec::new();
    let mut rolled = Vec::new();
    let mut first_error: Option<ModelError> = None;
    for key in &keys {
        // All keys have been validated.
        let fitted = match model_named(key) {
            None => fit_spend(customers, work, &mut notes)?,
            Some(kind) => {
                fit_model(kind, customers, work, spend.as_ref(), &mut rolled).map(|mut fit_summary| {
                    sample(kind, customers, work, &mut fit_summary, &summaries, &mut notes);
                    fit_summary
                })
            }
        };
        match fitted {
            Ok(fit_summary) => summaries.push(fit_summary),
            Err(error) => {
                summaries.push(from_error(key, &error));
                first_error.get_or_insert(error);
            }
        }
    }
    notes.extend(rolling::best(&rolled));
    match first_error {
        Some(error) if summaries.iter().all(|fit_summary| !fit_summary.converged) => Err(refused(error)),
        _ => Ok(ClvFit { summaries, notes }),
    }
}

fn fit_model(
    kind: ModelKind,
    customers: &Customers,
    work: &Work<'_>,
    spend: Option<&SpendModel>,
    rolled: &mut Vec<Rolling>,
) -> Result<FitSummary, ModelError> {
    let (counted, settings) = (&customers.counted, &work.settings);
    work.progress.step(&format!("Fitting {}", kind.name()), None, Unit::Parts);
    let holdout = |model: &Model<'_>| {
        customers.held_out.as_ref().map(|held| holdout_accuracy(model, customers, held, spend)).transpose()
    };
    let mut fit_summary = match &customers.design {
        Some(design) if takes_covariates(kind) => {
            let (fitted, with_groups) = with_covariates::fit(kind, counted, design, settings)?;
            FitSummary {
                holdout: holdout(&Model::WithCovariates(&fitted, &with_groups))?,
                covariates: Some(with_covariates::fit_summary(kind, &fitted, counted, design, settings)),
                ..named(from_report(&fitted.report), kind)
            }
        }
        _ => {
            let fitted = kind.fit(&counted.patterns, settings)?;
            let mut fit_summary = FitSummary {
                holdout: holdout(&Model::Plain(&fitted, counted))?,
                ..from_fitted(&fitted, kind)
            };
            if let Some(requested) = work.bootstrap {
                work.progress.step(&format!("Bootstrapping {}", kind.name()), None, Unit::Parts);
                let BootstrapSettings { draws, seed } = requested;
                let found = fitted.bootstrap(&counted.patterns, draws, bootstrap::LEVEL, seed, settings);
                bootstrap::add(&mut fit_summary, found, requested);
            }
            fit_summary
        }
    };
    fit_summary.unit = Some(customers.unit.name().to_owned());
    if customers.design.is_some() && !takes_covariates(kind) {
        fit_summary.remark(WITHOUT_COVARIATES);
    }
    if let Some(origins) = &customers.origins {
        work.progress.step(&format!("Testing {} from every origin", kind.name()), None, Unit::Parts);
        let found = rolling::rolling(kind, origins, settings);
        fit_summary.rolling = Some(rolling::fit_summary(&found, origins));
        rolled.push(found);
    }
    Ok(fit_summary)
}

/// Adds the posterior, if requested.
fn sample(
    kind: ModelKind,
    customers: &Customers,
    work: &Work<'_>,
    fit_summary: &mut FitSummary,
    before: &[FitSummary],
    notes: &mut Vec<String>,
) {
    let Some(sampling) = &work.sampling else { return };
    // With k = 1, CNBD-k equals the plain model: the same draws.
    let one_stage = fit_summary.parameters.get("k").is_some_and(|k| *k <= 1.0);
    let known = kind
        .random_timing()
        .filter(|_| one_stage && work.settings.prior.is_none())
        .and_then(|plain| before.iter().find(|known| known.id == plain.key()))
        .and_then(|known| known.posterior.clone());
    if let Some(known) = known {
        posterior::set_posterior(fit_summary, known);
        return;
    }
    work.progress.step(&format!("Sampling {}", kind.name()), None, Unit::Parts);
    let sampled = kind.sample(&customers.counted.patterns, sampling).map(|posterior| posterior.sampled);
    posterior::add(fit_summary, sampled, sampling, notes);
}

/// Remark for models without covariates.
const WITHOUT_COVARIATES: &str = "does not support covariates: fitted without";

/// The models that the input has columns for.
fn available(customers: &Customers, notes: &mut Vec<String>) -> Vec<String> {
    let mut keys: Vec<String> = ModelKind::ALL
        .iter()
        .filter(|kind| customers.has_intervals || !kind.is_regular())
        .map(|kind| kind.key().to_owned())
        .collect();
    if !customers.has_intervals {
        notes.push(
            "BG/CNBD-k and MBG/CNBD-k excluded: they need a column `litt`, the sum of the logarithms of the times between purchases"
                .to_owned(),
        );
    }
    if customers.mean.is_some() {
        keys.push(GAMMA_GAMMA.to_owned());
    } else {
        notes.push(
            "Gamma-Gamma excluded: it needs a column `m`, the mean spend of repeat purchases".to_owned(),
        );
    }
    keys
}

fn fit_spend(
    customers: &Customers,
    work: &Work<'_>,
    notes: &mut Vec<String>,
) -> Result<Result<FitSummary, ModelError>> {
    let Some(mean) = &customers.mean else {
        return Err(Error {
            hint: Some("add a column `m`, or leave gamma_gamma out of --models".to_owned()),
            ..Error::new(
                Kind::Input,
                "Gamma-Gamma needs the mean spend of repeat purchases, the table has none",
            )
        });
    };
    let spend = Spend { x: &customers.x, mean };
    work.progress.step("Fitting Gamma-Gamma", None, Unit::Parts);
    Ok(gamma_gamma::fit(&spend, &work.settings).and_then(|fitted| {
        let mut fit_summary = from_report(&fitted.report);
        let test = independence(&customers.x, mean)?;
        let excluded = fitted.excluded.not_positive + fitted.excluded.not_a_number;
        if excluded > 0 {
            fit_summary.remark(&format!(
                "{excluded} repeat customers excluded: their mean spend is missing, zero or negative"
            ));
        }
        if let Some(warning) = &test.warning {
            fit_summary.remark(warning);
        }
        if customers.design.is_some() {
            fit_summary.remark(WITHOUT_COVARIATES);
        }
        fit_summary.mean_spend = Some(fitted.mean_spend());
        fit_summary.excluded = Some(fitted.excluded);
        fit_summary.independence = Some(test);
        if let Some(requested) = work.bootstrap {
            work.progress.step("Bootstrapping Gamma-Gamma", None, Unit::Parts);
            let BootstrapSettings { draws, seed } = requested;
            let found = fitted.bootstrap(&spend, draws, bootstrap::LEVEL, seed, &work.settings);
            bootstrap::add(&mut fit_summary, found, requested);
        }
        if let Some(sampling) = &work.sampling {
            work.progress.step("Sampling Gamma-Gamma", None, Unit::Parts);
            let sampled = gamma_gamma::sample(&spend, sampling).map(|posterior| posterior.sampled);
            posterior::add(&mut fit_summary, sampled, sampling, notes);
        }
        Ok(fit_summary)
    }))
}
