//! Lifetime value in `regulars report`: the model, its forecast and its accuracy.

use regulars_analysis::claims::activity::{ActivityForecast, alive_caveat};
use regulars_analysis::claims::forecast::intervals;
use regulars_analysis::claims::large_customers::largest_holdout_customer;
use regulars_analysis::claims::{largest_forecast, words};
use regulars_analysis::format::{self, Money};
use regulars_analysis::importance::by_importance;
use regulars_core::money::{format_count, format_minor_grouped};
use regulars_core::summary::{RunSummary, ValueSummary};

use super::report::with_currency;
use super::validate::percent;
use crate::failure::Result;
use crate::printer::{self, Align, line};
use crate::settings::Settings;

/// The total forecast in a few lines.
pub(super) fn overview(summary: &RunSummary) -> Result<()> {
    let Some(found) = &summary.value else {
        return Ok(());
    };
    let money = |minor: i64| with_currency(summary, minor);
    line(format!(
        "lifetime value, next {} days: total predicted LTV {} of {} customers ({} to {}), {} per customer",
        found.horizon_days,
        money(found.total_ltv_minor),
        format_count(found.customers),
        format_minor_grouped(found.total_ltv_low_minor, summary.money_decimals),
        format_minor_grouped(found.total_ltv_high_minor, summary.money_decimals),
        money(found.mean_ltv_minor.round() as i64)
    ))?;
    let activity = activity(found);
    let active = words::likely_active_short(&activity);
    line(words::plain(&match activity.p_purchase {
        Some(p_purchase) => {
            format!("average P(purchase) {} ({}); {active}", percent(p_purchase), words::will_buy(&activity))
        }
        None => active,
    }))?;
    largest_forecast(summary).map_or(Ok(()), |large_customer| {
        let claim_text = words::large_customer(&large_customer, &Money::of(summary));
        line(words::plain(&format!("{}. {}", claim_text.headline, claim_text.detail)))
    })
}

/// Expected activity of the customers, and doubts about P(alive).
fn activity(found: &ValueSummary) -> ActivityForecast {
    ActivityForecast {
        customers: found.customers,
        horizon_days: found.horizon_days,
        p_purchase: found.mean_p_purchase,
        p_alive: found.mean_p_alive,
        alive_caveat: found.alive.as_ref().and_then(alive_caveat),
    }
}

/// The model, its comparison and warnings, and the customers with the highest forecasts.
pub(super) fn details(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = &summary.value else {
        return Ok(());
    };
    let level = percent_of(found.interval_level);
    line(format!("\nLifetime value model: {}", found.model))?;
    line(format!("chosen by {}: {}", found.rule, found.reason))?;
    line(format!(
        "tested on the {} days after {}; refitted on all days to forecast {} days from {}{}",
        found.holdout_days,
        found.calibration_end,
        found.horizon_days,
        summary.as_of,
        found.discount.as_ref().map_or_else(String::new, |rate| format!(", discounted at {rate}"))
    ))?;
    line(format!(
        "holdout period: {} customers spent {} (predicted: {}) in {} purchases (predicted: {})",
        format_count(found.holdout_customers),
        with_currency(summary, found.actual_minor),
        with_currency(summary, found.expected_minor),
        format::whole(found.actual_purchases),
        format::whole(found.holdout_expected_purchases)
    ))?;
    let coverage = |share| words::coverage(&intervals(found.interval_level, share, found.holdout_customers));
    line(format!(
        "coverage of the {level} prediction intervals (from {}): spend {}, purchases {}",
        found.interval_covers,
        coverage(found.coverage),
        coverage(found.purchases_coverage)
    ))?;
    line(format!(
        "expected purchases in total: {} ({} to {}); repeat purchases of a new customer: {:.2}; \
         share of decile 1: {}",
        format::whole(found.total_purchases),
        format::whole(found.total_purchases_low),
        format::whole(found.total_purchases_high),
        found.new_customer_purchases,
        percent(found.top_10_share)
    ))?;
    if found.total_errors > 0 {
        let days = if found.total_errors == 1 { "day" } else { "days" };
        line(format!(
            "typical error of totals forecast at {} earlier {days}: {}, included in the intervals of totals",
            found.total_errors,
            percent(found.total_error)
        ))?;
    }
    if let Some(margin) = found.total_margin_minor {
        line(format!("gross margin of the total: {}", with_currency(summary, margin)))?;
    }
    print_models(summary, settings)?;
    if let Some(large_customer) =
        largest_holdout_customer(found.largest.as_ref(), &found.model, &found.models)
    {
        line(words::plain(&format!(
            "- {}",
            words::largest_holdout_customer(&large_customer, &Money::of(summary))
        )))?;
    }
    for warning in &found.warnings {
        line(format!("- {warning}"))?;
    }
    print_origins(summary, settings)?;
    print_deciles(summary, settings)?;
    print_features(summary, settings)?;
    print_churn(summary, settings)?;
    print_groups(summary, settings)?;
    print_top(summary, settings)
}

/// A level such as 90% or 99.9%.
fn percent_of(share: f64) -> String {
    format!("{}%", (share * 1000.0).round() / 10.0)
}

/// Formats a mean of money, which may be a fraction of a minor unit.
fn mean_money(summary: &RunSummary, minor: f64) -> String {
    format_minor_grouped(minor.round() as i64, summary.money_decimals)
}

/// Accuracy of the same models at earlier forecast origins, if configured.
fn print_origins(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = summary.value.as_ref().filter(|found| !found.origins.is_empty()) else {
        return Ok(());
    };
    line(format!(
        "\nBacktest at earlier forecast origins, each on the following {} days",
        found.holdout_days
    ))?;
    let mut table = printer::table(
        &[
            ("origin", Align::Left),
            ("customers", Align::Right),
            ("model", Align::Left),
            ("RMSE", Align::Right),
            ("bias", Align::Right),
            ("Gini", Align::Right),
        ],
        settings.color,
    );
    for row in &found.origins {
        table.add_row([
            row.origin.clone(),
            format_count(row.customers),
            row.model.clone(),
            mean_money(summary, row.rmse_minor),
            row.bias.map_or_else(String::new, |bias| format!("{:+.1}%", bias * 100.0)),
            row.gini.map_or_else(String::new, |gini| format!("{gini:.3}")),
        ]);
    }
    line(table)
}

/// Predicted and actual spend by forecast decile.
fn print_deciles(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = summary.value.as_ref().filter(|found| !found.deciles.is_empty()) else {
        return Ok(());
    };
    line(format!(
        "\nPredicted and actual spend in the {}-day holdout period by forecast decile (means per customer)",
        found.holdout_days
    ))?;
    let mut table = printer::table(
        &[
            ("decile", Align::Right),
            ("customers", Align::Right),
            ("predicted", Align::Right),
            ("actual", Align::Right),
            ("coverage", Align::Right),
        ],
        settings.color,
    );
    for tenth in &found.deciles {
        table.add_row([
            tenth.decile.to_string(),
            format_count(tenth.customers),
            mean_money(summary, tenth.expected_minor),
            mean_money(summary, tenth.actual_minor),
            tenth.coverage.map_or_else(String::new, percent),
        ]);
    }
    line(table)
}

fn print_features(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = &summary.value else { return Ok(()) };
    let Some(model) = found.best_learned.as_ref().filter(|_| !found.features.is_empty()) else {
        return Ok(());
    };
    let used = if *model == found.model { "" } else { ", not the chosen model" };
    line(format!(
        "\nForecast drivers of the most accurate learned model: {model}{used} (correlations, not causes)"
    ))?;
    let mut table = printer::table(
        &[
            ("feature", Align::Left),
            ("rise in RMSE when shuffled", Align::Right),
            ("mean absolute contribution", Align::Right),
        ],
        settings.color,
    );
    for row in by_importance(&found.features) {
        table.add_row([
            row.feature.to_owned(),
            mean_money(summary, row.rise_minor),
            mean_money(summary, row.mean_contribution_minor),
        ]);
    }
    line(table)
}

fn print_churn(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = summary.value.as_ref().filter(|found| !found.churn.is_empty()) else {
        return Ok(());
    };
    line(format!(
        "\nChurn models: P(churn) is the probability of no purchase in {} days (the holdout period)",
        found.holdout_days
    ))?;
    let mut table = printer::table(
        &[
            ("model", Align::Left),
            ("AUC", Align::Right),
            ("Brier score", Align::Right),
            ("log loss", Align::Right),
            ("remark", Align::Left),
        ],
        settings.color,
    );
    for row in &found.churn {
        table.add_row([
            row.model.clone(),
            row.auc.map_or_else(String::new, |auc| format!("{auc:.3}")),
            format!("{:.4}", row.brier),
            format!("{:.4}", row.log_loss),
            if row.chosen { "chosen".to_owned() } else { String::new() },
        ]);
    }
    line(table)?;
    let mut table = printer::table(
        &[
            ("customers", Align::Right),
            ("mean P(churn), chosen model", Align::Right),
            ("actual churn rate", Align::Right),
        ],
        settings.color,
    );
    for band in &found.churn_bands {
        table.add_row([
            format_count(band.customers),
            percent(band.mean_predicted),
            percent(band.observed_rate),
        ]);
    }
    line(table)
}

/// Forecast by segment and cluster.
fn print_groups(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = &summary.value else { return Ok(()) };
    let shown: Vec<_> =
        found.groups.iter().filter(|g| matches!(g.grouping.as_str(), "segment" | "cluster")).collect();
    if shown.is_empty() {
        return Ok(());
    }
    line(format!("\nForecast by segment and cluster, next {} days", found.horizon_days))?;
    let mut table = printer::table(
        &[
            ("", Align::Left),
            ("customers", Align::Right),
            ("total predicted LTV", Align::Right),
            ("from", Align::Right),
            ("to", Align::Right),
            ("share", Align::Right),
            ("P(purchase)", Align::Right),
            ("P(churn)", Align::Right),
            ("P(alive)", Align::Right),
        ],
        settings.color,
    );
    for group in shown {
        let money = |minor: i64| format_minor_grouped(minor, summary.money_decimals);
        table.add_row([
            group.name.clone(),
            format_count(group.customers),
            money(group.predicted_ltv_minor),
            money(group.predicted_low_minor),
            money(group.predicted_high_minor),
            group.share.map_or_else(String::new, percent),
            percent(group.mean_p_purchase),
            group.mean_p_churn.map_or_else(String::new, percent),
            percent(group.mean_p_alive),
        ]);
    }
    line(table)
}

fn print_models(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = &summary.value else {
        return Ok(());
    };
    let mut table = printer::table(
        &[
            ("model", Align::Left),
            ("R2", Align::Right),
            ("MAE", Align::Right),
            ("RMSE", Align::Right),
            ("bias", Align::Right),
            ("Gini", Align::Right),
            ("RMSE without largest", Align::Right),
            ("purchases RMSE", Align::Right),
            ("log-likelihood", Align::Right),
            ("remark", Align::Left),
        ],
        settings.color,
    );
    let money = |minor: Option<f64>| {
        minor.map_or_else(String::new, |minor| {
            format_minor_grouped(minor.round() as i64, summary.money_decimals)
        })
    };
    for model in &found.models {
        let number = |value: Option<f64>, decimals: usize| {
            value.map_or_else(String::new, |value| format!("{value:.decimals$}"))
        };
        let remark = match (&model.note, model.chosen) {
            (Some(note), true) => format!("chosen; {note}"),
            (Some(note), false) => note.clone(),
            (None, true) => "chosen".to_owned(),
            (None, false) if model.kind == "baseline" => "baseline".to_owned(),
            (None, false) => String::new(),
        };
        let remark = match model.cross_validated_r2 {
            Some(r2) if remark.is_empty() => format!("cross-validated R2 {r2:.3}"),
            Some(r2) => format!("cross-validated R2 {r2:.3}; {remark}"),
            None => remark,
        };
        table.add_row([
            model.model.clone(),
            number(model.r2, 3),
            money(model.mae_minor),
            money(model.rmse_minor),
            model.bias.map_or_else(String::new, |bias| format!("{:+.1}%", bias * 100.0)),
            number(model.gini, 3),
            money(model.rmse_without_largest_minor),
            number(model.purchases_rmse, 3),
            number(model.holdout_log_likelihood, 1),
            remark,
        ]);
    }
    line(table)
}

fn print_top(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = &summary.value else {
        return Ok(());
    };
    line(format!("\nTop customers by predicted LTV, next {} days", found.horizon_days))?;
    let mut table = printer::table(
        &[
            ("customer", Align::Left),
            ("predicted LTV", Align::Right),
            ("from", Align::Right),
            ("to", Align::Right),
            ("expected purchases", Align::Right),
            ("P(purchase)", Align::Right),
            ("P(alive)", Align::Right),
        ],
        settings.color,
    );
    for top in &found.top_customers {
        let money = |minor: i64| format_minor_grouped(minor, summary.money_decimals);
        table.add_row([
            top.customer_id.clone(),
            money(top.predicted_ltv_minor),
            money(top.predicted_low_minor),
            money(top.predicted_high_minor),
            format!("{:.1}", top.expected_purchases),
            top.p_purchase.map_or_else(String::new, percent),
            percent(top.p_alive),
        ]);
    }
    line(table)
}
