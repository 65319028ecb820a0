//! Fits logistic regression by Newton's method on standardised features.
//!
//! Deliberately not here: calibration of the probabilities, see `calibration`.

use super::{log_odds, sigmoid};
use crate::features::Sample;
use crate::fitted::Report;
use crate::linear::{Design, Factor, Linear, block_rows, combine, design_notes};

/// Maximum Newton steps; ten are typical.
const STEPS: usize = 100;

/// Minimum curvature. Under perfect separation without a penalty the coefficients diverge; the search stops
/// at this curvature.
const MIN_CURVATURE: f64 = 1e-10;

/// Fits the log-odds; the intercept is not penalised.
///
/// Shape: coefficients are 0 if all customers are in one class.
/// Source: maximum likelihood with a ridge penalty; steps are halved until the likelihood rises.
pub(crate) fn fit(sample: Sample<'_>, penalty: f64, report: &mut Report) -> Linear {
    let design = Design::new(sample.features);
    report.notes.extend(design_notes(&design, sample.features.names()));
    let (rows, width) = (design.rows(), design.varying.len());
    let share = sample.target.iter().sum::<f64>() / rows as f64;
    let model = |found: &[f64]| Linear {
        base: found[width],
        coefficients: design.per_unit(&found[..width]),
        means: design.means.clone(),
        deviations: design.deviations.clone(),
        penalty,
    };
    // The last parameter is the intercept.
    let mut found = vec![0.0; width + 1];
    found[width] = log_odds(share);
    if share <= 0.0 || share >= 1.0 {
        let customers = crate::counted(rows, "customer", "customers");
        report.notes.push(format!("all {customers} are in one class: their probability is {share}"));
        return model(&found);
    }
    let mut loss = penalised_loss(&design, sample.target, &found, penalty);
    let mut flat = false;
    for _ in 0..STEPS {
        let residual = |block: &[Vec<f64>], start: usize| -> Vec<f64> {
            let odds = combine(block, &found[..width], block_rows(start, rows), found[width]);
            let actual = &sample.target[start..start + odds.len()];
            actual.iter().zip(odds).map(|(actual, odds)| actual - sigmoid(odds)).collect()
        };
        let mut slope = design.products_with(residual);
        for (slope, value) in slope[..width].iter_mut().zip(&found) {
            *slope -= penalty * value;
        }
        let odds = odds_of_rows(&design, &found);
        let mut lower = design.products(|row| {
            let probability = sigmoid(odds[row]);
            (probability * (1.0 - probability)).max(MIN_CURVATURE)
        });
        for number in 0..width {
            lower[number * (number + 1) / 2 + number] += penalty;
        }
        let step = Factor::new(&lower, width + 1, 1e-12).solve(&slope);
        let decrement: f64 = step.iter().zip(&slope).map(|(step, slope)| step * slope).sum();
        let mut by = 1.0;
        let (next, next_loss) = loop {
            let next: Vec<f64> = found.iter().zip(&step).map(|(value, step)| value + by * step).collect();
            let next_loss = penalised_loss(&design, sample.target, &next, penalty);
            if next_loss <= loss + 1e-12 * loss.abs() || by < 1e-6 {
                break (next, next_loss);
            }
            by *= 0.5;
        };
        (found, loss) = (next, next_loss);
        // The expected improvement is below the rounding error of the loss.
        if decrement < 1e-18 * rows as f64 {
            flat = true;
            break;
        }
    }
    if !flat {
        report.notes.push(
            "logistic regression did not converge; a feature may separate the classes perfectly".into(),
        );
    }
    model(&found)
}

fn odds_of_rows(design: &Design<'_>, found: &[f64]) -> Vec<f64> {
    let (rows, width) = (design.rows(), design.varying.len());
    design.each_block(|block, start| combine(block, &found[..width], block_rows(start, rows), found[width]))
}

fn penalised_loss(design: &Design<'_>, target: &[f64], found: &[f64], penalty: f64) -> f64 {
    let (rows, width) = (design.rows(), design.varying.len());
    let sum = design.sums(1, |block, start, sums| {
        let odds = combine(block, &found[..width], block_rows(start, rows), found[width]);
        for (odds, actual) in odds.iter().zip(&target[start..]) {
            // ln(1 + e^odds) − actual odds, without overflow.
            sums[0] += odds.max(0.0) + (-odds.abs()).exp().ln_1p() - actual * odds;
        }
    });
    sum[0] + 0.5 * penalty * found[..width].iter().map(|value| value * value).sum::<f64>()
}
