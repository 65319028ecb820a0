//! Progress reporting of long tasks.

/// Receives the progress of a long task; the command line shows it as progress bars.
pub trait Progress: Send + Sync {
    /// Starts a new step; `total` is its amount of work in `unit`, if known.
    fn step(&self, name: &str, total: Option<u64>, unit: Unit);
    /// Adds `amount` to the completed work of the current step.
    fn advance(&self, amount: u64);
    /// A note for the user, such as a detection or an assumption.
    fn note(&self, message: &str);
}

/// The unit of a step's amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Bytes read or written.
    Bytes,
    /// Rows or customers.
    Rows,
    /// Parts of a step that are neither.
    Parts,
}

/// Discards all progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _name: &str, _total: Option<u64>, _unit: Unit) {}
    fn advance(&self, _amount: u64) {}
    fn note(&self, _message: &str) {}
}
