//! Value and risk of each segment.

use regulars_analysis::claims::activity::Risk;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::marketing::{Segment, Trend, segments};
use regulars_analysis::table::{Table, TableOf};
use regulars_core::label;
use serde_json::{Value, json};

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure, label, short_label};
use super::super::trace::Trace;
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

/// The figures of the marketing page by segment.
fn table(view: &View, found: &[Segment]) -> Table {
    let trend = |segment: &Segment| match &segment.trend {
        Trend::Since { customers, expected_minor, .. } => (*customers, *expected_minor),
        _ => (None, None),
    };
    TableOf::new(found)
        .text("segment", "Segment", |segment| &segment.name)
        .count("customers", "Customers", |segment| segment.customers)
        .money("revenue", label!(Revenue), |segment| segment.revenue_minor)
        .money("predicted_ltv", "Total predicted LTV", |segment| segment.expected_minor)
        .money("predicted_low", "from", |segment| segment.interval_minor.map(|(low, _)| low))
        .money("predicted_high", "to", |segment| segment.interval_minor.map(|(_, high)| high))
        .money("recent_spend", "Recent spend", |segment| segment.recent_spend_minor)
        .money("at_risk", "At risk", |segment| segment.at_risk_minor)
        .share("at_risk_share", "Share at risk", Segment::risk_share)
        .number("customers_change", "Change in customers", |segment| trend(segment).0)
        .money("predicted_change", "Change in predicted LTV", |segment| trend(segment).1)
        .links(|segment| Some(view.customers(view.filter().with_segment(&segment.name))))
}

/// Recent spend at risk, by segment.
pub(crate) fn at_risk(view: &View) -> Result<Option<Drawn>, BackendError> {
    let found = valued(view)?;
    let stake: i64 = found.iter().filter_map(|segment| segment.recent_spend_minor).sum();
    let risk: i64 = found.iter().filter_map(|segment| segment.at_risk_minor).sum();
    let Some(most) = found.iter().max_by_key(|segment| segment.at_risk_minor).filter(|_| stake > 0) else {
        return Ok(None);
    };
    // A chart of unknown risk would only show a model assumption.
    if matches!(view.risk(stake, risk)?, Risk::Unknown { .. }) {
        return Ok(None);
    }
    let money = &view.money;
    let names: Vec<String> = found.iter().map(|segment| short_label(&segment.name, 22)).collect();
    let hover = |segment: &Segment| {
        let rounded = |minor: Option<i64>| money.rounded(minor.unwrap_or(0) as f64);
        format!(
            "{}<br>{} of {} at risk: {}",
            label(&segment.name),
            rounded(segment.at_risk_minor),
            rounded(segment.recent_spend_minor),
            format::percent(segment.risk_share())
        )
    };
    let bars = |name: &str, of: fn(&Segment) -> Option<i64>, width: f64, opacity: f64| {
        Trace::bars(&found)
            .name(name)
            .x(|segment| money.units(of(segment).unwrap_or(0)))
            .set("width", width)
            .hover(hover)
            .colours(|segment| palette::segment(segment.place))
            .marker("opacity", opacity)
    };
    let table = table(view, &found);
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
        figure: Figure::new(84 + 40 * found.len().max(3), [20, 8, 48])
            .with(bars("Recent spend", |segment| segment.recent_spend_minor, 0.72, 0.3))
            .with(bars("At risk", |segment| segment.at_risk_minor, 0.4, 1.0))
            .set("barmode", "overlay")
            .x(Axis::titled(format!("Spent in the last {} days", view.frame.recent_days()))
                .money(money)
                .zero_based()
                .ticks(6))
            .y(Axis::bars(&names).roomy())
            .linked(&table),
        table,
    }))
}

/// Segments by expected spend and share at risk.
pub(crate) fn value_and_risk(view: &View) -> Result<Option<Drawn>, BackendError> {
    let found: Vec<Segment> =
        valued(view)?.into_iter().filter(|segment| segment.risk_share().is_finite()).collect();
    let expected = |segment: &Segment| segment.expected_minor.unwrap_or(0);
    let sum = |of: fn(&Segment) -> Option<i64>| found.iter().filter_map(of).sum::<i64>();
    let (stake, risk) = (sum(|segment| segment.recent_spend_minor), sum(|segment| segment.at_risk_minor));
    if matches!(view.risk(stake, risk)?, Risk::Unknown { .. }) {
        return Ok(None);
    }
    // A single segment has nothing to compare with.
    let Some(best) = found.iter().max_by_key(|segment| expected(segment)).filter(|_| found.len() > 1) else {
        return Ok(None);
    };
    let most = found.iter().map(|segment| segment.customers).max().unwrap_or(1).max(1) as f64;
    let money = &view.money;
    let hover = |segment: &Segment| {
        format!(
            "{}<br>{}<br>total predicted LTV {}<br>{} of recent spend at risk",
            label(&segment.name),
            format::customers(segment.customers),
            money.rounded(expected(segment) as f64),
            format::percent(segment.risk_share())
        )
    };
    let circle = |segment: &Segment| -> Value {
        Trace::points([segment], 0.0)
            .name(&label(&segment.name))
            .x(|segment| money.units(expected(segment)))
            .y(|segment| segment.risk_share() * 100.0)
            .hover(hover)
            .marker("size", vec![12.0 + 44.0 * (segment.customers as f64 / most).sqrt()])
            .colour(&palette::segment(segment.place))
            .marker("opacity", 0.8)
            .marker("line", json!({ "color": "--card", "width": 1.5 }))
            .set("cliponaxis", false)
            .into()
    };
    let table = table(view, &found);
    let longest = found.iter().map(|segment| money.units(expected(segment))).fold(0.0, f64::max);
    let title = format!("Total predicted LTV, next {} days", horizon(view));
    let figure = Figure::new(400, [20, 60, 48])
        .legend()
        .x(Axis::titled(title).money(money).ticks(6).range(-0.06 * longest, 1.1 * longest.max(1.0)))
        .y(Axis::upright("Share of recent spend at risk").percent(106).range(-6.0, 106.0));
    let links: Vec<[&Option<String>; 1]> = table.rows.iter().map(|row| [&row.href]).collect();
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
        figure: found.iter().map(circle).fold(figure, Figure::with).linked_to(json!(links)),
        table,
    }))
}
