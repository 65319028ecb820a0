//! The parametric bootstrap, as `regulars clv fit --bootstrap` says it.

use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::uncertainty::Bootstrap;

use super::answer::{BootstrapAnswer, FitAnswer};
use crate::error::{Error, Kind, Result};

/// How often to draw the shop anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redrawing {
    /// Shops to draw.
    pub draws: u64,
    /// The seed.
    pub seed: u64,
}

/// The chance that the intervals are meant to hold the parameters.
pub(super) const LEVEL: f64 = 0.9;

/// Fewer shops have no 5% and 95% quantiles; more than the other say nothing new.
const FEWEST: u64 = 20;
const MOST: u64 = 100_000;

impl Redrawing {
    /// Refuses numbers that say nothing.
    pub(super) fn check(self) -> Result<Self> {
        if (FEWEST..=MOST).contains(&self.draws) {
            return Ok(self);
        }
        Err(Error {
            hint: Some("200 are enough for most".to_owned()),
            ..Error::new(
                Kind::Input,
                format!("a bootstrap of {} draws: expected {FEWEST} to {MOST}", self.draws),
            )
        })
    }
}

/// Adds intervals to an answer, or why there are none.
pub(super) fn add(
    answer: &mut FitAnswer,
    found: std::result::Result<Bootstrap, ModelError>,
    asked: Redrawing,
) {
    let found = match found {
        Ok(found) if found.fits > 0 => found,
        Ok(_) => return answer.remark("no bootstrap: no drawn shop has visible dropout"),
        Err(error) => return answer.remark(&format!("no bootstrap: {error}")),
    };
    answer.bootstrap = Some(BootstrapAnswer {
        intervals_90: found.parameters.into_iter().map(|of| (of.name, (of.low, of.high))).collect(),
        fits: found.fits,
        at_boundary: found.at_boundary,
        seed: asked.seed,
    });
}
