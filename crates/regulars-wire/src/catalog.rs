//! Every data set as a schema: the tables of its current run, and the views of the score scripts.
//!
//! A statement sees one run of each data set: the current one when the statement, or its transaction, began.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray as _, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{Decimal128Type, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, Session, TableProvider};
use datafusion::config::Dialect;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::{MemTable, TableType, ViewTable};
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionContext, ident};
use datafusion::sql::parser::Statement;
use regulars_core::config::{Config, Method};
use regulars_core::postgres::{ViewMethod, score_view_queries};
use regulars_engine::{Engine, RunTable, open_table, plan_postgres, query_error};
use regulars_store::{Home, Run};
use tokio::sync::OnceCell;

use crate::function_catalog::{Functions, with_functions};
use crate::session::DATABASE;
use crate::variables::Variables;

/// The view whose rows a connection computes once per run: recency, frequency and monetary value of every customer.
const KEPT_VIEW: &str = "rfm_metrics";

/// The tables of one run.
struct RunSchema {
    run: Run,
    tables: Vec<RunTable>,
    /// The views that the analysis scripts create, as name and query, in order.
    views: Vec<(&'static str, String)>,
    opened: Mutex<HashMap<String, Arc<dyn TableProvider>>>,
    /// Opens files, in a session of its own so that its table names do not mix with the client's.
    opener: SessionContext,
    /// Plans the views: unqualified names are those of this schema.
    planner: SessionContext,
}

impl fmt::Debug for RunSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunSchema({})", self.run.run_id())
    }
}

impl RunSchema {
    async fn new(run: Run, engine: &Engine) -> Result<Self> {
        let dataset = &run.manifest.dataset;
        let mut schema = Self {
            tables: RunTable::in_folder(&run.dir, run.tables()),
            views: Vec::new(),
            opened: Mutex::default(),
            opener: engine.wire_session("files", "files"),
            planner: engine.wire_session(DATABASE, dataset),
            run,
        };
        if let Some(views) = score_views(&schema.run)
            && schema.amounts_are_revenue().await?
        {
            schema.views = views;
        }
        Ok(schema)
    }

    /// Whether the amounts of `transactions` add up to the revenue, that is, no separate return reduced it.
    async fn amounts_are_revenue(&self) -> Result<bool> {
        let Some(transactions) = self.open("transactions").await? else { return Ok(false) };
        let amounts = self.opener.read_table(transactions)?;
        let sums = amounts.aggregate(Vec::new(), vec![sum(ident("total_amount"))])?.collect().await?;
        let sum = sums
            .first()
            .and_then(|batch| batch.column(0).as_primitive_opt::<Decimal128Type>()?.iter().next()?);
        let revenue = self.run.summary().map_err(|e| DataFusionError::External(Box::new(e)))?.revenue_minor;
        Ok(sum == Some(i128::from(revenue)))
    }

    async fn open(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let opened = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened().get(name) {
            return Ok(Some(Arc::clone(known)));
        }
        let provider = if let Some(table) = self.tables.iter().find(|table| table.name == name) {
            let decimals = self.run.manifest.money_decimals;
            let provider = open_table(&self.opener, table, decimals).await;
            provider.map_err(|e| DataFusionError::External(Box::new(e)))?
        } else if let Some((_, query)) = self.views.iter().find(|(view, _)| *view == name) {
            let statement = self.planner.state().sql_to_statement(query, &Dialect::PostgreSQL)?;
            let Statement::Statement(statement) = statement else { return Ok(None) };
            let plan = plan_postgres(&self.planner, *statement).await?;
            if name == KEPT_VIEW {
                Arc::new(KeptView {
                    schema: Arc::new(plan.schema().as_arrow().clone()),
                    rows: DataFrame::new(self.planner.state(), plan),
                    kept: OnceCell::new(),
                }) as Arc<dyn TableProvider>
            } else {
                Arc::new(ViewTable::new(plan, Some(query.clone())))
            }
        } else {
            return Ok(None);
        };
        opened().insert(name.to_owned(), Arc::clone(&provider));
        Ok(Some(provider))
    }
}

/// The views of `sql/rfm_analysis.sql`, if they give the run's scores: the configuration is the default, and each row of
/// `transactions` is an order.
fn score_views(run: &Run) -> Option<Vec<(&'static str, String)>> {
    let summary = run.summary().ok()?;
    let config = &run.manifest.config;
    let default = Config::default();
    let method = match config.scores.method {
        Method::Quantile => ViewMethod::Quantile,
        Method::Ntile => ViewMethod::Ntile,
        Method::Thresholds => return None,
    };
    let is_default = config.scores.classes == default.scores.classes
        && config.scores.weights.map(f64::to_bits) == default.scores.weights.map(f64::to_bits)
        && !config.scores.nested
        && config.segments == default.segments;
    if !is_default || summary.orders != summary.transactions {
        return None;
    }
    let day = summary.as_of.get(..10)?;
    Some(score_view_queries(method, day).ok()?.to_vec())
}

/// A view that is computed when it is first read: others read it four times, and the run does not change.
struct KeptView {
    schema: SchemaRef,
    rows: DataFrame,
    kept: OnceCell<MemTable>,
}

impl fmt::Debug for KeptView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptView")
    }
}

#[async_trait]
impl TableProvider for KeptView {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let compute = async || {
            let rows = self.rows.clone().collect_partitioned().await?;
            MemTable::try_new(Arc::clone(&self.schema), rows)
        };
        self.kept.get_or_try_init(compute).await?.scan(state, projection, filters, limit).await
    }
}

/// The schema of a data set; its run is that of the catalog's snapshot.
#[derive(Debug)]
struct DatasetSchema(Arc<RunSchema>);

#[async_trait]
impl SchemaProvider for DatasetSchema {
    fn table_names(&self) -> Vec<String> {
        let tables = self.0.tables.iter().map(|table| table.name.clone());
        tables.chain(self.0.views.iter().map(|(name, _)| (*name).to_owned())).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        self.0.open(name).await
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        // For the engine the files are views, too; `\dt` lists only base tables.
        let is_view = self.0.views.iter().any(|(view, _)| *view == name);
        Ok(self.table_exist(name).then_some(if is_view { TableType::View } else { TableType::Base }))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.tables.iter().any(|table| table.name == name)
            || self.0.views.iter().any(|(view, _)| *view == name)
    }
}

/// The data sets of a home folder.
#[derive(Debug)]
pub(crate) struct Catalog {
    home: Home,
    engine: Arc<Engine>,
    runs: RwLock<BTreeMap<String, Arc<RunSchema>>>,
    /// The SQL functions of the session.
    functions: Functions,
    /// `pg_catalog` and `information_schema`.
    others: RwLock<BTreeMap<String, Arc<dyn SchemaProvider>>>,
}

impl Catalog {
    pub(crate) fn new(home: Home, engine: Arc<Engine>) -> Self {
        Self {
            home,
            engine,
            runs: RwLock::default(),
            functions: Functions::default(),
            others: RwLock::default(),
        }
    }

    /// Loads the current run of each data set.
    ///
    /// Errors: the home folder or a run cannot be read.
    pub(crate) async fn refresh(self: &Arc<Self>) -> std::result::Result<(), regulars_engine::Error> {
        let failed = |e: regulars_store::Error| regulars_engine::Error::Data { message: e.to_string() };
        let mut current = BTreeMap::new();
        for name in self.home.datasets().map_err(failed)? {
            let dataset = self.home.dataset(&name).map_err(failed)?;
            let known = self.runs.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
            let current_id = dataset.current_id().map_err(failed)?;
            let schema = match known {
                Some(known) if current_id.as_deref() == Some(known.run.run_id()) => known,
                _ => {
                    let Some(run) = dataset.current().map_err(failed)? else { continue };
                    let schema = RunSchema::new(run, &self.engine).await;
                    let schema = schema.map_err(|e| query_error(e, Vec::new(), None))?;
                    let catalog: Arc<dyn CatalogProvider> = Arc::clone(self) as _;
                    schema.planner.register_catalog(DATABASE, catalog);
                    Arc::new(schema)
                }
            };
            current.insert(name, schema);
        }
        *self.runs.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(())
    }

    /// The run of each data set that statements see, as name and run id.
    pub(crate) fn snapshot(&self) -> Vec<(String, String)> {
        let runs = self.runs.read().unwrap_or_else(PoisonError::into_inner);
        runs.iter().map(|(name, schema)| (name.clone(), schema.run.run_id().to_owned())).collect()
    }

    /// The SQL functions of the session.
    pub(crate) fn functions(&self) -> &Functions {
        &self.functions
    }

    /// The run of one data set that statements see.
    pub(crate) fn run(&self, schema: &str) -> Option<Run> {
        let runs = self.runs.read().unwrap_or_else(PoisonError::into_inner);
        runs.get(schema).map(|schema| schema.run.clone())
    }

    /// Folders that messages and plans must not show.
    pub(crate) fn folders(&self) -> Vec<std::path::PathBuf> {
        let runs = self.runs.read().unwrap_or_else(PoisonError::into_inner);
        runs.values().map(|schema| schema.run.dir.clone()).collect()
    }

    /// All table names, for hints.
    pub(crate) fn table_names(&self, schema: &str) -> Vec<String> {
        self.schema(schema).map(|schema| schema.table_names()).unwrap_or_default()
    }
}

impl CatalogProvider for Catalog {
    fn schema_names(&self) -> Vec<String> {
        let runs = self.runs.read().unwrap_or_else(PoisonError::into_inner);
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let datasets =
            runs.keys().filter(|name| !others.contains_key(*name) && *name != "information_schema");
        datasets.chain(others.keys()).cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        // A data set with the name of a catalogue schema would hide it.
        if name == "information_schema" {
            return None;
        }
        if let Some(other) = self.others.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(Arc::clone(other));
        }
        let runs = self.runs.read().unwrap_or_else(PoisonError::into_inner);
        runs.get(name).map(|run| Arc::new(DatasetSchema(Arc::clone(run))) as Arc<dyn SchemaProvider>)
    }

    fn register_schema(
        &self,
        name: &str,
        schema: Arc<dyn SchemaProvider>,
    ) -> Result<Option<Arc<dyn SchemaProvider>>> {
        let schema: Arc<dyn SchemaProvider> = match name {
            "pg_catalog" => Arc::new(PgCatalog {
                others: schema,
                settings: settings_table()?,
                functions: Arc::clone(&self.functions),
                opener: self.engine.wire_session("files", "files"),
            }),
            _ => schema,
        };
        Ok(self.others.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), schema))
    }
}

/// `pg_catalog`, with our settings in `pg_settings` (empty otherwise) and the functions of a run in `pg_proc`.
struct PgCatalog {
    others: Arc<dyn SchemaProvider>,
    settings: Arc<dyn TableProvider>,
    functions: Functions,
    opener: SessionContext,
}

impl fmt::Debug for PgCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PgCatalog")
    }
}

#[async_trait]
impl SchemaProvider for PgCatalog {
    fn table_names(&self) -> Vec<String> {
        self.others.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match name {
            "pg_settings" => Ok(Some(Arc::clone(&self.settings))),
            "pg_proc" => {
                let Some(pg_proc) = self.others.table(name).await? else { return Ok(None) };
                Ok(Some(with_functions(&self.opener, pg_proc, &self.functions).await?))
            }
            _ => self.others.table(name).await,
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        self.others.table_type(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.others.table_exist(name)
    }
}

/// `pg_settings`, with the defaults.
fn settings_table() -> Result<Arc<dyn TableProvider>> {
    let defaults = Variables::new("", "", Duration::ZERO);
    let (names, values): (Vec<&str>, Vec<&str>) = defaults.all().unzip();
    let text = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
    let missing = || Arc::new(StringArray::new_null(names.len())) as ArrayRef;
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("name", text(names.clone()), false),
        ("setting", text(values.clone()), true),
        ("unit", missing(), true),
        ("category", missing(), true),
        ("short_desc", missing(), true),
        ("extra_desc", missing(), true),
        ("context", text(vec!["user"; names.len()]), true),
        ("vartype", text(vec!["string"; names.len()]), true),
        ("source", text(vec!["default"; names.len()]), true),
        ("min_val", missing(), true),
        ("max_val", missing(), true),
        ("enumvals", missing(), true),
        ("boot_val", text(values.clone()), true),
        ("reset_val", text(values), true),
        ("sourcefile", missing(), true),
        ("sourceline", missing(), true),
        ("pending_restart", Arc::new(BooleanArray::from(vec![false; names.len()])), true),
    ])?;
    Ok(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))
}
