//! Adapts the step size and the mass matrix of a chain during warmup.
//!
//! Source: Hoffman & Gelman (2014), section 3.2 (dual averaging), with Stan's constants and doubling
//! windows.

/// Step size under adaptation.
pub(super) struct StepSize {
    target: f64,
    center: f64,
    counted: f64,
    error: f64,
    ln_step: f64,
    ln_mean: f64,
}

const SHRINKING: f64 = 0.05;
const DELAY: f64 = 10.0;
const FORGETTING: f64 = 0.75;

impl StepSize {
    pub(super) fn new(step: f64, target: f64) -> Self {
        let ln_step = step.ln();
        Self { target, center: 10.0_f64.ln() + ln_step, counted: 0.0, error: 0.0, ln_step, ln_mean: 0.0 }
    }

    pub(super) fn now(&self) -> f64 {
        self.ln_step.exp()
    }

    /// Updates with the acceptance of one draw.
    pub(super) fn learn(&mut self, acceptance: f64) {
        let acceptance = if acceptance.is_finite() { acceptance } else { 0.0 };
        self.counted += 1.0;
        let weight = 1.0 / (self.counted + DELAY);
        self.error = (1.0 - weight) * self.error + weight * (self.target - acceptance);
        self.ln_step = self.center - self.error * self.counted.sqrt() / SHRINKING;
        let forget = self.counted.powf(-FORGETTING);
        self.ln_mean = forget * self.ln_step + (1.0 - forget) * self.ln_mean;
    }

    /// The final step size.
    pub(super) fn final_step(&self) -> f64 {
        if self.counted > 0.0 { self.ln_mean.exp() } else { self.now() }
    }
}

/// Running variances per axis (Welford's method).
pub(super) struct MassMatrix {
    counted: f64,
    means: Vec<f64>,
    squares: Vec<f64>,
}

impl MassMatrix {
    pub(super) fn new(size: usize) -> Self {
        Self { counted: 0.0, means: vec![0.0; size], squares: vec![0.0; size] }
    }

    pub(super) fn learn(&mut self, place: &[f64]) {
        self.counted += 1.0;
        for ((mean, square), value) in self.means.iter_mut().zip(&mut self.squares).zip(place) {
            let before = value - *mean;
            *mean += before / self.counted;
            *square += before * (value - *mean);
        }
    }

    /// The variances, shrunk slightly towards 1, their value in the chains' coordinates if the posterior is
    /// normal.
    pub(super) fn variances(&self) -> Vec<f64> {
        let weight = self.counted / (self.counted + 5.0);
        self.squares.iter().map(|square| weight * square / (self.counted - 1.0) + (1.0 - weight)).collect()
    }
}

/// Warmup steps after which the variances are adopted: doubling windows, between an initial phase and a
/// final one for the step size alone.
pub(super) fn window_ends(warmup: usize) -> Vec<usize> {
    let (begin, end) = (warmup * 15 / 100, warmup - warmup / 10);
    let mut ends = Vec::new();
    let mut length = 25;
    let mut at = begin;
    while at < end {
        // The last window absorbs a remainder too short for its own.
        let next = at + length;
        at = if next + 2 * length > end { end } else { next };
        ends.push(at);
        length *= 2;
    }
    ends
}

/// Start of the first window.
pub(super) fn first_window(warmup: usize) -> usize {
    warmup * 15 / 100
}
