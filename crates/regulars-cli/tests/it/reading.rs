//! How files are read is said, asked, and written down.

use serde_json::{Value, json};

use crate::shop::{Shop, fixture};

/// A return that finds its order, in a file whose type of row says so.
const RETURNED: &str = "exports/refund_type_rows.csv";

#[test]
fn validate_says_how_the_files_are_read() {
    let shop = Shop::new();
    let orders = fixture(RETURNED);
    let checked = shop.run(&["-q", "--format", "json", "validate", &orders]).json();
    let plan = &checked["reading"][0];
    assert_eq!((&plan["row_is"], &plan["unused"]), (&json!("document"), &json!([])));
    let roles: Vec<&str> =
        plan["columns"].as_array().expect("a list").iter().filter_map(|c| c["role"].as_str()).collect();
    assert_eq!(
        roles,
        ["transaction_id", "customer_id", "transaction_date", "total_amount", "type of the row"]
    );
    let assumed: Vec<&str> =
        plan["assumptions"].as_array().expect("a list").iter().filter_map(|a| a["name"].as_str()).collect();
    assert!(assumed.contains(&"amount_is") && assumed.contains(&"returns"), "{assumed:?}");
    let word = json!({"column": "transaction_type", "word": "Refund", "meaning": "returned", "rows": 1, "amount_minor": 9000});
    assert!(plan["meanings"].as_array().is_some_and(|words| words.contains(&word)), "{plan}");
    // Of 100.00 sold, the order of 90.00 went back as a whole.
    assert_eq!(
        checked["money"],
        json!({"gross_minor": 10_000, "cancelled_minor": 9000, "returned_minor": 0, "net_minor": 1000,
            "gross_orders": 2, "reversed_orders": 1})
    );
    assert_eq!(checked["refunds"], "match");
    let output = shop.run(&["-q", "validate", &orders]).success();
    for expected in [
        "one row is a document",
        "Refund",
        "a return or refund",
        "sold 100.00 - cancelled 90.00 - returned 0.00 = revenue 10.00",
    ] {
        assert!(output.contains(expected), "{expected} is not in {output}");
    }
}

#[test]
fn a_question_is_json_for_who_asks_for_it_and_publishes_nothing() {
    let shop = Shop::new();
    let orders =
        shop.write("orders.csv", "order_id,customer_id,date,total\n1,a,3/4/2024,5\n2,b,5/6/2024,7\n");
    let question_output = shop.run(&["--format", "json", "run", "--name", "shop", &orders]);
    assert_eq!(question_output.code, 2, "{}{}", question_output.out, question_output.err);
    let question: Value = serde_json::from_str(&question_output.out).expect("JSON");
    let readings = question["readings"].as_array().expect("a list");
    assert!(question["question"].as_str().is_some_and(|text| text.contains("3/4/2024")), "{question}");
    let flags: Vec<&str> = readings.iter().filter_map(|r| r["flag"].as_str()).collect();
    assert_eq!(flags, ["--set source.date_order=day_first", "--set source.date_order=month_first"]);
    for reading in readings {
        let counts = [&reading["customers"], &reading["orders"], &reading["revenue_minor"]];
        assert_eq!(counts, [&json!(2), &json!(2), &json!(1200)], "{reading}");
        assert!(reading["meaning"].is_string() && reading["problem"].is_null(), "{reading}");
    }
    assert_eq!(
        shop.run(&["--format", "csv", "runs", "list"]).success().lines().count(),
        1,
        "nothing is stored"
    );
    // One flag of the question answers it.
    let answer = flags[0].split_once(' ').expect("a flag and its value");
    let summary =
        shop.run(&["-q", "--format", "json", "run", "--name", "shop", answer.0, answer.1, &orders]).json();
    assert_eq!((&summary["first_purchase"], &summary["revenue_minor"]), (&json!("2024-04-03"), &json!(1200)));
    // For people it is on the other stream, as before.
    let question_output = shop.run(&["run", "--name", "shop", &orders]);
    assert!(
        question_output.code == 2 && question_output.out.is_empty() && question_output.err.contains(flags[1]),
        "{}{}",
        question_output.out,
        question_output.err
    );
}

#[test]
fn what_init_writes_reads_the_same() {
    let shop = Shop::new();
    for name in [
        RETURNED,
        "exports/bestellstatus.csv",
        "exports/payment_fanout.csv",
        "exports/sale_and_sale_line.csv",
    ] {
        let orders = fixture(name);
        let config = shop.path("written.toml").display().to_string();
        shop.run(&["-q", "init", &orders, "--force", "--out", &config]).success();
        let text = fs_err::read_to_string(&config).expect("written");
        assert!(text.contains("\namount_is = ") && text.contains("# Reading plan of "), "{name}: {text}");
        let counted = |args: &[&str]| {
            let output = shop.run(args);
            let checked: Value =
                serde_json::from_str(&output.out).unwrap_or_else(|e| panic!("{e}: {}", output.err));
            (checked["rows"].clone(), checked["money"].clone())
        };
        let plain = counted(&["-q", "--format", "json", "validate", &orders]);
        let by_file = counted(&["-q", "--config", &config, "--format", "json", "validate", &orders]);
        assert_eq!(plain, by_file, "{name}");
    }
    let returned = shop.path("returned.toml").display().to_string();
    shop.run(&["-q", "init", &fixture(RETURNED), "--out", &returned]).success();
    let text = fs_err::read_to_string(&returned).expect("written");
    // Edited, it is what counts.
    assert!(text.contains("\"Refund\" = \"returned\""), "{text}");
    fs_err::write(&returned, text.replace("\"Refund\" = \"returned\"", "\"Refund\" = \"ignore\""))
        .expect("writable");
    let checked =
        shop.run(&["-q", "--config", &returned, "--format", "json", "validate", &fixture(RETURNED)]).json();
    assert_eq!(checked["money"]["net_minor"], 10_000);
}

#[test]
fn what_went_back_is_a_table_of_the_run() {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "shop", "--steps", "scores", &fixture(RETURNED)]).success();
    let rows = shop
        .run(&[
            "-q",
            "--format",
            "json",
            "sql",
            "SELECT CAST(total_amount * 100 AS BIGINT) AS minor, kind, returned_at > transaction_date AS later FROM returns",
        ])
        .json();
    assert_eq!(
        (&rows[0]["minor"], &rows[0]["kind"], &rows[0]["later"]),
        (&json!(9000), &json!("cancelled"), &json!(true))
    );
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    let out = shop.path("returns.csv").display().to_string();
    shop.run(&["-q", "export", "returns", "--out", &out]).success();
    assert_eq!(fs_err::read_to_string(&out).expect("written").lines().count(), 2);
    assert!(shop.run(&["sql", "--help"]).success().contains("returns"));
}
