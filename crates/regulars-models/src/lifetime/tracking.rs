//! Tracking of the whole customer base: purchases over time, and customers by number of purchases.

use regulars_stats::sums::map_rows;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::model::FittedLifetimeModel;
use super::patterns::Patterns;

/// Repeat purchases of all customers up to one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrackingPoint {
    /// Time since the end of the calibration period, in the model's unit; negative before it.
    pub time: f64,
    /// Expected cumulative repeat purchases of all customers.
    pub cumulative: f64,
    /// Expected repeat purchases since the previous point.
    pub incremental: f64,
}

/// Actual and expected customers with a given number of repeat purchases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CountClass {
    /// Repeat purchases up to the end of the calibration period.
    pub x: u32,
    /// Whether the class includes everyone with this many or more.
    pub is_open_ended: bool,
    /// Actual customers.
    pub actual: f64,
    /// Expected customers.
    pub expected: f64,
}

/// Distinct acquisition times: time since the first purchase, and number of customers.
fn cohorts(patterns: &Patterns) -> Vec<(f64, f64)> {
    let mut ages: Vec<(f64, f64)> = patterns.t.iter().copied().zip(patterns.count.iter().copied()).collect();
    ages.sort_by(|a, b| a.0.total_cmp(&b.0));
    ages.chunk_by(|a, b| a.0.to_bits() == b.0.to_bits())
        .map(|cohort| (cohort[0].0, cohort.iter().map(|(_, count)| count).sum()))
        .collect()
}

impl FittedLifetimeModel {
    /// Expected cumulative and incremental repeat purchases of the customer base, as expected of each
    /// customer at the first purchase.
    ///
    /// Shape: one point per value of `times`, which ascend (trusted).
    /// Units: `times` are in the model's unit, relative to the end of the calibration period.
    /// Errors: [`Error::MixedUnits`].
    pub fn tracking(&self, patterns: &Patterns, times: &[f64]) -> Result<Vec<TrackingPoint>, Error> {
        patterns.check_unit(self.unit)?;
        let forecast = self.model.forecast_for_new_customer();
        let cohorts = cohorts(patterns);
        let totals = map_rows(times.len(), |point| {
            cohorts
                .iter()
                .filter(|(age, _)| age + times[point] > 0.0)
                .map(|(age, customers)| customers * forecast.expected_purchases(age + times[point]))
                .fold(0.0, |sum, purchases| sum + purchases)
        });
        let mut before = 0.0;
        Ok(times
            .iter()
            .zip(totals)
            .map(|(time, cumulative)| {
                let incremental = cumulative - before;
                before = cumulative;
                TrackingPoint { time: *time, cumulative, incremental }
            })
            .collect())
    }

    /// Customers by repeat purchases up to the end of the calibration period: 0, 1, … and `last` or more.
    ///
    /// Shape: `last` + 1 classes.
    /// Errors: [`Error::MixedUnits`].
    pub fn count_classes(&self, patterns: &Patterns, last: u32) -> Result<Vec<CountClass>, Error> {
        patterns.check_unit(self.unit)?;
        let forecast = self.model.forecast_for_new_customer();
        let cohorts = cohorts(patterns);
        let size = last as usize + 1;
        let probabilities = map_rows(cohorts.len(), |row| {
            let (age, _) = cohorts[row];
            let mut probabilities = if age > 0.0 {
                forecast.purchase_counts(age, size - 1)
            } else {
                let mut nothing = vec![0.0; size];
                nothing[0] = 1.0;
                nothing
            };
            probabilities[size - 1] = 1.0 - probabilities[..size - 1].iter().sum::<f64>();
            probabilities
        });
        let mut classes: Vec<CountClass> = (0..=last)
            .map(|x| CountClass { x, is_open_ended: x == last, actual: 0.0, expected: 0.0 })
            .collect();
        for (probabilities, (_, customers)) in probabilities.iter().zip(&cohorts) {
            for (class, probability) in classes.iter_mut().zip(probabilities) {
                class.expected += customers * probability;
            }
        }
        for (x, count) in patterns.x.iter().zip(&patterns.count) {
            classes[(*x).min(last) as usize].actual += count;
        }
        Ok(classes)
    }
}
