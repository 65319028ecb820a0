//! The pages and the API over finished runs.
//!
//! Deliberately not here: how runs are made or stored. A [`Backend`] answers with what a run has
//! written down; this crate counts and sums its columns over the customers a reader has chosen, words
//! it, draws it and serves it.

mod api;
mod assets;
mod backend;
mod charts;
mod columns;
mod customer;
mod customers;
mod error;
mod extract;
mod filter;
mod format;
mod frame;
mod measures;
mod pages;
mod palette;
mod query;
mod routes;
mod rows;
mod table;
mod view;

pub use backend::{Backend, BackendError, ProcessFigures, RunRow};
pub use columns::{Column, ColumnKind, NO_CODE, NO_DAY, NO_INTEGER, TableShape, TextColumn};
pub use routes::{app, serve};
pub use rows::{Pieces, QueryAnswer, QueryFault, QueryRequest, ResultTable, RowColumn, RowFormat, RowRange};

// The fake backend is shared with `examples/fake.rs`, which knows this crate by its name.
#[cfg(test)]
extern crate self as regulars_server;

#[cfg(test)]
mod tests;
