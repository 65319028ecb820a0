//! The rows of a mixture: their order, total rows, and how they are split into files.

use std::collections::BTreeMap;

use super::super::choices::{Choices, FileSplit, Grain, RowOrder, Totals};
use super::super::dates::month_of;
use super::super::documents::Document;
use super::super::draw::Draw;
use super::super::sheet::{Role, Sheet, row_contexts};
use super::super::table::{Row, Table};
use super::WrittenTables;
use super::columns::Column;

/// Writes the rows of all documents and splits them into one table per file.
pub(super) fn tables(
    draw: &mut Draw,
    c: &Choices,
    sheet: &Sheet<'_>,
    columns: &[Column],
    documents: &[Document<'_>],
) -> WrittenTables {
    let amount = columns
        .iter()
        .position(|column| match c.grain {
            Grain::Order => column.role == Role::Total,
            _ => column.role == Role::LineTotal,
        })
        .unwrap_or(0);
    let mut rows = Vec::new();
    for document in documents {
        for context in row_contexts(draw, c.grain, document, rows.len()) {
            rows.push(Row {
                cells: columns.iter().map(|column| sheet.cell(column.role, &context)).collect(),
                at: Some(context.at),
                document: document.place,
                amount: sheet.row_amount(columns[amount].role, &context),
            });
        }
    }
    reorder(draw, c, &mut rows);
    if c.totals != Totals::Absent {
        rows = with_totals(draw, c, sheet, columns, amount, rows);
    }
    let name = *draw.pick(&["orders", "export", "sales", "orders_export"]);
    let table = Table {
        name: name.to_owned(),
        header: columns.iter().map(|column| column.header.clone()).collect(),
        rows,
    };
    let tables = match c.file_split {
        FileSplit::One => vec![table],
        FileSplit::Months => by_month(&table),
        FileSplit::Overlap => overlapping(draw, &table),
    };
    WrittenTables { tables, roles: columns.iter().map(|column| column.role).collect() }
}

/// Some orders with several lines, and a different total for their last line.
pub(super) fn edit_some(draw: &mut Draw, documents: &[Document<'_>]) -> Vec<(usize, i64)> {
    let mut edited = Vec::new();
    for document in documents {
        let has_several_lines = document.lines.len() > 1 && document.amounts.total > 50;
        if has_several_lines && edited.len() < 3 && (edited.is_empty() || draw.chance(10)) {
            edited
                .push((document.place, document.amounts.total + draw.between(1, document.amounts.total / 3)));
        }
    }
    edited
}

/// Sorts the documents into file order; rows of one document stay together.
fn reorder(draw: &mut Draw, c: &Choices, rows: &mut [Row]) {
    match c.row_order {
        RowOrder::Oldest => {}
        RowOrder::Newest => {
            // Stable: lines of a document keep their order.
            rows.sort_by_key(|row| std::cmp::Reverse(row.document));
        }
        RowOrder::Random => {
            let last = rows.iter().map(|row| row.document).max().unwrap_or(0);
            let mut places: Vec<usize> = (0..=last).collect();
            draw.shuffle(&mut places);
            rows.sort_by_key(|row| places[row.document]);
        }
    }
}

fn with_totals(
    draw: &mut Draw,
    c: &Choices,
    sheet: &Sheet<'_>,
    columns: &[Column],
    amount: usize,
    rows: Vec<Row>,
) -> Vec<Row> {
    let customer = columns.iter().position(|column| column.role == Role::Customer);
    let label_place = match customer {
        Some(place) if draw.chance(60) => place,
        _ if amount == 0 => columns.len() - 1,
        _ => 0,
    };
    let label = *draw.pick(sheet.words.grand_total);
    let total_row = |label: &str, sum: i64| {
        let mut cells = vec![String::new(); columns.len()];
        label.clone_into(&mut cells[label_place]);
        cells[amount] = sheet.money.write(sum);
        Row { cells, at: None, document: 0, amount: 0 }
    };
    let grand: i64 = rows.iter().map(|row| row.amount).sum();
    let mut out = Vec::with_capacity(rows.len() + 30);
    let mut month = None;
    let mut sum = 0;
    for row in rows {
        let now = row.at.map(month_of);
        if c.totals == Totals::Monthly && month.is_some() && now != month {
            out.push(total_row(sheet.words.subtotal_row, sum));
            sum = 0;
        }
        month = now;
        sum += row.amount;
        out.push(row);
    }
    if c.totals == Totals::Monthly {
        out.push(total_row(sheet.words.subtotal_row, sum));
    }
    out.push(total_row(label, grand));
    out
}

fn by_month(table: &Table) -> Vec<Table> {
    let mut months: BTreeMap<(i32, u32), Vec<Row>> = BTreeMap::new();
    for row in &table.rows {
        months.entry(row.at.map_or((0, 0), month_of)).or_default().push(row.clone());
    }
    months
        .into_iter()
        .map(|((year, month), rows)| Table {
            name: format!("{}_{year}-{month:02}", table.name),
            header: table.header.clone(),
            rows,
        })
        .collect()
}

/// Splits a table into two files that overlap by a few weeks.
fn overlapping(draw: &mut Draw, table: &Table) -> Vec<Table> {
    let last = table.rows.iter().map(|row| row.document).max().unwrap_or(0) as i64;
    let middle = draw.between(last / 3, last * 2 / 3);
    let (from, to) = ((middle - last / 8).max(0) as usize, (middle + last / 8) as usize);
    let part = |name: &str, keep: &dyn Fn(usize) -> bool| Table {
        name: format!("{}_{name}", table.name),
        header: table.header.clone(),
        rows: table.rows.iter().filter(|row| keep(row.document)).cloned().collect(),
    };
    vec![part("1", &|document| document <= to), part("2", &|document| document >= from)]
}
