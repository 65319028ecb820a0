//! Forecast accuracy from several origins.

use regulars_models::lifetime::fit::FitSettings;
use regulars_models::lifetime::holdout::Criterion;
use regulars_models::lifetime::model::ModelKind;
use regulars_models::lifetime::rolling::{self, Rolling, best_rolling, rolling_by};

use super::fit_summary::{OriginAccuracy, RollingAccuracy};
use super::holdout::Model;
use super::with_covariates::{self, takes_covariates};
use crate::clv::origins::Origins;

/// Fits and tests a model at every origin, with covariates if it supports them and there are any.
pub(super) fn rolling(kind: ModelKind, origins: &Origins, settings: &FitSettings) -> Rolling {
    let design = origins.design.as_ref().filter(|_| takes_covariates(kind));
    let Some(design) = design else { return rolling::rolling(kind, &origins.splits, settings) };
    rolling_by(kind, &origins.splits, |origin| {
        let known = design.take(&origin.customer);
        let (fitted, counted) = with_covariates::fit(kind, &origin.counted, &known, settings)?;
        let holdout = Model::WithCovariates(&fitted, &counted).evaluate(&origin.actual, origin.horizon)?;
        Ok((holdout, fitted.report.boundary.map(|boundary| boundary.words)))
    })
}

/// The results of all origins, as the JSON answer.
pub(super) fn fit_summary(found: &Rolling, origins: &Origins) -> RollingAccuracy {
    let each = found.origins.iter().zip(&origins.splits).zip(&origins.dates);
    let origins_answered = each.map(|((result, origin), date)| {
        let holdout = result.holdout.as_ref();
        OriginAccuracy {
            date: date.clone(),
            customers: origin.customer.len() as u64,
            actual: origin.actual.iter().sum(),
            expected: holdout.map(|holdout| holdout.expected),
            mae: holdout.map(|holdout| holdout.mae),
            rmse: holdout.map(|holdout| holdout.rmse),
            bias: holdout.and_then(|holdout| holdout.bias),
            log_likelihood: holdout.map(|holdout| holdout.log_likelihood),
            coverage_90: holdout.map(|holdout| holdout.coverage_90),
            note: result.note.clone(),
        }
    });
    RollingAccuracy {
        horizon_days: origins.horizon_days,
        origins: origins_answered.collect(),
        summary: found.summary,
    }
}

/// The best model over all origins, for the user; none with fewer than two.
pub(super) fn best(all: &[Rolling]) -> Option<String> {
    if all.len() < 2 {
        return None;
    }
    let likely = best_rolling(all, Criterion::LogLikelihood)?;
    let near = best_rolling(all, Criterion::Rmse)?;
    Some(if likely == near {
        format!("over all origins {} was best by log-likelihood and RMSE", likely.name())
    } else {
        format!("over all origins {} was best by log-likelihood, {} by RMSE", likely.name(), near.name())
    })
}
