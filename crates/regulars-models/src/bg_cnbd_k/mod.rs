//! BG/CNBD-k and MBG/CNBD-k: BG/NBD and MBG/NBD with purchases more regular than random.
//!
//! A purchase takes k random stages: k = 1 is random timing, a large k nearly clockwork; k is chosen by
//! likelihood. Most shops' customers buy regularly, and the model then sees earlier that a customer is
//! overdue by their own cadence.
//!
//! Choosing k needs more than `(x, t_x, T)`: the sum of the log interpurchase times.
//!
//! Symbols, likelihood and predictions: see [`crate::beta_geometric`].
//!
//! Source: Reutterer, Platzer & Schröder (2021), "Leveraging purchase regularity for predicting customer
//! behavior the easy way". Their conditional expectation is an approximation for k > 1; ours is exact,
//! because it tracks the stages since the last purchase.

use crate::beta_geometric::BetaGeometric;
use crate::bg_nbd::BG_NBD;
use crate::lifetime::model::ModelKind;
use crate::mbg_nbd::MBG_NBD;

/// The BG/CNBD-k.
pub const BG_CNBD_K: ModelKind = ModelKind(&BetaGeometric {
    key: "bg_cnbd_k",
    name: "BG/CNBD-k",
    assumptions: "regular purchases and dropout at repeat purchases",
    dropout_after_first: false,
    random_timing: Some(BG_NBD),
});

/// The MBG/CNBD-k.
pub const MBG_CNBD_K: ModelKind = ModelKind(&BetaGeometric {
    key: "mbg_cnbd_k",
    name: "MBG/CNBD-k",
    assumptions: "regular purchases and dropout at any purchase",
    dropout_after_first: true,
    random_timing: Some(MBG_NBD),
});
