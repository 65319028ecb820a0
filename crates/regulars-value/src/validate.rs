//! Reads and checks sources without storing a run.

use std::path::Path;

use regulars_core::config::Config;
use regulars_core::money::format_count;
use regulars_core::progress::Progress;
use regulars_ingest::{Ingested, InputPaths, Request};

use crate::error::{Error, Kind, Result};

/// The sources to check, and how to read them.
#[derive(Clone)]
pub struct ValidateRequest<'a> {
    /// The files.
    pub input_paths: &'a InputPaths,
    /// The user's configuration.
    pub config: &'a Config,
    /// Later data are ignored.
    pub as_of_micros: Option<i64>,
    /// Midnight of today.
    pub today_micros: i64,
    /// An empty folder for temporary files; the caller removes it.
    pub scratch: &'a Path,
    /// Threads for reading.
    pub threads: usize,
    /// Object store options.
    pub store_options: &'a [(String, String)],
    /// Receives progress.
    pub progress: &'a dyn Progress,
}

/// Reads and checks everything; rejected rows are in `scratch/rejected.parquet` afterwards.
///
/// Errors: what cannot be read at all; failed checks are in the report, not an error.
pub fn validate(request: &ValidateRequest<'_>) -> Result<Ingested> {
    Ok(regulars_ingest::ingest(&request.reading())?)
}

/// Rejects sources in which no row counts as a purchase.
///
/// Errors: [`Kind::Input`], with the most frequent reasons.
pub fn check_purchases(ingested: &Ingested) -> Result<()> {
    let report = &ingested.report;
    if report.rows.clean > 0 {
        return Ok(());
    }
    let reasons = report.rejected_by_reason.iter().chain(&report.excluded_by_reason).take(3);
    let reasons: Vec<String> =
        reasons.map(|(reason, count)| format!("{reason}: {}", format_count(*count))).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    Err(Error {
        hint: Some(
            "run `regulars validate` on the same files to see each reason with sample rows".to_owned(),
        ),
        ..Error::new(
            Kind::Input,
            format!("none of the {} rows counts as a purchase{reasons}", format_count(report.rows.read)),
        )
    })
}

impl<'a> ValidateRequest<'a> {
    /// The same request for the crate that reads; temporary files go to `scratch`.
    pub fn reading(&self) -> Request<'a> {
        Request {
            input_paths: self.input_paths,
            config: self.config,
            as_of_micros: self.as_of_micros,
            today_micros: self.today_micros,
            out: self.scratch,
            scratch: self.scratch,
            threads: self.threads,
            store_options: self.store_options,
            progress: self.progress,
        }
    }
}
