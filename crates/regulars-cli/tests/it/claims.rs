//! The numbers that claims rest on, computed again by SQL from the tables of a run.

use std::time::Instant;

use serde_json::Value;

use crate::shop::Shop;

fn json_rows(shop: &Shop, query: &str) -> Vec<Value> {
    shop.run(&["--format", "json", "sql", query]).json().as_array().expect("rows").clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok())).expect("a number")
}

#[test]
fn what_claims_rest_on_is_what_sql_says() {
    let shop = Shop::new();
    let folder = shop.path("data").display().to_string();
    shop.run(&["-q", "synth", "--customers", "3000", "--files", "parquet", "--out", &folder]).success();
    shop.write(
        "regulars.toml",
        "[value]\nlearned = [\"ridge\", \"linear\"]\nmodels = [\"bg_nbd\", \"nbd\"]\n",
    );
    let orders = format!("{folder}/transactions.parquet");
    let begun = Instant::now();
    let output = shop.run(&["run", "--name", "shop", "--steps", "scores,value", &orders]).success();
    let passed = begun.elapsed().as_secs_f64();
    let summary = shop.run(&["--format", "json", "report"]).json();

    // The steps of a run add up to what it took, and that is what it says; what ran at once stands apart.
    let manifest = shop.run(&["runs", "show"]).json();
    let sum = |key: &str| -> f64 {
        manifest[key].as_array().expect("timings").iter().map(|step| number(&step[1])).sum()
    };
    let shown = output.split(" s;").next().and_then(|before| before.rsplit(' ').next()).expect("seconds");
    let shown: f64 = shown.parse().expect("a number");
    assert!(sum("timings_seconds") <= passed, "{} of {passed}", sum("timings_seconds"));
    // What is left is publishing; one decimal is shown.
    assert!((shown - sum("timings_seconds")).abs() < 0.6, "{shown} and {}", sum("timings_seconds"));
    assert!(sum("timings_of_parts_seconds") > 0.0);

    // The same days of the year before, which the data cover.
    let periods = &summary["periods"];
    for period in ["current", "previous", "year_before"] {
        let (from, to) = (
            periods[period]["from"].as_str().expect("a day"),
            periods[period]["to"].as_str().expect("a day"),
        );
        let query = format!(
            "SELECT sum(total_amount) AS revenue, count(DISTINCT customer_id) AS customers FROM transactions \
             WHERE date_trunc('day', transaction_date) BETWEEN TIMESTAMP '{from}' AND TIMESTAMP '{to}'"
        );
        let row = &json_rows(&shop, &query)[0];
        assert!(
            (number(&row["revenue"]) * 100.0 - number(&periods[period]["revenue_minor"])).abs() < 0.5,
            "{row}"
        );
        assert_eq!(row["customers"], periods[period]["customers"], "{period}");
    }
    assert_eq!(
        periods["year_before"]["to"].as_str().map(|day| &day[4..]),
        periods["current"]["to"].as_str().map(|day| &day[4..])
    );

    // What a segment does, and what it would spend at its own cadence.
    let own = "WITH gaps AS (SELECT days_between_orders_mean AS gap, \
         row_number() OVER (ORDER BY days_between_orders_mean) AS n, count(*) OVER () AS c \
         FROM customer_features WHERE days_between_orders_mean IS NOT NULL), \
         shop AS (SELECT greatest(gap, 1.0) AS gap FROM gaps WHERE n = (c + 1) / 2), \
         each AS (SELECT s.segment, f.orders_last_90d, f.frequency_orders AS orders, p.p_purchase, p.expected_purchases, \
         CASE WHEN f.frequency_orders > 1 AND f.average_order_value > 0 THEN \
         180 / greatest((f.days_between_orders_mean * (f.frequency_orders - 1) + shop.gap) / f.frequency_orders, 1.0) \
         * f.average_order_value END AS worth \
         FROM rfm_scores s JOIN customer_features f USING (customer_id) JOIN ltv_predictions p USING (customer_id) CROSS JOIN shop) \
         SELECT a.segment, a.spend_at_cadence, coalesce(sum(each.worth), 0) AS worth, a.customers_with_cadence, count(each.worth) AS with_pace, \
         a.bought_last_90d_share, avg(CASE WHEN each.orders_last_90d > 0 THEN 1.0 ELSE 0.0 END) AS lately, \
         a.one_order_share, avg(CASE WHEN each.orders = 1 THEN 1.0 ELSE 0.0 END) AS once, \
         a.mean_p_purchase, avg(each.p_purchase) AS chance, a.expected_purchases, sum(each.expected_purchases) AS purchases, \
         a.recommendation_rule FROM each JOIN segment_actions a ON a.segment = each.segment \
         GROUP BY a.segment, a.spend_at_cadence, a.customers_with_cadence, a.bought_last_90d_share, a.one_order_share, a.mean_p_purchase, \
         a.expected_purchases, a.recommendation_rule";
    let rows = json_rows(&shop, own);
    assert_eq!(rows.len(), 7);
    for row in rows {
        assert!((number(&row["spend_at_cadence"]) - number(&row["worth"])).abs() < 0.01, "{row}");
        assert_eq!(row["customers_with_cadence"], row["with_pace"], "{row}");
        for (stated, own) in [
            ("bought_last_90d_share", "lately"),
            ("one_order_share", "once"),
            ("mean_p_purchase", "chance"),
            ("expected_purchases", "purchases"),
        ] {
            assert!((number(&row[stated]) - number(&row[own])).abs() < 1e-6, "{stated}: {row}");
        }
        // The words of a segment called lost are kept only where hardly anybody buys.
        let (lately, chance) = (number(&row["lately"]), number(&row["chance"]));
        if row["segment"] == "Lost" {
            let expected = match lately {
                _ if lately >= 0.5 => "still buying",
                _ if lately >= 0.1 || chance >= 0.25 => "not gone",
                _ => "as named",
            };
            assert_eq!(row["recommendation_rule"], expected, "{row}");
        }
    }

    // The error of the chosen model without the customer with the largest spend in the holdout period.
    let value = &summary["value"];
    let errors = "WITH judged AS (SELECT customer_id, holdout_ltv - actual_ltv AS off, holdout_ltv, actual_ltv, \
         row_number() OVER (ORDER BY actual_ltv DESC, customer_id) AS n FROM ltv_predictions WHERE actual_ltv IS NOT NULL) \
         SELECT sqrt(avg(off * off)) AS rmse, sqrt(avg(CASE WHEN n > 1 THEN off * off END)) AS rmse_without, \
         avg(CASE WHEN n > 1 THEN abs(off) END) AS mae_without, \
         sum(CASE WHEN n > 1 THEN holdout_ltv END) / sum(CASE WHEN n > 1 THEN actual_ltv END) - 1 AS bias_without, \
         max(actual_ltv) AS most, sum(actual_ltv) AS total FROM judged";
    let row = &json_rows(&shop, errors)[0];
    let chosen = &json_rows(&shop, "SELECT * FROM model_comparison WHERE chosen = 1")[0];
    for (stated, own) in [
        ("rmse", "rmse"),
        ("rmse_without_largest", "rmse_without"),
        ("mae_without_largest", "mae_without"),
        ("bias_without_largest", "bias_without"),
    ] {
        let (stated, own) = (number(&chosen[stated]), number(&row[own]));
        assert!((stated - own).abs() < 0.01 * (1.0 + own.abs()), "{stated} {own}: {row} {chosen}");
    }
    let largest = &value["largest"];
    assert!((number(&largest["actual_minor"]) - 100.0 * number(&row["most"])).abs() < 0.5, "{largest}");
    assert!(
        (number(&largest["share"]) - number(&row["most"]) / number(&row["total"])).abs() < 1e-9,
        "{largest}"
    );
    let models =
        json_rows(&shop, "SELECT model FROM model_comparison WHERE rmse_without_largest IS NOT NULL");
    assert_eq!(models.len(), value["models"].as_array().expect("models").len());
    assert!(models.iter().any(|row| row["model"] == largest["model_without"]), "{largest}");

    // The silent, by their own habit, and what the model says of them.
    let silent = "WITH gaps AS (SELECT days_between_orders_mean AS gap, \
         row_number() OVER (ORDER BY days_between_orders_mean) AS n, count(*) OVER () AS c \
         FROM customer_features WHERE days_between_orders_mean IS NOT NULL), \
         shop AS (SELECT greatest(gap, 1.0) AS gap FROM gaps WHERE n = (c + 1) / 2), \
         each AS (SELECT f.recency_days > 4 * CASE WHEN f.frequency_orders > 1 THEN \
         greatest((f.days_between_orders_mean * (f.frequency_orders - 1) + shop.gap) / f.frequency_orders, 1.0) ELSE shop.gap END AS silent, \
         p.p_alive, p.p_purchase FROM customer_features f JOIN ltv_predictions p USING (customer_id) CROSS JOIN shop) \
         SELECT sum(CASE WHEN silent THEN 1 ELSE 0 END) AS silent, sum(CASE WHEN silent AND p_alive > 0.99 THEN 1 ELSE 0 END) AS sure, \
         avg(CASE WHEN silent THEN p_purchase END) AS chance, avg(p_purchase) AS all_chance FROM each";
    let row = &json_rows(&shop, silent)[0];
    let alive = &value["alive"];
    assert_eq!((&row["silent"], &row["sure"]), (&alive["silent"], &alive["inactive_but_certain"]));
    assert!((number(&row["chance"]) - number(&alive["silent_p_purchase"])).abs() < 1e-9, "{row}");
    assert!((number(&row["all_chance"]) - number(&value["mean_p_purchase"])).abs() < 1e-9, "{row}");
}
