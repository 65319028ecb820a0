//! The value range of each score, shown next to the scores.

use regulars_core::summary::ScoreThreshold;

/// One line per score of a measure, over the given customers.
///
/// Shape: `classes` lines, by score; an unused score has zero customers.
pub(super) fn describe(
    measure: &str,
    within: Option<&str>,
    values: &[i64],
    scores: &[u8],
    classes: u8,
) -> Vec<ScoreThreshold> {
    let mut ranges = vec![(i64::MAX, i64::MIN, 0_u64); usize::from(classes)];
    for (value, score) in values.iter().zip(scores) {
        let (from, to, customers) = &mut ranges[usize::from(*score) - 1];
        *from = (*from).min(*value);
        *to = (*to).max(*value);
        *customers += 1;
    }
    (1..=classes)
        .zip(ranges)
        .map(|(score, (from, to, customers))| ScoreThreshold {
            measure: measure.to_owned(),
            within: within.map(str::to_owned),
            score,
            from: (customers > 0).then_some(from),
            to: (customers > 0).then_some(to),
            customers,
        })
        .collect()
}
