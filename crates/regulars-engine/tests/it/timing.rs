//! Times and peak memory on a large run, if one is given; otherwise a no-op.
//!
//! `REGULARS_ENGINE_BENCH=DIR` is a folder with `transactions.parquet` (and `excluded.parquet`);
//! `REGULARS_ENGINE_PLAN` one of `light`, `features`, `explain`, `overview`, so that each plan has its own
//! process and peak. `REGULARS_ENGINE_LIMIT_MIB` sets a memory limit, `REGULARS_ENGINE_LINES` treats rows as
//! order lines.

#![allow(clippy::disallowed_methods, reason = "a benchmark switched on by environment variables")]

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use regulars_engine::{FeatureParams, Inputs, PeriodBounds};

use crate::fixtures::{day, engine, rules};

fn peak_mib() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0").to_owned();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Processor seconds so far, over all threads.
fn processor_seconds() -> f64 {
    let stat = fs_err::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.rsplit(") ").next().unwrap_or("").split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn print_line(text: &str) {
    writeln!(std::io::stderr(), "{text}").expect("stderr");
}

#[test]
fn a_large_run() {
    let Ok(folder) = std::env::var("REGULARS_ENGINE_BENCH").map(PathBuf::from) else { return };
    let plan = std::env::var("REGULARS_ENGINE_PLAN").unwrap_or_else(|_| "features".to_owned());
    let limit = std::env::var("REGULARS_ENGINE_LIMIT_MIB").ok().and_then(|mib| mib.parse::<u64>().ok());
    let lines = std::env::var("REGULARS_ENGINE_LINES").is_ok();
    let threads = std::env::var("REGULARS_ENGINE_THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    let temp = tempfile::tempdir().expect("a folder");
    let engine = engine(threads, limit.map(|mib| mib << 20), temp.path());
    let inputs = Inputs {
        transactions: folder.join("transactions.parquet"),
        excluded: Some(folder.join("excluded.parquet")).filter(|p| p.exists()),
        returns: Some(folder.join("returns.parquet")).filter(|p| p.exists()),
    };
    let rules = rules(day(2024, 12, 31), !lines);
    let names = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect());
    let params = FeatureParams {
        rules: rules.clone(),
        categories: names(&[
            "Automotive",
            "Beauty",
            "Books",
            "Clothing",
            "Electronics",
            "Food & Beverage",
            "Health",
            "Home & Garden",
            "Sports",
            "Toys",
        ]),
        payment_methods: names(&["Apple Pay", "Credit Card", "Debit Card", "Google Pay", "PayPal"]),
    };
    for round in 1..=3 {
        let (start, processor) = (Instant::now(), processor_seconds());
        let rows = match plan.as_str() {
            "light" => {
                engine.rfm_from_transactions(&inputs, &rules).expect("computes").recency_days.len() as u64
            }
            "features" => {
                engine.write_features(&inputs, &params, &temp.path().join("f.parquet")).expect("computes")
            }
            "explain" => {
                print_line(&engine.explain_features(&inputs, &params, round == 3).expect("explains"));
                0
            }
            _ => {
                let period = |from, to| PeriodBounds { from_micros: from, to_micros: to };
                let periods =
                    [period(day(2024, 10, 2), day(2024, 12, 31)), period(day(2024, 7, 4), day(2024, 10, 1))];
                engine.overview(&inputs, &rules, &periods).expect("computes").customers
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        print_line(&format!(
            "{plan} round {round}: {rows} customers, {seconds:.2} s, processor {:.2} s, peak {} MiB",
            processor_seconds() - processor,
            peak_mib()
        ));
    }
}
