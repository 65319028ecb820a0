//! Progress bars on standard error, for work that takes over a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use regulars_core::progress::{Progress, Unit};

/// Shorter work shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Draws bars on a terminal, and prints notes unless quiet.
pub(crate) struct Bars {
    shared: Arc<Mutex<Shared>>,
    notes: bool,
}

struct Shared {
    bar: Option<ProgressBar>,
    started: Instant,
    shown: bool,
    over: bool,
}

impl Bars {
    pub(crate) fn new(show_bars: bool, notes: bool) -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            bar: None,
            started: Instant::now(),
            shown: false,
            over: !show_bars,
        }));
        if show_bars {
            let later = Arc::clone(&shared);
            // Not joined: a short command must not wait for it.
            std::thread::spawn(move || {
                std::thread::sleep(PATIENCE);
                let mut shared = later.lock().unwrap_or_else(PoisonError::into_inner);
                shared.shown = !shared.over;
                if let (true, Some(bar)) = (shared.shown, &shared.bar) {
                    show(bar);
                }
            });
        }
        Self { shared, notes }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Shared) -> T) -> T {
        f(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Clears the bar.
    pub(crate) fn finish(&self) {
        self.with(|shared| {
            shared.over = true;
            if let Some(bar) = shared.bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.finish();
    }
}

fn show(bar: &ProgressBar) {
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.enable_steady_tick(Duration::from_millis(120));
}

impl Progress for Bars {
    fn step(&self, name: &str, total: Option<u64>, unit: Unit) {
        self.with(|shared| {
            if let Some(bar) = shared.bar.take() {
                bar.finish_and_clear();
            }
            if shared.over {
                return;
            }
            let template = match (total.filter(|t| *t > 0), unit) {
                (Some(_), Unit::Bytes) => {
                    "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec}, {eta} left"
                }
                (Some(_), _) => "{msg} [{bar:30}] {human_pos}/{human_len}, {eta} left",
                (None, _) => "{spinner} {msg} ({elapsed})",
            };
            let bar = ProgressBar::with_draw_target(total.filter(|t| *t > 0), ProgressDrawTarget::hidden());
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(name.to_owned());
            if shared.shown || shared.started.elapsed() > PATIENCE {
                shared.shown = true;
                show(&bar);
            }
            shared.bar = Some(bar);
        });
    }

    fn advance(&self, amount: u64) {
        self.with(|shared| {
            if let Some(bar) = &shared.bar {
                bar.inc(amount);
            }
        });
    }

    #[expect(clippy::print_stderr, reason = "notes go to the user, data to standard output")]
    fn note(&self, message: &str) {
        if !self.notes {
            return;
        }
        self.with(|shared| match &shared.bar {
            Some(bar) if shared.shown => bar.suspend(|| eprintln!("note: {message}")),
            _ => eprintln!("note: {message}"),
        });
    }
}
