//! MBG/NBD: customers buy at random at individual rates and can drop out right after each purchase,
//! including the first.
//!
//! One-time buyers may therefore have dropped out, unlike under the BG/NBD.
//!
//! Symbols, likelihood and predictions: see [`crate::beta_geometric`]; this is the case k = 1.
//!
//! Source: Batislam, Denizel & Filiztekin (2007); Hoppe & Wagner (2007).

use crate::beta_geometric::BetaGeometric;
use crate::lifetime::model::ModelKind;

/// The MBG/NBD.
pub const MBG_NBD: ModelKind = ModelKind(&BetaGeometric {
    key: "mbg_nbd",
    name: "MBG/NBD",
    assumptions: "random purchases and dropout at any purchase",
    dropout_after_first: true,
    random_timing: None,
});
