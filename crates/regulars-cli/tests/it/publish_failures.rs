//! `regulars publish` when something is in its way: the run of before stands, whoever or whatever is killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::postgres::{Postgres, exported};
use crate::publish::{TABLES_OF_RUNS, ask, publish};
use crate::shop::Shop;

/// psql that stays connected.
struct Session {
    psql: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Session {
    fn new(postgres: &Postgres) -> Self {
        let mut command = postgres.psql_command();
        let command = command.arg("-At").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut psql = command.spawn().expect("psql starts");
        let (input, output) = (psql.stdin.take().expect("piped"), psql.stdout.take().expect("piped"));
        Self { psql, input, output: BufReader::new(output) }
    }

    /// The first line that the statements print.
    fn ask(&mut self, statements: &str) -> String {
        writeln!(self.input, "{statements}").expect("psql runs");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("readable");
        line.trim_end().to_owned()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.psql.kill());
        drop(self.psql.wait());
    }
}

/// What the published tables say in one statement: the run, and numbers of four tables that differ between runs.
const SEEN: &str = "SELECT (SELECT run_id FROM regulars.regulars_runs WHERE is_current), \
     (SELECT sum(monetary) FROM regulars.rfm_scores), (SELECT sum(spend_last_90d) FROM regulars.customer_features), \
     (SELECT count(*) FROM regulars.transactions), (SELECT sum(revenue) FROM regulars.rfm_summary);";

#[test]
fn what_regulars_did_not_create_is_not_touched() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    exported(&shop, "kaggle", "kaggle", &["--steps", "scores"]);
    exported(&shop, "kaggle", "other", &["--steps", "scores"]);
    let refused = |name: &str, options: &[&str], expected: &str| {
        let result = publish(&shop, &postgres, name, options);
        assert_eq!(result.code, 2, "{}", result.out);
        assert!(result.err.contains(expected) && result.err.contains("hint: "), "{}", result.err);
    };
    postgres.run(&["-c", "CREATE SCHEMA regulars; CREATE TABLE regulars.rfm_scores AS SELECT 1 AS mine"]);
    refused("kaggle", &[], "`regulars.rfm_scores` exists, and Regulars did not create it");
    assert_eq!(ask(&postgres, "SELECT mine FROM regulars.rfm_scores"), "1");
    assert_eq!(
        ask(&postgres, "SELECT count(*) FROM pg_class WHERE relname LIKE 'regulars%'"),
        "0",
        "nothing is left"
    );
    postgres.run(&[
        "-c",
        "DROP TABLE regulars.rfm_scores; CREATE TABLE regulars.regulars_migrations (version integer)",
    ]);
    refused("kaggle", &[], "`regulars.regulars_migrations` exists, and Regulars did not create it");
    postgres.run(&["-c", "DROP TABLE regulars.regulars_migrations"]);
    publish(&shop, &postgres, "kaggle", &[]).success();
    // Ours was dropped, and another view has its name.
    postgres
        .run(&["-c", "DROP VIEW regulars.rfm_summary; CREATE VIEW regulars.rfm_summary AS SELECT 2 AS mine"]);
    refused("kaggle", &[], "`regulars.rfm_summary` exists, and Regulars did not create it");
    assert_eq!(ask(&postgres, "SELECT mine FROM regulars.rfm_summary"), "2");
    postgres.run(&["-c", "DROP VIEW regulars.rfm_summary"]);
    publish(&shop, &postgres, "kaggle", &[]).success();
    refused("other", &[], "the schema `regulars` has the data set `kaggle`");
    publish(&shop, &postgres, "other", &["--schema", "other"]).success();
    assert_eq!(
        ask(
            &postgres,
            "SELECT (SELECT count(*) FROM regulars.rfm_scores) = (SELECT count(*) FROM other.rfm_scores)"
        ),
        "t"
    );
    postgres.run(&["-c", "INSERT INTO regulars.regulars_migrations VALUES (99)"]);
    refused("kaggle", &[], "was written by a newer version");
    // A user without rights.
    postgres.run(&["-c", "CREATE ROLE guest LOGIN"]);
    let url = postgres.url().replace("regulars@", "guest@");
    let result = shop.run(&["publish", "--name", "kaggle", "--schema", "third", "--to", &url]);
    assert!(result.code == 2 && result.err.contains("permission denied"), "{}", result.err);
    // Half of the rights on a schema are none: tables would be temporary, or not found.
    for (schema, right, other) in [("fourth", "CREATE", "USAGE"), ("fifth", "USAGE", "CREATE")] {
        postgres.run(&["-c", &format!("CREATE SCHEMA {schema}; GRANT {right} ON SCHEMA {schema} TO guest")]);
        let result = shop.run(&["publish", "--name", "kaggle", "--schema", schema, "--to", &url]);
        let expected = format!("GRANT USAGE, CREATE ON SCHEMA \"{schema}\" TO guest");
        assert!(result.code == 2 && result.err.contains(&expected), "{}{}", result.out, result.err);
        postgres.run(&["-c", &format!("GRANT {other} ON SCHEMA {schema} TO guest")]);
        shop.run(&["publish", "--name", "kaggle", "--schema", schema, "--to", &url]).success();
        let rows = format!("SELECT count(*) > 0 FROM {schema}.rfm_scores");
        assert_eq!(ask(&postgres, &rows), "t");
    }
}

#[test]
fn two_publishers_wait_for_each_other_or_are_told() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    exported(&shop, "kaggle", "kaggle", &["--steps", "scores"]);
    let url = postgres.url();
    let start = || {
        let mut command = shop.command();
        command
            .args(["publish", "--to", &url, "--name", "kaggle"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("starts")
    };
    let both = [start(), start(), start()];
    for publisher in both {
        let output = publisher.wait_with_output().expect("ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(
        ask(&postgres, "SELECT count(*), count(*) FILTER (WHERE is_current) FROM regulars.regulars_runs"),
        "3|1"
    );

    let mut other = Session::new(&postgres);
    let pid = other.ask("SELECT pg_backend_pid();");
    other.ask("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('regulars publish regulars', 0));");
    let result = publish(&shop, &postgres, "kaggle", &["--wait", "1"]);
    assert!(
        result.code == 2 && result.err.contains(&format!("process {pid} of user regulars")),
        "{}",
        result.err
    );

    // A reader in the middle of a transaction keeps what it reads; others read on meanwhile.
    other.ask("ROLLBACK; BEGIN; SELECT count(*) FROM regulars.rfm_scores;");
    let before = ask(&postgres, SEEN);
    let result = publish(&shop, &postgres, "kaggle", &["--wait", "1"]);
    assert!(
        result.code == 2 && result.err.contains(&format!("process {pid} of user regulars")),
        "{}",
        result.err
    );
    assert!(result.err.contains("the views cannot be switched"), "{}", result.err);
    assert_eq!(ask(&postgres, SEEN), before);
    let waiting = start();
    std::thread::sleep(Duration::from_millis(600));
    // In the reader's transaction, another table is of the same run: neither waits for the other for ever.
    assert_ne!(other.ask("SELECT count(*) FROM regulars.customer_features;"), "");
    assert_eq!(other.ask("COMMIT; SELECT 'still there';"), "still there");
    let output = waiting.wait_with_output().expect("ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // A transaction whose snapshot is older than the publication sees the new tables full, not empty.
    other.ask("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;");
    publish(&shop, &postgres, "kaggle", &[]).success();
    let count = other.ask("SELECT count(*) FROM regulars.rfm_scores;");
    assert_eq!(count, ask(&postgres, "SELECT count(*) FROM regulars.rfm_scores"));
}

/// Numbers that seem random and are the same in every run of the test.
struct Delays(u64);

impl Delays {
    fn next(&mut self, longest: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        longest.mul_f64((self.0 >> 33) as f64 / f64::from(1_u32 << 31))
    }
}

#[test]
fn killed_at_any_moment_the_old_run_stands() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    exported(&shop, "kaggle", "kaggle", &["--steps", "scores", "--as-of", "2024-06-30"]);
    exported(&shop, "kaggle", "kaggle", &["--steps", "scores"]);
    let mut known = Vec::new();
    let mut duration = Duration::ZERO;
    for run in ["previous", "current"] {
        let start = Instant::now();
        publish(&shop, &postgres, "kaggle", &["--run", run]).success();
        duration = start.elapsed();
        known.push(ask(&postgres, SEEN));
    }
    assert_ne!(known[0], known[1]);

    let done = AtomicBool::new(false);
    let (mut killed, mut published) = (0, 0);
    let seen = std::thread::scope(|scope| {
        // Reads all the time.
        let reader = scope.spawn(|| {
            let mut session = Session::new(&postgres);
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let now = session.ask(SEEN);
                assert!(known.contains(&now), "neither run: {now}");
                seen += 1;
                // Leaves the processors to the publishers.
                std::thread::sleep(Duration::from_millis(5));
            }
            seen
        });
        let mut killer = Session::new(&postgres);
        let mut delays = Delays(42);
        for round in 0..100 {
            let mut command = shop.command();
            let run = if round % 2 == 0 { "previous" } else { "current" };
            command.args(["publish", "--to", &postgres.url(), "--name", "kaggle", "--run", run]);
            let mut publisher = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
            std::thread::sleep(delays.next(duration.mul_f64(1.1)));
            if round % 4 == 3 {
                // The program itself; it may be done.
                drop(publisher.kill());
            } else {
                killer.ask(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'regulars';",
                );
            }
            match publisher.wait().expect("ends").code() {
                Some(0) => published += 1,
                Some(2) | None => killed += 1,
                other => panic!("exit code {other:?}"),
            }
            if reader.is_finished() {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
        reader.join()
    });
    let seen = seen.unwrap_or_else(|failure| std::panic::resume_unwind(failure));
    assert!(killed >= 50 && published + killed == 100, "{killed} killed, {published} published");
    assert!(seen > 100, "{seen} looks");

    // The next one cleans up: two runs, and nothing else.
    publish(&shop, &postgres, "kaggle", &[]).success();
    assert_eq!(ask(&postgres, SEEN), known[1]);
    let kept = "SELECT count(*) FILTER (WHERE is_kept), count(*) FILTER (WHERE is_current) FROM regulars.regulars_runs";
    assert_eq!(ask(&postgres, kept), "2|1");
    assert_eq!(
        ask(&postgres, TABLES_OF_RUNS),
        ask(&postgres, "SELECT 2 * count(*) FROM regulars.regulars_views")
    );
}

#[test]
fn a_server_that_cannot_store_the_run_says_why() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    exported(&shop, "kaggle", "kaggle", &["--steps", "scores"]);
    publish(&shop, &postgres, "kaggle", &[]).success();
    let before = ask(&postgres, SEEN);
    // The server reports a full disk while it indexes.
    postgres.run(&[
        "-c",
        "CREATE FUNCTION full_disk() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$; \
         CREATE EVENT TRIGGER full_disk ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION full_disk()",
    ]);
    let result = publish(&shop, &postgres, "kaggle", &[]);
    assert_eq!(result.code, 2);
    assert!(
        result.err.contains("No space left on device") && result.err.contains("free space on the server"),
        "{}",
        result.err
    );
    postgres.run(&["-c", "DROP EVENT TRIGGER full_disk"]);
    assert_eq!(ask(&postgres, SEEN), before);
    publish(&shop, &postgres, "kaggle", &[]).success();

    // A default of the server does not matter.
    let url = format!("{}&options=-c%20default_transaction_read_only%3Don", postgres.url());
    shop.run(&["publish", "--name", "kaggle", "--to", &url]).success();
}

/// Errors of connections: the message, and no password.
#[track_caller]
fn refused(shop: &Shop, url: &str, variables: &[(&str, &str)], expected: &str) {
    let mut command = shop.command();
    command.args(["publish", "--name", "kaggle", "--to", url]).envs(variables.iter().copied());
    let output = command.output().expect("starts");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains(expected) && text.contains("hint: "), "{url}: {text}");
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn who_cannot_connect_is_told_why() {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    // A certificate for `localhost` by an authority of its own.
    let prepare = "printf 'local all all trust\\nhost all all 127.0.0.1/32 scram-sha-256\\n' >data/pg_hba.conf
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
echo subjectAltName=DNS:localhost >names
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem
chmod 600 server.key";
    let options = format!(
        "-c listen_addresses=127.0.0.1 -c port={port} -c ssl=on -c ssl_cert_file=../server.pem -c ssl_key_file=../server.key"
    );
    let (shop, postgres) = (Shop::new(), Postgres::start_with(prepare, &options));
    exported(&shop, "kaggle", "kaggle", &["--steps", "scores"]);
    let port_option = format!("{port}");
    postgres.run(&[
        "-p",
        &port_option,
        "-c",
        "SET password_encryption = 'scram-sha-256'; ALTER ROLE regulars PASSWORD 's3cret'",
    ]);
    let authority = postgres.folder().join("ca.pem");
    let authority = shop.write("ca.pem", &fs_err::read_to_string(authority).expect("readable"));
    let url = |rest: &str| format!("postgres://regulars@localhost:{port}/postgres{rest}");
    let verified = format!("?sslmode=verify-full&sslrootcert={authority}");

    let secret = [("PGPASSWORD", "s3cret")];
    refused(&shop, &url(""), &[], "requires a password");
    refused(&shop, &url(""), &[("PGPASSWORD", "wrong")], "password authentication failed");
    refused(&shop, &url("").replace("/postgres", "/none"), &secret, "database \"none\" does not exist");
    refused(
        &shop,
        "postgres://regulars:s3cret@localhost:1/postgres",
        &[],
        "no server accepts connections there",
    );
    refused(
        &shop,
        "postgres://regulars:s3cret@/postgres?host=/nowhere",
        &[],
        "no server accepts connections there",
    );
    refused(&shop, &url("?sslmode=require"), &secret, "not signed by a known authority");
    refused(
        &shop,
        &url(&verified).replace("localhost", "127.0.0.1"),
        &secret,
        "its certificate is for another host",
    );
    refused(&shop, &url("?sslmode=prefer"), &secret, "may fall back to an unencrypted connection");
    refused(&shop, "mysql://u:s3cret@localhost/d", &[], "`mysql://` is not supported");
    // Something else answers, or nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = silent.local_addr().expect("bound");
    refused(&shop, &format!("postgres://u:s3cret@{silent}/d?connect_timeout=1"), &[], "no answer within 1 s");

    let publish = |url: &str, variables: &[(&str, &str)]| {
        let mut command = shop.command();
        command.args(["publish", "--name", "kaggle", "--to", url]).envs(variables.iter().copied());
        let output = command.output().expect("starts");
        assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    };
    publish(&url(&verified), &secret);
    let encrypted = "SELECT count(*) FROM pg_stat_ssl";
    assert_ne!(postgres.run(&["-p", &port_option, "-At", "-c", encrypted]).trim(), "0");
    // The password of ~/.pgpass, and all of the address from the environment.
    shop.write(".pgpass", &format!("localhost:{port}:*:regulars:s3cret\n"));
    refused(&shop, &url(&verified), &[], "chmod 600");
    let mode = std::process::Command::new("chmod").arg("600").arg(shop.path(".pgpass")).status();
    assert!(mode.expect("starts").success());
    let variables = [
        ("PGHOST", "localhost"),
        ("PGPORT", port_option.as_str()),
        ("PGUSER", "regulars"),
        ("PGDATABASE", "postgres"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", authority.as_str()),
    ];
    publish("postgres://", &variables);
}
