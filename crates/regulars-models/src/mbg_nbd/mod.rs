//! MBG/NBD: customers buy at random at individual rates and can drop out right after each purchase,
//! including the first.
//!
//! One-time buyers may therefore have dropped out, unlike under the BG/NBD.
//!
//! Symbols, likelihood and predictions: see [`crate::beta_geometric`]; this is the case k = 1.
//!
//! Source: Batislam, Denizel & Filiztekin (2007); Hoppe & Wagner (2007).

use crate::beta_geometric::{Variant, fit_variant};
use crate::lifetime::Error;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::model::FittedLifetimeModel;
use crate::lifetime::patterns::Patterns;

pub use crate::beta_geometric::BetaGeometricParams;

/// Variant of the family.
pub const VARIANT: Variant = Variant { k: 1, dropout_after_first: true };

/// Fits the MBG/NBD to counted histories.
///
/// Without visible dropout the NBD is used, and the report says so.
///
/// Errors: [`Error::TooFewRepeatCustomers`] without a repeat purchase; [`Error::NotConverged`].
pub fn fit(patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
    fit_variant("MBG/NBD", patterns, VARIANT, settings)
}
