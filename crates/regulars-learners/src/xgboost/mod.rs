//! XGBoost 3.2, through `xgb`: fits a model and predicts from its bytes.
//!
//! A matrix of the library never leaves its thread; between calls models are kept as bytes (UBJSON). Each
//! call uses one thread.
//!
//! Deliberately not here: which model is fitted on which customers.

#[cfg(test)]
mod tests;

use xgb::parameters::BoosterParameters;
use xgb::{Booster, DMatrix};

use crate::contributions::Contributions;
use crate::error::Error;
use crate::features::{Features, Sample};
use crate::loss::Loss;
use crate::recipe::XgBoostParams;

impl From<xgb::XGBError> for Error {
    fn from(error: xgb::XGBError) -> Self {
        let text = error.to_string();
        // The first line is the message; the rest is a stack trace.
        let line = text.lines().next().unwrap_or_default();
        let message = line.strip_prefix("XGBoost error: ").unwrap_or(line).to_owned();
        Self::Library { library: "XGBoost", message }
    }
}

/// A fitted model.
#[derive(Debug)]
pub(crate) struct TrainedModel {
    /// Model bytes in XGBoost's format.
    pub(crate) bytes: Vec<u8>,
    /// Number of trees.
    pub(crate) rounds: u32,
}

/// Fits a sample; with a validation sample, stops after `patience` rounds without improvement and keeps the
/// best model.
pub(crate) fn train(
    sample: Sample<'_>,
    validation: Option<Sample<'_>>,
    params: &XgBoostParams,
    loss: Loss,
    rounds: u32,
) -> Result<TrainedModel, Error> {
    let data = matrix(sample)?;
    let validation_matrix = validation.map(|sample| matrix(sample)).transpose()?;
    let matrices: Vec<&DMatrix> = std::iter::once(&data).chain(&validation_matrix).collect();
    let mut booster = Booster::new_with_cached_dmats(&BoosterParameters::default(), &matrices)?;
    for (name, value) in settings(sample, params, loss) {
        booster.set_param(name, &value)?;
    }
    let names: Vec<&str> = sample.features.names().iter().map(String::as_str).collect();
    booster.set_feature_names(&names)?;
    let mut best = (f64::INFINITY, 0);
    let mut learned = 0;
    for round in 0..rounds {
        booster.update(&data, round as i32)?;
        learned = round + 1;
        let (Some(validation_matrix), Some(validation)) = (&validation_matrix, validation) else { continue };
        let predicted: Vec<f64> = booster.predict(validation_matrix)?.into_iter().map(f64::from).collect();
        let found = loss.mean(validation.target, &predicted, validation.weight);
        if found < best.0 {
            best = (found, learned);
        } else if learned - best.1 >= params.patience {
            break;
        }
    }
    if validation_matrix.is_some() && best.1 > 0 && best.1 < learned {
        learned = best.1;
        booster = booster.slice(0, learned as i32)?;
    }
    Ok(TrainedModel { bytes: booster.save_buffer(true)?, rounds: learned })
}

/// Parameters under XGBoost's names; they override those set by the crate.
fn settings(sample: Sample<'_>, params: &XgBoostParams, loss: Loss) -> Vec<(&'static str, String)> {
    // XGBoost's own default; the crate would start from 0.5.
    let mut settings = vec![
        ("verbosity", "0".to_owned()),
        ("nthread", "1".to_owned()),
        ("tree_method", "hist".to_owned()),
        (
            "objective",
            match loss {
                Loss::Squared => "reg:squarederror",
                Loss::Tweedie(_) => "reg:tweedie",
                Loss::Gamma => "reg:gamma",
                Loss::Binary => "binary:logistic",
            }
            .to_owned(),
        ),
        ("base_score", (sample.mean() as f32).to_string()),
        ("eta", params.learning_rate.to_string()),
        ("max_depth", params.depth.to_string()),
        ("min_child_weight", params.min_child_weight.to_string()),
        ("colsample_bytree", params.feature_share.to_string()),
        ("subsample", params.row_share.to_string()),
        ("lambda", params.l2.to_string()),
        ("seed", params.seed.to_string()),
    ];
    if let Loss::Tweedie(power) = loss {
        settings.push(("tweedie_variance_power", power.to_string()));
    }
    settings
}

fn matrix(sample: Sample<'_>) -> Result<DMatrix, Error> {
    let mut matrix = DMatrix::from_dense(&sample.features.row_major_f32(0..sample.rows()), sample.rows())?;
    matrix.set_labels(&sample.target.iter().map(|value| *value as f32).collect::<Vec<_>>())?;
    if let Some(weight) = sample.weight {
        matrix.set_weights(&weight.iter().map(|value| *value as f32).collect::<Vec<_>>())?;
    }
    Ok(matrix)
}

fn load(bytes: &[u8]) -> Result<Booster, Error> {
    let mut booster = Booster::load_buffer(bytes)?;
    booster.set_param("verbosity", "0")?;
    booster.set_param("nthread", "1")?;
    Ok(booster)
}

fn rows_of(features: &Features, rows: std::ops::Range<usize>) -> Result<DMatrix, Error> {
    let count = rows.len();
    Ok(DMatrix::from_dense(&features.row_major_f32(rows), count)?)
}

/// Predicts a range of rows.
pub(crate) fn predict(
    bytes: &[u8],
    features: &Features,
    rows: std::ops::Range<usize>,
) -> Result<Vec<f64>, Error> {
    Ok(load(bytes)?.predict(&rows_of(features, rows)?)?.into_iter().map(f64::from).collect())
}

/// Contributions of a range of rows.
pub(crate) fn contributions(
    bytes: &[u8],
    features: &Features,
    rows: std::ops::Range<usize>,
    log: bool,
) -> Result<Contributions, Error> {
    let width = features.width();
    let (flat, _) = load(bytes)?.predict_contributions(&rows_of(features, rows)?)?;
    let mut values = Vec::with_capacity(flat.len());
    let mut base = 0.0;
    for row in flat.chunks_exact(width + 1) {
        values.extend(row[..width].iter().map(|value| f64::from(*value)));
        base = f64::from(row[width]);
    }
    Ok(Contributions { width, values, base, log })
}

/// The model as JSON.
pub(crate) fn json(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(load(bytes)?.save_buffer(false)?)
}

/// Total loss reduction from the splits on each of the features.
pub(crate) fn gain(bytes: &[u8], names: &[String]) -> Result<Vec<f64>, Error> {
    let mut gains = vec![0.0; names.len()];
    for tree in load(bytes)?.dump_model_vec(true)? {
        // A split looks like `3:[f0<12.5] yes=7,no=8,missing=8,gain=41.5,cover=120`.
        for line in tree.lines() {
            let Some((name, rest)) = line.split_once('[').and_then(|(_, rest)| rest.rsplit_once('<')) else {
                continue;
            };
            let number = names.iter().position(|known| known == name);
            let gain =
                rest.split("gain=").nth(1).and_then(|rest| rest.split(',').next()?.parse::<f64>().ok());
            if let (Some(number), Some(gain)) = (number, gain) {
                gains[number] += gain;
            }
        }
    }
    Ok(gains)
}
