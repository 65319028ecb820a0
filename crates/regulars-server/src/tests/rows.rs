//! Rows and queries of the fake: tables written by hand, and four queries whose answers are known.

use regulars_analysis::columns::{Column, ColumnKind, NO_INTEGER};
use regulars_analysis::error::{BackendError, QueryFault};
use regulars_analysis::rows::{
    Pieces, QueryAnswer, QueryRequest, ResultTable, RowColumn, RowFormat, RowRange,
};

use super::shop;

/// The tables that readers may ask for.
pub(crate) const TABLES: [&str; 2] = ["rfm_scores", "transactions"];

/// More pieces than are sent whole.
const LARGE_PIECES: usize = 40;

fn shown_name(stored: &str) -> String {
    stored.strip_suffix("_minor").unwrap_or(stored).to_owned()
}

pub(crate) fn table(name: &str, only: &[&str]) -> ResultTable {
    let columns = shop::table(name, only).unwrap_or_default();
    let shape = shop::shape(&columns);
    let column = |(stored, kind): &(String, ColumnKind)| RowColumn {
        name: shown_name(stored),
        type_name: if stored.ends_with("_minor") {
            "Decimal128(19, 2)".to_owned()
        } else {
            format!("{kind:?}")
        },
        is_number: matches!(kind, ColumnKind::Integers | ColumnKind::Numbers),
        meaning: format!("What {stored} is"),
    };
    ResultTable {
        name: name.to_owned(),
        meaning: "One of something".to_owned(),
        rows: shape.rows as u64,
        columns: shape.columns.iter().map(column).collect(),
    }
}

fn json(name: &str, column: &Column, row: usize) -> serde_json::Value {
    match column {
        Column::Integers(values) if values[row] == NO_INTEGER => serde_json::Value::Null,
        Column::Integers(values) if name.ends_with("_minor") => (values[row] as f64 / 100.0).into(),
        Column::Integers(values) => values[row].into(),
        other => other.display(row).into(),
    }
}

pub(crate) fn rows(name: &str, only: &[&str], range: &RowRange, format: RowFormat) -> Pieces {
    let mut columns = shop::table(name, only).unwrap_or_default();
    if !range.columns.is_empty() {
        let find = |name: &String| columns.iter().find(|(stored, _)| shown_name(stored) == *name).cloned();
        columns = range.columns.iter().filter_map(find).collect();
    }
    let all = columns.first().map_or(0, |(_, column)| column.len());
    let from = (range.offset as usize).min(all);
    let to = range.limit.map_or(all, |limit| (from + limit as usize).min(all));
    let names: Vec<String> = columns.iter().map(|(stored, _)| shown_name(stored)).collect();
    let text = match format {
        RowFormat::Json => {
            let object = |row| {
                let cells = columns.iter().map(|(n, c)| (shown_name(n), json(n, c, row)));
                serde_json::Value::Object(cells.collect())
            };
            serde_json::Value::Array((from..to).map(object).collect()).to_string()
        }
        RowFormat::Csv => {
            let line = |row: usize| {
                columns
                    .iter()
                    .map(|(n, c)| json(n, c, row).to_string().replace('"', ""))
                    .collect::<Vec<_>>()
                    .join(",")
            };
            let lines: Vec<String> = std::iter::once(names.join(",")).chain((from..to).map(line)).collect();
            lines.join("\n") + "\n"
        }
        RowFormat::Arrow | RowFormat::Cells => format!("{format:?} of {} rows", to - from),
    };
    Box::new(std::iter::once(Ok(text.into_bytes())))
}

fn refused(fault: QueryFault, message: &str, position: Option<(u64, u64)>) -> BackendError {
    BackendError::Query { fault, message: message.to_owned(), hint: Some("ask better".to_owned()), position }
}

/// Answers the queries it knows, and refuses the others.
pub(crate) fn query(run_id: &str, request: &QueryRequest) -> Result<QueryAnswer, BackendError> {
    let column = |name: &str, is_number: bool| RowColumn {
        name: name.to_owned(),
        type_name: if is_number { "Int64" } else { "Utf8" }.to_owned(),
        is_number,
        meaning: String::new(),
    };
    let query_answer = |columns, rows: u64, text: Vec<String>| {
        Ok(QueryAnswer {
            run_id: run_id.to_owned(),
            columns,
            rows,
            is_cut: rows == request.max_rows,
            seconds: 0.125,
            body: Box::new(text.into_iter().map(|piece| Ok(piece.into_bytes()))),
        })
    };
    match request.sql.as_str() {
        "SELECT id" => {
            let text = match request.format {
                RowFormat::Cells => format!("[\"{}\",\"12\"]\n[null,null]\n", shop::NASTY),
                RowFormat::Json => {
                    format!("[{{\"id\":\"{}\",\"n\":12}},{{\"id\":null,\"n\":null}}]", shop::NASTY)
                }
                RowFormat::Csv | RowFormat::Arrow => format!("id,n\n{},12\n,\n", shop::NASTY),
            };
            query_answer(vec![column("id", false), column("n", true)], 2, vec![text])
        }
        "SELECT much" => {
            query_answer(vec![column("x", false)], request.max_rows, vec!["x".repeat(64 << 10); LARGE_PIECES])
        }
        "SELECT nothing" => query_answer(
            vec![column("x", false)],
            0,
            vec![if request.format == RowFormat::Json { "[]" } else { "" }.to_owned()],
        ),
        "DROP TABLE x" => Err(refused(QueryFault::NotAllowed, "only queries that read are allowed", None)),
        "SELECT slowly" => Err(refused(QueryFault::TooSlow, "the query took longer than 10 seconds", None)),
        "SELECT widely" => Err(refused(QueryFault::TooLarge, "the query needs more memory", None)),
        _ => Err(refused(QueryFault::Invalid, "there is no column `<b>`", Some((2, 3)))),
    }
}
