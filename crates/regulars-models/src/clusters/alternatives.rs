//! Compares K-means with other methods on the same customers: Gaussian mixtures and HDBSCAN.
//!
//! All methods see the same sample, because HDBSCAN's cost is quadratic. HDBSCAN is that of the crate
//! `hdbscan`: Campello, Moulavi & Sander (2013).

use hdbscan::{Hdbscan, HdbscanHyperParams};
use rand::seq::index::sample;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use regulars_stats::clusters::{Rows, adjusted_rand, mean_and_standard_error, silhouettes};
use serde::{Deserialize, Serialize};

use super::error::Error;
use crate::{gmm, kmeans};

/// Maximum sample size.
const SAMPLE_ROWS: usize = 2_000;

/// Refits on 80% of the sample, for stability.
const REFITS: usize = 4;

/// Clustering method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// K-means.
    KMeans,
    /// Gaussian mixture with full covariances, or diagonal ones if there are few customers.
    Mixture,
    /// HDBSCAN, with clusters of at least 2% of the customers.
    Density,
}

/// Result of one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// Method.
    pub method: Method,
    /// Number of clusters found; K-means and the mixture are given it.
    pub clusters: usize,
    /// Cluster sizes, largest first.
    pub sizes: Vec<usize>,
    /// Share of customers in no cluster (HDBSCAN only).
    pub noise_share: f64,
    /// Mean silhouette of the clustered customers; none with fewer than two clusters.
    pub silhouette: Option<f64>,
    /// Mean adjusted Rand index against refits on 80% of the customers, over customers clustered both
    /// times; none if there are none.
    pub stability: Option<f64>,
    /// Bayesian information criterion (mixture only).
    pub bic: Option<f64>,
    /// Adjusted Rand index against K-means, over the clustered customers.
    pub agreement: Option<f64>,
}

/// Clusters the same sample of customers with every method.
///
/// Shape: K-means, mixture, HDBSCAN; unassigned customers have no label. Methods and refits that need more
/// distinct customers than the sample has are skipped.
/// Errors: any other errors of [`kmeans::fit`] and [`gmm::fit`].
pub fn alternatives(
    rows: Rows<'_>,
    clusters: usize,
    rng: &mut ChaCha8Rng,
) -> Result<Vec<Alternative>, Error> {
    rows.check_finite()?;
    let drawn = some_of(rows.len(), rows.len().min(SAMPLE_ROWS), rng);
    let values = gathered(rows, &drawn);
    let few = Rows::new(&values, rows.width())?;
    let seed: u64 = rng.random();
    let subsets: Vec<Vec<usize>> = (0..REFITS).map(|_| some_of(few.len(), few.len() * 4 / 5, rng)).collect();
    let base = labelled(Method::KMeans, few, clusters, seed)?.map(|base| base.labels);
    let lines: Result<Vec<Option<Alternative>>, Error> = [Method::KMeans, Method::Mixture, Method::Density]
        .into_par_iter()
        .map(|method| {
            let Some(found) = labelled(method, few, clusters, seed)? else { return Ok(None) };
            let refits: Result<Vec<Option<f64>>, Error> = subsets
                .par_iter()
                .map(|subset| {
                    let values = gathered(few, subset);
                    let again = labelled(method, Rows::new(&values, few.width())?, clusters, seed)?;
                    let Some(again) = again else { return Ok(None) };
                    let before: Vec<Option<u32>> = subset.iter().map(|row| found.labels[*row]).collect();
                    agreement(&before, &again.labels)
                })
                .collect();
            let refits: Vec<f64> = refits?.into_iter().flatten().collect();
            table_line(method, few, &found, base.as_deref(), &refits).map(Some)
        })
        .collect();
    Ok(lines?.into_iter().flatten().collect())
}

struct Labelled {
    labels: Vec<Option<u32>>,
    bic: Option<f64>,
}

/// Labels from one method; none if the customers are too few or too similar for it.
fn labelled(method: Method, rows: Rows<'_>, clusters: usize, seed: u64) -> Result<Option<Labelled>, Error> {
    match fitted(method, rows, clusters, seed) {
        Err(Error::TooFewRows { .. } | Error::Collapsed { .. }) => Ok(None),
        other => other.map(Some),
    }
}

fn fitted(method: Method, rows: Rows<'_>, clusters: usize, seed: u64) -> Result<Labelled, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let all = |labels: Vec<u32>| labels.into_iter().map(Some).collect();
    match method {
        Method::KMeans => {
            let fitted = kmeans::fit(rows, &kmeans::KMeansParams::of(clusters).check()?, &mut rng)?;
            Ok(Labelled { labels: all(fitted.labels), bic: None })
        }
        Method::Mixture => {
            // A full covariance needs several customers per parameter.
            let enough = rows.len() > 5 * clusters * rows.width() * (rows.width() + 1);
            let covariance = if enough { gmm::Covariance::Full } else { gmm::Covariance::Diagonal };
            let with = gmm::GmmParams { clusters, covariance, ..gmm::GmmParams::default() }.check()?;
            let fitted = gmm::fit(rows, &with, &mut rng)?;
            Ok(Labelled { labels: all(fitted.predict(rows)?), bic: Some(fitted.bic) })
        }
        Method::Density => {
            let size = (rows.len() / 50).max(5);
            if rows.len() <= size {
                return Ok(Labelled { labels: vec![None; rows.len()], bic: None });
            }
            let data: Vec<Vec<f64>> = rows.iter().map(<[f64]>::to_vec).collect();
            let with = HdbscanHyperParams::builder().min_cluster_size(size).build();
            // It rejects only what was checked before: no rows, ragged rows, non-finite values.
            let labels = Hdbscan::new(&data, with)
                .cluster()
                .map_err(|error| Error::Density { problem: error.to_string() })?;
            Ok(Labelled {
                labels: labels.into_iter().map(|label| u32::try_from(label).ok()).collect(),
                bic: None,
            })
        }
    }
}

fn table_line(
    method: Method,
    rows: Rows<'_>,
    found: &Labelled,
    base: Option<&[Option<u32>]>,
    refits: &[f64],
) -> Result<Alternative, Error> {
    let inside: Vec<usize> = (0..rows.len()).filter(|row| found.labels[*row].is_some()).collect();
    let labels: Vec<u32> = inside.iter().filter_map(|row| found.labels[*row]).collect();
    let mut sizes = vec![0; labels.iter().max().map_or(0, |most| *most as usize + 1)];
    for label in &labels {
        sizes[*label as usize] += 1;
    }
    sizes.retain(|size| *size > 0);
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let silhouette = if sizes.len() < 2 {
        None
    } else {
        let values = gathered(rows, &inside);
        Some(mean_and_standard_error(&silhouettes(Rows::new(&values, rows.width())?, &[&labels])?[0]).0)
    };
    Ok(Alternative {
        method,
        clusters: sizes.len(),
        sizes,
        noise_share: 1.0 - inside.len() as f64 / rows.len().max(1) as f64,
        silhouette,
        stability: (!refits.is_empty()).then(|| mean_and_standard_error(refits).0),
        bic: found.bic,
        agreement: base.map_or(Ok(None), |base| agreement(base, &found.labels))?,
    })
}

/// Adjusted Rand index over the customers labelled both times.
fn agreement(a: &[Option<u32>], b: &[Option<u32>]) -> Result<Option<f64>, Error> {
    let both: Vec<(u32, u32)> = a.iter().zip(b).filter_map(|(a, b)| a.zip(*b)).collect();
    if both.is_empty() {
        return Ok(None);
    }
    let (a, b): (Vec<u32>, Vec<u32>) = both.into_iter().unzip();
    Ok(Some(adjusted_rand(&a, &b)?))
}

fn some_of(rows: usize, count: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut drawn = sample(rng, rows, count).into_vec();
    drawn.sort_unstable();
    drawn
}

fn gathered(rows: Rows<'_>, drawn: &[usize]) -> Vec<f64> {
    drawn.iter().flat_map(|row| rows.row(*row)).copied().collect()
}
