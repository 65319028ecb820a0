//! Holdout checks: interval coverage by decile, and churn probabilities against actual outcomes.

use regulars_analysis::columns::NO_INTEGER;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table};
use regulars_core::tables::{ColumnDef, ltv_predictions};
use serde_json::{Value, json};

use super::super::figure::{Drawn, Figure};
use crate::view::View;

/// Bins of a probability.
const CLASSES: usize = 10;

/// Interval coverage by decile of the forecast.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn coverage(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let found: Vec<_> =
        value.deciles.iter().filter_map(|decile| decile.coverage.map(|share| (decile, share))).collect();
    let off = |share: f64| (share - value.interval_level).abs();
    let worst = found.iter().max_by(|a, b| off(a.1).total_cmp(&off(b.1)));
    let Some((worst, share)) = worst else { return Ok(None) };
    let mut table = Table::new(&[("decile", "Decile"), ("customers", "Customers"), ("coverage", "Coverage")]);
    for (decile, share) in &found {
        table
            .push(vec![Cell::Count(decile.decile), Cell::Count(decile.customers), Cell::Share(*share)], None);
    }
    let level = value.interval_level * 100.0;
    let words = |(decile, share): &(&regulars_core::summary::ValueDecile, f64)| {
        format!(
            "Decile {} by forecast<br>{} of {} within their interval",
            decile.decile,
            format::percent(*share),
            format::counted(decile.customers, "customer", "customers")
        )
    };
    Ok(Some(Drawn {
        title: format!(
            "Interval coverage {}; furthest off in decile {}: {}",
            format::percent(value.coverage),
            worst.decile,
            format::percent(*share)
        ),
        advice: format!(
            "Share of customers whose spend in the {}-day holdout period lay within their interval. The dotted line is the nominal {level:.0}%: above it intervals are wider than necessary, below it too narrow.",
            value.holdout_days
        ),
        units: "percent of customers within their prediction interval, by decile of forecast".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "bar",
                "x": found.iter().map(|(decile, _)| decile.decile).collect::<Vec<_>>(),
                "y": found.iter().map(|(_, share)| share * 100.0).collect::<Vec<_>>(),
                "customdata": found.iter().map(words).collect::<Vec<_>>(),
                "marker": { "color": "--chart-1" },
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 320,
                "bargap": 0.3,
                "showlegend": false,
                "margin": { "l": 12, "r": 12, "t": 10, "b": 48 },
                "shapes": [{ "type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": level, "y1": level, "line": { "color": "--muted", "width": 1.5, "dash": "dot" } }],
                "xaxis": { "title": { "text": "Decile by forecast (1 = highest)", "standoff": 8 }, "dtick": 1, "showgrid": false },
                "yaxis": { "title": { "text": "Within their interval" }, "ticksuffix": "%", "range": [0, 104], "dtick": 20 },
            }),
            links: Value::Null,
        },
        table,
    }))
}

/// Customers by the churn probability predicted before the holdout period, split by actual outcome.
pub(crate) fn churn_holdout(view: &View) -> Result<Option<Drawn>, BackendError> {
    const OF: ltv_predictions::Columns<ColumnDef> = ltv_predictions::COLUMNS;
    let Some(value) = view.frame.summary.value.as_ref().filter(|value| !value.churn.is_empty()) else {
        return Ok(None);
    };
    let (Some(mean_predicted), Some(bought)) =
        (view.frame.numbers(OF.holdout_p_churn)?, view.frame.integers(OF.actual_purchases)?)
    else {
        return Ok(None);
    };
    // Per bin: customers who bought, customers who did not.
    let mut counts = [[0_u64; 2]; CLASSES];
    let mut sum = 0.0;
    for row in view.chosen.rows().filter(|row| mean_predicted[*row].is_finite() && bought[*row] != NO_INTEGER)
    {
        let class = ((mean_predicted[row] * CLASSES as f64) as usize).min(CLASSES - 1);
        counts[class][usize::from(bought[row] == 0)] += 1;
        sum += mean_predicted[row];
    }
    let [stayed, went] = [0, 1].map(|which| counts.iter().map(|count| count[which]).sum::<u64>());
    let all = stayed + went;
    if all == 0 {
        return Ok(None);
    }
    let mut table = Table::new(&[
        ("class", "Predicted P(churn)"),
        ("customers", "Customers"),
        ("bought_nothing", "No purchase"),
        ("share", "Share"),
    ]);
    let width = 100 / CLASSES;
    let class_words = |class: usize| format!("{} to {}%", class * width, (class + 1) * width);
    let share = |count: [u64; 2]| count[1] as f64 / (count[0] + count[1]) as f64;
    for (class, count) in counts.iter().enumerate() {
        table.push(
            vec![
                Cell::Text(class_words(class)),
                Cell::Count(count[0] + count[1]),
                Cell::Count(count[1]),
                Cell::Share(share(*count)),
            ],
            None,
        );
    }
    let words: Vec<String> = counts
        .iter()
        .enumerate()
        .map(|(class, count)| {
            format!(
                "Predicted P(churn) {}<br>{} of {} did not buy: {}",
                class_words(class),
                format::count(count[1]),
                format::counted(count[0] + count[1], "customer", "customers"),
                format::percent(share(*count))
            )
        })
        .collect();
    let bars = |name: &str, which: usize, colour: &str| {
        json!({
            "type": "bar",
            "name": name,
            "x": (0..CLASSES).map(|class| (class as f64 + 0.5) * width as f64).collect::<Vec<_>>(),
            "y": counts.iter().map(|count| count[which]).collect::<Vec<_>>(),
            "customdata": words,
            "marker": { "color": colour },
            "hovertemplate": "%{customdata}<extra></extra>",
        })
    };
    let caution = if view.query.filter.is_by_behaviour() {
        " The filter uses today's values, which already include the holdout period, so differences here are not model error alone."
    } else {
        ""
    };
    Ok(Some(Drawn {
        title: format!(
            "Churn rate: {} predicted for the {}-day holdout period, {} actual",
            format::percent_in_text(sum / all as f64),
            value.holdout_days,
            format::percent_in_text(went as f64 / all as f64)
        ),
        advice: format!(
            "Customers by P(churn) predicted before the holdout period. On the left nearly all should have bought, on the right almost none.{caution}"
        ),
        units: "customers by predicted P(churn)".to_owned(),
        figure: Figure {
            data: vec![bars("Bought", 0, "--chart-1"), bars("No purchase", 1, "--chart-2")],
            layout: json!({
                "height": 340,
                "barmode": "stack",
                "bargap": 0.1,
                "margin": { "l": 12, "r": 12, "t": 34, "b": 48 },
                "xaxis": { "title": { "text": "Predicted P(churn)", "standoff": 8 }, "ticksuffix": "%", "range": [0, 100], "dtick": 20, "showgrid": false },
                "yaxis": { "title": { "text": "Customers" }, "rangemode": "tozero", "nticks": 5, "tickformat": "," },
            }),
            links: Value::Null,
        },
        table,
    }))
}
