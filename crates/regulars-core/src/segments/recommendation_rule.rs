//! Checks the recommendation for a segment against what its customers do.
//!
//! Scores are relative: in a shop where everyone buys weekly, the lowest recency score may mean two weeks
//! without an order, so a segment named Lost is not lost. Advice whose premises the segment's own numbers
//! contradict is replaced. Not here: the recommendation texts (`recommendations`).

use serde::{Deserialize, Serialize};

/// A purchase within this many days counts as recent.
pub const RECENT_ORDER_DAYS: u32 = 90;

/// Minimum share of recent buyers for a segment to count as still buying, whatever its scores.
pub const STILL_BUYING_SHARE: f64 = 0.5;

/// Minimum share of recent buyers for a segment not to be treated as lost. See also [`NOT_GONE_P_PURCHASE`].
pub const NOT_GONE_SHARE: f64 = 0.1;
/// Minimum mean P(purchase) in the horizon for a segment not to be treated as lost.
pub const NOT_GONE_P_PURCHASE: f64 = 0.25;

/// Share of recent buyers below which a segment is not active, unless P(purchase) reaches [`ACTIVE_P_PURCHASE`].
pub const ACTIVE_SHARE: f64 = 0.25;
/// Minimum mean P(purchase) in the horizon for a segment to be active in any case.
pub const ACTIVE_P_PURCHASE: f64 = 0.5;

/// Minimum share of one-time buyers for advice about a second order to apply.
pub const ONE_ORDER_SHARE: f64 = 0.5;

/// Evidence about the customers of a segment.
///
/// Units: shares and probabilities are 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Whether there is evidence; false for a segment without customers.
    pub is_known: bool,
    /// Share who bought in the last [`RECENT_ORDER_DAYS`] days.
    pub bought_lately_share: f64,
    /// Mean P(purchase) in the horizon; `None` without lifetime value.
    pub mean_p_purchase: Option<f64>,
    /// Share with one order.
    pub one_order_share: f64,
    /// Whether their average order value is below that of all customers.
    pub small_orders: bool,
    /// Whether the data have product categories.
    pub has_categories: bool,
    /// Whether the data have products or categories.
    pub has_products: bool,
}

impl Default for Evidence {
    /// No evidence: advice follows the segment name and mentions no optional data.
    fn default() -> Self {
        Self {
            is_known: false,
            bought_lately_share: 0.0,
            mean_p_purchase: None,
            one_order_share: 1.0,
            small_orders: false,
            has_categories: false,
            has_products: false,
        }
    }
}

/// What the recommendation for a segment presumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Premise {
    /// A considerable part of them still buy.
    Active,
    /// Most have not ordered for a while.
    Quiet,
    /// Hardly anyone still buys.
    Gone,
    /// Most have ordered once.
    #[serde(rename = "one order")]
    OneOrder,
}

/// A condition for a single text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Need {
    Categories,
    Products,
    Quiet,
    #[serde(rename = "small orders")]
    SmallOrders,
}

/// The rule that chose the recommendation for a segment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecommendationRule {
    /// The recommendation for its name: nothing contradicts it.
    #[default]
    #[serde(rename = "as named")]
    AsNamed,
    /// Named as lapsed, but at least half bought recently.
    #[serde(rename = "still buying")]
    StillBuying,
    /// Named as lost, but too many bought recently or are expected to buy.
    #[serde(rename = "not gone")]
    NotGone,
    /// Named as new, but most have ordered more than once.
    #[serde(rename = "more than one order")]
    MoreThanOneOrder,
    /// Named as good or new, but hardly anyone bought recently or is expected to.
    #[serde(rename = "gone quiet")]
    GoneQuiet,
}

impl RecommendationRule {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::AsNamed, Self::StillBuying, Self::NotGone, Self::MoreThanOneOrder, Self::GoneQuiet];

    /// Its name in the table `segment_actions`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsNamed => "as named",
            Self::StillBuying => "still buying",
            Self::NotGone => "not gone",
            Self::MoreThanOneOrder => "more than one order",
            Self::GoneQuiet => "gone quiet",
        }
    }

    /// The rule of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }
}

impl Evidence {
    fn still_buying(&self) -> bool {
        self.bought_lately_share >= STILL_BUYING_SHARE
    }

    /// The rule for advice with these premises: the first premise contradicted decides.
    pub(super) fn rule(&self, premises: &[Premise]) -> RecommendationRule {
        if !self.is_known {
            return RecommendationRule::AsNamed;
        }
        premises.iter().find_map(|premise| self.denied(*premise)).unwrap_or_default()
    }

    fn denied(&self, premise: Premise) -> Option<RecommendationRule> {
        let is_likely = |least: f64| self.mean_p_purchase.is_some_and(|p_purchase| p_purchase >= least);
        let not_gone = self.bought_lately_share >= NOT_GONE_SHARE || is_likely(NOT_GONE_P_PURCHASE);
        let active = self.bought_lately_share >= ACTIVE_SHARE || is_likely(ACTIVE_P_PURCHASE);
        match premise {
            Premise::Quiet | Premise::Gone if self.still_buying() => Some(RecommendationRule::StillBuying),
            Premise::Gone if not_gone => Some(RecommendationRule::NotGone),
            Premise::OneOrder if self.one_order_share < ONE_ORDER_SHARE => {
                Some(RecommendationRule::MoreThanOneOrder)
            }
            Premise::Active if !active => Some(RecommendationRule::GoneQuiet),
            _ => None,
        }
    }

    pub(super) fn meets(&self, need: Need) -> bool {
        match need {
            Need::Categories => self.has_categories,
            Need::Products => self.has_products,
            Need::Quiet => !self.still_buying(),
            Need::SmallOrders => self.small_orders,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::segments::RuleSet;

    /// The rule that chooses the recommendation for a segment of a built-in set.
    fn check(rules: &str, segment: &str, evidence: Evidence) -> RecommendationRule {
        let rules = RuleSet::built_in(rules).expect("built in");
        let at = rules.segments.iter().position(|known| known.name == segment).expect("a segment");
        let advice = rules.recommendations(&vec![evidence; rules.segments.len()]);
        advice[at].0
    }

    #[test]
    fn nobody_is_let_go_who_still_buys() {
        let of = |lately: f64, p_purchase: Option<f64>| Evidence {
            is_known: true,
            bought_lately_share: lately,
            mean_p_purchase: p_purchase,
            ..Evidence::default()
        };
        for (evidence, expected) in [
            (of(0.02, Some(0.04)), RecommendationRule::AsNamed),
            (of(0.02, None), RecommendationRule::AsNamed),
            (of(0.02, Some(0.25)), RecommendationRule::NotGone),
            (of(0.10, Some(0.04)), RecommendationRule::NotGone),
            (of(0.77, Some(0.90)), RecommendationRule::StillBuying),
            (of(0.77, None), RecommendationRule::StillBuying),
        ] {
            assert_eq!(check("classic", "Lost", evidence), expected, "{evidence:?}");
            assert_eq!(check("eleven", "Lost", evidence), expected, "{evidence:?}");
        }
        // Win-back advice does not give customers up, so it stays.
        assert_eq!(check("classic", "At-Risk", of(0.3, Some(0.6))), RecommendationRule::AsNamed);
        assert_eq!(check("classic", "At-Risk", of(0.5, Some(0.6))), RecommendationRule::StillBuying);
        assert_eq!(check("eleven", "Can't Lose Them", of(0.5, None)), RecommendationRule::StillBuying);
        // Segments not named as lapsed keep their advice as long as some still buy.
        assert_eq!(check("classic", "High-Value", of(1.0, Some(1.0))), RecommendationRule::AsNamed);
        // A segment without customers has no evidence.
        assert_eq!(check("classic", "High-Value", Evidence::default()), RecommendationRule::AsNamed);
    }

    #[test]
    fn customers_who_have_gone_quiet_are_not_thanked_twice_a_month() {
        let of = |lately: f64, p_purchase: Option<f64>| Evidence {
            is_known: true,
            bought_lately_share: lately,
            mean_p_purchase: p_purchase,
            ..Evidence::default()
        };
        for (evidence, expected) in [
            // A fading customer base: "Loyal" by its scores, no order for 456 days.
            (of(0.0, Some(0.034)), RecommendationRule::GoneQuiet),
            (of(0.0, None), RecommendationRule::GoneQuiet),
            (of(0.25, Some(0.1)), RecommendationRule::AsNamed),
            // A shop with long cycles: few bought in 90 days, most will within the horizon.
            (of(0.1, Some(0.5)), RecommendationRule::AsNamed),
        ] {
            assert_eq!(check("classic", "Loyal", evidence), expected, "{evidence:?}");
            assert_eq!(check("classic", "New", evidence), expected, "{evidence:?}");
            assert_eq!(check("eleven", "Champions", evidence), expected, "{evidence:?}");
        }
    }

    #[test]
    fn a_second_order_is_not_asked_of_those_with_forty() {
        let of = |once: f64| Evidence {
            is_known: true,
            one_order_share: once,
            bought_lately_share: 1.0,
            ..Evidence::default()
        };
        assert_eq!(check("classic", "New", of(0.0)), RecommendationRule::MoreThanOneOrder);
        assert_eq!(check("classic", "New", of(0.5)), RecommendationRule::AsNamed);
        assert_eq!(check("eleven", "Promising", of(0.4)), RecommendationRule::MoreThanOneOrder);
    }

    #[test]
    fn texts_say_only_what_the_data_hold() {
        let rules = RuleSet::built_in("classic").expect("built in");
        let offer = |evidence: Evidence| rules.recommendations(&vec![evidence; 7])[2].1.offer.clone();
        let (with, without) =
            (offer(Evidence { has_categories: true, ..Evidence::default() }), offer(Evidence::default()));
        assert!(with.contains("category") && !without.contains("category"), "{with} / {without}");
    }

    #[test]
    fn rules_are_found_by_their_names() {
        for rule in RecommendationRule::ALL {
            assert_eq!(RecommendationRule::named(rule.name()), Some(rule));
        }
        assert_eq!(RecommendationRule::named("unheard of"), None);
    }

    proptest! {
        #[test]
        fn lost_words_are_kept_only_where_hardly_anybody_buys(
            lately in 0.0_f64..=1.0, p_purchase in proptest::option::of(0.0_f64..=1.0),
        ) {
            let evidence = Evidence {
                is_known: true, bought_lately_share: lately, mean_p_purchase: p_purchase, ..Evidence::default()
            };
            let kept = check("classic", "Lost", evidence) == RecommendationRule::AsNamed;
            prop_assert_eq!(
                kept,
                lately < NOT_GONE_SHARE && p_purchase.is_none_or(|p_purchase| p_purchase < NOT_GONE_P_PURCHASE)
            );
        }
    }
}
