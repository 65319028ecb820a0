//! Agreement of two clusterings of the same rows.

use std::collections::BTreeMap;

use super::error::Error;

/// Adjusted Rand index of two labelings: 1 if equal up to numbering, around 0 if unrelated.
///
/// Errors: [`Error::LabelCount`] if the lengths differ.
/// Source: Hubert & Arabie (1985), counted in pairs of rows.
pub fn adjusted_rand(a: &[u32], b: &[u32]) -> Result<f64, Error> {
    if a.len() != b.len() {
        return Err(Error::LabelCount { rows: a.len(), labels: b.len() });
    }
    let mut cells: BTreeMap<(u32, u32), u128> = BTreeMap::new();
    for (x, y) in a.iter().zip(b) {
        *cells.entry((*x, *y)).or_default() += 1;
    }
    let (mut of_a, mut of_b): (BTreeMap<u32, u128>, BTreeMap<u32, u128>) = Default::default();
    let mut squares = 0_u128;
    for ((x, y), count) in &cells {
        *of_a.entry(*x).or_default() += count;
        *of_b.entry(*y).or_default() += count;
        squares += count * count;
    }
    let rows = a.len() as u128;
    let squares_a: u128 = of_a.values().map(|count| count * count).sum();
    let squares_b: u128 = of_b.values().map(|count| count * count).sum();
    // Ordered pairs together in both, in one only, in neither.
    let both = squares - rows;
    let only_a = squares_a - squares;
    let only_b = squares_b - squares;
    let none = rows * rows + squares - squares_a - squares_b;
    if only_a == 0 && only_b == 0 {
        return Ok(1.0);
    }
    let (both, only_a, only_b, none) = (both as f64, only_a as f64, only_b as f64, none as f64);
    Ok(2.0 * (both * none - only_a * only_b)
        / ((both + only_a) * (only_a + none) + (both + only_b) * (only_b + none)))
}
