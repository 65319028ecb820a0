//! Reads the customers file: its key and its attributes.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use regulars_core::columns::Column;
use regulars_core::dates::{self, DateOrder};
use regulars_core::money::{self, Notation};

use crate::cells::Cell;
use crate::checks::counted_rows;
use crate::error::{Error, Result};
use crate::ids::KnownCustomers;
use crate::inspect::InputFile;
use crate::land::write_error;
use crate::plan;
use crate::presets::normal_form;
use crate::schema;

/// The content of a customers file.
#[derive(Debug)]
pub(crate) struct Customers {
    pub(crate) rows: u64,
    pub(crate) notes: Vec<String>,
    names: Vec<String>,
    columns: Vec<Vec<Option<String>>>,
    key: usize,
}

impl Customers {
    /// Reads the file; the first row of each customer counts.
    ///
    /// Errors: if no column can be the customer id, or several can.
    pub(crate) fn read(input: &InputFile, wanted_key: Option<&str>) -> Result<Self> {
        let shown = &input.location.shown;
        let key = plan::key_column(&input.sample, Column::CustomerId, wanted_key, shown)?;
        let width = input.sample.header.len();
        let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); width];
        let mut seen = HashSet::new();
        let (mut rows, mut without_id, mut repeated) = (0, 0_u64, 0_u64);
        let malformed = input.each_row(&mut |_line, record| {
            rows += 1;
            let id = record.cell(key);
            if id.is_missing() {
                without_id += 1;
            } else if seen.insert(key_text(id)) {
                for (i, column) in columns.iter_mut().enumerate() {
                    let cell = record.cell(i);
                    let text = if i == key {
                        Some(key_text(cell))
                    } else {
                        (!cell.is_missing()).then(|| cell.text().into_owned())
                    };
                    column.push(text);
                }
            } else {
                repeated += 1;
            }
            Ok(true)
        })?;
        let mut notes = Vec::new();
        if let Some(table) = &input.location.table {
            table.check_columns(|name| name == input.sample.header[key])?;
            notes.extend(table.unsupported_notes());
        }
        for (count, what) in [
            (without_id, "without a customer id"),
            (repeated, "of a customer seen before"),
            (malformed, "of the wrong width"),
        ] {
            if count > 0 {
                notes.push(format!("{shown}: {} {what} skipped", counted_rows(count)));
            }
        }
        let mut names: Vec<String> = Vec::new();
        for (i, header) in input.sample.header.iter().enumerate() {
            let mut name = if i == key { "customer_id".to_owned() } else { normal_form(header) };
            while name.is_empty() || names.contains(&name) || (i != key && name == "customer_id") {
                name.push_str("_2");
            }
            names.push(name);
        }
        Ok(Self { rows, notes, names, columns, key })
    }

    /// The ids, in the type of the customer ids of transactions.
    pub(crate) fn ids(&self, whole: bool) -> KnownCustomers {
        let ids = self.columns[self.key].iter().flatten();
        if whole {
            KnownCustomers::Whole(ids.filter_map(|id| id.parse().ok()).collect())
        } else {
            KnownCustomers::Text(ids.cloned().collect())
        }
    }

    /// Writes `customers.parquet`: the key first, in the type of the customer ids of transactions.
    pub(crate) fn write(&self, whole_ids: bool, out: &Path) -> Result<()> {
        let mut order: Vec<usize> = vec![self.key];
        order.extend((0..self.columns.len()).filter(|i| *i != self.key));
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for i in order {
            let array =
                if i == self.key && !whole_ids { texts(&self.columns[i]) } else { typed(&self.columns[i]) };
            fields.push(Field::new(&self.names[i], array.data_type().clone(), true));
            arrays.push(array);
        }
        let schema = Arc::new(Schema::new(fields));
        let path = out.join("customers.parquet");
        let file =
            fs_err::File::create(&path).map_err(|e| Error::io("write", &path.display().to_string(), &e))?;
        let failed = |e| write_error("customers.parquet", &e);
        let mut writer =
            ArrowWriter::try_new(file, schema.clone(), Some(schema::properties(&schema))).map_err(failed)?;
        let batch =
            RecordBatch::try_new(schema, arrays).expect("columns are of one length, with their own types");
        writer.write(&batch).map_err(failed)?;
        writer.close().map_err(failed)?;
        Ok(())
    }
}

/// An id as text; integers and addresses are normalised.
fn key_text(cell: Cell<'_>) -> String {
    if let Some(id) = cell.whole_id() {
        return id.to_string();
    }
    let text = cell.text();
    if text.contains('@') { text.to_lowercase() } else { text.into_owned() }
}

fn texts(values: &[Option<String>]) -> ArrayRef {
    let mut builder = StringBuilder::new();
    for value in values {
        builder.append_option(value.as_deref());
    }
    Arc::new(builder.finish())
}

/// A column in the narrowest type that fits all values: integer, number, date, text.
fn typed(values: &[Option<String>]) -> ArrayRef {
    let present = || values.iter().flatten();
    let number = |v: &String| {
        money::parse_minor(v.as_bytes(), Notation::CENTS).is_ok().then(|| v.parse::<f64>().ok()).flatten()
    };
    let moment = |v: &String| match dates::parse_moment(v.as_bytes(), DateOrder::YearFirst) {
        // "20240331" and Unix times are more likely numbers.
        Some(dates::Moment::Local(micros)) if v.contains('-') && v.len() >= 10 => Some(micros),
        _ => None,
    };
    if present().next().is_none() {
        return texts(values);
    }
    if present().all(|v| Cell::Text(v.as_bytes()).whole_id().is_some()) {
        let mut builder = Int64Builder::new();
        for value in values {
            builder.append_option(value.as_ref().and_then(|v| Cell::Text(v.as_bytes()).whole_id()));
        }
        return Arc::new(builder.finish());
    }
    if present().all(|v| number(v).is_some()) {
        let mut builder = Float64Builder::new();
        for value in values {
            builder.append_option(value.as_ref().and_then(number));
        }
        return Arc::new(builder.finish());
    }
    if present().all(|v| moment(v).is_some()) {
        let mut builder = TimestampMicrosecondBuilder::new();
        for value in values {
            builder.append_option(value.as_ref().and_then(moment));
        }
        return Arc::new(builder.finish());
    }
    texts(values)
}
