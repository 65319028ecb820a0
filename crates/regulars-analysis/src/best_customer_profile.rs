//! Best-customer profile for acquisition: traits known at the first order that are more common among the
//! customers with the highest expected spend.
//!
//! Traits known only for repeat customers are excluded.

use crate::error::BackendError;
use crate::filter::Filter;
use crate::filtered_run::FilteredRun;
use crate::frame::{FirstOrderTrait, present};

/// The best customers are one in this many, the top 20%.
const BEST_ONE_IN: usize = 5;
/// Minimum number of customers with a trait for it to be compared.
pub const MIN_CUSTOMERS_PER_TRAIT: u64 = 30;
/// Minimum number of selected customers for any comparison.
pub const MIN_CUSTOMERS: usize = 100;
/// Half-width of the intervals, in standard errors. Many traits are compared: at two standard errors one in 20
/// would differ by chance, at three one in 370.
const Z: f64 = 3.0;

/// A trait compared with all customers.
#[derive(Debug, Clone, PartialEq)]
pub struct TraitLift {
    /// The trait, as on pages: `First bought: tea`.
    pub label: String,
    /// Customers who have it.
    pub customers: u64,
    /// The best customers among them.
    pub best_customers: u64,
    /// Lift (share of best customers among those with the trait, over that among all), and both ends of its
    /// interval.
    pub lift: [f64; 3],
    /// The customers who have it, if a filter can select them.
    pub filter: Option<Filter>,
}

/// The best-customer profile.
#[derive(Debug, Clone, PartialEq)]
pub struct BestCustomerProfile {
    /// The traits whose lift differs from 1, highest first.
    pub traits: Vec<TraitLift>,
    /// Number of traits compared.
    pub traits_compared: usize,
    /// Predicted LTV from which a customer is one of the best, minor units.
    pub threshold_minor: i64,
    /// Titles of the characteristics whose values were compared.
    pub compared: Vec<String>,
    /// Whether customer attributes were among them.
    pub has_attributes: bool,
}

/// Compares every trait known at the first order; `None` with too few forecasts to compare.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn best_customer_profile(run: &FilteredRun) -> Result<Option<BestCustomerProfile>, BackendError> {
    let Some(expected) = run.frame.expected_minor()? else { return Ok(None) };
    let valued: Vec<(usize, i64)> =
        run.chosen.rows().filter_map(|row| Some((row, present(expected[row])?))).collect();
    if valued.len() < MIN_CUSTOMERS {
        return Ok(None);
    }
    let mut sorted: Vec<i64> = valued.iter().map(|(_, value)| *value).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let threshold_minor = sorted[sorted.len() / BEST_ONE_IN - 1];
    let best: Vec<(usize, bool)> =
        valued.iter().map(|(row, value)| (*row, *value >= threshold_minor)).collect();
    let known = run.frame.first_order_traits()?;
    let mut traits: Vec<TraitLift> = known.iter().flat_map(|of| lifts(run, of, &best)).collect();
    let traits_compared = traits.len();
    traits.retain(|one| one.lift[1] > 1.0 || one.lift[2] < 1.0);
    traits.sort_by(|a, b| b.lift[0].total_cmp(&a.lift[0]));
    Ok(Some(BestCustomerProfile {
        traits,
        traits_compared,
        threshold_minor,
        compared: known.iter().map(FirstOrderTrait::title).collect(),
        has_attributes: known.iter().any(|of| of.attribute().is_some()),
    }))
}

fn lifts(run: &FilteredRun, of: &FirstOrderTrait, best: &[(usize, bool)]) -> Vec<TraitLift> {
    let (title, classes) = (of.title(), of.classes());
    let mut counts = vec![(0_u64, 0_u64); classes.labels.len()];
    let (mut all, mut all_top) = (0_u64, 0_u64);
    for (row, is_top) in best {
        let Some(count) = counts.get_mut(usize::from(classes.codes[*row])) else { continue };
        count.0 += 1;
        count.1 += u64::from(*is_top);
        all += 1;
        all_top += u64::from(*is_top);
    }
    let base = all_top as f64 / all as f64;
    let large =
        counts.iter().zip(&classes.labels).filter(|((n, _), _)| *n >= MIN_CUSTOMERS_PER_TRAIT && *n < all);
    large
        .map(|((customers, best_customers), label)| TraitLift {
            label: format!("{title}: {label}"),
            customers: *customers,
            best_customers: *best_customers,
            lift: share(*best_customers, *customers).map(|share| share / base),
            filter: of.attribute().map(|name| run.filter.clone().with_attribute(name, label)),
        })
        .filter(|found| found.lift[0].is_finite())
        .collect()
}

/// The share of `hits` in `of`, and both ends of its Wilson interval.
fn share(hits: u64, of: u64) -> [f64; 3] {
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let z2 = Z * Z;
    let center = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    [p, (center - half).max(0.0), (center + half).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_lies_within_its_interval_and_few_say_little() {
        let [p, low, high] = share(20, 100);
        // Wilson interval with z = 3, computed by hand: center 0.2248, half-width 0.1176.
        assert!(
            (p - 0.2).abs() < 1e-12 && (low - 0.1072).abs() < 1e-3 && (high - 0.3423).abs() < 1e-3,
            "{low} {high}"
        );
        let [_, low, high] = share(0, 30);
        assert!(low.abs() < 1e-12 && (high - 9.0 / 39.0).abs() < 1e-9, "{high}");
    }
}
