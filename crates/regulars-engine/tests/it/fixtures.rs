//! Small runs, from rows stated by a test or drawn at random.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    new_null_array,
};
use arrow::datatypes::{DataType, Int32Type};
use fs_err::File;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use regulars_core::dates::{DAY_MICROS, civil_micros};
use regulars_engine::{Engine, Inputs, Options, PurchaseRules};

/// One row of `transactions` or `excluded`.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) order: i64,
    pub(crate) customer: i64,
    pub(crate) at: i64,
    pub(crate) category: Option<String>,
    pub(crate) quantity_milli: Option<i64>,
    pub(crate) payment: Option<String>,
    pub(crate) amount: i64,
    pub(crate) reason: &'static str,
}

/// Type of identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    Numbers,
    Text,
}

/// Random numbers, the same on every machine.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

pub(crate) fn day(year: i32, month: u32, day: u32) -> i64 {
    civil_micros(year, month, day).expect("a valid date")
}

/// Random rows: few customers with many orders, dates around the cutoff, nulls, days before 1970.
pub(crate) fn random_rows(seed: u64, rows: usize, customers: u64, lines_of_one_order: u64) -> Vec<Row> {
    let mut draw = Draw(seed);
    let start = day(2021, 12, 20);
    let mut order = 0;
    let mut generated: Vec<Row> = Vec::with_capacity(rows);
    while generated.len() < rows {
        order += 1;
        let customer = draw.below(customers) as i64 - 2;
        let at = start + (draw.below(900) as i64) * DAY_MICROS + draw.below(86_400_000_000) as i64;
        let at = if draw.below(200) == 0 { at - 60 * 365 * DAY_MICROS } else { at };
        for _ in 0..=draw.below(lines_of_one_order) {
            let optional = |draw: &mut Draw, n: u64, names: &[&str]| {
                let nth = draw.below(n) as usize;
                names.get(nth).map(|name| (*name).to_owned())
            };
            generated.push(Row {
                order,
                customer,
                at: at + draw.below(3_600_000_000) as i64,
                category: optional(&mut draw, 6, &["Toys", "Books", "Ärmel", "Food", "Books & more"]),
                quantity_milli: (draw.below(10) > 0).then(|| draw.below(5000) as i64),
                payment: optional(&mut draw, 4, &["PayPal", "Card", "Cash"]),
                amount: draw.below(30_000) as i64,
                reason: "",
            });
        }
    }
    generated
}

/// Turns some rows into refunds, as under the policy `net`.
pub(crate) fn with_refunds(rows: &[Row], seed: u64) -> Vec<Row> {
    let mut draw = Draw(seed);
    let mut rows = rows.to_vec();
    for row in &mut rows {
        if draw.below(8) == 0 {
            row.amount = -row.amount - 1;
        }
    }
    rows
}

/// Excluded rows: some are refunds, some are not.
pub(crate) fn excluded_rows(rows: &[Row], seed: u64) -> Vec<Row> {
    let mut draw = Draw(seed);
    let reasons = ["refunded", "cancelled", "returned", "duplicate", "after_as_of"];
    let mut excluded: Vec<Row> = rows.iter().filter(|_| draw.below(6) == 0).cloned().collect();
    for row in &mut excluded {
        row.reason = reasons[draw.below(5) as usize];
    }
    excluded
}

fn dictionary(values: Vec<Option<&str>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<DictionaryArray<Int32Type>>())
}

fn ids(ids: Ids, values: impl Iterator<Item = i64>) -> ArrayRef {
    match ids {
        Ids::Numbers => Arc::new(Int64Array::from_iter_values(values)),
        Ids::Text => Arc::new(StringArray::from_iter_values(values.map(|v| format!("c{v}")))),
    }
}

/// The rows in the stored schema.
pub(crate) fn batch(rows: &[Row], kind: Ids, excluded: bool) -> RecordBatch {
    let n = rows.len();
    let status: ArrayRef = dictionary(vec![Some("Completed"); n]);
    let mut columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("transaction_id", ids(kind, rows.iter().map(|r| r.order)), false),
        ("customer_id", ids(kind, rows.iter().map(|r| r.customer)), false),
        (
            "transaction_date",
            Arc::new(TimestampMicrosecondArray::from_iter_values(rows.iter().map(|r| r.at))),
            false,
        ),
        ("product_category", dictionary(rows.iter().map(|r| r.category.as_deref()).collect()), true),
        ("product_id", new_null_array(&DataType::Utf8, n), true),
        ("price_minor", Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.amount))), true),
        ("quantity_milli", Arc::new(rows.iter().map(|r| r.quantity_milli).collect::<Int64Array>()), true),
        ("payment_method", dictionary(rows.iter().map(|r| r.payment.as_deref()).collect()), true),
        ("status", status, true),
        ("total_amount_minor", Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.amount))), false),
    ];
    if excluded {
        columns.push(("reason", dictionary(rows.iter().map(|r| Some(r.reason)).collect()), false));
        columns.push(("file", Arc::new(StringArray::from(vec!["a.csv"; n])), false));
        columns.push(("line", Arc::new(Int64Array::from_iter_values(0..n as i64)), false));
    }
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

pub(crate) fn write(batch: &RecordBatch, path: &Path, row_group: usize) {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(row_group)).build();
    let file = File::create(path).expect("a temporary folder");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a valid schema");
    writer.write(batch).expect("room on the disk");
    writer.close().expect("room on the disk");
}

/// Writes the two files of a run's folder.
pub(crate) fn write_run(folder: &Path, rows: &[Row], excluded: &[Row], kind: Ids) -> Inputs {
    let transactions = folder.join("transactions.parquet");
    let left_out = folder.join("excluded.parquet");
    write(&batch(rows, kind, false), &transactions, 700);
    write(&batch(excluded, kind, true), &left_out, 700);
    Inputs { transactions, excluded: Some(left_out), returns: None }
}

/// Writes the returns: each row with the time of the return.
pub(crate) fn write_returns(folder: &Path, rows: &[(Row, i64)], kind: Ids) -> PathBuf {
    let sales: Vec<Row> = rows.iter().map(|(row, _)| row.clone()).collect();
    let sales = batch(&sales, kind, false);
    let moments = TimestampMicrosecondArray::from_iter_values(rows.iter().map(|(_, at)| *at));
    let schema = sales.schema();
    let fields = schema.fields().iter().map(|f| (f.name().clone(), f.is_nullable()));
    let columns = fields.zip(sales.columns()).map(|((name, nullable), c)| (name, Arc::clone(c), nullable));
    let moments: ArrayRef = Arc::new(moments);
    let columns = columns.chain([("returned_at".to_owned(), moments, false)]);
    let path = folder.join("returns.parquet");
    write(&RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length"), &path, 300);
    path
}

pub(crate) fn engine(threads: usize, memory_limit_bytes: Option<u64>, temp: &Path) -> Engine {
    Engine::new(Options { threads, memory_limit_bytes, temp_dir: PathBuf::from(temp) }).expect("starts")
}

pub(crate) fn rules(cutoff_micros: i64, orders_are_rows: bool) -> PurchaseRules {
    PurchaseRules { cutoff_micros, orders_are_rows, negative_rows_are_purchases: false }
}
