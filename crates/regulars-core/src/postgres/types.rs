//! Types of columns in PostgreSQL, by kind, and names.

use std::fmt;

use crate::tables::Kind;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlType {
    /// `smallint`
    Smallint,
    /// `integer`
    Integer,
    /// `bigint`
    Bigint,
    /// `numeric(19, S)`: an Int64 with `S` decimals.
    Numeric {
        /// Digits after the point.
        decimals: u8,
    },
    /// `double precision`
    Double,
    /// `boolean`
    Boolean,
    /// `text`
    Text,
    /// `timestamp`
    Timestamp,
}

/// Digits of the largest Int64.
const DIGITS: u8 = 19;

/// Decimals of a quantity.
const QUANTITY_DECIMALS: u8 = 3;

impl SqlType {
    /// The type of a kind of column; identifiers are `id`.
    pub fn of(kind: Kind, id: Self, money_decimals: u8) -> Self {
        match kind {
            Kind::Id => id,
            Kind::Text | Kind::Category => Self::Text,
            Kind::Flag | Kind::Score => Self::Smallint,
            Kind::Count | Kind::Integer => Self::Bigint,
            Kind::Days => Self::Integer,
            Kind::Money => Self::Numeric { decimals: money_decimals },
            Kind::Quantity => Self::Numeric { decimals: QUANTITY_DECIMALS },
            Kind::Share | Kind::MoneyMean | Kind::Number => Self::Double,
            Kind::Timestamp => Self::Timestamp,
        }
    }

    /// As `format_type()` of the server shows it.
    pub fn in_catalog(self) -> String {
        match self {
            Self::Timestamp => "timestamp without time zone".to_owned(),
            other => other.to_string().replace(", ", ","),
        }
    }
}

impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Smallint => "smallint",
            Self::Integer => "integer",
            Self::Bigint => "bigint",
            Self::Numeric { decimals } => return write!(f, "numeric({DIGITS}, {decimals})"),
            Self::Double => "double precision",
            Self::Boolean => "boolean",
            Self::Text => "text",
            Self::Timestamp => "timestamp",
        })
    }
}

/// A name in SQL, whatever it contains.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Longest name, in bytes; PostgreSQL cuts longer ones.
const LONGEST_NAME: usize = 63;

/// What every table has anyway.
const SYSTEM_COLUMNS: [&str; 7] = ["cmax", "cmin", "ctid", "oid", "tableoid", "xmax", "xmin"];

/// Names that a table can have for its columns: not empty, not too long, different from each other and from
/// PostgreSQL's own columns. Other names are left as they are.
///
/// Shape: one name per name, in order.
pub(super) fn column_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for name in names {
        let name: String = name.chars().filter(|c| *c != '\0').collect();
        let name = if name.is_empty() { "column".to_owned() } else { name };
        let is_free = |name: &String| !taken.contains(name) && !SYSTEM_COLUMNS.contains(&name.as_str());
        let numbered = (2..).map(|number| cut(&name, &format!("_{number}")));
        let free = std::iter::once(cut(&name, "")).chain(numbered).find(is_free);
        taken.extend(free);
    }
    taken
}

fn cut(name: &str, suffix: &str) -> String {
    format!("{}{suffix}", &name[..name.floor_char_boundary(LONGEST_NAME - suffix.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_quotes() {
        assert_eq!(identifier("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
    }

    #[test]
    fn columns_have_names_that_postgresql_takes() {
        let (long, longer) = ("ü".repeat(40), format!("{}x", "ü".repeat(40)));
        let names = column_names(["", "a\"b", "xmin", "", &long, &longer, "A", "a", "a\0"]);
        let expected = [
            "column",
            "a\"b",
            "xmin_2",
            "column_2",
            &"ü".repeat(31),
            &format!("{}_2", "ü".repeat(30)),
            "A",
            "a",
            "a_2",
        ];
        assert_eq!(names, expected);
    }
}
