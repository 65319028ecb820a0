//! Fits of models with dropout, and descriptions of those that end at the boundary of a model.
//!
//! Every model with dropout contains the NBD as its limit without dropout. Where the NBD fits at least as
//! well, the dropout parameters are meaningless, and the NBD makes the predictions.

use super::error::Error;
use super::fit::{Boundary, FitSettings, Maximum, Problem};
use super::model::{FittedLifetimeModel, ModelKind};
use super::patterns::Patterns;
use super::search::Search;
use crate::nbd::NBD;

/// Minimum gain in log-likelihood over the NBD for dropout to count as visible.
const MIN_LOG_LIKELIHOOD_GAIN: f64 = 1e-4;

/// Above this shape, a distribution across customers is practically a single value.
const DEGENERATE_SHAPE: f64 = 1e4;

/// Whether dropout does not improve the fit.
pub(crate) fn dropout_is_negligible(with_dropout: f64, without: f64) -> bool {
    with_dropout < without + MIN_LOG_LIKELIHOOD_GAIN
}

/// Boundary without dropout: the description, and the model used instead.
pub(crate) fn no_dropout(used: &str) -> Boundary {
    Boundary { words: format!("no dropout visible in this window: {used} used"), used: Some(used.to_owned()) }
}

/// Fits a model with dropout and random purchases, or the NBD if it is as good.
///
/// `requested` is the model that the report names.
///
/// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase; [`Error::NotConverged`].
pub(crate) fn fit_with_dropout(
    requested: &'static str,
    kind: ModelKind,
    patterns: &Patterns,
    settings: &FitSettings,
) -> Result<FittedLifetimeModel, Error> {
    let search = Search::new(requested, patterns)?;
    let problem = search.problem(kind, 1);
    let found = search.maximise(&problem, settings)?;
    let without = Problem { curvature: false, ..search.problem(NBD, 1) };
    let staying = search.maximise(&without, settings)?;
    if dropout_is_negligible(found.log_likelihood, staying.log_likelihood) {
        return without_dropout(requested, patterns, settings);
    }
    let model = kind.with(&found.values);
    let boundary = words(&found.maximum, found.values[0], kind.0.dropout_size(&found.values));
    Ok(search.fitted(model, &problem, &found, boundary))
}

/// The NBD under the name of the requested model.
fn without_dropout(
    model: &str,
    patterns: &Patterns,
    settings: &FitSettings,
) -> Result<FittedLifetimeModel, Error> {
    let mut fitted = NBD.fit(patterns, settings)?;
    model.clone_into(&mut fitted.report.model);
    let also = fitted.report.boundary.take();
    let mut boundary = no_dropout("NBD");
    if let Some(also) = also {
        boundary.words = format!("{}; {}", boundary.words, also.words);
    }
    fitted.report.boundary = Some(boundary);
    Ok(fitted)
}

/// Describes the boundaries that a fit reached; none in the interior.
///
/// Where customers do not differ visibly, the shape of the distribution of purchase rates, or the size of
/// the dropout distribution's parameters, is large.
pub(crate) fn words(maximum: &Maximum, purchase_shape: f64, dropout_size: f64) -> Option<Boundary> {
    let mut found = Vec::new();
    if purchase_shape > DEGENERATE_SHAPE {
        found.push("no visible differences in purchase rates: one rate for all customers");
    }
    if dropout_size > DEGENERATE_SHAPE {
        found.push("no visible differences in dropout: one dropout rate for all customers");
    }
    if found.is_empty() && maximum.is_flat() {
        found.push(
            "the likelihood is flat around the maximum: predictions hold, individual parameters and their \
             standard errors do not",
        );
    }
    (!found.is_empty()).then(|| Boundary { words: found.join("; "), used: None })
}
