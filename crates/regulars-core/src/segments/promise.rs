//! What the name of a segment promises of its customers, and what to say where it does not hold.
//!
//! Scores compare customers with each other: in a shop where everybody came yesterday, somebody still has
//! the lowest recency score. A promise is judged by days, orders and the customer's own pace instead.
//! Deliberately not here: counting (`regulars-pipeline`).

use serde::{Deserialize, Serialize};

use super::{Customer, LATELY_DAYS};
use crate::cadence::{LAPSED_GAPS, OVERDUE_GAPS};
use crate::money::format_count;

/// A caveat is due when more than this share of a segment's customers are not what the name promises.
pub const CAVEAT_SHARE: f64 = 0.2;

/// Orders that make a customer a frequent one.
const FREQUENT_ORDERS: i64 = 3;

/// What a name lets a reader expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// First bought lately.
    New,
    /// Bought lately.
    Recent,
    /// On its own pace.
    Active,
    /// Came back.
    Repeat,
    /// Buys often.
    Frequent,
    /// Past its usual gap.
    Fading,
    /// Overdue by its own pace, and long ago.
    Overdue,
    /// Silent for so long that hardly anybody comes back.
    Lapsed,
}

/// One thing that is true of a customer, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// First bought within [`LATELY_DAYS`].
    FirstBoughtLately,
    /// Bought within [`LATELY_DAYS`].
    BoughtLately,
    /// Did not.
    SilentLately,
    /// Ordered twice or more.
    CameBack,
    /// Ordered three times or more.
    OrderedOften,
    /// Silent for at most [`OVERDUE_GAPS`] usual gaps.
    OnPace,
    /// Silent for more than one usual gap.
    PastUsualGap,
    /// Silent for more than [`OVERDUE_GAPS`].
    IsOverdue,
    /// Silent for more than [`LAPSED_GAPS`].
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

    /// Its name in a rule set.
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

    /// What it claims of every customer.
    pub fn claims(self) -> &'static [Claim] {
        match self {
            Self::New => &[Claim::FirstBoughtLately],
            Self::Recent => &[Claim::BoughtLately],
            Self::Active => &[Claim::OnPace],
            Self::Repeat => &[Claim::CameBack],
            Self::Frequent => &[Claim::OrderedOften],
            Self::Fading => &[Claim::PastUsualGap],
            Self::Overdue => &[Claim::SilentLately, Claim::IsOverdue],
            Self::Lapsed => &[Claim::SilentLately, Claim::HasLapsed],
        }
    }
}

impl Claim {
    /// Whether it is true of a customer.
    #[inline]
    pub fn holds(self, customer: &Customer) -> bool {
        match self {
            Self::FirstBoughtLately => customer.tenure_days <= i64::from(LATELY_DAYS),
            Self::BoughtLately => customer.days_since_last_order <= i64::from(LATELY_DAYS),
            Self::SilentLately => customer.days_since_last_order > i64::from(LATELY_DAYS),
            Self::CameBack => customer.orders >= 2,
            Self::OrderedOften => customer.orders >= FREQUENT_ORDERS,
            Self::OnPace => customer.cycle_ratio <= OVERDUE_GAPS,
            Self::PastUsualGap => customer.cycle_ratio > 1.0,
            Self::IsOverdue => customer.cycle_ratio > OVERDUE_GAPS,
            Self::HasLapsed => customer.cycle_ratio > LAPSED_GAPS,
        }
    }

    /// What those did of whom it is not true, in words that follow "5 of 8 customers".
    fn denied(self) -> String {
        match self {
            Self::FirstBoughtLately => format!("first bought more than {LATELY_DAYS} days ago"),
            Self::BoughtLately => format!("did not buy in the last {LATELY_DAYS} days"),
            Self::SilentLately => format!("bought in the last {LATELY_DAYS} days"),
            Self::CameBack => "ordered once".to_owned(),
            Self::OrderedOften => format!("ordered fewer than {FREQUENT_ORDERS} times"),
            Self::OnPace => "went without an order for more than twice their usual gap".to_owned(),
            Self::PastUsualGap => "ordered within their usual gap".to_owned(),
            Self::IsOverdue => "ordered within twice their usual gap".to_owned(),
            Self::HasLapsed => "ordered within four times their usual gap".to_owned(),
        }
    }
}

/// What to say beside the name of a segment of `customers`, of whom so many deny each claim; nothing where
/// the name holds for all but [`CAVEAT_SHARE`].
pub fn caveat(customers: u64, denied: &[(Claim, u64)]) -> Option<String> {
    let many = |count: u64| count as f64 > CAVEAT_SHARE * customers as f64;
    let each = denied.iter().filter(|(_, count)| many(*count));
    let said: Vec<String> = each
        .map(|(claim, count)| {
            format!("{} of {} customers {}", format_count(*count), format_count(customers), claim.denied())
        })
        .collect();
    (!said.is_empty()).then(|| format!("{}; the name is relative to this shop", said.join(", ")))
}
