//! `regulars serve --pg`: the tables over PostgreSQL's protocol, queried by psql and by a driver.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::postgres::{Postgres, exported};
use crate::shop::{CommandOutput, Shop};

/// A server with the dashboard and PostgreSQL's protocol.
struct Wire {
    child: Child,
    /// Kept open so that later messages do not fail.
    _stderr: BufReader<ChildStderr>,
    port: String,
}

impl Drop for Wire {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Wire {
    fn start(shop: &Shop) -> Self {
        let mut child = shop
            .command()
            .args(["serve", "--end-with-stdin", "--addr", "127.0.0.1:0", "--pg", "127.0.0.1:0"])
            .env("TMPDIR", shop.path(""))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut port = None;
        for _ in 0..2 {
            let mut line = String::new();
            stderr.read_line(&mut line).expect("readable");
            let address = line.split_once("postgres://127.0.0.1:").map(|(_, rest)| rest.to_owned());
            port = address.and_then(|rest| rest.split('/').next().map(ToOwned::to_owned)).or(port);
        }
        Self { child, _stderr: stderr, port: port.expect("an address") }
    }

    /// psql as a user would start it, on this server.
    fn psql_command(&self, database: &str, args: &[&str]) -> Command {
        let mut command = Command::new("psql");
        command
            .args(["-X", "-q", "-At", "-h", "127.0.0.1", "-p", &self.port, "-U", "ann", "-d", database])
            .args(args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin");
        command
    }

    fn psql(&self, database: &str, args: &[&str]) -> CommandOutput {
        CommandOutput::new(&self.psql_command(database, args).output().expect("psql starts"))
    }

    /// The rows of a query.
    #[track_caller]
    fn ask(&self, sql: &str) -> String {
        self.psql("kaggle", &["-c", sql]).success().trim_end().to_owned()
    }

    /// The errors of a query.
    #[track_caller]
    fn fail(&self, sql: &str) -> String {
        let result = self.psql("kaggle", &["-c", sql]);
        assert_ne!(result.code, 0, "{sql}: {}", result.out);
        result.err
    }
}

/// A shop with a run of the demo data set `kaggle`.
fn shop() -> Shop {
    let shop = Shop::new();
    exported(&shop, "kaggle", "kaggle", &[]);
    shop
}

/// The SELECT statements of a script, without those that set variables.
fn selects(script: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut statement = String::new();
    for line in script.lines() {
        let is_outside = line.starts_with('\\') || line.trim().is_empty() || line.starts_with("--");
        if statement.is_empty() && is_outside || line.starts_with('\\') {
            continue;
        }
        statement.push_str(line);
        statement.push('\n');
        let in_block = statement.starts_with("DO $$") && !line.ends_with("$$;");
        if line.ends_with(';') && !in_block {
            let whole = std::mem::take(&mut statement);
            if whole.starts_with("SELECT") {
                statements.push(whole);
            }
        }
    }
    statements.retain(|statement| !statement.contains(":'"));
    statements
}

/// Rows with numbers in their shortest form.
fn normal(rows: &str) -> Vec<Vec<String>> {
    let shortest = |value: &str| {
        let is_number = value.parse::<f64>().is_ok() && !value.contains(['e', 'E']);
        if is_number && value.contains('.') {
            value.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            value.to_owned()
        }
    };
    rows.lines().map(|row| row.split('|').map(shortest).collect()).collect()
}

#[test]
fn the_scripts_give_the_same_as_on_postgresql() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    for (preset, setup, analysis) in [
        ("synthetic", "sql/setup_database.sql", "sql/rfm_analysis.sql"),
        ("kaggle", "sql/setup_kaggle_database.sql", "sql/kaggle_rfm_analysis.sql"),
    ] {
        let folder = exported(&shop, preset, preset, &[]);
        postgres.run(&["-v", &format!("data={folder}"), "-f", setup]);
        postgres.run(&["-f", analysis]);
    }
    let wire = Wire::start(&shop);
    for (preset, script) in [
        ("synthetic", include_str!("../../../../sql/rfm_analysis.sql")),
        ("kaggle", include_str!("../../../../sql/kaggle_rfm_analysis.sql")),
    ] {
        let statements = selects(script);
        assert!(statements.len() >= 24, "{}", statements.len());
        for statement in statements {
            let path = format!("SET search_path TO {preset}");
            let expected = postgres.run(&["-At", "-c", &path, "-c", &statement]);
            let result = wire.psql("regulars", &["-c", &path, "-c", &statement]).success();
            assert_eq!(normal(&result), normal(&expected), "{statement}");
        }
    }
    // What PostgreSQL reads differently than DataFusion does by itself.
    for statement in [
        "SELECT date '2024-03-01' - date '2024-02-01', date '2024-02-28' + 2, 7 / 2, round(1.0 / 30000, 9)",
        "SELECT avg(x), round(avg(x) FILTER (WHERE x > 1), 9) FROM (VALUES (1.0), (2), (2), (3.5)) AS t (x)",
        "SELECT round(2.5, 0), round(100.0 / 3, 2), round(0.125::numeric, 2), 0.1 + 0.2 = 0.3",
        "SELECT to_char(timestamp '2024-03-05 17:08:09', 'YYYY-MM-DD HH24:MI:SS'), to_char(date '2024-03-05', 'IYYY-IW')",
        "SELECT count(*) FROM kaggle.rfm_scores WHERE segment IS DISTINCT FROM 'Lost' OR false",
        "SELECT round(monetary) AS monetary FROM kaggle.rfm_scores ORDER BY -monetary LIMIT 3",
        "SELECT customer_id FROM kaggle.rfm_scores JOIN kaggle.customers USING (customer_id) WHERE customer_id < 9 \
         ORDER BY customer_id",
        "SELECT id, count(*) FROM (VALUES (1), (2)) AS a (id) FULL JOIN (VALUES (2), (3)) AS b (id) USING (id) \
         GROUP BY id ORDER BY id",
        "SELECT percentile_disc(ARRAY[0.25, 0.5]) WITHIN GROUP (ORDER BY monetary DESC) FROM kaggle.rfm_scores",
        "SELECT customer_id FROM kaggle.rfm_scores ORDER BY customer_id LIMIT (SELECT count(*) / 100 FROM kaggle.customers)",
        "SELECT 'a/b' LIKE 'a//b' ESCAPE '/', 'a_b' LIKE 'a/_b' ESCAPE '/', 'axb' LIKE 'a/_b' ESCAPE '/'",
    ] {
        let expected = postgres.run(&["-At", "-c", statement]);
        let result = wire.psql("regulars", &["-c", statement]).success();
        assert_eq!(normal(&result), normal(&expected), "{statement}");
    }
}

#[test]
fn psql_meta_commands_work_and_writes_are_refused() {
    let shop = shop();
    let wire = Wire::start(&shop);
    for command in
        ["\\d", "\\dt", "\\dv", "\\dn", "\\dn+", "\\l", "\\df", "\\du", "\\z", "\\dt+", "\\d+ rfm_scores"]
    {
        let result = wire.psql("kaggle", &["-c", command]);
        assert!(result.code == 0 && result.err.is_empty(), "{command}: {}", result.err);
    }
    let tables = wire.psql("kaggle", &["-c", "\\dt"]).success();
    assert!(tables.contains("kaggle|rfm_scores|table|") && !tables.contains("pg_class"), "{tables}");
    let columns = wire.psql("kaggle", &["-c", "\\d+ rfm_scores"]).success();
    assert!(columns.contains("monetary|numeric|") && columns.contains("Number of orders"), "{columns}");
    assert!(wire.psql("kaggle", &["-c", "\\dv"]).success().contains("kaggle|rfm_computed|view|"));

    for statement in [
        "INSERT INTO rfm_scores VALUES (1)",
        "CREATE TABLE t (a int)",
        "DROP VIEW rfm_computed",
        "COPY rfm_scores TO '/tmp/x'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY (SELECT 1) TO '/tmp/x' (FORMAT binary)",
        "SET ROLE postgres",
        "WITH x AS (DELETE FROM rfm_scores RETURNING *) SELECT * FROM x",
    ] {
        let message = wire.fail(statement);
        assert!(message.contains("ERROR"), "{statement}: {message}");
    }
    let copied = wire.ask("COPY (SELECT customer_id, segment FROM rfm_scores) TO STDOUT (FORMAT binary)");
    assert!(copied.starts_with("PGCOPY") && copied.contains("Lost"), "{copied}");
    assert!(wire.fail("SELECT * FROM rfm_score").contains("did you mean `rfm_scores`?"));
    assert!(wire.fail("SET standard_conforming_strings = off").contains("cannot be set to `off`"));
    let unknown = wire.psql("nosuch", &["-c", "SELECT 1"]);
    assert!(unknown.err.contains("database \"nosuch\" does not exist"), "{}", unknown.err);
    assert!(unknown.err.contains("use `regulars` or a data set: kaggle"), "{}", unknown.err);
    // Plans and messages do not reveal where the files are.
    let plan = wire.ask("EXPLAIN SELECT * FROM rfm_scores");
    assert!(plan.contains("rfm_scores.parquet") && !plan.contains("datasets"), "{plan}");

    // After an error, a transaction continues only after ROLLBACK TO a savepoint.
    let transaction = "BEGIN; SAVEPOINT s; SELECT 1 / 0 FROM rfm_scores";
    let args = ["-c", transaction, "-c", "SELECT 2", "-c", "ROLLBACK TO s", "-c", "SELECT 3", "-c", "COMMIT"];
    let result = wire.psql("kaggle", &args);
    assert_eq!(result.out, "3\n", "{}", result.err);
    assert!(
        result.err.contains("Divide by zero") && result.err.contains("transaction is aborted"),
        "{}",
        result.err
    );
}

#[test]
fn functions_of_a_run_agree_with_its_tables() {
    let shop = shop();
    let wire = Wire::start(&shop);
    let (_, section) = include_str!("../../../../docs/sql.md")
        .split_once("## Functions with the models of a run")
        .expect("the section");
    let (_, examples) = section.split_once("```sql\n").expect("examples");
    let examples: Vec<&str> = examples.split_once("```").expect("an end").0.split_terminator(";\n").collect();
    assert_eq!(examples.len(), 5);
    for example in examples {
        let embedded = shop.run(&["--format", "csv", "sql", "--name", "kaggle", example]).success();
        let (header, rows) = embedded.split_once('\n').expect("a header");
        assert_eq!(normal(&wire.ask(example).replace('|', ",")), normal(rows.trim_end()), "{example}");
        assert!(!rows.is_empty() && (header != "different" || rows == "0\n"), "{example}: {rows}");
    }
    let listed = wire.psql("kaggle", &["-c", "\\df"]).success();
    for function in ["p_alive", "expected_purchases", "clv", "rfm_segment", "cluster_of"] {
        assert!(listed.contains(&format!("kaggle|{function}|")), "{listed}");
    }
    // The arguments are the features of the clusters, in the order of `\df`.
    let features = listed.lines().find(|line| line.contains("|cluster_of|")).expect("listed");
    let features = features.split('|').nth(3).expect("arguments").replace(" double precision", "");
    let different = format!(
        "SELECT count(*) FROM (SELECT customer_id, cluster_of({features}) AS again FROM customer_features \
         JOIN rfm_scores USING (customer_id)) a JOIN customer_clusters USING (customer_id) WHERE again <> cluster"
    );
    let different = different
        .replace("monetary,", "customer_features.monetary,")
        .replace("tenure_days", "customer_features.tenure_days");
    assert_eq!(wire.ask(&different), "0");
    assert!(wire.fail("SELECT rfm_segment(6, 1, 1)").contains("6 is not a score from 1 to 5"));
    assert!(wire.fail("SELECT p_alive(3, 200, 100)").contains("after the calibration period"));
    assert_eq!(wire.ask("SELECT p_alive(NULL, 1, 2) IS NULL"), "t");
}

#[test]
fn a_driver_gets_binary_values_and_sees_new_runs() {
    let shop = shop();
    let wire = Wire::start(&shop);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("starts");
    runtime.block_on(async {
        let config = format!("host=127.0.0.1 port={} user=ann dbname=kaggle", wire.port);
        let (client, connection) = tokio_postgres::connect(&config, tokio_postgres::NoTls).await.expect("connects");
        let connection = tokio::spawn(connection);
        let sql = "SELECT customer_id, segment, rfm_weighted_score, monetary::float8, r_score FROM rfm_scores \
                   WHERE segment <> $1 AND frequency >= $2 ORDER BY customer_id";
        let statement = client.prepare(sql).await.expect("prepares");
        let rows = client.query(&statement, &[&"Lost", &2_i64]).await.expect("runs");
        let text = wire.ask(&sql.replace("$1", "'Lost'").replace("$2", "2"));
        let expected: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.iter().zip(expected) {
            let values: (i64, &str, f64, f64, i16) = (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
            let binary = format!("{}|{}|{}|{}|{}", values.0, values.1, values.2, values.3, values.4);
            assert_eq!(normal(&binary), normal(expected));
        }
        let missing = client.query("SELECT 1 FROM nosuch", &[]).await.expect_err("unknown");
        assert_eq!(missing.code().map(tokio_postgres::error::SqlState::code), Some("42P01"));

        // Parameters keep the type that the driver declares, and their decimals.
        let typed = [tokio_postgres::types::Type::FLOAT8];
        let statement = client.prepare_typed("SELECT $1 + 1, age::float8 * $1 FROM customers LIMIT 1", &typed).await;
        let row = client.query_one(&statement.expect("prepares"), &[&1.5_f64]).await.expect("runs");
        assert!((row.get::<_, f64>(0) - 2.5).abs() < 1e-12, "{row:?}");
        let sum = "SELECT c.customer_id, (SELECT sum(price) FROM transactions t WHERE t.customer_id = c.customer_id)::float8 \
                   FROM customers c JOIN rfm_scores USING (customer_id) ORDER BY 1 LIMIT 3";
        for row in client.query(sum, &[]).await.expect("runs") {
            assert!(row.get::<_, f64>(1) > 0.0, "{row:?}");
        }

        // Open connections and prepared statements see a new run, but not within a transaction.
        let count = client.prepare("SELECT count(*) FROM transactions").await.expect("prepares");
        let number = async || client.query_one(&count, &[]).await.expect("runs").get::<_, i64>(0);
        let before = number().await;
        client.batch_execute("BEGIN").await.expect("begins");
        assert_eq!(number().await, before);
        let source = shop.path("kaggle").join("transactions.csv");
        let shorter = fs_err::read_to_string(&source).expect("generated");
        let shorter: Vec<&str> = shorter.lines().take(300).collect();
        fs_err::write(&source, shorter.join("\n")).expect("writable");
        let (orders, customers) = (source.display().to_string(), shop.path("kaggle").join("customers.csv"));
        let run = ["-q", "run", "--name", "kaggle", &orders, "--customers", &customers.display().to_string()];
        shop.run(&run).success();
        assert_eq!(number().await, before);
        client.batch_execute("COMMIT").await.expect("commits");
        let after = number().await;
        assert!(after < 300 && after != before, "{after}");
        drop(client);
        connection.await.expect("no panic").expect("ends");
    });
}

#[test]
fn statements_are_limited_in_time_memory_and_rows() {
    let shop = shop();
    shop.write(
        "regulars.toml",
        "[serve.pg]\nconnections = 2\ntimeout_seconds = 20\nmemory_mb = 400\nmax_rows = 1000\n",
    );
    let wire = Wire::start(&shop);
    let endless = "SELECT count(*) FROM transactions a, transactions b, transactions c, transactions d \
                   WHERE a.price + b.price + c.price < d.price";
    let long = "SELECT count(*) FROM generate_series(1, 1000000000000)";
    let result =
        wire.psql("kaggle", &["-c", "SET statement_timeout = '300ms'", "-c", long, "-c", "SELECT 5"]);
    assert!(result.err.contains("canceling statement due to statement timeout"), "{}", result.err);
    assert_eq!(result.out, "5\n", "the connection continues");
    // A join that never yields is stopped by ending its connection.
    let result = wire.psql("kaggle", &["-c", "SET statement_timeout = '300ms'", "-c", endless]);
    assert!(result.err.contains("canceling statement due to statement timeout"), "{}", result.err);

    // psql sends a cancel request on Ctrl-C.
    let started = Instant::now();
    let mut child =
        wire.psql_command("kaggle", &["-c", endless]).stderr(Stdio::piped()).spawn().expect("starts");
    std::thread::sleep(Duration::from_millis(1500));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("starts").success());
    let mut message = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut message).expect("readable");
    drop(child.wait());
    assert!(message.contains("canceling statement due to user request"), "{message}");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());

    // Memory that the engine does not account for.
    for greedy in ["SELECT repeat('x', 2000000000)", "SELECT length(repeat(repeat('x', 100000), 20000))"] {
        let message = wire.fail(greedy);
        assert!(
            message.contains("FATAL") || message.contains("closed the connection"),
            "{greedy}: {message}"
        );
    }
    let message = wire.fail("SELECT a.customer_id FROM transactions a, transactions b");
    assert!(message.contains("more than 1000 rows, the limit"), "{message}");

    // A third connection, opened while two others are open.
    let third = format!(
        "\\! psql -X -At -h 127.0.0.1 -p {port} -U ann -d kaggle -c \
         '\\! psql -X -At -h 127.0.0.1 -p {port} -U ann -d kaggle -c \"SELECT 1\" 2>&1'",
        port = wire.port
    );
    let result = wire.psql("kaggle", &["-c", &third]);
    assert!(result.out.contains("too many connections"), "{}{}", result.out, result.err);

    garbage(&wire);
    assert_eq!(
        wire.ask("SELECT count(DISTINCT segment) > 2 FROM rfm_scores"),
        "t",
        "the server keeps running"
    );
}

/// Sends bytes that are not messages, and truncated messages.
fn garbage(wire: &Wire) {
    let mut state = 42_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let start = b"\0\0\0\x23\0\x03\0\0user\0ann\0database\0kaggle\0\0";
    for round in 0..60_usize {
        let Ok(mut stream) = TcpStream::connect(format!("127.0.0.1:{}", wire.port)) else { continue };
        let mut bytes = if round % 2 == 0 { Vec::new() } else { start[..start.len() - round % 7].to_vec() };
        bytes.extend((0..round * 3).map(|_| random()));
        // The server may have closed the connection already.
        drop(stream.write_all(&bytes));
        drop(stream);
    }
    // Their processes end.
    std::thread::sleep(Duration::from_secs(1));
}

#[test]
fn other_computers_need_a_password_and_encryption() {
    let shop = shop();
    let refused = shop.run(&["serve", "--addr", "127.0.0.1:0", "--pg", "0.0.0.0:0"]);
    assert!(refused.code == 2 && refused.err.contains("no user has a password"), "{}", refused.err);
    let mut child = shop
        .command()
        .args(["-q", "password", "--pg", "ann"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("piped").write_all(b"four words not together\n").expect("read");
    let users = child.wait_with_output().expect("ends");
    let users = String::from_utf8(users.stdout).expect("text");
    assert!(users.starts_with("[serve.pg.users]\n\"ann\" = \"scram-sha-256:"), "{users}");
    shop.write("regulars.toml", &users);
    let refused = shop.run(&["serve", "--addr", "127.0.0.1:0", "--pg", "0.0.0.0:0"]);
    assert!(refused.code == 2 && refused.err.contains("there is no certificate"), "{}", refused.err);

    let (key, certificate) = (shop.path("key.pem"), shop.path("cert.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-keyout",
        ])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl is installed");
    assert!(made.status.success());
    shop.write("wrong.pem", "no certificate");
    let section = |certificate: &str| {
        format!("[serve.pg]\ncertificate = \"{certificate}\"\nkey = \"key.pem\"\n{users}")
    };
    shop.write("regulars.toml", &section("wrong.pem"));
    let refused = shop.run(&["serve", "--addr", "127.0.0.1:0", "--pg", "127.0.0.1:0"]);
    assert!(refused.code == 2 && refused.err.contains("wrong.pem, key.pem: "), "{}", refused.err);

    shop.write("regulars.toml", &section("cert.pem"));
    let wire = Wire::start(&shop);
    let connect = |user: &str, password: &str, mode: &str| {
        let mut command = wire.psql_command("kaggle", &["-U", user, "-c", "SELECT current_user"]);
        command.env("PGPASSWORD", password).env("PGSSLMODE", mode).env("PGSSLROOTCERT", &certificate);
        CommandOutput::new(&command.output().expect("psql starts"))
    };
    assert_eq!(connect("ann", "four words not together", "verify-ca").success(), "ann\n");
    for (user, password, mode, expected) in [
        ("ann", "another", "require", "password authentication failed for user \"ann\""),
        ("bob", "four words not together", "require", "password authentication failed for user \"bob\""),
        ("ann", "four words not together", "disable", "connections without encryption are not possible"),
    ] {
        let result = connect(user, password, mode);
        assert!(
            result.code == 2 && result.err.to_lowercase().contains(expected),
            "{expected}: {}",
            result.err
        );
    }
}
