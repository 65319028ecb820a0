//! Random, reproducible cross-validation folds.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::error::Error;

/// Customers in folds of nearly equal size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    /// Fold of each customer.
    pub of_row: Vec<u32>,
    /// Number of folds.
    pub count: u32,
}

impl Folds {
    /// Assigns customers to folds at random.
    ///
    /// Errors: [`Error::Setting`] for fewer than two folds, or more folds than customers.
    pub fn new(rows: usize, count: u32, seed: u64) -> Result<Self, Error> {
        if count < 2 || count as usize > rows {
            let expected = "at least 2 and at most the number of customers";
            return Err(Error::Setting { name: "folds", value: count.to_string(), expected });
        }
        let mut order: Vec<usize> = (0..rows).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let mut of_row = vec![0; rows];
        for (rank, row) in order.into_iter().enumerate() {
            of_row[row] = (rank as u64 * u64::from(count) / rows as u64) as u32;
        }
        Ok(Self { of_row, count })
    }

    /// Assigns consecutive customers to folds, without shuffling; the first folds get the remainder, as in
    /// scikit-learn's `KFold`.
    ///
    /// Errors: as [`Self::new`].
    pub fn in_order(rows: usize, count: u32) -> Result<Self, Error> {
        let Self { mut of_row, .. } = Self::new(rows, count, 0)?;
        let (short, longer) = (rows / count as usize, rows % count as usize);
        let mut parts = (0..count as usize)
            .flat_map(|part| std::iter::repeat_n(part as u32, short + usize::from(part < longer)));
        of_row.fill_with(|| parts.next().unwrap_or(count - 1));
        Ok(Self { of_row, count })
    }

    /// Customers of one fold, and all others.
    pub fn split(&self, fold: u32) -> (Vec<usize>, Vec<usize>) {
        (0..self.of_row.len()).partition(|row| self.of_row[*row] == fold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_order_are_those_of_others() {
        let folds = Folds::in_order(11, 3).unwrap();
        assert_eq!(folds.of_row, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]);
        assert!(Folds::in_order(2, 3).is_err());
    }

    #[test]
    fn parts_are_complete_and_alike() {
        let folds = Folds::new(103, 5, 7).unwrap();
        assert_eq!(folds, Folds::new(103, 5, 7).unwrap());
        assert_ne!(folds, Folds::new(103, 5, 8).unwrap());
        for fold in 0..5 {
            let (held, rest) = folds.split(fold);
            assert!(held.len() == 20 || held.len() == 21);
            assert_eq!(held.len() + rest.len(), 103);
        }
        assert!(Folds::new(4, 5, 0).is_err());
        assert!(Folds::new(4, 1, 0).is_err());
    }
}
