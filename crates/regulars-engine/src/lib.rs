//! All query plans over the clean tables of a run, on embedded Apache DataFusion: customer features, RFM
//! measures, headline numbers, and the user's SQL.
//!
//! Deliberately not here: reading sources (`regulars-ingest`), the definitions of scores and segments
//! (`regulars-core`), and the layout of a run's folder (`regulars-store`). Plans read only Parquet files.

mod error;
mod functions;
mod memory;
pub mod plans;
pub mod session;
pub mod sql;
mod writer;

pub use datafusion::DATAFUSION_VERSION;
pub use error::{Error, Kind, Result};
pub use plans::features::FeatureParams;
pub use plans::orders::{Inputs, PurchaseRules};
pub use plans::overview::{MonthRevenue, Overview, PeriodBounds, PeriodFigures};
pub use plans::purchases::{PurchaseFold, PurchaseRows};
pub use plans::rfm_columns::{RfmColumns, rfm_from_features};
pub use session::{Engine, Options};
pub use sql::{
    Compute, Format, FunctionType, FunctionValues, ModelFunction, QueryRows, RunTable, call, open_table,
    plan_postgres, query_error, read_only,
};
