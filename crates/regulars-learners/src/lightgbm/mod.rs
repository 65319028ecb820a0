//! LightGBM 4.7, through `lightgbm3`: fits a model and predicts from its text.
//!
//! A booster never leaves its thread; between calls models are kept as text. The library is compiled
//! without OpenMP, so each call uses one thread. With OpenMP the number of threads would be process-wide
//! state and would change the order in which losses are added, so early stopping would depend on what other
//! models do at the same time.
//!
//! Deliberately not here: which model is fitted on which customers.

#[cfg(test)]
mod tests;

use lightgbm3::{Booster, Dataset, ImportanceType};
use serde_json::{Value, json};

use crate::contributions::Contributions;
use crate::error::Error;
use crate::features::{Features, Sample};
use crate::loss::Loss;
use crate::recipe::{ForestParams, LightGbmParams};

impl From<lightgbm3::Error> for Error {
    fn from(error: lightgbm3::Error) -> Self {
        let text = error.to_string();
        let message = text.strip_prefix("LightGBM error: ").unwrap_or(&text).to_owned();
        Self::Library { library: "LightGBM", message }
    }
}

/// LightGBM keeps a bin boundary only with at least this many customers on each side, whatever
/// `min_data_in_leaf` says; if no feature has one, it prints a warning to standard output.
const MIN_SIDE: usize = 20;

/// Whether any feature can split the customers in a way LightGBM accepts.
pub(crate) fn divides(features: &Features) -> bool {
    let rows = features.rows();
    rows >= 2 * MIN_SIDE
        && (0..features.width()).any(|number| {
            let mut values = features.column(number).to_vec();
            // Missing values sort last and form a side of their own.
            values.sort_unstable_by(f64::total_cmp);
            let (low, high) = (values[MIN_SIDE - 1], values[rows - MIN_SIDE]);
            low < high || (high.is_nan() && !low.is_nan())
        })
}

/// Boosting parameters under LightGBM's names.
pub(crate) fn boosting(params: &LightGbmParams, loss: Loss, rounds: u32, validated: bool) -> Value {
    let mut settings = common(loss, params.seed);
    settings["num_iterations"] = json!(rounds);
    settings["learning_rate"] = json!(params.learning_rate);
    settings["num_leaves"] = json!(params.leaves);
    settings["min_data_in_leaf"] = json!(params.min_rows_in_leaf);
    settings["feature_fraction_bynode"] = json!(params.feature_share);
    settings["lambda_l2"] = json!(params.l2);
    if params.row_share < 1.0 {
        settings["bagging_fraction"] = json!(params.row_share);
        settings["bagging_freq"] = json!(1);
    }
    if validated {
        settings["metric"] = json!(match loss {
            Loss::Squared => "l2",
            Loss::Tweedie(_) => "tweedie",
            Loss::Gamma => "gamma",
            Loss::Binary => "binary_logloss",
        });
        settings["early_stopping_rounds"] = json!(params.patience);
    }
    settings
}

/// Random forest parameters under LightGBM's names.
pub(crate) fn forest(params: &ForestParams) -> Value {
    let mut settings = common(Loss::Squared, params.seed);
    settings["boosting"] = json!("rf");
    settings["num_iterations"] = json!(params.trees);
    settings["num_leaves"] = json!(params.leaves);
    settings["min_data_in_leaf"] = json!(params.min_rows_in_leaf);
    settings["feature_fraction"] = json!(params.feature_share_of_tree);
    settings["feature_fraction_bynode"] = json!(params.feature_share);
    settings["bagging_fraction"] = json!(params.row_share);
    settings["bagging_freq"] = json!(1);
    settings
}

fn common(loss: Loss, seed: u32) -> Value {
    let mut settings = json!({
        "objective": match loss {
            Loss::Squared => "regression",
            Loss::Tweedie(_) => "tweedie",
            Loss::Gamma => "gamma",
            Loss::Binary => "binary",
        },
        "metric": "none",
        // LightGBM takes a signed seed.
        "seed": seed & 0x7fff_ffff,
        "deterministic": true,
        "force_row_wise": true,
        "num_threads": 1,
        "verbosity": -1,
    });
    if let Loss::Tweedie(power) = loss {
        settings["tweedie_variance_power"] = json!(power);
    }
    settings
}

/// A fitted model.
#[derive(Debug)]
pub(crate) struct TrainedModel {
    /// Model text in LightGBM's format.
    pub(crate) text: String,
    /// Number of trees.
    pub(crate) rounds: u32,
}

/// Fits a sample; with a validation sample, stops after `early_stopping_rounds` without improvement.
///
/// Contracts: a feature [`divides`] the sample (trusted).
pub(crate) fn train(
    sample: Sample<'_>,
    validation: Option<Sample<'_>>,
    settings: &Value,
) -> Result<TrainedModel, Error> {
    let features = sample.features;
    let mut data = dataset(sample, None)?;
    if features.names().iter().all(|name| is_plain(name)) {
        data.set_feature_names(features.names())?;
    }
    let validation = validation.map(|sample| dataset(sample, Some(&data))).transpose()?;
    let booster = Booster::train_with_valid(data, validation, settings)?;
    Ok(TrainedModel { text: booster.save_string()?, rounds: booster.num_iterations().unsigned_abs() })
}

fn dataset(sample: Sample<'_>, reference: Option<&Dataset>) -> Result<Dataset, Error> {
    let target: Vec<f32> = sample.target.iter().map(|value| *value as f32).collect();
    let (values, width) = (sample.features.values(), sample.features.width() as i32);
    let mut data = Dataset::from_slice_with_reference(values, &target, width, false, reference)?;
    if let Some(weight) = sample.weight {
        data.set_weights(&weight.iter().map(|value| *value as f32).collect::<Vec<_>>())?;
    }
    Ok(data)
}

/// Whether LightGBM keeps the name unchanged.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// Predicts a range of rows.
pub(crate) fn predict(
    text: &str,
    features: &Features,
    rows: std::ops::Range<usize>,
) -> Result<Vec<f64>, Error> {
    let booster = Booster::from_string(text)?;
    Ok(booster.predict(&features.column_major(rows), features.width() as i32, false)?)
}

/// Contributions of a range of rows, averaged over `trees` trees (1: summed).
pub(crate) fn contributions(
    text: &str,
    features: &Features,
    rows: std::ops::Range<usize>,
    trees: u32,
    log: bool,
) -> Result<Contributions, Error> {
    let booster = Booster::from_string(text)?;
    let width = features.width();
    let flat = booster.predict_contrib(&features.column_major(rows), width as i32, false)?;
    let share = 1.0 / f64::from(trees.max(1));
    let mut values = Vec::with_capacity(flat.len());
    let mut base = 0.0;
    for row in flat.chunks_exact(width + 1) {
        values.extend(row[..width].iter().map(|value| value * share));
        base = row[width] * share;
    }
    Ok(Contributions { width, values, base, log })
}

/// Total loss reduction from the splits on each feature.
pub(crate) fn gain(text: &str) -> Result<Vec<f64>, Error> {
    Ok(Booster::from_string(text)?.feature_importance(ImportanceType::Gain)?)
}
