//! Clusters in words and rows: how real they are first, then what each one is.

use regulars_core::summary::{ClusterEntry, ClusterSummary, RunSummary};

use super::segments::bar_width;
use crate::format::{self, Money};

/// The card of the clusters.
#[derive(Debug)]
pub(crate) struct ClusterCard {
    pub(crate) lead: String,
    /// Whether the clusters are not to be relied on.
    pub(crate) weak: bool,
    pub(crate) reasons: Vec<String>,
    pub(crate) warnings: Vec<String>,
    pub(crate) rows: Vec<ClusterRow>,
}

/// One row of the cluster table.
#[derive(Debug)]
pub(crate) struct ClusterRow {
    pub(crate) name: String,
    /// Its number and what sets it apart.
    pub(crate) traits: String,
    /// The segments of its customers, and some customers.
    pub(crate) members: String,
    pub(crate) customers: String,
    pub(crate) customer_share: String,
    /// The share as the width of a bar, in percent.
    pub(crate) customer_bar: String,
    pub(crate) revenue: String,
    pub(crate) revenue_share: String,
    pub(crate) revenue_bar: String,
    pub(crate) recency: String,
    pub(crate) frequency: String,
    pub(crate) monetary: String,
}

/// The clusters of a run, if it has any.
pub(crate) fn card(summary: &RunSummary) -> Option<ClusterCard> {
    let found = summary.clusters.as_ref()?;
    let money = Money::of(summary);
    Some(ClusterCard {
        lead: lead(found),
        weak: found.strength == "weak",
        reasons: found.reasons.clone(),
        warnings: found.warnings.clone(),
        rows: found.clusters.iter().map(|c| row(c, &money)).collect(),
    })
}

/// What a reader may do with the clusters, by how real they are.
fn lead(found: &ClusterSummary) -> String {
    let number = match found.clusters.len() {
        1 => "1 cluster".to_owned(),
        number => format!("{number} clusters"),
    };
    let say = match found.strength.as_str() {
        "strong" => "groups well apart: treat each in its own way",
        "moderate" => {
            "groups that overlap but are found again: good for campaigns, not for rules about single customers"
        }
        _ => {
            "no clear groups: the customers change gradually from one end to the other, so prefer the segments above"
        }
    };
    let silhouette = found.silhouette.map_or_else(String::new, |s| format!(" (mean silhouette {s:.2})"));
    format!("Found by K-means in the customers' behaviour, not by rule. {number}{silhouette}: {say}.")
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
    format!("{}; nearest to the centre: {}", segments.join(", "), cluster.examples.join(", "))
}

fn row(cluster: &ClusterEntry, money: &Money) -> ClusterRow {
    ClusterRow {
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
