//! Claims about forecasts, in words.

use regulars_core::label;

use super::super::forecast::{Intervals, Verdict};
use super::super::large_customers::{LargeCustomer, LargestHoldoutCustomer, MostAccurate, Total};
use super::text::ClaimText;
use crate::format::{self, Money};

/// The coverage of intervals, and whether it is the nominal one: `91.0% (as intended)`.
pub fn coverage(found: &Intervals) -> String {
    let verdict = match found.verdict {
        Verdict::AsIntended => "as intended",
        Verdict::TooWide => "more than intended: too wide",
        Verdict::TooNarrow => "less than intended: too narrow",
    };
    format!("{} ({verdict})", format::percent(found.coverage))
}

/// A customer with a large share of a total.
pub fn large_customer(found: &LargeCustomer, money: &Money) -> ClaimText {
    let share = format::percent(found.share);
    match found.of {
        Total::Revenue => ClaimText {
            headline: format!(concat!("One customer accounts for {} of ", label!(revenue)), share),
            detail: format!(
                "{} spent {}. Means and forecast errors depend on this customer; the lifetime value page also shows them \
                 without the largest one.",
                found.customer_id,
                money.rounded(found.amount_minor as f64)
            ),
        },
        Total::ExpectedSpend => ClaimText {
            headline: format!("One customer accounts for {share} of total predicted LTV"),
            detail: format!(
                "{} has a predicted LTV of {}; the total depends on this customer.",
                found.customer_id,
                money.rounded(found.amount_minor as f64)
            ),
        },
    }
}

/// The influence of one customer on the model comparison.
pub fn largest_holdout_customer(found: &LargestHoldoutCustomer, money: &Money) -> String {
    let largest = &found.largest;
    let mut words = format!(
        "Customer {} spent {} in the holdout period, {} of the total; {} was predicted.",
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
    match &found.baseline {
        Some((baseline, error)) => format!(
            "{} was most accurate: its RMSE is {} lower than that of the baseline “{}”",
            found.model,
            format::percent_in_text(1.0 - found.rmse_minor / error),
            baseline
        ),
        None => format!("“{}” was most accurate", found.model),
    }
}
