//! Forecasts all patterns on all cores, and maps them back to customers.

use regulars_stats::sums::map_rows;

use super::clv::{self, Discount};
use super::error::Error;
use super::model::{FittedLifetimeModel, PurchaseModel};
use super::patterns::{CountedPatterns, EXCLUDED, Patterns};
use super::time::{Horizon, TimeUnit};

/// Forecast for a horizon.
///
/// Shape: every column has one value per pattern; all finite, probabilities in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// P(alive).
    pub p_alive: Vec<f64>,
    /// Expected purchases within the horizon.
    pub expected_purchases: Vec<f64>,
    /// P(purchase): probability of at least one purchase within the horizon.
    pub p_any_purchase: Vec<f64>,
    /// Expected purchases within the horizon, discounted; times the spend per purchase, the CLV.
    pub discounted_purchases: Vec<f64>,
}

impl FittedLifetimeModel {
    /// Forecasts each pattern.
    ///
    /// Errors: [`Error::Horizon`], [`Error::DiscountRate`]; [`Error::MixedUnits`] if the patterns are in a
    /// different unit from the model.
    pub fn forecast(
        &self,
        patterns: &Patterns,
        horizon: Horizon,
        discount: Discount,
    ) -> Result<Forecast, Error> {
        discount.check()?;
        patterns.horizon(horizon, self.unit)?;
        Ok(forecast_rows(patterns, |_| &self.model, horizon, discount, self.unit))
    }
}

/// Forecasts each pattern with its own model; horizon, discount and units are checked (trusted).
pub(crate) fn forecast_rows<'a>(
    patterns: &Patterns,
    model_of: impl Fn(usize) -> &'a PurchaseModel + Sync + Send,
    horizon: Horizon,
    discount: Discount,
    unit: TimeUnit,
) -> Forecast {
    let t = horizon.in_units(unit);
    let rows = map_rows(patterns.len(), |row| {
        let forecast = model_of(row).forecast_for(&patterns.history(row));
        let expected = forecast.expected_purchases(t);
        let discounted = match discount {
            Discount::None => expected,
            _ => clv::discounted_purchases(&*forecast, horizon, discount, unit),
        };
        [forecast.p_alive(), expected, forecast.p_any_purchase(t), discounted]
    });
    let column = |i: usize| rows.iter().map(|row: &[f64; 4]| row[i]).collect();
    Forecast {
        p_alive: column(0),
        expected_purchases: column(1),
        p_any_purchase: column(2),
        discounted_purchases: column(3),
    }
}

impl CountedPatterns {
    /// Maps pattern values to customers.
    ///
    /// Shape: one value per customer in the order of the counted table; none for excluded customers.
    pub fn to_customers(&self, of_patterns: &[f64]) -> Vec<Option<f64>> {
        self.pattern_of
            .iter()
            .map(|pattern| (*pattern != EXCLUDED).then(|| of_patterns[*pattern as usize]))
            .collect()
    }
}
