//! Cluster profiles: box plots of recency, frequency and spend, and cluster centers in standard deviations.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{distinct, title};
use regulars_analysis::table::TableOf;
use regulars_core::tables::cluster_centers::Row;

use super::super::axes::Axis;
use super::super::boxes::{Group, Of, READING, boxes, medians};
use super::super::figure::{Drawn, short_label, wrapped};
use super::super::heat_map::HeatMap;
use crate::palette;
use crate::view::View;

/// One measure of the selected customers, one box per cluster.
fn measure(
    view: &View,
    values: &[i64],
    (subject, axis): (&str, &str),
    unit: &str,
    is_money: bool,
) -> Result<Option<Drawn>, BackendError> {
    let Some(clusters) = view.frame.clusters()? else { return Ok(None) };
    let group = |(place, values): (usize, Vec<i64>)| Group {
        name: view.frame.cluster_name(&clusters.labels[place]),
        colour: palette::cluster(place),
        values,
        href: Some(view.customers(view.filter().with_cluster(&clusters.labels[place]))),
    };
    let groups = clusters.divide(&view.chosen, |row| Some(values[row])).into_iter().enumerate();
    let of = Of { grouping: ("cluster_name", "Cluster"), axis, is_money, upright: false };
    let Some((figure, table)) = boxes(view, groups.map(group).collect(), &of) else { return Ok(None) };
    Ok(Some(Drawn {
        title: format!("Cluster medians: {}", medians(view, &table, is_money, unit)),
        advice: format!("{subject} by cluster. {READING}."),
        units: axis.to_lowercase(),
        figure,
        table,
    }))
}

/// Days since the last order.
pub(crate) fn recency(view: &View) -> Result<Option<Drawn>, BackendError> {
    let of = ("Recency", "Days since last order");
    measure(view, &view.frame.recency_days()?, of, " days since last order", false)
}

/// Orders.
pub(crate) fn frequency(view: &View) -> Result<Option<Drawn>, BackendError> {
    measure(view, &view.frame.orders_of_each()?, ("Frequency", "Orders per customer"), " orders", false)
}

/// Spend.
pub(crate) fn monetary(view: &View) -> Result<Option<Drawn>, BackendError> {
    measure(view, &view.frame.spend_minor()?, ("Spend", "Spend per customer"), " spent", true)
}

/// Cluster centers, in standard deviations from the mean of all customers.
pub(crate) fn profile(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(rows) = view.frame.rows::<Row>()? else { return Ok(None) };
    let clusters = distinct(&rows, |row| row.cluster);
    let number = |of: fn(&Row) -> Option<f64>, feature: &str, cluster: u64| {
        let row = rows.iter().find(|row| row.feature == feature && row.cluster == cluster);
        row.and_then(of).unwrap_or(f64::NAN)
    };
    let center = |feature: &str, cluster: u64| number(|row| row.center, feature, cluster);
    let mut features = distinct(&rows, |row| row.feature.as_str());
    features.retain(|feature| clusters.iter().any(|cluster| center(feature, *cluster).is_finite()));
    let most = |feature: &str| {
        let centers = clusters.iter().map(|cluster| center(feature, *cluster).abs());
        centers.filter(|v| v.is_finite()).fold(0.0, f64::max)
    };
    features.sort_by(|a, b| most(b).total_cmp(&most(a)));
    let Some(first) = features.first() else { return Ok(None) };
    let name = |cluster: u64| view.frame.cluster_name(&cluster.to_string());
    let end = most(first).clamp(0.5, 2.5);
    let value = |x: usize, y: usize| center(features[y], clusters[x]);
    let text = |x: usize, y: usize| {
        let (value, plus) = (value(x, y), if value(x, y) > 0.0 { "+" } else { "" });
        let colour = if value.abs() / end > 0.75 { "--scale-ink" } else { "--ink" };
        value.is_finite().then(|| (format!("{plus}{}", format::two(value)), colour))
    };
    let hover = |x: usize, y: usize| {
        let mean = |of: fn(&Row) -> Option<f64>| format::mean(number(of, features[y], clusters[x]));
        format!(
            "{}<br>{}<br>mean {}, median {}",
            short_label(&name(clusters[x]), 60),
            title(features[y]),
            mean(|row| row.mean),
            mean(|row| row.median)
        )
    };
    let columns: Vec<String> = clusters.iter().map(|cluster| wrapped(&name(*cluster))).collect();
    let names: Vec<String> = features.iter().map(|feature| short_label(&title(feature), 26)).collect();
    Ok(Some(Drawn {
        title: format!("{} separates the clusters most", title(first)),
        advice: "Cluster centers in standard deviations from the overall mean: green is above, orange below. The table has means in original units.".to_owned(),
        units: "standard deviations from the mean".to_owned(),
        figure: HeatMap::new(clusters.len(), features.len(), palette::DIVERGING, value)
            .between(-end, end)
            .set("zmid", 0)
            .hover(hover)
            .text(12, text)
            .figure(90 + 30 * features.len().max(3), [12, 8, 66])
            .x(Axis::columns(&columns))
            .y(Axis::rows(&names)),
        table: TableOf::new(rows.iter())
            .text("feature", "Feature", |row| title(&row.feature))
            .text("cluster_name", "Cluster", |row| name(row.cluster))
            .text("center", "Std. deviations from mean", |row| {
                row.center.map_or_else(|| "not used".to_owned(), format::two)
            })
            .number("mean", "Mean", |row| row.mean)
            .number("median", "Median", |row| row.median)
            .done(),
    }))
}
