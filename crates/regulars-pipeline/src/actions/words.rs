//! Opportunities in plain sentences.
//!
//! Deliberately not here: the numbers.

use regulars_core::actions::OpportunityKind;
use regulars_core::money::{format_count, format_minor_grouped};

use super::ActionsRequest;
use super::look_alikes::{Kind, OpportunityResult};

/// The row of `opportunity_summary`; its totals are those of the rows of `opportunities`.
pub(super) fn summarised(request: &ActionsRequest<'_>, found: &OpportunityResult) -> OpportunityKind {
    let expected: i64 = found.expected_minor.iter().sum();
    let would: i64 = found.look_alike_minor.iter().sum();
    let known = |minor: i64| found.reason.is_none().then_some(minor);
    let [low, high] = found.interval_minor;
    OpportunityKind {
        kind: found.kind.name().to_owned(),
        customers: found.rows.len() as u64,
        considered: found.considered as u64,
        without_similar_customers: found.without as u64,
        similar_customers: found.sought as u64,
        predicted_ltv_minor: known(expected),
        similar_customers_ltv_minor: known(would),
        upside_minor: known(would - expected),
        upside_low_minor: known(low),
        upside_high_minor: known(high),
        sentence: match &found.reason {
            Some(reason) => format!("No number for {}: {reason}.", found.kind.name()),
            None => sentence(request, found, [expected, would, low, high]),
        },
        reason: found.reason.clone(),
    }
}

fn sentence(
    request: &ActionsRequest<'_>,
    found: &OpportunityResult,
    [expected, would, low, high]: [i64; 4],
) -> String {
    let money = |minor: i64| {
        let amount = format_minor_grouped(minor, request.money_decimals);
        request.currency.map_or_else(|| amount.clone(), |currency| format!("{amount} {currency}"))
    };
    let customers = match found.rows.len() {
        1 => "1 customer".to_owned(),
        more => format!("{} customers", format_count(more as u64)),
    };
    format!(
        "{customers}: {}. Total predicted LTV for the next {} days: {}. If all of them {}, they would spend {}: {} more ({} to {}).",
        who(found.kind),
        request.config.horizon_days,
        money(expected),
        did(found.kind),
        money(would),
        money(would - expected),
        money(low),
        money(high),
    )
}

fn who(kind: Kind) -> &'static str {
    match kind {
        Kind::Reactivation => "high spend, lapsed (no order for more than four purchase cycles)",
        Kind::Retention => "high spend, overdue (no order for more than two purchase cycles)",
        Kind::SecondPurchase => "one order so far, not lapsed",
        Kind::Upsell => "retained, with smaller orders than similar customers",
    }
}

fn did(kind: Kind) -> &'static str {
    match kind {
        Kind::Reactivation => "came back and bought like similar retained customers",
        Kind::Retention => "continued like similar retained customers",
        Kind::SecondPurchase => "continued like similar customers with two orders",
        Kind::Upsell => "placed orders as large as similar customers do",
    }
}
