//! MBG/NBD: customers buy at random, each at a rate of their own, and
//! a customer can leave right after every purchase, the first included.
//!
//! One-time buyers may therefore have left, unlike under the BG/NBD.
//!
//! Symbols, likelihood and predictions: see [`crate::beta_geometric`], of which this is the case k = 1.
//!
//! Source: Batislam, Denizel & Filiztekin (2007); Hoppe & Wagner (2007).

use crate::beta_geometric::{Variant, fit_variant};
use crate::lifetime::Error;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::model::Fitted;
use crate::lifetime::patterns::Patterns;

pub use crate::beta_geometric::Params;

/// This model among its family.
pub const VARIANT: Variant = Variant { k: 1, leaves_after_first: true };

/// Fits the MBG/NBD to counted histories.
///
/// Where no dropout is visible the answer is the NBD, and the report says so.
///
/// Errors: [`Error::NothingToLearn`] without a repeat purchase; [`Error::NotConverged`].
pub fn fit(patterns: &Patterns, settings: &FitSettings) -> Result<Fitted, Error> {
    fit_variant("MBG/NBD", patterns, VARIANT, settings)
}
