//! Fits a Gaussian mixture by expectation-maximisation.

// Indices follow the formulas.
#![allow(clippy::needless_range_loop)]

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use regulars_stats::clusters::Rows;
use serde::{Deserialize, Serialize};

use super::density::Component;
use crate::clusters::Error;
use crate::kmeans;

/// Rows per task; fixed, so that sums are added in the same order on any number of threads.
const CHUNK_ROWS: usize = 2048;

/// Covariance structure of the components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covariance {
    /// Full: each component has its own covariance matrix.
    Full,
    /// Diagonal: axis-aligned components.
    Diagonal,
}

/// Parameters as configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GmmParams {
    /// Number of components.
    pub clusters: usize,
    /// Covariance structure.
    pub covariance: Covariance,
    /// Convergence threshold: gain of log-likelihood per row.
    pub tolerance: f64,
    /// Maximum number of iterations.
    pub max_iterations: usize,
    /// Added to every variance.
    pub regularisation: f64,
}

impl Default for GmmParams {
    fn default() -> Self {
        Self {
            clusters: 5,
            covariance: Covariance::Full,
            tolerance: 1e-4,
            max_iterations: 200,
            regularisation: 1e-6,
        }
    }
}

/// Checked parameters; created only by [`GmmParams::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct ValidGmmParams(GmmParams);

impl GmmParams {
    /// Checks the parameters.
    ///
    /// Errors: [`Error::Setting`] naming the first that is out of range.
    pub fn check(self) -> Result<ValidGmmParams, Error> {
        let refused = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if self.clusters == 0 {
            return refused("clusters", "0".into(), "at least 1");
        }
        if self.max_iterations == 0 {
            return refused("max_iterations", "0".into(), "at least 1");
        }
        for (name, value) in [("tolerance", self.tolerance), ("regularisation", self.regularisation)] {
            if !(value.is_finite() && value >= 0.0) {
                return refused(name, value.to_string(), "0 or more");
            }
        }
        Ok(ValidGmmParams(self))
    }
}

/// A fitted mixture.
///
/// Shape: `means` is components × features, row by row; `covariances` has a features × features matrix per
/// component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedGmm {
    /// Number of features.
    pub width: usize,
    /// Weight of each component.
    pub weights: Vec<f64>,
    /// Means of the components.
    pub means: Vec<f64>,
    /// Covariances of the components.
    pub covariances: Vec<Vec<Vec<f64>>>,
    /// Log-likelihood of all rows.
    pub log_likelihood: f64,
    /// Bayesian information criterion; lower is better.
    pub bic: f64,
    /// Number of iterations.
    pub iterations: usize,
    /// Whether the fit converged.
    pub converged: bool,
}

/// Fits a mixture, starting from the clusters of K-means.
///
/// Errors: as [`kmeans::fit`]; [`Error::Collapsed`] if a component collapses despite the regularisation.
pub fn fit(rows: Rows<'_>, params: &ValidGmmParams, rng: &mut ChaCha8Rng) -> Result<FittedGmm, Error> {
    let with = kmeans::KMeansParams { starts: 3, ..kmeans::KMeansParams::of(params.0.clusters) }.check()?;
    let start = kmeans::fit(rows, &with, rng)?;
    let mut member = vec![0.0; rows.len() * params.0.clusters];
    for (row, label) in start.labels.iter().enumerate() {
        member[row * params.0.clusters + *label as usize] = 1.0;
    }
    let first = maximise(rows, &member, &params.0);
    iterate(rows, &params.0, first)
}

/// Fits a mixture from given means, with equal weights and unit covariances.
///
/// Errors: as [`fit`]; [`Error::Width`] if the means do not match rows and parameters.
pub fn fit_from(rows: Rows<'_>, params: &ValidGmmParams, means: &[f64]) -> Result<FittedGmm, Error> {
    rows.check_finite()?;
    let (clusters, width) = (params.0.clusters, rows.width());
    if means.len() != clusters * width {
        return Err(Error::Width { expected: clusters * width, found: means.len() });
    }
    if rows.len() < clusters {
        return Err(Error::TooFewRows { rows: rows.len(), clusters });
    }
    let one: Vec<Vec<f64>> =
        (0..width).map(|a| (0..width).map(|b| f64::from(u8::from(a == b))).collect()).collect();
    let start = Shape {
        weights: vec![1.0 / clusters as f64; clusters],
        means: means.to_vec(),
        covariances: vec![one; clusters],
    };
    iterate(rows, &params.0, start)
}

struct Shape {
    weights: Vec<f64>,
    means: Vec<f64>,
    covariances: Vec<Vec<Vec<f64>>>,
}

fn clouds(shape: &Shape, width: usize) -> Result<Vec<Component>, Error> {
    let cloud = |at: usize| {
        let mean = &shape.means[at * width..(at + 1) * width];
        Component::new(shape.weights[at], mean, &shape.covariances[at])
            .ok_or(Error::Collapsed { cluster: at })
    };
    (0..shape.weights.len()).map(cloud).collect()
}

fn iterate(rows: Rows<'_>, params: &GmmParams, mut shape: Shape) -> Result<FittedGmm, Error> {
    let (count, width) = (rows.len() as f64, rows.width());
    let (mut before, mut iterations, mut converged) = (f64::NEG_INFINITY, 0, false);
    while iterations < params.max_iterations && !converged {
        iterations += 1;
        let (member, log_likelihood) = expect(rows, &clouds(&shape, width)?);
        shape = maximise(rows, &member, params);
        converged = (log_likelihood - before).abs() < params.tolerance * count;
        before = log_likelihood;
    }
    let (_, log_likelihood) = expect(rows, &clouds(&shape, width)?);
    let of_covariance = match params.covariance {
        Covariance::Full => width * (width + 1) / 2,
        Covariance::Diagonal => width,
    };
    let parameters = params.clusters * (width + of_covariance + 1) - 1;
    Ok(FittedGmm {
        width,
        weights: shape.weights,
        means: shape.means,
        covariances: shape.covariances,
        log_likelihood,
        bic: parameters as f64 * count.ln() - 2.0 * log_likelihood,
        iterations,
        converged,
    })
}

/// E-step: memberships (rows × components) and the log-likelihood of all rows.
fn expect(rows: Rows<'_>, clouds: &[Component]) -> (Vec<f64>, f64) {
    let parts: Vec<(Vec<f64>, f64)> = rows
        .values()
        .par_chunks(CHUNK_ROWS * rows.width())
        .map(|chunk| {
            let mut member = Vec::with_capacity(chunk.len() / rows.width() * clouds.len());
            let (mut total, mut solved) = (0.0, Vec::new());
            for row in chunk.chunks_exact(rows.width()) {
                let from = member.len();
                member.extend(clouds.iter().map(|cloud| cloud.log_density(row, &mut solved)));
                let most = member[from..].iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let log_sum = most + member[from..].iter().map(|log| (log - most).exp()).sum::<f64>().ln();
                for log in &mut member[from..] {
                    *log = (*log - log_sum).exp();
                }
                total += log_sum;
            }
            (member, total)
        })
        .collect();
    let total = parts.iter().map(|(_, total)| total).sum();
    (parts.into_iter().flat_map(|(member, _)| member).collect(), total)
}

fn maximise(rows: Rows<'_>, member: &[f64], params: &GmmParams) -> Shape {
    let (clusters, width) = (params.clusters, rows.width());
    let parts: Vec<(f64, Vec<f64>, Vec<Vec<f64>>)> = (0..clusters)
        .into_par_iter()
        .map(|cluster| {
            let of = || rows.iter().zip(member.iter().skip(cluster).step_by(clusters));
            // An empty component keeps a trace of weight, to avoid division by 0.
            let weight = of().map(|(_, share)| share).sum::<f64>() + 10.0 * f64::EPSILON;
            let mut mean = vec![0.0; width];
            for (row, share) in of() {
                for (sum, value) in mean.iter_mut().zip(row) {
                    *sum += share * value;
                }
            }
            for sum in &mut mean {
                *sum /= weight;
            }
            let mut covariance = vec![vec![0.0; width]; width];
            let mut moved = vec![0.0; width];
            for (row, share) in of() {
                for (moved, (value, mean)) in moved.iter_mut().zip(row.iter().zip(&mean)) {
                    *moved = value - mean;
                }
                for a in 0..width {
                    let from = if params.covariance == Covariance::Diagonal { a } else { 0 };
                    for b in from..=a {
                        covariance[a][b] += share * moved[a] * moved[b];
                    }
                }
            }
            for a in 0..width {
                for b in 0..=a {
                    covariance[a][b] /= weight;
                    covariance[b][a] = covariance[a][b];
                }
                covariance[a][a] += params.regularisation;
            }
            (weight, mean, covariance)
        })
        .collect();
    let total: f64 = parts.iter().map(|(weight, ..)| weight).sum();
    Shape {
        weights: parts.iter().map(|(weight, ..)| weight / total).collect(),
        means: parts.iter().flat_map(|(_, mean, _)| mean.clone()).collect(),
        covariances: parts.into_iter().map(|(.., covariance)| covariance).collect(),
    }
}

impl FittedGmm {
    /// Membership probabilities of each row.
    ///
    /// Shape: rows × components, row by row; each row adds up to 1.
    /// Errors: [`Error::Measure`] for a value that is not finite; [`Error::Width`] for rows of other
    /// features; [`Error::Collapsed`] for a saved mixture that was edited by hand.
    pub fn memberships(&self, rows: Rows<'_>) -> Result<Vec<f64>, Error> {
        rows.check_finite()?;
        if rows.width() != self.width {
            return Err(Error::Width { expected: self.width, found: rows.width() });
        }
        let shape = Shape {
            weights: self.weights.clone(),
            means: self.means.clone(),
            covariances: self.covariances.clone(),
        };
        Ok(expect(rows, &clouds(&shape, self.width)?).0)
    }

    /// Most probable component of each row; ties go to the first.
    ///
    /// Errors: as [`FittedGmm::memberships`].
    pub fn predict(&self, rows: Rows<'_>) -> Result<Vec<u32>, Error> {
        let member = self.memberships(rows)?;
        Ok(member
            .chunks_exact(self.weights.len())
            .map(|shares| {
                (1..shares.len()).fold(0, |best, at| if shares[at] > shares[best] { at } else { best }) as u32
            })
            .collect())
    }
}
