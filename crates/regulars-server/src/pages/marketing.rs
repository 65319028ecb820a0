//! Marketing insights: `/d/{dataset}/marketing`. Recommendations per segment, opportunities, traits of the
//! best new customers, and contacts within a budget.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::Response;
use regulars_analysis::budget::BudgetPlan;
use regulars_analysis::campaign::{CampaignResult, FieldError, answer};
use regulars_analysis::claims::activity::Risk;
use regulars_analysis::claims::segments::{buying, recommendation_override, spend_at_cadence};
use regulars_analysis::claims::words;
use regulars_analysis::format::{self, Money, NOTHING};
use regulars_analysis::marketing::{Kind, Segment, Trend, kinds, segments};
use regulars_core::label;

use super::campaign::{self, CampaignForm, KindChoice};
use super::card::{ChartCard, in_pairs};
use super::kpis::{Kpi, short_and_exact};
use super::nav::Page;
use super::shell::{PageContext, Shell, render};
use super::value::missing as no_value;
use crate::charts;
use crate::error::ServerError;
use crate::palette;
use crate::query::Query;
use crate::view::{View, path_part};

const CHARTS: [&str; 4] = ["value-at-risk", "value-and-risk", "opportunities", "upside"];
/// Contacts shown on the page; the file has all.
const SHOWN: usize = 20;

/// The marketing page.
#[derive(Template)]
#[template(path = "marketing.html")]
struct MarketingPage {
    shell: Shell,
    kpis: Vec<Kpi>,
    found: Option<Found>,
}

/// The recommendations of the run.
struct Found {
    /// The reason if the run has no lifetime value.
    no_value: Option<String>,
    segments: Vec<SegmentCard>,
    /// Whether a filter is in force.
    of_some: bool,
    charts: Vec<ChartCard>,
    kinds: Vec<KindLine>,
    best_customer_profile: Option<ChartCard>,
    no_best_customer_profile: String,
    form: Option<CampaignForm>,
    plan: Option<PlanView>,
    curve: Option<ChartCard>,
    csv: String,
    json: String,
}

/// One segment.
struct SegmentCard {
    name: String,
    swatch: String,
    href: String,
    figures: Vec<(&'static str, String, String)>,
    trend: String,
    /// Recent and expected purchases of its customers.
    buying: String,
    /// Why the standard recommendation was replaced, if it was.
    recommendation_override: String,
    action: String,
    advice: [(&'static str, String); 4],
    list: String,
}

/// One kind of opportunity, worded.
struct KindLine {
    name: String,
    sentence: String,
    counted: String,
}

/// The contact plan, worded.
struct PlanView {
    is_empty: bool,
    figures: Vec<(&'static str, String, String)>,
    assumed: Option<String>,
    rows: Vec<PlanRow>,
    more: Option<String>,
    csv: String,
    json: String,
}

struct PlanRow {
    customer: String,
    href: String,
    kind: String,
    segment: String,
    expected: String,
    upside: String,
    returns: String,
}

pub(super) fn marketing(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let (kpis, found) = match segments(view)? {
        Some(segments) => {
            let kinds = kinds(view)?;
            (headline(view, &segments, &kinds)?, Some(found(view, &segments, &kinds)?))
        }
        None => (Vec::new(), None),
    };
    let mut page = MarketingPage { kpis, found, shell: Shell::plain("", &[]) };
    page.shell = Shell::of_run(Page::Marketing, view, around)?;
    render(&page)
}

fn found(view: &View, segments: &[Segment], all_kinds: &[Kind]) -> Result<Found, ServerError> {
    let has_value = view.frame.summary.value.is_some();
    // That of the segments: refunds of customers in none would make the shares exceed 100%.
    let revenue = segments.iter().map(|segment| segment.revenue_minor).sum();
    let cards = if has_value { ChartCard::all(view, &CHARTS)? } else { Vec::new() };
    let mut best_customer_profile =
        if has_value { ChartCard::of(view, "best-customer-profile")? } else { None };
    if let Some(card) = &mut best_customer_profile {
        card.wide = true;
    }
    let result = if has_value { answer(view, &view.query.shown.campaign)? } else { CampaignResult::Nothing };
    let errors: &[FieldError] = if let CampaignResult::Invalid(errors) = &result { errors } else { &[] };
    let path = Page::Marketing.path(view.dataset());
    let form = (has_value && !view.in_one_file).then(|| CampaignForm {
        kinds: choices(view, all_kinds),
        ..campaign::form(view, &format!("{path}#budget"), true, errors)
    });
    let mut curve = if let CampaignResult::Plan(_) = &result { ChartCard::of(view, "budget")? } else { None };
    if let Some(card) = &mut curve {
        card.wide = true;
    }
    Ok(Found {
        no_value: (!has_value).then(|| no_value(view)),
        segments: segments.iter().map(|segment| card(view, segment, revenue)).collect::<Result<_, _>>()?,
        of_some: !view.chosen.is_all(),
        charts: in_pairs(cards),
        kinds: all_kinds.iter().map(|kind| line(kind, &view.money)).collect(),
        no_best_customer_profile: if best_customer_profile.is_none() {
            charts::nothing_found(view)?
        } else {
            String::new()
        },
        best_customer_profile,
        form,
        plan: if let CampaignResult::Plan(plan) = &result { Some(plan_view(view, plan)) } else { None },
        curve,
        csv: view.api("charts/value-at-risk.csv"),
        json: Query::default()
            .of_run(&view.frame.summary.run_id)
            .address(&format!("/api/v1/d/{}/actions", view.dataset())),
    })
}

/// Headline numbers: recent spend, spend at risk and upside.
fn headline(view: &View, segments: &[Segment], kinds: &[Kind]) -> Result<Vec<Kpi>, ServerError> {
    let money = &view.money;
    let days = view.frame.recent_days();
    let sum = |of: fn(&Segment) -> Option<i64>| segments.iter().map(of).sum::<Option<i64>>();
    let mut found = Vec::new();
    let amount = |minor: i64| short_and_exact(money.headline(minor as f64), money.exact(minor));
    let mut add = |id, label, (value, exact): (String, Option<String>), definition, latest: String| {
        found.push(Kpi { id, label, value, exact, definition, latest, changes: Vec::new() });
    };
    let stake = sum(|segment| segment.recent_spend_minor);
    if let Some(stake) = stake {
        add(
            "recent_spend",
            "Recent spend",
            amount(stake),
            "Spend in the last 30, 90, 180 or 365 days, the longest that fits in the forecast horizon: the revenue that could \
             be lost.",
            format!("in the last {days} days"),
        );
    }
    if let (Some(stake), Some(risk)) = (stake, sum(|segment| segment.at_risk_minor)) {
        let (value, detail) = match view.risk(stake, risk)? {
            Risk::Of { recent_spend_minor, risk_minor } => (
                amount(risk_minor),
                format!("{} of recent spend", format::percent(risk_minor as f64 / recent_spend_minor as f64)),
            ),
            Risk::Unknown { .. } => ((NOTHING.to_owned(), None), words::risk_unknown().to_owned()),
            Risk::NoRecentSpend => ((NOTHING.to_owned(), None), format!("no spend in the last {days} days")),
        };
        add(
            "at_risk",
            "At risk",
            value,
            "Each customer’s recent spend times the probability of losing them: P(churn) or, without a churn model, \
             1 − P(alive).",
            detail,
        );
    }
    let with_number: Vec<&Kind> = kinds.iter().filter(|kind| kind.sums.is_some()).collect();
    if !with_number.is_empty() {
        let upside: i64 = with_number.iter().filter_map(|kind| kind.sums.map(|sums| sums.upside)).sum();
        let customers: u64 = with_number.iter().map(|kind| kind.customers).sum();
        add(
            "upside",
            "Upside",
            amount(upside),
            "Additional spend within the horizon if all customers behaved like similar ones: a ceiling, not a campaign \
             forecast.",
            format!("at most, in the next {} days", view.frame.manifest.config.value.horizon_days),
        );
        add(
            "with_upside",
            "Customers with upside",
            short_and_exact(format::headline_count(customers), format::count(customers)),
            "Customers whose predicted LTV is below the spend of similar customers. Each counts in one kind of \
             opportunity only.",
            format!(
                "{} of these customers",
                format::percent(customers as f64 / (view.chosen.len() as f64).max(1.0))
            ),
        );
    }
    Ok(found)
}

fn signed(change: i64, text: String) -> String {
    match change {
        1.. => format!("+{text}"),
        _ => text,
    }
}

fn trend(view: &View, trend: &Trend) -> String {
    match trend {
        Trend::OfSome => "Trends are available for whole segments only.".to_owned(),
        Trend::None => String::new(),
        Trend::Since { before, customers, expected_minor } => {
            let since = format!("since the run as of {}", format::day(before));
            let customers = customers.map(|change| {
                let sign = if change < 0 { "−" } else { "" };
                signed(change, format!("{sign}{}", format::customers(change.unsigned_abs())))
            });
            let expected = expected_minor
                .map(|change| format!("{} predicted LTV", signed(change, view.money.rounded(change as f64))));
            match (customers, expected) {
                (Some(customers), Some(expected)) => format!("{customers}, {expected}, {since}."),
                (Some(customers), None) => {
                    format!(
                        "{customers} {since}; predicted LTV is not comparable (different horizon, or no forecast)."
                    )
                }
                _ => format!("New {since}."),
            }
        }
    }
}

fn card(view: &View, segment: &Segment, revenue: i64) -> Result<SegmentCard, ServerError> {
    let money = &view.money;
    let amount =
        |minor: Option<i64>| minor.map_or_else(|| NOTHING.to_owned(), |minor| money.rounded(minor as f64));
    let all = view.chosen.len().max(1) as f64;
    let advice = &segment.recommendation;
    let run = &view.frame.summary.run_id;
    let list = format!("/api/v1/d/{}/lists/{}.csv", view.dataset(), path_part(&segment.name));
    let mut figures = vec![
        (
            "Customers",
            format::count(segment.customers),
            format!("{} of all", format::percent(segment.customers as f64 / all)),
        ),
        (
            label!(Revenue),
            amount(Some(segment.revenue_minor)),
            if revenue > 0 {
                format!("{} of all", format::percent(segment.revenue_minor as f64 / revenue as f64))
            } else {
                String::new()
            },
        ),
    ];
    if segment.expected_minor.is_some() {
        figures.push((
            "Predicted LTV",
            amount(segment.expected_minor),
            segment.interval_minor.map_or_else(
                || "interval for whole segments only".to_owned(),
                |(low, high)| money.between(low, high),
            ),
        ));
        let days = view.frame.recent_days();
        let (stake, at_risk) = (segment.recent_spend_minor.unwrap_or(0), segment.at_risk_minor.unwrap_or(0));
        match view.risk(stake, at_risk)? {
            Risk::Of { recent_spend_minor, risk_minor } => {
                figures.push((
                    "Recent spend",
                    amount(Some(recent_spend_minor)),
                    format!("in the last {days} days"),
                ));
                figures.push((
                    "At risk",
                    amount(Some(risk_minor)),
                    format!("{} of recent spend", format::percent(segment.risk_share())),
                ));
            }
            Risk::Unknown { recent_spend_minor } => {
                figures.push((
                    "Recent spend",
                    amount(Some(recent_spend_minor)),
                    format!("in the last {days} days"),
                ));
                figures.push(("At risk", NOTHING.to_owned(), words::risk_unknown().to_owned()));
            }
            // Without recent spend nothing is at risk; what could be won back is shown below.
            Risk::NoRecentSpend => {
                figures.push(("Recent spend", NOTHING.to_owned(), format!("none in the last {days} days")));
            }
        }
    }
    if let Some(pace) = spend_at_cadence(&segment.facts) {
        figures.push(("At usual cadence", amount(Some(pace.amount_minor)), words::spend_at_cadence(&pace)));
    }
    Ok(SegmentCard {
        name: segment.name.clone(),
        swatch: palette::swatch(&palette::segment(segment.place)),
        href: view.customers(view.filter().with_segment(&segment.name)),
        figures,
        trend: trend(view, &segment.trend),
        buying: buying(&segment.facts)
            .map_or_else(String::new, |found| format!("{}.", words::buying(&found))),
        recommendation_override: recommendation_override(&segment.facts, segment.recommendation_rule)
            .map_or_else(String::new, |found| words::recommendation_override(&found)),
        action: advice.action.clone(),
        advice: [
            ("Offer", advice.offer.clone()),
            ("Channel", advice.channel.clone()),
            ("How often", advice.cadence.clone()),
            ("Avoid", advice.avoid.clone()),
        ],
        list: Query::default().of_run(run).address(&list),
    })
}

fn line(kind: &Kind, money: &Money) -> KindLine {
    KindLine {
        name: format::capitalised(&kind.name),
        sentence: money.in_text(&kind.sentence),
        counted: {
            let mut counted = format!("{} considered", format::customers(kind.considered));
            if kind.without_similar_customers > 0 {
                counted += &format!(
                    "; {} of them had no comparable customers",
                    format::count(kind.without_similar_customers)
                );
            }
            let no_upside = kind.considered.saturating_sub(kind.without_similar_customers + kind.customers);
            if no_upside > 0 && kind.sums.is_some() {
                counted += &format!("; {} spend no less than similar customers do", format::count(no_upside));
            }
            counted + "."
        },
    }
}

fn choices(view: &View, kinds: &[Kind]) -> Vec<KindChoice> {
    let chosen = &view.query.shown.campaign.kinds;
    let choice = |kind: &Kind| KindChoice {
        label: format::capitalised(&kind.name),
        checked: chosen.contains(&kind.name),
        name: kind.name.clone(),
    };
    kinds.iter().filter(|kind| kind.sums.is_some()).map(choice).collect()
}

fn plan_view(view: &View, plan: &BudgetPlan) -> PlanView {
    let money = &view.money;
    let customers = plan.customers.len();
    let row = |one: &regulars_analysis::budget::BudgetContact| PlanRow {
        customer: one.customer_id.clone(),
        href: with_campaign(view, &one.customer_id),
        kind: one.kind.clone(),
        segment: one.segment.clone(),
        expected: money.exact(one.predicted_ltv_minor),
        upside: money.exact(one.upside_minor),
        returns: money.exact(one.expected_return_minor),
    };
    PlanView {
        is_empty: customers == 0,
        figures: vec![
            (
                "Contacts",
                format::count(customers as u64),
                format!(
                    "of {} expected to return more than they cost",
                    format::count(plan.worthwhile as u64)
                ),
            ),
            ("Cost", money.exact(plan.cost_minor), "of these contacts".to_owned()),
            (
                "Expected return",
                money.exact(plan.expected_return_minor),
                format!("after cost; {}", campaign::interval(view, plan)),
            ),
            (
                "Break-even response rate",
                campaign::break_even(plan),
                "above it, these contacts pay for themselves".to_owned(),
            ),
        ],
        assumed: campaign::assumed(plan),
        rows: plan.customers.iter().take(SHOWN).map(row).collect(),
        more: (customers > SHOWN).then(|| {
            format!("Showing {SHOWN} of {}; the CSV file has all.", format::count(customers as u64))
        }),
        csv: view.api("contacts.csv"),
        json: view.api("contacts"),
    }
}

/// The URL of a customer page that includes the campaign, so that the page shows the expected return.
fn with_campaign(view: &View, id: &str) -> String {
    let entered = view.query.shown.campaign.clone();
    let campaign = regulars_analysis::campaign::Campaign {
        budget: String::new(),
        kinds: BTreeSet::default(),
        ..entered
    };
    view.query
        .with_default_view()
        .of_run(&view.frame.summary.run_id)
        .with_shown(|shown| shown.campaign = campaign)
        .address(&view.customer_path(id))
}
