//! Columns with few distinct values, as one small code per customer.

use std::collections::{BTreeMap, HashMap};

use super::cache::MemorySize;
use crate::columns::{Column, NO_DAY, NO_INTEGER, date_of};
use crate::selection::Selection;

/// The code of a customer without a value.
pub(crate) const NONE: u16 = u16::MAX;

/// One small code per customer, and the labels of the codes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coded {
    /// Per customer, the index of the label, or [`NONE`].
    pub codes: Vec<u16>,
    /// Labels in display order; a label may have no customers.
    pub labels: Vec<String>,
}

impl MemorySize for Coded {
    fn bytes(&self) -> usize {
        self.codes.len() * 2 + self.labels.iter().map(|l| l.len() + size_of::<String>()).sum::<usize>()
    }
}

impl Coded {
    /// The code of a label, if it exists.
    pub fn code(&self, label: &str) -> Option<u16> {
        self.labels.iter().position(|l| l == label).map(|at| at as u16)
    }

    /// The label of a customer, if it has one.
    pub fn label(&self, row: usize) -> Option<&str> {
        self.labels.get(usize::from(self.codes[row])).map(String::as_str)
    }

    /// Customers of each label.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.labels.len()];
        for code in &self.codes {
            if let Some(count) = counts.get_mut(usize::from(*code)) {
                *count += 1;
            }
        }
        counts
    }

    /// The values of the selected customers, by class; customers without a class or a value are left out.
    ///
    /// Shape: one list per label, in the order of the customers.
    pub fn divide<T>(&self, chosen: &Selection, value: impl Fn(usize) -> Option<T>) -> Vec<Vec<T>> {
        let mut lists: Vec<Vec<T>> = self.labels.iter().map(|_| Vec::new()).collect();
        for row in chosen.rows() {
            if let (Some(list), Some(value)) = (lists.get_mut(usize::from(self.codes[row])), value(row)) {
                list.push(value);
            }
        }
        lists
    }

    /// Codes of text: the labels in `order` first, then others by name.
    pub(crate) fn of_text(column: &Column, order: &[&str]) -> Self {
        let Column::Text(text) = column else { return Self::default() };
        let mut others: Vec<&str> =
            text.values.iter().map(String::as_str).filter(|value| !order.contains(value)).collect();
        others.sort_unstable();
        let labels: Vec<String> = order.iter().chain(&others).map(|label| (*label).to_owned()).collect();
        let places: HashMap<&str, u16> = labels.iter().map(String::as_str).zip(0..NONE).collect();
        let of_value: Vec<u16> =
            text.values.iter().map(|value| places.get(value.as_str()).copied().unwrap_or(NONE)).collect();
        let codes = text.codes.iter().map(|c| of_value.get(*c as usize).copied().unwrap_or(NONE)).collect();
        Self { codes, labels }
    }

    /// Codes of integers: those in `order` first, then others by size.
    pub fn of_integers(values: &[i64], order: &[i64]) -> Self {
        let mut places: BTreeMap<i64, u16> = order.iter().copied().zip(0..NONE).collect();
        let mut labels: Vec<i64> = order.to_vec();
        let mut others: Vec<i64> =
            values.iter().copied().filter(|v| *v != NO_INTEGER && !places.contains_key(v)).collect();
        others.sort_unstable();
        others.dedup();
        for other in others.into_iter().take(usize::from(NONE) - labels.len()) {
            places.insert(other, labels.len() as u16);
            labels.push(other);
        }
        let codes = values.iter().map(|v| places.get(v).copied().unwrap_or(NONE)).collect();
        Self { codes, labels: labels.iter().map(i64::to_string).collect() }
    }

    /// Months of days, from the first to the last without gaps.
    pub(crate) fn of_months(column: &Column) -> Self {
        let Column::Days(days) = column else { return Self::default() };
        let mut months = Months::default();
        let found: Vec<Option<i32>> =
            days.iter().map(|day| (*day != NO_DAY).then(|| months.of(*day))).collect();
        let present = || found.iter().flatten().copied();
        let (Some(first), Some(last)) = (present().min(), present().max()) else {
            return Self { codes: vec![NONE; days.len()], labels: Vec::new() };
        };
        // Thousands of years would be a data error; they share the last code.
        let last = last.min(first + i32::from(NONE) - 1);
        Self {
            codes: found.iter().map(|m| m.map_or(NONE, |m| (m.min(last) - first) as u16)).collect(),
            labels: (first..=last).map(month_name).collect(),
        }
    }
}

/// `YYYY-MM` of a month counted from year 0.
pub fn month_name(month: i32) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// Converts days to months counted from year 0, each distinct day once.
#[derive(Default)]
pub struct Months(HashMap<i32, i32>);

impl Months {
    /// The month of a day since 1970.
    pub fn of(&mut self, day: i32) -> i32 {
        *self.0.entry(day).or_insert_with(|| {
            let shown = date_of(day);
            let number = |part: Option<&str>| part.and_then(|t| t.parse::<i32>().ok());
            let (year, month) = shown.get(..7).and_then(|ym| ym.rsplit_once('-')).unwrap_or(("1970", "01"));
            number(Some(year)).unwrap_or(1970) * 12 + number(Some(month)).unwrap_or(1) - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{NO_CODE, TextColumn};

    #[test]
    fn labels_follow_the_order_asked_for() {
        let text = TextColumn {
            codes: vec![0, 1, 2, NO_CODE, 0],
            values: vec!["Lost".to_owned(), "New".to_owned(), "Extra".to_owned()],
        };
        let coded = Coded::of_text(&Column::Text(text), &["New", "Lost", "Nobody"]);
        assert_eq!(coded.labels, ["New", "Lost", "Nobody", "Extra"]);
        assert_eq!(coded.codes, [1, 0, 3, NONE, 1]);
        assert_eq!((coded.label(2), coded.label(3)), (Some("Extra"), None));
        let coded = Coded::of_integers(&[3, NO_INTEGER, 1, 9], &[1, 2, 3]);
        assert_eq!((coded.codes, coded.labels.len()), (vec![2, NONE, 0, 3], 4));
    }

    #[test]
    fn months_have_no_holes() {
        // 31 December 1969, 1 January 1970, 15 March 1970.
        let coded = Coded::of_months(&Column::Days(vec![0, -1, 73, NO_DAY]));
        assert_eq!(coded.labels, ["1969-12", "1970-01", "1970-02", "1970-03"]);
        assert_eq!(coded.codes, [1, 0, 3, NONE]);
        assert_eq!(Coded::of_months(&Column::Days(vec![NO_DAY])).codes, [NONE]);
    }
}
