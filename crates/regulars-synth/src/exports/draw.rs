//! Random choices from a seed. The same calls give the same results on every machine.
//!
//! Deliberately not here: what is chosen, and with what probability.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random choices.
pub(super) struct Draw {
    rng: ChaCha8Rng,
}

impl Draw {
    /// The stream of a seed; each `stream` of one seed is independent of the others.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self { rng }
    }

    /// An integer from 0 to `n` - 1; 0 if `n` is 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.rng.next_u64()) * n as u128) >> 64) as usize
    }

    /// An integer from `low` to `high`, both inclusive.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        debug_assert!(low <= high, "{low} > {high}");
        low + self.below((high - low + 1) as usize) as i64
    }

    /// True with a probability of `percent`.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// An element of `from`, which is not empty.
    pub(super) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// One of the words, of which there is at least one.
    pub(super) fn word(&mut self, from: &'static [&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    /// An element of `from` by weight; at least one weight is positive.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(T, u32)]) -> T {
        let total: usize = from.iter().map(|&(_, weight)| weight as usize).sum();
        let mut place = self.below(total);
        for &(value, weight) in from {
            if place < weight as usize {
                return value;
            }
            place -= weight as usize;
        }
        from[from.len() - 1].0
    }

    /// Shuffles `items`.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// A lowercase hexadecimal word of `length` digits.
    pub(super) fn hex(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(b"0123456789abcdef"))).collect()
    }
}
