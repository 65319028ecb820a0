//! BG/NBD: customers buy at random, each at a rate of their own, and
//! a customer can leave right after every repeat purchase.
//!
//! A customer who bought once cannot have left: P(alive) is 1. Where that is not believed, take the
//! MBG/NBD.
//!
//! Symbols, likelihood and predictions: see [`crate::beta_geometric`], of which this is the case k = 1.
//!
//! Source: Fader, Hardie & Lee (2005), "Counting your customers the easy way".

use crate::beta_geometric::{Variant, fit_variant};
use crate::lifetime::Error;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::model::Fitted;
use crate::lifetime::patterns::Patterns;

pub use crate::beta_geometric::Params;

/// This model among its family.
pub const VARIANT: Variant = Variant { k: 1, leaves_after_first: false };

/// Fits the BG/NBD to counted histories.
///
/// Where no dropout is visible the answer is the NBD, and the report says so.
///
/// Errors: [`Error::NothingToLearn`] without a repeat purchase; [`Error::NotConverged`].
pub fn fit(patterns: &Patterns, settings: &FitSettings) -> Result<Fitted, Error> {
    fit_variant("BG/NBD", patterns, VARIANT, settings)
}
