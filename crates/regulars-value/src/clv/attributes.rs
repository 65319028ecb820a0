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
    /// Its name in the file.
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
            hint: Some(format!("its columns beside the customer's id are {}", names.join(", "))),
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
    let asked = cast_to(customer_id, &DataType::Utf8)?;
    let asked = asked.as_string::<i32>();
    let row_of: Vec<Option<usize>> = asked.iter().map(|id| id.and_then(|id| rows.get(id).copied())).collect();
    let attributes: Vec<Attribute> = stored.iter().map(|attribute| spread(attribute, &row_of)).collect();
    let complete: Vec<bool> =
        (0..row_of.len()).map(|row| attributes.iter().all(|attribute| !attribute.is_missing(row))).collect();
    let missing = missing(&attributes, &complete, &row_of, asked, shown);
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
    let lacking = complete.iter().filter(|complete| !**complete).count();
    if lacking == 0 {
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
        format_count(lacking as u64),
        format_count(complete.len() as u64),
        parts.join(", ")
    ))
}
