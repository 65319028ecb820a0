//! The whole run: read, check, features, scores, summary, publish.

use std::collections::BTreeMap;

use regulars_core::config::{Config, Refunds};
use regulars_core::dates::format_timestamp;
use regulars_core::manifest::{ClusterChoice, RunManifest, TableFile, ValueChoice};
use regulars_core::progress::{Progress, Unit};
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;
use regulars_engine::{Engine, FeatureParams, Inputs, Options, PurchaseRules, RunTable, rfm_from_features};
use regulars_ingest::{Ingested, Request, Roles};
use regulars_store::{Dataset, Run, RunWriter};

use crate::actions::{self, ActionsRequest};
use crate::clusters::{self, ClusterOutcome};
use crate::error::{Error, Kind, Result};
use crate::scores::{rule_set, score};
use crate::summary::{About, overview, summary, write_months};
use crate::timing::Stopwatch;
use crate::value::{self, Grouping, ValueOutcome};

/// The optional steps of a run; reading and checking always run, and clusters and value need the scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    /// Features, scores and segments.
    pub scores: bool,
    /// Clusters.
    pub clusters: bool,
    /// Lifetime value.
    pub value: bool,
}

impl Steps {
    /// All of them.
    pub const ALL: Self = Self { scores: true, clusters: true, value: true };

    /// Reads `scores,clusters,value`.
    ///
    /// Errors: an unknown step.
    pub fn parse(text: &str) -> Result<Self> {
        let mut steps = Self { scores: false, clusters: false, value: false };
        for step in text.split(',').map(str::trim).filter(|s| !s.is_empty()) {
            match step {
                "all" => steps = Self::ALL,
                "scores" => steps.scores = true,
                "clusters" => steps = Self { scores: true, clusters: true, ..steps },
                "value" => steps = Self { scores: true, value: true, ..steps },
                other => {
                    return Err(Error {
                        hint: Some("steps are: scores, clusters, value".to_owned()),
                        ..Error::new(Kind::Input, format!("unknown step `{other}`"))
                    });
                }
            }
        }
        Ok(steps)
    }

    fn names(&self) -> Vec<String> {
        let chosen = [("scores", self.scores), ("clusters", self.clusters), ("value", self.value)];
        chosen.into_iter().filter(|(_, on)| *on).map(|(name, _)| name.to_owned()).collect()
    }
}

/// Provides the time and memory use of the process; only the command line knows these.
pub trait Clock: Sync {
    /// Now, RFC 3339, UTC, whole seconds.
    fn now(&self) -> String;
    /// Peak memory of the process, in bytes; 0 if the system does not report it.
    fn peak_memory_bytes(&self) -> u64;
}

/// What to run.
pub struct RunRequest<'a> {
    /// The data set the run belongs to.
    pub dataset: &'a Dataset,
    /// The run's name; see [`RunManifest::run_id`].
    pub run_id: &'a str,
    /// The files.
    pub roles: &'a Roles,
    /// The user's configuration.
    pub config: &'a Config,
    /// The steps.
    pub steps: &'a Steps,
    /// The analysis date.
    pub as_of_micros: Option<i64>,
    /// Midnight of today.
    pub today_micros: i64,
    /// Random seed.
    pub seed: u64,
    /// Memory limit of the process.
    pub memory_limit_bytes: Option<u64>,
    /// Threads.
    pub threads: usize,
    /// Object store options.
    pub store_options: &'a [(String, String)],
    /// Receives progress.
    pub progress: &'a dyn Progress,
    /// Clock and memory.
    pub moment: &'a dyn Clock,
}

/// A published run, with what the terminal shows of it.
#[derive(Debug)]
pub struct Finished {
    /// The run.
    pub run: Run,
    /// Its headline numbers.
    pub summary: RunSummary,
    /// Results of the checks.
    pub report: ValidationReport,
    /// Total time, including publishing.
    pub seconds: f64,
}

/// Reads, checks, computes and publishes.
///
/// Errors: nothing is published then, and the previous run stays current.
pub fn run(request: &RunRequest<'_>) -> Result<Finished> {
    // Configuration errors are reported before anything is read.
    request.config.check()?;
    let rules = rule_set(request.config)?;
    if !request.steps.scores {
        return Err(Error::new(Kind::Input, "no step was selected"));
    }
    let started_at = request.moment.now();
    let writer = request.dataset.begin(request.run_id)?;
    let scratch = writer.dir().join(".scratch");
    fs_err::create_dir(&scratch).map_err(|e| Error::new(Kind::Environment, e.to_string()))?;
    let mut clock = Stopwatch::new();

    let ingested = regulars_ingest::ingest(&Request {
        roles: request.roles,
        config: request.config,
        as_of_micros: request.as_of_micros,
        today_micros: request.today_micros,
        out: writer.dir(),
        scratch: &scratch,
        threads: request.threads,
        store_options: request.store_options,
        progress: request.progress,
    })?;
    clock.stamp("read and check");
    for note in &ingested.notes {
        request.progress.note(note);
    }
    if ingested.report.rows.clean == 0 {
        let reasons: Vec<String> = ingested
            .report
            .rejected_by_reason
            .iter()
            .chain(&ingested.report.excluded_by_reason)
            .take(3)
            .map(|(r, n)| format!("{r} {n}"))
            .collect();
        return Err(Error {
            hint: Some(
                "run `regulars validate` with the same files to see every reason with sample rows".to_owned(),
            ),
            ..Error::new(
                Kind::Input,
                format!(
                    "none of the {} rows counts as a purchase ({})",
                    ingested.report.rows.read,
                    reasons.join(", ")
                ),
            )
        });
    }

    let engine = Engine::new(Options {
        threads: request.threads,
        memory_limit_bytes: request.memory_limit_bytes,
        temp_dir: scratch.join("engine"),
    })?;
    let mut tables: Vec<&str> = vec!["transactions", "returns", "excluded", "rejected"];
    if ingested.has_customers {
        tables.push("customers");
    }
    tables.extend([
        "customer_features",
        "rfm_scores",
        "customer_segments",
        "rfm_summary",
        "rfm_thresholds",
        "monthly_revenue",
    ]);
    let Computed { summary, clusters, value, notes: further_notes } =
        compute(request, &rules, &writer, &engine, &ingested, &mut clock)?;
    drop(engine);
    for note in &further_notes {
        request.progress.note(note);
    }
    if summary.clusters.is_some() {
        tables.extend(clusters::TABLES);
    }
    if summary.value.is_some() {
        tables.extend(value::TABLES);
    }
    tables.extend(actions::TABLES);
    let mut ingested = ingested;
    ingested.notes.extend(further_notes);
    fs_err::remove_dir_all(&scratch).map_err(|e| Error::new(Kind::Environment, e.to_string()))?;

    request.progress.step("Publishing", None, Unit::Parts);
    let files = tables.iter().map(|name| Ok(writer.table_file(name)?)).collect::<Result<Vec<TableFile>>>()?;
    clock.stamp("hash tables");
    let (mut manifest, report) = manifest(request, &writer, ingested, &summary, files, &started_at, &clock);
    (manifest.clusters, manifest.value) = (clusters, value);
    let run = writer.publish(&manifest, &summary, &report)?;
    // The store may have renamed the run, if another one started in the same second.
    let summary = run.summary()?;
    Ok(Finished { run, summary, report, seconds: clock.seconds() })
}

/// What was computed, besides the tables.
struct Computed {
    summary: RunSummary,
    clusters: Option<ClusterChoice>,
    value: Option<ValueChoice>,
    notes: Vec<String>,
}

fn compute(
    request: &RunRequest<'_>,
    rules: &regulars_core::segments::RuleSet,
    writer: &RunWriter,
    engine: &Engine,
    ingested: &Ingested,
    clock: &mut Stopwatch,
) -> Result<Computed> {
    let purchase_rules = PurchaseRules {
        cutoff_micros: ingested.as_of_micros,
        orders_are_rows: ingested.orders_are_rows,
        negative_rows_are_purchases: request.config.policy.refunds == Refunds::Keep,
    };
    request.progress.step("Computing customer features", None, Unit::Rows);
    let features = writer.table_path("customer_features");
    let inputs = Inputs {
        transactions: writer.table_path("transactions"),
        excluded: Some(writer.table_path("excluded")),
        returns: Some(writer.table_path("returns")),
    };
    let params = FeatureParams {
        rules: purchase_rules.clone(),
        categories: ingested.categories.clone(),
        payment_methods: ingested.payment_methods.clone(),
    };
    engine.write_features(&inputs, &params, &features)?;
    clock.stamp("features");
    request.progress.step("Scoring and segmenting", None, Unit::Rows);
    let columns = rfm_from_features(&features)?;
    let (outcome, scores) = score(&columns, request.config, rules, ingested.money_decimals, writer.dir())?;
    clock.stamp("scores");
    let mut notes = outcome.notes.clone();
    let (mut found, mut choice, mut of_clusters) = (None, None, None);
    if request.steps.clusters {
        request.progress.step("Finding clusters", None, Unit::Rows);
        match cluster_step(request, rules, writer, ingested, (&columns, &scores), &features, &mut notes)? {
            ClusterOutcome::Found { summary, choice: chosen, labels } => {
                let groups = summary.clusters.iter().map(|cluster| cluster.name.clone()).collect();
                of_clusters = Some(Grouping { name: "cluster".to_owned(), groups, of: labels });
                found = Some(*summary);
                choice = Some(chosen);
            }
            ClusterOutcome::None { reason } => notes.push(format!("no clusters: {reason}")),
        }
        clock.stamp("clusters");
    }
    let (mut valued, mut value_choice) = (None, None);
    let mut no_value = "the step `value` was not selected".to_owned();
    if request.steps.value {
        request.progress.step("Forecasting lifetime value", None, Unit::Rows);
        let groupings = groupings(rules, &scores, of_clusters);
        let outcome = value::value(&value::ValueRequest {
            engine,
            inputs: &inputs,
            params: &params,
            features: &features,
            scratch: &writer.dir().join(".scratch"),
            span_micros: ingested.span_micros,
            rfm: &columns,
            groupings: &groupings,
            config: request.config,
            money_decimals: ingested.money_decimals,
            seed: request.seed,
            threads: request.threads,
            dir: writer.dir(),
        })?;
        match outcome {
            ValueOutcome::Found { summary, choice, seconds, fit_seconds } => {
                (valued, value_choice) = (Some(*summary), Some(choice));
                clock.parts(seconds);
                clock.within(fit_seconds);
            }
            ValueOutcome::None { reason } => {
                notes.push(format!("no lifetime value: {reason}"));
                no_value = reason;
            }
        }
        clock.stamp("value: rest");
    }
    request.progress.step("Computing recommendations", None, Unit::Rows);
    actions::actions(&ActionsRequest {
        features: &features,
        rfm: &columns,
        rules,
        segment: &scores.segment,
        summaries: &outcome.segments,
        scoring: &outcome.scoring,
        value: valued.as_ref().ok_or(no_value.as_str()),
        dataset: request.dataset,
        as_of_micros: ingested.as_of_micros,
        config: &ingested.config,
        currency: ingested.config.source.currency.as_deref(),
        money_decimals: ingested.money_decimals,
        has_products: has_column(ingested, "product_id"),
        seed: request.seed,
        threads: request.threads,
        dir: writer.dir(),
    })?;
    clock.stamp("actions");
    drop((columns, scores));
    request.progress.step("Writing summary", None, Unit::Rows);
    let overview = overview(engine, &inputs, &purchase_rules, ingested.span_micros)?;
    write_months(&overview, writer.dir())?;
    clock.stamp("summary");
    let summary = summary(
        &About {
            dataset: request.dataset.name(),
            run_id: writer.run_id(),
            currency: ingested.config.source.currency.clone(),
            money_decimals: ingested.money_decimals,
            as_of_micros: ingested.as_of_micros,
            report: &ingested.report,
            refunds: request.config.policy.refunds,
        },
        &overview,
        outcome,
    );
    Ok(Computed {
        summary: RunSummary { clusters: found, value: valued, ..summary },
        clusters: choice,
        value: value_choice,
        notes,
    })
}

/// Whether any row of the sources has a value in that column.
fn has_column(ingested: &Ingested, name: &str) -> bool {
    let mut of_report = ingested.report.columns.iter();
    of_report.any(|known| known.column == name && !known.source.is_empty() && known.missing_share < 1.0)
}

/// Segments, and clusters if the run has them, as groups for totals of value.
fn groupings(
    rules: &regulars_core::segments::RuleSet,
    scores: &crate::scores::Scores,
    clusters: Option<Grouping>,
) -> Vec<Grouping> {
    let segments = Grouping {
        name: "segment".to_owned(),
        groups: rules.segments.iter().map(|segment| segment.name.clone()).collect(),
        of: scores.segment.iter().map(|segment| u32::from(*segment)).collect(),
    };
    std::iter::once(segments).chain(clusters).collect()
}

fn cluster_step(
    request: &RunRequest<'_>,
    rules: &regulars_core::segments::RuleSet,
    writer: &RunWriter,
    ingested: &Ingested,
    (rfm, scores): (&regulars_engine::RfmColumns, &crate::scores::Scores),
    features: &std::path::Path,
    notes: &mut Vec<String>,
) -> Result<ClusterOutcome> {
    // An unreadable previous run must not prevent clusters now.
    let before = match request.dataset.current() {
        Ok(Some(run)) => clusters::read_model(&run.dir).unwrap_or_else(|e| {
            notes.push(format!("clusters were renumbered: {e}"));
            None
        }),
        _ => None,
    };
    let segment_names: Vec<String> = rules.segments.iter().map(|s| s.name.clone()).collect();
    clusters::cluster(&clusters::ClusterRequest {
        features,
        rfm,
        scores,
        segment_names: &segment_names,
        config: request.config,
        money_decimals: ingested.money_decimals,
        seed: request.seed,
        threads: request.threads,
        memory_limit_bytes: request.memory_limit_bytes,
        previous: before.as_ref(),
        dir: writer.dir(),
    })
}

fn manifest(
    request: &RunRequest<'_>,
    writer: &RunWriter,
    ingested: Ingested,
    summary: &RunSummary,
    tables: Vec<TableFile>,
    started_at: &str,
    clock: &Stopwatch,
) -> (RunManifest, ValidationReport) {
    let versions = BTreeMap::from([
        ("regulars".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("datafusion".to_owned(), regulars_engine::DATAFUSION_VERSION.to_owned()),
    ]);
    let manifest = RunManifest {
        version: RunManifest::VERSION,
        run_id: writer.run_id().to_owned(),
        dataset: request.dataset.name().to_owned(),
        started_at: started_at.to_owned(),
        finished_at: request.moment.now(),
        inputs: ingested.inputs,
        notes: ingested.notes,
        reading: ingested.reading,
        steps: request.steps.names(),
        seed: request.seed,
        as_of: format_timestamp(ingested.as_of_micros),
        today: regulars_core::dates::format_day(request.today_micros),
        money_decimals: ingested.money_decimals,
        currency: ingested.config.source.currency.clone(),
        config: ingested.config,
        rows: ingested.report.rows,
        customers: summary.customers,
        tables,
        versions,
        timings_seconds: clock.timings.clone(),
        timings_of_parts_seconds: clock.of_parts.clone(),
        peak_memory_bytes: request.moment.peak_memory_bytes(),
        threads: request.threads,
        clusters: None,
        value: None,
    };
    (manifest, ingested.report)
}

/// The tables of a run as the engine needs them for SQL and exports.
pub fn run_tables(run: &Run) -> Vec<RunTable> {
    let path = |name: &str| run.dir.join(format!("{name}.parquet"));
    run.tables().into_iter().map(|name| RunTable { name: name.to_owned(), path: path(name) }).collect()
}
