//! The bridge from gross sales to revenue.

use regulars_analysis::format::sentence;
use regulars_analysis::revenue_bridge::Sold;

use crate::view::View;

/// The bridge from gross sales to revenue, for all customers.
#[derive(Debug)]
pub(crate) struct SoldView {
    /// Sign, amount, label; empty without cancellations and returns.
    pub(crate) parts: Vec<(&'static str, String, &'static str)>,
    pub(crate) sentences: Vec<String>,
}

/// The bridge of the run; `None` for runs that predate it.
pub(crate) fn sold(view: &View) -> Option<SoldView> {
    let found = Sold::of(&view.frame.summary)?;
    let parts = found.parts();
    Some(SoldView {
        parts: parts.iter().map(|part| (part.sign, view.money.exact(part.minor), part.label)).collect(),
        sentences: found.sentences(|minor| view.money.exact(minor)).iter().map(|s| sentence(s)).collect(),
    })
}
