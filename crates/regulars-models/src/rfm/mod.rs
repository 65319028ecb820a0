//! RFM: how recently, how often and for how much a customer bought, each as a score from 1 (worst)
//! to `classes` (best).
//!
//! # The three methods
//!
//! Every measure is first divided into classes on its own scale, from the smallest value up: days,
//! orders, money. For frequency and monetary the class is the score. For recency fewer days are
//! better, so the score is `classes + 1 - class`.
//!
//! **`quantile`** (the default). Cut point `k` of `classes - 1` is the exact quantile `k / classes`:
//! the smallest value such that at least that share of the customers has it or less (the inverse of
//! the distribution function, "type 1"; `percentile_disc` in PostgreSQL). A value above `n` cut
//! points is in class `n + 1`. Which is the same as
//!
//! ```text
//! class = 1 + floor(classes * (customers with a smaller value) / (all customers))
//! ```
//!
//! so a class means a rank: whoever has frequency score 4 of 5 buys more often than at least three
//! fifths of the customers. What follows from it where values are tied:
//!
//! - Equal values always have equal scores, whatever the order of the rows.
//! - The smallest value is always in class 1: one-time buyers have frequency score 1 although they
//!   be 60% or 95% of a shop, and whoever bought on the last day has the highest recency score.
//! - A value held by many uses up the classes it covers, and the next value starts where its rank
//!   is. With 60% one-time buyers, 20% with two and 20% with more purchases the frequency scores are
//!   1, 4 and 5; nobody has 2 or 3. [`Scored::cuts`] says so, with every cut point.
//! - All customers equal: everybody is in class 1, that is recency score `classes`, frequency and
//!   monetary score 1, a single customer among them. Scores of few customers say little, so segments do
//!   not go by them alone ([`segment_indices`]).
//! - With fewer customers than classes nothing changes; some scores stay unused.
//!
//! Two other rules were weighed. Middle ranks give one-time buyers score 2 at 60% and 3 at 90%, so
//! that nobody has the lowest score. Spreading the classes over what lies above a tie fills all
//! five scores, but then score 5 is a handful of customers wherever most buy once, and segments
//! that ask for a frequency score of 4 are empty; nor does the cut point mean a share any more. Who
//! wants all classes filled has `ntile`; who wants them to mean numbers has `thresholds`.
//!
//! **`ntile`**. SQL's `NTILE(classes) OVER (ORDER BY measure, customer_id)`, for recency `ORDER BY
//! recency DESC, customer_id`: classes differ by at most one customer, the larger ones first. Equal
//! customers can be divided; the smaller id is then in the lower class.
//!
//! **`thresholds`**. Fixed, ascending cut points: a value above `n` of them is in class `n + 1`; a
//! value equal to a cut point is not above it.
//!
//! # Nested
//!
//! Nested, frequency is classified among the customers of each recency score, and monetary among
//! those of each pair of recency and frequency scores. Fixed thresholds give the same scores nested
//! or not.
//!
//! Deliberately not here: how the measures are computed (the plans of `regulars-engine`) and what a
//! segment is called ([`regulars_core::segments`]).

mod classify;
mod cuts;
mod params;
mod score;
#[cfg(test)]
mod tests;

pub use params::{Params, ValidParams};
pub use score::{Customers, Scored, customers, rfm_scores, score, segment_indices, weighted_scores};
