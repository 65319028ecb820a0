//! Divides a column into classes: by cut points, or by rank as in NTILE.
//!
//! Nothing is sorted: both rules need only the values at a few ranks, which selection finds in linear time.
//! Deliberately not here: whether high or low values are better, see `score.rs`.

/// How a measure is divided into classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Binning {
    /// Cut at the exact quantiles of the column.
    Quantile,
    /// Classes of equal size, ties broken by row.
    Ntile,
    /// Cut at these points, in non-descending order.
    Thresholds(Vec<i64>),
}

/// For each value, 1 + the number of `cut_points` it exceeds.
pub(super) fn by_cut_points(values: &[i64], cut_points: &[i64]) -> Vec<u8> {
    let mut classes = vec![1_u8; values.len()];
    // One pass per cut point, not per value: this loop order vectorises.
    for cut_point in cut_points {
        for (class, value) in classes.iter_mut().zip(values) {
            *class += u8::from(value > cut_point);
        }
    }
    classes
}

/// Exact quantiles 1/`classes` to (`classes` - 1)/`classes` of a column: for each the smallest value with
/// at least this share of the column at or below it.
///
/// Shape: `classes` - 1 values, non-descending; empty for an empty column.
pub(super) fn quantile_cut_points(values: &[i64], classes: u8) -> Vec<i64> {
    if values.is_empty() {
        return Vec::new();
    }
    let ranks: Vec<usize> =
        (1..usize::from(classes)).map(|k| (k * values.len()).div_ceil(usize::from(classes)) - 1).collect();
    values_at(&mut values.to_vec(), &ranks)
}

/// NTILE over ascending values, ties in row order.
pub(super) fn ntile(values: &[i64], classes: u8) -> Vec<u8> {
    if values.is_empty() {
        return Vec::new();
    }
    let tiles = Tiles::new(values.len(), classes);
    // The last value of each class but the final one: only these values can be split across classes, so
    // only their rows are counted one by one.
    let last_ranks: Vec<usize> = (1..usize::from(classes)).map(|class| tiles.end(class) - 1).collect();
    let last_values = values_at(&mut values.to_vec(), &last_ranks);
    let mut result = by_cut_points(values, &last_values);

    let mut borders = last_values;
    borders.dedup();
    for border in borders {
        let mut rank = values.iter().filter(|value| **value < border).count();
        for (class, value) in result.iter_mut().zip(values) {
            if *value == border {
                *class = tiles.class_at(rank);
                rank += 1;
            }
        }
    }
    result
}

/// The values at these ranks (from 0, non-descending) if `scratch` were sorted.
fn values_at(scratch: &mut [i64], ranks: &[usize]) -> Vec<i64> {
    let mut settled = 0;
    let mut found = Vec::with_capacity(ranks.len());
    for &rank in ranks {
        if rank >= settled {
            scratch[settled..].select_nth_unstable(rank - settled);
            settled = rank + 1;
        }
        found.push(scratch[rank]);
    }
    found
}

/// How NTILE divides the rows: the first `larger` classes have `size` + 1 rows, the others `size`.
struct Tiles {
    size: usize,
    larger: usize,
}

impl Tiles {
    fn new(rows: usize, classes: u8) -> Self {
        Self { size: rows / usize::from(classes), larger: rows % usize::from(classes) }
    }

    /// Rows in the first `class` classes.
    fn end(&self, class: usize) -> usize {
        class * self.size + class.min(self.larger)
    }

    /// The class, from 1, of the row at `rank`, from 0.
    fn class_at(&self, rank: usize) -> u8 {
        let in_larger = self.end(self.larger);
        let before = if rank < in_larger {
            rank / (self.size + 1)
        } else {
            // No division by zero: without full classes all rows are in the larger ones.
            self.larger + (rank - in_larger) / self.size
        };
        before as u8 + 1
    }
}
