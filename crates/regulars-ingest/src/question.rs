//! Questions to the user, instead of guessing.

use regulars_core::config::Meaning;
use regulars_core::question::{Question, Reading};

use crate::error::{Error, Kind};

/// One way to read the files, with the setting that selects it.
pub(crate) fn reading(meaning: impl Into<String>, setting: impl Into<String>) -> Reading {
    Reading::new(meaning, setting)
}

/// A text in quotes, as in settings.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// The setting that assigns meanings to the words of a column.
pub(crate) fn meanings_setting<'a>(
    column: &str,
    words: impl IntoIterator<Item = (&'a str, Meaning)>,
) -> String {
    let words: Vec<String> =
        words.into_iter().map(|(word, meaning)| format!("{}=\"{}\"", quoted(word), meaning.name())).collect();
    format!("policy.meanings.{}={{{}}}", quoted(column), words.join(", "))
}

/// An error that asks the user.
pub(crate) fn ask(text: impl Into<String>, readings: Vec<Reading>) -> Error {
    let text = text.into();
    let question = Question { text: text.clone(), readings };
    let hint = question
        .readings
        .first()
        .map(|first| format!("answer with one of the readings, such as --set {}", first.setting));
    Error { message: text, hint, kind: Kind::Ambiguous, question: Some(Box::new(question)) }
}
