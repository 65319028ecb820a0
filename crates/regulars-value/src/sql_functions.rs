//! SQL functions that use the lifetime value models of a run.

use std::sync::Arc;

use regulars_engine::{FunctionType, FunctionValues, ModelFunction};
use regulars_models::lifetime::forecast::Forecast;
use regulars_models::lifetime::patterns::{BadRows, CountedPatterns, Histories, count_patterns};
use regulars_models::lifetime::time::{Discount, Horizon, TimeUnit};
use regulars_store::Run;

use crate::btyd::discount;
use crate::error::Result;
use crate::value::{StoredValueModel, read_model};

/// `p_alive`, `expected_purchases` and `clv` with the stored buy-till-you-die model of the run; none if it has none.
///
/// Units: `repeat_purchases` (x) are purchases after the first, `last_purchase_age_days` (`t_x`) and `observed_days` (T) days
/// since the first, `mean_spend` is the mean of the repeat purchases in the major currency unit, horizons are in days. The
/// default horizon is the run's. For the customers of the run, `p_alive` and `expected_purchases` equal the columns of
/// `ltv_predictions`.
/// Errors: a stored model that cannot be read. An impossible history is an error of the query.
pub fn value_functions(run: &Run) -> Result<Vec<ModelFunction>> {
    let Some(model) = read_model(&run.dir)? else { return Ok(Vec::new()) };
    let model = Arc::new(model);
    let history = ["repeat_purchases", "last_purchase_age_days", "observed_days"];
    let function = |name, further: &[&str], forms: &[usize], meaning, output: Output| {
        let model = Arc::clone(&model);
        let arguments = history.iter().chain(further).map(|name| (*name).to_owned()).collect();
        ModelFunction {
            name,
            arguments,
            forms: forms.to_vec(),
            returns: FunctionType::Number,
            meaning,
            compute: Arc::new(move |columns| compute(&model, columns, output).map(FunctionValues::Numbers)),
        }
    };
    Ok(vec![
        function(
            "p_alive",
            &[],
            &[3],
            "P(alive): probability that the customer is still active",
            Output::Alive,
        ),
        function(
            "expected_purchases",
            &["horizon_days"],
            &[3, 4],
            "Expected purchases within the horizon",
            Output::Purchases,
        ),
        function(
            "clv",
            &["mean_spend", "horizon_days"],
            &[4, 5],
            "Customer lifetime value: expected spend within the horizon, discounted as in the run",
            Output::Value,
        ),
    ])
}

/// What a function returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Alive,
    Purchases,
    Value,
}

fn compute(
    model: &StoredValueModel,
    columns: &[Vec<f64>],
    output: Output,
) -> std::result::Result<Vec<f64>, String> {
    let text = |e: regulars_models::lifetime::Error| e.to_string();
    let (x, horizon_column) = (&columns[0], if output == Output::Value { 4 } else { 3 });
    let counted = counted(columns, model.purchases.unit).map_err(text)?;
    // Usually all rows have the same horizon, so a forecast is computed once per horizon.
    let horizons = columns.get(horizon_column);
    let horizon = |row: usize| horizons.map_or(f64::from(model.horizon_days), |days| days[row]);
    let mut values = vec![f64::NAN; x.len()];
    let mut known: Vec<(f64, Forecast)> = Vec::new();
    for (row, value) in values.iter_mut().enumerate() {
        let days = horizon(row);
        let forecast = match known.iter().position(|(known, _)| known.total_cmp(&days).is_eq()) {
            Some(at) => &known[at].1,
            None => {
                let horizon = Horizon::new(days, TimeUnit::Days).map_err(text)?;
                let discount = if output == Output::Value {
                    discount(model.discount_rate, model.discount_period)
                } else {
                    Discount::None
                };
                let forecast =
                    model.purchases.forecast(&counted.patterns, horizon, discount).map_err(text)?;
                known.push((days, forecast));
                &known[known.len() - 1].1
            }
        };
        let pattern = counted.pattern_of[row] as usize;
        *value = match output {
            Output::Alive => forecast.p_alive[pattern],
            Output::Purchases => forecast.expected_purchases[pattern],
            Output::Value => {
                forecast.discounted_purchases[pattern] * model.spend.expected(x[row], columns[3][row])
            }
        };
    }
    Ok(values)
}

/// Counts equal histories; `columns` has times in days.
fn counted(
    columns: &[Vec<f64>],
    unit: TimeUnit,
) -> std::result::Result<CountedPatterns, regulars_models::lifetime::Error> {
    let per_day = 1.0 / unit.days();
    let scaled = |days: &[f64]| days.iter().map(|d| d * per_day).collect::<Vec<f64>>();
    let (t_x, t) = (scaled(&columns[1]), scaled(&columns[2]));
    let histories = Histories { x: &columns[0], t_x: &t_x, t: &t, log_intervals: None, unit };
    count_patterns(&histories, BadRows::Refuse)
}
