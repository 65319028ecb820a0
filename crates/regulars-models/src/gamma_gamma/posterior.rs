//! Posterior of the spend model.

use super::fit::{counted_on_scale, problem};
use super::{Exclusions, Spend};
use crate::lifetime::Error;
use crate::lifetime::bayes::{BayesSettings, Sampled, sample_problem};

/// Posterior of the Gamma-Gamma model: draws of p, q and γ in the currency unit of the spend.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Posterior {
    /// Rows excluded, by reason.
    pub excluded: Exclusions,
    /// Draws with their convergence diagnostics.
    pub sampled: Sampled,
}

/// Samples the posterior; the prior is centred on the mean spend of all repeat purchases.
///
/// Errors: those of [`super::fit()`]; [`Error::BadSampling`].
pub fn sample(spend: &Spend<'_>, settings: &BayesSettings) -> Result<Posterior, Error> {
    settings.check()?;
    let (counted, excluded, scale) = counted_on_scale(spend)?;
    let problem = problem(&counted);
    let natural = |logs: &[f64]| vec![logs[0].exp(), logs[1].exp(), logs[2].exp() * scale];
    Ok(Posterior { excluded, sampled: sample_problem(&problem, settings, natural)? })
}
