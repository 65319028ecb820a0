//! How long work says how far it is, without knowing whether anyone looks.

/// Receives the progress of a long piece of work; the command line draws bars from it.
pub trait Progress: Send + Sync {
    /// A new step begins; `total` is its amount of work in `unit`, where it is known.
    fn step(&self, name: &str, total: Option<u64>, unit: Unit);
    /// `amount` more of the current step's work is done.
    fn advance(&self, amount: u64);
    /// A sentence for the user about something worth knowing (what was detected, what was assumed).
    fn note(&self, message: &str);
}

/// What the amounts of a step count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes read or written.
    Bytes,
    /// Rows or customers.
    Rows,
    /// Parts of a step that are neither.
    Parts,
}

/// Progress that nobody looks at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _name: &str, _total: Option<u64>, _unit: Unit) {}
    fn advance(&self, _amount: u64) {}
    fn note(&self, _message: &str) {}
}
