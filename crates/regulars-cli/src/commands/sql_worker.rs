//! `regulars sql-worker`: runs one query for the server in a separate process, which the server kills if it
//! takes too long or too much memory. So no query can crash the server.
//!
//! The request is a line of JSON on standard input; the process exits when standard input closes. The
//! response is a line of JSON (the columns, or the error), followed by the rows.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use regulars_analysis::row_writer::{RowWriter, columns};
use regulars_analysis::rows::{RowColumn, RowFormat};
use regulars_engine::{Engine, Error, Kind, Options};
use regulars_pipeline::{run_tables, sql_functions};
use regulars_store::Home;
use serde::{Deserialize, Serialize};

use crate::environment;
use crate::failure::Result;

/// More threads would speed up one query and slow down all others.
const MAX_THREADS: usize = 4;

/// The server's request.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WorkerRequest {
    pub(crate) home: PathBuf,
    pub(crate) dataset: String,
    pub(crate) run: String,
    pub(crate) sql: String,
    pub(crate) format: RowFormat,
    pub(crate) max_rows: u64,
    /// Memory limit of query plans, in bytes.
    pub(crate) memory_bytes: u64,
    /// Limit of spilled data on disk, in bytes.
    pub(crate) spill_bytes: u64,
    pub(crate) temp_dir: PathBuf,
    /// Time after which the process exits by itself, in seconds, in case nothing kills it.
    pub(crate) timeout_seconds: u64,
}

/// The first line of the response.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Head {
    Answer { columns: Vec<RowColumn>, rows: u64, is_cut: bool },
    Fault { kind: String, message: String, hint: Option<String>, position: Option<(u64, u64)> },
}

struct Found {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    rows: u64,
    is_cut: bool,
}

pub(super) fn answer() -> Result<ExitCode> {
    let mut input = String::new();
    std::io::stdin().read_line(&mut input)?;
    let request: WorkerRequest = serde_json::from_str(&input)?;
    let life = Duration::from_secs(request.timeout_seconds);
    let temp_dir = request.temp_dir.clone();
    std::thread::spawn(move || {
        std::thread::sleep(life);
        end(&temp_dir);
    });
    // The server is gone, so nothing else would end this process and clean up.
    let temp_dir = request.temp_dir.clone();
    environment::at_end_of_stdin(move || end(&temp_dir));
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout());
    match find(&request)? {
        Ok(found) => {
            let head = Head::Answer {
                columns: columns(&found.schema, |_| String::new()),
                rows: found.rows,
                is_cut: found.is_cut,
            };
            writeln!(out, "{}", serde_json::to_string(&head)?)?;
            let mut writer = RowWriter::new(request.format, found.schema, out)?;
            for batch in &found.batches {
                writer.write(batch)?;
            }
            writer.finish()?;
        }
        Err(query_error) => writeln!(out, "{}", serde_json::to_string(&query_error)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Exits immediately, even in the middle of a query.
fn end(temp_dir: &Path) {
    // A file written meanwhile makes the first removal fail; the second one is quick.
    drop(fs_err::remove_dir_all(temp_dir).or_else(|_| fs_err::remove_dir_all(temp_dir)));
    std::process::exit(2);
}

fn find(request: &WorkerRequest) -> Result<std::result::Result<Found, Head>> {
    let run = Home::new(request.home.clone())?.dataset(&request.dataset)?.run(&request.run)?;
    let options = Options {
        threads: environment::processors().min(MAX_THREADS),
        memory_limit_bytes: Some(request.memory_bytes),
        temp_dir: request.temp_dir.clone(),
    };
    let engine = Engine::with_spill_limit(options, Some(request.spill_bytes))?
        .with_functions(sql_functions(&run).unwrap_or_default());
    let hidden = Hidden::of(&run.dir, &request.temp_dir);
    let mut batches: Vec<RecordBatch> = Vec::new();
    let mut rows = 0_u64;
    let mut is_cut = false;
    let outcome =
        engine.for_each_batch(&request.sql, &run_tables(&run), run.manifest.money_decimals, &mut |batch| {
            let room = request.max_rows - rows;
            let taken = (batch.num_rows() as u64).min(room);
            let kept = hidden.take_from(&batch.slice(0, taken as usize));
            batches.push(kept.map_err(|e| Error::Data { message: e.to_string() })?);
            rows += taken;
            is_cut = taken < batch.num_rows() as u64;
            if is_cut {
                return Err(Error::Data { message: "enough rows".to_owned() });
            }
            Ok(())
        });
    Ok(match (outcome, batches.first()) {
        (Ok(schema), _) => {
            let schema = batches.first().map_or(schema, RecordBatch::schema);
            Ok(Found { schema, batches, rows, is_cut })
        }
        (Err(_), Some(first)) if is_cut => Ok(Found { schema: first.schema(), batches, rows, is_cut }),
        (Err(error), _) => Err(query_error(&error, &request.sql, &hidden)),
    })
}

fn query_error(error: &Error, sql: &str, hidden: &Hidden) -> Head {
    let (kind, hint) = match error.kind() {
        Kind::Query => ("invalid", error.hint()),
        Kind::NotAllowed => ("not_allowed", error.hint()),
        Kind::Resources => ("too_large", None),
        Kind::File | Kind::Data | Kind::Internal => ("failed", error.hint()),
    };
    Head::Fault {
        kind: kind.to_owned(),
        message: hidden.take_out(&error.to_string()),
        hint,
        position: position(error, sql),
    }
}

/// Line and column of the error, from 1.
fn position(error: &Error, sql: &str) -> Option<(u64, u64)> {
    match error {
        Error::UnknownTable { name, .. } | Error::UnknownColumn { name, .. } => position_in(name, sql),
        Error::Query { message, .. } => {
            // The parser's messages end in `... at Line: 1, Column: 8`.
            let (_, rest) = message.rsplit_once("at Line: ")?;
            let (line, rest) = rest.split_once(", Column: ")?;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            Some((line.parse().ok()?, digits.parse().ok()?))
        }
        _ => None,
    }
}

/// Position of a name in the query, as a whole word.
fn position_in(name: &str, sql: &str) -> Option<(u64, u64)> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let (text, wanted) = (sql.to_ascii_lowercase(), name.to_ascii_lowercase());
    let at = text.match_indices(&wanted).map(|(at, _)| at).find(|at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + wanted.len()..].chars().next();
        !before.is_some_and(in_word) && !after.is_some_and(in_word)
    })?;
    let before = &sql[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Some((before.matches('\n').count() as u64 + 1, before[line_start..].chars().count() as u64 + 1))
}

/// Local folders, removed from plans (EXPLAIN) and messages.
struct Hidden(Vec<String>);

impl Hidden {
    fn of(run: &Path, temp: &Path) -> Self {
        let mut spellings = Vec::new();
        for folder in [run, temp] {
            let absolute = std::path::absolute(folder).unwrap_or_else(|_unknown| folder.to_owned());
            let plain = absolute.display().to_string();
            let escaped = plain.replace('%', "%25").replace(' ', "%20");
            for text in [plain, escaped] {
                for text in [text.clone(), text.trim_start_matches('/').to_owned()] {
                    if !text.is_empty() && !spellings.contains(&text) {
                        spellings.push(text);
                    }
                }
            }
        }
        // Longest first, so that no part remains.
        spellings.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self(spellings)
    }

    fn is_in(&self, text: &str) -> bool {
        self.0.iter().any(|folder| text.contains(folder.as_str()))
    }

    fn take_out(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, folder| text.replace(&format!("{folder}/"), "").replace(folder, ""))
    }

    fn take_from(&self, batch: &RecordBatch) -> std::result::Result<RecordBatch, arrow::error::ArrowError> {
        if batch.num_columns() == 0 {
            return Ok(batch.clone());
        }
        let is_text = |array: &ArrayRef| {
            matches!(array.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        };
        let mut columns = Vec::with_capacity(batch.num_columns());
        for column in batch.columns() {
            if !is_text(column) {
                columns.push(Arc::clone(column));
                continue;
            }
            let texts = cast(column, &DataType::LargeUtf8)?;
            let texts = texts.as_string::<i64>();
            if !texts.iter().flatten().any(|text| self.is_in(text)) {
                columns.push(Arc::clone(column));
                continue;
            }
            let clean: StringArray = texts.iter().map(|text| text.map(|text| self.take_out(text))).collect();
            columns.push(cast(&(Arc::new(clean) as ArrayRef), column.data_type())?);
        }
        RecordBatch::try_new(batch.schema(), columns)
    }
}
