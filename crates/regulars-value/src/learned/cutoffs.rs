//! Data on every customer at a cutoff: the features of the run, and what a buy-till-you-die model fitted to
//! the same history expects for the target period.
//!
//! Nothing here reads rows from after the cutoff, except for the target.

use std::path::Path;
use std::sync::Arc;

use regulars_core::dates::end_of_day_micros;
use regulars_core::features::FEATURES;
use regulars_core::money::minor_per_major;
use regulars_engine::{Engine, FeatureParams, Inputs, PurchaseRules};
use regulars_learners::Features;
use regulars_models::lifetime::fit::FitSettings;
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};
use regulars_models::lifetime::patterns::Patterns;
use regulars_models::lifetime::time::TimeUnit;

use super::expectation::{EXPECTED, Expecting};
use crate::btyd::spend_model;
use crate::error::{Error, Kind, Result};
use crate::feature_columns::{FeatureColumn, read_features};
use crate::histories::{Calibration, Week};
use crate::outcome::Stop;

/// Customers at a cutoff, in the order of their ids.
#[derive(Debug)]
pub(crate) struct Cut {
    /// The features, then [`EXPECTED`]; shared, because with a million customers they are large.
    pub(super) features: Arc<Features>,
    /// Seasonal factor of the target period, observed a year before.
    pub(crate) season: f64,
}

/// Days of a year, after which seasons repeat.
const YEAR_DAYS: i64 = 365;
/// In the first days of a shop, the model's expectation covers very few customers.
const FIRST_DAYS: i64 = 28;
/// With fewer purchases, a season cannot be distinguished from chance.
const FEWEST_IN_SEASON: f64 = 200.0;
/// A larger factor is not seasonal.
const SEASON_AT_MOST: f64 = 2.0;

impl Cut {
    /// Features, and expectations for the same customers.
    ///
    /// Errors: columns of other customers, a bug in Regulars.
    pub(super) fn new(mut columns: Vec<FeatureColumn>, expected: [Vec<f64>; 5], season: f64) -> Result<Self> {
        let customers = expected[0].len();
        if columns.iter().any(|column| column.values.len() != customers) {
            return Err(Error::new(
                Kind::Internal,
                "features and histories of a cutoff have different customers",
            ));
        }
        let expected = EXPECTED.into_iter().zip(expected);
        columns.extend(expected.map(|(name, values)| FeatureColumn { name: name.to_owned(), values }));
        let names = columns.iter().map(|column| column.name.clone()).collect();
        let values: Vec<&[f64]> = columns.iter().map(|column| column.values.as_slice()).collect();
        Ok(Self { features: Arc::new(Features::new(names, &values)?), season })
    }

    /// Customers.
    pub(super) fn customers(&self) -> usize {
        self.features.rows()
    }

    /// One of the features.
    pub(super) fn column(&self, name: &str) -> &[f64] {
        let at = self.features.names().iter().position(|other| other == name);
        at.map_or(&[], |at| self.features.column(at))
    }

    /// The given customers, in the order of `rows`.
    pub(super) fn of_rows(&self, rows: &[usize]) -> Self {
        Self { features: Arc::new(self.features.of_rows(rows)), season: self.season }
    }
}

/// At most `most` of so many customers, spread evenly over their ids.
pub(super) fn evenly(customers: usize, most: usize) -> Vec<usize> {
    (0..customers).step_by(customers.div_ceil(most.max(1)).max(1)).collect()
}

/// Features for learning: all numeric ones.
pub(crate) fn feature_names() -> Vec<String> {
    FEATURES
        .iter()
        .filter(|feature| feature.kind.is_number())
        .map(|feature| feature.name.to_owned())
        .collect()
}

/// Computes the features of all customers who bought by the end of `day`, into `out`.
///
/// Errors: those of the engine.
pub(crate) fn write_features_at(
    engine: &Engine,
    inputs: &Inputs,
    params: &FeatureParams,
    day: i64,
    out: &Path,
) -> Result<()> {
    let rules = PurchaseRules { cutoff_micros: end_of_day_micros(day), ..params.rules.clone() };
    engine.write_features(inputs, &FeatureParams { rules, ..params.clone() }, out)?;
    Ok(())
}

/// Settings of the buy-till-you-die model at a cutoff.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expectation<'a> {
    pub(crate) unit: TimeUnit,
    pub(crate) target_days: u32,
    pub(crate) money_decimals: u8,
    pub(crate) settings: &'a FitSettings,
}

impl Expectation<'_> {
    /// Minor units of one unit of the currency.
    pub(super) fn money_unit(&self) -> f64 {
        minor_per_major(self.money_decimals)
    }

    /// Reads features and adds the expectations of a model of `kind`; `fitted` is the model, if it is already
    /// fitted to these histories. Also returns the models behind the expectations.
    ///
    /// Shape: `kept` has the customers of the file, in its order (checked).
    /// A model that cannot be fitted skips them.
    /// Errors: an unreadable file.
    pub(super) fn cut(
        &self,
        features: &Path,
        kept: &Calibration,
        kind: ModelKind,
        fitted: Option<&FittedLifetimeModel>,
    ) -> Result<(Cut, Expecting), Stop> {
        let columns = read_features(features, &feature_names(), self.money_decimals)?;
        let (expecting, expected, season) = self.of(kept, kind, fitted).map_err(Stop::skipped)?;
        Ok((Cut::new(columns, expected, season)?, expecting))
    }

    /// The models behind the expectations, the columns of [`EXPECTED`] for every customer, and the season.
    fn of(
        &self,
        kept: &Calibration,
        kind: ModelKind,
        fitted: Option<&FittedLifetimeModel>,
    ) -> Result<(Expecting, [Vec<f64>; 5], f64), regulars_models::lifetime::Error> {
        let histories = &kept.then;
        let counted = histories.counted(self.unit)?;
        let purchases = match fitted {
            Some(fitted) => fitted.clone(),
            None => kind.fit(&counted.patterns, self.settings)?,
        };
        let mean = histories.mean_spend(self.money_unit());
        let spend = spend_model(histories, &mean, self.money_unit(), self.settings);
        let expecting = Expecting { purchases, spend };
        let expected = expecting.columns(histories, &counted, &mean, self.target_days)?;
        let season = self.season(&expecting.purchases, &counted.patterns, &kept.weeks)?;
        Ok((expecting, expected, season))
    }

    /// Repeat purchases in the target's days a year before, over the model's expectation; 1 if the history is
    /// too short.
    fn season(
        &self,
        fitted: &FittedLifetimeModel,
        patterns: &Patterns,
        weeks: &[Week],
    ) -> Result<f64, regulars_models::lifetime::Error> {
        let to = i64::from(self.target_days) - YEAR_DAYS;
        let from = -YEAR_DAYS;
        let oldest = weeks.first().map_or(0, |week| week.ends_after_days);
        // A target longer than a year covers all seasons.
        if to >= 0 || from - FIRST_DAYS < oldest {
            return Ok(1.0);
        }
        let per_day = 1.0 / fitted.unit.days();
        let times: Vec<f64> = weeks.iter().map(|week| (week.ends_after_days + 1) as f64 * per_day).collect();
        let points = fitted.tracking(patterns, &times)?;
        let in_season = |week: &Week| week.ends_after_days > from && week.ends_after_days <= to;
        let (mut actual, mut expected) = (0.0, 0.0);
        for (week, point) in weeks.iter().zip(&points).filter(|(week, _)| in_season(week)) {
            actual += week.repeat_purchases as f64;
            expected += point.incremental;
        }
        if actual < FEWEST_IN_SEASON || expected < FEWEST_IN_SEASON {
            return Ok(1.0);
        }
        Ok((actual / expected).clamp(SEASON_AT_MOST.recip(), SEASON_AT_MOST))
    }
}
