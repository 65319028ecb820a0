//! Tables of the learned models; empty without any.

use regulars_core::dates::DAY_MICROS;
use regulars_core::tables::{
    churn_comparison, churn_reliability, feature_importance, ltv_deciles, ltv_dependence, ltv_drivers,
    ltv_origins,
};
use regulars_learners::contributions::Driver;
use regulars_learners::explain::PermutationImportance;

use super::groups::highest_first;
use super::value_result::ValueResult;
use crate::error::Result;
use crate::histories::ids_of;
use crate::learned::{ChurnModel, Importance, Learned, PartialDependence};
use crate::request::ValueRequest;
use crate::tables::money_minor;
use crate::tables::{whole, words, write, write_rows};

/// Features that `expected_value` combines.
const PARTS_OF_EXPECTATION: [&str; 4] =
    ["p_alive", "p_purchase", "expected_purchases", "expected_order_value"];

/// Features with partial dependence.
const SHOWN: usize = 6;

/// Drivers of the learned models.
#[derive(Debug, Default)]
pub(super) struct Explained {
    pub(super) importance: Vec<Importance>,
    /// The best learned model, and its permutation importance.
    pub(super) best: Option<(usize, Vec<PermutationImportance>)>,
    pub(super) dependence: Vec<PartialDependence>,
    /// Per customer, if a learned model was chosen.
    pub(super) drivers: Vec<Vec<Driver>>,
}

/// Explains the learned models, if there are any.
pub(super) fn explain(request: &ValueRequest<'_>, found: &ValueResult) -> Result<Explained> {
    let (Some(learned), Some(kept)) = (found.learned.done(), &found.base.calibration) else {
        return Ok(Explained::default());
    };
    let unit = request.money_unit();
    let spend: Vec<f64> = kept.spend_minor.iter().map(|minor| *minor as f64 / unit).collect();
    let (parts, responses) = rayon::join(
        || -> Result<_> {
            let winner = found.intervals.winner;
            let drivers = winner.map_or_else(|| Ok(Vec::new()), |winner| learned.drivers(winner))?;
            Ok((drivers, learned.importance()?))
        },
        || responses(found, learned, &spend, request.seed),
    );
    let ((drivers, importance), (best, dependence)) = (parts?, responses?);
    Ok(Explained { importance, best, dependence, drivers })
}

/// The best learned model with its permutation importance, and its partial dependence.
type Responses = (Option<(usize, Vec<PermutationImportance>)>, Vec<PartialDependence>);

fn responses(found: &ValueResult, learned: &Learned, spend: &[f64], seed: u64) -> Result<Responses> {
    let Some(best) = found.intervals.winner.or_else(|| learned.best()) else { return Ok((None, Vec::new())) };
    let permuted = learned.permuted(best, spend, seed)?;
    let increase: Vec<f64> = permuted.iter().map(|one| one.mean).collect();
    // Inputs of the expectation cannot vary while it is fixed.
    let part = |at: &usize| PARTS_OF_EXPECTATION.contains(&learned.features()[*at].as_str());
    let shown: Vec<usize> = highest_first(&increase).into_iter().filter(|at| !part(at)).take(SHOWN).collect();
    Ok((Some((best, permuted)), learned.dependence(best, &shown)?))
}

pub(super) fn write_tables(
    request: &ValueRequest<'_>,
    found: &ValueResult,
    explained: &Explained,
) -> Result<()> {
    let unit = request.money_unit();
    write_rows(request.dir, &dependence_rows(found, explained, unit))?;
    write_drivers(request, found, explained, unit)?;
    write_rows(request.dir, &origin_rows(found, unit))
}

/// Churn models, by their accuracy in the holdout period.
pub(super) fn churn_rows(found: &ValueResult) -> Vec<churn_comparison::Row> {
    let Some(learned) = found.learned.done() else { return Vec::new() };
    let row = |(at, model): (usize, &ChurnModel)| churn_comparison::Row {
        model: model.name.to_owned(),
        chosen: at == learned.churned.chosen,
        auc: model.accuracy.probabilities.auc,
        brier: model.accuracy.probabilities.brier,
        log_loss: model.accuracy.probabilities.log_loss,
    };
    learned.churned.models.iter().enumerate().map(row).collect()
}

/// Observed churn rate by band of predicted probability.
pub(super) fn reliability_rows(found: &ValueResult) -> Vec<churn_reliability::Row> {
    let models = found.learned.done().map_or(&[][..], |learned| &learned.churned.models);
    let mut rows = Vec::new();
    for model in models {
        rows.extend(model.accuracy.reliability.iter().map(|band| churn_reliability::Row {
            model: model.name.to_owned(),
            customers: band.customers as u64,
            mean_predicted: band.mean_predicted,
            observed_rate: band.observed_rate,
        }));
    }
    rows
}

/// Importance of the features by model; permutation importance for the best model only.
pub(super) fn importance_rows(
    found: &ValueResult,
    explained: &Explained,
    unit: f64,
) -> Vec<feature_importance::Row> {
    let best = explained.best.as_ref().map(|(at, permuted)| (found.learned_models()[*at].name, permuted));
    let features = found.learned.done().map_or(0, |learned| learned.features().len());
    let row = |(at, one): (usize, &Importance)| {
        // Features of a model are contiguous.
        let permuted =
            best.filter(|(name, _)| one.model == *name).map(|(_, permuted)| permuted[at % features]);
        feature_importance::Row {
            model: one.model.to_owned(),
            feature: one.feature.clone(),
            gain: one.gain,
            mean_contribution_minor: one.contribution * unit,
            rmse_increase_minor: permuted.map(|permuted| permuted.mean * unit),
            rmse_increase_sd_minor: permuted.map(|permuted| permuted.sd * unit),
        }
    };
    explained.importance.iter().enumerate().map(row).collect()
}

/// The features whose shuffling harms the best model, most harmful first.
pub(super) fn most_important(rows: &[feature_importance::Row], most: usize) -> Vec<feature_importance::Row> {
    let harm = |row: &feature_importance::Row| row.rmse_increase_minor.unwrap_or(0.0);
    let mut rows: Vec<_> = rows.iter().filter(|row| harm(row) > 0.0).cloned().collect();
    rows.sort_by(|one, other| harm(other).total_cmp(&harm(one)));
    rows.truncate(most);
    rows
}

/// Partial dependence of the best learned model on its most important features.
fn dependence_rows(found: &ValueResult, explained: &Explained, unit: f64) -> Vec<ltv_dependence::Row> {
    let Some(learned) = found.learned.done() else { return Vec::new() };
    let model = explained.best.as_ref().map_or("", |(at, _)| learned.models[*at].name);
    let mut rows = Vec::new();
    for one in &explained.dependence {
        rows.extend(one.points.iter().map(|point| ltv_dependence::Row {
            model: model.to_owned(),
            feature: learned.features()[one.feature].clone(),
            value: point.value,
            mean_spend_minor: point.prediction * unit,
        }));
    }
    rows
}

/// Main drivers of each customer's forecast; none if a buy-till-you-die model makes it.
fn write_drivers(
    request: &ValueRequest<'_>,
    found: &ValueResult,
    explained: &Explained,
    unit: f64,
) -> Result<()> {
    let mut customers = Vec::new();
    let mut ranks = Vec::new();
    let mut features = Vec::new();
    let mut effects = Vec::new();
    for (row, drivers) in explained.drivers.iter().enumerate() {
        for (rank, driver) in drivers.iter().enumerate() {
            customers.push(row as u32);
            ranks.push(rank as i64 + 1);
            features.push(driver.feature as u8);
            effects.push(money_minor(driver.contribution * found.intervals.over_horizon[row], unit));
        }
    }
    let names = found.learned.done().map_or(&[][..], Learned::features);
    let columns = ltv_drivers::Columns {
        customer_id: ids_of(&request.rfm.customer_id, &customers)?,
        rank: whole(&ranks),
        feature: words(&features, names),
        effect_minor: whole(&effects),
    };
    write(request.dir, columns.into_list())
}

/// Predicted and actual by decile of each model's own forecast, highest first.
pub(super) fn decile_rows(found: &ValueResult, unit: f64) -> Vec<ltv_deciles::Row> {
    let baselines = found.baselines.iter().map(|baseline| (baseline.name, &baseline.spend));
    let mut rows = Vec::new();
    for (name, spend) in found.spend_of_models().chain(baselines) {
        let coverage = found.coverage_of(name);
        for (number, group) in spend.deciles.iter().rev().enumerate() {
            let held = coverage.and_then(|coverage| coverage.by_decile.iter().rev().nth(number));
            rows.push(ltv_deciles::Row {
                model: name.to_owned(),
                decile: number as u64 + 1,
                customers: group.customers as u64,
                actual_minor: group.mean_actual * unit,
                expected_minor: group.mean_forecast * unit,
                coverage: held.map(|(_, share)| *share),
            });
        }
    }
    rows
}

/// Accuracy at earlier origins; empty unless requested.
fn origin_rows(found: &ValueResult, unit: f64) -> Vec<ltv_origins::Row> {
    let mut rows = Vec::new();
    for origin in found.learned.done().map_or(&[][..], |learned| &learned.origins) {
        rows.extend(origin.models.iter().map(|(model, spend)| ltv_origins::Row {
            origin: origin.day * DAY_MICROS,
            customers: origin.customers as u64,
            model: (*model).to_owned(),
            r2: spend.errors.r2,
            mae_minor: spend.errors.mae * unit,
            rmse_minor: spend.errors.rmse * unit,
            bias: spend.errors.bias,
            spearman: spend.spearman,
            gini: spend.gini,
            top_decile_share: spend.top_decile_share,
        }));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(feature: &str, increase: Option<f64>) -> feature_importance::Row {
        feature_importance::Row {
            model: "LightGBM".to_owned(),
            feature: feature.to_owned(),
            gain: None,
            mean_contribution_minor: 1.0,
            rmse_increase_minor: increase,
            rmse_increase_sd_minor: None,
        }
    }

    #[test]
    fn the_most_harmful_features_come_first_and_harmless_ones_not_at_all() {
        let rows = [
            row("a", Some(1.0)),
            row("b", None),
            row("c", Some(3.0)),
            row("d", Some(-2.0)),
            row("e", Some(0.5)),
            row("f", Some(3.0)),
        ];
        let of = |most: usize| -> Vec<String> {
            most_important(&rows, most).into_iter().map(|row| row.feature).collect()
        };
        assert_eq!(of(10), ["c", "f", "a", "e"]);
        assert_eq!(of(2), ["c", "f"]);
        assert!(of(0).is_empty());
    }
}
