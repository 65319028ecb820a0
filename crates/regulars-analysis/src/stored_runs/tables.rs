//! The tables of a run and their rows, with public names and types.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{Field, Schema};
use regulars_core::tables::table as definition;
use regulars_store::{Batches, Run};

use crate::error::BackendError;
use crate::row_writer::{RowWriter, columns, shown_batch, shown_field};
use crate::rows::{Pieces, ResultTable, RowFormat, RowRange};

/// The tables of the run, or only the table `only`.
pub(super) fn tables(run: &Run, only: Option<&str>) -> Result<Vec<ResultTable>, BackendError> {
    let wanted = run.tables().into_iter().filter(|name| only.is_none_or(|only| only == *name));
    wanted
        .map(|name| {
            let (rows, stored) = run.table_shape(name)?;
            let known = definition(name);
            let meaning = |column: &str| {
                let of_table = known.as_ref().and_then(|t| t.columns.iter().find(|c| c.name == column));
                of_table.map_or_else(String::new, |c| c.meaning.to_owned())
            };
            let decimals = run.manifest.money_decimals;
            let shown: Vec<Field> = stored.fields().iter().map(|f| shown_field(f, decimals)).collect();
            Ok(ResultTable {
                name: name.to_owned(),
                meaning: known.as_ref().map_or_else(String::new, |t| t.meaning.to_owned()),
                rows: rows as u64,
                columns: columns(&Schema::new(shown), meaning),
            })
        })
        .collect()
}

/// Rows of a table, written batch by batch.
pub(super) fn rows(
    run: &Run,
    table: &str,
    range: &RowRange,
    format: RowFormat,
) -> Result<Pieces, BackendError> {
    let (_, stored) = run.table_shape(table)?;
    let decimals = run.manifest.money_decimals;
    let mut fields: Vec<(&Field, Field)> =
        stored.fields().iter().map(|field| (field.as_ref(), shown_field(field, decimals))).collect();
    if !range.columns.is_empty() {
        let chosen = range.columns.iter().filter_map(|name| fields.iter().find(|(_, f)| f.name() == name));
        fields = chosen.cloned().collect();
    }
    let names: Vec<&str> = fields.iter().map(|(stored, _)| stored.name().as_str()).collect();
    let (offset, limit) = (range.offset as usize, range.limit.map(|limit| limit as usize));
    let batches = run.read_range(table, &names, offset, limit)?;
    let shown: Vec<Field> = fields.into_iter().map(|(_, field)| field).collect();
    let buffer = Buffer::default();
    let writer = RowWriter::new(format, Arc::new(Schema::new(shown)), buffer.clone())?;
    Ok(Box::new(Written { batches, writer: Some(writer), buffer, decimals }))
}

/// Bytes written but not yet sent.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Yields one piece per batch.
struct Written {
    batches: Batches,
    /// Taken at the end.
    writer: Option<RowWriter<Buffer>>,
    buffer: Buffer,
    decimals: u8,
}

impl Iterator for Written {
    type Item = Result<Vec<u8>, BackendError>;

    fn next(&mut self) -> Option<Self::Item> {
        let writer = self.writer.as_mut()?;
        let written = match self.batches.next() {
            Some(Ok(batch)) => shown_batch(&batch, self.decimals).and_then(|shown| writer.write(&shown)),
            Some(Err(error)) => {
                self.writer = None;
                return Some(Err(error.into()));
            }
            None => self.writer.take()?.finish(),
        };
        if let Err(error) = written {
            self.writer = None;
            return Some(Err(error.into()));
        }
        Some(Ok(self.buffer.take()))
    }
}
