//! Storage types: the Arrow type of each kind of column in a run's Parquet files.
//!
//! Deliberately not here: presentation in SQL and exports (`sql.rs`).

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use regulars_core::features::FEATURES;
use regulars_core::tables::Kind;

/// Repeated text: a dictionary, so that millions of rows share a few strings.
pub fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Local time without a zone, in microseconds.
pub const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// The stored type of a kind of column; identifiers keep the type of their source.
pub fn stored_type(kind: Kind, id: &DataType) -> DataType {
    match kind {
        Kind::Id => id.clone(),
        Kind::Text => dictionary(),
        Kind::Count | Kind::Days | Kind::Money | Kind::Quantity | Kind::Score => DataType::Int64,
        Kind::MoneyMean | Kind::Share | Kind::Number => DataType::Float64,
        Kind::Timestamp => TIMESTAMP,
    }
}

/// The schema of `customer_features.parquet`: `customer_id`, then every feature in order.
pub fn features_schema(id: &DataType) -> Schema {
    let mut fields = vec![Field::new("customer_id", id.clone(), true)];
    fields.extend(FEATURES.iter().map(|f| Field::new(f.stored_name(), stored_type(f.kind, id), true)));
    Schema::new(fields)
}
