//! The page of one customer, whose id may be anything.

use axum::http::StatusCode;
use serde_json::json;

use super::fake::CURRENT_RUN;
use super::get;
use super::pages::check;
use super::shop::NASTY;

#[tokio::test]
async fn a_customer_has_orders_scores_and_a_forecast() {
    let page = get("/d/synthetic/customers/C1?segment=Lost").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            "<h2 id=\"customer-title\">C1</h2>",
            "10 days ago",
            "€300.00",
            "recency score 4",
            "High-Value",
            "Recent frequent big spenders",
            "LTV decile 6",
            "€150.00<small>€75.00 to €300.00, 90% interval, next 365 days</small>",
            "75.0%<small>probability of being active",
            "20.0%<small>no order in the next 243 days",
            "€150.00<small>actual spend in the 243-day holdout period; forecast: €75.00",
            "3 orders since 10 Jan 2024, every 81 days on average",
            "Spend raises the forecast most",
            "97 days",
            "&#60;b&#62;Nantes",
            // Back to the customers that the reader had selected.
            &format!("href=\"/d/synthetic/customers?run={CURRENT_RUN}&#38;segment=Lost\""),
        ],
    );
    let orders = get("/api/v1/d/synthetic/charts/customer-orders.csv?customer=C1").await.body;
    assert_eq!(
        orders,
        "date,amount,kind\r\n2024-06-20,150.00,order\r\n2024-03-15,50.00,order\r\n2024-01-10,100.00,order\r\n"
    );
    let response = get("/api/v1/d/synthetic/customers/C5").await.json();
    assert_eq!(
        (
            &response["segment"],
            &response["monetary_minor"],
            &response["value"]["p_churn"],
            [&response["value"]["holdout_ltv_minor"], &response["value"]["actual_ltv_minor"]]
        ),
        (&json!("Lost"), &json!(500), &json!(0.9), [&json!(125), &json!(0)])
    );
    assert_eq!(
        response["orders"][1],
        json!({ "date": "2024-03-02", "amount_minor": -500, "is_purchase": false })
    );
    // Without a forecast, and with one order.
    let page = get("/d/synthetic/customers/C2").await;
    check(&page.body, &["The run has no forecast for this customer.", "One order, on 20 Jan 2024"]);
    assert!(!page.body.contains("NaN") && !page.body.contains("chart-customer-drivers"));
}

#[tokio::test]
async fn an_id_may_be_anything_and_is_never_an_element() {
    let path = "/d/synthetic/customers/%3Cscript%3Ealert%281%29%3C%2Fscript%3E";
    let list = get("/d/synthetic/customers").await;
    check(&list.body, &[&format!("href=\"{path}?run={CURRENT_RUN}\"")]);
    let page = get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(&page.body, &["&#60;script&#62;alert(1)&#60;/script&#62;", "4 orders since"]);
    assert!(!page.body.contains(NASTY));
    let unknown = get("/d/synthetic/customers/%3Cb%3Enobody").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    check(
        &unknown.body,
        &["No such customer", "has no customer “&#60;b&#62;nobody”", "href=\"/d/synthetic/customers\""],
    );
    let unknown = get("/api/v1/d/synthetic/customers/nobody").await;
    assert_eq!(
        (unknown.status, unknown.json()["code"].clone()),
        (StatusCode::NOT_FOUND, json!("unknown_customer"))
    );
}
