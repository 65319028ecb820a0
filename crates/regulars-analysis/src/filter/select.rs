//! Applying a filter to a frame: one bit per customer, computed once per request.

use std::collections::BTreeSet;

use regulars_core::tables::{ltv_predictions, rfm_scores};

use super::{ComparedWith, Filter, NOT_YET_CUSTOMER, RangeFilter};
use crate::error::BackendError;
use crate::format;
use crate::frame::{Coded, Frame, present};

/// The selected customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    bits: Vec<u64>,
    rows: usize,
    count: usize,
    /// Conditions that no customer of the run can meet, for the page.
    pub unknown: Vec<String>,
}

impl Selection {
    /// All customers.
    pub fn all(rows: usize) -> Self {
        let mut bits = vec![u64::MAX; rows.div_ceil(64)];
        if let Some(last) = bits.last_mut()
            && !rows.is_multiple_of(64)
        {
            *last = (1 << (rows % 64)) - 1;
        }
        Self { bits, rows, count: rows, unknown: Vec::new() }
    }

    /// Number of selected customers.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether no customer is selected.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether all customers are selected.
    pub fn is_all(&self) -> bool {
        self.count == self.rows
    }

    /// Whether the customer is selected.
    pub fn has(&self, row: usize) -> bool {
        self.bits.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The selected rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.bits.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros() as usize;
                    left &= left - 1;
                    at * 64 + bit
                })
            })
        })
    }

    /// Keeps the selected customers who meet another condition.
    pub fn keep(&mut self, meets: impl Fn(usize) -> bool) {
        self.count = 0;
        for (at, word) in self.bits.iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                if !meets(at * 64 + bit) {
                    *word &= !(1 << bit);
                }
            }
            self.count += word.count_ones() as usize;
        }
    }

    fn none_for(&mut self, why: String) {
        self.keep(|_| false);
        self.unknown.push(why);
    }
}

/// The customers of the frame that match the filter.
///
/// # Errors
///
/// Any [`BackendError`] of the columns needed.
pub fn select(frame: &Frame, filter: &Filter) -> Result<Selection, BackendError> {
    let mut chosen = Selection::all(frame.len()?);
    if !filter.segments.is_empty() {
        classes(&mut chosen, Some(&*frame.segments()?), &filter.segments, "segment");
    }
    if !filter.clusters.is_empty() {
        classes(&mut chosen, frame.clusters()?.as_deref(), &filter.clusters, "cluster");
    }
    if !filter.deciles.is_empty() {
        classes(&mut chosen, frame.deciles()?.as_deref(), &filter.deciles, "LTV decile");
    }
    if filter.acquired_from.is_some() || filter.acquired_to.is_some() {
        months(&mut chosen, frame.acquired()?.as_deref(), filter);
    }
    for (name, wanted) in &filter.attributes {
        let found = frame.attribute(name)?;
        let words = name.replace('_', " ");
        classes(&mut chosen, found.as_ref().map(|found| &found.classes), wanted, &words);
    }
    for (score, wanted) in &filter.scores {
        let scores = frame.score(score.column())?;
        chosen.keep(|row| wanted.contains(&scores[row]));
    }
    for (limited, limits) in &filter.limits {
        let values = match limited {
            RangeFilter::RecencyDays => Some(frame.recency_days()?),
            RangeFilter::Orders => Some(frame.orders_of_each()?),
            RangeFilter::SpendMinor => Some(frame.spend_minor()?),
            RangeFilter::ValueMinor => frame.expected_minor()?,
            RangeFilter::RfmScore => Some(frame.score(rfm_scores::COLUMNS.rfm_score)?),
            RangeFilter::AlivePercent => frame.percents(ltv_predictions::COLUMNS.p_alive)?,
            RangeFilter::ChurnPercent => frame.percents(ltv_predictions::COLUMNS.p_churn)?,
        };
        match values {
            Some(values) => chosen.keep(|row| present(values[row]).is_some_and(|value| limits.hold(value))),
            None => chosen.none_for("this run has no lifetime values to filter by".to_owned()),
        }
    }
    if !filter.was.is_empty() {
        moved(&mut chosen, frame, filter)?;
    }
    Ok(chosen)
}

/// Filters by the segment at an earlier date or in another run.
fn moved(chosen: &mut Selection, frame: &Frame, filter: &Filter) -> Result<(), BackendError> {
    let Some(then) = &filter.then else {
        chosen.none_for("`was` needs an earlier date (`since`) or another run (`against`)".to_owned());
        return Ok(());
    };
    let Some(past) = frame.past(then)? else {
        let day = match then {
            ComparedWith::Day(day) | ComparedWith::Run(day) => format::day(day),
        };
        chosen.none_for(format!(
            "there are no segments for {day}: it is not before the analysis date, or it is before the data"
        ));
        return Ok(());
    };
    let new = past.segment.labels.len();
    let mut is_wanted = vec![false; new + 1];
    for segment in &filter.was {
        match past.segment.code(segment) {
            _ if segment == NOT_YET_CUSTOMER => is_wanted[new] = true,
            Some(code) => is_wanted[usize::from(code)] = true,
            None => chosen.unknown.push(format!("there was no segment “{segment}” then")),
        }
    }
    chosen.keep(|row| is_wanted[usize::from(past.segment.codes[row]).min(new)]);
    Ok(())
}

fn classes(chosen: &mut Selection, coded: Option<&Coded>, wanted: &BTreeSet<String>, kind: &str) {
    let Some(coded) = coded else {
        chosen.none_for(format!("this run has no {kind} to filter by"));
        return;
    };
    let mut is_wanted = vec![false; coded.labels.len()];
    for label in wanted {
        match coded.code(label) {
            Some(code) => is_wanted[usize::from(code)] = true,
            None => chosen.unknown.push(format!("there is no {kind} “{label}” in this run")),
        }
    }
    chosen.keep(|row| is_wanted.get(usize::from(coded.codes[row])).copied().unwrap_or(false));
}

fn months(chosen: &mut Selection, acquired: Option<&Coded>, filter: &Filter) {
    let Some(acquired) = acquired else {
        chosen.none_for("this run does not have first order dates".to_owned());
        return;
    };
    let (from, to) = (filter.acquired_from.as_deref(), filter.acquired_to.as_deref());
    let is_wanted: Vec<bool> = acquired
        .labels
        .iter()
        .map(|month| {
            from.is_none_or(|from| month.as_str() >= from) && to.is_none_or(|to| month.as_str() <= to)
        })
        .collect();
    chosen.keep(|row| is_wanted.get(usize::from(acquired.codes[row])).copied().unwrap_or(false));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_kept() {
        for rows in [0, 1, 63, 64, 65, 200] {
            let mut chosen = Selection::all(rows);
            assert_eq!((chosen.len(), chosen.is_all()), (rows, true));
            assert!(chosen.rows().eq(0..rows));
            chosen.keep(|row| row % 3 == 0);
            let expected: Vec<usize> = (0..rows).filter(|row| row % 3 == 0).collect();
            assert!(chosen.rows().eq(expected.iter().copied()));
            assert_eq!(chosen.len(), expected.len());
            assert!(!chosen.has(rows) && (rows == 0 || chosen.has(0)));
        }
    }
}
