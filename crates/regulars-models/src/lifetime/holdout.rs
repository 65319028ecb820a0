//! Evaluates forecasts on the holdout period, and selects the best model.
//!
//! Deliberately not here: splitting orders by date; the caller counts the histories up to the end of the
//! calibration period and the purchases after it.

use std::collections::BTreeMap;

use regulars_stats::forecast_accuracy::{self as accuracy, correlation};
use regulars_stats::sums::map_rows;
use serde::{Deserialize, Serialize};

use super::clv::Discount;
use super::count_distribution::{is_nearest, upper_tail};
use super::error::Error;
use super::model::{FittedLifetimeModel, ModelKind, PurchaseModel};
use super::patterns::{CountedPatterns, EXCLUDED};
use super::time::Horizon;

/// Accuracy of a model's purchase forecast on the holdout period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holdout {
    /// Number of customers.
    pub customers: u64,
    /// Actual purchases.
    pub actual: f64,
    /// Expected purchases.
    pub expected: f64,
    /// Mean absolute error, in purchases.
    pub mae: f64,
    /// Root mean squared error (RMSE), in purchases.
    pub rmse: f64,
    /// Bias: expected over actual purchases, minus 1; none if nobody bought.
    pub bias: Option<f64>,
    /// Log-likelihood of the actual purchases.
    pub log_likelihood: f64,
    /// Coverage of the 90% prediction interval.
    pub coverage_90: f64,
    /// Accuracy by repeat purchases in the calibration period: 0, 1, … and a last class for all above.
    pub by_frequency: Vec<FrequencyClass>,
}

/// Customers with the same number of repeat purchases in the calibration period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrequencyClass {
    /// Repeat purchases in the calibration period.
    pub x: u32,
    /// Whether the class includes everyone with this many or more.
    pub is_open_ended: bool,
    /// Number of customers.
    pub customers: u64,
    /// Mean actual purchases in the holdout period.
    pub actual: f64,
    /// Mean expected purchases.
    pub expected: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Root mean squared error (RMSE).
    pub rmse: f64,
}

/// Last frequency class: this many repeat purchases or more.
pub(crate) const LAST_CLASS: u32 = 7;

/// Evaluates the holdout forecast.
///
/// Contracts: `actual` has the purchases (days with a purchase) of each customer of the counted table within
/// `horizon` after the calibration period, in order (length checked).
/// Errors: [`Error::ColumnLengths`]; those of [`FittedLifetimeModel::forecast`].
pub fn evaluate(
    fitted: &FittedLifetimeModel,
    counted: &CountedPatterns,
    actual: &[f64],
    horizon: Horizon,
) -> Result<Holdout, Error> {
    let expected = fitted.forecast(&counted.patterns, horizon, Discount::None)?.expected_purchases;
    evaluate_rows(counted, actual, &expected, |_| &fitted.model, horizon.in_units(fitted.unit))
}

/// Evaluates the forecast within `t`, with a separate model per pattern.
pub(crate) fn evaluate_rows<'a>(
    counted: &CountedPatterns,
    actual: &[f64],
    expected: &[f64],
    model_of: impl Fn(usize) -> &'a PurchaseModel + Sync + Send,
    t: f64,
) -> Result<Holdout, Error> {
    if actual.len() != counted.pattern_of.len() {
        return Err(Error::ColumnLengths {
            name: "holdout purchases",
            found: actual.len(),
            expected: counted.pattern_of.len(),
        });
    }
    let patterns = &counted.patterns;
    let rows: Vec<(usize, f64)> = counted
        .pattern_of
        .iter()
        .zip(actual)
        .filter(|(pattern, _)| **pattern != EXCLUDED)
        .map(|(pattern, actual)| (*pattern as usize, *actual))
        .collect();
    // Customers of one pattern share one distribution of counts.
    let mut most = vec![0_usize; patterns.len()];
    for (pattern, actual) in &rows {
        most[*pattern] = most[*pattern].max(*actual as usize);
    }
    let probabilities: Vec<Vec<f64>> = map_rows(patterns.len(), |pattern| {
        let forecast = model_of(pattern).forecast_for(&patterns.history(pattern));
        forecast.purchase_counts(t, most[pattern])
    });
    let truth: Vec<f64> = rows.iter().map(|(_, actual)| *actual).collect();
    let guess: Vec<f64> = rows.iter().map(|(pattern, _)| expected[*pattern]).collect();
    let errors = accuracy::forecast_errors(&truth, &guess)?;
    let mut log_likelihood = 0.0;
    let mut inside = 0.0;
    for (pattern, actual) in &rows {
        let probabilities = &probabilities[*pattern];
        let actual = *actual as usize;
        // A probability that underflows counts as the smallest positive number.
        log_likelihood += probabilities[actual].max(f64::MIN_POSITIVE).ln();
        // Same interval as in `CountDistribution`, bounds included, but without its cap on counts.
        let below: f64 = probabilities[..actual].iter().sum();
        let up_to = below + probabilities[actual];
        let share = 1.0 - upper_tail(probabilities[0], 0.9);
        let rounded = expected[*pattern].round();
        let reached = up_to >= 0.05 || actual as f64 >= rounded;
        let up_to_end = up_to < share || (below < share && is_nearest(share, below, up_to));
        if reached && (up_to_end || actual as f64 <= rounded) {
            inside += 1.0;
        }
    }
    Ok(Holdout {
        customers: rows.len() as u64,
        actual: truth.iter().sum(),
        expected: guess.iter().sum(),
        mae: errors.mae,
        rmse: errors.rmse,
        bias: errors.bias,
        log_likelihood,
        coverage_90: inside / rows.len() as f64,
        by_frequency: by_frequency(&rows, &patterns.x, expected),
    })
}

fn by_frequency(rows: &[(usize, f64)], x: &[u32], expected: &[f64]) -> Vec<FrequencyClass> {
    let mut classes: BTreeMap<u32, [f64; 5]> = BTreeMap::new();
    for (pattern, actual) in rows {
        let sums = classes.entry(x[*pattern].min(LAST_CLASS)).or_default();
        let guess = expected[*pattern];
        for (sum, value) in
            sums.iter_mut().zip([1.0, *actual, guess, (guess - actual).abs(), (guess - actual).powi(2)])
        {
            *sum += value;
        }
    }
    classes
        .into_iter()
        .map(|(x, [customers, actual, expected, errors, squares])| FrequencyClass {
            x,
            is_open_ended: x == LAST_CLASS,
            customers: customers as u64,
            actual: actual / customers,
            expected: expected / customers,
            mae: errors / customers,
            rmse: (squares / customers).sqrt(),
        })
        .collect()
}

/// Criterion for the best model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Highest holdout log-likelihood.
    LogLikelihood,
    /// Lowest RMSE.
    Rmse,
}

/// Selects the best evaluated model; ties go to the first.
///
/// Shape: `None` without models.
pub fn best(evaluated: &[(ModelKind, Holdout)], criterion: Criterion) -> Option<ModelKind> {
    let loss = |holdout: &Holdout| match criterion {
        Criterion::LogLikelihood => -holdout.log_likelihood,
        Criterion::Rmse => holdout.rmse,
    };
    evaluated
        .iter()
        .reduce(|best, next| if loss(&next.1) < loss(&best.1) { next } else { best })
        .map(|(kind, _)| *kind)
}

/// Whether spend and frequency are correlated, contrary to the assumption of the Gamma-Gamma model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Independence {
    /// Customers with repeat purchases and spend.
    pub customers: u64,
    /// Correlation of repeat purchases and mean spend; none if one of them does not vary.
    pub correlation: Option<f64>,
    /// Rank correlation, which single large customers do not dominate.
    pub rank_correlation: Option<f64>,
    /// Warning in words, if they are correlated.
    pub warning: Option<String>,
}

/// Correlations up to this size count as negligible by convention.
const NEGLIGIBLE: f64 = 0.1;

/// Correlations of repeat purchases and mean spend among customers with repeat purchases, with a warning if they
/// are not negligible.
///
/// Errors: [`Error::ColumnLengths`].
pub fn independence(x: &[f64], mean_spend: &[f64]) -> Result<Independence, Error> {
    if x.len() != mean_spend.len() {
        return Err(Error::ColumnLengths { name: "mean spend", found: mean_spend.len(), expected: x.len() });
    }
    let used = |x: &f64, mean: &f64| *x > 0.0 && *mean > 0.0 && x.is_finite() && mean.is_finite();
    let (x, mean): (Vec<f64>, Vec<f64>) =
        x.iter().zip(mean_spend).filter(|(x, mean)| used(x, mean)).map(|(x, mean)| (*x, *mean)).unzip();
    if x.is_empty() {
        return Ok(Independence { customers: 0, correlation: None, rank_correlation: None, warning: None });
    }
    let linear = correlation(&x, &mean)?;
    let ranks = accuracy::spearman(&x, &mean)?;
    let strong = [linear, ranks].into_iter().flatten().find(|value| value.abs() > NEGLIGIBLE);
    let warning = strong.map(|value| {
        let (who, error) = if value > 0.0 { ("more", "too low") } else { ("less", "too high") };
        format!(
            "customers who buy often spend {who} per purchase (correlation {value:.2}): the predicted \
             LTV of frequent buyers will be {error}"
        )
    });
    Ok(Independence { customers: x.len() as u64, correlation: linear, rank_correlation: ranks, warning })
}
