//! Recommendations of a run: the rows of `segment_actions` and `opportunity_summary`, as plain data for
//! pages, reports and the API.
//!
//! Deliberately not here: the computation (`regulars-models`), and the texts (`segments`).

use serde::{Deserialize, Serialize};

use crate::segments::{AdviceRule, Recommendation};

/// Both tables of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Actions {
    /// Segments, in the order of the rules.
    pub segments: Vec<SegmentAction>,
    /// Kinds of opportunities, in a fixed order.
    pub opportunities: Vec<OpportunityKind>,
}

/// A segment: its size, its value, and the recommended action.
///
/// Units: `_minor` is in minor units of the run's currency; shares are 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentAction {
    /// Its name.
    pub segment: String,
    /// Priority; 1 is the highest.
    pub priority: u32,
    /// Customers in it.
    pub customers: u64,
    /// Their share of all customers.
    pub customer_share: f64,
    /// Their spend.
    pub revenue_minor: i64,
    /// Share of the spend of all customers.
    pub revenue_share: f64,
    /// Expected spend in the horizon; this and the next four are `None` without lifetime value.
    pub predicted_ltv_minor: Option<i64>,
    /// Lower bound of its prediction interval.
    pub predicted_low_minor: Option<i64>,
    /// Upper bound of its prediction interval.
    pub predicted_high_minor: Option<i64>,
    /// Share of the expected spend of all customers.
    pub predicted_share: Option<f64>,
    /// Recent spend.
    pub recent_spend_minor: Option<i64>,
    /// Recent spend, weighted by the probability that the customer does not come back.
    pub at_risk_minor: Option<i64>,
    /// Spend in the horizon if all returned to their own purchase cycle; this and the next three are `None`
    /// in older runs.
    #[serde(default)]
    pub spend_at_cadence_minor: Option<i64>,
    /// Customers with a purchase cycle: two orders or more.
    #[serde(default)]
    pub customers_with_cadence: Option<u64>,
    /// Share of customers who bought in the last 90 days; 0 in an empty segment.
    #[serde(default)]
    pub bought_last_90d_share: Option<f64>,
    /// Share of customers with one order.
    #[serde(default)]
    pub one_order_share: Option<f64>,
    /// Mean P(purchase) in the horizon; this and the next are `None` without lifetime value.
    #[serde(default)]
    pub mean_p_purchase: Option<f64>,
    /// Total expected purchases in the horizon.
    #[serde(default)]
    pub expected_purchases: Option<f64>,
    /// Analysis date of the earlier run for comparison, `YYYY-MM-DD`.
    pub before: Option<String>,
    /// Customers in the segment in the earlier run.
    pub customers_before: Option<u64>,
    /// Their expected spend in the earlier run.
    pub predicted_before_minor: Option<i64>,
    /// Mean days since the last order; 0 in an empty segment, like the other means.
    pub recency_mean: f64,
    /// Mean number of orders.
    pub frequency_mean: f64,
    /// Mean spend.
    pub monetary_mean_minor: f64,
    /// The rule that chose the recommendation.
    #[serde(default)]
    pub advice_rule: AdviceRule,
    /// The recommendation.
    #[serde(flatten)]
    pub recommendation: Recommendation,
}

impl SegmentAction {
    /// Change in customers since the earlier run.
    pub fn customers_change(&self) -> Option<i64> {
        Some(self.customers as i64 - self.customers_before? as i64)
    }

    /// Change in expected spend since the earlier run.
    pub fn predicted_change_minor(&self) -> Option<i64> {
        Some(self.predicted_ltv_minor? - self.predicted_before_minor?)
    }
}

/// A kind of opportunity: additional spend if customers behaved like their look-alikes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpportunityKind {
    /// `reactivation`, `retention`, `second purchase` or `upsell`.
    pub kind: String,
    /// Customers with upside.
    pub customers: u64,
    /// Customers eligible for this kind.
    pub considered: u64,
    /// Eligible customers without comparable customers.
    pub without_look_alikes: u64,
    /// Size of the pool of possible look-alikes.
    pub look_alikes: u64,
    /// Expected spend of the customers in the horizon; this and the next four are `None` if `reason` is set.
    pub expected_ltv_minor: Option<i64>,
    /// Expected spend if they behaved like their look-alikes.
    pub look_alike_ltv_minor: Option<i64>,
    /// Upside: the second minus the first; a ceiling.
    pub upside_minor: Option<i64>,
    /// Lower bound of its interval.
    pub upside_low_minor: Option<i64>,
    /// Upper bound of its interval.
    pub upside_high_minor: Option<i64>,
    /// The numbers in a sentence.
    pub sentence: String,
    /// Why there are no numbers.
    pub reason: Option<String>,
}
