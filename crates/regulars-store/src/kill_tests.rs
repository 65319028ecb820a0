//! Kills real processes at many different times: the data set must stay consistent.
//!
//! Deliberately not here: power failures, which would need a separate machine. `dataset_tests.rs` tests each
//! stage at which a process can be killed deterministically.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::testing::{begin_and_publish, home, write_segments};
use crate::{Dataset, Home, Kind};

const KILLS: u32 = 30;

/// Makes the test below act as the child; the value is its home folder.
const CHILD_HOME: &str = "REGULARS_STORE_TEST_CHILD_HOME";
/// `loop` publishes run after run, `hold` starts a run and waits.
const CHILD_TASK: &str = "REGULARS_STORE_TEST_CHILD_TASK";

/// A process that is killed without warning.
struct KilledChild(Child);

impl KilledChild {
    fn spawn(home: &Path, task: &str) -> Self {
        let executable = std::env::current_exe().expect("this test has one");
        let child = Command::new(executable)
            .args(["--exact", "kill_tests::child", "--nocapture"])
            .env(CHILD_HOME, home)
            .env(CHILD_TASK, task)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("spawned");
        Self(child)
    }

    fn kill(mut self) {
        assert!(self.0.try_wait().expect("ours").is_none(), "the child ended by itself");
        self.0.kill().expect("ours");
        self.0.wait().expect("ours");
    }
}

impl Drop for KilledChild {
    fn drop(&mut self) {
        // Only needed after a failed assertion.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Not a test itself, but the body of the processes that the tests below kill.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test executable takes no other arguments")]
fn child() {
    let (Ok(root), Ok(task)) = (std::env::var(CHILD_HOME), std::env::var(CHILD_TASK)) else { return };
    let dataset = Home::new(PathBuf::from(root)).expect("home").dataset("shop").expect("name");
    if task == "hold" {
        let writer = dataset.begin("20260101T000000Z-held").expect("begun");
        write_segments(writer.dir(), &[(1, "New")]);
        fs_err::write(dataset.folder().join("held"), "").expect("written");
        // Longer than any test; the parent kills it.
        std::thread::sleep(Duration::from_mins(5));
    }
    let customers: Vec<(i64, &str)> =
        (0..2000).map(|id| (id, if id % 3 == 0 { "Lost" } else { "New" })).collect();
    for number in next_number(&dataset).. {
        begin_and_publish(&dataset, &run_id(number), &customers);
        if number % 4 == 0 {
            dataset.prune(2, false).expect("pruned");
        }
    }
}

fn run_id(number: u32) -> String {
    format!("20260101T{number:06}Z-a")
}

fn next_number(dataset: &Dataset) -> u32 {
    let ids = dataset.run_ids().expect("listed");
    ids.last().map_or(0, |id| id[9..15].parse::<u32>().expect("a number") + 1)
}

fn read_pointer(dataset: &Dataset) -> String {
    let text = fs_err::read_to_string(dataset.folder().join("current")).expect("there is always one");
    text.trim().to_owned()
}

fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..30_000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("the child did not finish in time");
}

#[test]
fn a_kill_at_any_time_leaves_a_complete_current_run() {
    let (root, home) = home();
    let dataset = home.dataset("shop").expect("name");
    begin_and_publish(&dataset, &run_id(0), &[(1, "Lost")]);
    let mut newest = run_id(0);
    let mut unfinished = 0;
    // A fixed sequence of delays, spread over many runs, can be repeated.
    let mut random = 0x2545_f491_u32;
    for kill in 0..KILLS {
        let child = KilledChild::spawn(&root.path().join("home"), "loop");
        // Starting a process may be slow; the delay counts from its first run.
        wait_until(|| read_pointer(&dataset) > newest);
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        std::thread::sleep(Duration::from_micros(u64::from((random >> 8) % 100_000)));
        child.kill();

        let current = dataset.current().expect("readable").expect("there was one before");
        current.verify().unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        assert!(*current.run_id() >= *newest, "kill {kill}: {} after {newest}", current.run_id());
        current.run_id().clone_into(&mut newest);
        let list = dataset.runs().expect("listed");
        assert!(list.problems.is_empty(), "kill {kill}: {:?}", list.problems);
        for run in &list.complete {
            run.verify().unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        }
        let names = |dataset: &Dataset| fs_err::read_dir(dataset.runs_folder()).expect("there").count();
        unfinished += u32::from(names(&dataset) > list.complete.len());

        let writer = dataset.begin(&run_id(next_number(&dataset))).expect("the next run can begin");
        assert_eq!(names(&dataset), list.complete.len() + 1, "kill {kill}: leftovers");
        drop(writer);
        assert_eq!(dataset.current().expect("readable"), Some(current));
    }
    assert!(newest >= run_id(KILLS), "every child published at least once: {newest}");
    assert!(unfinished > 0, "no kill hit a run in progress");
}

#[test]
fn a_live_process_keeps_its_lock_and_a_killed_one_does_not() {
    let (root, home) = home();
    let dataset = home.dataset("shop").expect("name");
    begin_and_publish(&dataset, "20250101T000000Z-a", &[(1, "Lost")]);
    let child = KilledChild::spawn(&root.path().join("home"), "hold");
    let process = child.0.id();
    wait_until(|| dataset.folder().join("held").exists());
    let error = dataset.begin("20260102T000000Z-b").expect_err("held by the child");
    assert_eq!(error.kind(), Kind::Busy);
    assert_eq!(
        error.to_string(),
        format!("another run of data set `shop` is in progress (process {process})")
    );
    assert!(dataset.prune(0, false).is_err());
    assert!(dataset.runs_folder().join(".tmp-20260101T000000Z-held").exists());
    child.kill();
    assert_eq!(dataset.current().expect("readable").expect("there").run_id(), "20250101T000000Z-a");
    let writer = dataset.begin("20260102T000000Z-b").expect("the lock died with the process");
    assert!(!dataset.runs_folder().join(".tmp-20260101T000000Z-held").exists());
    drop(writer);
}
