//! Pages and API for finished runs.
//!
//! A [`Backend`] provides the stored results; this crate filters and aggregates them, phrases and draws the
//! findings, and serves them. Making and storing runs belong to other crates.

mod api;
mod assets;
mod backend;
mod budget;
mod campaign;
mod charts;
mod claims;
mod cohorts;
mod columns;
mod customer;
mod customers;
mod error;
mod extract;
mod filter;
mod format;
mod frame;
mod guard;
mod marketing;
mod measures;
mod movements;
mod pages;
mod palette;
mod query;
mod response_cache;
mod routes;
mod rows;
mod runs;
mod serve;
mod standalone;
mod table;
mod view;
mod write_timeout;

pub use backend::{AliveOverTime, Backend, BackendError, PastScores, ProcessFigures, RunRow};
pub use budget::{BudgetAnswer, BudgetContact, BudgetPlan};
pub use columns::{Column, ColumnKind, NO_CODE, NO_DAY, NO_INTEGER, TableShape, TextColumn};
pub use guard::{Access, AccessError, Guard, ServerEnvironment, hash_password, new_token};
pub use routes::{App, ServerConfig, app};
pub use rows::{Pieces, QueryAnswer, QueryFault, QueryRequest, ResultTable, RowColumn, RowFormat, RowRange};
pub use runs::{RunFailure, RunOrder, Runner, Watch};
pub use serve::serve;
pub use standalone::standalone_html;

// The fake backend is shared with `examples/fake.rs`, which refers to this crate by name.
#[cfg(test)]
extern crate self as regulars_server;

#[cfg(test)]
mod tests;
