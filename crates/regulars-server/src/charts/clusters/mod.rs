//! Cluster charts: sizes, profiles, separation and selection of the number of clusters.

mod picture;
mod profile;
pub(super) mod selection;
mod sizes;

pub(super) use picture::{outline, picture, silhouettes, table};
pub(super) use profile::{frequency, monetary, profile, recency};
pub(super) use sizes::{segments, sizes};
