//! Reference customers without groups: each feature keeps its distribution, and the correlations between
//! features are kept.
//!
//! A single normal distribution is not a fair reference where features are counts, scores or answers from 1
//! to 5, or where many customers share a value: equal values are close together without being a group. Here
//! every feature keeps its own values. Only a dip between two modes is filled, because that is a group.
//!
//! Source: a Gaussian copula (Nelsen 2006, chapter 2) with the margins of the data. Its correlations are
//! those of the normal scores, corrected for ties to first order; a dip is filled by least squares under a
//! unimodality constraint (Barlow et al. 1972, pool adjacent violators).

use rand_chacha::ChaCha8Rng;
use regulars_stats::clusters::Rows;
use regulars_stats::special::normal_quantile;

use super::projection::eigen;
use super::reference::normal;

/// Maximum rows used to fit the reference.
const LEARNED_ROWS: usize = 2_000;

/// Share of customers at which a value counts as common.
const COMMON_SHARE: f64 = 0.02;

/// A gap this many times wider than its neighbours is not rounding.
const WIDE_GAP_RATIO: f64 = 4.0;

/// Distribution that reference customers are drawn from.
pub(super) struct UnclusteredReference {
    /// Per feature, its values in ascending order with dips filled.
    margins: Vec<Vec<f64>>,
    /// Per feature, its loadings on independent standard normals; their squares add up to 1.
    loadings: Vec<Vec<f64>>,
}

impl UnclusteredReference {
    pub(super) fn of(rows: Rows<'_>) -> Self {
        let count = rows.len().min(LEARNED_ROWS);
        let columns: Vec<Vec<f64>> = (0..rows.width())
            .map(|at| (0..count).map(|row| rows.row(row * rows.len() / count)[at]).collect())
            .collect();
        let scores: Vec<Vec<f64>> = columns.iter().map(|column| normal_scores(column)).collect();
        let margins = columns
            .into_iter()
            .map(|mut column| {
                column.sort_unstable_by(f64::total_cmp);
                one_hump(&column)
            })
            .collect();
        Self { margins, loadings: loadings(&scores) }
    }

    /// Draws rows, row-major.
    pub(super) fn draw(&self, rows: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let width = self.margins.len();
        let probability: Vec<f64> = (0..rows * width).map(|_| normal(rng)).collect();
        let mut values = vec![0.0; rows * width];
        for (at, (margin, loadings)) in self.margins.iter().zip(&self.loadings).enumerate() {
            let mut ranked: Vec<(f64, usize)> = probability
                .chunks_exact(width)
                .enumerate()
                .map(|(row, probability)| (probability.iter().zip(loadings).map(|(c, l)| c * l).sum(), row))
                .collect();
            ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (rank, (_, row)) in ranked.into_iter().enumerate() {
                values[row * width + at] = margin[(2 * rank + 1) * margin.len() / (2 * rows)];
            }
        }
        values
    }
}

/// Mean normal score over the ranks of each value.
fn normal_scores(values: &[f64]) -> Vec<f64> {
    let count = values.len() as f64;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let height = |rank: usize| {
        if rank == 0 || rank == values.len() {
            return 0.0;
        }
        let z = normal_quantile(rank as f64 / count);
        (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
    };
    let mut scores = vec![0.0; values.len()];
    let mut from = 0;
    // In ascending order only equal values are not below the next one.
    for equal in order.chunk_by(|a, b| values[*a] >= values[*b]) {
        let to = from + equal.len();
        let score = (height(from) - height(to)) * count / equal.len() as f64;
        for row in equal {
            scores[*row] = score;
        }
        from = to;
    }
    scores
}

/// Loadings that reproduce the correlations of the scores, or the nearest valid ones.
fn loadings(scores: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let width = scores.len();
    let products = |a: usize, b: usize| scores[a].iter().zip(&scores[b]).map(|(x, y)| x * y).sum::<f64>();
    let squares: Vec<f64> = (0..width).map(|at| products(at, at)).collect();
    let count = scores.first().map_or(1, Vec::len).max(1) as f64;
    let mut wanted = vec![vec![1.0; width]; width];
    for a in 0..width {
        for b in 0..a {
            // Ties attenuate correlations: the scores vary less than the underlying normals.
            let found = count * products(a, b) / (squares[a] * squares[b]).max(f64::MIN_POSITIVE);
            (wanted[a][b], wanted[b][a]) = (found.clamp(-1.0, 1.0), found.clamp(-1.0, 1.0));
        }
    }
    let (variances, directions) = eigen(wanted);
    (0..width)
        .map(|at| {
            let line: Vec<f64> =
                variances.iter().zip(&directions).map(|(v, d)| v.max(0.0).sqrt() * d[at]).collect();
            let length = line.iter().map(|l| l * l).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            line.iter().map(|l| l / length).collect()
        })
        .collect()
}

/// Values with dips filled; their number stays the same.
fn one_hump(sorted: &[f64]) -> Vec<f64> {
    let mut values: Vec<(f64, usize)> =
        sorted.chunk_by(|a, b| a >= b).map(|equal| (equal[0], equal.len())).collect();
    if values.len() * 10 <= sorted.len() {
        fill_wide_gaps(&mut values);
        let heights: Vec<f64> = values.iter().map(|(_, count)| *count as f64).collect();
        return values_at_heights(&unimodal(&heights), sorted.len(), |at, _| values[at].0);
    }
    // Common values stay; the others are treated as a continuum.
    let many = (COMMON_SHARE * sorted.len() as f64).max(5.0);
    let (shared, others): (Vec<_>, Vec<_>) = values.into_iter().partition(|(_, n)| *n as f64 >= many);
    let mut all: Vec<f64> = shared.iter().flat_map(|(value, n)| std::iter::repeat_n(*value, *n)).collect();
    let rest: Vec<f64> = others.iter().flat_map(|(value, n)| std::iter::repeat_n(*value, *n)).collect();
    if let [first, .., last] = rest[..] {
        let bins = ((rest.len() as f64).sqrt() as usize).clamp(5, 40);
        let width = (last - first) / bins as f64;
        let mut heights = vec![0.0; bins];
        for value in &rest {
            heights[(((value - first) / width) as usize).min(bins - 1)] += 1.0;
        }
        all.extend(values_at_heights(&unimodal(&heights), rest.len(), |at, within| {
            first + width * (at as f64 + within)
        }));
    } else {
        all.extend(rest);
    }
    all.sort_unstable_by(f64::total_cmp);
    all
}

/// Adds unobserved values in gaps that are too wide for rounding.
fn fill_wide_gaps(values: &mut Vec<(f64, usize)>) {
    let gaps: Vec<f64> = values.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let mut more = Vec::new();
    for (at, gap) in gaps.iter().enumerate() {
        let beside = [at.checked_sub(1), Some(at + 1)];
        let step = beside.into_iter().flatten().filter_map(|at| gaps.get(at)).fold(0.0_f64, |a, b| a.max(*b));
        if step > 0.0 && *gap > WIDE_GAP_RATIO * step {
            let steps = (gap / step).min(50.0) as usize;
            more.extend((1..steps).map(|n| (values[at].0 + gap * n as f64 / steps as f64, 0)));
        }
    }
    values.extend(more);
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
}

/// `count` values, spread over bins by height; `value` converts a bin and a position in it to a value.
fn values_at_heights(heights: &[f64], count: usize, value: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let total: f64 = heights.iter().sum();
    let (mut at, mut before) = (0, 0.0);
    (0..count)
        .map(|n| {
            let wanted = (n as f64 + 0.5) / count as f64 * total;
            while at + 1 < heights.len() && before + heights[at] < wanted {
                before += heights[at];
                at += 1;
            }
            value(at, ((wanted - before) / heights[at].max(f64::MIN_POSITIVE)).clamp(0.0, 1.0))
        })
        .collect()
}

/// Unimodal least-squares fit to the heights.
fn unimodal(heights: &[f64]) -> Vec<f64> {
    let off = |fitted: &[f64]| heights.iter().zip(fitted).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let fitted = (0..=heights.len()).map(|top| {
        let (left, right) = heights.split_at(top);
        let mut fitted = rising(left.iter().copied());
        fitted.extend(rising(right.iter().rev().copied()).into_iter().rev());
        (off(&fitted), fitted)
    });
    fitted.reduce(|best, next| if next.0 < best.0 { next } else { best }).map_or_else(Vec::new, |best| best.1)
}

/// Non-decreasing least-squares fit: pools adjacent violators.
fn rising(heights: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for height in heights {
        let (mut sum, mut count) = (height, 1);
        while let Some((before, n)) =
            blocks.last().copied().filter(|(s, n)| s / *n as f64 > sum / count as f64)
        {
            (sum, count) = (sum + before, count + n);
            blocks.pop();
        }
        blocks.push((sum, count));
    }
    blocks.into_iter().flat_map(|(sum, n)| std::iter::repeat_n(sum / n as f64, n)).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn one_hump_is_left_and_a_dip_is_filled() {
        close(&unimodal(&[1.0, 4.0, 9.0, 3.0, 2.0]), &[1.0, 4.0, 9.0, 3.0, 2.0]);
        close(&unimodal(&[5.0, 1.0, 6.0]), &[3.0, 3.0, 6.0]);
        close(&unimodal(&[6.0, 1.0, 5.0]), &[6.0, 3.0, 3.0]);
        close(&unimodal(&[]), &[]);
        // Answers and counts keep their values.
        let values: Vec<f64> = (0..100).map(|at| f64::from(1 + at / 20)).collect();
        close(&one_hump(&values), &values);
        // Two well-separated modes do not.
        let humps: Vec<f64> =
            (0..200).map(|at| f64::from(at % 100 / 20 + if at < 100 { 0 } else { 100 })).collect();
        let mut humps = humps;
        humps.sort_unstable_by(f64::total_cmp);
        let filled = one_hump(&humps);
        assert!(filled.iter().filter(|value| (20.0..80.0).contains(*value)).count() > 50, "{filled:?}");
        assert!(filled.is_sorted() && filled.len() == 200);
    }

    #[test]
    fn look_alikes_have_the_values_and_correlations_of_the_data() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let values: Vec<f64> = (0..2_000)
            .flat_map(|_| {
                let (a, b) = (normal(&mut rng), normal(&mut rng));
                [a, (0.8 * a + 0.6 * b).round()]
            })
            .collect();
        let drawn = UnclusteredReference::of(Rows::new(&values, 2).expect("rows")).draw(2_000, &mut rng);
        let moments = |values: &[f64]| {
            let mean =
                |f: fn(&[f64]) -> f64| values.chunks(2).map(f).sum::<f64>() / (values.len() / 2) as f64;
            [mean(|r| r[1]), mean(|r| r[0] * r[0]), mean(|r| r[1] * r[1]), mean(|r| r[0] * r[1])]
        };
        for (found, wanted) in moments(&drawn).iter().zip(moments(&values)) {
            assert!((found - wanted).abs() < 0.06, "{found} {wanted}");
        }
        assert!(drawn.iter().skip(1).step_by(2).all(|value| value.fract() == 0.0));
    }
}
