//! Accuracy of predicted probabilities: ranking, calibration, distance.
//!
//! All measures take the observed outcome and the predicted probability, one value per customer.
//!
//! Deliberately not here: calibrating probabilities; see [`crate::isotonic`].

use crate::error::Error;
use crate::forecast_accuracy::mean_ranks;

/// Accuracy measures of predicted probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbabilityScores {
    /// Area under the ROC curve (AUC); none if the outcome is the same for all.
    pub auc: Option<f64>,
    /// Brier score: mean squared error of the probability.
    pub brier: f64,
    /// Log loss; probabilities of 0 and 1 are clamped to the nearest number in between.
    pub log_loss: f64,
}

/// Computes accuracy measures of predicted probabilities.
///
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`] for no rows or probabilities outside 0 to 1.
/// Source: Hanley & McNeil (1982) for the AUC by ranks; Brier (1950).
pub fn score_probabilities(observed: &[bool], predicted: &[f64]) -> Result<ProbabilityScores, Error> {
    check("the accuracy of probabilities", observed, predicted)?;
    let n = observed.len() as f64;
    let truth = |it: bool| f64::from(u8::from(it));
    let (mut brier, mut log_loss) = (0.0, 0.0);
    for (it, probability) in observed.iter().zip(predicted) {
        brier += (truth(*it) - probability) * (truth(*it) - probability);
        let cut = probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        log_loss -= if *it { cut.ln() } else { (-cut).ln_1p() };
    }
    Ok(ProbabilityScores { auc: auc_by_ranks(observed, predicted), brier: brier / n, log_loss: log_loss / n })
}

fn auc_by_ranks(observed: &[bool], predicted: &[f64]) -> Option<f64> {
    let yes = observed.iter().filter(|it| **it).count() as f64;
    let no = observed.len() as f64 - yes;
    let ranks = mean_ranks(predicted);
    let sum: f64 = observed.iter().zip(&ranks).filter(|(it, _)| **it).map(|(_, rank)| rank).sum();
    (yes > 0.0 && no > 0.0).then(|| (sum - yes * (yes + 1.0) / 2.0) / (yes * no))
}

/// Customers with similar predicted probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Number of customers.
    pub customers: usize,
    /// Mean predicted probability.
    pub mean_predicted: f64,
    /// Observed rate.
    pub observed_rate: f64,
}

/// Reliability curve: observed rate by predicted probability, in `groups` bands of equal width.
///
/// Shape: lowest probabilities first; empty bands are left out.
/// Errors: [`Error::LengthMismatch`], [`Error::InvalidValues`].
pub fn reliability(
    observed: &[bool],
    predicted: &[f64],
    groups: usize,
) -> Result<Vec<ReliabilityBin>, Error> {
    check("a reliability curve", observed, predicted)?;
    let groups = groups.max(1);
    let mut sums = vec![[0.0; 3]; groups];
    for (it, probability) in observed.iter().zip(predicted) {
        // A probability on a band's edge belongs to the lower band.
        let band = ((probability * groups as f64).ceil() as usize).clamp(1, groups) - 1;
        for (sum, value) in sums[band].iter_mut().zip([1.0, *probability, f64::from(u8::from(*it))]) {
            *sum += value;
        }
    }
    Ok(sums
        .into_iter()
        .filter(|[customers, ..]| *customers > 0.0)
        .map(|[n, mean_predicted, yes]| ReliabilityBin {
            customers: n as usize,
            mean_predicted: mean_predicted / n,
            observed_rate: yes / n,
        })
        .collect())
}

fn check(measure: &'static str, observed: &[bool], predicted: &[f64]) -> Result<(), Error> {
    if observed.len() != predicted.len() {
        return Err(Error::LengthMismatch {
            left_name: "the outcomes",
            left: observed.len(),
            right_name: "the probabilities",
            right: predicted.len(),
        });
    }
    if observed.is_empty() {
        return Err(Error::InvalidValues { measure, problem: "there are no rows" });
    }
    if !predicted.iter().all(|p| (0.0..=1.0).contains(p)) {
        return Err(Error::InvalidValues { measure, problem: "a probability is not between 0 and 1" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        let found = score_probabilities(&[true, false, true, false], &[0.8, 0.4, 0.4, 0.0]).unwrap();
        // Of the four pairs three are in order and one is a tie.
        assert!((found.auc.unwrap() - 3.5 / 4.0).abs() < 1e-15);
        assert!((found.brier - (0.04 + 0.16 + 0.36 + 0.0) / 4.0).abs() < 1e-15);
        let expected = -(0.8_f64.ln() + 0.6_f64.ln() + 0.4_f64.ln() + (1.0 - f64::EPSILON).ln()) / 4.0;
        assert!((found.log_loss - expected).abs() < 1e-15);
        assert_eq!(score_probabilities(&[true, true], &[0.1, 0.2]).unwrap().auc, None);
    }

    #[test]
    fn bands_of_the_reliability_curve() {
        let found = reliability(&[true, false, true, true], &[0.05, 0.1, 1.0, 0.91], 10).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].customers, found[1].customers), (2, 2));
        assert!(
            (found[0].observed_rate - 0.5).abs() < 1e-15 && (found[0].mean_predicted - 0.075).abs() < 1e-15
        );
        assert!((found[1].observed_rate - 1.0).abs() < 1e-15);
    }

    #[test]
    fn values_outside_0_to_1_are_refused() {
        assert!(matches!(score_probabilities(&[true], &[]), Err(Error::LengthMismatch { .. })));
        assert!(matches!(score_probabilities(&[], &[]), Err(Error::InvalidValues { .. })));
        assert!(matches!(score_probabilities(&[true], &[1.1]), Err(Error::InvalidValues { .. })));
        assert!(matches!(reliability(&[true], &[f64::NAN], 5), Err(Error::InvalidValues { .. })));
    }
}
