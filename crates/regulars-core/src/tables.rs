//! The result tables of a run, each declared once: names, columns, kinds, and what they mean.
//!
//! The stored schema, the writers and readers, SQL, the API's schemas and `docs/tables.md` all derive from
//! `declared`. Money is stored as Int64 minor units in a column ending in `_minor`, quantities as Int64
//! thousandths ending in `_milli`; in SQL, exports and on pages they are decimals under the public name.

use std::borrow::Cow;

use arrow_schema::{DataType, Field, TimeUnit};
use serde_json::{Value as Json, json};

mod declared;

pub use declared::*;

/// The kind of a column, which decides how it is stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier: Int64 if all are whole numbers, else text.
    Id,
    /// Text.
    Text,
    /// Text of few different values; stored as a dictionary.
    Category,
    /// 1 for yes, 0 for no.
    Flag,
    /// A count.
    Count,
    /// A whole number that may be negative.
    Integer,
    /// Whole days.
    Days,
    /// Money; stored as Int64 minor units.
    Money,
    /// A mean or deviation of money; stored as Float64 minor units.
    MoneyMean,
    /// A quantity in units, kilograms, ...; stored as Int64 thousandths.
    Quantity,
    /// 0 to 1.
    Share,
    /// Any number.
    Number,
    /// Local time without a time zone, in microseconds.
    Timestamp,
    /// A small whole number that ranks customers.
    Score,
}

impl Kind {
    /// Type or unit of the public column, as in `docs/tables.md`.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Text | Self::Category => "text",
            Self::Flag => "1 or 0",
            Self::Count => "count",
            Self::Integer => "whole number",
            Self::Days => "days",
            Self::Money | Self::MoneyMean => "money",
            Self::Quantity => "units",
            Self::Share => "0 to 1",
            Self::Number => "number",
            Self::Timestamp => "timestamp",
            Self::Score => "score",
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Money | Self::MoneyMean => "_minor",
            Self::Quantity => "_milli",
            _ => "",
        }
    }

    /// Whether values can be averaged and compared by size.
    pub const fn is_number(self) -> bool {
        !matches!(self, Self::Id | Self::Text | Self::Category | Self::Timestamp)
    }

    /// JSON Schema type: of the public value, or of the stored one.
    fn json_type(self, stored: bool) -> &'static str {
        match self {
            Self::Id | Self::Text | Self::Category => "string",
            Self::Timestamp if !stored => "string",
            Self::Flag if stored => "boolean",
            Self::Money | Self::Quantity if !stored => "number",
            Self::MoneyMean | Self::Share | Self::Number => "number",
            _ => "integer",
        }
    }
}

/// Local time without a time zone, in microseconds.
pub const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// Repeated text: a dictionary, so that millions of rows share a few strings.
pub fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// One column of a result table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDef {
    /// The table.
    pub table: &'static str,
    /// The public name, as in SQL and exports.
    pub name: &'static str,
    /// The name in the run's Parquet files: the public name, with the unit of money and quantities.
    pub stored: &'static str,
    /// Type of the values.
    pub kind: Kind,
    /// Whether values may be missing.
    pub nullable: bool,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

impl ColumnDef {
    const fn new(
        table: &'static str,
        stored: &'static str,
        kind: Kind,
        nullable: bool,
        meaning: &'static str,
    ) -> Self {
        let name = match stored.split_at_checked(stored.len() - kind.suffix().len()) {
            Some((name, _)) => name,
            None => stored,
        };
        Self { table, name, stored, kind, nullable, meaning }
    }

    /// The stored field; identifiers keep the type of their source.
    pub fn field(&self, id: &DataType) -> Field {
        let stored = match self.kind {
            Kind::Id => id.clone(),
            Kind::Text => DataType::Utf8,
            Kind::Category => dictionary(),
            Kind::Score => DataType::UInt8,
            Kind::MoneyMean | Kind::Share | Kind::Number => DataType::Float64,
            Kind::Timestamp => TIMESTAMP,
            Kind::Flag | Kind::Count | Kind::Integer | Kind::Days | Kind::Money | Kind::Quantity => {
                DataType::Int64
            }
        };
        Field::new(self.stored, stored, self.nullable)
    }

    fn schema(&self, stored: bool) -> Json {
        let one = self.kind.json_type(stored);
        let of = if self.nullable { json!([one, "null"]) } else { json!(one) };
        json!({ "type": of, "description": self.meaning, "x-unit": self.kind.unit() })
    }
}

/// One result table.
#[derive(Debug, Clone)]
pub struct TableDef {
    /// The name; the file is `<name>.parquet`.
    pub name: &'static str,
    /// What one row is.
    pub meaning: &'static str,
    /// The columns, in order. A table may have further columns (customer attributes).
    pub columns: Vec<ColumnDef>,
}

impl TableDef {
    /// JSON Schema of a row as SQL and the API show it; a request may leave columns out.
    pub fn row_schema(&self) -> Json {
        let columns = self.columns.iter().map(|column| (column.name, column.schema(false)));
        object_schema(self.meaning, columns)
    }
}

fn object_schema(meaning: &str, columns: impl Iterator<Item = (&'static str, Json)>) -> Json {
    let properties: serde_json::Map<_, _> = columns.map(|(name, of)| (name.to_owned(), of)).collect();
    json!({ "type": "object", "description": meaning, "properties": properties })
}

/// A stored value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// Text, or an identifier.
    Text(Cow<'a, str>),
    /// An integer; time is in microseconds.
    Integer(i64),
    /// A number.
    Number(f64),
}

/// A field of a row.
pub trait Cell: Sized {
    /// As stored.
    fn value(&self) -> Value<'_>;
    /// From a stored value; `None` if it is of another type.
    fn from_value(value: Value<'_>) -> Option<Self>;
}

impl Cell for String {
    fn value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.into_owned()),
            // Identifiers.
            Value::Integer(number) => Some(number.to_string()),
            Value::Null | Value::Number(_) => None,
        }
    }
}

impl Cell for f64 {
    fn value(&self) -> Value<'_> {
        Value::Number(*self)
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }
}

macro_rules! integer_cells {
    ($($of:ty),*) => { $(
        impl Cell for $of {
            fn value(&self) -> Value<'_> {
                Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
            }

            fn from_value(value: Value<'_>) -> Option<Self> {
                match value {
                    Value::Integer(number) => Self::try_from(number).ok(),
                    _ => None,
                }
            }
        }
    )* };
}

integer_cells!(i64, u64, u8);

impl Cell for bool {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).map(|number| number == 1)
    }
}

impl<T: Cell> Cell for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Cell::value)
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// A row of a declared table.
pub trait Row: Sized {
    /// The columns, in order.
    const COLUMNS: &'static [ColumnDef];

    /// The values, in the order of the columns.
    fn values(&self) -> Vec<Value<'_>>;

    /// A row from the values of its columns; the column whose value is of another type, if any.
    fn read<'a>(value: impl FnMut(&'static ColumnDef) -> Value<'a>) -> Result<Self, &'static ColumnDef>;
}

/// JSON Schema of a row with all its columns, under their stored names.
fn schema_of_row(meaning: &str, columns: &[ColumnDef]) -> schemars::Schema {
    let mut of = object_schema(meaning, columns.iter().map(|column| (column.stored, column.schema(true))));
    of["required"] = columns.iter().map(|column| column.stored).collect();
    of.try_into().unwrap_or_default()
}

/// The Rust type of a kind of column.
macro_rules! field {
    ($kind:ident null) => { Option<$crate::tables::field!($kind)> };
    (Id) => { String };
    (Text) => { String };
    (Category) => { String };
    (Flag) => { bool };
    (Count) => { u64 };
    (Score) => { u8 };
    (MoneyMean) => { f64 };
    (Share) => { f64 };
    (Number) => { f64 };
    ($whole:ident) => { i64 };
}

/// Declares tables: a module per table with its columns, a row type, and a struct with a field per column.
///
/// `| null` marks columns whose values may be missing; `extends` puts the columns of another table first (with
/// `| null`, they may all be missing).
macro_rules! declare_tables {
    ($(
        $table:ident $(extends $first:ident $(| $empty:ident)?)? : $meaning:literal {
            $( $column:ident: $kind:ident $(| $null:ident)?, $what:expr; )+
        }
    )+) => {
        $(
            #[doc = $meaning]
            #[allow(clippy::doc_markdown, reason = "meanings are shown as plain text, too")]
            pub mod $table {
                use super::{Cell, ColumnDef, Kind, Value};

                /// The table's name.
                pub const NAME: &str = stringify!($table);

                /// Something for each column: its declaration, or its values.
                #[derive(Debug, Clone, Copy, PartialEq)]
                pub struct Columns<T> { $( #[doc = $what] pub $column: T, )+ }

                /// The declarations, by column.
                pub const COLUMNS: Columns<ColumnDef> = Columns { $(
                    $column: ColumnDef::new(
                        NAME, stringify!($column), Kind::$kind, $crate::tables::nullable!($($null)?), $what,
                    ),
                )+ };

                /// The declarations, in order.
                pub const LIST: &[ColumnDef] = &[ $( COLUMNS.$column ),+ ];

                /// The declarations with those of the table it extends, in order.
                pub fn all() -> Vec<ColumnDef> {
                    let mut all = Vec::new();
                    $(
                        let empty = $crate::tables::nullable!($($empty)?);
                        all.extend(super::$first::LIST.iter().map(|c| ColumnDef {
                            table: NAME, nullable: c.nullable || empty, ..*c
                        }));
                    )?
                    all.extend_from_slice(LIST);
                    all
                }

                impl<T> Columns<T> {
                    /// Each column with what is given for it, in order.
                    pub fn into_list(self) -> Vec<(ColumnDef, T)> {
                        vec![ $( (COLUMNS.$column, self.$column) ),+ ]
                    }
                }

                #[doc = $meaning]
                ///
                /// Units: `_minor` is in minor units of the currency, time in microseconds, shares 0 to 1.
                #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
                pub struct Row { $( #[doc = $what] pub $column: $crate::tables::field!($kind $($null)?), )+ }

                impl $crate::tables::Row for Row {
                    const COLUMNS: &'static [ColumnDef] = LIST;

                    fn values(&self) -> Vec<Value<'_>> {
                        vec![ $( Cell::value(&self.$column) ),+ ]
                    }

                    fn read<'a>(
                        mut value: impl FnMut(&'static ColumnDef) -> Value<'a>,
                    ) -> Result<Self, &'static ColumnDef> {
                        Ok(Self { $(
                            $column: Cell::from_value(value(&COLUMNS.$column)).ok_or(&COLUMNS.$column)?,
                        )+ })
                    }
                }

                impl schemars::JsonSchema for Row {
                    fn schema_name() -> std::borrow::Cow<'static, str> {
                        concat!(stringify!($table), "_row").into()
                    }

                    fn json_schema(_generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                        $crate::tables::schema_of_row($meaning, LIST)
                    }
                }
            }
        )+

        /// All result tables, in the order in which they are computed.
        ///
        /// `customers` is listed with its key only: its other columns are those of the source.
        pub fn tables() -> Vec<TableDef> {
            vec![ $( TableDef {
                name: $table::NAME,
                meaning: $meaning,
                columns: $table::all(),
            } ),+ ]
        }
    };
}

macro_rules! nullable {
    () => {
        false
    };
    (null) => {
        true
    };
}

use {declare_tables, field, nullable};

/// The table of that name.
pub fn table(name: &str) -> Option<TableDef> {
    tables().into_iter().find(|t| t.name == name)
}

/// The page `docs/tables.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Tables of a run\n\nOne Parquet file each. `regulars sql`, exports and the API show the columns under \
         these names. Parquet files keep money in minor units under `NAME_minor` and quantities in thousandths \
         under `NAME_milli`. Columns marked “may be empty” have missing values. This page is generated from \
         `crates/regulars-core/src/tables/declared.rs`.\n",
    );
    for table in tables() {
        page += &format!(
            "\n## {}\n\n{}.\n\n| column | type | meaning |\n| --- | --- | --- |\n",
            table.name, table.meaning
        );
        for column in &table.columns {
            let empty = if column.nullable { ", may be empty" } else { "" };
            page += &format!("| `{}` | {}{empty} | {} |\n", column.name, column.kind.unit(), column.meaning);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_stored_names_carry_units() {
        let all = tables();
        let names: std::collections::BTreeSet<&str> = all.iter().map(|t| t.name).collect();
        assert_eq!(names.len(), all.len());
        for table in &all {
            let columns: std::collections::BTreeSet<&str> = table.columns.iter().map(|c| c.name).collect();
            assert_eq!(columns.len(), table.columns.len(), "{}", table.name);
            for column in &table.columns {
                assert_eq!(format!("{}{}", column.name, column.kind.suffix()), column.stored);
            }
        }
        assert_eq!(transactions::COLUMNS.total_amount_minor.name, "total_amount");
    }

    #[test]
    fn tables_that_extend_another_start_with_its_columns() {
        let returns = table("returns").expect("declared").columns;
        let names = |columns: &[ColumnDef]| columns.iter().map(|c| c.name).collect::<Vec<_>>();
        assert_eq!(names(&returns[..10]), names(transactions::LIST));
        assert!(returns[..10].iter().any(|c| !c.nullable));
        let excluded = table("excluded").expect("declared").columns;
        assert!(excluded[..10].iter().all(|c| c.nullable && c.table == "excluded"));
        assert_eq!(returns[10..], *returns::LIST);
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let row = ltv_deciles::Row {
            model: "Pareto/NBD".to_owned(),
            decile: 1,
            customers: 20,
            actual_minor: 1.5,
            expected_minor: 2.5,
            coverage: None,
        };
        let mut values = row.values().into_iter();
        let read = |_: &ColumnDef| values.next().expect("a value per column");
        assert_eq!(ltv_deciles::Row::read(read), Ok(row));
        let wrong = ltv_deciles::Row::read(|_| Value::Number(1.0));
        assert_eq!(wrong.map_err(|column| column.name), Err("model"));
    }

    #[test]
    fn the_page_in_docs_is_the_generated_one() {
        let found = include_str!("../../../docs/tables.md");
        assert!(found == page(), "docs/tables.md is not up to date; write it with `cargo xtask docs`");
    }
}
