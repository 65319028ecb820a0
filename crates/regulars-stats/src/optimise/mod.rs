//! Finding the minimum of a smooth function of a few parameters, with its gradient, inside a box.
//!
//! Deliberately not here: global search, functions without gradient, more than a dozen parameters.
//! The function is expected on a scale where a slope of 1e-8 is nothing, such as a mean negative
//! log-likelihood per customer over the logarithms of positive parameters.

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
pub struct Value {
    /// The value; not finite where the function is not defined.
    pub value: f64,
    /// The derivative by each parameter.
    pub gradient: Vec<f64>,
}

/// The box that the search stays in.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// The least value of each parameter.
    pub lower: Vec<f64>,
    /// The greatest value of each parameter.
    pub upper: Vec<f64>,
}
