//! `regulars run`: the complete analysis, stored as a run.

use std::process::ExitCode;

use regulars_core::config::Config;
use regulars_core::names::{check_dataset_name, dataset_name_from};
use regulars_core::progress::Progress;
use regulars_core::validation::Severity;
use regulars_pipeline::{Finished, RunRequest, Steps};

use super::report;
use super::validate::remarks;
use crate::args::{OutputFormat, RunArgs};
use crate::environment::{self, SystemClock};
use crate::failure::{CHECK_FAILED, Result, remark};
use crate::lines::Lines;
use crate::printer;
use crate::progress::Bars;
use crate::settings::{Settings, Source, apply_scores, parse_bytes};

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
        None => dataset_name_from(&source.roles.orders[0]),
    };
    check_dataset_name(&name)?;
    let steps = Steps::parse(&args.steps)?;
    let memory_limit = args.memory_limit.as_deref().map(parse_bytes).transpose()?;
    let finished = if args.tell {
        let lines = Lines::new();
        run_telling(&name, &source, &steps, args.seed, memory_limit, settings, &lines)?
    } else {
        run_dataset(&name, &source, &steps, args.seed, memory_limit, settings)?
    };
    print(&finished, settings)?;
    let failed = finished.report.worst() == Some(Severity::Error);
    // The text output ends with them; otherwise they explain exit code 1.
    if settings.quiet || settings.format != OutputFormat::Table {
        let wanted = |text: &&String| !settings.quiet || text.starts_with(Severity::Error.label());
        remarks(&finished.report).iter().filter(wanted).for_each(|text| remark(text));
    }
    Ok(if failed { ExitCode::from(CHECK_FAILED) } else { ExitCode::SUCCESS })
}

/// Runs one data set, with progress.
pub(super) fn run_dataset(
    name: &str,
    source: &Source,
    steps: &Steps,
    seed: u64,
    memory_limit_bytes: Option<u64>,
    settings: &Settings,
) -> Result<Finished> {
    let bars = Bars::new(settings.show_progress, !settings.quiet);
    let finished = run_telling(name, source, steps, seed, memory_limit_bytes, settings, &bars)?;
    bars.finish();
    Ok(finished)
}

/// Runs one data set and reports to `progress`.
fn run_telling(
    name: &str,
    source: &Source,
    steps: &Steps,
    seed: u64,
    memory_limit_bytes: Option<u64>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Finished> {
    let dataset = settings.home()?.dataset(name)?;
    let run_id = format!(
        "{}-{:08x}",
        environment::run_stamp(),
        fingerprint(name, &source.config, &source.roles.orders, seed)
    );
    Ok(regulars_pipeline::run(&RunRequest {
        dataset: &dataset,
        run_id: &run_id,
        roles: &source.roles,
        config: &source.config,
        steps,
        as_of_micros: source.as_of_micros,
        today_micros: source.today_micros,
        seed,
        memory_limit_bytes,
        threads: source.threads,
        store_options: &source.store_options,
        progress,
        moment: &SystemClock,
    })?)
}

/// A short hash (FNV-1a) of a run's arguments, so that runs started in the same second have different ids.
fn fingerprint(name: &str, config: &Config, inputs: &[String], seed: u64) -> u32 {
    let text = format!("{name}\n{config:?}\n{inputs:?}\n{seed}");
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn print(finished: &Finished, settings: &Settings) -> Result<()> {
    match settings.format {
        OutputFormat::Table if settings.quiet => Ok(()),
        OutputFormat::Table => {
            report::print_summary(&finished.summary, settings)?;
            for remark in remarks(&finished.report) {
                printer::line(remark)?;
            }
            printer::line(format!(
                "stored run {} of data set `{}` in {:.1} s; open it with `regulars serve`",
                finished.run.run_id(),
                finished.run.manifest.dataset,
                finished.seconds
            ))
        }
        _ => report::print(&finished.summary, settings),
    }
}
