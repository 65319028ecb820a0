//! Canonical order of customers, independent of how they are listed.
//!
//! Random draws pick customers by position, and sums round by it. In this order the same customers give the
//! same clusters in any table order; indistinguishable customers get the same label anyway. Neighbours are
//! similar, which also suits the bounds of K-means.

use rayon::prelude::*;

use super::preparation::Column;

/// Sorts rows by the first column, then the second, and so on; missing values last.
///
/// Shape: every row once. Ties keep their order.
pub(super) fn canonical_order(columns: &[Column<'_>]) -> Vec<u32> {
    let Some((first, others)) = columns.split_first() else { return Vec::new() };
    // The first column is sorted along with the rows: it decides most comparisons.
    let mut keyed: Vec<(i64, u32)> =
        first.values.iter().enumerate().map(|(row, value)| (sort_key(*value), row as u32)).collect();
    keyed.par_sort_unstable_by(|(key_a, a), (key_b, b)| {
        key_a
            .cmp(key_b)
            .then_with(|| {
                others
                    .iter()
                    .map(|column| {
                        sort_key(column.values[*a as usize]).cmp(&sort_key(column.values[*b as usize]))
                    })
                    .find(|order| order.is_ne())
                    .unwrap_or(std::cmp::Ordering::Equal)
            })
            .then(a.cmp(b))
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// Integer keys in numeric order; both zeros share a key, and all NaNs share the last one.
fn sort_key(value: f64) -> i64 {
    if value.is_nan() {
        return i64::MAX;
    }
    let bits = (value + 0.0).to_bits() as i64;
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// Permutes values: position `at` gets the value of row `order[at]`.
pub(super) fn in_order<T: Copy>(values: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|row| values[*row as usize]).collect()
}

/// Undoes [`in_order`]: row `order[at]` gets the value at position `at`.
pub(super) fn restore_order<T: Clone>(values: &[T], order: &[u32]) -> Vec<T> {
    let mut back = values.to_vec();
    for (value, row) in values.iter().zip(order) {
        back[*row as usize].clone_from(value);
    }
    back
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_column_by_column_and_come_back() {
        let first = [2.0, -1.0, f64::NAN, -0.0, 0.0, -3.5, 2.0];
        let second = [1.0, 0.0, 0.0, 9.0, 8.0, 0.0, 0.5];
        let columns = [Column { name: "first", values: &first }, Column { name: "second", values: &second }];
        let order = canonical_order(&columns);
        assert_eq!(order, [5, 1, 4, 3, 6, 0, 2]);
        let sorted = in_order(&second, &order);
        assert_eq!(sorted, [0.0, 0.0, 8.0, 9.0, 0.5, 1.0, 0.0]);
        assert_eq!(restore_order(&sorted, &order), second);
    }
}
