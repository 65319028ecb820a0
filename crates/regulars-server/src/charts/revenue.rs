//! Revenue by month, months that the data cover only in part visibly lighter.

use regulars_core::summary::{MonthSummary, RunSummary};
use serde_json::{Value, json};

use super::{Drawn, Figure};
use crate::backend::BackendError;
use crate::format::{self, Money};
use crate::table::{Cell, Table};
use crate::view::View;

/// One bar a month.
///
/// Shape: `x` the first days of the months, in order, `y` whole units of money; months cut off by
/// the ends of the data are a trace of their own.
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
        data.push(trace("Whole month", "--chart-1", &complete, money));
    }
    if !cut_off.is_empty() {
        data.push(trace("Part of a month", "--chart-1-soft", &cut_off, money));
    }
    let mut table = Table::new(&[
        ("month", "Month"),
        ("revenue", "Revenue"),
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
                Cell::Text(if month.complete { "whole" } else { "in part" }.to_owned()),
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
        title: title(summary, money),
        advice: "Net revenue by calendar month. Lighter bars are months that the data cover only in part: do not compare them with the others.".to_owned(),
        units: "net revenue a month".to_owned(),
        figure,
        table,
    }))
}

/// What the chart says: the best whole month, and the latest one against it.
fn title(summary: &RunSummary, money: &Money) -> String {
    let whole: Vec<_> = summary.months.iter().filter(|m| m.complete).collect();
    // The first of equal months, so that the sentence does not change with the order of a tie.
    let best = whole.iter().rev().max_by_key(|m| m.revenue_minor);
    match (best, whole.last()) {
        (Some(best), Some(last)) if best.month == last.month => {
            format!(
                "{} was the best month so far: {}",
                format::month(&best.month),
                money.rounded(best.revenue_minor as f64)
            )
        }
        (Some(best), Some(last)) => format!(
            "The best month was {} with {}; {}, the latest whole one, brought {}",
            format::month(&best.month),
            money.rounded(best.revenue_minor as f64),
            format::month(&last.month),
            money.rounded(last.revenue_minor as f64)
        ),
        _ => "The data do not cover a whole month yet".to_owned(),
    }
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
    let note = if months.iter().all(|m| m.complete) { "" } else { "<br>not a whole month" };
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
