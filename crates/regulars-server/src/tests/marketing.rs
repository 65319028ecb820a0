//! The page of marketing, what a budget returns, and what to do next about a customer.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fake::{CURRENT_RUN, Fake, OLDER_RUN};
use super::pages::check;
use super::{get, get_from};

#[tokio::test]
async fn every_segment_has_its_numbers_its_words_and_its_list() {
    let page = get("/d/synthetic/marketing").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            // 650 + 100 + 15 + 12.50 recent; 130 + 20 + 3 + 2.25 at risk.
            "€777.50",
            "€155.25",
            "20.0% of recent spend",
            "€220.00",
            "50.0% of these customers",
            "What to do about High-Value",
            "An &#60;offer&#62;",
            "€650.00<small>€325.00 to €1,300",
            "€130.00<small>20.0% of recent spend",
            "+1 customer, +€640.00 predicted LTV, since the run as of 31 May 2024.",
            "0 customers, +€90.00 predicted LTV",
            &format!("href=\"/api/v1/d/synthetic/lists/High-Value.csv?run={CURRENT_RUN}\""),
            "€155.25 of €777.50 recent spend is at risk, most of it in “High-Value”: €130.00",
            "“High-Value” has the highest total predicted LTV",
            "Upside of up to €220.00; most of it from retention: €200.00",
            "No estimate for upsell: 2 customers stayed: too few.",
            "In words, retention.",
            "Fewer than 100 customers with a predicted LTV are selected",
            "name=\"contact_cost\"",
        ],
    );
    for chart in ["value-at-risk", "value-and-risk", "opportunities"] {
        assert!(page.body.contains(&format!("id=\"chart-{chart}\"")), "{chart}");
    }
    assert!(
        !page.body.contains("At-Risk") && !page.body.contains("NaN") && !page.body.contains("id=\"plan\"")
    );
    // Before the older run there is none, so no change is shown.
    let page = get(&format!("/d/synthetic/marketing?run={OLDER_RUN}")).await;
    assert!(page.status == StatusCode::OK && !page.body.contains("since the run as of"));
}

#[tokio::test]
async fn a_filter_counts_again_and_parts_add_up() {
    let of = |query: &str| {
        let path = format!("/api/v1/d/synthetic/charts/value-at-risk.csv{query}");
        async move { get(&path).await.body }
    };
    let rows = |file: &str| -> Vec<Vec<String>> {
        file.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    let all = rows(&of("").await);
    let mut parts = Vec::new();
    for segment in ["High-Value", "Loyal", "New", "Lost"] {
        parts.extend(rows(&of(&format!("?segment={segment}")).await));
    }
    assert_eq!((all.len(), parts.len()), (4, 4));
    for (of_all, part) in all.iter().zip(&parts) {
        // Name, customers, revenue, expected; recent spend, at risk, share. No interval and no trend of a part.
        assert_eq!((&of_all[..4], &of_all[6..9]), (&part[..4], &part[6..9]));
        assert!(part[4].is_empty() && part[9].is_empty() && !of_all[4].is_empty(), "{part:?}");
    }
    let page = get("/d/synthetic/marketing?segment=Loyal").await;
    check(
        &page.body,
        &[
            "Trends are available for whole segments only.",
            "Upside of up to €200.00; most of it from retention: €200.00",
            "Intervals are available only for all customers together.",
            "All customers; filters do not apply.",
        ],
    );
    let kinds = get("/api/v1/d/synthetic/charts/opportunities.csv?segment=Loyal").await.body;
    assert!(kinds.contains("Retention,1,100.00,300.00,200.00,,,"), "{kinds}");
    assert!(kinds.contains("Reactivation,0,0.00,0.00,0.00,,,"), "{kinds}");
}

#[tokio::test]
async fn a_budget_stands_in_the_address_and_is_answered() {
    let query = "budget=10&contact_cost=5&response=0.1&margin=0.5";
    let page = get(&format!("/d/synthetic/marketing?{query}")).await;
    check(
        &page.body,
        &[
            "id=\"plan\"",
            // 200 x 0.1 x 0.5 - 5
            "€5.00<small>after cost; −€5.00 to €10.00, 90% interval (random response)",
            "of 1 expected to return more than they cost",
            "5.0%<small>above it",
            "id=\"chart-budget\"",
            &format!(
                "/d/synthetic/customers/C3?run={CURRENT_RUN}&#38;contact_cost=5&#38;response=0.1&#38;margin=0.5"
            ),
            "value=\"0.1\"",
        ],
    );
    let file = get(&format!("/api/v1/d/synthetic/contacts.csv?{query}")).await;
    assert_eq!(
        file.body,
        "rank,customer_id,kind,segment,predicted_ltv,upside,expected_return\r\n1,C3,retention,Loyal,100.00,200.00,5.00\r\n"
    );
    assert!(file.header("content-disposition").contains("synthetic-contacts.csv"));
    let response = get(&format!("/api/v1/d/synthetic/contacts?{query}")).await.json();
    assert_eq!((&response["contacts"], &response["expected_return_minor"]), (&json!(1), &json!(500)));
    // Free contacts, by kind, and among those chosen.
    let free = "budget=0&contact_cost=0&response=10%25";
    let contacts = |more: &str| {
        let path = format!("/api/v1/d/synthetic/contacts?{free}{more}");
        async move {
            let response = get(&path).await.json();
            let each = response["customers"].as_array().expect("a list").iter();
            each.map(|one| one["customer_id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(contacts("").await, ["C3", "C4", "C5"]);
    assert_eq!(contacts("&kind=reactivation&kind=second+purchase").await, ["C4", "C5"]);
    assert_eq!(contacts("&segment=Lost").await, ["C5"]);
    assert!(contacts("&segment=High-Value").await.is_empty());
    let curve = get(&format!("/api/v1/d/synthetic/charts/budget?{free}")).await.json();
    assert_eq!(curve["data"][0]["x"], json!([0, 1, 2, 3]));
    let page = get("/d/synthetic/marketing?budget=1&contact_cost=5&response=0.001").await;
    check(
        &page.body,
        &["No contacts: none is expected to return more than it costs", "Assumed: no margin is given"],
    );
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_the_page_stays() {
    let page = get("/d/synthetic/marketing?budget=1%2C000&contact_cost=&response=%3Cb%3E&segment=Lost").await;
    assert_eq!(page.status, StatusCode::OK);
    check(
        &page.body,
        &[
            "The budget “1,000” is not a number. Use a decimal point and no thousands separators, e.g. 5000.",
            "The cost per contact is missing. For example 1.20.",
            "The response rate “&#60;b&#62;” is not a number.",
            "value=\"1,000\"",
            "What to do about Lost",
            // The filter stays when the form is sent.
            "<input type=\"hidden\" name=\"segment\" value=\"Lost\">",
        ],
    );
    assert_eq!(page.body.matches("aria-invalid").count(), 3);
    let page = get("/d/synthetic/marketing?budget=1&contact_cost=1&response=1.5").await;
    check(&page.body, &["The response is 1.5, expected 0 to 1. Between 0 and 1."]);
    let page = get("/d/synthetic/marketing?budget=1&contact_cost=1&response=1&kind=wishes").await;
    check(&page.body, &["There is no kind of opportunity wishes."]);
    let response = get("/api/v1/d/synthetic/contacts?budget=1&contact_cost=1&response=1.5").await;
    assert_eq!((response.status, &response.json()["code"]), (StatusCode::BAD_REQUEST, &json!("bad_request")));
    assert_eq!(get("/api/v1/d/synthetic/contacts").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn lists_are_those_of_the_backend_and_of_whole_segments() {
    let list = get("/api/v1/d/synthetic/lists/High-Value.csv").await;
    assert_eq!(list.body, "customer_id,email_sha256,segment\n7,,High-Value\n");
    assert_eq!(list.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(get("/api/v1/d/synthetic/lists/Nobody.csv").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get("/api/v1/d/synthetic/lists/Lost.csv?segment=Lost").await.status, StatusCode::BAD_REQUEST);
    let actions = get("/api/v1/d/synthetic/actions").await.json();
    assert_eq!(actions["segments"][0]["action"], "What to do about High-Value");
    assert_eq!(actions["opportunities"][3]["upside_minor"], Value::Null);
}

#[tokio::test]
async fn a_customer_page_says_what_to_do_next() {
    let page = get("/d/synthetic/customers/C3").await;
    check(
        &page.body,
        &[
            "Retain: no order for more than twice the purchase cycle",
            "Recommendation for the segment “Loyal”: What to do about Loyal.",
            "€200.00<small>at most, on top of predicted LTV",
            "€300.00<small>compared with this customer’s predicted LTV of €100.00",
            "€20.00<small>of €100.00 spent in the last 180 days",
            "Calculate",
        ],
    );
    let page = get("/d/synthetic/customers/C3?contact_cost=5&response=0.1&margin=0.5").await;
    check(&page.body, &["A contact is expected to return €5.00 after cost; break-even response rate: 5.0%."]);
    let page = get("/d/synthetic/customers/C3?contact_cost=50&response=0.1&margin=0.5").await;
    check(&page.body, &["A contact is expected to lose money: −€40.00 after cost."]);
    let page = get("/d/synthetic/customers/C3?contact_cost=many&response=0.1").await;
    check(&page.body, &["The cost per contact “many” is not a number."]);
    // Without an opportunity there are the words of the segment.
    let page = get("/d/synthetic/customers/C1").await;
    check(&page.body, &["What to do about High-Value", "No upside: this customer fits no opportunity"]);
    let response = get("/api/v1/d/synthetic/customers/C3").await.json();
    assert_eq!(response["opportunity"]["upside_minor"], 20_000);
    assert_eq!(
        (&response["recent_spend_minor"], &response["at_risk_minor"]),
        (&json!(10_000.0), &json!(2_000.0))
    );
}

#[tokio::test]
async fn without_value_or_actions_the_page_says_what_is_missing_and_what_makes_it() {
    let page = get_from(Fake::scores_only(), "/d/synthetic/marketing").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    check(
        &page.body,
        &[
            "This run has no lifetime value",
            "The orders cover 32 days, and at least 56 are needed.",
            "regulars run orders.csv",
            "What to do about High-Value",
            "The best-customer profile needs lifetime value, which this run does not have.",
        ],
    );
    assert!(
        !page.body.contains("data-chart=")
            && !page.body.contains("NaN")
            && !page.body.contains("contact_cost")
    );
    let older = Fake { without: &["segment_actions", "opportunities"], ..Fake::demo() };
    let page = get_from(older, "/d/synthetic/marketing").await;
    check(&page.body, &["This run has no recommendations", "Run the data again"]);
}
