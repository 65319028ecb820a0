//! `regulars clv predict`: forecasts for every customer of an input, by a model fitted to it or stored by a
//! run.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array};
use regulars_core::config::{Grain, LifetimeValue, RatePeriod};
use regulars_core::money::format_count;
use regulars_core::money::minor_per_major;
use regulars_engine::Format;
use regulars_models::bg_bb;
use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::fit::FitSettings;
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};
use regulars_models::lifetime::time::{Horizon, TimeUnit};
use regulars_store::Run;

use super::fit::checked_settings;
use super::load::{ClvRequest, Customers, Loaded, Occasions, SideInputs, load, refused};
use crate::btyd::{ForecastRequest, Predictions, SpendModel, discount, model_keys, model_named, predict};
use crate::error::{Error, Kind, Result};
use crate::pool::in_pool;
use crate::tables::money_minor;
use crate::tables::{write_as, write_aside};
use crate::value::{StoredValueModel, read_model};

/// Default horizon without a run: one year.
const A_YEAR_DAYS: u32 = 365;

/// Input and options of a prediction.
pub struct ClvPredictRequest<'a> {
    /// The customers.
    pub clv: ClvRequest<'a>,
    /// Horizon in days; default as in the run or the configuration.
    pub horizon_days: Option<f64>,
    /// Number of future occasions, for tables of occasions.
    pub occasions: Option<u32>,
    /// The model; by default that of the run, else the one with the lowest BIC.
    pub model: Option<&'a str>,
    /// The run whose stored model is used.
    pub run: Option<&'a Run>,
    /// Discount rate and its period; default as in the run or the configuration.
    pub discount: Option<(f64, RatePeriod)>,
    /// Interval level.
    pub interval_level: Option<f64>,
    /// Probabilities of 0, 1, … up to this many purchases, if requested.
    pub probabilities: Option<usize>,
    /// Seed of the parameter draws.
    pub seed: u64,
}

/// Maximum number of purchases with probabilities.
const MAX_PURCHASES: usize = 1000;

/// The result of a prediction.
#[derive(Debug)]
pub struct Predicted {
    /// Customers written (or rows of a table of occasions).
    pub customers: u64,
    /// The model.
    pub model: String,
    /// How the model was chosen, in words.
    pub origin: String,
    /// The horizon in words.
    pub horizon: String,
    /// Total expected purchases.
    pub purchases: f64,
    /// Total expected spend, if spend is known.
    pub value: Option<f64>,
    /// What was detected, assumed or excluded.
    pub notes: Vec<String>,
}

/// Predicts for every customer and writes the result to `out`.
///
/// Shape: one row per customer in the order of ids (orders) or of the table.
/// Errors: an unreadable input; an invalid model, horizon or discount; I/O.
pub fn clv_predict(request: &ClvPredictRequest<'_>, format: Format, out: &Path) -> Result<Predicted> {
    let kept = match request.run {
        None => None,
        Some(run) => Some(read_model(&run.dir)?.ok_or_else(|| Error {
            hint: Some("run with the step `value`, which is on unless --steps leaves it out".to_owned()),
            ..Error::new(Kind::Input, format!("run {} has no lifetime value model", run.run_id()))
        })?),
    };
    let settings = checked_settings(request.clv.prior_sd)?;
    let forecast_request = forecast_request(request, kept.as_ref())?;
    if let Some(most) = request.probabilities.filter(|most| *most > MAX_PURCHASES) {
        return Err(Error::new(
            Kind::Input,
            format!("probabilities of up to {most} purchases: expected at most {MAX_PURCHASES}"),
        ));
    }
    // The stored model defines what a purchase is and the time unit.
    let mut times = request.clv.times;
    if let Some(kept) = &kept {
        check_options(request, kept)?;
        times.grain = Some(kept.grain);
    }
    let requested = ClvRequest {
        source: request.clv.source.clone(),
        given: request.clv.given.clone(),
        times,
        ..request.clv
    };
    let side_inputs =
        SideInputs { unit: kept.as_ref().map(|kept| kept.purchases.unit), ..SideInputs::default() };
    match load(&requested, &side_inputs)? {
        Loaded::Occasions(occasions) => {
            let threads = request.clv.source.threads;
            in_pool(threads, || predict_occasions(*occasions, request, &settings, format, out))?
        }
        Loaded::Customers(customers) => {
            let threads = request.clv.source.threads;
            in_pool(threads, || {
                predict_customers(&customers, request, kept, &forecast_request, &settings, format, out)
            })?
        }
    }
}

/// Rejects options that do not apply to a stored model.
fn check_options(request: &ClvPredictRequest<'_>, kept: &StoredValueModel) -> Result<()> {
    let refuse = |option: &str, because: &str| {
        Err(Error {
            hint: Some(format!("omit {option}, or omit --use-run to fit a new model")),
            ..Error::new(Kind::Input, format!("{option} does not apply with --use-run: {because}"))
        })
    };
    if request.model.is_some() {
        return refuse("--model", "the run's stored model is used");
    }
    if let Some(grain) = request.clv.times.grain.filter(|grain| *grain != kept.grain) {
        let name = |grain: Grain| if grain == Grain::Week { "week" } else { "day" };
        let because = format!("the model counts purchases by the {}", name(kept.grain));
        return refuse(&format!("--grain {}", name(grain)), &because);
    }
    Ok(())
}

fn forecast_request(
    request: &ClvPredictRequest<'_>,
    kept: Option<&StoredValueModel>,
) -> Result<ForecastRequest> {
    let settings = &request.clv.source.config.value;
    // The default of runs leaves time for two holdouts; there is no holdout here.
    let wished = if settings.horizon_days == LifetimeValue::default().horizon_days {
        A_YEAR_DAYS
    } else {
        settings.horizon_days
    };
    let days =
        request.horizon_days.unwrap_or_else(|| f64::from(kept.map_or(wished, |kept| kept.horizon_days)));
    let horizon = Horizon::new(days, TimeUnit::Days).map_err(in_days)?;
    let (rate, period) = request.discount.unwrap_or_else(|| {
        kept.map_or((settings.discount_rate, settings.discount_period), |kept| {
            (kept.discount_rate, kept.discount_period)
        })
    });
    if !(0.0..=1.0).contains(&rate) {
        return Err(refused(ModelError::DiscountRate { rate }));
    }
    let level = request
        .interval_level
        .unwrap_or_else(|| kept.map_or(settings.interval_level, |kept| kept.interval_level));
    if !(0.5..=0.999).contains(&level) {
        return Err(Error::new(Kind::Input, format!("an interval of level {level}: expected 0.5 to 0.999")));
    }
    let draws = kept.and_then(|kept| kept.draws);
    let discount = discount(rate, period);
    Ok(ForecastRequest { horizon, discount, level, next_purchase: true, draws, seed: request.seed })
}

/// An invalid horizon: the command line takes days.
pub(super) fn in_days(error: ModelError) -> Error {
    Error { hint: Some("--horizon-days takes a number of days, such as 365".to_owned()), ..refused(error) }
}

/// The requested model, or the fitted one with the lowest BIC.
fn fit_model(
    customers: &Customers,
    requested: Option<&str>,
    settings: &FitSettings,
    notes: &mut Vec<String>,
) -> Result<(FittedLifetimeModel, String)> {
    if let Some(name) = requested {
        let kind = model_named(name).ok_or_else(|| Error {
            hint: Some(format!("models are {}", model_keys())),
            ..Error::new(Kind::Input, format!("unknown model `{name}`"))
        })?;
        let fitted = kind.fit(&customers.counted.patterns, settings).map_err(refused)?;
        return Ok((fitted, "fitted to the input".to_owned()));
    }
    let mut first_error = None;
    let mut best: Option<FittedLifetimeModel> = None;
    for kind in ModelKind::ALL {
        if kind.is_regular() && !customers.has_intervals {
            continue;
        }
        match kind.fit(&customers.counted.patterns, settings) {
            Ok(fitted) if best.as_ref().is_none_or(|best| fitted.report.bic < best.report.bic) => {
                best = Some(fitted);
            }
            Ok(_) => {}
            Err(error) => {
                notes.push(format!("{} excluded: {error}", kind.name()));
                first_error.get_or_insert(error);
            }
        }
    }
    match (best, first_error) {
        (Some(best), _) => Ok((best, "fitted to the input, with the lowest BIC of all models".to_owned())),
        (None, Some(error)) => Err(refused(error)),
        (None, None) => Err(Error::new(Kind::Internal, "no model was tried")),
    }
}

fn predict_customers(
    customers: &Customers,
    request: &ClvPredictRequest<'_>,
    kept: Option<StoredValueModel>,
    forecast_request: &ForecastRequest,
    settings: &FitSettings,
    format: Format,
    out: &Path,
) -> Result<Predicted> {
    let mut notes = customers.notes.clone();
    let zeros = vec![0.0; customers.x.len()];
    let mean = customers.mean.as_ref().unwrap_or(&zeros);
    let (fitted, spend, origin) = match kept {
        Some(kept) => {
            if customers.money_decimals.is_some_and(|decimals| decimals != kept.money_decimals) {
                notes.push(
                    "the decimals of money differ between run and input: is it another currency?".to_owned(),
                );
            }
            let origin =
                request.run.map_or_else(String::new, |run| format!("stored by run {}", run.run_id()));
            (kept.purchases, kept.spend, origin)
        }
        None => {
            let (fitted, origin) = fit_model(customers, request.model, settings, &mut notes)?;
            let spend = SpendModel::fit(&customers.x, mean, customers.mean_of_all, settings);
            (fitted, spend, origin)
        }
    };
    if let Some(boundary) = &fitted.report.boundary {
        notes.push(format!("{}: {}", fitted.report.model, boundary.words));
    }
    if customers.mean.is_some() {
        match &spend {
            SpendModel::OneMean { reason, .. } => {
                notes.push(format!("one mean spend is used for all customers: {reason}"));
            }
            SpendModel::GammaGamma(spend) => {
                let excluded = spend.excluded.not_positive + spend.excluded.not_a_number;
                if excluded > 0 {
                    notes.push(format!(
                        "{} customers with a mean spend of 0 or less excluded from the spend model",
                        format_count(excluded)
                    ));
                }
            }
        }
    }
    let found = predict(&fitted, &spend, &customers.counted, (&customers.x, mean), forecast_request)
        .map_err(refused)?;
    if found.cut_off > 0 {
        notes.push(format!(
            "{} customers may buy more than five million times: their intervals end there, though not their \
             expectations",
            format_count(found.cut_off as u64)
        ));
    }
    let residual = residual(&fitted, customers, forecast_request);
    let mut columns = columns(customers, &found, residual);
    if let Some(most) = request.probabilities {
        columns.extend(probabilities(&fitted, customers, forecast_request, most));
    }
    write_aside(out, |aside| write_as(format, aside, named(&columns)))?;
    Ok(Predicted {
        customers: customers.x.len() as u64,
        model: fitted.report.model.clone(),
        origin,
        horizon: format!("{} days", forecast_request.horizon.count),
        purchases: found.totals.purchases[0],
        value: customers.mean.is_some().then_some(found.totals.value[0]),
        notes,
    })
}

/// Discounted expected residual transactions (DERT); none without a discount.
fn residual(
    fitted: &FittedLifetimeModel,
    customers: &Customers,
    forecast_request: &ForecastRequest,
) -> Option<Vec<f64>> {
    if forecast_request.discount == Discount::None {
        return None;
    }
    let rate = forecast_request.discount.continuous_rate(fitted.unit);
    let patterns = &customers.counted.patterns;
    let of_patterns = regulars_stats::sums::map_rows(patterns.len(), |row| {
        fitted.model.forecast_for(&patterns.history(row)).discounted_purchases(rate)
    });
    Some(customers.counted.to_customers(&of_patterns).into_iter().map(|value| value.unwrap_or(0.0)).collect())
}

/// Probabilities of 0, 1, … up to `most` purchases within the horizon.
fn probabilities(
    fitted: &FittedLifetimeModel,
    customers: &Customers,
    forecast_request: &ForecastRequest,
    most: usize,
) -> Vec<(String, ArrayRef)> {
    let patterns = &customers.counted.patterns;
    let t = forecast_request.horizon.in_units(fitted.unit);
    let of_patterns = regulars_stats::sums::map_rows(patterns.len(), |row| {
        fitted.model.forecast_for(&patterns.history(row)).purchase_counts(t, most)
    });
    (0..=most)
        .map(|number| {
            let of_number: Vec<f64> = of_patterns.iter().map(|probabilities| probabilities[number]).collect();
            let values = customers.counted.to_customers(&of_number).into_iter();
            let column: ArrayRef = Arc::new(values.collect::<Float64Array>());
            (format!("p_purchases_{number}"), column)
        })
        .collect()
}

fn columns(
    customers: &Customers,
    found: &Predictions,
    residual: Option<Vec<f64>>,
) -> Vec<(String, ArrayRef)> {
    let patterns = &customers.counted.patterns;
    let of_pattern = |values: &[f64]| -> Vec<f64> {
        customers.counted.pattern_of.iter().map(|pattern| values[*pattern as usize]).collect()
    };
    let number = |values: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    let whole = |values: &[f64]| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(values.iter().map(|value| *value as i64)))
    };
    // Times in the unit of the input.
    let [t_x, t] =
        customers.own_times.clone().unwrap_or_else(|| [of_pattern(&patterns.t_x), of_pattern(&patterns.t)]);
    let mut columns: Vec<(&'static str, ArrayRef)> = Vec::new();
    match &customers.id {
        Some(id) => columns.push(("customer_id", Arc::clone(id))),
        None => columns.push(("row", Arc::new(Int64Array::from_iter_values(1..=customers.x.len() as i64)))),
    }
    columns.extend([
        ("x", whole(&customers.x)),
        ("t_x", number(t_x)),
        ("T", number(t)),
        ("p_alive", number(found.p_alive.clone())),
        ("expected_purchases", number(found.expected_purchases.clone())),
        ("purchases_low", whole(&found.purchases_low)),
        ("purchases_high", whole(&found.purchases_high)),
        ("p_purchase", number(found.p_purchase.clone())),
        ("next_purchase_days", number(found.next_purchase_days.clone())),
    ]);
    if let Some(residual) = residual {
        columns.push(("discounted_residual_purchases", number(residual)));
    }
    if customers.mean.is_some() {
        let money = |values: &[f64]| money(values, customers.money_decimals);
        columns.extend([
            ("expected_order_value", money(&found.expected_order_value)),
            ("predicted_ltv", money(&found.value)),
            ("predicted_low", money(&found.value_low)),
            ("predicted_high", money(&found.value_high)),
        ]);
    }
    columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect()
}

fn named(columns: &[(String, ArrayRef)]) -> Vec<(&str, ArrayRef)> {
    columns.iter().map(|(name, column)| (name.as_str(), Arc::clone(column))).collect()
}

/// Money as decimals, if its unit is known.
pub fn money(values: &[f64], decimals: Option<u8>) -> ArrayRef {
    let plain = || -> ArrayRef { Arc::new(Float64Array::from(values.to_vec())) };
    let Some(decimals) = decimals else { return plain() };
    let unit = minor_per_major(decimals);
    let minor = values.iter().map(|value| i128::from(money_minor(*value, unit)));
    Decimal128Array::from_iter_values(minor)
        .with_precision_and_scale(19, decimals.cast_signed())
        .map_or_else(|_| plain(), |array| Arc::new(array) as ArrayRef)
}

fn predict_occasions(
    occasions: Occasions,
    request: &ClvPredictRequest<'_>,
    settings: &FitSettings,
    format: Format,
    out: &Path,
) -> Result<Predicted> {
    let next_occasions = request.occasions.filter(|next| *next > 0).ok_or_else(|| Error {
        hint: Some("for example --occasions 5, for the next five years, mailings or fairs".to_owned()),
        ..Error::new(Kind::Input, "the table has occasions: set the number of future ones, at least 1")
    })?;
    if let Some(other) = request.model.filter(|name| crate::btyd::key_of(name) != "bg_bb") {
        return Err(Error::new(Kind::Input, format!("model `{other}` cannot be fitted to occasions")));
    }
    let fitted = bg_bb::fit(&occasions.patterns, settings).map_err(refused)?;
    let histories = &occasions.patterns.histories;
    let number = |f: &dyn Fn(&bg_bb::History) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(histories.iter().map(f)))
    };
    let whole = |f: &dyn Fn(&bg_bb::History) -> u32| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(histories.iter().map(|h| i64::from(f(h)))))
    };
    let id = occasions.id.iter().map(|id| ("customer_id", Arc::clone(id)));
    let columns = id.chain([
        ("x", whole(&|h| h.x)),
        ("t_x", whole(&|h| h.t_x)),
        ("n", whole(&|h| h.n)),
        ("customers", Arc::new(Float64Array::from(occasions.patterns.count.clone())) as ArrayRef),
        ("p_alive", number(&|h| fitted.p_alive(h))),
        ("expected_purchases", number(&|h| fitted.expected_purchases(h, next_occasions))),
        ("p_purchase", number(&|h| fitted.p_any_purchase(h, next_occasions))),
    ]);
    let columns: Vec<(&str, ArrayRef)> = columns.collect();
    write_aside(out, |aside| write_as(format, aside, columns))?;
    let purchases = histories
        .iter()
        .zip(&occasions.patterns.count)
        .map(|(h, count)| fitted.expected_purchases(h, next_occasions) * count);
    Ok(Predicted {
        customers: histories.len() as u64,
        model: fitted.report.model.clone(),
        origin: "fitted to the input".to_owned(),
        horizon: format!("{next_occasions} occasions"),
        purchases: purchases.sum(),
        value: None,
        notes: occasions.notes,
    })
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::{Decimal128Type, Float64Type, Int64Type};
    use regulars_core::config::Config;
    use regulars_core::progress::Silent;
    use regulars_ingest::InputPaths;

    use super::super::load::{ClvTimes, GivenOptions};
    use super::*;
    use crate::feature_columns::{column_names, read_columns};
    use crate::testing::{FIRST_DAY, Shop, csv, orders};
    use crate::validate::ValidateRequest;

    /// Predicts the customers of a file of this text; the columns by name.
    struct Found {
        folder: tempfile::TempDir,
        predicted: Predicted,
    }

    impl Found {
        fn of(text: &str, change: impl FnOnce(&mut ClvPredictRequest<'_>)) -> Result<Self> {
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("file.csv");
            fs_err::write(&file, text).expect("written");
            let (input_paths, config) = (
                InputPaths { orders: vec![file.display().to_string()], ..InputPaths::default() },
                Config::default(),
            );
            let source = ValidateRequest {
                input_paths: &input_paths,
                config: &config,
                as_of_micros: None,
                today_micros: (FIRST_DAY + 5000) * regulars_core::dates::DAY_MICROS,
                scratch: folder.path(),
                threads: 1,
                store_options: &[],
                progress: &Silent,
            };
            let times = ClvTimes::default();
            let clv = ClvRequest {
                source,
                times,
                allow_bad_rows: false,
                prior_sd: None,
                given: GivenOptions::default(),
            };
            let mut request = ClvPredictRequest {
                clv,
                horizon_days: Some(60.0),
                occasions: None,
                model: Some("bg_nbd"),
                run: None,
                discount: None,
                interval_level: None,
                probabilities: None,
                seed: 1,
            };
            change(&mut request);
            let predicted = clv_predict(&request, Format::Parquet, &folder.path().join("out.parquet"))?;
            Ok(Self { folder, predicted })
        }

        fn column(&self, name: &str) -> ArrayRef {
            read_columns(&self.folder.path().join("out.parquet"), &[name.to_owned()]).expect(name).remove(0)
        }

        fn numbers(&self, name: &str) -> Vec<f64> {
            self.column(name).as_primitive::<Float64Type>().values().to_vec()
        }

        fn names(&self) -> Vec<String> {
            column_names(&self.folder.path().join("out.parquet")).expect("written")
        }
    }

    /// Sixty customers with times in days, and a mean spend.
    fn table() -> String {
        let mut text = "customer_id,x,t_x,T,m\n".to_owned();
        for row in 0..60 {
            let x = row % 5;
            let last = if x == 0 { 0 } else { 15 * x + row % 7 };
            text += &format!("{row},{x},{last},{},{}\n", 90 + row % 4, 10 + row * 7 % 13);
        }
        text
    }

    #[test]
    fn a_table_is_predicted_row_by_row() {
        let found = Found::of(&table(), |request| request.probabilities = Some(30)).expect("predicted");
        let ids = found.column("customer_id").as_primitive::<Int64Type>().values().to_vec();
        assert_eq!(ids, (0..60).collect::<Vec<i64>>());
        assert_eq!(found.numbers("t_x")[..5], [0.0, 16.0, 32.0, 48.0, 64.0]);
        let expected = found.numbers("expected_purchases");
        assert_eq!(found.predicted.customers, 60);
        assert!((found.predicted.purchases - expected.iter().sum::<f64>()).abs() < 1e-9);
        let value = found.numbers("predicted_ltv");
        let order = found.numbers("expected_order_value");
        for row in 0..60 {
            assert!((value[row] - expected[row] * order[row]).abs() < 1e-9);
        }
        assert!((found.predicted.value.expect("spend is known") - value.iter().sum::<f64>()).abs() < 1e-6);
        // Probabilities of 0 to 30 purchases are nearly all there is, and their mean is the expectation.
        let probabilities: Vec<Vec<f64>> =
            (0..=30).map(|number| found.numbers(&format!("p_purchases_{number}"))).collect();
        let any = found.numbers("p_purchase");
        for row in 0..60 {
            let sum: f64 = probabilities.iter().map(|of| of[row]).sum();
            let mean: f64 =
                probabilities.iter().enumerate().map(|(number, of)| number as f64 * of[row]).sum();
            assert!((sum - 1.0).abs() < 1e-4, "{row}: {sum}");
            assert!(
                (mean - expected[row]).abs() < 1e-2 * (1.0 + expected[row]),
                "{row}: {mean} {}",
                expected[row]
            );
            assert!((probabilities[0][row] + any[row] - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_table_without_ids_and_spend_has_rows_and_no_money() {
        let text: String = table()
            .lines()
            .map(|line| {
                let fields: Vec<&str> = line.split(',').collect();
                fields[1..4].join(",") + "\n"
            })
            .collect();
        let found = Found::of(&text, |_| {}).expect("predicted");
        let rows = found.column("row").as_primitive::<Int64Type>().values().to_vec();
        assert_eq!(rows, (1..=60).collect::<Vec<i64>>());
        assert_eq!(found.predicted.value, None);
        assert!(!found.names().iter().any(|name| name.contains("ltv") || name == "customer_id"));
    }

    #[test]
    fn a_discount_lowers_value_and_adds_residual_purchases() {
        let usual = Found::of(&table(), |_| {}).expect("predicted");
        let less = Found::of(&table(), |request| request.discount = Some((0.2, RatePeriod::Year)))
            .expect("predicted");
        assert!(!usual.names().contains(&"discounted_residual_purchases".to_owned()));
        let residual = less.numbers("discounted_residual_purchases");
        let (before, after) = (usual.numbers("predicted_ltv"), less.numbers("predicted_ltv"));
        for row in 0..60 {
            assert!(after[row] < before[row] && after[row] > before[row] * 1.2_f64.powf(-61.0 / 365.0));
            assert!(residual[row] > 0.0);
        }
    }

    #[test]
    fn without_a_name_the_model_with_the_lowest_bic_is_taken() {
        let found = Found::of(&table(), |request| request.model = None).expect("predicted");
        let counted = {
            let mut columns = crate::histories::Columns::default();
            for row in 0..60_i64 {
                let x = row % 5;
                columns.x.push(x as f64);
                columns.t_x.push(if x == 0 { 0.0 } else { (15 * x + row % 7) as f64 });
                columns.t.push((90 + row % 4) as f64);
                columns.log_intervals.push(0.0);
            }
            columns.counted(TimeUnit::Days).expect("valid")
        };
        let fits = ModelKind::ALL.iter().filter(|kind| !kind.is_regular());
        let fits = fits.filter_map(|kind| kind.fit(&counted.patterns, &FitSettings::default()).ok());
        let best = fits.min_by(|a, b| a.report.bic.total_cmp(&b.report.bic)).expect("some model");
        assert_eq!(found.predicted.model, best.report.model);
    }

    #[test]
    fn orders_are_predicted_with_money_as_decimals() {
        let all = orders(120, 200, 4);
        let found = Found::of(&csv(&all), |_| {}).expect("predicted");
        let shop = Shop::new(all);
        assert_eq!(found.predicted.customers as usize, shop.rfm.frequency_orders.len());
        let x = found.column("x").as_primitive::<Int64Type>().values().to_vec();
        let ids = found.column("customer_id").as_primitive::<Int64Type>().values().to_vec();
        for (id, x) in ids.iter().zip(&x) {
            assert_eq!(shop.days_of(*id, FIRST_DAY + 199).len() as i64 - 1, *x);
        }
        let money = found.column("predicted_ltv");
        let minor: i128 = money.as_primitive::<Decimal128Type>().values().iter().sum();
        let total = found.predicted.value.expect("orders have amounts");
        assert!((minor as f64 / 100.0 - total).abs() < 0.01 * ids.len() as f64);
    }

    #[test]
    fn occasions_are_predicted_by_their_own_model() {
        let text = "x,t_x,n,customers\n0,0,6,3464\n1,1,6,1091\n1,2,6,100\n2,4,6,200\n3,6,6,150\n6,6,6,1203\n";
        let found = Found::of(text, |request| {
            request.model = None;
            request.occasions = Some(5);
        });
        let found = found.expect("predicted");
        let (expected, any) = (found.numbers("expected_purchases"), found.numbers("p_purchase"));
        let counts = found.numbers("customers");
        let sum: f64 = expected.iter().zip(&counts).map(|(expected, count)| expected * count).sum();
        assert!((found.predicted.purchases - sum).abs() < 1e-6);
        for row in 0..6 {
            // At least one purchase on average among those who buy, at most five.
            assert!(any[row] <= expected[row] && expected[row] <= 5.0 * any[row]);
        }
        let refused = |change: &dyn Fn(&mut ClvPredictRequest<'_>)| {
            let found = Found::of(text, |request| {
                request.model = None;
                change(request);
            });
            found.err().map(|error| error.kind)
        };
        assert_eq!(refused(&|_| {}), Some(Kind::Input));
        assert_eq!(refused(&|request| request.occasions = Some(0)), Some(Kind::Input));
        assert_eq!(
            refused(&|request| (request.occasions, request.model) = (Some(5), Some("bg_nbd"))),
            Some(Kind::Input)
        );
        assert_eq!(refused(&|request| (request.occasions, request.model) = (Some(5), Some("BG/BB"))), None);
    }

    #[test]
    fn impossible_requests_are_refused() {
        let refused = |change: &dyn Fn(&mut ClvPredictRequest<'_>)| {
            Found::of(&table(), |request| change(request)).err().map(|error| error.kind)
        };
        assert_eq!(refused(&|request| request.horizon_days = Some(0.0)), Some(Kind::Input));
        assert_eq!(refused(&|request| request.horizon_days = Some(1e6)), Some(Kind::Input));
        assert_eq!(refused(&|request| request.discount = Some((1.5, RatePeriod::Year))), Some(Kind::Input));
        assert_eq!(refused(&|request| request.interval_level = Some(0.3)), Some(Kind::Input));
        assert_eq!(refused(&|request| request.probabilities = Some(1001)), Some(Kind::Input));
        assert_eq!(refused(&|request| request.model = Some("arima")), Some(Kind::Input));
        assert_eq!(refused(&|request| request.interval_level = Some(0.5)), None);
    }

    #[test]
    fn money_is_decimal_if_its_unit_is_known() {
        let exact = money(&[1.005, -2.5, 0.0], Some(2));
        assert_eq!(exact.as_primitive::<Decimal128Type>().values().to_vec(), [100, -250, 0]);
        let plain = money(&[1.005], None);
        assert_eq!(plain.as_primitive::<Float64Type>().values().to_vec(), [1.005]);
        assert_eq!(money(&[12.4], Some(0)).as_primitive::<Decimal128Type>().values().to_vec(), [12]);
    }
}
