//! What `regulars clv` makes of inputs that do not fit the options: converted, refused with a reason, or remarked
//! on, never passed over.

use std::fmt::Write as _;

use serde_json::Value;

use crate::clv::cdnow_weeks;
use crate::shop::{Shop, fixture};

/// Orders of customers who buy once a fortnight or so, and some stop.
fn orders(shop: &Shop) -> String {
    let mut out = "customer_id,date,amount\n".to_owned();
    for customer in 0..60_u32 {
        let (first, gap, last) = (customer % 20, 9 + customer % 11, 60 + 2 * customer);
        let mut day = first;
        while day < last {
            let (month, of_month) = (1 + day / 28, 1 + day % 28);
            writeln!(out, "{customer},2024-{month:02}-{of_month:02},{}.50", 10 + customer % 7)
                .expect("written");
            day += gap;
        }
    }
    shop.write("orders.csv", &out)
}

fn rows(shop: &Shop, name: &str) -> Vec<Value> {
    let text = fs_err::read_to_string(shop.path(name)).expect("written");
    serde_json::from_str::<Value>(&text).expect("JSON").as_array().expect("rows").clone()
}

#[test]
fn a_kept_model_takes_tables_in_any_unit() {
    let shop = Shop::new();
    shop.run(&["-q", "run", "--name", "a", "--steps", "value", &orders(&shop)]).success();
    let weeks = cdnow_weeks(&shop);
    let text = fs_err::read_to_string(&weeks).expect("written");
    let named = shop.write("named.csv", &text.replacen("t_x,T,", "t_x_weeks,T_weeks,", 1));
    let mut days = String::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let in_days = |cell: &str| {
            cell.parse::<f64>().map_or_else(|_| cell.to_owned(), |time| (time * 7.0).to_string())
        };
        let cells = [cells[0], cells[1], &in_days(cells[2]), &in_days(cells[3]), cells[5]];
        writeln!(days, "{}", cells.join(",")).expect("written");
    }
    let days = shop.write("days.csv", &days);
    let predict = |input: &str, more: &[&str], out: &str| {
        let path = shop.path(out).display().to_string();
        let output =
            shop.run(&[&["clv", "predict", input, "--use-run", "current", "--out", &path], more].concat());
        let err = output.err.clone();
        output.success();
        (rows(&shop, out), err)
    };
    let (expected, _) = predict(&days, &["--unit", "days"], "days.json");
    for (input, more) in [(&weeks, ["--unit", "weeks"].as_slice()), (&named, &[])] {
        let (found, err) = predict(input, more, "weeks.json");
        assert!(err.contains("times in weeks are converted to the days of the model"), "{err}");
        for (found, expected) in found.iter().zip(&expected) {
            for key in ["expected_purchases", "p_alive", "predicted_ltv"] {
                let [found, expected] = [found, expected].map(|row| row[key].as_f64().expect("a number"));
                assert!((found - expected).abs() <= 1e-9 * expected.max(1.0), "{key}: {found} {expected}");
            }
        }
        // The times stay those of the input.
        assert!(
            (found[0]["T"].as_f64().expect("a number") * 7.0 - expected[0]["T"].as_f64().expect("one")).abs()
                < 1e-9
        );
    }
    let (_, err) = predict(&days, &[], "plain.json");
    assert!(err.contains("times are assumed to be days"), "{err}");
}

#[test]
fn options_that_an_input_cannot_heed_are_refused() {
    let shop = Shop::new();
    let orders = orders(&shop);
    shop.run(&["-q", "run", "--name", "a", "--steps", "value", &orders]).success();
    let donors = fixture("golden/donations.csv");
    let times = shop.write("times.csv", "customer_id,x,t_x,T,m\n1,2,10,20,5\n2,0,0,20,\n3,1,4,9,7\n");
    for (input, options, expected) in [
        (&donors, ["--occasions", "5", "--discount", "0.1/year"].as_slice(), "--discount does not apply"),
        (&donors, &["--occasions", "5", "--horizon-days", "90"], "--horizon-days does not apply"),
        (&donors, &["--occasions", "5", "--interval", "0.8"], "--interval does not apply"),
        (&donors, &["--occasions", "5", "--use-run", "current"], "--use-run does not apply"),
        (&donors, &["--occasions", "5", "--unit", "weeks"], "--unit does not apply"),
        (&donors, &["--occasions", "5", "--as-of", "2024-01-01"], "--as-of does not apply"),
        (&times, &["--occasions", "5"], "--occasions does not apply"),
        (&times, &["--as-of", "2024-01-01"], "--as-of does not apply"),
        (&times, &["--grain", "week"], "--grain does not apply"),
        (&times, &["--date-order", "day_first"], "--date-order does not apply"),
        (&orders, &["--occasions", "5"], "--occasions does not apply"),
        (&orders, &["--use-run", "current", "--model", "nbd"], "--model does not apply with --use-run"),
        (&orders, &["--use-run", "current", "--grain", "week"], "the model counts purchases by the day"),
        (&orders, &["--use-run", "current", "--unit", "weeks"], "--unit weeks does not apply"),
        (&orders, &["--use-run", "current", "--prior", "1"], "--prior does not apply with --use-run"),
        (&orders, &["--discount", "-0.1/year"], "a discount rate of -0.1"),
        (&orders, &["--seed", "-1"], "invalid value '-1' for '--seed <S>'"),
        (&orders, &["--horizon-days", "0"], "hint: --horizon-days takes a number of days"),
        (&orders, &["--purchase-probabilities", "5000"], "expected at most 1000"),
    ] {
        let output = shop.run(&[&["clv", "predict", input.as_str(), "--out", "x.csv"], options].concat());
        assert_eq!(output.code, 2, "{options:?}: {}{}", output.out, output.err);
        assert!(output.err.contains(expected), "{options:?}: {} should contain {expected}", output.err);
    }
    for (input, options, expected) in [
        (&times, ["--grain", "week"].as_slice(), "--grain does not apply"),
        (&donors, &["--bootstrap", "50"], "it has no bootstrap"),
        (&times, &["--bootstrap", "5"], "a bootstrap with 5 replicates: expected 20 to"),
        (&times, &["--seed", "5"], "--seed needs --posterior or --bootstrap"),
        (&times, &["--bootstrap", "50", "--format", "csv"], "cannot show --bootstrap"),
        (&times, &["--bootstrap", "50", "--covariates", "m"], "the bootstrap does not support covariates"),
    ] {
        let output = shop.run(&[&["clv", "fit", input.as_str()], options].concat());
        assert!(output.code == 2 && output.err.contains(expected), "{options:?}: {}", output.err);
    }
}

#[test]
fn occasions_keep_their_customers_and_name_their_bad_rows() {
    let shop = Shop::new();
    let donors = shop.write("donors.csv", "customer_id,x,t_x,n\nA,0,0,6\nB,1,2,6\nC,3,5,6\nD,6,6,6\n");
    let out = shop.path("ahead.json").display().to_string();
    shop.run(&["clv", "predict", &donors, "--occasions", "5", "--out", &out]).success();
    let ids: Vec<Value> = rows(&shop, "ahead.json").iter().map(|row| row["customer_id"].clone()).collect();
    assert_eq!(ids, ["A", "B", "C", "D"]);
    let bad = shop.write("bad.csv", "x,t_x,n,customers\n0,0,6,10\n1,2,6,-5\n3,5,6,20\n2,4,6,8\n");
    let output = shop.run(&["clv", "fit", &bad]);
    assert!(
        output.code == 2
            && output.err.contains(
                "bad.csv`: 1 row is not a valid purchase history (first: line 3: column `customers`: `-5`"
            ),
        "{}",
        output.err
    );
    let output = shop.run(&["clv", "fit", &bad, "--allow-bad-rows"]);
    assert!(output.err.contains("1 row excluded"), "{}", output.err);
    assert_eq!(output.json()[0]["customers"], 38);
}

#[test]
fn a_table_of_customers_is_one_plain_file() {
    let shop = Shop::new();
    let table = "customer_id,x,t_x,T\n1,2,10,20\n2,0,0,20\n3,1,4,9\n";
    fs_err::create_dir(shop.path("folder")).expect("created");
    shop.write("folder/one.csv", table);
    let two = [shop.write("one.csv", table), shop.write("two.csv", table)];
    for inputs in [vec![shop.path("folder").display().to_string()], two.to_vec()] {
        let mut arguments = vec!["clv", "fit"];
        arguments.extend(inputs.iter().map(String::as_str));
        let output = shop.run(&arguments);
        assert!(
            output.code == 2 && output.err.contains("a table of customers must be one file"),
            "{}",
            output.err
        );
    }
}

#[test]
fn parameters_have_bootstrap_intervals() {
    let shop = Shop::new();
    let table = cdnow_weeks(&shop);
    let models = "bg_nbd,gamma_gamma";
    let fit = |seed: &str| {
        let draws = ["--bootstrap", "40", "--seed", seed];
        shop.run(&[["clv", "fit", &table, "--unit", "weeks", "--models", models].as_slice(), &draws].concat())
            .json()
    };
    let fits = fit("3");
    assert_eq!(fits, fit("3"));
    assert_ne!(fits, fit("4"));
    for (model_fit, parameters) in fits.as_array().expect("a list").iter().zip([4, 3]) {
        let bootstrap = &model_fit["bootstrap"];
        assert_eq!((&bootstrap["fits"], &bootstrap["seed"]), (&40.into(), &3.into()));
        let intervals = bootstrap["intervals_90"].as_object().expect("intervals");
        assert_eq!(intervals.len(), parameters);
        for (name, interval) in intervals {
            let value = model_fit["parameters"][name].as_f64().expect("a number");
            assert!(
                interval[0].as_f64() < Some(value) && Some(value) < interval[1].as_f64(),
                "{name} {interval}"
            );
        }
    }
}

#[test]
fn probabilities_of_every_number_of_purchases_add_up() {
    let shop = Shop::new();
    let table = cdnow_weeks(&shop);
    let out = shop.path("value.json").display().to_string();
    let ahead = ["--horizon-days", "273", "--purchase-probabilities", "60", "--out", &out];
    shop.run(
        &[["clv", "predict", &table, "--unit", "weeks", "--model", "bg_nbd"].as_slice(), &ahead].concat(),
    )
    .success();
    for row in rows(&shop, "value.json").iter().take(200) {
        let chance = |n: usize| row[format!("p_purchases_{n}")].as_f64().expect("a chance");
        let any = row["p_purchase"].as_f64().expect("a chance");
        assert!((1.0 - chance(0) - any).abs() < 1e-9, "{row}");
        let mean: f64 = (0..=60).map(|n| n as f64 * chance(n)).sum();
        let expected = row["expected_purchases"].as_f64().expect("a number");
        assert!((mean - expected).abs() < 1e-3 * expected + 1e-6, "{mean} {row}");
    }
    let plots = shop
        .run(&["clv", "plot-data", &table, "--unit", "weeks", "--models", "bg_nbd", "--horizon-days", "273"])
        .json();
    let new = &plots["models"][0]["new_customer"];
    let expected = new["expected_purchases"].as_array().expect("numbers");
    assert_eq!((expected.len(), new["time"].as_array().map(Vec::len)), (39, Some(39)));
    assert!(expected.windows(2).all(|pair| pair[0].as_f64() < pair[1].as_f64()));
    // Fader, Hardie & Lee (2005), eq. 9 at the published parameters, summed in Python.
    crate::clv::near(&expected[38], 1.195_001, 1e-4);
    let probabilities: f64 =
        new["probabilities"].as_array().expect("probabilities").iter().filter_map(Value::as_f64).sum();
    crate::clv::near(&new["probability_of_more"], 1.0 - probabilities, 1e-12);
}

#[test]
fn plots_of_orders_have_what_happened_without_a_calibration_end() {
    let shop = Shop::new();
    let orders = orders(&shop);
    let plots = shop.run(&["clv", "plot-data", &orders, "--models", "nbd"]).json();
    let tracking = plots["models"][0]["tracking"].as_array().expect("weeks");
    let purchases: u64 = tracking.iter().filter_map(|week| week["actual"].as_u64()).sum();
    let classes = plots["models"][0]["repeat_frequency"].as_array().expect("classes");
    assert!(!classes.is_empty() && purchases > 100, "{purchases}");
    let mut sum = 0;
    for week in tracking {
        assert!(week["period_end"].is_string() && week["is_holdout"] == false, "{week}");
        sum += week["actual"].as_u64().expect("a count");
        assert_eq!(week["actual_cumulative"].as_u64(), Some(sum));
    }
    let fitted = shop.run(&["clv", "fit", &orders, "--models", "nbd"]).json();
    assert_eq!(fitted[0]["customers"], 60);
    // A table has no dates; its last moment is now.
    let table = shop.write("times.csv", "customer_id,x,t_x,T\n1,2,10,20\n2,0,0,20\n3,1,4,9\n");
    let text = shop.run(&["clv", "plot-data", &table, "--models", "nbd"]).success();
    assert!(!text.contains("-0.0"), "{text}");
}
