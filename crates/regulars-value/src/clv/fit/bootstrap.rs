//! Parametric bootstrap for `regulars clv fit --bootstrap`.

use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::uncertainty::Bootstrap;

use super::fit_summary::{BootstrapIntervals, FitSummary};
use crate::error::{Error, Kind, Result};

/// Bootstrap settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootstrapSettings {
    /// Number of replicates.
    pub draws: u64,
    /// The seed.
    pub seed: u64,
}

/// Level of the intervals.
pub(super) const LEVEL: f64 = 0.9;

/// With fewer replicates the 5% and 95% quantiles are unreliable; more than the maximum add nothing.
const MIN_REPLICATES: u64 = 20;
const MAX_REPLICATES: u64 = 100_000;

impl BootstrapSettings {
    /// Rejects unsuitable numbers.
    pub(super) fn check(self) -> Result<Self> {
        if (MIN_REPLICATES..=MAX_REPLICATES).contains(&self.draws) {
            return Ok(self);
        }
        Err(Error {
            hint: Some("200 are usually enough".to_owned()),
            ..Error::new(
                Kind::Input,
                format!(
                    "a bootstrap with {} replicates: expected {MIN_REPLICATES} to {MAX_REPLICATES}",
                    self.draws
                ),
            )
        })
    }
}

/// Adds intervals to an answer, or why there are none.
pub(super) fn add(
    fit_summary: &mut FitSummary,
    found: Result<Bootstrap, ModelError>,
    requested: BootstrapSettings,
) {
    let found = match found {
        Ok(found) if found.fits > 0 => found,
        Ok(_) => return fit_summary.remark("no bootstrap: no replicate has visible dropout"),
        Err(error) => return fit_summary.remark(&format!("no bootstrap: {error}")),
    };
    fit_summary.bootstrap = Some(BootstrapIntervals {
        intervals_90: found.parameters.into_iter().map(|of| (of.name, (of.low, of.high))).collect(),
        fits: found.fits,
        at_boundary: found.at_boundary,
        seed: requested.seed,
    });
}
