//! Pareto/NBD: customers buy at random at individual rates and drop out at an unobserved time.
//!
//! | symbol | is |
//! | --- | --- |
//! | r, α | shape and rate of the gamma distribution of purchase rates |
//! | s, β | shape and rate of the gamma distribution of dropout rates |
//!
//! Source: Schmittlein, Morrison & Colombo (1987); Fader & Hardie (2005, 2014).

mod likelihood;
mod model;
mod prediction;
#[cfg(test)]
mod tests;
mod while_alive;

use crate::lifetime::model::PurchaseModel;

pub use model::PARETO_NBD;

/// Parameters, in the model's time unit.
#[derive(Debug, Clone, Copy)]
struct ParetoNbdParams {
    /// Shape of the gamma distribution of purchase rates.
    r: f64,
    /// Rate of the gamma distribution of purchase rates, in time units.
    alpha: f64,
    /// Shape of the gamma distribution of dropout rates.
    s: f64,
    /// Rate of the gamma distribution of dropout rates, in time units.
    beta: f64,
}

impl From<&PurchaseModel> for ParetoNbdParams {
    fn from(model: &PurchaseModel) -> Self {
        let values = &model.values;
        Self { r: values[0], alpha: values[1], s: values[2], beta: values[3] }
    }
}
