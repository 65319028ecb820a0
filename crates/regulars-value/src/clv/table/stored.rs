//! Reads the columns of a table from a text file or from Parquet.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, Float64Type, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::layout::Layout;
use crate::error::{Error, Kind, Result};

/// Header and delimiter of a text file; none if it is not text with a header.
fn header_of(path: &Path) -> Result<Option<(Vec<String>, u8)>> {
    let failed = |e: std::io::Error| Error::new(Kind::Environment, e.to_string());
    let file = fs_err::File::open(path).map_err(failed)?;
    let mut line = Vec::new();
    BufReader::new(std::io::Read::take(file, 1 << 16)).read_until(b'\n', &mut line).map_err(failed)?;
    let Ok(line) = String::from_utf8(line) else { return Ok(None) };
    let line = line.trim_end_matches(['\r', '\n']);
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| split(line, char::from(*d)).len());
    let delimiter = delimiter.unwrap_or(b',');
    Ok(Some((split(line, char::from(delimiter)), delimiter)))
}

/// The fields of a line; quoted fields may contain the delimiter.
fn split(line: &str, delimiter: char) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        quoted ^= letter == '"';
        match fields.last_mut() {
            Some(field) if quoted || letter != delimiter => field.push(letter),
            _ => fields.push(String::new()),
        }
    }
    fields
}

/// A layout, and the columns in its order.
pub(super) type Stored = Option<(Layout, Vec<ArrayRef>)>;

pub(super) fn text_columns(path: &Path, shown: &str, wanted: &[String]) -> Result<Stored> {
    let Some((header, delimiter)) = header_of(path)? else { return Ok(None) };
    let Some(layout) = Layout::of(&header, wanted, shown)? else { return Ok(None) };
    let failed = |e: String| Error {
        hint: Some("every line needs as many fields as the header".to_owned()),
        ..Error::new(Kind::Input, format!("cannot read `{shown}`: {e}"))
    };
    let fields: Vec<Field> =
        (0..header.len()).map(|at| Field::new(format!("c{at}"), DataType::Utf8, true)).collect();
    // The projection returns columns in file order, each once.
    let mut places: Vec<usize> = layout.places().collect();
    places.sort_unstable();
    places.dedup();
    let file = fs_err::File::open(path).map_err(|e| failed(e.to_string()))?;
    let reader = arrow::csv::ReaderBuilder::new(Arc::new(Schema::new(fields)))
        .with_header(true)
        .with_delimiter(delimiter)
        .with_projection(places.clone())
        .build(file)
        .map_err(|e| failed(e.to_string()))?;
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().map_err(|e| failed(e.to_string()))?;
    let columns = layout
        .places()
        .map(|at| {
            let place = places.iter().position(|place| *place == at).unwrap_or(0);
            together(&batches, place, &DataType::Utf8)
        })
        .collect::<Result<_>>()?;
    Ok(Some((layout, columns)))
}

pub(super) fn parquet_columns(path: &Path, shown: &str, wanted: &[String]) -> Result<Stored> {
    let failed = |e: String| Error::new(Kind::Input, format!("cannot read `{shown}`: {e}"));
    let file = fs_err::File::open(path).map_err(|e| failed(e.to_string()))?;
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file.into_file()).map_err(|e| failed(e.to_string()))?;
    let schema = Arc::clone(builder.schema());
    let header: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let Some(layout) = Layout::of(&header, wanted, shown)? else { return Ok(None) };
    let reader = builder.build().map_err(|e| failed(e.to_string()))?;
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().map_err(|e| failed(e.to_string()))?;
    let columns = layout
        .places()
        .map(|at| together(&batches, at, schema.field(at).data_type()))
        .collect::<Result<_>>()?;
    Ok(Some((layout, columns)))
}

fn together(batches: &[RecordBatch], at: usize, data_type: &DataType) -> Result<ArrayRef> {
    let parts: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
    if parts.is_empty() {
        return Ok(arrow::array::new_empty_array(data_type));
    }
    concat(&parts).map_err(|e| Error::new(Kind::Internal, e.to_string()))
}

/// A column as numbers; NaN for non-numeric values, with the original text.
pub(super) struct Numbers {
    pub(super) name: String,
    pub(super) values: Vec<f64>,
    text: Option<StringArray>,
}

impl Numbers {
    pub(super) fn of(name: &str, column: &ArrayRef) -> Result<Self> {
        if let Some(text) = column.as_string_opt::<i32>() {
            let number = |text: Option<&str>| {
                text.map(str::trim)
                    .filter(|text| !text.is_empty())
                    .map_or(f64::NAN, |text| text.parse().unwrap_or(f64::NAN))
            };
            return Ok(Self {
                name: name.to_owned(),
                values: text.iter().map(number).collect(),
                text: Some(text.clone()),
            });
        }
        let numbers = cast(column, &DataType::Float64)
            .map_err(|e| Error::new(Kind::Input, format!("column `{name}` is not numeric: {e}")))?;
        let values =
            numbers.as_primitive::<Float64Type>().iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        Ok(Self { name: name.to_owned(), values, text: None })
    }

    /// The text of a row.
    pub(super) fn shown(&self, row: usize) -> String {
        match &self.text {
            Some(text) if text.is_valid(row) && !text.value(row).trim().is_empty() => {
                text.value(row).trim().to_owned()
            }
            None if self.values[row].is_finite() => self.values[row].to_string(),
            _ => "missing".to_owned(),
        }
    }
}
