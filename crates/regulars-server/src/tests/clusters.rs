//! The page of the clusters.

use axum::http::StatusCode;
use regulars_core::summary::RunSummary;
use serde_json::json;

use super::fake::Fake;
use super::pages::check;
use super::{get, get_from};

#[tokio::test]
async fn the_clusters_page_says_first_how_real_they_are() {
    let page = get("/d/synthetic/clusters").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            "<span class=\"verdict-word\">Moderate</span>2 clusters (mean silhouette 0.41): groups that overlap",
            "2 clusters were chosen by the highest mean silhouette. Runner-up: 3. Elbow at 4 (not used to choose)",
            "Lapsed one-time buyers",
            "swatch cluster-2",
            "Density (HDBSCAN)",
        ],
    );
    for chart in [
        "clusters",
        "cluster-recency",
        "cluster-frequency",
        "cluster-monetary",
        "cluster-profile",
        "cluster-picture",
        "silhouettes",
        "cluster-segments",
        "selection-silhouette",
        "selection-stability",
        "selection-inertia",
    ] {
        assert!(page.body.contains(&format!("id=\"chart-{chart}\"")), "{chart}");
    }
    // Nothing that the run has not measured.
    assert!(!page.body.contains("chart-selection-gap") && !page.body.contains("NaN"));
    let weak =
        |summary: &mut RunSummary| "weak".clone_into(&mut summary.clusters.as_mut().expect("there").strength);
    let page = get_from(Fake { adjust: weak, ..Fake::demo() }, "/d/synthetic/clusters").await;
    check(&page.body, &["<span class=\"verdict-word weak\">Weak</span>", "prefer the rule-based segments"]);
    let page = get_from(Fake::scores_only(), "/d/synthetic/clusters").await;
    check(&page.body, &["This run has no clusters", "Clustering was disabled for this run."]);
}

#[tokio::test]
async fn clusters_are_counted_over_the_customers_chosen() {
    let all = get("/api/v1/d/synthetic/charts/clusters.csv").await.body;
    // C2, C4 and C5 bought once; the others more often.
    assert_eq!(
        all.lines().nth(1).map(|line| line.starts_with("Lapsed one-time buyers,3,0.5,55.00,")),
        Some(true),
        "{all}"
    );
    let some = get("/api/v1/d/synthetic/charts/clusters.csv?segment=New").await.body;
    assert_eq!(
        some.lines().nth(1).map(|line| line.starts_with("Lapsed one-time buyers,1,1,30.00,1,5,1,")),
        Some(true),
        "{some}"
    );
    let cross = get("/api/v1/d/synthetic/charts/cluster-segments").await.json();
    // Lost is the last of four segments; two of its customers are in the first cluster, none in the second.
    assert!(
        cross["data"][0]["customdata"][3][0]
            .as_str()
            .is_some_and(|words| words.contains("2 customers, 66.7%"))
    );
    assert_eq!(cross["data"][0]["z"][3][1], json!(null));
    let link = cross["links"][0][3][0].as_str().expect("a link").replace("/d/", "/api/v1/d/");
    assert_eq!(get(&link).await.json()["customers_found"], 2, "{link}");
    let picture = get("/api/v1/d/synthetic/charts/cluster-picture").await.json();
    let marks: usize = picture["data"]
        .as_array()
        .expect("traces")
        .iter()
        .filter_map(|t| t["ids"].as_array().map(Vec::len))
        .sum();
    assert_eq!(marks, 6);
    let profile = get("/api/v1/d/synthetic/charts/cluster-profile").await.json();
    assert_eq!(profile["data"][0]["z"], json!([[0.9, -0.9]]), "features that were not used are left out");
    let inertia = get("/api/v1/d/synthetic/charts/selection-inertia").await.json();
    assert_eq!(inertia["title"], "Inertia: elbow at 3 (not used to choose 2)");
}
