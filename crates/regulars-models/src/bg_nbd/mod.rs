//! BG/NBD: customers buy at random at individual rates and can drop out right after each repeat purchase.
//!
//! A customer who bought once cannot have dropped out: P(alive) is 1. Where that is implausible, use the
//! MBG/NBD.
//!
//! Symbols, likelihood and predictions: see [`crate::beta_geometric`]; this is the case k = 1.
//!
//! Source: Fader, Hardie & Lee (2005), "Counting your customers the easy way".

use crate::beta_geometric::BetaGeometric;
use crate::lifetime::model::ModelKind;

/// The BG/NBD.
pub const BG_NBD: ModelKind = ModelKind(&BetaGeometric {
    key: "bg_nbd",
    name: "BG/NBD",
    assumptions: "random purchases and dropout at repeat purchases",
    dropout_after_first: false,
    random_timing: None,
});
