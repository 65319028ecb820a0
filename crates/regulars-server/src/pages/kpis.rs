//! The headline numbers: what each means, and how it changed.

use regulars_core::summary::{PeriodComparison, RunSummary};

use crate::filter::Selection;
use crate::format::{self, Direction};
use crate::measures::{Figures, Measure, Unit, figures, measure};
use crate::view::View;

/// One headline number.
#[derive(Debug)]
pub(crate) struct Kpi {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// What it means, in plain words.
    pub(crate) definition: &'static str,
    /// The latest period in words, or what else belongs to the number.
    pub(crate) latest: String,
    pub(crate) change: Option<Change>,
}

/// How a number changed from one period to the next.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) text: String,
    pub(crate) direction: &'static str,
    /// What it is compared with.
    pub(crate) against: String,
}

/// Those of the measures that the run bears out.
pub(crate) fn kpis(view: &View, ids: &[&str]) -> Vec<Kpi> {
    // Against everybody: what the choice is for.
    let everybody = if view.chosen.is_all() {
        None
    } else {
        view.frame.len().ok().and_then(|rows| figures(&view.frame, &Selection::all(rows)).ok())
    };
    ids.iter().filter_map(|id| kpi(view, measure(id)?, everybody.as_ref())).collect()
}

fn kpi(view: &View, measure: &'static Measure, everybody: Option<&Figures>) -> Option<Kpi> {
    // Of nobody, counts and sums are nothing; means are not a number of anything.
    let value = match ((measure.of)(&view.figures), measure.in_period) {
        (Some(value), _) => written(view, measure.unit, value),
        (None, Some(_)) => format::NOTHING.to_owned(),
        (None, None) => return None,
    };
    let summary = &view.figures.summary;
    let latest = match (measure.in_period, &summary.periods) {
        (Some(of), Some(periods)) => of(&periods.current).map(|value| {
            let number = written(view, measure.unit, value);
            format!("Last {} days: {number} {}", periods.days, measure.period_words).trim_end().to_owned()
        }),
        _ => None,
    };
    Some(Kpi {
        id: measure.id,
        label: measure.label,
        value,
        definition: measure.definition,
        latest: latest.or_else(|| said(view, measure, everybody)).unwrap_or_default(),
        change: change(view, measure),
    })
}

/// A number of a measure as people read it.
fn written(view: &View, unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => format::count(value.round().max(0.0) as u64),
        Unit::Money => view.money.mean(value),
        Unit::Share => format::percent(value),
        Unit::Days => format!("{} days", format::mean(value)),
        Unit::Number => format::mean(value),
    }
}

fn change(view: &View, measure: &Measure) -> Option<Change> {
    if view.query.filter.is_by_behaviour() {
        return None;
    }
    let periods = comparable(&view.figures.summary, &view.frame.summary)?;
    let of = measure.in_period?;
    let (current, previous) = (of(&periods.current)?, of(&periods.previous)?);
    let (text, direction): (String, Direction) = match measure.unit {
        Unit::Share => format::change_in_points(current, previous),
        _ => format::change(current, previous)?,
    };
    Some(Change {
        text,
        direction: direction.class(),
        against: format!("against the {} days before", periods.days),
    })
}

/// What stands below a number that has no period.
fn said(view: &View, measure: &Measure, everybody: Option<&Figures>) -> Option<String> {
    let run = &view.frame.summary;
    match measure.id {
        "predicted_value" => {
            let (value, found) = (run.value.as_ref()?, view.figures.value?);
            let horizon = format!("next {} days", value.horizon_days);
            Some(match found.interval_minor {
                Some((low, high)) => format!(
                    "{} to {}, {:.0}% interval, {horizon}",
                    view.money.mean(low),
                    view.money.mean(high),
                    value.interval_level * 100.0
                ),
                None => format!("in the {horizon}; the interval is known for all customers together"),
            })
        }
        "predicted_total" => {
            let (value, _) = (run.value.as_ref()?, view.figures.value?);
            Some(if view.chosen.is_all() {
                format!(
                    "{} to {}, {:.0}% interval",
                    view.money.rounded(value.total_ltv_low_minor as f64),
                    view.money.rounded(value.total_ltv_high_minor as f64),
                    value.interval_level * 100.0
                )
            } else {
                let all = value.total_ltv_minor as f64;
                format!(
                    "{} of what is expected of all",
                    format::percent(view.figures.value?.total_minor / all)
                )
            })
        }
        "will_buy" => Some(format!(
            "at least once in the next {} days, about {}",
            run.value.as_ref()?.horizon_days,
            format::counted(
                (view.figures.sums.purchase_mean() * view.figures.sums.valued as f64).round() as u64,
                "customer",
                "customers"
            )
        )),
        "still_customers" => Some(format!(
            "about {} of {}",
            format::count((view.figures.value?.alive_mean * view.figures.sums.valued as f64).round() as u64),
            format::counted(view.figures.sums.valued, "customer", "customers")
        )),
        "top_fifth_share" => Some(format!(
            "Over the whole time, {}",
            format::span(&view.figures.summary.first_purchase, &view.figures.summary.last_purchase)
        )),
        "recency_mean" => Some(format!("median {} days", median(view, &view.frame.recency_days().ok()?)?)),
        "frequency_mean" => Some(format!("median {}", median(view, &view.frame.orders_of_each().ok()?)?)),
        "monetary_mean" => {
            Some(format!("median {}", view.money.exact(median(view, &view.frame.spend_minor().ok()?)?)))
        }
        _ => Some(format!("{} of all customers", written(view, measure.unit, (measure.of)(everybody?)?))),
    }
}

/// The value of the customer in the middle.
fn median(view: &View, values: &[i64]) -> Option<i64> {
    let mut found: Vec<i64> = view.chosen.rows().map(|row| values[row]).collect();
    let middle = found.len().checked_sub(1)? / 2;
    Some(*found.select_nth_unstable(middle).1)
}

/// The two periods, if the data reach back over all of both.
pub(crate) fn comparable<'a>(chosen: &'a RunSummary, run: &RunSummary) -> Option<&'a PeriodComparison> {
    chosen.periods.as_ref().filter(|p| run.first_purchase.get(..10) <= p.previous.from.get(..10))
}

/// Why there is no comparison, if there is none.
pub(crate) fn comparison_note(view: &View) -> Option<String> {
    if view.query.filter.is_by_behaviour() && !view.chosen.is_all() {
        return Some(
            "These customers were chosen by what they did, so their last period is not compared with the one before it: the \
             difference would show the choice, not the business."
                .to_owned(),
        );
    }
    let summary = &view.frame.summary;
    match (&summary.periods, comparable(summary, summary)) {
        (_, Some(_)) => None,
        (Some(p), None) => Some(format!(
            "The data begin on {}, so there are no full {} days to compare the last {} days with.",
            format::day(&summary.first_purchase),
            p.days,
            p.days
        )),
        (None, None) => {
            Some("The data cover too short a time to compare one period with another.".to_owned())
        }
    }
}
