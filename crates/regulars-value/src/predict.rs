//! Forecasts for customers of other files, with the stored models of a run.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use regulars_core::dates::{DAY_MICROS, format_day, parse_as_of};
use regulars_core::money::minor_per_major;
use regulars_engine::Format;
use regulars_models::lifetime::time::{Horizon, TimeUnit};
use regulars_store::Run;

use crate::btyd::{ForecastRequest, Predictions, discount, model_named, predict};
use crate::clv::money;
use crate::contributions::write_contributions;
use crate::error::{Error, Kind, Result};
use crate::feature_columns::{FeatureColumn, read_features};
use crate::histories::{Base, Days, histories};
use crate::interval_bounds::IntervalBounds;
use crate::learned::{StoredForecasts, StoredModels, feature_names, read_models};
use crate::new_files::{missing_features, read_as};
use crate::pool::in_pool;
use crate::tables::money_minor;
use crate::tables::{write_as, write_aside};
use crate::validate::ValidateRequest;
use crate::value::{StoredValueModel, expected_in_target, missing_model, over_horizon, read_model};

/// What to predict, and where to write it.
pub struct PredictRequest<'a> {
    /// The files.
    pub source: ValidateRequest<'a>,
    /// The run whose models are used.
    pub run: &'a Run,
    /// The output file.
    pub out: &'a Path,
    /// Format of the output file.
    pub format: Format,
    /// The file for the contributions of features, if requested.
    pub contributions: Option<(&'a Path, Format)>,
}

/// The result.
#[derive(Debug)]
pub struct PredictedByRun {
    /// Number of customers written.
    pub customers: u64,
    /// Total expected spend, in minor units.
    pub total_minor: i64,
    /// Decimals of the currency.
    pub money_decimals: u8,
    /// The model used.
    pub model: String,
    /// Horizon in days.
    pub horizon_days: u32,
    /// The forecast origin, `YYYY-MM-DD`.
    pub as_of: String,
    /// The last day known to the models, `YYYY-MM-DD`.
    pub trained_until: String,
    /// What was detected or assumed, and warnings.
    pub notes: Vec<String>,
}

/// Forecasts, one element per customer in the order of ids; money in the currency's unit.
struct Forecasts {
    /// Of the buy-till-you-die model.
    btyd: Predictions,
    /// Spend over the horizon per unit of spend in the target days of the learned models.
    over_horizon: Vec<f64>,
    stored: Option<StoredForecasts>,
    model: String,
    /// Of the chosen model.
    chosen: IntervalBounds,
}

/// Forecasts for the customers of files with the stored models of a run and its preparation.
///
/// Shape: one row per customer, sorted by id: `customer_id`, `predicted_ltv` with `predicted_low` and
/// `predicted_high` by the run's chosen model, `p_alive`, `expected_purchases`, `p_purchase`, `p_churn` if a
/// churn model was fitted, `buy_till_you_die_ltv`, and `<model>_ltv` of every learned model.
/// Contracts: a customer's forecast does not depend on the other customers in the files; for the run's
/// customers on its analysis date, it equals the run's.
/// Errors: as [`crate::run`]; a run without lifetime value; a stored file that is missing or modified; models
/// with other features than the current ones.
pub fn predict_by_run(request: &PredictRequest<'_>) -> Result<PredictedByRun> {
    let run = request.run;
    let (kept, learned) = models_of(run)?;
    if request.contributions.is_some() && learned.as_ref().is_none_or(|learned| !learned.is_chosen()) {
        return Err(Error {
            hint: Some("leave --contributions out".to_owned()),
            ..Error::new(
                Kind::Input,
                format!(
                    "the forecasts of run {} come from {}, which uses no features",
                    run.run_id(),
                    kept.purchases.report.model
                ),
            )
        });
    }
    let files = read_as(&request.source, run)?;
    let days = Days::of(files.landed.span_micros, files.landed.as_of_micros);
    let base = histories(&files.engine, &files.inputs, &files.rules, days, kept.grain)?;
    let mut notes = files.landed.notes.clone();
    notes.extend(other_day(run, days.as_of, kept.horizon_days)?);
    let columns = match &learned {
        Some(learned) => {
            let columns = read_features(files.features()?, &feature_names(), run.manifest.money_decimals)?;
            let once = base.now.x.iter().all(|repeats| *repeats == 0.0);
            notes.extend(learned.notes());
            notes.extend(missing_features(
                learned.features_of_run(),
                &columns,
                once,
                "forecasts may be too low",
            ));
            columns
        }
        None => Vec::new(),
    };
    let seed = run.manifest.seed;
    let found = in_pool(request.source.threads, || {
        let learned = learned.map(|learned| (learned, columns));
        forecasts(&kept, learned, &base, seed, run.manifest.money_decimals)
    })??;
    let decimals = run.manifest.money_decimals;
    write_aside(request.out, |aside| write_as(request.format, aside, columns_of(&base, &found, decimals)))?;
    if let Some((path, format)) = request.contributions
        && let Some(stored) = &found.stored
    {
        let forecast = (&found.chosen.value[..], &found.over_horizon[..]);
        let write =
            |aside: &Path| write_contributions(aside, format, &base.customer_id, stored, forecast, decimals);
        in_pool(request.source.threads, || write_aside(path, write))??;
    }
    let unit = minor_per_major(decimals);
    Ok(PredictedByRun {
        customers: base.now.x.len() as u64,
        total_minor: money_minor(found.chosen.value.iter().sum(), unit),
        money_decimals: decimals,
        model: found.model,
        horizon_days: kept.horizon_days,
        as_of: format_day(days.as_of * DAY_MICROS),
        trained_until: run.manifest.as_of.chars().take(DAY_CHARACTERS).collect(),
        notes,
    })
}

/// Length of `YYYY-MM-DD`.
const DAY_CHARACTERS: usize = 10;

/// The stored models of a run: buy-till-you-die and learned.
fn models_of(run: &Run) -> Result<(StoredValueModel, Option<StoredModels>)> {
    let Some(kept) = read_model(&run.dir)? else { return Err(without_value(run)) };
    if kept.learned {
        return Ok((kept, Some(read_models(&run.dir)?)));
    }
    let chosen = run.manifest.value.as_ref().map(|choice| choice.model.as_str());
    if let Some(chosen) = chosen.filter(|name| model_named(name).is_none()) {
        return Err(Error {
            hint: Some("run again: this version stores them".to_owned()),
            ..Error::new(
                Kind::Input,
                format!(
                    "run {} chose {chosen}, but its version did not store this kind of model",
                    run.run_id()
                ),
            )
        });
    }
    Ok((kept, None))
}

fn without_value(run: &Run) -> Error {
    if run.manifest.value.is_some() {
        return missing_model(run);
    }
    let note = run.manifest.notes.iter().find_map(|note| note.strip_prefix("no lifetime value: "));
    let (reason, hint) = match note {
        Some(reason) => (format!(": {reason}"), "run with a longer history, then predict with that run"),
        None => (String::new(), "run with the step `value`, which is on unless --steps leaves it out"),
    };
    Error {
        hint: Some(hint.to_owned()),
        ..Error::new(Kind::Input, format!("run {} has no lifetime value{reason}", run.run_id()))
    }
}

/// Warnings if the models were trained on data that end well before or after the analysis date.
fn other_day(run: &Run, as_of_day: i64, horizon_days: u32) -> Result<Option<String>> {
    let known_to = parse_as_of(&run.manifest.as_of)?.div_euclid(DAY_MICROS);
    let since = as_of_day - known_to;
    let known = format_day(known_to * DAY_MICROS);
    if since > i64::from(horizon_days) {
        return Ok(Some(format!(
            "the models were trained on data up to {known}, {since} days before the analysis date: run again to \
             include the days since"
        )));
    }
    // Files of the same shop may differ by a few days.
    Ok((-since > i64::from(horizon_days) / 10).then(|| {
        format!(
            "the models were trained on data up to {known}, {} days after the analysis date: compared with the \
             actual values these forecasts look better than they are",
            -since
        )
    }))
}

fn forecasts(
    kept: &StoredValueModel,
    learned: Option<(StoredModels, Vec<FeatureColumn>)>,
    base: &Base,
    seed: u64,
    money_decimals: u8,
) -> Result<Forecasts> {
    let internal = |e: regulars_models::lifetime::Error| Error::new(Kind::Internal, e.to_string());
    let now = &base.now;
    let counted = now.counted(kept.purchases.unit).map_err(internal)?;
    let mean = now.mean_spend(minor_per_major(money_decimals));
    let question = ForecastRequest {
        horizon: Horizon { count: f64::from(kept.horizon_days), unit: TimeUnit::Days },
        discount: discount(kept.discount_rate, kept.discount_period),
        level: kept.interval_level,
        next_purchase: false,
        draws: kept.draws,
        seed,
    };
    let btyd =
        predict(&kept.purchases, &kept.spend, &counted, (&now.x, &mean), &question).map_err(internal)?;
    let stored = learned
        .map(|(models, columns)| models.stored_forecasts(columns, now, &counted, &mean))
        .transpose()?;
    let mut found = Forecasts {
        chosen: btyd.ends(),
        model: kept.purchases.report.model.clone(),
        over_horizon: Vec::new(),
        stored: None,
        btyd,
    };
    if let Some(stored) = stored {
        let spend = &found.btyd.expected_order_value;
        let (_, in_target) = expected_in_target(&counted, &kept.purchases, spend, stored.target_days)?;
        found.over_horizon = over_horizon(&in_target, &found.btyd.value, stored.over_horizon_of_all);
        if let Some(chosen) = stored.chosen() {
            found.chosen = IntervalBounds::over(chosen.spend, &chosen.intervals, &found.over_horizon);
            chosen.name.clone_into(&mut found.model);
        }
        found.stored = Some(stored);
    }
    Ok(found)
}

fn over(spend: &[f64], over_horizon: &[f64]) -> Vec<f64> {
    spend.iter().zip(over_horizon).map(|(spend, factor)| spend * factor).collect()
}

fn columns_of(base: &Base, found: &Forecasts, decimals: u8) -> Vec<(String, ArrayRef)> {
    let money = |values: &[f64]| money(values, Some(decimals));
    let number = |values: &[f64]| -> ArrayRef { Arc::new(Float64Array::from(values.to_vec())) };
    let IntervalBounds { value, low, high } = &found.chosen;
    let btyd = &found.btyd;
    let mut columns: Vec<(String, ArrayRef)> = [
        ("customer_id", Arc::clone(&base.customer_id)),
        ("predicted_ltv", money(value)),
        ("predicted_low", money(low)),
        ("predicted_high", money(high)),
        ("p_alive", number(&btyd.p_alive)),
        ("expected_purchases", number(&btyd.expected_purchases)),
        ("p_purchase", number(&btyd.p_purchase)),
        ("buy_till_you_die_ltv", money(&btyd.value)),
    ]
    .map(|(name, column)| (name.to_owned(), column))
    .into();
    if let Some(stored) = &found.stored {
        columns.insert(7, ("p_churn".to_owned(), number(&stored.p_churn)));
        let models = stored.spend();
        columns.extend(
            models.map(|(key, spend)| (format!("{key}_ltv"), money(&over(spend, &found.over_horizon)))),
        );
    }
    columns
}
