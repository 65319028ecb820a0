//! `regulars publish`: writes a run to PostgreSQL.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use regulars_core::money::format_count;
use regulars_core::progress::Progress;
use regulars_postgres::connection::Location;
use regulars_postgres::publish::{self, Target};
use regulars_store::Run;
use serde::Serialize;

use crate::args::{OutputFormat, PublishArgs, PublishOptions, RunPublishArgs};
use crate::environment;
use crate::failure::Result;
use crate::printer;
use crate::progress::Bars;
use crate::settings::Settings;

/// The result as JSON.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    dataset: &'a str,
    run_id: &'a str,
    server: String,
    database: &'a str,
    schema: &'a str,
    publication: i64,
    tables: usize,
    rows: u64,
    seconds: f64,
}

impl Report<'_> {
    /// The result in one line.
    pub(super) fn line(&self) -> String {
        format!(
            "published run {} of data set `{}` to database `{}`, schema `{}`: {} tables, {} rows in {:.*} s",
            self.run_id,
            self.dataset,
            self.database,
            self.schema,
            self.tables,
            format_count(self.rows),
            if self.seconds < 1.0 { 2 } else { 1 },
            self.seconds
        )
    }
}

pub(super) fn publish(args: &PublishArgs, settings: &Settings) -> Result<ExitCode> {
    let target = target(&args.to, &args.options)?;
    let run = settings.run(&args.which)?;
    let bars = Bars::new(settings.show_progress, !settings.quiet);
    let report = publish_run(&run, &target, &bars)?;
    bars.finish();
    match settings.format {
        OutputFormat::Table if settings.quiet => {}
        OutputFormat::Table => printer::line(report.line())?,
        _ => printer::json(&report)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The target of the arguments, completed from the environment.
pub(super) fn target(url: &str, options: &PublishOptions) -> Result<Target> {
    Ok(Target {
        location: Location::parse(url, &environment::postgres())?,
        schema: options.schema.clone(),
        keep: options.keep,
        wait: Duration::from_secs(options.wait.into()),
    })
}

/// The target of a run's arguments, with what `regulars publish` does by default.
pub(super) fn target_of_run(args: &RunPublishArgs) -> Result<Option<Target>> {
    let options = PublishOptions { schema: args.publish_schema.clone(), ..PublishOptions::default() };
    args.publish.as_deref().map(|url| target(url, &options)).transpose()
}

pub(super) fn publish_run<'a>(
    run: &'a Run,
    target: &'a Target,
    progress: &dyn Progress,
) -> Result<Report<'a>> {
    let started = Instant::now();
    let published = publish::publish(run, target, progress)?;
    Ok(Report {
        dataset: &run.manifest.dataset,
        run_id: run.run_id(),
        server: target.location.server().trim_matches('`').to_owned(),
        database: target.location.database(),
        schema: &target.schema,
        publication: published.publication,
        tables: published.tables,
        rows: published.rows,
        seconds: started.elapsed().as_secs_f64(),
    })
}
