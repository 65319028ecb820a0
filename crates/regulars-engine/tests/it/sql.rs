//! The user's SQL: what it sees, and what is not allowed.

use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use arrow::util::pretty::pretty_format_batches;
use regulars_engine::{Engine, FeatureParams, Format, Kind, RunTable};

use crate::features::read;
use crate::fixtures::{Ids, day, engine, random_rows, rules, write_run};

struct Run {
    folder: tempfile::TempDir,
    engine: Engine,
    tables: Vec<RunTable>,
}

fn run() -> Run {
    // A folder name that a glob or URL would misread.
    let folder = tempfile::Builder::new().prefix("a run*[1] 100%").tempdir().expect("a folder");
    let rows = random_rows(41, 2000, 100, 3);
    let inputs = write_run(folder.path(), &rows, &rows[..10], Ids::Numbers);
    let engine = engine(2, None, folder.path());
    let out = folder.path().join("customer_features.parquet");
    let params =
        FeatureParams { rules: rules(day(2024, 12, 31), false), categories: None, payment_methods: None };
    engine.write_features(&inputs, &params, &out).expect("computes");
    let table =
        |name: &str| RunTable { name: name.to_owned(), path: folder.path().join(format!("{name}.parquet")) };
    let tables = ["transactions", "excluded", "customer_features"].map(table).to_vec();
    Run { folder, engine, tables }
}

fn fails(run: &Run, query: &str) -> regulars_engine::Error {
    run.engine.sql(query, &run.tables, 2).expect_err(query)
}

#[test]
fn money_and_quantities_are_exact_decimals_and_text_is_text() {
    let run = run();
    let query = "SELECT total_amount, quantity, product_category, transaction_date FROM transactions LIMIT 3";
    let result = run.engine.sql(query, &run.tables, 2).expect("runs");
    let types: Vec<&DataType> = result.schema.fields().iter().map(|f| f.data_type()).collect();
    assert_eq!(types[0], &DataType::Decimal128(19, 2));
    assert_eq!(types[1], &DataType::Decimal128(19, 3));
    assert_eq!(types[2], &DataType::Utf8);

    let query = "SELECT sum(total_amount) AS spent, (SELECT sum(monetary) FROM customer_features) AS known,
                 count(*) AS rows FROM transactions WHERE product_category = 'Books' OR true";
    let result = run.engine.sql(query, &run.tables, 2).expect("runs");
    let batch = &result.batches[0];
    let spent = batch.column(0).as_primitive::<Decimal128Type>();
    assert_eq!(spent.scale(), 2);
    let stored = read(&run.tables[0].path);
    let minor = stored.column_by_name("total_amount_minor").expect("there").as_primitive::<Int64Type>();
    assert_eq!(spent.value(0), minor.values().iter().map(|v| i128::from(*v)).sum::<i128>());
    assert_eq!(batch.column(1).as_primitive::<Decimal128Type>().value(0), spent.value(0));

    let query =
        "SELECT abs(average_order_value * frequency_orders - monetary) < 0.001 FROM customer_features";
    let result = run.engine.sql(query, &run.tables, 2).expect("runs");
    for batch in &result.batches {
        assert_eq!(batch.column(0).as_boolean().true_count(), batch.num_rows());
    }
}

#[test]
fn an_empty_result_has_columns() {
    let run = run();
    let result =
        run.engine.sql("SELECT customer_id FROM transactions WHERE false", &run.tables, 2).expect("runs");
    assert_eq!(result.schema.field(0).name(), "customer_id");
    assert_eq!(result.batches.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>(), 0);
}

#[test]
fn an_unknown_name_lists_the_known_ones() {
    let run = run();
    let error = fails(&run, "SELECT * FROM transaction");
    assert_eq!(error.to_string(), "there is no table `transaction`");
    let hint = error.hint().expect("known");
    assert_eq!(
        hint,
        "did you mean `transactions`? the tables are: transactions, excluded, customer_features"
    );
    let error = fails(&run, "SELECT total_amont FROM transactions");
    assert_eq!(error.to_string(), "there is no column `total_amont`");
    assert!(
        error
            .hint()
            .expect("known")
            .starts_with("did you mean `total_amount`? the columns are: transaction_id,")
    );
    assert_eq!(error.kind(), Kind::Query);
}

#[test]
fn errors_are_one_line() {
    let run = run();
    for query in [
        "SELEC 1",
        "SELECT 1 +",
        "",
        "SELECT nope(1)",
        "SELECT sum(product_category) FROM transactions",
        "SELECT 1/0",
        "SELECT 1; SELECT 2",
        "SELECT CAST(product_category AS INT) FROM transactions",
    ] {
        let error = fails(&run, query);
        assert_eq!(error.kind(), Kind::Query, "{query}: {error}");
        assert!(!error.to_string().contains('\n'), "{error}");
        assert!(!error.to_string().contains("backtrace"), "{error}");
    }
}

#[test]
fn only_reading_the_run_is_allowed() {
    let run = run();
    let secret = run.folder.path().join("secret.csv");
    fs_err::write(&secret, "a\n1\n").expect("a folder");
    let secret = secret.display();
    for query in [
        "DROP TABLE transactions".to_owned(),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "CREATE VIEW v AS SELECT 1".to_owned(),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{secret}'"),
        format!("COPY (SELECT 1) TO '{secret}'"),
        "INSERT INTO transactions SELECT * FROM transactions".to_owned(),
        "DELETE FROM transactions".to_owned(),
        "UPDATE transactions SET customer_id = 1".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "BEGIN".to_owned(),
        format!("EXPLAIN ANALYZE COPY (SELECT 1) TO '{secret}'"),
    ] {
        let error = fails(&run, &query);
        assert!(matches!(error.kind(), Kind::NotAllowed | Kind::Query), "{query}: {error}");
    }
    for query in [
        format!("SELECT * FROM '{secret}'"),
        "SELECT * FROM '/etc/passwd'".to_owned(),
        format!("SELECT * FROM \"file://{secret}\""),
        format!("SELECT * FROM read_csv('{secret}')"),
    ] {
        let error = fails(&run, &query);
        assert_eq!(error.kind(), Kind::Query, "{query}: {error}");
    }
    assert_eq!(fs_err::read_to_string(run.folder.path().join("secret.csv")).expect("there"), "a\n1\n");
    assert_eq!(fails(&run, "DROP TABLE transactions").kind(), Kind::NotAllowed);
    assert_eq!(fails(&run, &format!("COPY (SELECT 1) TO '{secret}'")).kind(), Kind::NotAllowed);
    assert_eq!(fails(&run, "SET datafusion.execution.batch_size = 1").kind(), Kind::NotAllowed);
}

#[test]
fn tables_can_be_listed_and_plans_explained() {
    let run = run();
    let result = run.engine.sql("SHOW TABLES", &run.tables, 2).expect("runs");
    let shown = pretty_format_batches(&result.batches).expect("text").to_string();
    assert!(shown.contains("customer_features"), "{shown}");
    run.engine.sql("EXPLAIN SELECT count(*) FROM transactions", &run.tables, 2).expect("runs");
}

#[test]
fn a_reader_may_stop_early() {
    let run = run();
    let query = "SELECT a.customer_id FROM transactions a, transactions b";
    let stop =
        |_: &arrow::array::RecordBatch| Err(regulars_engine::Error::Data { message: "enough".to_owned() });
    let error = run.engine.for_each_batch(query, &run.tables, 2, &mut { stop }).expect_err("stops");
    assert_eq!(error.to_string(), "enough");
}

fn export(run: &Run, query: &str, name: &str) -> (u64, String) {
    let out = run.folder.path().join(name);
    let format = Format::from_path(&out).expect("known");
    let rows = run.engine.export(query, &run.tables, 2, format, &out).expect("exports");
    (rows, fs_err::read_to_string(&out).unwrap_or_default())
}

#[test]
fn exports_keep_the_order_and_leave_no_temporary_files() {
    let run = run();
    let query = "SELECT customer_id, monetary, favourite_category, last_purchase FROM customer_features
                 ORDER BY monetary DESC, customer_id LIMIT 50";
    let result = run.engine.sql(query, &run.tables, 2).expect("runs");
    let (rows, csv) = export(&run, query, "top.csv");
    assert_eq!(rows, 50);
    assert!(csv.starts_with("customer_id,monetary,favourite_category,last_purchase\n"), "{csv}");
    assert_eq!(csv.lines().count(), 51);
    let money = result.batches[0].column(1).as_primitive::<Decimal128Type>().value_as_string(0);
    assert_eq!(csv.lines().nth(1).expect("a row").split(',').nth(1), Some(money.as_str()));

    let (_, json) = export(&run, query, "top.json");
    assert!(json.starts_with("[{\"customer_id\":"), "{json}");
    assert!(json.ends_with("}]"), "{json}");
    export(&run, query, "top.parquet");
    assert_eq!(read(&run.folder.path().join("top.parquet")).num_rows(), 50);

    let (rows, csv) = export(&run, "SELECT customer_id FROM transactions WHERE false", "none.csv");
    assert_eq!((rows, csv.as_str()), (0, "customer_id\n"));
    let (_, json) = export(&run, "SELECT customer_id FROM transactions WHERE false", "none.json");
    assert_eq!(json, "[]");

    let out = run.folder.path().join("top.csv");
    let before = fs_err::read(&out).expect("there");
    let failing = "SELECT 1 / (customer_id - customer_id) FROM transactions";
    run.engine.export(failing, &run.tables, 2, Format::Csv, &out).expect_err("fails");
    assert_eq!(fs_err::read(&out).expect("there"), before);
    let error = run.engine.export("SELECT 1", &run.tables, 2, Format::Csv, Path::new("/nowhere/x.csv"));
    assert_eq!(error.expect_err("no folder").kind(), Kind::File);
    let left = fs_err::read_dir(run.folder.path()).expect("there").flatten();
    assert_eq!(left.filter(|e| e.file_name().to_string_lossy().ends_with(".tmp")).count(), 0);
}
