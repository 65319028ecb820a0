//! Value and risk of each segment.

use regulars_analysis::claims::activity::{Risk, risk};
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::marketing::{Segment, Trend, segments};
use regulars_analysis::table::{Cell, Table};
use regulars_core::label;
use serde_json::{Value, json};

use super::super::axes;
use super::super::figure::{Drawn, Figure, label, short_label};
use crate::palette;
use crate::view::View;

fn horizon(view: &View) -> u32 {
    view.frame.manifest.config.value.horizon_days
}

/// The segments with their value, if the run has any.
fn valued(view: &View) -> Result<Vec<Segment>, BackendError> {
    let found = segments(view)?.unwrap_or_default();
    Ok(found.into_iter().filter(|segment| segment.recent_spend_minor.is_some()).collect())
}

fn optional(minor: Option<i64>) -> Cell {
    Cell::Money(minor.map_or(f64::NAN, |minor| minor as f64))
}

/// The figures of the marketing page by segment.
fn table(view: &View, found: &[Segment]) -> Table {
    let mut table = Table::new(&[
        ("segment", "Segment"),
        ("customers", "Customers"),
        ("revenue", label!(Revenue)),
        ("predicted_ltv", "Total predicted LTV"),
        ("predicted_low", "from"),
        ("predicted_high", "to"),
        ("recent_spend", "Recent spend"),
        ("at_risk", "At risk"),
        ("at_risk_share", "Share at risk"),
        ("customers_change", "Change in customers"),
        ("predicted_change", "Change in predicted LTV"),
    ]);
    for segment in found {
        let (customers, expected) = match &segment.trend {
            Trend::Since { customers, expected_minor, .. } => (*customers, *expected_minor),
            _ => (None, None),
        };
        table.push(
            vec![
                Cell::Text(segment.name.clone()),
                Cell::Count(segment.customers),
                Cell::Money(segment.revenue_minor as f64),
                optional(segment.expected_minor),
                optional(segment.interval_minor.map(|(low, _)| low)),
                optional(segment.interval_minor.map(|(_, high)| high)),
                optional(segment.recent_spend_minor),
                optional(segment.at_risk_minor),
                Cell::Share(segment.risk_share()),
                Cell::Number(customers.map_or(f64::NAN, |change| change as f64)),
                optional(expected),
            ],
            Some(view.customers(view.filter().with_segment(&segment.name))),
        );
    }
    table
}

/// Whether the risk is unknown: a chart would only show a model assumption.
fn is_unseen(view: &View, stake: i64, at_risk: i64) -> Result<bool, BackendError> {
    let doubt = view.activity()?.and_then(|activity| activity.doubt);
    Ok(matches!(risk(stake, at_risk, view.churn_is_learned(), doubt.as_ref()), Risk::Unknown { .. }))
}

/// Recent spend at risk, by segment.
pub(crate) fn at_risk(view: &View) -> Result<Option<Drawn>, BackendError> {
    let found = valued(view)?;
    let stake: i64 = found.iter().filter_map(|segment| segment.recent_spend_minor).sum();
    let risk: i64 = found.iter().filter_map(|segment| segment.at_risk_minor).sum();
    let Some(most) = found.iter().max_by_key(|segment| segment.at_risk_minor).filter(|_| stake > 0) else {
        return Ok(None);
    };
    if is_unseen(view, stake, risk)? {
        return Ok(None);
    }
    let money = &view.money;
    let table = table(view, &found);
    let links: Vec<Value> = table.rows.iter().map(|row| json!(row.href)).collect();
    let names: Vec<String> = found.iter().map(|segment| short_label(&segment.name, 22)).collect();
    let bars = |name: &str, of: &dyn Fn(&Segment) -> Option<i64>, width: f64, veiled: bool| {
        let words = |segment: &Segment| {
            format!(
                "{}<br>{} of {} at risk: {}",
                label(&segment.name),
                money.rounded(segment.at_risk_minor.unwrap_or(0) as f64),
                money.rounded(segment.recent_spend_minor.unwrap_or(0) as f64),
                format::percent(segment.risk_share())
            )
        };
        json!({
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": (0..found.len()).collect::<Vec<usize>>(),
            "x": found.iter().map(|segment| money.units(of(segment).unwrap_or(0))).collect::<Vec<f64>>(),
            "width": width,
            "customdata": found.iter().map(words).collect::<Vec<String>>(),
            "marker": {
                "opacity": if veiled { 0.3 } else { 1.0 },
                "color": found.iter().map(|segment| palette::segment(segment.place)).collect::<Vec<String>>(),
            },
            "hovertemplate": "%{customdata}<extra></extra>",
        })
    };
    let (prefix, suffix) = money.affixes();
    let figure = Figure {
        data: vec![
            bars("Recent spend", &|segment| segment.recent_spend_minor, 0.72, true),
            bars("At risk", &|segment| segment.at_risk_minor, 0.4, false),
        ],
        layout: json!({
            "height": 84 + 40 * found.len().max(3),
            "barmode": "overlay",
            "showlegend": false,
            "margin": { "l": 12, "r": 20, "t": 8, "b": 48 },
            "xaxis": { "title": { "text": format!("Spent in the last {} days", view.frame.recent_days()), "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "rangemode": "tozero", "nticks": 6 },
            "yaxis": axes::bars(&names),
        }),
        links: json!([links, links]),
    };
    Ok(Some(Drawn {
        title: format!(
            "{} of {} recent spend is at risk, {} of it in “{}”: {}",
            money.rounded(risk as f64),
            money.rounded(stake as f64),
            if 2 * most.at_risk_minor.unwrap_or(0) > risk { "most" } else { "the largest part" },
            most.name,
            money.rounded(most.at_risk_minor.unwrap_or(0) as f64)
        ),
        advice: format!(
            "Pale bar: spend in the last {} days; solid bar: the part at risk by churn probability. Act first where the solid bar is long, not where it fills the pale one.",
            view.frame.recent_days()
        ),
        units: "recent spend and the part of it at risk".to_owned(),
        figure,
        table,
    }))
}

/// Segments by expected spend and share at risk.
pub(crate) fn value_and_risk(view: &View) -> Result<Option<Drawn>, BackendError> {
    let found: Vec<Segment> =
        valued(view)?.into_iter().filter(|segment| segment.risk_share().is_finite()).collect();
    let expected = |segment: &Segment| segment.expected_minor.unwrap_or(0);
    let sum = |of: fn(&Segment) -> Option<i64>| found.iter().filter_map(of).sum::<i64>();
    if is_unseen(view, sum(|segment| segment.recent_spend_minor), sum(|segment| segment.at_risk_minor))? {
        return Ok(None);
    }
    // A single segment has nothing to compare with.
    let Some(best) = found.iter().max_by_key(|segment| expected(segment)).filter(|_| found.len() > 1) else {
        return Ok(None);
    };
    let most = found.iter().map(|segment| segment.customers).max().unwrap_or(1).max(1) as f64;
    let money = &view.money;
    let trace = |segment: &Segment| {
        json!({
            "type": "scatter",
            "mode": "markers",
            "name": label(&segment.name),
            "x": [money.units(expected(segment))],
            "y": [segment.risk_share() * 100.0],
            "customdata": [format!(
                "{}<br>{}<br>total predicted LTV {}<br>{} of recent spend at risk",
                label(&segment.name),
                format::counted(segment.customers, "customer", "customers"),
                money.rounded(expected(segment) as f64),
                format::percent(segment.risk_share())
            )],
            "marker": {
                "size": [12.0 + 44.0 * (segment.customers as f64 / most).sqrt()],
                "color": palette::segment(segment.place), "opacity": 0.8, "line": { "color": "--card", "width": 1.5 },
            },
            "cliponaxis": false,
            "hovertemplate": "%{customdata}<extra></extra>",
        })
    };
    let table = table(view, &found);
    let links: Vec<Value> = table.rows.iter().map(|row| json!([row.href])).collect();
    let (prefix, suffix) = money.affixes();
    let longest = found.iter().map(|segment| money.units(expected(segment))).fold(0.0, f64::max);
    Ok(Some(Drawn {
        title: format!(
            "“{}” has the highest total predicted LTV, {}; {} of its recent spend is at risk",
            best.name,
            money.rounded(expected(best) as f64),
            format::percent_in_text(best.risk_share())
        ),
        advice: "One circle per segment, sized by customers: right is more predicted LTV, up is more risk."
            .to_owned(),
        units: format!(
            "total predicted LTV, next {} days, and percent of recent spend at risk",
            horizon(view)
        ),
        figure: Figure {
            data: found.iter().map(trace).collect(),
            layout: json!({
                "height": 400,
                "margin": { "l": 12, "r": 20, "t": 60, "b": 48 },
                "xaxis": { "title": { "text": format!("Total predicted LTV, next {} days", horizon(view)), "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "nticks": 6, "range": [-0.06 * longest, 1.1 * longest.max(1.0)] },
                "yaxis": { "title": { "text": "Share of recent spend at risk" }, "ticksuffix": "%", "range": [-6, 106], "dtick": 20 },
            }),
            links: json!(links),
        },
        table,
    }))
}
