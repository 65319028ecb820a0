//! `regulars wire-worker`: serves one connection of `regulars serve --pg` in a separate process. The server does not kill
//! it: the process watches itself, and exits when the server ends, when it needs too much memory, or when a statement
//! cannot be stopped.
//!
//! Standard output is the socket of the connection. Standard input has the request, one line of JSON, then a line `cancel`
//! for every cancel request. On standard error the process tells the server `key HEX` and `cancel PROCESS HEX`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::failure::Result;

/// The server's request.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WireRequest {
    pub(crate) home: PathBuf,
    /// Secrets by user name; without any, everybody may connect.
    pub(crate) users: Vec<(String, String)>,
    /// Certificate and private key, in PEM.
    pub(crate) tls: Option<(String, String)>,
    pub(crate) is_full: bool,
    /// Key for the salts of unknown users; the same for all connections.
    pub(crate) salt_key: [u8; 32],
    pub(crate) timeout_seconds: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) max_rows: u64,
    /// For spilled data; removed by the server.
    pub(crate) temp_dir: PathBuf,
}

#[cfg(not(unix))]
pub(super) fn serve() -> Result<ExitCode> {
    Err(crate::failure::Failure::new("this system cannot pass a connection to another process".to_owned()))
}

#[cfg(unix)]
pub(super) fn serve() -> Result<ExitCode> {
    use std::os::fd::AsFd as _;
    use std::sync::Arc;
    use std::time::Duration;

    use regulars_engine::{Engine, Options};
    use regulars_store::Home;
    use regulars_wire::{Activity, Admission, Limits, ScramSecret, Setup, Tls};

    use crate::environment;
    use crate::failure::Failure;

    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let request: WireRequest = serde_json::from_str(&line)?;
    // A panic ends the connection and writes one line to the server's log.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tell_server(&format!("ended by an internal error at {place}"));
    }));
    let temp_dir = request.temp_dir.clone();
    let socket = std::net::TcpStream::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    let activity = Arc::new(Activity::default());
    pass_on_cancel_requests(Arc::clone(&activity), request.temp_dir.clone());
    watch(Arc::clone(&activity), &request);
    let mut users = std::collections::BTreeMap::new();
    for (name, secret) in request.users {
        let secret = ScramSecret::parse(&secret)
            .ok_or_else(|| Failure::new(format!("the secret of `{name}` cannot be read")))?;
        users.insert(name, secret);
    }
    let tls = match request.tls {
        Some((certificate, key)) => {
            Some(Tls::new(certificate.into_bytes(), key.as_bytes()).map_err(Failure::new)?)
        }
        None => None,
    };
    let engine = Engine::with_spill_limit(
        Options {
            threads: environment::processors(),
            memory_limit_bytes: Some(request.memory_bytes),
            temp_dir: request.temp_dir,
        },
        Some(SPILL_BYTES),
    )?;
    let setup = Setup {
        home: Home::new(request.home)?,
        engine: Arc::new(engine),
        admission: if users.is_empty() { Admission::Everybody } else { Admission::Users(users) },
        tls,
        limits: Limits {
            timeout: Duration::from_secs(request.timeout_seconds),
            max_rows: request.max_rows,
            max_prepared: MAX_PREPARED,
        },
        is_full: request.is_full,
        salt_key: request.salt_key,
        activity,
        functions: Arc::new(|run| {
            regulars_pipeline::sql_functions(run).unwrap_or_else(|failed| {
                // The tables can be queried without them.
                tell_server(&format!("run {}: its SQL functions are not available: {failed}", run.run_id()));
                Vec::new()
            })
        }),
        announce: Arc::new(|key| tell_server(&format!("key {}", hex(key)))),
        cancel: Arc::new(|process, key| tell_server(&format!("cancel {process} {}", hex(key)))),
    };
    // Parsing recurses deeply. A client that disconnects is not an error.
    let connection = std::thread::Builder::new().stack_size(STACK_BYTES);
    let connection = connection.spawn(move || drop(regulars_wire::serve_connection(setup, socket)))?;
    drop(connection.join());
    drop(fs_err::remove_dir_all(&temp_dir));
    environment::leave(0)
}

/// Stack size of the connection's thread: address space only, until it is used.
#[cfg(unix)]
const STACK_BYTES: usize = 256 << 20;

/// Maximum number of prepared statements of a connection.
#[cfg(unix)]
const MAX_PREPARED: usize = 10_000;
/// Maximum size of spilled data of a connection.
#[cfg(unix)]
const SPILL_BYTES: u64 = 4 << 30;
/// Interval between checks of memory and statement; short, so that little is allocated beyond the limit in between.
#[cfg(unix)]
const CHECK_INTERVAL: std::time::Duration = std::time::Duration::from_millis(20);
/// Checks over the memory limit after which the process exits, if the statement has not stopped.
#[cfg(unix)]
const CHECKS_TO_STOP: u32 = 100;
/// Time for the client to fetch the rest of a result after the time limit.
#[cfg(unix)]
const DELIVERY_SECONDS: u64 = 120;

#[cfg(unix)]
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "the server reads it")]
fn tell_server(line: &str) {
    eprintln!("{line}");
}

/// Forwards the server's cancel requests, and exits when the server ends.
#[cfg(unix)]
fn pass_on_cancel_requests(activity: std::sync::Arc<regulars_wire::Activity>, temp_dir: PathBuf) {
    use regulars_wire::Stop;
    std::thread::spawn(move || {
        let mut line = String::new();
        while matches!(std::io::stdin().read_line(&mut line), Ok(1..)) {
            if line == "cancel\n" {
                activity.stop(Stop::Cancelled);
            }
            line.clear();
        }
        activity.stop(Stop::Shutdown);
        std::thread::sleep(CHECK_INTERVAL * 25);
        end(&temp_dir);
    });
}

/// Stops statements that need too much memory or time, and exits if they do not stop.
#[cfg(unix)]
fn watch(activity: std::sync::Arc<regulars_wire::Activity>, request: &WireRequest) {
    use regulars_wire::Stop;
    let (limit, temp_dir) = (request.memory_bytes, request.temp_dir.clone());
    let max_checks =
        u128::from(request.timeout_seconds + DELIVERY_SECONDS) * 1000 / CHECK_INTERVAL.as_millis();
    std::thread::spawn(move || {
        let (mut statement, mut checks, mut checks_over_limit) = (None, 0_u128, 0_u32);
        loop {
            std::thread::sleep(CHECK_INTERVAL);
            let running = activity.running();
            checks = if running.is_some() && running == statement { checks + 1 } else { 0 };
            statement = running;
            let memory = crate::environment::memory_of("self").unwrap_or(0);
            if memory > limit {
                checks_over_limit += 1;
                activity.stop(Stop::OutOfMemory);
            }
            let far_over_limit = memory > limit.saturating_mul(2);
            if checks > max_checks || checks_over_limit > CHECKS_TO_STOP || far_over_limit {
                end(&temp_dir);
            }
        }
    });
}

#[cfg(unix)]
fn end(temp_dir: &Path) -> ! {
    drop(fs_err::remove_dir_all(temp_dir));
    crate::environment::leave(2)
}
