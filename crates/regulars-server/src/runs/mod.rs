//! Runs started from pages and API: whom they wait for, how far they are, how they end.
//!
//! Deliberately not here: how a run is made. A [`Runner`] makes it, on a thread of its own, one at a time.

mod api;
mod events;
mod job;

pub(crate) use api::{answer_by_form, cancel, events, job, jobs, start, start_by_form};
pub(crate) use job::{Job, StageView, State};

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use regulars_core::progress::{Progress, Unit};
use regulars_core::question::Question;
use serde::{Deserialize, Serialize};

use crate::guard::{Outside, Refusal};

/// Runs that may wait.
const MOST_WAITING: usize = 8;
/// Runs that are remembered, of all data sets.
const MOST_REMEMBERED: usize = 100;

/// Makes runs.
///
/// Calls may block; the server makes them on threads that may. `order.dataset` passes
/// `regulars_core::names::check_dataset_name`.
pub trait Runner: Send + Sync + 'static {
    /// Says at once if such a run cannot be made.
    ///
    /// # Errors
    ///
    /// [`RunFailure`].
    fn check(&self, order: &RunOrder) -> Result<(), RunFailure>;

    /// Makes the run, tells `watch` how far it is, and ends soon after `watch` says that it was cancelled.
    ///
    /// Shape: the name of the new run, which is current.
    ///
    /// # Errors
    ///
    /// [`RunFailure`]; nothing is published then, and the run before stays current.
    fn run(&self, order: &RunOrder, watch: &Watch) -> Result<String, RunFailure>;
}

/// What is to be run: a data set again as its current run was made, unless more is said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunOrder {
    /// The data set.
    pub dataset: String,
    /// The files of orders; without any, those of the current run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    /// The analysis date; without one, the last purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// The steps; without any, those of the current run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// Keys of the configuration over those of the current run, as questions name them:
    /// `source.amount_is=order`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
}

/// Why a run was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunFailure {
    /// What went wrong; lowercase, no final dot, shown to the user.
    pub message: String,
    /// What to do about it, if that is known.
    pub hint: Option<String>,
    /// What only the user can answer, if that is why.
    pub question: Option<Box<Question>>,
}

impl RunFailure {
    /// A failure that is no question.
    pub fn new(message: impl Into<String>, hint: Option<String>) -> Self {
        Self { message: message.into(), hint, question: None }
    }
}

/// Hears how far a run is, and knows whether it is still wanted.
pub struct Watch(Arc<Job>);

impl Watch {
    /// Whether the run is no longer wanted.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

impl Progress for Watch {
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

/// The runs of this server since it began.
pub(crate) struct Runs {
    runner: Arc<dyn Runner>,
    outside: Arc<dyn Outside>,
    jobs: Mutex<VecDeque<Arc<Job>>>,
    queue: SyncSender<Arc<Job>>,
}

impl Runs {
    /// Makes runs by `runner`, one at a time, for as long as this is kept.
    pub(crate) fn new(runner: Arc<dyn Runner>, outside: Arc<dyn Outside>) -> Self {
        let (queue, waiting) = sync_channel(MOST_WAITING);
        let maker = Arc::clone(&runner);
        std::thread::spawn(move || work(&*maker, &waiting));
        Self { runner, outside, jobs: Mutex::default(), queue }
    }

    fn with<T>(&self, f: impl FnOnce(&mut VecDeque<Arc<Job>>) -> T) -> T {
        f(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Checks an order and puts it at the end of the queue. May block.
    pub(crate) fn start(&self, order: RunOrder) -> Result<Arc<Job>, Refusal> {
        self.runner
            .check(&order)
            .map_err(|failure| Refusal::CannotRun { message: failure.message, hint: failure.hint })?;
        self.with(|jobs| {
            if let Some(other) = jobs.iter().find(|job| job.order.dataset == order.dataset && !job.is_over())
            {
                return Err(Refusal::RunOnItsWay { id: other.id.clone() });
            }
            let id: String = self.outside.random()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            let job = Arc::new(Job::new(id, order, Arc::clone(&self.outside)));
            self.queue.try_send(Arc::clone(&job)).map_err(|_full| Refusal::TooManyRuns)?;
            while jobs.len() >= MOST_REMEMBERED
                && let Some(at) = jobs.iter().position(|job| job.is_over())
            {
                jobs.remove(at);
            }
            jobs.push_back(Arc::clone(&job));
            Ok(job)
        })
    }

    /// The runs there are, the latest first.
    pub(crate) fn all(&self) -> Vec<Arc<Job>> {
        self.with(|jobs| jobs.iter().rev().cloned().collect())
    }

    /// A run by its name.
    pub(crate) fn find(&self, id: &str) -> Result<Arc<Job>, Refusal> {
        let found = self.with(|jobs| jobs.iter().find(|job| job.id == id).cloned());
        found.ok_or_else(|| Refusal::UnknownJob { id: id.chars().take(40).collect() })
    }

    /// Nobody waits for anything any more.
    pub(crate) fn close(&self) {
        self.all().iter().for_each(|job| job.cancel());
    }
}

fn work(runner: &dyn Runner, waiting: &Receiver<Arc<Job>>) {
    while let Ok(job) = waiting.recv() {
        if !job.begin() {
            continue;
        }
        let watch = Watch(Arc::clone(&job));
        // A fault in making one run is not the end of all.
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runner.run(&job.order, &watch)));
        job.end(made.unwrap_or_else(|_panic| {
            Err(RunFailure::new(
                "the run ended by a fault of Regulars",
                Some("its log, on the terminal it runs in, says more".to_owned()),
            ))
        }));
    }
}
