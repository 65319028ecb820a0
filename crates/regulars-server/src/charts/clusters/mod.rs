//! Clusters: how large they are, what they are like, how far apart they lie, and why there are as many.

mod picture;
mod profile;
mod selection;
mod sizes;

pub(super) use picture::{outline, picture, silhouettes, table};
pub(super) use profile::{frequency, monetary, profile, recency};
pub(super) use selection::{calinski_harabasz, davies_bouldin, gap, inertia, silhouette, stability};
pub(super) use sizes::{segments, sizes};
