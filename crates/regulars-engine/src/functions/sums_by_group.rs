//! The accumulator of `customer_sums`: one block of memory per group.
//!
//! Deliberately plain loops over slices, without iterators and closures: this crate is built without
//! optimisation, and this is its only loop over every row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Int64Array, StructArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::common::{exec_datafusion_err, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use regulars_core::dates::DAY_MICROS;
use regulars_core::features::{TREND_HALF_DAYS, WINDOWS_DAYS};

use super::customer_sums::{FIELDS, Merge, field, result_fields};
use regulars_core::tables::TIMESTAMP;

/// One group: the integers, and the sum of squares.
#[derive(Clone, Copy)]
struct Sums {
    numbers: [i64; FIELDS.len()],
    squares: i128,
}

impl Sums {
    fn empty() -> Self {
        let mut numbers = [0; FIELDS.len()];
        (numbers[field::FIRST], numbers[field::SMALLEST]) = (i64::MAX, i64::MAX);
        (numbers[field::LAST], numbers[field::LARGEST]) = (i64::MIN, i64::MIN);
        Self { numbers, squares: 0 }
    }
}

/// The sums of every group.
#[derive(Default)]
pub(super) struct SumsByGroup {
    groups: Vec<Sums>,
}

/// Which rows are not null; one call per row, where Arrow's accessors take several.
#[derive(Clone, Copy)]
struct Validity<'a> {
    bits: Option<(&'a [u8], usize)>,
}

impl<'a> Validity<'a> {
    fn of(nulls: Option<&'a NullBuffer>) -> Self {
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        Self { bits: nulls.map(|nulls| (nulls.validity(), nulls.offset())) }
    }

    fn is_valid(self, row: usize) -> bool {
        match self.bits {
            None => true,
            Some((bytes, offset)) => {
                let bit = row + offset;
                (bytes[bit >> 3] >> (bit & 7)) & 1 == 1
            }
        }
    }
}

/// The season of a day since 1970: 0 winter (December to February), ... 3 autumn.
///
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`, which
/// counts months from March; March to May is its first season.
fn season(day: i64) -> usize {
    let shifted = day + 719_468;
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    ((month_from_march / 3 + 1) % 4) as usize
}

fn too_large() -> datafusion::error::DataFusionError {
    exec_datafusion_err!("the amounts of one customer add up to more than an Int64 of minor units holds")
}

impl SumsByGroup {
    fn take(&mut self, emit_to: EmitTo) -> Vec<Sums> {
        emit_to.take_needed(&mut self.groups)
    }
}

/// Columns of the groups' integers, and the squares.
fn columns(groups: &[Sums]) -> (Vec<Vec<i64>>, Vec<i128>) {
    let mut columns: Vec<Vec<i64>> = FIELDS.iter().map(|_| Vec::with_capacity(groups.len())).collect();
    let mut squares = Vec::with_capacity(groups.len());
    for sums in groups {
        for (column, number) in columns.iter_mut().zip(sums.numbers) {
            column.push(number);
        }
        squares.push(sums.squares);
    }
    (columns, squares)
}

fn squares_array(squares: Vec<i128>) -> Result<ArrayRef> {
    Ok(Arc::new(Decimal128Array::from(squares).with_precision_and_scale(38, 0)?))
}

impl GroupsAccumulator for SumsByGroup {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        if opt_filter.is_some() {
            return internal_err!("customer_sums takes no filter");
        }
        self.groups.resize(total_num_groups, Sums::empty());
        if group_indices.is_empty() {
            return Ok(());
        }
        // Timestamps as integers, without a copy.
        let times = [cast(&values[0], &DataType::Int64)?, cast(&values[2], &DataType::Int64)?];
        let whole = |array: &'_ ArrayRef| array.as_primitive::<Int64Type>().clone();
        let (at, spend_at) = (whole(&times[0]), whole(&times[1]));
        let [amount, spend, quantity, payments, cutoff] = [1, 3, 4, 5, 6].map(|i| whole(&values[i]));
        let (is_purchase, is_spend) = (Validity::of(at.nulls()), Validity::of(spend.nulls()));
        let (has_quantity, has_payment) = (Validity::of(quantity.nulls()), Validity::of(payments.nulls()));
        let (at, spend_at): (&[i64], &[i64]) = (at.values(), spend_at.values());
        let (amount, spend): (&[i64], &[i64]) = (amount.values(), spend.values());
        let (quantity, payments): (&[i64], &[i64]) = (quantity.values(), payments.values());
        let cutoff = cutoff.value(0);
        let windows = WINDOWS_DAYS.map(|days| cutoff.saturating_sub(i64::from(days) * DAY_MICROS));
        let half = cutoff.saturating_sub(i64::from(TREND_HALF_DAYS) * DAY_MICROS);
        let before = cutoff.saturating_sub(2 * i64::from(TREND_HALF_DAYS) * DAY_MICROS);

        let mut row = 0;
        while row < group_indices.len() {
            let sums = &mut self.groups[group_indices[row]];
            let numbers = &mut sums.numbers;
            if is_spend.is_valid(row) {
                let (time, money) = (spend_at[row], spend[row]);
                numbers[field::NET] = numbers[field::NET].checked_add(money).ok_or_else(too_large)?;
                let mut window = windows.len();
                // The longest window first: most rows are in none, or only in that one.
                while window > 0 && time > windows[window - 1] {
                    window -= 1;
                    let sum = &mut numbers[field::SPEND_SINCE + window];
                    *sum = sum.wrapping_add(money);
                }
                if time > before && time <= half {
                    numbers[field::SPEND_BEFORE] = numbers[field::SPEND_BEFORE].wrapping_add(money);
                }
            }
            if is_purchase.is_valid(row) {
                let (time, money) = (at[row], amount[row]);
                numbers[field::ORDERS] += 1;
                numbers[field::AMOUNTS] = numbers[field::AMOUNTS].checked_add(money).ok_or_else(too_large)?;
                sums.squares = sums.squares.saturating_add(i128::from(money) * i128::from(money));
                if time < numbers[field::FIRST] {
                    numbers[field::FIRST] = time;
                }
                if time > numbers[field::LAST] {
                    numbers[field::LAST] = time;
                }
                if money < numbers[field::SMALLEST] {
                    numbers[field::SMALLEST] = money;
                }
                if money > numbers[field::LARGEST] {
                    numbers[field::LARGEST] = money;
                }
                let mut window = windows.len();
                while window > 0 && time > windows[window - 1] {
                    window -= 1;
                    numbers[field::ORDERS_SINCE + window] += 1;
                }
                let day = time.div_euclid(DAY_MICROS);
                // 1970 began on a Thursday, three days after Monday.
                if (day + 3).rem_euclid(7) >= 5 {
                    numbers[field::WEEKEND] += 1;
                }
                let season = season(day);
                // The rest is autumn.
                if season < 3 {
                    numbers[field::SEASONS + season] += 1;
                }
                if has_quantity.is_valid(row) {
                    numbers[field::QUANTITY] = numbers[field::QUANTITY].wrapping_add(quantity[row]);
                    numbers[field::KNOWN_QUANTITIES] += 1;
                }
                if has_payment.is_valid(row) {
                    numbers[field::PAYMENTS] |= payments[row];
                }
            }
            row += 1;
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let groups = self.take(emit_to);
        let (columns, squares) = columns(&groups);
        let known = |field: usize| groups.iter().map(|sums| sums.numbers[field] > 0).collect::<NullBuffer>();
        let (bought, has_quantity) = (known(field::ORDERS), known(field::KNOWN_QUANTITIES));
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len() + 1);
        for (index, numbers) in columns.into_iter().enumerate() {
            let nulls = match index {
                field::FIRST | field::LAST | field::SMALLEST | field::LARGEST => Some(bought.clone()),
                field::QUANTITY => Some(has_quantity.clone()),
                _ => None,
            };
            let array: ArrayRef = Arc::new(Int64Array::new(numbers.into(), nulls));
            arrays.push(match index {
                field::FIRST | field::LAST => cast(&array, &TIMESTAMP)?,
                _ => array,
            });
        }
        arrays.push(squares_array(squares)?);
        Ok(Arc::new(StructArray::try_new(result_fields(), arrays, None)?))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let (columns, squares) = columns(&self.take(emit_to));
        let mut arrays: Vec<ArrayRef> =
            columns.into_iter().map(|numbers| Arc::new(Int64Array::from(numbers)) as ArrayRef).collect();
        arrays.push(squares_array(squares)?);
        Ok(arrays)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.groups.resize(total_num_groups, Sums::empty());
        for (index, (_, merge)) in FIELDS.iter().enumerate() {
            let column: &[i64] = values[index].as_primitive::<Int64Type>().values();
            for (row, &group) in group_indices.iter().enumerate() {
                let number = &mut self.groups[group].numbers[index];
                *number = match merge {
                    Merge::Add if index == field::NET || index == field::AMOUNTS => {
                        number.checked_add(column[row]).ok_or_else(too_large)?
                    }
                    Merge::Add => number.wrapping_add(column[row]),
                    Merge::Smaller => column[row].min(*number),
                    Merge::Larger => column[row].max(*number),
                    Merge::Or => *number | column[row],
                };
            }
        }
        let squares: &[i128] = values[FIELDS.len()].as_primitive::<Decimal128Type>().values();
        for (row, &group) in group_indices.iter().enumerate() {
            let sum = &mut self.groups[group].squares;
            *sum = sum.saturating_add(squares[row]);
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows: Vec<usize> = (0..values[0].len()).collect();
        let mut single = Self::default();
        single.update_batch(values, &rows, opt_filter, rows.len())?;
        single.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Sums>() + size_of::<Self>()
    }
}
