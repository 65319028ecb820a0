//! Fits that run to the edge of what a model can say, named in words.
//!
//! Every model with dropout contains the NBD: nobody leaves. Where the data are at least as likely
//! under that, its parameters of dropout mean nothing, and the NBD gives the answers.

use super::Error;
use super::fit::{Boundary, FitSettings};
use super::model::Fitted;
use super::patterns::Patterns;
use crate::nbd;

/// A model with dropout has to be more likely than the NBD by this much, as a logarithm.
const VISIBLE: f64 = 1e-4;

/// From this shape on a distribution over customers is one value for all.
const ALIKE: f64 = 1e4;

/// What can be at an edge.
pub(crate) struct Edges {
    /// The shape of the distribution of purchase rates.
    pub(crate) one_purchase_rate: f64,
    /// The size of the parameters of the distribution of dropout.
    pub(crate) one_chance_to_leave: f64,
    /// Whether the likelihood is flat in some direction.
    pub(crate) undecided: bool,
}

/// Whether dropout explains nothing.
pub(crate) fn nobody_leaves(with_dropout: f64, without: f64) -> bool {
    with_dropout < without + VISIBLE
}

/// What the words of a boundary without dropout are, and which model is used then.
pub(crate) fn no_dropout(used: &str) -> Boundary {
    Boundary { words: format!("no dropout visible in this window: {used} used"), used: Some(used.to_owned()) }
}

/// The NBD under the name of the model that was asked for.
pub(crate) fn without_dropout(
    model: &str,
    patterns: &Patterns,
    settings: &FitSettings,
) -> Result<Fitted, Error> {
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

/// Names the edges that a fit ran to; none if it is inside.
pub(crate) fn words(edges: &Edges) -> Option<Boundary> {
    let mut found = Vec::new();
    if edges.one_purchase_rate > ALIKE {
        found.push("customers do not differ visibly in how often they buy: one purchase rate for all");
    }
    if edges.one_chance_to_leave > ALIKE {
        found.push("customers do not differ visibly in how they leave: one rate of leaving for all");
    }
    if found.is_empty() && edges.undecided {
        found.push(
            "the likelihood is flat around the best parameters: predictions hold, single parameters and their \
             standard errors do not",
        );
    }
    (!found.is_empty()).then(|| Boundary { words: found.join("; "), used: None })
}
