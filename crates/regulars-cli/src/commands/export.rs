//! `regulars export`: writes results to files.

use std::path::Path;
use std::process::ExitCode;

use regulars_core::money::format_count;
use regulars_engine::Format;
use regulars_pipeline::{PROCESSED, run_tables, segment_list, segment_query};

use super::sql::{engine, scratch};
use crate::args::ExportArgs;
use crate::failure::{Failure, Result};
use crate::printer;
use crate::settings::Settings;

pub(super) fn export(args: &ExportArgs, settings: &Settings) -> Result<ExitCode> {
    let run = settings.run(&args.which)?;
    let scratch = scratch()?;
    let engine = engine(scratch.path())?;
    let tables = run_tables(&run);
    let decimals = run.manifest.money_decimals;
    let mut written = Vec::new();
    let mut write = |query: &str, out: &Path| -> Result<()> {
        let format = Format::from_path(out).ok_or_else(|| unknown_format(out))?;
        let rows = engine.export(query, &tables, decimals, format, out)?;
        written.push((out.to_owned(), rows));
        Ok(())
    };
    match (&args.segment, args.table.as_deref()) {
        (Some(segment), _) => {
            let known: Vec<String> = run.summary()?.segments.into_iter().map(|s| s.segment).collect();
            let name = known.iter().find(|k| k.eq_ignore_ascii_case(segment)).ok_or_else(|| {
                Failure::new(format!("there is no segment `{segment}`"))
                    .hint(format!("segments of this run: {}", known.join(", ")))
            })?;
            write(&segment_query(&segment_list(&run, name)?), &args.out)?;
        }
        (None, Some("processed")) => {
            fs_err::create_dir_all(&args.out)?;
            for name in PROCESSED {
                write(&table_query(name), &args.out.join(format!("{name}.csv")))?;
            }
        }
        (None, Some("all")) => {
            fs_err::create_dir_all(&args.out)?;
            for table in &tables {
                write(&table_query(&table.name), &args.out.join(format!("{}.csv", table.name)))?;
            }
        }
        (None, table) => {
            let name = table.unwrap_or_default();
            // The error for an unknown table lists the tables.
            run.table_path(name)?;
            write(&table_query(name), &args.out)?;
        }
    }
    if !settings.quiet {
        for (path, rows) in written {
            printer::line(format!(
                "{}: {} {}",
                path.display(),
                format_count(rows),
                if rows == 1 { "row" } else { "rows" }
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A query for a whole table in a fixed order, so that exports are reproducible.
fn table_query(name: &str) -> String {
    let order = match name {
        "transactions" | "returns" => " ORDER BY transaction_date, transaction_id, customer_id",
        "excluded" | "rejected" => " ORDER BY file, line",
        "rfm_summary" | "segment_actions" => " ORDER BY segment_priority, segment",
        "rfm_thresholds" => " ORDER BY measure, within, score",
        "monthly_revenue" => " ORDER BY month",
        "model_comparison" => " ORDER BY kind DESC, model",
        "model_parameters" => " ORDER BY model, history, parameter",
        "ltv_tracking" => " ORDER BY model, period_end",
        "ltv_drivers" => " ORDER BY customer_id, rank",
        "ltv_frequency" => " ORDER BY model, repeat_purchases",
        _ if by_customer(name) => " ORDER BY customer_id",
        _ => " ORDER BY 1, 2, 3",
    };
    format!("SELECT * FROM {name}{order}")
}

/// Whether the table has customer ids.
fn by_customer(name: &str) -> bool {
    regulars_core::tables::table(name)
        .is_some_and(|table| table.columns.iter().any(|c| c.name == "customer_id"))
}

/// The error for a file name without a known extension.
pub(super) fn unknown_format(out: &Path) -> Failure {
    Failure::new(format!("unknown output format of `{}`", out.display()))
        .hint("use the extension .csv, .parquet or .json")
}
