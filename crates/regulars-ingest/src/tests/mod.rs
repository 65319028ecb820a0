//! End-to-end tests: from whole files to tables and reports.

mod bad_input;
mod doubts;
mod exports;
mod files;
mod generated;
mod kinds;
mod overlaps;
mod platforms;
mod presets;
mod properties;
mod shop;
mod sources;
