//! The scores of a run's customers at an earlier day: as a run that ends on that day would have given them.
//!
//! Made from the rows that the run has kept, with its configuration; nothing after that day is read.
//! Deliberately not here: keeping them.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, UInt8Type};
use fs_err::File;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::statistics::Statistics;
use regulars_core::config::Refunds;
use regulars_core::dates::end_of_day_micros;
use regulars_core::segments::RuleSet;
use regulars_engine::{Engine, Inputs, Options, PurchaseRules};
use regulars_models::rfm::{Scored, segment_indices};
use regulars_store::Run;

use crate::error::{Error, Kind, Result};
use crate::scores::{rule_set, scores};

/// Whose scores, and when.
pub struct PastScoresRequest<'a> {
    /// The run.
    pub run: &'a Run,
    /// The day, from 1970; it is still read.
    pub day: i64,
    /// A folder for what does not fit into memory.
    pub scratch: &'a Path,
    /// Threads; no result depends on them.
    pub threads: usize,
    /// Memory to stay within, if there is a limit.
    pub memory_limit_bytes: Option<u64>,
}

/// Scores and segments of the customers who had bought by then, a row each.
#[derive(Debug)]
pub struct PastScores {
    /// Who, ascending.
    pub customer_id: ArrayRef,
    /// Calendar days from the last purchase to the day.
    pub recency_days: Vec<i64>,
    /// Purchases.
    pub frequency_orders: Vec<i64>,
    /// Net spend in minor units.
    pub monetary_minor: Vec<i64>,
    /// Scores of recency, frequency, monetary.
    pub scores: [Vec<u8>; 3],
    /// The place of each customer's segment in `segments`.
    pub segment: Vec<u8>,
    /// The segments of the rule set.
    pub segments: Vec<String>,
}

/// Scores the customers of a run as of an earlier day.
///
/// Contracts: what a run of the same rows with `--as-of` that day gives (tested).
/// Errors: those of the engine; a rule set that has changed since the run, or has gone.
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
        ..Inputs::of_transactions(transactions.clone())
    };
    let columns = engine.rfm_from_transactions(
        &inputs,
        &PurchaseRules {
            cut_micros: end_of_day_micros(request.day),
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

/// Whether any row names its order: rows without are orders of their own.
fn has_order_ids(transactions: &Path) -> Result<bool> {
    let failed =
        |e: String| Error::new(Kind::Surroundings, format!("cannot read `{}`: {e}", transactions.display()));
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

/// Refuses a rule set that gives other segments than the run has: a file may have been written anew.
fn same_rules(run: &Run, rules: &RuleSet) -> Result<()> {
    let failed =
        |e: String| Error::new(Kind::Surroundings, format!("cannot read `rfm_scores` of the run: {e}"));
    let columns = ["r_score", "f_score", "m_score", "segment"];
    let batches = run.read_columns("rfm_scores", &columns).map_err(|e| failed(e.to_string()))?;
    let mut triples: BTreeSet<[u8; 3]> = BTreeSet::new();
    for batch in &batches {
        let mut of = Vec::with_capacity(3);
        for place in 0..3 {
            let column = cast(batch.column(place), &DataType::UInt8).map_err(|e| failed(e.to_string()))?;
            of.push(column.as_primitive::<UInt8Type>().clone());
        }
        let names = cast(batch.column(3), &DataType::Utf8).map_err(|e| failed(e.to_string()))?;
        let names = names.as_string::<i32>();
        // A segment follows from the scores: one customer a triple will do.
        let fresh: Vec<usize> = (0..names.len())
            .filter(|row| triples.insert([of[0].value(*row), of[1].value(*row), of[2].value(*row)]))
            .collect();
        let scores = |at: usize| fresh.iter().map(|row| of[at].value(*row)).collect();
        let (r, f, m) = (scores(0), scores(1), scores(2));
        let scored = Scored { classes: rules.classes, r, f, m, cuts: Vec::new() };
        let segments = segment_indices(&scored, rules)?;
        for (row, segment) in fresh.iter().zip(segments) {
            if rules.segments[usize::from(segment)].name != names.value(*row) {
                return Err(Error {
                    hint: Some("run the data again with the rules as they are now".to_owned()),
                    ..Error::new(
                        Kind::Input,
                        format!("the rule set `{}` is not what it was when the run was made", rules.name),
                    )
                });
            }
        }
    }
    Ok(())
}
