//! Whole files in, tables and reports out.

mod bad_input;
mod presets;
mod properties;
mod shop;
mod sources;
