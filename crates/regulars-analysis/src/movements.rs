//! Segment movements: the filtered customers by segment then and segment now.
//!
//! Up and down refer to the customer's RFM score, not to the segment: segments of user-defined rule sets have
//! no natural order.

use std::sync::Arc;

use regulars_core::tables::rfm_scores;

use crate::columns::{date_of, day_of};
use crate::error::BackendError;
use crate::filter::{ComparedWith, Filter, NOT_YET_CUSTOMER};
use crate::filtered_run::FilteredRun;
use crate::format;
use crate::frame::{Past, present};

/// Offered distances to the analysis date, in days; the first that the data cover is the default.
pub const DAYS_BEFORE: [i32; 4] = [90, 180, 365, 30];

/// Customers who moved from one segment to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// Customers who moved.
    pub customers: u64,
    /// Spend until now (until then for customers no longer in the data), minor units.
    pub spend_minor: i64,
    /// Spend since then.
    pub since_minor: i64,
    /// Customers whose RFM score rose.
    pub rose: u64,
    /// Customers whose RFM score fell.
    pub fell: u64,
}

impl Flow {
    fn add(&mut self, other: &Self) {
        self.customers += other.customers;
        self.spend_minor += other.spend_minor;
        self.since_minor += other.since_minor;
        self.rose += other.rose;
        self.fell += other.fell;
    }
}

/// The transitions between segments.
pub struct Movements {
    /// The earlier time.
    pub past: Arc<Past>,
    /// Segments, by priority.
    pub segments: Vec<String>,
    /// By segment then (last: not yet a customer) and segment now (last: not in this run).
    flows: Vec<Flow>,
    /// Whether customers only in the other run are counted; filters cannot apply to them.
    pub with_gone: bool,
}

impl Movements {
    fn side(&self) -> usize {
        self.segments.len() + 1
    }

    /// The index for “not yet a customer” (then) and “not in this run” (now).
    pub fn outside(&self) -> usize {
        self.segments.len()
    }

    /// The customers of a segment then who are in another segment now.
    pub fn flow(&self, from: usize, to: usize) -> &Flow {
        &self.flows[from * self.side() + to]
    }

    /// All non-empty flows, by segment then and segment now.
    pub fn flows(&self) -> impl Iterator<Item = (usize, usize, &Flow)> + '_ {
        let side = self.side();
        self.flows
            .iter()
            .enumerate()
            .filter(|(_, flow)| flow.customers > 0)
            .map(move |(at, flow)| (at / side, at % side, flow))
    }

    fn sum<'a>(flows: impl Iterator<Item = &'a Flow>) -> Flow {
        let mut sum = Flow::default();
        flows.for_each(|flow| sum.add(flow));
        sum
    }

    /// All customers of a segment then.
    pub fn from(&self, segment: usize) -> Flow {
        Self::sum((0..self.side()).map(|to| self.flow(segment, to)))
    }

    /// All customers of a segment now.
    pub fn to(&self, segment: usize) -> Flow {
        Self::sum((0..self.side()).map(|from| self.flow(from, segment)))
    }

    /// Customers now, in any segment.
    pub fn to_all(&self) -> u64 {
        (0..self.outside()).map(|at| self.to(at).customers).sum()
    }

    /// Customers both then and now, in any segment.
    pub fn both(&self) -> Flow {
        let inside = |at: usize| at < self.outside();
        Self::sum(self.flows().filter(|(from, to, _)| inside(*from) && inside(*to)).map(|(_, _, flow)| flow))
    }

    /// Number of these customers who stayed in their segment.
    pub fn stayed(&self) -> Flow {
        Self::sum((0..self.outside()).map(|at| self.flow(at, at)))
    }

    /// Customers both then and now, in words.
    pub fn of_both(&self) -> String {
        match &self.past.run {
            Some(_) => "customers in both runs".to_owned(),
            None => format!("customers as of {}", format::day(&self.past.day)),
        }
    }

    /// The name of a segment then.
    pub fn was(&self, place: usize) -> String {
        let nobody = if self.past.run.is_some() { "Not in that run" } else { "Not yet a customer" };
        self.segments.get(place).cloned().unwrap_or_else(|| nobody.to_owned())
    }

    /// The name of a segment now.
    pub fn is(&self, place: usize) -> String {
        self.segments.get(place).cloned().unwrap_or_else(|| "Not in this run".to_owned())
    }

    /// `filter` narrowed to the customers of a flow (or of one side, if the other is `None`), if they are in
    /// this run.
    pub fn narrowed(&self, filter: &Filter, from: Option<usize>, to: Option<usize>) -> Option<Filter> {
        if to == Some(self.outside()) {
            return None;
        }
        let mut filter = filter.clone();
        if let Some(from) = from {
            let was = self.segments.get(from).map_or(NOT_YET_CUSTOMER, String::as_str);
            filter = Filter { was: [was.to_owned()].into(), then: Some(self.then()), ..filter };
        }
        if let Some(to) = to {
            filter = filter.with_segment(&self.segments[to]);
        }
        Some(filter)
    }

    /// The other day or run, as a URL parameter.
    pub fn then(&self) -> ComparedWith {
        match &self.past.run {
            Some(run) => ComparedWith::Run(run.clone()),
            None => ComparedWith::Day(self.past.day.clone()),
        }
    }
}

/// The day `days` before the analysis date, if the data reach back to it.
pub fn day_before(run: &FilteredRun, days: i32) -> Option<String> {
    let as_of = day_of(&run.frame.summary.as_of)?;
    let day = date_of(as_of - days);
    run.frame.is_before(&day).then_some(day)
}

/// The day or run selected; by default one of [`DAYS_BEFORE`], or the middle of the data if they are too
/// short.
pub fn then_of(run: &FilteredRun) -> Option<ComparedWith> {
    if let Some(then) = &run.filter.then {
        return Some(then.clone());
    }
    let middle = || {
        let summary = &run.frame.summary;
        let days = day_of(&summary.as_of)? - day_of(&summary.first_purchase)?;
        day_before(run, (days + 1) / 2)
    };
    DAYS_BEFORE.into_iter().find_map(|days| day_before(run, days)).or_else(middle).map(ComparedWith::Day)
}

/// Counts the movements of the filtered customers.
///
/// Shape: `None` if there is nothing to compare with.
///
/// # Errors
///
/// See [`crate::frame::Frame::past`].
pub fn movements(run: &FilteredRun) -> Result<Option<Movements>, BackendError> {
    let Some(then) = then_of(run) else { return Ok(None) };
    let Some(past) = run.frame.past(&then)? else { return Ok(None) };
    let now = run.frame.segments()?;
    let (score, spend) = (run.frame.score(rfm_scores::COLUMNS.rfm_score)?, run.frame.spend_minor()?);
    let segments = past.segment.labels.clone();
    let (outside, side) = (segments.len(), segments.len() + 1);
    let mut flows = vec![Flow::default(); side * side];
    for row in run.chosen.rows() {
        let from = usize::from(past.segment.codes[row]).min(outside);
        let to = usize::from(now.codes[row]);
        if to >= outside {
            continue;
        }
        let before = present(past.rfm_score[row]);
        let flow = &mut flows[from * side + to];
        flow.customers += 1;
        flow.spend_minor += spend[row];
        flow.since_minor += spend[row] - past.spend_minor[row];
        flow.rose += u64::from(before.is_some_and(|before| score[row] > before));
        flow.fell += u64::from(before.is_some_and(|before| score[row] < before));
    }
    let with_gone = run.chosen.is_all();
    if with_gone {
        for (from, gone) in past.gone.iter().enumerate() {
            let flow = &mut flows[from * side + outside];
            (flow.customers, flow.spend_minor) = (gone.customers, gone.spend_minor);
        }
    }
    Ok(Some(Movements { past, segments, flows, with_gone }))
}
