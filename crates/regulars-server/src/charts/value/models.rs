//! The models by holdout RMSE.

use regulars_analysis::claims::large_customers::most_accurate;
use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::TableOf;
use regulars_core::summary::ModelRow;

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure, label};
use super::super::trace::Trace;
use crate::view::View;

/// RMSE of spend, one bar per model, best on top; `None` without lifetime values.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn models(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let Some(found) = most_accurate(&value.models) else { return Ok(None) };
    let mut tested: Vec<(&ModelRow, f64)> =
        value.models.iter().filter_map(|model| Some((model, model.rmse_minor?))).collect();
    tested.sort_by(|a, b| a.1.total_cmp(&b.1));
    let money = &view.money;
    let colour = |model: &ModelRow| match model.kind.as_str() {
        _ if model.chosen => "--chart-1",
        "baseline" => "--chart-2",
        _ => "--chart-1-soft",
    };
    let details = |model: &ModelRow| {
        let number = |value: Option<f64>| value.map_or_else(|| format::NOTHING.to_owned(), format::two);
        format!(
            "{}{}<br>MAE {}<br>R² {}, Gini {}",
            if model.chosen { "chosen, " } else { "" },
            model.kind,
            model.mae_minor.map_or_else(|| format::NOTHING.to_owned(), |minor| money.mean(minor)),
            number(model.r2),
            number(model.gini)
        )
    };
    let names: Vec<String> = tested.iter().map(|(model, _)| label(&model.model)).collect();
    Ok(Some(Drawn {
        title: words::most_accurate(&found),
        advice: format!(
            "Forecast error in the {}-day holdout period; shorter is better. Strong colour: chosen model; grey: baselines. A few large customers dominate RMSE, so the table also has it without the largest one.",
            value.holdout_days
        ),
        units: "RMSE of holdout spend".to_owned(),
        figure: Figure::new(80 + 27 * tested.len().max(3), [62, 8, 44])
            .with(
                Trace::bars(tested.iter().copied())
                    .x(|(_, rmse)| money.units_of(rmse))
                    .text(|(_, rmse)| money.rounded(rmse))
                    .details(
                        |(model, _)| [label(&model.model), details(model)],
                        "%{customdata[0]}: %{text}<br>%{customdata[1]}",
                    )
                    .colours(|(model, _)| colour(model)),
            )
            .gap(0.3)
            .x(Axis::titled("RMSE").money(money).zero_based().ticks(5))
            .y(Axis::bars(&names).roomy()),
        table: TableOf::new(tested)
            .text("model", "Model", |(model, _)| &model.model)
            .text("kind", "Kind", |(model, _)| &model.kind)
            .money("rmse", "RMSE", |(_, rmse)| rmse)
            .money("mae", "MAE", |(model, _)| model.mae_minor)
            .score("r2", "R²", |(model, _)| model.r2)
            .share("bias", "Bias", |(model, _)| model.bias)
            .score("gini", "Gini", |(model, _)| model.gini)
            .money("rmse_without_largest", "RMSE excl. largest", |(model, _)| {
                model.rmse_without_largest_minor
            })
            .text("chosen", "Chosen", |(model, _)| if model.chosen { "yes" } else { "" })
            .done(),
    }))
}
