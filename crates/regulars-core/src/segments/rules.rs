//! Parses a rule set and checks that every customer gets exactly one segment.
//!
//! Rules by scores alone are applied to all score triples. Rules with other conditions take precedence, but
//! never count as covering a triple, because they may match nobody.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::condition::{Conditions, Measure, Range};
use super::promise::Promise;
use super::{Exception, RuleSet, Segment, cell};
use crate::error::{Error, Kind};

/// A rule as written in TOML.
#[derive(Debug, Deserialize)]
pub(super) struct RuleText {
    pub(super) name: String,
    meaning: Option<String>,
    priority: Option<u32>,
    promise: Option<PromiseText>,
    /// One or more alternatives.
    #[serde(default)]
    pub(super) any: Vec<ConditionValues>,
    /// The conditions, if there is only one alternative.
    #[serde(flatten)]
    pub(super) condition_values: ConditionValues,
}

/// Ranges by key: `r`, `f`, `m` or the key of a [`Measure`].
pub(super) type ConditionValues = BTreeMap<String, toml::Value>;

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum PromiseText {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSetText {
    name: String,
    #[serde(default = "five")]
    classes: u8,
    /// The segment of all customers that no rule matches.
    pub(super) otherwise: Option<String>,
    otherwise_meaning: Option<String>,
    otherwise_priority: Option<u32>,
    otherwise_promise: Option<PromiseText>,
    pub(super) segment: Vec<RuleText>,
}

fn five() -> u8 {
    5
}

const UNSET: u8 = u8::MAX;

pub(super) fn parse(text: &str, origin: &str) -> Result<RuleSet, Error> {
    check(read(text, origin)?, &|message| Error::new(Kind::Rules, format!("rule set `{origin}`: {message}")))
}

/// The rules as written, not yet checked.
pub(super) fn read(text: &str, origin: &str) -> Result<RuleSetText, Error> {
    toml::from_str(text).map_err(|e| {
        Error::new(Kind::Rules, format!("rule set `{origin}`: {}", e.message()))
            .hint("see `regulars init` for an example, or docs/segments.md")
    })
}

fn check(rules: RuleSetText, fail: &dyn Fn(String) -> Error) -> Result<RuleSet, Error> {
    let classes = rules.classes;
    if !(2..=10).contains(&classes) {
        return Err(fail(format!("classes = {classes}, expected 2 to 10")));
    }
    if rules.segment.len() > 100 {
        return Err(fail("more than 100 segments".to_owned()));
    }
    let triples = usize::from(classes).pow(3);
    let mut set = RuleSet {
        name: rules.name,
        classes,
        segments: Vec::new(),
        cells: vec![UNSET; triples],
        exceptions: vec![Vec::new(); triples],
    };
    for rule in rules.segment {
        let RuleText { name, meaning, priority, promise, mut any, condition_values } = rule;
        let promise = promises(&name, promise, fail)?;
        let segment = position(&mut set.segments, &name, meaning, priority, promise);
        if any.is_empty() {
            any.push(condition_values);
        } else if let Some(key) = condition_values.keys().next() {
            return Err(fail(format!("segment `{name}` has both `any` and `{key}`")));
        }
        let mut reached = false;
        for alternative in &any {
            reached |= lay(&mut set, segment, &name, alternative, fail)?;
        }
        if !reached {
            return Err(fail(format!(
                "no customer can reach segment `{name}`: earlier rules match them all"
            ))
            .hint("the first matching rule wins; move this one up or narrow the rules before it"));
        }
    }
    if let Some(first) = set.cells.iter().position(|c| *c == UNSET) {
        let Some(name) = rules.otherwise else { return Err(uncovered(&set, first, fail)) };
        let promise = promises(&name, rules.otherwise_promise, fail)?;
        let (meaning, priority) = (rules.otherwise_meaning, rules.otherwise_priority);
        let segment = position(&mut set.segments, &name, meaning, priority, promise);
        for of in set.cells.iter_mut().filter(|of| **of == UNSET) {
            *of = segment;
        }
    }
    Ok(set)
}

/// The index of a segment; the first rule that names it defines it.
fn position(
    segments: &mut Vec<Segment>,
    name: &str,
    meaning: Option<String>,
    priority: Option<u32>,
    promise: Vec<Promise>,
) -> u8 {
    let known = segments.iter().position(|segment| segment.name == name);
    let at = known.unwrap_or_else(|| {
        segments.push(Segment {
            name: name.to_owned(),
            meaning: meaning.unwrap_or_default(),
            priority: priority.unwrap_or(segments.len() as u32 + 1),
            promise,
        });
        segments.len() - 1
    });
    at as u8
}

/// Applies one alternative of a rule to the score triples left by earlier rules; returns whether there was
/// one.
fn lay(
    set: &mut RuleSet,
    segment: u8,
    name: &str,
    condition_values: &ConditionValues,
    fail: &dyn Fn(String) -> Error,
) -> Result<bool, Error> {
    let classes = set.classes;
    let mut conditions = Conditions::NONE;
    for (key, value) in condition_values {
        if ["r", "f", "m"].contains(&key.as_str()) {
            continue;
        }
        let measure = Measure::ALL.into_iter().find(|measure| measure.key() == key);
        let measure = measure.ok_or_else(|| {
            fail(format!("segment `{name}`: unknown field `{key}`"))
                .hint(format!("a rule can use r, f, m, {}", Measure::ALL.map(Measure::key).join(", ")))
        })?;
        let range = Range::of_measure(value, measure).ok_or_else(|| {
            let example = if measure == Measure::CycleRatio { "\">2\", \"<=1.5\"" } else { "3, \">90\"" };
            fail(format!("segment `{name}`: {key} = {value} is not a valid range, or matches no customer"))
                .hint(format!("write {example}, \">=4\", \"<=90\" or \"30-90\""))
        })?;
        conditions = conditions.with(measure, range);
    }
    let scores = |letter: &str| {
        let value = condition_values.get(letter);
        Range::of_scores(value, classes).ok_or_else(|| {
            let shown = value.map_or_else(String::new, ToString::to_string);
            fail(format!("segment `{name}`: {letter} = {shown} is not a score or range of 1 to {classes}"))
                .hint("write 4, \"2-3\", \">=4\" or \"<=2\"")
        })
    };
    let (r, f, m) = (scores("r")?, scores("f")?, scores("m")?);
    let mut reached = false;
    for r in r {
        for f in f.clone() {
            for m in m.clone() {
                let at = cell(classes, r, f, m);
                let mut earlier = set.exceptions[at].iter();
                if set.cells[at] != UNSET || earlier.any(|known| known.conditions.include(&conditions)) {
                    continue;
                }
                if conditions == Conditions::NONE {
                    set.cells[at] = segment;
                } else {
                    set.exceptions[at].push(Exception { conditions, segment });
                }
                reached = true;
            }
        }
    }
    Ok(reached)
}

/// The error for score triples that no rule by scores alone covers.
fn uncovered(set: &RuleSet, first: usize, fail: &dyn Fn(String) -> Error) -> Error {
    let n = usize::from(set.classes);
    let (r, f, m) = (first / (n * n) + 1, first / n % n + 1, first % n + 1);
    let missing: Vec<usize> = (0..set.cells.len()).filter(|at| set.cells[*at] == UNSET).collect();
    let count = missing.len();
    if missing.iter().any(|at| !set.exceptions[*at].is_empty()) {
        let of_measures: Vec<&str> = set.measures().into_iter().map(Measure::key).collect();
        return fail(format!(
            "{count} score triples have no segment if no condition on {} holds (first: R{r} F{f} M{m})",
            of_measures.join(", ")
        ))
        .hint("add rules for them by r, f and m alone, or `otherwise = \"Regular\"`");
    }
    fail(format!("{count} score triples have no segment (first: R{r} F{f} M{m})"))
        .hint("add rules for them, or `otherwise = \"Regular\"`")
}

fn promises(
    segment: &str,
    text: Option<PromiseText>,
    fail: &dyn Fn(String) -> Error,
) -> Result<Vec<Promise>, Error> {
    let names = match text {
        None => Vec::new(),
        Some(PromiseText::One(name)) => vec![name],
        Some(PromiseText::Several(names)) => names,
    };
    let known = |name: &String| Promise::ALL.into_iter().find(|promise| promise.name() == name);
    let each = names.iter().map(|name| {
        known(name).ok_or_else(|| {
            fail(format!("segment `{segment}`: unknown promise `{name}`"))
                .hint(format!("use one or more of {}", Promise::ALL.map(Promise::name).join(", ")))
        })
    });
    each.collect()
}
