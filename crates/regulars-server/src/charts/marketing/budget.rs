//! Expected return by number of contacts.

use regulars_analysis::campaign::{CampaignResult, answer};
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table};
use serde_json::{Value, json};

use super::super::figure::{Drawn, Figure};
use crate::view::View;

/// Expected return by contacts, with the point that the budget reaches; `None` without a budget.
pub(crate) fn curve(view: &View) -> Result<Option<Drawn>, BackendError> {
    let CampaignResult::Plan(plan) = answer(view, &view.query.shown.campaign)? else { return Ok(None) };
    if plan.curve.len() < 2 {
        return Ok(None);
    }
    let money = &view.money;
    let mut table = Table::new(&[("contacts", "Contacts"), ("expected_return", "Expected return")]);
    for (contacts, returns) in &plan.curve {
        table.push(vec![Cell::Count(*contacts as u64), Cell::Money(*returns as f64)], None);
    }
    let words = |(contacts, returns): &(usize, i64)| {
        format!(
            "{}<br>expected return {}",
            format::counted(*contacts as u64, "contact", "contacts"),
            money.rounded(*returns as f64)
        )
    };
    let contacts = plan.customers.len();
    let chosen = plan.expected_return_minor;
    let units = |minor: i64| money.units(minor);
    let mut data = vec![json!({
        "type": "scatter", "mode": "lines", "name": "Expected return",
        "x": plan.curve.iter().map(|(contacts, _)| *contacts).collect::<Vec<usize>>(),
        "y": plan.curve.iter().map(|(_, returns)| units(*returns)).collect::<Vec<f64>>(),
        "customdata": plan.curve.iter().map(words).collect::<Vec<String>>(),
        "line": { "color": "--chart-1", "width": 2.5 }, "hovertemplate": "%{customdata}<extra></extra>",
    })];
    if contacts > 0 {
        data.push(json!({
            "type": "scatter", "mode": "markers", "name": "This budget",
            "x": [contacts], "y": [units(chosen)],
            "error_y": { "type": "data", "symmetric": false, "array": [units(plan.return_high_minor - chosen)], "arrayminus": [units(chosen - plan.return_low_minor)], "color": "--ink", "thickness": 1.6, "width": 6 },
            "customdata": [format!(
                "This budget: {}<br>expected return {}<br>{:.0}% interval {} to {}",
                format::counted(contacts as u64, "contact", "contacts"),
                money.rounded(chosen as f64),
                plan.interval_level * 100.0,
                money.rounded(plan.return_low_minor as f64),
                money.rounded(plan.return_high_minor as f64)
            )],
            "marker": { "size": 12, "color": "--below-2" }, "hovertemplate": "%{customdata}<extra></extra>",
        }));
    }
    let (prefix, suffix) = money.affixes();
    let best = plan.curve.iter().max_by_key(|(_, returns)| *returns).copied().unwrap_or_default();
    Ok(Some(Drawn {
        title: if best.1 <= 0 {
            "No contact is expected to pay for itself".to_owned()
        } else if contacts < plan.worthwhile {
            format!(
                "The budget covers {} of {} profitable contacts; all of them would return {}",
                format::count(contacts as u64),
                format::count(plan.worthwhile as u64),
                money.rounded(best.1 as f64)
            )
        } else {
            format!(
                "The budget covers all {}",
                format::counted(plan.worthwhile as u64, "profitable contact", "profitable contacts")
            )
        },
        advice: "Customers with the largest upside are contacted first, so each further contact returns less; past the peak, contacts cost more than they return. The error bar is the chance variation in responses.".to_owned(),
        units: "expected return net of contact costs, by number of contacts".to_owned(),
        figure: Figure {
            data,
            layout: json!({
                "height": 340,
                "margin": { "l": 12, "r": 16, "t": 34, "b": 48 },
                "xaxis": { "title": { "text": "Customers contacted", "standoff": 8 }, "rangemode": "tozero", "nticks": 6, "tickformat": ",", "showgrid": false },
                "yaxis": { "title": { "text": "Expected return" }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "nticks": 6 },
            }),
            links: Value::Null,
        },
        table,
    }))
}
