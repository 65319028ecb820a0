//! What the pages say.

use axum::http::StatusCode;
use regulars_core::summary::{MonthSummary, PeriodComparison, RunSummary};

use super::fake::{CURRENT_RUN, Fake, OLDER_RUN};
use super::{get, get_from};

fn check(body: &str, expected: &[&str]) {
    for text in expected {
        assert!(body.contains(text), "missing: {text}");
    }
}

#[tokio::test]
async fn the_summary_page_has_the_numbers_of_the_summary() {
    let page = get("/d/synthetic").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    check(
        &page.body,
        &[
            // headline numbers
            ">49,568<",
            ">391,442<",
            "€29,153,524.36",
            "€74.48",
            "78.3%",
            "61.3%",
            "14 Jan 2023 to 17 Dec 2024",
            // changes
            "Last 90 days: 21,894 bought",
            "−1.9%",
            "Last 90 days: 63,118 orders",
            "+15.0%",
            "+18.6%",
            "against the 90 days before",
            "78.7% of buyers had bought before",
            "+3.0 points",
            // segments
            "High-Value",
            ">8,912<",
            "€14,782,204.16",
            "Used to buy and spend well",
            // clusters
            "2 clusters (mean silhouette 0.41): groups that overlap but are found again",
            "Lapsed one-time buyers",
            "cluster 2: recent, frequent",
            "Lost 50.0%, Loyal 50.0%; nearest to the centre: C00001",
            "the mean silhouette is 0.41",
            // lifetime value
            "Lifetime value: the next 365 days",
            "By Pareto/NBD, chosen by the smallest root mean squared error",
            "€242.92",
            "€238.36 to €247.48 (90% interval of the mean)",
            "68.4%",
            "€12,041,180",
            "46,213 customers spent €8,123,004 where €7,871,191 were expected",
            "<span class=\"badge\">chosen</span>",
            "&#60;b&#62;no dropout&#60;/b&#62; visible",
            "€9,123.45",
            "€6,400.00 to €12,400.00",
            // cuts
            "0 to 28 days",
            "13 to 96 orders",
            ">1 order<",
            "€1,021.18 to €18,519.21",
            // top customers
            "C07919",
            "€18,519.21",
            "96 days ago",
            ">today<",
            // checks
            "0 errors",
            "2 warnings",
            "1 note",
            "1,181 rows have no customer",
            // provenance
            "<b>412,806</b> rows read",
            "<b>391,442</b> clean",
            "<b>1,204</b> rejected",
            "<b>20,160</b> excluded",
            "9d1f6c2be07a…",
            CURRENT_RUN,
        ],
    );
}

#[tokio::test]
async fn three_findings_come_from_the_data() {
    let page = get("/d/synthetic").await;
    let findings = page
        .body
        .split("class=\"findings\"")
        .nth(1)
        .and_then(|rest| rest.split("</ol>").next())
        .expect("findings");
    assert_eq!(findings.matches("<li").count(), 3, "{findings}");
    check(
        findings,
        &[
            "Revenue grew by 18.6% in the last 90 days",
            "A fifth of your customers bring 61% of revenue",
            "One of them spends as much as 6.3 of the others",
            "7,348 good customers in At-Risk are slipping away",
        ],
    );
}

#[tokio::test]
async fn no_comparison_where_the_data_do_not_reach_back() {
    let late = |summary: &mut RunSummary| summary.first_purchase = "2024-08-01".to_owned();
    let page = get_from(Fake { adjust: late, ..Fake::demo() }, "/d/synthetic").await;
    check(&page.body, &["Last 90 days: 21,894 bought", "The data begin on 1 Aug 2024"]);
    assert!(!page.body.contains("against the 90 days before"));

    let none = |summary: &mut RunSummary| summary.periods = None::<PeriodComparison>;
    let page = get_from(Fake { adjust: none, ..Fake::demo() }, "/d/synthetic").await;
    check(&page.body, &["too short a time to compare"]);
    assert!(!page.body.contains("Last 90 days"));
}

#[tokio::test]
async fn a_run_without_anything_is_a_page_too() {
    let nothing = |summary: &mut RunSummary| {
        summary.customers = 0;
        summary.orders = 0;
        summary.revenue_minor = 0;
        summary.average_order_value_minor = f64::NAN;
        summary.repeat_rate = f64::NAN;
        summary.top_fifth_revenue_share = f64::NAN;
        summary.currency = None;
        summary.periods = None;
        summary.segments.clear();
        summary.top_customers.clear();
        summary.cuts.clear();
        summary.months = vec![MonthSummary {
            month: "2024-12".to_owned(),
            revenue_minor: 0,
            orders: 0,
            customers: 0,
            complete: false,
        }];
    };
    let page = get_from(Fake { adjust: nothing, ..Fake::demo() }, "/d/synthetic").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(&page.body, &["do not cover a whole month yet"]);
    assert!(!page.body.contains("NaN"));
}

#[tokio::test]
async fn names_of_the_users_data_are_escaped() {
    const NASTY: &str = "<script>alert('x')</script>&\"";
    let nasty = |summary: &mut RunSummary| {
        summary.segments[0].segment = NASTY.to_owned();
        summary.segments[0].meaning = NASTY.to_owned();
        summary.top_customers[0].customer_id = NASTY.to_owned();
    };
    let page = get_from(Fake { adjust: nasty, ..Fake::demo() }, "/d/synthetic").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("<script>alert"), "a name became an element");
    check(&page.body, &["&#60;script&#62;alert", "\\u0026lt;script\\u0026gt;alert"]);
    let page = get("/%3Cscript%3Ealert(1)").await;
    assert!(!page.body.contains("<script>alert"));
}

#[tokio::test]
async fn home_leads_to_the_latest_data_set() {
    let home = get("/").await;
    assert_eq!(home.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(home.header("location"), "/d/kaggle");
    assert_eq!(get("/?theme=dark").await.header("location"), "/d/kaggle?theme=dark");
}

#[tokio::test]
async fn before_the_first_run_home_says_how_to_make_one() {
    let home = get_from(Fake { datasets: Vec::new(), ..Fake::demo() }, "/").await;
    assert_eq!(home.status, StatusCode::OK);
    check(&home.body, &["No data set yet", "regulars demo", "regulars run orders.csv"]);
}

#[tokio::test]
async fn what_is_not_there_leads_onward() {
    let page = get("/d/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    check(&page.body, &["There is no data set “nowhere”.", "href=\"/d/synthetic\"", "href=\"/d/kaggle\""]);

    let page = get("/d/synthetic?run=gone").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    check(&page.body, &["has no run “gone”", "The current run of synthetic", "href=\"/d/synthetic\""]);

    let page = get_from(Fake { datasets: Vec::new(), ..Fake::demo() }, "/nothing/here").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    check(&page.body, &["There is nothing at “/nothing/here”.", "regulars demo"]);
}

#[tokio::test]
async fn names_that_could_leave_a_folder_never_reach_the_backend() {
    for path in
        ["/d/..%2F..%2Fetc", "/d/Up", "/d/synthetic?run=..%2F..%2Fx", "/d/synthetic?run=.hidden", "/d/%FF"]
    {
        let page = get(path).await;
        assert!(page.status.is_client_error(), "{path}: {}", page.status);
        assert!(page.body.contains("href=\"/d/synthetic\""), "{path}");
    }
}

#[tokio::test]
async fn an_older_run_says_so_and_keeps_its_address() {
    let page = get(&format!("/d/synthetic?run={OLDER_RUN}&theme=dark")).await;
    assert_eq!(page.status, StatusCode::OK);
    check(
        &page.body,
        &[
            "You are looking at an older run",
            "href=\"/d/synthetic?theme=dark\"",
            "data-theme=\"dark\"",
            &format!("/api/v1/d/synthetic/validation?run={OLDER_RUN}"),
        ],
    );
    let page = get("/d/synthetic").await;
    assert!(!page.body.contains("older run"));
    check(&page.body, &[&format!("href=\"/d/synthetic?run={OLDER_RUN}\"")]);
}
