//! Columns looked up in another file: a product's category, the customer of an order.

use std::collections::HashMap;
use std::sync::Arc;

use regulars_core::columns::Column;
use regulars_core::money::Notation;

use crate::cells::Cell;
use crate::error::{Error, Kind, Result};
use crate::presets::Combine;

/// How columns of the orders are looked up.
#[derive(Debug)]
pub(crate) struct Lookup {
    /// The column of the order file with the key.
    pub(crate) key_index: usize,
    /// The canonical columns it provides, in the order of the values.
    pub(crate) columns: Vec<Column>,
    values: Arc<Values>,
}

/// The rows of the companion file by key. Integer and text keys are separate, so that lookups need no
/// allocation.
#[derive(Debug, Default, Clone)]
struct Values {
    whole: HashMap<i64, Row>,
    text: HashMap<String, Row>,
}

type Row = Vec<Option<String>>;

/// How a column is read from a companion file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LookupColumn {
    pub(crate) column: Column,
    pub(crate) index: usize,
    pub(crate) combine: Combine,
}

impl Values {
    /// Integers match in any notation.
    fn find(&self, key: Cell<'_>) -> Option<&Row> {
        if key.is_missing() {
            return None;
        }
        key.whole_id().map_or_else(|| self.text.get(key.text().as_ref()), |whole| self.whole.get(&whole))
    }

    /// The row of a key, inserted empty if new, and whether the key existed.
    fn find_or_add(&mut self, key: Cell<'_>, width: usize) -> Option<(&mut Row, bool)> {
        let known = self.find(key).is_some();
        if key.is_missing() {
            return None;
        }
        let row = match key.whole_id() {
            Some(whole) => self.whole.entry(whole).or_default(),
            None => self.text.entry(key.text().into_owned()).or_default(),
        };
        row.resize(width, None);
        Some((row, known))
    }
}

impl Lookup {
    pub(crate) fn new(key_index: usize, wanted: &[LookupColumn]) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        for column in wanted.iter().map(|t| t.column) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Self { key_index, columns, values: Arc::default() }
    }

    /// Adds a row of the companion file.
    ///
    /// Errors: [`Kind::Unreadable`] if an amount to add up is not a number.
    pub(crate) fn add<'a>(
        &mut self,
        key: Cell<'_>,
        cells: impl Iterator<Item = (LookupColumn, Cell<'a>)>,
        shown: &str,
        line: u64,
    ) -> Result<()> {
        let width = self.columns.len();
        let columns = &self.columns;
        // Values are not shared while rows are added.
        let Some((row, known)) = Arc::make_mut(&mut self.values).find_or_add(key, width) else {
            return Ok(());
        };
        for (wanted, cell) in cells {
            let Some(i) = columns.iter().position(|c| *c == wanted.column) else { continue };
            if cell.is_missing() {
                continue;
            }
            match wanted.combine {
                Combine::First if known && row[i].is_some() => {}
                Combine::First => row[i] = Some(cell.text().into_owned()),
                Combine::Sum => {
                    let amount = |cell: Cell<'_>| cell.amount(MILLIONTHS);
                    let added = amount(cell).and_then(|value| match &row[i] {
                        Some(sum) => amount(Cell::Text(sum.as_bytes())).map(|sum| sum.saturating_add(value)),
                        None => Ok(value),
                    });
                    let sum = added.map_err(|problem| {
                        Error::new(
                            Kind::Unreadable,
                            format!("`{shown}`, line {line}: `{}` {problem}", cell.text()),
                        )
                    })?;
                    row[i] = Some(crate::ingest::micro_text(sum));
                }
            }
        }
        Ok(())
    }

    /// The value of the `i`th column for a key.
    pub(crate) fn find(&self, key: Cell<'_>, i: usize) -> Option<&str> {
        self.values.find(key)?.get(i)?.as_deref()
    }

    /// The same values, looked up by another column.
    pub(crate) fn keyed(&self, key_index: usize) -> Self {
        Self { key_index, columns: self.columns.clone(), values: Arc::clone(&self.values) }
    }
}

const MILLIONTHS: Notation = Notation { decimal_comma: false, decimals: 6 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_add_up_and_words_are_the_first() {
        let wanted = [
            LookupColumn { column: Column::TotalAmount, index: 1, combine: Combine::Sum },
            LookupColumn { column: Column::PaymentMethod, index: 2, combine: Combine::First },
        ];
        let mut lookup = Lookup::new(0, &wanted);
        for (key, amount, method) in
            [("a", "0.1", "card"), ("a", "0.2", "voucher"), ("b", "", "cash"), ("7.0", "3", "x")]
        {
            let cells = [Cell::Text(amount.as_bytes()), Cell::Text(method.as_bytes())];
            lookup.add(Cell::Text(key.as_bytes()), wanted.into_iter().zip(cells), "x", 2).expect("numbers");
        }
        assert_eq!(lookup.find(Cell::Text(b"a"), 0), Some("0.30"));
        assert_eq!(lookup.find(Cell::Text(b"a"), 1), Some("card"));
        assert_eq!(lookup.find(Cell::Text(b"b"), 0), None);
        assert_eq!(lookup.find(Cell::Int(7), 1), Some("x"));
        assert_eq!(lookup.find(Cell::Text(b"z"), 1), None);
    }
}
