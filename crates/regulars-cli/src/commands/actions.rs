//! `regulars actions`: recommended actions per segment, the upside, and contacts within a budget.

use std::path::Path;
use std::process::ExitCode;

use regulars_analysis::claims::segments::{SegmentFacts, buying, recommendation_override, spend_at_cadence};
use regulars_analysis::claims::words;
use regulars_core::actions::{Actions, OpportunityKind, SegmentAction};
use regulars_core::budget::BudgetRequest;
use regulars_core::labels;
use regulars_core::money::{format_count, format_minor, format_minor_grouped, minor_per_major};
use regulars_engine::Format;
use regulars_pipeline::{Contacts, actions_of, contacts, write_contacts};
use regulars_store::Run;

use super::validate::percent;
use crate::args::{ActionsArgs, OutputFormat};
use crate::failure::{Failure, Result, remark};
use crate::printer::{self, Align, line};
use crate::settings::Settings;

/// Maximum number of customers shown on a terminal.
const SHOWN: usize = 20;

/// A contact plan as JSON; money in minor units.
#[derive(serde::Serialize)]
struct ContactsJson<'a> {
    run_id: &'a str,
    money_decimals: u8,
    margin: f64,
    assumed: Option<&'a String>,
    contacts: usize,
    worthwhile: usize,
    cost_minor: i64,
    upside_minor: i64,
    expected_return_minor: i64,
    return_low_minor: i64,
    return_high_minor: i64,
    interval_level: f64,
    break_even_response: Option<f64>,
    customers: Vec<PlannedCustomer<'a>>,
}

#[derive(serde::Serialize)]
struct PlannedCustomer<'a> {
    rank: usize,
    customer_id: &'a str,
    kind: &'a str,
    segment: &'a str,
    predicted_ltv_minor: i64,
    upside_minor: i64,
    expected_return_minor: i64,
}

pub(super) fn actions(args: &ActionsArgs, settings: &Settings) -> Result<ExitCode> {
    let run = settings.run(&args.which)?;
    if let (Some(budget), Some(contact_cost), Some(response)) =
        (args.budget, args.contact_cost, args.response_rate)
    {
        let request = BudgetRequest {
            budget,
            contact_cost,
            response,
            margin: args.margin,
            kinds: args.kind.iter().map(|kind| kind.replace(['-', '_'], " ")).collect(),
        };
        return spend(&run, &request, args.out.as_deref(), settings);
    }
    let found = actions_of(&run)?.ok_or_else(|| {
        Failure::new(format!("run {} has no recommendations", run.run_id()))
            .hint("it was made by an older version: run `regulars run` again")
    })?;
    match settings.format {
        OutputFormat::Json => printer::json(&found)?,
        OutputFormat::Csv => print_csv(&found, run.manifest.money_decimals)?,
        OutputFormat::Table => print(&found, &run, settings)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The section of the report: actions and opportunities.
pub(super) fn section(run: &Run, settings: &Settings) -> Result<()> {
    let Some(found) = actions_of(run)? else { return Ok(()) };
    line("\nRecommended actions")?;
    for segment in found.segments.iter().filter(|segment| segment.customers > 0) {
        line(format!("- {}: {}", segment.segment, segment.action))?;
    }
    print_opportunities(&found.opportunities, run, settings)?;
    line("(upside: a ceiling, if all of them behaved like similar customers; details: `regulars actions`)")
}

fn print(found: &Actions, run: &Run, settings: &Settings) -> Result<()> {
    line("Recommended actions per segment")?;
    print_segments(&found.segments, run, settings)?;
    for segment in found.segments.iter().filter(|segment| segment.customers > 0) {
        let advice = segment.recommendation();
        line(format!("\n{}: {}", segment.segment, advice.action))?;
        for contacts_json in notes_of(segment, run) {
            line(words::plain(&format!("  {contacts_json}")))?;
        }
        for (what, text) in [
            ("offer", &advice.offer),
            ("channel", &advice.channel),
            ("cadence", &advice.cadence),
            ("avoid", &advice.avoid),
        ] {
            line(format!("  {what}: {text}"))?;
        }
    }
    print_opportunities(&found.opportunities, run, settings)?;
    for kind in &found.opportunities {
        line(format!("- {}", kind.sentence))?;
    }
    line(
        "Upside is a ceiling, not a campaign forecast: customers may differ from similar ones in ways that the \
         data do not show.",
    )
}

/// Statements about a segment from its own numbers.
fn notes_of(segment: &SegmentAction, run: &Run) -> Vec<String> {
    let facts = SegmentFacts {
        segment: segment.segment.clone(),
        customers: segment.customers,
        bought_lately_share: segment.bought_last_90d_share,
        one_order_share: segment.one_order_share,
        spend_at_cadence_minor: segment.spend_at_cadence_minor,
        customers_with_cadence: segment.customers_with_cadence,
        mean_p_purchase: segment.mean_p_purchase,
        recent_spend_minor: segment.recent_spend_minor,
        horizon_days: run.manifest.config.value.horizon_days,
    };
    let pace = spend_at_cadence(&facts).map(|pace| {
        format!(
            "at usual cadence: {} {}",
            format_minor_grouped(pace.amount_minor, run.manifest.money_decimals),
            words::spend_at_cadence(&pace)
        )
    });
    let buying = buying(&facts).map(|found| words::buying(&found));
    let recommendation_override =
        recommendation_override(&facts, segment.rule()).map(|found| words::recommendation_override(&found));
    [buying, pace, recommendation_override].into_iter().flatten().collect()
}

fn print_segments(segments: &[SegmentAction], run: &Run, settings: &Settings) -> Result<()> {
    let horizon = format!("predicted LTV, {} days", run.manifest.config.value.horizon_days);
    let mut table = printer::table(
        &[
            ("segment", Align::Left),
            ("customers", Align::Right),
            ("change", Align::Right),
            (labels::REVENUE, Align::Right),
            (&horizon, Align::Right),
            ("from", Align::Right),
            ("to", Align::Right),
            ("change", Align::Right),
            ("recent spend", Align::Right),
            ("at risk", Align::Right),
        ],
        settings.color,
    );
    let decimals = run.manifest.money_decimals;
    let money =
        |minor: Option<i64>| minor.map_or_else(String::new, |minor| format_minor_grouped(minor, decimals));
    let signed = |change: i64, text: String| if change > 0 { format!("+{text}") } else { text };
    for segment in segments {
        let customers = segment.customers_change;
        let value = segment.predicted_change_minor;
        table.add_row([
            segment.segment.clone(),
            format_count(segment.customers),
            customers.map_or_else(String::new, |change| signed(change, change.to_string())),
            money(Some(segment.revenue_minor)),
            money(segment.predicted_ltv_minor),
            money(segment.predicted_low_minor),
            money(segment.predicted_high_minor),
            value.map_or_else(String::new, |change| signed(change, money(Some(change)))),
            money(segment.recent_spend_minor),
            money(segment.at_risk_minor),
        ]);
    }
    line(table)?;
    match segments.iter().find_map(|segment| segment.before.as_ref()) {
        Some(day) => line(format!("(changes: vs. the run as of {day})")),
        None => line("(no changes shown: there is no run with an earlier analysis date)"),
    }
}

fn print_opportunities(kinds: &[OpportunityKind], run: &Run, settings: &Settings) -> Result<()> {
    line(format!("\nUpside in the next {} days", run.manifest.config.value.horizon_days))?;
    let mut table = printer::table(
        &[
            ("opportunity", Align::Left),
            ("customers", Align::Right),
            ("predicted LTV", Align::Right),
            ("similar customers", Align::Right),
            ("upside", Align::Right),
            ("from", Align::Right),
            ("to", Align::Right),
        ],
        settings.color,
    );
    let money = |minor: Option<i64>| {
        minor.map_or_else(
            || "none".to_owned(),
            |minor| format_minor_grouped(minor, run.manifest.money_decimals),
        )
    };
    for kind in kinds {
        table.add_row([
            kind.kind.clone(),
            format_count(kind.customers),
            money(kind.predicted_ltv_minor),
            money(kind.similar_customers_ltv_minor),
            money(kind.upside_minor),
            money(kind.upside_low_minor),
            money(kind.upside_high_minor),
        ]);
    }
    line(table)
}

/// The segments as CSV; `export` writes the other tables.
fn print_csv(found: &Actions, decimals: u8) -> Result<()> {
    let money = |minor: Option<i64>| minor.map_or_else(String::new, |minor| format_minor(minor, decimals));
    let number = |value: Option<i64>| value.map_or_else(String::new, |value| value.to_string());
    let share = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    printer::csv(
        &[
            "segment",
            "customers",
            "customers_change",
            "revenue",
            "predicted_ltv",
            "predicted_low",
            "predicted_high",
            "predicted_change",
            "recent_spend",
            "at_risk",
            "spend_at_cadence",
            "bought_last_90d_share",
            "mean_p_purchase",
            "recommendation_rule",
            "action",
            "offer",
            "channel",
            "cadence",
            "avoid",
        ],
        found.segments.iter().map(|segment| {
            let words = segment.recommendation();
            vec![
                segment.segment.clone(),
                segment.customers.to_string(),
                number(segment.customers_change),
                money(Some(segment.revenue_minor)),
                money(segment.predicted_ltv_minor),
                money(segment.predicted_low_minor),
                money(segment.predicted_high_minor),
                money(segment.predicted_change_minor),
                money(segment.recent_spend_minor),
                money(segment.at_risk_minor),
                money(segment.spend_at_cadence_minor),
                share(segment.bought_last_90d_share),
                share(segment.mean_p_purchase),
                segment.recommendation_rule.clone(),
                words.action.clone(),
                words.offer.clone(),
                words.channel.clone(),
                words.cadence.clone(),
                words.avoid.clone(),
            ]
        }),
    )
}

fn spend(run: &Run, request: &BudgetRequest, out: Option<&Path>, settings: &Settings) -> Result<ExitCode> {
    let format = out
        .map(|out| Format::from_path(out).ok_or_else(|| super::export::unknown_format(out)))
        .transpose()?;
    let found = contacts(run, request)?;
    if let Some(assumed) = found.assumed.as_ref().filter(|_| !settings.quiet) {
        remark(&format!("assumed: {assumed}"));
    }
    let decimals = run.manifest.money_decimals;
    if let (Some(out), Some(format)) = (out, format) {
        write_contacts(&found, decimals, format, out)?;
    }
    match settings.format {
        OutputFormat::Json => printer::json(&contacts_json(&found, run))?,
        OutputFormat::Csv => {
            let headers =
                ["rank", "customer_id", "kind", "segment", "predicted_ltv", "upside", "expected_return"];
            printer::csv(&headers, list(&found, decimals, usize::MAX, format_minor))?;
        }
        OutputFormat::Table => print_plan(&found, run, out, settings)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// An amount of the plan in minor units.
pub(crate) fn minor(value: f64, decimals: u8) -> i64 {
    (value * minor_per_major(decimals)).round() as i64
}

fn list(found: &Contacts, decimals: u8, most: usize, money: fn(i64, u8) -> String) -> Vec<Vec<String>> {
    let each = found.customers.iter().zip(&found.plan.returns).enumerate().take(most);
    each.map(|(at, (one, returns))| {
        vec![
            (at + 1).to_string(),
            one.customer_id.clone(),
            one.kind.clone(),
            one.segment.clone(),
            money(one.predicted_ltv_minor, decimals),
            money(one.upside_minor, decimals),
            money(minor(*returns, decimals), decimals),
        ]
    })
    .collect()
}

fn contacts_json<'a>(found: &'a Contacts, run: &'a Run) -> ContactsJson<'a> {
    let decimals = run.manifest.money_decimals;
    let [low, high] = found.plan.interval.map(|value| minor(value, decimals));
    let each = found.customers.iter().zip(&found.plan.returns).enumerate();
    ContactsJson {
        run_id: run.run_id(),
        money_decimals: decimals,
        margin: found.margin,
        assumed: found.assumed.as_ref(),
        contacts: found.customers.len(),
        worthwhile: found.plan.worthwhile,
        cost_minor: minor(found.plan.cost, decimals),
        upside_minor: minor(found.plan.upside, decimals),
        expected_return_minor: minor(found.plan.expected_return, decimals),
        return_low_minor: low,
        return_high_minor: high,
        interval_level: found.interval_level,
        break_even_response: found.plan.break_even_response,
        customers: each
            .map(|(at, (one, returns))| PlannedCustomer {
                rank: at + 1,
                customer_id: &one.customer_id,
                kind: &one.kind,
                segment: &one.segment,
                predicted_ltv_minor: one.predicted_ltv_minor,
                upside_minor: one.upside_minor,
                expected_return_minor: minor(*returns, decimals),
            })
            .collect(),
    }
}

fn print_plan(found: &Contacts, run: &Run, out: Option<&Path>, settings: &Settings) -> Result<()> {
    let decimals = run.manifest.money_decimals;
    let plan = &found.plan;
    let money = |value: f64| format_minor_grouped(minor(value, decimals), decimals);
    if found.customers.is_empty() {
        return line(
            "no contacts: none is expected to return more than it costs, or the budget is too small",
        );
    }
    line(format!(
        "{} of {} customers whose contact is expected to return more than it costs: cost {}, expected net \
         return {} ({:.0}% interval over who responds: {} to {})",
        format_count(found.customers.len() as u64),
        format_count(plan.worthwhile as u64),
        money(plan.cost),
        money(plan.expected_return),
        found.interval_level * 100.0,
        money(plan.interval[0]),
        money(plan.interval[1]),
    ))?;
    if let Some(response) = plan.break_even_response {
        line(format!("break-even response rate: {}", percent(response)))?;
    }
    let mut table = printer::table(
        &[
            ("", Align::Right),
            ("customer", Align::Left),
            ("opportunity", Align::Left),
            ("segment", Align::Left),
            ("predicted LTV", Align::Right),
            ("upside", Align::Right),
            ("expected return", Align::Right),
        ],
        settings.color,
    );
    for row in list(found, decimals, SHOWN, format_minor_grouped) {
        table.add_row(row);
    }
    line(table)?;
    match out {
        Some(out) => line(format!("{}: all {}", out.display(), format_count(found.customers.len() as u64))),
        None if found.customers.len() > SHOWN => line(format!("(first {SHOWN}; --out FILE writes all)")),
        None => Ok(()),
    }
}
