//! A query of a reader: asked of a process of its own, which is ended when it passes its limits.
//!
//! In this process a query could not be stopped for certain: a function that makes gigabytes of text, or
//! an expression nested a hundred thousand deep, takes everything with it. Deliberately not here: SQL
//! (`commands/sql_worker.rs`).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use regulars_server::{BackendError, QueryAnswer, QueryFault, QueryRequest, RowColumn};
use regulars_store::{Home, Run};

use crate::commands::sql_worker::{FORMATS, Head, Question};
use crate::surroundings;

/// How long a query may take.
const TIME: Duration = Duration::from_secs(10);
/// How long the reader may take to fetch the answer.
const DELIVERY: Duration = Duration::from_mins(2);
/// Memory that the plans of a query share.
const PLAN_BYTES: u64 = 256 << 20;
/// Memory of the whole process, with the answer and what plans do not count.
const PROCESS_BYTES: u64 = 512 << 20;
/// Disk that a query may spill to.
const SPILL_BYTES: u64 = 1 << 30;
/// How often the process is looked at: it can write about 20 MB between two looks.
const LOOK: Duration = Duration::from_millis(10);
const PIECE_BYTES: usize = 64 << 10;
/// No list of columns is longer.
const HEAD_BYTES: u64 = 4 << 20;

const RUNNING: u8 = 0;
const TOO_SLOW: u8 = 1;
const TOO_LARGE: u8 = 2;
const DONE: u8 = 3;

/// The process that answers, and what became of it.
struct Worker {
    child: Mutex<Child>,
    /// One of the states above.
    state: AtomicU8,
    /// Where it may spill to, which nobody else on this computer may look into.
    temp_dir: PathBuf,
}

impl Worker {
    fn child(&self) -> MutexGuard<'_, Child> {
        // Whoever held it did nothing that could be half done.
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it, if it runs, for the reason `state`.
    fn end(&self, state: u8) {
        let mut child = self.child();
        let _first = self.state.compare_exchange(RUNNING, state, Ordering::SeqCst, Ordering::SeqCst);
        // It may have ended by itself.
        drop(child.kill());
        drop(child.wait());
    }
}

/// Ends the process when the answer is not wanted any more. It also ends with its standard input, should this
/// process be gone.
struct Owner(Arc<Worker>, Option<ChildStdin>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.end(DONE);
        // Nothing is left of what was spilled.
        drop(fs_err::remove_dir_all(&self.0.temp_dir));
    }
}

/// Looks after the process until it ends.
fn watch(worker: &Worker, started: Instant, answered: &AtomicU64) {
    let pid = worker.child().id().to_string();
    loop {
        std::thread::sleep(LOOK);
        if worker.state.load(Ordering::SeqCst) != RUNNING {
            return;
        }
        if !matches!(worker.child().try_wait(), Ok(None)) {
            return;
        }
        // Held by nobody while it is read, so that the process can be ended meanwhile.
        if surroundings::memory_of(&pid).is_some_and(|bytes| bytes > PROCESS_BYTES) {
            return worker.end(TOO_LARGE);
        }
        let limit = if answered.load(Ordering::SeqCst) == 0 { TIME } else { TIME + DELIVERY };
        if started.elapsed() > limit {
            return worker.end(TOO_SLOW);
        }
    }
}

/// A new folder that is only ours. Where none can be made, one that is not there: most queries need none.
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
        .map_or_else(|_| surroundings::temp_folder().join("regulars-query"), tempfile::TempDir::keep)
}

/// Asks the query of the tables of `run`.
pub(super) fn ask(
    home: &Home,
    dataset: &str,
    run: &Run,
    request: &QueryRequest,
) -> Result<QueryAnswer, BackendError> {
    let started = Instant::now();
    let program = surroundings::program().map_err(|e| failed(&e))?;
    let temp_dir = own_folder();
    let question = Question {
        home: std::path::absolute(home.root()).unwrap_or_else(|_unknown| home.root().to_owned()),
        dataset: dataset.to_owned(),
        run: run.run_id().to_owned(),
        sql: request.sql.clone(),
        format: FORMATS
            .iter()
            .find(|(f, _)| *f == request.format)
            .map_or("json", |(_, name)| name)
            .to_owned(),
        max_rows: request.max_rows,
        memory_bytes: PLAN_BYTES,
        spill_bytes: SPILL_BYTES,
        temp_dir: temp_dir.clone(),
        life_seconds: (TIME + DELIVERY).as_secs(),
    };
    // One line: what comes after it is its end.
    let question = format!("{}\n", serde_json::to_string(&question).map_err(|e| failed(&e))?);
    let mut child = Command::new(program)
        .args(["--quiet", "sql-worker"])
        // A configuration that lies about is not the query's.
        .current_dir(surroundings::temp_folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // What it says when it breaks down is said here in its stead.
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| {
            drop(fs_err::remove_dir_all(&temp_dir));
            failed(&e)
        })?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let worker = Arc::new(Worker { child: Mutex::new(child), state: AtomicU8::new(RUNNING), temp_dir });
    let mut owner = Owner(Arc::clone(&worker), stdin);
    let answered = Arc::new(AtomicU64::new(0));
    let answered_too = Arc::clone(&answered);
    std::thread::spawn(move || watch(&worker, started, &answered_too));
    let (Some(stdin), Some(stdout)) = (&mut owner.1, stdout) else {
        return Err(failed(&"it cannot be spoken to"));
    };
    // If it does not listen it has ended, which is found out below.
    drop(stdin.write_all(question.as_bytes()));
    let mut reader = BufReader::with_capacity(PIECE_BYTES, stdout);
    let mut head = String::new();
    // An end before the line is complete is one without an answer.
    let read = (&mut reader).take(HEAD_BYTES).read_line(&mut head);
    answered.store(1, Ordering::SeqCst);
    if read.is_err() || !head.ends_with('\n') {
        return Err(ended(&owner));
    }
    match serde_json::from_str(&head).map_err(|e| failed(&e))? {
        Head::Answer { columns, rows, is_cut } => Ok(QueryAnswer {
            run_id: run.run_id().to_owned(),
            columns: columns
                .into_iter()
                .map(|c| RowColumn {
                    name: c.name,
                    type_name: c.type_name,
                    is_number: c.is_number,
                    meaning: String::new(),
                })
                .collect(),
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

/// Why the process ended before it had answered.
fn ended(owner: &Owner) -> BackendError {
    let worker = &owner.0;
    match worker.state.load(Ordering::SeqCst) {
        TOO_SLOW => BackendError::Query {
            fault: QueryFault::TooSlow,
            message: format!("the query took longer than {} seconds and was stopped", TIME.as_secs()),
            hint: Some(
                "choose fewer rows, or group before joining; `regulars sql` on the command line waits as long \
                 as it takes"
                    .to_owned(),
            ),
            position: None,
        },
        TOO_LARGE => too_large(None),
        _ => {
            let status = worker.child().wait();
            // No memory, or no stack, left: either ends the process by a signal.
            if status.is_ok_and(|status| status.code().is_none()) {
                return too_large(None);
            }
            failed(&"it ended without an answer")
        }
    }
}

fn too_large(message: Option<String>) -> BackendError {
    let message = message.unwrap_or_else(|| {
        format!(
            "the query needs more than the {} MB of memory that a query may use, or is nested too deeply",
            PROCESS_BYTES >> 20
        )
    });
    BackendError::Query {
        fault: QueryFault::TooLarge,
        message,
        hint: Some(
            "choose fewer rows and columns, or group before joining; `regulars sql` on the command line takes \
             as much memory as there is"
                .to_owned(),
        ),
        position: None,
    }
}

fn failed(reason: &dyn std::fmt::Display) -> BackendError {
    BackendError::Unreadable {
        message: format!("the query could not be handed on ({reason})"),
        hint: Some("try again; if it stays so, ask the same of `regulars sql`".to_owned()),
    }
}

/// The rows, as the process hands them out.
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
