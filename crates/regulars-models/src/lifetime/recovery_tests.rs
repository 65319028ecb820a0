//! Customers drawn from known parameters give these back, and intervals hold what they promise.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::fit::FitSettings;
use super::model::{ModelKind, PurchaseModel};
use super::patterns::{BadRows, Counted, Histories, count_patterns};
use super::simulate::{Simulated, simulate};
use super::time::TimeUnit;
use crate::{beta_geometric, nbd, pareto_nbd};

const SEEDS: u64 = 100;

fn draw(model: &PurchaseModel, customers: usize, seed: u64) -> Simulated {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let observed: Vec<f64> = (0..customers).map(|_| random.random_range(50.0..100.0)).collect();
    simulate(model, &observed, 50.0, &mut random)
}

fn count(drawn: &Simulated) -> Counted {
    let histories = Histories {
        x: &drawn.x,
        t_x: &drawn.t_x,
        t: &drawn.t,
        log_intervals: Some(&drawn.log_intervals),
        unit: TimeUnit::Weeks,
    };
    count_patterns(&histories, BadRows::Refuse).unwrap()
}

/// Of 100 seeds at least 95 within three standard errors, and 90% intervals that hold 85 to 95% of the
/// parameters.
fn check(model: &PurchaseModel, customers: usize) {
    let truth: Vec<f64> =
        model.parameters().into_iter().filter(|(name, _)| *name != "k").map(|(_, value)| value).collect();
    let (mut near, mut covered) = (0, 0);
    for seed in 0..SEEDS {
        let counted = count(&draw(model, customers, seed));
        let fitted = model.kind().fit(&counted.patterns, &FitSettings::default()).unwrap();
        assert_eq!(fitted.model.kind(), fitted.model.kind());
        let report = fitted.report;
        let inside = |value: f64, parameter: &super::fit::Estimate, errors: f64| {
            let of_log = parameter.standard_error.unwrap_or(f64::NAN) / parameter.value;
            (value.ln() - parameter.value.ln()).abs() <= errors * of_log
        };
        if truth.len() == report.parameters.len() {
            near += u64::from(
                truth.iter().zip(&report.parameters).all(|(value, found)| inside(*value, found, 3.0)),
            );
            covered += truth
                .iter()
                .zip(&report.parameters)
                .filter(|(value, found)| {
                    found.interval_90.is_some_and(|(low, high)| low <= **value && **value <= high)
                })
                .count();
        }
    }
    let share = covered as f64 / (SEEDS as f64 * truth.len() as f64);
    println!("{:?}: near in {near} of {SEEDS}, intervals hold {share}", model.kind());
    assert!(near >= 95, "{model:?}: within three standard errors in {near} of {SEEDS}");
    assert!((0.85..=0.95).contains(&share), "{model:?}: 90% intervals hold {share}");
}

#[test]
fn nbd() {
    check(&PurchaseModel::Nbd(nbd::Params { r: 0.6, alpha: 12.0 }), 1500);
}

#[test]
fn pareto_nbd() {
    check(&PurchaseModel::ParetoNbd(pareto_nbd::Params { r: 0.8, alpha: 6.0, s: 0.9, beta: 25.0 }), 3000);
}

const LEAVING: beta_geometric::Params = beta_geometric::Params { r: 0.7, alpha: 5.0, a: 0.9, b: 2.6 };

#[test]
fn bg_nbd() {
    check(&PurchaseModel::BgNbd(LEAVING), 2000);
}

#[test]
fn mbg_nbd() {
    check(&PurchaseModel::MbgNbd(LEAVING), 2000);
}

#[test]
fn bg_cnbd_3() {
    let model = PurchaseModel::BgCnbdK { k: 3, params: beta_geometric::Params { alpha: 2.0, ..LEAVING } };
    let found =
        ModelKind::BgCnbdK.fit(&count(&draw(&model, 2000, 7)).patterns, &FitSettings::default()).unwrap();
    assert!(matches!(found.model, PurchaseModel::BgCnbdK { k: 3, .. }), "{found:?}");
    check(&model, 800);
}

#[test]
fn mbg_cnbd_2() {
    let model = PurchaseModel::MbgCnbdK { k: 2, params: beta_geometric::Params { alpha: 2.0, ..LEAVING } };
    check(&model, 800);
}

#[test]
fn forecasts_of_drawn_customers_are_unbiased() {
    for model in [
        PurchaseModel::Nbd(nbd::Params { r: 0.6, alpha: 12.0 }),
        PurchaseModel::ParetoNbd(pareto_nbd::Params { r: 0.8, alpha: 6.0, s: 0.9, beta: 25.0 }),
        PurchaseModel::BgNbd(LEAVING),
        PurchaseModel::MbgNbd(LEAVING),
        PurchaseModel::BgCnbdK { k: 3, params: beta_geometric::Params { alpha: 2.0, ..LEAVING } },
    ] {
        let drawn = draw(&model, 20_000, 3);
        let counted = count(&drawn);
        let mut expected = 0.0;
        let mut redrawn = 0.0;
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for pattern in &counted.pattern_of {
            let future = model.future(&counted.patterns.history(*pattern as usize));
            expected += future.expected_purchases(50.0);
            redrawn += f64::from(future.draw_purchases(50.0, &mut random));
        }
        let actual: f64 = drawn.ahead.iter().sum();
        assert!((actual / expected - 1.0).abs() < 0.03, "{model:?}: {actual} {expected}");
        assert!((redrawn / expected - 1.0).abs() < 0.03, "{model:?}: {redrawn} {expected}");
    }
}

#[test]
fn threads_and_order_of_rows_do_not_change_a_bit() {
    let drawn = draw(&PurchaseModel::BgNbd(LEAVING), 20_000, 11);
    let fits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let counted = count(&drawn);
            ModelKind::ALL.map(|kind| kind.fit(&counted.patterns, &FitSettings::default()).unwrap())
        })
    };
    let one = fits(1);
    assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&fits(3)).unwrap());
    let mut reversed = drawn.clone();
    for column in [&mut reversed.x, &mut reversed.t_x, &mut reversed.t, &mut reversed.log_intervals] {
        column.reverse();
    }
    let (counted, back) = (count(&drawn), count(&reversed));
    assert_eq!(counted.patterns.x, back.patterns.x);
    assert_eq!(counted.patterns.t_x, back.patterns.t_x);
    let mut pattern_of = back.pattern_of;
    pattern_of.reverse();
    assert_eq!(counted.pattern_of, pattern_of);
    // What was saved is read back as it was.
    for fitted in one {
        let text = serde_json::to_string(&fitted).unwrap();
        let read: super::model::Fitted = serde_json::from_str(&text).unwrap();
        assert_eq!(read, fitted);
    }
}
