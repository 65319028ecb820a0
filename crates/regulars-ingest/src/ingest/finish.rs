//! Builds the report, the inputs and the reading plans from the counts of a pass.

use std::collections::BTreeSet;

use regulars_core::columns::Column;
use regulars_core::manifest::Input;
use regulars_core::validation::MoneyTotals;

use super::settle::Resolution;
use super::{CODED_WORDS, Ingested, Prepared, Request, as_of, reading};
use crate::checks::{FileSpan, FindingContext, Occurrences, Samples, findings};
use crate::customers::Customers;
use crate::error::{Error, Kind, Result};
use crate::land::Outcome;

/// Builds the result.
///
/// Errors: no rows; rows or money that do not add up, which is a bug; files that changed while being read.
pub(super) fn finish(
    request: &Request<'_>,
    prepared: Prepared,
    outcome: Outcome,
    settled: &Resolution,
    customers: Option<&Customers>,
) -> Result<Ingested> {
    let orders = &prepared.sorted.orders;
    if outcome.tally.read == 0 {
        let shown = orders.first().map_or("the source", |(input, _)| input.location.shown.as_str());
        return Err(Error::new(Kind::Unreadable, format!("`{shown}` has a header but no rows"))
            .hint("export it again, with the orders of at least one day"));
    }
    let spans: Vec<FileSpan> = orders
        .iter()
        .zip(&outcome.by_file)
        .filter_map(|((input, _), file)| {
            file.span.map(|(first, last)| FileSpan { shown: input.location.shown.clone(), first, last })
        })
        .collect();
    let source = |column: &Column| {
        orders.iter().find_map(|(_, p)| p.columns.get(column)).map_or_else(String::new, |m| m.source.clone())
    };
    let sources: Vec<(Column, String)> = Column::ALL.iter().map(|c| (*c, source(c))).collect();
    let equal = Occurrences { count: settled.kept_equal, samples: Samples::default() };
    let reading = reading::plans(&prepared, &outcome.by_file, settled);
    let context = FindingContext {
        limits: &prepared.config.validation,
        decimals: prepared.settings.decimals,
        sources: &sources,
        spans: &spans,
        equal_rows_kept: &equal,
        customers_known: customers.is_some(),
        by_file: &outcome.by_file,
        settled,
    };
    let mut report = findings(&outcome.tally, &context);
    report.money = money(&outcome, settled);
    let problem = if !report.rows.add_up() {
        let rows = report.rows;
        Some(format!(
            "rows do not add up: {} read, {} clean, {} rejected, {} excluded",
            rows.read, rows.clean, rows.rejected, rows.excluded
        ))
    } else if !report.money.add_up() {
        let m = report.money;
        Some(format!(
            "money does not add up: {} gross, {} cancelled, {} returned, {} net (minor units)",
            m.gross_minor, m.cancelled_minor, m.returned_minor, m.net_minor
        ))
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(Error::new(Kind::Io, problem).hint("this is a bug in Regulars; please report it"));
    }
    let mut inputs = Vec::new();
    for ((input, _), file) in orders.iter().zip(&outcome.by_file) {
        if let Some(print) = &file.fingerprint {
            inputs.push(input_record(input.location.address(), "transactions", print, file.rows));
        }
    }
    let handle = prepared.runtime.handle();
    let beside = prepared.sorted.beside.iter().map(|(input, role, rows)| (input, *role, *rows));
    let of_customers =
        prepared.sorted.customers.iter().zip(customers).map(|(input, c)| (input, "customers", c.rows));
    for (input, role, rows) in beside.chain(of_customers) {
        inputs.push(input_record(input.location.address(), role, &input.fingerprint(handle)?, rows));
    }
    let coded = |words: BTreeSet<String>| (words.len() <= CODED_WORDS).then(|| words.into_iter().collect());
    Ok(Ingested {
        as_of_micros: as_of(request, outcome.tally.last_micros),
        span_micros: outcome.tally.first_micros.zip(outcome.tally.last_micros),
        report,
        inputs,
        notes: prepared.notes,
        reading,
        orders_are_rows: settled.orders_are_rows,
        categories: coded(outcome.tally.categories),
        payment_methods: coded(outcome.tally.payments),
        money_decimals: prepared.settings.decimals,
        has_customers: customers.is_some(),
        config: prepared.config,
    })
}

fn input_record(path: &str, role: &str, print: &crate::open::Fingerprint, rows: u64) -> Input {
    Input {
        path: path.to_owned(),
        role: role.to_owned(),
        bytes: print.bytes,
        sha256: print.sha256.clone(),
        rows,
    }
}

/// Money totals, with the number of orders.
fn money(outcome: &Outcome, settled: &Resolution) -> MoneyTotals {
    let tally = &outcome.tally;
    let excluded = |reason: &str| tally.excluded.get(reason).map_or(0, |c| c.count);
    let (gross_orders, reversed_orders) = settled.sold_orders.unwrap_or_else(|| {
        let sales =
            if tally.negative_rows_are_sales { tally.clean } else { tally.clean - tally.negative.count };
        let reversed = excluded("refunded") + excluded("cancelled_order");
        (sales + reversed, reversed)
    });
    MoneyTotals { gross_orders, reversed_orders, ..tally.money }
}
