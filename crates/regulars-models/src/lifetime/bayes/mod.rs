//! Full Bayes: samples the posterior of the parameters with the No-U-Turn sampler and checks convergence.
//!
//! The prior is [`Shrinkage`]: log parameters are normal around 0 for shapes and around the log of the mean
//! observation time (for the Gamma-Gamma, of the mean spend) for rates. Chains run over the log parameters,
//! in coordinates in which the normal approximation at the maximum is standard normal, so the strong
//! correlations of these models do no harm. The likelihood is that of the fit: by patterns, on all cores.
//!
//! The same seed gives the same draws on any number of threads: every chain has its own random stream.
//!
//! Deliberately not here: purchase rates of single customers (integrated out, as in the fit), other priors,
//! covariates.

mod adaptation;
mod chains;
mod nuts;
mod posterior;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use chains::sample_problem;
pub use posterior::Posterior;

use super::error::Error;
use super::fit::Shrinkage;

/// Sampler settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BayesSettings {
    /// Prior. The default standard deviation of 2 means within a factor of 7, up or down, for about two in
    /// three shops.
    pub prior: Shrinkage,
    /// Number of chains, at least two.
    pub chains: usize,
    /// Warmup steps per chain, discarded; at least 100.
    pub warmup: usize,
    /// Draws kept per chain; at least 100.
    pub draws: usize,
    /// Target acceptance, from 0.5 to 0.99; raise it if divergences occur.
    pub target_acceptance: f64,
    /// Random seed.
    pub seed: u64,
}

impl Default for BayesSettings {
    fn default() -> Self {
        Self {
            prior: Shrinkage { sd: 2.0 },
            chains: 4,
            warmup: 300,
            draws: 1000,
            target_acceptance: 0.8,
            seed: 1,
        }
    }
}

impl BayesSettings {
    /// Checks the settings.
    ///
    /// Errors: [`Error::BadSampling`].
    pub fn check(&self) -> Result<(), Error> {
        let problem = if !(self.prior.sd > 0.0 && self.prior.sd <= 100.0) {
            "the prior standard deviation must be above 0 and at most 100"
        } else if !(2..=1000).contains(&self.chains) {
            "the number of chains must be from 2 to 1,000"
        } else if self.warmup < 100 {
            "the warmup needs at least 100 steps"
        } else if !(100..=1_000_000).contains(&self.draws) {
            "the draws per chain must be from 100 to 1,000,000"
        } else if !(0.5..=0.99).contains(&self.target_acceptance) {
            "the target acceptance must be from 0.5 to 0.99"
        } else {
            return Ok(());
        };
        Err(Error::BadSampling { problem })
    }
}

/// Posterior summary of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marginal {
    /// Symbol in the paper.
    pub name: String,
    /// Posterior mean, in the model's units.
    pub mean: f64,
    /// Posterior median.
    pub median: f64,
    /// Posterior standard deviation.
    pub deviation: f64,
    /// 90% credible interval: from the 5% to the 95% quantile.
    pub interval_90: (f64, f64),
    /// Rank-normalised split R-hat: 1 if the chains agree.
    pub r_hat: f64,
    /// Bulk effective sample size.
    pub ess_bulk: f64,
    /// Tail effective sample size.
    pub ess_tail: f64,
}

/// Posterior draws with convergence diagnostics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// Model name.
    pub model: String,
    /// One summary per parameter.
    pub parameters: Vec<Marginal>,
    /// Draws: rows of parameters in the order of `parameters`, chain after chain.
    pub draws: Vec<Vec<f64>>,
    /// Number of chains.
    pub chains: usize,
    /// Divergences after warmup: regions of the posterior that the step size cannot follow.
    pub divergences: u64,
    /// Draws that reached the maximum tree depth.
    pub max_depth_hits: u64,
    /// Number of likelihood evaluations.
    pub evaluations: u64,
    /// Whether the chains converged: R-hat at most 1.01, effective sample size of at least 100 per chain in
    /// bulk and tail, at most 1% divergences.
    pub converged: bool,
    /// Problems in words, including harmless ones.
    pub problems: Vec<String>,
}

impl Sampled {
    /// Rejects draws that did not converge.
    ///
    /// Errors: [`Error::ChainsNotConverged`] with the problems.
    pub fn check(&self) -> Result<(), Error> {
        if self.converged {
            return Ok(());
        }
        Err(Error::ChainsNotConverged { model: self.model.clone(), problems: self.problems.join("; ") })
    }

    /// At most `most` of the draws, evenly spread over the chains.
    pub fn thinned(&self, most: usize) -> impl Iterator<Item = &Vec<f64>> {
        let step = self.draws.len().div_ceil(most.max(1)).max(1);
        self.draws.iter().step_by(step)
    }
}
