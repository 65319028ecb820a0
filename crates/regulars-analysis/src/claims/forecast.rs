//! Claims about forecasts: coverage of prediction intervals.
//!
//! The most accurate model is in `large_customers`, the wording in `words`.

/// A coverage this close to the nominal level is as intended, whatever the number of customers.
const TOLERANCE: f64 = 0.015;

/// Standard errors of a share that count as chance.
const STANDARD_ERRORS: f64 = 2.0;

/// Interval coverage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intervals {
    /// Nominal coverage.
    pub level: f64,
    /// Actual coverage.
    pub coverage: f64,
    /// The verdict.
    pub verdict: Verdict,
}

/// Verdict on interval coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Within 1.5 points, or two standard errors of the share.
    AsIntended,
    /// Higher: wider than necessary.
    TooWide,
    /// Lower: too narrow.
    TooNarrow,
}

/// The verdict on interval coverage over `customers` customers.
pub fn intervals(level: f64, coverage: f64, customers: u64) -> Intervals {
    let within_chance = STANDARD_ERRORS * (level * (1.0 - level) / customers.max(1) as f64).sqrt();
    let off = coverage - level;
    let verdict = match off {
        _ if off.abs() < TOLERANCE || off.abs() < within_chance => Verdict::AsIntended,
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
        // With a hundred customers, six points may be chance.
        assert_eq!(of(0.85, 100), Verdict::AsIntended);
        assert_eq!(of(0.83, 100), Verdict::TooNarrow);
        assert_eq!(of(0.5, 0), Verdict::AsIntended);
    }
}
