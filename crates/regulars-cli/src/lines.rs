//! Progress as JSON lines on standard error, for the parent process.
//!
//! The parent is `runner.rs`: `regulars serve` starts one process per run.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use regulars_core::progress::{Progress, Unit};
use regulars_core::question::Question;
use serde::{Deserialize, Serialize};

/// Minimum time between two reports of progress.
const PACE: Duration = Duration::from_millis(100);

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Line {
    Step {
        name: String,
        total: Option<u64>,
        unit: String,
    },
    Advance {
        amount: u64,
    },
    Note {
        message: String,
    },
    Failure {
        message: String,
        hint: Option<String>,
        #[serde(default)]
        question: Option<Question>,
    },
}

impl Line {
    /// Writes the line; errors are ignored, since the reader may be gone.
    pub(crate) fn say(&self) {
        if let Ok(mut text) = serde_json::to_string(self) {
            text.push('\n');
            drop(std::io::stderr().lock().write_all(text.as_bytes()));
        }
    }
}

/// The name of a unit in a line.
pub(crate) fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Bytes => "bytes",
        Unit::Rows => "rows",
        Unit::Parts => "parts",
    }
}

/// The unit with this name.
pub(crate) fn unit_of(name: &str) -> Unit {
    match name {
        "bytes" => Unit::Bytes,
        "rows" => Unit::Rows,
        _ => Unit::Parts,
    }
}

/// Reports each step immediately, and its progress at intervals.
pub(crate) struct Lines(Mutex<Reported>);

struct Reported {
    unreported: u64,
    last: Instant,
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Reported { unreported: 0, last: Instant::now() }))
    }

    fn with(&self, f: impl FnOnce(&mut Reported)) {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Reported {
    fn tell(&mut self) {
        let amount = std::mem::take(&mut self.unreported);
        if amount > 0 {
            Line::Advance { amount }.say();
        }
        self.last = Instant::now();
    }
}

impl Progress for Lines {
    fn step(&self, name: &str, total: Option<u64>, unit: Unit) {
        self.with(|state| {
            state.tell();
            Line::Step { name: name.to_owned(), total, unit: unit_name(unit).to_owned() }.say();
        });
    }

    fn advance(&self, amount: u64) {
        self.with(|state| {
            state.unreported += amount;
            if state.last.elapsed() >= PACE {
                state.tell();
            }
        });
    }

    fn note(&self, message: &str) {
        Line::Note { message: message.to_owned() }.say();
    }
}
