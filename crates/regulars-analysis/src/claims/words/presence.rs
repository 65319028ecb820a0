//! Whether customers will buy, and what P(alive) says of it, in words.

use super::super::presence::{Doubt, Presence};
use crate::format;

/// The chance to buy, under its number.
pub fn will_buy(found: &Presence) -> String {
    let buyers = found.buyers().unwrap_or(0);
    format!(
        "at least once in the next {} days: about {}",
        found.horizon_days,
        format::counted(buyers, "customer", "customers")
    )
}

/// Those who are likely still active, under their number; why that says little comes first.
pub fn likely_active(found: &Presence) -> String {
    match &found.doubt {
        Some(reason) => doubt(reason),
        None => format!(
            "about {} of {}",
            format::count(found.active()),
            format::counted(found.customers, "customer", "customers")
        ),
    }
}

/// The same within a sentence of the terminal.
pub fn likely_active_short(found: &Presence) -> String {
    match &found.doubt {
        Some(reason) => {
            format!(
                "P(alive) {} on average, which {}",
                format::percent(found.p_alive),
                uncapital(&doubt(reason))
            )
        }
        None => format!("{} likely still active", format::percent(found.p_alive)),
    }
}

fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Why P(alive) says little.
pub fn doubt(reason: &Doubt) -> String {
    match reason {
        Doubt::NobodyLeaves { model } => format!(
            "Says nothing here: {model} found no sign of customers leaving in these data, so it treats everybody as active. Go \
             by the chance to buy."
        ),
        Doubt::SilentButSure { silent, sure } if silent == sure => format!(
            "Says little here: the model takes all {} for active who have been silent for more than four of their usual gaps \
             between orders. Go by the chance to buy.",
            format::counted(*silent, "customer", "customers")
        ),
        Doubt::SilentButSure { silent, sure } => format!(
            "Says little here: the model is sure of {} of the {} who have been silent for more than four of their usual gaps \
             between orders. Go by the chance to buy.",
            format::count(*sure),
            format::counted(*silent, "customer", "customers")
        ),
    }
}

/// What stands below the chance that one customer is still active.
pub fn customer(reason: Option<&Doubt>) -> String {
    match reason {
        Some(Doubt::NobodyLeaves { model }) => {
            format!("{model} found no sign of customers leaving: go by the chance to buy")
        }
        Some(Doubt::SilentButSure { .. }) => {
            "though silent for more than four usual gaps between orders: go by the chance to buy".to_owned()
        }
        None => "chance not to have left for good".to_owned(),
    }
}

/// What the axis of P(alive) is called.
pub fn alive_axis() -> &'static str {
    "Chance to be still active, P(alive)"
}

/// Said where risk would rest on a P(alive) that sees nobody leave.
pub fn risk_unseen() -> &'static str {
    "not known: no model of this run can see customers leave"
}
