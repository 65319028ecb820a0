//! The customers for lifetime models: folded from orders, or read from a table of customers.

use std::path::Path;

use arrow::array::ArrayRef;
use regulars_core::config::Grain;
use regulars_models::bg_bb;
use regulars_models::lifetime::patterns::{BadRows, CountedPatterns, Histories, count_patterns};
use regulars_models::lifetime::time::{Horizon, TimeUnit};

use super::attributes::Attribute;
use super::covariates::{Design, Wanted};
use super::orders::of_orders;
use super::origins::{Origins, RollingRequest};
use super::table::{self, CustomerTable};
use crate::error::{Error, Kind, Result};
use crate::histories::{Base, Week};
use crate::validate::ValidateRequest;

/// Input of `regulars clv`.
pub struct ClvRequest<'a> {
    /// The files, and how to read them.
    pub source: ValidateRequest<'a>,
    /// Time units.
    pub times: ClvTimes,
    /// Skip and count invalid rows of a table.
    pub allow_bad_rows: bool,
    /// Prior standard deviation of the parameters' logarithms; smaller shrinks more.
    pub prior_sd: Option<f64>,
    /// Options given that do not apply to every input.
    pub given: GivenOptions,
}

/// Options given, by the input they apply to.
#[derive(Debug, Clone, Default)]
pub struct GivenOptions {
    /// For orders.
    pub for_orders: Vec<&'static str>,
    /// For orders and tables with times.
    pub for_times: Vec<&'static str>,
    /// For tables of occasions.
    pub for_occasions: Vec<&'static str>,
}

impl GivenOptions {
    /// Rejects options that do not apply to an input; `shown` and `because` are words for the message.
    fn refuse(options: &[&'static str], shown: &str, because: &str) -> Result<()> {
        let Some(option) = options.first() else { return Ok(()) };
        Err(Error {
            hint: Some(format!("leave {} out", options.join(", "))),
            ..Error::new(Kind::Input, format!("{shown}: {option} does not apply, {because}"))
        })
    }
}

/// Time units and splits.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClvTimes {
    /// The unit of the parameters; for a table, that of its times.
    pub unit: Option<TimeUnit>,
    /// The end of the calibration period; later data are the holdout.
    pub calibration_end_micros: Option<i64>,
    /// Granularity of a purchase; default as configured.
    pub grain: Option<Grain>,
}

/// What to read besides the histories.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside {
    /// Customer attributes.
    pub(super) covariates: Wanted,
    /// Forecast origins for repeated tests.
    pub(super) rolling: Option<RollingRequest>,
    /// The time unit of a stored model, whatever that of the input is.
    pub(super) unit: Option<TimeUnit>,
    /// Repeat purchases by week, for orders without a calibration end.
    pub(super) weeks: bool,
}

/// The customers, by kind of input.
pub(super) enum Loaded {
    /// In continuous time.
    Customers(Box<Customers>),
    /// Over occasions.
    Occasions(Box<Occasions>),
}

/// Customers in continuous time, one element per customer.
pub(super) struct Customers {
    pub(super) id: Option<ArrayRef>,
    pub(super) unit: TimeUnit,
    pub(super) counted: CountedPatterns,
    pub(super) x: Vec<f64>,
    /// Mean spend of repeat purchases, if known, and of all purchases.
    pub(super) mean: Option<Vec<f64>>,
    pub(super) mean_of_all: f64,
    /// Decimals of money; none if the table does not say.
    pub(super) money_decimals: Option<u8>,
    /// The holdout period, for orders with a calibration end.
    pub(super) held_out: Option<HeldOut>,
    /// Repeat purchases by week up to the last day, and that day, if requested for orders.
    pub(super) weeks: Option<(i64, Vec<Week>)>,
    /// Times of a table in its original unit: of the last purchase, and observed.
    pub(super) own_times: Option<[Vec<f64>; 2]>,
    pub(super) notes: Vec<String>,
    /// Whether `litt` is known.
    pub(super) has_intervals: bool,
    /// The covariates of the customers, if requested.
    pub(super) design: Option<Design>,
    /// The forecast origins, if requested.
    pub(super) origins: Option<Origins>,
}

/// Purchases after the calibration period.
pub(super) struct HeldOut {
    pub(super) base: Base,
    pub(super) calibration_end: String,
    pub(super) end_day: i64,
    pub(super) horizon: Horizon,
}

/// Customers over occasions, counted.
pub(super) struct Occasions {
    pub(super) id: Option<ArrayRef>,
    pub(super) patterns: bg_bb::Patterns,
    pub(super) notes: Vec<String>,
}

/// Maximum number of customers that rows with counts may represent.
const MOST_COUNTED: f64 = 2e7;

/// Reads the customers, with the requested additions.
///
/// Errors: an unreadable input; options that do not apply to it.
pub(super) fn load_beside(request: &ClvRequest<'_>, beside: &Beside) -> Result<Loaded> {
    let inputs = &request.source.roles.orders;
    if let [input] = inputs.as_slice()
        && let Some(table) =
            table::read(Path::new(input), request.allow_bad_rows, &beside.covariates.columns)?
    {
        if beside.rolling.is_some() {
            return Err(Error {
                hint: Some("use orders to test models from several origins".to_owned()),
                ..Error::new(
                    Kind::Input,
                    format!("`{input}` is a table of customers: origins need orders with dates"),
                )
            });
        }
        if request.times.calibration_end_micros.is_some() {
            return Err(Error {
                hint: Some("use orders for a holdout period".to_owned()),
                ..Error::new(
                    Kind::Input,
                    format!("`{input}` is a table of customers: a calibration end needs orders with dates"),
                )
            });
        }
        return of_table(table, request, beside, input);
    }
    GivenOptions::refuse(&request.given.for_occasions, "the input", "it has dates and no occasions")?;
    of_orders(request, beside).map(|customers| Loaded::Customers(Box::new(customers)))
}

fn of_table(table: CustomerTable, request: &ClvRequest<'_>, beside: &Beside, shown: &str) -> Result<Loaded> {
    let mut notes = table.notes(shown);
    let given = &request.given;
    if table.occasions {
        let counts = format!("`{shown}` is a table of occasions");
        GivenOptions::refuse(&given.for_times, &counts, "that is for histories in time")?;
        GivenOptions::refuse(&given.for_orders, &counts, "that is for orders with dates")?;
        let histories = (0..table.x.len())
            .map(|row| bg_bb::History {
                x: table.x[row] as u32,
                t_x: table.t_x[row] as u32,
                n: table.t[row] as u32,
            })
            .collect();
        let count = table.count.unwrap_or_else(|| vec![1.0; table.x.len()]);
        return Ok(Loaded::Occasions(Box::new(Occasions {
            id: table.id,
            patterns: bg_bb::Patterns { histories, count },
            notes,
        })));
    }
    let customers = format!("`{shown}` is a table of customers");
    GivenOptions::refuse(&given.for_orders, &customers, "that is for orders with dates")?;
    GivenOptions::refuse(&given.for_occasions, &customers, "its times are not occasions")?;
    let own_unit = match (table.unit, request.times.unit) {
        (Some(named), Some(asked)) if named != asked => {
            return Err(Error {
                hint: Some(format!("leave --unit out, or convert the table to {}", asked.name())),
                ..Error::new(
                    Kind::Input,
                    format!("the times of `{shown}` are in {}, --unit says {}", named.name(), asked.name()),
                )
            });
        }
        (Some(unit), _) | (None, Some(unit)) => unit,
        (None, None) => {
            notes.push(format!("{shown}: times are assumed to be days; use --unit weeks for weeks"));
            TimeUnit::Days
        }
    };
    let mut table = spread_out(table, shown)?;
    let unit = beside.unit.unwrap_or(own_unit);
    let own_times = (unit != own_unit).then(|| {
        notes.push(format!(
            "{shown}: times in {} are converted to the {} of the model",
            own_unit.name(),
            unit.name()
        ));
        table.convert(own_unit.days() / unit.days())
    });
    let histories = Histories {
        x: &table.x,
        t_x: &table.t_x,
        t: &table.t,
        log_intervals: table.log_intervals.as_deref(),
        unit,
    };
    let counted = count_patterns(&histories, BadRows::Refuse).map_err(refused)?;
    let design = design(&beside.covariates, &table.attributes, &mut notes)?;
    let mean_of_all = table.mean.as_ref().map_or(0.0, |means| {
        let repeat = || table.x.iter().zip(means).filter(|(x, mean)| **x > 0.0 && **mean > 0.0);
        repeat().map(|(x, mean)| x * mean).sum::<f64>() / repeat().map(|(x, _)| x).sum::<f64>().max(1.0)
    });
    Ok(Loaded::Customers(Box::new(Customers {
        id: table.id,
        unit,
        counted,
        has_intervals: table.log_intervals.is_some(),
        x: table.x,
        mean: table.mean,
        mean_of_all,
        money_decimals: None,
        held_out: None,
        weeks: None,
        own_times,
        notes,
        design,
        origins: None,
    })))
}

/// The covariates, if any were requested.
pub(super) fn design(
    wanted: &Wanted,
    attributes: &[Attribute],
    notes: &mut Vec<String>,
) -> Result<Option<Design>> {
    if wanted.columns.is_empty() {
        return Ok(None);
    }
    let design = Design::of(wanted, attributes)?;
    notes.extend(design.notes());
    Ok(Some(design))
}

/// One row per customer represented by a row.
fn spread_out(mut table: CustomerTable, shown: &str) -> Result<CustomerTable> {
    let Some(count) = table.count.take() else { return Ok(table) };
    let total: f64 = count.iter().sum();
    if total > MOST_COUNTED {
        return Err(Error::new(
            Kind::Input,
            format!("`{shown}`: the counts add up to {total} customers, expected at most {MOST_COUNTED}"),
        ));
    }
    let rows: Vec<u32> =
        (0..count.len()).flat_map(|row| std::iter::repeat_n(row as u32, count[row] as usize)).collect();
    let take = |values: &Vec<f64>| rows.iter().map(|row| values[*row as usize]).collect::<Vec<f64>>();
    Ok(CustomerTable {
        id: table.id.map(|ids| crate::histories::ids_of(&ids, &rows)).transpose()?,
        x: take(&table.x),
        t_x: take(&table.t_x),
        t: take(&table.t),
        mean: table.mean.as_ref().map(take),
        log_intervals: table.log_intervals.as_ref().map(take),
        attributes: table.attributes.iter().map(|attribute| attribute.take(&rows)).collect(),
        count: None,
        ..table
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over results")]
pub(super) fn refused(error: regulars_models::lifetime::Error) -> Error {
    let hint = error.hint().map(str::to_owned);
    Error { hint, ..Error::new(Kind::Input, error.to_string()) }
}

/// Parses a unit of time.
///
/// Errors: an unknown word.
pub fn time_unit(name: &str) -> Result<TimeUnit> {
    name.parse().map_err(refused)
}
