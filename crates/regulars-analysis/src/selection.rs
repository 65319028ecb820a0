//! Some of the customers of a frame: one bit each.

/// The selected customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    bits: Vec<u64>,
    rows: usize,
    count: usize,
    /// Conditions that no customer of the run can meet, for the page.
    pub unknown: Vec<String>,
}

impl Selection {
    /// All customers.
    pub fn all(rows: usize) -> Self {
        let mut bits = vec![u64::MAX; rows.div_ceil(64)];
        if let Some(last) = bits.last_mut()
            && !rows.is_multiple_of(64)
        {
            *last = (1 << (rows % 64)) - 1;
        }
        Self { bits, rows, count: rows, unknown: Vec::new() }
    }

    /// Number of selected customers.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether no customer is selected.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether all customers are selected.
    pub fn is_all(&self) -> bool {
        self.count == self.rows
    }

    /// Whether the customer is selected.
    pub fn has(&self, row: usize) -> bool {
        self.bits.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The selected rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.bits.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros() as usize;
                    left &= left - 1;
                    at * 64 + bit
                })
            })
        })
    }

    /// Keeps the selected customers who meet another condition.
    pub fn keep(&mut self, meets: impl Fn(usize) -> bool) {
        self.count = 0;
        for (at, word) in self.bits.iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                if !meets(at * 64 + bit) {
                    *word &= !(1 << bit);
                }
            }
            self.count += word.count_ones() as usize;
        }
    }

    pub(crate) fn none_for(&mut self, why: String) {
        self.keep(|_| false);
        self.unknown.push(why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_kept() {
        for rows in [0, 1, 63, 64, 65, 200] {
            let mut chosen = Selection::all(rows);
            assert_eq!((chosen.len(), chosen.is_all()), (rows, true));
            assert!(chosen.rows().eq(0..rows));
            chosen.keep(|row| row % 3 == 0);
            let expected: Vec<usize> = (0..rows).filter(|row| row % 3 == 0).collect();
            assert!(chosen.rows().eq(expected.iter().copied()));
            assert_eq!(chosen.len(), expected.len());
            assert!(!chosen.has(rows) && (rows == 0 || chosen.has(0)));
        }
    }
}
