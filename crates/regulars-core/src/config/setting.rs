//! A configuration key set by text, as in `source.amount_is=order`: used by `--set` and by answers to
//! questions.

use super::Config;
use crate::error::{Error, Kind};

impl Config {
    /// The configuration with one key set. The text before the first `=` is the key, the text after it a TOML
    /// value or an unquoted word.
    ///
    /// Errors: [`Kind::Config`] for a missing value, an unknown key, or a value out of range.
    pub fn with_setting(&self, setting: &str) -> Result<Self, Error> {
        let wrong = |reason: String| {
            Error::new(Kind::Config, format!("--set {setting}: {reason}")).hint(
                super::renamed(&reason)
                    .unwrap_or("write it as --set source.amount_is=order; `regulars init` lists the keys"),
            )
        };
        let Some((key, value)) = key_and_value(setting) else {
            return Err(wrong("expected KEY=VALUE".to_owned()));
        };
        let quoted = toml::Value::String(value.trim().to_owned()).to_string();
        let parse = |value: &str| toml::from_str::<toml::Table>(&format!("{key} = {value}"));
        let given =
            parse(value).or_else(|_a_word| parse(&quoted)).map_err(|e| wrong(e.message().to_owned()))?;
        let mut all = toml::Table::try_from(self).map_err(|e| wrong(e.to_string()))?;
        merge(&mut all, given);
        let text = toml::to_string(&all).map_err(|e| wrong(e.to_string()))?;
        let mut config: Self = toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))?;
        // This section is not serialised.
        config.serve = self.serve.clone();
        config.check()?;
        Ok(config)
    }
}

/// Splits at the first `=` outside quotes: quoted words may contain one.
fn key_and_value(setting: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, c) in setting.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '=' if !quoted => return Some((setting[..at].trim(), &setting[at + 1..])),
            _ => {}
        }
    }
    None
}

fn merge(into: &mut toml::Table, given: toml::Table) {
    for (key, value) in given {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{AmountIs, Config, Meaning};

    #[test]
    fn one_key_is_set_and_the_others_stay() {
        let config =
            Config::parse("[scores]\nclasses = 4\n[serve]\nallow_runs = true\n", "x").expect("valid");
        let set = |text: &str| config.with_setting(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let order = set("source.amount_is=order");
        assert_eq!((order.source.amount_is, order.scores.classes), (Some(AmountIs::Order), 4));
        assert_eq!(order.serve.allow_runs, Some(true));
        assert_eq!(set("source.decimal_comma = true").source.decimal_comma, Some(true));
        assert_eq!(set("source.currency=EUR").source.currency.as_deref(), Some("EUR"));
        let words = set("policy.meanings.\"Line = type\".\"Sale Line\"=detail").policy.meanings;
        assert_eq!(words["Line = type"]["Sale Line"], Meaning::Detail);
        let list = set("policy.completed_statuses=[\"a\", \"b\"]").policy.completed_statuses;
        assert_eq!(list, Some(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("source.amount_is", "expected KEY=VALUE"),
            ("source.amount_iz=order", "amount_iz"),
            ("source.amount_is=lines", "lines"),
            ("refunds.match_days=0", "refunds.match_days = 0"),
        ] {
            let message = Config::default().with_setting(text).expect_err(text).message;
            assert!(message.contains(expected), "{message} should contain {expected}");
        }
    }
}
