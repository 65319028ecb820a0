//! Lifetime value in words and headline numbers: the chosen model and why, totals, and caveats.

use std::collections::HashSet;

use arrow::util::display::array_value_to_string;
use regulars_core::config::{Criterion, RatePeriod};
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::money::{format_count, format_grouped, minor_per_major};
use regulars_core::summary::{OriginRow, ValueSummary, ValuedCustomer};
use regulars_models::lifetime::model::ModelKind;
use regulars_models::lifetime::uncertainty::Covers;
use regulars_stats::forecast_accuracy::{ForecastMetrics, coverage};

use super::groups::highest_first;
use super::value_result::ValueResult;
use super::write::Rows;
use super::write_learned::{Explained, most_important};
use crate::btyd::{Candidate, SpendModel, TIE_TOLERANCE, stages};
use crate::histories::Calibration;
use crate::learned::{LearnedModel, Origin, best_of};
use crate::outcome::Outcome;
use crate::request::ValueRequest;
use crate::tables::money_minor;

/// Number of customers with the highest value to show.
const TOP_CUSTOMERS: usize = 10;

/// Number of most important features to show.
const TOP_FEATURES: usize = 10;

/// Totals with this bias, and intervals with this deviation in coverage, are remarked on.
const NOTABLE_BIAS: f64 = 0.1;
const NOTABLE_COVERAGE: f64 = 0.05;
/// A season that differs this much from the yearly mean is remarked on.
const NOTABLE_SEASON: f64 = 0.05;
/// A Gini difference worth a remark.
const NOTABLE_GINI: f64 = 0.01;

pub(super) fn summarise(
    request: &ValueRequest<'_>,
    found: &ValueResult,
    explained: &Explained,
    rows: &Rows,
) -> ValueSummary {
    let settings = request.config;
    let unit = request.money_unit();
    let minor = |value: f64| money_minor(value, unit);
    let end = found.days.calibration_end.unwrap_or(found.days.as_of);
    let holdout_days = (found.days.as_of - end) as u32;
    let empty = Calibration::default();
    let kept = found.base.calibration.as_ref().unwrap_or(&empty);
    let customers = found.base.now.x.len();
    let count = customers.max(1) as f64;
    let totals = &found.forecast.totals;
    let chosen = &found.candidates[found.chosen];
    let winner = found.winner();
    let horizon = f64::from(settings.horizon_days) / found.fitted.unit.days();
    let model = winner.map_or(chosen.kind.name(), |model| model.name);
    let churn_model = rows.churn.iter().find(|row| row.chosen).map(|row| &row.model);
    let mut summary = ValueSummary {
        model: model.to_owned(),
        rule: settings.criterion.words().to_owned(),
        reason: String::new(),
        runner_up: runner_up(found),
        horizon_days: settings.horizon_days,
        calibration_end: format_day(end * DAY_MICROS),
        holdout_days,
        holdout_customers: kept.rows.len() as u64,
        actual_minor: kept.spend_minor.iter().sum(),
        expected_minor: minor(found.holdout_forecast.totals.value[0]),
        actual_purchases: kept.purchases.iter().sum(),
        holdout_expected_purchases: found.holdout_forecast.totals.purchases[0],
        interval_level: settings.interval_level,
        interval_covers: match winner {
            Some(_) => "the model's errors in the holdout period",
            None => covers(found.forecast.covers),
        }
        .to_owned(),
        coverage: found.coverage_of(model).map_or(0.0, |coverage| coverage.overall),
        purchases_coverage: coverage(
            &kept.purchases,
            &found.holdout_forecast.purchases_low,
            &found.holdout_forecast.purchases_high,
        )
        .unwrap_or(0.0),
        discount: (settings.discount_rate > 0.0).then(|| {
            let period = match settings.discount_period {
                RatePeriod::Year => "year",
                RatePeriod::Month => "month",
                RatePeriod::Day => "day",
            };
            format!("{}% per {period}", settings.discount_rate * 100.0)
        }),
        customers: customers as u64,
        total_ltv_minor: minor(totals.value[0]),
        total_ltv_low_minor: minor(totals.value[1]),
        total_ltv_high_minor: minor(totals.value[2]),
        total_purchases: totals.purchases[0],
        total_purchases_low: totals.purchases[1],
        total_purchases_high: totals.purchases[2],
        mean_ltv_minor: totals.value[0] / count * unit,
        mean_ltv_low_minor: totals.value[1] / count * unit,
        mean_ltv_high_minor: totals.value[2] / count * unit,
        mean_p_alive: found.forecast.p_alive.iter().sum::<f64>() / count,
        top_10_share: 0.0,
        new_customer_purchases: found.fitted.model.forecast_for_new_customer().expected_purchases(horizon),
        spend_frequency_correlation: found.independence.as_ref().and_then(|test| test.correlation),
        warnings: Vec::new(),
        models: rows.models.clone(),
        top_customers: Vec::new(),
        groups: rows.groups.clone(),
        deciles: rows.deciles.iter().filter(|row| row.model == model).cloned().collect(),
        best_learned: explained.best.as_ref().map(|(at, _)| found.learned_models()[*at].name.to_owned()),
        features: most_important(&rows.importance, TOP_FEATURES),
        churn: rows.churn.clone(),
        churn_bands: rows.reliability.iter().filter(|row| Some(&row.model) == churn_model).cloned().collect(),
        total_error: found.intervals.total_error,
        total_errors: found.intervals.total_errors as u32,
        total_margin_minor: settings.margin.map(|margin| minor(totals.value[0] * margin)),
        origins: origins(found, unit),
        mean_p_purchase: Some(found.forecast.p_purchase.iter().sum::<f64>() / count),
        alive: None,
        largest: None,
    };
    let order = highest_first(&found.forecast.value);
    let tenth: f64 = order[..customers.div_ceil(10)].iter().map(|row| found.forecast.value[*row]).sum();
    summary.top_10_share = if totals.value[0] > 0.0 { tenth / totals.value[0] } else { 0.0 };
    summary.top_customers = order
        .iter()
        .take(TOP_CUSTOMERS)
        .map(|row| ValuedCustomer {
            customer_id: array_value_to_string(&request.rfm.customer_id, *row).unwrap_or_default(),
            predicted_ltv_minor: minor(found.forecast.value[*row]),
            predicted_low_minor: minor(found.forecast.value_low[*row]),
            predicted_high_minor: minor(found.forecast.value_high[*row]),
            p_alive: found.forecast.p_alive[*row],
            expected_purchases: found.forecast.expected_purchases[*row],
            p_purchase: Some(found.forecast.p_purchase[*row]),
        })
        .collect();
    summary.reason = match winner {
        Some(model) => learned_reason(found, model),
        None => reason(found, chosen, settings.criterion),
    };
    summary.warnings = warnings(found, &summary, request.money_decimals);
    if !settings.learned.is_empty() {
        match &found.learned {
            Outcome::Done(learned) => {
                summary.warnings.extend(learned.notes.iter().cloned());
                summary.warnings.extend(of_orders(found, &learned.orders));
            }
            Outcome::Skipped { reason } => summary.warnings.push(format!("no learned models: {reason}")),
        }
    }
    summary
}

fn origins(found: &ValueResult, unit: f64) -> Vec<OriginRow> {
    let origins = found.learned.done().map_or(&[][..], |learned| &learned.origins);
    let row = |origin: &Origin, (name, spend): &(&'static str, ForecastMetrics)| OriginRow {
        origin: format_day(origin.day * DAY_MICROS),
        customers: origin.customers as u64,
        model: (*name).to_owned(),
        rmse_minor: spend.errors.rmse * unit,
        bias: spend.errors.bias,
        gini: spend.gini,
    };
    origins.iter().flat_map(|origin| origin.models.iter().map(move |model| row(origin, model))).collect()
}

/// The best learned model of orders, compared with the best that uses purchases only.
fn of_orders(found: &ValueResult, models: &[LearnedModel]) -> Option<String> {
    let best = &models[best_of(models)?];
    let candidates =
        found.candidates.iter().filter_map(|one| Some((one.kind.name(), one.holdout.as_ref()?.rmse)));
    let (name, rmse) = candidates.min_by(|one, other| one.1.total_cmp(&other.1))?;
    let learned = best.accuracy.errors.rmse;
    let better = if learned < rmse { "use learned_purchases" } else { "use expected_purchases" };
    Some(format!(
        "of the learned models of orders, {} was most accurate (RMSE {learned:.3}; {name} {rmse:.3}): {better}",
        best.name
    ))
}

/// Holdout accuracy of the model used for the predictions.
fn spend_of_chosen(found: &ValueResult) -> Option<&ForecastMetrics> {
    found.winner().map(|winner| &winner.accuracy).or(found.candidates[found.chosen].spend.as_ref())
}

/// The best model not chosen, by the error of spend if a learned one was chosen.
fn runner_up(found: &ValueResult) -> Option<String> {
    let Some(chosen) = found.winner() else {
        return found.runner_up.map(|at| found.candidates[at].kind.name().to_owned());
    };
    found
        .spend_of_models()
        .filter(|(name, _)| *name != chosen.name)
        .min_by(|one, other| one.1.errors.rmse.total_cmp(&other.1.errors.rmse))
        .map(|(name, _)| name.to_owned())
}

/// The figures behind the choice of a learned model; continues the rule, "chosen by the smallest RMSE: ...".
fn learned_reason(found: &ValueResult, chosen: &LearnedModel) -> String {
    let best = &found.candidates[found.chosen];
    let learned = found.learned.done().map_or("", |learned| learned.expectation.name());
    // A model rejected for its ranking may have had a smaller error.
    let smallest = found.spend_of_models().map(|(_, spend)| spend.errors.rmse).fold(f64::INFINITY, f64::min);
    let among =
        if chosen.accuracy.errors.rmse <= smallest { "" } else { " with a good ranking of customers" };
    format!(
        "{}, the lowest of {} models{among} (baselines not counted; {}, the best buy-till-you-die model: {}); it uses {} features, five of them forecasts of {learned}",
        format_grouped(chosen.accuracy.errors.rmse),
        found.spend_of_models().count(),
        best.kind.name(),
        best.spend.as_ref().map_or_else(|| "unknown".to_owned(), |spend| format_grouped(spend.errors.rmse)),
        found.learned.done().map_or(0, |learned| learned.features().len()),
    )
}

fn covers(covers: Option<Covers>) -> &'static str {
    match covers {
        Some(Covers::ParametersAndCustomer) => {
            "random variation per customer and uncertainty of the parameters"
        }
        _ => "random variation per customer; the parameters are treated as known",
    }
}

/// The figures behind the choice of a buy-till-you-die model; continues the rule.
fn reason(found: &ValueResult, chosen: &Candidate, criterion: Criterion) -> String {
    let regular = match stages(chosen.kind, &found.fitted) {
        Some(k) if k > 1.0 => format!(", with a regularity of k = {k}"),
        Some(_) => ", though no regularity is visible (k = 1)".to_owned(),
        None => String::new(),
    };
    let error = |candidate: &Candidate| match criterion {
        Criterion::Rmse => candidate.spend.as_ref().map(|spend| spend.errors.rmse),
        Criterion::PurchasesRmse => candidate.holdout.as_ref().map(|holdout| holdout.rmse),
        Criterion::LogLikelihood => candidate.holdout.as_ref().map(|holdout| -holdout.log_likelihood),
    };
    let smallest = found.candidates.iter().filter_map(error).fold(f64::INFINITY, f64::min);
    let is_near =
        |candidate: &&Candidate| error(candidate).is_some_and(|error| error <= smallest * TIE_TOLERANCE);
    // Without visible regularity BG/CNBD-k is BG/NBD, without dropout all are the NBD: equal models count
    // once.
    let answering: HashSet<ModelKind> =
        found.candidates.iter().filter(is_near).filter_map(answers_by).collect();
    let near = answering.len();
    let by_likelihood = near > 1 && criterion != Criterion::LogLikelihood;
    let why = if by_likelihood {
        format!(
            "{near} of {} buy-till-you-die models were equally accurate, and of these it had the highest likelihood",
            found.candidates.len()
        )
    } else {
        format!("the best of {} buy-till-you-die models", found.candidates.len())
    };
    // Show the criterion that decided.
    let figure = |candidate: &Candidate| {
        if by_likelihood {
            Some(format!("log-likelihood {}", format_grouped(candidate.holdout.as_ref()?.log_likelihood)))
        } else {
            Some(format_grouped(error(candidate)?.abs()))
        }
    };
    let others = found.candidates.iter().filter(|other| answers_by(other) != answers_by(chosen));
    let rank = |candidate: &Candidate| {
        if by_likelihood { Some(-candidate.holdout.as_ref()?.log_likelihood) } else { error(candidate) }
    };
    let next = others
        .filter(|other| !by_likelihood || is_near(other))
        .filter_map(|other| Some((rank(other)?, other)))
        .min_by(|a: &(f64, &Candidate), b| a.0.total_cmp(&b.0));
    let against = next.and_then(|(_, next)| {
        Some(format!(" ({}; {} {})", figure(chosen)?, next.kind.name(), figure(next)?))
    });
    let assumptions = chosen.kind.assumptions();
    format!("{why}{}; it assumes {assumptions}{regular}", against.unwrap_or_default())
}

/// The model behind a candidate's forecasts, which may be a simpler one than its name says.
fn answers_by(candidate: &Candidate) -> Option<ModelKind> {
    candidate.fitted.as_ref().ok().map(|fitted| fitted.model.kind)
}

/// Remark: spend is scaled to the season of the year before, purchases are not.
fn season(found: &ValueResult) -> Option<String> {
    found.winner()?;
    let season = found.learned.done()?.season;
    ((season - 1.0).abs() > NOTABLE_SEASON).then(|| {
        format!(
            "spend is scaled by {season:.2}, the ratio of actual to expected purchases on the same days a year before; expected purchases and probabilities are not scaled, and one year cannot separate a season from chance"
        )
    })
}

/// Remark: a model with a smaller error but a much worse ranking.
fn passed_over(found: &ValueResult) -> Option<String> {
    let chosen = spend_of_chosen(found)?;
    let learned = found.learned_models();
    let better = &learned[best_of(learned)?];
    let (gini, own) = (better.accuracy.gini?, chosen.gini?);
    (better.accuracy.errors.rmse * TIE_TOLERANCE < chosen.errors.rmse && gini < own).then(|| {
        format!(
            "{} had a lower RMSE ({} against {}) but ranked customers much worse (Gini {gini:.2} against {own:.2}): a few large customers made the difference, so it was not chosen",
            better.name,
            format_grouped(better.accuracy.errors.rmse),
            format_grouped(chosen.errors.rmse)
        )
    })
}

/// Remark for readers who select customers by rank: the lowest RMSE is not always the best ranking.
fn ranking(found: &ValueResult) -> Option<String> {
    let chosen = spend_of_chosen(found)?.gini?;
    let all = found.spend_of_models().filter_map(|(name, spend)| Some((name, spend.gini?)));
    let (name, best) = all.max_by(|one, other| one.1.total_cmp(&other.1))?;
    (best - chosen > NOTABLE_GINI).then(|| {
        format!(
            "{name} ranked customers better in the holdout period (Gini {best:.2} against {chosen:.2}): rank customers by its column, and use predicted_ltv for amounts"
        )
    })
}

fn warnings(found: &ValueResult, summary: &ValueSummary, money_decimals: u8) -> Vec<String> {
    let mut list = Vec::new();
    let spend = spend_of_chosen(found);
    // If a learned model was chosen, remarks on buy-till-you-die models say so.
    let about_btyd = |words: &str| match found.winner() {
        Some(_) => format!("buy-till-you-die models: {words}"),
        None => words.to_owned(),
    };
    if let Some(boundary) = &found.fitted.report.boundary {
        list.push(about_btyd(&boundary.words));
    }
    let bias = spend.as_ref().and_then(|spend| spend.errors.bias);
    if let Some(bias) = bias.filter(|bias| bias.abs() > NOTABLE_BIAS) {
        let direction = if bias > 0.0 { "too high" } else { "too low" };
        list.push(format!(
            "the total forecast was {:.0}% {direction} in the holdout period: the next total may be off by as much, in either direction",
            bias.abs() * 100.0
        ));
    }
    if let Some(spend) = spend {
        // Compared to the minor unit: less is no difference.
        let unit = minor_per_major(money_decimals).recip();
        let better = found.baselines.iter().find(|b| b.spend.errors.rmse + unit <= spend.errors.rmse);
        if let Some(better) = better {
            list.push(format!(
                "the baseline \"{}\" had a lower RMSE of spend ({} against {})",
                better.name,
                format_grouped(better.spend.errors.rmse),
                format_grouped(spend.errors.rmse)
            ));
        }
    }
    list.extend(ranking(found));
    for (what, held) in [("spend", summary.coverage), ("purchases", summary.purchases_coverage)] {
        if held < summary.interval_level - NOTABLE_COVERAGE {
            list.push(format!(
                "the {:.0}% intervals of {what} covered only {:.0}% of actual values in the holdout period",
                summary.interval_level * 100.0,
                held * 100.0
            ));
        }
    }
    list.extend(passed_over(found));
    list.extend(season(found));
    let latest = found.base.now.t.iter().zip(&found.base.now.t_x).map(|(t, t_x)| t - t_x);
    let idle_days = latest.fold(f64::INFINITY, f64::min);
    if idle_days > f64::from(summary.holdout_days) {
        list.push(format!(
            "there are no purchases in the {idle_days:.0} days before the analysis date: is the date correct?"
        ));
    }
    let history = found.days.as_of - found.days.first + 1;
    if i64::from(summary.horizon_days) > history {
        list.push(format!(
            "{} days are forecast from {} days of orders: yearly patterns cannot be detected",
            summary.horizon_days,
            format_count(history.unsigned_abs())
        ));
    }
    match &found.spend {
        SpendModel::OneMean { reason, .. } => {
            list.push(about_btyd(&format!("one mean spend is used for all customers: {reason}")));
        }
        SpendModel::GammaGamma(fitted) => {
            if let Some(boundary) = &fitted.report.boundary {
                list.push(about_btyd(&boundary.words));
            }
            let excluded = fitted.excluded.not_positive + fitted.excluded.not_a_number;
            if excluded > 0 {
                list.push(format!(
                    "{} {} with repeat purchases of zero value {} excluded from the spend model",
                    format_count(excluded),
                    if excluded == 1 { "customer" } else { "customers" },
                    if excluded == 1 { "was" } else { "were" }
                ));
            }
        }
    }
    if let Some(warning) = found.independence.as_ref().and_then(|test| test.warning.clone()) {
        list.push(about_btyd(&warning));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::super::testing::valued;
    use super::super::write_learned::explain;
    use super::*;
    use crate::testing::{FIRST_DAY, Shop, quick};
    use regulars_core::config::LifetimeValue;

    #[test]
    fn the_summary_repeats_the_forecasts_and_the_holdout() {
        let shop = Shop::usual();
        let config = LifetimeValue { margin: Some(0.3), discount_rate: 0.1, ..quick() };
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        let explained = explain(&request, &found).expect("nothing to explain");
        let rows = Rows::new(&request, &found, &explained);
        let summary = summarise(&request, &found, &explained, &rows);
        let customers = found.forecast.value.len() as f64;
        let total = found.forecast.totals.value[0];
        assert_eq!(summary.total_ltv_minor, (total * 100.0).round() as i64);
        assert_eq!(summary.total_margin_minor, Some((total * 30.0).round() as i64));
        assert!((summary.mean_ltv_minor - total * 100.0 / customers).abs() < 1e-6);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / customers;
        assert!((summary.mean_p_alive - mean(&found.forecast.p_alive)).abs() < 1e-12);
        assert!((summary.mean_p_purchase.expect("known") - mean(&found.forecast.p_purchase)).abs() < 1e-12);
        assert!(
            (summary.total_purchases - found.forecast.expected_purchases.iter().sum::<f64>()).abs() < 1e-6
        );
        assert!(
            summary.total_purchases_low < summary.total_purchases
                && summary.total_purchases < summary.total_purchases_high
        );
        // Nobody is expected to buy more in the first 90 days than a new customer with many orders.
        assert!(summary.new_customer_purchases > 0.0);
        assert_eq!(summary.calibration_end, format_day((FIRST_DAY + 409) * DAY_MICROS));
        assert!(summary.discount.is_some() && summary.churn.is_empty() && summary.origins.is_empty());
        assert_eq!(summary.model, found.candidates[found.chosen].kind.name());
        let other = found.runner_up.map(|at| found.candidates[at].kind.name().to_owned());
        assert_eq!(summary.runner_up, other);
        // Only the deciles of the chosen model.
        assert_eq!(summary.deciles.len(), 10);
        assert!(summary.deciles.iter().all(|row| row.model == summary.model));
        // Coverage of purchases by hand.
        let kept = found.base.calibration.as_ref().expect("split");
        let held = (0..kept.rows.len()).filter(|row| {
            (found.holdout_forecast.purchases_low[*row]..=found.holdout_forecast.purchases_high[*row])
                .contains(&kept.purchases[*row])
        });
        assert!((summary.purchases_coverage - held.count() as f64 / kept.rows.len() as f64).abs() < 1e-12);
        assert!(
            (summary.holdout_expected_purchases - found.holdout_forecast.totals.purchases[0]).abs() < 1e-12
        );
        assert!(
            (summary.total_error - found.intervals.total_error).abs() < 1e-12 && summary.total_errors == 1
        );
    }

    #[test]
    fn a_shop_that_went_quiet_is_remarked_on() {
        let config = quick();
        let warned = |days: i64| {
            let mut orders = crate::testing::orders(320, 500, 7);
            // Nobody buys in the last days, except for the last order of one.
            orders.retain(|order| order.1 < days);
            let mut shop = Shop::new(orders);
            shop.landed.as_of_micros = (FIRST_DAY + 499) * DAY_MICROS;
            shop.params.rules.cutoff_micros = shop.landed.as_of_micros;
            let request = shop.request(&config, &[]);
            let found = valued(&shop, &request);
            let explained = explain(&request, &found).expect("nothing to explain");
            let rows = Rows::new(&request, &found, &explained);
            let summary = summarise(&request, &found, &explained, &rows);
            summary.warnings.iter().any(|warning| warning.starts_with("there are no purchases in the"))
        };
        assert!(!warned(500));
        assert!(warned(400));
    }
}
