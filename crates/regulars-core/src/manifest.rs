//! Inputs, settings and outputs of a run: the file `manifest.json` of every run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::reading::ReadingPlan;
use crate::validation::RowCounts;

/// The record of one finished run.
///
/// The results are determined by `inputs`, `config`, `as_of`, `today` and `seed`, not by times, memory or the
/// number of threads. Fields added after version 1 have defaults, so that older runs can be read.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct RunManifest {
    /// The version of this file's format: [`RunManifest::VERSION`].
    pub version: u32,
    /// The run id: the start time (UTC) and a hash of the inputs.
    pub run_id: String,
    /// The data set.
    pub dataset: String,
    /// Start time, RFC 3339, UTC.
    pub started_at: String,
    /// Time of publication, RFC 3339, UTC.
    pub finished_at: String,
    /// The files read, in order.
    pub inputs: Vec<Input>,
    /// Detections and assumptions, one sentence each.
    pub notes: Vec<String>,
    /// The reading plan of each file: every assumption, checked against all rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reading: Vec<ReadingPlan>,
    /// The effective configuration, including detected values.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub config: Config,
    /// The optional steps of the run.
    pub steps: Vec<String>,
    /// The steps reused from earlier runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reused: Vec<ReusedStep>,
    /// The random seed.
    pub seed: u64,
    /// The analysis date, `YYYY-MM-DD HH:MM:SS`; later data were ignored.
    pub as_of: String,
    /// The day after which dates count as being in the future, `YYYY-MM-DD`.
    pub today: String,
    /// Decimals of every amount of money in the run.
    pub money_decimals: u8,
    /// The currency, if known.
    pub currency: Option<String>,
    /// Numbers of rows read, accepted, rejected and excluded.
    pub rows: RowCounts,
    /// Customers scored.
    pub customers: u64,
    /// The tables of the run.
    pub tables: Vec<TableFile>,
    /// Versions of the program and its engine.
    pub versions: BTreeMap<String, String>,
    /// Seconds by step, in sequence; they add up to the duration of the run.
    pub timings_seconds: Vec<(String, f64)>,
    /// Seconds by part of a step; parts that ran in parallel add up to more than their step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timings_of_parts_seconds: Vec<(String, f64)>,
    /// Peak memory of the process, in bytes; 0 if unknown.
    pub peak_memory_bytes: u64,
    /// Threads used.
    pub threads: usize,
    /// How the number of clusters was chosen; `None` without clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<ClusterChoice>,
    /// The chosen lifetime value model; `None` without lifetime value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueChoice>,
}

impl RunManifest {
    /// The version that this program writes and reads.
    pub const VERSION: u32 = 2;
}

/// A step whose tables and results are those of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct ReusedStep {
    /// The step.
    pub step: String,
    /// The run that computed it; `None` if it was killed.
    pub run_id: Option<String>,
}

/// The chosen lifetime value model and how it was chosen.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct ValueChoice {
    /// The chosen model.
    pub model: String,
    /// The criterion, in words.
    pub rule: String,
    /// The second-best model.
    pub runner_up: Option<String>,
    /// Forecast horizon in days.
    pub horizon_days: u32,
    /// Last day of the calibration period, `YYYY-MM-DD`.
    pub calibration_end: String,
    /// Length of the holdout period.
    pub holdout_days: u32,
}

/// How the number of clusters was chosen.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct ClusterChoice {
    /// The chosen number.
    pub chosen: usize,
    /// The criterion, in words.
    pub rule: String,
    /// The second-best number.
    pub runner_up: Option<usize>,
    /// Quality of the clusters: `weak`, `moderate` or `strong`.
    pub strength: String,
}

/// One input file.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Input {
    /// Path or URL, as given by the user or listed in the folder.
    pub path: String,
    /// Its role: `transactions`, `customers`, `products`, ...
    pub role: String,
    /// Size in bytes, as stored.
    pub bytes: u64,
    /// SHA-256 of the stored bytes, in hex.
    pub sha256: String,
    /// Number of data rows.
    pub rows: u64,
}

/// One table of a run.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct TableFile {
    /// The table; the file is `<name>.parquet`.
    pub name: String,
    /// Number of rows.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}
