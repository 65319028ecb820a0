//! Published values of single customers, heavy buyers, gradients, and sums against closed forms.

use super::likelihood::mean_loss;
use super::*;
use crate::lifetime::patterns::{History, Patterns};
use crate::lifetime::time::TimeUnit;

const PUBLISHED: BetaGeometricParams =
    BetaGeometricParams { r: 0.242_595_7, alpha: 4.413_657_5, a: 0.792_986_3, b: 2.426_161_7 };
const PAPER: BetaGeometricParams = BetaGeometricParams { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const BG: Variant = Variant { k: 1, dropout_after_first: false };

fn check(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found}, expected {expected}");
}

// The spreadsheet published with Fader, Hardie & Lee (2005); its parameters have more digits than the three
// it shows, and are close to R's.
#[test]
fn the_papers_expectations() {
    let future = CustomerForecast::of_new(&PUBLISHED, BG);
    for (t, expected) in
        [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437), (78.0, 1.8576)]
    {
        check(future.expected_purchases(t), expected, 4e-4);
    }
}

#[test]
fn a_regular_customer() {
    let future = CustomerForecast::after(&PUBLISHED, BG, &History { x: 26, t_x: 30.86, t: 31.0 });
    check(future.expected_purchases(52.0), 25.7583, 1e-4 * 25.0);
    check(future.alive, 0.968_916, 1e-4);
}

#[test]
fn chances_of_counts() {
    let expected = [
        0.001_999_521_4,
        0.001_517_023_6,
        0.001_163_315_0,
        0.000_900_314_8,
        0.000_702_363_8,
        0.000_551_790_2,
        0.000_436_191_3,
        0.000_346_717_1,
        0.000_276_961_3,
        0.000_222_226_0,
    ];
    let probabilities = CustomerForecast::of_new(&PAPER, BG).purchase_counts(30.0, 20);
    for (n, expected) in (11..).zip(expected) {
        check(probabilities[n], expected, 1e-10);
    }
}

#[test]
fn likelihood_of_one_customer() {
    let params = BetaGeometricParams { r: 0.25, alpha: 4.0, a: 0.8, b: 2.5 };
    check(log_likelihood(&params, BG, &History { x: 0, t_x: 0.0, t: 40.0 }), -0.599_473_82, 1e-8);
    check(log_likelihood(&params, BG, &History { x: 200, t_x: 38.0, t: 40.0 }), 100.7957, 1e-4);
}

/// All variants under test.
fn variants() -> Vec<Variant> {
    [1, 2, 5]
        .into_iter()
        .flat_map(|k| [false, true].map(|dropout_after_first| Variant { k, dropout_after_first }))
        .collect()
}

/// Extreme histories.
fn corners() -> Patterns {
    let mut patterns = Patterns::empty(TimeUnit::Days);
    for (x, t_x, t) in [
        (0, 0.0, 0.0),
        (0, 0.0, 1e-6),
        (0, 0.0, 10_000.0),
        (1, 1e-3, 10_000.0),
        (1, 9_999.0, 10_000.0),
        (7, 3.0, 3.0),
        (30, 40.0, 400.0),
        (10_000, 9_000.0, 10_000.0),
        (10_000, 10_000.0, 10_000.0),
    ] {
        patterns.push(History { x, t_x, t }, 1.0);
    }
    patterns
}

#[test]
fn slopes_are_those_of_the_likelihood() {
    let patterns = corners();
    let groups = patterns.by_purchases();
    for variant in variants() {
        for logs in [
            [0.0; 4],
            [-1.4, 1.5, -0.2, 0.9],
            [-3.0, 9.0, -4.0, -3.0],
            [3.0, -5.0, 4.0, 9.0],
            [9.0, 12.0, 9.0, 12.0],
        ] {
            let value = mean_loss(&patterns, &groups, variant, &logs);
            assert!(value.value.is_finite(), "{variant:?} {logs:?}: {value:?}");
            for i in 0..4 {
                let at = |step: f64| {
                    let mut moved = logs;
                    moved[i] += step;
                    mean_loss(&patterns, &groups, variant, &moved).value
                };
                let slope = (8.0 * (at(1e-4) - at(-1e-4)) - (at(2e-4) - at(-2e-4))) / 12e-4;
                check(
                    value.gradient[i],
                    slope,
                    1e-7 * slope.abs().max(1.0) + 1e-11 * value.value.abs() / 1e-4,
                );
            }
        }
    }
}

#[test]
fn one_history_alone_or_counted_is_the_same() {
    let patterns = corners();
    let logs = [PUBLISHED.r.ln(), PUBLISHED.alpha.ln(), PUBLISHED.a.ln(), PUBLISHED.b.ln()];
    for variant in variants() {
        let counted = mean_loss(&patterns, &patterns.by_purchases(), variant, &logs).value;
        let sum: f64 =
            (0..patterns.len()).map(|row| log_likelihood(&PUBLISHED, variant, &patterns.history(row))).sum();
        check(-sum / patterns.len() as f64 / counted, 1.0, 1e-13);
    }
}

#[test]
fn expectations_are_the_means_of_the_counts() {
    let history = History { x: 3, t_x: 20.0, t: 38.0 };
    for variant in variants() {
        for future in [
            CustomerForecast::after(&PUBLISHED, variant, &history),
            CustomerForecast::of_new(&PUBLISHED, variant),
        ] {
            for t in [0.5, 39.0] {
                let probabilities = future.purchase_counts(t, 600);
                check(probabilities.iter().sum(), 1.0, 1e-9);
                let mean: f64 = probabilities.iter().enumerate().map(|(n, chance)| n as f64 * chance).sum();
                check(mean, future.expected_purchases(t), 1e-8);
                check(probabilities[0], 1.0 - future.p_any_purchase(t), 1e-12);
            }
        }
    }
}

#[test]
fn the_closed_expectation_is_the_sum_over_counts() {
    for (a, b) in [(0.05, 2.0), (0.999, 1.0), (1.0, 1.0), (1.000_001, 3.0), (12.0, 4.0), (25.0, 60.0)] {
        for (shape, t) in [(0.24, 0.01), (0.24, 39.0), (0.24, 4_000.0), (26.2, 52.0), (400.0, 20.0)] {
            let closed = CustomerForecast { alive: 1.0, shape, rate: 43.3, a, b, k: 1, stages: Vec::new() };
            // Above the limit of the closed form, the sum is used.
            let probabilities = closed.purchase_counts(t, 200_000.min((40.0 * shape * t) as usize + 3_000));
            let mean: f64 = probabilities.iter().enumerate().map(|(n, chance)| n as f64 * chance).sum();
            let found = closed.expected_purchases(t);
            assert!((found / mean - 1.0).abs() < 1e-7, "a {a} b {b} shape {shape} t {t}: {found} {mean}");
        }
    }
}

#[test]
fn answers_at_all_corners_are_numbers() {
    let patterns = corners();
    let all = [
        PUBLISHED,
        BetaGeometricParams { r: 0.01, alpha: 0.1, a: 1e-3, b: 1e-3 },
        BetaGeometricParams { r: 1e4, alpha: 1e6, a: 1e4, b: 1e6 },
        BetaGeometricParams { r: 5.0, alpha: 0.1, a: 1.0, b: 0.2 },
        BetaGeometricParams { r: 0.3, alpha: 10.0, a: 1e-260, b: 1.0 },
    ];
    for variant in variants() {
        for params in all {
            for row in 0..patterns.len() {
                let history = patterns.history(row);
                let future = CustomerForecast::after(&params, variant, &history);
                let place = format!("{variant:?} {params:?} {history:?}");
                assert!((0.0..=1.0).contains(&future.alive), "{place} {}", future.alive);
                for t in [1e-6, 30.0, 400.0] {
                    let expected = future.expected_purchases(t);
                    assert!(expected >= 0.0 && expected.is_finite(), "{place} {t} {expected}");
                    let any = future.p_any_purchase(t);
                    assert!((0.0..=1.0).contains(&any), "{place} {t} {any}");
                    assert!(any <= expected * (1.0 + 1e-6) + 1e-12, "{place} {t} {any} {expected}");
                }
                let next = future.next_purchase();
                assert!((0.0..=1.0).contains(&next.chance) && next.median >= 0.0, "{place} {next:?}");
            }
        }
    }
}
