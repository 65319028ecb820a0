//! Forecasts of learned models at every cutoff, and their blend.

use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;
use regulars_core::config::{LifetimeValue, Objective as Goal};
use regulars_core::money::format_grouped;
use regulars_learners::blend::Blend;
use regulars_learners::fit_all::{TrainingData, fit_all};
use regulars_learners::fitted::FittedLearner;
use regulars_learners::folds::Folds;
use regulars_learners::recipe::Recipe;
use regulars_learners::{Error, Features, Sample};
use regulars_stats::forecast_accuracy::{ForecastMetrics, forecast_errors, forecast_metrics};

use super::churn::{ChurnModels, train_churn};
use super::cutoffs::CutoffData;
use super::recipes::{ENTRIES, Entry, RecipeRequest, factor_weight, variants};
use crate::histories::Calibration;

/// Number of folds for blend weights from a single cutoff.
const FOLDS: u32 = 5;

/// Expectations are at least this share of the mean, so that factors stay finite.
const MIN_EXPECTED_SHARE: f64 = 0.01;

pub(crate) const BLEND: &str = "Blend";

/// Target of the models in the days after a cutoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Spend, in the currency's unit.
    Spend,
    Orders,
}

impl Target {
    /// The feature with the buy-till-you-die expectation of it.
    fn expected_feature(self) -> &'static str {
        match self {
            Self::Spend => "expected_value",
            Self::Orders => "expected_purchases",
        }
    }

    fn of(self, known: &TrainingSet) -> &[f64] {
        match self {
            Self::Spend => &known.spend,
            Self::Orders => &known.orders,
        }
    }
}

/// A learned model of spend or orders: its forecasts at the test cutoff and at the analysis date.
#[derive(Debug)]
pub(crate) struct LearnedModel {
    pub(crate) name: &'static str,
    /// Holdout forecasts, spend in the currency's unit, for the customers of the test cutoff.
    pub(crate) holdout_forecast: Vec<f64>,
    /// Forecasts for as many days from the analysis date, for all customers.
    pub(crate) forecast: Vec<f64>,
    /// Holdout accuracy.
    pub(crate) accuracy: ForecastMetrics,
    /// The model behind `forecast`; none for the blend.
    pub(crate) fitted: Option<FittedLearner>,
    /// Mean cross-validated R² at the first cutoff, if requested.
    pub(crate) cross_validated_r2: Option<f64>,
    /// Remarks on the fit.
    pub(crate) note: Option<String>,
    /// Seconds of training, testing and predicting, on one thread in parallel with other models.
    pub(crate) seconds: f64,
    /// Factor that scales the model's total to the expectation of all customers.
    pub(super) level: f64,
    /// The model behind `holdout_forecast`, with its scale; none for the blend.
    pub(super) fitted_for_holdout: Option<FittedLearner>,
    pub(super) holdout_level: f64,
}

/// All learned models.
pub(super) struct TrainedForecasts {
    pub(super) models: Vec<LearnedModel>,
    /// Weights of the blend: of the expectation, then of the models.
    pub(super) weights: Vec<f64>,
    pub(super) churned: ChurnModels,
    /// Customers at the test cutoff, and at the analysis date.
    pub(super) test: Table,
    pub(super) now: Table,
    pub(super) notes: Vec<String>,
}

/// A cutoff with the spend and orders after it.
pub(super) struct TrainingSet {
    pub(super) cutoff_data: CutoffData,
    /// In the currency's unit.
    pub(super) spend: Vec<f64>,
    pub(super) orders: Vec<f64>,
}

impl TrainingSet {
    /// A cutoff with its outcomes.
    pub(super) fn of(cutoff_data: CutoffData, kept: &Calibration, money_unit: f64) -> Self {
        Self {
            cutoff_data,
            spend: kept.spend_minor.iter().map(|minor| *minor as f64 / money_unit).collect(),
            orders: kept.purchases.clone(),
        }
    }

    /// Relative error of the seasonally adjusted total expectation; none if nobody spent.
    pub(super) fn total_error(&self) -> Option<f64> {
        let actual: f64 = self.spend.iter().sum();
        let expected =
            self.cutoff_data.column("expected_value").iter().sum::<f64>() * self.cutoff_data.season;
        (actual > 0.0).then(|| expected / actual - 1.0)
    }

    /// Keeps only the given customers.
    pub(super) fn keep(&mut self, rows: &[usize]) {
        self.cutoff_data = self.cutoff_data.of_rows(rows);
        self.spend = rows.iter().map(|row| self.spend[*row]).collect();
        self.orders = rows.iter().map(|row| self.orders[*row]).collect();
    }
}

/// The cutoffs for training and forecasting.
pub(super) struct Forecasts<'a> {
    pub(super) tune: Option<&'a TrainingSet>,
    pub(super) train: &'a TrainingSet,
    pub(super) test: &'a TrainingSet,
    pub(super) now: &'a CutoffData,
    pub(super) settings: &'a LifetimeValue,
    pub(super) target: Target,
    pub(super) seed: u64,
}

/// A cutoff in the format of the learners.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) features: Arc<Features>,
    /// Expectation per customer, bounded away from 0.
    pub(super) expected: Vec<f64>,
    /// P(purchase) in the target days, by the same model.
    pub(super) p_purchase: Vec<f64>,
    /// The feature with the expectation.
    pub(super) expected_at: usize,
    /// Lower bound of the expectation.
    pub(super) lower_bound: f64,
    /// Total expectation, seasonally adjusted.
    level: f64,
}

impl Table {
    fn new(cutoff_data: &CutoffData, target: Target) -> Result<Self, Error> {
        let sum: f64 = cutoff_data.column(target.expected_feature()).iter().sum();
        Self::with_lower_bound(
            cutoff_data,
            target,
            (MIN_EXPECTED_SHARE * sum / cutoff_data.customers() as f64).max(f64::MIN_POSITIVE),
        )
    }

    /// A table of customers with the given lower bound of the expectation.
    pub(super) fn with_lower_bound(
        cutoff_data: &CutoffData,
        target: Target,
        lower_bound: f64,
    ) -> Result<Self, Error> {
        let wanted = target.expected_feature();
        let features = Arc::clone(&cutoff_data.features);
        let expected_at = features.names().iter().position(|name| name == wanted).ok_or(Error::NoFeatures)?;
        let sum: f64 = features.column(expected_at).iter().sum();
        let expected = features.column(expected_at).iter().map(|value| value.max(lower_bound)).collect();
        let p_purchase = cutoff_data.column("p_purchase").to_vec();
        Ok(Self { features, expected, expected_at, p_purchase, lower_bound, level: sum * cutoff_data.season })
    }

    /// Mean expectation; for other tables, with the run's lower bound.
    pub(super) fn mean_expected(&self) -> f64 {
        self.lower_bound / MIN_EXPECTED_SHARE
    }

    /// Expectation relative to the average customer's.
    pub(super) fn above_mean(&self, row: usize) -> f64 {
        self.expected[row] - self.mean_expected()
    }

    /// Expectations of customers with other features.
    pub(super) fn expected_of(&self, features: &Features) -> Vec<f64> {
        features.column(self.expected_at).iter().map(|value| value.max(self.lower_bound)).collect()
    }

    /// Scales a model's forecasts to the total expectation; also returns the factor.
    fn at_level(&self, forecasts: Vec<f64>) -> (Vec<f64>, f64) {
        let sum: f64 = forecasts.iter().map(|value| value.max(0.0)).sum();
        let factor = if sum > 0.0 && self.level > 0.0 { self.level / sum } else { 1.0 };
        (times(forecasts, factor), factor)
    }

    /// A model's forecasts for these customers.
    fn forecast(&self, entry: &Entry, fitted: &FittedLearner) -> Result<(Vec<f64>, f64), Error> {
        Ok(self.spend_of(entry, fitted.predict(&self.features)?))
    }

    /// Spend, from forecasts on the training scale.
    fn spend_of(&self, entry: &Entry, forecasts: Vec<f64>) -> (Vec<f64>, f64) {
        self.at_level(on_scale_of_spend(entry, forecasts, &self.expected))
    }
}

/// Forecasts on the training scale, for customers with the given expectations, as spend not yet scaled to the
/// level of all customers.
fn on_scale_of_spend(entry: &Entry, mut forecasts: Vec<f64>, expected: &[f64]) -> Vec<f64> {
    if entry.learns_factor {
        for (value, expected) in forecasts.iter_mut().zip(expected) {
            *value *= expected;
        }
    }
    forecasts
}

/// A model's spend forecasts, at a given level.
pub(super) fn forecasts_of(
    entry: &Entry,
    fitted: &FittedLearner,
    level: f64,
    features: &Features,
    expected: &[f64],
) -> Result<Vec<f64>, Error> {
    Ok(times(on_scale_of_spend(entry, fitted.predict(features)?, expected), level))
}

/// Forecasts, at least 0, times a factor.
pub(super) fn times(mut forecasts: Vec<f64>, factor: f64) -> Vec<f64> {
    for value in &mut forecasts {
        *value = value.max(0.0) * factor;
    }
    forecasts
}

/// Targets on the training scale.
struct Targets {
    factor: Vec<f64>,
    weight: Vec<f64>,
}

impl Targets {
    fn new(table: &Table, actual: &[f64], goal: Goal) -> Self {
        Self {
            factor: actual
                .iter()
                .zip(&table.expected)
                .map(|(actual, expected)| actual.max(0.0) / expected)
                .collect(),
            weight: table.expected.iter().map(|expected| factor_weight(goal, *expected)).collect(),
        }
    }
}

/// A cutoff as a table, the outcomes, and the targets.
pub(super) struct Window<'a> {
    pub(super) table: Table,
    actual: &'a [f64],
    /// Who bought in the target days.
    pub(super) bought: Vec<bool>,
    targets: Targets,
}

impl<'a> Window<'a> {
    fn new(known: &'a TrainingSet, target: Target, goal: Goal) -> Result<Self, Error> {
        let table = Table::new(&known.cutoff_data, target)?;
        let actual = target.of(known);
        let targets = Targets::new(&table, actual, goal);
        let bought = known.orders.iter().map(|orders| *orders > 0.0).collect();
        Ok(Self { table, actual, bought, targets })
    }

    fn sample(&self, entry: &Entry) -> Result<Sample<'_>, Error> {
        if entry.learns_factor {
            Sample::new(&self.table.features, &self.targets.factor)?.weighted(&self.targets.weight)
        } else {
            Sample::new(&self.table.features, self.actual)
        }
    }
}

/// The cutoffs of [`Forecasts`] as windows.
struct Windows<'a> {
    tune: Option<Window<'a>>,
    train: Window<'a>,
    test: Window<'a>,
    now: Table,
    folds: Option<Folds>,
}

impl Forecasts<'_> {
    /// Trains at every cutoff, tests and predicts: the target, and churn.
    ///
    /// Shape: models in the order of [`ENTRIES`], then the blend.
    pub(super) fn make(&self) -> Result<TrainedForecasts, Error> {
        let windows = self.windows()?;
        let (models, churned) = rayon::join(
            || self.models(&windows),
            || train_churn(&windows.train, &windows.test, &windows.now, self.seed),
        );
        let ((models, weights), churned) = (models?, churned?);
        let notes = if windows.tune.is_some() {
            Vec::new()
        } else {
            vec![
                "less than four horizons of history: learned models use default settings, not tuned on an earlier window"
                    .to_owned(),
            ]
        };
        Ok(TrainedForecasts { models, weights, churned, test: windows.test.table, now: windows.now, notes })
    }

    /// Models of the target.
    pub(super) fn of_target(&self) -> Result<Vec<LearnedModel>, Error> {
        Ok(self.models(&self.windows()?)?.0)
    }

    fn windows(&self) -> Result<Windows<'_>, Error> {
        let (goal, target) = (self.settings.objective, self.target);
        Ok(Windows {
            tune: self.tune.map(|known| Window::new(known, target, goal)).transpose()?,
            train: Window::new(self.train, target, goal)?,
            test: Window::new(self.test, target, goal)?,
            now: Table::new(self.now, target)?,
            folds: (self.settings.cross_validate || self.tune.is_none())
                .then(|| Folds::new(self.train.spend.len(), FOLDS, self.seed))
                .transpose()?,
        })
    }

    /// All models with the blend, and its weights.
    fn models(&self, windows: &Windows<'_>) -> Result<(Vec<LearnedModel>, Vec<f64>), Error> {
        let entries: Vec<&Entry> = ENTRIES
            .iter()
            .filter(|entry| self.settings.learned.iter().any(|name| name == entry.key))
            .collect();
        let learned: Vec<(LearnedModel, Vec<f64>)> = entries
            .par_iter()
            .with_max_len(1)
            .map(|entry| self.learn(entry, windows))
            .collect::<Result<_, Error>>()?;
        let (mut models, earlier_forecasts): (Vec<LearnedModel>, Vec<Vec<f64>>) = learned.into_iter().unzip();
        let (blended, weights) = blend(&models, &earlier_forecasts, windows)?;
        models.push(blended);
        Ok((models, weights))
    }

    /// One model, and its out-of-sample forecasts at the first cutoff.
    fn learn(&self, entry: &Entry, windows: &Windows<'_>) -> Result<(LearnedModel, Vec<f64>), Error> {
        let Windows { train, test, now, folds, .. } = windows;
        let began = Instant::now();
        let clock = move || began.elapsed().as_secs_f64();
        let fit = |recipe: Recipe, train: Sample<'_>, folds: Option<&Folds>| {
            let plan = TrainingData { train, validation: None, folds, clock: &clock };
            fit_all(&[recipe.check()?], &plan)?.pop().ok_or(Error::NoRows)
        };
        let recipe_request = RecipeRequest {
            seed: self.seed as u32,
            customers: train.actual.len(),
            objective: self.settings.objective,
        };
        let default_recipe = (entry.recipe)(&recipe_request);
        let found = self.search(entry, default_recipe, windows)?;
        let (recipe, earlier_forecasts) = (found.recipe, found.earlier_forecasts);
        let (at_train, at_test) = rayon::join(
            || fit(recipe.clone(), train.sample(entry)?, folds.as_ref()),
            || fit(recipe.clone(), test.sample(entry)?, None),
        );
        let (at_train, at_test) = (at_train?, at_test?);
        let held_out = at_train.cross_validation;
        let earlier_forecasts = match (earlier_forecasts, &held_out) {
            (Some(forecasts), _) => forecasts,
            (None, Some(found)) => train.table.spend_of(entry, found.predictions.clone()).0,
            (None, None) => return Err(Error::NoRows),
        };
        let (holdout_forecast, holdout_level) = test.table.forecast(entry, &at_train.fitted)?;
        let (forecast, level) = now.forecast(entry, &at_test.fitted)?;
        let remarks: Vec<String> =
            found.remark.into_iter().chain(at_test.fitted.report.notes.iter().cloned()).collect();
        let model = LearnedModel {
            name: entry.name,
            accuracy: forecast_metrics(test.actual, &holdout_forecast)?,
            holdout_forecast,
            forecast,
            note: shortened(&remarks),
            cross_validated_r2: held_out
                .filter(|_| self.settings.cross_validate)
                .and_then(|found| found.mean_r2),
            seconds: began.elapsed().as_secs_f64(),
            fitted: Some(at_test.fitted),
            level,
            fitted_for_holdout: Some(at_train.fitted),
            holdout_level,
        };
        Ok((model, earlier_forecasts))
    }
}

/// The settings chosen for a model.
struct TunedRecipe {
    recipe: Recipe,
    /// Forecasts at the first cutoff by the model trained before it, if there is one.
    earlier_forecasts: Option<Vec<f64>>,
    remark: Option<String>,
}

impl Forecasts<'_> {
    /// Trains on the window before the first cutoff, for early stopping and the choice of penalties; with a
    /// search, many times, keeping the settings with the best spend forecasts. Without that window, a search
    /// uses held-out customers of the first cutoff.
    fn search(
        &self,
        entry: &Entry,
        default_recipe: Recipe,
        windows: &Windows<'_>,
    ) -> Result<TunedRecipe, Error> {
        let Windows { tune, train, folds, .. } = windows;
        let others = variants(&default_recipe, self.settings.search_trials, self.seed);
        if tune.is_none() && others.is_empty() {
            return Ok(TunedRecipe { recipe: default_recipe, earlier_forecasts: None, remark: None });
        }
        let recipes = std::iter::once(default_recipe)
            .chain(others)
            .map(Recipe::check)
            .collect::<Result<Vec<_>, _>>()?;
        let plan = match tune {
            Some(tune) => TrainingData {
                train: tune.sample(entry)?,
                validation: Some(train.sample(entry)?),
                folds: None,
                clock: &|| 0.0,
            },
            None => TrainingData {
                train: train.sample(entry)?,
                validation: None,
                folds: folds.as_ref(),
                clock: &|| 0.0,
            },
        };
        let outcomes = fit_all(&recipes, &plan)?;
        let forecasts = outcomes
            .iter()
            .map(|outcome| match &outcome.cross_validation {
                Some(held_out) => Ok(train.table.spend_of(entry, held_out.predictions.clone()).0),
                None => Ok(train.table.forecast(entry, &outcome.fitted)?.0),
            })
            .collect::<Result<Vec<Vec<f64>>, Error>>()?;
        let errors = forecasts
            .iter()
            .map(|forecasts| Ok(forecast_errors(train.actual, forecasts)?.rmse))
            .collect::<Result<Vec<f64>, Error>>()?;
        let best = (0..errors.len()).min_by(|a, b| errors[*a].total_cmp(&errors[*b])).unwrap_or(0);
        let remark = (errors.len() > 1).then(|| {
            format!(
                "best of {} settings on earlier days (RMSE {}; {} with the defaults)",
                errors.len(),
                format_grouped(errors[best]),
                format_grouped(errors[0])
            )
        });
        let recipe = outcomes[best].fitted.recipe_for_refit();
        let earlier_forecasts = tune.as_ref().and_then(|_| forecasts.into_iter().nth(best));
        Ok(TunedRecipe { recipe, earlier_forecasts, remark })
    }
}

/// The first remark, and how many more there are: one per feature would be too many.
fn shortened(remarks: &[String]) -> Option<String> {
    let first = remarks.first()?;
    Some(match remarks.len() - 1 {
        0 => first.clone(),
        1 => format!("{first}; and 1 more note on features"),
        more => format!("{first}; and {more} more notes on features"),
    })
}

/// The expectation, then the models' forecasts.
pub(super) fn with_expected<'a>(
    table: &'a Table,
    forecasts: impl Iterator<Item = &'a Vec<f64>>,
) -> Vec<&'a [f64]> {
    std::iter::once(&table.expected).chain(forecasts).map(Vec::as_slice).collect()
}

/// The blend of the expectation and the learned models.
fn blend(
    models: &[LearnedModel],
    earlier_forecasts: &[Vec<f64>],
    windows: &Windows<'_>,
) -> Result<(LearnedModel, Vec<f64>), Error> {
    let Windows { train, test, now, .. } = windows;
    // Variance grows with the expectation: otherwise a few large customers would determine all weights.
    let scale: Vec<f64> = train.table.expected.iter().map(|expected| expected.sqrt().recip()).collect();
    let scaled = |column: &[f64]| -> Vec<f64> {
        column.iter().zip(&scale).map(|(value, scale)| value * scale).collect()
    };
    let actual: Vec<f64> = train.actual.iter().map(|actual| actual.max(0.0)).collect();
    let columns: Vec<Vec<f64>> =
        with_expected(&train.table, earlier_forecasts.iter()).into_iter().map(&scaled).collect();
    let blend = Blend::fit(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>(), &scaled(&actual))?;
    let holdout_forecast =
        blend.predict(&with_expected(&test.table, models.iter().map(|model| &model.holdout_forecast)))?;
    let forecast = blend.predict(&with_expected(now, models.iter().map(|model| &model.forecast)))?;
    let ((holdout_forecast, holdout_level), (forecast, level)) =
        (test.table.at_level(holdout_forecast), now.at_level(forecast));
    let sum: f64 = blend.weights.iter().sum();
    let parts: Vec<String> = std::iter::once("buy-till-you-die")
        .chain(models.iter().map(|model| model.name))
        .zip(&blend.weights)
        .filter(|(_, weight)| **weight > 0.0)
        .map(|(name, weight)| format!("{name} {:.0}%", 100.0 * weight / sum))
        .collect();
    let model = LearnedModel {
        name: BLEND,
        accuracy: forecast_metrics(test.actual, &holdout_forecast)?,
        holdout_forecast,
        forecast,
        fitted: None,
        cross_validated_r2: None,
        note: Some(parts.join(", ")),
        seconds: 0.0,
        level,
        fitted_for_holdout: None,
        holdout_level,
    };
    Ok((model, blend.weights))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::feature_columns::FeatureColumn;

    /// Customers with an order count, and these expectations of spend and orders.
    fn cutoff_data(spend: &[f64], season: f64) -> CutoffData {
        let same = |value: f64| vec![value; spend.len()];
        let orders =
            FeatureColumn { name: "orders".to_owned(), values: (0..spend.len()).map(|n| n as f64).collect() };
        let purchases = spend.iter().map(|value| value / 10.0).collect();
        CutoffData::new(vec![orders], [same(0.9), same(0.6), purchases, same(10.0), spend.to_vec()], season)
            .expect("equal lengths")
    }

    fn entry(key: &str) -> &'static Entry {
        ENTRIES.iter().find(|entry| entry.key == key).expect("known")
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
    }

    #[test]
    fn expectations_are_at_least_a_hundredth_of_the_mean() {
        let table = Table::new(&cutoff_data(&[0.0, 50.0, 250.0], 1.5), Target::Spend).expect("columns");
        near(&table.expected, &[1.0, 50.0, 250.0]);
        near(&[table.lower_bound, table.mean_expected(), table.level], &[1.0, 100.0, 450.0]);
        near(&[table.above_mean(0), table.above_mean(2)], &[-99.0, 150.0]);
        near(&table.p_purchase, &[0.6; 3]);
        assert_eq!(table.features.names()[table.expected_at], "expected_value");
        // Orders have another expectation.
        let orders = Table::new(&cutoff_data(&[0.0, 50.0, 250.0], 1.5), Target::Orders).expect("columns");
        near(&orders.expected, &[0.1, 5.0, 25.0]);
        assert_eq!(orders.features.names()[orders.expected_at], "expected_purchases");
        // With the bound of another shop.
        let bound =
            Table::with_lower_bound(&cutoff_data(&[0.0, 50.0], 1.0), Target::Spend, 60.0).expect("columns");
        near(&bound.expected, &[60.0, 60.0]);
        near(&bound.expected_of(&table.features), &[60.0, 60.0, 250.0]);
    }

    #[test]
    fn forecasts_are_scaled_to_the_expectation_of_all() {
        let table = Table::new(&cutoff_data(&[10.0, 20.0, 30.0], 2.0), Target::Spend).expect("columns");
        let (forecasts, factor) = table.at_level(vec![1.0, -5.0, 3.0]);
        near(&forecasts, &[30.0, 0.0, 90.0]);
        near(&[factor], &[30.0]);
        // Nothing cannot be scaled.
        let (forecasts, factor) = table.at_level(vec![0.0, -1.0, 0.0]);
        near(&forecasts, &[0.0; 3]);
        near(&[factor], &[1.0]);
        let nobody = Table::new(&cutoff_data(&[0.0, 0.0], 1.0), Target::Spend).expect("columns");
        near(&nobody.at_level(vec![4.0, 6.0]).0, &[4.0, 6.0]);
    }

    #[test]
    fn models_of_factors_multiply_the_expectation() {
        let table = Table::new(&cutoff_data(&[10.0, 30.0], 1.0), Target::Spend).expect("columns");
        near(&on_scale_of_spend(entry("xgboost"), vec![2.0, 0.5], &table.expected), &[20.0, 15.0]);
        near(&on_scale_of_spend(entry("ridge"), vec![2.0, 0.5], &table.expected), &[2.0, 0.5]);
        // 20 + 15 become 40.
        near(&table.spend_of(entry("lightgbm"), vec![2.0, 0.5]).0, &[160.0 / 7.0, 120.0 / 7.0]);
    }

    #[test]
    fn targets_of_factors_are_spend_over_expectation() {
        let table = Table::new(&cutoff_data(&[10.0, 40.0], 1.0), Target::Spend).expect("columns");
        let targets = Targets::new(&table, &[25.0, -8.0], Goal::SquaredError);
        near(&targets.factor, &[2.5, 0.0]);
        near(&targets.weight, &[100.0, 1600.0]);
        near(&Targets::new(&table, &[25.0, 8.0], Goal::Tweedie).weight, &[10.0_f64.sqrt(), 40.0_f64.sqrt()]);
        near(&Targets::new(&table, &[25.0, 8.0], Goal::Hurdle).weight, &[1.0, 1.0]);
    }

    fn known(spend: &[f64], season: f64, actual_minor: Vec<i64>) -> TrainingSet {
        let purchases = actual_minor.iter().map(|minor| (minor / 100) as f64).collect();
        let kept = Calibration { spend_minor: actual_minor, purchases, ..Calibration::default() };
        TrainingSet::of(cutoff_data(spend, season), &kept, 100.0)
    }

    #[test]
    fn the_error_of_a_total_is_that_of_the_season_adjusted_expectation() {
        let set = known(&[10.0, 30.0], 1.5, vec![2000, 3000]);
        near(&set.spend, &[20.0, 30.0]);
        // 60 instead of 50.
        assert!((set.total_error().expect("spent") - 0.2).abs() < 1e-12);
        assert_eq!(known(&[10.0], 1.0, vec![0]).total_error(), None);
        assert_eq!(known(&[10.0], 1.0, vec![-5]).total_error(), None);
    }

    #[test]
    fn a_smaller_set_has_the_own_outcomes_of_its_customers() {
        let mut set = known(&[10.0, 20.0, 30.0], 1.0, vec![100, 200, 300]);
        set.keep(&[2, 0]);
        near(&set.spend, &[3.0, 1.0]);
        near(&set.orders, &[3.0, 1.0]);
        near(set.cutoff_data.column("expected_value"), &[30.0, 10.0]);
    }

    #[test]
    fn who_bought_is_told_by_orders_whatever_the_target() {
        let set = known(&[10.0, 20.0, 30.0], 1.0, vec![0, 250, 99]);
        let window = Window::new(&set, Target::Spend, Goal::Tweedie).expect("columns");
        assert_eq!(window.bought, [false, true, false]);
        near(window.actual, &[0.0, 2.5, 0.99]);
        let window = Window::new(&set, Target::Orders, Goal::Tweedie).expect("columns");
        near(window.actual, &[0.0, 2.0, 0.0]);
        near(&window.targets.factor, &[0.0, 1.0, 0.0]);
        // Plain models learn the amounts, models of factors the weighted factors.
        assert_eq!(window.sample(entry("linear")).expect("rows").rows(), 3);
        assert_eq!(window.sample(entry("xgboost")).expect("rows").rows(), 3);
    }

    #[test]
    fn remarks_beyond_the_first_are_counted() {
        let remarks = |count: usize| (0..count).map(|number| format!("r{number}")).collect::<Vec<String>>();
        assert_eq!(shortened(&remarks(0)), None);
        assert_eq!(shortened(&remarks(1)).as_deref(), Some("r0"));
        assert!(
            shortened(&remarks(2)).is_some_and(|text| text.starts_with("r0") && text.contains(" 1 more "))
        );
        assert!(shortened(&remarks(9)).is_some_and(|text| text.contains(" 8 more ") && !text.contains("r1")));
    }

    proptest! {
        #[test]
        fn every_model_has_the_level_of_the_expectation(
            rows in prop::collection::vec((0.0_f64..1e4, -10.0_f64..100.0), 1..50), season in 0.5_f64..2.0,
        ) {
            let expected: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let table = Table::new(&cutoff_data(&expected, season), Target::Spend).expect("columns");
            let level = expected.iter().sum::<f64>() * season;
            for key in ["linear", "xgboost"] {
                let (forecasts, factor) = table.spend_of(entry(key), rows.iter().map(|row| row.1).collect());
                prop_assert!(forecasts.iter().all(|value| *value >= 0.0) && factor > 0.0);
                let sum: f64 = forecasts.iter().sum();
                let is_nothing = sum.min(level) <= 0.0;
                prop_assert!(is_nothing || (sum - level).abs() <= 1e-9 * level, "{sum} {level}");
            }
            // The expectation comes first in a blend.
            let forecasts = vec![1.0; rows.len()];
            let columns = with_expected(&table, std::iter::once(&forecasts));
            prop_assert_eq!((columns.len(), columns[0]), (2, table.expected.as_slice()));
        }
    }
}
