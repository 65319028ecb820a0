//! The single definition of every measure (name, meaning, unit, computation), for pages, API and CSV.

mod figures;
mod list;
mod sums;

pub(crate) use figures::{Figures, day_of, figures};
pub(crate) use list::{MEASURES, Measure, Unit, measure};
pub(crate) use sums::{Sums, by_class};

#[cfg(test)]
pub(crate) use figures::counted;
