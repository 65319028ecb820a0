//! The customers of orders: ingested, folded into histories, and optionally split at one day or several.

use regulars_core::config::Refunds;
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::money::minor_per_major;
use regulars_engine::{Engine, Inputs, Options, PurchaseRules};
use regulars_ingest::Ingested;
use regulars_models::lifetime::time::{Horizon, TimeUnit};

use super::attributes::{Attribute, of_customers};
use super::load::{ClvRequest, Customers, HoldoutData, SideInputs, design, refused};
use super::origins::origins;
use super::table::is_table;
use crate::error::{Error, Kind, Result};
use crate::histories::{Base, Columns, Days, histories, histories_and_purchases, ids_of};
use crate::validate::check_purchases;

/// Reads the orders of a request.
///
/// Errors: orders that cannot be read or split; missing covariates.
pub(super) fn of_orders(request: &ClvRequest<'_>, side_inputs: &SideInputs) -> Result<Customers> {
    let source = &request.source;
    source.config.check()?;
    let landed = regulars_ingest::ingest(&source.reading()).map_err(Error::from).map_err(table_elsewhere)?;
    check_purchases(&landed)?;
    let mut days = split(request, &landed)?;
    let split_by_day = days.calibration_end.is_some();
    if side_inputs.weeks && !split_by_day {
        // Weeks are counted up to the end of a calibration: here the end of all data.
        days.calibration_end = Some(days.as_of);
    }
    let engine = Engine::new(Options {
        threads: source.threads,
        memory_limit_bytes: None,
        temp_dir: source.scratch.join("engine"),
    })?;
    let rules = PurchaseRules {
        cutoff_micros: landed.as_of_micros,
        orders_are_rows: landed.orders_are_rows,
        negative_rows_are_purchases: source.config.policy.refunds == Refunds::Keep,
    };
    source.progress.step("Reading histories", None, regulars_core::progress::Unit::Rows);
    let grain = request.times.grain.unwrap_or(source.config.value.grain);
    let inputs = Inputs {
        returns: Some(source.scratch.join("returns.parquet")),
        ..Inputs::transactions_only(source.scratch.join("transactions.parquet"))
    };
    let base = if side_inputs.rolling.is_some() {
        histories_and_purchases(&engine, &inputs, &rules, days, grain)?
    } else {
        histories(&engine, &inputs, &rules, days, grain)?
    };
    let mut base = base.present()?;
    let mut notes = landed.notes.clone();
    let attributes = attributes(request, side_inputs, &landed, &mut base, &mut notes)?;
    let design_of_all = design(&side_inputs.covariates, &attributes, &mut notes)?;
    let unit = match (side_inputs.unit, request.times.unit) {
        (Some(kept), Some(requested)) if kept != requested => {
            return Err(Error {
                hint: Some("leave --unit out".to_owned()),
                ..Error::new(
                    Kind::Input,
                    format!(
                        "--unit {} does not apply, the model's unit is {}",
                        requested.name(),
                        kept.name()
                    ),
                )
            });
        }
        (Some(unit), _) | (None, Some(unit)) => unit,
        (None, None) => crate::btyd::unit_of(&source.config.value),
    };
    let rolling = match (side_inputs.rolling, &base.purchases) {
        (Some(rolling), Some(purchases)) => {
            let longest = source.config.value.horizon_days;
            let mut found = origins(purchases, days.as_of, grain, unit, rolling, longest)?;
            notes.push(format!(
                "origins: tested on the {} days after {}",
                found.horizon_days,
                found.dates.join(", ")
            ));
            found.design.clone_from(&design_of_all);
            Some(found)
        }
        _ => None,
    };
    let money_unit = minor_per_major(landed.money_decimals);
    let known: &Columns = base.calibration.as_ref().map_or(&base.now, |kept| &kept.then);
    let counted = known.counted(unit).map_err(refused)?;
    let purchases = known.x.iter().sum::<f64>() + known.x.len() as f64;
    let total: i128 = known.total_minor.iter().map(|minor| i128::from(*minor)).sum();
    let id = match &base.calibration {
        Some(kept) => ids_of(&base.customer_id, &kept.present_rows())?,
        None => std::sync::Arc::clone(&base.customer_id),
    };
    let design = match (design_of_all, &base.calibration) {
        (Some(design), Some(kept)) => Some(design.take(&kept.present_rows())),
        (design, _) => design,
    };
    let weeks =
        base.calibration.as_ref().filter(|_| !split_by_day).map(|kept| (days.as_of, kept.weeks.clone()));
    Ok(Customers {
        id: Some(id),
        unit,
        counted,
        x: known.x.clone(),
        mean: Some(known.mean_spend(money_unit)),
        mean_of_all: total as f64 / money_unit / purchases.max(1.0),
        money_decimals: Some(landed.money_decimals),
        held_out: days.calibration_end.filter(|_| split_by_day).map(|end| HoldoutData {
            base,
            calibration_end: format_day(end * DAY_MICROS),
            end_day: end,
            horizon: Horizon { count: (days.as_of - end) as f64, unit: TimeUnit::Days },
        }),
        weeks,
        own_times: None,
        notes,
        has_intervals: true,
        design,
        origins: rolling,
    })
}

/// Adds a hint if a table of customers is not a single plain file: it is then read as orders, which fails
/// because it has no dates, with the names of its columns.
fn table_elsewhere(error: Error) -> Error {
    let Some((_, names)) = error.message.split_once("its columns are: ") else { return error };
    let names: Vec<String> = names.split(", ").map(str::to_owned).collect();
    if !is_table(&names) {
        return error;
    }
    Error {
        hint: Some("decompress it, save standard input to a file, or combine several files".to_owned()),
        ..Error::new(
            error.kind,
            "a table of customers must be one file, CSV or Parquet as it is: not compressed, no folder, pattern or \
             list of files, and not standard input",
        )
    }
}

/// The first and last day, and the end of the calibration period, if any.
fn split(request: &ClvRequest<'_>, landed: &Ingested) -> Result<Days> {
    let mut days = Days::of(landed.span_micros, landed.as_of_micros);
    if let Some(end) = request.times.calibration_end_micros {
        let end = end.div_euclid(DAY_MICROS);
        if !(days.first..days.as_of).contains(&end) {
            return Err(Error {
                hint: Some(format!(
                    "purchases are from {} to {}: choose a day before the last",
                    format_day(days.first * DAY_MICROS),
                    format_day(days.as_of * DAY_MICROS)
                )),
                ..Error::new(
                    Kind::Input,
                    format!(
                        "a calibration end of {} leaves the calibration or the holdout period empty",
                        format_day(end * DAY_MICROS)
                    ),
                )
            });
        }
        days.calibration_end = Some(end);
    }
    Ok(days)
}

/// The covariate columns; customers without values are an error or excluded from the base.
fn attributes(
    request: &ClvRequest<'_>,
    side_inputs: &SideInputs,
    landed: &Ingested,
    base: &mut Base,
    notes: &mut Vec<String>,
) -> Result<Vec<Attribute>> {
    let wanted = &side_inputs.covariates.columns;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let source = &request.source;
    if !landed.has_customers {
        return Err(Error {
            hint: Some("name it: --customers FILE, with the customer's id and the columns".to_owned()),
            ..Error::new(
                Kind::Input,
                "covariates of orders are columns of a customers file, but none was given",
            )
        });
    }
    let shown = source.input_paths.customers.as_deref().unwrap_or("the customers file");
    let found = of_customers(&source.scratch.join("customers.parquet"), shown, wanted, &base.customer_id)?;
    let Some(missing) = found.missing else { return Ok(found.attributes) };
    if !request.allow_bad_rows {
        return Err(Error {
            hint: Some(
                "complete the file, omit the column, or exclude such customers with --allow-bad-rows"
                    .to_owned(),
            ),
            ..Error::new(Kind::Input, missing)
        });
    }
    let kept: Vec<u32> =
        (0..found.complete.len() as u32).filter(|row| found.complete[*row as usize]).collect();
    if kept.is_empty() {
        return Err(Error::new(Kind::Input, format!("no customer is left: {missing}")));
    }
    notes.push(format!("{missing}; they are excluded from all models"));
    *base = base.only(&found.complete)?;
    Ok(found.attributes.iter().map(|attribute| attribute.take(&kept)).collect())
}
