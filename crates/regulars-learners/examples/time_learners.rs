//! Times learned models on a plain feature matrix, for `bench/ltv.sh`, without engine or ingest.
//!
//!   `time_learners` MATRIX [FOLDS] [--objectives] [--contributions]
//!
//! MATRIX holds the training customers and then the test customers: rows and columns as little-endian u64,
//! values as f64 column by column, then the target. The folds are those of scikit-learn; with 0 folds there
//! is no cross-validation. Prints one JSON object per model and one for all. `--objectives` adds models for
//! zero-inflated spend; early stopping then uses the test customers, so their scores are optimistic.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use regulars_learners::fit_all::{TrainingData, fit_all};
use regulars_learners::folds::Folds;
use regulars_learners::recipe::{
    ForestParams, LightGbmParams, Objective, Recipe, ValidRecipe, XgBoostParams,
};
use regulars_learners::{Features, Sample};
use regulars_stats::forecast_accuracy::forecast_metrics;

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, words): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let has = |flag: &str| flags.iter().any(|other| other == flag);
    let path = words.first().ok_or("usage: time_learners MATRIX [FOLDS]")?;
    let count: u32 = words.get(1).map_or(Ok(5), |word| word.parse())?;
    let content = fs_err::read(path)?;
    let mut rest = content.as_slice();
    let (train, holdout) = (part(&mut rest)?, part(&mut rest)?);
    let mut recipes = vec![
        Recipe::Linear,
        Recipe::Forest(ForestParams::default()),
        Recipe::XgBoost(XgBoostParams::default()),
        Recipe::LightGbm(LightGbmParams::default()),
    ];
    if has("--objectives") {
        for objective in [Objective::Tweedie { variance_power: 1.3 }, Objective::Hurdle] {
            recipes.push(Recipe::XgBoost(XgBoostParams { objective, ..XgBoostParams::default() }));
            recipes.push(Recipe::LightGbm(LightGbmParams { objective, ..LightGbmParams::default() }));
        }
    }
    let recipes = recipes.into_iter().map(Recipe::check).collect::<Result<Vec<ValidRecipe>, _>>()?;
    let folds = if count > 0 { Some(Folds::in_order(train.0.rows(), count)?) } else { None };
    let began = Instant::now();
    let validation = if has("--objectives") { Some(Sample::new(&holdout.0, &holdout.1)?) } else { None };
    let data = TrainingData {
        train: Sample::new(&train.0, &train.1)?,
        validation,
        folds: folds.as_ref(),
        clock: &|| began.elapsed().as_secs_f64(),
    };
    let outcomes = fit_all(&recipes, &data)?;
    let seconds = began.elapsed().as_secs_f64();
    let mut out = std::io::stdout().lock();
    let mut predicting = 0.0;
    for outcome in outcomes {
        let began = Instant::now();
        let predicted = outcome.fitted.predict(&holdout.0)?;
        let predict_seconds = began.elapsed().as_secs_f64();
        predicting += predict_seconds;
        let found = forecast_metrics(&holdout.1, &predicted)?;
        let mut line = serde_json::json!({
            "model": outcome.fitted.recipe,
            "trees": outcome.fitted.report.trees,
            "fit_seconds": outcome.fit_seconds,
            "predict_seconds": predict_seconds,
            "r2": found.errors.r2,
            "rmse": found.errors.rmse,
            "gini": found.gini,
            "bias": found.errors.bias,
            "cv_r2": outcome.cross_validation.and_then(|found| found.mean_r2),
        });
        if has("--contributions") {
            let began = Instant::now();
            let rows = outcome.fitted.contributions(&train.0)?.rows();
            line["contribution_microseconds_a_row"] =
                (began.elapsed().as_secs_f64() * 1e6 / rows as f64).into();
        }
        writeln!(out, "{line}")?;
    }
    let all = serde_json::json!({
        "stage": "ltv", "seconds": seconds + predicting, "rows": train.0.rows(), "features": train.0.width(),
    });
    writeln!(out, "{all}")?;
    Ok(())
}

/// Features and target of one part of the file.
fn part(rest: &mut &[u8]) -> Result<(Features, Vec<f64>), Box<dyn Error>> {
    let mut number = || -> Result<usize, Box<dyn Error>> {
        let (first, others) = rest.split_first_chunk::<8>().ok_or("the file ends early")?;
        *rest = others;
        Ok(usize::try_from(u64::from_le_bytes(*first))?)
    };
    let (rows, width) = (number()?, number()?);
    let (own, others) = rest.split_at_checked(8 * rows * (width + 1)).ok_or("the file ends early")?;
    *rest = others;
    let (values, _) = own.as_chunks::<8>();
    let values: Vec<f64> = values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let (values, target) = values.split_at(rows * width);
    let columns: Vec<&[f64]> = values.chunks_exact(rows.max(1)).collect();
    let names = (0..width).map(|number| format!("f{number}")).collect();
    Ok((Features::new(names, &columns)?, target.to_vec()))
}
