//! The models that a run stores to predict other customers later: `models/value.json`; learned models are
//! stored beside it ([`crate::learned`]).

use std::path::Path;

use regulars_core::config::{Grain, RatePeriod};
use regulars_learners::file::hash;
use regulars_models::lifetime::model::FittedLifetimeModel;
use regulars_store::Run;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::value_result::ValueResult;
use crate::btyd::SpendModel;
use crate::error::{Error, Kind, Result};
use crate::learned::{self, ModelChoice};
use crate::request::ValueRequest;

/// The stored model, relative to the run's folder.
const MODEL_FILE: &str = "models/value.json";

/// Format version.
const FORMAT: u32 = 1;

/// The key of the hash over all other keys.
const HASH: &str = "hash";

/// The models of purchases and spend, with their settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredValueModel {
    /// Format version of this file; 1.
    pub(crate) version: u32,
    /// Granularity of a purchase.
    pub(crate) grain: Grain,
    pub(crate) horizon_days: u32,
    pub(crate) discount_rate: f64,
    pub(crate) discount_period: RatePeriod,
    pub(crate) interval_level: f64,
    /// Decimals of the currency used to fit the spend model.
    pub(crate) money_decimals: u8,
    pub(crate) purchases: FittedLifetimeModel,
    pub(crate) spend: SpendModel,
    /// Number of parameter draws for the intervals: the same for other customers.
    #[serde(default)]
    pub(crate) draws: Option<usize>,
    /// Whether learned models are stored, too.
    #[serde(default)]
    pub(crate) learned: bool,
}

impl StoredValueModel {
    pub(super) fn of(request: &ValueRequest<'_>, found: &ValueResult) -> Self {
        let settings = request.config;
        Self {
            version: FORMAT,
            grain: settings.grain,
            horizon_days: settings.horizon_days,
            discount_rate: settings.discount_rate,
            discount_period: settings.discount_period,
            interval_level: settings.interval_level,
            money_decimals: request.money_decimals,
            purchases: found.fitted.clone(),
            spend: found.spend.clone(),
            draws: Some(found.forecast.draws),
            learned: found.learned.done().is_some(),
        }
    }
}

/// Writes all models into the run's folder.
pub(super) fn write_models(request: &ValueRequest<'_>, found: &ValueResult) -> Result<()> {
    write_model(request.dir, &StoredValueModel::of(request, found))?;
    let Some(learned) = found.learned.done() else { return Ok(()) };
    let intervals = &found.intervals;
    let choice = ModelChoice {
        intervals: intervals.learned.iter().map(|model| &model.intervals).collect(),
        winner: intervals.winner,
        of_kind: found.fitted.report.model.clone(),
        over_horizon_of_all: intervals.over_horizon_of_all,
        first_day: found.days.first,
    };
    learned::write_learned_models(request.dir, learned, &choice)
}

fn write_model(dir: &Path, kept: &StoredValueModel) -> Result<()> {
    let failed = |e: String| Error::new(Kind::Environment, format!("cannot write `{MODEL_FILE}`: {e}"));
    let internal = |e: serde_json::Error| Error::new(Kind::Internal, e.to_string());
    let mut value = serde_json::to_value(kept).map_err(internal)?;
    value[HASH] = hash(value.to_string().as_bytes()).into();
    let text = serde_json::to_vec_pretty(&value).map_err(internal)?;
    let path = dir.join(MODEL_FILE);
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
    }
    fs_err::write(path, text).map_err(|e| failed(e.to_string()))
}

/// Reads a model's text and verifies its hash. Runs of an earlier version have none.
fn unchanged(text: &[u8]) -> Result<StoredValueModel, String> {
    let mut value: Value = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    let expected = value.as_object_mut().and_then(|object| object.shift_remove(HASH));
    if expected.is_some_and(|expected| expected != hash(value.to_string().as_bytes())) {
        return Err("it was modified after it was written".to_owned());
    }
    let kept: StoredValueModel = serde_json::from_value(value).map_err(|e| e.to_string())?;
    if kept.version != FORMAT {
        return Err(format!("it has format {}, expected {FORMAT}", kept.version));
    }
    kept.purchases.model.check().map_err(|e| e.to_string())?;
    Ok(kept)
}

/// Reads the stored model of a run; `None` if the run has none.
///
/// Errors: a file that is not a valid model, or has impossible parameters.
pub(crate) fn read_model(dir: &Path) -> Result<Option<StoredValueModel>> {
    let path = dir.join(MODEL_FILE);
    let text = match fs_err::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::new(Kind::Environment, error.to_string())),
    };
    unchanged(&text).map(Some).map_err(|problem| refused(&path, &problem))
}

/// The error for a run whose model file is missing.
pub(crate) fn missing_model(run: &Run) -> Error {
    refused(&run.dir.join(MODEL_FILE), "it is missing")
}

fn refused(path: &Path, problem: &str) -> Error {
    Error {
        hint: Some("run again to create a new one".to_owned()),
        ..Error::new(
            Kind::Environment,
            format!("`{}` is not a valid lifetime value model: {problem}", path.display()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::valued;
    use super::*;
    use crate::testing::{Shop, quick};

    /// The shop's model, stored in its folder.
    fn stored(shop: &Shop) -> StoredValueModel {
        let config = quick();
        let request = shop.request(&config, &[]);
        let found = valued(shop, &request);
        write_models(&request, &found).expect("written");
        StoredValueModel::of(&request, &found)
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let shop = Shop::usual();
        let kept = stored(&shop);
        let read = read_model(shop.folder.path()).expect("valid").expect("there");
        assert_eq!((read.version, read.horizon_days, read.money_decimals), (1, 90, 2));
        assert_eq!((read.grain, read.draws, read.learned), (Grain::Day, kept.draws, false));
        assert!((read.interval_level - 0.9).abs() < 1e-12 && read.discount_rate.abs() < 1e-12);
        assert_eq!(read.purchases.model.parameters(), kept.purchases.model.parameters());
        for (x, mean) in [(0.0, 0.0), (1.0, 10.0), (7.0, 45.5)] {
            assert!((read.spend.expected(x, mean) - kept.spend.expected(x, mean)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_run_without_a_model_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read_model(folder.path()).expect("no failure").is_none());
    }

    #[test]
    fn a_changed_model_is_refused() {
        let shop = Shop::usual();
        stored(&shop);
        let path = shop.folder.path().join(MODEL_FILE);
        let text = fs_err::read_to_string(&path).expect("text");
        let refused = |text: &str| {
            fs_err::write(&path, text).expect("written");
            read_model(shop.folder.path()).err().map(|error| error.kind)
        };
        assert_eq!(refused(&text), None);
        assert_eq!(
            refused(&text.replace("\"horizon_days\": 90", "\"horizon_days\": 91")),
            Some(Kind::Environment)
        );
        assert_eq!(refused("{}"), Some(Kind::Environment));
        assert_eq!(refused(&text[..text.len() / 2]), Some(Kind::Environment));
        // Spaces between values are no change.
        let compact = serde_json::from_str::<Value>(&text).expect("text").to_string();
        assert_eq!(refused(&compact), None);
    }

    #[test]
    fn files_of_another_version_or_with_impossible_parameters_are_refused() {
        let shop = Shop::usual();
        stored(&shop);
        let path = shop.folder.path().join(MODEL_FILE);
        let text = fs_err::read_to_string(&path).expect("text");
        // Files of the first versions have no hash.
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut value: Value = serde_json::from_str(&text).expect("text");
            value.as_object_mut().expect("an object").shift_remove(HASH);
            change(&mut value);
            unchanged(value.to_string().as_bytes()).map(|kept| kept.horizon_days)
        };
        assert_eq!(changed(&|_| {}), Ok(90));
        assert_eq!(changed(&|value| value["horizon_days"] = 30.into()), Ok(30));
        assert!(changed(&|value| value["version"] = 2.into()).is_err());
        assert!(changed(&|value| value["purchases"]["model"] = "unknown".into()).is_err());
        let first = |value: &mut Value| {
            let parameters = value["purchases"].as_object_mut().expect("an object");
            if parameters.contains_key("r") {
                parameters["r"] = (-1.0).into();
            } else {
                value["purchases"]["params"]["r"] = (-1.0).into();
            }
        };
        assert!(changed(&first).is_err());
    }
}
