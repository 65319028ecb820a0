//! Convergence diagnostics for MCMC chains: R-hat and effective sample size.
//!
//! Deliberately not here: the sampler.
//!
//! Source: Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), "Rank-normalization, folding, and
//! localization: an improved R-hat for assessing convergence of MCMC".

use crate::intervals::quantile_of_sorted;
use crate::special::normal_quantile;

/// Convergence diagnostics of one quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// Rank-normalised split R-hat: 1 if the chains agree, above 1.01 they do not. NaN if a draw is NaN; 1
    /// if all draws are equal.
    pub r_hat: f64,
    /// Bulk effective sample size.
    pub ess_bulk: f64,
    /// Tail effective sample size, at the 5% and 95% quantiles.
    pub ess_tail: f64,
}

/// Minimum draws per chain.
pub const MIN_DRAWS: usize = 8;

/// Computes convergence diagnostics of one quantity.
///
/// Shape: `chains` have the same length, at least [`MIN_DRAWS`] (trusted); an odd draw at the end is
/// ignored.
pub fn convergence(chains: &[Vec<f64>]) -> Convergence {
    let halves = split(chains);
    let all: Vec<f64> = halves.concat();
    if all.iter().any(|value| !value.is_finite()) {
        return Convergence { r_hat: f64::NAN, ess_bulk: f64::NAN, ess_tail: f64::NAN };
    }
    let mut sorted = all.clone();
    sorted.sort_by(f64::total_cmp);
    if sorted.first() == sorted.last() {
        let draws = all.len() as f64;
        return Convergence { r_hat: 1.0, ess_bulk: draws, ess_tail: draws };
    }
    let median = quantile_of_sorted(&sorted, 0.5);
    let folded: Vec<Vec<f64>> =
        halves.iter().map(|half| half.iter().map(|value| (value - median).abs()).collect()).collect();
    let ranks = rank_normalised(&halves);
    let r_hat = r_hat(&ranks).max(r_hat_or_one(&rank_normalised(&folded)));
    let tail_ess = |share: f64| -> f64 {
        let quantile = quantile_of_sorted(&sorted, share);
        let indicators: Vec<Vec<f64>> = halves
            .iter()
            .map(|half| half.iter().map(|value| f64::from(u32::from(*value <= quantile))).collect())
            .collect();
        effective_sample_size(&indicators)
    };
    Convergence {
        r_hat,
        ess_bulk: effective_sample_size(&ranks),
        ess_tail: tail_ess(0.05).min(tail_ess(0.95)),
    }
}

/// Splits every chain in halves: those of a drifting chain differ.
fn split(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    chains
        .iter()
        .flat_map(|chain| {
            let half = chain.len() / 2;
            [chain[..half].to_vec(), chain[chain.len() - half..].to_vec()]
        })
        .collect()
}

/// Normal quantile of each value's rank among all; ties share their mean rank.
fn rank_normalised(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let length = chains[0].len();
    let all: Vec<f64> = chains.concat();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| all[*a].total_cmp(&all[*b]));
    let mut scores = vec![0.0; all.len()];
    let size = all.len() as f64;
    let mut first = 0;
    while first < order.len() {
        let mut next = first + 1;
        while next < order.len() && all[order[next]] <= all[order[first]] {
            next += 1;
        }
        let rank = 0.5 * ((first + 1) as f64 + next as f64);
        let score = normal_quantile((rank - 0.375) / (size + 0.25));
        for place in &order[first..next] {
            scores[*place] = score;
        }
        first = next;
    }
    scores.chunks(length).map(<[f64]>::to_vec).collect()
}

/// Mean, and autocovariance at `lag`: the sum of products divided by the number of values.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn autocovariance(values: &[f64], mean: f64, lag: usize) -> f64 {
    let products = values.iter().zip(&values[lag..]).map(|(a, b)| (a - mean) * (b - mean));
    products.sum::<f64>() / values.len() as f64
}

/// Within-chain variance, and the pooled estimate from within and between chains.
fn variances(chains: &[Vec<f64>], means: &[f64]) -> (f64, f64) {
    let length = chains[0].len() as f64;
    let within = chains
        .iter()
        .zip(means)
        .map(|(chain, mean)| autocovariance(chain, *mean, 0) * length / (length - 1.0))
        .sum::<f64>()
        / chains.len() as f64;
    let grand_mean = mean(means);
    let between =
        means.iter().map(|mean| (mean - grand_mean).powi(2)).sum::<f64>() / (means.len() as f64 - 1.0);
    (within, within * (length - 1.0) / length + between)
}

fn r_hat(chains: &[Vec<f64>]) -> f64 {
    let means: Vec<f64> = chains.iter().map(|chain| mean(chain)).collect();
    let (within, pooled) = variances(chains, &means);
    (pooled / within).sqrt()
}

/// The same if all values may be equal, such as distances from the median of two values.
fn r_hat_or_one(chains: &[Vec<f64>]) -> f64 {
    let value = r_hat(chains);
    if value.is_nan() { 1.0 } else { value }
}

/// Effective sample size by Geyer's initial monotone sequence.
fn effective_sample_size(chains: &[Vec<f64>]) -> f64 {
    let length = chains[0].len();
    let draws = (length * chains.len()) as f64;
    let means: Vec<f64> = chains.iter().map(|chain| mean(chain)).collect();
    let (within, pooled) = variances(chains, &means);
    if !(pooled > 0.0) {
        return draws;
    }
    let correlation = |lag: usize| {
        let covariance =
            chains.iter().zip(&means).map(|(chain, mean)| autocovariance(chain, *mean, lag)).sum::<f64>()
                / chains.len() as f64;
        1.0 - (within - covariance) / pooled
    };
    // Sums of adjacent pairs are positive and decreasing; the sum stops where noise begins.
    let mut before = 1.0 + correlation(1);
    let mut sum = before;
    let mut lag = 2;
    let mut rest = 0.0;
    while lag + 5 < length {
        let even = correlation(lag);
        let pair = even + correlation(lag + 1);
        if !(pair > 0.0) {
            rest = even.max(0.0);
            break;
        }
        before = before.min(pair);
        sum += before;
        lag += 2;
    }
    let time = (2.0 * sum - 1.0 + rest).max(1.0 / draws.log10());
    draws / time
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deterministic standard normal numbers.
    fn noise(seed: u64, count: usize) -> Vec<f64> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let uniform = ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
                normal_quantile(uniform)
            })
            .collect()
    }

    fn chains(change: impl Fn(usize, usize, f64) -> f64) -> Vec<Vec<f64>> {
        (0..4)
            .map(|chain| {
                noise(chain as u64 + 11, 1000)
                    .into_iter()
                    .enumerate()
                    .map(|(draw, value)| change(chain, draw, value))
                    .collect()
            })
            .collect()
    }

    fn correlated(by: f64) -> Vec<Vec<f64>> {
        chains(|_, _, value| value)
            .into_iter()
            .map(|chain| {
                let mut last = 0.0;
                chain
                    .into_iter()
                    .map(|value| {
                        last = by * last + (1.0 - by * by).sqrt() * value;
                        last
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn independent_draws_count_fully() {
        let found = convergence(&chains(|_, _, value| value));
        assert!(found.r_hat < 1.005 && found.r_hat > 0.99, "{found:?}");
        assert!((3400.0..4800.0).contains(&found.ess_bulk), "{found:?}");
        assert!((3000.0..4800.0).contains(&found.ess_tail), "{found:?}");
        // The scale does not matter to ranks.
        let skewed = convergence(&chains(|_, _, value| (3.0 * value).exp()));
        assert!((skewed.ess_bulk / found.ess_bulk - 1.0).abs() < 1e-9, "{skewed:?}");
    }

    #[test]
    fn effective_sample_size_reflects_autocorrelation() {
        for by in [0.5, 0.8, 0.9] {
            let found = convergence(&correlated(by));
            let expected = 4000.0 * (1.0 - by) / (1.0 + by);
            assert!((found.ess_bulk / expected - 1.0).abs() < 0.25, "{by}: {found:?} {expected}");
        }
    }

    // ArviZ 0.22 on the same draws: rhat(method="rank"), ess(method="bulk"), ess(method="tail"); it stops
    // the sum of autocorrelations one pair earlier.
    #[test]
    fn matches_arviz() {
        let shifted = chains(|chain, _, value| value + if chain == 3 { 1.0 } else { 0.0 });
        let wider = chains(|chain, _, value| value * if chain == 3 { 3.0 } else { 1.0 });
        for (draws, r_hat, bulk, tail) in [
            (chains(|_, _, value| value), 0.999_527_8, 3_534.947_8, 3_926.934_8),
            (correlated(0.5), 1.000_477_6, 1_219.525_4, 2_162.842_5),
            (correlated(0.9), 1.007_065_0, 211.505_7, 416.520_0),
            (shifted, 1.091_885_1, 29.176_2, 120.787_4),
            (wider, 1.160_060_2, 3_445.930_8, 32.666_7),
        ] {
            let found = convergence(&draws);
            assert!((found.r_hat - r_hat).abs() < 2e-4, "{found:?} {r_hat}");
            assert!((found.ess_bulk / bulk - 1.0).abs() < 5e-3, "{found:?} {bulk}");
            assert!((found.ess_tail / tail - 1.0).abs() < 2e-2, "{found:?} {tail}");
        }
    }

    #[test]
    fn disagreeing_chains_are_detected() {
        let elsewhere = convergence(&chains(|chain, _, value| value + if chain == 3 { 1.0 } else { 0.0 }));
        assert!(elsewhere.r_hat > 1.05 && elsewhere.ess_bulk < 100.0, "{elsewhere:?}");
        // Same location but wider: only the folded ranks detect it.
        let wider = convergence(&chains(|chain, _, value| value * if chain == 3 { 3.0 } else { 1.0 }));
        assert!(wider.r_hat > 1.05, "{wider:?}");
        // A drifting chain: its halves differ.
        let drifting = convergence(&chains(|_, draw, value| value + 0.002 * draw as f64));
        assert!(drifting.r_hat > 1.05, "{drifting:?}");
    }

    #[test]
    fn constant_and_nan_draws() {
        let still = convergence(&vec![vec![2.0; 20]; 4]);
        assert!((still.r_hat - 1.0).abs() < 1e-12 && still.ess_bulk > 0.0);
        assert!(
            convergence(&chains(|_, draw, value| if draw == 5 { f64::NAN } else { value })).r_hat.is_nan()
        );
        // Each chain at its own constant.
        let stuck = convergence(&(0..4).map(|chain| vec![f64::from(chain); 20]).collect::<Vec<_>>());
        assert!(stuck.r_hat > 1.5, "{stuck:?}");
    }
}
