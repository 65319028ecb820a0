//! The whole way from locations to clean tables and a report.

use std::path::Path;

use regulars_core::columns::Column;
use regulars_core::config::{Config, Duplicates, Refunds, ZeroAmounts};
use regulars_core::dates::{self, DAY_MICROS, DateOrder, end_of_day_micros};
use regulars_core::manifest::Input;
use regulars_core::progress::{Progress, Unit};
use regulars_core::validation::ValidationReport;

use crate::checks::{Counted, FileSpan, Judging, Samples, findings};
use crate::classify::{NotWhole, Rules};
use crate::customers::Customers;
use crate::detect::{Mapping, OrderEvidence};
use crate::duplicates;
use crate::error::{Error, Kind, Result};
use crate::land::{FileLayout, OrderFile, Outcome, Pass, Stop, land};
use crate::look::{FileLook, Stored, fill, runtime};
use crate::presets::{self, Preset, normal_form};
use crate::schema::IdKinds;
use crate::statuses::Statuses;

mod roles;

pub use roles::Roles;

/// What to read, and where to land it.
pub struct Request<'a> {
    /// The orders, and files beside them.
    pub roles: &'a Roles,
    /// The user's configuration.
    pub config: &'a Config,
    /// Nothing after it is counted.
    pub as_of_micros: Option<i64>,
    /// Midnight of the day that "in the future" is judged by.
    pub today_micros: i64,
    /// The folder that the Parquet files are written into.
    pub out: &'a Path,
    /// A folder for copies of what cannot be read in place.
    pub scratch: &'a Path,
    /// Threads to read with.
    pub threads: usize,
    /// Options of object stores (keys, endpoints), by their environment names.
    pub store_options: &'a [(String, String)],
    /// Who hears how far it is.
    pub progress: &'a dyn Progress,
}

/// What was landed.
///
/// Shape: `out` holds `transactions.parquet`, `excluded.parquet`, `rejected.parquet`, and with a
/// customers file `customers.parquet`.
#[derive(Debug)]
pub struct Ingested {
    /// What the checks found.
    pub report: ValidationReport,
    /// The files read.
    pub inputs: Vec<Input>,
    /// What was detected or assumed.
    pub notes: Vec<String>,
    /// The configuration in force, detected parts included.
    pub config: Config,
    /// The analysis date in force: as given, else the last purchase.
    pub as_of_micros: i64,
    /// First and last clean row; `None` without one.
    pub span_micros: Option<(i64, i64)>,
    /// No two rows share a transaction id: every row is a purchase.
    pub orders_are_rows: bool,
    /// Different categories in order, if they are few enough to be counted by code.
    pub categories: Option<Vec<String>>,
    /// Different payment methods, likewise.
    pub payment_methods: Option<Vec<String>>,
    /// Decimals of amounts.
    pub money_decimals: u8,
    /// Whether there is a `customers.parquet`.
    pub has_customers: bool,
}

/// Most different words that are counted by code.
const CODED_WORDS: usize = 63;

/// Reads, checks and lands a store's orders.
///
/// Errors: what cannot be read at all, or only in a way that would be a guess; rows that cannot be
/// used are no error but land in `rejected.parquet`.
pub fn ingest(request: &Request<'_>) -> Result<Ingested> {
    land_all(request, prepare(request)?)
}

/// Everything that is settled before the first row is read.
struct Prepared {
    runtime: tokio::runtime::Runtime,
    sorted: roles::Sorted,
    notes: Vec<String>,
    config: Config,
    preset: Option<&'static Preset>,
    settings: Settings,
    date_order: DateOrder,
    has_ids: bool,
    kinds: IdKinds,
    total_bytes: u64,
}

fn prepare(request: &Request<'_>) -> Result<Prepared> {
    let runtime = runtime()?;
    let mut sorted = roles::sort_files(request, runtime.handle())?;
    let mut notes = std::mem::take(&mut sorted.notes);
    let mut config = request.config.clone();
    check_one_currency(&sorted.orders, &config)?;
    for (look, mapping) in &sorted.orders {
        let shown = &look.location.shown;
        notes.push(format!("{shown}: {}", mapping.describe()));
        if mapping.total_repeats {
            notes.push(format!(
                "{shown}: the total of an order stands on each of its lines and is counted once (`total_repeats = false` under [source] if not)"
            ));
        }
        if let Some(email) = mapping.customer_fallback {
            notes.push(format!(
                "{shown}: customers without an id of their own are told by `{}`",
                look.sample.header[email]
            ));
        }
        fill(&mut config, mapping, look);
    }
    let preset = config.source.preset.as_deref().map(presets::preset).transpose()?;
    let settings = Settings::new(request, preset, &mut config)?;
    let date_order = resolve_date_order(&sorted.orders, request.config, request.progress)?;
    config.source.date_order = config.source.date_order.or(Some(date_order));
    let has_ids = sorted.orders.iter().any(|(_, m)| m.columns.contains_key(&Column::TransactionId));
    let kinds = guess_kinds(&sorted.orders);
    let total_bytes = sorted.orders.iter().map(|(look, _)| look.location.bytes).sum();
    Ok(Prepared { runtime, sorted, notes, config, preset, settings, date_order, has_ids, kinds, total_bytes })
}

/// Amounts of different currencies cannot be added up.
///
/// Errors: [`Kind::Unsure`] if the files name several, unless the configuration names one.
fn check_one_currency(orders: &[(FileLook, Mapping)], config: &Config) -> Result<()> {
    if config.source.currency.is_some() {
        return Ok(());
    }
    let named = || orders.iter().filter_map(|(look, m)| m.currency.as_ref().map(|c| (look, c)));
    let Some((first, currency)) = named().next() else {
        return Ok(());
    };
    match named().find(|(_, other)| *other != currency) {
        None => Ok(()),
        Some((other, of_other)) => Err(Error::new(
            Kind::Unsure,
            format!(
                "`{}` is in {currency}, `{}` in {of_other}: amounts of different currencies cannot be added up",
                first.location.shown, other.location.shown
            ),
        )
        .hint("run them as data sets of their own, or convert one; if they are in one currency, name it: `currency = \"EUR\"` under [source] in the configuration")),
    }
}

fn land_all(request: &Request<'_>, prepared: Prepared) -> Result<Ingested> {
    let Prepared {
        runtime,
        sorted,
        mut notes,
        config,
        preset,
        settings,
        date_order,
        has_ids,
        mut kinds,
        total_bytes: total,
    } = prepared;
    let wanted_key =
        sorted.orders.first().and_then(|(_, m)| m.columns.get(&Column::CustomerId)).map(|m| m.source.clone());
    let customers =
        sorted.customers.as_ref().map(|look| Customers::read(look, wanted_key.as_deref())).transpose()?;
    let mut kept_equal = 0;
    let mut orders_are_rows = None;
    // Rows whose own numbers ascend cannot be there twice; all others are compared.
    let once_an_order = sorted.counts_once_an_order();
    let mut hash_rows = !has_ids || once_an_order;
    request.progress.step("Reading orders", Some(total), Unit::Bytes);
    let outcome = loop {
        let files = order_files(&sorted.orders, &sorted.lookups, &settings, kinds, date_order, preset)?;
        let known = customers.as_ref().map(|c| c.ids(kinds.customer));
        let pass = Pass {
            files: &files,
            kinds,
            hash_rows,
            hash_files: true,
            drops: &[],
            known_customers: known.as_ref(),
            out: request.out,
            threads: request.threads,
            progress: request.progress,
            runtime: runtime.handle(),
        };
        let outcome = match land(&pass) {
            Ok(outcome) => outcome,
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::NotWhole(NotWhole(column))) => {
                widen(&mut kinds, column);
                request.progress.step(
                    "Reading orders again: some ids are no whole numbers",
                    Some(total),
                    Unit::Bytes,
                );
                continue;
            }
            Err(Stop::Unordered) => {
                hash_rows = true;
                request.progress.step("Reading orders", Some(total), Unit::Bytes);
                continue;
            }
        };
        if !hash_rows {
            orders_are_rows = orders_are_rows.or(Some(outcome.ids_ascend));
            break outcome;
        }
        let found = duplicates::find(&outcome.identities, has_ids, once_an_order, config.policy.duplicates);
        kept_equal = found.kept;
        orders_are_rows = Some(found.orders_are_rows);
        if found.drops.iter().all(Vec::is_empty) {
            break outcome;
        }
        // Once more, now that it is known which rows are there twice.
        request.progress.step("Leaving out rows that are there twice", Some(total), Unit::Bytes);
        break match land(&Pass { hash_rows: false, drops: &found.drops, ..pass }) {
            // When a file's rows lie in time is told by all of them, also those left out now.
            Ok(mut again) => {
                for (file, before) in again.by_file.iter_mut().zip(&outcome.by_file) {
                    file.span = before.span;
                }
                again
            }
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::NotWhole(_) | Stop::Unordered) => {
                return Err(Error::new(Kind::Changed, "the files changed while they were read")
                    .hint("run again when they are complete"));
            }
        };
    };
    if let Some(customers) = &customers {
        customers.write(kinds.customer, request.out)?;
        notes.extend(customers.notes.iter().cloned());
    }
    finish(
        request,
        &sorted.orders,
        outcome,
        Ending {
            config,
            notes,
            settings,
            kept_equal,
            orders_are_rows: orders_are_rows.unwrap_or(false),
            has_customers: customers.is_some(),
        },
        |inputs| {
            for (look, role, rows) in
                sorted.beside.iter().map(|(look, role, rows)| (look, *role, *rows)).chain(
                    sorted.customers.iter().zip(&customers).map(|(look, c)| (look, "customers", c.rows)),
                )
            {
                let print = look.fingerprint(runtime.handle())?;
                inputs.push(Input {
                    path: look.location.shown.clone(),
                    role: role.to_owned(),
                    bytes: print.bytes,
                    sha256: print.sha256,
                    rows,
                });
            }
            Ok(())
        },
    )
}

/// What every customer is scored and segmented by, without anything kept.
///
/// Shape: equal lengths, sorted by customer id.
#[derive(Debug)]
pub struct MeasuredCustomers {
    /// Whole ids, or none.
    pub whole_ids: Vec<i64>,
    /// Ids as text, where they are not whole numbers.
    pub text_ids: Vec<String>,
    /// Calendar days from the last purchase to the analysis date.
    pub recency_days: Vec<i64>,
    /// Purchases.
    pub frequency_orders: Vec<i64>,
    /// Net spend.
    pub monetary_minor: Vec<i64>,
    /// Calendar days from the first purchase to the analysis date.
    pub tenure_days: Vec<i64>,
    /// The analysis date in force.
    pub as_of_micros: i64,
    /// Decimals of amounts.
    pub money_decimals: u8,
    /// Rows read, and rows that count.
    pub rows: (u64, u64),
    /// What was detected or assumed.
    pub notes: Vec<String>,
}

/// What became of an attempt to measure customers straight from the rows.
#[derive(Debug)]
pub enum Measurement {
    /// Every row is a purchase of its own: measured, with nothing landed and no checks made.
    Straight(MeasuredCustomers),
    /// Rows share orders, or may be there twice: landed and checked, as by [`ingest`].
    Landed(Box<Ingested>),
}

/// Measures customers straight from the rows where that is right, and lands the rows where not.
///
/// Errors: as [`ingest`].
pub fn measure(request: &Request<'_>) -> Result<Measurement> {
    let mut prepared = prepare(request)?;
    match measure_straight(request, &mut prepared)? {
        Some(measured) => Ok(Measurement::Straight(measured)),
        None => Ok(Measurement::Landed(Box::new(land_all(request, prepared)?))),
    }
}

fn measure_straight(request: &Request<'_>, prepared: &mut Prepared) -> Result<Option<MeasuredCustomers>> {
    let Prepared {
        runtime,
        sorted,
        notes,
        config,
        preset,
        settings,
        date_order,
        has_ids,
        kinds,
        total_bytes,
    } = prepared;
    let excludes_equal = config.policy.duplicates == Duplicates::Exclude;
    if sorted.counts_once_an_order() || (!*has_ids && (sorted.orders.len() > 1 || excludes_equal)) {
        return Ok(None);
    }
    loop {
        let mut files = order_files(&sorted.orders, &sorted.lookups, settings, *kinds, *date_order, *preset)?;
        for file in &mut files {
            file.rules.forget_details();
        }
        request.progress.step("Reading orders", Some(*total_bytes), Unit::Bytes);
        let pass = Pass {
            files: &files,
            kinds: *kinds,
            hash_rows: false,
            hash_files: false,
            drops: &[],
            known_customers: None,
            out: request.out,
            threads: request.threads,
            progress: request.progress,
            runtime: runtime.handle(),
        };
        match crate::land::measure::measure(&pass, *has_ids, settings.refunds == Refunds::Net) {
            Ok(measured) => return Ok(Some(customers_of(measured, settings, request, notes.clone()))),
            Err(Stop::NotWhole(NotWhole(Column::TransactionId)) | Stop::Unordered) => return Ok(None),
            Err(Stop::NotWhole(NotWhole(column))) => widen(kinds, column),
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
}

fn customers_of(
    measured: crate::land::measure::Measured,
    settings: &Settings,
    request: &Request<'_>,
    notes: Vec<String>,
) -> MeasuredCustomers {
    use crate::land::measure::Measures;
    let as_of_micros = as_of(request, measured.last_micros);
    let day = |micros: i64| micros.div_euclid(DAY_MICROS);
    let (whole, text) = match &measured.measures {
        Measures::Whole(list) => (list.len(), 0),
        Measures::Text(list) => (0, list.len()),
    };
    let column = || Vec::with_capacity(whole + text);
    let mut found = MeasuredCustomers {
        whole_ids: Vec::with_capacity(whole),
        text_ids: Vec::with_capacity(text),
        recency_days: column(),
        frequency_orders: column(),
        monetary_minor: column(),
        tenure_days: column(),
        as_of_micros,
        money_decimals: settings.decimals,
        rows: (measured.read, measured.clean),
        notes,
    };
    let mut push = |m: crate::land::measure::Measure| {
        found.recency_days.push(day(as_of_micros) - day(m.last_micros));
        found.frequency_orders.push(m.orders);
        found.monetary_minor.push(m.spend_minor);
        found.tenure_days.push(day(as_of_micros) - day(m.first_micros));
    };
    match measured.measures {
        Measures::Whole(list) => {
            for (id, m) in list {
                push(m);
                found.whole_ids.push(id);
            }
        }
        Measures::Text(list) => {
            for (id, m) in list {
                push(m);
                found.text_ids.push(id);
            }
        }
    }
    found
}

/// The analysis date: that asked for, else the end of the day of the last purchase, so that a day
/// given and the same day found are one.
fn as_of(request: &Request<'_>, last_micros: Option<i64>) -> i64 {
    let end_of_day = |micros: i64| end_of_day_micros(micros.div_euclid(DAY_MICROS));
    request.as_of_micros.or(last_micros.map(end_of_day)).unwrap_or(request.today_micros)
}

/// What holds for every file.
struct Settings {
    zone: chrono_tz::Tz,
    local_is_utc: bool,
    zero_amounts: ZeroAmounts,
    as_of: Option<i64>,
    future_from: i64,
    refunds: Refunds,
    completed: Option<Vec<String>>,
    decimals: u8,
}

impl Settings {
    fn new(request: &Request<'_>, preset: Option<&'static Preset>, config: &mut Config) -> Result<Self> {
        let utc_seen_in = preset.and_then(|p| p.utc_seen_in);
        let source = &mut config.source;
        source.timezone = source.timezone.take().or_else(|| utc_seen_in.map(str::to_owned));
        source.timestamps_are_utc = source.timestamps_are_utc.or(Some(utc_seen_in.is_some()));
        source.currency =
            source.currency.take().or_else(|| preset.and_then(|p| p.currency).map(str::to_owned));
        let zone = dates::zone(source.timezone.as_deref().unwrap_or("UTC"))?;
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
            // The day after today is tolerated: shops and servers live in different zones.
            future_from: request.today_micros + 2 * DAY_MICROS,
            refunds: config.policy.refunds,
            completed: config.policy.completed_statuses.clone(),
            decimals: config.source.money_decimals.unwrap_or(2),
        })
    }
}

/// The order of day and month in all files: one file's evidence serves the others.
fn resolve_date_order(
    orders: &[(FileLook, Mapping)],
    config: &Config,
    progress: &dyn Progress,
) -> Result<DateOrder> {
    if let Some(order) = config.source.date_order {
        return Ok(order);
    }
    let known: Vec<DateOrder> =
        orders.iter().filter_map(|(_, m)| m.date_order).filter(|o| *o != DateOrder::YearFirst).collect();
    let unclear: Vec<_> = orders.iter().filter(|(_, m)| m.date_order.is_none()).collect();
    // Files that contradict each other say nothing about a third.
    if let Some(first) = known.first()
        && (unclear.is_empty() || known.iter().all(|o| o == first))
    {
        return Ok(*first);
    }
    let Some((first, _)) = unclear.first() else {
        return Ok(DateOrder::YearFirst);
    };
    // The beginning does not tell (03/04/2024): look on until a day above 12 does.
    progress.step("Looking for the order of day and month", None, Unit::Rows);
    let mut evidence = OrderEvidence::default();
    for (look, mapping) in &unclear {
        let column = mapping.columns[&Column::TransactionDate].index;
        look.each_row(&mut |_line, record| {
            evidence.look(record.cell(column).text().as_bytes());
            Ok(!evidence.is_decided())
        })?;
    }
    evidence.order().ok_or_else(|| {
        let example = first.sample.rows.first().map_or("", |row| row[unclear[0].1.columns[&Column::TransactionDate].index].as_str());
        Error::new(
            Kind::Unsure,
            format!("the dates of `{}` can be read in two ways: is `{example}` day first or month first?", first.location.shown),
        )
        .hint("say which: --date-order day_first or --date-order month_first (`date_order` under [source] in the configuration)")
    })
}

/// Which ids look like whole numbers, by the samples; wrong guesses cost a second reading.
fn guess_kinds(orders: &[(FileLook, Mapping)]) -> IdKinds {
    let whole = |column: Column| {
        orders.iter().all(|(look, mapping)| {
            let Some(index) = mapping.index(column) else {
                return true;
            };
            look.sample.rows.iter().all(|row| {
                let cell = crate::cells::Cell::Text(row[index].as_bytes());
                cell.is_missing() || cell.whole_id().is_some()
            })
        })
    };
    // What is looked up in another file is not in the sample.
    let looked_up = |column: Column| orders.iter().any(|(_, m)| m.index(column).is_none());
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

fn order_files(
    orders: &[(FileLook, Mapping)],
    lookups: &roles::LookupFiles,
    settings: &Settings,
    kinds: IdKinds,
    date_order: DateOrder,
    preset: Option<&'static Preset>,
) -> Result<Vec<OrderFile>> {
    let files = orders.iter().enumerate().map(|(number, (look, mapping))| {
        let mut index = [None; 10];
        for (column, mapped) in &mapping.columns {
            index[crate::schema::slot(*column)] = Some(mapped.index);
        }
        let width = look.sample.header.len();
        let layout = match &look.stored {
            Stored::Text { delimiter, header_bytes, first_line, encoding } => FileLayout::Text {
                delimiter: *delimiter,
                width,
                header_bytes: *header_bytes,
                first_line: *first_line,
                encoding: *encoding,
            },
            Stored::Parquet { .. } => FileLayout::Parquet { width },
        };
        let seed = |name: &String| xxhash_rust::xxh3::xxh3_64(normal_form(name).as_bytes());
        Ok(OrderFile {
            shown: look.location.shown.clone(),
            path: look.path()?.to_owned(),
            bytes: look.location.bytes,
            layout,
            seeds: look.sample.header.iter().map(seed).collect(),
            rules: Rules {
                index,
                kinds,
                notation: regulars_core::money::Notation { decimals: settings.decimals, ..mapping.notation },
                date_order: mapping.date_order.filter(|o| *o != DateOrder::YearFirst).unwrap_or(date_order),
                epoch: mapping.epoch,
                zone: settings.zone,
                local_is_utc: settings.local_is_utc,
                statuses: Statuses::new(settings.completed.as_deref()),
                status_flag: mapping.status_flag,
                cancelled_prefix: preset.and_then(|p| p.cancelled_prefix),
                totals_on_first_row: preset.is_some_and(|p| p.totals_on_first_row),
                refunds: settings.refunds,
                zero_amounts: settings.zero_amounts,
                as_of: settings.as_of,
                future_from: settings.future_from,
                line_id_base: number as i64 * 100_000_000_000,
                lookups: lookups.build(look, mapping)?,
                customer_fallback: mapping.customer_fallback,
            },
        })
    });
    files.collect()
}

struct Ending {
    config: Config,
    notes: Vec<String>,
    settings: Settings,
    kept_equal: u64,
    orders_are_rows: bool,
    has_customers: bool,
}

fn finish(
    request: &Request<'_>,
    orders: &[(FileLook, Mapping)],
    outcome: Outcome,
    ending: Ending,
    add_inputs: impl FnOnce(&mut Vec<Input>) -> Result<()>,
) -> Result<Ingested> {
    let spans: Vec<FileSpan> = orders
        .iter()
        .zip(&outcome.by_file)
        .filter_map(|((look, _), file)| {
            file.span.map(|(first, last)| FileSpan { shown: look.location.shown.clone(), first, last })
        })
        .collect();
    let sources: Vec<(Column, String)> = Column::ALL
        .iter()
        .map(|c| {
            (
                *c,
                orders
                    .iter()
                    .find_map(|(_, m)| m.columns.get(c))
                    .map_or_else(String::new, |m| m.source.clone()),
            )
        })
        .collect();
    let equal = Counted { count: ending.kept_equal, samples: Samples::default() };
    let judging = Judging {
        limits: &ending.config.validation,
        decimals: ending.settings.decimals,
        sources: &sources,
        spans: &spans,
        equal_rows_kept: &equal,
        customers_known: ending.has_customers,
    };
    let report = findings(&outcome.tally, &judging);
    debug_assert!(report.rows.add_up());
    if outcome.tally.read == 0 {
        let shown = orders.first().map_or("the source", |(look, _)| look.location.shown.as_str());
        return Err(Error::new(Kind::Unreadable, format!("`{shown}` has a header but no rows"))
            .hint("export it again, with the orders of at least one day"));
    }
    if !report.rows.add_up() {
        return Err(Error::new(
            Kind::Io,
            format!(
                "rows do not add up: {} read, {} clean, {} rejected, {} excluded",
                report.rows.read, report.rows.clean, report.rows.rejected, report.rows.excluded
            ),
        )
        .hint("this is a fault of Regulars; please report it"));
    }
    let mut inputs = Vec::new();
    for ((look, _), file) in orders.iter().zip(&outcome.by_file) {
        if let Some(print) = &file.fingerprint {
            inputs.push(Input {
                path: look.location.shown.clone(),
                role: "transactions".to_owned(),
                bytes: print.bytes,
                sha256: print.sha256.clone(),
                rows: file.rows,
            });
        }
    }
    add_inputs(&mut inputs)?;
    let coded = |words: std::collections::BTreeSet<String>| {
        (words.len() <= CODED_WORDS).then(|| words.into_iter().collect())
    };
    Ok(Ingested {
        as_of_micros: as_of(request, outcome.tally.last_micros),
        span_micros: outcome.tally.first_micros.zip(outcome.tally.last_micros),
        report,
        inputs,
        notes: ending.notes,
        orders_are_rows: ending.orders_are_rows,
        categories: coded(outcome.tally.categories),
        payment_methods: coded(outcome.tally.payments),
        money_decimals: ending.settings.decimals,
        has_customers: ending.has_customers,
        config: ending.config,
    })
}
