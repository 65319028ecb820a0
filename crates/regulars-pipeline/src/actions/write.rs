//! The table of customers with upside.

use regulars_core::tables::opportunities;

use super::ActionsRequest;
use super::similar_customers::{KINDS, OpportunityResult};
use regulars_value::tables::{whole, words, write};
use regulars_value::{Result, ids_of};

/// One row per customer with upside; a customer is in one kind at most.
pub(super) fn opportunities(request: &ActionsRequest<'_>, found: &[OpportunityResult]) -> Result<()> {
    let mut rows: Vec<(u32, u8, i64, i64)> = Vec::new();
    for (kind, of_kind) in found.iter().enumerate() {
        let money = of_kind.expected_minor.iter().zip(&of_kind.similar_customers_minor);
        rows.extend(
            of_kind.rows.iter().zip(money).map(|(row, (now, would))| (*row, kind as u8, *now, *would)),
        );
    }
    rows.sort_unstable();
    let customers: Vec<u32> = rows.iter().map(|(row, ..)| *row).collect();
    let kinds: Vec<u8> = rows.iter().map(|(_, kind, ..)| *kind).collect();
    let segments: Vec<u8> = rows.iter().map(|(row, ..)| request.segment[*row as usize]).collect();
    let names: Vec<String> = request.rules.segments.iter().map(|segment| segment.name.clone()).collect();
    let money = |of: fn(i64, i64) -> i64| {
        whole(&rows.iter().map(|(.., now, would)| of(*now, *would)).collect::<Vec<_>>())
    };
    let columns = opportunities::Columns {
        customer_id: ids_of(&request.rfm.customer_id, &customers)?,
        kind: words(&kinds, &KINDS.map(|kind| kind.name().to_owned())),
        segment: words(&segments, &names),
        predicted_ltv_minor: money(|now, _| now),
        similar_customers_ltv_minor: money(|_, would| would),
        upside_minor: money(|now, would| would - now),
    };
    write(request.dir, columns.into_list())
}
