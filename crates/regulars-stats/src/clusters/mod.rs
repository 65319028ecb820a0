//! Measures of how good a clustering is: silhouette, Calinski-Harabasz, Davies-Bouldin, adjusted
//! Rand, the elbow of a curve, the gap statistic.
//!
//! All of them take rows as one row-major slice ([`Rows`]) and labels as `u32` from 0. The numbers are
//! those of scikit-learn, which tests hold them against; where the two differ, the function says so.
//!
//! Deliberately not here: how clusters are found (`regulars-models`), and chance: who wants a sample
//! draws it and passes the rows.

mod agreement;
mod dispersion;
mod elbow;
mod error;
mod gap;
mod pair_sums;
mod pairs;
mod rows;
mod silhouette;
#[cfg(test)]
mod tests;

pub use agreement::adjusted_rand;
pub use dispersion::{calinski_harabasz, davies_bouldin};
pub use elbow::elbow;
pub use error::Error;
pub use gap::{Gap, gap, gap_choice};
pub use rows::Rows;
pub use silhouette::{mean_and_error, silhouettes, silhouettes_of};
