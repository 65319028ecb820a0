//! Finds similar customers: the nearest neighbours of each customer among a set of candidates.
//!
//! Deliberately not here: the choice of customers and features. Features that result from the outcome
//! itself (days since the last order, for customers who left) must not be used; the caller has to exclude
//! them.

use regulars_stats::sums::map_rows;

use super::tree::{Nearest, Point, Tree};
use super::{Error, MAX_CANDIDATES, MAX_FEATURES, SIMILAR_CUSTOMERS};

/// Maximum distance of the farthest similar customer: one standard deviation per feature, where two random customers
/// are 1.4 apart. In a small shop a narrower limit would leave few customers.
const FURTHEST_PER_FEATURE: f64 = 1.0;

/// Candidates, customers to compare, and features.
#[derive(Debug, Clone, Copy)]
pub struct SimilarCustomerSearch<'a> {
    /// Features of all customers, non-negative; NaN counts as 0. They are log-transformed and divided by
    /// their standard deviation.
    pub features: &'a [&'a [f64]],
    /// Rows of the candidates, ascending.
    pub among: &'a [u32],
    /// Rows of the customers to compare, ascending. A customer is never similar to itself.
    pub queries: &'a [u32],
}

/// Customers with their similar customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimilarCustomers {
    /// Rows of the customers with enough similar customers.
    pub rows: Vec<u32>,
    /// Rows of their similar customers, [`SIMILAR_CUSTOMERS`] per customer, nearest first.
    pub similar_customers: Vec<u32>,
    /// Number of customers without similar customers.
    pub without: usize,
    /// Number of candidates.
    pub candidates: usize,
}

/// Finds similar customers.
///
/// Shape: customers in the order of `queries`.
/// Contracts: rows are ascending and in range (trusted); the result does not depend on threads.
/// Errors: [`Error::TooFew`], [`Error::Features`], [`Error::Lengths`].
pub fn similar_customers(search: SimilarCustomerSearch<'_>) -> Result<SimilarCustomers, Error> {
    let SimilarCustomerSearch { features, among, queries } = search;
    if !(1..=MAX_FEATURES).contains(&features.len()) {
        return Err(Error::Features { found: features.len() });
    }
    let customers = features[0].len();
    if let Some(column) = features.iter().find(|column| column.len() != customers) {
        return Err(Error::Lengths { found: column.len(), expected: customers });
    }
    let among = evenly_spread(among, MAX_CANDIDATES);
    // One more candidate than needed: customers are not compared with themselves.
    if among.len() <= SIMILAR_CUSTOMERS {
        return Err(Error::TooFew { found: among.len() });
    }
    let scales: Vec<Scale> = features.iter().map(|column| Scale::of(column, &[&among, queries])).collect();
    let place = |row: u32| {
        let mut point: Point = [0.0; 4];
        for ((coordinate, column), scale) in point.iter_mut().zip(features).zip(&scales) {
            *coordinate = scale.apply(column[row as usize]);
        }
        point
    };
    let points: Vec<Point> = among.iter().map(|row| place(*row)).collect();
    let tree = Tree::new(&points, &among);
    let furthest = FURTHEST_PER_FEATURE * FURTHEST_PER_FEATURE * features.len() as f64;
    let found = map_rows(queries.len(), |at| {
        let mut nearest = Nearest::new(SIMILAR_CUSTOMERS);
        tree.search(&place(queries[at]), queries[at], &mut nearest);
        let found = nearest.found();
        let near = found.len() == SIMILAR_CUSTOMERS && found[SIMILAR_CUSTOMERS - 1].0 <= furthest;
        near.then(|| std::array::from_fn::<u32, SIMILAR_CUSTOMERS, _>(|rank| found[rank].1))
    });
    let mut found_similar = SimilarCustomers {
        rows: Vec::new(),
        similar_customers: Vec::new(),
        without: 0,
        candidates: among.len(),
    };
    for (row, of_row) in queries.iter().zip(found) {
        match of_row {
            Some(names) => {
                found_similar.rows.push(*row);
                found_similar.similar_customers.extend(names);
            }
            None => found_similar.without += 1,
        }
    }
    Ok(found_similar)
}

/// At most `most` of the rows, evenly spaced from the first.
fn evenly_spread(rows: &[u32], most: usize) -> Vec<u32> {
    let count = rows.len().min(most);
    (0..count).map(|at| rows[at * rows.len() / count]).collect()
}

/// Log scale with standard deviation 1.
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    fn of(column: &[f64], groups: &[&[u32]]) -> Self {
        let rows = || groups.iter().flat_map(|group| group.iter());
        let count = rows().count().max(1) as f64;
        let mean = rows().map(|row| logarithm(column[*row as usize])).sum::<f64>() / count;
        let off = |row: &u32| logarithm(column[*row as usize]) - mean;
        let variance = rows().map(|row| off(row) * off(row)).sum::<f64>() / count;
        Self { mean, deviation: variance.sqrt() }
    }

    /// Value on that scale; 0 if all customers have the same value.
    fn apply(&self, value: f64) -> f64 {
        if self.deviation > 1e-12 { (logarithm(value) - self.mean) / self.deviation } else { 0.0 }
    }
}

/// ln(1 + value); NaN and negative values count as 0.
fn logarithm(value: f64) -> f64 {
    value.clamp(0.0, f64::MAX).max(0.0).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(features: &[&[f64]], among: &[u32], queries: &[u32]) -> Result<SimilarCustomers, Error> {
        similar_customers(SimilarCustomerSearch { features, among, queries })
    }

    #[test]
    fn similar_customers_are_of_the_own_kind_and_not_oneself() {
        // Two distinct groups of customers; the even rows are candidates.
        let values: Vec<f64> = (0..400).map(|row| if row % 4 < 2 { 2.0 } else { 900.0 }).collect();
        let even: Vec<u32> = (0..400).step_by(2).collect();
        let all: Vec<u32> = (0..400).collect();
        let found_similar = of(&[&values], &even, &all).expect("enough");
        assert_eq!(
            (found_similar.rows.len(), found_similar.without, found_similar.candidates),
            (400, 0, 200)
        );
        for (row, names) in
            found_similar.rows.iter().zip(found_similar.similar_customers.chunks(SIMILAR_CUSTOMERS))
        {
            assert!(names.iter().all(|name| name % 4 == row / 2 % 2 * 2 && name != row), "{row}: {names:?}");
        }
    }

    #[test]
    fn who_is_far_from_everybody_has_no_similar_customers() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values.push(1e6);
        let among: Vec<u32> = (0..100).collect();
        let found_similar = of(&[&values], &among, &[50, 100]).expect("enough");
        assert_eq!((found_similar.rows, found_similar.without), (vec![50], 1));
    }

    #[test]
    fn too_few_and_wrong_columns_are_refused() {
        let values = [1.0; 40];
        let rows: Vec<u32> = (0..40).collect();
        assert_eq!(of(&[&values], &rows[..30], &rows), Err(Error::TooFew { found: 30 }));
        assert_eq!(of(&[], &rows, &rows), Err(Error::Features { found: 0 }));
        let short = Error::Lengths { found: 3, expected: 40 };
        assert_eq!(of(&[&values, &[1.0; 3]], &rows, &rows), Err(short));
        // NaN counts as 0 and does no harm.
        let odd = [f64::NAN, f64::INFINITY, -4.0].repeat(20);
        let rows: Vec<u32> = (0..60).collect();
        assert_eq!(of(&[&odd], &rows, &[0]).expect("enough").rows, [0]);
    }

    #[test]
    fn threads_and_sampling_change_nothing_that_is_promised() {
        let customers = 50_000_u32;
        let values: Vec<f64> = (0..customers).map(|row| f64::from(row * 7919 % 1013)).collect();
        let other: Vec<f64> = (0..customers).map(|row| f64::from(row * 104_729 % 499)).collect();
        let among: Vec<u32> = (0..customers).collect();
        let queries: Vec<u32> = (0..customers).step_by(101).collect();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| of(&[&values, &other], &among, &queries)).expect("enough")
        };
        let one = on(1);
        assert_eq!(one, on(3));
        assert_eq!(one.candidates, MAX_CANDIDATES);
    }
}
