//! The steps of a run as values: what each reads and writes, and a key over everything its result depends on.
//! A step is reused if an earlier run of the data set has one with the same key.
//!
//! Deliberately not here: what the steps compute (`run`).

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::manifest::{ReusedStep, TableFile};
use regulars_core::progress::{Progress, Unit};
use regulars_core::tables as t;
use regulars_store::{RunWriter, StepRecord, sha256};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::options::RunOptions;
use regulars_value as value;
use regulars_value::{Error, Kind, Outcome, Result, Stopwatch};

use crate::{actions, clusters};

/// A step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Reads and checks the source files.
    Ingest,
    /// Computes the customer features.
    Features,
    /// Scores customers and assigns segments.
    Scores,
    /// Finds clusters.
    Clusters,
    /// Predicts lifetime value.
    Value,
    /// Recommends actions.
    Actions,
    /// Computes the headline numbers.
    Summary,
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Self; 7] = [
        Self::Ingest,
        Self::Features,
        Self::Scores,
        Self::Clusters,
        Self::Value,
        Self::Actions,
        Self::Summary,
    ];

    /// Its name, as in `--steps`, the manifest and the record of the step.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Features => "features",
            Self::Scores => "scores",
            Self::Clusters => "clusters",
            Self::Value => "value",
            Self::Actions => "actions",
            Self::Summary => "summary",
        }
    }

    /// Text shown while the step runs.
    const fn title(self) -> &'static str {
        match self {
            Self::Ingest => "Reading orders",
            Self::Features => "Computing customer features",
            Self::Scores => "Scoring and segmenting",
            Self::Clusters => "Finding clusters",
            Self::Value => "Forecasting lifetime value",
            Self::Actions => "Computing recommendations",
            Self::Summary => "Writing summary",
        }
    }

    /// The tables that it reads.
    pub fn reads(self) -> Vec<&'static str> {
        const CLEAN: [&str; 3] = [t::transactions::NAME, t::returns::NAME, t::excluded::NAME];
        match self {
            Self::Ingest => Vec::new(),
            Self::Features | Self::Summary => CLEAN.to_vec(),
            Self::Scores => vec![t::customer_features::NAME],
            Self::Clusters => [Self::Features, Self::Scores].map(Self::writes).concat(),
            Self::Value => {
                let grouped = [Self::Features, Self::Scores, Self::Clusters].map(Self::writes).concat();
                [CLEAN.as_slice(), &grouped].concat()
            }
            Self::Actions => [Self::Features, Self::Scores, Self::Value].map(Self::writes).concat(),
        }
    }

    /// The tables that it writes; `customers` only if there is such a file.
    pub fn writes(self) -> Vec<&'static str> {
        match self {
            Self::Ingest => vec![
                t::transactions::NAME,
                t::returns::NAME,
                t::excluded::NAME,
                t::rejected::NAME,
                t::customers::NAME,
            ],
            Self::Features => vec![t::customer_features::NAME],
            Self::Scores => vec![
                t::rfm_scores::NAME,
                t::customer_segments::NAME,
                t::rfm_summary::NAME,
                t::rfm_thresholds::NAME,
            ],
            Self::Clusters => clusters::TABLES.to_vec(),
            Self::Value => value::TABLES.to_vec(),
            Self::Actions => actions::TABLES.to_vec(),
            Self::Summary => vec![t::monthly_revenue::NAME],
        }
    }
}

/// The steps to compute: scores, and optionally clusters and lifetime value. All others always run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSelection(BTreeSet<Step>);

impl StepSelection {
    const OPTIONAL: [Step; 3] = [Step::Scores, Step::Clusters, Step::Value];

    /// All of them.
    pub fn all() -> Self {
        Self(Self::OPTIONAL.into())
    }

    /// Reads `scores,clusters,value`; clusters and value include the scores.
    ///
    /// Errors: an unknown step, or none.
    pub fn parse(text: &str) -> Result<Self> {
        let mut steps = BTreeSet::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match Self::OPTIONAL.iter().find(|step| step.name() == name) {
                Some(step) => steps.extend([Step::Scores, *step]),
                None if name == "all" => steps.extend(Self::OPTIONAL),
                None => {
                    return Err(Error {
                        hint: Some("steps are: scores, clusters, value".to_owned()),
                        ..Error::new(Kind::Input, format!("unknown step `{name}`"))
                    });
                }
            }
        }
        if steps.is_empty() {
            return Err(Error::new(Kind::Input, "no step was selected"));
        }
        Ok(Self(steps))
    }

    /// Whether a step is selected.
    pub fn contains(&self, step: Step) -> bool {
        self.0.contains(&step)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|step| step.name().to_owned()).collect()
    }
}

/// Runs steps, or takes them over from earlier runs, and keeps their records.
pub(crate) struct StepRunner<'a> {
    writer: &'a RunWriter,
    options: &'a RunOptions,
    progress: &'a dyn Progress,
    pub(crate) clock: Stopwatch,
    records: Vec<StepRecord>,
    pub(crate) reused: Vec<ReusedStep>,
}

impl<'a> StepRunner<'a> {
    pub(crate) fn new(writer: &'a RunWriter, options: &'a RunOptions, progress: &'a dyn Progress) -> Self {
        Self { writer, options, progress, clock: Stopwatch::start(), records: Vec::new(), reused: Vec::new() }
    }

    /// Runs a step, or takes it over.
    ///
    /// `settings` is what the result depends on besides the tables that the step reads. `accept` looks at an
    /// earlier result with the same key where that does not settle it.
    ///
    /// Errors: those of `work`, and of writing.
    pub(crate) fn run<T: Serialize + DeserializeOwned>(
        &mut self,
        step: Step,
        settings: &Json,
        accept: impl Fn(&StepRecord, &T) -> bool,
        work: impl FnOnce(&mut Stopwatch) -> Result<Outcome<T>>,
    ) -> Result<Outcome<T>> {
        let key = self.key(step, settings)?;
        if let Some(outcome) = self.reused(step, &key, accept)? {
            self.progress.step(&format!("{} (reused)", step.title()), None, Unit::Rows);
            self.clock.stamp(step.name());
            return Ok(outcome);
        }
        self.progress.step(step.title(), None, Unit::Rows);
        let outcome = work(&mut self.clock)?;
        let result = serde_json::to_value(&outcome).map_err(internal)?;
        let record = self.writer.finish_step(step.name(), key, result, &self.records)?;
        self.clock.stamp(step.name());
        self.records.push(record);
        Ok(outcome)
    }

    /// The tables so far, in the order in which they are declared.
    pub(crate) fn tables(&self) -> Vec<TableFile> {
        let mut files: BTreeMap<String, TableFile> =
            self.records.iter().flat_map(StepRecord::tables).map(|file| (file.name.clone(), file)).collect();
        t::tables().iter().filter_map(|table| files.remove(table.name)).collect()
    }

    /// Rows of a table so far.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.tables().iter().find(|file| file.name == table).map_or(0, |file| file.rows)
    }

    fn key(&self, step: Step, settings: &Json) -> Result<String> {
        let tables = self.tables();
        let hash = |name: &&str| tables.iter().find(|file| file.name == *name).map(|file| &file.sha256);
        let reads: BTreeMap<&str, _> = step.reads().iter().map(|name| (*name, hash(name))).collect();
        let all = json!({
            "step": step.name(),
            "code": self.options.code_version,
            "reads": reads,
            "settings": settings,
        });
        Ok(sha256(&serde_json::to_vec(&all).map_err(internal)?))
    }

    fn reused<T: DeserializeOwned>(
        &mut self,
        step: Step,
        key: &str,
        accept: impl Fn(&StepRecord, &T) -> bool,
    ) -> Result<Option<Outcome<T>>> {
        if !self.options.reuse {
            return Ok(None);
        }
        let writer = self.writer;
        for earlier in writer.earlier_steps(step.name())? {
            if earlier.record.key != key {
                continue;
            }
            let Ok(outcome) = Outcome::<T>::deserialize(&earlier.record.result) else { continue };
            let fits = match &outcome {
                Outcome::Done(result) => accept(&earlier.record, result),
                Outcome::Skipped { .. } => true,
            };
            if fits && writer.reuse_step(&earlier)? {
                self.reused.push(ReusedStep { step: step.name().to_owned(), run_id: earlier.run_id });
                self.records.push(earlier.record);
                return Ok(Some(outcome));
            }
        }
        Ok(None)
    }
}

/// Accepts every earlier result: the key says it all.
pub(crate) fn any<T>(_record: &StepRecord, _result: &T) -> bool {
    true
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn internal(error: serde_json::Error) -> Error {
    Error::new(Kind::Internal, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_written_by_one_step_and_read_after_it_was_written() {
        let mut written: Vec<&str> = Vec::new();
        for step in Step::ALL {
            for table in step.reads() {
                assert!(written.contains(&table), "{} reads {table} too early", step.name());
            }
            for table in step.writes() {
                assert!(!written.contains(&table), "{table} is written twice");
                written.push(table);
            }
        }
        let mut declared: Vec<&str> = t::tables().iter().map(|table| table.name).collect();
        declared.sort_unstable();
        written.sort_unstable();
        assert_eq!(written, declared);
    }

    #[test]
    fn clusters_and_value_include_the_scores() {
        let names = |text: &str| StepSelection::parse(text).map(|steps| steps.names());
        assert_eq!(names("value").expect("known"), ["scores", "value"]);
        assert_eq!(names(" clusters , scores").expect("known"), ["scores", "clusters"]);
        assert_eq!(StepSelection::parse("all").expect("known"), StepSelection::all());
        assert!(names("").is_err());
        assert_eq!(names("churn").expect_err("unknown").message, "unknown step `churn`");
    }
}
