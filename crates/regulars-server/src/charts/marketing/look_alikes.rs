//! Best-customer profile for acquisition: traits known at the first order that are more common among the
//! customers with the highest expected spend.
//!
//! Traits known only for repeat customers are excluded.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{FirstKnown, present};
use regulars_analysis::table::{Cell, Table};
use serde_json::{Value, json};

use super::super::axes;
use super::super::figure::{Drawn, Figure, short_label};
use crate::view::View;

/// One in `TOP` customers counts as a best customer.
const TOP: usize = 5;
/// Customers a trait needs to be compared.
const ENOUGH: u64 = 30;
/// Selected customers needed to compare anything.
const ENOUGH_ALL: usize = 100;
/// Half-width of the intervals, in standard errors. With this many comparisons, one in twenty would stand out
/// by chance at two standard errors; at three it is one in 370.
const WIDTH: f64 = 3.0;
/// Traits drawn at most.
const MOST: usize = 14;

/// A trait compared with all customers.
struct Compared {
    what: String,
    customers: u64,
    top: u64,
    /// Lift: how much more often its customers are among the best, with both ends of the interval.
    lift: [f64; 3],
    href: Option<String>,
}

/// The selected customers with an expected spend.
struct Valued {
    /// The row of each, and whether it is a best customer.
    rows: Vec<(usize, bool)>,
    /// Expected spend from which a customer counts as best.
    cut_minor: i64,
}

/// The selected customers with their expected spend; `None` if there are too few.
fn best(view: &View) -> Result<Option<Valued>, BackendError> {
    let Some(expected) = view.frame.expected_minor()? else { return Ok(None) };
    let valued: Vec<(usize, i64)> =
        view.chosen.rows().filter_map(|row| Some((row, present(expected[row])?))).collect();
    if valued.len() < ENOUGH_ALL {
        return Ok(None);
    }
    let mut sorted: Vec<i64> = valued.iter().map(|(_, value)| *value).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let cut_minor = sorted[sorted.len() / TOP - 1];
    let rows = valued.iter().map(|(row, value)| (*row, *value >= cut_minor)).collect();
    Ok(Some(Valued { rows, cut_minor }))
}

/// The share of `hits` in `of`, and both ends of its Wilson interval.
fn share(hits: u64, of: u64) -> [f64; 3] {
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let z2 = WIDTH * WIDTH;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = WIDTH / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    [p, (middle - half).max(0.0), (middle + half).min(1.0)]
}

fn compared(view: &View, of: &FirstKnown, best: &[(usize, bool)]) -> Vec<Compared> {
    let (title, classes) = (of.title(), of.classes());
    let mut counts = vec![(0_u64, 0_u64); classes.labels.len()];
    let (mut all, mut all_top) = (0_u64, 0_u64);
    for (row, is_top) in best {
        let Some(count) = counts.get_mut(usize::from(classes.codes[*row])) else { continue };
        count.0 += 1;
        count.1 += u64::from(*is_top);
        all += 1;
        all_top += u64::from(*is_top);
    }
    let base = all_top as f64 / all as f64;
    let counted =
        counts.into_iter().enumerate().filter(|(_, (customers, _))| *customers >= ENOUGH && *customers < all);
    counted
        .map(|(at, (customers, top))| Compared {
            what: format!("{title}: {}", classes.labels[at]),
            customers,
            top,
            lift: share(top, customers).map(|share| share / base),
            href: of
                .attribute()
                .map(|name| view.customers(view.filter().with_attribute(name, &classes.labels[at]))),
        })
        .filter(|found| found.lift[0].is_finite())
        .collect()
}

/// Traits known at the first order that set the best customers apart.
pub(crate) fn look_alikes(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(best) = best(view)? else { return Ok(None) };
    let known = view.frame.first_known()?;
    let mut found: Vec<Compared> = known.iter().flat_map(|of| compared(view, of, &best.rows)).collect();
    let tried = found.len();
    found.retain(|one| one.lift[1] > 1.0 || one.lift[2] < 1.0);
    found.sort_by(|a, b| b.lift[0].total_cmp(&a.lift[0]));
    let Some(first) = found.first() else { return Ok(None) };
    let title = if first.lift[1] > 1.0 {
        format!("“{}”: {}× as likely to be a best customer", first.what, format::mean(first.lift[0]))
    } else {
        "No trait is more common among the best customers".to_owned()
    };
    let mut table = Table::new(&[
        ("known_first", "Trait"),
        ("customers", "Customers"),
        ("top_customers", "Best customers"),
        ("lift", "Lift"),
        ("lift_low", "from"),
        ("lift_high", "to"),
    ]);
    for one in &found {
        let mut row = vec![Cell::Text(one.what.clone()), Cell::Count(one.customers), Cell::Count(one.top)];
        row.extend(one.lift.map(|lift| Cell::Score((lift * 1000.0).round() / 1000.0)));
        table.push(row, one.href.clone());
    }
    // If there are too many to draw, show the extremes.
    let shown: Vec<&Compared> = if found.len() > MOST {
        found[..MOST / 2].iter().chain(&found[found.len() - MOST / 2..]).collect()
    } else {
        found.iter().collect()
    };
    let names: Vec<String> = shown.iter().map(|one| short_label(&one.what, 34)).collect();
    let links: Vec<Value> = shown.iter().map(|one| json!(one.href)).collect();
    let words = |one: &&Compared| {
        format!(
            "{}<br>{} of {} are best customers<br>lift {}, {} to {}",
            short_label(&one.what, 60),
            format::count(one.top),
            format::counted(one.customers, "customer", "customers"),
            format::two(one.lift[0]),
            format::two(one.lift[1]),
            format::two(one.lift[2])
        )
    };
    let at =
        |end: usize| -> Vec<f64> { shown.iter().map(|one| (one.lift[end] - one.lift[0]).abs()).collect() };
    Ok(Some(Drawn {
        title,
        advice: format!(
            "Best customers: the 20% with the highest predicted LTV, {} or more in the next {} days. Of {} with at least {ENOUGH} customers, those that differ by more than three standard errors (error bars) are shown. Target new customers with traits to the right of the dotted line, and test with a campaign.{}",
            view.money.rounded(best.cut_minor as f64),
            view.frame.manifest.config.value.horizon_days,
            format::counted(tried as u64, "trait", "traits"),
            if known.iter().any(|of| matches!(of, FirstKnown::Attribute(_))) {
                " Attributes are as in the customers file, not as at the first order."
            } else {
                ""
            },
        ),
        units: "lift: share of best customers relative to all customers with a known value".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "scatter",
                "mode": "markers",
                "y": (0..shown.len()).collect::<Vec<usize>>(),
                "x": shown.iter().map(|one| one.lift[0]).collect::<Vec<f64>>(),
                "error_x": { "type": "data", "symmetric": false, "array": at(2), "arrayminus": at(1), "color": "--muted", "thickness": 1.6, "width": 4 },
                "customdata": shown.iter().map(words).collect::<Vec<String>>(),
                "marker": { "size": 11, "color": shown.iter().map(|one| if one.lift[0] > 1.0 { "--chart-1" } else { "--below-2" }).collect::<Vec<_>>() },
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 84 + 28 * shown.len().max(4),
                "showlegend": false,
                "margin": { "l": 12, "r": 20, "t": 8, "b": 48 },
                "shapes": [{ "type": "line", "xref": "x", "yref": "paper", "x0": 1, "x1": 1, "y0": 0, "y1": 1, "line": { "color": "--muted", "width": 1.5, "dash": "dot" } }],
                "xaxis": { "title": { "text": "Lift (1 = same as all customers)", "standoff": 8 }, "rangemode": "tozero", "nticks": 7, "zeroline": false },
                "yaxis": axes::bars(&names),
            }),
            links: if links.iter().all(Value::is_null) { Value::Null } else { json!([links]) },
        },
        table,
    }))
}

/// Why there is no best-customer profile, and what data would help.
///
/// # Errors
///
/// Any [`BackendError`] of the columns.
pub(crate) fn nothing_found(view: &View) -> Result<String, BackendError> {
    if view.frame.expected_minor()?.is_none() {
        return Ok("The best-customer profile needs lifetime value, which this run does not have.".to_owned());
    }
    if best(view)?.is_none() {
        return Ok(format!(
            "Fewer than {ENOUGH_ALL} customers with a predicted LTV are selected: too few to compare."
        ));
    }
    let known = view.frame.first_known()?;
    let attributes = if known.iter().any(|of| of.attribute().is_some()) {
        ""
    } else {
        " The run has no customer attributes: add a customer file (`--customers FILE`) with, for example, age, city or acquisition channel to compare more."
    };
    let compared: Vec<String> = known.iter().map(FirstKnown::title).collect();
    Ok(if compared.is_empty() {
        format!("The data have no traits known at the first order.{attributes}")
    } else {
        format!(
            "Compared: {}. None differs by more than three standard errors between the 20% with the highest predicted LTV and all customers.{attributes}",
            compared.join(", ").to_lowercase()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_lies_within_its_interval_and_few_say_little() {
        let [p, low, high] = share(20, 100);
        // Wilson interval with z = 3, computed by hand: center 0.2248, half-width 0.1176.
        assert!(
            (p - 0.2).abs() < 1e-12 && (low - 0.1072).abs() < 1e-3 && (high - 0.3423).abs() < 1e-3,
            "{low} {high}"
        );
        let [_, low, high] = share(0, 30);
        assert!(low.abs() < 1e-12 && (high - 9.0 / 39.0).abs() < 1e-9, "{high}");
    }
}
