//! The whole run: its steps in order, and publishing.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use regulars_core::config::{Config, Refunds};
use regulars_core::dates::format_timestamp;
use regulars_core::manifest::{ClusterChoice, RunManifest, TableFile, ValueChoice};
use regulars_core::progress::{Progress, Unit};
use regulars_core::segments::RuleSet;
use regulars_core::summary::{ClusterSummary, RunSummary, ValueSummary};
use regulars_core::tables::{customer_clusters, customer_features, excluded};
use regulars_core::validation::ValidationReport;
use regulars_engine::{
    Engine, FeatureParams, Inputs, Options, Overview, PurchaseRules, RfmColumns, RunTable, rfm_from_features,
};
use regulars_ingest::{Ingested, Request, SourceFile, Sources};
use regulars_store::{Dataset, Run, RunWriter, StepRecord, sha256};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::actions::{self, ActionsRequest, previous_run};
use crate::clusters;
use crate::options::{Clock, RunOptions};
use crate::scores::{ScoreOutcome, Scores, rule_set, scores, write_scores};
use crate::steps::{Step, StepRunner, any};
use crate::summary::{SummaryInputs, overview, summary, write_months};
use regulars_value::feature_columns::read_columns;
use regulars_value::{self as value, Error, Grouping, Kind, Outcome, Result, check_purchases};

/// A published run, with the results that the terminal shows.
#[derive(Debug)]
pub struct Finished {
    /// The run.
    pub run: Run,
    /// Headline numbers of the run.
    pub summary: RunSummary,
    /// Results of the checks.
    pub report: ValidationReport,
    /// Total time, including publishing.
    pub seconds: f64,
}

/// Reads, checks, computes and publishes.
///
/// Errors: nothing is published then, and the previous run stays current.
pub fn run(
    dataset: &Dataset,
    options: &RunOptions,
    progress: &dyn Progress,
    clock: &dyn Clock,
) -> Result<Finished> {
    // Configuration errors are reported before anything is read.
    options.config.check()?;
    let rules = rule_set(&options.config)?;
    let started_at = clock.now();
    let writer = dataset.begin(&options.run_id(dataset.name(), &started_at))?;
    let scratch = writer.dir().join(".scratch");
    fs_err::create_dir(&scratch).map_err(|e| Error::new(Kind::Environment, e.to_string()))?;
    let mut steps = StepRunner::new(&writer, options, progress);

    let ingested = ingest(&mut steps, &writer, options, progress, &started_at)?;
    ingested.notes.iter().for_each(|note| progress.note(note));
    let context = Context {
        dataset,
        options,
        rules: &rules,
        writer: &writer,
        ingested: &ingested,
        engine: OnceCell::new(),
        scored: OnceCell::new(),
    };
    let computed = context.compute(&mut steps)?;
    drop(context);
    computed.notes.iter().for_each(|note| progress.note(note));
    if let Some(tables) = &options.input_paths.tables {
        tables.keep(writer.dir())?;
    }
    fs_err::remove_dir_all(&scratch).map_err(|e| Error::new(Kind::Environment, e.to_string()))?;

    progress.step("Publishing", None, Unit::Parts);
    let manifest = manifest(&Published { dataset, options, started_at, clock }, &ingested, &computed, &steps);
    let stopwatch = steps.clock;
    let run = writer.publish(&manifest, &computed.summary, &ingested.report)?;
    // The store may have renamed the run, if another one started in the same second.
    let summary = run.summary()?;
    Ok(Finished { run, summary, report: ingested.report, seconds: stopwatch.seconds() })
}

/// Result of the step `ingest`.
#[derive(Serialize, Deserialize)]
struct IngestResult {
    /// `None` if they can be read only once.
    sources: Option<Vec<SourceFile>>,
    today_micros: i64,
    /// Whether a later `today` could change what is landed: some dates were in the future, or not usable.
    depends_on_today: bool,
    ingested: Ingested,
}

fn ingest(
    steps: &mut StepRunner<'_>,
    writer: &RunWriter,
    options: &RunOptions,
    progress: &dyn Progress,
    started_at: &str,
) -> Result<Ingested> {
    let Config { source, mapping, policy, refunds, validation, .. } = options.config.clone();
    let config = Config { source, mapping, policy, refunds, validation, ..Config::default() };
    let settings = json!({ "config": config, "as_of": options.as_of_micros });
    let scratch = writer.dir().join(".scratch");
    let sources = match Sources::find(&options.input_paths, &options.store_options, &scratch, progress) {
        Ok(sources) => sources,
        // A server is not asked twice.
        Err(error) if options.input_paths.has_tables() => return Err(error.into()),
        // Files that cannot be found are reported when they are read.
        Err(_) => None,
    };
    let unchanged = |_: &StepRecord, earlier: &IngestResult| {
        let same_day = options.today_micros == earlier.today_micros
            || options.today_micros > earlier.today_micros && !earlier.depends_on_today;
        let files = sources.as_ref().zip(earlier.sources.as_ref());
        same_day && files.is_some_and(|(now, then)| now.are_unchanged(then).unwrap_or(false))
    };
    let work = |_: &mut _| {
        let ingested = regulars_ingest::ingest(&Request {
            input_paths: &options.input_paths,
            config: &config,
            as_of_micros: options.as_of_micros,
            today_micros: options.today_micros,
            out: writer.dir(),
            scratch: &scratch,
            threads: options.threads,
            store_options: &options.store_options,
            progress,
        })?;
        check_purchases(&ingested)?;
        let dates = read_columns(&writer.table_path(excluded::NAME), &[excluded_date().to_owned()])?;
        let record = |sources: &Sources| sources.to_records(&ingested.inputs, started_at);
        Ok(Outcome::Done(IngestResult {
            sources: sources.as_ref().map(record).transpose()?,
            today_micros: options.today_micros,
            depends_on_today: ingested
                .report
                .rejected_by_reason
                .iter()
                .any(|(reason, _)| reason == "future_date")
                || dates.iter().any(|dates| dates.null_count() > 0),
            ingested,
        }))
    };
    let ingested = steps.run(Step::Ingest, &settings, unchanged, work)?.into_done()?.ingested;
    let Config { source, mapping, policy, refunds, validation, .. } = ingested.config;
    let config = Config { source, mapping, policy, refunds, validation, ..options.config.clone() };
    Ok(Ingested { config, ..ingested })
}

/// Result of the step `clusters`.
#[derive(Serialize, Deserialize)]
struct ClusterResult {
    summary: ClusterSummary,
    choice: ClusterChoice,
    /// Hash of the previous run's model, whose clusters keep number and name.
    previous: Option<String>,
    notes: Vec<String>,
}

/// Result of the step `value`.
#[derive(Serialize, Deserialize)]
struct ValueResult {
    summary: ValueSummary,
    choice: ValueChoice,
}

/// What was computed, besides the tables.
struct Computed {
    summary: RunSummary,
    clusters: Option<ClusterChoice>,
    value: Option<ValueChoice>,
    notes: Vec<String>,
}

/// What the steps after reading work with; engine and scores are set up when the first step needs them.
struct Context<'a> {
    dataset: &'a Dataset,
    options: &'a RunOptions,
    rules: &'a RuleSet,
    writer: &'a RunWriter,
    ingested: &'a Ingested,
    engine: OnceCell<Engine>,
    scored: OnceCell<(RfmColumns, Scores)>,
}

impl Context<'_> {
    fn compute(&self, steps: &mut StepRunner<'_>) -> Result<Computed> {
        let mut notes = Vec::new();
        self.features(steps)?;
        let outcome = self.scores(steps)?;
        notes.extend(outcome.notes.iter().cloned());
        let (mut cluster_summary, mut cluster_choice) = (None, None);
        if self.options.steps.contains(Step::Clusters) {
            match self.clusters(steps)? {
                Outcome::Done(found) => {
                    notes.extend(found.notes);
                    (cluster_summary, cluster_choice) = (Some(found.summary), Some(found.choice));
                }
                Outcome::Skipped { reason } => notes.push(format!("no clusters: {reason}")),
            }
        }
        let (mut value_summary, mut value_choice) = (None, None);
        let mut no_value = "the step `value` was not selected".to_owned();
        if self.options.steps.contains(Step::Value) {
            match self.value(steps, cluster_summary.as_ref())? {
                Outcome::Done(found) => {
                    (value_summary, value_choice) = (Some(found.summary), Some(found.choice));
                }
                Outcome::Skipped { reason } => {
                    notes.push(format!("no lifetime value: {reason}"));
                    no_value = reason;
                }
            }
        }
        self.actions(steps, &outcome, value_summary.as_ref().ok_or(no_value.as_str()))?;
        let overview = self.overview(steps)?;
        let ingested = self.ingested;
        let about = SummaryInputs {
            dataset: self.dataset.name(),
            run_id: self.writer.run_id(),
            currency: ingested.config.source.currency.clone(),
            money_decimals: ingested.money_decimals,
            as_of_micros: ingested.as_of_micros,
            report: &ingested.report,
            refunds: self.options.config.policy.refunds,
        };
        let summary = RunSummary {
            clusters: cluster_summary,
            value: value_summary,
            ..summary(&about, &overview, outcome)
        };
        Ok(Computed { summary, clusters: cluster_choice, value: value_choice, notes })
    }

    fn features(&self, steps: &mut StepRunner<'_>) -> Result<()> {
        let params = self.feature_params();
        let work = |_: &mut _| {
            self.engine()?.write_features(&self.inputs(), &params, &self.table(customer_features::NAME))?;
            Ok(Outcome::Done(()))
        };
        steps.run(Step::Features, &json!({ "params": params }), any, work).map(drop)
    }

    fn scores(&self, steps: &mut StepRunner<'_>) -> Result<ScoreOutcome> {
        let config = &self.options.config;
        let decimals = self.ingested.money_decimals;
        let settings = json!({
            "scores": config.scores,
            "segments": config.segments,
            "rules": format!("{:?}", self.rules),
            "money_decimals": decimals,
        });
        let work = |_: &mut _| {
            let (columns, scores) = self.scored()?;
            let outcome = write_scores(columns, scores, config, self.rules, decimals, self.writer.dir())?;
            Ok(Outcome::Done(outcome))
        };
        steps.run(Step::Scores, &settings, any, work)?.into_done()
    }

    fn clusters(&self, steps: &mut StepRunner<'_>) -> Result<Outcome<ClusterResult>> {
        let options = self.options;
        let mut notes = Vec::new();
        // An unreadable previous run must not prevent clusters now.
        let before = match self.dataset.current() {
            Ok(Some(run)) => clusters::read_model(&run.dir).unwrap_or_else(|e| {
                notes.push(format!("clusters were renumbered: {e}"));
                None
            }),
            _ => None,
        };
        let (previous, previous_hash) = match before {
            Some((model, text)) => (Some(model), Some(sha256(&text))),
            None => (None, None),
        };
        let customers = steps.rows(customer_features::NAME);
        let at_once = clusters::customers_at_once(&options.config.clusters, options.memory_limit_bytes);
        let at_once = at_once.filter(|at_once| (*at_once as u64) < customers);
        let segment_names = self.segment_names();
        let settings = json!({
            "clusters": options.config.clusters,
            "money_decimals": self.ingested.money_decimals,
            "segments": segment_names,
            "seed": options.seed,
            "at_once": at_once,
        });
        // Clusters that are matched with themselves keep their numbers: the result is also that of a run
        // after it.
        let matched = |record: &StepRecord, earlier: &ClusterResult| {
            let model = record.files.iter().find(|file| file.path == clusters::MODEL_FILE);
            previous_hash == earlier.previous
                || previous_hash.is_some() && previous_hash.as_ref() == model.map(|file| &file.sha256)
        };
        let work = |_: &mut _| {
            let (rfm, scores) = self.scored()?;
            let outcome = clusters::cluster(&clusters::ClusterRequest {
                features: &self.table(customer_features::NAME),
                rfm,
                scores,
                segment_names: &segment_names,
                config: &options.config.clusters,
                money_decimals: self.ingested.money_decimals,
                seed: options.seed,
                threads: options.threads,
                at_once,
                previous: previous.as_ref(),
                dir: self.writer.dir(),
            })?;
            let previous = previous_hash.clone();
            Ok(outcome.map(|(summary, choice)| ClusterResult { summary, choice, previous, notes }))
        };
        steps.run(Step::Clusters, &settings, matched, work)
    }

    fn value(
        &self,
        steps: &mut StepRunner<'_>,
        clusters: Option<&ClusterSummary>,
    ) -> Result<Outcome<ValueResult>> {
        let (options, ingested) = (self.options, self.ingested);
        let params = self.feature_params();
        let cluster_names: Vec<String> =
            clusters.iter().flat_map(|found| &found.clusters).map(|cluster| cluster.name.clone()).collect();
        let settings = json!({
            "value": options.config.value,
            "params": params,
            "span": ingested.span_micros,
            "money_decimals": ingested.money_decimals,
            "segments": self.segment_names(),
            "clusters": cluster_names,
            "seed": options.seed,
        });
        let work = |clock: &mut regulars_value::Stopwatch| {
            let (rfm, scores) = self.scored()?;
            let mut groupings = vec![Grouping {
                name: "segment".to_owned(),
                groups: self.segment_names(),
                of: scores.segment.iter().map(|segment| u32::from(*segment)).collect(),
            }];
            if let Some(found) = clusters {
                groupings.push(Grouping {
                    name: "cluster".to_owned(),
                    groups: cluster_names.clone(),
                    of: self.cluster_of_customers(found)?,
                });
            }
            let request = value::ValueRequest {
                engine: self.engine()?,
                inputs: &self.inputs(),
                params: &params,
                features: &self.table(customer_features::NAME),
                scratch: &self.writer.dir().join(".scratch"),
                span_micros: ingested.span_micros,
                rfm,
                groupings: &groupings,
                config: &options.config.value,
                money_decimals: ingested.money_decimals,
                seed: options.seed,
                threads: options.threads,
                dir: self.writer.dir(),
            };
            Ok(value::value(&request, clock)?.map(|(summary, choice)| ValueResult { summary, choice }))
        };
        steps.run(Step::Value, &settings, any, work)
    }

    fn actions(
        &self,
        steps: &mut StepRunner<'_>,
        outcome: &ScoreOutcome,
        value: std::result::Result<&ValueSummary, &str>,
    ) -> Result<()> {
        let (options, ingested) = (self.options, self.ingested);
        let previous =
            previous_run::latest_comparable(self.dataset, ingested, &options.config, &outcome.scoring);
        let currency = ingested.config.source.currency.as_deref();
        let has_products = has_column(ingested, "product_id");
        let settings = json!({
            "value": options.config.value,
            "summary": value.ok(),
            "no_value": value.err(),
            "rules": format!("{:?}", self.rules),
            "segments": outcome.segments,
            "before": previous,
            "currency": currency,
            "money_decimals": ingested.money_decimals,
            "has_products": has_products,
            "seed": options.seed,
        });
        let work = |_: &mut _| {
            let (rfm, scores) = self.scored()?;
            actions::actions(&ActionsRequest {
                features: &self.table(customer_features::NAME),
                rfm,
                rules: self.rules,
                segment: &scores.segment,
                summaries: &outcome.segments,
                value,
                previous: previous.as_ref(),
                config: &options.config.value,
                currency,
                money_decimals: ingested.money_decimals,
                has_products,
                seed: options.seed,
                threads: options.threads,
                dir: self.writer.dir(),
            })?;
            Ok(Outcome::Done(()))
        };
        steps.run(Step::Actions, &settings, any, work).map(drop)
    }

    fn overview(&self, steps: &mut StepRunner<'_>) -> Result<Overview> {
        let rules = self.purchase_rules();
        let span = self.ingested.span_micros;
        let work = |_: &mut _| {
            let overview = overview(self.engine()?, &self.inputs(), &rules, span)?;
            write_months(&overview, self.writer.dir())?;
            Ok(Outcome::Done(overview))
        };
        steps.run(Step::Summary, &json!({ "rules": rules, "span": span }), any, work)?.into_done()
    }

    fn engine(&self) -> Result<&Engine> {
        set_up_once(&self.engine, || {
            Ok(Engine::new(Options {
                threads: self.options.threads,
                memory_limit_bytes: self.options.memory_limit_bytes,
                temp_dir: self.writer.dir().join(".scratch").join("engine"),
            })?)
        })
    }

    fn scored(&self) -> Result<&(RfmColumns, Scores)> {
        set_up_once(&self.scored, || {
            let columns = rfm_from_features(&self.table(customer_features::NAME))?;
            let scores = scores(&columns, &self.options.config, self.rules, self.ingested.money_decimals)?;
            Ok((columns, scores))
        })
    }

    fn table(&self, name: &str) -> PathBuf {
        self.writer.table_path(name)
    }

    fn inputs(&self) -> Inputs {
        Inputs {
            transactions: self.table("transactions"),
            excluded: Some(self.table("excluded")),
            returns: Some(self.table("returns")),
        }
    }

    fn purchase_rules(&self) -> PurchaseRules {
        PurchaseRules {
            cutoff_micros: self.ingested.as_of_micros,
            orders_are_rows: self.ingested.orders_are_rows,
            negative_rows_are_purchases: self.options.config.policy.refunds == Refunds::Keep,
        }
    }

    fn feature_params(&self) -> FeatureParams {
        FeatureParams {
            rules: self.purchase_rules(),
            categories: self.ingested.categories.clone(),
            payment_methods: self.ingested.payment_methods.clone(),
        }
    }

    fn segment_names(&self) -> Vec<String> {
        self.rules.segments.iter().map(|segment| segment.name.clone()).collect()
    }

    /// The cluster of every customer, as an index into those of the summary.
    fn cluster_of_customers(&self, found: &ClusterSummary) -> Result<Vec<u32>> {
        let column = customer_clusters::COLUMNS.cluster.stored.to_owned();
        let columns = read_columns(&self.table(customer_clusters::NAME), &[column])?;
        let numbers = columns.iter().filter_map(|column| column.as_primitive_opt::<Int64Type>());
        let place = |number: &i64| {
            found.clusters.iter().position(|cluster| i64::from(cluster.cluster) == *number).unwrap_or(0)
                as u32
        };
        Ok(numbers.flat_map(|numbers| numbers.values().iter().map(place)).collect())
    }
}

/// What is in the cell; `make` makes it if there is nothing yet.
fn set_up_once<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    if let Some(found) = cell.get() {
        return Ok(found);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}

fn excluded_date() -> &'static str {
    regulars_core::tables::transactions::COLUMNS.transaction_date.stored
}

/// Whether any row of the sources has a value in that column.
fn has_column(ingested: &Ingested, name: &str) -> bool {
    let mut of_report = ingested.report.columns.iter();
    of_report.any(|known| known.column == name && !known.source.is_empty() && known.missing_share < 1.0)
}

/// What a manifest says besides the results.
struct Published<'a> {
    dataset: &'a Dataset,
    options: &'a RunOptions,
    started_at: String,
    clock: &'a dyn Clock,
}

fn manifest(
    published: &Published<'_>,
    ingested: &Ingested,
    computed: &Computed,
    steps: &StepRunner<'_>,
) -> RunManifest {
    let options = published.options;
    let tables: Vec<TableFile> = steps.tables();
    RunManifest {
        version: RunManifest::VERSION,
        run_id: String::new(),
        dataset: published.dataset.name().to_owned(),
        started_at: published.started_at.clone(),
        finished_at: published.clock.now(),
        inputs: ingested.inputs.clone(),
        notes: ingested.notes.iter().chain(&computed.notes).cloned().collect(),
        reading: ingested.reading.clone(),
        steps: options.steps.names(),
        reused: steps.reused.clone(),
        seed: options.seed,
        as_of: format_timestamp(ingested.as_of_micros),
        today: regulars_core::dates::format_day(options.today_micros),
        money_decimals: ingested.money_decimals,
        currency: ingested.config.source.currency.clone(),
        config: ingested.config.clone(),
        rows: ingested.report.rows,
        customers: computed.summary.customers,
        tables,
        versions: BTreeMap::from([
            ("regulars".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("datafusion".to_owned(), regulars_engine::DATAFUSION_VERSION.to_owned()),
        ]),
        timings_seconds: steps.clock.timings.clone(),
        timings_of_parts_seconds: steps.clock.of_parts.clone(),
        peak_memory_bytes: published.clock.peak_memory_bytes(),
        threads: options.threads,
        clusters: computed.clusters.clone(),
        value: computed.value.clone(),
    }
}

/// The tables of a run as the engine needs them for SQL and exports.
pub fn run_tables(run: &Run) -> Vec<RunTable> {
    RunTable::in_folder(&run.dir, run.tables())
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
