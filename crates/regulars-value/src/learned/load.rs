//! Reads the learned models that a run has stored: every file is verified against the card before use.
//!
//! Deliberately not here: their forecasts (`stored_forecasts`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regulars_learners::churn::Churn;
use regulars_learners::conformal::GroupedIntervals;
use regulars_learners::features::check_names;
use regulars_learners::file::{hash, load, load_churn};
use regulars_learners::fitted::FittedLearner;
use serde::de::DeserializeOwned;

use super::card::{CARD, Card, EXPECTATION, FOLDER, FORMAT, INTERVALS, Sealed, versions};
use super::cutoffs::feature_names;
use super::expectation::{EXPECTED, ExpectationModels};
use super::recipes::{entry_named, model_keys};
use crate::error::{Error, Kind, Result};

/// The learned models of a run.
pub(crate) struct StoredModels {
    pub(super) card: Card,
    pub(super) expectation_models: ExpectationModels,
    /// In the order of the card; none for the blend.
    pub(super) fitted: Vec<Option<FittedLearner>>,
    pub(super) intervals: Vec<GroupedIntervals>,
    /// None if the buy-till-you-die model is used.
    pub(super) churn: Option<Churn>,
}

/// The files of a run's models, checked.
struct Files {
    folder: PathBuf,
    content: BTreeMap<String, Vec<u8>>,
}

/// Reads a run's stored models.
///
/// Errors: a file that is missing, truncated, modified, or of another version, with its name; models with
/// other features than the current ones, with the first that differs.
pub(crate) fn read_models(run: &Path) -> Result<StoredModels> {
    let folder = run.join(FOLDER);
    let card = read_card(&folder)?;
    let files = Files::read(folder, &card)?;
    let names = card.feature_names();
    let mut fitted = Vec::new();
    for model in &card.models {
        let Some(name) = &model.file else {
            fitted.push(None);
            continue;
        };
        let found = load(files.of(name)?, &mut |name| files.content.get(name).cloned());
        let found = found.map_err(|e| files.refused(name, &e.to_string()))?;
        check_names(&names, &found.features).map_err(|e| files.refused(name, &e.to_string()))?;
        fitted.push(Some(found));
    }
    let churn = card.churn.file.as_ref().map(|name| -> Result<Churn> {
        let found = load_churn(files.of(name)?, &mut |name| files.content.get(name).cloned());
        let found = found.map_err(|e| files.refused(name, &e.to_string()))?;
        check_names(&names, &found.features).map_err(|e| files.refused(name, &e.to_string()))?;
        Ok(found)
    });
    let expectation_models: ExpectationModels = files.json(EXPECTATION)?;
    expectation_models.purchases.model.check().map_err(|e| files.refused(EXPECTATION, &e.to_string()))?;
    let intervals: Vec<(String, GroupedIntervals)> = files.json(INTERVALS)?;
    if !intervals.iter().map(|(key, _)| key).eq(card.models.iter().map(|model| &model.key)) {
        return Err(files.refused(INTERVALS, "it does not match the models in the card"));
    }
    let intervals = intervals.into_iter().map(|(_, intervals)| intervals).collect();
    Ok(StoredModels { churn: churn.transpose()?, card, expectation_models, fitted, intervals })
}

fn read_card(folder: &Path) -> Result<Card> {
    let refused = |problem: &str| refused(&folder.join(CARD), problem);
    let text = fs_err::read(folder.join(CARD)).map_err(|e| unreadable(&folder.join(CARD), &e))?;
    let sealed: Sealed = serde_json::from_slice(&text).map_err(|e| refused(&e.to_string()))?;
    if sealed.format != FORMAT {
        return Err(refused(&format!("it has format {}, expected {FORMAT}", sealed.format)));
    }
    let found = hash(sealed.card.to_string().as_bytes());
    let card: Card = serde_json::from_value(sealed.card).map_err(|e| refused(&e.to_string()))?;
    // Checked first: a version mismatch says more than a modified file.
    check_names(&known_features(), &card.feature_names()).map_err(|e| refused(&e.to_string()))?;
    if found != sealed.hash {
        return Err(refused("it was modified after it was written"));
    }
    for model in &card.models {
        let entry = entry_named(&model.name);
        let known = model_keys().any(|(key, name)| key == model.key && name == model.name)
            && entry.is_some() == model.file.is_some()
            && entry.is_none_or(|entry| entry.learns_factor == model.learns_factor);
        if !known {
            return Err(refused(&format!(
                "this version does not support the model `{}` of this kind",
                model.key
            )));
        }
    }
    // The expectation has a weight, the blend has none.
    if card.blend.len() != card.models.len() {
        return Err(refused("the blend weights do not match its models"));
    }
    let chosen = card.chosen_key.as_ref();
    if chosen.is_some_and(|key| card.models.iter().all(|model| model.key != *key)) {
        return Err(refused("the chosen model is not among its models"));
    }
    Ok(card)
}

/// Features as computed by this version.
fn known_features() -> Vec<String> {
    feature_names().into_iter().chain(EXPECTED.map(str::to_owned)).collect()
}

fn refused(path: &Path, problem: &str) -> Error {
    Error {
        hint: Some("run again to create a new one".to_owned()),
        ..Error::new(Kind::Environment, format!("`{}` cannot be used: {problem}", path.display()))
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return refused(path, "it is missing");
    }
    Error::new(Kind::Environment, error.to_string())
}

impl Files {
    /// Reads every file listed in the card, and verifies length and hash.
    fn read(folder: PathBuf, card: &Card) -> Result<Self> {
        let mut content = BTreeMap::new();
        for file in &card.files {
            let path = folder.join(&file.name);
            let bytes = fs_err::read(&path).map_err(|e| unreadable(&path, &e))?;
            if bytes.len() != file.bytes {
                let problem = format!("it has {} bytes, expected {}", bytes.len(), file.bytes);
                return Err(refused(&path, &problem));
            }
            if hash(&bytes) != file.hash {
                return Err(refused(&path, "it was modified after it was written"));
            }
            content.insert(file.name.clone(), bytes);
        }
        Ok(Self { folder, content })
    }

    fn refused(&self, name: &str, problem: &str) -> Error {
        refused(&self.folder.join(name), problem)
    }

    fn of(&self, name: &str) -> Result<&[u8]> {
        let found = self.content.get(name).map(Vec::as_slice);
        found.ok_or_else(|| self.refused(CARD, &format!("it does not list `{name}`")))
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_slice(self.of(name)?).map_err(|e| self.refused(name, &e.to_string()))
    }
}

impl Card {
    fn feature_names(&self) -> Vec<String> {
        self.features.iter().map(|feature| feature.name.clone()).collect()
    }
}

impl StoredModels {
    /// Features that most customers of the run had.
    pub(crate) fn features_of_run(&self) -> impl Iterator<Item = &str> {
        let usual = self.card.features.iter().filter(|feature| feature.median != 0.0);
        usual.map(|feature| feature.name.as_str())
    }

    /// Index of the model used for the run's forecasts, if it is a learned one.
    pub(super) fn chosen(&self) -> Option<usize> {
        let key = self.card.chosen_key.as_ref()?;
        self.card.models.iter().position(|model| model.key == *key)
    }

    /// Whether one of these models is used for them.
    pub(crate) fn is_chosen(&self) -> bool {
        self.card.chosen_key.is_some()
    }

    /// Warnings on library versions.
    pub(crate) fn notes(&self) -> Vec<String> {
        let here = versions();
        let other = |(name, version): (&String, &String)| {
            let now = here.get(name).filter(|now| *now != version)?;
            Some(format!("the models were trained with {name} {version} and are used with {now}"))
        };
        self.card.versions.iter().filter_map(other).collect()
    }
}
