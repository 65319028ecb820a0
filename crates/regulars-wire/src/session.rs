//! One connection's session: its settings, and how its queries are planned and run.
//!
//! A query runs in a task of its own, so that the connection can answer at any time: on a timeout, on a cancel request,
//! or when memory runs out.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use datafusion::common::ParamValues;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::{Expr, Statement, Value, visit_expressions};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::setup_pg_catalog;
use datafusion_pg_catalog::sql::PostgresCompatibilityParser;
use datafusion_pg_catalog::sql::rules::{
    CurrentUserVariableToSessionUserFunctionCall, RewriteArrayAnyAllOperation, SqlStatementRewriteRule,
};
use futures::StreamExt as _;
use pgwire::error::{PgWireError, PgWireResult};
use regulars_engine::{Engine, plan_postgres, query_error};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::FunctionsOfRun;
use crate::activity::{Activity, Stop, Stopped};
use crate::catalog::Catalog;
use crate::catalog_queries;
use crate::errors::{error, fatal, of_engine, of_stop, with_hint};
use crate::function_catalog::{Entry, namespace};
use crate::functions;
use crate::output_names::name_columns;
use crate::relations::{self, Relations};
use crate::statements::{Command, command};
use crate::variables::{Change, Variables};

/// The catalog of all data sets, as `current_database()` calls it.
pub(crate) const DATABASE: &str = "regulars";

/// Limits of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time, from its arrival to its last row; clients can lower it.
    pub timeout: Duration,
    /// Rows of its result.
    pub max_rows: u64,
    /// Prepared statements of a connection.
    pub max_prepared: usize,
}

/// The session of a connection.
pub(crate) struct Session {
    context: SessionContext,
    catalog: Arc<Catalog>,
    engine: Arc<Engine>,
    parser: PostgresCompatibilityParser,
    rules: Vec<Box<dyn SqlStatementRewriteRule>>,
    variables: Arc<RwLock<Variables>>,
    relations: Arc<RwLock<Relations>>,
    functions_of: FunctionsOfRun,
    /// The run whose functions are registered, and their names.
    registered: Mutex<(Option<String>, Vec<&'static str>)>,
    /// The settings before SET LOCAL, restored at the end of the transaction.
    before_set_local: Mutex<Option<Variables>>,
    /// The settings that ROLLBACK restores.
    transaction_start: Mutex<Option<Variables>>,
    limits: Limits,
    memory_limit_bytes: Option<u64>,
    activity: Arc<Activity>,
    /// The names of prepared statements.
    prepared: Mutex<BTreeSet<String>>,
}

/// A prepared statement; a query is planned again when there is a new run.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) command: Command,
    pub(crate) plan: Option<LogicalPlan>,
    /// The types that casts give to parameters, by number from 1.
    pub(crate) casts: Vec<(usize, DataType)>,
    snapshot: Vec<(String, String)>,
}

/// A running query.
pub(crate) struct Rows {
    batches: mpsc::Receiver<PgWireResult<RecordBatch>>,
    task: JoinHandle<()>,
    session: Arc<Session>,
    remaining: u64,
}

/// How long a stopped query may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

impl Session {
    /// Opens a session of `user` on the database that the client named.
    ///
    /// Errors: an unknown database; the data sets cannot be read.
    pub(crate) async fn open(setup: &crate::Setup, user: &str, database: Option<&str>) -> PgWireResult<Self> {
        let catalog = Arc::new(Catalog::new(setup.home.clone(), Arc::clone(&setup.engine)));
        refresh(&setup.engine, &catalog).await?.map_err(|e| fatal("58030", e.to_string(), e.hint()))?;
        let datasets: Vec<String> = catalog.snapshot().into_iter().map(|(name, _)| name).collect();
        let schema = match database {
            Some(name) if datasets.iter().any(|dataset| dataset == name) => name.to_owned(),
            // The defaults of clients: nothing, `postgres`, or the user's name (below).
            None | Some(DATABASE | "postgres") => first(&datasets),
            Some(name) if name == user => first(&datasets),
            Some(name) => {
                let hint = if datasets.is_empty() {
                    format!("use `{DATABASE}`; there is no data set yet, `regulars run` creates one")
                } else {
                    format!("use `{DATABASE}` or a data set: {}", datasets.join(", "))
                };
                return Err(fatal("3D000", format!("database \"{name}\" does not exist"), Some(hint)));
            }
        };
        let variables = Arc::new(RwLock::new(Variables::new(user, &schema, setup.limits.timeout)));
        let context = setup.engine.wire_session(DATABASE, &schema);
        context.register_catalog(DATABASE, Arc::clone(&catalog) as _);
        setup_pg_catalog(&context, DATABASE, EmptyContextProvider)
            .map_err(|e| fatal("XX000", e.to_string(), None))?;
        let relations = Arc::default();
        functions::register(&context, user, &variables, &relations, catalog.functions());
        Ok(Self {
            context,
            catalog,
            engine: Arc::clone(&setup.engine),
            parser: PostgresCompatibilityParser::new(),
            rules: vec![
                Box::new(RewriteArrayAnyAllOperation),
                Box::new(CurrentUserVariableToSessionUserFunctionCall),
            ],
            variables,
            relations,
            functions_of: Arc::clone(&setup.functions),
            registered: Mutex::default(),
            before_set_local: Mutex::default(),
            transaction_start: Mutex::default(),
            limits: setup.limits,
            memory_limit_bytes: setup.engine.options().memory_limit_bytes,
            activity: Arc::clone(&setup.activity),
            prepared: Mutex::default(),
        })
    }

    /// Remembers the name of a prepared statement.
    ///
    /// Errors: more than the limit.
    pub(crate) fn count_prepared(&self, name: &str) -> PgWireResult<()> {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        prepared.insert(name.to_owned());
        if prepared.len() > self.limits.max_prepared {
            prepared.remove(name);
            let message = format!("too many prepared statements: the limit is {}", self.limits.max_prepared);
            return Err(with_hint(
                "53400",
                message,
                "close statements that are no longer needed (DEALLOCATE)",
            ));
        }
        Ok(())
    }

    /// Forgets one prepared statement, or all; returns their names.
    pub(crate) fn forget_prepared(&self, name: Option<&str>) -> Vec<String> {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        match name {
            Some(name) => prepared.take(name).into_iter().collect(),
            None => std::mem::take(&mut *prepared).into_iter().collect(),
        }
    }

    pub(crate) fn activity(&self) -> &Activity {
        &self.activity
    }

    /// The time limit of the next statement.
    pub(crate) fn timeout(&self) -> Duration {
        self.variables().timeout()
    }

    /// Loads the current runs; within a transaction the runs stay the same.
    pub(crate) async fn refresh(&self, in_transaction: bool) -> PgWireResult<()> {
        if in_transaction {
            // Otherwise missing files would be read as empty tables.
            let missing = self.catalog.folders().into_iter().any(|folder| !folder.is_dir());
            return if missing {
                Err(error("58P01", "a run that this transaction reads was removed; start a new transaction"))
            } else {
                Ok(())
            };
        }
        refresh(&self.engine, &self.catalog).await?.map_err(|e| of_engine(&e))
    }

    /// The statements of a query string.
    ///
    /// Errors: SQL that cannot be parsed, statements that are not allowed.
    pub(crate) fn parse(&self, sql: &str) -> PgWireResult<Vec<Command>> {
        let is_of_catalogue = is_of_catalogue(sql);
        // In our catalogue, type functions are stored by name, not by OID.
        let sql = ["'array_in'::regproc", "'pg_catalog.array_in'::regproc"]
            .iter()
            .fold(sql.to_owned(), |sql, cast| sql.replace(cast, "'array_in'"));
        // The rewrite rules for catalogue queries would change the meaning of other queries.
        let statements = if is_of_catalogue {
            self.parser.parse(&sql)
        } else {
            Parser::parse_sql(&PostgreSqlDialect {}, &sql)
                .map(|parsed| parsed.into_iter().map(|statement| self.rewrite(statement)).collect())
        };
        let statements: Vec<Statement> = statements.map_err(|e| {
            let message = e.to_string();
            error("42601", message.trim_start_matches("sql parser error: ").to_owned())
        })?;
        statements.into_iter().map(command).collect()
    }

    /// Rewrites what queries on tables need: `= ANY(array)`, and `current_user` without parentheses.
    fn rewrite(&self, statement: Statement) -> Statement {
        self.rules.iter().fold(statement, |statement, rule| rule.rewrite(statement))
    }

    /// Plans the statement, if it is a query.
    ///
    /// Errors: unknown names, types that do not fit.
    pub(crate) async fn prepare(self: &Arc<Self>, command: Command) -> PgWireResult<Prepared> {
        let plan = match &command {
            Command::Query(statement) => Some(self.plan(statement.as_ref().clone()).await?),
            _ => None,
        };
        let casts = match &command {
            Command::Query(statement) => self.casts(statement).await,
            _ => Vec::new(),
        };
        Ok(Prepared { command, plan, casts, snapshot: self.snapshot() })
    }

    /// What a plan depends on: the run of each data set, and the schema of unqualified names.
    fn snapshot(&self) -> Vec<(String, String)> {
        let mut snapshot = self.catalog.snapshot();
        let schema = self.context.state().config_options().catalog.default_schema.clone();
        snapshot.push((String::new(), schema));
        snapshot
    }

    /// The types of parameters with a cast (`$1::text[]`); plans infer only simple types.
    async fn casts(&self, statement: &Statement) -> Vec<(usize, DataType)> {
        let mut casts = Vec::new();
        for (number, data_type) in casts_of_parameters(statement) {
            let sql = format!("SELECT CAST(NULL AS {data_type})");
            if let Ok(frame) = self.context.sql(&sql).await {
                casts.push((number, frame.schema().field(0).data_type().clone()));
            }
        }
        casts
    }

    async fn plan(self: &Arc<Self>, mut statement: Statement) -> PgWireResult<LogicalPlan> {
        let session = Arc::clone(self);
        let planning = self.engine.spawn(async move {
            if relations::are_needed(&statement.to_string()) {
                let schema = session.context.state().config_options().catalog.default_schema.clone();
                let relations = Relations::load(&session.context, &schema).await;
                let relations = relations.map_err(|e| session.failed(e))?;
                *session.relations.write().unwrap_or_else(PoisonError::into_inner) = relations;
            }
            session.register_functions();
            if statement.to_string().contains("pg_proc") {
                let schema = session.context.state().config_options().catalog.default_schema.clone();
                let number = namespace(&session.context, &schema).await.map_err(|e| session.failed(e))?;
                session.catalog.functions().write().unwrap_or_else(PoisonError::into_inner).0 = number;
            }
            if is_of_catalogue(&statement.to_string()) {
                catalog_queries::simplify(&mut statement);
            }
            name_columns(&mut statement);
            let plan = plan_postgres(&session.context, statement).await.map_err(|e| session.failed(e))?;
            // The analysed plan has the final column types, which the client is told before the query runs.
            let state = session.context.state();
            let analyzed =
                state.analyzer().execute_and_check(plan.clone(), state.config_options(), |_, _| {});
            Ok(analyzed.unwrap_or(plan))
        });
        self.finish_or_stop(planning).await
    }

    /// Registers the SQL functions of the run of the current schema.
    fn register_functions(&self) {
        let schema = self.context.state().config_options().catalog.default_schema.clone();
        let run = self.catalog.run(&schema);
        let run_id = run.as_ref().map(|run| run.run_id().to_owned());
        let mut registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        if registered.0 == run_id {
            return;
        }
        for name in registered.1.drain(..) {
            self.context.deregister_udf(name);
        }
        let mut entries = Vec::new();
        for function in run.iter().flat_map(|run| (self.functions_of)(run)) {
            registered.1.push(function.name);
            entries.extend(Entry::forms(&function));
            self.context.register_udf(function.udf());
        }
        self.catalog.functions().write().unwrap_or_else(PoisonError::into_inner).1 = entries;
        registered.0 = run_id;
    }

    /// Runs a prepared query with the values of its parameters.
    ///
    /// Errors: as for [`Self::prepare`]; parameters that do not fit.
    pub(crate) async fn run(
        self: &Arc<Self>,
        prepared: &Prepared,
        parameters: Option<ParamValues>,
    ) -> PgWireResult<(DataFrame, Rows)> {
        let plan = match (&prepared.plan, &prepared.command) {
            (Some(plan), _) if prepared.snapshot == self.snapshot() => plan.clone(),
            (_, Command::Query(statement)) => self.plan(statement.as_ref().clone()).await?,
            _ => return Err(error("XX000", "not a query")),
        };
        let plan = match parameters {
            Some(values) => plan.replace_params_with_values(&values).map_err(|e| self.failed(e))?,
            None => plan,
        };
        let frame = DataFrame::new(self.context.state(), plan);
        let (sender, batches) = mpsc::channel(2);
        let (session, running) = (Arc::clone(self), frame.clone());
        let task = self.engine.spawn(async move {
            let mut stream = match running.execute_stream().await {
                Ok(stream) => stream,
                Err(e) => return drop(sender.send(Err(session.failed(e))).await),
            };
            while let Some(batch) = stream.next().await {
                // The receiver is gone if the query was stopped.
                if sender.send(batch.map_err(|e| session.failed(e))).await.is_err() {
                    return;
                }
            }
        });
        let rows = Rows { batches, task, session: Arc::clone(self), remaining: self.limits.max_rows };
        Ok((frame, rows))
    }

    /// The result of a task, or the error of a statement that is stopped earlier.
    async fn finish_or_stop<T>(&self, mut task: JoinHandle<PgWireResult<T>>) -> PgWireResult<T> {
        tokio::select! {
            done = &mut task => match done {
                Ok(result) => result,
                Err(failed) => Err(fatal("XX000", format!("the query failed: {failed}"), None)),
            },
            stopped = self.activity.stopped() => {
                task.abort();
                Err(stop(&mut task, stopped).await)
            }
        }
    }

    /// The value of a variable, for SHOW.
    pub(crate) fn show(&self, name: &str) -> PgWireResult<String> {
        Ok(self.variables().get(name)?.to_owned())
    }

    /// All variables, for SHOW ALL.
    pub(crate) fn show_all(&self) -> Vec<(String, String)> {
        self.variables().all().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Sets a variable; `None` sets its default.
    pub(crate) fn set(&self, name: &str, value: Option<&str>, only_transaction: bool) -> PgWireResult<()> {
        let before = self.variables().clone();
        let change = self.variables.write().unwrap_or_else(PoisonError::into_inner).set(name, value)?;
        self.apply(change);
        if only_transaction {
            self.before_set_local.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(before);
        }
        Ok(())
    }

    /// Saves the settings for ROLLBACK.
    pub(crate) fn begin_transaction(&self) {
        let now = self.variables().clone();
        self.transaction_start.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(now);
    }

    /// Undoes SET LOCAL, and every SET if the transaction was rolled back.
    pub(crate) fn end_transaction(&self, committed: bool) {
        let take =
            |kept: &Mutex<Option<Variables>>| kept.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (start, local) = (take(&self.transaction_start), take(&self.before_set_local));
        if let Some(before) = if committed { local } else { start } {
            self.set_all(before);
        }
    }

    /// Sets all variables to their defaults.
    pub(crate) fn reset(&self) {
        let defaults = self.variables().defaults();
        self.set_all(defaults);
    }

    fn set_all(&self, variables: Variables) {
        let changes = [variables.change("search_path"), variables.change("timezone")];
        *self.variables.write().unwrap_or_else(PoisonError::into_inner) = variables;
        for change in changes {
            self.apply(change);
        }
    }

    fn apply(&self, change: Change) {
        match change {
            Change::Nothing | Change::TimeZone => {}
            Change::SearchPath(schemas) => {
                let datasets = self.catalog.snapshot();
                let first_named = schemas.first().cloned();
                let known =
                    schemas.into_iter().find(|name| datasets.iter().any(|(dataset, _)| dataset == name));
                // As in PostgreSQL, an unknown schema is not an error; it has no tables.
                if let Some(schema) = known.or(first_named) {
                    let state = self.context.state_ref();
                    state.write().config_mut().options_mut().catalog.default_schema = schema;
                }
            }
        }
    }

    fn variables(&self) -> std::sync::RwLockReadGuard<'_, Variables> {
        self.variables.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error of a query, without the folders of this computer.
    fn failed(&self, failed: datafusion::error::DataFusionError) -> PgWireError {
        let schema = self.context.state().config().options().catalog.default_schema.clone();
        let failed = query_error(failed, self.catalog.table_names(&schema), self.memory_limit_bytes);
        let mut converted = of_engine(&failed);
        if let PgWireError::UserError(info) = &mut converted {
            info.message = self.hide_folders(&info.message);
        }
        converted
    }

    /// The text without the folders of this computer.
    fn hide_folders(&self, text: &str) -> String {
        self.catalog.folders().iter().fold(text.to_owned(), |text, folder| {
            // Plans show paths without the leading slash.
            let folder = folder.display().to_string();
            let folder = folder.trim_start_matches('/');
            text.replace(&format!("/{folder}/"), "").replace(&format!("{folder}/"), "").replace(folder, "")
        })
    }
}

impl Rows {
    /// The next batch; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<PgWireResult<RecordBatch>> {
        let session = Arc::clone(&self.session);
        let received = tokio::select! {
            received = self.batches.recv() => received,
            stopped = session.activity.stopped() => {
                self.task.abort();
                return Some(Err(stop(&mut self.task, stopped).await));
            }
        };
        match received {
            Some(Ok(batch)) => {
                let rows = batch.num_rows() as u64;
                if rows > self.remaining {
                    return Some(Err(with_hint(
                        "54000",
                        format!("the result has more than {} rows, the limit", self.session.limits.max_rows),
                        "add LIMIT or select fewer rows; `regulars export` writes whole tables",
                    )));
                }
                self.remaining -= rows;
                Some(Ok(batch))
            }
            Some(failed) => Some(failed),
            // The task has ended: the channel closes when it returns, and when it panics.
            None => match (&mut self.task).await {
                Ok(()) => None,
                Err(failed) => Some(Err(fatal("XX000", format!("the query failed: {failed}"), None))),
            },
        }
    }
}

impl Rows {
    pub(crate) fn hide_folders(&self, text: &str) -> String {
        self.session.hide_folders(text)
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The error of a stopped query. If the query does not stop, the error is fatal: the connection ends, and its process.
async fn stop<T>(task: &mut JoinHandle<T>, stopped: Stopped) -> PgWireError {
    let has_ended = tokio::time::timeout(STOP_TIMEOUT, task).await.is_ok();
    let failed = of_stop(stopped);
    if has_ended || matches!(stopped, Stopped::By(Stop::OutOfMemory | Stop::Shutdown)) {
        return failed;
    }
    match failed {
        PgWireError::UserError(mut info) => {
            "FATAL".clone_into(&mut info.severity);
            PgWireError::UserError(info)
        }
        other => other,
    }
}

/// Loads the current runs, on the engine's threads.
async fn refresh(
    engine: &Engine,
    catalog: &Arc<Catalog>,
) -> PgWireResult<Result<(), regulars_engine::Error>> {
    let catalog = Arc::clone(catalog);
    let done = engine.spawn(async move { catalog.refresh().await }).await;
    done.map_err(|failed| fatal("XX000", format!("the data sets cannot be read: {failed}"), None))
}

/// Whether a statement reads the catalogue, as clients do when they connect.
fn is_of_catalogue(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    ["pg_catalog", "information_schema"].iter().any(|schema| sql.contains(schema))
        || CATALOGUE_TABLES.iter().any(|table| sql.contains(table))
}

/// Catalogue tables that clients read without `pg_catalog.`, and types of catalogue columns.
const CATALOGUE_TABLES: [&str; 16] = [
    "pg_am",
    "pg_attr",
    "pg_class",
    "pg_constraint",
    "pg_database",
    "pg_description",
    "pg_enum",
    "pg_index",
    "pg_namespace",
    "pg_proc",
    "pg_range",
    "pg_roles",
    "pg_settings",
    "pg_type",
    "regclass",
    "regtype",
];

/// Parameters with a cast, by number from 1, and the name of the type.
fn casts_of_parameters(statement: &Statement) -> Vec<(usize, String)> {
    let mut casts = Vec::new();
    let _ = visit_expressions(statement, |expression| {
        if let Expr::Cast { expr, data_type, .. } = expression
            && let Expr::Value(value) = expr.as_ref()
            && let Value::Placeholder(name) = &value.value
            && let Ok(number) = name.trim_start_matches('$').parse()
        {
            casts.push((number, data_type.to_string()));
        }
        ControlFlow::<()>::Continue(())
    });
    casts
}

fn first(datasets: &[String]) -> String {
    datasets.first().cloned().unwrap_or_else(|| "public".to_owned())
}
