//! From the purchases of one customer to the history at one cut: `x`, `t_x` and `T` at the end, and, if requested, at
//! the end of the calibration period.
//!
//! Rules: the purchases of one calendar day (or week) are one; refunds (policy `net`) reduce the purchase
//! before them; the mean spend is that of repeat purchases only. Nothing after the end of the calibration
//! period affects its histories, including later returns. A customer with no purchase left at the end is in
//! the calibration period only.

use regulars_core::config::Grain;
use regulars_core::dates::DAY_MICROS;

use super::{Calibration, Columns, Days, PurchaseDays, TRACKING_DAYS, Week};

/// An order, or the refunds of one, as known at a cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// Local time of the first line, in microseconds.
    pub(super) at: i64,
    /// Amount, without late lines.
    pub(super) minor: i64,
    pub(super) is_purchase: bool,
    /// It was known at the end of the calibration period, and returned after it.
    pub(super) returned_at: Option<i64>,
    /// Time and amount of lines after the calibration period; the order began in it.
    pub(super) late: Option<(i64, i64)>,
}

/// A customer while events are added; days are the first days of periods.
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

/// Histories at one cut, customer by customer.
#[derive(Debug)]
pub(super) struct Fold {
    pub(super) days: Days,
    grain: Grain,
    /// Days of the holdout period, and of the equally long window before it.
    window: i64,
    /// Numbers and histories of the customers with anything left at the end; `None` if not requested.
    pub(super) now: Option<(Vec<u32>, Columns)>,
    /// Every purchase, with the customer's number, if requested.
    pub(super) purchases: Option<PurchaseDays>,
    /// Numbers of the customers in `calibration`, whose rows are still to be filled in.
    pub(super) calibrated: Vec<u32>,
    pub(super) calibration: Calibration,
}

impl Fold {
    /// Histories at the end of the calibration period, and outcomes after it.
    pub(super) fn new(days: Days, grain: Grain) -> Self {
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
        Self { days, grain, window, now: None, purchases: None, calibrated: Vec::new(), calibration }
    }

    /// The same, with histories at the end.
    pub(super) fn with_now(days: Days, grain: Grain) -> Self {
        Self { now: Some((Vec::new(), Columns::default())), ..Self::new(days, grain) }
    }

    /// Adds a customer.
    ///
    /// Contracts: events are sorted by time, purchases first (trusted).
    pub(super) fn add(&mut self, number: u32, events: &[Event]) {
        let mut customer = Customer::default();
        for event in events {
            let day = event.at.div_euclid(DAY_MICROS);
            if event.returned_at.is_some() {
                self.known_then(&mut customer, day, event.minor);
                continue;
            }
            if event.is_purchase
                && let Some(purchases) = &mut self.purchases
            {
                purchases.customer.push(number);
                purchases.day.push(i32::try_from(period(day, self.grain)).unwrap_or(i32::MAX));
            }
            self.row(&mut customer, day, event.minor, event.is_purchase);
        }
        for (at, minor) in events.iter().filter_map(|event| event.late) {
            // Further money of a purchase already counted.
            self.row(&mut customer, at.div_euclid(DAY_MICROS), minor, false);
        }
        self.close(number, &customer);
    }

    /// A purchase known at the end of the calibration period and returned after it.
    fn known_then(&self, customer: &mut Customer, day: i64, minor: i64) {
        let at = period(day, self.grain);
        let is_before = self.days.calibration_end.is_some_and(|end| day > end - self.window);
        let until_now = customer.clone();
        let then = customer.as_known.get_or_insert_with(|| Box::new(until_now));
        then.calibrated |= !then.known;
        then.add(at, minor, true);
        if is_before {
            customer.before.purchase(at, minor);
        }
    }

    fn row(&mut self, customer: &mut Customer, day: i64, minor: i64, is_purchase: bool) {
        let end = self.days.calibration_end.unwrap_or(i64::MAX);
        let at = period(day, self.grain);
        if let Some(then) = &mut customer.as_known
            && day <= end
            && (then.known || is_purchase)
        {
            then.calibrated |= !then.known;
            then.add(at, minor, is_purchase);
        }
        if !customer.known && !is_purchase {
            // No purchase to reduce, but for one that was known at the time.
            if customer.as_known.is_some() && day <= end && day > end.saturating_sub(self.window) {
                customer.before.minor = customer.before.minor.saturating_add(minor);
            }
            return;
        }
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

    fn close(&mut self, number: u32, customer: &Customer) {
        if let Some((numbers, now)) = self.now.as_mut().filter(|_| customer.known) {
            numbers.push(number);
            now.push(customer, period(self.days.as_of, self.grain));
        }
        let Some(end) = self.days.calibration_end else { return };
        let then = match (&customer.as_known, &customer.then) {
            (Some(known), _) => known,
            (None, Some(then)) => then,
            (None, None) if customer.known && customer.calibrated => customer,
            _ => return,
        };
        self.calibrated.push(number);
        let kept = &mut self.calibration;
        kept.then.push(then, period(end, self.grain));
        kept.purchases.push(f64::from(customer.held_out.purchases));
        kept.spend_minor.push(customer.held_out.minor);
        kept.purchases_before.push(f64::from(customer.before.purchases));
        kept.spend_before_minor.push(customer.before.minor);
    }

    /// Appends other customers, whose numbers begin at `first`.
    pub(super) fn append(&mut self, other: Self, first: u32) {
        let numbers = |numbers: Vec<u32>| numbers.into_iter().map(move |number| number + first);
        if let (Some((of, now)), Some((more_of, more))) = (&mut self.now, other.now) {
            of.extend(numbers(more_of));
            now.append(more);
        }
        if let (Some(purchases), Some(more)) = (&mut self.purchases, other.purchases) {
            purchases.customer.extend(numbers(more.customer));
            purchases.day.extend(more.day);
        }
        self.calibrated.extend(numbers(other.calibrated));
        let (kept, more) = (&mut self.calibration, other.calibration);
        kept.then.append(more.then);
        kept.purchases.extend(more.purchases);
        kept.spend_minor.extend(more.spend_minor);
        kept.purchases_before.extend(more.purchases_before);
        kept.spend_before_minor.extend(more.spend_before_minor);
        for (week, more) in kept.weeks.iter_mut().zip(more.weeks) {
            week.repeat_purchases += more.repeat_purchases;
        }
    }
}

fn count_week(weeks: &mut [Week], days_after_end: i64) {
    let Some(first) = weeks.first().map(|w| w.ends_after_days) else { return };
    let week = (days_after_end - first + TRACKING_DAYS - 1).div_euclid(TRACKING_DAYS);
    if let Some(week) = weeks.get_mut(usize::try_from(week).unwrap_or(0)) {
        week.repeat_purchases += 1;
    }
}
