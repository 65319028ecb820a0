//! The only module that reads the clock, the environment and the process.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the clock and the environment")]

use std::path::PathBuf;

use chrono::{SecondsFormat, Utc};
use regulars_core::dates::DAY_MICROS;
use regulars_pipeline::Clock;
use regulars_server::{ProcessFigures, ServerEnvironment};

use crate::failure::{Failure, Result};

/// The real clock and process.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> String {
        Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    fn peak_memory_bytes(&self) -> u64 {
        // Linux reports kB; unknown elsewhere.
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

/// The server's clock, source of random bytes and figures of the process (Linux only).
pub(crate) struct ServerClock(std::time::Instant);

impl ServerClock {
    /// Starts the clock; fails if the system has no random numbers.
    pub(crate) fn begin() -> Result<Self> {
        random()?;
        Ok(Self(std::time::Instant::now()))
    }
}

impl ServerEnvironment for ServerClock {
    fn elapsed(&self) -> std::time::Duration {
        self.0.elapsed()
    }

    fn random(&self) -> [u8; 32] {
        // They were available at the start; without them it is not safe to continue.
        random().unwrap_or_else(|_| leave(2))
    }

    fn process(&self) -> Option<ProcessFigures> {
        let memory_bytes = memory_of("self")?;
        // The program name, in parentheses, may contain anything; numbers follow it.
        let stat = fs_err::read_to_string("/proc/self/stat").ok()?;
        let numbers: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |place: usize| numbers.get(place)?.parse::<u64>().ok();
        // proc(5): fields 14 and 15, in ticks of 1/100 s on every Linux.
        let cpu_seconds = (ticks(11)? + ticks(12)?) as f64 / 100.0;
        Some(ProcessFigures { memory_bytes, cpu_seconds })
    }
}

/// Cryptographically secure random bytes.
pub(crate) fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Failure::new(format!("the system cannot provide random numbers: {e}")))?;
    Ok(bytes)
}

/// Exits the process.
pub(crate) fn leave(code: i32) -> ! {
    std::process::exit(code)
}

/// Calls `then` when standard input closes, which means that the parent process is gone.
pub(crate) fn at_end_of_stdin(then: impl FnOnce() + Send + 'static) {
    std::thread::spawn(move || {
        drop(std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
        then();
    });
}

/// Resident memory of a process, in bytes; Linux only.
pub(crate) fn memory_of(pid: &str) -> Option<u64> {
    let status = fs_err::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let held = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(held.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The path of this program.
pub(crate) fn program() -> std::io::Result<PathBuf> {
    // On Linux this works even if the file has been replaced since.
    let running = std::path::Path::new("/proc/self/exe");
    if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() }
}

/// Today's midnight UTC, in microseconds.
pub(crate) fn today_micros() -> i64 {
    Utc::now().timestamp_micros().div_euclid(DAY_MICROS) * DAY_MICROS
}

/// Version of the program's code: that of the release, and size and time of the executable, which change with
/// every build.
pub(crate) fn code_version() -> String {
    let release = env!("CARGO_PKG_VERSION");
    let built = std::env::current_exe().and_then(fs_err::metadata).ok().and_then(|meta| {
        let modified = meta.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(format!("{}-{}", meta.len(), modified.as_nanos()))
    });
    built.map_or_else(|| release.to_owned(), |built| format!("{release}-{built}"))
}

/// The platform's folder for application data.
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

/// Settings of object stores: the environment variables that their own tools read.
pub(crate) fn store_options() -> Vec<(String, String)> {
    let known = ["AWS_", "GOOGLE_", "AZURE_"];
    std::env::vars()
        .filter(|(name, _)| known.iter().any(|k| name.starts_with(k)))
        .map(|(n, v)| (n.to_lowercase(), v))
        .collect()
}

/// Settings of PostgreSQL's own programs, and whose they are.
pub(crate) fn postgres() -> regulars_postgres::connection::Environment {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    regulars_postgres::connection::Environment {
        variables: std::env::vars().filter(|(name, _)| name.starts_with("PG")).collect(),
        home: set("HOME").or_else(|| set("USERPROFILE")).map(PathBuf::from),
        user: set("USER").or_else(|| set("LOGNAME")).or_else(|| set("USERNAME")),
    }
}

/// Whether the environment disables colours.
pub(crate) fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
        || std::env::var_os("TERM").is_some_and(|t| t == "dumb")
}

/// The folder for temporary files.
pub(crate) fn temp_folder() -> PathBuf {
    std::env::temp_dir()
}

/// Number of available processors.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
