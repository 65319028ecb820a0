//! Invalid tables, horizons and rates, and extreme shops.

use super::clv::Discount;
use super::error::Error;
use super::fit::FitSettings;
use super::fixtures::cdnow;
use super::model::ModelKind;
use super::patterns::{
    BadRows, CountedPatterns, EXCLUDED, Exclusions, Histories, History, Patterns, count_patterns,
};
use super::time::{Horizon, TimeUnit};
use crate::bg_cnbd_k::BG_CNBD_K;
use crate::kind::Kind;
use crate::mbg_nbd::MBG_NBD;
use crate::nbd::NBD;
use crate::pareto_nbd::PARETO_NBD;

fn count(rows: &[[f64; 3]], bad_rows: BadRows) -> Result<CountedPatterns, Error> {
    let column = |i: usize| -> Vec<f64> { rows.iter().map(|row| row[i]).collect() };
    let (x, t_x, t) = (column(0), column(1), column(2));
    let histories = Histories { x: &x, t_x: &t_x, t: &t, log_intervals: None, unit: TimeUnit::Days };
    count_patterns(&histories, bad_rows)
}

#[test]
fn bad_rows_are_named_or_counted() {
    let rows = [
        [2.0, 10.0, 30.0],
        [2.0, 10.0, f64::NAN],
        [1.0, f64::INFINITY, 30.0],
        [1.0, 5.0, -30.0],
        [1.5, 5.0, 30.0],
        [1.0, 31.0, 30.0],
        [0.0, 4.0, 30.0],
        [3.0, 0.0, 30.0],
        [0.0, -0.0, 0.0],
        [2.0, 10.0, 30.0],
    ];
    let counted = count(&rows, BadRows::Exclude).unwrap();
    let expected = Exclusions {
        not_finite: 2,
        negative: 1,
        not_whole: 1,
        last_after_end: 1,
        time_without_repeat: 1,
        repeat_without_time: 1,
    };
    assert_eq!(counted.excluded, expected);
    assert_eq!(counted.excluded.total(), 7);
    assert_eq!(counted.patterns.count, [1.0, 2.0]);
    assert_eq!(
        counted.pattern_of,
        [1, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, 0, 1]
    );
    assert_eq!(counted.to_customers(&[0.5, 0.75])[..2], [Some(0.75), None]);
    for row in &rows[1..8] {
        let refused = count(&[rows[0], *row], BadRows::Refuse);
        let Err(error @ Error::BadHistory { row: 1, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(error.kind(), Kind::Input);
        assert!(error.hint().is_some() && error.to_string().starts_with("row 1 ("), "{error}");
    }
}

#[test]
fn columns_of_different_lengths_are_refused() {
    let histories =
        Histories { x: &[1.0], t_x: &[1.0, 2.0], t: &[3.0], log_intervals: None, unit: TimeUnit::Days };
    let refused = count_patterns(&histories, BadRows::Exclude);
    assert!(matches!(refused, Err(Error::ColumnLengths { name: "t_x", .. })), "{refused:?}");
}

#[test]
fn shops_without_a_repeat_purchase_are_refused_with_a_reason() {
    for rows in [vec![], vec![[0.0, 0.0, 0.0]], vec![[0.0, 0.0, 50.0]; 20]] {
        let mut patterns = count(&rows, BadRows::Refuse).unwrap().patterns;
        patterns.log_intervals = Some(0.0);
        for &kind in ModelKind::ALL {
            let refused = kind.fit(&patterns, &FitSettings::default());
            let Err(error @ Error::TooFewRepeatCustomers { .. }) = refused else { panic!("{refused:?}") };
            assert!(error.to_string().contains("a repeat purchase") && error.hint().is_some(), "{error}");
        }
    }
}

/// Fits all models; every prediction is a number, or the error says why there is none.
fn check_edge(rows: &[[f64; 3]]) {
    let mut patterns = count(rows, BadRows::Refuse).unwrap().patterns;
    let logs = rows.iter().map(|[x, t_x, _]| if *x > 0.0 { x * (t_x / x).ln() } else { 0.0 });
    patterns.log_intervals = Some(logs.sum());
    for &kind in ModelKind::ALL {
        let fitted = match kind.fit(&patterns, &FitSettings::default()) {
            Ok(fitted) => fitted,
            Err(Error::NotConverged { best, log_likelihood, .. }) => {
                assert!(best.iter().all(|value| value.is_finite()) && log_likelihood.is_finite(), "{best:?}");
                continue;
            }
            Err(error) => panic!("{kind:?}: {error}"),
        };
        assert!(fitted.report.log_likelihood.is_finite());
        fitted.model.check().unwrap();
        let year = Horizon::new(1.0, TimeUnit::Years).unwrap();
        let forecast = fitted.forecast(&patterns, year, Discount::Monthly(0.01)).unwrap();
        for row in 0..patterns.len() {
            let alive = forecast.p_alive[row];
            assert!((0.0..=1.0).contains(&alive), "{kind:?} {fitted:?} {row} {alive}");
            let (all, discounted) = (forecast.expected_purchases[row], forecast.discounted_purchases[row]);
            assert!(all >= 0.0 && all.is_finite(), "{kind:?} {fitted:?} {row} {all}");
            assert!(
                discounted >= 0.0 && discounted <= all * (1.0 + 1e-9),
                "{kind:?} {row} {discounted} {all}"
            );
        }
    }
}

#[test]
fn one_customer() {
    check_edge(&[[3.0, 20.0, 30.0]]);
}

#[test]
fn one_customer_who_bought_again_among_many() {
    let mut rows = vec![[0.0, 0.0, 300.0]; 500];
    rows.push([1.0, 3.0, 200.0]);
    check_edge(&rows);
}

#[test]
fn customers_who_are_all_alike() {
    check_edge(&vec![[5.0, 90.0, 100.0]; 200]);
}

#[test]
fn ten_thousand_purchases_and_ten_thousand_days() {
    let mut rows: Vec<[f64; 3]> =
        (1..60).map(|i| [f64::from(i % 7), if i % 7 == 0 { 0.0 } else { f64::from(i) }, 100.0]).collect();
    rows.push([10_000.0, 9_990.0, 10_000.0]);
    rows.push([1.0, 1.0, 10_000.0]);
    rows.push([0.0, 0.0, 0.0]);
    check_edge(&rows);
}

/// Twelve customers; one of them bought three times within a minute.
const FAR_APART: [[f64; 3]; 12] = [
    [10_000.0, 9990.0, 10_000.0],
    [500.0, 9990.0, 10_000.0],
    [0.0, 0.0, 10_000.0],
    [1.0, 1.0, 10_000.0],
    [1.0, 9999.0, 10_000.0],
    [10_000.0, 10_000.0, 10_000.0],
    [0.0, 0.0, 0.0],
    [3.0, 0.001, 0.001],
    [2.0, 20.0, 100.0],
    [0.0, 0.0, 300.0],
    [0.0, 0.0, 2000.0],
    [5.0, 300.0, 4000.0],
];

#[test]
fn a_rate_far_below_the_scale_of_the_shop_is_found() {
    let patterns = count(&FAR_APART, BadRows::Refuse).unwrap().patterns;
    let fitted = NBD.fit(&patterns, &FitSettings::default()).unwrap();
    let report = &fitted.report;
    // Found by a two-parameter search with Python's lgamma.
    assert!((report.log_likelihood + 22_083.227_216).abs() < 1e-5, "{report:?}");
    let [r, alpha] = fitted.model.values[..] else { panic!("{report:?}") };
    assert!((r / 0.059_403_2 - 1.0).abs() < 1e-4, "{r}");
    assert!((alpha / 0.000_271_292 - 1.0).abs() < 1e-4, "{alpha}");
    assert!(report.boundary.is_none() && report.parameters.iter().all(|p| p.standard_error.is_some()));
}

#[test]
fn a_parameter_at_the_edge_of_the_search_is_named() {
    // The second purchase follows at once or never: the rate is below the bound of the search.
    let mut rows = vec![[0.0, 0.0, 1000.0]; 40];
    rows.extend(vec![[3.0, 1e-17, 1e-17]; 40]);
    let patterns = count(&rows, BadRows::Refuse).unwrap().patterns;
    let fitted = NBD.fit(&patterns, &FitSettings::default()).unwrap();
    let words = fitted.report.boundary.expect("an edge").words;
    assert!(words.contains("the search ended at its bound (alpha = "), "{words}");
}

#[test]
fn intervals_hold_hundreds_of_thousands_of_purchases() {
    let patterns = count(&FAR_APART, BadRows::Refuse).unwrap().patterns;
    let year = Horizon::new(365.0, TimeUnit::Days).unwrap();
    for kind in [NBD, PARETO_NBD, MBG_NBD] {
        let fitted = kind.fit(&patterns, &FitSettings::default()).unwrap();
        let expected = fitted.forecast(&patterns, year, Discount::None).unwrap().expected_purchases;
        let found = fitted.purchase_probabilities(&patterns, year, &[]).unwrap();
        assert!(found.iter().all(|found| found.probabilities.len() < 3000 && found.covers(0.99)), "{kind:?}");
        let row = patterns.x.iter().position(|x| *x == 3).unwrap();
        let most = expected[row];
        assert!(most > 200_000.0, "{kind:?} {most}");
        let mean: f64 =
            found[row].probabilities.iter().enumerate().map(|(class, p)| p * found[row].number(class)).sum();
        // Counts above five million are not tracked.
        assert!((mean / most - 1.0).abs() < 0.01, "{kind:?} {mean} {most}");
        let (low, high) = found[row].interval(0.9, most);
        assert!(low > 0.0 && low < most && high > 1.3 * most, "{kind:?} {low} {most} {high}");
    }
}

#[test]
fn hardly_alive_is_not_dead() {
    let fitted = PARETO_NBD.fit(&cdnow().patterns, &FitSettings::default()).unwrap();
    let alive = fitted.model.forecast_for(&History { x: 400, t_x: 20.0, t: 39.0 }).p_alive();
    assert!(alive > 0.0 && alive < 1e-16, "{alive:e}");
}

#[test]
fn horizons_are_stretches_of_time() {
    assert!((Horizon::new(12.0, TimeUnit::Months).unwrap().in_units(TimeUnit::Days) - 365.0).abs() < 1e-9);
    for (text, days) in [("365 days", 365.0), ("52w", 364.0), ("1 year", 365.0), ("6 months", 182.5)] {
        let horizon: Horizon = text.parse().unwrap();
        assert!((horizon.in_units(TimeUnit::Days) - days).abs() < 1e-9, "{text}");
    }
    for text in ["0 days", "100 years", "-3 weeks", "12", "", "days", "1e9 days", "2 fortnights"] {
        let refused = text.parse::<Horizon>();
        let Err(error) = refused else { panic!("{text}: {refused:?}") };
        assert_eq!(error.kind(), Kind::Config, "{text}");
        assert!(error.hint().is_some());
    }
    assert!(Horizon::new(f64::NAN, TimeUnit::Days).is_err());
    assert!(Horizon::new(f64::INFINITY, TimeUnit::Days).is_err());
}

#[test]
fn rates_and_units_that_do_not_fit_are_refused() {
    let counted = cdnow();
    let fitted = NBD.fit(&counted.patterns, &FitSettings::default()).unwrap();
    let year = Horizon::new(1.0, TimeUnit::Years).unwrap();
    for rate in [-0.01, 1.5, f64::NAN] {
        let refused = fitted.forecast(&counted.patterns, year, Discount::Monthly(rate));
        assert!(matches!(refused, Err(Error::DiscountRate { .. })), "{refused:?}");
    }
    let zero = Horizon { count: 0.0, unit: TimeUnit::Weeks };
    assert!(matches!(fitted.forecast(&counted.patterns, zero, Discount::None), Err(Error::Horizon { .. })));
}

#[test]
fn regularity_needs_the_times_between_purchases() {
    let mut patterns = cdnow().patterns;
    patterns.log_intervals = None;
    let refused = BG_CNBD_K.fit(&patterns, &FitSettings::default());
    assert!(matches!(refused, Err(Error::NoIntervals { .. })), "{refused:?}");
}

#[test]
fn parameters_that_no_model_has_are_refused() {
    for (r, alpha) in [(0.0, 1.0), (1.0, -2.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
        let refused = NBD.with(&[r, alpha]).check();
        assert!(matches!(refused, Err(Error::BadParameter { .. })), "{refused:?}");
    }
}

#[test]
fn a_search_cut_short_is_an_error_with_its_best_point() {
    let settings = FitSettings { max_iterations: 1, ..FitSettings::default() };
    let refused = PARETO_NBD.fit(&cdnow().patterns, &settings);
    let Err(error @ Error::NotConverged { .. }) = &refused else { panic!("{refused:?}") };
    assert_eq!(error.kind(), Kind::NotConverged);
    let Error::NotConverged { names, best, log_likelihood, .. } = error else { unreachable!() };
    assert_eq!(names.len(), best.len());
    assert!(*log_likelihood < -9594.9, "{log_likelihood}");
    // The best point is in weeks, and the log-likelihood matches it.
    let model = PARETO_NBD.with(best);
    let patterns = cdnow().patterns;
    let sum: f64 = (0..patterns.len())
        .map(|row| patterns.count[row] * model.log_likelihood(&patterns.history(row)))
        .sum();
    assert!((sum - log_likelihood).abs() < 1e-6, "{sum} {log_likelihood}");
}

#[test]
fn a_new_customer_has_a_history_too() {
    let patterns = Patterns::empty(TimeUnit::Weeks);
    assert!(patterns.is_empty());
    let fitted = MBG_NBD.fit(&cdnow().patterns, &FitSettings::default()).unwrap();
    let new = fitted.model.forecast_for_new_customer();
    let just_now = fitted.model.forecast_for(&History { x: 0, t_x: 0.0, t: 0.0 });
    assert!((new.expected_purchases(52.0) - just_now.expected_purchases(52.0)).abs() < 1e-12);
}
