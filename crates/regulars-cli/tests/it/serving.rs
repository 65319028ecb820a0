//! `regulars serve` as a process: who is let in, runs started from pages, and how it ends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Browser, http};
use crate::e2e::Server;
use crate::shop::{Shop, fixture};

const PASSWORD: &str = "four words not together";

/// The lines that `regulars password` prints.
fn password_lines(shop: &Shop, password: &str) -> (i32, String, String) {
    let mut child = shop
        .command()
        .args(["-q", "password"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("piped").write_all(format!("{password}\n").as_bytes()).expect("read");
    let output = child.wait_with_output().expect("ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Status, head and body of a request written out.
fn send(address: &str, head: &str, body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).expect("listening");
    let length = body.len();
    let request = format!("{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("answered");
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (status, head.to_owned(), body.to_owned())
}

#[test]
fn other_computers_are_served_only_with_a_secret() {
    let shop = Shop::new();
    let refused = shop.run(&["serve", "--addr", "0.0.0.0:0"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    for expected in [
        "error: other computers could see all customers: no password or token is set",
        "hint: create a password with `regulars password >> regulars.toml`",
        "`regulars serve --addr 0.0.0.0:0` again",
    ] {
        assert!(refused.err.contains(expected), "{expected}: {}", refused.err);
    }
    assert_eq!(shop.run(&["demo", "--no-serve", "--help"]).code, 0);

    shop.write("regulars.toml", "[serve]\npassword_hash = \"four words\"\n");
    let refused = shop.run(&["serve", "--addr", "127.0.0.1:0"]);
    assert!(refused.code == 2 && refused.err.contains("is not an argon2id hash"), "{}", refused.err);

    fs_err::remove_file(shop.path("regulars.toml")).expect("there");
    let (code, lines, output) = password_lines(&shop, PASSWORD);
    assert_eq!((code, output.as_str()), (0, ""));
    assert!(
        lines.starts_with("[serve]\npassword_hash = \"$argon2id$") && !lines.contains(PASSWORD),
        "{lines}"
    );
    let token = shop.run(&["token", "reports"]);
    assert!(token.out.starts_with("rgl_") && !token.err.contains(token.out.trim()), "{}", token.err);
    let (_, token_lines) = token.err.split_once("regulars.toml:\n").expect("lines to keep");
    shop.write("regulars.toml", &format!("{lines}{token_lines}"));
    let server = Server::at(&shop, "0.0.0.0:0");
    let address = server.address.replace("0.0.0.0", "127.0.0.1");
    assert_eq!(http(&address, "/api/v1/datasets").0, 401);
    assert_eq!(http(&address, "/").0, 303);
    let bearer =
        |token: &str| format!("GET /api/v1/datasets HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}");
    assert_eq!(send(&address, &bearer(token.out.trim()), "").0, 200);
    assert_eq!(send(&address, &bearer("rgl_0"), "").0, 401);
    // Runs are not for others unless that is said.
    let order = bearer(token.out.trim()).replace("GET /api/v1/datasets", "POST /api/v1/runs");
    let (status, _, body) = send(&address, &order, "{\"dataset\": \"cut\"}");
    assert!(status == 403 && body.contains("allow_runs"), "{status} {body}");
}

#[test]
fn a_password_is_long_enough_and_a_name_plain() {
    let shop = Shop::new();
    let (code, out, err) = password_lines(&shop, "short");
    assert!(code == 2 && out.is_empty() && err.contains("at least 10 characters"), "{out}{err}");
    let bad = shop.run(&["token", "a b"]);
    assert!(bad.code == 2 && bad.err.contains("not a valid token name"), "{}", bad.err);
}

#[test]
fn a_server_ends_when_it_is_told_and_when_nobody_needs_it() {
    let shop = Shop::new();
    let mut server = Server::start(&shop);
    assert_eq!(http(&server.address, "/health").0, 200);
    server.let_go();
    assert!(server.ended().success());

    let mut server = Server::start(&shop);
    // A client that has said nothing yet does not hold it up for long.
    let _silent = TcpStream::connect(&server.address).expect("listening");
    let began = Instant::now();
    let killed = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
    assert!(killed.expect("there is kill").success());
    assert!(server.ended().success());
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[test]
fn files_are_named_only_where_that_is_allowed() {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "cut", "--steps", "scores", &fixture("online_retail_cut.csv")])
        .success();
    fs_err::create_dir(shop.path("data")).expect("made");
    fs_err::copy(fixture("online_retail_cut.csv"), shop.path("data/cut.csv")).expect("copied");
    let order = |server: &Server, inputs: &Value, dataset: &str| {
        let head = "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
        send(
            &server.address,
            head,
            &json!({ "dataset": dataset, "inputs": inputs, "steps": ["scores"] }).to_string(),
        )
    };
    let server = Server::start(&shop);
    let (status, _, body) = order(&server, &json!(["data/cut.csv"]), "cut");
    assert!(status == 422 && body.contains("cannot name files on this server"), "{status} {body}");
    let (status, _, body) = order(&server, &json!([]), "other");
    assert!(status == 422 && body.contains("no data set `other`"), "{status} {body}");
    drop(server);

    shop.write("regulars.toml", "[serve]\ndata_dir = \"data\"\n");
    let elsewhere = fixture("online_retail_cut.csv");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&elsewhere, shop.path("data/link.csv")).expect("linked");
    let server = Server::start(&shop);
    for bad in ["../regulars.toml", &elsewhere, "link.csv", "none.csv", ".", "*.csv", "s3://bucket/x", "-"] {
        let (status, _, body) = order(&server, &json!([bad]), "new");
        assert!(status == 422 && body.contains("in `data_dir`"), "{bad}: {status} {body}");
    }
    let (status, _, body) = order(&server, &json!(["cut.csv"]), "new");
    assert_eq!(status, 202, "{body}");
    let job: Value = serde_json::from_str(&body).expect("JSON");
    let job = finished(&server, job["id"].as_str().expect("an id"));
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(server.json("/api/v1/d/new/current")["run_id"], job["run_id"]);
    // The same numbers as by the command line.
    let customers = |name: &str| server.json(&format!("/api/v1/d/{name}/summary"))["customers"].clone();
    assert_eq!(customers("new"), customers("cut"));
}

/// Waits until a run is over.
fn finished(server: &Server, id: &str) -> Value {
    let began = Instant::now();
    loop {
        let job = server.json(&format!("/api/v1/runs/{id}"));
        if !matches!(job["state"].as_str(), Some("waiting" | "running")) {
            return job;
        }
        assert!(began.elapsed() < Duration::from_mins(2), "{job}");
        std::thread::yield_now();
    }
}

#[test]
fn e2e_a_run_that_asks_is_answered_on_its_page() {
    let shop = Shop::new();
    let file = shop.write(
        "orders.csv",
        "order_id,customer_id,date,total,status\n1,a,2024-04-13,5,paid\n2,b,2024-06-05,7,paid\n",
    );
    shop.run(&["-q", "run", "--name", "shop", "--steps", "scores", &file]).success();
    // The file has grown by a word that nobody knows.
    shop.write("orders.csv", "order_id,customer_id,date,total,status\n1,a,2024-04-13,5,paid\n2,b,2024-06-05,7,paid\n3,c,2024-06-06,27,kept aside\n");
    let server = Server::start(&shop);
    let mut browser = Browser::start(&shop);
    browser.open(&server.url("/d/shop/data"));
    browser.click(".run-again button");
    browser.until("location.pathname.startsWith('/runs/') && document.querySelector('.readings') !== null");
    let alert = browser.run("document.querySelector('[role=alert]').innerText");
    assert!(alert.as_str().is_some_and(|text| text.contains("“kept aside” (1 row, 27.00)")), "{alert}");
    let cells = "[...document.querySelectorAll('.readings tbody tr')].map((r) => [...r.cells].slice(1).map((c) => c.textContent))";
    assert_eq!(browser.run(cells), json!([["3", "3", "39.00"], ["2", "2", "12.00"]]));
    // On a telephone, too, the buttons are in sight.
    browser.size(360, 740);
    assert_eq!(browser.run("document.documentElement.scrollWidth <= 360 && [...document.querySelectorAll('.readings button')].every((b) => b.getBoundingClientRect().right <= 360)"), true);
    let faults = crate::e2e_readers::faults(&mut browser, &crate::e2e_readers::axe());
    assert!(faults.is_empty(), "{faults:?}");
    browser.click(".readings tbody tr:nth-child(2) button");
    browser.until(
        "document.readyState === 'complete' && document.querySelector('h1').textContent === 'Run finished'",
    );
    let summary = server.json("/api/v1/d/shop/summary");
    assert_eq!((&summary["customers"], &summary["revenue_minor"]), (&json!(2), &json!(1200)));
    // Nothing but how files are read can be set so.
    let head = "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
    let (status, _, body) =
        send(&server.address, head, r#"{"dataset": "shop", "set": ["segments.rules=other.toml"]}"#);
    assert!(status == 422 && body.contains("not about how files are read"), "{status} {body}");
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}

#[test]
fn e2e_a_reader_signs_in_and_out() {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "cut", "--steps", "scores", &fixture("online_retail_cut.csv")])
        .success();
    let (_, lines, _) = password_lines(&shop, PASSWORD);
    shop.write("regulars.toml", &lines);
    let server = Server::start(&shop);
    let mut browser = Browser::start(&shop);
    browser.size(360, 800);
    browser.ask("Page.navigate", &json!({ "url": server.url("/d/cut/rfm?segment=Lost") }));
    browser.until("location.pathname === '/login' && document.readyState === 'complete'");
    assert_eq!(
        browser.run("document.documentElement.scrollWidth <= 360"),
        true,
        "no scrolling aside at 360 px"
    );
    let fill = |browser: &mut Browser, password: &str| {
        browser.run(&format!("document.getElementById('password').value = {}", json!(password)));
        browser.click("form button");
    };
    fill(&mut browser, "wrong password");
    browser.until("document.querySelector('[role=alert]')?.textContent === 'Wrong password.'");
    assert_eq!(browser.run("document.querySelector('[aria-invalid]').labels[0].textContent"), "Password");
    fill(&mut browser, PASSWORD);
    browser.until("location.pathname === '/d/cut/rfm' && location.search === '?segment=Lost'");
    assert_eq!(browser.run("document.cookie"), "", "no script can read the cookie");
    browser.draw_all();
    browser.click("footer form button");
    browser.until("location.pathname === '/login' && document.readyState === 'complete'");
    browser.ask("Page.navigate", &json!({ "url": server.url("/d/cut") }));
    browser.until("location.pathname === '/login'");
    // The wrong password was answered by 401, which the browser mentions.
    browser.complaints.retain(|complaint| !complaint.contains("401"));
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn e2e_a_run_is_started_from_the_page_and_open_pages_learn_of_it() {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "cut", &fixture("online_retail_cut.csv")]).success();
    let server = Server::start(&shop);
    let before = server.json("/api/v1/d/cut/current")["run_id"].clone();
    let mut browser = Browser::start(&shop);
    browser.size(1280, 900);
    browser.open(&server.url("/d/cut/data"));
    browser.click(".run-again button");
    browser.until("location.pathname.startsWith('/runs/') && document.readyState === 'complete'");
    browser.until("document.querySelectorAll('.stages li').length >= 3");
    browser.until("document.querySelector('h1')?.textContent === 'Run finished'");
    let stages = browser.run("document.querySelector('.stages').textContent");
    for stage in ["Reading orders", "Scoring and segmenting", "Finding clusters", "Publishing"] {
        assert!(stages.as_str().is_some_and(|text| text.contains(stage)), "{stage}: {stages}");
    }
    let after = server.json("/api/v1/d/cut/current")["run_id"].clone();
    assert_ne!(before, after);
    browser.click(".run a.button");
    browser.until(&format!("document.body?.dataset.current === {after}"));

    // A run published meanwhile, by the command line.
    shop.run(&["-q", "run", "--name", "cut", "--steps", "scores", &fixture("online_retail_cut.csv")])
        .success();
    // The page may have asked just before: it asks again after ten seconds.
    browser.until(
        "window.dispatchEvent(new Event('focus')) && \
         document.getElementById('newer')?.textContent.startsWith('A newer run') === true",
    );
    browser.click("#newer a");
    let newest = server.json("/api/v1/d/cut/current")["run_id"].clone();
    browser.until(&format!("document.body?.dataset.current === {newest}"));

    // Files that are gone are said in words.
    let orders = shop.write("orders.csv", "customer_id,date,amount\na,2024-01-01,10\nb,2024-02-01,20\n");
    shop.run(&["-q", "run", "--name", "gone", "--steps", "scores", &orders]).success();
    fs_err::remove_file(&orders).expect("there");
    browser.open(&server.url("/d/gone/data"));
    browser.click(".run-again button");
    browser.until("document.querySelector('h1')?.textContent === 'Run not started'");
    let words = browser.run("document.querySelector('main').textContent");
    assert!(words.as_str().is_some_and(|words| words.contains("no longer exists")), "{words}");
    browser.complaints.retain(|complaint| !complaint.contains("422"));
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn e2e_a_chart_that_cannot_be_fetched_can_be_asked_for_again() {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "cut", &fixture("online_retail_cut.csv")]).success();
    let server = Server::start(&shop);
    let address = server.address.clone();
    let mut browser = Browser::start(&shop);
    browser.size(1280, 500);
    browser.open(&server.url("/d/cut/rfm"));
    drop(server);
    browser.draw_all();
    let failed = browser.run("document.querySelectorAll('[data-chart].has-failed').length");
    assert!(failed.as_u64() > Some(0), "charts of this page are fetched as they come into view");
    let words = browser.run("document.querySelector('.has-failed').textContent");
    assert_eq!(words, "This chart could not be drawn: the server cannot be reached.Try again");
    let _again = Server::at(&shop, &address);
    browser.click(".has-failed button");
    browser.until("document.querySelectorAll('[data-chart].is-drawn').length === document.querySelectorAll('[data-chart]').length");
    assert_eq!(browser.run("document.querySelectorAll('.has-failed, .chart button').length"), 0);
    browser.complaints.retain(|complaint| !complaint.contains("ERR_CONNECTION_REFUSED"));
    assert_eq!(browser.complaints, Vec::<String>::new());
}
