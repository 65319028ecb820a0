//! What a run says is to be done: a row of `segment_actions` and of `opportunity_summary`, as plain data for
//! pages, reports and the API.
//!
//! Deliberately not here: how the numbers come about (`regulars-models`), and the words (`segments`).

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

/// A segment: its size, its value, and what to do about it.
///
/// Units: `_minor` counts the smallest coin of the run; shares are 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentAction {
    /// Its name.
    pub segment: String,
    /// 1 for the segment to care for first.
    pub priority: u32,
    /// Customers in it.
    pub customers: u64,
    /// Their share of all customers.
    pub customer_share: f64,
    /// What they paid.
    pub revenue_minor: i64,
    /// Its share of what all paid.
    pub revenue_share: f64,
    /// What they will spend in the horizon; none without lifetime value, as the next four.
    pub predicted_ltv_minor: Option<i64>,
    /// Lower end of its interval.
    pub predicted_low_minor: Option<i64>,
    /// Upper end of its interval.
    pub predicted_high_minor: Option<i64>,
    /// Its share of the predicted value of all customers.
    pub predicted_share: Option<f64>,
    /// What they spent lately.
    pub at_stake_minor: Option<i64>,
    /// How much of that is likely to be lost.
    pub at_risk_minor: Option<i64>,
    /// What they would spend in the horizon if they came back to their own pace; none in older runs, as the next
    /// three.
    #[serde(default)]
    pub at_own_pace_minor: Option<i64>,
    /// Customers who have a pace of their own: two orders or more.
    #[serde(default)]
    pub with_own_pace: Option<u64>,
    /// Share who bought in the last 90 days; 0 in an empty segment.
    #[serde(default)]
    pub bought_last_90d_share: Option<f64>,
    /// Share with one order.
    #[serde(default)]
    pub one_order_share: Option<f64>,
    /// Mean chance to buy in the horizon; none without lifetime value, as the next.
    #[serde(default)]
    pub mean_p_purchase: Option<f64>,
    /// Purchases that are expected of them together in the horizon.
    #[serde(default)]
    pub expected_purchases: Option<f64>,
    /// The analysis date of the run that this one is compared with, `YYYY-MM-DD`.
    pub before: Option<String>,
    /// Customers in the segment then.
    pub customers_before: Option<u64>,
    /// Their predicted value then.
    pub predicted_before_minor: Option<i64>,
    /// Mean days since the last purchase; 0 in an empty segment, as the other means.
    pub recency_mean: f64,
    /// Mean purchases.
    pub frequency_mean: f64,
    /// Mean spend.
    pub monetary_mean_minor: f64,
    /// By which rule the words were chosen.
    #[serde(default)]
    pub advice_rule: AdviceRule,
    /// What to do.
    #[serde(flatten)]
    pub recommendation: Recommendation,
}

impl SegmentAction {
    /// Customers more or less than before.
    pub fn customers_change(&self) -> Option<i64> {
        Some(self.customers as i64 - self.customers_before? as i64)
    }

    /// Predicted value more or less than before.
    pub fn predicted_change_minor(&self) -> Option<i64> {
        Some(self.predicted_ltv_minor? - self.predicted_before_minor?)
    }
}

/// A kind of opportunity: what some customers would bring if they behaved as their look-alikes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpportunityKind {
    /// `reactivation`, `retention`, `second purchase` or `upsell`.
    pub kind: String,
    /// Customers whose look-alikes bring more.
    pub customers: u64,
    /// Customers in the position that the kind is about.
    pub considered: u64,
    /// Those of them whom nobody among the look-alikes is near to.
    pub without_look_alikes: u64,
    /// Customers among whom look-alikes were sought.
    pub look_alikes: u64,
    /// What the customers are expected to spend in the horizon; none without a number, as the next four.
    pub expected_ltv_minor: Option<i64>,
    /// What they would spend if they behaved as their look-alikes.
    pub look_alike_ltv_minor: Option<i64>,
    /// The second less the first: a ceiling.
    pub potential_minor: Option<i64>,
    /// Lower end of its interval.
    pub potential_low_minor: Option<i64>,
    /// Upper end of its interval.
    pub potential_high_minor: Option<i64>,
    /// The same in words.
    pub sentence: String,
    /// Why there is no number.
    pub reason: Option<String>,
}
