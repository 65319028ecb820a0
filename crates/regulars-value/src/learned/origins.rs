//! Backtests at earlier origins: the same test, one holdout period earlier each time.
//!
//! ```text
//! first day ---- train ----H---- test ----H---- test cutoff of the origin before
//! ```
//!
//! Models are trained again at each origin from what was known at the time. Deliberately not here: model
//! selection, which uses the latest origin.

use regulars_core::config::LifetimeValue;
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::time_split::TimeSplit;
use regulars_models::lifetime::model::ModelKind;
use regulars_stats::forecast_accuracy::{ForecastMetrics, forecast_metrics};

use super::cutoffs::ExpectationSettings;
use super::forecasts::{Forecasts, Target};
use super::{PastData, check_size};
use crate::btyd::baselines;
use crate::error::{Error, Kind, Result};
use crate::outcome::Stop;

/// Accuracy of the models at one origin.
#[derive(Debug)]
pub(crate) struct Origin {
    /// Forecast origin, days since 1970.
    pub(crate) day: i64,
    /// Customers who had bought by then.
    pub(crate) customers: usize,
    /// Every model by name: the buy-till-you-die model first, baselines last.
    pub(crate) models: Vec<(&'static str, ForecastMetrics)>,
}

/// As many origins as requested and possible; a note says if there are fewer.
pub(super) fn origins(
    past: &PastData<'_>,
    expectation: &ExpectationSettings<'_>,
    kind: ModelKind,
    (first_day, split): (i64, TimeSplit),
    notes: &mut Vec<String>,
) -> Result<Vec<Origin>> {
    let requested = past.request.config.origins;
    let mut found = Vec::new();
    for number in 1..=requested {
        let earlier = earlier(first_day, split, number);
        match earlier.map_err(Stop::Skipped).and_then(|earlier| origin(past, expectation, kind, earlier)) {
            Ok(origin) => found.push(origin),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Skipped(reason)) => {
                let end = split.as_of_day - i64::from(number) * i64::from(split.target_days());
                notes.push(format!(
                    "{} of {requested} earlier origins were tested: before {} {reason}",
                    found.len(),
                    format_day(end * DAY_MICROS)
                ));
                break;
            }
        }
    }
    Ok(found)
}

/// The split that ends so many target periods before `split`.
pub(super) fn earlier(first_day: i64, split: TimeSplit, number: u32) -> Result<TimeSplit, String> {
    let target = i64::from(split.target_days());
    TimeSplit::new(first_day, split.as_of_day - i64::from(number) * target, target)
}

fn origin(
    past: &PastData<'_>,
    expectation: &ExpectationSettings<'_>,
    kind: ModelKind,
    split: TimeSplit,
) -> Result<Origin, Stop> {
    let train = past.histories(split.train_day, split.test_day)?;
    check_size(train)?;
    let test = past.histories(split.test_day, split.as_of_day)?;
    let known_train = past.known(expectation, kind, (train, split.train_day), None)?;
    let known_test = past.known(expectation, kind, (test, split.test_day), None)?;
    // Forecasts beyond the test cutoff are not needed here.
    let settings = LifetimeValue { search_trials: 0, cross_validate: false, ..past.request.config.clone() };
    let forecasts = Forecasts {
        train: &known_train,
        test: &known_test,
        tune: None,
        now: &known_test.cutoff_data,
        settings: &settings,
        target: Target::Spend,
        seed: past.request.seed,
    };
    let made = forecasts.make().map_err(Stop::skipped)?;
    let actual = &known_test.spend;
    let expected = forecast_metrics(actual, known_test.cutoff_data.column("expected_value"))
        .map_err(|error| Error::new(Kind::Internal, error.to_string()))?;
    let mut models = vec![(kind.name(), expected)];
    models.extend(made.models.into_iter().map(|model| (model.name, model.accuracy)));
    let baselines = baselines(test, expectation.money_unit());
    models.extend(baselines.into_iter().map(|baseline| (baseline.name, baseline.spend)));
    Ok(Origin { day: split.test_day, customers: actual.len(), models })
}
