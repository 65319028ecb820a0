//! Claims about a segment, in words.

use regulars_core::segments::{RECENT_ORDER_DAYS, RecommendationRule};

use super::super::segments::{Buying, RecommendationOverride, SpendAtCadence};
use crate::format;

/// Recent buyers and P(purchase).
pub fn buying(found: &Buying) -> String {
    let lately = format!(
        "{} bought in the last {RECENT_ORDER_DAYS} days",
        format::percent_in_text(found.bought_lately_share)
    );
    match found.mean_p_purchase {
        Some(p_purchase) => format!(
            "{lately}; mean P(purchase) in the next {} days: {}",
            found.horizon_days,
            format::percent_in_text(p_purchase)
        ),
        None => lately,
    }
}

/// The line below the spend at the customers' own cadence.
pub fn spend_at_cadence(found: &SpendAtCadence) -> String {
    let who = if found.customers_with_cadence == found.customers {
        String::new()
    } else {
        format!("; based on {} with two or more orders", format::count(found.customers_with_cadence))
    };
    format!("in the next {} days{who}: a ceiling, not a forecast", found.horizon_days)
}

/// Why the recommendation differs from that of the segment's name.
pub fn recommendation_override(found: &RecommendationOverride) -> String {
    let name = &found.segment;
    let lately = format!(
        "{} bought in the last {RECENT_ORDER_DAYS} days",
        format::percent_in_text(found.bought_lately_share)
    );
    match found.rule {
        RecommendationRule::StillBuying => {
            format!("“{name}” by score, but {lately}: the recommendation is for active customers.")
        }
        RecommendationRule::NotGone => {
            let forecast = found.mean_p_purchase.map_or_else(String::new, |p_purchase| {
                format!(
                    ", and mean P(purchase) in the next {} days is {}",
                    found.horizon_days,
                    format::percent_in_text(p_purchase)
                )
            });
            format!("“{name}” by score, but {lately}{forecast}: too many to give up on.")
        }
        RecommendationRule::MoreThanOneOrder => format!(
            "“{name}” by score, but {} have ordered more than once: the recommendation is for the next order, not the second.",
            format::percent_in_text(1.0 - found.one_order_share)
        ),
        RecommendationRule::GoneQuiet => {
            let forecast = found.mean_p_purchase.map_or_else(String::new, |p_purchase| {
                format!(
                    ", and mean P(purchase) in the next {} days is {}",
                    found.horizon_days,
                    format::percent_in_text(p_purchase)
                )
            });
            format!(
                "“{name}” by score, but only {lately}{forecast}: the recommendation is for customers who have gone quiet."
            )
        }
        RecommendationRule::AsNamed => String::new(),
    }
}
