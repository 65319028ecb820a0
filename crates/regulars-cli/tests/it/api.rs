//! The API over real runs: the same answers as the command line, and queries that are kept within bounds.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::e2e::Server;
use crate::shop::{Shop, fixture};

struct TestResponse {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl TestResponse {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

/// Asks as old programs do that accept no chunks.
fn ask(server: &Server, request: &str) -> TestResponse {
    let mut stream = TcpStream::connect(&server.address).expect("listening");
    stream.set_read_timeout(Some(Duration::from_mins(2))).expect("a duration");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("an answer");
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&all[..end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    TestResponse { status, head, body: all[end + 4..].to_vec() }
}

fn get(server: &Server, path: &str) -> TestResponse {
    ask(server, &format!("GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", server.address))
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

fn query(server: &Server, form: &str, sql: &str) -> TestResponse {
    get(server, &format!("/api/v1/d/cut/sql{form}?q={}", escaped(sql)))
}

fn cut() -> (Shop, Server) {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "cut", &fixture("online_retail_cut.csv")]).success();
    let server = Server::start(&shop);
    (shop, server)
}

#[test]
fn the_api_and_the_command_line_give_the_same_rows() {
    let (shop, server) = cut();
    for sql in [
        "SELECT segment, count(*) AS customers, sum(monetary) AS revenue, avg(recency) AS age FROM rfm_scores GROUP BY segment ORDER BY revenue DESC",
        "SELECT transaction_id, transaction_date, quantity, total_amount FROM transactions ORDER BY 1, 2, 3, 4",
        "SELECT NULL AS nothing, 'a,\"b\"' AS quoted, DATE '2024-02-29' AS day, true AS yes",
        "SELECT * FROM rfm_scores WHERE false",
        "EXPLAIN SELECT 1",
    ] {
        let csv = shop.run(&["--format", "csv", "sql", sql, "--name", "cut"]).success();
        assert_eq!(query(&server, ".csv", sql).text(), csv, "{sql}");
        let rows = shop.run(&["--format", "json", "sql", sql, "--name", "cut"]).json();
        let response = query(&server, "", &format!("  {sql}\n")).json();
        assert_eq!((&response["rows"], &response["cut"]), (&rows, &json!(false)), "{sql}");
        let body = json!({ "sql": sql }).to_string();
        let posted = ask(
            &server,
            &format!(
                "POST /api/v1/d/cut/sql HTTP/1.0\r\nHost: {}\r\nAccept: text/csv\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                server.address,
                body.len()
            ),
        );
        assert_eq!(posted.text(), csv, "{sql}");
    }
    let tables = get(&server, "/api/v1/d/cut/tables").json();
    let tables = tables["tables"].as_array().expect("a list").clone();
    assert!(tables.len() > 25);
    for table in tables {
        let name = table["name"].as_str().expect("a name");
        let csv = shop
            .run(&["--format", "csv", "sql", &format!("SELECT * FROM {name}"), "--name", "cut"])
            .success();
        let file = get(&server, &format!("/api/v1/d/cut/tables/{name}.csv"));
        assert_eq!(file.text(), csv, "{name}");
        // Text in quotes may hold line breaks.
        if !csv.contains('"') {
            assert_eq!(table["rows"].as_u64(), Some(csv.lines().count() as u64 - 1), "{name}");
        }
        let described =
            shop.run(&["--format", "json", "sql", &format!("DESCRIBE {name}"), "--name", "cut"]).json();
        let of = |list: &Value, key: &str| -> Vec<Value> {
            list.as_array().expect("a list").iter().map(|column| column[key].clone()).collect()
        };
        assert_eq!(of(&table["columns"], "name"), of(&described, "column_name"), "{name}");
    }
    // The pages of a table are the table.
    let whole = get(&server, "/api/v1/d/cut/tables/rfm_scores?limit=1000").json();
    let mut rows = Vec::new();
    let mut next = Some("/api/v1/d/cut/tables/rfm_scores?limit=200".to_owned());
    while let Some(path) = next {
        let response = get(&server, &path);
        assert!(response.head.contains("\r\nx-total-count: 534\r\n"), "{}", response.head);
        rows.extend(response.json()["rows"].as_array().expect("rows").clone());
        next = response
            .head
            .split("\r\nlink: <")
            .nth(1)
            .and_then(|rest| rest.split('>').next())
            // The head was put into small letters; names of runs have a T and a Z.
            .map(|link| {
                format!(
                    "/api/v1/d/cut/tables/rfm_scores?{}",
                    link.split_once('&').map_or("", |(_, rest)| rest)
                )
            });
    }
    assert_eq!(Value::from(rows), whole["rows"]);
    // A stream of Arrow begins with the marker of a message.
    for path in ["tables/rfm_scores.arrow", "customers.arrow", "sql.arrow?q=SELECT+1"] {
        let response = get(&server, &format!("/api/v1/d/cut/{path}"));
        assert_eq!((response.status, &response.body[..4]), (200, &[0xff; 4][..]), "{path}");
    }
}

#[test]
fn a_query_reads_the_tables_and_nothing_else() {
    let (shop, server) = cut();
    let outside = shop.write("outside.csv", "secret\nhidden treasure\n");
    let home = shop.path("home").display().to_string();
    let before = shop.run(&["runs", "show", "--name", "cut", "--verify"]).success();
    for sql in [
        &format!("COPY (SELECT 1) TO '{home}/x.csv'"),
        &format!("COPY rfm_scores TO '{home}/x.parquet' STORED AS PARQUET"),
        "INSERT INTO rfm_scores SELECT * FROM rfm_scores",
        "UPDATE rfm_scores SET segment = 'x'",
        "DELETE FROM rfm_scores",
        "DROP TABLE rfm_scores",
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW t AS SELECT 1",
        &format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{outside}'"),
        "SET datafusion.execution.batch_size = 1",
        "PREPARE p AS SELECT 1",
        &format!("EXPLAIN ANALYZE COPY (SELECT 1) TO '{home}/x.csv'"),
    ] {
        let response = query(&server, "", sql);
        assert_eq!(
            (response.status, response.json()["code"].clone()),
            (403, json!("query_not_allowed")),
            "{sql}"
        );
    }
    for sql in [
        &format!("SELECT * FROM '{outside}'"),
        &format!("SELECT * FROM \"{outside}\""),
        &format!("SELECT * FROM 'file://{outside}'"),
        &format!("SELECT * FROM read_csv('{outside}')"),
        &format!("SELECT * FROM read_parquet('{outside}')"),
        "SELECT 1; DROP TABLE rfm_scores",
        "SELECT pg_read_file('/etc/passwd')",
    ] {
        let response = query(&server, "", sql);
        assert_eq!(
            (response.status, response.json()["code"].clone()),
            (400, json!("invalid_query")),
            "{sql}"
        );
        assert!(!response.text().contains("treasure"), "{sql}");
    }
    let folder = shop.path("home").display().to_string();
    for sql in [
        "EXPLAIN SELECT * FROM rfm_scores",
        "EXPLAIN ANALYZE SELECT count(*) FROM transactions",
        "EXPLAIN VERBOSE SELECT * FROM rfm_scores",
        "SHOW ALL",
        "SELECT * FROM information_schema.df_settings",
        "SELECT * FROM information_schema.views",
    ] {
        let response = query(&server, "", sql);
        assert_eq!(response.status, 200, "{sql}: {}", response.text());
        assert!(!response.text().contains(folder.trim_start_matches('/')), "{sql}: {}", response.text());
    }
    assert_eq!(shop.run(&["runs", "show", "--name", "cut", "--verify"]).success(), before);
    assert!(!shop.path("home/x.csv").exists());
    // Faults say where.
    let response = query(&server, "", "SELECT segment,\n  recncy FROM rfm_scores").json();
    assert_eq!(response["position"], json!({ "line": 2, "column": 3 }));
    assert!(
        response["hint"].as_str().is_some_and(|hint| hint.contains("did you mean `recency`?")),
        "{response}"
    );
    assert_eq!(query(&server, "", "SELECT 1 +").json()["code"], "invalid_query");
}

#[test]
fn a_query_cannot_exhaust_the_machine() {
    let (_shop, server) = cut();
    let sum = format!("SELECT {}", vec!["1"; 9000].join("+"));
    for sql in [
        "SELECT repeat('x', 2000000000)",
        "SELECT length(repeat(segment, 10000000)) FROM rfm_scores",
        "SELECT generate_series(1, 10000000000)",
        "SELECT lpad('x', 2000000000, 'y')",
        "SELECT array_agg(a.value) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
    ] {
        let response = query(&server, "", sql);
        let shown: String = sql.chars().take(60).collect();
        assert_eq!(
            (response.status, response.json()["code"].clone()),
            (422, json!("query_too_large")),
            "{shown}"
        );
    }
    // Deep nesting takes stack, which grows, and time.
    let deep = query(&server, "", &sum);
    let result = (deep.status, deep.json()["code"].clone());
    assert!(
        deep.status == 200
            || result == (422, json!("query_too_slow"))
            || result == (422, json!("query_too_large")),
        "{result:?}"
    );
    let endless = "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t)";
    let cut = query(&server, "", &format!("{endless} SELECT n FROM t")).json();
    assert_eq!(
        (&cut["row_count"], &cut["cut"], &cut["rows"][999]),
        (&json!(1000), &json!(true), &json!({ "n": 1000 }))
    );
    let file = query(&server, ".csv", "SELECT * FROM generate_series(1, 100000000000)");
    assert!(file.head.contains("\r\nx-rows-cut: true\r\n"), "{}", file.head);
    assert_eq!(file.text().lines().count(), 100_001);

    // Two at a time: a third waits, and is sent away; pages are served meanwhile.
    let codes: Vec<(u16, Value)> = std::thread::scope(|scope| {
        let slow = [
            "SELECT sum(a.value * b.value) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b"
                .to_owned(),
            format!("{endless} SELECT count(*) FROM t"),
            "SELECT count(*) FROM generate_series(1, 100000000000)".to_owned(),
        ];
        let requests: Vec<_> = slow
            .into_iter()
            .map(|sql| {
                let server = &server;
                scope.spawn(move || {
                    let response = query(server, "", &sql);
                    (response.status, response.json()["code"].clone())
                })
            })
            .collect();
        assert_eq!(get(&server, "/d/cut").status, 200);
        requests.into_iter().map(|requests| requests.join().expect("an answer")).collect()
    });
    let count = |wanted: (u16, &str)| {
        codes.iter().filter(|(s, c)| (*s, c.as_str()) == (wanted.0, Some(wanted.1))).count()
    };
    assert_eq!((count((422, "query_too_slow")), count((503, "busy"))), (2, 1), "{codes:?}");
    assert_eq!(query(&server, "", "SELECT 1 AS n").json()["rows"], json!([{ "n": 1 }]));
}

/// Folders of queries below the folder for temporary files of a shop.
#[cfg(target_os = "linux")]
fn spilled(temp: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs_err::read_dir(temp).expect("there").map(|entry| entry.expect("readable").path());
    entries.filter(|path| path.to_string_lossy().contains("regulars-query")).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_query_ends_with_its_server_and_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Instant;

    let (shop, server) = cut();
    drop(server);
    let temp = shop.path("temp");
    fs_err::create_dir(&temp).expect("made");
    let server = Server::with_temp(&shop, &temp);
    // It sorts on disk for as long as it may.
    let sql = escaped("SELECT * FROM generate_series(1, 100000000000) ORDER BY random()");
    let mut stream = TcpStream::connect(&server.address).expect("listening");
    let request = format!("GET /api/v1/d/cut/sql?q={sql} HTTP/1.0\r\nHost: {}\r\n\r\n", server.address);
    stream.write_all(request.as_bytes()).expect("sent");
    let until = |what: &str, holds: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < Duration::from_secs(8), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let begun = || spilled(&temp).first().is_some_and(|f| fs_err::read_dir(f).is_ok_and(|d| d.count() > 0));
    until("nothing is spilled", &begun);
    let mode = fs_err::metadata(&spilled(&temp)[0]).expect("there").permissions().mode();
    assert_eq!(mode & 0o077, 0, "nobody else may look into it");
    // Without a chance to clear up.
    let killed = std::process::Command::new("kill").args(["-KILL", &server.id().to_string()]).status();
    assert!(killed.expect("there is kill").success());
    until("the query goes on without its server", &|| spilled(&temp).is_empty());
}

#[test]
fn a_query_of_the_command_line_leaves_nothing_either() {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "cut", "--steps", "scores", &fixture("online_retail_cut.csv")])
        .success();
    let temp = shop.path("temp");
    fs_err::create_dir(&temp).expect("made");
    let list = shop.path("list.csv").display().to_string();
    for args in
        [vec!["sql", "SELECT 1"], vec!["sql", "SELECT nothing"], vec!["export", "rfm_scores", "--out", &list]]
    {
        shop.command().env("TMPDIR", &temp).args(&args).output().expect("the binary starts");
        assert_eq!(fs_err::read_dir(&temp).expect("there").count(), 0, "{args:?}");
    }
    assert!(fs_err::metadata(list).is_ok_and(|list| list.len() > 0), "the table was written");
}

#[test]
fn names_of_customers_are_text_and_the_examples_work() {
    let shop = Shop::new();
    let mut orders =
        String::from("customer_id,transaction_id,transaction_date,total_amount,product_category\n");
    for n in 0..40 {
        let id = if n % 5 == 0 { "<script>alert(1)</script>".to_owned() } else { format!("c{}", n % 7) };
        orders.push_str(&format!(
            "{id},t{n},2024-{:02}-{:02},{}.50,Books & <b>more</b>\n",
            n % 12 + 1,
            n % 28 + 1,
            n + 1
        ));
    }
    let orders = shop.write("orders.csv", &orders);
    shop.run(&["-q", "run", "--name", "cut", &orders]).success();
    let server = Server::start(&shop);
    let sql = "SELECT customer_id, 'x' AS \"<i>head</i>\" FROM rfm_scores ORDER BY customer_id";
    let page = get(&server, &format!("/d/cut/sql?q={}", escaped(sql)));
    assert_eq!(page.status, 200);
    assert!(page.text().contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{}", page.text());
    assert!(!page.text().contains("<script>alert") && !page.text().contains("<i>head"));
    let response = query(&server, "", sql);
    assert!(response.head.contains("content-type: application/json") && response.head.contains("nosniff"));
    assert_eq!(response.json()["rows"][0]["customer_id"], "<script>alert(1)</script>");

    let page = get(&server, "/d/cut/sql").text();
    let examples: Vec<String> = page
        .split("<p class=\"examples\">")
        .nth(1)
        .and_then(|rest| rest.split("</p>").next())
        .expect("examples")
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|href| href.replace("&#38;", "&"))
        .collect();
    assert!(examples.len() >= 4, "{examples:?}");
    for example in examples {
        let shown = get(&server, &example);
        assert_eq!(shown.status, 200, "{example}: {}", shown.text());
        assert!(shown.text().contains("id=\"found-title\""), "{example}");
    }
    let wrong = get(&server, "/d/cut/sql?q=SELECT+%3Cb%3E");
    assert_eq!(wrong.status, 400);
    assert!(!wrong.text().contains("<b>"));
}

#[test]
fn e2e_questions_are_asked_by_mouse_and_by_keys() {
    let (shop, server) = cut();
    let mut browser = Browser::start(&shop);
    browser.size(1440, 1000);
    let url = |path: &str| format!("http://{}{path}", server.address);
    browser.open(&url("/d/cut/sql"));
    // An example, its rows, and their order.
    browser.click(".examples a");
    browser.until(
        "document.readyState === 'complete' && document.querySelectorAll('#found tbody tr').length === 7",
    );
    assert_eq!(browser.run("document.querySelector('#found thead th:last-child').className"), "num");
    browser.click("#found thead th:nth-child(2) button");
    let counts = "[...document.querySelectorAll('#found tbody td:nth-child(2)')].map((cell) => Number(cell.textContent))";
    browser.until(&format!("{counts}.every((n, at, all) => at === 0 || all[at - 1] >= n)"));
    assert_eq!(browser.run(&format!("{counts}.reduce((a, b) => a + b, 0)")), 534);
    // A question of one's own: a name by a click, asked by Ctrl+Enter, in the address.
    browser.run("document.getElementById('q').value = 'SELECT count(*) AS n FROM '; document.getElementById('q').setSelectionRange(99, 99)");
    browser.run("document.querySelector('.schema details:has([data-insert=rfm_scores])').open = true");
    browser.click("[data-insert=rfm_scores]");
    assert_eq!(browser.run("document.getElementById('q').value"), "SELECT count(*) AS n FROM rfm_scores");
    browser.run("document.getElementById('q').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true }))");
    browser.until("location.search.includes('rfm_scores') && document.querySelector('#found td')?.textContent === '534'");
    // A fault is where the caret is.
    browser.open(&url("/d/cut/sql?q=SELECT+segment,%0Arecncy+FROM+rfm_scores"));
    browser.until("document.activeElement.id === 'q'");
    let marked = "((q) => q.value.slice(q.selectionStart, q.selectionEnd))(document.getElementById('q'))";
    assert_eq!(browser.run(marked), "recncy");
    // Nothing is wider than a small screen.
    browser.size(360, 800);
    for path in ["/d/cut/sql?q=SELECT+*+FROM+customer_features", "/api/docs"] {
        browser.open(&url(path));
        assert_eq!(browser.run("document.documentElement.scrollWidth <= innerWidth"), true, "{path}");
    }
    // The browser reports that a page was answered with 400: that one was.
    let complaints: Vec<&String> =
        browser.complaints.iter().filter(|complaint| !complaint.contains("400")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}
