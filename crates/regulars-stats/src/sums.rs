//! Parallel sums over many rows, identical to the last bit on any number of cores.
//!
//! Rows are cut into chunks of a fixed length; each chunk is summed in order, and the chunks are added in
//! order. Threads only affect when a chunk is computed.

use std::ops::Range;

use rayon::prelude::*;

/// Rows per chunk: enough to outweigh handing it to a thread, few enough to keep all cores busy.
const CHUNK_ROWS: usize = 2048;

/// Rows per chunk where a row costs little.
const LIGHT_CHUNK_ROWS: usize = 8192;

/// Sums `N` quantities over the rows `0..rows`; `chunk` returns the sums over one range of rows.
///
/// Contracts:
/// - `chunk` depends only on its range (trusted);
/// - the result is identical to the last bit on any number of threads.
pub fn sum_rows<const N: usize>(rows: usize, chunk: impl Fn(Range<usize>) -> [f64; N] + Sync) -> [f64; N] {
    sum_chunks(rows, CHUNK_ROWS, chunk)
}

/// As [`sum_rows`], for rows that cost a few nanoseconds each: larger chunks outweigh handing them to a thread.
pub fn sum_cheap_rows<const N: usize>(
    rows: usize,
    chunk: impl Fn(Range<usize>) -> [f64; N] + Sync,
) -> [f64; N] {
    sum_chunks(rows, LIGHT_CHUNK_ROWS, chunk)
}

fn sum_chunks<const N: usize>(
    rows: usize,
    length: usize,
    chunk: impl Fn(Range<usize>) -> [f64; N] + Sync,
) -> [f64; N] {
    let chunks = rows.div_ceil(length);
    let range = |number: usize| number * length..rows.min((number + 1) * length);
    let add = |mut total: [f64; N], part: [f64; N]| {
        for (sum, value) in total.iter_mut().zip(part) {
            *sum += value;
        }
        total
    };
    if chunks <= 1 {
        return (0..chunks).map(|number| chunk(range(number))).fold([0.0; N], add);
    }
    let parts: Vec<[f64; N]> = (0..chunks).into_par_iter().map(|number| chunk(range(number))).collect();
    parts.into_iter().fold([0.0; N], add)
}

/// Computes one value per row on all cores, in row order.
pub fn map_rows<T: Send>(rows: usize, value: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..rows).into_par_iter().with_min_len(256).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_on(threads: usize) -> [f64; 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            sum_rows(100_003, |rows| {
                rows.fold([0.0; 2], |[s, n], row| [s + 1.0 / (row as f64 + 0.1), n + 1.0])
            })
        })
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let [sum, count] = sum_on(1);
        assert_eq!(count.to_bits(), 100_003_f64.to_bits());
        for threads in 2..5 {
            assert_eq!(sum_on(threads)[0].to_bits(), sum.to_bits());
        }
    }

    #[test]
    fn no_rows_sum_to_zero() {
        assert!(sum_rows(0, |_| [1.0])[0].abs() < 1e-300);
        assert!(map_rows(0, |row| row).is_empty());
    }
}
