//! Recency, frequency, monetary value and tenure directly from the rows, for scores without a run.
//!
//! Reads the same tasks and classifies rows by the same rules as landing, but keeps only a few numbers per
//! customer. Only for rows that are separate purchases, with ascending ids (or no ids and a single file):
//! duplicates and shared orders are not detected here.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use super::fast_path::{BatchFastPath, FastPathRow, Sale, TextFastPath};
use super::read::{Visit, read};
use super::{Pass, Stop, Task, feed};
use crate::classify::{Cells, Rejection, Row, Rules, Verdict};
use crate::error::{Error, Kind};
use crate::files::Repaired;
use crate::ids::Id;
use crate::parquet_rows::{BatchCells, BatchRow};
use crate::row_checks::RowChecks;

/// The values of one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CustomerTotals {
    pub(crate) first_micros: i64,
    pub(crate) last_micros: i64,
    pub(crate) orders: i64,
    pub(crate) spend_minor: i64,
}

/// All customers by id.
#[derive(Debug)]
pub(crate) enum TotalsById {
    Whole(Vec<(i64, CustomerTotals)>),
    Text(Vec<(String, CustomerTotals)>),
}

/// The result of measuring.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) measures: TotalsById,
    pub(crate) last_micros: Option<i64>,
    pub(crate) read: u64,
    pub(crate) clean: u64,
    /// Number of refund rows.
    pub(crate) returns: u64,
    /// What the rows showed about the plan, by file.
    pub(crate) checks: Vec<RowChecks>,
}

/// Hashes integers by multiplication; ids come from shops, not from attackers.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn write_i64(&mut self, value: i64) {
        self.write_u64(value as u64);
    }
}

/// Customers with small integer ids, indexed by id: most shops count from 1, and an index costs a fraction of
/// a hash lookup.
#[derive(Default)]
struct Pages {
    pages: Vec<Option<Box<[CustomerTotals]>>>,
}

/// Customers per page.
const PAGE: i64 = 4096;
/// Maximum number of waiting rows.
const WAITING: usize = 4096;
/// Ids from here on use the hash table.
const PAGED: i64 = 1 << 24;

impl Pages {
    fn slot(&mut self, id: i64) -> &mut CustomerTotals {
        let (page, place) = ((id / PAGE) as usize, (id % PAGE) as usize);
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || None);
        }
        &mut self.pages[page]
            .get_or_insert_with(|| vec![CustomerTotals::NONE; PAGE as usize].into_boxed_slice())[place]
    }

    fn into_measures(self) -> impl Iterator<Item = (i64, CustomerTotals)> {
        self.pages.into_iter().enumerate().flat_map(|(number, page)| {
            let first = number as i64 * PAGE;
            page.into_iter().flat_map(move |page| {
                page.into_vec().into_iter().enumerate().map(move |(i, m)| (first + i as i64, m))
            })
        })
    }
}

#[derive(Default)]
struct Sums {
    pages: Pages,
    /// Rows not yet added to `pages`. They are added in a tight loop, so that memory accesses of several
    /// customers overlap.
    waiting: Vec<(i64, CustomerTotals)>,
    whole: HashMap<i64, CustomerTotals, BuildHasherDefault<IdHasher>>,
    text: HashMap<String, CustomerTotals>,
    last_micros: Option<i64>,
    read: u64,
    clean: u64,
    returns: u64,
    /// Checks by file.
    checks: Vec<RowChecks>,
}

/// First and last transaction id of every task, to check that they ascend.
type IdRuns = Vec<(usize, Option<(i64, i64)>)>;

/// Measures all customers; `check_ids`: there are transaction ids, which must ascend.
pub(crate) fn measure(pass: &Pass<'_>, check_ids: bool, net_refunds: bool) -> Result<Measured, Stop> {
    let stopped = AtomicBool::new(false);
    let (sender, receiver) = mpsc::sync_channel(1);
    let tasks = Arc::new(Mutex::new(receiver));
    let worker = |tasks: &Mutex<mpsc::Receiver<_>>| -> Result<(Sums, IdRuns), Stop> {
        let mut sums = Sums::default();
        let mut runs = IdRuns::new();
        loop {
            let next = tasks.lock().map_or(None, |queue| queue.recv().ok());
            let Some((number, task)) = next else {
                return Ok((sums, runs));
            };
            if stopped.load(Ordering::Relaxed) {
                return Ok((sums, runs));
            }
            match sums.task(pass, task, check_ids, net_refunds) {
                Ok(ids) => runs.push((number, ids)),
                Err(stop) => {
                    stopped.store(true, Ordering::Relaxed);
                    return Err(stop);
                }
            }
        }
    };
    let (parts, fed) = std::thread::scope(|scope| {
        let feeder = scope.spawn(|| {
            // Dropped at the end, which tells the workers to stop.
            let sender = sender;
            feed::feed(pass, &sender, &stopped)
        });
        let workers: Vec<_> = (0..pass.threads.max(1))
            .map(|_| {
                let tasks = Arc::clone(&tasks);
                scope.spawn(|| {
                    let tasks = tasks;
                    worker(&tasks)
                })
            })
            .collect();
        drop(tasks);
        let panicked = || Stop::Failed(Error::new(Kind::Io, "reading stopped without a reason"));
        let parts: Vec<_> =
            workers.into_iter().map(|w| w.join().unwrap_or_else(|_panic| Err(panicked()))).collect();
        (parts, feeder.join().map_err(|_panic| panicked()))
    });
    let parts = parts.into_iter().collect::<Result<Vec<_>, Stop>>()?;
    fed??;
    let mut runs: IdRuns = Vec::new();
    let mut sums = Sums::default();
    for (part, part_runs) in parts {
        sums.merge(part);
        runs.extend(part_runs);
    }
    runs.sort_unstable_by_key(|(number, _)| *number);
    let ids: Vec<(i64, i64)> = runs.into_iter().filter_map(|(_, ids)| ids).collect();
    if check_ids && !ids.windows(2).all(|w| w[0].1 < w[1].0) {
        return Err(Stop::Unordered);
    }
    Ok(sums.finish())
}

impl Sums {
    /// Adds one task; returns its first and last transaction id.
    fn task(
        &mut self,
        pass: &Pass<'_>,
        task: Task,
        check_ids: bool,
        net_refunds: bool,
    ) -> Result<Option<(i64, i64)>, Stop> {
        let file = task.file();
        let rules = &pass.files[file].rules;
        let checks = RowChecks::default();
        let fast_path = TextFastPath::new(rules, check_ids);
        let mut visitor =
            Measuring { sums: self, rules, fast_path, checks, ids: None, check_ids, net_refunds };
        read(pass, task, &mut visitor)?;
        let (ids, checks) = (visitor.ids, visitor.checks);
        self.checks.resize(pass.files.len(), RowChecks::default());
        self.checks[file].merge(checks);
        Ok(ids)
    }

    /// Counts a clean row; returns its contribution to the customer.
    #[inline]
    fn count(&mut self, micros: i64, amount_minor: i64, net_refunds: bool) -> CustomerTotals {
        self.clean += 1;
        self.last_micros = self.last_micros.max(Some(micros));
        let refund = net_refunds && amount_minor < 0;
        self.returns += u64::from(refund);
        CustomerTotals {
            first_micros: if refund { i64::MAX } else { micros },
            last_micros: if refund { i64::MIN } else { micros },
            orders: i64::from(!refund),
            spend_minor: amount_minor,
        }
    }

    #[inline]
    fn add_whole(&mut self, id: i64, new: CustomerTotals) {
        if (0..PAGED).contains(&id) {
            self.waiting.push((id, new));
            if self.waiting.len() == WAITING {
                self.flush();
            }
        } else {
            self.whole.entry(id).and_modify(|known| known.merge(new)).or_insert(new);
        }
    }

    fn add(&mut self, row: &Row<'_>, net_refunds: bool) {
        let new = self.count(row.micros, row.amount_minor, net_refunds);
        match &row.customer {
            Id::Whole(id) => self.add_whole(*id, new),
            Id::Text(id) => match self.text.get_mut(id.as_ref()) {
                Some(known) => known.merge(new),
                None => {
                    self.text.insert(id.to_string(), new);
                }
            },
        }
    }

    fn flush(&mut self) {
        for (id, new) in self.waiting.drain(..) {
            self.pages.slot(id).merge(new);
        }
    }

    fn merge(&mut self, mut other: Self) {
        other.flush();
        for (id, new) in
            std::mem::take(&mut other.pages).into_measures().filter(|(_, m)| *m != CustomerTotals::NONE)
        {
            self.pages.slot(id).merge(new);
        }
        if other.whole.len() > self.whole.len() {
            std::mem::swap(&mut self.whole, &mut other.whole);
        }
        #[expect(clippy::iter_over_hash_type, reason = "sums of whole numbers do not depend on their order")]
        for (id, new) in other.whole {
            self.whole.entry(id).and_modify(|known| known.merge(new)).or_insert(new);
        }
        #[expect(clippy::iter_over_hash_type, reason = "sums of whole numbers do not depend on their order")]
        for (id, new) in other.text {
            self.text.entry(id).and_modify(|known| known.merge(new)).or_insert(new);
        }
        self.last_micros = self.last_micros.max(other.last_micros);
        self.read += other.read;
        self.clean += other.clean;
        self.returns += other.returns;
        self.checks.resize(self.checks.len().max(other.checks.len()), RowChecks::default());
        for (mine, theirs) in self.checks.iter_mut().zip(other.checks) {
            mine.merge(theirs);
        }
    }

    fn finish(self) -> Measured {
        let measures = if self.text.is_empty() {
            let most = self.pages.pages.iter().flatten().count() * PAGE as usize + self.whole.len();
            let mut list = Vec::with_capacity(most);
            list.extend(self.pages.into_measures().chain(self.whole).filter(|(_, m)| m.orders > 0));
            list.sort_unstable_by_key(|(id, _)| *id);
            TotalsById::Whole(list)
        } else {
            let mut list: Vec<_> = self.text.into_iter().filter(|(_, m)| m.orders > 0).collect();
            list.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            TotalsById::Text(list)
        };
        Measured {
            measures,
            last_micros: self.last_micros,
            read: self.read,
            clean: self.clean,
            returns: self.returns,
            checks: self.checks,
        }
    }
}

impl Measuring<'_> {
    #[inline]
    fn sale(&mut self, sale: &Sale) -> Result<(), Stop> {
        self.sums.read += 1;
        if self.check_ids {
            self.check_id(sale.transaction)?;
        }
        let new = self.sums.count(sale.micros, sale.amount_minor, self.net_refunds);
        self.sums.add_whole(sale.customer, new);
        Ok(())
    }

    /// Checks that transaction ids ascend.
    #[inline]
    fn check_id(&mut self, id: i64) -> Result<(), Stop> {
        match &mut self.ids {
            Some((_, last)) if id > *last => *last = id,
            none @ None => *none = Some((id, id)),
            Some(_) => return Err(Stop::Unordered),
        }
        Ok(())
    }
}

struct Measuring<'a> {
    sums: &'a mut Sums,
    rules: &'a Rules,
    fast_path: Option<TextFastPath>,
    checks: RowChecks,
    ids: Option<(i64, i64)>,
    check_ids: bool,
    net_refunds: bool,
}

impl Visit for Measuring<'_> {
    fn row(
        &mut self,
        record: &impl Cells,
        line: u64,
        _width: usize,
        _raw: impl FnOnce() -> String,
    ) -> Result<(), Stop> {
        let sale = self.fast_path.as_ref().and_then(|path| path.sale(self.rules, record, &mut self.checks));
        if let Some(sale) = sale {
            return self.sale(&sale);
        }
        self.sums.read += 1;
        let verdict = self.rules.classify(record, line, &mut self.checks).map_err(Stop::NotWhole)?;
        if let Verdict::Rejected(Rejection { reason: "other_header", .. }) = verdict {
            // Landing reports where.
            return Err(Stop::Unordered);
        }
        if let Verdict::Clean(row) = verdict
            && !row.is_refunded
        {
            if self.check_ids {
                match &row.transaction {
                    Id::Whole(id) => self.check_id(*id)?,
                    Id::Text(_) => return Err(Stop::Unordered),
                }
            }
            self.sums.add(&row, self.net_refunds);
        }
        Ok(())
    }

    fn batch(
        &mut self,
        batch: &BatchCells,
        rows: usize,
        first_line: u64,
        width: usize,
    ) -> Result<bool, Stop> {
        let Some(path) = BatchFastPath::new(batch, self.rules, self.check_ids) else {
            return Ok(false);
        };
        for row in 0..rows {
            match path.row(self.rules, row) {
                FastPathRow::Clean(sale) => self.sale(&sale)?,
                FastPathRow::Left => self.sums.read += 1,
                FastPathRow::Unusual => {
                    self.row(&BatchRow { batch, row }, first_line + row as u64, width, String::new)?;
                }
            }
        }
        Ok(true)
    }

    fn reject(&mut self, _line: u64, _rejection: &Rejection, _raw: &str) {
        self.sums.read += 1;
    }

    fn repaired(&mut self, _repaired: &Repaired) {}
}

impl CustomerTotals {
    /// A customer without rows.
    const NONE: Self = Self { first_micros: i64::MAX, last_micros: i64::MIN, orders: 0, spend_minor: 0 };

    fn merge(&mut self, other: Self) {
        self.first_micros = self.first_micros.min(other.first_micros);
        self.last_micros = self.last_micros.max(other.last_micros);
        self.orders += other.orders;
        self.spend_minor = self.spend_minor.saturating_add(other.spend_minor);
    }
}
