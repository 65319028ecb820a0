//! Published values of single customers, heavy buyers, and gradients.

use super::likelihood::mean_loss;
use super::*;
use crate::lifetime::model::PurchaseModel;
use crate::lifetime::patterns::{History, Patterns};
use crate::lifetime::time::TimeUnit;

const PUBLISHED: ParetoNbdParams =
    ParetoNbdParams { r: 0.553_355, alpha: 10.578_67, s: 0.605_943, beta: 11.657_81 };

fn check(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found}, expected {expected}");
}

// Fader & Hardie's customer 1516, by BTYD.
#[test]
fn a_regular_customer() {
    let history = History { x: 26, t_x: 30.86, t: 31.0 };
    let future = PurchaseModel::ParetoNbd(PUBLISHED).future(&history);
    check(future.expected_purchases(52.0), 25.4577, 1e-4 * 25.0);
    check(future.p_alive(), 0.997_918, 1e-4);
    check(future.discounted_purchases(0.0027), 86.0540, 1e-4 * 86.0);
}

#[test]
fn chances_of_counts() {
    let history = History { x: 2, t_x: 213.0 / 7.0, t: 272.0 / 7.0 };
    let future = PurchaseModel::ParetoNbd(PUBLISHED).future(&history);
    let probabilities = future.purchase_counts(39.0, 400);
    for (found, expected) in
        probabilities.iter().zip([0.408_085, 0.219_267, 0.151_748, 0.095_654, 0.056_576, 0.031_984])
    {
        check(*found, expected, 1e-4);
    }
    check(probabilities.iter().sum(), 1.0, 1e-9);
    check(probabilities[0], 1.0 - future.p_any_purchase(39.0), 1e-10);
    let mean: f64 = probabilities.iter().enumerate().map(|(n, chance)| n as f64 * chance).sum();
    check(mean, future.expected_purchases(39.0), 1e-7);
}

// The difference of hypergeometric functions gives NaN here: lifetimes issue 25, CLVTools 100 and 171.
#[test]
fn heavy_buyers_have_a_chance_to_be_alive() {
    let params = ParetoNbdParams { r: 0.5143, alpha: 2.8845, s: 0.2856, beta: 14.1087 };
    for (x, t_x, t) in [(221, 103.43, 103.57), (254, 97.14, 97.29), (161, 94.71, 98.00), (204, 98.57, 99.43)]
    {
        let alive = PurchaseModel::ParetoNbd(params).future(&History { x, t_x, t }).p_alive();
        assert!((0.0..=1.0).contains(&alive), "{x}: {alive}");
    }
    let params = ParetoNbdParams { r: 0.55, alpha: 10.58, s: 0.61, beta: 11.67 };
    for (x, expected) in [(132, 6.2061), (133, 6.2529)] {
        let future = PurchaseModel::ParetoNbd(params).future(&History { x, t_x: 200.0, t: 200.0 });
        check(future.expected_purchases(10.0), expected, 1e-4);
    }
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
    for logs in [
        [0.0; 4],
        [-0.6, 2.4, -0.5, 2.5],
        [-3.0, 9.0, -4.0, -6.0],
        [3.0, -5.0, 4.0, 9.0],
        [9.0, 12.0, 9.0, 12.0],
    ] {
        let value = mean_loss(&patterns, &groups, &logs);
        assert!(value.value.is_finite(), "{logs:?}: {value:?}");
        for i in 0..4 {
            let at = |step: f64| {
                let mut moved = logs;
                moved[i] += step;
                mean_loss(&patterns, &groups, &moved).value
            };
            let slope = (8.0 * (at(1e-4) - at(-1e-4)) - (at(2e-4) - at(-2e-4))) / 12e-4;
            let tolerance = 1e-7 * slope.abs().max(1.0) + 1e-11 * value.value.abs() / 1e-4;
            check(value.gradient[i], slope, tolerance);
        }
    }
}

#[test]
fn one_history_alone_or_counted_is_the_same() {
    let patterns = corners();
    let logs = [PUBLISHED.r.ln(), PUBLISHED.alpha.ln(), PUBLISHED.s.ln(), PUBLISHED.beta.ln()];
    let counted = mean_loss(&patterns, &patterns.by_purchases(), &logs).value;
    let sum: f64 = (0..patterns.len()).map(|row| log_likelihood(&PUBLISHED, &patterns.history(row))).sum();
    check(-sum / patterns.len() as f64 / counted, 1.0, 1e-13);
}

#[test]
fn answers_at_all_corners_are_numbers() {
    let patterns = corners();
    for params in [
        PUBLISHED,
        ParetoNbdParams { r: 0.01, alpha: 1e-3, s: 1e-3, beta: 1e-3 },
        ParetoNbdParams { r: 1e4, alpha: 1e6, s: 1e4, beta: 1e6 },
        ParetoNbdParams { r: 5.0, alpha: 0.1, s: 1.0, beta: 1e5 },
    ] {
        for row in 0..patterns.len() {
            let history = patterns.history(row);
            let future = PurchaseModel::ParetoNbd(params).future(&history);
            let alive = future.p_alive();
            assert!((0.0..=1.0).contains(&alive), "{params:?} {history:?} {alive}");
            for t in [1e-6, 30.0, 18_000.0] {
                let expected = future.expected_purchases(t);
                assert!(expected >= 0.0 && expected.is_finite(), "{params:?} {history:?} {t} {expected}");
                let any = future.p_any_purchase(t);
                assert!((0.0..=1.0).contains(&any), "{params:?} {history:?} {t} {any}");
                // The probability is at most the expectation, up to rounding.
                assert!(
                    any <= expected * (1.0 + 1e-6) + 1e-12,
                    "{params:?} {history:?} {t} {any} {expected}"
                );
            }
            let discounted = future.discounted_purchases(3e-4);
            assert!(discounted >= 0.0 && discounted.is_finite(), "{params:?} {history:?} {discounted}");
            let next = future.next_purchase();
            assert!(
                (0.0..=1.0).contains(&next.chance) && next.median >= 0.0,
                "{params:?} {history:?} {next:?}"
            );
        }
    }
}

#[test]
fn a_purchase_is_sure_where_nobody_leaves_visibly() {
    // One dropout rate for all, as in real shops, and dropout far beyond any horizon.
    let params = ParetoNbdParams { r: 0.74, alpha: 73.9, s: 1.2e6, beta: 3.2e9 };
    for (x, t_x, t) in [(0, 0.0, 5.0), (3, 200.0, 220.0), (60, 400.0, 401.0)] {
        let model = PurchaseModel::ParetoNbd(params);
        let future = model.future(&History { x, t_x, t });
        for horizon in [7.0, 365.0, 3650.0] {
            let none = future.purchase_counts(horizon, 0)[0];
            let any = future.p_any_purchase(horizon);
            assert!((any + none - 1.0).abs() < 1e-8, "{x} {horizon}: {any} {none}");
        }
        let next = future.next_purchase();
        let half = future.p_any_purchase(next.median);
        assert!((half / next.chance - 0.5).abs() < 1e-6, "{x}: {next:?} {half}");
    }
}
