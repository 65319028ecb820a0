//! Describes fits that end at the boundary of a model.
//!
//! Every model with dropout contains the NBD as its limit without dropout. Where the NBD fits at least as
//! well, the dropout parameters are meaningless, and the NBD makes the predictions.

use super::Error;
use super::fit::{Boundary, FitSettings};
use super::model::FittedLifetimeModel;
use super::patterns::Patterns;
use crate::nbd;

/// Minimum gain in log-likelihood over the NBD for dropout to count as visible.
const VISIBLE: f64 = 1e-4;

/// Above this shape, a distribution across customers is practically a single value.
const ALIKE: f64 = 1e4;

/// Parameters that can be at a boundary.
pub(crate) struct Edges {
    /// Shape of the distribution of purchase rates.
    pub(crate) one_purchase_rate: f64,
    /// Size of the parameters of the dropout distribution.
    pub(crate) one_chance_to_leave: f64,
    /// Whether the likelihood is flat in some direction.
    pub(crate) undecided: bool,
}

/// Whether dropout does not improve the fit.
pub(crate) fn dropout_is_negligible(with_dropout: f64, without: f64) -> bool {
    with_dropout < without + VISIBLE
}

/// Boundary without dropout: the description, and the model used instead.
pub(crate) fn no_dropout(used: &str) -> Boundary {
    Boundary { words: format!("no dropout visible in this window: {used} used"), used: Some(used.to_owned()) }
}

/// The NBD under the name of the requested model.
pub(crate) fn without_dropout(
    model: &str,
    patterns: &Patterns,
    settings: &FitSettings,
) -> Result<FittedLifetimeModel, Error> {
    let mut fitted = nbd::fit(patterns, settings)?;
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
pub(crate) fn words(edges: &Edges) -> Option<Boundary> {
    let mut found = Vec::new();
    if edges.one_purchase_rate > ALIKE {
        found.push("no visible differences in purchase rates: one rate for all customers");
    }
    if edges.one_chance_to_leave > ALIKE {
        found.push("no visible differences in dropout: one dropout rate for all customers");
    }
    if found.is_empty() && edges.undecided {
        found.push(
            "the likelihood is flat around the maximum: predictions hold, individual parameters and their \
             standard errors do not",
        );
    }
    (!found.is_empty()).then(|| Boundary { words: found.join("; "), used: None })
}
