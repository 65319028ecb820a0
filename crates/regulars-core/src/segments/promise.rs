//! What a segment name implies about its customers, and the caveat where that is not true.
//!
//! Scores compare customers with each other: even if everyone bought yesterday, some have the lowest recency
//! score. A promise is checked against days, orders and the customer's purchase cycle instead.
//! Not here: counting (`regulars-pipeline`).

use serde::{Deserialize, Serialize};

use super::{Customer, RECENT_ORDER_DAYS};
use crate::cadence::{LAPSED_CYCLE_RATIO, OVERDUE_CYCLE_RATIO};
use crate::money::format_count;

/// A caveat is shown if the promise is not true for more than this share of a segment.
pub const CAVEAT_SHARE: f64 = 0.2;

/// Orders from which a customer counts as frequent.
const FREQUENT_ORDERS: i64 = 3;

/// What a segment name implies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// First order was recent.
    New,
    /// Ordered recently.
    Recent,
    /// Not overdue.
    Active,
    /// Ordered more than once.
    Repeat,
    /// Orders often.
    Frequent,
    /// No order for more than one purchase cycle.
    Fading,
    /// Overdue, and no recent order.
    Overdue,
    /// No order for so long that hardly anyone comes back.
    Lapsed,
}

/// A statement that is true or false for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// First order within [`RECENT_ORDER_DAYS`].
    FirstBoughtLately,
    /// Last order within [`RECENT_ORDER_DAYS`].
    BoughtLately,
    /// No order within [`RECENT_ORDER_DAYS`].
    SilentLately,
    /// Ordered twice or more.
    RepeatRate,
    /// Ordered three times or more.
    OrderedOften,
    /// Last order at most [`OVERDUE_CYCLE_RATIO`] purchase cycles ago.
    OnPace,
    /// No order for more than one purchase cycle.
    PastUsualGap,
    /// No order for more than [`OVERDUE_CYCLE_RATIO`] purchase cycles.
    IsOverdue,
    /// No order for more than [`LAPSED_CYCLE_RATIO`] purchase cycles.
    HasLapsed,
}

impl Promise {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::New,
        Self::Recent,
        Self::Active,
        Self::Repeat,
        Self::Frequent,
        Self::Fading,
        Self::Overdue,
        Self::Lapsed,
    ];

    /// Name in a rule set.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Recent => "recent",
            Self::Active => "active",
            Self::Repeat => "repeat",
            Self::Frequent => "frequent",
            Self::Fading => "fading",
            Self::Overdue => "overdue",
            Self::Lapsed => "lapsed",
        }
    }

    /// The claims it makes about every customer.
    pub fn claims(self) -> &'static [Claim] {
        match self {
            Self::New => &[Claim::FirstBoughtLately],
            Self::Recent => &[Claim::BoughtLately],
            Self::Active => &[Claim::OnPace],
            Self::Repeat => &[Claim::RepeatRate],
            Self::Frequent => &[Claim::OrderedOften],
            Self::Fading => &[Claim::PastUsualGap],
            Self::Overdue => &[Claim::SilentLately, Claim::IsOverdue],
            Self::Lapsed => &[Claim::SilentLately, Claim::HasLapsed],
        }
    }
}

impl Claim {
    /// Whether it is true for a customer.
    #[inline]
    pub fn holds(self, customer: &Customer) -> bool {
        match self {
            Self::FirstBoughtLately => customer.tenure_days <= i64::from(RECENT_ORDER_DAYS),
            Self::BoughtLately => customer.days_since_last_order <= i64::from(RECENT_ORDER_DAYS),
            Self::SilentLately => customer.days_since_last_order > i64::from(RECENT_ORDER_DAYS),
            Self::RepeatRate => customer.orders >= 2,
            Self::OrderedOften => customer.orders >= FREQUENT_ORDERS,
            Self::OnPace => customer.cycle_ratio <= OVERDUE_CYCLE_RATIO,
            Self::PastUsualGap => customer.cycle_ratio > 1.0,
            Self::IsOverdue => customer.cycle_ratio > OVERDUE_CYCLE_RATIO,
            Self::HasLapsed => customer.cycle_ratio > LAPSED_CYCLE_RATIO,
        }
    }

    /// What customers did who contradict it, to follow "5 of 8 customers".
    fn denied(self) -> String {
        match self {
            Self::FirstBoughtLately => format!("first bought more than {RECENT_ORDER_DAYS} days ago"),
            Self::BoughtLately => format!("did not buy in the last {RECENT_ORDER_DAYS} days"),
            Self::SilentLately => format!("bought in the last {RECENT_ORDER_DAYS} days"),
            Self::RepeatRate => "ordered once".to_owned(),
            Self::OrderedOften => format!("ordered fewer than {FREQUENT_ORDERS} times"),
            Self::OnPace => "have not ordered for more than twice their purchase cycle".to_owned(),
            Self::PastUsualGap => "ordered within their purchase cycle".to_owned(),
            Self::IsOverdue => "ordered within twice their purchase cycle".to_owned(),
            Self::HasLapsed => "ordered within four times their purchase cycle".to_owned(),
        }
    }
}

/// The caveat for a segment of `customers`, given how many of them contradict each claim; `None` if no claim
/// is false for more than [`CAVEAT_SHARE`].
pub fn caveat(customers: u64, denied: &[(Claim, u64)]) -> Option<String> {
    let many = |count: u64| count as f64 > CAVEAT_SHARE * customers as f64;
    let each = denied.iter().filter(|(_, count)| many(*count));
    let counts: Vec<String> = each
        .map(|(claim, count)| {
            format!("{} of {} customers {}", format_count(*count), format_count(customers), claim.denied())
        })
        .collect();
    (!counts.is_empty())
        .then(|| format!("{}; the name compares customers within this shop only", counts.join(", ")))
}
