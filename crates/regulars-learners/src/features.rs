//! Feature columns that models are trained on: named numbers, one row per customer.
//!
//! Deliberately not here: what the features mean and how they are computed.

use crate::error::Error;

/// XGBoost computes in single precision and treats larger numbers as infinite.
const TOO_LARGE: f64 = 1e30;

/// Named feature columns, one row per customer; a missing value is NaN.
///
/// Contracts, all checked: at least one row and one column, columns of equal length, distinct names, values
/// missing or below 1e30 in absolute value.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    names: Vec<String>,
    rows: usize,
    /// Values column by column.
    values: Vec<f64>,
}

impl Features {
    /// Builds features from one column slice per name.
    ///
    /// Errors: [`Error::NoRows`], [`Error::NoFeatures`], [`Error::ColumnLength`],
    /// [`Error::RepeatedFeature`], [`Error::TooLarge`].
    pub fn new(names: Vec<String>, columns: &[&[f64]]) -> Result<Self, Error> {
        let Some(first) = columns.first() else { return Err(Error::NoFeatures) };
        let rows = first.len();
        if names.len() != columns.len() {
            let (expected, found) = (columns.len(), names.len());
            return Err(Error::ColumnLength { name: "feature names".into(), expected, found });
        }
        if rows == 0 {
            return Err(Error::NoRows);
        }
        for (number, (name, column)) in names.iter().zip(columns).enumerate() {
            if names[..number].contains(name) {
                return Err(Error::RepeatedFeature { name: name.clone() });
            }
            if column.len() != rows {
                return Err(Error::ColumnLength { name: name.clone(), expected: rows, found: column.len() });
            }
            if let Some(row) = column.iter().position(|value| value.abs() >= TOO_LARGE) {
                return Err(Error::TooLarge { name: name.clone(), row, value: column[row] });
            }
        }
        Ok(Self { names, rows, values: columns.concat() })
    }

    /// Feature names, in column order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of customers.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of features.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// All values, column by column.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Values of one feature.
    pub fn column(&self, number: usize) -> &[f64] {
        &self.values[number * self.rows..(number + 1) * self.rows]
    }

    /// Selects customers, in the order of `rows`.
    ///
    /// Contracts: at least one row, each below [`Self::rows`] (trusted).
    pub fn of_rows(&self, rows: &[usize]) -> Self {
        let values = (0..self.width())
            .flat_map(|number| {
                let column = self.column(number);
                rows.iter().map(move |row| column[*row])
            })
            .collect();
        Self { names: self.names.clone(), rows: rows.len(), values }
    }

    /// Repeats all customers once per change, each time with the values of one feature replaced.
    ///
    /// Shape: all customers with the first change, then all with the second, and so on.
    /// Contracts: one finite value or NaN per customer in each change (trusted).
    pub(crate) fn with_each(&self, changes: &[(usize, Vec<f64>)]) -> Self {
        let mut values = Vec::with_capacity(self.values.len() * changes.len());
        for number in 0..self.width() {
            for (changed, column) in changes {
                values.extend_from_slice(if *changed == number { column } else { self.column(number) });
            }
        }
        Self { names: self.names.clone(), rows: self.rows * changes.len(), values }
    }

    /// Rows in row-major single precision, as XGBoost reads them.
    pub(crate) fn row_major_f32(&self, rows: std::ops::Range<usize>) -> Vec<f32> {
        let width = self.width();
        let mut flat = vec![0.0_f32; rows.len() * width];
        for number in 0..width {
            let column = &self.column(number)[rows.clone()];
            for (row, value) in column.iter().enumerate() {
                flat[row * width + number] = *value as f32;
            }
        }
        flat
    }

    /// A range of rows in column-major order, as LightGBM reads them.
    pub(crate) fn column_major(&self, rows: std::ops::Range<usize>) -> Vec<f64> {
        (0..self.width()).flat_map(|number| self.column(number)[rows.clone()].iter().copied()).collect()
    }

    /// Checks that these are the features a model was fitted on, in the same order.
    ///
    /// Errors: [`Error::OtherFeatures`] naming the first difference.
    pub fn check_names(&self, expected: &[String]) -> Result<(), Error> {
        check_names(&self.names, expected)
    }
}

/// Checks that names are those a model was fitted on, in the same order.
///
/// Errors: [`Error::OtherFeatures`] naming the first difference.
pub fn check_names(names: &[String], expected: &[String]) -> Result<(), Error> {
    let other = |problem| Err(Error::OtherFeatures { problem });
    if let Some(name) = expected.iter().find(|name| !names.contains(name)) {
        return other(format!("`{name}` is missing"));
    }
    if let Some(name) = names.iter().find(|name| !expected.contains(name)) {
        return other(format!("`{name}` is not among its {} features", expected.len()));
    }
    if let Some((at, (found, name))) =
        names.iter().zip(expected).enumerate().find(|(_, (found, name))| found != name)
    {
        return other(format!("column {} is `{found}`, expected `{name}`", at + 1));
    }
    Ok(())
}

/// Features and target of the same customers.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Features at the forecast origin.
    pub features: &'a Features,
    /// Target after the forecast origin, one value per customer.
    pub target: &'a [f64],
    /// Sample weights; none means equal weights. Only tree models use them.
    pub weight: Option<&'a [f64]>,
}

impl<'a> Sample<'a> {
    /// Combines features with their target.
    ///
    /// Errors: [`Error::ColumnLength`], [`Error::Target`] for a target that is missing or not finite.
    pub fn new(features: &'a Features, target: &'a [f64]) -> Result<Self, Error> {
        if target.len() != features.rows() {
            let (expected, found) = (features.rows(), target.len());
            return Err(Error::ColumnLength { name: "target".into(), expected, found });
        }
        if let Some(row) = target.iter().position(|value| !(value.abs() < TOO_LARGE)) {
            return Err(Error::Target { row, value: target[row] });
        }
        Ok(Self { features, target, weight: None })
    }

    /// Adds sample weights.
    ///
    /// Errors: [`Error::ColumnLength`]; [`Error::Weight`] for a weight that is not above 0.
    pub fn weighted(self, weight: &'a [f64]) -> Result<Self, Error> {
        if weight.len() != self.rows() {
            let (expected, found) = (self.rows(), weight.len());
            return Err(Error::ColumnLength { name: "weights".into(), expected, found });
        }
        if let Some(row) = weight.iter().position(|value| !(*value > 0.0 && *value < TOO_LARGE)) {
            return Err(Error::Weight { row, value: weight[row] });
        }
        Ok(Self { weight: Some(weight), ..self })
    }

    /// Weighted mean of the target.
    pub(crate) fn mean(&self) -> f64 {
        match self.weight {
            None => self.target.iter().sum::<f64>() / self.rows() as f64,
            Some(weight) => {
                let sum: f64 = weight.iter().zip(self.target).map(|(weight, value)| weight * value).sum();
                sum / weight.iter().sum::<f64>()
            }
        }
    }

    /// Target and weights of some customers; [`Features::of_rows`] selects their features.
    pub(crate) fn of_rows(&self, rows: &[usize]) -> (Vec<f64>, Option<Vec<f64>>) {
        let of = |column: &[f64]| rows.iter().map(|row| column[*row]).collect();
        (of(self.target), self.weight.map(of))
    }

    /// Number of customers.
    pub fn rows(&self) -> usize {
        self.target.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    fn refused(all: &[&str], columns: &[&[f64]], expected: &str) {
        let error = Features::new(names(all), columns).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn columns_that_cannot_belong_together_are_refused() {
        refused(&[], &[], "there are no features, expected at least one");
        refused(&["a"], &[&[]], "there are no customers to train on or to predict");
        refused(&["a", "a"], &[&[1.0], &[1.0]], "feature `a` is given twice");
        refused(&["a", "b"], &[&[1.0], &[]], "`b` has 0 values for 1 customers");
        refused(&["a"], &[&[1.0], &[1.0]], "`feature names` has 1 values for 2 customers");
        let expected =
            "`a` of customer 1 (counted from 0) is -inf, expected a number below 1e30 or a missing value";
        refused(&["a"], &[&[f64::NAN, f64::NEG_INFINITY]], expected);
    }

    #[test]
    fn targets_are_numbers() {
        let features = Features::new(names(&["a"]), &[&[1.0, 2.0]]).unwrap();
        assert!(matches!(Sample::new(&features, &[1.0]), Err(Error::ColumnLength { .. })));
        assert!(matches!(Sample::new(&features, &[1.0, f64::NAN]), Err(Error::Target { row: 1, .. })));
        assert!(matches!(Sample::new(&features, &[f64::INFINITY, 1.0]), Err(Error::Target { row: 0, .. })));
    }

    #[test]
    fn weights_are_above_0_and_weigh() {
        let features = Features::new(names(&["a"]), &[&[1.0, 2.0, 3.0]]).unwrap();
        let sample = Sample::new(&features, &[1.0, 2.0, 6.0]).unwrap();
        assert!((sample.mean() - 3.0).abs() < 1e-15);
        assert!((sample.weighted(&[1.0, 1.0, 2.0]).unwrap().mean() - 3.75).abs() < 1e-15);
        assert!(matches!(sample.weighted(&[1.0]), Err(Error::ColumnLength { .. })));
        assert!(matches!(sample.weighted(&[1.0, 0.0, 1.0]), Err(Error::Weight { row: 1, .. })));
    }

    #[test]
    fn rows_and_layouts() {
        let features = Features::new(names(&["a", "b"]), &[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]]).unwrap();
        assert_eq!(features.of_rows(&[2, 0]).values(), [3.0, 1.0, 6.0, 4.0]);
        assert_eq!(features.row_major_f32(1..3), [2.0, 5.0, 3.0, 6.0]);
        assert_eq!(features.column_major(0..2), [1.0, 2.0, 4.0, 5.0]);
        let changed = features.with_each(&[(1, vec![7.0, 8.0, 9.0]), (0, vec![0.0; 3])]);
        assert_eq!(changed.column(0), [1.0, 2.0, 3.0, 0.0, 0.0, 0.0]);
        assert_eq!(changed.column(1), [7.0, 8.0, 9.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn other_features_are_named() {
        let features = Features::new(names(&["a", "b"]), &[&[1.0], &[4.0]]).unwrap();
        assert!(features.check_names(&names(&["a", "b"])).is_ok());
        for (expected, problem) in [
            (&["a", "c"][..], "`c` is missing"),
            (&["a"], "`b` is not among its 1 features"),
            (&["b", "a"], "column 1 is `a`, expected `b`"),
        ] {
            let error = features.check_names(&names(expected)).unwrap_err();
            assert_eq!(error, Error::OtherFeatures { problem: problem.into() });
        }
    }
}
