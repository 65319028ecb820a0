//! Expected return by number of contacts.

use regulars_analysis::campaign::{CampaignResult, answer};
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::TableOf;

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure};
use super::super::trace::Trace;
use crate::view::View;

/// Expected return by contacts, with the point that the budget reaches; `None` without a budget.
pub(crate) fn curve(view: &View) -> Result<Option<Drawn>, BackendError> {
    let CampaignResult::Plan(plan) = answer(view, &view.query.shown.campaign)? else { return Ok(None) };
    if plan.curve.len() < 2 {
        return Ok(None);
    }
    let money = &view.money;
    let words = |contacts: usize, minor: i64| {
        let contacts = format::counted(contacts as u64, "contact", "contacts");
        format!("{contacts}<br>expected return {}", money.rounded(minor as f64))
    };
    let contacts = plan.customers.len();
    let chosen = plan.expected_return_minor;
    let mut figure = Figure::new(340, [16, 34, 48])
        .legend()
        .with(
            Trace::line(plan.curve.iter().copied(), "--chart-1", 2.5)
                .name("Expected return")
                .x(|(contacts, _)| contacts)
                .y(|(_, returns)| money.units(returns))
                .hover(|(contacts, returns)| words(contacts, returns)),
        )
        .x(Axis::titled("Customers contacted").zero_based().ticks(6).whole().no_grid())
        .y(Axis::upright("Expected return").money(money).ticks(6));
    if contacts > 0 {
        let (low, high) = (plan.return_low_minor, plan.return_high_minor);
        let (level, interval) = (plan.interval_level * 100.0, money.between(low, high));
        let point = Trace::points([contacts], 12.0).name("This budget").x(|contacts| contacts);
        let point = point.y(|_| money.units(chosen)).errors(
            "y",
            |_| money.units(high - chosen),
            |_| money.units(chosen - low),
            ("--ink", 1.6, 6),
        );
        let hover = format!("This budget: {}<br>{level:.0}% interval {interval}", words(contacts, chosen));
        figure = figure.with(point.hover(|_| hover.clone()).colour("--below-2"));
    }
    let best = plan.curve.iter().map(|(_, returns)| *returns).max().unwrap_or(0);
    Ok(Some(Drawn {
        title: if best <= 0 {
            "No contact is expected to pay for itself".to_owned()
        } else if contacts < plan.worthwhile {
            format!(
                "The budget covers {} of {} profitable contacts; all of them would return {}",
                format::count(contacts as u64),
                format::count(plan.worthwhile as u64),
                money.rounded(best as f64)
            )
        } else {
            format!(
                "The budget covers all {}",
                format::counted(plan.worthwhile as u64, "profitable contact", "profitable contacts")
            )
        },
        advice: "Customers with the largest upside are contacted first, so each further contact returns less; past the peak, contacts cost more than they return. The error bar is the chance variation in responses.".to_owned(),
        units: "expected return net of contact costs, by number of contacts".to_owned(),
        figure,
        table: TableOf::new(plan.curve.iter().copied())
            .count("contacts", "Contacts", |(contacts, _)| contacts as u64)
            .money("expected_return", "Expected return", |(_, returns)| returns)
            .done(),
    }))
}
