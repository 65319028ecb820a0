//! Measures how close the clustering kernels come to this machine's limits, for `bench/cluster.sh`.
//!
//!   `limits` [ROWS] [WIDTH]
//!
//! First measures peak multiply-add throughput and memory bandwidth on all threads, then what the
//! silhouette (all pairs) and one K-means assignment of all rows achieve. Prints one line each. The best of
//! several rounds counts, to exclude interference.

// Functions called inside `Arch::dispatch` must be inlined into it, or they are compiled without wide
// instructions.
#![allow(clippy::inline_always)]

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use regulars_models::kmeans::Centroids;
use regulars_stats::clusters::{Rows, silhouettes};

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let mut number = |default: usize| words.next().map_or(Ok(default), |word| word.parse());
    let (rows, width) = (number(30_000)?, number(16)?);
    let mut out = std::io::stdout().lock();
    let threads = rayon::current_num_threads();

    let steps = 4_000_000_u64;
    let flops = |lanes: usize| (2 * 8 * lanes * threads) as f64 * steps as f64;
    let (mut single, mut double, mut single_lanes, mut double_lanes) = (f64::INFINITY, f64::INFINITY, 0, 0);
    for _ in 0..ROUNDS {
        single = single
            .min(seconds(|| single_lanes = everywhere(threads, || Arch::new().dispatch(Singles { steps }))));
        double = double
            .min(seconds(|| double_lanes = everywhere(threads, || Arch::new().dispatch(Doubles { steps }))));
    }
    let (single, double) = (flops(single_lanes) / single / 1e9, flops(double_lanes) / double / 1e9);
    let memory = vec![1.0_f64; 32 << 20];
    let mut reading = f64::INFINITY;
    for _ in 0..ROUNDS {
        reading = reading.min(seconds(|| {
            black_box(memory.par_chunks(1 << 16).map(|part| Arch::new().dispatch(Sum(part))).sum::<f64>());
        }));
    }
    let reading = memory.len() as f64 * 8.0 / reading / 1e9;
    drop(memory);
    writeln!(
        out,
        "{threads} threads at best: {single:.0} GFLOP/s single, {double:.0} double, {reading:.1} GB/s read"
    )?;

    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let values: Vec<f64> = (0..rows * width).map(|_| rng.random::<f64>()).collect();
    let table = Rows::new(&values, width)?;
    let labels: Vec<u32> = (0..rows).map(|row| (row % 5) as u32).collect();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        best = best.min(seconds(|| drop(black_box(silhouettes(table, &[&labels])))));
    }
    let pairs = rows as f64 * (rows - 1) as f64 / 2.0;
    // Per feature a subtraction and a multiply-add, then a root and two multiply-adds for the sums.
    let found = pairs * (3 * width + 5) as f64 / best / 1e9;
    writeln!(
        out,
        "silhouette of {rows} x {width}: {best:.3} s, {:.2} ns a pair, {found:.0} GFLOP/s = {:.0}% of the best",
        best * 1e9 / pairs,
        100.0 * found / single
    )?;

    let many = 1_000_000;
    let values: Vec<f64> = (0..many * width).map(|_| rng.random::<f64>()).collect();
    let table = Rows::new(&values, width)?;
    for clusters in [5, 10, 50] {
        let centroids = Centroids { width, values: values[..clusters * width].to_vec() };
        let mut best = f64::INFINITY;
        for _ in 0..ROUNDS {
            best = best.min(seconds(|| drop(black_box(centroids.predict(table)))));
        }
        let flops = (2 * many * clusters * width) as f64 / best / 1e9;
        let bytes = (many * width * 8) as f64 / best / 1e9;
        writeln!(
            out,
            "placing {many} x {width} at {clusters} centroids: {best:.3} s, {flops:.0} GFLOP/s, {bytes:.1} GB/s of rows"
        )?;
    }
    Ok(())
}

fn seconds(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64()
}

fn everywhere(threads: usize, work: impl Fn() -> usize + Sync) -> usize {
    (0..threads).into_par_iter().map(|_| work()).max().unwrap_or(0)
}

/// Multiply-adds on eight registers; returns the number of lanes per register.
struct Singles {
    steps: u64,
}

impl WithSimd for Singles {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let factor = simd.splat_f32s(black_box(0.999));
        let mut sums = [simd.splat_f32s(black_box(1.0)); 8];
        for _ in 0..self.steps {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, factor, factor);
            }
        }
        black_box(sums.map(|sum| simd.reduce_sum_f32s(sum)));
        S::F32_LANES
    }
}

struct Doubles {
    steps: u64,
}

impl WithSimd for Doubles {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let factor = simd.splat_f64s(black_box(0.999));
        let mut sums = [simd.splat_f64s(black_box(1.0)); 8];
        for _ in 0..self.steps {
            for sum in &mut sums {
                *sum = simd.mul_add_f64s(*sum, factor, factor);
            }
        }
        black_box(sums.map(|sum| simd.reduce_sum_f64s(sum)));
        S::F64_LANES
    }
}

struct Sum<'a>(&'a [f64]);

impl WithSimd for Sum<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (registers, rest) = S::as_simd_f64s(self.0);
        let mut sums = [simd.splat_f64s(0.0); 8];
        for group in registers.chunks_exact(8) {
            for (sum, register) in sums.iter_mut().zip(group) {
                *sum = simd.add_f64s(*sum, *register);
            }
        }
        sums.iter().map(|sum| simd.reduce_sum_f64s(*sum)).sum::<f64>() + rest.iter().sum::<f64>()
    }
}
