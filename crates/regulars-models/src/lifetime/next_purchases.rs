//! Median time to the next purchase for whole tables; patterns with the same answer are computed once.
//!
//! Given that a customer is alive, only x and T matter unless purchases are regular.

use std::collections::HashMap;

use regulars_stats::sums::each_row;

use super::error::Error;
use super::future::CustomerForecast;
use super::model::FittedLifetimeModel;
use super::patterns::Patterns;
use crate::{beta_geometric, pareto_nbd};

/// Relative precision of the times.
const PRECISION: f64 = 1e-4;

/// Maximum search steps.
const STEPS: usize = 60;

impl FittedLifetimeModel {
    /// Median time to the next purchase of each pattern, given that there is one.
    ///
    /// Shape: one value per pattern, above 0, finite.
    /// Units: the model's time unit.
    /// Errors: [`Error::MixedUnits`].
    pub fn median_next_purchases(&self, patterns: &Patterns) -> Result<Vec<f64>, Error> {
        self.same_unit(patterns)?;
        let regular = |row: usize| match self.model.future(&patterns.history(row)) {
            CustomerForecast::BetaGeometric(future) if future.k > 1 => {
                Some(CustomerForecast::BetaGeometric(future))
            }
            _ => None,
        };
        if !patterns.is_empty() && regular(0).is_some() {
            return Ok(each_row(patterns.len(), |row| {
                regular(row).map_or(f64::MAX, |future| median_of_regular(&future))
            }));
        }
        let mut rows = Vec::new();
        let mut known: HashMap<(u32, u64), u32> = HashMap::new();
        let groups: Vec<u32> = (0..patterns.len())
            .map(|row| {
                *known.entry((patterns.x[row], patterns.t[row].to_bits())).or_insert_with(|| {
                    rows.push(row);
                    rows.len() as u32 - 1
                })
            })
            .collect();
        let medians = each_row(rows.len(), |group| match self.model.future(&patterns.history(rows[group])) {
            CustomerForecast::ParetoNbd(future) => {
                let start = future.rate.min(future.beta) / future.shape.max(1.0);
                let there =
                    CustomerForecast::ParetoNbd(pareto_nbd::CustomerForecast { alive: 1.0, ..future });
                let ever = there.p_any_purchase(f64::INFINITY);
                median(start, 0.5 * ever, |t| there.p_any_purchase(t))
            }
            future => future.next_purchase().median.min(f64::MAX),
        });
        Ok(groups.into_iter().map(|group| medians[group as usize]).collect())
    }
}

fn median_of_regular(future: &CustomerForecast) -> f64 {
    let CustomerForecast::BetaGeometric(inside) = future else { return f64::MAX };
    // The customer is alive, so the probability of ever buying again is 1.
    let there =
        CustomerForecast::BetaGeometric(beta_geometric::CustomerForecast { alive: 1.0, ..inside.clone() });
    let start = inside.rate * f64::from(inside.k) / inside.shape.max(0.1);
    median(start, 0.5, |t| there.p_any_purchase(t))
}

/// Time at which a probability that increases with time reaches `target`: by the secant method on log time,
/// within a bracket that is occasionally bisected.
fn median(start: f64, target: f64, chance: impl Fn(f64) -> f64) -> f64 {
    let miss = |log: f64| chance(log.exp()) - target;
    let start = start.ln();
    let (mut low, mut high) = (start - 1.0, start + 1.0);
    let (mut at_low, mut at_high) = (miss(low), miss(high));
    while at_low > 0.0 && low > -700.0 {
        (high, at_high) = (low, at_low);
        low -= 2.0;
        at_low = miss(low);
    }
    while at_high < 0.0 && high < 700.0 {
        (low, at_low) = (high, at_high);
        high += 2.0;
        at_high = miss(high);
    }
    for step in 0..STEPS {
        if high - low < PRECISION {
            break;
        }
        let secant = low - at_low * (high - low) / (at_high - at_low);
        let near = secant.clamp(low + 0.25 * PRECISION, high - 0.25 * PRECISION);
        let at = if step % 3 == 2 || !near.is_finite() { 0.5 * (low + high) } else { near };
        let found = miss(at);
        if found < 0.0 {
            (low, at_low) = (at, found);
        } else {
            (high, at_high) = (at, found);
        }
    }
    (0.5 * (low + high)).exp()
}

#[cfg(test)]
mod tests {
    use crate::lifetime::fit::FitSettings;
    use crate::lifetime::fixtures::{cdnow, shop};
    use crate::lifetime::model::ModelKind;
    use crate::lifetime::patterns::Patterns;

    fn check(kind: ModelKind, patterns: &Patterns) {
        let fitted = kind.fit(patterns, &FitSettings::default()).unwrap();
        let medians = fitted.median_next_purchases(patterns).unwrap();
        for row in (0..patterns.len()).step_by(37) {
            let one = fitted.model.future(&patterns.history(row)).next_purchase().median;
            assert!((medians[row] / one - 1.0).abs() < 2e-4, "{kind:?} {row} {} {one}", medians[row]);
        }
    }

    #[test]
    fn the_table_has_what_single_customers_have() {
        for kind in ModelKind::ALL {
            check(kind, &cdnow().patterns);
        }
        // Regular buyers: k is above 1 there.
        check(ModelKind::MbgCnbdK, &shop("retail_one_year").0);
    }
}
