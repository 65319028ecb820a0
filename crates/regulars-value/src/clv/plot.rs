//! `regulars clv plot-data`: data for the standard diagnostic plots of a lifetime model.

use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_models::lifetime::holdout::{FrequencyClass, evaluate};
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};
use regulars_models::lifetime::patterns::History;
use regulars_models::lifetime::prediction::CustomerForecast;
use regulars_models::lifetime::time::{Horizon, TimeUnit};
use regulars_models::lifetime::tracking::CountClass;
use serde::Serialize;

use super::fit::checked_settings;
use super::load::{ClvRequest, Customers, HoldoutData, Loaded, SideInputs, load, refused};
use super::predict::in_days;
use crate::btyd::{model_keys, model_named};
use crate::error::{Error, Kind, Result};
use crate::histories::Week;
use crate::pool::in_pool;

/// Data for all plots.
#[derive(Debug, Serialize)]
pub struct ClvPlots {
    /// The unit of time of the histories.
    pub unit: String,
    /// The last day known to the models, for orders with a calibration end.
    pub calibration_end: Option<String>,
    /// One set of plots per model.
    pub models: Vec<ModelPlots>,
    /// Models that could not be fitted, and other remarks.
    pub notes: Vec<String>,
}

/// Plots of one model.
#[derive(Debug, Serialize)]
pub struct ModelPlots {
    /// The model.
    pub model: String,
    /// Its key in `--models`.
    pub id: String,
    /// Repeat purchases by week: expected and, for orders, actual.
    pub tracking: Vec<TrackingRow>,
    /// Customers by repeat purchases in the calibration period, actual and expected.
    pub repeat_frequency: Vec<CountClass>,
    /// Purchases in the holdout period by purchases in the calibration period.
    pub holdout_by_frequency: Vec<FrequencyClass>,
    /// Customers by frequency and recency.
    pub grid: Grid,
    /// Expectations for a new customer.
    pub new_customer: NewCustomer,
}

/// Expectations for a customer who has just made the first purchase.
#[derive(Debug, Serialize)]
pub struct NewCustomer {
    /// Times after the first purchase in the unit of the histories: weekly up to the horizon.
    pub time: Vec<f64>,
    /// Expected repeat purchases until each: E[X(t)].
    pub expected_purchases: Vec<f64>,
    /// Probabilities of 0, 1, 2, … repeat purchases within the horizon: P(X = n).
    pub probabilities: Vec<f64>,
    /// Probability of more.
    pub probability_of_more: f64,
}

/// Repeat purchases of all customers in one week.
#[derive(Debug, Serialize)]
pub struct TrackingRow {
    /// Its last day, if dates are known.
    pub period_end: Option<String>,
    /// End of the week relative to the end of the calibration period, in the unit of the histories.
    pub time: f64,
    /// Whether it is in the holdout period.
    pub is_holdout: bool,
    /// Actual purchases in the week, if known.
    pub actual: Option<u64>,
    /// Expected purchases in the week.
    pub expected: f64,
    /// Cumulative actual purchases, if known.
    pub actual_cumulative: Option<u64>,
    /// Cumulative expected purchases.
    pub expected_cumulative: f64,
}

/// P(alive) and expectation by frequency and recency, for the longest observation time.
#[derive(Debug, Serialize)]
pub struct Grid {
    /// Repeat purchases: the rows.
    pub x: Vec<u32>,
    /// Time of the last purchase: the columns.
    pub t_x: Vec<f64>,
    /// Observation time.
    #[serde(rename = "T")]
    pub t: f64,
    /// Horizon of the expectation, in the same unit.
    pub horizon: f64,
    /// P(alive); none for impossible histories.
    pub p_alive: Vec<Vec<Option<f64>>>,
    /// Expected purchases in the horizon.
    pub expected_purchases: Vec<Vec<Option<f64>>>,
}

/// Classes of repeat purchases: 0, 1, … and the last with all above.
const LAST_CLASS: u32 = 7;
/// Columns of a grid, and maximum rows.
const GRID_COLUMNS: usize = 40;
const GRID_ROWS: u32 = 40;
/// Repeat purchases of a new customer with listed probabilities.
const NEW_PURCHASES: usize = 20;
/// Maximum weeks of the tracking.
const MAX_WEEKS: usize = 1000;

/// Plot data of the models in `names`, or of all models that the input has columns for.
///
/// Errors: as [`super::clv_fit`]; a table of occasions.
pub fn clv_plot_data(
    request: &ClvRequest<'_>,
    names: &[String],
    horizon_days: Option<f64>,
) -> Result<ClvPlots> {
    let settings = checked_settings(request.prior_sd)?;
    let days = horizon_days.unwrap_or_else(|| f64::from(request.source.config.value.horizon_days));
    let horizon = Horizon::new(days, TimeUnit::Days).map_err(in_days)?;
    let kinds = kinds(names)?;
    let side_inputs = SideInputs { weeks: true, ..SideInputs::default() };
    let Loaded::Customers(customers) = load(request, &side_inputs)? else {
        return Err(Error::new(Kind::Input, "plots need histories in time, the table has occasions"));
    };
    in_pool(request.source.threads, || {
        let mut plots = ClvPlots {
            unit: customers.unit.name().to_owned(),
            calibration_end: customers.held_out.as_ref().map(|held| held.calibration_end.clone()),
            models: Vec::new(),
            notes: customers.notes.clone(),
        };
        let mut first_error = None;
        for kind in kinds {
            if names.is_empty() && !customers.has_intervals && kind.is_regular() {
                continue;
            }
            let found = kind
                .fit(&customers.counted.patterns, &settings)
                .and_then(|fitted| model_plots(kind, &fitted, &customers, horizon));
            match found {
                Ok(found) => plots.models.push(found),
                Err(error) => {
                    plots.notes.push(format!("{} excluded: {error}", kind.name()));
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) if plots.models.is_empty() => Err(refused(error)),
            _ => Ok(plots),
        }
    })?
}

fn kinds(names: &[String]) -> Result<Vec<ModelKind>> {
    if names.is_empty() {
        return Ok(ModelKind::ALL.to_vec());
    }
    names
        .iter()
        .map(|name| {
            model_named(name).ok_or_else(|| Error {
                hint: Some(format!("models are {}", model_keys())),
                ..Error::new(Kind::Input, format!("there are no plots of a model `{name}`"))
            })
        })
        .collect()
}

fn model_plots(
    kind: ModelKind,
    fitted: &FittedLifetimeModel,
    customers: &Customers,
    horizon: Horizon,
) -> Result<ModelPlots, regulars_models::lifetime::Error> {
    let patterns = &customers.counted.patterns;
    let kept = customers.held_out.as_ref().and_then(|held| Some((held, held.base.calibration.as_ref()?)));
    let holdout = kept
        .map(|(held, kept)| evaluate(fitted, &customers.counted, &kept.purchases, held.horizon))
        .transpose()?;
    Ok(ModelPlots {
        model: kind.name().to_owned(),
        id: kind.key().to_owned(),
        tracking: tracking(fitted, customers, customers.held_out.as_ref())?,
        repeat_frequency: fitted.count_classes(patterns, LAST_CLASS)?,
        holdout_by_frequency: holdout.map_or_else(Vec::new, |holdout| holdout.by_frequency),
        grid: grid(fitted, customers, horizon),
        new_customer: new_customer(fitted, horizon),
    })
}

fn new_customer(fitted: &FittedLifetimeModel, horizon: Horizon) -> NewCustomer {
    let future = fitted.model.forecast_for_new_customer();
    let (week, horizon) = (7.0 / fitted.unit.days(), horizon.in_units(fitted.unit));
    let whole_weeks = ((horizon / week).ceil() as usize).saturating_sub(1);
    let mut time: Vec<f64> = (1..=whole_weeks.min(MAX_WEEKS)).map(|number| number as f64 * week).collect();
    time.push(horizon);
    let probabilities = future.purchase_counts(horizon, NEW_PURCHASES);
    NewCustomer {
        expected_purchases: time.iter().map(|time| future.expected_purchases(*time)).collect(),
        time,
        probability_of_more: (1.0 - probabilities.iter().sum::<f64>()).max(0.0),
        probabilities,
    }
}

fn tracking(
    fitted: &FittedLifetimeModel,
    customers: &Customers,
    held: Option<&HoldoutData>,
) -> Result<Vec<TrackingRow>, regulars_models::lifetime::Error> {
    let week = 7.0 / customers.unit.days();
    let held_weeks = held.and_then(|held| Some((held.end_day, &held.base.calibration.as_ref()?.weeks)));
    let known: Option<(i64, &Vec<Week>)> =
        held_weeks.or_else(|| customers.weeks.as_ref().map(|(end, weeks)| (*end, weeks)));
    if let Some((end_day, weeks)) = known {
        let per_day = 1.0 / customers.unit.days();
        // A week ends at the end of its last day.
        let times: Vec<f64> = weeks.iter().map(|w| (w.ends_after_days + 1) as f64 * per_day).collect();
        let points = fitted.tracking(&customers.counted.patterns, &times)?;
        let mut sum = 0;
        return Ok(weeks
            .iter()
            .zip(points)
            .map(|(week, point)| {
                sum += week.repeat_purchases;
                TrackingRow {
                    period_end: Some(format_day((end_day + week.ends_after_days) * DAY_MICROS)),
                    time: point.time,
                    is_holdout: week.ends_after_days > 0,
                    actual: Some(week.repeat_purchases),
                    expected: point.incremental,
                    actual_cumulative: Some(sum),
                    expected_cumulative: point.cumulative,
                }
            })
            .collect());
    }
    let longest = customers.counted.patterns.t.iter().fold(0.0_f64, |longest, t| longest.max(*t));
    let weeks = ((longest / week).ceil() as usize).min(MAX_WEEKS);
    let times: Vec<f64> = (0..=weeks).rev().map(|back| 0.0 - back as f64 * week).collect();
    let points = fitted.tracking(&customers.counted.patterns, &times)?;
    Ok(points
        .into_iter()
        .map(|point| TrackingRow {
            period_end: None,
            time: point.time,
            is_holdout: false,
            actual: None,
            expected: point.incremental,
            actual_cumulative: None,
            expected_cumulative: point.cumulative,
        })
        .collect())
}

fn grid(fitted: &FittedLifetimeModel, customers: &Customers, horizon: Horizon) -> Grid {
    let patterns = &customers.counted.patterns;
    let longest = patterns.t.iter().fold(0.0_f64, |longest, t| longest.max(*t));
    let most = patterns.x.iter().copied().max().unwrap_or(0).min(GRID_ROWS);
    let horizon = horizon.in_units(fitted.unit);
    let x: Vec<u32> = (0..=most).collect();
    let t_x: Vec<f64> = (0..=GRID_COLUMNS).map(|at| longest * at as f64 / GRID_COLUMNS as f64).collect();
    let each = |f: &dyn Fn(&dyn CustomerForecast) -> f64| -> Vec<Vec<Option<f64>>> {
        let row = |x: u32| {
            t_x.iter()
                .map(|last| {
                    let can_be = (x == 0) == (*last <= 0.0) && longest > 0.0;
                    can_be.then(|| f(&*fitted.model.forecast_for(&History { x, t_x: *last, t: longest })))
                })
                .collect()
        };
        x.iter().map(|x| row(*x)).collect()
    };
    Grid {
        p_alive: each(&|future| future.p_alive()),
        expected_purchases: each(&|future| future.expected_purchases(horizon)),
        x,
        t_x,
        t: longest,
        horizon,
    }
}
