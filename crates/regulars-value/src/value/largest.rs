//! The comparison of models without the customer who spent most in the holdout period.
//!
//! Squared errors depend on few customers: one unforeseeably large order can change the error of every model,
//! and with it the choice. So every model is tested again without that customer, and the run says whether
//! another one would have been chosen. The fits and the choice itself do not change. Deliberately not here:
//! the choice (`btyd::candidates`, `intervals`).

use arrow::util::display::array_value_to_string;
use regulars_core::config::Criterion;
use regulars_core::summary::LargestInHoldout;

use super::intervals::best_learned;
use super::valued::Valued;
use crate::btyd::{Candidate, Losses, WithoutLargest, largest_row, ranked_by, without};
use crate::request::ValueRequest;
use crate::tables::money_minor;

/// Every learned model without that customer, in their order.
pub(crate) fn learned_without(found: &Valued, unit: f64) -> Vec<Option<WithoutLargest>> {
    let kept = found.base.calibration.as_ref();
    let row = kept.and_then(|kept| Some((kept, largest_row(kept)?)));
    let of = |judged: &[f64]| {
        let (kept, row) = row?;
        let actual: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / unit).collect();
        without(&actual, judged, row)
    };
    found.learned_models().iter().map(|model| of(&model.judged)).collect()
}

fn losses(candidate: &Candidate) -> Option<Losses> {
    let without = candidate.without?;
    Some(Losses {
        rmse: Some(without.spend.spend.rmse),
        purchases_rmse: without.purchases_rmse,
        log_likelihood: without.log_likelihood,
    })
}

/// The model that would have been chosen without the largest customer.
fn model_without(request: &ValueRequest<'_>, found: &Valued, unit: f64) -> Option<&'static str> {
    let criterion = request.config.criterion;
    let best = *ranked_by(&found.candidates, criterion, losses).first()?;
    let learned: Vec<(f64, Option<f64>)> = learned_without(found, unit)
        .into_iter()
        .map(|one| one.map_or((f64::INFINITY, None), |one| (one.spend.rmse, one.gini)))
        .collect();
    let of_candidates =
        found.candidates.iter().filter_map(|one| one.without.and_then(|without| without.spend.gini));
    let winner =
        best_learned(&learned, of_candidates, losses(&found.candidates[best]).and_then(|losses| losses.rmse));
    let winner = winner.filter(|_| criterion == Criterion::Rmse);
    Some(winner.map_or(found.candidates[best].kind.name(), |at| found.learned_models()[at].name))
}

/// The customer who spent most in the holdout period, and the model that would have been chosen without it.
pub(super) fn largest(request: &ValueRequest<'_>, found: &Valued) -> Option<LargestInHoldout> {
    let unit = request.money_unit();
    let kept = found.base.calibration.as_ref()?;
    let row = largest_row(kept)?;
    let total: i64 = kept.spend_minor.iter().sum();
    Some(LargestInHoldout {
        customer_id: array_value_to_string(&request.rfm.customer_id, kept.rows[row]? as usize).ok()?,
        actual_minor: kept.spend_minor[row],
        expected_minor: money_minor(*found.judged.value.get(row)?, unit),
        share: if total > 0 { kept.spend_minor[row] as f64 / total as f64 } else { 1.0 },
        model_without: model_without(request, found, unit)?.to_owned(),
    })
}
