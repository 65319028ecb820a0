//! Lifetime value: `/d/{dataset}/value`. Forecast with intervals, model choice and accuracy, forecast
//! drivers, purchase and churn probabilities.

use askama::Template;
use axum::response::Response;
use regulars_analysis::claims::forecast::intervals;
use regulars_analysis::claims::large_customers::largest_holdout_customer;
use regulars_analysis::claims::words;
use regulars_analysis::format::{self, Money, NOTHING};
use regulars_core::summary::{ModelRow, ValueSummary};

use super::card::{ChartCard, OptionGroup, axes_of_boxes};
use super::kpis::{self, Kpi};
use super::nav::Page;
use super::shell::{PageContext, Shell, render};
use crate::charts;
use crate::error::ServerError;
use crate::view::View;

const KPIS: [&str; 4] = ["predicted_total", "predicted_value", "will_buy", "still_customers"];
const FORECAST_CHARTS: [&str; 8] = [
    "forecast-segments",
    "value-by-segment",
    "forecast-clusters",
    "value-by-cluster",
    "forecast-deciles",
    "value-distribution",
    "value-by-score",
    "margin-by-segment",
];
const HOLDOUT_CHARTS: [&str; 7] =
    ["models", "calibration", "agreement", "gain", "residuals", "coverage-by-decile", "tracking"];
const LEAVING: [&str; 5] = ["buying", "churn", "churn-reliability", "churn-holdout", "alive"];
const REASONS: [&str; 3] = ["feature-importance", "feature-gains", "drivers"];

/// Lifetime value of a run.
#[derive(Template)]
#[template(path = "value.html")]
struct ValuePage {
    shell: Shell,
    kpis: Vec<Kpi>,
    found: Option<Found>,
    /// The reason if the run has no forecast.
    missing: String,
    forecast_charts: Vec<ChartCard>,
    axes: OptionGroup,
    holdout_charts: Vec<ChartCard>,
    reasons: Vec<ChartCard>,
    dependences: Vec<ChartCard>,
    leaving: Vec<ChartCard>,
    api: String,
}

/// Lifetime value as sentences and table rows.
#[derive(Debug)]
struct Found {
    title: String,
    lead: String,
    holdout: String,
    interval: String,
    /// Gross margin of the forecast, if a margin was given.
    margin: Option<String>,
    warnings: Vec<String>,
    /// Influence of one customer on the total and on the model comparison.
    large_customers: Vec<String>,
    /// The customer excluded from the last two columns of the comparison.
    largest: Option<String>,
    models: Vec<ModelLine>,
    origins: Vec<OriginLine>,
    churn: Vec<ChurnLine>,
    /// The source of the forecast drivers, or why there are none.
    drivers_text: String,
    customers: Vec<CustomerLine>,
    /// Whether a filter is in force, which these figures ignore.
    of_all: bool,
}

/// One row of the comparison.
#[derive(Debug)]
struct ModelLine {
    model: String,
    chosen: bool,
    note: String,
    numbers: [String; 8],
}

/// One model at an earlier forecast origin.
#[derive(Debug)]
struct OriginLine {
    origin: String,
    model: String,
    numbers: [String; 4],
}

/// One churn model.
#[derive(Debug)]
struct ChurnLine {
    model: String,
    chosen: bool,
    numbers: [String; 3],
}

/// One of the customers with the highest value.
#[derive(Debug)]
struct CustomerLine {
    customer: String,
    href: String,
    value: String,
    interval: String,
    purchases: String,
    p_purchase: String,
    p_alive: String,
}

pub(super) fn value(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let features = view.frame.dependence_features()?;
    let names: Vec<String> = features.iter().map(|feature| charts::dependence_of(feature)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let has_value = view.frame.summary.value.is_some();
    let cards = |names: &[&str]| if has_value { ChartCard::all(view, names) } else { Ok(Vec::new()) };
    let mut page = ValuePage {
        kpis: kpis::kpis(view, &KPIS)?,
        found: view.frame.summary.value.as_ref().map(|value| found(view, value)).transpose()?,
        missing: missing(view),
        forecast_charts: cards(&FORECAST_CHARTS)?,
        axes: axes_of_boxes(view, &Page::Value.path(view.dataset()), "ahead"),
        holdout_charts: cards(&HOLDOUT_CHARTS)?,
        reasons: cards(&REASONS)?,
        dependences: cards(&names)?,
        leaving: cards(&LEAVING)?,
        api: view.api("measures"),
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_run(Page::Value, view, around)?;
    render(&page)
}

/// Why the run has no lifetime value.
pub(super) fn missing(view: &View) -> String {
    why_missing(view, "value", "Lifetime value", "no lifetime value: ")
}

/// Why the run lacks the results of a step; the manifest has the reason in a note.
pub(super) fn why_missing(view: &View, step: &str, what: &str, note: &str) -> String {
    let manifest = &view.frame.manifest;
    if !manifest.steps.iter().any(|known| known == step) {
        return format!("{what} was disabled for this run. Run the data again with all steps.");
    }
    let reason = manifest.notes.iter().find_map(|text| text.strip_prefix(note));
    format!("{}.", format::capitalised(reason.unwrap_or("the run gives no reason")))
}

fn found(view: &View, value: &ValueSummary) -> Result<Found, ServerError> {
    let money = &view.money;
    Ok(Found {
        title: format!("Forecast for the next {} days: {}", value.horizon_days, value.model),
        lead: format!("Chosen by {}: {}.", value.rule, value.reason),
        holdout: format!(
            "Models were fitted on the calibration period, up to {}, and tested on a holdout period of {} days. There, {} \
             spent {}; the forecast was {} ({}). They made {} purchases; the forecast was {}.",
            format::day(&value.calibration_end),
            value.holdout_days,
            format::customers(value.holdout_customers),
            money.rounded(value.actual_minor as f64),
            money.rounded(value.expected_minor as f64),
            format::change(value.expected_minor as f64, value.actual_minor as f64)
                .map_or_else(|| NOTHING.to_owned(), |(change, _)| change),
            format::count(value.actual_purchases.round() as u64),
            format::count(value.holdout_expected_purchases.round() as u64)
        ),
        interval: interval(value),
        margin: value.total_margin_minor.zip(view.frame.manifest.config.value.margin).map(
            |(left, margin)| {
                format!(
                    "At a gross margin of {}, {} of the total predicted LTV of {} is gross margin.",
                    format::percent(margin),
                    money.rounded(left as f64),
                    money.rounded(value.total_ltv_minor as f64)
                )
            },
        ),
        warnings: value.warnings.iter().map(|warning| format!("{}.", format::capitalised(warning))).collect(),
        large_customers: large_customers(view, value)?,
        largest: value.largest.as_ref().map(|largest| largest.customer_id.clone()),
        models: value.models.iter().map(|model| model_line(model, money)).collect(),
        origins: value.origins.iter().map(|origin| origin_line(origin, money)).collect(),
        churn: value.churn.iter().map(churn_line).collect(),
        drivers_text: drivers_text(value),
        customers: value.top_customers.iter().map(|customer| customer_line(customer, view)).collect(),
        of_all: !view.chosen.is_all(),
    })
}

/// Influence of one customer on the expected total and on the model comparison.
fn large_customers(view: &View, value: &ValueSummary) -> Result<Vec<String>, ServerError> {
    let of_total = view.largest_forecast()?.map(|found| {
        let claim = words::large_customer(&found, &view.money);
        format!("{}. {}", claim.headline, claim.detail)
    });
    let of_holdout = largest_holdout_customer(value.largest.as_ref(), &value.model, &value.models)
        .map(|found| words::largest_holdout_customer(&found, &view.money));
    Ok(of_total.into_iter().chain(of_holdout).collect())
}

/// What the prediction interval means, and its coverage in the holdout period.
fn interval(value: &ValueSummary) -> String {
    let level = value.interval_level;
    let coverage = |share| words::coverage(&intervals(level, share, value.holdout_customers));
    format!(
        "About {:.0} of 100 customers are expected to spend within their interval. Its width comes from {}. In the {}-day \
         holdout period, coverage was {} for spend and {} for purchases. {}",
        level * 100.0,
        value.interval_covers,
        value.holdout_days,
        coverage(value.coverage),
        coverage(value.purchases_coverage),
        charts::total_interval_meaning(value)
    )
}

/// The source of the forecast drivers, or why there are none.
fn drivers_text(value: &ValueSummary) -> String {
    let Some(best) = &value.best_learned else {
        let reason = value.warnings.iter().find_map(|warning| warning.strip_prefix("no learned models: "));
        return match reason {
            Some(reason) => format!("No learned models: {reason}. {}", history(value)),
            None => format!("This run has no learned models. {}", history(value)),
        };
    };
    let learned = value.models.iter().any(|m| m.chosen && matches!(m.kind.as_str(), "learned" | "blend"));
    if learned {
        format!(
            "The forecast comes from a learned model. Importance and partial dependence are those of {best}, the most accurate of them."
        )
    } else {
        format!(
            "{} The charts show {best}, the most accurate learned model. It was not chosen, but was fitted on the same customers.",
            history(value)
        )
    }
}

fn history(value: &ValueSummary) -> String {
    format!(
        "{} uses three numbers per customer: repeat purchases, days from the first to the last order, and days since the first order.",
        value.model
    )
}

fn model_line(model: &ModelRow, money: &Money) -> ModelLine {
    let amount = |minor: Option<f64>| minor.map_or_else(|| NOTHING.to_owned(), |minor| money.mean(minor));
    let number = |value: Option<f64>| value.map_or_else(|| NOTHING.to_owned(), format::two);
    ModelLine {
        model: format::capitalised(&model.model),
        chosen: model.chosen,
        note: match &model.note {
            Some(note) => note.replace('`', ""),
            None if model.kind == "baseline" => "baseline".to_owned(),
            None => String::new(),
        },
        numbers: [
            amount(model.rmse_minor),
            amount(model.mae_minor),
            number(model.r2),
            off_by(model.bias),
            number(model.gini),
            number(model.purchases_rmse),
            amount(model.rmse_without_largest_minor),
            off_by(model.bias_without_largest),
        ],
    }
}

fn off_by(bias: Option<f64>) -> String {
    bias.map_or_else(|| NOTHING.to_owned(), |bias| format!("{:+.1}%", bias * 100.0).replace('-', "−"))
}

fn origin_line(origin: &regulars_core::summary::OriginRow, money: &Money) -> OriginLine {
    OriginLine {
        origin: format::day(&origin.origin),
        model: origin.model.clone(),
        numbers: [
            format::count(origin.customers),
            money.mean(origin.rmse_minor),
            off_by(origin.bias),
            origin.gini.map_or_else(|| NOTHING.to_owned(), format::two),
        ],
    }
}

fn churn_line(model: &regulars_core::summary::ChurnRow) -> ChurnLine {
    ChurnLine {
        model: model.model.clone(),
        chosen: model.chosen,
        numbers: [
            model.auc.map_or_else(|| NOTHING.to_owned(), |auc| format!("{auc:.3}")),
            format!("{:.3}", model.brier),
            format!("{:.3}", model.log_loss),
        ],
    }
}

fn customer_line(customer: &regulars_core::summary::ValuedCustomer, view: &View) -> CustomerLine {
    let money = &view.money;
    CustomerLine {
        customer: customer.customer_id.clone(),
        href: view.customer(&customer.customer_id),
        value: money.exact(customer.predicted_ltv_minor),
        interval: format!(
            "{} to {}",
            money.exact(customer.predicted_low_minor),
            money.exact(customer.predicted_high_minor)
        ),
        purchases: format!("{:.1}", customer.expected_purchases),
        p_purchase: customer.p_purchase.map_or_else(|| NOTHING.to_owned(), format::percent),
        p_alive: format::percent(customer.p_alive),
    }
}
