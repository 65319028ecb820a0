//! The customers for lifetime models: folded from orders, or read from a table of customers.

use std::path::Path;

use arrow::array::ArrayRef;
use regulars_core::config::Grain;
use regulars_core::money::format_count;
use regulars_models::bg_bb;
use regulars_models::lifetime::patterns::{BadRows, CountedPatterns, Histories, count_patterns};
use regulars_models::lifetime::time::{Horizon, TimeUnit};

use super::attributes::Attribute;
use super::covariates::{CovariateChoice, Design};
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
pub(super) struct SideInputs {
    /// Customer attributes.
    pub(super) covariates: CovariateChoice,
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
    pub(super) held_out: Option<HoldoutData>,
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
pub(super) struct HoldoutData {
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
const MAX_REPRESENTED_CUSTOMERS: f64 = 2e7;

/// Reads the customers, with the requested additions.
///
/// Errors: an unreadable input; options that do not apply to it.
pub(super) fn load(request: &ClvRequest<'_>, side_inputs: &SideInputs) -> Result<Loaded> {
    let inputs = &request.source.input_paths.orders;
    if let [input] = inputs.as_slice()
        && let Some(table) =
            table::read(Path::new(input), request.allow_bad_rows, &side_inputs.covariates.columns)?
    {
        if side_inputs.rolling.is_some() {
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
        return of_table(table, request, side_inputs, input);
    }
    GivenOptions::refuse(&request.given.for_occasions, "the input", "it has dates and no occasions")?;
    of_orders(request, side_inputs).map(|customers| Loaded::Customers(Box::new(customers)))
}

fn of_table(
    table: CustomerTable,
    request: &ClvRequest<'_>,
    side_inputs: &SideInputs,
    shown: &str,
) -> Result<Loaded> {
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
        (Some(named), Some(requested)) if named != requested => {
            return Err(Error {
                hint: Some(format!("leave --unit out, or convert the table to {}", requested.name())),
                ..Error::new(
                    Kind::Input,
                    format!(
                        "the times of `{shown}` are in {}, --unit says {}",
                        named.name(),
                        requested.name()
                    ),
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
    let unit = side_inputs.unit.unwrap_or(own_unit);
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
    let design = design(&side_inputs.covariates, &table.attributes, &mut notes)?;
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
    wanted: &CovariateChoice,
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
    if total > MAX_REPRESENTED_CUSTOMERS {
        return Err(Error::new(
            Kind::Input,
            format!(
                "`{shown}`: the counts add up to {} customers, expected at most {}",
                format_count(total as u64),
                format_count(MAX_REPRESENTED_CUSTOMERS as u64)
            ),
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

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    use regulars_core::config::Config;
    use regulars_core::progress::Silent;
    use regulars_ingest::InputPaths;

    use super::*;
    use crate::testing::{FIRST_DAY, Order, csv};

    /// Reads a file of this text with the given times.
    fn loaded(text: &str, times: ClvTimes, side_inputs: &SideInputs, given: GivenOptions) -> Result<Loaded> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file.csv");
        fs_err::write(&file, text).expect("written");
        let (input_paths, config) = (
            InputPaths { orders: vec![file.display().to_string()], ..InputPaths::default() },
            Config::default(),
        );
        let request = ClvRequest {
            source: ValidateRequest {
                input_paths: &input_paths,
                config: &config,
                as_of_micros: None,
                today_micros: (FIRST_DAY + 5000) * regulars_core::dates::DAY_MICROS,
                scratch: folder.path(),
                threads: 1,
                store_options: &[],
                progress: &Silent,
            },
            times,
            allow_bad_rows: false,
            prior_sd: None,
            given,
        };
        load(&request, side_inputs)
    }

    fn customers(text: &str, times: ClvTimes) -> Customers {
        match loaded(text, times, &SideInputs::default(), GivenOptions::default()) {
            Ok(Loaded::Customers(customers)) => *customers,
            Ok(Loaded::Occasions(_)) => panic!("times"),
            Err(error) => panic!("{error}"),
        }
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
    }

    #[test]
    fn a_table_has_the_unit_of_its_names_or_of_the_request() {
        let named = "x,t_x_weeks,T_weeks,m\n2,3,9,10\n0,0,9,\n1,4,8,40\n";
        let found = customers(named, ClvTimes::default());
        assert_eq!((found.unit, found.x.as_slice()), (TimeUnit::Weeks, [2.0, 0.0, 1.0].as_slice()));
        assert!(found.own_times.is_none() && !found.has_intervals && found.money_decimals.is_none());
        // Three purchases: two of 10, and one of 40.
        near(&[found.mean_of_all], &[20.0]);
        let plain = "x,t_x,T\n2,3,9\n";
        assert_eq!(customers(plain, ClvTimes::default()).unit, TimeUnit::Days);
        let months = ClvTimes { unit: Some(TimeUnit::Months), ..ClvTimes::default() };
        assert_eq!(customers(plain, months).unit, TimeUnit::Months);
        assert_eq!(customers(named, ClvTimes { unit: Some(TimeUnit::Weeks), ..months }).x.len(), 3);
        let other = loaded(named, months, &SideInputs::default(), GivenOptions::default());
        assert_eq!(other.err().map(|error| error.kind), Some(Kind::Input));
    }

    #[test]
    fn times_are_converted_to_the_unit_of_a_model() {
        let side_inputs = SideInputs { unit: Some(TimeUnit::Days), ..SideInputs::default() };
        let weeks = ClvTimes { unit: Some(TimeUnit::Weeks), ..ClvTimes::default() };
        let found = loaded("x,t_x,T,litt\n2,3,9,0.5\n", weeks, &side_inputs, GivenOptions::default())
            .expect("a table");
        let Loaded::Customers(found) = found else { panic!("times") };
        assert_eq!((found.unit, found.has_intervals), (TimeUnit::Days, true));
        let history = found.counted.patterns.history(0);
        near(&[history.t_x, history.t], &[21.0, 63.0]);
        let own = found.own_times.expect("converted");
        near(&own[0], &[3.0]);
        near(&own[1], &[9.0]);
        near(&[found.counted.patterns.log_intervals.expect("known")], &[0.5 + 2.0 * 7_f64.ln()]);
    }

    #[test]
    fn rows_with_counts_are_so_many_customers() {
        let found = customers(
            "customer_id,x,t_x,T,m,customers\n5,1,2,9,30,3\n6,0,0,9,,0\n7,0,0,4,,2\n",
            ClvTimes::default(),
        );
        near(&found.x, &[1.0, 1.0, 1.0, 0.0, 0.0]);
        let ids = found.id.expect("ids");
        assert_eq!(ids.as_primitive::<Int64Type>().values().to_vec(), [5, 5, 5, 7, 7]);
        near(&[found.counted.patterns.count.iter().sum::<f64>()], &[5.0]);
        assert_eq!(found.mean.map(|mean| mean.len()), Some(5));
        let many = loaded(
            "x,t_x,T,customers\n0,0,9,20000001\n",
            ClvTimes::default(),
            &SideInputs::default(),
            GivenOptions::default(),
        );
        assert_eq!(many.err().map(|error| error.kind), Some(Kind::Input));
    }

    #[test]
    fn tables_of_occasions_are_counted_as_they_are() {
        let text = "x,t_x,n,customers\n0,0,6,3464\n2,5,6,10\n";
        let found = loaded(text, ClvTimes::default(), &SideInputs::default(), GivenOptions::default())
            .expect("a table");
        let Loaded::Occasions(found) = found else { panic!("occasions") };
        let histories: Vec<(u32, u32, u32)> =
            found.patterns.histories.iter().map(|h| (h.x, h.t_x, h.n)).collect();
        assert_eq!(histories, [(0, 0, 6), (2, 5, 6)]);
        near(&found.patterns.count, &[3464.0, 10.0]);
        assert!(found.id.is_none());
    }

    #[test]
    fn options_for_another_kind_of_input_are_refused() {
        let (table, occasions) = ("x,t_x,T\n1,1,2\n", "x,t_x,n\n1,1,2\n");
        let refused = |text: &str, given: GivenOptions| {
            loaded(text, ClvTimes::default(), &SideInputs::default(), given).err().map(|error| error.kind)
        };
        let given = GivenOptions::default;
        let orders = || GivenOptions { for_orders: vec!["--grain"], ..given() };
        let times = || GivenOptions { for_times: vec!["--unit"], ..given() };
        let of_occasions = || GivenOptions { for_occasions: vec!["--occasions"], ..given() };
        assert_eq!(refused(table, given()), None);
        assert_eq!(refused(table, orders()), Some(Kind::Input));
        assert_eq!(refused(table, times()), None);
        assert_eq!(refused(table, of_occasions()), Some(Kind::Input));
        assert_eq!(refused(occasions, orders()), Some(Kind::Input));
        assert_eq!(refused(occasions, times()), Some(Kind::Input));
        assert_eq!(refused(occasions, of_occasions()), None);
        // Origins and splits need dates.
        let rolling = SideInputs {
            rolling: Some(RollingRequest { origins: 1, horizon_days: None }),
            ..SideInputs::default()
        };
        assert!(loaded(table, ClvTimes::default(), &rolling, given()).is_err());
        let split = ClvTimes { calibration_end_micros: Some(0), ..ClvTimes::default() };
        assert!(loaded(table, split, &SideInputs::default(), given()).is_err());
    }

    const ORDERS: [Order; 7] =
        [(1, 0, 1000), (1, 10, 3000), (1, 40, 500), (2, 5, 700), (3, 45, 900), (2, 50, 100), (1, 60, 200)];

    #[test]
    fn orders_are_folded_up_to_the_last_day() {
        let found = customers(&csv(&ORDERS), ClvTimes::default());
        near(&found.x, &[3.0, 1.0, 0.0]);
        let history = |row: usize| found.counted.patterns.history(found.counted.pattern_of[row] as usize);
        let all: Vec<(f64, f64)> = (0..3).map(|row| (history(row).t_x, history(row).t)).collect();
        assert_eq!(all, [(60.0, 60.0), (45.0, 55.0), (0.0, 15.0)]);
        // 37.00 for three repeat purchases, 1.00 for one.
        near(&found.mean.expect("orders have amounts"), &[37.0 / 3.0, 1.0, 0.0]);
        // 64.00 for seven purchases.
        near(&[found.mean_of_all], &[64.0 / 7.0]);
        assert!(found.held_out.is_none() && found.weeks.is_none() && found.money_decimals == Some(2));
    }

    #[test]
    fn orders_are_split_at_the_end_of_a_day() {
        let times = ClvTimes {
            calibration_end_micros: Some((FIRST_DAY + 44) * regulars_core::dates::DAY_MICROS + 5),
            unit: Some(TimeUnit::Weeks),
            ..ClvTimes::default()
        };
        let found = customers(&csv(&ORDERS), times);
        near(&found.x, &[2.0, 0.0]);
        near(&[found.counted.patterns.history(found.counted.pattern_of[0] as usize).t_x], &[40.0 / 7.0]);
        let held = found.held_out.expect("split");
        near(&[held.horizon.count], &[16.0]);
        let kept = held.base.calibration.as_ref().expect("split");
        near(&kept.purchases, &[1.0, 1.0]);
        assert_eq!(kept.spend_minor, [200, 100]);
        assert_eq!(held.end_day, FIRST_DAY + 44);
        let ids = found.id.expect("ids");
        assert_eq!(ids.as_primitive::<Int64Type>().values().to_vec(), [1, 2]);
        // Neither period may be empty.
        for day in [-1, 60, 100] {
            let micros = (FIRST_DAY + day) * regulars_core::dates::DAY_MICROS;
            let times = ClvTimes { calibration_end_micros: Some(micros), ..ClvTimes::default() };
            let refused = loaded(&csv(&ORDERS), times, &SideInputs::default(), GivenOptions::default());
            assert_eq!(refused.err().map(|error| error.kind), Some(Kind::Input), "{day}");
        }
    }

    #[test]
    fn weeks_of_orders_count_every_repeat_purchase() {
        let side_inputs = SideInputs { weeks: true, ..SideInputs::default() };
        let found = loaded(&csv(&ORDERS), ClvTimes::default(), &side_inputs, GivenOptions::default())
            .expect("orders");
        let Loaded::Customers(found) = found else { panic!("orders") };
        let (last, weeks) = found.weeks.expect("asked for");
        assert_eq!(last, FIRST_DAY + 60);
        assert_eq!(weeks.iter().map(|week| week.repeat_purchases).sum::<u64>(), 4);
        assert_eq!(weeks.last().map(|week| week.ends_after_days), Some(0));
        assert!(found.held_out.is_none());
    }

    #[test]
    fn units_are_parsed_by_their_name() {
        assert_eq!(time_unit("weeks").expect("known"), TimeUnit::Weeks);
        assert_eq!(time_unit("days").expect("known"), TimeUnit::Days);
        assert_eq!(time_unit("fortnights").expect_err("unknown").kind, Kind::Input);
    }
}
