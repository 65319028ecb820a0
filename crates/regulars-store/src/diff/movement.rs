//! Movements of customers between segments from one run to another.
//!
//! Deliberately not here: the individual customers, which a join of the two tables gives.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use serde::Serialize;

use crate::error::Error;
use crate::run::Run;
use crate::table;

const TABLE: &str = "customer_segments";
const CUSTOMER: &str = "customer_id";
const SEGMENT: &str = "segment";

/// Numbers of customers who moved between segments.
///
/// Shape: `customers`, `gained_into` and `lost_from` are in the order of `segments`. Every customer is
/// counted once: `stayed + moved + lost` are the customers of the first run, `stayed + moved +
/// gained` those of the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Movement {
    /// The segments of both runs: those of the second by priority, then those only in the first.
    pub segments: Vec<String>,
    /// Customers by segment in the first run (row) and in the second (column).
    pub customers: Vec<Vec<u64>>,
    /// Customers only in the second run, by segment.
    pub gained_into: Vec<u64>,
    /// Customers only in the first run, by segment.
    pub lost_from: Vec<u64>,
    /// Customers with the same segment in both runs.
    pub stayed: u64,
    /// Customers whose segment changed.
    pub moved: u64,
    /// Customers only in the second run.
    pub gained: u64,
    /// Customers only in the first run.
    pub lost: u64,
}

/// Number of customers who moved from one segment to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentMove {
    /// Segment in the first run.
    pub from: String,
    /// Segment in the second run.
    pub to: String,
    /// Number of customers, at least 1.
    pub customers: u64,
}

impl Movement {
    /// Moves between different segments, largest first.
    pub fn moves(&self) -> Vec<SegmentMove> {
        let mut moves = Vec::new();
        for (from, row) in self.segments.iter().zip(&self.customers) {
            for (to, &customers) in self.segments.iter().zip(row) {
                if from != to && customers > 0 {
                    moves.push(SegmentMove { from: from.clone(), to: to.clone(), customers });
                }
            }
        }
        moves.sort_by_key(|a_move| std::cmp::Reverse(a_move.customers));
        moves
    }
}

/// Counts the movements; `None` unless both runs have segments. `order` lists the segments known so far.
pub(crate) fn between(before: &Run, after: &Run, order: Vec<String>) -> Result<Option<Movement>, Error> {
    if !before.has_table(TABLE) || !after.has_table(TABLE) {
        return Ok(None);
    }
    let mut segments = Segments::new(order);
    let mut segment_before: HashMap<CustomerId, usize> = HashMap::new();
    let mut sizes_before: Vec<u64> = Vec::new();
    for_each_customer(before, |customer, segment| {
        let at = segments.index(segment);
        if segment_before.insert(customer, at).is_none() {
            *counter(&mut sizes_before, at) += 1;
        }
    })?;
    let mut pairs: HashMap<(usize, usize), u64> = HashMap::new();
    let mut gained_into: Vec<u64> = Vec::new();
    for_each_customer(after, |customer, segment| {
        let to = segments.index(segment);
        match segment_before.remove(&customer) {
            Some(from) => *pairs.entry((from, to)).or_default() += 1,
            None => *counter(&mut gained_into, to) += 1,
        }
    })?;

    let count = segments.names.len();
    sizes_before.resize(count, 0);
    gained_into.resize(count, 0);
    let cell = |from, to| pairs.get(&(from, to)).copied().unwrap_or(0);
    let customers: Vec<Vec<u64>> =
        (0..count).map(|from| (0..count).map(|to| cell(from, to)).collect()).collect();
    // Customers of the first run in no cell of the row are only in the first run.
    let lost_from: Vec<u64> =
        sizes_before.iter().zip(&customers).map(|(size, row)| size - row.iter().sum::<u64>()).collect();
    let stayed = (0..count).map(|at| customers[at][at]).sum();
    let common: u64 = customers.iter().flatten().sum();
    Ok(Some(Movement {
        segments: segments.names,
        stayed,
        moved: common - stayed,
        gained: gained_into.iter().sum(),
        lost: lost_from.iter().sum(),
        customers,
        gained_into,
        lost_from,
    }))
}

/// A customer id, equal whether a run stored it as number or as text: a single non-numeric id turns the
/// whole column into text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum CustomerId {
    Number(i64),
    Text(Box<str>),
}

impl CustomerId {
    fn from_text(text: &str) -> Self {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let as_printed = text == "0" || digits.starts_with(|first| matches!(first, '1'..='9'));
        match text.parse() {
            Ok(number) if as_printed => Self::Number(number),
            _ => Self::Text(text.into()),
        }
    }
}

/// The names of the segments, and their positions.
struct Segments {
    names: Vec<String>,
    positions: HashMap<String, usize>,
}

impl Segments {
    fn new(names: Vec<String>) -> Self {
        let positions = names.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        Self { names, positions }
    }

    fn index(&mut self, name: &str) -> usize {
        if let Some(&at) = self.positions.get(name) {
            return at;
        }
        self.names.push(name.to_owned());
        self.positions.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}

fn counter(counts: &mut Vec<u64>, at: usize) -> &mut u64 {
    if counts.len() <= at {
        counts.resize(at + 1, 0);
    }
    &mut counts[at]
}

fn for_each_customer(run: &Run, mut take: impl FnMut(CustomerId, &str)) -> Result<(), Error> {
    let path = run.table_path(TABLE)?;
    for batch in table::stream(&path, TABLE, &[CUSTOMER, SEGMENT])? {
        let taken =
            batch.map_err(|source| source.to_string()).and_then(|batch| take_batch(&batch, &mut take));
        taken.map_err(|reason| table::unreadable(&path, TABLE, &reason))?;
    }
    Ok(())
}

fn take_batch(batch: &RecordBatch, take: &mut impl FnMut(CustomerId, &str)) -> Result<(), String> {
    let column = |name: &str, kind: &DataType| {
        let column = batch.column_by_name(name).ok_or_else(|| format!("no column `{name}`"))?;
        cast(column, kind).map_err(|source| format!("column `{name}`: {source}"))
    };
    let segments = column(SEGMENT, &DataType::Utf8)?;
    let segments = segments.as_string::<i32>();
    let whole_numbers = batch.column_by_name(CUSTOMER).is_some_and(|ids| ids.data_type().is_integer());
    let ids = column(CUSTOMER, if whole_numbers { &DataType::Int64 } else { &DataType::Utf8 })?;
    for row in (0..batch.num_rows()).filter(|&row| ids.is_valid(row)) {
        let customer = if whole_numbers {
            CustomerId::Number(ids.as_primitive::<Int64Type>().value(row))
        } else {
            CustomerId::from_text(ids.as_string::<i32>().value(row))
        };
        take(customer, if segments.is_valid(row) { segments.value(row) } else { "" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{begin_and_publish, dataset, manifest, summary, validation, write_text_segments};

    #[test]
    fn an_id_is_the_same_as_number_and_as_text() {
        for (text, number) in
            [("0", Some(0)), ("42", Some(42)), ("-7", Some(-7)), ("9223372036854775807", Some(i64::MAX))]
        {
            assert_eq!(CustomerId::from_text(text), CustomerId::Number(number.expect("given")), "{text}");
        }
        for text in ["", "-", "007", "+7", "-0", "1.0", "9223372036854775808", "C-12", " 1"] {
            assert_eq!(CustomerId::from_text(text), CustomerId::Text(text.into()), "{text}");
        }
    }

    #[test]
    fn text_ids_and_dictionaries_are_compared_with_numbers_and_text() {
        let (_root, dataset) = dataset();
        let before = begin_and_publish(
            &dataset,
            "20260101T000000Z-a",
            &[(1, "New"), (2, "New"), (3, "Lost"), (4, "New")],
        );
        let writer = dataset.begin("20260102T000000Z-a").expect("begun");
        write_text_segments(
            writer.dir(),
            &[("4", "Lost"), ("2", "Lost"), ("3", "New"), ("guest-9", "New"), ("1", "New")],
        );
        let table = writer.table_file(TABLE).expect("measured");
        let (manifest, summary) = (manifest("", vec![table]), summary("", &[]));
        let after = writer.publish(&manifest, &summary, &validation(5)).expect("published");

        let movement = between(&before, &after, Vec::new()).expect("compared").expect("both have segments");
        assert_eq!(movement.segments, ["New", "Lost"]);
        assert_eq!(movement.customers, [[1, 2], [1, 0]]);
        assert_eq!((movement.gained_into, movement.lost_from), (vec![1, 0], vec![0, 0]));
        let back = between(&after, &before, Vec::new()).expect("compared").expect("both have segments");
        assert_eq!((back.stayed, back.moved, back.gained, back.lost), (1, 3, 0, 1));
        let moves: Vec<_> = back.moves().into_iter().map(|m| (m.from, m.to, m.customers)).collect();
        assert_eq!(
            moves,
            [("Lost".to_owned(), "New".to_owned(), 2), ("New".to_owned(), "Lost".to_owned(), 1)]
        );
    }
}
