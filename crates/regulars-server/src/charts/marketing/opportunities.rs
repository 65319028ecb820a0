//! Upside if customers behaved like similar customers, by kind, and how concentrated it is.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::marketing::{Kind, kinds as found_kinds, upsides};
use regulars_analysis::table::{Cell, Table};
use serde_json::{Value, json};

use super::super::axes;
use super::super::figure::{Drawn, Figure};
use crate::view::View;

/// Points of the curve.
const POINTS: usize = 100;

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Upside by kind of opportunity.
pub(crate) fn kinds(view: &View) -> Result<Option<Drawn>, BackendError> {
    let all = found_kinds(view)?;
    let found: Vec<&Kind> = all.iter().filter(|kind| kind.sums.is_some()).collect();
    let upside = |kind: &Kind| kind.sums.map_or(0, |sums| sums.upside);
    let Some(best) = found.iter().max_by_key(|kind| upside(kind)).filter(|kind| upside(kind) > 0) else {
        return Ok(None);
    };
    let money = &view.money;
    let mut table = Table::new(&[
        ("kind", "Opportunity"),
        ("customers", "Customers"),
        ("predicted_ltv", "Total predicted LTV"),
        ("similar_customers_ltv", "Spend if like similar customers"),
        ("upside", "Upside"),
        ("upside_low", "from"),
        ("upside_high", "to"),
        ("reason", "Why no estimate"),
    ]);
    for kind in &all {
        let sum = |of: fn(&regulars_analysis::marketing::KindSums) -> i64| {
            Cell::Money(kind.sums.as_ref().map_or(f64::NAN, |sums| of(sums) as f64))
        };
        let end = |minor: Option<i64>| Cell::Money(minor.map_or(f64::NAN, |minor| minor as f64));
        table.push(
            vec![
                Cell::Text(capital(&kind.name)),
                Cell::Count(kind.customers),
                sum(|sums| sums.expected),
                sum(|sums| sums.look_alike),
                sum(|sums| sums.upside),
                end(kind.interval_minor.map(|(low, _)| low)),
                end(kind.interval_minor.map(|(_, high)| high)),
                Cell::Text(kind.reason.clone().unwrap_or_default()),
            ],
            None,
        );
    }
    let words = |kind: &Kind| {
        let interval = kind.interval_minor.map_or_else(String::new, |(low, high)| {
            format!("<br>{} to {}", money.rounded(low as f64), money.rounded(high as f64))
        });
        format!(
            "{}<br>{} more{interval}<br>{}",
            capital(&kind.name),
            money.rounded(upside(kind) as f64),
            format::counted(kind.customers, "customer", "customers")
        )
    };
    let error = |of: &dyn Fn(&Kind) -> i64| -> Vec<f64> {
        found.iter().map(|kind| money.units(of(kind).max(0))).collect()
    };
    let mut bars = json!({
        "type": "bar",
        "orientation": "h",
        "y": (0..found.len()).collect::<Vec<usize>>(),
        "x": found.iter().map(|kind| money.units(upside(kind))).collect::<Vec<f64>>(),
        "customdata": found.iter().map(|kind| words(kind)).collect::<Vec<String>>(),
        "marker": { "color": "--chart-1" },
        "hovertemplate": "%{customdata}<extra></extra>",
    });
    if found.iter().all(|kind| kind.interval_minor.is_some()) {
        bars["error_x"] = json!({
            "type": "data", "symmetric": false, "color": "--ink", "thickness": 1.6, "width": 5,
            "array": error(&|kind| kind.interval_minor.map_or(0, |(_, high)| high - upside(kind))),
            "arrayminus": error(&|kind| kind.interval_minor.map_or(0, |(low, _)| upside(kind) - low)),
        });
    }
    let names: Vec<String> = found
        .iter()
        .map(|kind| {
            format!("{}<br>{}", capital(&kind.name), format::counted(kind.customers, "customer", "customers"))
        })
        .collect();
    let missing: Vec<String> = all
        .iter()
        .filter_map(|kind| Some(format!("No estimate for {}: {}.", kind.name, kind.reason.as_ref()?)))
        .collect();
    let sum: i64 = found.iter().map(|kind| upside(kind)).sum();
    let (prefix, suffix) = money.affixes();
    let mut advice = format!(
        "Upside is a ceiling, not a campaign forecast: the spend of these customers in the next {} days if they behaved like similar customers, minus their predicted LTV.",
        view.frame.manifest.config.value.horizon_days
    );
    if !view.chosen.is_all() {
        advice.push_str(" Intervals are available only for all customers together.");
    }
    for reason in missing {
        advice.push(' ');
        advice.push_str(&reason);
    }
    Ok(Some(Drawn {
        title: format!(
            "Upside of up to {}; {} from {}: {}",
            money.rounded(sum as f64),
            if 2 * upside(best) > sum { "most of it" } else { "the largest part" },
            best.name,
            money.rounded(upside(best) as f64)
        ),
        advice,
        units: "additional spend above the forecast".to_owned(),
        figure: Figure {
            data: vec![bars],
            layout: json!({
                "height": 84 + 52 * found.len().max(3),
                "bargap": 0.34,
                "showlegend": false,
                "margin": { "l": 12, "r": 20, "t": 8, "b": 48 },
                "xaxis": { "title": { "text": "Upside", "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "rangemode": "tozero", "nticks": 6 },
                "yaxis": axes::bars(&names),
            }),
            links: Value::Null,
        },
        table,
    }))
}

/// Concentration of the upside among customers.
pub(crate) fn upside(view: &View) -> Result<Option<Drawn>, BackendError> {
    let found = upsides(view)?;
    let total: i64 = found.iter().sum();
    if found.len() < 5 || total <= 0 {
        return Ok(None);
    }
    let mut table = Table::new(&[
        ("customers", "Top customers"),
        ("upside", "Upside"),
        ("share", "Share of upside"),
        ("least", "Upside of the last one"),
    ]);
    let (mut x, mut y, mut words) = (vec![0], vec![0.0], vec!["No customers".to_owned()]);
    let mut sum = 0;
    let mut half = None;
    let money = &view.money;
    let step = found.len().div_ceil(POINTS);
    for (at, upside) in found.iter().enumerate() {
        sum += upside;
        let share = sum as f64 / total as f64;
        let customers = at + 1;
        if half.is_none() && sum * 2 >= total {
            half = Some(customers);
        }
        if customers % step != 0 && customers != found.len() && half != Some(customers) {
            continue;
        }
        x.push(customers);
        y.push(share * 100.0);
        words.push(format!(
            "Top {}: {} of upside, {}<br>the last one: {}",
            format::counted(customers as u64, "customer", "customers"),
            format::percent(share),
            money.rounded(sum as f64),
            money.rounded(*upside as f64)
        ));
        table.push(
            vec![
                Cell::Count(customers as u64),
                Cell::Money(sum as f64),
                Cell::Share(share),
                Cell::Money(*upside as f64),
            ],
            None,
        );
    }
    let half = half.unwrap_or(found.len());
    Ok(Some(Drawn {
        title: format!(
            "{} of {} hold half of the upside",
            format::count(half as u64),
            format::counted(found.len() as u64, "customer", "customers")
        ),
        advice: "Customers with upside, largest first. The steeper the start of the curve, the fewer contacts you need.".to_owned(),
        units: "percent of upside by number of customers".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "scatter", "mode": "lines", "x": x, "y": y, "customdata": words, "fill": "tozeroy", "fillcolor": "--chart-1-veil",
                "line": { "color": "--chart-1", "width": 2.5 }, "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 320,
                "showlegend": false,
                "margin": { "l": 12, "r": 16, "t": 14, "b": 48 },
                "shapes": [{ "type": "line", "xref": "x", "yref": "y", "x0": half, "x1": half, "y0": 0, "y1": 50, "line": { "color": "--muted", "width": 1.5, "dash": "dot" } }],
                "annotations": [{ "x": half, "y": 50, "text": format!("half: {}", format::count(half as u64)), "showarrow": false, "xanchor": "left", "yanchor": "top", "xshift": 6, "font": { "size": 12, "color": "--muted" } }],
                "xaxis": { "title": { "text": "Customers, largest upside first", "standoff": 8 }, "rangemode": "tozero", "nticks": 6, "tickformat": ",", "showgrid": false },
                "yaxis": { "title": { "text": "Share of upside" }, "ticksuffix": "%", "range": [0, 104], "dtick": 20 },
            }),
            links: Value::Null,
        },
        table,
    }))
}
