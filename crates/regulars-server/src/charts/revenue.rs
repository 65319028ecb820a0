//! Revenue by month; incomplete months are lighter.

use regulars_analysis::claims::revenue::months;
use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::format::{self, Money};
use regulars_analysis::table::{Cell, Table};
use regulars_core::label;
use regulars_core::summary::MonthSummary;
use serde_json::{Value, json};

use super::figure::{Drawn, Figure};
use crate::view::View;

/// One bar per month.
///
/// Shape: `x` the first day of each month, in order; `y` major currency units; incomplete months are a
/// separate trace.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(super) fn revenue(view: &View) -> Result<Option<Drawn>, BackendError> {
    let summary = &*view.figures.summary;
    let money = &view.money;
    if summary.months.is_empty() {
        return Ok(None);
    }
    let complete: Vec<&MonthSummary> = summary.months.iter().filter(|m| m.complete).collect();
    let cut_off: Vec<&MonthSummary> = summary.months.iter().filter(|m| !m.complete).collect();
    let mut data = Vec::new();
    if !complete.is_empty() {
        data.push(trace("Full month", "--chart-1", &complete, money));
    }
    if !cut_off.is_empty() {
        data.push(trace("Incomplete month", "--chart-1-soft", &cut_off, money));
    }
    let mut table = Table::new(&[
        ("month", "Month"),
        ("revenue", label!(Revenue)),
        ("orders", "Orders"),
        ("customers", "Customers"),
        ("complete", "Covered"),
    ]);
    for month in summary.months.iter().rev() {
        table.push(
            vec![
                Cell::Month(month.month.clone()),
                Cell::Money(month.revenue_minor as f64),
                Cell::Count(month.orders),
                Cell::Count(month.customers),
                Cell::Text(if month.complete { "full" } else { "incomplete" }.to_owned()),
            ],
            None,
        );
    }
    let (prefix, suffix) = money.affixes();
    let figure = Figure {
        layout: json!({
            "height": 340,
            "barmode": "stack",
            "bargap": 0.28,
            "showlegend": !cut_off.is_empty() && !complete.is_empty(),
            "margin": { "l": 12, "r": 12, "t": 34, "b": 42 },
            "xaxis": super::axes::months(),
            "yaxis": { "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "automargin": true, "nticks": 6, "rangemode": "tozero" },
        }),
        data,
        links: Value::Null,
    };
    Ok(Some(Drawn {
        title: words::best_months(months(summary).as_ref(), money),
        advice: concat!(
            label!(Revenue),
            " by calendar month. Bars of incomplete months are marked: do not compare them with the others."
        )
        .to_owned(),
        units: concat!(label!(revenue), " per month").to_owned(),
        figure,
        table,
    }))
}

fn trace(name: &str, colour: &str, months: &[&MonthSummary], money: &Money) -> Value {
    let first_days: Vec<String> = months.iter().map(|m| format!("{}-01", m.month)).collect();
    let amounts: Vec<f64> = months.iter().map(|m| money.units(m.revenue_minor)).collect();
    let details: Vec<[String; 4]> = months
        .iter()
        .map(|m| {
            [
                format::month(&m.month),
                money.exact(m.revenue_minor),
                format::counted(m.orders, "order", "orders"),
                format::counted(m.customers, "customer", "customers"),
            ]
        })
        .collect();
    let note = if months.iter().all(|m| m.complete) { "" } else { "<br>incomplete month" };
    json!({
        "type": "bar",
        "name": name,
        "x": first_days,
        "y": amounts,
        "xperiod": "M1",
        "xperiodalignment": "middle",
        "customdata": details,
        "marker": { "color": colour },
        "hovertemplate": format!(
            "%{{customdata[0]}}<br>%{{customdata[1]}}<br>%{{customdata[2]}} by %{{customdata[3]}}{note}<extra></extra>"
        ),
    })
}
