//! `regulars wire-worker`: serves one connection of `regulars serve --pg` in a separate process. The server kills
//! nothing: the process watches itself and ends, with whatever it was doing, when the server ends, when it needs too
//! much memory, or when a statement cannot be stopped.
//!
//! The connection is standard output. Standard input has the request, a line of JSON, and then `cancel` for every
//! cancel request; standard error goes back to the server: `key HEX` and `cancel PROCESS HEX`.

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
    /// For the salts of unknown users: the same for all connections.
    pub(crate) salt_key: [u8; 32],
    pub(crate) timeout_seconds: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) max_rows: u64,
    /// For spilled data; removed by the server.
    pub(crate) temp_dir: PathBuf,
}

#[cfg(not(unix))]
pub(super) fn serve() -> Result<ExitCode> {
    Err(crate::failure::Failure::new("the connection cannot be passed on by this system".to_owned()))
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
    // A panic ends the connection, and is one line in the server's log.
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
                // Its tables can be read.
                tell_server(&format!("run {} has no functions in SQL: {failed}", run.run_id()));
                Vec::new()
            })
        }),
        announce: Arc::new(|key| tell_server(&format!("key {}", hex(key)))),
        cancel: Arc::new(|process, key| tell_server(&format!("cancel {process} {}", hex(key)))),
    };
    // Parsing recurses deeply; a client that is gone is no error.
    let connection = std::thread::Builder::new().stack_size(STACK_BYTES);
    let connection = connection.spawn(move || drop(regulars_wire::serve_connection(setup, socket)))?;
    drop(connection.join());
    drop(fs_err::remove_dir_all(&temp_dir));
    environment::leave(0)
}

/// Stack of the connection: reserved, not used.
#[cfg(unix)]
const STACK_BYTES: usize = 256 << 20;

/// Prepared statements of a connection.
#[cfg(unix)]
const MAX_PREPARED: usize = 10_000;
/// Spilled data of a connection.
#[cfg(unix)]
const SPILL_BYTES: u64 = 4 << 30;
/// Interval between two looks at memory and statement: time to allocate about 40 MB.
#[cfg(unix)]
const LOOK: std::time::Duration = std::time::Duration::from_millis(20);
/// Looks between the request to stop and the end of the process.
#[cfg(unix)]
const LOOKS_TO_STOP: u32 = 100;
/// Time for the client to fetch the rest of a result, after the time limit.
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

/// Passes the server's lines on; ends with the server.
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
        std::thread::sleep(LOOK * 25);
        end(&temp_dir);
    });
}

/// Ends statements that need too much memory, and the process if they do not end.
#[cfg(unix)]
fn watch(activity: std::sync::Arc<regulars_wire::Activity>, request: &WireRequest) {
    use regulars_wire::Stop;
    let (limit, temp_dir) = (request.memory_bytes, request.temp_dir.clone());
    let most_looks = u128::from(request.timeout_seconds + DELIVERY_SECONDS) * 1000 / LOOK.as_millis();
    std::thread::spawn(move || {
        let (mut statement, mut looks, mut looks_over_limit) = (None, 0_u128, 0_u32);
        loop {
            std::thread::sleep(LOOK);
            let running = activity.running();
            looks = if running.is_some() && running == statement { looks + 1 } else { 0 };
            statement = running;
            let memory = crate::environment::memory_of("self").unwrap_or(0);
            if memory > limit {
                looks_over_limit += 1;
                activity.stop(Stop::OutOfMemory);
            }
            let far_over_limit = memory > limit.saturating_mul(2);
            if looks > most_looks || looks_over_limit > LOOKS_TO_STOP || far_over_limit {
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
