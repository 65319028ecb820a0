//! `regulars predict`: forecasts for customers of other files, with the models of a run.

use std::path::Path;
use std::process::ExitCode;

use regulars_core::money::{format_count, format_minor, format_minor_grouped};
use regulars_core::progress::Progress;
use regulars_engine::Format;
use regulars_pipeline::{PredictRequest, PredictedByRun, predict_by_run};

use crate::args::{OutputFormat, PredictArgs, RunSelection};
use crate::environment;
use crate::failure::{Failure, Result};
use crate::printer::{self, line};
use crate::progress::Bars;
use crate::settings::{Settings, Source};

/// The result as JSON.
#[derive(serde::Serialize)]
struct PredictionJson<'a> {
    run_id: &'a str,
    model: &'a str,
    trained_until: &'a str,
    as_of: &'a str,
    horizon_days: u32,
    customers: u64,
    total_ltv_minor: i64,
    money_decimals: u8,
    notes: &'a [String],
}

pub(super) fn predict(args: &PredictArgs, settings: &Settings) -> Result<ExitCode> {
    let format = format_of(&args.out)?;
    let contributions = args.contributions.as_deref();
    if contributions == Some(args.out.as_path()) {
        return Err(
            Failure::new("--out and --contributions name the same file").hint("name two different files")
        );
    }
    let contributions = contributions.map(|path| Ok::<_, Failure>((path, format_of(path)?))).transpose()?;
    let which = RunSelection { name: args.name.clone(), run: args.model.clone() };
    let run = settings.run(&which)?;
    let source = Source::resolve(&args.source, settings)?;
    let scratch = tempfile::Builder::new().prefix("regulars-").tempdir_in(environment::temp_folder())?;
    let bars = Bars::new(settings.show_progress, !settings.quiet);
    let found = predict_by_run(&PredictRequest {
        source: source.request(scratch.path(), &bars),
        run: &run,
        out: &args.out,
        format,
        contributions,
    })?;
    for note in &found.notes {
        bars.note(note);
    }
    bars.finish();
    print(args, &found, run.run_id(), settings)?;
    Ok(ExitCode::SUCCESS)
}

fn format_of(path: &Path) -> Result<Format> {
    Format::from_path(path).ok_or_else(|| super::export::unknown_format(path))
}

fn print(args: &PredictArgs, found: &PredictedByRun, run_id: &str, settings: &Settings) -> Result<()> {
    match settings.format {
        OutputFormat::Json => printer::json(&PredictionJson {
            run_id,
            model: &found.model,
            trained_until: &found.trained_until,
            as_of: &found.as_of,
            horizon_days: found.horizon_days,
            customers: found.customers,
            total_ltv_minor: found.total_minor,
            money_decimals: found.money_decimals,
            notes: &found.notes,
        }),
        OutputFormat::Csv => printer::csv(
            &["run_id", "model", "trained_until", "as_of", "horizon_days", "customers", "total_ltv"],
            std::iter::once(vec![
                run_id.to_owned(),
                found.model.clone(),
                found.trained_until.clone(),
                found.as_of.clone(),
                found.horizon_days.to_string(),
                found.customers.to_string(),
                format_minor(found.total_minor, found.money_decimals),
            ]),
        ),
        OutputFormat::Table if settings.quiet => Ok(()),
        OutputFormat::Table => {
            line(format!(
                "{}: {} customers, total predicted LTV {} for the {} days after {}",
                args.out.display(),
                format_count(found.customers),
                format_minor_grouped(found.total_minor, found.money_decimals),
                found.horizon_days,
                found.as_of
            ))?;
            if let Some(path) = &args.contributions {
                line(format!("{}: feature contributions to each forecast", path.display()))?;
            }
            line(format!("model {} of run {run_id}, trained up to {}", found.model, found.trained_until))
        }
    }
}
