//! Command line arguments.

mod actions;
mod clv;
mod predict;
mod publish;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use regulars_core::tables::tables;

pub(crate) use self::actions::ActionsArgs;
pub(crate) use self::clv::{ClvCommand, ClvFitArgs, ClvPlotArgs, ClvPredictArgs, ClvTimeArgs};
pub(crate) use self::predict::PredictArgs;
pub(crate) use self::publish::{PublishArgs, PublishOptions, RunPublishArgs};

/// Customer analytics from an orders file: RFM segments, clusters, lifetime value and recommended actions.
#[derive(Debug, Parser)]
#[command(
    name = "regulars",
    version,
    after_help = "Examples:\n  regulars demo                         analyse two demo shops and serve the dashboard\n  regulars run orders.csv               analyse the orders in a file\n  regulars report                       print the results\n  regulars export --segment At-Risk --out at_risk.csv\n\nExit codes: 0 success; 1 success, but the data failed a check; 2 error, or a question about the files (nothing is stored)."
)]
pub(crate) struct Args {
    /// Folder where runs are stored [default: the platform's data folder]
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        env = "REGULARS_HOME",
        value_name = "DIR",
        hide_env_values = true
    )]
    pub(crate) home: Option<PathBuf>,
    /// Configuration file [default: regulars.toml in the current folder, if it exists]
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        env = "REGULARS_CONFIG",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,
    /// Output format
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        env = "REGULARS_FORMAT",
        value_enum,
        default_value_t,
        hide_env_values = true
    )]
    pub(crate) format: OutputFormat,
    /// Print results and errors only
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Text tables
    #[default]
    Table,
    /// JSON for programs
    Json,
    /// CSV for spreadsheets
    Csv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Generate two demo shops, analyse them and serve the dashboard
    #[command(
        after_help = "Examples:\n  regulars demo\n  regulars demo --no-serve              exit after the summary\n  regulars demo --addr 127.0.0.1:9000"
    )]
    Demo(DemoArgs),
    /// Generate a synthetic data set of any size
    #[command(
        after_help = "Examples:\n  regulars synth --out data\n  regulars synth --preset kaggle --out data\n  regulars synth --customers 1000000 --seed 7 --files parquet --out big"
    )]
    Synth(SynthArgs),
    /// Inspect files and write a commented regulars.toml
    #[command(
        after_help = "Examples:\n  regulars init orders.csv\n  regulars init --out - 'exports/*.csv'\n  regulars init 'postgres://user@host/db?table=orders'\n\nPresets: synthetic, kaggle_retail, online_retail, olist, shopify, shopify_fivetran, shopify_airbyte, woocommerce, magento, magento_tables, magento_items, stripe, amazon, etsy, paypal, square, complete_journey, cdnow."
    )]
    Init(InitArgs),
    /// Check files without storing anything; exits with 1 if a check of severity error fails
    #[command(
        after_help = "Examples:\n  regulars validate orders.csv\n  regulars validate --rejected rejected.csv 'exports/*.csv'\n  regulars --format json validate orders.parquet\n  regulars validate 'postgres://user@host/db?table=orders'"
    )]
    Validate(ValidateArgs),
    /// Analyse orders and store the results as a run: checks, RFM, segments, clusters, lifetime value
    #[command(
        after_help = "Examples:\n  regulars run orders.csv\n  regulars run --name shop --as-of 2024-12-31 exports/\n  regulars run --preset complete_journey transactions.parquet --products products.csv.gz\n  zcat orders.csv.gz | regulars run --name shop -\n  regulars run s3://bucket/orders/ --memory-limit 2GiB\n  regulars run orders.csv --publish postgres://ann@db.example.com/shop\n  regulars run 'postgres://user@host/db?table=orders' --customers 'postgres://user@host/db?table=customers'\n  regulars run postgres://user@host/db --query \"SELECT * FROM orders WHERE paid\"\n\nPasswords for PostgreSQL: PGPASSWORD or ~/.pgpass."
    )]
    Run(RunArgs),
    /// Score and segment customers and write them to a file, without storing a run
    #[command(
        after_help = "Examples:\n  regulars score orders.csv --out scores.parquet\n  regulars score --method ntile orders.parquet --out scores.csv"
    )]
    Score(ScoreArgs),
    /// Print a run's headline numbers, segments and top customers, or write its pages as one HTML file
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
        after_help = format!("Examples:\n  regulars sql \"SELECT segment, count(*) AS customers, sum(monetary) AS revenue FROM rfm_scores GROUP BY segment ORDER BY revenue DESC\"\n  regulars --format csv sql \"SELECT * FROM customer_features WHERE orders_last_90d >= 3\"\n\nTables: {}.", table_names())
    )]
    Sql(SqlArgs),
    /// Answer one query for the server, from standard input to standard output
    #[command(name = "sql-worker", hide = true)]
    SqlWorker,
    /// Serve one connection over PostgreSQL's protocol
    #[command(name = "wire-worker", hide = true)]
    WireWorker,
    /// Export a table, all tables, or the customers of one segment
    #[command(
        after_help = "Examples:\n  regulars export rfm_scores --out scores.csv\n  regulars export --segment \"At-Risk\" --out at_risk.csv\n  regulars export processed --out folder     the six processed CSV files\n  regulars export all --out folder           every table as CSV, e.g. to load into PostgreSQL (docs/sql.md)"
    )]
    Export(ExportArgs),
    /// Publish a run to PostgreSQL: its tables, all at once
    #[command(after_help = publish::HELP)]
    Publish(PublishArgs),
    /// Cluster a table with one row per customer, without orders and without storing a run
    #[command(
        after_help = "Examples:\n  regulars cluster customers.csv\n  regulars cluster mall_customers.csv --features annual_income,spending_score --out clusters.csv\n  regulars cluster survey.parquet --id respondent --clusters 4\n\nBy default all numeric columns are used. To cluster the customers of an orders file, use `regulars run`."
    )]
    Cluster(ClusterArgs),
    /// Explain why a customer is in its cluster
    #[command(
        name = "cluster-explain",
        after_help = "Examples:\n  regulars cluster-explain 17850\n  regulars --format json cluster-explain 17850 --name shop"
    )]
    ClusterExplain(ExplainArgs),
    /// Assign the customers of other files to the clusters of a run
    #[command(
        after_help = "Examples:\n  regulars assign new_orders.csv --out clusters.csv\n  regulars assign --name shop --run previous new_orders.csv --out clusters.parquet"
    )]
    Assign(AssignArgs),
    /// Predict the lifetime value of customers in other files with a run's models
    #[command(after_help = predict::HELP)]
    Predict(PredictArgs),
    /// Fit lifetime value models and predict with them, without storing a run
    #[command(
        subcommand,
        after_help = "Examples:\n  regulars clv fit orders.csv --calibration-end 2024-06-30\n  regulars clv predict orders.csv --horizon-days 365 --out value.csv\n  regulars clv plot-data orders.csv --calibration-end 2024-06-30 > plots.json\n\nINPUT is an orders file, as for `regulars run`, or a table with one row per customer: x, t_x, T and optionally customer_id, m, litt."
    )]
    Clv(ClvCommand),
    /// Serve the dashboard and the API
    #[command(
        after_help = "Examples:\n  regulars serve\n  regulars serve --addr 0.0.0.0:8080     requires a password or token: `regulars password`, `regulars token`\n  regulars serve --pg 127.0.0.1:5433     also for psql and BI tools: psql -h 127.0.0.1 -p 5433 regulars"
    )]
    Serve(ServeArgs),
    /// Prompt for a password and print the configuration lines for it
    #[command(
        after_help = "Examples:\n  regulars password                      prompts twice\n  regulars password < file >> regulars.toml\n  regulars password --pg ann >> regulars.toml   for a user of `regulars serve --pg`"
    )]
    Password(PasswordArgs),
    /// Create an API token and print it with its configuration lines
    #[command(
        after_help = "Example:\n  regulars token reports\n\nThe token goes to standard output, the configuration lines to standard error."
    )]
    Token {
        /// Name of the program that uses the token
        name: String,
    },
    /// Print shell completions
    #[command(after_help = "Example:\n  regulars completions bash > /etc/bash_completion.d/regulars")]
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  regulars man > /usr/local/share/man/man1/regulars.1")]
    Man,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Exit after the summary
    #[arg(long)]
    pub(crate) no_serve: bool,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    pub(crate) addr: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SynthArgs {
    /// synthetic (two years of a shop) or kaggle (small, with demographics)
    #[arg(long, default_value = "synthetic")]
    pub(crate) preset: String,
    /// Number of customers [default: 50000; kaggle: 500]
    #[arg(long, value_name = "N")]
    pub(crate) customers: Option<u64>,
    /// Random seed
    #[arg(long, default_value_t = 42, value_name = "S")]
    pub(crate) seed: u64,
    /// File formats to write
    #[arg(long, value_enum, default_value_t)]
    pub(crate) files: SynthFiles,
    /// Output folder
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

/// Arguments of every command that reads orders.
#[derive(Debug, clap::Args)]
pub(crate) struct SourceArgs {
    /// Files, folders, patterns, URLs (s3://, gs://, az://, https://), PostgreSQL tables
    /// (<postgres://HOST/DATABASE?table=NAME>), or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<String>,
    /// Rows of this SQL query, run in the database that INPUT names
    #[arg(long, value_name = "SQL")]
    pub(crate) query: Option<String>,
    /// Known format of the files, if not recognised automatically
    #[arg(long, value_name = "P")]
    pub(crate) preset: Option<String>,
    /// Customers file, with attributes such as age and city
    #[arg(long, value_name = "FILE")]
    pub(crate) customers: Option<String>,
    /// Products file, with the category of each product
    #[arg(long, value_name = "FILE")]
    pub(crate) products: Option<String>,
    /// Map a file column to a Regulars field, e.g. `customer_id="Client no"`; repeatable
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub(crate) map: Vec<String>,
    /// Set a configuration key, e.g. to answer a question about the files; repeatable
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Order of day, month and year in dates such as 03/04/2024
    #[arg(long, value_name = "ORDER", value_parser = ["day_first", "month_first", "year_first"])]
    pub(crate) date_order: Option<String>,
    /// Analysis date; later data are ignored [default: date of the last purchase]
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Threads to use [default: all]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Dates after this day are in the future [default: today]
    #[arg(long, value_name = "DATE", env = "REGULARS_TODAY", hide = true)]
    pub(crate) today: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Files, folders, patterns or PostgreSQL tables to inspect
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<String>,
    /// Rows of this SQL query, run in the database that INPUT names
    #[arg(long, value_name = "SQL")]
    pub(crate) query: Option<String>,
    /// Known format of the files, if not recognised automatically
    #[arg(long, value_name = "P")]
    pub(crate) preset: Option<String>,
    /// Map a file column to a Regulars field; repeatable
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub(crate) map: Vec<String>,
    /// Set a configuration key; repeatable
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// File to write; - for standard output
    #[arg(long, default_value = "regulars.toml", value_name = "FILE")]
    pub(crate) out: String,
    /// Overwrite an existing file
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
    /// Data set name [default: from the file name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// PostgreSQL tables: column that grows with every change, e.g. `updated_at`, by which later runs of the data set
    /// read only new and changed rows; deleted rows are not detected
    #[arg(long, value_name = "COLUMN", conflicts_with = "query")]
    pub(crate) watermark: Option<String>,
    /// Steps to compute, comma-separated: scores, clusters, value [default: all]
    #[arg(long, default_value = "all", hide_default_value = true, value_name = "STEPS")]
    pub(crate) steps: String,
    /// Number of clusters [default: chosen from the data]
    #[arg(long, value_name = "K")]
    pub(crate) clusters: Option<usize>,
    /// Horizon of the lifetime value forecast, in days [default: 180]
    #[arg(long, value_name = "H")]
    pub(crate) horizon_days: Option<u32>,
    /// Scoring method
    #[arg(long, value_name = "METHOD", value_parser = ["quantile", "ntile", "thresholds"])]
    pub(crate) method: Option<String>,
    /// Segment rules: classic, eleven, or a TOML file
    #[arg(long, value_name = "RULES")]
    pub(crate) rules: Option<String>,
    /// Random seed
    #[arg(long, default_value_t = 42, value_name = "S")]
    pub(crate) seed: u64,
    /// Memory limit, e.g. 2GiB; larger data spill to disk
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory_limit: Option<String>,
    /// Recompute every step instead of reusing finished steps of earlier runs
    #[arg(long)]
    pub(crate) no_reuse: bool,
    #[command(flatten)]
    pub(crate) publish: RunPublishArgs,
    /// Report progress and errors as JSON lines on standard error
    #[arg(long, hide = true)]
    pub(crate) tell: bool,
    /// Exit when standard input closes
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

/// Selects a data set and a run.
#[derive(Debug, clap::Args)]
pub(crate) struct RunSelection {
    /// Data set [default: the one with the latest run]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Run: current, previous, or the beginning of its id
    #[arg(long, default_value = "current", value_name = "RUN")]
    pub(crate) run: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) which: RunSelection,
    /// Write the dashboard as one HTML file to email or host; - for standard output. Contains customer ids
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List the runs of one data set, or of all
    List {
        /// Data set [default: all]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Print the manifest of a run
    Show {
        /// Run: current, previous, or the beginning of its id
        #[arg(default_value = "current")]
        run: String,
        /// Data set [default: the one with the latest run]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Verify the size and hash of every file
        #[arg(long)]
        verify: bool,
    },
    /// Compare two runs
    Diff {
        /// Earlier run
        #[arg(default_value = "previous")]
        before: String,
        /// Later run
        #[arg(default_value = "current")]
        after: String,
        /// Data set [default: the one with the latest run]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Remove old runs; the current run is always kept
    Prune {
        /// Number of newest runs to keep
        #[arg(long, default_value_t = 5, value_name = "N")]
        keep: usize,
        /// Data set [default: the one with the latest run]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Only list what would be removed
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct SqlArgs {
    /// SQL query
    #[arg(value_name = "SELECT ...")]
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) which: RunSelection,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Table, `all` for one CSV file per table, or `processed` for the six processed CSV files
    #[arg(required_unless_present = "segment", conflicts_with = "segment")]
    pub(crate) table: Option<String>,
    /// Export the customers of one segment instead
    #[arg(long, value_name = "S")]
    pub(crate) segment: Option<String>,
    #[command(flatten)]
    pub(crate) which: RunSelection,
    /// File to write: .csv, .parquet or .json (for `all` and `processed` a folder)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClusterArgs {
    /// File (CSV or Parquet), URL, or - for standard input
    #[arg(value_name = "INPUT")]
    pub(crate) input: String,
    /// Customer id column [default: detected by its name]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// Columns to cluster on, comma-separated [default: all numeric columns]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) features: Option<Vec<String>>,
    /// Number of clusters [default: chosen from the data]
    #[arg(long, value_name = "K")]
    pub(crate) clusters: Option<usize>,
    /// Use raw values: no log transform, no scaling, no clipping of outliers
    #[arg(long)]
    pub(crate) raw: bool,
    /// Write each customer's cluster to this file (.csv, .parquet, .json)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Random seed
    #[arg(long, default_value_t = 42, value_name = "S")]
    pub(crate) seed: u64,
    /// Threads to use [default: all]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// Customer id
    #[arg(value_name = "CUSTOMER")]
    pub(crate) customer: String,
    #[command(flatten)]
    pub(crate) which: RunSelection,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AssignArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) which: RunSelection,
    /// File to write: .csv, .parquet or .json
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    pub(crate) addr: String,
    /// Also serve the tables over PostgreSQL's protocol, for psql, BI tools and drivers
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) pg: Option<String>,
    /// Exit when standard input closes
    #[arg(long, hide = true)]
    pub(crate) end_with_stdin: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PasswordArgs {
    /// Create a password for this user of `regulars serve --pg`, instead of the dashboard's
    #[arg(long, value_name = "USER")]
    pub(crate) pg: Option<String>,
}

/// Parses a number of threads.
fn table_names() -> String {
    tables().iter().map(|table| table.name).collect::<Vec<_>>().join(", ")
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number of at least 1".to_owned()),
        Ok(threads) => Ok(threads),
    }
}
