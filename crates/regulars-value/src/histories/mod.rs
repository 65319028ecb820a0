//! Purchase histories as columns: at the analysis date and, if there is one, at the end of the calibration
//! period.
//!
//! Deliberately not here: how they are folded from purchases ([`read`]).

mod read;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;
use regulars_core::dates::DAY_MICROS;
use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::patterns::{BadRows, CountedPatterns, Histories, count_patterns};
use regulars_models::lifetime::time::TimeUnit;

pub(crate) use read::{histories, histories_and_purchases, period};

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
    /// Rows of [`Base`]; `None` for customers with nothing left at the analysis date, because all of it was
    /// returned after the calibration period.
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
            let minor = |values: &[i64]| places.iter().map(|at| values[*at as usize]).collect();
            Calibration {
                rows: places
                    .iter()
                    .map(|at| kept.rows[*at as usize].map(|row| number[row as usize]))
                    .collect(),
                then: kept.then.take(&places),
                purchases: of_rows(&kept.purchases, &places),
                spend_minor: minor(&kept.spend_minor),
                purchases_before: of_rows(&kept.purchases_before, &places),
                spend_before_minor: minor(&kept.spend_before_minor),
                weeks: kept.weeks.clone(),
            }
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
