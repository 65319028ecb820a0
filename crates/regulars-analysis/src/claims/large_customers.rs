//! Single customers with so large a share of a total that it does not describe the others.
//!
//! The wording is in `words`.

use regulars_core::summary::{LargestInHoldout, ModelRow};

/// Share of a total above which a customer is named.
pub const NOTABLE_SHARE: f64 = 0.05;

/// Minimum multiple of an equal share, so that with few customers not all are large.
const EQUAL_SHARES: f64 = 2.0;

/// Which total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Revenue of all customers.
    Revenue,
    /// Expected spend of all customers in the horizon.
    ExpectedSpend,
}

/// A customer with more than 5% of a total.
#[derive(Debug, Clone, PartialEq)]
pub struct LargeCustomer {
    /// The total.
    pub of: Total,
    /// The customer.
    pub customer_id: String,
    /// The customer's amount, minor units.
    pub amount_minor: i64,
    /// Share of the total.
    pub share: f64,
}

/// The largest customer, if its share of a total is above 5%, and above twice an equal share.
pub fn large_customer(
    of: Total,
    total_minor: i64,
    customers: u64,
    largest: Option<(&str, i64)>,
) -> Option<LargeCustomer> {
    let (customer_id, amount_minor) = largest?;
    let share = amount_minor as f64 / total_minor as f64;
    let equal = EQUAL_SHARES / customers.max(1) as f64;
    (total_minor > 0 && share > NOTABLE_SHARE && share > equal).then(|| LargeCustomer {
        of,
        customer_id: customer_id.to_owned(),
        amount_minor,
        share,
    })
}

/// The customer who spent most in the holdout period, if this affects the model comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct LargestHoldoutCustomer {
    /// The customer, and the model choice without it.
    pub largest: LargestInHoldout,
    /// RMSE of the chosen model with the customer and without, minor units.
    pub rmse_minor: Option<[f64; 2]>,
    /// Whether another model would have been chosen without it.
    pub decides: bool,
}

/// The customer who spent most in the holdout period, if it spent more than 5% of the total, or if another
/// model than `chosen` would have been chosen without it.
pub fn largest_holdout_customer(
    largest: Option<&LargestInHoldout>,
    chosen: &str,
    models: &[ModelRow],
) -> Option<LargestHoldoutCustomer> {
    let largest = largest?;
    let decides = largest.model_without != chosen;
    let row = models.iter().find(|model| model.chosen);
    let rmse_minor = row.and_then(|row| Some([row.rmse_minor?, row.rmse_without_largest_minor?]));
    (decides || largest.share > NOTABLE_SHARE).then(|| LargestHoldoutCustomer {
        largest: largest.clone(),
        rmse_minor,
        decides,
    })
}

/// The model with the smallest RMSE of spend.
#[derive(Debug, Clone, PartialEq)]
pub struct MostAccurate {
    /// The model.
    pub model: String,
    /// Its RMSE, minor units.
    pub rmse_minor: f64,
    /// The baseline with the smallest RMSE, and its RMSE.
    pub baseline: Option<(String, f64)>,
}

/// The most accurate model by RMSE of spend; none if none was tested.
pub fn most_accurate(models: &[ModelRow]) -> Option<MostAccurate> {
    let smallest = |of: fn(&ModelRow) -> Option<f64>, is_one: fn(&ModelRow) -> bool| {
        let tested = models.iter().filter(|model| is_one(model)).filter_map(|m| Some((m, of(m)?)));
        tested.min_by(|a, b| a.1.total_cmp(&b.1))
    };
    let (model, rmse_minor) = smallest(|m| m.rmse_minor, |_| true)?;
    let baseline = smallest(|m| m.rmse_minor, |m| m.kind == "baseline");
    Some(MostAccurate {
        model: model.model.clone(),
        rmse_minor,
        baseline: baseline
            .filter(|_| model.kind != "baseline")
            .map(|(baseline, rmse)| (baseline.model.clone(), rmse)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(model: &str, kind: &str, rmse: f64, without: f64) -> ModelRow {
        ModelRow {
            model: model.to_owned(),
            kind: kind.to_owned(),
            rmse_minor: Some(rmse),
            rmse_without_largest_minor: Some(without),
            ..ModelRow::default()
        }
    }

    #[test]
    fn more_than_a_twentieth_is_named() {
        let found =
            large_customer(Total::Revenue, 1_000, 500, Some(("16446", 51))).expect("a large customer");
        assert_eq!((found.customer_id.as_str(), found.amount_minor), ("16446", 51));
        assert!((found.share - 0.051).abs() < 1e-12);
        assert_eq!(large_customer(Total::Revenue, 1_000, 500, Some(("16446", 50))), None);
        // With ten customers, an equal share is 10%.
        assert_eq!(large_customer(Total::ExpectedSpend, 1_000, 10, Some(("a", 190))), None);
        assert!(large_customer(Total::ExpectedSpend, 1_000, 10, Some(("a", 210))).is_some());
        assert_eq!(large_customer(Total::Revenue, 0, 10, Some(("a", 210))), None);
        assert_eq!(large_customer(Total::Revenue, 1_000, 10, None), None);
    }

    #[test]
    fn the_most_accurate_is_compared_with_the_best_baseline() {
        let models = [
            row("BG/NBD", "probabilistic", 3_083.0, 1_953.0),
            row("LightGBM", "learned", 3_000.0, 2_100.0),
            row("overall mean", "baseline", 3_500.0, 2_600.0),
        ];
        let found = most_accurate(&models).expect("judged");
        assert_eq!(found.model, "LightGBM");
        assert_eq!(found.baseline.as_ref().map(|(name, _)| name.as_str()), Some("overall mean"));
        let found = most_accurate(&models[..1]).expect("judged");
        assert_eq!(found.baseline, None);
        // If a baseline is best, it is not compared with another.
        assert_eq!(most_accurate(&models[2..]).expect("judged").baseline, None);
        assert_eq!(most_accurate(&[]), None);
    }

    #[test]
    fn who_decides_the_choice_is_named_however_small_its_share() {
        let largest = |share: f64, model_without: &str| LargestInHoldout {
            customer_id: "16446".to_owned(),
            actual_minor: 16_846_960,
            expected_minor: 12_000,
            share,
            model_without: model_without.to_owned(),
        };
        let models = [ModelRow { chosen: true, ..row("BG/NBD", "probabilistic", 3_083.0, 1_953.0) }];
        let check = |largest: &LargestInHoldout| largest_holdout_customer(Some(largest), "BG/NBD", &models);
        let found = check(&largest(0.06, "BG/NBD")).expect("more than 5%");
        assert_eq!((found.decides, found.rmse_minor), (false, Some([3_083.0, 1_953.0])));
        assert_eq!(check(&largest(0.04, "BG/NBD")), None);
        assert!(check(&largest(0.04, "Pareto/NBD")).expect("it decides").decides);
        assert_eq!(largest_holdout_customer(None, "BG/NBD", &models), None);
    }

    proptest! {
        #[test]
        fn a_whale_holds_what_it_is_said_to(total in 1_i64..1_000_000, amount in 0_i64..1_000_000, n in 1_u64..5_000) {
            let amount = amount.min(total);
            match large_customer(Total::Revenue, total, n, Some(("x", amount))) {
                Some(found) => prop_assert!(found.share > 0.05 && found.share > 2.0 / n as f64),
                None => prop_assert!(20 * amount <= total || (amount as f64) <= 2.0 * total as f64 / n as f64),
            }
        }
    }
}
