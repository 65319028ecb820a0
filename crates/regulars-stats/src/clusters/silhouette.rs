//! Silhouette: how much closer rows are to their own cluster than to the next.

use std::collections::BTreeMap;

use super::error::Error;
use super::pair_sums::LANES;
use super::pairs::Packed;
use super::rows::{Rows, label_sizes};

/// Up to this many rows distances are in double precision; above, they have seven digits, at four times the
/// speed, and means eight.
const EXACT_ROWS: usize = 4_096;

/// Maximum columns of sums at a time, to bound memory; more labelings take several passes.
const MAX_COLUMNS: usize = 128;

/// Silhouette of every row in every labeling, over all pairs of rows.
///
/// One pass over the pairs serves all labelings: rows are sorted by their joint label, and one sum of
/// distances per block of equal labels is enough for each of them.
///
/// Shape: one vector per labeling with one value per row, -1 to 1. A row alone in its cluster has 0, as has
/// every row of a labeling with one cluster, for which the silhouette is undefined.
/// Errors: [`Error::LabelCount`], [`Error::NotFinite`].
/// Source: Rousseeuw (1987).
pub fn silhouettes(rows: Rows<'_>, labelings: &[&[u32]]) -> Result<Vec<Vec<f64>>, Error> {
    all_passes(rows, labelings, None)
}

/// Silhouette of some rows in every labeling, each against all rows.
///
/// The mean over a random sample of rows is an unbiased estimate of the overall mean; for its standard
/// error see [`mean_and_standard_error`].
///
/// Shape: one vector per labeling with one value per entry of `sample`, in order.
/// Errors: as [`silhouettes`], and [`Error::NoSuchRow`].
pub fn silhouettes_of_sample(
    rows: Rows<'_>,
    labelings: &[&[u32]],
    sample: &[u32],
) -> Result<Vec<Vec<f64>>, Error> {
    if let Some(row) = sample.iter().find(|row| **row as usize >= rows.len()) {
        return Err(Error::NoSuchRow { row: *row as usize, rows: rows.len() });
    }
    all_passes(rows, labelings, Some(sample))
}

/// Mean of the values and its standard error.
///
/// Shape: NaN without values; an error of 0 for a single value.
pub fn mean_and_standard_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() < 2 {
        return (mean, 0.0);
    }
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

fn all_passes(rows: Rows<'_>, labelings: &[&[u32]], sample: Option<&[u32]>) -> Result<Vec<Vec<f64>>, Error> {
    rows.check_finite()?;
    let sizes: Result<Vec<Vec<usize>>, Error> =
        labelings.iter().map(|labels| label_sizes(rows.len(), labels)).collect();
    let sizes = sizes?;
    let mut found = Vec::with_capacity(labelings.len());
    if rows.is_empty() {
        return Ok(vec![Vec::new(); labelings.len()]);
    }
    let center = rows.column_means();
    let mut from = 0;
    while from < labelings.len() {
        let (to, groups) = next_pass(rows.len(), labelings, &sizes, from);
        found.extend(run_pass(rows, &center, &labelings[from..to], &sizes[from..to], &groups, sample));
        from = to;
    }
    Ok(found)
}

/// Rows that share all their labels, and the columns they add to.
type Groups = Vec<(Vec<usize>, Vec<u32>)>;

/// Returns the end of the labelings from `from` on that fit into one pass, and their groups.
///
/// Groups are padded to whole tiles, so very many small groups would cost more than they save.
fn next_pass(rows: usize, labelings: &[&[u32]], sizes: &[Vec<usize>], from: usize) -> (usize, Groups) {
    let mut joint = vec![0_u32; rows];
    let mut keys: Vec<Vec<usize>> = vec![Vec::new()];
    let mut columns = 0;
    let mut to = from;
    while to < labelings.len() {
        let more = columns + sizes[to].len();
        let mut numbers: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for (joint, label) in joint.iter().zip(labelings[to]) {
            numbers.entry((*joint, *label)).or_default();
        }
        if to > from && (more > MAX_COLUMNS || numbers.len() > (rows / 64).max(64)) {
            break;
        }
        let mut next = Vec::with_capacity(numbers.len());
        for (number, ((before, label), value)) in numbers.iter_mut().enumerate() {
            *value = number as u32;
            let mut key = keys[*before as usize].clone();
            key.push(columns + *label as usize);
            next.push(key);
        }
        for (joint, label) in joint.iter_mut().zip(labelings[to]) {
            *joint = numbers[&(*joint, *label)];
        }
        keys = next;
        columns = more;
        to += 1;
    }
    let mut groups: Groups = keys.into_iter().map(|key| (key, Vec::new())).collect();
    for (row, group) in joint.iter().enumerate() {
        groups[*group as usize].1.push(row as u32);
    }
    (to, groups)
}

fn run_pass(
    rows: Rows<'_>,
    center: &[f64],
    labelings: &[&[u32]],
    sizes: &[Vec<usize>],
    groups: &Groups,
    sample: Option<&[u32]>,
) -> Vec<Vec<f64>> {
    let exact = rows.len() <= EXACT_ROWS;
    let columns: usize = sizes.iter().map(Vec::len).sum();
    let packed = Packed::new(rows, center, groups, exact);
    let (slot_rows, sums) = match sample {
        None => {
            let sums = packed.all_sums(columns);
            (packed.slot_rows, sums)
        }
        Some(sample) => {
            let packed_sample = Packed::new(rows, center, &[(Vec::new(), sample.to_vec())], exact);
            let sums = packed.sums_of(&packed_sample, columns);
            (packed_sample.slot_rows, sums)
        }
    };
    let wanted = sample.map_or(rows.len(), <[u32]>::len);
    let mut found = vec![vec![0.0; wanted]; labelings.len()];
    let mut at_sample = 0;
    let mut of_slot = vec![0.0; columns];
    for (slot, row) in slot_rows.iter().enumerate() {
        let Some(row) = row else { continue };
        let (tile, lane) = (slot / LANES, slot % LANES);
        for (sum, lanes) in of_slot.iter_mut().zip(&sums[tile * columns..(tile + 1) * columns]) {
            *sum = lanes[lane];
        }
        let target = if sample.is_some() { at_sample } else { *row as usize };
        at_sample += 1;
        let mut from = 0;
        for (number, sizes) in sizes.iter().enumerate() {
            let own = labelings[number][*row as usize] as usize;
            found[number][target] = silhouette(&of_slot[from..from + sizes.len()], sizes, own);
            from += sizes.len();
        }
    }
    found
}

/// Silhouette of one row from its sums of distances to every cluster.
fn silhouette(sums: &[f64], sizes: &[usize], own: usize) -> f64 {
    if sizes[own] < 2 {
        return 0.0;
    }
    let within = sums[own] / (sizes[own] - 1) as f64;
    let next = (0..sizes.len())
        .filter(|other| *other != own && sizes[*other] > 0)
        .map(|other| sums[other] / sizes[other] as f64)
        .fold(f64::INFINITY, f64::min);
    if next.is_infinite() {
        return 0.0;
    }
    let larger = within.max(next);
    if larger > 0.0 { (next - within) / larger } else { 0.0 }
}
