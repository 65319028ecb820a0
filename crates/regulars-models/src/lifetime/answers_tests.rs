//! Consistency between predictions, for every model.

use super::clv::{self, Discount};
use super::fit::FitSettings;
use super::fixtures::cdnow;
use super::model::{ModelKind, PurchaseModel};
use super::patterns::History;
use super::time::{Horizon, TimeUnit};
use crate::beta_geometric;

fn models() -> Vec<PurchaseModel> {
    let counted = cdnow();
    let fit = |kind: ModelKind| kind.fit(&counted.patterns, &FitSettings::default()).unwrap().model;
    let params = beta_geometric::BetaGeometricParams { r: 0.7, alpha: 3.0, a: 0.4, b: 2.6 };
    let mut models: Vec<PurchaseModel> = ModelKind::ALL.into_iter().map(fit).collect();
    models.push(PurchaseModel::BgCnbdK { k: 3, params });
    models.push(PurchaseModel::MbgCnbdK { k: 2, params });
    models
}

const HISTORIES: [History; 4] = [
    History { x: 0, t_x: 0.0, t: 38.9 },
    History { x: 2, t_x: 30.4, t: 38.9 },
    History { x: 26, t_x: 30.9, t: 31.0 },
    History { x: 5, t_x: 3.0, t: 30.0 },
];

/// 50 years at a rate that makes later purchases negligible.
#[test]
fn discounted_purchases_without_end_are_those_of_a_long_horizon() {
    let horizon = Horizon::new(50.0, TimeUnit::Years).unwrap();
    let discount = Discount::Daily(0.002);
    for model in models() {
        for history in HISTORIES {
            let future = model.future(&history);
            let without_end = future.discounted_purchases(discount.continuous_rate(TimeUnit::Weeks));
            let long = clv::discounted_purchases(&future, horizon, discount, TimeUnit::Weeks);
            assert!((long / without_end - 1.0).abs() < 1e-6, "{model:?} {history:?}: {long} {without_end}");
        }
    }
}

#[test]
fn the_next_purchase_comes_with_chance_one_half_by_the_median() {
    for model in models() {
        for history in HISTORIES {
            let future = model.future(&history);
            let next = future.next_purchase();
            let by_median = future.p_any_purchase(next.median);
            assert!(
                (by_median / next.chance - 0.5).abs() < 1e-6,
                "{model:?} {history:?} {next:?} {by_median}"
            );
            assert!(next.chance <= future.p_alive() + 1e-12, "{model:?} {history:?} {next:?}");
            // Waiting times are skewed: the mean is later than the median.
            assert!(next.mean.is_none_or(|mean| mean > next.median * 0.8), "{model:?} {history:?} {next:?}");
        }
    }
}

#[test]
fn more_time_means_more_purchases() {
    for model in models() {
        for history in HISTORIES {
            let future = model.future(&history);
            let mut before = (0.0, 0.0);
            for t in [0.01, 1.0, 10.0, 52.0, 500.0, 2600.0] {
                let now = (future.expected_purchases(t), future.p_any_purchase(t));
                assert!(
                    now.0 > before.0 && now.1 >= before.1,
                    "{model:?} {history:?} {t} {now:?} {before:?}"
                );
                before = now;
            }
        }
    }
}
