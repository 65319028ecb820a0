//! `regulars clv` as the user types it.

use std::path::PathBuf;

use clap::Subcommand;

use super::SourceArgs;

const FIT_HELP: &str = "\
Examples:
  regulars clv fit orders.csv --calibration-end 2024-06-30 --unit weeks
  regulars clv fit orders.csv --models bg_nbd,pareto_nbd,gamma_gamma
  regulars clv fit orders.csv --origins 3 --horizon-days 90     judged from three days
  regulars clv fit orders.csv --models bg_nbd --posterior       draws of the parameters
  regulars clv fit orders.csv --models bg_nbd --bootstrap 200   intervals by drawing the shop anew
  regulars clv fit orders.csv --customers people.csv --covariates age,channel
  regulars clv fit customers.csv --covariates purchases:age,dropout:channel
  regulars clv fit customers.csv --unit weeks     a table x, t_x, T, m
  regulars clv fit donors.csv                     a table x, t_x, n, customers: BG/BB

Models: nbd, pareto_nbd, bg_nbd, mbg_nbd, bg_cnbd_k, mbg_cnbd_k, gamma_gamma, bg_bb. The first four take \
covariates: numbers as they are, up to 12 words as 0 or 1 beside the most frequent word. With --format csv one \
line a parameter.";

#[derive(Debug, Subcommand)]
pub(crate) enum ClvCommand {
    /// Fit models and print parameters, errors and how they did, as JSON
    #[command(after_help = FIT_HELP)]
    Fit(ClvFitArgs),
    /// Predict every customer: chance to be alive, purchases, value, with intervals
    #[command(
        after_help = "Examples:\n  regulars clv predict orders.csv --out value.csv\n  regulars clv predict orders.csv --model pareto_nbd --horizon-days 90 --discount 0.1/year --out value.parquet\n  regulars clv predict new_orders.csv --use-run current --name shop --out value.csv\n  regulars clv predict donors.csv --occasions 5 --out donors_ahead.csv"
    )]
    Predict(ClvPredictArgs),
    /// Print the numbers of the customary pictures as JSON: tracking, repeat purchases, grids
    #[command(
        name = "plot-data",
        after_help = "Examples:\n  regulars clv plot-data orders.csv --calibration-end 2024-06-30\n  regulars clv plot-data customers.csv --unit weeks --models bg_nbd"
    )]
    PlotData(ClvPlotArgs),
}

/// How lifetime models count time, and what they may leave out.
#[derive(Debug, clap::Args)]
pub(crate) struct ClvTimeArgs {
    /// Last day that the models know; what is later is held out and judged
    #[arg(long, value_name = "DATE")]
    pub(crate) calibration_end: Option<String>,
    /// Unit of the parameters; of a table the unit of its times [default: days]
    #[arg(long, value_name = "UNIT", value_parser = ["days", "weeks", "months", "years"])]
    pub(crate) unit: Option<String>,
    /// What counts as one purchase: what a customer buys in a day, or in a week [default: day]
    #[arg(long, value_name = "GRAIN", value_parser = ["day", "week"])]
    pub(crate) grain: Option<String>,
    /// Pull parameters towards plain values, for few customers: 1 is firm, 3 is hardly felt
    #[arg(long, value_name = "SPREAD", allow_negative_numbers = true)]
    pub(crate) prior: Option<f64>,
    /// Leave out rows of a table that cannot be, and customers without a covariate, and count them
    #[arg(long)]
    pub(crate) allow_bad_rows: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClvFitArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) times: ClvTimeArgs,
    /// Models, separated by commas [default: all that the input has the columns for]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) models: Vec<String>,
    /// Columns of the customers that move buying and leaving, or only one of them: purchases:a,dropout:b
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) covariates: Vec<String>,
    /// Judge models from N days, each on what came after it (orders only)
    #[arg(long, value_name = "N")]
    pub(crate) origins: Option<usize>,
    /// Days after each origin [default: as many as half of the history has room for, at most 365]
    #[arg(long, value_name = "H", requires = "origins")]
    pub(crate) horizon_days: Option<u32>,
    /// Sample the posterior of the parameters by the No-U-Turn sampler; around --prior, else a spread of 2
    #[arg(long)]
    pub(crate) posterior: bool,
    /// Chains of draws [default: 4]
    #[arg(long, value_name = "N", requires = "posterior")]
    pub(crate) chains: Option<usize>,
    /// Draws of each chain [default: 1000]
    #[arg(long, value_name = "N", requires = "posterior")]
    pub(crate) draws: Option<usize>,
    /// Draws of each chain before, to adapt [default: 300]
    #[arg(long, value_name = "N", requires = "posterior")]
    pub(crate) warmup: Option<usize>,
    /// Acceptance that the step size aims at; higher where draws run off [default: 0.8]
    #[arg(long, value_name = "A", requires = "posterior")]
    pub(crate) acceptance: Option<f64>,
    /// Draw the shop anew N times from each model and fit again: intervals of the parameters
    #[arg(long, value_name = "N")]
    pub(crate) bootstrap: Option<u64>,
    /// Seed of the draws of --posterior and --bootstrap [default: 42]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClvPredictArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) times: ClvTimeArgs,
    /// Days ahead [default: 365]
    #[arg(long, value_name = "H", allow_negative_numbers = true)]
    pub(crate) horizon_days: Option<f64>,
    /// Occasions ahead, for a table that counts occasions
    #[arg(long, value_name = "N")]
    pub(crate) occasions: Option<u32>,
    /// The model [default: the one with the smallest BIC]
    #[arg(long, value_name = "M")]
    pub(crate) model: Option<String>,
    /// Interest by which purchases ahead count for less, such as 0.1/year, 0.01/month or 0.0003/day
    #[arg(long, value_name = "RATE/PERIOD", allow_hyphen_values = true)]
    pub(crate) discount: Option<String>,
    /// The chance that an interval is meant to hold what happens [default: 0.9]
    #[arg(long, value_name = "LEVEL", allow_negative_numbers = true)]
    pub(crate) interval: Option<f64>,
    /// Write the chances of exactly 0, 1, … N purchases within the horizon, too
    #[arg(long, value_name = "N")]
    pub(crate) chances: Option<usize>,
    /// Use the model that a run has kept: current, previous, or the beginning of its id
    #[arg(long, value_name = "RUN")]
    pub(crate) use_run: Option<String>,
    /// The data set of that run [default: the one that ran last]
    #[arg(long, value_name = "NAME", requires = "use_run")]
    pub(crate) name: Option<String>,
    /// Seed of the draws of parameters
    #[arg(long, default_value_t = 42, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// File to write: .csv, .parquet or .json
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClvPlotArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) times: ClvTimeArgs,
    /// Models, separated by commas [default: all that the input has the columns for]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) models: Vec<String>,
    /// Days ahead of the expectations in the grids [default: 365]
    #[arg(long, value_name = "H", allow_negative_numbers = true)]
    pub(crate) horizon_days: Option<f64>,
}
