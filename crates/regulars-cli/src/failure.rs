//! Errors of commands: message, hint and exit code.

use std::process::ExitCode;

use regulars_analysis::error::BackendError;
use regulars_core::question::{Question, Reading};
use serde::Serialize;

use crate::args::OutputFormat;
use crate::lines::Line;
use crate::printer;

/// Success, but the data failed a check.
pub(crate) const CHECK_FAILED: u8 = 1;
/// An error.
const ERROR: u8 = 2;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    /// A question that only the user can answer.
    question: Option<Box<Question>>,
    /// The reader of our output is gone, so there is nothing to report.
    silent: bool,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, question: None, silent: false }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The message and the hint.
    pub(crate) fn into_parts(self) -> (String, Option<String>) {
        (self.message, self.hint)
    }

    /// The question to the user, or the failure itself if there is none.
    pub(crate) fn into_question(self) -> std::result::Result<Box<Question>, Self> {
        match self.question {
            Some(question) => Ok(question),
            None => Err(self),
        }
    }

    /// The failure as a line for the parent process.
    pub(crate) fn as_line(&self) -> Line {
        Line::Failure {
            message: self.message.clone(),
            hint: self.hint.clone(),
            question: self.question.as_deref().cloned(),
        }
    }

    /// Prints the failure and returns its exit code. With JSON output, a question is printed to standard
    /// output as a regular result.
    #[expect(clippy::print_stderr, reason = "the one place where errors reach the user")]
    pub(crate) fn report(self, format: OutputFormat) -> ExitCode {
        if self.silent {
            return ExitCode::SUCCESS;
        }
        match self.question {
            Some(question) if format == OutputFormat::Json => {
                if let Err(failure) = printer::json(&Asked::of(&question)) {
                    return failure.report(OutputFormat::Table);
                }
            }
            Some(question) => {
                eprintln!("question: {}", question.text);
                eprintln!("The files can be read in several ways; nothing was stored. Choose one of:");
                for line in question.lines() {
                    eprintln!("  {line}");
                }
            }
            None => {
                eprintln!("error: {}", self.message);
                if let Some(hint) = self.hint {
                    eprintln!("hint: {hint}");
                }
            }
        }
        ExitCode::from(ERROR)
    }
}

/// A question as JSON.
#[derive(Serialize)]
struct Asked<'a> {
    question: &'a str,
    /// The ways to read the files, most likely first.
    readings: Vec<Answer<'a>>,
}

/// One way to read the files and its resulting counts. There are none if it raises a further question or
/// the files cannot be read in this way; `problem` says why.
#[derive(Serialize)]
struct Answer<'a> {
    meaning: &'a str,
    setting: &'a str,
    flag: String,
    customers: Option<u64>,
    orders: Option<u64>,
    revenue_minor: Option<i64>,
    money_decimals: Option<u8>,
    problem: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn of(question: &'a Question) -> Self {
        let answer = |reading: &'a Reading| {
            let figures = reading.figures.as_ref();
            Answer {
                meaning: &reading.meaning,
                setting: &reading.setting,
                flag: reading.flag(),
                customers: figures.map(|f| f.customers),
                orders: figures.map(|f| f.orders),
                revenue_minor: figures.map(|f| f.net_minor),
                money_decimals: figures.map(|f| f.money_decimals),
                problem: reading.problem.as_deref(),
            }
        };
        Self { question: &question.text, readings: question.readings.iter().map(answer).collect() }
    }
}

/// Prints a remark to standard error.
#[expect(clippy::print_stderr, reason = "standard output is the result's")]
pub(crate) fn remark(text: &str) {
    eprintln!("{text}");
}

impl From<regulars_pipeline::Error> for Failure {
    fn from(error: regulars_pipeline::Error) -> Self {
        Self { question: error.question, hint: error.hint, ..Self::new(error.message) }
    }
}

impl From<regulars_ingest::Error> for Failure {
    fn from(error: regulars_ingest::Error) -> Self {
        Self { question: error.question, hint: error.hint, ..Self::new(error.message) }
    }
}

impl From<regulars_core::Error> for Failure {
    fn from(error: regulars_core::Error) -> Self {
        Self { hint: error.hint, ..Self::new(error.message) }
    }
}

impl From<regulars_store::Error> for Failure {
    fn from(error: regulars_store::Error) -> Self {
        Self { hint: error.hint(), ..Self::new(error.to_string()) }
    }
}

impl From<regulars_postgres::Error> for Failure {
    fn from(error: regulars_postgres::Error) -> Self {
        Self { hint: error.hint, ..Self::new(error.message) }
    }
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        let hint = match &error {
            BackendError::Unreadable { hint, .. } => hint.clone(),
            _ => None,
        };
        Self { hint, ..Self::new(error.to_string()) }
    }
}

impl From<regulars_engine::Error> for Failure {
    fn from(error: regulars_engine::Error) -> Self {
        Self { hint: error.hint(), ..Self::new(error.to_string()) }
    }
}

impl From<regulars_synth::Error> for Failure {
    fn from(error: regulars_synth::Error) -> Self {
        Self { hint: error.hint().map(str::to_owned), ..Self::new(error.to_string()) }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self { silent: error.kind() == std::io::ErrorKind::BrokenPipe, ..Self::new(error.to_string()) }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        let silent = error.io_error_kind() == Some(std::io::ErrorKind::BrokenPipe);
        Self { silent, ..Self::new(error.to_string()) }
    }
}

impl From<arrow::error::ArrowError> for Failure {
    fn from(error: arrow::error::ArrowError) -> Self {
        match error {
            arrow::error::ArrowError::IoError(_, io) => io.into(),
            other => Self::new(other.to_string()),
        }
    }
}
