//! What the commands print and write.

use std::io::Write;
use std::process::Stdio;

use crate::shop::{Shop, fixture};

#[test]
fn a_run_reproduces_the_counts_of_the_cut() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    let summary = shop.run(&["-q", "--format", "json", "run", "--name", "cut", &orders]).json();
    // Computed from the fixture with Python's csv and decimal; see fixtures/SOURCES.md.
    // No cancellation has its order in the cut: all 15 reduce the revenue, 264.18 of it by customers who
    // bought nothing there.
    for (key, expected) in
        [("customers", 534), ("orders", 660), ("transactions", 675), ("revenue_minor", 1_218_300)]
    {
        assert_eq!(summary[key], expected, "{key}");
    }
    assert_eq!(
        summary["money"],
        serde_json::json!({"gross_minor": 1_247_828, "cancelled_minor": 0, "returned_minor": 29_528,
            "net_minor": 1_218_300, "gross_orders": 660, "reversed_orders": 0})
    );
    assert_eq!(summary["refunds"], "match");
    let manifest = shop.run(&["runs", "show", "--name", "cut", "--verify"]).json();
    assert_eq!(
        manifest["rows"],
        serde_json::json!({"read": 900, "clean": 675, "rejected": 225, "excluded": 0})
    );
    assert_eq!(manifest["config"]["source"]["preset"], "online_retail");
    let rows = shop
        .run(&[
            "--format",
            "json",
            "sql",
            "SELECT count(*) AS n, sum(monetary) AS spend FROM rfm_scores",
            "--name",
            "cut",
        ])
        .json();
    assert_eq!(rows[0]["n"], 534);
    assert_eq!(rows[0]["spend"].to_string().trim_matches('"'), "12447.18");
    let report = shop.run(&["report"]).success();
    assert!(report.contains("534 customers, 660 orders, 12,183.00 GBP revenue"), "{report}");
    let sold = "sold 12,478.28 GBP - cancelled 0.00 GBP - returned 295.28 GBP = revenue 12,183.00 GBP";
    assert!(report.contains(sold) && report.contains("264.18 GBP was refunded to customers"), "{report}");
    // As the figures were published: what went back is left out, and takes nothing off.
    let before =
        ["-q", "--format", "json", "run", "--name", "cut", "--set", "policy.refunds=exclude", &orders];
    let before = shop.run(&before).json();
    assert_eq!((&before["transactions"], &before["revenue_minor"]), (&660.into(), &1_247_828.into()));
    let report = shop.run(&["report"]).success();
    assert!(report.contains("policy exclude") && !report.contains("sold 12,478.28"), "{report}");
    assert!(report.contains("High-Value") && report.contains("Top customers by spend"), "{report}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    let hashes = |threads: &str| {
        shop.run(&["-q", "run", "--name", "cut", "--no-reuse", "--threads", threads, &orders]).success();
        let manifest = shop.run(&["runs", "show"]).json();
        manifest["tables"].clone()
    };
    let first = hashes("1");
    assert!(first.as_array().is_some_and(|t| t.len() >= 9));
    assert_eq!(first, hashes("2"));
    let diff = shop.run(&["--format", "json", "runs", "diff"]).json();
    assert_eq!(diff["movement"]["moved"], 0);
    let listed = shop.run(&["--format", "csv", "runs", "list"]).success();
    assert_eq!(listed.lines().count(), 3, "{listed}");
    shop.run(&["runs", "prune", "--keep", "1"]).success();
    assert_eq!(shop.run(&["--format", "csv", "runs", "list"]).success().lines().count(), 2);
}

#[test]
fn exports_are_what_the_run_has() {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "cut", &fixture("online_retail_cut.csv")]).success();
    let out = shop.path("scores.csv");
    shop.run(&["export", "rfm_scores", "--out", &out.display().to_string()]).success();
    let text = fs_err::read_to_string(&out).expect("written");
    assert!(text.starts_with("customer_id,recency,frequency,monetary,r_score,f_score,m_score,rfm_score,rfm_weighted_score,segment,tenure_days,cycle_ratio\n"), "{text}");
    assert_eq!(text.lines().count(), 535);
    let segment = shop.path("lost.json");
    shop.run(&["export", "--segment", "lost", "--out", &segment.display().to_string()]).success();
    let lost: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(&segment).expect("written")).expect("JSON");
    assert!(
        lost.as_array().is_some_and(|rows| !rows.is_empty() && rows.iter().all(|r| r["segment"] == "Lost"))
    );
    let folder = shop.path("processed");
    shop.run(&["export", "processed", "--out", &folder.display().to_string()]).success();
    assert_eq!(fs_err::read_dir(&folder).expect("made").count(), 6);
    let folder = shop.path("all");
    let printed = shop.run(&["export", "all", "--out", &folder.display().to_string()]).success();
    let tables = shop.run(&["runs", "show"]).json()["tables"].as_array().map_or(0, Vec::len);
    assert_eq!((fs_err::read_dir(&folder).expect("made").count(), printed.lines().count()), (tables, tables));
    assert_eq!(fs_err::read_to_string(folder.join("rfm_scores.csv")).expect("written"), text);
    // Scoring a file without a run gives the same scores.
    let direct = shop.path("direct.csv");
    shop.run(&["-q", "score", &fixture("online_retail_cut.csv"), "--out", &direct.display().to_string()])
        .success();
    assert_eq!(fs_err::read_to_string(direct).expect("written"), text);
}

#[test]
fn scoring_straight_and_by_a_run_agree_on_generated_shops() {
    let shop = Shop::new();
    let folder = shop.path("data").display().to_string();
    shop.run(&["-q", "synth", "--customers", "3000", "--out", &folder]).success();
    let parquet = format!("{folder}/transactions.parquet");
    for (method, rules) in [("quantile", "classic"), ("ntile", "eleven")] {
        shop.run(&["-q", "run", "--name", "shop", "--method", method, "--rules", rules, &parquet]).success();
        let by_run = shop.path("by_run.csv");
        shop.run(&["-q", "export", "rfm_scores", "--out", &by_run.display().to_string()]).success();
        for source in ["transactions.parquet", "transactions.csv"] {
            let straight = shop.path("straight.csv");
            let input = format!("{folder}/{source}");
            shop.run(&[
                "-q",
                "score",
                "--method",
                method,
                "--rules",
                rules,
                &input,
                "--out",
                &straight.display().to_string(),
            ])
            .success();
            assert_eq!(
                fs_err::read_to_string(&straight).expect("written"),
                fs_err::read_to_string(&by_run).expect("written"),
                "{method} {source}"
            );
        }
    }
}

#[test]
fn standard_input_and_a_written_configuration_are_read() {
    let shop = Shop::new();
    let text = "Kunde;Datum;Betrag\nA;31.01.2024;1.234,50\nB;01.02.2024;3,00\nA;02.02.2024;5,00\n";
    let orders = shop.write("export.csv", text);
    let printed = shop.run(&["init", &orders]).success();
    assert!(printed.contains("customer_id = Kunde"), "{printed}");
    let written = fs_err::read_to_string(shop.path("regulars.toml")).expect("written");
    assert!(
        written.contains("decimal_comma = true") && written.contains("customer_id = \"Kunde\""),
        "{written}"
    );
    let mut child = shop
        .command()
        .args(["-q", "--format", "json", "run", "--name", "piped", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("read");
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success());
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((summary["customers"].clone(), summary["revenue_minor"].clone()), (2.into(), 124_250.into()));
}

#[test]
fn the_demonstration_runs_and_says_what_came_out() {
    let shop = Shop::new();
    let printed = shop.run(&["demo", "--no-serve"]).success();
    assert!(printed.contains("50,000 customers") || printed.contains("customers, "), "{printed}");
    let datasets = shop.run(&["--format", "csv", "runs", "list"]).success();
    assert!(datasets.contains("synthetic,") && datasets.contains("kaggle,"), "{datasets}");
}

#[test]
fn help_has_examples_and_completions_and_a_manual_page_are_printed() {
    let shop = Shop::new();
    for command in ["demo", "synth", "init", "validate", "run", "score", "report", "runs", "sql", "export"] {
        let help = shop.run(&[command, "--help"]).success();
        assert!(help.contains("Examples:"), "{command}: {help}");
    }
    assert!(shop.run(&["completions", "bash"]).success().contains("regulars"));
    assert!(shop.run(&["man"]).success().starts_with(".ie"));
}

#[test]
fn standard_input_is_scored_also_where_rows_have_to_be_landed() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    shop.run(&["-q", "score", &orders, "--out", "by_file.csv"]).success();
    let status = shop
        .command()
        .args(["-q", "score", "-", "--out", "piped.csv"])
        .stdin(fs_err::File::open(&orders).expect("a fixture").into_file())
        .status()
        .expect("the binary starts");
    assert!(status.success());
    let read = |name: &str| fs_err::read_to_string(shop.path(name)).expect("written");
    assert_eq!(read("piped.csv"), read("by_file.csv"));
}
