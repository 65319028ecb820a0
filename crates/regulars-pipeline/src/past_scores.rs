//! The scores of a run's customers at an earlier day: as a run ending on that day would compute them.
//!
//! Computed from the run's stored rows with its configuration; later data are not read.
//! Deliberately not here: caching.

use std::path::Path;

use arrow::array::{ArrayRef, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt8Type};
use fs_err::File;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::statistics::Statistics;
use regulars_core::config::Refunds;
use regulars_core::dates::end_of_day_micros;
use regulars_core::segments::RuleSet;
use regulars_engine::{Engine, Inputs, Options, PurchaseRules};
use regulars_models::cycle_ratio::Histories;
use regulars_models::rfm::{Scored, segment_indices};
use regulars_store::Run;

use crate::scores::{rule_set, scores};
use regulars_value::{Error, Kind, Result};

/// The run to score, and the day as of which.
pub struct PastScoresRequest<'a> {
    /// The run.
    pub run: &'a Run,
    /// The day, days since 1970, inclusive.
    pub day: i64,
    /// A folder for spill files.
    pub scratch: &'a Path,
    /// Threads; no result depends on them.
    pub threads: usize,
    /// Memory limit, if any.
    pub memory_limit_bytes: Option<u64>,
}

/// Scores and segments of the customers who had bought by then, one row per customer.
#[derive(Debug)]
pub struct PastScores {
    /// Customer ids, ascending.
    pub customer_id: ArrayRef,
    /// Calendar days from the last purchase to the day.
    pub recency_days: Vec<i64>,
    /// Purchases.
    pub frequency_orders: Vec<i64>,
    /// Spend in minor units.
    pub monetary_minor: Vec<i64>,
    /// Scores of recency, frequency, monetary.
    pub scores: [Vec<u8>; 3],
    /// Index of each customer's segment in `segments`.
    pub segment: Vec<u8>,
    /// The segments of the rule set.
    pub segments: Vec<String>,
}

/// Scores the customers of a run as of an earlier day.
///
/// Contracts: equals a run of the same rows with `--as-of` that day (tested).
/// Errors: those of the engine; a rule set that has changed since the run, or is missing.
pub fn past_scores(request: &PastScoresRequest<'_>) -> Result<PastScores> {
    let (run, config) = (request.run, &request.run.manifest.config);
    let rules = rule_set(config)?;
    same_rules(run, &rules)?;
    let engine = Engine::new(Options {
        threads: request.threads,
        memory_limit_bytes: request.memory_limit_bytes,
        temp_dir: request.scratch.join("engine"),
    })?;
    let transactions = run.dir.join("transactions.parquet");
    let returns = run.dir.join("returns.parquet");
    let inputs = Inputs {
        // Runs of earlier versions have none.
        returns: returns.exists().then_some(returns),
        ..Inputs::transactions_only(transactions.clone())
    };
    let columns = engine.rfm_from_transactions(
        &inputs,
        &PurchaseRules {
            cutoff_micros: end_of_day_micros(request.day),
            orders_are_rows: !has_order_ids(&transactions)?,
            negative_rows_are_purchases: config.policy.refunds == Refunds::Keep,
        },
    )?;
    let segments = rules.segments.iter().map(|segment| segment.name.clone()).collect();
    let (scored, segment) = if columns.recency_days.is_empty() {
        (
            Scored { classes: rules.classes, r: Vec::new(), f: Vec::new(), m: Vec::new(), cuts: Vec::new() },
            Vec::new(),
        )
    } else {
        let found = scores(&columns, config, &rules, run.manifest.money_decimals)?;
        (found.scored, found.segment)
    };
    Ok(PastScores {
        customer_id: columns.customer_id,
        recency_days: columns.recency_days,
        frequency_orders: columns.frequency_orders,
        monetary_minor: columns.monetary_minor,
        scores: [scored.r, scored.f, scored.m],
        segment,
        segments,
    })
}

/// Whether any row has an order id: rows without one are separate orders.
fn has_order_ids(transactions: &Path) -> Result<bool> {
    let failed =
        |e: String| Error::new(Kind::Environment, format!("cannot read `{}`: {e}", transactions.display()));
    let file = File::open(transactions).map_err(|e| failed(e.to_string()))?;
    let reader = SerializedFileReader::new(file.into_file()).map_err(|e| failed(e.to_string()))?;
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr();
    let Some(column) = (0..schema.num_columns()).find(|at| schema.column(*at).name() == "transaction_id")
    else {
        return Ok(false);
    };
    Ok(metadata.row_groups().iter().any(|group| {
        let nulls = group.column(column).statistics().and_then(Statistics::null_count_opt);
        nulls != Some(group.num_rows().unsigned_abs())
    }))
}

/// Rejects a rule set that gives other segments than the run has: its file may have changed, or the included
/// sets had other rules in the version that made the run.
fn same_rules(run: &Run, rules: &RuleSet) -> Result<()> {
    let failed =
        |e: String| Error::new(Kind::Environment, format!("cannot read `rfm_scores` of the run: {e}"));
    let changed = || Error {
        hint: Some("run again with the current rules".to_owned()),
        ..Error::new(Kind::Input, format!("the rule set `{}` has changed since the run", rules.name))
    };
    // Rules on more than scores are newer than runs that stored only scores.
    let (_, schema) = run.table_shape("rfm_scores").map_err(|e| failed(e.to_string()))?;
    if !rules.measures().is_empty() && schema.index_of("cycle_ratio").is_err() {
        return Err(changed());
    }
    let scores = ["r_score", "f_score", "m_score"];
    let whole = ["recency", "frequency", "tenure_days"];
    let others = ["cycle_ratio", "segment"];
    let names: Vec<&str> = scores.iter().chain(&whole).chain(&others).copied().collect();
    let names: Vec<&str> = names.into_iter().filter(|name| schema.index_of(name).is_ok()).collect();
    for batch in &run.read_columns("rfm_scores", &names).map_err(|e| failed(e.to_string()))? {
        let column = |name: &str, kind: &DataType| {
            let column = batch.column_by_name(name).map(|column| cast(column, kind));
            column.transpose().map_err(|e| failed(e.to_string()))
        };
        let of_scores = |name: &str| {
            let bytes = column(name, &DataType::UInt8)?;
            Ok(bytes.map_or_else(Vec::new, |found| found.as_primitive::<UInt8Type>().values().to_vec()))
        };
        let [r, f, m]: [Result<Vec<u8>>; 3] = scores.map(of_scores);
        let rows = batch.num_rows();
        // Runs with rules on scores only may have stored no more than these.
        let of_days = |name: &str| {
            let days = column(name, &DataType::Int64)?;
            Ok(days
                .map_or_else(|| vec![0; rows], |found| found.as_primitive::<Int64Type>().values().to_vec()))
        };
        let [recency, orders, tenure]: [Result<Vec<i64>>; 3] = whole.map(of_days);
        let (recency, orders, tenure) = (recency?, orders?, tenure?);
        let cycle_ratio = column("cycle_ratio", &DataType::Float64)?
            .map_or_else(|| vec![0.0; rows], |found| found.as_primitive::<Float64Type>().values().to_vec());
        let scored = Scored { classes: rules.classes, r: r?, f: f?, m: m?, cuts: Vec::new() };
        let histories = Histories { orders: &orders, days_since_last_order: &recency, tenure_days: &tenure };
        let segments = segment_indices(&scored, histories, &cycle_ratio, rules)?;
        let kept = column("segment", &DataType::Utf8)?.ok_or_else(changed)?;
        let kept = kept.as_string::<i32>();
        let is_kept =
            |(row, segment): (usize, &u8)| rules.segments[usize::from(*segment)].name == kept.value(row);
        if !segments.iter().enumerate().all(is_kept) {
            return Err(changed());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FIRST_DAY, Shop, orders};
    use crate::{RunOptions, StepSelection};

    #[test]
    fn past_scores_are_those_of_the_orders_up_to_the_day() {
        let shop = Shop::new(orders(120, 300, 5));
        let steps = StepSelection::parse("scores").expect("known");
        let options = RunOptions { steps, ..shop.options() };
        let run = shop.run(&options, "2024-01-01T10:00:00Z").run;
        for day in [40, 150, 299] {
            let scratch = shop.folder.path().join(format!("scratch {day}"));
            fs_err::create_dir(&scratch).expect("created");
            let request = PastScoresRequest {
                run: &run,
                day: FIRST_DAY + day,
                scratch: &scratch,
                threads: 2,
                memory_limit_bytes: None,
            };
            let found = past_scores(&request).expect("scored");
            let bought = shop.bought(day);
            let ids = found.customer_id.as_primitive::<Int64Type>().values().to_vec();
            assert_eq!(ids, bought.keys().copied().collect::<Vec<i64>>());
            let each =
                |of: &dyn Fn(&crate::testing::Bought) -> i64| bought.values().map(of).collect::<Vec<i64>>();
            assert_eq!(found.recency_days, each(&|one| day - one.days[one.days.len() - 1]));
            assert_eq!(found.frequency_orders, each(&|one| one.days.len() as i64));
            assert_eq!(found.monetary_minor, each(&|one| one.cents));
            // As a run that ends on that day has them.
            let as_of =
                RunOptions { as_of_micros: Some(end_of_day_micros(FIRST_DAY + day)), ..options.clone() };
            let then = shop.run(&as_of, "2024-01-02T10:00:00Z").run;
            for (name, scores) in ["r_score", "f_score", "m_score"].iter().zip(&found.scores) {
                let scores: Vec<i64> = scores.iter().map(|score| i64::from(*score)).collect();
                assert_eq!(
                    crate::testing::integers(&then, "rfm_scores", name),
                    scores,
                    "{name} on day {day}"
                );
            }
            let names: Vec<&String> =
                found.segment.iter().map(|at| &found.segments[usize::from(*at)]).collect();
            assert!(crate::testing::texts(&then, "rfm_scores", "segment").iter().eq(names));
        }
    }

    #[test]
    fn before_the_first_order_there_is_nobody() {
        let shop = Shop::new(orders(60, 100, 5));
        let options = RunOptions { steps: StepSelection::parse("scores").expect("known"), ..shop.options() };
        let run = shop.run(&options, "2024-01-01T10:00:00Z").run;
        let request = PastScoresRequest {
            run: &run,
            day: FIRST_DAY - 1,
            scratch: shop.folder.path(),
            threads: 1,
            memory_limit_bytes: None,
        };
        let found = past_scores(&request).expect("scored");
        assert!(found.recency_days.is_empty() && found.segment.is_empty());
        assert!(found.scores.iter().all(Vec::is_empty) && !found.segments.is_empty());
        // The orders have ids.
        assert!(has_order_ids(&run.dir.join("transactions.parquet")).expect("readable"));
        assert!(has_order_ids(&run.dir.join("none.parquet")).is_err());
    }

    #[test]
    fn other_rules_than_those_of_the_run_are_refused() {
        let shop = Shop::new(orders(60, 100, 5));
        let options = RunOptions { steps: StepSelection::parse("scores").expect("known"), ..shop.options() };
        let run = shop.run(&options, "2024-01-01T10:00:00Z").run;
        let rules = RuleSet::built_in(&run.manifest.config.segments.rules).expect("built in");
        assert!(same_rules(&run, &rules).is_ok());
        let mut renamed = rules.clone();
        for segment in &mut renamed.segments {
            segment.name.push('2');
        }
        assert_eq!(same_rules(&run, &renamed).expect_err("other names").kind, Kind::Input);
    }
}
