//! K-means clustering.
//!
//! # How
//!
//! - **Starts.** Each of `starts` restarts draws a sample of rows, seeds it by greedy k-means++ (or
//!   k-means||, over all rows), runs Lloyd's iterations on the sample, and only then on all rows: most
//!   iterations run on the sample (Bradley & Fayyad 1998). Small data are used whole.
//! - **Iterations.** Lloyd's, with the bounds of Hamerly (2010): one upper bound on the distance to a row's
//!   own centroid and one lower bound on the distance to every other. Rows are stored in tiles of eight; a
//!   tile is revisited only if the bounds of one of its rows no longer prove its label. The labels are
//!   those of plain Lloyd.
//! - **Convergence.** No label changed, or the centroids moved by less than `tolerance` times the mean
//!   variance of the columns (as in scikit-learn), or `max_iterations`. The sums are then recomputed from
//!   scratch, so that labels and inertia match the centroids without accumulated rounding.
//! - **Empty clusters** move to the row furthest from its centroid.
//! - The restart with the smallest inertia wins (ties go to the first) and continues until no label
//!   changes.
//!
//! # Contracts
//!
//! - The same rows, parameters and generator give identical bytes on any number of threads (tested).
//! - All values are finite (checked). At least as many distinct rows as clusters (checked).
//!
//! # Sources
//!
//! Lloyd (1982); Arthur & Vassilvitskii (2007), k-means++; Bahmani et al. (2012), k-means||; Hamerly
//! (2010), *Making k-means even faster*; Sculley (2010), mini-batches. The greedy choice among several
//! candidates is that of Arthur's own program and of scikit-learn.
//!
//! Deliberately not here: feature preparation, choosing the number of clusters, naming them
//! ([`crate::clusters`]).

mod fit;
mod lloyd;
mod mini_batch;
mod params;
mod start;
#[cfg(test)]
pub(crate) mod tests;
mod tiles;

pub(crate) use fit::distinct_rows;
pub use fit::{Assignments, Centroids, FittedKMeans, fit, fit_from};
pub use mini_batch::MiniBatchKMeans;
pub use params::{KMeansParams, Start, ValidKMeansParams};
