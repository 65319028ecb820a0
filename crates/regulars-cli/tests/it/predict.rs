//! `regulars predict`: other customers by the models that a run has kept; and what models cannot learn from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::shop::{CommandOutput, Shop};

const AS_OF: &str = "2024-12-30";

/// Orders of so many generated customers.
fn orders(shop: &Shop, customers: &str, seed: &str) -> String {
    let folder = shop.path(&format!("data_{customers}_{seed}")).display().to_string();
    let words = ["-q", "synth", "--customers", customers, "--seed", seed, "--files", "csv", "--out", &folder];
    shop.run(&words).success();
    format!("{folder}/transactions.csv")
}

fn run(shop: &Shop, name: &str, orders: &str, more: &[&str]) -> Value {
    let words = ["-q", "--format", "json", "run", "--steps", "value", "--name", name, orders];
    shop.run(&[&words[..], more].concat()).json()["value"].clone()
}

fn predict(shop: &Shop, name: &str, orders: &str, more: &[&str]) -> CommandOutput {
    let out = shop.path("value.csv").display().to_string();
    shop.run(&[&["predict", orders, "--name", name, "--out", &out], more].concat())
}

fn predicted(shop: &Shop) -> String {
    fs_err::read_to_string(shop.path("value.csv")).expect("written")
}

/// The folder of models of the current run.
fn models(shop: &Shop, name: &str) -> PathBuf {
    let dataset = shop.path("home").join("datasets").join(name);
    let current = fs_err::read_to_string(dataset.join("current")).expect("a run");
    dataset.join("runs").join(current.trim()).join("models")
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs_err::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.display().to_string(), fs_err::read(&path).expect("readable"));
        }
    }
    found
}

/// What the run says of its customers, in the columns of `predict`.
fn said_by_run(shop: &Shop, name: &str, header: &str) -> String {
    let query = format!("SELECT {header} FROM ltv_predictions ORDER BY customer_id");
    shop.run(&["--format", "csv", "sql", "--name", name, &query]).success()
}

/// The rows of every third customer.
fn a_third(orders: &str) -> String {
    let text = fs_err::read_to_string(orders).expect("readable");
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    let id = header.split(',').position(|name| name == "customer_id").expect("a column");
    let number = |line: &str| line.split(',').nth(id).and_then(|id| id.parse::<u32>().ok()).expect("an id");
    std::iter::once(header)
        .chain(lines.filter(|line| number(line) % 3 == 0))
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn customers_of_the_run_get_its_forecasts_to_the_last_digit_whoever_else_is_asked_about() {
    let shop = Shop::new();
    let mut kinds = BTreeSet::new();
    for (customers, seed) in [("500", "7"), ("1500", "7"), ("5000", "7")] {
        let orders = orders(&shop, customers, seed);
        let as_of = ["--as-of", AS_OF];
        let value = run(&shop, customers, &orders, &as_of);
        let model = value["model"].as_str().expect("a name");
        let rows = value["models"].as_array().expect("models");
        let kind = rows.iter().find(|row| row["chosen"] == true).expect("a choice")["kind"].clone();
        kinds.insert(kind.as_str().expect("a kind").to_owned());
        let output = predict(&shop, customers, &orders, &as_of).success();
        assert!(output.contains(&format!("model {model} of run ")) && output.contains(AS_OF), "{output}");
        let whole = predicted(&shop);
        let header = whole.lines().next().expect("a header");
        assert_eq!(
            header,
            "customer_id,predicted_ltv,predicted_low,predicted_high,p_alive,expected_purchases,p_purchase,p_churn,\
             buy_till_you_die_ltv,linear_ltv,ridge_ltv,random_forest_ltv,xgboost_ltv,lightgbm_ltv,blend_ltv"
        );
        assert_eq!(whole, said_by_run(&shop, customers, header), "{model}");

        let third = shop.write("third.csv", &a_third(&orders));
        predict(&shop, customers, &third, &as_of).success();
        let known: BTreeSet<&str> = whole.lines().collect();
        let some = predicted(&shop);
        assert!(some.lines().count() * 4 > known.len() && some.lines().count() * 2 < known.len());
        for line in some.lines() {
            assert!(known.contains(line), "{model}: {line}");
        }
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["blend", "learned", "probabilistic"]);
}

#[test]
fn kept_models_are_the_same_on_any_number_of_threads_and_their_card_can_be_read() {
    let shop = Shop::new();
    let orders = orders(&shop, "1500", "7");
    let value = run(&shop, "one", &orders, &["--threads", "1"]);
    run(&shop, "two", &orders, &["--threads", "2"]);
    let of = |name: &str| {
        let folder = models(&shop, name);
        let files = files(&folder).into_iter();
        let cut = folder.display().to_string().len();
        files.map(|(path, bytes)| (path[cut..].to_owned(), bytes)).collect::<Vec<_>>()
    };
    let (one, two) = (of("one"), of("two"));
    assert_eq!(one.len(), two.len());
    for (one, two) in one.iter().zip(&two) {
        assert_eq!(one.0, two.0);
        assert!(one.1 == two.1, "{}", one.0);
    }
    let text = fs_err::read_to_string(models(&shop, "one").join("learned/card.json")).expect("a card");
    let card = &serde_json::from_str::<Value>(&text).expect("JSON")["card"];
    assert_eq!(card["chosen"], value["model"]);
    let features = card["features"].as_array().expect("features");
    assert_eq!((features.len(), &features[35]["name"]), (36, &Value::from("expected_value")));
    assert_eq!(card["data"]["target_days"], 180);
    assert_eq!(card["data"]["test_day"], value["calibration_end"]);
    for name in ["regulars", "lightgbm", "xgboost"] {
        assert!(card["versions"][name].is_string(), "{card}");
    }
    for model in card["models"].as_array().expect("models") {
        let row =
            value["models"].as_array().expect("models").iter().find(|row| row["model"] == model["name"]);
        let rmse = row.expect("a row")["rmse_minor"].as_f64().expect("an error") / 100.0;
        assert!((model["holdout"]["rmse"].as_f64().expect("an error") / rmse - 1.0).abs() < 1e-12, "{model}");
    }
}

#[test]
fn what_every_feature_adds_sums_up_to_the_forecast_and_is_what_the_run_says_of_the_first_five() {
    let shop = Shop::new();
    let orders = orders(&shop, "1500", "7");
    run(&shop, "shop", &orders, &[]);
    let why = shop.path("why.csv").display().to_string();
    predict(&shop, "shop", &orders, &["--contributions", &why]).success();
    let minor = |text: &str| (text.parse::<f64>().expect("money") * 100.0).round() as i64;
    let text = fs_err::read_to_string(&why).expect("written");
    let (mut sums, mut parts) = (BTreeMap::new(), BTreeMap::new());
    for line in text.lines().skip(1) {
        let [id, feature, part] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        *sums.entry(id).or_insert(0) += minor(part);
        parts.insert((id, feature), minor(part));
    }
    let whole = predicted(&shop);
    for line in whole.lines().skip(1) {
        let mut fields = line.split(',');
        let (id, value) = (fields.next().expect("an id"), fields.next().expect("a value"));
        assert_eq!(sums[id], minor(value), "{id}");
    }
    let query = "SELECT customer_id, feature, effect FROM ltv_drivers";
    let drivers = shop.run(&["--format", "csv", "sql", query]).success();
    assert_eq!(drivers.lines().count(), 5 * sums.len() + 1);
    for line in drivers.lines().skip(1) {
        let [id, feature, effect] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert_eq!(parts[&(id, feature)], minor(effect), "{line}");
    }
    for format in ["parquet", "json"] {
        let why = shop.path(&format!("why.{format}")).display().to_string();
        predict(&shop, "shop", &orders, &["--contributions", &why]).success();
        assert!(fs_err::metadata(&why).expect("written").len() > 10_000, "{format}");
    }
    let same = shop.path("value.csv").display().to_string();
    let refused = predict(&shop, "shop", &orders, &["--contributions", &same]);
    assert!(refused.code == 2 && refused.err.contains("name the same file"), "{}", refused.err);
}

#[test]
fn runs_without_learned_models_predict_by_the_others_and_runs_without_value_say_so() {
    let shop = Shop::new();
    let orders = orders(&shop, "500", "7");
    let plain = shop.write("plain.toml", "[value]\nlearned = []\n");
    run(&shop, "plain", &orders, &["--config", &plain]);
    assert!(!models(&shop, "plain").join("learned").exists());
    predict(&shop, "plain", &orders, &[]).success();
    let whole = predicted(&shop);
    let header = whole.lines().next().expect("a header");
    assert!(header.ends_with("expected_purchases,p_purchase,buy_till_you_die_ltv"), "{header}");
    assert_eq!(whole, said_by_run(&shop, "plain", header));
    let why = shop.path("why.csv").display().to_string();
    let refused = predict(&shop, "plain", &orders, &["--contributions", &why]);
    assert!(refused.code == 2 && refused.err.contains("uses no features"), "{}", refused.err);

    shop.run(&["-q", "run", "--steps", "scores", "--name", "scores", &orders]).success();
    let none = predict(&shop, "scores", &orders, &[]);
    assert!(
        none.code == 2 && none.err.contains("has no lifetime value\nhint: run with the step"),
        "{}",
        none.err
    );
    let ending = shop.run(&["predict", &orders, "--name", "plain", "--out", "value.xlsx"]);
    assert!(ending.code == 2 && ending.err.contains("use the extension .csv"), "{}", ending.err);
    let unknown = predict(&shop, "plain", &orders, &["--model", "2019"]);
    assert!(unknown.code == 2 && unknown.err.contains("2019"), "{}", unknown.err);
}

#[test]
fn notes_state_the_known_days() {
    let shop = Shop::new();
    let orders = orders(&shop, "500", "7");
    run(&shop, "shop", &orders, &["--as-of", AS_OF]);
    let note =
        "the models were trained on data up to 2024-12-30, 182 days before the analysis date: run again";
    let late = predict(&shop, "shop", &orders, &["--as-of", "2025-06-30"]);
    assert!(late.err.contains(note), "{}", late.err);
    assert!(!late.err.contains("0 or missing for every customer"), "{}", late.err);
    let soon = predict(&shop, "shop", &orders, &["--as-of", "2025-06-28"]);
    assert!(!soon.err.contains("the models were trained on data up to") && soon.code == 0, "{}", soon.err);
    let early = predict(&shop, "shop", &orders, &["--as-of", "2024-03-31"]);
    assert!(
        early.err.contains("days after the analysis date: compared with the actual values")
            && early.code == 0,
        "{}",
        early.err
    );
    let before_all = predict(&shop, "shop", &orders, &["--as-of", "2020-01-01"]);
    assert!(before_all.code == 2 && before_all.err.contains("counts as a purchase"), "{}", before_all.err);

    // Files that lack what features are made from.
    let text = fs_err::read_to_string(&orders).expect("readable");
    let place =
        text.lines().next().and_then(|header| header.split(',').position(|c| c == "product_category"));
    let without = |line: &str| {
        let fields = line.split(',').enumerate().filter(|(at, _)| Some(*at) != place);
        fields.map(|(_, field)| field).collect::<Vec<_>>().join(",") + "\n"
    };
    let lacking = shop.write("lacking.csv", &text.lines().map(without).collect::<String>());
    let output = predict(&shop, "shop", &lacking, &["--as-of", AS_OF]);
    assert!(
        output.err.contains("`distinct_categories`, `favourite_category_share` are 0 or missing"),
        "{}",
        output.err
    );
    let output =
        shop.run(&["--format", "json", "predict", &lacking, "--name", "shop", "--out", "x.json"]).json();
    assert_eq!((&output["horizon_days"], &output["trained_until"]), (&180.into(), &AS_OF.into()));
    assert!(output["notes"].to_string().contains("forecasts may be too low"), "{output}");
}

#[test]
fn damaged_models_are_refused_by_the_name_of_the_file() {
    let shop = Shop::new();
    let orders = orders(&shop, "500", "7");
    run(&shop, "shop", &orders, &[]);
    let folder = models(&shop, "shop");
    let whole = files(&folder);
    assert!(whole.len() > 10);
    let refused = |path: &str, bytes: Option<&[u8]>, expected: &str| {
        match bytes {
            Some(bytes) => fs_err::write(path, bytes).expect("writable"),
            None => fs_err::remove_file(path).expect("removable"),
        }
        let output = predict(&shop, "shop", &orders, &[]);
        let name = Path::new(path).file_name().expect("a name").to_string_lossy().into_owned();
        assert!(output.code == 2 && output.err.contains(&name), "{name}: {}", output.err);
        assert!(output.err.contains(expected), "{name}, {expected}: {}", output.err);
        assert!(output.err.contains("hint: run again to create a new one"), "{name}: {}", output.err);
        fs_err::write(path, &whole[path]).expect("writable");
    };
    for (path, bytes) in &whole {
        refused(path, None, "is missing");
        refused(path, Some(&bytes[..bytes.len() * 2 / 3]), "");
        refused(path, Some(b""), "");
        // A digit that is still one leaves a number, or a text, that can be read.
        let mut other = bytes.clone();
        let digit = (bytes.len() / 2..bytes.len()).find(|at| (b'1'..=b'8').contains(&bytes[*at]));
        other[digit.expect("a digit")] += 1;
        refused(path, Some(&other), "it was modified after it was written");
    }
    let card = folder.join("learned/card.json").display().to_string();
    let text = String::from_utf8(whole[&card].clone()).expect("a text");
    let edited = |from: &str, to: &str, expected: &str| {
        assert!(text.contains(from), "{from}");
        refused(&card, Some(text.replacen(from, to, 1).as_bytes()), expected);
    };
    edited("\"recency_days\"", "\"recency_weeks\"", "fitted on other features: `recency_weeks` is missing");
    edited("\"format\": 1", "\"format\": 2", "it has format 2, expected 1");
    predict(&shop, "shop", &orders, &[]).success();
}

/// Customers who buy at amounts that `amount` gives, on days 0 to `days`, at a pace of their own; who is
/// long away does not come back.
fn shop_of(customers: u32, days: u32, amount: impl Fn(u32, u32) -> String) -> String {
    let mut text = "customer_id,date,amount\n".to_owned();
    let mut state = 12_345_u32;
    let mut random = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    for customer in 0..customers {
        let (mut day, mut purchase) = (random(days * 3 / 5), 0);
        while day < days {
            let date = day_of(day);
            writeln!(text, "{customer},{date},{}", amount(customer, purchase)).expect("a String takes all");
            (day, purchase) = (day + 5 + random(85), purchase + 1);
            if random(10) == 0 {
                break;
            }
        }
    }
    text
}

/// A day from 2023-01-01 on, in months of 28 days.
fn day_of(day: u32) -> String {
    let (month, day) = (day / 28, day % 28);
    format!("{}-{:02}-{:02}", 2023 + month / 12, 1 + month % 12, 1 + day)
}

fn warnings(value: &Value) -> String {
    value["warnings"].to_string()
}

#[test]
fn a_target_that_is_0_for_all_is_not_learned_from() {
    let shop = Shop::new();
    let orders = orders(&shop, "500", "7");
    for (as_of, days) in [("2025-06-29", "after half a year"), ("2025-12-25", "after a year")] {
        let value = run(&shop, "nobody", &orders, &["--as-of", as_of]);
        assert_eq!(value["actual_minor"], 0, "{days}");
        assert!(
            warnings(&value).contains("0 with spend afterwards, are too few for learned models"),
            "{days}: {value}"
        );
        let kind = value["models"].as_array().expect("models").iter().find(|row| row["chosen"] == true);
        assert_eq!(kind.expect("a choice")["kind"], "probabilistic", "{days}");
        predict(&shop, "nobody", &orders, &["--as-of", as_of]).success();
        assert_eq!(
            predicted(&shop).lines().count() as u64,
            value["customers"].as_u64().expect("a number") + 1
        );
    }
}

#[test]
fn features_that_are_the_same_for_all_are_left_out_with_a_remark() {
    let shop = Shop::new();
    let file = shop.write("const.csv", &shop_of(300, 500, |_, _| "10.00".to_owned()));
    let value = run(&shop, "const", &file, &[]);
    let rows = value["models"].as_array().expect("models");
    let ridge = rows.iter().find(|row| row["model"] == "Ridge regression").expect("a model");
    let note = ridge["note"].as_str().expect("a note");
    assert!(note.contains("is the same for all customers and was dropped"), "{note}");
    predict(&shop, "const", &file, &[]).success();
    let whole = predicted(&shop);
    assert_eq!(whole, said_by_run(&shop, "const", whole.lines().next().expect("a header")));
}

#[test]
fn few_customers_and_short_histories_give_notes_not_errors() {
    let shop = Shop::new();
    let random = |customer: u32, purchase: u32| format!("{}.50", 5 + (customer * 7 + purchase * 13) % 80);
    let ten = shop.write("ten.csv", &shop_of(10, 500, random));
    let output = shop.run(&["--format", "json", "run", "--steps", "value", "--name", "ten", &ten]);
    let err = output.err.clone();
    let value = output.json()["value"].clone();
    assert!(
        err.contains("no lifetime value: ")
            || warnings(&value).contains("are too few for learned models (at least 100"),
        "{err} {value}"
    );
    for (customers, days, expected) in [
        (200, 40, "at least 56 are needed to observe repeat purchases"),
        (8, 100, "bought on more than one day by 2023-"),
    ] {
        let short = shop.write("short.csv", &shop_of(customers, days, random));
        let name = format!("short{days}");
        let output = shop.run(&["--format", "json", "run", "--steps", "value", "--name", &name, &short]);
        assert!(
            output.err.contains("no lifetime value: ") && output.err.contains(expected),
            "{}",
            output.err
        );
        assert!(output.json()["value"].is_null());
        let none = predict(&shop, &name, &short, &[]);
        assert!(none.code == 2 && none.err.contains("has no lifetime value: "), "{}", none.err);
        assert!(
            none.err.contains(expected) && none.err.contains("hint: run with a longer history"),
            "{}",
            none.err
        );
    }
    // Enough for the others, but the cut that models would learn at lies before the first order.
    let settings = shop.write("cut.toml", "[value]\nholdout_days = 120\n");
    let some = shop.write("some.csv", &shop_of(300, 300, random));
    let value = run(&shop, "some", &some, &["--config", &settings]);
    let words = warnings(&value);
    assert!(words.contains("training and testing on 120 days each needs 360"), "{words}");
    predict(&shop, "some", &some, &[]).success();
}

#[test]
fn amounts_that_are_no_numbers_are_rejected_and_the_others_count() {
    let shop = Shop::new();
    let bad = |customer: u32, purchase: u32| match (customer, purchase) {
        (7, 0) => "NaN".to_owned(),
        (17, 0) => "inf".to_owned(),
        (27, 0) => "-inf".to_owned(),
        (37, 0) => "1e300".to_owned(),
        _ => format!("{}.00", 5 + (customer + purchase * 13) % 80),
    };
    let file = shop.write("bad.csv", &shop_of(300, 500, bad));
    run(&shop, "bad", &file, &[]);
    let rows = shop.run(&["runs", "show", "--name", "bad"]).json()["rows"].clone();
    assert_eq!(rows["rejected"], 4, "{rows}");
    predict(&shop, "bad", &file, &[]).success();
    let whole = predicted(&shop);
    assert!(whole.lines().count() > 250 && !whole.contains("NaN") && !whole.contains("inf"), "{whole}");
    assert_eq!(whole, said_by_run(&shop, "bad", whole.lines().next().expect("a header")));
}

#[test]
fn the_help_has_examples() {
    let shop = Shop::new();
    let help = shop.run(&["predict", "--help"]).success();
    assert!(help.matches("  regulars predict ").count() >= 2 && help.contains("--contributions"), "{help}");
}
