//! From purchases in the order of time to histories: how often a customer came back, when last, and for
//! how long the customer was watched; at the analysis date and, if asked, at the end of a calibration.
//!
//! Rules: the purchases of one calendar day (or week) are one; money that went back (policy `net`) is
//! taken from the purchase before it; the mean spend is that of repeat purchases alone. Nothing after
//! the end of the calibration shows in its histories.

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Int64Type};
use regulars_core::config::Grain;
use regulars_core::dates::DAY_MICROS;
use regulars_engine::{Engine, PurchaseRows, PurchaseRules};
use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::patterns::{BadRows, Counted, Histories, count_patterns};
use regulars_models::lifetime::time::TimeUnit;

use crate::error::{Error, Kind, Result};

/// Days of one period of the tracking.
pub(crate) const TRACKING_DAYS: i64 = 7;

/// Histories as columns, one element a customer.
#[derive(Debug, Default, Clone)]
pub(crate) struct Columns {
    /// Repeat purchases.
    pub(crate) x: Vec<f64>,
    /// Days from the first to the last purchase.
    pub(crate) t_x: Vec<f64>,
    /// Days from the first purchase to the end.
    pub(crate) t: Vec<f64>,
    /// Sums of the natural logarithms of the days between purchases.
    pub(crate) log_intervals: Vec<f64>,
    /// Spend of the repeat purchases, in minor units.
    pub(crate) repeat_minor: Vec<i64>,
    /// Spend of all purchases, in minor units.
    pub(crate) total_minor: Vec<i64>,
}

/// The customers of a shop.
#[derive(Debug)]
pub(crate) struct Base {
    /// Who, ascending.
    pub(crate) customer_id: ArrayRef,
    /// Their histories at the analysis date.
    pub(crate) now: Columns,
    /// Those who had bought by the end of the calibration.
    pub(crate) calibration: Option<Calibration>,
}

/// What was known at the end of a calibration, and what happened after it.
#[derive(Debug, Default)]
pub(crate) struct Calibration {
    /// The rows of [`Base`].
    pub(crate) rows: Vec<u32>,
    /// Histories at the end of the calibration.
    pub(crate) then: Columns,
    /// Purchases in the days held out.
    pub(crate) purchases: Vec<f64>,
    /// Spend in the days held out, in minor units.
    pub(crate) spend_minor: Vec<i64>,
    /// Purchases in as many days before the end of the calibration.
    pub(crate) purchases_before: Vec<f64>,
    /// Spend in these.
    pub(crate) spend_before_minor: Vec<i64>,
    /// Repeat purchases by week, from the first day of the shop to the analysis date.
    pub(crate) weeks: Vec<Week>,
}

/// A week that ends with the end of the calibration, or whole weeks before or after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Week {
    /// Days from the end of the calibration to its last day.
    pub(crate) ends_after_days: i64,
    /// Repeat purchases in it.
    pub(crate) repeat_purchases: u64,
}

/// Which days: numbered from 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    /// The first day of the shop.
    pub(crate) first: i64,
    /// The analysis date.
    pub(crate) as_of: i64,
    /// The last day of the calibration, if there is one.
    pub(crate) calibration_end: Option<i64>,
}

impl Days {
    pub(crate) fn of(span_micros: Option<(i64, i64)>, as_of_micros: i64) -> Self {
        let as_of = as_of_micros.div_euclid(DAY_MICROS);
        let first = span_micros.map_or(as_of, |(first, _)| first.div_euclid(DAY_MICROS));
        Self { first, as_of, calibration_end: None }
    }
}

impl Columns {
    fn push(&mut self, customer: &Customer, end: i64) {
        self.x.push(f64::from(customer.repeats));
        self.t_x.push((customer.last - customer.first) as f64);
        self.t.push((end - customer.first) as f64);
        self.log_intervals.push(customer.log_intervals);
        self.repeat_minor.push(customer.repeat_minor);
        self.total_minor.push(customer.repeat_minor.saturating_add(customer.first_minor));
    }

    /// Counts the histories, in a unit of time.
    pub(crate) fn counted(&self, unit: TimeUnit) -> std::result::Result<Counted, ModelError> {
        let per_day = 1.0 / unit.days();
        let scaled = |days: &[f64]| days.iter().map(|d| d * per_day).collect::<Vec<f64>>();
        let (t_x, t) = (scaled(&self.t_x), scaled(&self.t));
        let logs: Vec<f64> =
            self.log_intervals.iter().zip(&self.x).map(|(log, x)| log + x * per_day.ln()).collect();
        let histories = Histories { x: &self.x, t_x: &t_x, t: &t, log_intervals: Some(&logs), unit };
        count_patterns(&histories, BadRows::Refuse)
    }

    /// Mean spend of the repeat purchases, in the currency's unit; 0 without one.
    pub(crate) fn mean_spend(&self, money_unit: f64) -> Vec<f64> {
        let mean = |(x, minor): (&f64, &i64)| if *x > 0.0 { *minor as f64 / money_unit / x } else { 0.0 };
        self.x.iter().zip(&self.repeat_minor).map(mean).collect()
    }

    /// Customers who bought again.
    pub(crate) fn repeat_buyers(&self) -> usize {
        self.x.iter().filter(|x| **x > 0.0).count()
    }
}

/// One customer while the purchases are read; days are those that periods begin with.
#[derive(Debug, Clone, Default)]
struct Customer {
    known: bool,
    /// Whether the first purchase is in the calibration.
    calibrated: bool,
    first: i64,
    last: i64,
    repeats: u32,
    log_intervals: f64,
    first_minor: i64,
    repeat_minor: i64,
    /// As it was at the end of the calibration.
    then: Option<Box<Customer>>,
    held_out: Tally,
    before: Tally,
}

/// Purchases and spend within a window.
#[derive(Debug, Clone, Default)]
struct Tally {
    purchases: u32,
    minor: i64,
    last: Option<i64>,
}

impl Tally {
    fn purchase(&mut self, period: i64, minor: i64) {
        if self.last != Some(period) {
            self.last = Some(period);
            self.purchases += 1;
        }
        self.minor = self.minor.saturating_add(minor);
    }
}

/// The first day of the period that a day belongs to.
fn period(day: i64, grain: Grain) -> i64 {
    match grain {
        Grain::Day => day,
        // 1970-01-01 was a Thursday.
        Grain::Week => day - (day + 3).rem_euclid(7),
    }
}

/// Reads the histories of all customers who bought up to the analysis date.
///
/// Errors: those of the engine.
pub(crate) fn histories(
    engine: &Engine,
    transactions: &std::path::Path,
    rules: &PurchaseRules,
    days: Days,
    grain: Grain,
) -> Result<Base> {
    let mut fold = Fold::new(days, grain);
    engine.each_purchase(transactions, rules, &mut |rows| {
        fold.rows(rows);
        Ok(())
    })?;
    fold.finish()
}

/// What is collected while the purchases are read.
struct Fold {
    days: Days,
    grain: Grain,
    /// Days of the window held out, and of the one before it.
    window: i64,
    current: Option<(ArrayRef, Customer)>,
    /// Ids put together, and those that still stand alone.
    done: Vec<ArrayRef>,
    ids: Vec<ArrayRef>,
    now: Columns,
    calibration: Calibration,
}

impl Fold {
    fn new(days: Days, grain: Grain) -> Self {
        let mut calibration = Calibration::default();
        let mut window = 0;
        if let Some(end) = days.calibration_end {
            window = days.as_of - end;
            let from = -(end - days.first).div_euclid(TRACKING_DAYS);
            let to = (window + TRACKING_DAYS - 1).div_euclid(TRACKING_DAYS);
            calibration.weeks = (from..=to)
                .map(|week| Week { ends_after_days: (week * TRACKING_DAYS).min(window), repeat_purchases: 0 })
                .collect();
        }
        Self {
            days,
            grain,
            window,
            current: None,
            done: Vec::new(),
            ids: Vec::new(),
            now: Columns::default(),
            calibration,
        }
    }

    fn rows(&mut self, rows: &PurchaseRows<'_>) {
        let length = rows.at_micros.len();
        let mut from = 0;
        while from < length {
            let to = (from + 1..length).find(|row| !same(rows.customer_id, from, *row)).unwrap_or(length);
            let goes_on = self.current.as_ref().is_some_and(|(id, _)| {
                from == 0 && id.slice(0, 1).to_data() == rows.customer_id.slice(0, 1).to_data()
            });
            if !goes_on {
                self.close();
                self.current = Some((rows.customer_id.slice(from, 1), Customer::default()));
            }
            for row in from..to {
                let day = rows.at_micros[row].div_euclid(DAY_MICROS);
                self.row(day, rows.amount_minor[row], rows.is_purchase.value(row));
            }
            from = to;
        }
    }

    fn row(&mut self, day: i64, minor: i64, is_purchase: bool) {
        let Some((_, customer)) = &mut self.current else { return };
        if !customer.known && !is_purchase {
            // Nothing to take it from.
            return;
        }
        let at = period(day, self.grain);
        let end = self.days.calibration_end.unwrap_or(i64::MAX);
        if day > end && customer.calibrated && customer.then.is_none() {
            customer.then = Some(Box::new(customer.clone()));
        }
        if !customer.known {
            customer.calibrated = day <= end;
            (customer.known, customer.first, customer.last, customer.first_minor) = (true, at, at, minor);
        } else if is_purchase && at != customer.last {
            customer.repeats += 1;
            customer.log_intervals += ((at - customer.last) as f64).ln();
            customer.last = at;
            customer.repeat_minor = customer.repeat_minor.saturating_add(minor);
            if !self.calibration.weeks.is_empty() && customer.calibrated {
                count_week(&mut self.calibration.weeks, day - end);
            }
        } else {
            let spend =
                if customer.repeats == 0 { &mut customer.first_minor } else { &mut customer.repeat_minor };
            *spend = spend.saturating_add(minor);
        }
        let tally = if day > end {
            &mut customer.held_out
        } else if day > end.saturating_sub(self.window) {
            &mut customer.before
        } else {
            return;
        };
        if is_purchase {
            tally.purchase(at, minor);
        } else {
            tally.minor = tally.minor.saturating_add(minor);
        }
    }

    /// Writes the customer down that was being read.
    fn close(&mut self) {
        let Some((id, customer)) = self.current.take() else { return };
        if !customer.known {
            return;
        }
        let row = self.now.x.len() as u32;
        self.ids.push(id);
        if self.ids.len() == IDS_AT_ONCE {
            self.gather();
        }
        self.now.push(&customer, period(self.days.as_of, self.grain));
        let Some(end) = self.days.calibration_end else { return };
        let end_of = period(end, self.grain);
        let then = match &customer.then {
            Some(then) => then,
            None if customer.calibrated => &customer,
            None => return,
        };
        let kept = &mut self.calibration;
        kept.rows.push(row);
        kept.then.push(then, end_of);
        kept.purchases.push(f64::from(customer.held_out.purchases));
        kept.spend_minor.push(customer.held_out.minor);
        kept.purchases_before.push(f64::from(customer.before.purchases));
        kept.spend_before_minor.push(customer.before.minor);
    }

    /// Puts single ids together, so that a batch is not kept for one of its rows.
    fn gather(&mut self) {
        let parts: Vec<&dyn Array> = self.ids.iter().map(AsRef::as_ref).collect();
        if let Ok(together) = concat(&parts) {
            self.done.push(together);
            self.ids.clear();
        }
    }

    fn finish(mut self) -> Result<Base> {
        self.close();
        let internal = |e: arrow::error::ArrowError| Error::new(Kind::Internal, e.to_string());
        let parts: Vec<&dyn Array> = self.done.iter().chain(&self.ids).map(AsRef::as_ref).collect();
        let customer_id = if parts.is_empty() {
            arrow::array::new_empty_array(&DataType::Int64)
        } else {
            concat(&parts).map_err(internal)?
        };
        let calibration = self.days.calibration_end.map(|_| self.calibration);
        Ok(Base { customer_id, now: self.now, calibration })
    }
}

/// Ids that are kept apart before they are put together.
const IDS_AT_ONCE: usize = 8192;

fn count_week(weeks: &mut [Week], days_after_end: i64) {
    let Some(first) = weeks.first().map(|w| w.ends_after_days) else { return };
    let week = (days_after_end - first + TRACKING_DAYS - 1).div_euclid(TRACKING_DAYS);
    if let Some(week) = weeks.get_mut(usize::try_from(week).unwrap_or(0)) {
        week.repeat_purchases += 1;
    }
}

/// Whether two rows are of one customer.
fn same(ids: &ArrayRef, one: usize, other: usize) -> bool {
    match ids.as_primitive_opt::<Int64Type>() {
        Some(ids) => ids.value(one) == ids.value(other),
        None => match ids.as_string_opt::<i32>() {
            Some(ids) => ids.value(one) == ids.value(other),
            None => ids.slice(one, 1).to_data() == ids.slice(other, 1).to_data(),
        },
    }
}

/// The ids of some rows.
pub(crate) fn ids_of(ids: &ArrayRef, rows: &[u32]) -> Result<ArrayRef> {
    take(ids, &UInt32Array::from(rows.to_vec()), None).map_err(|e| Error::new(Kind::Internal, e.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Int64Array};

    use super::*;

    /// Customer, day, amount in minor units; a negative amount went back.
    type Row = (i64, i64, i64);

    fn fold(rows: &[Row], days: Days, grain: Grain, batch: usize) -> Base {
        let mut fold = Fold::new(days, grain);
        for rows in rows.chunks(batch) {
            let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.0)));
            // Late on the day: days are whole days of the wall clock.
            let at: Vec<i64> = rows.iter().map(|r| (r.1 + 1) * DAY_MICROS - 1).collect();
            let amounts: Vec<i64> = rows.iter().map(|r| r.2).collect();
            let is_purchase = BooleanArray::from(amounts.iter().map(|a| *a >= 0).collect::<Vec<bool>>());
            fold.rows(&PurchaseRows {
                customer_id: &ids,
                at_micros: &at,
                amount_minor: &amounts,
                is_purchase: &is_purchase,
            });
        }
        fold.finish().expect("ids of one type")
    }

    const ROWS: [Row; 15] = [
        (1, 0, 500),
        (1, 0, 100),
        (1, 10, 300),
        (1, 12, -50),
        (1, 25, 400),
        (2, 3, 700),
        (3, 28, 900),
        (3, 30, 50),
        (4, 2, -10),
        (5, -4, 100),
        (5, 3, 200),
        (5, 20, 200),
        (5, 20, 50),
        (5, 21, 10),
        (5, 29, -60),
    ];

    const DAYS: Days = Days { first: -4, as_of: 30, calibration_end: Some(20) };

    fn sums_to(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
    }

    #[test]
    fn days_are_merged_refunds_taken_back_and_the_future_unknown() {
        for batch in [1, 2, 3, 5, 100] {
            let base = fold(&ROWS, DAYS, Grain::Day, batch);
            // Customer 4 never bought.
            assert_eq!(base.customer_id.as_primitive::<Int64Type>().values().to_vec(), [1, 2, 3, 5]);
            sums_to(&base.now.x, &[2.0, 0.0, 1.0, 3.0]);
            sums_to(&base.now.t_x, &[25.0, 0.0, 2.0, 25.0]);
            sums_to(&base.now.t, &[30.0, 27.0, 2.0, 34.0]);
            sums_to(&base.now.log_intervals, &[150_f64.ln(), 0.0, 2_f64.ln(), (7.0 * 17.0_f64).ln()]);
            assert_eq!(base.now.repeat_minor, [650, 0, 50, 400]);
            assert_eq!(base.now.total_minor, [1250, 700, 950, 500]);
            sums_to(&base.now.mean_spend(100.0), &[3.25, 0.0, 0.5, 4.0 / 3.0]);
            let kept = base.calibration.expect("split");
            assert_eq!(kept.rows, [0, 1, 3]);
            sums_to(&kept.then.x, &[1.0, 0.0, 2.0]);
            sums_to(&kept.then.t_x, &[10.0, 0.0, 24.0]);
            sums_to(&kept.then.t, &[20.0, 17.0, 24.0]);
            assert_eq!(kept.then.repeat_minor, [250, 0, 450]);
            sums_to(&kept.purchases, &[1.0, 0.0, 1.0]);
            assert_eq!(kept.spend_minor, [400, 0, -50]);
            sums_to(&kept.purchases_before, &[0.0, 0.0, 1.0]);
            assert_eq!(kept.spend_before_minor, [-50, 0, 250]);
            let weeks: Vec<(i64, u64)> =
                kept.weeks.iter().map(|w| (w.ends_after_days, w.repeat_purchases)).collect();
            assert_eq!(weeks, [(-21, 0), (-14, 1), (-7, 1), (0, 1), (7, 2), (10, 0)]);
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        // Day 4 is Monday 1970-01-05.
        let rows = [(1, 3, 100), (1, 4, 100), (1, 10, 100), (1, 11, 100)];
        let base = fold(&rows, Days { first: 3, as_of: 20, calibration_end: None }, Grain::Week, 100);
        sums_to(&base.now.x, &[2.0]);
        sums_to(&base.now.t_x, &[14.0]);
        sums_to(&base.now.t, &[21.0]);
        assert!(base.calibration.is_none());
    }
}
