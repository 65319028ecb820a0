//! A table written in chunks, in any of the formats.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use regulars_engine::Format;

use crate::error::{Error, Kind, Result};
use crate::tables::properties;

/// A file that takes chunks of one schema.
pub(crate) struct ChunkedFile {
    path: PathBuf,
    writer: Writer,
}

enum Writer {
    Parquet(Box<ArrowWriter<File>>),
    Csv(Box<arrow::csv::Writer<BufWriter<File>>>),
    Json(arrow::json::ArrayWriter<BufWriter<File>>),
}

impl ChunkedFile {
    /// Creates the file.
    ///
    /// Errors: I/O.
    pub(crate) fn create(path: &Path, format: Format, schema: &SchemaRef) -> Result<Self> {
        let file = fs_err::File::create(path).map_err(|e| failed(path, e))?.into_file();
        let writer = match format {
            Format::Parquet => {
                let writer = ArrowWriter::try_new(file, SchemaRef::clone(schema), Some(properties()));
                Writer::Parquet(Box::new(writer.map_err(|e| failed(path, e))?))
            }
            Format::Csv => Writer::Csv(Box::new(arrow::csv::Writer::new(BufWriter::new(file)))),
            Format::Json => {
                let builder = arrow::json::WriterBuilder::new().with_explicit_nulls(true);
                Writer::Json(builder.build(BufWriter::new(file)))
            }
        };
        Ok(Self { path: path.to_owned(), writer })
    }

    /// Appends a chunk.
    ///
    /// Errors: I/O.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let path = &self.path;
        match &mut self.writer {
            Writer::Parquet(writer) => writer.write(batch).map_err(|e| failed(path, e)),
            Writer::Csv(writer) => writer.write(batch).map_err(|e| failed(path, e)),
            Writer::Json(writer) => writer.write(batch).map_err(|e| failed(path, e)),
        }
    }

    /// Completes the file.
    ///
    /// Errors: I/O.
    pub(crate) fn close(self) -> Result<()> {
        use std::io::Write;
        let path = self.path;
        match self.writer {
            Writer::Parquet(writer) => writer.close().map(drop).map_err(|e| failed(&path, e)),
            Writer::Csv(writer) => writer.into_inner().flush().map_err(|e| failed(&path, e)),
            Writer::Json(mut writer) => {
                writer.finish().map_err(|e| failed(&path, e))?;
                writer.into_inner().flush().map_err(|e| failed(&path, e))
            }
        }
    }
}

fn failed(path: &Path, error: impl std::fmt::Display) -> Error {
    Error {
        hint: Some("is the disk full?".to_owned()),
        ..Error::new(Kind::Environment, format!("cannot write `{}`: {error}", path.display()))
    }
}
