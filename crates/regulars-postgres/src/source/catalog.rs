//! What an address names: the relation, its columns and how they are read, its key, its size.

use regulars_core::dates;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::REWRITTEN;
use crate::connection::Location;
use crate::copy_decode::Codec;
use crate::error::{Error, Kind};

/// A table, view or query.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// For messages.
    pub(super) name: String,
    /// SQL for a `FROM` clause.
    pub(super) from: String,
    pub(super) columns: Vec<Column>,
    /// The names of the primary key's columns.
    pub(super) key: Vec<String>,
    /// The number of pages, if it can be read by ranges of pages.
    pub(super) pages: Option<u64>,
    /// Which rows are read; all if `None`.
    pub(super) condition: Option<String>,
    /// Object identifier (OID); `None` for a query.
    pub(super) oid: Option<String>,
    /// Whether rows have the number of the transaction that wrote them (`xmin`).
    pub(super) has_row_versions: bool,
    pub(super) notes: Vec<String>,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) type_name: String,
    /// How it is read; `None` if it is not.
    pub(super) codec: Option<Codec>,
    /// The type to convert it to first.
    pub(super) cast: Option<&'static str>,
}

/// The first version that scans ranges of pages.
const MIN_PAGE_RANGE_VERSION: u32 = 140_000;
const MIN_SERVER_VERSION: u32 = 120_000;

/// Finds what the address names, locks it against changes of its structure, and looks at its columns.
pub(super) async fn find(catalog: &Catalog<'_>, location: &Location) -> Result<Relation, Error> {
    let version = catalog.setting("server_version_num").await?.parse().unwrap_or(0);
    if version < MIN_SERVER_VERSION {
        let found = catalog.setting("server_version").await?;
        return Err(Error::new(
            Kind::Server,
            format!("the server has the version {found}, expected 12 or later"),
        ));
    }
    match (location.parameter("table"), location.parameter("query")) {
        (Some(_), Some(_)) => Err(Error::new(Kind::Address, "the address has a table and a query")
            .hint("remove `table`: the query names its tables")),
        (Some(name), None) => catalog.table(name, version >= MIN_PAGE_RANGE_VERSION).await,
        (None, Some(query)) => catalog.query(query).await,
        (None, None) => {
            let hint = catalog.available_tables().await?;
            Err(Error::new(Kind::Address, "the address names no table")
                .hint(format!("add ?table=NAME to it, or --query \"SELECT …\"; {hint}")))
        }
    }
}

/// An identifier, quoted.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text, quoted.
pub(super) fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { " E" } else { "" };
    format!("{escape}'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Queries of the system catalog.
pub(super) struct Catalog<'a> {
    pub(super) client: &'a Client,
    pub(super) database: &'a str,
}

pub(super) type Row = Vec<Option<String>>;

/// Where a column's type is declared.
#[derive(Debug)]
struct ColumnType {
    name: String,
    oid: u32,
    /// `b` base, `e` enum, `c` composite, …
    kind: char,
    category: char,
    modifier: i32,
    type_name: String,
    may_select: bool,
}

/// The tables, views, … that can be read.
const READABLE: &str = "c.relkind IN ('r', 'p', 'v', 'm', 'f')";

impl Catalog<'_> {
    /// Rows as text. Only the simple protocol is used, which leaves nothing behind on a pooler's connection.
    pub(super) async fn rows(&self, doing: &str, sql: &str) -> Result<Vec<Row>, Error> {
        let messages = self.client.simple_query(sql).await.map_err(|e| Error::of_server(doing, &e))?;
        let text = |row: tokio_postgres::SimpleQueryRow| {
            (0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect::<Row>()
        };
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(text(row)),
            _ => None,
        });
        Ok(rows.collect())
    }

    async fn setting(&self, name: &str) -> Result<String, Error> {
        let rows = self.rows("cannot read the server's settings", &format!("SHOW {name}")).await?;
        Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
    }

    async fn available_tables(&self) -> Result<String, Error> {
        let sql = format!(
            "SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE {READABLE} AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema$)'
             ORDER BY 1 LIMIT 13"
        );
        let rows = self.rows("cannot list the tables", &sql).await?;
        let names: Vec<String> = rows.into_iter().flatten().flatten().collect();
        Ok(match names.len() {
            0 => "there is no table in the database".to_owned(),
            13 => format!("tables are {}, …", names[..12].join(", ")),
            _ => format!("tables are {}", names.join(", ")),
        })
    }

    async fn table(&self, name: &str, by_pages: bool) -> Result<Relation, Error> {
        let doing = format!("cannot read the table `{name}`");
        let wanted = literal(name);
        let of = |oid: &str| {
            format!(
                "SELECT c.oid, n.nspname, c.relname, c.relkind, pg_table_is_visible(c.oid)
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.oid = {oid}"
            )
        };
        // First as the exact name, with or without schema; then as an identifier in SQL, which may be quoted.
        let exactly = format!(
            "coalesce(
                (SELECT c.oid FROM pg_catalog.pg_class c
                 WHERE c.relname = {wanted} AND pg_table_is_visible(c.oid) LIMIT 1),
                (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname || '.' || c.relname = {wanted} ORDER BY c.oid LIMIT 1))"
        );
        let mut found = self.rows(&doing, &of(&exactly)).await?;
        if found.is_empty() {
            let hint = self.available_tables().await?;
            let written = self.rows(&doing, &of(&format!("pg_catalog.to_regclass({wanted})"))).await;
            // A name that cannot be written in a statement is an error of the server.
            found = written.unwrap_or_default();
            if found.is_empty() {
                let message = format!("there is no table `{name}` in the database `{}`", self.database);
                return Err(Error::new(Kind::NotFound, message).hint(hint));
            }
        }
        let [Some(oid), Some(schema), Some(table), Some(kind), visible] = &found[0][..] else {
            return Err(Error::new(
                Kind::Server,
                format!("{doing}: unexpected answer from the system catalog"),
            ));
        };
        if let Some(other) = match kind.as_str() {
            "i" | "I" => Some("an index"),
            "S" => Some("a sequence"),
            "c" => Some("a type"),
            "t" => Some("internal to the server"),
            _ => None,
        } {
            return Err(Error::new(Kind::NotFound, format!("`{name}` is {other}, expected a table or view")));
        }
        let name = if visible.as_deref() == Some("t") { table.clone() } else { format!("{schema}.{table}") };
        let from = format!("{}.{}", quoted(schema), quoted(table));
        // Also a lock, until the end of the transaction.
        self.rows(&doing, &format!("SELECT FROM {from} LIMIT 0")).await?;
        let pages = self.pages(oid, &name).await?.filter(|_| by_pages);
        let columns = format!(
            "SELECT a.attnum::int, a.attname::text, a.atttypid, a.atttypmod,
                    has_column_privilege(a.attrelid, a.attnum, 'SELECT')
             FROM pg_catalog.pg_attribute a WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped"
        );
        let types = self.types(&doing, &columns).await?;
        let key = format!(
            "SELECT a.attname FROM pg_catalog.pg_index i
             CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
             WHERE i.indrelid = {oid} AND i.indisprimary ORDER BY k.at"
        );
        let key = self.rows(&doing, &key).await?.into_iter().flatten().flatten().collect();
        let relation = self.relation(name, from, types, key, pages).await?;
        let has_row_versions = matches!(kind.as_str(), "r" | "p");
        Ok(Relation { oid: Some(oid.clone()), has_row_versions, ..relation })
    }

    /// The pages of the largest table among the relation and those that inherit from it (partitions), if all of them
    /// are stored in pages.
    async fn pages(&self, oid: &str, name: &str) -> Result<Option<u64>, Error> {
        // Extensions that keep rows elsewhere than in the table's own pages.
        let sql = format!(
            "WITH RECURSIVE tree(oid) AS (
                SELECT {oid}::oid
                UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid)
             SELECT coalesce(max(pg_relation_size(c.oid)), 0) / current_setting('block_size')::bigint,
                bool_and(c.relkind = 'p' OR c.relkind IN ('r', 'm') AND am.amname = 'heap')
                    AND NOT EXISTS (
                        SELECT FROM pg_catalog.pg_extension WHERE extname IN ('timescaledb', 'citus')),
                bool_or(c.relkind IN ('r', 'm') AND c.relfilenode <> 0
                    AND c.relfilenode <> pg_relation_filenode(c.oid))
             FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.oid
             LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam"
        );
        let rows = self.rows(&format!("cannot read the table `{name}`"), &sql).await?;
        let [pages, stored, rewritten] = rows.first().map_or(&[][..], Vec::as_slice) else { return Ok(None) };
        if rewritten.as_deref() == Some("t") {
            // The rewritten table is not visible to our snapshot.
            return Err(Error::new(Kind::Busy, format!("the table `{name}` {REWRITTEN}")).hint("try again"));
        }
        let pages = pages.as_ref().and_then(|pages| pages.parse().ok());
        Ok(pages.filter(|_| stored.as_deref() == Some("t")))
    }

    async fn query(&self, query: &str) -> Result<Relation, Error> {
        const DOING: &str = "cannot run the query";
        let query = query.trim().trim_end_matches(';').trim_end();
        if query.is_empty() {
            return Err(
                Error::new(Kind::Address, "the query is empty").hint("e.g. --query \"SELECT * FROM orders\"")
            );
        }
        // A query may end in a comment.
        let from = format!("(\n{query}\n) AS query");
        let described = self.client.simple_query(&format!("SELECT * FROM {from} LIMIT 0")).await;
        let described = described.map_err(|e| Error::of_server(DOING, &e))?;
        let names: Vec<String> = described
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    Some(columns.iter().map(|c| c.name().to_owned()))
                }
                _ => None,
            })
            .flatten()
            .collect();
        if names.is_empty() {
            return Err(Error::new(Kind::Data, "the query returns no columns"));
        }
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                return Err(Error::new(Kind::Data, format!("the query returns two columns `{name}`"))
                    .hint(format!("rename one of them: … AS {name}_2")));
            }
        }
        // A row without values has the types, and the query need not run.
        let types: Vec<String> =
            names.iter().map(|name| format!("pg_typeof(query.{})::oid", quoted(name))).collect();
        let sql = format!("SELECT {} FROM (SELECT 1) AS one LEFT JOIN {from} ON false", types.join(", "));
        let row = self.rows(DOING, &sql).await?.into_iter().next().unwrap_or_default();
        let columns: Vec<String> = names
            .iter()
            .zip(row)
            .enumerate()
            .map(|(at, (name, oid))| {
                let oid = oid.unwrap_or_default();
                format!("({at}, {}::text, {oid}::oid, -1, true)", literal(name))
            })
            .collect();
        let types = self.types(DOING, &format!("VALUES {}", columns.join(", "))).await?;
        self.relation("query".to_owned(), from, types, Vec::new(), None).await
    }

    /// The types of columns (number, name, type, modifier, whether they may be read); domains count as what they are
    /// based on.
    async fn types(&self, doing: &str, columns: &str) -> Result<Vec<ColumnType>, Error> {
        let sql = format!(
            "WITH RECURSIVE typed(at, name, type, modifier, may_select) AS (
                {columns}
                UNION ALL SELECT d.at, d.name, t.typbasetype, t.typtypmod, d.may_select
                FROM typed d JOIN pg_catalog.pg_type t ON t.oid = d.type AND t.typtype = 'd')
             SELECT d.name, t.oid, t.typtype, t.typcategory, d.modifier, format_type(t.oid, NULL), d.may_select
             FROM typed d JOIN pg_catalog.pg_type t ON t.oid = d.type AND t.typtype <> 'd' ORDER BY d.at"
        );
        let rows = self.rows(doing, &sql).await?;
        let typed = |row: Row| -> Option<ColumnType> {
            let mut values = row.into_iter();
            let mut next = || values.next().flatten();
            Some(ColumnType {
                name: next()?,
                oid: next()?.parse().ok()?,
                kind: next()?.chars().next()?,
                category: next()?.chars().next()?,
                modifier: next()?.parse().ok()?,
                type_name: next()?,
                may_select: next()? == "t",
            })
        };
        let types: Option<Vec<ColumnType>> = rows.into_iter().map(typed).collect();
        types.ok_or_else(|| {
            Error::new(Kind::Server, format!("{doing}: unexpected answer from the system catalog"))
        })
    }

    async fn relation(
        &self,
        name: String,
        from: String,
        types: Vec<ColumnType>,
        key: Vec<String>,
        pages: Option<u64>,
    ) -> Result<Relation, Error> {
        let mut notes = Vec::new();
        let zone = self.zone(&mut notes, &name, &types).await?;
        let hidden: Vec<&str> = types.iter().filter(|t| !t.may_select).map(|t| t.name.as_str()).collect();
        if hidden.len() == types.len() {
            return Err(Error::new(
                Kind::AccessDenied,
                format!("this user may not read any column of `{name}`"),
            )
            .hint(format!("have the owner grant it: GRANT SELECT ON {from} TO …")));
        }
        if !hidden.is_empty() {
            notes.push(format!("{name}: not read, for lack of the SELECT privilege: {}", hidden.join(", ")));
        }
        let mut columns = Vec::new();
        let mut unread = Vec::new();
        for column in types.into_iter().filter(|column| column.may_select) {
            let (codec, cast) = codec(&column, zone.as_deref());
            if codec.is_none() {
                unread.push(format!("{} ({})", column.name, column.type_name));
            }
            columns.push(Column { name: column.name, type_name: column.type_name, codec, cast });
        }
        if !unread.is_empty() {
            notes.push(format!("{name}: not read, because of unsupported types: {}", unread.join(", ")));
        }
        // A part of a key does not identify rows.
        let is_read = |name: &String| columns.iter().any(|c| c.name == *name && c.codec.is_some());
        let key = if key.iter().all(is_read) { key } else { Vec::new() };
        Ok(Relation {
            name,
            from,
            columns,
            key,
            pages,
            condition: None,
            oid: None,
            has_row_versions: false,
            notes,
        })
    }

    /// The zone in which the server shows times with a zone, which is where their days are counted.
    async fn zone(
        &self,
        notes: &mut Vec<String>,
        name: &str,
        types: &[ColumnType],
    ) -> Result<Option<String>, Error> {
        if types.iter().all(|column| column.oid != TIMESTAMPTZ) {
            return Ok(None);
        }
        let zone = self.setting("TimeZone").await?;
        if dates::zone(&zone).is_ok() {
            return Ok(Some(zone));
        }
        notes.push(format!(
            "{name}: the server's time zone `{zone}` is not a known name; times are UTC (source.timezone)"
        ));
        Ok(None)
    }
}

const TIMESTAMPTZ: u32 = 1184;

/// How a column is read, and the type to convert it to before.
fn codec(column: &ColumnType, zone: Option<&str>) -> (Option<Codec>, Option<&'static str>) {
    let as_it_is = |codec| (Some(codec), None);
    match column.oid {
        16 => as_it_is(Codec::Bool),
        20 => as_it_is(Codec::Int(8)),
        21 => as_it_is(Codec::Int(2)),
        23 => as_it_is(Codec::Int(4)),
        26 => as_it_is(Codec::Oid),
        700 => as_it_is(Codec::Float32),
        701 => as_it_is(Codec::Float64),
        // text, varchar, char(n), name, json
        25 | 1043 | 1042 | 19 | 114 => as_it_is(Codec::Text),
        3802 => as_it_is(Codec::Jsonb),
        2950 => as_it_is(Codec::Uuid),
        1082 => as_it_is(Codec::Date),
        1114 => as_it_is(Codec::Timestamp(None)),
        TIMESTAMPTZ => as_it_is(Codec::Timestamp(Some(zone.unwrap_or("UTC").into()))),
        1700 => as_it_is(numeric(column.modifier)),
        // Its binary form depends on the server's locale.
        790 => (Some(Codec::NumericText), Some("numeric")),
        // Enums are sent as text.
        _ if column.kind == 'e' => as_it_is(Codec::Text),
        // Strings (citext, xml is `U`), times of day, intervals, addresses, bits, numbers that are names.
        _ if column.kind == 'b' && "SDTIVNX".contains(column.category) => (Some(Codec::Text), Some("text")),
        // xml
        142 => (Some(Codec::Text), Some("text")),
        // bytea, arrays, composites, ranges, geometry, …
        _ => (None, None),
    }
}

/// A numeric with a declared scale is a decimal; one without has its own in each row.
fn numeric(modifier: i32) -> Codec {
    let Ok(declared) = u32::try_from(modifier - 4) else { return Codec::NumericText };
    let (precision, scale) = (declared >> 16, declared & 0x7FF);
    // The scale has eleven bits and a sign since version 15.
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(precision @ 1..=38), Ok(scale)) if scale as u8 <= precision => Codec::Decimal(precision, scale),
        _ => Codec::NumericText,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_decimals_are_kept() {
        let modifier = |precision: i32, scale: i32| ((precision << 16) | (scale & 0x7FF)) + 4;
        for (found, expected) in [
            (modifier(12, 2), Codec::Decimal(12, 2)),
            (modifier(5, 0), Codec::Decimal(5, 0)),
            (modifier(38, 38), Codec::Decimal(38, 38)),
            (modifier(39, 2), Codec::NumericText),
            (modifier(1000, 10), Codec::NumericText),
            (modifier(3, 5), Codec::NumericText),
            (modifier(3, -2), Codec::NumericText),
            (-1, Codec::NumericText),
        ] {
            assert_eq!(numeric(found), expected);
        }
    }

    #[test]
    fn names_and_texts_are_quoted() {
        assert_eq!(quoted("a\"; drop"), "\"a\"\"; drop\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'"), " E'a\\\\'''");
    }
}
