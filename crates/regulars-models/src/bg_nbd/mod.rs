//! BG/NBD: customers buy at random at individual rates and can drop out right after each repeat purchase.
//!
//! A customer who bought once cannot have dropped out: P(alive) is 1. Where that is implausible, use the
//! MBG/NBD.
//!
//! Symbols, likelihood and predictions: see [`crate::beta_geometric`]; this is the case k = 1.
//!
//! Source: Fader, Hardie & Lee (2005), "Counting your customers the easy way".

use crate::beta_geometric::{Variant, fit_variant};
use crate::lifetime::Error;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::model::FittedLifetimeModel;
use crate::lifetime::patterns::Patterns;

pub use crate::beta_geometric::BetaGeometricParams;

/// Variant of the family.
pub const VARIANT: Variant = Variant { k: 1, dropout_after_first: false };

/// Fits the BG/NBD to counted histories.
///
/// Without visible dropout the NBD is used, and the report says so.
///
/// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase; [`Error::NotConverged`].
pub fn fit(patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
    fit_variant("BG/NBD", patterns, VARIANT, settings)
}
