//! Counting against numbers worked out by hand, and the filter on the way.

use std::sync::Arc;

use regulars_analysis::filter::{Filter, RangeFilter, Score};
use regulars_analysis::frame::{Cache, Frame};
use regulars_analysis::measures::{computed, measure};
use regulars_core::summary::RunSummary;

use super::fake::Fake;
use super::shop::NASTY;
use crate::query::Query;
use crate::view::View;

fn view_of(fake: Fake, query: &str) -> View {
    let backend = fake.backend();
    let cache = Arc::new(Cache::new(1 << 20));
    let query = Query::read(query).expect("readable");
    let frame = Frame::open(&backend, &cache, "synthetic", query.run.as_deref()).expect("a run");
    View::new(frame, query).expect("a view")
}

fn view(query: &str) -> View {
    view_of(Fake::demo(), query)
}

/// The ids chosen, in order.
fn ids(query: &str) -> Vec<String> {
    let view = view(query);
    let ids = view.frame.ids().expect("ids");
    view.chosen.rows().map(|row| ids.display(row)).collect()
}

#[test]
fn counting_everybody_gives_the_numbers_of_the_run() {
    let view = view("");
    let found: RunSummary = computed(&view.frame, &view.chosen).expect("computed");
    assert_eq!(found, *view.frame.summary);
}

#[test]
fn counting_some_gives_what_was_worked_out_by_hand() {
    let view = view("segment=Lost&segment=Loyal");
    let found = &view.figures.summary;
    assert_eq!((found.customers, found.orders, found.revenue_minor), (3, 4, 22_500));
    assert!((found.repeat_rate - 1.0 / 3.0).abs() < 1e-12);
    // One of three, rounded up: C3 with 200.00 of 225.00.
    assert!((found.top_20_revenue_share - 200.0 / 225.0).abs() < 1e-12);
    assert_eq!((found.first_purchase.as_str(), found.last_purchase.as_str()), ("2024-01-20", "2024-05-10"));
    let periods = found.periods.as_ref().expect("periods");
    assert_eq!((periods.current.customers, periods.current.revenue_minor), (1, 12_000));
    assert_eq!((periods.previous.customers, periods.previous.revenue_minor), (0, 0));
    let names: Vec<&str> = found.segments.iter().map(|s| s.segment.as_str()).collect();
    assert_eq!(names, ["Loyal", "Lost"]);
    let of_month =
        |at: usize| (found.months[at].revenue_minor, found.months[at].orders, found.months[at].customers);
    // February: 80.00 of C3, 10.00 of C5; March: the 5.00 that went back to C5.
    assert_eq!((of_month(1), of_month(2), of_month(5)), ((9_000, 2, 2), (-500, 0, 0), (0, 0, 0)));
    // C2 has no predicted value: C3 100.00, C5 2.50.
    let value = view.figures.value.expect("the run has values");
    assert!((value.mean_minor - 5_125.0).abs() < 1e-9 && value.interval_minor.is_none());
    assert!((value.alive_mean - 0.5).abs() < 1e-12);
}

#[test]
fn measures_are_what_they_say() {
    let view = view("segment=High-Value");
    let value = |id: &str| (measure(id).expect("known").of)(&view.figures).expect("a value");
    for (id, expected) in [
        ("customers", 2.0),
        ("orders", 7.0),
        ("revenue", 130_000.0),
        ("average_order_value", 130_000.0 / 7.0),
        ("predicted_value", 32_500.0),
        ("repeat_rate", 1.0),
        ("top_20_share", 100.0 / 130.0),
        ("still_customers", 0.75),
        ("recency_mean", 5.5),
        ("frequency_mean", 3.5),
        ("monetary_mean", 65_000.0),
        ("rfm_score_mean", 13.5),
    ] {
        assert!((value(id) - expected).abs() < 1e-9, "{id}: {} instead of {expected}", value(id));
    }
}

#[test]
fn every_condition_selects_the_matching_customers() {
    let check = |query: &str, expected: &[&str]| assert_eq!(ids(query), expected, "{query}");
    check("", &[NASTY, "C1", "C2", "C3", "C4", "C5"]);
    check("segment=New&segment=Loyal", &["C3", "C4"]);
    check("cluster=2&segment=Loyal", &["C3"]);
    check("decile=1", &[NASTY]);
    check("acquired_from=2024-02&acquired_to=2024-03", &["C3", "C5"]);
    check("acquired_from=2024-06", &["C4"]);
    check("attr.gender=female", &[NASTY, "C1", "C4"]);
    check("attr.age=30&attr.city=Lyon", &[NASTY, "C4"]);
    check("attr.city=%3Cb%3ENantes%3C%2Fb%3E", &["C1"]);
    check("attr.favourite_category=Toys", &["C2", "C4"]);
    check("r=5", &[NASTY, "C4"]);
    check("r=5&f=1", &["C4"]);
    check("recency_days_from=5&recency_days_to=51", &["C1", "C3", "C4"]);
    check("orders_to=1", &["C2", "C4", "C5"]);
    check("spend_minor_from=20000", &[NASTY, "C1", "C3"]);
    // C2 has no value to lie within any limits.
    check("value_minor_to=99999999", &[NASTY, "C1", "C3", "C4", "C5"]);
    check("rfm_score_from=12&rfm_score_to=15", &[NASTY, "C1"]);
    check("segment=Nobody", &[]);
    check("attr.shoe_size=43", &[]);
    check("attr.gender=x", &[]);
}

#[test]
fn what_a_run_has_not_is_said_and_chooses_nobody() {
    for (query, expected) in [
        ("cluster=1", "this run has no cluster to filter by"),
        ("decile=1", "this run has no LTV decile to filter by"),
        ("value_minor_from=1", "this run has no lifetime values to filter by"),
        ("attr.age=30", "this run has no age to filter by"),
    ] {
        let view = view_of(Fake::scores_only(), query);
        assert!(view.chosen.is_empty(), "{query}");
        assert_eq!(view.chosen.unknown, [expected]);
    }
    assert_eq!(view("segment=Nobody").chosen.unknown, ["there is no segment “Nobody” in this run"]);
}

#[test]
fn narrowing_a_filter_keeps_what_was_asked_for() {
    let filter = Filter::default()
        .within(RangeFilter::Orders, Some(2), None)
        .within(RangeFilter::Orders, Some(1), Some(9))
        .with_score(Score::Recency, 5)
        .with_segment("New");
    let pairs: Vec<String> = filter.pairs().iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(pairs, ["segment=New", "r=5", "orders_from=2", "orders_to=9"]);
}
