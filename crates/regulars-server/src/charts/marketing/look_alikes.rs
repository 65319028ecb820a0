//! Whom to look for among people who are no customers yet: what the customers with the highest value were
//! known by with their first order, against all.
//!
//! Deliberately nothing that only those are known by who came back.

use serde_json::{Value, json};

use super::super::{Drawn, Figure, axes, short_label};
use crate::backend::BackendError;
use crate::format;
use crate::frame::{FirstKnown, present};
use crate::table::{Cell, Table};
use crate::view::View;

/// One in so many customers is among those with the highest value.
const TOP: usize = 5;
/// Customers of a class from whom on it is compared.
const ENOUGH: u64 = 30;
/// Customers chosen from whom on anything is compared.
const ENOUGH_ALL: usize = 100;
/// Standard errors to both sides. So many classes are compared that one in twenty would stand out by luck;
/// beyond three it is one in 370.
const WIDTH: f64 = 3.0;
/// Classes drawn at most.
const MOST: usize = 14;

/// A class of customers against all.
struct Compared {
    what: String,
    customers: u64,
    top: u64,
    /// How many times as often its customers are among the best, with both ends.
    lift: [f64; 3],
    href: Option<String>,
}

/// The customers chosen who have an expected value.
struct Valued {
    /// The row of each, and whether it is among the best.
    rows: Vec<(usize, bool)>,
    /// The value from which on a customer is.
    cut_minor: i64,
}

/// The customers chosen with their expected value; `None` where there are too few.
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

/// The share of `hits` in `of`, and both ends of its interval (Wilson's).
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

/// What sets the customers with the highest value apart that was known with their first order.
pub(crate) fn look_alikes(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(best) = best(view)? else { return Ok(None) };
    let mut found: Vec<Compared> =
        view.frame.first_known()?.iter().flat_map(|of| compared(view, of, &best.rows)).collect();
    let tried = found.len();
    found.retain(|one| one.lift[1] > 1.0 || one.lift[2] < 1.0);
    found.sort_by(|a, b| b.lift[0].total_cmp(&a.lift[0]));
    let Some(first) = found.first() else { return Ok(None) };
    let title = if first.lift[1] > 1.0 {
        format!(
            "“{}”: {} times as often among the best as customers at large",
            first.what,
            format::mean(first.lift[0])
        )
    } else {
        "Nothing known at the first order sets the best customers apart, only the others".to_owned()
    };
    let mut table = Table::new(&[
        ("known_first", "Known with the first order"),
        ("customers", "Customers"),
        ("top_customers", "of them among the best"),
        ("lift", "Times as often"),
        ("lift_low", "from"),
        ("lift_high", "to"),
    ]);
    for one in &found {
        let mut row = vec![Cell::Text(one.what.clone()), Cell::Count(one.customers), Cell::Count(one.top)];
        row.extend(one.lift.map(|lift| Cell::Number((lift * 1000.0).round() / 1000.0)));
        table.push(row, one.href.clone());
    }
    // The ends say most where there are too many to draw.
    let shown: Vec<&Compared> = if found.len() > MOST {
        found[..MOST / 2].iter().chain(&found[found.len() - MOST / 2..]).collect()
    } else {
        found.iter().collect()
    };
    let names: Vec<String> = shown.iter().map(|one| short_label(&one.what, 34)).collect();
    let links: Vec<Value> = shown.iter().map(|one| json!(one.href)).collect();
    let words = |one: &&Compared| {
        format!(
            "{}<br>{} of {} are among the best<br>{} times as often, {} to {}",
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
            "The best are the 20% of these customers with the highest expected spend, {} or more in the next {} days. Of {} that was known of at least {ENOUGH} customers with their first order, shown is what differs by more than three standard errors (the lines). Look for new customers where a point lies right of the dotted line; that people alike will buy alike is an assumption until a campaign has shown it, and what the file of customers says is as of today.",
            view.money.rounded(best.cut_minor as f64),
            view.frame.manifest.config.value.horizon_days,
            format::counted(tried as u64, "thing", "things"),
        ),
        units: "times as often among the best fifth as all of whom it is known".to_owned(),
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
                "xaxis": { "title": { "text": "Times as often among the best", "standoff": 8 }, "rangemode": "tozero", "nticks": 7, "zeroline": false },
                "yaxis": axes::bars(&names),
            }),
            links: if links.iter().all(Value::is_null) { Value::Null } else { json!([links]) },
        },
        table,
    }))
}

/// Why there is nothing to look for, and what was not known.
///
/// # Errors
///
/// Any [`BackendError`] of the columns.
pub(crate) fn nothing_found(view: &View) -> Result<String, BackendError> {
    if view.frame.expected_minor()?.is_none() {
        return Ok("Without lifetime value nobody knows which customers are the best.".to_owned());
    }
    if best(view)?.is_none() {
        return Ok(format!(
            "Fewer than {ENOUGH_ALL} customers with an expected value are chosen: too few to compare."
        ));
    }
    let known = view.frame.first_known()?;
    let attributes = if known.iter().any(|of| of.attribute().is_some()) {
        ""
    } else {
        " Nothing is known of the customers themselves: a file of customers (`--customers FILE`), with age, city or where they came from, gives more to compare."
    };
    let compared: Vec<String> = known.iter().map(FirstKnown::title).collect();
    Ok(if compared.is_empty() {
        format!("The data hold nothing that is known with the first order.{attributes}")
    } else {
        format!(
            "Compared were {}: in nothing of it do the fifth with the highest expected spend differ from all by more than three standard errors.{attributes}",
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
        // Wilson with z of 3, worked out by hand: centre 0.2248, half width 0.1176.
        assert!(
            (p - 0.2).abs() < 1e-12 && (low - 0.1072).abs() < 1e-3 && (high - 0.3423).abs() < 1e-3,
            "{low} {high}"
        );
        let [_, low, high] = share(0, 30);
        assert!(low.abs() < 1e-12 && (high - 9.0 / 39.0).abs() < 1e-9, "{high}");
    }
}
