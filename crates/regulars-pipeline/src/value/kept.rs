//! The model that a run keeps, so that it can predict other customers later: `models/value.json`.

use std::path::Path;

use regulars_core::config::{Grain, RatePeriod};
use regulars_models::lifetime::model::Fitted;
use serde::{Deserialize, Serialize};

use super::spend::SpendModel;
use super::{ValueRequest, Valued};
use crate::error::{Error, Kind, Result};

/// The kept model, within the folder of a run.
const MODEL_FILE: &str = "models/value.json";

/// The models of purchases and spend with what they were asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The version of this file's format; 1.
    pub(crate) version: u32,
    /// What is one purchase.
    pub(crate) grain: Grain,
    pub(crate) horizon_days: u32,
    pub(crate) discount_rate: f64,
    pub(crate) discount_period: RatePeriod,
    pub(crate) interval_level: f64,
    /// Decimals of the currency that the model of spend was fitted in.
    pub(crate) money_decimals: u8,
    pub(crate) purchases: Fitted,
    pub(crate) spend: SpendModel,
}

impl Kept {
    pub(super) fn of(request: &ValueRequest<'_>, found: &Valued) -> Self {
        let settings = &request.config.value;
        Self {
            version: 1,
            grain: settings.grain,
            horizon_days: settings.horizon_days,
            discount_rate: settings.discount_rate,
            discount_period: settings.discount_period,
            interval_level: settings.interval_level,
            money_decimals: request.money_decimals,
            purchases: found.fitted.clone(),
            spend: found.spend.clone(),
        }
    }
}

pub(super) fn write_model(dir: &Path, kept: &Kept) -> Result<()> {
    let failed = |e: String| Error::new(Kind::Surroundings, format!("cannot write `{MODEL_FILE}`: {e}"));
    let text = serde_json::to_vec_pretty(kept).map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
    let path = dir.join(MODEL_FILE);
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
    }
    fs_err::write(path, text).map_err(|e| failed(e.to_string()))
}

/// Reads the kept model of a run; `None` if the run has none.
///
/// Errors: a file that is there and is no model, or one with parameters that no model can have.
pub(crate) fn read_model(dir: &Path) -> Result<Option<Kept>> {
    let path = dir.join(MODEL_FILE);
    let text = match fs_err::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::new(Kind::Surroundings, error.to_string())),
    };
    let refused = |e: String| Error {
        hint: Some("run again to make a new one".to_owned()),
        ..Error::new(Kind::Surroundings, format!("`{}` is no model of lifetime value: {e}", path.display()))
    };
    let kept: Kept = serde_json::from_slice(&text).map_err(|e| refused(e.to_string()))?;
    kept.purchases.model.check().map_err(|e| refused(e.to_string()))?;
    Ok(Some(kept))
}
