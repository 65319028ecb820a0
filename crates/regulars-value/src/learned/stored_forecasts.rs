//! Forecasts of stored models for other customers.
//!
//! Overall level, lower bounds and intervals are the run's, so that a forecast does not depend on the other
//! customers.

use regulars_learners::blend::Blend;
use regulars_learners::conformal::{GroupedIntervals, Interval};
use regulars_learners::contributions::Contributions;
use regulars_learners::fitted::FittedLearner;
use regulars_models::lifetime::patterns::CountedPatterns;

use super::card::ModelCard;
use super::churn::btyd_p_churn;
use super::cutoffs::CutoffData;
use super::drivers;
use super::forecasts::{LearnedModel, Table, Target, forecasts_of, times, with_expected};
use super::load::StoredModels;
use super::recipes::{entry_named, key_of, name_of};
use crate::error::{Error, Kind, Result};
use crate::feature_columns::FeatureColumn;
use crate::histories::Columns;

/// Forecasts of stored models, one element per customer; money in the currency's unit.
pub(crate) struct StoredForecasts {
    /// The blend last.
    models: Vec<LearnedModel>,
    /// The model used for the run's forecasts, if it is one of these.
    chosen: Option<usize>,
    /// Of every model.
    intervals: Vec<GroupedIntervals>,
    /// Weights of the blend.
    weights: Vec<f64>,
    table: Table,
    /// P(churn): no purchase in the target days.
    pub(crate) p_churn: Vec<f64>,
    /// Length of the target period in days.
    pub(crate) target_days: u32,
    /// Spend over the horizon per unit of spend in these days, for customers with an expectation of 0.
    pub(crate) over_horizon_of_all: f64,
}

impl StoredModels {
    /// Forecasts for customers with these features, histories and mean spends.
    ///
    /// Contracts: the histories are in the time unit of the run (trusted).
    /// Errors: features and histories of different customers; an error of a library.
    pub(crate) fn stored_forecasts(
        self,
        columns: Vec<FeatureColumn>,
        histories: &Columns,
        counted: &CountedPatterns,
        mean: &[f64],
    ) -> Result<StoredForecasts> {
        let chosen = self.chosen();
        let Self { card, expectation_models, fitted, intervals, churn } = self;
        let target_days = card.data.target_days;
        let expected = expectation_models
            .columns(histories, counted, mean, target_days)
            .map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
        let cutoff_data = CutoffData::new(columns, expected, 1.0)?;
        let table = Table::with_lower_bound(&cutoff_data, Target::Spend, card.expectation.lower_bound)?;
        let weights: Vec<f64> = card.blend.iter().map(|part| part.weight).collect();
        let mut models: Vec<LearnedModel> = Vec::new();
        for (card, fitted) in card.models.iter().zip(fitted) {
            let forecasts = match (&fitted, entry_named(&card.name)) {
                (Some(fitted), Some(entry)) => {
                    forecasts_of(entry, fitted, card.level, &table.features, &table.expected)?
                }
                _ => {
                    let parts = models.iter().map(|model| &model.forecast);
                    let blend = Blend { weights: weights.clone() };
                    times(blend.predict(&with_expected(&table, parts))?, card.level)
                }
            };
            models.push(restored(card, fitted, forecasts));
        }
        let p_churn = match &churn {
            Some(churn) => churn.predict(&table.features)?,
            None => btyd_p_churn(&table),
        };
        let over_horizon_of_all = card.over_horizon;
        Ok(StoredForecasts {
            models,
            chosen,
            intervals,
            weights,
            table,
            p_churn,
            target_days,
            over_horizon_of_all,
        })
    }
}

/// A stored model with its forecasts.
fn restored(card: &ModelCard, fitted: Option<FittedLearner>, forecast: Vec<f64>) -> LearnedModel {
    LearnedModel {
        name: name_of(&card.key),
        holdout_forecast: Vec::new(),
        forecast,
        accuracy: card.holdout.metrics(),
        fitted,
        cross_validated_r2: None,
        note: card.note.clone(),
        seconds: 0.0,
        level: card.level,
        fitted_for_holdout: None,
        holdout_level: 1.0,
    }
}

/// The model used for the run's forecasts.
pub(crate) struct Chosen<'a> {
    pub(crate) name: &'static str,
    /// Spend in the target days.
    pub(crate) spend: &'a [f64],
    pub(crate) intervals: Vec<Interval>,
}

impl StoredForecasts {
    /// Key and spend of every model, the blend last.
    pub(crate) fn spend(&self) -> impl Iterator<Item = (&'static str, &[f64])> {
        self.models.iter().map(|model| (key_of(model.name), model.forecast.as_slice()))
    }

    /// The model used for the run's forecasts, if it is a learned one.
    pub(crate) fn chosen(&self) -> Option<Chosen<'_>> {
        let at = self.chosen?;
        let model = &self.models[at];
        let intervals = self.intervals[at].predict(&model.forecast, &self.table.p_purchase);
        Some(Chosen { name: model.name, spend: &model.forecast, intervals })
    }

    /// Names of the features.
    pub(crate) fn features(&self) -> &[String] {
        self.table.features.names()
    }

    /// Contributions of every feature to the chosen model's forecasts for the given customers, in the order
    /// of `rows`; none if a buy-till-you-die model was chosen.
    ///
    /// Errors: an error of a library.
    pub(crate) fn contributions(&self, rows: &[usize]) -> Result<Option<Contributions>> {
        let Some(at) = self.chosen else { return Ok(None) };
        let model = &self.models[at];
        Ok(Some(drivers::amounts(model, &self.models, &self.weights, &self.table, rows)?))
    }
}
