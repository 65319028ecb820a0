//! Clusters.
mod error;
pub use error::Error;
