//! `regulars cluster`: clusters a table with one row per customer, without storing a run.

use std::process::ExitCode;

use regulars_core::money::format_count;
use regulars_core::progress::{Progress, Unit};
use regulars_engine::Format;
use regulars_ingest::{Kind, TableRequest};
use regulars_pipeline::{ClusterTableRequest, TableCluster, TableClusters};

use super::validate::percent;
use crate::args::{ClusterArgs, OutputFormat};
use crate::environment;
use crate::failure::Result;
use crate::printer::{self, Align, line};
use crate::progress::Bars;
use crate::settings::Settings;
use crate::tables::PostgresTables;

/// Maximum number of features in the printed table.
const SHOWN_FEATURES: usize = 6;

pub(super) fn cluster(args: &ClusterArgs, settings: &Settings) -> Result<ExitCode> {
    let format = match &args.out {
        Some(out) => Some(Format::from_path(out).ok_or_else(|| super::export::unknown_format(out))?),
        None => None,
    };
    let mut config = settings.config.clone();
    config.clusters.clusters = args.clusters.or(config.clusters.clusters);
    config.check()?;
    let scratch = tempfile::Builder::new().prefix("regulars-").tempdir_in(environment::temp_folder())?;
    let bars = Bars::new(settings.show_progress, !settings.quiet);
    bars.step("Reading", None, Unit::Rows);
    let threads = args.threads.unwrap_or_else(environment::processors).clamp(1, 256);
    let table = regulars_ingest::customer_table(&TableRequest {
        input: &args.input,
        id: args.id.as_deref(),
        columns: args.features.as_deref(),
        config: &config,
        store_options: &environment::store_options(),
        tables: Some(&PostgresTables::new(threads)),
        scratch: scratch.path(),
    })
    .map_err(|mut error| {
        if error.kind == Kind::Ambiguous && error.message.contains("could be the customer") {
            error.hint = Some("name the right one: --id COLUMN".to_owned());
        }
        error
    })?;
    for note in &table.notes {
        bars.note(note);
    }
    bars.step("Finding clusters", None, Unit::Rows);
    let found = regulars_pipeline::cluster_table(&ClusterTableRequest {
        table: &table,
        settings: &config.clusters,
        raw: args.raw,
        seed: args.seed,
        threads,
    })?;
    if let (Some(out), Some(format)) = (&args.out, format) {
        regulars_pipeline::write_table_clusters(&table, &found, format, out)?;
    }
    bars.finish();
    match settings.format {
        OutputFormat::Json => printer::json(&found)?,
        OutputFormat::Csv => csv(&found)?,
        OutputFormat::Table => {
            people(&found, settings)?;
            if let Some(out) = args.out.as_ref().filter(|_| !settings.quiet) {
                let customers = format_count(table.customer_ids.len() as u64);
                line(format!("\n{}: {customers} customers with their clusters", out.display()))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn people(found: &TableClusters, settings: &Settings) -> Result<()> {
    let selection = &found.selection;
    let say = match found.strength {
        "weak" => "weak structure (no clear groups)",
        other => super::clusters::verdict(other),
    };
    line(format!("{}: {say}", super::clusters::counted(found.clusters.len())))?;
    let names: Vec<&str> = found
        .clusters
        .first()
        .map(|c| c.features.iter().filter(|f| f.z.is_some()).map(|f| f.name.as_str()).collect())
        .unwrap_or_default();
    let mut headers = vec![
        ("cluster", Align::Right),
        ("name", Align::Left),
        ("customers", Align::Right),
        ("share", Align::Right),
        ("silhouette", Align::Right),
    ];
    headers.extend(names.iter().take(SHOWN_FEATURES).map(|name| (*name, Align::Right)));
    let mut table = printer::table(&headers, settings.color);
    for c in &found.clusters {
        let means = c.features.iter().filter(|f| f.z.is_some()).take(SHOWN_FEATURES).map(|f| number(f.mean));
        table.add_row(head(c).into_iter().chain(means));
    }
    line(table)?;
    if names.len() > SHOWN_FEATURES {
        line(format!("(features: means; {} more with --format json)", names.len() - SHOWN_FEATURES))?;
    } else {
        line("(features: means)")?;
    }
    line(format!("\nNumber of clusters: {}", selection.rule))?;
    if let Some(runner_up) = selection.runner_up {
        line(format!("- runner-up: {runner_up}"))?;
    }
    if let Some(elbow) = selection.elbow {
        line(format!("- elbow of the inertia: {elbow}"))?;
    }
    for reason in selection.reasons.iter().chain(&selection.warnings).chain(&found.notes) {
        line(format!("- {reason}"))?;
    }
    Ok(())
}

fn head(c: &TableCluster) -> Vec<String> {
    vec![
        c.cluster.to_string(),
        c.name.clone(),
        format_count(c.customers as u64),
        percent(c.customer_share),
        c.silhouette.map_or_else(|| "none".to_owned(), |s| format!("{s:.2}")),
    ]
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |v| format!("{v:.2}"))
}

fn csv(found: &TableClusters) -> Result<()> {
    let names: Vec<&str> = found
        .clusters
        .first()
        .map(|c| c.features.iter().map(|f| f.name.as_str()).collect())
        .unwrap_or_default();
    let headers: Vec<&str> = ["cluster", "cluster_name", "customers", "customer_share", "silhouette"]
        .into_iter()
        .chain(names)
        .collect();
    let text = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
    printer::csv(
        &headers,
        found.clusters.iter().map(|c| {
            let mut row = vec![
                c.cluster.to_string(),
                c.name.clone(),
                c.customers.to_string(),
                c.customer_share.to_string(),
                text(c.silhouette),
            ];
            row.extend(c.features.iter().map(|f| text(f.mean)));
            row
        }),
    )
}
