//! Columns of a run's tables in memory: one plain vector per column.
//!
//! Not Arrow, on purpose: the pages and their tests need only slices of numbers and coded text.

use regulars_core::dates::{DAY_MICROS, format_day};

/// A missing value in an integer column.
pub const NO_INTEGER: i64 = i64::MIN;
/// A missing value in a column of days.
pub const NO_DAY: i32 = i32::MIN;
/// The code of missing text.
pub const NO_CODE: u32 = u32::MAX;

/// Days since 1970 of `YYYY-MM-DD`.
pub fn day_of(date: &str) -> Option<i32> {
    regulars_core::dates::day_of(date).map(|day| day as i32)
}

/// `YYYY-MM-DD` of a day since 1970.
pub fn date_of(day: i32) -> String {
    format_day(i64::from(day) * DAY_MICROS)
}

/// The values of one column, in the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Integers; money in minor units. Missing values are [`NO_INTEGER`].
    Integers(Vec<i64>),
    /// Numbers; missing values are NaN.
    Numbers(Vec<f64>),
    /// Text, each distinct value once.
    Text(TextColumn),
    /// Days since 1970-01-01; missing values are [`NO_DAY`]. Times of day are dropped.
    Days(Vec<i32>),
}

/// Text, each distinct value once.
///
/// - Every code is the index of a value, or [`NO_CODE`] (trusted).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextColumn {
    /// Per row, the index of its value in `values`.
    pub codes: Vec<u32>,
    /// The distinct values, in order of first occurrence.
    pub values: Vec<String>,
}

impl TextColumn {
    /// The text of a row, if any.
    pub fn text(&self, row: usize) -> Option<&str> {
        self.values.get(self.codes[row] as usize).map(String::as_str)
    }
}

/// The type of a column.
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
    /// Number of rows.
    pub rows: usize,
    /// Its columns of a supported type, in order, by stored name.
    pub columns: Vec<(String, ColumnKind)>,
}

impl TableShape {
    /// Whether there is such a column.
    pub fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|(column, _)| column == name)
    }
}

impl Column {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::Text(text) => text.codes.len(),
            Self::Days(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Approximate size in bytes.
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

    /// A value as text, as written in pages and CSV files; empty if missing.
    pub fn display(&self, row: usize) -> String {
        match self {
            Self::Integers(values) if values[row] == NO_INTEGER => String::new(),
            Self::Integers(values) => values[row].to_string(),
            Self::Numbers(values) if values[row].is_nan() => String::new(),
            Self::Numbers(values) => values[row].to_string(),
            Self::Text(text) => text.text(row).unwrap_or_default().to_owned(),
            Self::Days(values) if values[row] == NO_DAY => String::new(),
            Self::Days(values) => date_of(values[row]),
        }
    }

    /// The rows with the indices `from`, in that order; an index beyond the end gives a missing value.
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
