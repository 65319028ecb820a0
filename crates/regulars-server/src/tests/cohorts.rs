//! Cohorts and movements of six customers, against numbers worked out by hand.

use axum::http::StatusCode;
use serde_json::json;

use super::fake::{CURRENT_RUN, Fake, OLDER_RUN};
use super::pages::check;
use super::{get, get_from};

async fn file(address: &str) -> Vec<String> {
    let response = get(&format!("/api/v1/d/synthetic/charts/{address}")).await;
    assert_eq!(response.status, StatusCode::OK, "{address}: {}", response.body);
    response.body.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn cohorts_say_who_came_back_and_what_they_brought() {
    assert_eq!(
        file("cohorts.csv").await,
        [
            "cohort,customers,average_first_order,retention_after_1,retention_after_3,retention_after_6,retention_after_12,revenue,revenue_a_customer,note",
            "2024-01,2,60.00,0,0,,,320.00,160.00,includes existing customers",
            "2024-02,2,45.00,0,0.5,,,205.00,102.50,",
            "2024-04,1,300.00,0,,,,1000.00,1000.00,",
            "2024-06,1,30.00,,,,,30.00,30.00,",
        ]
    );
    assert_eq!(
        file("cohort-retention.csv?show=customers").await,
        [
            "cohort,customers,after_1,after_2,after_3,after_4,after_5",
            "2024-01,2,0,1,0,0,1",
            "2024-02,2,0,0,1,0,",
            "2024-04,1,0,1,,,",
        ]
    );
    // The 5.00 that went back in March are taken from February’s cohort, in March.
    assert_eq!(file("cohort-revenue.csv").await[2], "2024-02,2,90.00,-5.00,0.00,120.00,0.00,");
    assert_eq!(file("cohort-value.csv").await[1], "2024-01,2,60.00,60.00,85.00,85.00,85.00,160.00");
    // By quarter: C1 and C2 with C3 and C5.
    assert_eq!(file("cohort-retention.csv?by=quarter").await, ["cohort,customers,after_1", "2024 Q1,4,0.5"],);
    // Those chosen alone.
    assert_eq!(
        file("cohorts.csv?segment=Lost").await[1..],
        ["2024-01,1,20.00,0,0,,,20.00,20.00,includes existing customers", "2024-02,1,10.00,0,0,,,5.00,5.00,"]
    );
}

#[tokio::test]
async fn a_cohort_leads_to_its_customers() {
    let page = get("/d/synthetic/cohorts").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            "6 customers by month of first order",
            "The data begin on 10 Jan 2024: the first month may include customers who had bought before",
            "0.0% of new customers order in the month after their first",
            &format!(
                "href=\"/d/synthetic/customers?run={CURRENT_RUN}&#38;acquired_from=2024-02&#38;acquired_to=2024-02\""
            ),
            "href=\"/d/synthetic/cohorts?by=quarter\"",
            "href=\"/d/synthetic/cohorts?show=customers#card-cohort-retention\"",
        ],
    );
    // June is over on its last day.
    assert!(!page.body.contains("excluded from all heat maps"));
    let part = get_from(
        Fake { adjust: |summary| summary.as_of = "2024-06-29".to_owned(), ..Fake::demo() },
        "/d/synthetic/cohorts",
    )
    .await;
    check(
        &part.body,
        &[
            "The incomplete month as of 29 Jun 2024 (Jun 2024) is excluded from all heat maps and lines",
            "incomplete",
        ],
    );
    // Of a quarter, its three months; what is chosen already is not widened.
    let page = get("/d/synthetic/cohorts?by=quarter&acquired_to=2024-02").await;
    check(&page.body, &["acquired_from=2024-01&#38;acquired_to=2024-02\""]);
    let json = get("/api/v1/d/synthetic/charts/cohort-retention").await.json();
    assert_eq!(json["data"][0]["z"][1], json!([0.0, 0.0, 0.5, 0.0, null]));
    assert_eq!(json["links"][0].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn one_customer_and_one_month_have_helpful_pages() {
    let one = || Fake { only: &["C4"], ..Fake::demo() };
    let page = get_from(one(), "/d/synthetic/cohorts").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &["No cohort has completed a full month after that of its first order yet", "1 customer by month"],
    );
    let page = get_from(one(), "/d/synthetic/movements").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(&page.body, &["None of these customers had ordered by 1 Apr 2024", "1 customer is new"]);
    let day = |summary: &mut regulars_core::summary::RunSummary| {
        summary.first_purchase = "2024-06-30".to_owned();
    };
    let page = get_from(Fake { adjust: day, ..Fake::demo() }, "/d/synthetic/movements").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(&page.body, &["All orders are from 30 Jun 2024, the analysis date, so there is no earlier day"]);
    let page = get("/d/synthetic/movements?since=2024-06-30").await;
    check(&page.body, &["There are no segments as of 30 Jun 2024: choose a day from 10 Jan 2024"]);
    assert!(!page.body.contains("NaN") && !page.body.contains("inf"));
}

#[tokio::test]
async fn movements_count_everybody_once() {
    // 1 April: C1 had two orders, C2, C3, C5 and the nasty one had one, C4 none.
    assert_eq!(
        file("movements.csv").await,
        [
            "was,is,customers,share_of_then,revenue,revenue_since,rfm_score_rose,rfm_score_fell",
            "Loyal,High-Value,1,1,300.00,150.00,0,0",
            "New,High-Value,1,0.25,1000.00,700.00,1,0",
            "New,Loyal,1,0.25,200.00,120.00,1,0",
            "New,Lost,2,0.5,25.00,0.00,0,2",
            "Not yet a customer,New,1,1,30.00,30.00,0,0",
        ]
    );
    // On 1 March the money had not gone back to C5, and C1 had one order.
    let response = get("/api/v1/d/synthetic/movements.csv?since=2024-03-01").await;
    assert!(response.header("content-type").starts_with("text/csv"));
    let rows: Vec<String> = response.body.lines().map(str::to_owned).collect();
    assert_eq!(rows[0], "customer_id,was,is,rfm_score_then,rfm_score,spend_then,spend");
    assert!(rows.contains(&"C5,New,Lost,7,4,10.00,5.00".to_owned()), "{rows:?}");
    assert!(rows.contains(&"C1,New,High-Value,7,12,100.00,300.00".to_owned()), "{rows:?}");
    assert!(rows.contains(&"C4,,New,,8,0.00,30.00".to_owned()), "{rows:?}");
    let net = file("movement-net.csv").await;
    assert_eq!(net[1], "High-Value,0,2,2,0,2,0,0,0,1300.00");
    assert!(net.contains(&"New,4,1,-3,0,0,1,4,0,30.00".to_owned()), "{net:?}");
    // Those chosen alone.
    assert_eq!(file("movements.csv?segment=Lost").await[1..], ["New,Lost,2,1,25.00,0.00,0,2"]);
}

#[tokio::test]
async fn a_stream_leads_to_its_customers() {
    let page = get("/d/synthetic/movements").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            "2 customers moved up to another segment",
            "40% of customers as of 1 Apr 2024, with a higher RFM score than before",
            "2 customers moved down to another segment",
            "All of them went from New to Lost: 2, with no spend since",
            "1 customer is new",
            "0.0% of customers as of 1 Apr 2024 are in the same segment on 30 Jun 2024",
            &format!(
                "href=\"/d/synthetic/customers?run={CURRENT_RUN}&#38;segment=Lost&#38;was=New&#38;since=2024-04-01\""
            ),
            &format!(
                "href=\"/d/synthetic/customers?run={CURRENT_RUN}&#38;segment=New&#38;was=%21new&#38;since=2024-04-01\""
            ),
            "href=\"/d/synthetic/movements?since=2024-05-31\"",
        ],
    );
    let list = get("/d/synthetic/customers?segment=Lost&was=New&since=2024-04-01").await;
    check(&list.body, &["2 of 6 customers", "Was New on 1 Apr 2024", ">C2</a>", ">C5</a>"]);
    let list = get("/d/synthetic/customers?was=%21new&since=2024-04-01").await;
    check(&list.body, &["1 of 6 customers", "Not yet a customer on 1 Apr 2024", ">C4</a>"]);
    for (address, reason) in [
        ("was=New", "`was` needs an earlier date"),
        ("was=Nobody&since=2024-04-01", "there was no segment “Nobody” then"),
        ("was=New&since=2024-07-01", "there are no segments for 1 Jul 2024"),
    ] {
        let page = get(&format!("/d/synthetic/customers?{address}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        check(&page.body, &["No customers match these filters", reason]);
    }
    // The day alone chooses nobody, and goes with nobody to another page.
    let page = get("/d/synthetic/movements?since=2024-03-01").await;
    check(&page.body, &["All 6 customers", "href=\"/d/synthetic/rfm\""]);
}

#[tokio::test]
async fn runs_are_held_against_one_another() {
    let page = get(&format!("/d/synthetic/movements?against={OLDER_RUN}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            &format!("compared with run {OLDER_RUN}"),
            "100.0% of customers in both runs are in the same segment",
        ],
    );
    // The same by a name that moves on; what leads away names the run.
    let page = get("/d/synthetic/movements?against=previous").await;
    check(&page.body, &[&format!("&#38;against={OLDER_RUN}")]);
    let page = get("/d/synthetic/movements?against=gone").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    // In this run one customer less.
    let fewer = || Fake { fewer_now: true, ..Fake::demo() };
    let rows = get_from(fewer(), &format!("/api/v1/d/synthetic/charts/movements.csv?against={OLDER_RUN}"))
        .await
        .body;
    check(&rows, &["Lost,Lost,1,0.5,5.00,0.00,0,0", "Lost,Not in this run,1,0.5,20.00,,0,0"]);
    let page = get_from(fewer(), &format!("/d/synthetic/movements?against={OLDER_RUN}")).await;
    check(&page.body, &["1 customer of that run is not in this one"]);
    let page = get_from(fewer(), &format!("/d/synthetic/movements?against={OLDER_RUN}&segment=Lost")).await;
    check(&page.body, &["Customers who are only in the other run are not counted"]);
    let page =
        get_from(fewer(), &format!("/d/synthetic/movements?run={OLDER_RUN}&against={CURRENT_RUN}")).await;
    check(&page.body, &["Not in that run", "1 customer is new"]);
}

#[tokio::test]
async fn a_customer_has_a_chance_to_be_there_every_day() {
    let file = file("customer-alive.csv?customer=C1").await;
    assert_eq!((file[1].as_str(), file[2].as_str()), ("2024-01-10,0.9,order", "2024-01-11,0.9,"));
    assert!(file.contains(&"2024-06-20,0.9,order".to_owned()));
    assert_eq!(file.iter().filter(|line| line.ends_with(",without an order")).count(), 10);
    let page = get("/d/synthetic/customers/C1").await;
    check(
        &page.body,
        &[
            "P(alive) is 85.5% now, and 81.2% in 10 days without an order",
            "P(alive) at the end of each day by BG/NBD.",
        ],
    );
    let page = get_from(Fake::scores_only(), "/d/synthetic/customers/C1").await;
    assert!(page.status == StatusCode::OK && !page.body.contains("chart-customer-alive"));
}
