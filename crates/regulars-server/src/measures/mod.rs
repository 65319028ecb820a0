//! Every measure once: its name, what it means in plain words, its unit, and how it is had from the
//! customers chosen. Pages, API and CSV all ask here.

mod figures;
mod list;
mod sums;

pub(crate) use figures::{Figures, day_of, figures};
pub(crate) use list::{MEASURES, Measure, Unit, measure};
pub(crate) use sums::{Sums, by_class};

#[cfg(test)]
pub(crate) use figures::counted;
