//! From what was sold to the revenue, as pages show it.

use regulars_analysis::sold::Sold;

use super::problem::sentence;
use crate::view::View;

/// The way from what was sold to the revenue, of all customers.
#[derive(Debug)]
pub(crate) struct SoldView {
    /// Sign, amount, label; empty if nothing went back.
    pub(crate) parts: Vec<(&'static str, String, &'static str)>,
    pub(crate) sentences: Vec<String>,
}

/// Of the run; none for runs from before it was kept.
pub(crate) fn sold(view: &View) -> Option<SoldView> {
    let found = Sold::of(&view.frame.summary)?;
    let parts = found.parts();
    Some(SoldView {
        parts: parts.iter().map(|part| (part.sign, view.money.exact(part.minor), part.label)).collect(),
        sentences: found.sentences(|minor| view.money.exact(minor)).iter().map(|s| sentence(s)).collect(),
    })
}
