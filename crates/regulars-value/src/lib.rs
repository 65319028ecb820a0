//! Lifetime value: purchase histories in; fitted, tested and chosen models and their forecasts out. A run and
//! the commands `clv` and `predict` use the same models.
//!
//! Reading order: `histories`, `btyd`, `learned`, `value` (the step of a run), `clv` and `predict` (without a
//! run, and with a stored run). Shared with the pipeline: `tables`, `feature_columns`, `new_files`.
//!
//! Deliberately not here: the models themselves (`regulars-models`, `regulars-learners`) and plans
//! (`regulars-engine`).

mod btyd;
mod chunked_file;
mod clv;
mod contributions;
mod error;
pub mod feature_columns;
mod histories;
mod interval_bounds;
mod learned;
pub mod new_files;
mod outcome;
mod pool;
mod predict;
mod request;
mod sql_functions;
pub mod tables;
#[cfg(test)]
mod testing;
mod timing;
mod validate;
mod value;

pub use clv::{
    BootstrapIntervals, BootstrapSettings, ClvFit, ClvFitRequest, ClvPlots, ClvPredictRequest, ClvRequest,
    ClvTimes, Coefficient, CovariateEffects, FitSummary, GivenOptions, HoldoutAccuracy, Likelihoods,
    OriginAccuracy, PosteriorSummary, Predicted, RollingAccuracy, RollingRequest, Sampling, SpendAccuracy,
    clv_fit, clv_plot_data, clv_predict, money, time_unit,
};
pub use error::{Error, Kind, Result};
pub use histories::ids_of;
pub use outcome::Outcome;
pub use pool::in_pool;
pub use predict::{PredictRequest, PredictedByRun, predict_by_run};
pub use request::{Grouping, ValueRequest};
pub use sql_functions::value_functions;
pub use timing::Stopwatch;
pub use validate::{ValidateRequest, check_purchases, validate};
pub use value::{AliveOverTime, TABLES, alive_over_time, value};
