//! Statistics and numerics over plain `f64` slices: special functions, optimisers, and measures of clusters
//! and forecasts.
//!
//! Deliberately not here: models, tables, files, the clock.

pub mod chains;
pub mod clusters;
pub mod error;
pub mod forecast_accuracy;
pub mod intervals;
pub mod isotonic;
pub mod optimise;
pub mod probability;
pub mod quadrature;
pub mod special;
pub mod sums;
pub mod vector_math;

pub use error::{Error, Kind};
