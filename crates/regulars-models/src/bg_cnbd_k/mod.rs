//! BG/CNBD-k and MBG/CNBD-k: BG/NBD and MBG/NBD with purchases more regular than random.
//!
//! A purchase takes k random stages: k = 1 is random timing, a large k nearly clockwork; k is chosen by
//! likelihood. Most shops' customers buy regularly, and the model then sees earlier that a customer is
//! overdue by their own cadence.
//!
//! Choosing k needs more than `(x, t_x, T)`: the sum of the log interpurchase times.
//!
//! Symbols, likelihood and predictions: see [`crate::beta_geometric`].
//!
//! Source: Reutterer, Platzer & Schröder (2021), "Leveraging purchase regularity for predicting customer
//! behavior the easy way". Their conditional expectation is an approximation for k > 1; ours is exact,
//! because it tracks the stages since the last purchase.

use crate::beta_geometric::{Variant, fit_variant};
use crate::lifetime::Error;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::model::FittedLifetimeModel;
use crate::lifetime::patterns::Patterns;

pub use crate::beta_geometric::BetaGeometricParams;

/// Largest k tried; beyond it, one more stage hardly matters.
pub const MAX_K: u32 = 24;

/// Fits the BG/CNBD-k, choosing k.
///
/// Errors: [`Error::NoIntervals`]; [`Error::TooFewRepeatCustomers`]; [`Error::NotConverged`].
pub fn fit(patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
    choose("BG/CNBD-k", patterns, false, settings)
}

/// Fits the MBG/CNBD-k, choosing k.
///
/// Errors: [`Error::NoIntervals`]; [`Error::TooFewRepeatCustomers`]; [`Error::NotConverged`].
pub fn fit_mbg(patterns: &Patterns, settings: &FitSettings) -> Result<FittedLifetimeModel, Error> {
    choose("MBG/CNBD-k", patterns, true, settings)
}

/// Raises k until the likelihood has fallen twice in a row.
fn choose(
    model: &'static str,
    patterns: &Patterns,
    dropout_after_first: bool,
    settings: &FitSettings,
) -> Result<FittedLifetimeModel, Error> {
    if patterns.log_intervals.is_none() {
        return Err(Error::NoIntervals { model });
    }
    let mut best: Option<FittedLifetimeModel> = None;
    let mut fallen = 0;
    for k in 1..=MAX_K {
        let fitted = fit_variant(model, patterns, Variant { k, dropout_after_first }, settings)?;
        match &best {
            Some(so_far) if so_far.report.log_likelihood >= fitted.report.log_likelihood => {
                fallen += 1;
                if fallen == 2 {
                    break;
                }
            }
            _ => {
                best = Some(fitted);
                fallen = 0;
            }
        }
    }
    best.ok_or(Error::TooFewRepeatCustomers {
        model,
        needed: "customers with a repeat purchase",
        found: 0,
        customers: patterns.customers() as u64,
    })
}
