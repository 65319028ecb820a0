//! Forecast drivers: feature importance, dependence plots and SHAP values.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{distinct, title};
use regulars_analysis::importance::{self, Importance, by_importance};
use regulars_analysis::table::{Cell, TableOf};
use regulars_core::features::FEATURES;
use regulars_core::money::minor_per_major;
use regulars_core::summary::FeatureRow;
use regulars_core::tables::{Kind, ltv_dependence};

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure, short_label};
use super::super::heat_map::HeatMap;
use super::super::trace::Trace;
use crate::palette;
use crate::view::View;

/// Features drawn at most; the table has all.
const MAX_FEATURES: usize = 12;

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
    let table = TableOf::new(rows.iter().copied())
        .text("feature", "Feature", |row| title(row.feature))
        .money(importance::NAMES[0], "Rise in RMSE", |row| row.rise_minor)
        .money(importance::NAMES[1], "Std. deviation", |row| row.rise_sd_minor)
        .money("mean_contribution", "Mean effect on a forecast", |row| row.mean_contribution_minor)
        .text("meaning", "Description", |row| meaning(row.feature))
        .done();
    rows.truncate(MAX_FEATURES);
    let money = &view.money;
    let hover = |row: Importance<'_>| {
        let (title, rise) = (title(row.feature), money.rounded(row.rise_minor));
        format!("{title}: RMSE rises by {rise}<br>{}", meaning(row.feature))
    };
    Ok(Some(Drawn {
        title: format!("Most important feature of {}: {}", model, title(first.feature)),
        advice: format!(
            "Permutation importance: rise in the holdout RMSE of {model} when a feature's values are shuffled, ± one standard deviation. Correlated features share their importance."
        ),
        units: "rise in holdout RMSE".to_owned(),
        figure: Figure::new(80 + 28 * rows.len().max(3), [20, 8, 46])
            .with(
                Trace::bars(rows.iter().copied())
                    .x(|row| money.units_of(row.rise_minor))
                    .deviations("x", |row| money.units_of(row.rise_sd_minor), ("--ink", 1.4, 4))
                    .hover(hover),
            )
            .gap(0.34)
            .x(Axis::titled("Rise in RMSE").money(money).zero_based().ticks(5))
            .y(feature_axis(rows.iter().map(|row| row.feature))),
        table,
    }))
}

fn feature_axis<'a>(features: impl Iterator<Item = &'a str>) -> Axis {
    Axis::rows(&features.map(|name| short_label(&title(name), 26)).collect::<Vec<_>>())
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
    let most = |feature: &str| models.iter().map(|m| gain(feature, m)).fold(0.0, f64::max);
    let mut features = distinct(&rows, |row| row.feature.as_str());
    features.sort_by(|a, b| most(b).total_cmp(&most(a)));
    let in_order = features.iter().flat_map(|f| all_models.iter().filter_map(move |m| place(f, m)));
    let table = TableOf::new(in_order)
        .text("feature", "Feature", |row| title(&row.feature))
        .text("model", "Model", |row| &row.model)
        .share("gain", "Share of gain", |row| row.gain)
        .money("mean_contribution", "Mean effect on a forecast", |row| row.mean_contribution_minor)
        .done();
    features.truncate(MAX_FEATURES);
    let money = &view.money;
    let share = |x: usize, y: usize| gain(features[y], models[x]);
    let hover = |x: usize, y: usize| {
        let (feature, model) = (features[y], models[x]);
        let effect = place(feature, model).map(|row| row.mean_contribution_minor).filter(|m| m.is_finite());
        let effect = effect.map(|minor| format!("<br>mean effect on a forecast: {}", money.rounded(minor)));
        let (title, share) = (title(feature), format::percent(share(x, y)));
        format!("{title}, {model}<br>{share} of the gain{}", effect.unwrap_or_default())
    };
    let text = |x: usize, y: usize| {
        let share = share(x, y);
        (share >= 0.005).then(|| (format!("{:.0}%", share * 100.0), palette::ink_at(share.sqrt())))
    };
    let short = |model: &&str| model.replace(" regression", " regr.").replace(' ', "<br>");
    Ok(Some(Drawn {
        title: format!("Most important feature across the learned models: {}", title(features[0])),
        advice: "Each feature's share of a model's total gain (of the coefficients, for regressions), one column per model. The data table also has mean contributions.".to_owned(),
        units: "share of total gain".to_owned(),
        figure: HeatMap::new(models.len(), features.len(), palette::SEQUENTIAL, |x, y| share(x, y).sqrt())
            .between(0.0, 1.0)
            .gap(2)
            .hover(hover)
            .text(12, text)
            .figure(90 + 28 * features.len().max(3), [12, 8, 60])
            .x(Axis::columns(&models.iter().map(short).collect::<Vec<String>>()))
            .y(feature_axis(features.iter().copied())),
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
    let at = |value: f64| match value {
        value if is_money => Cell::Money(value * minor_per_major(view.frame.summary.money_decimals)),
        value if is_share => Cell::Share(value),
        value => Cell::Number(value),
    };
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
        figure: Figure::new(240, [16, 10, 44])
            .with(
                Trace::line(shown.iter().copied(), "--chart-1", 2.5)
                    .with_points(6)
                    .x(|row| row.value)
                    .y(|row| money.units_of(row.mean_spend_minor))
                    .hover(|row| {
                        let (value, spend) = (words(row.value), money.rounded(row.mean_spend_minor));
                        format!("{}: {value}<br>mean forecast {spend}", title(feature))
                    }),
            )
            .x(Axis::titled(title(feature))
                .money_if(is_money, money)
                .set("tickformat", if is_share { ".0%" } else { "~s" })
                .ticks(6)
                .no_grid())
            .y(Axis::default().money(money).zero_based().ticks(5)),
        table: TableOf::new(rows.iter().copied())
            .cells("value", title(feature), |row| at(row.value))
            .money("mean_spend", "Mean forecast", |row| row.mean_spend_minor)
            .done(),
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
    let Some(top) = order.first().map(|at| &moves[*at]) else { return Ok(None) };
    let name = |at: usize| of.feature.labels[at].as_str();
    let money = &view.money;
    let drawn = || order.iter().copied().take(MAX_FEATURES);
    let bars = |name_of: &str, colour: &str, sum: fn(&Moves) -> i128, count: fn(&Moves) -> u64| {
        let hover = |at: usize| {
            let (sum, count) = (sum(&moves[at]) as f64, count(&moves[at]));
            format!(
                "{}<br>{} the forecast of {} of customers<br>by {} on average",
                title(name(at)),
                name_of.to_lowercase(),
                format::percent(count as f64 / all),
                money.rounded((sum / count.max(1) as f64).abs())
            )
        };
        let bars = Trace::bars(drawn()).name(name_of).colour(colour).hover(hover);
        bars.x(|at| money.units_of(sum(&moves[at]) as f64 / all))
    };
    Ok(Some(Drawn {
        title: format!(
            "{} has the largest effect: up for {} of customers, down for {}",
            title(name(order[0])),
            format::percent_in_text(top.raises as f64 / all),
            format::percent_in_text(top.lowers as f64 / all)
        ),
        advice: "SHAP values (TreeSHAP) of each customer's five largest effects, averaged over customers: right raises forecasts, left lowers them. The table has the share of customers.".to_owned(),
        units: "mean effect on the forecast per customer".to_owned(),
        figure: Figure::new(110 + 28 * drawn().count().max(3), [20, 34, 46])
            .legend()
            .with(bars("Lowers", "--cluster-2", |m| m.down_minor, |m| m.lowers))
            .with(bars("Raises", "--chart-1", |m| m.up_minor, |m| m.raises))
            .set("barmode", "relative")
            .gap(0.34)
            .x(Axis::titled("Mean effect on the forecast").money(money).ticks(6))
            .y(feature_axis(drawn().map(name))),
        table: TableOf::new(order.iter().copied())
            .text("feature", "Feature", |at| title(name(at)))
            .share("raises_share", "Raised for", |at| moves[at].raises as f64 / all)
            .money("raises_by", "Mean rise", |at| moves[at].up_minor as f64 / moves[at].raises as f64)
            .share("lowers_share", "Lowered for", |at| moves[at].lowers as f64 / all)
            .money("lowers_by", "Mean drop", |at| moves[at].down_minor as f64 / moves[at].lowers as f64)
            .money("effect_mean", "Mean absolute effect", |at| {
                (moves[at].up_minor - moves[at].down_minor) as f64 / all
            })
            .done(),
    }))
}
