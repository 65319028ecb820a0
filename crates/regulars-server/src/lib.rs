//! The pages and the API over finished runs.
//!
//! Deliberately not here: computing anything. A [`Backend`] answers with what a run has written
//! down; this crate words it, draws it and serves it.

mod api;
mod assets;
mod backend;
mod charts;
mod error;
mod extract;
mod format;
mod pages;
mod routes;

pub use backend::{Backend, BackendError, RunRow};
pub use routes::{app, serve};

// The fake backend is shared with `examples/fake.rs`, which knows this crate by its name.
#[cfg(test)]
extern crate self as regulars_server;

#[cfg(test)]
mod tests;
