//! Arguments of `regulars clv`.

use std::path::PathBuf;

use clap::Subcommand;

use super::SourceArgs;

const FIT_HELP: &str = "\
Examples:
  regulars clv fit orders.csv --calibration-end 2024-06-30 --unit weeks
  regulars clv fit orders.csv --models bg_nbd,pareto_nbd,gamma_gamma
  regulars clv fit orders.csv --origins 3 --horizon-days 90     backtest at three forecast origins
  regulars clv fit orders.csv --models bg_nbd --posterior       posterior draws
  regulars clv fit orders.csv --models bg_nbd --bootstrap 200   parametric bootstrap intervals
  regulars clv fit orders.csv --customers people.csv --covariates age,channel
  regulars clv fit customers.csv --covariates purchases:age,dropout:channel
  regulars clv fit customers.csv --unit weeks     customer table x, t_x, T, m
  regulars clv fit donors.csv                     table x, t_x, n, customers: BG/BB

Models: nbd, pareto_nbd, bg_nbd, mbg_nbd, bg_cnbd_k, mbg_cnbd_k, gamma_gamma, bg_bb. The first four take \
covariates: numeric columns as they are, categories as dummy variables (at most 12; the most frequent \
category is the reference). With --format csv, one row per parameter.";

#[derive(Debug, Subcommand)]
pub(crate) enum ClvCommand {
    /// Fit models; print parameters, standard errors and holdout accuracy as JSON
    #[command(after_help = FIT_HELP)]
    Fit(ClvFitArgs),
    /// Predict P(alive), purchases and LTV per customer, with intervals
    #[command(
        after_help = "Examples:\n  regulars clv predict orders.csv --out value.csv\n  regulars clv predict orders.csv --model pareto_nbd --horizon-days 90 --discount 0.1/year --out value.parquet\n  regulars clv predict new_orders.csv --use-run current --name shop --out value.csv\n  regulars clv predict donors.csv --occasions 5 --out donors_forecast.csv"
    )]
    Predict(ClvPredictArgs),
    /// Print data for standard diagnostic plots as JSON: tracking, repeat purchases, frequency-recency grids
    #[command(
        name = "plot-data",
        after_help = "Examples:\n  regulars clv plot-data orders.csv --calibration-end 2024-06-30\n  regulars clv plot-data customers.csv --unit weeks --models bg_nbd"
    )]
    PlotData(ClvPlotArgs),
}

/// How lifetime value models count time, and which rows they may drop.
#[derive(Debug, clap::Args)]
pub(crate) struct ClvTimeArgs {
    /// Last day of the calibration period; later days are the holdout period
    #[arg(long, value_name = "DATE")]
    pub(crate) calibration_end: Option<String>,
    /// Time unit of the parameters and, for a customer table, of its times [default: days]
    #[arg(long, value_name = "UNIT", value_parser = ["days", "weeks", "months", "years"])]
    pub(crate) unit: Option<String>,
    /// Orders of a customer within this period count as one purchase [default: day]
    #[arg(long, value_name = "GRAIN", value_parser = ["day", "week"])]
    pub(crate) grain: Option<String>,
    /// Prior standard deviation of the parameters (log scale); smaller shrinks more
    #[arg(long, value_name = "SD", allow_negative_numbers = true)]
    pub(crate) prior: Option<f64>,
    /// Exclude and count invalid rows of a table, and customers without a covariate value
    #[arg(long)]
    pub(crate) allow_bad_rows: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClvFitArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) times: ClvTimeArgs,
    /// Models, comma-separated [default: all that the columns of the input allow]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) models: Vec<String>,
    /// Customer columns as covariates of purchases and dropout, or of one of them: purchases:a,dropout:b
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) covariates: Vec<String>,
    /// Backtest at N forecast origins (orders only)
    #[arg(long, value_name = "N")]
    pub(crate) origins: Option<usize>,
    /// Days after each origin [default: as many as fit into half of the history, at most the configured horizon]
    #[arg(long, value_name = "H", requires = "origins")]
    pub(crate) horizon_days: Option<u32>,
    /// Sample the posterior of the parameters with NUTS; prior standard deviation from --prior, else 2
    #[arg(long)]
    pub(crate) posterior: bool,
    /// Number of chains [default: 4]
    #[arg(long, value_name = "N", requires = "posterior")]
    pub(crate) chains: Option<usize>,
    /// Draws per chain [default: 1000]
    #[arg(long, value_name = "N", requires = "posterior")]
    pub(crate) draws: Option<usize>,
    /// Warm-up draws per chain [default: 300]
    #[arg(long, value_name = "N", requires = "posterior")]
    pub(crate) warmup: Option<usize>,
    /// Target acceptance rate; raise if divergences occur [default: 0.8]
    #[arg(long, value_name = "A", requires = "posterior")]
    pub(crate) acceptance: Option<f64>,
    /// Parametric bootstrap with N replicates: intervals of the parameters
    #[arg(long, value_name = "N")]
    pub(crate) bootstrap: Option<u64>,
    /// Random seed of --posterior and --bootstrap [default: 42]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClvPredictArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) times: ClvTimeArgs,
    /// Horizon in days [default: 365, or the configured horizon with --use-run or a configuration]
    #[arg(long, value_name = "H", allow_negative_numbers = true)]
    pub(crate) horizon_days: Option<f64>,
    /// Horizon in purchase opportunities (BG/BB only)
    #[arg(long, value_name = "N")]
    pub(crate) occasions: Option<u32>,
    /// Model [default: the one with the smallest BIC]
    #[arg(long, value_name = "M")]
    pub(crate) model: Option<String>,
    /// Discount rate, e.g. 0.1/year, 0.01/month or 0.0003/day
    #[arg(long, value_name = "RATE/PERIOD", allow_hyphen_values = true)]
    pub(crate) discount: Option<String>,
    /// Level of the prediction intervals [default: 0.9]
    #[arg(long, value_name = "LEVEL", allow_negative_numbers = true)]
    pub(crate) interval: Option<f64>,
    /// Also write the probabilities of exactly 0, 1, … N purchases in the horizon
    #[arg(long, value_name = "N")]
    pub(crate) purchase_probabilities: Option<usize>,
    /// Use the model stored in a run: current, previous, or the beginning of its id
    #[arg(long, value_name = "RUN")]
    pub(crate) use_run: Option<String>,
    /// Data set of that run [default: the one with the latest run]
    #[arg(long, value_name = "NAME", requires = "use_run")]
    pub(crate) name: Option<String>,
    /// Random seed of the parameter draws
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
    /// Models, comma-separated [default: all that the columns of the input allow]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) models: Vec<String>,
    /// Horizon of the grids, in days [default: the configured horizon]
    #[arg(long, value_name = "H", allow_negative_numbers = true)]
    pub(crate) horizon_days: Option<f64>,
}
