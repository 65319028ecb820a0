//! What a run is asked to do, and the clock it is given.

use regulars_core::config::Config;
use regulars_ingest::InputPaths;

use crate::steps::StepSelection;

/// Everything a run's results depend on, and the resources it may use.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The files.
    pub input_paths: InputPaths,
    /// The user's configuration.
    pub config: Config,
    /// The optional steps.
    pub steps: StepSelection,
    /// The analysis date; `None` for the last day of the data.
    pub as_of_micros: Option<i64>,
    /// Midnight of today: later dates are in the future.
    pub today_micros: i64,
    /// Random seed.
    pub seed: u64,
    /// Whether finished steps of earlier runs may be reused.
    pub reuse: bool,
    /// Version of the program's code; steps of another version are never reused.
    pub code_version: String,
    /// Memory limit of the process.
    pub memory_limit_bytes: Option<u64>,
    /// Threads.
    pub threads: usize,
    /// Object store options (keys, endpoints), by their environment names.
    pub store_options: Vec<(String, String)>,
}

impl RunOptions {
    /// The default random seed.
    pub const SEED: u64 = 42;

    /// All steps over files of orders, with the default configuration, on one thread.
    pub fn new(orders: Vec<String>, today_micros: i64) -> Self {
        Self {
            input_paths: InputPaths { orders, ..InputPaths::default() },
            config: Config::default(),
            steps: StepSelection::all(),
            as_of_micros: None,
            today_micros,
            seed: Self::SEED,
            reuse: true,
            code_version: env!("CARGO_PKG_VERSION").to_owned(),
            memory_limit_bytes: None,
            threads: 1,
            store_options: Vec::new(),
        }
    }

    /// The id of a run that starts at `started_at` (RFC 3339, UTC): the time, and a short hash (FNV-1a) of
    /// the options, so that runs started in the same second have different ids.
    pub(crate) fn run_id(&self, dataset: &str, started_at: &str) -> String {
        let stamp: String = started_at.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let text = format!("{dataset}\n{:?}\n{:?}\n{}", self.config, self.input_paths.orders, self.seed);
        let hash = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        format!("{stamp}-{:08x}", text.bytes().fold(0x811c_9dc5, hash))
    }
}

/// Provides the time and memory use of the process; only the command line knows these.
pub trait Clock: Sync {
    /// Now, RFC 3339, UTC, whole seconds.
    fn now(&self) -> String;
    /// Peak memory of the process, in bytes; 0 if the system does not report it.
    fn peak_memory_bytes(&self) -> u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_is_the_time_and_a_hash_of_the_options() {
        let options = RunOptions::new(vec!["orders.csv".to_owned()], 0);
        let id = |options: &RunOptions| options.run_id("shop", "2026-11-23T18:15:00Z");
        assert!(id(&options).starts_with("20261123T181500Z-"));
        assert_eq!(id(&options).len(), "20261123T181500Z-1a2b3c4d".len());
        assert_ne!(id(&options), id(&RunOptions { seed: 7, ..options.clone() }));
        assert_eq!(id(&options), id(&RunOptions { threads: 7, ..options.clone() }));
    }
}
