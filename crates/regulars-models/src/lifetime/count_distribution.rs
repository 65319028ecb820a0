//! Distribution of a number of purchases, and prediction intervals from it.
//!
//! Small counts are kept individually. Where thousands are possible, neighbouring counts share a class: a
//! customer with a hundred thousand expected purchases takes no more memory than one with two thousand.
//!
//! Deliberately not here: where the probabilities come from ([`super::purchase_probabilities`], [`super::uncertainty`]).

/// Up to this many counts, each is its own class.
const EXACT: usize = 2048;

/// Maximum count that is tracked.
pub(crate) const MAX_CLASSES: usize = 5_000_000;

/// Tail probability that is not tracked.
pub(crate) const REST: f64 = 1e-4;

/// Distribution of a number of purchases.
///
/// Contracts: the probabilities sum to at least 0.9999, unless `cut_off` (trusted).
#[derive(Debug, Clone, PartialEq)]
pub struct CountDistribution {
    /// Counts per class after the first.
    pub width: usize,
    /// Probability of no purchase, then those of the classes 1 to `width`, `width` + 1 to 2 `width`, …
    ///
    /// Shape: never empty.
    pub probabilities: Vec<f64>,
    /// Whether counts above the maximum of five million have more than that tail probability.
    pub cut_off: bool,
}

impl CountDistribution {
    /// Builds the distribution from the probabilities of 0, 1, 2, … purchases.
    pub fn of(probabilities: &[f64]) -> Self {
        Self::in_classes(probabilities, Self::width_for(probabilities.len()))
    }

    /// Class width for this many possible counts.
    pub(crate) fn width_for(numbers: usize) -> usize {
        numbers.saturating_sub(1).div_ceil(EXACT).max(1)
    }

    pub(crate) fn in_classes(probabilities: &[f64], width: usize) -> Self {
        let none = probabilities.first().copied().unwrap_or(1.0);
        let classes =
            probabilities.get(1..).unwrap_or_default().chunks(width).map(|class| class.iter().sum());
        let classes: Vec<f64> = std::iter::once(none).chain(classes).collect();
        let cut_off = probabilities.len() > MAX_CLASSES && classes.iter().sum::<f64>() < 1.0 - REST;
        Self { width, probabilities: classes, cut_off }
    }

    /// The count in the middle of a class.
    pub(crate) fn number(&self, class: usize) -> f64 {
        if class == 0 { 0.0 } else { ((class - 1) * self.width) as f64 + 0.5 * (self.width as f64 + 1.0) }
    }

    /// Probability of no purchase.
    pub fn p_zero(&self) -> f64 {
        self.probabilities[0] / self.probabilities.iter().sum::<f64>()
    }

    /// Cumulative probabilities at the bounds of an interval of this level.
    ///
    /// Equal tails, unless the probability of no purchase exceeds the lower tail: then the lower bound is
    /// 0, leaving nothing out, and the upper tail takes what the lower one does not need. The probabilities
    /// change continuously with the level and with the probability of 0, so intervals of higher levels
    /// contain those of lower ones.
    pub fn interval_probabilities(&self, level: f64) -> (f64, f64) {
        let outside = 1.0 - level;
        (0.5 * outside, 1.0 - upper_tail(self.p_zero(), level))
    }

    /// Whether the tracked counts reach this cumulative probability.
    pub fn covers(&self, share: f64) -> bool {
        !self.cut_off || self.probabilities.iter().sum::<f64>() >= share
    }

    /// Quantile at cumulative probability `share`.
    pub fn quantile(&self, share: f64) -> f64 {
        self.at(share).0
    }

    /// The quantile, with the probabilities of less than it and of up to it.
    fn at(&self, share: f64) -> (f64, f64, f64) {
        let whole = if self.cut_off { 1.0 } else { self.probabilities.iter().sum::<f64>() };
        let mut below = 0.0;
        for (class, probability) in self.probabilities.iter().enumerate() {
            let probability = probability / whole;
            if below + probability >= share {
                if class == 0 {
                    return (0.0, 0.0, probability);
                }
                // Within a class all counts are equally likely.
                let each = probability / self.width as f64;
                let within = ((share - below) / each).ceil().clamp(1.0, self.width as f64);
                let less = below + (within - 1.0) * each;
                return (((class - 1) * self.width) as f64 + within, less, less + each);
            }
            below += probability;
        }
        (((self.probabilities.len() - 1) * self.width) as f64, below, below)
    }

    /// Prediction interval at about `level` that also contains the expected number, rounded to a whole
    /// number.
    ///
    /// Whole numbers seldom have exactly probability `level`. The upper bound is the count whose cumulative
    /// probability is nearest, not the first to reach it: coverage over many customers is then close to
    /// `level`, instead of a few points above.
    ///
    /// Shape: whole numbers; lower and upper bound.
    pub fn interval(&self, level: f64, expected: f64) -> (f64, f64) {
        let (low, high) = self.interval_probabilities(level);
        let (number, less, up_to) = self.at(high);
        let upper = if is_nearest(high, less, up_to) { number } else { number - 1.0 };
        (self.quantile(low).min(expected.round()), upper.max(expected.round()))
    }

    /// Variance of the number.
    pub fn variance(&self) -> f64 {
        let (mut whole, mut first, mut second) = (0.0, 0.0, 0.0);
        for (class, probability) in self.probabilities.iter().enumerate() {
            let n = self.number(class);
            whole += probability;
            first += probability * n;
            second += probability * n * n;
        }
        (second / whole - (first / whole).powi(2)).max(0.0)
    }
}

/// Whether a quantile is nearer to the target probability than the count before it, given the probabilities
/// of less than it and of up to it.
pub(crate) fn is_nearest(share: f64, less: f64, up_to: f64) -> bool {
    less <= 0.0 || up_to - share <= share - less
}

/// Probability above an interval of this level, where `none` is the probability of no purchase.
pub(crate) fn upper_tail(none: f64, level: f64) -> f64 {
    let outside = 1.0 - level;
    none.clamp(0.5 * outside, outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_out_below_zero() {
        // Equal tails, the transition, and the whole tail above.
        for (none, expected) in [(0.02, 0.95), (0.05, 0.95), (0.07, 0.93), (0.1, 0.9), (0.6, 0.9)] {
            let (low, high) = CountDistribution::of(&[none, 1.0 - none]).interval_probabilities(0.9);
            assert!((low - 0.05).abs() < 1e-12 && (high - expected).abs() < 1e-12, "{none}: {low} {high}");
        }
    }

    #[test]
    fn intervals_of_higher_levels_hold_those_of_lower_ones() {
        for none in [0.01, 0.04, 0.06, 0.3, 0.9] {
            let probabilities: Vec<f64> = std::iter::once(none)
                .chain((0..60).map(|n| (1.0 - none) * 0.9_f64.powi(n) * 0.1))
                .chain([(1.0 - none) * 0.9_f64.powi(60)])
                .collect();
            let found = CountDistribution::of(&probabilities);
            let mut before = (f64::INFINITY, 0.0);
            for step in 0..100 {
                let (low, high) = found.interval(0.5 + 0.0049 * f64::from(step), 4.0);
                assert!(low <= before.0 && high >= before.1, "{none} {step}: {low} {high} {before:?}");
                before = (low, high);
            }
        }
    }

    fn check(probabilities: &[f64], expected: f64, interval: (f64, f64)) {
        assert_eq!(
            CountDistribution::of(probabilities).interval(0.9, expected),
            interval,
            "{probabilities:?}"
        );
    }

    #[test]
    fn the_expectation_is_inside_as_a_whole_number() {
        check(&[0.97, 0.0, 0.0, 0.0, 0.0, 0.03], 0.15, (0.0, 0.0));
        check(&[0.91, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.09], 0.72, (0.0, 1.0));
        check(&[0.04, 0.0, 0.0, 0.0, 0.0, 0.96], 4.8, (5.0, 5.0));
        check(&[0.0, 0.0, 0.1, 0.9], 1.4, (1.0, 3.0));
    }

    #[test]
    fn the_upper_end_is_the_nearest() {
        check(&[0.3, 0.5, 0.08, 0.12], 0.5, (0.0, 2.0));
        check(&[0.3, 0.5, 0.07, 0.13], 0.5, (0.0, 2.0));
        check(&[0.3, 0.5, 0.17, 0.03], 0.5, (0.0, 2.0));
        check(&[0.3, 0.55, 0.14, 0.01], 0.5, (0.0, 1.0));
    }

    #[test]
    fn classes_say_nearly_the_same() {
        let probabilities: Vec<f64> = crate::lifetime::counts::event_counts(4.0, 3.0, 7500.0, 0);
        let one_by_one = CountDistribution::in_classes(&probabilities, 1);
        let classes = CountDistribution::of(&probabilities);
        assert!(classes.width > 10 && classes.probabilities.len() <= EXACT + 2);
        for share in [0.05, 0.3, 0.9, 0.95] {
            let (found, expected) = (classes.quantile(share), one_by_one.quantile(share));
            assert!((found - expected).abs() <= 1.0, "{share}: {found} {expected}");
        }
        assert!((classes.variance() / one_by_one.variance() - 1.0).abs() < 1e-4);
    }
}
