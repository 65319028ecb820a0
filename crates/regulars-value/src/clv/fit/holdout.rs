//! Forecast accuracy of a model, with or without covariates.

use regulars_core::money::minor_per_major;
use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::covariates::{
    CountedWithCovariates, FittedWithCovariates, evaluate_with_covariates,
};
use regulars_models::lifetime::coverage::purchase_coverage;
use regulars_models::lifetime::holdout::{Holdout, evaluate};
use regulars_models::lifetime::model::FittedLifetimeModel;
use regulars_models::lifetime::patterns::CountedPatterns;
use regulars_models::lifetime::time::Horizon;
use regulars_models::lifetime::uncertainty::{IntervalSettings, PurchaseIntervals};
use regulars_stats::forecast_accuracy::forecast_metrics;

use super::fit_summary::{HoldoutAccuracy, SpendAccuracy};
use crate::btyd::SpendModel;
use crate::clv::load::{Customers, HoldoutData};

type Result<T> = std::result::Result<T, ModelError>;

/// A fitted model with its customers.
pub(super) enum Model<'a> {
    Plain(&'a FittedLifetimeModel, &'a CountedPatterns),
    WithCovariates(&'a FittedWithCovariates, &'a CountedWithCovariates),
}

/// Level of `coverage_90` in the holdout; the parameters are treated as known.
const INTERVALS: IntervalSettings = IntervalSettings { level: 0.9, parameter_draws: 0, seed: 0 };

impl Model<'_> {
    fn counted(&self) -> &CountedPatterns {
        match self {
            Self::Plain(_, counted) => counted,
            Self::WithCovariates(_, counted) => &counted.counted,
        }
    }

    pub(super) fn evaluate(&self, actual: &[f64], horizon: Horizon) -> Result<Holdout> {
        match self {
            Self::Plain(fitted, counted) => evaluate(fitted, counted, actual, horizon),
            Self::WithCovariates(fitted, counted) => {
                evaluate_with_covariates(fitted, counted, actual, horizon)
            }
        }
    }

    /// Expected purchases of every customer.
    fn expected(&self, horizon: Horizon) -> Result<Vec<f64>> {
        let forecast = match self {
            Self::Plain(fitted, counted) => fitted.forecast(&counted.patterns, horizon, Discount::None)?,
            Self::WithCovariates(fitted, counted) => fitted.forecast(counted, horizon, Discount::None)?,
        };
        let of_customers = self.counted().to_customers(&forecast.expected_purchases);
        Ok(of_customers.into_iter().map(|expected| expected.unwrap_or(0.0)).collect())
    }

    fn intervals(&self, horizon: Horizon) -> Result<PurchaseIntervals> {
        match self {
            Self::Plain(fitted, counted) => fitted.purchase_intervals(&counted.patterns, horizon, &INTERVALS),
            Self::WithCovariates(fitted, counted) => fitted.purchase_intervals(counted, horizon, &INTERVALS),
        }
    }
}

/// Tests a model on the holdout period.
pub(super) fn holdout_accuracy(
    model: &Model<'_>,
    customers: &Customers,
    held: &HoldoutData,
    spend: Option<&SpendModel>,
) -> Result<HoldoutAccuracy> {
    let Some(kept) = &held.base.calibration else {
        return Err(ModelError::ColumnLengths {
            name: "holdout purchases",
            found: 0,
            expected: customers.x.len(),
        });
    };
    let holdout = model.evaluate(&kept.purchases, held.horizon)?;
    let intervals = model.intervals(held.horizon)?;
    let (_, coverage_by_frequency) = purchase_coverage(&intervals, model.counted(), &kept.purchases)?;
    let spend = match (spend, &customers.mean) {
        (Some(spend), Some(mean)) => {
            let expected = model.expected(held.horizon)?;
            let guess: Vec<f64> = expected
                .into_iter()
                .enumerate()
                .map(|(row, expected)| expected * spend.expected(customers.x[row], mean[row]))
                .collect();
            let unit = minor_per_major(customers.money_decimals.unwrap_or(0));
            let actual: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / unit).collect();
            Some(spend_accuracy(&actual, &guess)?)
        }
        _ => None,
    };
    Ok(HoldoutAccuracy {
        calibration_end: held.calibration_end.clone(),
        days: held.horizon.count,
        purchases: holdout,
        coverage_by_frequency,
        spend,
    })
}

fn spend_accuracy(actual: &[f64], guess: &[f64]) -> Result<SpendAccuracy> {
    let found = forecast_metrics(actual, guess)?;
    Ok(SpendAccuracy {
        actual: actual.iter().sum(),
        expected: guess.iter().sum(),
        mae: found.errors.mae,
        rmse: found.errors.rmse,
        bias: found.errors.bias,
        r2: found.errors.r2,
        spearman: found.spearman,
        gini: found.gini,
        top_10: found.top_decile_share,
    })
}
