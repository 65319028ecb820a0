//! Small runs for this crate's tests.
//!
//! Deliberately not here: anything that the tests check.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, DictionaryArray, Int64Array, StringArray};
use arrow::datatypes::Int32Type;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use regulars_core::config::{Config, Refunds};
use regulars_core::manifest::{RunManifest, TableFile};
use regulars_core::summary::{RunSummary, SegmentSummary};
use regulars_core::validation::{MoneyTotals, RowCounts, ValidationReport};
use tempfile::TempDir;

use crate::{Dataset, Home, Run};

pub(crate) fn home() -> (TempDir, Home) {
    let root = tempfile::tempdir().expect("temp");
    let home = Home::new(root.path().join("home")).expect("created");
    (root, home)
}

pub(crate) fn dataset() -> (TempDir, Dataset) {
    let (root, home) = home();
    (root, home.dataset("shop").expect("name"))
}

pub(crate) fn begin_and_publish(dataset: &Dataset, run_id: &str, customers: &[(i64, &str)]) -> Run {
    publish(dataset, run_id, customers, |_| {})
}

pub(crate) fn publish_finished_at(dataset: &Dataset, run_id: &str, finished_at: &str) -> Run {
    publish(dataset, run_id, &[(1, "Lost")], |manifest| finished_at.clone_into(&mut manifest.finished_at))
}

pub(crate) fn publish(
    dataset: &Dataset,
    run_id: &str,
    customers: &[(i64, &str)],
    change: impl FnOnce(&mut RunManifest),
) -> Run {
    let writer = dataset.begin(run_id).expect("begun");
    write_segments(writer.dir(), customers);
    let table = writer.table_file("customer_segments").expect("measured");
    let mut manifest = manifest(run_id, vec![table]);
    manifest.customers = customers.len() as u64;
    manifest.rows = rows(customers.len() as u64);
    change(&mut manifest);
    writer
        .publish(&manifest, &summary(run_id, customers), &validation(customers.len() as u64))
        .expect("published")
}

/// Replaces the pointer by hand.
pub(crate) fn point(dataset: &Dataset, text: &str) {
    fs_err::write(dataset.folder().join("current"), text).expect("written");
}

pub(crate) fn complete_ids(dataset: &Dataset) -> Vec<String> {
    dataset.runs().expect("listed").complete.iter().map(|run| run.run_id().to_owned()).collect()
}

pub(crate) fn segments_of(run: &Run) -> Vec<String> {
    let batches = run.read_table("customer_segments").expect("read");
    let texts = batches.iter().flat_map(|batch| {
        let column = batch.column_by_name("segment").expect("there");
        let column = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8).expect("text");
        column.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect::<Vec<_>>()
    });
    texts.collect()
}

/// `customer_segments.parquet` with whole-number ids and plain text.
pub(crate) fn write_segments(dir: &Path, customers: &[(i64, &str)]) {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(customers.iter().map(|(id, _)| *id)));
    let segments: ArrayRef = Arc::new(StringArray::from_iter_values(customers.iter().map(|(_, name)| *name)));
    write_columns(dir, ids, segments);
}

/// `customer_segments.parquet` with text ids and a dictionary.
pub(crate) fn write_text_segments(dir: &Path, customers: &[(&str, &str)]) {
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(customers.iter().map(|(id, _)| *id)));
    let segments: DictionaryArray<Int32Type> = customers.iter().map(|(_, name)| *name).collect();
    write_columns(dir, ids, Arc::new(segments));
}

fn write_columns(dir: &Path, ids: ArrayRef, segments: ArrayRef) {
    let batch = RecordBatch::try_from_iter([("segment", segments), ("customer_id", ids)]).expect("batch");
    let file = fs_err::File::create(dir.join("customer_segments.parquet")).expect("created");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

fn rows(clean: u64) -> RowCounts {
    RowCounts { read: clean, clean, rejected: 0, excluded: 0 }
}

pub(crate) fn manifest(run_id: &str, tables: Vec<TableFile>) -> RunManifest {
    RunManifest {
        version: RunManifest::VERSION,
        run_id: run_id.to_owned(),
        dataset: "shop".to_owned(),
        started_at: "2026-01-01T00:00:00Z".to_owned(),
        finished_at: "2026-01-01T00:00:01Z".to_owned(),
        inputs: Vec::new(),
        reading: Vec::new(),
        notes: Vec::new(),
        config: Config::default(),
        steps: vec!["scores".to_owned()],
        reused: Vec::new(),
        seed: 42,
        as_of: "2025-12-31 00:00:00".to_owned(),
        today: "2026-01-01".to_owned(),
        money_decimals: 2,
        currency: None,
        rows: rows(0),
        customers: 0,
        tables,
        versions: [("regulars".to_owned(), "0.1.0".to_owned())].into(),
        timings_seconds: vec![("ingest".to_owned(), 0.5)],
        timings_of_parts_seconds: Vec::new(),
        peak_memory_bytes: 0,
        threads: 2,
        clusters: None,
        value: None,
    }
}

pub(crate) fn summary(run_id: &str, customers: &[(i64, &str)]) -> RunSummary {
    let mut segments: Vec<SegmentSummary> = Vec::new();
    for (_, name) in customers {
        match segments.iter_mut().find(|segment| segment.segment == *name) {
            Some(segment) => segment.customers += 1,
            None => segments.push(SegmentSummary {
                segment: (*name).to_owned(),
                meaning: String::new(),
                priority: segments.len() as u32 + 1,
                customers: 1,
                customer_share: 0.5,
                revenue_minor: 100,
                revenue_share: 0.5,
                recency_mean: 1.0,
                frequency_mean: 1.0,
                monetary_mean_minor: 100.0,
                average_order_value_minor: 100.0,
            }),
        }
    }
    RunSummary {
        dataset: "shop".to_owned(),
        run_id: run_id.to_owned(),
        as_of: "2025-12-31".to_owned(),
        currency: None,
        money_decimals: 2,
        customers: customers.len() as u64,
        orders: 2 * customers.len() as u64,
        transactions: 2 * customers.len() as u64,
        revenue_minor: 100 * customers.len() as i64,
        money: MoneyTotals::default(),
        refunds: Some(Refunds::Match),
        average_order_value_minor: 50.0,
        repeat_rate: 0.5,
        top_20_revenue_share: 0.8,
        first_purchase: "2025-01-01".to_owned(),
        last_purchase: "2025-12-31".to_owned(),
        periods: None,
        segments,
        months: Vec::new(),
        top_customers: Vec::new(),
        cuts: Vec::new(),
        scoring: "quantile".to_owned(),
        purchase_cycle_days: None,
        segment_checks: Vec::new(),
        findings: [0, 0, 0],
        clusters: None,
        value: None,
    }
}

pub(crate) fn validation(clean: u64) -> ValidationReport {
    ValidationReport {
        rows: rows(clean),
        money: MoneyTotals::default(),
        rejected_by_reason: Vec::new(),
        excluded_by_reason: Vec::new(),
        columns: Vec::new(),
        findings: Vec::new(),
    }
}
