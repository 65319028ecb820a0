//! Data overview: orders over time, seasonality by weekday and month, missing values, and breakdowns by
//! attribute.

use regulars_analysis::claims::patterns::{self, GroupSpend};
use regulars_analysis::claims::{revenue, words};
use regulars_analysis::columns::date_of;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{Attribute, NO_ROW};
use regulars_analysis::measures::by_class;
use regulars_analysis::table::{Cell, TableOf};
use regulars_core::label;
use regulars_core::tables::{ColumnDef, transactions};

use super::axes::Axis;
use super::figure::{Drawn, Figure};
use super::shares::{ShareBar, shares};
use super::trace::Trace;
use crate::view::View;

/// Days beyond which the line has more points than a screen can show; weekly from there.
const MAX_DAYS: usize = 800;
/// Bars drawn at most.
const MAX_BARS: usize = 20;

/// Orders per day; gaps in the data show as zero.
pub(super) fn coverage(view: &View) -> Result<Option<Drawn>, BackendError> {
    let orders = view.frame.orders()?;
    let is_shown = |at: &usize| orders.is_purchase[*at] && view.chosen.has(orders.customer[*at] as usize);
    let days = || (0..orders.customer.len()).filter(is_shown).map(|at| orders.day[at]);
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return Ok(None) };
    let span = (last - first) as usize + 1;
    let (step, of, head) = if span > MAX_DAYS { (7, "week", "Week starting") } else { (1, "day", "Day") };
    let mut counts = vec![0_u64; span.div_ceil(step)];
    for day in days() {
        counts[(day - first) as usize / step] += 1;
    }
    // Drop an incomplete last week.
    if step > 1 && !span.is_multiple_of(step) {
        counts.pop();
    }
    let date = |at: usize| date_of(first + (at * step) as i32);
    let title = if let Some(gap) = patterns::gap(&counts, step) {
        let days = format::counted(gap.days as u64, "day", "days");
        format!("No orders from {} for {days}", format::day(&date(gap.start)))
    } else {
        format!(
            "{} from {} to {}: {} per {of} on average",
            format::counted(days().count() as u64, "order", "orders"),
            format::day(&date_of(first)),
            format::day(&date_of(last)),
            format::mean(counts.iter().sum::<u64>() as f64 / counts.len().max(1) as f64)
        )
    };
    Ok(Some(Drawn {
        title,
        advice: "An unexplained gap or jump is more often an export error than a business event. Check it before trusting a trend.".to_owned(),
        units: format!("orders per {of}"),
        figure: Figure::new(300, [12, 10, 42])
            .with(
                Trace::line(0..counts.len(), "--chart-1", 1.4)
                    .x(date)
                    .y(|at| counts[at])
                    .filled()
                    .tooltip(&format!("%{{x|%-d %b %Y}}<br>%{{y:,}} orders this {of}")),
            )
            .x(Axis::months())
            .y(Axis::counts(format!("Orders per {of}"), 5)),
        table: TableOf::new(0..counts.len())
            .text("from", head, date)
            .count("orders", "Orders", |at| counts[at])
            .done(),
    }))
}

/// Monday is 0; 1 January 1970 was a Thursday.
fn weekday(day: i32) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// Upright bars of named classes.
fn classes(
    names: &[&str],
    axis: Axis,
    value: impl Fn(usize) -> f64,
    hover: impl Fn(usize) -> String,
) -> Figure {
    let bars = Trace::columns(0..names.len()).x(|at| names[at]).y(value);
    Figure::new(300, [12, 10, 34])
        .with(bars.details(hover, "%{x}<br>%{customdata}"))
        .gap(0.3)
        .x(Axis::default().set("type", "category").no_grid().ticks(12))
        .y(axis)
}

/// Orders and revenue by day of the week.
pub(super) fn weekdays(view: &View) -> Result<Option<Drawn>, BackendError> {
    let orders = view.frame.orders()?;
    let mut counts = [0_u64; 7];
    let mut revenue = [0_i128; 7];
    for at in (0..orders.customer.len()).filter(|at| view.chosen.has(orders.customer[*at] as usize)) {
        let day = weekday(orders.day[at]);
        counts[day] += u64::from(orders.is_purchase[at]);
        revenue[day] += i128::from(orders.amount_minor[at]);
    }
    let Some(found) = patterns::weekdays(&counts) else { return Ok(None) };
    let [title, advice] = words::weekdays(found);
    let total: u64 = counts.iter().sum();
    let share = |day: usize| counts[day] as f64 / total as f64;
    let axis = Axis::counts("Share of orders", 5).set("ticksuffix", "%");
    Ok(Some(Drawn {
        title,
        advice,
        units: "share of orders".to_owned(),
        figure: classes(
            &words::WEEKDAYS.map(|day| &day[..3]),
            axis,
            |day| share(day) * 100.0,
            |day| format::percent(share(day)),
        ),
        table: TableOf::new(0..7)
            .text("weekday", "Day", |day| words::WEEKDAYS[day])
            .count("orders", "Orders", |day| counts[day])
            .share("share", "Share", share)
            .money("revenue", label!(Revenue), |day| revenue[day])
            .done(),
    }))
}

/// Mean revenue by month of the year, over full months.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(super) fn seasons(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (all, money) = (&view.figures.summary.months, &view.money);
    let mut sums = [(0_u32, 0_i128); 12];
    for month in all.iter().filter(|month| month.complete) {
        let Some(number) = month.month.get(5..).and_then(|m| m.parse::<usize>().ok()) else { continue };
        if let Some(sum) = sums.get_mut(number.wrapping_sub(1)) {
            sum.0 += 1;
            sum.1 += i128::from(month.revenue_minor);
        }
    }
    // Seasonality needs a full year.
    if sums.iter().any(|(months, _)| *months == 0) {
        return Ok(None);
    }
    let mean = |month: usize| sums[month].1 as f64 / f64::from(sums[month].0);
    let [title, advice] = words::months_of_year(&revenue::months_of_year(all, view.season().as_ref()));
    let axis = Axis::upright(concat!("Mean ", label!(revenue))).zero_based().ticks(5).money(money);
    Ok(Some(Drawn {
        title,
        advice,
        units: concat!("mean ", label!(revenue), " per calendar month, full months only").to_owned(),
        figure: classes(
            &format::MONTHS,
            axis,
            |month| money.units_of(mean(month)),
            |month| money.rounded(mean(month)),
        ),
        table: TableOf::new(0..12)
            .text("month", "Month", |month| format::MONTHS[month])
            .money("revenue_mean", concat!("Mean ", label!(revenue)), mean)
            .count("months", "Months averaged", |month| sums[month].0.into())
            .done(),
    }))
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
    let first = columns[0];
    let bars: Vec<ShareBar> = columns
        .iter()
        .map(|column| ShareBar {
            name: column.column.clone(),
            share: column.missing_share,
            words: format::counted(column.missing, "row", "rows"),
        })
        .collect();
    let is_alone = columns.get(1).is_none_or(|next| next.missing < first.missing);
    let table = TableOf::new(columns.iter().copied())
        .text("column", "Column", |column| &column.column)
        .text("source", "Source column", |column| &column.source)
        .count("missing", "Missing", |column| column.missing)
        .share("share", "Share", |column| column.missing_share)
        .done();
    let mut figure = shares(&bars, "Rows without a value", &table);
    // Tiny shares must not fill the chart.
    figure.layout["xaxis"]["range"] = vec![0.0, (first.missing_share * 100.0 * 1.15).max(5.0)].into();
    Ok(Some(Drawn {
        title: words::missing(&first.column, first.missing_share, is_alone),
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
    let (title, name) = (of.title(), |at: usize| of.classes.labels[at].as_str());
    // Numeric bands keep their order; names are sorted by size.
    let mut places: Vec<usize> = (0..sums.len()).filter(|at| sums[*at].customers > 0).collect();
    let is_ordered = of.classes.labels.iter().any(|label| label.starts_with(|c: char| c.is_ascii_digit()));
    if !is_ordered {
        places.sort_by_key(|at| std::cmp::Reverse(sums[*at].customers));
    }
    let share = |at: usize| sums[at].customers as f64 / known as f64;
    let bar = |at: &usize| {
        let (customers, spend) = (format::customers(sums[*at].customers), sums[*at].spend_mean_minor());
        let words = format!("{customers}, {} per customer", view.money.rounded(spend));
        ShareBar { name: name(*at).to_owned(), share: share(*at), words }
    };
    let bars: Vec<ShareBar> = places.iter().take(MAX_BARS).map(bar).collect();
    let table = TableOf::new(places.iter().copied())
        .text("class", &title, name)
        .count("customers", "Customers", |at| sums[at].customers)
        .share("customer_share", "Share", share)
        .money("revenue", label!(Revenue), |at| sums[at].spend_minor)
        .money("spend_mean", "Spend per customer", |at| sums[at].spend_mean_minor())
        .links(|at| Some(view.customers(view.filter().with_attribute(&of.name, name(at)))));
    let spend = view.frame.spend_minor()?;
    let groups: Vec<GroupSpend> = of
        .classes
        .divide(&view.chosen, |row| Some(spend[row]))
        .iter()
        .map(|spend| GroupSpend::of(spend))
        .collect();
    let lead = patterns::top_spend_group(&groups).map(|most| (most, name(most.at)));
    let most = sums.iter().map(|sum| sum.customers).max().unwrap_or(0);
    let mut largest = places.iter().filter(|at| sums[**at].customers == most).map(|at| name(*at));
    let largest = match [largest.next(), largest.next(), largest.next()] {
        [Some(one), None, _] => format!("{one} is the largest group"),
        [Some(one), Some(other), None] => format!("{one} and {other} are the largest groups"),
        _ => "no group is larger than the others".to_owned(),
    };
    let mut advice =
        "Click a bar for its customers, or filter by it above to see every chart for that group.".to_owned();
    if places.len() > bars.len() {
        advice.push_str(&format!(" Shown: the {} largest of {}.", bars.len(), places.len()));
    }
    let missing = view.chosen.len() as u64 - known;
    if missing > 0 {
        advice.push_str(&format!(" Unknown for {}.", format::customers(missing)));
    }
    Ok(Some(Drawn {
        title: format!("{title}: {largest}{}", words::attribute(lead, &view.money)),
        advice,
        units: "percent of customers with a known value".to_owned(),
        figure: shares(&bars, "Share of customers", &table),
        table,
    }))
}

/// Rows and revenue by a transaction column; `words` are the column's title and its name in a sentence.
fn lines(
    view: &View,
    column: ColumnDef,
    (title, name): (&str, &str),
    advice: &str,
) -> Result<Option<Drawn>, BackendError> {
    let Some(classes) = view.frame.line_classes(column)? else { return Ok(None) };
    let lines = view.frame.lines()?;
    // Rows and revenue of each class.
    let mut sums = vec![(0_u64, 0_i128); classes.labels.len()];
    for (at, customer) in lines.customer.iter().enumerate() {
        if *customer != NO_ROW
            && view.chosen.has(*customer as usize)
            && let Some(sum) = sums.get_mut(usize::from(classes.codes[at]))
        {
            sum.0 += 1;
            sum.1 += i128::from(lines.amount_minor[at]);
        }
    }
    let (rows, total) = sums.iter().fold((0, 0), |(rows, total), sum| (rows + sum.0, total + sum.1));
    let mut places: Vec<usize> = (0..sums.len()).filter(|at| sums[*at].0 > 0).collect();
    places.sort_by_key(|at| std::cmp::Reverse(sums[*at].1));
    let Some(first) = places.first().copied().filter(|_| total > 0) else { return Ok(None) };
    let share = |at: usize| sums[at].1 as f64 / total as f64;
    let bar = |at: &usize| {
        let (revenue, rows) =
            (view.money.rounded(sums[*at].1 as f64), format::counted(sums[*at].0, "row", "rows"));
        ShareBar {
            name: classes.labels[*at].clone(),
            share: share(*at),
            words: format!("{revenue} in {rows}"),
        }
    };
    let bars: Vec<ShareBar> = places.iter().take(MAX_BARS).map(bar).collect();
    let table = TableOf::new(places)
        .text("class", title, |at| &classes.labels[at])
        .money("revenue", label!(Revenue), |at| sums[at].1)
        .share("revenue_share", concat!("of ", label!(revenue)), share)
        .count("rows", "Rows", |at| sums[at].0)
        .share("row_share", "of rows", |at| sums[at].0 as f64 / rows as f64)
        .done();
    Ok(Some(Drawn {
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
    }))
}

/// By product category.
pub(super) fn categories(view: &View) -> Result<Option<Drawn>, BackendError> {
    let advice = concat!(
        "The category with the most ",
        label!(revenue),
        " is not always the one that brings customers back."
    );
    lines(view, transactions::COLUMNS.product_category, ("Category", "category"), advice)
}

/// By payment method.
pub(super) fn payments(view: &View) -> Result<Option<Drawn>, BackendError> {
    let advice = "Offer the most used payment method first at checkout.";
    lines(view, transactions::COLUMNS.payment_method, ("Payment method", "payment method"), advice)
}

/// New customers by month of their first order.
pub(super) fn acquired(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(months) = view.frame.acquired()? else { return Ok(None) };
    let sums = by_class(&view.frame, &view.chosen, Some(&months))?;
    if sums.iter().all(|sum| sum.customers == 0) {
        return Ok(None);
    }
    let month = |at: usize| &months.labels[at];
    let table = TableOf::new(0..sums.len())
        .cells("month", "Month of the first order", |at| Cell::Month(month(at).clone()))
        .count("customers", "New customers", |at| sums[at].customers)
        .money("spend_mean", "Spend since, per customer", |at| sums[at].spend_mean_minor())
        .links(|at| {
            let mut filter = view.filter();
            filter.acquired_from = Some(month(at).clone());
            filter.acquired_to = Some(month(at).clone());
            (sums[at].customers > 0).then(|| view.customers(filter))
        });
    let by_month: Vec<u64> = sums.iter().map(|sum| sum.customers).collect();
    let most = patterns::top_acquisition_month(&by_month).map(|most| (most, month(most.at).as_str()));
    let spend = |at: usize| Cell::Money(sums[at].spend_mean_minor()).shown(&view.money);
    Ok(Some(Drawn {
        title: words::acquired(most),
        advice: "The first months may include customers acquired before the data begin, so the title leaves the first one out. Click a bar for the customers who first ordered that month.".to_owned(),
        units: "customers by the month of their first order".to_owned(),
        figure: Figure::new(300, [12, 10, 42])
            .with(Trace::columns(0..sums.len()).months(month).y(|at| by_month[at]).details(
                |at| [format::month(month(at)), spend(at)],
                "%{customdata[0]}<br>%{y:,} new customers<br>%{customdata[1]} spent since, per customer",
            ))
            .gap(0.28)
            .x(Axis::months())
            .y(Axis::counts("New customers", 5))
            .linked(&table),
        table,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use regulars_analysis::columns::day_of;

    #[test]
    fn days_of_the_week() {
        // 23 November 2026 is a Monday.
        assert_eq!(day_of("2026-11-23").map(weekday), Some(0));
        assert_eq!((weekday(0), weekday(-1)), (3, 2));
    }
}
