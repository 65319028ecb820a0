//! The stored schemas of what is landed.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use regulars_core::columns::Column;

/// Which ids are whole numbers; the others are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdKinds {
    pub(crate) transaction: bool,
    pub(crate) customer: bool,
    pub(crate) product: bool,
}

fn id(whole: bool) -> DataType {
    if whole { DataType::Int64 } else { DataType::Utf8 }
}

/// Text of few different values.
pub(crate) fn word() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn transaction_fields(kinds: IdKinds) -> Vec<Field> {
    vec![
        Field::new("transaction_id", id(kinds.transaction), false),
        Field::new("customer_id", id(kinds.customer), false),
        Field::new("transaction_date", DataType::Timestamp(TimeUnit::Microsecond, None), false),
        Field::new("product_category", word(), true),
        Field::new("product_id", id(kinds.product), true),
        Field::new("price_minor", DataType::Int64, true),
        Field::new("quantity_milli", DataType::Int64, true),
        Field::new("payment_method", word(), true),
        Field::new("status", word(), true),
        Field::new("total_amount_minor", DataType::Int64, false),
    ]
}

pub(crate) fn transactions(kinds: IdKinds) -> SchemaRef {
    Arc::new(Schema::new(transaction_fields(kinds)))
}

/// What went back of a sale: the columns of the sale, when, and whether its order went with it.
pub(crate) fn returns(kinds: IdKinds) -> SchemaRef {
    let mut fields = transaction_fields(kinds);
    fields.push(Field::new("returned_at", DataType::Timestamp(TimeUnit::Microsecond, None), false));
    fields.push(Field::new("kind", DataType::Utf8, false));
    Arc::new(Schema::new(fields))
}

/// Rows that a policy leaves out need not be complete.
pub(crate) fn excluded(kinds: IdKinds) -> SchemaRef {
    let mut fields: Vec<Field> =
        transaction_fields(kinds).into_iter().map(|field| field.with_nullable(true)).collect();
    fields.push(Field::new("reason", word(), false));
    fields.push(Field::new("file", word(), false));
    fields.push(Field::new("line", DataType::Int64, false));
    Arc::new(Schema::new(fields))
}

pub(crate) fn rejected() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file", word(), false),
        Field::new("line", DataType::Int64, false),
        Field::new("reason", word(), false),
        Field::new("column", word(), true),
        Field::new("value", DataType::Utf8, false),
        Field::new("row", DataType::Utf8, false),
    ]))
}

/// How every landed file is written.
///
/// The writer's name is left out and nothing depends on the machine, so equal rows are equal bytes.
/// Numbers that seldom repeat are written without a dictionary: building one takes longer than the
/// rest of writing them. Order numbers and moments, near their neighbours, are written as steps.
pub(crate) fn properties(schema: &Schema) -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by("regulars".to_owned())
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for field in schema.fields() {
        let is_number = matches!(field.data_type(), DataType::Int64 | DataType::Timestamp(..));
        let column = ColumnPath::from(field.name().as_str());
        match field.name().as_str() {
            "transaction_id" | "transaction_date" if is_number => {
                builder = builder
                    .set_column_dictionary_enabled(column.clone(), false)
                    .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
            }
            "customer_id" | "price_minor" | "total_amount_minor" if is_number => {
                builder = builder.set_column_dictionary_enabled(column, false);
            }
            _ => {}
        }
    }
    builder.build()
}

/// The position of a canonical column in arrays over all columns; landed columns stand as in the table.
pub(crate) fn slot(column: Column) -> usize {
    column as usize
}
