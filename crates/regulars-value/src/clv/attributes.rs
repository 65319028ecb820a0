//! Customer attributes: columns of numbers or text, as in a file.
//!
//! Deliberately not here: how they become covariates of a model ([`super::covariates`]).

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use regulars_core::money::format_count;
use regulars_ingest::is_missing_text;
use regulars_ingest::presets::normal_form;

use crate::error::{Error, Kind, Result};
use crate::feature_columns::{column_names, read_columns};

/// A column of customer attributes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attribute {
    /// Column name in the file.
    pub(crate) name: String,
    /// Its values, one per customer.
    pub(crate) values: Values,
}

/// Values of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    /// Numbers; NaN for missing values.
    Numbers(Vec<f64>),
    /// Text; none for missing values.
    Words(Vec<Option<String>>),
}

impl Attribute {
    /// Reads a column: as numbers if every value is one, otherwise as text.
    ///
    /// Errors: a column of dates, or of another unsupported type.
    pub(crate) fn of(name: &str, column: &ArrayRef) -> Result<Self> {
        let name = name.to_owned();
        let unfit = |what: &str, hint: &str| Error {
            hint: Some(hint.to_owned()),
            ..Error::new(Kind::Input, format!("column `{name}` holds {what}, expected numbers or words"))
        };
        let values = match column.data_type() {
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Boolean
            | DataType::Dictionary(..) => of_words(&cast_to(column, &DataType::Utf8)?),
            data_type if data_type.is_temporal() => {
                return Err(unfit("dates", "give the days since as a number"));
            }
            data_type if data_type.is_numeric() => {
                let numbers = cast_to(column, &DataType::Float64)?;
                let finite = |value: Option<f64>| value.filter(|value| value.is_finite()).unwrap_or(f64::NAN);
                Values::Numbers(numbers.as_primitive::<Float64Type>().iter().map(finite).collect())
            }
            _ => return Err(unfit("neither", "leave it out")),
        };
        Ok(Self { name, values })
    }

    /// Whether a customer has no value.
    pub(crate) fn is_missing(&self, row: usize) -> bool {
        match &self.values {
            Values::Numbers(values) => values[row].is_nan(),
            Values::Words(values) => values[row].is_none(),
        }
    }

    /// The same for the given customers, in their order.
    pub(crate) fn take(&self, rows: &[u32]) -> Self {
        let values = match &self.values {
            Values::Numbers(values) => {
                Values::Numbers(rows.iter().map(|row| values[*row as usize]).collect())
            }
            Values::Words(values) => {
                Values::Words(rows.iter().map(|row| values[*row as usize].clone()).collect())
            }
        };
        Self { name: self.name.clone(), values }
    }
}

/// Strings: as numbers if all of them are, otherwise as text.
fn of_words(column: &ArrayRef) -> Values {
    let texts: Vec<Option<&str>> = column
        .as_string::<i32>()
        .iter()
        .map(|text| text.map(str::trim).filter(|text| !is_missing_text(text)))
        .collect();
    let number = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    if texts.iter().flatten().all(|text| number(text).is_some()) {
        return Values::Numbers(texts.iter().map(|text| text.and_then(number).unwrap_or(f64::NAN)).collect());
    }
    Values::Words(texts.into_iter().map(|text| text.map(str::to_owned)).collect())
}

fn cast_to(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    cast(column, data_type).map_err(|e| Error::new(Kind::Internal, e.to_string()))
}

/// Columns of a customers file, for the customers of the orders.
pub(super) struct Matched {
    /// The requested columns, one value per customer of the orders.
    pub(super) attributes: Vec<Attribute>,
    /// Which customers have all of them.
    pub(super) complete: Vec<bool>,
    /// Missing values, in words; none if there are none.
    pub(super) missing: Option<String>,
}

/// Reads columns of the customers file landed with the orders.
///
/// Errors: a missing column.
pub(super) fn of_customers(
    landed: &Path,
    shown: &str,
    wanted: &[String],
    customer_id: &ArrayRef,
) -> Result<Matched> {
    let all = column_names(landed)?;
    let Some((id, names)) = all.split_first() else {
        return Err(Error::new(Kind::Internal, "the customers have no column"));
    };
    let mut asked_for = vec![id.clone()];
    for name in wanted {
        let known = names.iter().find(|known| **known == normal_form(name)).ok_or_else(|| Error {
            hint: Some(format!("its other columns are {}", names.join(", "))),
            ..Error::new(Kind::Input, format!("`{shown}` has no column `{name}`"))
        })?;
        asked_for.push(known.clone());
    }
    let columns = read_columns(landed, &asked_for)?;
    let stored = asked_for[1..]
        .iter()
        .zip(&columns[1..])
        .map(|(name, column)| Attribute::of(name, column))
        .collect::<Result<Vec<_>>>()?;
    let known = cast_to(&columns[0], &DataType::Utf8)?;
    let rows: HashMap<&str, usize> =
        known.as_string::<i32>().iter().enumerate().filter_map(|(row, id)| Some((id?, row))).collect();
    let ids = cast_to(customer_id, &DataType::Utf8)?;
    let ids = ids.as_string::<i32>();
    let row_of: Vec<Option<usize>> = ids.iter().map(|id| id.and_then(|id| rows.get(id).copied())).collect();
    let attributes: Vec<Attribute> = stored.iter().map(|attribute| spread(attribute, &row_of)).collect();
    let complete: Vec<bool> =
        (0..row_of.len()).map(|row| attributes.iter().all(|attribute| !attribute.is_missing(row))).collect();
    let missing = missing(&attributes, &complete, &row_of, ids, shown);
    Ok(Matched { attributes, complete, missing })
}

/// The values for the customers of the orders.
fn spread(attribute: &Attribute, row_of: &[Option<usize>]) -> Attribute {
    let values = match &attribute.values {
        Values::Numbers(values) => {
            Values::Numbers(row_of.iter().map(|row| row.map_or(f64::NAN, |row| values[row])).collect())
        }
        Values::Words(values) => {
            Values::Words(row_of.iter().map(|row| row.and_then(|row| values[row].clone())).collect())
        }
    };
    Attribute { name: attribute.name.clone(), values }
}

/// Missing values, in words.
fn missing(
    attributes: &[Attribute],
    complete: &[bool],
    row_of: &[Option<usize>],
    ids: &StringArray,
    shown: &str,
) -> Option<String> {
    let missing_features = complete.iter().filter(|complete| !**complete).count();
    if missing_features == 0 {
        return None;
    }
    let mut parts = Vec::new();
    let mut part = |what: String, rows: &dyn Fn(usize) -> bool| {
        let mut of = (0..row_of.len()).filter(|row| rows(*row));
        if let Some(first) = of.next() {
            let number = format_count(1 + of.count() as u64);
            parts.push(format!("{number} {what} (first: customer {})", ids.value(first)));
        }
    };
    part(format!("not in `{shown}`"), &|row| row_of[row].is_none());
    // The same column may be asked for under two names.
    let names: BTreeSet<&str> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    for name in names {
        let Some(attribute) = attributes.iter().find(|attribute| attribute.name == name) else { continue };
        part(format!("without `{name}`"), &|row| row_of[row].is_some() && attribute.is_missing(row));
    }
    Some(format!(
        "{} of {} customers lack a covariate: {}",
        format_count(missing_features as u64),
        format_count(complete.len() as u64),
        parts.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Date32Array, Float64Array, Int64Array};
    use proptest::prelude::*;

    use super::*;
    use crate::tables::write_as;

    fn text(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    fn words(values: &[Option<&str>]) -> Values {
        Values::Words(values.iter().map(|value| value.map(str::to_owned)).collect())
    }

    fn numbers(attribute: &Attribute) -> Vec<Option<f64>> {
        match &attribute.values {
            Values::Numbers(values) => {
                values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect()
            }
            Values::Words(words) => panic!("{words:?}"),
        }
    }

    #[test]
    fn text_is_numbers_if_all_of_it_is() {
        let of = |values: &[Option<&str>]| Attribute::of("a", &text(values)).expect("text");
        assert_eq!(
            numbers(&of(&[Some(" 1.5 "), None, Some("-2"), Some("")])),
            [Some(1.5), None, Some(-2.0), None]
        );
        assert_eq!(of(&[Some("1"), Some("two"), None]).values, words(&[Some("1"), Some("two"), None]));
        // Infinity is no number to compare customers by.
        assert_eq!(of(&[Some("1"), Some("inf")]).values, words(&[Some("1"), Some("inf")]));
        assert_eq!(of(&[Some(" Rome "), Some("N/A")]).values, words(&[Some("Rome"), None]));
    }

    #[test]
    fn columns_of_numbers_and_of_yes_and_no_are_understood_and_dates_are_not() {
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), None]));
        assert_eq!(numbers(&Attribute::of("a", &whole).expect("numbers")), [Some(3.0), None]);
        let reals: ArrayRef = Arc::new(Float64Array::from(vec![0.5, f64::INFINITY]));
        assert_eq!(numbers(&Attribute::of("a", &reals).expect("numbers")), [Some(0.5), None]);
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false]));
        assert_eq!(Attribute::of("a", &flags).expect("words").values, words(&[Some("true"), Some("false")]));
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![1]));
        assert_eq!(Attribute::of("a", &dates).expect_err("dates").kind, Kind::Input);
        let bytes = arrow::array::new_empty_array(&DataType::Binary);
        assert_eq!(Attribute::of("a", &bytes).expect_err("bytes").kind, Kind::Input);
    }

    /// A customers file with cities and ages.
    fn landed() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("customers.parquet");
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("customer_id", Arc::new(Int64Array::from(vec![4, 2, 9]))),
            ("city", text(&[Some("Rome"), Some("Oslo"), None])),
            ("age", Arc::new(Int64Array::from(vec![Some(40), None, Some(90)]))),
        ];
        write_as(regulars_engine::Format::Parquet, &path, columns).expect("written");
        (folder, path)
    }

    fn matched(wanted: &[&str], ids: &[i64]) -> Result<Matched> {
        let (_folder, path) = landed();
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        let ids: ArrayRef = Arc::new(Int64Array::from(ids.to_vec()));
        of_customers(&path, "customers.csv", &wanted, &ids)
    }

    #[test]
    fn attributes_go_to_the_customers_of_the_orders() {
        let found = matched(&["age", "City"], &[2, 3, 4]).expect("columns");
        assert_eq!(numbers(&found.attributes[0]), [None, None, Some(40.0)]);
        assert_eq!(found.attributes[1].values, words(&[Some("Oslo"), None, Some("Rome")]));
        // Customer 2 has no age, customer 3 is not in the file.
        assert_eq!(found.complete, [false, false, true]);
        assert!(found.missing.is_some_and(|missing| missing.starts_with("2 of 3 customers")));
        let found = matched(&["city"], &[2, 4]).expect("columns");
        assert_eq!((found.complete, found.missing), (vec![true, true], None));
        assert_eq!(matched(&["street"], &[2]).err().map(|error| error.kind), Some(Kind::Input));
        // The id is no attribute.
        assert!(matched(&["customer_id"], &[2]).is_err());
    }

    proptest! {
        #[test]
        fn taken_values_are_those_of_the_rows(
            values in prop::collection::vec(prop::option::of(0_u8..9), 1..30),
            rows in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        ) {
            let word = |value: &Option<u8>| value.map(|value| format!("w{value}"));
            let number = |value: &Option<u8>| value.map_or(f64::NAN, f64::from);
            let texts: Vec<Option<String>> = values.iter().map(word).collect();
            let of_words = Attribute { name: "a".to_owned(), values: Values::Words(texts) };
            let of_numbers = Attribute {
                name: "a".to_owned(),
                values: Values::Numbers(values.iter().map(number).collect()),
            };
            let rows: Vec<u32> = rows.iter().map(|row| row.index(values.len()) as u32).collect();
            for attribute in [of_words, of_numbers] {
                let taken = attribute.take(&rows);
                for (at, row) in rows.iter().enumerate() {
                    prop_assert_eq!(taken.is_missing(at), values[*row as usize].is_none());
                    prop_assert_eq!(attribute.is_missing(*row as usize), values[*row as usize].is_none());
                }
                let places: Vec<Option<usize>> = rows.iter().map(|row| Some(*row as usize)).collect();
                prop_assert_eq!(format!("{:?}", spread(&attribute, &places)), format!("{taken:?}"));
            }
        }
    }
}
