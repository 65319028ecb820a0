//! An order of the customers that does not depend on how they are listed: by what is known of them.
//!
//! Chance draws customers by their place, and sums round by it. Put in this order first, the same
//! customers give the same clusters whoever comes first in the table; customers that cannot be told
//! apart have the same label anyway. Neighbours are alike, which suits the bounds of K-means, too.

use rayon::prelude::*;

use super::preparation::Column;

/// The rows of some columns, sorted by the first column, then the second, and so on; missing values last.
///
/// Shape: every row once. Rows that are equal in all columns stand in their own order.
pub(super) fn canonical_order(columns: &[Column<'_>]) -> Vec<u32> {
    let Some((first, others)) = columns.split_first() else { return Vec::new() };
    // The first column travels with the rows: most comparisons need nothing else.
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

/// Whole numbers in the order of the numbers, with one key for both zeros and one, the last, for all
/// that are not a number.
fn sort_key(value: f64) -> i64 {
    if value.is_nan() {
        return i64::MAX;
    }
    let bits = (value + 0.0).to_bits() as i64;
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// Values in another order: place `at` gets the value of row `order[at]`.
pub(super) fn in_order<T: Copy>(values: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|row| values[*row as usize]).collect()
}

/// Undoes [`in_order`]: row `order[at]` gets the value of place `at`.
pub(super) fn back_in_place<T: Clone>(values: &[T], order: &[u32]) -> Vec<T> {
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
        assert_eq!(back_in_place(&sorted, &order), second);
    }
}
