//! Purchase histories as columns: at the analysis date and, if there is one, at the end of the calibration
//! period.
//!
//! Deliberately not here: how they are read from purchases ([`read`]), and what a history is ([`fold`]).

mod fold;
mod read;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;
use regulars_core::dates::DAY_MICROS;
use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::patterns::{BadRows, CountedPatterns, Histories, count_patterns};
use regulars_models::lifetime::time::TimeUnit;

pub(crate) use fold::period;
pub(crate) use read::{histories, histories_and_purchases, histories_at_cuts};

use crate::error::{Error, Kind, Result};

/// Days per period of the tracking.
pub(crate) const TRACKING_DAYS: i64 = 7;

/// Histories as columns, one element per customer.
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
    /// Ids, ascending.
    pub(crate) customer_id: ArrayRef,
    /// Their histories at the analysis date.
    pub(crate) now: Columns,
    /// Those who had bought by the end of the calibration period.
    pub(crate) calibration: Option<Calibration>,
    /// Every purchase, if requested.
    pub(crate) purchases: Option<PurchaseDays>,
}

/// Every purchase of the customers.
///
/// Shape: one value per purchase in each column, by customer, then by day.
#[derive(Debug, Default)]
pub(crate) struct PurchaseDays {
    /// The row of [`Base`].
    pub(crate) customer: Vec<u32>,
    /// Days since 1970; the first of the week if weeks are counted.
    pub(crate) day: Vec<i32>,
}

/// What was known at the end of the calibration period, and what followed.
#[derive(Debug, Default)]
pub(crate) struct Calibration {
    /// Rows of [`Base`]; `None` for customers with nothing left at its end, because all of it was returned after
    /// the calibration period.
    pub(crate) rows: Vec<Option<u32>>,
    /// Histories at the end of the calibration period.
    pub(crate) then: Columns,
    /// Purchases in the holdout period.
    pub(crate) purchases: Vec<f64>,
    /// Spend in the holdout period, in minor units.
    pub(crate) spend_minor: Vec<i64>,
    /// Purchases in as many days before the end of the calibration period.
    pub(crate) purchases_before: Vec<f64>,
    /// Spend in the same days.
    pub(crate) spend_before_minor: Vec<i64>,
    /// Repeat purchases by week, from the first day of the shop to the analysis date.
    pub(crate) weeks: Vec<Week>,
}

impl Calibration {
    /// The customers at the given places, with new rows of [`Base`]; the weeks remain those of all.
    fn at_places(&self, places: &[u32], rows: Vec<Option<u32>>) -> Self {
        let minor = |values: &[i64]| places.iter().map(|at| values[*at as usize]).collect();
        Self {
            rows,
            then: self.then.take(places),
            purchases: of_rows(&self.purchases, places),
            spend_minor: minor(&self.spend_minor),
            purchases_before: of_rows(&self.purchases_before, places),
            spend_before_minor: minor(&self.spend_before_minor),
            weeks: self.weeks.clone(),
        }
    }

    /// Rows of [`Base`] of the customers with anything left.
    pub(crate) fn present_rows(&self) -> Vec<u32> {
        self.rows.iter().flatten().copied().collect()
    }
}

/// A week that ends with the end of the calibration period, or full weeks before or after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Week {
    /// Days from the end of the calibration period to its last day.
    pub(crate) ends_after_days: i64,
    /// Repeat purchases in it.
    pub(crate) repeat_purchases: u64,
}

/// Days since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    /// The first day of the shop.
    pub(crate) first: i64,
    /// The analysis date.
    pub(crate) as_of: i64,
    /// The last day of the calibration period, if there is one.
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
    fn append(&mut self, more: Self) {
        self.x.extend(more.x);
        self.t_x.extend(more.t_x);
        self.t.extend(more.t);
        self.log_intervals.extend(more.log_intervals);
        self.repeat_minor.extend(more.repeat_minor);
        self.total_minor.extend(more.total_minor);
    }

    fn take(&self, rows: &[u32]) -> Self {
        let minor = |values: &[i64]| rows.iter().map(|row| values[*row as usize]).collect();
        Self {
            x: of_rows(&self.x, rows),
            t_x: of_rows(&self.t_x, rows),
            t: of_rows(&self.t, rows),
            log_intervals: of_rows(&self.log_intervals, rows),
            repeat_minor: minor(&self.repeat_minor),
            total_minor: minor(&self.total_minor),
        }
    }

    /// Counts distinct histories, in a unit of time.
    pub(crate) fn counted(&self, unit: TimeUnit) -> Result<CountedPatterns, ModelError> {
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

    /// Customers with a repeat purchase.
    pub(crate) fn repeat_buyers(&self) -> usize {
        self.x.iter().filter(|x| **x > 0.0).count()
    }
}

impl Base {
    /// Customers with anything left at the analysis date.
    pub(crate) fn present(self) -> Result<Self> {
        let all_present = self.calibration.as_ref().is_none_or(|kept| kept.rows.iter().all(Option::is_some));
        if all_present { Ok(self) } else { self.only(&vec![true; self.now.x.len()]) }
    }

    /// A subset of the customers; the weeks remain those of all.
    ///
    /// Contracts: `keep` has one value per customer (trusted).
    pub(crate) fn only(&self, keep: &[bool]) -> Result<Self> {
        let rows: Vec<u32> = (0..keep.len() as u32).filter(|row| keep[*row as usize]).collect();
        let mut number = vec![0_u32; keep.len()];
        for (new, old) in rows.iter().enumerate() {
            number[*old as usize] = new as u32;
        }
        let calibration = self.calibration.as_ref().map(|kept| {
            let is_kept = |row: Option<u32>| row.is_some_and(|row| keep[row as usize]);
            let places: Vec<u32> =
                (0..kept.rows.len() as u32).filter(|at| is_kept(kept.rows[*at as usize])).collect();
            let rows = places.iter().map(|at| kept.rows[*at as usize].map(|row| number[row as usize]));
            kept.at_places(&places, rows.collect())
        });
        let purchases = self.purchases.as_ref().map(|all| {
            let kept = all.customer.iter().zip(&all.day).filter(|(customer, _)| keep[**customer as usize]);
            let (customer, day) = kept.map(|(customer, day)| (number[*customer as usize], *day)).unzip();
            PurchaseDays { customer, day }
        });
        Ok(Self {
            customer_id: ids_of(&self.customer_id, &rows)?,
            now: self.now.take(&rows),
            calibration,
            purchases,
        })
    }
}

/// The values of the given rows.
pub(crate) fn of_rows(values: &[f64], rows: &[u32]) -> Vec<f64> {
    rows.iter().map(|row| values[*row as usize]).collect()
}

/// The ids of the given rows.
///
/// Errors: none for rows within the ids.
pub fn ids_of(ids: &ArrayRef, rows: &[u32]) -> Result<ArrayRef> {
    take(ids, &UInt32Array::from(rows.to_vec()), None).map_err(|e| Error::new(Kind::Internal, e.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array};
    use arrow::datatypes::Int64Type;
    use proptest::prelude::*;

    use super::*;

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
    }

    /// Five customers; the first and the fourth have the same history.
    fn columns() -> Columns {
        Columns {
            x: vec![1.0, 0.0, 2.0, 1.0, 0.0],
            t_x: vec![7.0, 0.0, 28.0, 7.0, 0.0],
            t: vec![70.0, 35.0, 70.0, 70.0, 14.0],
            log_intervals: vec![7_f64.ln(), 0.0, 2.0 * 14_f64.ln(), 7_f64.ln(), 0.0],
            repeat_minor: vec![250, 0, 900, 50, 0],
            total_minor: vec![350, 100, 1000, 75, 10],
        }
    }

    fn base() -> Base {
        Base {
            customer_id: Arc::new(Int64Array::from(vec![10, 20, 30, 40, 50])),
            now: columns(),
            calibration: Some(Calibration {
                // The second customer came later; one who sent everything back has no row.
                rows: vec![Some(0), None, Some(2), Some(3), Some(4)],
                then: columns(),
                purchases: vec![1.0, 2.0, 3.0, 4.0, 5.0],
                spend_minor: vec![10, 20, 30, 40, 50],
                purchases_before: vec![5.0, 4.0, 3.0, 2.0, 1.0],
                spend_before_minor: vec![50, 40, 30, 20, 10],
                weeks: vec![Week { ends_after_days: 0, repeat_purchases: 3 }],
            }),
            purchases: Some(PurchaseDays { customer: vec![0, 0, 1, 2, 3, 4], day: vec![1, 8, 3, 5, 6, 7] }),
        }
    }

    #[test]
    fn equal_histories_are_counted_once() {
        let counted = columns().counted(TimeUnit::Days).expect("valid");
        assert_eq!(counted.patterns.x.len(), 4);
        assert_eq!(counted.pattern_of[0], counted.pattern_of[3]);
        assert_eq!(counted.pattern_of.len(), 5);
        near(&[counted.patterns.count.iter().sum::<f64>()], &[5.0]);
        near(&[counted.patterns.count[counted.pattern_of[0] as usize]], &[2.0]);
    }

    #[test]
    fn in_weeks_times_are_a_seventh_and_logs_lose_that_of_seven_per_interval() {
        let (days, weeks) = (columns().counted(TimeUnit::Days), columns().counted(TimeUnit::Weeks));
        let (days, weeks) = (days.expect("valid").patterns, weeks.expect("valid").patterns);
        near(&weeks.t_x, &days.t_x.iter().map(|t| t / 7.0).collect::<Vec<f64>>());
        near(&weeks.t, &days.t.iter().map(|t| t / 7.0).collect::<Vec<f64>>());
        // Four repeat purchases in all: 2 * ln 7 + 2 * ln 14 in days, each less ln 7 in weeks.
        let logs = [days.log_intervals.expect("known"), weeks.log_intervals.expect("known")];
        near(&logs, &[2.0 * 7_f64.ln() + 2.0 * 14_f64.ln(), 2.0 * 2_f64.ln()]);
    }

    #[test]
    fn a_last_purchase_after_the_end_is_refused() {
        let mut columns = columns();
        columns.t_x[2] = 71.0;
        assert!(matches!(columns.counted(TimeUnit::Days), Err(ModelError::BadHistory { row: 2, .. })));
    }

    #[test]
    fn mean_spend_is_that_of_repeat_purchases_in_the_unit_of_the_currency() {
        near(&columns().mean_spend(100.0), &[2.5, 0.0, 4.5, 0.5, 0.0]);
        near(&columns().mean_spend(1.0), &[250.0, 0.0, 450.0, 50.0, 0.0]);
        assert_eq!(columns().repeat_buyers(), 3);
        assert_eq!(Columns::default().repeat_buyers(), 0);
    }

    #[test]
    fn days_are_calendar_days_before_and_after_1970() {
        let days = Days::of(Some((-1, 5 * DAY_MICROS)), 3 * DAY_MICROS - 1);
        assert_eq!((days.first, days.as_of, days.calibration_end), (-1, 2, None));
        // Without rows the analysis date is the only day.
        let days = Days::of(None, 9 * DAY_MICROS);
        assert_eq!((days.first, days.as_of), (9, 9));
    }

    #[test]
    fn who_has_nothing_left_is_not_among_the_present() {
        let base = base();
        assert_eq!(base.calibration.as_ref().expect("split").present_rows(), [0, 2, 3, 4]);
        let present = base.present().expect("rows");
        // All customers of today remain, also the one acquired later.
        assert_eq!(present.customer_id.len(), 5);
        let kept = present.calibration.expect("split");
        assert_eq!(kept.rows, [Some(0), Some(2), Some(3), Some(4)]);
        assert_eq!(kept.spend_minor, [10, 30, 40, 50]);
        assert_eq!(kept.spend_before_minor, [50, 30, 20, 10]);
        near(&kept.purchases, &[1.0, 3.0, 4.0, 5.0]);
        near(&kept.purchases_before, &[5.0, 3.0, 2.0, 1.0]);
        assert_eq!(kept.weeks.len(), 1);
    }

    #[test]
    fn some_customers_keep_their_own_values_under_new_numbers() {
        let some = base().only(&[false, true, true, false, true]).expect("rows");
        assert_eq!(some.customer_id.as_primitive::<Int64Type>().values().to_vec(), [20, 30, 50]);
        near(&some.now.t, &[35.0, 70.0, 14.0]);
        near(&some.now.log_intervals, &[0.0, 2.0 * 14_f64.ln(), 0.0]);
        assert_eq!(some.now.total_minor, [100, 1000, 10]);
        let purchases = some.purchases.expect("known");
        assert_eq!((purchases.customer, purchases.day), (vec![0, 1, 2], vec![3, 5, 7]));
        let kept = some.calibration.expect("split");
        assert_eq!(kept.rows, [Some(1), Some(2)]);
        assert_eq!(kept.spend_minor, [30, 50]);
        assert_eq!(kept.then.total_minor, [1000, 10]);
    }

    #[test]
    fn ids_are_taken_in_the_order_asked_for_and_as_often() {
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![7, 8, 9]));
        let found = ids_of(&ids, &[2, 0, 0]).expect("within");
        assert_eq!(found.as_primitive::<Int64Type>().values().to_vec(), [9, 7, 7]);
        assert_eq!(ids_of(&ids, &[]).expect("none").len(), 0);
    }

    proptest! {
        #[test]
        fn two_choices_after_each_other_are_one(keep in prop::collection::vec(any::<[bool; 2]>(), 5)) {
            let first: Vec<bool> = keep.iter().map(|both| both[0]).collect();
            let second: Vec<bool> = keep.iter().filter(|both| both[0]).map(|both| both[1]).collect();
            let both: Vec<bool> = keep.iter().map(|both| both[0] && both[1]).collect();
            let twice = base().only(&first).expect("rows").only(&second).expect("rows");
            let once = base().only(&both).expect("rows");
            prop_assert_eq!(format!("{twice:?}"), format!("{once:?}"));
        }

        #[test]
        fn every_customer_finds_the_own_history_among_the_counted(
            histories in prop::collection::vec((0_u32..4, 1_u32..30, 0_u32..40), 1..60),
        ) {
            let mut columns = Columns::default();
            for (x, last, rest) in &histories {
                let t_x = if *x == 0 { 0 } else { *last };
                columns.x.push(f64::from(*x));
                columns.t_x.push(f64::from(t_x));
                columns.t.push(f64::from(t_x + rest));
                columns.log_intervals.push(0.0);
            }
            let counted = columns.counted(TimeUnit::Days).expect("valid");
            for (row, pattern) in counted.pattern_of.iter().enumerate() {
                let history = counted.patterns.history(*pattern as usize);
                let own = (columns.x[row], columns.t_x[row], columns.t[row]);
                prop_assert_eq!((f64::from(history.x), history.t_x, history.t), own);
            }
            let distinct: std::collections::BTreeSet<_> = histories
                .iter()
                .map(|(x, last, rest)| if *x == 0 { (0, 0, *rest) } else { (*x, *last, last + rest) })
                .collect();
            prop_assert_eq!(counted.patterns.x.len(), distinct.len());
            prop_assert_eq!(counted.patterns.count.iter().sum::<f64>() as usize, histories.len());
        }
    }
}
