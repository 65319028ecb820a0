//! `regulars publish`, on a PostgreSQL server: what is published, and what the next publisher leaves as it was.

use std::path::Path;
use std::process::Stdio;

use crate::postgres::{Postgres, exported};
use crate::shop::{CommandOutput, Shop};

/// Publishes the current run.
pub(crate) fn publish(shop: &Shop, postgres: &Postgres, name: &str, options: &[&str]) -> CommandOutput {
    let url = postgres.url();
    let mut args = vec!["publish", "--to", &url, "--name", name];
    args.extend(options);
    shop.run(&args)
}

/// The result of a query, one line per row, columns divided by `|`.
#[track_caller]
pub(crate) fn ask(postgres: &Postgres, query: &str) -> String {
    postgres.run(&["-At", "-c", query]).trim_end().to_owned()
}

/// Tables of publications, of whichever schema.
pub(crate) const TABLES_OF_RUNS: &str = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'run\\_%'";

/// A shop with orders of ten customers, and runs of it with the customers files.
struct Small {
    shop: Shop,
    orders: String,
}

impl Small {
    fn new() -> Self {
        let shop = Shop::new();
        let lines = (0..40)
            .map(|n| format!("{n},{},2024-{:02}-{:02},{}.50\n", n % 10, n % 12 + 1, n % 28 + 1, 10 + n));
        let orders = format!("order_id,customer_id,order_date,amount\n{}", lines.collect::<String>());
        let orders = shop.write("orders.csv", &orders);
        Self { shop, orders }
    }

    /// A run with these attributes of customers: a header, and a row for each customer.
    fn run(&self, header: &str, row: &str) {
        let rows = (0..10).map(|n| row.replace('#', &n.to_string()) + "\n");
        let customers = self.shop.write("customers.csv", &format!("{header}\n{}", rows.collect::<String>()));
        let output = self.shop.run(&[
            "-q",
            "run",
            "--name",
            "small",
            "--steps",
            "scores",
            "--no-reuse",
            &self.orders,
            "--customers",
            &customers,
        ]);
        assert_eq!(output.code, 0, "{}", output.err);
    }
}

#[test]
fn published_tables_equal_the_runs() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    for preset in ["synthetic", "kaggle"] {
        let folder = exported(&shop, preset, preset, &[]);
        let published = publish(&shop, &postgres, preset, &["--schema", preset, "--quiet"]).success();
        assert_eq!(published, "");
        let tables = ask(
            &postgres,
            &format!(
                "SELECT table_name FROM information_schema.views WHERE table_schema = '{preset}' ORDER BY 1"
            ),
        );
        let files = fs_err::read_dir(&folder).expect("exported").count();
        assert_eq!(tables.lines().count(), files, "{tables}");
        let mut script = format!("SET search_path TO {preset};\n");
        for table in tables.lines() {
            let file = Path::new(&folder).join(format!("{table}.csv"));
            script += &format!(
                "CREATE TEMP TABLE exported AS TABLE {table} WITH NO DATA;\n\
                 \\copy exported FROM '{}' WITH (FORMAT csv, HEADER true)\n\
                 SELECT '{table}', (SELECT count(*) FROM {table}), (SELECT count(*) FROM exported), \
                 (SELECT count(*) FROM (TABLE {table} EXCEPT ALL TABLE exported) AS other);\n\
                 DROP TABLE exported;\n",
                file.display()
            );
        }
        let script = shop.write("compare.sql", &script);
        let compared = postgres.run(&["-At", "-f", &script]);
        assert_eq!(compared.lines().count(), files, "{compared}");
        for line in compared.lines() {
            let [_, published, exported, other] =
                <[&str; 4]>::try_from(line.split('|').collect::<Vec<_>>()).expect("four columns");
            assert!(published == exported && other == "0", "{preset}: {line}");
        }
        // Without values there would be nothing to compare.
        let rows: u64 = compared.lines().filter_map(|line| line.split('|').nth(1)?.parse::<u64>().ok()).sum();
        assert!(rows > 4_000, "{rows}");
    }
    let comments = "SELECT count(*), count(col_description(a.attrelid, a.attnum)), \
                    count(DISTINCT obj_description(a.attrelid, 'pg_class')) > 20 FROM pg_attribute a \
                    JOIN regulars_views v ON v.relation = a.attrelid";
    let output = ask(&postgres, &format!("SET search_path TO synthetic; {comments}"));
    let [columns, commented, several] =
        <[&str; 3]>::try_from(output.split('|').collect::<Vec<_>>()).expect("three");
    assert!(columns == commented && several == "t", "{output}");
}

#[test]
fn views_and_grants_survive_the_next_run() {
    let (small, postgres) = (Small::new(), Postgres::start());
    let publish = || publish(&small.shop, &postgres, "small", &[]);
    small.run("customer_id,age,city", "#,3#,Aa");
    publish().success();
    postgres.run(&[
        "-c",
        "CREATE ROLE reader; CREATE ROLE other; CREATE SCHEMA mine; GRANT USAGE ON SCHEMA regulars TO reader; \
         GRANT SELECT ON regulars.customers, regulars.regulars_runs TO reader; \
         GRANT SELECT (customer_id, age) ON regulars.customers TO other WITH GRANT OPTION; \
         CREATE VIEW mine.scores AS SELECT s.customer_id, s.segment FROM regulars.rfm_scores s; \
         CREATE MATERIALIZED VIEW mine.ages AS SELECT age FROM regulars.rfm_scores JOIN regulars.customers USING (customer_id)",
    ]);
    let privileges = || {
        ask(
            &postgres,
            "SELECT relacl FROM pg_class WHERE relname = 'customers'; \
         SELECT attname, attacl FROM pg_attribute JOIN pg_class c ON c.oid = attrelid \
         WHERE relname = 'customers' AND attacl IS NOT NULL ORDER BY 1",
        )
    };
    let before = privileges();
    assert!(before.contains("reader=r/") && before.contains("other=r*/"), "{before}");

    // A further column: the view is replaced, the column is its last, and what depends on it stays.
    small.run("customer_id,plan,age,city", "#,gold,4#,Bb");
    let output = publish();
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert_eq!(privileges(), before);
    let columns = "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute \
                   WHERE attrelid = 'regulars.customers'::regclass";
    assert_eq!(ask(&postgres, columns), "customer_id,age,city,plan");
    postgres.run(&["-c", "REFRESH MATERIALIZED VIEW mine.ages"]);
    assert_eq!(ask(&postgres, "SELECT min(age), max(age), count(*) FROM mine.ages"), "40|49|10");
    assert_eq!(
        ask(&postgres, "SET ROLE reader; SELECT count(*), min(city) FROM regulars.customers"),
        "10|Bb"
    );
    assert_eq!(ask(&postgres, "SELECT count(segment) FROM mine.scores"), "10");

    // A column that others use is gone: refused, and the run of before stands.
    small.run("customer_id,plan", "#,silver");
    let output = publish();
    assert_eq!(output.code, 2);
    let expected = "the columns of `regulars.customers` changed (`age` is gone, `city` is gone)";
    assert!(output.err.contains(expected) && output.err.contains("mine.ages depends on"), "{}", output.err);
    assert_eq!(ask(&postgres, "SELECT min(city), min(plan) FROM regulars.customers"), "Bb|gold");
    assert_eq!(ask(&postgres, "SELECT max(publication) FROM regulars.regulars_runs WHERE is_current"), "2");

    // Nothing depends on it any more: created again, with its grants.
    postgres.run(&["-c", "DROP MATERIALIZED VIEW mine.ages"]);
    let output = publish();
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(output.err.contains("`age` is gone"), "{}", output.err);
    assert_eq!(ask(&postgres, "SET ROLE reader; SELECT min(plan) FROM regulars.customers"), "silver");
    let after = privileges();
    assert!(
        after.contains("reader=r/") && after.contains("customer_id|{other=r*/") && !after.contains("age"),
        "{after}"
    );

    // The tables of one earlier run are kept, and no others.
    let kept = "SELECT string_agg(publication::text, ',' ORDER BY publication) FROM regulars.regulars_runs WHERE is_kept";
    assert_eq!(ask(&postgres, kept).split(',').count(), 2);
    let tables = "SELECT 2 * count(*) FROM regulars.regulars_views";
    assert_eq!(ask(&postgres, TABLES_OF_RUNS), ask(&postgres, tables));
}

#[test]
fn a_table_that_the_run_does_not_have_becomes_empty() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    exported(&shop, "kaggle", "kaggle", &[]);
    publish(&shop, &postgres, "kaggle", &[]).success();
    postgres
        .run(&["-c", "CREATE VIEW best AS SELECT customer_id, predicted_ltv FROM regulars.ltv_predictions"]);
    let count = "SELECT count(*) FROM best";
    let before = ask(&postgres, count);
    assert_ne!(before, "0");
    exported(&shop, "kaggle", "kaggle", &["--steps", "scores"]);
    publish(&shop, &postgres, "kaggle", &[]).success();
    assert_eq!(ask(&postgres, count), "0", "not those of an earlier run");
    exported(&shop, "kaggle", "kaggle", &[]);
    publish(&shop, &postgres, "kaggle", &[]).success();
    assert_eq!(ask(&postgres, count), before);
}

#[test]
fn hostile_names_and_values_are_quoted() {
    let (small, postgres) = (Small::new(), Postgres::start());
    let long = "ä".repeat(80);
    small.run(
        &format!("customer_id,\"a\"\"; drop table b; --\",{long},ctid,it's"),
        "#,\"x'); \"\"\\\",1.5,7,\u{1F600}",
    );
    let schema = "\"; DROP SCHEMA public; --";
    publish(&small.shop, &postgres, "small", &["--schema", schema]).success();
    let columns = "SELECT attname FROM pg_attribute WHERE attrelid = \
         (SELECT oid FROM pg_class WHERE relname = 'customers' AND relkind = 'v') ORDER BY attnum"
        .to_string();
    let columns = ask(&postgres, &columns);
    let columns: Vec<&str> = columns.lines().collect();
    assert_eq!(columns.len(), 5, "{columns:?}");
    let quoted: Vec<String> =
        columns.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    let rows = format!(
        "SELECT {} FROM \"{}\".customers ORDER BY 1 LIMIT 1",
        quoted.join(", "),
        schema.replace('"', "\"\"")
    );
    assert_eq!(ask(&postgres, &rows), "0|x'); \"\\|1.5|7|\u{1F600}");
    assert_eq!(
        ask(
            &postgres,
            "SELECT count(*) FROM pg_namespace WHERE nspname IN ('public', '\"; DROP SCHEMA public; --')"
        ),
        "2"
    );

    for schema in ["pg_mine", "", &"s".repeat(64)] {
        let output = publish(&small.shop, &postgres, "small", &["--schema", schema]);
        assert!(output.code == 2 && output.err.contains("cannot be the name of a schema"), "{}", output.err);
    }
}

#[test]
fn run_publishes_what_it_stored() {
    let (small, postgres) = (Small::new(), Postgres::start());
    let url = postgres.url();
    let output = small
        .shop
        .run(&["run", "--name", "small", "--steps", "scores", &small.orders, "--publish", &url])
        .success();
    assert!(output.contains("of data set `small` to database `postgres`, schema `regulars`: "), "{output}");
    let run =
        small.shop.run(&["--format", "json", "runs", "show", "--name", "small"]).json()["run_id"].clone();
    assert_eq!(
        ask(&postgres, "SELECT run_id FROM regulars.regulars_runs WHERE is_current"),
        run.as_str().expect("text")
    );
    // Nobody reads the output: published all the same.
    let mut command = small.shop.command();
    command.args(["run", "--name", "small", "--steps", "scores", &small.orders, "--publish", &url]);
    let mut unread = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
    drop(unread.stdout.take());
    assert!(unread.wait().expect("ends").success());
    assert_eq!(ask(&postgres, "SELECT publication FROM regulars.regulars_runs WHERE is_current"), "2");
    // A target that cannot be reached is noticed before the run.
    let output =
        small.shop.run(&["run", "--name", "later", &small.orders, "--publish", "postgres://u@localhost:1/d"]);
    assert!(output.code == 2 && output.err.contains("no server accepts connections"), "{}", output.err);
    assert_eq!(small.shop.run(&["report", "--name", "later"]).code, 2, "nothing was computed");
}
