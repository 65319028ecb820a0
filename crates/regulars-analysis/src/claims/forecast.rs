//! What a forecast may be said to do: whether its intervals held what they were meant to, and whether totals did.
//!
//! Deliberately not here: which model was most accurate (`whales`), and words.

/// Intervals this near to their level are as intended, whatever the number of customers.
const NEAR: f64 = 0.015;

/// Standard errors of a share that are luck.
const LUCK: f64 = 2.0;

/// What intervals held of what happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intervals {
    /// The chance that they were meant to hold it.
    pub level: f64,
    /// How often they did.
    pub coverage: f64,
    /// The verdict.
    pub verdict: Verdict,
}

/// Whether intervals held what they were meant to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Within 1.5 points, or two standard errors of the share.
    AsIntended,
    /// More often: wider than need be.
    TooWide,
    /// Less often: too narrow.
    TooNarrow,
}

/// Whether intervals held what they were meant to, of so many customers.
pub fn intervals(level: f64, coverage: f64, customers: u64) -> Intervals {
    let luck = LUCK * (level * (1.0 - level) / customers.max(1) as f64).sqrt();
    let off = coverage - level;
    let verdict = match off {
        _ if off.abs() < NEAR || off.abs() < luck => Verdict::AsIntended,
        _ if off > 0.0 => Verdict::TooWide,
        _ => Verdict::TooNarrow,
    };
    Intervals { level, coverage, verdict }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luck_is_no_fault_of_an_interval() {
        let of = |coverage, customers| intervals(0.9, coverage, customers).verdict;
        assert_eq!(of(0.913, 46_213), Verdict::AsIntended);
        assert_eq!(of(0.92, 46_213), Verdict::TooWide);
        assert_eq!(of(0.88, 46_213), Verdict::TooNarrow);
        // Of a hundred customers six points are chance.
        assert_eq!(of(0.85, 100), Verdict::AsIntended);
        assert_eq!(of(0.83, 100), Verdict::TooNarrow);
        assert_eq!(of(0.5, 0), Verdict::AsIntended);
    }
}
