//! Asking the user instead of guessing.

use regulars_core::config::Meaning;
use regulars_core::question::{Question, Reading};

use crate::error::{Error, Kind};

/// One way to read the files, and the setting that says so.
pub(crate) fn reading(meaning: impl Into<String>, setting: impl Into<String>) -> Reading {
    Reading::new(meaning, setting)
}

/// A text in quotes, as settings take it.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// The setting that gives words of a column their meaning.
pub(crate) fn meanings_setting<'a>(
    column: &str,
    words: impl IntoIterator<Item = (&'a str, Meaning)>,
) -> String {
    let words: Vec<String> =
        words.into_iter().map(|(word, meaning)| format!("{}=\"{}\"", quoted(word), meaning.name())).collect();
    format!("policy.meanings.{}={{{}}}", quoted(column), words.join(", "))
}

/// The error that asks.
pub(crate) fn ask(text: impl Into<String>, readings: Vec<Reading>) -> Error {
    let text = text.into();
    let question = Question { text: text.clone(), readings };
    let hint = question
        .readings
        .first()
        .map(|first| format!("answer with one of the readings, such as --set {}", first.setting));
    Error { message: text, hint, kind: Kind::Ambiguous, question: Some(Box::new(question)) }
}
