//! P(purchase) and P(alive) in words.

use super::super::activity::{ActivityForecast, AliveCaveat};
use crate::format;

/// The line below P(purchase).
pub fn will_buy(found: &ActivityForecast) -> String {
    let buyers = found.buyers().unwrap_or(0);
    format!("at least once in the next {} days: about {}", found.horizon_days, format::customers(buyers))
}

/// The line below the share of likely active customers, or why P(alive) is unreliable.
pub fn likely_active(found: &ActivityForecast) -> String {
    match &found.alive_caveat {
        Some(reason) => alive_caveat(reason),
        None => format!("about {} of {}", format::count(found.active()), format::customers(found.customers)),
    }
}

/// The same as part of a sentence, for the terminal.
pub fn likely_active_short(found: &ActivityForecast) -> String {
    match &found.alive_caveat {
        Some(reason) => {
            format!(
                "mean P(alive) {}, which {}",
                format::percent(found.p_alive),
                uncapital(&alive_caveat(reason))
            )
        }
        None => format!("{} likely still active", format::percent(found.p_alive)),
    }
}

fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Why P(alive) is unreliable.
pub fn alive_caveat(reason: &AliveCaveat) -> String {
    match reason {
        AliveCaveat::NoDropout { model } => format!(
            "Says nothing here: {model} found no dropout in these data, so it treats all customers as active. Use \
             P(purchase) instead."
        ),
        AliveCaveat::InactiveButCertain { lapsed, certain } if lapsed == certain => format!(
            "Unreliable here: it is near 1 for all {} who have not ordered for more than four purchase cycles. Use \
             P(purchase) instead.",
            format::customers(*lapsed)
        ),
        AliveCaveat::InactiveButCertain { lapsed, certain } => format!(
            "Unreliable here: it is near 1 for {} of the {} who have not ordered for more than four purchase cycles. Use \
             P(purchase) instead.",
            format::count(*certain),
            format::customers(*lapsed)
        ),
    }
}

/// The line below P(alive) of one customer.
pub fn customer(reason: Option<&AliveCaveat>) -> String {
    match reason {
        Some(AliveCaveat::NoDropout { model }) => {
            format!("{model} found no dropout: use P(purchase) instead")
        }
        Some(AliveCaveat::InactiveButCertain { .. }) => {
            "despite no order for more than four purchase cycles: use P(purchase) instead".to_owned()
        }
        None => "probability of being active".to_owned(),
    }
}

/// The axis title of P(alive).
pub fn alive_axis() -> &'static str {
    "Probability of being active, P(alive)"
}

/// Shown where risk would depend on a P(alive) without dropout.
pub fn risk_unknown() -> &'static str {
    "unknown: no model of this run detects dropout"
}
