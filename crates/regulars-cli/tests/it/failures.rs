//! What goes wrong is said, with a hint, and leaves the last run alone.

use crate::shop::{Shop, fixture};

#[track_caller]
fn check(shop: &Shop, args: &[&str], code: i32, message: &str, hint: &str) {
    let output = shop.run(args);
    assert_eq!(output.code, code, "{args:?}: {}{}", output.out, output.err);
    assert!(output.err.contains(message), "{args:?}: {}", output.err);
    assert!(output.err.contains(hint), "{args:?}: {}", output.err);
}

#[test]
fn errors_name_the_thing_and_what_to_do() {
    let shop = Shop::new();
    check(&shop, &["run", "no/such.csv"], 2, "error: cannot read `no/such.csv`", "hint: check the path");
    check(&shop, &["report"], 2, "there are no runs yet", "regulars run ORDERS.csv");
    let two = shop.write("two.csv", "customer_id,client_id,date,amount\n1,2,2024-01-01,5\n");
    check(
        &shop,
        &["run", &two],
        2,
        "could be the customer: `customer_id` and `client_id`",
        "--set 'mapping.customer_id=\"client_id\"'",
    );
    check(&shop, &["run", "--name", "../x", &two], 2, "is not a valid data set name", "try `--name x`");
    check(
        &shop,
        &["run", "--steps", "scores,churn", &two],
        2,
        "unknown step `churn`",
        "steps are: scores, clusters, value",
    );
    check(&shop, &["run", "--rules", "twelve", &two], 2, "unknown rule set `twelve`", "classic");
    let typo = shop.write("typo.toml", "[scores]\nmethd = \"ntile\"\n");
    check(&shop, &["--config", &typo, "run", &two], 2, "line 2: unknown field `methd`", "regulars init");
    shop.run(&["-q", "run", "--name", "cut", &fixture("online_retail_cut.csv")]).success();
    check(&shop, &["sql", "SELECT * FROM rfm_score"], 2, "rfm_score", "rfm_scores");
    check(&shop, &["sql", "DROP TABLE rfm_scores"], 2, "error:", "hint:");
    check(
        &shop,
        &["export", "rfm_scores", "--out", "x.xlsx"],
        2,
        "unknown output format",
        ".csv, .parquet or .json",
    );
    check(
        &shop,
        &["export", "--segment", "Whales", "--out", "x.csv"],
        2,
        "there is no segment `Whales`",
        "High-Value",
    );
}

#[test]
fn a_failed_check_exits_1_and_a_failed_run_publishes_nothing() {
    let shop = Shop::new();
    let bad = shop.write(
        "bad.csv",
        "order_id,customer_id,date,amount\n1,a,2024-01-01,5\n2,a,nonsense,5\n3,b,2024-01-02,x\n",
    );
    let output = shop.run(&["validate", "--rejected", "rejected.csv", &bad]);
    assert_eq!(output.code, 1, "{}{}", output.out, output.err);
    assert!(output.out.contains("3 rows read = 1 clean + 2 rejected + 0 excluded"), "{}", output.out);
    let rejected = fs_err::read_to_string(shop.path("rejected.csv")).expect("written");
    assert!(rejected.contains("unreadable_date") && rejected.contains("\"3,b,2024-01-02,x\""), "{rejected}");

    shop.run(&["-q", "run", "--name", "cut", &fixture("online_retail_cut.csv")]).success();
    let before = shop.run(&["runs", "show", "--name", "cut"]).json()["run_id"].clone();
    let none = shop.write("none.csv", "order_id,customer_id,date,amount\n1,,2024-01-01,5\n");
    check(
        &shop,
        &["run", "--name", "cut", &none],
        2,
        "none of the 1 rows counts as a purchase",
        "regulars validate",
    );
    assert_eq!(shop.run(&["runs", "show", "--name", "cut"]).json()["run_id"], before);
}

#[test]
fn an_impossible_home_is_an_error() {
    let shop = Shop::new();
    let file = shop.write("file", "");
    check(
        &shop,
        &["--home", &format!("{file}/home"), "run", &fixture("online_retail_cut.csv")],
        2,
        "error:",
        "hint:",
    );
}
