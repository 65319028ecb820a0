//! Runs started from pages and API: queue, progress and result.
//!
//! A [`Runner`] makes the runs, on its own thread, one at a time.

pub(crate) mod api;
mod events;
mod job;
mod order;

pub(crate) use job::{End, Job, JobView, Note, StageView, State};
pub use order::{RunFailure, RunOrder};

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use regulars_core::progress::{Progress, Unit};

use crate::guard::{Refusal, ServerEnvironment};

/// Queue length.
const MAX_QUEUED: usize = 8;
/// Runs remembered, over all data sets.
const MAX_JOBS_KEPT: usize = 100;

/// Starts and executes runs.
///
/// Calls may block; the server makes them on blocking threads. `order.dataset` passes
/// `regulars_core::names::check_dataset_name`.
pub trait Runner: Send + Sync + 'static {
    /// Checks quickly whether the run can be made.
    ///
    /// # Errors
    ///
    /// [`RunFailure`].
    fn check(&self, order: &RunOrder) -> Result<(), RunFailure>;

    /// Makes the run, reports progress to `progress`, and stops soon after `progress` reports a cancellation.
    ///
    /// Shape: the name of the new run, which becomes current.
    ///
    /// # Errors
    ///
    /// [`RunFailure`]; then nothing is published and the previous run stays current.
    fn run(&self, order: &RunOrder, progress: &RunProgress) -> Result<String, RunFailure>;
}

/// Receives the progress of a run, and knows whether it was cancelled.
pub struct RunProgress(Arc<Job>);

impl RunProgress {
    /// Whether the run was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

impl Progress for RunProgress {
    fn step(&self, name: &str, total: Option<u64>, unit: Unit) {
        self.0.step(name, total, unit);
    }

    fn advance(&self, amount: u64) {
        self.0.advance(amount);
    }

    fn note(&self, message: &str) {
        self.0.note(message);
    }
}

/// The runs of this server since it started.
pub(crate) struct Runs {
    runner: Arc<dyn Runner>,
    environment: Arc<dyn ServerEnvironment>,
    jobs: Mutex<VecDeque<Arc<Job>>>,
    queue: SyncSender<Arc<Job>>,
}

impl Runs {
    /// Makes runs with `runner`, one at a time, until this is dropped.
    pub(crate) fn new(runner: Arc<dyn Runner>, environment: Arc<dyn ServerEnvironment>) -> Self {
        let (queue, waiting) = sync_channel(MAX_QUEUED);
        let maker = Arc::clone(&runner);
        std::thread::spawn(move || work(&*maker, &waiting));
        Self { runner, environment, jobs: Mutex::default(), queue }
    }

    fn with<T>(&self, f: impl FnOnce(&mut VecDeque<Arc<Job>>) -> T) -> T {
        f(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Checks an order and queues it. May block.
    pub(crate) fn start(&self, order: RunOrder) -> Result<Arc<Job>, Refusal> {
        self.runner
            .check(&order)
            .map_err(|failure| Refusal::CannotRun { message: failure.message, hint: failure.hint })?;
        self.with(|jobs| {
            if let Some(other) = jobs.iter().find(|job| job.order.dataset == order.dataset && !job.is_over())
            {
                return Err(Refusal::RunInProgress { id: other.id.clone() });
            }
            let id: String =
                self.environment.random()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            let job = Arc::new(Job::new(id, order, Arc::clone(&self.environment)));
            self.queue.try_send(Arc::clone(&job)).map_err(|_full| Refusal::TooManyRuns)?;
            while jobs.len() >= MAX_JOBS_KEPT
                && let Some(at) = jobs.iter().position(|job| job.is_over())
            {
                jobs.remove(at);
            }
            jobs.push_back(Arc::clone(&job));
            Ok(job)
        })
    }

    /// The runs, latest first.
    pub(crate) fn all(&self) -> Vec<Arc<Job>> {
        self.with(|jobs| jobs.iter().rev().cloned().collect())
    }

    /// A run by its id.
    pub(crate) fn find(&self, id: &str) -> Result<Arc<Job>, Refusal> {
        let found = self.with(|jobs| jobs.iter().find(|job| job.id == id).cloned());
        found.ok_or_else(|| Refusal::UnknownJob { id: id.chars().take(40).collect() })
    }

    /// Cancels all runs, at shutdown.
    pub(crate) fn close(&self) {
        self.all().iter().for_each(|job| job.cancel());
    }
}

fn work(runner: &dyn Runner, waiting: &Receiver<Arc<Job>>) {
    while let Ok(job) = waiting.recv() {
        if !job.begin() {
            continue;
        }
        let progress = RunProgress(Arc::clone(&job));
        // A panic in one run must not stop the others.
        let made =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runner.run(&job.order, &progress)));
        job.end(made.unwrap_or_else(|_panic| {
            Err(RunFailure::new(
                "the run failed because of a bug in Regulars",
                Some("see its log in the terminal for details".to_owned()),
            ))
        }));
    }
}
