//! Lifetime value of a run, from the command line.

use std::fmt::Write as _;

use regulars_core::tables::feature_importance;
use serde_json::Value;

use crate::shop::{Shop, fixture};

fn json_rows(shop: &Shop, query: &str) -> Vec<Value> {
    shop.run(&["--format", "json", "sql", query]).json().as_array().expect("rows").clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok())).expect("a number")
}

#[test]
fn a_run_forecasts_value_and_the_same_again() {
    let shop = Shop::new();
    let folder = shop.path("data").display().to_string();
    shop.run(&["-q", "synth", "--customers", "3000", "--out", &folder]).success();
    let orders = format!("{folder}/transactions.parquet");
    shop.write("regulars.toml", "[value]\nlearned = []\n");
    let run = |threads: &str| {
        shop.run(&[
            "-q",
            "--format",
            "json",
            "run",
            "--name",
            "shop",
            "--no-reuse",
            "--threads",
            threads,
            &orders,
        ])
        .json()
    };
    let summary = run("1");
    let value = &summary["value"];
    assert_eq!(run("2")["value"], *value);
    let manifest = shop.run(&["runs", "show"]).json();
    let before = shop.run(&["runs", "show", "previous"]).json();
    assert_eq!(before["tables"], manifest["tables"]);
    assert_eq!(manifest["value"]["model"], value["model"]);
    assert!(manifest["timings_seconds"].as_array().expect("timings").iter().any(|t| t[0] == "value: BG/NBD"));

    // The histories are what SQL says they are.
    let histories = "WITH days AS (SELECT DISTINCT customer_id, date_trunc('day', transaction_date) AS day FROM transactions), \
         own AS (SELECT customer_id, count(*) - 1 AS x, date_part('day', max(day) - min(day)) AS t_x FROM days GROUP BY customer_id) \
         SELECT count(*) AS n FROM own JOIN ltv_predictions p USING (customer_id) \
         WHERE own.x <> p.repeat_purchases OR own.t_x <> p.last_purchase_age_days";
    assert_eq!(json_rows(&shop, histories)[0]["n"], 0);
    let end = value["calibration_end"].as_str().expect("a day");
    let later = format!(
        "WITH days AS (SELECT DISTINCT customer_id, date_trunc('day', transaction_date) AS day FROM transactions), \
         own AS (SELECT customer_id, sum(CASE WHEN day > '{end}' THEN 1 ELSE 0 END) AS later FROM days GROUP BY customer_id HAVING min(day) <= '{end}') \
         SELECT count(*) AS customers, sum(CASE WHEN own.later = p.actual_purchases THEN 1 ELSE 0 END) AS equal \
         FROM own JOIN ltv_predictions p USING (customer_id)"
    );
    let row = &json_rows(&shop, &later)[0];
    assert_eq!(
        (row["customers"].as_u64(), row["equal"].as_u64()),
        (value["holdout_customers"].as_u64(), value["holdout_customers"].as_u64())
    );

    let sums = "SELECT count(*) AS n, sum(predicted_ltv) AS value, sum(expected_purchases) AS purchases, \
         sum(actual_ltv) AS actual, min(p_alive) AS low, max(p_alive) AS high, \
         sum(CASE WHEN predicted_low <= predicted_high AND purchases_low <= purchases_high THEN 1 ELSE 0 END) AS ordered \
         FROM ltv_predictions";
    let row = &json_rows(&shop, sums)[0];
    assert_eq!(row["n"], summary["customers"]);
    assert_eq!(row["ordered"], row["n"]);
    let total = value["total_ltv_minor"].as_f64().expect("money") / 100.0;
    assert!((number(&row["value"]) / total - 1.0).abs() < 1e-4, "{row} {total}");
    assert!((number(&row["actual"]) - value["actual_minor"].as_f64().expect("money") / 100.0).abs() < 1e-6);
    assert!(number(&row["low"]) >= 0.0 && number(&row["high"]) <= 1.0);
    let at_odds = "SELECT count(*) AS n FROM ltv_predictions WHERE p_purchase > p_alive + 1e-9 OR p_purchase > expected_purchases + 1e-9 \
         OR (purchases_low > 0 AND p_purchase < 0.949) OR (purchases_high = 0 AND p_purchase > 0.2) \
         OR predicted_ltv < predicted_low OR predicted_ltv > predicted_high \
         OR round(expected_purchases) < purchases_low OR round(expected_purchases) > purchases_high";
    assert_eq!(json_rows(&shop, at_odds)[0]["n"], 0);

    // The intervals hold about what they promise, and the best model is the best of its criterion.
    let coverage = value["coverage"].as_f64().expect("a share");
    assert!((0.85..=0.95).contains(&coverage), "{coverage}");
    let compared =
        json_rows(&shop, "SELECT * FROM model_comparison WHERE kind = 'probabilistic' ORDER BY rmse");
    assert_eq!(compared.len(), 6);
    // Within half a percent of the smallest error the likelihood decides.
    let smallest = number(&compared[0]["rmse"]);
    let likely = |row: &Value| number(&row["holdout_log_likelihood"]);
    let near = compared.iter().filter(|row| number(&row["rmse"]) <= smallest * 1.005);
    let best = near.map(likely).fold(f64::NEG_INFINITY, f64::max);
    let chosen = compared.iter().find(|row| row["chosen"] == 1).expect("a model");
    assert_eq!(chosen["model"], value["model"]);
    assert!((likely(chosen) - best).abs() < 1e-9, "{chosen} {best}");
    assert_eq!(compared.iter().filter(|row| row["chosen"] == 1).count(), 1);
    assert_eq!(json_rows(&shop, "SELECT * FROM model_comparison WHERE kind = 'baseline'").len(), 2);
    let tracked = json_rows(
        &shop,
        "SELECT sum(actual) AS a, sum(expected) AS e, max(actual_cumulative) AS c FROM ltv_tracking",
    );
    assert_eq!(tracked[0]["a"], tracked[0]["c"]);
    assert!((number(&tracked[0]["e"]) / number(&tracked[0]["a"]) - 1.0).abs() < 0.2, "{:?}", tracked[0]);
    let frequency =
        "SELECT model, sum(customers) AS c, sum(customers_expected) AS e FROM ltv_frequency GROUP BY model";
    for row in json_rows(&shop, frequency) {
        assert_eq!(row["c"], value["holdout_customers"]);
        assert!((number(&row["e"]) - number(&row["c"])).abs() < 1e-3, "{row}");
    }
    assert!(json_rows(&shop, "SELECT * FROM model_parameters WHERE history = 'all'").len() >= 5);
    for row in json_rows(&shop, "SELECT DISTINCT model, parameter, unit FROM model_parameters") {
        let expected = match (row["model"].as_str(), row["parameter"].as_str()) {
            (Some("Gamma-Gamma"), Some("gamma")) => Some("money"),
            (_, Some("alpha" | "beta")) => Some("days"),
            _ => None,
        };
        assert_eq!(row["unit"].as_str(), expected, "{row}");
    }
    // What decided is what is shown.
    let reason = value["reason"].as_str().expect("words");
    assert_eq!(reason.contains("highest likelihood"), reason.contains("(log-likelihood "), "{reason}");

    let report = shop.run(&["report"]).success();
    for expected in [
        "lifetime value, next 180 days",
        "Lifetime value model: ",
        "Top customers by predicted LTV",
        "baseline",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    for table in [
        "ltv_predictions",
        "model_comparison",
        "model_parameters",
        "ltv_tracking",
        "ltv_frequency",
        "cluster_statistics",
    ] {
        let out = shop.path(&format!("{table}.csv")).display().to_string();
        shop.run(&["export", table, "--out", &out]).success();
        assert!(fs_err::read_to_string(&out).expect("written").lines().count() > 1, "{table}");
    }

    // The kept model gives what the run gave.
    let out = shop.path("again.json").display().to_string();
    shop.run(&["-q", "clv", "predict", &orders, "--use-run", "current", "--out", &out]).success();
    let again: Value = serde_json::from_str(&fs_err::read_to_string(&out).expect("written")).expect("JSON");
    let rows = json_rows(
        &shop,
        "SELECT customer_id, p_alive, expected_purchases, predicted_ltv FROM ltv_predictions ORDER BY customer_id",
    );
    assert_eq!(again.as_array().expect("rows").len(), rows.len());
    for (one, other) in again.as_array().expect("rows").iter().zip(&rows) {
        assert_eq!(one["customer_id"], other["customer_id"]);
        for key in ["p_alive", "expected_purchases", "predicted_ltv"] {
            assert!((number(&one[key]) - number(&other[key])).abs() < 1e-9, "{key} {one} {other}");
        }
    }
}

/// Rows of the synthetic shop after the day that learned models are judged from, changed beyond all
/// measure.
fn poisoned(transactions: &str, judged_from: &str) -> String {
    let mut text = String::new();
    let mut lines = transactions.lines();
    let header = lines.next().expect("a header");
    let place = |name: &str| header.split(',').position(|column| column == name).expect("a column");
    let (date, amount) = (place("transaction_date"), place("total_amount"));
    let _ = writeln!(text, "{header}");
    for (number, line) in lines.enumerate() {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if fields[date][..10] > *judged_from {
            // Every third purchase never happened, the others are a thousand times larger.
            if number % 3 == 0 {
                continue;
            }
            let large = fields[amount].parse::<f64>().expect("an amount") * 1000.0;
            fields[amount] = format!("{large:.2}");
        }
        let _ = writeln!(text, "{}", fields.join(","));
        if fields[date][..10] <= *judged_from && number % 40 == 0 {
            // A line of the same order that nobody knew yet.
            "2024-12-01 12:00:00".clone_into(&mut fields[date]);
            "98765.43".clone_into(&mut fields[amount]);
            let _ = writeln!(text, "{}", fields.join(","));
        }
    }
    text
}

#[test]
fn learned_models_stand_beside_the_others_and_do_not_see_the_days_they_are_judged_on() {
    let shop = Shop::new();
    let folder = shop.path("data").display().to_string();
    shop.run(&["-q", "synth", "--customers", "1500", "--out", &folder]).success();
    let orders = format!("{folder}/transactions.csv");
    let run = |name: &str, orders: &str, threads: &str| {
        let words = ["-q", "--format", "json", "run", "--steps", "value", "--name", name];
        shop.run(&[&words[..], &["--as-of", "2024-12-30", "--threads", threads, orders]].concat()).json()
    };
    let summary = run("shop", &orders, "1");
    let value = &summary["value"];
    assert_eq!(value["horizon_days"], 180);
    assert_eq!(run("shop", &orders, "2")["value"], *value);
    let tables = |which: &str| shop.run(&["runs", "show", which]).json()["tables"].clone();
    assert_eq!(tables("current"), tables("previous"));
    let names = ["Linear regression", "Ridge regression", "Random forest", "XGBoost", "LightGBM", "Blend"];
    let compared = json_rows(
        &shop,
        "SELECT model, rmse, gini, chosen FROM model_comparison WHERE kind IN ('learned', 'blend')",
    );
    assert_eq!(compared.iter().map(|row| row["model"].as_str().expect("a name")).collect::<Vec<_>>(), names);
    let mean = json_rows(&shop, "SELECT rmse FROM model_comparison WHERE model = 'overall mean'");
    for row in &compared {
        assert!(number(&row["rmse"]) < number(&mean[0]["rmse"]), "{row} {mean:?}");
    }
    let held = "SELECT count(*) AS n, sum(CASE WHEN predicted_low <= predicted_ltv AND predicted_ltv <= predicted_high THEN 1 ELSE 0 END) AS ordered, \
         sum(CASE WHEN ltv_decile = 1 THEN 1 ELSE 0 END) AS top, count(lightgbm_ltv) AS lightgbm, count(blend_ltv) AS blend FROM ltv_predictions";
    let row = &json_rows(&shop, held)[0];
    assert_eq!((&row["ordered"], &row["lightgbm"], &row["blend"]), (&row["n"], &row["n"], &row["n"]));
    assert!((number(&row["top"]) * 10.0 - number(&row["n"])).abs() < 10.0, "{row}");
    let gain = "SELECT model, sum(gain) AS gain, count(*) AS n FROM feature_importance GROUP BY model";
    for row in json_rows(&shop, gain) {
        assert_eq!(row["n"], 36, "{row}");
        assert!(row["model"] == "Blend" || (number(&row["gain"]) - 1.0).abs() < 1e-9, "{row}");
    }
    explained(&shop, value);

    // What the models said at the cut does not move when everything after it does.
    let judged_from = value["calibration_end"].as_str().expect("a day");
    let text = fs_err::read_to_string(&orders).expect("readable");
    let bad = shop.write("poisoned.csv", &poisoned(&text, judged_from));
    let deciles = "SELECT model, decile, expected FROM ltv_deciles WHERE model NOT IN ('naive forecast', 'overall mean') ORDER BY model, decile";
    let before = json_rows(&shop, deciles);
    assert_eq!(before.len(), 120);
    assert_ne!(run("poisoned", &bad, "2")["value"]["actual_minor"], value["actual_minor"]);
    let query = ["--format", "json", "sql", "--name", "poisoned", deciles];
    assert_eq!(*shop.run(&query).json().as_array().expect("rows"), before);
}

/// What drives the best learned model, the sums over groups and the intervals of every model.
fn explained(shop: &Shop, value: &Value) {
    let best = "SELECT model FROM model_comparison WHERE kind IN ('learned', 'blend') ORDER BY rmse LIMIT 1";
    let best = &json_rows(shop, best)[0]["model"];
    assert_eq!(value["best_learned"], *best);
    let rise = feature_importance::LIST[4].name;
    let shuffled = format!(
        "SELECT model, feature, {rise} AS rise FROM feature_importance WHERE {rise} IS NOT NULL ORDER BY rise DESC"
    );
    let shuffled = json_rows(shop, &shuffled);
    assert_eq!(shuffled.len(), 36);
    assert!(shuffled.iter().all(|row| row["model"] == *best));
    assert_eq!(shuffled[0]["feature"], "expected_value");
    // RMSE nearly doubles without it.
    assert!(number(&shuffled[0]["rise"]) > 50.0, "{:?}", shuffled[0]);
    assert_eq!(value["features"][0]["feature"], "expected_value");

    let places =
        json_rows(shop, "SELECT * FROM ltv_dependence WHERE feature = 'expected_value' ORDER BY value");
    let spends: Vec<f64> = places.iter().map(|row| number(&row["mean_spend"])).collect();
    assert!(spends.len() > 5 && spends[spends.len() - 1] > 10.0 * spends[0], "{spends:?}");
    let shown = json_rows(shop, "SELECT count(DISTINCT feature) AS n FROM ltv_dependence");
    assert_eq!(shown[0]["n"], 6);

    let sums = "SELECT grouping, count(*) AS groups, sum(customers) AS customers, sum(predicted_ltv) AS value, sum(share) AS share, \
         sum(CASE WHEN predicted_low <= predicted_ltv AND predicted_ltv <= predicted_high THEN 1 ELSE 0 END) AS ordered \
         FROM ltv_summary GROUP BY grouping ORDER BY grouping";
    let sums = json_rows(shop, sums);
    assert_eq!(
        sums.iter().map(|row| row["grouping"].as_str().expect("a name")).collect::<Vec<_>>(),
        ["all", "decile", "segment"]
    );
    for row in &sums {
        assert_eq!((&row["customers"], &row["ordered"]), (&value["customers"], &row["groups"]), "{row}");
        let off = number(&row["value"]) - number(&sums[0]["value"]);
        assert!(off.abs() < 0.06 && (number(&row["share"]) - 1.0).abs() < 1e-9, "{row}");
    }
    // What is said of everybody is surer than what is said of one tenth.
    let width = "SELECT (predicted_high - predicted_low) / predicted_ltv AS width FROM ltv_summary \
         WHERE grouping = 'all' OR (grouping = 'decile' AND name = '1') ORDER BY grouping";
    let width = json_rows(shop, width);
    assert!(number(&width[0]["width"]) < number(&width[1]["width"]), "{width:?}");

    for key in ["buy_till_you_die", "linear", "ridge", "random_forest", "xgboost", "lightgbm", "blend"] {
        let at_odds = format!(
            "SELECT count(*) AS n FROM ltv_predictions WHERE {key}_low > {key}_ltv OR {key}_ltv > {key}_high OR {key}_low IS NULL"
        );
        assert_eq!(json_rows(shop, &at_odds)[0]["n"], 0, "{key}");
    }
    let held = "SELECT d.model, sum(d.coverage * d.customers) / sum(d.customers) AS by_tenths, max(m.spend_coverage) AS overall \
         FROM ltv_deciles d JOIN model_comparison m USING (model) WHERE d.coverage IS NOT NULL GROUP BY d.model";
    let held = json_rows(shop, held);
    assert_eq!(held.len(), 7);
    for row in &held {
        assert!((number(&row["by_tenths"]) - number(&row["overall"])).abs() < 2e-3, "{row}");
        assert!((0.84..=0.96).contains(&number(&row["overall"])), "{row}");
    }
    let report = shop.run(&["report"]).success();
    for expected in [
        "by forecast decile",
        "Forecast drivers of the most accurate learned model",
        "Churn models: P(churn) is the probability of no purchase in",
        "Forecast by segment and cluster",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    assert!(!report.contains("Backtest at earlier forecast origins"), "{report}");
}

#[test]
fn settings_are_searched_objectives_chosen_and_earlier_days_looked_at() {
    let shop = Shop::new();
    let folder = shop.path("data").display().to_string();
    shop.run(&["-q", "synth", "--customers", "700", "--out", &folder]).success();
    let orders = format!("{folder}/transactions.csv");
    shop.write(
        "regulars.toml",
        "[value]\nlearned = [\"ridge\", \"lightgbm\"]\nobjective = \"hurdle\"\nsearch_trials = 3\norigins = 3\nholdout_days = 120\norders = true\nmargin = 0.4\n",
    );
    let run = |threads: &str| {
        let words = [
            "-q",
            "--format",
            "json",
            "run",
            "--steps",
            "value",
            "--name",
            "shop",
            "--no-reuse",
            "--threads",
            threads,
        ];
        shop.run(&[&words[..], &[orders.as_str()]].concat()).json()
    };
    let value = &run("1")["value"];
    assert_eq!(run("2")["value"], *value);
    let tables = |which: &str| shop.run(&["runs", "show", which]).json()["tables"].clone();
    assert_eq!(tables("current"), tables("previous"));
    let notes = json_rows(&shop, "SELECT model, note FROM model_comparison WHERE model = 'LightGBM'");
    assert!(notes[0]["note"].to_string().contains("best of 4 settings on earlier days"), "{notes:?}");
    // At the third there were too few customers.
    let origins = json_rows(
        &shop,
        "SELECT origin, count(*) AS n, min(rmse) AS best, max(rmse) AS worst FROM ltv_origins GROUP BY origin",
    );
    assert_eq!(origins.len(), 2, "{origins:?}");
    assert!(value["warnings"].to_string().contains("2 of 3 earlier origins were tested"), "{value}");
    for row in &origins {
        assert_eq!(row["n"], 6, "{row}");
        assert!(number(&row["best"]) < number(&row["worst"]), "{row}");
    }
    let report = shop.run(&["report"]).success();
    assert!(report.contains("Backtest at earlier forecast origins"), "{report}");
    let of_orders = json_rows(
        &shop,
        "SELECT purchases_rmse FROM model_comparison WHERE kind IN ('learned', 'blend', 'baseline')",
    );
    assert!(of_orders.iter().all(|row| number(&row["purchases_rmse"]) > 0.1), "{of_orders:?}");
    assert!(value["warnings"].to_string().contains("of the learned models of orders"), "{value}");
    let sums = "SELECT count(*) AS n, sum(learned_purchases) AS learned, sum(expected_purchases) AS expected, \
         sum(CASE WHEN learned_purchases BETWEEN learned_purchases_low AND learned_purchases_high THEN 1 ELSE 0 END) AS ordered, \
         sum(CASE WHEN abs(predicted_margin - 0.4 * predicted_ltv) <= 0.01 AND margin_low <= predicted_margin AND predicted_margin <= margin_high THEN 1 ELSE 0 END) AS margins \
         FROM ltv_predictions";
    let row = &json_rows(&shop, sums)[0];
    assert_eq!((&row["ordered"], &row["margins"]), (&row["n"], &row["n"]), "{row}");
    assert!((number(&row["learned"]) / number(&row["expected"]) - 1.0).abs() < 0.35, "{row}");
    shop.write("regulars.toml", "[value]\nmargin = 40.0\n");
    let refused = shop.run(&["run", "--name", "shop", &orders]);
    assert!(
        refused.code == 2 && refused.err.contains("value.margin = 40, expected more than 0"),
        "{}",
        refused.err
    );
    shop.write("regulars.toml", "[value]\norigins = 25\n");
    let refused = shop.run(&["run", "--name", "shop", &orders]);
    assert!(
        refused.code == 2 && refused.err.contains("value.origins = 25, expected 0 to 24"),
        "{}",
        refused.err
    );
}

#[test]
fn models_that_cannot_learn_are_left_out_with_a_reason() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    let summary =
        shop.run(&["-q", "--format", "json", "run", "--name", "cut", "--steps", "value", &orders]).json();
    let warnings = summary["value"]["warnings"].to_string();
    assert!(warnings.contains("no learned models: "), "{warnings}");
    assert_eq!(json_rows(&shop, "SELECT * FROM model_comparison WHERE kind = 'learned'").len(), 0);
    assert_eq!(json_rows(&shop, "SELECT * FROM feature_importance").len(), 0);
    shop.write("regulars.toml", "[value]\nlearned = [\"lightgmb\"]\n");
    let refused = shop.run(&["run", "--name", "cut", &orders]);
    assert!(refused.code == 2 && refused.err.contains("there is no model `lightgmb`"), "{}", refused.err);
}

#[test]
fn steps_horizon_and_configuration_are_heard() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    let without =
        shop.run(&["-q", "--format", "json", "run", "--name", "cut", "--steps", "scores", &orders]).json();
    assert!(without["value"].is_null());
    let none = shop.run(&["clv", "predict", &orders, "--use-run", "current", "--out", "x.csv"]);
    assert!(none.code == 2 && none.err.contains("has no lifetime value model"), "{}", none.err);
    shop.write(
        "regulars.toml",
        "[value]\nmodels = [\"bg_nbd\", \"nbd\"]\nunit = \"weeks\"\ncriterion = \"log_likelihood\"\nholdout_days = 60\n\
         discount_rate = 0.2\ninterval_level = 0.8\n",
    );
    let run = |more: &[&str]| {
        shop.run(
            &[
                &["-q", "--format", "json", "run", "--name", "cut", "--steps", "value"],
                more,
                &[orders.as_str()],
            ]
            .concat(),
        )
    };
    let summary = run(&["--horizon-days", "90"]).json();
    let value = &summary["value"];
    assert_eq!(value["horizon_days"], 90);
    assert_eq!(value["holdout_days"], 60);
    assert_eq!(value["interval_level"], 0.8);
    assert_eq!(value["discount"], "20% per year");
    assert_eq!(value["models"].as_array().expect("models").len(), 4);
    assert!(value["rule"].as_str().is_some_and(|rule| rule.contains("log-likelihood")));
    assert!(summary["clusters"].is_null());
    let refused = run(&["--horizon-days", "0"]);
    assert!(refused.code == 2 && refused.err.contains("value.horizon_days = 0"), "{}", refused.err);
    let century = run(&["--horizon-days", "36500"]);
    assert!(century.code == 2 && century.err.contains("50 years"), "{}", century.err);
}

#[test]
fn too_little_data_gives_a_note_not_an_error() {
    let shop = Shop::new();
    let check = |name: &str, rows: &str, expected: &str| {
        let file = shop.write(&format!("{name}.csv"), &format!("customer_id,date,amount\n{rows}"));
        let output = shop.run(&["--format", "json", "run", "--name", name, &file]);
        assert!(output.err.contains(expected), "{name}: {}", output.err);
        let summary = output.json();
        assert!(summary["value"].is_null(), "{name}");
        let manifest = shop.run(&["runs", "show", "--name", name]).json();
        let notes = manifest["notes"].as_array().expect("notes");
        assert!(
            notes.iter().any(|note| note.as_str().is_some_and(|note| note.contains(expected))),
            "{notes:?}"
        );
    };
    check(
        "short",
        "1,2024-01-01,5\n2,2024-01-20,6\n2,2024-02-01,7\n",
        "no lifetime value: the orders cover 32 days",
    );
    let once: String =
        (0..60).map(|i| format!("{i},2024-{:02}-{:02},{}\n", 1 + i % 12, 1 + i % 28, 10 + i)).collect();
    check("once", &once, "no lifetime value: 0 customers bought on more than one day");
}

/// Sixty customers who come back, at amounts that `amount` gives.
fn returning(amount: impl Fn(u32, u32) -> u32) -> String {
    let mut rows = "customer_id,date,amount\n".to_owned();
    for customer in 0..60_u32 {
        for purchase in 0..=(customer % 6) {
            let day = customer % 27 + purchase * (13 + customer % 17);
            let (month, day) = (1 + day / 28, 1 + day % 28);
            writeln!(rows, "{customer},2024-{month:02}-{day:02},{}", amount(customer, purchase))
                .expect("a String takes everything");
        }
    }
    rows
}

#[test]
fn purchases_without_spend_are_forecast_as_purchases() {
    let shop = Shop::new();
    let run = |name: &str, text: &str| {
        let file = shop.write(&format!("{name}.csv"), text);
        shop.run(&["-q", "--format", "json", "run", "--name", name, &file]).json()
    };
    let free = run("free", &returning(|_, _| 0));
    let value = &free["value"];
    assert_eq!(value["total_ltv_minor"], 0);
    assert!(value["total_purchases"].as_f64().is_some_and(|purchases| purchases > 1.0), "{value}");
    let warnings = value["warnings"].to_string();
    assert!(warnings.contains("one mean spend is used for all customers"), "{warnings}");
    // Some spend nothing: they are counted, and everybody has finite numbers.
    let some = run(
        "some",
        &returning(|customer, purchase| if customer % 10 == 5 { 0 } else { 5 + customer + purchase }),
    );
    let warnings = some["value"]["warnings"].to_string();
    assert!(warnings.contains("customers with repeat purchases of zero value"), "{warnings}");
    let rows = json_rows(&shop, "SELECT * FROM ltv_predictions");
    assert_eq!(rows.len(), 60);
    for row in &rows {
        for key in ["p_alive", "expected_purchases", "p_purchase", "next_purchase_days"] {
            assert!(row[key].as_f64().is_some_and(f64::is_finite), "{key}: {row}");
        }
    }
}
