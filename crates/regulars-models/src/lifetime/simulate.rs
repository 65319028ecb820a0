//! Simulates customers from a model, for tests of the fit and to illustrate a model.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::model::{Family, PurchaseModel};
use crate::beta_geometric::purchases_until_leaving;
use crate::nbd::gamma;

/// Simulated histories as columns, one value per customer, in the model's time unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Simulated {
    /// Repeat purchases (x).
    pub x: Vec<f64>,
    /// Time of the last purchase (`t_x`).
    pub t_x: Vec<f64>,
    /// Observation time (T).
    pub t: Vec<f64>,
    /// Sums of log interpurchase times.
    pub log_intervals: Vec<f64>,
    /// Purchases in the period after the observation.
    pub ahead: Vec<f64>,
}

/// Maximum simulated purchases per customer; reaching it takes a purchase every minute for years.
const MOST_PURCHASES: u32 = 1_000_000;

/// Simulates one customer per value of `observed`, and their purchases in the time `ahead` after it.
///
/// Shape: one value per value of `observed`, in order.
/// Units: all times in the unit of the model's parameters.
pub fn simulate(model: &PurchaseModel, observed: &[f64], ahead: f64, random: &mut ChaCha8Rng) -> Simulated {
    let mut all = Simulated::default();
    for t in observed {
        let customer = Customer::draw(model, random);
        let (mut time, mut last, mut bought, mut logs, mut after) = (0.0, 0.0, 0_u32, 0.0, 0_u32);
        while bought + after < customer.purchases.min(MOST_PURCHASES) {
            let interval = gamma(f64::from(customer.k), customer.rate, random);
            time += interval;
            if time > (t + ahead).min(customer.stays_until) {
                break;
            }
            if time <= *t {
                bought += 1;
                last = time;
                logs += interval.ln();
            } else {
                after += 1;
            }
        }
        all.x.push(f64::from(bought));
        all.t_x.push(last);
        all.t.push(*t);
        all.log_intervals.push(logs);
        all.ahead.push(f64::from(after));
    }
    all
}

/// Latent parameters of a customer.
struct Customer {
    /// Stage rate.
    rate: f64,
    /// Stages per purchase.
    k: u32,
    /// Dropout time, for models with dropout at any time.
    stays_until: f64,
    /// Repeat purchases until dropout, for models with dropout at a purchase.
    purchases: u32,
}

impl Customer {
    fn draw(model: &PurchaseModel, random: &mut ChaCha8Rng) -> Self {
        let forever = f64::INFINITY;
        match model.as_family() {
            Family::Stays(p) => {
                Self { rate: gamma(p.r, p.alpha, random), k: 1, stays_until: forever, purchases: u32::MAX }
            }
            Family::AnyMoment(p) => {
                let rate = gamma(p.r, p.alpha, random);
                let leaving = gamma(p.s, p.beta, random).max(1e-300);
                let stays_until = -(1.0 - random.random::<f64>()).ln() / leaving;
                Self { rate, k: 1, stays_until, purchases: u32::MAX }
            }
            Family::AtPurchase(p, variant) => {
                let rate = gamma(p.r, p.alpha, random);
                let until = purchases_until_leaving(p.a, p.b, random);
                // The first purchase is not a repeat purchase.
                let purchases = until.saturating_sub(u32::from(variant.dropout_after_first));
                Self { rate, k: variant.k, stays_until: forever, purchases }
            }
        }
    }
}
