//! Known minima, box constraints, and errors that carry the best point.

use super::*;
use crate::error::Error;

fn wide(size: usize) -> Bounds {
    Bounds { lower: vec![-100.0; size], upper: vec![100.0; size] }
}

fn rosenbrock(p: &[f64]) -> ValueAndGradient {
    let (x, y) = (p[0], p[1]);
    ValueAndGradient {
        value: (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2),
        gradient: vec![-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)],
    }
}

#[test]
fn minimises_rosenbrock() {
    for start in [[-1.2, 1.0], [3.0, -4.0], [0.0, 50.0]] {
        let minimum = minimise(&rosenbrock, &start, &wide(2), &Settings::default()).unwrap();
        assert!((minimum.point[0] - 1.0).abs() < 1e-7, "{minimum:?}");
        assert!((minimum.point[1] - 1.0).abs() < 1e-7, "{minimum:?}");
        assert!(!minimum.at_bound[0] && !minimum.at_bound[1]);
    }
}

#[test]
fn active_bounds_are_reported() {
    let bounds = Bounds { lower: vec![-2.0, -2.0], upper: vec![0.5, 2.0] };
    let minimum = minimise(&rosenbrock, &[-1.0, 1.5], &bounds, &Settings::default()).unwrap();
    assert_eq!(minimum.at_bound, [true, false]);
    assert!((minimum.point[0] - 0.5).abs() < 1e-15);
    assert!((minimum.point[1] - 0.25).abs() < 1e-9);
}

#[test]
fn undefined_regions_are_avoided() {
    // ln is undefined left of 0; the first steps overshoot.
    let function = |p: &[f64]| ValueAndGradient { value: p[0] - p[0].ln(), gradient: vec![1.0 - 1.0 / p[0]] };
    let minimum = minimise(&function, &[0.01], &wide(1), &Settings::default()).unwrap();
    assert!((minimum.point[0] - 1.0).abs() < 1e-7);
    let refused = minimise(&function, &[-3.0], &wide(1), &Settings::default());
    assert!(matches!(refused, Err(Error::InvalidStart { .. })), "{refused:?}");
}

#[test]
fn an_iteration_limit_returns_the_best_point() {
    let settings = Settings { max_iterations: 3, ..Settings::default() };
    let Err(Error::NotConverged { best, value, iterations, .. }) =
        minimise(&rosenbrock, &[-1.2, 1.0], &wide(2), &settings)
    else {
        panic!("three steps are too few");
    };
    assert_eq!(iterations, 3);
    assert!((rosenbrock(&best).value - value).abs() < 1e-15);
    assert!(value < rosenbrock(&[-1.2, 1.0]).value);
}

#[test]
fn hessian_and_its_inverse() {
    let at_minimum = hessian(&rosenbrock, &[1.0, 1.0]);
    for (found, expected) in at_minimum.values.iter().zip([802.0, -400.0, -400.0, 200.0]) {
        assert!((found - expected).abs() < 1e-6, "{at_minimum:?}");
    }
    let inverse = at_minimum.inverse().unwrap();
    for (found, expected) in inverse.values.iter().zip([0.5, 1.0, 1.0, 2.005]) {
        assert!((found - expected).abs() < 1e-6, "{inverse:?}");
    }
    assert!(Matrix { size: 2, values: vec![1.0, 2.0, 2.0, 1.0] }.inverse().is_none());
}
