//! Whether promises were kept: intervals by tenths of the forecast, and chances to buy nothing by what came.

use serde_json::{Value, json};

use super::super::{Drawn, Figure};
use crate::backend::BackendError;
use crate::columns::NO_INTEGER;
use crate::format;
use crate::table::{Cell, Table};
use crate::view::View;

/// Classes of a chance.
const CLASSES: usize = 10;

/// How many of each tenth by forecast spent what their interval holds.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn coverage(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let found: Vec<_> =
        value.deciles.iter().filter_map(|decile| decile.coverage.map(|share| (decile, share))).collect();
    let off = |share: f64| (share - value.interval_level).abs();
    let worst = found.iter().max_by(|a, b| off(a.1).total_cmp(&off(b.1)));
    let Some((worst, share)) = worst else { return Ok(None) };
    let mut table = Table::new(&[
        ("decile", "Decile"),
        ("customers", "Customers"),
        ("coverage", "Within their interval"),
    ]);
    for (decile, share) in &found {
        table.push(
            vec![Cell::Count(u64::from(decile.decile)), Cell::Count(decile.customers), Cell::Share(*share)],
            None,
        );
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
            "{} of all customers spent what their interval holds; furthest off is decile {}: {}",
            format::percent_in_text(value.coverage),
            worst.decile,
            format::percent_in_text(*share)
        ),
        advice: format!(
            "On the {} days held out. The dotted line is what the intervals are meant to hold, {level:.0}%: a bar above it means wider than need be, a bar below it means trust these customers' intervals less.",
            value.holdout_days
        ),
        units: "percent of customers within their interval, by decile of the forecast".to_owned(),
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
                "xaxis": { "title": { "text": "Decile by forecast, the highest first", "standoff": 8 }, "dtick": 1, "showgrid": false },
                "yaxis": { "title": { "text": "Within their interval" }, "ticksuffix": "%", "range": [0, 104], "dtick": 20 },
            }),
            links: Value::Null,
        },
        table,
    }))
}

/// Customers by the chance to buy nothing that was given to them before the days held out, and what they did.
pub(crate) fn churn_judged(view: &View) -> Result<Option<Drawn>, BackendError> {
    const TABLE: &str = "ltv_predictions";
    let Some(value) = view.frame.summary.value.as_ref().filter(|value| !value.churn.is_empty()) else {
        return Ok(None);
    };
    let (Some(stated), Some(bought)) =
        (view.frame.numbers(TABLE, "judged_p_churn")?, view.frame.integers(TABLE, "actual_purchases")?)
    else {
        return Ok(None);
    };
    // Per class: who bought, who did not.
    let mut counts = [[0_u64; 2]; CLASSES];
    let mut sum = 0.0;
    for row in view.chosen.rows().filter(|row| stated[*row].is_finite() && bought[*row] != NO_INTEGER) {
        let class = ((stated[row] * CLASSES as f64) as usize).min(CLASSES - 1);
        counts[class][usize::from(bought[row] == 0)] += 1;
        sum += stated[row];
    }
    let [stayed, went] = [0, 1].map(|which| counts.iter().map(|count| count[which]).sum::<u64>());
    let all = stayed + went;
    if all == 0 {
        return Ok(None);
    }
    let mut table = Table::new(&[
        ("class", "Chance given"),
        ("customers", "Customers"),
        ("bought_nothing", "Bought nothing"),
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
                "Given {}<br>{} of {} bought nothing: {}",
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
        " These customers were chosen by what they are today, which the days held out have decided on, too: that fewer or more of them stayed away is no fault of the model."
    } else {
        ""
    };
    Ok(Some(Drawn {
        title: format!(
            "{} were expected to buy nothing in the {} days held out, and {} did",
            format::percent_in_text(sum / all as f64),
            value.holdout_days,
            format::percent_in_text(went as f64 / all as f64)
        ),
        advice: format!(
            "Every customer who was there before stands where the model had put it without knowing these days. At the left nearly all should have bought, at the right hardly anybody; a model that knows nothing puts everybody at the same place.{caution}"
        ),
        units: "customers by the chance to buy nothing that they were given before".to_owned(),
        figure: Figure {
            data: vec![bars("Bought", 0, "--chart-1"), bars("Bought nothing", 1, "--chart-2")],
            layout: json!({
                "height": 340,
                "barmode": "stack",
                "bargap": 0.1,
                "margin": { "l": 12, "r": 12, "t": 34, "b": 48 },
                "xaxis": { "title": { "text": "Chance to buy nothing, given before", "standoff": 8 }, "ticksuffix": "%", "range": [0, 100], "dtick": 20, "showgrid": false },
                "yaxis": { "title": { "text": "Customers" }, "rangemode": "tozero", "nticks": 5, "tickformat": "," },
            }),
            links: Value::Null,
        },
        table,
    }))
}
