//! Clusters of a run, from the command line.

use crate::shop::{Shop, fixture};

#[test]
fn a_run_finds_clusters_and_the_same_ones_again() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    let run = |threads: &str| {
        let output = shop.run(&[
            "-q",
            "--format",
            "json",
            "run",
            "--name",
            "cut",
            "--no-reuse",
            "--threads",
            threads,
            &orders,
        ]);
        output.json()
    };
    let summary = run("1");
    let clusters = summary["clusters"]["clusters"].as_array().expect("clusters");
    let customers: u64 = clusters.iter().filter_map(|c| c["customers"].as_u64()).sum();
    assert_eq!(Some(customers), summary["customers"].as_u64());
    assert!(clusters.len() >= 2 && clusters.iter().all(|c| c["name"].as_str().is_some_and(|n| n.len() > 5)));
    // The second run knows the first, and has another number of threads.
    assert_eq!(run("2")["clusters"], summary["clusters"]);
    let tables = |run: &str| {
        let manifest = shop.run(&["runs", "show", run]).json();
        manifest["tables"].as_array().expect("tables").clone()
    };
    assert_eq!(tables("previous"), tables("current"));

    let manifest = shop.run(&["runs", "show"]).json();
    assert_eq!(manifest["clusters"]["chosen"], clusters.len());
    let counted = shop
        .run(&[
            "--format",
            "json",
            "sql",
            "SELECT cluster, count(*) AS n FROM customer_clusters GROUP BY 1 ORDER BY 1",
        ])
        .json();
    let sizes: Vec<_> = clusters.iter().map(|c| c["customers"].as_u64()).collect();
    assert_eq!(counted.as_array().expect("rows").iter().map(|r| r["n"].as_u64()).collect::<Vec<_>>(), sizes);
    let report = shop.run(&["report"]).success();
    assert!(report.contains("Choice of the number of clusters: the highest mean silhouette"), "{report}");
}

#[test]
fn a_known_customer_is_explained_and_others_are_placed_alike() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    shop.run(&["-q", "run", "--name", "cut", "--clusters", "3", &orders]).success();
    let rows = shop
        .run(&[
            "--format",
            "json",
            "sql",
            "SELECT customer_id, cluster, distance FROM customer_clusters ORDER BY 1",
        ])
        .json();
    let rows = rows.as_array().expect("rows");
    let customer = rows[7]["customer_id"].to_string();
    let why = shop.run(&["--format", "json", "cluster-explain", &customer]).json();
    assert_eq!(why["cluster"], rows[7]["cluster"]);
    assert_eq!(why["distances"].as_array().expect("distances").len(), 3);
    let distance = |value: &serde_json::Value| value.as_f64().expect("a number");
    assert!((distance(&why["distances"][0]["distance"]) - distance(&rows[7]["distance"])).abs() < 1e-9);

    // The same orders again are placed where the run has them.
    let out = shop.path("placed.json").display().to_string();
    shop.run(&["-q", "assign", &orders, "--out", &out]).success();
    let placed: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(&out).expect("written")).expect("JSON");
    let clusters = |rows: &[serde_json::Value]| rows.iter().map(|r| r["cluster"].clone()).collect::<Vec<_>>();
    assert_eq!(clusters(placed.as_array().expect("rows")), clusters(rows));

    let nobody = shop.run(&["cluster-explain", "nobody"]);
    assert_eq!(nobody.code, 2);
    assert!(
        nobody.err.contains("has no customer `nobody`") && nobody.err.contains("hint:"),
        "{}",
        nobody.err
    );
}

#[test]
fn too_few_customers_have_no_clusters_and_an_impossible_number_is_refused() {
    let shop = Shop::new();
    let two =
        shop.write("two.csv", "customer_id,date,amount\n1,2024-01-01,5\n2,2024-02-01,6\n2,2024-03-01,7\n");
    let output = shop.run(&["--format", "json", "run", "--name", "two", &two]);
    assert!(output.err.contains("no clusters: "), "{}", output.err);
    assert!(output.json()["clusters"].is_null());
    let report = shop.run(&["report", "--name", "two"]).success();
    assert!(report.contains("\nno clusters: "), "{report}");
    let refused = shop.run(&["run", "--name", "two", "--clusters", "9", &two]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("clusters: "), "{}", refused.err);
    let none = shop.run(&["assign", "--name", "two", &two, "--out", "x.csv"]);
    assert!(none.code == 2 && none.err.contains("has no clusters"), "{}", none.err);
}

#[test]
fn a_table_of_customers_is_clustered_without_orders() {
    let shop = Shop::new();
    let mall = fixture("golden/clusters/mall.csv");
    let out = shop.path("mall_clusters.csv").display().to_string();
    let found = shop.run(&["-q", "--format", "json", "cluster", &mall, "--out", &out]).json();
    let mut sizes: Vec<u64> = found["clusters"]
        .as_array()
        .expect("clusters")
        .iter()
        .filter_map(|c| c["customers"].as_u64())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [22, 23, 35, 39, 81]);
    assert_ne!(found["strength"], "weak");
    let written = fs_err::read_to_string(&out).expect("written");
    assert_eq!(written.lines().count(), 201);
    assert!(written.starts_with("customer_id,cluster,cluster_name,distance,silhouette,x,y\n"), "{written}");

    let people = shop.run(&["cluster", &mall, "--clusters", "3", "--threads", "1"]);
    assert!(people.err.contains("rows are numbered from 1"), "{}", people.err);
    let people = people.success();
    assert!(people.contains("3 clusters") && people.contains("set by the configuration"), "{people}");
    // Rows in another order: every customer stays where it was.
    let text = fs_err::read_to_string(&mall).expect("there");
    let mut lines: Vec<String> = text.lines().enumerate().map(|(at, line)| format!("{at},{line}")).collect();
    lines[0] = lines[0].replacen("0,", "customer_id,", 1);
    let straight = shop.write("straight.csv", &lines.join("\n"));
    lines[1..].reverse();
    let reversed = shop.write("reversed.csv", &lines.join("\n"));
    let placed = |file: &str| {
        shop.run(&["-q", "cluster", file, "--out", &out]).success();
        let mut rows: Vec<String> =
            fs_err::read_to_string(&out).expect("written").lines().map(str::to_owned).collect();
        rows.sort();
        rows
    };
    assert_eq!(placed(&straight), placed(&reversed));

    let few = shop.write("few.csv", "customer_id,visits\na,1\nb,2\nc,7\nd,7\n");
    for (arguments, expected) in [
        (vec!["cluster", "nowhere.csv"], "nowhere.csv"),
        (vec!["cluster", &mall, "--features", "age"], "has no column `age`"),
        (vec!["cluster", &few, "--clusters", "5"], "5 clusters of 3 distinct customers"),
        (vec!["cluster", &mall, "--out", "x.xlsx"], "x.xlsx"),
    ] {
        let refused = shop.run(&arguments);
        assert_eq!(refused.code, 2, "{arguments:?}");
        assert!(refused.err.contains(expected) && refused.err.contains("hint:"), "{}", refused.err);
    }
}

#[test]
fn the_gap_statistic_is_computed_on_request() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    let config = shop.write("gap.toml", "[clusters]\ngap_references = 2\nclusters_max = 4\nbootstraps = 0\n");
    shop.run(&["-q", "--config", &config, "run", "--name", "cut", &orders]).success();
    let rows = shop
        .run(&["--format", "json", "sql", "SELECT k, gap, stability, converged FROM cluster_selection"])
        .json();
    let rows = rows.as_array().expect("rows");
    assert_eq!(rows.len(), 3);
    assert!(
        rows.iter().all(|r| r["gap"].is_f64() && r["stability"].is_null() && r["converged"] == 1),
        "{rows:?}"
    );
}

#[test]
fn more_customers_than_fit_into_memory_are_clustered_in_batches() {
    let shop = Shop::new();
    let folder = shop.path("synth").display().to_string();
    shop.run(&["-q", "synth", "--files", "parquet", "--out", &folder]).success();
    let orders = format!("{folder}/transactions.parquet");
    let run = |name: &str, more: &[&str]| {
        let mut arguments = vec!["-q", "--format", "json", "run", "--name", name, "--clusters", "3", &orders];
        arguments.extend(more);
        shop.run(&arguments).json()["clusters"].clone()
    };
    let whole = run("whole", &[]);
    let limited = run("limited", &["--memory-limit", "64MiB", "--threads", "2"]);
    assert_eq!(run("limited_again", &["--memory-limit", "64MiB", "--threads", "1"]), limited);
    let notes = limited["notes"].to_string();
    assert!(notes.contains("exceed the memory limit") && notes.contains("46,603"), "{notes}");
    assert!(notes.contains("compared on these 46,603 (cluster_selection)"), "{notes}");
    let measured = |name: &str| {
        let query = "SELECT customers FROM cluster_selection WHERE verdict = 'chosen'";
        shop.run(&["--format", "json", "sql", query, "--name", name]).json()[0]["customers"].clone()
    };
    assert_eq!((measured("limited"), measured("whole")), (46_603.into(), 49_080.into()));
    let shares = |found: &serde_json::Value| -> Vec<(String, f64)> {
        let clusters = found["clusters"].as_array().expect("clusters").iter();
        clusters.map(|c| (c["name"].to_string(), c["customer_share"].as_f64().expect("a share"))).collect()
    };
    for ((name, share), (name_whole, share_whole)) in shares(&limited).iter().zip(shares(&whole)) {
        assert_eq!(*name, name_whole);
        assert!((share - share_whole).abs() < 0.01, "{name}: {share} {share_whole}");
    }
    let customers: f64 = shares(&limited).iter().map(|(_, share)| share).sum();
    assert!((customers - 1.0).abs() < 1e-9, "everybody is placed: {customers}");
}

/// What is damaged, and how.
type Damage = (&'static str, fn(&mut serde_json::Value));

#[test]
fn a_damaged_model_is_refused_and_the_next_run_makes_a_new_one() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    let run = |name: &str| {
        shop.run(&["run", "--name", name, "--steps", "scores,clusters", "--clusters", "3", &orders])
    };
    let damages: [Damage; 3] = [
        ("deviation", |model| model["preparation"]["features"][0]["deviation"] = 0.into()),
        ("values", |model| {
            model["centroids"]["values"].as_array_mut().expect("values").truncate(3);
        }),
        ("clusters", |model| {
            model["clusters"].as_array_mut().expect("clusters").truncate(1);
        }),
    ];
    for (name, damage) in damages {
        run(name).success();
        let folder = shop.path("home").join("datasets").join(name);
        let current = fs_err::read_to_string(folder.join("current")).expect("a run");
        let path = folder.join("runs").join(current.trim()).join("models/clusters.json");
        let mut model: serde_json::Value =
            serde_json::from_str(&fs_err::read_to_string(&path).expect("a model")).expect("JSON");
        damage(&mut model);
        fs_err::write(&path, model.to_string()).expect("written");
        let customer = shop
            .run(&[
                "--format",
                "csv",
                "sql",
                "SELECT customer_id FROM customer_clusters LIMIT 1",
                "--name",
                name,
            ])
            .success();
        let customer = customer.lines().nth(1).expect("a customer").to_owned();
        for arguments in [
            vec!["cluster-explain", &customer, "--name", name],
            vec!["assign", &orders, "--name", name, "--out", "x.csv"],
        ] {
            let refused = shop.run(&arguments);
            assert_eq!(refused.code, 2, "{name}: {}", refused.err);
            assert!(
                refused.err.contains("is not a valid cluster model") && refused.err.contains("hint:"),
                "{}",
                refused.err
            );
        }
        let again = run(name);
        assert!(again.err.contains("clusters were renumbered"), "{name}: {}", again.err);
        assert!(again.success().contains("3 clusters"), "{name}");
    }
}

/// Orders of some customers, the more the higher their number, with a category each.
fn orders(customers: usize, categories: bool) -> String {
    let mut text = "order_id,customer_id,date,amount".to_owned();
    text += if categories { ",product_category\n" } else { "\n" };
    let mut order = 0;
    for customer in 0..customers {
        for n in 0..=customer % 5 {
            order += 1;
            let day = 1 + (customer * 7 + n * 5) % 28;
            text += &format!("{order},c{customer:03},2024-{:02}-{day:02},{}", 1 + n, 5 + customer * 3 + n);
            text += &if categories { format!(",k{}\n", (customer + n) % 4) } else { "\n".to_owned() };
        }
    }
    text
}

#[test]
fn nearly_as_many_clusters_as_customers_can_be_asked_for() {
    let shop = Shop::new();
    let dozen = shop.write("dozen.csv", &orders(12, false));
    let two = shop.write("two.csv", &orders(2, false));
    for (file, clusters) in [(&dozen, "10"), (&dozen, "12"), (&two, "2")] {
        let output = shop.run(&[
            "-q",
            "--format",
            "json",
            "run",
            "--steps",
            "scores,clusters",
            "--clusters",
            clusters,
            file,
        ]);
        let found = output.json()["clusters"]["clusters"].as_array().expect("clusters").len();
        assert_eq!(found.to_string(), clusters);
    }
}

#[test]
fn placing_customers_by_files_that_lack_a_feature_is_remarked_upon() {
    let shop = Shop::new();
    let with = shop.write("with.csv", &orders(60, true));
    let without = shop.write("without.csv", &orders(60, false));
    shop.run(&["-q", "run", "--name", "shop", "--steps", "scores,clusters", &with]).success();
    let out = shop.path("placed.csv").display().to_string();
    let assign = |format: &str, file: &str| {
        shop.run(&["--format", format, "assign", "--name", "shop", file, "--out", &out])
    };
    let lacking = assign("json", &without);
    assert!(
        lacking.err.contains("`distinct_categories` is 0 or missing for every customer"),
        "{}",
        lacking.err
    );
    let placed = lacking.json();
    assert!(placed["notes"].to_string().contains("distinct_categories"), "{placed}");
    let customers: u64 =
        placed["clusters"].as_array().expect("clusters").iter().filter_map(|c| c["customers"].as_u64()).sum();
    assert_eq!((customers, placed["customers"].as_u64()), (60, Some(60)));
    let whole = assign("csv", &with);
    assert!(!whole.err.contains("distinct_categories"), "{}", whole.err);
    assert!(whole.success().starts_with("cluster,cluster_name,customers\n"));
}

#[test]
fn an_explanation_as_csv_names_the_cluster_and_the_next() {
    let shop = Shop::new();
    let file = shop.write("shop.csv", &orders(60, true));
    shop.run(&["-q", "run", "--name", "shop", "--steps", "scores,clusters", "--clusters", "3", &file])
        .success();
    let why = shop.run(&["--format", "json", "cluster-explain", "c007", "--name", "shop"]).json();
    let rows = shop.run(&["--format", "csv", "cluster-explain", "c007", "--name", "shop"]).success();
    let mut lines = rows.lines();
    assert_eq!(
        lines.next(),
        Some(
            "customer_id,cluster,cluster_name,distance,next_cluster,next_cluster_name,next_distance,feature,value,z,\
             own_z,next_z,pull"
        )
    );
    let first = lines.next().expect("a feature");
    assert!(first.starts_with(&format!("c007,{},", why["cluster"])), "{first}");
    assert!(first.contains(&why["distances"][1]["distance"].to_string()), "{first}");

    let report = shop.run(&["report", "--name", "shop"]).success();
    assert!(report.contains("customers closest to the center"), "{report}");
    let summary = shop.run(&["--format", "json", "report", "--name", "shop"]).json();
    for cluster in summary["clusters"]["clusters"].as_array().expect("clusters") {
        let example = cluster["examples"][0].as_str().expect("a customer");
        assert!(report.contains(example), "{example}: {report}");
        let members: u64 = cluster["segments"]
            .as_array()
            .expect("segments")
            .iter()
            .filter_map(|s| s["customers"].as_u64())
            .sum();
        assert_eq!(Some(members), cluster["customers"].as_u64());
    }
    let refused = shop.run(&["cluster", &file, "--threads", "0"]);
    assert!(refused.code == 2 && refused.err.contains("at least 1"), "{}", refused.err);
}
