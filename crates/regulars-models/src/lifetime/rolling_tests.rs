//! Splits at origins, errors over several of them, and measured coverage.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::coverage::{coverage, purchase_coverage};
use super::error::Error;
use super::fit::FitSettings;
use super::holdout::{Criterion, evaluate};
use super::rolling::{Purchases, best_rolling, origin_at, origin_days, rolling};
use super::time::{Horizon, TimeUnit};
use super::uncertainty::IntervalSettings;
use crate::bg_nbd::BG_NBD;
use crate::nbd::{NBD, gamma, poisson};
use crate::pareto_nbd::PARETO_NBD;

/// Customers acquired over the first 200 of 600 days, who buy at random and drop out at any time.
fn shop(customers: u32) -> (Vec<u32>, Vec<i32>) {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let (mut customer, mut day) = (Vec::new(), Vec::new());
    for number in 0..customers {
        let first = random.random_range(0..200);
        let stays = -(1.0 - random.random::<f64>()).ln() / gamma(0.8, 60.0, &mut random).max(1e-9);
        let seen = stays.min(f64::from(600 - first));
        customer.push(number);
        day.push(first);
        for _ in 0..poisson(gamma(0.7, 40.0, &mut random) * seen, &mut random) {
            customer.push(number);
            day.push((first + random.random_range(0.0..seen) as i32).min(599));
        }
    }
    (customer, day)
}

#[test]
fn a_split_counts_what_was_known_and_what_came() {
    // Customer 7 buys on days 3, 3, 10, 20, 25 and 31; customer 9 first on day 20; customer 2 once.
    let (customer, day) = ([7, 9, 7, 7, 2, 7, 7, 7], [10, 20, 3, 20, 5, 3, 25, 31]);
    let purchases = Purchases { customer: &customer, day: &day };
    let origin = origin_at(&purchases, 19, 10, TimeUnit::Days).unwrap();
    assert_eq!(origin.customer, [2, 7]);
    assert_eq!(origin.actual, [0.0, 2.0]);
    let history = |row: usize| origin.counted.patterns.history(origin.counted.pattern_of[row] as usize);
    assert_eq!((history(0).x, history(0).t_x, history(0).t), (0, 0.0, 14.0));
    assert_eq!((history(1).x, history(1).t_x, history(1).t), (1, 7.0, 16.0));
    assert!((origin.counted.patterns.log_intervals.unwrap() - 7.0_f64.ln()).abs() < 1e-12);
    let in_weeks = origin_at(&purchases, 19, 10, TimeUnit::Weeks).unwrap();
    let last = in_weeks.counted.patterns.len() - 1;
    assert!((in_weeks.counted.patterns.t[last] - 16.0 / 7.0).abs() < 1e-12);
    assert_eq!(origin_days(&purchases, 9, 5).unwrap(), [13, 22]);
    let refused = origin_days(&purchases, 15, 5);
    assert!(matches!(refused, Err(Error::TooShort { days: 29, needed: 31 })), "{refused:?}");
    assert!(origin_days(&Purchases { customer: &[], day: &[] }, 15, 5).is_err());
    let unequal = Purchases { customer: &[1], day: &[] };
    assert!(matches!(origin_at(&unequal, 1, 5, TimeUnit::Days), Err(Error::ColumnLengths { .. })));
    assert!(matches!(origin_at(&purchases, 1, 0, TimeUnit::Days), Err(Error::Horizon { .. })));
    // Before the first purchase.
    let early = origin_at(&purchases, 1, 5, TimeUnit::Days).unwrap();
    let result = rolling(BG_NBD, &[early], &FitSettings::default());
    assert!(
        result.summary.is_none() && result.origins[0].note.as_ref().unwrap().contains("a repeat purchase")
    );
}

#[test]
fn errors_over_origins() {
    let (customer, day) = shop(3000);
    let purchases = Purchases { customer: &customer, day: &day };
    let days = origin_days(&purchases, 100, 3).unwrap();
    assert_eq!(days, [299, 399, 499]);
    let origins: Vec<_> =
        days.iter().map(|day| origin_at(&purchases, *day, 100, TimeUnit::Weeks).unwrap()).collect();
    let kinds = [NBD, PARETO_NBD, BG_NBD];
    let all = kinds.map(|kind| rolling(kind, &origins, &FitSettings::default()));
    for result in &all {
        let summary = result.summary.unwrap();
        assert_eq!(summary.origins, 3);
        for (origin, known) in result.origins.iter().zip(&origins) {
            // The same as the single holdout.
            let fitted = result.model.fit(&known.counted.patterns, &FitSettings::default()).unwrap();
            let alone = evaluate(&fitted, &known.counted, &known.actual, known.horizon).unwrap();
            assert_eq!(origin.holdout.as_ref(), Some(&alone));
        }
        let errors: Vec<f64> =
            result.origins.iter().map(|origin| origin.holdout.as_ref().unwrap().rmse).collect();
        assert!((summary.rmse.mean - errors.iter().sum::<f64>() / 3.0).abs() < 1e-12);
        assert!(summary.rmse.least <= summary.rmse.mean && summary.rmse.mean <= summary.rmse.most);
        assert!(summary.rmse.deviation.unwrap() > 0.0);
    }
    // Customers drop out: a model without dropout expects too much, more so at each origin.
    let bias = |number: usize| all[number].summary.unwrap().bias.unwrap();
    assert!(bias(0).least > 0.3 && bias(1).mean.abs() < 0.1, "{:?} {:?}", bias(0), bias(1));
    for criterion in [Criterion::Rmse, Criterion::LogLikelihood] {
        assert_ne!(best_rolling(&all, criterion), Some(NBD));
    }
    assert_eq!(best_rolling(&[], Criterion::Rmse), None);
    let text = serde_json::to_string(&all[1]).unwrap();
    assert_eq!(serde_json::from_str::<super::rolling::Rolling>(&text).unwrap(), all[1]);
}

#[test]
fn intervals_are_measured_on_the_holdout() {
    let (customer, day) = shop(3000);
    let purchases = Purchases { customer: &customer, day: &day };
    let origin = origin_at(&purchases, 399, 100, TimeUnit::Days).unwrap();
    let fitted = PARETO_NBD.fit(&origin.counted.patterns, &FitSettings::default()).unwrap();
    let horizon = Horizon::new(100.0, TimeUnit::Days).unwrap();
    let mut widths = Vec::new();
    for level in [0.5, 0.9] {
        let settings = IntervalSettings { level, parameter_draws: 10, seed: 1 };
        let intervals = fitted.purchase_intervals(&origin.counted.patterns, horizon, &settings).unwrap();
        let (all, classes) = purchase_coverage(&intervals, &origin.counted, &origin.actual).unwrap();
        // Counts are whole, so coverage is at least nominal.
        assert!((level - 0.02..=1.0).contains(&all.share.unwrap()), "{level}: {all:?}");
        assert_eq!(all.customers, 3000);
        assert_eq!(all.inside + all.below + all.above, all.customers);
        assert_eq!(classes.iter().map(|class| class.coverage.customers).sum::<u64>(), all.customers);
        assert_eq!(classes.iter().map(|class| class.coverage.inside).sum::<u64>(), all.inside);
        assert!(classes[0].x == 0 && classes[classes.len() - 1].is_open_ended);
        widths.push(all.width.unwrap());
        let refused = purchase_coverage(&intervals, &origin.counted, &origin.actual[1..]);
        assert!(matches!(refused, Err(Error::ColumnLengths { .. })), "{refused:?}");
    }
    assert!(widths[0] < widths[1], "{widths:?}");
    let found = coverage(&[0.0, 1.0, 1.0, 2.0], &[1.0, 2.0, 2.0, 3.0], &[1.0, 0.5, 2.5, f64::NAN]).unwrap();
    assert_eq!((found.customers, found.inside, found.below, found.above), (3, 1, 1, 1));
    assert_eq!(coverage(&[], &[], &[]).unwrap().share, None);
    assert!(coverage(&[1.0], &[], &[]).is_err());
}
