//! Pages and API for finished runs.
//!
//! `regulars_analysis` reads and filters the runs, computes the figures and words the findings; this crate
//! renders and serves them.
//!
//! ```
//! use regulars_server::new_token;
//!
//! // The hash belongs in `[serve.tokens]`; the API client gets the token.
//! let (token, hash) = new_token([7; 32]);
//! assert!(token.len() > 64 && !hash.contains(&token));
//! ```

mod api;
mod assets;
mod charts;
mod error;
mod extract;
mod guard;
mod pages;
mod palette;
mod query;
mod response_cache;
mod routes;
mod runs;
mod serve;
mod shared;
mod standalone;
mod view;
mod write_timeout;

pub use guard::{Access, AccessError, Guard, ProcessFigures, ServerEnvironment, hash_password, new_token};
pub use routes::{App, ServerConfig, app};
pub use runs::{RunFailure, RunOrder, RunProgress, Runner};
pub use serve::serve;
pub use standalone::standalone_html;

// The fake backend is shared with `examples/fake.rs`, which refers to this crate by name.
#[cfg(test)]
extern crate self as regulars_server;

#[cfg(test)]
mod tests;
