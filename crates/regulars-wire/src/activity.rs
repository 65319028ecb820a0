//! The running statement of a connection, and how it is stopped: by a cancel request, by the time limit, or by the watchdog
//! for the memory of the process.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// Why a statement is stopped from outside the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The client sent a cancel request.
    Cancelled,
    /// The process needs more memory than its limit. This also ends the connection.
    OutOfMemory,
    /// The server is shutting down. This also ends the connection.
    Shutdown,
}

/// The state of a connection.
#[derive(Debug)]
pub struct Activity {
    stop: watch::Sender<Option<Stop>>,
    current: Mutex<Current>,
}

#[derive(Debug, Default)]
struct Current {
    /// Counts statements; odd while one is running.
    number: u64,
    deadline: Option<Instant>,
}

impl Default for Activity {
    fn default() -> Self {
        Self { stop: watch::Sender::new(None), current: Mutex::default() }
    }
}

impl Activity {
    /// Stops the running statement, if there is one.
    pub fn stop(&self, reason: Stop) {
        if reason != Stop::Cancelled || self.running().is_some() {
            self.stop.send_replace(Some(reason));
        }
    }

    /// The number of the running statement.
    pub fn running(&self) -> Option<u64> {
        let number = self.current().number;
        (number % 2 == 1).then_some(number)
    }

    /// Begins a statement, which ends when the returned value is dropped.
    pub(crate) fn begin(&self, timeout: Option<Duration>) -> Running<'_> {
        self.stop.send_if_modified(|stop| {
            // A cancel request for an earlier statement must not stop this one.
            let is_stale = *stop == Some(Stop::Cancelled);
            if is_stale {
                *stop = None;
            }
            is_stale
        });
        let mut current = self.current();
        current.number += 1;
        current.deadline = timeout.map(|timeout| Instant::now() + timeout);
        Running(self)
    }

    /// Completes when the running statement must stop.
    pub(crate) async fn stopped(&self) -> Stopped {
        let deadline = self.current().deadline;
        let mut stop = self.stop.subscribe();
        let requested = stop.wait_for(Option::is_some);
        let reason = match deadline {
            Some(deadline) => match tokio::time::timeout_at(deadline, requested).await {
                Ok(reason) => reason,
                Err(_elapsed) => return Stopped::TimedOut,
            },
            None => requested.await,
        };
        // The sender lives as long as `self`.
        Stopped::By(reason.ok().and_then(|reason| *reason).unwrap_or(Stop::Shutdown))
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Why a statement must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    TimedOut,
    By(Stop),
}

/// Marks a statement as running until it is dropped.
pub(crate) struct Running<'a>(&'a Activity);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.current().number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_request_between_two_statements_stops_none() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("starts");
        let activity = Activity::default();
        runtime.block_on(async {
            activity.stop(Stop::Cancelled);
            let first = activity.begin(Some(Duration::from_millis(1)));
            assert_eq!(activity.running(), Some(1));
            assert_eq!(activity.stopped().await, Stopped::TimedOut);
            activity.stop(Stop::Cancelled);
            drop(first);
            let second = activity.begin(Some(Duration::from_millis(1)));
            assert_eq!(activity.stopped().await, Stopped::TimedOut);
            activity.stop(Stop::Cancelled);
            assert_eq!(activity.stopped().await, Stopped::By(Stop::Cancelled));
            drop(second);
            assert_eq!(activity.running(), None);
            activity.stop(Stop::OutOfMemory);
            let _third = activity.begin(None);
            assert_eq!(activity.stopped().await, Stopped::By(Stop::OutOfMemory));
        });
    }
}
