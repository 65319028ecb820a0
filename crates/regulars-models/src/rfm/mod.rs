//! RFM: recency, frequency and monetary value, each as a score from 1 (worst) to `classes` (best).
//!
//! # The three methods
//!
//! Every measure is first divided into classes on its own scale (days, orders, money), smallest values
//! first. For frequency and monetary the class is the score. For recency fewer days are better, so the
//! score is `classes + 1 - class`.
//!
//! **`quantile`** (the default). Cut point `k` of `classes - 1` is the exact quantile `k / classes`: the
//! smallest value with at least that share of the customers at or below it (the inverse distribution
//! function, "type 1"; `percentile_disc` in PostgreSQL). A value above `n` cut points is in class `n + 1`.
//! Equivalently,
//!
//! ```text
//! class = 1 + floor(classes * (customers with a smaller value) / (all customers))
//! ```
//!
//! so a class is a rank: a customer with frequency score 4 of 5 buys more often than at least 60% of the
//! customers. Consequences for ties:
//!
//! - Equal values always get equal scores, whatever the order of the rows.
//! - The smallest value is always in class 1: one-time buyers get frequency score 1 even if they are 60% or
//!   95% of the customers, and everyone who bought on the last day gets the highest recency score.
//! - A common value uses up the classes it covers, and the next value starts at its rank. With 60% one-time
//!   buyers, 20% with two and 20% with more orders, the frequency scores are 1, 4 and 5; nobody has 2 or 3.
//!   [`Scored::cuts`] shows every cut point.
//! - If all customers are equal, everybody is in class 1: recency score `classes`, frequency and monetary
//!   score 1. That includes a single customer. Scores of few customers are not meaningful, so segments are
//!   not based on them alone ([`segment_indices`]).
//! - With fewer customers than classes nothing changes; some scores stay unused.
//!
//! Two other rules were considered. Mid-ranks give one-time buyers score 2 at 60% and 3 at 90%, so that
//! nobody has the lowest score. Spreading the classes over the values above a tie fills all five scores,
//! but then score 5 is a handful of customers wherever most buy once, segments that require a frequency
//! score of 4 are empty, and cut points no longer correspond to a share. To fill all classes, use `ntile`;
//! to score by fixed values, use `thresholds`.
//!
//! **`ntile`**. SQL's `NTILE(classes) OVER (ORDER BY measure, customer_id)`, for recency `ORDER BY recency
//! DESC, customer_id`: class sizes differ by at most one customer, larger classes first. Customers with
//! equal values can be split; the smaller id is then in the lower class.
//!
//! **`thresholds`**. Fixed, ascending cut points: a value above `n` of them is in class `n + 1`; a value
//! equal to a cut point is not above it.
//!
//! # Nested
//!
//! With `nested`, frequency is classified among the customers of each recency score, and monetary among
//! those of each pair of recency and frequency scores. Fixed thresholds give the same scores either way.
//!
//! Deliberately not here: computing the measures (the plans of `regulars-engine`) and naming segments
//! ([`regulars_core::segments`]).

mod classify;
mod params;
mod score;
#[cfg(test)]
mod tests;
mod thresholds;

pub use params::{RfmParams, ValidRfmParams};
pub use score::{Customers, Scored, customers, rfm_scores, score, segment_indices, weighted_scores};
