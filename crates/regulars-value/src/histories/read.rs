//! Reads the purchases of all customers once, and folds them into histories at every requested cut.
//!
//! Customers are split among as many folds as the engine has threads; a fold holds the orders of one customer
//! at a time. Deliberately not here: what a history is (`fold.rs`).

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{concat, sort_to_indices, take};
use arrow::datatypes::{DataType, Int64Type};
use regulars_core::config::Grain;
use regulars_core::dates::end_of_day_micros;
use regulars_engine::{Engine, Inputs, PurchaseFold, PurchaseRows, PurchaseRules};

use super::fold::{Event, Fold};
use super::{Base, Calibration, Days, PurchaseDays};
use crate::error::{Error, Kind, Result};

/// Reads the histories of all customers who bought up to the analysis date.
///
/// Errors: those of the engine.
pub(crate) fn histories(
    engine: &Engine,
    inputs: &Inputs,
    rules: &PurchaseRules,
    days: Days,
    grain: Grain,
) -> Result<Base> {
    Ok(read(engine, inputs, rules, || Customers::new(days, &[], rules, grain))?.0)
}

/// The same, with the day of every purchase.
///
/// Errors: those of the engine.
pub(crate) fn histories_and_purchases(
    engine: &Engine,
    inputs: &Inputs,
    rules: &PurchaseRules,
    days: Days,
    grain: Grain,
) -> Result<Base> {
    let with_purchases = || {
        let mut customers = Customers::new(days, &[], rules, grain);
        customers.folds[0].purchases = Some(PurchaseDays::default());
        customers
    };
    Ok(read(engine, inputs, rules, with_purchases)?.0)
}

/// The same, with histories at the end of the calibration period of each of `cuts` and what followed until its
/// `as_of`.
///
/// Shape: one [`Calibration`] per cut; its rows are those of [`Base`].
/// Errors: those of the engine.
pub(crate) fn histories_at_cuts(
    engine: &Engine,
    inputs: &Inputs,
    rules: &PurchaseRules,
    (days, cuts): (Days, &[Days]),
    grain: Grain,
) -> Result<(Base, Vec<Calibration>)> {
    read(engine, inputs, rules, || Customers::new(days, cuts, rules, grain))
}

fn read(
    engine: &Engine,
    inputs: &Inputs,
    rules: &PurchaseRules,
    new: impl Fn() -> Customers,
) -> Result<(Base, Vec<Calibration>)> {
    let folds: Vec<Customers> = (0..engine.options().threads).map(|_| new()).collect();
    let times: Vec<i64> = folds.iter().take(1).flat_map(Customers::times).collect();
    merged(engine.fold_purchases(inputs, rules, &times, folds)?)
}

/// What was known when, in microseconds.
#[derive(Debug, Clone, Copy)]
struct KnownAt {
    /// The end of the calibration period, if there is one.
    split: Option<i64>,
    cutoff: i64,
}

/// Part of an order.
#[derive(Debug, Clone, Copy)]
struct OrderPart {
    /// Number of the order among those of the customer.
    order: u32,
    at: i64,
    minor: i64,
    is_purchase: bool,
    returned_at: Option<i64>,
}

/// Some of the customers, while their purchases are read.
#[derive(Debug)]
struct Customers {
    looks: Vec<KnownAt>,
    /// One per look; the first with histories at its end.
    folds: Vec<Fold>,
    /// The customer being read, its last order, and the parts of its orders.
    current: Option<ArrayRef>,
    last_order: Option<ArrayRef>,
    parts: Vec<OrderPart>,
    events: Vec<Event>,
    /// Customers read so far.
    count: u32,
    /// Ids concatenated so far, and those still single.
    done: Vec<ArrayRef>,
    ids: Vec<ArrayRef>,
}

/// Number of single ids before they are concatenated.
const IDS_AT_ONCE: usize = 8192;

impl Customers {
    fn new(days: Days, cuts: &[Days], rules: &PurchaseRules, grain: Grain) -> Self {
        let split = |days: &Days| days.calibration_end.map(end_of_day_micros);
        let first = KnownAt { split: split(&days), cutoff: rules.cutoff_micros };
        let of_cuts =
            cuts.iter().map(|cut| KnownAt { split: split(cut), cutoff: end_of_day_micros(cut.as_of) });
        Self {
            looks: std::iter::once(first).chain(of_cuts).collect(),
            folds: std::iter::once(Fold::with_now(days, grain))
                .chain(cuts.iter().map(|cut| Fold::new(*cut, grain)))
                .collect(),
            current: None,
            last_order: None,
            parts: Vec::new(),
            events: Vec::new(),
            count: 0,
            done: Vec::new(),
            ids: Vec::new(),
        }
    }

    /// The times at which something was known.
    fn times(&self) -> Vec<i64> {
        let mut times: Vec<i64> = self
            .looks
            .iter()
            .flat_map(|known_at| known_at.split.into_iter().chain([known_at.cutoff]))
            .collect();
        times.sort_unstable();
        times.dedup();
        times
    }

    /// Adds the finished customer.
    fn close(&mut self) {
        let Some(id) = self.current.take() else { return };
        if self.last_order.is_none() {
            // Every part is an order: sorted once instead of for every look.
            self.parts.sort_by_key(|part| (part.at, !part.is_purchase));
        }
        for (known_at, fold) in self.looks.iter().zip(&mut self.folds) {
            known(&self.parts, *known_at, &mut self.events);
            fold.add(self.count, &self.events);
        }
        self.parts.clear();
        self.last_order = None;
        self.count += 1;
        self.ids.push(id);
        if self.ids.len() == IDS_AT_ONCE {
            self.gather();
        }
    }

    /// Concatenates single ids, so that one row does not keep a whole batch in memory.
    fn gather(&mut self) {
        let parts: Vec<&dyn Array> = self.ids.iter().map(AsRef::as_ref).collect();
        if let Ok(together) = concat(&parts) {
            self.done.push(together);
            self.ids.clear();
        }
    }
}

impl PurchaseFold for Customers {
    fn rows(&mut self, rows: &PurchaseRows<'_>) {
        let length = rows.at_micros.len();
        let mut from = 0;
        while from < length {
            let to = (from + 1..length).find(|row| !same(rows.customer_id, from, *row)).unwrap_or(length);
            let goes_on = from == 0 && self.current.as_ref().is_some_and(|id| is(id, rows.customer_id, 0));
            if !goes_on {
                self.close();
                self.current = Some(rows.customer_id.slice(from, 1));
            }
            for row in from..to {
                let before = self.parts.last().map(|part| part.order);
                let of_before = match (rows.order, &self.last_order) {
                    (Some(orders), Some(last)) if row == from => is(last, orders, row),
                    (Some(orders), _) if row > from => same(orders, row - 1, row),
                    _ => false,
                };
                self.parts.push(OrderPart {
                    order: before.map_or(0, |order| order + u32::from(!of_before)),
                    at: rows.at_micros[row],
                    minor: rows.amount_minor[row],
                    is_purchase: rows.is_purchase.value(row),
                    returned_at: rows.returned_at.filter(|at| at.is_valid(row)).map(|at| at.value(row)),
                });
            }
            self.last_order = rows.order.map(|orders| orders.slice(to - 1, 1));
            from = to;
        }
    }
}

/// The orders of a customer as known in a look, sorted by time, purchases first.
fn known(parts: &[OrderPart], known_at: KnownAt, events: &mut Vec<Event>) {
    events.clear();
    for order in parts.chunk_by(|one, next| one.order == next.order) {
        let begun = events.len();
        for part in order.iter().filter(|part| part.at <= known_at.cutoff) {
            // What was returned later was still there.
            let returned_at = part.returned_at.filter(|at| *at <= known_at.cutoff);
            if returned_at.is_some_and(|at| known_at.split.is_none_or(|split| at <= split || part.at > split))
            {
                continue;
            }
            let is_late = known_at.split.is_some_and(|split| part.at > split);
            let own = events[begun..]
                .iter_mut()
                .find(|event| event.is_purchase == part.is_purchase && event.returned_at == returned_at);
            let event = match own {
                Some(event) => event,
                None => {
                    let at = part.at;
                    let is_purchase = part.is_purchase;
                    events.push(Event { at, minor: 0, is_purchase, returned_at, late: None });
                    let last = events.len() - 1;
                    &mut events[last]
                }
            };
            event.at = event.at.min(part.at);
            if is_late {
                let (at, minor) = event.late.unwrap_or((part.at, 0));
                event.late = Some((at.min(part.at), minor.saturating_add(part.minor)));
            } else {
                event.minor = event.minor.saturating_add(part.minor);
            }
        }
        for event in &mut events[begun..] {
            // Lines are late only if their order began before.
            if let Some((_, minor)) =
                event.late.filter(|_| known_at.split.is_some_and(|split| event.at > split))
            {
                event.minor = event.minor.saturating_add(minor);
                event.late = None;
            }
        }
    }
    events.sort_by_key(|event| (event.at, !event.is_purchase));
}

/// All customers, sorted by id.
fn merged(folded: Vec<Customers>) -> Result<(Base, Vec<Calibration>)> {
    let internal = |e: arrow::error::ArrowError| Error::new(Kind::Internal, e.to_string());
    let (mut folds, mut ids, mut count) = (Vec::new(), Vec::new(), 0);
    for mut customers in folded {
        customers.close();
        if folds.is_empty() {
            folds = customers.folds;
        } else {
            for (fold, more) in folds.iter_mut().zip(customers.folds) {
                fold.append(more, count);
            }
        }
        count += customers.count;
        ids.extend(customers.done.into_iter().chain(customers.ids));
    }
    let parts: Vec<&dyn Array> = ids.iter().map(AsRef::as_ref).collect();
    let ids = match parts.as_slice() {
        [] => arrow::array::new_empty_array(&DataType::Int64),
        parts => concat(parts).map_err(internal)?,
    };
    let sorted = sort_to_indices(&ids, None, None).map_err(internal)?;
    let mut rank = vec![0_u32; ids.len()];
    for (place, number) in sorted.values().iter().enumerate() {
        rank[*number as usize] = place as u32;
    }
    let by_rank = |numbers: &[u32]| {
        let mut places: Vec<u32> = (0..numbers.len() as u32).collect();
        places.sort_by_key(|place| rank[numbers[*place as usize] as usize]);
        places
    };

    let mut folds = folds.into_iter();
    let first = folds.next().ok_or_else(|| Error::new(Kind::Internal, "nothing was folded"))?;
    let (numbers, now) = first.now.unwrap_or_default();
    let places = by_rank(&numbers);
    let numbers: Vec<u32> = places.iter().map(|place| numbers[*place as usize]).collect();
    let mut row_of = vec![None; ids.len()];
    for (row, number) in numbers.iter().enumerate() {
        row_of[*number as usize] = Some(row as u32);
    }
    let calibration = |numbers: &[u32], kept: &Calibration| {
        let places = by_rank(numbers);
        let rows = places.iter().map(|place| row_of[numbers[*place as usize] as usize]).collect();
        kept.at_places(&places, rows)
    };
    let purchases = first.purchases.map(|all| {
        let places = by_rank(&all.customer);
        let row = |place: &u32| row_of[all.customer[*place as usize] as usize];
        PurchaseDays {
            customer: places.iter().filter_map(row).collect(),
            day: places
                .iter()
                .filter(|place| row(place).is_some())
                .map(|place| all.day[*place as usize])
                .collect(),
        }
    });
    let base = Base {
        customer_id: take(&ids, &arrow::array::UInt32Array::from(numbers), None).map_err(internal)?,
        now: now.take(&places),
        calibration: first.days.calibration_end.map(|_| calibration(&first.calibrated, &first.calibration)),
        purchases,
    };
    let cuts = folds.map(|fold| calibration(&fold.calibrated, &fold.calibration)).collect();
    Ok((base, cuts))
}

/// Whether a single value is that of a row.
fn is(one: &ArrayRef, all: &ArrayRef, row: usize) -> bool {
    one.to_data() == all.slice(row, 1).to_data()
}

/// Whether two rows have the same id.
fn same(ids: &ArrayRef, one: usize, other: usize) -> bool {
    if let Some(ids) = ids.as_primitive_opt::<Int64Type>() {
        ids.value(one) == ids.value(other)
    } else if let Some(ids) = ids.as_string_opt::<i32>() {
        ids.value(one) == ids.value(other)
    } else if let Some(ids) = ids.as_string_view_opt() {
        ids.value(one) == ids.value(other)
    } else {
        ids.slice(one, 1).to_data() == ids.slice(other, 1).to_data()
    }
}

#[cfg(test)]
mod tests;
