//! A rule set as SQL: `CASE WHEN … THEN 'segment' … ELSE 'segment' END`, the first matching rule first.
//!
//! The rules are written as they are in TOML, not as the table of score triples: they can be read and changed.
//! Deliberately not here: the checks of the rules (`rules`).

use super::condition::Measure;
use super::rules::{ConditionValues, RuleSetText};
use crate::error::{Error, Kind};

/// The `CASE` of checked rules, over the columns of `rfm_scores`.
///
/// Errors: [`Kind::Rules`] for a rule without conditions before the last one.
pub(super) fn case(rules: &RuleSetText, indent: &str) -> Result<String, Error> {
    let mut case = format!("{indent}CASE\n");
    let mut otherwise = rules.otherwise.clone();
    for rule in &rules.segment {
        let single = [rule.condition_values.clone()];
        let alternatives = if rule.any.is_empty() { &single[..] } else { &rule.any[..] };
        for alternative in alternatives {
            let conditions = conditions(alternative);
            if conditions.is_empty() {
                otherwise = Some(rule.name.clone());
                continue;
            }
            case += &format!(
                "{indent}    WHEN {}\n{indent}        THEN {}\n",
                conditions.join(" AND "),
                literal(&rule.name)
            );
        }
    }
    let otherwise = otherwise.ok_or_else(|| {
        Error::new(Kind::Rules, "the rules have no segment for customers that no rule matches")
    })?;
    Ok(case + &format!("{indent}    ELSE {}\n{indent}END", literal(&otherwise)))
}

/// The conditions of one alternative: scores first, then measures.
fn conditions(condition_values: &ConditionValues) -> Vec<String> {
    let scores = [("r", "r_score"), ("f", "f_score"), ("m", "m_score")];
    let measures = Measure::ALL.map(|measure| (measure.key(), column(measure)));
    let known = scores.into_iter().chain(measures);
    known
        .filter_map(|(key, column)| condition_values.get(key).map(|value| condition(column, value)))
        .collect()
}

/// The column of `rfm_scores` that holds a measure.
fn column(measure: Measure) -> &'static str {
    match measure {
        Measure::Orders => "frequency",
        Measure::DaysSinceLastOrder => "recency",
        Measure::TenureDays => "tenure_days",
        Measure::CycleRatio => "cycle_ratio",
    }
}

/// A range of the rules as SQL.
fn condition(column: &str, value: &toml::Value) -> String {
    let toml::Value::String(text) = value else { return format!("{column} = {value}") };
    let text = text.trim();
    for sign in [">=", "<=", ">", "<"] {
        if let Some(bound) = text.strip_prefix(sign) {
            return format!("{column} {sign} {}", bound.trim());
        }
    }
    match text.split_once('-') {
        Some((low, high)) => format!("{column} BETWEEN {} AND {}", low.trim(), high.trim()),
        None => format!("{column} = {text}"),
    }
}

/// A literal of SQL.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::super::{BUILT_IN, RuleSet};

    #[test]
    fn ranges_are_written_as_conditions() {
        let rules = "name = \"own\"\notherwise = \"It's\"\n[[segment]]\nname = \"A\"\nm = 3\nr = \">=4\"\nf = \"2-3\"\n\
                     cycle_ratio = \">2\"\ntenure_days = \" <= 90\"\n[[segment]]\nname = \"B\"\nany = [{ r = 1 }, { f = \"<2\" }]\n";
        RuleSet::parse(rules, "own").expect("valid");
        let case =
            super::case(&super::super::rules::read(rules, "own").expect("valid"), "  ").expect("covered");
        let expected = "  CASE
      WHEN r_score >= 4 AND f_score BETWEEN 2 AND 3 AND m_score = 3 AND tenure_days <= 90 AND cycle_ratio > 2
          THEN 'A'
      WHEN r_score = 1
          THEN 'B'
      WHEN f_score < 2
          THEN 'B'
      ELSE 'It''s'
  END";
        assert_eq!(case, expected);
    }

    #[test]
    fn every_built_in_rule_set_can_be_written() {
        for name in BUILT_IN {
            let case = RuleSet::sql_case(name, "").expect("built in");
            for segment in RuleSet::built_in(name).expect("built in").segments {
                assert!(case.contains(&super::literal(&segment.name)), "{name}: {}", segment.name);
            }
        }
        assert!(RuleSet::sql_case("other", "").is_err());
    }
}
