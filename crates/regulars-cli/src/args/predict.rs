//! Arguments of `regulars predict`.

use std::path::PathBuf;

use super::SourceArgs;

pub(super) const HELP: &str = "\
Examples:
  regulars predict new_orders.csv --model current --out value.csv
  regulars predict --name shop --model previous orders/ --as-of 2024-12-31 --out value.parquet --contributions contributions.csv

One row per customer: predicted_ltv with predicted_low and predicted_high by the model that the run chose, \
p_alive, expected_purchases, p_purchase, p_churn, and the forecast of every other model of the run. A \
customer's forecast does not depend on the other customers in the files.";

#[derive(Debug, clap::Args)]
pub(crate) struct PredictArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Run whose models are used: current, previous, or the beginning of its id
    #[arg(long, default_value = "current", value_name = "RUN")]
    pub(crate) model: String,
    /// Data set of that run [default: the one with the latest run]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// File to write: .csv, .parquet or .json
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Also write each feature's contribution to each forecast (.csv, .parquet, .json)
    #[arg(long, value_name = "FILE")]
    pub(crate) contributions: Option<PathBuf>,
}
