//! A run's customers: its columns, each aligned with them and read on first use.

use std::ops::Deref;
use std::sync::Arc;

use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::tables::{ColumnDef, customer_clusters, customer_features, ltv_predictions, rfm_scores};
use regulars_core::validation::ValidationReport;

use super::cache::{Cache, MemorySize};
use super::coded::Coded;
use crate::backend::Backend;
use crate::columns::{Column, NO_INTEGER, TableShape};
use crate::error::BackendError;

/// The table whose rows are the rows of the frame: customers with an order, sorted by id.
pub(super) const BASE: &str = rfm_scores::NAME;
pub(super) const SCORES: rfm_scores::Columns<ColumnDef> = rfm_scores::COLUMNS;
pub(super) const PREDICTIONS: ltv_predictions::Columns<ColumnDef> = ltv_predictions::COLUMNS;

/// The customers of one run.
#[derive(Clone)]
pub struct Frame {
    pub(super) backend: Backend,
    pub(super) cache: Arc<Cache>,
    pub(super) dataset: String,
    pub(super) run: String,
    /// The run's headline numbers.
    pub summary: Arc<RunSummary>,
    /// The manifest of the run.
    pub manifest: Arc<RunManifest>,
}

impl MemorySize for RunSummary {}

impl MemorySize for RunManifest {}

impl MemorySize for ValidationReport {}

impl MemorySize for Column {
    fn bytes(&self) -> usize {
        Self::bytes(self)
    }
}

impl MemorySize for TableShape {
    fn bytes(&self) -> usize {
        64 * (self.columns.len() + 1)
    }
}

/// Integers of all customers.
#[derive(Clone)]
pub struct Integers(Arc<Column>);

impl Deref for Integers {
    type Target = [i64];

    fn deref(&self) -> &[i64] {
        match &*self.0 {
            Column::Integers(values) => values,
            _ => &[],
        }
    }
}

/// Numbers of all customers.
#[derive(Clone)]
pub struct Numbers(Arc<Column>);

impl Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match &*self.0 {
            Column::Numbers(values) => values,
            _ => &[],
        }
    }
}

/// Days since 1970 of all customers.
#[derive(Clone)]
pub(crate) struct Days(Arc<Column>);

impl Deref for Days {
    type Target = [i32];

    fn deref(&self) -> &[i32] {
        match &*self.0 {
            Column::Days(values) => values,
            _ => &[],
        }
    }
}

/// Predicted LTV of all customers; missing for customers without a forecast.
#[derive(Clone)]
pub struct Value {
    /// Expected spend, minor units; [`NO_INTEGER`] if missing.
    pub expected_minor: Integers,
    /// Lower end of its interval.
    pub low_minor: Integers,
    /// Upper end of its interval.
    pub high_minor: Integers,
    /// P(alive); NaN if missing.
    pub p_alive: Numbers,
}

/// Predicted and actual holdout spend of each customer; missing for customers acquired later.
#[derive(Clone)]
pub struct HoldoutSpend {
    /// Holdout forecast of the chosen model, minor units.
    pub expected_minor: Integers,
    /// Actual spend, minor units.
    pub actual_minor: Integers,
}

impl HoldoutSpend {
    /// Predicted and actual spend of a customer, if there is a holdout forecast.
    pub fn pair(&self, row: usize) -> Option<(i64, i64)> {
        present(self.expected_minor[row]).zip(present(self.actual_minor[row]))
    }
}

impl Frame {
    /// The frame of `run`, or of the current run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn open(
        backend: &Backend,
        cache: &Arc<Cache>,
        dataset: &str,
        run: Option<&str>,
    ) -> Result<Self, BackendError> {
        // The request may be the current or previous run, or a prefix of a name; the cache uses full names.
        let run = backend.reader.manifest(dataset, run)?.run_id;
        let (reader, of) = (&backend.reader, (dataset, run.as_str()));
        let summary = cache.get(of, "summary", || reader.summary(dataset, Some(&run)))?;
        let manifest = cache.get(of, "manifest", || reader.manifest(dataset, Some(&run)))?;
        Ok(Self {
            backend: backend.clone(),
            cache: Arc::clone(cache),
            dataset: dataset.to_owned(),
            run,
            summary,
            manifest,
        })
    }

    /// The validation report of the run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn validation(&self) -> Result<Arc<ValidationReport>, BackendError> {
        self.cached("validation", || self.backend.reader.validation(&self.dataset, Some(&self.run)))
    }

    /// The value cached for this run under that name, or made by `make`; a finished run never changes.
    ///
    /// # Errors
    ///
    /// Those of `make`.
    pub fn cached<T: MemorySize>(
        &self,
        what: &str,
        make: impl FnOnce() -> Result<T, BackendError>,
    ) -> Result<Arc<T>, BackendError> {
        self.cached_or(what, make)
    }

    /// Like `cached`, for other error types.
    ///
    /// # Errors
    ///
    /// Those of `make`.
    pub fn cached_or<T: MemorySize, E>(
        &self,
        what: &str,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        self.cache.get((&self.dataset, &self.run), what, make)
    }

    /// Number of customers.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn count(&self) -> Result<usize, BackendError> {
        Ok(self.shape(BASE)?.as_ref().as_ref().map_or(0, |shape| shape.rows))
    }

    pub(super) fn shape(&self, table: &str) -> Result<Arc<Option<TableShape>>, BackendError> {
        self.cached(&format!("shape {table}"), || self.backend.reader.table(&self.dataset, &self.run, table))
    }

    pub(super) fn has(&self, column: ColumnDef) -> Result<bool, BackendError> {
        Ok(self.shape(column.table)?.as_ref().as_ref().is_some_and(|shape| shape.has(column.stored)))
    }

    /// Columns as stored in the run, not cached.
    pub(super) fn read(&self, table: &str, names: &[&str]) -> Result<Vec<Column>, BackendError> {
        self.backend.reader.columns(&self.dataset, &self.run, table, names)
    }

    /// One column as stored in the run, not cached.
    pub(super) fn read_one(&self, column: ColumnDef) -> Result<Column, BackendError> {
        self.read(column.table, &[column.stored])?.pop().ok_or_else(|| unexpected(column))
    }

    /// A column of any customer table, aligned with the frame.
    ///
    /// Shape: `None` if the run has no such column.
    pub(super) fn column(&self, column: ColumnDef) -> Result<Option<Arc<Column>>, BackendError> {
        if !self.has(column)? {
            return Ok(None);
        }
        let ColumnDef { table, stored, .. } = column;
        self.cached(&format!("column {table}.{stored}"), || self.aligned(table, self.read_one(column)?))
            .map(Some)
    }

    /// An integer column; empty if the run does not have it and there are no customers.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn integers(&self, column: ColumnDef) -> Result<Option<Integers>, BackendError> {
        match self.column(column)? {
            Some(found) if matches!(*found, Column::Integers(_)) => Ok(Some(Integers(found))),
            Some(_) => Err(unexpected(column)),
            None => Ok(None),
        }
    }

    /// A float column; `None` if the run has no such column.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn numbers(&self, column: ColumnDef) -> Result<Option<Numbers>, BackendError> {
        match self.column(column)? {
            Some(found) if matches!(*found, Column::Numbers(_)) => Ok(Some(Numbers(found))),
            Some(_) => Err(unexpected(column)),
            None => Ok(None),
        }
    }

    /// An integer column of `rfm_scores`, which every run with customers has.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn score(&self, column: ColumnDef) -> Result<Integers, BackendError> {
        match self.integers(column)? {
            Some(found) => Ok(found),
            None if self.count()? == 0 => Ok(Integers(Arc::new(Column::Integers(Vec::new())))),
            None => Err(unexpected(column)),
        }
    }

    /// The customers' ids.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn ids(&self) -> Result<Arc<Column>, BackendError> {
        match self.column(SCORES.customer_id)? {
            Some(ids) => Ok(ids),
            None => Ok(Arc::new(Column::Integers(Vec::new()))),
        }
    }

    /// Days since the last order.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn recency_days(&self) -> Result<Integers, BackendError> {
        self.score(SCORES.recency)
    }

    /// Orders.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn orders_of_each(&self) -> Result<Integers, BackendError> {
        self.score(SCORES.frequency)
    }

    /// Spend.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn spend_minor(&self) -> Result<Integers, BackendError> {
        self.score(SCORES.monetary_minor)
    }

    /// The segment of each customer; labels by priority, as in the summary.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn segments(&self) -> Result<Arc<Coded>, BackendError> {
        self.cached("segments", || {
            let order: Vec<&str> = self.summary.segments.iter().map(|s| s.segment.as_str()).collect();
            Ok(match self.column(SCORES.segment)? {
                Some(column) => Coded::of_text(&column, &order),
                None => Coded::default(),
            })
        })
    }

    /// The cluster of each customer, labels `1`, `2`, ...; `None` without clusters.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn clusters(&self) -> Result<Option<Arc<Coded>>, BackendError> {
        let Some(column) = self.integers(customer_clusters::COLUMNS.cluster)? else { return Ok(None) };
        let order: Vec<i64> = self
            .summary
            .clusters
            .iter()
            .flat_map(|found| found.clusters.iter().map(|c| i64::from(c.cluster)))
            .collect();
        self.cached("clusters", || Ok(Coded::of_integers(&column, &order))).map(Some)
    }

    /// The display name of a cluster.
    pub fn cluster_name(&self, label: &str) -> String {
        let named = |c: &&regulars_core::summary::ClusterEntry| c.cluster.to_string() == label;
        let found = self.summary.clusters.as_ref().and_then(|found| found.clusters.iter().find(named));
        found.map_or_else(|| format!("Cluster {label}"), |cluster| cluster.name.clone())
    }

    /// Deciles by predicted LTV, labels `1` (highest) to `10`; `None` without lifetime values.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn deciles(&self) -> Result<Option<Arc<Coded>>, BackendError> {
        let Some(column) = self.integers(PREDICTIONS.ltv_decile)? else { return Ok(None) };
        let order: Vec<i64> = (1..=10).collect();
        self.cached("deciles", || Ok(Coded::of_integers(&column, &order))).map(Some)
    }

    /// Month of the first order, labels `YYYY-MM` without gaps; `None` without features.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn acquired(&self) -> Result<Option<Arc<Coded>>, BackendError> {
        let Some(column) = self.column(customer_features::COLUMNS.first_purchase)? else { return Ok(None) };
        self.cached("acquired", || Ok(Coded::of_months(&column))).map(Some)
    }

    /// Day of the first order; `None` without features.
    pub(crate) fn first_day(&self) -> Result<Option<Days>, BackendError> {
        match self.column(customer_features::COLUMNS.first_purchase)? {
            Some(column) if matches!(*column, Column::Days(_)) => Ok(Some(Days(column))),
            Some(_) => Err(unexpected(customer_features::COLUMNS.first_purchase)),
            None => Ok(None),
        }
    }

    /// Lifetime values; `None` if the run has none.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn value(&self) -> Result<Option<Value>, BackendError> {
        let found = (
            self.integers(PREDICTIONS.predicted_ltv_minor)?,
            self.integers(PREDICTIONS.predicted_low_minor)?,
            self.integers(PREDICTIONS.predicted_high_minor)?,
            self.numbers(PREDICTIONS.p_alive)?,
        );
        Ok(match found {
            (Some(expected_minor), Some(low_minor), Some(high_minor), Some(p_alive)) => {
                Some(Value { expected_minor, low_minor, high_minor, p_alive })
            }
            _ => None,
        })
    }

    /// Predicted and actual holdout spend; `None` if the run has no lifetime values.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn holdout_spend(&self) -> Result<Option<HoldoutSpend>, BackendError> {
        let expected = self.integers(PREDICTIONS.holdout_ltv_minor)?;
        Ok(match (expected, self.integers(PREDICTIONS.actual_ltv_minor)?) {
            (Some(expected_minor), Some(actual_minor)) => Some(HoldoutSpend { expected_minor, actual_minor }),
            _ => None,
        })
    }

    /// A probability of each customer in percent, rounded down; `None` if the run does not have it.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn percents(&self, column: ColumnDef) -> Result<Option<Integers>, BackendError> {
        let Some(shares) = self.numbers(column)? else { return Ok(None) };
        let percent = |share: &f64| if share.is_nan() { NO_INTEGER } else { (share * 100.0).floor() as i64 };
        let found = self.cached(&format!("percents {}", column.stored), || {
            Ok(Column::Integers(shares.iter().map(percent).collect()))
        })?;
        Ok(Some(Integers(found)))
    }

    /// Expected spend of each customer; `None` if the run has no lifetime values.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn expected_minor(&self) -> Result<Option<Integers>, BackendError> {
        self.integers(PREDICTIONS.predicted_ltv_minor)
    }
}

/// The value, if it is not missing.
pub fn present(value: i64) -> Option<i64> {
    (value != NO_INTEGER).then_some(value)
}

pub(super) fn unexpected(column: ColumnDef) -> BackendError {
    BackendError::Unreadable {
        message: format!(
            "the table `{}` has no column `{}` of the expected type",
            column.table, column.stored
        ),
        hint: Some("this run was made by another version of Regulars; run the data set again".to_owned()),
    }
}
