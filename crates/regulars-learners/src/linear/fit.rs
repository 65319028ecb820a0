//! Least squares from cross-products; the precision they lose is recovered by iterative refinement on the
//! rows.

use super::design::{Design, block_rows, combine};
use super::{Factor, Linear};
use crate::features::Sample;

/// A feature with less than this share of unexplained variance counts as a linear combination of others.
/// Above it, refinement still converges.
const MIN_UNEXPLAINED_VARIANCE: f64 = 1e-10;

/// Refinement rounds; each recovers about as many digits as the cross-products kept.
const REFINEMENTS: usize = 3;

/// Fits one linear model per penalty; all penalties share the cross-products.
///
/// Shape: one model per penalty, and notes on features that were dropped or imputed.
pub(crate) fn fit(sample: Sample<'_>, penalties: &[f64]) -> (Vec<Linear>, Vec<String>) {
    let design = Design::new(sample.features);
    let rows = design.rows();
    let width = design.varying.len();
    let count = rows as f64;
    let rough = sample.target.iter().sum::<f64>() / count;
    let base = rough + sample.target.iter().map(|value| value - rough).sum::<f64>() / count;
    // The last row belongs to the ones; columns have mean 0, so the intercept is known without it.
    let products: Vec<f64> =
        design.products(|_| 1.0)[..width * (width + 1) / 2].iter().map(|sum| sum / count).collect();
    let mut notes = Vec::new();
    let mut models = Vec::new();
    for penalty in penalties {
        let mut lower = products.clone();
        for number in 0..width {
            lower[number * (number + 1) / 2 + number] += penalty / count;
        }
        let factor = Factor::new(&lower, width, MIN_UNEXPLAINED_VARIANCE);
        let mut found = vec![0.0; width];
        // The first round starts at zero and gives the solution; the others refine it.
        for _ in 0..=REFINEMENTS {
            let residuals = design.products_with(|block, start| {
                let predicted = combine(block, &found, block_rows(start, rows), base);
                let actual = &sample.target[start..start + predicted.len()];
                actual.iter().zip(predicted).map(|(actual, predicted)| actual - predicted).collect()
            });
            let right: Vec<f64> = residuals
                .iter()
                .zip(&found)
                .map(|(sum, value)| sum / count - penalty / count * value)
                .collect();
            for (value, change) in found.iter_mut().zip(factor.solve(&right)) {
                *value += change;
            }
        }
        let names = sample.features.names();
        for number in factor.left_out() {
            let name = &names[design.varying[number]];
            let note = format!("`{name}` is a linear combination of earlier features and was dropped");
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        models.push(Linear {
            base,
            coefficients: design.per_unit(&found),
            means: design.means.clone(),
            deviations: design.deviations.clone(),
            penalty: *penalty,
        });
    }
    notes.extend(design_notes(&design, sample.features.names()));
    (models, notes)
}

/// Notes on features that are constant or have missing values.
pub(crate) fn design_notes(design: &Design<'_>, names: &[String]) -> Vec<String> {
    let constant = names
        .iter()
        .zip(&design.deviations)
        .filter(|(_, deviation)| **deviation <= 0.0)
        .map(|(name, _)| format!("`{name}` is the same for all customers and was dropped"));
    let missing =
        names.iter().zip(&design.missing).filter(|(_, missing)| **missing > 0).map(|(name, missing)| {
            let missing = crate::counted(*missing, "missing value", "missing values");
            format!("{missing} of `{name}` replaced by its mean")
        });
    constant.chain(missing).collect()
}
