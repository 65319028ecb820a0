//! Forecast drivers: feature importance, dependence plots and SHAP values.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{distinct, title};
use regulars_analysis::importance::{self, by_importance};
use regulars_analysis::table::{Cell, Table};
use regulars_core::features::FEATURES;
use regulars_core::money::minor_per_major;
use regulars_core::summary::FeatureRow;
use regulars_core::tables::{Kind, ltv_dependence};
use serde_json::{Value, json};

use super::super::axes;
use super::super::figure::{Drawn, Figure, short_label};
use crate::palette;
use crate::view::View;

/// Features drawn at most; the table has all.
const MOST: usize = 12;

/// A one-sentence description of a feature.
pub(crate) fn meaning(feature: &str) -> &'static str {
    let own = FEATURES.iter().find(|def| def.name == feature).map(|def| def.meaning);
    own.unwrap_or(match feature {
        "expected_value" => "Spend forecast by the buy-till-you-die model that the features use",
        "expected_purchases" => "Purchases forecast by the buy-till-you-die model that the features use",
        "expected_order_value" => {
            "Spend per purchase forecast by the buy-till-you-die model that the features use"
        }
        "p_alive" => "P(alive) by the buy-till-you-die model that the features use",
        "p_purchase" => "P(purchase) by the buy-till-you-die model that the features use",
        _ => "",
    })
}

/// Permutation importance of the features.
pub(crate) fn permutation_importance(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(all) = view.frame.rows::<FeatureRow>()? else { return Ok(None) };
    let mut rows = by_importance(&all);
    let Some(first) = rows.first().copied() else { return Ok(None) };
    let model = first.model;
    let mut table = Table::new(&[
        ("feature", "Feature"),
        (importance::NAMES[0], "Rise in RMSE"),
        (importance::NAMES[1], "Std. deviation"),
        ("mean_contribution", "Mean effect on a forecast"),
        ("meaning", "Description"),
    ]);
    for row in &rows {
        table.push(
            vec![
                Cell::Text(title(row.feature)),
                Cell::Money(row.rise_minor),
                Cell::Money(row.rise_sd_minor),
                Cell::Money(row.mean_contribution_minor),
                Cell::Text(meaning(row.feature).to_owned()),
            ],
            None,
        );
    }
    rows.truncate(MOST);
    let money = &view.money;
    let (prefix, suffix) = money.affixes();
    let deviations: Vec<f64> = rows.iter().map(|row| money.units_of(row.rise_sd_minor)).collect();
    Ok(Some(Drawn {
        title: format!("Most important feature of {}: {}", model, title(first.feature)),
        advice: format!(
            "Permutation importance: rise in the holdout RMSE of {model} when a feature's values are shuffled, ± one standard deviation. Correlated features share their importance."
        ),
        units: "rise in holdout RMSE".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "bar",
                "orientation": "h",
                "y": (0..rows.len()).collect::<Vec<usize>>(),
                "x": rows.iter().map(|row| money.units_of(row.rise_minor)).collect::<Vec<f64>>(),
                "error_x": { "type": "data", "array": deviations, "color": "--ink", "thickness": 1.4, "width": 4 },
                "customdata": rows.iter().map(|row| format!("{}: RMSE rises by {}<br>{}", title(row.feature), money.rounded(row.rise_minor), meaning(row.feature))).collect::<Vec<_>>(),
                "marker": { "color": "--chart-1" },
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 80 + 28 * rows.len().max(3),
                "bargap": 0.34,
                "showlegend": false,
                "margin": { "l": 12, "r": 20, "t": 8, "b": 46 },
                "xaxis": { "title": { "text": "Rise in RMSE", "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "rangemode": "tozero", "nticks": 5 },
                "yaxis": feature_axis(&rows.iter().map(|row| row.feature).collect::<Vec<_>>()),
            }),
            links: Value::Null,
        },
        table,
    }))
}

fn feature_axis(names: &[impl AsRef<str>]) -> Value {
    axes::rows(&names.iter().map(|name| short_label(&title(name.as_ref()), 26)).collect::<Vec<_>>())
}

/// Features by model: share of the gain, and mean size of the contributions.
pub(crate) fn gains(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(rows) = view.frame.rows::<FeatureRow>()? else { return Ok(None) };
    let all_models = distinct(&rows, |row| row.model.as_str());
    let models: Vec<&str> = all_models
        .iter()
        .copied()
        .filter(|model| rows.iter().any(|row| row.model == *model && row.gain.is_some()))
        .collect();
    if models.is_empty() {
        return Ok(None);
    }
    let place =
        |feature: &str, model: &str| rows.iter().find(|row| row.model == model && row.feature == feature);
    let gain =
        |feature: &str, model: &str| place(feature, model).and_then(|row| row.gain).unwrap_or(f64::NAN);
    let most =
        |feature: &str| models.iter().map(|m| gain(feature, m)).filter(|g| g.is_finite()).fold(0.0, f64::max);
    let mut features = distinct(&rows, |row| row.feature.as_str());
    features.sort_by(|a, b| most(b).total_cmp(&most(a)));
    let mut table = Table::new(&[
        ("feature", "Feature"),
        ("model", "Model"),
        ("gain", "Share of gain"),
        ("mean_contribution", "Mean effect on a forecast"),
    ]);
    for feature in &features {
        for model in &all_models {
            if let Some(row) = place(feature, model) {
                table.push(
                    vec![
                        Cell::Text(title(feature)),
                        Cell::Text(row.model.clone()),
                        Cell::Share(row.gain.unwrap_or(f64::NAN)),
                        Cell::Money(row.mean_contribution_minor),
                    ],
                    None,
                );
            }
        }
    }
    features.truncate(MOST);
    let money = &view.money;
    let cell = |feature: &str, model: &str| match gain(feature, model) {
        share if share.is_finite() => json!(share.sqrt()),
        _ => Value::Null,
    };
    let words = |feature: &str, model: &str| {
        let moves = place(feature, model).map_or(f64::NAN, |row| row.mean_contribution_minor);
        let moves = if moves.is_finite() {
            format!("<br>mean effect on a forecast: {}", money.rounded(moves))
        } else {
            String::new()
        };
        format!("{}, {model}<br>{} of the gain{moves}", title(feature), format::percent(gain(feature, model)))
    };
    let annotations: Vec<Value> = features
        .iter()
        .enumerate()
        .flat_map(|(y, feature)| models.iter().enumerate().map(move |(x, model)| (x, y, feature, model)))
        .filter(|(_, _, feature, model)| gain(feature, model) >= 0.005)
        .map(|(x, y, feature, model)| {
            let share = gain(feature, model);
            json!({ "x": x, "y": y, "text": format!("{:.0}%", share * 100.0), "showarrow": false, "font": { "size": 12, "color": palette::ink_at(share.sqrt()) } })
        })
        .collect();
    let agreed = features.first().map_or_else(String::new, |feature| title(feature));
    Ok(Some(Drawn {
        title: format!("Most important feature across the learned models: {agreed}"),
        advice: "Each feature's share of a model's total gain (of the coefficients, for regressions), one column per model. The data table also has mean contributions.".to_owned(),
        units: "share of total gain".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "heatmap",
                "x": (0..models.len()).collect::<Vec<usize>>(),
                "y": (0..features.len()).collect::<Vec<usize>>(),
                "z": features.iter().map(|f| models.iter().map(|m| cell(f, m)).collect::<Value>()).collect::<Value>(),
                "customdata": features.iter().map(|f| models.iter().map(|m| json!(words(f, m))).collect::<Value>()).collect::<Value>(),
                "zmin": 0,
                "zmax": 1,
                "colorscale": palette::scale(),
                "showscale": false,
                "xgap": 2,
                "ygap": 2,
                "hoverongaps": false,
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 90 + 28 * features.len().max(3),
                "showlegend": false,
                "margin": { "l": 12, "r": 12, "t": 8, "b": 60 },
                "annotations": annotations,
                "xaxis": axes::columns(&models.iter().map(|m| m.replace(" regression", " regr.").replace(' ', "<br>")).collect::<Vec<_>>()),
                "yaxis": feature_axis(&features),
            }),
            links: Value::Null,
        },
        table,
    }))
}

/// Partial dependence: the mean forecast if all customers had the same value of a feature.
pub(crate) fn dependence(view: &View, feature: &str) -> Result<Option<Drawn>, BackendError> {
    let Some(all) = view.frame.rows::<ltv_dependence::Row>()? else { return Ok(None) };
    let rows: Vec<&ltv_dependence::Row> = all.iter().filter(|row| row.feature == feature).collect();
    let (Some(first), Some(last)) = (rows.first().copied(), rows.last().copied()) else { return Ok(None) };
    let money = &view.money;
    let (is_money, is_share) = match FEATURES.iter().find(|def| def.name == feature).map(|def| def.kind) {
        Some(Kind::Money | Kind::MoneyMean) => (true, false),
        Some(Kind::Share) => (false, true),
        Some(_) => (false, false),
        None => (
            matches!(feature, "expected_value" | "expected_order_value"),
            matches!(feature, "p_alive" | "p_purchase"),
        ),
    };
    let words = |value: f64| match value {
        value if is_money => money.rounded(value * minor_per_major(view.frame.summary.money_decimals)),
        value if is_share => format::percent(value),
        value if value.fract() == 0.0 => format::whole(value),
        value => format::mean(value),
    };
    let mut table = Table::new(&[("value", "Value"), ("mean_spend", "Mean forecast")]);
    table.columns[0].1 = title(feature);
    let at = |value: f64| match value {
        value if is_money => Cell::Money(value * minor_per_major(view.frame.summary.money_decimals)),
        value if is_share => Cell::Share(value),
        value => Cell::Number(value),
    };
    for row in rows.iter().copied() {
        table.push(vec![at(row.value), Cell::Money(row.mean_spend_minor)], None);
    }
    let (prefix, suffix) = money.affixes();
    let (x_prefix, x_suffix) = if is_money { money.affixes() } else { (String::new(), String::new()) };
    // One customer far above the others would squeeze the rest into a corner: leave that point out.
    let before_last = rows.len().checked_sub(2).map(|at| rows[at]);
    let far = before_last
        .filter(|_| rows.len() > 3)
        .filter(|row| last.value > 3.0 * row.value && row.value > first.value);
    let (shown, largest, last) = match far {
        Some(row) => (
            &rows[..rows.len() - 1],
            format!(" The largest value, {}, is only in the table.", words(last.value)),
            row,
        ),
        None => (&rows[..], String::new(), last),
    };
    let change = last.mean_spend_minor - first.mean_spend_minor;
    let way = if change.abs() < 0.01 * first.mean_spend_minor.abs() {
        "almost no effect".to_owned()
    } else {
        format!("from {} to {}", money.rounded(first.mean_spend_minor), money.rounded(last.mean_spend_minor))
    };
    let model = &first.model;
    Ok(Some(Drawn {
        title: format!("{}: {way}", title(feature)),
        advice: format!("{}.{largest}", meaning(feature)),
        units: format!("mean forecast of {model} if all customers had this value"),
        figure: Figure {
            data: vec![json!({
                "type": "scatter",
                "mode": "lines+markers",
                "x": shown.iter().map(|row| row.value).collect::<Vec<_>>(),
                "y": shown.iter().map(|row| money.units_of(row.mean_spend_minor)).collect::<Vec<_>>(),
                "customdata": shown.iter().map(|row| format!("{}: {}<br>mean forecast {}", title(feature), words(row.value), money.rounded(row.mean_spend_minor))).collect::<Vec<_>>(),
                "line": { "color": "--chart-1", "width": 2.5 },
                "marker": { "size": 6 },
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 240,
                "showlegend": false,
                "margin": { "l": 12, "r": 16, "t": 10, "b": 44 },
                "xaxis": { "title": { "text": title(feature), "standoff": 8 }, "tickprefix": x_prefix, "ticksuffix": x_suffix, "tickformat": if is_share { ".0%" } else { "~s" }, "nticks": 6, "showgrid": false },
                "yaxis": { "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "rangemode": "tozero", "nticks": 5 },
            }),
            links: Value::Null,
        },
        table,
    }))
}

/// Effects of a feature on the forecasts of the selected customers.
#[derive(Clone, Default)]
struct Moves {
    raises: u64,
    lowers: u64,
    up_minor: i128,
    down_minor: i128,
}

/// How often and by how much each feature changes a forecast (TreeSHAP, largest effects per customer).
pub(crate) fn drivers(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(of) = view.frame.drivers()? else { return Ok(None) };
    let mut moves = vec![Moves::default(); of.feature.labels.len()];
    let mut customers = std::collections::BTreeSet::new();
    for at in of.of(|row| view.chosen.has(row)) {
        customers.insert(of.customer[at]);
        let Some(of_feature) = moves.get_mut(usize::from(of.feature.codes[at])) else { continue };
        let effect = of.effect_minor[at];
        if effect > 0 {
            of_feature.raises += 1;
            of_feature.up_minor += i128::from(effect);
        } else if effect < 0 {
            of_feature.lowers += 1;
            of_feature.down_minor += i128::from(effect);
        }
    }
    if customers.is_empty() {
        return Ok(None);
    }
    let all = customers.len() as f64;
    let mut order: Vec<usize> =
        (0..moves.len()).filter(|at| moves[*at].raises + moves[*at].lowers > 0).collect();
    order.sort_by_key(|at| std::cmp::Reverse(moves[*at].up_minor - moves[*at].down_minor));
    let Some(first) = order.first().copied() else { return Ok(None) };
    let name = |at: usize| of.feature.labels[at].clone();
    let mut table = Table::new(&[
        ("feature", "Feature"),
        ("raises_share", "Raised for"),
        ("raises_by", "Mean rise"),
        ("lowers_share", "Lowered for"),
        ("lowers_by", "Mean drop"),
        ("effect_mean", "Mean absolute effect"),
    ]);
    for at in order.iter().copied() {
        let m = &moves[at];
        table.push(
            vec![
                Cell::Text(title(&name(at))),
                Cell::Share(m.raises as f64 / all),
                Cell::Money(m.up_minor as f64 / m.raises as f64),
                Cell::Share(m.lowers as f64 / all),
                Cell::Money(m.down_minor as f64 / m.lowers as f64),
                Cell::Money((m.up_minor - m.down_minor) as f64 / all),
            ],
            None,
        );
    }
    let money = &view.money;
    let drawn: Vec<usize> = order.iter().copied().take(MOST).collect();
    let trace = |said: &str, colour: &str, sum: &dyn Fn(&Moves) -> i128, count: &dyn Fn(&Moves) -> u64| {
        let each = |m: &Moves| sum(m) as f64 / count(m).max(1) as f64;
        json!({
            "type": "bar",
            "orientation": "h",
            "name": said,
            "y": (0..drawn.len()).collect::<Vec<usize>>(),
            "x": drawn.iter().map(|at| money.units_of(sum(&moves[*at]) as f64 / all)).collect::<Vec<f64>>(),
            "customdata": drawn.iter().map(|at| format!(
                "{}<br>{} the forecast of {} of customers<br>by {} on average",
                title(&name(*at)), said.to_lowercase(), format::percent(count(&moves[*at]) as f64 / all), money.rounded(each(&moves[*at]).abs())
            )).collect::<Vec<_>>(),
            "marker": { "color": colour },
            "hovertemplate": "%{customdata}<extra></extra>",
        })
    };
    let (prefix, suffix) = money.affixes();
    let top = &moves[first];
    Ok(Some(Drawn {
        title: format!(
            "{} has the largest effect: up for {} of customers, down for {}",
            title(&name(first)),
            format::percent_in_text(top.raises as f64 / all),
            format::percent_in_text(top.lowers as f64 / all)
        ),
        advice: "SHAP values (TreeSHAP) of each customer's five largest effects, averaged over customers: right raises forecasts, left lowers them. The table has the share of customers.".to_owned(),
        units: "mean effect on the forecast per customer".to_owned(),
        figure: Figure {
            data: vec![
                trace("Lowers", "--cluster-2", &|m| m.down_minor, &|m| m.lowers),
                trace("Raises", "--chart-1", &|m| m.up_minor, &|m| m.raises),
            ],
            layout: json!({
                "height": 110 + 28 * drawn.len().max(3),
                "barmode": "relative",
                "bargap": 0.34,
                "margin": { "l": 12, "r": 20, "t": 34, "b": 46 },
                "xaxis": { "title": { "text": "Mean effect on the forecast", "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "nticks": 6 },
                "yaxis": feature_axis(&drawn.iter().map(|at| name(*at)).collect::<Vec<_>>()),
            }),
            links: Value::Null,
        },
        table,
    }))
}
