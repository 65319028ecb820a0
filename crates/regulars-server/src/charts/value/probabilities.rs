//! P(purchase), P(alive) and P(churn), and the calibration of churn probabilities.

use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::filter::RangeFilter;
use regulars_analysis::format;
use regulars_analysis::frame::distinct;
use regulars_analysis::table::{Cell, Table};
use regulars_core::summary::ChurnBand;
use regulars_core::tables::{ColumnDef, ltv_predictions};
use serde_json::{Value, json};

use super::super::figure::{Drawn, Figure, label};
use crate::view::View;

/// Bin width, in percent.
const WIDTH: i64 = 5;
const CLASSES: usize = 20;

/// A probability to draw.
struct Chance {
    column: ColumnDef,
    /// The filter that a click sets, if customers can be filtered by it.
    limited: Option<RangeFilter>,
    axis: String,
    advice: String,
}

/// A histogram of a probability, in bins of five percent.
fn probabilities(
    view: &View,
    of: &Chance,
    title: impl Fn(f64, f64, f64) -> String,
) -> Result<Option<Drawn>, BackendError> {
    let (Some(percents), Some(shares)) = (view.frame.percents(of.column)?, view.frame.numbers(of.column)?)
    else {
        return Ok(None);
    };
    let mut counts = [0_u64; CLASSES];
    let (mut total, mut sum) = (0_u64, 0.0);
    for row in view.chosen.rows().filter(|row| shares[*row].is_finite()) {
        // The last bin includes 100%.
        counts[((percents[row] / WIDTH).max(0) as usize).min(CLASSES - 1)] += 1;
        total += 1;
        sum += shares[row];
    }
    if total == 0 {
        return Ok(None);
    }
    let all = total as f64;
    let mut table = Table::new(&[("class", ""), ("customers", "Customers"), ("share", "Share")]);
    table.columns[0].1.clone_from(&of.axis);
    for (class, count) in (0_i64..).zip(counts) {
        let (from, to) = (class * WIDTH, class * WIDTH + WIDTH);
        let until = if to == 100 { 100 } else { to - 1 };
        let filter = of.limited.map(|limited| view.filter().within(limited, Some(from), Some(until)));
        table.push(
            vec![Cell::Text(format!("{from} to {to}%")), Cell::Count(count), Cell::Share(count as f64 / all)],
            filter.filter(|_| count > 0).map(|filter| view.customers(filter)),
        );
    }
    let links: Vec<Value> = table.rows.iter().map(|row| json!(row.href)).collect();
    let words: Vec<String> = table
        .rows
        .iter()
        .zip(counts)
        .map(|(row, count)| {
            format!(
                "{}<br>{}, {}",
                row.cells[0].raw(&view.money),
                format::counted(count, "customer", "customers"),
                format::percent(count as f64 / all)
            )
        })
        .collect();
    let sure = |classes: std::ops::Range<usize>| counts[classes].iter().sum::<u64>() as f64 / all;
    Ok(Some(Drawn {
        title: title(sum / all, sure(0..2), sure(CLASSES - 2..CLASSES)),
        advice: of.advice.clone(),
        units: "customers".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "bar",
                "x": (0..CLASSES).map(|class| (class as f64 + 0.5) * WIDTH as f64).collect::<Vec<_>>(),
                "y": counts,
                "customdata": words,
                "marker": { "color": "--chart-1" },
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 300,
                "bargap": 0.1,
                "showlegend": false,
                "margin": { "l": 12, "r": 12, "t": 10, "b": 48 },
                "xaxis": { "title": { "text": of.axis, "standoff": 8 }, "ticksuffix": "%", "range": [0, 100], "dtick": 20, "showgrid": false },
                "yaxis": { "title": { "text": "Customers" }, "rangemode": "tozero", "nticks": 5, "tickformat": "," },
            }),
            links: if of.limited.is_some() { json!([links]) } else { Value::Null },
        },
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
        advice: match &activity.doubt {
            Some(reason) => words::doubt(reason),
            None => "By the buy-till-you-die model, which infers dropout from the time since the last order. It is least sure \
                     about customers in the middle. Click a bar for its customers."
                .to_owned(),
        },
    };
    let doubted = activity.doubt.is_some();
    probabilities(view, &of, |mean, low, high| {
        if doubted {
            format!("Mean P(alive) is {}, which is unreliable here", format::percent_in_text(mean))
        } else {
            format!(
                "Mean P(alive) {}: above 90% for {} of customers, below 10% for {}",
                format::percent_in_text(mean),
                format::percent_in_text(high),
                format::percent_in_text(low)
            )
        }
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
    let horizon = value.horizon_days;
    probabilities(view, &of, |mean, low, high| {
        format!(
            "{} expected to buy in the next {horizon} days: P(purchase) above 90% for {}, below 10% for {}",
            format::percent_in_text(mean),
            format::percent_in_text(high),
            format::percent_in_text(low)
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
    probabilities(view, &of, |mean, _, high| {
        format!(
            "{} expected to churn (no order in {} days); P(churn) above 90% for {}",
            format::percent_in_text(mean),
            value.holdout_days,
            format::percent_in_text(high)
        )
    })
}

/// Reliability diagram: predicted churn probability against observed churn rate.
pub(crate) fn reliability(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (Some(value), Some(of)) = (&view.frame.summary.value, view.frame.rows::<ChurnBand>()?) else {
        return Ok(None);
    };
    let Some(chosen) = value.churn.iter().find(|model| model.chosen) else { return Ok(None) };
    let mut table = Table::new(&[
        ("model", "Model"),
        ("customers", "Customers"),
        ("mean_predicted", "Mean predicted"),
        ("observed_rate", "Observed rate"),
    ]);
    let mut data = vec![
        json!({ "type": "scatter", "mode": "lines", "name": "Perfect calibration", "x": [0, 100], "y": [0, 100], "hoverinfo": "skip", "line": { "color": "--muted", "dash": "dot", "width": 1.5 } }),
    ];
    let (mut off, mut judged) = (0.0, 0.0);
    for (place, model) in distinct(&of, |row| row.model.as_str()).into_iter().enumerate() {
        let rows: Vec<&ChurnBand> = of.iter().filter(|row| row.model == model).collect();
        let is_chosen = model == chosen.model;
        for row in &rows {
            let ChurnBand { customers, mean_predicted, observed_rate, .. } = **row;
            table.push(
                vec![
                    Cell::Text(model.to_owned()),
                    Cell::Count(customers),
                    Cell::Share(mean_predicted),
                    Cell::Share(observed_rate),
                ],
                None,
            );
            if is_chosen {
                off += (mean_predicted - observed_rate).abs() * customers as f64;
                judged += customers as f64;
            }
        }
        let percents =
            |of: fn(&ChurnBand) -> f64| rows.iter().map(|row| of(row) * 100.0).collect::<Vec<f64>>();
        let colour = if is_chosen { "--chart-1".to_owned() } else { crate::palette::cluster(place + 1) };
        data.push(json!({
            "type": "scatter",
            "mode": "lines+markers",
            "name": label(model),
            "x": percents(|row| row.mean_predicted),
            "y": percents(|row| row.observed_rate),
            "customdata": rows.iter().map(|row| format::counted(row.customers, "customer", "customers")).collect::<Vec<_>>(),
            "line": { "color": colour, "width": if is_chosen { 2.8 } else { 1.4 } },
            "marker": { "size": if is_chosen { 8 } else { 5 } },
            "hovertemplate": "%{customdata}<br>predicted %{x:.1f}%, observed %{y:.1f}%<extra>%{fullData.name}</extra>",
        }));
    }
    let axis = |title: &str| json!({ "title": { "text": title, "standoff": 8 }, "ticksuffix": "%", "range": [0, 101], "dtick": 20 });
    Ok(Some(Drawn {
        title: format!("{}: mean calibration error {}", chosen.model, points(off / judged)),
        advice: "Of customers with a predicted P(churn) of 30%, 30% should not have bought in the holdout period. The closer to the dotted line, the better calibrated the model.".to_owned(),
        units: "observed churn rate by predicted P(churn), percent".to_owned(),
        figure: Figure {
            data,
            layout: json!({
                "height": 340,
                "margin": { "l": 12, "r": 16, "t": 34, "b": 48 },
                "xaxis": axis("Predicted P(churn)"),
                "yaxis": axis("Observed churn rate"),
            }),
            links: Value::Null,
        },
        table,
    }))
}

fn points(share: f64) -> String {
    format!("{:.1} percentage points", share * 100.0)
}
