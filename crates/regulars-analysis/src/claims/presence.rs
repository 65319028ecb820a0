//! Whether customers will buy, which can be checked, before whether they are "still there", which cannot.
//!
//! A model sees customers leave by their silence alone. Where it lets nobody leave, or takes those for present who have
//! been silent far beyond their own habit, its P(alive) is a property of the model: it is shown second, with that said.
//! Deliberately not here: words.

use regulars_core::cadence::LAPSED_GAPS;
use regulars_core::summary::AliveEvidence;

/// A chance above this is taken for certainty by a reader.
pub const SURE: f64 = 0.99;

/// Of the silent, the share taken for present from which on P(alive) is doubted.
const NOTABLE_SURE: f64 = 0.1;

/// What is expected of some customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Presence {
    /// Customers with a forecast.
    pub customers: u64,
    /// Days ahead.
    pub horizon_days: u32,
    /// Mean chance to buy in them; none in older runs.
    pub p_purchase: Option<f64>,
    /// Mean chance not to have left for good.
    pub p_alive: f64,
    /// Why P(alive) says little, if it does.
    pub doubt: Option<Doubt>,
}

impl Presence {
    /// Customers who are expected to buy in the horizon.
    pub fn buyers(&self) -> Option<u64> {
        self.p_purchase.map(|chance| (chance * self.customers as f64).round() as u64)
    }

    /// Customers who are likely still active.
    pub fn active(&self) -> u64 {
        (self.p_alive * self.customers as f64).round() as u64
    }
}

/// Why P(alive) says little of customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// The model lets nobody leave, or its fit found no dropout.
    NobodyLeaves {
        /// The model.
        model: String,
    },
    /// It takes silent customers for present.
    SilentButSure {
        /// Customers silent for more than four of their usual gaps.
        silent: u64,
        /// Those of them with a chance above 99%.
        sure: u64,
    },
}

/// Why P(alive) says little: the model cannot see customers leave, or does not see at least a tenth of the silent.
pub fn doubt(evidence: &AliveEvidence) -> Option<Doubt> {
    if !evidence.sees_leaving {
        return Some(Doubt::NobodyLeaves { model: evidence.model.clone() });
    }
    let (silent, sure) = (evidence.silent, evidence.silent_but_sure);
    let notable = sure > 0 && sure as f64 >= NOTABLE_SURE * silent as f64;
    notable.then_some(Doubt::SilentButSure { silent, sure })
}

/// How one customer stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Days since the last order.
    pub recency_days: f64,
    /// The usual gap between its orders, days.
    pub usual_gap_days: f64,
    /// The chance not to have left for good.
    pub p_alive: f64,
}

impl Standing {
    /// Whether the customer has been silent far beyond its habit.
    pub fn is_silent(&self) -> bool {
        self.recency_days > LAPSED_GAPS * self.usual_gap_days
    }

    /// Silent far beyond its habit, and still taken for present.
    pub fn is_silent_but_sure(&self) -> bool {
        self.is_silent() && self.p_alive > SURE
    }
}

/// Why P(alive) says little of one customer.
pub fn doubt_of_one(standing: Standing, evidence: Option<&AliveEvidence>) -> Option<Doubt> {
    let blind = evidence.filter(|evidence| !evidence.sees_leaving);
    let of_model = blind.map(|evidence| Doubt::NobodyLeaves { model: evidence.model.clone() });
    of_model.or(standing.is_silent_but_sure().then_some(Doubt::SilentButSure { silent: 1, sure: 1 }))
}

/// What can be said of how much is at risk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Risk {
    /// So much of what was spent lately.
    Of {
        /// Spent lately, minor units.
        stake_minor: i64,
        /// At risk, minor units.
        risk_minor: i64,
    },
    /// Nothing was spent lately, so there is nothing to lose.
    NothingAtStake,
    /// The chance to lose customers is not known: nothing was learned, and the model cannot see them leave.
    Unseen {
        /// Spent lately, minor units.
        stake_minor: i64,
    },
}

/// How much is at risk: without a learned chance to buy nothing it rests on P(alive), and where that cannot see customers
/// leave, nobody knows.
pub fn risk(stake_minor: i64, risk_minor: i64, churn_is_learned: bool, doubt: Option<&Doubt>) -> Risk {
    if stake_minor <= 0 {
        return Risk::NothingAtStake;
    }
    if !churn_is_learned && matches!(doubt, Some(Doubt::NobodyLeaves { .. })) {
        return Risk::Unseen { stake_minor };
    }
    Risk::Of { stake_minor, risk_minor }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn evidence(sees_leaving: bool, silent: u64, silent_but_sure: u64) -> AliveEvidence {
        AliveEvidence {
            model: "BG/NBD".to_owned(),
            sees_leaving,
            silent,
            silent_but_sure,
            silent_p_purchase: None,
        }
    }

    #[test]
    fn a_model_that_lets_nobody_leave_is_doubted_first() {
        let found = doubt(&evidence(false, 0, 0));
        assert_eq!(found, Some(Doubt::NobodyLeaves { model: "BG/NBD".to_owned() }));
        // 1,042 customers with one order, silent for 481 days: "still there" by BG/NBD.
        assert_eq!(
            doubt(&evidence(true, 1_042, 1_042)),
            Some(Doubt::SilentButSure { silent: 1_042, sure: 1_042 })
        );
        assert_eq!(doubt(&evidence(true, 1_000, 99)), None);
        assert_eq!(
            doubt(&evidence(true, 1_000, 100)),
            Some(Doubt::SilentButSure { silent: 1_000, sure: 100 })
        );
        assert_eq!(doubt(&evidence(true, 0, 0)), None);
    }

    #[test]
    fn one_customer_is_doubted_by_its_own_silence() {
        let of = |recency_days, p_alive| Standing { recency_days, usual_gap_days: 50.0, p_alive };
        let seeing = evidence(true, 10, 0);
        assert!(doubt_of_one(of(481.0, 1.0), Some(&seeing)).is_some());
        assert!(doubt_of_one(of(481.0, 1.0), None).is_some());
        assert_eq!(doubt_of_one(of(481.0, 0.6), Some(&seeing)), None);
        assert_eq!(doubt_of_one(of(200.0, 1.0), Some(&seeing)), None);
        let blind = evidence(false, 0, 0);
        assert!(matches!(doubt_of_one(of(1.0, 1.0), Some(&blind)), Some(Doubt::NobodyLeaves { .. })));
    }

    #[test]
    fn expected_buyers_are_counted() {
        let found = Presence {
            customers: 1_042,
            horizon_days: 180,
            p_purchase: Some(0.25),
            p_alive: 1.0,
            doubt: None,
        };
        assert_eq!((found.buyers(), found.active()), (Some(261), 1_042));
    }

    #[test]
    fn no_risk_is_claimed_where_nobody_can_see_it() {
        let blind = Doubt::NobodyLeaves { model: "NBD".to_owned() };
        assert_eq!(risk(1_000, 0, false, Some(&blind)), Risk::Unseen { stake_minor: 1_000 });
        assert_eq!(risk(1_000, 400, true, Some(&blind)), Risk::Of { stake_minor: 1_000, risk_minor: 400 });
        assert_eq!(risk(1_000, 400, false, None), Risk::Of { stake_minor: 1_000, risk_minor: 400 });
        assert_eq!(risk(0, 0, false, Some(&blind)), Risk::NothingAtStake);
    }

    proptest! {
        #[test]
        fn who_is_not_silent_is_not_doubted(recency in 0.0_f64..1e4, gap in 1.0_f64..1e3, alive in 0.0_f64..=1.0) {
            let standing = Standing { recency_days: recency, usual_gap_days: gap, p_alive: alive };
            prop_assert_eq!(
                doubt_of_one(standing, None).is_some(),
                recency > 4.0 * gap && alive > 0.99
            );
        }
    }
}
