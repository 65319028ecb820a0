//! The script that creates the tables of a run, loads them, and checks them.
//!
//! Everything is in one transaction: whoever reads sees the old rows or the new ones, and rows that fail a check
//! are not stored. Existing tables are emptied, not dropped, so that views over them survive.

use std::fmt::Write as _;

use super::layout::{Layout, SCRIPT_TABLES, index_name};
use super::types::SqlType;
use super::{Attribute, Demonstration};
use crate::segments::sql::literal;
use crate::tables::{self, ColumnDef, Kind, TableDef};

/// What is checked after loading; every query counts the rows that are wrong.
const CHECKS: [(&str, &str); 12] = [
    ("customers has rows", "SELECT (NOT EXISTS (SELECT FROM customers))::integer"),
    ("transactions has rows", "SELECT (NOT EXISTS (SELECT FROM transactions))::integer"),
    (
        "every customer who bought has scores, and nobody else",
        "SELECT count(*)
FROM (SELECT DISTINCT customer_id FROM transactions) AS bought
FULL JOIN rfm_scores USING (customer_id)
WHERE bought.customer_id IS NULL OR rfm_scores.customer_id IS NULL",
    ),
    (
        "revenue of the transactions = spend of the customers",
        "SELECT (sum(total_amount) IS DISTINCT FROM (SELECT sum(monetary) FROM rfm_scores))::integer
FROM transactions",
    ),
    (
        "orders of the transactions = orders of the customers",
        "SELECT (count(*) IS DISTINCT FROM (SELECT sum(frequency) FROM rfm_scores))::integer
FROM transactions",
    ),
    ("scores are 1 to 5", "SELECT count(*) FROM rfm_scores WHERE greatest(r_score, f_score, m_score) > 5"),
    (
        "rfm_score is the sum of the three scores",
        "SELECT count(*) FROM rfm_scores WHERE rfm_score <> r_score + f_score + m_score",
    ),
    ("the first order is not after the last", "SELECT count(*) FROM rfm_scores WHERE recency > tenure_days"),
    (
        "customer_segments has the segments of rfm_scores",
        "SELECT count(*)
FROM rfm_scores
FULL JOIN customer_segments USING (customer_id)
WHERE rfm_scores.segment IS DISTINCT FROM customer_segments.segment",
    ),
    (
        "a segment has one priority",
        "SELECT count(DISTINCT (segment, segment_priority)) - count(DISTINCT segment) FROM customer_segments",
    ),
    (
        "every customer with scores has a cluster, and nobody else",
        "SELECT count(*)
FROM rfm_scores
FULL JOIN customer_clusters USING (customer_id)
WHERE rfm_scores.customer_id IS NULL OR customer_clusters.customer_id IS NULL",
    ),
    (
        "every customer with scores has a predicted LTV, and nobody else",
        "SELECT count(*)
FROM rfm_scores
FULL JOIN ltv_predictions USING (customer_id)
WHERE rfm_scores.customer_id IS NULL OR ltv_predictions.customer_id IS NULL",
    ),
];

/// The script that creates and loads the tables of a demonstration data set.
pub fn setup_script(demonstration: &Demonstration) -> String {
    let Demonstration { name: schema, setup, analysis, attributes } = *demonstration;
    let declared: Vec<(&Layout, TableDef)> =
        SCRIPT_TABLES.iter().filter_map(|loaded| Some((loaded, tables::table(loaded.name)?))).collect();
    let names = SCRIPT_TABLES.map(|loaded| loaded.name).join(", ");

    let mut script = format!(
        "-- Tables of the data set `{schema}` in PostgreSQL 12 or later: creates them, loads a run, and checks it.\n\
         --\n\
         --   regulars export all --name {schema} --out FOLDER\n\
         --   psql -v ON_ERROR_STOP=1 -v data=FOLDER -f {setup}\n\
         --   psql -v ON_ERROR_STOP=1 -f {analysis}\n\
         --\n\
         -- The tables are in the schema `{schema}`. The script can be run again: it replaces their rows in one\n\
         -- transaction, and leaves views over them alone. If a check fails, nothing is stored and psql exits with 3.\n\
         -- This file is generated from the declaration of the tables; write it with `cargo xtask docs`.\n\n\
         \\set ON_ERROR_STOP on\n\
         \\if :{{?data}}\n\
         \\else\n\
         DO $$ BEGIN RAISE EXCEPTION 'the folder of the CSV files is missing: add -v data=FOLDER'; END $$;\n\
         \\endif\n\
         SET client_min_messages = warning;\n\n\
         BEGIN;\n\
         CREATE SCHEMA IF NOT EXISTS {schema};\n\
         SET search_path TO {schema};\n"
    );
    for (loaded, table) in &declared {
        create_table(&mut script, loaded, table, attributes);
    }
    check_layout(&mut script, schema, &declared, attributes);

    script += "\n-- Loading is faster without references and indexes; they are created again below.\n";
    for loaded in &SCRIPT_TABLES {
        if loaded.name != "customers" {
            let _ = writeln!(script, "ALTER TABLE {0} DROP CONSTRAINT IF EXISTS {0}_customer;", loaded.name);
        }
        for columns in loaded.indexes {
            let _ = writeln!(script, "DROP INDEX IF EXISTS {};", index_name(loaded.name, columns));
        }
    }
    let _ = writeln!(script, "TRUNCATE {names};\n\n-- \\copy expands no variables, hence \\cd.\n\\cd :data");
    for loaded in &SCRIPT_TABLES {
        let _ = writeln!(script, "\\copy {0} FROM '{0}.csv' WITH (FORMAT csv, HEADER true)", loaded.name);
    }
    script.push('\n');
    for loaded in &SCRIPT_TABLES {
        if loaded.name != "customers" {
            let _ = writeln!(
                script,
                "ALTER TABLE {0} ADD CONSTRAINT {0}_customer FOREIGN KEY (customer_id) REFERENCES customers;",
                loaded.name
            );
        }
        for columns in loaded.indexes {
            let index = index_name(loaded.name, columns);
            let _ = writeln!(script, "CREATE INDEX {index} ON {} ({columns});", loaded.name);
        }
    }
    let _ = writeln!(script, "ANALYZE {names};");
    for (_, table) in &declared {
        comments(&mut script, table, attributes);
    }
    checks(&mut script);
    script
}

fn create_table(script: &mut String, loaded: &Layout, table: &TableDef, attributes: &[Attribute]) {
    let _ = writeln!(script, "\n-- {}.\nCREATE TABLE IF NOT EXISTS {} (", table.meaning, table.name);
    let mut lines: Vec<String> = table.columns.iter().map(definition).collect();
    if table.name == "customers" {
        lines.extend(attributes.iter().map(|of| format!("{} {}", of.name, of.definition)));
    }
    lines.push(format!("PRIMARY KEY ({})", loaded.key));
    let _ = writeln!(script, "    {}\n);", lines.join(",\n    "));
}

/// Definition of a column: type, whether it may be empty, and the range of its kind.
fn definition(column: &ColumnDef) -> String {
    let name = column.name;
    let range = match column.kind {
        Kind::Flag => Some("IN (0, 1)"),
        Kind::Count | Kind::Days => Some(">= 0"),
        Kind::Share => Some("BETWEEN 0 AND 1"),
        Kind::Score => Some(">= 1"),
        _ => None,
    };
    // Ids of the demonstration data sets are whole numbers, and money has cents.
    let of_type = SqlType::of(column.kind, SqlType::Bigint, 2);
    let required = if column.nullable { "" } else { " NOT NULL" };
    let check = range.map_or_else(String::new, |range| format!(" CHECK ({name} {range})"));
    format!("{name} {of_type}{required}{check}")
}

/// Refuses tables of another layout, such as those of an older version.
fn check_layout(
    script: &mut String,
    schema: &str,
    declared: &[(&Layout, TableDef)],
    attributes: &[Attribute],
) {
    let expected = declared.iter().map(|(_, table)| {
        let mut columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        if table.name == "customers" {
            columns.extend(attributes.iter().map(|of| of.name));
        }
        // Literals on consecutive lines are one.
        let lines: Vec<String> = columns.chunks(6).map(|some| literal(&some.join(","))).collect();
        let lines = lines.join("\n                ").replace("'\n                '", ",'\n                '");
        format!("            ({}, {lines})", literal(table.name))
    });
    let _ = write!(
        script,
        "\n-- The columns of existing tables must be those of the files.\n\
         DO $$\n\
         DECLARE\n    other text;\n\
         BEGIN\n    \
             SELECT string_agg(name, ', ') INTO other\n    \
             FROM (\n        VALUES\n{}\n    ) AS expected (name, columns)\n    \
             WHERE columns <> (\n        \
                 SELECT string_agg(column_name, ',' ORDER BY ordinal_position)\n        \
                 FROM information_schema.columns\n        \
                 WHERE table_schema = {} AND table_name = name\n    \
             );\n    \
             IF other IS NOT NULL THEN\n        \
                 RAISE EXCEPTION 'tables with other columns: %', other\n            \
                     USING HINT = 'they are of another version; drop them, or the whole schema {schema}';\n    \
             END IF;\n\
         END $$;\n",
        expected.collect::<Vec<_>>().join(",\n"),
        literal(schema),
    );
}

fn comments(script: &mut String, table: &TableDef, attributes: &[Attribute]) {
    let _ = writeln!(script, "\nCOMMENT ON TABLE {} IS {};", table.name, literal(table.meaning));
    let mut comment = |column: &str, meaning: &str| {
        let _ = writeln!(script, "COMMENT ON COLUMN {}.{column} IS {};", table.name, literal(meaning));
    };
    for column in &table.columns {
        comment(column.name, column.meaning);
    }
    if table.name == "customers" {
        for of in attributes {
            comment(of.name, of.meaning);
        }
    }
}

/// The table of row counts and checks, and the error if one fails.
fn checks(script: &mut String) {
    let counts = SCRIPT_TABLES.iter().enumerate().map(|(at, loaded)| {
        format!("SELECT {}, 'rows of {1}', count(*), NULL::bigint FROM {1}", at + 1, loaded.name)
    });
    let wrong = CHECKS.iter().enumerate().map(|(at, (what, query))| {
        let query = query.replace('\n', "\n        ");
        format!("SELECT {}, {}, NULL, (\n        {query}\n    )", SCRIPT_TABLES.len() + at + 1, literal(what))
    });
    let all: Vec<String> = counts.chain(wrong).collect();
    let _ = write!(
        script,
        "\n-- How many rows were loaded, and do they agree with each other? `wrong` must be 0 everywhere.\n\
         CREATE TEMP TABLE setup_checks (number, item, rows, wrong) ON COMMIT DROP AS\n    {};\n\
         SELECT item, rows, wrong, CASE WHEN wrong > 0 THEN 'FAILED' ELSE 'ok' END AS result\n\
         FROM setup_checks\nORDER BY number;\n\
         DO $$\n\
         DECLARE\n    failed text;\n\
         BEGIN\n    \
             SELECT string_agg(item, '; ' ORDER BY number) INTO failed FROM setup_checks WHERE wrong > 0;\n    \
             IF failed IS NOT NULL THEN\n        \
                 RAISE EXCEPTION 'checks failed, nothing is stored: %', failed\n            \
                     USING HINT = 'the files must be those of one run with all steps: regulars export all';\n    \
             END IF;\n\
         END $$;\n\
         COMMIT;\n",
        all.join("\n    UNION ALL\n    "),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_loaded_tables_are_declared() {
        for loaded in &SCRIPT_TABLES {
            let table = tables::table(loaded.name).expect(loaded.name);
            let indexed = loaded.indexes.iter().flat_map(|columns| columns.split(", "));
            for name in indexed.chain([loaded.key]) {
                assert!(table.columns.iter().any(|column| column.name == name), "{}.{name}", loaded.name);
            }
        }
    }

    #[test]
    fn every_kind_of_column_has_a_type_and_a_range() {
        let columns = |table: &str| tables::table(table).expect("declared").columns;
        let of = |table: &str, name: &str| {
            definition(columns(table).iter().find(|column| column.name == name).expect("declared"))
        };
        assert_eq!(of("rfm_scores", "r_score"), "r_score smallint NOT NULL CHECK (r_score >= 1)");
        assert_eq!(of("transactions", "price"), "price numeric(19, 2)");
        assert_eq!(
            of("ltv_predictions", "p_churn"),
            "p_churn double precision CHECK (p_churn BETWEEN 0 AND 1)"
        );
    }
}
