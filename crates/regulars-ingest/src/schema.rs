//! The stored schemas of the landed tables.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use regulars_core::columns::Column;
use regulars_core::tables::{self, ColumnDef};

/// Which ids are integers; the others are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdKinds {
    pub(crate) transaction: bool,
    pub(crate) customer: bool,
    pub(crate) product: bool,
}

/// The stored fields of a table definition.
fn fields(columns: &[ColumnDef], kinds: IdKinds) -> Vec<Field> {
    let id = |column: &ColumnDef| match column.name {
        "transaction_id" => kinds.transaction,
        "product_id" => kinds.product,
        _ => kinds.customer,
    };
    let stored =
        |column: &ColumnDef| column.field(if id(column) { &DataType::Int64 } else { &DataType::Utf8 });
    columns.iter().map(stored).collect()
}

pub(crate) fn transactions(kinds: IdKinds) -> SchemaRef {
    Arc::new(Schema::new(fields(tables::transactions::LIST, kinds)))
}

/// Returned sales: the columns of the sale, the time of the return, and whether its order was cancelled.
pub(crate) fn returns(kinds: IdKinds) -> SchemaRef {
    Arc::new(Schema::new(fields(&tables::returns::all(), kinds)))
}

/// Rows that a policy excludes may be incomplete.
pub(crate) fn excluded(kinds: IdKinds) -> SchemaRef {
    Arc::new(Schema::new(fields(&tables::excluded::all(), kinds)))
}

pub(crate) fn rejected() -> SchemaRef {
    let kinds = IdKinds { transaction: false, customer: false, product: false };
    Arc::new(Schema::new(fields(tables::rejected::LIST, kinds)))
}

/// Parquet settings of all landed files.
///
/// The writer's name is omitted and nothing depends on the machine, so equal rows give equal bytes. Numbers
/// that rarely repeat are written without a dictionary, which would take longer to build than everything
/// else. Order numbers and times are close to their neighbours, so they are delta-encoded.
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

/// The index of a canonical column in arrays over all columns; landed columns come in table order.
pub(crate) fn slot(column: Column) -> usize {
    column as usize
}
