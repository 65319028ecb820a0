//! Recency, frequency and monetary value directly from the rows, without landing them.

use regulars_core::columns::Column;
use regulars_core::config::{Duplicates, Refunds};
use regulars_core::dates::DAY_MICROS;
use regulars_core::progress::Unit;

use super::{MeasuredCustomers, Prepared, Request, as_of, order_files, settle, widen};
use crate::error::Result;
use crate::ids::NotWhole;
use crate::land::measure::{CustomerTotals, Measured, TotalsById};
use crate::land::{Outcome, Pass, Stop};
use crate::placeholders::is_placeholder;

/// Measures customers if every row is a separate purchase; `None` if rows share orders, may be duplicates, or
/// are refunds that have to be matched with an order.
///
/// Errors: same as [`super::ingest`].
pub(super) fn measure_customers(
    request: &Request<'_>,
    prepared: &mut Prepared,
) -> Result<Option<MeasuredCustomers>> {
    let excludes_equal = prepared.config.policy.duplicates == Duplicates::Exclude;
    let grouped = prepared.has_orders && !prepared.has_ids;
    let takes_off_orders = prepared.sorted.orders.iter().any(|(_, plan)| plan.takes_off_orders());
    if grouped
        || takes_off_orders
        || (!prepared.has_ids && (prepared.sorted.orders.len() > 1 || excludes_equal))
    {
        return Ok(None);
    }
    let refunds = prepared.settings.refunds;
    loop {
        let mut files = order_files(prepared)?;
        for file in &mut files {
            file.rules.forget_details();
        }
        request.progress.step("Reading orders", Some(prepared.total_bytes), Unit::Bytes);
        let pass = Pass {
            files: &files,
            kinds: prepared.kinds,
            hash_rows: false,
            ids_are_unique: prepared.ids_are_unique(),
            refunded_are_landed: false,
            hash_files: false,
            edits: None,
            known_customers: None,
            out: request.out,
            threads: request.threads,
            progress: request.progress,
            runtime: prepared.runtime.handle(),
        };
        match crate::land::measure::measure(
            &pass,
            prepared.has_ids && !pass.ids_are_unique,
            refunds.reduce_spend(),
        ) {
            Ok(measured) => {
                let mut by_file = vec![crate::land::FileOutcome::default(); files.len()];
                for (file, checks) in by_file.iter_mut().zip(&measured.checks) {
                    file.checks = checks.clone();
                }
                let outcome = Outcome { by_file, ..Outcome::default() };
                settle::questions(prepared, &outcome)?;
                if let Some(note) = settle::join_accounts(prepared, &outcome)? {
                    prepared.notes.push(note);
                    continue;
                }
                let unsure = |word: &String| word == "0" || !is_placeholder(word);
                let unsure = outcome.by_file.iter().any(|f| f.checks.placeholders.keys().any(unsure));
                if unsure || (refunds == Refunds::Match && measured.returns > 0) {
                    return Ok(None);
                }
                return Ok(Some(customers_of(measured, prepared, request)));
            }
            Err(Stop::NotWhole(NotWhole(Column::TransactionId)) | Stop::Unordered) => return Ok(None),
            Err(Stop::NotWhole(NotWhole(column))) => widen(&mut prepared.kinds, column),
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
}

fn customers_of(measured: Measured, prepared: &Prepared, request: &Request<'_>) -> MeasuredCustomers {
    let as_of_micros = as_of(request, measured.last_micros);
    let day = |micros: i64| micros.div_euclid(DAY_MICROS);
    let (whole, text) = match &measured.measures {
        TotalsById::Whole(list) => (list.len(), 0),
        TotalsById::Text(list) => (0, list.len()),
    };
    let column = || Vec::with_capacity(whole + text);
    let mut found = MeasuredCustomers {
        whole_ids: Vec::with_capacity(whole),
        text_ids: Vec::with_capacity(text),
        recency_days: column(),
        frequency_orders: column(),
        monetary_minor: column(),
        tenure_days: column(),
        as_of_micros,
        money_decimals: prepared.settings.decimals,
        rows: (measured.read, measured.clean),
        notes: prepared.notes.clone(),
    };
    let mut push = |m: CustomerTotals| {
        found.recency_days.push(day(as_of_micros) - day(m.last_micros));
        found.frequency_orders.push(m.orders);
        found.monetary_minor.push(m.spend_minor);
        found.tenure_days.push(day(as_of_micros) - day(m.first_micros));
    };
    match measured.measures {
        TotalsById::Whole(list) => {
            for (id, m) in list {
                push(m);
                found.whole_ids.push(id);
            }
        }
        TotalsById::Text(list) => {
            for (id, m) in list {
                push(m);
                found.text_ids.push(id);
            }
        }
    }
    found
}
