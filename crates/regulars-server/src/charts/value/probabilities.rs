//! P(purchase), P(alive) and P(churn), and the calibration of churn probabilities.

use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::filter::RangeFilter;
use regulars_analysis::format;
use regulars_analysis::frame::distinct;
use regulars_analysis::table::TableOf;
use regulars_core::summary::ChurnBand;
use regulars_core::tables::{ColumnDef, ltv_predictions};

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure, label};
use super::super::trace::{Trace, diagonal};
use crate::palette;
use crate::view::View;

/// Bin width, in percent.
const WIDTH: i64 = 5;
const CLASSES: usize = 20;

const TOOLTIP: &str =
    "%{customdata}<br>predicted %{x:.1f}%, observed %{y:.1f}%<extra>%{fullData.name}</extra>";

/// A probability to draw.
struct Chance {
    column: ColumnDef,
    /// The filter that a click sets, if customers can be filtered by it.
    limited: Option<RangeFilter>,
    axis: String,
    advice: String,
}

/// A histogram of a probability, in bins of five percent; `title` is made of the mean and the shares of
/// customers below 10% and above 90%.
fn probabilities(
    view: &View,
    of: &Chance,
    title: impl Fn([String; 3]) -> String,
) -> Result<Option<Drawn>, BackendError> {
    let (Some(percents), Some(shares)) = (view.frame.percents(of.column)?, view.frame.numbers(of.column)?)
    else {
        return Ok(None);
    };
    let mut counts = [0_u64; CLASSES];
    let mut sum = 0.0;
    for row in view.chosen.rows().filter(|row| shares[*row].is_finite()) {
        // The last bin includes 100%.
        counts[((percents[row] / WIDTH).max(0) as usize).min(CLASSES - 1)] += 1;
        sum += shares[row];
    }
    let total = counts.iter().sum::<u64>() as f64;
    if total == 0.0 {
        return Ok(None);
    }
    let from = |class: usize| class as i64 * WIDTH;
    let name = |class: usize| format!("{} to {}%", from(class), from(class) + WIDTH);
    let share = |class: usize| counts[class] as f64 / total;
    let href = |class: usize| {
        let until = if class + 1 == CLASSES { 100 } else { from(class) + WIDTH - 1 };
        let filter = of.limited.map(|limited| view.filter().within(limited, Some(from(class)), Some(until)));
        filter.filter(|_| counts[class] > 0).map(|filter| view.customers(filter))
    };
    let hover = |class: usize| {
        let (customers, share) = (format::customers(counts[class]), format::percent(share(class)));
        format!("{}<br>{customers}, {share}", name(class))
    };
    let table = TableOf::new(0..CLASSES)
        .text("class", &of.axis, name)
        .count("customers", "Customers", |class| counts[class])
        .share("share", "Share", share)
        .links(href);
    let sure = |classes: std::ops::Range<usize>| counts[classes].iter().sum::<u64>() as f64 / total;
    Ok(Some(Drawn {
        title: title([sum / total, sure(0..2), sure(CLASSES - 2..CLASSES)].map(format::percent_in_text)),
        advice: of.advice.clone(),
        units: "customers".to_owned(),
        figure: Figure::new(300, [12, 10, 48])
            .with(
                Trace::columns(0..CLASSES)
                    .x(|class| (class as f64 + 0.5) * WIDTH as f64)
                    .y(|class| counts[class])
                    .hover(hover),
            )
            .gap(0.1)
            .x(Axis::titled(&of.axis).percent(100).no_grid())
            .y(Axis::counts("Customers", 5))
            .linked(&table),
        table,
    }))
}

/// P(alive), with the reason where it is unreliable.
pub(crate) fn alive(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(activity) = view.activity()? else { return Ok(None) };
    let of = Chance {
        column: ltv_predictions::COLUMNS.p_alive,
        limited: Some(RangeFilter::AlivePercent),
        axis: words::alive_axis().to_owned(),
        advice: match &activity.alive_caveat {
            Some(reason) => words::alive_caveat(reason),
            None => "By the buy-till-you-die model, which infers dropout from the time since the last order. It is least sure \
                     about customers in the middle. Click a bar for its customers."
                .to_owned(),
        },
    };
    probabilities(view, &of, |[mean, low, high]| match activity.alive_caveat {
        Some(_) => format!("Mean P(alive) is {mean}, which is unreliable here"),
        None => format!("Mean P(alive) {mean}: above 90% for {high} of customers, below 10% for {low}"),
    })
}

/// P(purchase) in the horizon.
pub(crate) fn buying(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let of = Chance {
        column: ltv_predictions::COLUMNS.p_purchase,
        limited: None,
        axis: format!("P(purchase), next {} days", value.horizon_days),
        advice: format!(
            "Probability of at least one purchase in the next {} days, by the buy-till-you-die model. It can be checked \
             against actual purchases after that time.",
            value.horizon_days
        ),
    };
    probabilities(view, &of, |[mean, low, high]| {
        format!(
            "{mean} expected to buy in the next {} days: P(purchase) above 90% for {high}, below 10% for {low}",
            value.horizon_days
        )
    })
}

/// P(churn): no order in as many days as the holdout period has.
pub(crate) fn churn(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let Some(chosen) = value.churn.iter().find(|model| model.chosen) else { return Ok(None) };
    let of = Chance {
        column: ltv_predictions::COLUMNS.p_churn,
        limited: Some(RangeFilter::ChurnPercent),
        axis: format!("P(churn), {} days", value.holdout_days),
        advice: format!(
            "Probability of no order in {} days, by {}, calibrated on unseen data. A customer who pauses has not necessarily left.",
            value.holdout_days, chosen.model
        ),
    };
    probabilities(view, &of, |[mean, _, high]| {
        format!(
            "{mean} expected to churn (no order in {} days); P(churn) above 90% for {high}",
            value.holdout_days
        )
    })
}

/// Reliability diagram: predicted churn probability against observed churn rate.
pub(crate) fn reliability(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (Some(value), Some(of)) = (&view.frame.summary.value, view.frame.rows::<ChurnBand>()?) else {
        return Ok(None);
    };
    let Some(chosen) = value.churn.iter().find(|model| model.chosen) else { return Ok(None) };
    let percent = |title: &str| Axis::titled(title).percent(101);
    let mut figure = Figure::new(340, [16, 34, 48])
        .legend()
        .with(diagonal("Perfect calibration", "--muted", 0.0, 100.0))
        .x(percent("Predicted P(churn)"))
        .y(percent("Observed churn rate"));
    let models = distinct(&of, |row| row.model.as_str());
    for (place, model) in models.iter().enumerate() {
        let (colour, width, size) = if *model == chosen.model {
            ("--chart-1".to_owned(), 2.8, 8)
        } else {
            (palette::cluster(place + 1), 1.4, 5)
        };
        let line = Trace::line(of.iter().filter(|row| row.model == *model), &colour, width)
            .with_points(size)
            .name(&label(model))
            .x(|row| row.mean_predicted * 100.0)
            .y(|row| row.observed_rate * 100.0)
            .each("customdata", |row| format::customers(row.customers));
        figure = figure.with(line.set("hovertemplate", TOOLTIP));
    }
    let (mut off, mut tested) = (0.0, 0.0);
    for row in of.iter().filter(|row| row.model == chosen.model) {
        off += (row.mean_predicted - row.observed_rate).abs() * row.customers as f64;
        tested += row.customers as f64;
    }
    let by_model = models.iter().flat_map(|model| of.iter().filter(move |row| row.model == *model));
    Ok(Some(Drawn {
        title: format!("{}: mean calibration error {}", chosen.model, points(off / tested)),
        advice: "Of customers with a predicted P(churn) of 30%, 30% should not have bought in the holdout period. The closer to the dotted line, the better calibrated the model.".to_owned(),
        units: "observed churn rate by predicted P(churn), percent".to_owned(),
        figure,
        table: TableOf::new(by_model)
            .text("model", "Model", |row| &row.model)
            .count("customers", "Customers", |row| row.customers)
            .share("mean_predicted", "Mean predicted", |row| row.mean_predicted)
            .share("observed_rate", "Observed rate", |row| row.observed_rate)
            .done(),
    }))
}

fn points(share: f64) -> String {
    format!("{:.1} percentage points", share * 100.0)
}
