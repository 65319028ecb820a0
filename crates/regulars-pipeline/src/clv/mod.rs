//! `regulars clv`: lifetime models by themselves, from orders or from a table of customers, without a run.

mod fit;
mod load;
mod plot;
mod predict;
mod table;

pub use fit::{ClvFit, FitAnswer, HoldoutAnswer, SpendAnswer, clv_fit};
pub use load::{ClvRequest, ClvTimes, time_unit};
pub use plot::{ClvPlots, clv_plot_data};
pub use predict::{ClvPredictRequest, Predicted, clv_predict};
