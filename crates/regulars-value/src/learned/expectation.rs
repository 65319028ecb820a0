//! Expectations of a buy-till-you-die model and a spend model: the last five features.

use regulars_models::lifetime::Error;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::model::FittedLifetimeModel;
use regulars_models::lifetime::patterns::CountedPatterns;
use regulars_models::lifetime::time::{Horizon, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::btyd::SpendModel;
use crate::histories::Columns;

/// Names of these features.
pub(crate) const EXPECTED: [&str; 5] =
    ["p_alive", "p_purchase", "expected_purchases", "expected_order_value", "expected_value"];

/// The models behind the expectations.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Expecting {
    pub(crate) purchases: FittedLifetimeModel,
    pub(crate) spend: SpendModel,
}

impl Expecting {
    /// The columns of [`EXPECTED`], for every customer.
    ///
    /// Contracts: `counted` comes from `histories`, in the unit of the model; `mean` is their mean spend
    /// (trusted).
    /// Units: money in the currency's unit; purchases and spend within the target days.
    pub(crate) fn columns(
        &self,
        histories: &Columns,
        counted: &CountedPatterns,
        mean: &[f64],
        target_days: u32,
    ) -> Result<[Vec<f64>; 5], Error> {
        let horizon = Horizon { count: f64::from(target_days), unit: TimeUnit::Days };
        let forecast = self.purchases.forecast(&counted.patterns, horizon, Discount::None)?;
        // No history was rejected, so every customer has a pattern.
        let of_customers = |of_patterns: &[f64]| -> Vec<f64> {
            counted.to_customers(of_patterns).into_iter().map(|value| value.unwrap_or(0.0)).collect()
        };
        let p_alive = of_customers(&forecast.p_alive);
        let p_purchase = of_customers(&forecast.p_any_purchase);
        let purchases = of_customers(&forecast.expected_purchases);
        let order_value: Vec<f64> =
            histories.x.iter().zip(mean).map(|(x, mean)| self.spend.expected(*x, *mean)).collect();
        let value = purchases.iter().zip(&order_value).map(|(count, value)| count * value).collect();
        Ok([p_alive, p_purchase, purchases, order_value, value])
    }
}
