//! Isotonic regression: the best non-decreasing fit.
//!
//! Deliberately not here: smoothness, more than one variable.

use crate::error::Error;

/// A non-decreasing, piecewise linear function.
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    /// Arguments of the knots, ascending.
    pub x: Vec<f64>,
    /// Values at the knots, non-decreasing; linear in between, constant outside.
    pub y: Vec<f64>,
}

impl Isotonic {
    /// Fits the function by least squares.
    ///
    /// Rows with equal `x` are merged into their mean. Adjacent values in decreasing order are pooled until
    /// none remain.
    ///
    /// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`] for no rows or values that are not finite.
    /// Source: Barlow et al. (1972), pool adjacent violators.
    pub fn fit(x: &[f64], y: &[f64]) -> Result<Self, Error> {
        let measure = "isotonic regression";
        if x.len() != y.len() {
            return Err(Error::LengthMismatch {
                left_name: "places",
                left: x.len(),
                right_name: "values",
                right: y.len(),
            });
        }
        if x.is_empty() {
            return Err(Error::InvalidValues { measure, problem: "there are no rows" });
        }
        if !x.iter().chain(y).all(|value| value.is_finite()) {
            return Err(Error::InvalidValues { measure, problem: "a value is not finite" });
        }
        let mut order: Vec<usize> = (0..x.len()).collect();
        order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
        // Pooled blocks: mean, weight, first and last `x`.
        let mut blocks: Vec<[f64; 4]> = Vec::new();
        // Equal to the last bit, except that −0 equals 0.
        for tied in order.chunk_by(|a, b| x[*a].partial_cmp(&x[*b]).is_some_and(std::cmp::Ordering::is_eq)) {
            let weight = tied.len() as f64;
            let mean = tied.iter().map(|row| y[*row]).sum::<f64>() / weight;
            blocks.push([mean, weight, x[tied[0]], x[tied[0]]]);
            while let [.., before, last] = blocks.as_mut_slice() {
                if before[0] < last[0] {
                    break;
                }
                let weight = before[1] + last[1];
                let mean = (before[0] * before[1] + last[0] * last[1]) / weight;
                *before = [mean, weight, before[2], last[3]];
                blocks.pop();
            }
        }
        let (mut knots, mut values) = (Vec::new(), Vec::new());
        for [mean, _, first, last] in blocks {
            knots.push(first);
            values.push(mean);
            if last > first {
                knots.push(last);
                values.push(mean);
            }
        }
        Ok(Self { x: knots, y: values })
    }

    /// The function's value at `x`.
    ///
    /// Contracts: there is at least one knot, as after [`Self::fit`] (trusted).
    pub fn predict(&self, x: f64) -> f64 {
        let above = self.x.partition_point(|knot| *knot < x);
        let Some(upper) = self.x.get(above) else { return self.y[self.y.len() - 1] };
        if above == 0 {
            return self.y[0];
        }
        let (lower, from, to) = (self.x[above - 1], self.y[above - 1], self.y[above]);
        from + (to - from) * ((x - lower) / (upper - lower))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn adjacent_violators_are_pooled() {
        let found = Isotonic::fit(&[1.0, 2.0, 3.0, 4.0, 4.0], &[1.0, 3.0, 2.0, 4.0, 6.0]).unwrap();
        assert_eq!(found.x, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(found.y, [1.0, 2.5, 2.5, 5.0]);
        for (x, expected) in [(0.0, 1.0), (1.5, 1.75), (2.2, 2.5), (3.5, 3.75), (9.0, 5.0)] {
            assert!((found.predict(x) - expected).abs() < 1e-15, "{x}");
        }
        assert!(Isotonic::fit(&[], &[]).is_err());
        assert!(Isotonic::fit(&[f64::NAN], &[1.0]).is_err());
    }

    proptest! {
        #[test]
        fn is_non_decreasing_and_keeps_the_mean(
            rows in prop::collection::vec((0_i8..30, -50.0_f64..50.0), 1..60),
        ) {
            let x: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let y: Vec<f64> = rows.iter().map(|row| row.1).collect();
            let found = Isotonic::fit(&x, &y).unwrap();
            prop_assert!(found.y.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(found.x.windows(2).all(|pair| pair[0] < pair[1]));
            let sum: f64 = x.iter().map(|x| found.predict(*x)).sum();
            prop_assert!((sum - y.iter().sum::<f64>()).abs() < 1e-9);
        }
    }
}
