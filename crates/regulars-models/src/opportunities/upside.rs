//! Upside of customers: what they would spend if they behaved like their similar customers, minus their expected
//! spend.
//!
//! Deliberately not here: whether a campaign would make them do so, see the parent module.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::neighbours::SimilarCustomers;
use super::{Error, SIMILAR_CUSTOMERS};

/// Bootstrap replicates of the interval.
const RESAMPLES: usize = 500;

/// Maximum resampling groups: more cost time and change little.
const MAX_GROUPS: usize = 500;

/// Columns of all customers that the upside is computed from.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// Value taken from similar customers: their expected spend, or their order value.
    pub values_of_similar: &'a [f64],
    /// Factor applied to that value, per customer: 1 for expected spend; for order value, the customer's
    /// expected spend divided by their own order value.
    pub factor: &'a [f64],
    /// Expected spend of each customer.
    pub expected: &'a [f64],
}

/// Spend of customers if they behaved like their similar customers.
///
/// Shape: one value per row of `found_similar.rows`, in order.
/// Units: those of `expected`.
/// Errors: [`Error::Lengths`].
pub fn upside_of_similar_customers(
    found_similar: &SimilarCustomers,
    values: Values<'_>,
) -> Result<Vec<f64>, Error> {
    check(values)?;
    let each = found_similar.rows.iter().zip(found_similar.similar_customers.chunks_exact(SIMILAR_CUSTOMERS));
    Ok(each
        .map(|(row, names)| {
            let sum: f64 = names.iter().map(|name| values.values_of_similar[*name as usize]).sum();
            values.factor[*row as usize] * sum / SIMILAR_CUSTOMERS as f64
        })
        .collect())
}

fn check(values: Values<'_>) -> Result<(), Error> {
    let expected = values.expected.len();
    for column in [values.values_of_similar, values.factor] {
        if column.len() != expected {
            return Err(Error::Lengths { found: column.len(), expected });
        }
    }
    Ok(())
}

/// Bootstrap interval of the total upside of some compared customers: how much it would vary over
/// comparable samples of these customers and of their similar customers.
///
/// `chosen` are indices into `found_similar.rows`. The interval covers neither the uncertainty of the forecasts
/// nor unobserved differences to similar customers.
///
/// Shape: low and high; the upside itself twice if nobody was chosen.
/// Source: the bootstrap percentile interval (Efron 1979). The two samples are drawn independently and
/// their deviations added; a mean over similar customers is weighted by how often each was used, so that a
/// similar customer of many affects all of them.
/// Errors: [`Error::Lengths`].
pub fn interval(
    found_similar: &SimilarCustomers,
    chosen: &[usize],
    values: Values<'_>,
    level: f64,
    rng: &mut ChaCha8Rng,
) -> Result<[f64; 2], Error> {
    let would = upside_of_similar_customers(found_similar, values)?;
    let gain = |at: &usize| would[*at] - values.expected[found_similar.rows[*at] as usize];
    let total: f64 = chosen.iter().map(gain).sum();
    if chosen.is_empty() {
        return Ok([total; 2]);
    }
    let gains = Groups::of(chosen.iter().map(|at| [gain(at), 0.0]));
    let weighted = Groups::of(weighted_similar(found_similar, chosen, values).into_iter());
    let mean = weighted.ratio(None).unwrap_or(0.0);
    let factors: f64 = chosen.iter().map(|at| values.factor[found_similar.rows[*at] as usize]).sum();
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let of_gains: f64 = gains.draw(rng).iter().map(|group| gains.sums[*group][0]).sum();
            let of_means = weighted.ratio(Some(&weighted.draw(rng))).unwrap_or(mean) - mean;
            of_gains + factors * of_means
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let quantile = |share: f64| drawn[((RESAMPLES - 1) as f64 * share).round() as usize];
    Ok([quantile((1.0 - level) / 2.0), quantile(f64::midpoint(1.0, level))])
}

/// Per similar customer of the chosen customers, by row: its weighted value, and its weight.
fn weighted_similar(found_similar: &SimilarCustomers, chosen: &[usize], values: Values<'_>) -> Vec<[f64; 2]> {
    let mut weights = vec![0.0; values.expected.len()];
    for at in chosen {
        let weight = values.factor[found_similar.rows[*at] as usize];
        for name in &found_similar.similar_customers[at * SIMILAR_CUSTOMERS..(at + 1) * SIMILAR_CUSTOMERS] {
            weights[*name as usize] += weight;
        }
    }
    let known = weights.iter().zip(values.values_of_similar).filter(|(weight, _)| **weight > 0.0);
    known.map(|(weight, value)| [weight * value, *weight]).collect()
}

/// Customers in groups of equal size, with two sums per group.
struct Groups {
    sums: Vec<[f64; 2]>,
}

impl Groups {
    fn of(customers: impl ExactSizeIterator<Item = [f64; 2]>) -> Self {
        let count = customers.len().min(MAX_GROUPS);
        let mut sums = vec![[0.0; 2]; count];
        // Neighbouring rows go to different groups.
        for (at, customer) in customers.enumerate() {
            let sum = &mut sums[at % count];
            *sum = [sum[0] + customer[0], sum[1] + customer[1]];
        }
        Self { sums }
    }

    /// Draws as many groups as there are, with replacement.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<usize> {
        (0..self.sums.len()).map(|_| rng.random_range(0..self.sums.len())).collect()
    }

    /// Ratio of the two sums, over all groups or those drawn; none if the second is 0.
    fn ratio(&self, drawn: Option<&[usize]>) -> Option<f64> {
        let add = |total: [f64; 2], sum: &[f64; 2]| [total[0] + sum[0], total[1] + sum[1]];
        let [above, below] = match drawn {
            Some(drawn) => drawn.iter().map(|group| &self.sums[*group]).fold([0.0; 2], add),
            None => self.sums.iter().fold([0.0; 2], add),
        };
        (below > 0.0).then(|| above / below)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};

    use super::super::neighbours::{SimilarCustomerSearch, similar_customers};
    use super::*;

    /// A shop with known upside: customers of `kinds` kinds, identified by a feature; half of each kind
    /// stayed and spend 100 times their kind, plus or minus 50%; the others are expected to spend 10.
    struct Shop {
        feature: Vec<f64>,
        value: Vec<f64>,
        stayed: Vec<u32>,
        left: Vec<u32>,
    }

    fn shop(customers: u32, kinds: u32, seed: u64) -> Shop {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let kind = |row: u32| f64::from(row % kinds + 1);
        let value = |row: u32, rng: &mut ChaCha8Rng| {
            if (row / kinds).is_multiple_of(2) {
                100.0 * kind(row) * rng.random_range(0.5..1.5)
            } else {
                10.0
            }
        };
        Shop {
            feature: (0..customers).map(|row| 4_f64.powf(kind(row))).collect(),
            value: (0..customers).map(|row| value(row, &mut rng)).collect(),
            stayed: (0..customers).filter(|row| (row / kinds).is_multiple_of(2)).collect(),
            left: (0..customers).filter(|row| !(row / kinds).is_multiple_of(2)).collect(),
        }
    }

    fn compare(shop: &Shop) -> (SimilarCustomers, Vec<f64>) {
        let question =
            SimilarCustomerSearch { features: &[&shop.feature], among: &shop.stayed, queries: &shop.left };
        let found_similar = similar_customers(question).expect("enough");
        let ones = vec![1.0; shop.value.len()];
        let values = Values { values_of_similar: &shop.value, factor: &ones, expected: &shop.value };
        let would = upside_of_similar_customers(&found_similar, values).expect("equal lengths");
        (found_similar, would)
    }

    #[test]
    fn the_potential_of_a_shop_whose_truth_is_known_is_found() {
        let shop = shop(6_000, 3, 5);
        let (found_similar, would) = compare(&shop);
        assert_eq!(found_similar.rows.len(), 3_000);
        // Three kinds of a thousand customers who left: 100, 200 and 300 on average, minus the 10 expected.
        let total: f64 = would.iter().map(|value| value - 10.0).sum();
        let truth = 1_000.0 * (100.0 + 200.0 + 300.0 - 30.0);
        assert!((total / truth - 1.0).abs() < 0.03, "{total} {truth}");
        for (row, value) in found_similar.rows.iter().zip(&would) {
            let kind = f64::from(row % 3 + 1);
            assert!((value / (100.0 * kind) - 1.0).abs() < 0.3, "{row}: {value}");
        }
    }

    #[test]
    fn the_interval_holds_the_truth_about_as_often_as_it_says() {
        let truth = 200.0 * (100.0 + 200.0 - 20.0);
        let held = (0..60)
            .filter(|seed| {
                let shop = shop(800, 2, *seed);
                let (found_similar, _) = compare(&shop);
                let ones = vec![1.0; 800];
                let values = Values { values_of_similar: &shop.value, factor: &ones, expected: &shop.value };
                let all: Vec<usize> = (0..found_similar.rows.len()).collect();
                let mut rng = ChaCha8Rng::seed_from_u64(*seed);
                let [low, high] =
                    interval(&found_similar, &all, values, 0.9, &mut rng).expect("equal lengths");
                low <= truth && truth <= high
            })
            .count();
        // 54 of 60 are expected; an interval that ignored the similar customers would be far too narrow. Kinds
        // have equal size here, which the resamples do not know, so coverage is somewhat higher.
        assert!(held >= 50, "{held} of 60");
    }

    #[test]
    fn larger_orders_bring_in_proportion() {
        let feature = vec![1.0; 100];
        let size: Vec<f64> = (0..100).map(|row| if row == 99 { 20.0 } else { 50.0 }).collect();
        let expected = vec![200.0; 100];
        let factor: Vec<f64> = size.iter().zip(&expected).map(|(size, money)| money / size).collect();
        let among: Vec<u32> = (0..100).collect();
        let found_similar =
            similar_customers(SimilarCustomerSearch { features: &[&feature], among: &among, queries: &[99] })
                .expect("enough");
        let values = Values { values_of_similar: &size, factor: &factor, expected: &expected };
        let would = upside_of_similar_customers(&found_similar, values).expect("equal lengths");
        assert!((would[0] - 500.0).abs() < 1e-9, "{would:?}");
        let short = Values { factor: &[], ..values };
        assert_eq!(
            upside_of_similar_customers(&found_similar, short),
            Err(Error::Lengths { found: 0, expected: 100 })
        );
    }

    proptest! {
        #[test]
        fn a_mean_of_similar_customers_lies_among_them(values in prop::collection::vec(0.0_f64..1e6, 80)) {
            let feature: Vec<f64> = (0..80).map(|row| f64::from(row % 2)).collect();
            let (among, queries): (Vec<u32>, Vec<u32>) = ((0..70).collect(), (70..80).collect());
            let found_similar = similar_customers(SimilarCustomerSearch { features: &[&feature], among: &among, queries: &queries }).unwrap();
            let ones = vec![1.0; 80];
            let of = Values { values_of_similar: &values, factor: &ones, expected: &values };
            let would = upside_of_similar_customers(&found_similar, of).unwrap();
            let most = values[..70].iter().copied().fold(0.0, f64::max);
            let least = values[..70].iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!(would.iter().all(|value| (least - 1e-6..=most + 1e-6).contains(value)));
            let all: Vec<usize> = (0..found_similar.rows.len()).collect();
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let [low, high] = interval(&found_similar, &all, of, 0.9, &mut rng).unwrap();
            prop_assert!(low <= high);
            let again = interval(&found_similar, &all, of, 0.9, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
            prop_assert_eq!([low, high].map(f64::to_bits), again.map(f64::to_bits));
            prop_assert!(low.is_finite() && high.is_finite());
        }
    }
}
