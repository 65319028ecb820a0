//! `regulars report`: the results of a run in the terminal, or as one HTML file.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use regulars_analysis::claims::compare::comparison;
use regulars_analysis::claims::words::{self, Words};
use regulars_analysis::claims::{Claim, Facts, Scope, headlines};
use regulars_analysis::format::Money;
use regulars_analysis::revenue_bridge::RevenueBridge;
use regulars_core::label;
use regulars_core::labels;
use regulars_core::money::{format_count, format_minor_grouped, minor_per_major};
use regulars_core::summary::{RunSummary, ScoreThreshold};
use regulars_store::Run;

use super::reading;
use super::validate::percent;
use super::value;
use super::{actions, clusters};
use crate::args::{OutputFormat, ReportArgs};
use crate::backend;
use crate::failure::Result;
use crate::printer::{self, Align, line};
use crate::settings::Settings;

pub(super) fn report(args: &ReportArgs, settings: &Settings) -> Result<ExitCode> {
    let run = settings.run(&args.which)?;
    if let Some(out) = &args.html {
        return html(&run, out, settings);
    }
    print(&run.summary()?, settings)?;
    if settings.format == OutputFormat::Table {
        clusters::missing(&run.manifest.notes)?;
        actions::section(&run, settings)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the pages of a run as one file, atomically.
fn html(run: &Run, out: &Path, settings: &Settings) -> Result<ExitCode> {
    let backend = backend::open(settings.home()?);
    let page = regulars_server::standalone_html(&backend, &run.manifest.dataset, Some(run.run_id()))?;
    if out.as_os_str() == "-" {
        std::io::stdout().lock().write_all(page.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = fs_err::write(&part, &page).and_then(|()| fs_err::rename(&part, out));
    if let Err(error) = written {
        // It may not exist.
        drop(fs_err::remove_file(&part));
        return Err(error.into());
    }
    if !settings.quiet {
        line(format!("{}: {:.1} MB; open it in any browser", out.display(), page.len() as f64 / 1e6))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a summary in the chosen output format.
pub(super) fn print(summary: &RunSummary, settings: &Settings) -> Result<()> {
    match settings.format {
        OutputFormat::Json => printer::json(summary),
        OutputFormat::Csv => printer::csv(
            &[
                "segment",
                "segment_priority",
                "customers",
                "customer_share",
                "revenue",
                "revenue_share",
                "recency_mean",
                "frequency_mean",
                "monetary_mean",
                "average_order_value",
            ],
            summary.segments.iter().map(|s| {
                let plain = |minor: f64| format!("{:.2}", minor / minor_per_major(summary.money_decimals));
                vec![
                    s.segment.clone(),
                    s.priority.to_string(),
                    s.customers.to_string(),
                    s.customer_share.to_string(),
                    regulars_core::money::format_minor(s.revenue_minor, summary.money_decimals),
                    s.revenue_share.to_string(),
                    s.recency_mean.to_string(),
                    s.frequency_mean.to_string(),
                    plain(s.monetary_mean_minor),
                    plain(s.average_order_value_minor),
                ]
            }),
        ),
        OutputFormat::Table => {
            print_summary(summary, settings)?;
            print_caveats(summary)?;
            clusters::details(summary, settings)?;
            value::details(summary, settings)?;
            print_cuts(summary, settings)?;
            print_top(summary, settings)
        }
    }
}

/// Headline numbers and segments.
pub(super) fn print_summary(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let money = |minor: i64| with_currency(summary, minor);
    line(format!(
        "{}: purchases from {} to {}, as of {}",
        summary.dataset, summary.first_purchase, summary.last_purchase, summary.as_of
    ))?;
    line(format!(
        concat!("{} customers, {} orders, {} ", label!(revenue), ", {} per order"),
        format_count(summary.customers),
        format_count(summary.orders),
        money(summary.revenue_minor),
        money(summary.average_order_value_minor.round() as i64)
    ))?;
    line(format!(
        concat!("{} bought more than once; the top 20% bring {} of ", label!(revenue)),
        percent(summary.repeat_rate),
        percent(summary.top_20_revenue_share)
    ))?;
    if let Some(bridge) = RevenueBridge::of(summary) {
        reading::print_revenue_bridge(&bridge, money)?;
    }
    print_claims(summary)?;
    let mut table = printer::table(
        &[
            ("segment", Align::Left),
            ("customers", Align::Right),
            ("share", Align::Right),
            (labels::REVENUE, Align::Right),
            ("share", Align::Right),
            ("recency", Align::Right),
            ("orders", Align::Right),
            (labels::SPEND, Align::Right),
            ("per order", Align::Right),
        ],
        settings.color,
    );
    for s in &summary.segments {
        let mean = |minor: f64| format_minor_grouped(minor.round() as i64, summary.money_decimals);
        table.add_row([
            s.segment.clone(),
            format_count(s.customers),
            percent(s.customer_share),
            format_minor_grouped(s.revenue_minor, summary.money_decimals),
            percent(s.revenue_share),
            format!("{:.0}", s.recency_mean),
            format!("{:.1}", s.frequency_mean),
            mean(s.monetary_mean_minor),
            mean(s.average_order_value_minor),
        ]);
    }
    line(table)?;
    clusters::overview(summary, settings)?;
    line(concat!("(recency in days, orders, ", label!(spend), ": means per customer)"))?;
    value::overview(summary)
}

/// The claims of the summary page that no table contains: period comparison, and a customer with a large
/// share of the total.
fn print_claims(summary: &RunSummary) -> Result<()> {
    let everybody = Scope::everybody();
    let compared = comparison(summary, summary, &everybody);
    let words = Words { money: Money::of(summary), all: true };
    let say = |claim: &Claim| {
        let claim_text = words.say(claim);
        line(words::plain(&format!("{}. {}", claim_text.headline, claim_text.detail)))
    };
    match &compared {
        Ok(compared) => {
            let customers = compared.changes(|period| Some(period.customers as f64));
            let shown = customers.iter().filter_map(|change| {
                let (text, _) = change.in_percent()?;
                Some(format!("{text} {}", words::against(change)))
            });
            let shown: Vec<String> = shown.collect();
            line(words::plain(&format!(
                concat!("last {} days: {} ", label!(revenue), ", {} customers ({})"),
                compared.days,
                with_currency(summary, compared.current.revenue_minor),
                format_count(compared.current.customers),
                if shown.is_empty() { "none before".to_owned() } else { shown.join(", ") }
            )))?;
        }
        Err(reason) => line(words::plain(&words::not_compared(reason)))?,
    }
    let claims = headlines(summary, summary, &everybody, &Facts::default());
    claims
        .iter()
        .filter(|claim| matches!(claim, Claim::RevenueChange(_) | Claim::LargeCustomer(_)))
        .try_for_each(say)
}

/// Segments whose name does not fit their customers.
fn print_caveats(summary: &RunSummary) -> Result<()> {
    for check in &summary.segment_checks {
        if let Some(caveat) = &check.caveat {
            line(format!("segment {}: {caveat}", check.segment))?;
        }
    }
    Ok(())
}

pub(super) fn with_currency(summary: &RunSummary, minor: i64) -> String {
    let amount = format_minor_grouped(minor, summary.money_decimals);
    summary.currency.as_ref().map_or_else(|| amount.clone(), |c| format!("{amount} {c}"))
}

/// Score thresholds; nested scoring has too many rows for a terminal.
fn print_cuts(summary: &RunSummary, settings: &Settings) -> Result<()> {
    line(format!("\nScore thresholds: {}", summary.scoring))?;
    if summary.cuts.iter().any(|c| c.within.is_some()) {
        return line(
            "(nested scoring: `regulars sql \"SELECT * FROM rfm_thresholds\"` lists all thresholds)",
        );
    }
    let mut table = printer::table(
        &[
            ("score", Align::Right),
            ("recency", Align::Right),
            ("customers", Align::Right),
            ("orders", Align::Right),
            ("customers", Align::Right),
            (labels::SPEND, Align::Right),
            ("customers", Align::Right),
        ],
        settings.color,
    );
    let classes = summary.cuts.iter().map(|c| c.score).max().unwrap_or(0);
    for score in (1..=classes).rev() {
        let mut row = vec![score.to_string()];
        for measure in ["recency", "frequency", "monetary"] {
            let cut = summary.cuts.iter().find(|c| c.measure == measure && c.score == score);
            row.push(cut.map_or_else(String::new, |c| values(c, summary.money_decimals)));
            row.push(cut.map_or_else(String::new, |c| format_count(c.customers)));
        }
        table.add_row(row);
    }
    line(table)
}

fn values(cut: &ScoreThreshold, decimals: u8) -> String {
    let shown =
        |v: i64| if cut.measure == "monetary" { format_minor_grouped(v, decimals) } else { v.to_string() };
    match (cut.from, cut.to) {
        (Some(from), Some(to)) if from == to => shown(from),
        (Some(from), Some(to)) => format!("{} to {}", shown(from), shown(to)),
        _ => "none".to_owned(),
    }
}

fn print_top(summary: &RunSummary, settings: &Settings) -> Result<()> {
    line("\nTop customers by spend")?;
    let mut table = printer::table(
        &[
            ("customer", Align::Left),
            (labels::SPEND, Align::Right),
            ("orders", Align::Right),
            ("recency", Align::Right),
            ("segment", Align::Left),
        ],
        settings.color,
    );
    for top in &summary.top_customers {
        table.add_row([
            top.customer_id.clone(),
            format_minor_grouped(top.monetary_minor, summary.money_decimals),
            format_count(top.frequency),
            top.recency.to_string(),
            top.segment.clone(),
        ]);
    }
    line(table)
}
