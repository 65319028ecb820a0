//! The rows of a document, by grain.

use super::super::choices::Grain;
use super::super::documents::Document;
use super::super::draw::Draw;
use super::super::shop::OrderOutcome;
use super::{RowKind, Spot};

/// What items are combined with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fan {
    Payments,
    Shipments,
    Refunds,
}

/// The rows of a document. `row` is the number of rows before it.
pub(in crate::exports) fn spots<'d>(
    draw: &mut Draw,
    grain: Grain,
    document: &'d Document<'d>,
    row: usize,
) -> Vec<Spot<'d>> {
    let one =
        Spot { document, line: None, fan: None, is_rest: false, kind: RowKind::Plain, at: document.at, row };
    let mut spots = match grain {
        Grain::Order | Grain::Tables => vec![one],
        Grain::LineTotal
        | Grain::LinePrice
        | Grain::LineAll
        | Grain::RepeatedTotal
        | Grain::FirstRowTotal => lines(one),
        Grain::PaymentFanout => fan_out(one, Fan::Payments),
        Grain::ShipmentFanout => fan_out(one, Fan::Shipments),
        Grain::RefundFanout => fan_out(one, Fan::Refunds),
        Grain::HeaderLines => papers(one),
        Grain::Events => events(draw, one),
    };
    for (place, spot) in spots.iter_mut().enumerate() {
        spot.is_rest = place > 0;
        spot.row = row + place;
    }
    spots
}

fn lines(one: Spot<'_>) -> Vec<Spot<'_>> {
    if one.document.lines.is_empty() {
        return vec![one];
    }
    (0..one.document.lines.len()).map(|line| Spot { line: Some(line), ..one }).collect()
}

fn fan_out(one: Spot<'_>, fan: Fan) -> Vec<Spot<'_>> {
    let count = one.document.order.map_or(1, |order| match fan {
        Fan::Payments => order.payments.len(),
        Fan::Shipments => order.shipments,
        Fan::Refunds => order.refunds.len(),
    });
    let fans: Vec<Option<usize>> = if count == 0 { vec![None] } else { (0..count).map(Some).collect() };
    lines(one).into_iter().flat_map(|spot| fans.iter().map(move |&fan| Spot { fan, ..spot })).collect()
}

fn papers(one: Spot<'_>) -> Vec<Spot<'_>> {
    let mut spots = vec![Spot { kind: RowKind::PaperHeader, ..one }];
    spots.extend(lines(one).into_iter().map(|spot| Spot { kind: RowKind::PaperLine, ..spot }));
    spots.push(Spot { kind: RowKind::PaperPayment, ..one });
    spots
}

/// Viewing, adding to the cart, and buying, in chronological order.
fn events<'d>(draw: &mut Draw, one: Spot<'d>) -> Vec<Spot<'d>> {
    let mut spots = Vec::new();
    let mut before = one.at - 60 * (2 * one.document.lines.len() as i64 + 4);
    for spot in lines(one) {
        for kind in [RowKind::View, RowKind::Cart] {
            if draw.chance(75) {
                spots.push(Spot { kind, at: before, ..spot });
            }
            before += draw.between(20, 58);
        }
    }
    if one.document.order.is_some_and(|order| order.fate == OrderOutcome::Sale) {
        spots.extend(lines(one));
    } else if spots.is_empty() {
        spots.push(Spot { kind: RowKind::View, line: Some(0), ..one });
    }
    // Some customers keep browsing after adding to the cart.
    if draw.chance(50) {
        spots.push(Spot { kind: RowKind::View, at: one.at + draw.between(30, 300), line: Some(0), ..one });
    }
    spots
}
