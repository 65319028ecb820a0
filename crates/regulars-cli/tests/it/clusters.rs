//! Clusters of a run, from the command line.

use crate::shop::{Shop, fixture};

#[test]
fn a_run_finds_clusters_and_the_same_ones_again() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    let run = |threads: &str| {
        let said =
            shop.say(&["-q", "--format", "json", "run", "--name", "cut", "--threads", threads, &orders]);
        said.json()
    };
    let summary = run("1");
    let clusters = summary["clusters"]["clusters"].as_array().expect("clusters");
    let customers: u64 = clusters.iter().filter_map(|c| c["customers"].as_u64()).sum();
    assert_eq!(Some(customers), summary["customers"].as_u64());
    assert!(clusters.len() >= 2 && clusters.iter().all(|c| c["name"].as_str().is_some_and(|n| n.len() > 5)));
    // The second run knows the first, and has another number of threads.
    assert_eq!(run("2")["clusters"], summary["clusters"]);
    let tables = |run: &str| {
        let manifest = shop.say(&["runs", "show", run]).json();
        manifest["tables"].as_array().expect("tables").clone()
    };
    assert_eq!(tables("previous"), tables("current"));

    let manifest = shop.say(&["runs", "show"]).json();
    assert_eq!(manifest["clusters"]["chosen"], clusters.len());
    let counted = shop
        .say(&[
            "--format",
            "json",
            "sql",
            "SELECT cluster, count(*) AS n FROM customer_clusters GROUP BY 1 ORDER BY 1",
        ])
        .json();
    let sizes: Vec<_> = clusters.iter().map(|c| c["customers"].as_u64()).collect();
    assert_eq!(counted.as_array().expect("rows").iter().map(|r| r["n"].as_u64()).collect::<Vec<_>>(), sizes);
    let report = shop.say(&["report"]).done();
    assert!(report.contains("How the clusters came about: the highest mean silhouette"), "{report}");
}

#[test]
fn a_known_customer_is_explained_and_others_are_placed_alike() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    shop.say(&["-q", "run", "--name", "cut", "--clusters", "3", &orders]).done();
    let rows = shop
        .say(&[
            "--format",
            "json",
            "sql",
            "SELECT customer_id, cluster, distance FROM customer_clusters ORDER BY 1",
        ])
        .json();
    let rows = rows.as_array().expect("rows");
    let customer = rows[7]["customer_id"].to_string();
    let why = shop.say(&["--format", "json", "cluster-explain", &customer]).json();
    assert_eq!(why["cluster"], rows[7]["cluster"]);
    assert_eq!(why["distances"].as_array().expect("distances").len(), 3);
    let distance = |value: &serde_json::Value| value.as_f64().expect("a number");
    assert!((distance(&why["distances"][0]["distance"]) - distance(&rows[7]["distance"])).abs() < 1e-9);

    // The same orders again are placed where the run has them.
    let out = shop.path("placed.json").display().to_string();
    shop.say(&["-q", "assign", &orders, "--out", &out]).done();
    let placed: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(&out).expect("written")).expect("JSON");
    let clusters = |rows: &[serde_json::Value]| rows.iter().map(|r| r["cluster"].clone()).collect::<Vec<_>>();
    assert_eq!(clusters(placed.as_array().expect("rows")), clusters(rows));

    let nobody = shop.say(&["cluster-explain", "nobody"]);
    assert_eq!(nobody.code, 2);
    assert!(
        nobody.err.contains("knows no customer `nobody`") && nobody.err.contains("hint:"),
        "{}",
        nobody.err
    );
}

#[test]
fn too_few_customers_have_no_clusters_and_an_impossible_number_is_refused() {
    let shop = Shop::new();
    let two =
        shop.write("two.csv", "customer_id,date,amount\n1,2024-01-01,5\n2,2024-02-01,6\n2,2024-03-01,7\n");
    let said = shop.say(&["--format", "json", "run", "--name", "two", &two]);
    assert!(said.err.contains("no clusters: "), "{}", said.err);
    assert!(said.json()["clusters"].is_null());
    let refused = shop.say(&["run", "--name", "two", "--clusters", "9", &two]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("clusters: "), "{}", refused.err);
    let none = shop.say(&["assign", "--name", "two", &two, "--out", "x.csv"]);
    assert!(none.code == 2 && none.err.contains("has no clusters"), "{}", none.err);
}
