//! Revenue by month; incomplete months are lighter.

use regulars_analysis::claims::revenue::months;
use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, TableOf};
use regulars_core::label;
use regulars_core::summary::MonthSummary;
use serde_json::Value;

use super::axes::Axis;
use super::figure::{Drawn, Figure};
use super::trace::Trace;
use crate::view::View;

/// One bar per month; incomplete months are a separate trace.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(super) fn revenue(view: &View) -> Result<Option<Drawn>, BackendError> {
    let summary = &*view.figures.summary;
    let money = &view.money;
    if summary.months.is_empty() {
        return Ok(None);
    }
    let (complete, cut_off): (Vec<&MonthSummary>, Vec<&MonthSummary>) =
        summary.months.iter().partition(|month| month.complete);
    let bars = |name: &str, colour: &str, months: &[&MonthSummary], note: &str| -> Value {
        let details = |m: &MonthSummary| {
            let orders = format::counted(m.orders, "order", "orders");
            [format::month(&m.month), money.exact(m.revenue_minor), orders, format::customers(m.customers)]
        };
        let tooltip = format!(
            "%{{customdata[0]}}<br>%{{customdata[1]}}<br>%{{customdata[2]}} by %{{customdata[3]}}{note}"
        );
        Trace::columns(months.iter().copied())
            .name(name)
            .months(|m| &m.month)
            .y(|m| money.units(m.revenue_minor))
            .details(details, &tooltip)
            .colour(colour)
            .into()
    };
    let mut figure = Figure::new(340, [12, 34, 42])
        .set("showlegend", !cut_off.is_empty() && !complete.is_empty())
        .set("barmode", "stack")
        .gap(0.28)
        .x(Axis::months())
        .y(Axis::default().money(money).roomy().ticks(6).zero_based());
    if !complete.is_empty() {
        figure = figure.with(bars("Full month", "--chart-1", &complete, ""));
    }
    if !cut_off.is_empty() {
        figure = figure.with(bars("Incomplete month", "--chart-1-soft", &cut_off, "<br>incomplete month"));
    }
    Ok(Some(Drawn {
        title: words::best_months(months(summary).as_ref(), money),
        advice: concat!(
            label!(Revenue),
            " by calendar month. Bars of incomplete months are marked: do not compare them with the others."
        )
        .to_owned(),
        units: concat!(label!(revenue), " per month").to_owned(),
        figure,
        table: TableOf::new(summary.months.iter().rev())
            .cells("month", "Month", |m| Cell::Month(m.month.clone()))
            .money("revenue", label!(Revenue), |m| m.revenue_minor)
            .count("orders", "Orders", |m| m.orders)
            .count("customers", "Customers", |m| m.customers)
            .text("complete", "Covered", |m| if m.complete { "full" } else { "incomplete" })
            .done(),
    }))
}
