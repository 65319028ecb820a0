//! Determines the role of each file: orders, customers, products, or companion of a preset.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use regulars_core::columns::Column;
use regulars_core::config::{Config, Encoding, Source};

use super::Request;
use super::join_tables::{
    join_tables, preset_of, with_customers_of_refunds, with_filled_rows, with_last_states, with_refunds,
    with_totals,
};
use crate::databases::{TableReader, is_table};
use crate::error::{Error, Kind, Result};
use crate::files::SAMPLE_ROWS;
use crate::inspect::{InputFile, Stored, localise};
use crate::locations::{Access, Location, is_plain_table, locate};
use crate::lookups::{Lookup, LookupColumn};
use crate::plan::{self, FilePlan, Sample};
use crate::presets::{self, Combine, Companion, normal_form};

/// The files named by the user, by role.
#[derive(Debug, Clone, Default)]
pub struct InputPaths {
    /// Orders: files, folders, patterns, URLs, or `-` for standard input.
    pub orders: Vec<String>,
    /// The customers file.
    pub customers: Option<String>,
    /// The products file, in which categories are looked up.
    pub products: Option<String>,
    /// Reads those that are tables of databases.
    pub tables: Option<Arc<dyn TableReader>>,
}

impl InputPaths {
    /// Whether one of them is the table of a database.
    pub fn has_tables(&self) -> bool {
        self.orders.iter().chain(&self.customers).chain(&self.products).any(|input| is_table(input))
    }
}

/// The files by role.
pub(super) struct FilesByRole {
    pub(super) orders: Vec<(InputFile, FilePlan)>,
    pub(super) customers: Option<InputFile>,
    pub(super) lookups: LookupFiles,
    /// Companions and products with their roles and row counts, for the manifest.
    pub(super) beside: Vec<(InputFile, &'static str, u64)>,
    pub(super) notes: Vec<String>,
}

/// Combined sample rows of all files with the same header: one month may show what another does not.
///
/// Rows that end in a delimiter create unnamed columns, which are ignored in the comparison.
fn pooled(inputs: &[InputFile]) -> BTreeMap<Vec<String>, Sample> {
    let named = |input: &InputFile| {
        let named = input.sample.header.iter().rposition(|name| !name.starts_with("column_"));
        input.sample.header[..named.map_or(0, |last| last + 1)].to_vec()
    };
    let mut pools = BTreeMap::new();
    for input in inputs.iter().filter(|input| !input.sample.traits.header_missing) {
        let header = &input.sample.header;
        let alike: Vec<&InputFile> =
            inputs.iter().filter(|other| !named(input).is_empty() && named(other) == named(input)).collect();
        if alike.len() < 2 || pools.contains_key(header) {
            continue;
        }
        let most = (SAMPLE_ROWS / alike.len()).max(20);
        // Consecutive rows, since some leave repeated values blank.
        let rows = alike.iter().flat_map(|other| other.sample.rows.iter().take(most));
        let rows = rows.map(|row| {
            let mut row = row.clone();
            row.resize(header.len(), String::new());
            row
        });
        pools.insert(header.clone(), input.sample.with_rows(rows.collect()));
    }
    pools
}

/// Rewrites a file before it is read, if necessary.
type Rework = fn(&InputFile, &Sample, &Config, &Path) -> Result<Option<(InputFile, String)>>;

/// Completes rows with blank repeated values, and marks older states of orders with a row per state.
///
/// Errors: a file is unreadable or ambiguous.
fn made_plain(
    inputs: Vec<InputFile>,
    request: &Request<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<InputFile>> {
    let combine = inputs.len() > 1;
    let with = |rework: Rework, inputs: Vec<InputFile>, notes: &mut Vec<String>| {
        let pools = pooled(&inputs);
        let made = |input: InputFile| {
            if preset_of(&input, request.config).is_some() {
                return Ok(input);
            }
            let sample = pools.get(&input.sample.header).unwrap_or(&input.sample);
            match rework(&input, sample, request.config, request.scratch) {
                Ok(Some((made, note))) => {
                    notes.push(note);
                    Ok(made)
                }
                Ok(None) => Ok(input),
                // A file beside the orders need not be understood.
                Err(error) if combine && error.kind == Kind::Ambiguous => Ok(input),
                Err(error) => Err(error),
            }
        };
        inputs.into_iter().map(made).collect::<Result<Vec<_>>>()
    };
    let filled = with(with_filled_rows, inputs, notes)?;
    let filled = with(with_customers_of_refunds, filled, notes)?;
    with(with_last_states, filled, notes)
}

/// Uses one encoding for all files with the same columns: if they are not Unicode, the one of most of their
/// text.
///
/// Errors: a file is no longer readable.
fn in_one_encoding(inputs: Vec<InputFile>, request: &Request<'_>) -> Result<Vec<InputFile>> {
    let mut used: BTreeMap<Vec<String>, BTreeMap<String, usize>> = BTreeMap::new();
    for input in &inputs {
        if let Some(encoding) = input.legacy_encoding() {
            let rows = input.sample.rows.len();
            *used.entry(input.sample.header.clone()).or_default().entry(encoding).or_default() += rows;
        }
    }
    let most = |input: &InputFile| {
        let encodings = used.get(&input.sample.header).filter(|encodings| encodings.len() > 1)?;
        let (name, _) = encodings.iter().max_by_key(|(_, rows)| **rows)?;
        input.legacy_encoding().is_some_and(|own| own != *name).then(|| name.clone())
    };
    let again = |input: InputFile| match most(&input) {
        None => Ok(input),
        Some(name) => {
            let mut config = request.config.clone();
            config.source.encoding = Some(Encoding::new(&name));
            InputFile::open(input.location.clone(), &config, request.scratch).or(Ok(input))
        }
    };
    inputs.into_iter().map(again).collect()
}

/// Files with the same columns may all omit empty last fields; a short file alone may not show it.
fn with_short_rows(inputs: &mut [InputFile], notes: &mut Vec<String>) {
    let mut files: BTreeMap<Vec<String>, (usize, usize)> = BTreeMap::new();
    for input in inputs.iter() {
        if let Stored::Text(table) = &input.stored {
            let (short, all) = files.entry(input.sample.header.clone()).or_default();
            *short += usize::from(table.short_rows);
            *all += 1;
        }
    }
    for input in inputs {
        let is_usual = files.get(&input.sample.header).is_some_and(|(short, all)| short * 2 >= *all);
        if let Stored::Text(table) = &mut input.stored
            && is_usual
            && !table.short_rows
        {
            table.short_rows = true;
            notes.push(format!(
                "{}: empty fields at the end of rows may be missing, as in the other files with these columns",
                input.location.shown
            ));
        }
    }
}

/// Inspects every file and determines its role.
pub(super) fn sort_by_role(request: &Request<'_>, runtime: &tokio::runtime::Handle) -> Result<FilesByRole> {
    let access = Access {
        store_options: request.store_options,
        tables: request.input_paths.tables.as_deref(),
        scratch: request.scratch,
        progress: request.progress,
        runtime,
    };
    let mut number = 0;
    let mut open = |location: Location| {
        number += 1;
        let location = localise(location, request.scratch, number, runtime)?;
        InputFile::open(location, request.config, request.scratch)
    };
    let mut notes = Vec::new();
    let located = without_twins(locate(&request.input_paths.orders, access)?, &mut notes);
    let combine = located.len() > 1;
    let mut sorted = FilesByRole {
        orders: Vec::new(),
        customers: None,
        lookups: LookupFiles::default(),
        beside: Vec::new(),
        notes,
    };
    let mut others: Vec<(InputFile, Error)> = Vec::new();
    let mut inputs = Vec::new();
    for location in located {
        if combine && stem(&location) == "truth" {
            sorted.notes.push(format!("{}: skipped (ground truth of the demo data)", location.shown));
            continue;
        }
        let (searched, shown) = (location.searched && combine, location.shown.clone());
        let input = match open(location) {
            Ok(input) => input,
            // A file found in a folder need not be readable.
            Err(error) if searched && error.kind == Kind::Unreadable && !is_plain_table(&shown) => {
                sorted.notes.push(format!("{shown}: skipped: {error}"));
                continue;
            }
            Err(error) => return Err(error),
        };
        sorted.notes.extend(input.notes.iter().cloned());
        inputs.push(input);
    }
    let mut inputs = in_one_encoding(inputs, request)?;
    with_short_rows(&mut inputs, &mut sorted.notes);
    let worked = join_tables(inputs, request.config, request.scratch)?;
    sorted.notes.extend(worked.notes);
    sorted.beside.extend(worked.used.into_iter().map(|(input, rows)| (input, "refunds", rows)));
    let main = worked.inputs.iter().find_map(|input| preset_of(input, request.config));
    let inputs = made_plain(worked.inputs, request, &mut sorted.notes)?;
    let pools = pooled(&inputs);
    for input in inputs {
        let shown = input.location.shown.clone();
        if !request.config.mapping.contains_key(&Column::CustomerId)
            && let Some(error) = part_alone(&input)
        {
            others.push((input, error));
            continue;
        }
        // A known companion file is not an order file.
        let beside = main.is_some_and(|preset| {
            let stands_beside = input.location.searched && is_closed(preset)
                || companions_of(preset, &input).next().is_some();
            preset_of(&input, request.config).is_none() && stands_beside
        });
        if beside {
            others.push((input, Error::new(Kind::Unreadable, format!("`{shown}` is not a file of orders"))));
            continue;
        }
        if combine && is_of_refunds(&input) && preset_of(&input, request.config).is_none() {
            let why =
                format!("by its name, `{shown}` contains refunds, but it could not be joined to the orders");
            others.push((input, Error::new(Kind::Unreadable, why)));
            continue;
        }
        let sample = pools.get(&input.sample.header).unwrap_or(&input.sample);
        match plan::plan(sample, &input.sample, request.config, &shown) {
            Ok(mapping) => sorted.orders.push((input, mapping)),
            Err(error)
                if combine && matches!(error.kind, Kind::Unreadable | Kind::Config | Kind::Ambiguous) =>
            {
                others.push((input, error));
            }
            Err(error) => return Err(error),
        }
    }
    sorted.set_aside_by_name(&mut others);
    sorted.check_unique()?;
    if sorted.orders.is_empty() && others.len() > 1 {
        let inputs: Vec<&InputFile> = others.iter().map(|(input, _)| input).collect();
        if let Some((at, input, note)) = with_totals(&inputs, request.config, request.scratch)?
            && let Ok(mapping) =
                plan::plan(&input.sample, &input.sample, request.config, &input.location.shown)
        {
            others.remove(at);
            sorted.notes.push(note);
            sorted.orders.push((input, mapping));
        }
    }
    sorted.work_in_refunds(&mut others, request)?;
    for (wanted, is_customers) in
        [(&request.input_paths.customers, true), (&request.input_paths.products, false)]
    {
        let Some(given) = wanted else {
            continue;
        };
        let mut files = locate(std::slice::from_ref(given), access)?;
        if files.len() != 1 {
            return Err(Error::new(
                Kind::Config,
                format!("`{given}` matches {} files, expected one", files.len()),
            ));
        }
        let input = open(files.remove(0))?;
        sorted.notes.extend(input.notes.iter().cloned());
        if is_customers {
            sorted.customers = Some(input);
        } else {
            sorted.add_products(input)?;
        }
    }
    if sorted.orders.is_empty() {
        return Err(others.into_iter().next().map_or_else(
            || {
                Error::new(Kind::NotFound, "no file of orders was given")
                    .hint("pass a file, a folder, a pattern, or - for standard input")
            },
            |(_, error)| error,
        ));
    }
    sorted.place_others(others)?;
    sorted.check_companions()?;
    Ok(sorted)
}

/// Names of files beside the orders that contain no orders but have similar columns.
const OTHER_TABLES: [&str; 8] =
    ["customer", "client", "kunde", "checkout", "lead", "prospect", "inventory", "subscriber"];

/// Names of files with quotes or carts, which may have the columns of orders.
const QUOTES: [&str; 8] =
    ["quote", "angebot", "offerte", "devis", "estimate", "abandoned", "cart", "wishlist"];

/// The file name without folders and extensions, in lowercase.
fn stem(location: &Location) -> String {
    regulars_core::names::dataset_name_from(location.file_name())
}

/// If a folder has the same table in several formats, keeps the first of Parquet, text, and workbook or JSON.
fn without_twins(located: Vec<Location>, notes: &mut Vec<String>) -> Vec<Location> {
    let rank = |l: &Location| match l.file_name().to_ascii_lowercase() {
        name if name.ends_with(".parquet") => 0,
        name if is_plain_table(&name) => 1,
        _ => 2,
    };
    let folder = |l: &Location| l.shown.strip_suffix(l.file_name()).unwrap_or("").to_owned();
    let places: Vec<(String, String, u8)> = located.iter().map(|l| (folder(l), stem(l), rank(l))).collect();
    located
        .into_iter()
        .filter(|location| {
            let (in_folder, name, own) = (folder(location), stem(location), rank(location));
            let better = places
                .iter()
                .filter(|(f, n, rank)| {
                    *f == in_folder && *n == name && *rank < own && location.table.is_none()
                })
                .map(|(_, _, rank)| *rank)
                .min();
            match better {
                Some(0) => notes
                    .push(format!("{}: skipped, the Parquet file of the same name is read", location.shown)),
                Some(_) => {
                    notes
                        .push(format!("{}: skipped, the text file of the same name is read", location.shown));
                }
                None => {}
            }
            better.is_none()
        })
        .collect()
}

impl FilesByRole {
    /// Assigns roles to files beside the orders, or rejects them.
    fn place_others(&mut self, others: Vec<(InputFile, Error)>) -> Result<()> {
        let preset = self.preset();
        let is_closed = preset.is_some_and(is_closed);
        let names: Vec<String> = others.iter().map(|(input, _)| stem(&input.location)).collect();
        for (input, error) in others {
            let name = stem(&input.location);
            let companions: Vec<&'static Companion> = preset
                .into_iter()
                .flat_map(|p| companions_of(p, &input))
                .filter(|c| c.instead_of.is_none_or(|file| !names.iter().any(|n| n.contains(file))))
                .collect();
            if !companions.is_empty() {
                for companion in companions {
                    if let Some(file) = companion.instead_of {
                        self.notes.push(format!(
                            "{}: used for the amounts, because there is no file of {file}",
                            input.location.shown
                        ));
                    }
                    self.lookups.add_companion(&input, companion)?;
                }
                self.beside.push((input, "companion", self.lookups.last_rows()));
            } else if is_closed {
                self.notes.push(format!("{}: not used by this preset", input.location.shown));
            } else if self.customers.is_none()
                && is_named(&name, &["customer", "client", "kunde", "demographic", "user"])
            {
                self.notes.push(format!("{}: read as the customers", input.location.shown));
                self.customers = Some(input);
            } else if is_named(&name, &["product", "item", "artikel"])
                && plan::column_by_name(&input.sample, Column::ProductCategory).is_some()
            {
                self.notes.push(format!("{}: read as the products", input.location.shown));
                self.add_products(input)?;
            } else if error.kind == Kind::Unreadable && self.add_lines(&input)? {
                self.beside.push((input, "lines", self.lookups.last_rows()));
            } else if error.kind == Kind::Ambiguous {
                return Err(error);
            } else if input.location.searched && !is_plain_table(&input.location.shown) {
                self.notes.push(format!("{}: skipped: {error}", input.location.shown));
            } else {
                return Err(Error {
                    hint: error.hint.clone().filter(|_| part_alone(&input).is_some()).or(Some("pass only files of orders; pass a customers file with --customers, products with --products".to_owned())),
                    ..error
                });
            }
        }
        Ok(())
    }

    /// Sets aside files whose names show that they are not orders.
    fn set_aside_by_name(&mut self, others: &mut Vec<(InputFile, Error)>) {
        let is_else = |input: &InputFile| {
            let name = stem(&input.location);
            (is_named(&name, &QUOTES) || is_named(&name, &OTHER_TABLES))
                && !is_named(&name, &["order", "sale", "invoice", "bestell", "transaction"])
        };
        let Some(orders) = self
            .orders
            .iter()
            .find(|(input, _)| !is_else(input))
            .map(|(input, _)| input.sample.header.clone())
        else {
            return;
        };
        let (kept, aside): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.orders).into_iter().partition(|(input, plan)| {
                let is_alike = input.sample.header == orders && !is_named(&stem(&input.location), &QUOTES);
                plan.preset.is_some() || is_alike || !is_else(input)
            });
        self.orders = kept;
        others.extend(aside.into_iter().map(|(input, _)| {
            let why = format!("`{}` is not named like orders", input.location.shown);
            (input, Error::new(Kind::Unreadable, why))
        }));
    }

    /// Rejects two tables with the same orders, which would count twice.
    ///
    /// Errors: [`Kind::Unreadable`], naming both.
    fn check_unique(&self) -> Result<()> {
        let header = |(input, _): &(InputFile, FilePlan)| input.sample.header.clone();
        if self.orders.iter().map(header).collect::<BTreeSet<_>>().len() < 2 {
            return Ok(());
        }
        let told = |(input, plan): &(InputFile, FilePlan)| -> BTreeSet<(String, String)> {
            let (Some(order), Some(customer)) =
                (plan.index(Column::TransactionId), plan.index(Column::CustomerId))
            else {
                return BTreeSet::new();
            };
            let of = |row: &Vec<String>| (row[order].trim().to_owned(), row[customer].trim().to_owned());
            input.sample.rows.iter().map(of).filter(|(order, _)| !order.is_empty()).collect()
        };
        let told: Vec<_> = self
            .orders
            .iter()
            .filter(|(_, plan)| plan.preset.is_none())
            .map(|file| (&file.0, told(file)))
            .collect();
        for (at, (one, orders)) in told.iter().enumerate() {
            // Files with the same columns are parts of one table, or overlapping exports.
            let of_others =
                told[at + 1..].iter().filter(|(other, _)| other.sample.header != one.sample.header);
            for (other, others) in of_others {
                let shared = orders.intersection(others).count();
                let fewer = orders.len().min(others.len());
                if shared < 20 || shared * 2 < fewer {
                    continue;
                }
                let (one, other) = (&one.location.shown, &other.location.shown);
                return Err(Error::new(
                    Kind::Unreadable,
                    format!("`{one}` and `{other}` contain the same orders ({shared} of the first {fewer} numbers), which would count twice"),
                )
                .hint("pass only the one with the amounts; the other may contain lines or payments of the same orders"));
            }
        }
        Ok(())
    }

    fn preset(&self) -> Option<&'static presets::Preset> {
        self.orders.first().and_then(|(_, m)| m.preset).and_then(|name| presets::preset(name).ok())
    }

    fn check_companions(&self) -> Result<()> {
        let Some(preset) = self.preset() else {
            return Ok(());
        };
        for companion in preset.companions.iter().filter(|c| c.needed) {
            let there = self.lookups.has(companion)
                || preset.companions.iter().any(|other| {
                    other.instead_of.is_some_and(|file| companion.file == file) && self.lookups.has(other)
                })
                || companion
                    .columns
                    .iter()
                    .filter(|(column, ..)| matches!(column, Column::CustomerId | Column::TotalAmount))
                    .all(|(column, ..)| self.orders.iter().all(|(_, m)| m.columns.contains_key(column)));
            if !there {
                let (column, source, _) = companion.columns[0];
                return Err(Error::new(
                    Kind::Unreadable,
                    format!(
                        "the preset `{}` needs the file with `{source}` for the {} (its name contains `{}`)",
                        preset.name,
                        column.name(),
                        companion.file
                    ),
                )
                .hint("pass the folder with all files of the data set"));
            }
        }
        Ok(())
    }

    /// Joins a refunds file into the orders, if both are understood.
    fn work_in_refunds(&mut self, others: &mut Vec<(InputFile, Error)>, request: &Request<'_>) -> Result<()> {
        let is_closed = self.preset().is_some_and(is_closed);
        while let ([(orders, plan)], false) = (self.orders.as_slice(), is_closed) {
            let Some(at) = others.iter().position(|(input, _)| is_of_refunds(input)) else { break };
            let found = with_refunds(orders, plan, &others[at].0, request.config, request.scratch)?;
            let Some((made, rows, notes)) = found else { break };
            let plan = plan::plan(&made.sample, &made.sample, request.config, &made.location.shown)?;
            self.orders = vec![(made, plan)];
            self.notes.extend(notes);
            self.beside.push((others.remove(at).0, "refunds", rows));
        }
        Ok(())
    }

    /// Uses a table of order lines for the products that it adds to the orders.
    fn add_lines(&mut self, input: &InputFile) -> Result<bool> {
        let name = stem(&input.location);
        let Some((orders, plan)) = self.orders.first() else { return Ok(false) };
        if is_named(&name, &["refund", "return", "credit", "cancel", "payment", "transaction"]) {
            return Ok(false);
        }
        let Some(number) = plan.index(Column::TransactionId) else { return Ok(false) };
        let keys = plan::order_key(&orders.sample, Some(number));
        let Some(table) = plan::lines_of(&input.sample, &keys, &Source::default()) else { return Ok(false) };
        let taken: Vec<LookupColumn> = table
            .product
            .filter(|_| !plan.columns.contains_key(&Column::ProductId))
            .map(|index| LookupColumn { column: Column::ProductId, index, combine: Combine::First })
            .into_iter()
            .collect();
        let key = orders.sample.header[number].clone();
        self.notes
            .push(format!("{}: order lines, used for the first product of each order", input.location.shown));
        self.lookups.files.push(LookupFile::read(input, key, table.order, taken)?);
        Ok(true)
    }

    fn add_products(&mut self, input: InputFile) -> Result<()> {
        let shown = input.location.shown.clone();
        let wanted = self
            .orders
            .first()
            .and_then(|(_, m)| m.columns.get(&Column::ProductId))
            .map(|m| m.source.clone());
        let Some(wanted) = wanted else {
            return Err(Error::new(
                Kind::Config,
                format!("the orders have no product column to look up in `{shown}`"),
            )
            .hint("map it: --map product_id=NAME"));
        };
        let key = plan::key_column(&input.sample, Column::ProductId, Some(&wanted), &shown)?;
        let Some(category) = plan::column_by_name(&input.sample, Column::ProductCategory) else {
            return Err(Error::new(
                Kind::Unreadable,
                format!(
                    "`{shown}` has no column for the category; its columns are: {}",
                    input.sample.header.join(", ")
                ),
            ));
        };
        let taken =
            vec![LookupColumn { column: Column::ProductCategory, index: category, combine: Combine::First }];
        self.lookups.files.push(LookupFile::read(&input, wanted, key, taken)?);
        self.beside.push((input, "products", self.lookups.last_rows()));
        Ok(())
    }
}

/// Whether all other files of the platform are known.
fn is_closed(preset: &presets::Preset) -> bool {
    !preset.companions.is_empty() || !preset.parts.is_empty()
}

/// The companions that a file beside the orders matches, by its name and columns.
fn companions_of<'a>(
    preset: &'static presets::Preset,
    input: &'a InputFile,
) -> impl Iterator<Item = &'static Companion> + use<'a> {
    let name = stem(&input.location);
    let header: Vec<String> = input.sample.header.iter().map(|h| normal_form(h)).collect();
    let has = move |wanted: &str| header.iter().any(|h| h == wanted);
    preset.companions.iter().filter(move |c| {
        let fits = has(c.its_key) && c.columns.iter().any(|(_, source, _)| has(source));
        name.contains(c.file) && (fits || c.needed)
    })
}

/// The error if a file is known not to be orders by itself, naming what it lacks.
fn part_alone(input: &InputFile) -> Option<Error> {
    let header: Vec<String> = input.sample.header.iter().map(|h| normal_form(h)).collect();
    if presets::recognise(&header).is_some() {
        return None;
    }
    let (_, part) = presets::part(&header)?;
    Some(
        Error::new(
            Kind::Unreadable,
            format!("`{}` is {}, which does not contain {}", input.location.shown, part.is, part.lacks),
        )
        .hint(format!("also needed: {}; pass all files together, or their folder", part.needs)),
    )
}

/// Whether the file name suggests refunds.
fn is_of_refunds(input: &InputFile) -> bool {
    let words = [
        "refund",
        "return",
        "credit",
        "retour",
        "gutschrift",
        "avoir",
        "reembolso",
        "rimborsi",
        "zwrot",
        "iade",
    ];
    is_named(&stem(&input.location), &words)
}

fn is_named(stem: &str, words: &[&str]) -> bool {
    words.iter().any(|w| stem.contains(w))
}

/// Files in which columns are looked up, read once.
#[derive(Debug, Default)]
pub(super) struct LookupFiles {
    files: Vec<LookupFile>,
}

#[derive(Debug)]
struct LookupFile {
    /// The key column of the orders.
    key: String,
    columns: Vec<LookupColumn>,
    companion: Option<&'static Companion>,
    rows: u64,
    /// Values by key.
    lookup: Lookup,
}

impl LookupFile {
    fn read(input: &InputFile, key: String, its_key: usize, columns: Vec<LookupColumn>) -> Result<Self> {
        let mut lookup = Lookup::new(0, &columns);
        let mut rows = 0;
        let shown = &input.location.shown;
        input.each_row(&mut |line, record| {
            rows += 1;
            let cells = columns.iter().map(|taken| (*taken, record.cell(taken.index)));
            lookup.add(record.cell(its_key), cells, shown, line)?;
            Ok(true)
        })?;
        Ok(Self { key, columns, companion: None, rows, lookup })
    }
}

impl LookupFiles {
    fn add_companion(&mut self, input: &InputFile, companion: &'static Companion) -> Result<()> {
        let shown = &input.location.shown;
        let position = |name: &str| {
            input.sample.header.iter().position(|h| normal_form(h) == name).ok_or_else(|| {
                Error::new(
                    Kind::Unreadable,
                    format!(
                        "`{shown}` has no column `{name}`; its columns are: {}",
                        input.sample.header.join(", ")
                    ),
                )
            })
        };
        let key = position(companion.its_key)?;
        let taken = companion
            .columns
            .iter()
            // The payment method may be missing; customer and amount may not.
            .filter(|(column, name, _)| {
                matches!(column, Column::CustomerId | Column::TotalAmount) || position(name).is_ok()
            })
            .map(|(column, name, combine)| {
                Ok(LookupColumn { column: *column, index: position(name)?, combine: *combine })
            })
            .collect::<Result<Vec<_>>>()?;
        let mut file = LookupFile::read(input, companion.key.to_owned(), key, taken)?;
        file.companion = Some(companion);
        self.files.push(file);
        Ok(())
    }

    fn has(&self, companion: &Companion) -> bool {
        self.files.iter().any(|f| f.companion.is_some_and(|c| std::ptr::eq(c, companion)))
    }

    fn last_rows(&self) -> u64 {
        self.files.last().map_or(0, |f| f.rows)
    }

    /// The lookups of one order file, with the positions of its key columns.
    pub(super) fn build(&self, input: &InputFile, mapping: &FilePlan) -> Result<Vec<Lookup>> {
        let positions: HashMap<String, usize> =
            input.sample.header.iter().enumerate().map(|(i, h)| (normal_form(h), i)).collect();
        let mut lookups = Vec::new();
        for file in &self.files {
            let Some(key) = positions.get(&normal_form(&file.key)) else {
                return Err(Error::new(
                    Kind::Unreadable,
                    format!("`{}` has no column `{}` to look up by", input.location.shown, file.key),
                ));
            };
            // Columns that the orders have themselves are not looked up.
            let needed = file.columns.iter().any(|t| !mapping.columns.contains_key(&t.column));
            if needed {
                lookups.push(file.lookup.keyed(*key));
            }
        }
        Ok(lookups)
    }
}
