//! Which customers a reader has chosen: read from an address, written into one, applied to a frame.
//!
//! Deliberately all in the address: a link shows what was seen. An unknown key is an error that names
//! it, since a filter that is silently dropped shows wrong numbers; an unknown value chooses nobody, and
//! the page says so.

mod read;
mod select;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use select::{Selection, select};

/// A number of each customer that can be limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Limited {
    /// Days since the last purchase.
    RecencyDays,
    /// Purchases.
    Orders,
    /// Spend.
    SpendMinor,
    /// Expected spend.
    ValueMinor,
    /// The sum of the three scores.
    RfmScore,
    /// P(alive), whole percents rounded down.
    AlivePercent,
    /// Chance to buy nothing, likewise.
    ChurnPercent,
}

impl Limited {
    pub(crate) const ALL: [Self; 7] = [
        Self::RecencyDays,
        Self::Orders,
        Self::SpendMinor,
        Self::ValueMinor,
        Self::RfmScore,
        Self::AlivePercent,
        Self::ChurnPercent,
    ];

    /// Its name in addresses; `_from` and `_to` follow.
    pub(crate) fn key(self) -> &'static str {
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

/// Limits, both included; one may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Limits {
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
}

impl Limits {
    fn is_open(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    pub(crate) fn hold(self, value: i64) -> bool {
        self.from.is_none_or(|from| value >= from) && self.to.is_none_or(|to| value <= to)
    }
}

/// One of the three scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Score {
    Recency,
    Frequency,
    Monetary,
}

impl Score {
    pub(crate) const ALL: [Self; 3] = [Self::Recency, Self::Frequency, Self::Monetary];

    /// Its name in addresses.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Recency => "r",
            Self::Frequency => "f",
            Self::Monetary => "m",
        }
    }

    /// Its column.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Recency => "r_score",
            Self::Frequency => "f_score",
            Self::Monetary => "m_score",
        }
    }
}

/// What the segments now are held against.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Then {
    /// The end of an earlier day of the same run, `YYYY-MM-DD`.
    Day(String),
    /// Another run of the data set.
    Run(String),
}

/// Stands in addresses for the segment of those who were not customers then. No rule set can name a
/// segment so: names of segments begin with a letter or a figure in every one we ship, and a reader who
/// writes his own with a sign in front loses no more than this link.
pub(crate) const WAS_NOBODY: &str = "!new";

/// Which customers: those who meet every condition; within one, any of its values. None at all chooses
/// everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    pub(crate) segments: BTreeSet<String>,
    pub(crate) clusters: BTreeSet<String>,
    /// Tenths by predicted value, `1` the highest.
    pub(crate) deciles: BTreeSet<String>,
    /// Month of the first purchase, `YYYY-MM`.
    pub(crate) acquired_from: Option<String>,
    pub(crate) acquired_to: Option<String>,
    /// By attribute, the classes.
    pub(crate) attributes: BTreeMap<String, BTreeSet<String>>,
    pub(crate) scores: BTreeMap<Score, BTreeSet<i64>>,
    pub(crate) limits: BTreeMap<Limited, Limits>,
    /// Segments then, or [`WAS_NOBODY`].
    pub(crate) was: BTreeSet<String>,
    /// When that was; by itself it chooses nobody and leaves out nobody.
    pub(crate) then: Option<Then>,
}

impl Filter {
    /// Whether everybody is chosen.
    pub(crate) fn is_empty(&self) -> bool {
        self.without_then() == Self::default()
    }

    /// The same, without the time that no segment is asked for.
    pub(crate) fn without_then(&self) -> Self {
        Self { then: self.then.clone().filter(|_| !self.was.is_empty()), ..self.clone() }
    }

    /// Whether customers are chosen by what they did: then the choice itself makes the latest period look
    /// better or worse than the one before it.
    pub(crate) fn is_by_behaviour(&self) -> bool {
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

    /// Customers of one segment besides what else is asked for.
    pub(crate) fn with_segment(mut self, segment: &str) -> Self {
        self.segments = BTreeSet::from([segment.to_owned()]);
        self
    }

    /// Customers of one cluster besides.
    pub(crate) fn with_cluster(mut self, cluster: &str) -> Self {
        self.clusters = BTreeSet::from([cluster.to_owned()]);
        self
    }

    /// Customers with one score besides.
    pub(crate) fn with_score(mut self, score: Score, value: i64) -> Self {
        self.scores.insert(score, BTreeSet::from([value]));
        self
    }

    /// Customers of one class of an attribute besides.
    pub(crate) fn with_attribute(mut self, name: &str, class: &str) -> Self {
        self.attributes.insert(name.to_owned(), BTreeSet::from([class.to_owned()]));
        self
    }

    /// Customers whose number lies within these limits and within those asked for already.
    pub(crate) fn within(mut self, limited: Limited, from: Option<i64>, to: Option<i64>) -> Self {
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

    /// The pairs of the address, in a fixed order.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
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
            Some(Then::Day(day)) => pairs.push(("since".to_owned(), day.clone())),
            Some(Then::Run(run)) => pairs.push(("against".to_owned(), run.clone())),
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
