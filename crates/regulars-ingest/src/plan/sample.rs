//! The beginning of a file and the properties of its columns: the evidence that a plan starts from.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::dates::{self, DateOrder};
use regulars_core::money::{self, Notation};

use super::vocabulary::QUANTITY;
use super::words::Name;
use crate::cells::{Cell, trim, without_unit};
use crate::files::TableTraits;

/// The beginning of a file, as evidence for its columns.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// By column, whether it is stored as a time, so that its text need not be examined.
    pub(crate) times: Vec<bool>,
    /// `None` if fields are not delimited.
    pub(crate) delimiter: Option<u8>,
    /// Peculiarities of the table: a missing header, duplicate column names.
    pub(crate) traits: TableTraits,
    pub(crate) names: Vec<Name>,
}

/// Maximum number of evenly spaced values to examine.
const LOOKED_AT: usize = 400;

/// Decimals of [`Sample::amount`]: millionths.
pub(crate) const MICROS: u8 = 6;

impl Sample {
    pub(crate) fn new(
        header: Vec<String>,
        rows: Vec<Vec<String>>,
        times: Vec<bool>,
        delimiter: Option<u8>,
    ) -> Self {
        let names = header.iter().map(|name| Name::new(name)).collect();
        Self { header, rows, times, delimiter, traits: TableTraits::default(), names }
    }

    /// The same columns with other rows.
    pub(crate) fn with_rows(&self, rows: Vec<Vec<String>>) -> Self {
        let sample = Self::new(self.header.clone(), rows, self.times.clone(), self.delimiter);
        Self { traits: self.traits.clone(), ..sample }
    }

    /// The same sample without total rows, which have a label and hardly anything else.
    pub(crate) fn without_totals(&self) -> Self {
        let is_total = |row: &Vec<String>| {
            let blank = row.iter().filter(|cell| cell.trim().is_empty()).count();
            blank * 2 >= row.len()
                && row
                    .iter()
                    .any(|cell| crate::placeholders::totals_label(Cell::Text(cell.as_bytes())).is_some())
        };
        self.with_rows(self.rows.iter().filter(|row| !is_total(row)).cloned().collect())
    }

    /// The non-missing values of a column.
    pub(crate) fn present(&self, index: usize) -> impl Iterator<Item = &str> {
        let there = |v: &&str| !Cell::Text(v.as_bytes()).is_missing();
        self.rows.iter().map(move |row| row[index].as_str()).filter(there)
    }

    /// Some of these, evenly spaced over the sample.
    pub(crate) fn some(&self, index: usize) -> impl Iterator<Item = &str> {
        let step = self.rows.len().div_ceil(LOOKED_AT).max(1);
        let there = |v: &&str| !Cell::Text(v.as_bytes()).is_missing();
        self.rows.iter().step_by(step).map(move |row| row[index].as_str()).filter(there)
    }

    /// Whether any row has a value in the column.
    pub(crate) fn has_values(&self, index: usize) -> bool {
        self.present(index).next().is_some()
    }

    /// Share of rows with a value in the column; 1 without rows.
    pub(crate) fn filled(&self, index: usize) -> f64 {
        if self.rows.is_empty() { 1.0 } else { self.present(index).count() as f64 / self.rows.len() as f64 }
    }

    /// The amount of one cell in millionths, if it is one.
    pub(crate) fn amount(&self, row: usize, index: usize, decimal_comma: bool) -> Option<i64> {
        let notation = Notation { decimal_comma, decimals: MICROS };
        let text = self.rows[row][index].as_bytes();
        let text = if self.names[index].has(QUANTITY) { without_unit(text) } else { text };
        money::parse_minor(text, notation).ok()
    }

    /// Whether an amount is price times quantity, to two decimals; `None` if one of them is not a number.
    pub(crate) fn is_product(
        &self,
        row: usize,
        [amount, price, quantity]: [usize; 3],
        decimal_comma: bool,
    ) -> Option<bool> {
        let micros = |index| self.amount(row, index, decimal_comma).map(i128::from);
        let product = micros(price)? * micros(quantity)?;
        Some((micros(amount)? * 1_000_000 - product).abs() <= 10_000_000_000)
    }

    /// Whether at least half of the examined values are numbers in any notation.
    pub(crate) fn is_numeric(&self, index: usize) -> bool {
        self.share(index, |v| is_number(v.as_bytes())).is_some_and(|share| share >= 0.5)
    }

    /// Whether at least half of the examined values are dates.
    pub(crate) fn is_date(&self, index: usize) -> bool {
        self.times[index] || self.share(index, is_date).is_some_and(|share| share >= 0.5)
    }

    /// Share of the values that satisfy `fits`; `None` without values.
    pub(crate) fn share(&self, index: usize, fits: impl Fn(&str) -> bool) -> Option<f64> {
        let (mut seen, mut good) = (0_u32, 0_u32);
        for value in self.some(index) {
            seen += 1;
            good += u32::from(fits(value));
        }
        (seen > 0).then(|| f64::from(good) / f64::from(seen))
    }

    /// For each value of `key`: its number of rows, and the distinct values of `index` in them.
    pub(crate) fn values_by(&self, key: usize, index: usize) -> BTreeMap<&str, (usize, BTreeSet<&str>)> {
        let mut of: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
        for row in &self.rows {
            let (rows, values) = of.entry(row[key].trim()).or_default();
            *rows += 1;
            values.insert(row[index].trim());
        }
        of
    }

    /// Whether amounts belong to whole orders: equal on all rows of nearly every order with several rows, or
    /// only on the first row.
    pub(crate) fn is_of_order(&self, order: usize, index: usize, decimal_comma: bool) -> bool {
        let mut of: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for (row, cells) in self.rows.iter().enumerate() {
            let value = self.amount(row, index, decimal_comma).unwrap_or(0).abs();
            of.entry(cells[order].trim()).or_default().push(value);
        }
        of.remove("");
        of.retain(|_, values| values.len() > 1 && values.iter().any(|value| *value != 0));
        let repeated = of.values().filter(|values| values.iter().all(|v| *v == values[0])).count();
        let on_first = of.values().filter(|values| values[1..].iter().all(|v| *v == 0)).count();
        let most = |count: usize, least: usize| of.len() >= least && count * 20 >= of.len() * 19;
        most(repeated, 3) || most(on_first, 6)
    }

    /// The distinct values of a column in order of appearance; `None` if there are more than `most`.
    pub(crate) fn words(&self, index: usize, most: usize) -> Option<Vec<&str>> {
        let mut words: Vec<&str> = Vec::new();
        for value in self.present(index) {
            let value = value.trim();
            if !words.contains(&value) {
                if words.len() == most {
                    return None;
                }
                words.push(value);
            }
        }
        Some(words)
    }
}

/// Whether a text is a number with either decimal separator.
pub(crate) fn is_number(text: &[u8]) -> bool {
    [false, true]
        .into_iter()
        .any(|decimal_comma| money::parse_minor(trim(text), Notation { decimal_comma, decimals: 2 }).is_ok())
}

/// Whether a text is a date or time: in words or digits, Unix time, or a spreadsheet's day number.
pub(crate) fn is_date(text: &str) -> bool {
    let text = trim(text.as_bytes());
    [DateOrder::DayFirst, DateOrder::MonthFirst]
        .iter()
        .any(|order| dates::parse_moment(text, *order).is_some())
        || super::date_notation::epoch_of(text).is_some()
}
