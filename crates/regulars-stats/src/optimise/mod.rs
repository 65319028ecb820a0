//! Minimisation of a smooth function of a few parameters with its gradient, inside a box.
//!
//! Deliberately not here: global search, gradient-free methods, more than a dozen parameters. The function
//! should be scaled so that a gradient of 1e-8 is negligible, such as a mean negative log-likelihood per
//! customer over log parameters.

mod bfgs;
mod hessian;
mod matrix;
#[cfg(test)]
mod tests;

pub use bfgs::{Minimum, Settings, minimise};
pub use hessian::hessian;
pub use matrix::Matrix;

/// A function value and its gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueAndGradient {
    /// Function value; not finite where the function is undefined.
    pub value: f64,
    /// Derivative by each parameter.
    pub gradient: Vec<f64>,
}

/// Box constraints.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// Lower bound of each parameter.
    pub lower: Vec<f64>,
    /// Upper bound of each parameter.
    pub upper: Vec<f64>,
}
