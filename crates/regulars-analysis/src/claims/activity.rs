//! P(purchase), which can be checked, before P(alive), which cannot.
//!
//! A model infers dropout from the time since the last order alone. If it has no dropout, or is certain that
//! customers far beyond their purchase cycle are active, its P(alive) is an assumption of the model: it is
//! shown second, with a note. The wording is in `words`.

use regulars_core::cadence::LAPSED_CYCLE_RATIO;
use regulars_core::summary::AliveEvidence;

/// Readers take a probability above this as certainty.
pub const NEAR_CERTAIN: f64 = 0.99;

/// Share of long inactive customers with a certain P(alive) from which P(alive) is doubted.
const MIN_CERTAIN_SHARE: f64 = 0.1;

/// P(purchase) and P(alive) of some customers.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityForecast {
    /// Customers with a forecast.
    pub customers: u64,
    /// Horizon in days.
    pub horizon_days: u32,
    /// Mean P(purchase) in the horizon; none in older runs.
    pub p_purchase: Option<f64>,
    /// Mean P(alive).
    pub p_alive: f64,
    /// Why P(alive) is unreliable, if it is.
    pub alive_caveat: Option<AliveCaveat>,
}

impl ActivityForecast {
    /// Expected number of buyers in the horizon.
    pub fn buyers(&self) -> Option<u64> {
        self.p_purchase.map(|p_purchase| (p_purchase * self.customers as f64).round() as u64)
    }

    /// Expected number of active customers.
    pub fn active(&self) -> u64 {
        (self.p_alive * self.customers as f64).round() as u64
    }
}

/// Why P(alive) is unreliable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliveCaveat {
    /// The model has no dropout, or its fit found none.
    NoDropout {
        /// The model.
        model: String,
    },
    /// It is certain that long inactive customers are active.
    InactiveButCertain {
        /// Customers without an order for more than four purchase cycles.
        lapsed: u64,
        /// Those of them with P(alive) above 99%.
        certain: u64,
    },
}

/// Why P(alive) is unreliable: the model has no dropout, or is certain of at least 10% of long inactive
/// customers.
pub fn alive_caveat(evidence: &AliveEvidence) -> Option<AliveCaveat> {
    if !evidence.models_dropout {
        return Some(AliveCaveat::NoDropout { model: evidence.model.clone() });
    }
    let (lapsed, certain) = (evidence.silent, evidence.inactive_but_certain);
    let notable = certain > 0 && certain as f64 >= MIN_CERTAIN_SHARE * lapsed as f64;
    notable.then_some(AliveCaveat::InactiveButCertain { lapsed, certain })
}

/// Recency, purchase cycle and P(alive) of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerActivity {
    /// Days since the last order.
    pub recency_days: f64,
    /// Purchase cycle, days.
    pub purchase_cycle_days: f64,
    /// P(alive).
    pub p_alive: f64,
}

impl CustomerActivity {
    /// Whether the customer has lapsed: inactive far beyond its purchase cycle.
    pub fn is_lapsed(&self) -> bool {
        self.recency_days > LAPSED_CYCLE_RATIO * self.purchase_cycle_days
    }

    /// Whether the customer has lapsed, and the model is certain that it is active.
    pub fn is_lapsed_but_certain(&self) -> bool {
        self.is_lapsed() && self.p_alive > NEAR_CERTAIN
    }
}

/// Why P(alive) of one customer is unreliable.
pub fn customer_alive_caveat(
    customer: CustomerActivity,
    evidence: Option<&AliveEvidence>,
) -> Option<AliveCaveat> {
    let blind = evidence.filter(|evidence| !evidence.models_dropout);
    let of_model = blind.map(|evidence| AliveCaveat::NoDropout { model: evidence.model.clone() });
    of_model.or(customer
        .is_lapsed_but_certain()
        .then_some(AliveCaveat::InactiveButCertain { lapsed: 1, certain: 1 }))
}

/// Spend at risk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Risk {
    /// A part of recent spend is at risk.
    Of {
        /// Recent spend, minor units.
        recent_spend_minor: i64,
        /// At risk, minor units.
        risk_minor: i64,
    },
    /// There is no recent spend to lose.
    NoRecentSpend,
    /// Unknown: there is no churn model, and the buy-till-you-die model has no dropout.
    Unknown {
        /// Recent spend, minor units.
        recent_spend_minor: i64,
    },
}

/// Spend at risk: without a churn model it depends on P(alive), and is unknown if that has no dropout.
pub fn risk(
    recent_spend_minor: i64,
    risk_minor: i64,
    churn_is_learned: bool,
    alive_caveat: Option<&AliveCaveat>,
) -> Risk {
    if recent_spend_minor <= 0 {
        return Risk::NoRecentSpend;
    }
    if !churn_is_learned && matches!(alive_caveat, Some(AliveCaveat::NoDropout { .. })) {
        return Risk::Unknown { recent_spend_minor };
    }
    Risk::Of { recent_spend_minor, risk_minor }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn evidence(models_dropout: bool, lapsed: u64, inactive_but_certain: u64) -> AliveEvidence {
        AliveEvidence {
            model: "BG/NBD".to_owned(),
            models_dropout,
            silent: lapsed,
            inactive_but_certain,
            silent_p_purchase: None,
        }
    }

    #[test]
    fn a_model_that_lets_nobody_leave_is_doubted_first() {
        let found = alive_caveat(&evidence(false, 0, 0));
        assert_eq!(found, Some(AliveCaveat::NoDropout { model: "BG/NBD".to_owned() }));
        // 1,042 one-time buyers, inactive for 481 days: certainly active by BG/NBD.
        assert_eq!(
            alive_caveat(&evidence(true, 1_042, 1_042)),
            Some(AliveCaveat::InactiveButCertain { lapsed: 1_042, certain: 1_042 })
        );
        assert_eq!(alive_caveat(&evidence(true, 1_000, 99)), None);
        assert_eq!(
            alive_caveat(&evidence(true, 1_000, 100)),
            Some(AliveCaveat::InactiveButCertain { lapsed: 1_000, certain: 100 })
        );
        assert_eq!(alive_caveat(&evidence(true, 0, 0)), None);
    }

    #[test]
    fn one_customer_is_doubted_by_its_own_silence() {
        let of =
            |recency_days, p_alive| CustomerActivity { recency_days, purchase_cycle_days: 50.0, p_alive };
        let seeing = evidence(true, 10, 0);
        assert!(customer_alive_caveat(of(481.0, 1.0), Some(&seeing)).is_some());
        assert!(customer_alive_caveat(of(481.0, 1.0), None).is_some());
        assert_eq!(customer_alive_caveat(of(481.0, 0.6), Some(&seeing)), None);
        assert_eq!(customer_alive_caveat(of(200.0, 1.0), Some(&seeing)), None);
        let blind = evidence(false, 0, 0);
        assert!(matches!(
            customer_alive_caveat(of(1.0, 1.0), Some(&blind)),
            Some(AliveCaveat::NoDropout { .. })
        ));
    }

    #[test]
    fn expected_buyers_are_counted() {
        let found = ActivityForecast {
            customers: 1_042,
            horizon_days: 180,
            p_purchase: Some(0.25),
            p_alive: 1.0,
            alive_caveat: None,
        };
        assert_eq!((found.buyers(), found.active()), (Some(261), 1_042));
    }

    #[test]
    fn no_risk_is_claimed_where_nobody_can_see_it() {
        let blind = AliveCaveat::NoDropout { model: "NBD".to_owned() };
        assert_eq!(risk(1_000, 0, false, Some(&blind)), Risk::Unknown { recent_spend_minor: 1_000 });
        assert_eq!(
            risk(1_000, 400, true, Some(&blind)),
            Risk::Of { recent_spend_minor: 1_000, risk_minor: 400 }
        );
        assert_eq!(risk(1_000, 400, false, None), Risk::Of { recent_spend_minor: 1_000, risk_minor: 400 });
        assert_eq!(risk(0, 0, false, Some(&blind)), Risk::NoRecentSpend);
    }

    proptest! {
        #[test]
        fn who_is_not_silent_is_not_doubted(recency in 0.0_f64..1e4, gap in 1.0_f64..1e3, alive in 0.0_f64..=1.0) {
            let customer = CustomerActivity { recency_days: recency, purchase_cycle_days: gap, p_alive: alive };
            prop_assert_eq!(
                customer_alive_caveat(customer, None).is_some(),
                recency > 4.0 * gap && alive > 0.99
            );
        }
    }
}
