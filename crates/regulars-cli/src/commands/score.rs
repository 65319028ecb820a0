//! `regulars score`: writes scores to a file, without storing a run.

use std::process::ExitCode;

use regulars_core::dates::format_day;
use regulars_core::money::format_count;
use regulars_core::progress::Progress;
use regulars_engine::Format;

use crate::args::ScoreArgs;
use crate::environment;
use crate::failure::Result;
use crate::printer;
use crate::progress::Bars;
use crate::settings::{Settings, Source, apply_scores};

pub(super) fn score(args: &ScoreArgs, settings: &Settings) -> Result<ExitCode> {
    let format = Format::from_path(&args.out).ok_or_else(|| super::export::unknown_format(&args.out))?;
    let mut source = Source::resolve(&args.source, settings)?;
    apply_scores(&mut source.config, args.method.as_deref(), args.rules.as_deref());
    let scratch = tempfile::Builder::new().prefix("regulars-").tempdir_in(environment::temp_folder())?;
    let bars = Bars::new(settings.show_progress, !settings.quiet);
    let scored = regulars_pipeline::score_file(&source.request(scratch.path(), &bars), format, &args.out)?;
    for note in &scored.notes {
        bars.note(note);
    }
    bars.finish();
    if !settings.quiet {
        printer::line(format!(
            "{}: {} customers as of {}, from {} of {} rows (`regulars run` also checks the data)",
            args.out.display(),
            format_count(scored.customers),
            format_day(scored.as_of_micros),
            format_count(scored.rows.1),
            format_count(scored.rows.0)
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
