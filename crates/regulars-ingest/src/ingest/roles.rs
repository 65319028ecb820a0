//! Which of the files are orders, which are customers, products, or companions of a preset.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use regulars_core::columns::Column;
use regulars_core::config::{Config, Encoding, Source};

use super::Request;
use super::join_tables::{
    join_tables, preset_of, with_customers_of_refunds, with_filled_rows, with_last_states, with_refunds,
    with_totals,
};
use crate::error::{Error, Kind, Result};
use crate::files::SAMPLE_ROWS;
use crate::locations::{Location, is_plain_table, locate};
use crate::look::{FileLook, Stored, localise};
use crate::lookups::{Lookup, Taken};
use crate::plan::{self, FilePlan, Sample};
use crate::presets::{self, Companion, Several, normal_form};

/// The files that the user named.
#[derive(Debug, Clone, Default)]
pub struct Roles {
    /// Orders: files, folders, patterns, URLs, `-`.
    pub orders: Vec<String>,
    /// The customers file.
    pub customers: Option<String>,
    /// The products file, from which categories are looked up.
    pub products: Option<String>,
}

/// The files by what they are.
pub(super) struct Sorted {
    pub(super) orders: Vec<(FileLook, FilePlan)>,
    pub(super) customers: Option<FileLook>,
    pub(super) lookups: LookupFiles,
    /// Companions and products, their roles and rows, for the manifest.
    pub(super) beside: Vec<(FileLook, &'static str, u64)>,
    pub(super) notes: Vec<String>,
}

/// By header, the rows of all files with the same columns: what one month does not tell, another does.
///
/// Rows that end in a separator make columns without a name, which are no difference.
fn pooled(looks: &[FileLook]) -> BTreeMap<Vec<String>, Sample> {
    let named = |look: &FileLook| {
        let named = look.sample.header.iter().rposition(|name| !name.starts_with("column_"));
        look.sample.header[..named.map_or(0, |last| last + 1)].to_vec()
    };
    let mut pools = BTreeMap::new();
    for look in looks.iter().filter(|look| !look.sample.traits.header_missing) {
        let header = &look.sample.header;
        let alike: Vec<&FileLook> =
            looks.iter().filter(|other| !named(look).is_empty() && named(other) == named(look)).collect();
        if alike.len() < 2 || pools.contains_key(header) {
            continue;
        }
        let most = (SAMPLE_ROWS / alike.len()).max(20);
        // Rows that follow each other: some leave out what the row above says.
        let rows = alike.iter().flat_map(|other| other.sample.rows.iter().take(most));
        let rows = rows.map(|row| {
            let mut row = row.clone();
            row.resize(header.len(), String::new());
            row
        });
        pools.insert(header.clone(), look.sample.with_rows(rows.collect()));
    }
    pools
}

/// How a file's rows are changed before they are read, for files that need it.
type Rework = fn(&FileLook, &Sample, &Config, &Path) -> Result<Option<(FileLook, String)>>;

/// Files that leave out what the row above says, or tell an order in several states, with one full row each.
///
/// Errors: a file cannot be read, or can be read in two ways.
fn made_plain(looks: Vec<FileLook>, request: &Request<'_>, notes: &mut Vec<String>) -> Result<Vec<FileLook>> {
    let several = looks.len() > 1;
    let with = |rework: Rework, looks: Vec<FileLook>, notes: &mut Vec<String>| {
        let pools = pooled(&looks);
        let made = |look: FileLook| {
            if preset_of(&look, request.config).is_some() {
                return Ok(look);
            }
            let sample = pools.get(&look.sample.header).unwrap_or(&look.sample);
            match rework(&look, sample, request.config, request.scratch) {
                Ok(Some((made, note))) => {
                    notes.push(note);
                    Ok(made)
                }
                Ok(None) => Ok(look),
                // A file beside the orders need not be understood.
                Err(error) if several && error.kind == Kind::Ambiguous => Ok(look),
                Err(error) => Err(error),
            }
        };
        looks.into_iter().map(made).collect::<Result<Vec<_>>>()
    };
    let filled = with(with_filled_rows, looks, notes)?;
    let filled = with(with_customers_of_refunds, filled, notes)?;
    with(with_last_states, filled, notes)
}

/// Files with the same columns are written in one encoding: what most of their text says, where they are
/// not Unicode.
///
/// Errors: a file cannot be read any more.
fn in_one_encoding(looks: Vec<FileLook>, request: &Request<'_>) -> Result<Vec<FileLook>> {
    let mut used: BTreeMap<Vec<String>, BTreeMap<String, usize>> = BTreeMap::new();
    for look in &looks {
        if let Some(encoding) = look.legacy_encoding() {
            let rows = look.sample.rows.len();
            *used.entry(look.sample.header.clone()).or_default().entry(encoding).or_default() += rows;
        }
    }
    let most = |look: &FileLook| {
        let encodings = used.get(&look.sample.header).filter(|encodings| encodings.len() > 1)?;
        let (name, _) = encodings.iter().max_by_key(|(_, rows)| **rows)?;
        look.legacy_encoding().is_some_and(|own| own != *name).then(|| name.clone())
    };
    let again = |look: FileLook| match most(&look) {
        None => Ok(look),
        Some(name) => {
            let mut config = request.config.clone();
            config.source.encoding = Some(Encoding::new(&name));
            FileLook::open(look.location.clone(), &config, request.scratch).or(Ok(look))
        }
    };
    looks.into_iter().map(again).collect()
}

/// Files with the same columns leave out empty last fields alike: a short file may not show it by itself.
fn with_short_rows(looks: &mut [FileLook], notes: &mut Vec<String>) {
    let mut files: BTreeMap<Vec<String>, (usize, usize)> = BTreeMap::new();
    for look in looks.iter() {
        if let Stored::Text(table) = &look.stored {
            let (short, all) = files.entry(look.sample.header.clone()).or_default();
            *short += usize::from(table.short_rows);
            *all += 1;
        }
    }
    for look in looks {
        let is_usual = files.get(&look.sample.header).is_some_and(|(short, all)| short * 2 >= *all);
        if let Stored::Text(table) = &mut look.stored
            && is_usual
            && !table.short_rows
        {
            table.short_rows = true;
            notes.push(format!(
                "{}: rows may leave out empty last fields, as in the other files with these columns",
                look.location.shown
            ));
        }
    }
}

/// Looks at every file and decides what it is.
pub(super) fn sort_files(request: &Request<'_>, runtime: &tokio::runtime::Handle) -> Result<Sorted> {
    let options = request.store_options;
    let mut number = 0;
    let mut open = |location: Location| {
        number += 1;
        let location = localise(location, request.scratch, number, runtime)?;
        FileLook::open(location, request.config, request.scratch)
    };
    let mut notes = Vec::new();
    let located = without_twins(locate(&request.roles.orders, options, runtime)?, &mut notes);
    let several = located.len() > 1;
    let mut sorted = Sorted {
        orders: Vec::new(),
        customers: None,
        lookups: LookupFiles::default(),
        beside: Vec::new(),
        notes,
    };
    let mut others: Vec<(FileLook, Error)> = Vec::new();
    let mut looks = Vec::new();
    for location in located {
        if several && stem(&location) == "truth" {
            sorted
                .notes
                .push(format!("{}: left alone (the truth behind the demonstration data)", location.shown));
            continue;
        }
        let (searched, shown) = (location.searched && several, location.shown.clone());
        let look = match open(location) {
            Ok(look) => look,
            // A file that nobody named need not be read.
            Err(error) if searched && error.kind == Kind::Unreadable && !is_plain_table(&shown) => {
                sorted.notes.push(format!("{shown}: left alone: {error}"));
                continue;
            }
            Err(error) => return Err(error),
        };
        sorted.notes.extend(look.notes.iter().cloned());
        looks.push(look);
    }
    let mut looks = in_one_encoding(looks, request)?;
    with_short_rows(&mut looks, &mut sorted.notes);
    let worked = join_tables(looks, request.config, request.scratch)?;
    sorted.notes.extend(worked.notes);
    sorted.beside.extend(worked.used.into_iter().map(|(look, rows)| (look, "refunds", rows)));
    let main = worked.looks.iter().find_map(|look| preset_of(look, request.config));
    let looks = made_plain(worked.looks, request, &mut sorted.notes)?;
    let pools = pooled(&looks);
    for look in looks {
        let shown = look.location.shown.clone();
        if !request.config.mapping.contains_key(&Column::CustomerId)
            && let Some(error) = part_alone(&look)
        {
            others.push((look, error));
            continue;
        }
        // What is known to stand beside the orders is no file of orders.
        let beside = main.is_some_and(|preset| {
            let stands_beside =
                look.location.searched && is_closed(preset) || companions_of(preset, &look).next().is_some();
            preset_of(&look, request.config).is_none() && stands_beside
        });
        if beside {
            others.push((look, Error::new(Kind::Unreadable, format!("`{shown}` is no file of orders"))));
            continue;
        }
        if several && is_of_refunds(&look) && preset_of(&look, request.config).is_none() {
            let why = format!("`{shown}` is named like refunds, and could not be joined to the orders");
            others.push((look, Error::new(Kind::Unreadable, why)));
            continue;
        }
        let sample = pools.get(&look.sample.header).unwrap_or(&look.sample);
        match plan::plan(sample, &look.sample, request.config, &shown) {
            Ok(mapping) => sorted.orders.push((look, mapping)),
            Err(error)
                if several && matches!(error.kind, Kind::Unreadable | Kind::Config | Kind::Ambiguous) =>
            {
                others.push((look, error));
            }
            Err(error) => return Err(error),
        }
    }
    sorted.set_aside_by_name(&mut others);
    sorted.check_told_once()?;
    if sorted.orders.is_empty() && others.len() > 1 {
        let looks: Vec<&FileLook> = others.iter().map(|(look, _)| look).collect();
        if let Some((at, look, note)) = with_totals(&looks, request.config, request.scratch)?
            && let Ok(mapping) = plan::plan(&look.sample, &look.sample, request.config, &look.location.shown)
        {
            others.remove(at);
            sorted.notes.push(note);
            sorted.orders.push((look, mapping));
        }
    }
    sorted.work_in_refunds(&mut others, request)?;
    for (wanted, is_customers) in [(&request.roles.customers, true), (&request.roles.products, false)] {
        let Some(input) = wanted else {
            continue;
        };
        let mut files = locate(std::slice::from_ref(input), options, runtime)?;
        if files.len() != 1 {
            return Err(Error::new(
                Kind::Config,
                format!("`{input}` is {} files, expected one", files.len()),
            ));
        }
        let look = open(files.remove(0))?;
        sorted.notes.extend(look.notes.iter().cloned());
        if is_customers {
            sorted.customers = Some(look);
        } else {
            sorted.add_products(look)?;
        }
    }
    if sorted.orders.is_empty() {
        return Err(others.into_iter().next().map_or_else(
            || {
                Error::new(Kind::NotFound, "no file of orders was named")
                    .hint("give a file, a folder, a pattern, or - for standard input")
            },
            |(_, error)| error,
        ));
    }
    sorted.place_others(others)?;
    sorted.check_companions()?;
    Ok(sorted)
}

/// What files beside the orders are called that hold no orders, but other columns.
const OTHER_TABLES: [&str; 8] =
    ["customer", "client", "kunde", "checkout", "lead", "prospect", "inventory", "subscriber"];

/// What files of quotes and carts are called, which may have the columns of orders.
const QUOTES: [&str; 8] =
    ["quote", "angebot", "offerte", "devis", "estimate", "abandoned", "cart", "wishlist"];

/// The file's name without folders and endings, lowercase.
fn stem(location: &Location) -> String {
    regulars_core::names::dataset_name_from(location.file_name())
}

/// Where a folder holds the same table as Parquet, as text and as a workbook or JSON, keeps the first
/// of these.
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
                .filter(|(f, n, rank)| *f == in_folder && *n == name && *rank < own)
                .map(|(_, _, rank)| *rank)
                .min();
            match better {
                Some(0) => notes.push(format!(
                    "{}: left alone, the Parquet file of the same name is read",
                    location.shown
                )),
                Some(_) => notes
                    .push(format!("{}: left alone, the text file of the same name is read", location.shown)),
                None => {}
            }
            better.is_none()
        })
        .collect()
}

impl Sorted {
    /// Finds a place for files beside the orders, or refuses them.
    fn place_others(&mut self, others: Vec<(FileLook, Error)>) -> Result<()> {
        let preset = self.preset();
        let is_closed = preset.is_some_and(is_closed);
        let names: Vec<String> = others.iter().map(|(look, _)| stem(&look.location)).collect();
        for (look, error) in others {
            let name = stem(&look.location);
            let companions: Vec<&'static Companion> = preset
                .into_iter()
                .flat_map(|p| companions_of(p, &look))
                .filter(|c| c.instead_of.is_none_or(|file| !names.iter().any(|n| n.contains(file))))
                .collect();
            if !companions.is_empty() {
                for companion in companions {
                    if let Some(file) = companion.instead_of {
                        self.notes.push(format!(
                            "{}: read for the amounts, there is no file of {file}",
                            look.location.shown
                        ));
                    }
                    self.lookups.add_companion(&look, companion)?;
                }
                self.beside.push((look, "companion", self.lookups.last_rows()));
            } else if is_closed {
                self.notes.push(format!("{}: not used by this preset", look.location.shown));
            } else if self.customers.is_none()
                && is_named(&name, &["customer", "client", "kunde", "demographic", "user"])
            {
                self.notes.push(format!("{}: read as the customers", look.location.shown));
                self.customers = Some(look);
            } else if is_named(&name, &["product", "item", "artikel"])
                && plan::column_by_name(&look.sample, Column::ProductCategory).is_some()
            {
                self.notes.push(format!("{}: read as the products", look.location.shown));
                self.add_products(look)?;
            } else if error.kind == Kind::Unreadable && self.add_lines(&look)? {
                self.beside.push((look, "lines", self.lookups.last_rows()));
            } else if error.kind == Kind::Ambiguous {
                return Err(error);
            } else if look.location.searched && !is_plain_table(&look.location.shown) {
                self.notes.push(format!("{}: left alone: {error}", look.location.shown));
            } else {
                return Err(Error {
                    hint: error.hint.clone().filter(|_| part_alone(&look).is_some()).or(Some("name only the files of orders, or a pattern; a customers file is given by --customers, products by --products".to_owned())),
                    ..error
                });
            }
        }
        Ok(())
    }

    /// Files beside the orders that are named like something else are no orders.
    fn set_aside_by_name(&mut self, others: &mut Vec<(FileLook, Error)>) {
        let is_else = |look: &FileLook| {
            let name = stem(&look.location);
            (is_named(&name, &QUOTES) || is_named(&name, &OTHER_TABLES))
                && !is_named(&name, &["order", "sale", "invoice", "bestell", "transaction"])
        };
        let Some(orders) =
            self.orders.iter().find(|(look, _)| !is_else(look)).map(|(look, _)| look.sample.header.clone())
        else {
            return;
        };
        let (kept, aside): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.orders).into_iter().partition(|(look, plan)| {
                let is_alike = look.sample.header == orders && !is_named(&stem(&look.location), &QUOTES);
                plan.preset.is_some() || is_alike || !is_else(look)
            });
        self.orders = kept;
        others.extend(aside.into_iter().map(|(look, _)| {
            let why = format!("`{}` is not named like orders", look.location.shown);
            (look, Error::new(Kind::Unreadable, why))
        }));
    }

    /// Two tables that tell the same orders would count them twice.
    ///
    /// Errors: [`Kind::Unreadable`], which names both.
    fn check_told_once(&self) -> Result<()> {
        let header = |(look, _): &(FileLook, FilePlan)| look.sample.header.clone();
        if self.orders.iter().map(header).collect::<BTreeSet<_>>().len() < 2 {
            return Ok(());
        }
        let told = |(look, plan): &(FileLook, FilePlan)| -> BTreeSet<(String, String)> {
            let (Some(order), Some(customer)) =
                (plan.index(Column::TransactionId), plan.index(Column::CustomerId))
            else {
                return BTreeSet::new();
            };
            let of = |row: &Vec<String>| (row[order].trim().to_owned(), row[customer].trim().to_owned());
            look.sample.rows.iter().map(of).filter(|(order, _)| !order.is_empty()).collect()
        };
        let told: Vec<_> = self
            .orders
            .iter()
            .filter(|(_, plan)| plan.preset.is_none())
            .map(|file| (&file.0, told(file)))
            .collect();
        for (at, (one, orders)) in told.iter().enumerate() {
            // Files with the same columns are parts of one table, or exports that overlap.
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
                    format!("`{one}` and `{other}` tell the same orders ({shared} of the first {fewer} numbers): they would count twice"),
                )
                .hint("name the one that has the amounts; the other may hold lines or payments of the same orders"));
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
                .hint("give the folder with all files of the data set"));
            }
        }
        Ok(())
    }

    /// Works a file of refunds into the orders, where both are understood.
    fn work_in_refunds(&mut self, others: &mut Vec<(FileLook, Error)>, request: &Request<'_>) -> Result<()> {
        let is_closed = self.preset().is_some_and(is_closed);
        while let ([(orders, plan)], false) = (self.orders.as_slice(), is_closed) {
            let Some(at) = others.iter().position(|(look, _)| is_of_refunds(look)) else { break };
            let found = with_refunds(orders, plan, &others[at].0, request.config, request.scratch)?;
            let Some((made, rows, notes)) = found else { break };
            let plan = plan::plan(&made.sample, &made.sample, request.config, &made.location.shown)?;
            self.orders = vec![(made, plan)];
            self.notes.extend(notes);
            self.beside.push((others.remove(at).0, "refunds", rows));
        }
        Ok(())
    }

    /// Takes a table of order lines for what it tells beside the orders: their products.
    fn add_lines(&mut self, look: &FileLook) -> Result<bool> {
        let name = stem(&look.location);
        let Some((orders, plan)) = self.orders.first() else { return Ok(false) };
        if is_named(&name, &["refund", "return", "credit", "cancel", "payment", "transaction"]) {
            return Ok(false);
        }
        let Some(number) = plan.index(Column::TransactionId) else { return Ok(false) };
        let keys = plan::order_key(&orders.sample, Some(number));
        let Some(table) = plan::lines_of(&look.sample, &keys, &Source::default()) else { return Ok(false) };
        let taken: Vec<Taken> = table
            .product
            .filter(|_| !plan.columns.contains_key(&Column::ProductId))
            .map(|index| Taken { column: Column::ProductId, index, several: Several::First })
            .into_iter()
            .collect();
        let key = orders.sample.header[number].clone();
        self.notes.push(format!(
            "{}: lines of the orders, read for the first product of each",
            look.location.shown
        ));
        self.lookups.files.push(LookupFile::read(look, key, table.order, taken)?);
        Ok(true)
    }

    fn add_products(&mut self, look: FileLook) -> Result<()> {
        let shown = look.location.shown.clone();
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
        let key = plan::key_column(&look.sample, Column::ProductId, Some(&wanted), &shown)?;
        let Some(category) = plan::column_by_name(&look.sample, Column::ProductCategory) else {
            return Err(Error::new(
                Kind::Unreadable,
                format!(
                    "`{shown}` has no column for the category; its columns are: {}",
                    look.sample.header.join(", ")
                ),
            ));
        };
        let taken = vec![Taken { column: Column::ProductCategory, index: category, several: Several::First }];
        self.lookups.files.push(LookupFile::read(&look, wanted, key, taken)?);
        self.beside.push((look, "products", self.lookups.last_rows()));
        Ok(())
    }
}

/// Whether it is known which other files the platform writes.
fn is_closed(preset: &presets::Preset) -> bool {
    !preset.companions.is_empty() || !preset.parts.is_empty()
}

/// What a file beside the orders is for, by its name and its columns.
fn companions_of<'a>(
    preset: &'static presets::Preset,
    look: &'a FileLook,
) -> impl Iterator<Item = &'static Companion> + use<'a> {
    let name = stem(&look.location);
    let header: Vec<String> = look.sample.header.iter().map(|h| normal_form(h)).collect();
    let has = move |wanted: &str| header.iter().any(|h| h == wanted);
    preset.companions.iter().filter(move |c| {
        let fits = has(c.its_key) && c.columns.iter().any(|(_, source, _)| has(source));
        name.contains(c.file) && (fits || c.needed)
    })
}

/// Why a file that is known to be no orders cannot be read without the file that has what it lacks.
fn part_alone(look: &FileLook) -> Option<Error> {
    let header: Vec<String> = look.sample.header.iter().map(|h| normal_form(h)).collect();
    if presets::recognise(&header).is_some() {
        return None;
    }
    let (_, part) = presets::part(&header)?;
    Some(
        Error::new(
            Kind::Unreadable,
            format!("`{}` is {}, which does not hold {}", look.location.shown, part.is, part.lacks),
        )
        .hint(format!("missing is {}; give all files together, or their folder", part.needs)),
    )
}

/// Whether a file is named like one of refunds.
fn is_of_refunds(look: &FileLook) -> bool {
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
    is_named(&stem(&look.location), &words)
}

fn is_named(stem: &str, words: &[&str]) -> bool {
    words.iter().any(|w| stem.contains(w))
}

/// Files from which columns are looked up, read once.
#[derive(Debug, Default)]
pub(super) struct LookupFiles {
    files: Vec<LookupFile>,
}

#[derive(Debug)]
struct LookupFile {
    /// The column of the orders that holds the key.
    key: String,
    columns: Vec<Taken>,
    companion: Option<&'static Companion>,
    rows: u64,
    /// Key as text, and the values.
    lookup: Lookup,
}

impl LookupFile {
    fn read(look: &FileLook, key: String, its_key: usize, columns: Vec<Taken>) -> Result<Self> {
        let mut lookup = Lookup::new(0, &columns);
        let mut rows = 0;
        let shown = &look.location.shown;
        look.each_row(&mut |line, record| {
            rows += 1;
            let cells = columns.iter().map(|taken| (*taken, record.cell(taken.index)));
            lookup.add(record.cell(its_key), cells, shown, line)?;
            Ok(true)
        })?;
        Ok(Self { key, columns, companion: None, rows, lookup })
    }
}

impl LookupFiles {
    fn add_companion(&mut self, look: &FileLook, companion: &'static Companion) -> Result<()> {
        let shown = &look.location.shown;
        let position = |name: &str| {
            look.sample.header.iter().position(|h| normal_form(h) == name).ok_or_else(|| {
                Error::new(
                    Kind::Unreadable,
                    format!(
                        "`{shown}` has no column `{name}`; its columns are: {}",
                        look.sample.header.join(", ")
                    ),
                )
            })
        };
        let key = position(companion.its_key)?;
        let taken = companion
            .columns
            .iter()
            // How it was paid may be missing; who bought and what was paid may not.
            .filter(|(column, name, _)| {
                matches!(column, Column::CustomerId | Column::TotalAmount) || position(name).is_ok()
            })
            .map(|(column, name, several)| {
                Ok(Taken { column: *column, index: position(name)?, several: *several })
            })
            .collect::<Result<Vec<_>>>()?;
        let mut file = LookupFile::read(look, companion.key.to_owned(), key, taken)?;
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

    /// The lookups of one orders file, its key columns found.
    pub(super) fn build(&self, look: &FileLook, mapping: &FilePlan) -> Result<Vec<Lookup>> {
        let positions: HashMap<String, usize> =
            look.sample.header.iter().enumerate().map(|(i, h)| (normal_form(h), i)).collect();
        let mut lookups = Vec::new();
        for file in &self.files {
            let Some(key) = positions.get(&normal_form(&file.key)) else {
                return Err(Error::new(
                    Kind::Unreadable,
                    format!("`{}` has no column `{}` to look up by", look.location.shown, file.key),
                ));
            };
            // A column that the orders have themselves is not looked up.
            let needed = file.columns.iter().any(|t| !mapping.columns.contains_key(&t.column));
            if needed {
                lookups.push(file.lookup.keyed(*key));
            }
        }
        Ok(lookups)
    }
}
