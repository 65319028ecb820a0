//! Published values of single customers, and heavy buyers.

use super::PARETO_NBD;
use crate::lifetime::fixtures::corners;
use crate::lifetime::patterns::History;

const PUBLISHED: [f64; 4] = [0.553_355, 10.578_67, 0.605_943, 11.657_81];

fn check(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found}, expected {expected}");
}

// Fader & Hardie's customer 1516, by BTYD.
#[test]
fn a_regular_customer() {
    let history = History { x: 26, t_x: 30.86, t: 31.0 };
    let future = PARETO_NBD.with(&PUBLISHED).forecast_for(&history);
    check(future.expected_purchases(52.0), 25.4577, 1e-4 * 25.0);
    check(future.p_alive(), 0.997_918, 1e-4);
    check(future.discounted_purchases(0.0027), 86.0540, 1e-4 * 86.0);
}

#[test]
fn chances_of_counts() {
    let history = History { x: 2, t_x: 213.0 / 7.0, t: 272.0 / 7.0 };
    let future = PARETO_NBD.with(&PUBLISHED).forecast_for(&history);
    let probabilities = future.purchase_counts(39.0, 400);
    for (found, expected) in
        probabilities.iter().zip([0.408_085, 0.219_267, 0.151_748, 0.095_654, 0.056_576, 0.031_984])
    {
        check(*found, expected, 1e-4);
    }
    check(probabilities.iter().sum(), 1.0, 1e-9);
    check(probabilities[0], 1.0 - future.p_any_purchase(39.0), 1e-10);
    let mean: f64 = probabilities.iter().enumerate().map(|(n, probability)| n as f64 * probability).sum();
    check(mean, future.expected_purchases(39.0), 1e-7);
}

// The difference of hypergeometric functions gives NaN here: lifetimes issue 25, CLVTools 100 and 171.
#[test]
fn heavy_buyers_have_a_chance_to_be_alive() {
    let params = [0.5143, 2.8845, 0.2856, 14.1087];
    for (x, t_x, t) in [(221, 103.43, 103.57), (254, 97.14, 97.29), (161, 94.71, 98.00), (204, 98.57, 99.43)]
    {
        let alive = PARETO_NBD.with(&params).forecast_for(&History { x, t_x, t }).p_alive();
        assert!((0.0..=1.0).contains(&alive), "{x}: {alive}");
    }
    let params = [0.55, 10.58, 0.61, 11.67];
    for (x, expected) in [(132, 6.2061), (133, 6.2529)] {
        let future = PARETO_NBD.with(&params).forecast_for(&History { x, t_x: 200.0, t: 200.0 });
        check(future.expected_purchases(10.0), expected, 1e-4);
    }
}

#[test]
fn forecasts_without_end_are_numbers() {
    let patterns = corners();
    for params in [PUBLISHED, [0.01, 1e-3, 1e-3, 1e-3], [1e4, 1e6, 1e4, 1e6], [5.0, 0.1, 1.0, 1e5]] {
        for row in 0..patterns.len() {
            let future = PARETO_NBD.with(&params).forecast_for(&patterns.history(row));
            let values = [future.expected_purchases(18_000.0), future.discounted_purchases(3e-4)];
            assert!(values.iter().all(|v| *v >= 0.0 && v.is_finite()), "{params:?} {row} {values:?}");
            let any = future.p_any_purchase(18_000.0);
            assert!(
                (0.0..=1.0).contains(&any) && any <= values[0] * (1.0 + 1e-6) + 1e-12,
                "{params:?} {row}"
            );
        }
    }
}

#[test]
fn a_purchase_is_sure_where_nobody_leaves_visibly() {
    // One dropout rate for all, as in real shops, and dropout far beyond any horizon.
    let params = [0.74, 73.9, 1.2e6, 3.2e9];
    for (x, t_x, t) in [(0, 0.0, 5.0), (3, 200.0, 220.0), (60, 400.0, 401.0)] {
        let model = PARETO_NBD.with(&params);
        let future = model.forecast_for(&History { x, t_x, t });
        for horizon in [7.0, 365.0, 3650.0] {
            let none = future.purchase_counts(horizon, 0)[0];
            let any = future.p_any_purchase(horizon);
            assert!((any + none - 1.0).abs() < 1e-8, "{x} {horizon}: {any} {none}");
        }
        let next = future.next_purchase();
        let half = future.p_any_purchase(next.median);
        assert!((half / next.probability - 0.5).abs() < 1e-6, "{x}: {next:?} {half}");
    }
}
