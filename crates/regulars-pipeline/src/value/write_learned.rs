//! The tables of models that learned from features; empty where none did.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use regulars_stats::forecast::Bucket;

use super::{ValueRequest, Valued};
use crate::error::Result;
use crate::learned::{Learned, model_keys};
use crate::tables::{NewColumn, column, nullable, write};
use crate::value::ids_of;
use crate::value::write::money_minor;

/// What every learned model expects in the horizon: a column a model, empty where it did not learn.
pub(super) fn columns(found: &Valued, unit: f64) -> Vec<NewColumn> {
    let models = found.learned_models();
    let customers = found.base.now.x.len();
    let churn: Float64Array = match found.learned.as_ref().map(|learned| &learned.churned) {
        Ok(churned) => Float64Array::from(churned.models[churned.chosen].ahead.clone()),
        Err(_) => Float64Array::from(vec![None; customers]),
    };
    let values = model_keys().map(|(key, name)| {
        let values: Int64Array = match models.iter().find(|model| model.name == name) {
            Some(model) => {
                let horizon = model.ahead.iter().zip(&found.over_horizon);
                horizon.map(|(spend, factor)| Some(money_minor(spend * factor, unit))).collect()
            }
            None => Int64Array::from(vec![None; customers]),
        };
        nullable(&format!("{key}_ltv_minor"), Arc::new(values) as ArrayRef)
    });
    values.chain([nullable("p_churn", Arc::new(churn) as ArrayRef)]).collect()
}

pub(super) fn write_tables(request: &ValueRequest<'_>, found: &Valued) -> Result<()> {
    let path = |name: &str| request.dir.join(format!("{name}.parquet"));
    let unit = 10_f64.powi(i32::from(request.money_decimals));
    write_importance(&path("feature_importance"), found, unit)?;
    write_drivers(&path("ltv_drivers"), request, found, unit)?;
    write_deciles(&path("ltv_deciles"), found, unit)?;
    write_churn(&path("churn_comparison"), found)?;
    write_reliability(&path("churn_reliability"), found)
}

/// Models of the chance to buy nothing, by their quality on the days held out.
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

/// What happened to customers in bands of the stated chance.
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
            column("stated", number(&|at| rows[at].1.stated)),
            column("happened", number(&|at| rows[at].1.happened)),
        ],
    )
}

fn write_importance(path: &Path, found: &Valued, unit: f64) -> Result<()> {
    let rows = found.learned.as_ref().map_or_else(|_| Ok(Vec::new()), Learned::importance)?;
    let text = |of: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..rows.len()).map(of)))
    };
    let number = |of: &dyn Fn(usize) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values((0..rows.len()).map(of)))
    };
    write(
        path,
        vec![
            column("model", text(&|at| rows[at].model.to_owned())),
            column("feature", text(&|at| rows[at].feature.clone())),
            column("gain", number(&|at| rows[at].gain)),
            column("mean_contribution_minor", number(&|at| rows[at].contribution * unit)),
        ],
    )
}

/// The features that move the forecast of each customer the most; none if a buy-till-you-die model makes it.
fn write_drivers(path: &Path, request: &ValueRequest<'_>, found: &Valued, unit: f64) -> Result<()> {
    let (Some(winner), Ok(learned)) = (&found.winner, &found.learned) else {
        return write_driver_rows(path, request, &[], &[], &|_| String::new(), unit);
    };
    let drivers = learned.drivers(winner.model)?;
    let mut rows = Vec::new();
    let mut found_drivers = Vec::new();
    for (row, drivers) in drivers.iter().enumerate() {
        for (rank, driver) in drivers.iter().enumerate() {
            rows.push((row as u32, rank as i64 + 1));
            found_drivers.push((driver.feature, driver.contribution * found.over_horizon[row]));
        }
    }
    let names = learned.features();
    write_driver_rows(path, request, &rows, &found_drivers, &|feature| names[feature].clone(), unit)
}

fn write_driver_rows(
    path: &Path,
    request: &ValueRequest<'_>,
    rows: &[(u32, i64)],
    drivers: &[(usize, f64)],
    name: &dyn Fn(usize) -> String,
    unit: f64,
) -> Result<()> {
    let of: Vec<u32> = rows.iter().map(|(row, _)| *row).collect();
    let ranks: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, rank)| *rank)));
    let features: ArrayRef = Arc::new(StringArray::from_iter_values(drivers.iter().map(|(at, _)| name(*at))));
    let amounts: ArrayRef =
        Arc::new(Int64Array::from_iter_values(drivers.iter().map(|(_, amount)| money_minor(*amount, unit))));
    write(
        path,
        vec![
            column("customer_id", ids_of(&request.rfm.customer_id, &of)?),
            column("rank", ranks),
            column("feature", features),
            column("effect_minor", amounts),
        ],
    )
}

/// Forecast and truth by tenths of every model's own forecast, the highest first.
fn write_deciles(path: &Path, found: &Valued, unit: f64) -> Result<()> {
    let baselines = found.baselines.iter().map(|baseline| (baseline.name, &baseline.spend));
    let rows: Vec<(&str, usize, Bucket)> = found
        .spend_of_models()
        .chain(baselines)
        .flat_map(|(name, spend)| {
            spend.deciles.iter().rev().enumerate().map(move |(number, bucket)| (name, number + 1, *bucket))
        })
        .collect();
    let number = |of: &dyn Fn(&Bucket) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, _, bucket)| of(bucket) * unit)))
    };
    let whole = |of: &dyn Fn(&(&str, usize, Bucket)) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(of)))
    };
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(name, ..)| name)));
    write(
        path,
        vec![
            column("model", names),
            column("decile", whole(&|row| row.1 as i64)),
            column("customers", whole(&|row| row.2.customers as i64)),
            column("actual_minor", number(&|bucket| bucket.actual)),
            column("expected_minor", number(&|bucket| bucket.forecast)),
        ],
    )
}
