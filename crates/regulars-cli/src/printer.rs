//! Results on standard output, as a table, JSON or CSV.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::util::display::ArrayFormatter;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, TableComponent, presets};
use regulars_analysis::row_writer::{csv_writer, format_options, json_writer};
use serde::Serialize;

use crate::args::OutputFormat;
use crate::failure::Result;

/// Alignment of a printed column.
pub(crate) enum Align {
    Left,
    Right,
}

/// A text table with one line per row.
pub(crate) fn table(headers: &[(&str, Align)], color: bool) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    // No lines between rows, only below the header.
    for line in [
        TableComponent::HorizontalLines,
        TableComponent::MiddleIntersections,
        TableComponent::LeftBorderIntersections,
        TableComponent::RightBorderIntersections,
    ] {
        table.remove_style(line);
    }
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if !color {
        table.force_no_tty();
    }
    table.set_header(headers.iter().map(|(name, _)| {
        let cell = Cell::new(name);
        if color { cell.add_attribute(Attribute::Bold) } else { cell }
    }));
    for (i, (_, align)) in headers.iter().enumerate() {
        if let (Align::Right, Some(column)) = (align, table.column_mut(i)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Prints a line.
pub(crate) fn line(text: impl std::fmt::Display) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Prints a value as JSON, indented.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// Prints rows of text as CSV.
pub(crate) fn csv(headers: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let quoted = |field: &str| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    };
    writeln!(out, "{}", headers.join(","))?;
    for row in rows {
        let fields: Vec<String> = row.iter().map(|f| quoted(f)).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

/// Prints the rows of a query as they arrive.
pub(crate) struct RowPrinter {
    format: OutputFormat,
    color: bool,
    schema: SchemaRef,
    table: Option<Table>,
    json: Option<arrow::json::ArrayWriter<std::io::Stdout>>,
    csv: Option<arrow::csv::Writer<std::io::Stdout>>,
}

impl RowPrinter {
    pub(crate) fn new(format: OutputFormat, color: bool, schema: SchemaRef) -> Self {
        let out = std::io::stdout();
        Self {
            format,
            color,
            schema,
            table: None,
            json: (format == OutputFormat::Json).then(|| json_writer(std::io::stdout())),
            csv: (format == OutputFormat::Csv).then(|| csv_writer(out)),
        }
    }

    pub(crate) fn rows(&mut self, batch: &RecordBatch) -> Result<()> {
        if let Some(writer) = &mut self.json {
            writer.write(batch)?;
        } else if let Some(writer) = &mut self.csv {
            writer.write(batch)?;
        } else {
            self.table_rows(batch)?;
        }
        Ok(())
    }

    fn headers(&self) -> Vec<(&str, Align)> {
        let align = |data_type: &DataType| if data_type.is_numeric() { Align::Right } else { Align::Left };
        self.schema.fields().iter().map(|f| (f.name().as_str(), align(f.data_type()))).collect()
    }

    fn table_rows(&mut self, batch: &RecordBatch) -> Result<()> {
        let options = format_options();
        let columns = batch
            .columns()
            .iter()
            .map(|c| ArrayFormatter::try_new(c.as_ref(), &options))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        if self.table.is_none() {
            self.table = Some(table(&self.headers(), self.color));
        }
        let Some(table) = &mut self.table else {
            return Ok(());
        };
        for row in 0..batch.num_rows() {
            table.add_row(columns.iter().map(|c| c.value(row).to_string()));
        }
        Ok(())
    }

    /// Prints the remaining output.
    pub(crate) fn finish(mut self) -> Result<()> {
        if let Some(mut writer) = self.json.take() {
            writer.finish()?;
            return line("");
        }
        if let Some(mut writer) = self.csv.take() {
            // Prints the header even if there are no rows.
            writer.write(&RecordBatch::new_empty(self.schema.clone()))?;
            return Ok(());
        }
        debug_assert_eq!(self.format, OutputFormat::Table);
        let table = self.table.take().unwrap_or_else(|| table(&self.headers(), self.color));
        let rows = table.row_iter().count();
        line(table)?;
        line(format!(
            "{} {}",
            regulars_core::money::format_count(rows as u64),
            if rows == 1 { "row" } else { "rows" }
        ))
    }
}
