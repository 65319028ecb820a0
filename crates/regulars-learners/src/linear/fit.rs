//! Least squares by sums of products, with the digits they lose won back from the rows.

use super::design::{Design, block_rows, combine};
use super::{Factor, Linear};
use crate::features::Sample;

/// Less of a feature's variance than this being its own, it is a combination of others. With more,
/// refinement still arrives.
const OWN_VARIANCE: f64 = 1e-10;

/// Rounds of refinement: each wins about as many digits as the products kept.
const REFINEMENTS: usize = 3;

/// Fits a linear model for every penalty; all penalties share the sums over the rows.
///
/// Shape: one model a penalty, and notes on features that were left out or filled.
pub(crate) fn fit(sample: Sample<'_>, penalties: &[f64]) -> (Vec<Linear>, Vec<String>) {
    let design = Design::new(sample.features);
    let rows = design.rows();
    let width = design.varying.len();
    let count = rows as f64;
    let rough = sample.target.iter().sum::<f64>() / count;
    let base = rough + sample.target.iter().map(|value| value - rough).sum::<f64>() / count;
    // The last row belongs to the ones; columns have mean 0, so the base is known without it.
    let products: Vec<f64> =
        design.products(|_| 1.0)[..width * (width + 1) / 2].iter().map(|sum| sum / count).collect();
    let mut notes = Vec::new();
    let mut models = Vec::new();
    for penalty in penalties {
        let mut lower = products.clone();
        for number in 0..width {
            lower[number * (number + 1) / 2 + number] += penalty / count;
        }
        let factor = Factor::new(&lower, width, OWN_VARIANCE);
        let mut found = vec![0.0; width];
        // The first round, from nothing, is the solution; the others refine it.
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
            let note =
                format!("`{name}` follows from the features before it and was left out of least squares");
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

/// What was done about features that are constant or have missing values.
pub(crate) fn design_notes(design: &Design<'_>, names: &[String]) -> Vec<String> {
    let constant = names
        .iter()
        .zip(&design.deviations)
        .filter(|(_, deviation)| **deviation <= 0.0)
        .map(|(name, _)| format!("`{name}` is the same for all customers and was left out"));
    let missing = names
        .iter()
        .zip(&design.missing)
        .filter(|(_, missing)| **missing > 0)
        .map(|(name, missing)| format!("{missing} missing values of `{name}` count as its mean"));
    constant.chain(missing).collect()
}
