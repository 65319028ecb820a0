//! Models with dropout at a purchase: BG/NBD, MBG/NBD, and their variants with regular purchase timing
//! (CNBD-k).
//!
//! | symbol | is |
//! | --- | --- |
//! | r, α | shape and rate of the gamma distribution of purchase rates (for k > 1, of stage rates) |
//! | a, b | beta distribution of the dropout probability at a purchase |
//! | k | stages per purchase: 1 is random timing, more is more regular |
//!
//! Deliberately not here: the four models by name, see `bg_nbd`, `mbg_nbd` and `bg_cnbd_k`.

mod fit;
mod likelihood;
mod model;
mod prediction;
#[cfg(test)]
mod tests;

use crate::lifetime::model::{ModelKind, PurchaseModel};

/// A model of the family.
pub(crate) struct BetaGeometric {
    /// Name in configuration and files.
    pub(crate) key: &'static str,
    /// Name in the papers.
    pub(crate) name: &'static str,
    /// Assumptions about purchases and dropout.
    pub(crate) assumptions: &'static str,
    /// Whether customers can drop out right after the first purchase.
    pub(crate) dropout_after_first: bool,
    /// The model with k = 1; none if this is it.
    pub(crate) random_timing: Option<ModelKind>,
}

impl BetaGeometric {
    fn variant(&self, model: &PurchaseModel) -> Variant {
        Variant { k: model.k, dropout_after_first: self.dropout_after_first }
    }
}

/// Parameters of all models of the family, in the model's time unit.
#[derive(Debug, Clone, Copy)]
struct BetaGeometricParams {
    /// Shape of the gamma distribution of purchase rates.
    r: f64,
    /// Rate of the gamma distribution of purchase rates, in time units.
    alpha: f64,
    /// First parameter of the beta distribution of dropout probabilities.
    a: f64,
    /// Second parameter of the beta distribution of dropout probabilities.
    b: f64,
}

impl From<&PurchaseModel> for BetaGeometricParams {
    fn from(model: &PurchaseModel) -> Self {
        let values = &model.values;
        Self { r: values[0], alpha: values[1], a: values[2], b: values[3] }
    }
}

/// Which likelihood a model of the family has.
#[derive(Debug, Clone, Copy)]
struct Variant {
    /// Stages per purchase.
    k: u32,
    /// Whether customers can drop out right after the first purchase.
    dropout_after_first: bool,
}

impl Variant {
    /// Number of dropout opportunities of a customer with `x` repeat purchases.
    fn dropout_opportunities(self, x: u32) -> f64 {
        f64::from(x) + if self.dropout_after_first { 1.0 } else { 0.0 }
    }
}
