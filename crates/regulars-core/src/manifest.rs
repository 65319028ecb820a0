//! What a run was made from and what it made: the file `manifest.json` of every run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::reading::ReadingPlan;
use crate::validation::RowCounts;

/// The record of one finished run.
///
/// Everything that decides the results stands in `inputs`, `config`, `as_of`, `today` and `seed`;
/// the times, timings, memory and thread count do not. A field added after version 1 has a default,
/// so that older runs are still read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunManifest {
    /// The version of this file's format; 1.
    pub version: u32,
    /// The run's name: when it began (UTC) and a hash of what it was made from.
    pub run_id: String,
    /// The data set.
    pub dataset: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// When it was published, RFC 3339, UTC.
    pub finished_at: String,
    /// The files read, in order.
    pub inputs: Vec<Input>,
    /// What was detected or assumed, one sentence each.
    pub notes: Vec<String>,
    /// How each file was read: every assumption, and what all rows said to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reading: Vec<ReadingPlan>,
    /// The configuration in force, detected parts included.
    pub config: Config,
    /// The steps computed.
    pub steps: Vec<String>,
    /// The seed of everything random.
    pub seed: u64,
    /// The analysis date, `YYYY-MM-DD HH:MM:SS`; nothing later was read.
    pub as_of: String,
    /// The day that "in the future" was judged by, `YYYY-MM-DD`.
    pub today: String,
    /// Decimals of every amount of money in the run.
    pub money_decimals: u8,
    /// The currency, if known.
    pub currency: Option<String>,
    /// Rows read, and what became of them.
    pub rows: RowCounts,
    /// Customers scored.
    pub customers: u64,
    /// The tables of the run.
    pub tables: Vec<TableFile>,
    /// Versions of the product and its engine.
    pub versions: BTreeMap<String, String>,
    /// Seconds by step, in the order they ran, one after the other: their sum is what the run took.
    pub timings_seconds: Vec<(String, f64)>,
    /// Seconds of work within these steps, by part; parts that ran at once, each on a thread, add up to more than
    /// their step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timings_of_parts_seconds: Vec<(String, f64)>,
    /// The most memory the process held, in bytes; 0 where the system does not say.
    pub peak_memory_bytes: u64,
    /// Threads used.
    pub threads: usize,
    /// How the number of clusters was chosen; none where there are no clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<ClusterChoice>,
    /// Which lifetime model was chosen; none where there are no lifetime values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueChoice>,
}

/// Which lifetime model was chosen, and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChoice {
    /// The model chosen.
    pub model: String,
    /// By which rule, in words.
    pub rule: String,
    /// The model that would have been next.
    pub runner_up: Option<String>,
    /// Days ahead that value is forecast for.
    pub horizon_days: u32,
    /// The last day that the judged models knew, `YYYY-MM-DD`.
    pub calibration_end: String,
    /// Days after it that they were judged on.
    pub holdout_days: u32,
}

/// How the number of clusters was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterChoice {
    /// The number chosen.
    pub chosen: usize,
    /// By which rule, in words.
    pub rule: String,
    /// The number that would have been next.
    pub runner_up: Option<usize>,
    /// `weak`, `moderate` or `strong`: how real the clusters are.
    pub strength: String,
}

/// One file read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Path or URL, as the user gave it or as the folder listed it.
    pub path: String,
    /// What it was read as: `transactions`, `customers`, `products`, ...
    pub role: String,
    /// Size in bytes, as stored.
    pub bytes: u64,
    /// SHA-256 of the stored bytes, in hex.
    pub sha256: String,
    /// Data rows in it.
    pub rows: u64,
}

/// One table of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// The table; the file is `<name>.parquet`.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}
