//! The tables of a run as they are published: columns, types, keys, indexes and comments.
//!
//! Values are those of exports: money and quantities are decimals under the public name. Tables are declared in
//! `tables`; columns that are not, such as attributes of customers, follow from their stored type.
//!
//! Deliberately not here: names of schemas, rows, and connections.

use arrow_schema::{DataType, Schema};

use super::layout::{FEATURES, Layout, SCRIPT_TABLES, index_name};
use super::types::{SqlType, column_names, identifier};
use crate::error::{Error, Kind as ErrorKind};
use crate::segments::sql::literal;
use crate::tables::{self, Kind};

/// One column of a published table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedColumn {
    /// The public name.
    pub name: String,
    /// The name in the run's file.
    pub stored: String,
    /// The type.
    pub sql_type: SqlType,
    /// Whether the stored numbers are minor units that become major ones as numbers with a fraction.
    pub is_minor_mean: bool,
    /// Whether values may be missing.
    pub nullable: bool,
    /// What it means.
    pub meaning: String,
}

/// One published table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTable {
    /// The public name.
    pub name: String,
    /// What one row is.
    pub meaning: String,
    /// The columns, in the order of the file.
    pub columns: Vec<PublishedColumn>,
}

impl PublishedTable {
    /// The table `name` of a run whose file has this schema.
    ///
    /// Errors: [`ErrorKind::Name`] for a column of a type that no table of a run has.
    pub fn new(name: &str, stored: &Schema, money_decimals: u8) -> Result<Self, Error> {
        let declared = tables::table(name);
        let is_key = |column: &str| key(name) == Some(column);
        let mut columns = Vec::new();
        for field in stored.fields() {
            let definition =
                declared.iter().flat_map(|table| &table.columns).find(|column| column.stored == field.name());
            let column = match definition {
                Some(column) => {
                    let id = undeclared(field.name(), field.data_type(), money_decimals)?.1;
                    PublishedColumn {
                        name: column.name.to_owned(),
                        stored: column.stored.to_owned(),
                        sql_type: SqlType::of(column.kind, id, money_decimals),
                        is_minor_mean: column.kind == Kind::MoneyMean,
                        nullable: column.nullable && !is_key(column.name),
                        meaning: column.meaning.to_owned(),
                    }
                }
                None => {
                    let (name, sql_type) = undeclared(field.name(), field.data_type(), money_decimals)?;
                    PublishedColumn {
                        name: name.to_owned(),
                        stored: field.name().clone(),
                        sql_type,
                        is_minor_mean: name != field.name() && sql_type == SqlType::Double,
                        nullable: true,
                        meaning: format!("`{}` as in the source", field.name()),
                    }
                }
            };
            columns.push(column);
        }
        let names = column_names(columns.iter().map(|column| column.name.as_str()));
        for (column, name) in columns.iter_mut().zip(names) {
            column.name = name;
        }
        let meaning =
            declared.map_or_else(|| "A table of the run".to_owned(), |table| table.meaning.to_owned());
        Ok(Self { name: name.to_owned(), meaning, columns })
    }

    /// Creates the table under the name `relation`, without keys and indexes.
    pub fn create(&self, relation: &str) -> String {
        let columns = self.columns.iter().map(|column| {
            let required = if column.nullable { "" } else { " NOT NULL" };
            format!("    {} {}{required}", identifier(&column.name), column.sql_type)
        });
        format!("CREATE TABLE {} (\n{}\n);\n", identifier(relation), columns.collect::<Vec<_>>().join(",\n"))
    }

    /// Adds key and indexes to the loaded table, and collects its statistics.
    pub fn finish(&self, relation: &str) -> String {
        let table = identifier(relation);
        let mut script = String::new();
        if let Some(key) = key(&self.name) {
            script += &format!("ALTER TABLE {table} ADD PRIMARY KEY ({});\n", identifier(key));
        }
        for columns in self.indexes() {
            let list: Vec<String> = columns.split(", ").map(identifier).collect();
            let name = identifier(&index_name(relation, columns));
            script += &format!("CREATE INDEX {name} ON {table} ({});\n", list.join(", "));
        }
        script + &format!("ANALYZE {table};\n")
    }

    /// Comments on the table or view `relation` (`TABLE`, `VIEW`) and its columns.
    pub fn comments(&self, kind: &str, relation: &str) -> String {
        let table = identifier(relation);
        let mut script = format!("COMMENT ON {kind} {table} IS {};\n", literal(&self.meaning));
        for column in &self.columns {
            let name = identifier(&column.name);
            script += &format!("COMMENT ON COLUMN {table}.{name} IS {};\n", literal(&column.meaning));
        }
        script
    }

    fn indexes(&self) -> Vec<&'static str> {
        let has = |name: &str| self.columns.iter().any(|column| column.name == name);
        let layout = layout(&self.name);
        let mut indexes: Vec<&str> = layout.map_or(&[][..], |layout| layout.indexes).to_vec();
        // A row of transactions is a line of an order.
        if self.name == "transactions" {
            indexes.push("transaction_id");
        }
        if layout.is_none() && has("customer_id") {
            indexes.push("customer_id");
        }
        indexes.retain(|columns| columns.split(", ").all(has));
        indexes
    }
}

fn layout(table: &str) -> Option<&'static Layout> {
    SCRIPT_TABLES.iter().chain([&FEATURES]).find(|layout| layout.name == table)
}

/// The primary key, where every shop's rows have one.
fn key(table: &str) -> Option<&'static str> {
    layout(table).map(|layout| layout.key).filter(|key| *key == "customer_id")
}

/// Public name and type of a column that is not declared: by its stored name and type, as in exports.
fn undeclared<'a>(name: &'a str, stored: &DataType, money_decimals: u8) -> Result<(&'a str, SqlType), Error> {
    let quantity = SqlType::of(Kind::Quantity, SqlType::Bigint, money_decimals);
    let money = SqlType::of(Kind::Money, SqlType::Bigint, money_decimals);
    Ok(match (stored, name.strip_suffix("_minor"), name.strip_suffix("_milli")) {
        (DataType::Int64, Some(name), _) => (name, money),
        (DataType::Float64, Some(name), _) => (name, SqlType::Double),
        (DataType::Int64, _, Some(name)) => (name, quantity),
        (DataType::UInt8 | DataType::Int64, ..) => (name, SqlType::Bigint),
        (DataType::Float64, ..) => (name, SqlType::Double),
        (DataType::Boolean, ..) => (name, SqlType::Boolean),
        (DataType::Utf8 | DataType::Dictionary(..), ..) => (name, SqlType::Text),
        (DataType::Timestamp(..), ..) => (name, SqlType::Timestamp),
        (other, ..) => {
            let message = format!("column `{name}` cannot be published: its type is {other}");
            return Err(Error::new(ErrorKind::Name, message));
        }
    })
}

#[cfg(test)]
mod tests {
    use arrow_schema::Field;

    use super::*;

    fn table(name: &str, fields: &[(&str, DataType)]) -> PublishedTable {
        let fields: Vec<Field> =
            fields.iter().map(|(name, stored)| Field::new(*name, stored.clone(), true)).collect();
        PublishedTable::new(name, &Schema::new(fields), 2).expect("publishable")
    }

    #[test]
    fn every_declared_table_is_published_with_its_public_names_and_keys() {
        for definition in tables::tables() {
            let fields: Vec<(&str, DataType)> = definition
                .columns
                .iter()
                .map(|c| (c.stored, c.field(&DataType::Int64).data_type().clone()))
                .collect();
            let published = table(definition.name, &fields);
            let names: Vec<&str> = published.columns.iter().map(|column| column.name.as_str()).collect();
            assert_eq!(names, definition.columns.iter().map(|c| c.name).collect::<Vec<_>>());
            let script = published.finish("r");
            let one_per_customer = key(definition.name).is_some()
                || definition.name == "opportunities"
                || !names.contains(&"customer_id");
            assert!(
                one_per_customer
                    || script.contains("(\"customer_id\")")
                    || script.contains("(\"customer_id\", ")
            );
        }
    }

    #[test]
    fn attributes_are_published_by_their_stored_type_and_hostile_names_are_quoted() {
        let published = table(
            "customers",
            &[
                ("customer_id", DataType::Utf8),
                ("\"; drop table x; --", DataType::Float64),
                ("limit_minor", DataType::Int64),
                ("since", tables::TIMESTAMP),
            ],
        );
        assert_eq!(
            published.create("run_1_customers"),
            "CREATE TABLE \"run_1_customers\" (\n    \"customer_id\" text NOT NULL,\n    \
             \"\"\"; drop table x; --\" double precision,\n    \"limit\" numeric(19, 2),\n    \
             \"since\" timestamp\n);\n"
        );
        assert_eq!(
            published.finish("r"),
            "ALTER TABLE \"r\" ADD PRIMARY KEY (\"customer_id\");\nANALYZE \"r\";\n"
        );
        assert!(
            published.comments("VIEW", "v").contains("\"v\".\"limit\" IS '`limit_minor` as in the source'")
        );
        let other = Schema::new(vec![Field::new("a", DataType::Binary, true)]);
        assert!(PublishedTable::new("customers", &other, 2).is_err());
    }
}
