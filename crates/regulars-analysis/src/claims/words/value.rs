//! What a forecast may be said to do, in words.

use regulars_core::label;

use super::super::forecast::{Intervals, Verdict};
use super::super::whales::{HoldoutWhale, MostAccurate, Total, Whale};
use super::Said;
use crate::format::{self, Money};

/// Whether intervals held what they were meant to.
pub fn intervals(found: &Intervals) -> &'static str {
    match found.verdict {
        Verdict::AsIntended => "As intended.",
        Verdict::TooWide => "More than intended: they are a little wider than need be.",
        Verdict::TooNarrow => "Less than intended: take them as somewhat too narrow.",
    }
}

/// A customer who holds much of a total.
pub fn whale(found: &Whale, money: &Money) -> Said {
    let share = format::percent(found.share);
    match found.of {
        Total::Revenue => Said {
            headline: format!(concat!("One customer brought {} of all ", label!(revenue)), share),
            detail: format!(
                "{} spent {}. Means and errors of forecasts depend on this one customer; the page of lifetime value shows them \
                 without the largest one, too.",
                found.customer_id,
                money.rounded(found.amount_minor as f64)
            ),
        },
        Total::ExpectedSpend => Said {
            headline: format!("{share} of the expected spend is that of one customer"),
            detail: format!(
                "{} is expected to spend {}: the total depends on it.",
                found.customer_id,
                money.rounded(found.amount_minor as f64)
            ),
        },
    }
}

/// What one customer does to the comparison of models.
pub fn holdout_whale(found: &HoldoutWhale, money: &Money) -> String {
    let largest = &found.largest;
    let mut words = format!(
        "One customer, {}, spent {} in the days held out, {} of what all did; {} were expected of it.",
        largest.customer_id,
        money.rounded(largest.actual_minor as f64),
        format::percent(largest.share),
        money.rounded(largest.expected_minor as f64)
    );
    if let Some([with, without]) = found.rmse_minor {
        words.push_str(&format!(
            " RMSE of the chosen model: {} with this customer, {} without.",
            money.rounded(with),
            money.rounded(without)
        ));
    }
    words.push_str(&if found.decides {
        format!(" Without this customer {} would have been chosen.", largest.model_without)
    } else {
        " Without this customer the same model would have been chosen.".to_owned()
    });
    words
}

/// Which model was most accurate.
pub fn most_accurate(found: &MostAccurate) -> String {
    let mut words = match &found.baseline {
        Some((baseline, error)) => format!(
            "{} was most accurate: its RMSE is {} smaller than that of “{baseline}”",
            found.model,
            format::percent_in_text(1.0 - found.rmse_minor / error)
        ),
        None => format!("“{}” was most accurate", found.model),
    };
    if let Some(other) = &found.without_largest {
        words.push_str(&format!("; without the largest customer {other} would be"));
    }
    words
}
