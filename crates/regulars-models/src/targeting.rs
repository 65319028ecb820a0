//! Ranks contacts within a budget and estimates their return.
//!
//! Deliberately not here: the upside ([`crate::opportunities`]) and the response rate, which the caller has
//! to assume until a test has measured it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use thiserror::Error as ThisError;

/// Simulations of who responds.
const DRAWS: usize = 1_000;

/// Assumptions about a campaign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Campaign {
    /// Cost per contact; non-negative.
    pub contact_cost: f64,
    /// Response rate, 0 to 1: the share of contacted customers who realise all of their upside; the others
    /// realise none of it.
    pub response: f64,
    /// Gross margin: share of revenue left after the cost of goods; above 0, at most 1.
    pub margin: f64,
    /// Contact budget; non-negative.
    pub budget: f64,
    /// Nominal level of the interval; between 0 and 1.
    pub level: f64,
}

/// An invalid campaign.
#[derive(Debug, Clone, Copy, PartialEq, ThisError)]
pub enum Error {
    /// A negative cost, or NaN.
    #[error("the cost of a contact is {0}, expected 0 or more")]
    ContactCost(f64),
    /// A response rate outside 0 to 1.
    #[error("the response is {0}, expected 0 to 1")]
    Response(f64),
    /// A margin outside 0 to 1.
    #[error("the margin is {0}, expected above 0, at most 1")]
    Margin(f64),
    /// A negative budget, or NaN.
    #[error("the budget is {0}, expected 0 or more")]
    Budget(f64),
    /// A level outside 0 to 1.
    #[error("the interval level is {0}, expected between 0 and 1")]
    Level(f64),
}

/// Customers to contact, and the expected return.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignPlan {
    /// Rows of the customers in order of expected return; ties by row.
    pub rows: Vec<u32>,
    /// Expected return of each contact after its cost, in the same order.
    pub returns: Vec<f64>,
    /// Number of customers whose contact has a positive expected return after cost, regardless of the budget.
    pub worthwhile: usize,
    /// Total cost of the contacts.
    pub cost: f64,
    /// Upside of the contacted customers.
    pub upside: f64,
    /// Expected return of all contacts after their cost.
    pub expected_return: f64,
    /// Interval of that return, over who responds.
    pub interval: [f64; 2],
    /// Break-even response rate of these contacts; none if nobody is contacted.
    pub break_even_response: Option<f64>,
}

impl Campaign {
    /// Checks the values.
    ///
    /// Errors: every kind of [`Error`]; NaN is rejected, too.
    pub fn check(&self) -> Result<(), Error> {
        let from_nothing = |value: f64| value >= 0.0 && value.is_finite();
        if !from_nothing(self.contact_cost) {
            return Err(Error::ContactCost(self.contact_cost));
        }
        if !(0.0..=1.0).contains(&self.response) {
            return Err(Error::Response(self.response));
        }
        if !(self.margin > 0.0 && self.margin <= 1.0) {
            return Err(Error::Margin(self.margin));
        }
        if !from_nothing(self.budget) {
            return Err(Error::Budget(self.budget));
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Error::Level(self.level));
        }
        Ok(())
    }

    /// Expected return of a contact after its cost.
    fn expected_return(&self, upside: f64) -> f64 {
        upside * self.response * self.margin - self.contact_cost
    }

    /// Number of contacts the budget pays for.
    fn affordable(&self) -> usize {
        if self.contact_cost > 0.0 { (self.budget / self.contact_cost + 1e-9) as usize } else { usize::MAX }
    }
}

/// Chooses the customers to contact: highest expected return first, while a contact returns more than it
/// costs and the budget lasts.
///
/// Shape: `upside` has the upside of each customer; rows are indices into it.
/// Units: money, all in one currency.
/// Errors: those of [`Campaign::check`].
pub fn plan(upside: &[f64], campaign: &Campaign, seed: u64) -> Result<CampaignPlan, Error> {
    campaign.check()?;
    let mut rows: Vec<u32> = (0..upside.len() as u32)
        .filter(|row| campaign.expected_return(upside[*row as usize]) > 0.0)
        .collect();
    let worthwhile = rows.len();
    let of = |row: &u32| upside[*row as usize];
    rows.sort_unstable_by(|a, b| of(b).total_cmp(&of(a)).then(a.cmp(b)));
    rows.truncate(campaign.affordable());
    let reached: f64 = rows.iter().map(of).sum();
    let cost = rows.len() as f64 * campaign.contact_cost;
    let chosen: Vec<f64> = rows.iter().map(of).collect();
    Ok(CampaignPlan {
        returns: chosen.iter().map(|upside| campaign.expected_return(*upside)).collect(),
        worthwhile,
        cost,
        upside: reached,
        expected_return: reached * campaign.response * campaign.margin - cost,
        interval: luck(&chosen, campaign, cost, seed),
        break_even_response: (reached > 0.0).then(|| cost / (reached * campaign.margin)),
        rows,
    })
}

/// Expected return after cost by number of contacts, in order of expected return and regardless of the
/// budget; contacts that cost more than they return come last.
///
/// Shape: pairs of contacts and return, by contacts; from no customer to all customers, including the number
/// that [`plan`] chooses and about `points` others, evenly spaced.
/// Units: money, as in `upside`.
/// Errors: those of [`Campaign::check`].
pub fn curve(upside: &[f64], campaign: &Campaign, points: usize) -> Result<Vec<(usize, f64)>, Error> {
    campaign.check()?;
    let mut sorted = upside.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let worthwhile = sorted.partition_point(|upside| campaign.expected_return(*upside) > 0.0);
    let chosen = worthwhile.min(campaign.affordable());
    let step = sorted.len().div_ceil(points.max(1)).max(1);
    let (mut reached, mut found) = (0.0, vec![(0, 0.0)]);
    for (at, upside) in sorted.iter().enumerate() {
        reached += upside;
        let contacts = at + 1;
        if contacts % step == 0 || contacts == sorted.len() || contacts == chosen || contacts == worthwhile {
            let cost = contacts as f64 * campaign.contact_cost;
            found.push((contacts, reached * campaign.response * campaign.margin - cost));
        }
    }
    Ok(found)
}

/// Interval of the return if each contact realises all of its upside with probability `response`.
fn luck(upside: &[f64], campaign: &Campaign, cost: f64, seed: u64) -> [f64; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn: Vec<f64> =
        (0..DRAWS).map(|_| responded(upside, campaign.response, &mut rng) * campaign.margin - cost).collect();
    drawn.sort_by(f64::total_cmp);
    let quantile = |share: f64| drawn[((DRAWS - 1) as f64 * share).round() as usize];
    [quantile((1.0 - campaign.level) / 2.0), quantile(f64::midpoint(1.0, campaign.level))]
}

/// Total upside of the customers who respond, each with the same probability.
///
/// Jumps between responders by the geometric distribution, so that few responders cost little time.
fn responded(upside: &[f64], response: f64, rng: &mut ChaCha8Rng) -> f64 {
    if response <= 0.0 {
        return 0.0;
    }
    if response >= 1.0 {
        return upside.iter().sum();
    }
    let (mut sum, mut at) = (0.0, 0_usize);
    loop {
        let skipped = (1.0 - rng.random::<f64>()).ln() / (-response).ln_1p();
        at = at.saturating_add(skipped as usize);
        let Some(value) = upside.get(at) else { return sum };
        sum += value;
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAMPAIGN: Campaign =
        Campaign { contact_cost: 1.0, response: 0.1, margin: 0.5, budget: 3.0, level: 0.9 };

    #[test]
    fn those_who_return_most_come_first_while_the_budget_lasts() {
        // A contact pays from an upside of 20 on.
        let upside = [100.0, 20.0, 500.0, 100.0, 21.0, 0.0];
        let found = plan(&upside, &CAMPAIGN, 1).expect("possible");
        assert_eq!(found.rows, [2, 0, 3]);
        assert_eq!(found.returns, [24.0, 4.0, 4.0]);
        assert_eq!(found.worthwhile, 4);
        assert!((found.expected_return - 32.0).abs() < 1e-9);
        assert!((found.cost - 3.0).abs() < 1e-12);
        // At this response rate the three return their cost of 3.
        let even = found.break_even_response.expect("somebody is contacted");
        assert!((700.0 * even * 0.5 - 3.0).abs() < 1e-9, "{even}");
        assert!(found.interval[0] <= 32.0 && 32.0 <= found.interval[1], "{:?}", found.interval);
    }

    #[test]
    fn the_curve_rises_while_contacts_pay_and_has_the_plan_on_it() {
        let upside = [100.0, 20.0, 500.0, 100.0, 21.0, 0.0];
        let found = curve(&upside, &CAMPAIGN, 3).expect("possible");
        // Three are affordable, four would pay, there are six; plus every second number.
        let contacts: Vec<usize> = found.iter().map(|(contacts, _)| *contacts).collect();
        assert_eq!(contacts, [0, 2, 3, 4, 6]);
        let expected = [0.0, 28.0, 32.0, 32.05, 31.05];
        assert!(found.iter().zip(expected).all(|((_, found), own)| (found - own).abs() < 1e-9), "{found:?}");
        assert_eq!(curve(&[], &CAMPAIGN, 3).expect("possible"), [(0, 0.0)]);
        assert!(curve(&upside, &Campaign { response: 2.0, ..CAMPAIGN }, 3).is_err());
    }

    #[test]
    fn nothing_to_gain_contacts_nobody() {
        let found = plan(&[10.0, 5.0], &CAMPAIGN, 1).expect("possible");
        assert_eq!((found.rows.len(), found.worthwhile, found.break_even_response), (0, 0, None));
        assert!(found.expected_return.abs() < 1e-12 && found.interval == [0.0, 0.0]);
        let free = Campaign { contact_cost: 0.0, budget: 0.0, ..CAMPAIGN };
        assert_eq!(plan(&[10.0, 0.0, 5.0], &free, 1).expect("possible").rows, [0, 2]);
        let certain = Campaign { response: 1.0, ..CAMPAIGN };
        let found = plan(&[10.0, 5.0], &certain, 1).expect("possible");
        assert!(found.interval.iter().all(|end| (end - found.expected_return).abs() < 1e-12));
    }

    #[test]
    fn nonsense_is_refused_with_its_value() {
        let refused = |campaign: Campaign| plan(&[1.0], &campaign, 1).expect_err("refused").to_string();
        let cost = refused(Campaign { contact_cost: -1.0, ..CAMPAIGN });
        assert_eq!(cost, "the cost of a contact is -1, expected 0 or more");
        assert!(refused(Campaign { response: 1.5, ..CAMPAIGN }).contains("1.5, expected 0 to 1"));
        assert!(refused(Campaign { response: f64::NAN, ..CAMPAIGN }).contains("NaN"));
        assert!(refused(Campaign { margin: 0.0, ..CAMPAIGN }).contains("margin is 0"));
        assert!(refused(Campaign { budget: f64::INFINITY, ..CAMPAIGN }).contains("budget is inf"));
        assert!(refused(Campaign { level: 1.0, ..CAMPAIGN }).contains("level"));
    }

    #[test]
    fn the_interval_is_that_of_who_responds() {
        // 400 contacts with an upside of 10, one in four responds: 1000 plus or minus 87.
        let campaign = Campaign { contact_cost: 1.0, response: 0.25, margin: 1.0, budget: 400.0, level: 0.9 };
        let [low, high] = plan(&[10.0; 400], &campaign, 7).expect("possible").interval;
        let expected = 1.645 * 10.0 * (400.0 * 0.25 * 0.75_f64).sqrt();
        assert!((low - (600.0 - expected)).abs() < 25.0 && (high - (600.0 + expected)).abs() < 25.0);
    }

    proptest! {
        #[test]
        fn a_plan_keeps_its_promises(
            upside in prop::collection::vec(-50.0_f64..500.0, 0..60),
            contact_cost in 0.0_f64..5.0, response in 0.0_f64..1.0, margin in 0.01_f64..1.0, budget in 0.0_f64..50.0,
        ) {
            let campaign = Campaign { contact_cost, response, margin, budget, level: 0.9 };
            let found = plan(&upside, &campaign, 3).unwrap();
            prop_assert!(found.cost <= budget * (1.0 + 1e-6) + 1e-6);
            prop_assert!(found.returns.iter().all(|value| *value > 0.0));
            prop_assert!(found.returns.is_sorted_by(|a, b| a >= b));
            prop_assert!((found.returns.iter().sum::<f64>() - found.expected_return).abs() < 1e-6);
            prop_assert!(found.interval[0] <= found.interval[1] && found.interval[0] >= -found.cost - 1e-9);
            prop_assert!(found.rows.len() <= found.worthwhile);
            // No customer left out would have returned more.
            let least = found.returns.last().copied().unwrap_or(f64::INFINITY);
            for row in (0..upside.len() as u32).filter(|row| !found.rows.contains(row)) {
                let value = upside[row as usize] * response * margin - contact_cost;
                prop_assert!(value <= least + 1e-9);
            }
            // A larger budget never returns less.
            let richer = plan(&upside, &Campaign { budget: budget + 10.0, ..campaign }, 3).unwrap();
            prop_assert!(richer.expected_return >= found.expected_return - 1e-9);
        }
    }
}
