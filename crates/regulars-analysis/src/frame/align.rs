//! Aligning the rows of other tables with the frame.

use std::collections::HashMap;
use std::sync::Arc;

use regulars_core::tables::ColumnDef;

use super::cache::MemorySize;
use super::customers::{BASE, Frame, SCORES};
use crate::columns::{Column, NO_INTEGER, TextColumn};
use crate::error::BackendError;

/// How the rows of a table map to those of the frame.
enum Rows {
    /// The same customers, row by row.
    Same,
    /// Per customer of the frame, the row in the table; `u32::MAX` if missing.
    By(Vec<u32>),
}

impl MemorySize for Rows {
    fn bytes(&self) -> usize {
        match self {
            Self::Same => 16,
            Self::By(rows) => rows.len() * 4,
        }
    }
}

impl Frame {
    /// A column of `table`, in the order of the frame.
    ///
    /// The ids of the two tables are compared once per run; if they are equal, as for every table with one
    /// row per customer, the column is used as it is.
    pub(super) fn aligned(&self, table: &'static str, column: Column) -> Result<Column, BackendError> {
        if table == BASE {
            return Ok(column);
        }
        let rows = self.cached(&format!("rows {table}"), || {
            let ids = self.ids()?;
            let id = SCORES.customer_id;
            let others = self.read_one(ColumnDef { table, ..id })?;
            Ok(if same(&ids, &others) { Rows::Same } else { Rows::By(positions(&ids, &others)) })
        })?;
        Ok(match &*rows {
            Rows::Same => column,
            Rows::By(rows) => column.gather(rows),
        })
    }

    /// Per row of `customers`, the customer's row in the frame; `u32::MAX` if missing.
    pub(super) fn rows_of(&self, customers: &Column) -> Result<Vec<u32>, BackendError> {
        let ids: Arc<Column> = self.ids()?;
        Ok(positions(customers, &ids))
    }
}

fn same(a: &Column, b: &Column) -> bool {
    match (a, b) {
        (Column::Integers(a), Column::Integers(b)) => a == b,
        (Column::Text(a), Column::Text(b)) => {
            a.codes.len() == b.codes.len() && (0..a.codes.len()).all(|row| a.text(row) == b.text(row))
        }
        _ => false,
    }
}

/// Per id of `wanted`, its row in `table`; `u32::MAX` if missing.
fn positions(wanted: &Column, table: &Column) -> Vec<u32> {
    match (wanted, table) {
        (Column::Integers(wanted), Column::Integers(table)) => {
            let rows: HashMap<i64, u32> = table.iter().copied().zip(0..).collect();
            let place = |id: &i64| match *id {
                NO_INTEGER => u32::MAX,
                id => rows.get(&id).copied().unwrap_or(u32::MAX),
            };
            wanted.iter().map(place).collect()
        }
        _ => {
            let (wanted, table) = (as_text(wanted), as_text(table));
            let mut of_value: HashMap<&str, u32> = HashMap::with_capacity(table.values.len());
            for (row, code) in (0_u32..).zip(&table.codes) {
                if let Some(value) = table.values.get(*code as usize) {
                    of_value.entry(value).or_insert(row);
                }
            }
            let of_code: Vec<u32> = wanted
                .values
                .iter()
                .map(|value| of_value.get(value.as_str()).copied().unwrap_or(u32::MAX))
                .collect();
            wanted.codes.iter().map(|code| of_code.get(*code as usize).copied().unwrap_or(u32::MAX)).collect()
        }
    }
}

/// Ids as text: one table may store integers where another stores text.
fn as_text(ids: &Column) -> TextColumn {
    match ids {
        Column::Text(text) => text.clone(),
        other => {
            let values: Vec<String> = (0..other.len()).map(|row| other.display(row)).collect();
            TextColumn { codes: (0..values.len() as u32).collect(), values }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(values: &[&str]) -> Column {
        Column::Text(TextColumn {
            codes: (0..values.len() as u32).collect(),
            values: values.iter().map(|v| (*v).to_owned()).collect(),
        })
    }

    #[test]
    fn customers_are_found_by_id_whatever_kind_it_is() {
        let none = u32::MAX;
        assert_eq!(positions(&Column::Integers(vec![7, 9, 8]), &Column::Integers(vec![8, 7])), [1, none, 0]);
        assert_eq!(positions(&text(&["b", "x", "a"]), &text(&["a", "b"])), [1, none, 0]);
        assert_eq!(positions(&Column::Integers(vec![7, 9]), &text(&["9", "07"])), [none, 0]);
        assert!(same(&text(&["a"]), &text(&["a"])) && !same(&text(&["a"]), &text(&["b"])));
    }
}
