//! Progress of a run as server-sent events: `stage`, `note` and `end` are numbered, so that a client can
//! resume after a lost connection; `progress` comes in between.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde_json::Value;
use tokio::sync::watch;

use super::Job;

/// Shortest time between progress events.
const PACE: Duration = Duration::from_millis(200);
/// Keep-alive interval, so that proxies do not close the connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

struct Reader {
    job: Arc<Job>,
    seen: usize,
    reported_stage: Option<Value>,
    waiting: VecDeque<Event>,
    over: bool,
    pulse: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
}

/// The events of `job` after number `seen`, until the run or the server ends.
pub(super) fn stream(job: Arc<Job>, seen: usize, closing: watch::Receiver<bool>) -> Response {
    let pulse = job.pulse();
    let reader =
        Reader { job, seen, reported_stage: None, waiting: VecDeque::new(), over: false, pulse, closing };
    let events = stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok::<_, Infallible>(event), reader))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("still there")).into_response()
}

impl Reader {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.over || *self.closing.borrow() {
                return None;
            }
            self.pulse.mark_unchanged();
            self.look();
            if self.over || !self.waiting.is_empty() {
                continue;
            }
            tokio::select! {
                changed = self.pulse.changed() => {
                    // The sender lives as long as the job, which is held here.
                    if changed.is_err() {
                        return None;
                    }
                    tokio::select! {
                        () = tokio::time::sleep(PACE) => {}
                        _ = self.closing.changed() => return None,
                    }
                }
                _ = self.closing.changed() => return None,
            }
        }
    }

    fn look(&mut self) {
        let (news, stage, over) = self.job.since(self.seen);
        for event in news {
            self.seen = event.number;
            let number = event.number.to_string();
            self.waiting
                .push_back(Event::default().event(event.name).id(number).data(event.data.to_string()));
        }
        let reported_stage = stage.map(|stage| serde_json::json!(stage));
        if !over
            && let Some(data) = &reported_stage
            && self.reported_stage != reported_stage
        {
            self.waiting.push_back(Event::default().event("progress").data(data.to_string()));
        }
        self.reported_stage = reported_stage;
        self.over = over;
    }
}
