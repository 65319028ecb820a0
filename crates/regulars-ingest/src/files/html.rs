//! Tables of web pages, which many programs save with the extension `.xls`.
//!
//! Every table becomes a CSV with one line per row; [`super::sheets`] chooses one. A cell that spans several
//! rows is repeated in each.

use std::path::Path;

use super::csv_out::CsvOut;
use super::markup::{Token, Tokens, attribute};
use super::sheets::{Sheet, SheetRows};
use crate::error::Result;

/// Maximum rows or columns that a cell may span.
const MAX_SPAN: usize = 1_000;

/// The tables of a page with more than one column, ordered by where they end.
pub(super) fn read_tables(page: &str, scratch: &Path) -> Result<Vec<Sheet>> {
    let mut tables: Vec<Table> = Vec::new();
    let mut open: Vec<Table> = Vec::new();
    for token in Tokens::new(page) {
        match token {
            Token::Open { name, attributes, .. } => match name.as_str() {
                "table" => open.push(Table::default()),
                "tr" => {
                    if open.is_empty() {
                        open.push(Table::default());
                    }
                    open.iter_mut().next_back().into_iter().for_each(Table::begin_row);
                }
                "td" | "th" => {
                    let span = |name: &str| {
                        let span = attribute(attributes, name).and_then(|s| s.trim().parse().ok());
                        span.unwrap_or(1).clamp(1, MAX_SPAN)
                    };
                    if let Some(table) = open.last_mut() {
                        table.begin_cell(span("colspan"), span("rowspan"));
                    }
                }
                "br" | "p" | "div" | "li" => {
                    if let Some(table) = open.last_mut() {
                        table.push(" ");
                    }
                }
                _ => {}
            },
            Token::Close(name) => match (name.as_str(), open.last_mut()) {
                ("table", Some(_)) => tables.extend(open.pop().map(Table::end)),
                ("tr", Some(table)) => table.end_row(),
                ("td" | "th", Some(table)) => table.end_cell(),
                _ => {}
            },
            Token::Text(text) => {
                if let Some(table) = open.last_mut() {
                    table.push(&text);
                }
            }
        }
    }
    // Unclosed tables end with the page.
    while let Some(table) = open.pop() {
        tables.push(table.end());
    }
    let wide = |table: &Table| table.rows.iter().any(|row| row.len() > 1);
    let mut sheets = Vec::new();
    for (number, table) in tables.iter().filter(|t| wide(t)).enumerate() {
        let mut out = SheetRows::new(CsvOut::create(scratch)?);
        for (r, row) in table.rows.iter().enumerate() {
            for (c, cell) in row.iter().enumerate() {
                out.put(r as u32, c as u32, cell, false)?;
            }
        }
        sheets.push(out.finish(&(number + 1).to_string())?);
    }
    Ok(sheets)
}

/// A table being read.
#[derive(Debug, Default)]
struct Table {
    rows: Vec<Vec<String>>,
    row: Option<Vec<String>>,
    cell: Option<Cell>,
    /// By column: the cell that spans into this row from above, and for how many more rows.
    reaching: Vec<Option<(String, usize)>>,
}

#[derive(Debug)]
struct Cell {
    text: String,
    columns: usize,
    rows: usize,
}

impl Table {
    fn begin_row(&mut self) {
        self.end_row();
        self.row = Some(Vec::new());
    }

    fn begin_cell(&mut self, columns: usize, rows: usize) {
        self.end_cell();
        if self.row.is_none() {
            self.begin_row();
        }
        self.cell = Some(Cell { text: String::new(), columns, rows });
    }

    fn push(&mut self, text: &str) {
        if let Some(cell) = &mut self.cell {
            cell.text.push_str(text);
        }
    }

    /// Copies cells that span into the row's next column from above.
    fn take_reaching(&mut self) {
        let Some(row) = &mut self.row else {
            return;
        };
        while let Some(slot) = self.reaching.get_mut(row.len()) {
            let Some((text, left)) = slot else {
                return;
            };
            row.push(text.clone());
            *left -= 1;
            if *left == 0 {
                *slot = None;
            }
        }
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else {
            return;
        };
        self.take_reaching();
        let Some(row) = &mut self.row else {
            return;
        };
        let text: Vec<&str> = cell.text.split_whitespace().collect();
        let text = text.join(" ");
        for column in 0..cell.columns {
            let text = if column == 0 { text.clone() } else { String::new() };
            if cell.rows > 1 {
                let at = row.len();
                if self.reaching.len() <= at {
                    self.reaching.resize(at + 1, None);
                }
                self.reaching[at] = Some((text.clone(), cell.rows - 1));
            }
            row.push(text);
        }
    }

    fn end_row(&mut self) {
        self.end_cell();
        self.take_reaching();
        self.rows.extend(self.row.take());
    }

    fn end(mut self) -> Self {
        self.end_row();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::sheets;

    fn check(page: &str, expected: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let tables = read_tables(page, folder.path()).expect("writable");
        let found = sheets::choose(tables, None, "x.xls", "an HTML page", "table").expect("a table");
        assert_eq!(fs_err::read_to_string(found.path).expect("there"), expected);
    }

    #[test]
    fn tables_become_rows() {
        check(
            "<html><table border=1><tr><th>id<th>date</th><th>amount</th></tr>\n<tr><td>1</td><td> 2024-03-01\n</td><td>10,00&nbsp;&euro;</td></tr></table>",
            "id,date,amount\n1,2024-03-01,\"10,00 €\"\n",
        );
        // A page around the table, and cells that span rows and columns.
        check(
            "<table><tr><td>menu</td></tr><tr><td><table><tr><td>order<td>item<td>amount<tr><td rowspan=2>7<td>tea<td>1<tr><td>cup<td>2<tr><td colspan=2>sum<td>3</table></td></tr></table>",
            "order,item,amount\n7,tea,1\n7,cup,2\nsum,,3\n",
        );
        check("<tr><td>a</td><td>b</td></tr><tr><td>1<br>2</td><td></td></tr>", "a,b\n1 2\n");
    }
}
