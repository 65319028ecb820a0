//! Data overview: orders over time, seasonality by weekday and month, missing values, and breakdowns by
//! attribute.

use regulars_analysis::claims::patterns::{self, GroupSpend};
use regulars_analysis::claims::{revenue, words};
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{Attribute, Coded, NO_ROW};
use regulars_analysis::measures::{Sums, by_class};
use regulars_analysis::table::{Cell, Table};
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::label;
use regulars_core::tables::{ColumnDef, transactions};
use serde_json::{Value, json};

use super::bars::{Bar, shares};
use super::figure::{Drawn, Figure};
use crate::view::View;

/// Days beyond which the line has more points than a screen can show; weekly from there.
const MOST_DAYS: usize = 800;
/// Expected orders in a gap for it to be reported: by chance it would be empty with probability e^-10.
const REMARKABLE: f64 = 10.0;
/// Days (or weeks) before and after a gap that it is compared with.
const NEAR: usize = 14;
/// Bars drawn at most.
const MOST_BARS: usize = 20;

/// Orders per day; gaps in the data show as zero.
pub(super) fn coverage(view: &View) -> Result<Option<Drawn>, BackendError> {
    let orders = view.frame.orders()?;
    let purchases = || {
        (0..orders.customer.len())
            .filter(|at| orders.is_purchase[*at] && view.chosen.has(orders.customer[*at] as usize))
    };
    let days = || purchases().map(|at| orders.day[at]);
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return Ok(None) };
    let span = (last - first) as usize + 1;
    let step = if span > MOST_DAYS { 7 } else { 1 };
    let mut counts = vec![0_u64; span.div_ceil(step)];
    for day in days() {
        counts[(day - first) as usize / step] += 1;
    }
    // Drop an incomplete last week.
    if step > 1 && !span.is_multiple_of(step) {
        counts.pop();
    }
    let date = |at: usize| format_day((i64::from(first) + (at * step) as i64) * DAY_MICROS);
    let dates: Vec<String> = (0..counts.len()).map(date).collect();
    let (of, title_of) = if step == 1 { ("day", "per day") } else { ("week", "per week") };
    let mut table =
        Table::new(&[("from", if step == 1 { "Day" } else { "Week starting" }), ("orders", "Orders")]);
    for (date, count) in dates.iter().zip(&counts) {
        table.push(vec![Cell::Text(date.clone()), Cell::Count(*count)], None);
    }
    let (longest, hole) = longest_hole(&counts);
    let usual = counts.iter().sum::<u64>() as f64 / counts.len().max(1) as f64;
    // A gap is remarkable where many orders came just before and just after it.
    let near = |days: &[u64]| days.iter().sum::<u64>() as f64 / days.len().max(1) as f64;
    let before = near(&counts[hole.saturating_sub(NEAR)..hole]);
    let after = near(&counts[(hole + longest).min(counts.len())..(hole + longest + NEAR).min(counts.len())]);
    let title = if longest * step >= 3 && longest as f64 * before.min(after) >= REMARKABLE {
        format!(
            "No orders from {} for {}",
            format::day(&dates[hole]),
            format::counted((longest * step) as u64, "day", "days")
        )
    } else {
        format!(
            "{} from {} to {}: {} {title_of} on average",
            format::counted(purchases().count() as u64, "order", "orders"),
            format::day(&date_of(first)),
            format::day(&date_of(last)),
            format::mean(usual)
        )
    };
    let figure = Figure {
        data: vec![json!({
            "type": "scatter", "mode": "lines", "x": dates, "y": counts, "fill": "tozeroy", "fillcolor": "--chart-1-veil",
            "line": { "color": "--chart-1", "width": 1.4 },
            "hovertemplate": format!("%{{x|%-d %b %Y}}<br>%{{y:,}} orders this {of}<extra></extra>"),
        })],
        layout: json!({
            "height": 300,
            "showlegend": false,
            "margin": { "l": 12, "r": 12, "t": 10, "b": 42 },
            "xaxis": super::axes::months(),
            "yaxis": { "title": { "text": format!("Orders {title_of}") }, "rangemode": "tozero", "nticks": 5, "tickformat": "," },
        }),
        links: Value::Null,
    };
    Ok(Some(Drawn {
        title,
        advice: "An unexplained gap or jump is more often an export error than a business event. Check it before trusting a trend.".to_owned(),
        units: format!("orders {title_of}"),
        figure,
        table,
    }))
}

fn date_of(day: i32) -> String {
    format_day(i64::from(day) * DAY_MICROS)
}

/// Length and start of the longest run of zeros.
fn longest_hole(counts: &[u64]) -> (usize, usize) {
    let (mut best, mut begin, mut length) = ((0, 0), 0, 0);
    for (at, count) in counts.iter().enumerate() {
        if *count > 0 {
            length = 0;
            continue;
        }
        if length == 0 {
            begin = at;
        }
        length += 1;
        if length > best.0 {
            best = (length, begin);
        }
    }
    best
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Monday is 0; 1 January 1970 was a Thursday.
fn weekday(day: i32) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// Orders and revenue by day of the week.
pub(super) fn weekdays(view: &View) -> Result<Option<Drawn>, BackendError> {
    let orders = view.frame.orders()?;
    let mut counts = [0_u64; 7];
    let mut revenue = [0_i128; 7];
    for at in 0..orders.customer.len() {
        if view.chosen.has(orders.customer[at] as usize) {
            let day = weekday(orders.day[at]);
            counts[day] += u64::from(orders.is_purchase[at]);
            revenue[day] += i128::from(orders.amount_minor[at]);
        }
    }
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return Ok(None);
    }
    let share = |day: usize| counts[day] as f64 / total as f64;
    let mut table = Table::new(&[
        ("weekday", "Day"),
        ("orders", "Orders"),
        ("share", "Share"),
        ("revenue", label!(Revenue)),
    ]);
    for day in 0..7 {
        table.push(
            vec![
                Cell::Text(WEEKDAYS[day].to_owned()),
                Cell::Count(counts[day]),
                Cell::Share(share(day)),
                Cell::Money(revenue[day] as f64),
            ],
            None,
        );
    }
    let Some(found) = patterns::weekdays(&counts) else { return Ok(None) };
    let [title, advice] = words::weekdays(found);
    let percents: Vec<String> = (0..7).map(|day| format::percent(share(day))).collect();
    Ok(Some(Drawn {
        title,
        advice,
        units: "share of orders".to_owned(),
        figure: columns(
            &WEEKDAYS.map(|day| day[..3].to_owned()),
            &(0..7).map(|d| share(d) * 100.0).collect::<Vec<_>>(),
            &percents,
            "%",
            "Share of orders",
        ),
        table,
    }))
}

/// Mean revenue by month of the year, over full months.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(super) fn seasons(view: &View) -> Result<Option<Drawn>, BackendError> {
    let mut sums = [(0_u32, 0_i128); 12];
    for month in view.figures.summary.months.iter().filter(|month| month.complete) {
        let Some(number) = month.month.get(5..).and_then(|m| m.parse::<usize>().ok()) else { continue };
        if let Some(sum) = sums.get_mut(number.wrapping_sub(1)) {
            sum.0 += 1;
            sum.1 += i128::from(month.revenue_minor);
        }
    }
    let known: Vec<usize> = (0..12).filter(|month| sums[*month].0 > 0).collect();
    // Seasonality needs a full year.
    if known.len() < 12 {
        return Ok(None);
    }
    let mean = |month: usize| sums[month].1 as f64 / f64::from(sums[month].0);
    let mut table = Table::new(&[
        ("month", "Month"),
        ("revenue_mean", concat!("Mean ", label!(revenue))),
        ("months", "Months averaged"),
    ]);
    for month in 0..12 {
        table.push(
            vec![
                Cell::Text(MONTHS[month].to_owned()),
                Cell::Money(mean(month)),
                Cell::Count(u64::from(sums[month].0)),
            ],
            None,
        );
    }
    let found = revenue::months_of_year(&view.figures.summary.months, view.season().as_ref());
    let [title, advice] = words::months_of_year(&found);
    let said: Vec<String> = (0..12).map(|month| view.money.rounded(mean(month))).collect();
    let values: Vec<f64> = (0..12).map(|month| view.money.units_of(mean(month))).collect();
    let mut figure =
        columns(&MONTHS.map(str::to_owned), &values, &said, "", concat!("Mean ", label!(revenue)));
    let (prefix, suffix) = view.money.affixes();
    figure.layout["yaxis"]["tickformat"] = json!("~s");
    figure.layout["yaxis"]["tickprefix"] = json!(prefix);
    figure.layout["yaxis"]["ticksuffix"] = json!(suffix);
    Ok(Some(Drawn {
        title,
        advice,
        units: concat!("mean ", label!(revenue), " per calendar month, full months only").to_owned(),
        figure,
        table,
    }))
}

fn columns(names: &[String], values: &[f64], words: &[String], suffix: &str, axis: &str) -> Figure {
    Figure {
        data: vec![json!({
            "type": "bar", "x": names, "y": values, "customdata": words,
            "marker": { "color": "--chart-1" },
            "hovertemplate": "%{x}<br>%{customdata}<extra></extra>",
        })],
        layout: json!({
            "height": 300,
            "bargap": 0.3,
            "showlegend": false,
            "margin": { "l": 12, "r": 12, "t": 10, "b": 34 },
            "xaxis": { "type": "category", "showgrid": false, "nticks": 12 },
            "yaxis": { "title": { "text": axis }, "ticksuffix": suffix, "rangemode": "tozero", "nticks": 5, "tickformat": "," },
        }),
        links: Value::Null,
    }
}

/// Missing values by source column.
pub(super) fn missing(view: &View) -> Result<Option<Drawn>, BackendError> {
    let report = view.frame.validation()?;
    let mut columns: Vec<_> = report.columns.iter().filter(|column| !column.source.is_empty()).collect();
    // Nothing missing: no chart.
    if columns.iter().all(|column| column.missing == 0) {
        return Ok(None);
    }
    columns.sort_by(|a, b| b.missing_share.total_cmp(&a.missing_share));
    let mut table = Table::new(&[
        ("column", "Column"),
        ("source", "Source column"),
        ("missing", "Missing"),
        ("share", "Share"),
    ]);
    for column in &columns {
        table.push(
            vec![
                Cell::Text(column.column.clone()),
                Cell::Text(column.source.clone()),
                Cell::Count(column.missing),
                Cell::Share(column.missing_share),
            ],
            None,
        );
    }
    let bars: Vec<Bar> = columns
        .iter()
        .map(|column| Bar {
            name: column.column.clone(),
            share: column.missing_share,
            words: format::counted(column.missing, "row", "rows"),
        })
        .collect();
    let mut figure = shares(&bars, "Rows without a value", &table);
    let most = columns[0].missing_share * 100.0;
    // Tiny shares must not fill the chart.
    figure.layout["xaxis"]["range"] = json!([0, (most * 1.15).max(5.0)]);
    Ok(Some(Drawn {
        title: words::missing(
            &columns[0].column,
            columns[0].missing_share,
            columns.get(1).is_none_or(|next| next.missing < columns[0].missing),
        ),
        advice: "Share of all rows read, including rejected ones. A mostly empty column adds little to features, clusters and forecasts.".to_owned(),
        units: "percent of rows".to_owned(),
        figure,
        table,
    }))
}

/// Customers by value of an attribute.
pub(super) fn attribute(view: &View, of: &Attribute) -> Result<Option<Drawn>, BackendError> {
    let sums = by_class(&view.frame, &view.chosen, Some(&of.classes))?;
    let known: u64 = sums.iter().map(|sum| sum.customers).sum();
    if known == 0 {
        return Ok(None);
    }
    let title = of.title();
    let mut table = Table::new(&[
        ("class", &title),
        ("customers", "Customers"),
        ("customer_share", "Share"),
        ("revenue", label!(Revenue)),
        ("spend_mean", "Spend per customer"),
    ]);
    // Numeric bands keep their order; names are sorted by size.
    let mut places: Vec<usize> = (0..sums.len()).filter(|at| sums[*at].customers > 0).collect();
    let is_ordered = of.classes.labels.iter().any(|label| label.starts_with(|c: char| c.is_ascii_digit()));
    if !is_ordered {
        places.sort_by_key(|at| std::cmp::Reverse(sums[*at].customers));
    }
    let mut bars = Vec::new();
    for (nth, at) in places.iter().enumerate() {
        let (sum, name) = (&sums[*at], &of.classes.labels[*at]);
        let share = sum.customers as f64 / known as f64;
        table.push(
            vec![
                Cell::Text(name.clone()),
                Cell::Count(sum.customers),
                Cell::Share(share),
                Cell::Money(sum.spend_minor as f64),
                Cell::Money(sum.spend_mean_minor()),
            ],
            Some(view.customers(view.filter().with_attribute(&of.name, name))),
        );
        if nth < MOST_BARS {
            let words = format!(
                "{}, {} per customer",
                format::counted(sum.customers, "customer", "customers"),
                view.money.rounded(sum.spend_mean_minor())
            );
            bars.push(Bar { name: name.clone(), share, words });
        }
    }
    let mut first = table.clone();
    first.rows.truncate(bars.len());
    let figure = shares(&bars, "Share of customers", &first);
    let missing = view.chosen.len() as u64 - known;
    let groups = group_spend(view, of, &sums)?;
    let lead = patterns::spends_most(&groups).map(|most| (most, of.classes.labels[most.at].as_str()));
    let most = places.iter().map(|at| sums[*at].customers).max().unwrap_or(0);
    let largest: Vec<&str> = places
        .iter()
        .filter(|at| sums[**at].customers == most)
        .map(|at| of.classes.labels[*at].as_str())
        .collect();
    let largest = match largest.as_slice() {
        [one] => format!("{one} is the largest group"),
        [one, other] => format!("{one} and {other} are the largest groups"),
        _ => "no group is larger than the others".to_owned(),
    };
    let mut advice =
        "Click a bar for its customers, or filter by it above to see every chart for that group.".to_owned();
    if places.len() > bars.len() {
        advice.push_str(&format!(" Shown: the {} largest of {}.", bars.len(), places.len()));
    }
    if missing > 0 {
        advice.push_str(&format!(" Unknown for {}.", format::counted(missing, "customer", "customers")));
    }
    Ok(Some(Drawn {
        title: format!("{title}: {largest}{}", words::attribute(lead, &view.money)),
        advice,
        units: "percent of customers with a known value".to_owned(),
        figure,
        table,
    }))
}

/// Spend per group, with the largest spend of a single customer.
fn group_spend(view: &View, of: &Attribute, sums: &[Sums]) -> Result<Vec<GroupSpend>, BackendError> {
    let spend = view.frame.spend_minor()?;
    let mut largest = vec![0_i64; sums.len()];
    for row in view.chosen.rows() {
        if let Some(most) = largest.get_mut(usize::from(of.classes.codes[row])) {
            *most = (*most).max(spend[row]);
        }
    }
    let each = sums.iter().zip(largest);
    Ok(each
        .map(|(sum, largest)| GroupSpend {
            customers: sum.customers,
            spend_minor: sum.spend_minor as f64,
            largest_minor: largest as f64,
        })
        .collect())
}

/// Rows and revenue by a transaction column.
fn lines(view: &View, column: ColumnDef, words: (&str, &str, &str)) -> Result<Option<Drawn>, BackendError> {
    let Some(classes) = view.frame.line_classes(column)? else { return Ok(None) };
    let lines = view.frame.lines()?;
    let (mut counts, mut revenue) = (vec![0_u64; classes.labels.len()], vec![0_i128; classes.labels.len()]);
    for at in 0..lines.customer.len() {
        let customer = lines.customer[at];
        if customer == NO_ROW || !view.chosen.has(customer as usize) {
            continue;
        }
        if let Some(count) = counts.get_mut(usize::from(classes.codes[at])) {
            *count += 1;
            revenue[usize::from(classes.codes[at])] += i128::from(lines.amount_minor[at]);
        }
    }
    Ok(line_bars(view, &classes, &counts, &revenue, words))
}

fn line_bars(
    view: &View,
    classes: &Coded,
    counts: &[u64],
    revenue: &[i128],
    (title, name, advice): (&str, &str, &str),
) -> Option<Drawn> {
    let total: i128 = revenue.iter().sum();
    let rows: u64 = counts.iter().sum();
    if total <= 0 {
        return None;
    }
    let mut table = Table::new(&[
        ("class", title),
        ("revenue", label!(Revenue)),
        ("revenue_share", concat!("of ", label!(revenue))),
        ("rows", "Rows"),
        ("row_share", "of rows"),
    ]);
    let mut places: Vec<usize> = (0..counts.len()).filter(|at| counts[*at] > 0).collect();
    places.sort_by_key(|at| std::cmp::Reverse(revenue[*at]));
    let share = |at: usize| revenue[at] as f64 / total as f64;
    let mut bars = Vec::new();
    for (nth, at) in places.iter().enumerate() {
        let label = classes.labels[*at].clone();
        table.push(
            vec![
                Cell::Text(label.clone()),
                Cell::Money(revenue[*at] as f64),
                Cell::Share(share(*at)),
                Cell::Count(counts[*at]),
                Cell::Share(counts[*at] as f64 / rows as f64),
            ],
            None,
        );
        if nth < MOST_BARS {
            let words = format!(
                "{} in {}",
                view.money.rounded(revenue[*at] as f64),
                format::counted(counts[*at], "row", "rows")
            );
            bars.push(Bar { name: label, share: share(*at), words });
        }
    }
    let first = places.first().copied()?;
    Some(Drawn {
        title: format!(
            concat!("{} is the largest {}: {} of ", label!(revenue)),
            classes.labels[first],
            name,
            format::percent_in_text(share(first))
        ),
        advice: advice.to_owned(),
        units: concat!("percent of ", label!(revenue)).to_owned(),
        figure: shares(&bars, concat!("Share of ", label!(revenue)), &table),
        table,
    })
}

/// By product category.
pub(super) fn categories(view: &View) -> Result<Option<Drawn>, BackendError> {
    let advice = concat!(
        "The category with the most ",
        label!(revenue),
        " is not always the one that brings customers back."
    );
    lines(view, transactions::COLUMNS.product_category, ("Category", "category", advice))
}

/// By payment method.
pub(super) fn payments(view: &View) -> Result<Option<Drawn>, BackendError> {
    let advice = "Offer the most used payment method first at checkout.";
    lines(view, transactions::COLUMNS.payment_method, ("Payment method", "payment method", advice))
}

/// New customers by month of their first order.
pub(super) fn acquired(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(months) = view.frame.acquired()? else { return Ok(None) };
    let sums = by_class(&view.frame, &view.chosen, Some(&months))?;
    if sums.iter().all(|sum| sum.customers == 0) {
        return Ok(None);
    }
    let mut table = Table::new(&[
        ("month", "Month of the first order"),
        ("customers", "New customers"),
        ("spend_mean", "Spend since, per customer"),
    ]);
    for (month, sum) in months.labels.iter().zip(&sums) {
        let mut filter = view.filter();
        filter.acquired_from = Some(month.clone());
        filter.acquired_to = Some(month.clone());
        table.push(
            vec![Cell::Month(month.clone()), Cell::Count(sum.customers), Cell::Money(sum.spend_mean_minor())],
            (sum.customers > 0).then(|| view.customers(filter)),
        );
    }
    let links: Vec<Value> = table.rows.iter().map(|row| json!(row.href)).collect();
    let by_month: Vec<u64> = sums.iter().map(|sum| sum.customers).collect();
    let most = patterns::most_new(&by_month).map(|most| (most, months.labels[most.at].as_str()));
    let details: Vec<[String; 2]> = months
        .labels
        .iter()
        .zip(&sums)
        .map(|(month, sum)| [format::month(month), Cell::Money(sum.spend_mean_minor()).shown(&view.money)])
        .collect();
    Ok(Some(Drawn {
        title: words::acquired(most),
        advice: "The first months may include customers acquired before the data begin, so the title leaves the first one out. Click a bar for the customers who first ordered that month.".to_owned(),
        units: "customers by the month of their first order".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "bar",
                "x": months.labels.iter().map(|month| format!("{month}-01")).collect::<Vec<_>>(),
                "y": sums.iter().map(|sum| sum.customers).collect::<Vec<_>>(),
                "xperiod": "M1",
                "xperiodalignment": "middle",
                "customdata": details,
                "marker": { "color": "--chart-1" },
                "hovertemplate": "%{customdata[0]}<br>%{y:,} new customers<br>%{customdata[1]} spent since, per customer<extra></extra>",
            })],
            layout: json!({
                "height": 300,
                "bargap": 0.28,
                "showlegend": false,
                "margin": { "l": 12, "r": 12, "t": 10, "b": 42 },
                "xaxis": super::axes::months(),
                "yaxis": { "title": { "text": "New customers" }, "rangemode": "tozero", "nticks": 5, "tickformat": "," },
            }),
            links: json!([links]),
        },
        table,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use regulars_analysis::columns::day_of;

    #[test]
    fn days_of_the_week_and_holes() {
        // 23 November 2026 is a Monday.
        assert_eq!(day_of("2026-11-23").map(weekday), Some(0));
        assert_eq!((weekday(0), weekday(-1)), (3, 2));
        assert_eq!(longest_hole(&[1, 0, 0, 2, 0, 0, 0, 1, 0]), (3, 4));
        assert_eq!(longest_hole(&[1, 2]), (0, 0));
    }
}
