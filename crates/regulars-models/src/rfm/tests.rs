//! Scores against hand-worked examples, a naive reference, and properties that hold for any shop.

use proptest::prelude::*;
use regulars_core::config::{Method, Scores, Thresholds};
use regulars_core::segments::RuleSet;

use super::*;
use crate::cycle_ratio::{Histories, cycle_ratios};
use crate::error::Error;
use crate::kind::Kind;

fn params(method: Method, classes: u8, nested: bool) -> ValidRfmParams {
    let scores = Scores { method, classes, nested, ..Scores::default() };
    RfmParams { scores, money_decimals: 2 }.check().expect("valid")
}

fn thresholds(monetary: [f64; 2], money_decimals: u8) -> Result<ValidRfmParams, Error> {
    let thresholds =
        Thresholds { recency_days: vec![30, 90], frequency: vec![1, 4], monetary: monetary.to_vec() };
    let scores =
        Scores { method: Method::Thresholds, classes: 3, thresholds: Some(thresholds), ..Scores::default() };
    RfmParams { scores, money_decimals }.check()
}

/// Scores one column as frequency; the others are constant.
fn frequency_scores(values: &[i64], params: &ValidRfmParams) -> Vec<u8> {
    let same = vec![7; values.len()];
    let customers = Customers { recency_days: &same, frequency: values, monetary_minor: &same };
    score(customers, params).expect("scored").f
}

fn recency_scores(values: &[i64], params: &ValidRfmParams) -> Vec<u8> {
    let same = vec![7; values.len()];
    let customers = Customers { recency_days: values, frequency: &same, monetary_minor: &same };
    score(customers, params).expect("scored").r
}

fn of(rows: &[[i64; 3]], params: &ValidRfmParams) -> Scored {
    let column = |i: usize| rows.iter().map(|row| row[i]).collect::<Vec<i64>>();
    let (recency_days, frequency, monetary_minor) = (column(0), column(1), column(2));
    score(
        Customers { recency_days: &recency_days, frequency: &frequency, monetary_minor: &monetary_minor },
        params,
    )
    .expect("scored")
}

/// A group of cuts as `score:from-to(customers)`, for readable assertions.
fn cuts(scored: &Scored, measure: &str, within: Option<&str>) -> String {
    let lines: Vec<String> = scored
        .cuts
        .iter()
        .filter(|cut| cut.measure == measure && cut.within.as_deref() == within)
        .map(|cut| match (cut.from, cut.to) {
            (Some(from), Some(to)) => format!("{}:{from}..{to}({})", cut.score, cut.customers),
            _ => format!("{}:none({})", cut.score, cut.customers),
        })
        .collect();
    lines.join(" ")
}

#[test]
fn quantile_classes_of_ten_different_values_have_two_each() {
    let values = [100, 90, 80, 70, 60, 50, 40, 30, 20, 10];
    let quantile = params(Method::Quantile, 5, false);
    assert_eq!(frequency_scores(&values, &quantile), [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]);
    assert_eq!(recency_scores(&values, &quantile), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
}

#[test]
fn one_time_buyers_have_the_lowest_frequency_score_however_many_they_are() {
    let quantile = params(Method::Quantile, 5, false);
    for (values, expected) in [
        ([1, 1, 1, 1, 1, 1, 2, 2, 3, 9], [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 2], [1, 1, 1, 1, 1, 1, 1, 1, 1, 5]),
        ([1, 1, 1, 1, 2, 2, 2, 2, 2, 2], [1, 1, 1, 1, 3, 3, 3, 3, 3, 3]),
        ([1, 2, 2, 2, 2, 2, 2, 2, 2, 2], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ] {
        assert_eq!(frequency_scores(&values, &quantile), expected, "{values:?}");
    }
}

#[test]
fn who_bought_on_the_last_day_has_the_highest_recency_score() {
    let quantile = params(Method::Quantile, 5, false);
    assert_eq!(
        recency_scores(&[0, 0, 0, 0, 0, 0, 5, 5, 300, 400], &quantile),
        [5, 5, 5, 5, 5, 5, 2, 2, 1, 1]
    );
}

#[test]
fn few_or_equal_customers() {
    for method in [Method::Quantile, Method::Ntile] {
        let scored = of(&[[12, 3, 4500]], &params(method, 5, false));
        let r = if method == Method::Quantile { 5 } else { 1 };
        assert_eq!((scored.r, scored.f, scored.m), (vec![r], vec![1], vec![1]), "{method:?}");
    }
    let equal = of(&[[3, 2, 100]; 4], &params(Method::Quantile, 5, false));
    assert_eq!((equal.r, equal.f, equal.m), (vec![5; 4], vec![1; 4], vec![1; 4]));
    let equal = of(&[[3, 2, 100]; 4], &params(Method::Ntile, 5, false));
    assert_eq!((equal.r, equal.f, equal.m), (vec![1, 2, 3, 4], vec![1, 2, 3, 4], vec![1, 2, 3, 4]));
    assert_eq!(frequency_scores(&[5, 1, 3], &params(Method::Quantile, 5, false)), [4, 1, 2]);
    assert_eq!(frequency_scores(&[5, 1, 3], &params(Method::Ntile, 5, false)), [3, 1, 2]);
}

#[test]
fn nobody_gives_no_scores() {
    for nested in [false, true] {
        for method in [Method::Quantile, Method::Ntile] {
            let scored = of(&[], &params(method, 5, nested));
            assert!(scored.r.is_empty() && scored.f.is_empty() && scored.m.is_empty());
            assert_eq!(cuts(&scored, "recency", None), "1:none(0) 2:none(0) 3:none(0) 4:none(0) 5:none(0)");
            assert!(rfm_scores(&scored).is_empty());
        }
    }
}

#[test]
fn ntile_makes_the_first_classes_larger_and_breaks_ties_by_row() {
    let ntile = params(Method::Ntile, 5, false);
    assert_eq!(frequency_scores(&[1, 1, 1, 2, 1, 1, 2], &ntile), [1, 1, 2, 4, 2, 3, 5]);
    // Recency is sorted from the longest ago; ties keep row order.
    assert_eq!(recency_scores(&[9, 0, 9, 0, 9, 0, 0], &ntile), [1, 2, 1, 3, 2, 4, 5]);
}

#[test]
fn a_value_on_a_threshold_is_not_above_it() {
    let rows = [[30, 1, 5000], [31, 2, 5001], [91, 5, 10001], [0, 0, -200]];
    let scored = of(&rows, &thresholds([50.0, 100.0], 2).expect("valid"));
    assert_eq!((scored.r, scored.f, scored.m), (vec![3, 2, 1, 3], vec![1, 2, 3, 1], vec![1, 2, 3, 1]));
}

#[test]
fn monetary_thresholds_finer_than_the_money_stay_exact() {
    let monetary = |cut_points, decimals, values: &[i64]| {
        let rows: Vec<[i64; 3]> = values.iter().map(|value| [1, 1, *value]).collect();
        of(&rows, &thresholds(cut_points, decimals).expect("valid")).m
    };
    assert_eq!(monetary([99.5, 200.4], 0, &[99, 100, 200, 201]), [1, 2, 2, 3]);
    assert_eq!(monetary([1.15, 1.155], 2, &[115, 116]), [1, 3]);
    assert_eq!(monetary([-0.5, 0.29], 2, &[-50, -49, 29, 30]), [1, 2, 2, 3]);
}

#[test]
fn cuts_tell_the_range_and_size_of_every_score() {
    let rows = [[400, 1, 100], [300, 1, 250], [20, 1, 900], [10, 2, 900], [0, 9, -50]];
    let scored = of(&rows, &params(Method::Quantile, 5, false));
    assert_eq!(
        cuts(&scored, "recency", None),
        "1:400..400(1) 2:300..300(1) 3:20..20(1) 4:10..10(1) 5:0..0(1)"
    );
    assert_eq!(cuts(&scored, "frequency", None), "1:1..1(3) 2:none(0) 3:none(0) 4:2..2(1) 5:9..9(1)");
    assert_eq!(
        cuts(&scored, "monetary", None),
        "1:-50..-50(1) 2:100..100(1) 3:250..250(1) 4:900..900(2) 5:none(0)"
    );
    assert_eq!(scored.cuts.len(), 15);
}

#[test]
fn nested_scores_are_relative_to_the_customers_with_the_same_scores_before() {
    // With two classes: four recent customers and four from long ago.
    let rows = [
        [1, 1, 10],
        [2, 1, 20],
        [3, 8, 30],
        [4, 9, 40],
        [100, 20, 50],
        [101, 30, 60],
        [102, 40, 70],
        [103, 50, 80],
    ];
    let scored = of(&rows, &params(Method::Quantile, 2, true));
    assert_eq!(scored.r, [2, 2, 2, 2, 1, 1, 1, 1]);
    assert_eq!(
        scored.f,
        [1, 1, 2, 2, 1, 1, 2, 2],
        "9 is much among the recent, 20 is little among the others"
    );
    assert_eq!(scored.m, [1, 2, 1, 2, 1, 2, 1, 2]);
    assert_eq!(cuts(&scored, "recency", None), "1:100..103(4) 2:1..4(4)");
    assert_eq!(cuts(&scored, "frequency", Some("R2")), "1:1..1(2) 2:8..9(2)");
    assert_eq!(cuts(&scored, "monetary", Some("R1 F2")), "1:70..70(1) 2:80..80(1)");
    assert_eq!(scored.cuts.len(), 2 + 2 * 2 + 4 * 2);
}

#[test]
fn nested_leaves_out_groups_without_customers() {
    let scored = of(&[[5, 2, 10], [5, 2, 30]], &params(Method::Quantile, 3, true));
    let within: Vec<&str> = scored.cuts.iter().filter_map(|cut| cut.within.as_deref()).collect();
    assert_eq!(within, ["R3", "R3", "R3", "R3 F1", "R3 F1", "R3 F1"]);
}

#[test]
fn sums_and_weights_are_the_numbers_a_person_would_write() {
    let scored = Scored {
        classes: 5,
        r: vec![4, 1, 5, 3],
        f: vec![2, 1, 5, 3],
        m: vec![4, 1, 5, 4],
        cuts: Vec::new(),
    };
    let quantile = params(Method::Quantile, 5, false);
    assert_eq!(rfm_scores(&scored), [10, 3, 15, 10]);
    let text: Vec<String> = weighted_scores(&scored, &quantile).iter().map(ToString::to_string).collect();
    assert_eq!(text, ["3.4", "1", "5", "3.2"]);
}

#[test]
fn every_weighted_score_has_one_decimal_at_the_default_weights() {
    let all: Vec<(u8, u8, u8)> = (0..125_u8).map(|i| (i / 25 + 1, i / 5 % 5 + 1, i % 5 + 1)).collect();
    let scored = Scored {
        classes: 5,
        r: all.iter().map(|t| t.0).collect(),
        f: all.iter().map(|t| t.1).collect(),
        m: all.iter().map(|t| t.2).collect(),
        cuts: Vec::new(),
    };
    for ((r, f, m), weighted) in all.iter().zip(weighted_scores(&scored, &params(Method::Quantile, 5, false)))
    {
        let tenths = 5 * u32::from(*r) + 3 * u32::from(*f) + 2 * u32::from(*m);
        assert_eq!(weighted.to_string(), (f64::from(tenths) / 10.0).to_string(), "{r}{f}{m}");
    }
}

/// A history of orders, days since the last one, and days since the first.
fn segments(rows: &[[i64; 3]], scored: &Scored, rules: &RuleSet) -> Result<Vec<u8>, Error> {
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<i64>>();
    let (orders, days_since_last_order, tenure_days) = (column(0), column(1), column(2));
    let histories = Histories {
        orders: &orders,
        days_since_last_order: &days_since_last_order,
        tenure_days: &tenure_days,
    };
    segment_indices(scored, histories, &cycle_ratios(histories)?.cycle_ratio, rules)
}

#[test]
fn segments_follow_the_rules_and_must_have_as_many_classes() {
    let rules = RuleSet::built_in("classic").expect("built in");
    let scored =
        Scored { classes: 5, r: vec![5, 1, 5], f: vec![5, 1, 1], m: vec![5, 1, 1], cuts: Vec::new() };
    // Gaps of 50 days; the second has had no order for eight of the shop's gaps, the third is a
    // long-standing customer.
    let rows = [[11, 3, 503], [1, 400, 400], [2, 0, 91]];
    let names: Vec<&str> = segments(&rows, &scored, &rules)
        .expect("same classes")
        .iter()
        .map(|index| rules.segments[usize::from(*index)].name.as_str())
        .collect();
    assert_eq!(names, ["High-Value", "Lost", "Regular"]);
    let error = segments(&rows[..2], &scored, &rules).expect_err("other customers");
    assert_eq!(error.kind(), Kind::Input);
    let error = segments(&rows, &Scored { classes: 4, ..scored }, &rules).expect_err("other classes");
    assert_eq!(error.to_string(), "rule set `classic` expects scores 1 to 5, the customers have 1 to 4");
    assert!(error.kind() == Kind::Config && error.hint().is_some());
}

#[test]
fn what_cannot_be_scored_is_refused_by_name() {
    let check =
        |scores: Scores| RfmParams { scores, money_decimals: 2 }.check().expect_err("refused").to_string();
    assert!(check(Scores { classes: 1, ..Scores::default() }).contains("scores.classes = 1"));
    assert!(check(Scores { weights: [1.0, 1.0, 1.0], ..Scores::default() }).contains("add up to 1"));
    assert!(
        check(Scores { method: Method::Thresholds, ..Scores::default() }).contains("no [scores.thresholds]")
    );
    let error = thresholds([1.0, 1e300], 2).expect_err("too large");
    assert!(error.to_string().starts_with("scores.thresholds.monetary: "), "{error}");
    let uneven = Customers { recency_days: &[1, 2], frequency: &[1], monetary_minor: &[] };
    let error = score(uneven, &params(Method::Quantile, 5, false)).expect_err("uneven");
    assert_eq!(error.kind(), Kind::Input);
    assert!(error.to_string().starts_with("2 values of recency, 1 of frequency and 0 of monetary"));
}

/// NTILE by definition: sort by value and row, assign the classes in order.
fn naive_ntile(values: &[i64], descending: bool, classes: u8) -> Vec<u8> {
    let mut rows: Vec<usize> = (0..values.len()).collect();
    rows.sort_by_key(|row| (if descending { -values[*row] } else { values[*row] }, *row));
    let (size, larger) = (values.len() / usize::from(classes), values.len() % usize::from(classes));
    let mut result = vec![0; values.len()];
    let mut dealt = rows.into_iter();
    for class in 1..=classes {
        let rows_of_class = size + usize::from(usize::from(class) <= larger);
        for row in dealt.by_ref().take(rows_of_class) {
            result[row] = class;
        }
    }
    result
}

/// The quantile class by its equivalent definition, from the number of smaller values.
fn naive_quantile(values: &[i64], classes: u8) -> Vec<u8> {
    values
        .iter()
        .map(|value| {
            let smaller = values.iter().filter(|other| *other < value).count();
            1 + (usize::from(classes) * smaller / values.len()) as u8
        })
        .collect()
}

/// Shops with hardly any ties up to almost only ties.
fn shop() -> impl Strategy<Value = Vec<[i64; 3]>> {
    let tied = prop::collection::vec([0..4_i64, 1..4_i64, -2..3_i64], 1..80);
    let spread = prop::collection::vec([0..800_i64, 1..30_i64, -50_000..900_000_i64], 1..200);
    prop_oneof![tied, spread]
}

fn any_params() -> impl Strategy<Value = ValidRfmParams> {
    let method = prop_oneof![Just(Method::Quantile), Just(Method::Ntile)];
    (method, 2..=10_u8, any::<bool>()).prop_map(|(method, classes, nested)| params(method, classes, nested))
}

proptest! {
    #[test]
    fn quantile_agrees_with_its_definition_by_rank(rows in shop(), classes in 2..=10_u8) {
        let scored = of(&rows, &params(Method::Quantile, classes, false));
        let column = |i: usize| rows.iter().map(|row| row[i]).collect::<Vec<i64>>();
        let from_top: Vec<u8> = naive_quantile(&column(0), classes).iter().map(|class| classes + 1 - class).collect();
        prop_assert_eq!(&scored.r, &from_top);
        prop_assert_eq!(&scored.f, &naive_quantile(&column(1), classes));
        prop_assert_eq!(&scored.m, &naive_quantile(&column(2), classes));
    }

    #[test]
    fn ntile_agrees_with_its_definition(rows in shop(), classes in 2..=10_u8) {
        let scored = of(&rows, &params(Method::Ntile, classes, false));
        let column = |i: usize| rows.iter().map(|row| row[i]).collect::<Vec<i64>>();
        prop_assert_eq!(&scored.r, &naive_ntile(&column(0), true, classes));
        prop_assert_eq!(&scored.f, &naive_ntile(&column(1), false, classes));
        prop_assert_eq!(&scored.m, &naive_ntile(&column(2), false, classes));
        let sizes: Vec<u64> =
            scored.cuts.iter().filter(|cut| cut.measure == "monetary").map(|cut| cut.customers).collect();
        prop_assert!(sizes.windows(2).all(|pair| pair[0] == pair[1] || pair[0] == pair[1] + 1));
        prop_assert!(sizes[0] - sizes[sizes.len() - 1] <= 1);
    }

    #[test]
    fn more_is_never_worse_and_equals_are_equal(rows in shop(), classes in 2..=10_u8) {
        let quantile = of(&rows, &params(Method::Quantile, classes, false));
        let ntile = of(&rows, &params(Method::Ntile, classes, false));
        for (i, a) in rows.iter().enumerate() {
            for (j, b) in rows.iter().enumerate() {
                for scored in [&quantile, &ntile] {
                    prop_assert!(a[0] >= b[0] || scored.r[i] >= scored.r[j]);
                    prop_assert!(a[1] <= b[1] || scored.f[i] >= scored.f[j]);
                    prop_assert!(a[2] <= b[2] || scored.m[i] >= scored.m[j]);
                }
                prop_assert!(a[1] != b[1] || quantile.f[i] == quantile.f[j]);
                prop_assert!(a[0] != b[0] || quantile.r[i] == quantile.r[j]);
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter_to_quantiles(
        (rows, order) in shop().prop_flat_map(|rows| {
            let order: Vec<usize> = (0..rows.len()).collect();
            (Just(rows), Just(order).prop_shuffle())
        }),
        nested in any::<bool>(),
    ) {
        let params = params(Method::Quantile, 5, nested);
        let before = of(&rows, &params);
        let shuffled: Vec<[i64; 3]> = order.iter().map(|row| rows[*row]).collect();
        let after = of(&shuffled, &params);
        for (now, was) in order.iter().enumerate() {
            prop_assert_eq!((after.r[now], after.f[now], after.m[now]), (before.r[*was], before.f[*was], before.m[*was]));
        }
        prop_assert_eq!(before.cuts, after.cuts);
    }

    #[test]
    fn scores_are_in_range_and_the_cuts_account_for_everybody(rows in shop(), params in any_params()) {
        let scored = of(&rows, &params);
        let classes = params.classes();
        for scores in [&scored.r, &scored.f, &scored.m] {
            prop_assert_eq!(scores.len(), rows.len());
            prop_assert!(scores.iter().all(|score| (1..=classes).contains(score)));
        }
        for measure in ["recency", "frequency", "monetary"] {
            let counted: u64 = scored.cuts.iter().filter(|cut| cut.measure == measure).map(|cut| cut.customers).sum();
            prop_assert_eq!(counted, rows.len() as u64);
        }
        prop_assert!(scored.cuts.iter().all(|cut| (cut.customers == 0) == cut.from.is_none() && cut.from <= cut.to));
    }

    #[test]
    fn nested_scoring_is_plain_scoring_of_each_group(rows in shop(), classes in 2..=5_u8, by_rank in any::<bool>()) {
        let method = if by_rank { Method::Ntile } else { Method::Quantile };
        let nested = of(&rows, &params(method, classes, true));
        let plain = params(method, classes, false);
        prop_assert_eq!(&nested.r, &of(&rows, &plain).r);
        for r in 1..=classes {
            let among: Vec<usize> = (0..rows.len()).filter(|row| nested.r[*row] == r).collect();
            let of_group = of(&among.iter().map(|row| rows[*row]).collect::<Vec<_>>(), &plain);
            for (position, row) in among.iter().enumerate() {
                prop_assert_eq!(nested.f[*row], of_group.f[position]);
            }
            for f in 1..=classes {
                let among: Vec<usize> = among.iter().copied().filter(|row| nested.f[*row] == f).collect();
                let of_cell = of(&among.iter().map(|row| rows[*row]).collect::<Vec<_>>(), &plain);
                for (position, row) in among.iter().enumerate() {
                    prop_assert_eq!(nested.m[*row], of_cell.m[position]);
                }
            }
        }
    }

    #[test]
    fn segments_do_not_depend_on_the_order_of_rows(
        (rows, order) in prop::collection::vec((1..40_i64, 0..400_i64, 0..900_i64, 0..90_000_i64), 1..120)
            .prop_flat_map(|rows| {
                let order: Vec<usize> = (0..rows.len()).collect();
                (Just(rows), Just(order).prop_shuffle())
            }),
        eleven in any::<bool>(),
    ) {
        let rules = RuleSet::built_in(if eleven { "eleven" } else { "classic" }).expect("built in");
        let of_rows = |order: &[usize]| {
            let histories: Vec<[i64; 3]> = order
                .iter()
                .map(|row| {
                    let (orders, last, before, _) = rows[*row];
                    [orders, last, last + if orders == 1 { 0 } else { before }]
                })
                .collect();
            let measures: Vec<[i64; 3]> =
                order.iter().map(|row| [rows[*row].1, rows[*row].0, rows[*row].3]).collect();
            segments(&histories, &of(&measures, &params(Method::Quantile, 5, false)), &rules).expect("complete")
        };
        let before = of_rows(&(0..rows.len()).collect::<Vec<usize>>());
        let after = of_rows(&order);
        for (now, was) in order.iter().enumerate() {
            prop_assert_eq!(after[now], before[*was]);
            let (orders, last, before, _) = rows[*was];
            let tenure = last + if orders == 1 { 0 } else { before };
            let name = rules.segments[usize::from(after[now])].name.as_str();
            prop_assert!(tenure <= 90 || name != "New");
            prop_assert!(tenure <= 180 || orders <= 5 || name != "Promising");
        }
    }
}
