//! A question that only the user can answer: the files can be read in several ways that give different
//! numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::money::{format_count, format_minor_grouped};

/// A question about ambiguous files, with all possible readings.
///
/// Invariant: no run is published while a question is open.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Question {
    /// What is ambiguous, and where.
    pub text: String,
    /// The ways to read it, most likely first.
    pub readings: Vec<Reading>,
}

/// One way to read the files.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Reading {
    /// How it interprets the files.
    pub meaning: String,
    /// The setting for this answer, as accepted by `--set`: `source.amount_is=order`.
    pub setting: String,
    /// The resulting counts; `None` if this reading raises a further question or fails.
    pub figures: Option<ReadingFigures>,
    /// Why there are no counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The counts of one reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct ReadingFigures {
    /// Customers with at least one order.
    pub customers: u64,
    /// Orders.
    pub orders: u64,
    /// Revenue in minor units, after returns.
    pub net_minor: i64,
    /// Decimals of the amount.
    pub money_decimals: u8,
}

impl Reading {
    /// A reading that has not been tried yet.
    pub fn new(meaning: impl Into<String>, setting: impl Into<String>) -> Self {
        Self { meaning: meaning.into(), setting: setting.into(), figures: None, problem: None }
    }

    /// The command line flag for this answer, quoted for a shell.
    pub fn flag(&self) -> String {
        if self.setting.contains(['"', ' ', '\'']) {
            format!("--set '{}'", self.setting.replace('\'', "'\\''"))
        } else {
            format!("--set {}", self.setting)
        }
    }
}

impl Question {
    /// The readings as lines for a terminal: flag, meaning and counts.
    pub fn lines(&self) -> Vec<String> {
        let width = self.readings.iter().map(|r| r.flag().chars().count()).max().unwrap_or(0);
        let line = |r: &Reading| {
            let gives = match (&r.figures, &r.problem) {
                (Some(f), _) => format!(
                    ": {} customers, {} orders, revenue {}",
                    format_count(f.customers),
                    format_count(f.orders),
                    format_minor_grouped(f.net_minor, f.money_decimals)
                ),
                (None, Some(problem)) => format!(": {problem}"),
                (None, None) => String::new(),
            };
            format!("{:width$}  {}{gives}", r.flag(), r.meaning)
        };
        self.readings.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_is_a_line_with_its_flag() {
        let figures = ReadingFigures { customers: 2, orders: 3, net_minor: 123_400, money_decimals: 2 };
        let question = Question {
            text: "what is it?".to_owned(),
            readings: vec![
                Reading { figures: Some(figures), ..Reading::new("of the order", "source.amount_is=order") },
                Reading::new("a sale", "policy.meanings.Type.\"Lay away\"=sale"),
            ],
        };
        let lines = question.lines();
        assert_eq!(
            lines[0].split_whitespace().collect::<Vec<_>>().join(" "),
            "--set source.amount_is=order of the order: 2 customers, 3 orders, revenue 1,234.00"
        );
        assert!(lines[1].starts_with("--set 'policy.meanings.Type.\"Lay away\"=sale'  a sale"));
    }
}
