//! Coverage of intervals on customers exchangeable with the calibration customers.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Actual and predicted values: many zeros, amounts whose variance grows, a biased model.
fn customers(rows: usize, seed: u64, zeros: bool) -> (Vec<f64>, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows)
        .map(|_| {
            let mean: f64 = -100.0 * rng.random_range(1e-6..1.0_f64).ln();
            let amount = -mean * rng.random_range(1e-6..1.0_f64).ln();
            let buys = !zeros || rng.random::<f64>() < mean / (mean + 60.0);
            (if buys { amount } else { 0.0 }, 0.8 * mean + 5.0)
        })
        .unzip()
}

#[test]
fn exchangeable_customers_are_covered_as_promised() {
    for (zeros, rows) in [(false, 150), (true, 150), (false, 3000), (true, 3000)] {
        for level in [0.8, 0.9] {
            let repeats = if rows > 1000 { 12 } else { 60 };
            let mut covered = 0.0;
            for repeat in 0..repeats {
                let (actual, predicted) = customers(rows + 1000, 1000 + repeat, zeros);
                let params = ConformalParams { level, seed: repeat, ..ConformalParams::default() };
                let fitted = Intervals::fit(&actual[..rows], &predicted[..rows], &params).expect("intervals");
                let found = fitted.predict(&predicted[rows..]);
                let held = found.iter().zip(&actual[rows..]).filter(|(i, y)| i.low <= **y && **y <= i.high);
                covered += held.count() as f64 / 1000.0;
            }
            let mean = covered / repeats as f64;
            // Allow 1/(n + 1) too many on each side, plus noise.
            let most = level + 4.0 / (rows as f64 / 2.0).min(150.0) + 0.012;
            assert!(mean > level - 0.012 && mean < most, "{zeros} {rows} {level}: {mean}");
        }
    }
}

#[test]
fn every_decile_is_covered() {
    let (actual, predicted) = customers(20_000, 5, true);
    let unsure = vec![0.0; actual.len()];
    let found =
        GroupedIntervals::cross_validated_coverage(&actual, &predicted, &unsure, &ConformalParams::default())
            .expect("coverage");
    assert!((found.overall - 0.9).abs() < 0.01, "{}", found.overall);
    assert_eq!(found.by_decile.len(), 10);
    // In the lowest decile more than 90% spend nothing: an interval cannot hold fewer of them.
    let (lowest, others) = found.by_decile.split_first().expect("tenths");
    assert!(lowest.1 > 0.9 && lowest.1 < 0.95, "{lowest:?}");
    for (rows, share) in others {
        assert!(*rows == 2000 && (share - 0.9).abs() < 0.03, "{:?}", found.by_decile);
    }
}

/// Half of the customers are sure to buy and the others buy one time in three, with the same prediction.
fn of_two_kinds(rows: usize, seed: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut found = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let certain = row % 2 == 0;
        let amount = rng.random_range(80.0..120.0);
        let buys = if certain { rng.random::<f64>() < 0.98 } else { rng.random::<f64>() < 1.0 / 3.0 };
        found.0.push(if buys { amount } else { 0.0 });
        found.1.push(90.0 + rng.random_range(-5.0..5.0));
        found.2.push(if certain { 0.98 } else { 0.4 });
    }
    found
}

#[test]
fn customers_certain_to_buy_have_intervals_above_zero() {
    let (actual, predicted, p_purchase) = of_two_kinds(4000, 9);
    let params = ConformalParams::default();
    let fitted = GroupedIntervals::fit(&actual, &predicted, &p_purchase, &params).expect("intervals");
    let (later, later_predicted, certain) = of_two_kinds(4000, 10);
    let found = fitted.predict(&later_predicted, &certain);
    for kind in [0, 1] {
        let rows = (kind..4000).step_by(2);
        let held =
            rows.clone().filter(|row| found[*row].low <= later[*row] && later[*row] <= found[*row].high);
        let share = held.count() as f64 / 2000.0;
        assert!((0.87..0.94).contains(&share), "{kind}: {share}");
        // In a decile of them more than 5% may have bought nothing by chance.
        let above = rows.clone().filter(|row| found[*row].low > 0.0).count();
        assert!(if kind == 0 { above >= 1600 } else { above == 0 }, "{kind}: {above}");
    }
    let coverage = GroupedIntervals::cross_validated_coverage(&actual, &predicted, &p_purchase, &params)
        .expect("coverage");
    assert!((coverage.overall - 0.9).abs() < 0.02, "{coverage:?}");
    let sum = fitted.of_sum(&later_predicted, &certain, 1);
    let actual: f64 = later.iter().sum();
    assert!(sum.low < actual && actual < sum.high && sum.high - sum.low < 0.1 * actual, "{sum:?} {actual}");
    // Too few in one group: one interval for all.
    let few = GroupedIntervals::fit(
        &actual_of(&later, 300),
        &actual_of(&later_predicted, 300),
        &[0.99; 300],
        &params,
    )
    .expect("them");
    assert!(few.predict(&[90.0], &[0.99])[0].low <= 0.0);
}

fn actual_of(column: &[f64], rows: usize) -> Vec<f64> {
    column[..rows].to_vec()
}

#[test]
fn sums_over_segments_are_covered() {
    for zeros in [false, true] {
        let (actual, predicted) = customers(40_000, 6, zeros);
        let fitted = Intervals::fit(&actual[..5000], &predicted[..5000], &ConformalParams::default())
            .expect("intervals");
        for size in [3, 40, 2500] {
            let segments = (35_000 / size).min(300);
            let mut held = 0.0;
            for segment in 0..segments {
                let rows = 5000 + segment * size..5000 + (segment + 1) * size;
                let sum: f64 = actual[rows.clone()].iter().sum();
                let found = fitted.of_sum(&predicted[rows], segment as u64);
                held += f64::from(u8::from(found.low <= sum && sum <= found.high));
            }
            let share = held / segments as f64;
            // Of fourteen large segments, allow one more or less.
            let least = if size > 1000 { 0.7 } else { 0.85 };
            assert!(share >= least && (size > 1000 || share < 0.96), "{zeros} {size}: {share}");
        }
        assert_eq!(fitted.of_sum(&[], 0), SumInterval { expected: 0.0, low: 0.0, high: 0.0 });
        assert_eq!(fitted.of_sum(&predicted[..9], 4), fitted.of_sum(&predicted[..9], 4));
    }
}

#[test]
fn many_customers_and_few_agree() {
    let (actual, predicted) = customers(6000, 7, true);
    let fitted = Intervals::fit(&actual, &predicted, &ConformalParams::default()).expect("intervals");
    let (drawn, normal) = (fitted.of_sum(&predicted[..2000], 1), fitted.of_sum(&predicted[..2001], 1));
    for (a, b) in [(drawn.low, normal.low), (drawn.high, normal.high), (drawn.expected, normal.expected)] {
        assert!((a / b - 1.0).abs() < 0.01, "{a} {b}");
    }
    assert!(drawn.low < drawn.expected && drawn.expected < drawn.high);
}

#[test]
fn too_few_customers_leave_the_upper_end_open() {
    let fitted =
        Intervals::fit(&[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0], &ConformalParams::default()).expect("intervals");
    let found = fitted.predict(&[2.0]);
    assert_eq!((found[0].low, found[0].high), (0.0, f64::INFINITY));
    let open = ConformalParams { floor: None, ..ConformalParams::default() };
    let fitted = Intervals::fit(&[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0], &open).expect("intervals");
    assert!(fitted.predict(&[2.0])[0].low.is_infinite());
}

#[test]
fn customers_who_are_all_alike_have_a_point() {
    let fitted = Intervals::fit(&[0.0; 500], &[0.0; 500], &ConformalParams::default()).expect("intervals");
    let found = fitted.predict(&[0.0, 3.0]);
    assert_eq!((found[0].low, found[0].high), (0.0, 0.0));
    assert_eq!((found[1].low, found[1].high), (0.0, 3.0));
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let refused = |actual: &[f64], predicted: &[f64], level: f64| {
        Intervals::fit(actual, predicted, &ConformalParams { level, ..ConformalParams::default() })
            .unwrap_err()
    };
    assert!(matches!(refused(&[1.0], &[1.0], 1.0), Error::Setting { .. }));
    assert!(matches!(refused(&[], &[], 0.9), Error::NoRows));
    assert!(matches!(refused(&[1.0], &[], 0.9), Error::ColumnLength { .. }));
    assert!(matches!(refused(&[1.0], &[f64::NAN], 0.9), Error::Target { .. }));
}

proptest! {
    #[test]
    fn ends_are_in_order_and_above_the_floor(seed in 0_u64..200, rows in 1_usize..900, zeros: bool) {
        let (actual, predicted) = customers(rows, seed, zeros);
        let fitted = Intervals::fit(&actual, &predicted, &ConformalParams { seed, ..ConformalParams::default() }).unwrap();
        for interval in fitted.predict(&predicted) {
            prop_assert!(interval.low >= 0.0 && interval.low <= interval.high);
        }
        let text = serde_json::to_string(&fitted).unwrap();
        prop_assert_eq!(serde_json::from_str::<Intervals>(&text).unwrap(), fitted);
    }
}
