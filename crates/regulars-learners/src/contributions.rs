//! Contribution of each feature to each prediction.
//!
//! Deliberately not here: how models compute them (exactly for linear models, TreeSHAP for trees).

/// Contribution of each feature to each prediction: the base plus the contributions is the prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// Number of features.
    pub width: usize,
    /// Contributions row by row, one value per feature.
    pub values: Vec<f64>,
    /// Base value: the prediction without any feature known.
    pub base: f64,
    /// Whether base and contributions add up to the log of the prediction, as in models with multiplicative
    /// effects.
    pub log: bool,
}

/// Contribution of one feature to one prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driver {
    /// Feature index.
    pub feature: usize,
    /// Contribution.
    pub contribution: f64,
}

impl Contributions {
    /// Number of customers.
    pub fn rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// Contributions of one customer, one value per feature.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// Prediction of one customer: base plus contributions.
    pub fn prediction(&self, row: usize) -> f64 {
        let sum = self.base + self.row(row).iter().sum::<f64>();
        if self.log { sum.exp() } else { sum }
    }

    /// Converts the contributions to the scale of the prediction.
    ///
    /// With multiplicative effects, each customer's contributions are multiplied by one factor so that they
    /// add up to the prediction minus the base; order and signs are kept.
    pub fn on_scale_of_prediction(mut self) -> Self {
        if !self.log {
            return self;
        }
        let base = self.base.exp();
        for row in self.values.chunks_exact_mut(self.width.max(1)) {
            let sum: f64 = row.iter().sum();
            // (e^sum − 1)/sum tends to 1 at 0.
            let stretch = base * if sum.abs() < 1e-12 { 1.0 } else { sum.exp_m1() / sum };
            for value in row {
                *value *= stretch;
            }
        }
        self.base = base;
        self.log = false;
        self
    }

    /// Returns the `count` features with the largest contributions to one prediction, by absolute value;
    /// ties keep the order of the features.
    ///
    /// Shape: largest first; contributions of 0 are left out.
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

    /// Mean absolute contribution of each feature.
    ///
    /// Shape: one value per feature.
    pub fn mean_absolute(&self) -> Vec<f64> {
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
        assert_eq!(found.mean_absolute(), [1.0, 3.0, 0.0]);
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
