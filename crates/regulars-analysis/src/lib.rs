//! What the numbers of a run say: claims with the rules for them, and their words.
//!
//! Everything here is computed from plain data and columns, for pages, reports and API alike. Deliberately not here:
//! reading runs, drawing, serving.

pub mod claims;
pub mod format;
pub mod sold;
