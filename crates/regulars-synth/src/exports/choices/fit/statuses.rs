//! Draws how non-sales and returns are marked.

use super::super::super::draw::Draw;
use super::super::super::languages::{Language, vocabulary};
use super::super::super::notation::Negative;
use super::super::constraints::{Choices, Constraints};
use super::super::dimensions::{
    Ambiguity, CancellationTime, Flag, FlagForm, Grain, LateChange, OrderNumber, ReturnReference, ReturnSign,
    Returns, StateColumn, Status,
};
use super::pick;

/// Draws how non-sales are marked: status, flags, times.
pub(super) fn statuses(draw: &mut Draw, constraints: &Constraints, c: &mut Choices) -> Option<()> {
    let english = c.language == Language::English;
    let has_orders = !matches!(c.grain, Grain::Events | Grain::HeaderLines);
    let clean =
        matches!(c.ambiguity, Ambiguity::Absent | Ambiguity::DayOrMonth) && c.late == LateChange::Absent;
    c.status = pick(
        draw,
        constraints.status,
        &[(Status::Absent, 56), (Status::Words, 40), (Status::Magento, 4)],
        |status| match status {
            Status::Absent => c.ambiguity != Ambiguity::Codes && c.late != LateChange::Status,
            Status::Words => {
                has_orders
                    && vocabulary(c.language).statuses.is_some()
                    && (clean || c.ambiguity == Ambiguity::Codes || c.late == LateChange::Status)
            }
            Status::Magento => clean && english && c.grain == Grain::Order,
        },
    )?;
    c.place = pick(
        draw,
        constraints.place,
        &[
            (StateColumn::Absent, 84),
            (StateColumn::ShipState, 6),
            (StateColumn::StoreState, 5),
            (StateColumn::Province, 6),
        ],
        |place| match place {
            StateColumn::Absent => true,
            StateColumn::ShipState | StateColumn::StoreState => {
                clean && has_orders && english && c.grain != Grain::Tables
            }
            StateColumn::Province => {
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
        constraints.flag,
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
        constraints.flag_form,
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
    c.cancellation_time = pick(
        draw,
        constraints.cancellation_time,
        &[
            (CancellationTime::Absent, 92),
            (CancellationTime::CancelledAt, 6),
            (CancellationTime::DeletedAt, 3),
        ],
        |cancellation_time| {
            cancellation_time == CancellationTime::Absent
                || (flags && english && c.flag == Flag::Absent && c.ambiguity == Ambiguity::Absent)
        },
    )?;
    Some(())
}

pub(super) fn returns(draw: &mut Draw, constraints: &Constraints, c: &mut Choices) -> Option<()> {
    use Grain as G;
    let english = c.language == Language::English;
    let rows = matches!(c.grain, G::Order | G::LineTotal | G::LinePrice | G::LineAll);
    c.returns = pick(
        draw,
        constraints.returns,
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
                LateChange::Negative => return returns == Returns::Rows,
                LateChange::Refunds => return returns == Returns::Kinds,
                LateChange::Absent => {}
                _ => return returns == Returns::Absent,
            }
            match c.ambiguity {
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
    c.return_reference = pick(
        draw,
        constraints.return_reference,
        &[(ReturnReference::Nothing, 40), (ReturnReference::SameNumber, 30), (ReturnReference::Column, 30)],
        |return_reference| {
            let named = c.returns.are_rows()
                && c.returns != Returns::Prefix
                && matches!(
                    c.order_number,
                    OrderNumber::Usual | OrderNumber::Odd | OrderNumber::ItemAndOrder
                )
                && c.late == LateChange::Absent;
            match return_reference {
                ReturnReference::Nothing => true,
                ReturnReference::SameNumber => named && !matches!(c.grain, G::RepeatedTotal | G::HeaderLines),
                ReturnReference::Column => named,
            }
        },
    )?;
    c.return_sign = pick(
        draw,
        constraints.return_sign,
        &[(ReturnSign::Negative, 60), (ReturnSign::Positive, 40)],
        |sign| sign == ReturnSign::Negative || c.returns.has_types(),
    )?;
    c.negative = pick(
        draw,
        constraints.negative,
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
            negative == Negative::Minus || (below_zero && of_money && c.late == LateChange::Absent)
        },
    )?;
    Some(())
}
