//! Applying a filter to a frame, once per request.

use std::collections::BTreeSet;

use regulars_core::tables::{ltv_predictions, rfm_scores};

use crate::error::BackendError;
use crate::filter::{ComparedWith, Filter, NOT_YET_CUSTOMER, RangeFilter};
use crate::format;
use crate::frame::{Coded, Frame, present};
use crate::selection::Selection;

/// The customers of the frame that match the filter.
///
/// # Errors
///
/// Any [`BackendError`] of the columns needed.
pub(crate) fn select(frame: &Frame, filter: &Filter) -> Result<Selection, BackendError> {
    let mut chosen = Selection::all(frame.count()?);
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
