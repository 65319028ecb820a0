//! Columns of a run's tables as the server holds them: plain vectors, one a column.
//!
//! Deliberately not arrow: the pages and their tests need slices of numbers and coded text, nothing more.

/// What an integer column holds where the table has no value.
pub const NO_INTEGER: i64 = i64::MIN;
/// What a column of days holds where the table has no value.
pub const NO_DAY: i32 = i32::MIN;
/// The code of text that is not there.
pub const NO_CODE: u32 = u32::MAX;

/// The values of one column, in the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Whole numbers; money in minor units. [`NO_INTEGER`] where there is no value.
    Integers(Vec<i64>),
    /// Numbers; NaN where there is no value.
    Numbers(Vec<f64>),
    /// Text, each different value once.
    Text(TextColumn),
    /// Days since 1970; [`NO_DAY`] where there is no value. Times of the day are dropped.
    Days(Vec<i32>),
}

/// Text, each different value once.
///
/// - Every code is the place of a value, or [`NO_CODE`] (trusted).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextColumn {
    /// Per row, the place of its value in `values`.
    pub codes: Vec<u32>,
    /// The different values, in the order in which they first occur.
    pub values: Vec<String>,
}

impl TextColumn {
    /// The text of a row, if it has one.
    pub fn text(&self, row: usize) -> Option<&str> {
        self.values.get(self.codes[row] as usize).map(String::as_str)
    }
}

/// What kind of column a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// [`Column::Integers`].
    Integers,
    /// [`Column::Numbers`].
    Numbers,
    /// [`Column::Text`].
    Text,
    /// [`Column::Days`].
    Days,
}

/// A table of a run, without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// Its rows.
    pub rows: usize,
    /// Its columns that the server can hold, in order, by their stored names.
    pub columns: Vec<(String, ColumnKind)>,
}

impl TableShape {
    /// Whether there is such a column.
    pub fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|(column, _)| column == name)
    }
}

impl Column {
    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::Text(text) => text.codes.len(),
            Self::Days(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Integers(values) => values.len() * 8,
            Self::Numbers(values) => values.len() * 8,
            Self::Text(text) => {
                text.codes.len() * 4
                    + text.values.iter().map(|v| v.len() + size_of::<String>()).sum::<usize>()
            }
            Self::Days(values) => values.len() * 4,
        }
    }

    /// A value as text, as a person or a CSV file reads an identifier; empty where there is none.
    pub fn display(&self, row: usize) -> String {
        match self {
            Self::Integers(values) if values[row] == NO_INTEGER => String::new(),
            Self::Integers(values) => values[row].to_string(),
            Self::Numbers(values) if values[row].is_nan() => String::new(),
            Self::Numbers(values) => values[row].to_string(),
            Self::Text(text) => text.text(row).unwrap_or_default().to_owned(),
            Self::Days(values) if values[row] == NO_DAY => String::new(),
            Self::Days(values) => {
                regulars_core::dates::format_day(i64::from(values[row]) * regulars_core::dates::DAY_MICROS)
            }
        }
    }

    /// The rows named by `from`, in its order; a row beyond the end has no value.
    pub(crate) fn gather(&self, from: &[u32]) -> Self {
        fn take<T: Copy>(values: &[T], from: &[u32], none: T) -> Vec<T> {
            from.iter().map(|row| values.get(*row as usize).copied().unwrap_or(none)).collect()
        }
        match self {
            Self::Integers(values) => Self::Integers(take(values, from, NO_INTEGER)),
            Self::Numbers(values) => Self::Numbers(take(values, from, f64::NAN)),
            Self::Text(text) => Self::Text(TextColumn {
                codes: take(&text.codes, from, NO_CODE),
                values: text.values.clone(),
            }),
            Self::Days(values) => Self::Days(take(values, from, NO_DAY)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_missing_have_no_value() {
        let text = TextColumn { codes: vec![1, 0], values: vec!["a".to_owned(), "b".to_owned()] };
        let from = [1, u32::MAX, 0];
        assert_eq!(Column::Integers(vec![5, 6]).gather(&from), Column::Integers(vec![6, NO_INTEGER, 5]));
        assert_eq!(Column::Days(vec![5, 6]).gather(&from), Column::Days(vec![6, NO_DAY, 5]));
        let Column::Text(found) = Column::Text(text).gather(&from) else { panic!("text stays text") };
        assert_eq!((found.text(0), found.text(1), found.text(2)), (Some("a"), None, Some("b")));
        let Column::Numbers(found) = Column::Numbers(vec![5.0]).gather(&from) else { panic!("numbers") };
        assert!(found[0].is_nan() && found[1].is_nan() && found[2].to_bits() == 5.0_f64.to_bits());
    }

    #[test]
    fn what_is_not_there_is_shown_as_nothing() {
        assert_eq!(Column::Integers(vec![NO_INTEGER, -3]).display(0), "");
        assert_eq!(Column::Integers(vec![NO_INTEGER, -3]).display(1), "-3");
        assert_eq!(Column::Days(vec![0]).display(0), "1970-01-01");
    }
}
