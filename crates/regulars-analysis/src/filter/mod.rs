//! The customer filter: parsed from a URL, written into one, applied to a frame.
//!
//! The filter is entirely in the URL, so that a link reproduces a page. Unknown keys are errors, since
//! silently dropping a filter would show wrong numbers; unknown values match no customer, and the page says
//! so.

mod read;

use regulars_core::tables::{ColumnDef, rfm_scores};

use std::collections::{BTreeMap, BTreeSet};

/// A numeric measure that customers can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RangeFilter {
    /// Days since the last order.
    RecencyDays,
    /// Orders.
    Orders,
    /// Spend.
    SpendMinor,
    /// Expected spend.
    ValueMinor,
    /// RFM score.
    RfmScore,
    /// P(alive) in percent, rounded down.
    AlivePercent,
    /// P(churn) in percent, rounded down.
    ChurnPercent,
}

impl RangeFilter {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::RecencyDays,
        Self::Orders,
        Self::SpendMinor,
        Self::ValueMinor,
        Self::RfmScore,
        Self::AlivePercent,
        Self::ChurnPercent,
    ];

    /// What it limits, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::RecencyDays => "days since the last order",
            Self::Orders => "number of orders",
            Self::SpendMinor => "spend, in minor units",
            Self::ValueMinor => "predicted LTV, in minor units",
            Self::RfmScore => "RFM score",
            Self::AlivePercent => "P(alive), in percent",
            Self::ChurnPercent => "P(churn), in percent",
        }
    }

    /// Name in URLs, followed by `_from` or `_to`.
    pub fn key(self) -> &'static str {
        match self {
            Self::RecencyDays => "recency_days",
            Self::Orders => "orders",
            Self::SpendMinor => "spend_minor",
            Self::ValueMinor => "value_minor",
            Self::RfmScore => "rfm_score",
            Self::AlivePercent => "alive_percent",
            Self::ChurnPercent => "churn_percent",
        }
    }
}

/// Inclusive limits; one may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// The least value.
    pub from: Option<i64>,
    /// The greatest value.
    pub to: Option<i64>,
}

impl Limits {
    fn is_open(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// Whether a value is within them.
    pub(crate) fn hold(self, value: i64) -> bool {
        self.from.is_none_or(|from| value >= from) && self.to.is_none_or(|to| value <= to)
    }
}

/// R, F or M score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Score {
    /// Recency score.
    Recency,
    /// Frequency score.
    Frequency,
    /// Monetary score.
    Monetary,
}

impl Score {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Recency, Self::Frequency, Self::Monetary];

    /// Name in URLs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Recency => "r",
            Self::Frequency => "f",
            Self::Monetary => "m",
        }
    }

    /// The column of the score.
    pub fn column(self) -> ColumnDef {
        match self {
            Self::Recency => rfm_scores::COLUMNS.r_score,
            Self::Frequency => rfm_scores::COLUMNS.f_score,
            Self::Monetary => rfm_scores::COLUMNS.m_score,
        }
    }
}

/// The base for comparing segments over time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComparedWith {
    /// The end of an earlier day of the same run, `YYYY-MM-DD`.
    Day(String),
    /// Another run of the data set.
    Run(String),
}

/// URL value for customers who were not customers then. Segment names in the bundled rule sets start with a
/// letter or digit; a custom rule set with the same name would only lose this link.
pub const NOT_YET_CUSTOMER: &str = "!new";

/// A customer filter: all conditions must hold, each with any of its values. An empty filter selects all
/// customers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Segments.
    pub segments: BTreeSet<String>,
    /// Clusters, by number.
    pub clusters: BTreeSet<String>,
    /// Deciles by predicted LTV, `1` is the highest.
    pub deciles: BTreeSet<String>,
    /// First month of the first order, `YYYY-MM`.
    pub acquired_from: Option<String>,
    /// Last month of the first order.
    pub acquired_to: Option<String>,
    /// Classes by attribute.
    pub attributes: BTreeMap<String, BTreeSet<String>>,
    /// R, F and M scores.
    pub scores: BTreeMap<Score, BTreeSet<i64>>,
    /// Limits of measures.
    pub limits: BTreeMap<RangeFilter, Limits>,
    /// Earlier segments, or [`NOT_YET_CUSTOMER`].
    pub was: BTreeSet<String>,
    /// The time of `was`; it does not filter by itself.
    pub then: Option<ComparedWith>,
}

impl Filter {
    /// Whether it selects all customers.
    pub fn is_empty(&self) -> bool {
        self.without_then() == Self::default()
    }

    /// The filter without `then` if `was` is empty.
    pub fn without_then(&self) -> Self {
        Self { then: self.then.clone().filter(|_| !self.was.is_empty()), ..self.clone() }
    }

    /// Whether it filters by behaviour, which biases any comparison of the last period with the previous one.
    pub fn is_by_behaviour(&self) -> bool {
        let known_before = Self {
            then: self.then.clone().filter(|_| !self.was.is_empty()),
            acquired_from: None,
            acquired_to: None,
            attributes: self
                .attributes
                .iter()
                .filter(|(name, _)| *name == "favourite_category")
                .map(|(n, c)| (n.clone(), c.clone()))
                .collect(),
            ..self.clone()
        };
        !known_before.is_empty()
    }

    /// Restricts to one segment.
    pub fn with_segment(mut self, segment: &str) -> Self {
        self.segments = BTreeSet::from([segment.to_owned()]);
        self
    }

    /// Restricts to one cluster.
    pub fn with_cluster(mut self, cluster: &str) -> Self {
        self.clusters = BTreeSet::from([cluster.to_owned()]);
        self
    }

    /// Restricts to one value of a score.
    pub fn with_score(mut self, score: Score, value: i64) -> Self {
        self.scores.insert(score, BTreeSet::from([value]));
        self
    }

    /// Restricts to one class of an attribute.
    pub fn with_attribute(mut self, name: &str, class: &str) -> Self {
        self.attributes.insert(name.to_owned(), BTreeSet::from([class.to_owned()]));
        self
    }

    /// Restricts a measure to these limits within the existing ones.
    pub fn within(mut self, limited: RangeFilter, from: Option<i64>, to: Option<i64>) -> Self {
        let held = self.limits.entry(limited).or_default();
        held.from = held.from.max(from);
        held.to = match (held.to, to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if held.is_open() {
            self.limits.remove(&limited);
        }
        self
    }

    /// The query parameters, in a fixed order.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for (key, values) in
            [("segment", &self.segments), ("cluster", &self.clusters), ("decile", &self.deciles)]
        {
            pairs.extend(values.iter().map(|value| (key.to_owned(), value.clone())));
        }
        for (key, month) in [("acquired_from", &self.acquired_from), ("acquired_to", &self.acquired_to)] {
            pairs.extend(month.iter().map(|month| (key.to_owned(), month.clone())));
        }
        pairs.extend(self.was.iter().map(|segment| ("was".to_owned(), segment.clone())));
        match &self.then {
            Some(ComparedWith::Day(day)) => pairs.push(("since".to_owned(), day.clone())),
            Some(ComparedWith::Run(run)) => pairs.push(("against".to_owned(), run.clone())),
            None => {}
        }
        for (name, classes) in &self.attributes {
            pairs.extend(classes.iter().map(|class| (format!("attr.{name}"), class.clone())));
        }
        for (score, values) in &self.scores {
            pairs.extend(values.iter().map(|value| (score.key().to_owned(), value.to_string())));
        }
        for (limited, limits) in &self.limits {
            for (end, value) in [("from", limits.from), ("to", limits.to)] {
                pairs.extend(
                    value.iter().map(|value| (format!("{}_{end}", limited.key()), value.to_string())),
                );
            }
        }
        pairs
    }
}
