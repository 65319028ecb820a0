//! Clusters by customers and by revenue, and clusters against segments.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::measures::by_class;
use regulars_analysis::table::TableOf;
use regulars_core::label;

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure, short_label, wrapped};
use super::super::heat_map::HeatMap;
use super::super::trace::Trace;
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
    let name = |place: usize| view.frame.cluster_name(&clusters.labels[place]);
    let customer_share = |place: usize| sums[place].customers as f64 / customers as f64;
    let revenue_share =
        |place: usize| if revenue > 0 { sums[place].spend_minor as f64 / revenue as f64 } else { f64::NAN };
    let places = 0..sums.len();
    let table = TableOf::new(places.clone())
        .text("cluster_name", "Cluster", name)
        .count("customers", "Customers", |place| sums[place].customers)
        .share("customer_share", "% of customers", customer_share)
        .money("revenue", "Revenue", |place| sums[place].spend_minor)
        .share("revenue_share", concat!("% of ", label!(revenue)), revenue_share)
        .number("recency_mean", "Days since last order", |place| sums[place].recency_mean())
        .number("frequency_mean", "Orders per customer", |place| sums[place].orders_mean())
        .money("monetary_mean", "Spend per customer", |place| sums[place].spend_mean_minor())
        .links(|place| {
            let filter = view.filter().with_cluster(&clusters.labels[place]);
            (sums[place].customers > 0).then(|| view.customers(filter))
        });
    let bars = |title: &str, share: &dyn Fn(usize) -> f64, words: &dyn Fn(usize) -> String| {
        let tooltip =
            format!("%{{customdata[0]}}<br>%{{text}} of {}: %{{customdata[1]}}", title.to_lowercase());
        Trace::bars(places.clone())
            .name(title)
            .x(|place| share(place) * 100.0)
            .text(|place| format::percent(share(place)))
            .details(|place| [short_label(&name(place), 60), words(place)], &tooltip)
            .colours(palette::cluster)
    };
    // Room for the label after the longest bar.
    let most = places.clone().flat_map(|p| [customer_share(p), revenue_share(p)]).fold(0.0, f64::max);
    let names: Vec<String> = places.clone().map(|place| wrapped(&name(place))).collect();
    let best = places.clone().max_by_key(|place| sums[*place].spend_minor).unwrap_or(0);
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
        figure: Figure::new(80 + 62 * sums.len().max(2), [16, 8, 30])
            .with(
                bars("Customers", &customer_share, &|place| format::customers(sums[place].customers))
                    .marker("opacity", 0.5),
            )
            .with(
                bars("Revenue", &revenue_share, &|place| view.money.rounded(sums[place].spend_minor as f64))
                    .marker("opacity", 1.0),
            )
            .grouped(0.34)
            .x(Axis::default().set("ticksuffix", "%").range(0.0, most * 122.0).ticks(6))
            .y(Axis::bars(&names))
            .linked(&table),
        table,
    }))
}

/// Customers by cluster and segment.
pub(crate) fn segments(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(clusters) = view.frame.clusters()? else { return Ok(None) };
    let segments = view.frame.segments()?;
    let (columns, rows) = (clusters.labels.len(), segments.labels.len());
    let counts: Vec<Vec<u64>> = clusters
        .divide(&view.chosen, |row| Some(usize::from(segments.codes[row])))
        .iter()
        .map(|codes| (0..rows).map(|s| codes.iter().filter(|code| **code == s).count() as u64).collect())
        .collect();
    let name = |cluster: usize| view.frame.cluster_name(&clusters.labels[cluster]);
    let segment = |segment: usize| segments.labels[segment].as_str();
    let share = |c: usize, s: usize| counts[c][s] as f64 / counts[c].iter().sum::<u64>().max(1) as f64;
    let href = |c: usize, s: usize| {
        let filter = view.filter().with_cluster(&clusters.labels[c]).with_segment(segment(s));
        (counts[c][s] > 0).then(|| view.customers(filter))
    };
    let text = |c: usize, s: usize| {
        let text = format!("{}<br>{}", format::count(counts[c][s]), format::percent(share(c, s)));
        (counts[c][s] > 0).then(|| (text, palette::ink_at(share(c, s) / 0.6)))
    };
    let hover = |c: usize, s: usize| {
        let (customers, share) = (format::customers(counts[c][s]), format::percent(share(c, s)));
        let (cluster, segment) = (short_label(&name(c), 60), short_label(segment(s), 40));
        format!("{cluster}, {segment}<br>{customers}, {share} of the cluster")
    };
    let cells = (0..rows).flat_map(|s| (0..columns).map(move |c| (c, s)));
    let largest = cells.max_by(|a, b| share(a.0, a.1).total_cmp(&share(b.0, b.1)));
    let Some((c, s)) = largest else { return Ok(None) };
    let names: Vec<String> = (0..columns).map(|c| wrapped(&name(c))).collect();
    let segment_names: Vec<String> = segments.labels.iter().map(|s| short_label(s, 22)).collect();
    Ok(Some(Drawn {
        title: format!("{} of “{}” are {}", format::percent_in_text(share(c, s)), name(c), segment(s)),
        advice: "Segments follow rules; clusters are found from all features. A cluster spread over many segments captures more than RFM. Click a cell for its customers.".to_owned(),
        units: "customers, and their share of the cluster".to_owned(),
        figure: HeatMap::new(columns, rows, palette::SEQUENTIAL, |c, s| {
            if counts[c][s] == 0 { f64::NAN } else { share(c, s) }
        })
        .between(0.0, 0.6)
        .hover(hover)
        .text(12, text)
        .links(href)
        .figure(90 + 44 * rows.max(3), [12, 8, 66])
        .x(Axis::columns(&names))
        .y(Axis::rows(&segment_names)),
        table: TableOf::new((0..columns).flat_map(|c| (0..rows).map(move |s| (c, s))))
            .text("cluster_name", "Cluster", |(c, _)| name(c))
            .text("segment", "Segment", |(_, s)| segment(s))
            .count("customers", "Customers", |(c, s)| counts[c][s])
            .share("share_of_cluster", "% of cluster", |(c, s)| share(c, s))
            .links(|(c, s)| href(c, s)),
    }))
}
