//! Writes the learned models of a run into its folder, with their card.

use std::path::Path;

use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_learners::conformal::GroupedIntervals;
use regulars_learners::file::{ModelFile, card_name, hash, save};
use serde::Serialize;

use super::Learned;
use super::card::{
    CARD, CHURN, Card, ChurnCard, Data, EXPECTATION, ExpectationCard, FOLDER, FORMAT, FeatureCard, FileCard,
    Holdout, INTERVALS, ModelCard, OF_HISTORY, Sealed, Weight, versions,
};
use super::churn::ChurnModel;
use super::forecasts::{LearnedModel, Table};
use super::recipes::{entry_named, key_of};
use crate::error::{Error, Kind, Result};

/// Results of model selection, for the card.
pub(crate) struct ModelChoice<'a> {
    /// Of every model, in their order.
    pub(crate) intervals: Vec<&'a GroupedIntervals>,
    /// The learned model used for the run's forecasts, if any.
    pub(crate) winner: Option<usize>,
    /// Otherwise the buy-till-you-die model used for them.
    pub(crate) of_kind: String,
    /// Spend over the horizon per unit of spend in the target days.
    pub(crate) over_horizon_of_all: f64,
    /// The first day of the shop, days since 1970.
    pub(crate) first_day: i64,
}

/// Writes models and card.
///
/// Contracts: the same models give the same bytes.
/// Errors: I/O; a number that is not finite, a bug in Regulars.
pub(crate) fn write_learned_models(dir: &Path, learned: &Learned, choice: &ModelChoice<'_>) -> Result<()> {
    let mut files = Vec::new();
    let keys: Vec<&str> = learned.models.iter().map(|model| key_of(model.name)).collect();
    for (model, key) in learned.models.iter().zip(&keys) {
        if let Some(fitted) = &model.fitted {
            files.extend(save(fitted, key)?);
        }
    }
    let churn = &learned.churned.models[learned.churned.chosen];
    if let Some(fitted) = &churn.fitted {
        files.extend(fitted.files(CHURN)?);
    }
    files.push(json_file(EXPECTATION, &learned.expectation_models)?);
    let intervals: Vec<(&str, &GroupedIntervals)> =
        keys.iter().copied().zip(choice.intervals.iter().copied()).collect();
    let bytes = serde_json::to_vec(&intervals).map_err(|e| internal(&e))?;
    files.push(ModelFile { name: INTERVALS.to_owned(), bytes });
    let card = Card {
        versions: versions(),
        data: data(learned, choice),
        features: features(&learned.now),
        expectation: ExpectationCard {
            model: learned.expectation.name().to_owned(),
            file: EXPECTATION.to_owned(),
            lower_bound: learned.now.lower_bound,
        },
        chosen: match choice.winner {
            Some(at) => learned.models[at].name.to_owned(),
            None => choice.of_kind.clone(),
        },
        chosen_key: choice.winner.map(|at| keys[at].to_owned()),
        models: learned.models.iter().zip(&keys).map(|(model, key)| model_card(model, key)).collect(),
        blend: [OF_HISTORY]
            .iter()
            .chain(&keys)
            .zip(&learned.weights)
            .map(|(key, weight)| Weight { key: (*key).to_owned(), weight: *weight })
            .collect(),
        churn: churn_card(churn),
        over_horizon: choice.over_horizon_of_all,
        files: files.iter().map(|file| FileCard::of(&file.name, &file.bytes)).collect(),
    };
    let card = serde_json::to_value(&card).map_err(|e| internal(&e))?;
    let sealed = Sealed { format: FORMAT, hash: hash(card.to_string().as_bytes()), card };
    files.push(json_file(CARD, &sealed)?);
    write(&dir.join(FOLDER), &files)
}

fn write(folder: &Path, files: &[ModelFile]) -> Result<()> {
    let failed =
        |e: std::io::Error| Error::new(Kind::Environment, format!("cannot write the learned models: {e}"));
    fs_err::create_dir_all(folder).map_err(failed)?;
    for file in files {
        fs_err::write(folder.join(&file.name), &file.bytes).map_err(failed)?;
    }
    Ok(())
}

fn json_file(name: &str, content: &impl Serialize) -> Result<ModelFile> {
    let mut bytes = serde_json::to_vec_pretty(content).map_err(|e| internal(&e))?;
    bytes.push(b'\n');
    Ok(ModelFile { name: name.to_owned(), bytes })
}

fn internal(error: &serde_json::Error) -> Error {
    Error::new(Kind::Internal, format!("a learned model cannot be serialised: {error}"))
}

fn data(learned: &Learned, choice: &ModelChoice<'_>) -> Data {
    let day = |day: i64| format_day(day * DAY_MICROS);
    Data {
        inputs: "manifest.json of the run, under `inputs`".to_owned(),
        customers: learned.now.features.rows(),
        first_day: day(choice.first_day),
        train_day: day(learned.split.train_day),
        test_day: day(learned.split.test_day),
        as_of_day: day(learned.split.as_of_day),
        target_days: learned.split.target_days(),
    }
}

fn features(now: &Table) -> Vec<FeatureCard> {
    let median = |column: &[f64]| {
        let mut values: Vec<f64> =
            column.iter().map(|value| if value.is_nan() { 0.0 } else { *value }).collect();
        let middle = values.len() / 2;
        *values.select_nth_unstable_by(middle, f64::total_cmp).1
    };
    let names = now.features.names().iter().enumerate();
    names
        .map(|(at, name)| FeatureCard { name: name.clone(), median: median(now.features.column(at)) })
        .collect()
}

fn model_card(model: &LearnedModel, key: &str) -> ModelCard {
    ModelCard {
        key: key.to_owned(),
        name: model.name.to_owned(),
        file: model.fitted.as_ref().map(|_| card_name(key)),
        learns_factor: entry_named(model.name).is_some_and(|entry| entry.learns_factor),
        level: model.level,
        holdout: Holdout::of(&model.accuracy),
        note: model.note.clone(),
    }
}

fn churn_card(model: &ChurnModel) -> ChurnCard {
    let probabilities = &model.accuracy.probabilities;
    ChurnCard {
        name: model.name.to_owned(),
        file: model.fitted.as_ref().map(|_| card_name(CHURN)),
        auc: probabilities.auc,
        brier: probabilities.brier,
        log_loss: probabilities.log_loss,
    }
}
