//! `regulars init`: writes a commented configuration that states how the files are read.
//!
//! The files are read completely, so that the configuration is checked against every row. Deliberately not
//! here: answers to questions, which only the user can give.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use regulars_core::config::{Config, Meaning};
use regulars_core::money::format_count;
use regulars_core::progress::{Progress, Silent};
use regulars_core::question::Question;
use regulars_core::reading::{ReadingPlan, group_by_plan};
use regulars_ingest::{Ingested, InputPaths};
use regulars_pipeline::ValidateRequest;

use crate::args::InitArgs;
use crate::environment;
use crate::failure::{Failure, Result};
use crate::printer;
use crate::progress::Bars;
use crate::settings::{Settings, apply_preset_and_map};
use crate::tables::{PostgresTables, shown_input, with_query};

/// Inputs for another command; addresses without passwords.
fn named(inputs: &[String]) -> String {
    inputs.iter().map(|input| shown_input(input)).collect::<Vec<_>>().join(" ")
}

/// The configuration to write, and what to report about it.
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
    let scratch = tempfile::Builder::new().prefix("regulars-").tempdir_in(environment::temp_folder())?;
    let input_paths = InputPaths {
        orders: with_query(&args.inputs, args.query.as_deref())?,
        tables: Some(Arc::new(PostgresTables::new(environment::processors()))),
        ..InputPaths::default()
    };
    let found = find(&input_paths, &config, scratch.path(), settings)?;
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
        std::io::ErrorKind::AlreadyExists => Failure::new(format!("`{}` already exists", args.out))
            .hint("use --force to overwrite it, or --out to write another file"),
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
            printer::line(format!("open question: {}; the file lists the answers", question.text))?;
        }
        printer::line(format!(
            "wrote {}; check [mapping], then: regulars run {}",
            args.out,
            named(&args.inputs)
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the files and turns the plan into a configuration. Only the beginnings of the files are read if a
/// question is open, or for standard input, which cannot be read twice.
fn find(input_paths: &InputPaths, config: &Config, scratch: &Path, settings: &Settings) -> Result<Found> {
    let look = |question| -> Result<Found> {
        let folder = scratch.join("look");
        fs_err::create_dir(&folder)?;
        let found = regulars_ingest::inspect(input_paths, config, &environment::store_options(), &folder)?;
        Ok(Found {
            config: found.config,
            reading: Vec::new(),
            notes: found.notes,
            unused: found.unused,
            question,
        })
    };
    if input_paths.orders.iter().any(|input| input == "-") {
        return look(None);
    }
    let bars = Bars::new(settings.show_progress, false);
    let read = read(input_paths, config, &scratch.join("first"), &bars);
    bars.finish();
    match read.map_err(Failure::into_question) {
        Ok(read) => {
            let config = written(input_paths, &read, scratch);
            let unused = read.reading.first().map_or_else(Vec::new, |plan| plan.unused.clone());
            Ok(Found { config, reading: read.reading, notes: read.notes, unused, question: None })
        }
        Err(Ok(question)) => look(Some(question)),
        Err(Err(failure)) => Err(failure),
    }
}

fn read(
    input_paths: &InputPaths,
    config: &Config,
    scratch: &Path,
    progress: &dyn Progress,
) -> Result<Ingested> {
    fs_err::create_dir(scratch)?;
    Ok(regulars_pipeline::validate(&ValidateRequest {
        input_paths,
        config,
        as_of_micros: None,
        today_micros: environment::today_micros(),
        scratch,
        threads: environment::processors(),
        store_options: &environment::store_options(),
        progress,
    })?)
}

/// The plan as configuration: the most complete one that yields the same rows and amounts when the files are
/// read again with it.
fn written(input_paths: &InputPaths, first: &Ingested, scratch: &Path) -> Config {
    let with_amount = {
        let mut config = first.config.clone();
        let mut stated = first.reading.iter().filter_map(ReadingPlan::amount_is);
        // Not set if the files differ.
        if let Some(is) = stated.next()
            && stated.all(|other| other == is)
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
        let again = read(input_paths, &config, &scratch.join(format!("again-{number}")), &Silent);
        if again.is_ok_and(|again| {
            (again.report.rows, again.report.money) == (first.report.rows, first.report.money)
        }) {
            return config;
        }
    }
    first.config.clone()
}

/// The meanings of status and type values, by column; flags and times need none.
fn words(plans: &[ReadingPlan]) -> BTreeMap<String, BTreeMap<String, Meaning>> {
    let mut all: BTreeMap<String, BTreeMap<String, Meaning>> = BTreeMap::new();
    for plan in plans {
        let of_words = |source: &str| {
            let is = |role: &str| role == "status" || role == "type of the row";
            plan.columns.iter().any(|column| column.source == source && is(&column.role))
        };
        for stated in plan.meanings.iter().filter(|stated| of_words(&stated.column)) {
            if let Some(meaning) = stated.meaning {
                all.entry(stated.column.clone()).or_default().entry(stated.word.clone()).or_insert(meaning);
            }
        }
    }
    all
}

/// The plan as comments, and the open question.
fn header(plans: &[ReadingPlan], question: Option<&Question>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for alike in group_by_plan(plans) {
        let plan = &alike.plan;
        lines.push(format!("Reading plan of {} (details: `regulars validate`):", alike.title()));
        lines.push(format!("- {}; one row is {}", plan.layout, plan.row_is.words()));
        for column in &plan.columns {
            lines.push(format!("- {} is `{}`: {}", column.role, column.source, column.reason));
        }
        for assumed in &plan.assumptions {
            let against = match assumed.violations {
                0 => String::new(),
                n => format!(
                    "; {} exceptions of {}: {}",
                    format_count(n),
                    format_count(assumed.checked),
                    assumed.resolution
                ),
            };
            lines.push(format!("- {} ({}){against}", assumed.statement, assumed.decided_by));
        }
        lines.push(String::new());
    }
    if let Some(question) = question {
        lines.push(format!("Open question: {}", question.text));
        lines.push("Answer it with one of these, here or as a flag:".to_owned());
        lines.extend(question.lines().into_iter().map(|line| format!("  {line}")));
        lines.push(String::new());
    }
    // A file or column name may contain a line break.
    let commented =
        |line: &String| format!("# {}", line.replace(['\n', '\r'], " ")).trim_end().to_owned() + "\n";
    lines.iter().map(commented).collect()
}
