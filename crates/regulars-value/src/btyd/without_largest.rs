//! Accuracy of forecasts without the customer who spent most in the holdout period.

use regulars_stats::forecast_accuracy::{ForecastErrors, forecast_errors, normalised_gini};

use crate::histories::Calibration;

/// Accuracy of a spend forecast without that customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WithoutLargest {
    pub(crate) spend: ForecastErrors,
    pub(crate) gini: Option<f64>,
}

/// The same for a candidate, with the other selection criteria.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CandidateWithout {
    pub(crate) spend: WithoutLargest,
    pub(crate) purchases_rmse: f64,
    pub(crate) log_likelihood: f64,
}

/// The row of the holdout customer who spent most; the first on ties, none if nobody spent.
pub(crate) fn largest_row(kept: &Calibration) -> Option<usize> {
    let rows = (0..kept.spend_minor.len()).filter(|row| kept.spend_minor[*row] > 0);
    rows.min_by_key(|row| (std::cmp::Reverse(kept.spend_minor[*row]), *row))
}

fn but(values: &[f64], row: usize) -> Vec<f64> {
    [&values[..row], &values[row + 1..]].concat()
}

/// Accuracy without one row; none if no rows are left.
pub(crate) fn without(actual: &[f64], forecast: &[f64], row: usize) -> Option<WithoutLargest> {
    let (actual, forecast) = (but(actual, row), but(forecast, row));
    let spend = forecast_errors(&actual, &forecast).ok()?;
    Some(WithoutLargest { spend, gini: normalised_gini(&actual, &forecast).ok().flatten() })
}

/// RMSE of purchases without one row.
pub(crate) fn purchases_rmse_without(actual: &[f64], forecast: &[f64], row: usize) -> Option<f64> {
    forecast_errors(&but(actual, row), &but(forecast, row)).ok().map(|errors| errors.rmse)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(spend_minor: Vec<i64>) -> Calibration {
        Calibration { spend_minor, ..Calibration::default() }
    }

    #[test]
    fn the_largest_is_who_spent_most() {
        assert_eq!(largest_row(&kept(vec![5, 900, 3, 900])), Some(1));
        assert_eq!(largest_row(&kept(vec![0, -5])), None);
        assert_eq!(largest_row(&kept(Vec::new())), None);
    }

    #[test]
    fn errors_without_one_row_are_those_of_the_others() {
        // Three errors of 1, and one of 1,000.
        let (actual, forecast) = ([10.0, 1000.0, 20.0, 30.0], [11.0, 0.0, 21.0, 29.0]);
        let all = forecast_errors(&actual, &forecast).expect("rows");
        assert!((all.rmse - (1_000_003.0_f64 / 4.0).sqrt()).abs() < 1e-9);
        let found = without(&actual, &forecast, 1).expect("rows");
        assert!((found.spend.rmse - 1.0).abs() < 1e-12 && (found.spend.mae - 1.0).abs() < 1e-12);
        assert!((found.spend.bias.expect("spent") - 1.0 / 60.0).abs() < 1e-12);
        assert!((found.gini.expect("they differ") - 1.0).abs() < 1e-12);
        assert_eq!(without(&[5.0], &[5.0], 0), None);
    }

    proptest! {
        #[test]
        fn leaving_a_row_out_is_judging_the_others(
            rows in prop::collection::vec((0.0_f64..1e4, 0.0_f64..1e4), 2..40), at in 0_usize..40,
        ) {
            let at = at % rows.len();
            let (actual, forecast): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
            let found = without(&actual, &forecast, at).expect("rows").spend;
            // n times the MSE, less the squared error of that row.
            let n = rows.len() as f64;
            let all = forecast_errors(&actual, &forecast).expect("rows");
            let squares = all.rmse * all.rmse * n - (actual[at] - forecast[at]).powi(2);
            let left = (squares.max(0.0) / (n - 1.0)).sqrt();
            prop_assert!((found.rmse - left).abs() <= 1e-6 * (1.0 + left), "{} {left}", found.rmse);
        }
    }
}
