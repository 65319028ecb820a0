//! The embedded engine: one runtime, one memory pool, one spill folder.
//!
//! Deliberately not here: plans. The interface is blocking, so that the pipeline above stays sync; it must
//! not be called from within an async runtime.

use std::future::Future;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use datafusion::common::config::SpillCompression;
use datafusion::error::DataFusionError;
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::TrackConsumersPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::prelude::{DataFrame, ParquetReadOptions, SessionConfig, SessionContext};
use tokio::runtime::Runtime;
use tokio::task::{JoinError, JoinHandle};

use crate::error::{Error, Operation, Result};
use crate::functions;
use crate::memory::SplitPool;
use crate::plans::single_phase::SinglePhaseAggregates;
use crate::sql::{ModelFunction, PostgresArithmetic};

/// Resources of the engine.
#[derive(Debug, Clone)]
pub struct Options {
    /// Threads, and partitions of every plan; at least one. Results do not depend on it.
    pub threads: usize,
    /// Memory limit of the whole process; plans spill rather than exceed it.
    ///
    /// A quarter is reserved for what the pool does not track (decoded pages, output buffers).
    pub memory_limit_bytes: Option<u64>,
    /// The spill folder; created when first needed, emptied when the engine is dropped.
    pub temp_dir: PathBuf,
}

/// The embedded engine.
#[derive(Debug)]
pub struct Engine {
    runtime: Option<Runtime>,
    environment: Arc<RuntimeEnv>,
    options: Options,
    /// Further functions of sessions for SQL.
    functions: Vec<ModelFunction>,
}

/// Work for a worker thread of the engine.
pub(crate) type Work<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// Stack size of worker threads: planning recurses deeply.
const STACK_BYTES: usize = 16 << 20;

/// Rows per record batch: DataFusion's default, or fewer if a dozen batches would exceed the memory limit. No
/// result depends on it.
fn batch_rows(memory_limit_bytes: Option<u64>) -> usize {
    match memory_limit_bytes {
        Some(limit) if limit < 128 << 20 => 512,
        Some(limit) if limit < 256 << 20 => 1024,
        Some(limit) if limit < 512 << 20 => 2048,
        Some(limit) if limit < 1 << 30 => 4096,
        _ => 8192,
    }
}

impl Engine {
    /// Starts the engine.
    ///
    /// Errors: [`Kind::File`](crate::Kind::File) if the threads cannot be started;
    /// [`Kind::Internal`](crate::Kind::Internal) if the engine refuses its settings.
    pub fn new(options: Options) -> Result<Self> {
        Self::with_spill_limit(options, None)
    }

    /// As [`Self::new`], with a limit on spilled bytes: for queries of untrusted users.
    ///
    /// Errors: as [`Self::new`].
    pub fn with_spill_limit(options: Options, spill_limit_bytes: Option<u64>) -> Result<Self> {
        let options = Options { threads: options.threads.max(1), ..options };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(options.threads)
            .thread_name("regulars-engine")
            .thread_stack_size(STACK_BYTES)
            .build()
            .map_err(|source| Error::file("start the engine's threads", &options.temp_dir, source))?;
        let operation = Operation { name: "starting", limit_bytes: options.memory_limit_bytes, tables: None };
        let environment = environment(&options, spill_limit_bytes).map_err(|e| operation.failed(e))?;
        Ok(Self { runtime: Some(runtime), environment, options, functions: Vec::new() })
    }

    /// The same with further functions in SQL.
    #[must_use]
    pub fn with_functions(mut self, functions: Vec<ModelFunction>) -> Self {
        self.functions = functions;
        self
    }

    /// The options that the engine was started with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Bytes currently spilled by plans.
    pub fn spilled_bytes(&self) -> u64 {
        self.environment.disk_manager.used_disk_space()
    }

    /// A session for plans that group by customer.
    pub(crate) fn plans(&self) -> SessionContext {
        let mut config = self.config();
        let optimizer = &mut config.options_mut().optimizer;
        // Sort-merge joins can spill; hash joins cannot.
        optimizer.prefer_hash_join = false;
        self.session(config, vec![Arc::new(SinglePhaseAggregates)])
    }

    /// A session for the user's SQL, and for plans with few groups.
    pub(crate) fn queries(&self) -> SessionContext {
        self.sql_session(self.config())
    }

    /// The same, for the wire protocol: `schema` of `catalog` is searched first.
    pub fn wire_session(&self, catalog: &str, schema: &str) -> SessionContext {
        self.sql_session(
            self.config()
                .with_create_default_catalog_and_schema(false)
                .with_default_catalog_and_schema(catalog, schema),
        )
    }

    fn sql_session(&self, config: SessionConfig) -> SessionContext {
        let mut config = config.with_information_schema(true);
        // `0.1` is a decimal as in PostgreSQL, so that money times a rate is exact.
        config.options_mut().sql_parser.parse_float_as_decimal = true;
        let session = self.session(config, Vec::new());
        session.register_udaf(functions::precise_avg());
        for function in functions::postgres_casts::postgres_casts() {
            session.register_udf(function);
        }
        for function in &self.functions {
            session.register_udf(function.clone().udf());
        }
        let planner = Arc::new(PostgresArithmetic);
        session.state_ref().write().register_expr_planner(planner).expect("every session takes planners");
        session
    }

    /// Creates a session with all our functions.
    fn session(
        &self,
        config: SessionConfig,
        rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>,
    ) -> SessionContext {
        let state = SessionStateBuilder::new_with_default_features()
            .with_config(config)
            .with_runtime_env(Arc::clone(&self.environment));
        let state = rules.into_iter().fold(state, SessionStateBuilder::with_physical_optimizer_rule);
        let session = SessionContext::new_with_state(state.build());
        functions::register(&session);
        session
    }

    pub(crate) fn operation(&self, name: &'static str) -> Operation {
        Operation { name, limit_bytes: self.options.memory_limit_bytes, tables: None }
    }

    /// Runs work on the engine's threads.
    #[expect(clippy::missing_panics_doc, reason = "the runtime is taken only when the engine is dropped")]
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.runtime.as_ref().expect("taken only when the engine is dropped").spawn(work)
    }

    /// Runs work on the engine's threads and blocks until it is done.
    pub(crate) fn block_on<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        let runtime = self.runtime.as_ref().expect("taken only when the engine is dropped");
        join_result(runtime.block_on(runtime.spawn(work)))
    }

    fn config(&self) -> SessionConfig {
        let mut config = SessionConfig::new()
            .with_target_partitions(self.options.threads)
            .with_batch_size(batch_rows(self.options.memory_limit_bytes));
        let options = config.options_mut();
        options.execution.time_zone = Some("UTC".to_owned());
        // The generic dialect parses `cluster` after a comma as the start of CLUSTER BY.
        options.sql_parser.dialect = datafusion::config::Dialect::PostgreSQL;
        options.execution.parquet.pushdown_filters = false;
        options.execution.spill_compression = SpillCompression::Lz4Frame;
        options.optimizer.expand_views_at_output = true;
        if let Some(limit) = self.options.memory_limit_bytes {
            // The merge of spilled runs needs its share before the sort takes everything.
            let share = pool_bytes(limit) / (8 * self.options.threads);
            options.execution.sort_spill_reservation_bytes =
                share.min(options.execution.sort_spill_reservation_bytes);
        }
        config
    }
}

/// The result of a task; a panic is propagated.
pub(crate) fn join_result<T>(ended: std::result::Result<Result<T>, JoinError>) -> Result<T> {
    match ended.map_err(JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(stopped)) => {
            Err(Error::Internal { doing: "waiting for a plan".to_owned(), message: stopped.to_string() })
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Unlike the runtime's own drop, allowed from within an async runtime.
            runtime.shutdown_background();
        }
    }
}

fn environment(
    options: &Options,
    spill_limit_bytes: Option<u64>,
) -> std::result::Result<Arc<RuntimeEnv>, DataFusionError> {
    let mut disk =
        DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![options.temp_dir.clone()]));
    if let Some(limit) = spill_limit_bytes {
        disk.set_max_temp_directory_size(limit);
    }
    let mut builder = RuntimeEnvBuilder::new().with_disk_manager_builder(disk);
    if let Some(limit) = options.memory_limit_bytes {
        let pool = SplitPool::new(pool_bytes(limit));
        let consumers = NonZeroUsize::new(3).expect("three is not zero");
        // Without a bound, the merge of one partition takes memory that another needs.
        builder = builder.with_max_spill_merge_fan_in(MAX_SPILL_MERGE_FILES);
        builder = builder.with_memory_pool(Arc::new(TrackConsumersPool::new(pool, consumers)));
    }
    builder.build_arc()
}

const MAX_SPILL_MERGE_FILES: usize = 8;

fn pool_bytes(limit: u64) -> usize {
    usize::try_from(limit / 4 * 3).unwrap_or(usize::MAX)
}

/// Opens a Parquet file of the run as a data frame.
pub(crate) async fn open(ctx: &SessionContext, path: &Path, operation: &Operation) -> Result<DataFrame> {
    let absolute = std::path::absolute(path).map_err(|source| Error::file("read", path, source))?;
    fs_err::metadata(&absolute).map_err(|source| Error::file("read", path, source))?;
    let options = ParquetReadOptions { file_extension: "", ..ParquetReadOptions::default() };
    ctx.read_parquet(file_url(&absolute), options).await.map_err(|e| operation.failed(e))
}

/// The URL of a file, escaped: a bare path with `*`, `[` or `%` would be read as a pattern.
fn file_url(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut url = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(byte));
            }
            _ => {
                write!(url, "%{byte:02X}").expect("a String takes everything");
            }
        }
    }
    url
}
