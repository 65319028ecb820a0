//! What is to be done in the shop of `shop.rs`, worked out by hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use regulars_analysis::budget::{BudgetContact, BudgetOutcome, BudgetPlan};
use regulars_core::actions::{Actions, OpportunityKind, SegmentAction};
use regulars_core::budget::{BudgetFault, BudgetField, BudgetRequest};
use regulars_core::segments::RecommendationRule;

/// Id, kind, segment, expected, what look-alikes bring.
pub(crate) type Opportunity = (&'static str, &'static str, &'static str, i64, i64);

pub(crate) const OPPORTUNITIES: [Opportunity; 3] = [
    ("C3", "retention", "Loyal", 10_000, 30_000),
    ("C4", "second purchase", "New", 1_500, 2_500),
    ("C5", "reactivation", "Lost", 250, 1_250),
];

/// Name, customers, revenue, expected, recent spend, at risk.
type Segment = (&'static str, u64, i64, i64, i64, i64);

const SEGMENTS: [Segment; 5] = [
    ("High-Value", 2, 130_000, 65_000, 65_000, 13_000),
    ("Loyal", 1, 20_000, 10_000, 10_000, 2_000),
    ("At-Risk", 0, 0, 0, 0, 0),
    ("New", 1, 3_000, 1_500, 1_500, 300),
    ("Lost", 2, 2_500, 250, 1_250, 225),
];

/// What the run says; `trend` since an earlier one, numbers where there is lifetime value.
pub(crate) fn actions(trend: bool, has_value: bool) -> Actions {
    let of = |minor: i64| has_value.then_some(minor);
    let segment = |(at, s): (usize, &Segment)| SegmentAction {
        segment: s.0.to_owned(),
        segment_priority: at as u64 + 1,
        customers: s.1,
        customer_share: s.1 as f64 / 6.0,
        revenue_minor: s.2,
        revenue_share: s.2 as f64 / 155_500.0,
        predicted_ltv_minor: of(s.3),
        predicted_low_minor: of(s.3 / 2),
        predicted_high_minor: of(s.3 * 2),
        predicted_share: None,
        recent_spend_minor: of(s.4),
        at_risk_minor: of(s.5),
        spend_at_cadence_minor: Some(s.2 * 2),
        customers_with_cadence: Some(s.1 / 2),
        bought_last_90d_share: Some(if s.0 == "Lost" { 0.0 } else { 1.0 }),
        one_order_share: Some(0.5),
        mean_p_purchase: has_value.then_some(0.5),
        expected_purchases: has_value.then_some(3.0),
        before: trend.then(|| "2024-05-31".to_owned()),
        customers_before: trend.then_some(1),
        customers_change: trend.then_some(s.1 as i64 - 1),
        predicted_before_minor: if trend { of(1_000) } else { None },
        predicted_change_minor: if trend { of(s.3 - 1_000) } else { None },
        recency_mean: 0.0,
        frequency_mean: 0.0,
        monetary_mean_minor: 0.0,
        recommendation_rule: if s.0 == "Lost" {
            RecommendationRule::NotGone
        } else {
            RecommendationRule::AsNamed
        }
        .name()
        .to_owned(),
        action: format!("What to do about {}", s.0),
        offer: "An <offer>".to_owned(),
        channel: "By post".to_owned(),
        cadence: "Once a month".to_owned(),
        avoid: "Discounts".to_owned(),
    };
    let kind = |name: &str| {
        let found: Vec<_> = OPPORTUNITIES.iter().filter(|one| one.1 == name).collect();
        let sum = |f: &dyn Fn(&Opportunity) -> i64| found.iter().map(|one| f(one)).sum::<i64>();
        let is_there = has_value && !found.is_empty();
        let number = |minor: i64| is_there.then_some(minor);
        let upside = sum(&|one| one.4 - one.3);
        let reason =
            if has_value { "2 customers stayed: too few" } else { "no lifetime value: not asked for" };
        OpportunityKind {
            kind: name.to_owned(),
            customers: if is_there { found.len() as u64 } else { 0 },
            considered: 3,
            without_similar_customers: 1,
            similar_customers: 40,
            predicted_ltv_minor: number(sum(&|one| one.3)),
            similar_customers_ltv_minor: number(sum(&|one| one.4)),
            upside_minor: number(upside),
            upside_low_minor: number(upside / 2),
            upside_high_minor: number(upside * 2),
            sentence: format!("In words, {name}."),
            reason: (!is_there).then(|| reason.to_owned()),
        }
    };
    Actions {
        segments: SEGMENTS.iter().enumerate().map(segment).collect(),
        opportunities: ["reactivation", "retention", "second purchase", "upsell"].map(kind).to_vec(),
    }
}

/// Spends a budget: customers in the order of their upside, while a contact pays.
pub(crate) fn budget(request: &BudgetRequest, among: Option<&BTreeSet<String>>) -> BudgetOutcome {
    let fault = |part, message: String| {
        BudgetOutcome::Invalid(BudgetFault {
            field: Some(part),
            message,
            hint: Some("between 0 and 1".to_owned()),
        })
    };
    if !(0.0..=1.0).contains(&request.response) {
        return fault(
            BudgetField::Response,
            format!("the response is {}, expected 0 to 1", request.response),
        );
    }
    if let Some(kind) = request.kinds.iter().find(|kind| !OPPORTUNITIES.iter().any(|one| one.1 == *kind)) {
        return fault(BudgetField::Kinds, format!("there is no kind of opportunity `{kind}`"));
    }
    let margin = request.margin.unwrap_or(1.0);
    let cost = request.contact_cost * 100.0;
    let returns = |upside: i64| upside as f64 * request.response * margin - cost;
    let mut all: Vec<_> = OPPORTUNITIES
        .iter()
        .filter(|one| request.kinds.is_empty() || request.kinds.iter().any(|kind| kind == one.1))
        .filter(|one| among.is_none_or(|among| among.contains(one.0)))
        .map(|one| (one, one.4 - one.3))
        .collect();
    all.sort_by_key(|(_, upside)| -upside);
    let mut sum = 0.0;
    let mut curve = vec![(0, 0)];
    for (at, (_, upside)) in all.iter().enumerate() {
        sum += returns(*upside);
        curve.push((at + 1, sum as i64));
    }
    all.retain(|(_, upside)| returns(*upside) > 0.0);
    let worthwhile = all.len();
    all.truncate(if cost > 0.0 { (request.budget * 100.0 / cost) as usize } else { usize::MAX });
    let expected = all.iter().map(|(_, upside)| returns(*upside)).sum::<f64>() as i64;
    let upside: i64 = all.iter().map(|(_, upside)| upside).sum();
    let spent = (all.len() as f64 * cost) as i64;
    BudgetOutcome::Plan(Arc::new(BudgetPlan {
        worthwhile,
        cost_minor: spent,
        upside_minor: upside,
        expected_return_minor: expected,
        return_low_minor: -spent,
        return_high_minor: expected * 2,
        interval_level: 0.9,
        break_even_response: (upside > 0).then(|| spent as f64 / (upside as f64 * margin)),
        margin,
        assumed: request
            .margin
            .is_none()
            .then(|| "no margin is given: all of the spend counts as return".to_owned()),
        curve,
        customers: all
            .iter()
            .map(|(one, upside)| BudgetContact {
                customer_id: one.0.to_owned(),
                kind: one.1.to_owned(),
                segment: one.2.to_owned(),
                predicted_ltv_minor: one.3,
                upside_minor: *upside,
                expected_return_minor: returns(*upside) as i64,
            })
            .collect(),
    }))
}
