//! Who will buy, who is likely still active, and how far such chances can be believed.

use regulars_analysis::claims::words;
use serde_json::{Value, json};

use super::super::{Drawn, Figure, label};
use crate::backend::BackendError;
use crate::filter::Limited;
use crate::format;
use crate::table::{Cell, Table};
use crate::view::View;

/// Width of a class, in percent.
const WIDTH: i64 = 5;
const CLASSES: usize = 20;

/// What a chance is.
struct Chance {
    column: &'static str,
    /// What a click limits, if customers can be chosen by it.
    limited: Option<Limited>,
    axis: String,
    advice: String,
}

/// Customers by a chance, in classes of five percent.
fn chances(
    view: &View,
    of: &Chance,
    title: impl Fn(f64, f64, f64) -> String,
) -> Result<Option<Drawn>, BackendError> {
    let (Some(percents), Some(shares)) =
        (view.frame.percents(of.column)?, view.frame.numbers("ltv_predictions", of.column)?)
    else {
        return Ok(None);
    };
    let mut counts = [0_u64; CLASSES];
    let (mut total, mut sum) = (0_u64, 0.0);
    for row in view.chosen.rows().filter(|row| shares[*row].is_finite()) {
        // All of 100% are in the last class.
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

/// The chance to be still active, and why it says little where it does.
pub(crate) fn alive(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(presence) = view.presence()? else { return Ok(None) };
    let of = Chance {
        column: "p_alive",
        limited: Some(Limited::AlivePercent),
        axis: words::alive_axis().to_owned(),
        advice: match &presence.doubt {
            Some(reason) => words::doubt(reason),
            None => "By the model of purchases, which sees customers leave by their silence alone. Those in the middle are the \
                     ones of whom it is least sure. Click a bar for its customers."
                .to_owned(),
        },
    };
    let doubted = presence.doubt.is_some();
    chances(view, &of, |mean, low, high| {
        if doubted {
            format!("P(alive) is {} on average, which says little here", format::percent_in_text(mean))
        } else {
            format!(
                "{} are likely still active: P(alive) above 90% for {}, below 10% for {}",
                format::percent_in_text(mean),
                format::percent_in_text(high),
                format::percent_in_text(low)
            )
        }
    })
}

/// The chance to buy in the horizon.
pub(crate) fn buying(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let of = Chance {
        column: "p_purchase",
        limited: None,
        axis: format!("Chance to buy in {} days", value.horizon_days),
        advice: format!(
            "The chance of at least one purchase in the next {} days, by the model of purchases. It can be checked: whoever \
             bought in these days will be known after them.",
            value.horizon_days
        ),
    };
    let horizon = value.horizon_days;
    chances(view, &of, |mean, low, high| {
        format!(
            "{} are expected to buy in the next {horizon} days; {} almost surely, {} almost surely not",
            format::percent_in_text(mean),
            format::percent_in_text(high),
            format::percent_in_text(low)
        )
    })
}

/// The chance to buy nothing in as many days as were held out.
pub(crate) fn churn(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let Some(chosen) = value.churn.iter().find(|model| model.chosen) else { return Ok(None) };
    let of = Chance {
        column: "p_churn",
        limited: Some(Limited::ChurnPercent),
        axis: format!("Chance to buy nothing in {} days", value.holdout_days),
        advice: format!(
            "By {}, calibrated on days it had not seen. Not to buy for a while is not to have left: this chance is about the next {} days.",
            chosen.model, value.holdout_days
        ),
    };
    chances(view, &of, |mean, _, high| {
        format!(
            "About {} will buy nothing in {} days; {} almost surely",
            format::percent_in_text(mean),
            value.holdout_days,
            format::percent_in_text(high)
        )
    })
}

/// Chances that were stated against how often it happened.
pub(crate) fn reliability(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (Some(value), Some(of)) = (&view.frame.summary.value, view.frame.small("churn_reliability")?) else {
        return Ok(None);
    };
    let Some(chosen) = value.churn.iter().find(|model| model.chosen) else { return Ok(None) };
    let mut table = Table::new(&[
        ("model", "Model"),
        ("customers", "Customers"),
        ("stated", "Chance given"),
        ("happened", "Bought nothing"),
    ]);
    let mut data = vec![
        json!({ "type": "scatter", "mode": "lines", "name": "As stated", "x": [0, 100], "y": [0, 100], "hoverinfo": "skip", "line": { "color": "--muted", "dash": "dot", "width": 1.5 } }),
    ];
    let (mut off, mut judged) = (0.0, 0.0);
    for (place, model) in of.texts("model").into_iter().enumerate() {
        let rows = of.rows_with("model", &model);
        let is_chosen = model == chosen.model;
        for row in rows.iter().copied() {
            let (stated, happened) = (of.number("stated", row), of.number("happened", row));
            table.push(
                vec![
                    Cell::Text(model.clone()),
                    Cell::Count(of.count("customers", row)),
                    Cell::Share(stated),
                    Cell::Share(happened),
                ],
                None,
            );
            if is_chosen {
                off += (stated - happened).abs() * of.count("customers", row) as f64;
                judged += of.count("customers", row) as f64;
            }
        }
        let percents =
            |name: &str| rows.iter().map(|row| of.number(name, *row) * 100.0).collect::<Vec<f64>>();
        let colour = if is_chosen { "--chart-1".to_owned() } else { crate::palette::cluster(place + 1) };
        data.push(json!({
            "type": "scatter",
            "mode": "lines+markers",
            "name": label(&model),
            "x": percents("stated"),
            "y": percents("happened"),
            "customdata": rows.iter().map(|row| format::counted(of.count("customers", *row), "customer", "customers")).collect::<Vec<_>>(),
            "line": { "color": colour, "width": if is_chosen { 2.8 } else { 1.4 } },
            "marker": { "size": if is_chosen { 8 } else { 5 } },
            "hovertemplate": "%{customdata} were given %{x:.1f}%<br>%{y:.1f}% of them bought nothing<extra>%{fullData.name}</extra>",
        }));
    }
    let axis = |title: &str| json!({ "title": { "text": title, "standoff": 8 }, "ticksuffix": "%", "range": [0, 101], "dtick": 20 });
    Ok(Some(Drawn {
        title: format!("Chances by {} were off by {} on average", chosen.model, points(off / judged)),
        advice: "Of customers who were given a chance of 30% to buy nothing in the days held out, 30% should have bought nothing: the nearer to the dotted line, the more a chance can be taken at its word.".to_owned(),
        units: "percent who bought nothing by the chance given".to_owned(),
        figure: Figure {
            data,
            layout: json!({
                "height": 340,
                "margin": { "l": 12, "r": 16, "t": 34, "b": 48 },
                "xaxis": axis("Chance given before"),
                "yaxis": axis("Bought nothing"),
            }),
            links: Value::Null,
        },
        table,
    }))
}

fn points(share: f64) -> String {
    format!("{:.1} points", share * 100.0)
}
