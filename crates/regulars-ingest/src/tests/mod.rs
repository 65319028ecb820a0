//! Whole files in, tables and reports out.

mod bad_input;
mod doubts;
mod exports;
mod generated;
mod files;
mod presets;
mod properties;
mod shop;
mod sources;
