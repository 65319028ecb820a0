//! Over many simulated shops, coverage of single customers is close to the nominal level, neither below nor
//! far above.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::clv::Discount;
use super::coverage::{coverage, purchase_coverage};
use super::fit::FitSettings;
use super::holdout::evaluate;
use super::model::PurchaseModel;
use super::patterns::{BadRows, Histories, count_patterns};
use super::simulate::simulate;
use super::time::{Horizon, TimeUnit};
use super::uncertainty::IntervalSettings;
use crate::bg_cnbd_k::{BG_CNBD_K, MBG_CNBD_K};
use crate::bg_nbd::BG_NBD;
use crate::gamma_gamma::SpendDistribution;
use crate::mbg_nbd::MBG_NBD;
use crate::nbd::NBD;
use crate::pareto_nbd::PARETO_NBD;

const SEEDS: u64 = 12;
const CUSTOMERS: usize = 1200;
const SPEND: SpendDistribution = SpendDistribution { p: 5.0, q: 3.5, gamma: 20.0 };
const HORIZON: Horizon = Horizon { count: 50.0, unit: TimeUnit::Weeks };

/// Coverage of the 90% intervals of purchases and of spend.
fn held(model: &PurchaseModel) -> (f64, f64) {
    let mut shares = (0.0, 0.0);
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(1000 + seed);
        let observed: Vec<f64> = (0..CUSTOMERS).map(|_| random.random_range(50.0..100.0)).collect();
        let drawn = simulate(model, &observed, HORIZON.count, &mut random);
        let histories = Histories {
            x: &drawn.x,
            t_x: &drawn.t_x,
            t: &drawn.t,
            log_intervals: Some(&drawn.log_intervals),
            unit: TimeUnit::Weeks,
        };
        let counted = count_patterns(&histories, BadRows::Refuse).unwrap();
        let fitted = model.kind.fit(&counted.patterns, &FitSettings::default()).unwrap();
        let settings = IntervalSettings { level: 0.9, parameter_draws: 0, seed };
        let found = fitted.purchase_intervals(&counted.patterns, HORIZON, &settings).unwrap();
        let purchases =
            purchase_coverage(&found, &counted, &drawn.future_purchases).unwrap().0.share.unwrap();
        // The holdout evaluation agrees.
        let evaluated = evaluate(&fitted, &counted, &drawn.future_purchases, HORIZON).unwrap().coverage_90;
        assert!((purchases - evaluated).abs() < 1e-3, "{model:?}: {purchases} {evaluated}");

        let expected =
            fitted.forecast(&counted.patterns, HORIZON, Discount::None).unwrap().expected_purchases;
        for (pattern, expected) in expected.iter().enumerate() {
            let ends = (f64::from(found.low[pattern]), f64::from(found.high[pattern]));
            assert!((ends.0..=ends.1).contains(&expected.round()), "{model:?}: {expected} {ends:?}");
        }
        let ends: Vec<(f64, f64)> = counted
            .pattern_of
            .iter()
            .map(|pattern| SPEND.total_interval(&found.probabilities[*pattern as usize], 0.9))
            .collect();
        let (low, high): (Vec<f64>, Vec<f64>) = ends.into_iter().unzip();
        let spent: Vec<f64> =
            drawn.future_purchases.iter().map(|n| SPEND.draw_total(*n as u32, &mut random)).collect();
        shares.0 += purchases / SEEDS as f64;
        shares.1 += coverage(&low, &high, &spent).unwrap().share.unwrap() / SEEDS as f64;
    }
    shares
}

fn check(model: &PurchaseModel) {
    let (purchases, spend) = held(model);
    println!("{:?}: purchases {purchases:.4}, spend {spend:.4}", model.kind);
    assert!((0.89..=0.951).contains(&purchases), "{model:?}: intervals of purchases hold {purchases}");
    assert!((0.89..=0.951).contains(&spend), "{model:?}: intervals of spend hold {spend}");
}

const LEAVING: [f64; 4] = [0.7, 5.0, 0.9, 2.6];
const REGULAR: [f64; 4] = [0.7, 2.0, 0.9, 2.6];

#[test]
fn of_customers_who_stay() {
    check(&NBD.with(&[0.6, 12.0]));
}

#[test]
fn of_customers_who_leave_at_any_moment() {
    check(&PARETO_NBD.with(&[0.8, 6.0, 0.9, 25.0]));
}

#[test]
fn of_customers_who_leave_at_a_purchase() {
    check(&BG_NBD.with(&LEAVING));
    check(&MBG_NBD.with(&LEAVING));
}

#[test]
fn of_customers_who_buy_regularly() {
    check(&PurchaseModel { k: 3, ..BG_CNBD_K.with(&REGULAR) });
    check(&PurchaseModel { k: 2, ..MBG_CNBD_K.with(&REGULAR) });
}
