//! `regulars init`: a commented configuration from a look at the files.

use std::io::Write;
use std::process::ExitCode;

use crate::args::InitArgs;
use crate::failure::{Failure, Result};
use crate::printer;
use crate::settings::{Settings, apply_preset_and_map};
use crate::surroundings;

pub(super) fn init(args: &InitArgs, settings: &Settings) -> Result<ExitCode> {
    let mut config = settings.config.clone();
    apply_preset_and_map(&mut config, args.preset.as_deref(), &args.map)?;
    for setting in &args.set {
        config = config.with_setting(setting)?;
    }
    let scratch = tempfile::Builder::new().prefix("regulars-").tempdir_in(surroundings::temp_folder())?;
    let found = regulars_ingest::look(&args.inputs, &config, &surroundings::store_options(), scratch.path())?;
    let text = found.config.to_commented_toml();
    if args.out == "-" {
        std::io::stdout().lock().write_all(text.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut options = fs_err::OpenOptions::new();
    options.write(true);
    if args.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = options.open(&args.out).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::new(format!("`{}` is already there", args.out))
            .hint("--force replaces it, --out writes another file"),
        _ => e.into(),
    })?;
    file.write_all(text.as_bytes())?;
    if !settings.quiet {
        for note in &found.notes {
            printer::line(note)?;
        }
        if !found.unused.is_empty() {
            printer::line(format!("columns not used: {}", found.unused.join(", ")))?;
        }
        printer::line(format!(
            "wrote {}; look at [mapping], then: regulars run {}",
            args.out,
            args.inputs.join(" ")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
