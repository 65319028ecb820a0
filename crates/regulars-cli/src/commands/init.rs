//! `regulars init`: a commented configuration that says how the files are read.
//!
//! The files are read to the end, so that what is written has been held against every row. Deliberately not
//! here: an answer to a question, which only the user has.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use regulars_core::config::{Config, Meaning};
use regulars_core::progress::{Progress, Silent};
use regulars_core::question::Question;
use regulars_core::reading::{ReadingPlan, read_alike};
use regulars_ingest::{Ingested, Roles};
use regulars_pipeline::ValidateRequest;

use crate::args::InitArgs;
use crate::failure::{Failure, Result};
use crate::printer;
use crate::progress::Bars;
use crate::settings::{Settings, apply_preset_and_map};
use crate::surroundings;

/// What is written, and what is said about it.
struct Found {
    config: Config,
    reading: Vec<ReadingPlan>,
    notes: Vec<String>,
    unused: Vec<String>,
    question: Option<Box<Question>>,
}

pub(super) fn init(args: &InitArgs, settings: &Settings) -> Result<ExitCode> {
    let mut config = settings.config.clone();
    apply_preset_and_map(&mut config, args.preset.as_deref(), &args.map)?;
    for setting in &args.set {
        config = config.with_setting(setting)?;
    }
    let scratch = tempfile::Builder::new().prefix("regulars-").tempdir_in(surroundings::temp_folder())?;
    let found = find(args, &config, scratch.path(), settings)?;
    let text =
        format!("{}{}", header(&found.reading, found.question.as_deref()), found.config.to_commented_toml());
    if args.out == "-" {
        std::io::stdout().lock().write_all(text.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut options = fs_err::OpenOptions::new();
    options.write(true);
    if args.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = options.open(&args.out).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::new(format!("`{}` is already there", args.out))
            .hint("--force replaces it, --out writes another file"),
        _ => e.into(),
    })?;
    file.write_all(text.as_bytes())?;
    if !settings.quiet {
        for note in &found.notes {
            printer::line(note)?;
        }
        if !found.unused.is_empty() {
            printer::line(format!("columns not used: {}", found.unused.join(", ")))?;
        }
        if let Some(question) = &found.question {
            printer::line(format!("still open: {}; the file names the answers", question.text))?;
        }
        printer::line(format!(
            "wrote {}; look at [mapping], then: regulars run {}",
            args.out,
            args.inputs.join(" ")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the files, and turns the plan into a configuration; a look at their beginnings has to do where a
/// question is open, and for standard input, which cannot be read twice.
fn find(args: &InitArgs, config: &Config, scratch: &Path, settings: &Settings) -> Result<Found> {
    let look = |question| -> Result<Found> {
        let folder = scratch.join("look");
        fs_err::create_dir(&folder)?;
        let found = regulars_ingest::look(&args.inputs, config, &surroundings::store_options(), &folder)?;
        Ok(Found {
            config: found.config,
            reading: Vec::new(),
            notes: found.notes,
            unused: found.unused,
            question,
        })
    };
    if args.inputs.iter().any(|input| input == "-") {
        return look(None);
    }
    let bars = Bars::new(settings.show_progress, false);
    let read = read(&args.inputs, config, &scratch.join("first"), &bars);
    bars.finish();
    match read.map_err(Failure::into_question) {
        Ok(read) => {
            let config = written(&args.inputs, &read, scratch);
            let unused = read.reading.first().map_or_else(Vec::new, |plan| plan.unused.clone());
            Ok(Found { config, reading: read.reading, notes: read.notes, unused, question: None })
        }
        Err(Ok(question)) => look(Some(question)),
        Err(Err(failure)) => Err(failure),
    }
}

fn read(inputs: &[String], config: &Config, scratch: &Path, progress: &dyn Progress) -> Result<Ingested> {
    fs_err::create_dir(scratch)?;
    let roles = Roles { orders: inputs.to_vec(), customers: None, products: None };
    Ok(regulars_pipeline::validate(&ValidateRequest {
        roles: &roles,
        config,
        as_of_micros: None,
        today_micros: surroundings::today_micros(),
        scratch,
        threads: surroundings::processors(),
        store_options: &surroundings::store_options(),
        progress,
    })?)
}

/// The plan as configuration: as much of it as gives the same rows and the same money when the files are read
/// by it, which is tried.
fn written(inputs: &[String], first: &Ingested, scratch: &Path) -> Config {
    let with_amount = {
        let mut config = first.config.clone();
        let mut said = first.reading.iter().filter_map(ReadingPlan::amount_is);
        // Files that differ in it stay as they are.
        if let Some(is) = said.next()
            && said.all(|other| other == is)
        {
            config.source.amount_is = config.source.amount_is.or(Some(is));
        }
        config
    };
    let with_words = |config: &Config| {
        let mut config = config.clone();
        for (column, words) in words(&first.reading) {
            let known = config.policy.meanings.entry(column).or_default();
            for (word, meaning) in words {
                known.entry(word).or_insert(meaning);
            }
        }
        config
    };
    for (number, config) in
        [with_words(&with_amount), with_words(&first.config), with_amount].into_iter().enumerate()
    {
        let again = read(inputs, &config, &scratch.join(format!("again-{number}")), &Silent);
        if again.is_ok_and(|again| {
            (again.report.rows, again.report.money) == (first.report.rows, first.report.money)
        }) {
            return config;
        }
    }
    first.config.clone()
}

/// What the words of statuses and types were taken to mean, by column; flags and times say it themselves.
fn words(plans: &[ReadingPlan]) -> BTreeMap<String, BTreeMap<String, Meaning>> {
    let mut all: BTreeMap<String, BTreeMap<String, Meaning>> = BTreeMap::new();
    for plan in plans {
        let of_words = |source: &str| {
            let is = |role: &str| role == "status" || role == "type of the row";
            plan.columns.iter().any(|column| column.source == source && is(&column.role))
        };
        for said in plan.meanings.iter().filter(|said| of_words(&said.column)) {
            if let Some(meaning) = said.meaning {
                all.entry(said.column.clone()).or_default().entry(said.word.clone()).or_insert(meaning);
            }
        }
    }
    all
}

/// The plan in comments, and what is still to be answered.
fn header(plans: &[ReadingPlan], question: Option<&Question>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for alike in read_alike(plans) {
        let plan = &alike.plan;
        lines.push(format!("How {} is read (`regulars validate` says more):", alike.title()));
        lines.push(format!("- {}; one row is {}", plan.layout, plan.row_is.words()));
        for column in &plan.columns {
            lines.push(format!("- {} is `{}`: {}", column.role, column.source, column.reason));
        }
        for assumed in &plan.assumptions {
            let against = match assumed.violations {
                0 => String::new(),
                n => format!("; {n} of {} against it: {}", assumed.checked, assumed.resolution),
            };
            lines.push(format!("- {} ({}){against}", assumed.statement, assumed.decided_by));
        }
        lines.push(String::new());
    }
    if let Some(question) = question {
        lines.push(format!("Still open: {}", question.text));
        lines.push("Answer it by one of these, here or as a flag:".to_owned());
        lines.extend(question.lines().into_iter().map(|line| format!("  {line}")));
        lines.push(String::new());
    }
    // A name of the file may hold a line break.
    let commented =
        |line: &String| format!("# {}", line.replace(['\n', '\r'], " ")).trim_end().to_owned() + "\n";
    lines.iter().map(commented).collect()
}
