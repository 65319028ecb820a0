//! Best-customer profile for acquisition: traits known at the first order that are more common among the
//! customers with the highest expected spend.
//!
//! Traits known only for repeat customers are excluded.

use crate::error::BackendError;
use crate::filter::Filter;
use crate::filtered_run::FilteredRun;
use crate::frame::{FirstKnown, present};

/// One in `TOP` customers counts as a best customer.
const TOP: usize = 5;
/// Minimum number of customers with a trait for it to be compared.
pub const ENOUGH: u64 = 30;
/// Minimum number of selected customers for any comparison.
pub const ENOUGH_ALL: usize = 100;
/// Half-width of the intervals, in standard errors. With this many comparisons, one in twenty would stand out
/// by chance at two standard errors; at three it is one in 370.
const WIDTH: f64 = 3.0;

/// A trait compared with all customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The trait in words.
    pub what: String,
    /// Customers who have it.
    pub customers: u64,
    /// The best customers among them.
    pub top: u64,
    /// Lift: how much more often its customers are among the best, with both ends of the interval.
    pub lift: [f64; 3],
    /// The customers who have it, if a filter can select them.
    pub filter: Option<Filter>,
}

/// The best-customer profile.
#[derive(Debug, Clone, PartialEq)]
pub struct LookAlikes {
    /// The traits that set the best customers apart, highest lift first.
    pub found: Vec<Compared>,
    /// Number of traits compared.
    pub tried: usize,
    /// Expected spend from which a customer counts as best, minor units.
    pub cut_minor: i64,
    /// What was known at the first order, by title.
    pub known: Vec<String>,
    /// Whether customer attributes were among it.
    pub has_attributes: bool,
}

/// Compares every trait known at the first order; `None` with too few forecasts to compare.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn best_customer_profile(run: &FilteredRun) -> Result<Option<LookAlikes>, BackendError> {
    let Some(expected) = run.frame.expected_minor()? else { return Ok(None) };
    let valued: Vec<(usize, i64)> =
        run.chosen.rows().filter_map(|row| Some((row, present(expected[row])?))).collect();
    if valued.len() < ENOUGH_ALL {
        return Ok(None);
    }
    let mut sorted: Vec<i64> = valued.iter().map(|(_, value)| *value).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let cut_minor = sorted[sorted.len() / TOP - 1];
    let best: Vec<(usize, bool)> = valued.iter().map(|(row, value)| (*row, *value >= cut_minor)).collect();
    let known = run.frame.first_known()?;
    let mut found: Vec<Compared> = known.iter().flat_map(|of| compared(run, of, &best)).collect();
    let tried = found.len();
    found.retain(|one| one.lift[1] > 1.0 || one.lift[2] < 1.0);
    found.sort_by(|a, b| b.lift[0].total_cmp(&a.lift[0]));
    Ok(Some(LookAlikes {
        found,
        tried,
        cut_minor,
        known: known.iter().map(FirstKnown::title).collect(),
        has_attributes: known.iter().any(|of| of.attribute().is_some()),
    }))
}

fn compared(run: &FilteredRun, of: &FirstKnown, best: &[(usize, bool)]) -> Vec<Compared> {
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
    let large = counts.iter().zip(&classes.labels).filter(|((n, _), _)| *n >= ENOUGH && *n < all);
    large
        .map(|((customers, top), label)| Compared {
            what: format!("{title}: {label}"),
            customers: *customers,
            top: *top,
            lift: share(*top, *customers).map(|share| share / base),
            filter: of.attribute().map(|name| run.filter.clone().with_attribute(name, label)),
        })
        .filter(|found| found.lift[0].is_finite())
        .collect()
}

/// The share of `hits` in `of`, and both ends of its Wilson interval.
fn share(hits: u64, of: u64) -> [f64; 3] {
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let z2 = WIDTH * WIDTH;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = WIDTH / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    [p, (middle - half).max(0.0), (middle + half).min(1.0)]
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
