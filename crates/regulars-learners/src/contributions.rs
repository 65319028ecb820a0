//! What each feature adds to each prediction.
//!
//! Deliberately not here: how a model finds it (exact for linear models, TreeSHAP of the libraries for
//! trees).

/// What each feature adds to each prediction: base plus contributions is the prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// Features.
    pub width: usize,
    /// Contributions of the first customer's features, then of the second's, and so on.
    pub values: Vec<f64>,
    /// What would be predicted without knowing anything of a customer.
    pub base: f64,
    /// Whether base and contributions add up to the natural logarithm of the prediction, as they do
    /// where effects multiply.
    pub log: bool,
}

/// One feature's part in one prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driver {
    /// The feature's number.
    pub feature: usize,
    /// What it adds.
    pub contribution: f64,
}

impl Contributions {
    /// Customers.
    pub fn rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// The contributions of one customer's features.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// The prediction that base and contributions of a customer add up to.
    pub fn prediction(&self, row: usize) -> f64 {
        let sum = self.base + self.row(row).iter().sum::<f64>();
        if self.log { sum.exp() } else { sum }
    }

    /// Contributions on the scale of the prediction.
    ///
    /// Where effects multiply, each customer's contributions are stretched by one factor so that they
    /// add up to the prediction minus the base; their order and signs stay.
    pub fn on_scale_of_prediction(mut self) -> Self {
        if !self.log {
            return self;
        }
        let base = self.base.exp();
        for row in self.values.chunks_exact_mut(self.width.max(1)) {
            let sum: f64 = row.iter().sum();
            // (e^sum − 1)/sum is 1 at 0.
            let stretch = base * if sum.abs() < 1e-12 { 1.0 } else { sum.exp_m1() / sum };
            for value in row {
                *value *= stretch;
            }
        }
        self.base = base;
        self.log = false;
        self
    }

    /// The `count` features with the largest contributions to a customer's prediction, in either
    /// direction; of equal ones the first.
    ///
    /// Shape: the largest first; contributions of 0 are left out.
    pub fn top(&self, row: usize, count: usize) -> Vec<Driver> {
        let mut drivers: Vec<Driver> = self
            .row(row)
            .iter()
            .enumerate()
            .filter(|(_, contribution)| contribution.abs() > 0.0)
            .map(|(feature, contribution)| Driver { feature, contribution: *contribution })
            .collect();
        drivers.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        drivers.truncate(count);
        drivers
    }

    /// The mean size of each feature's contributions.
    ///
    /// Shape: one value a feature.
    pub fn mean_size(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for row in self.values.chunks_exact(self.width.max(1)) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value.abs();
            }
        }
        let rows = self.rows().max(1) as f64;
        sums.into_iter().map(|sum| sum / rows).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_by_size() {
        let found = Contributions { width: 3, values: vec![1.0, -3.0, 0.0], base: 5.0, log: false };
        let top: Vec<(usize, f64)> = found.top(0, 5).iter().map(|d| (d.feature, d.contribution)).collect();
        assert_eq!(top, [(1, -3.0), (0, 1.0)]);
        assert_eq!(found.top(0, 1).len(), 1);
        assert_eq!(found.mean_size(), [1.0, 3.0, 0.0]);
        assert!((found.prediction(0) - 3.0).abs() < 1e-15);
    }

    #[test]
    fn multiplied_effects_add_up_on_the_scale_of_the_prediction() {
        let values = vec![1.0, -0.25, 0.1, -0.1, 0.0, 0.0];
        let logs = Contributions { width: 2, values, base: 2.0, log: true };
        let scaled = logs.clone().on_scale_of_prediction();
        for row in 0..3 {
            assert!((scaled.prediction(row) - logs.prediction(row)).abs() < 1e-12, "{row}");
        }
        assert!(scaled.row(0)[0] > 0.0 && scaled.row(0)[1] < 0.0);
    }
}
