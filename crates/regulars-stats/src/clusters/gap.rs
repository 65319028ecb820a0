//! The gap statistic: how much tighter the clusters are than those of data without any.

/// The gap of one number of clusters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Mean of the logarithms of the references' inertia, less that of the data's.
    pub gap: f64,
    /// Standard error of the simulation, with the factor for a finite number of references.
    pub standard_error: f64,
}

/// The gap of one number of clusters from its inertia and those of reference data without clusters.
///
/// Shape: none without references, or if an inertia is not positive (its logarithm says nothing).
/// Source: Tibshirani, Walther & Hastie (2001), steps 2 and 3.
pub fn gap(inertia: f64, references: &[f64]) -> Option<Gap> {
    if references.is_empty() || inertia <= 0.0 || references.iter().any(|reference| *reference <= 0.0) {
        return None;
    }
    let count = references.len() as f64;
    let mean = references.iter().map(|reference| reference.ln()).sum::<f64>() / count;
    let variance = references.iter().map(|reference| (reference.ln() - mean).powi(2)).sum::<f64>() / count;
    Some(Gap { gap: mean - inertia.ln(), standard_error: variance.sqrt() * (1.0 + 1.0 / count).sqrt() })
}

/// The index of the smallest number of clusters whose gap is within one standard error of the next.
///
/// Shape: none if no number is.
/// Source: Tibshirani, Walther & Hastie (2001), step 3.
pub fn gap_choice(gaps: &[Gap]) -> Option<usize> {
    gaps.windows(2).position(|pair| pair[0].gap >= pair[1].gap - pair[1].standard_error)
}
