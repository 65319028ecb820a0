//! Cohorts as heat maps and lines. Periods that are not over yet are left out.

use regulars_analysis::cohorts::{Cohort, Cohorts, cohorts};
use regulars_analysis::error::BackendError;
use regulars_analysis::filter::Filter;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table};
use regulars_core::label;
use serde_json::{Value, json};

use super::axes;
use super::figure::{Drawn, Figure};
use crate::palette;
use crate::query::CellMeasure;
use crate::view::View;

/// Periods after the first whose retention the table shows, for months and quarters.
const AFTER: [[usize; 4]; 2] = [[1, 3, 6, 12], [1, 2, 4, 8]];

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

fn unit(found: &Cohorts, count: usize) -> String {
    let (one, many) = if found.quarters { ("quarter", "quarters") } else { ("month", "months") };
    format::counted(count as u64, one, many)
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
    let (from, to) = (
        filter.acquired_from.clone().map_or_else(|| from.clone(), |chosen| chosen.max(from.clone())),
        filter.acquired_to.clone().map_or_else(|| to.clone(), |chosen| chosen.min(to.clone())),
    );
    view.customers(Filter { acquired_from: Some(from), acquired_to: Some(to), ..filter })
}

/// The last month of a period of `months` months after `month`.
fn later(month: &str, months: usize) -> String {
    let part =
        |range: std::ops::Range<usize>| month.get(range).and_then(|t| t.parse::<i32>().ok()).unwrap_or(1);
    regulars_analysis::frame::month_name(part(0..4) * 12 + part(5..7) - 1 + months as i32 - 1)
}

/// One cell of a heat map.
struct Shade {
    /// The value that sets the colour.
    value: f64,
    /// The cell label, and the tooltip.
    text: String,
    said: String,
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
    let after: Vec<usize> = (of.from..most).collect();
    let shown: Vec<&Cohort> =
        found.list.iter().filter(|cohort| found.full_period(cohort, of.from).is_some()).collect();
    if after.is_empty() || shown.is_empty() {
        return None;
    }
    let cells: Vec<Vec<Option<Shade>>> =
        shown.iter().map(|cohort| after.iter().map(|k| (of.cell)(cohort, *k)).collect()).collect();
    let grid = |f: &dyn Fn(&Shade) -> Value| -> Vec<Vec<Value>> {
        cells.iter().map(|line| line.iter().map(|c| c.as_ref().map_or(Value::Null, f)).collect()).collect()
    };
    let texts: Vec<Vec<&str>> =
        cells.iter().map(|line| line.iter().map(|c| c.as_ref().map_or("", |c| &c.text)).collect()).collect();
    let size = |value: f64| if of.is_skewed { value.max(0.0).sqrt() } else { value };
    // The first cohort includes older customers and would compress the scale for all others.
    let largest = |of_first: bool| {
        let lines = shown.iter().zip(&cells).filter(|(cohort, _)| of_first || !Cohorts::is_first(cohort));
        lines.flat_map(|(_, line)| line.iter().flatten()).map(|cell| size(cell.value)).fold(0.0, f64::max)
    };
    let deepest = if largest(false) > 0.0 { largest(false) } else { largest(true) };
    let names: Vec<String> = shown.iter().map(|cohort| name(found, cohort)).collect();
    let who: Vec<String> = shown
        .iter()
        .map(|cohort| format::counted(cohort.customers, "new customer", "new customers"))
        .collect();
    let numbers: Vec<String> = after.iter().map(usize::to_string).collect();
    let mut table = Table::new(&[("cohort", "First order"), ("customers", "Customers")]);
    for k in &after {
        table.columns.push((format!("after_{k}").into(), unit(found, *k)));
    }
    for cohort in &shown {
        let lead = [cohort_cell(found, cohort), Cell::Count(cohort.customers)];
        let cells = lead.into_iter().chain(after.iter().map(|k| (of.raw)(cohort, *k))).collect();
        table.push(cells, Some(customers(view, found, cohort)));
    }
    let mut across = axes::columns(&numbers);
    across["title"] = json!({ "text": axis(found), "standoff": 8 });
    Some(Drawn {
        title: of.title.clone(),
        advice: of.advice.to_owned(),
        units: of.units.to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "heatmap",
                "x": (0..after.len()).collect::<Vec<usize>>(),
                "y": (0..shown.len()).collect::<Vec<usize>>(),
                "z": grid(&|cell| json!(size(cell.value))),
                "zmin": 0,
                "zmax": deepest,
                // `static/app.js` drops the labels where there is no room.
                "text": texts,
                "texttemplate": "%{text}",
                "textfont": { "size": 11, "color": "--ink" },
                "customdata": cells
                    .iter()
                    .zip(names.iter().zip(&who))
                    .map(|(line, (name, who))| line.iter().zip(&after).map(|(cell, k)| cell.as_ref().map_or(
                        Value::Null,
                        |cell| json!(format!("First order {name}: {who}<br>{} after: {}", unit(found, *k), cell.said)),
                    )).collect())
                    .collect::<Vec<Vec<Value>>>(),
                "colorscale": palette::ground(),
                "showscale": false,
                "xgap": 2,
                "ygap": 2,
                "hoverongaps": false,
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 90 + 24 * shown.len().max(4),
                "showlegend": false,
                "margin": { "l": 12, "r": 12, "t": 10, "b": 48 },
                "xaxis": across,
                "yaxis": axes::rows(&names),
            }),
            // One URL per row.
            links: json!([shown
                .iter()
                .map(|cohort| customers(view, found, cohort))
                .collect::<Vec<String>>()]),
        },
        table,
    })
}

fn cohort_cell(found: &Cohorts, cohort: &Cohort) -> Cell {
    if found.quarters {
        Cell::Text(span_name(found, cohort.span))
    } else {
        Cell::Month(found.spans[cohort.span].clone())
    }
}

/// Share of customers in all cohorts but the first who ordered `after` periods later.
fn retention_of_all(found: &Cohorts, after: usize) -> Option<f64> {
    let known = found.list.iter().filter(|cohort| !Cohorts::is_first(cohort));
    let (came, of) = known
        .filter_map(|cohort| Some((found.full_period(cohort, after)?.customers, cohort.customers)))
        .fold((0, 0), |(came, of), (c, n)| (came + c, of + n));
    (of > 0).then(|| came as f64 / of as f64)
}

/// Retention: share of each cohort that ordered again, by period.
pub(super) fn retention(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = cohorts(view, view.query.shown.span)? else { return Ok(None) };
    let next = if found.quarters { "quarter" } else { "month" };
    let title = match (
        retention_of_all(&found, 1),
        (2..=12).rev().find_map(|k| Some((k, retention_of_all(&found, k)?))),
    ) {
        (Some(first), Some((k, later))) => format!(
            "{} of new customers order in the {next} after their first, {} after {}",
            format::percent(first),
            format::percent(later),
            unit(&found, k)
        ),
        (Some(first), None) => {
            format!("{} of new customers order in the {next} after their first", format::percent(first))
        }
        (None, _) => "Retention of the first cohort".to_owned(),
    };
    let in_customers = view.query.shown.counted == CellMeasure::Customers;
    let cell = |cohort: &Cohort, after: usize| {
        let (did, share) = (found.full_period(cohort, after)?, found.retention(cohort, after)?);
        let count = format::counted(did.customers, "customer", "customers");
        Some(Shade {
            value: if in_customers { did.customers as f64 } else { share },
            text: if in_customers { format::count(did.customers) } else { format!("{:.0}%", share * 100.0) },
            said: format!("{count} ordered, {}", format::percent(share)),
        })
    };
    let raw = |cohort: &Cohort, after: usize| {
        if in_customers {
            found.full_period(cohort, after).map_or(Cell::Number(f64::NAN), |did| Cell::Count(did.customers))
        } else {
            Cell::Share(found.retention(cohort, after).unwrap_or(f64::NAN))
        }
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
    let Some(found) = cohorts(view, view.query.shown.span)? else { return Ok(None) };
    let money = &view.money;
    let cell = |cohort: &Cohort, after: usize| {
        let minor = found.full_period(cohort, after)?.revenue_minor;
        Some(Shade { value: minor as f64, text: money.short(minor as f64), said: money.exact(minor) })
    };
    let known = || found.list.iter().filter(|cohort| !found.is_incomplete(cohort));
    let (mut first, mut all) = (0_i64, 0_i64);
    for cohort in known() {
        let of_whole = |k| found.full_period(cohort, k).map_or(0, |did| did.revenue_minor);
        first += of_whole(0);
        all += (0..cohort.did.len()).map(of_whole).sum::<i64>();
    }
    let share = (all - first) as f64 / all as f64;
    let title = if share.is_finite() && (0.0..=1.0).contains(&share) {
        let of = if found.quarters { "quarter" } else { "month" };
        format!(
            concat!("{} of ", label!(revenue), " came after the {} of the first order"),
            format::percent(share),
            of
        )
    } else {
        concat!(label!(Revenue), " by cohort").to_owned()
    };
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
                Cell::Money(found.full_period(cohort, after).map_or(f64::NAN, |did| did.revenue_minor as f64))
            },
        },
    ))
}

/// An early and a late cohort to compare at the same age, with that age in periods.
fn early_and_late(found: &Cohorts) -> Option<(usize, &Cohort, &Cohort)> {
    AFTER[usize::from(found.quarters)].into_iter().rev().find_map(|after| {
        let mut old_enough =
            found.list.iter().filter(|c| !Cohorts::is_first(c) && found.full_period(c, after).is_some());
        let first = old_enough.next()?;
        Some((after, first, old_enough.next_back()?))
    })
}

fn value_title(view: &View, found: &Cohorts) -> String {
    let Some((after, early, late)) = early_and_late(found) else {
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
    let Some(found) = cohorts(view, view.query.shown.span)? else { return Ok(None) };
    let money = &view.money;
    let cell = |cohort: &Cohort, after: usize| {
        let minor = found.value_minor(cohort, after)?;
        let said = format!("{} per customer so far", money.mean(minor));
        Some(Shade { value: minor, text: money.short(minor), said })
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
    let Some(found) = cohorts(view, view.query.shown.span)? else { return Ok(None) };
    let shown: Vec<&Cohort> =
        found.list.iter().filter(|cohort| found.full_period(cohort, 0).is_some()).collect();
    let longest = shown.iter().map(|cohort| found.over - cohort.span).max().unwrap_or(0);
    if longest < 2 {
        return Ok(None);
    }
    let money = &view.money;
    let mut table = Table::new(&[("cohort", "First order"), ("customers", "Customers")]);
    for after in 0..longest {
        table.columns.push((format!("after_{after}").into(), unit(&found, after)));
    }
    let mut data = Vec::new();
    for (at, cohort) in shown.iter().enumerate() {
        let reached = found.over - cohort.span;
        let lead = [cohort_cell(&found, cohort), Cell::Count(cohort.customers)];
        let values = (0..longest).map(|after| value_cell(&found, cohort, after));
        table.push(lead.into_iter().chain(values).collect(), Some(customers(view, &found, cohort)));
        let values: Vec<f64> = (0..reached)
            .filter_map(|after| found.value_minor(cohort, after))
            .map(|v| money.units_of(v))
            .collect();
        // Three shades from oldest to newest; the first cohort has its own colour.
        let colour = match at {
            _ if Cohorts::is_first(cohort) => "--chart-2".to_owned(),
            _ => format!("--scale-{}", 3 + (at * 3 / shown.len()).min(2)),
        };
        data.push(json!({
            "type": "scatter",
            "mode": if reached == 1 { "markers" } else { "lines" },
            "name": name(&found, cohort),
            "x": (0..reached).collect::<Vec<usize>>(),
            "y": values,
            "customdata": (0..reached).map(|k| json!([unit(&found, k), money.mean(found.value_minor(cohort, k).unwrap_or(0.0))])).collect::<Vec<Value>>(),
            "line": { "color": colour, "width": if at + 1 == shown.len() { 3.0 } else { 1.8 }, "dash": if Cohorts::is_first(cohort) { "dot" } else { "solid" } },
            "marker": { "color": colour, "size": 7 },
            "hovertemplate": format!("First order {}: {}<br>%{{customdata[1]}} per customer, %{{customdata[0]}} after<extra></extra>", name(&found, cohort), format::counted(cohort.customers, "customer", "customers")),
        }));
    }
    let (prefix, suffix) = money.affixes();
    let links: Vec<String> = shown.iter().map(|cohort| customers(view, &found, cohort)).collect();
    Ok(Some(Drawn {
        title: value_title(view, &found),
        advice: "One line per cohort, the newest in the strongest colour; the dotted first cohort may include customers acquired earlier. A line above another means more spend per customer at the same age. Cohorts from different seasons may differ for that reason alone.".to_owned(),
        units: concat!("cumulative ", label!(revenue), " per customer").to_owned(),
        figure: Figure {
            data,
            layout: json!({
                "height": 380,
                "showlegend": false,
                "margin": { "l": 12, "r": 16, "t": 10, "b": 48 },
                "xaxis": { "title": { "text": axis(&found), "standoff": 8 }, "rangemode": "tozero", "nticks": 13, "showgrid": false },
                "yaxis": { "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "rangemode": "tozero", "nticks": 6 },
            }),
            links: json!(links),
        },
        table,
    }))
}

/// One row per cohort: customers, average first order, retention and revenue so far.
pub(crate) fn cohort_table(view: &View) -> Result<Table, BackendError> {
    let Some(found) = cohorts(view, view.query.shown.span)? else { return Ok(Table::default()) };
    let after = AFTER[usize::from(found.quarters)];
    let mut table = Table::new(&[
        ("cohort", "First order"),
        ("customers", "Customers"),
        ("average_first_order", "Average first order"),
    ]);
    for k in after {
        table
            .columns
            .push((format!("retention_after_{k}").into(), format!("Ordered after {}", unit(&found, k))));
    }
    table.columns.extend([
        ("revenue".into(), concat!(label!(Revenue), " so far").to_owned()),
        ("revenue_a_customer".into(), "per customer".to_owned()),
        ("note".into(), "Note".to_owned()),
    ]);
    for cohort in &found.list {
        let mut cells = vec![
            cohort_cell(&found, cohort),
            Cell::Count(cohort.customers),
            Cell::Money(cohort.first_minor as f64 / cohort.first_orders as f64),
        ];
        cells.extend(after.map(|k| Cell::Share(found.retention(cohort, k).unwrap_or(f64::NAN))));
        let note = match (Cohorts::is_first(cohort), found.is_incomplete(cohort)) {
            (true, _) => "includes existing customers",
            (_, true) => "incomplete",
            _ => "",
        };
        cells.extend([
            Cell::Money(cohort.revenue_minor() as f64),
            Cell::Money(cohort.revenue_minor() as f64 / cohort.customers as f64),
            Cell::Text(note.to_owned()),
        ]);
        table.push(cells, Some(customers(view, &found, cohort)));
    }
    Ok(table)
}

/// The cohort table as a chart without a figure, for its file.
pub(super) fn overview(view: &View) -> Result<Option<Drawn>, BackendError> {
    let table = cohort_table(view)?;
    if table.rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(Drawn {
        title: "Cohorts".to_owned(),
        advice: String::new(),
        units: String::new(),
        figure: Figure::default(),
        table,
    }))
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
