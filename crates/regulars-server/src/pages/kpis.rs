//! Headline numbers: definition and change.

use regulars_analysis::claims::activity::ActivityForecast;
use regulars_analysis::claims::compare::comparison;
use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::measures::{Figures, Measure, Unit, figures, measure};
use regulars_analysis::selection::Selection;

use crate::view::View;

/// One headline number.
#[derive(Debug)]
pub(crate) struct Kpi {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    /// Short, such as `€17.8M`.
    pub(crate) value: String,
    /// The exact value, if `value` is rounded.
    pub(crate) exact: Option<String>,
    /// Definition of the measure.
    pub(crate) definition: &'static str,
    /// The latest period in words, or another line of detail.
    pub(crate) latest: String,
    /// Change against each comparable period, the most informative first.
    pub(crate) changes: Vec<Change>,
}

/// Change of a number against another period.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) text: String,
    pub(crate) direction: &'static str,
    /// What it is compared with.
    pub(crate) against: String,
}

/// Those of the measures that the run has.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub(crate) fn kpis(view: &View, ids: &[&str]) -> Result<Vec<Kpi>, BackendError> {
    // A filtered figure is shown next to that of all customers.
    let everybody = if view.chosen.is_all() {
        None
    } else {
        view.frame.count().ok().and_then(|rows| figures(&view.frame, &Selection::all(rows)).ok())
    };
    let activity = view.activity()?;
    let others = Others { everybody, activity };
    Ok(ids.iter().filter_map(|id| kpi(view, measure(id)?, &others)).collect())
}

/// Figures shown for comparison.
struct Others {
    /// Figures of all customers, if a filter is in force.
    everybody: Option<Figures>,
    /// Activity of the customers: P(purchase) and P(alive).
    activity: Option<ActivityForecast>,
}

fn kpi(view: &View, measure: &'static Measure, others: &Others) -> Option<Kpi> {
    // With no customers selected, counts and sums show a dash, and means are omitted.
    let (value, exact) = match ((measure.of)(&view.figures), measure.in_period) {
        (Some(value), _) => {
            short_and_exact(headline(view, measure.unit, value), written(view, measure.unit, value))
        }
        (None, Some(_)) => (format::NOTHING.to_owned(), None),
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
        exact,
        definition: measure.definition,
        latest: latest.or_else(|| detail(view, measure, others)).unwrap_or_default(),
        changes: changes(view, measure),
    })
}

/// A headline, and the exact value if it is rounded.
pub(super) fn short_and_exact(short: String, exact: String) -> (String, Option<String>) {
    let is_rounded = short != exact;
    (short, is_rounded.then_some(exact))
}

/// The value of a measure, short.
fn headline(view: &View, unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => format::headline_count(value.round().max(0.0) as u64),
        Unit::Money => view.money.headline(value),
        _ => written(view, unit, value),
    }
}

/// The formatted value of a measure.
fn written(view: &View, unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => format::count(value.round().max(0.0) as u64),
        Unit::Money => view.money.mean(value),
        Unit::Share => format::percent(value),
        Unit::Days => format!("{} days", format::mean(value)),
        Unit::Number => format::mean(value),
    }
}

fn changes(view: &View, measure: &Measure) -> Vec<Change> {
    let (Ok(compared), Some(of)) =
        (comparison(&view.figures.summary, &view.frame.summary, &view.scope()), measure.in_period)
    else {
        return Vec::new();
    };
    let known = if measure.looks_back { compared.with_a_past(&view.frame.summary) } else { Some(compared) };
    let Some(known) = known else { return Vec::new() };
    let each = known.changes(of).into_iter().filter_map(|change| {
        let (text, direction) = match measure.unit {
            Unit::Share => change.in_points(),
            _ => change.in_percent()?,
        };
        Some(Change { text, direction: direction.class(), against: words::against(&change) })
    });
    each.collect()
}

/// The line of detail of a number without a period.
fn detail(view: &View, measure: &Measure, others: &Others) -> Option<String> {
    let run = &view.frame.summary;
    match measure.id {
        "predicted_value" => {
            let (value, found) = (run.value.as_ref()?, view.figures.value?);
            let horizon = format!("next {} days", value.horizon_days);
            Some(match found.interval_minor {
                Some((low, high)) => format!(
                    "{horizon}: {} to {}, {:.0}% interval",
                    view.money.mean(low),
                    view.money.mean(high),
                    value.interval_level * 100.0
                ),
                None => format!("{horizon}; interval available for all customers only"),
            })
        }
        "predicted_total" => {
            let (value, _) = (run.value.as_ref()?, view.figures.value?);
            Some(if view.chosen.is_all() {
                format!(
                    "{}, {:.0}% interval",
                    view.money.between(value.total_ltv_low_minor, value.total_ltv_high_minor),
                    value.interval_level * 100.0
                )
            } else {
                let all = value.total_ltv_minor as f64;
                format!(
                    "{} of the total for all customers",
                    format::percent(view.figures.value?.total_minor / all)
                )
            })
        }
        "will_buy" => others.activity.as_ref().map(words::will_buy),
        "still_customers" => others.activity.as_ref().map(words::likely_active),
        "top_20_share" => Some(format!(
            "All time: {}",
            format::span(&view.figures.summary.first_purchase, &view.figures.summary.last_purchase)
        )),
        "recency_mean" => Some(format!("median {} days", median(view, &view.frame.recency_days().ok()?)?)),
        "frequency_mean" => Some(format!("median {}", median(view, &view.frame.orders_of_each().ok()?)?)),
        "monetary_mean" => {
            Some(format!("median {}", view.money.exact(median(view, &view.frame.spend_minor().ok()?)?)))
        }
        _ => Some(format!(
            "All customers: {}",
            written(view, measure.unit, (measure.of)(others.everybody.as_ref()?)?)
        )),
    }
}

/// The (lower) median over the selected customers.
fn median(view: &View, values: &[i64]) -> Option<i64> {
    let mut found: Vec<i64> = view.chosen.rows().map(|row| values[row]).collect();
    let middle = found.len().checked_sub(1)? / 2;
    Some(*found.select_nth_unstable(middle).1)
}

/// The periods compared, or why there is no comparison.
pub(crate) fn comparison_note(view: &View) -> Option<String> {
    match comparison(&view.figures.summary, &view.frame.summary, &view.scope()) {
        // The periods are the same for every measure.
        Ok(compared) => words::periods(&compared.changes(|_| Some(1.0))),
        Err(reason) => Some(words::not_compared(&reason)),
    }
}
