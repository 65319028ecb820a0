//! Cluster profiles: box plots of recency, frequency and spend, and cluster centers in standard deviations.

use serde_json::{Value, json};

use super::super::boxes::{Group, Of, boxes, medians};
use super::super::{Drawn, Figure, axes, short_label, wrapped};
use crate::backend::BackendError;
use crate::format;
use crate::frame::title;
use crate::palette;
use crate::table::{Cell, Table};
use crate::view::View;

/// One measure of the selected customers, one box per cluster.
fn measure(
    view: &View,
    values: &[i64],
    axis: &str,
    is_money: bool,
    unit: &str,
    advice: &str,
) -> Result<Option<Drawn>, BackendError> {
    let Some(clusters) = view.frame.clusters()? else { return Ok(None) };
    let mut of_each = vec![Vec::new(); clusters.labels.len()];
    for row in view.chosen.rows() {
        if let Some(of) = of_each.get_mut(usize::from(clusters.codes[row])) {
            of.push(values[row]);
        }
    }
    let group = |(place, values): (usize, Vec<i64>)| Group {
        name: view.frame.cluster_name(&clusters.labels[place]),
        colour: palette::cluster(place),
        values,
        href: Some(view.customers(view.filter().with_cluster(&clusters.labels[place]))),
    };
    let of = Of { grouping: ("cluster_name", "Cluster"), axis, is_money, upright: false };
    let Some((figure, table)) = boxes(view, of_each.into_iter().enumerate().map(group).collect(), &of) else {
        return Ok(None);
    };
    Ok(Some(Drawn {
        title: format!("Cluster medians: {}", medians(view, &table, is_money, unit)),
        advice: format!("{advice} Line: median; dashes: mean; box: middle 50%; whiskers: middle 90%."),
        units: axis.to_lowercase(),
        figure,
        table,
    }))
}

/// Days since the last order.
pub(crate) fn recency(view: &View) -> Result<Option<Drawn>, BackendError> {
    let values = view.frame.recency_days()?;
    measure(view, &values, "Days since last order", false, " days since last order", "Recency by cluster.")
}

/// Orders.
pub(crate) fn frequency(view: &View) -> Result<Option<Drawn>, BackendError> {
    let values = view.frame.orders_of_each()?;
    measure(view, &values, "Orders per customer", false, " orders", "Frequency by cluster.")
}

/// Spend.
pub(crate) fn monetary(view: &View) -> Result<Option<Drawn>, BackendError> {
    let values = view.frame.spend_minor()?;
    measure(view, &values, "Spend per customer", true, " spent", "Spend by cluster.")
}

/// Cluster centers, in standard deviations from the mean of all customers.
pub(crate) fn profile(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(of) = view.frame.small("cluster_centers")? else { return Ok(None) };
    let clusters = of.texts("cluster");
    let place = |feature: &str, cluster: &str| {
        of.rows().find(|row| of.text("feature", *row) == feature && of.text("cluster", *row) == cluster)
    };
    let number = |name: &str, feature: &str, cluster: &str| {
        place(feature, cluster).map_or(f64::NAN, |row| of.number(name, row))
    };
    let mut features: Vec<String> = of
        .texts("feature")
        .into_iter()
        .filter(|feature| clusters.iter().any(|cluster| number("center", feature, cluster).is_finite()))
        .collect();
    let most = |feature: &str| {
        clusters
            .iter()
            .map(|c| number("center", feature, c).abs())
            .filter(|v| v.is_finite())
            .fold(0.0, f64::max)
    };
    features.sort_by(|a, b| most(b).total_cmp(&most(a)));
    let Some(first) = features.first() else { return Ok(None) };
    let name = |cluster: &str| view.frame.cluster_name(cluster);
    let mut table = Table::new(&[
        ("feature", "Feature"),
        ("cluster_name", "Cluster"),
        ("center", "Std. deviations from mean"),
        ("mean", "Mean"),
        ("median", "Median"),
    ]);
    for row in of.rows() {
        table.push(
            vec![
                Cell::Text(title(&of.text("feature", row))),
                Cell::Text(name(&of.text("cluster", row))),
                Cell::Text(match of.number("center", row) {
                    value if value.is_finite() => format::two(value),
                    _ => "not used".to_owned(),
                }),
                Cell::Number(of.number("mean", row)),
                Cell::Number(of.number("median", row)),
            ],
            None,
        );
    }
    let cells = |f: &dyn Fn(&str, &str) -> Value| -> Value {
        features.iter().map(|feature| clusters.iter().map(|c| f(feature, c)).collect::<Value>()).collect()
    };
    let end = most(first).clamp(0.5, 2.5);
    let annotations: Vec<Value> = features
        .iter()
        .enumerate()
        .flat_map(|(y, feature)| clusters.iter().enumerate().map(move |(x, cluster)| (x, y, feature, cluster)))
        .filter_map(|(x, y, feature, cluster)| {
            let value = number("center", feature, cluster);
            let colour = if value.abs() / end > 0.75 { "--scale-ink" } else { "--ink" };
            value.is_finite().then(|| json!({ "x": x, "y": y, "text": format!("{}{}", if value > 0.0 { "+" } else { "" }, format::two(value)), "showarrow": false, "font": { "size": 12, "color": colour } }))
        })
        .collect();
    Ok(Some(Drawn {
        title: format!("{} separates the clusters most", title(first)),
        advice: "Cluster centers in standard deviations from the overall mean: green is above, orange below. The table has means in original units.".to_owned(),
        units: "standard deviations from the mean".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "heatmap",
                "x": (0..clusters.len()).collect::<Vec<_>>(),
                "y": (0..features.len()).collect::<Vec<_>>(),
                "z": cells(&|feature, cluster| match number("center", feature, cluster) { value if value.is_finite() => json!(value), _ => Value::Null }),
                "customdata": cells(&|feature, cluster| json!(format!(
                    "{}<br>{}<br>mean {}, median {}",
                    short_label(&name(cluster), 60), title(feature), format::mean(number("mean", feature, cluster)), format::mean(number("median", feature, cluster))
                ))),
                "zmin": -end,
                "zmax": end,
                "zmid": 0,
                "colorscale": palette::both_ways(),
                "showscale": false,
                "xgap": 3,
                "ygap": 3,
                "hoverongaps": false,
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 90 + 30 * features.len().max(3),
                "showlegend": false,
                "margin": { "l": 12, "r": 12, "t": 8, "b": 66 },
                "annotations": annotations,
                "xaxis": axes::columns(&clusters.iter().map(|c| wrapped(&name(c))).collect::<Vec<_>>()),
                "yaxis": axes::rows(&features.iter().map(|f| short_label(&title(f), 26)).collect::<Vec<_>>()),
            }),
            links: Value::Null,
        },
        table,
    }))
}
