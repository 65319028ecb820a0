//! The scripts in `sql/`, run by psql on a PostgreSQL server, and their agreement with the product.
//!
//! The server is started from a temporary folder, on a socket only. PostgreSQL must be installed; `./dev test` does
//! so.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::shop::Shop;

/// A server of its own, with one database.
pub(crate) struct Postgres {
    /// Keeps the server running: it ends with its standard input, also if the test is killed.
    keeper: Child,
    /// Where its programs are.
    search: String,
    folder: tempfile::TempDir,
}

/// Starts the server, reports it, and stops it when standard input ends.
const KEEP: &str = "set -e
cd \"$1\"
initdb -D data -A trust -U regulars -E UTF8 --locale=C --no-sync >initdb.log 2>&1
eval \"$2\" >prepare.log 2>&1
pg_ctl -D data -w -l server.log -o \"-k $1 -c listen_addresses='' -c fsync=off $3\" start >start.log 2>&1
echo started
cat >/dev/null
pg_ctl -D data -w -m immediate stop >stop.log 2>&1";

impl Postgres {
    pub(crate) fn start() -> Self {
        Self::start_with("", "")
    }

    /// With a command of the shell before the start, in the server's folder, and options of the server.
    pub(crate) fn start_with(prepare: &str, options: &str) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let search = format!("{}:/usr/bin:/bin:/usr/sbin:/sbin", programs().display());
        // initdb refuses root.
        let mut command = if message(Command::new("id").arg("-u")) == "0" {
            let user = unprivileged();
            let id = |flag: &str| message(Command::new("id").args([flag, user])).parse().ok();
            chown(folder.path(), id("-u"), id("-g")).expect("root may");
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--", "sh", "-c", KEEP, "sh"]);
            command
        } else {
            let mut command = Command::new("sh");
            command.args(["-c", KEEP, "sh"]);
            command
        };
        let mut keeper = command
            .arg(folder.path())
            .args([prepare, options])
            .env_clear()
            .env("PATH", &search)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let mut started = String::new();
        let output = keeper.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut started).expect("readable");
        let log = |name: &str| fs_err::read_to_string(folder.path().join(name)).unwrap_or_default();
        let logs = ["initdb.log", "prepare.log", "start.log", "server.log"].map(log).concat();
        assert_eq!(started, "started\n", "{logs}");
        Self { keeper, search, folder }
    }

    /// The folder of the socket; the server's data are in `data`.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of the database, by the socket.
    pub(crate) fn url(&self) -> String {
        format!("postgres://regulars@/postgres?host={}", self.folder.path().display())
    }

    /// psql as a user would start it, on this server.
    pub(crate) fn psql_command(&self) -> Command {
        let mut command = Command::new("psql");
        command
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "regulars", "-d", "postgres", "-h"])
            .arg(self.folder.path())
            .env_clear()
            .env("PATH", &self.search)
            .current_dir(root());
        command
    }

    /// Runs psql with the arguments.
    fn psql(&self, args: &[&str]) -> Output {
        self.psql_command().args(args).output().expect("psql starts")
    }

    /// The output of psql, if it succeeded.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let output = self.psql(args);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "psql {args:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// The errors of psql, if it failed.
    #[track_caller]
    fn fail(&self, args: &[&str]) -> String {
        let output = self.psql(args);
        // 3: an error in a script.
        assert_eq!(output.status.code(), Some(3), "psql {args:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Compares scores, segments and aggregates with those of the run whose tables are loaded.
    #[track_caller]
    fn agrees(&self, schema: &str, data: &str) {
        let script = format!("{}/tests/it/postgres/agreement.sql", env!("CARGO_MANIFEST_DIR"));
        let compared =
            self.run(&["-v", &format!("schema={schema}"), "-v", &format!("data={data}"), "-f", &script]);
        let lines: Vec<Vec<&str>> = compared.lines().map(|line| line.split('|').collect()).collect();
        assert_eq!(lines.len(), 8, "{compared}");
        for line in lines {
            assert!(line.len() == 3 && line[1] != "0" && line[2] == "0", "{schema}: {compared}");
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // The server may have ended already.
        drop(self.keeper.wait());
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The first line that a command prints.
fn message(command: &mut Command) -> String {
    let output = command.output().expect("starts");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The folder of the server's programs: where Debian puts the newest version, or in the path.
fn programs() -> PathBuf {
    let version =
        |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.split('.').next()?.parse::<u32>().ok();
    let versions = fs_err::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    let of_debian = folders.filter(|folder| folder.join("pg_ctl").exists()).max_by_key(version);
    let in_path = || {
        let found = PathBuf::from(message(Command::new("sh").args(["-c", "command -v pg_ctl"])));
        found.parent().filter(|folder| folder.is_absolute()).map(Path::to_owned)
    };
    of_debian.or_else(in_path).expect(
        "PostgreSQL is not installed: run `./dev setup browser`, or install the Debian package postgresql",
    )
}

/// A user without rights: that of the server, if the system has it.
fn unprivileged() -> &'static str {
    let exists = Command::new("id").arg("postgres").output().is_ok_and(|output| output.status.success());
    if exists { "postgres" } else { "nobody" }
}

/// A shop with a run of a generated data set and its export: the folder.
pub(crate) fn exported(shop: &Shop, preset: &str, name: &str, settings: &[&str]) -> String {
    let source = shop.path(preset).display().to_string();
    if !Path::new(&source).exists() {
        let customers = if preset == "kaggle" { "400" } else { "1500" };
        shop.run(&[
            "-q",
            "synth",
            "--preset",
            preset,
            "--customers",
            customers,
            "--files",
            "csv",
            "--out",
            &source,
        ])
        .success();
    }
    let file = |name: &str| format!("{source}/{name}.csv");
    let (transactions, customers) = (file("transactions"), file("customers"));
    let mut run = vec!["-q", "run", "--name", name, &transactions, "--customers", &customers];
    run.extend(settings);
    shop.run(&run).success();
    // psql must take a folder with a space.
    let folder = shop.path(&format!("export of {name}")).display().to_string();
    shop.run(&["-q", "export", "all", "--name", name, "--out", &folder]).success();
    folder
}

/// Scripts to set up and to analyse a data set.
fn scripts(preset: &str) -> (&'static str, &'static str) {
    match preset {
        "kaggle" => ("sql/setup_kaggle_database.sql", "sql/kaggle_rfm_analysis.sql"),
        _ => ("sql/setup_database.sql", "sql/rfm_analysis.sql"),
    }
}

#[test]
fn sql_agrees_with_the_product() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    let variants: [(&str, &[&str], Option<&str>); 3] = [
        ("quantile", &[], None),
        ("ntile", &["--set", "scores.method=ntile"], Some("method=ntile")),
        ("earlier", &["--as-of", "2024-09-30"], Some("as_of=2024-09-30")),
    ];
    for preset in ["synthetic", "kaggle"] {
        let (setup, analysis) = scripts(preset);
        for (variant, settings, option) in variants {
            let folder = exported(&shop, preset, &format!("{preset}-{variant}"), settings);
            let checks = postgres.run(&["-v", &format!("data={folder}"), "-f", setup]);
            assert!(checks.contains("rows of ltv_predictions") && !checks.contains("FAILED"), "{checks}");
            let mut analyse = vec!["-f", analysis];
            if let Some(option) = option {
                analyse.splice(..0, ["-v", option]);
            }
            postgres.run(&analyse);
            postgres.agrees(preset, &folder);
        }
    }
}

#[test]
fn the_scripts_run_again_and_fail_loudly() {
    let (shop, postgres) = (Shop::new(), Postgres::start());
    let (setup, analysis) = scripts("kaggle");
    let message = postgres.fail(&["-f", setup]);
    assert!(message.contains("add -v data=FOLDER"), "{message}");
    let folder = exported(&shop, "kaggle", "kaggle", &[]);
    let data = format!("data={folder}");
    let first = postgres.run(&["-v", &data, "-f", setup]);
    let report = postgres.run(&["-f", analysis]);
    // Every result follows a heading that is a question.
    assert_eq!(report.matches("?\n").count() + report.matches("must be 0.\n").count(), 24, "{report}");
    postgres
        .run(&["-c", "CREATE VIEW best AS SELECT * FROM kaggle.rfm_computed WHERE segment = 'High-Value'"]);
    assert_eq!(postgres.run(&["-v", &data, "-f", setup]), first);
    assert_eq!(postgres.run(&["-f", analysis]), report, "the same rows give the same report");

    // Files of different runs do not agree; the rows of before stand.
    let count = ["-At", "-c", "SELECT count(*), sum(monetary) FROM kaggle.rfm_scores"];
    let before = postgres.run(&count);
    let scores = PathBuf::from(&folder).join("rfm_scores.csv");
    let text = fs_err::read_to_string(&scores).expect("exported");
    let shorter: Vec<&str> = text.lines().take(200).collect();
    fs_err::write(&scores, shorter.join("\n")).expect("writable");
    let message = postgres.fail(&["-v", &data, "-f", setup]);
    assert!(
        message.contains("checks failed, nothing is stored: every customer who bought has scores"),
        "{message}"
    );
    assert_eq!(postgres.run(&count), before);

    // Scores that are not those of the transactions are not passed over.
    postgres.run(&["-c", "UPDATE kaggle.rfm_scores SET segment = 'Lost' WHERE segment = 'Loyal'"]);
    let message = postgres.fail(&["-f", analysis]);
    assert!(message.contains("customers have other scores or segments than in the run"), "{message}");
}
