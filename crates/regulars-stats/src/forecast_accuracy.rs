//! Forecast accuracy: errors, ranking, calibration.
//!
//! All measures take actual and forecast values as columns with one value per customer.

use crate::error::Error;

/// Forecast errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastErrors {
    /// Mean absolute error, in the unit of the values.
    pub mae: f64,
    /// Root mean squared error (RMSE), in the unit of the values.
    pub rmse: f64,
    /// Bias: total forecast over total actual, minus 1; none unless the actual total is positive.
    pub bias: Option<f64>,
    /// R²: 1 − squared errors over squared distances from the mean; none if the actual values do not vary.
    pub r2: Option<f64>,
}

/// Computes forecast errors.
///
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`] for no rows or values that are not finite.
pub fn forecast_errors(actual: &[f64], forecast: &[f64]) -> Result<ForecastErrors, Error> {
    check("the error of a forecast", actual, forecast)?;
    let n = actual.len() as f64;
    let mean = actual.iter().sum::<f64>() / n;
    let (mut absolute, mut squared, mut spread) = (0.0, 0.0, 0.0);
    for (truth, guess) in actual.iter().zip(forecast) {
        absolute += (guess - truth).abs();
        squared += (guess - truth) * (guess - truth);
        spread += (truth - mean) * (truth - mean);
    }
    let total: f64 = actual.iter().sum();
    Ok(ForecastErrors {
        mae: absolute / n,
        rmse: (squared / n).sqrt(),
        bias: (total > 0.0).then(|| forecast.iter().sum::<f64>() / total - 1.0),
        r2: (spread > 0.0).then(|| 1.0 - squared / spread),
    })
}

/// Pearson correlation; none if a column does not vary.
///
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`].
pub fn correlation(left: &[f64], right: &[f64]) -> Result<Option<f64>, Error> {
    check("a correlation", left, right)?;
    let n = left.len() as f64;
    let (mean_left, mean_right) = (left.iter().sum::<f64>() / n, right.iter().sum::<f64>() / n);
    let (mut covariance, mut variance_left, mut variance_right) = (0.0, 0.0, 0.0);
    for (a, b) in left.iter().zip(right) {
        covariance += (a - mean_left) * (b - mean_right);
        variance_left += (a - mean_left) * (a - mean_left);
        variance_right += (b - mean_right) * (b - mean_right);
    }
    let varies = variance_left > 0.0 && variance_right > 0.0;
    Ok(varies.then(|| (covariance / (variance_left * variance_right).sqrt()).clamp(-1.0, 1.0)))
}

/// Spearman's rank correlation, ties sharing their mean rank; none if a column does not vary.
///
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`].
/// Source: Spearman (1904).
pub fn spearman(left: &[f64], right: &[f64]) -> Result<Option<f64>, Error> {
    check("a rank correlation", left, right)?;
    correlation(&mean_ranks(left), &mean_ranks(right))
}

/// Normalised Gini coefficient of the ranking by forecast: 1 is perfect, 0 is random.
///
/// It is the area between gain curve and diagonal, relative to that of the perfect ranking. The gain curve
/// is the share of the actual total held by the customers with the highest forecasts; ties keep row order.
///
/// Shape: none if the actual total is not positive, or if all customers have the same actual value.
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`].
pub fn normalised_gini(actual: &[f64], forecast: &[f64]) -> Result<Option<f64>, Error> {
    check("a Gini coefficient", actual, forecast)?;
    let total: f64 = actual.iter().sum();
    let perfect = gini(actual, &highest_first(actual), total);
    let found = gini(actual, &highest_first(forecast), total);
    Ok((total > 0.0 && perfect.abs() > 1e-12).then(|| found / perfect))
}

/// Share of the actual total held by the top decile (or other `share`) of customers by forecast; none if
/// the actual total is 0.
///
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`].
pub fn share_of_top(actual: &[f64], forecast: &[f64], share: f64) -> Result<Option<f64>, Error> {
    check("the share of the top", actual, forecast)?;
    let total: f64 = actual.iter().sum();
    let rows = ((actual.len() as f64 * share).round() as usize).min(actual.len());
    let top: f64 = highest_first(forecast)[..rows].iter().map(|row| actual[*row]).sum();
    Ok((total > 0.0).then(|| top / total))
}

/// A group of customers with similar forecasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationGroup {
    /// Number of customers.
    pub customers: usize,
    /// Mean actual value.
    pub mean_actual: f64,
    /// Mean forecast.
    pub mean_forecast: f64,
}

/// Mean forecast and mean actual value in groups of equal size, lowest forecasts first.
///
/// Shape: `groups` groups whose sizes differ by at most one; fewer if there are fewer customers.
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`].
pub fn calibration(actual: &[f64], forecast: &[f64], groups: usize) -> Result<Vec<CalibrationGroup>, Error> {
    check("calibration", actual, forecast)?;
    let mut order = highest_first(forecast);
    order.reverse();
    let groups = groups.clamp(1, order.len());
    let group = |number: usize| {
        let rows = &order[number * order.len() / groups..(number + 1) * order.len() / groups];
        let mean = |values: &[f64]| rows.iter().map(|row| values[*row]).sum::<f64>() / rows.len() as f64;
        CalibrationGroup { customers: rows.len(), mean_actual: mean(actual), mean_forecast: mean(forecast) }
    };
    Ok((0..groups).map(group).collect())
}

/// Coverage: the share of actual values inside their interval, bounds included.
///
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`].
pub fn coverage(actual: &[f64], low: &[f64], high: &[f64]) -> Result<f64, Error> {
    check("coverage", actual, low)?;
    check("coverage", actual, high)?;
    let inside =
        actual.iter().zip(low).zip(high).filter(|((truth, low), high)| low <= truth && truth <= high);
    Ok(inside.count() as f64 / actual.len() as f64)
}

/// Accuracy metrics of a spend forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastMetrics {
    /// Forecast errors.
    pub errors: ForecastErrors,
    /// Absolute percentage error of the total; none if the actual total is 0. (A percentage error per customer
    /// is meaningless where most spend nothing.)
    pub total_ape: Option<f64>,
    /// [`spearman`].
    pub spearman: Option<f64>,
    /// [`normalised_gini`].
    pub gini: Option<f64>,
    /// Share of the actual total held by the top decile.
    pub top_decile_share: Option<f64>,
    /// Mean forecast and actual value by decile of the forecast, decile 10 (the lowest) first.
    pub deciles: Vec<CalibrationGroup>,
    /// Mean absolute percentage error over deciles; deciles with an actual total of 0 are left out; none if
    /// all are.
    pub decile_mape: Option<f64>,
}

/// Computes the accuracy metrics of a spend forecast.
///
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`].
pub fn forecast_metrics(actual: &[f64], forecast: &[f64]) -> Result<ForecastMetrics, Error> {
    let errors = forecast_errors(actual, forecast)?;
    let deciles = calibration(actual, forecast, 10)?;
    let with_value: Vec<&CalibrationGroup> = deciles.iter().filter(|group| group.mean_actual > 0.0).collect();
    let errors_sum: f64 =
        with_value.iter().map(|g| (g.mean_forecast - g.mean_actual).abs() / g.mean_actual).sum();
    Ok(ForecastMetrics {
        errors,
        total_ape: errors.bias.map(f64::abs),
        spearman: spearman(actual, forecast)?,
        gini: normalised_gini(actual, forecast)?,
        top_decile_share: share_of_top(actual, forecast, 0.1)?,
        decile_mape: (!with_value.is_empty()).then(|| errors_sum / with_value.len() as f64),
        deciles,
    })
}

fn check(measure: &'static str, left: &[f64], right: &[f64]) -> Result<(), Error> {
    if left.len() != right.len() {
        return Err(Error::LengthMismatch {
            left_name: "the actual values",
            left: left.len(),
            right_name: "the forecast",
            right: right.len(),
        });
    }
    if left.is_empty() {
        return Err(Error::InvalidValues { measure, problem: "there are no rows" });
    }
    if !left.iter().chain(right).all(|value| value.is_finite()) {
        return Err(Error::InvalidValues { measure, problem: "a value is not finite" });
    }
    Ok(())
}

/// Rows by descending value; ties in row order.
fn highest_first(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    order
}

/// Twice the area between gain curve and diagonal.
fn gini(actual: &[f64], order: &[usize], total: f64) -> f64 {
    let mut cumulative = 0.0;
    let mut area = 0.0;
    for row in order {
        cumulative += actual[*row];
        area += cumulative;
    }
    let n = order.len() as f64;
    2.0 * area / (total * n) - (n + 1.0) / n
}

/// Ranks from 1; ties share their mean rank.
pub(crate) fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let mean = f64::from(before) + 0.5 * (tied.len() as f64 + 1.0);
        for row in tied {
            ranks[*row] = mean;
        }
        before += tied.len() as u32;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_by_hand() {
        let found = forecast_errors(&[0.0, 2.0, 4.0], &[1.0, 2.0, 2.0]).unwrap();
        assert!((found.mae - 1.0).abs() < 1e-15);
        assert!((found.rmse - (5.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((found.bias.unwrap() - (5.0 / 6.0 - 1.0)).abs() < 1e-15);
        assert!((found.r2.unwrap() - (1.0 - 5.0 / 8.0)).abs() < 1e-15);
        assert_eq!(forecast_errors(&[0.0, 0.0], &[1.0, 0.0]).unwrap().bias, None);
    }

    #[test]
    fn ranking() {
        let actual = [5.0, 0.0, 3.0, 0.0, 2.0];
        let close = |found: Option<f64>, expected: f64| assert!((found.unwrap() - expected).abs() < 1e-12);
        close(normalised_gini(&actual, &[9.0, 1.0, 8.0, 0.5, 7.0]).unwrap(), 1.0);
        close(normalised_gini(&actual, &[-9.0, 1.0, -8.0, 2.0, -7.0]).unwrap(), -1.0);
        close(share_of_top(&actual, &[9.0, 1.0, 8.0, 0.5, 7.0], 0.2).unwrap(), 0.5);
        // scipy.stats.spearmanr([1, 2, 2, 4], [10, 30, 20, 40])
        close(spearman(&[1.0, 2.0, 2.0, 4.0], &[10.0, 30.0, 20.0, 40.0]).unwrap(), 0.948_683_298_050_513_8);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]).unwrap(), None);
    }

    #[test]
    fn groups_of_equal_size() {
        let actual: Vec<f64> = (0..25).map(f64::from).collect();
        let groups = calibration(&actual, &actual, 10).unwrap();
        assert_eq!(groups.len(), 10);
        assert!(groups.iter().all(|group| group.customers == 2 || group.customers == 3));
        assert!(groups.windows(2).all(|pair| pair[0].mean_forecast < pair[1].mean_forecast));
    }

    #[test]
    fn coverage_by_hand() {
        let found = coverage(&[1.0, 2.0, 3.0, 4.0], &[0.0, 2.0, 4.0, 0.0], &[1.0, 2.0, 5.0, 3.0]).unwrap();
        assert!((found - 0.5).abs() < 1e-15);
    }

    #[test]
    fn matches_scikit_learn() {
        let text = include_str!("../../../fixtures/golden/learners/measures.json");
        let cases: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        assert_eq!(cases.len(), 4);
        for case in &cases {
            let name = case["name"].as_str().unwrap();
            let column = |key: &str| -> Vec<f64> {
                case[key].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
            };
            let close = |key: &str, found: f64| {
                let expected = case[key].as_f64().unwrap();
                assert!(
                    (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
                    "{name}, {key}: {found}"
                );
            };
            let (actual, forecast) = (column("actual"), column("forecast"));
            if name == "chances" {
                let observed_rate: Vec<bool> = actual.iter().map(|value| *value > 0.5).collect();
                let found = crate::probability::score_probabilities(&observed_rate, &forecast).unwrap();
                close("auc", found.auc.unwrap());
                close("brier", found.brier);
                close("log_loss", found.log_loss);
                let curve = crate::probability::reliability(&observed_rate, &forecast, 10).unwrap();
                let of = |value: fn(&crate::probability::ReliabilityBin) -> f64| curve.iter().map(value);
                for (key, found) in [
                    ("stated", of(|band| band.mean_predicted).collect::<Vec<f64>>()),
                    ("happened", of(|band| band.observed_rate).collect()),
                ] {
                    let expected = column(key);
                    assert_eq!(found.len(), expected.len());
                    assert!(found.iter().zip(&expected).all(|(f, e)| (f - e).abs() < 1e-12), "{key}");
                }
                let fitted = crate::isotonic::Isotonic::fit(&forecast, &actual).unwrap();
                for (x, expected) in column("isotonic_at").iter().zip(column("isotonic")) {
                    assert!((fitted.predict(*x) - expected).abs() < 1e-12, "isotonic at {x}");
                }
                continue;
            }
            let found = forecast_metrics(&actual, &forecast).unwrap();
            close("r2", found.errors.r2.unwrap());
            close("mae", found.errors.mae);
            close("rmse", found.errors.rmse);
            close("total_ape", found.total_ape.unwrap());
            close("spearman", found.spearman.unwrap());
            if case.get("gini").is_some() {
                close("gini", found.gini.unwrap());
            }
            close("top_decile_share", found.top_decile_share.unwrap());
            close("decile_mape", found.decile_mape.unwrap());
        }
    }

    #[test]
    fn invalid_columns_are_refused() {
        assert!(matches!(forecast_errors(&[1.0], &[]), Err(Error::LengthMismatch { .. })));
        assert!(matches!(forecast_errors(&[], &[]), Err(Error::InvalidValues { .. })));
        assert!(matches!(forecast_errors(&[f64::NAN], &[1.0]), Err(Error::InvalidValues { .. })));
    }
}
