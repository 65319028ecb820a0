//! Asking the user instead of guessing.

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

/// The error that asks.
pub(crate) fn ask(text: impl Into<String>, readings: Vec<Reading>) -> Error {
    let text = text.into();
    let question = Question { text: text.clone(), readings };
    let hint = question
        .readings
        .first()
        .map(|first| format!("answer with one of the readings, such as --set {}", first.setting));
    Error { message: text, hint, kind: Kind::Unsure, question: Some(Box::new(question)) }
}
