//! Rows of the API: record batches serialised for clients, with columns under their public names and types.
//!
//! Deliberately not here: queries and tables, which both pass their batches to this module.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    UInt32Array,
};
use arrow::compute::{cast, kernels::numeric};
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::columns::{Column, NO_CODE, NO_DAY, NO_INTEGER};
use crate::error::BackendError;
use crate::rows::{RowColumn, RowFormat};

const TIMESTAMP: &str = "%Y-%m-%d %H:%M:%S";

/// How values are shown to people.
pub fn format_options() -> FormatOptions<'static> {
    FormatOptions::new().with_null("").with_timestamp_format(Some(TIMESTAMP))
}

/// A CSV writer with a header, for both the terminal and the API.
pub fn csv_writer<W: Write>(out: W) -> arrow::csv::Writer<W> {
    arrow::csv::WriterBuilder::new().with_header(true).with_timestamp_format(TIMESTAMP.to_owned()).build(out)
}

/// A JSON writer: one array of objects.
pub fn json_writer<W: Write>(out: W) -> arrow::json::ArrayWriter<W> {
    arrow::json::WriterBuilder::new().with_explicit_nulls(true).build(out)
}

/// Digits of the largest Int64.
const DIGITS: u8 = 19;
/// Decimal places of a quantity.
const QUANTITY_DECIMALS: u8 = 3;

/// Writes batches in one of the API's formats.
pub struct RowWriter<W: Write> {
    schema: SchemaRef,
    sink: Sink<W>,
}

enum Sink<W: Write> {
    Csv(Box<arrow::csv::Writer<W>>),
    Json(Box<arrow::json::ArrayWriter<W>>),
    Arrow(Box<StreamWriter<W>>),
    Cells(W),
}

impl<W: Write> RowWriter<W> {
    /// Begins a body in `format`.
    ///
    /// # Errors
    ///
    /// Any [`ArrowError`] of `out`, like all methods.
    pub fn new(format: RowFormat, schema: SchemaRef, out: W) -> Result<Self, ArrowError> {
        let sink = match format {
            RowFormat::Csv => {
                let mut writer = csv_writer(out);
                // The writer prints the header with the first batch; an empty result needs one too.
                writer.write(&RecordBatch::new_empty(Arc::clone(&schema)))?;
                Sink::Csv(Box::new(writer))
            }
            RowFormat::Json => Sink::Json(Box::new(json_writer(out))),
            RowFormat::Arrow => Sink::Arrow(Box::new(StreamWriter::try_new(out, &schema)?)),
            RowFormat::Cells => Sink::Cells(out),
        };
        Ok(Self { schema, sink })
    }

    /// Adds rows.
    ///
    /// # Errors
    ///
    /// Any [`ArrowError`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match &mut self.sink {
            Sink::Csv(writer) => writer.write(batch),
            Sink::Json(writer) => writer.write(batch),
            // Batches of a query have the column names of the schema, but may differ in their metadata.
            Sink::Arrow(writer) => {
                writer.write(&RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec())?)
            }
            Sink::Cells(out) => cells(batch, out),
        }
    }

    /// Ends the body.
    ///
    /// # Errors
    ///
    /// Any [`ArrowError`].
    pub fn finish(self) -> Result<(), ArrowError> {
        match self.sink {
            Sink::Csv(writer) => Ok(writer.into_inner().flush()?),
            Sink::Json(mut writer) => {
                writer.finish()?;
                Ok(writer.into_inner().flush()?)
            }
            Sink::Arrow(mut writer) => writer.finish(),
            Sink::Cells(mut out) => Ok(out.flush()?),
        }
    }
}

fn cells(batch: &RecordBatch, out: &mut impl Write) -> Result<(), ArrowError> {
    let options = format_options();
    let columns: Vec<ArrayFormatter<'_>> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<Result<_, _>>()?;
    for row in 0..batch.num_rows() {
        let texts: Vec<Option<String>> = columns
            .iter()
            .zip(batch.columns())
            .map(|(shown, column)| (!column.is_null(row)).then(|| shown.value(row).to_string()))
            .collect();
        let line = serde_json::to_string(&texts).map_err(|e| ArrowError::ExternalError(Box::new(e)))?;
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The columns of a result.
pub fn columns(schema: &Schema, meaning: impl Fn(&str) -> String) -> Vec<RowColumn> {
    let column = |field: &Arc<Field>| RowColumn {
        name: field.name().clone(),
        type_name: field.data_type().to_string(),
        is_number: field.data_type().is_numeric(),
        meaning: meaning(field.name()),
    };
    schema.fields().iter().map(column).collect()
}

/// How a stored column is shown. A test compares this rule with that of the views of `regulars sql`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Decimal(u8),
    Mean(u8),
    Text,
    Same,
}

fn shown(field: &Field, money_decimals: u8) -> (Shown, &str) {
    let name = field.name().as_str();
    match (field.data_type(), name.strip_suffix("_minor"), name.strip_suffix("_milli")) {
        (DataType::Int64, Some(money), _) => (Shown::Decimal(money_decimals), money),
        (DataType::Float64, Some(mean), _) => (Shown::Mean(money_decimals), mean),
        (DataType::Int64, _, Some(quantity)) => (Shown::Decimal(QUANTITY_DECIMALS), quantity),
        (DataType::Dictionary(_, values), ..) if matches!(**values, DataType::Utf8) => (Shown::Text, name),
        _ => (Shown::Same, name),
    }
}

/// The public name and type of a stored column.
pub fn shown_field(field: &Field, money_decimals: u8) -> Field {
    let (kind, name) = shown(field, money_decimals);
    let data_type = match kind {
        Shown::Decimal(scale) => DataType::Decimal128(DIGITS, scale.cast_signed()),
        Shown::Text => DataType::Utf8,
        Shown::Mean(_) | Shown::Same => field.data_type().clone(),
    };
    Field::new(name, data_type, true)
}

/// Converts stored rows to public names and types.
///
/// # Errors
///
/// Any [`ArrowError`].
pub fn shown_batch(batch: &RecordBatch, money_decimals: u8) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
        Ok::<ArrayRef, ArrowError>(match shown(field, money_decimals).0 {
            Shown::Decimal(scale) => decimal(column, scale)?,
            Shown::Mean(scale) => {
                let unit = Float64Array::new_scalar(10_f64.powi(i32::from(scale)));
                numeric::div(column, &unit)?
            }
            Shown::Text => cast(column, &DataType::Utf8)?,
            Shown::Same => Arc::clone(column),
        })
    });
    let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
    let fields: Vec<Field> = schema.fields().iter().map(|field| shown_field(field, money_decimals)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// Converts integers in units of 10^-scale to decimals.
fn decimal(counts: &ArrayRef, scale: u8) -> Result<ArrayRef, ArrowError> {
    let whole = cast(counts, &DataType::Decimal128(DIGITS, 0))?;
    let shifted = whole
        .as_primitive::<Decimal128Type>()
        .clone()
        .with_precision_and_scale(DIGITS, scale.cast_signed())?;
    Ok(Arc::new(shifted))
}

/// Columns of equal length as a stream of Arrow record batches; integers with a number of decimals are money
/// in minor units.
///
/// # Errors
///
/// [`BackendError::Unreadable`], if they cannot be written.
pub fn arrow_stream(given: Vec<(&'static str, Column, Option<u8>)>) -> Result<Vec<u8>, BackendError> {
    let named = |(name, column, decimals)| Ok((name, array(column, decimals)?, true));
    let named: Vec<_> = given.into_iter().map(named).collect::<Result<_, ArrowError>>()?;
    let batch = RecordBatch::try_from_iter_with_nullable(named)?;
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema())?;
    writer.write(&batch)?;
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

fn array(column: Column, decimals: Option<u8>) -> Result<ArrayRef, ArrowError> {
    Ok(match column {
        Column::Integers(values) => {
            let known = values.into_iter().map(|v| (v != NO_INTEGER).then_some(v));
            let array: ArrayRef = Arc::new(known.collect::<Int64Array>());
            match decimals {
                Some(decimals) => decimal(&array, decimals)?,
                None => array,
            }
        }
        Column::Numbers(values) => {
            Arc::new(values.into_iter().map(|v| (!v.is_nan()).then_some(v)).collect::<Float64Array>())
        }
        Column::Days(values) => {
            Arc::new(values.into_iter().map(|v| (v != NO_DAY).then_some(v)).collect::<Date32Array>())
        }
        Column::Text(text) => {
            let codes: UInt32Array = text.codes.into_iter().map(|c| (c != NO_CODE).then_some(c)).collect();
            let coded = DictionaryArray::try_new(codes, Arc::new(StringArray::from(text.values)))?;
            cast(&coded, &DataType::Utf8)?
        }
    })
}

#[cfg(test)]
mod tests {
    use arrow::ipc::reader::StreamReader;

    use super::*;
    use crate::columns::TextColumn;

    #[test]
    fn a_stream_has_the_columns_with_money_as_decimals() {
        let text = TextColumn { codes: vec![0, NO_CODE], values: vec!["C1".to_owned()] };
        let given = vec![
            ("customer_id", Column::Text(text), None),
            ("monetary", Column::Integers(vec![1_050, NO_INTEGER]), Some(2)),
            ("p_alive", Column::Numbers(vec![0.5, f64::NAN]), None),
            ("since", Column::Days(vec![0, NO_DAY]), None),
        ];
        let bytes = arrow_stream(given).expect("written");
        let batches: Vec<RecordBatch> =
            StreamReader::try_new(&bytes[..], None).expect("a stream").map(|b| b.expect("a batch")).collect();
        let mut rows = Vec::new();
        cells(&batches[0], &mut rows).expect("written");
        let rows = String::from_utf8(rows).expect("text");
        assert_eq!(rows, "[\"C1\",\"10.50\",\"0.5\",\"1970-01-01\"]\n[null,null,null,null]\n");
    }
}
