//! A batch whose columns are of the plainest types, judged without asking for cells.
//!
//! The verdict is that of [`Rules::judge`]; a row with anything unusual (a null, an amount that is
//! none) is left to it.

use arrow::array::{Array, Decimal128Array, Float64Array, Int32Array, Int64Array, TimestampMicrosecondArray};
use chrono_tz::Tz;
use regulars_core::columns::Column;
use regulars_core::config::{Meaning, Refunds};
use regulars_core::dates::DAY_MICROS;
use regulars_core::money::float_to_minor;

use crate::cells::{Cell, rescale};
use crate::classify::Rules;
use crate::parquet_rows::{BatchCells, Values};
use crate::plan::RuleKind;
use crate::schema::slot;

/// The columns that decide about who, when and how much.
pub(super) struct Lane<'a> {
    transactions: Option<&'a Int64Array>,
    customers: &'a Int64Array,
    dates: &'a TimestampMicrosecondArray,
    amounts: Amounts<'a>,
    /// By row the number of a word, by number what the word means.
    statuses: Option<(&'a Int32Array, Vec<Option<Meaning>>)>,
}

enum Amounts<'a> {
    Int(&'a Int64Array),
    Float(&'a Float64Array),
    Decimal(&'a Decimal128Array, i8),
}

/// What becomes of a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LaneRow {
    /// It counts; the transaction is 0 where ids are not looked at.
    Clean { transaction: i64, customer: i64, micros: i64, amount_minor: i64 },
    /// It is rejected or excluded.
    Left,
    /// Not for this lane.
    Unusual,
}

impl<'a> Lane<'a> {
    /// `None` if a column is of another type, or a rule needs more than these columns.
    pub(super) fn new(batch: &'a BatchCells, rules: &Rules, needs_transaction: bool) -> Option<Self> {
        let of = |column: Column| rules.index[slot(column)].map(|index| batch.column(index));
        let plain = rules.lookups.is_empty()
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
            && of(Column::RefundedAmount).is_none()
            && rules.discount.is_none()
            && rules.kinds.customer
            && of(Column::Price).is_none()
            && of(Column::Quantity).is_none();
        if !plain {
            return None;
        }
        let transactions = match of(Column::TransactionId) {
            Some(Values::Int(ids)) if needs_transaction && rules.kinds.transaction => Some(ids),
            _ if needs_transaction => return None,
            // Another type may have missing ids, which are rejected.
            Some(Values::Int(ids)) if ids.null_count() == 0 => None,
            None => None,
            Some(_) => return None,
        };
        let Some(Values::Int(customers)) = of(Column::CustomerId) else {
            return None;
        };
        let dates = match of(Column::TransactionDate) {
            // The stored number is the wall clock already.
            Some(Values::Time(dates, utc))
                if rules.zone.is_none_or(|zone| zone == Tz::UTC) || !(*utc || rules.local_is_utc) =>
            {
                dates
            }
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
    pub(super) fn row(&self, rules: &Rules, row: usize) -> LaneRow {
        let transaction = match self.transactions {
            None => 0,
            Some(ids) if ids.is_valid(row) => ids.value(row),
            Some(_) => return LaneRow::Unusual,
        };
        if self.customers.is_null(row) || self.dates.is_null(row) {
            return LaneRow::Unusual;
        }
        let (customer, micros) = (self.customers.value(row), self.dates.value(row));
        if customer <= 0 && rules.nobody.is_nobody(Cell::Int(customer)) {
            return LaneRow::Unusual;
        }
        let Some((amount_minor, is_zero)) = self.amount(row, rules.total_decimals) else {
            return LaneRow::Unusual;
        };
        if micros < DAY_MICROS || micros >= rules.future_from {
            return LaneRow::Left;
        }
        let meaning = match &self.statuses {
            Some((numbers, meanings)) if numbers.is_valid(row) => meanings[numbers.value(row) as usize],
            _ => Some(Meaning::Sale),
        };
        match meaning {
            // What comes of it depends on more than these columns.
            None | Some(Meaning::Returned) => return LaneRow::Unusual,
            Some(Meaning::Ignore | Meaning::Detail | Meaning::Open) => return LaneRow::Left,
            Some(Meaning::Cancelled) if amount_minor >= 0 && rules.refunds != Refunds::Keep => {
                return LaneRow::Left;
            }
            _ => {}
        }
        if rules.as_of.is_some_and(|as_of| micros > as_of) {
            return LaneRow::Left;
        }
        match rules.policy(amount_minor, is_zero, meaning, || false) {
            Some(_) => LaneRow::Left,
            None => LaneRow::Clean { transaction, customer, micros, amount_minor },
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
