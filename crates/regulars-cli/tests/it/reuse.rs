//! Steps reused from earlier runs: which ones, and that the results equal those of computing them again.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::shop::{Shop, fixture};

const STEPS: [&str; 7] = ["ingest", "features", "scores", "clusters", "value", "actions", "summary"];

/// The manifest of a run of the shop with these arguments.
fn run(shop: &Shop, args: &[&str]) -> Value {
    shop.run(&[&["-q", "run", "--name", "shop"], args].concat()).success();
    shop.run(&["runs", "show", "--name", "shop"]).json()
}

fn reused(manifest: &Value) -> Vec<&str> {
    let steps = manifest["reused"].as_array().into_iter().flatten();
    steps.filter_map(|step| step["step"].as_str()).collect()
}

/// Everything that a run says but its id, its times and where its steps come from.
fn results(shop: &Shop, manifest: &Value) -> Value {
    let id = manifest["run_id"].as_str().expect("an id");
    let folder = shop.path("home").join("datasets/shop/runs").join(id);
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs_err::read(folder.join(name)).expect("there")).expect("JSON")
    };
    let mut summary = read("summary.json");
    summary["run_id"] = Value::Null;
    serde_json::json!([
        manifest["tables"],
        manifest["notes"],
        manifest["config"],
        summary,
        read("validation.json")
    ])
}

#[test]
fn the_same_run_again_takes_over_every_step_and_gives_the_same_bytes() {
    let shop = Shop::new();
    let orders = fixture("online_retail_cut.csv");
    let first = run(&shop, &[&orders]);
    assert_eq!(reused(&first), [""; 0]);
    let second = run(&shop, &[&orders, "--threads", "1"]);
    assert_eq!(reused(&second), STEPS);
    assert!(
        second["reused"].as_array().expect("a list").iter().all(|step| step["run_id"] == first["run_id"])
    );
    let third = run(&shop, &[&orders, "--no-reuse"]);
    assert_eq!(reused(&third), [""; 0]);
    assert_eq!(results(&shop, &first), results(&shop, &second));
    assert_eq!(results(&shop, &first), results(&shop, &third));
    let output = shop.run(&["run", "--name", "shop", &orders]).success();
    assert!(output.contains("reused from run") && output.contains("ingest, features, scores"), "{output}");
}

#[test]
fn a_step_is_computed_again_if_what_it_depends_on_has_changed() {
    let shop = Shop::new();
    let text = fs_err::read_to_string(fixture("online_retail_cut.csv")).expect("there");
    let orders = shop.write("orders.csv", &text);
    run(&shop, &[&orders]);
    assert_eq!(
        reused(&run(&shop, &[&orders, "--horizon-days", "90"])),
        ["ingest", "features", "scores", "clusters", "summary"]
    );
    // Written again with the same content; then the same length with another amount.
    shop.write("orders.csv", &text);
    assert_eq!(reused(&run(&shop, &[&orders])), STEPS);
    let before = run(&shop, &[&orders]);
    let changed = text.replacen("2.55", "7.55", 1);
    assert!(changed != text && changed.len() == text.len());
    shop.write("orders.csv", &changed);
    let after = run(&shop, &[&orders]);
    assert_eq!(reused(&after), [""; 0]);
    assert_ne!(results(&shop, &before), results(&shop, &after));
    assert_eq!(reused(&run(&shop, &[&orders, "--seed", "7"])), ["ingest", "features", "scores", "summary"]);
    // Standard input can be read only once.
    let piped = || {
        let mut command = shop.command();
        command.args(["-q", "run", "--name", "piped", "-"]);
        command.stdin(fs_err::File::open(&orders).expect("there").into_file());
        assert!(command.status().expect("the binary starts").success());
        shop.run(&["runs", "show", "--name", "piped"]).json()
    };
    piped();
    assert!(!reused(&piped()).contains(&"ingest"));
}

#[test]
fn a_run_that_was_killed_continues_after_its_last_finished_step() {
    let shop = Shop::new();
    let folder = shop.path("generated").display().to_string();
    shop.run(&["-q", "synth", "--customers", "2000", "--files", "csv", "--out", &folder]).success();
    let orders = shop.path("generated/transactions.csv").display().to_string();
    let mut killed = shop
        .command()
        .args(["-q", "run", "--name", "shop", &orders])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let runs = shop.path("home").join("datasets/shop/runs");
    let scored = || {
        let folders = fs_err::read_dir(&runs).into_iter().flatten().flatten();
        folders.into_iter().any(|folder| folder.path().join("steps/scores.json").exists())
    };
    let begun = Instant::now();
    while !scored() {
        assert!(killed.try_wait().expect("ours").is_none(), "the run ended before it could be killed");
        assert!(begun.elapsed() < Duration::from_mins(2), "no step was finished");
        std::thread::sleep(Duration::from_millis(2));
    }
    killed.kill().expect("ours");
    killed.wait().expect("ours");
    assert_ne!(shop.run(&["runs", "show", "--name", "shop"]).code, 0, "nothing was published");

    let continued = run(&shop, &[&orders]);
    let steps = reused(&continued);
    assert!(steps.starts_with(&STEPS[..3]) && steps.len() < STEPS.len(), "{steps:?}");
    assert!(continued["reused"].as_array().expect("a list").iter().all(|step| step["run_id"].is_null()));
    let computed = run(&shop, &[&orders, "--no-reuse"]);
    assert_eq!(results(&shop, &continued), results(&shop, &computed));
    let left = fs_err::read_dir(&runs).expect("there").flatten();
    assert_eq!(left.filter(|entry| entry.file_name().to_string_lossy().starts_with('.')).count(), 0);
}
