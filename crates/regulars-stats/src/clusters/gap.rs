//! Gap statistic: how much tighter the clusters are than those of reference data without clusters.

/// Gap statistic of one number of clusters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Mean log inertia of the references, minus that of the data.
    pub gap: f64,
    /// Standard error from the simulation, with the correction for a finite number of references.
    pub standard_error: f64,
}

/// Computes the gap of one number of clusters from its inertia and those of reference data without
/// clusters.
///
/// Shape: none without references, or if an inertia is not positive.
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

/// Index of the smallest number of clusters whose gap is within one standard error of the next.
///
/// Shape: `None` if no number qualifies.
/// Source: Tibshirani, Walther & Hastie (2001), step 3.
pub fn gap_choice(gaps: &[Gap]) -> Option<usize> {
    gaps.windows(2).position(|pair| pair[0].gap >= pair[1].gap - pair[1].standard_error)
}
