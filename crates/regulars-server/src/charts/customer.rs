//! One customer: orders over time, P(alive) and forecast drivers.

use regulars_analysis::columns::date_of;
use regulars_analysis::customer::{Customer, Order, customer, row_of};
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::title;
use regulars_analysis::table::TableOf;
use serde_json::Value;

use super::axes::Axis;
use super::figure::{Drawn, Figure, short_label};
use super::trace::Trace;
use super::value::feature_meaning;
use crate::view::View;

/// The customer in the URL, if it belongs to this run.
fn named(view: &View) -> Result<Option<Customer>, BackendError> {
    view.query.shown.customer.as_deref().map_or(Ok(None), |id| customer(view, id))
}

/// A figure over time, with a dotted line at the analysis date.
fn over_time(view: &View) -> Figure {
    let as_of = view.frame.summary.as_of.get(..10).unwrap_or_default();
    Figure::new(300, [16, 34, 42]).x(Axis::months()).upright(as_of, "--ink")
}

/// Orders over time by amount.
pub(super) fn orders(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = named(view)? else { return Ok(None) };
    let (bought, refunds): (Vec<&Order>, Vec<&Order>) =
        found.orders.iter().partition(|order| order.is_purchase);
    let (Some(first), Some(last)) = (bought.first().copied(), bought.last().copied()) else {
        return Ok(None);
    };
    let money = &view.money;
    let (count, since) = (bought.len() as u64, format::day(&first.date));
    let stems = |name: &str, colour: &str, orders: &[&Order]| -> Value {
        let amount = |order: &Order| money.units(order.amount_minor);
        Trace::points(orders.iter().copied(), 8.0)
            .name(name)
            .x(|order| order.date.clone())
            .y(amount)
            .errors("y", |order| (-amount(order)).max(0.0), |order| amount(order).max(0.0), (colour, 2.0, 0))
            .details(
                |order| [format::day(&order.date), money.exact(order.amount_minor)],
                "%{customdata[0]}<br>%{customdata[1]}",
            )
            .colour(colour)
            .into()
    };
    let mut figure = over_time(view)
        .set("showlegend", !refunds.is_empty())
        .y(Axis::default().money(money).zero_based().ticks(5))
        .with(stems("Orders", "--chart-1", &bought));
    if !refunds.is_empty() {
        figure = figure.with(stems("Refunds", "--cluster-2", &refunds));
    }
    Ok(Some(Drawn {
        title: if count > 1 {
            let pause = f64::from(last.day - first.day) / (count - 1) as f64;
            format!(
                "{} since {since}, every {} on average",
                format::counted(count, "order", "orders"),
                format::counted(pause.round().max(0.0) as u64, "day", "days")
            )
        } else {
            format!("One order, on {since}")
        },
        advice: "The dotted line is the analysis date. A gap before it only matters if it is long compared with the usual time between orders.".to_owned(),
        units: "order amount".to_owned(),
        figure,
        table: TableOf::new(found.orders.iter().rev())
            .text("date", "Day", |order| &order.date)
            .money("amount", "Amount", |order| order.amount_minor)
            .text("kind", "Kind", |order| if order.is_purchase { "order" } else { "refund" })
            .done(),
    }))
}

/// P(alive) day by day, continued beyond the analysis date for the case of no further order.
pub(super) fn alive(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = named(view)? else { return Ok(None) };
    let Some(row) = row_of(view, &found.id)? else { return Ok(None) };
    let bought: Vec<&Order> = found.orders.iter().filter(|order| order.is_purchase).collect();
    let days: Vec<i32> = bought.iter().map(|order| order.day).collect();
    let Some(line) = view.frame.alive_over_time(row, &days)? else { return Ok(None) };
    let date = |at: usize| date_of(line.days[at]);
    let as_of = view.frame.summary.as_of.get(..10).unwrap_or_default();
    let Some(now) = (0..line.days.len()).find(|at| date(*at) == as_of) else { return Ok(None) };
    let last = line.p_alive.len() - 1;
    let percent = |at: usize| line.p_alive[at] * 100.0;
    let part = |name: &str, range: std::ops::Range<usize>, dash: &str| {
        let line = Trace::line(range, "--chart-1", 2.0).name(name).dash(dash).x(date).y(percent);
        line.tooltip("%{x|%-d %b %Y}<br>%{y:.1f}%")
    };
    let on = |order: &&Order| Some((line.days.binary_search(&order.day).ok()?, order.amount_minor));
    let orders = Trace::points(bought.iter().filter_map(on), 8.0)
        .name("Orders")
        .x(|(at, _)| date(at))
        .y(|(at, _)| percent(at))
        .details(
            |(_, minor)| view.money.exact(minor),
            "%{x|%-d %b %Y}: order of %{customdata}<br>%{y:.1f}% after it",
        )
        .colour("--chart-1");
    let model = &line.model;
    let cannot_tell = line.p_alive[now] >= 1.0 && line.p_alive[last] >= 1.0;
    let after = (line.days[last] - line.days[now]).unsigned_abs();
    let [title, advice] = if cannot_tell {
        [
            format!("{model} cannot tell whether this customer has left"),
            format!(
                "The fitted {model} assumes no dropout, or none before the second order, so P(alive) stays at 100%. Use P(purchase) above instead."
            ),
        ]
    } else {
        [
            format!(
                "P(alive) is {} now, and {} in {} without an order",
                format::percent(line.p_alive[now]),
                format::percent(line.p_alive[last]),
                format::counted(after.into(), "day", "days")
            ),
            format!(
                "P(alive) at the end of each day by {model}. An order raises it; time without one lowers it, faster for frequent buyers. The dotted line is the analysis date."
            ),
        ]
    };
    let kind = |at: usize| match at {
        _ if days.contains(&line.days[at]) => "order",
        _ if at > now => "without an order",
        _ => "",
    };
    Ok(Some(Drawn {
        title,
        advice,
        units: "P(alive), percent".to_owned(),
        figure: over_time(view)
            .set("showlegend", true)
            .y(Axis::default().set("ticksuffix", "%").range(0.0, 104.0).ticks(6))
            .with(part("Up to now", 0..now + 1, "solid"))
            .with(part("Without an order", now..last + 1, "dot"))
            .with(orders),
        table: TableOf::new(0..line.days.len())
            .text("date", "Day", date)
            .share("p_alive", "P(alive)", |at| line.p_alive[at])
            .text("kind", "Kind", kind)
            .done(),
    }))
}

/// The features with the largest effects on the customer's forecast.
pub(super) fn drivers(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(id) = view.query.shown.customer.as_deref() else { return Ok(None) };
    let (Some(row), Some(all)) = (row_of(view, id)?, view.frame.drivers()?) else { return Ok(None) };
    let mut effects: Vec<(&str, i64)> = all
        .of(|of| of == row)
        .filter_map(|at| Some((all.feature.label(at)?, all.effect_minor[at])))
        .collect();
    // Largest first; ties keep the run's order.
    effects.sort_by_key(|(_, effect)| std::cmp::Reverse(effect.abs()));
    let Some((first, effect)) = effects.first().copied() else { return Ok(None) };
    let money = &view.money;
    let signed = |effect: i64| format!("{}{}", if effect > 0 { "+" } else { "" }, money.exact(effect));
    let longest = effects.iter().map(|(_, effect)| money.units(effect.abs())).fold(0.0, f64::max) * 1.8;
    let low = if effects.iter().any(|(_, effect)| *effect < 0) { -longest } else { 0.0 };
    let high = if effects.iter().any(|(_, effect)| *effect > 0) { longest } else { 0.0 };
    let names: Vec<String> = effects.iter().map(|(feature, _)| short_label(&title(feature), 24)).collect();
    Ok(Some(Drawn {
        title: format!(
            "{} {} the forecast most",
            title(first),
            if effect < 0 { "lowers" } else { "raises" }
        ),
        advice: "The five largest SHAP values (TreeSHAP), relative to the average forecast. They explain the forecast; they are not causal effects.".to_owned(),
        units: "effect on predicted LTV".to_owned(),
        figure: Figure::new(300, [20, 10, 44])
            .with(
                Trace::bars(effects.iter().copied())
                    .x(|(_, effect)| money.units(effect))
                    .text(|(_, effect)| signed(effect))
                    .details(
                        |(feature, _)| format!("{}<br>{}", title(feature), feature_meaning(feature)),
                        "%{customdata}<br>%{text}",
                    )
                    .colours(|(_, effect)| if effect < 0 { "--cluster-2" } else { "--chart-1" }),
            )
            .gap(0.36)
            .x(Axis::titled("Effect on predicted LTV").money(money).ticks(6).range(low, high))
            .y(Axis::rows(&names)),
        table: TableOf::new(effects.iter().copied())
            .text("feature", "Feature", |(feature, _)| title(feature))
            .money("effect", "Effect", |(_, effect)| effect)
            .text("meaning", "Description", |(feature, _)| feature_meaning(feature))
            .done(),
    }))
}
