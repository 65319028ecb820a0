//! Why a measure cannot be computed.

use thiserror::Error;

/// What is wrong with rows or labels.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// The values are not whole rows.
    #[error("{values} values are not rows of {width}: expected a multiple of a width of at least 1")]
    Shape {
        /// Values in the slice.
        values: usize,
        /// Values in a row.
        width: usize,
    },
    /// Labels do not belong to these rows.
    #[error("{labels} labels for {rows} rows: expected one a row")]
    LabelCount {
        /// Rows.
        rows: usize,
        /// Labels.
        labels: usize,
    },
    /// A value is missing or infinite.
    #[error("the value in row {row}, column {column} is not a finite number")]
    NotFinite {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
    },
    /// A measure of separation needs something to separate.
    #[error("{clusters} clusters of {rows} rows: expected at least 2, and fewer than rows")]
    Clusters {
        /// Clusters with at least one row.
        clusters: usize,
        /// Rows.
        rows: usize,
    },
    /// A row that was asked for does not exist.
    #[error("row {row} was asked for, there are {rows}")]
    NoSuchRow {
        /// The row.
        row: usize,
        /// Rows.
        rows: usize,
    },
}
