//! Upside: additional spend if customers behaved like their similar customers. It combines the status of each
//! customer ([`standing`]), the similar customers ([`neighbours`]) and the resulting amounts ([`upside`]).
//!
//! An upside is a ceiling. Look-alikes are matched on the data available, so anything unknown (a move, a
//! competitor, an illness) still separates those who stayed from those who left. It is not the effect of a
//! campaign, which only a test with a control group can show.
//!
//! Deliberately not here: forecasts (`crate::lifetime`), and contact costs ([`crate::targeting`]).

pub mod customer_status;
mod error;
pub mod neighbours;
mod tree;
pub mod upside;

pub use error::Error;

/// Number of similar customers per customer. Fewer are too noisy; more are less similar.
pub const SIMILAR_CUSTOMERS: usize = 30;

/// Maximum candidates for similar customers, evenly spaced, so that the cost is bounded.
pub const MAX_CANDIDATES: usize = 20_000;

/// Maximum number of features.
pub const MAX_FEATURES: usize = 4;
