//! Customer segmentation: `/d/{dataset}/clusters`. Cluster quality first, then each cluster, their
//! separation, and the choice of their number.

use askama::Template;
use axum::response::Response;
use regulars_analysis::format::{self, NOTHING};
use regulars_core::summary::{ClusterEntry, ClusterSummary};
use regulars_core::tables::cluster_alternatives;

use super::card::{ChartCard, OptionGroup, axes_of_boxes, in_pairs};
use super::nav::Page;
use super::segments::bar_width;
use super::shell::{PageContext, Shell, render};
use super::value::why_missing;
use crate::error::ServerError;
use crate::palette;
use crate::view::View;

const BOXES: [&str; 3] = ["cluster-recency", "cluster-frequency", "cluster-monetary"];
const SELECTION: [&str; 6] = [
    "selection-silhouette",
    "selection-stability",
    "selection-inertia",
    "selection-calinski-harabasz",
    "selection-davies-bouldin",
    "selection-gap",
];

/// The clusters of a run.
#[derive(Template)]
#[template(path = "clusters.html")]
struct ClustersPage {
    shell: Shell,
    found: Option<ClusterCard>,
    /// The reason if the run has no clusters.
    missing: String,
    charts: Vec<ChartCard>,
    boxes: Vec<ChartCard>,
    axes: OptionGroup,
    apart: Vec<ChartCard>,
    selection: Vec<ChartCard>,
    alternatives: Vec<Alternative>,
    csv: String,
}

/// One row of the comparison with other clustering methods.
#[derive(Debug)]
struct Alternative {
    method: &'static str,
    numbers: [String; 6],
}

/// The clusters as sentences and table rows.
#[derive(Debug)]
struct ClusterCard {
    verdict: &'static str,
    lead: String,
    /// Whether the clusters are too weak to rely on.
    weak: bool,
    choice: String,
    reasons: Vec<String>,
    warnings: Vec<String>,
    /// Features dropped or filled in, and other deviations.
    notes: Vec<String>,
    /// Whether a filter is in force, which these figures ignore.
    of_all: bool,
    rows: Vec<ClusterRow>,
}

/// One row of the cluster table.
#[derive(Debug)]
struct ClusterRow {
    /// Colour class in the style sheet.
    swatch: String,
    href: String,
    name: String,
    /// Number and distinctive features.
    traits: String,
    /// Shares of segments, and typical customers.
    members: String,
    customers: String,
    customer_share: String,
    /// Width of the share bar, in percent.
    customer_bar: String,
    revenue: String,
    revenue_share: String,
    revenue_bar: String,
    recency: String,
    frequency: String,
    silhouette: String,
    monetary: String,
}

pub(super) fn clusters(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let has = view.frame.summary.clusters.is_some();
    let cards = |names: &[&str]| if has { ChartCard::all(view, names) } else { Ok(Vec::new()) };
    let mut page = ClustersPage {
        found: view.frame.summary.clusters.as_ref().map(|found| card(view, found)),
        missing: why_missing(view, "clusters", "Clustering", "no clusters: "),
        charts: in_pairs(cards(&["clusters", "cluster-profile"])?),
        boxes: cards(&BOXES)?,
        axes: axes_of_boxes(view, &Page::Clusters.path(view.dataset()), "boxes"),
        apart: in_pairs(cards(&["cluster-picture", "silhouettes", "cluster-segments"])?),
        selection: cards(&SELECTION)?,
        alternatives: alternatives(view)?,
        csv: view.api("charts/cluster-picture.csv"),
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_run(Page::Clusters, view, around)?;
    render(&page)
}

fn alternatives(view: &View) -> Result<Vec<Alternative>, ServerError> {
    let rows = view.frame.rows::<cluster_alternatives::Row>()?.unwrap_or_default();
    let two = |value: Option<f64>| value.map_or_else(|| NOTHING.to_owned(), format::two);
    let line = |row: &cluster_alternatives::Row| Alternative {
        method: match row.method.as_str() {
            "k-means" => "K-means",
            "mixture" => "Gaussian mixture",
            "density" => "Density (HDBSCAN)",
            _ => "Other",
        },
        numbers: [
            format::count(row.clusters),
            two(row.silhouette),
            two(row.stability),
            two(row.agreement),
            format::percent(row.noise_share.unwrap_or(f64::NAN)),
            sizes(&row.sizes),
        ],
    };
    Ok(rows.iter().map(line).collect())
}

/// Sizes with thousands grouped: `1,134 · 866`.
fn sizes(list: &str) -> String {
    let grouped = |size: &str| size.parse::<u64>().map_or_else(|_| size.to_owned(), format::count);
    list.split(", ").map(grouped).collect::<Vec<_>>().join(" · ")
}

fn card(view: &View, found: &ClusterSummary) -> ClusterCard {
    let sentences = |list: &[String]| {
        list.iter().map(|text| format!("{}.", format::capitalised(&text.replace('`', "")))).collect()
    };
    ClusterCard {
        verdict: match found.strength.as_str() {
            "strong" => "Strong",
            "moderate" => "Moderate",
            _ => "Weak",
        },
        lead: lead(found),
        weak: found.strength == "weak",
        choice: choice(found),
        reasons: sentences(&found.reasons),
        warnings: sentences(&found.warnings),
        notes: sentences(&found.notes),
        rows: found.clusters.iter().enumerate().map(|(place, c)| row(view, place, c)).collect(),
        of_all: !view.chosen.is_all(),
    }
}

/// Explains the number of clusters.
fn choice(found: &ClusterSummary) -> String {
    let number = found.clusters.len();
    let mut words = format!("{number} clusters were chosen by {}.", found.rule);
    if let Some(next) = found.runner_up {
        words.push_str(&format!(" Runner-up: {next}."));
    }
    match found.elbow {
        Some(elbow) if elbow == number => words.push_str(" The inertia elbow agrees."),
        Some(elbow) => words.push_str(&format!(" Elbow at {elbow} (not used to choose).")),
        None => {}
    }
    words
}

/// How to use the clusters, given their strength.
fn lead(found: &ClusterSummary) -> String {
    let number = match found.clusters.len() {
        1 => "1 cluster".to_owned(),
        number => format!("{number} clusters"),
    };
    let say = match found.strength.as_str() {
        "strong" => "well-separated groups; address each one differently",
        "moderate" => {
            "groups that overlap but reappear on resampled data; good for campaigns, not for decisions about single customers"
        }
        _ => {
            "no clear groups, because customers differ only gradually; prefer the rule-based segments, which you can explain"
        }
    };
    let silhouette = found.silhouette.map_or_else(String::new, |s| format!(" (mean silhouette {s:.2})"));
    format!("{number}{silhouette}: {say}. Found by K-means on customer behaviour, not by rules.")
}

fn members(cluster: &ClusterEntry) -> String {
    let segments: Vec<String> = cluster
        .segments
        .iter()
        .map(|s| {
            let share = s.customers as f64 / cluster.customers.max(1) as f64;
            format!("{} {}", s.segment, format::percent(share))
        })
        .collect();
    format!("{}; closest to the center: {}", segments.join(", "), cluster.examples.join(", "))
}

fn row(view: &View, place: usize, cluster: &ClusterEntry) -> ClusterRow {
    let money = &view.money;
    ClusterRow {
        swatch: palette::swatch(&palette::cluster(place)),
        href: view.customers(
            regulars_analysis::filter::Filter::default().with_cluster(&cluster.cluster.to_string()),
        ),
        silhouette: cluster.silhouette.map_or_else(|| NOTHING.to_owned(), format::two),
        name: cluster.name.clone(),
        traits: match cluster.traits.as_slice() {
            [] => format!("cluster {}", cluster.cluster),
            traits => format!("cluster {}: {}", cluster.cluster, traits.join(", ")),
        },
        members: members(cluster),
        customers: format::count(cluster.customers),
        customer_share: format::percent(cluster.customer_share),
        customer_bar: bar_width(cluster.customer_share),
        revenue: money.exact(cluster.revenue_minor),
        revenue_share: format::percent(cluster.revenue_share),
        revenue_bar: bar_width(cluster.revenue_share),
        recency: format::mean(cluster.recency_mean),
        frequency: format::mean(cluster.frequency_mean),
        monetary: money.mean(cluster.monetary_mean_minor),
    }
}
