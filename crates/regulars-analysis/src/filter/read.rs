//! Parsing the filter from URL query parameters.

use regulars_core::names::is_run_name;

use super::{ComparedWith, Filter, RangeFilter, Score};
use crate::columns::day_of;

/// Longest accepted value; no segment or city name is longer.
const MAX_VALUE_BYTES: usize = 256;

impl Filter {
    /// Adds one query parameter; `Ok(false)` if its key does not belong to the filter.
    ///
    /// An empty value comes from an empty form field and is ignored.
    ///
    /// # Errors
    ///
    /// What is wrong with the value, for the user.
    pub fn take(&mut self, key: &str, value: &str) -> Result<bool, String> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(format!("the value of `{key}` is too long"));
        }
        let text = || value.to_owned();
        let is_given = !value.is_empty();
        let names = match key {
            "segment" => Some(&mut self.segments),
            "cluster" => Some(&mut self.clusters),
            "decile" => Some(&mut self.deciles),
            "was" => Some(&mut self.was),
            _ => None,
        };
        if let Some(names) = names {
            if is_given {
                names.insert(text());
            }
            return Ok(true);
        }
        match key {
            "acquired_from" => self.acquired_from = month(key, value)?,
            "acquired_to" => self.acquired_to = month(key, value)?,
            "since" | "against" if is_given && self.then.is_some() => {
                return Err("only one of `since` and `against` is allowed, once".to_owned());
            }
            "since" if is_given => self.then = Some(ComparedWith::Day(date(key, value)?)),
            "against" if is_given && is_run_name(value) => self.then = Some(ComparedWith::Run(text())),
            "against" if is_given => {
                return Err(format!("`against` is `{value}`, expected a run name"));
            }
            "since" | "against" => {}
            _ if key.starts_with("attr.") => {
                let name = &key["attr.".len()..];
                if is_given && !name.is_empty() {
                    self.attributes.entry(name.to_owned()).or_default().insert(text());
                }
            }
            _ => return self.take_number(key, value),
        }
        Ok(true)
    }

    fn take_number(&mut self, key: &str, value: &str) -> Result<bool, String> {
        if let Some(score) = Score::ALL.into_iter().find(|score| score.key() == key) {
            if let Some(value) = whole(key, value)? {
                self.scores.entry(score).or_default().insert(value);
            }
            return Ok(true);
        }
        for limited in RangeFilter::ALL {
            let Some(end) = key.strip_prefix(limited.key()) else { continue };
            if end != "_from" && end != "_to" {
                continue;
            }
            if let Some(value) = whole(key, value)? {
                let limits = self.limits.entry(limited).or_default();
                if end == "_from" {
                    limits.from = Some(value);
                } else {
                    limits.to = Some(value);
                }
            }
            return Ok(true);
        }
        Ok(false)
    }
}

fn date(key: &str, value: &str) -> Result<String, String> {
    let is_date = value.len() == 10
        && value.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if is_date && day_of(value).is_some() {
        return Ok(value.to_owned());
    }
    Err(format!("`{key}` is `{value}`, expected a date such as 2024-05-31"))
}

fn month(key: &str, value: &str) -> Result<Option<String>, String> {
    let bytes = value.as_bytes();
    let is_month = bytes.len() == 7
        && bytes[4] == b'-'
        && value.bytes().enumerate().all(|(i, b)| i == 4 || b.is_ascii_digit())
        && (1..=12).contains(&value[5..].parse::<u8>().unwrap_or(0));
    match value {
        "" => Ok(None),
        _ if is_month => Ok(Some(value.to_owned())),
        _ => Err(format!("`{key}` is `{value}`, expected a month such as 2024-05")),
    }
}

fn whole(key: &str, value: &str) -> Result<Option<i64>, String> {
    match value {
        "" => Ok(None),
        // `i64::MIN` means "no value" in columns.
        _ => value
            .parse::<i64>()
            .ok()
            .filter(|number| *number != i64::MIN)
            .map(Some)
            .ok_or_else(|| format!("`{key}` is `{value}`, expected a whole number")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::filter::Limits;

    fn read(pairs: &[(String, String)]) -> Result<Filter, String> {
        let mut filter = Filter::default();
        for (key, value) in pairs {
            if !filter.take(key, value)? {
                return Err(format!("unknown {key}"));
            }
        }
        Ok(filter)
    }

    fn names() -> impl Strategy<Value = BTreeSet<String>> {
        prop::collection::btree_set("[^\\x00]{1,12}", 0..3)
    }

    fn any_month() -> impl Strategy<Value = Option<String>> {
        prop::option::of((1900..2100_u16, 1..=12_u8).prop_map(|(y, m)| format!("{y:04}-{m:02}")))
    }

    fn thens() -> impl Strategy<Value = Option<ComparedWith>> {
        let day = (1900..2100_u16, 1..=12_u8, 1..=28_u8)
            .prop_map(|(y, m, d)| ComparedWith::Day(format!("{y:04}-{m:02}-{d:02}")));
        prop::option::of(prop_oneof![day, "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}".prop_map(ComparedWith::Run)])
    }

    fn filters() -> impl Strategy<Value = Filter> {
        let numbers = (i64::MIN + 1)..i64::MAX;
        let limits = (prop::option::of(numbers.clone()), prop::option::of(numbers))
            .prop_map(|(from, to)| Limits { from, to })
            .prop_filter("open", |limits| limits.from.is_some() || limits.to.is_some());
        let limited = prop::sample::select(RangeFilter::ALL.to_vec());
        let scores = prop::collection::btree_map(
            prop::sample::select(Score::ALL.to_vec()),
            prop::collection::btree_set(-9..99_i64, 1..4),
            0..3,
        );
        let attributes = prop::collection::btree_map(
            "[^\\x00]{1,12}",
            prop::collection::btree_set("[^\\x00]{1,12}", 1..3),
            0..3,
        );
        (
            (names(), names(), names()),
            (any_month(), any_month(), names(), thens()),
            attributes,
            scores,
            prop::collection::btree_map(limited, limits, 0..4),
        )
            .prop_map(
                |(
                    (segments, clusters, deciles),
                    (acquired_from, acquired_to, was, then),
                    attributes,
                    scores,
                    limits,
                )| {
                    Filter {
                        segments,
                        clusters,
                        deciles,
                        acquired_from,
                        acquired_to,
                        attributes,
                        scores,
                        limits,
                        was,
                        then,
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(filter in filters()) {
            prop_assert_eq!(read(&filter.pairs()), Ok(filter));
        }

        #[test]
        fn no_address_is_too_odd(key in "[a-z._]{0,14}", value in ".{0,20}") {
            let mut filter = Filter::default();
            let _ = filter.take(&key, &value);
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (key, value, expected) in [
            ("acquired_from", "2024-13", "`acquired_from` is `2024-13`, expected a month such as 2024-05"),
            ("acquired_to", "May", "`acquired_to` is `May`, expected a month such as 2024-05"),
            ("since", "2024-02-30", "`since` is `2024-02-30`, expected a date such as 2024-05-31"),
            ("since", "+024-02-10", "`since` is `+024-02-10`, expected a date such as 2024-05-31"),
            ("against", "../x", "`against` is `../x`, expected a run name"),
            ("r", "five", "`r` is `five`, expected a whole number"),
            ("orders_from", "1.5", "`orders_from` is `1.5`, expected a whole number"),
        ] {
            assert_eq!(Filter::default().take(key, value), Err(expected.to_owned()));
        }
        assert_eq!(Filter::default().take("segmnt", "x"), Ok(false));
        assert_eq!(Filter::default().take("orders_of", "x"), Ok(false));
        let long = "x".repeat(257);
        assert!(Filter::default().take("segment", &long).is_err());
    }

    #[test]
    fn empty_fields_of_the_form_are_no_conditions() {
        let pairs =
            ["segment", "acquired_from", "attr.age", "r", "orders_to"].map(|k| (k.to_owned(), String::new()));
        assert_eq!(read(&pairs), Ok(Filter::default()));
    }
}
