//! Revenue by month, months that the data cover only in part visibly lighter.

use regulars_core::summary::{MonthSummary, RunSummary};
use serde_json::{Value, json};

use super::Figure;
use crate::format::{self, Money};

/// One bar a month.
///
/// Shape: `x` the first days of the months, in order, `y` whole units of money; months cut off by
/// the ends of the data are a trace of their own.
pub(crate) fn revenue(summary: &RunSummary) -> Figure {
    let money = Money::of(summary);
    let complete: Vec<&MonthSummary> = summary.months.iter().filter(|m| m.complete).collect();
    let cut_off: Vec<&MonthSummary> = summary.months.iter().filter(|m| !m.complete).collect();
    let mut data = vec![trace("Whole month", "--chart-1", &complete, &money)];
    if !cut_off.is_empty() {
        data.push(trace("Part of a month", "--chart-1-soft", &cut_off, &money));
    }
    let (prefix, suffix) = money.affixes();
    Figure {
        layout: json!({
            "height": 340,
            "barmode": "stack",
            "bargap": 0.28,
            "showlegend": !cut_off.is_empty(),
            "margin": { "l": 12, "r": 12, "t": 34, "b": 42 },
            "xaxis": { "type": "date", "tickformat": "%b\n%Y", "nticks": 12, "showgrid": false, "tickangle": 0 },
            "yaxis": { "tickprefix": prefix, "ticksuffix": suffix, "exponentformat": "B", "minexponent": 3, "automargin": true, "nticks": 6, "rangemode": "tozero" },
        }),
        data,
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
            "<b>%{{customdata[0]}}</b><br>%{{customdata[1]}}<br>%{{customdata[2]}} by %{{customdata[3]}}{note}<extra></extra>"
        ),
    })
}
