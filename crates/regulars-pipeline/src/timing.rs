//! What the parts of a run took, for its manifest; no result depends on it.

use std::time::{Duration, Instant};

/// Seconds of the parts of a work, in their order.
pub(crate) struct Stopwatch {
    pub(crate) timings: Vec<(String, f64)>,
    since: Instant,
}

impl Stopwatch {
    pub(crate) fn new() -> Self {
        Self { timings: Vec::new(), since: Instant::now() }
    }

    /// Notes what was done since the last part.
    pub(crate) fn stamp(&mut self, part: &str) {
        self.timings.push((part.to_owned(), rounded(self.since.elapsed().as_secs_f64())));
        self.since = Instant::now();
    }

    /// Parts of a step that took their time themselves; what is left of it is stamped next.
    pub(crate) fn parts(&mut self, parts: Vec<(String, f64)>) {
        let taken: f64 = parts.iter().map(|(_, seconds)| seconds.max(0.0)).sum();
        self.since = self.since.checked_add(Duration::from_secs_f64(taken)).unwrap_or(self.since);
        self.timings.extend(parts);
    }
}

/// Whole milliseconds.
pub(crate) fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
