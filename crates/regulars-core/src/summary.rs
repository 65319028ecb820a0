//! The headline numbers of a run, shared by the terminal, the pages and the API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Refunds;
use crate::validation::MoneyTotals;

mod value;

/// The file `summary.json` of every run.
///
/// Units: `_minor` is in units of 10^-`money_decimals` of the currency; shares are 0 to 1; dates are
/// `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
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
    /// Orders.
    pub orders: u64,
    /// Rows of the table `transactions` (order lines, if the source has them).
    pub transactions: u64,
    /// Revenue, after the refund policy.
    pub revenue_minor: i64,
    /// Gross sales, cancellations, returns and revenue.
    #[serde(default)]
    pub money: MoneyTotals,
    /// The refund policy; `None` in older runs.
    #[serde(default)]
    pub refunds: Option<Refunds>,
    /// Revenue per order.
    pub average_order_value_minor: f64,
    /// Share of customers with more than one order.
    pub repeat_rate: f64,
    /// Share of revenue from the top 20% of customers.
    pub top_20_revenue_share: f64,
    /// Day of the first order.
    pub first_purchase: String,
    /// Day of the last order.
    pub last_purchase: String,
    /// The last period and the periods compared with it.
    pub periods: Option<PeriodComparison>,
    /// The segments, by priority.
    pub segments: Vec<SegmentSummary>,
    /// Revenue by month, in order, without gaps.
    pub months: Vec<MonthSummary>,
    /// The customers with the highest spend.
    pub top_customers: Vec<TopCustomer>,
    /// The score thresholds.
    pub cuts: Vec<ScoreThreshold>,
    /// The scoring method and the rule set, in words.
    pub scoring: String,
    /// The typical purchase cycle of the shop: the median of the customers' mean gaps between orders.
    #[serde(default)]
    pub purchase_cycle_days: Option<f64>,
    /// Whether the name of each segment fits its customers; for all customers of the run, by priority.
    #[serde(default)]
    pub segment_checks: Vec<SegmentCheck>,
    /// Number of findings by severity: errors, warnings, notes.
    pub findings: [u64; 3],
    /// The clusters, if they were computed and any were found.
    #[serde(default)]
    pub clusters: Option<ClusterSummary>,
    /// Lifetime value, if it was computed and the history is long enough.
    #[serde(default)]
    pub value: Option<ValueSummary>,
}

pub use value::{
    AliveEvidence, ChurnBand, ChurnRow, FeatureRow, LargestInHoldout, ModelRow, OriginRow, ValueDecile,
    ValueGroup, ValueSummary, ValuedCustomer,
};

/// The clusters of a run.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct ClusterSummary {
    /// Quality of the clusters: `weak`, `moderate` or `strong`.
    pub strength: String,
    /// The evidence for the quality, in words.
    pub reasons: Vec<String>,
    /// How the number of clusters was chosen, in words.
    pub rule: String,
    /// The second-best number of clusters.
    pub runner_up: Option<usize>,
    /// Elbow of the inertia (Kneedle), for comparison.
    pub elbow: Option<usize>,
    /// Mean silhouette.
    pub silhouette: Option<f64>,
    /// Warnings, in words.
    pub warnings: Vec<String>,
    /// Dropped features and other deviations, in words.
    pub notes: Vec<String>,
    /// The clusters, by number.
    pub clusters: Vec<ClusterEntry>,
}

/// One cluster.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct ClusterEntry {
    /// Number, from 1; stays the same in later runs if the cluster is found again.
    pub cluster: u32,
    /// Name of the cluster.
    pub name: String,
    /// The most distinctive features, in words.
    pub traits: Vec<String>,
    /// Customers in it.
    pub customers: u64,
    /// Their share of all customers.
    pub customer_share: f64,
    /// Their spend.
    pub revenue_minor: i64,
    /// Share of the spend of all customers.
    pub revenue_share: f64,
    /// Mean days since the last order.
    pub recency_mean: f64,
    /// Mean number of orders.
    pub frequency_mean: f64,
    /// Mean spend.
    pub monetary_mean_minor: f64,
    /// Mean silhouette, if computed.
    pub silhouette: Option<f64>,
    /// Customers closest to the center.
    pub examples: Vec<String>,
    /// The segments of its customers, largest first.
    #[serde(default)]
    pub segments: Vec<SegmentShare>,
}

/// Customers of a cluster in one segment.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct SegmentShare {
    /// The segment.
    pub segment: String,
    /// Customers of the cluster in it.
    pub customers: u64,
}

/// The last period compared with earlier ones of the same length.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct PeriodComparison {
    /// Length of each period.
    pub days: u32,
    /// The period that ends at `as_of`.
    pub current: Period,
    /// The period before it.
    pub previous: Period,
    /// The same period one year earlier; `None` if the data do not cover it.
    #[serde(default)]
    pub year_before: Option<Period>,
}

/// The numbers of one period.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Customers who bought.
    pub customers: u64,
    /// Orders.
    pub orders: u64,
    /// Revenue, after the refund policy.
    pub revenue_minor: i64,
    /// Customers who bought in the period and before.
    pub returning_customers: u64,
}

/// One segment of a run.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct SegmentSummary {
    /// Name of the segment.
    pub segment: String,
    /// Who these customers are, in one sentence.
    pub meaning: String,
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
    /// Mean days since the last order; 0 in an empty segment, like the other means.
    pub recency_mean: f64,
    /// Mean number of orders.
    pub frequency_mean: f64,
    /// Mean spend.
    pub monetary_mean_minor: f64,
    /// Spend per order.
    pub average_order_value_minor: f64,
}

/// Whether the name of a segment fits its customers.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct SegmentCheck {
    /// The segment.
    pub segment: String,
    /// Customers in it.
    pub customers: u64,
    /// Customers who bought in the last 90 days.
    pub bought_last_90d: u64,
    /// Overdue customers: without an order for more than twice their purchase cycle.
    pub overdue: u64,
    /// Median days since the first order; `None` in an empty segment.
    pub tenure_days_median: Option<f64>,
    /// Median cycle ratio: days since the last order divided by the purchase cycle.
    pub cycle_ratio_median: Option<f64>,
    /// Warning, in words, that the segment's name does not fit many of its customers.
    pub caveat: Option<String>,
}

/// One month of a run.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct MonthSummary {
    /// `YYYY-MM`.
    pub month: String,
    /// Revenue, after the refund policy.
    pub revenue_minor: i64,
    /// Orders.
    pub orders: u64,
    /// Customers who bought.
    pub customers: u64,
    /// Whether the data cover the full month; the first and last month are often incomplete.
    pub complete: bool,
}

/// One of the customers with the highest spend.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct TopCustomer {
    /// The customer.
    pub customer_id: String,
    /// Spend, after the refund policy.
    pub monetary_minor: i64,
    /// Orders.
    pub frequency: u64,
    /// Days since the last order.
    pub recency: i64,
    /// The customer's segment.
    pub segment: String,
}

/// The values with one score.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct ScoreThreshold {
    /// `recency`, `frequency` or `monetary`.
    pub measure: String,
    /// Score of the preceding measure, if scoring is nested.
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
