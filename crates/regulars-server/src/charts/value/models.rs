//! The models by holdout RMSE.

use regulars_analysis::claims::large_customers::most_accurate;
use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table};
use regulars_core::summary::ModelRow;
use serde_json::json;

use super::super::axes;
use super::super::figure::{Drawn, Figure, label};
use crate::view::View;

/// RMSE of spend, one bar per model, best on top; `None` without lifetime values.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn models(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let mut judged: Vec<(&ModelRow, f64)> =
        value.models.iter().filter_map(|model| Some((model, model.rmse_minor?))).collect();
    judged.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut table = Table::new(&[
        ("model", "Model"),
        ("kind", "Kind"),
        ("rmse", "RMSE"),
        ("mae", "MAE"),
        ("r2", "R²"),
        ("bias", "Bias"),
        ("gini", "Gini"),
        ("rmse_without_largest", "RMSE excl. largest"),
        ("chosen", "Chosen"),
    ]);
    let score = |value: Option<f64>| Cell::Score(value.unwrap_or(f64::NAN));
    for (model, rmse) in &judged {
        table.push(
            vec![
                Cell::Text(model.model.clone()),
                Cell::Text(model.kind.clone()),
                Cell::Money(*rmse),
                Cell::Money(model.mae_minor.unwrap_or(f64::NAN)),
                score(model.r2),
                Cell::Share(model.bias.unwrap_or(f64::NAN)),
                score(model.gini),
                Cell::Money(model.rmse_without_largest_minor.unwrap_or(f64::NAN)),
                Cell::Text(if model.chosen { "yes" } else { "" }.to_owned()),
            ],
            None,
        );
    }
    let money = &view.money;
    let (prefix, suffix) = money.affixes();
    let colour = |model: &ModelRow| match model.kind.as_str() {
        _ if model.chosen => "--chart-1",
        "baseline" => "--chart-2",
        _ => "--chart-1-soft",
    };
    let details = |model: &ModelRow| {
        let amount = |minor: Option<f64>| minor.map_or_else(|| format::NOTHING.to_owned(), |m| money.mean(m));
        let number = |value: Option<f64>| value.map_or_else(|| format::NOTHING.to_owned(), format::two);
        let chosen = if model.chosen { "chosen, " } else { "" };
        format!(
            "{chosen}{}<br>MAE {}<br>R² {}, Gini {}",
            model.kind,
            amount(model.mae_minor),
            number(model.r2),
            number(model.gini)
        )
    };
    let names: Vec<String> = judged.iter().map(|(model, _)| label(&model.model)).collect();
    let figure = Figure {
        data: vec![json!({
            "type": "bar",
            "orientation": "h",
            "y": (0..judged.len()).collect::<Vec<usize>>(),
            "x": judged.iter().map(|(_, rmse)| money.units_of(*rmse)).collect::<Vec<f64>>(),
            "text": judged.iter().map(|(_, rmse)| money.rounded(*rmse)).collect::<Vec<String>>(),
            "customdata": judged.iter().map(|(model, _)| [label(&model.model), details(model)]).collect::<Vec<_>>(),
            "textposition": "outside",
            "cliponaxis": false,
            "marker": { "color": judged.iter().map(|(model, _)| colour(model)).collect::<Vec<_>>() },
            "hovertemplate": "%{customdata[0]}: %{text}<br>%{customdata[1]}<extra></extra>",
        })],
        layout: json!({
            "height": 80 + 27 * judged.len().max(3),
            "bargap": 0.3,
            "showlegend": false,
            "margin": { "l": 12, "r": 62, "t": 8, "b": 44 },
            "xaxis": { "title": { "text": "RMSE", "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "rangemode": "tozero", "nticks": 5 },
            "yaxis": axes::bars(&names),
        }),
        ..Figure::default()
    };
    let Some(found) = most_accurate(&value.models) else { return Ok(None) };
    Ok(Some(Drawn {
        title: words::most_accurate(&found),
        advice: format!(
            "Forecast error in the {}-day holdout period; shorter is better. Strong colour: chosen model; grey: baselines. A few large customers dominate RMSE, so the table also has it without the largest one.",
            value.holdout_days
        ),
        units: "RMSE of holdout spend".to_owned(),
        figure,
        table,
    }))
}
