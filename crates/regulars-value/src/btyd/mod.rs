//! Buy-till-you-die models of a shop: candidates tested on the holdout period, spend per purchase, and forecasts.
//!
//! Deliberately not here: the models themselves (`regulars_models::lifetime`).

mod candidates;
mod predictions;
mod spend;
mod without_largest;

use regulars_core::config::{LifetimeValue, RatePeriod};
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::fit::{FitSettings, Shrinkage};
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};
use regulars_models::lifetime::time::TimeUnit;

pub(crate) use candidates::{
    Baseline, Candidate, HoldoutContext, Losses, TIE_TOLERANCE, baselines, candidates, key_of, model_keys,
    model_named, ranked, ranked_by,
};
pub(crate) use predictions::{ForecastRequest, Predictions, predict};
pub(crate) use spend::SpendModel;
pub(crate) use without_largest::{WithoutLargest, largest_row, without};

use crate::histories::Columns;

/// The spend model of given histories; if it cannot be fitted, the mean of all purchases.
pub(crate) fn spend_model(
    columns: &Columns,
    mean: &[f64],
    money_unit: f64,
    settings: &FitSettings,
) -> SpendModel {
    let purchases = columns.x.iter().sum::<f64>() + columns.x.len() as f64;
    let total: i128 = columns.total_minor.iter().map(|minor| i128::from(*minor)).sum();
    SpendModel::fit(&columns.x, mean, total as f64 / money_unit / purchases.max(1.0), settings)
}

pub(crate) fn unit_of(settings: &LifetimeValue) -> TimeUnit {
    // Validated with the configuration.
    settings.unit.parse().unwrap_or(TimeUnit::Days)
}

pub(crate) fn fit_settings(prior_sd: Option<f64>) -> FitSettings {
    FitSettings { prior: prior_sd.map(|sd| Shrinkage { sd }), ..FitSettings::default() }
}

/// The discount for a rate per period.
pub(crate) fn discount(rate: f64, period: RatePeriod) -> Discount {
    match period {
        _ if rate <= 0.0 => Discount::None,
        RatePeriod::Year => Discount::Monthly((rate.ln_1p() / 12.0).exp_m1()),
        RatePeriod::Month => Discount::Monthly(rate),
        RatePeriod::Day => Discount::Daily(rate),
    }
}

pub(crate) fn discount_of(settings: &LifetimeValue) -> Discount {
    discount(settings.discount_rate, settings.discount_period)
}

/// Remarks of a fit: its boundary, or why there is none.
pub(crate) fn fit_remark(fitted: &Result<FittedLifetimeModel, String>) -> Option<String> {
    match fitted {
        Ok(fitted) => fitted.report.boundary.as_ref().map(|boundary| boundary.words.clone()),
        Err(reason) => Some(reason.clone()),
    }
}

/// The number of stages between purchases, for CNBD-k models; 1 is no regularity.
pub(crate) fn stages(kind: ModelKind, fitted: &FittedLifetimeModel) -> Option<f64> {
    kind.is_regular().then(|| f64::from(fitted.model.k))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_discount_is_twelve_months_of_it() {
        let Discount::Monthly(rate) = discount(0.1, RatePeriod::Year) else { panic!("monthly") };
        assert!(((1.0 + rate).powi(12) - 1.1).abs() < 1e-12);
        assert_eq!(discount(0.0, RatePeriod::Day), Discount::None);
    }
}
