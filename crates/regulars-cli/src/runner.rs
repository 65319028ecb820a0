//! Starts the runs that pages and the API request: `regulars run` in a separate process.
//!
//! A run's memory is freed when it ends, a crash does not affect the server, and it can be cancelled at any
//! time: nothing is published until it is complete, and the next run cleans up after it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use regulars_core::config::Config;
use regulars_core::dates;
use regulars_core::manifest::RunManifest;
use regulars_core::progress::Progress as _;
use regulars_pipeline::{RunOptions, StepSelection};
use regulars_server::{RunFailure, RunOrder, RunProgress, Runner};
use regulars_store::Home;
use serde_json::Value;

use crate::lines::{Line, unit_of};

/// How often cancellation is checked.
const PACE: Duration = Duration::from_millis(100);

/// Starts runs with this program.
pub(crate) struct ProcessRunner {
    pub(crate) program: PathBuf,
    pub(crate) home: Home,
    /// The configuration for a data set that has no run yet.
    pub(crate) config: Config,
    /// The only folder from which a request may name files, canonicalised.
    pub(crate) data_dir: Option<PathBuf>,
    /// Leaves one processor to the server, if there are several.
    pub(crate) threads: usize,
}

/// Arguments of `regulars run`.
struct RunArguments {
    orders: Vec<String>,
    customers: Option<String>,
    products: Option<String>,
    config: Config,
    steps: Vec<String>,
    seed: u64,
    as_of: Option<String>,
}

fn failure(message: impl Into<String>, hint: &str) -> RunFailure {
    RunFailure::new(message, Some(hint.to_owned()))
}

impl ProcessRunner {
    fn run_arguments(&self, order: &RunOrder) -> Result<RunArguments, RunFailure> {
        let before = self.current(&order.dataset)?;
        if before.is_none() && order.inputs.is_empty() {
            return Err(failure(
                format!("there is no data set `{}` to run again", order.dataset),
                "name its files in `inputs`, or create its first run with `regulars run`",
            ));
        }
        if let Some(as_of) = &order.as_of {
            dates::parse_as_of(as_of).map_err(|e| RunFailure::new(e.message, e.hint))?;
        }
        let mut config =
            before.as_ref().map_or_else(|| self.config.clone(), |manifest| manifest.config.clone());
        for setting in &order.set {
            config = with_answer(&config, setting)?;
        }
        let steps = match (&*order.steps, &before) {
            ([], Some(manifest)) => manifest.steps.clone(),
            ([], None) => vec!["all".to_owned()],
            (steps, _) => steps.to_vec(),
        };
        StepSelection::parse(&steps.join(",")).map_err(|e| RunFailure::new(e.message, e.hint))?;
        let files = |role: &str| before.as_ref().map_or_else(Vec::new, |manifest| paths(manifest, role));
        let orders = if order.inputs.is_empty() {
            let orders = files("transactions");
            orders.iter().try_for_each(|path| is_there(path))?;
            orders
        } else {
            order.inputs.iter().map(|path| self.allowed(path)).collect::<Result<_, _>>()?
        };
        Ok(RunArguments {
            orders,
            customers: files("customers").into_iter().next(),
            products: files("products").into_iter().next(),
            config,
            steps,
            seed: before.as_ref().map_or(RunOptions::SEED, |manifest| manifest.seed),
            as_of: order.as_of.clone(),
        })
    }

    fn current(&self, dataset: &str) -> Result<Option<RunManifest>, RunFailure> {
        let wrong = |e: regulars_store::Error| RunFailure::new(e.to_string(), e.hint());
        let known = self.home.datasets().map_err(wrong)?.iter().any(|name| name == dataset);
        if !known {
            return Ok(None);
        }
        let current = self.home.dataset(dataset).and_then(|found| found.current()).map_err(wrong)?;
        Ok(current.map(|run| run.manifest))
    }

    /// Resolves a file named in a request: it has to be below `data_dir`, after following links.
    fn allowed(&self, path: &str) -> Result<String, RunFailure> {
        let Some(folder) = &self.data_dir else {
            return Err(failure(
                "requests cannot name files on this server",
                "omit `inputs`, or set `data_dir` under `[serve]` to the folder that may contain input files",
            ));
        };
        // The same error for missing and outside files, so that it reveals nothing about other folders.
        let is_plain = !path.contains(['*', '?', '[']);
        let found = fs_err::canonicalize(folder.join(path)).ok();
        // Files only: links inside a folder would not be checked.
        let found = found.filter(|found| is_plain && found.starts_with(folder) && found.is_file());
        found.map(|found| found.display().to_string()).ok_or_else(|| {
            failure(format!("there is no file `{path}` in `data_dir`"), "paths are relative to `data_dir`")
        })
    }

    fn begin(&self, arguments: &RunArguments, dataset: &str, config: &Path) -> Result<Child, RunFailure> {
        let mut command = Command::new(&self.program);
        command
            .args(["--format", "json", "--home"])
            .arg(self.home.root())
            .arg("--config")
            .arg(config)
            .args(["run", "--tell", "--end-with-stdin", "--name", dataset])
            .args(["--steps", &arguments.steps.join(","), "--seed", &arguments.seed.to_string()])
            .args(["--threads", &self.threads.to_string()]);
        for (flag, value) in [
            ("--customers", &arguments.customers),
            ("--products", &arguments.products),
            ("--as-of", &arguments.as_of),
        ] {
            if let Some(value) = value {
                command.arg(format!("{flag}={value}"));
            }
        }
        command.arg("--").args(&arguments.orders);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|e| {
            failure(
                format!("cannot start the run: {e}"),
                "restart `regulars serve`; the program may have been replaced",
            )
        })
    }
}

/// The sections that a request may set; others name files on this machine.
const ANSWERED: [&str; 4] = ["source.", "mapping.", "policy.", "refunds."];

/// The configuration with the answer to a question.
fn with_answer(config: &Config, setting: &str) -> Result<Config, RunFailure> {
    if !ANSWERED.iter().any(|section| setting.trim_start().starts_with(section)) {
        return Err(failure(
            format!("`{setting}` cannot be set here: it is not about how files are read"),
            "`set` accepts keys of source, mapping, policy and refunds, e.g. source.amount_is=order",
        ));
    }
    config.with_setting(setting).map_err(|e| RunFailure::new(e.message, e.hint))
}

fn paths(manifest: &RunManifest, role: &str) -> Vec<String> {
    manifest.inputs.iter().filter(|input| input.role == role).map(|input| input.path.clone()).collect()
}

/// Detects missing files early; URLs are only checked when they are read.
fn is_there(path: &str) -> Result<(), RunFailure> {
    if path == "-" {
        return Err(failure(
            "the current run was read from standard input, which cannot be read again",
            "use `regulars run` with a file",
        ));
    }
    if path.contains("://") || Path::new(path).exists() {
        return Ok(());
    }
    Err(failure(
        format!("the file `{path}` of the current run no longer exists"),
        "restore it, or start `regulars serve` in the folder where `regulars run` was called",
    ))
}

impl Runner for ProcessRunner {
    fn check(&self, order: &RunOrder) -> Result<(), RunFailure> {
        self.run_arguments(order).map(drop)
    }

    fn run(&self, order: &RunOrder, progress: &RunProgress) -> Result<String, RunFailure> {
        let arguments = self.run_arguments(order)?;
        let wrong =
            |e: std::io::Error| failure(e.to_string(), "check that there is disk space for temporary files");
        let config = tempfile::Builder::new().suffix(".toml").tempfile().map_err(wrong)?;
        fs_err::write(config.path(), arguments.config.to_commented_toml()).map_err(wrong)?;
        let mut child = self.begin(&arguments, &order.dataset, config.path())?;
        // The run exits when this pipe closes, also if this process is killed.
        let lifeline = child.stdin.take();
        let made = follow(&mut child, progress);
        drop(lifeline);
        // It has exited or was cancelled.
        drop(child.kill());
        drop(child.wait());
        made
    }
}

/// Follows the output of the run until it ends, and returns its id.
fn follow(child: &mut Child, progress: &RunProgress) -> Result<String, RunFailure> {
    let (stderr, out) = (child.stderr.take(), child.stdout.take());
    let result = std::thread::spawn(move || {
        let mut text = String::new();
        out.and_then(|mut out| out.read_to_string(&mut text).ok()).map(|_| text)
    });
    let (tell, lines) = sync_channel(100);
    std::thread::spawn(move || {
        for line in stderr.into_iter().flat_map(|stderr| BufReader::new(stderr).lines()).map_while(Result::ok)
        {
            if tell.send(line).is_err() {
                break;
            }
        }
    });
    let mut last =
        failure("the run ended without an error message", "try `regulars run` on the command line");
    loop {
        if progress.is_cancelled() {
            return Err(failure("the run was cancelled", "start it again"));
        }
        let line = match lines.recv_timeout(PACE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        match serde_json::from_str(&line) {
            Ok(Line::Step { name, total, unit }) => progress.step(&name, total, unit_of(&unit)),
            Ok(Line::Advance { amount }) => progress.advance(amount),
            Ok(Line::Note { message }) => progress.note(&message),
            Ok(Line::Failure { message, hint, question }) => {
                last = RunFailure { question: question.map(Box::new), ..RunFailure::new(message, hint) };
            }
            // Output of a library.
            Err(_) => {}
        }
    }
    let text = result.join().ok().flatten().unwrap_or_default();
    let summary: Value = serde_json::from_str(&text).unwrap_or_default();
    summary["run_id"].as_str().map(str::to_owned).ok_or(last)
}
