//! `regulars run`: the complete analysis, stored as a run.

use std::process::ExitCode;
use std::sync::Arc;

use regulars_core::manifest::ReusedStep;
use regulars_core::names::{check_dataset_name, dataset_name_from};
use regulars_core::progress::Progress;
use regulars_core::validation::Severity;
use regulars_pipeline::{Finished, RunOptions, StepSelection};
use regulars_postgres::publish::Target;
use regulars_store::Run;

use super::validate::remarks;
use super::{publish, report};
use crate::args::{OutputFormat, RunArgs};
use crate::environment::{self, SystemClock};
use crate::failure::{CHECK_FAILED, Failure, Result, remark};
use crate::lines::Lines;
use crate::printer;
use crate::progress::Bars;
use crate::settings::{Settings, Source, apply_scores, parse_bytes};
use crate::tables::{self, PostgresTables};

pub(super) fn run(args: &RunArgs, settings: &Settings) -> Result<ExitCode> {
    if args.end_with_stdin {
        environment::at_end_of_stdin(|| environment::leave(2));
    }
    let made = make(args, settings);
    if let (true, Err(failure)) = (args.tell, &made) {
        failure.as_line().say();
    }
    made
}

fn make(args: &RunArgs, settings: &Settings) -> Result<ExitCode> {
    let mut source = Source::resolve(&args.source, settings)?;
    apply_scores(&mut source.config, args.method.as_deref(), args.rules.as_deref());
    source.config.clusters.clusters = args.clusters.or(source.config.clusters.clusters);
    source.config.value.horizon_days = args.horizon_days.unwrap_or(source.config.value.horizon_days);
    let name = match &args.name {
        Some(name) => name.clone(),
        None => default_name(&source.input_paths.orders[0]),
    };
    check_dataset_name(&name)?;
    source.input_paths.orders =
        tables::with_watermark(&source.input_paths.orders, args.watermark.as_deref())?;
    if source.input_paths.has_tables() {
        // A run that cannot be read keeps nothing for the next.
        let earlier = settings.home()?.dataset(&name)?.current().ok().flatten().map(|run| run.dir);
        source.input_paths.tables = Some(Arc::new(PostgresTables::new(source.threads).after(earlier)));
    }
    let target = publish::target_of_run(&args.publish)?;
    if let Some(target) = &target {
        // Before the work rather than after it.
        regulars_postgres::publish::check(target)?;
    }
    let memory_limit_bytes = args.memory_limit.as_deref().map(parse_bytes).transpose()?;
    let options = RunOptions {
        steps: StepSelection::parse(&args.steps)?,
        seed: args.seed,
        reuse: !args.no_reuse,
        memory_limit_bytes,
        ..options(source)
    };
    let finished = if args.tell {
        run_with(&name, &options, settings, &Lines::new())?
    } else {
        run_dataset(&name, &options, settings)?
    };
    let printed = print(&finished, settings);
    // Also if nobody reads the output any more, as in `regulars run … | head`.
    if let Some(target) = &target {
        publish_run(&finished.run, target, args, settings)?;
    }
    printed?;
    let failed = finished.report.worst() == Some(Severity::Error);
    // The text output ends with them; otherwise they explain exit code 1.
    if settings.quiet || settings.format != OutputFormat::Table {
        let wanted = |text: &&String| !settings.quiet || text.starts_with(Severity::Error.label());
        remarks(&finished.report).iter().filter(wanted).for_each(|text| remark(text));
    }
    Ok(if failed { ExitCode::from(CHECK_FAILED) } else { ExitCode::SUCCESS })
}

/// Publishes the finished run, which is stored in any case.
fn publish_run(run: &Run, target: &Target, args: &RunArgs, settings: &Settings) -> Result<()> {
    let (lines, bars);
    let progress: &dyn Progress = if args.tell {
        lines = Lines::new();
        &lines
    } else {
        bars = Bars::new(settings.show_progress, !settings.quiet);
        &bars
    };
    let published = publish::publish_run(run, target, progress).map_err(|failure| {
        let (message, hint) = failure.into_parts();
        let again = "the run is stored; publish it with `regulars publish`";
        Failure::new(format!("the run was not published: {message}"))
            .hint(hint.map_or_else(|| again.to_owned(), |hint| format!("{hint}; {again}")))
    })?;
    match settings.format {
        _ if settings.quiet => Ok(()),
        OutputFormat::Table => printer::line(published.line()),
        // Standard output is the summary.
        _ => {
            remark(&published.line());
            Ok(())
        }
    }
}

/// The data set of an input: the name of its table or file.
fn default_name(input: &str) -> String {
    dataset_name_from(tables::name_of(input).as_deref().unwrap_or(input))
}

/// The options of a run over these sources, all others at their defaults.
pub(super) fn options(source: Source) -> RunOptions {
    let Source { input_paths, config, as_of_micros, today_micros, threads, store_options } = source;
    let code_version = environment::code_version();
    let defaults = RunOptions::new(Vec::new(), today_micros);
    RunOptions { input_paths, config, as_of_micros, threads, store_options, code_version, ..defaults }
}

/// Runs one data set, with progress.
pub(super) fn run_dataset(name: &str, options: &RunOptions, settings: &Settings) -> Result<Finished> {
    let bars = Bars::new(settings.show_progress, !settings.quiet);
    let finished = run_with(name, options, settings, &bars)?;
    bars.finish();
    Ok(finished)
}

fn run_with(
    name: &str,
    options: &RunOptions,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Finished> {
    let dataset = settings.home()?.dataset(name)?;
    Ok(regulars_pipeline::run(&dataset, options, progress, &SystemClock)?)
}

fn print(finished: &Finished, settings: &Settings) -> Result<()> {
    match settings.format {
        OutputFormat::Table if settings.quiet => Ok(()),
        OutputFormat::Table => {
            report::print_summary(&finished.summary, settings)?;
            for remark in remarks(&finished.report) {
                printer::line(remark)?;
            }
            for reused in reused(&finished.run.manifest.reused) {
                printer::line(reused)?;
            }
            printer::line(format!(
                "stored run {} of data set `{}` in {:.*} s; open it with `regulars serve`",
                finished.run.run_id(),
                finished.run.manifest.dataset,
                if finished.seconds < 1.0 { 2 } else { 1 },
                finished.seconds
            ))
        }
        _ => report::print(&finished.summary, settings),
    }
}

/// One line per run whose steps were reused.
fn reused(steps: &[ReusedStep]) -> Vec<String> {
    let mut runs: Vec<(&Option<String>, Vec<&str>)> = Vec::new();
    for step in steps {
        match runs.iter_mut().find(|(run, _)| **run == step.run_id) {
            Some((_, names)) => names.push(&step.step),
            None => runs.push((&step.run_id, vec![&step.step])),
        }
    }
    let line = |(run, names): (&Option<String>, Vec<&str>)| {
        let from = run.as_ref().map_or("the run that was interrupted".to_owned(), |id| format!("run {id}"));
        format!("reused from {from}: {} (--no-reuse computes them again)", names.join(", "))
    };
    runs.into_iter().map(line).collect()
}
