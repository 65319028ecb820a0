//! Claims about a segment from its own numbers: whether its customers still buy, and their spend at their own
//! cadence.
//!
//! When a recommendation is replaced is defined in `regulars_core::segments`, the wording in `words`.

use regulars_core::segments::{RecommendationRule, STILL_BUYING_SHARE};

/// Figures of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentFacts {
    /// Name.
    pub segment: String,
    /// Number of customers.
    pub customers: u64,
    /// Share who bought in the last 90 days; none in older runs, like the next three.
    pub bought_lately_share: Option<f64>,
    /// Share with one order.
    pub one_order_share: Option<f64>,
    /// Spend in the horizon at their own cadence, minor units.
    pub spend_at_cadence_minor: Option<i64>,
    /// Customers with two or more orders, who have a cadence.
    pub customers_with_cadence: Option<u64>,
    /// Mean P(purchase) in the horizon.
    pub mean_p_purchase: Option<f64>,
    /// Recent spend, minor units.
    pub recent_spend_minor: Option<i64>,
    /// Horizon in days.
    pub horizon_days: u32,
}

/// Spend of customers if they returned to their own cadence: a ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpendAtCadence {
    /// In the horizon, minor units.
    pub amount_minor: i64,
    /// Customers with two or more orders, who have a cadence.
    pub customers_with_cadence: u64,
    /// Number of customers.
    pub customers: u64,
    /// Horizon in days.
    pub horizon_days: u32,
}

/// Spend of a segment at its own cadence: shown if there is no recent spend, or if fewer than half bought in
/// the last 90 days, and some customers have a cadence.
pub fn spend_at_cadence(facts: &SegmentFacts) -> Option<SpendAtCadence> {
    let (amount_minor, customers_with_cadence) =
        (facts.spend_at_cadence_minor?, facts.customers_with_cadence?);
    let no_recent_spend = facts.recent_spend_minor.is_some_and(|spend| spend <= 0);
    let quiet = facts.bought_lately_share.is_some_and(|share| share < STILL_BUYING_SHARE);
    (customers_with_cadence > 0 && (no_recent_spend || quiet)).then_some(SpendAtCadence {
        amount_minor,
        customers_with_cadence,
        customers: facts.customers,
        horizon_days: facts.horizon_days,
    })
}

/// Why the recommendation for a segment differs from that of its name.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendationOverride {
    /// The segment.
    pub segment: String,
    /// The rule; never `AsNamed`.
    pub rule: RecommendationRule,
    /// Share who bought in the last 90 days.
    pub bought_lately_share: f64,
    /// Share with one order.
    pub one_order_share: f64,
    /// Mean P(purchase) in the horizon.
    pub mean_p_purchase: Option<f64>,
    /// Horizon in days.
    pub horizon_days: u32,
}

/// Why the recommendation differs from that of the name, if the rule does.
pub fn recommendation_override(
    facts: &SegmentFacts,
    rule: RecommendationRule,
) -> Option<RecommendationOverride> {
    let (Some(bought_lately_share), Some(one_order_share)) =
        (facts.bought_lately_share, facts.one_order_share)
    else {
        return None;
    };
    (rule != RecommendationRule::AsNamed).then(|| RecommendationOverride {
        segment: facts.segment.clone(),
        rule,
        bought_lately_share,
        one_order_share,
        mean_p_purchase: facts.mean_p_purchase,
        horizon_days: facts.horizon_days,
    })
}

/// Recent buyers and P(purchase) of a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buying {
    /// Share who bought in the last 90 days.
    pub bought_lately_share: f64,
    /// Mean P(purchase) in the horizon.
    pub mean_p_purchase: Option<f64>,
    /// Horizon in days.
    pub horizon_days: u32,
}

/// Recent buyers and P(purchase) of a segment; none if unknown.
pub fn buying(facts: &SegmentFacts) -> Option<Buying> {
    Some(Buying {
        bought_lately_share: facts.bought_lately_share?,
        mean_p_purchase: facts.mean_p_purchase,
        horizon_days: facts.horizon_days,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(lately: f64, spend: Option<i64>) -> SegmentFacts {
        SegmentFacts {
            segment: "Lost".to_owned(),
            customers: 100,
            bought_lately_share: Some(lately),
            one_order_share: Some(0.3),
            spend_at_cadence_minor: Some(5_000_000),
            customers_with_cadence: Some(70),
            mean_p_purchase: Some(0.2),
            recent_spend_minor: spend,
            horizon_days: 180,
        }
    }

    #[test]
    fn what_could_come_back_is_said_of_the_quiet() {
        // No recent spend, so nothing at risk, but there is spend to win back.
        let found = spend_at_cadence(&facts(0.0, Some(0))).expect("a pace");
        assert_eq!((found.amount_minor, found.customers_with_cadence, found.customers), (5_000_000, 70, 100));
        assert!(spend_at_cadence(&facts(0.3, Some(900))).is_some());
        assert_eq!(spend_at_cadence(&facts(0.77, Some(900))), None);
        // Without lifetime value recent spend is unknown, but inactivity is not.
        assert!(spend_at_cadence(&facts(0.1, None)).is_some());
        let once = SegmentFacts { customers_with_cadence: Some(0), ..facts(0.0, Some(0)) };
        assert_eq!(spend_at_cadence(&once), None);
        let older = SegmentFacts { spend_at_cadence_minor: None, ..facts(0.0, Some(0)) };
        assert_eq!(spend_at_cadence(&older), None);
    }

    #[test]
    fn advice_that_gives_way_says_why() {
        let found = recommendation_override(&facts(0.77, None), RecommendationRule::StillBuying)
            .expect("it gives way");
        assert_eq!((found.rule, found.bought_lately_share), (RecommendationRule::StillBuying, 0.77));
        assert_eq!(recommendation_override(&facts(0.02, None), RecommendationRule::AsNamed), None);
        let older = SegmentFacts { bought_lately_share: None, ..facts(0.0, None) };
        assert_eq!(recommendation_override(&older, RecommendationRule::NotGone), None);
        assert_eq!(buying(&older), None);
    }
}
