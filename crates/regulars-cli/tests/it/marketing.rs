//! The page of marketing: in a browser, and its numbers against SQL and the commands that say the same.

use serde_json::{Value, json};

use crate::browser::{Browser, http};
use crate::e2e::{MARKS, Server};
use crate::shop::Shop;

#[test]
fn e2e_the_page_of_marketing_draws_filters_and_spends() {
    let shop = Shop::new();
    shop.run(&["-q", "demo", "--no-serve"]).success();
    let server = Server::start(&shop);
    let mut browser = Browser::start(&shop);
    browser.size(1440, 1000);

    browser.open(&server.url("/d/kaggle/marketing"));
    browser.draw_all();
    let marks = browser.run(MARKS);
    let drawn = marks.as_object().expect("charts");
    assert!(drawn.len() >= 4 && drawn.values().all(|n| n.as_u64() > Some(0)), "{marks}");
    let segments = server.json("/api/v1/d/kaggle/actions")["segments"].clone();
    let segments: Vec<&Value> =
        segments.as_array().expect("segments").iter().filter(|s| s["customers"] != 0).collect();
    assert_eq!(marks["value-at-risk"], json!(2 * segments.len()), "recent spend and at risk per segment");
    assert_eq!(browser.run("document.querySelectorAll('.segment-card').length"), json!(segments.len()));
    // Every list is there to be had.
    let lists = browser.run("[...document.querySelectorAll('.segment-card .more a[download]')].map((a) => a.getAttribute('href'))");
    for (list, segment) in lists.as_array().expect("links").iter().zip(&segments) {
        let (status, file) = http(&server.address, list.as_str().expect("a link"));
        assert_eq!(status, 200, "{list}: {file}");
        assert!(
            file.starts_with(
                "customer_id,email_sha256,segment,predicted_ltv,p_alive,top_category,next_action"
            )
        );
        assert_eq!(
            file.lines().count() as u64 - 1,
            segment["customers"].as_u64().expect("a count"),
            "{list}"
        );
    }

    // A filter changes the charts and the cards.
    browser.click(".picks details:nth-child(1) summary");
    browser.click(".picks details[open] input[value=Loyal]");
    browser.click(".picks details[open] button");
    browser.until("location.search.includes('segment=Loyal') && document.querySelectorAll('.segment-card').length === 1");
    browser.draw_all();
    assert_eq!(browser.run(MARKS)["value-at-risk"], 2);

    // The form, with a mistake first: the page stays, and says where.
    browser.open(&server.url("/d/kaggle/marketing"));
    let fill = |browser: &mut Browser, values: &[(&str, &str)]| {
        for (name, value) in values {
            browser.run(&format!("document.getElementById('campaign-{name}').value = {}", json!(value)));
        }
        browser.click("#budget-form button");
    };
    fill(&mut browser, &[("budget", "much"), ("contact_cost", "1"), ("response", "0.1")]);
    browser.until("location.search.includes('budget=much') && document.querySelectorAll('#budget-form [aria-invalid]').length === 1");
    fill(&mut browser, &[("budget", "20")]);
    browser.until("location.search.includes('budget=20') && document.getElementById('plan') !== null");
    browser.draw_all();
    let contacts = server.json("/api/v1/d/kaggle/contacts?budget=20&contact_cost=1&response=0.1");
    assert_eq!(
        browser.run("document.querySelectorAll('#contacts tbody tr').length"),
        json!(contacts["customers"].as_array().map(Vec::len))
    );
    assert!(contacts["contacts"].as_u64().is_some_and(|n| n > 0 && n <= 20), "{contacts}");
    assert!(browser.run(MARKS)["budget"].as_u64() > Some(0));
    // To one of them, who says what a contact would return.
    browser.run("document.querySelector('#contacts tbody a').scrollIntoView({ block: 'center' })");
    browser.click("#contacts tbody tr:first-child th a");
    browser.until(
        "location.pathname.startsWith('/d/kaggle/customers/') && document.getElementById('returns') !== null",
    );

    // A telephone, and dark.
    browser.size(360, 740);
    for page in ["/d/kaggle/marketing?budget=20&contact_cost=1&response=0.1", "/d/synthetic/marketing"] {
        browser.open(&server.url(page));
        browser.draw_all();
        let beyond =
            browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(beyond, 0, "{page} is wider than the screen");
    }
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}

/// A row a name, the numbers by their columns.
fn rows(file: &str) -> Vec<Vec<String>> {
    file.lines().skip(1).map(|line| line.trim_end().split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn marketing_says_what_sql_and_the_commands_say() {
    let shop = Shop::new();
    let folder = shop.path("synth").display().to_string();
    shop.run(&["-q", "synth", "--customers", "1500", "--out", &folder]).success();
    shop.write("regulars.toml", "[value]\nmargin = 0.4\nlearned = [\"linear\"]\nmodels = [\"bg_nbd\"]\n");
    // An earlier run, so that there is a trend.
    shop.run(&["-q", "run", "--name", "shop", "--steps", "scores,value", "--as-of", "2023-10-31", &folder])
        .success();
    shop.run(&["-q", "run", "--name", "shop", "--steps", "scores,value", &folder]).success();
    let server = Server::start(&shop);
    let get = |path: &str| {
        let (status, body) = http(&server.address, path);
        assert_eq!(status, 200, "{path}: {body}");
        body
    };
    let chart = |name: &str| rows(&get(&format!("/api/v1/d/shop/charts/{name}")));
    let sql =
        |query: &str| rows(&shop.run(&["-q", "--format", "csv", "sql", "--name", "shop", query]).success());
    let number = |text: &str| if text.is_empty() { f64::NAN } else { text.parse::<f64>().expect("a number") };
    let same = |what: &str, page: &[String], own: &[String]| {
        assert_eq!((&page[0], page.len()), (&own[0], own.len()), "{what}");
        for (page, own) in page[1..].iter().map(|t| number(t)).zip(own[1..].iter().map(|t| number(t))) {
            let near = (page - own).abs() <= 1e-9 * own.abs().max(1.0);
            assert!(near || page.is_nan() && own.is_nan(), "{what}: {page} {own}");
        }
    };

    let segments = sql(
        "SELECT segment, customers, revenue, predicted_ltv, predicted_low, predicted_high, recent_spend, at_risk, \
         CAST(at_risk AS DOUBLE) / nullif(CAST(recent_spend AS DOUBLE), 0), customers_change, predicted_change \
         FROM segment_actions WHERE customers > 0 ORDER BY segment",
    );
    let mut of_page = chart("value-at-risk.csv");
    of_page.sort();
    assert!(segments.len() > 3 && of_page.len() == segments.len());
    let mut trends = 0;
    for (page, own) in of_page.iter().zip(&segments) {
        same("value at risk", page, own);
        trends += usize::from(!own[9].is_empty());
        // Counted again for the customers of the segment, the same but for interval and trend.
        let name = own[0].replace(' ', "%20");
        let counted = &chart(&format!("value-at-risk.csv?segment={name}"))[0];
        same("counted", &counted[..3], &own[..3]);
        // The run has rounded the sum, and each customer by itself.
        let query = format!(
            "SELECT segment, sum(predicted_ltv) FROM ltv_predictions JOIN rfm_scores USING (customer_id) \
             WHERE segment = '{}' GROUP BY 1",
            own[0].replace('\'', "''")
        );
        same("expected", &[counted[0].clone(), counted[3].clone()], &sql(&query)[0]);
        assert!(
            (number(&counted[3]) - number(&own[3])).abs() <= 0.005 * number(&own[1]),
            "{counted:?} {own:?}"
        );
        same("counted", &[&counted[..1], &counted[6..9]].concat(), &[&own[..1], &own[6..9]].concat());
    }
    assert!(trends > 3, "{segments:?}");

    let kinds =
        sql("SELECT kind, customers, predicted_ltv, similar_customers_ltv, upside, upside_low, upside_high \
         FROM opportunity_summary");
    let of_page = chart("opportunities.csv");
    assert_eq!((of_page.len(), kinds.len()), (4, 4));
    for (page, own) in of_page.iter().zip(&kinds) {
        let lower = [vec![page[0].to_lowercase()], page[1..7].to_vec()].concat();
        same("opportunities", &lower, own);
    }
    // Segment by segment, the customers and their upside.
    for row in
        sql("SELECT segment, kind, count(*), sum(upside) FROM opportunities GROUP BY 1, 2 ORDER BY 1, 2")
    {
        let name = row[0].replace(' ', "%20");
        let part = chart(&format!("opportunities.csv?segment={name}"));
        let part = part.iter().find(|kind| kind[0].to_lowercase() == row[1]).expect("the kind");
        same(
            "of a segment",
            &[row[0].clone(), part[1].clone(), part[4].clone()],
            &[&row[..1], &row[2..4]].concat(),
        );
    }
    let curve = chart("upside.csv");
    let all = &sql("SELECT count(*), sum(upside) FROM opportunities")[0];
    same("the end of the curve", &curve.last().expect("a row")[..2], all);
    // The first who hold half, by a query of its own.
    let half = &sql(
        "WITH ranked AS (SELECT sum(upside) OVER (ORDER BY upside DESC, customer_id ROWS UNBOUNDED PRECEDING) AS held, \
         row_number() OVER (ORDER BY upside DESC, customer_id) AS place, sum(upside) OVER () AS total FROM opportunities) \
         SELECT min(place) FROM ranked WHERE held * 2 >= total",
    )[0][0];
    assert!(curve.iter().any(|row| &row[0] == half), "{half} {curve:?}");
    let title = server.json("/api/v1/d/shop/charts/upside")["title"].clone();
    assert!(title.as_str().is_some_and(|title| title.starts_with(&format!("{half} of"))), "{title} {half}");

    // Times as often, with the share of the best fifth among all by a query of its own.
    let base = &sql(
        "WITH placed AS (SELECT predicted_ltv, row_number() OVER (ORDER BY predicted_ltv DESC) AS place, count(*) OVER () AS n \
         FROM ltv_predictions), cut AS (SELECT predicted_ltv AS least FROM placed WHERE place = n / 5) \
         SELECT avg(CASE WHEN predicted_ltv >= (SELECT least FROM cut) THEN 1.0 ELSE 0.0 END) FROM ltv_predictions",
    )[0][0];
    let classes = chart("best-customer-profile.csv");
    let of_orders: Vec<_> = classes.iter().filter(|row| row[0].starts_with("First order: ")).collect();
    assert!(!of_orders.is_empty(), "{classes:?}");
    for row in of_orders {
        let (customers, top, lift) = (number(&row[1]), number(&row[2]), number(&row[3]));
        assert!((top / customers / number(base) - lift).abs() < 2e-3, "{row:?} {base}");
        assert!(number(&row[4]) > 1.0 || number(&row[5]) < 1.0, "{row:?}");
    }

    // A budget, by page and by command.
    for (query, arguments) in [
        (
            "budget=60.5&contact_cost=1.2&response=0.05&margin=0.4",
            vec!["60.5", "1.2", "0.05", "--margin", "0.4"],
        ),
        (
            "budget=100000&contact_cost=2&response=10%25&kind=retention&kind=upsell",
            vec!["100000", "2", "0.1", "--kind", "retention", "--kind", "upsell"],
        ),
        ("budget=0&contact_cost=1&response=0.5", vec!["0", "1", "0.5"]),
    ] {
        let (amounts, more) = arguments.split_at(3);
        let arguments = [
            &[
                "actions",
                "--name",
                "shop",
                "--budget",
                amounts[0],
                "--contact-cost",
                amounts[1],
                "--response-rate",
                amounts[2],
            ],
            more,
        ]
        .concat();
        let list = shop.run(&[&["-q", "--format", "csv"], &arguments[..]].concat()).success();
        let file = get(&format!("/api/v1/d/shop/contacts.csv?{query}"));
        assert_eq!(file.replace("\r\n", "\n"), list.replace("\r\n", "\n"), "{query}");
        let plan = shop.run(&[&["-q", "--format", "json"], &arguments[..]].concat()).json();
        let of_page = server.json(&format!("/api/v1/d/shop/contacts?{query}"));
        for key in [
            "contacts",
            "worthwhile",
            "cost_minor",
            "upside_minor",
            "expected_return_minor",
            "return_low_minor",
            "return_high_minor",
            "break_even_response",
            "margin",
        ] {
            assert_eq!(of_page[key], plan[key], "{query}: {key}");
        }
    }
    // What the command refuses, the page refuses in the same words.
    let output = shop.run(&[
        "actions",
        "--name",
        "shop",
        "--budget",
        "1",
        "--contact-cost",
        "1",
        "--response-rate",
        "1.5",
    ]);
    let page = get("/d/shop/marketing?budget=1&contact_cost=1&response=1.5");
    assert!(output.err.contains("the response is 1.5, expected 0 to 1"), "{}", output.err);
    assert!(page.contains("The response is 1.5, expected 0 to 1.") && page.contains("aria-invalid"));

    assert!(page.contains("default: the margin of the run"), "the margin of the run is not named");

    // What is left after cost, where the run was given a margin.
    assert!(get("/d/shop/value").contains("At a gross margin of 40.0%, "));
    let margins =
        sql("SELECT segment, count(*), avg(CAST(predicted_margin AS DOUBLE)) FROM ltv_predictions \
         JOIN rfm_scores USING (customer_id) GROUP BY 1 ORDER BY 1");
    let mut of_page = chart("margin-by-segment.csv");
    of_page.sort();
    assert_eq!(of_page.len(), margins.len());
    for (page, own) in of_page.iter().zip(&margins) {
        same("left after cost", &page[..3], own);
    }
    // Who bought nothing, by the chance given before.
    let holdout = chart("churn-holdout.csv");
    let counted: f64 = holdout.iter().map(|row| number(&row[2])).sum();
    let own = &sql(
        "SELECT count(*) FROM ltv_predictions WHERE holdout_p_churn IS NOT NULL AND actual_purchases = 0",
    )[0];
    assert!(counted > 0.0 && (counted - number(&own[0])).abs() < 1e-9, "{counted} {own:?}");

    // A list, by page and by command.
    let segment = &segments[0][0];
    let out = shop.path("list.csv").display().to_string();
    shop.run(&["-q", "export", "--name", "shop", "--segment", segment, "--out", &out]).success();
    let file = get(&format!("/api/v1/d/shop/lists/{}.csv", segment.replace(' ', "%20")));
    assert_eq!(file, fs_err::read_to_string(&out).expect("written"));
    assert!(file.lines().count() > 2);
}

#[test]
fn without_value_the_page_says_what_makes_it() {
    let shop = Shop::new();
    let folder = shop.path("synth").display().to_string();
    shop.run(&["-q", "synth", "--customers", "200", "--out", &folder]).success();
    shop.run(&["-q", "run", "--name", "shop", "--steps", "scores", &folder]).success();
    let server = Server::start(&shop);
    let (status, page) = http(&server.address, "/d/shop/marketing");
    assert_eq!(status, 200);
    for expected in
        ["Lifetime value was disabled for this run.", "regulars run orders.csv", "class=\"do\"", "/lists/"]
    {
        assert!(page.contains(expected), "{expected}");
    }
    assert!(!page.contains("data-chart=") && !page.contains("NaN"));
    let (status, list) = http(&server.address, "/api/v1/d/shop/lists/Loyal.csv");
    assert!(status == 200 && list.starts_with("customer_id,email_sha256,segment"), "{list}");
}
