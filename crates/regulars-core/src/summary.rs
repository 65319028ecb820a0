//! The headline numbers of a run: computed once, the same on the terminal, the page and the API.

use serde::{Deserialize, Serialize};

use crate::config::Refunds;
use crate::validation::MoneyTotals;

mod value;

/// The file `summary.json` of every run.
///
/// Units: `_minor` counts 10^-`money_decimals` of the currency; shares are 0 to 1; dates are
/// `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The data set.
    pub dataset: String,
    /// The run.
    pub run_id: String,
    /// The analysis date.
    pub as_of: String,
    /// The currency, if known.
    pub currency: Option<String>,
    /// Decimals of every amount.
    pub money_decimals: u8,
    /// Customers who bought.
    pub customers: u64,
    /// Purchases (orders).
    pub orders: u64,
    /// Rows of the table `transactions` (lines of orders, where the source has them).
    pub transactions: u64,
    /// What customers paid, after the policy on refunds.
    pub revenue_minor: i64,
    /// What was sold, what was cancelled or returned, and what is left.
    #[serde(default)]
    pub money: MoneyTotals,
    /// What was done with money that went back; none in runs from before it was kept.
    #[serde(default)]
    pub refunds: Option<Refunds>,
    /// Spend by purchases.
    pub average_order_value_minor: f64,
    /// Share of customers with more than one purchase.
    pub repeat_rate: f64,
    /// Share of spend that comes from the fifth of customers who spend most.
    pub top_fifth_revenue_share: f64,
    /// Day of the first purchase.
    pub first_purchase: String,
    /// Day of the last purchase.
    pub last_purchase: String,
    /// The two periods that changes compare, and what happened in each.
    pub periods: Option<PeriodComparison>,
    /// The segments, by priority.
    pub segments: Vec<SegmentSummary>,
    /// Spend by month, in order, without holes.
    pub months: Vec<MonthSummary>,
    /// The customers who spent most.
    pub top_customers: Vec<TopCustomer>,
    /// How each score came about.
    pub cuts: Vec<ScoreCut>,
    /// The scoring method and the rule set, in words.
    pub scoring: String,
    /// The usual gap between orders in this shop: the median of its customers' mean gaps.
    #[serde(default)]
    pub usual_gap_days: Option<f64>,
    /// What the customers of each segment did, and whether its name is true of them; of all customers of the
    /// run, in the order of the rules.
    #[serde(default)]
    pub segment_checks: Vec<SegmentCheck>,
    /// Findings of the checks, by severity: errors, warnings, notes.
    pub findings: [u64; 3],
    /// The clusters, if they were computed and there are any.
    #[serde(default)]
    pub clusters: Option<ClusterSummary>,
    /// Lifetime value, if it was computed and the history is enough for it.
    #[serde(default)]
    pub value: Option<ValueSummary>,
}

pub use value::{
    AliveEvidence, ChurnBand, ChurnRow, FeatureRow, LargestInHoldout, ModelRow, OriginRow, ValueDecile,
    ValueGroup, ValueSummary, ValuedCustomer,
};

/// The clusters of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterSummary {
    /// `weak`, `moderate` or `strong`: how real the clusters are.
    pub strength: String,
    /// What that rests on, in words.
    pub reasons: Vec<String>,
    /// How their number was chosen, in words.
    pub rule: String,
    /// The number that would have been next.
    pub runner_up: Option<usize>,
    /// Where the inertia bends most (kneedle), for comparison.
    pub elbow: Option<usize>,
    /// Mean silhouette of the number chosen.
    pub silhouette: Option<f64>,
    /// What a reader should know, in words.
    pub warnings: Vec<String>,
    /// Features that were left out, and other deviations, in words.
    pub notes: Vec<String>,
    /// The clusters, by number.
    pub clusters: Vec<ClusterEntry>,
}

/// One cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterEntry {
    /// Its number, from 1; the same from run to run while it is found again.
    pub cluster: u32,
    /// What it is, in plain words.
    pub name: String,
    /// The features that set it apart most, in words.
    pub traits: Vec<String>,
    /// Customers in it.
    pub customers: u64,
    /// Their share of all customers.
    pub customer_share: f64,
    /// What they paid.
    pub revenue_minor: i64,
    /// Its share of what all paid.
    pub revenue_share: f64,
    /// Mean days since the last purchase.
    pub recency_mean: f64,
    /// Mean purchases.
    pub frequency_mean: f64,
    /// Mean spend.
    pub monetary_mean_minor: f64,
    /// Mean silhouette, where it was computed.
    pub silhouette: Option<f64>,
    /// The customers nearest to the centre.
    pub examples: Vec<String>,
    /// The segments of its customers, the largest first.
    #[serde(default)]
    pub segments: Vec<SegmentShare>,
}

/// Customers of a cluster who are in one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentShare {
    /// The segment.
    pub segment: String,
    /// The customers of the cluster in it.
    pub customers: u64,
}

/// The last days against as many before them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeriodComparison {
    /// Length of each period.
    pub days: u32,
    /// The period that ends at `as_of`.
    pub current: Period,
    /// The one before it.
    pub previous: Period,
    /// As many days up to the same day of the year before; none if the data do not reach back over all of them.
    #[serde(default)]
    pub year_before: Option<Period>,
}

/// What happened in one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Customers who bought.
    pub customers: u64,
    /// Purchases.
    pub orders: u64,
    /// What customers paid, after the policy on refunds.
    pub revenue_minor: i64,
    /// Customers who bought and had bought before the period.
    pub returning_customers: u64,
}

/// One segment of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentSummary {
    /// Its name.
    pub segment: String,
    /// Who these customers are, in one sentence.
    pub meaning: String,
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
    /// Mean days since the last purchase; 0 in an empty segment, as the other means.
    pub recency_mean: f64,
    /// Mean purchases.
    pub frequency_mean: f64,
    /// Mean spend.
    pub monetary_mean_minor: f64,
    /// Spend by purchases.
    pub average_order_value_minor: f64,
}

/// The name of a segment, held against the customers in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentCheck {
    /// The segment.
    pub segment: String,
    /// Customers in it.
    pub customers: u64,
    /// Those who bought in the last 90 days.
    pub bought_last_90d: u64,
    /// Those who are overdue: silent for more than twice their usual gap.
    pub overdue: u64,
    /// Median days since the first purchase; `None` in an empty segment.
    pub tenure_days_median: Option<f64>,
    /// Median days since the last purchase, in usual gaps of each customer.
    pub cycle_ratio_median: Option<f64>,
    /// What the name promises and many of them are not, in words.
    pub caveat: Option<String>,
}

/// One month of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthSummary {
    /// `YYYY-MM`.
    pub month: String,
    /// What customers paid, after the policy on refunds.
    pub revenue_minor: i64,
    /// Purchases.
    pub orders: u64,
    /// Customers who bought.
    pub customers: u64,
    /// Whether the data cover the whole month; the first and last month often are cut off.
    pub complete: bool,
}

/// One of the customers who spent most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopCustomer {
    /// The customer.
    pub customer_id: String,
    /// What customers paid, after the policy on refunds.
    pub monetary_minor: i64,
    /// Purchases.
    pub frequency: u64,
    /// Days since the last purchase.
    pub recency: i64,
    /// The customer's segment.
    pub segment: String,
}

/// Which values got one score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreCut {
    /// `recency`, `frequency` or `monetary`.
    pub measure: String,
    /// The class within which the cut was made, where scoring is nested.
    pub within: Option<String>,
    /// The score.
    pub score: u8,
    /// Smallest value with it, in days, orders or minor units; `None` if no customer has it.
    pub from: Option<i64>,
    /// Largest value with it.
    pub to: Option<i64>,
    /// Customers with it.
    pub customers: u64,
}
