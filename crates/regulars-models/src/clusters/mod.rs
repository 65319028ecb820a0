//! Clusters of customers that can be trusted: how many there are, whether they are real, what each one
//! is, and who is in which.
//!
//! # How
//!
//! 1. [`Preparation`]: missing values, outliers, skew and scale; constants and copies are dropped.
//! 2. [`sweep`](fn@sweep): K-means ([`crate::kmeans`]) for every number of clusters from 2 to 10, each measured by
//!    silhouette, Calinski-Harabasz, Davies-Bouldin and stability under resampling.
//! 3. [`select`]: the number, the rule behind it and the runner-up; and, held against data without
//!    clusters, whether there are any.
//! 4. [`profiles`], names, [`Projection`], [`explain`]: what the clusters are, in numbers, words and a
//!    picture; why a customer is in its own.
//!
//! 5. [`alternatives`](fn@alternatives), on request: what mixtures and density make of the same customers.
//!
//! [`fit`] does all of 1 to 4. [`Model`] is what is kept: it places new customers ([`Model::assign`]) and
//! lets the next run find the same clusters again.
//!
//! # Contracts
//!
//! - Same columns, parameters, generator and previous model: the same bytes, on any number of threads.
//! - The unit of a feature does not matter: amounts in cents give the clusters of amounts in dollars.
//! - Permuting customers permutes their answers: they are put in an order of their own first.
//!
//! Deliberately not here: tables, files, and which features there are.

mod alternatives;
mod error;
mod explanation;
mod look_alike;
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

pub use alternatives::{Alternative, Method, alternatives};
pub use error::Error;
pub use explanation::{Distance, Explanation, Pull, explain};
pub use model::{Cluster, Clustered, Model, fit};
pub use naming::{Name, Trait, names};
pub use params::{Params, ValidParams};
pub use preparation::{Column, Dropped, Feature, Matrix, Preparation, PreparationParams};
pub use profile::{FeatureProfile, Profile, cross_table, nearest_customers, profiles};
pub use projection::Projection;
pub use selection::{Selection, Strength, select};
pub use sweep::{Candidate, Sweep, fit_numbers, sweep};
