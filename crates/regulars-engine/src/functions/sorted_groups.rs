//! The values of every group, collected unsorted and sorted once at the end: for aggregates over *ordered*
//! values of a group, at eight bytes per row.
//!
//! Deliberately not a list per group: a million small lists are a million allocations. Sorting uses Arrow's
//! kernel.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, ListArray, UInt64Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::sort;
use arrow::datatypes::{DataType, Field, Int32Type, UInt64Type};
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

/// Aggregates the sorted values of one group.
pub(crate) trait SortedGroupAggregate: Send + 'static {
    /// Adds the values of the next group, in ascending order; may be none.
    fn add_group(&mut self, sorted: &[i32]);
    /// Returns the results of the groups added so far, and clears them.
    fn finish(&mut self) -> Result<ArrayRef>;
}

/// Collects (group, value) and passes each group's sorted values to `F`.
pub(crate) struct SortedGroups<F> {
    /// The group in the upper half; in the lower half the value, with its sign bit flipped for the order.
    entries: Vec<u64>,
    groups: usize,
    aggregate: F,
}

/// Sign bit of a value.
const SIGN: u32 = 1 << 31;

fn pair(group: usize, value: i32) -> u64 {
    ((group as u64) << 32) | u64::from(value.cast_unsigned() ^ SIGN)
}

fn value_of(pair: u64) -> i32 {
    (pair as u32 ^ SIGN).cast_signed()
}

fn group_of(pair: u64) -> usize {
    (pair >> 32) as usize
}

/// The type of the state: the values of a group.
pub(crate) fn state_type() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true)))
}

impl<F: SortedGroupAggregate> SortedGroups<F> {
    pub(crate) fn new(aggregate: F) -> Self {
        Self { entries: Vec::new(), groups: 0, aggregate }
    }

    /// Removes the pairs to emit, sorted; the rest is renumbered.
    fn take(&mut self, emit_to: EmitTo) -> Result<(UInt64Array, usize)> {
        let (taken, groups) = match emit_to {
            EmitTo::All => (std::mem::take(&mut self.entries), std::mem::take(&mut self.groups)),
            EmitTo::First(n) => {
                let (mut taken, mut kept) = (Vec::new(), Vec::new());
                for &p in &self.entries {
                    if group_of(p) < n {
                        taken.push(p);
                    } else {
                        kept.push(p - ((n as u64) << 32));
                    }
                }
                self.entries = kept;
                self.groups -= n.min(self.groups);
                (taken, n)
            }
        };
        let sorted = sort(&UInt64Array::from(taken), None)?;
        Ok((sorted.as_primitive::<UInt64Type>().clone(), groups))
    }

    fn count_groups(&mut self, total: usize) -> Result<()> {
        if u32::try_from(total).is_err() {
            return internal_err!("more than 2^32 groups in one partition");
        }
        self.groups = self.groups.max(total);
        Ok(())
    }
}

impl<F: SortedGroupAggregate> GroupsAccumulator for SortedGroups<F> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.count_groups(total_num_groups)?;
        let values = values[0].as_primitive::<Int32Type>();
        let numbers: &[i32] = values.values();
        self.entries.reserve(numbers.len());
        if opt_filter.is_none() && values.null_count() == 0 {
            for (row, &number) in numbers.iter().enumerate() {
                self.entries.push(pair(group_indices[row], number));
            }
            return Ok(());
        }
        for (row, &number) in numbers.iter().enumerate() {
            let wanted = opt_filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if wanted && values.is_valid(row) {
                self.entries.push(pair(group_indices[row], number));
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let (sorted, groups) = self.take(emit_to)?;
        let sorted: &[u64] = sorted.values();
        let mut values: Vec<i32> = Vec::new();
        let mut next = 0;
        for group in 0..groups {
            values.clear();
            while next < sorted.len() && group_of(sorted[next]) == group {
                values.push(value_of(sorted[next]));
                next += 1;
            }
            self.aggregate.add_group(&values);
        }
        self.aggregate.finish()
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let (sorted, groups) = self.take(emit_to)?;
        let sorted: &[u64] = sorted.values();
        let mut lengths = vec![0_usize; groups];
        for &p in sorted {
            lengths[group_of(p)] += 1;
        }
        let values = Int32Array::from_iter_values(sorted.iter().map(|&p| value_of(p)));
        Ok(vec![list(&lengths, values)?])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.count_groups(total_num_groups)?;
        let lists = values[0].as_list::<i32>();
        for (row, &group) in group_indices.iter().enumerate() {
            if lists.is_valid(row) {
                let list = lists.value(row);
                self.entries
                    .extend(list.as_primitive::<Int32Type>().values().iter().map(|&v| pair(group, v)));
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let values = values[0].as_primitive::<Int32Type>();
        let filter = opt_filter.map(|filter| {
            let (set, nulls) = (filter.values().clone(), filter.nulls());
            NullBuffer::new(nulls.map_or_else(|| set.clone(), |valid| valid.inner() & &set))
        });
        let kept = NullBuffer::union(values.nulls(), filter.as_ref());
        let wanted = |row: usize| kept.as_ref().is_none_or(|kept| kept.is_valid(row));
        let lengths: Vec<usize> = (0..values.len()).map(|row| usize::from(wanted(row))).collect();
        let numbers = (0..values.len()).filter(|&row| wanted(row)).map(|row| values.value(row));
        Ok(vec![list(&lengths, Int32Array::from_iter_values(numbers))?])
    }

    fn size(&self) -> usize {
        self.entries.capacity() * size_of::<u64>() + size_of::<Self>()
    }
}

fn list(lengths: &[usize], values: Int32Array) -> Result<ArrayRef> {
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    let field = Arc::new(Field::new_list_field(DataType::Int32, true));
    Ok(Arc::new(ListArray::try_new(field, offsets, Arc::new(values), None)?))
}
