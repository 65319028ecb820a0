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
use super::value_result::ValueResult;
use crate::btyd::{Candidate, Losses, WithoutLargest, largest_row, ranked_by, without};
use crate::request::ValueRequest;
use crate::tables::money_minor;

/// Every learned model without that customer, in their order.
pub(crate) fn learned_without(found: &ValueResult, unit: f64) -> Vec<Option<WithoutLargest>> {
    let kept = found.base.calibration.as_ref();
    let row = kept.and_then(|kept| Some((kept, largest_row(kept)?)));
    let of = |holdout_forecast: &[f64]| {
        let (kept, row) = row?;
        let actual: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / unit).collect();
        without(&actual, holdout_forecast, row)
    };
    found.learned_models().iter().map(|model| of(&model.holdout_forecast)).collect()
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
fn model_without(request: &ValueRequest<'_>, found: &ValueResult, unit: f64) -> Option<&'static str> {
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
pub(super) fn largest(request: &ValueRequest<'_>, found: &ValueResult) -> Option<LargestInHoldout> {
    let unit = request.money_unit();
    let kept = found.base.calibration.as_ref()?;
    let row = largest_row(kept)?;
    let total: i64 = kept.spend_minor.iter().sum();
    Some(LargestInHoldout {
        customer_id: array_value_to_string(&request.rfm.customer_id, kept.rows[row]? as usize).ok()?,
        actual_minor: kept.spend_minor[row],
        expected_minor: money_minor(*found.holdout_forecast.value.get(row)?, unit),
        share: if total > 0 { kept.spend_minor[row] as f64 / total as f64 } else { 1.0 },
        model_without: model_without(request, found, unit)?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::valued;
    use super::*;
    use crate::testing::{FIRST_DAY, Shop, orders, quick};

    #[test]
    fn the_largest_of_the_holdout_is_named_with_its_share() {
        let mut all = orders(320, 500, 7);
        // Customer 5 is known before the holdout, and buys for 9,000.00 in it.
        all.push((5, 100, 1000));
        all.push((5, 480, 900_000));
        let (shop, config) = (Shop::new(all), quick());
        let request = shop.request(&config, &[]);
        let found = valued(&shop, &request);
        let one = largest(&request, &found).expect("somebody spent");
        let (end, as_of) = (FIRST_DAY + 499 - 90, FIRST_DAY + 499);
        assert_eq!(one.customer_id, "5");
        assert_eq!(one.actual_minor, shop.cents_of(5, end, as_of));
        let total: i64 = (1..=320)
            .filter(|customer| !shop.days_of(*customer, end).is_empty())
            .map(|customer| shop.cents_of(customer, end, as_of))
            .sum();
        assert!((one.share - one.actual_minor as f64 / total as f64).abs() < 1e-12, "{}", one.share);
        let kept = found.base.calibration.as_ref().expect("split");
        let row = largest_row(kept).expect("somebody spent");
        assert_eq!(kept.spend_minor[row], one.actual_minor);
        assert_eq!(one.expected_minor, (found.holdout_forecast.value[row] * 100.0).round() as i64);
        // Without it one of the candidates is chosen; learned models there are none.
        let names: Vec<&str> = found.candidates.iter().map(|one| one.kind.name()).collect();
        assert!(names.contains(&one.model_without.as_str()));
        assert!(learned_without(&found, 100.0).is_empty());
    }

    #[test]
    fn nobody_is_the_largest_if_nobody_spent() {
        let (shop, config) = (Shop::usual(), quick());
        let request = shop.request(&config, &[]);
        let mut found = valued(&shop, &request);
        let kept = found.base.calibration.as_mut().expect("split");
        kept.spend_minor.fill(0);
        assert!(largest(&request, &found).is_none());
        found.base.calibration = None;
        assert!(largest(&request, &found).is_none());
    }

    #[test]
    fn without_the_largest_the_better_of_the_others_is_chosen() {
        let config = regulars_core::config::LifetimeValue { criterion: Criterion::LogLikelihood, ..quick() };
        let shop = Shop::usual();
        let request = shop.request(&config, &[]);
        let mut found = valued(&shop, &request);
        let names: Vec<&str> = found.candidates.iter().map(|one| one.kind.name()).collect();
        for (best, name) in names.into_iter().enumerate() {
            for (at, candidate) in found.candidates.iter_mut().enumerate() {
                let mut without = candidate.without.expect("judged");
                without.log_likelihood = if at == best { -1.0 } else { -2.0 };
                candidate.without = Some(without);
            }
            assert_eq!(model_without(&request, &found, 100.0), Some(name));
        }
        for candidate in &mut found.candidates {
            candidate.without = None;
        }
        assert_eq!(model_without(&request, &found, 100.0), None);
    }
}
