//! Predicted LTV by segment, cluster and RFM score, and group totals.

use regulars_analysis::error::BackendError;
use regulars_analysis::filter::{Filter, RangeFilter};
use regulars_analysis::format;
use regulars_analysis::frame::{Coded, present};
use regulars_analysis::table::{Cell, Table};
use regulars_core::summary::ValueSummary;
use regulars_core::tables::{ColumnDef, ltv_predictions, rfm_scores};
use serde_json::{Value, json};

use super::super::boxes::{Group, Of, boxes, extremes};
use super::super::figure::{Drawn, Figure, label, wrapped};
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
    let mut values = vec![Vec::new(); classes.labels.len()];
    for row in view.chosen.rows() {
        if let (Some(of), Some(value)) =
            (values.get_mut(usize::from(classes.codes[row])), present(expected[row]))
        {
            of.push(value);
        }
    }
    let groups = values.into_iter().enumerate().map(|(place, values)| {
        let (name, colour, filter) = group(place);
        Group { name, colour, values, href: Some(view.customers(filter)) }
    });
    Ok(Some(groups.collect()))
}

fn horizon(view: &View) -> u32 {
    view.frame.summary.value.as_ref().map_or(0, |value| value.horizon_days)
}

fn drawn(view: &View, groups: Vec<Group>, of: &Of<'_>, advice: &str) -> Option<Drawn> {
    let (figure, table) = boxes(view, groups, of)?;
    let extremes = extremes(view, &table);
    Some(Drawn {
        title: format!("Median predicted LTV: {extremes}"),
        advice: format!(
            "{advice} Line: median; dashes: mean; box: middle 50%; whiskers: middle 90% of customers."
        ),
        units: format!("predicted LTV per customer, next {} days", horizon(view)),
        figure,
        table,
    })
}

const EXPECTED: ColumnDef = ltv_predictions::COLUMNS.predicted_ltv_minor;
const AXIS: &str = "Predicted LTV per customer";

/// By segment.
pub(crate) fn by_segment(view: &View) -> Result<Option<Drawn>, BackendError> {
    let segments = view.frame.segments()?;
    let groups = divided(view, EXPECTED, &segments, |place| {
        let name = segments.labels[place].clone();
        let filter = view.filter().with_segment(&name);
        (name, palette::segment(place), filter)
    })?;
    let of = Of { grouping: ("segment", "Segment"), axis: AXIS, is_money: true, upright: false };
    let advice =
        "Segments are rules about past orders; this shows how much the forecasts differ within each.";
    Ok(groups.and_then(|groups| drawn(view, groups, &of, advice)))
}

/// Expected gross profit by segment; `None` unless the run has a gross margin.
pub(crate) fn margin_by_segment(view: &View) -> Result<Option<Drawn>, BackendError> {
    let segments = view.frame.segments()?;
    let groups = divided(view, ltv_predictions::COLUMNS.predicted_margin_minor, &segments, |place| {
        let name = segments.labels[place].clone();
        let filter = view.filter().with_segment(&name);
        (name, palette::segment(place), filter)
    })?;
    let of = Of {
        grouping: ("segment", "Segment"),
        axis: "Predicted gross margin per customer",
        is_money: true,
        upright: false,
    };
    let Some((figure, table)) = groups.and_then(|groups| boxes(view, groups, &of)) else { return Ok(None) };
    let extremes = extremes(view, &table);
    Ok(Some(Drawn {
        title: format!("Median predicted gross margin: {extremes}"),
        advice: "Predicted LTV times the run's gross margin: an upper limit on what to pay to acquire or retain a customer. Line: median; dashes: mean; box: middle 50%; whiskers: middle 90% of customers.".to_owned(),
        units: format!("predicted gross margin per customer, next {} days", horizon(view)),
        figure,
        table,
    }))
}

/// By cluster.
pub(crate) fn by_cluster(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(clusters) = view.frame.clusters()? else { return Ok(None) };
    let groups = divided(view, EXPECTED, &clusters, |place| {
        let label = &clusters.labels[place];
        let filter = view.filter().with_cluster(label);
        (view.frame.cluster_name(label), palette::cluster(place), filter)
    })?;
    let of = Of { grouping: ("cluster", "Cluster"), axis: AXIS, is_money: true, upright: false };
    let advice = "Clusters whose boxes do not overlap can justify separate budgets.";
    Ok(groups.and_then(|groups| drawn(view, groups, &of, advice)))
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
    let of = Of { grouping: ("rfm_score", "RFM score"), axis: AXIS, is_money: true, upright: true };
    let Some((figure, table)) = groups.and_then(|groups| boxes(view, groups, &of)) else { return Ok(None) };
    let median = |row: Option<&regulars_analysis::table::Row>| match row.map(|row| &row.cells[5]) {
        Some(Cell::Money(value)) => *value,
        _ => f64::NAN,
    };
    let (first, last) = (table.rows.first(), table.rows.last());
    let score = |row: Option<&regulars_analysis::table::Row>| {
        row.map_or_else(String::new, |row| row.cells[0].raw(&view.money))
    };
    Ok(Some(Drawn {
        title: format!(
            "RFM score {}: median predicted LTV {}; RFM score {}: {}",
            score(first),
            view.money.rounded(median(first)),
            score(last),
            view.money.rounded(median(last))
        ),
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

/// Total forecast per group of one kind, with prediction intervals.
fn forecast(view: &View, grouping: &str, words: &str, title: &'static str) -> Option<Drawn> {
    let value = view.frame.summary.value.as_ref()?;
    let mut groups: Vec<_> = value.groups.iter().filter(|group| group.grouping == grouping).collect();
    if grouping == "segment" {
        let order = view.frame.segments().ok()?;
        groups.sort_by_key(|group| order.code(&group.name));
    }
    let best = *groups.iter().max_by_key(|group| group.predicted_ltv_minor)?;
    let money = &view.money;
    let segments: Vec<&str> = view.frame.summary.segments.iter().map(|s| s.segment.as_str()).collect();
    let clusters = view.frame.summary.clusters.as_ref();
    let cluster = |name: &str| clusters.and_then(|of| of.clusters.iter().position(|c| c.name == name));
    let colour = |name: &str| match grouping {
        "segment" => palette::segment(segments.iter().position(|s| *s == name).unwrap_or(0)),
        "cluster" => palette::cluster(cluster(name).unwrap_or(0)),
        _ => "--chart-1".to_owned(),
    };
    let href = |name: &str| {
        Some(match grouping {
            "segment" => view.customers(Filter::default().with_segment(name)),
            "cluster" => {
                let found = clusters?.clusters.get(cluster(name)?)?;
                view.customers(Filter::default().with_cluster(&found.cluster.to_string()))
            }
            _ => view.customers(Filter { deciles: [name.to_owned()].into(), ..Filter::default() }),
        })
    };
    let mut table = Table::new(&[
        (title, words),
        ("customers", "Customers"),
        ("predicted_ltv", "Total predicted LTV"),
        ("predicted_low", "from"),
        ("predicted_high", "to"),
        ("share", "Share"),
        ("mean_p_purchase", "P(purchase)"),
        ("mean_p_churn", "P(churn)"),
        ("mean_p_alive", "P(alive)"),
    ]);
    for group in &groups {
        table.push(
            vec![
                Cell::Text(group.name.clone()),
                Cell::Count(group.customers),
                Cell::Money(group.predicted_ltv_minor as f64),
                Cell::Money(group.predicted_low_minor as f64),
                Cell::Money(group.predicted_high_minor as f64),
                Cell::Share(group.share.unwrap_or(f64::NAN)),
                Cell::Share(group.mean_p_purchase),
                Cell::Share(group.mean_p_churn.unwrap_or(f64::NAN)),
                Cell::Share(group.mean_p_alive),
            ],
            href(&group.name),
        );
    }
    let links: Vec<Value> = table.rows.iter().map(|row| json!(row.href)).collect();
    let units = |minor: i64| money.units(minor);
    let of = |f: &dyn Fn(&regulars_core::summary::ValueGroup) -> Value| -> Vec<Value> {
        groups.iter().map(|group| f(group)).collect()
    };
    let (prefix, suffix) = money.affixes();
    let figure = Figure {
        data: vec![json!({
            "type": "bar",
            "orientation": "h",
            "y": (0..groups.len()).collect::<Vec<usize>>(),
            "x": of(&|g| json!(units(g.predicted_ltv_minor))),
            "error_x": {
                "type": "data", "symmetric": false, "color": "--ink", "thickness": 1.6, "width": 5,
                "array": of(&|g| json!(units(g.predicted_high_minor - g.predicted_ltv_minor))),
                "arrayminus": of(&|g| json!(units(g.predicted_ltv_minor - g.predicted_low_minor))),
            },
            "customdata": of(&|g| json!(format!(
                "{}<br>total predicted LTV {}<br>{} to {}<br>{}",
                label(&g.name),
                money.rounded(g.predicted_ltv_minor as f64),
                money.rounded(g.predicted_low_minor as f64),
                money.rounded(g.predicted_high_minor as f64),
                format::counted(g.customers, "customer", "customers")
            ))),
            "marker": { "color": of(&|g| json!(colour(&g.name))) },
            "hovertemplate": "%{customdata}<extra></extra>",
        })],
        layout: json!({
            "height": 80 + if grouping == "cluster" { 58 } else { 34 } * groups.len().max(3),
            "bargap": 0.34,
            "showlegend": false,
            "margin": { "l": 12, "r": 20, "t": 8, "b": 46 },
            "xaxis": { "title": { "text": format!("Total predicted LTV, next {} days", value.horizon_days), "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "rangemode": "tozero", "nticks": 6 },
            "yaxis": { "tickvals": (0..groups.len()).collect::<Vec<usize>>(), "ticktext": groups.iter().map(|g| wrapped(&g.name)).collect::<Vec<_>>(), "autorange": "reversed", "ticklen": 8, "showgrid": false, "zeroline": false },
        }),
        links: json!([links]),
    };
    let named = if grouping == "decile" { format!("Decile {}", best.name) } else { best.name.clone() };
    Some(Drawn {
        title: format!(
            "{named}: total predicted LTV {}, {} to {}",
            money.rounded(best.predicted_ltv_minor as f64),
            money.rounded(best.predicted_low_minor as f64),
            money.rounded(best.predicted_high_minor as f64)
        ),
        advice: format!(
            "Thin lines: {:.0}% prediction intervals of the totals. {}",
            value.interval_level * 100.0,
            total_interval_meaning(value)
        ),
        units: format!("total predicted LTV, next {} days", value.horizon_days),
        figure,
        table,
    })
}

/// Total forecast by segment.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn forecast_segments(view: &View) -> Result<Option<Drawn>, BackendError> {
    Ok(forecast(view, "segment", "Segment", "segment"))
}

/// Total forecast by cluster.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn forecast_clusters(view: &View) -> Result<Option<Drawn>, BackendError> {
    Ok(forecast(view, "cluster", "Cluster", "cluster"))
}

/// Total forecast by decile of predicted LTV.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn forecast_deciles(view: &View) -> Result<Option<Drawn>, BackendError> {
    Ok(forecast(view, "decile", "Decile by forecast", "decile"))
}
