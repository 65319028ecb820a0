//! The command line as the user types it.

mod actions;
mod clv;
mod predict;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use self::actions::ActionsArgs;
pub(crate) use self::clv::{ClvCommand, ClvFitArgs, ClvPlotArgs, ClvPredictArgs, ClvTimeArgs};
pub(crate) use self::predict::PredictArgs;

/// Customer analytics from an orders file: who the customers are, and what to do about it.
#[derive(Debug, Parser)]
#[command(
    name = "regulars",
    version,
    after_help = "Examples:\n  regulars demo                         two demonstration shops, in the browser\n  regulars run orders.csv               score and segment the customers of a file\n  regulars report                       what came out\n  regulars export --segment At-Risk --out at_risk.csv\n\nExit codes: 0 done, 1 done but the data failed a check, 2 error, or a question about the files (nothing is kept)."
)]
pub(crate) struct Args {
    /// Folder that runs are kept in [default: the platform's data folder]
    #[arg(long, global = true, env = "REGULARS_HOME", value_name = "DIR", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,
    /// Configuration [default: regulars.toml in the current folder, if there]
    #[arg(long, global = true, env = "REGULARS_CONFIG", value_name = "FILE", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, env = "REGULARS_FORMAT", value_enum, default_value_t, hide_env_values = true)]
    pub(crate) format: OutputFormat,
    /// Print results and errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Generate the demonstration shops, run them, and show them in the browser
    #[command(
        after_help = "Examples:\n  regulars demo\n  regulars demo --no-serve              end after the summary\n  regulars demo --addr 127.0.0.1:9000"
    )]
    Demo(DemoArgs),
    /// Write a demonstration data set of any size
    #[command(
        after_help = "Examples:\n  regulars synth --out data\n  regulars synth --preset kaggle --out data\n  regulars synth --customers 1000000 --seed 7 --files parquet --out big"
    )]
    Synth(SynthArgs),
    /// Inspect files and write a commented regulars.toml
    #[command(
        after_help = "Examples:\n  regulars init orders.csv\n  regulars init --out - 'exports/*.csv'\n\nPresets: synthetic, kaggle_retail, online_retail, olist, shopify, shopify_fivetran, shopify_airbyte, woocommerce, magento, magento_tables, magento_items, stripe, amazon, etsy, paypal, square, complete_journey, cdnow."
    )]
    Init(InitArgs),
    /// Check files without keeping anything; exits 1 when a check of severity error fails
    #[command(
        after_help = "Examples:\n  regulars validate orders.csv\n  regulars validate --rejected rejected.csv 'exports/*.csv'\n  regulars --format json validate orders.parquet"
    )]
    Validate(ValidateArgs),
    /// Read, check, score, segment, cluster and value, and keep the result as a run
    #[command(
        after_help = "Examples:\n  regulars run orders.csv\n  regulars run --name shop --as-of 2024-12-31 exports/\n  regulars run --preset complete_journey transactions.parquet --products products.csv.gz\n  zcat orders.csv.gz | regulars run --name shop -\n  regulars run s3://bucket/orders/ --memory-limit 2GiB"
    )]
    Run(RunArgs),
    /// Score and segment the customers of files straight into a file, without keeping a run
    #[command(
        after_help = "Examples:\n  regulars score orders.csv --out scores.parquet\n  regulars score --method ntile orders.parquet --out scores.csv"
    )]
    Score(ScoreArgs),
    /// Print the headline numbers, segments and best customers of a run, or write its pages as a file
    #[command(
        after_help = "Examples:\n  regulars report\n  regulars report --name shop --run previous\n  regulars --format json report\n  regulars report --html shop.html          the dashboard as one file"
    )]
    Report(ReportArgs),
    /// Recommend actions per segment; rank contacts within a budget
    #[command(after_help = actions::HELP)]
    Actions(ActionsArgs),
    /// List, show, compare and remove runs
    #[command(
        subcommand,
        after_help = "Examples:\n  regulars runs list\n  regulars runs show current\n  regulars runs diff previous current\n  regulars runs prune --keep 5"
    )]
    Runs(RunsCommand),
    /// Query a run's tables with SQL
    #[command(
        after_help = "Examples:\n  regulars sql \"SELECT segment, count(*) AS customers, sum(monetary) AS revenue FROM rfm_scores GROUP BY segment ORDER BY revenue DESC\"\n  regulars --format csv sql \"SELECT * FROM customer_features WHERE orders_last_90d >= 3\"\n\nTables: transactions, returns, excluded, rejected, customers, customer_features, rfm_scores, customer_segments, rfm_summary, rfm_cuts, monthly_revenue, customer_clusters, cluster_statistics, cluster_centers, cluster_selection, cluster_segments, cluster_alternatives, ltv_predictions, model_comparison, model_parameters, ltv_tracking, ltv_frequency, ltv_deciles, ltv_drivers, feature_importance, churn_comparison, churn_reliability, segment_actions, opportunities, opportunity_summary."
    )]
    Sql(SqlArgs),
    /// Answer one query of the server: asked on standard input, answered on standard output
    #[command(name = "sql-worker", hide = true)]
    SqlWorker,
    /// Write a result, or the customers of one segment, to a file
    #[command(
        after_help = "Examples:\n  regulars export rfm_scores --out scores.csv\n  regulars export --segment \"At-Risk\" --out at_risk.csv\n  regulars export processed --out folder     the six processed CSV files"
    )]
    Export(ExportArgs),
    /// Cluster a table with one row per customer, without orders and without keeping a run
    #[command(
        after_help = "Examples:\n  regulars cluster customers.csv\n  regulars cluster mall_customers.csv --features annual_income,spending_score --out clusters.csv\n  regulars cluster survey.parquet --id respondent --clusters 4\n\nColumns that hold nothing but numbers are used unless --features names some. Clusters of orders come with `regulars run`."
    )]
    Cluster(ClusterArgs),
    /// Say why a customer is in its cluster
    #[command(
        name = "cluster-explain",
        after_help = "Examples:\n  regulars cluster-explain 17850\n  regulars --format json cluster-explain 17850 --name shop"
    )]
    ClusterExplain(ExplainArgs),
    /// Place the customers of other files in the clusters of a run
    #[command(
        after_help = "Examples:\n  regulars assign new_orders.csv --out clusters.csv\n  regulars assign --name shop --run previous new_orders.csv --out clusters.parquet"
    )]
    Assign(AssignArgs),
    /// Predict what the customers of other files will spend, by the models that a run has kept
    #[command(after_help = predict::HELP)]
    Predict(PredictArgs),
    /// Fit lifetime models, and predict with them, without a run
    #[command(
        subcommand,
        after_help = "Examples:\n  regulars clv fit orders.csv --calibration-end 2024-06-30\n  regulars clv predict orders.csv --horizon-days 365 --out value.csv\n  regulars clv plot-data orders.csv --calibration-end 2024-06-30 > plots.json\n\nINPUT is orders, as for `regulars run`, or a table of customers with the columns x, t_x, T and, if known, customer_id, m, litt."
    )]
    Clv(ClvCommand),
    /// Show the runs in the browser
    #[command(
        after_help = "Examples:\n  regulars serve\n  regulars serve --addr 0.0.0.0:8080     needs a password or a token: `regulars password`, `regulars token`"
    )]
    Serve(ServeArgs),
    /// Print the lines of the configuration for a password, which is asked for
    #[command(
        after_help = "Examples:\n  regulars password                      asks for it twice\n  regulars password < file >> regulars.toml"
    )]
    Password,
    /// Make a token for a program, and print it with the lines of the configuration
    #[command(
        after_help = "Example:\n  regulars token reports\n\nThe token goes to standard output, the lines to standard error."
    )]
    Token {
        /// What the program is called
        name: String,
    },
    /// Print completions for a shell
    #[command(after_help = "Example:\n  regulars completions bash > /etc/bash_completion.d/regulars")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  regulars man > /usr/local/share/man/man1/regulars.1")]
    Man,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// End after the summary
    #[arg(long)]
    pub(crate) no_serve: bool,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    pub(crate) addr: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SynthArgs {
    /// synthetic (a shop of two years) or kaggle (small, with demographics)
    #[arg(long, default_value = "synthetic")]
    pub(crate) preset: String,
    /// How many customers [default: 50000, for kaggle 500]
    #[arg(long, value_name = "N")]
    pub(crate) customers: Option<u64>,
    /// Same seed, same data
    #[arg(long, default_value_t = 42, value_name = "S")]
    pub(crate) seed: u64,
    /// Kinds of files to write
    #[arg(long, value_enum, default_value_t)]
    pub(crate) files: SynthFiles,
    /// Folder to write into
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum SynthFiles {
    #[default]
    Both,
    Parquet,
    Csv,
}

/// What every command that reads sources takes.
#[derive(Debug, clap::Args)]
pub(crate) struct SourceArgs {
    /// Files, folders, patterns, URLs (s3://, gs://, az://), or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<String>,
    /// Format of the files, if it is not recognised
    #[arg(long, value_name = "P")]
    pub(crate) preset: Option<String>,
    /// A customers file, with attributes such as age and city
    #[arg(long, value_name = "FILE")]
    pub(crate) customers: Option<String>,
    /// A products file, with the category of each product
    #[arg(long, value_name = "FILE")]
    pub(crate) products: Option<String>,
    /// Map a column of the files to a field of Regulars; can be given several times
    #[arg(long = "map", value_name = "COLUMN=NAME")]
    pub(crate) map: Vec<String>,
    /// Set a key of the configuration, as questions name them; can be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// How dates such as 03/04/2024 are read
    #[arg(long, value_name = "ORDER", value_parser = ["day_first", "month_first", "year_first"])]
    pub(crate) date_order: Option<String>,
    /// Analysis date; nothing after it is counted [default: the last purchase]
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Threads to use [default: all]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// The day that dates in the future are judged by [default: today]
    #[arg(long, value_name = "DATE", env = "REGULARS_TODAY", hide = true)]
    pub(crate) today: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Files, folders or patterns to look at
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<String>,
    /// Format of the files, if it is not recognised
    #[arg(long, value_name = "P")]
    pub(crate) preset: Option<String>,
    /// Map a column of the files to a field of Regulars
    #[arg(long = "map", value_name = "COLUMN=NAME")]
    pub(crate) map: Vec<String>,
    /// Set a key of the configuration; can be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// File to write, - for standard output
    #[arg(long, default_value = "regulars.toml", value_name = "FILE")]
    pub(crate) out: String,
    /// Replace the file if it is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Write the rejected rows to this file (.csv, .parquet, .json)
    #[arg(long, value_name = "FILE")]
    pub(crate) rejected: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Name of the data set [default: from the file's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Steps to compute, separated by commas: scores, clusters, value [default: all]
    #[arg(long, default_value = "all", hide_default_value = true, value_name = "STEPS")]
    pub(crate) steps: String,
    /// How many clusters to make [default: as many as the data show]
    #[arg(long, value_name = "K")]
    pub(crate) clusters: Option<usize>,
    /// Days ahead that lifetime value is forecast for [default: 180]
    #[arg(long, value_name = "H")]
    pub(crate) horizon_days: Option<u32>,
    /// Scoring method
    #[arg(long, value_name = "METHOD", value_parser = ["quantile", "ntile", "thresholds"])]
    pub(crate) method: Option<String>,
    /// Segment rules: classic, eleven, or a TOML file
    #[arg(long, value_name = "RULES")]
    pub(crate) rules: Option<String>,
    /// Seed of everything random
    #[arg(long, default_value_t = 42, value_name = "S")]
    pub(crate) seed: u64,
    /// Memory to stay within, such as 2GiB; large data are spilled to disk
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory_limit: Option<String>,
    /// Say progress and errors as lines of JSON on standard error
    #[arg(long, hide = true)]
    pub(crate) tell: bool,
    /// End when standard input does
    #[arg(long, hide = true)]
    pub(crate) end_with_stdin: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ScoreArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// File to write: .csv, .parquet or .json
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Scoring method
    #[arg(long, value_name = "METHOD", value_parser = ["quantile", "ntile", "thresholds"])]
    pub(crate) method: Option<String>,
    /// Segment rules: classic, eleven, or a TOML file
    #[arg(long, value_name = "RULES")]
    pub(crate) rules: Option<String>,
}

/// Which data set and run.
#[derive(Debug, clap::Args)]
pub(crate) struct WhichArgs {
    /// The data set [default: the one that ran last]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The run: current, previous, or the beginning of its id
    #[arg(long, default_value = "current", value_name = "RUN")]
    pub(crate) run: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) which: WhichArgs,
    /// Write the pages of the dashboard as one HTML file instead, to mail or to host; `-` is standard
    /// output. It names customers by their ids
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List the runs of a data set, or of all
    List {
        /// The data set [default: all]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Print the manifest of a run
    Show {
        /// The run: current, previous, or the beginning of its id
        #[arg(default_value = "current")]
        run: String,
        /// The data set [default: the one that ran last]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Compare every file with its recorded size and hash
        #[arg(long)]
        verify: bool,
    },
    /// Say what differs between two runs
    Diff {
        /// The earlier run
        #[arg(default_value = "previous")]
        before: String,
        /// The later run
        #[arg(default_value = "current")]
        after: String,
        /// The data set [default: the one that ran last]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Remove old runs; the current one always stays
    Prune {
        /// How many of the newest runs to keep
        #[arg(long, default_value_t = 5, value_name = "N")]
        keep: usize,
        /// The data set [default: the one that ran last]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct SqlArgs {
    /// The query
    #[arg(value_name = "SELECT ...")]
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) which: WhichArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// A table, or `processed` for the six processed CSV files
    #[arg(required_unless_present = "segment", conflicts_with = "segment")]
    pub(crate) table: Option<String>,
    /// The customers of one segment instead
    #[arg(long, value_name = "S")]
    pub(crate) segment: Option<String>,
    #[command(flatten)]
    pub(crate) which: WhichArgs,
    /// File to write: .csv, .parquet or .json (for `processed` a folder)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClusterArgs {
    /// A file (CSV or Parquet), a URL, or - for standard input
    #[arg(value_name = "INPUT")]
    pub(crate) input: String,
    /// The column of the customer's id [default: found by its name]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// Columns to cluster by, separated by commas [default: all numbers]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) features: Option<Vec<String>>,
    /// How many clusters to make [default: as many as the data show]
    #[arg(long, value_name = "K")]
    pub(crate) clusters: Option<usize>,
    /// Take the numbers as they are: no logarithms, no scaling, no outliers moved
    #[arg(long)]
    pub(crate) as_they_are: bool,
    /// Write who is in which cluster to this file (.csv, .parquet, .json)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of everything random
    #[arg(long, default_value_t = 42, value_name = "S")]
    pub(crate) seed: u64,
    /// Threads to use [default: all]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// The customer's id
    #[arg(value_name = "CUSTOMER")]
    pub(crate) customer: String,
    #[command(flatten)]
    pub(crate) which: WhichArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AssignArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) which: WhichArgs,
    /// File to write: .csv, .parquet or .json
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    pub(crate) addr: String,
    /// End when standard input does
    #[arg(long, hide = true)]
    pub(crate) end_with_stdin: bool,
}

/// A number of threads.
fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number from 1".to_owned()),
        Ok(threads) => Ok(threads),
    }
}
