//! Customer features: equal to the naive implementation, declared in `regulars-core`, unaffected by future data,
//! and the same bytes on any number of threads.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use fs_err::File;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regulars_core::dates::DAY_MICROS;
use regulars_core::features::FEATURES;
use regulars_core::tables::customer_features;
use regulars_engine::{FeatureParams, Inputs, PurchaseRules, rfm_from_features};

use crate::fixtures::{Ids, Row, day, engine, excluded_rows, random_rows, rules, with_refunds, write_run};
use crate::naive::{self, Value};

pub(crate) fn read(path: &Path) -> RecordBatch {
    let file = File::open(path).expect("written");
    let builder = ParquetRecordBatchReaderBuilder::try_new(file.into_file()).expect("Parquet");
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> =
        builder.build().expect("Parquet").collect::<Result<_, _>>().expect("Parquet");
    concat_batches(&schema, &batches).expect("one schema")
}

fn value(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Empty;
    }
    match column.data_type() {
        DataType::Float64 => Value::Float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Int64 => Value::Whole(column.as_primitive::<Int64Type>().value(row)),
        DataType::Dictionary(..) => {
            let text = cast(&column.slice(row, 1), &DataType::Utf8).expect("text");
            Value::Text(text.as_string::<i32>().value(0).to_owned())
        }
        _ => {
            let whole = cast(&column.slice(row, 1), &DataType::Int64).expect("a whole number");
            Value::Whole(whole.as_primitive::<Int64Type>().value(0))
        }
    }
}

fn params(rules: &PurchaseRules) -> FeatureParams {
    FeatureParams { rules: rules.clone(), categories: None, payment_methods: None }
}

/// Runs the plan on two threads and compares every value with the naive implementation.
fn check(rows: &[Row], excluded: &[Row], ids: Ids, rules: &PurchaseRules) {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = write_run(folder.path(), rows, excluded, ids);
    let out = folder.path().join("customer_features.parquet");
    let engine = engine(2, None, folder.path());
    let customers = engine.write_features(&inputs, &params(rules), &out).expect("computes");
    let batch = read(&out);

    let expected = naive::features(rows, excluded, rules);
    assert_eq!(customers as usize, expected.len());
    assert_eq!(batch.num_rows(), expected.len());
    let id_type = if ids == Ids::Numbers { DataType::Int64 } else { DataType::Utf8 };
    let declared = customer_features::LIST.iter().map(|column| column.field(&id_type));
    let schema = arrow::datatypes::Schema::new(declared.collect::<Vec<_>>());
    let types = |s: &arrow::datatypes::Schema| -> Vec<(String, DataType)> {
        s.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
    };
    assert_eq!(types(&batch.schema()), types(&schema));

    // Sorted by the stored id: text sorts differently from numbers.
    let mut by_id: BTreeMap<String, (i64, &Vec<Value>)> = BTreeMap::new();
    for (customer, values) in &expected {
        let key =
            if ids == Ids::Numbers { format!("{:020}", customer + 1000) } else { format!("c{customer}") };
        by_id.insert(key, (*customer, values));
    }
    for (row, (customer, values)) in by_id.values().enumerate() {
        let id = cast(&batch.column(0).slice(row, 1), &DataType::Utf8).expect("text");
        let shown = if ids == Ids::Numbers { customer.to_string() } else { format!("c{customer}") };
        assert_eq!(id.as_string::<i32>().value(0), shown);
        for (index, feature) in FEATURES.iter().enumerate() {
            let found = value(batch.column(index + 1), row);
            let same = match (&found, &values[index]) {
                (Value::Float(a), Value::Float(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
                (a, b) => a == b,
            };
            assert!(same, "{} of {customer}: {found:?}, expected {:?}", feature.name, values[index]);
        }
    }

    let from_transactions = engine.rfm_from_transactions(&inputs, rules).expect("computes");
    let stored = rfm_from_features(&out).expect("reads");
    assert_eq!(from_transactions.customer_id.as_ref(), stored.customer_id.as_ref());
    assert_eq!(from_transactions.recency_days, stored.recency_days);
    assert_eq!(from_transactions.frequency_orders, stored.frequency_orders);
    assert_eq!(from_transactions.monetary_minor, stored.monetary_minor);
    assert_eq!(from_transactions.tenure_days, stored.tenure_days);
}

const CUTOFF: fn() -> i64 = || day(2023, 11, 5) + 13 * 3_600_000_000;

#[test]
fn rows_that_are_orders_match_the_naive_features() {
    let rows = random_rows(1, 3000, 150, 1);
    let excluded = excluded_rows(&rows, 2);
    for ids in [Ids::Numbers, Ids::Text] {
        check(&rows, &excluded, ids, &rules(CUTOFF(), true));
    }
}

#[test]
fn line_items_match_the_naive_features() {
    let rows = random_rows(3, 3000, 150, 5);
    let excluded = excluded_rows(&rows, 4);
    for ids in [Ids::Numbers, Ids::Text] {
        check(&rows, &excluded, ids, &rules(CUTOFF(), false));
    }
}

#[test]
fn netted_refunds_reduce_spend_and_are_not_purchases() {
    for lines in [1, 4] {
        let rows = with_refunds(&random_rows(5, 3000, 400, lines), 6);
        let excluded = excluded_rows(&rows, 7);
        check(&rows, &excluded, Ids::Numbers, &rules(CUTOFF(), lines == 1));
        let kept = PurchaseRules { negative_rows_are_purchases: true, ..rules(CUTOFF(), lines == 1) };
        check(&rows, &excluded, Ids::Numbers, &kept);
    }
}

#[test]
fn empty_columns_are_accepted() {
    let mut rows = random_rows(8, 500, 50, 3);
    for row in &mut rows {
        (row.category, row.quantity_milli, row.payment) = (None, None, None);
    }
    check(&rows, &[], Ids::Numbers, &rules(CUTOFF(), true));
    check(&rows, &[], Ids::Numbers, &rules(CUTOFF(), false));
}

#[test]
fn one_customer_and_no_customer() {
    let rows = random_rows(9, 1, 1, 1);
    check(&rows, &[], Ids::Numbers, &rules(day(2030, 1, 1), true));
    check(&rows, &[], Ids::Text, &rules(day(1900, 1, 1), false));
    check(&[], &[], Ids::Numbers, &rules(CUTOFF(), false));
}

#[test]
fn more_than_63_categories_and_payment_methods() {
    let mut rows = random_rows(10, 3000, 20, 1);
    for (i, row) in rows.iter_mut().enumerate() {
        row.category = (i % 9 > 0).then(|| format!("category {}", i * 7 % 101));
        row.payment = (i % 5 > 0).then(|| format!("method {}", i * 11 % 97));
    }
    check(&rows, &[], Ids::Numbers, &rules(CUTOFF(), true));
    check(&rows, &[], Ids::Numbers, &rules(CUTOFF(), false));
}

#[test]
fn matches_the_documented_example() {
    let row = |order, at, amount, category: &str| Row {
        order,
        customer: 7,
        at,
        category: Some(category.to_owned()),
        quantity_milli: Some(2000),
        payment: Some("Card".to_owned()),
        amount,
        reason: "",
    };
    // Two lines on Saturday the 6th, one order on Wednesday the 10th, one in March; the cutoff is the 31st.
    let rows = [
        row(1, day(2024, 1, 6), 1000, "Books"),
        row(1, day(2024, 1, 6) + 5, 500, "Toys"),
        row(2, day(2024, 1, 10), 3000, "Toys"),
        row(3, day(2024, 3, 21), 4500, "Books"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = write_run(folder.path(), &rows, &[], Ids::Numbers);
    let out = folder.path().join("f.parquet");
    let rules = rules(day(2024, 3, 31) + DAY_MICROS - 1, false);
    engine(1, None, folder.path()).write_features(&inputs, &params(&rules), &out).expect("computes");
    let batch = read(&out);
    let is = |name: &str, expected: Value| {
        let column = batch.column_by_name(name).expect(name);
        assert_eq!(value(column, 0), expected, "{name}");
    };
    is("recency_days", Value::Whole(10));
    is("frequency_orders", Value::Whole(3));
    is("monetary_minor", Value::Whole(9000));
    is("tenure_days", Value::Whole(85));
    is("average_order_value_minor", Value::Float(3000.0));
    is("minimum_order_value_minor", Value::Whole(1500));
    is("order_value_deviation_minor", Value::Float(1500.0));
    is("days_between_orders_mean", Value::Float(37.5));
    // Gaps of 4 and 71 days.
    is("days_between_orders_deviation", Value::Float((2.0_f64 * 33.5 * 33.5).sqrt()));
    is("orders_last_30d", Value::Whole(1));
    is("spend_last_90d_minor", Value::Whole(9000));
    is("distinct_categories", Value::Whole(2));
    is("favourite_category", Value::Text("Books".to_owned()));
    is("favourite_category_share", Value::Float(0.5));
    is("quantity_total_milli", Value::Whole(8000));
    is("weekend_order_share", Value::Float(1.0 / 3.0));
    is("spring_order_share", Value::Float(1.0 / 3.0));
    is("refund_share", Value::Float(0.0));
    is("spend_trend", Value::Float(1.0));
}

fn bytes(
    inputs: &Inputs,
    rules: &PurchaseRules,
    threads: usize,
    limit: Option<u64>,
    folder: &Path,
) -> Vec<u8> {
    let out = folder.join(format!("out_{threads}.parquet"));
    engine(threads, limit, folder).write_features(inputs, &params(rules), &out).expect("computes");
    fs_err::read(out).expect("written")
}

#[test]
fn the_bytes_do_not_depend_on_the_threads() {
    for orders_are_rows in [true, false] {
        let rows = random_rows(11, 60_000, 9000, 3);
        let folder = tempfile::tempdir().expect("a folder");
        let inputs = write_run(folder.path(), &rows, &excluded_rows(&rows, 12), Ids::Numbers);
        let rules = rules(CUTOFF(), orders_are_rows);
        let one = bytes(&inputs, &rules, 1, None, folder.path());
        for threads in [2, 3] {
            let other = bytes(&inputs, &rules, threads, None, folder.path());
            assert!(one == other, "{threads} threads");
        }
    }
}

#[test]
fn future_rows_do_not_change_features() {
    let rows = random_rows(13, 5000, 300, 3);
    let mut poisoned: Vec<Row> = rows.clone();
    for row in &mut poisoned {
        if row.at > CUTOFF() {
            row.amount = 999_999_999;
            row.customer = -1;
            row.category = Some("Zzz".to_owned());
        }
    }
    for orders_are_rows in [true, false] {
        let rules = rules(CUTOFF(), orders_are_rows);
        let past: Vec<Row> = rows.iter().filter(|r| r.at <= CUTOFF()).cloned().collect();
        let generated: Vec<Vec<u8>> = [&rows, &poisoned, &past]
            .into_iter()
            .map(|rows| {
                let folder = tempfile::tempdir().expect("a folder");
                let inputs = write_run(folder.path(), rows, &excluded_rows(rows, 14), Ids::Numbers);
                let inputs = Inputs { excluded: None, ..inputs };
                bytes(&inputs, &rules, 2, None, folder.path())
            })
            .collect();
        assert!(generated[0] == generated[1] && generated[0] == generated[2]);
    }
}

#[test]
fn a_category_that_is_not_in_the_list_is_an_error() {
    let rows = random_rows(15, 100, 10, 1);
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = write_run(folder.path(), &rows, &[], Ids::Numbers);
    let engine = engine(1, None, folder.path());
    let list = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect());
    let wrong = FeatureParams { categories: list(&["Books"]), ..params(&rules(CUTOFF(), true)) };
    let error = engine.write_features(&inputs, &wrong, &folder.path().join("x")).expect_err("refuses");
    assert!(error.to_string().contains("is not in the list of categories"), "{error}");
    let unsorted = FeatureParams { categories: list(&["Toys", "Books"]), ..wrong };
    let error = engine.write_features(&inputs, &unsorted, &folder.path().join("x")).expect_err("refuses");
    assert_eq!(error.to_string(), "the list of values of `product_category` is not sorted");
}
