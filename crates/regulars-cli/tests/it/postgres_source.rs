//! Tables, views and queries of a PostgreSQL server as the source of commands.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::postgres::Postgres;
use crate::shop::{CommandOutput, Shop};

impl Postgres {
    /// The address of the database, with parameters.
    fn address(&self, parameters: &str) -> String {
        format!("postgres:///postgres?host={}&user=regulars&{parameters}", self.folder().display())
    }

    fn execute(&self, sql: &str) {
        self.run(&["-c", sql]);
    }
}

/// The exported tables of a run by name, without where their rows are from.
fn tables(shop: &Shop, name: &str) -> Vec<(String, String)> {
    let out = shop.path(&format!("tables of {name}"));
    shop.run(&["-q", "export", "all", "--name", name, "--out", &out.display().to_string()]).success();
    let entries = fs_err::read_dir(&out).expect("exported");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    let table = |path: &PathBuf| {
        let name = path.file_name().expect("a file").display().to_string();
        let mut text = fs_err::read_to_string(path).expect("UTF-8");
        if name == "excluded.csv" {
            // The last two columns are file and line.
            let without = |line: &str| line.rsplitn(3, ',').last().map(str::to_owned);
            text = text.lines().filter_map(without).collect::<Vec<_>>().join("\n");
        }
        (name, text)
    };
    files.iter().map(table).collect()
}

fn manifest(shop: &Shop, name: &str) -> Value {
    let runs = shop.path("home").join(name).join("runs");
    let runs = if runs.exists() { runs } else { shop.path("home").join("datasets").join(name).join("runs") };
    let entries = fs_err::read_dir(runs).expect("runs");
    let mut files: Vec<PathBuf> =
        entries.map(|run| run.expect("readable").path().join("manifest.json")).collect();
    files.sort();
    let text = fs_err::read_to_string(files.last().expect("a run")).expect("UTF-8");
    serde_json::from_str(&text).expect("JSON")
}

/// Loads a generated shop into tables of several megabytes, with types as a shop has them.
fn load(shop: &Shop, postgres: &Postgres, customers: &str) -> String {
    let folder = shop.path("generated").display().to_string();
    let args = ["-q", "synth", "--customers", customers, "--files", "csv", "--out", &folder];
    shop.run(&args).success();
    postgres.execute(
        "CREATE TYPE status AS ENUM ('Completed', 'Cancelled', 'Refunded');
         CREATE DOMAIN amount AS numeric(12, 2);
         CREATE TABLE transactions (transaction_id bigint PRIMARY KEY, customer_id int, transaction_date timestamp,
             product_category text, price numeric(9, 2), quantity smallint, payment_method varchar(40),
             status status, total_amount amount) WITH (fillfactor = 10);
         CREATE TABLE customers (customer_id int PRIMARY KEY, age smallint, gender text, city text,
             customer_type text, registration_date date)",
    );
    for table in ["customers", "transactions"] {
        postgres.execute(&format!("\\copy {table} FROM '{folder}/{table}.csv' CSV HEADER"));
    }
    folder
}

#[test]
fn a_run_from_tables_equals_the_run_from_files() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    let folder = load(&shop, &postgres, "3000");
    let pages = postgres.run(&["-At", "-c", "SELECT pg_relation_size('transactions') / 8192"]);
    let pages: u32 = pages.trim().parse().expect("a number");
    assert!(pages > 2048, "{pages} pages are several pieces");
    let file = |name: &str| format!("{folder}/{name}.csv");
    let run = |name: &str, threads: &str, orders: &str, customers: &str| {
        shop.run(&[
            "-q",
            "run",
            "--name",
            name,
            "--threads",
            threads,
            orders,
            "--customers",
            customers,
            "--no-reuse",
        ])
        .success();
        tables(&shop, name)
    };
    let of_files = run("files", "2", &file("transactions"), &file("customers"));
    let table = |name: &str| postgres.address(&format!("table={name}"));
    let parallel = run("parallel", "4", &table("transactions"), &table("customers"));
    let one_stream = run("one_stream", "1", &table("transactions"), &table("customers"));
    assert!(of_files.len() > 10);
    for ((name, of_files), (same_name, of_tables)) in of_files.iter().zip(&parallel) {
        assert_eq!(name, same_name);
        assert!(of_files == of_tables, "{name}: {}", first_difference(of_files, of_tables));
    }
    assert!(parallel == one_stream);
    let hashes = |name: &str| {
        let manifest = manifest(&shop, name);
        let inputs = manifest["inputs"].as_array().expect("inputs").clone();
        inputs.iter().map(|input| input["sha256"].as_str().expect("a hash").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(hashes("parallel"), hashes("one_stream"), "the copies are the same to the byte");
    let inputs = manifest(&shop, "parallel")["inputs"].clone();
    assert_eq!(inputs[0]["path"], table("transactions"));
    assert_eq!(inputs[1]["path"], table("customers"));

    // The other commands that read orders.
    let found = shop.run(&["--format", "json", "validate", &table("transactions")]).json();
    assert_eq!(found["rows"], manifest(&shop, "files")["rows"]);
    assert_eq!(found["reading"][0]["file"], "transactions");
    shop.run(&["init", &table("transactions"), "--out", "regulars.toml"]).success();
    let config = fs_err::read_to_string(shop.path("regulars.toml")).expect("written");
    assert!(config.contains("customer_id = \"customer_id\""), "{config}");
    for (source, out) in [(file("transactions"), "files.csv"), (table("transactions"), "table.csv")] {
        shop.run(&["-q", "score", &source, "--out", out]).success();
    }
    let scores = |name: &str| fs_err::read_to_string(shop.path(name)).expect("written");
    assert_eq!(scores("files.csv"), scores("table.csv"));
    shop.run(&["-q", "cluster", &table("customers"), "--features", "age", "--clusters", "2"]).success();
}

fn first_difference(left: &str, right: &str) -> String {
    let pair = left.lines().zip(right.lines()).find(|(left, right)| left != right);
    format!("{pair:?}")
}

#[test]
fn unchanged_rows_are_not_computed_again_and_changed_ones_are() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    load(&shop, &postgres, "300");
    let address = postgres.address("table=transactions");
    let run = || {
        // Run ids have whole seconds.
        std::thread::sleep(Duration::from_millis(1100));
        shop.run(&["-q", "run", &address, "--steps", "scores"]).success();
        manifest(&shop, "transactions")
    };
    let steps = |manifest: &Value| manifest["reused"].as_array().map_or(0, Vec::len);
    let first = run();
    assert_eq!(steps(&first), 0);
    assert!(steps(&run()) > 0, "the same rows");
    postgres.execute("UPDATE transactions SET total_amount = total_amount + 1 WHERE transaction_id = 7");
    let changed = run();
    assert_eq!(steps(&changed), 0);
    assert_ne!(changed["inputs"][0]["sha256"], first["inputs"][0]["sha256"]);
}

/// Orders of every type that is read, and some that are not.
const TYPES: &str = "
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE state AS ENUM ('completed', 'cancelled');
CREATE SCHEMA \"Sales; drop\";
CREATE TABLE \"Sales; drop\".\"all \"\"types\" (
    id uuid PRIMARY KEY, customer_id citext, ordered_at timestamptz, total numeric, state state,
    paid boolean, weight real, height double precision, small smallint, born date, at time, took interval,
    address inet, fee money, attributes jsonb, raw json, doc xml, tags text[], photo bytea, place point, code char(5),
    \"it's; a \"\"name\"\" ü\" text);
INSERT INTO \"Sales; drop\".\"all \"\"types\"
SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'C' || n % 7,
    '2024-03-30 22:30:00+00'::timestamptz + n * interval '1 day', n + 0.25, 'completed',
    true, 1.1, 2.2, 3, '2024-01-01', '10:00', '1 day', '::1', 12.5, '{\"a\": 1}', '[1]', '<a/>', '{a,b}', '\\x00', '(1,2)',
    'a', 'x'
FROM generate_series(1, 200) AS n;
";

#[test]
fn every_type_is_read_or_named() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    postgres.execute(TYPES);
    postgres.execute("ALTER DATABASE postgres SET timezone = 'Europe/Berlin'");
    let address = postgres.address("table=Sales;%20drop.all%20%22types");
    let found = shop.run(&["--format", "json", "validate", &address]).json();
    // 1.25 + 2.25 + … + 200.25
    assert_eq!(
        (&found["rows"]["clean"], &found["money"]["net_minor"]),
        (&200.into(), &2_015_000.into()),
        "{found}"
    );
    let notes = found["notes"].to_string();
    assert!(notes.contains("tags (text[]), photo (bytea), place (point)"), "{notes}");
    assert!(notes.contains("times are stored with the zone Europe/Berlin"), "{notes}");

    // A day in Berlin, where 30 March 2024 22:30 UTC is half past eleven in the evening.
    shop.run(&["-q", "run", "--name", "types", "--steps", "scores", &address]).success();
    let days =
        "SELECT min(transaction_date) AS first, count(DISTINCT customer_id) AS customers FROM transactions";
    let result = shop.run(&["--format", "csv", "sql", "--name", "types", days]).success();
    assert!(result.contains("2024-04-01") && result.contains("00:30:00"), "{result}");
    assert!(result.trim_end().ends_with(",7"), "{result}");

    let mapped = shop.run(&["validate", &address, "--map", "status=tags"]);
    assert_eq!(mapped.code, 2);
    assert!(mapped.err.contains("`tags`") && mapped.err.contains("text[]"), "{}", mapped.err);
    let missing = shop.run(&["validate", &address, "--map", "status=nothing"]);
    assert!(missing.code == 2 && missing.err.contains("`nothing`"), "{}", missing.err);
}

#[test]
fn values_that_no_file_can_hold_are_refused_by_column_and_key() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    postgres.execute(
        "CREATE TABLE orders (order_id int PRIMARY KEY, customer_id int, ordered_at timestamp, total numeric,
             valid_until date);
         INSERT INTO orders SELECT n, n % 5, timestamp '2024-01-01' + n * interval '1 hour', n * 1.5, 'infinity'
         FROM generate_series(1, 50) AS n;
         INSERT INTO orders VALUES (51, NULL, '2024-01-05', 3, 'infinity')",
    );
    let address = postgres.address("table=orders");
    // What is not used does not matter, and a row without customer is rejected with its key.
    let rejected = shop.path("rejected.csv").display().to_string();
    let found = shop.run(&["--format", "json", "validate", &address, "--rejected", &rejected]);
    let found: Value = serde_json::from_str(&found.out).expect("JSON");
    assert_eq!((&found["rows"]["clean"], &found["rows"]["rejected"]), (&50.into(), &1.into()), "{found}");
    let rejected = fs_err::read_to_string(&rejected).expect("written");
    assert!(rejected.contains("\norders,51,") && rejected.contains("order_id=51, "), "{rejected}");
    for (set, expected) in [
        ("total = 'NaN'", "column `total` of `orders` is NaN (in order_id = 17)"),
        ("ordered_at = 'infinity'", "column `ordered_at` of `orders` is infinity (in order_id = 17)"),
        ("ordered_at = '0044-03-15 BC'", "column `ordered_at` of `orders` is a time BC (in order_id = 17)"),
    ] {
        postgres.execute(&format!("UPDATE orders SET {set} WHERE order_id = 17"));
        let result = shop.run(&["validate", &address]);
        assert!(result.code == 2 && result.err.contains(expected), "{}", result.err);
        let column = set.split(' ').next().expect("a column");
        postgres.execute(&format!(
            "UPDATE orders SET {column} = o.{column} FROM orders AS o WHERE orders.order_id = 17 AND o.order_id = 16"
        ));
    }
    // A query has no key.
    postgres.execute("UPDATE orders SET total = 'NaN' WHERE order_id IN (3, 5)");
    let query = "SELECT * FROM orders ORDER BY order_id -- all";
    let result = shop.run(&["validate", &postgres.address(""), "--query", query]);
    let expected = "column `total` of `query` is NaN (in row 3, and 1 more)";
    assert!(result.code == 2 && result.err.contains(expected), "{}", result.err);
}

#[test]
fn views_queries_and_partitions_are_read() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    postgres.execute(
        "CREATE TABLE orders (order_id int, customer_id int, ordered_at timestamp, total numeric(9, 2), note text)
             PARTITION BY RANGE (order_id);
         CREATE TABLE first PARTITION OF orders FOR VALUES FROM (0) TO (20000);
         CREATE TABLE second PARTITION OF orders FOR VALUES FROM (20000) TO (40000);
         INSERT INTO orders SELECT n, n % 500, timestamp '2024-01-01' + n * interval '1 minute', 1, repeat('x', 600)
         FROM generate_series(1, 39999) AS n;
         CREATE VIEW of_view AS SELECT order_id, customer_id, ordered_at, total FROM orders;
         CREATE MATERIALIZED VIEW of_materialized AS SELECT * FROM of_view;
         CREATE ROLE reader LOGIN;
         CREATE TABLE hidden AS SELECT *, 'secret'::text AS password FROM of_view;
         GRANT SELECT (order_id, customer_id, ordered_at, total) ON hidden TO reader",
    );
    for table in ["orders", "public.orders", "PUBLIC.Orders", "of_view", "of_materialized", "hidden"] {
        let found =
            shop.run(&["--format", "json", "validate", &postgres.address(&format!("table={table}"))]).json();
        assert_eq!(
            (&found["rows"]["clean"], &found["money"]["net_minor"]),
            (&39_999.into(), &3_999_900.into()),
            "{table}"
        );
    }
    let address = postgres.address("table=hidden").replace("user=regulars", "user=reader");
    let found = shop.run(&["--format", "json", "validate", &address]).json();
    assert!(
        found["notes"].to_string().contains("lack of the SELECT privilege: password"),
        "{}",
        found["notes"]
    );
    let query = "SELECT order_id, customer_id AS client, ordered_at, total * 1.5 AS total FROM orders WHERE order_id <= 100";
    shop.run(&[
        "-q",
        "run",
        &postgres.address(""),
        "--query",
        query,
        "--map",
        "customer_id=client",
        "--steps",
        "scores",
    ])
    .success();
    // Its address reads it again.
    let path = manifest(&shop, "postgres")["inputs"][0]["path"].as_str().expect("a path").to_owned();
    assert!(path.contains("query=SELECT%20order_id"), "{path}");
    let again = shop.run(&["--format", "json", "validate", &path, "--map", "customer_id=client"]).json();
    assert_eq!((&again["rows"]["clean"], &again["money"]["net_minor"]), (&100.into(), &15_000.into()));
}

#[test]
fn unreadable_sources_are_errors_with_hints() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    postgres.execute("CREATE TABLE orders (order_id int, customer_id int, ordered_at date, total int)");
    let refused = |args: &[&str]| {
        let result = shop.run(args);
        assert_eq!(result.code, 2, "{args:?} {}{}", result.out, result.err);
        result.err
    };
    let cases: [(String, &[&str], &str, &str); 9] = [
        ("mysql://u:s3cret@h/d".to_owned(), &[], "`mysql://` is not supported", "CSV or Parquet"),
        (
            postgres.address("table=nothing"),
            &[],
            "no table `nothing` in the database `postgres`",
            "tables are orders",
        ),
        (postgres.address(""), &[], "names no table", "tables are orders"),
        (postgres.address("table=orders&query=SELECT"), &[], "a table and a query", ""),
        (postgres.address("tabel=orders"), &[], "unknown parameter `tabel`", "table, query"),
        (
            postgres.address(""),
            &["--query", "SELECT nothing FROM orders"],
            "column \"nothing\" does not exist",
            "",
        ),
        (postgres.address(""), &["--query", "SELECT 1 AS a, 2 AS a"], "two columns `a`", "AS a_2"),
        (postgres.address(""), &["--query", "DELETE FROM orders RETURNING 1"], "cannot run the query", ""),
        (postgres.address("table=orders"), &[], "`orders` has a header but no rows", ""),
    ];
    for (address, more, message, hint) in &cases {
        let result = refused(&[&["validate", address], *more].concat());
        assert!(result.contains(message) && result.contains(hint) && !result.contains("s3cret"), "{result}");
    }
    let result = refused(&["validate", "orders.csv", "--query", "SELECT 1"]);
    assert!(result.contains("--query needs the address of a database"), "{result}");
    let nowhere = format!("postgres://u:s3cret@/d?host={}&table=orders", shop.path("nowhere").display());
    let result = refused(&["run", &nowhere]);
    assert!(result.contains("cannot connect to") && !result.contains("s3cret"), "{result}");
    assert!(!shop.path("home").join("orders").join("current").exists());
}

#[test]
fn a_locked_table_and_a_lost_connection_are_errors_that_store_nothing() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    postgres.execute(
        "CREATE TABLE orders AS SELECT n AS order_id, n % 10 AS customer_id, date '2024-01-01' + n AS ordered_at, 5 AS total
         FROM generate_series(1, 400) AS n;
         CREATE VIEW slow AS SELECT orders.*, pg_sleep(0.05)::text AS slept FROM orders",
    );
    let mut locker = Session::start(&postgres);
    locker.send("BEGIN; LOCK TABLE orders;");
    let held =
        "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'orders'::regclass";
    wait(|| postgres.run(&["-At", "-c", held]).trim() == "1");
    let result = shop.run(&["run", &postgres.address("table=orders&options=-c%20lock_timeout%3D300ms")]);
    assert!(result.code == 2 && result.err.contains("cannot read the table `orders`"), "{}", result.err);
    assert!(result.err.contains("another session holds a lock"), "{}", result.err);
    locker.end();

    let mut reading = shop.command();
    reading.args(["run", &postgres.address("table=slow")]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = reading.spawn().expect("the binary starts");
    let copying =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'regulars' AND query LIKE 'COPY%'";
    wait(|| postgres.run(&["-At", "-c", copying]).trim() == "1");
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'regulars'",
    );
    let output = child.wait_with_output().expect("ended");
    let result = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{result}");
    assert!(result.contains("cannot read `slow`") && result.contains("terminating connection"), "{result}");
    // Nothing is left of either.
    let runs = shop.run(&["--format", "json", "runs", "list"]);
    assert!(runs.code != 0 || runs.out.trim() == "[]", "{}", runs.out);
    assert_eq!(parquet_files(&shop.path("home")), Vec::<PathBuf>::new());
}

/// A session of psql that stays open.
struct Session(Child);

impl Session {
    fn start(postgres: &Postgres) -> Self {
        let mut psql = postgres.psql_command();
        Self(psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("psql starts"))
    }

    fn send(&mut self, sql: &str) {
        let input = self.0.stdin.as_mut().expect("piped");
        std::io::Write::write_all(input, format!("{sql}\n").as_bytes()).expect("written");
    }

    fn end(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("ended");
    }
}

/// A view whose rows cannot be read for three seconds, as on a replica that has to go on replaying.
const REPLICA: &str = "
CREATE TABLE orders AS SELECT n AS order_id, n % 10 AS customer_id, date '2024-01-01' + n AS ordered_at, 5 AS total
    FROM generate_series(1, 50) AS n;
CREATE TABLE conflict AS SELECT clock_timestamp() + interval '3 seconds' AS until;
CREATE FUNCTION replay() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN
    IF clock_timestamp() < (SELECT until FROM conflict) THEN
        RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'canceling statement due to conflict with recovery';
    END IF;
    RETURN true;
END $$;
CREATE VIEW of_replica AS SELECT * FROM orders WHERE replay();
";

#[test]
fn a_query_that_a_replica_cancels_is_repeated() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    postgres.execute(REPLICA);
    let found = shop.run(&["--format", "json", "validate", &postgres.address("table=of_replica")]).json();
    assert_eq!(found["rows"]["clean"], 50);
    let log = fs_err::read_to_string(postgres.folder().join("server.log")).expect("readable");
    assert!(log.contains("conflict with recovery"), "{log}");
    // Not for ever.
    postgres.execute("UPDATE conflict SET until = 'infinity'");
    let result = shop.run(&["validate", &postgres.address("table=of_replica")]);
    assert!(result.code == 2 && result.err.contains("conflict with recovery"), "{}", result.err);
}

fn wait(mut until: impl FnMut() -> bool) {
    let started = Instant::now();
    while !until() {
        assert!(started.elapsed() < Duration::from_secs(20), "it takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn parquet_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths
        .flat_map(|path| if path.is_dir() { parquet_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        .collect()
}

#[test]
fn a_password_is_needed_only_once_and_shown_never() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    load(&shop, &postgres, "300");
    postgres.execute("CREATE ROLE guarded LOGIN PASSWORD 's3cret'; GRANT SELECT ON transactions TO guarded");
    let rules = postgres.folder().join("data").join("pg_hba.conf");
    let text = fs_err::read_to_string(&rules).expect("readable");
    fs_err::write(&rules, format!("local all guarded scram-sha-256\n{text}")).expect("writable");
    postgres.execute("SELECT pg_reload_conf()");
    let address = postgres.address("table=transactions").replace("user=regulars", "user=guarded");
    let run = |address: &str, password: Option<&str>| {
        let mut command = shop.command();
        command.args(["run", "--name", "guarded", "--steps", "scores", address]);
        command.envs(password.map(|password| ("PGPASSWORD", password)));
        let output = command.output().expect("the binary starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    wait(|| run(&address, None).0 == Some(2));
    let (_, result) = run(&address, None);
    assert!(result.contains("password") && result.contains("PGPASSWORD"), "{result}");
    let (code, result) = run(&address, Some("wr0ng"));
    assert!(
        code == Some(2) && result.contains("password authentication failed") && !result.contains("wr0ng"),
        "{result}"
    );
    assert_eq!(run(&address, Some("s3cret")).0, Some(0));
    let (code, result) = run(&format!("{address}&password=s3cret"), None);
    assert!(code == Some(0) && !result.contains("s3cret"), "{result}");
    let mut read = 0;
    each_file(&shop.path("home"), &mut |path| {
        let bytes = fs_err::read(path).expect("readable");
        assert!(!bytes.windows(6).any(|window| window == b"s3cret"), "{}", path.display());
        read += 1;
    });
    assert!(read > 10);
}

fn each_file(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs_err::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() { each_file(&path, visit) } else { visit(&path) }
    }
}

#[test]
fn a_column_that_was_renamed_or_retyped_is_named() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    load(&shop, &postgres, "300");
    let address = postgres.address("table=transactions");
    shop.run(&["init", &address]).success();
    let run = || -> CommandOutput { shop.run(&["-q", "run", "--steps", "scores", &address]) };
    run().success();
    postgres.execute("ALTER TABLE transactions RENAME total_amount TO amount_paid");
    let result = run();
    assert!(result.code == 2 && result.err.contains("`total_amount`"), "{}", result.err);
    postgres.execute(
        "ALTER TABLE transactions RENAME amount_paid TO total_amount;
         ALTER TABLE transactions ALTER total_amount TYPE bytea USING '\\x00'",
    );
    let result = run();
    assert!(
        result.code == 2 && result.err.contains("total_amount") && result.err.contains("bytea"),
        "{}",
        result.err
    );
}

#[test]
fn a_watermark_misses_no_row_that_was_committed_late() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    postgres.execute(
        "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, ordered_at timestamp, total numeric(9, 2),
             updated_at timestamptz);
         INSERT INTO orders SELECT n, n % 9, timestamp '2024-01-01' + n * interval '1 day', n,
             timestamptz '2024-06-01' + n * interval '1 minute' FROM generate_series(1, 100) AS n;
         CREATE VIEW of_orders AS SELECT * FROM orders",
    );
    let address = postgres.address("table=orders");
    let run = |name: &str, more: &[&str]| {
        std::thread::sleep(Duration::from_millis(1100));
        let args = ["-q", "run", "--name", name, "--steps", "scores", &address];
        shop.run(&[&args, more].concat()).success();
        let run = manifest(&shop, name);
        let steps = run["reused"].as_array().map_or(0, Vec::len);
        (run["rows"]["read"].as_u64().expect("rows"), steps, run["notes"].to_string())
    };
    let watermark = ["--watermark", "updated_at"];
    // Begun before, and not ended when the first run reads; its watermark is lower than the highest.
    let mut late = Session::start(&postgres);
    late.send("BEGIN; INSERT INTO orders VALUES (101, 1, '2024-02-01', 1000, '2024-06-01 00:30');");
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'";
    wait(|| postgres.run(&["-At", "-c", waiting]).trim() == "1");
    postgres.execute("INSERT INTO orders VALUES (102, 2, '2024-02-02', 2000, '2025-01-01')");
    assert_eq!(run("shop", &watermark).0, 101);
    late.send("COMMIT;");
    late.end();
    postgres.execute(
        "UPDATE orders SET total = 5000, updated_at = '2025-01-02' WHERE id = 5; DELETE FROM orders WHERE id = 7",
    );
    let (rows, _, notes) = run("shop", &watermark);
    assert_eq!(rows, 102);
    // 101 was late, 102 has the highest watermark of before, 5 was updated.
    assert!(notes.contains("orders: 3 rows are new, changed or read again, 99 rows are kept"), "{notes}");
    let scores = |name: &str| {
        let sql = "SELECT * FROM rfm_scores ORDER BY customer_id";
        shop.run(&["--format", "csv", "sql", "--name", name, sql]).success()
    };
    // The deleted row is not detected.
    postgres.execute(
        "INSERT INTO orders SELECT 7, 7 % 9, timestamp '2024-01-08', 7, timestamptz '2024-06-01 00:07'",
    );
    assert_eq!(run("all", &[]).0, 102);
    assert_eq!(scores("shop"), scores("all"));

    // The row that came back is new, but changes nothing.
    assert_eq!(run("shop", &watermark).0, 102);
    let (rows, reused, _) = run("shop", &watermark);
    assert!(rows == 102 && reused > 0, "nothing is new");
    postgres.execute("ALTER TABLE orders ADD COLUMN note text");
    let (rows, _, notes) = run("shop", &watermark);
    assert!(
        rows == 102 && notes.contains("all rows are read, because its columns or key have changed"),
        "{notes}"
    );
    assert!(
        manifest(&shop, "shop")["inputs"][0]["path"]
            .as_str()
            .expect("a path")
            .ends_with("&watermark=updated_at")
    );

    for (parameters, column, expected) in [
        ("table=of_orders", "updated_at", "only tables have row versions (xmin)"),
        ("table=orders", "changed", "it has no column `changed`"),
    ] {
        let result = shop.run(&["run", &postgres.address(parameters), "--watermark", column]);
        assert!(result.code == 2 && result.err.contains(expected), "{}", result.err);
    }
    postgres.execute("ALTER TABLE orders DROP CONSTRAINT orders_pkey");
    let result = shop.run(&["run", &address, "--watermark", "updated_at"]);
    assert!(result.code == 2 && result.err.contains("no primary key"), "{}", result.err);
    let result = shop.run(&["run", "orders.csv", "--watermark", "updated_at"]);
    assert!(
        result.code == 2 && result.err.contains("--watermark is for PostgreSQL tables"),
        "{}",
        result.err
    );
}
