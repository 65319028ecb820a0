//! Predicted LTV by segment, cluster and RFM score, and group totals.

use regulars_analysis::error::BackendError;
use regulars_analysis::filter::{Filter, RangeFilter};
use regulars_analysis::format;
use regulars_analysis::frame::{Coded, present};
use regulars_analysis::table::{Row, TableOf};
use regulars_core::summary::{ValueGroup, ValueSummary};
use regulars_core::tables::{ColumnDef, ltv_predictions, rfm_scores};

use super::super::axes::Axis;
use super::super::boxes::{Group, Of, READING, boxes, extremes, median};
use super::super::figure::{Drawn, Figure, label, wrapped};
use super::super::trace::Trace;
use crate::palette;
use crate::view::View;

/// Amounts of the selected customers by class; `None` if no customer has one.
fn divided(
    view: &View,
    column: ColumnDef,
    classes: &Coded,
    group: impl Fn(usize) -> (String, String, Filter),
) -> Result<Option<Vec<Group>>, BackendError> {
    let Some(expected) = view.frame.integers(column)? else { return Ok(None) };
    let values = classes.divide(&view.chosen, |row| present(expected[row]));
    let groups = values.into_iter().enumerate().map(|(place, values)| {
        let (name, colour, filter) = group(place);
        Group { name, colour, values, href: Some(view.customers(filter)) }
    });
    Ok(Some(groups.collect()))
}

fn horizon(view: &View) -> u32 {
    view.frame.summary.value.as_ref().map_or(0, |value| value.horizon_days)
}

const EXPECTED: ColumnDef = ltv_predictions::COLUMNS.predicted_ltv_minor;

/// Boxes across, with the highest and the lowest median as title.
fn drawn(
    view: &View,
    groups: Option<Vec<Group>>,
    grouping: (&'static str, &str),
    what: &str,
    advice: &str,
) -> Option<Drawn> {
    let axis = &format!("Predicted {what} per customer");
    let (figure, table) = boxes(view, groups?, &Of { grouping, axis, is_money: true, upright: false })?;
    Some(Drawn {
        title: format!("Median predicted {what}: {}", extremes(view, &table)),
        advice: format!("{advice} {READING} of customers."),
        units: format!("predicted {what} per customer, next {} days", horizon(view)),
        figure,
        table,
    })
}

/// A column by segment.
fn of_segments(view: &View, column: ColumnDef) -> Result<Option<Vec<Group>>, BackendError> {
    let segments = view.frame.segments()?;
    divided(view, column, &segments, |place| {
        let name = segments.labels[place].clone();
        let filter = view.filter().with_segment(&name);
        (name, palette::segment(place), filter)
    })
}

/// By segment.
pub(crate) fn by_segment(view: &View) -> Result<Option<Drawn>, BackendError> {
    let advice =
        "Segments are rules about past orders; this shows how much the forecasts differ within each.";
    Ok(drawn(view, of_segments(view, EXPECTED)?, ("segment", "Segment"), "LTV", advice))
}

/// Expected gross profit by segment; `None` unless the run has a gross margin.
pub(crate) fn margin_by_segment(view: &View) -> Result<Option<Drawn>, BackendError> {
    let groups = of_segments(view, ltv_predictions::COLUMNS.predicted_margin_minor)?;
    let advice = "Predicted LTV times the run's gross margin: an upper limit on what to pay to acquire or retain a customer.";
    Ok(drawn(view, groups, ("segment", "Segment"), "gross margin", advice))
}

/// By cluster.
pub(crate) fn by_cluster(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(clusters) = view.frame.clusters()? else { return Ok(None) };
    let groups = divided(view, EXPECTED, &clusters, |place| {
        let label = &clusters.labels[place];
        let filter = view.filter().with_cluster(label);
        (view.frame.cluster_name(label), palette::cluster(place), filter)
    })?;
    let advice = "Clusters whose boxes do not overlap can justify separate budgets.";
    Ok(drawn(view, groups, ("cluster", "Cluster"), "LTV", advice))
}

/// By RFM score.
pub(crate) fn by_score(view: &View) -> Result<Option<Drawn>, BackendError> {
    let scores = view.frame.score(rfm_scores::COLUMNS.rfm_score)?;
    let classes = Coded::of_integers(&scores, &[]);
    let groups = divided(view, EXPECTED, &classes, |place| {
        let label = classes.labels[place].clone();
        let score = label.parse().ok();
        (label, "--chart-1".to_owned(), view.filter().within(RangeFilter::RfmScore, score, score))
    })?;
    let axis = "Predicted LTV per customer";
    let of = Of { grouping: ("rfm_score", "RFM score"), axis, is_money: true, upright: true };
    let Some((figure, table)) = groups.and_then(|groups| boxes(view, groups, &of)) else { return Ok(None) };
    // Boxes of at least one score were drawn.
    let (Some(first), Some(last)) = (table.rows.first(), table.rows.last()) else { return Ok(None) };
    let of = |row: &Row| (row.cells[0].raw(&view.money), view.money.rounded(median(row)));
    let ((low, of_low), (high, of_high)) = (of(first), of(last));
    Ok(Some(Drawn {
        title: format!("RFM score {low}: median predicted LTV {of_low}; RFM score {high}: {of_high}"),
        advice: "A tall box means that customers with the same score have very different forecasts. Click a box for its customers.".to_owned(),
        units: format!("predicted LTV per customer, next {} days", horizon(view)),
        figure,
        table,
    }))
}

/// What the prediction interval of a total covers, in words.
pub(crate) fn total_interval_meaning(value: &ValueSummary) -> String {
    if value.total_errors == 0 {
        return "Random differences between customers average out in a total, so its interval is narrow. It does not cover changes in overall demand."
            .to_owned();
    }
    format!(
        "Intervals of totals are widened by the error of earlier total forecasts: typically {}, over {}.",
        format::percent(value.total_error),
        format::counted(u64::from(value.total_errors), "earlier forecast origin", "earlier forecast origins")
    )
}

/// The palette position of a group, and its customers.
fn colour_and_customers(view: &View, grouping: &str, name: &str) -> (String, Option<String>) {
    let summary = &view.frame.summary;
    let all = Filter::default();
    match grouping {
        "segment" => {
            let place = summary.segments.iter().position(|segment| segment.segment == name).unwrap_or(0);
            (palette::segment(place), Some(view.customers(all.with_segment(name))))
        }
        "cluster" => {
            let clusters = summary.clusters.iter().flat_map(|of| &of.clusters).enumerate();
            let found = clusters.into_iter().find(|(_, cluster)| cluster.name == name);
            let href = found.map(|(_, of)| view.customers(all.with_cluster(&of.cluster.to_string())));
            (palette::cluster(found.map_or(0, |(place, _)| place)), href)
        }
        _ => {
            let filter = Filter { deciles: [name.to_owned()].into(), ..all };
            ("--chart-1".to_owned(), Some(view.customers(filter)))
        }
    }
}

/// Total forecast per group of one kind, with prediction intervals.
fn forecast(view: &View, grouping: &'static str, title: &str) -> Option<Drawn> {
    let value = view.frame.summary.value.as_ref()?;
    let mut groups: Vec<&ValueGroup> =
        value.groups.iter().filter(|group| group.grouping == grouping).collect();
    if grouping == "segment" {
        let order = view.frame.segments().ok()?;
        groups.sort_by_key(|group| order.code(&group.name));
    }
    let best = *groups.iter().max_by_key(|group| group.predicted_ltv_minor)?;
    let money = &view.money;
    let total = |group: &ValueGroup| {
        let interval = money.between(group.predicted_low_minor, group.predicted_high_minor);
        (money.rounded(group.predicted_ltv_minor as f64), interval)
    };
    let hover = |group: &ValueGroup| {
        let (name, (total, interval)) = (label(&group.name), total(group));
        format!(
            "{name}<br>total predicted LTV {total}<br>{interval}<br>{}",
            format::customers(group.customers)
        )
    };
    let table = TableOf::new(groups.iter().copied())
        .text(grouping, title, |group| &group.name)
        .count("customers", "Customers", |group| group.customers)
        .money("predicted_ltv", "Total predicted LTV", |group| group.predicted_ltv_minor)
        .money("predicted_low", "from", |group| group.predicted_low_minor)
        .money("predicted_high", "to", |group| group.predicted_high_minor)
        .share("share", "Share", |group| group.share)
        .share("mean_p_purchase", "P(purchase)", |group| group.mean_p_purchase)
        .share("mean_p_churn", "P(churn)", |group| group.mean_p_churn)
        .share("mean_p_alive", "P(alive)", |group| group.mean_p_alive)
        .links(|group| colour_and_customers(view, grouping, &group.name).1);
    let names: Vec<String> = groups.iter().map(|group| wrapped(&group.name)).collect();
    let axis = format!("Total predicted LTV, next {} days", value.horizon_days);
    let height = 80 + if grouping == "cluster" { 58 } else { 34 } * groups.len().max(3);
    let named = if grouping == "decile" { format!("Decile {}", best.name) } else { best.name.clone() };
    let (total, interval) = total(best);
    Some(Drawn {
        title: format!("{named}: total predicted LTV {total}, {interval}"),
        advice: format!(
            "Thin lines: {:.0}% prediction intervals of the totals. {}",
            value.interval_level * 100.0,
            total_interval_meaning(value)
        ),
        units: format!("total predicted LTV, next {} days", value.horizon_days),
        figure: Figure::new(height, [20, 8, 46])
            .with(
                Trace::bars(groups)
                    .x(|group| money.units(group.predicted_ltv_minor))
                    .errors(
                        "x",
                        |group| money.units(group.predicted_high_minor - group.predicted_ltv_minor),
                        |group| money.units(group.predicted_ltv_minor - group.predicted_low_minor),
                        ("--ink", 1.6, 5),
                    )
                    .hover(hover)
                    .colours(|group| colour_and_customers(view, grouping, &group.name).0),
            )
            .gap(0.34)
            .x(Axis::titled(axis).money(money).zero_based().ticks(6))
            .y(Axis::bars(&names))
            .linked(&table),
        table,
    })
}

/// Total forecast by segment.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn forecast_segments(view: &View) -> Result<Option<Drawn>, BackendError> {
    Ok(forecast(view, "segment", "Segment"))
}

/// Total forecast by cluster.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn forecast_clusters(view: &View) -> Result<Option<Drawn>, BackendError> {
    Ok(forecast(view, "cluster", "Cluster"))
}

/// Total forecast by decile of predicted LTV.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn forecast_deciles(view: &View) -> Result<Option<Drawn>, BackendError> {
    Ok(forecast(view, "decile", "Decile by forecast"))
}
