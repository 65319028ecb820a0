//! Cluster profiles: box plots of recency, frequency and spend, and cluster centers in standard deviations.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{distinct, title};
use regulars_analysis::table::{Cell, Table};
use regulars_core::tables::cluster_centers::Row;
use serde_json::{Value, json};

use super::super::axes;
use super::super::boxes::{Group, Of, boxes, medians};
use super::super::figure::{Drawn, Figure, short_label, wrapped};
use crate::palette;
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
    let mut table = Table::new(&[
        ("feature", "Feature"),
        ("cluster_name", "Cluster"),
        ("center", "Std. deviations from mean"),
        ("mean", "Mean"),
        ("median", "Median"),
    ]);
    for row in rows.iter() {
        table.push(
            vec![
                Cell::Text(title(&row.feature)),
                Cell::Text(name(row.cluster)),
                Cell::Text(row.center.map_or_else(|| "not used".to_owned(), format::two)),
                Cell::Number(row.mean.unwrap_or(f64::NAN)),
                Cell::Number(row.median.unwrap_or(f64::NAN)),
            ],
            None,
        );
    }
    let cells = |f: &dyn Fn(&str, u64) -> Value| -> Value {
        features.iter().map(|feature| clusters.iter().map(|c| f(feature, *c)).collect::<Value>()).collect()
    };
    let end = most(first).clamp(0.5, 2.5);
    let annotations: Vec<Value> = features
        .iter()
        .enumerate()
        .flat_map(|(y, feature)| clusters.iter().enumerate().map(move |(x, cluster)| (x, y, feature, *cluster)))
        .filter_map(|(x, y, feature, cluster)| {
            let value = center(feature, cluster);
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
                "z": cells(&|feature, cluster| match center(feature, cluster) { value if value.is_finite() => json!(value), _ => Value::Null }),
                "customdata": cells(&|feature, cluster| json!(format!(
                    "{}<br>{}<br>mean {}, median {}",
                    short_label(&name(cluster), 60), title(feature), format::mean(number(|row| row.mean, feature, cluster)), format::mean(number(|row| row.median, feature, cluster))
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
                "xaxis": axes::columns(&clusters.iter().map(|c| wrapped(&name(*c))).collect::<Vec<_>>()),
                "yaxis": axes::rows(&features.iter().map(|f| short_label(&title(f), 26)).collect::<Vec<_>>()),
            }),
            links: Value::Null,
        },
        table,
    }))
}
