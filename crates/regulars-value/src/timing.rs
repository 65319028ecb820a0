//! Time taken by the steps of a run, for its manifest; no result depends on it.

use std::time::{Duration, Instant};

/// Measures the seconds of consecutive steps.
///
/// Contracts: the seconds add up to the time from [`Self::start`] to the last [`Self::stamp`], within rounding
/// (tested); work that runs in parallel within a step is listed separately.
pub struct Stopwatch {
    /// Seconds by step, in sequence.
    pub timings: Vec<(String, f64)>,
    /// Seconds of work within these steps; with several threads they exceed the elapsed time.
    pub of_parts: Vec<(String, f64)>,
    begun: Instant,
    since: Instant,
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        let now = Instant::now();
        Self { timings: Vec::new(), of_parts: Vec::new(), begun: now, since: now }
    }

    /// Records the time since the last step.
    pub fn stamp(&mut self, step: &str) {
        let now = Instant::now();
        self.timings.push((step.to_owned(), rounded((now - self.since).as_secs_f64())));
        self.since = now;
    }

    /// Adds consecutive parts with their own measured times; the remaining time so far is added to the next
    /// stamp.
    pub fn parts(&mut self, parts: Vec<(String, f64)>) {
        let taken: f64 = parts.iter().map(|(_, seconds)| seconds.max(0.0)).sum();
        // Never beyond now, or the rest would be negative.
        let end = self.since.checked_add(Duration::from_secs_f64(taken)).unwrap_or(self.since);
        self.since = end.min(Instant::now());
        self.timings.extend(parts);
    }

    /// Work within steps that are stamped anyway.
    pub fn within(&mut self, parts: Vec<(String, f64)>) {
        self.of_parts.extend(parts);
    }

    /// Elapsed time.
    pub fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

/// Rounded to milliseconds.
pub(crate) fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up_to_what_passed_and_parts_do_not_count() {
        let mut clock = Stopwatch::start();
        // Enough work to be measurable, without a sleep.
        let work = || (0..200_000_u64).map(|n| (n as f64).sqrt()).sum::<f64>();
        assert!(work() > 0.0);
        clock.stamp("read");
        let begun = Instant::now();
        assert!(work() + work() > 0.0);
        let single = begun.elapsed().as_secs_f64();
        clock.parts(vec![("one model".to_owned(), single)]);
        clock.within(vec![("another, on a thread".to_owned(), 100.0)]);
        clock.stamp("rest");
        let sum: f64 = clock.timings.iter().map(|(_, seconds)| seconds).sum();
        // Three steps, each rounded to a millisecond.
        assert!((sum - clock.seconds()).abs() < 0.01, "{sum} of {}", clock.seconds());
        assert_eq!(clock.of_parts, [("another, on a thread".to_owned(), 100.0)]);
    }
}
