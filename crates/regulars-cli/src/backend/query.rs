//! Runs a client's query in a separate process, which is killed when it exceeds its limits.
//!
//! Within this process a query could not be stopped reliably: a function that produces gigabytes of text, or
//! an expression nested a hundred thousand deep, would crash the server. Deliberately not here: SQL
//! (`commands/sql_worker.rs`).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use regulars_analysis::error::{BackendError, QueryFault};
use regulars_analysis::rows::{QueryAnswer, QueryRequest};
use regulars_store::{Home, Run};

use crate::commands::sql_worker::{Head, WorkerRequest};
use crate::environment;

/// Time limit of a query.
const TIME: Duration = Duration::from_secs(10);
/// Time limit for the client to fetch the result.
const DELIVERY: Duration = Duration::from_mins(2);
/// Memory limit of the query plans.
const PLAN_BYTES: u64 = 256 << 20;
/// Memory limit of the whole process, including the result and allocations that plans do not count.
const PROCESS_BYTES: u64 = 512 << 20;
/// Limit of spilled data on disk.
const SPILL_BYTES: u64 = 1 << 30;
/// Interval between two checks of the process, in which it can allocate about 20 MB.
const LOOK: Duration = Duration::from_millis(10);
const PIECE_BYTES: usize = 64 << 10;
/// Maximum length of the list of columns.
const HEAD_BYTES: u64 = 4 << 20;

const RUNNING: u8 = 0;
const TOO_SLOW: u8 = 1;
const TOO_LARGE: u8 = 2;
const DONE: u8 = 3;

/// The worker process and its state.
struct Worker {
    child: Mutex<Child>,
    /// One of the states above.
    state: AtomicU8,
    /// Folder for spilled data; readable by this user only.
    temp_dir: PathBuf,
}

impl Worker {
    fn child(&self) -> MutexGuard<'_, Child> {
        // No holder of the lock leaves the child in an inconsistent state.
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills the process if it is running, for the reason `state`.
    fn end(&self, state: u8) {
        let mut child = self.child();
        let _first = self.state.compare_exchange(RUNNING, state, Ordering::SeqCst, Ordering::SeqCst);
        // It may have exited already.
        drop(child.kill());
        drop(child.wait());
    }
}

/// Kills the process when the result is dropped. If this process is killed, the worker exits because its
/// standard input closes.
struct Owner(Arc<Worker>, Option<ChildStdin>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.end(DONE);
        // Removes spilled data.
        drop(fs_err::remove_dir_all(&self.0.temp_dir));
    }
}

/// Watches the process until it ends.
fn watch(worker: &Worker, started: Instant, responded: &AtomicU64) {
    let pid = worker.child().id().to_string();
    loop {
        std::thread::sleep(LOOK);
        if worker.state.load(Ordering::SeqCst) != RUNNING {
            return;
        }
        if !matches!(worker.child().try_wait(), Ok(None)) {
            return;
        }
        // Read without the lock, so that the process can be killed meanwhile.
        if environment::memory_of(&pid).is_some_and(|bytes| bytes > PROCESS_BYTES) {
            return worker.end(TOO_LARGE);
        }
        let limit = if responded.load(Ordering::SeqCst) == 0 { TIME } else { TIME + DELIVERY };
        if started.elapsed() > limit {
            return worker.end(TOO_SLOW);
        }
    }
}

/// Creates a private folder. On failure returns a path that does not exist: most queries need no folder.
fn own_folder() -> PathBuf {
    let mut builder = tempfile::Builder::new();
    builder.prefix("regulars-query-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    builder
        .tempdir()
        .map_or_else(|_| environment::temp_folder().join("regulars-query"), tempfile::TempDir::keep)
}

/// Runs the query on the tables of `run`.
pub(super) fn ask(
    home: &Home,
    dataset: &str,
    run: &Run,
    request: &QueryRequest,
) -> Result<QueryAnswer, BackendError> {
    let started = Instant::now();
    let program = environment::program().map_err(|e| failed(&e))?;
    let temp_dir = own_folder();
    let question = WorkerRequest {
        home: std::path::absolute(home.root()).unwrap_or_else(|_unknown| home.root().to_owned()),
        dataset: dataset.to_owned(),
        run: run.run_id().to_owned(),
        sql: request.sql.clone(),
        format: request.format,
        max_rows: request.max_rows,
        memory_bytes: PLAN_BYTES,
        spill_bytes: SPILL_BYTES,
        temp_dir: temp_dir.clone(),
        timeout_seconds: (TIME + DELIVERY).as_secs(),
    };
    // A single line; then the pipe stays open until the worker may exit.
    let question = format!("{}\n", serde_json::to_string(&question).map_err(|e| failed(&e))?);
    let mut child = Command::new(program)
        .args(["--quiet", "sql-worker"])
        // So that a regulars.toml in the current folder does not apply.
        .current_dir(environment::temp_folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // Crashes are reported by this process instead.
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| {
            drop(fs_err::remove_dir_all(&temp_dir));
            failed(&e)
        })?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let worker = Arc::new(Worker { child: Mutex::new(child), state: AtomicU8::new(RUNNING), temp_dir });
    let mut owner = Owner(Arc::clone(&worker), stdin);
    let responded = Arc::new(AtomicU64::new(0));
    let worker_responded = Arc::clone(&responded);
    std::thread::spawn(move || watch(&worker, started, &worker_responded));
    let (Some(stdin), Some(stdout)) = (&mut owner.1, stdout) else {
        return Err(failed(&"its pipes cannot be opened"));
    };
    // A failed write means that it has exited, which is handled below.
    drop(stdin.write_all(question.as_bytes()));
    let mut reader = BufReader::with_capacity(PIECE_BYTES, stdout);
    let mut head = String::new();
    // An incomplete line means that it exited without a result.
    let read = (&mut reader).take(HEAD_BYTES).read_line(&mut head);
    responded.store(1, Ordering::SeqCst);
    if read.is_err() || !head.ends_with('\n') {
        return Err(ended(&owner));
    }
    match serde_json::from_str(&head).map_err(|e| failed(&e))? {
        Head::Answer { columns, rows, is_cut } => Ok(QueryAnswer {
            run_id: run.run_id().to_owned(),
            columns,
            rows,
            is_cut,
            seconds: started.elapsed().as_secs_f64(),
            body: Box::new(Rest { reader, owner, is_over: false }),
        }),
        Head::Fault { kind, message, hint, position } => Err(match kind.as_str() {
            "invalid" => BackendError::Query { fault: QueryFault::Invalid, message, hint, position },
            "not_allowed" => BackendError::Query { fault: QueryFault::NotAllowed, message, hint, position },
            "too_large" => too_large(Some(message)),
            _ => BackendError::Unreadable { message, hint },
        }),
    }
}

/// The reason why the process ended before it returned a result.
fn ended(owner: &Owner) -> BackendError {
    let worker = &owner.0;
    match worker.state.load(Ordering::SeqCst) {
        TOO_SLOW => BackendError::Query {
            fault: QueryFault::TooSlow,
            message: format!("the query took longer than {} seconds and was stopped", TIME.as_secs()),
            hint: Some(
                "select fewer rows, or group before joining; `regulars sql` on the command line has no time \
                 limit"
                    .to_owned(),
            ),
            position: None,
        },
        TOO_LARGE => too_large(None),
        _ => {
            let status = worker.child().wait();
            // Out of memory or stack: both end the process by a signal.
            if status.is_ok_and(|status| status.code().is_none()) {
                return too_large(None);
            }
            failed(&"its process ended without a result")
        }
    }
}

fn too_large(message: Option<String>) -> BackendError {
    let message = message.unwrap_or_else(|| {
        format!(
            "the query needs more than {} MB of memory, the limit, or is nested too deeply",
            PROCESS_BYTES >> 20
        )
    });
    BackendError::Query {
        fault: QueryFault::TooLarge,
        message,
        hint: Some(
            "select fewer rows and columns, or group before joining; `regulars sql` on the command line has \
             no memory limit"
                .to_owned(),
        ),
        position: None,
    }
}

fn failed(reason: &dyn std::fmt::Display) -> BackendError {
    BackendError::Unreadable {
        message: format!("the query could not be run ({reason})"),
        hint: Some("try again; if the error persists, use `regulars sql` on the command line".to_owned()),
    }
}

/// The rows, as the process writes them.
struct Rest {
    reader: BufReader<ChildStdout>,
    owner: Owner,
    is_over: bool,
}

impl Iterator for Rest {
    type Item = Result<Vec<u8>, BackendError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        match (&mut self.reader).take(PIECE_BYTES as u64).read_to_end(&mut piece) {
            Ok(0) => {
                self.is_over = true;
                let whole = self.owner.0.child().wait().is_ok_and(|status| status.success());
                (!whole).then(|| Err(ended(&self.owner)))
            }
            Ok(_) => Some(Ok(piece)),
            Err(error) => {
                self.is_over = true;
                Some(Err(failed(&error)))
            }
        }
    }
}
