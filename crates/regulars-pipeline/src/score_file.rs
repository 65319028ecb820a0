//! Scores the customers of a file directly to another file: no run, no features, no checks.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, StringArray, UInt8Array};
use regulars_core::config::Refunds;
use regulars_engine::{Engine, Format, Inputs, Options, PurchaseRules, RfmColumns};
use regulars_ingest::{Ingested, MeasureOutcome, MeasuredCustomers};

use crate::scores::{Scores, rule_set, scores};
use crate::segment_checks::segment_notes;
use regulars_core::money::format_count;
use regulars_value::tables::{words, write_as, write_aside};
use regulars_value::{Error, Kind, Result, ValidateRequest};

/// The result of scoring files.
#[derive(Debug)]
pub struct ScoredFile {
    /// Number of customers written.
    pub customers: u64,
    /// Rows read, and rows that count as purchases.
    pub rows: (u64, u64),
    /// Notes on what was detected or assumed.
    pub notes: Vec<String>,
    /// The analysis date in force.
    pub as_of_micros: i64,
}

/// Scores and segments the customers of `request` and writes them to `out`, with the columns of a run's
/// `rfm_scores`.
///
/// Shape: one row per customer, sorted by id; money is decimal.
/// Errors: as [`crate::run`]; `out` is replaced only on success.
pub fn score_file(request: &ValidateRequest<'_>, format: Format, out: &Path) -> Result<ScoredFile> {
    request.config.check()?;
    let rules = rule_set(request.config)?;
    let (columns, decimals, mut scored) = match regulars_ingest::measure_customers(&request.reading())? {
        MeasureOutcome::Direct(measured) => from_measured(measured),
        MeasureOutcome::Landed(landed) => from_landed(request, *landed)?,
    };
    if columns.recency_days.is_empty() {
        return Err(Error {
            hint: Some(
                "run `regulars validate` on the same files to see each reason with sample rows".to_owned(),
            ),
            ..Error::new(
                Kind::Input,
                format!("none of the {} rows counts as a purchase", format_count(scored.rows.0)),
            )
        });
    }
    let result = scores(&columns, request.config, &rules, decimals)?;
    scored.notes.extend(segment_notes(&columns, &result, &rules)?);
    let names: Vec<String> = rules.segments.iter().map(|s| s.name.clone()).collect();
    write_aside(out, |aside| write_scores(columns, result, &names, decimals, format, aside))?;
    Ok(scored)
}

fn from_measured(measured: MeasuredCustomers) -> (RfmColumns, u8, ScoredFile) {
    let customers = measured.recency_days.len() as u64;
    let customer_id: ArrayRef = if measured.text_ids.is_empty() {
        Arc::new(Int64Array::from(measured.whole_ids))
    } else {
        Arc::new(StringArray::from(measured.text_ids))
    };
    let scored = ScoredFile {
        customers,
        rows: measured.rows,
        notes: measured.notes,
        as_of_micros: measured.as_of_micros,
    };
    let columns = RfmColumns {
        customer_id,
        recency_days: measured.recency_days,
        frequency_orders: measured.frequency_orders,
        monetary_minor: measured.monetary_minor,
        tenure_days: measured.tenure_days,
    };
    (columns, measured.money_decimals, scored)
}

/// The slow path: rows that share orders, or may be duplicates, are landed first.
fn from_landed(request: &ValidateRequest<'_>, landed: Ingested) -> Result<(RfmColumns, u8, ScoredFile)> {
    let engine = Engine::new(Options {
        threads: request.threads,
        memory_limit_bytes: None,
        temp_dir: request.scratch.join("engine"),
    })?;
    let columns = engine.rfm_from_transactions(
        &Inputs::transactions_only(request.scratch.join("transactions.parquet")),
        &PurchaseRules {
            cutoff_micros: landed.as_of_micros,
            orders_are_rows: landed.orders_are_rows,
            negative_rows_are_purchases: request.config.policy.refunds == Refunds::Keep,
        },
    )?;
    let scored = ScoredFile {
        customers: columns.recency_days.len() as u64,
        rows: (landed.report.rows.read, landed.report.rows.clean),
        notes: landed.notes,
        as_of_micros: landed.as_of_micros,
    };
    Ok((columns, landed.money_decimals, scored))
}

fn write_scores(
    columns: RfmColumns,
    result: Scores,
    names: &[String],
    decimals: u8,
    format: Format,
    out: &Path,
) -> Result<()> {
    let whole = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
    let bytes = |values: Vec<u8>| -> ArrayRef { Arc::new(UInt8Array::from(values)) };
    let number = |values: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    let list = vec![
        ("customer_id", columns.customer_id),
        ("recency", whole(columns.recency_days)),
        ("frequency", whole(columns.frequency_orders)),
        ("monetary", money(&columns.monetary_minor, decimals)?),
        ("r_score", bytes(result.scored.r)),
        ("f_score", bytes(result.scored.f)),
        ("m_score", bytes(result.scored.m)),
        ("rfm_score", bytes(result.sums)),
        ("rfm_weighted_score", number(result.weighted)),
        ("segment", words(&result.segment, names)),
        ("tenure_days", whole(columns.tenure_days)),
        ("cycle_ratio", number(result.cycle_ratios.cycle_ratio)),
    ];
    write_as(format, out, list)
}

/// Minor units as decimals; up to 18 digits every reader stores them as plain integers.
fn money(minor: &[i64], decimals: u8) -> Result<ArrayRef> {
    let widest = minor.iter().map(|m| m.unsigned_abs()).max().unwrap_or(0);
    let precision = if widest < 1_000_000_000_000_000_000 { 18 } else { 19 };
    let array = Decimal128Array::from_iter_values(minor.iter().map(|m| i128::from(*m)));
    let array = array
        .with_precision_and_scale(precision, decimals as i8)
        .map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
    Ok(Arc::new(array))
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::{Decimal128Type, Int64Type, UInt8Type};
    use regulars_core::config::Config;

    use super::*;
    use crate::testing::{Shop, column, integers, orders, texts};

    /// Scores a shop's file directly, and by a run.
    fn compare(shop: &Shop) {
        let mut options = shop.options();
        options.steps = crate::StepSelection::parse("scores").expect("known");
        let run = shop.run(&options, "2024-01-01T10:00:00Z").run;
        let (input_paths, config, scratch) =
            (shop.input_paths(), Config::default(), shop.folder.path().join("scratch"));
        let out = shop.folder.path().join("scores.parquet");
        let scored = score_file(&Shop::request(&input_paths, &config, &scratch), Format::Parquet, &out)
            .expect("scored");
        let whole = |name: &str| column(&out, name).as_primitive::<Int64Type>().values().to_vec();
        for name in ["customer_id", "recency", "frequency"] {
            assert_eq!(whole(name), integers(&run, "rfm_scores", name), "{name}");
        }
        for name in ["r_score", "f_score", "m_score", "rfm_score"] {
            let found = column(&out, name);
            let found: Vec<i64> =
                found.as_primitive::<UInt8Type>().values().iter().map(|s| i64::from(*s)).collect();
            assert_eq!(found, integers(&run, "rfm_scores", name), "{name}");
        }
        let money = column(&out, "monetary");
        let money: Vec<i64> =
            money.as_primitive::<Decimal128Type>().values().iter().map(|m| *m as i64).collect();
        assert_eq!(money, integers(&run, "rfm_scores", "monetary_minor"));
        let segments =
            arrow::compute::cast(&column(&out, "segment"), &arrow::datatypes::DataType::Utf8).expect("text");
        let segments: Vec<&str> = segments.as_string::<i32>().iter().flatten().collect();
        assert_eq!(segments, texts(&run, "rfm_scores", "segment"));
        assert_eq!(scored.customers as usize, segments.len());
        assert_eq!(scored.rows, (shop.orders.len() as u64, shop.orders.len() as u64));
        assert_eq!(format_day_of(&scored), run.manifest.as_of.chars().take(10).collect::<String>());
    }

    fn format_day_of(scored: &ScoredFile) -> String {
        regulars_core::dates::format_day(scored.as_of_micros)
    }

    #[test]
    fn scores_of_a_file_are_those_of_a_run() {
        compare(&Shop::new(orders(120, 300, 5)));
        // One order for each of ten customers, all of different amounts.
        compare(&Shop::new((0..10).map(|row| (row + 1, row * 3, 100 * row + 50)).collect()));
    }

    #[test]
    fn a_file_without_a_purchase_leaves_the_old_scores() {
        let shop = Shop::new(vec![(1, 6000, 100)]);
        let (input_paths, config, scratch) =
            (shop.input_paths(), Config::default(), shop.folder.path().join("scratch"));
        let out = shop.folder.path().join("scores.csv");
        fs_err::write(&out, "old").expect("written");
        let failed = score_file(&Shop::request(&input_paths, &config, &scratch), Format::Csv, &out)
            .expect_err("future");
        assert_eq!(failed.kind, Kind::Input);
        assert_eq!(fs_err::read_to_string(&out).expect("text"), "old");
    }
}
