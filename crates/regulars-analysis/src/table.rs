//! Small tables: the data behind a chart, shown beside it, sortable, and exported as CSV.
//!
//! Cells hold raw values, formatted on pages and unformatted in files.

use std::borrow::Cow;

use crate::format::{self, Money, NOTHING};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A count.
    Count(u64),
    /// Minor units.
    Money(f64),
    /// A share, 0 to 1.
    Share(f64),
    /// Any other number; NaN if missing.
    Number(f64),
    /// A measure of accuracy, such as R²; two decimals.
    Score(f64),
    /// `YYYY-MM`.
    Month(String),
}

impl Cell {
    fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_) | Self::Month(_))
    }

    /// The number of the cell, with money in minor units; NaN if it is not a number.
    pub fn number(&self) -> f64 {
        match self {
            Self::Text(_) | Self::Month(_) => f64::NAN,
            Self::Count(n) => *n as f64,
            Self::Money(value) | Self::Share(value) | Self::Number(value) | Self::Score(value) => *value,
        }
    }

    /// Formatted for pages.
    pub fn shown(&self, money: &Money) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(n) => format::count(*n),
            Self::Money(minor) if minor.is_finite() => money.mean(*minor),
            Self::Share(share) => format::percent(*share),
            Self::Number(number) if number.is_finite() => format::mean(*number),
            Self::Score(score) if score.is_finite() => format::two(*score),
            Self::Money(_) | Self::Number(_) | Self::Score(_) => NOTHING.to_owned(),
            Self::Month(month) => format::month(month),
        }
    }

    /// Formatted for files: money in major units, shares from 0 to 1, missing values empty.
    pub fn raw(&self, money: &Money) -> String {
        let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
        match self {
            Self::Text(text) | Self::Month(text) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Money(minor) if minor.fract() == 0.0 && minor.abs() < 9e15 => money.plain(*minor as i64),
            Self::Money(minor) => number(money.units_of(*minor)),
            Self::Share(value) | Self::Number(value) | Self::Score(value) => number(*value),
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// One cell per column.
    pub cells: Vec<Cell>,
    /// Link to the customers behind it.
    pub href: Option<String>,
}

/// A small table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Name in files and title on pages of each column.
    pub columns: Vec<(Cow<'static, str>, String)>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A cell for a page.
#[derive(Debug, Clone)]
pub struct ShownCell {
    /// The formatted value.
    pub text: String,
    /// Whether it is a number.
    pub is_number: bool,
    /// Sort key, if not the text.
    pub sort: String,
}

/// A row for a page; the first cell is its header.
#[derive(Debug, Clone)]
pub struct ShownRow {
    /// The first cell.
    pub name: ShownCell,
    /// The other cells.
    pub cells: Vec<ShownCell>,
    /// Link to the customers behind it.
    pub href: Option<String>,
}

/// A table for a page.
#[derive(Debug, Clone)]
pub struct ShownTable {
    /// The title of each column, and whether its cells are numbers.
    pub heads: Vec<(String, bool)>,
    /// The rows.
    pub rows: Vec<ShownRow>,
}

impl Table {
    /// An empty table with these columns: names in files, and titles on pages.
    pub fn new(columns: &[(&'static str, &str)]) -> Self {
        Self {
            columns: columns.iter().map(|(name, title)| ((*name).into(), (*title).to_owned())).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, with a link to the customers behind it.
    pub fn push(&mut self, cells: Vec<Cell>, href: Option<String>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(Row { cells, href });
    }

    /// The table formatted for a page.
    pub fn shown(&self, money: &Money) -> ShownTable {
        // A column of whole numbers has no decimals.
        let is_whole = |at: usize| {
            self.rows.iter().all(|row| match &row.cells[at] {
                Cell::Number(number) => !number.is_finite() || number.fract() == 0.0,
                _ => true,
            })
        };
        let whole: Vec<bool> = (0..self.columns.len()).map(is_whole).collect();
        let cell = |at: usize, cell: &Cell| ShownCell {
            text: match cell {
                Cell::Number(number) if whole[at] && number.is_finite() => format::whole(*number),
                cell => cell.shown(money),
            },
            is_number: cell.is_number(),
            sort: if cell.is_number() || matches!(cell, Cell::Month(_)) {
                cell.raw(money)
            } else {
                String::new()
            },
        };
        let is_number = |at: usize| self.rows.first().is_some_and(|row| row.cells[at].is_number());
        ShownTable {
            heads: self
                .columns
                .iter()
                .enumerate()
                .map(|(at, (_, title))| (title.clone(), is_number(at)))
                .collect(),
            rows: self
                .rows
                .iter()
                .filter_map(|row| {
                    let (name, rest) = row.cells.split_first()?;
                    Some(ShownRow {
                        name: cell(0, name),
                        cells: rest.iter().enumerate().map(|(at, of)| cell(at + 1, of)).collect(),
                        href: row.href.clone(),
                    })
                })
                .collect(),
        }
    }

    /// The table as CSV (RFC 4180), with a header.
    pub fn csv(&self, money: &Money) -> String {
        let mut out = String::new();
        line(&mut out, self.columns.iter().map(|(name, _)| name.as_ref()));
        for row in &self.rows {
            line(&mut out, row.cells.iter().map(|cell| cell.raw(money)));
        }
        out
    }
}

/// A number for a cell: NaN if missing.
pub trait Quantity {
    /// The number.
    fn number(self) -> f64;
}

impl Quantity for f64 {
    fn number(self) -> f64 {
        self
    }
}

impl Quantity for i64 {
    fn number(self) -> f64 {
        self as f64
    }
}

impl Quantity for i128 {
    fn number(self) -> f64 {
        self as f64
    }
}

impl<Q: Quantity> Quantity for Option<Q> {
    fn number(self) -> f64 {
        self.map_or(f64::NAN, Q::number)
    }
}

/// A table with one row per item, built column by column; each column has a name for files, a title for
/// pages, and a value per item.
#[derive(Debug)]
pub struct TableOf<T> {
    items: Vec<T>,
    table: Table,
}

impl<T: Copy> TableOf<T> {
    /// A table with these rows, still without columns.
    pub fn new(items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        let rows = items.iter().map(|_| Row { cells: Vec::new(), href: None }).collect();
        Self { items, table: Table { columns: Vec::new(), rows } }
    }

    /// A column of any cells.
    #[must_use]
    pub fn cells(
        mut self,
        name: impl Into<Cow<'static, str>>,
        title: impl Into<String>,
        of: impl Fn(T) -> Cell,
    ) -> Self {
        self.table.columns.push((name.into(), title.into()));
        for (item, row) in self.items.iter().zip(&mut self.table.rows) {
            row.cells.push(of(*item));
        }
        self
    }

    /// A column of text.
    #[must_use]
    pub fn text<S: Into<String>>(self, name: &'static str, title: &str, of: impl Fn(T) -> S) -> Self {
        self.cells(name, title, |item| Cell::Text(of(item).into()))
    }

    /// A column of counts.
    #[must_use]
    pub fn count(self, name: &'static str, title: &str, of: impl Fn(T) -> u64) -> Self {
        self.cells(name, title, |item| Cell::Count(of(item)))
    }

    /// A column of money, in minor units.
    #[must_use]
    pub fn money<Q: Quantity>(self, name: &'static str, title: &str, of: impl Fn(T) -> Q) -> Self {
        self.cells(name, title, |item| Cell::Money(of(item).number()))
    }

    /// A column of shares, 0 to 1.
    #[must_use]
    pub fn share<Q: Quantity>(self, name: &'static str, title: &str, of: impl Fn(T) -> Q) -> Self {
        self.cells(name, title, |item| Cell::Share(of(item).number()))
    }

    /// A column of other numbers.
    #[must_use]
    pub fn number<Q: Quantity>(self, name: &'static str, title: &str, of: impl Fn(T) -> Q) -> Self {
        self.cells(name, title, |item| Cell::Number(of(item).number()))
    }

    /// A column of measures of accuracy.
    #[must_use]
    pub fn score<Q: Quantity>(self, name: &'static str, title: &str, of: impl Fn(T) -> Q) -> Self {
        self.cells(name, title, |item| Cell::Score(of(item).number()))
    }

    /// The table, each row with a link to the customers behind it.
    pub fn links(mut self, of: impl Fn(T) -> Option<String>) -> Table {
        for (item, row) in self.items.iter().zip(&mut self.table.rows) {
            row.href = of(*item);
        }
        self.table
    }

    /// The table, without links.
    pub fn done(self) -> Table {
        self.table
    }
}

/// Adds a line of CSV.
pub fn line<T: AsRef<str>>(out: &mut String, fields: impl Iterator<Item = T>) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            out.push(',');
        }
        let field = field.as_ref();
        if field.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_items_is_the_table_of_their_cells() {
        let found = TableOf::new(["a", "bb"])
            .text("name", "Name", |name| name)
            .count("letters", "Letters", |name| name.len() as u64)
            .money("cost", "Cost", |name| (name.len() == 1).then_some(250_i64))
            .links(|name| (name == "bb").then(|| "/bb".to_owned()));
        let mut expected = Table::new(&[("name", "Name"), ("letters", "Letters"), ("cost", "Cost")]);
        expected.push(vec![Cell::Text("a".to_owned()), Cell::Count(1), Cell::Money(250.0)], None);
        expected.push(
            vec![Cell::Text("bb".to_owned()), Cell::Count(2), Cell::Money(f64::NAN)],
            Some("/bb".to_owned()),
        );
        let money = Money::new(Some("EUR"), 2);
        assert_eq!((&found.columns, found.csv(&money)), (&expected.columns, expected.csv(&money)));
        assert_eq!(found.rows[1].href, expected.rows[1].href);
    }

    #[test]
    fn a_file_holds_numbers_and_a_page_words() {
        let money = Money::new(Some("EUR"), 2);
        let mut table = Table::new(&[("segment", "Segment"), ("revenue", "Revenue"), ("share", "Share")]);
        table.push(
            vec![Cell::Text("a, \"b\"".to_owned()), Cell::Money(123_450.0), Cell::Share(0.25)],
            Some("/x".to_owned()),
        );
        table.push(vec![Cell::Text(String::new()), Cell::Money(f64::NAN), Cell::Share(0.5)], None);
        assert_eq!(table.csv(&money), "segment,revenue,share\r\n\"a, \"\"b\"\"\",1234.50,0.25\r\n,,0.5\r\n");
        let shown = table.shown(&money);
        assert_eq!(shown.rows[0].cells[0].text, "€1,234.50");
        assert_eq!(shown.rows[1].cells[0].text, NOTHING);
        assert_eq!(shown.heads[1], ("Revenue".to_owned(), true));
    }
}
