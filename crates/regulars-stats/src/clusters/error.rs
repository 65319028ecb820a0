//! Why a measure cannot be computed.

use thiserror::Error;

/// Invalid rows or labels.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// The values do not form whole rows.
    #[error(
        "{values} values do not form rows of width {width}: expected a multiple, and a width of at least 1"
    )]
    Shape {
        /// Number of values.
        values: usize,
        /// Values per row.
        width: usize,
    },
    /// The number of labels does not match the rows.
    #[error("{labels} labels for {rows} rows: expected one per row")]
    LabelCount {
        /// Number of rows.
        rows: usize,
        /// Number of labels.
        labels: usize,
    },
    /// A value is NaN or infinite.
    #[error("the value in row {row}, column {column} is not a finite number")]
    NotFinite {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
    },
    /// Too few or too many clusters for a measure of separation.
    #[error("{clusters} clusters of {rows} rows: expected at least 2, and fewer clusters than rows")]
    Clusters {
        /// Number of non-empty clusters.
        clusters: usize,
        /// Number of rows.
        rows: usize,
    },
    /// A requested row does not exist.
    #[error("there is no row {row}: the table has {rows}")]
    NoSuchRow {
        /// Row requested.
        row: usize,
        /// Number of rows.
        rows: usize,
    },
}
