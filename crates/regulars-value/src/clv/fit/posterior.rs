//! Posterior sampling for `regulars clv fit --posterior`.

use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::bayes::{BayesSettings, Sampled};
use regulars_models::lifetime::fit::Shrinkage;

use super::fit_summary::{FitSummary, PosteriorSummary};
use crate::clv::load::refused;
use crate::error::{Error, Result};

/// Sampler settings; the library's defaults unless set.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sampling {
    /// Chains.
    pub chains: Option<usize>,
    /// Draws kept per chain.
    pub draws: Option<usize>,
    /// Warm-up draws per chain, discarded.
    pub warmup: Option<usize>,
    /// Target acceptance of the step size adaptation.
    pub acceptance: Option<f64>,
    /// The seed.
    pub seed: u64,
}

/// Validated settings.
///
/// Errors: invalid numbers.
pub(super) fn settings(sampling: &Sampling, prior_sd: Option<f64>) -> Result<BayesSettings> {
    let plain = BayesSettings::default();
    let settings = BayesSettings {
        prior: prior_sd.map_or(plain.prior, |sd| Shrinkage { sd }),
        chains: sampling.chains.unwrap_or(plain.chains),
        warmup: sampling.warmup.unwrap_or(plain.warmup),
        draws: sampling.draws.unwrap_or(plain.draws),
        target_acceptance: sampling.acceptance.unwrap_or(plain.target_acceptance),
        seed: sampling.seed,
    };
    settings.check().map_err(|error| Error {
        hint: Some(
            "--chains, --draws, --warmup and --acceptance set the sampler, --prior the prior".to_owned(),
        ),
        ..refused(error)
    })?;
    Ok(settings)
}

/// Adds draws to an answer, with any problems.
pub(super) fn add(
    fit_summary: &mut FitSummary,
    sampled: Result<Sampled, ModelError>,
    settings: &BayesSettings,
    notes: &mut Vec<String>,
) {
    let sampled = match sampled {
        Ok(sampled) => sampled,
        Err(error) => {
            fit_summary.remark(&format!("no posterior: {error}"));
            notes.push(format!("{}: no posterior: {error}", fit_summary.model));
            return;
        }
    };
    if let Err(error) = sampled.check() {
        let hint = error.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
        notes.push(format!("{error}{hint}"));
    } else if !sampled.problems.is_empty() {
        notes.push(format!("{}: posterior: {}", fit_summary.model, sampled.problems.join("; ")));
    }
    let posterior = PosteriorSummary {
        draws: sampled.draws.len() / sampled.chains.max(1),
        parameters: sampled.parameters,
        chains: sampled.chains,
        divergences: sampled.divergences,
        converged: sampled.converged,
        problems: sampled.problems,
        prior_sd: settings.prior.sd,
        seed: settings.seed,
    };
    set_posterior(fit_summary, posterior);
}

/// Adds a posterior to an answer, with a remark if it did not converge.
pub(super) fn set_posterior(fit_summary: &mut FitSummary, posterior: PosteriorSummary) {
    if !posterior.converged {
        fit_summary.remark("the posterior draws are unreliable, see its problems");
    }
    fit_summary.posterior = Some(posterior);
}
