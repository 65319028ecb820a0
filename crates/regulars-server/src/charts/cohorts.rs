//! Cohorts as heat maps and lines. Periods that are not over yet are left out.

use std::sync::Arc;

use regulars_analysis::cohorts::{Cohort, Cohorts, cohorts};
use regulars_analysis::error::BackendError;
use regulars_analysis::filter::Filter;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table, TableOf};
use regulars_core::label;
use serde_json::{Value, json};

use super::axes::Axis;
use super::figure::{Drawn, Figure};
use super::heat_map::HeatMap;
use super::trace::Trace;
use crate::palette;
use crate::query::CellMeasure;
use crate::view::View;

/// The name of a period: `Mar 2024`, `2024 Q1`.
fn span_name(found: &Cohorts, span: usize) -> String {
    let month = &found.spans[span];
    if !found.quarters {
        return format::month(month);
    }
    let number = month.get(5..).and_then(|m| m.parse::<usize>().ok()).unwrap_or(1);
    format!("{} Q{}", month.get(..4).unwrap_or(month), number.div_ceil(3))
}

/// The name of a cohort; the first also has customers from before the data start.
fn name(found: &Cohorts, cohort: &Cohort) -> String {
    let span = span_name(found, cohort.span);
    if Cohorts::is_first(cohort) { format!("until {span}") } else { span }
}

/// One period.
fn one(found: &Cohorts) -> &'static str {
    if found.quarters { "quarter" } else { "month" }
}

fn unit(found: &Cohorts, count: usize) -> String {
    format::counted(count as u64, one(found), if found.quarters { "quarters" } else { "months" })
}

fn axis(found: &Cohorts) -> &'static str {
    if found.quarters { "Quarters since first order" } else { "Months since first order" }
}

/// URL of the selected customers of a cohort.
fn customers(view: &View, found: &Cohorts, cohort: &Cohort) -> String {
    let from = found.spans[cohort.span].clone();
    let to =
        found.spans.get(cohort.span + 1).map_or_else(|| later(&from, found.months()), |next| later(next, 0));
    let filter = view.filter();
    // A filter by the same months is narrowed further.
    let from = filter.acquired_from.clone().map_or(from.clone(), |chosen| chosen.max(from));
    let to = filter.acquired_to.clone().map_or(to.clone(), |chosen| chosen.min(to));
    view.customers(Filter { acquired_from: Some(from), acquired_to: Some(to), ..filter })
}

/// The last month of a period of `months` months after `month`.
fn later(month: &str, months: usize) -> String {
    let part =
        |range: std::ops::Range<usize>| month.get(range).and_then(|t| t.parse::<i32>().ok()).unwrap_or(1);
    regulars_analysis::frame::month_name(part(0..4) * 12 + part(5..7) - 1 + months as i32 - 1)
}

/// A table with one row per cohort, still with the name and the customers alone.
fn table<'a>(found: &Cohorts, shown: impl IntoIterator<Item = &'a Cohort>) -> TableOf<&'a Cohort> {
    let cohort = |cohort: &Cohort| {
        let month = || Cell::Month(found.spans[cohort.span].clone());
        if found.quarters { Cell::Text(span_name(found, cohort.span)) } else { month() }
    };
    TableOf::new(shown)
        .cells("cohort", "First order", cohort)
        .count("customers", "Customers", |c| c.customers)
}

/// With a column for each number of periods since the first order.
fn after<'a>(
    mut table: TableOf<&'a Cohort>,
    found: &Cohorts,
    periods: impl IntoIterator<Item = usize>,
    cell: &dyn Fn(&Cohort, usize) -> Cell,
) -> TableOf<&'a Cohort> {
    for k in periods {
        table = table.cells(format!("after_{k}"), unit(found, k), |cohort| cell(cohort, k));
    }
    table
}

/// One cell of a heat map.
struct Shade {
    /// The value that sets the colour.
    value: f64,
    /// The cell label, and the tooltip.
    text: String,
    hover: String,
}

/// A cohort heat map to draw.
struct Heat<'a> {
    title: String,
    advice: &'a str,
    units: &'a str,
    /// First column shown, in periods since the first order.
    from: usize,
    /// Whether to colour by the square root, for skewed values.
    is_skewed: bool,
    cell: &'a dyn Fn(&Cohort, usize) -> Option<Shade>,
    /// The cell in the table and its file.
    raw: &'a dyn Fn(&Cohort, usize) -> Cell,
}

fn heat(view: &View, found: &Cohorts, of: &Heat<'_>) -> Option<Drawn> {
    let most = found.list.iter().map(|cohort| found.over.saturating_sub(cohort.span)).max()?;
    let columns = most.saturating_sub(of.from);
    let shown: Vec<&Cohort> =
        found.list.iter().filter(|cohort| found.full_period(cohort, of.from).is_some()).collect();
    if columns == 0 || shown.is_empty() {
        return None;
    }
    let cell = |x: usize, y: usize| (of.cell)(shown[y], of.from + x);
    let size = |x: usize, y: usize| match cell(x, y).map(|cell| cell.value) {
        Some(value) if of.is_skewed => value.max(0.0).sqrt(),
        value => value.unwrap_or(f64::NAN),
    };
    let text = |x: usize, y: usize| cell(x, y).map_or_else(String::new, |cell| cell.text);
    // The first cohort includes older customers and would compress the scale for all others.
    let largest = |of_first: bool| {
        let rows = (0..shown.len()).filter(|y| of_first || !Cohorts::is_first(shown[*y]));
        rows.flat_map(|y| (0..columns).map(move |x| (x, y))).map(|(x, y)| size(x, y)).fold(0.0, f64::max)
    };
    let deepest = if largest(false) > 0.0 { largest(false) } else { largest(true) };
    let hover = |x: usize, y: usize| {
        let (name, who) = (name(found, shown[y]), new_customers(shown[y]));
        cell(x, y).map(|cell| {
            format!("First order {name}: {who}<br>{} after: {}", unit(found, of.from + x), cell.hover)
        })
    };
    let names: Vec<String> = shown.iter().map(|cohort| name(found, cohort)).collect();
    let numbers: Vec<String> = (of.from..most).map(|k| k.to_string()).collect();
    let table = after(table(found, shown.iter().copied()), found, of.from..most, of.raw)
        .links(|cohort| Some(customers(view, found, cohort)));
    Some(Drawn {
        title: of.title.clone(),
        advice: of.advice.to_owned(),
        units: of.units.to_owned(),
        figure: HeatMap::new(columns, shown.len(), palette::GROUND, size)
            .between(0.0, deepest)
            // `static/app.js` drops the labels where there is no room.
            .each("text", |x, y| json!(text(x, y)))
            .set("texttemplate", "%{text}")
            .set("textfont", json!({ "size": 11, "color": "--ink" }))
            .each("customdata", |x, y| json!(hover(x, y)))
            .tooltip("%{customdata}")
            .gap(2)
            .figure(90 + 24 * shown.len().max(4), [12, 10, 48])
            .x(Axis::columns(&numbers).set("title", json!({ "text": axis(found), "standoff": 8 })))
            .y(Axis::rows(&names))
            // One URL per row.
            .linked(&table),
        table,
    })
}

fn new_customers(cohort: &Cohort) -> String {
    format::counted(cohort.customers, "new customer", "new customers")
}

fn found(view: &View) -> Result<Option<Arc<Cohorts>>, BackendError> {
    cohorts(view, view.query.shown.span)
}

/// Retention: share of each cohort that ordered again, by period.
pub(super) fn retention(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = found(view)? else { return Ok(None) };
    let of_all = |after| found.retention_of_all(after).map(format::percent);
    let title = match (of_all(1), (2..=12).rev().find_map(|k| Some((k, of_all(k)?)))) {
        (Some(first), last) => {
            let last =
                last.map_or_else(String::new, |(k, last)| format!(", {last} after {}", unit(&found, k)));
            format!("{first} of new customers order in the {} after their first{last}", one(&found))
        }
        (None, _) => "Retention of the first cohort".to_owned(),
    };
    let in_customers = view.query.shown.counted == CellMeasure::Customers;
    let cell = |cohort: &Cohort, after: usize| {
        let (period, share) = (found.full_period(cohort, after)?, found.retention(cohort, after)?);
        Some(Shade {
            value: if in_customers { period.customers as f64 } else { share },
            text: if in_customers {
                format::count(period.customers)
            } else {
                format!("{:.0}%", share * 100.0)
            },
            hover: format!("{} ordered, {}", format::customers(period.customers), format::percent(share)),
        })
    };
    let raw = |cohort: &Cohort, after: usize| match found.full_period(cohort, after) {
        Some(period) if in_customers => Cell::Count(period.customers),
        None if in_customers => Cell::Number(f64::NAN),
        _ => Cell::Share(found.retention(cohort, after).unwrap_or(f64::NAN)),
    };
    Ok(heat(
        view,
        &found,
        &Heat {
            title,
            advice: "Read along a row to follow one cohort, down a column to compare cohorts at the same age. Click a row for its customers.",
            units: if in_customers { "customers who ordered" } else { "share of the cohort that ordered" },
            from: 1,
            is_skewed: in_customers,
            cell: &cell,
            raw: &raw,
        },
    ))
}

/// Revenue of each cohort by period.
pub(super) fn revenue(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = found(view)? else { return Ok(None) };
    let money = &view.money;
    let cell = |cohort: &Cohort, after: usize| {
        let minor = found.full_period(cohort, after)?.revenue_minor;
        Some(Shade { value: minor as f64, text: money.short(minor as f64), hover: money.exact(minor) })
    };
    let title = found.later_revenue_share().map_or_else(
        || concat!(label!(Revenue), " by cohort").to_owned(),
        |share| {
            format!(
                concat!("{} of ", label!(revenue), " came after the {} of the first order"),
                format::percent(share),
                one(&found)
            )
        },
    );
    Ok(heat(
        view,
        &found,
        &Heat {
            title,
            advice: concat!(
                label!(Revenue),
                " of each cohort by time since the first order. Column 0 is the period of the first order, including repeat orders in it."
            ),
            units: label!(revenue),
            from: 0,
            is_skewed: true,
            cell: &cell,
            raw: &|cohort, after| {
                Cell::Money(
                    found.full_period(cohort, after).map_or(f64::NAN, |period| period.revenue_minor as f64),
                )
            },
        },
    ))
}

fn value_title(view: &View, found: &Cohorts) -> String {
    let Some((after, early, late)) = found.early_and_late() else {
        return concat!("Cumulative ", label!(revenue), " per customer by cohort").to_owned();
    };
    let value = |cohort| view.money.rounded(found.value_minor(cohort, after).unwrap_or(0.0));
    format!(
        "After {}: {} cohort {} per customer, {} cohort {}",
        unit(found, after),
        span_name(found, early.span),
        value(early),
        span_name(found, late.span),
        value(late)
    )
}

fn value_cell(found: &Cohorts, cohort: &Cohort, after: usize) -> Cell {
    Cell::Money(found.value_minor(cohort, after).unwrap_or(f64::NAN))
}

/// Cumulative revenue per customer by cohort.
pub(super) fn value(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = found(view)? else { return Ok(None) };
    let money = &view.money;
    let cell = |cohort: &Cohort, after: usize| {
        let minor = found.value_minor(cohort, after)?;
        let hover = format!("{} per customer so far", money.mean(minor));
        Some(Shade { value: minor, text: money.short(minor), hover })
    };
    Ok(heat(
        view,
        &found,
        &Heat {
            title: concat!("Cumulative ", label!(revenue), " per customer since the first order").to_owned(),
            advice: concat!(
                "Cumulative ",
                label!(revenue),
                " divided by all customers of the cohort, including one-time buyers: the value of an acquired customer so far, before costs."
            ),
            units: concat!("cumulative ", label!(revenue), " per customer"),
            from: 0,
            is_skewed: false,
            cell: &cell,
            raw: &|cohort, after| value_cell(&found, cohort, after),
        },
    ))
}

/// Cumulative revenue per customer, one line per cohort.
pub(super) fn lines(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = found(view)? else { return Ok(None) };
    let shown: Vec<&Cohort> =
        found.list.iter().filter(|cohort| found.full_period(cohort, 0).is_some()).collect();
    let longest = shown.iter().map(|cohort| found.over - cohort.span).max().unwrap_or(0);
    if longest < 2 {
        return Ok(None);
    }
    let money = &view.money;
    let line = |(at, cohort): (usize, &&Cohort)| -> Value {
        let (reached, is_first) = (found.over - cohort.span, Cohorts::is_first(cohort));
        let value = |after: usize| found.value_minor(cohort, after).unwrap_or(0.0);
        // Three shades from oldest to newest; the first cohort has its own colour.
        let colour = if is_first {
            "--chart-2".to_owned()
        } else {
            format!("--scale-{}", 3 + (at * 3 / shown.len()).min(2))
        };
        let (name, who) = (name(&found, cohort), format::customers(cohort.customers));
        let tooltip =
            format!("First order {name}: {who}<br>%{{customdata[1]}} per customer, %{{customdata[0]}} after");
        Trace::line(0..reached, &colour, if at + 1 == shown.len() { 3.0 } else { 1.8 })
            .name(&name)
            .dash(if is_first { "dot" } else { "solid" })
            .set("mode", if reached == 1 { "markers" } else { "lines" })
            .x(|after| after)
            .y(|after| money.units_of(value(after)))
            .details(|after| [unit(&found, after), money.mean(value(after))], &tooltip)
            .colour(&colour)
            .marker("size", 7)
            .into()
    };
    let figure = Figure::new(380, [16, 10, 48])
        .x(Axis::titled(axis(&found)).zero_based().ticks(13).no_grid())
        .y(Axis::default().money(money).zero_based().ticks(6));
    let links: Vec<String> = shown.iter().map(|cohort| customers(view, &found, cohort)).collect();
    let cell = |cohort: &Cohort, after: usize| value_cell(&found, cohort, after);
    Ok(Some(Drawn {
        title: value_title(view, &found),
        advice: "One line per cohort, the newest in the strongest colour; the dotted first cohort may include customers acquired earlier. A line above another means more spend per customer at the same age. Cohorts from different seasons may differ for that reason alone.".to_owned(),
        units: concat!("cumulative ", label!(revenue), " per customer").to_owned(),
        figure: shown.iter().enumerate().map(line).fold(figure, Figure::with).linked_to(json!(links)),
        table: after(table(&found, shown.iter().copied()), &found, 0..longest, &cell)
            .links(|cohort| Some(customers(view, &found, cohort))),
    }))
}

/// One row per cohort: customers, average first order, retention and revenue so far.
pub(crate) fn cohort_table(view: &View) -> Result<Table, BackendError> {
    let Some(found) = found(view)? else { return Ok(Table::default()) };
    let mut table = table(&found, &found.list).money("average_first_order", "Average first order", |c| {
        c.first_minor as f64 / c.first_orders as f64
    });
    for k in found.compared_after() {
        table =
            table.cells(format!("retention_after_{k}"), format!("Ordered after {}", unit(&found, k)), |c| {
                Cell::Share(found.retention(c, k).unwrap_or(f64::NAN))
            });
    }
    let note = |cohort: &Cohort| match (Cohorts::is_first(cohort), found.is_incomplete(cohort)) {
        (true, _) => "includes existing customers",
        (_, true) => "incomplete",
        _ => "",
    };
    Ok(table
        .money("revenue", concat!(label!(Revenue), " so far"), Cohort::revenue_minor)
        .money("revenue_a_customer", "per customer", |c| c.revenue_minor() as f64 / c.customers as f64)
        .text("note", "Note", note)
        .links(|cohort| Some(customers(view, &found, cohort))))
}

/// The cohort table as a chart without a figure, for its file.
pub(super) fn overview(view: &View) -> Result<Option<Drawn>, BackendError> {
    let table = cohort_table(view)?;
    if table.rows.is_empty() {
        return Ok(None);
    }
    let (title, figure) = ("Cohorts".to_owned(), Figure::default());
    Ok(Some(Drawn { title, advice: String::new(), units: String::new(), figure, table }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_before_the_next_ends_a_span() {
        assert_eq!(later("2024-04", 0), "2024-03");
        assert_eq!(later("2024-01", 0), "2023-12");
        assert_eq!((later("2024-12", 1), later("2024-10", 3)), ("2024-12".to_owned(), "2024-12".to_owned()));
    }
}
