//! What a segment's own numbers say, in words.

use regulars_core::segments::{AdviceRule, LATELY_DAYS};

use super::super::segments::{Buying, GivesWay, OwnPace};
use crate::format;

/// What customers did lately and are expected to do.
pub fn buying(found: &Buying) -> String {
    let lately = format!(
        "{} bought in the last {LATELY_DAYS} days",
        format::percent_in_text(found.bought_lately_share)
    );
    match found.mean_p_purchase {
        Some(chance) => format!(
            "{lately}; chance to buy in the next {} days: {}",
            found.horizon_days,
            format::percent_in_text(chance)
        ),
        None => lately,
    }
}

/// What stands below the amount that customers would spend at their own pace.
pub fn own_pace(found: &OwnPace) -> String {
    let who = if found.with_pace == found.customers {
        String::new()
    } else {
        format!("; {} with two orders or more have a pace", format::count(found.with_pace))
    };
    format!("in the next {} days, if they came back to it{who}: a ceiling, no forecast", found.horizon_days)
}

/// Why the advice is not that of the segment's name.
pub fn gives_way(found: &GivesWay) -> String {
    let name = &found.segment;
    let lately = format!(
        "{} bought in the last {LATELY_DAYS} days",
        format::percent_in_text(found.bought_lately_share)
    );
    match found.rule {
        AdviceRule::StillBuying => {
            format!("“{name}” by its scores, but {lately}: the advice is for customers who still buy.")
        }
        AdviceRule::NotGone => {
            let chance = found.mean_p_purchase.map_or_else(String::new, |chance| {
                format!(
                    ", and the chance to buy in the next {} days is {} on average",
                    found.horizon_days,
                    format::percent_in_text(chance)
                )
            });
            format!("“{name}” by its scores, but {lately}{chance}: too many to let them go.")
        }
        AdviceRule::MoreThanOneOrder => format!(
            "“{name}” by its scores, but {} have ordered more than once: the advice is for the next order, not the second.",
            format::percent_in_text(1.0 - found.one_order_share)
        ),
        AdviceRule::GoneQuiet => {
            let chance = found.mean_p_purchase.map_or_else(String::new, |chance| {
                format!(
                    ", and the chance to buy in the next {} days is {} on average",
                    found.horizon_days,
                    format::percent_in_text(chance)
                )
            });
            format!(
                "“{name}” by its scores, but only {lately}{chance}: the advice is for customers who have gone quiet."
            )
        }
        AdviceRule::AsNamed => String::new(),
    }
}
