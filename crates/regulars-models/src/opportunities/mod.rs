//! What customers would bring if they behaved as their look-alikes: who is in which position
//! ([`standing`]), who is like whom ([`neighbours`]), and what that comes to ([`potential`]).
//!
//! What a potential is: a ceiling. Look-alikes are matched on what is known of customers, so whatever is not
//! known (a move, a rival, an illness) still sets those who stayed apart from those who left. What it is not:
//! the effect of a campaign, which only a trial with a group left alone can tell.
//!
//! Deliberately not here: forecasts (`crate::lifetime`), and what a contact costs ([`crate::targeting`]).

mod error;
pub mod neighbours;
pub mod potential;
pub mod standing;
mod tree;

pub use error::Error;

/// Neighbours that a customer is compared with. Fewer say little; more lie further away.
pub const LOOK_ALIKES: usize = 30;

/// Look-alikes are sought among so many customers at most, evenly spread, so that the cost is bounded.
pub const MOST_SOUGHT: usize = 20_000;
