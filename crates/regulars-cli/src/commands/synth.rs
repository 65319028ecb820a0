//! `regulars synth`: writes a synthetic data set.

use std::path::Path;
use std::process::ExitCode;

use regulars_core::money::format_count;
use regulars_synth::{Formats, Preset, SynthParams, Written};

use crate::args::{SynthArgs, SynthFiles};
use crate::environment;
use crate::failure::Result;
use crate::printer;
use crate::progress::Bars;
use crate::settings::Settings;

pub(super) fn synth(args: &SynthArgs, settings: &Settings) -> Result<ExitCode> {
    let preset: Preset = args.preset.parse()?;
    let formats = match args.files {
        SynthFiles::Both => Formats::BOTH,
        SynthFiles::Parquet => Formats::PARQUET,
        SynthFiles::Csv => Formats::CSV,
    };
    let params = SynthParams {
        preset,
        customers: args.customers.unwrap_or_else(|| preset.default_customers()),
        seed: args.seed,
    };
    let written = generate(&params, formats, &args.out, settings)?;
    if !settings.quiet {
        let n = |count| format_count(count);
        printer::line(format!(
            "{} customers, {} transactions:",
            n(written.customers),
            n(written.transactions)
        ))?;
        for path in written.paths() {
            printer::line(format!("  {}", path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a data set, with a progress bar.
pub(super) fn generate(
    params: &SynthParams,
    formats: Formats,
    out: &Path,
    settings: &Settings,
) -> Result<Written> {
    let bars = Bars::new(settings.show_progress, false);
    Ok(regulars_synth::write(params, formats, out, environment::processors(), &bars)?)
}
