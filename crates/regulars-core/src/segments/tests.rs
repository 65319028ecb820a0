//! Rule sets by example, and properties of arbitrary rules and customers.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{BUILT_IN, Claim, Customer, Measure, Promise, RuleSet, caveat};

fn built_in(name: &str) -> RuleSet {
    RuleSet::built_in(name).expect("built in")
}

/// A customer whose days match these scores: lapsed if the recency score is below 3, else recent; new unless
/// they bought often.
fn as_scored(r: u8, f: u8, m: u8) -> Customer {
    let (days_since_last_order, cycle_ratio) = match r {
        ..=2 => (400, 8.0),
        3 => (80, 1.5),
        _ => (10, 0.2),
    };
    let tenure_days = if r >= 4 && f <= 2 { 60 } else { 500 };
    Customer { scores: [r, f, m], orders: i64::from(f), days_since_last_order, tenure_days, cycle_ratio }
}

fn scores(triple: &str) -> [u8; 3] {
    let digits: Vec<u8> = triple.bytes().map(|b| b - b'0').collect();
    [digits[0], digits[1], digits[2]]
}

/// The segment of a customer with these scores, orders, recency, tenure and cycle ratio.
fn segment(
    set: &RuleSet,
    triple: &str,
    (orders, days_since_last_order, tenure_days, cycle_ratio): (i64, i64, i64, f64),
) -> String {
    let customer =
        Customer { scores: scores(triple), orders, days_since_last_order, tenure_days, cycle_ratio };
    set.segment_of(&customer).name.clone()
}

#[test]
fn classic_follows_its_definition_where_days_say_what_scores_say() {
    let set = built_in("classic");
    for r in 1..=5_u8 {
        for f in 1..=5_u8 {
            for m in 1..=5_u8 {
                let expected = if r >= 4 && f >= 4 && m >= 4 {
                    "High-Value"
                } else if f >= 4 && m >= 4 && r >= 3 {
                    "Loyal"
                } else if r <= 2 && f >= 3 && m >= 3 {
                    "At-Risk"
                } else if r >= 4 && f <= 2 && m <= 2 {
                    "New"
                } else if r >= 4 && f >= 3 && m <= 2 {
                    "Promising"
                } else if r <= 2 && f <= 2 && m <= 2 {
                    "Lost"
                } else {
                    "Regular"
                };
                assert_eq!(set.segment_of(&as_scored(r, f, m)).name, expected, "R{r} F{f} M{m}");
            }
        }
    }
    let names: Vec<&str> = set.segments.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["High-Value", "Loyal", "At-Risk", "New", "Promising", "Lost", "Regular"]);
}

#[test]
fn eleven_has_the_standard_segments() {
    let set = built_in("eleven");
    assert_eq!(set.segments.len(), 11);
    for (triples, expected) in [
        ("543 551 555", "Champions"),
        ("341 453 355", "Loyal"),
        ("421 533 431", "Potential Loyalists"),
        ("511 515", "New"),
        ("411 415", "Promising"),
        ("331", "Need Attention"),
        ("311 325", "About To Sleep"),
        ("131 243", "At Risk"),
        ("151 255", "Can't Lose Them"),
        ("121 211 225", "Hibernating"),
        ("111 115", "Lost"),
    ] {
        for triple in triples.split(' ') {
            let [r, f, m] = scores(triple);
            assert_eq!(set.segment_of(&as_scored(r, f, m)).name, expected, "{triple}");
        }
    }
    let names: std::collections::BTreeSet<u32> = set.segments.iter().map(|s| s.priority).collect();
    assert_eq!(names.len(), 11, "priorities differ");
}

#[test]
fn names_give_way_where_days_say_otherwise() {
    let (classic, eleven) = (built_in("classic"), built_in("eleven"));
    // Orders, recency, tenure, cycle ratio.
    let check = |triple: &str, days: (i64, i64, i64, f64), of_classic: &str, of_eleven: &str| {
        let found = (segment(&classic, triple, days), segment(&eleven, triple, days));
        assert_eq!(found, (of_classic.to_owned(), of_eleven.to_owned()), "{triple} {days:?}");
    };
    // Forty orders in fourteen months, alone in the shop.
    check("511", (40, 0, 429, 0.0), "Regular", "Potential Loyalists");
    check("511", (1, 0, 0, 0.0), "New", "New");
    check("511", (1, 90, 90, 1.0), "New", "New");
    check("511", (1, 91, 91, 1.0), "Regular", "About To Sleep");
    check("411", (3, 20, 91, 1.0), "Regular", "Potential Loyalists");
    // Small baskets: promising for half a year, or for five orders.
    check("432", (6, 5, 180, 0.1), "Promising", "Potential Loyalists");
    check("432", (5, 5, 900, 0.1), "Promising", "Potential Loyalists");
    check("432", (6, 5, 181, 0.1), "Regular", "Potential Loyalists");
    // The 20% who bought longest ago, in a shop where everyone buys weekly.
    check("111", (12, 40, 339, 1.6), "Regular", "About To Sleep");
    check("111", (12, 20, 339, 0.9), "Regular", "Potential Loyalists");
    check("111", (12, 90, 339, 9.0), "Regular", "About To Sleep");
    check("111", (12, 91, 339, 2.0), "Regular", "About To Sleep");
    check("111", (12, 91, 339, 2.01), "Lost", "Lost");
    check("222", (12, 91, 339, 2.01), "Lost", "Hibernating");
    check("244", (90, 10, 360, 2.0), "Loyal", "Need Attention");
    check("244", (90, 10, 360, 2.01), "At-Risk", "At Risk");
    check("233", (40, 10, 360, 2.0), "Regular", "Need Attention");
    check("255", (200, 10, 360, 6.0), "At-Risk", "Can't Lose Them");
    // One cohort, 18 months ago: 20% have the highest recency score whatever they did.
    check("455", (5, 300, 500, 4.0), "High-Value", "Loyal");
    check("455", (5, 300, 500, 4.5), "At-Risk", "Can't Lose Them");
    check("555", (5, 300, 500, 4.5), "At-Risk", "Can't Lose Them");
    check("322", (1, 470, 470, 6.0), "Regular", "Hibernating");
    check("432", (2, 400, 500, 5.0), "Regular", "At Risk");
    check("311", (1, 60, 60, 0.8), "Regular", "Promising");
    check("311", (1, 80, 80, 1.1), "Regular", "About To Sleep");
}

#[test]
fn own_rules_are_checked() {
    let refused = |text: &str| RuleSet::parse(text, "mine").expect_err("refused");
    let error = |text: &str| refused(text).message;
    let rules = |body: &str| format!("name = \"mine\"\nclasses = 3\n{body}");
    assert!(
        error(&rules("[[segment]]\nname=\"A\"\nr=\">=2\"\n"))
            .contains("9 score triples have no segment (first: R1 F1 M1)")
    );
    assert!(
        error(&rules("[[segment]]\nname=\"A\"\n[[segment]]\nname=\"B\"\nr=1\n"))
            .contains("no customer can reach segment `B`")
    );
    for (r, phrase) in
        [("4", "r = 4 is"), ("\">3\"", "r = \">3\""), ("\"<1\"", "r = \"<1\""), ("1.5", "r = 1.5")]
    {
        let message = error(&rules(&format!("[[segment]]\nname=\"A\"\nr={r}\n")));
        assert!(message.contains(phrase) && message.contains("not a score or range of 1 to 3"), "{message}");
    }
    assert!(error(&rules("[[segment]]\nname=\"A\"\nq=4\n")).contains("unknown field `q`"));
    assert!(error("classes = 1\nname=\"x\"\nsegment=[]").contains("expected 2 to 10"));
    let good = RuleSet::parse(
        &rules("otherwise = \"Rest\"\n[[segment]]\nname=\"Edge\"\nany=[{r=1},{f=\">2\", m=\"1-2\"}]\n"),
        "mine",
    )
    .expect("complete");
    assert_eq!(good.segment_of(&as_scored(1, 3, 2)).name, "Edge");
    assert_eq!(good.segment_of(&as_scored(2, 3, 2)).name, "Edge");
    assert_eq!(good.segment_of(&as_scored(2, 3, 3)).name, "Rest");
    assert!(good.measures().is_empty());
}

#[test]
fn conditions_need_something_that_catches_the_rest() {
    let rules = |body: &str| RuleSet::parse(&format!("name = \"mine\"\nclasses = 3\n{body}"), "mine");
    let late = "[[segment]]\nname=\"Late\"\ncycle_ratio=\">2\"\n";
    let error = rules(late).expect_err("incomplete");
    assert_eq!(
        error.message,
        "rule set `mine`: 27 score triples have no segment if no condition on cycle_ratio holds (first: R1 F1 M1)"
    );
    assert!(error.hint.is_some_and(|hint| hint.contains("otherwise")));
    // Conditions that together match everyone still do not count as a rule by scores.
    let body =
        "[[segment]]\nname=\"Young\"\ntenure_days=\"<=90\"\n[[segment]]\nname=\"Old\"\ntenure_days=\">90\"\n";
    assert!(rules(body).is_err());
    let set = rules(&format!("otherwise=\"Rest\"\n{body}")).expect("complete");
    assert_eq!(set.measures(), [Measure::TenureDays]);
    let set = rules(&format!("{late}[[segment]]\nname=\"Rest\"\n")).expect("complete");
    assert_eq!(set.segment_of(&as_scored(1, 1, 1)).name, "Late");
    assert_eq!(set.segment_of(&as_scored(3, 1, 1)).name, "Rest");
    // A rule that an earlier one covers entirely is never reached, whatever its other conditions.
    for second in ["cycle_ratio=\">=3\"", "cycle_ratio=\"2.5-8\"\norders=4", "r=1\ncycle_ratio=3"] {
        let body = format!("otherwise=\"Rest\"\n{late}[[segment]]\nname=\"Later\"\n{second}\n");
        let error = rules(&body).expect_err("never reached").message;
        assert!(error.contains("no customer can reach segment `Later`"), "{error}");
    }
    let body = format!("otherwise=\"Rest\"\n{late}[[segment]]\nname=\"Later\"\ncycle_ratio=\">=2\"\n");
    assert!(rules(&body).is_ok());
}

#[test]
fn ranges_of_measures_are_read_and_refused() {
    let set = |range: &str| {
        RuleSet::parse(&format!("name=\"x\"\notherwise=\"No\"\n[[segment]]\nname=\"Yes\"\n{range}\n"), "x")
    };
    let is_in = |range: &str, customer: Customer| {
        set(range).unwrap_or_else(|e| panic!("{range}: {e}")).segment_of(&customer).name == "Yes"
    };
    let of = |days: i64, cycle_ratio: f64| Customer {
        scores: [1; 3],
        orders: days,
        days_since_last_order: days,
        tenure_days: days,
        cycle_ratio,
    };
    for key in ["orders", "days_since_last_order", "tenure_days"] {
        for (range, low, high) in [
            ("4", 4, 4),
            ("\"4\"", 4, 4),
            ("\"2 - 30\"", 2, 30),
            ("\">=4\"", 4, i64::MAX),
            ("\">4\"", 5, i64::MAX),
            ("\"<=4\"", 1, 4),
            ("\"< 4\"", 1, 3),
        ] {
            for days in [1, 2, 3, 4, 5, 30, 31, 100_000] {
                let found = is_in(&format!("{key} = {range}"), of(days, 1.0));
                assert_eq!(found, (low..=high).contains(&days), "{key} = {range}: {days}");
            }
        }
    }
    for (range, inside, outside) in [
        ("\">2\"", [2.01, 500.0], [2.0, 0.0]),
        ("\"<2.5\"", [0.0, 2.49], [2.5, 3.0]),
        ("\"1.5-2\"", [1.5, 2.0], [1.49, 2.01]),
        ("1.5", [1.5, 1.5], [1.49, 1.51]),
        ("2", [2.0, 2.0], [1.99, 2.01]),
    ] {
        for ratio in inside {
            assert!(is_in(&format!("cycle_ratio = {range}"), of(1, ratio)), "{range}: {ratio}");
        }
        for ratio in outside {
            assert!(!is_in(&format!("cycle_ratio = {range}"), of(1, ratio)), "{range}: {ratio}");
        }
    }
    for wrong in [
        "orders = 0",
        "orders = \"<1\"",
        "orders = \"2.5\"",
        "tenure_days = \"<0\"",
        "tenure_days = -3",
        "tenure_days = \"90-30\"",
        "tenure_days = \"a year\"",
        "tenure_days = true",
        "cycle_ratio = \">\"",
        "cycle_ratio = \"1e3\"",
        "cycle_ratio = nan",
    ] {
        let error = set(wrong).expect_err(wrong);
        assert!(
            error.message.contains("is not a valid range, or matches no customer"),
            "{wrong}: {}",
            error.message
        );
        assert!(error.hint.is_some_and(|hint| hint.contains("30-90")), "{wrong}");
    }
}

#[test]
fn a_name_promises_what_the_rules_say() {
    let promises = |rules: &str| -> BTreeMap<String, Vec<&'static str>> {
        let of = |promise: &[Promise]| promise.iter().map(|p| p.name()).collect();
        built_in(rules).segments.iter().map(|s| (s.name.clone(), of(&s.promise))).collect()
    };
    assert_eq!(promises("classic")["Lost"], ["lapsed"]);
    assert_eq!(promises("eleven")["Champions"], ["recent", "frequent"]);
    let parse = |promise: &str| {
        RuleSet::parse(&format!("name=\"x\"\notherwise=\"A\"\notherwise_promise={promise}\nsegment=[]"), "x")
    };
    assert_eq!(parse("\"repeat\"").expect("known").segments[0].promise, [Promise::Repeat]);
    let error = parse("[\"new\", \"gone\"]").expect_err("unknown");
    assert_eq!(error.message, "rule set `x`: segment `A`: unknown promise `gone`");
    assert!(error.hint.is_some_and(|hint| hint.contains("new, recent, active")));
}

#[test]
fn a_caveat_is_due_above_a_fifth() {
    let phrase = caveat(178, &[(Claim::SilentLately, 170), (Claim::IsOverdue, 0)]);
    assert_eq!(
        phrase.as_deref(),
        Some(
            "170 of 178 customers bought in the last 90 days; the name compares customers within this shop only"
        )
    );
    assert_eq!(caveat(5, &[(Claim::OnPace, 1)]), None);
    assert!(caveat(4, &[(Claim::OnPace, 1)]).is_some());
    assert_eq!(caveat(0, &[(Claim::OnPace, 0)]), None);
    let phrase = caveat(1200, &[(Claim::BoughtLately, 1100), (Claim::OrderedOften, 300)]);
    assert_eq!(
        phrase.as_deref(),
        Some(
            "1,100 of 1,200 customers did not buy in the last 90 days, 300 of 1,200 customers ordered fewer than 3 times; the name compares customers within this shop only"
        )
    );
}

#[test]
fn the_page_in_docs_says_the_same() {
    let page = include_str!("../../../../docs/segments.md");
    let example =
        page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let own = RuleSet::parse(example, "docs").expect("complete");
    assert_eq!(own.segments.len(), 4);
    for rules in BUILT_IN {
        let table = page.split(&format!("| `{rules}` |")).nth(1).and_then(|rest| rest.split("\n\n").next());
        let named = table.expect("a table").lines().filter_map(|line| line.strip_prefix("| "));
        let named: Vec<&str> =
            named.filter_map(|line| line.split(" |").next()).filter(|n| !n.is_empty()).collect();
        let mut of_set: Vec<String> = built_in(rules).segments.iter().map(|s| s.name.clone()).collect();
        of_set.sort();
        let mut sorted: Vec<&str> = named.into_iter().filter(|name| !name.starts_with(['-', '|'])).collect();
        sorted.sort_unstable();
        assert_eq!(sorted, of_set, "{rules}");
    }
    let rows: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| `")).collect();
    let is_told = |name: &str| rows.iter().any(|row| row.starts_with(&format!("{name}`")));
    assert!(Promise::ALL.map(Promise::name).into_iter().all(is_told));
    assert!(Measure::ALL.map(Measure::key).into_iter().all(is_told));
}

/// A customer with consistent numbers.
fn any_customer(classes: u8) -> impl Strategy<Value = Customer> {
    let days = prop_oneof![0..200_i64, 0..3000_i64];
    let ratio = prop_oneof![0..500_i64, 0..20_000_i64];
    (prop::array::uniform3(1..=classes), prop_oneof![1..8_i64, 1..800_i64], days.clone(), days, ratio)
        .prop_map(|(scores, orders, days_since_last_order, before, hundredths)| Customer {
            scores,
            orders,
            days_since_last_order,
            tenure_days: days_since_last_order + if orders == 1 { 0 } else { before },
            cycle_ratio: hundredths as f64 / 100.0,
        })
}

/// A range as text, with its bounds.
fn any_range(least: i64, most: i64) -> impl Strategy<Value = (String, i64, i64)> {
    (0..5_u8, least..=most, least..=most).prop_map(move |(kind, a, b)| {
        let (low, high) = (a.min(b), a.max(b));
        match kind {
            0 => (format!("\"{low}-{high}\""), low, high),
            1 => (format!("\">={low}\""), low, i64::MAX),
            2 => (format!("\"<={high}\""), i64::MIN, high),
            3 if low < most => (format!("\">{low}\""), low + 1, i64::MAX),
            4 if high > least => (format!("\"<{high}\""), i64::MIN, high - 1),
            _ => (low.to_string(), low, low),
        }
    })
}

/// Key, range as text, and its bounds, each there or not.
type AnyRule = Vec<Option<(&'static str, String, i64, i64)>>;

fn any_rule() -> impl Strategy<Value = AnyRule> {
    let field = |key: &'static str, least, most| {
        prop::option::of(any_range(least, most).prop_map(move |(text, low, high)| (key, text, low, high)))
    };
    (
        (field("r", 1, 5), field("f", 1, 5), field("m", 1, 5)),
        (
            prop::option::weighted(0.3, any_range(1, 9)),
            prop::option::weighted(0.3, any_range(0, 400)),
            prop::option::weighted(0.3, any_range(0, 400)),
            prop::option::weighted(0.3, any_range(0, 6)),
        ),
    )
        .prop_map(|((r, f, m), (orders, last, tenure, cycle))| {
            let keys = ["orders", "days_since_last_order", "tenure_days", "cycle_ratio"];
            let more = keys.into_iter().zip([orders, last, tenure, cycle]);
            let mut all = vec![r, f, m];
            all.extend(more.map(|(key, range)| range.map(|(text, low, high)| (key, text, low, high))));
            all
        })
}

fn fits(rule: &AnyRule, customer: &Customer) -> bool {
    rule.iter().flatten().all(|(key, text, low, high)| {
        let whole = |value: i64| (*low..=*high).contains(&value);
        match *key {
            "r" => whole(i64::from(customer.scores[0])),
            "f" => whole(i64::from(customer.scores[1])),
            "m" => whole(i64::from(customer.scores[2])),
            "orders" => whole(customer.orders),
            "days_since_last_order" => whole(customer.days_since_last_order),
            "tenure_days" => whole(customer.tenure_days),
            _ => {
                // For a decimal number `>2` begins right after 2, not at 3.
                let bound = |at: i64| at as f64;
                let value = customer.cycle_ratio;
                if text.starts_with("\">") && !text.starts_with("\">=") {
                    value > bound(*low) - 1.0
                } else if text.starts_with("\"<") && !text.starts_with("\"<=") {
                    value < bound(*high) + 1.0
                } else {
                    (*low == i64::MIN || value >= bound(*low)) && (*high == i64::MAX || value <= bound(*high))
                }
            }
        }
    })
}

proptest! {
    #[test]
    fn every_customer_has_the_segment_of_the_first_rule_that_fits(
        rules in prop::collection::vec(any_rule(), 1..9),
        customers in prop::collection::vec(any_customer(5), 1..60),
    ) {
        let mut rules: Vec<(usize, AnyRule)> = rules.into_iter().enumerate().collect();
        let set = loop {
            let mut text = "name = \"any\"\notherwise = \"Rest\"\nsegment = [\n".to_owned();
            for (at, rule) in &rules {
                text.push_str(&format!("{{ name = \"S{at}\""));
                for (key, range, ..) in rule.iter().flatten() {
                    text.push_str(&format!(", {key} = {range}"));
                }
                text.push_str(" },\n");
            }
            text.push_str("]\n");
            match RuleSet::parse(&text, "any") {
                Ok(set) => break set,
                // A rule covered entirely by earlier ones can be omitted without effect.
                Err(error) => {
                    let refused = rules.iter().position(|(at, _)| {
                        error.message.contains(&format!("no customer can reach segment `S{at}`"))
                    });
                    prop_assert!(refused.is_some(), "{}\n{text}", error.message);
                    rules.remove(refused.unwrap_or_default());
                }
            }
        };
        for customer in &customers {
            let first = rules.iter().find(|(_, rule)| fits(rule, customer));
            let expected = first.map_or_else(|| "Rest".to_owned(), |(at, _)| format!("S{at}"));
            prop_assert_eq!(&set.segment_of(customer).name, &expected, "{:?} {:?}", customer, rules);
        }
    }

    #[test]
    fn names_that_come_with_the_product_are_true(customer in any_customer(5)) {
        for rules in BUILT_IN {
            let set = built_in(rules);
            let name = set.segment_of(&customer).name.as_str();
            let c = &customer;
            let phrase = format!("{rules} {name}: {c:?}");
            if c.tenure_days > 90 {
                prop_assert!(name != "New", "{phrase}");
            }
            if c.tenure_days > 180 && c.orders > 5 {
                prop_assert!(name != "Promising", "{phrase}");
            }
            let must_hold: &[Claim] = match name {
                "Lost" | "Hibernating" => &[Claim::IsOverdue, Claim::SilentLately],
                "At-Risk" | "At Risk" | "Can't Lose Them" => &[Claim::IsOverdue],
                "New" => Promise::New.claims(),
                _ => &[],
            };
            prop_assert!(must_hold.iter().all(|claim| claim.holds(c)), "{phrase}");
            let has_lapsed = Claim::HasLapsed.holds(c);
            if ["High-Value", "Loyal", "Champions", "Potential Loyalists", "Need Attention"].contains(&name) {
                prop_assert!(!has_lapsed, "{phrase}");
            }
        }
    }
}
