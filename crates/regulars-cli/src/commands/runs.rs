//! `regulars runs`: lists, shows, compares and removes runs.

use std::process::ExitCode;

use regulars_core::money::{format_count, format_minor_grouped};
use regulars_store::{Dataset, RunDiff, diff};

use crate::args::{OutputFormat, RunsCommand};
use crate::failure::Result;
use crate::printer::{self, Align, line};
use crate::settings::Settings;

pub(super) fn runs(command: &RunsCommand, settings: &Settings) -> Result<ExitCode> {
    match command {
        RunsCommand::List { name } => list(name.as_deref(), settings)?,
        RunsCommand::Show { run, name, verify } => {
            let run = settings.dataset(name.as_deref())?.run(run)?;
            if *verify {
                run.verify()?;
            }
            printer::json(&run.manifest)?;
        }
        RunsCommand::Diff { before, after, name } => {
            let dataset = settings.dataset(name.as_deref())?;
            let difference = diff(&dataset.run(before)?, &dataset.run(after)?)?;
            match settings.format {
                OutputFormat::Table => print_diff(&difference, settings)?,
                _ => printer::json(&difference)?,
            }
        }
        RunsCommand::Prune { keep, name, dry_run } => {
            let dataset = settings.dataset(name.as_deref())?;
            let removed = dataset.prune(*keep, *dry_run)?;
            for run_id in &removed {
                line(format!("{} {run_id}", if *dry_run { "would remove" } else { "removed" }))?;
            }
            if removed.is_empty() && !settings.quiet {
                line("nothing to remove")?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(name: Option<&str>, settings: &Settings) -> Result<()> {
    let home = settings.home()?;
    let datasets: Vec<Dataset> = match name {
        Some(name) => vec![home.dataset(name)?],
        None => {
            home.datasets()?.iter().map(|name| home.dataset(name)).collect::<std::result::Result<_, _>>()?
        }
    };
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    for dataset in &datasets {
        let current = dataset.current()?.map(|run| run.run_id().to_owned());
        let found = dataset.runs()?;
        problems.extend(found.problems.iter().map(|p| format!("damaged: {}: {}", p.run_id, p.error)));
        for run in found.complete {
            let is_current = current.as_deref() == Some(run.run_id());
            let manifest = &run.manifest;
            rows.push(vec![
                dataset.name().to_owned(),
                run.run_id().to_owned(),
                if is_current { "yes".to_owned() } else { String::new() },
                manifest.as_of.chars().take(10).collect(),
                manifest.customers.to_string(),
                manifest.rows.clean.to_string(),
                format!("{:.1}", manifest.timings_seconds.iter().map(|(_, s)| s).sum::<f64>()),
            ]);
        }
    }
    let headers = ["dataset", "run", "current", "as_of", "customers", "transactions", "seconds"];
    match settings.format {
        OutputFormat::Csv => printer::csv(&headers, rows)?,
        OutputFormat::Json => {
            let objects: Vec<serde_json::Map<String, serde_json::Value>> = rows
                .iter()
                .map(|row| {
                    headers.iter().zip(row).map(|(h, v)| ((*h).to_owned(), v.clone().into())).collect()
                })
                .collect();
            printer::json(&objects)?;
        }
        OutputFormat::Table => {
            let aligned = headers.map(|h| {
                (
                    h,
                    if matches!(h, "customers" | "transactions" | "seconds") {
                        Align::Right
                    } else {
                        Align::Left
                    },
                )
            });
            let mut table = printer::table(&aligned, settings.color);
            for row in rows {
                table.add_row(row);
            }
            line(table)?;
        }
    }
    for problem in problems {
        line(problem)?;
    }
    Ok(())
}

fn print_diff(difference: &RunDiff, settings: &Settings) -> Result<()> {
    let (before, after) = (&difference.before, &difference.after);
    let mut table = printer::table(
        &[("", Align::Left), ("before", Align::Right), ("after", Align::Right)],
        settings.color,
    );
    table.add_row(["run", &before.run_id, &after.run_id]);
    table.add_row(["customers".to_owned(), format_count(before.customers), format_count(after.customers)]);
    table.add_row(["clean rows".to_owned(), format_count(before.rows.clean), format_count(after.rows.clean)]);
    table.add_row([
        "revenue".to_owned(),
        format_minor_grouped(before.revenue_minor, before.money_decimals),
        format_minor_grouped(after.revenue_minor, after.money_decimals),
    ]);
    for segment in &difference.segments {
        table.add_row([
            segment.segment.clone(),
            segment.before.map_or_else(String::new, format_count),
            segment.after.map_or_else(String::new, format_count),
        ]);
    }
    line(table)?;
    for change in difference.config.iter().chain(&difference.other_changes) {
        line(format!("{}: {} -> {}", change.key, text(&change.before), text(&change.after)))?;
    }
    for input in &difference.inputs {
        line(format!("input {}", serde_json::to_string(input)?))?;
    }
    if let Some(movement) = &difference.movement {
        line(format!(
            "{} customers stayed in their segment, {} moved, {} are new, {} are no longer in the data",
            format_count(movement.stayed),
            format_count(movement.moved),
            format_count(movement.gained),
            format_count(movement.lost)
        ))?;
        for step in movement.moves().iter().take(10) {
            line(format!("  {} from {} to {}", format_count(step.customers), step.from, step.to))?;
        }
    }
    Ok(())
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
