//! Tables of customers that were counted elsewhere: `customer_id, x, t_x, T, m`, or, with occasions
//! instead of time, `x, t_x, n` and how many customers have each.
//!
//! A file is such a table if its header says so. Every value is checked, and what cannot be is named with
//! line, column and value. Deliberately not here: orders (`regulars-ingest`).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, Float64Type, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regulars_models::lifetime::time::TimeUnit;

use crate::error::{Error, Kind, Result};

/// What a column of such a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Id,
    X,
    LastAge,
    Age,
    Occasions,
    MeanSpend,
    LogIntervals,
    Count,
}

/// Names of columns, as packages and papers have them, in lower case; times may end in their unit.
const NAMES: &[(Role, &[&str])] = &[
    (Role::Id, &["customer_id", "customer", "id", "cust", "client_id", "household_id"]),
    (Role::X, &["x", "frequency", "repeat_purchases"]),
    (Role::LastAge, &["t_x", "tx", "recency", "last_purchase_age"]),
    (Role::Age, &["t", "t_cal", "age", "observed"]),
    (Role::Occasions, &["n", "n_periods", "periods", "occasions", "opportunities"]),
    (
        Role::MeanSpend,
        &["m", "m_x", "mx", "monetary_value", "mean_spend", "mean_repeat_amount", "mean_repeat_spend"],
    ),
    (Role::LogIntervals, &["litt"]),
    (Role::Count, &["n_customers", "customers", "count", "weight", "weights"]),
];

const UNITS: [TimeUnit; 4] = [TimeUnit::Days, TimeUnit::Weeks, TimeUnit::Months, TimeUnit::Years];

/// A header that is one of a table of customers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Layout {
    /// Which column of the file is what, and the name it has there.
    columns: Vec<(Role, usize, String)>,
    unit: Option<TimeUnit>,
}

/// A table of customers, checked.
#[derive(Debug, Default)]
pub(crate) struct CustomerTable {
    /// Who; none if the table does not say.
    pub(crate) id: Option<ArrayRef>,
    pub(crate) x: Vec<f64>,
    pub(crate) t_x: Vec<f64>,
    /// Time observed; in a table of occasions their number.
    pub(crate) t: Vec<f64>,
    pub(crate) mean: Option<Vec<f64>>,
    pub(crate) log_intervals: Option<Vec<f64>>,
    /// Customers that a row stands for.
    pub(crate) count: Option<Vec<f64>>,
    /// The unit that the names of the columns say.
    pub(crate) unit: Option<TimeUnit>,
    /// Whether time is counted in occasions.
    pub(crate) occasions: bool,
    /// Rows that were left out, and the first of them in words.
    pub(crate) left_out: Option<(u64, String)>,
}

impl Layout {
    fn of(header: &[String]) -> Result<Option<Self>> {
        let mut columns: Vec<(Role, usize, String)> = Vec::new();
        let mut units = Vec::new();
        for (at, name) in header.iter().enumerate() {
            let plain = name.trim().trim_start_matches('\u{feff}').trim_matches('"').to_ascii_lowercase();
            let Some((role, unit)) = role_of(&plain) else { continue };
            if columns.iter().all(|(known, ..)| *known != role) {
                columns.push((role, at, name.trim().trim_matches('"').to_owned()));
                units.extend(unit.map(|unit| (unit, name.clone())));
            }
        }
        let has = |role| columns.iter().any(|(known, ..)| *known == role);
        if !(has(Role::X) && has(Role::LastAge) && (has(Role::Age) || has(Role::Occasions))) {
            return Ok(None);
        }
        if let Some((other, name)) = units.iter().find(|(unit, _)| *unit != units[0].0) {
            return Err(Error {
                hint: Some("bring all times to one unit, or rename the column".to_owned()),
                ..Error::new(
                    Kind::Input,
                    format!(
                        "column `{}` is in {}, `{name}` in {}",
                        units[0].1,
                        units[0].0.name(),
                        other.name()
                    ),
                )
            });
        }
        Ok(Some(Self { columns, unit: units.first().map(|(unit, _)| *unit) }))
    }

    fn place(&self, role: Role) -> Option<&(Role, usize, String)> {
        self.columns.iter().find(|(known, ..)| *known == role)
    }
}

fn role_of(name: &str) -> Option<(Role, Option<TimeUnit>)> {
    let known = |name: &str| NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(role, _)| *role);
    if let Some(role) = known(name) {
        return Some((role, None));
    }
    let (stem, ending) = name.rsplit_once('_')?;
    let unit = UNITS.into_iter().find(|unit| unit.name() == ending)?;
    let role = known(stem).filter(|role| matches!(role, Role::LastAge | Role::Age))?;
    Some((role, Some(unit)))
}

/// Reads the table in a file, if it is one.
///
/// Errors: a table with values that cannot be, unless `allow_bad_rows`; a file that cannot be read is left
/// to whoever reads orders.
pub(crate) fn read(path: &Path, allow_bad_rows: bool) -> Result<Option<CustomerTable>> {
    if !path.is_file() {
        return Ok(None);
    }
    let shown = path.display().to_string();
    let is_parquet =
        path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet") || e.eq_ignore_ascii_case("pq"));
    let stored = if is_parquet { parquet_columns(path)? } else { text_columns(path, &shown)? };
    let Some((layout, columns)) = stored else { return Ok(None) };
    check(&layout, &columns, &shown, allow_bad_rows).map(Some)
}

/// A text file's header and delimiter; none if it is no text with a header.
fn header_of(path: &Path) -> Result<Option<(Vec<String>, u8)>> {
    let failed = |e: std::io::Error| Error::new(Kind::Surroundings, e.to_string());
    let file = fs_err::File::open(path).map_err(failed)?;
    let mut line = Vec::new();
    BufReader::new(std::io::Read::take(file, 1 << 16)).read_until(b'\n', &mut line).map_err(failed)?;
    let Ok(line) = String::from_utf8(line) else { return Ok(None) };
    let line = line.trim_end_matches(['\r', '\n']);
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| line.bytes().filter(|b| b == d).count());
    let delimiter = delimiter.unwrap_or(b',');
    Ok(Some((line.split(char::from(delimiter)).map(str::to_owned).collect(), delimiter)))
}

type Stored = Option<(Layout, Vec<ArrayRef>)>;

fn text_columns(path: &Path, shown: &str) -> Result<Stored> {
    let Some((header, delimiter)) = header_of(path)? else { return Ok(None) };
    let Some(layout) = Layout::of(&header)? else { return Ok(None) };
    let failed = |e: String| Error {
        hint: Some("every line needs as many fields as the header".to_owned()),
        ..Error::new(Kind::Input, format!("cannot read `{shown}`: {e}"))
    };
    let fields: Vec<Field> =
        (0..header.len()).map(|at| Field::new(format!("c{at}"), DataType::Utf8, true)).collect();
    let file = fs_err::File::open(path).map_err(|e| failed(e.to_string()))?;
    let reader = arrow::csv::ReaderBuilder::new(Arc::new(Schema::new(fields)))
        .with_header(true)
        .with_delimiter(delimiter)
        .with_projection(layout.columns.iter().map(|(_, at, _)| *at).collect())
        .build(file)
        .map_err(|e| failed(e.to_string()))?;
    let batches: Vec<RecordBatch> =
        reader.collect::<std::result::Result<_, _>>().map_err(|e| failed(e.to_string()))?;
    // The projection puts columns in the order of the file.
    let mut places: Vec<usize> = layout.columns.iter().map(|(_, at, _)| *at).collect();
    places.sort_unstable();
    let columns = layout
        .columns
        .iter()
        .map(|(_, at, _)| {
            let place = places.iter().position(|place| place == at).unwrap_or(0);
            together(&batches, place, &DataType::Utf8)
        })
        .collect::<Result<_>>()?;
    Ok(Some((layout, columns)))
}

fn parquet_columns(path: &Path) -> Result<Stored> {
    let failed = |e: String| Error::new(Kind::Input, format!("cannot read `{}`: {e}", path.display()));
    let file = fs_err::File::open(path).map_err(|e| failed(e.to_string()))?;
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file.into_file()).map_err(|e| failed(e.to_string()))?;
    let schema = Arc::clone(builder.schema());
    let header: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let Some(layout) = Layout::of(&header)? else { return Ok(None) };
    let reader = builder.build().map_err(|e| failed(e.to_string()))?;
    let batches: Vec<RecordBatch> =
        reader.collect::<std::result::Result<_, _>>().map_err(|e| failed(e.to_string()))?;
    let columns = layout
        .columns
        .iter()
        .map(|(_, at, _)| together(&batches, *at, schema.field(*at).data_type()))
        .collect::<Result<_>>()?;
    Ok(Some((layout, columns)))
}

fn together(batches: &[RecordBatch], at: usize, data_type: &DataType) -> Result<ArrayRef> {
    let parts: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
    if parts.is_empty() {
        return Ok(arrow::array::new_empty_array(data_type));
    }
    concat(&parts).map_err(|e| Error::new(Kind::Internal, e.to_string()))
}

/// A column as numbers; NaN where there is none, with what stands there instead.
struct Numbers {
    name: String,
    values: Vec<f64>,
    text: Option<StringArray>,
}

impl Numbers {
    fn of(name: &str, column: &ArrayRef) -> Result<Self> {
        if let Some(text) = column.as_string_opt::<i32>() {
            let number = |text: Option<&str>| {
                text.map(str::trim)
                    .filter(|text| !text.is_empty())
                    .map_or(f64::NAN, |text| text.parse().unwrap_or(f64::NAN))
            };
            return Ok(Self {
                name: name.to_owned(),
                values: text.iter().map(number).collect(),
                text: Some(text.clone()),
            });
        }
        let numbers = cast(column, &DataType::Float64)
            .map_err(|e| Error::new(Kind::Input, format!("column `{name}` is no number: {e}")))?;
        let values =
            numbers.as_primitive::<Float64Type>().iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        Ok(Self { name: name.to_owned(), values, text: None })
    }

    /// What stands in a row.
    fn shown(&self, row: usize) -> String {
        match &self.text {
            Some(text) if text.is_valid(row) && !text.value(row).trim().is_empty() => {
                text.value(row).trim().to_owned()
            }
            None if self.values[row].is_finite() => self.values[row].to_string(),
            _ => "missing".to_owned(),
        }
    }
}

fn check(layout: &Layout, columns: &[ArrayRef], shown: &str, allow_bad_rows: bool) -> Result<CustomerTable> {
    let numbers = |role: Role| -> Result<Option<Numbers>> {
        let Some(place) = layout.columns.iter().position(|(known, ..)| *known == role) else {
            return Ok(None);
        };
        Numbers::of(&layout.columns[place].2, &columns[place]).map(Some)
    };
    let needed = |role: Role| -> Result<Numbers> {
        numbers(role)?.ok_or_else(|| Error::new(Kind::Internal, "a column of the table was lost"))
    };
    let occasions = layout.place(Role::Age).is_none();
    let x = needed(Role::X)?;
    let t_x = needed(Role::LastAge)?;
    let t = needed(if occasions { Role::Occasions } else { Role::Age })?;
    let (mean, logs, count) =
        (numbers(Role::MeanSpend)?, numbers(Role::LogIntervals)?, numbers(Role::Count)?);
    if x.values.is_empty() {
        return Err(Error::new(Kind::Input, format!("`{shown}` has no row below its header")));
    }
    let mut kept = Vec::with_capacity(x.values.len());
    let mut left_out: Option<(u64, String)> = None;
    for row in 0..x.values.len() {
        let problem = problem(&x, &t_x, &t, occasions, row)
            .or_else(|| [&logs, &count].into_iter().flatten().find_map(|column| not_a_number(column, row)))
            .or_else(|| {
                mean.as_ref().filter(|_| x.values[row] > 0.0).and_then(|mean| not_a_number(mean, row))
            });
        match problem {
            None => kept.push(row as u32),
            Some(problem) => match &mut left_out {
                Some((rows, _)) => *rows += 1,
                None => left_out = Some((1, format!("line {}: {problem}", row + 2))),
            },
        }
    }
    if let (Some((rows, first)), false) = (&left_out, allow_bad_rows) {
        let say = if *rows == 1 {
            "1 row is no history of a customer".to_owned()
        } else {
            format!("{rows} rows are no histories of customers")
        };
        return Err(Error {
            hint: Some("correct the file, or leave such rows out: --allow-bad-rows".to_owned()),
            ..Error::new(Kind::Input, format!("`{shown}`: {say} (first: {first})"))
        });
    }
    if kept.is_empty() {
        return Err(Error::new(Kind::Input, format!("`{shown}`: no row is a history of a customer")));
    }
    let take =
        |column: &Numbers| -> Vec<f64> { kept.iter().map(|row| column.values[*row as usize]).collect() };
    let id = match layout.columns.iter().position(|(role, ..)| *role == Role::Id) {
        Some(place) => Some(whole_ids(&crate::value::ids_of(&columns[place], &kept)?)),
        None => None,
    };
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
        left_out,
    })
}

/// Ids as numbers where every one is a whole number that is written so.
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

fn quoted(shown: &str) -> String {
    if shown == "missing" { "the value is missing".to_owned() } else { format!("`{shown}`") }
}

/// What is wrong with a row: the column, its value, and what was expected.
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
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("customers.csv");
        fs_err::write(&path, text).expect("writable");
        let message = read(&path, false).expect_err(text).message;
        assert!(message.contains(expected), "{message} should contain {expected}");
    }

    fn table(text: &str, allow_bad_rows: bool) -> Option<CustomerTable> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("customers.csv");
        fs_err::write(&path, text).expect("writable");
        read(&path, allow_bad_rows).expect(text)
    }

    #[test]
    fn bad_rows_are_named_with_line_column_and_value() {
        for (rows, expected) in [
            ("1,1,2,-5,3", "line 2: column `T`: `-5`, expected 0 or more"),
            ("1,1,2,NaN,3", "line 2: column `T`: `NaN`, expected a number"),
            ("1,1,2,,3", "line 2: column `T`: the value is missing, expected a number"),
            ("9,0,0,4,\n1,1,12,10,3", "line 3: column `t_x`: `12`, expected at most `T` of the row, 10"),
            ("1,0,3,10,3", "column `t_x`: `3`, expected 0, because `x` is 0"),
            ("1,2,0,10,3", "column `t_x`: `0`, expected more than 0"),
            ("1,1.5,3,10,3", "column `x`: `1.5`, expected a whole number"),
            ("1,1,3,10,inf", "column `m`: `inf`, expected a number"),
            ("1,-1,3,10,3\n2,1,3,-9,4", "2 rows are no histories of customers (first: line 2"),
        ] {
            check(&format!("customer_id,x,t_x,T,m\n{rows}\n"), expected);
        }
        check("x,t_x,n\n3,2,6\n", "column `x`: `3`, expected at most `t_x` of the row, 2");
        check("x,t_x_weeks,T_days\n1,1,10\n", "column `t_x_weeks` is in weeks, `T_days` in days");
        check("x,t_x,T\n", "has no row below its header");
    }

    #[test]
    fn a_table_is_told_by_its_header() {
        let found = table(
            "customer_id;frequency;recency_weeks;T_weeks;mean_repeat_amount\n7;2;3.5;9;4.25\nA;0;0;9;\n",
            false,
        );
        let found = found.expect("a table");
        assert_eq!((found.unit, found.occasions), (Some(TimeUnit::Weeks), false));
        assert_eq!((found.x, found.t), (vec![2.0, 0.0], vec![9.0, 9.0]));
        assert!(found.id.is_some_and(|ids| ids.as_string_opt::<i32>().is_some()));
        let donors = table("frequency,recency,n_periods,n_customers\n0,0,6,3464\n", false).expect("a table");
        assert!(donors.occasions && donors.count == Some(vec![3464.0]));
        assert!(table("customer_id,date,amount\n1,2024-01-01,5\n", false).is_none());
        let kept = table("customer_id,x,t_x,T\n5,1,3,2\n6,1,1,2\n", true).expect("a table");
        assert_eq!((kept.x.len(), kept.left_out.map(|(rows, _)| rows)), (1, Some(1)));
        assert!(kept.id.is_some_and(|ids| ids.as_primitive_opt::<arrow::datatypes::Int64Type>().is_some()));
    }
}
