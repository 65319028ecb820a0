//! One customer: orders over time, P(alive) and forecast drivers.

use regulars_analysis::customer::{Customer, customer, row_of};
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::title;
use regulars_analysis::table::{Cell, Table};
use regulars_core::dates::{DAY_MICROS, format_day};
use serde_json::{Value, json};

use super::figure::{Drawn, Figure, short_label};
use crate::view::View;

/// The customer in the URL, if it belongs to this run.
fn named(view: &View) -> Result<Option<Customer>, BackendError> {
    view.query.shown.customer.as_deref().map_or(Ok(None), |id| customer(view, id))
}

/// Orders over time by amount.
pub(super) fn orders(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = named(view)? else { return Ok(None) };
    let purchases = || found.orders.iter().filter(|order| order.is_purchase);
    let (Some(first), Some(last)) = (purchases().next(), purchases().next_back()) else { return Ok(None) };
    let money = &view.money;
    let mut table = Table::new(&[("date", "Day"), ("amount", "Amount"), ("kind", "Kind")]);
    for order in found.orders.iter().rev() {
        let kind = if order.is_purchase { "order" } else { "refund" };
        table.push(
            vec![
                Cell::Text(order.date.clone()),
                Cell::Money(order.amount_minor as f64),
                Cell::Text(kind.to_owned()),
            ],
            None,
        );
    }
    let count = purchases().count();
    let pause = if count > 1 { f64::from(last.day - first.day) / (count - 1) as f64 } else { f64::NAN };
    let trace = |name: &str, colour: &str, is_purchase: bool| {
        let of: Vec<_> = found.orders.iter().filter(|order| order.is_purchase == is_purchase).collect();
        let amounts: Vec<f64> = of.iter().map(|order| money.units(order.amount_minor)).collect();
        let stems: Vec<f64> = amounts.iter().map(|amount| amount.max(0.0)).collect();
        let below: Vec<f64> = amounts.iter().map(|amount| (-amount).max(0.0)).collect();
        (!of.is_empty()).then(|| json!({
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": of.iter().map(|order| order.date.clone()).collect::<Vec<_>>(),
            "y": amounts,
            "error_y": { "type": "data", "symmetric": false, "array": below, "arrayminus": stems, "color": colour, "thickness": 2, "width": 0 },
            "customdata": of.iter().map(|order| [format::day(&order.date), money.exact(order.amount_minor)]).collect::<Vec<_>>(),
            "marker": { "color": colour, "size": 8 },
            "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        }))
    };
    let (prefix, suffix) = money.affixes();
    let as_of = view.frame.summary.as_of.get(..10).unwrap_or_default().to_owned();
    Ok(Some(Drawn {
        title: if pause.is_finite() {
            format!(
                "{} since {}, every {} on average",
                format::counted(count as u64, "order", "orders"),
                format::day(&first.date),
                format::counted(pause.round().max(0.0) as u64, "day", "days")
            )
        } else {
            format!("One order, on {}", format::day(&first.date))
        },
        advice: "The dotted line is the analysis date. A gap before it only matters if it is long compared with the usual time between orders.".to_owned(),
        units: "order amount".to_owned(),
        figure: Figure {
            data: [trace("Orders", "--chart-1", true), trace("Refunds", "--cluster-2", false)].into_iter().flatten().collect(),
            layout: json!({
                "height": 300,
                "showlegend": found.orders.iter().any(|order| !order.is_purchase),
                "margin": { "l": 12, "r": 16, "t": 34, "b": 42 },
                "xaxis": super::axes::months(),
                "yaxis": { "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "rangemode": "tozero", "nticks": 5 },
                "shapes": [{ "type": "line", "xref": "x", "yref": "paper", "x0": as_of, "x1": as_of, "y0": 0, "y1": 1, "line": { "color": "--ink", "width": 1.5, "dash": "dot" } }],
            }),
            links: Value::Null,
        },
        table,
    }))
}

/// P(alive) day by day, continued beyond the analysis date for the case of no further order.
pub(super) fn alive(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = named(view)? else { return Ok(None) };
    let Some(row) = row_of(view, &found.id)? else { return Ok(None) };
    let bought: Vec<&regulars_analysis::customer::Order> =
        found.orders.iter().filter(|order| order.is_purchase).collect();
    let days: Vec<i32> = bought.iter().map(|order| order.day).collect();
    let Some(line) = view.frame.alive_over_time(row, &days)? else { return Ok(None) };
    let date = |day: i32| format_day(i64::from(day) * DAY_MICROS);
    let as_of = view.frame.summary.as_of.get(..10).unwrap_or_default().to_owned();
    let now = line.days.iter().position(|day| date(*day) == as_of);
    let Some(now) = now else { return Ok(None) };
    let at = |day: i32| line.days.binary_search(&day).ok().map(|place| line.p_alive[place]);
    let mut table = Table::new(&[("date", "Day"), ("p_alive", "P(alive)"), ("kind", "Kind")]);
    for (place, (day, chance)) in line.days.iter().zip(&line.p_alive).enumerate() {
        let kind = match place {
            _ if days.contains(day) => "order",
            _ if place > now => "without an order",
            _ => "",
        };
        table.push(vec![Cell::Text(date(*day)), Cell::Share(*chance), Cell::Text(kind.to_owned())], None);
    }
    let trace = |name: &str, range: std::ops::Range<usize>, dash: &str| {
        json!({
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": line.days[range.clone()].iter().map(|day| date(*day)).collect::<Vec<_>>(),
            "y": line.p_alive[range].iter().map(|chance| chance * 100.0).collect::<Vec<f64>>(),
            "line": { "color": "--chart-1", "width": 2, "dash": dash },
            "hovertemplate": "%{x|%-d %b %Y}<br>%{y:.1f}%<extra></extra>",
        })
    };
    let last = line.p_alive.len() - 1;
    let after = line.days[last] - line.days[now];
    let marks = json!({
        "type": "scatter",
        "mode": "markers",
        "name": "Orders",
        "x": bought.iter().filter(|order| at(order.day).is_some()).map(|order| order.date.clone()).collect::<Vec<_>>(),
        "y": days.iter().filter_map(|day| at(*day)).map(|chance| chance * 100.0).collect::<Vec<f64>>(),
        "customdata": bought.iter().filter(|order| at(order.day).is_some()).map(|order| view.money.exact(order.amount_minor)).collect::<Vec<_>>(),
        "marker": { "color": "--chart-1", "size": 8 },
        "hovertemplate": "%{x|%-d %b %Y}: order of %{customdata}<br>%{y:.1f}% after it<extra></extra>",
    });
    Ok(Some(Drawn {
        title: if line.p_alive[now] >= 1.0 && line.p_alive[last] >= 1.0 {
            format!("{} cannot tell whether this customer has left", line.model)
        } else {
            format!(
                "P(alive) is {} now, and {} in {} without an order",
                format::percent(line.p_alive[now]),
                format::percent(line.p_alive[last]),
                format::counted(after.unsigned_abs().into(), "day", "days")
            )
        },
        advice: if line.p_alive[now] >= 1.0 && line.p_alive[last] >= 1.0 {
            format!(
                "The fitted {} assumes no dropout, or none before the second order, so P(alive) stays at 100%. Use P(purchase) above instead.",
                line.model
            )
        } else {
            format!(
                "P(alive) at the end of each day by {}. An order raises it; time without one lowers it, faster for frequent buyers. The dotted line is the analysis date.",
                line.model
            )
        },
        units: "P(alive), percent".to_owned(),
        figure: Figure {
            data: vec![
                trace("Up to now", 0..now + 1, "solid"),
                trace("Without an order", now..last + 1, "dot"),
                marks,
            ],
            layout: json!({
                "height": 300,
                "showlegend": true,
                "margin": { "l": 12, "r": 16, "t": 34, "b": 42 },
                "xaxis": super::axes::months(),
                "yaxis": { "ticksuffix": "%", "range": [0, 104], "nticks": 6 },
                "shapes": [{ "type": "line", "xref": "x", "yref": "paper", "x0": as_of, "x1": as_of, "y0": 0, "y1": 1, "line": { "color": "--ink", "width": 1.5, "dash": "dot" } }],
            }),
            links: Value::Null,
        },
        table,
    }))
}

/// The features with the largest effects on the customer's forecast.
pub(super) fn drivers(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(id) = view.query.shown.customer.as_deref() else { return Ok(None) };
    let (Some(row), Some(all)) = (row_of(view, id)?, view.frame.drivers()?) else { return Ok(None) };
    let mut effects: Vec<(String, i64)> = all
        .of(|of| of == row)
        .filter_map(|at| Some((all.feature.label(at)?.to_owned(), all.effect_minor[at])))
        .collect();
    // Largest first; ties keep the run's order.
    effects.sort_by_key(|(_, effect)| std::cmp::Reverse(effect.abs()));
    let Some((first, effect)) = effects.first().cloned() else { return Ok(None) };
    let money = &view.money;
    let mut table = Table::new(&[("feature", "Feature"), ("effect", "Effect"), ("meaning", "Description")]);
    for (feature, effect) in &effects {
        let meaning = super::value::feature_meaning(feature).to_owned();
        table.push(vec![Cell::Text(title(feature)), Cell::Money(*effect as f64), Cell::Text(meaning)], None);
    }
    let signed = |effect: i64| format!("{}{}", if effect > 0 { "+" } else { "" }, money.exact(effect));
    let (prefix, suffix) = money.affixes();
    let longest = effects.iter().map(|(_, effect)| money.units(effect.abs())).fold(0.0, f64::max) * 1.8;
    let low = if effects.iter().any(|(_, effect)| *effect < 0) { -longest } else { 0.0 };
    let high = if effects.iter().any(|(_, effect)| *effect > 0) { longest } else { 0.0 };
    Ok(Some(Drawn {
        title: format!(
            "{} {} the forecast most",
            title(&first),
            if effect < 0 { "lowers" } else { "raises" }
        ),
        advice: "The five largest SHAP values (TreeSHAP), relative to the average forecast. They explain the forecast; they are not causal effects.".to_owned(),
        units: "effect on predicted LTV".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "bar",
                "orientation": "h",
                "y": (0..effects.len()).collect::<Vec<usize>>(),
                "x": effects.iter().map(|(_, effect)| money.units(*effect)).collect::<Vec<f64>>(),
                "text": effects.iter().map(|(_, effect)| signed(*effect)).collect::<Vec<_>>(),
                "textposition": "outside",
                "cliponaxis": false,
                "customdata": effects.iter().map(|(feature, _)| format!("{}<br>{}", title(feature), super::value::feature_meaning(feature))).collect::<Vec<_>>(),
                "marker": { "color": effects.iter().map(|(_, effect)| if *effect < 0 { "--cluster-2" } else { "--chart-1" }).collect::<Vec<_>>() },
                "hovertemplate": "%{customdata}<br>%{text}<extra></extra>",
            })],
            layout: json!({
                "height": 300,
                "bargap": 0.36,
                "showlegend": false,
                "margin": { "l": 12, "r": 20, "t": 10, "b": 44 },
                "xaxis": { "title": { "text": "Effect on predicted LTV", "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "nticks": 6, "range": [low, high] },
                "yaxis": super::axes::rows(&effects.iter().map(|(feature, _)| short_label(&title(feature), 24)).collect::<Vec<_>>()),
            }),
            links: Value::Null,
        },
        table,
    }))
}
