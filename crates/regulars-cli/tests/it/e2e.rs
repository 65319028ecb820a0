//! The pages in a real browser: what the user sees, drawn by the user's own program.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Stdio};

use serde_json::{Value, json};

use crate::browser::{Browser, http};
use crate::shop::{Shop, fixture};

pub(crate) struct Server {
    child: Child,
    /// What it says further has somewhere to go.
    _stderr: BufReader<ChildStderr>,
    pub(crate) address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    pub(crate) fn start(shop: &Shop) -> Self {
        Self::at(shop, "127.0.0.1:0")
    }

    /// It ends with its standard input, and that with this process: also a test that is killed leaves none.
    pub(crate) fn at(shop: &Shop, address: &str) -> Self {
        Self::by(&mut shop.command(), address)
    }

    /// One that has a folder of its own for temporary files.
    #[cfg(target_os = "linux")]
    pub(crate) fn with_temp(shop: &Shop, temp: &std::path::Path) -> Self {
        Self::by(shop.command().env("TMPDIR", temp), "127.0.0.1:0")
    }

    fn by(command: &mut std::process::Command, address: &str) -> Self {
        let mut child = command
            .args(["serve", "--end-with-stdin", "--addr", address])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut first = String::new();
        let mut output = BufReader::new(child.stderr.take().expect("piped"));
        output.read_line(&mut first).expect("says where");
        let address = first.split_whitespace().find_map(|w| w.strip_prefix("http://")).expect("an address");
        Self { address: address.to_owned(), child, _stderr: output }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(&mut self) -> std::process::ExitStatus {
        self.child.wait().expect("a child")
    }

    /// Closes its standard input.
    pub(crate) fn let_go(&mut self) {
        drop(self.child.stdin.take());
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The answer of the API.
    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        let (status, body) = http(&self.address, path);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|e| panic!("{path}: {e}: {body}"))
    }
}

/// The marks of each chart of the page: bars, lines, cells, points.
pub(crate) const MARKS: &str = "Object.fromEntries([...document.querySelectorAll('[data-chart]')].map((c) => [c.id.replace('chart-', ''), \
    c.querySelector('.gl-container canvas') ? c.data.reduce((n, t) => n + t.ids.length, 0) \
    : c.querySelectorAll('.barlayer .point').length || c.querySelectorAll('.scatterlayer .js-line').length || c.querySelectorAll('.heatmaplayer image').length \
    || c.querySelectorAll('.boxlayer path.box').length || c.querySelectorAll('.scatterlayer .point, .sankey-link').length]))";

#[test]
fn e2e_every_page_draws_its_charts_and_follows_the_reader() {
    let shop = Shop::new();
    // Two numbers of every customer in this file of 2010: recency and spend; 534 orders, 660 lines.
    shop.run(&["-q", "run", "--name", "cut", &fixture("online_retail_cut.csv")]).success();
    shop.run(&["-q", "demo", "--no-serve"]).success();
    let server = Server::start(&shop);
    let mut browser = Browser::start(&shop);
    browser.size(1440, 1000);

    // Every page draws every chart of its own.
    let mut seen = Vec::new();
    for (page, at_least) in [("", 4), ("/rfm", 7), ("/clusters", 13), ("/value", 24), ("/data", 9)] {
        browser.open(&server.url(&format!("/d/kaggle{page}")));
        browser.draw_all();
        let marks = browser.run(MARKS);
        let marks = marks.as_object().expect("charts").clone();
        assert!(marks.len() >= at_least, "{page}: {marks:?}");
        assert!(marks.values().all(|n| n.as_u64() > Some(0)), "{page}: a chart is empty: {marks:?}");
        seen.extend(marks);
    }
    let marks_of = |name: &str| seen.iter().find(|(chart, _)| chart == name).map(|(_, n)| n.clone());
    assert_eq!(marks_of("segments"), Some(json!(14)), "two bars for each of seven segments");
    assert_eq!(marks_of("segment-sizes"), Some(json!(7)));
    assert_eq!(marks_of("revenue"), Some(json!(12)), "the twelve months of 2024");
    assert_eq!(marks_of("rfm-scatter"), Some(json!(500)), "a point a customer");
    assert_eq!(marks_of("weekdays"), Some(json!(7)));
    assert_eq!(marks_of("cluster-picture"), Some(json!(500)), "a point a customer");
    assert_eq!(marks_of("calibration"), Some(json!(20)), "two bars for each tenth");
    assert_eq!(marks_of("models"), Some(json!(14)), "a bar a model");
    assert_eq!(marks_of("value-by-segment"), Some(json!(7)), "a box a segment");

    // The picture turns.
    browser.open(&server.url("/d/kaggle/rfm"));
    browser.draw_all();
    let eye = "JSON.stringify(document.getElementById('chart-rfm-scatter')._fullLayout.scene._scene.getCamera().eye)";
    let before = browser.run(eye);
    browser.drag("#chart-rfm-scatter", 160);
    browser.until(&format!("{eye} !== {before}"));

    // Another way to show a chart, in place, and in the address.
    browser.click("#card-rfm-grid nav a:nth-of-type(2)");
    browser.until("location.search.includes('cells=revenue') && document.querySelector('#card-rfm-grid .is-drawn') !== null");
    assert_eq!(browser.run("document.querySelector('#card-rfm-grid [aria-current]').textContent"), "Revenue");

    // The switch shows other data.
    browser.open(&server.url("/d/kaggle"));
    browser.click(".switches .menu:first-child summary");
    browser.click(".switches .menu[open] li a:not([aria-current])");
    browser.until("location.pathname === '/d/cut' || location.pathname === '/d/synthetic'");
    browser.open(&server.url("/d/cut"));
    browser.draw_all();
    let page = browser.run("document.body.innerText");
    for expected in ["534", "12,183.00", "High-Value"] {
        assert!(
            page.as_str().is_some_and(|page| page.contains(expected)),
            "the page lacks {expected}: {page}"
        );
    }

    // A filter by the form: a customer condition changes the charts and stands in the address.
    browser.open(&server.url("/d/kaggle"));
    browser.draw_all();
    let total =
        "document.getElementById('chart-revenue').data.flatMap((t) => t.y).reduce((a, b) => a + b, 0)";
    let everybody = browser.run(total).as_f64().expect("a sum");
    browser.click(".picks details:nth-child(1) summary");
    browser.click(".picks details[open] input[value=Loyal]");
    browser.click(".picks details[open] button");
    browser.until("location.search.includes('segment=Loyal') && document.querySelector('.chips') !== null");
    browser.draw_all();
    let loyal = browser.run(total).as_f64().expect("a sum");
    assert!(loyal > 0.0 && loyal < everybody / 2.0, "{loyal} of {everybody}");
    assert_eq!(browser.run("document.querySelectorAll('#chart-segments .barlayer .point').length"), 2);

    // From a bar to its customers.
    browser.open(&server.url("/d/kaggle/rfm"));
    browser.draw_all();
    browser.run("document.getElementById('card-segment-sizes').scrollIntoView()");
    browser.click_mark(
        "#chart-segment-sizes .barlayer .point:nth-child(2) path",
        "location.pathname === '/d/kaggle/customers' && location.search.includes('segment=Loyal')",
    );
    browser.until("document.readyState === 'complete' && document.querySelector('.list') !== null");
    let listed = browser.run("document.querySelectorAll('.list tbody tr').length");
    let loyal = server.json("/api/v1/d/kaggle/customers?segment=Loyal");
    assert_eq!(listed, json!(loyal["customers"].as_array().map(Vec::len)));
    // Sorted in place.
    browser.click(".list thead th:nth-child(1) a");
    browser.until("location.search.includes('sort=customer') && document.querySelector('.list th[aria-sort]')?.textContent === 'Customer'");

    // To one of them: his orders, his forecast, and what moves it.
    browser.click(".list tbody tr:first-child th a");
    browser.until(
        "/^\\/d\\/kaggle\\/customers\\/./.test(location.pathname) && document.readyState === 'complete'",
    );
    browser.draw_all();
    let marks = browser.run(MARKS);
    let id = browser.run("document.getElementById('customer-title').textContent");
    let customer = server.json(&format!("/api/v1/d/kaggle/customers/{}", id.as_str().expect("an id")));
    assert_eq!(
        marks["customer-orders"],
        json!(customer["orders"].as_array().map(Vec::len)),
        "a point an order"
    );
    assert_eq!(marks["customer-drivers"], 5);

    // From a box to its customers.
    browser.open(&server.url("/d/kaggle/value"));
    browser.draw_all();
    browser.click_mark(
        "#chart-value-by-segment .boxlayer .trace:nth-child(2) path.box",
        "location.pathname === '/d/kaggle/customers' && location.search.includes('segment=Loyal')",
    );
    // A filter changes the charts of customers; the others say that they are of everybody.
    browser.open(&server.url("/d/kaggle/value?segment=Loyal"));
    browser.draw_all();
    assert_eq!(
        browser.run("document.querySelectorAll('#chart-value-by-segment .boxlayer path.box').length"),
        1
    );
    assert_eq!(browser.run("document.querySelector('#card-calibration .of-all') !== null && document.querySelector('#card-gain .of-all') === null"), true);

    // Small tables sort.
    browser.open(&server.url("/d/kaggle/rfm"));
    let spend = "[...document.querySelectorAll('table.segments tbody tr')].map((r) => Number(r.cells[2].dataset.sort ?? r.cells[1].innerText.replace(',', '')))";
    browser.click("table.segments thead th:nth-child(2) button");
    browser.until("document.querySelector('table.segments th[aria-sort=descending]') !== null");
    let sorted = browser.run(spend);
    let sorted: Vec<f64> = sorted.as_array().expect("rows").iter().filter_map(Value::as_f64).collect();
    assert!(sorted.len() == 7 && sorted.is_sorted_by(|a, b| a >= b), "{sorted:?}");

    // Dark by the switch, remembered, and charts with it.
    browser.open(&server.url("/d/kaggle"));
    browser.draw_all();
    let colour = "document.querySelector('#chart-revenue .barlayer .point path').style.fill";
    let light = browser.run(colour);
    browser.click("[data-theme-toggle]");
    browser.until(&format!("document.documentElement.dataset.theme === 'dark' && {colour} !== {light}"));
    browser.open(&server.url("/d/kaggle/data"));
    assert_eq!(browser.run("document.documentElement.dataset.theme"), "dark");
    assert_eq!(browser.run("getComputedStyle(document.body).backgroundColor"), "rgb(14, 19, 25)");

    // A telephone: nothing wider than the screen, charts within their cards.
    browser.size(360, 740);
    for page in ["", "/rfm", "/clusters", "/value", "/data", "/customers", "?segment=Nobody"] {
        browser.open(&server.url(&format!("/d/kaggle{page}")));
        if page.is_empty() || page.starts_with('/') && page != "/customers" {
            browser.draw_all();
        }
        let beyond =
            browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(beyond, 0, "{page} is wider than the screen");
        let wide = browser.run("[...document.querySelectorAll('.main-svg')].filter((s) => s.getBoundingClientRect().right > document.documentElement.clientWidth).map((s) => s.closest('[data-chart]').id)");
        assert_eq!(wide, json!([]), "{page}");
    }

    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}

#[test]
fn e2e_a_run_published_while_a_page_is_open_shows_on_reload() {
    let shop = Shop::new();
    let file = fixture("online_retail_cut.csv");
    shop.run(&["-q", "run", "--name", "cut", "--steps", "scores", &file]).success();
    let server = Server::start(&shop);
    let mut browser = Browser::start(&shop);
    browser.open(&server.url("/d/cut"));
    browser.draw_all();
    let runs = "document.querySelectorAll('.switches .menu:nth-child(2) li').length";
    assert_eq!(browser.run(runs), 1);
    let first = server.json("/api/v1/datasets")["datasets"][0]["runs"][0]["run_id"].clone();
    shop.run(&["-q", "run", "--name", "cut", "--steps", "scores", "--as-of", "2011-06-30", &file]).success();
    browser.click("[data-reload]");
    browser.until(&format!("document.readyState === 'complete' && {runs} === 2"));
    browser.draw_all();
    // The older one is still to be had, and says that it is.
    let first = first.as_str().expect("a run");
    browser.open(&server.url(&format!("/d/cut?run={first}")));
    browser.until("document.body.innerText.includes('You are viewing an older run')");
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}

#[test]
fn e2e_an_empty_home_says_how_to_begin() {
    let shop = Shop::new();
    let server = Server::start(&shop);
    let mut browser = Browser::start(&shop);
    browser.open(&server.url("/"));
    browser.until("document.body.innerText.includes('regulars demo')");
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}

/// The pages of value and of clusters say what SQL says of the tables of the run.
#[test]
fn pages_say_what_sql_says() {
    let shop = Shop::new();
    let folder = shop.path("synth").display().to_string();
    shop.run(&["-q", "synth", "--customers", "800", "--out", &folder]).success();
    shop.run(&["-q", "run", "--name", "shop", &folder]).success();
    let server = Server::start(&shop);
    let chart = |name: &str| -> Vec<Vec<String>> {
        let (status, file) = http(&server.address, &format!("/api/v1/d/shop/charts/{name}.csv"));
        assert_eq!(status, 200, "{name}: {file}");
        file.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    let sql = |query: &str| -> Vec<Vec<String>> {
        let file = shop.run(&["-q", "--format", "csv", "sql", "--name", "shop", query]).success();
        file.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
    let same = |what: &str, page: &[Vec<String>], columns: &[usize], query: &str| {
        let mut found: Vec<(String, Vec<f64>)> = page
            .iter()
            .map(|row| (row[0].clone(), columns.iter().map(|at| number(&row[*at])).collect()))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let mut expected = sql(query);
        expected.sort();
        assert!(!expected.is_empty() && found.len() == expected.len(), "{what}: {found:?} {expected:?}");
        for ((name, numbers), row) in found.iter().zip(&expected) {
            assert_eq!(name, &row[0], "{what}");
            for (number_of_page, text) in numbers.iter().zip(&row[1..]) {
                let of_sql = number(text);
                let near = (number_of_page - of_sql).abs() <= 1e-9 * of_sql.abs().max(1.0);
                assert!(
                    near || number_of_page.is_nan() && of_sql.is_nan(),
                    "{what}, {name}: {number_of_page} {of_sql}"
                );
            }
        }
    };
    same(
        "models",
        &chart("models"),
        &[2, 3, 4, 5, 6],
        "SELECT model, rmse, mae, r2, bias, gini FROM model_comparison WHERE rmse IS NOT NULL",
    );
    same(
        "forecast",
        &chart("forecast-segments"),
        &[1, 2, 3, 4],
        "SELECT name, customers, predicted_ltv, predicted_low, predicted_high FROM ltv_summary WHERE grouping = 'segment'",
    );
    same(
        "clusters",
        &chart("clusters"),
        &[1, 2, 3, 4, 5, 6],
        "SELECT cluster_name, customers, customer_share, revenue, revenue_share, recency_mean, frequency_mean FROM cluster_statistics",
    );
    same(
        "value by segment",
        &chart("value-by-segment"),
        &[1, 2],
        "SELECT segment, count(*), avg(CAST(predicted_ltv AS DOUBLE)) FROM ltv_predictions JOIN rfm_scores USING (customer_id) GROUP BY segment",
    );
    let alive: u64 = chart("alive")[18..].iter().map(|row| row[1].parse::<u64>().expect("a count")).sum();
    assert_eq!(sql("SELECT count(*) FROM ltv_predictions WHERE p_alive >= 0.9")[0][0], alive.to_string());
    let cross = chart("cluster-segments").iter().map(|row| row[2].clone()).filter(|n| n != "0").count();
    assert_eq!(sql("SELECT count(*) FROM cluster_segments WHERE customers > 0")[0][0], cross.to_string());
    // One customer, by page and by SQL.
    let row = &sql(
        "SELECT customer_id, predicted_ltv, p_alive FROM ltv_predictions ORDER BY predicted_ltv DESC, customer_id LIMIT 1",
    )[0];
    let customer = server.json(&format!("/api/v1/d/shop/customers/{}", row[0]));
    let minor = customer["value"]["predicted_ltv_minor"].as_f64().expect("money");
    assert!((minor / 100.0 - number(&row[1])).abs() < 1e-9, "{customer}");
    assert!(
        (customer["value"]["p_alive"].as_f64().expect("a chance") - number(&row[2])).abs() < 1e-9,
        "{customer}"
    );
}

/// What is counted for each segment adds up to what the run says of all, on lines of orders, too.
#[test]
fn pages_count_what_the_run_has_counted() {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "cut", "--steps", "scores", &fixture("online_retail_cut.csv")])
        .success();
    let server = Server::start(&shop);
    let summary = server.json("/api/v1/d/cut/summary");
    let segments = summary["segments"].as_array().expect("segments");
    let mut sums = [0_i64; 3];
    let mut months = vec![[0_i64; 3]; summary["months"].as_array().map_or(0, Vec::len)];
    for segment in segments.iter().filter(|s| s["customers"] != 0) {
        let name = segment["segment"].as_str().expect("a name").replace(' ', "+");
        let measures = server.json(&format!("/api/v1/d/cut/measures?segment={name}"));
        for (at, id) in ["customers", "orders", "revenue"].into_iter().enumerate() {
            let found = measures["measures"].as_array().expect("a list").iter().find(|m| m["id"] == id);
            let value = found.and_then(|m| m["value"].as_f64()).expect("a number");
            sums[at] += if id == "revenue" { (value * 100.0).round() as i64 } else { value as i64 };
        }
        let (status, file) =
            http(&server.address, &format!("/api/v1/d/cut/charts/revenue.csv?segment={name}"));
        assert_eq!(status, 200);
        // The file has the latest month first.
        for (at, line) in file.lines().skip(1).collect::<Vec<_>>().into_iter().rev().enumerate() {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |at: usize| cells[at].parse::<f64>().expect("a number");
            for (sum, value) in months[at].iter_mut().zip([number(1) * 100.0, number(2), number(3)]) {
                *sum += value.round() as i64;
            }
        }
    }
    let whole = |value: &Value| value.as_i64().expect("a whole number");
    // Who bought nothing here is in no segment, but what went back to them reduces the revenue.
    let in_no_segment = shop
        .run(&["-q", "--format", "csv", "sql", "--name", "cut", "SELECT to_char(transaction_date, '%Y-%m'), CAST(sum(total_amount) * 100 AS BIGINT) FROM transactions WHERE customer_id NOT IN (SELECT customer_id FROM rfm_scores) GROUP BY 1"])
        .success();
    let in_no_segment: std::collections::BTreeMap<&str, i64> = in_no_segment
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').expect("two columns"))
        .map(|(month, minor)| (month, minor.parse().expect("a whole number")))
        .collect();
    assert_eq!(in_no_segment.values().sum::<i64>(), -26_418);
    assert_eq!(
        sums,
        [whole(&summary["customers"]), whole(&summary["orders"]), whole(&summary["revenue_minor"]) + 26_418]
    );
    for (found, month) in months.iter().zip(summary["months"].as_array().expect("months")) {
        let mut expected = [&month["revenue_minor"], &month["orders"], &month["customers"]].map(whole);
        let of_nobody = month["month"].as_str().and_then(|name| in_no_segment.get(name));
        expected[0] -= of_nobody.copied().unwrap_or(0);
        assert_eq!(*found, expected, "{}", month["month"]);
    }
}
