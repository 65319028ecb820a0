//! Known targets, and the CDNOW posterior against its maximum.

use regulars_stats::optimise::ValueAndGradient;

use super::chains::run_all;
use super::*;
use crate::bg_nbd::BG_NBD;
use crate::gamma_gamma::{self, Spend};
use crate::kind::Kind;
use crate::lifetime::clv::Discount;
use crate::lifetime::fit::{FitReport, FitSettings};
use crate::lifetime::fixtures::{cdnow, cdnow_table, shop};
use crate::lifetime::model::ModelKind;
use crate::lifetime::search::Search;
use crate::lifetime::time::{Horizon, TimeUnit};
use crate::nbd::NBD;
use crate::pareto_nbd::PARETO_NBD;

/// Mean of a function over all draws from a target.
fn mean_over(energy: &nuts::Energy<'_>, size: usize, of: impl Fn(&[f64]) -> f64) -> f64 {
    let settings = BayesSettings { draws: 4000, warmup: 1000, ..BayesSettings::default() };
    let chains = run_all(energy, size, &settings);
    let values: Vec<f64> =
        chains.iter().flat_map(|chain| chain.positions.iter().map(|position| of(position))).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn a_correlated_normal() {
    // Standard deviations 1 and 10, correlation 0.9, means 3 and -5.
    let (wide, by) = (10.0, 0.9);
    let energy = move |place: &[f64]| -> ValueAndGradient {
        let (x, y) = (place[0] - 3.0, (place[1] + 5.0) / wide);
        let rest = 1.0 - by * by;
        ValueAndGradient {
            value: 0.5 * (x * x - 2.0 * by * x * y + y * y) / rest,
            gradient: vec![(x - by * y) / rest, (y - by * x) / (rest * wide)],
        }
    };
    let expect = |of: fn(&[f64]) -> f64, expected: f64, tolerance: f64| {
        let found = mean_over(&energy, 2, of);
        assert!((found - expected).abs() < tolerance, "{found}, expected {expected}");
    };
    expect(|place| place[0], 3.0, 0.05);
    expect(|place| place[1], -5.0, 0.5);
    expect(|place| (place[0] - 3.0).powi(2), 1.0, 0.06);
    expect(|place| (place[1] + 5.0).powi(2), 100.0, 6.0);
    expect(|place| (place[0] - 3.0) * (place[1] + 5.0), 9.0, 0.6);
    // Tails: 5% lie above 1.645 standard deviations.
    expect(|place| f64::from(u32::from(place[0] - 3.0 > 1.644_853_6)), 0.05, 0.008);
}

#[test]
fn a_skewed_target() {
    // Log of a gamma variable of shape 2: its mean is digamma(2), its variance trigamma(2).
    let energy = |place: &[f64]| -> ValueAndGradient {
        ValueAndGradient { value: place[0].exp() - 2.0 * place[0], gradient: vec![place[0].exp() - 2.0] }
    };
    let mean = mean_over(&energy, 1, |place| place[0]);
    assert!((mean - 0.422_784_335_1).abs() < 0.03, "{mean}");
    let variance = mean_over(&energy, 1, |place| (place[0] - 0.422_784_335_1).powi(2));
    assert!((variance - 0.644_934_066_8).abs() < 0.04, "{variance}");
}

/// With many customers and a weakly informative prior, the posterior is normal around the maximum.
fn check_beside_maximum(sampled: &Sampled, fitted: &FitReport, shift: f64, width: f64) {
    assert!(sampled.converged, "{:?}", sampled.problems);
    sampled.check().unwrap();
    assert_eq!(sampled.divergences, 0, "{:?}", sampled.problems);
    for (marginal, estimate) in sampled.parameters.iter().zip(&fitted.parameters) {
        assert_eq!(marginal.name, estimate.name);
        let error_of_log = estimate.standard_error.unwrap() / estimate.value;
        let away = (marginal.median / estimate.value).ln() / error_of_log;
        assert!(away.abs() < shift, "{marginal:?} {estimate:?}: {away} deviations away");
        let (low, high) = estimate.interval_90.unwrap();
        let (from, to) = marginal.interval_90;
        let ratio = (to / from).ln() / (high / low).ln();
        assert!((1.0 / width..width).contains(&ratio), "{marginal:?} {estimate:?}: {ratio} as wide");
        assert!(marginal.r_hat < 1.01 && marginal.ess_bulk > 400.0 && marginal.ess_tail > 400.0);
        assert!(from < marginal.median && marginal.median < to && marginal.deviation > 0.0);
    }
}

#[test]
fn every_model_of_cdnow_beside_its_maximum() {
    let patterns = cdnow().patterns;
    let settings = BayesSettings { prior: Shrinkage { sd: 3.0 }, draws: 1000, ..BayesSettings::default() };
    for &kind in ModelKind::ALL {
        let posterior = kind.sample(&patterns, &settings).unwrap();
        let fitted = kind.fit(&patterns, &FitSettings::default()).unwrap();
        // Pareto/NBD's s and β have a long posterior tail: little dropout, but early.
        let (shift, width) = if kind == PARETO_NBD { (0.5, 1.6) } else { (0.35, 1.3) };
        check_beside_maximum(&posterior.sampled, &fitted.report, shift, width);
        assert_eq!(posterior.model.kind, fitted.model.kind);
    }
    let table = cdnow_table();
    let spend = Spend { x: table.column("x"), mean: table.column("m_x") };
    let posterior = gamma_gamma::sample(&spend, &settings).unwrap();
    let fitted = gamma_gamma::fit(&spend, &FitSettings::default()).unwrap();
    check_beside_maximum(&posterior.sampled, &fitted.report, 0.35, 1.3);
    assert_eq!(posterior.excluded, fitted.excluded);
}

#[test]
fn answers_over_the_posterior_are_near_those_of_the_maximum() {
    let patterns = cdnow().patterns;
    let posterior = BG_NBD.sample(&patterns, &BayesSettings::default()).unwrap();
    let fitted = BG_NBD.fit(&patterns, &FitSettings::default()).unwrap();
    let horizon = Horizon::new(39.0, TimeUnit::Weeks).unwrap();
    let of_posterior = posterior.forecast(&patterns, horizon, Discount::None, 100).unwrap();
    let of_fit = fitted.forecast(&patterns, horizon, Discount::None).unwrap();
    let total = |values: &[f64]| -> f64 { values.iter().zip(&patterns.count).map(|(a, b)| a * b).sum() };
    let ratio = total(&of_posterior.expected_purchases) / total(&of_fit.expected_purchases);
    assert!((ratio - 1.0).abs() < 0.03, "{ratio}");
    assert!(of_posterior.p_alive.iter().all(|probability| (0.0..=1.0).contains(probability)));
    let intervals = posterior.purchase_intervals(&patterns, horizon, 0.9, 20).unwrap();
    assert!(intervals.low.iter().zip(&intervals.high).all(|(low, high)| low <= high));
    assert_eq!(posterior.models(20).len(), 20);
    let days = crate::lifetime::fixtures::cdnow_in(TimeUnit::Days).patterns;
    let refused = posterior.forecast(&days, horizon, Discount::None, 10);
    assert!(matches!(refused, Err(Error::MixedUnits { .. })), "{refused:?}");
}

#[test]
fn dropout_that_is_not_visible_stays_open() {
    let (patterns, _) = shop("retail_one_year");
    let settings = BayesSettings { draws: 400, ..BayesSettings::default() };
    let posterior = BG_NBD.sample(&patterns, &settings).unwrap();
    // Few drop out: the dropout probability a/(a+b) is small in nearly every draw.
    let leaves: Vec<f64> = posterior.sampled.draws.iter().map(|draw| draw[2] / (draw[2] + draw[3])).collect();
    let small = leaves.iter().filter(|probability| **probability < 0.05).count();
    assert!(small * 10 > leaves.len() * 9, "{small} of {}", leaves.len());
    assert!(posterior.sampled.draws.iter().flatten().all(|value| value.is_finite() && *value > 0.0));
}

#[test]
fn the_seed_decides_and_threads_do_not() {
    let patterns = cdnow().patterns;
    let settings = BayesSettings { warmup: 150, draws: 100, ..BayesSettings::default() };
    let on = |threads: usize, settings: &BayesSettings| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| PARETO_NBD.sample(&patterns, settings).unwrap())
    };
    let one = on(1, &settings);
    assert_eq!(one, on(3, &settings));
    assert_ne!(one.sampled.draws, on(2, &BayesSettings { seed: 2, ..settings }).sampled.draws);
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Posterior>(&text).unwrap(), one);
}

#[test]
fn draws_that_cannot_be_believed_are_named() {
    let patterns = cdnow().patterns;
    // The minimum number of draws has too small an effective sample size.
    let settings = BayesSettings { chains: 2, warmup: 100, draws: 100, ..BayesSettings::default() };
    let posterior = BG_NBD.sample(&patterns, &settings).unwrap();
    assert!(!posterior.sampled.converged);
    let refused = posterior.sampled.check().unwrap_err();
    assert_eq!(refused.kind(), Kind::NotConverged);
    assert!(refused.to_string().contains("effective sample size") && refused.hint().is_some(), "{refused}");
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let good = BayesSettings::default();
    for settings in [
        BayesSettings { prior: Shrinkage { sd: 0.0 }, ..good },
        BayesSettings { prior: Shrinkage { sd: f64::NAN }, ..good },
        BayesSettings { chains: 1, ..good },
        BayesSettings { warmup: 10, ..good },
        BayesSettings { draws: 10, ..good },
        BayesSettings { target_acceptance: 1.0, ..good },
    ] {
        let refused = NBD.sample(&cdnow().patterns, &settings);
        let Err(error @ Error::BadSampling { .. }) = refused else { panic!("{settings:?}") };
        assert_eq!(error.kind(), Kind::Config);
    }
    assert!(gamma_gamma::sample(&Spend { x: &[0.0], mean: &[0.0] }, &good).is_err());
}

#[test]
fn parameters_that_underflow_end_a_path_and_not_the_patience() {
    let (patterns, _) = shop("retail_one_year");
    let scaled = patterns.scaled(100.0);
    let search = Search::new("Pareto/NBD", &scaled).unwrap();
    let problem = search.problem(PARETO_NBD, 1);
    for logs in [[-51.0, -800.0, -3.0, 2.0], [-51.0, -54.0, -1135.0, -1086.0], [0.0, 0.0, -800.0, -800.0]] {
        assert!(!(problem.full)(&logs).value.is_finite(), "{logs:?}");
    }
    // Chains with these seeds visited such points.
    for seed in [2, 42] {
        let settings = BayesSettings { warmup: 100, draws: 100, seed, ..BayesSettings::default() };
        let posterior = PARETO_NBD.sample(&patterns, &settings).unwrap();
        assert!(posterior.sampled.draws.iter().flatten().all(|value| value.is_finite() && *value > 0.0));
    }
}
