//! From purchases in order of time to histories: `x`, `t_x` and `T` of every customer; at the analysis date and, if
//! requested, at the end of the calibration period.
//!
//! Rules: the purchases of one calendar day (or week) are one; refunds (policy `net`) reduce the purchase
//! before them; the mean spend is that of repeat purchases only. Nothing after the end of the calibration
//! period affects its histories, including later returns. A customer with no purchase left at the analysis
//! date is in the calibration period only.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Int64Type};
use regulars_core::config::Grain;
use regulars_core::dates::{DAY_MICROS, end_of_day_micros};
use regulars_engine::{Engine, Inputs, PurchaseRows, PurchaseRules};

use super::{Base, Calibration, Columns, Days, PurchaseDays, TRACKING_DAYS, Week};
use crate::error::{Error, Kind, Result};

impl Columns {
    fn push(&mut self, customer: &Customer, end: i64) {
        self.x.push(f64::from(customer.repeats));
        self.t_x.push((customer.last - customer.first) as f64);
        self.t.push((end - customer.first) as f64);
        self.log_intervals.push(customer.log_intervals);
        self.repeat_minor.push(customer.repeat_minor);
        self.total_minor.push(customer.repeat_minor.saturating_add(customer.first_minor));
    }
}

/// A customer while its purchases are read; days are the first days of periods.
#[derive(Debug, Clone, Default)]
struct Customer {
    known: bool,
    /// Whether the first purchase is in the calibration period.
    calibrated: bool,
    first: i64,
    last: i64,
    repeats: u32,
    log_intervals: f64,
    first_minor: i64,
    repeat_minor: i64,
    /// State at the end of the calibration period.
    then: Option<Box<Customer>>,
    /// State as known at the time, if part of it was returned later.
    as_known: Option<Box<Customer>>,
    held_out: Tally,
    before: Tally,
    /// Day and amount of lines after the calibration period whose order began in it.
    late: Vec<(i64, i64)>,
}

impl Customer {
    /// Adds a row; returns whether it is a separate repeat purchase.
    fn add(&mut self, at: i64, minor: i64, is_purchase: bool) -> bool {
        if !self.known {
            (self.known, self.first, self.last, self.first_minor) = (true, at, at, minor);
        } else if is_purchase && at != self.last {
            self.repeats += 1;
            self.log_intervals += ((at - self.last) as f64).ln();
            self.last = at;
            self.repeat_minor = self.repeat_minor.saturating_add(minor);
            return true;
        } else {
            let spend = if self.repeats == 0 { &mut self.first_minor } else { &mut self.repeat_minor };
            *spend = spend.saturating_add(minor);
        }
        false
    }
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
pub(crate) fn period(day: i64, grain: Grain) -> i64 {
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
    inputs: &Inputs,
    rules: &PurchaseRules,
    days: Days,
    grain: Grain,
) -> Result<Base> {
    read(engine, inputs, rules, Fold::new(days, grain))
}

/// The same, with the day of every purchase.
///
/// Errors: those of the engine.
pub(crate) fn histories_and_purchases(
    engine: &Engine,
    inputs: &Inputs,
    rules: &PurchaseRules,
    days: Days,
    grain: Grain,
) -> Result<Base> {
    let mut fold = Fold::new(days, grain);
    fold.purchases = Some(PurchaseDays::default());
    read(engine, inputs, rules, fold)
}

fn read(engine: &Engine, inputs: &Inputs, rules: &PurchaseRules, mut fold: Fold) -> Result<Base> {
    let split = fold.days.calibration_end.map(end_of_day_micros);
    engine.for_each_purchase(inputs, rules, split, &mut |rows| {
        fold.rows(rows);
        Ok(())
    })?;
    fold.finish()
}

/// State while the purchases are read.
struct Fold {
    days: Days,
    grain: Grain,
    /// Days of the holdout period, and of the equally long window before it.
    window: i64,
    current: Option<(ArrayRef, Customer)>,
    /// Ids concatenated so far, and those still single.
    done: Vec<ArrayRef>,
    ids: Vec<ArrayRef>,
    now: Columns,
    calibration: Calibration,
    purchases: Option<PurchaseDays>,
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
            purchases: None,
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
                if rows.returned_at_micros.is_some_and(|at| at.is_valid(row)) {
                    self.known_then(day, rows.amount_minor[row]);
                    continue;
                }
                self.row(day, rows.amount_minor[row], rows.is_purchase.value(row));
                if let (Some(late), Some((_, customer))) = (&rows.late, &mut self.current)
                    && late.at_micros.is_valid(row)
                {
                    let day = late.at_micros.value(row).div_euclid(DAY_MICROS);
                    customer.late.push((day, late.amount_minor[row]));
                }
            }
            from = to;
        }
    }

    /// A purchase known at the end of the calibration period and returned after it.
    fn known_then(&mut self, day: i64, minor: i64) {
        let at = period(day, self.grain);
        let Some((_, customer)) = &mut self.current else { return };
        let until_now = customer.clone();
        let then = customer.as_known.get_or_insert_with(|| Box::new(until_now));
        then.calibrated |= !then.known;
        then.add(at, minor, true);
    }

    fn row(&mut self, day: i64, minor: i64, is_purchase: bool) {
        let Some((_, customer)) = &mut self.current else { return };
        if let Some(then) = &mut customer.as_known
            && day <= self.days.calibration_end.unwrap_or(i64::MAX)
            && (then.known || is_purchase)
        {
            then.calibrated |= !then.known;
            then.add(period(day, self.grain), minor, is_purchase);
        }
        if !customer.known && !is_purchase {
            // No purchase to reduce.
            return;
        }
        let at = period(day, self.grain);
        if is_purchase && let Some(purchases) = &mut self.purchases {
            // The row that the customer will get.
            purchases.customer.push(self.now.x.len() as u32);
            purchases.day.push(i32::try_from(at).unwrap_or(i32::MAX));
        }
        let end = self.days.calibration_end.unwrap_or(i64::MAX);
        if day > end && customer.calibrated && customer.then.is_none() {
            customer.then = Some(Box::new(customer.clone()));
        }
        if !customer.known {
            customer.calibrated = day <= end;
        }
        let came_back = customer.add(at, minor, is_purchase);
        if came_back && !self.calibration.weeks.is_empty() && customer.calibrated {
            count_week(&mut self.calibration.weeks, day - end);
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

    /// Adds the finished customer.
    fn close(&mut self) {
        let late = self.current.as_mut().map(|(_, customer)| std::mem::take(&mut customer.late));
        for (day, minor) in late.unwrap_or_default() {
            // Further money of a purchase already counted.
            self.row(day, minor, false);
        }
        let Some((id, customer)) = self.current.take() else { return };
        let row = customer.known.then_some(self.now.x.len() as u32);
        if row.is_some() {
            self.ids.push(id);
            if self.ids.len() == IDS_AT_ONCE {
                self.gather();
            }
            self.now.push(&customer, period(self.days.as_of, self.grain));
        }
        let Some(end) = self.days.calibration_end else { return };
        let end_of = period(end, self.grain);
        let then = match (&customer.as_known, &customer.then) {
            (Some(known), _) => known,
            (None, Some(then)) => then,
            (None, None) if customer.known && customer.calibrated => &customer,
            _ => return,
        };
        let kept = &mut self.calibration;
        kept.rows.push(row);
        kept.then.push(then, end_of);
        kept.purchases.push(f64::from(customer.held_out.purchases));
        kept.spend_minor.push(customer.held_out.minor);
        kept.purchases_before.push(f64::from(customer.before.purchases));
        kept.spend_before_minor.push(customer.before.minor);
    }

    /// Concatenates single ids, so that one row does not keep a whole batch in memory.
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
        Ok(Base { customer_id, now: self.now, calibration, purchases: self.purchases })
    }
}

/// Number of single ids before they are concatenated.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Int64Array, TimestampMicrosecondArray};

    use super::*;

    /// Customer, day, amount in minor units; a negative amount is a refund.
    type Row = (i64, i64, i64);

    fn fold(rows: &[Row], days: Days, grain: Grain, batch: usize) -> Base {
        fold_into(Fold::new(days, grain), rows, batch)
    }

    fn fold_into(mut fold: Fold, rows: &[Row], batch: usize) -> Base {
        for rows in rows.chunks(batch) {
            let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.0)));
            // Late in the day: days are calendar days of local time.
            let at: Vec<i64> = rows.iter().map(|r| (r.1 + 1) * DAY_MICROS - 1).collect();
            let amounts: Vec<i64> = rows.iter().map(|r| r.2).collect();
            let is_purchase = BooleanArray::from(amounts.iter().map(|a| *a >= 0).collect::<Vec<bool>>());
            fold.rows(&PurchaseRows {
                customer_id: &ids,
                at_micros: &at,
                amount_minor: &amounts,
                is_purchase: &is_purchase,
                returned_at_micros: None,
                late: None,
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
            assert_eq!(kept.rows, [Some(0), Some(1), Some(3)]);
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
    fn who_sent_everything_back_later_was_a_customer_then() {
        let mut fold = Fold::new(DAYS, Grain::Day);
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 1, 9]));
        let at: Vec<i64> = [5, 7, 6].iter().map(|day| (day + 1) * DAY_MICROS - 1).collect();
        let returned = TimestampMicrosecondArray::from(vec![None, None, Some(25 * DAY_MICROS)]);
        fold.rows(&PurchaseRows {
            customer_id: &ids,
            at_micros: &at,
            amount_minor: &[100, 200, 300],
            is_purchase: &BooleanArray::from(vec![true; 3]),
            returned_at_micros: Some(&returned),
            late: None,
        });
        let base = fold.finish().expect("ids of one type");
        assert_eq!(base.customer_id.as_primitive::<Int64Type>().values().to_vec(), [1]);
        let kept = base.calibration.as_ref().expect("split");
        assert_eq!(kept.rows, [Some(0), None]);
        assert_eq!(kept.then.total_minor, [300, 300]);
        assert_eq!(kept.spend_minor, [0, 0]);
        let present = base.present().expect("rows").calibration.expect("split");
        assert_eq!((present.rows, present.then.total_minor), (vec![Some(0)], vec![300]));
    }

    #[test]
    fn some_customers_alone_are_what_they_are_among_all() {
        let mut all = Fold::new(DAYS, Grain::Day);
        all.purchases = Some(PurchaseDays::default());
        let base = fold_into(all, &ROWS, 100);
        let days = base.purchases.as_ref().expect("asked for");
        for (row, x) in base.now.x.iter().enumerate() {
            let mut of: Vec<i32> = (0..days.day.len())
                .filter(|at| days.customer[*at] == row as u32)
                .map(|at| days.day[at])
                .collect();
            of.dedup();
            assert!((of.len() as f64 - 1.0 - x).abs() < 1e-9, "customer {row}: {of:?}");
        }
        // Without customers 1 and 3.
        let some = base.only(&[false, true, false, true]).expect("rows");
        let alone: Vec<Row> = ROWS.iter().copied().filter(|row| row.0 == 2 || row.0 == 5).collect();
        let mut fold = Fold::new(DAYS, Grain::Day);
        fold.purchases = Some(PurchaseDays::default());
        let alone = fold_into(fold, &alone, 100);
        assert_eq!(some.customer_id.as_ref(), alone.customer_id.as_ref());
        assert_eq!(format!("{:?}", some.now), format!("{:?}", alone.now));
        assert_eq!(format!("{:?}", some.purchases), format!("{:?}", alone.purchases));
        let (some, alone) = (some.calibration.expect("split"), alone.calibration.expect("split"));
        assert_eq!(some.rows, alone.rows);
        assert_eq!(format!("{:?}", some.then), format!("{:?}", alone.then));
        assert_eq!((some.purchases, some.spend_minor), (alone.purchases, alone.spend_minor));
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
