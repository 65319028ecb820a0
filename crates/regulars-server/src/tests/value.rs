//! The page of lifetime value, and that its numbers are those of the run.

use axum::http::StatusCode;
use regulars_core::summary::RunSummary;
use serde_json::{Value, json};

use super::fake::{CURRENT_RUN, Fake};
use super::pages::check;
use super::{get, get_from};

#[tokio::test]
async fn the_value_page_says_what_is_expected_and_how_sure_that_is() {
    let page = get("/d/synthetic/value").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            // headline numbers
            "€12,041,180.00",
            "€11,815,000 to €12,267,000, 90% interval",
            "€242.92",
            "50.0%",
            "68.4%",
            // in words
            "Forecast for the next 365 days: Pareto/NBD",
            "Chosen by the smallest RMSE of spend in the holdout period: 412.30, the best of 6",
            "46,213 customers spent €8,123,004; the forecast was €7,871,191 (−3.1%)",
            "coverage was 91.3% (as intended) for spend and 92.1% (more than intended: too wide) for purchases",
            "Intervals of totals are widened by the error of earlier total forecasts: typically 3.1%, over 1 earlier forecast origin.",
            "The sum of all forecasts was 12% too low",
            // all models
            "<td class=\"num\">€410.02</td>",
            "<span class=\"badge chosen\">chosen</span>",
            "&#60;b&#62;no dropout&#60;/b&#62; visible",
            "<span class=\"meaning\">baseline",
            // buy-till-you-die was chosen, and something was learned
            "Pareto/NBD uses three numbers per customer",
            "The charts show LightGBM, the most accurate learned model",
            "0.881",
            // who brings most
            &format!("href=\"/d/synthetic/customers/C1?run={CURRENT_RUN}\">C1</a>"),
        ],
    );
    for chart in [
        "models",
        "calibration",
        "agreement",
        "residuals",
        "gain",
        "value-distribution",
        "value-by-segment",
        "value-by-cluster",
        "value-by-score",
        "forecast-segments",
        "forecast-clusters",
        "forecast-deciles",
        "feature-importance",
        "feature-gains",
        "drivers",
        "dependence-monetary",
        "alive",
        "churn",
        "churn-reliability",
        "tracking",
    ] {
        assert!(page.body.contains(&format!("id=\"chart-{chart}\"")), "{chart}");
    }
    assert!(!page.body.contains("filters do not apply"));
}

#[tokio::test]
async fn charts_of_models_are_those_of_the_run_and_say_so() {
    let page = get("/d/synthetic/value?segment=Lost&segment=Loyal").await;
    // Verdict, table of models, and the charts that no filter changes.
    let own =
        ["models", "calibration", "forecast-segments", "feature-importance", "tracking", "churn-reliability"];
    for chart in own {
        let card = page.body.split(&format!("id=\"card-{chart}\"")).nth(1).expect("the card");
        let card = card.split("</section>").next().expect("its end");
        assert!(card.contains("All customers; filters do not apply."), "{chart}");
    }
    for chart in ["value-by-segment", "drivers", "alive"] {
        let card = page.body.split(&format!("id=\"card-{chart}\"")).nth(1).expect("the card");
        assert!(
            !card.split("</section>").next().expect("its end").contains("filters do not apply"),
            "{chart}"
        );
    }
    check(&page.body, &["of the total for all customers"]);
}

#[tokio::test]
async fn customers_are_judged_as_the_tables_say() {
    let of = |chart: &str| {
        let path = format!("/api/v1/d/synthetic/charts/{chart}");
        async move { get(&path).await.json() }
    };
    // 250 + 75 + 50 + 7.50 + 1.25 expected; twice that came, but for C5, who spent nothing.
    let agreement = of("agreement").await;
    assert_eq!(
        agreement["title"],
        "5 customers: €383.75 predicted for the 243-day holdout period, €765.00 actual"
    );
    let cells: Vec<f64> = agreement["data"][0]["z"]
        .as_array()
        .expect("rows")
        .iter()
        .flat_map(|row| row.as_array().expect("cells").iter().filter_map(Value::as_f64))
        .collect();
    assert!(
        (cells.iter().map(|root| root * root).sum::<f64>() - 5.0).abs() < 1e-9,
        "a customer a mark: {cells:?}"
    );
    let residuals = of("residuals").await;
    let counted: u64 = residuals["data"]
        .as_array()
        .expect("traces")
        .iter()
        .flat_map(|trace| trace["y"].as_array().expect("bars").iter().filter_map(Value::as_u64))
        .sum();
    assert_eq!(counted, 5);
    // The one of five with the highest forecast spent 500 of 765.
    let gain = of("gain").await;
    let at = |trace: usize, step: usize| gain["data"][trace]["y"][step].as_f64().expect("a share");
    assert!((at(2, 20) - 50_000.0 / 765.0).abs() < 1e-9 && (at(2, 100) - 100.0).abs() < 1e-9);
    assert!((0..=100).all(|step| at(1, step) >= at(2, step)), "no order is better than the perfect one");
    let deciles = of("calibration").await;
    assert_eq!(deciles["data"][1]["y"], json!([660.0, 190.0]));
}

#[tokio::test]
async fn what_moves_customers_is_counted_and_leads_to_them() {
    let file = get("/api/v1/d/synthetic/charts/drivers.csv").await.body;
    // Of three customers with effects: spend raises two by 120 each, p_alive lowers two by 7 each.
    assert_eq!(file.lines().nth(1), Some("Spend,0.6666666666666666,120.00,0,,80.00"), "{file}");
    assert_eq!(file.lines().nth(2).map(|line| line.starts_with("P(alive),0,,0.66")), Some(true), "{file}");
    let file = get("/api/v1/d/synthetic/charts/drivers.csv?segment=Lost").await.body;
    assert_eq!(file.lines().count(), 2, "C5 alone, and one feature: {file}");
    // A bar of a chance leads to as many customers as it counts.
    let alive = get("/api/v1/d/synthetic/charts/alive").await.json();
    assert_eq!((&alive["data"][0]["y"][5], &alive["data"][0]["y"][15]), (&json!(1), &json!(4)));
    let link = alive["links"][0][15].as_str().expect("a link").replace("/d/", "/api/v1/d/");
    assert_eq!(get(&link).await.json()["customers_found"], 4, "{link}");
    // A box leads to its segment, in the order of the summary.
    let boxes = get("/api/v1/d/synthetic/charts/value-by-segment").await.json();
    assert_eq!(boxes["data"][0]["name"], "High-Value");
    assert_eq!(boxes["data"][0]["median"], json!([325.0]));
    assert!(boxes["links"][0].as_str().is_some_and(|link| link.ends_with("segment=High-Value")));
}

#[tokio::test]
async fn promises_are_held_against_what_came() {
    let of =
        |chart: &'static str| async move { get(&format!("/api/v1/d/synthetic/charts/{chart}")).await.json() };
    let kept = of("coverage-by-decile").await;
    assert_eq!(kept["title"], "Interval coverage 91.3%; furthest off in decile 1: 88.0%");
    assert_eq!(kept["data"][0]["y"], json!([88.0]));
    let churn = of("churn-holdout").await;
    assert_eq!(churn["title"], "Churn rate: 34% predicted for the 243-day holdout period, 20% actual");
    // Four of 20%, who bought; one of 90%, who did not.
    assert_eq!((&churn["data"][0]["y"][2], &churn["data"][1]["y"][9]), (&json!(4), &json!(1)));
    let churn = of("churn-holdout?segment=Lost").await;
    assert_eq!(churn["title"], "Churn rate: 90% predicted for the 243-day holdout period, 100% actual");
    let margin = of("margin-by-segment").await;
    assert_eq!(margin["data"][0]["median"], json!([130.0]));
}

#[tokio::test]
async fn boxes_stand_on_powers_of_ten_when_asked() {
    let boxes = get("/api/v1/d/synthetic/charts/value-by-segment?log=yes").await.json();
    assert_eq!(
        (&boxes["layout"]["xaxis"]["type"], &boxes["data"][0]["median"]),
        (&json!("log"), &json!([325.0]))
    );
    let boxes = get("/api/v1/d/synthetic/charts/value-by-segment").await.json();
    assert!(boxes["layout"]["xaxis"]["type"].is_null());
    for page in ["/d/synthetic/value?log=yes&segment=Lost", "/d/synthetic/clusters?log=yes"] {
        let page = get(page).await;
        check(&page.body, &["aria-current=\"true\">Log scale</a>", "class=\"toc sticky\""]);
    }
}

#[tokio::test]
async fn a_run_without_value_or_without_learning_says_why() {
    let page = get_from(Fake::scores_only(), "/d/synthetic/value").await;
    check(
        &page.body,
        &["This run has no lifetime value", "The orders cover 32 days, and at least 56 are needed."],
    );
    assert!(!page.body.contains("data-chart="));

    let unlearned = |summary: &mut RunSummary| {
        let value = summary.value.as_mut().expect("there");
        value.best_learned = None;
        value.churn.clear();
        value.deciles.clear();
        value.groups.clear();
        value.warnings = vec!["no learned models: the orders cover 80 days".to_owned()];
    };
    let without =
        &["feature_importance", "ltv_dependence", "ltv_drivers", "churn_reliability", "ltv_tracking"];
    let page = get_from(Fake { adjust: unlearned, without, ..Fake::demo() }, "/d/synthetic/value").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(&page.body, &["No learned models: the orders cover 80 days."]);
    for absent in [
        "chart-drivers",
        "chart-feature-importance",
        "chart-churn",
        "chart-tracking",
        "chart-calibration",
        "NaN",
    ] {
        assert!(!page.body.contains(absent), "{absent}");
    }
}
