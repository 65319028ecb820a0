//! The bridge from gross sales to revenue.

use regulars_analysis::format::sentence;
use regulars_analysis::revenue_bridge::RevenueBridge;

use crate::view::View;

/// The bridge from gross sales to revenue, for all customers.
#[derive(Debug)]
pub(crate) struct BridgeView {
    /// Sign, amount, label; empty without cancellations and returns.
    pub(crate) steps: Vec<(&'static str, String, &'static str)>,
    pub(crate) sentences: Vec<String>,
}

/// The bridge of the run; `None` for runs that predate it.
pub(crate) fn bridge(view: &View) -> Option<BridgeView> {
    let found = RevenueBridge::of(&view.frame.summary)?;
    let steps = found.steps();
    Some(BridgeView {
        steps: steps.iter().map(|step| (step.sign, view.money.exact(step.minor), step.label)).collect(),
        sentences: found.sentences(|minor| view.money.exact(minor)).iter().map(|s| sentence(s)).collect(),
    })
}
