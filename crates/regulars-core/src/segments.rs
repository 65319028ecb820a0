//! Segments: named groups of customers by their recency, frequency and monetary scores, and by what scores
//! cannot say: how long they have been customers, how many orders they made, and how late they are.
//!
//! A rule set is data: rules in order, the first that fits wins. What a rule may say is in `condition`, how
//! a rule set is read and checked in `rules`, what a name promises of its customers in `promise`.
//! Deliberately not here: how scores and cycle ratios come about (see the crate `regulars-models`).

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

mod advice;
mod condition;
mod promise;
mod recommendations;
mod rules;
#[cfg(test)]
mod tests;

pub use advice::{
    ACTIVE_CHANCE, ACTIVE_SHARE, AdviceRule, Evidence, LATELY_DAYS, NOT_GONE_CHANCE, NOT_GONE_SHARE,
    ONE_ORDER_SHARE, STILL_BUYING_SHARE,
};
use condition::Conditions;
pub use condition::{Customer, Measure};
pub use promise::{CAVEAT_SHARE, Claim, Promise, caveat};
pub use recommendations::{Place, Recommendation};

const CLASSIC: &str = include_str!("segments/classic.toml");
const ELEVEN: &str = include_str!("segments/eleven.toml");

/// The names of the rule sets that come with the product.
pub const BUILT_IN: [&str; 2] = ["classic", "eleven"];

/// One segment of a checked rule set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its name, as shown.
    pub name: String,
    /// Who these customers are, in one sentence.
    pub meaning: String,
    /// 1 for the segment to care for first.
    pub priority: u32,
    /// What the name lets a reader expect of every customer in it; a run says where that is not so.
    #[serde(default)]
    pub promise: Vec<Promise>,
}

/// A rule set in which every customer has exactly one segment.
///
/// Shape: `cells` and `exceptions` have `classes`^3 entries, one a score triple; segments are indices into
/// `segments`.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSet {
    /// Its name, for the manifest.
    pub name: String,
    /// How many scores there are, from 1.
    pub classes: u8,
    /// The segments, in the order of the rules.
    pub segments: Vec<Segment>,
    /// The segment by the scores alone: of customers for whom no exception holds.
    cells: Vec<u8>,
    /// Rules with conditions beyond the scores, in order, as far as they come before that.
    exceptions: Vec<Vec<Exception>>,
}

/// A rule with conditions beyond the scores, at one score triple.
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
            _ => Err(Error::new(Kind::Rules, format!("there is no rule set `{name}`"))
                .hint("use `classic`, `eleven`, or the path of a TOML file with rules of your own")),
        }
    }

    /// Reads and checks a rule set; `origin` names it in errors.
    ///
    /// Errors: [`Kind::Rules`] if it is not TOML of the right shape, a score or a bound is out of range, a
    /// customer could be without a segment, or a segment can never be reached.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        rules::parse(text, origin)
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

    /// The segment of a customer.
    pub fn segment_of(&self, customer: &Customer) -> &Segment {
        &self.segments[self.index_of(customer)]
    }

    /// What the rules look at beside the scores, in the order of [`Measure::ALL`].
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
