//! Lifetime models from the command line, held against what was published.

use std::fmt::Write as _;

use serde_json::Value;

use crate::shop::{Shop, fixture};

/// The customers of the CDNOW sample as a table in weeks, as the papers have it.
pub(crate) fn cdnow_weeks(shop: &Shop) -> String {
    let text = fs_err::read_to_string(fixture("golden/cdnow_sample.csv")).expect("a fixture");
    let mut out = "customer_id,x,t_x,T,litt,m\n".to_owned();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().expect("a number");
        let litt = number(4) - number(1) * 7_f64.ln();
        writeln!(
            out,
            "{},{},{},{},{litt},{}",
            cells[0],
            cells[1],
            number(2) / 7.0,
            number(3) / 7.0,
            cells[5]
        )
        .expect("a String takes everything");
    }
    shop.write("cdnow_weeks.csv", &out)
}

pub(crate) fn of<'a>(fits: &'a Value, model: &str) -> &'a Value {
    fits.as_array().expect("a list").iter().find(|model_fit| model_fit["model"] == model).expect(model)
}

#[track_caller]
pub(crate) fn near(found: &Value, expected: f64, tolerance: f64) {
    let number = found.as_f64().unwrap_or(f64::NAN);
    assert!((number - expected).abs() <= tolerance, "{found}, expected {expected}");
}

/// A model, its log-likelihood, its parameters.
type Published = (&'static str, f64, &'static [(&'static str, f64)]);

#[test]
fn published_fits_come_out_of_a_table() {
    let shop = Shop::new();
    let table = cdnow_weeks(&shop);
    let fits = shop.run(&["clv", "fit", &table, "--unit", "weeks"]).json();
    // R's BTYD, BTYDplus and CLVTools on the same customers.
    let published: [Published; 5] = [
        (
            "Pareto/NBD",
            -9594.9762,
            &[("r", 0.553_355), ("alpha", 10.578_67), ("s", 0.605_943), ("beta", 11.657_81)],
        ),
        (
            "BG/NBD",
            -9582.4292,
            &[("r", 0.242_595_7), ("alpha", 4.413_657_5), ("a", 0.792_986_3), ("b", 2.426_161_7)],
        ),
        (
            "MBG/NBD",
            -9582.1357,
            &[("r", 0.524_844), ("alpha", 6.183_093), ("a", 0.891_388), ("b", 1.614_048)],
        ),
        ("NBD", -9763.6576, &[("r", 0.384_766), ("alpha", 12.072_014)]),
        ("Gamma-Gamma", -4055.9177, &[("p", 6.249_349), ("q", 3.744_256), ("gamma", 15.444_307)]),
    ];
    for (model, log_likelihood, parameters) in published {
        let model_fit = of(&fits, model);
        near(&model_fit["log_likelihood"], log_likelihood, 1e-4);
        for (name, value) in parameters {
            near(&model_fit["parameters"][name], *value, 1e-3 * value);
        }
        assert_eq!(model_fit["converged"], true);
        assert!(model_fit["holdout"].is_null() && model_fit["aic"].is_f64(), "{model_fit}");
    }
    for model in ["BG/CNBD-k", "MBG/CNBD-k"] {
        near(&of(&fits, model)["parameters"]["k"], 1.0, 0.0);
    }
    near(&of(&fits, "Pareto/NBD")["standard_errors"]["r"], 0.0476, 1e-3);
    near(&of(&fits, "Gamma-Gamma")["mean_spend"], 35.1704, 1e-3);
}

#[test]
fn donations_are_occasions() {
    let shop = Shop::new();
    let donors = fixture("golden/donations.csv");
    let fits = shop.run(&["clv", "fit", &donors]).json();
    let model_fit = of(&fits, "BG/BB");
    // Fader, Hardie & Shang (2010).
    near(&model_fit["log_likelihood"], -33_225.581_3, 1e-3);
    for (name, value, error) in [
        ("alpha", 1.203_519, 0.0694),
        ("beta", 0.749_718, 0.0294),
        ("gamma", 0.656_774, 0.0510),
        ("delta", 2.783_780, 0.3208),
    ] {
        near(&model_fit["parameters"][name], value, 1e-3 * value);
        near(&model_fit["standard_errors"][name], error, 2e-2 * error);
    }
    let out = shop.path("ahead.json").display().to_string();
    let output = shop.run(&["clv", "predict", &donors, "--occasions", "5", "--out", &out]).success();
    assert!(
        output.contains(": 12,884.") && output.contains(" expected purchases in 5 occasions"),
        "{output}"
    );
    let rows: Value = serde_json::from_str(&fs_err::read_to_string(&out).expect("written")).expect("JSON");
    let row =
        rows.as_array().expect("rows").iter().find(|row| row["x"] == 2 && row["t_x"] == 4).expect("there");
    near(&row["p_alive"], 0.5896, 1e-4);
    near(&row["expected_purchases"], 1.0576, 1e-4);
    let refused = shop.run(&["clv", "predict", &donors, "--out", "x.csv"]);
    assert!(refused.code == 2 && refused.err.contains("set the number of future ones"), "{}", refused.err);
}

#[test]
fn published_predictions_come_out_of_a_table() {
    let shop = Shop::new();
    let table = cdnow_weeks(&shop);
    let out = shop.path("value.json").display().to_string();
    for (model, expected, alive) in [("bg_nbd", 1.225_985, 0.726_619), ("Pareto/NBD", 1.455_348, 0.869_164)] {
        shop.run(&[
            "clv",
            "predict",
            &table,
            "--unit",
            "weeks",
            "--model",
            model,
            "--horizon-days",
            "273",
            "--out",
            &out,
        ])
        .success();
        let rows: Value =
            serde_json::from_str(&fs_err::read_to_string(&out).expect("written")).expect("JSON");
        assert_eq!(rows.as_array().expect("rows").len(), 2357);
        // R stops a little short of the maximum of the Pareto/NBD: its log-likelihood is the same to 1e-4.
        near(&rows[0]["expected_purchases"], expected, 2e-4);
        near(&rows[0]["p_alive"], alive, 1e-4);
        near(&rows[0]["expected_order_value"], 24.654, 1e-3);
        near(&rows[5]["expected_order_value"], 71.4646, 1e-2);
        for row in rows.as_array().expect("rows") {
            let number = |name: &str| row[name].as_f64().expect("a number");
            let expected = number("expected_purchases").round();
            assert!(
                number("purchases_low") <= expected
                    && expected <= number("purchases_high")
                    && number("predicted_low") <= number("predicted_ltv")
                    && number("predicted_ltv") <= number("predicted_high"),
                "{row}"
            );
            assert!(
                (number("predicted_ltv") - number("expected_purchases") * number("expected_order_value"))
                    .abs()
                    < 1e-9
            );
        }
    }
    // With 1% a month over a year: the value that a unit of weeks, not of days, gives.
    shop.run(&[
        "clv",
        "predict",
        &table,
        "--unit",
        "weeks",
        "--model",
        "bg_nbd",
        "--discount",
        "0.01/month",
        "--out",
        &out,
    ])
    .success();
    let rows: Value = serde_json::from_str(&fs_err::read_to_string(&out).expect("written")).expect("JSON");
    near(&rows[0]["predicted_ltv"], 36.2785, 0.15);
    assert!(rows[0]["discounted_residual_purchases"].as_f64().is_some_and(|residual| residual > 1.0));
}

#[test]
fn orders_are_split_by_date() {
    let shop = Shop::new();
    let folder = shop.path("data").display().to_string();
    shop.run(&["-q", "synth", "--customers", "2000", "--out", &folder]).success();
    let orders = format!("{folder}/transactions.csv");
    let output = |threads: &str| {
        shop.run(&["clv", "fit", &orders, "--calibration-end", "2024-03-31", "--threads", threads]).success()
    };
    let text = output("1");
    assert_eq!(text, output("2"), "threads change nothing");
    let fits: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(fits.as_array().expect("a list").len(), 7);
    for model_fit in
        fits.as_array().expect("a list").iter().filter(|model_fit| model_fit["model"] != "Gamma-Gamma")
    {
        let holdout = &model_fit["holdout"];
        assert_eq!(holdout["calibration_end"], "2024-03-31");
        for key in ["mae", "rmse", "bias", "log_likelihood", "coverage_90"] {
            assert!(holdout[key].as_f64().is_some_and(f64::is_finite), "{key}: {holdout}");
        }
        assert!(holdout["spend"]["gini"].as_f64().is_some_and(|gini| gini > 0.2), "{holdout}");
    }
    let plots = shop
        .run(&["clv", "plot-data", &orders, "--calibration-end", "2024-03-31", "--models", "bg_nbd"])
        .json();
    let model = &plots["models"][0];
    let tracking = model["tracking"].as_array().expect("weeks");
    assert!(tracking.iter().any(|week| week["is_holdout"] == true && week["actual"].as_u64() > Some(0)));
    let last = tracking.last().expect("weeks");
    let actual: u64 = tracking.iter().filter_map(|week| week["actual"].as_u64()).sum();
    assert_eq!(last["actual_cumulative"].as_u64(), Some(actual));
    let classes = model["repeat_frequency"].as_array().expect("classes");
    let sum = |key: &str| classes.iter().filter_map(|class| class[key].as_f64()).sum::<f64>();
    assert!((sum("actual") - sum("expected")).abs() < 1e-6);
    assert!(model["grid"]["p_alive"][0][0].as_f64().is_some() && model["grid"]["p_alive"][0][1].is_null());
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let shop = Shop::new();
    let good = "customer_id,x,t_x,T,m\n1,2,10,20,5\n2,0,0,20,\n3,1,4,9,7\n";
    for (rows, expected) in [
        ("4,1,5,-3,5\n", "line 5: column `T`: `-3`, expected 0 or more"),
        ("4,1,5,NaN,5\n", "line 5: column `T`: `NaN`, expected a number"),
        ("4,1,30,20,5\n", "line 5: column `t_x`: `30`, expected at most `T` of the row, 20"),
        ("4,0,5,20,\n", "line 5: column `t_x`: `5`, expected 0, because `x` is 0"),
        ("4,1.5,5,20,5\n", "line 5: column `x`: `1.5`, expected a whole number"),
    ] {
        let file = shop.write("bad.csv", &format!("{good}{rows}"));
        let output = shop.run(&["clv", "fit", &file, "--unit", "days"]);
        assert_eq!(output.code, 2, "{rows}");
        assert!(output.err.contains("bad.csv") && output.err.contains(expected), "{}", output.err);
        assert!(output.err.contains("hint: ") && output.out.is_empty(), "{}", output.err);
        let counted =
            shop.run(&["clv", "fit", &file, "--unit", "days", "--allow-bad-rows", "--models", "nbd"]);
        assert!(counted.err.contains("1 row excluded (first: line 5"), "{}", counted.err);
        assert_eq!(counted.json()[0]["customers"], 3);
    }
    let file = shop.write("good.csv", good);
    let once = shop.write("once.csv", "x,t_x,T\n0,0,20\n0,0,30\n");
    let mixed = shop.write("mixed.csv", "x,t_x_weeks,T_weeks\n1,2,3\n");
    for (arguments, expected) in [
        (vec!["fit", once.as_str()], "needs customers with a repeat purchase: found 0 among 2"),
        (vec!["fit", mixed.as_str(), "--unit", "days"], "are in weeks, --unit says days"),
        (vec!["predict", file.as_str(), "--horizon-days", "0", "--out", "x.csv"], "a horizon of 0 days"),
        (
            vec!["predict", file.as_str(), "--horizon-days", "36500", "--out", "x.csv"],
            "a horizon of 36500 days",
        ),
        (vec!["predict", file.as_str(), "--discount", "0.1", "--out", "x.csv"], "the rate needs a period"),
        (vec!["fit", file.as_str(), "--prior", "0"], "a prior standard deviation of 0"),
        (vec!["fit", file.as_str(), "--models", "arima"], "unknown model `arima`"),
        (
            vec!["fit", file.as_str(), "--calibration-end", "2024-01-01"],
            "a calibration end needs orders with dates",
        ),
    ] {
        let output = shop.run(&[vec!["clv"], arguments].concat());
        assert_eq!(output.code, 2, "{expected}: {}{}", output.out, output.err);
        assert!(output.err.contains(expected), "{} should contain {expected}", output.err);
    }
    // Spend of nothing is left out of the model of spend, and counted.
    let rows: String = (0..40)
        .map(|i| format!("{i},{},{},100,{}\n", 1 + i % 3, 20 + i, if i < 3 { 0 } else { 5 + i }))
        .collect();
    let free = shop.write("free.csv", &format!("customer_id,x,t_x,T,m\n{rows}"));
    let model_fit = shop.run(&["clv", "fit", &free, "--unit", "days", "--models", "gamma_gamma"]).json();
    assert_eq!(model_fit[0]["excluded"]["not_positive"], 3);
    assert!(model_fit[0]["note"].as_str().is_some_and(|note| note.contains("3 repeat customers excluded")));
}

#[test]
fn the_help_has_examples() {
    let shop = Shop::new();
    for command in ["fit", "predict", "plot-data"] {
        let help = shop.run(&["clv", command, "--help"]).success();
        assert!(help.contains("Examples:"), "{command}: {help}");
    }
    assert!(shop.run(&["clv", "--help"]).success().contains("Examples:"));
}
