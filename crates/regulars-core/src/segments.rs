//! Segments: named groups of customers by their recency, frequency and monetary scores.
//!
//! A rule set is data: rules in order, the first that fits wins. Deliberately not here: how scores
//! come about (see the crate `regulars-models`).

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

mod advice;
mod recommendations;

pub use advice::{
    ACTIVE_CHANCE, ACTIVE_SHARE, AdviceRule, Evidence, LATELY_DAYS, NOT_GONE_CHANCE, NOT_GONE_SHARE,
    ONE_ORDER_SHARE, STILL_BUYING_SHARE,
};
pub use recommendations::{Place, Recommendation};

const CLASSIC: &str = include_str!("segments/classic.toml");
const ELEVEN: &str = include_str!("segments/eleven.toml");

/// The names of the rule sets that come with the product.
pub const BUILT_IN: [&str; 2] = ["classic", "eleven"];

/// An inclusive range of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    low: u8,
    high: u8,
}

/// A rule as written in TOML.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    name: String,
    meaning: Option<String>,
    priority: Option<u32>,
    /// One or more alternatives; each of `r`, `f`, `m` is `4`, `"2-3"`, `">=4"`, `"<=2"` or absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    any: Vec<CellsText>,
    r: Option<toml::Value>,
    f: Option<toml::Value>,
    m: Option<toml::Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CellsText {
    r: Option<toml::Value>,
    f: Option<toml::Value>,
    m: Option<toml::Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleSetText {
    name: String,
    #[serde(default = "five")]
    classes: u8,
    /// The segment of every score that no rule names.
    otherwise: Option<String>,
    otherwise_meaning: Option<String>,
    otherwise_priority: Option<u32>,
    segment: Vec<RuleText>,
}

fn five() -> u8 {
    5
}

/// One segment of a checked rule set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its name, as shown.
    pub name: String,
    /// Who these customers are, in one sentence.
    pub meaning: String,
    /// 1 for the segment to care for first.
    pub priority: u32,
}

/// A rule set in which every score triple has exactly one segment.
///
/// Shape: `cells` has `classes`^3 entries, indices into `segments`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// Its name, for the manifest.
    pub name: String,
    /// How many scores there are, from 1.
    pub classes: u8,
    /// The segments, in the order of the rules.
    pub segments: Vec<Segment>,
    cells: Vec<u8>,
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
    /// Errors: [`Kind::Rules`] if it is not TOML of the right shape, a score is out of range, a
    /// score triple has no segment, or a segment can never be reached.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        let rules: RuleSetText = toml::from_str(text).map_err(|e| {
            Error::new(Kind::Rules, format!("rule set `{origin}`: {}", e.message()))
                .hint("see `regulars init` for an example, or docs/segments.md")
        })?;
        check(rules, origin)
    }

    /// The index in [`Self::segments`] of a score triple; scores count from 1.
    pub fn index_of(&self, r: u8, f: u8, m: u8) -> usize {
        debug_assert!([r, f, m].iter().all(|s| (1..=self.classes).contains(s)));
        usize::from(self.cells[cell(self.classes, r, f, m)])
    }

    /// The segment of a score triple.
    pub fn segment_of(&self, r: u8, f: u8, m: u8) -> &Segment {
        &self.segments[self.index_of(r, f, m)]
    }
}

fn cell(classes: u8, r: u8, f: u8, m: u8) -> usize {
    let n = usize::from(classes);
    (usize::from(r - 1) * n + usize::from(f - 1)) * n + usize::from(m - 1)
}

const UNSET: u8 = u8::MAX;

fn check(rules: RuleSetText, origin: &str) -> Result<RuleSet, Error> {
    let fail = |message: String| Error::new(Kind::Rules, format!("rule set `{origin}`: {message}"));
    let classes = rules.classes;
    if !(2..=10).contains(&classes) {
        return Err(fail(format!("classes = {classes}, expected 2 to 10")));
    }
    if rules.segment.len() > 100 {
        return Err(fail("more than 100 segments".to_owned()));
    }
    let mut cells = vec![UNSET; usize::from(classes).pow(3)];
    let mut segments: Vec<Segment> = Vec::new();
    for rule in rules.segment {
        let position = match segments.iter().position(|s| s.name == rule.name) {
            Some(known) => known,
            None => {
                segments.push(Segment {
                    name: rule.name.clone(),
                    meaning: rule.meaning.clone().unwrap_or_default(),
                    priority: rule.priority.unwrap_or(segments.len() as u32 + 1),
                });
                segments.len() - 1
            }
        };
        let mut alternatives = rule.any;
        if alternatives.is_empty() {
            alternatives.push(CellsText { r: rule.r, f: rule.f, m: rule.m });
        } else if rule.r.is_some() || rule.f.is_some() || rule.m.is_some() {
            return Err(fail(format!("segment `{}` has both `any` and r, f or m", rule.name)));
        }
        let mut reached = false;
        for alternative in &alternatives {
            let parse = |value: &Option<toml::Value>, letter: &str| {
                range(value.as_ref(), classes).ok_or_else(|| {
                    fail(format!(
                        "segment `{}`: {letter} = {} is not a score or range of 1 to {classes}",
                        rule.name,
                        value.as_ref().map_or_else(String::new, ToString::to_string)
                    ))
                    .hint("write 4, \"2-3\", \">=4\" or \"<=2\"")
                })
            };
            let (r, f, m) =
                (parse(&alternative.r, "r")?, parse(&alternative.f, "f")?, parse(&alternative.m, "m")?);
            for i in r.low..=r.high {
                for j in f.low..=f.high {
                    for k in m.low..=m.high {
                        let at = &mut cells[cell(classes, i, j, k)];
                        if *at == UNSET {
                            *at = position as u8;
                            reached = true;
                        }
                    }
                }
            }
        }
        if !reached {
            return Err(fail(format!(
                "no score can reach segment `{}`: earlier rules take them all",
                rule.name
            ))
            .hint("the first rule that fits wins; move it up or narrow the rules before it"));
        }
    }
    if let Some(first) = cells.iter().position(|c| *c == UNSET) {
        let Some(name) = rules.otherwise else {
            let n = usize::from(classes);
            let (r, f, m) = (first / (n * n) + 1, first / n % n + 1, first % n + 1);
            let missing = cells.iter().filter(|c| **c == UNSET).fold(0_usize, |n, _| n + 1);
            return Err(fail(format!("{missing} score triples have no segment (first: R{r} F{f} M{m})"))
                .hint("add rules for them, or `otherwise = \"Regular\"`"));
        };
        let position = match segments.iter().position(|s| s.name == name) {
            Some(known) => known,
            None => {
                segments.push(Segment {
                    name,
                    meaning: rules.otherwise_meaning.unwrap_or_default(),
                    priority: rules.otherwise_priority.unwrap_or(segments.len() as u32 + 1),
                });
                segments.len() - 1
            }
        };
        for c in &mut cells {
            if *c == UNSET {
                *c = position as u8;
            }
        }
    }
    Ok(RuleSet { name: rules.name, classes, segments, cells })
}

fn range(value: Option<&toml::Value>, classes: u8) -> Option<Range> {
    let all = Range { low: 1, high: classes };
    let score = |text: &str| text.trim().parse::<u8>().ok().filter(|s| (1..=classes).contains(s));
    match value {
        None => Some(all),
        Some(toml::Value::Integer(n)) => {
            let n = u8::try_from(*n).ok().filter(|s| (1..=classes).contains(s))?;
            Some(Range { low: n, high: n })
        }
        Some(toml::Value::String(text)) => {
            let text = text.trim();
            if let Some(low) = text.strip_prefix(">=") {
                return Some(Range { low: score(low)?, ..all });
            }
            if let Some(high) = text.strip_prefix("<=") {
                return Some(Range { high: score(high)?, ..all });
            }
            if let Some((low, high)) = text.split_once('-') {
                let range = Range { low: score(low)?, high: score(high)? };
                return (range.low <= range.high).then_some(range);
            }
            score(text).map(|n| Range { low: n, high: n })
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(set: &RuleSet, triple: &str) -> String {
        let digits: Vec<u8> = triple.bytes().map(|b| b - b'0').collect();
        set.segment_of(digits[0], digits[1], digits[2]).name.clone()
    }

    #[test]
    fn classic_follows_its_definition_on_all_125_triples() {
        let set = RuleSet::built_in("classic").expect("built in");
        for r in 1..=5_u8 {
            for f in 1..=5_u8 {
                for m in 1..=5_u8 {
                    let expected = if r >= 4 && f >= 4 && m >= 4 {
                        "High-Value"
                    } else if f >= 4 && m >= 4 && r >= 3 {
                        "Loyal"
                    } else if r <= 2 && f >= 3 && m >= 3 {
                        "At-Risk"
                    } else if r >= 4 && f <= 2 && m <= 2 {
                        "New"
                    } else if r >= 4 && f >= 3 && m <= 2 {
                        "Promising"
                    } else if r <= 2 && f <= 2 && m <= 2 {
                        "Lost"
                    } else {
                        "Regular"
                    };
                    assert_eq!(set.segment_of(r, f, m).name, expected, "R{r} F{f} M{m}");
                }
            }
        }
        assert_eq!(set.segments.len(), 7);
    }

    #[test]
    fn eleven_has_the_customary_segments() {
        let set = RuleSet::built_in("eleven").expect("built in");
        assert_eq!(set.segments.len(), 11);
        for (triples, expected) in [
            ("543 551 555", "Champions"),
            ("341 453 355", "Loyal"),
            ("421 533 431", "Potential Loyalists"),
            ("511 515", "New"),
            ("411 415", "Promising"),
            ("331", "Need Attention"),
            ("311 325", "About To Sleep"),
            ("131 243", "At Risk"),
            ("151 255", "Can't Lose Them"),
            ("121 211 225", "Hibernating"),
            ("111 115", "Lost"),
        ] {
            for triple in triples.split(' ') {
                assert_eq!(segment(&set, triple), expected, "{triple}");
            }
        }
        let names: std::collections::BTreeSet<u32> = set.segments.iter().map(|s| s.priority).collect();
        assert_eq!(names.len(), 11, "priorities differ");
    }

    #[test]
    fn own_rules_are_checked() {
        let error = |text: &str| RuleSet::parse(text, "mine").expect_err("refused").message;
        let rules = |body: &str| format!("name = \"mine\"\nclasses = 3\n{body}");
        assert!(
            error(&rules("[[segment]]\nname=\"A\"\nr=\">=2\"\n"))
                .contains("9 score triples have no segment (first: R1 F1 M1)")
        );
        assert!(
            error(&rules("[[segment]]\nname=\"A\"\n[[segment]]\nname=\"B\"\nr=1\n"))
                .contains("no score can reach segment `B`")
        );
        assert!(error(&rules("[[segment]]\nname=\"A\"\nr=4\n")).contains("r = 4 is not a score"));
        assert!(error(&rules("[[segment]]\nname=\"A\"\nq=4\n")).contains("unknown field"));
        assert!(error("classes = 1\nname=\"x\"\nsegment=[]").contains("expected 2 to 10"));
        let good = RuleSet::parse(
            &rules("otherwise = \"Rest\"\n[[segment]]\nname=\"Edge\"\nany=[{r=1},{f=\"3\", m=\"1-2\"}]\n"),
            "mine",
        )
        .expect("complete");
        assert_eq!(segment(&good, "132"), "Edge");
        assert_eq!(segment(&good, "232"), "Edge");
        assert_eq!(segment(&good, "233"), "Rest");
    }
}
