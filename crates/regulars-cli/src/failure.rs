//! How a command fails: a message, a hint, an exit code.

use std::process::ExitCode;

use regulars_core::question::{Question, Reading};
use serde::Serialize;

use crate::args::OutputFormat;
use crate::lines::Line;
use crate::printer;

/// Done, but the data failed a check.
pub(crate) const CHECK_FAILED: u8 = 1;
/// An error.
const ERROR: u8 = 2;

/// Why a command could not be carried out.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    /// What only the user can answer.
    question: Option<Box<Question>>,
    /// The reader of our output went away: nothing to report.
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

    /// What happened, and what to do about it.
    pub(crate) fn into_parts(self) -> (String, Option<String>) {
        (self.message, self.hint)
    }

    /// What only the user can answer, or the failure itself.
    pub(crate) fn into_question(self) -> std::result::Result<Box<Question>, Self> {
        match self.question {
            Some(question) => Ok(question),
            None => Err(self),
        }
    }

    /// The failure for a program that listens.
    pub(crate) fn as_line(&self) -> Line {
        Line::Failure {
            message: self.message.clone(),
            hint: self.hint.clone(),
            question: self.question.as_deref().cloned(),
        }
    }

    /// Prints the failure and gives its exit code; a question is an answer of its own kind, and a program
    /// that has asked for JSON is told it on standard output.
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
                eprintln!("The files can be read in these ways; nothing was kept. Run again with one of:");
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

/// A question for a program.
#[derive(Serialize)]
struct Asked<'a> {
    question: &'a str,
    /// The ways to read the files, the likelier first.
    readings: Vec<Answer<'a>>,
}

/// One way to read the files, and what it would count; no counts where it asks something further or cannot
/// be read, which `problem` says.
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

/// Says something about the data beside a result that goes to a program or nowhere.
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

impl From<regulars_server::BackendError> for Failure {
    fn from(error: regulars_server::BackendError) -> Self {
        let hint = match &error {
            regulars_server::BackendError::Unreadable { hint, .. } => hint.clone(),
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
