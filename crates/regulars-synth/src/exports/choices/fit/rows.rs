//! Draws grain, language, and order numbers.

use super::super::super::dimension::Dimension;
use super::super::super::draw::Draw;
use super::super::super::languages::Language;
use super::super::constraints::{Choices, Constraints};
use super::super::dimensions::{Ambiguity, Grain, HeaderStyle, LateChange, NumberStyle, OrderNumber};
use super::pick;

/// Draws grain, language and order numbers.
pub(super) fn rows(draw: &mut Draw, constraints: &Constraints, c: &mut Choices) -> Option<()> {
    use Grain as G;
    let mut ambiguities: Vec<(Ambiguity, u32)> =
        Ambiguity::ALL.iter().map(|&ambiguity| (ambiguity, 8)).collect();
    ambiguities[0].1 = 880;
    c.ambiguity = pick(draw, constraints.ambiguity, &ambiguities, |_| true)?;
    let mut lates: Vec<(LateChange, u32)> = LateChange::ALL.iter().map(|&late| (late, 3)).collect();
    lates[0].1 = 982;
    c.late = pick(draw, constraints.late, &lates, |late| {
        late == LateChange::Absent || c.ambiguity == Ambiguity::Absent
    })?;
    c.grain = pick(
        draw,
        constraints.grain,
        &[
            (G::Order, 26),
            (G::LineTotal, 12),
            (G::LinePrice, 11),
            (G::LineAll, 9),
            (G::RepeatedTotal, 12),
            (G::FirstRowTotal, 6),
            (G::PaymentFanout, 5),
            (G::ShipmentFanout, 4),
            (G::RefundFanout, 4),
            (G::HeaderLines, 4),
            (G::Events, 4),
            (G::Tables, 4),
        ],
        |grain| {
            let ambiguity = match c.ambiguity {
                Ambiguity::Absent => true,
                Ambiguity::DayOrMonth => {
                    matches!(grain, G::Order | G::LineTotal | G::LineAll | G::RepeatedTotal)
                }
                Ambiguity::Edited => grain == G::RepeatedTotal,
                Ambiguity::Discount => grain == G::LinePrice,
                Ambiguity::NoHeader | Ambiguity::Periods => grain == G::Order,
                Ambiguity::Thousands
                | Ambiguity::NewReturning
                | Ambiguity::Currencies
                | Ambiguity::Codes
                | Ambiguity::OrderIds
                | Ambiguity::CustomerIds
                | Ambiguity::NoCustomer => matches!(grain, G::Order | G::LineTotal),
            };
            let late = match c.late {
                LateChange::Absent => true,
                LateChange::Lines => matches!(grain, G::RepeatedTotal | G::LineTotal | G::LineAll),
                LateChange::Currency | LateChange::Status | LateChange::Refunds => grain == G::Order,
                LateChange::Notation | LateChange::Negative => matches!(grain, G::Order | G::LineTotal),
            };
            ambiguity && late
        },
    )?;
    let simple = c.grain.has_order_total() || c.grain.sums_lines();
    c.language = pick(
        draw,
        constraints.language,
        &[
            (Language::English, 44),
            (Language::German, 8),
            (Language::French, 7),
            (Language::Spanish, 7),
            (Language::Portuguese, 6),
            (Language::Italian, 5),
            (Language::Dutch, 5),
            (Language::Polish, 6),
            (Language::Turkish, 5),
            (Language::Japanese, 3),
            (Language::Chinese, 3),
            (Language::Russian, 2),
        ],
        |language| {
            let english_only = c.late != LateChange::Absent || c.ambiguity == Ambiguity::NewReturning;
            language == Language::English || (simple && !english_only)
        },
    )?;
    let english = c.language == Language::English;
    c.order_number = pick(
        draw,
        constraints.order_number,
        &[
            (OrderNumber::Usual, 58),
            (OrderNumber::Odd, 10),
            (OrderNumber::PartFilled, 6),
            (OrderNumber::ItemAndOrder, 8),
            (OrderNumber::Monthly, 5),
            (OrderNumber::Yearly, 4),
            (OrderNumber::Absent, 16),
        ],
        |number| match number {
            OrderNumber::Usual => c.ambiguity != Ambiguity::Periods,
            _ if c.late != LateChange::Absent || c.ambiguity == Ambiguity::OrderIds => false,
            OrderNumber::Odd => simple && c.ambiguity == Ambiguity::Absent,
            OrderNumber::PartFilled => english && c.grain == G::Order && c.ambiguity == Ambiguity::Absent,
            OrderNumber::ItemAndOrder => {
                english
                    && (c.grain.sums_lines() || c.grain == G::RepeatedTotal)
                    && c.ambiguity == Ambiguity::Absent
            }
            OrderNumber::Monthly | OrderNumber::Yearly => simple && c.ambiguity == Ambiguity::Absent,
            OrderNumber::Absent => {
                matches!(c.grain, G::Order | G::LineTotal | G::LinePrice | G::LineAll | G::Events)
                    && c.ambiguity != Ambiguity::NoHeader
            }
        },
    )?;
    c.number_style = pick(
        draw,
        constraints.number_style,
        &[
            (NumberStyle::Sequence, 40),
            (NumberStyle::Prefixed, 16),
            (NumberStyle::HashSign, 8),
            (NumberStyle::Long, 14),
            (NumberStyle::Year, 8),
            (NumberStyle::Hex, 7),
            (NumberStyle::Dashed, 7),
        ],
        |style| match c.order_number {
            OrderNumber::ItemAndOrder => style == NumberStyle::Long,
            OrderNumber::PartFilled => style == NumberStyle::Hex,
            OrderNumber::Monthly | OrderNumber::Yearly | OrderNumber::Absent => {
                style == NumberStyle::Sequence
            }
            _ if c.ambiguity == Ambiguity::OrderIds => style == NumberStyle::Long,
            _ if c.grain == G::HeaderLines || c.late != LateChange::Absent => style == NumberStyle::Sequence,
            _ => true,
        },
    )?;
    c.header_style = pick(
        draw,
        constraints.header_style,
        &[
            (HeaderStyle::Title, 40),
            (HeaderStyle::Snake, 30),
            (HeaderStyle::Camel, 6),
            (HeaderStyle::Pascal, 8),
            (HeaderStyle::UpperSnake, 5),
            (HeaderStyle::Upper, 5),
            (HeaderStyle::Kebab, 6),
        ],
        |style| match c.grain {
            G::Tables => style == HeaderStyle::Snake,
            G::HeaderLines => style == HeaderStyle::Title,
            _ => english || style == HeaderStyle::Title,
        },
    )?;
    Some(())
}
