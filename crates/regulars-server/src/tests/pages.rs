//! What the pages say.

use axum::http::StatusCode;
use regulars_core::summary::{MonthSummary, PeriodComparison, RunSummary};

use super::fake::{CURRENT_RUN, Fake, OLDER_RUN};
use super::{get, get_from};

pub(super) fn check(body: &str, expected: &[&str]) {
    for text in expected {
        assert!(body.contains(text), "missing: {text}");
    }
}

#[tokio::test]
async fn the_summary_page_has_the_numbers_of_the_summary() {
    let page = get("/d/synthetic").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.header("content-type").starts_with("text/html"));
    check(
        &page.body,
        &[
            // headline numbers
            "All 6 customers",
            "<p class=\"kpi-value\">6</p>",
            "<p class=\"kpi-value\">12</p>",
            "€1,555.00",
            "€129.58",
            "50.0%",
            "83.6%",
            "10 Jan 2024 to 29 Jun 2024",
            // changes
            "Last 60 days: 4 bought",
            "+100.0%",
            "Last 60 days: 5 orders",
            "+66.7%",
            "vs. previous 60 days",
            // Who had bought before is not compared: the data begin too shortly before both periods.
            "75.0% of buyers had ordered before",
            // lifetime value
            "€242.92",
            "next 365 days: €238.36 to €247.48, 90% interval",
            "50.0%",
            "at least once in the next 365 days: about 3 customers",
            // charts, with the numbers behind them
            "High-Value is 33% of customers but 84% of revenue: retain them first",
            "Best full month so far: Jun 2024, €680.00",
            &format!("/d/synthetic/customers?run={CURRENT_RUN}&#38;segment=High-Value"),
            // top customers
            "€1,000.00",
            "162 days ago",
            // the server
            "data-memory",
            "Page rendered in",
        ],
    );
}

#[tokio::test]
async fn the_rfm_page_has_segments_cuts_and_the_picture() {
    let page = get("/d/synthetic/rfm").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            "58.5 days",
            "median 10 days",
            "€259.17",
            "median €30.00",
            "id=\"chart-rfm-grid\"",
            "id=\"chart-segment-sizes\"",
            "id=\"chart-rfm-score\"",
            "data-chart=\"/api/v1/d/synthetic/charts/rfm-scatter?run=",
            "cells=revenue#card-rfm-grid",
            "colour=cluster#card-rfm-scatter",
            "log=yes#card-rfm-scatter",
        ],
    );
    check(
        &page.body,
        &[
            "0 to 28 days",
            "13 to 96 orders",
            "Bought seldom, little, and long ago",
            "€325.00",
            "swatch segment-1",
            "1 of 2 customers ordered within four times their purchase cycle; the name compares customers within this shop only",
            "The shop’s median is 31.5 days",
        ],
    );
    // What is said of the whole run is not said of some of its customers.
    let some = get("/d/synthetic/rfm?segment=Lost").await;
    assert!(
        some.status == StatusCode::OK
            && !some.body.contains("the name compares customers within this shop only")
    );
    // Fetched when it comes into view, so not in the page.
    assert!(!page.body.contains("id=\"chart-rfm-scatter-figure\""));
}

#[tokio::test]
async fn the_data_page_has_checks_provenance_and_shares() {
    let page = get("/d/synthetic/data").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            "0 errors",
            "2 warnings",
            "1 note",
            "1,181 rows have no customer",
            "<b>412,806</b> rows read",
            "<b>391,442</b> clean",
            "<b>1,204</b> rejected",
            "<b>20,160</b> excluded",
            "9d1f6c2be07a…",
            CURRENT_RUN,
            "/api/v1/d/synthetic/rejected.csv?run=",
            "payment_method is missing in 20% of rows",
            "Gender: female is the largest group",
            "Garden is the largest category: 75% of revenue",
            "Card is the largest payment method: 55% of revenue",
            "12 orders from 10 Jan 2024 to 29 Jun 2024: 0.1 per day on average",
            "Excluded: cancelled order – 7,772 rows",
        ],
    );
    // How the files were read: what was assumed, what is against it, what words mean, which columns.
    check(
        &page.body,
        &[
            "<h3>data/synthetic/transactions.parquet</h3>",
            "Each row is an order.",
            "Days are written year, month, day.",
            "<span class=\"badge warning\">2</span>",
            "2 rows are rejected as unreadable_date.",
            "<th scope=\"row\">voided</th><td>cancelled</td>",
            "<th scope=\"row\">customer id</th><td>Customer ID</td>",
            "Not used: Notes",
        ],
    );
    // A half year has no seasons.
    assert!(!page.body.contains("chart-seasons"));
}

#[tokio::test]
async fn what_was_sold_and_what_went_back_add_up_on_the_page() {
    for place in ["/d/synthetic", "/d/synthetic/data"] {
        let page = get(place).await;
        check(
            &page.body,
            &[
                "<b>€1,680.00</b> sold",
                "<b>€80.00</b> cancelled",
                "<b>€45.00</b> returned",
                "<b>€1,555.00</b> revenue",
                "1 of 13 orders were cancelled or returned in full.",
                "(policy match)",
            ],
        );
    }
    // It is of all customers.
    assert!(!get("/d/synthetic?segment=Loyal").await.body.contains("From sales to revenue"));
}

#[tokio::test]
async fn a_filter_changes_every_part_of_a_page() {
    let page = get("/d/synthetic?segment=Lost&segment=Loyal").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            "3 of 6 customers",
            "€225.00",
            "Segment: Lost",
            "Loyal is 33% of customers but 89% of revenue",
            "€51.25",
            "interval available for all customers only",
            "value=\"Lost\" checked",
        ],
    );
    // Chosen by what they did: no change is shown, and the page says why.
    check(&page.body, &["the difference would reflect the filter", "Last 60 days: 1 bought"]);
    assert!(!page.body.contains("vs. previous 60 days"));
    let by_nature = get("/d/synthetic?attr.gender=female").await;
    check(&by_nature.body, &["3 of 6 customers", "vs. previous 60 days"]);
    // Without Loyal, Lost stays.
    check(&page.body, &["href=\"/d/synthetic?segment=Lost\">Segment: Loyal"]);
    // Drill-down narrows, navigation keeps.
    check(&page.body, &["/d/synthetic/rfm?segment=Lost&#38;segment=Loyal"]);
}

#[tokio::test]
async fn a_filter_that_nobody_meets_says_so_and_leads_back() {
    for path in &PAGES[..6] {
        let page = get(&format!("{path}?segment=Nobody")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        check(
            &page.body,
            &[
                "No customers match these filters",
                "there is no segment “Nobody” in this run",
                &format!("class=\"button\" href=\"{path}\""),
            ],
        );
        assert!(!page.body.contains("data-chart="), "{path}");
    }
    let page = get("/d/synthetic?segmnt=Lost").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    check(&page.body, &["unknown parameter “segmnt”: not a filter or option of this page"]);
}

#[tokio::test]
async fn the_list_is_sorted_searched_and_cut_into_pages() {
    let order = |body: &str| {
        let mut found: Vec<(usize, &str)> = ["C1", "C2", "C3", "C4", "C5"]
            .iter()
            .filter_map(|id| Some((body.find(&format!("\">{id}</a></th>"))?, *id)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect::<Vec<_>>().join(" ")
    };
    for (query, expected) in [
        ("", "C1 C3 C4 C2 C5"),
        ("?reverse=yes", "C5 C2 C4 C3 C1"),
        ("?sort=recency", "C4 C1 C3 C5 C2"),
        ("?sort=customer&reverse=yes", "C5 C4 C3 C2 C1"),
        ("?sort=segment", "C1 C3 C4 C2 C5"),
        // Who has no value comes last.
        ("?sort=value", "C1 C3 C4 C5 C2"),
        ("?q=c3", "C3"),
        ("?orders_to=1&sort=score", "C4 C2 C5"),
        ("?page=2", ""),
        ("?page=18446744073709551615", ""),
    ] {
        let page = get(&format!("/d/synthetic/customers{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}: {}", page.body);
        assert_eq!(order(&page.body), expected, "{query}");
    }
    let page = get("/d/synthetic/customers?sort=recency").await;
    check(&page.body, &["aria-sort=\"ascending\"", "1 to 6 of 6", "customers.csv?run="]);
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
            "Revenue grew by 45.5% vs. the previous 60 days",
            "Seasonality and trend cannot be separated",
            // 1,000 of 1,555 by one of six.
            "One customer accounts for 64.3% of revenue",
            "The top 20% of your customers account for 84% of revenue",
        ],
    );
}

#[tokio::test]
async fn no_comparison_where_the_data_do_not_reach_back() {
    let late = |summary: &mut RunSummary| summary.first_purchase = "2024-04-01".to_owned();
    let page = get_from(Fake { adjust: late, ..Fake::demo() }, "/d/synthetic").await;
    check(&page.body, &["Last 60 days: 4 bought", "The data begin on 1 Apr 2024"]);
    assert!(!page.body.contains("vs. previous 60 days"));

    let none = |summary: &mut RunSummary| summary.periods = None::<PeriodComparison>;
    let page = get_from(Fake { adjust: none, ..Fake::demo() }, "/d/synthetic").await;
    check(&page.body, &["too short a time to compare"]);
    assert!(!page.body.contains("Last 60 days"));
}

const PAGES: [&str; 10] = [
    "/d/synthetic",
    "/d/synthetic/rfm",
    "/d/synthetic/clusters",
    "/d/synthetic/value",
    "/d/synthetic/marketing",
    "/d/synthetic/cohorts",
    "/d/synthetic/movements",
    "/d/synthetic/data",
    "/d/synthetic/customers",
    "/d/synthetic/customers/C4",
];

#[tokio::test]
async fn a_run_without_clusters_values_and_attributes_is_shown_properly() {
    for path in PAGES {
        let page = get_from(Fake::scores_only(), path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        if !path.ends_with("C4") {
            check(&page.body, &["All 6 customers"]);
        }
        for absent in [
            "NaN",
            "Predicted LTV",
            "Average predicted",
            "Cluster quality",
            "value-distribution",
            "LTV decile",
        ] {
            assert!(!page.body.contains(absent), "{path} has {absent}");
        }
    }
    // An address for another run is no panic.
    for path in [
        "/d/synthetic/rfm?colour=cluster",
        "/d/synthetic/rfm?cells=value",
        "/d/synthetic/customers?sort=value",
    ] {
        let page = get_from(Fake::scores_only(), path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn one_customer_is_a_shop_too() {
    let one = |summary: &mut RunSummary| {
        summary.customers = 1;
        summary.orders = 1;
        summary.revenue_minor = 3_000;
        summary.average_order_value_minor = 3_000.0;
        summary.repeat_rate = 0.0;
        summary.top_20_revenue_share = 1.0;
        summary.first_purchase = "2024-06-25".to_owned();
        summary.last_purchase = "2024-06-25".to_owned();
        summary.periods = None;
        summary.segments.retain(|s| s.segment == "New");
        summary.segments[0].customer_share = 1.0;
        summary.segments[0].revenue_share = 1.0;
        summary.months.retain(|m| m.month == "2024-06");
        summary.top_customers.retain(|c| c.customer_id == "C4");
        summary.clusters = None;
        summary.value = None;
    };
    for path in PAGES {
        let fake = Fake {
            adjust: one,
            only: &["C4"],
            without: &["customer_clusters", "ltv_predictions"],
            ..Fake::demo()
        };
        let page = get_from(fake, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        if !path.ends_with("C4") {
            check(&page.body, &["All 1 customer<"]);
        }
        assert!(!page.body.contains("NaN") && !page.body.contains("inf"), "{path}");
    }
}

#[tokio::test]
async fn a_run_without_anything_is_a_page_too() {
    let nothing = |summary: &mut RunSummary| {
        summary.customers = 0;
        summary.orders = 0;
        summary.revenue_minor = 0;
        summary.average_order_value_minor = f64::NAN;
        summary.repeat_rate = f64::NAN;
        summary.top_20_revenue_share = f64::NAN;
        summary.currency = None;
        summary.periods = None;
        summary.segments.clear();
        summary.top_customers.clear();
        summary.cuts.clear();
        summary.clusters = None;
        summary.value = None;
        summary.months = vec![MonthSummary {
            month: "2024-12".to_owned(),
            revenue_minor: 0,
            orders: 0,
            customers: 0,
            complete: false,
        }];
    };
    for only in [&["nobody"][..], &[]] {
        let without: &'static [&'static str] = if only.is_empty() {
            &[
                "rfm_scores",
                "customer_features",
                "customer_clusters",
                "ltv_predictions",
                "customers",
                "transactions",
            ]
        } else {
            &[]
        };
        for path in PAGES {
            let page = get_from(Fake { adjust: nothing, only, without, ..Fake::demo() }, path).await;
            let expected = if path.ends_with("C4") { StatusCode::NOT_FOUND } else { StatusCode::OK };
            assert_eq!(page.status, expected, "{path}: {}", page.body);
            assert!(!page.body.contains("NaN"), "{path}");
        }
    }
    let page = get_from(Fake { adjust: nothing, only: &["nobody"], ..Fake::demo() }, "/d/synthetic").await;
    check(&page.body, &["do not cover a full month yet"]);
}

#[tokio::test]
async fn names_of_the_users_data_are_escaped() {
    const NASTY: &str = "<script>alert('x')</script>&\"";
    let nasty = |summary: &mut RunSummary| {
        summary.segments[0].segment = NASTY.to_owned();
        summary.segments[0].meaning = NASTY.to_owned();
    };
    // The customer `<script>alert(1)</script>` and the city `<b>Nantes</b>` are in the shop.
    for path in PAGES {
        for path in [path.to_owned(), format!("{path}?segment=%3Cscript%3Ealert(2)&q=%3Cscript%3E")] {
            let page = get_from(Fake { adjust: nasty, ..Fake::demo() }, &path).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(!page.body.contains("<script>alert"), "{path}: a name became an element");
            assert!(!page.body.contains("<b>Nantes"), "{path}: a name became an element");
        }
    }
    let page = get_from(Fake { adjust: nasty, ..Fake::demo() }, "/d/synthetic").await;
    check(&page.body, &["&#60;script&#62;alert(1)&#60;/script&#62;", "\\u0026lt;script\\u0026gt;alert"]);
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
    check(&home.body, &["No data sets yet", "regulars demo", "regulars run orders.csv"]);
}

#[tokio::test]
async fn what_is_not_there_leads_onward() {
    let page = get("/d/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    check(&page.body, &["There is no data set “nowhere”.", "href=\"/d/synthetic\"", "href=\"/d/kaggle\""]);

    let page = get("/d/synthetic?run=gone").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    check(&page.body, &["has no run “gone”", "Go to the current run of synthetic", "href=\"/d/synthetic\""]);

    let page = get_from(Fake { datasets: Vec::new(), ..Fake::demo() }, "/nothing/here").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    check(&page.body, &["There is no page “/nothing/here”.", "regulars demo"]);
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
            "You are viewing an older run",
            "href=\"/d/synthetic?theme=dark\"",
            "data-theme=\"dark\"",
            &format!("/api/v1/d/synthetic/measures?run={OLDER_RUN}"),
        ],
    );
    // By another name: files and customers are those of the run itself.
    let page = get("/d/synthetic?run=previous").await;
    check(
        &page.body,
        &["You are viewing an older run", &format!("/api/v1/d/synthetic/measures?run={OLDER_RUN}")],
    );
    let page = get("/d/synthetic").await;
    assert!(!page.body.contains("older run"));
    check(&page.body, &[&format!("href=\"/d/synthetic?run={OLDER_RUN}\"")]);
    // Of another page the same page, and with the customers chosen.
    let page = get("/d/synthetic/rfm?segment=New").await;
    check(
        &page.body,
        &[&format!("href=\"/d/synthetic/rfm?run={OLDER_RUN}&#38;segment=New\""), "href=\"/d/kaggle/rfm\""],
    );
}
