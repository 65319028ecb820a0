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
        let is_before = self.days.calibration_end.is_some_and(|end| day > end - self.window);
        let Some((_, customer)) = &mut self.current else { return };
        let until_now = customer.clone();
        let then = customer.as_known.get_or_insert_with(|| Box::new(until_now));
        then.calibrated |= !then.known;
        then.add(at, minor, true);
        if is_before {
            customer.before.purchase(at, minor);
        }
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
            // No purchase to reduce, but for one that was known at the time.
            let end = self.days.calibration_end.unwrap_or(i64::MAX);
            if customer.as_known.is_some() && day <= end && day > end.saturating_sub(self.window) {
                customer.before.minor = customer.before.minor.saturating_add(minor);
            }
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
    use proptest::prelude::*;

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

    /// A row with everything that the engine may say about it.
    #[derive(Debug, Clone, Copy)]
    struct Line {
        customer: i64,
        day: i64,
        minor: i64,
        is_purchase: bool,
        /// Returned after the calibration period.
        is_returned: bool,
        /// Day and amount of later lines of the same order.
        late: Option<(i64, i64)>,
    }

    fn fold_lines(mut fold: Fold, lines: &[Line], batch: usize) -> Base {
        let at = |day: i64| day * DAY_MICROS + DAY_MICROS / 2;
        for lines in lines.chunks(batch) {
            let ids: ArrayRef =
                Arc::new(Int64Array::from_iter_values(lines.iter().map(|line| line.customer)));
            let times: Vec<i64> = lines.iter().map(|line| at(line.day)).collect();
            let amounts: Vec<i64> = lines.iter().map(|line| line.minor).collect();
            let is_purchase = BooleanArray::from(lines.iter().map(|l| l.is_purchase).collect::<Vec<bool>>());
            let returned: TimestampMicrosecondArray =
                lines.iter().map(|line| line.is_returned.then_some(at(DAYS.as_of))).collect();
            let late_at: TimestampMicrosecondArray =
                lines.iter().map(|line| line.late.map(|late| at(late.0))).collect();
            let late_minor: Vec<i64> =
                lines.iter().map(|line| line.late.map_or(0, |(_, minor)| minor)).collect();
            fold.rows(&PurchaseRows {
                customer_id: &ids,
                at_micros: &times,
                amount_minor: &amounts,
                is_purchase: &is_purchase,
                returned_at_micros: Some(&returned),
                late: Some(regulars_engine::LaterLines { at_micros: &late_at, amount_minor: &late_minor }),
            });
        }
        fold.finish().expect("ids of one type")
    }

    /// A history by its definition.
    #[derive(Debug, Default, PartialEq)]
    struct Plain {
        x: i64,
        t_x: i64,
        t: i64,
        repeat_minor: i64,
        total_minor: i64,
        gaps: Vec<i64>,
    }

    /// Days since the last Monday are taken off; day 4, 1970-01-05, was one.
    fn monday_or_day(day: i64, grain: Grain) -> i64 {
        if grain == Grain::Day { day } else { (day - 4).div_euclid(7) * 7 + 4 }
    }

    /// The history of one customer's money (day, amount, whether a purchase) at the end of a day.
    fn plain(money: &[(i64, i64, bool)], grain: Grain, end: i64) -> Option<Plain> {
        let first = money.iter().position(|(_, _, is_purchase)| *is_purchase)?;
        let money = &money[first..];
        let mut periods: Vec<i64> =
            money.iter().filter(|one| one.2).map(|one| monday_or_day(one.0, grain)).collect();
        periods.sort_unstable();
        periods.dedup();
        let is_repeat = |one: &(i64, i64, bool)| one.2 && monday_or_day(one.0, grain) != periods[0];
        let of_first = money.iter().position(is_repeat).unwrap_or(money.len());
        let sum = |money: &[(i64, i64, bool)]| money.iter().map(|one| one.1).sum::<i64>();
        Some(Plain {
            x: periods.len() as i64 - 1,
            t_x: periods[periods.len() - 1] - periods[0],
            t: monday_or_day(end, grain) - periods[0],
            repeat_minor: sum(&money[of_first..]),
            total_minor: sum(money),
            gaps: periods.windows(2).map(|pair| pair[1] - pair[0]).collect(),
        })
    }

    fn found_in(columns: &Columns, row: usize, gaps: &[i64]) -> Plain {
        let log: f64 = gaps.iter().map(|gap| (*gap as f64).ln()).sum();
        assert!((columns.log_intervals[row] - log).abs() < 1e-9, "{gaps:?} {}", columns.log_intervals[row]);
        Plain {
            x: columns.x[row] as i64,
            t_x: columns.t_x[row] as i64,
            t: columns.t[row] as i64,
            repeat_minor: columns.repeat_minor[row],
            total_minor: columns.total_minor[row],
            gaps: gaps.to_vec(),
        }
    }

    fn lines() -> impl Strategy<Value = Vec<Line>> {
        let line = (0_i64..6, -4_i64..=30, -300_i64..1000, 0..10_u8, 1_i64..=10, 0..10_u8);
        prop::collection::vec(line, 0..60).prop_map(|rows| {
            let end = DAYS.calibration_end.expect("set");
            let mut lines: Vec<Line> = rows
                .into_iter()
                .map(|(customer, day, minor, kind, late, more)| {
                    let is_purchase = kind < 8;
                    let is_returned = is_purchase && kind >= 6 && day <= end;
                    let has_late = is_purchase && !is_returned && day <= end && more < 2;
                    let late = has_late.then_some((end + late, minor / 2 + 1));
                    Line { customer, day, minor, is_purchase, is_returned, late }
                })
                .collect();
            lines.sort_by_key(|line| (line.customer, line.day));
            lines
        })
    }

    /// What is left of a customer's money today: later lines come last.
    fn kept_of(lines: &[&Line]) -> Vec<(i64, i64, bool)> {
        let left = lines.iter().filter(|line| !line.is_returned);
        let late = left.clone().filter_map(|line| line.late.map(|(day, minor)| (day, minor, false)));
        left.clone().map(|line| (line.day, line.minor, line.is_purchase)).chain(late).collect()
    }

    proptest! {
        #[test]
        fn the_fold_is_what_sorting_and_counting_give(
            lines in lines(), batch in 1_usize..20, by_week in any::<bool>(),
        ) {
            let grain = if by_week { Grain::Week } else { Grain::Day };
            let end = DAYS.calibration_end.expect("set");
            let mut fold = Fold::new(DAYS, grain);
            fold.purchases = Some(PurchaseDays::default());
            let base = fold_lines(fold, &lines, batch);
            let kept = base.calibration.as_ref().expect("split");
            let listed = base.purchases.as_ref().expect("asked for");
            let (mut now_rows, mut then_rows, mut repeats, mut purchases) = (0, 0, Vec::new(), 0);
            for customer in 0..6 {
                let own: Vec<&Line> = lines.iter().filter(|line| line.customer == customer).collect();
                let money = kept_of(&own);
                let now = plain(&money, grain, DAYS.as_of);
                let row = now.as_ref().map(|_| now_rows as u32);
                if let Some(now) = &now {
                    let ids = base.customer_id.as_primitive::<Int64Type>();
                    prop_assert_eq!(ids.value(now_rows), customer);
                    prop_assert_eq!(&found_in(&base.now, now_rows, &now.gaps), now);
                    let bought: Vec<i32> =
                        money.iter().filter(|m| m.2).map(|m| monday_or_day(m.0, grain) as i32).collect();
                    purchases += bought.len();
                    let of_row = (0..listed.day.len()).filter(|at| listed.customer[*at] == now_rows as u32);
                    prop_assert_eq!(of_row.map(|at| listed.day[at]).collect::<Vec<_>>(), bought);
                    now_rows += 1;
                }
                // At the end of the calibration period nothing had been returned, and no line was late.
                let known: Vec<(i64, i64, bool)> =
                    own.iter().filter(|l| l.day <= end).map(|l| (l.day, l.minor, l.is_purchase)).collect();
                let Some(then) = plain(&known, grain, end) else { continue };
                prop_assert_eq!(kept.rows[then_rows], row);
                prop_assert_eq!(&found_in(&kept.then, then_rows, &then.gaps), &then);
                // Money counts from the first purchase that was kept.
                let begun = money.iter().position(|one| one.2).unwrap_or(money.len());
                let after: Vec<&(i64, i64, bool)> = money[begun..].iter().filter(|one| one.0 > end).collect();
                let mut days: Vec<i64> =
                    after.iter().filter(|one| one.2).map(|one| monday_or_day(one.0, grain)).collect();
                days.dedup();
                prop_assert_eq!(kept.purchases[then_rows] as usize, days.len());
                prop_assert_eq!(kept.spend_minor[then_rows], after.iter().map(|one| one.1).sum::<i64>());
                then_rows += 1;
                let first_day = money[begun..].first().map(|one| one.0);
                if first_day.is_some_and(|day| day <= end) {
                    let mut seen = Vec::new();
                    for one in money[begun..].iter().filter(|one| one.2) {
                        let at = monday_or_day(one.0, grain);
                        if !seen.contains(&at) {
                            seen.push(at);
                            repeats.extend((seen.len() > 1).then_some(one.0 - end));
                        }
                    }
                }
            }
            prop_assert_eq!((base.now.x.len(), kept.rows.len()), (now_rows, then_rows));
            prop_assert_eq!(listed.day.len(), purchases);
            // Every repeat purchase is in the first week that ends on its day or later.
            let ends: Vec<i64> = kept.weeks.iter().map(|week| week.ends_after_days).collect();
            let mut expected = vec![0; ends.len()];
            for day in repeats {
                expected[ends.iter().position(|end| day <= *end).expect("the last day is in a week")] += 1;
            }
            let found: Vec<u64> = kept.weeks.iter().map(|week| week.repeat_purchases).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_period_is_the_monday_on_or_before_its_day(day in -100_000_i64..100_000) {
            prop_assert_eq!(period(day, Grain::Week), monday_or_day(day, Grain::Week));
            prop_assert_eq!(period(day, Grain::Day), day);
        }

        #[test]
        fn purchases_before_the_split_are_those_of_a_window_of_its_length(
            lines in lines(), by_week in any::<bool>(),
        ) {
            let grain = if by_week { Grain::Week } else { Grain::Day };
            let end = DAYS.calibration_end.expect("set");
            // Also those that were returned later: that was not known at the split.
            let lines: Vec<Line> = lines.into_iter().map(|line| Line { late: None, ..line }).collect();
            let base = fold_lines(Fold::new(DAYS, grain), &lines, 7);
            let kept = base.calibration.as_ref().expect("split");
            let mut at = 0;
            for customer in 0..6 {
                let own: Vec<&Line> = lines.iter().filter(|line| line.customer == customer).collect();
                let Some(begun) = own.iter().position(|line| line.is_purchase) else { continue };
                if own[begun].day > end {
                    continue;
                }
                let window = end - (DAYS.as_of - end) + 1..=end;
                let inside: Vec<&&Line> = own[begun..].iter().filter(|l| window.contains(&l.day)).collect();
                let mut days: Vec<i64> =
                    inside.iter().filter(|l| l.is_purchase).map(|l| monday_or_day(l.day, grain)).collect();
                days.dedup();
                prop_assert_eq!(kept.purchases_before[at] as usize, days.len());
                prop_assert_eq!(kept.spend_before_minor[at], inside.iter().map(|l| l.minor).sum::<i64>());
                at += 1;
            }
            prop_assert_eq!(kept.rows.len(), at);
        }
    }

    #[test]
    fn later_lines_of_an_order_are_money_of_the_holdout_and_no_purchase() {
        let line =
            |day, minor, late| Line { customer: 1, day, minor, is_purchase: true, is_returned: false, late };
        let base =
            fold_lines(Fold::new(DAYS, Grain::Day), &[line(2, 100, None), line(18, 200, Some((22, 70)))], 9);
        assert_eq!((base.now.total_minor, base.now.repeat_minor), (vec![370], vec![270]));
        sums_to(&base.now.x, &[1.0]);
        sums_to(&base.now.t_x, &[16.0]);
        let kept = base.calibration.expect("split");
        assert_eq!((kept.then.total_minor, kept.spend_minor), (vec![300], vec![70]));
        sums_to(&kept.purchases, &[0.0]);
    }

    #[test]
    fn a_shop_without_rows_has_no_customer() {
        let base = Fold::new(DAYS, Grain::Day).finish().expect("nothing");
        assert_eq!((base.customer_id.len(), base.now.x.len()), (0, 0));
        let kept = base.calibration.expect("split");
        assert_eq!((kept.rows.len(), kept.then.x.len()), (0, 0));
        // Day -4 is 24 days before the end: four weeks up to it; the last ten days are a week and three days.
        let ends: Vec<i64> = kept.weeks.iter().map(|week| week.ends_after_days).collect();
        assert_eq!(ends, [-21, -14, -7, 0, 7, 10]);
    }

    #[test]
    fn more_customers_than_fit_at_once_keep_their_order() {
        let customers = 2 * IDS_AT_ONCE as i64 + 3;
        let rows: Vec<Row> = (0..customers).map(|customer| (customer, customer % 20, customer)).collect();
        let base = fold(&rows, DAYS, Grain::Day, 1000);
        let ids = base.customer_id.as_primitive::<Int64Type>().values().to_vec();
        assert_eq!(ids, (0..customers).collect::<Vec<i64>>());
        assert_eq!(base.now.total_minor, ids);
    }

    #[test]
    fn text_ids_are_told_apart_like_numbers() {
        let ids: ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["a", "a", "ab", "b", "b"]));
        let at: Vec<i64> = [1, 2, 2, 2, 5].iter().map(|day| day * DAY_MICROS).collect();
        let mut fold = Fold::new(DAYS, Grain::Day);
        for cut in [0..3, 3..4, 4..5] {
            let ids = ids.slice(cut.start, cut.len());
            fold.rows(&PurchaseRows {
                customer_id: &ids,
                at_micros: &at[cut.clone()],
                amount_minor: &[1, 2, 4, 8, 16][cut.clone()],
                is_purchase: &BooleanArray::from(vec![true; cut.len()]),
                returned_at_micros: None,
                late: None,
            });
        }
        let base = fold.finish().expect("text");
        let names: Vec<&str> = base.customer_id.as_string::<i32>().iter().flatten().collect();
        assert_eq!((names, base.now.total_minor), (vec!["a", "ab", "b"], vec![3, 4, 24]));
    }
}
