//! What `regulars clv fit` says beside the fit: posteriors, origins, covariates, coverage.

use std::fmt::Write as _;

use serde_json::Value;

use crate::clv::{cdnow_weeks, near, of};
use crate::shop::{Shop, fixture};

/// Days from 1970-01-01 as a date.
fn date(day: i64) -> String {
    // Counted in eras of 400 years that begin in March.
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (of_month, month) =
        (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    format!("{}-{month:02}-{of_month:02}", year + 400 * era + i64::from(month <= 2))
}

/// The last day of CDNOW's calibration: 1997-09-30.
const CDNOW_END: i64 = 10_134;

/// Orders with the histories of the CDNOW sample and the purchases after them; what days do not decide is
/// put right after the first purchase, and right after the calibration.
fn cdnow_orders(shop: &Shop) -> String {
    let text = fs_err::read_to_string(fixture("golden/cdnow_sample.csv")).expect("a fixture");
    let mut out = "customer_id,date,amount\n".to_owned();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<i64>().expect("a whole number");
        let (x, t_x, t, after) = (number(1), number(2), number(3), number(6));
        let first = CDNOW_END - t;
        let known = (0..x).chain([t_x]).map(|day| first + day);
        for day in known.chain((1..=after).map(|day| CDNOW_END + day)) {
            writeln!(out, "{},{},10.00", cells[0], date(day)).expect("a String takes everything");
        }
    }
    shop.write("cdnow_orders.csv", &out)
}

#[test]
fn the_posterior_of_cdnow_is_around_what_was_published() {
    let shop = Shop::new();
    let table = cdnow_weeks(&shop);
    let fit = |more: &[&str]| {
        let models = "bg_nbd,gamma_gamma";
        let mut arguments =
            vec!["clv", "fit", table.as_str(), "--unit", "weeks", "--models", models, "--posterior"];
        arguments.extend(more);
        shop.run(&arguments)
    };
    let output = fit(&["--prior", "3", "--draws", "500"]);
    assert!(!output.err.contains("did not converge"), "{}", output.err);
    let fits = output.json();
    for (model, parameters) in [
        // Values and standard errors of the maximum.
        (
            "BG/NBD",
            [("r", 0.2426, 0.0126), ("alpha", 4.4137, 0.3782), ("a", 0.793, 0.186), ("b", 2.426, 0.705)]
                .as_slice(),
        ),
        ("Gamma-Gamma", [("p", 6.249, 1.19), ("q", 3.744, 0.29), ("gamma", 15.44, 3.9)].as_slice()),
    ] {
        let posterior = &of(&fits, model)["posterior"];
        assert_eq!((&posterior["converged"], &posterior["problems"]), (&true.into(), &Value::Array(vec![])));
        assert_eq!((posterior["chains"].as_u64(), posterior["draws"].as_u64()), (Some(4), Some(500)));
        near(&posterior["prior_sd"], 3.0, 0.0);
        assert!(posterior["divergences"] == 0 && posterior["seed"] == 42, "{posterior}");
        let found = posterior["parameters"].as_array().expect("parameters");
        assert_eq!(found.len(), parameters.len());
        for (found, (name, value, error)) in found.iter().zip(parameters) {
            assert_eq!(found["name"], *name);
            near(&found["median"], *value, 0.5 * error);
            near(&found["deviation"], *error, 0.4 * error);
            near(&found["r_hat"], 1.0, 0.01);
            let (low, high) = (found["interval_90"][0].as_f64(), found["interval_90"][1].as_f64());
            assert!(low < Some(*value) && Some(*value) < high, "{found}");
            for key in ["ess_bulk", "ess_tail"] {
                assert!(found[key].as_f64() > Some(400.0), "{found}");
            }
        }
    }
    // The seed decides, the number of threads does not.
    let few = ["--chains", "2", "--draws", "100", "--warmup", "100"];
    let with = |more: &[&str]| fit(&[few.as_slice(), more].concat()).success();
    let text = with(&["--threads", "1"]);
    assert_eq!(text, with(&["--threads", "2"]));
    assert_ne!(text, with(&["--seed", "7"]));
    // So few draws are worth too little, which is said twice.
    let output = fit(&few);
    assert!(
        output.err.contains("BG/NBD: the chains did not converge")
            && output.err.contains("effective sample size"),
        "{}",
        output.err
    );
    let fits = output.json();
    let model_fit = of(&fits, "BG/NBD");
    assert_eq!(model_fit["posterior"]["converged"], false);
    assert!(model_fit["note"].as_str().is_some_and(|note| note.contains("are unreliable")), "{model_fit}");
    assert!(fit(&[]).json()[0]["posterior"]["draws"] == 1000);
    // With one stage between purchases the regular model is the plain one, alone or beside it.
    let of_models = |models: &str| {
        let mut arguments = vec!["clv", "fit", &table, "--unit", "weeks", "--models", models, "--posterior"];
        arguments.extend(few);
        of(&shop.run(&arguments).json(), "BG/CNBD-k")["posterior"].clone()
    };
    assert_eq!(of_models("bg_cnbd_k"), of_models("bg_nbd,bg_cnbd_k"));
}

#[test]
fn a_single_origin_is_the_holdout_of_a_calibration() {
    let shop = Shop::new();
    let orders = cdnow_orders(&shop);
    let fit = |more: &[&str]| {
        let mut arguments =
            vec!["clv", "fit", orders.as_str(), "--models", "bg_nbd,pareto_nbd", "--unit", "weeks"];
        arguments.extend(more);
        shop.run(&arguments)
    };
    let output = fit(&[
        "--as-of",
        "1998-06-29",
        "--calibration-end",
        "1997-09-30",
        "--origins",
        "1",
        "--horizon-days",
        "272",
    ]);
    assert!(output.err.contains("tested on the 272 days after 1997-09-30"), "{}", output.err);
    assert!(output.err.contains("over all origins"), "{}", output.err);
    let fits = output.json();
    let text = fs_err::read_to_string(fixture("golden/cdnow_sample.csv")).expect("a fixture");
    let sum = |at: usize| -> f64 {
        let cells = text.lines().skip(1).map(|line| line.split(',').nth(at).expect("a cell"));
        cells.map(|cell| cell.parse::<f64>().expect("a number")).sum()
    };
    for (model, published) in [("BG/NBD", sum(11)), ("Pareto/NBD", sum(8))] {
        let model_fit = of(&fits, model);
        let (holdout, rolling) = (&model_fit["holdout"], &model_fit["rolling"]);
        assert_eq!(rolling["horizon_days"], 272);
        let origins = rolling["origins"].as_array().expect("origins");
        assert_eq!(origins.len(), 1);
        assert_eq!((&origins[0]["date"], &origins[0]["customers"]), (&"1997-09-30".into(), &2357.into()));
        for key in ["actual", "expected", "mae", "rmse", "bias", "log_likelihood", "coverage_90"] {
            let value = holdout[key].as_f64().expect(key);
            near(&origins[0][key], value, 1e-9 * value.abs());
        }
        // Published for 39 weeks, a day more.
        near(&origins[0]["expected"], published, 0.005 * published);
        near(&origins[0]["actual"], sum(6), 0.0);
        near(&rolling["summary"]["rmse"]["mean"], origins[0]["rmse"].as_f64().expect("a number"), 0.0);
        assert!(rolling["summary"]["rmse"]["deviation"].is_null());
        // Coverage by class adds up to that of all.
        let classes = holdout["coverage_by_frequency"].as_array().expect("classes");
        let count =
            |key: &str| classes.iter().filter_map(|class| class["coverage"][key].as_f64()).sum::<f64>();
        near(&holdout["customers"], count("customers"), 0.0);
        near(&holdout["coverage_90"], count("inside") / count("customers"), 1e-12);
        near(&holdout["customers"], count("inside") + count("below") + count("above"), 0.0);
        assert_eq!(classes.len(), holdout["by_frequency"].as_array().map_or(0, Vec::len));
    }
    // A day more is too much: as much must be known as is judged.
    let refused = fit(&["--origins", "1", "--horizon-days", "273", "--as-of", "1998-06-29"]);
    assert!(
        refused.code == 2
            && refused.err.contains("need 547 days of orders, there are 545: none would fit")
            && refused.err.contains("hint: --horizon-days 272"),
        "{}",
        refused.err
    );
    let refused = fit(&["--origins", "4", "--horizon-days", "150", "--as-of", "1998-06-29"]);
    assert!(refused.code == 2 && refused.err.contains("2 would fit"), "{}", refused.err);
    assert!(refused.err.contains("hint: --origins 2, or --horizon-days 108"), "{}", refused.err);
}

#[test]
fn several_origins_follow_one_another() {
    let shop = Shop::new();
    let folder = shop.path("data").display().to_string();
    shop.run(&["-q", "synth", "--customers", "1500", "--out", &folder]).success();
    let orders = format!("{folder}/transactions.csv");
    let fit = |more: &[&str]| shop.run(&[&["clv", "fit", orders.as_str(), "--origins"], more].concat());
    let text = fit(&["4", "--threads", "1"]);
    let err = text.err.clone();
    let fits = text.json();
    assert_eq!(fits, fit(&["4", "--threads", "2"]).json());
    assert!(err.contains("over all origins"), "{err}");
    for model_fit in fits.as_array().expect("a list") {
        if model_fit["model"] == "Gamma-Gamma" {
            assert!(model_fit["rolling"].is_null());
            continue;
        }
        let rolling = &model_fit["rolling"];
        let horizon = rolling["horizon_days"].as_u64().expect("days");
        let origins = rolling["origins"].as_array().expect("origins");
        assert_eq!((origins.len(), rolling["summary"]["origins"].as_u64()), (4, Some(4)));
        assert!((60..=100).contains(&horizon), "two years, half of them in four parts: {horizon}");
        let mut customers = 0;
        for origin in origins {
            assert!(err.contains(origin["date"].as_str().expect("a date")), "{err}");
            let known = origin["customers"].as_u64().expect("customers");
            assert!(known > customers, "more are known later: {origin}");
            customers = known;
            assert!(
                origin["rmse"].as_f64() > Some(0.0) && origin["coverage_90"].as_f64() > Some(0.5),
                "{origin}"
            );
        }
    }
    let weekly = fit(&["2", "--horizon-days", "56", "--grain", "week", "--models", "bg_nbd"]).json();
    assert_eq!(weekly[0]["rolling"]["origins"].as_array().map(Vec::len), Some(2));
    let split = fit(&["2", "--horizon-days", "50", "--grain", "week", "--models", "bg_nbd"]);
    assert!(split.code == 2 && split.err.contains("counted by week"), "{}", split.err);
}

/// Numbers that look random and are the same everywhere.
struct Dice(u64);

impl Dice {
    /// Above 0, at most 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut mixed = self.0 ^ (self.0 >> 33);
        mixed = mixed.wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^= mixed >> 33;
        ((mixed >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// An exponential variable.
    fn wait(&mut self, rate: f64) -> f64 {
        -self.roll().ln() / rate
    }
}

/// Effects of the channel and of ten years of age on buying, and of the channel on leaving.
const TRUE_EFFECTS: [f64; 3] = [0.6, 0.25, 0.5];
/// The last day of the generated shop: 2024-06-28.
const SHOP_END: i64 = 19_902;

/// Customers of a Pareto/NBD with r = s = 1 who buy and leave as their channel and age say.
struct Generated {
    /// `customer_id, x, t_x, T, channel, age`, in days.
    table: String,
    /// Orders with the same histories.
    orders: String,
    /// `customer_id, channel, age`.
    people: String,
}

fn generated(shop: &Shop, customers: u32) -> Generated {
    let mut dice = Dice(5);
    let mut table = "customer_id,x,t_x,T,channel,age\n".to_owned();
    let mut orders = "customer_id,date,amount\n".to_owned();
    let mut people = "customer_id,Sales Channel,age\n".to_owned();
    for id in 1..=customers {
        let app = dice.roll() < 0.4;
        let age = (2.0 + 6.0 * dice.roll()) * 10.0;
        let age = age.round();
        let t = (350.0 + 350.0 * dice.roll()).floor();
        let factor = |on_channel: f64, on_age: f64| {
            (on_channel * f64::from(u8::from(app)) + on_age * age / 10.0).exp()
        };
        let buys = dice.wait(600.0) * factor(TRUE_EFFECTS[0], TRUE_EFFECTS[1]);
        let stays = dice.wait(1.0) * 300.0 / factor(TRUE_EFFECTS[2], 0.0);
        // A gamma variable of shape 1 in the rate of leaving, too.
        let stays = stays / dice.wait(1.0).max(1e-9);
        let seen = stays.min(t);
        let (mut days, mut at) = (vec![0_i64], 0.0);
        loop {
            at += dice.wait(buys);
            if at > seen {
                break;
            }
            days.push(at.floor() as i64);
        }
        days.dedup();
        let channel = if app { "app" } else { "web" };
        let first = SHOP_END - t as i64;
        writeln!(table, "{id},{},{},{t},{channel},{age}", days.len() - 1, days[days.len() - 1])
            .expect("written");
        writeln!(people, "{id},{channel},{age}").expect("written");
        for day in days {
            writeln!(orders, "{id},{},10.00", date(first + day)).expect("written");
        }
    }
    Generated {
        table: shop.write("histories.csv", &table),
        orders: shop.write("orders.csv", &orders),
        people: shop.write("people.csv", &people),
    }
}

#[test]
fn known_effects_are_found_again() {
    let shop = Shop::new();
    let files = generated(&shop, 4000);
    let fit = |input: &str, more: &[&str]| {
        let mut arguments = vec!["clv", "fit", input];
        if input == files.orders {
            arguments.extend(["--as-of", "2024-06-28"]);
        }
        arguments.extend(more);
        shop.run(&arguments)
    };
    let columns = ["--unit", "days", "--covariates", "purchases:channel,age,dropout:channel"];
    let output = fit(&files.table, &columns);
    assert!(output.err.contains("covariate `channel`: the reference category is `web`"), "{}", output.err);
    let fits = output.json();
    let model_fit = of(&fits, "Pareto/NBD");
    let covariates = &model_fit["covariates"];
    let truth = [
        ("purchases", 0, "channel=app", 0.6),
        ("purchases", 1, "age", 0.025),
        ("dropout", 0, "channel=app", 0.5),
    ];
    for (process, at, name, value) in truth {
        let effect = &covariates[process][at];
        assert_eq!(effect["name"], name);
        let error = effect["standard_error"].as_f64().expect("an error");
        near(&effect["coefficient"], value, 3.0 * error);
        assert!(
            error < 0.3 && effect["interval_90"][0].as_f64() < effect["interval_90"][1].as_f64(),
            "{effect}"
        );
        near(
            &model_fit["parameters"][format!("{process}: {name}")],
            effect["coefficient"].as_f64().expect("one"),
            0.0,
        );
    }
    for (name, value) in [("r", 1.0), ("alpha", 600.0), ("s", 1.0)] {
        near(&model_fit["parameters"][name], value, 0.5 * value);
    }
    assert_eq!(
        (&covariates["dropped"], &covariates["compared_with"]["channel"]),
        (&Value::Array(vec![]), &"web".into())
    );
    // With what is true the likelihood gains far more than by chance.
    let gained = model_fit["log_likelihood"].as_f64().expect("one")
        - covariates["without"]["log_likelihood"].as_f64().expect("one");
    assert!(gained > 100.0, "{gained}");
    // Nobody leaves in the NBD; regular buyers have no covariates.
    let nbd = of(&fits, "NBD");
    assert_eq!(nbd["covariates"]["dropped"][0]["why"], "this model has no dropout");
    assert_eq!(nbd["covariates"]["dropout"], Value::Array(vec![]));

    // Orders with a file of customers say the same, and are judged with covariates.
    let people = [
        "--customers",
        files.people.as_str(),
        "--covariates",
        "purchases:sales_channel,age,dropout:Sales Channel",
    ];
    let from_orders = fit(&files.orders, &people).json();
    let same = of(&from_orders, "Pareto/NBD");
    near(&same["log_likelihood"], model_fit["log_likelihood"].as_f64().expect("one"), 1e-6);
    near(
        &same["covariates"]["dropout"][0]["coefficient"],
        covariates["dropout"][0]["coefficient"].as_f64().expect("one"),
        1e-6,
    );
    assert_eq!(same["covariates"]["dropout"][0]["name"], "sales_channel=app");
    for model in ["BG/CNBD-k", "MBG/CNBD-k", "Gamma-Gamma"] {
        let plain = of(&from_orders, model);
        assert!(
            plain["note"].as_str().is_some_and(|note| note.contains("does not support covariates")),
            "{plain}"
        );
        assert!(plain["covariates"].is_null());
    }
    let holdout_of = |more: &[&str]| {
        let split = ["--calibration-end", "2024-03-31", "--origins", "2", "--models", "pareto_nbd"];
        fit(&files.orders, &[split.as_slice(), more].concat()).json()
    };
    let (with, without) = (holdout_of(&people), holdout_of(&[]));
    for place in ["/0/holdout/log_likelihood", "/0/rolling/summary/log_likelihood/mean"] {
        let [with, without] = [&with, &without].map(|fits| fits.pointer(place).and_then(Value::as_f64));
        assert!(with > without, "{place}: {with:?} {without:?}");
    }
}

#[test]
fn what_cannot_be_fitted_so_is_refused_with_what_to_do() {
    let shop = Shop::new();
    let files = generated(&shop, 200);
    let (table, orders) = (files.table.as_str(), files.orders.as_str());
    let donors = fixture("golden/donations.csv");
    let letters: String = (0..60)
        .map(|i| format!("{i},{},{},100,street {}\n", i % 3, if i % 3 == 0 { 0 } else { 20 + i }, i % 20))
        .collect();
    let streets = shop.write("streets.csv", &format!("customer_id,x,t_x,T,street\n{letters}"));
    for (arguments, expected) in [
        (vec![table, "--origins", "2"], "is a table of customers: origins need orders with dates"),
        (vec![orders, "--origins", "0"], "0 origins: expected 1 to 100"),
        (vec![orders, "--horizon-days", "30"], "--origins <N>"),
        (vec![orders, "--chains", "3"], "--posterior"),
        (vec![orders, "--posterior", "--chains", "1"], "the number of chains must be from 2 to 1,000"),
        (vec![orders, "--posterior", "--draws", "5"], "the draws per chain must be from 100"),
        (vec![table, "--covariates", "height"], "histories.csv` has no column `height`"),
        (vec![table, "--covariates", "t_x"], "column `t_x` of"),
        (
            vec![table, "--covariates", "age", "--models", "bg_cnbd_k"],
            "model `bg_cnbd_k` does not support covariates",
        ),
        (vec![table, "--covariates", "age", "--posterior"], "posterior sampling does not support covariates"),
        (vec![table, "--covariates", "age,,channel"], "names no column"),
        (vec![orders, "--covariates", "age"], "columns of a customers file, but none was given"),
        (vec![orders, "--customers", &files.people, "--covariates", "height"], "has no column `height`"),
        (vec![&streets, "--covariates", "street"], "has 20 categories (`street 0`, `street 1`"),
        (vec![&donors, "--covariates", "frequency"], "it does not support covariates"),
        (vec![&donors, "--posterior"], "its posterior cannot be sampled"),
        (vec![&donors, "--origins", "2"], "origins need orders with dates"),
        (vec![table, "--posterior", "--format", "csv"], "cannot show --posterior"),
    ] {
        let output = shop.run(&[vec!["clv", "fit"], arguments].concat());
        assert_eq!(output.code, 2, "{expected}: {}{}", output.out, output.err);
        assert!(output.err.contains(expected), "{} should contain {expected}", output.err);
        assert!(output.out.is_empty() && !output.err.contains("panicked"), "{}", output.err);
    }
    let csv = shop
        .run(&["clv", "fit", table, "--covariates", "age", "--models", "bg_nbd", "--format", "csv"])
        .success();
    assert!(csv.contains("BG/NBD,purchases: age,") && csv.contains("BG/NBD,dropout: age,"), "{csv}");
}

#[test]
fn customers_without_a_covariate_are_named_or_left_out_and_counted() {
    let shop = Shop::new();
    let files = generated(&shop, 300);
    let fit = |input: &str, more: &[&str]| {
        let mut arguments = vec!["clv", "fit", input, "--models", "pareto_nbd", "--covariates", "age"];
        if !input.ends_with("gaps.csv") {
            arguments.extend(["--as-of", "2024-06-28"]);
        }
        arguments.extend(more);
        shop.run(&arguments)
    };
    // A table: line and column.
    let text = fs_err::read_to_string(&files.table).expect("written");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (line, value) in [(3, ""), (7, "NA")] {
        let cut = lines[line].rfind(',').expect("a comma");
        lines[line].truncate(cut + 1);
        lines[line].push_str(value);
    }
    let gaps = shop.write("gaps.csv", &lines.join("\n"));
    let output = fit(&gaps, &["--unit", "days"]);
    assert!(
        output.code == 2
            && output.err.contains("2 rows are invalid (first: line 4: column `age`: the value is missing")
            && output.err.contains("--allow-bad-rows"),
        "{}",
        output.err
    );
    let output = fit(&gaps, &["--unit", "days", "--allow-bad-rows"]);
    assert!(output.err.contains("2 rows excluded"), "{}", output.err);
    assert_eq!(output.json()[0]["customers"], 298);

    // Orders: the customer. One is not in the file, one has no age.
    let text = fs_err::read_to_string(&files.people).expect("written");
    let some: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with("5,"))
        .map(|line| if line.starts_with("9,") { "9,web,".to_owned() } else { line.to_owned() })
        .collect();
    let people = shop.write("some.csv", &some.join("\n"));
    let output = fit(&files.orders, &["--customers", &people]);
    let expected = "2 of 300 customers lack a covariate: 1 not in `";
    assert!(output.code == 2 && output.err.contains(expected), "{}", output.err);
    for part in ["(first: customer 5)", "1 without `age` (first: customer 9)", "--allow-bad-rows"] {
        assert!(output.err.contains(part), "{} should contain {part}", output.err);
    }
    let output = fit(&files.orders, &["--customers", &people, "--allow-bad-rows", "--origins", "2"]);
    assert!(
        output.err.contains(expected) && output.err.contains("excluded from all models"),
        "{}",
        output.err
    );
    let model_fit = output.json();
    assert_eq!(model_fit[0]["customers"], 298);
    // The same as if they had never been.
    let text = fs_err::read_to_string(&files.orders).expect("written");
    let kept: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("5,") && !line.starts_with("9,")).collect();
    let without = shop.write("without.csv", &kept.join("\n"));
    let alone = fit(&without, &["--customers", &files.people, "--origins", "2"]).json();
    for key in ["parameters", "rolling", "covariates", "log_likelihood"] {
        assert_eq!(model_fit[0][key], alone[0][key], "{key}");
    }
}
