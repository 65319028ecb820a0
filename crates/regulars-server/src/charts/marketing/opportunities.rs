//! Upside if customers behaved like similar customers, by kind, and how concentrated it is.

use regulars_analysis::distribution::count_for_half;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::marketing::{Kind, kinds as found_kinds, upsides};
use regulars_analysis::table::TableOf;
use serde_json::json;

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure};
use super::super::trace::Trace;
use crate::view::View;

/// Points of the curve.
const POINTS: usize = 100;

/// Upside by kind of opportunity.
pub(crate) fn kinds(view: &View) -> Result<Option<Drawn>, BackendError> {
    let all = found_kinds(view)?;
    let found: Vec<&Kind> = all.iter().filter(|kind| kind.sums.is_some()).collect();
    let upside = |kind: &Kind| kind.sums.map_or(0, |sums| sums.upside);
    let Some(best) = found.iter().max_by_key(|kind| upside(kind)).filter(|kind| upside(kind) > 0) else {
        return Ok(None);
    };
    let money = &view.money;
    let hover = |kind: &Kind| {
        let interval = kind
            .interval_minor
            .map_or_else(String::new, |(low, high)| format!("<br>{}", money.between(low, high)));
        format!(
            "{}<br>{} more{interval}<br>{}",
            format::capitalised(&kind.name),
            money.rounded(upside(kind) as f64),
            format::customers(kind.customers)
        )
    };
    let bars = Trace::bars(found.iter().copied()).x(|kind| money.units(upside(kind))).hover(hover);
    let bars = if found.iter().all(|kind| kind.interval_minor.is_some()) {
        bars.errors(
            "x",
            |kind| kind.interval_minor.map_or(0.0, |(_, high)| money.units((high - upside(kind)).max(0))),
            |kind| kind.interval_minor.map_or(0.0, |(low, _)| money.units((upside(kind) - low).max(0))),
            ("--ink", 1.6, 5),
        )
    } else {
        bars
    };
    let names: Vec<String> = found
        .iter()
        .map(|kind| format!("{}<br>{}", format::capitalised(&kind.name), format::customers(kind.customers)))
        .collect();
    let missing: Vec<String> = all
        .iter()
        .filter_map(|kind| Some(format!("No estimate for {}: {}.", kind.name, kind.reason.as_ref()?)))
        .collect();
    let sum: i64 = found.iter().map(|kind| upside(kind)).sum();
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
        figure: Figure::new(84 + 52 * found.len().max(3), [20, 8, 48])
            .with(bars)
            .gap(0.34)
            .x(Axis::titled("Upside").money(money).zero_based().ticks(6))
            .y(Axis::bars(&names).roomy()),
        table: TableOf::new(&all)
            .text("kind", "Opportunity", |kind| format::capitalised(&kind.name))
            .count("customers", "Customers", |kind| kind.customers)
            .money("predicted_ltv", "Total predicted LTV", |kind| kind.sums.map(|sums| sums.expected))
            .money("similar_customers_ltv", "Spend if like similar customers", |kind| {
                kind.sums.map(|sums| sums.look_alike)
            })
            .money("upside", "Upside", |kind| kind.sums.map(|sums| sums.upside))
            .money("upside_low", "from", |kind| kind.interval_minor.map(|(low, _)| low))
            .money("upside_high", "to", |kind| kind.interval_minor.map(|(_, high)| high))
            .text("reason", "Why no estimate", |kind| kind.reason.clone().unwrap_or_default())
            .done(),
    }))
}

/// Concentration of the upside among customers.
pub(crate) fn upside(view: &View) -> Result<Option<Drawn>, BackendError> {
    let found = upsides(view)?;
    let total: i64 = found.iter().sum();
    if found.len() < 5 || total <= 0 {
        return Ok(None);
    }
    let money = &view.money;
    let half = count_for_half(&found);
    let step = found.len().div_ceil(POINTS);
    // Per point: customers, the sum of their upside, and the upside of the last.
    let mut points: Vec<(usize, i64, i64)> = Vec::new();
    let mut sum = 0;
    for (upside, customers) in found.iter().zip(1..) {
        sum += upside;
        if customers % step == 0 || customers == found.len() || customers == half {
            points.push((customers, sum, *upside));
        }
    }
    let share = |(_, sum, _): (usize, i64, i64)| sum as f64 / total as f64;
    let hover = |point: (usize, i64, i64)| match point {
        (0, ..) => "No customers".to_owned(),
        (customers, sum, last) => format!(
            "Top {}: {} of upside, {}<br>the last one: {}",
            format::customers(customers as u64),
            format::percent(share(point)),
            money.rounded(sum as f64),
            money.rounded(last as f64)
        ),
    };
    let curve = std::iter::once((0, 0, 0)).chain(points.iter().copied());
    let half_at =
        json!({ "x": half, "y": 50, "showarrow": false, "xanchor": "left", "yanchor": "top", "xshift": 6 });
    Ok(Some(Drawn {
        title: format!(
            "{} of {} hold half of the upside",
            format::count(half as u64),
            format::customers(found.len() as u64)
        ),
        advice: "Customers with upside, largest first. The steeper the start of the curve, the fewer contacts you need.".to_owned(),
        units: "percent of upside by number of customers".to_owned(),
        figure: Figure::new(320, [16, 14, 48])
            .with(
                Trace::line(curve, "--chart-1", 2.5)
                    .x(|(customers, ..)| customers)
                    .y(|point| share(point) * 100.0)
                    .hover(hover)
                    .filled(),
            )
            .dotted(json!({ "xref": "x", "yref": "y", "x0": half, "x1": half, "y0": 0, "y1": 50 }), "--muted")
            .note(half_at, format!("half: {}", format::count(half as u64)), "--muted")
            .x(Axis::titled("Customers, largest upside first").zero_based().ticks(6).whole().no_grid())
            .y(Axis::upright("Share of upside").percent(104)),
        table: TableOf::new(points)
            .count("customers", "Top customers", |(customers, ..)| customers as u64)
            .money("upside", "Upside", |(_, sum, _)| sum)
            .share("share", "Share of upside", share)
            .money("least", "Upside of the last one", |(.., last)| last)
            .done(),
    }))
}
