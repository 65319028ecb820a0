//! Lifetime value in `regulars report`: which model and why, what it says, how far to trust it.

use regulars_analysis::claims::forecast::intervals;
use regulars_analysis::claims::presence::{Presence, doubt};
use regulars_analysis::claims::whales::holdout_whale;
use regulars_analysis::claims::{value_whale, words};
use regulars_analysis::format::Money;
use regulars_core::money::{format_count, format_minor_grouped};
use regulars_core::summary::{RunSummary, ValueSummary};

use super::report::with_currency;
use super::validate::percent;
use crate::failure::Result;
use crate::printer::{self, Align, line};
use crate::settings::Settings;

/// What all customers come to, in a few lines.
pub(super) fn overview(summary: &RunSummary) -> Result<()> {
    let Some(found) = &summary.value else {
        return Ok(());
    };
    let money = |minor: i64| with_currency(summary, minor);
    line(format!(
        "lifetime value, the next {} days: {} expected of {} customers ({} to {}), {} per customer",
        found.horizon_days,
        money(found.total_ltv_minor),
        format_count(found.customers),
        format_minor_grouped(found.total_ltv_low_minor, summary.money_decimals),
        format_minor_grouped(found.total_ltv_high_minor, summary.money_decimals),
        money(found.mean_ltv_minor.round() as i64)
    ))?;
    let presence = presence(found);
    let active = words::likely_active_short(&presence);
    line(words::plain(&match presence.p_purchase {
        Some(chance) => {
            format!("chance to buy: {}, {}; {active}", percent(chance), words::will_buy(&presence))
        }
        None => active,
    }))?;
    value_whale(summary).map_or(Ok(()), |whale| {
        let said = words::whale(&whale, &Money::of(summary));
        line(words::plain(&format!("{}. {}", said.headline, said.detail)))
    })
}

/// Whether customers are expected to buy, and how far P(alive) can be believed.
fn presence(found: &ValueSummary) -> Presence {
    Presence {
        customers: found.customers,
        horizon_days: found.horizon_days,
        p_purchase: found.mean_p_purchase,
        p_alive: found.mean_p_alive,
        doubt: found.alive.as_ref().and_then(doubt),
    }
}

/// The model, its comparison, its warnings, and the customers with the highest value.
pub(super) fn details(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = &summary.value else {
        return Ok(());
    };
    let level = percent_of(found.interval_level);
    line(format!("\nHow lifetime value came about: {}", found.model))?;
    line(&found.reason)?;
    line(format!(
        "judged on the {} days after {}, chosen by {}; then fitted on all days, for the {} days after {}{}",
        found.holdout_days,
        found.calibration_end,
        found.rule,
        found.horizon_days,
        summary.as_of,
        found.discount.as_ref().map_or_else(String::new, |rate| format!(", discounted by {rate}"))
    ))?;
    line(format!(
        "in the days held out {} customers spent {} where {} were expected, in {:.0} purchases where {:.0} were expected",
        format_count(found.customers_judged),
        with_currency(summary, found.actual_minor),
        with_currency(summary, found.expected_minor),
        found.actual_purchases,
        found.expected_purchases_judged
    ))?;
    line(format!(
        "{level} intervals ({}) held {} of the customers' spend and {} of their purchases: {}",
        found.interval_covers,
        percent(found.coverage),
        percent(found.purchases_coverage),
        words::intervals(&intervals(found.interval_level, found.coverage, found.customers_judged))
            .trim_end_matches('.')
            .to_lowercase()
    ))?;
    line(format!(
        "expected in all: {:.0} purchases ({:.0} to {:.0}); a new customer comes back {:.2} times; decile 1 brings {}",
        found.total_purchases,
        found.total_purchases_low,
        found.total_purchases_high,
        found.new_customer_purchases,
        percent(found.top_tenth_share)
    ))?;
    if found.level_errors > 0 {
        let days = if found.level_errors == 1 { "day" } else { "days" };
        line(format!(
            "totals expected at {} earlier {days} were off by {} typically; the intervals of sums hold that",
            found.level_errors,
            percent(found.level_error)
        ))?;
    }
    if let Some(margin) = found.total_margin_minor {
        line(format!("after cost {} of the total are left", with_currency(summary, margin)))?;
    }
    print_models(summary, settings)?;
    if let Some(whale) = holdout_whale(found.largest.as_ref(), &found.model, &found.models) {
        line(words::plain(&format!("- {}", words::holdout_whale(&whale, &Money::of(summary)))))?;
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

/// Money of a mean, which may be a fraction of the smallest coin.
fn mean_money(summary: &RunSummary, minor: f64) -> String {
    format_minor_grouped(minor.round() as i64, summary.money_decimals)
}

/// How the same models did at earlier days, if that was asked for.
fn print_origins(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = summary.value.as_ref().filter(|found| !found.origins.is_empty()) else {
        return Ok(());
    };
    line(format!("\nHow models did earlier, each time on the {} days after", found.holdout_days))?;
    let mut table = printer::table(
        &[
            ("after", Align::Left),
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

/// Forecast and truth by tenths: whether those who were to spend much did.
fn print_deciles(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = summary.value.as_ref().filter(|found| !found.deciles.is_empty()) else {
        return Ok(());
    };
    line(format!(
        "\nForecast and truth in the {} days held out, by deciles of the forecast (means per customer)",
        found.holdout_days
    ))?;
    let mut table = printer::table(
        &[
            ("decile", Align::Right),
            ("customers", Align::Right),
            ("expected", Align::Right),
            ("spent", Align::Right),
            ("in their interval", Align::Right),
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
    let used = if *model == found.model { "" } else { ", which is not the one used" };
    line(format!(
        "\nForecast drivers of the most accurate learned model: {model}{used} (a driver need not be a cause)"
    ))?;
    let mut table = printer::table(
        &[
            ("feature", Align::Left),
            ("rise in RMSE when shuffled", Align::Right),
            ("moves a customer's value by", Align::Right),
        ],
        settings.color,
    );
    for row in &found.features {
        table.add_row([
            row.feature.clone(),
            mean_money(summary, row.rmse_increase_minor),
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
        "\nChurn models: the chance to buy nothing in {} days, and what happened",
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
            ("chance stated (chosen)", Align::Right),
            ("bought nothing", Align::Right),
        ],
        settings.color,
    );
    for band in &found.churn_bands {
        table.add_row([format_count(band.customers), percent(band.stated), percent(band.happened)]);
    }
    line(table)
}

/// What segments and clusters will be worth.
fn print_groups(summary: &RunSummary, settings: &Settings) -> Result<()> {
    let Some(found) = &summary.value else { return Ok(()) };
    let shown: Vec<_> =
        found.groups.iter().filter(|g| matches!(g.grouping.as_str(), "segment" | "cluster")).collect();
    if shown.is_empty() {
        return Ok(());
    }
    line(format!("\nWhat segments and clusters will spend in the next {} days", found.horizon_days))?;
    let mut table = printer::table(
        &[
            ("", Align::Left),
            ("customers", Align::Right),
            ("expected", Align::Right),
            ("from", Align::Right),
            ("to", Align::Right),
            ("share", Align::Right),
            ("chance to buy", Align::Right),
            ("chance to buy nothing", Align::Right),
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
            group.mean_p_purchase.map_or_else(String::new, percent),
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
            (None, false) if model.kind == "baseline" => "for comparison".to_owned(),
            (None, false) => String::new(),
        };
        let remark = match model.cross_validated_r2 {
            Some(r2) if remark.is_empty() => format!("R2 of five folds {r2:.3}"),
            Some(r2) => format!("R2 of five folds {r2:.3}; {remark}"),
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
    line(format!("\nWho will spend most in the next {} days", found.horizon_days))?;
    let mut table = printer::table(
        &[
            ("customer", Align::Left),
            ("expected", Align::Right),
            ("from", Align::Right),
            ("to", Align::Right),
            ("purchases", Align::Right),
            ("chance to buy", Align::Right),
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
