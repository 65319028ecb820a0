//! What all handlers share: the runs, the guard, and the limits on concurrent work.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::HeaderMap;
use axum::response::Response;
use regulars_analysis::backend::Backend;
use regulars_analysis::error::BackendError;
use regulars_analysis::frame::{Cache, Frame};
use regulars_core::names::{check_dataset_name, is_run_name};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::error::ServerError;
use crate::guard::{Guard, Refusal};
use crate::query::Query;
use crate::response_cache;
use crate::runs::Runs;
use crate::view::View;

/// Cache size for columns of runs; a page for a million customers needs about 10% of it.
const CACHE_BYTES: usize = 1 << 30;

/// Responses computed concurrently; others wait. Each takes a CPU for some milliseconds, and its thread keeps
/// the memory it used: fifty at once would not be faster and need ten times the memory.
const PAGES_AT_ONCE: usize = 4;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// Concurrent queries; each may take a CPU and half a gigabyte.
const QUERIES_AT_ONCE: usize = 2;
/// How long a query waits for its turn.
const QUERY_WAITS: Duration = Duration::from_secs(5);

/// State shared by all handlers.
#[derive(Clone)]
pub(crate) struct Shared {
    backend: Backend,
    cache: Arc<Cache>,
    queries: Arc<Semaphore>,
    pub(crate) guard: Guard,
    runs: Option<Arc<Runs>>,
    turns: Arc<Semaphore>,
    closing: watch::Receiver<bool>,
}

impl Shared {
    pub(crate) fn new(
        backend: Backend,
        guard: Guard,
        runs: Option<Arc<Runs>>,
        closing: watch::Receiver<bool>,
    ) -> Self {
        Self {
            backend,
            cache: Arc::new(Cache::new(CACHE_BYTES)),
            guard,
            runs,
            queries: Arc::new(Semaphore::new(QUERIES_AT_ONCE)),
            turns: Arc::new(Semaphore::new(PAGES_AT_ONCE)),
            closing,
        }
    }

    /// The runs started on this server, if allowed.
    pub(crate) fn runs(&self) -> Result<Arc<Runs>, Refusal> {
        self.runs.clone().ok_or(Refusal::RunsNotAllowed)
    }

    /// Whether the server is shutting down.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.clone()
    }

    /// Calls the backend on a blocking thread.
    pub(crate) async fn call_backend<T, F>(&self, question: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&Backend) -> Result<T, BackendError> + Send + 'static,
    {
        let backend = self.backend.clone();
        Ok(tokio::task::spawn_blocking(move || question(&backend)).await??)
    }

    /// Like `call_backend`, but queued, for slower requests, with server errors.
    pub(crate) async fn call_backend_queued<T, F>(&self, question: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&Backend) -> Result<T, ServerError> + Send + 'static,
    {
        let backend = self.backend.clone();
        self.in_turn(move || question(&backend)).await
    }

    /// Computes something on a blocking thread, when its turn comes.
    async fn in_turn<T, F>(&self, compute: F) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, ServerError> + Send + 'static,
    {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Refusal::Busy.into()) };
        tokio::task::spawn_blocking(move || {
            // Held until the computation ends, even if the client is gone.
            let _turn = turn;
            compute()
        })
        .await?
    }

    /// Waits for a query slot, which is held until the returned permit is dropped.
    ///
    /// # Errors
    ///
    /// [`ServerError::Busy`] on timeout.
    pub(crate) async fn query_slot(&self) -> Result<OwnedSemaphorePermit, ServerError> {
        match tokio::time::timeout(QUERY_WAITS, Arc::clone(&self.queries).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(ServerError::Busy),
        }
    }

    /// The view of a run given by a query string, on a blocking thread.
    pub(crate) async fn with_view<T, F>(
        &self,
        dataset: String,
        query: &str,
        answer: F,
    ) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&View, &Backend) -> Result<T, ServerError> + Send + 'static,
    {
        self.with_view_of(dataset, Query::read(query)?, answer).await
    }

    /// The view for a parsed query.
    pub(crate) async fn with_view_of<T, F>(
        &self,
        dataset: String,
        query: Query,
        answer: F,
    ) -> Result<T, ServerError>
    where
        T: Send + 'static,
        F: FnOnce(&View, &Backend) -> Result<T, ServerError> + Send + 'static,
    {
        check_names(&dataset, query.run.as_deref())?;
        let (backend, cache) = (self.backend.clone(), Arc::clone(&self.cache));
        self.in_turn(move || {
            let frame = Frame::open(&backend, &cache, &dataset, query.run.as_deref())?;
            answer(&View::new(frame, query)?, &backend)
        })
        .await
    }

    /// Responds from the cache, under the name given by `about`, or makes the response; the filter is applied
    /// only in that case.
    pub(crate) async fn cached_response<T, A, F>(
        &self,
        dataset: String,
        query: Query,
        headers: HeaderMap,
        about: A,
        make: F,
    ) -> Result<Response, ServerError>
    where
        A: FnOnce(&Frame, &Query, &Backend) -> Result<(String, T), ServerError> + Send + 'static,
        F: FnOnce(&View, &Backend, T) -> Result<Response, ServerError> + Send + 'static,
    {
        check_names(&dataset, query.run.as_deref())?;
        let (backend, cache) = (self.backend.clone(), Arc::clone(&self.cache));
        self.in_turn(move || {
            let frame = Frame::open(&backend, &cache, &dataset, query.run.as_deref())?;
            let (what, with) = about(&frame, &query, &backend)?;
            response_cache::answer(&frame, &what, &headers, || {
                make(&View::new(frame.clone(), query)?, &backend, with)
            })
        })
        .await
    }
}

/// Refuses invalid data set and run names before they become part of a path.
pub(crate) fn check_names(dataset: &str, run: Option<&str>) -> Result<(), BackendError> {
    if check_dataset_name(dataset).is_err() {
        return Err(BackendError::UnknownDataset { dataset: dataset.to_owned() });
    }
    match run {
        Some(run) if !is_run_name(run) => {
            Err(BackendError::UnknownRun { dataset: dataset.to_owned(), run: run.to_owned() })
        }
        _ => Ok(()),
    }
}
