//! Counts what the rows contain, and turns the counts into findings.
//!
//! Each task has its own tally. Tallies are merged in file order, so the report does not depend on the number
//! of threads.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int32Type;
use regulars_core::columns::Column;
use regulars_core::validation::{MoneyTotals, SampleRow};

use crate::cells::Cell;
use crate::classify::{PartialRow, Row};
use crate::files::Repaired;
use crate::ids::{Id, KnownCustomers};
use crate::placeholders::is_rounded;
use crate::schema::slot;

mod findings;

pub(crate) use findings::{FileSpan, FindingContext, counted_rows, findings};

/// Sample rows shown with a finding.
const SAMPLES: usize = 5;
/// Distinct values of a column to remember; beyond this, only that there are more.
pub(crate) const WORDS: usize = 5_000;
/// Histogram bins per factor of e, for the quartiles of amounts.
const STEPS: f64 = 64.0;

/// A few sample rows, the first ones in file order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Samples(pub(crate) Vec<SampleRow>);

impl Samples {
    pub(crate) fn push(&mut self, file: &str, line: u64, value: impl FnOnce() -> String) {
        if self.0.len() < SAMPLES {
            self.0.push(SampleRow {
                file: file.to_owned(),
                line,
                value: value().chars().take(120).collect(),
            });
        }
    }

    fn merge(&mut self, later: Self) {
        let room = SAMPLES - self.0.len();
        self.0.extend(later.0.into_iter().take(room));
    }
}

/// How often something occurred, with the first occurrences as samples.
#[derive(Debug, Default, Clone)]
pub(crate) struct Occurrences {
    pub(crate) count: u64,
    pub(crate) samples: Samples,
}

impl Occurrences {
    pub(crate) fn add(&mut self, file: &str, line: u64, value: impl FnOnce() -> String) {
        self.count += 1;
        self.samples.push(file, line, value);
    }

    fn merge(&mut self, later: Self) {
        self.count += later.count;
        self.samples.merge(later.samples);
    }
}

/// Whether an id consists of digits; leading zeros are allowed.
pub(crate) fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())
}

/// All counts of one task, or of all tasks.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    /// Decimals for showing amounts in sample rows.
    pub(crate) money_decimals: u8,
    /// Negative amounts count as ordinary purchases (policy `keep`).
    pub(crate) negative_rows_are_sales: bool,
    pub(crate) read: u64,
    pub(crate) clean: u64,
    pub(crate) rejected: BTreeMap<&'static str, (Occurrences, &'static str)>,
    pub(crate) excluded: BTreeMap<&'static str, Occurrences>,
    pub(crate) missing: [u64; Column::ALL.len()],
    pub(crate) money: MoneyTotals,
    pub(crate) statuses: BTreeSet<String>,
    pub(crate) categories: BTreeSet<String>,
    pub(crate) payments: BTreeSet<String>,
    pub(crate) zero: Occurrences,
    pub(crate) negative: Occurrences,
    pub(crate) disagree: Occurrences,
    pub(crate) unknown_customers: Occurrences,
    /// Ids that a spreadsheet rounded.
    pub(crate) damaged_ids: Occurrences,
    /// Numeric customer ids with leading zeros.
    pub(crate) zero_led_ids: Occurrences,
    pub(crate) repaired_lines: u64,
    /// The encodings used for lines that are not UTF-8.
    pub(crate) repaired_as: BTreeSet<String>,
    /// Clean rows by day since 1970-01-01.
    pub(crate) days: BTreeMap<i64, u64>,
    /// Histogram of positive clean amounts on a log scale.
    amounts: Vec<u64>,
    /// The largest clean amounts with their rows, in descending order.
    largest: Vec<(i64, SampleRow)>,
    pub(crate) first_micros: Option<i64>,
    pub(crate) last_micros: Option<i64>,
    last_words: LastWords,
}

/// The values of the previous row, to avoid set lookups while they repeat.
#[derive(Debug, Default, Clone)]
struct LastWords {
    day: Option<(i64, u64)>,
}

impl Tally {
    pub(crate) fn new(money_decimals: u8, negative_rows_are_sales: bool) -> Self {
        Self { money_decimals, negative_rows_are_sales, ..Self::default() }
    }

    pub(crate) fn reject(
        &mut self,
        reason: &'static str,
        column: &'static str,
        file: &str,
        line: u64,
        value: &str,
    ) {
        self.rejected.entry(reason).or_insert_with(|| (Occurrences::default(), column)).0.add(
            file,
            line,
            || value.to_owned(),
        );
    }

    pub(crate) fn exclude(&mut self, reason: &'static str, row: &Row<'_>, file: &str, line: u64) {
        let decimals = self.money_decimals;
        self.excluded.entry(reason).or_default().add(file, line, || describe(row, decimals));
        let sold = row.amount_minor.saturating_add(row.returned_minor);
        match reason {
            "refunded" | "returned_line" => {
                self.money.gross_minor += sold;
                self.money.returned_minor += sold;
            }
            "cancelled_order" => {
                self.money.gross_minor += sold;
                self.money.cancelled_minor += row.amount_minor;
                self.money.returned_minor += row.returned_minor;
            }
            _ => {}
        }
    }

    /// Counts an excluded row.
    pub(crate) fn leave_out(&mut self, reason: &'static str, row: &PartialRow<'_>, file: &str, line: u64) {
        let decimals = self.money_decimals;
        self.excluded.entry(reason).or_default().add(file, line, || describe_partial(row, decimals));
    }

    /// Counts repaired lines that were not UTF-8.
    pub(crate) fn repaired(&mut self, repaired: &Repaired) {
        self.repaired_lines += repaired.lines;
        self.repaired_as.insert(repaired.encoding.clone());
    }

    /// Counts a missing cell of a canonical column.
    pub(crate) fn look_at_cell(&mut self, column: Column, cell: Cell<'_>) {
        if cell.is_missing() {
            self.missing[slot(column)] += 1;
        }
    }

    /// Adds the distinct values in the dictionaries of a landed batch.
    pub(crate) fn note_words(&mut self, batch: &RecordBatch, excluded: bool) {
        for (words, column) in [
            (&mut self.categories, Column::ProductCategory),
            (&mut self.payments, Column::PaymentMethod),
            (&mut self.statuses, Column::Status),
        ] {
            // Of excluded rows, only statuses are of interest.
            if excluded && column != Column::Status {
                continue;
            }
            let dictionary = batch.column(slot(column)).as_dictionary::<Int32Type>();
            for word in dictionary.values().as_string::<i32>().iter().flatten() {
                if words.len() <= WORDS && !words.contains(word) {
                    words.insert(word.to_owned());
                }
            }
        }
    }

    /// Counts a clean row.
    pub(crate) fn clean(&mut self, row: &Row<'_>, file: &str, line: u64, known: Option<&KnownCustomers>) {
        self.clean += 1;
        self.money.net_minor += row.amount_minor;
        self.money.returned_minor += row.returned_minor;
        if row.amount_minor < 0 && !self.negative_rows_are_sales {
            self.money.returned_minor -= row.amount_minor;
        } else {
            self.money.gross_minor += row.amount_minor + row.returned_minor;
        }
        let decimals = self.money_decimals;
        let day = row.micros.div_euclid(regulars_core::dates::DAY_MICROS);
        match &mut self.last_words.day {
            Some((last, count)) if *last == day => *count += 1,
            _ => {
                self.flush_day();
                self.last_words.day = Some((day, 1));
            }
        }
        self.first_micros = Some(self.first_micros.map_or(row.micros, |t| t.min(row.micros)));
        self.last_micros = Some(self.last_micros.map_or(row.micros, |t| t.max(row.micros)));
        if row.is_zero {
            self.zero.add(file, line, || describe(row, decimals));
        }
        if row.amount_minor < 0 {
            self.negative.add(file, line, || describe(row, decimals));
        }
        if row.amount_minor > 0 {
            let step = ((row.amount_minor as f64).ln() * STEPS) as usize;
            if self.amounts.len() <= step {
                self.amounts.resize(step + 1, 0);
            }
            self.amounts[step] += 1;
            self.keep_largest(row.amount_minor, || SampleRow {
                file: file.to_owned(),
                line,
                value: describe(row, decimals),
            });
        }
        if row.disagrees {
            self.disagree.add(file, line, || describe(row, decimals));
        }
        if let Id::Text(id) = &row.customer {
            if is_rounded(id.as_bytes()) {
                self.damaged_ids.add(file, line, || id.to_string());
            }
            if id.starts_with('0') && is_number(id) {
                self.zero_led_ids.add(file, line, || id.to_string());
            }
        }
        if known.is_some_and(|known| !known.has(&row.customer)) {
            self.unknown_customers.add(file, line, || id_text(&row.customer));
        }
    }

    fn flush_day(&mut self) {
        if let Some((day, count)) = self.last_words.day.take() {
            *self.days.entry(day).or_default() += count;
        }
    }

    fn keep_largest(&mut self, amount: i64, sample: impl FnOnce() -> SampleRow) {
        if self.largest.len() == SAMPLES && self.largest.last().is_some_and(|(least, _)| amount <= *least) {
            return;
        }
        // Among equal amounts, the earlier row comes first.
        let at = self.largest.partition_point(|(a, _)| *a >= amount);
        self.largest.insert(at, (amount, sample()));
        self.largest.truncate(SAMPLES);
    }

    /// Adds the counts of the next task.
    pub(crate) fn merge(&mut self, mut later: Self) {
        self.flush_day();
        later.flush_day();
        self.read += later.read;
        self.clean += later.clean;
        self.money.gross_minor += later.money.gross_minor;
        self.money.cancelled_minor += later.money.cancelled_minor;
        self.money.returned_minor += later.money.returned_minor;
        self.money.net_minor += later.money.net_minor;
        for (reason, (counted, column)) in later.rejected {
            self.rejected.entry(reason).or_insert_with(|| (Occurrences::default(), column)).0.merge(counted);
        }
        for (reason, counted) in later.excluded {
            self.excluded.entry(reason).or_default().merge(counted);
        }
        for (sum, missing) in self.missing.iter_mut().zip(later.missing) {
            *sum += missing;
        }
        self.statuses.append(&mut later.statuses);
        self.categories.append(&mut later.categories);
        self.payments.append(&mut later.payments);
        self.zero.merge(later.zero);
        self.negative.merge(later.negative);
        self.disagree.merge(later.disagree);
        self.unknown_customers.merge(later.unknown_customers);
        self.damaged_ids.merge(later.damaged_ids);
        self.zero_led_ids.merge(later.zero_led_ids);
        self.repaired_lines += later.repaired_lines;
        self.repaired_as.append(&mut later.repaired_as);
        for (day, count) in later.days {
            *self.days.entry(day).or_default() += count;
        }
        if self.amounts.len() < later.amounts.len() {
            self.amounts.resize(later.amounts.len(), 0);
        }
        for (sum, count) in self.amounts.iter_mut().zip(later.amounts) {
            *sum += count;
        }
        for (amount, sample) in later.largest {
            self.keep_largest(amount, || sample);
        }
        self.first_micros = [self.first_micros, later.first_micros].into_iter().flatten().min();
        self.last_micros = [self.last_micros, later.last_micros].into_iter().flatten().max();
    }

    /// Total rows excluded by a policy.
    pub(crate) fn excluded_count(&self) -> u64 {
        self.excluded.values().map(|c| c.count).sum()
    }

    /// Total unusable rows.
    pub(crate) fn rejected_count(&self) -> u64 {
        self.rejected.values().map(|(c, _)| c.count).sum()
    }

    /// The threshold for outlying amounts, and the number of amounts above it.
    ///
    /// Tukey's fence on a log scale, since amounts are skewed. Quartiles are accurate to 1/64 of a factor of
    /// e.
    fn outliers(&self, fence: f64) -> Option<(i64, u64)> {
        let total: u64 = self.amounts.iter().sum();
        if total < 20 {
            return None;
        }
        let quartile = |rank: u64| {
            let mut seen = 0;
            self.amounts.iter().position(|count| {
                seen += count;
                seen > rank
            })
        };
        let (low, high) = (quartile(total / 4)?, quartile(total * 3 / 4)?);
        // If all prices are equal, the interquartile range is 0.
        let spread = ((high - low) as f64).max(STEPS / 8.0);
        let limit = high as f64 + fence * spread;
        let count = self
            .amounts
            .iter()
            .enumerate()
            .filter(|(step, _)| *step as f64 > limit)
            .map(|(_, count)| count)
            .sum();
        // The fence may exceed the largest possible amount.
        let amount = (limit / STEPS).exp().min(i64::MAX as f64) as i64;
        Some((amount, count))
    }
}

fn id_text(id: &Id<'_>) -> String {
    match id {
        Id::Whole(id) => id.to_string(),
        Id::Text(id) => id.to_string(),
    }
}

fn describe(row: &Row<'_>, decimals: u8) -> String {
    format!(
        "customer {}, {}, amount {}",
        id_text(&row.customer),
        regulars_core::dates::format_day(row.micros),
        regulars_core::money::format_minor_grouped(row.amount_minor, decimals)
    )
}

fn describe_partial(row: &PartialRow<'_>, decimals: u8) -> String {
    let customer = row
        .customer
        .as_ref()
        .map_or_else(|| "no customer".to_owned(), |id| format!("customer {}", id_text(id)));
    let day = row.micros.map(regulars_core::dates::format_day).unwrap_or_default();
    let amount =
        row.amount_minor.map(|a| regulars_core::money::format_minor_grouped(a, decimals)).unwrap_or_default();
    let status = row.status.as_deref().unwrap_or_default();
    [customer, day, amount, status.to_owned()]
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}
