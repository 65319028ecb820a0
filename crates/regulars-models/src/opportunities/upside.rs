//! Upside of customers: what they would spend if they behaved like their look-alikes, minus their expected
//! spend.
//!
//! Deliberately not here: whether a campaign would make them do so, see the parent module.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::neighbours::Compared;
use super::{Error, LOOK_ALIKES};

/// Bootstrap replicates of the interval.
const RESAMPLES: usize = 500;

/// Maximum resampling groups: more cost time and change little.
const MOST_GROUPS: usize = 500;

/// Columns of all customers that the upside is computed from.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// Value taken from look-alikes: their expected spend, or their order value.
    pub of_look_alikes: &'a [f64],
    /// Multiplier of that value per customer: 1 for expected spend; for order value, the customer's
    /// expected spend divided by their own order value.
    pub factor: &'a [f64],
    /// Expected spend of each customer.
    pub expected: &'a [f64],
}

/// Spend of customers if they behaved like their look-alikes.
///
/// Shape: one value per row of `compared.rows`, in order.
/// Units: those of `expected`.
/// Errors: [`Error::Lengths`].
pub fn like_look_alikes(compared: &Compared, values: Values<'_>) -> Result<Vec<f64>, Error> {
    check(values)?;
    let each = compared.rows.iter().zip(compared.look_alikes.chunks_exact(LOOK_ALIKES));
    Ok(each
        .map(|(row, names)| {
            let sum: f64 = names.iter().map(|name| values.of_look_alikes[*name as usize]).sum();
            values.factor[*row as usize] * sum / LOOK_ALIKES as f64
        })
        .collect())
}

fn check(values: Values<'_>) -> Result<(), Error> {
    let expected = values.expected.len();
    for column in [values.of_look_alikes, values.factor] {
        if column.len() != expected {
            return Err(Error::Lengths { found: column.len(), expected });
        }
    }
    Ok(())
}

/// Bootstrap interval of the total upside of some compared customers: how much it would vary over
/// comparable samples of these customers and of their look-alikes.
///
/// `chosen` are indices into `compared.rows`. The interval covers neither the uncertainty of the forecasts
/// nor unobserved differences to look-alikes.
///
/// Shape: low and high; the upside itself twice if nobody was chosen.
/// Source: the bootstrap percentile interval (Efron 1979). The two samples are drawn independently and
/// their deviations added; a mean over look-alikes is weighted by how often each was used, so that a
/// look-alike of many customers affects all of them.
/// Errors: [`Error::Lengths`].
pub fn interval(
    compared: &Compared,
    chosen: &[usize],
    values: Values<'_>,
    level: f64,
    rng: &mut ChaCha8Rng,
) -> Result<[f64; 2], Error> {
    let would = like_look_alikes(compared, values)?;
    let gain = |at: &usize| would[*at] - values.expected[compared.rows[*at] as usize];
    let total: f64 = chosen.iter().map(gain).sum();
    if chosen.is_empty() {
        return Ok([total; 2]);
    }
    let gains = Groups::of(chosen.iter().map(|at| [gain(at), 0.0]));
    let weighted = Groups::of(weighted_look_alikes(compared, chosen, values).into_iter());
    let mean = weighted.ratio(None).unwrap_or(0.0);
    let factors: f64 = chosen.iter().map(|at| values.factor[compared.rows[*at] as usize]).sum();
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

/// Per look-alike of the chosen customers, by row: its weighted value, and its weight.
fn weighted_look_alikes(compared: &Compared, chosen: &[usize], values: Values<'_>) -> Vec<[f64; 2]> {
    let mut weights = vec![0.0; values.expected.len()];
    for at in chosen {
        let weight = values.factor[compared.rows[*at] as usize];
        for name in &compared.look_alikes[at * LOOK_ALIKES..(at + 1) * LOOK_ALIKES] {
            weights[*name as usize] += weight;
        }
    }
    let known = weights.iter().zip(values.of_look_alikes).filter(|(weight, _)| **weight > 0.0);
    known.map(|(weight, value)| [weight * value, *weight]).collect()
}

/// Customers in groups of equal size, with two sums per group.
struct Groups {
    sums: Vec<[f64; 2]>,
}

impl Groups {
    fn of(customers: impl ExactSizeIterator<Item = [f64; 2]>) -> Self {
        let count = customers.len().min(MOST_GROUPS);
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

    use super::super::neighbours::{LookAlikeSearch, look_alikes};
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

    fn compare(shop: &Shop) -> (Compared, Vec<f64>) {
        let question = LookAlikeSearch { features: &[&shop.feature], among: &shop.stayed, asked: &shop.left };
        let compared = look_alikes(question).expect("enough");
        let ones = vec![1.0; shop.value.len()];
        let values = Values { of_look_alikes: &shop.value, factor: &ones, expected: &shop.value };
        let would = like_look_alikes(&compared, values).expect("equal lengths");
        (compared, would)
    }

    #[test]
    fn the_potential_of_a_shop_whose_truth_is_known_is_found() {
        let shop = shop(6_000, 3, 5);
        let (compared, would) = compare(&shop);
        assert_eq!(compared.rows.len(), 3_000);
        // Three kinds of a thousand customers who left: 100, 200 and 300 on average, minus the 10 expected.
        let total: f64 = would.iter().map(|value| value - 10.0).sum();
        let truth = 1_000.0 * (100.0 + 200.0 + 300.0 - 30.0);
        assert!((total / truth - 1.0).abs() < 0.03, "{total} {truth}");
        for (row, value) in compared.rows.iter().zip(&would) {
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
                let (compared, _) = compare(&shop);
                let ones = vec![1.0; 800];
                let values = Values { of_look_alikes: &shop.value, factor: &ones, expected: &shop.value };
                let all: Vec<usize> = (0..compared.rows.len()).collect();
                let mut rng = ChaCha8Rng::seed_from_u64(*seed);
                let [low, high] = interval(&compared, &all, values, 0.9, &mut rng).expect("equal lengths");
                low <= truth && truth <= high
            })
            .count();
        // 54 of 60 are expected; an interval that ignored the look-alikes would be far too narrow. Kinds
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
        let compared = look_alikes(LookAlikeSearch { features: &[&feature], among: &among, asked: &[99] })
            .expect("enough");
        let values = Values { of_look_alikes: &size, factor: &factor, expected: &expected };
        let would = like_look_alikes(&compared, values).expect("equal lengths");
        assert!((would[0] - 500.0).abs() < 1e-9, "{would:?}");
        let short = Values { factor: &[], ..values };
        assert_eq!(like_look_alikes(&compared, short), Err(Error::Lengths { found: 0, expected: 100 }));
    }

    proptest! {
        #[test]
        fn a_mean_of_look_alikes_lies_among_them(values in prop::collection::vec(0.0_f64..1e6, 80)) {
            let feature: Vec<f64> = (0..80).map(|row| f64::from(row % 2)).collect();
            let (among, asked): (Vec<u32>, Vec<u32>) = ((0..70).collect(), (70..80).collect());
            let compared = look_alikes(LookAlikeSearch { features: &[&feature], among: &among, asked: &asked }).unwrap();
            let ones = vec![1.0; 80];
            let of = Values { of_look_alikes: &values, factor: &ones, expected: &values };
            let would = like_look_alikes(&compared, of).unwrap();
            let most = values[..70].iter().copied().fold(0.0, f64::max);
            let least = values[..70].iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!(would.iter().all(|value| (least - 1e-6..=most + 1e-6).contains(value)));
            let all: Vec<usize> = (0..compared.rows.len()).collect();
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let [low, high] = interval(&compared, &all, of, 0.9, &mut rng).unwrap();
            prop_assert!(low <= high);
            let again = interval(&compared, &all, of, 0.9, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
            prop_assert_eq!([low, high].map(f64::to_bits), again.map(f64::to_bits));
            prop_assert!(low.is_finite() && high.is_finite());
        }
    }
}
