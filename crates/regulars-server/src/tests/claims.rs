//! Pages say what the rules of `regulars_analysis` bear out of their numbers. The rules are tested there.

use axum::http::StatusCode;
use regulars_core::summary::{Period, RunSummary};
use serde_json::json;

use super::fake::Fake;
use super::pages::check;
use super::{get, get_from};

/// The card of a segment on the page of marketing.
fn card<'a>(body: &'a str, segment: &str) -> &'a str {
    let start = format!("aria-label=\"{segment}\">\n  <h3>");
    body.split(&start).nth(1).and_then(|rest| rest.split("</article>").next()).expect("the card")
}

/// A headline number.
fn kpi<'a>(body: &'a str, id: &str) -> &'a str {
    let start = format!("id=\"kpi-{id}\"");
    body.split(&start).nth(1).and_then(|rest| rest.split("</article>").next()).expect("the number")
}

fn with_year_before(summary: &mut RunSummary) {
    summary.first_purchase = "2023-01-10".to_owned();
    let periods = summary.periods.as_mut().expect("periods");
    periods.year_before = Some(Period {
        from: "2023-05-02".to_owned(),
        to: "2023-06-30".to_owned(),
        customers: 2,
        orders: 4,
        revenue_minor: 64_000,
        returning_customers: 1,
    });
}

#[tokio::test]
async fn the_same_days_last_year_lead_where_the_data_cover_them() {
    let page = get_from(Fake { adjust: with_year_before, ..Fake::demo() }, "/d/synthetic").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    // 800 against 640 a year before, and against 550 in the days before.
    let revenue = kpi(&page.body, "revenue");
    let (year, previous) = (revenue.find("+25.0%"), revenue.find("+45.5%"));
    assert!(year.is_some() && year < previous, "{revenue}");
    check(&page.body, &["2 May to 30 Jun 2023", "3 Mar to 1 May 2024", "2 May to 30 Jun 2024"]);
    let response =
        get_from(Fake { adjust: with_year_before, ..Fake::demo() }, "/api/v1/d/synthetic/measures").await;
    let measures = response.json()["measures"].clone();
    let revenue = measures.as_array().expect("a list").iter().find(|m| m["id"] == "revenue").cloned();
    assert_eq!(
        revenue.expect("revenue")["period"],
        json!({ "days": 60, "current": 800.0, "previous": 550.0, "year_before": 640.0 })
    );
    // Of those chosen the columns are counted, in which the year before has nothing.
    let fake = Fake { adjust: with_year_before, ..Fake::demo() };
    let page = get_from(fake, "/d/synthetic?attr.gender=female").await;
    let revenue = kpi(&page.body, "revenue");
    assert!(revenue.contains("vs. previous 60 days") && !revenue.contains("previous year"), "{revenue}");
}

#[tokio::test]
async fn the_chance_to_buy_leads_and_a_blind_model_is_called_one() {
    let page = get("/d/synthetic").await;
    assert!(kpi(&page.body, "will_buy").contains("50.0%"));
    assert!(!page.body.contains("id=\"kpi-still_customers\""));
    let blind = |summary: &mut RunSummary| {
        let value = summary.value.as_mut().expect("there");
        value.alive.as_mut().expect("there").models_dropout = false;
        value.churn.clear();
    };
    let page = get_from(Fake { adjust: blind, ..Fake::demo() }, "/d/synthetic/value").await;
    let active = kpi(&page.body, "still_customers");
    assert!(active.contains("Pareto/NBD") && active.contains("P(purchase)"), "{active}");
    // Nothing was learned, so what is at risk would rest on a model that sees nobody leave.
    let page = get_from(Fake { adjust: blind, ..Fake::demo() }, "/d/synthetic/marketing").await;
    assert!(kpi(&page.body, "at_risk").contains("unknown"));
    assert!(!page.body.contains("id=\"chart-value-at-risk\"") && !page.body.contains("€155.25"));
    let page = get_from(Fake { adjust: blind, ..Fake::demo() }, "/d/synthetic/customers/C1").await;
    check(&page.body, &["75.0%<small>Pareto/NBD found no dropout"]);
}

#[tokio::test]
async fn a_segment_says_what_its_own_customers_do() {
    let page = get("/d/synthetic/marketing").await;
    // Nobody in it bought lately, one of two has a pace, and the words were chosen for customers who are not gone.
    let lost = card(&page.body, "Lost");
    check(
        lost,
        &[
            "At usual cadence",
            "€50.00",
            "1 with two or more orders",
            "0% bought in the last 90 days",
            "class=\"gives-way\"",
        ],
    );
    let best = card(&page.body, "High-Value");
    check(best, &["100% bought in the last 90 days"]);
    assert!(!best.contains("At usual cadence") && !best.contains("gives-way"), "{best}");
    // Counted again of those chosen: C2 and C5 ordered once, and have no pace.
    let page = get("/d/synthetic/marketing?segment=Lost").await;
    assert!(!card(&page.body, "Lost").contains("At usual cadence"));
}

#[tokio::test]
async fn one_customer_who_decides_is_named() {
    let page = get("/d/synthetic/value").await;
    // 600,000 of 8,123,004 in the holdout period; RMSE 410.02 with it and 205.01 without.
    check(
        &page.body,
        &["€600,000", "7.4%", "€410.02 with this customer, €205.01 without", "NBD would have been chosen"],
    );
    check(&page.body, &["<td class=\"num\">€205.01</td>", "RMSE excl. largest"]);
    // Of 300 + 150 + 100 + 15 + 2.50 expected... the largest customer's 500 is more than half.
    check(&page.body, &["of total predicted LTV"]);
}

#[tokio::test]
async fn months_of_less_than_two_years_are_no_season() {
    let year = |summary: &mut RunSummary| {
        let months: Vec<_> = (1..=12)
            .map(|month| regulars_core::summary::MonthSummary {
                month: format!("2023-{month:02}"),
                revenue_minor: if month == 11 { 500_000 } else { 100_000 },
                orders: 10,
                customers: 5,
                complete: true,
            })
            .collect();
        summary.months = months;
    };
    let chart =
        get_from(Fake { adjust: year, ..Fake::demo() }, "/api/v1/d/synthetic/charts/seasons").await.json();
    let title = chart["title"].as_str().expect("a title").to_lowercase();
    assert!(!title.contains("november") && !title.contains("strongest"), "{title}");
}
