//! Rows of the API: record batches serialised for clients, with columns under their public names and types.
//!
//! Deliberately not here: queries and tables, which both pass their batches to this module.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, kernels::numeric};
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::util::display::ArrayFormatter;
use regulars_server::{RowColumn, RowFormat};

use crate::printer;

/// Digits of the largest Int64.
const DIGITS: u8 = 19;
/// Decimal places of a quantity.
const QUANTITY_DECIMALS: u8 = 3;

/// Writes batches in one of the API's formats.
pub(crate) struct RowWriter<W: Write> {
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
    pub(crate) fn new(format: RowFormat, schema: SchemaRef, out: W) -> Result<Self, ArrowError> {
        let sink = match format {
            RowFormat::Csv => {
                let mut writer = printer::csv_writer(out);
                // The writer prints the header with the first batch; an empty result needs one too.
                writer.write(&RecordBatch::new_empty(Arc::clone(&schema)))?;
                Sink::Csv(Box::new(writer))
            }
            RowFormat::Json => Sink::Json(Box::new(printer::json_writer(out))),
            RowFormat::Arrow => Sink::Arrow(Box::new(StreamWriter::try_new(out, &schema)?)),
            RowFormat::Cells => Sink::Cells(out),
        };
        Ok(Self { schema, sink })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
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

    pub(crate) fn finish(self) -> Result<(), ArrowError> {
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
    let options = printer::format_options();
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
pub(crate) fn columns(schema: &Schema, meaning: impl Fn(&str) -> String) -> Vec<RowColumn> {
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
pub(crate) fn shown_field(field: &Field, money_decimals: u8) -> Field {
    let (kind, name) = shown(field, money_decimals);
    let data_type = match kind {
        Shown::Decimal(scale) => DataType::Decimal128(DIGITS, scale.cast_signed()),
        Shown::Text => DataType::Utf8,
        Shown::Mean(_) | Shown::Same => field.data_type().clone(),
    };
    Field::new(name, data_type, true)
}

/// Converts stored rows to public names and types.
pub(crate) fn shown_batch(batch: &RecordBatch, money_decimals: u8) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
        Ok::<ArrayRef, ArrowError>(match shown(field, money_decimals).0 {
            Shown::Decimal(scale) => decimal(column, scale)?,
            Shown::Mean(scale) => {
                let unit = arrow::array::Float64Array::new_scalar(10_f64.powi(i32::from(scale)));
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
pub(crate) fn decimal(counts: &ArrayRef, scale: u8) -> Result<ArrayRef, ArrowError> {
    let whole = cast(counts, &DataType::Decimal128(DIGITS, 0))?;
    let shifted = whole
        .as_primitive::<Decimal128Type>()
        .clone()
        .with_precision_and_scale(DIGITS, scale.cast_signed())?;
    Ok(Arc::new(shifted))
}
