//! Cluster charts: sizes, profiles, separation and selection of the number of clusters.

mod picture;
mod profile;
mod selection;
mod sizes;

pub(super) use picture::{outline, picture, silhouettes, table};
pub(super) use profile::{frequency, monetary, profile, recency};
pub(super) use selection::{calinski_harabasz, davies_bouldin, gap, inertia, silhouette, stability};
pub(super) use sizes::{segments, sizes};
