//! Conditions of a rule other than scores, and the syntax of ranges.
//!
//! Not here: which rule wins (`rules`).

/// The customer data that rules use.
///
/// Contracts: scores are 1 to the number of classes of the rule set (checked in debug); all numbers are as of
/// the same analysis date (trusted).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Customer {
    /// Recency, frequency and monetary scores.
    pub scores: [u8; 3],
    /// Number of orders.
    pub orders: i64,
    /// Recency: calendar days from the last order to the analysis date.
    pub days_since_last_order: i64,
    /// Tenure: calendar days from the first order to the analysis date.
    pub tenure_days: i64,
    /// Days since the last order divided by the purchase cycle of the customer, to two decimals.
    pub cycle_ratio: f64,
}

/// What rules can use besides the scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// `orders`.
    Orders,
    /// `days_since_last_order`.
    DaysSinceLastOrder,
    /// `tenure_days`.
    TenureDays,
    /// `cycle_ratio`.
    CycleRatio,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Orders, Self::DaysSinceLastOrder, Self::TenureDays, Self::CycleRatio];

    /// Key in a rule.
    pub fn key(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::DaysSinceLastOrder => "days_since_last_order",
            Self::TenureDays => "tenure_days",
            Self::CycleRatio => "cycle_ratio",
        }
    }

    /// Its description, to follow "which looks at".
    pub fn words(self) -> &'static str {
        match self {
            Self::Orders => "the number of orders",
            Self::DaysSinceLastOrder => "the days since the last order",
            Self::TenureDays => "the days since the first order",
            Self::CycleRatio => "the customer's own purchase cycle",
        }
    }

    /// The smallest possible value.
    fn smallest(self) -> f64 {
        if self == Self::Orders { 1.0 } else { 0.0 }
    }
}

/// A closed range of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Range {
    const ALL: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

    #[inline]
    fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    fn includes(&self, other: &Self) -> bool {
        self.low <= other.low && other.high <= self.high
    }

    /// Reads `4`, `"2-3"`, `">=4"`, `"<=2"`, `">4"` or `"<2"`. Numbers are unsigned; with `whole`, integers
    /// only.
    ///
    /// A missing bound is infinite; an empty range is `None`.
    fn read(value: &toml::Value, whole: bool) -> Option<Self> {
        let number = |text: &str| {
            let text = text.trim();
            let plain = text.bytes().all(|b| b.is_ascii_digit() || (b == b'.' && !whole));
            text.parse::<f64>().ok().filter(|n| plain && n.is_finite())
        };
        // The nearest value inside an exclusive bound.
        let above = |n: f64| if whole { n + 1.0 } else { n.next_up() };
        let below = |n: f64| if whole { n - 1.0 } else { n.next_down() };
        let range = match value {
            toml::Value::Integer(n) => {
                let n = u32::try_from(*n).ok().map(f64::from)?;
                Self { low: n, high: n }
            }
            toml::Value::Float(n) if !whole && n.is_finite() && *n >= 0.0 => Self { low: *n, high: *n },
            toml::Value::String(text) => {
                let text = text.trim();
                if let Some(low) = text.strip_prefix(">=") {
                    Self { low: number(low)?, ..Self::ALL }
                } else if let Some(high) = text.strip_prefix("<=") {
                    Self { high: number(high)?, ..Self::ALL }
                } else if let Some(low) = text.strip_prefix('>') {
                    Self { low: above(number(low)?), ..Self::ALL }
                } else if let Some(high) = text.strip_prefix('<') {
                    Self { high: below(number(high)?), ..Self::ALL }
                } else if let Some((low, high)) = text.split_once('-') {
                    Self { low: number(low)?, high: number(high)? }
                } else {
                    let n = number(text)?;
                    Self { low: n, high: n }
                }
            }
            _ => return None,
        };
        (range.low <= range.high).then_some(range)
    }

    /// A range of scores from 1 to `classes`; `None` if a bound is not a score, or the range is empty.
    pub(super) fn of_scores(
        value: Option<&toml::Value>,
        classes: u8,
    ) -> Option<std::ops::RangeInclusive<u8>> {
        let Some(value) = value else { return Some(1..=classes) };
        let range = Self::read(value, true)?;
        let most = f64::from(classes);
        let bounds = [range.low, range.high];
        // With five classes `>5` begins at 6 and `<1` ends at 0: not scores.
        if !bounds.iter().all(|bound| bound.is_infinite() || (1.0..=most).contains(bound)) {
            return None;
        }
        Some(range.low.max(1.0) as u8..=range.high.min(most) as u8)
    }

    /// A range of a measure; `None` if the syntax is invalid, or no customer can match.
    pub(super) fn of_measure(value: &toml::Value, measure: Measure) -> Option<Self> {
        let range = Self::read(value, measure != Measure::CycleRatio)?;
        (range.high >= measure.smallest()).then_some(range)
    }
}

/// One range per measure; all must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Conditions {
    ranges: [Range; Measure::ALL.len()],
}

impl Conditions {
    /// No condition.
    pub(super) const NONE: Self = Self { ranges: [Range::ALL; Measure::ALL.len()] };

    /// Adds a range for one measure.
    pub(super) fn with(mut self, measure: Measure, range: Range) -> Self {
        self.ranges[measure as usize] = range;
        self
    }

    /// Whether a measure has a condition.
    pub(super) fn look_at(&self, measure: Measure) -> bool {
        self.ranges[measure as usize] != Range::ALL
    }

    #[inline]
    pub(super) fn hold(&self, customer: &Customer) -> bool {
        let [orders, days_since_last_order, tenure_days, cycle_ratio] = &self.ranges;
        orders.holds(customer.orders as f64)
            && days_since_last_order.holds(customer.days_since_last_order as f64)
            && tenure_days.holds(customer.tenure_days as f64)
            && cycle_ratio.holds(customer.cycle_ratio)
    }

    /// Whether these hold for every customer that meets the others.
    pub(super) fn include(&self, others: &Self) -> bool {
        self.ranges.iter().zip(&others.ranges).all(|(range, other)| range.includes(other))
    }
}
