//! `regulars predict` as the user types it.

use std::path::PathBuf;

use super::SourceArgs;

pub(super) const HELP: &str = "\
Examples:
  regulars predict new_orders.csv --model current --out value.csv
  regulars predict --name shop --model previous orders/ --as-of 2024-12-31 --out value.parquet --contributions why.csv

A row a customer: predicted_ltv with predicted_low and predicted_high by the model that the run chose, p_alive, \
expected_purchases, p_purchase, p_churn, and the forecast of every other model that the run has kept. What is said \
of a customer does not depend on who else is in the files.";

#[derive(Debug, clap::Args)]
pub(crate) struct PredictArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The run whose models are asked: current, previous, or the beginning of its id
    #[arg(long, default_value = "current", value_name = "RUN")]
    pub(crate) model: String,
    /// The data set of that run [default: the one that ran last]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// File to write: .csv, .parquet or .json
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write what every feature adds to every customer's forecast, too (.csv, .parquet, .json)
    #[arg(long, value_name = "FILE")]
    pub(crate) contributions: Option<PathBuf>,
}
