//! Exports of small shops with known ground truth, in the layouts of platforms, programs and spreadsheets.
//!
//! An export is drawn from a seed: first the choices of its layout (`choices`), then a shop in which only
//! events happen that the layout can express (`shop`), then the files (`sheet`, `file`). The truth is
//! computed from the shop's history (`truth`) and never read back from the files. Layouts of platforms are
//! in `platforms`, mixtures in `mixture`; `named` lists both.
//!
//! Deliberately not here: reading exports. Readers are tested against the truth.

mod choices;
mod currencies;
mod dates;
mod dimension;
mod documents;
mod draw;
mod file;
mod languages;
mod layout;
mod mixture;
mod named;
mod notation;
mod platforms;
mod sheet;
mod shop;
mod table;
mod truth;

#[cfg(test)]
mod tests;

pub use layout::{Layout, dimensions, export, layout, layouts, random_export};
pub use truth::Truth;

/// An export: its files, and the correct result of reading them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Name of the layout; `mixture` for a random one.
    pub name: &'static str,
    /// Description of the layout.
    pub layout: String,
    /// Random seed.
    pub seed: u64,
    /// Dimensions and values of a mixture; empty for platforms.
    pub choices: Vec<(&'static str, &'static str)>,
    /// The files, in no particular order.
    pub files: Vec<ExportFile>,
    /// The truth, even if the files do not contain enough information to find it.
    pub truth: Truth,
    /// Whether the files have only one reading.
    pub is_unambiguous: bool,
    /// Why they have several readings or none.
    pub ambiguity: Option<String>,
    /// The valid readings.
    pub readings: Readings,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// File name, without a folder.
    pub name: String,
    /// Content of the file.
    pub bytes: Vec<u8>,
}

/// The valid readings of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readings {
    /// There is one reading.
    Unambiguous,
    /// There are several: the truth first, then others, not necessarily all.
    Ambiguous(Vec<Reading>),
    /// Necessary information is missing: every result would be wrong.
    Unreadable,
}

/// One reading of an ambiguous export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The interpretation of the ambiguous values.
    pub interpretation: String,
    /// Orders that count.
    pub orders: u64,
    /// Value of the orders that are sales, in minor units.
    pub gross_minor: i64,
    /// Value after returns, in minor units.
    pub net_minor: i64,
}

impl Reading {
    fn of(interpretation: &str, truth: &Truth) -> Self {
        Self {
            interpretation: interpretation.to_owned(),
            orders: truth.orders,
            gross_minor: truth.gross_minor,
            net_minor: truth.net_minor,
        }
    }
}
