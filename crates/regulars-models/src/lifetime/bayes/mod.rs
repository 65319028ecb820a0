//! Full Bayes: the whole posterior of the parameters by the No-U-Turn sampler, with the diagnostics that say
//! whether to believe it.
//!
//! The prior is [`Shrinkage`]: logarithms of parameters are normal around 0 for shapes and around the
//! logarithm of the mean time observed (of the mean spend, for the Gamma-Gamma) for rates. Chains run over
//! the logarithms, in coordinates in which the normal approximation at the maximum is a standard normal, so
//! that the strong correlations of these models cost nothing. The likelihood is that of the fit: by
//! patterns, on all cores.
//!
//! The same seed gives the same draws on any number of threads: every chain has a stream of its own.
//!
//! Deliberately not here: rates of single customers (they are integrated out, as in the fit), other priors,
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

/// How to sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BayesSettings {
    /// The prior. The default of 2 says: within a factor of 7, up or down, in two of three shops.
    pub prior: Shrinkage,
    /// Chains, at least two.
    pub chains: usize,
    /// Steps of each chain to adapt, which are thrown away; at least 100.
    pub warmup: usize,
    /// Draws of each chain that are kept; at least 100.
    pub draws: usize,
    /// The acceptance that the step size aims at, from 0.5 to 0.99; higher where there are divergences.
    pub target_acceptance: f64,
    /// The seed.
    pub seed: u64,
}

impl Default for BayesSettings {
    fn default() -> Self {
        Self {
            prior: Shrinkage { spread: 2.0 },
            chains: 4,
            warmup: 300,
            draws: 1000,
            target_acceptance: 0.8,
            seed: 1,
        }
    }
}

impl BayesSettings {
    /// Refuses settings that cannot be sampled with.
    ///
    /// Errors: [`Error::BadSampling`].
    pub fn check(&self) -> Result<(), Error> {
        let problem = if !(self.prior.spread > 0.0 && self.prior.spread <= 100.0) {
            "the spread of the prior must be above 0 and at most 100"
        } else if !(2..=1000).contains(&self.chains) {
            "it takes 2 to 1,000 chains to see whether they agree"
        } else if self.warmup < 100 {
            "adapting takes at least 100 steps"
        } else if !(100..=1_000_000).contains(&self.draws) {
            "a chain needs 100 to 1,000,000 draws"
        } else if !(0.5..=0.99).contains(&self.target_acceptance) {
            "the acceptance aimed at must be from 0.5 to 0.99"
        } else {
            return Ok(());
        };
        Err(Error::BadSampling { problem })
    }
}

/// What is known of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marginal {
    /// The letter of the paper.
    pub name: String,
    /// The mean of the draws, in the model's units.
    pub mean: f64,
    /// The median.
    pub median: f64,
    /// The standard deviation.
    pub deviation: f64,
    /// From the 5% to the 95% quantile.
    pub interval_90: (f64, f64),
    /// The rank-normalised split R-hat: 1 if the chains agree.
    pub r_hat: f64,
    /// So many independent draws would tell the middle as well.
    pub ess_bulk: f64,
    /// So many independent draws would tell the ends as well.
    pub ess_tail: f64,
}

/// Draws of the parameters, and whether to believe them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// The model.
    pub model: String,
    /// One for each parameter.
    pub parameters: Vec<Marginal>,
    /// The draws: rows of parameters in the order of `parameters`, chain after chain.
    pub draws: Vec<Vec<f64>>,
    /// Chains.
    pub chains: usize,
    /// Draws that ran off, after the warmup: the posterior has a corner the step size cannot follow.
    pub divergences: u64,
    /// Draws whose path was cut at its longest.
    pub longest_paths: u64,
    /// How often the likelihood was computed.
    pub evaluations: u64,
    /// Whether the draws can be believed: R-hat at most 1.01, 100 effective draws a chain in bulk and tail,
    /// at most 1% divergences.
    pub converged: bool,
    /// What is wrong, in words, also where it can still be believed.
    pub problems: Vec<String>,
}

impl Sampled {
    /// Refuses draws that cannot be believed.
    ///
    /// Errors: [`Error::ChainsDisagree`] with what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        if self.converged {
            return Ok(());
        }
        Err(Error::ChainsDisagree { model: self.model.clone(), problems: self.problems.join("; ") })
    }

    /// At most `most` of the draws, evenly from all chains.
    pub fn thinned(&self, most: usize) -> impl Iterator<Item = &Vec<f64>> {
        let step = self.draws.len().div_ceil(most.max(1)).max(1);
        self.draws.iter().step_by(step)
    }
}
