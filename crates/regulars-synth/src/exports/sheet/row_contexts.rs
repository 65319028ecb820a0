//! The rows of a document, by grain.

use super::super::choices::Grain;
use super::super::documents::Document;
use super::super::draw::Draw;
use super::super::shop::OrderOutcome;
use super::{RowContext, RowKind};

/// What items are combined with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fan {
    Payments,
    Shipments,
    Refunds,
}

/// The rows of a document. `row` is the number of rows before it.
pub(in crate::exports) fn row_contexts<'d>(
    draw: &mut Draw,
    grain: Grain,
    document: &'d Document<'d>,
    row: usize,
) -> Vec<RowContext<'d>> {
    let one = RowContext {
        document,
        line: None,
        fan: None,
        is_later_row: false,
        kind: RowKind::Plain,
        at: document.at,
        row,
    };
    let mut row_contexts = match grain {
        Grain::Order | Grain::Tables => vec![one],
        Grain::LineTotal
        | Grain::LinePrice
        | Grain::LineAll
        | Grain::RepeatedTotal
        | Grain::FirstRowTotal => lines(one),
        Grain::PaymentFanout => fan_out(one, Fan::Payments),
        Grain::ShipmentFanout => fan_out(one, Fan::Shipments),
        Grain::RefundFanout => fan_out(one, Fan::Refunds),
        Grain::HeaderLines => receipt_rows(one),
        Grain::Events => events(draw, one),
    };
    for (place, context) in row_contexts.iter_mut().enumerate() {
        context.is_later_row = place > 0;
        context.row = row + place;
    }
    row_contexts
}

fn lines(one: RowContext<'_>) -> Vec<RowContext<'_>> {
    if one.document.lines.is_empty() {
        return vec![one];
    }
    (0..one.document.lines.len()).map(|line| RowContext { line: Some(line), ..one }).collect()
}

fn fan_out(one: RowContext<'_>, fan: Fan) -> Vec<RowContext<'_>> {
    let count = one.document.order.map_or(1, |order| match fan {
        Fan::Payments => order.payments.len(),
        Fan::Shipments => order.shipments,
        Fan::Refunds => order.refunds.len(),
    });
    let fans: Vec<Option<usize>> = if count == 0 { vec![None] } else { (0..count).map(Some).collect() };
    lines(one)
        .into_iter()
        .flat_map(|context| fans.iter().map(move |&fan| RowContext { fan, ..context }))
        .collect()
}

fn receipt_rows(one: RowContext<'_>) -> Vec<RowContext<'_>> {
    let mut row_contexts = vec![RowContext { kind: RowKind::ReceiptHeader, ..one }];
    row_contexts
        .extend(lines(one).into_iter().map(|context| RowContext { kind: RowKind::ReceiptLine, ..context }));
    row_contexts.push(RowContext { kind: RowKind::ReceiptPayment, ..one });
    row_contexts
}

/// Viewing, adding to the cart, and buying, in chronological order.
fn events<'d>(draw: &mut Draw, one: RowContext<'d>) -> Vec<RowContext<'d>> {
    let mut row_contexts = Vec::new();
    let mut before = one.at - 60 * (2 * one.document.lines.len() as i64 + 4);
    for context in lines(one) {
        for kind in [RowKind::View, RowKind::Cart] {
            if draw.chance(75) {
                row_contexts.push(RowContext { kind, at: before, ..context });
            }
            before += draw.between(20, 58);
        }
    }
    if one.document.order.is_some_and(|order| order.outcome == OrderOutcome::Sale) {
        row_contexts.extend(lines(one));
    } else if row_contexts.is_empty() {
        row_contexts.push(RowContext { kind: RowKind::View, line: Some(0), ..one });
    }
    // Some customers keep browsing after adding to the cart.
    if draw.chance(50) {
        row_contexts.push(RowContext {
            kind: RowKind::View,
            at: one.at + draw.between(30, 300),
            line: Some(0),
            ..one
        });
    }
    row_contexts
}
