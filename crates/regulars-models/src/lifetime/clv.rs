//! Discounted expected purchases, which times the spend per purchase give the CLV.
//!
//! Monthly rates follow the convention of the field: the purchases of each month (365/12 days) are
//! discounted from the month's end, and a partial last month from the horizon's end. Daily rates discount
//! each purchase from its own time.

use regulars_stats::quadrature::integrate;

use super::prediction::CustomerForecast;
use super::time::{Horizon, TimeUnit};

pub use super::time::Discount;

/// Expected purchases within a horizon, discounted to now.
///
/// Contracts: horizon and discount are checked (trusted).
/// Units: `unit` is that of the forecast.
pub fn discounted_purchases(
    forecast: &dyn CustomerForecast,
    horizon: Horizon,
    discount: Discount,
    unit: TimeUnit,
) -> f64 {
    let t = horizon.in_units(unit);
    match discount {
        Discount::None => forecast.expected_purchases(t),
        Discount::Monthly(rate) => by_month(forecast, horizon.in_units(TimeUnit::Months), rate, unit),
        Discount::Daily(_) => by_moment(forecast, t, discount.continuous_rate(unit)),
    }
}

fn by_month(forecast: &dyn CustomerForecast, months: f64, rate: f64, unit: TimeUnit) -> f64 {
    let per_month = Horizon { count: 1.0, unit: TimeUnit::Months }.in_units(unit);
    // A horizon of whole months given in days or weeks is whole only up to rounding.
    let whole = (months + 1e-9).floor();
    let mut before = 0.0;
    let mut total = 0.0;
    for month in 1..=whole as u32 {
        let month = f64::from(month);
        let until = forecast.expected_purchases(month * per_month);
        total += (until - before) * (-month * rate.ln_1p()).exp();
        before = until;
    }
    if months - whole > 1e-9 {
        let until = forecast.expected_purchases(months * per_month);
        total += (until - before) * (-months * rate.ln_1p()).exp();
    }
    total
}

/// Integration by parts: ∫ e^−δu dE(u) = e^−δt E(t) + δ ∫ e^−δu E(u) du.
fn by_moment(forecast: &dyn CustomerForecast, t: f64, rate: f64) -> f64 {
    let panels = (rate * t / 4.0).ceil().clamp(1.0, 200.0) as usize;
    let inner = if rate > 0.0 {
        // Expectations curve most near now: squared nodes are denser there.
        integrate(0.0, t.sqrt(), panels, |root| {
            let u = root * root;
            (-rate * u).exp() * forecast.expected_purchases(u) * 2.0 * root
        })
    } else {
        0.0
    };
    (-rate * t).exp() * forecast.expected_purchases(t) + rate * inner
}
