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
const MAX_DAYS: i64 = 800;

/// P(alive) of one customer at the end of each day.
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
    let step = if last - first > MAX_DAYS { 7 } else { 1 };
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
        p_alive.push(fitted.model.forecast_for(&history).p_alive());
    }
    Ok(Some(AliveOverTime {
        model: fitted.report.model.clone(),
        days: days.into_iter().map(|day| day as i32).collect(),
        p_alive,
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow::array::AsArray;
    use regulars_core::dates::format_timestamp;
    use regulars_core::manifest::RunManifest;

    use super::super::stored_value::write_models;
    use super::super::testing::valued;
    use super::*;
    use crate::testing::{FIRST_DAY, Shop, quick};

    /// A run with only what is read: its folder and its analysis date.
    fn run_of(shop: &Shop) -> Run {
        let manifest = RunManifest {
            version: RunManifest::VERSION,
            run_id: "test".to_owned(),
            dataset: "shop".to_owned(),
            started_at: String::new(),
            finished_at: String::new(),
            inputs: Vec::new(),
            notes: Vec::new(),
            reading: Vec::new(),
            steps: Vec::new(),
            reused: Vec::new(),
            seed: 1,
            as_of: format_timestamp(shop.landed.as_of_micros),
            today: String::new(),
            money_decimals: 2,
            currency: None,
            config: shop.landed.config.clone(),
            rows: shop.landed.report.rows,
            customers: 0,
            tables: Vec::new(),
            versions: BTreeMap::new(),
            timings_seconds: Vec::new(),
            timings_of_parts_seconds: Vec::new(),
            peak_memory_bytes: 0,
            threads: 1,
            clusters: None,
            value: None,
        };
        Run { manifest, dir: shop.folder.path().to_owned() }
    }

    #[test]
    fn on_the_analysis_date_the_curve_has_the_value_of_the_run() {
        let (shop, config) = (Shop::usual(), quick());
        let run = run_of(&shop);
        // Without a stored model there is no curve.
        assert_eq!(alive_over_time(&run, &[FIRST_DAY as i32]).expect("no failure"), None);
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        write_models(&request, &found).expect("written");
        let as_of = FIRST_DAY + 499;
        let ids = shop.rfm.customer_id.as_primitive::<arrow::datatypes::Int64Type>().values().to_vec();
        for (row, id) in ids.iter().enumerate().step_by(11) {
            let mut bought: Vec<i32> = shop.days_of(*id, as_of).into_iter().map(|day| day as i32).collect();
            bought.reverse();
            let curve = alive_over_time(&run, &bought).expect("readable").expect("bought");
            let at = |day: i32| curve.days.binary_search(&day).ok().map(|at| curve.p_alive[at]);
            let now = at(as_of as i32).expect("the analysis date is a point");
            assert!(
                (now - found.forecast.p_alive[row]).abs() < 1e-9,
                "{id}: {now} {}",
                found.forecast.p_alive[row]
            );
            // From the first order to the end of the horizon, all days of orders included.
            assert_eq!(
                (curve.days[0], curve.days[curve.days.len() - 1]),
                (bought[bought.len() - 1], as_of as i32 + 90)
            );
            assert!(curve.days.is_sorted() && bought.iter().all(|day| at(*day).is_some()));
            assert!(curve.p_alive.iter().all(|share| (0.0..=1.0).contains(share)));
            // Without further orders it only falls.
            let from = curve.days.iter().position(|day| *day == bought[0]).expect("the last order");
            assert!(curve.p_alive[from..].windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
        }
        // Orders after the analysis date are not known.
        assert_eq!(alive_over_time(&run, &[as_of as i32 + 1]).expect("readable"), None);
        let early =
            alive_over_time(&run, &[as_of as i32 - 5, as_of as i32 + 1]).expect("readable").expect("bought");
        assert_eq!(Some(early), alive_over_time(&run, &[as_of as i32 - 5]).expect("readable"));
        // A long curve has a point per week, and still the days of orders.
        let long = alive_over_time(&run, &[as_of as i32 - 900, as_of as i32 - 3])
            .expect("readable")
            .expect("bought");
        assert!(
            long.days.len() < 200
                && long.days.contains(&(as_of as i32 - 3))
                && long.days.contains(&(as_of as i32))
        );
    }
}
