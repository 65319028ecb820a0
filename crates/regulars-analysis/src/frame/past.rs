//! Segments of the customers at an earlier date, or in another run.

use std::sync::Arc;

use super::cache::MemorySize;
use super::coded::{Coded, NONE};
use super::customers::{BASE, Frame, SCORES, unexpected};
use crate::backend::{AliveOverTime, PastScores};
use crate::columns::{Column, NO_INTEGER, day_of};
use crate::error::BackendError;
use crate::filter::ComparedWith;

/// Customers of an earlier segment who are not in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FormerCustomers {
    pub customers: u64,
    /// Spend up to that time, minor units.
    pub spend_minor: i64,
}

/// The customers of the frame at an earlier time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The other run, if one was given.
    pub run: Option<String>,
    /// Segment per customer of the frame; none for those who were not customers yet. The frame's labels come
    /// first.
    pub segment: Coded,
    /// RFM score; [`NO_INTEGER`] if not yet a customer.
    pub rfm_score: Vec<i64>,
    /// Spend up to that time, minor units; 0 if not yet a customer.
    pub spend_minor: Vec<i64>,
    /// By segment, customers who are only in the other run.
    pub gone: Vec<FormerCustomers>,
}

impl MemorySize for Past {
    fn bytes(&self) -> usize {
        self.segment.bytes() + self.rfm_score.len() * 16
    }
}

impl MemorySize for AliveOverTime {
    fn bytes(&self) -> usize {
        64 + self.days.len() * 12
    }
}

impl Frame {
    /// The customers at an earlier time.
    ///
    /// Shape: `None` for a day that is not before the analysis date, or is before the first order.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; [`BackendError::UnknownRun`] for a missing run.
    pub fn past(&self, then: &ComparedWith) -> Result<Option<Arc<Past>>, BackendError> {
        let found = match then {
            ComparedWith::Day(day) => self.cached(&format!("past day {day}"), || {
                let Some(number) = day_of(day).filter(|_| self.is_before(day)) else { return Ok(None) };
                let scores = self.backend.computer.past_scores(&self.dataset, &self.run, number)?;
                Ok(Some(Arc::new(self.matched_with(scores, day.clone(), None)?)))
            })?,
            ComparedWith::Run(run) => {
                // Resolve `previous` and prefixes to the full name.
                let run = self.backend.reader.manifest(&self.dataset, Some(run))?.run_id;
                self.cached(&format!("past run {run}"), || {
                    let (scores, day) = self.scores_of(&run)?;
                    Ok(Some(Arc::new(self.matched_with(scores, day, Some(run.clone()))?)))
                })?
            }
        };
        Ok((*found).clone())
    }

    /// Whether the data cover a day and time after it.
    pub(crate) fn is_before(&self, day: &str) -> bool {
        let (first, last) = (self.summary.first_purchase.get(..10), self.summary.as_of.get(..10));
        first.is_some_and(|first| first <= day) && last.is_some_and(|last| day < last)
    }

    /// The scores of another run, and its analysis date.
    fn scores_of(&self, run: &str) -> Result<(PastScores, String), BackendError> {
        let summary = self.backend.reader.summary(&self.dataset, Some(run))?;
        let day = summary.as_of.get(..10).unwrap_or_default().to_owned();
        let names = [SCORES.customer_id, SCORES.segment, SCORES.rfm_score, SCORES.monetary_minor]
            .map(|column| column.stored);
        let columns = if self.backend.reader.table(&self.dataset, run, BASE)?.is_some() {
            self.backend.reader.columns(&self.dataset, run, BASE, &names)?
        } else {
            Vec::new()
        };
        let columns: Result<[Column; 4], _> = columns.try_into();
        let Ok(
            [customer_id, Column::Text(segment), Column::Integers(rfm_score), Column::Integers(spend_minor)],
        ) = columns
        else {
            return Err(unexpected(SCORES.segment));
        };
        Ok((PastScores { customer_id, segment, rfm_score, spend_minor }, day))
    }

    fn matched_with(&self, then: PastScores, day: String, run: Option<String>) -> Result<Past, BackendError> {
        let now = self.segments()?;
        let order: Vec<&str> = now.labels.iter().map(String::as_str).collect();
        let of_then = Coded::of_text(&Column::Text(then.segment), &order);
        let rows = self.rows_of(&then.customer_id)?;
        let customers = self.count()?;
        let mut past = Past {
            day,
            run,
            segment: Coded { codes: vec![NONE; customers], labels: of_then.labels.clone() },
            rfm_score: vec![NO_INTEGER; customers],
            spend_minor: vec![0; customers],
            gone: vec![FormerCustomers::default(); of_then.labels.len()],
        };
        for (at, row) in rows.into_iter().enumerate() {
            let row = row as usize;
            if row < customers {
                past.segment.codes[row] = of_then.codes[at];
                past.rfm_score[row] = then.rfm_score[at];
                past.spend_minor[row] = then.spend_minor[at];
            } else if let Some(gone) = past.gone.get_mut(usize::from(of_then.codes[at])) {
                gone.customers += 1;
                gone.spend_minor += then.spend_minor[at];
            }
        }
        Ok(past)
    }

    /// P(alive) over time of the customer in a row; `None` if the run has no saved model.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn alive_over_time(
        &self,
        row: usize,
        purchase_days: &[i32],
    ) -> Result<Option<AliveOverTime>, BackendError> {
        let line = self.cached(&format!("alive {row}"), || {
            self.backend.computer.alive_over_time(&self.dataset, &self.run, purchase_days)
        })?;
        Ok((*line).clone())
    }
}
