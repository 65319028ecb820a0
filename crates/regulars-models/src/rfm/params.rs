//! Scoring parameters, as configured and once checked.

use regulars_core::config::{Config, Method, Scores};
use regulars_core::money::{float_to_minor, minor_per_major};

use super::classify::Binning;
use crate::error::Error;

/// Parameters as configured, not yet checked.
///
/// Units: monetary thresholds are in the currency's unit; `money_decimals` is the number of decimals of its
/// minor unit.
#[derive(Debug, Clone, PartialEq)]
pub struct RfmParams {
    /// Section `[scores]` of the configuration.
    pub scores: Scores,
    /// Decimals of every amount: 2 where spend is counted in cents.
    pub money_decimals: u8,
}

/// Checked parameters; created only by [`RfmParams::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct ValidRfmParams {
    pub(super) classes: u8,
    pub(super) nested: bool,
    pub(super) weights: [f64; 3],
    /// One rule each for recency, frequency and monetary.
    pub(super) binning: [Binning; 3],
}

impl RfmParams {
    /// Checks the parameters and converts monetary thresholds to minor units.
    ///
    /// Errors: [`Error::Scores`] for what [`Config::check`] rejects (classes outside 2 to 10, weights that
    /// do not add up to 1, thresholds missing, too few or not ascending); [`Error::MonetaryCutPoint`] for a
    /// threshold beyond Int64 minor units.
    pub fn check(self) -> Result<ValidRfmParams, Error> {
        let config = Config { scores: self.scores, ..Config::default() };
        config.check()?;
        let Scores { method, classes, nested, weights, thresholds } = config.scores;
        let binning = match (method, thresholds) {
            (Method::Thresholds, Some(cut_points)) => {
                let monetary: Result<Vec<i64>, Error> = cut_points
                    .monetary
                    .iter()
                    .map(|value| whole_minor_units(*value, self.money_decimals))
                    .collect();
                [
                    Binning::Thresholds(cut_points.recency_days),
                    Binning::Thresholds(cut_points.frequency),
                    Binning::Thresholds(monetary?),
                ]
            }
            (Method::Ntile, _) => [Binning::Ntile, Binning::Ntile, Binning::Ntile],
            // The check above rejects `thresholds` without cut points.
            (Method::Quantile | Method::Thresholds, _) => {
                [Binning::Quantile, Binning::Quantile, Binning::Quantile]
            }
        };
        Ok(ValidRfmParams { classes, nested, weights, binning })
    }
}

impl ValidRfmParams {
    /// Number of scores, from 1.
    pub fn classes(&self) -> u8 {
        self.classes
    }
}

/// Largest number of minor units not above `value`.
///
/// Spend is whole, so it exceeds `value` exactly when it exceeds this; rounding up instead would put a
/// spend of 100 yen below a threshold of 99.5.
fn whole_minor_units(value: f64, decimals: u8) -> Result<i64, Error> {
    let nearest =
        float_to_minor(value, decimals).map_err(|problem| Error::MonetaryCutPoint { value, problem })?;
    let rounded_up = nearest as f64 / minor_per_major(decimals) > value;
    Ok(nearest.saturating_sub(i64::from(rounded_up)))
}
