//! Matches returns and cancellations with orders (policy `match`).
//!
//! A return is all rows with one number, one customer and negative amounts. Returns are matched in
//! chronological order: first those that refer to an order or equal it, then all others. Candidates are the
//! customer's orders of the last `match_days`:
//!
//! 1. by number: the order with the same number (at any age, if it was large enough), or the order that the
//!    return refers to;
//! 2. by items: the latest order with exactly the same items; otherwise the latest that contains all of them;
//!    otherwise, line by line, the latest order with the product;
//! 3. by amount, if one of the two has no products: the latest order with exactly this amount.
//!
//! An order with nothing left no longer counts as a purchase. An unmatched return remains a row and reduces
//! the customer's spend from its date on. An order at the very time of the return is not a candidate: the two
//! are an exchange.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use regulars_core::dates::DAY_MICROS;
use xxhash_rust::xxh3::xxh3_64;

use super::{Edit, Edits, Facts};
use crate::error::{Error, Kind, Result};
use crate::land::write_error;
use crate::schema::{self, IdKinds};

/// What returns are matched with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matching<'a> {
    /// The folder with the landed `transactions.parquet`.
    pub(crate) folder: &'a Path,
    pub(crate) kinds: IdKinds,
    /// Number of clean rows by task; each task with rows is one row group.
    pub(crate) rows_by_task: &'a [u64],
    /// Edits decided earlier.
    pub(crate) edits: &'a [Edits],
    pub(crate) facts: &'a [(usize, Facts)],
    pub(crate) match_days: u32,
    /// Every row is an order.
    pub(crate) orders_are_rows: bool,
    /// Several customers share order numbers, so numbers restart.
    pub(crate) numbers_are_shared: bool,
    /// There are returns to match; otherwise only an empty table is written.
    pub(crate) any: bool,
}

/// The result of matching.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ReturnsFound {
    /// By task.
    pub(crate) edits: Vec<Edits>,
    /// Number of returns, and of those whose amount is fully matched.
    pub(crate) returns: u64,
    pub(crate) matched: u64,
    /// Orders with nothing left.
    pub(crate) cancelled_orders: u64,
    /// Orders with something left.
    pub(crate) reduced_orders: u64,
}

/// A row of a customer with returns.
#[derive(Debug, Clone, Copy)]
struct Event {
    customer: u64,
    transaction: u64,
    /// Its order as in [`Facts::orders`], and the order it refers to; 0 if unknown.
    order: u64,
    reference: u64,
    micros: i64,
    /// 0 if there is none.
    product: u64,
    quantity_milli: Option<i64>,
    amount_minor: i64,
    returned_minor: i64,
    task: u32,
    number: u32,
}

/// Matches returns; writes `returns.parquet` with the returned sales and times, and returns the edits of the
/// landed rows.
///
/// Errors: the landed table cannot be read, or `returns.parquet` cannot be written.
pub(crate) fn match_returns(matching: &Matching<'_>) -> Result<ReturnsFound> {
    let mut found =
        ReturnsFound { edits: vec![Vec::new(); matching.rows_by_task.len()], ..ReturnsFound::default() };
    let customers = if matching.any { customers_with_returns(matching)? } else { HashSet::new() };
    let mut undone: Vec<Undone> = Vec::new();
    if !customers.is_empty() {
        let mut events = events_of(matching, &customers)?;
        let rows_are = InTime::of(&events);
        events.sort_unstable_by_key(|e| (e.customer, e.micros, e.task, e.number));
        for history in events.chunk_by(|a, b| a.customer == b.customer) {
            Customer::new(history, matching, rows_are).settle(&mut found, &mut undone);
        }
        for edits in &mut found.edits {
            edits.sort_unstable_by_key(|(number, _)| *number);
        }
    }
    write_returns(matching, undone)?;
    Ok(found)
}

/// A sale row that was returned, in part or in full.
#[derive(Debug, Clone, Copy)]
struct Undone {
    task: u32,
    number: u32,
    amount_minor: i64,
    quantity_milli: Option<i64>,
    returned_at: i64,
    cancelled: bool,
}

#[derive(Debug, Clone)]
struct Line {
    event: Event,
    left_minor: i64,
    left_milli: Option<i64>,
    /// Returns of the line: time, amount and quantity.
    back_at: Vec<(i64, i64, Option<i64>)>,
}

#[derive(Debug)]
struct Order {
    transaction: u64,
    /// As in [`Facts::orders`].
    hash: u64,
    micros: i64,
    /// Position of its first row in the files.
    place: (u32, u32),
    lines: Vec<Line>,
}

impl Order {
    fn left(&self) -> i64 {
        self.lines.iter().map(|l| l.left_minor).sum()
    }

    fn is_touched(&self) -> bool {
        self.lines.iter().any(|l| !l.back_at.is_empty())
    }

    fn names_products(&self) -> bool {
        self.lines.iter().any(|l| l.event.product != 0)
    }
}

/// How certain it is that a return belongs to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    /// It refers to the order, or equals it.
    Clearly,
    /// It may be a part of it.
    Likely,
}

/// How rows are ordered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InTime {
    OldestFirst,
    NewestFirst,
    Mixed,
}

impl InTime {
    /// Determines the order of rows, which are in file order.
    fn of(events: &[Event]) -> Self {
        let pairs = || events.windows(2).filter(|pair| pair[0].task == pair[1].task);
        let later = pairs().filter(|pair| pair[0].micros < pair[1].micros).count();
        let earlier = pairs().filter(|pair| pair[0].micros > pair[1].micros).count();
        match (later, earlier) {
            (later, earlier) if earlier * 10 <= later || later + earlier == 0 => Self::OldestFirst,
            (later, earlier) if later * 10 <= earlier => Self::NewestFirst,
            _ => Self::Mixed,
        }
    }
}

struct Customer {
    rows_are: InTime,
    orders: Vec<Order>,
    returns: Vec<Vec<Event>>,
    match_micros: i64,
    numbers_are_shared: bool,
}

impl Customer {
    fn new(history: &[Event], matching: &Matching<'_>, rows_are: InTime) -> Self {
        let mut orders: Vec<Order> = Vec::new();
        let mut by_number: HashMap<u64, usize> = HashMap::new();
        let mut returns: Vec<Vec<Event>> = Vec::new();
        let mut returns_by_number: HashMap<u64, usize> = HashMap::new();
        for event in history {
            if event.amount_minor < 0 {
                let at = *returns_by_number.entry(event.transaction).or_insert_with(|| {
                    returns.push(Vec::new());
                    returns.len() - 1
                });
                // Returns with the same number on different days are separate returns.
                if returns[at]
                    .first()
                    .is_some_and(|first| first.micros / DAY_MICROS != event.micros / DAY_MICROS)
                {
                    returns.push(vec![*event]);
                    returns_by_number.insert(event.transaction, returns.len() - 1);
                } else {
                    returns[at].push(*event);
                }
                continue;
            }
            let line = Line {
                event: *event,
                left_minor: event.amount_minor,
                left_milli: event.quantity_milli,
                back_at: Vec::new(),
            };
            let known =
                if matching.orders_are_rows { None } else { by_number.get(&event.transaction).copied() };
            match known {
                Some(at) => orders[at].lines.push(line),
                None => {
                    by_number.insert(event.transaction, orders.len());
                    orders.push(Order {
                        transaction: event.transaction,
                        hash: event.order,
                        micros: event.micros,
                        place: (event.task, event.number),
                        lines: vec![line],
                    });
                }
            }
        }
        returns.sort_by_key(|r| (r[0].micros, r[0].task, r[0].number));
        Self {
            rows_are,
            orders,
            returns,
            match_micros: i64::from(matching.match_days) * DAY_MICROS,
            numbers_are_shared: matching.numbers_are_shared,
        }
    }

    fn settle(mut self, found: &mut ReturnsFound, undone: &mut Vec<Undone>) {
        // By row of a return: the amount not yet matched, and whether an order was cancelled with it.
        let returns: Vec<Vec<Event>> = std::mem::take(&mut self.returns);
        let mut lefts: Vec<Vec<i64>> =
            returns.iter().map(|rows| rows.iter().map(|r| -r.amount_minor).collect()).collect();
        let mut all_cancels: Vec<Vec<bool>> = returns.iter().map(|rows| vec![false; rows.len()]).collect();
        // Returns that clearly belong to an order leave the other orders to the rest.
        for how in [Belongs::Clearly, Belongs::Likely] {
            for ((rows, left), cancels) in returns.iter().zip(&mut lefts).zip(&mut all_cancels) {
                if left.iter().any(|left| *left > 0) {
                    self.find_order(rows, how, left, cancels);
                }
            }
        }
        for ((rows, left), cancels) in returns.iter().zip(&lefts).zip(&all_cancels) {
            found.returns += 1;
            found.matched += u64::from(left.iter().all(|l| *l == 0));
            for ((row, left), cancels) in rows.iter().zip(left).zip(cancels) {
                let edit = if *left == 0 {
                    Edit::Drop(if *cancels { "cancellation" } else { "return" }, Some(row.amount_minor))
                } else if *left == -row.amount_minor {
                    continue;
                } else {
                    Edit::Amount { minor: -left, returned_minor: row.returned_minor, returned_milli: 0 }
                };
                found.edits[row.task as usize].push((row.number, edit));
            }
        }
        for order in &self.orders {
            if !order.is_touched() {
                continue;
            }
            let gone = order.left() == 0;
            if gone {
                found.cancelled_orders += 1;
            } else {
                found.reduced_orders += 1;
            }
            for line in &order.lines {
                let event = &line.event;
                let edit = if gone {
                    Edit::Drop("cancelled_order", Some(event.amount_minor))
                } else if line.back_at.is_empty() {
                    continue;
                } else if line.left_minor == 0 {
                    Edit::Drop("returned_line", Some(event.amount_minor))
                } else {
                    Edit::Amount {
                        minor: line.left_minor,
                        returned_minor: event.returned_minor + event.amount_minor - line.left_minor,
                        returned_milli: event.quantity_milli.unwrap_or(0) - line.left_milli.unwrap_or(0),
                    }
                };
                found.edits[event.task as usize].push((event.number, edit));
            }
            Self::undo(order, gone, undone);
        }
    }

    /// Adds the returned lines of an order to `undone`.
    fn undo(order: &Order, gone: bool, undone: &mut Vec<Undone>) {
        let last =
            order.lines.iter().flat_map(|l| &l.back_at).map(|(at, ..)| *at).max().unwrap_or(order.micros);
        for line in &order.lines {
            let row = |amount_minor, quantity_milli, returned_at| Undone {
                task: line.event.task,
                number: line.event.number,
                amount_minor,
                quantity_milli,
                returned_at,
                cancelled: gone,
            };
            for (at, minor, milli) in &line.back_at {
                undone.push(row(*minor, *milli, *at));
            }
            // A free line is returned with its order.
            if gone && line.back_at.is_empty() {
                undone.push(row(line.event.amount_minor, line.event.quantity_milli, last));
            }
        }
    }

    fn find_order(&mut self, rows: &[Event], how: Belongs, left: &mut [i64], cancels: &mut [bool]) {
        let at = rows[0].micros;
        let total: i64 = left.iter().sum();
        let is_whole = total == -rows.iter().map(|row| row.amount_minor).sum::<i64>();
        let names_products = rows.iter().any(|r| r.product != 0);
        let wanted = wanted(rows);
        // 1. By number, its own or the one it refers to; restarting numbers come later.
        let is_named = |o: &Order| rows.iter().any(|row| row.reference != 0 && row.reference == o.hash);
        let by_number = |o: &Order| {
            // A receipt with returns of other products than it sells is an exchange.
            let takes_its_own = o.micros < at
                || o.lines
                    .iter()
                    .any(|l| rows.iter().any(|r| r.product == l.event.product || r.product == 0));
            // A larger return, or of other products, belongs to another order whose number restarted.
            let may_be_its = if self.numbers_are_shared {
                o.left() >= total && (!names_products || !o.names_products() || has_all(o, &wanted))
            } else {
                at - o.micros <= self.match_micros || o.left() >= total
            };
            let is_its = o.transaction == rows[0].transaction && takes_its_own && may_be_its || is_named(o);
            is_its && o.micros.div_euclid(DAY_MICROS) <= at.div_euclid(DAY_MICROS) && o.left() > 0
        };
        let numbered = self.orders.iter().position(by_number);
        let is_sure = |order: &Order| {
            is_named(order) || !self.numbers_are_shared && at - order.micros <= self.match_micros
        };
        if let Some(order) = numbered.filter(|order| is_sure(&self.orders[*order])) {
            return self.reduce(order, rows, left, cancels);
        }
        let place = (rows[0].task, rows[0].number);
        let is_day_only = at % DAY_MICROS == 0;
        let mirrors = |order: &Order| {
            let has_items = !names_products || has_all(order, &wanted);
            has_items && order.left() == total && !order.is_touched()
        };
        // Within a day, row order shows what came first only if rows are in chronological order.
        let same_day = |order: &Order| match self.rows_are {
            InTime::OldestFirst => order.place < place,
            InTime::NewestFirst => order.place > place,
            InTime::Mixed => mirrors(order),
        };
        let earlier: Vec<usize> = (0..self.orders.len())
            .rev()
            .filter(|i| {
                let order = &self.orders[*i];
                let before = order.micros < at || (is_day_only && order.micros == at && same_day(order));
                before && at - order.micros <= self.match_micros && order.left() > 0
            })
            .collect();
        // If numbers may restart, an order equal to the return takes precedence over its number.
        let mirrored = earlier.iter().copied().find(|i| mirrors(&self.orders[*i]));
        if how == Belongs::Clearly || numbered.is_some() {
            if let Some(order) = mirrored.or(numbered) {
                self.reduce(order, rows, left, cancels);
            }
            return;
        }
        if names_products {
            // 2. By items.
            if let Some(order) = earlier.iter().copied().find(|i| has_all(&self.orders[*i], &wanted)) {
                return self.reduce(order, rows, left, cancels);
            }
            for (at, row) in rows.iter().enumerate().filter(|(_, r)| r.product != 0) {
                let wanted = self::wanted(std::slice::from_ref(row));
                if let Some(order) = earlier.iter().copied().find(|i| has_all(&self.orders[*i], &wanted)) {
                    self.reduce(order, &rows[at..=at], &mut left[at..=at], &mut cancels[at..=at]);
                }
            }
        }
        // 3. By amount: an order without products. Returns without products were matched with equal orders
        // before.
        let open: i64 = left.iter().sum();
        if names_products
            && open == total
            && is_whole
            && let Some(order) = earlier.iter().copied().find(|i| {
                let order = &self.orders[*i];
                !order.names_products() && order.left() == total && !order.is_touched()
            })
        {
            self.reduce(order, rows, left, cancels);
        }
    }

    /// Subtracts a return from an order: first from lines of the same product.
    fn reduce(&mut self, order: usize, rows: &[Event], left: &mut [i64], cancels: &mut [bool]) {
        let order = &mut self.orders[order];
        for own_product in [true, false] {
            for (row, left) in rows.iter().zip(left.iter_mut()) {
                let mut milli = row.quantity_milli.map_or(0, i64::abs);
                for line in &mut order.lines {
                    if *left == 0 {
                        break;
                    }
                    let same = row.product != 0 && line.event.product == row.product;
                    if same != own_product || line.left_minor == 0 {
                        continue;
                    }
                    let taken = line.left_minor.min(*left);
                    *left -= taken;
                    line.left_minor -= taken;
                    let taken_milli = line.left_milli.map(|has| {
                        // If the return has no quantity, it is proportional to the amount.
                        let pieces = if line.left_minor == 0 {
                            has
                        } else if same && milli > 0 {
                            milli.min(has)
                        } else {
                            0
                        };
                        milli -= pieces.min(milli);
                        pieces
                    });
                    line.left_milli = line.left_milli.zip(taken_milli).map(|(has, taken)| has - taken);
                    line.back_at.push((row.micros, taken, taken_milli));
                }
            }
        }
        if order.left() == 0 {
            cancels.fill(true);
        }
    }
}

/// Quantity and amount of each product of a return.
fn wanted(rows: &[Event]) -> BTreeMap<u64, (i64, i64)> {
    let mut wanted: BTreeMap<u64, (i64, i64)> = BTreeMap::new();
    for row in rows {
        let entry = wanted.entry(row.product).or_default();
        entry.0 += row.quantity_milli.map_or(0, i64::abs);
        entry.1 -= row.amount_minor;
    }
    wanted
}

/// Whether that much is left of an order.
fn has_all(order: &Order, wanted: &BTreeMap<u64, (i64, i64)>) -> bool {
    wanted.iter().all(|(product, (milli, minor))| {
        let lines = || order.lines.iter().filter(|l| l.event.product == *product);
        let has_minor: i64 = lines().map(|l| l.left_minor).sum();
        let has_milli: Option<i64> = lines().map(|l| l.left_milli).sum();
        *product != 0 && has_minor >= *minor && has_milli.is_none_or(|has| has >= *milli)
    })
}

fn id_hashes(array: &ArrayRef) -> Vec<u64> {
    if let Some(ids) = array.as_primitive_opt::<Int64Type>() {
        return (0..ids.len())
            .map(|i| if ids.is_valid(i) { xxh3_64(&ids.value(i).to_le_bytes()).max(1) } else { 0 })
            .collect();
    }
    let ids = array.as_string::<i32>();
    (0..ids.len())
        .map(|i| if ids.is_valid(i) { xxh3_64(ids.value(i).as_bytes()).max(1) } else { 0 })
        .collect()
}

/// Calls back with every batch of the landed table, its task and the index of its first row.
fn each_batch(
    matching: &Matching<'_>,
    columns: &[usize],
    each: &mut dyn FnMut(u32, u32, &RecordBatch) -> Result<()>,
) -> Result<()> {
    let path = matching.folder.join("transactions.parquet");
    let shown = path.display().to_string();
    let broken = |e: String| Error::new(Kind::Io, format!("cannot read `{shown}`: {e}"));
    let tasks = matching.rows_by_task.iter().enumerate().filter(|(_, rows)| **rows > 0);
    for (group, (task, _)) in tasks.enumerate() {
        let file = fs_err::File::open(&path).map_err(|e| Error::io("open", &shown, &e))?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(file.into_file()).map_err(|e| broken(e.to_string()))?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let reader = builder
            .with_row_groups(vec![group])
            .with_projection(mask)
            .build()
            .map_err(|e| broken(e.to_string()))?;
        let mut number = 0;
        for batch in reader {
            let batch = batch.map_err(|e| broken(e.to_string()))?;
            each(task as u32, number, &batch)?;
            number += batch.num_rows() as u32;
        }
    }
    Ok(())
}

/// Customers with a negative row.
fn customers_with_returns(matching: &Matching<'_>) -> Result<HashSet<u64>> {
    let mut customers = HashSet::new();
    each_batch(matching, &[1, 9], &mut |_, _, batch| {
        let amounts = batch.column(1).as_primitive::<Int64Type>();
        if amounts.values().iter().all(|a| *a >= 0) {
            return Ok(());
        }
        let ids = id_hashes(batch.column(0));
        customers.extend(ids.into_iter().zip(amounts.values()).filter(|(_, a)| **a < 0).map(|(id, _)| id));
        Ok(())
    })?;
    Ok(customers)
}

/// All rows of these customers, after earlier edits.
fn events_of(matching: &Matching<'_>, customers: &HashSet<u64>) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    let edits: Vec<HashMap<u32, Edit>> = matching.edits.iter().map(|e| e.iter().copied().collect()).collect();
    each_batch(matching, &[0, 1, 2, 4, 6, 9], &mut |task, first, batch| {
        let (transactions, owners) = (id_hashes(batch.column(0)), id_hashes(batch.column(1)));
        let micros = batch.column(2).as_primitive::<TimestampMicrosecondType>();
        let products = id_hashes(batch.column(3));
        let quantities = batch.column(4).as_primitive::<Int64Type>();
        let amounts = batch.column(5).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            if !customers.contains(&owners[row]) {
                continue;
            }
            let number = first + row as u32;
            // A row refunded by its status needs no matching.
            let facts = matching.facts.get(task as usize).map(|(_, facts)| facts);
            let edit = edits.get(task as usize).and_then(|e| e.get(&number));
            let refunded = match edit {
                Some(Edit::Refund { amount_minor, returned_minor }) => returned_minor >= amount_minor,
                _ => facts.and_then(|f| f.refunded.get(number as usize)) == Some(&true),
            };
            if refunded {
                continue;
            }
            let hash = |of: fn(&Facts) -> &Vec<u64>| {
                facts.and_then(|f| of(f).get(number as usize)).copied().unwrap_or_default()
            };
            let mut event = Event {
                customer: owners[row],
                transaction: transactions[row],
                order: hash(|f| &f.orders),
                reference: hash(|f| &f.references),
                micros: micros.value(row),
                product: products[row],
                quantity_milli: quantities.is_valid(row).then(|| quantities.value(row)),
                amount_minor: amounts.value(row),
                returned_minor: 0,
                task,
                number,
            };
            match edit {
                Some(Edit::Drop(..)) => continue,
                Some(Edit::Amount { minor, returned_minor, .. }) => {
                    (event.amount_minor, event.returned_minor) = (*minor, *returned_minor);
                }
                Some(Edit::Refund { amount_minor, returned_minor }) => {
                    (event.amount_minor, event.returned_minor) =
                        (amount_minor - returned_minor, *returned_minor);
                }
                None => {}
            }
            events.push(event);
        }
        Ok(())
    })?;
    Ok(events)
}

/// Writes `returns.parquet`: the columns of `transactions` for the returned part of a sale, and the time.
fn write_returns(matching: &Matching<'_>, mut undone: Vec<Undone>) -> Result<()> {
    undone.sort_unstable_by_key(|u| (u.task, u.number, u.returned_at));
    let name = "returns.parquet";
    let path = matching.folder.join(name);
    let file =
        fs_err::File::create(&path).map_err(|e| Error::io("write", &path.display().to_string(), &e))?;
    let schema = schema::returns(matching.kinds);
    let failed = |e| write_error(name, &e);
    let mut writer =
        ArrowWriter::try_new(file, schema.clone(), Some(schema::properties(&schema))).map_err(failed)?;
    if !undone.is_empty() {
        let all: Vec<usize> = (0..regulars_core::columns::Column::LANDED).collect();
        let mut rest = undone.as_slice();
        each_batch(matching, &all, &mut |task, first, batch| {
            let end = first + batch.num_rows() as u32;
            let here = rest.partition_point(|u| (u.task, u.number) < (task, end));
            let (rows, later) = rest.split_at(here);
            rest = later;
            if rows.is_empty() {
                return Ok(());
            }
            let wanted = UInt32Array::from_iter_values(rows.iter().map(|u| u.number - first));
            let mut columns: Vec<ArrayRef> = batch
                .columns()
                .iter()
                .map(|column| take(column, &wanted, None))
                .collect::<std::result::Result<_, _>>()
                .map_err(|e| Error::new(Kind::Io, e.to_string()))?;
            columns[6] = Arc::new(rows.iter().map(|u| u.quantity_milli).collect::<Int64Array>());
            columns[9] = Arc::new(Int64Array::from_iter_values(rows.iter().map(|u| u.amount_minor)));
            columns.push(Arc::new(TimestampMicrosecondArray::from_iter_values(
                rows.iter().map(|u| u.returned_at),
            )));
            let kinds = rows.iter().map(|u| if u.cancelled { "cancelled" } else { "returned" });
            columns.push(Arc::new(StringArray::from_iter_values(kinds)));
            let batch = RecordBatch::try_new(schema.clone(), columns)
                .map_err(|e| Error::new(Kind::Io, e.to_string()))?;
            writer.write(&batch).map_err(failed)
        })?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}
