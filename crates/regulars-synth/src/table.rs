//! A chunk of a table in memory, from which both formats are encoded.

/// The type of a column, which determines its encoding.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    /// Consecutive identifiers: the first one, and how many.
    Sequence(i64, usize),
    /// Identifiers.
    Id(Vec<i64>),
    /// Small integers.
    Count(Vec<i32>),
    /// Money, in cents.
    Cents(Vec<i64>),
    /// Times without a zone, in microseconds since 1970.
    Timestamp(Vec<i64>),
    /// The same, nullable.
    NullableTimestamp(Vec<Option<i64>>),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Codes, each an index into the names.
    Category(Vec<u8>, Vec<&'static str>),
    /// Floating-point numbers.
    Number(Vec<f64>),
    /// Booleans.
    Boolean(Vec<bool>),
}

impl Values {
    /// `count` identifiers from `first` on.
    pub(crate) fn ids(first: i64, count: usize) -> Self {
        Self::Sequence(first, count)
    }

    /// Strings by their codes.
    pub(crate) fn words(codes: Vec<u8>, words: &[&'static str]) -> Self {
        Self::Category(codes, words.to_vec())
    }

    fn len(&self) -> usize {
        match self {
            Self::Sequence(_, count) => *count,
            Self::Id(values) | Self::Cents(values) | Self::Timestamp(values) => values.len(),
            Self::Count(values) | Self::Date(values) => values.len(),
            Self::NullableTimestamp(values) => values.len(),
            Self::Category(codes, _) => codes.len(),
            Self::Number(values) => values.len(),
            Self::Boolean(values) => values.len(),
        }
    }
}

/// A named column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Column name, in CSV and Parquet.
    pub(crate) name: &'static str,
    /// One value per row.
    pub(crate) values: Values,
}

impl Column {
    pub(crate) fn new(name: &'static str, values: Values) -> Self {
        Self { name, values }
    }
}

/// Columns of equal length.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// The columns, in the order of the files.
    pub(crate) columns: Vec<Column>,
}

impl Table {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        debug_assert!(columns.windows(2).all(|pair| pair[0].values.len() == pair[1].values.len()));
        Self { columns }
    }

    /// Rows.
    pub(crate) fn len(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// Makes the first column's consecutive identifiers begin at `first`.
    pub(crate) fn renumber(&mut self, first: i64) {
        if let Some(Column { values: Values::Sequence(start, _), .. }) = self.columns.first_mut() {
            *start = first;
        }
    }
}
