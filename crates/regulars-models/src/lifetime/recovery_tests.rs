//! Fits to simulated customers recover the true parameters, and intervals have nominal coverage.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution};

use super::fit::{FitSettings, Shrinkage};
use super::model::{ModelKind, PurchaseModel};
use super::patterns::{BadRows, CountedPatterns, Histories, count_patterns};
use super::simulate::{Simulated, simulate};
use super::time::{Horizon, TimeUnit};
use super::uncertainty::{Covers, IntervalSettings};
use crate::bg_bb;
use crate::bg_cnbd_k::{BG_CNBD_K, MBG_CNBD_K};
use crate::bg_nbd::BG_NBD;
use crate::gamma_gamma::{self, Spend, SpendDistribution};
use crate::mbg_nbd::MBG_NBD;
use crate::nbd::NBD;
use crate::pareto_nbd::PARETO_NBD;

const SEEDS: u64 = 100;

fn draw(model: &PurchaseModel, customers: usize, seed: u64) -> Simulated {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let observed: Vec<f64> = (0..customers).map(|_| random.random_range(50.0..100.0)).collect();
    simulate(model, &observed, 50.0, &mut random)
}

fn count(drawn: &Simulated) -> CountedPatterns {
    let histories = Histories {
        x: &drawn.x,
        t_x: &drawn.t_x,
        t: &drawn.t,
        log_intervals: Some(&drawn.log_intervals),
        unit: TimeUnit::Weeks,
    };
    count_patterns(&histories, BadRows::Refuse).unwrap()
}

/// Of 100 seeds at least 95 within three standard errors, and 90% intervals with 85 to 95% coverage of the
/// parameters.
fn check(model: &PurchaseModel, customers: usize) {
    let truth: Vec<f64> =
        model.parameters().into_iter().filter(|(name, _)| *name != "k").map(|(_, value)| value).collect();
    let (mut near, mut covered) = (0, 0);
    for seed in 0..SEEDS {
        let counted = count(&draw(model, customers, seed));
        let fitted = model.kind.fit(&counted.patterns, &FitSettings::default()).unwrap();
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
    println!("{:?}: near in {near} of {SEEDS}, intervals hold {share}", model.kind);
    assert!(near >= 95, "{model:?}: within three standard errors in {near} of {SEEDS}");
    assert!((0.85..=0.95).contains(&share), "{model:?}: 90% intervals hold {share}");
}

#[test]
fn nbd() {
    check(&NBD.with(&[0.6, 12.0]), 1500);
}

#[test]
fn pareto_nbd() {
    check(&PARETO_NBD.with(&[0.8, 6.0, 0.9, 25.0]), 2000);
}

const LEAVING: [f64; 4] = [0.7, 5.0, 0.9, 2.6];

fn regular(kind: ModelKind, k: u32) -> PurchaseModel {
    PurchaseModel { k, ..kind.with(&[0.7, 2.0, 0.9, 2.6]) }
}

#[test]
fn bg_nbd() {
    check(&BG_NBD.with(&LEAVING), 2000);
}

#[test]
fn mbg_nbd() {
    check(&MBG_NBD.with(&LEAVING), 2000);
}

#[test]
fn bg_cnbd_3() {
    let model = regular(BG_CNBD_K, 3);
    let found = BG_CNBD_K.fit(&count(&draw(&model, 2000, 7)).patterns, &FitSettings::default()).unwrap();
    assert!(found.model.kind == BG_CNBD_K && found.model.k == 3, "{found:?}");
    check(&model, 800);
}

#[test]
fn mbg_cnbd_2() {
    let model = regular(MBG_CNBD_K, 2);
    check(&model, 800);
}

#[test]
fn gamma_gamma() {
    let truth = [5.0, 3.5, 20.0];
    let (mut near, mut covered) = (0, 0);
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let x: Vec<f64> = (0..800).map(|_| f64::from(random.random_range(1..8))).collect();
        let model = SpendDistribution { p: truth[0], q: truth[1], gamma: truth[2] };
        let mean: Vec<f64> = x.iter().map(|x| model.draw_total(*x as u32, &mut random) / x).collect();
        let fitted = gamma_gamma::fit(&Spend { x: &x, mean: &mean }, &FitSettings::default()).unwrap();
        let found: Vec<(f64, f64, (f64, f64))> = fitted
            .report
            .parameters
            .iter()
            .map(|found| (found.value, found.standard_error.unwrap(), found.interval_90.unwrap()))
            .collect();
        near += u64::from(
            found
                .iter()
                .zip(truth)
                .all(|((value, error, _), truth)| (truth.ln() - value.ln()).abs() <= 3.0 * error / value),
        );
        covered += found
            .iter()
            .zip(truth)
            .filter(|((_, _, (low, high)), truth)| low <= truth && truth <= high)
            .count();
    }
    let share = covered as f64 / (3 * SEEDS) as f64;
    assert!(near >= 95, "within three standard errors in {near}");
    assert!((0.85..=0.95).contains(&share), "90% intervals hold {share}");
}

#[test]
fn bg_bb() {
    let truth = bg_bb::BgBbParams { alpha: 1.2, beta: 0.8, gamma: 0.7, delta: 2.8 };
    let natural = [truth.alpha, truth.beta, truth.gamma, truth.delta];
    let (mut near, mut covered) = (0, 0);
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let buys = Beta::new(truth.alpha, truth.beta).unwrap();
        let leaves = Beta::new(truth.gamma, truth.delta).unwrap();
        let mut counted = std::collections::BTreeMap::new();
        for _ in 0..2500 {
            let (p, theta) = (buys.sample(&mut random), leaves.sample(&mut random));
            let mut history = bg_bb::History { x: 0, t_x: 0, n: 8 };
            for occasion in 1..=8 {
                if random.random::<f64>() < theta {
                    break;
                }
                if random.random::<f64>() < p {
                    history.x += 1;
                    history.t_x = occasion;
                }
            }
            *counted.entry(history).or_insert(0.0) += 1.0;
        }
        let (histories, count) = counted.into_iter().unzip();
        let fitted = bg_bb::fit(&bg_bb::Patterns { histories, count }, &FitSettings::default()).unwrap();
        let parameters = fitted.report.parameters;
        near += u64::from(parameters.iter().zip(natural).all(|(found, truth)| {
            (truth.ln() - found.value.ln()).abs() <= 3.0 * found.standard_error.unwrap() / found.value
        }));
        covered += parameters
            .iter()
            .zip(natural)
            .filter(|(found, truth)| {
                found.interval_90.is_some_and(|(low, high)| low <= *truth && *truth <= high)
            })
            .count();
    }
    let share = covered as f64 / (4 * SEEDS) as f64;
    assert!(near >= 95, "within three standard errors in {near}");
    assert!((0.85..=0.95).contains(&share), "90% intervals hold {share}");
}

#[test]
fn intervals_of_purchases_and_spend_hold_what_they_promise() {
    let model = BG_NBD.with(&LEAVING);
    let drawn = draw(&model, 3000, 21);
    let counted = count(&drawn);
    let fitted = BG_NBD.fit(&counted.patterns, &FitSettings::default()).unwrap();
    let horizon = Horizon { count: 50.0, unit: TimeUnit::Weeks };
    let settings = IntervalSettings { level: 0.9, parameter_draws: 20, seed: 1 };
    let both = fitted.purchase_intervals(&counted.patterns, horizon, &settings).unwrap();
    assert_eq!(both.covers, Covers::ParametersAndCustomer);
    let alone = IntervalSettings { parameter_draws: 0, ..settings };
    let alone = fitted.purchase_intervals(&counted.patterns, horizon, &alone).unwrap();
    assert_eq!(alone.covers, Covers::Customer);
    let spend = SpendDistribution { p: 5.0, q: 3.5, gamma: 20.0 };
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let (mut inside, mut money_inside) = (0, 0);
    for (row, pattern) in counted.pattern_of.iter().enumerate() {
        let (low, high) = (both.low[*pattern as usize], both.high[*pattern as usize]);
        inside += u32::from(
            f64::from(low) <= drawn.future_purchases[row] && drawn.future_purchases[row] <= f64::from(high),
        );
        let money = spend.draw_total(drawn.future_purchases[row] as u32, &mut random);
        let (low, high) = spend.total_interval(&both.probabilities[*pattern as usize], 0.9);
        money_inside += u32::from(low <= money && money <= high);
    }
    let share = |inside: u32| f64::from(inside) / counted.pattern_of.len() as f64;
    assert!((0.89..0.96).contains(&share(inside)), "{}", share(inside));
    assert!((0.89..0.96).contains(&share(money_inside)), "{}", share(money_inside));
    let width = |intervals: &super::uncertainty::PurchaseIntervals| -> f64 {
        intervals.high.iter().zip(&intervals.low).map(|(high, low)| f64::from(high - low)).sum()
    };
    // 3,000 customers determine the parameters well: their uncertainty adds little, but not nothing.
    let ratio = width(&both) / width(&alone);
    assert!((0.97..1.1).contains(&ratio), "{ratio}");
    assert_ne!(both.probabilities, alone.probabilities);
}

#[test]
fn the_parametric_bootstrap_agrees_with_the_delta_method() {
    let drawn = draw(&MBG_NBD.with(&LEAVING), 1500, 4);
    let counted = count(&drawn);
    let fitted = MBG_NBD.fit(&counted.patterns, &FitSettings::default()).unwrap();
    let again = || fitted.bootstrap(&counted.patterns, 60, 0.9, 9, &FitSettings::default()).unwrap();
    let intervals = again();
    assert_eq!(intervals, again());
    for (bootstrap, parameter) in intervals.parameters.iter().zip(&fitted.report.parameters) {
        let (low, high) = parameter.interval_90.unwrap();
        let ratio = (bootstrap.high / bootstrap.low).ln() / (high / low).ln();
        assert!((0.6..1.6).contains(&ratio), "{}: {bootstrap:?} {low} {high}", parameter.name);
    }
    assert_eq!(intervals.at_boundary + intervals.fits, 60);
}

#[test]
fn a_prior_pulls_where_customers_are_few() {
    let drawn = draw(&BG_NBD.with(&LEAVING), 60, 8);
    let counted = count(&drawn);
    let free = BG_NBD.fit(&counted.patterns, &FitSettings::default()).unwrap();
    let settings = FitSettings { prior: Some(Shrinkage { sd: 0.3 }), ..FitSettings::default() };
    let shrunk = BG_NBD.fit(&counted.patterns, &settings).unwrap();
    let size = |fitted: &super::model::FittedLifetimeModel| {
        fitted
            .model
            .parameters()
            .iter()
            .filter(|(name, _)| *name != "alpha")
            .map(|(_, value)| value.ln().powi(2))
            .sum::<f64>()
    };
    assert!(size(&shrunk) < size(&free), "{:?} {:?}", shrunk.model, free.model);
    assert!(shrunk.report.log_likelihood <= free.report.log_likelihood + 1e-9);
}

#[test]
fn forecasts_of_drawn_customers_are_unbiased() {
    for model in [
        NBD.with(&[0.6, 12.0]),
        PARETO_NBD.with(&[0.8, 6.0, 0.9, 25.0]),
        BG_NBD.with(&LEAVING),
        MBG_NBD.with(&LEAVING),
        regular(BG_CNBD_K, 3),
    ] {
        let drawn = draw(&model, 20_000, 3);
        let counted = count(&drawn);
        let mut expected = 0.0;
        let mut redrawn = 0.0;
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for pattern in &counted.pattern_of {
            let forecast = model.forecast_for(&counted.patterns.history(*pattern as usize));
            expected += forecast.expected_purchases(50.0);
            redrawn += f64::from(forecast.draw_purchases(50.0, &mut random));
        }
        let actual: f64 = drawn.future_purchases.iter().sum();
        assert!((actual / expected - 1.0).abs() < 0.03, "{model:?}: {actual} {expected}");
        assert!((redrawn / expected - 1.0).abs() < 0.03, "{model:?}: {redrawn} {expected}");
    }
}

#[test]
fn threads_and_order_of_rows_do_not_change_a_bit() {
    let drawn = draw(&BG_NBD.with(&LEAVING), 20_000, 11);
    let fits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let counted = count(&drawn);
            let fit = |kind: &ModelKind| kind.fit(&counted.patterns, &FitSettings::default()).unwrap();
            ModelKind::ALL.iter().map(fit).collect::<Vec<_>>()
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
    // Serialisation round trip.
    for fitted in one {
        let text = serde_json::to_string(&fitted).unwrap();
        let read: super::model::FittedLifetimeModel = serde_json::from_str(&text).unwrap();
        assert_eq!(read, fitted);
    }
}
