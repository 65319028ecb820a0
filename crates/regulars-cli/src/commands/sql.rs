//! `regulars sql`: a run's tables in SQL.

use std::process::ExitCode;

use regulars_engine::{Engine, Options};
use regulars_pipeline::run_tables;

use crate::args::SqlArgs;
use crate::failure::Result;
use crate::printer::RowPrinter;
use crate::settings::Settings;
use crate::surroundings;

pub(super) fn sql(args: &SqlArgs, settings: &Settings) -> Result<ExitCode> {
    let run = settings.run(&args.which)?;
    let engine = engine()?;
    let mut printer: Option<RowPrinter> = None;
    let mut failed = None;
    let answered =
        engine.sql_each(&args.query, &run_tables(&run), run.manifest.money_decimals, &mut |batch| {
            let rows = printer
                .get_or_insert_with(|| RowPrinter::new(settings.format, settings.color, batch.schema()));
            if let Err(failure) = rows.rows(batch) {
                failed = Some(failure);
                return Err(regulars_engine::Error::Query {
                    message: "printing stopped".to_owned(),
                    hint: None,
                });
            }
            Ok(())
        });
    if let Some(failure) = failed {
        return Err(failure);
    }
    let schema = answered?;
    printer.unwrap_or_else(|| RowPrinter::new(settings.format, settings.color, schema)).finish()?;
    Ok(ExitCode::SUCCESS)
}

/// An engine for queries, spilling to the system's folder for short-lived files.
pub(crate) fn engine() -> Result<Engine> {
    Ok(Engine::new(Options {
        threads: surroundings::processors(),
        memory_limit_bytes: None,
        temp_dir: surroundings::temp_folder().join(format!("regulars-{}", std::process::id())),
    })?)
}
