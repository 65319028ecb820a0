//! The binary format of `COPY … TO STDOUT`, decoded straight into Arrow columns.
//!
//! - A pure function over bytes: input may be split anywhere, and no memory is allocated for bytes that have not arrived.
//! - Values that exist only in PostgreSQL (`NaN` and infinity as numeric, `infinity` and BC as a date) become null and
//!   are reported as [`UnsupportedValue`]s: whether they matter depends on what the column is used for.
//!
//! Deliberately not here: connections, and which types the columns have.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use thiserror::Error;

use columns::ColumnBuilder;

mod columns;
mod numeric;
#[cfg(test)]
mod tests;

pub(crate) use columns::Codec;

/// Rows per batch.
pub(crate) const BATCH_ROWS: usize = 1 << 13;
/// A batch with more text than this ends early.
const BATCH_BYTES: usize = 1 << 20;
/// PostgreSQL's own limit is 1 GiB per value.
const MAX_ROW_BYTES: usize = 1 << 30;

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// Bytes that are not in the binary format of COPY.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum DecodeError {
    #[error("the data do not start with the signature of binary COPY")]
    Signature,
    #[error("the data have the flags of an unknown version of binary COPY")]
    Flags,
    #[error("a row has {found} values, expected {expected}")]
    Width { found: i16, expected: usize },
    #[error("a value of column `{column}` has {found} bytes, which is invalid for its type")]
    Length { column: String, found: usize },
    #[error("a value of column `{column}` is malformed")]
    Value { column: String },
    #[error("a row has more than {MAX_ROW_BYTES} bytes")]
    TooLong,
    #[error("there are bytes after the end of the rows")]
    AfterEnd,
    #[error("the data end in the middle of a row")]
    Truncated,
}

/// Values of a column that its Arrow type cannot represent; they are null in the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnsupportedValue {
    pub(crate) column: usize,
    /// The first row of the batch with one.
    pub(crate) row: usize,
    /// What the first one is.
    pub(crate) what: &'static str,
    /// Number of such rows in the batch.
    pub(crate) rows: u64,
}

/// Decoded rows.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) rows: RecordBatch,
    pub(crate) unsupported: Vec<UnsupportedValue>,
}

/// The part of the data that the decoder expects next.
#[derive(Debug, PartialEq, Eq)]
enum Position {
    Header,
    Rows,
    End,
}

/// Decodes the rows of one COPY.
pub(crate) struct Decoder {
    schema: SchemaRef,
    builders: Vec<ColumnBuilder>,
    at: Position,
    /// The beginning of a row whose end has not arrived.
    rest: Vec<u8>,
    /// Position and length of each value of the current row; -1 is null.
    fields: Vec<(usize, i32)>,
    rows: usize,
    text_bytes: usize,
    unsupported: Vec<UnsupportedValue>,
    done: VecDeque<Batch>,
}

impl Decoder {
    /// Creates a decoder for rows with these columns; the types of the schema are those of the codecs.
    pub(crate) fn new(schema: SchemaRef, codecs: &[Codec]) -> Self {
        Self {
            schema,
            builders: codecs.iter().map(ColumnBuilder::new).collect(),
            at: Position::Header,
            rest: Vec::new(),
            fields: Vec::with_capacity(codecs.len()),
            rows: 0,
            text_bytes: 0,
            unsupported: Vec::new(),
            done: VecDeque::new(),
        }
    }

    /// Decodes the next piece.
    ///
    /// Errors: malformed bytes; the decoder is of no further use then.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            let used = self.decode(piece)?;
            self.rest.extend_from_slice(&piece[used..]);
            return Ok(());
        }
        let mut data = std::mem::take(&mut self.rest);
        data.extend_from_slice(piece);
        let used = self.decode(&data)?;
        data.drain(..used);
        self.rest = data;
        Ok(())
    }

    /// The next full batch.
    pub(crate) fn pop(&mut self) -> Option<Batch> {
        self.done.pop_front()
    }

    /// The remaining batches.
    ///
    /// Errors: [`DecodeError::Truncated`] if the end of the rows has not arrived.
    pub(crate) fn finish(mut self) -> Result<VecDeque<Batch>, DecodeError> {
        if self.at != Position::End {
            return Err(DecodeError::Truncated);
        }
        if self.rows > 0 {
            self.end_batch();
        }
        Ok(self.done)
    }

    /// Decodes whole rows and returns the number of bytes used.
    fn decode(&mut self, data: &[u8]) -> Result<usize, DecodeError> {
        let mut at = 0;
        if self.at == Position::Header {
            let Some(length) = header(data)? else { return Ok(0) };
            at = length;
            self.at = Position::Rows;
        }
        while at < data.len() {
            if self.at == Position::End {
                return Err(DecodeError::AfterEnd);
            }
            let Some(end) = self.split(data, at)? else {
                if data.len() - at > MAX_ROW_BYTES {
                    return Err(DecodeError::TooLong);
                }
                break;
            };
            at = end;
            if self.at == Position::Rows {
                self.row(data)?;
            }
        }
        Ok(at)
    }

    /// Finds the values of the row at `at`, and returns its end; `None` if it has not all arrived.
    fn split(&mut self, data: &[u8], mut at: usize) -> Result<Option<usize>, DecodeError> {
        let Some(count) = data[at..].first_chunk().map(|b| i16::from_be_bytes(*b)) else { return Ok(None) };
        at += 2;
        if count == -1 {
            self.at = Position::End;
            return Ok(Some(at));
        }
        let expected = self.builders.len();
        if usize::try_from(count) != Ok(expected) {
            return Err(DecodeError::Width { found: count, expected });
        }
        self.fields.clear();
        for column in 0..expected {
            let Some(length) = data[at..].first_chunk().map(|b| i32::from_be_bytes(*b)) else {
                return Ok(None);
            };
            at += 4;
            self.fields.push((at, length));
            if length == -1 {
                continue;
            }
            let length =
                usize::try_from(length).ok().filter(|length| *length <= MAX_ROW_BYTES).ok_or_else(|| {
                    DecodeError::Length { column: self.name(column), found: length as u32 as usize }
                })?;
            if data.len() - at < length {
                return Ok(None);
            }
            at += length;
        }
        Ok(Some(at))
    }

    /// Adds the row that `fields` describe.
    fn row(&mut self, data: &[u8]) -> Result<(), DecodeError> {
        for (column, (builder, (at, length))) in self.builders.iter_mut().zip(&self.fields).enumerate() {
            let value = usize::try_from(*length).ok().map(|length| &data[*at..*at + length]);
            let name = || self.schema.field(column).name().clone();
            match builder.push(value) {
                Ok(columns::Pushed { text_bytes }) => self.text_bytes += text_bytes,
                Err(columns::ValueError::Length(found)) => {
                    return Err(DecodeError::Length { column: name(), found });
                }
                Err(columns::ValueError::Malformed) => return Err(DecodeError::Value { column: name() }),
                Err(columns::ValueError::Unsupported(what)) => {
                    builder.push_null();
                    match self.unsupported.iter_mut().find(|value| value.column == column) {
                        Some(value) => value.rows += 1,
                        None => {
                            self.unsupported.push(UnsupportedValue { column, row: self.rows, what, rows: 1 });
                        }
                    }
                }
            }
        }
        self.rows += 1;
        if self.rows == BATCH_ROWS || self.text_bytes >= BATCH_BYTES {
            self.end_batch();
        }
        Ok(())
    }

    fn end_batch(&mut self) {
        let columns: Vec<ArrayRef> = self.builders.iter_mut().map(ColumnBuilder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .expect("columns have the types of their codecs, one value a row each");
        self.done.push_back(Batch { rows, unsupported: std::mem::take(&mut self.unsupported) });
        (self.rows, self.text_bytes) = (0, 0);
    }

    fn name(&self, column: usize) -> String {
        self.schema.field(column).name().clone()
    }
}

/// The length of the header; `None` if it has not all arrived.
fn header(data: &[u8]) -> Result<Option<usize>, DecodeError> {
    let known = data.len().min(SIGNATURE.len());
    if data[..known] != SIGNATURE[..known] {
        return Err(DecodeError::Signature);
    }
    let number = |at: usize| data.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b));
    let (Some(flags), Some(extension)) = (number(SIGNATURE.len()), number(SIGNATURE.len() + 4)) else {
        return Ok(None);
    };
    // The lower half is for compatible additions; bit 16, row ids, exists only before version 12.
    if flags >> 16 != 0 {
        return Err(DecodeError::Flags);
    }
    let length = SIGNATURE.len() + 8;
    let extension = extension as usize;
    if extension > MAX_ROW_BYTES {
        return Err(DecodeError::TooLong);
    }
    Ok((data.len() - length >= extension).then_some(length + extension))
}
