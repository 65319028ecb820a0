//! Log density of a normal distribution, by Cholesky decomposition.

/// A component prepared for evaluation.
pub(super) struct Component {
    mean: Vec<f64>,
    /// Lower triangle, row by row; for a diagonal covariance only the diagonal is non-zero.
    root: Vec<Vec<f64>>,
    /// Log of the weight and the normalising constant.
    constant: f64,
}

impl Component {
    /// Shape: none if the covariance is not positive definite.
    pub(super) fn new(weight: f64, mean: &[f64], covariance: &[Vec<f64>]) -> Option<Self> {
        let width = mean.len();
        let mut root = vec![vec![0.0; width]; width];
        for a in 0..width {
            for b in 0..=a {
                let known: f64 = (0..b).map(|at| root[a][at] * root[b][at]).sum();
                let left = covariance[a][b] - known;
                root[a][b] = if a == b { left.sqrt() } else { left / root[b][b] };
                if !root[a][b].is_finite() || (a == b && left <= 0.0) {
                    return None;
                }
            }
        }
        let log_determinant: f64 = (0..width).map(|at| root[at][at].ln()).sum();
        let constant = weight.ln() - log_determinant - 0.5 * width as f64 * std::f64::consts::TAU.ln();
        Some(Self { mean: mean.to_vec(), root, constant })
    }

    /// Log of weight times density at a row.
    pub(super) fn log_density(&self, row: &[f64], solved: &mut Vec<f64>) -> f64 {
        solved.clear();
        let mut square = 0.0;
        for (line, (value, mean)) in self.root.iter().zip(row.iter().zip(&self.mean)) {
            let known: f64 = line.iter().zip(solved.iter()).map(|(l, s)| l * s).sum();
            let next = (value - mean - known) / line[solved.len()];
            square += next * next;
            solved.push(next);
        }
        self.constant - 0.5 * square
    }
}
