//! A fast path for rows in the simplest form.
//!
//! It gives the same result as [`Rules::classify`], to which it leaves rows with anything unusual (a null, an
//! invalid amount).

use arrow::array::{Array, Decimal128Array, Float64Array, Int32Array, Int64Array, TimestampMicrosecondArray};
use chrono_tz::Tz;
use regulars_core::columns::Column;
use regulars_core::config::{Meaning, Refunds};
use regulars_core::dates::{self, DAY_MICROS, Moment};
use regulars_core::money::{self, Notation, float_to_minor};

use crate::cells::{Cell, rescale};
use crate::classify::{Cells, Rules};
use crate::parquet_rows::{BatchCells, Values};
use crate::plan::RuleKind;
use crate::row_checks::RowChecks;
use crate::schema::slot;

/// The columns for customer, date and amount.
pub(super) struct BatchFastPath<'a> {
    transactions: Option<&'a Int64Array>,
    customers: &'a Int64Array,
    dates: &'a TimestampMicrosecondArray,
    amounts: Amounts<'a>,
    /// Word code by row, and meaning by code.
    statuses: Option<(&'a Int32Array, Vec<Option<Meaning>>)>,
}

enum Amounts<'a> {
    Int(&'a Int64Array),
    Float(&'a Float64Array),
    Decimal(&'a Decimal128Array, i8),
}

/// A row that counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sale {
    /// 0 if ids are not needed.
    pub(super) transaction: i64,
    pub(super) customer: i64,
    pub(super) micros: i64,
    pub(super) amount_minor: i64,
}

/// The result for one row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FastPathRow {
    Clean(Sale),
    /// Rejected or excluded.
    Left,
    /// Left to `Rules::classify`.
    Unusual,
}

impl<'a> BatchFastPath<'a> {
    /// `None` if a column has another type, or a rule needs other columns.
    pub(super) fn new(batch: &'a BatchCells, rules: &Rules, needs_transaction: bool) -> Option<Self> {
        let of = |column: Column| rules.index[slot(column)].map(|index| batch.column(index));
        if !are_plain(rules) {
            return None;
        }
        let transactions = match of(Column::TransactionId) {
            Some(Values::Int(ids)) if needs_transaction && rules.kinds.transaction => Some(ids),
            _ if needs_transaction => return None,
            // Columns of other types may have missing ids, which are rejected.
            Some(Values::Int(ids)) if ids.null_count() == 0 => None,
            None => None,
            Some(_) => return None,
        };
        let Some(Values::Int(customers)) = of(Column::CustomerId) else {
            return None;
        };
        let dates = match of(Column::TransactionDate) {
            // The stored number is already local time.
            Some(Values::Time(dates, utc)) if is_wall_clock(rules, *utc) => dates,
            _ => return None,
        };
        let amounts = match of(Column::TotalAmount) {
            Some(Values::Int(amounts)) => Amounts::Int(amounts),
            Some(Values::Float(amounts)) => Amounts::Float(amounts),
            Some(Values::Decimal(amounts, scale)) => Amounts::Decimal(amounts, *scale),
            _ => return None,
        };
        let statuses = match rules.sales.as_slice() {
            [] => None,
            [rule] if rule.kind == RuleKind::Status => match batch.column(rule.index) {
                Values::Words(numbers, words) => {
                    let meaning = |word: Option<&str>| {
                        let cell = word.map_or(Cell::Null, |word| Cell::Text(word.as_bytes()));
                        rule.meaning(cell).or(rule.unknown)
                    };
                    Some((numbers, words.iter().map(meaning).collect()))
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { transactions, customers, dates, amounts, statuses })
    }

    #[inline]
    pub(super) fn row(&self, rules: &Rules, row: usize) -> FastPathRow {
        let transaction = match self.transactions {
            None => 0,
            Some(ids) if ids.is_valid(row) => ids.value(row),
            Some(_) => return FastPathRow::Unusual,
        };
        if self.customers.is_null(row) || self.dates.is_null(row) {
            return FastPathRow::Unusual;
        }
        let (customer, micros) = (self.customers.value(row), self.dates.value(row));
        if customer <= 0 && rules.placeholders.matches(Cell::Int(customer)) {
            return FastPathRow::Unusual;
        }
        let Some((amount_minor, is_zero)) = self.amount(row, rules.total_decimals) else {
            return FastPathRow::Unusual;
        };
        if micros < DAY_MICROS || micros >= rules.future_from {
            return FastPathRow::Left;
        }
        let meaning = match &self.statuses {
            Some((numbers, meanings)) if numbers.is_valid(row) => meanings[numbers.value(row) as usize],
            _ => Some(Meaning::Sale),
        };
        match meaning {
            // The result depends on other columns.
            None | Some(Meaning::Returned) => return FastPathRow::Unusual,
            Some(Meaning::Ignore | Meaning::Detail | Meaning::Open) => return FastPathRow::Left,
            Some(Meaning::Cancelled) if amount_minor >= 0 && rules.refunds != Refunds::Keep => {
                return FastPathRow::Left;
            }
            _ => {}
        }
        if rules.as_of.is_some_and(|as_of| micros > as_of) {
            return FastPathRow::Left;
        }
        match rules.policy(amount_minor, is_zero, meaning, || false) {
            Some(_) => FastPathRow::Left,
            None => FastPathRow::Clean(Sale { transaction, customer, micros, amount_minor }),
        }
    }

    #[inline]
    fn amount(&self, row: usize, decimals: u8) -> Option<(i64, bool)> {
        let minor = match &self.amounts {
            Amounts::Float(amounts) if amounts.is_valid(row) => {
                float_to_minor(amounts.value(row), decimals).ok()?
            }
            Amounts::Int(amounts) if amounts.is_valid(row) => {
                amounts.value(row).checked_mul(10_i64.pow(u32::from(decimals)))?
            }
            Amounts::Decimal(amounts, scale) if amounts.is_valid(row) => {
                rescale(amounts.value(row), *scale, decimals)?
            }
            _ => return None,
        };
        Some((minor, minor == 0))
    }
}

/// Text rows in the simplest form: digits, an ISO date, an amount with a decimal point.
pub(super) struct TextFastPath {
    transaction: Option<usize>,
    customer: usize,
    date: usize,
    amount: usize,
    notation: Notation,
}

impl TextFastPath {
    /// `None` if a rule needs other columns.
    pub(super) fn new(rules: &Rules, needs_transaction: bool) -> Option<Self> {
        let of = |column: Column| rules.index[slot(column)];
        let transaction = of(Column::TransactionId);
        let fits = are_plain(rules)
            && rules.dates.epoch.is_none()
            && is_wall_clock(rules, false)
            && transaction.is_some() == needs_transaction
            && (rules.kinds.transaction || !needs_transaction);
        if !fits {
            return None;
        }
        Some(Self {
            transaction,
            customer: of(Column::CustomerId)?,
            date: of(Column::TransactionDate)?,
            amount: of(Column::TotalAmount)?,
            notation: Notation { decimals: rules.total_decimals, ..rules.notation },
        })
    }

    /// The sale in a row, counted in `checks`; `None`, with nothing counted, for any other row.
    #[inline]
    pub(super) fn sale(&self, rules: &Rules, record: &impl Cells, checks: &mut RowChecks) -> Option<Sale> {
        let text = |column: usize| match record.cell(column) {
            Cell::Text(text) => Some(text),
            _ => None,
        };
        let transaction = match self.transaction {
            Some(column) => positive_digits(text(column)?)?,
            None => 0,
        };
        let customer = positive_digits(text(self.customer)?)?;
        let date = text(self.date)?;
        let micros = dates::parse_iso(date)?;
        let amount = money::parse_plain(text(self.amount)?, self.notation)?;
        let counts = amount.minor > 0
            && (DAY_MICROS..rules.future_from).contains(&micros)
            && rules.as_of.is_none_or(|as_of| micros <= as_of);
        if !counts {
            return None;
        }
        if !rules.sales.is_empty() {
            if checks.meaning(&rules.sales, record).meaning != Some(Meaning::Sale) {
                return None;
            }
            checks.count_words(&rules.sales, amount.minor);
        }
        checks.look_at_date(Cell::Text(date), Moment::Local(micros));
        checks.count_decimals(amount.decimals_written, amount.minor);
        Some(Sale { transaction, customer, micros, amount_minor: amount.minor })
    }
}

/// A positive number written only with digits.
#[inline]
fn positive_digits(text: &[u8]) -> Option<i64> {
    if !matches!(text.first(), Some(b'1'..=b'9')) || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

/// Whether customer, date and amount are one column each, and only a status has further meaning.
fn are_plain(rules: &Rules) -> bool {
    let has = |column: Column| rules.index[slot(column)].is_some();
    rules.lookups.is_empty()
        && rules.customer_fallback.is_none()
        && rules.customer_name.is_none()
        && rules.totals_label.is_none()
        && rules.shop_of_number.is_none()
        && rules.not_customers.is_empty()
        && rules.cancelled_prefix.is_none()
        && rules.returned_quantity.is_empty()
        && rules.time.is_none()
        && !rules.total_in_micros
        && !rules.watch_currency
        && !rules.dates.swapped
        && !rules.numbers_restart
        && !rules.numbers_are_loose
        && !rules.customers_are_loose
        && rules.discount.is_none()
        && rules.kinds.customer
        && !has(Column::RefundedAmount)
        && !has(Column::OriginalTransactionId)
        && !has(Column::Price)
        && !has(Column::Quantity)
}

/// Whether a stored time is already the local time that counts; `utc` if it is stored as UTC.
fn is_wall_clock(rules: &Rules, utc: bool) -> bool {
    rules.zone.is_none_or(|zone| zone == Tz::UTC) || !(utc || rules.local_is_utc)
}
