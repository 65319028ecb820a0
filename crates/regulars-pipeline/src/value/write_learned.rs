//! Tables of the learned models; empty without any.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use regulars_core::dates::DAY_MICROS;
use regulars_learners::contributions::Driver;
use regulars_stats::forecast::{Bucket, Comparison};

use super::overlay::Ends;
use super::summarise::highest_first;
use super::{ValueRequest, Valued};
use crate::error::Result;
use crate::learned::{Dependent, Importance, Learned, Origin, Permuted, model_keys};
use crate::tables::{NewColumn, column, nullable, words, write};
use crate::value::ids_of;
use crate::value::write::{known_minor, money_minor};

/// Expectation of every learned model in the horizon: one column per model, empty without the model.
pub(super) fn columns(found: &Valued, unit: f64) -> Vec<NewColumn> {
    let models = found.learned_models();
    let customers = found.base.now.x.len();
    let churn: Float64Array = match found.learned.as_ref().map(|learned| &learned.churned) {
        Ok(churned) => Float64Array::from(churned.ahead().to_vec()),
        Err(_) => Float64Array::from(vec![None; customers]),
    };
    let values = model_keys().flat_map(|(key, name)| {
        let at = models.iter().position(|model| model.name == name);
        let ends = at.map(|at| &found.spread.learned[at].ends);
        let money = |of: fn(&Ends) -> &Vec<f64>| -> ArrayRef {
            Arc::new(match ends {
                Some(ends) => of(ends).iter().map(|value| known_minor(*value, unit)).collect::<Int64Array>(),
                None => Int64Array::from(vec![None; customers]),
            })
        };
        [
            nullable(&format!("{key}_ltv_minor"), money(|ends| &ends.value)),
            nullable(&format!("{key}_low_minor"), money(|ends| &ends.low)),
            nullable(&format!("{key}_high_minor"), money(|ends| &ends.high)),
        ]
    });
    let churn = nullable("p_churn", Arc::new(churn) as ArrayRef);
    let mut judged_churn = vec![None; customers];
    if let (Ok(learned), Some(kept)) = (&found.learned, &found.base.calibration) {
        for (row, said) in kept.rows.iter().zip(learned.churned.said()) {
            if let Some(row) = row {
                judged_churn[*row as usize] = Some(*said);
            }
        }
    }
    let judged_churn = nullable("holdout_p_churn", Arc::new(Float64Array::from(judged_churn)) as ArrayRef);
    let orders = [("", 0), ("_low", 1), ("_high", 2)].map(|(end, at)| {
        let values: Float64Array = match &found.spread.orders {
            Some(ends) => Float64Array::from([&ends.value, &ends.low, &ends.high][at].clone()),
            None => Float64Array::from(vec![None; customers]),
        };
        nullable(&format!("learned_purchases{end}"), Arc::new(values) as ArrayRef)
    });
    values.chain([churn, judged_churn]).chain(orders).collect()
}

/// Gross margin of the predicted value, with its interval; empty if no margin is set.
pub(super) fn margins(found: &Valued, margin: Option<f64>, unit: f64) -> Vec<NewColumn> {
    let ahead = &found.ahead;
    let of = |values: &[f64]| -> ArrayRef {
        let of_one = |value: &f64| margin.map(|margin| money_minor(value * margin, unit));
        Arc::new(values.iter().map(of_one).collect::<Int64Array>())
    };
    vec![
        nullable("predicted_margin_minor", of(&ahead.value)),
        nullable("margin_low_minor", of(&ahead.value_low)),
        nullable("margin_high_minor", of(&ahead.value_high)),
    ]
}

/// Features that `expected_value` combines.
const PARTS_OF_EXPECTATION: [&str; 4] =
    ["p_alive", "p_purchase", "expected_purchases", "expected_order_value"];

/// Features with partial dependence.
const SHOWN: usize = 6;

/// Drivers of the learned models.
#[derive(Debug, Default)]
pub(super) struct Explained {
    pub(super) importance: Vec<Importance>,
    /// The best learned model, and its permutation importance.
    pub(super) best: Option<(usize, Vec<Permuted>)>,
    pub(super) dependence: Vec<Dependent>,
    /// Per customer, if a learned model was chosen.
    pub(super) drivers: Vec<Vec<Driver>>,
}

/// Explains the learned models, if there are any.
pub(super) fn explain(request: &ValueRequest<'_>, found: &Valued) -> Result<Explained> {
    let (Ok(learned), Some(kept)) = (&found.learned, &found.base.calibration) else {
        return Ok(Explained::default());
    };
    let unit = 10_f64.powi(i32::from(request.money_decimals));
    let spend: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / unit).collect();
    let drivers = found.spread.winner.map_or_else(|| Ok(Vec::new()), |winner| learned.drivers(winner))?;
    let mut explained = Explained { importance: learned.importance()?, drivers, ..Explained::default() };
    if let Some(best) = found.spread.winner.or_else(|| learned.best()) {
        let permuted = learned.permuted(best, &spend, request.seed)?;
        let increase: Vec<f64> = permuted.iter().map(|one| one.rmse_increase).collect();
        // Inputs of the expectation cannot vary while it is fixed.
        let part = |at: &usize| PARTS_OF_EXPECTATION.contains(&learned.features()[*at].as_str());
        let shown: Vec<usize> =
            highest_first(&increase).into_iter().filter(|at| !part(at)).take(SHOWN).collect();
        explained.dependence = learned.dependence(best, &shown)?;
        explained.best = Some((best, permuted));
    }
    Ok(explained)
}

pub(super) fn write_tables(request: &ValueRequest<'_>, found: &Valued, explained: &Explained) -> Result<()> {
    let path = |name: &str| request.dir.join(format!("{name}.parquet"));
    let unit = 10_f64.powi(i32::from(request.money_decimals));
    write_importance(&path("feature_importance"), found, explained, unit)?;
    write_dependence(&path("ltv_dependence"), found, explained, unit)?;
    write_drivers(&path("ltv_drivers"), request, found, explained, unit)?;
    write_deciles(&path("ltv_deciles"), found, unit)?;
    write_origins(&path("ltv_origins"), found, unit)?;
    write_churn(&path("churn_comparison"), found)?;
    write_reliability(&path("churn_reliability"), found)
}

/// Churn models, by their accuracy in the holdout period.
fn write_churn(path: &Path, found: &Valued) -> Result<()> {
    let churned = found.learned.as_ref().map(|learned| &learned.churned).ok();
    let models = churned.map_or(&[][..], |churned| &churned.models);
    let number = |of: &dyn Fn(usize) -> Option<f64>| -> ArrayRef {
        Arc::new((0..models.len()).map(of).collect::<Float64Array>())
    };
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(models.iter().map(|model| model.name)));
    let chosen = (0..models.len()).map(|at| i64::from(churned.is_some_and(|churned| churned.chosen == at)));
    write(
        path,
        vec![
            column("model", names),
            column("chosen", Arc::new(Int64Array::from_iter_values(chosen)) as ArrayRef),
            nullable("auc", number(&|at| models[at].judged.chances.auc)),
            column("brier", number(&|at| Some(models[at].judged.chances.brier))),
            column("log_loss", number(&|at| Some(models[at].judged.chances.log_loss))),
        ],
    )
}

/// Observed churn rate by band of predicted probability.
fn write_reliability(path: &Path, found: &Valued) -> Result<()> {
    let models = found.learned.as_ref().map_or(&[][..], |learned| &learned.churned.models);
    let rows: Vec<_> = models
        .iter()
        .flat_map(|model| model.judged.reliability.iter().map(|band| (model.name, *band)))
        .collect();
    let number = |of: &dyn Fn(usize) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values((0..rows.len()).map(of)))
    };
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(name, _)| name)));
    let customers = rows.iter().map(|(_, band)| band.customers as i64);
    write(
        path,
        vec![
            column("model", names),
            column("customers", Arc::new(Int64Array::from_iter_values(customers)) as ArrayRef),
            column("mean_predicted", number(&|at| rows[at].1.mean_predicted)),
            column("observed_rate", number(&|at| rows[at].1.observed_rate)),
        ],
    )
}

fn write_importance(path: &Path, found: &Valued, explained: &Explained, unit: f64) -> Result<()> {
    let rows = &explained.importance;
    let best = explained.best.as_ref().map(|(at, permuted)| (found.learned_models()[*at].name, permuted));
    let features = found.learned.as_ref().map_or(0, |learned| learned.features().len());
    let text = |of: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..rows.len()).map(of)))
    };
    let number = |of: &dyn Fn(usize) -> Option<f64>| -> ArrayRef {
        Arc::new((0..rows.len()).map(of).collect::<Float64Array>())
    };
    // Features of a model are contiguous.
    let permuted = |at: usize, of: fn(&Permuted) -> f64| {
        let (name, permuted) = best?;
        (rows[at].model == name).then(|| of(&permuted[at % features]) * unit)
    };
    write(
        path,
        vec![
            column("model", text(&|at| rows[at].model.to_owned())),
            column("feature", text(&|at| rows[at].feature.clone())),
            nullable("gain", number(&|at| rows[at].gain)),
            column("mean_contribution_minor", number(&|at| Some(rows[at].contribution * unit))),
            nullable("rmse_increase_minor", number(&|at| permuted(at, |one| one.rmse_increase))),
            nullable("rmse_increase_sd_minor", number(&|at| permuted(at, |one| one.deviation))),
        ],
    )
}

/// Partial dependence of the best learned model on its most important features.
fn write_dependence(path: &Path, found: &Valued, explained: &Explained, unit: f64) -> Result<()> {
    let Ok(learned) = &found.learned else {
        return write_places(path, &[], unit);
    };
    let model = explained.best.as_ref().map_or("", |(at, _)| learned.models[*at].name);
    let rows: Vec<Place<'_>> = explained
        .dependence
        .iter()
        .flat_map(|one| {
            let feature = learned.features()[one.feature].as_str();
            one.places.iter().map(move |place| (model, feature, place.value, place.prediction))
        })
        .collect();
    write_places(path, &rows, unit)
}

/// Model, feature, its value, mean forecast.
type Place<'a> = (&'a str, &'a str, f64, f64);

fn write_places(path: &Path, rows: &[Place<'_>], unit: f64) -> Result<()> {
    let text = |of: fn(&Place<'_>) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let number = |of: &dyn Fn(&Place<'_>) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(of)))
    };
    write(
        path,
        vec![
            column("model", text(|row| row.0.to_owned())),
            column("feature", text(|row| row.1.to_owned())),
            column("value", number(&|row| row.2)),
            column("mean_spend_minor", number(&|row| row.3 * unit)),
        ],
    )
}

/// Main drivers of each customer's forecast; none if a buy-till-you-die model makes it.
fn write_drivers(
    path: &Path,
    request: &ValueRequest<'_>,
    found: &Valued,
    explained: &Explained,
    unit: f64,
) -> Result<()> {
    let mut rows = Vec::new();
    let mut found_drivers = Vec::new();
    for (row, drivers) in explained.drivers.iter().enumerate() {
        for (rank, driver) in drivers.iter().enumerate() {
            rows.push((row as u32, rank as i64 + 1));
            found_drivers.push((driver.feature, driver.contribution * found.spread.over_horizon[row]));
        }
    }
    let names = found.learned.as_ref().map_or(&[][..], Learned::features);
    let of: Vec<u32> = rows.iter().map(|(row, _)| *row).collect();
    let ranks: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, rank)| *rank)));
    let numbers: Vec<u8> = found_drivers.iter().map(|(feature, _)| *feature as u8).collect();
    let amounts = found_drivers.iter().map(|(_, amount)| money_minor(*amount, unit));
    let amounts: ArrayRef = Arc::new(Int64Array::from_iter_values(amounts));
    write(
        path,
        vec![
            column("customer_id", ids_of(&request.rfm.customer_id, &of)?),
            column("rank", ranks),
            column("feature", words(&numbers, names)),
            column("effect_minor", amounts),
        ],
    )
}

/// Model, decile, predicted and actual, interval coverage.
type Tenth<'a> = (&'a str, usize, Bucket, Option<f64>);

/// Predicted and actual by decile of each model's own forecast, highest first.
fn write_deciles(path: &Path, found: &Valued, unit: f64) -> Result<()> {
    let baselines = found.baselines.iter().map(|baseline| (baseline.name, &baseline.spend));
    let rows: Vec<Tenth<'_>> = found
        .spend_of_models()
        .chain(baselines)
        .flat_map(|(name, spend)| {
            let coverage = found.coverage_of(name);
            spend.deciles.iter().rev().enumerate().map(move |(number, bucket)| {
                let held = coverage.and_then(|coverage| coverage.by_decile.iter().rev().nth(number));
                (name, number + 1, *bucket, held.map(|(_, share)| *share))
            })
        })
        .collect();
    let number = |of: &dyn Fn(&Bucket) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| of(&row.2) * unit)))
    };
    let whole = |of: &dyn Fn(&Tenth<'_>) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(of)))
    };
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(name, ..)| name)));
    let held: ArrayRef = Arc::new(rows.iter().map(|row| row.3).collect::<Float64Array>());
    write(
        path,
        vec![
            column("model", names),
            column("decile", whole(&|row| row.1 as i64)),
            column("customers", whole(&|row| row.2.customers as i64)),
            column("actual_minor", number(&|bucket| bucket.actual)),
            column("expected_minor", number(&|bucket| bucket.forecast)),
            nullable("coverage", held),
        ],
    )
}

/// Accuracy at earlier origins; empty unless requested.
fn write_origins(path: &Path, found: &Valued, unit: f64) -> Result<()> {
    let origins = found.learned.as_ref().map_or(&[][..], |learned| &learned.origins);
    let rows: Vec<(&Origin, &str, &Comparison)> = origins
        .iter()
        .flat_map(|origin| origin.models.iter().map(move |(name, spend)| (origin, *name, spend)))
        .collect();
    let number = |of: &dyn Fn(&Comparison) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, _, spend)| of(spend)).collect::<Float64Array>())
    };
    let days = rows.iter().map(|(origin, ..)| origin.day * DAY_MICROS);
    let customers = rows.iter().map(|(origin, ..)| origin.customers as i64);
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, name, _)| name)));
    write(
        path,
        vec![
            column("origin", Arc::new(TimestampMicrosecondArray::from_iter_values(days)) as ArrayRef),
            column("customers", Arc::new(Int64Array::from_iter_values(customers)) as ArrayRef),
            column("model", names),
            nullable("r2", number(&|spend| spend.errors.r2)),
            column("mae_minor", number(&|spend| Some(spend.errors.mae * unit))),
            column("rmse_minor", number(&|spend| Some(spend.errors.rmse * unit))),
            nullable("bias", number(&|spend| spend.errors.bias)),
            nullable("spearman", number(&|spend| spend.spearman)),
            nullable("gini", number(&|spend| spend.gini)),
            nullable("top_decile_share", number(&|spend| spend.top_decile_share)),
        ],
    )
}
