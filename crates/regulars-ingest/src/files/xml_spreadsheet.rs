//! The XML workbook format of Excel 2003, which programs still write with the extension `.xls`.

use std::path::Path;

use super::csv_out::CsvOut;
use super::markup::{Token, Tokens, attribute};
use super::sheets::{Sheet, SheetRows};
use super::spreadsheet::plain_iso;
use crate::error::Result;

/// The current position; rows and columns count from 0.
#[derive(Debug, Default)]
struct CellPosition {
    row: u32,
    column: u32,
    /// Additional columns that the cell covers.
    merged: u32,
    kind: String,
    text: Option<String>,
}

/// The sheets of a workbook.
pub(super) fn read_sheets(text: &str, scratch: &Path) -> Result<Vec<Sheet>> {
    let mut sheets = Vec::new();
    let mut open: Option<(String, SheetRows)> = None;
    let mut position = CellPosition::default();
    for token in Tokens::new(text) {
        match token {
            Token::Open { name, attributes, closed } => {
                let index = attribute(attributes, "index").and_then(|i| i.parse::<u32>().ok());
                match name.as_str() {
                    "worksheet" => {
                        let name = attribute(attributes, "name").unwrap_or_default().into_owned();
                        open = Some((name, SheetRows::new(CsvOut::create(scratch)?)));
                        position = CellPosition::default();
                    }
                    "row" => {
                        position.row = index.map_or(position.row, |i| i.saturating_sub(1));
                        position.column = 0;
                        position.row += u32::from(closed);
                    }
                    "cell" => {
                        position.column = index.map_or(position.column, |i| i.saturating_sub(1));
                        let merged = attribute(attributes, "mergeacross").and_then(|m| m.parse().ok());
                        position.merged = merged.unwrap_or(0);
                        if closed {
                            position.column += 1 + position.merged;
                        }
                    }
                    "data" if !closed => {
                        position.kind = attribute(attributes, "type").unwrap_or_default().into_owned();
                        position.text = Some(String::new());
                    }
                    _ => {}
                }
            }
            Token::Text(text) => {
                if let Some(cell) = &mut position.text {
                    cell.push_str(&text);
                }
            }
            Token::Close(name) => match name.as_str() {
                "data" => {
                    if let (Some(cell), Some((_, rows))) = (position.text.take(), &mut open) {
                        let cell = match (position.kind.as_str(), cell.as_str()) {
                            ("Boolean", "1") => "true",
                            ("Boolean", "0") => "false",
                            ("DateTime", iso) => plain_iso(iso),
                            (_, other) => other,
                        };
                        rows.put(position.row, position.column, cell, position.kind == "Number")?;
                    }
                }
                "cell" => position.column += 1 + position.merged,
                "row" => position.row += 1,
                "worksheet" => {
                    if let Some((name, rows)) = open.take() {
                        sheets.push(rows.finish(&name)?);
                    }
                }
                _ => {}
            },
        }
    }
    // A truncated file ends its sheet.
    if let Some((name, rows)) = open {
        sheets.push(rows.finish(&name)?);
    }
    Ok(sheets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::sheets;

    #[test]
    fn cells_stand_in_their_places() {
        let text = "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">
            <Worksheet ss:Name=\"Orders &amp; more\"><Table>
            <Row><Cell ss:MergeAcross=\"2\"><Data ss:Type=\"String\">Orders</Data></Cell></Row>
            <Row ss:Index=\"3\"><Cell><Data ss:Type=\"String\">id</Data></Cell><Cell><ss:Data ss:Type=\"String\">date</ss:Data></Cell><Cell ss:Index=\"4\"><Data ss:Type=\"String\">total</Data></Cell></Row>
            <Row><Cell><Data ss:Type=\"Number\">1</Data></Cell><Cell><Data ss:Type=\"DateTime\">2024-03-01T00:00:00.000</Data></Cell><Cell/><Cell><Data ss:Type=\"Number\">10.5</Data></Cell></Row>
            </Table></Worksheet></Workbook>";
        let folder = tempfile::tempdir().expect("a folder");
        let found = read_sheets(text, folder.path()).expect("writable");
        assert_eq!(found[0].name, "Orders & more");
        let found = sheets::choose(found, None, "x.xls", "an XML spreadsheet", "sheet").expect("a table");
        assert_eq!(
            fs_err::read_to_string(found.path).expect("there"),
            "Orders\n\nid,date,,total\n1,2024-03-01,,10.5\n"
        );
    }
}
