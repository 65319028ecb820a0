//! Simulates customers from a model, for tests of the fit and to illustrate a model.

use rand_chacha::ChaCha8Rng;

use super::model::PurchaseModel;
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
    pub future_purchases: Vec<f64>,
}

/// Maximum simulated purchases per customer; reaching it takes a purchase every minute for years.
const MAX_PURCHASES: u32 = 1_000_000;

/// Simulates one customer per value of `observed`, and their purchases in the time `horizon` after it.
///
/// Shape: one value per value of `observed`, in order.
/// Units: all times in the unit of the model's parameters.
pub fn simulate(model: &PurchaseModel, observed: &[f64], horizon: f64, random: &mut ChaCha8Rng) -> Simulated {
    let mut all = Simulated::default();
    for t in observed {
        let customer = model.kind.0.draw_customer(model, random);
        let (mut time, mut last, mut bought, mut logs, mut after) = (0.0, 0.0, 0_u32, 0.0, 0_u32);
        while bought + after < customer.purchases.min(MAX_PURCHASES) {
            let interval = gamma(f64::from(customer.k), customer.rate, random);
            time += interval;
            if time > (t + horizon).min(customer.stays_until) {
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
        all.future_purchases.push(f64::from(after));
    }
    all
}
