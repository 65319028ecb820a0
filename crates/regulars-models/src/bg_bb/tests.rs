//! Published numbers for the donors, gradients, and invalid tables.

use super::likelihood::{mean_loss, of_history};
use super::*;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::fixtures::Table;

fn donors() -> Patterns {
    let table: Table = include_str!("../../../../fixtures/golden/donations.csv").parse().unwrap();
    let (x, t_x, n) = (table.column("frequency"), table.column("recency"), table.column("n_periods"));
    let histories = (0..x.len())
        .map(|row| History { x: x[row] as u32, t_x: t_x[row] as u32, n: n[row] as u32 })
        .collect();
    Patterns { histories, count: table.column("n_customers").to_vec() }
}

fn check(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found}, expected {expected}");
}

#[test]
fn published_fit_and_predictions() {
    let patterns = donors();
    let fitted = fit(&patterns, &FitSettings::default()).unwrap();
    check(fitted.report.log_likelihood, -33_225.581_3, 1e-4);
    let published = [(1.203_519, 0.0694), (0.749_718, 0.0294), (0.656_774, 0.0510), (2.783_780, 0.3208)];
    for (parameter, (expected, error)) in fitted.report.parameters.iter().zip(published) {
        check(parameter.value / expected, 1.0, 1e-3);
        check(parameter.standard_error.unwrap() / error, 1.0, 0.02);
    }
    let sum: f64 = patterns
        .histories
        .iter()
        .zip(&patterns.count)
        .map(|(history, count)| count * fitted.expected_purchases(history, 5))
        .sum();
    check(sum, 12_884.0, 1.0);
    for ((x, t_x), alive, expected) in
        [((0, 0), 0.1081, 0.0729), ((2, 4), 0.5896, 1.0576), ((6, 6), 0.9304, 3.7525)]
    {
        let history = History { x, t_x, n: 6 };
        check(fitted.p_alive(&history), alive, 1e-4);
        check(fitted.expected_purchases(&history, 5), expected, 1e-4);
        let any = fitted.p_any_purchase(&history, 5);
        assert!(any > 0.0 && any < fitted.p_alive(&history), "{any}");
        check(fitted.p_any_purchase(&history, 1), fitted.expected_purchases(&history, 1), 1e-12);
        assert!(
            fitted.discounted_purchases(&history, 100_000, 0.1) < fitted.expected_purchases(&history, 60)
        );
    }
}

#[test]
fn histories_of_all_customers_have_chance_one() {
    // All purchase sequences over n occasions: C(t_x − 1, x − 1) of them share the same x and t_x.
    let params = BgBbParams { alpha: 1.2, beta: 0.75, gamma: 0.66, delta: 2.8 };
    let n = 6;
    let mut total = of_history(&params, &History { x: 0, t_x: 0, n }).0.exp();
    for t_x in 1..=n {
        let mut ways = 1.0;
        for x in 1..=t_x {
            total += ways * of_history(&params, &History { x, t_x, n }).0.exp();
            ways *= f64::from(t_x - x) / f64::from(x);
        }
    }
    check(total, 1.0, 1e-12);
}

#[test]
fn slopes_are_those_of_the_likelihood() {
    let patterns = donors();
    for logs in [[0.0; 4], [0.2, -0.3, -0.4, 1.0], [-3.0, 4.0, -5.0, 6.0], [7.0, 7.0, 7.0, 7.0]] {
        let found = mean_loss(&patterns, &logs).gradient;
        for i in 0..4 {
            let (mut above, mut below) = (logs, logs);
            above[i] += 1e-5;
            below[i] -= 1e-5;
            let slope = (mean_loss(&patterns, &above).value - mean_loss(&patterns, &below).value) / 2e-5;
            check(found[i], slope, 1e-7 * slope.abs().max(1.0));
        }
    }
}

#[test]
fn donors_who_all_stay() {
    let histories = (0..=10).map(|x| History { x, t_x: if x == 0 { 0 } else { 10 }, n: 10 }).collect();
    let fitted = fit(&Patterns { histories, count: vec![9.0; 11] }, &FitSettings::default()).unwrap();
    let words = fitted.report.boundary.clone().unwrap().words;
    assert!(words.contains("no dropout visible"), "{words}");
    check(fitted.p_alive(&History { x: 3, t_x: 4, n: 10 }), 1.0, 1e-12);
}

#[test]
fn tables_that_cannot_be_are_refused() {
    for (x, t_x, n) in [(1, 7, 6), (3, 2, 6), (0, 2, 6), (1, 1, 20_000)] {
        let patterns = Patterns { histories: vec![History { x, t_x, n }], count: vec![1.0] };
        let refused = fit(&patterns, &FitSettings::default());
        assert!(matches!(refused, Err(Error::BadHistory { .. })), "{refused:?}");
    }
    let nobody = Patterns { histories: vec![History { x: 0, t_x: 0, n: 6 }], count: vec![5.0] };
    assert!(matches!(fit(&nobody, &FitSettings::default()), Err(Error::TooFewRepeatCustomers { .. })));
}
