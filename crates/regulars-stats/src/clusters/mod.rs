//! Cluster validity measures: silhouette, Calinski-Harabasz, Davies-Bouldin, adjusted Rand, elbow, gap
//! statistic.
//!
//! All take rows as one row-major slice ([`Rows`]) and labels as `u32` from 0. Results match scikit-learn,
//! as tests verify; where the two differ, the function says so.
//!
//! Deliberately not here: clustering itself (`regulars-models`), and randomness: callers draw samples and
//! pass the rows.

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
pub use silhouette::{mean_and_standard_error, silhouettes, silhouettes_of_sample};
