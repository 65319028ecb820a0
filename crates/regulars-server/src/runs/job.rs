//! One requested run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use regulars_core::progress::Unit;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::order::{RunFailure, RunOrder};
use crate::guard::ServerEnvironment;

/// Most events and notes kept per run; later ones are dropped.
const MAX_EVENTS: usize = 1000;

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// One requested run.
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) order: RunOrder,
    environment: Arc<dyn ServerEnvironment>,
    cancelled: AtomicBool,
    state: Mutex<JobState>,
    /// Notifies watchers of every change.
    pulse: watch::Sender<()>,
}

struct JobState {
    state: State,
    began: Option<Duration>,
    ended: Option<Duration>,
    stages: Vec<Stage>,
    notes: Vec<String>,
    log: Vec<Event>,
    run_id: Option<String>,
    failure: Option<RunFailure>,
}

struct Stage {
    name: String,
    unit: Unit,
    total: Option<u64>,
    done: u64,
    began: Duration,
    ended: Option<Duration>,
}

/// An event, numbered from 1.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) number: usize,
    pub(super) name: &'static str,
    pub(super) data: Value,
}

/// A message during a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Note {
    note: String,
}

/// How a run ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct End {
    state: State,
    /// The name of the new run.
    run_id: Option<String>,
    error: Option<RunFailure>,
}

/// Progress of a stage of a run.
#[derive(Debug, Clone, JsonSchema, Serialize)]
#[schemars(rename = "Stage")]
pub(crate) struct StageView {
    pub(crate) stage: String,
    pub(crate) unit: Unit,
    pub(crate) done: u64,
    pub(crate) total: Option<u64>,
    /// 0 to 1, if the total is known.
    pub(crate) share: Option<f64>,
    pub(crate) seconds: f64,
    pub(crate) ended: bool,
}

/// A run started on this server.
#[derive(Debug, Clone, JsonSchema, Serialize)]
#[schemars(rename = "Job")]
pub(crate) struct JobView {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) order: RunOrder,
    pub(crate) state: State,
    pub(crate) seconds: f64,
    pub(crate) stages: Vec<StageView>,
    pub(crate) notes: Vec<String>,
    /// The name of the new run.
    pub(crate) run_id: Option<String>,
    pub(crate) error: Option<RunFailure>,
}

impl Stage {
    fn view(&self, now: Duration) -> StageView {
        let share = self.total.filter(|total| *total > 0);
        StageView {
            stage: self.name.clone(),
            unit: self.unit,
            done: self.done,
            total: self.total,
            share: share.map(|total| (self.done as f64 / total as f64).min(1.0)),
            seconds: seconds(self.ended.unwrap_or(now).saturating_sub(self.began)),
            ended: self.ended.is_some(),
        }
    }
}

/// Seconds with one decimal.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}

impl Job {
    pub(super) fn new(id: String, order: RunOrder, environment: Arc<dyn ServerEnvironment>) -> Self {
        let state = JobState {
            state: State::Waiting,
            began: None,
            ended: None,
            stages: Vec::new(),
            notes: Vec::new(),
            log: Vec::new(),
            run_id: None,
            failure: None,
        };
        Self {
            id,
            order,
            environment,
            cancelled: AtomicBool::new(false),
            state: Mutex::new(state),
            pulse: watch::Sender::new(()),
        }
    }

    fn with<T>(&self, f: impl FnOnce(&mut JobState) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, f: impl FnOnce(&mut JobState, Duration)) {
        let now = self.environment.elapsed();
        self.with(|state| f(state, now));
        self.pulse.send_replace(());
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.with(|state| state.ended.is_some())
    }

    /// Starts, unless it has been cancelled.
    pub(super) fn begin(&self) -> bool {
        let mut begins = false;
        self.change(|state, now| {
            begins = state.ended.is_none();
            if begins {
                state.state = State::Running;
                state.began = Some(now);
            }
        });
        begins
    }

    pub(super) fn step(&self, name: &str, total: Option<u64>, unit: Unit) {
        self.change(|state, now| {
            state.end_stage(now);
            let stage = Stage { name: name.to_owned(), unit, total, done: 0, began: now, ended: None };
            state.log("stage", json!(stage.view(now)));
            state.stages.push(stage);
        });
    }

    pub(super) fn advance(&self, amount: u64) {
        self.change(|state, _| {
            if let Some(stage) = state.stages.last_mut() {
                stage.done = stage.done.saturating_add(amount);
            }
        });
    }

    pub(super) fn note(&self, message: &str) {
        self.change(|state, _| {
            if state.notes.len() < MAX_EVENTS {
                state.notes.push(message.to_owned());
                state.log("note", json!(Note { note: message.to_owned() }));
            }
        });
    }

    pub(super) fn end(&self, made: Result<String, RunFailure>) {
        let was_cancelled = self.is_cancelled();
        self.change(|state, now| match made {
            Ok(run_id) => {
                state.run_id = Some(run_id);
                state.end(State::Done, now);
            }
            Err(_) if was_cancelled => state.end(State::Cancelled, now),
            Err(failure) => {
                state.failure = Some(failure);
                state.end(State::Failed, now);
            }
        });
    }

    /// Cancels: immediately if it waits, soon if it runs.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.change(|state, now| {
            if state.state == State::Waiting {
                state.end(State::Cancelled, now);
            }
        });
    }

    pub(crate) fn view(&self) -> JobView {
        let now = self.environment.elapsed();
        self.with(|state| JobView {
            id: self.id.clone(),
            order: self.order.clone(),
            state: state.state,
            seconds: state
                .began
                .map_or(0.0, |began| seconds(state.ended.unwrap_or(now).saturating_sub(began))),
            stages: state.stages.iter().map(|stage| stage.view(now)).collect(),
            notes: state.notes.clone(),
            run_id: state.run_id.clone(),
            error: state.failure.clone(),
        })
    }

    /// A receiver that wakes on every change from now on.
    pub(super) fn pulse(&self) -> watch::Receiver<()> {
        self.pulse.subscribe()
    }

    /// Events after number `seen`, the progress of the current stage, and whether the run has ended.
    pub(super) fn since(&self, seen: usize) -> (Vec<Event>, Option<StageView>, bool) {
        let now = self.environment.elapsed();
        self.with(|state| {
            let news = state.log.get(seen..).unwrap_or_default().to_vec();
            let stage = state.stages.last().filter(|stage| stage.ended.is_none());
            (news, stage.map(|stage| stage.view(now)), state.ended.is_some())
        })
    }
}

impl JobState {
    fn log(&mut self, name: &'static str, data: Value) {
        if self.log.len() < MAX_EVENTS || name == "end" {
            self.log.push(Event { number: self.log.len() + 1, name, data });
        }
    }

    fn end_stage(&mut self, now: Duration) {
        if let Some(stage) = self.stages.last_mut() {
            stage.ended.get_or_insert(now);
        }
    }

    fn end(&mut self, state: State, now: Duration) {
        self.end_stage(now);
        self.state = state;
        self.ended = Some(now);
        let end = End { state, run_id: self.run_id.clone(), error: self.failure.clone() };
        self.log("end", json!(end));
    }
}
