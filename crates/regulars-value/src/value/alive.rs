//! P(alive) of one customer over time, by the run's stored model: at the end of every past day, and over the
//! horizon without further purchases.
//!
//! The parameters of the whole history are used throughout, so that only the customer's own purchases change
//! the curve.

use regulars_core::dates::{DAY_MICROS, parse_as_of};
use regulars_models::lifetime::patterns::History;
use regulars_store::Run;

use super::stored_value::read_model;
use crate::error::Result;
use crate::histories::period;

/// Beyond this many days, the curve has one point per week.
const MOST_DAYS: i64 = 800;

/// P(alive) of one customer at the ends of days.
#[derive(Debug, Clone, PartialEq)]
pub struct AliveOverTime {
    /// The model.
    pub model: String,
    /// Days since 1970, ascending, from the first order to the horizon after the analysis date; includes all
    /// days of orders and the analysis date.
    pub days: Vec<i32>,
    /// P(alive) at the end of each.
    pub p_alive: Vec<f64>,
}

/// Computes P(alive) of a customer who bought on these days, in any order.
///
/// Contracts: on the analysis date it equals the run's value (tested).
/// Shape: `None` if the run has no stored model, or nothing was bought up to the analysis date.
/// Errors: an unreadable model.
pub fn alive_over_time(run: &Run, purchase_days: &[i32]) -> Result<Option<AliveOverTime>> {
    let Some(kept) = read_model(&run.dir)? else { return Ok(None) };
    let as_of = parse_as_of(&run.manifest.as_of)?.div_euclid(DAY_MICROS);
    let mut bought: Vec<i64> = purchase_days.iter().map(|day| i64::from(*day)).collect();
    bought.retain(|day| *day <= as_of);
    bought.sort_unstable();
    let Some(first) = bought.first().copied() else { return Ok(None) };
    let last = as_of + i64::from(kept.horizon_days);
    let step = if last - first > MOST_DAYS { 7 } else { 1 };
    let mut days: Vec<i64> = (first..=last).filter(|day| (as_of - day).rem_euclid(step) == 0).collect();
    // Also the end of the day before an order, so that the curve jumps on the day itself.
    days.push(last);
    days.extend(bought.iter().flat_map(|day| [day - 1, *day]).filter(|day| *day >= first));
    days.sort_unstable();
    days.dedup();
    let fitted = &kept.purchases;
    let per_day = 1.0 / fitted.unit.days();
    let begin = period(first, kept.grain);
    let (mut known, mut repeats, mut latest) = (0, 0_u32, begin);
    let mut p_alive = Vec::with_capacity(days.len());
    for day in &days {
        while let Some(next) = bought.get(known).filter(|next| *next <= day) {
            let at = period(*next, kept.grain);
            if at != latest {
                (repeats, latest) = (repeats + 1, at);
            }
            known += 1;
        }
        let history = History {
            x: repeats,
            t_x: (latest - begin) as f64 * per_day,
            t: (period(*day, kept.grain) - begin) as f64 * per_day,
        };
        p_alive.push(fitted.model.future(&history).p_alive());
    }
    Ok(Some(AliveOverTime {
        model: fitted.report.model.clone(),
        days: days.into_iter().map(|day| day as i32).collect(),
        p_alive,
    }))
}
