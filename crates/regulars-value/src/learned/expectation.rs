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
pub(crate) struct ExpectationModels {
    pub(crate) purchases: FittedLifetimeModel,
    pub(crate) spend: SpendModel,
}

impl ExpectationModels {
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

#[cfg(test)]
mod tests {
    use regulars_models::lifetime::fit::FitSettings;
    use regulars_models::lifetime::model::ModelKind;

    use super::*;

    fn histories() -> Columns {
        let mut columns = Columns::default();
        for row in 0..200_u32 {
            let x = f64::from(row % 5);
            columns.x.push(x);
            columns.t_x.push(if x > 0.0 { 20.0 * x + f64::from(row % 3) } else { 0.0 });
            columns.t.push(120.0 + f64::from(row % 30));
            columns.log_intervals.push(x * 20_f64.ln());
            columns.repeat_minor.push((x * 1500.0) as i64);
            columns.total_minor.push((x * 1500.0) as i64 + 1500);
        }
        columns
    }

    #[test]
    fn the_columns_are_those_of_each_customer_alone() {
        let histories = histories();
        for (unit, days) in [(TimeUnit::Days, 1.0), (TimeUnit::Weeks, 7.0)] {
            let counted = histories.counted(unit).expect("valid");
            let mean = histories.mean_spend(100.0);
            let purchases =
                ModelKind::ALL[2].fit(&counted.patterns, &FitSettings::default()).expect("fitted");
            let spend = SpendModel::OneMean { mean: 15.0, reason: String::new() };
            let expectation_models = ExpectationModels { purchases, spend };
            let [alive, any, count, order, value] =
                expectation_models.columns(&histories, &counted, &mean, 60).expect("a horizon");
            for row in 0..200 {
                let history = counted.patterns.history(counted.pattern_of[row] as usize);
                let future = expectation_models.purchases.model.forecast_for(&history);
                let expected = future.expected_purchases(60.0 / days);
                assert!((alive[row] - future.p_alive()).abs() < 1e-9);
                assert!((count[row] - expected).abs() < 1e-6 * (1.0 + expected), "{} {expected}", count[row]);
                // P(0) and P(any) are all there is.
                let none = future.purchase_counts(60.0 / days, 0)[0];
                assert!((any[row] + none - 1.0).abs() < 1e-6, "{} {none}", any[row]);
                assert!((order[row] - 15.0).abs() < 1e-12 && (value[row] - 15.0 * count[row]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_longer_target_is_expected_to_bring_more_and_none_is_refused() {
        let histories = histories();
        let counted = histories.counted(TimeUnit::Days).expect("valid");
        let mean = histories.mean_spend(100.0);
        let purchases = ModelKind::ALL[2].fit(&counted.patterns, &FitSettings::default()).expect("fitted");
        let expectation_models =
            ExpectationModels { purchases, spend: SpendModel::OneMean { mean: 1.0, reason: String::new() } };
        let of = |days| expectation_models.columns(&histories, &counted, &mean, days);
        let (short, long) = (of(30).expect("a horizon"), of(60).expect("a horizon"));
        for row in 0..200 {
            assert!(short[2][row] < long[2][row] && short[1][row] < long[1][row]);
            assert!((short[0][row] - long[0][row]).abs() < 1e-12);
        }
        assert!(of(0).is_err());
    }

    #[test]
    fn the_models_survive_storage() {
        let histories = histories();
        let counted = histories.counted(TimeUnit::Days).expect("valid");
        let mean = histories.mean_spend(100.0);
        let purchases = ModelKind::ALL[2].fit(&counted.patterns, &FitSettings::default()).expect("fitted");
        let expectation_models =
            ExpectationModels { purchases, spend: SpendModel::OneMean { mean: 2.0, reason: String::new() } };
        let text = serde_json::to_string(&expectation_models).expect("text");
        let again: ExpectationModels = serde_json::from_str(&text).expect("read");
        let of = |expectation_models: &ExpectationModels| {
            expectation_models.columns(&histories, &counted, &mean, 90).expect("a horizon")
        };
        assert_eq!(of(&expectation_models), of(&again));
    }
}
