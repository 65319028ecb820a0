//! Cluster validity indices: separation of clusters relative to their spread.

use super::error::Error;
use super::rows::{Rows, label_sizes, squared_distance};

/// Centroid, size and spread of each non-empty cluster.
struct ClusterSpread {
    sizes: Vec<usize>,
    centroids: Vec<Vec<f64>>,
    /// Sum of squared distances to the centroid.
    squares: Vec<f64>,
    /// Mean distance to the centroid.
    mean_distances: Vec<f64>,
}

/// Errors: [`Error::LabelCount`], [`Error::Clusters`], [`Error::NotFinite`].
fn spread(rows: Rows<'_>, labels: &[u32]) -> Result<ClusterSpread, Error> {
    let all_sizes = label_sizes(rows.len(), labels)?;
    rows.check_finite()?;
    let used: Vec<usize> = (0..all_sizes.len()).filter(|label| all_sizes[*label] > 0).collect();
    if used.len() < 2 || used.len() >= rows.len() {
        return Err(Error::Clusters { clusters: used.len(), rows: rows.len() });
    }
    let mut dense = vec![0_usize; all_sizes.len()];
    for (at, label) in used.iter().enumerate() {
        dense[*label] = at;
    }
    let sizes: Vec<usize> = used.iter().map(|label| all_sizes[*label]).collect();
    let mut centroids = vec![vec![0.0; rows.width()]; used.len()];
    for (row, label) in rows.iter().zip(labels) {
        for (sum, value) in centroids[dense[*label as usize]].iter_mut().zip(row) {
            *sum += value;
        }
    }
    for (centroid, size) in centroids.iter_mut().zip(&sizes) {
        for sum in centroid.iter_mut() {
            *sum /= *size as f64;
        }
    }
    let mut squares = vec![0.0; used.len()];
    let mut mean_distances = vec![0.0; used.len()];
    for (row, label) in rows.iter().zip(labels) {
        let at = dense[*label as usize];
        let square = squared_distance(row, &centroids[at]);
        squares[at] += square;
        mean_distances[at] += square.sqrt();
    }
    for (sum, size) in mean_distances.iter_mut().zip(&sizes) {
        *sum /= *size as f64;
    }
    Ok(ClusterSpread { sizes, centroids, squares, mean_distances })
}

/// Calinski-Harabasz index: ratio of the dispersion between clusters to that within them; higher is better.
///
/// Clusters without any spread give 1, as in scikit-learn.
///
/// Errors: [`Error::LabelCount`]; [`Error::NotFinite`]; [`Error::Clusters`] with fewer than two clusters or
/// as many as rows.
/// Source: Caliński & Harabasz (1974).
pub fn calinski_harabasz(rows: Rows<'_>, labels: &[u32]) -> Result<f64, Error> {
    let spread = spread(rows, labels)?;
    let center = rows.column_means();
    let between: f64 = spread
        .centroids
        .iter()
        .zip(&spread.sizes)
        .map(|(centroid, size)| *size as f64 * squared_distance(centroid, &center))
        .sum();
    let within: f64 = spread.squares.iter().sum();
    let clusters = spread.sizes.len();
    if within == 0.0 {
        return Ok(1.0);
    }
    Ok(between * (rows.len() - clusters) as f64 / (within * (clusters - 1) as f64))
}

/// Davies-Bouldin index: mean similarity of each cluster to its most similar one; lower is better.
///
/// Clusters with the same centroid are not compared with each other, as in scikit-learn.
///
/// Errors: as [`calinski_harabasz`].
/// Source: Davies & Bouldin (1979), with exponents p = 2, q = 1.
pub fn davies_bouldin(rows: Rows<'_>, labels: &[u32]) -> Result<f64, Error> {
    let spread = spread(rows, labels)?;
    let clusters = spread.sizes.len();
    let mut total = 0.0;
    for a in 0..clusters {
        let mut worst = 0.0_f64;
        for b in (0..clusters).filter(|b| *b != a) {
            let distance = squared_distance(&spread.centroids[a], &spread.centroids[b]).sqrt();
            if distance > 0.0 {
                worst = worst.max((spread.mean_distances[a] + spread.mean_distances[b]) / distance);
            }
        }
        total += worst;
    }
    Ok(total / clusters as f64)
}
