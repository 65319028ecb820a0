//! K-means: groups of rows around means, so that the squared distances to them are small.
//!
//! # How
//!
//! - **Starts.** Each of `starts` restarts draws a sample of rows, seeds it by greedy k-means++ (or
//!   k-means||, over all rows), runs Lloyd's iterations on the sample, and only then on all rows: most
//!   iterations are paid for by the sample (Bradley & Fayyad 1998). Few rows are taken whole.
//! - **Iterations.** Lloyd's, with the bounds of Hamerly (2010): one upper bound to a row's own centroid
//!   and one lower bound to every other. Rows stand in tiles of eight; a tile is looked at again only if
//!   the bounds of one of its rows no longer prove its label. The labels are those of plain Lloyd.
//! - **The end.** No label changed, or the centroids moved by less than `tolerance` times the mean
//!   variance of the columns (the rule of scikit-learn), or `max_iterations`. The sums are then made
//!   anew, so that no rounding of the updates is left, and labels and inertia belong to the centroids.
//! - **Empty clusters** move to the row furthest from its own centroid.
//! - The restart with the smallest inertia wins, the first of equals, and goes on until no label changes.
//!
//! # Contracts
//!
//! - Same rows, parameters and generator: the same bytes, on any number of threads (tested).
//! - All values are finite (checked). At least as many distinct rows as clusters (checked).
//!
//! # Sources
//!
//! Lloyd (1982); Arthur & Vassilvitskii (2007), k-means++; Bahmani et al. (2012), k-means||; Hamerly
//! (2010), *Making k-means even faster*; Sculley (2010), mini-batches. The greedy choice among several
//! candidates is that of Arthur's own program and of scikit-learn.
//!
//! Deliberately not here: preparing features, choosing the number of clusters, naming them
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
pub use fit::{Centroids, Fitted, Placed, fit, fit_from};
pub use mini_batch::MiniBatch;
pub use params::{Params, Start, ValidParams};
