//! The single definition of every measure (name, meaning, unit, computation), for pages, API and CSV.

mod figures;
mod list;
mod sums;

pub use figures::{Figures, computed, figures};
pub use list::{MEASURES, Measure, Unit, measure};
pub use sums::{Sums, by_class};
