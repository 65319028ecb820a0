//! Tables of customers counted elsewhere: `customer_id, x, t_x, T, m`, or, with occasions instead of time,
//! `x, t_x, n` and the number of customers.
//!
//! A file is such a table if its header says so. Every value is validated, and invalid ones are reported with
//! line, column and value. Deliberately not here: orders (`regulars-ingest`).

mod layout;
mod stored;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::util::display::array_value_to_string;
use regulars_core::money::format_count;
use regulars_models::bg_bb::MAX_OCCASIONS;
use regulars_models::lifetime::time::TimeUnit;

use self::layout::{Layout, Role};
use self::stored::{Numbers, parquet_columns, text_columns};
use super::attributes::Attribute;
use crate::error::{Error, Kind, Result};

/// A validated table of customers.
#[derive(Debug, Default)]
pub(crate) struct CustomerTable {
    /// Ids; none if the table has none.
    pub(crate) id: Option<ArrayRef>,
    pub(crate) x: Vec<f64>,
    pub(crate) t_x: Vec<f64>,
    /// Time observed; in a table of occasions, their number.
    pub(crate) t: Vec<f64>,
    pub(crate) mean: Option<Vec<f64>>,
    pub(crate) log_intervals: Option<Vec<f64>>,
    /// Number of customers per row.
    pub(crate) count: Option<Vec<f64>>,
    /// The unit in the column names.
    pub(crate) unit: Option<TimeUnit>,
    /// Whether time is counted in occasions.
    pub(crate) occasions: bool,
    /// The requested additional columns.
    pub(crate) attributes: Vec<Attribute>,
    /// Rows excluded, and the first of them in words.
    pub(crate) excluded: Option<(u64, String)>,
    /// Further remarks on the table.
    pub(crate) remarks: Vec<String>,
}

impl CustomerTable {
    /// Rows excluded and other remarks, in words.
    pub(crate) fn notes(&self, shown: &str) -> Vec<String> {
        let excluded = self.excluded.iter().map(|(rows, first)| {
            let rows = if *rows == 1 { "1 row".to_owned() } else { format!("{} rows", format_count(*rows)) };
            format!("{shown}: {rows} excluded (first: {first})")
        });
        excluded.chain(self.remarks.iter().map(|remark| format!("{shown}: {remark}"))).collect()
    }

    /// Converts all times to another unit by `factor`.
    ///
    /// Shape: returns the original times: of the last purchase, and observed.
    pub(crate) fn convert(&mut self, factor: f64) -> [Vec<f64>; 2] {
        let own = [self.t_x.clone(), self.t.clone()];
        for time in self.t_x.iter_mut().chain(&mut self.t) {
            *time *= factor;
        }
        if let Some(logs) = &mut self.log_intervals {
            for (log, x) in logs.iter_mut().zip(&self.x) {
                *log += x * factor.ln();
            }
        }
        own
    }
}

/// Whether columns of these names are a table of customers.
pub(super) fn is_table(names: &[String]) -> bool {
    Layout::of(names, &[], "").is_ok_and(|layout| layout.is_some())
}

/// Reads a file if it is such a table, with the columns `wanted` besides those of the history.
///
/// Errors: invalid or missing values, unless `allow_bad_rows`; a missing column. An unreadable file is left
/// to the reader of orders.
pub(crate) fn read(path: &Path, allow_bad_rows: bool, wanted: &[String]) -> Result<Option<CustomerTable>> {
    if !path.is_file() {
        return Ok(None);
    }
    let shown = path.display().to_string();
    let is_parquet =
        path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet") || e.eq_ignore_ascii_case("pq"));
    let stored =
        if is_parquet { parquet_columns(path, &shown, wanted)? } else { text_columns(path, &shown, wanted)? };
    let Some((layout, columns)) = stored else { return Ok(None) };
    check(&layout, &columns, &shown, allow_bad_rows).map(Some)
}

fn check(layout: &Layout, columns: &[ArrayRef], shown: &str, allow_bad_rows: bool) -> Result<CustomerTable> {
    let numbers = |role: Role| -> Result<Option<Numbers>> {
        let Some(place) = layout.columns.iter().position(|(known, ..)| *known == role) else {
            return Ok(None);
        };
        Numbers::of(&layout.columns[place].2, &columns[place]).map(Some)
    };
    let needed = |role: Role| -> Result<Numbers> {
        numbers(role)?.ok_or_else(|| Error::new(Kind::Internal, "a column of the table is missing"))
    };
    let occasions = layout.place(Role::Age).is_none();
    let x = needed(Role::X)?;
    let t_x = needed(Role::LastAge)?;
    let t = needed(if occasions { Role::Occasions } else { Role::Age })?;
    let (mean, logs, count) =
        (numbers(Role::MeanSpend)?, numbers(Role::LogIntervals)?, numbers(Role::Count)?);
    if x.values.is_empty() {
        return Err(Error::new(Kind::Input, format!("`{shown}` has no rows below its header")));
    }
    let side_inputs = layout.attributes.iter().zip(&columns[layout.columns.len()..]);
    let attributes: Vec<Attribute> =
        side_inputs.map(|((_, name), column)| Attribute::of(name, column)).collect::<Result<_>>()?;
    let mut kept = Vec::with_capacity(x.values.len());
    let mut excluded: Option<(u64, String)> = None;
    for row in 0..x.values.len() {
        let problem = problem(&x, &t_x, &t, occasions, row)
            .or_else(|| [&logs, &count].into_iter().flatten().find_map(|column| not_a_number(column, row)))
            .or_else(|| count.as_ref().and_then(|count| not_a_count(count, row)))
            .or_else(|| {
                mean.as_ref().filter(|_| x.values[row] > 0.0).and_then(|mean| not_a_number(mean, row))
            })
            .or_else(|| {
                let missing = attributes.iter().find(|attribute| attribute.is_missing(row))?;
                Some(format!("column `{}`: the value is missing, and it is a covariate", missing.name))
            });
        match problem {
            None => kept.push(row as u32),
            Some(problem) => match &mut excluded {
                Some((rows, _)) => *rows += 1,
                None => excluded = Some((1, format!("line {}: {problem}", row + 2))),
            },
        }
    }
    if let (Some((rows, first)), false) = (&excluded, allow_bad_rows) {
        let say = match (*rows, attributes.is_empty()) {
            (1, true) => "1 row is not a valid purchase history".to_owned(),
            (1, false) => "1 row is invalid".to_owned(),
            (rows, true) => format!("{} rows are not valid purchase histories", format_count(rows)),
            (rows, false) => format!("{} rows are invalid", format_count(rows)),
        };
        return Err(Error {
            hint: Some("correct the file, or exclude invalid rows with --allow-bad-rows".to_owned()),
            ..Error::new(Kind::Input, format!("`{shown}`: {say} (first: {first})"))
        });
    }
    if kept.is_empty() {
        return Err(Error::new(Kind::Input, format!("`{shown}`: no row is a valid purchase history")));
    }
    let take =
        |column: &Numbers| -> Vec<f64> { kept.iter().map(|row| column.values[*row as usize]).collect() };
    let mut remarks = layout.remarks.clone();
    let id = match layout.columns.iter().position(|(role, ..)| *role == Role::Id) {
        Some(place) => Some(whole_ids(&crate::histories::ids_of(&columns[place], &kept)?)),
        None => None,
    };
    if let Some(ids) = &id {
        remarks.extend(duplicates(ids));
    }
    Ok(CustomerTable {
        id,
        x: take(&x),
        t_x: take(&t_x),
        t: take(&t),
        mean: mean.as_ref().map(&take),
        log_intervals: logs.as_ref().map(&take),
        count: count.as_ref().map(&take),
        unit: layout.unit,
        occasions,
        attributes: attributes.iter().map(|attribute| attribute.take(&kept)).collect(),
        excluded,
        remarks,
    })
}

/// Repeated ids, in words.
fn duplicates(ids: &ArrayRef) -> Option<String> {
    let name = |row: usize| array_value_to_string(ids, row).unwrap_or_default();
    let mut seen = HashSet::with_capacity(ids.len());
    let repeated: Vec<usize> = (0..ids.len()).filter(|row| !seen.insert(name(*row))).collect();
    let first = repeated.first()?;
    let rows = if repeated.len() == 1 {
        "1 row has"
    } else {
        &format!("{} rows have", format_count(repeated.len() as u64))
    };
    Some(format!(
        "{rows} the customer of an earlier row (first: {}); each row is treated as a separate customer",
        name(*first)
    ))
}

/// Ids as numbers if each is a plain integer.
fn whole_ids(ids: &ArrayRef) -> ArrayRef {
    let Some(text) = ids.as_string_opt::<i32>() else { return Arc::clone(ids) };
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| number.to_string() == text);
    let numbers: Option<Vec<i64>> = text.iter().map(|id| number(id?)).collect();
    numbers.map_or_else(|| Arc::clone(ids), |numbers| Arc::new(Int64Array::from(numbers)))
}

fn not_a_number(column: &Numbers, row: usize) -> Option<String> {
    (!column.values[row].is_finite())
        .then(|| format!("column `{}`: {}, expected a number", column.name, quoted(&column.shown(row))))
}

fn not_a_count(column: &Numbers, row: usize) -> Option<String> {
    let count = column.values[row];
    (count < 0.0 || count.fract() != 0.0)
        .then(|| format!("column `{}`: `{}`, expected a whole number", column.name, column.shown(row)))
}

fn quoted(shown: &str) -> String {
    if shown == "missing" { "the value is missing".to_owned() } else { format!("`{shown}`") }
}

/// The problem of a row: the column, its value, and what was expected.
fn problem(x: &Numbers, t_x: &Numbers, t: &Numbers, occasions: bool, row: usize) -> Option<String> {
    let at = |column: &Numbers| column.values[row];
    let says = |column: &Numbers, expected: String| {
        Some(format!("column `{}`: `{}`, expected {expected}", column.name, column.shown(row)))
    };
    for column in [x, t_x, t] {
        if let Some(problem) = not_a_number(column, row) {
            return Some(problem);
        }
        if at(column) < 0.0 {
            return says(column, "0 or more".to_owned());
        }
    }
    for column in [x].into_iter().chain(occasions.then_some([t_x, t]).into_iter().flatten()) {
        if at(column).fract() != 0.0 || at(column) > f64::from(u32::MAX - 1) {
            return says(column, "a whole number".to_owned());
        }
    }
    if occasions && at(t) > f64::from(MAX_OCCASIONS) {
        return says(t, format!("at most {MAX_OCCASIONS} occasions; use a column `T` for times"));
    }
    if at(t_x) > at(t) {
        return says(t_x, format!("at most `{}` of the row, {}", t.name, t.shown(row)));
    }
    if at(x) == 0.0 && at(t_x) > 0.0 {
        return says(t_x, format!("0, because `{}` is 0: no repeat purchase", x.name));
    }
    if at(x) > 0.0 && at(t_x) == 0.0 {
        return says(
            t_x,
            format!("more than 0, because `{}` is {}: purchases after the first", x.name, x.shown(row)),
        );
    }
    if occasions && at(x) > at(t_x) {
        return says(x, format!("at most `{}` of the row, {}", t_x.name, t_x.shown(row)));
    }
    None
}

#[cfg(test)]
mod tests;
