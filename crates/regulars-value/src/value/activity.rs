//! How far P(alive) can be believed: what a model says of customers inactive far beyond their purchase cycle.
//!
//! Deliberately not here: P(alive) itself, and the words (`regulars-analysis`).

use regulars_core::cadence::{LAPSED_CYCLE_RATIO, purchase_cycle_days, shop_purchase_cycle_days};
use regulars_core::summary::AliveEvidence;

use super::value_result::ValueResult;
use crate::error::Result;
use crate::feature_columns::read_features;
use crate::request::ValueRequest;

/// Readers take a P(alive) above this for certainty.
const NEAR_CERTAIN: f64 = 0.99;

/// P(alive) of customers who have been inactive for long.
pub(super) fn evidence(request: &ValueRequest<'_>, found: &ValueResult) -> Result<AliveEvidence> {
    let names = ["days_between_orders_mean".to_owned()];
    let columns = read_features(request.features, &names, request.money_decimals)?;
    let gaps = columns.first().map_or(&[][..], |column| &column.values);
    let of_shop = shop_purchase_cycle_days(gaps.iter().copied());
    let is_silent = |row: usize| {
        let gap = gaps.get(row).copied().unwrap_or(f64::NAN);
        let usual = purchase_cycle_days(request.rfm.frequency_orders[row] as f64, gap, of_shop);
        request.rfm.recency_days[row] as f64 > LAPSED_CYCLE_RATIO * usual
    };
    let forecast = &found.forecast;
    let silent: Vec<usize> = (0..forecast.p_alive.len()).filter(|row| is_silent(*row)).collect();
    let certain = silent.iter().filter(|row| forecast.p_alive[**row] > NEAR_CERTAIN).count();
    let probabilities: f64 = silent.iter().map(|row| forecast.p_purchase[*row]).sum();
    let boundary = found.fitted.report.boundary.as_ref();
    let without_dropout =
        !found.fitted.model.kind.has_dropout() || boundary.is_some_and(|boundary| boundary.used.is_some());
    Ok(AliveEvidence {
        model: found.fitted.report.model.clone(),
        models_dropout: !without_dropout,
        silent: silent.len() as u64,
        inactive_but_certain: certain as u64,
        silent_p_purchase: (!silent.is_empty()).then(|| probabilities / silent.len() as f64),
    })
}
