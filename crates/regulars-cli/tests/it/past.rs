//! What pages say of earlier days: cohorts, movements, and P(alive) over time, against SQL, against runs that
//! ended on these days, and in a real browser.

use std::collections::BTreeMap;

use serde_json::json;

use crate::browser::{Browser, http};
use crate::e2e::Server;
use crate::shop::{Shop, fixture};

type Rows = Vec<Vec<String>>;

fn rows(file: &str) -> Rows {
    file.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[track_caller]
fn chart(server: &Server, address: &str) -> Rows {
    rows(&whole_chart(server, address))
}

#[track_caller]
fn whole_chart(server: &Server, address: &str) -> String {
    let (status, file) = http(&server.address, &format!("/api/v1/d/{address}"));
    assert_eq!(status, 200, "{address}: {file}");
    file
}

#[track_caller]
fn sql(shop: &Shop, name: &str, query: &str) -> Rows {
    rows(&shop.run(&["-q", "--format", "csv", "sql", "--name", name, query]).success())
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// A shop of 800 customers with everything, and one with lines of orders and money that went back.
fn shops() -> Shop {
    let shop = Shop::new();
    let folder = shop.path("synth").display().to_string();
    shop.run(&["-q", "synth", "--customers", "800", "--out", &folder]).success();
    shop.run(&["-q", "run", "--name", "shop", &folder]).success();
    shop.run(&["-q", "run", "--name", "cut", "--steps", "scores", &fixture("online_retail_cut.csv")])
        .success();
    shop
}

#[test]
fn scores_of_an_earlier_day_are_those_of_a_run_that_ended_on_it() {
    let shop = shops();
    let net = shop.write("net.toml", "[policy]\nrefunds = \"net\"\n[segments]\nrules = \"eleven\"\n");
    let file = fixture("online_retail_cut.csv");
    let folder = shop.path("synth").display().to_string();
    let scores = ["--steps", "scores"];
    shop.run(&[&["-q", "--config", &net, "run", "--name", "net"], &scores[..], &[&file]].concat()).success();
    let server = Server::start(&shop);
    for (name, input, day) in
        [("shop", &folder, "2024-06-30"), ("cut", &file, "2011-06-30"), ("net", &file, "2011-09-11")]
    {
        let then = format!("{name}-then");
        let config: &[&str] = if name == "net" { &["--config", &net] } else { &[] };
        let run = ["run", "--name", &then, "--as-of", day];
        shop.run(&[&["-q"], config, &run, &scores[..], &[input.as_str()]].concat()).success();
        let mut expected =
            sql(&shop, &then, "SELECT customer_id, segment, rfm_score, monetary FROM rfm_scores");
        expected.sort();
        let mut found: Rows = chart(&server, &format!("{name}/movements.csv?since={day}"))
            .into_iter()
            .filter(|row| !row[1].is_empty())
            .map(|row| vec![row[0].clone(), row[1].clone(), row[3].clone(), row[5].clone()])
            .collect();
        found.sort();
        assert!(expected.len() > 100, "{name}: {}", expected.len());
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found[..3], expected[..3], "{name}");
            assert!(
                (number(&found[3]) - number(&expected[3])).abs() < 1e-9,
                "{name}: {found:?} {expected:?}"
            );
        }
        // The customers of a stream are those who were there.
        let of_then = expected.iter().filter(|row| row[1] == expected[0][1]).count();
        let was = expected[0][1].replace(' ', "+");
        let list = chart(&server, &format!("{name}/customers.csv?was={was}&since={day}"));
        assert_eq!(list.len(), of_then, "{name}: {was}");
    }
}

#[test]
fn a_rule_set_that_has_changed_since_the_run_is_refused() {
    let shop = Shop::new();
    let rules = |lost: &str| {
        format!(
            "name = \"own\"\nclasses = 5\notherwise = \"{lost}\"\notherwise_meaning = \"The others\"\notherwise_priority = 2\n\
             [[segment]]\nname = \"Best\"\nmeaning = \"Bought lately and often\"\npriority = 1\nr = \">=4\"\nf = \">=4\"\n"
        )
    };
    let path = shop.write("own.toml", &rules("Rest"));
    let config = shop.write("regulars.toml", &format!("[segments]\nrules = \"{path}\"\n"));
    let file = fixture("online_retail_cut.csv");
    shop.run(&["-q", "--config", &config, "run", "--name", "cut", "--steps", "scores", &file]).success();
    let server = Server::start(&shop);
    let (status, page) = http(&server.address, "/d/cut/movements?since=2011-06-30");
    assert!(status == 200 && page.contains("Rest"), "{status}: {page}");
    shop.write("own.toml", &rules("Others"));
    let (status, page) = http(&server.address, "/d/cut/movements?since=2011-07-30");
    assert!(status >= 400 && page.contains("has changed since the run"), "{status}: {page}");
}

#[test]
fn cohorts_and_movements_say_what_sql_says() {
    let shop = shops();
    let server = Server::start(&shop);
    for name in ["shop", "cut"] {
        let whole = sql(
            &shop,
            name,
            "SELECT substr(CAST(first_purchase AS VARCHAR), 1, 7), count(*), sum(rfm_scores.monetary) \
             FROM customer_features JOIN rfm_scores USING (customer_id) GROUP BY 1 ORDER BY 1",
        );
        let found = chart(&server, &format!("{name}/charts/cohorts.csv"));
        assert_eq!(found.len(), whole.len(), "{name}");
        for (found, expected) in found.iter().zip(&whole) {
            assert_eq!(found[..2], expected[..2], "{name}");
            assert!((number(&found[7]) - number(&expected[2])).abs() < 1e-6, "{found:?} {expected:?}");
        }
        // Every cell: customers with a purchase in the month, net revenue in it.
        let cells = sql(
            &shop,
            name,
            "WITH rows AS (SELECT customer_id, total_amount AS amount, date_part('year', transaction_date) * 12 + \
             date_part('month', transaction_date) AS month, substr(CAST(first_purchase AS VARCHAR), 1, 7) AS cohort, \
             date_part('year', first_purchase) * 12 + date_part('month', first_purchase) AS first \
             FROM transactions JOIN customer_features USING (customer_id)) \
             SELECT cohort, CAST(month - first AS BIGINT), count(DISTINCT CASE WHEN amount >= 0 THEN customer_id END), \
             sum(amount) FROM rows GROUP BY 1, 2",
        );
        let expected: BTreeMap<(String, usize), (f64, f64)> = cells
            .iter()
            .map(|row| ((row[0].clone(), number(&row[1]) as usize), (number(&row[2]), number(&row[3]))))
            .collect();
        let mut compared = 0;
        for (show, first) in [("cohort-retention.csv?show=customers", 1), ("cohort-revenue.csv?by=month", 0)]
        {
            for row in chart(&server, &format!("{name}/charts/{show}")) {
                for (at, cell) in row[2..].iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                    let of_sql = expected.get(&(row[0].clone(), at + first)).copied().unwrap_or_default();
                    let of_sql = if first == 1 { of_sql.0 } else { of_sql.1 };
                    assert!((number(cell) - of_sql).abs() < 1e-6, "{name} {row:?} {at}: {cell} {of_sql}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 100, "{name}: {compared}");
        // Movements end where the run is.
        let mut now = BTreeMap::<String, [f64; 2]>::new();
        for row in chart(&server, &format!("{name}/charts/movements.csv")) {
            let sums = now.entry(row[1].clone()).or_default();
            (sums[0], sums[1]) = (sums[0] + number(&row[2]), sums[1] + number(&row[4]));
        }
        let segments = sql(&shop, name, "SELECT segment, count(*), sum(monetary) FROM rfm_scores GROUP BY 1");
        assert_eq!(segments.len(), now.len(), "{name}");
        for row in segments {
            let [customers, revenue] = now[&row[0]];
            assert!(
                (customers - number(&row[1])).abs() < 0.5 && (revenue - number(&row[2])).abs() < 1e-6,
                "{name} {row:?}"
            );
        }
    }
}

#[test]
fn the_chance_to_be_there_ends_where_the_run_says() {
    let shop = shops();
    let weeks = shop.write("weeks.toml", "[value]\ngrain = \"week\"\nunit = \"weeks\"\n");
    let folder = shop.path("synth").display().to_string();
    shop.run(&["-q", "--config", &weeks, "run", "--name", "weeks", &folder]).success();
    let server = Server::start(&shop);
    for name in ["shop", "weeks"] {
        let as_of = server.json(&format!("/api/v1/d/{name}/summary"))["as_of"].clone();
        let as_of = as_of.as_str().and_then(|day| day.get(..10)).expect("a day").to_owned();
        let customers = sql(
            &shop,
            name,
            "SELECT customer_id, p_alive, CAST(first_purchase AS VARCHAR) FROM ltv_predictions \
             JOIN customer_features USING (customer_id) ORDER BY customer_id LIMIT 40",
        );
        assert_eq!(customers.len(), 40);
        for row in customers {
            let line = chart(&server, &format!("{name}/charts/customer-alive.csv?customer={}", row[0]));
            assert_eq!(line[0][0], row[2][..10], "it begins with the first order");
            let now = line.iter().position(|point| point[0] == as_of).expect("the analysis date");
            assert!(
                (number(&line[now][1]) - number(&row[1])).abs() < 1e-12,
                "{name} {row:?} {:?}",
                line[now]
            );
            // Without an order the chance only falls.
            let ahead: Vec<f64> = line[now..].iter().map(|point| number(&point[1])).collect();
            assert!(ahead.len() > 20 && ahead.is_sorted_by(|a, b| a >= b), "{name} {row:?} {ahead:?}");
        }
    }
}

#[test]
fn e2e_cohorts_and_movements_are_drawn_and_lead_to_customers() {
    let shop = shops();
    shop.run(&[
        "-q",
        "run",
        "--name",
        "one",
        "--steps",
        "scores",
        &shop.write(
            "one.csv",
            "customer_id,transaction_id,transaction_date,total_amount\nA,1,2024-05-03,20\n",
        ),
    ])
    .success();
    let server = Server::start(&shop);
    let mut browser = Browser::start(&shop);
    browser.size(1440, 1000);

    // Every chart is there, with its marks, and a filter changes them.
    browser.open(&server.url("/d/shop/cohorts"));
    browser.draw_all();
    let cells = "document.getElementById('chart-cohort-retention').data[0].z.flat().filter((n) => n !== null).reduce((a, b) => a + b, 0)";
    assert_eq!(browser.run("document.querySelectorAll('.heatmaplayer image').length"), 3);
    let lines = browser.run("document.querySelectorAll('#chart-cohort-lines .scatterlayer .js-line').length");
    assert!(lines.as_u64() > Some(20), "{lines}");
    let everybody = browser.run(cells).as_f64().expect("a sum");
    browser.click("#card-cohort-retention nav a:nth-of-type(2)");
    browser.until("location.search.includes('show=customers') && document.querySelector('#card-cohort-retention .is-drawn') !== null");
    assert!(browser.run(cells).as_f64() > Some(everybody * 3.0), "customers instead of shares");
    browser.open(&server.url("/d/shop/cohorts?segment=Lost"));
    browser.draw_all();
    assert!(browser.run(cells).as_f64() < Some(everybody), "the lost come back less often");
    // From a cell to the customers of its row.
    browser.open(&server.url("/d/shop/cohorts?acquired_to=2023-06"));
    browser.draw_all();
    browser.run("document.getElementById('card-cohort-retention').scrollIntoView()");
    browser.click_mark(
        "#chart-cohort-retention .nsewdrag",
        "location.pathname === '/d/shop/customers' && /acquired_from=(\\d{4}-\\d\\d)&acquired_to=\\1/.test(location.search)",
    );

    // Streams, from a stream to its customers, and the matrix.
    browser.open(&server.url("/d/shop/movements?since=2024-06-30"));
    browser.draw_all();
    let streams = browser.run("document.querySelectorAll('#chart-movements .sankey-link').length");
    let flows = chart(&server, "shop/charts/movements.csv?since=2024-06-30");
    assert_eq!(streams, json!(flows.len()), "a stream a flow");
    browser.click("#matrix nav a:nth-of-type(2)");
    browser.until("location.search.includes('show=customers') && document.querySelector('#matrix [aria-current]')?.textContent === 'Customers'");
    let listed = browser
        .run("[...document.querySelectorAll('#matrix td a')].find((a) => a.textContent !== '').textContent");
    assert_eq!(listed, json!(flows[0][2]), "the first cell with somebody in it");
    browser.run("document.getElementById('card-movements').scrollIntoView()");
    browser.click_mark(
        "#chart-movements .sankey-node:first-child rect",
        "location.pathname === '/d/shop/customers' && location.search.includes('was=') && location.search.includes('since=2024-06-30')",
    );
    browser.until("document.readyState === 'complete' && document.querySelector('.list') !== null");
    // One of them, day by day.
    browser.click(".list tbody tr:first-child th a");
    browser.until(
        "/^\\/d\\/shop\\/customers\\/./.test(location.pathname) && document.readyState === 'complete'",
    );
    browser.draw_all();
    assert_eq!(
        browser.run("document.querySelectorAll('#chart-customer-alive .scatterlayer .js-line').length"),
        2
    );

    // A telephone; and a data set of one order.
    browser.size(360, 740);
    for page in ["shop/cohorts", "shop/movements", "one/cohorts", "one/movements"] {
        browser.open(&server.url(&format!("/d/{page}")));
        if page.starts_with("shop") {
            browser.draw_all();
        }
        let beyond =
            browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(beyond, 0, "{page} is wider than the screen");
    }
    let (_, page) = http(&server.address, "/d/one/cohorts");
    assert!(page.contains("No cohort has completed a full month"), "{page}");
    let (_, page) = http(&server.address, "/d/one/movements");
    assert!(page.contains("so there is no earlier day to compare with"), "{page}");
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}
