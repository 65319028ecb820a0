//! Published values of single customers, and sums against closed forms.

use super::likelihood::log_likelihood;
use super::prediction::BetaGeometricForecast;
use super::*;
use crate::lifetime::patterns::History;
use crate::lifetime::prediction::CustomerForecast;

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
    let future = BetaGeometricForecast::for_new_customer(&PUBLISHED, BG);
    for (t, expected) in
        [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437), (78.0, 1.8576)]
    {
        check(future.expected_purchases(t), expected, 4e-4);
    }
}

#[test]
fn a_regular_customer() {
    let future = BetaGeometricForecast::after(&PUBLISHED, BG, &History { x: 26, t_x: 30.86, t: 31.0 });
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
    let probabilities = BetaGeometricForecast::for_new_customer(&PAPER, BG).purchase_counts(30.0, 20);
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

#[test]
fn the_closed_expectation_is_the_sum_over_counts() {
    for (a, b) in [(0.05, 2.0), (0.999, 1.0), (1.0, 1.0), (1.000_001, 3.0), (12.0, 4.0), (25.0, 60.0)] {
        for (shape, t) in [(0.24, 0.01), (0.24, 39.0), (0.24, 4_000.0), (26.2, 52.0), (400.0, 20.0)] {
            let closed =
                BetaGeometricForecast { alive: 1.0, shape, rate: 43.3, a, b, k: 1, stages: Vec::new() };
            // Above the limit of the closed form, the sum is used.
            let probabilities = closed.purchase_counts(t, 200_000.min((40.0 * shape * t) as usize + 3_000));
            let mean: f64 =
                probabilities.iter().enumerate().map(|(n, probability)| n as f64 * probability).sum();
            let found = closed.expected_purchases(t);
            assert!((found / mean - 1.0).abs() < 1e-7, "a {a} b {b} shape {shape} t {t}: {found} {mean}");
        }
    }
}
