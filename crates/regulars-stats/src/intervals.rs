//! Confidence intervals from standard errors, and quantiles.
//!
//! Deliberately not here: resampling, which needs the model.

use crate::special::normal_quantile;

/// Confidence interval of a positive parameter, from the standard error of its log.
///
/// Symmetric on the log scale, where the likelihood of such a parameter is closest to a parabola; never
/// below 0.
///
/// Shape: lower and upper bound.
pub fn log_interval(estimate: f64, standard_error_of_log: f64, level: f64) -> (f64, f64) {
    let factor = (normal_quantile(0.5 + 0.5 * level) * standard_error_of_log).exp();
    (estimate / factor, estimate * factor)
}

/// Quantile at `p` (0 to 1) of ascending values, with linear interpolation.
///
/// Shape: NaN if there are no values.
/// Source: Hyndman & Fan (1996), type 7.
pub fn quantile_of_sorted(ascending: &[f64], p: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else { return f64::NAN };
    let rank = p.clamp(0.0, 1.0) * last as f64;
    let below = rank.floor() as usize;
    let above = (below + 1).min(last);
    ascending[below] + (rank - below as f64) * (ascending[above] - ascending[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_positive_parameters_stay_positive() {
        let (low, high) = log_interval(2.0, 1.5, 0.9);
        assert!(low > 0.0 && low < 2.0 && high > 2.0);
        assert!((low * high - 4.0).abs() < 1e-12);
        assert!(((high / 2.0).ln() / 1.5 - 1.644_853_626_951_472_2).abs() < 1e-12);
    }

    #[test]
    fn quantiles_between_values() {
        let values = [1.0, 2.0, 4.0];
        for (p, expected) in [(0.0, 1.0), (0.5, 2.0), (0.75, 3.0), (1.0, 4.0)] {
            assert!((quantile_of_sorted(&values, p) - expected).abs() < 1e-15);
        }
        assert!(quantile_of_sorted(&[], 0.5).is_nan());
    }
}
