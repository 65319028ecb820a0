//! Settings of a session: what clients may SET, and what SHOW returns.
//!
//! A value that would change results and is not implemented is refused: no SET succeeds without taking effect.

use std::collections::BTreeMap;
use std::time::Duration;

use pgwire::error::PgWireError;

use crate::errors::{error, with_hint};

/// What a variable can be set to.
#[derive(Debug, Clone, Copy)]
enum Values {
    /// Any text, without effect: in PostgreSQL it concerns only display, writes, locks and plans.
    Any,
    /// Only these, ignoring case.
    One(&'static [&'static str]),
    /// A duration: a number of milliseconds, or with a unit.
    Duration,
    /// A time zone.
    TimeZone,
    /// Schemas.
    SearchPath,
    /// Cannot be set.
    Fixed,
}

struct Definition {
    name: &'static str,
    default: &'static str,
    values: Values,
}

const fn define(name: &'static str, default: &'static str, values: Values) -> Definition {
    Definition { name, default, values }
}

const ON: &[&str] = &["on", "true", "yes", "1"];

/// The PostgreSQL version that clients see; they choose their catalogue queries by it.
pub(crate) const SERVER_VERSION: &str = "16.6";

const DEFINITIONS: &[Definition] = &[
    define("application_name", "", Values::Any),
    define("bytea_output", "hex", Values::One(&["hex"])),
    define("client_encoding", "UTF8", Values::One(&["utf8", "unicode"])),
    define("client_min_messages", "notice", Values::Any),
    define(
        "datestyle",
        "ISO, YMD",
        Values::One(&["iso", "iso, ymd", "iso, mdy", "iso, dmy", "iso,mdy", "iso,ymd"]),
    ),
    define("default_transaction_isolation", "read committed", Values::Any),
    define("default_transaction_read_only", "on", Values::One(ON)),
    define("escape_string_warning", "on", Values::Any),
    define("extra_float_digits", "1", Values::One(&["1", "2", "3"])),
    define("idle_in_transaction_session_timeout", "0", Values::Any),
    define("idle_session_timeout", "0", Values::Any),
    define("integer_datetimes", "on", Values::Fixed),
    define("intervalstyle", "postgres", Values::One(&["postgres"])),
    define("is_superuser", "off", Values::Fixed),
    define("jit", "off", Values::Any),
    define("lc_collate", "C", Values::Fixed),
    define("lc_messages", "C", Values::Any),
    define("lock_timeout", "0", Values::Any),
    define("max_index_keys", "32", Values::Fixed),
    define("max_identifier_length", "63", Values::Fixed),
    define("row_security", "off", Values::Any),
    define("search_path", "", Values::SearchPath),
    define("server_encoding", "UTF8", Values::Fixed),
    define("server_version", SERVER_VERSION, Values::Fixed),
    define("server_version_num", "160006", Values::Fixed),
    define("session_authorization", "", Values::Fixed),
    define("standard_conforming_strings", "on", Values::One(ON)),
    define("statement_timeout", "0", Values::Duration),
    define("synchronize_seqscans", "on", Values::Any),
    define("timezone", "UTC", Values::TimeZone),
    define("transaction_isolation", "read committed", Values::Any),
    define("transaction_read_only", "on", Values::One(ON)),
    define("work_mem", "4MB", Values::Any),
];

/// What the session must do after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    SearchPath(Vec<String>),
    TimeZone,
}

/// The settings of a session.
#[derive(Debug, Clone)]
pub(crate) struct Variables {
    values: BTreeMap<&'static str, String>,
    defaults: BTreeMap<&'static str, String>,
    /// The server's limit for a statement.
    max_timeout: Duration,
}

impl Variables {
    /// The defaults of a session; `user` is shown as `session_authorization`, `schema` as `search_path`.
    pub(crate) fn new(user: &str, schema: &str, max_timeout: Duration) -> Self {
        let mut defaults: BTreeMap<&str, String> =
            DEFINITIONS.iter().map(|definition| (definition.name, definition.default.to_owned())).collect();
        defaults.insert("session_authorization", user.to_owned());
        defaults.insert("search_path", schema.to_owned());
        defaults.insert("statement_timeout", format!("{}ms", max_timeout.as_millis()));
        Self { values: defaults.clone(), defaults, max_timeout }
    }

    /// The value, for SHOW.
    ///
    /// Errors: an unknown name.
    pub(crate) fn get(&self, name: &str) -> Result<&str, PgWireError> {
        Ok(&self.values[definition(name)?.name])
    }

    /// All names and values.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Sets a variable; `None` sets its default.
    ///
    /// Errors: an unknown name, or a value that it cannot have.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) -> Result<Change, PgWireError> {
        let definition = definition(name)?;
        let name = definition.name;
        let value = value.map_or_else(|| self.defaults[name].clone(), ToOwned::to_owned);
        let refused = |allowed: &str| {
            with_hint(
                "22023",
                format!("`{name}` cannot be set to `{value}` on this connection"),
                format!("allowed: {allowed}"),
            )
        };
        let mut change = Change::Nothing;
        match definition.values {
            Values::Any => {}
            Values::One(allowed) => {
                // `UTF-8`, `'utf8'` and `UTF_8` are one encoding.
                let value = match name {
                    "client_encoding" => value.replace(|c: char| !c.is_ascii_alphanumeric(), ""),
                    _ => value.clone(),
                };
                let is_default = value.eq_ignore_ascii_case(&self.defaults[name]);
                if !is_default && !allowed.iter().any(|allowed| value.eq_ignore_ascii_case(allowed)) {
                    return Err(refused(allowed[0]));
                }
            }
            Values::Fixed => {
                return Err(error("55P02", format!("parameter \"{name}\" cannot be changed")));
            }
            Values::Duration => {
                let timeout = duration(&value)
                    .ok_or_else(|| refused("a number of milliseconds, or with a unit: `30s`, `5min`"))?;
                // With 0 the client sets no limit; the server's applies.
                let timeout =
                    if timeout.is_zero() { self.max_timeout } else { timeout.min(self.max_timeout) };
                self.values.insert(name, format!("{}ms", timeout.as_millis()));
                return Ok(Change::Nothing);
            }
            Values::TimeZone => {
                // Shown in UTC whatever the setting is: the instant is the same.
                let is_known = value.parse::<chrono_tz::Tz>().is_ok()
                    || value.parse::<f64>().is_ok_and(|hours| hours.abs() < 24.0);
                if !is_known {
                    return Err(refused("the name of a time zone"));
                }
                change = Change::TimeZone;
            }
            Values::SearchPath => {
                let schemas = value
                    .split(',')
                    .map(|schema| schema.trim().trim_matches('"').to_owned())
                    .filter(|schema| !schema.is_empty());
                change = Change::SearchPath(schemas.collect());
            }
        }
        self.values.insert(name, value);
        Ok(change)
    }

    /// All defaults.
    pub(crate) fn defaults(&self) -> Self {
        Self { values: self.defaults.clone(), ..self.clone() }
    }

    /// The change that the current value of a variable means for the session.
    pub(crate) fn change(&self, name: &str) -> Change {
        self.clone().set(name, Some(&self.values[name])).unwrap_or(Change::Nothing)
    }

    /// The time limit of a statement.
    pub(crate) fn timeout(&self) -> Duration {
        duration(&self.values["statement_timeout"]).unwrap_or(self.max_timeout)
    }
}

fn definition(name: &str) -> Result<&'static Definition, PgWireError> {
    let name = name.to_ascii_lowercase();
    let name = match name.as_str() {
        "time zone" => "timezone",
        "transaction isolation level" => "transaction_isolation",
        "session characteristics as transaction isolation level" => "default_transaction_isolation",
        "names" => "client_encoding",
        name => name,
    };
    DEFINITIONS
        .iter()
        .find(|definition| definition.name == name)
        .ok_or_else(|| error("42704", format!("unrecognized configuration parameter \"{name}\"")))
}

/// Parses a duration as PostgreSQL does: a number of milliseconds, or with a unit.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(factor)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        Variables::new("ann", "shop", Duration::from_mins(1))
    }

    #[test]
    fn a_timeout_can_be_lowered_and_not_raised_above_the_limit() {
        let mut variables = variables();
        assert_eq!(variables.timeout(), Duration::from_mins(1));
        for (value, expected_ms) in
            [("250", 250), ("2s", 2_000), ("1 min", 60_000), ("2h", 60_000), ("0", 60_000)]
        {
            variables.set("statement_timeout", Some(value)).expect("a duration");
            assert_eq!(variables.timeout().as_millis(), expected_ms, "{value}");
        }
        assert!(variables.set("statement_timeout", Some("soon")).is_err());
        assert_eq!(variables.set("STATEMENT_TIMEOUT", None).expect("the default"), Change::Nothing);
        assert_eq!(variables.get("statement_timeout").expect("known"), "60000ms");
    }

    #[test]
    fn what_is_not_implemented_is_refused() {
        let mut variables = variables();
        for (name, value) in [
            ("standard_conforming_strings", "off"),
            ("client_encoding", "LATIN1"),
            ("extra_float_digits", "0"),
            ("server_version", "9"),
            ("transaction_read_only", "off"),
            ("enable_magic", "on"),
        ] {
            assert!(variables.set(name, Some(value)).is_err(), "{name}");
        }
        for (name, value) in
            [("client_encoding", "utf-8"), ("extra_float_digits", "3"), ("TimeZone", "Europe/Berlin")]
        {
            variables.set(name, Some(value)).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(variables.get(name).expect("known"), value);
        }
        let path = variables.set("search_path", Some("\"$user\", \"my-shop\", public")).expect("schemas");
        assert_eq!(path, Change::SearchPath(vec!["$user".into(), "my-shop".into(), "public".into()]));
    }
}
