//! Statistics and numerics over plain `f64` slices: special functions, optimisers, and measures of clusters
//! and forecasts.
//!
//! Deliberately not here: models, tables, files, the clock.
//!
//! ```
//! use regulars_stats::forecast_accuracy::normalised_gini;
//!
//! // The forecast is at a different level, but ranks all customers correctly.
//! let (spend, forecast) = ([0.0, 20.0, 0.0, 70.0], [1.0, 3.0, 2.0, 9.0]);
//! assert_eq!(normalised_gini(&spend, &forecast)?, Some(1.0));
//! # Ok::<(), regulars_stats::Error>(())
//! ```

pub mod clusters;
pub mod error;
pub mod forecast_accuracy;
pub mod intervals;
pub mod isotonic;
pub mod mcmc;
pub mod optimise;
pub mod probability;
pub mod quadrature;
pub mod special;
pub mod sums;
pub mod vector_math;

pub use error::{Error, Kind};
