//! `regulars demo`: generates two demo shops, analyses them and serves the dashboard.

use std::process::ExitCode;

use regulars_core::config::Config;
use regulars_ingest::InputPaths;
use regulars_pipeline::RunOptions;
use regulars_synth::{Formats, Preset, SynthParams};

use super::{report, run, serve, synth};
use crate::args::{DemoArgs, OutputFormat, ServeArgs};
use crate::environment;
use crate::failure::Result;
use crate::printer;
use crate::settings::{Settings, Source};

/// Fixed seed, so that everybody sees the same shops.
const SEED: u64 = 42;

pub(super) fn demo(args: &DemoArgs, settings: &Settings) -> Result<ExitCode> {
    let mut summaries = Vec::new();
    for (name, preset) in [("synthetic", Preset::Synthetic), ("kaggle", Preset::Kaggle)] {
        let folder = settings.home()?.root().join("demo").join(name);
        let params = SynthParams { preset, customers: preset.default_customers(), seed: SEED };
        let written = synth::generate(&params, Formats::PARQUET, &folder, settings)?;
        let Some(files) = written.parquet else {
            continue;
        };
        let source = Source {
            input_paths: InputPaths {
                orders: vec![files.transactions.display().to_string()],
                customers: Some(files.customers.display().to_string()),
                ..InputPaths::default()
            },
            // The user's configuration is for the user's files.
            config: Config::default(),
            as_of_micros: None,
            today_micros: environment::today_micros(),
            threads: environment::processors(),
            store_options: Vec::new(),
        };
        let mut quiet = settings.clone();
        quiet.quiet = true;
        let finished = run::run_dataset(name, &RunOptions { seed: SEED, ..run::options(source) }, &quiet)?;
        summaries.push(finished.summary);
    }
    match settings.format {
        OutputFormat::Json => printer::json(&summaries)?,
        _ => {
            for summary in &summaries {
                report::print_summary(summary, settings)?;
                printer::line("")?;
            }
        }
    }
    if args.no_serve {
        return Ok(ExitCode::SUCCESS);
    }
    serve::serve(&ServeArgs { addr: args.addr.clone(), pg: None, end_with_stdin: false }, settings)
}
