//! Reads a table with one row per customer and numeric columns, such as a survey or an export of totals,
//! which can be clustered without any orders.
//!
//! Deliberately not here: orders ([`crate::ingest`]), and customer attributes beside them
//! ([`crate::customers`]).

use std::collections::HashSet;
use std::path::Path;

use regulars_core::columns::Column;
use regulars_core::config::Config;
use regulars_core::progress::Silent;

use crate::cells::{Cell, trim};
use crate::checks::counted_rows;
use crate::databases::TableReader;
use crate::error::{Error, Kind, Result};
use crate::inspect::{InputFile, Stored, localise, runtime};
use crate::locations::{Access, locate};
use crate::plan;
use crate::presets::normal_form;

/// What to read.
#[derive(Debug, Clone, Copy)]
pub struct TableRequest<'a> {
    /// A file, a URL, or `-`.
    pub input: &'a str,
    /// The customer id column; found by name if not given.
    pub id: Option<&'a str>,
    /// Required numeric columns, by their name in the file or in snake case. If not given, all columns that
    /// contain only numbers.
    pub columns: Option<&'a [String]>,
    /// How the file is written, where not detected.
    pub config: &'a Config,
    /// Object store settings.
    pub store_options: &'a [(String, String)],
    /// Reads tables of databases; `None` if they are not wanted.
    pub tables: Option<&'a dyn TableReader>,
    /// Folder for temporary copies of remote files.
    pub scratch: &'a Path,
}

/// A numeric column.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberColumn {
    /// Its name in snake case.
    pub name: String,
    /// One value per customer; NaN if missing.
    pub values: Vec<f64>,
}

/// Customers with numeric columns.
///
/// Shape: one row per customer, in file order; ids are unique.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerTable {
    /// Customer ids; numbered from 1 if the table has no id column.
    pub customer_ids: Vec<String>,
    /// The requested columns, or all numeric columns, in file order.
    pub columns: Vec<NumberColumn>,
    /// Assumptions and skipped parts, in words.
    pub notes: Vec<String>,
}

/// The position of a value that is not a number.
struct Stray {
    line: u64,
    text: String,
}

/// Reads the table.
///
/// Errors: [`Kind::NotFound`] if the file does not exist; [`Kind::Unreadable`] if it is not a table, if a
/// requested column is missing, or if one contains a value that is not a number (named with its row);
/// [`Kind::Ambiguous`] if two columns could be the id.
pub fn customer_table(request: &TableRequest<'_>) -> Result<CustomerTable> {
    let runtime = runtime()?;
    let access = Access {
        store_options: request.store_options,
        tables: request.tables,
        scratch: request.scratch,
        progress: &Silent,
        runtime: runtime.handle(),
    };
    let mut located = locate(&[request.input.to_owned()], access)?;
    if located.len() > 1 {
        return Err(Error::new(
            Kind::Ambiguous,
            format!("`{}` is {} files, expected one table of customers", request.input, located.len()),
        )
        .hint("name one file"));
    }
    let location = located.remove(0);
    let location = localise(location, request.scratch, 0, runtime.handle())?;
    let input = InputFile::open(location, request.config, request.scratch)?;
    read(&input, request)
}

fn read(input: &InputFile, request: &TableRequest<'_>) -> Result<CustomerTable> {
    let shown = &input.location.shown;
    let header = &input.sample.header;
    let mut notes = input.notes.clone();
    let key = id_column(input, request.id, &mut notes)?;
    let names = names(header);
    let wanted = match request.columns {
        None => (0..header.len()).filter(|at| Some(*at) != key).collect(),
        Some(asked) => columns_asked_for(asked, header, &names, shown)?,
    };
    let decimal_comma = request.config.source.decimal_comma.unwrap_or(match &input.stored {
        Stored::Text(table) => table.delimiter == b';',
        Stored::Parquet { .. } => false,
    });

    let mut customer_ids: Vec<String> = Vec::new();
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); wanted.len()];
    let mut strays: Vec<Option<Stray>> = wanted.iter().map(|_| None).collect();
    let mut seen = HashSet::new();
    let (mut without_id, mut repeated) = (0_u64, 0_u64);
    let malformed = input.each_row(&mut |line, record| {
        let id = match key {
            None => (customer_ids.len() + 1).to_string(),
            Some(key) => {
                let cell = record.cell(key);
                if cell.is_missing() {
                    without_id += 1;
                    return Ok(true);
                }
                cell.whole_id().map_or_else(|| cell.text().into_owned(), |id| id.to_string())
            }
        };
        if key.is_some() && !seen.insert(id.clone()) {
            repeated += 1;
            return Ok(true);
        }
        customer_ids.push(id);
        for ((column, values), stray) in wanted.iter().zip(&mut values).zip(&mut strays) {
            let cell = record.cell(*column);
            let value = if cell.is_missing() { Some(f64::NAN) } else { number(cell, decimal_comma) };
            if value.is_none() && stray.is_none() {
                *stray = Some(Stray { line, text: cell.text().into_owned() });
            }
            values.push(value.unwrap_or(f64::NAN));
        }
        Ok(true)
    })?;
    for (count, what) in [
        (without_id, "without a customer id"),
        (repeated, "of a customer seen before"),
        (malformed, "of the wrong width"),
    ] {
        if count > 0 {
            notes.push(format!("{shown}: {} {what} skipped", counted_rows(count)));
        }
    }
    let mut columns = Vec::new();
    let mut left_out = Vec::new();
    for ((at, values), stray) in wanted.iter().zip(values).zip(strays) {
        match stray {
            None if request.columns.is_none() && counts_rows(&values) => {
                notes.push(format!("{shown}: `{}` numbers the rows and is not used", header[*at]));
            }
            None => columns.push(NumberColumn { name: names[*at].clone(), values }),
            Some(stray) if request.columns.is_some() => {
                return Err(Error::new(
                    Kind::Unreadable,
                    format!(
                        "column `{}` in `{shown}` is not made of numbers (first: row {}, \"{}\")",
                        header[*at], stray.line, stray.text
                    ),
                )
                .hint("leave the column out, or make the value a number or empty"));
            }
            Some(_) => left_out.push(names[*at].clone()),
        }
    }
    if !left_out.is_empty() {
        notes.push(format!(
            "{shown}: columns with values that are not numbers are not used: {}",
            left_out.join(", ")
        ));
    }
    Ok(CustomerTable { customer_ids, columns, notes })
}

/// Whether a column numbers the rows, starting anywhere.
fn counts_rows(values: &[f64]) -> bool {
    values.len() > 2 && values.windows(2).all(|pair| (pair[1] - pair[0] - 1.0).abs() < 1e-9)
}

fn id_column(input: &InputFile, wanted: Option<&str>, notes: &mut Vec<String>) -> Result<Option<usize>> {
    let shown = &input.location.shown;
    if let Some(wanted) = wanted {
        let header = &input.sample.header;
        let at = header.iter().position(|name| name == wanted || normal_form(name) == normal_form(wanted));
        return at.map(Some).ok_or_else(|| no_column(wanted, header, shown));
    }
    match plan::key_column(&input.sample, Column::CustomerId, None, shown) {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.kind == Kind::Ambiguous => Err(error),
        Err(_) => {
            notes.push(format!("{shown}: no column is the customer's id: rows are numbered from 1"));
            Ok(None)
        }
    }
}

/// Column names in snake case, made unique.
fn names(header: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (at, column) in header.iter().enumerate() {
        let mut name = normal_form(column);
        if name.is_empty() {
            name = format!("column_{}", at + 1);
        }
        while names.contains(&name) {
            name.push_str("_2");
        }
        names.push(name);
    }
    names
}

fn columns_asked_for(
    asked: &[String],
    header: &[String],
    names: &[String],
    shown: &str,
) -> Result<Vec<usize>> {
    let mut found = Vec::with_capacity(asked.len());
    for name in asked {
        let at = header
            .iter()
            .position(|column| column == name)
            .or_else(|| names.iter().position(|column| *column == normal_form(name)))
            .ok_or_else(|| no_column(name, header, shown))?;
        if found.contains(&at) {
            return Err(Error::new(Kind::Config, format!("column `{name}` is given twice")));
        }
        found.push(at);
    }
    Ok(found)
}

fn no_column(name: &str, header: &[String], shown: &str) -> Error {
    Error::new(Kind::Unreadable, format!("`{shown}` has no column `{name}`"))
        .hint(format!("its columns are: {}", header.join(", ")))
}

/// A finite number; `None` for any other value.
fn number(cell: Cell<'_>, decimal_comma: bool) -> Option<f64> {
    let value = match cell {
        Cell::Int(value) => value as f64,
        Cell::Float(value) => value,
        Cell::Bool(value) => f64::from(u8::from(value)),
        Cell::Decimal(value, scale) => *value as f64 / 10_f64.powi(i32::from(scale)),
        Cell::Text(text) => {
            let text = str::from_utf8(trim(text)).ok()?;
            match text.parse::<f64>() {
                Ok(value) => value,
                Err(_) if decimal_comma => text.replace('.', "").replace(',', ".").parse().ok()?,
                Err(_) => return None,
            }
        }
        Cell::Null | Cell::Time(..) => return None,
    };
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str, id: Option<&str>, columns: Option<&[&str]>) -> Result<CustomerTable> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("people.csv");
        fs_err::write(&file, text).expect("written");
        let columns: Option<Vec<String>> =
            columns.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        customer_table(&TableRequest {
            input: &file.display().to_string(),
            id,
            columns: columns.as_deref(),
            config: &Config::default(),
            store_options: &[],
            tables: None,
            scratch: folder.path(),
        })
    }

    #[test]
    fn numbers_are_found_and_the_rest_is_named() {
        let text = "CustomerID,Genre,Annual Income (k$),Score\n1,Male,15,39\n2,Female,,81.5\n2,Male,3,3\n,Male,1,1\n";
        let found = table(text, None, None).expect("read");
        assert_eq!(found.customer_ids, ["1", "2"]);
        let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["annual_income_k", "score"]);
        assert_eq!(found.columns[0].values[0].to_bits(), 15.0_f64.to_bits());
        assert!(found.columns[0].values[1].is_nan());
        let said = found.notes.join("; ");
        for expected in ["1 row without a customer id", "1 row of a customer seen before", "not used: genre"]
        {
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_table_without_ids_is_numbered_and_commas_are_read() {
        let found = table("Fresh;Milk\n12,5;1.234,5\n3;4\n", None, None).expect("read");
        assert_eq!(found.customer_ids, ["1", "2"]);
        assert_eq!(found.columns[0].values, [12.5, 3.0]);
        assert_eq!(found.columns[1].values, [1234.5, 4.0]);
        assert!(found.notes[0].contains("rows are numbered"), "{:?}", found.notes);
    }

    #[test]
    fn what_is_asked_for_must_be_there_and_be_numbers() {
        let text = "id,age,city\na,31,Rome\nb,old,Oslo\n";
        let bad = table(text, Some("id"), Some(&["age"])).expect_err("not numbers");
        assert!(bad.message.contains("`age`") && bad.message.contains("row 3, \"old\""), "{}", bad.message);
        let missing = table(text, None, Some(&["height"])).expect_err("not there");
        assert!(missing.message.contains("no column `height`"), "{}", missing.message);
        assert!(missing.hint.as_deref().is_some_and(|hint| hint.contains("city")));
        let other = table(text, Some("name"), None).expect_err("no such id");
        assert!(other.message.contains("no column `name`"));
        let found = table("id,age\nb,4\na,5\n", Some("id"), Some(&["Age"])).expect("read");
        assert_eq!(found.customer_ids, ["b", "a"]);
    }
}
