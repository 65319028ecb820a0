//! Draws how non-sales and returns are marked.

use super::super::super::draw::Draw;
use super::super::super::languages::{Language, vocabulary};
use super::super::super::notation::Negative;
use super::super::dimensions::{
    Ambiguity, Flag, FlagForm, Grain, Late, Link, OrderNumber, Place, ReturnSign, Returns, Stamp, Status,
};
use super::super::wish::{Choices, Wish};
use super::pick;

/// Draws how non-sales are marked: status, flags, times.
pub(super) fn standing(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
    let english = c.language == Language::English;
    let has_orders = !matches!(c.grain, Grain::Events | Grain::HeaderLines);
    let clean = matches!(c.doubt, Ambiguity::Absent | Ambiguity::DayOrMonth) && c.late == Late::Absent;
    c.status = pick(
        draw,
        wish.status,
        &[(Status::Absent, 56), (Status::Words, 40), (Status::Magento, 4)],
        |status| match status {
            Status::Absent => c.doubt != Ambiguity::Codes && c.late != Late::Status,
            Status::Words => {
                has_orders
                    && vocabulary(c.language).statuses.is_some()
                    && (clean || c.doubt == Ambiguity::Codes || c.late == Late::Status)
            }
            Status::Magento => clean && english && c.grain == Grain::Order,
        },
    )?;
    c.place = pick(
        draw,
        wish.place,
        &[(Place::Absent, 84), (Place::ShipState, 6), (Place::StoreState, 5), (Place::Province, 6)],
        |place| match place {
            Place::Absent => true,
            Place::ShipState | Place::StoreState => {
                clean && has_orders && english && c.grain != Grain::Tables
            }
            Place::Province => {
                clean
                    && has_orders
                    && c.grain != Grain::Tables
                    && matches!(
                        c.language,
                        Language::English
                            | Language::German
                            | Language::Spanish
                            | Language::Portuguese
                            | Language::Italian
                    )
            }
        },
    )?;
    let flags = clean && has_orders && c.grain != Grain::Tables && c.status != Status::Magento;
    c.flag = pick(
        draw,
        wish.flag,
        &[
            (Flag::Absent, 84),
            (Flag::Voided, 4),
            (Flag::Deleted, 4),
            (Flag::Test, 4),
            (Flag::Cancelled, 6),
            (Flag::Returned, 3),
        ],
        |flag| match flag {
            Flag::Absent => true,
            Flag::Cancelled => flags,
            Flag::Returned => flags && english && c.status == Status::Absent,
            _ => flags && english,
        },
    )?;
    c.flag_form = pick(
        draw,
        wish.flag_form,
        &[
            (FlagForm::Letters, 20),
            (FlagForm::Bool, 30),
            (FlagForm::Digits, 20),
            (FlagForm::Words, 20),
            (FlagForm::UpperBool, 10),
        ],
        |form| {
            if c.flag == Flag::Absent { form == FlagForm::Bool } else { english || form != FlagForm::Letters }
        },
    )?;
    c.stamp = pick(
        draw,
        wish.stamp,
        &[(Stamp::Absent, 92), (Stamp::CancelledAt, 6), (Stamp::DeletedAt, 3)],
        |stamp| {
            stamp == Stamp::Absent
                || (flags && english && c.flag == Flag::Absent && c.doubt == Ambiguity::Absent)
        },
    )?;
    Some(())
}

pub(super) fn returns(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
    use Grain as G;
    let english = c.language == Language::English;
    let rows = matches!(c.grain, G::Order | G::LineTotal | G::LinePrice | G::LineAll);
    c.returns = pick(
        draw,
        wish.returns,
        &[
            (Returns::Absent, 50),
            (Returns::StatusWord, 30),
            (Returns::Column, 10),
            (Returns::NegativeColumn, 4),
            (Returns::Rows, 18),
            (Returns::Documents, 10),
            (Returns::Kinds, 8),
            (Returns::Prefix, 5),
        ],
        |returns| {
            match c.grain {
                G::RefundFanout => return returns == Returns::Column,
                G::Events => return returns == Returns::Absent,
                _ => {}
            }
            match c.late {
                Late::Negative => return returns == Returns::Rows,
                Late::Refunds => return returns == Returns::Kinds,
                Late::Absent => {}
                _ => return returns == Returns::Absent,
            }
            match c.doubt {
                Ambiguity::Absent => {}
                // A return may fall after the twelfth, which would settle the order of day and month.
                Ambiguity::DayOrMonth if !returns.are_rows() => {}
                _ => return returns == Returns::Absent,
            }
            match returns {
                Returns::Absent => true,
                Returns::StatusWord => c.status != Status::Absent,
                Returns::Column => {
                    c.grain.has_order_total() || matches!(c.grain, G::LineTotal | G::LineAll | G::Tables)
                }
                Returns::NegativeColumn => c.grain.has_order_total(),
                Returns::Rows => rows || matches!(c.grain, G::RepeatedTotal | G::HeaderLines),
                Returns::Documents => {
                    (rows || c.grain == G::RepeatedTotal) && vocabulary(c.language).documents.is_some()
                }
                Returns::Kinds => rows && english,
                Returns::Prefix => rows && english && c.order_number == OrderNumber::Usual,
            }
        },
    )?;
    c.link =
        pick(draw, wish.link, &[(Link::Nothing, 40), (Link::SameNumber, 30), (Link::Column, 30)], |link| {
            let named = c.returns.are_rows()
                && c.returns != Returns::Prefix
                && matches!(
                    c.order_number,
                    OrderNumber::Usual | OrderNumber::Odd | OrderNumber::ItemAndOrder
                )
                && c.late == Late::Absent;
            match link {
                Link::Nothing => true,
                Link::SameNumber => named && !matches!(c.grain, G::RepeatedTotal | G::HeaderLines),
                Link::Column => named,
            }
        })?;
    c.return_sign =
        pick(draw, wish.return_sign, &[(ReturnSign::Negative, 60), (ReturnSign::Positive, 40)], |sign| {
            sign == ReturnSign::Negative || c.returns.has_types()
        })?;
    c.negative = pick(
        draw,
        wish.negative,
        &[
            (Negative::Minus, 60),
            (Negative::Brackets, 15),
            (Negative::Trailing, 12),
            (Negative::Apostrophe, 12),
        ],
        |negative| {
            let below_zero = (c.returns.are_rows() && c.return_sign == ReturnSign::Negative)
                || c.returns == Returns::NegativeColumn;
            let of_money = !matches!(c.grain, G::LinePrice | G::HeaderLines);
            negative == Negative::Minus || (below_zero && of_money && c.late == Late::Absent)
        },
    )?;
    Some(())
}
