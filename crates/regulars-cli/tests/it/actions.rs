//! What a run says is to be done, from the command line.

use serde_json::Value;

use crate::shop::Shop;

fn json_rows(shop: &Shop, query: &str) -> Vec<Value> {
    shop.run(&["--format", "json", "sql", query]).json().as_array().expect("rows").clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok())).expect("a number")
}

/// A shop of so many generated customers; what is true of them stands where attributes would.
fn generated(customers: &str) -> (Shop, String, String) {
    let shop = Shop::new();
    let folder = shop.path("data").display().to_string();
    shop.run(&["-q", "synth", "--customers", customers, "--files", "parquet", "--out", &folder]).success();
    shop.write("regulars.toml", "[value]\nlearned = []\nmodels = [\"bg_nbd\", \"pareto_nbd\"]\n");
    (shop, format!("{folder}/transactions.parquet"), format!("{folder}/truth.parquet"))
}

fn run(shop: &Shop, more: &[&str]) {
    shop.run(&[&["-q", "run", "--name", "shop"], more].concat()).success();
}

fn tables(shop: &Shop) -> Value {
    shop.run(&["runs", "show"]).json()["tables"].clone()
}

#[test]
fn numbers_are_those_of_the_tables_they_come_from_and_near_the_truth() {
    let (shop, orders, truth) = generated("4000");
    let with_threads = |threads: &str| {
        run(
            &shop,
            &["--no-reuse", "--threads", threads, "--steps", "scores,value", "--customers", &truth, &orders],
        );
        tables(&shop)
    };
    assert_eq!(with_threads("1"), with_threads("3"));

    let segments = json_rows(&shop, "SELECT * FROM segment_actions");
    let names: Vec<&str> = segments.iter().filter_map(|row| row["segment"].as_str()).collect();
    assert_eq!(names, ["High-Value", "Loyal", "At-Risk", "New", "Promising", "Lost", "Regular"]);
    for row in &segments {
        let (stake, risk) = (number(&row["recent_spend"]), number(&row["at_risk"]));
        assert!(0.0 <= risk && risk <= stake, "{row}");
        assert!(row["before"].is_null() && row["customers_change"].is_null(), "{row}");
        assert!(row["action"].as_str().is_some_and(|words| words.len() > 5), "{row}");
    }
    let at_odds = "SELECT count(*) AS n FROM segment_actions a JOIN ltv_summary l ON l.grouping = 'segment' AND l.name = a.segment \
         JOIN rfm_summary r ON r.segment = a.segment \
         WHERE a.predicted_ltv <> l.predicted_ltv OR a.predicted_low <> l.predicted_low OR a.predicted_high <> l.predicted_high \
         OR a.customers <> r.customers OR a.revenue <> r.revenue OR a.recency_mean <> r.recency_mean";
    assert_eq!(json_rows(&shop, at_odds)[0]["n"], 0);
    let stakes = "WITH own AS (SELECT s.segment, sum(greatest(f.spend_last_180d, 0)) AS stake, \
         sum(greatest(f.spend_last_180d, 0) * (1 - p.p_alive)) AS risk FROM rfm_scores s \
         JOIN customer_features f USING (customer_id) JOIN ltv_predictions p USING (customer_id) GROUP BY s.segment) \
         SELECT max(abs(own.stake - a.recent_spend)) AS stake, max(abs(own.risk - a.at_risk)) AS risk \
         FROM own JOIN segment_actions a ON a.segment = own.segment";
    let row = &json_rows(&shop, stakes)[0];
    assert!(number(&row["stake"]) < 0.005 && number(&row["risk"]) < 0.01, "{row}");

    let kinds = json_rows(&shop, "SELECT * FROM opportunity_summary");
    let names: Vec<&str> = kinds.iter().filter_map(|row| row["kind"].as_str()).collect();
    assert_eq!(names, ["reactivation", "retention", "second purchase", "upsell"]);
    let at_odds = "WITH own AS (SELECT kind, count(*) AS n, sum(predicted_ltv) AS e, sum(similar_customers_ltv) AS l, sum(upside) AS p \
         FROM opportunities GROUP BY kind) SELECT count(*) AS n FROM opportunity_summary s LEFT JOIN own ON own.kind = s.kind \
         WHERE s.reason IS NULL AND (own.n <> s.customers OR own.e <> s.predicted_ltv OR own.l <> s.similar_customers_ltv \
         OR own.p <> s.upside OR s.upside <> s.similar_customers_ltv - s.predicted_ltv \
         OR s.upside_low > s.upside OR s.upside_high < s.upside)";
    assert_eq!(json_rows(&shop, at_odds)[0]["n"], 0);
    let odd = "SELECT count(*) - count(DISTINCT o.customer_id) AS twice, \
         sum(CASE WHEN o.upside <= 0 OR o.predicted_ltv <> p.predicted_ltv THEN 1 ELSE 0 END) AS wrong, \
         max(CASE WHEN o.kind <> 'upsell' THEN o.similar_customers_ltv END) AS most, (SELECT max(predicted_ltv) FROM ltv_predictions) AS largest \
         FROM opportunities o JOIN ltv_predictions p USING (customer_id)";
    let row = &json_rows(&shop, odd)[0];
    assert_eq!((&row["twice"], &row["wrong"]), (&Value::from(0), &Value::from(0)), "{row}");
    assert!(number(&row["most"]) <= number(&row["largest"]), "{row}");

    // What customers who buy and leave at these rates bring in 180 days, if they are there at the beginning.
    let truth = "SELECT o.kind, sum(o.similar_customers_ltv) AS found, \
         sum(c.purchase_rate_per_day * (1 - exp(-c.dropout_rate_per_day * 180)) / c.dropout_rate_per_day * c.mean_spend) AS truth \
         FROM opportunities o JOIN customers c USING (customer_id) WHERE o.kind IN ('reactivation', 'retention') GROUP BY o.kind ORDER BY o.kind";
    for row in json_rows(&shop, truth) {
        let ratio = number(&row["found"]) / number(&row["truth"]);
        assert!((0.8..1.25).contains(&ratio), "{row} {ratio}");
    }
    let report = shop.run(&["report"]).success();
    assert!(report.contains("Recommended actions") && report.contains("similar customers"), "{report}");
}

#[test]
fn segments_are_compared_with_the_latest_earlier_day() {
    let (shop, orders, _) = generated("1500");
    for day in ["2023-10-31", "2023-11-30"] {
        run(&shop, &["--steps", "scores,value", "--as-of", day, &orders]);
    }
    run(&shop, &["--steps", "scores,value", &orders]);
    let first = tables(&shop);
    let before = shop.run(&["--format", "json", "report", "--run", "previous"]).json();
    for row in json_rows(&shop, "SELECT * FROM segment_actions") {
        assert_eq!(row["before"], "2023-11-30");
        let of = |list: &Value, key: &str| {
            let found = list.as_array().expect("a list").iter().find(|one| one[key] == row["segment"]);
            found.expect("the segment").clone()
        };
        let then = number(&of(&before["segments"], "segment")["customers"]);
        assert!((number(&row["customers"]) - then - number(&row["customers_change"])).abs() < 1e-9, "{row}");
        let groups: Vec<Value> = before["value"]["groups"].as_array().expect("groups").clone();
        let groups =
            Value::from(groups.into_iter().filter(|g| g["grouping"] == "segment").collect::<Vec<_>>());
        let value = number(&of(&groups, "name")["predicted_ltv_minor"]) / 100.0;
        assert!((number(&row["predicted_before"]) - value).abs() < 1e-6, "{row} {value}");
    }
    assert!(shop.run(&["actions"]).success().contains("changes: vs. the run as of 2023-11-30"));
    // The same again: the run of the same day is passed over.
    run(&shop, &["--steps", "scores,value", &orders]);
    assert_eq!(tables(&shop), first);
    // Value over another horizon is another value.
    run(&shop, &["--steps", "scores,value", "--horizon-days", "90", &orders]);
    let row = &json_rows(&shop, "SELECT * FROM segment_actions")[0];
    assert!(row["predicted_change"].is_null() && !row["customers_change"].is_null(), "{row}");
}

#[test]
fn without_lifetime_value_there_are_words_and_a_reason() {
    let (shop, orders, _) = generated("300");
    shop.write(
        "mine.toml",
        "name = \"mine\"\notherwise = \"Rest\"\n[[segment]]\nname = \"Gone\"\nr = \"<=2\"\nf = \"<=2\"\n",
    );
    run(&shop, &["--steps", "scores", "--rules", "mine.toml", &orders]);
    let found = shop.run(&["--format", "json", "actions"]).json();
    let segments = found["segments"].as_array().expect("segments");
    assert_eq!(segments[0]["segment"], "Gone");
    assert!(segments[0]["cadence"].as_str().is_some_and(|words| words.contains("year")), "{segments:?}");
    assert!(
        segments.iter().all(|one| one["predicted_ltv_minor"].is_null() && one["at_risk_minor"].is_null())
    );
    for kind in found["opportunities"].as_array().expect("kinds") {
        assert!(kind["upside_minor"].is_null(), "{kind}");
        assert!(kind["reason"].as_str().is_some_and(|words| words.contains("not selected")), "{kind}");
    }
    assert!(json_rows(&shop, "SELECT * FROM opportunities").is_empty());
    let nobody =
        shop.run(&["actions", "--budget", "10", "--contact-cost", "1", "--response-rate", "0.5"]).success();
    assert!(nobody.starts_with("no contacts"), "{nobody}");
}

#[test]
fn a_budget_goes_to_the_highest_expected_returns() {
    let (shop, orders, _) = generated("2000");
    run(&shop, &["--steps", "scores,value", &orders]);
    let spend = ["actions", "--budget", "60.5", "--contact-cost", "1.2", "--response-rate", "0.05"];
    let out = shop.path("contacts.csv").display().to_string();
    let arguments = [&["--format", "json"], &spend[..], &["--margin", "0.4", "--out", &out]].concat();
    let plan = shop.run(&arguments).json();
    let customers = plan["customers"].as_array().expect("customers");
    assert_eq!((customers.len(), &plan["contacts"]), (50, &Value::from(50)));
    assert_eq!(plan["cost_minor"], 6_000);
    let best = json_rows(
        &shop,
        "SELECT customer_id, upside FROM opportunities ORDER BY upside DESC, customer_id LIMIT 50",
    );
    for (one, best) in customers.iter().zip(&best) {
        assert!(
            (number(&one["upside_minor"]) / 100.0 - number(&best["upside"])).abs() < 1e-9,
            "{one} {best}"
        );
        assert_eq!(one["customer_id"], number(&best["customer_id"]).to_string());
        let returns = number(&one["upside_minor"]) * 0.05 * 0.4 - 120.0;
        assert!((number(&one["expected_return_minor"]) - returns).abs() <= 0.51, "{one}");
    }
    let total: f64 = customers.iter().map(|one| number(&one["expected_return_minor"])).sum();
    assert!((total - number(&plan["expected_return_minor"])).abs() <= 25.0, "{plan}");
    assert!(number(&plan["return_low_minor"]) <= total && total <= number(&plan["return_high_minor"]));
    let even = number(&plan["break_even_response"]);
    assert!((number(&plan["upside_minor"]) * even * 0.4 - 6_000.0).abs() < 1.0, "{even}");
    let written = fs_err::read_to_string(&out).expect("written");
    assert!(written.starts_with("rank,customer_id,kind,segment,predicted_ltv,upside,expected_return\n1,"));
    assert_eq!(written.lines().count(), 51);

    // A budget needs the cost and the response rate.
    for (given, missing) in [(&spend[..3], "--contact-cost"), (&spend[..5], "--response-rate")] {
        let output = shop.run(given);
        assert!(output.code == 2 && output.err.contains(missing), "{}", output.err);
    }
    let assumed = shop.run(&spend);
    assert!(assumed.err.contains("no margin is set: all spend counts as return"), "{}", assumed.err);
    let kind = [&["--format", "csv"], &spend[..], &["--kind", "second-purchase"]].concat();
    let list = shop.run(&kind).success();
    assert!(list.lines().skip(1).all(|row| row.contains(",second purchase,")), "{list}");
    for (change, message) in [
        (["--contact-cost", "-1"], "the cost of a contact is -1, expected 0 or more"),
        (["--response-rate", "1.5"], "the response is 1.5, expected 0 to 1"),
        (["--response-rate", "NaN"], "the response is NaN"),
        (["--budget", "-5"], "the budget is -5"),
    ] {
        let at = spend.iter().position(|word| *word == change[0]).expect("an argument");
        let mut arguments = spend;
        arguments[at + 1] = change[1];
        let output = shop.run(&arguments);
        assert!(output.code == 2 && output.err.contains(message), "{}", output.err);
    }
    let output = shop.run(&[&spend[..], &["--margin", "1.2"]].concat());
    assert!(
        output.code == 2 && output.err.contains("the margin is 1.2, expected above 0, at most 1"),
        "{}",
        output.err
    );
    assert_eq!(shop.run(&["actions", "--budget", "5"]).code, 2);
}

#[test]
fn the_list_of_a_segment_has_what_mail_and_ad_tools_take() {
    let (shop, orders, _) = generated("300");
    let mut customers = "customer_id,email,city\n".to_owned();
    for id in 1..=300 {
        let address = match id % 3 {
            0 => String::new(),
            _ => format!("  Customer{id}@Example.COM "),
        };
        customers.push_str(&format!("{id},{address},Rome\n"));
    }
    let customers = shop.write("customers.csv", &customers);
    run(&shop, &["--steps", "scores,value", "--customers", &customers, &orders]);
    let out = shop.path("list.csv").display().to_string();
    shop.run(&["-q", "export", "--segment", "regular", "--out", &out]).success();
    let list = fs_err::read_to_string(&out).expect("written");
    assert!(!list.contains('@') && !list.to_lowercase().contains("example"), "an address: {list}");
    let mut rows = list.lines();
    let header: Vec<&str> = rows.next().expect("a header").split(',').collect();
    assert_eq!(
        header[..7],
        ["customer_id", "email_sha256", "segment", "predicted_ltv", "p_alive", "top_category", "next_action"]
    );
    let mut hashed = 0;
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        let id: u32 = cells[0].parse().expect("an id");
        assert_eq!(cells[1].is_empty(), id.is_multiple_of(3), "{row}");
        assert!(cells[2] == "Regular" && !cells[6].is_empty() && !cells[3].is_empty(), "{row}");
        if !cells[1].is_empty() {
            // The engine's own hash of the address as tools write it.
            let plain = format!("SELECT sha256('customer{id}@example.com') AS h");
            assert_eq!(json_rows(&shop, &plain)[0]["h"], cells[1]);
            hashed += 1;
        }
        if hashed > 3 {
            break;
        }
    }
    assert!(hashed > 0, "{list}");
    assert_eq!(
        json_rows(&shop, "SELECT sha256('abc') AS h")[0]["h"],
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}
