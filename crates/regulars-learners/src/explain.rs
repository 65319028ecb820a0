//! Model-agnostic explanations: how predictions respond when a feature is changed.
//!
//! Deliberately not here: contributions to single predictions (`contributions`), and causality: what a
//! model uses need not be what makes customers spend.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use regulars_stats::forecast_accuracy as forecast;
use regulars_stats::intervals::quantile_of_sorted;

use crate::error::Error;
use crate::features::{Features, Sample};

/// Permutation importance of one feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PermutationImportance {
    /// Mean rise in RMSE when the feature's values are shuffled; near 0, or slightly negative by chance,
    /// for an unused feature.
    pub mean: f64,
    /// Standard deviation over the shuffles.
    pub sd: f64,
}

/// Prediction function to explain: one number per customer, from a single model, a blend or anything else.
pub type Predict<'a> = dyn Fn(&Features) -> Result<Vec<f64>, Error> + Sync + 'a;

/// Customers per call, so that models are loaded once for all of them.
const ROWS_AT_ONCE: usize = 32_768;

/// Computes the permutation importance of each feature on customers that the model was not fitted on.
///
/// Correlated features look unimportant, because the others remain.
///
/// Shape: one value per feature; does not depend on the number of threads.
/// Errors: [`Error::Setting`] without a shuffle; those of `predict`.
/// Source: Breiman (2001), section 10, on the holdout.
pub fn permutation_importance(
    predict: &Predict<'_>,
    holdout: Sample<'_>,
    n_repeats: u32,
    seed: u64,
) -> Result<Vec<PermutationImportance>, Error> {
    if n_repeats == 0 {
        return Err(Error::Setting { name: "deals", value: "0".into(), expected: "at least 1" });
    }
    let rmse = |predicted: &[f64]| -> Result<f64, Error> {
        Ok(forecast::forecast_errors(holdout.target, predicted)?.rmse)
    };
    let before = rmse(&predict(holdout.features)?)?;
    let jobs: Vec<usize> = (0..holdout.features.width() * n_repeats as usize).collect();
    let of_jobs = |jobs: &[usize]| -> Result<Vec<f64>, Error> {
        let dealt = jobs.iter().map(|job| {
            let number = job / n_repeats as usize;
            let mut column = holdout.features.column(number).to_vec();
            // One random stream per job, so that jobs are independent.
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(*job as u64);
            column.shuffle(&mut rng);
            (number, column)
        });
        let predicted = predict(&holdout.features.with_each(&dealt.collect::<Vec<_>>()))?;
        predicted.chunks_exact(holdout.rows()).map(|predicted| Ok(rmse(predicted)? - before)).collect()
    };
    let increases = in_pieces(&jobs, holdout.rows(), of_jobs)?;
    Ok(increases
        .chunks_exact(n_repeats as usize)
        .map(|of_feature| {
            let count = of_feature.len() as f64;
            let mean = of_feature.iter().sum::<f64>() / count;
            let variance =
                of_feature.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
            PermutationImportance { mean, sd: variance.sqrt() }
        })
        .collect())
}

/// Runs `of` for each job, several jobs at a time within the limit of customers per call.
fn in_pieces<T: Sync, R: Send>(
    jobs: &[T],
    rows: usize,
    of: impl Fn(&[T]) -> Result<Vec<R>, Error> + Sync + Send,
) -> Result<Vec<R>, Error> {
    let at_once = (ROWS_AT_ONCE / rows.max(1)).max(1);
    let parts: Vec<Vec<R>> = jobs.par_chunks(at_once).with_max_len(1).map(of).collect::<Result<_, _>>()?;
    Ok(parts.into_iter().flatten().collect())
}

/// One point of a partial dependence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dependence {
    /// Feature value.
    pub value: f64,
    /// Mean prediction if all customers had this value.
    pub prediction: f64,
}

/// Computes the partial dependence of the mean prediction on one feature.
///
/// Shape: at most `points` points, ascending: distinct quantiles of the feature's known values; none if all
/// are missing. `rows` limits the customers used; they are evenly spaced.
/// Errors: [`Error::Setting`] for an unknown feature, fewer than two points or no row; those of `predict`.
/// Source: Friedman (2001), section 8.2.
pub fn partial_dependence(
    predict: &Predict<'_>,
    features: &Features,
    feature: usize,
    points: usize,
    rows: usize,
) -> Result<Vec<Dependence>, Error> {
    for (name, value, least, most) in [
        ("feature", feature, 0, features.width() - 1),
        ("points", points, 2, usize::MAX),
        ("rows", rows, 1, usize::MAX),
    ] {
        if !(least..=most).contains(&value) {
            let expected = "an existing feature";
            return Err(Error::Setting { name, value: value.to_string(), expected });
        }
    }
    let mut known: Vec<f64> =
        features.column(feature).iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let mut points: Vec<f64> =
        (0..points).map(|n| quantile_of_sorted(&known, n as f64 / (points - 1) as f64)).collect();
    points.dedup();
    let sampled = rows.min(features.rows());
    let sampled_rows: Vec<usize> = (0..sampled).map(|n| n * features.rows() / sampled).collect();
    let sample = features.of_rows(&sampled_rows);
    in_pieces(&points, sampled, |points| {
        let at: Vec<(usize, Vec<f64>)> =
            points.iter().map(|value| (feature, vec![*value; sampled])).collect();
        let predicted = predict(&sample.with_each(&at))?;
        let mean = |predicted: &[f64]| predicted.iter().sum::<f64>() / sampled as f64;
        let means = predicted.chunks_exact(sampled).map(mean);
        Ok(points
            .iter()
            .zip(means)
            .map(|(value, prediction)| Dependence { value: *value, prediction })
            .collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::shop;
    use crate::fitted::{FittedLearner, fit};
    use crate::recipe::{LightGbmParams, Recipe};

    fn models(train: &(Features, Vec<f64>)) -> [FittedLearner; 2] {
        let trees = Recipe::LightGbm(LightGbmParams { rounds: 60, ..LightGbmParams::default() });
        [Recipe::Linear, trees].map(|recipe| {
            let sample = Sample::new(&train.0, &train.1).unwrap();
            fit(&recipe.check().unwrap(), sample, None).unwrap()
        })
    }

    #[test]
    fn what_is_used_is_important() {
        let (train, later) = (shop(2000, 51), shop(1000, 52));
        for model in models(&train) {
            let holdout = Sample::new(&later.0, &later.1).unwrap();
            let found = permutation_importance(&|features| model.predict(features), holdout, 3, 1).unwrap();
            assert_eq!(found.len(), 5);
            // Spend depends on the amount; the last feature is constant.
            assert!(found[2].mean > 10.0 && found[2].sd > 0.0, "{found:?}");
            assert!(found.iter().all(|other| other.mean <= found[2].mean));
            assert_eq!((found[4].mean, found[4].sd), (0.0, 0.0));
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            assert_eq!(
                pool.install(|| permutation_importance(&|features| model.predict(features), holdout, 3, 1))
                    .unwrap(),
                found
            );
            assert!(permutation_importance(&|features| model.predict(features), holdout, 0, 1).is_err());
        }
    }

    #[test]
    fn dependence_on_a_linear_model_is_its_line() {
        let train = shop(500, 53);
        let [linear, trees] = models(&train);
        let found = partial_dependence(&|features| linear.predict(features), &train.0, 2, 12, 100).unwrap();
        assert_eq!(found.len(), 12);
        let slope = |a: Dependence, b: Dependence| (b.prediction - a.prediction) / (b.value - a.value);
        let first = slope(found[0], found[1]);
        assert!(first > 0.0);
        assert!(found.windows(2).all(|pair| (slope(pair[0], pair[1]) / first - 1.0).abs() < 1e-6));
        let found = partial_dependence(&|features| trees.predict(features), &train.0, 2, 12, 100).unwrap();
        assert!(found[11].prediction > found[0].prediction + 50.0);
        // A constant has one point; an unknown feature is an error.
        assert_eq!(
            partial_dependence(&|features| trees.predict(features), &train.0, 4, 12, 100).unwrap().len(),
            1
        );
        assert!(partial_dependence(&|features| trees.predict(features), &train.0, 5, 12, 100).is_err());
        assert!(partial_dependence(&|features| trees.predict(features), &train.0, 0, 1, 100).is_err());
    }
}
