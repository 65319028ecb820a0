//! The clock, the environment and the process: read here and nowhere below.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the clock and the environment")]

use std::path::PathBuf;

use chrono::{SecondsFormat, Utc};
use regulars_core::dates::DAY_MICROS;
use regulars_pipeline::Moment;
use regulars_server::{Outside, ProcessFigures};

use crate::failure::{Failure, Result};

/// The real clock and process.
pub(crate) struct Here;

impl Moment for Here {
    fn now(&self) -> String {
        Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    fn peak_memory_bytes(&self) -> u64 {
        // Linux says it in kB; elsewhere it stays unknown.
        fs_err::read_to_string("/proc/self/status")
            .ok()
            .and_then(|text| {
                text.lines().find_map(|l| {
                    l.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
                })
            })
            .map_or(0, |kb| kb * 1024)
    }
}

/// The server's clock and chance.
pub(crate) struct Now(std::time::Instant);

impl Now {
    /// Begins to count; fails where the system has no random numbers.
    pub(crate) fn begin() -> Result<Self> {
        random()?;
        Ok(Self(std::time::Instant::now()))
    }
}

impl Outside for Now {
    fn elapsed(&self) -> std::time::Duration {
        self.0.elapsed()
    }

    fn random(&self) -> [u8; 32] {
        // A system that had them at the start has them later; without them nothing may go on.
        random().unwrap_or_else(|_| leave(2))
    }
}

/// Bytes that nobody can foresee.
pub(crate) fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Failure::new(format!("the system has no random numbers to give: {e}")))?;
    Ok(bytes)
}

/// Ends the process.
pub(crate) fn leave(code: i32) -> ! {
    std::process::exit(code)
}

/// Does something when standard input ends: the sign that whoever has started this process is gone.
pub(crate) fn at_end_of_stdin(then: impl FnOnce() + Send + 'static) {
    std::thread::spawn(move || {
        drop(std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
        then();
    });
}

/// What this process holds and has used; known on Linux only.
pub(crate) fn process() -> Option<ProcessFigures> {
    let memory_bytes = memory_of("self")?;
    // The name of the program, in brackets, may hold anything; after it come numbers.
    let stat = fs_err::read_to_string("/proc/self/stat").ok()?;
    let numbers: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |place: usize| numbers.get(place)?.parse::<u64>().ok();
    // proc(5): fields 14 and 15, in ticks of a hundredth of a second on every Linux there is.
    let cpu_seconds = (ticks(11)? + ticks(12)?) as f64 / 100.0;
    Some(ProcessFigures { memory_bytes, cpu_seconds })
}

/// Memory that a process holds, in bytes; known on Linux only.
pub(crate) fn memory_of(pid: &str) -> Option<u64> {
    let status = fs_err::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let held = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(held.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// This program.
pub(crate) fn program() -> std::io::Result<PathBuf> {
    // On Linux also when the file has been replaced since.
    let running = std::path::Path::new("/proc/self/exe");
    if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() }
}

/// Midnight of today, UTC, in microseconds.
pub(crate) fn today_micros() -> i64 {
    Utc::now().timestamp_micros().div_euclid(DAY_MICROS) * DAY_MICROS
}

/// Now, as the beginning of a run's name: `20261123T181500Z`.
pub(crate) fn run_stamp() -> String {
    Utc::now().format("%Y%m%dT%H%M%SZ").to_string()
}

/// The platform's folder for a program's data.
pub(crate) fn data_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if cfg!(target_os = "windows") {
        return set("APPDATA").map(|d| d.join("regulars"));
    }
    if cfg!(target_os = "macos") {
        return set("HOME").map(|d| d.join("Library/Application Support/regulars"));
    }
    set("XDG_DATA_HOME").or_else(|| set("HOME").map(|d| d.join(".local/share"))).map(|d| d.join("regulars"))
}

/// Settings of object stores: everything their own tools would read.
pub(crate) fn store_options() -> Vec<(String, String)> {
    let known = ["AWS_", "GOOGLE_", "AZURE_"];
    std::env::vars()
        .filter(|(name, _)| known.iter().any(|k| name.starts_with(k)))
        .map(|(n, v)| (n.to_lowercase(), v))
        .collect()
}

/// Whether colours are unwanted.
pub(crate) fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
        || std::env::var_os("TERM").is_some_and(|t| t == "dumb")
}

/// A folder for short-lived files.
pub(crate) fn temp_folder() -> PathBuf {
    std::env::temp_dir()
}

/// Processors there are to use.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
