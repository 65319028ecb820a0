//! A table of strings before it is written to a file.

/// A row, and what is needed to split the table into files.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    /// Time of the row's document, in seconds since 1970; none for total rows.
    pub(super) at: Option<i64>,
    /// Index of the document, in chronological order.
    pub(super) document: usize,
    /// What the row adds to the amount column, in the smallest unit.
    pub(super) amount: i64,
}

/// Headers and rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// File name without extension.
    pub(super) name: String,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
}

impl Table {
    pub(super) fn new(name: &str, header: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            header: header.iter().map(|&cell| cell.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row of a document that dates from `at`.
    pub(super) fn push(&mut self, at: i64, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.header.len(), "{}", self.name);
        let document = self.rows.len();
        self.rows.push(Row { cells, at: Some(at), document, amount: 0 });
    }

    /// The strings of a column.
    pub(super) fn column(&self, place: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row.cells[place].as_str())
    }
}
