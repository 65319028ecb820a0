//! `regulars sql`: queries a run's tables with SQL.

use std::path::Path;
use std::process::ExitCode;

use regulars_engine::{Engine, ModelFunction, Options};
use regulars_pipeline::{run_tables, sql_functions};
use regulars_store::Run;
use tempfile::TempDir;

use crate::args::SqlArgs;
use crate::environment;
use crate::failure::{Result, remark};
use crate::printer::RowPrinter;
use crate::settings::Settings;

pub(super) fn sql(args: &SqlArgs, settings: &Settings) -> Result<ExitCode> {
    let run = settings.run(&args.which)?;
    let scratch = scratch()?;
    let engine = engine(scratch.path())?.with_functions(functions(&run, settings));
    let mut printer: Option<RowPrinter> = None;
    let mut failed = None;
    let outcome =
        engine.for_each_batch(&args.query, &run_tables(&run), run.manifest.money_decimals, &mut |batch| {
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
    let schema = outcome?;
    printer.unwrap_or_else(|| RowPrinter::new(settings.format, settings.color, schema)).finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The functions of the run. A stored model that cannot be read is a note: the tables can be queried.
fn functions(run: &Run, settings: &Settings) -> Vec<ModelFunction> {
    sql_functions(run).unwrap_or_else(|failed| {
        if !settings.quiet {
            remark(&format!("note: there are no functions with the models of the run: {failed}"));
        }
        Vec::new()
    })
}

/// A folder for temporary files, removed on drop.
pub(super) fn scratch() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("regulars-").tempdir_in(environment::temp_folder())?)
}

/// An engine for queries, spilling to a folder within `scratch`.
pub(crate) fn engine(scratch: &Path) -> Result<Engine> {
    Ok(Engine::new(Options {
        threads: environment::processors(),
        memory_limit_bytes: None,
        temp_dir: scratch.join("engine"),
    })?)
}
