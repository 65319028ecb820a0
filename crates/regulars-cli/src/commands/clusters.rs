//! `regulars cluster-explain`, `regulars assign`, and the clusters in `regulars report`.

use std::process::ExitCode;

use regulars_core::money::{format_count, format_minor_grouped};
use regulars_core::progress::Progress;
use regulars_core::summary::RunSummary;
use regulars_engine::Format;

use super::validate::percent;
use crate::args::{AssignArgs, ExplainArgs, OutputFormat};
use crate::environment;
use crate::failure::Result;
use crate::printer::{self, Align, line};
use crate::progress::Bars;
use crate::settings::{Settings, Source};

/// Maximum number of segments printed per cluster.
const SHOWN_SEGMENTS: usize = 3;

/// The clusters and their quality.
pub(super) fn overview(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = &summary.clusters else {
        return Ok(());
    };
    let say = verdict(&found.strength);
    let silhouette = found.silhouette.map_or_else(String::new, |s| format!(", mean silhouette {s:.2}"));
    line(format!("{}{silhouette}: {say}", counted(found.clusters.len())))?;
    let mut table = printer::table(
        &[
            ("cluster", Align::Right),
            ("name", Align::Left),
            ("customers", Align::Right),
            ("share", Align::Right),
            ("revenue", Align::Right),
            ("share", Align::Right),
            ("recency", Align::Right),
            ("orders", Align::Right),
            ("spend", Align::Right),
        ],
        settings.color,
    );
    for c in &found.clusters {
        table.add_row([
            c.cluster.to_string(),
            c.name.clone(),
            format_count(c.customers),
            percent(c.customer_share),
            format_minor_grouped(c.revenue_minor, summary.money_decimals),
            percent(c.revenue_share),
            format!("{:.0}", c.recency_mean),
            format!("{:.1}", c.frequency_mean),
            format_minor_grouped(c.monetary_mean_minor.round() as i64, summary.money_decimals),
        ]);
    }
    line(table)
}

/// "1 cluster", "2 clusters".
pub(super) fn counted(clusters: usize) -> String {
    if clusters == 1 { "1 cluster".to_owned() } else { format!("{clusters} clusters") }
}

/// Prints why a run has no clusters, if clustering was requested.
pub(super) fn missing(notes: &[String]) -> Result<()> {
    for note in notes.iter().filter(|note| note.starts_with("no clusters: ")) {
        line(format!("\n{note}"))?;
    }
    Ok(())
}

/// Cluster quality in words.
pub(super) fn verdict(strength: &str) -> &'static str {
    match strength {
        "strong" => "strong structure (well-separated groups)",
        "moderate" => "moderate structure (overlapping but stable groups)",
        _ => "weak structure (no clear groups, prefer the segments)",
    }
}

/// How the number of clusters was chosen, and who is in them.
pub(super) fn details(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = &summary.clusters else {
        return Ok(());
    };
    line(format!("\nChoice of the number of clusters: {}", found.rule))?;
    let other = |name: &str, k: Option<usize>| k.map_or_else(String::new, |k| format!("; {name} {k}"));
    line(format!(
        "{}{}{}",
        counted(found.clusters.len()),
        other("runner-up", found.runner_up),
        other("elbow of the inertia", found.elbow)
    ))?;
    for reason in found.reasons.iter().chain(&found.warnings).chain(&found.notes) {
        line(format!("- {reason}"))?;
    }
    line("\nCluster composition")?;
    let headers = [
        ("cluster", Align::Right),
        ("segments", Align::Left),
        ("customers closest to the center", Align::Left),
    ];
    let mut table = printer::table(&headers, settings.color);
    for c in &found.clusters {
        let share = |count: u64| percent(count as f64 / c.customers.max(1) as f64);
        let mut segments: Vec<String> = c
            .segments
            .iter()
            .take(SHOWN_SEGMENTS)
            .map(|s| format!("{} {}", s.segment, share(s.customers)))
            .collect();
        let others: u64 = c.segments.iter().skip(SHOWN_SEGMENTS).map(|s| s.customers).sum();
        if others > 0 {
            segments.push(format!("others {}", share(others)));
        }
        table.add_row([c.cluster.to_string(), segments.join(", "), c.examples.join(", ")]);
    }
    line(table)
}

pub(super) fn explain(args: &ExplainArgs, settings: &Settings) -> Result<ExitCode> {
    let run = settings.run(&args.which)?;
    let found = regulars_pipeline::explain_cluster(&run, &args.customer)?;
    let contributions = &found.explanation.contributions;
    match settings.format {
        OutputFormat::Json => printer::json(&found)?,
        OutputFormat::Csv => printer::csv(
            &[
                "customer_id",
                "cluster",
                "cluster_name",
                "distance",
                "next_cluster",
                "next_cluster_name",
                "next_distance",
                "feature",
                "value",
                "z",
                "own_z",
                "next_z",
                "pull",
            ],
            contributions.iter().map(|p| {
                let of = |at: usize| found.explanation.distances.get(at);
                let number = |at| of(at).map_or_else(String::new, |d| d.distance.to_string());
                vec![
                    found.customer_id.clone(),
                    found.cluster.to_string(),
                    found.cluster_name.clone(),
                    number(0),
                    of(1).map_or_else(String::new, |d| d.id.to_string()),
                    of(1).map_or_else(String::new, |d| d.name.clone()),
                    number(1),
                    p.feature.clone(),
                    p.value.map_or_else(String::new, |v| v.to_string()),
                    p.z.to_string(),
                    p.own_z.to_string(),
                    p.next_z.to_string(),
                    p.pull.to_string(),
                ]
            }),
        )?,
        OutputFormat::Table => {
            line(format!(
                "customer {} is in cluster {}: {}",
                found.customer_id, found.cluster, found.cluster_name
            ))?;
            let mut table = printer::table(
                &[("cluster", Align::Right), ("name", Align::Left), ("distance", Align::Right)],
                settings.color,
            );
            for d in &found.explanation.distances {
                table.add_row([d.id.to_string(), d.name.clone(), format!("{:.2}", d.distance)]);
            }
            line(table)?;
            line("Features that favour this cluster over the nearest other cluster, strongest first:")?;
            let mut table = printer::table(
                &[
                    ("feature", Align::Left),
                    ("value", Align::Right),
                    ("z-score", Align::Right),
                    ("own center", Align::Right),
                    ("other center", Align::Right),
                    ("pull", Align::Right),
                ],
                settings.color,
            );
            for p in contributions {
                table.add_row([
                    p.feature.clone(),
                    p.value.map_or_else(|| "none".to_owned(), |v| format!("{v:.2}")),
                    format!("{:+.2}", p.z),
                    format!("{:+.2}", p.own_z),
                    format!("{:+.2}", p.next_z),
                    format!("{:+.2}", p.pull),
                ]);
            }
            line(table)?;
            line(
                "(z-score, centers: standard deviations from the mean customer, after log transform; pull: \
                 how much closer the feature brings the customer to its own cluster, negative if it favours \
                 the other)",
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The result of `assign` as JSON.
#[derive(serde::Serialize)]
struct Placed<'a> {
    run_id: &'a str,
    customers: u64,
    clusters: Vec<PlacedCluster<'a>>,
    notes: &'a [String],
}

#[derive(serde::Serialize)]
struct PlacedCluster<'a> {
    cluster: u32,
    cluster_name: &'a str,
    customers: u64,
}

impl<'a> PlacedCluster<'a> {
    fn of((cluster, cluster_name, customers): &'a (u32, String, u64)) -> Self {
        Self { cluster: *cluster, cluster_name, customers: *customers }
    }
}

pub(super) fn assign(args: &AssignArgs, settings: &Settings) -> Result<ExitCode> {
    let format = Format::from_path(&args.out).ok_or_else(|| super::export::unknown_format(&args.out))?;
    let run = settings.run(&args.which)?;
    let source = Source::resolve(&args.source, settings)?;
    let scratch = tempfile::Builder::new().prefix("regulars-").tempdir_in(environment::temp_folder())?;
    let bars = Bars::new(settings.show_progress, !settings.quiet);
    let assigned =
        regulars_pipeline::assign(&source.request(scratch.path(), &bars), &run, format, &args.out)?;
    for note in &assigned.notes {
        bars.note(note);
    }
    bars.finish();
    match settings.format {
        OutputFormat::Table => {}
        OutputFormat::Json => {
            printer::json(&Placed {
                run_id: run.run_id(),
                customers: assigned.customers,
                clusters: assigned.clusters.iter().map(PlacedCluster::of).collect(),
                notes: &assigned.notes,
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        OutputFormat::Csv => {
            let rows = assigned.clusters.iter().map(PlacedCluster::of);
            printer::csv(
                &["cluster", "cluster_name", "customers"],
                rows.map(|c| vec![c.cluster.to_string(), c.cluster_name.to_owned(), c.customers.to_string()]),
            )?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    if !settings.quiet {
        line(format!(
            "{}: {} customers in the clusters of run {}",
            args.out.display(),
            format_count(assigned.customers),
            run.run_id()
        ))?;
        let mut table = printer::table(
            &[("cluster", Align::Right), ("name", Align::Left), ("customers", Align::Right)],
            settings.color,
        );
        for (id, name, customers) in &assigned.clusters {
            table.add_row([id.to_string(), name.clone(), format_count(*customers)]);
        }
        line(table)?;
    }
    Ok(ExitCode::SUCCESS)
}
