//! Complete data sets: reproducible from the seed, with the intended properties.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use arrow::record_batch::{RecordBatch, RecordBatchReader};
use arrow::util::display::array_value_to_string;
use fs_err as fs;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regulars_core::dates::civil_micros;
use regulars_core::progress::Silent;
use tempfile::TempDir;

use crate::{Error, Formats, MAX_CUSTOMERS, Preset, SynthParams, Written, write};

fn params(preset: Preset, customers: u64, seed: u64) -> SynthParams {
    SynthParams { preset, customers, seed }
}

fn generate(params: SynthParams, formats: Formats, threads: usize) -> (TempDir, Written) {
    let folder = TempDir::new().expect("a temporary folder");
    let written = write(&params, formats, folder.path(), threads, &Silent).expect("written");
    (folder, written)
}

fn parquet(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).expect("there").into_file())
        .expect("Parquet")
        .build()
        .expect("readable");
    let schema = reader.schema();
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().expect("readable");
    concat_batches(&schema, &batches).expect("one schema")
}

fn ids(table: &RecordBatch, column: &str) -> Vec<i64> {
    table[column].as_primitive::<Int64Type>().values().to_vec()
}

fn cents(table: &RecordBatch, column: &str) -> Vec<i128> {
    table[column].as_primitive::<Decimal128Type>().values().to_vec()
}

fn moments(table: &RecordBatch, column: &str) -> Vec<i64> {
    table[column].as_primitive::<TimestampMicrosecondType>().values().to_vec()
}

fn words<'a>(table: &'a RecordBatch, column: &str) -> Vec<&'a str> {
    table[column].as_string::<i32>().iter().map(|word| word.expect("never null")).collect()
}

fn bytes_of_all(written: &Written) -> Vec<Vec<u8>> {
    written.paths().into_iter().map(|path| fs::read(path).expect("there")).collect()
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len() as f64;
    let mean_of = |pick: fn(&(f64, f64)) -> f64| pairs.iter().map(pick).sum::<f64>() / count;
    let (left_mean, right_mean) = (mean_of(|pair| pair.0), mean_of(|pair| pair.1));
    let sum = |product: &dyn Fn(f64, f64) -> f64| {
        pairs.iter().map(|(left, right)| product(left - left_mean, right - right_mean)).sum::<f64>()
    };
    let spread = sum(&|left, _| left * left) * sum(&|_, right| right * right);
    sum(&|left, right| left * right) / spread.sqrt()
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    for preset in Preset::ALL {
        // Three chunks, the last one short.
        let (_folder, once) = generate(params(preset, 17_000, 7), Formats::BOTH, 1);
        for threads in [0, 2, 5] {
            let (_folder, again) = generate(params(preset, 17_000, 7), Formats::BOTH, threads);
            assert_eq!(once.transactions, again.transactions);
            assert!(bytes_of_all(&once) == bytes_of_all(&again), "{preset} on {threads} threads");
        }
        let (_folder, other) = generate(params(preset, 17_000, 8), Formats::BOTH, 2);
        assert!(bytes_of_all(&once).iter().zip(bytes_of_all(&other)).all(|(left, right)| *left != right));
    }
}

#[test]
fn the_synthetic_shop_has_the_documented_properties() {
    let (_folder, written) = generate(
        SynthParams { customers: 20_000, ..SynthParams::new(Preset::Synthetic, 42) },
        Formats::PARQUET,
        2,
    );
    let files = written.parquet.as_ref().expect("requested");
    let orders = parquet(&files.transactions);
    let count = orders.num_rows();
    assert_eq!(count as u64, written.transactions);
    assert!((7.5..8.5).contains(&(count as f64 / 20_000.0)), "{count} orders");

    let names: Vec<&str> = orders.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
    let expected = "transaction_id customer_id transaction_date product_category price quantity payment_method status total_amount";
    assert_eq!(names.join(" "), expected);
    assert_eq!(orders["transaction_date"].data_type(), &DataType::Timestamp(TimeUnit::Microsecond, None));
    assert_eq!(orders["price"].data_type(), &DataType::Decimal128(12, 2));
    assert_eq!(orders["product_category"].data_type(), &DataType::Utf8);
    assert!(orders.columns().iter().all(|column| column.null_count() == 0));

    assert_eq!(ids(&orders, "transaction_id"), (1..=count as i64).collect::<Vec<i64>>());
    let quantities = orders["quantity"].as_primitive::<Int32Type>().values();
    for ((price, total), quantity) in
        cents(&orders, "price").iter().zip(cents(&orders, "total_amount")).zip(quantities)
    {
        assert!(*price > 0 && (1..=5).contains(quantity));
        assert_eq!(price * i128::from(*quantity), total);
    }

    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    for status in words(&orders, "status") {
        *statuses.entry(status).or_default() += 1;
    }
    for (status, expected) in [("Completed", 0.92), ("Refunded", 0.06), ("Cancelled", 0.02)] {
        let share = statuses[status] as f64 / count as f64;
        assert!((share - expected).abs() < 0.003, "{status}: {share}");
    }
    let electronics =
        words(&orders, "product_category").iter().filter(|word| **word == "Electronics").count();
    assert!((electronics as f64 / count as f64 - 0.25).abs() < 0.01, "favourites keep the shares");

    let from = civil_micros(2023, 1, 1).expect("a date");
    let until = civil_micros(2024, 12, 31).expect("a date");
    let dates = moments(&orders, "transaction_date");
    assert!(dates.iter().all(|date| (from..until).contains(date)));
    let between = |start: (i32, u32), end: (i32, u32)| {
        let start = civil_micros(start.0, start.1, 1).expect("a date");
        let end = civil_micros(end.0, end.1, 1).expect("a date");
        dates.iter().filter(|date| (start..end).contains(date)).count() as f64
    };
    // October is as long as December, and the number of customers grows slowly.
    let lift = between((2023, 12), (2024, 1)) / between((2023, 10), (2023, 11));
    assert!((1.1..1.7).contains(&lift), "the season lifts orders by {lift}");
}

#[test]
fn every_customer_first_buys_on_the_registration_date() {
    let (_folder, written) = generate(params(Preset::Synthetic, 9_000, 1), Formats::PARQUET, 2);
    let files = written.parquet.as_ref().expect("requested");
    let customers = parquet(&files.customers);
    let truth = parquet(&written.truth);
    let all: Vec<i64> = (1..=9_000).collect();
    assert_eq!(ids(&customers, "customer_id"), all);
    assert_eq!(ids(&truth, "customer_id"), all);

    let orders = parquet(&files.transactions);
    let mut spans: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (id, date) in ids(&orders, "customer_id").into_iter().zip(moments(&orders, "transaction_date")) {
        let span = spans.entry(id).or_insert((date, date));
        *span = (span.0.min(date), span.1.max(date));
    }
    assert_eq!(spans.keys().copied().collect::<Vec<i64>>(), all);

    let registered = customers["registration_date"].as_primitive::<Date32Type>().values();
    let lifetime_ends = truth["lifetime_end"].as_primitive::<TimestampMicrosecondType>();
    let alive = truth["alive_at_end"].as_boolean();
    for (place, (first, last)) in spans.values().enumerate() {
        assert_eq!(first.div_euclid(86_400_000_000), i64::from(registered[place]));
        assert_eq!(alive.value(place), lifetime_ends.is_null(place));
        assert!(alive.value(place) || *last <= lifetime_ends.value(place), "no customer buys after dropout");
    }
    let alive_share = alive.true_count() as f64 / 9_000.0;
    assert!((0.3..0.8).contains(&alive_share), "{alive_share}");
}

#[test]
fn orders_follow_the_true_parameters() {
    let (_folder, written) = generate(params(Preset::Synthetic, 20_000, 3), Formats::PARQUET, 2);
    let orders = parquet(&written.parquet.as_ref().expect("requested").transactions);
    let truth = parquet(&written.truth);
    let rates = truth["purchase_rate_per_day"].as_primitive::<Float64Type>().values();
    let spends = truth["mean_spend"].as_primitive::<Float64Type>().values();
    let mut repeats = vec![-1.0; 20_000];
    let mut spent = vec![0.0; 20_000];
    let mut first = vec![i64::MAX; 20_000];
    for ((id, date), amount) in ids(&orders, "customer_id")
        .into_iter()
        .zip(moments(&orders, "transaction_date"))
        .zip(cents(&orders, "total_amount"))
    {
        let place = (id - 1) as usize;
        repeats[place] += 1.0;
        spent[place] += amount as f64 / 100.0;
        first[place] = first[place].min(date);
    }
    let until = civil_micros(2024, 12, 31).expect("a date");
    let lifetime_ends = truth["lifetime_end"].as_primitive::<TimestampMicrosecondType>();
    let (mut expected_repeats, mut expected_spent) = (0.0, 0.0);
    for place in 0..20_000 {
        let end = if lifetime_ends.is_null(place) { until } else { lifetime_ends.value(place) };
        expected_repeats += rates[place] * (end - first[place]) as f64 / 86_400e6;
        expected_spent += spends[place] * (repeats[place] + 1.0);
    }
    let repeats_ratio = repeats.iter().sum::<f64>() / expected_repeats;
    let spent_ratio = spent.iter().sum::<f64>() / expected_spent;
    // The observed rate exceeds the yearly mean: there are two seasons, and earlier there were fewer
    // customers.
    assert!((0.97..1.06).contains(&repeats_ratio), "{repeats_ratio}");
    assert!((0.98..1.02).contains(&spent_ratio), "{spent_ratio}");
}

#[test]
fn the_small_shop_follows_the_spending_score() {
    let (_folder, written) = generate(params(Preset::Kaggle, 500, 42), Formats::BOTH, 2);
    let files = written.parquet.as_ref().expect("requested");
    let orders = parquet(&files.transactions);
    assert!(orders.column_by_name("status").is_none());
    assert!((5.0..12.0).contains(&(orders.num_rows() as f64 / 500.0)), "{} orders", orders.num_rows());
    let customers = parquet(&files.customers);
    let names: Vec<&str> =
        customers.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names.join(" "), "customer_id age gender annual_income_k spending_score");

    let (from, until) =
        (civil_micros(2024, 1, 1).expect("a date"), civil_micros(2025, 1, 1).expect("a date"));
    let dates = moments(&orders, "transaction_date");
    assert!(dates.is_sorted() && dates.iter().all(|date| (from..until).contains(date)));

    let scores = customers["spending_score"].as_primitive::<Int32Type>().values();
    let mut frequency = vec![0.0; 500];
    let mut spent = vec![0.0; 500];
    for (id, amount) in ids(&orders, "customer_id").into_iter().zip(cents(&orders, "total_amount")) {
        frequency[(id - 1) as usize] += 1.0;
        spent[(id - 1) as usize] += amount as f64 / 100.0;
    }
    assert!(frequency.iter().all(|&orders| orders >= 1.0));
    let against_score = |measure: &[f64]| {
        correlation(
            &scores.iter().zip(measure).map(|(&score, &value)| (f64::from(score), value)).collect::<Vec<_>>(),
        )
    };
    let found = (against_score(&frequency), against_score(&spent));
    assert!(found.0 > 0.3 && found.1 > 0.4, "{found:?}");
}

#[test]
fn parquet_and_csv_hold_the_same_rows() {
    for preset in Preset::ALL {
        let (_folder, written) = generate(params(preset, 8_500, 5), Formats::BOTH, 2);
        let (parquet_files, csv_files) =
            (written.parquet.expect("requested"), written.csv.expect("requested"));
        for (columnar, text) in [
            (parquet_files.transactions, csv_files.transactions),
            (parquet_files.customers, csv_files.customers),
        ] {
            let table = parquet(&columnar);
            let text = fs::read_to_string(&text).expect("there");
            let mut lines = text.lines();
            let names: Vec<&str> =
                table.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
            assert_eq!(lines.next(), Some(names.join(",").as_str()));
            let mut rows = 0;
            for (row, line) in lines.enumerate() {
                let shown: Vec<String> = table
                    .columns()
                    .iter()
                    .map(|column| array_value_to_string(column, row).expect("shown").replace('T', " "))
                    .collect();
                // Words hold a capital T as well.
                assert_eq!(line.replace('T', " "), shown.join(","));
                rows = row + 1;
            }
            assert_eq!(rows, table.num_rows());
        }
    }
}

#[test]
fn only_requested_formats_are_written_and_no_partial_files() {
    let listing = |folder: &Path| {
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names.join(" ")
    };
    for (formats, expected) in [
        (Formats::PARQUET, "customers.parquet transactions.parquet truth.parquet"),
        (Formats::CSV, "customers.csv transactions.csv truth.parquet"),
        (
            Formats::BOTH,
            "customers.csv customers.parquet transactions.csv transactions.parquet truth.parquet",
        ),
    ] {
        let (folder, written) = generate(params(Preset::Kaggle, 3, 1), formats, 4);
        assert_eq!(listing(folder.path()), expected);
        assert!(written.paths().iter().all(|path| path.is_file()));
        assert_eq!(written.paths().len(), expected.split(' ').count());
    }
}

#[test]
fn an_error_names_the_folder_that_cannot_be_written() {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").expect("written");
    let below = file.join("out");
    let error = write(&params(Preset::Kaggle, 3, 1), Formats::BOTH, &below, 2, &Silent)
        .expect_err("a file is no folder");
    assert!(matches!(&error, Error::Io { path, .. } if *path == below), "{error:?}");
    assert!(error.to_string().contains("file/out`: not a directory"), "{error}");
    assert!(error.hint().is_some());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_leaves_no_files() {
    for (name, customers) in
        [("transactions.csv", 20_000), ("customers.parquet", 20_000), ("truth.parquet", 1)]
    {
        let folder = TempDir::new().expect("a temporary folder");
        let full = folder.path().join(format!("{name}.part"));
        std::os::unix::fs::symlink("/dev/full", &full).expect("linked");
        let error = write(&params(Preset::Synthetic, customers, 1), Formats::BOTH, folder.path(), 2, &Silent)
            .expect_err("the disk is full");
        assert!(matches!(&error, Error::NoSpace { path } if path.ends_with(name)), "{error:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}

#[test]
fn invalid_parameters_are_refused() {
    let folder = TempDir::new().expect("a temporary folder");
    for customers in [0, MAX_CUSTOMERS + 1] {
        let error = write(&params(Preset::Kaggle, customers, 1), Formats::BOTH, folder.path(), 1, &Silent);
        assert!(matches!(error, Err(Error::Customers { .. })));
    }
    let neither = Formats { parquet: false, csv: false };
    assert!(matches!(
        write(&params(Preset::Kaggle, 1, 1), neither, folder.path(), 1, &Silent),
        Err(Error::NoFormat)
    ));
    for preset in Preset::ALL {
        assert_eq!(preset.to_string().parse::<Preset>().expect("its own name"), preset);
    }
    let error = "Kagle".parse::<Preset>().expect_err("no such preset");
    assert_eq!(error.to_string(), "unknown preset `Kagle`: expected `synthetic` or `kaggle`");
}
