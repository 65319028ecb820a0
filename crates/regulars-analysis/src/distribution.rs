//! Distributions of a measure over customers: quantiles, bins, and how much the largest values hold.

/// The quantiles of a box plot: whisker, quartile, median, quartile, whisker.
const BOX: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// The median, the lower of two; 0 without values.
pub fn median(mut values: Vec<i64>) -> i64 {
    if values.is_empty() {
        return 0;
    }
    let middle = (values.len() - 1) / 2;
    *values.select_nth_unstable(middle).1
}

/// The 5th, 25th, 50th, 75th and 95th percentile, linearly interpolated; sorts `values`.
///
/// Shape: `values` is not empty (trusted).
pub fn quantiles(values: &mut [i64]) -> [f64; 5] {
    values.sort_unstable();
    BOX.map(|share| {
        let place = (values.len() - 1) as f64 * share;
        let below = place.floor() as usize;
        let above = (below + 1).min(values.len() - 1);
        values[below] as f64 + (values[above] - values[below]) as f64 * (place - below as f64)
    })
}

/// How many of the first values make up half of the total.
///
/// Shape: `values` with the largest first.
pub fn count_for_half(values: &[i64]) -> usize {
    let total: i128 = values.iter().map(|v| i128::from(*v)).sum();
    let mut sum = 0;
    let enough = |value: &i64| {
        sum += i128::from(*value);
        2 * sum >= total
    };
    values.iter().position(enough).map_or(values.len(), |at| at + 1)
}

/// Running totals in `steps` equal steps: the number of values taken, and their sum.
///
/// Shape: `steps` + 1 pairs, from none to all values.
pub fn cumulative(values: &[i64], steps: usize) -> Vec<(usize, i128)> {
    let (mut taken, mut sum) = (0, 0_i128);
    let step = |step: usize| {
        let until = values.len() * step / steps;
        sum += values[taken..until].iter().map(|v| i128::from(*v)).sum::<i128>();
        taken = until;
        (taken, sum)
    };
    (0..=steps).map(step).collect()
}

/// One bin, both ends inclusive; an open end is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// Lower end.
    pub from: Option<i64>,
    /// Upper end.
    pub to: Option<i64>,
    /// Values in it.
    pub count: u64,
}

/// Bins of a round width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bins {
    /// Width of each.
    pub width: i64,
    /// Lower edge of the first bin, even if that bin is open.
    pub start: i64,
    /// The bins, in order.
    pub classes: Vec<Bin>,
}

/// Share of the values that an open bin may hold.
const TAIL: f64 = 0.02;

/// Counts `values` in about `aim` bins; widths are 1, 2 or 5 times a power of ten times `unit`, never less
/// than `unit`; one bin starts at `base`.
pub fn bins(mut values: Vec<i64>, aim: usize, unit: i64, base: i64) -> Bins {
    values.sort_unstable();
    let (Some(least), Some(most)) = (values.first().copied(), values.last().copied()) else {
        return Bins { width: unit, start: 0, classes: Vec::new() };
    };
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    // A tail that needs only a few more bins is drawn in full.
    let spread = (at(1.0 - TAIL) - at(TAIL)).max(unit);
    let low = if at(TAIL) - least > spread / 4 { at(TAIL) } else { least };
    let high = if most - at(1.0 - TAIL) > spread / 4 { at(1.0 - TAIL) } else { most };
    let width = round_width((high - low) as f64 / aim as f64, unit);
    let start = (low - base).div_euclid(width) * width + base;
    let classes = ((high - start).div_euclid(width) + 1) as usize;
    let mut found: Vec<Bin> = (0..classes as i64)
        .map(|at| Bin { from: Some(start + at * width), to: Some(start + (at + 1) * width - 1), count: 0 })
        .collect();
    let end = start + classes as i64 * width;
    let before = values.iter().filter(|value| **value < start).count() as u64;
    let after = values.iter().filter(|value| **value >= end).count() as u64;
    for value in &values {
        if (start..end).contains(value) {
            found[((value - start) / width) as usize].count += 1;
        }
    }
    let mut begin = start;
    if before > 0 {
        found.insert(0, Bin { from: None, to: Some(start - 1), count: before });
        begin -= width;
    }
    if after > 0 {
        found.push(Bin { from: Some(end), to: None, count: after });
    }
    Bins { width, start: begin, classes: found }
}

/// The smallest of 1, 2, 5, 10, 20, ... times `unit` that is at least `width`.
fn round_width(width: f64, unit: i64) -> i64 {
    let mut power = unit;
    loop {
        for step in [1, 2, 5] {
            if (power * step) as f64 >= width {
                return power * step;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        let expected = [5.0, 25.0, 50.0, 75.0, 95.0];
        for (found, expected) in
            quantiles(&mut (0..=100).rev().collect::<Vec<i64>>()).into_iter().zip(expected)
        {
            assert!((found - expected).abs() < 1e-9);
        }
        assert!((quantiles(&mut [1, 2])[2] - 1.5).abs() < 1e-9);
        assert!((quantiles(&mut [7])[4] - 7.0).abs() < 1e-9);
    }

    #[test]
    fn half_is_counted_customer_by_customer() {
        for (values, expected) in
            [(vec![50, 30, 20], 1), (vec![49, 31, 20], 2), (vec![25; 4], 2), (vec![10, -4, -4], 1)]
        {
            assert_eq!(count_for_half(&values), expected, "{values:?}");
        }
    }

    #[test]
    fn running_totals_end_with_all() {
        assert_eq!(cumulative(&[5, 3, 1], 2), [(0, 0), (1, 5), (3, 9)]);
        assert_eq!((median(vec![9, 1, 5, 7]), median(Vec::new())), (5, 0));
    }

    #[test]
    fn every_value_is_in_one_class() {
        let values: Vec<i64> = (0..1000).map(|n| n * n % 997).chain([100_000]).collect();
        let found = bins(values.clone(), 20, 1, 0);
        assert_eq!(found.classes.iter().map(|bin| bin.count).sum::<u64>(), values.len() as u64);
        assert_eq!(found.classes.last().map(|bin| (bin.to, bin.count)), Some((None, 1)));
        assert_eq!((found.width, found.start), (50, 0));
        for bin in &found.classes {
            let inside = |v: &&i64| bin.from.is_none_or(|f| **v >= f) && bin.to.is_none_or(|t| **v <= t);
            assert_eq!(values.iter().filter(inside).count() as u64, bin.count);
        }
    }

    #[test]
    fn few_values_are_classes_of_their_own() {
        let found = bins(vec![1, 1, 2, 4], 20, 1, 1);
        let counts: Vec<u64> = found.classes.iter().map(|bin| bin.count).collect();
        assert_eq!((found.width, counts), (1, vec![2, 1, 0, 1]));
        assert_eq!(bins(vec![500], 20, 100, 0).classes.len(), 1);
        assert!(bins(Vec::new(), 20, 1, 0).classes.is_empty());
    }

    #[test]
    fn both_ends_may_be_open() {
        let values: Vec<i64> = (0..1000).chain([-1_000_000, 1_000_000]).collect();
        let found = bins(values, 10, 1, 0);
        assert_eq!(found.classes.first().map(|bin| (bin.from, bin.to)), Some((None, Some(-1))));
        assert_eq!(found.start, -found.width);
    }
}
