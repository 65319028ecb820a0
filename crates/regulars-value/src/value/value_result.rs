//! What was found, for the tables and the summary.

use regulars_learners::conformal::Coverage;
use regulars_models::lifetime::holdout::Independence;
use regulars_models::lifetime::model::FittedLifetimeModel;
use regulars_models::lifetime::patterns::CountedPatterns;
use regulars_stats::forecast_accuracy::{ForecastErrors, ForecastMetrics};

use super::intervals::PredictionIntervals;
use crate::btyd::{Baseline, Candidate, Predictions, SpendModel};
use crate::histories::{Base, Calibration, Days};
use crate::learned::{BtydFits, Learned, LearnedModel};
use crate::outcome::Outcome;

/// Input of the tables and the summary.
pub(crate) struct ValueResult {
    pub(crate) base: Base,
    pub(crate) days: Days,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) baselines: Vec<Baseline>,
    /// The chosen candidate, and the runner-up.
    pub(crate) chosen: usize,
    pub(crate) runner_up: Option<usize>,
    /// The chosen model and the spend model, fitted on all history.
    pub(crate) fitted: FittedLifetimeModel,
    pub(crate) spend: SpendModel,
    /// The spend model of the calibration period.
    pub(crate) spend_then: SpendModel,
    pub(crate) counted_then: CountedPatterns,
    pub(crate) counted_now: CountedPatterns,
    pub(crate) independence: Option<Independence>,
    /// Learned models, or why there are none.
    pub(crate) learned: Outcome<Learned>,
    /// Every model's forecasts with intervals, and the chosen learned model, if any.
    pub(crate) intervals: PredictionIntervals,
    /// For the horizon, and for the holdout period.
    pub(crate) forecast: Predictions,
    pub(crate) holdout_forecast: Predictions,
}

impl ValueResult {
    /// What learned models start from.
    pub(super) fn fits<'a>(&'a self, cuts: &'a [(Days, Calibration)]) -> BtydFits<'a> {
        BtydFits {
            base: &self.base,
            days: self.days,
            candidates: &self.candidates,
            chosen: self.chosen,
            fitted: &self.fitted,
            cuts,
        }
    }

    /// Learned models; empty if none could be trained.
    pub(super) fn learned_models(&self) -> &[LearnedModel] {
        self.learned.done().map_or(&[], |learned| &learned.models)
    }

    /// The learned model that predicts spend, if any.
    pub(super) fn winner(&self) -> Option<&LearnedModel> {
        self.intervals.winner.and_then(|winner| self.learned_models().get(winner))
    }

    /// Coverage of a model's spend intervals; none for models without intervals.
    pub(super) fn coverage_of(&self, name: &str) -> Option<&Coverage> {
        if name == self.candidates[self.chosen].kind.name() {
            return self.intervals.btyd_coverage.as_ref();
        }
        let at = self.learned_models().iter().position(|model| model.name == name)?;
        self.intervals.learned.get(at).map(|of_model| &of_model.coverage)
    }

    /// Errors of a model of orders, by its name.
    pub(super) fn order_errors(&self, name: &str) -> Option<&ForecastErrors> {
        let learned = self.learned.done()?;
        learned.orders.iter().find(|model| model.name == name).map(|model| &model.accuracy.errors)
    }

    /// Every model except baselines, with its accuracy on holdout spend.
    pub(super) fn spend_of_models(&self) -> impl Iterator<Item = (&'static str, &ForecastMetrics)> {
        let candidates = self
            .candidates
            .iter()
            .filter_map(|candidate| Some((candidate.kind.name(), candidate.spend.as_ref()?)));
        candidates.chain(self.learned_models().iter().map(|model| (model.name, &model.accuracy)))
    }
}
