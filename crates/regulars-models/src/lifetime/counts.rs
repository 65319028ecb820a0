//! Gamma-mixed Poisson counts (negative binomial), computed from the mode outwards so that heavy buyers do
//! not underflow.

use regulars_stats::special::{ln_gamma, ln_rising_factorial};

/// Maximum count; reaching it takes a purchase every minute for years.
const MAX_CLASSES: usize = 5_000_000;

/// Probabilities of 0, 1, 2, … events within `t`, where the rate is gamma(`shape`, `rate`).
///
/// Shape: up to where `f64` cannot represent further terms, at least `least` + 1 values.
pub(crate) fn event_counts(shape: f64, rate: f64, t: f64, least: usize) -> Vec<f64> {
    let q = t / (rate + t);
    if !(q > 0.0) {
        let mut probabilities = vec![0.0; least + 1];
        probabilities[0] = 1.0;
        return probabilities;
    }
    let ratio = |n: usize| (shape + n as f64) / (n as f64 + 1.0) * q;
    // The mode: where the ratio of neighbours passes 1.
    let peak = (((shape - 1.0) * t / rate).floor().max(0.0) as usize).min(MAX_CLASSES);
    let n = peak as f64;
    let ln_peak = ln_rising_factorial(shape, n)
        - ln_gamma(n + 1.0)
        - shape * (t / rate).ln_1p()
        - n * (rate / t).ln_1p();
    let at_peak = ln_peak.exp();
    let mut probabilities = vec![0.0; peak + 1];
    probabilities[peak] = at_peak;
    for n in (0..peak).rev() {
        probabilities[n] = probabilities[n + 1] / ratio(n);
        if probabilities[n] < at_peak * 1e-40 {
            break;
        }
    }
    let mut probability = at_peak;
    for n in peak..MAX_CLASSES {
        // The remaining sum is below a geometric series with this ratio.
        let next = ratio(n);
        if n >= least
            && next < 1.0
            && probability * (n as f64 + 1.0) < 1e-17 * (1.0 - next) * at_peak.min(1.0)
        {
            break;
        }
        probability *= next;
        probabilities.push(probability);
        if probability == 0.0 && n >= least {
            break;
        }
    }
    probabilities
}

/// Tail sums: the probability of at least each count.
pub(crate) fn at_least(probabilities: &[f64]) -> Vec<f64> {
    let mut tails = probabilities.to_vec();
    for n in (0..tails.len().saturating_sub(1)).rev() {
        tails[n] += tails[n + 1];
    }
    tails
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shape: f64, rate: f64, t: f64) {
        let probabilities = event_counts(shape, rate, t, 3);
        let total: f64 = probabilities.iter().sum();
        let mean: f64 = probabilities.iter().enumerate().map(|(n, probability)| n as f64 * probability).sum();
        assert!((total - 1.0).abs() < 1e-11, "{shape} {rate} {t}: sums to {total}");
        assert!((mean / (shape * t / rate) - 1.0).abs() < 1e-11, "{shape} {rate} {t}: mean {mean}");
    }

    #[test]
    fn chances_sum_to_one_and_have_the_mean() {
        for (shape, rate, t) in [
            (0.243, 4.414, 39.0),
            (26.5, 41.0, 52.0),
            (10_000.5, 400.0, 365.0),
            (0.01, 1.0, 50.0),
            (3e6, 1e6, 5.0),
        ] {
            check(shape, rate, t);
        }
    }

    #[test]
    fn no_time_no_events() {
        assert_eq!(event_counts(2.0, 3.0, 0.0, 2), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn tails() {
        assert_eq!(at_least(&[0.5, 0.25, 0.25]), [1.0, 0.5, 0.25]);
    }
}
