//! Opportunities in plain sentences.
//!
//! Deliberately not here: the numbers.

use regulars_core::actions::OpportunityKind;
use regulars_core::money::{format_count, format_minor_grouped};

use super::ActionsRequest;
use super::similar_customers::{Kind, OpportunityResult};

/// The row of `opportunity_summary`; its totals are those of the rows of `opportunities`.
pub(super) fn summarised(request: &ActionsRequest<'_>, found: &OpportunityResult) -> OpportunityKind {
    let expected: i64 = found.expected_minor.iter().sum();
    let would: i64 = found.similar_customers_minor.iter().sum();
    let known = |minor: i64| found.reason.is_none().then_some(minor);
    let [low, high] = found.interval_minor;
    OpportunityKind {
        kind: found.kind.name().to_owned(),
        customers: found.rows.len() as u64,
        considered: found.considered as u64,
        without_similar_customers: found.without as u64,
        similar_customers: found.candidates as u64,
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

#[cfg(test)]
mod tests {
    use super::super::testing::{Few, value};
    use super::*;

    fn result(reason: Option<String>) -> OpportunityResult {
        OpportunityResult {
            kind: Kind::Retention,
            rows: vec![3, 5],
            expected_minor: vec![100, 250],
            similar_customers_minor: vec![400, 300],
            interval_minor: [200, 500],
            considered: 9,
            without: 4,
            candidates: 77,
            reason,
        }
    }

    #[test]
    fn the_row_of_a_kind_is_the_sum_of_its_customers() {
        let few = Few::new(&[(1, 1, 1, 0)]);
        let summary = value(Vec::new());
        let row = summarised(&few.request(Ok(&summary)), &result(None));
        assert_eq!((row.kind.as_str(), row.customers, row.considered), ("retention", 2, 9));
        assert_eq!((row.without_similar_customers, row.similar_customers), (4, 77));
        assert_eq!(row.predicted_ltv_minor, Some(350));
        assert_eq!(row.similar_customers_ltv_minor, Some(700));
        assert_eq!(row.upside_minor, Some(350));
        assert_eq!((row.upside_low_minor, row.upside_high_minor), (Some(200), Some(500)));
        assert_eq!(row.reason, None);
    }

    #[test]
    fn without_a_number_there_is_none() {
        let few = Few::new(&[(1, 1, 1, 0)]);
        let row = summarised(&few.request(Err("no value")), &result(Some("too few".to_owned())));
        let numbers = [
            row.predicted_ltv_minor,
            row.similar_customers_ltv_minor,
            row.upside_minor,
            row.upside_low_minor,
            row.upside_high_minor,
        ];
        assert_eq!(numbers, [None; 5]);
        assert_eq!(row.reason.as_deref(), Some("too few"));
    }

    #[test]
    fn amounts_have_the_decimals_and_the_currency_of_the_shop() {
        let few = Few::new(&[(1, 1, 1, 0)]);
        let request = ActionsRequest { currency: Some("EUR"), ..few.request(Err("none")) };
        let euros = summarised(&request, &result(None)).sentence;
        assert!(euros.contains("3.50 EUR") && euros.contains("7.00 EUR"), "{euros}");
        let whole = ActionsRequest { money_decimals: 0, ..few.request(Err("none")) };
        let yen = summarised(&whole, &result(None)).sentence;
        assert!(yen.contains(" 350.") && !yen.contains("3.50"), "{yen}");
    }
}
