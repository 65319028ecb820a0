//! Findings about a run: claims, the rules for making them, and their wording.
//!
//! Everything is computed from plain data and columns, for pages, reports and the API. Reading runs, drawing
//! and serving belong to other crates.

pub mod claims;
pub mod format;
pub mod importance;
pub mod revenue_bridge;
