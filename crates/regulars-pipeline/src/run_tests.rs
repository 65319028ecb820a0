//! Whole runs of small shops.

use super::*;
use regulars_core::dates::{DAY_MICROS, civil_micros, format_day};
use regulars_core::progress::Silent;

use crate::testing::{At, FIRST_DAY, Shop, integers, numbers, texts};

const FIRST: &str = "2024-01-01T10:00:00Z";
const LATER: &str = "2024-01-02T10:00:00Z";

fn reused(finished: &Finished) -> Vec<&str> {
    finished.run.manifest.reused.iter().map(|step| step.step.as_str()).collect()
}

#[test]
fn the_tables_of_a_run_are_the_sums_of_its_orders() {
    let shop = Shop::usual();
    let finished = shop.run(&shop.options(), FIRST);
    let (run, summary) = (&finished.run, &finished.summary);
    let bought = shop.bought(399);
    // Headline numbers.
    let cents: i64 = shop.orders.iter().map(|order| order.2).sum();
    assert_eq!(summary.customers as usize, bought.len());
    assert_eq!(
        (summary.orders as usize, summary.transactions as usize),
        (shop.orders.len(), shop.orders.len())
    );
    assert_eq!(summary.revenue_minor, cents);
    assert!((summary.average_order_value_minor - cents as f64 / shop.orders.len() as f64).abs() < 1e-9);
    let repeat = bought.values().filter(|one| one.days.len() > 1).count();
    assert!((summary.repeat_rate - repeat as f64 / bought.len() as f64).abs() < 1e-12);
    assert_eq!(summary.first_purchase, format_day(FIRST_DAY * DAY_MICROS));
    assert_eq!(summary.as_of, format_day((FIRST_DAY + 399) * DAY_MICROS));
    let mut spend: Vec<i64> = bought.values().map(|one| one.cents).collect();
    spend.sort_unstable_by(|a, b| b.cmp(a));
    let top: i64 = spend[..spend.len().div_ceil(5)].iter().sum();
    assert!((summary.top_20_revenue_share - top as f64 / cents as f64).abs() < 1e-12);
    assert_eq!(summary.top_customers[0].monetary_minor, spend[0]);
    // Every customer's recency, frequency and monetary value.
    assert_eq!(integers(run, "rfm_scores", "customer_id"), bought.keys().copied().collect::<Vec<i64>>());
    let each = |of: &dyn Fn(&crate::testing::Bought) -> i64| bought.values().map(of).collect::<Vec<i64>>();
    assert_eq!(integers(run, "rfm_scores", "recency"), each(&|one| 399 - one.days[one.days.len() - 1]));
    assert_eq!(integers(run, "rfm_scores", "frequency"), each(&|one| one.days.len() as i64));
    assert_eq!(integers(run, "rfm_scores", "monetary_minor"), each(&|one| one.cents));
    assert_eq!(integers(run, "rfm_scores", "tenure_days"), each(&|one| 399 - one.days[0]));
    assert_eq!(integers(run, "customer_features", "monetary_minor"), each(&|one| one.cents));
    let in_last_90 = each(&|one| one.days.iter().filter(|day| **day > 399 - 90).count() as i64);
    assert_eq!(integers(run, "customer_features", "orders_last_90d"), in_last_90);
    let distinct = each(&|one| {
        let mut days = one.days.clone();
        days.dedup();
        days.len() as i64 - 1
    });
    assert_eq!(integers(run, "ltv_predictions", "repeat_purchases"), distinct);
    // Months by their orders.
    let month_of = |day: i64| format_day((FIRST_DAY + day) * DAY_MICROS).chars().take(7).collect::<String>();
    let mut months: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (_, day, cents) in &shop.orders {
        let month = months.entry(month_of(*day)).or_default();
        (month.0, month.1) = (month.0 + cents, month.1 + 1);
    }
    let found: BTreeMap<String, (i64, i64)> =
        summary.months.iter().map(|m| (m.month.clone(), (m.revenue_minor, m.orders as i64))).collect();
    assert_eq!(found, months);
    assert_eq!(integers(run, "monthly_revenue", "revenue_minor").iter().sum::<i64>(), cents);
    // The two periods before the analysis date, of 90 days each.
    let periods = summary.periods.as_ref().expect("long enough");
    let between = |from: i64, to: i64| -> i64 {
        shop.orders.iter().filter(|order| (from..=to).contains(&order.1)).map(|order| order.2).sum()
    };
    assert_eq!(periods.days, 90);
    assert_eq!(periods.current.revenue_minor, between(310, 399));
    assert_eq!(periods.previous.revenue_minor, between(220, 309));
    // Segments and clusters divide the customers.
    for (table, name) in
        [("rfm_summary", "customers"), ("cluster_statistics", "customers"), ("cluster_segments", "customers")]
    {
        assert_eq!(integers(run, table, name).iter().sum::<i64>() as usize, bought.len(), "{table}");
    }
    assert_eq!(integers(run, "cluster_statistics", "revenue_minor").iter().sum::<i64>(), cents);
    assert_eq!(integers(run, "segment_actions", "revenue_minor").iter().sum::<i64>(), cents);
    let customers = integers(run, "segment_actions", "customers");
    assert_eq!(customers.iter().sum::<i64>() as usize, bought.len());
    // Without an earlier run there is nothing to compare with.
    assert!(texts(run, "segment_actions", "before").is_empty());
    // Predicted value by segment is that of its customers, to a cent each.
    let segments = texts(run, "rfm_scores", "segment");
    let predicted = integers(run, "ltv_predictions", "predicted_ltv_minor");
    let names = texts(run, "segment_actions", "segment");
    let totals = integers(run, "segment_actions", "predicted_ltv_minor");
    for ((name, total), count) in names.iter().zip(&totals).zip(&customers) {
        let own = segments.iter().zip(&predicted).filter(|(segment, _)| *segment == name);
        let sum: i64 = own.map(|(_, minor)| *minor).sum();
        assert!((sum - total).abs() <= *count, "{name}: {sum} {total}");
    }
    // Opportunities add up to their kinds.
    let upside = integers(run, "opportunities", "upside_minor");
    assert!(upside.iter().all(|minor| *minor > 0));
    assert_eq!(
        upside.iter().sum::<i64>(),
        integers(run, "opportunity_summary", "upside_minor").iter().sum::<i64>()
    );
    assert_eq!(integers(run, "opportunity_summary", "customers").iter().sum::<i64>() as usize, upside.len());
    // The manifest says what was done.
    let manifest = &run.manifest;
    assert_eq!((manifest.started_at.as_str(), manifest.finished_at.as_str()), (FIRST, FIRST));
    assert_eq!(manifest.customers as usize, bought.len());
    assert_eq!(manifest.rows.clean as usize, shop.orders.len());
    assert_eq!((manifest.seed, manifest.threads, manifest.money_decimals), (42, 2, 2));
    assert!(manifest.reused.is_empty());
    assert_eq!(manifest.steps, ["scores", "clusters", "value"]);
    assert_eq!(run_tables(run).len(), manifest.tables.len());
    for table in &manifest.tables {
        assert_eq!(run.table_shape(&table.name).expect("a table").0 as u64, table.rows, "{}", table.name);
    }
    run.verify().expect("as published");
    assert_eq!(shop.dataset.current().expect("readable").expect("published").run_id(), run.run_id());
}

#[test]
fn a_second_run_takes_over_every_step_and_has_the_same_bytes() {
    let shop = Shop::usual();
    let first = shop.run(&shop.options(), FIRST);
    let second = shop.run(&shop.options(), LATER);
    assert_ne!(first.run.run_id(), second.run.run_id());
    assert_eq!(reused(&second), ["ingest", "features", "scores", "clusters", "value", "actions", "summary"]);
    assert!(second.run.manifest.reused.iter().all(|step| step.run_id.as_deref() == Some(first.run.run_id())));
    let hashes = |finished: &Finished| -> Vec<(String, String)> {
        let tables = finished.run.manifest.tables.iter();
        tables.map(|table| (table.name.clone(), table.sha256.clone())).collect()
    };
    assert_eq!(hashes(&first), hashes(&second));
    let alone = RunOptions { reuse: false, threads: 1, ..shop.options() };
    let third = shop.run(&alone, "2024-01-03T10:00:00Z");
    assert!(reused(&third).is_empty());
    assert_eq!(hashes(&first), hashes(&third));
}

#[test]
fn another_horizon_computes_only_value_and_actions_again() {
    let shop = Shop::usual();
    let first = shop.run(&shop.options(), FIRST);
    let mut options = shop.options();
    options.config.value.horizon_days = 120;
    options.config.value.holdout_days = Some(90);
    let second = shop.run(&options, LATER);
    assert_eq!(reused(&second), ["ingest", "features", "scores", "clusters", "summary"]);
    // A month more is worth more, by the same histories.
    let (now, then) = (second.summary.value.expect("value"), first.summary.value.expect("value"));
    assert_eq!((then.horizon_days, now.horizon_days), (90, 120));
    assert!(now.total_ltv_minor > then.total_ltv_minor);
    assert_eq!(now.actual_minor, then.actual_minor);
}

#[test]
fn another_version_of_the_code_takes_nothing_over() {
    let shop = Shop::new(crate::testing::orders(60, 100, 3));
    let scores_only = |options: RunOptions| RunOptions {
        steps: crate::steps::StepSelection::parse("scores").expect("known"),
        ..options
    };
    shop.run(&scores_only(shop.options()), FIRST);
    let other = RunOptions { code_version: "another".to_owned(), ..scores_only(shop.options()) };
    assert!(reused(&shop.run(&other, LATER)).is_empty());
}

#[test]
fn without_the_steps_there_are_no_tables_of_them() {
    let shop = Shop::new(crate::testing::orders(60, 100, 3));
    let options =
        RunOptions { steps: crate::steps::StepSelection::parse("scores").expect("known"), ..shop.options() };
    let finished = shop.run(&options, FIRST);
    assert!(finished.summary.clusters.is_none() && finished.summary.value.is_none());
    for table in ["ltv_predictions", "customer_clusters"] {
        assert!(!finished.run.has_table(table), "{table}");
    }
    // Recommendations need no value.
    assert!(finished.run.has_table("segment_actions"));
    assert!(integers(&finished.run, "segment_actions", "predicted_ltv_minor").is_empty());
    assert_eq!(integers(&finished.run, "opportunity_summary", "customers"), [0; 4]);
    assert_eq!(finished.run.manifest.steps, ["scores"]);
}

#[test]
fn a_short_history_has_no_value_and_says_why() {
    let shop = Shop::new(crate::testing::orders(60, 40, 3));
    let finished = shop.run(&shop.options(), FIRST);
    assert!(finished.summary.value.is_none());
    assert!(finished.run.manifest.notes.iter().any(|note| note.starts_with("no lifetime value")));
    assert!(!finished.run.has_table("ltv_predictions"));
}

#[test]
fn sources_without_a_purchase_publish_nothing() {
    let shop = Shop::new(vec![(1, 6000, 100), (2, 6001, 200)]);
    let failed = run(&shop.dataset, &shop.options(), &Silent, &At(FIRST)).expect_err("all in the future");
    assert_eq!(failed.kind, Kind::Input);
    assert!(shop.dataset.current().expect("readable").is_none());
    let options = RunOptions::new(vec!["no such file.csv".to_owned()], 0);
    assert_eq!(run(&shop.dataset, &options, &Silent, &At(FIRST)).expect_err("missing").kind, Kind::Input);
    let mut options = shop.options();
    options.config.scores.classes = 99;
    assert_eq!(run(&shop.dataset, &options, &Silent, &At(FIRST)).expect_err("invalid").kind, Kind::Input);
}

#[test]
fn later_orders_are_ignored_by_an_earlier_analysis_date() {
    let shop = Shop::usual();
    let options = RunOptions {
        as_of_micros: Some(regulars_core::dates::end_of_day_micros(FIRST_DAY + 250)),
        steps: crate::steps::StepSelection::parse("scores").expect("known"),
        ..shop.options()
    };
    let finished = shop.run(&options, FIRST);
    let bought = shop.bought(250);
    assert_eq!(
        integers(&finished.run, "rfm_scores", "customer_id"),
        bought.keys().copied().collect::<Vec<_>>()
    );
    let cents: Vec<i64> = bought.values().map(|one| one.cents).collect();
    assert_eq!(integers(&finished.run, "rfm_scores", "monetary_minor"), cents);
    assert_eq!(finished.summary.revenue_minor, cents.iter().sum::<i64>());
    assert_eq!(finished.summary.as_of, format_day((FIRST_DAY + 250) * DAY_MICROS));
    assert!(civil_micros(2022, 1, 8) == Some(FIRST_DAY * DAY_MICROS));
}

#[test]
fn a_later_run_compares_its_segments_with_the_earlier_date() {
    let shop = Shop::usual();
    let earlier = RunOptions {
        as_of_micros: Some(regulars_core::dates::end_of_day_micros(FIRST_DAY + 330)),
        ..shop.options()
    };
    let then = shop.run(&earlier, FIRST);
    let now = shop.run(&shop.options(), LATER);
    let of = |finished: &Finished, name: &str| -> BTreeMap<String, i64> {
        let values = integers(&finished.run, "segment_actions", name);
        texts(&finished.run, "segment_actions", "segment").into_iter().zip(values).collect()
    };
    assert_eq!(of(&now, "customers_before"), of(&then, "customers"));
    assert_eq!(of(&now, "predicted_before_minor"), of(&then, "predicted_ltv_minor"));
    let (before, after) = (of(&then, "customers"), of(&now, "customers"));
    for (segment, change) in of(&now, "customers_change") {
        assert_eq!(change, after[&segment] - before[&segment], "{segment}");
    }
    let change: i64 = of(&now, "predicted_change_minor").values().sum();
    let total = |finished: &Finished| of(finished, "predicted_ltv_minor").values().sum::<i64>();
    assert_eq!(change, total(&now) - total(&then));
    let days = texts(&now.run, "segment_actions", "before");
    assert!(days.iter().all(|day| *day == format_day((FIRST_DAY + 330) * DAY_MICROS)) && !days.is_empty());
    // Shares of recent spend at risk lie within the recent spend.
    let stake = numbers(&now.run, "segment_actions", "recent_spend_minor");
    let risk = numbers(&now.run, "segment_actions", "at_risk_minor");
    assert!(stake.iter().zip(&risk).all(|(stake, risk)| (0.0..=*stake).contains(risk)));
}
