//! Fits with covariates.

use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::covariates::{
    CountedWithCovariates, Dropped, Effect, FittedWithCovariates, Process, fit_with_covariates,
};
use regulars_models::lifetime::fit::FitSettings;
use regulars_models::lifetime::model::ModelKind;
use regulars_models::lifetime::patterns::CountedPatterns;

use super::fit_summary::{Coefficient, CovariateEffects, Likelihoods};
use crate::clv::covariates::Design;

/// Whether the library supports covariates for a model.
pub(super) fn takes_covariates(kind: ModelKind) -> bool {
    !kind.is_regular()
}

/// Fits a model to customers with covariates.
pub(super) fn fit(
    kind: ModelKind,
    counted: &CountedPatterns,
    design: &Design,
    settings: &FitSettings,
) -> Result<(FittedWithCovariates, CountedWithCovariates), ModelError> {
    // Without dropout its covariates would split the customers for nothing.
    let counted = design.count(counted, kind.has_dropout())?;
    Ok((fit_with_covariates(kind, &counted, settings)?, counted))
}

/// Effects of the covariates.
pub(super) fn fit_summary(
    kind: ModelKind,
    fitted: &FittedWithCovariates,
    counted: &CountedPatterns,
    design: &Design,
    settings: &FitSettings,
) -> CovariateEffects {
    let effects = |process: Process, of: &[Effect]| -> Vec<Coefficient> {
        let found = |effect: &Effect| {
            let name = format!("{}: {}", process.name(), effect.name);
            // Dropped covariates are not parameters.
            let estimate = fitted.report.parameters.iter().find(|estimate| estimate.name == name)?;
            Some(Coefficient {
                name: effect.name.clone(),
                coefficient: effect.coefficient,
                standard_error: estimate.standard_error,
                interval_90: estimate.interval_90,
            })
        };
        of.iter().filter_map(found).collect()
    };
    let mut dropped = fitted.dropped.clone();
    if !kind.has_dropout() {
        dropped.extend(design.dropout_names().into_iter().map(|name| Dropped {
            process: Process::Dropout,
            name,
            why: "this model has no dropout".to_owned(),
        }));
    }
    let without = kind.fit(&counted.patterns, settings).ok().map(|plain| Likelihoods {
        log_likelihood: plain.report.log_likelihood,
        aic: plain.report.aic,
        bic: plain.report.bic,
    });
    CovariateEffects {
        purchases: effects(Process::Purchases, &fitted.purchases),
        dropout: effects(Process::Dropout, &fitted.dropout),
        dropped,
        compared_with: design.compared_with.clone(),
        without,
    }
}
