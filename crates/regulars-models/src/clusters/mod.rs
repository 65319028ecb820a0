//! Customer clusters: how many there are, whether they are real, what characterises each, and who belongs
//! to which.
//!
//! # How
//!
//! 1. [`Preparation`]: missing values, outliers, skew and scale; constant and duplicate features are
//!    dropped.
//! 2. [`sweep`](fn@sweep): K-means ([`crate::kmeans`]) for each number of clusters from 2 to 10, measured
//!    by silhouette, Calinski-Harabasz, Davies-Bouldin and stability under resampling.
//! 3. [`select`]: the number of clusters, the rule behind it and the runner-up; and, compared with data
//!    without clusters, whether there are any.
//! 4. [`profiles`], names, [`Projection`], [`explain`]: the clusters in numbers, words and a scatter plot;
//!    why a customer is in its cluster.
//! 5. [`alternatives`](fn@alternatives), on request: the same customers clustered by mixtures and HDBSCAN.
//!
//! [`fit`] does steps 1 to 4. [`ClusterModel`] is what is saved: it assigns new customers ([`ClusterModel::assign`]) and
//! lets the next run recognise the clusters.
//!
//! # Contracts
//!
//! - The same columns, parameters, generator and previous model give identical bytes on any number of
//!   threads.
//! - The unit of a feature does not matter: cents and dollars give the same clusters.
//! - The order of the customers does not matter: they are first sorted canonically.
//!
//! Deliberately not here: tables, files, and the choice of features.

mod alternatives;
mod error;
mod explanation;
mod matching;
mod model;
mod naming;
mod order;
mod params;
mod preparation;
mod profile;
mod projection;
mod reference;
mod selection;
mod sweep;
#[cfg(test)]
mod tests;
mod unclustered_reference;

pub use alternatives::{Alternative, Method, alternatives};
pub use error::Error;
pub use explanation::{Distance, Explanation, FeatureContribution, explain};
pub use model::{Cluster, ClusterModel, Clustered, fit};
pub use naming::{DistinctiveFeature, Name, names};
pub use params::{ClusterParams, ValidClusterParams};
pub use preparation::{Column, Dropped, Feature, Matrix, Preparation, PreparationParams};
pub use profile::{FeatureProfile, Profile, cross_table, nearest_customers, profiles};
pub use projection::Projection;
pub use selection::{Selection, Strength, select};
pub use sweep::{Candidate, Sweep, fit_numbers, sweep};
