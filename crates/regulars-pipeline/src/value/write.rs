//! The tables of lifetime value as Parquet.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use regulars_core::dates::DAY_MICROS;
use regulars_models::lifetime::fit::FitReport;
use regulars_models::lifetime::model::{Fitted, ModelKind};
use regulars_models::lifetime::tracking::CountClass;
use regulars_stats::forecast::Comparison;

use super::base::TRACKING_DAYS;
use super::groups::{Group, write_groups};
use super::largest::{WithoutLargest, learned_without};
use super::spend::SpendModel;
use super::summarise::note;
use super::{ValueRequest, Valued, unit_of, write_learned};
use crate::error::{Error, Kind, Result};
use crate::tables::{NewColumn, column, nullable, write};

/// Classes of repeat purchases: 0, 1, … and the last with all above.
const LAST_CLASS: u32 = 7;

/// Money in minor units.
pub(crate) fn money_minor(value: f64, money_unit: f64) -> i64 {
    (value * money_unit).round() as i64
}

/// Money in minor units; none for an end left open because of too few customers.
pub(super) fn known_minor(value: f64, money_unit: f64) -> Option<i64> {
    value.is_finite().then(|| money_minor(value, money_unit))
}

pub(super) fn write_tables(
    request: &ValueRequest<'_>,
    found: &Valued,
    explained: &write_learned::Explained,
    groups: &[Group],
) -> Result<()> {
    let path = |name: &str| request.dir.join(format!("{name}.parquet"));
    write_predictions(&path("ltv_predictions"), request, found)?;
    let unit = 10_f64.powi(i32::from(request.money_decimals));
    write_groups(&path("ltv_summary"), groups, unit)?;
    write_comparison(&path("model_comparison"), request, found)?;
    write_parameters(&path("model_parameters"), request, found)?;
    write_tracking(&path("ltv_tracking"), found)?;
    write_frequency(&path("ltv_frequency"), found)?;
    write_learned::write_tables(request, found, explained)
}

fn write_predictions(path: &Path, request: &ValueRequest<'_>, found: &Valued) -> Result<()> {
    let unit = 10_f64.powi(i32::from(request.money_decimals));
    let ahead = &found.ahead;
    let now = &found.base.now;
    let money = |values: &[f64]| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(values.iter().map(|value| money_minor(*value, unit))))
    };
    let ends = |values: &[f64]| -> ArrayRef {
        Arc::new(values.iter().map(|value| known_minor(*value, unit)).collect::<Int64Array>())
    };
    let number = |values: &[f64]| -> ArrayRef { Arc::new(Float64Array::from(values.to_vec())) };
    let whole = |values: &[f64]| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(values.iter().map(|value| value.round() as i64)))
    };
    let mut columns = vec![
        column("customer_id", Arc::clone(&request.rfm.customer_id)),
        column("predicted_ltv_minor", money(&ahead.value)),
        nullable("predicted_low_minor", ends(&ahead.value_low)),
        nullable("predicted_high_minor", ends(&ahead.value_high)),
        column("p_alive", number(&ahead.p_alive)),
        column("expected_purchases", number(&ahead.expected_purchases)),
        column("purchases_low", whole(&ahead.purchases_low)),
        column("purchases_high", whole(&ahead.purchases_high)),
        column("p_purchase", number(&ahead.p_purchase)),
        column("expected_spend_minor", money(&ahead.expected_spend)),
        column("next_purchase_days", number(&ahead.next_purchase_days)),
        column("repeat_purchases", whole(&now.x)),
        column("last_purchase_age_days", whole(&now.t_x)),
        column("observed_days", whole(&now.t)),
    ];
    if let Some(kept) = &found.base.calibration {
        let judged = &found.judged;
        let present = || kept.rows.iter().enumerate().filter_map(|(at, row)| row.map(|row| (at, row)));
        let spread = |of_rows: &dyn Fn(usize) -> i64| -> ArrayRef {
            let mut values = vec![None; now.x.len()];
            for (at, row) in present() {
                values[row as usize] = Some(of_rows(at));
            }
            Arc::new(Int64Array::from(values))
        };
        let mut expected = vec![None; now.x.len()];
        for (at, row) in present() {
            expected[row as usize] = Some(judged.expected_purchases[at]);
        }
        columns.extend([
            nullable("actual_ltv_minor", spread(&|at| kept.spend_minor[at])),
            nullable("holdout_ltv_minor", spread(&|at| money_minor(judged.value[at], unit))),
            nullable("holdout_low_minor", spread(&|at| money_minor(judged.value_low[at], unit))),
            nullable("holdout_high_minor", spread(&|at| money_minor(judged.value_high[at], unit))),
            nullable("actual_purchases", spread(&|at| kept.purchases[at] as i64)),
            nullable("holdout_purchases", Arc::new(Float64Array::from(expected)) as ArrayRef),
        ]);
    }
    columns.push(column("ltv_decile", Arc::new(Int64Array::from(deciles(&ahead.value))) as ArrayRef));
    let of_kind = &found.spread.of_kind;
    columns.extend([
        column("buy_till_you_die_ltv_minor", money(&of_kind.value)),
        column("buy_till_you_die_low_minor", money(&of_kind.low)),
        column("buy_till_you_die_high_minor", money(&of_kind.high)),
    ]);
    columns.extend(write_learned::columns(found, unit));
    columns.extend(write_learned::margins(found, request.config.value.margin, unit));
    write(path, columns)
}

/// Deciles of the customers by expected spend: 1 is the highest; ties in their order.
pub(super) fn deciles(values: &[f64]) -> Vec<i64> {
    let mut tenths = vec![0; values.len()];
    for (rank, row) in super::summarise::highest_first(values).into_iter().enumerate() {
        tenths[row] = (rank * 10 / values.len()) as i64 + 1;
    }
    tenths
}

/// One row of `model_comparison`.
#[derive(Default)]
struct Compared {
    model: String,
    kind: &'static str,
    chosen: bool,
    /// r2, mae, rmse, bias, spearman, gini; purchases: mae, rmse, bias, log-likelihood, coverage; fit:
    /// log-likelihood, aic, bic; spend again: share of the top decile, error of deciles, cross-validated r2,
    /// coverage; without the customer who spent most: rmse, mae, bias.
    numbers: [Option<f64>; 21],
    converged: Option<bool>,
    note: Option<String>,
}

const NUMBERS: [&str; 21] = [
    "r2",
    "mae_minor",
    "rmse_minor",
    "bias",
    "spearman",
    "gini",
    "purchases_mae",
    "purchases_rmse",
    "purchases_bias",
    "holdout_log_likelihood",
    "coverage_90",
    "log_likelihood",
    "aic",
    "bic",
    "top_decile_share",
    "decile_mape",
    "cross_validated_r2",
    "spend_coverage",
    "rmse_without_largest_minor",
    "mae_without_largest_minor",
    "bias_without_largest",
];

fn write_comparison(path: &Path, request: &ValueRequest<'_>, found: &Valued) -> Result<()> {
    let unit = 10_f64.powi(i32::from(request.money_decimals));
    let spend_numbers = |numbers: &mut [Option<f64>; 21], spend: &Comparison| {
        numbers[0] = spend.errors.r2;
        numbers[1] = Some(spend.errors.mae * unit);
        numbers[2] = Some(spend.errors.rmse * unit);
        numbers[3] = spend.errors.bias;
        numbers[4] = spend.spearman;
        numbers[5] = spend.gini;
        numbers[14] = spend.top_decile_share;
        numbers[15] = spend.decile_mape;
    };
    let without_largest = |numbers: &mut [Option<f64>; 21], without: Option<WithoutLargest>| {
        numbers[18] = without.map(|without| without.spend.rmse * unit);
        numbers[19] = without.map(|without| without.spend.mae * unit);
        numbers[20] = without.and_then(|without| without.spend.bias);
    };
    let of_learned = learned_without(found, unit);
    let mut rows: Vec<Compared> = Vec::new();
    for (at, candidate) in found.candidates.iter().enumerate() {
        let mut row = Compared {
            model: candidate.kind.name().to_owned(),
            kind: "probabilistic",
            chosen: found.spread.winner.is_none() && at == found.chosen,
            converged: Some(candidate.fitted.is_ok()),
            note: note(&candidate.fitted),
            ..Compared::default()
        };
        if let Some(spend) = &candidate.spend {
            spend_numbers(&mut row.numbers, spend);
        }
        if let Some(holdout) = &candidate.holdout {
            row.numbers[6] = Some(holdout.mae);
            row.numbers[7] = Some(holdout.rmse);
            row.numbers[8] = holdout.bias;
            row.numbers[9] = Some(holdout.log_likelihood);
            row.numbers[10] = Some(holdout.coverage_90);
        }
        if let Ok(fitted) = &candidate.fitted {
            row.numbers[11] = Some(fitted.report.log_likelihood);
            row.numbers[12] = Some(fitted.report.aic);
            row.numbers[13] = Some(fitted.report.bic);
        }
        row.numbers[17] = found.coverage_of(candidate.kind.name()).map(|coverage| coverage.overall);
        without_largest(&mut row.numbers, candidate.without.map(|without| without.spend));
        rows.push(row);
    }
    for (at, model) in found.learned_models().iter().enumerate() {
        let mut row = Compared {
            model: model.name.to_owned(),
            kind: if model.fitted.is_some() { "learned" } else { "blend" },
            chosen: found.spread.winner == Some(at),
            note: model.note.clone(),
            ..Compared::default()
        };
        spend_numbers(&mut row.numbers, &model.judgement);
        row.numbers[16] = model.cross_validated_r2;
        if let Some(errors) = found.order_errors(model.name) {
            row.numbers[6] = Some(errors.mae);
            row.numbers[7] = Some(errors.rmse);
            row.numbers[8] = errors.bias;
        }
        row.numbers[17] = found.coverage_of(model.name).map(|coverage| coverage.overall);
        without_largest(&mut row.numbers, of_learned[at]);
        rows.push(row);
    }
    for baseline in &found.baselines {
        let mut row = Compared { model: baseline.name.to_owned(), kind: "baseline", ..Compared::default() };
        spend_numbers(&mut row.numbers, &baseline.spend);
        without_largest(&mut row.numbers, baseline.without);
        row.numbers[6] = Some(baseline.purchases.mae);
        row.numbers[7] = Some(baseline.purchases.rmse);
        row.numbers[8] = baseline.purchases.bias;
        rows.push(row);
    }
    let text = |f: &dyn Fn(&Compared) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(f).collect::<StringArray>())
    };
    let mut columns: Vec<NewColumn> = vec![
        column("model", text(&|row| Some(row.model.clone()))),
        column("kind", text(&|row| Some(row.kind.to_owned()))),
        column(
            "chosen",
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| i64::from(row.chosen)))) as ArrayRef,
        ),
    ];
    for (at, name) in NUMBERS.iter().enumerate() {
        let values: ArrayRef = Arc::new(rows.iter().map(|row| row.numbers[at]).collect::<Float64Array>());
        columns.push(nullable(name, values));
    }
    let converged: ArrayRef =
        Arc::new(rows.iter().map(|row| row.converged.map(i64::from)).collect::<Int64Array>());
    columns.push(nullable("converged", converged));
    columns.push(nullable("note", text(&|row| row.note.clone())));
    write(path, columns)
}

/// Model, history, parameter, value, standard error, interval.
type ParameterRow = (String, &'static str, String, f64, Option<f64>, Option<(f64, f64)>);

fn write_parameters(path: &Path, request: &ValueRequest<'_>, found: &Valued) -> Result<()> {
    let mut rows: Vec<ParameterRow> = Vec::new();
    let mut add = |name: &str, history: &'static str, k: Option<f64>, report: &FitReport| {
        if let Some(k) = k {
            rows.push((name.to_owned(), history, "k".to_owned(), k, None, None));
        }
        for parameter in &report.parameters {
            rows.push((
                name.to_owned(),
                history,
                parameter.name.clone(),
                parameter.value,
                parameter.standard_error,
                parameter.interval_90,
            ));
        }
    };
    for candidate in &found.candidates {
        if let Ok(fitted) = &candidate.fitted {
            add(candidate.kind.name(), "calibration", stages(candidate.kind, fitted), &fitted.report);
        }
    }
    let chosen = found.candidates[found.chosen].kind;
    add(chosen.name(), "all", stages(chosen, &found.fitted), &found.fitted.report);
    for (history, spend) in [("calibration", &found.spend_then), ("all", &found.spend)] {
        if let SpendModel::GammaGamma(fitted) = spend {
            add("Gamma-Gamma", history, None, &fitted.report);
        }
    }
    let unit = unit_of(&request.config.value).name();
    let numbers = |f: &dyn Fn(usize) -> Option<f64>| -> ArrayRef {
        Arc::new((0..rows.len()).map(f).collect::<Float64Array>())
    };
    let text = |f: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..rows.len()).map(f)))
    };
    let unit_of_row = |(_, _, parameter, ..): &ParameterRow| match parameter.as_str() {
        "alpha" | "beta" => Some(unit),
        "gamma" => Some("money"),
        _ => None,
    };
    let units: ArrayRef = Arc::new(rows.iter().map(unit_of_row).collect::<StringArray>());
    write(
        path,
        vec![
            column("model", text(&|at| rows[at].0.clone())),
            column("history", text(&|at| rows[at].1.to_owned())),
            column("parameter", text(&|at| rows[at].2.clone())),
            column("value", numbers(&|at| Some(rows[at].3))),
            nullable("standard_error", numbers(&|at| rows[at].4)),
            nullable("low", numbers(&|at| rows[at].5.map(|ends| ends.0))),
            nullable("high", numbers(&|at| rows[at].5.map(|ends| ends.1))),
            nullable("unit", units),
        ],
    )
}

/// The number of stages between purchases, for CNBD-k models; 1 is no regularity.
pub(crate) fn stages(kind: ModelKind, fitted: &Fitted) -> Option<f64> {
    let regular = matches!(kind, ModelKind::BgCnbdK | ModelKind::MbgCnbdK);
    let named = fitted.model.parameters().iter().find(|(name, _)| *name == "k").map(|(_, k)| *k);
    named.or(regular.then_some(1.0))
}

fn model_error(error: &regulars_models::lifetime::Error) -> Error {
    Error::new(Kind::Internal, error.to_string())
}

fn write_tracking(path: &Path, found: &Valued) -> Result<()> {
    let (Some(kept), Ok(fitted)) = (&found.base.calibration, &found.candidates[found.chosen].fitted) else {
        return Err(Error::new(Kind::Internal, "the chosen model was not tested"));
    };
    let end = found.days.calibration_end.unwrap_or(found.days.as_of);
    let per_day = 1.0 / fitted.unit.days();
    // A week ends at the end of its last day.
    let times: Vec<f64> = kept.weeks.iter().map(|week| (week.ends_after_days + 1) as f64 * per_day).collect();
    let points = fitted.tracking(&found.counted_then.patterns, &times).map_err(|e| model_error(&e))?;
    let name = found.candidates[found.chosen].kind.name();
    let mut sum = 0;
    let cumulative: Vec<i64> = kept
        .weeks
        .iter()
        .map(|week| {
            sum += week.repeat_purchases as i64;
            sum
        })
        .collect();
    let weeks = &kept.weeks;
    debug_assert!(
        weeks.windows(2).all(|pair| pair[1].ends_after_days <= pair[0].ends_after_days + TRACKING_DAYS)
    );
    let whole = |f: &dyn Fn(usize) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values((0..weeks.len()).map(f)))
    };
    let number = |f: &dyn Fn(usize) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values((0..weeks.len()).map(f)))
    };
    let ends = weeks.iter().map(|week| (end + week.ends_after_days) * DAY_MICROS);
    write(
        path,
        vec![
            column("model", Arc::new(StringArray::from(vec![name; weeks.len()])) as ArrayRef),
            column("period_end", Arc::new(TimestampMicrosecondArray::from_iter_values(ends)) as ArrayRef),
            column("is_holdout", whole(&|at| i64::from(weeks[at].ends_after_days > 0))),
            column("actual", whole(&|at| weeks[at].repeat_purchases as i64)),
            column("expected", number(&|at| points[at].incremental)),
            column("actual_cumulative", whole(&|at| cumulative[at])),
            column("expected_cumulative", number(&|at| points[at].cumulative)),
        ],
    )
}

fn write_frequency(path: &Path, found: &Valued) -> Result<()> {
    let mut rows: Vec<(&str, CountClass, Option<[f64; 3]>)> = Vec::new();
    for candidate in &found.candidates {
        let (Ok(fitted), Some(holdout)) = (&candidate.fitted, &candidate.holdout) else { continue };
        let classes =
            fitted.count_classes(&found.counted_then.patterns, LAST_CLASS).map_err(|e| model_error(&e))?;
        for class in classes {
            let after = holdout
                .by_frequency
                .iter()
                .find(|after| after.x == class.x)
                .map(|after| [after.actual, after.expected, after.mae]);
            rows.push((candidate.kind.name(), class, after));
        }
    }
    let whole = |f: &dyn Fn(&CountClass) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, class, _)| f(class))))
    };
    let after = |at: usize| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, _, after)| after.map(|values| values[at])).collect::<Float64Array>())
    };
    let expected: ArrayRef =
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, class, _)| class.expected)));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(name, ..)| name)));
    write(
        path,
        vec![
            column("model", names),
            column("repeat_purchases", whole(&|class| i64::from(class.x))),
            column("is_open_ended", whole(&|class| i64::from(class.is_open_ended))),
            column("customers", whole(&|class| class.actual.round() as i64)),
            column("customers_expected", expected),
            nullable("holdout_actual", after(0)),
            nullable("holdout_expected", after(1)),
            nullable("holdout_mae", after(2)),
        ],
    )
}
