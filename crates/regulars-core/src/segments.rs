//! Segments: named groups of customers by RFM scores, and by what scores cannot express: tenure, number of
//! orders, and whether a customer is overdue.
//!
//! A rule set is data: ordered rules, the first match wins. Conditions are in `condition`, parsing and checks
//! in `rules`, what a name implies about its customers in `promise`.
//! Not here: the computation of scores and cycle ratios (crate `regulars-models`).

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

mod condition;
mod promise;
mod recommendation_rule;
mod recommendations;
mod rules;
pub(crate) mod sql;
#[cfg(test)]
mod tests;

use condition::Conditions;
pub use condition::{Customer, Measure};
pub use promise::{CAVEAT_SHARE, Claim, Promise, caveat};
pub use recommendation_rule::{
    ACTIVE_P_PURCHASE, ACTIVE_SHARE, Evidence, NOT_GONE_P_PURCHASE, NOT_GONE_SHARE, ONE_ORDER_SHARE,
    RECENT_ORDER_DAYS, RecommendationRule, STILL_BUYING_SHARE,
};
pub use recommendations::{Recommendation, ScorePosition};

const CLASSIC: &str = include_str!("segments/classic.toml");
const ELEVEN: &str = include_str!("segments/eleven.toml");

/// The names of the built-in rule sets.
pub const BUILT_IN: [&str; 2] = ["classic", "eleven"];

/// One segment of a checked rule set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its name, as shown.
    pub name: String,
    /// Who these customers are, in one sentence.
    pub meaning: String,
    /// Priority; 1 is the highest.
    pub priority: u32,
    /// What the name implies about its customers; a run reports where that is not true.
    #[serde(default)]
    pub promise: Vec<Promise>,
}

/// A rule set in which every customer has exactly one segment.
///
/// Shape: `cells` and `exceptions` have `classes`^3 entries, one per score triple; segments are indices into
/// `segments`.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSet {
    /// Its name, for the manifest.
    pub name: String,
    /// Number of score classes; scores count from 1.
    pub classes: u8,
    /// The segments, in the order of the rules.
    pub segments: Vec<Segment>,
    /// The segment by scores alone, for customers without a matching exception.
    cells: Vec<u8>,
    /// Rules with other conditions that take precedence over `cells`, in order.
    exceptions: Vec<Vec<Exception>>,
}

/// A rule with conditions other than scores, at one score triple.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Exception {
    conditions: Conditions,
    segment: u8,
}

impl RuleSet {
    /// The rule set of that name, one of [`BUILT_IN`].
    ///
    /// Errors: [`Kind::Rules`] for any other name.
    pub fn built_in(name: &str) -> Result<Self, Error> {
        match name {
            "classic" => Self::parse(CLASSIC, "classic"),
            "eleven" => Self::parse(ELEVEN, "eleven"),
            _ => Err(Error::new(Kind::Rules, format!("unknown rule set `{name}`"))
                .hint("use `classic`, `eleven`, or the path of a TOML file with your own rules")),
        }
    }

    /// Reads and checks a rule set; `origin` names it in errors.
    ///
    /// Errors: [`Kind::Rules`] for invalid TOML, a score or bound out of range, customers without a segment,
    /// or an unreachable segment.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        rules::parse(text, origin)
    }

    /// A built-in rule set as SQL: a `CASE` over the columns of `rfm_scores`, each line after `indent`.
    ///
    /// Errors: [`Kind::Rules`] for a name that is not one of [`BUILT_IN`].
    pub fn sql_case(name: &str, indent: &str) -> Result<String, Error> {
        Self::built_in(name)?;
        sql::case(&rules::read(if name == "eleven" { ELEVEN } else { CLASSIC }, name)?, indent)
    }

    /// The index in [`Self::segments`] of a customer's segment; scores count from 1.
    #[inline]
    pub fn index_of(&self, customer: &Customer) -> usize {
        let [r, f, m] = customer.scores;
        debug_assert!([r, f, m].iter().all(|s| (1..=self.classes).contains(s)));
        let at = cell(self.classes, r, f, m);
        let exception = self.exceptions[at].iter().find(|exception| exception.conditions.hold(customer));
        usize::from(exception.map_or(self.cells[at], |exception| exception.segment))
    }

    /// The segment of the first rule whose conditions on scores hold, as if its other conditions (cycle ratio, tenure,
    /// orders) held, too; scores count from 1.
    pub fn segment_by_scores(&self, [r, f, m]: [u8; 3]) -> &Segment {
        let at = cell(self.classes, r, f, m);
        let first = self.exceptions[at].first().map_or(self.cells[at], |exception| exception.segment);
        &self.segments[usize::from(first)]
    }

    /// The segment of a customer.
    pub fn segment_of(&self, customer: &Customer) -> &Segment {
        &self.segments[self.index_of(customer)]
    }

    /// What the rules use besides the scores, in the order of [`Measure::ALL`].
    pub fn measures(&self) -> Vec<Measure> {
        let mut all = Measure::ALL.to_vec();
        all.retain(|measure| {
            let mut exceptions = self.exceptions.iter().flatten();
            exceptions.any(|exception| exception.conditions.look_at(*measure))
        });
        all
    }
}

fn cell(classes: u8, r: u8, f: u8, m: u8) -> usize {
    let n = usize::from(classes);
    (usize::from(r - 1) * n + usize::from(f - 1)) * n + usize::from(m - 1)
}
