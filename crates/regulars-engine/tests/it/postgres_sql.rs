//! SQL that must mean what it means in PostgreSQL. Expected values are PostgreSQL 15's; the test `wire` of `regulars-cli`
//! compares further statements with a server.

use arrow::util::pretty::pretty_format_batches;
use regulars_engine::Kind;

use crate::fixtures::engine;

/// The rows of a query, values separated by `|`.
fn rows(sql: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let result = engine(2, None, folder.path()).sql(sql, &[], 2).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let table = pretty_format_batches(&result.batches).expect("printable").to_string();
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(1);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join("|")).collect()
}

fn fails(sql: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let failed = engine(2, None, folder.path()).sql(sql, &[], 2).expect_err(sql);
    assert_eq!(failed.kind(), Kind::Query, "{sql}: {failed}");
    failed.to_string()
}

#[test]
fn is_distinct_from_binds_before_and_and_or() {
    let booleans = "(VALUES (true), (false), (null))";
    for (expression, meaning) in [
        ("a IS DISTINCT FROM b OR c", "(a IS DISTINCT FROM b) OR c"),
        ("d AND a IS DISTINCT FROM b OR c", "(d AND (a IS DISTINCT FROM b)) OR c"),
        ("d OR a IS DISTINCT FROM b AND c OR d", "(d OR ((a IS DISTINCT FROM b) AND c)) OR d"),
        ("NOT a IS NOT DISTINCT FROM b OR c", "(NOT (a IS NOT DISTINCT FROM b)) OR c"),
        ("a IS DISTINCT FROM (b OR c)", "a IS DISTINCT FROM (b OR c)"),
        (
            "a IS DISTINCT FROM b OR c IS DISTINCT FROM d OR b",
            "((a IS DISTINCT FROM b) OR (c IS DISTINCT FROM d)) OR b",
        ),
    ] {
        let sql = format!(
            "SELECT count(*), count(*) FILTER (WHERE coalesce(({expression})::text, '') <> coalesce(({meaning})::text, '')) \
             FROM {booleans} t (a), {booleans} u (b), {booleans} v (c), {booleans} w (d)"
        );
        assert_eq!(rows(&sql), ["81|0"], "{expression}");
    }
}

#[test]
fn dates_and_decimals_are_those_of_postgresql() {
    assert_eq!(
        rows("SELECT date '2024-03-01' - date '2024-02-01', date '2024-02-28' + 2"),
        ["29|2024-03-01"]
    );
    assert_eq!(rows("SELECT 1 + date '2024-12-31', date '2024-01-01' - 1"), ["2025-01-01|2023-12-31"]);
    assert_eq!(rows("SELECT 0.1 + 0.2 = 0.3, round(100.0 / 3, 2), 7 / 2"), ["true|33.33|3"]);
    assert_eq!(
        rows("SELECT round(1.0 / 30000, 9), round(avg(x), 9) FROM (VALUES (1.0), (0), (0)) t (x)"),
        ["0.000033333|0.333333333"]
    );
    let sql = "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY x), \
               percentile_disc(ARRAY[0.25, 0.76]) WITHIN GROUP (ORDER BY x), \
               percentile_disc(0) WITHIN GROUP (ORDER BY x DESC) FROM (VALUES (4), (1), (null), (3), (2)) t (x)";
    assert_eq!(rows(sql), ["2|[1, 4]|4"]);
    assert!(
        fails("SELECT percentile_disc(1.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1)) t (x)")
            .contains("1.5")
    );
}

#[test]
fn names_are_found_where_postgresql_finds_them() {
    let joined = "FROM (VALUES (1, 'a'), (2, 'b')) x (id, p) FULL JOIN (VALUES (2, 'c'), (3, 'd')) y (id, q) USING (id)";
    assert_eq!(rows(&format!("SELECT id, p, q {joined} WHERE id > 1 ORDER BY id")), ["2|b|c", "3||d"]);
    assert!(fails(&format!("SELECT * {joined}")).contains("FULL JOIN"));
    let values = "FROM (VALUES (-3, 1), (2, 2), (-1, 3)) t (x, y)";
    assert_eq!(rows(&format!("SELECT y AS x {values} ORDER BY x")), ["1", "2", "3"]);
    assert_eq!(rows(&format!("SELECT y AS x {values} ORDER BY -x")), ["2", "3", "1"]);
    let inner = format!("SELECT count(*) FROM (SELECT y AS x {values} ORDER BY -x LIMIT 1) t");
    assert!(fails(&inner).contains("is ambiguous"));
    assert_eq!(
        rows(&format!("SELECT y {values} ORDER BY y LIMIT (SELECT count(*) - 1 {values})")),
        ["1", "2"]
    );
}

#[test]
fn patterns_are_translated_or_refused() {
    let at = "timestamp '2024-03-05 17:08:09'";
    assert_eq!(rows(&format!("SELECT to_char({at}, 'YYYY-MM-DD HH24:MI:SS')")), ["2024-03-05 17:08:09"]);
    assert_eq!(rows(&format!("SELECT to_char({at}, '\"Q\" IYYY-IW, FMDD Mon')")), ["Q 2024-10, 5 Mar"]);
    assert_eq!(rows(&format!("SELECT to_char({at}, '%Y')")), ["2024"]);
    for pattern in ["Q", "999.99", "Month", "MON"] {
        assert!(fails(&format!("SELECT to_char({at}, '{pattern}')")).contains("to_char"), "{pattern}");
    }
    for (pattern, expected) in [("a/_b", "true|false"), ("a//b", "false|false"), ("a%", "true|true")] {
        let sql = format!("SELECT 'a_b' LIKE '{pattern}' ESCAPE '/', 'axb' LIKE '{pattern}' ESCAPE '/'");
        assert_eq!(rows(&sql), [expected], "{pattern}");
    }
}
