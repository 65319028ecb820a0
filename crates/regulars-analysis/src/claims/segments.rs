//! What a segment's own numbers say beside its name: whether its customers still buy, what is at risk, and what they
//! would be worth at their own pace.
//!
//! Deliberately not here: when advice gives way (`regulars_core::segments`), and words.

use regulars_core::segments::{AdviceRule, STILL_BUYING_SHARE};

/// What is known of the customers of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentFacts {
    /// Its name.
    pub segment: String,
    /// Customers in it.
    pub customers: u64,
    /// Share who bought in the last 90 days; none in older runs, as the next three.
    pub bought_lately_share: Option<f64>,
    /// Share with one order.
    pub one_order_share: Option<f64>,
    /// What they would spend in the horizon at their own pace, minor units.
    pub at_own_pace_minor: Option<i64>,
    /// Customers who have a pace of their own.
    pub with_own_pace: Option<u64>,
    /// Mean chance to buy in the horizon.
    pub mean_p_purchase: Option<f64>,
    /// What they spent lately, minor units.
    pub at_stake_minor: Option<i64>,
    /// Days ahead.
    pub horizon_days: u32,
}

/// What some customers would spend if they came back to their own pace: a ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnPace {
    /// In the horizon, minor units.
    pub amount_minor: i64,
    /// Customers who have a pace of their own: two orders or more.
    pub with_pace: u64,
    /// Of how many.
    pub customers: u64,
    /// Days ahead.
    pub horizon_days: u32,
}

/// What a segment would spend at its own pace: said where nothing is at stake any more, or where fewer than half bought
/// in the last 90 days, and somebody has a pace.
pub fn own_pace(facts: &SegmentFacts) -> Option<OwnPace> {
    let (amount_minor, with_pace) = (facts.at_own_pace_minor?, facts.with_own_pace?);
    let nothing_at_stake = facts.at_stake_minor.is_some_and(|stake| stake <= 0);
    let quiet = facts.bought_lately_share.is_some_and(|share| share < STILL_BUYING_SHARE);
    (with_pace > 0 && (nothing_at_stake || quiet)).then_some(OwnPace {
        amount_minor,
        with_pace,
        customers: facts.customers,
        horizon_days: facts.horizon_days,
    })
}

/// Why the advice for a segment is not that of its name.
#[derive(Debug, Clone, PartialEq)]
pub struct GivesWay {
    /// The segment.
    pub segment: String,
    /// By which rule; never as named.
    pub rule: AdviceRule,
    /// Share who bought in the last 90 days.
    pub bought_lately_share: f64,
    /// Share with one order.
    pub one_order_share: f64,
    /// Mean chance to buy in the horizon.
    pub mean_p_purchase: Option<f64>,
    /// Days ahead.
    pub horizon_days: u32,
}

/// Why the advice is not that of the name: said wherever the rule is another one.
pub fn gives_way(facts: &SegmentFacts, rule: AdviceRule) -> Option<GivesWay> {
    let (Some(bought_lately_share), Some(one_order_share)) =
        (facts.bought_lately_share, facts.one_order_share)
    else {
        return None;
    };
    (rule != AdviceRule::AsNamed).then(|| GivesWay {
        segment: facts.segment.clone(),
        rule,
        bought_lately_share,
        one_order_share,
        mean_p_purchase: facts.mean_p_purchase,
        horizon_days: facts.horizon_days,
    })
}

/// What the customers of a segment did lately and are expected to do; none where neither is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buying {
    /// Share who bought in the last 90 days.
    pub bought_lately_share: f64,
    /// Mean chance to buy in the horizon.
    pub mean_p_purchase: Option<f64>,
    /// Days ahead.
    pub horizon_days: u32,
}

/// What the customers of a segment did lately and are expected to do.
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

    fn facts(lately: f64, stake: Option<i64>) -> SegmentFacts {
        SegmentFacts {
            segment: "Lost".to_owned(),
            customers: 100,
            bought_lately_share: Some(lately),
            one_order_share: Some(0.3),
            at_own_pace_minor: Some(5_000_000),
            with_own_pace: Some(70),
            mean_p_purchase: Some(0.2),
            at_stake_minor: stake,
            horizon_days: 180,
        }
    }

    #[test]
    fn what_could_come_back_is_said_of_the_quiet() {
        // "At risk 0.00": nothing was spent lately, and what could come back is not nothing.
        let found = own_pace(&facts(0.0, Some(0))).expect("a pace");
        assert_eq!((found.amount_minor, found.with_pace, found.customers), (5_000_000, 70, 100));
        assert!(own_pace(&facts(0.3, Some(900))).is_some());
        assert_eq!(own_pace(&facts(0.77, Some(900))), None);
        // Without lifetime value there is no stake, but there is silence.
        assert!(own_pace(&facts(0.1, None)).is_some());
        let once = SegmentFacts { with_own_pace: Some(0), ..facts(0.0, Some(0)) };
        assert_eq!(own_pace(&once), None);
        let older = SegmentFacts { at_own_pace_minor: None, ..facts(0.0, Some(0)) };
        assert_eq!(own_pace(&older), None);
    }

    #[test]
    fn advice_that_gives_way_says_why() {
        let found = gives_way(&facts(0.77, None), AdviceRule::StillBuying).expect("it gives way");
        assert_eq!((found.rule, found.bought_lately_share), (AdviceRule::StillBuying, 0.77));
        assert_eq!(gives_way(&facts(0.02, None), AdviceRule::AsNamed), None);
        let older = SegmentFacts { bought_lately_share: None, ..facts(0.0, None) };
        assert_eq!(gives_way(&older, AdviceRule::NotGone), None);
        assert_eq!(buying(&older), None);
    }
}
