//! Small tables of a run about models, groups and features, which are read in full.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::cache::Weigh;
use super::coded::Coded;
use super::ledger::NO_ROW;
use super::{Frame, unexpected};
use crate::backend::BackendError;
use crate::columns::{Column, NO_INTEGER};

/// A complete table.
#[derive(Debug, Default)]
pub(crate) struct Small {
    columns: BTreeMap<String, Column>,
    rows: usize,
}

impl Weigh for Small {
    fn bytes(&self) -> usize {
        self.columns.values().map(Column::bytes).sum::<usize>() + 64
    }
}

impl Small {
    /// Row indices, in order.
    pub(crate) fn rows(&self) -> Range<usize> {
        0..self.rows
    }

    /// A value as text; empty if missing.
    pub(crate) fn text(&self, name: &str, row: usize) -> String {
        self.columns.get(name).map_or_else(String::new, |column| column.display(row))
    }

    /// A value as a number, with money in minor units; NaN if missing.
    pub(crate) fn number(&self, name: &str, row: usize) -> f64 {
        match self.columns.get(name) {
            Some(Column::Integers(values)) if values[row] != NO_INTEGER => values[row] as f64,
            Some(Column::Numbers(values)) => values[row],
            _ => f64::NAN,
        }
    }

    /// A count; 0 if missing.
    pub(crate) fn count(&self, name: &str, row: usize) -> u64 {
        match self.columns.get(name) {
            Some(Column::Integers(values)) => values[row].max(0).unsigned_abs(),
            _ => 0,
        }
    }

    /// Whether the value is 1.
    pub(crate) fn is_set(&self, name: &str, row: usize) -> bool {
        self.count(name, row) == 1
    }

    /// The rows with this text in a column.
    pub(crate) fn rows_with(&self, name: &str, text: &str) -> Vec<usize> {
        self.rows().filter(|row| self.text(name, *row) == text).collect()
    }

    /// The distinct texts of a column, in order of first occurrence.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for row in self.rows() {
            let text = self.text(name, row);
            if !found.contains(&text) {
                found.push(text);
            }
        }
        found
    }
}

/// SHAP values: the largest effects on each customer's forecast.
///
/// Shape: three columns of equal length, in the order of the run's rows.
#[derive(Debug, Default)]
pub(crate) struct Drivers {
    /// Row of the customer in the frame, or [`NO_ROW`].
    pub(crate) customer: Vec<u32>,
    pub(crate) feature: Coded,
    /// SHAP value of the feature, minor units.
    pub(crate) effect_minor: Vec<i64>,
}

impl Weigh for Drivers {
    fn bytes(&self) -> usize {
        self.customer.len() * 12 + self.feature.bytes()
    }
}

impl Drivers {
    /// The positions of the effects of customers for which `has` is true.
    pub(crate) fn of<'a>(&'a self, has: impl Fn(usize) -> bool + 'a) -> impl Iterator<Item = usize> + 'a {
        (0..self.customer.len())
            .filter(move |at| self.customer[*at] != NO_ROW && has(self.customer[*at] as usize))
    }
}

impl Frame {
    /// A small table.
    ///
    /// Shape: `None` if the run has no such table, or it has no rows.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub(crate) fn small(&self, table: &'static str) -> Result<Option<Arc<Small>>, BackendError> {
        let found = self.kept(&format!("small {table}"), || {
            let shape = self.shape(table)?;
            let Some(shape) = &shape.0 else { return Ok(Small::default()) };
            let names: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
            let columns = self.read(table, &names)?;
            let columns = names.iter().map(|name| (*name).to_owned()).zip(columns).collect();
            Ok(Small { columns, rows: shape.rows })
        })?;
        Ok((found.rows > 0).then_some(found))
    }

    /// The features with a dependence plot in this run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub(crate) fn features_asked(&self) -> Result<Vec<String>, BackendError> {
        Ok(self.small("ltv_dependence")?.map_or_else(Vec::new, |of| of.texts("feature")))
    }

    /// SHAP values of the customers; `None` if the forecast does not use a learned model.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub(crate) fn drivers(&self) -> Result<Option<Arc<Drivers>>, BackendError> {
        const TABLE: &str = "ltv_drivers";
        if !self.has(TABLE, "effect_minor")? {
            return Ok(None);
        }
        let found = self.kept("drivers", || {
            let customer = self.rows_of(&self.read_one(TABLE, "customer_id")?)?;
            let feature = Coded::of_text(&self.read_one(TABLE, "feature")?, &[]);
            match self.read_one(TABLE, "effect_minor")? {
                Column::Integers(effect_minor) => Ok(Drivers { customer, feature, effect_minor }),
                _ => Err(unexpected(TABLE, "effect_minor")),
            }
        })?;
        Ok((!found.customer.is_empty()).then_some(found))
    }
}
