//! `regulars validate`: checks the data without storing a run.

use std::process::ExitCode;

use comfy_table::{Cell, Color};
use regulars_analysis::revenue_bridge::RevenueBridge;
use regulars_core::config::Refunds;
use regulars_core::money::{format_count, format_minor_grouped};
use regulars_core::reading::ReadingPlan;
use regulars_core::validation::{Finding, Severity, ValidationReport};
use regulars_engine::{Engine, Format, Options, RunTable};
use regulars_ingest::Ingested;
use serde::Serialize;

use super::reading;
use crate::args::{OutputFormat, ValidateArgs};
use crate::environment;
use crate::failure::{CHECK_FAILED, Result};
use crate::printer::{self, Align};
use crate::progress::Bars;
use crate::settings::{Settings, Source};

pub(super) fn validate(args: &ValidateArgs, settings: &Settings) -> Result<ExitCode> {
    let source = Source::resolve(&args.source, settings)?;
    let scratch = tempfile::Builder::new().prefix("regulars-").tempdir_in(environment::temp_folder())?;
    let bars = Bars::new(settings.show_progress, !settings.quiet);
    let checked = regulars_pipeline::validate(&source.request(scratch.path(), &bars))?;
    for note in &checked.notes {
        regulars_core::progress::Progress::note(&bars, note);
    }
    bars.finish();
    if let Some(out) = &args.rejected {
        let format = Format::from_path(out).ok_or_else(|| super::export::unknown_format(out))?;
        let engine = Engine::new(Options {
            threads: source.threads,
            memory_limit_bytes: None,
            temp_dir: scratch.path().join("engine"),
        })?;
        let table = RunTable { name: "rejected".to_owned(), path: scratch.path().join("rejected.parquet") };
        engine.export(
            "SELECT * FROM rejected ORDER BY file, line",
            &[table],
            checked.money_decimals,
            format,
            out,
        )?;
    }
    print(&checked, settings)?;
    Ok(if checked.report.failed() { ExitCode::from(CHECK_FAILED) } else { ExitCode::SUCCESS })
}

/// The report and the reading plan as JSON.
#[derive(Serialize)]
struct Checked<'a> {
    #[serde(flatten)]
    report: &'a ValidationReport,
    /// How refunds were handled.
    refunds: Refunds,
    currency: Option<&'a str>,
    money_decimals: u8,
    /// Detections and assumptions, one sentence each.
    notes: &'a [String],
    /// How each file was read.
    reading: &'a [ReadingPlan],
}

fn print(checked: &Ingested, settings: &Settings) -> Result<()> {
    let report = &checked.report;
    let (config, money_decimals) = (&checked.config, checked.money_decimals);
    match settings.format {
        OutputFormat::Json => printer::json(&Checked {
            report,
            refunds: config.policy.refunds,
            currency: config.source.currency.as_deref(),
            money_decimals,
            notes: &checked.notes,
            reading: &checked.reading,
        }),
        OutputFormat::Csv => printer::csv(
            &["check", "severity", "column", "count", "share", "message", "action"],
            report.findings.iter().map(|f| {
                vec![
                    f.check.clone(),
                    f.severity.label().to_owned(),
                    f.column.clone().unwrap_or_default(),
                    f.count.to_string(),
                    f.share.to_string(),
                    f.message.clone(),
                    f.action.clone(),
                ]
            }),
        ),
        OutputFormat::Table => {
            reading::print_plans(&checked.reading, money_decimals, settings)?;
            print_counts(report)?;
            if let Some(bridge) = RevenueBridge::of_totals(report.money, config.policy.refunds) {
                reading::print_revenue_bridge(&bridge, |minor| format_minor_grouped(minor, money_decimals))?;
            }
            print_missing(report, settings)?;
            print_findings(report, settings)?;
            let verdict = match report.worst() {
                Some(Severity::Error) => "failed: at least one check of severity error",
                Some(Severity::Warning) => "passed, with warnings",
                _ => "passed",
            };
            printer::line(verdict)
        }
    }
}

/// `read = clean + rejected + excluded`, with the reasons.
fn print_counts(report: &ValidationReport) -> Result<()> {
    let n = format_count;
    let rows = &report.rows;
    printer::line(format!(
        "{} rows read = {} clean + {} rejected + {} excluded",
        n(rows.read),
        n(rows.clean),
        n(rows.rejected),
        n(rows.excluded)
    ))
}

fn print_missing(report: &ValidationReport, settings: &Settings) -> Result<()> {
    let mut table = printer::table(
        &[("column", Align::Left), ("from", Align::Left), ("missing", Align::Right), ("share", Align::Right)],
        settings.color,
    );
    for column in &report.columns {
        if column.source.is_empty() {
            table.add_row([column.column.as_str(), "(not in the files)", "", ""]);
        } else {
            table.add_row([
                column.column.clone(),
                column.source.clone(),
                format_count(column.missing),
                percent(column.missing_share),
            ]);
        }
    }
    printer::line(table)
}

fn print_findings(report: &ValidationReport, settings: &Settings) -> Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    let mut table = printer::table(
        &[
            ("severity", Align::Left),
            ("finding", Align::Left),
            ("share", Align::Right),
            ("handling", Align::Left),
            ("example", Align::Left),
        ],
        settings.color,
    );
    for finding in &report.findings {
        let severity = Cell::new(finding.severity.label());
        let severity = match (settings.color, finding.severity) {
            (true, Severity::Error) => severity.fg(Color::Red),
            (true, Severity::Warning) => severity.fg(Color::Yellow),
            _ => severity,
        };
        table.add_row([
            severity,
            Cell::new(&finding.message),
            Cell::new(percent(finding.share)),
            Cell::new(&finding.action),
            Cell::new(example(finding)),
        ]);
    }
    printer::line(table)
}

fn example(finding: &Finding) -> String {
    finding.samples.first().map_or_else(String::new, |s| match (s.file.is_empty(), s.value.is_empty()) {
        (true, _) => s.value.clone(),
        (false, true) => format!("{}:{}", s.file, s.line),
        (false, false) => format!("{}:{}: {}", s.file, s.line, s.value),
    })
}

/// Formats a share; a positive one is never shown as 0%.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 { "<0.1%".to_owned() } else { format!("{:.1}%", share * 100.0) }
}

/// One sentence per finding of severity warning or error, for the end of a run.
pub(super) fn remarks(report: &ValidationReport) -> Vec<String> {
    report
        .findings
        .iter()
        .filter(|f| f.severity >= Severity::Warning)
        .map(|f| format!("{}: {}; {}", f.severity.label(), f.message, f.action))
        .collect()
}
