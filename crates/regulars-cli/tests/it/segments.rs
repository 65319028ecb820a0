//! Segments that mean what they say, from the command line: names against days and orders, rules of one's own
//! with conditions, and the same segments on every way.

use regulars_core::dates::{DAY_MICROS, civil_micros, format_day};

use crate::browser::http;
use crate::e2e::Server;
use crate::shop::Shop;

/// The last day of made-up orders.
fn last_day() -> i64 {
    civil_micros(2023, 12, 31).expect("a day")
}

fn day(before: i64) -> String {
    format_day(last_day() - before * DAY_MICROS)
}

/// One customer with forty orders in fourteen months.
fn forty_orders() -> String {
    let mut text = "customer_id,order_id,date,amount\n".to_owned();
    for order in 0..40 {
        text.push_str(&format!("7,{},{},{}.50\n", order + 1, day((39 - order) * 11), 10 + order));
    }
    text
}

/// A grocer's: 60 customers who come every four to twelve days for a year, some of them a week ago.
fn grocer() -> String {
    let mut orders: Vec<(i64, i64)> = Vec::new();
    for customer in 0..60_i64 {
        let (gap, last) = (4 + customer % 9, customer % 8);
        orders.extend((0..=(360 - last) / gap).map(|order| (last + order * gap, customer)));
    }
    orders.sort_unstable_by(|one, other| other.cmp(one));
    let mut text = "customer_id,order_id,date,amount\n".to_owned();
    for (number, (before, customer)) in orders.iter().enumerate() {
        text.push_str(&format!("{customer},{},{},{}.00\n", number + 1, day(*before), 20 + customer));
    }
    text
}

fn sql(shop: &Shop, name: &str, query: &str) -> Vec<Vec<String>> {
    let output = shop.run(&["-q", "--format", "csv", "sql", "--name", name, query]).success();
    output.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn forty_orders_in_fourteen_months_are_not_new() {
    let shop = Shop::new();
    let orders = shop.write("orders.csv", &forty_orders());
    for (rules, segment) in [("classic", "Regular"), ("eleven", "Potential Loyalists")] {
        let output = shop.run(&["run", "--name", rules, "--rules", rules, "--steps", "scores", &orders]);
        assert!(
            output.err.contains("only 1 customer: scores compare customers with each other"),
            "{}",
            output.err
        );
        assert!(!output.err.contains("the name is relative"), "{}", output.err);
        output.success();
        let found = sql(
            &shop,
            rules,
            "SELECT segment, frequency, monetary, tenure_days, cycle_ratio FROM rfm_scores",
        );
        assert_eq!(found, [[segment, "40", "1200.00", "429", "0.0"]]);
        let output = shop.run(&["score", "--rules", rules, &orders, "--out", "scores.csv"]);
        assert!(output.err.contains("only 1 customer"), "{}", output.err);
        output.success();
        let scored = fs_err::read_to_string(shop.path("scores.csv")).expect("written");
        assert!(scored.contains(&format!(",{segment},429,0.0")), "{scored}");
    }
}

#[test]
fn nobody_is_lost_where_everybody_came_last_week() {
    let shop = Shop::new();
    let orders = shop.write("orders.csv", &grocer());
    for rules in ["classic", "eleven"] {
        shop.run(&["-q", "run", "--name", rules, "--rules", rules, "--steps", "scores", &orders]).success();
        let found = sql(
            &shop,
            rules,
            "SELECT count(*) FROM rfm_scores WHERE segment IN ('Lost', 'Hibernating', 'New', 'Promising')",
        );
        assert_eq!(found, [["0"]], "{rules}");
        assert_eq!(sql(&shop, rules, "SELECT count(*) FROM rfm_scores"), [["60"]]);
    }
    // By scores alone they would be, and then the run says what the name is worth.
    let own = "name = \"own\"\notherwise = \"Others\"\notherwise_promise = \"active\"\n\
               [[segment]]\nname = \"Lost\"\nmeaning = \"Gone\"\npromise = \"lapsed\"\nr = \"<=2\"\nf = \"<=2\"\n";
    let rules = shop.write("own.toml", own);
    let output = shop.run(&["run", "--name", "own", "--rules", &rules, "--steps", "scores", &orders]);
    let lost = sql(
        &shop,
        "own",
        "SELECT customers, caveat, bought_last_90d_share FROM rfm_summary WHERE segment = 'Lost'",
    );
    let customers = &lost[0][0];
    let caveat = format!("{customers} of {customers} customers bought in the last 90 days");
    assert!(customers.parse::<u32>().is_ok_and(|n| n > 5), "{lost:?}");
    assert!(output.err.contains(&format!("note: segment Lost: {caveat}, ")), "{}", output.err);
    assert!(
        output.err.contains("the name compares customers within this shop only")
            && !output.err.contains("segment Others"),
        "{}",
        output.err
    );
    output.success();
    let notes = shop.run(&["--format", "json", "runs", "show", "--name", "own"]).json();
    assert!(notes["notes"].to_string().contains(&caveat), "{notes}");
    let report = shop.run(&["report", "--name", "own"]).success();
    assert!(report.contains(&format!("segment Lost: {caveat}")), "{report}");
    let summary = shop.run(&["--format", "json", "report", "--name", "own"]).json();
    assert_eq!(summary["segment_checks"][0]["bought_last_90d"], summary["segment_checks"][0]["customers"]);
    assert!(
        summary["purchase_cycle_days"].as_f64().is_some_and(|days| (4.0..=12.0).contains(&days)),
        "{summary}"
    );
    let server = Server::start(&shop);
    let (status, page) = http(&server.address, "/d/own/rfm");
    assert!(status == 200 && page.contains(&caveat), "{status}: {page}");
    let (status, page) = http(&server.address, "/d/own/rfm?segment=Lost");
    assert!(status == 200 && !page.contains("the name is relative"), "{status}: {page}");
}

const OWN: &str = "name = \"own\"\n\
    [[segment]]\nname = \"Late\"\npromise = \"overdue\"\ncycle_ratio = \">2\"\ndays_since_last_order = \">30\"\n\
    [[segment]]\nname = \"Young\"\npromise = \"new\"\ntenure_days = \"<=60\"\norders = \"1-3\"\n\
    [[segment]]\nname = \"Others\"\n";

#[test]
fn own_rules_are_true_of_every_customer_and_the_same_on_every_way() {
    let shop = Shop::new();
    let folder = shop.path("synth").display().to_string();
    shop.run(&["-q", "synth", "--customers", "700", "--out", &folder]).success();
    let orders = format!("{folder}/transactions.csv");
    let rules = shop.write("own.toml", OWN);
    let export = |threads: &str| {
        let run = [
            "-q",
            "run",
            "--name",
            "own",
            "--rules",
            &rules,
            "--steps",
            "scores",
            "--no-reuse",
            "--threads",
            threads,
        ];
        shop.run(&[&run[..], &[&orders]].concat()).success();
        let out = shop.path("scores.csv").display().to_string();
        shop.run(&["-q", "export", "rfm_scores", "--name", "own", "--out", &out]).success();
        fs_err::read_to_string(out).expect("written")
    };
    let by_run = export("1");
    assert_eq!(export("4"), by_run);
    let found = sql(
        &shop,
        "own",
        "SELECT count(*), sum(CASE WHEN segment <> CASE \
           WHEN cycle_ratio > 2 AND recency > 30 THEN 'Late' \
           WHEN s.tenure_days <= 60 AND frequency <= 3 THEN 'Young' ELSE 'Others' END THEN 1 ELSE 0 END), \
         sum(CASE WHEN s.tenure_days <> f.tenure_days THEN 1 ELSE 0 END), count(DISTINCT segment) \
         FROM rfm_scores s JOIN customer_features f USING (customer_id)",
    );
    assert_eq!(found[0][1..], ["0", "0", "3"], "{found:?}");
    // The ratio is that of the definition: own gaps and one of the shop's.
    let gap =
        shop.run(&["--format", "json", "report", "--name", "own"]).json()["purchase_cycle_days"].to_string();
    let found = sql(
        &shop,
        "own",
        &format!(
            "SELECT max(abs(s.cycle_ratio - recency / greatest(1.0, (s.tenure_days - recency + {gap}) / frequency))) \
             FROM rfm_scores s"
        ),
    );
    assert!(found[0][0].parse::<f64>().is_ok_and(|apart| apart < 0.0051), "{found:?}");
    // Straight from the rows, and from rows in another order, which have to be landed.
    let text = fs_err::read_to_string(&orders).expect("written");
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    let turned = shop.write("turned.csv", &(lines.join("\n") + "\n"));
    for source in [&orders, &turned] {
        let out = shop.path("straight.csv").display().to_string();
        shop.run(&["-q", "score", "--rules", &rules, source, "--out", &out]).success();
        assert_eq!(fs_err::read_to_string(out).expect("written"), by_run, "{source}");
    }
}

#[test]
fn rules_that_leave_somebody_out_are_refused_with_a_hint() {
    let shop = Shop::new();
    let orders = shop.write("orders.csv", &forty_orders());
    let rules =
        shop.write("own.toml", "name = \"own\"\n[[segment]]\nname = \"Late\"\ncycle_ratio = \">2\"\n");
    let output = shop.run(&["run", "--rules", &rules, &orders]);
    assert_eq!(output.code, 2, "{}", output.err);
    assert!(
        output.err.contains("125 score triples have no segment if no condition on cycle_ratio holds")
            && output
                .err
                .contains("hint: add rules for them by r, f and m alone, or `otherwise = \"Regular\"`"),
        "{}",
        output.err
    );
}

#[test]
fn a_threshold_that_has_changed_since_the_run_is_noticed() {
    let shop = Shop::new();
    let orders = shop.write("orders.csv", &grocer());
    let rules = shop.write("own.toml", OWN);
    let config = shop.write("regulars.toml", &format!("[segments]\nrules = \"{rules}\"\n"));
    shop.run(&["-q", "--config", &config, "run", "--name", "own", "--steps", "scores", &orders]).success();
    let server = Server::start(&shop);
    let (status, page) = http(&server.address, "/d/own/movements?since=2023-06-30");
    assert!(status == 200 && page.contains("Others"), "{status}: {page}");
    shop.write("own.toml", &OWN.replace("orders = \"1-3\"", "orders = \">=1\"").replace("<=60", "<=3000"));
    let (status, page) = http(&server.address, "/d/own/movements?since=2023-07-31");
    assert!(status >= 400 && page.contains("has changed since the run"), "{status}: {page}");
}
