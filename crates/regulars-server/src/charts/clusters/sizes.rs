//! Clusters by customers and by revenue, and clusters against segments.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::measures::by_class;
use regulars_analysis::table::{Cell, Table};
use regulars_core::label;
use serde_json::{Value, json};

use super::super::axes;
use super::super::figure::{Drawn, Figure, short_label, wrapped};
use crate::palette;
use crate::view::View;

/// Two bars per cluster: its share of the selected customers and of their revenue.
pub(crate) fn sizes(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(clusters) = view.frame.clusters()? else { return Ok(None) };
    let sums = by_class(&view.frame, &view.chosen, Some(&clusters))?;
    let customers: u64 = sums.iter().map(|sum| sum.customers).sum();
    let revenue: i128 = sums.iter().map(|sum| sum.spend_minor).sum();
    if customers == 0 {
        return Ok(None);
    }
    let money = &view.money;
    let name = |place: usize| view.frame.cluster_name(&clusters.labels[place]);
    let customer_share = |place: usize| sums[place].customers as f64 / customers as f64;
    let revenue_share =
        |place: usize| if revenue > 0 { sums[place].spend_minor as f64 / revenue as f64 } else { f64::NAN };
    let mut table = Table::new(&[
        ("cluster_name", "Cluster"),
        ("customers", "Customers"),
        ("customer_share", "% of customers"),
        ("revenue", "Revenue"),
        ("revenue_share", concat!("% of ", label!(revenue))),
        ("recency_mean", "Days since last order"),
        ("frequency_mean", "Orders per customer"),
        ("monetary_mean", "Spend per customer"),
    ]);
    let places: Vec<usize> = (0..sums.len()).collect();
    for (place, sum) in sums.iter().enumerate() {
        table.push(
            vec![
                Cell::Text(name(place)),
                Cell::Count(sum.customers),
                Cell::Share(customer_share(place)),
                Cell::Money(sum.spend_minor as f64),
                Cell::Share(revenue_share(place)),
                Cell::Number(sum.recency_mean()),
                Cell::Number(sum.orders_mean()),
                Cell::Money(sum.spend_mean_minor()),
            ],
            (sum.customers > 0).then(|| view.customers(view.filter().with_cluster(&clusters.labels[place]))),
        );
    }
    let trace = |said: &str, opacity: f64, share: &dyn Fn(usize) -> f64, words: &dyn Fn(usize) -> String| {
        json!({
            "type": "bar",
            "orientation": "h",
            "name": said,
            "y": places,
            "x": places.iter().map(|place| share(*place)).map(|s| if s.is_finite() { json!(s * 100.0) } else { Value::Null }).collect::<Vec<_>>(),
            "text": places.iter().map(|place| format::percent(share(*place))).collect::<Vec<_>>(),
            "customdata": places.iter().map(|place| [short_label(&name(*place), 60), words(*place)]).collect::<Vec<_>>(),
            "textposition": "outside",
            "cliponaxis": false,
            "marker": { "opacity": opacity, "color": places.iter().map(|place| palette::cluster(*place)).collect::<Vec<_>>() },
            "hovertemplate": format!("%{{customdata[0]}}<br>%{{text}} of {}: %{{customdata[1]}}<extra></extra>", said.to_lowercase()),
        })
    };
    // Room for the label after the longest bar.
    let most = places
        .iter()
        .flat_map(|p| [customer_share(*p), revenue_share(*p)])
        .filter(|s| s.is_finite())
        .fold(0.0, f64::max);
    let links: Vec<Value> = table.rows.iter().map(|row| json!(row.href)).collect();
    let best = places.iter().copied().max_by_key(|place| sums[*place].spend_minor).unwrap_or(0);
    Ok(Some(Drawn {
        title: format!(
            concat!("“{}” is {} of customers and {} of ", label!(revenue)),
            name(best),
            format::percent_in_text(customer_share(best)),
            format::percent_in_text(revenue_share(best))
        ),
        advice: concat!(
            "Upper, paler bar: share of customers; lower bar: share of ",
            label!(revenue),
            ". Click a bar for its customers."
        )
        .to_owned(),
        units: concat!("percent of customers and of ", label!(revenue)).to_owned(),
        figure: Figure {
            data: vec![
                trace("Customers", 0.5, &customer_share, &|place| {
                    format::counted(sums[place].customers, "customer", "customers")
                }),
                trace("Revenue", 1.0, &revenue_share, &|place| money.rounded(sums[place].spend_minor as f64)),
            ],
            layout: json!({
                "height": 80 + 62 * places.len().max(2),
                "barmode": "group",
                "bargap": 0.34,
                "bargroupgap": 0.08,
                "showlegend": false,
                "margin": { "l": 12, "r": 16, "t": 8, "b": 30 },
                "xaxis": { "ticksuffix": "%", "range": [0, most * 122.0], "nticks": 6 },
                "yaxis": { "tickvals": places, "ticktext": places.iter().map(|place| wrapped(&name(*place))).collect::<Vec<_>>(), "autorange": "reversed", "ticklen": 8, "showgrid": false, "zeroline": false },
            }),
            links: json!([links, links]),
        },
        table,
    }))
}

/// Customers by cluster and segment.
pub(crate) fn segments(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(clusters) = view.frame.clusters()? else { return Ok(None) };
    let segments = view.frame.segments()?;
    let mut counts = vec![vec![0_u64; segments.labels.len()]; clusters.labels.len()];
    for row in view.chosen.rows() {
        let (cluster, segment) = (usize::from(clusters.codes[row]), usize::from(segments.codes[row]));
        if let Some(count) = counts.get_mut(cluster).and_then(|line| line.get_mut(segment)) {
            *count += 1;
        }
    }
    let in_cluster: Vec<u64> = counts.iter().map(|line| line.iter().sum()).collect();
    let name = |place: usize| view.frame.cluster_name(&clusters.labels[place]);
    let share =
        |cluster: usize, segment: usize| counts[cluster][segment] as f64 / in_cluster[cluster].max(1) as f64;
    let href = |cluster: usize, segment: usize| {
        let filter =
            view.filter().with_cluster(&clusters.labels[cluster]).with_segment(&segments.labels[segment]);
        (counts[cluster][segment] > 0).then(|| view.customers(filter))
    };
    let mut table = Table::new(&[
        ("cluster_name", "Cluster"),
        ("segment", "Segment"),
        ("customers", "Customers"),
        ("share_of_cluster", "% of cluster"),
    ]);
    for (cluster, of) in counts.iter().enumerate() {
        for (segment, count) in of.iter().enumerate() {
            table.push(
                vec![
                    Cell::Text(name(cluster)),
                    Cell::Text(segments.labels[segment].clone()),
                    Cell::Count(*count),
                    Cell::Share(share(cluster, segment)),
                ],
                href(cluster, segment),
            );
        }
    }
    let places = |f: &dyn Fn(usize, usize) -> Value| -> Value {
        (0..segments.labels.len())
            .map(|s| (0..clusters.labels.len()).map(|c| f(c, s)).collect::<Value>())
            .collect()
    };
    let annotations: Vec<Value> = (0..clusters.labels.len())
        .flat_map(|c| (0..segments.labels.len()).map(move |s| (c, s)))
        .filter(|(c, s)| counts[*c][*s] > 0)
        .map(|(c, s)| {
            let colour = palette::ink_at(share(c, s) / 0.6);
            json!({ "x": c, "y": s, "text": format!("{}<br>{}", format::count(counts[c][s]), format::percent(share(c, s))), "showarrow": false, "font": { "size": 12, "color": colour } })
        })
        .collect();
    let largest = (0..segments.labels.len())
        .flat_map(|s| (0..clusters.labels.len()).map(move |c| (c, s)))
        .max_by(|a, b| share(a.0, a.1).total_cmp(&share(b.0, b.1)));
    let Some((cluster, segment)) = largest else { return Ok(None) };
    Ok(Some(Drawn {
        title: format!("{} of “{}” are {}", format::percent_in_text(share(cluster, segment)), name(cluster), segments.labels[segment]),
        advice: "Segments follow rules; clusters are found from all features. A cluster spread over many segments captures more than RFM. Click a cell for its customers.".to_owned(),
        units: "customers, and their share of the cluster".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "heatmap",
                "x": (0..clusters.labels.len()).collect::<Vec<_>>(),
                "y": (0..segments.labels.len()).collect::<Vec<_>>(),
                "z": places(&|c, s| if counts[c][s] == 0 { Value::Null } else { json!(share(c, s)) }),
                "customdata": places(&|c, s| json!(format!("{}, {}<br>{}, {} of the cluster", short_label(&name(c), 60), short_label(&segments.labels[s], 40), format::counted(counts[c][s], "customer", "customers"), format::percent(share(c, s))))),
                "zmin": 0,
                "zmax": 0.6,
                "colorscale": palette::scale(),
                "showscale": false,
                "xgap": 3,
                "ygap": 3,
                "hoverongaps": false,
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 90 + 44 * segments.labels.len().max(3),
                "showlegend": false,
                "margin": { "l": 12, "r": 12, "t": 8, "b": 66 },
                "annotations": annotations,
                "xaxis": axes::columns(&(0..clusters.labels.len()).map(|c| wrapped(&name(c))).collect::<Vec<_>>()),
                "yaxis": axes::rows(&segments.labels.iter().map(|s| short_label(s, 22)).collect::<Vec<_>>()),
            }),
            links: json!([places(&|c, s| json!(href(c, s)))]),
        },
        table,
    }))
}
