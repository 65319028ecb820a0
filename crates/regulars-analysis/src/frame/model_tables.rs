//! Small tables of a run about models, groups and features, which are read in full.

use std::sync::Arc;

use regulars_core::dates::DAY_MICROS;
use regulars_core::tables::{ColumnDef, Row, Value, ltv_dependence, ltv_drivers};

use super::cache::MemorySize;
use super::coded::Coded;
use super::customers::{Frame, unexpected};
use super::ledger::NO_ROW;
use crate::columns::{Column, NO_DAY, NO_INTEGER};
use crate::error::BackendError;

/// Approximate size of a row: names and a few numbers.
const ROW_BYTES: usize = 256;

impl<R: Send + Sync + 'static> MemorySize for Vec<R> {
    fn bytes(&self) -> usize {
        self.len() * ROW_BYTES + 64
    }
}

/// A stored value of a column.
fn value<'a>(column: &'a Column, of: &ColumnDef, row: usize) -> Value<'a> {
    match column {
        Column::Integers(values) if values[row] == NO_INTEGER => Value::Null,
        Column::Integers(values) => Value::Integer(values[row]),
        // A number that is not one is missing, unless none may be.
        Column::Numbers(values) if values[row].is_nan() && of.nullable => Value::Null,
        Column::Numbers(values) => Value::Number(values[row]),
        Column::Text(text) => text.text(row).map_or(Value::Null, |text| Value::Text(text.into())),
        Column::Days(values) if values[row] == NO_DAY => Value::Null,
        Column::Days(values) => Value::Integer(i64::from(values[row]) * DAY_MICROS),
    }
}

/// The distinct values of rows, in order of first occurrence.
pub fn distinct<'a, R, T: PartialEq>(rows: &'a [R], of: impl Fn(&'a R) -> T) -> Vec<T> {
    let mut found = Vec::new();
    for value in rows.iter().map(of) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// SHAP values: the largest effects on each customer's forecast.
///
/// Shape: three columns of equal length, in the order of the run's rows.
#[derive(Debug, Default)]
pub struct Drivers {
    /// Row of the customer in the frame, or [`NO_ROW`].
    pub customer: Vec<u32>,
    pub feature: Coded,
    /// SHAP value of the feature, minor units.
    pub effect_minor: Vec<i64>,
}

impl MemorySize for Drivers {
    fn bytes(&self) -> usize {
        self.customer.len() * 12 + self.feature.bytes()
    }
}

impl Drivers {
    /// The positions of the effects of customers for which `has` is true.
    pub fn of<'a>(&'a self, has: impl Fn(usize) -> bool + 'a) -> impl Iterator<Item = usize> + 'a {
        (0..self.customer.len())
            .filter(move |at| self.customer[*at] != NO_ROW && has(self.customer[*at] as usize))
    }
}

impl Frame {
    /// The rows of a small table.
    ///
    /// Shape: `None` if the run has no such table, or it has no rows.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`]; a table with other columns than declared.
    pub fn rows<R>(&self) -> Result<Option<Arc<Vec<R>>>, BackendError>
    where
        R: Row + Send + Sync + 'static,
    {
        let Some(first) = R::COLUMNS.first() else { return Ok(None) };
        let found = self.cached(&format!("rows {}", first.table), || {
            let shape = self.shape(first.table)?;
            let Some(shape) = &*shape else { return Ok(Vec::new()) };
            let names: Vec<&str> = R::COLUMNS.iter().map(|column| column.stored).collect();
            let columns = self.read(first.table, &names)?;
            let read = |row: usize| {
                let mut columns = columns.iter();
                R::read(|of| columns.next().map_or(Value::Null, |column| value(column, of, row)))
                    .map_err(|column| unexpected(*column))
            };
            (0..shape.rows).map(read).collect()
        })?;
        Ok((!found.is_empty()).then_some(found))
    }

    /// The features with a dependence plot in this run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn dependence_features(&self) -> Result<Vec<String>, BackendError> {
        let rows = self.rows::<ltv_dependence::Row>()?.unwrap_or_default();
        Ok(distinct(&rows, |row| &row.feature).into_iter().cloned().collect())
    }

    /// SHAP values of the customers; `None` if the forecast does not use a learned model.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn drivers(&self) -> Result<Option<Arc<Drivers>>, BackendError> {
        const OF: ltv_drivers::Columns<ColumnDef> = ltv_drivers::COLUMNS;
        if !self.has(OF.effect_minor)? {
            return Ok(None);
        }
        let found = self.cached("drivers", || {
            let customer = self.rows_of(&self.read_one(OF.customer_id)?)?;
            let feature = Coded::of_text(&self.read_one(OF.feature)?, &[]);
            match self.read_one(OF.effect_minor)? {
                Column::Integers(effect_minor) => Ok(Drivers { customer, feature, effect_minor }),
                _ => Err(unexpected(OF.effect_minor)),
            }
        })?;
        Ok((!found.customer.is_empty()).then_some(found))
    }
}
