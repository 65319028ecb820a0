//! The whole pipeline from locations to clean tables and a report.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::DataType;
use regulars_core::columns::Column;
use regulars_core::config::{Config, GroupRows, Refunds, ZeroAmounts};
use regulars_core::dates::{self, DAY_MICROS, DateOrder, end_of_day_micros};
use regulars_core::manifest::Input;
use regulars_core::progress::{Progress, Unit};
use regulars_core::reading::ReadingPlan;
use regulars_core::validation::ValidationReport;
use serde::{Deserialize, Serialize};

use crate::accounts::Accounts;
use crate::customers::Customers;
use crate::error::{Error, Kind, Result};
use crate::ids::NotWhole;
use crate::inspect::{InputFile, Stored, fill, runtime};
use crate::land::{OrderFile, Outcome, Pass, Stop, land};
use crate::orders::Edits;
use crate::placeholders;
use crate::plan::{FilePlan, OrderEvidence};
use crate::presets::{self, Preset};
use crate::schema::IdKinds;

mod direct;
mod figures;
mod files;
mod finish;
mod join_tables;
mod reading;
mod roles;
mod settle;
mod status_questions;

use files::order_files;
use finish::finish;
pub(crate) use join_tables::{join_tables, micro_text};
pub use roles::InputPaths;
pub(crate) use settle::Resolution;

/// What to read, and where to write it.
pub struct Request<'a> {
    /// The order files, and the files that accompany them.
    pub input_paths: &'a InputPaths,
    /// The user's configuration.
    pub config: &'a Config,
    /// Rows after this time do not count.
    pub as_of_micros: Option<i64>,
    /// Midnight of the current day; later dates are in the future.
    pub today_micros: i64,
    /// The output folder for Parquet files.
    pub out: &'a Path,
    /// A folder for copies of files that cannot be read in place.
    pub scratch: &'a Path,
    /// Number of reader threads.
    pub threads: usize,
    /// Object store options (keys, endpoints), by the names of their environment variables.
    pub store_options: &'a [(String, String)],
    /// Receives progress.
    pub progress: &'a dyn Progress,
}

/// The result of [`ingest`].
///
/// Shape: the output folder holds `transactions.parquet`, `returns.parquet`, `excluded.parquet`,
/// `rejected.parquet` and, with a customers file, `customers.parquet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ingested {
    /// The findings of the checks.
    pub report: ValidationReport,
    /// The files read.
    pub inputs: Vec<Input>,
    /// What was detected or assumed.
    pub notes: Vec<String>,
    /// The reading plan of each order file.
    pub reading: Vec<ReadingPlan>,
    /// The configuration in effect, including detected settings.
    pub config: Config,
    /// The analysis date in effect: as given, otherwise the last purchase.
    pub as_of_micros: i64,
    /// Times of the first and the last clean row; `None` without rows.
    pub span_micros: Option<(i64, i64)>,
    /// Transaction ids are unique: every row is a purchase.
    pub orders_are_rows: bool,
    /// Distinct categories in order, if few enough to be counted by code.
    pub categories: Option<Vec<String>>,
    /// Distinct payment methods; `None` if there are too many.
    pub payment_methods: Option<Vec<String>>,
    /// Decimals of amounts.
    pub money_decimals: u8,
    /// Whether `customers.parquet` was written.
    pub has_customers: bool,
}

/// Maximum number of distinct words that are counted by code.
const CODED_WORDS: usize = 63;

/// Reads, checks and lands a store's orders. Unusable rows are not errors; they land in `rejected.parquet`.
///
/// Errors: unreadable sources; [`Kind::Ambiguous`] for sources that can be read in several ways, with a
/// question that states the result of each reading.
pub fn ingest(request: &Request<'_>) -> Result<Ingested> {
    prepare(request)
        .and_then(|prepared| land_all(request, prepared))
        .map_err(|error| figures::fill_in(request, error))
}

/// Measures customers directly from the rows if that gives correct results; otherwise lands the rows.
///
/// Errors: same as [`ingest`].
pub fn measure_customers(request: &Request<'_>) -> Result<MeasureOutcome> {
    let measured =
        prepare(request).and_then(|mut prepared| match direct::measure_customers(request, &mut prepared)? {
            Some(measured) => Ok(MeasureOutcome::Direct(measured)),
            None => Ok(MeasureOutcome::Landed(Box::new(land_all(request, prepared)?))),
        });
    measured.map_err(|error| figures::fill_in(request, error))
}

/// Everything determined before the first row is read.
struct Prepared {
    runtime: tokio::runtime::Runtime,
    sorted: roles::FilesByRole,
    notes: Vec<String>,
    config: Config,
    settings: Settings,
    date_order: DateOrder,
    /// The files have order numbers.
    has_ids: bool,
    /// The files have order numbers, or rows are grouped without them.
    has_orders: bool,
    kinds: IdKinds,
    total_bytes: u64,
    /// The accounts of guests, once guests are known.
    accounts: Option<Arc<Accounts>>,
    /// The date order was set by the user rather than detected.
    date_order_is_given: bool,
    currency_is_given: bool,
    amount_is_given: bool,
}

impl Prepared {
    /// Whether the order number is the primary key of the only table.
    fn ids_are_unique(&self) -> bool {
        let [(input, plan)] = self.sorted.orders.as_slice() else { return false };
        let number = plan.columns.get(&Column::TransactionId).map(|mapped| &mapped.source);
        let key = input.location.table.as_ref().map_or(&[][..], |table| &table.key);
        // Words may be written in several ways.
        self.kinds.transaction && key.len() == 1 && key.first() == number
    }
}

fn prepare(request: &Request<'_>) -> Result<Prepared> {
    let runtime = runtime()?;
    let mut sorted = roles::sort_by_role(request, runtime.handle())?;
    let mut notes = std::mem::take(&mut sorted.notes);
    let mut config = request.config.clone();
    check_one_currency(&sorted.orders, &config)?;
    for (input, plan) in &sorted.orders {
        let shown = &input.location.shown;
        notes.push(format!("{shown}: {}", plan.describe()));
        for decision in &plan.decisions {
            notes.push(format!("{shown}: {} ({})", decision.statement, decision.decided_by));
        }
        if let Some(email) = plan.customer_fallback {
            notes.push(format!(
                "{shown}: customers without an id are identified by `{}`",
                input.sample.header[email]
            ));
        }
        fill(&mut config, plan, input);
    }
    let preset = config.source.preset.as_deref().map(presets::preset).transpose()?;
    if config.source.timezone.is_none()
        && let Some(zone) = stored_zone(&sorted.orders)
    {
        notes.push(format!(
            "times are stored with the zone {zone}, and days are counted there (source.timezone)"
        ));
        config.source.timezone = Some(zone);
    }
    let settings = Settings::new(request, preset, &mut config)?;
    if preset.is_some_and(|p| p.is_utc) && settings.zone.is_none() {
        notes.push(
            "times are UTC, and so are the days; for the shop's own: --set source.timezone=\"Europe/Berlin\" or the like"
                .to_owned(),
        );
    }
    let date_order = resolve_date_order(&sorted.orders, request.config, request.progress)?;
    config.source.date_order = config.source.date_order.or(Some(date_order));
    let has_ids = sorted.orders.iter().any(|(_, p)| p.columns.contains_key(&Column::TransactionId));
    let grouped = sorted
        .orders
        .iter()
        .any(|(_, p)| !p.columns.contains_key(&Column::TransactionId) && p.group != GroupRows::None);
    let mut kinds = guess_kinds(&sorted.orders);
    kinds.transaction &= !grouped && config.source.order_numbers_restart != Some(true);
    let total_bytes = sorted.orders.iter().map(|(input, _)| input.location.bytes).sum();
    Ok(Prepared {
        runtime,
        sorted,
        notes,
        config,
        settings,
        date_order,
        has_ids,
        has_orders: has_ids || grouped,
        kinds,
        total_bytes,
        accounts: None,
        date_order_is_given: request.config.source.date_order.is_some(),
        currency_is_given: request.config.source.currency.is_some(),
        amount_is_given: request.config.source.amount_is.is_some(),
    })
}

/// Checks that all amounts are in one currency, since they are added up.
///
/// Errors: [`Kind::Ambiguous`] if the files name several, unless the configuration selects one.
fn check_one_currency(orders: &[(InputFile, FilePlan)], config: &Config) -> Result<()> {
    if config.source.currency.is_some() || config.policy.only_currency.is_some() {
        return Ok(());
    }
    let mut all = crate::plan::Currencies::default();
    for (_, plan) in orders {
        all.merge(plan.currencies.clone());
    }
    if all.disagree() { Err(crate::plan::ask_currency(&all, "the files")) } else { Ok(()) }
}

/// The result of a pass over all rows.
struct Landed {
    outcome: Outcome,
    kinds: IdKinds,
    hashed: bool,
}

/// Lands all rows; repeats it if ids turn out not to be integers or not to ascend.
fn land_first(
    request: &Request<'_>,
    prepared: &mut Prepared,
    customers: Option<&Customers>,
    hashed: bool,
) -> Result<Landed> {
    let mut hash_rows = hashed;
    request.progress.step("Reading orders", Some(prepared.total_bytes), Unit::Bytes);
    loop {
        let files = order_files(prepared)?;
        let known = customers.map(|c| c.ids(prepared.kinds.customer));
        let landed = land(&Pass {
            known_customers: known.as_ref(),
            ..pass(request, prepared, &files, hash_rows, None)
        });
        match landed {
            Ok(outcome) => return Ok(Landed { outcome, kinds: prepared.kinds, hashed: hash_rows }),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::NotWhole(NotWhole(column))) => {
                widen(&mut prepared.kinds, column);
                let step = "Reading orders again: some ids are no whole numbers";
                request.progress.step(step, Some(prepared.total_bytes), Unit::Bytes);
            }
            Err(Stop::Unordered) => {
                hash_rows = true;
                request.progress.step("Reading orders", Some(prepared.total_bytes), Unit::Bytes);
            }
        }
    }
}

fn pass<'a>(
    request: &'a Request<'_>,
    prepared: &'a Prepared,
    files: &'a [OrderFile],
    hash_rows: bool,
    edits: Option<&'a [Edits]>,
) -> Pass<'a> {
    Pass {
        files,
        kinds: prepared.kinds,
        hash_rows,
        ids_are_unique: prepared.ids_are_unique(),
        refunded_are_landed: prepared.settings.refunded_are_landed,
        hash_files: true,
        edits,
        known_customers: None,
        out: request.out,
        threads: request.threads,
        progress: request.progress,
        runtime: prepared.runtime.handle(),
    }
}

fn land_all(request: &Request<'_>, mut prepared: Prepared) -> Result<Ingested> {
    let wanted_key = prepared
        .sorted
        .orders
        .first()
        .and_then(|(_, p)| p.columns.get(&Column::CustomerId))
        .map(|m| m.source.clone());
    let customers = prepared
        .sorted
        .customers
        .as_ref()
        .map(|input| Customers::read(input, wanted_key.as_deref()))
        .transpose()?;
    // Rows with ascending or unique ids cannot be duplicates or share an order; all others are compared.
    let names_orders = |(_, plan): &(_, FilePlan)| plan.columns.contains_key(&Column::OriginalTransactionId);
    let of_order = |(_, plan): &(_, FilePlan)| plan.takes_off_orders();
    let orders = &prepared.sorted.orders;
    let mut hashed = !prepared.has_ids || orders.iter().any(names_orders) || orders.iter().any(of_order);
    let (landed, settled) = loop {
        prepared.settings.refunded_are_landed = hashed;
        let mut landed = land_first(request, &mut prepared, customers.as_ref(), hashed)?;
        // A refund row may belong to a cancelled order.
        let tally = &landed.outcome.tally;
        let calls_off =
            ["cancelled", "status", "refunded"].iter().any(|reason| tally.excluded.contains_key(reason));
        let may_repeat_refunds = prepared.has_ids && tally.negative.count > 0 && calls_off;
        if (landed.hashed || may_repeat_refunds && prepared.settings.refunds.reduce_spend())
            && !prepared.settings.refunded_are_landed
        {
            // Determines which rows are landed.
            prepared.settings.refunded_are_landed = true;
            landed = land_first(request, &mut prepared, customers.as_ref(), true)?;
        }
        settle::questions(&prepared, &landed.outcome)?;
        match settle::settle(request, &mut prepared, &landed)? {
            settle::Outcome::Resolution(settled) => break (landed, settled),
            // The rows contradict the plan.
            settle::Outcome::Amended(why) => {
                prepared.notes.push(why);
                hashed = landed.hashed;
            }
        }
    };
    let must_edit = settled.edits.iter().any(|e| !e.is_empty())
        || landed.outcome.facts.iter().any(|(_, f)| f.refunded.contains(&true));
    let mut outcome = landed.outcome;
    if must_edit {
        request.progress.step("Settling orders", Some(prepared.total_bytes), Unit::Bytes);
        let files = order_files(&prepared)?;
        let known = customers.as_ref().map(|c| c.ids(prepared.kinds.customer));
        let second = Pass {
            hash_rows: false,
            known_customers: known.as_ref(),
            ..pass(request, &prepared, &files, false, Some(&settled.edits))
        };
        outcome = match land(&second) {
            // The time span of a file includes rows that are now excluded.
            Ok(mut again) => {
                for (file, before) in again.by_file.iter_mut().zip(&outcome.by_file) {
                    file.span = before.span;
                }
                // Returns count for the end of the data, too.
                again.tally.last_micros = outcome.tally.last_micros;
                again
            }
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::NotWhole(_) | Stop::Unordered) => {
                return Err(Error::new(Kind::Changed, "the files changed while they were read")
                    .hint("run again when they are complete"));
            }
        };
    }
    if let Some(customers) = &customers {
        customers.write(prepared.kinds.customer, request.out)?;
        prepared.notes.extend(customers.notes.iter().cloned());
    }
    finish(request, prepared, outcome, &settled, customers.as_ref())
}

/// The inputs of RFM scores and segments, computed without storing any rows.
///
/// Shape: equal lengths, sorted by customer id.
#[derive(Debug)]
pub struct MeasuredCustomers {
    /// Integer ids, or empty.
    pub whole_ids: Vec<i64>,
    /// Text ids, if ids are not integers.
    pub text_ids: Vec<String>,
    /// Calendar days from the last purchase to the analysis date.
    pub recency_days: Vec<i64>,
    /// Number of purchases.
    pub frequency_orders: Vec<i64>,
    /// Net revenue.
    pub monetary_minor: Vec<i64>,
    /// Calendar days from the first purchase to the analysis date.
    pub tenure_days: Vec<i64>,
    /// The analysis date in effect.
    pub as_of_micros: i64,
    /// Decimals of amounts.
    pub money_decimals: u8,
    /// Rows read, and rows that count.
    pub rows: (u64, u64),
    /// What was detected or assumed.
    pub notes: Vec<String>,
}

/// How customers were measured.
#[derive(Debug)]
pub enum MeasureOutcome {
    /// Every row is a separate purchase: measured directly, without landing or checks.
    Direct(MeasuredCustomers),
    /// Rows share orders or may be duplicates: landed and checked as by [`ingest`].
    Landed(Box<Ingested>),
}

/// The analysis date: as requested, otherwise the end of the day of the last purchase, so that requesting the
/// same day gives the same result.
fn as_of(request: &Request<'_>, last_micros: Option<i64>) -> i64 {
    let end_of_day = |micros: i64| end_of_day_micros(micros.div_euclid(DAY_MICROS));
    request.as_of_micros.or(last_micros.map(end_of_day)).unwrap_or(request.today_micros)
}

/// Settings common to all files.
struct Settings {
    zone: Option<chrono_tz::Tz>,
    local_is_utc: bool,
    zero_amounts: ZeroAmounts,
    as_of: Option<i64>,
    future_from: i64,
    refunds: Refunds,
    decimals: u8,
    cancelled_prefix: Option<&'static str>,
    placeholders: placeholders::PlaceholderRule,
    /// Words among numeric customer ids are customers.
    words_are_customers: bool,
    numbers_restart: bool,
    refunded_are_landed: bool,
}

/// The time zone of the times in Parquet files, if the same in all and not UTC.
fn stored_zone(orders: &[(InputFile, FilePlan)]) -> Option<String> {
    let zone_of = |(input, plan): &(InputFile, FilePlan)| match &input.stored {
        Stored::Parquet { schema } => match schema.field(plan.index(Column::TransactionDate)?).data_type() {
            DataType::Timestamp(_, Some(zone)) => Some(zone.to_string()),
            _ => None,
        },
        Stored::Text(_) => None,
    };
    let mut zones = orders.iter().map(zone_of);
    let first = zones.next()??;
    let is_named = !matches!(first.as_str(), "UTC" | "Etc/UTC" | "GMT") && dates::zone(&first).is_ok();
    (is_named && zones.all(|zone| zone.as_deref() == Some(&first))).then_some(first)
}

impl Settings {
    fn new(request: &Request<'_>, preset: Option<&'static Preset>, config: &mut Config) -> Result<Self> {
        let utc_seen_in = preset.and_then(|p| p.utc_seen_in);
        let source = &mut config.source;
        source.timezone = source.timezone.take().or_else(|| utc_seen_in.map(str::to_owned));
        source.timestamps_are_utc =
            source.timestamps_are_utc.or(Some(utc_seen_in.is_some() || preset.is_some_and(|p| p.is_utc)));
        source.currency =
            source.currency.take().or_else(|| preset.and_then(|p| p.currency).map(str::to_owned));
        let zone = source.timezone.as_deref().map(dates::zone).transpose()?;
        let zero = config
            .policy
            .zero_amounts
            .or_else(|| preset.and_then(|p| p.zero_amounts))
            .unwrap_or(ZeroAmounts::Keep);
        config.policy.zero_amounts = Some(zero);
        Ok(Self {
            zone,
            local_is_utc: config.source.timestamps_are_utc == Some(true),
            zero_amounts: zero,
            as_of: request.as_of_micros,
            // Tomorrow is tolerated, since shops and servers are in different time zones.
            future_from: request.today_micros + 2 * DAY_MICROS,
            refunds: config.policy.refunds,
            decimals: config.source.money_decimals.unwrap_or(2),
            cancelled_prefix: preset.and_then(|p| p.cancelled_prefix),
            placeholders: placeholders::PlaceholderRule::new(config.policy.placeholder_customers),
            words_are_customers: false,
            numbers_restart: config.source.order_numbers_restart == Some(true),
            refunded_are_landed: false,
        })
    }
}

/// The order of day and month in all files: evidence from one file applies to the others.
fn resolve_date_order(
    orders: &[(InputFile, FilePlan)],
    config: &Config,
    progress: &dyn Progress,
) -> Result<DateOrder> {
    if let Some(order) = config.source.date_order {
        return Ok(order);
    }
    let known: Vec<DateOrder> =
        orders.iter().filter_map(|(_, p)| p.dates.order).filter(|o| *o != DateOrder::YearFirst).collect();
    let unclear: Vec<_> = orders.iter().filter(|(_, p)| p.dates.order.is_none()).collect();
    // Contradictory files say nothing about the others.
    if let Some(first) = known.first()
        && (unclear.is_empty() || known.iter().all(|o| o == first))
    {
        return Ok(*first);
    }
    let Some(first) = unclear.first() else {
        return Ok(DateOrder::YearFirst);
    };
    // The beginning is ambiguous (03/04/2024): search for a day above 12.
    progress.step("Looking for the order of day and month", None, Unit::Rows);
    let mut evidence = OrderEvidence::default();
    for (input, plan) in &unclear {
        let column = plan.columns[&Column::TransactionDate].index;
        input.each_row(&mut |_line, record| {
            evidence.add(record.cell(column).text().as_bytes());
            Ok(!evidence.is_decided())
        })?;
    }
    evidence.order().ok_or_else(|| {
        let column = first.1.columns[&Column::TransactionDate].index;
        let example = first.0.sample.rows.first().map_or("", |row| row[column].as_str());
        crate::plan::either_order(example, &first.0.location.shown)
    })
}

/// Guesses from the samples which ids are integers; a wrong guess costs a second reading.
fn guess_kinds(orders: &[(InputFile, FilePlan)]) -> IdKinds {
    let whole = |column: Column| {
        orders.iter().all(|(input, plan)| {
            let Some(index) = plan.index(column) else {
                return true;
            };
            input.sample.rows.iter().all(|row| {
                let cell = crate::cells::Cell::Text(row[index].as_bytes());
                cell.is_missing() || cell.whole_id().is_some()
            })
        })
    };
    // Looked-up columns are not in the sample.
    let looked_up = |column: Column| orders.iter().any(|(_, p)| p.index(column).is_none());
    IdKinds {
        transaction: whole(Column::TransactionId),
        customer: !looked_up(Column::CustomerId) && whole(Column::CustomerId),
        product: whole(Column::ProductId),
    }
}

fn widen(kinds: &mut IdKinds, column: Column) {
    match column {
        Column::TransactionId => kinds.transaction = false,
        Column::CustomerId => kinds.customer = false,
        _ => kinds.product = false,
    }
}
