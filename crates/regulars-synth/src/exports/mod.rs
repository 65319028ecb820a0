//! Exports of small shops with known truth, in the layouts that platforms, programs and spreadsheets
//! write.
//!
//! An export is drawn from a seed: the choices of its layout (`choices`), then a shop in which nothing
//! happens that the layout cannot show (`shop`), then the files (`sheet`, `file`). The truth is added up
//! from the shop's history (`ledger`) and never read back from what was written. Layouts of platforms
//! are in `platforms`, mixtures in `mixture`; `named` lists both.
//!
//! Deliberately not here: reading exports. Whoever reads them is tested against the truth.

mod choices;
mod currencies;
mod dates;
mod dimension;
mod documents;
mod draw;
mod file;
mod languages;
mod layout;
mod ledger;
mod mixture;
mod named;
mod notation;
mod platforms;
mod sheet;
mod shop;
mod table;

#[cfg(test)]
mod tests;

pub use layout::{Layout, dimensions, export, layout, layouts, random_export};
pub use ledger::Truth;

/// An export: its files, and what they say when they are read rightly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Name of the layout; `mixture` for a random one.
    pub name: &'static str,
    /// What the layout is like, in words.
    pub layout: String,
    /// The seed that it was drawn from.
    pub seed: u64,
    /// Name of each dimension of a mixture, and the value that was drawn; empty for platforms.
    pub choices: Vec<(&'static str, &'static str)>,
    /// The files; their order means nothing.
    pub files: Vec<ExportFile>,
    /// The truth, also where the files do not hold enough to find it.
    pub truth: Truth,
    /// Whether a careful reader can read the files in one way only.
    pub enough: bool,
    /// Why not.
    pub why_not_enough: Option<String>,
    /// Which readings there are.
    pub readings: Readings,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// In how many ways an export can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readings {
    /// In one.
    One,
    /// A question has to be asked. Its possible answers, the truth first; there may be others.
    Of(Vec<Reading>),
    /// What is needed is not in the files: whatever is read from them is wrong.
    Impossible,
}

/// One way of reading an export that has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it takes the doubtful values for.
    pub says: String,
    /// Orders that count.
    pub orders: u64,
    /// Value of the orders that are sales.
    pub gross_minor: i64,
    /// Value of what is left.
    pub net_minor: i64,
}

impl Reading {
    fn of(says: &str, truth: &Truth) -> Self {
        Self {
            says: says.to_owned(),
            orders: truth.orders,
            gross_minor: truth.gross_minor,
            net_minor: truth.net_minor,
        }
    }
}
