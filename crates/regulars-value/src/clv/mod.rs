//! `regulars clv`: lifetime models from orders or from a table of customers, without a run.

mod attributes;
mod covariates;
mod fit;
mod load;
mod orders;
mod origins;
mod plot;
mod predict;
mod table;

pub use fit::{
    BootstrapIntervals, BootstrapSettings, ClvFit, ClvFitRequest, Coefficient, CovariateEffects, FitSummary,
    HoldoutAccuracy, Likelihoods, OriginAccuracy, PosteriorSummary, RollingAccuracy, Sampling, SpendAccuracy,
    clv_fit,
};
pub use load::{ClvRequest, ClvTimes, GivenOptions, time_unit};
pub use origins::RollingRequest;
pub use plot::{ClvPlots, clv_plot_data};
pub use predict::{ClvPredictRequest, Predicted, clv_predict, money};
