//! Draws how rows are split into files and how the files are written.

use super::super::super::dates::DateForm;
use super::super::super::dimension::Dimension;
use super::super::super::draw::Draw;
use super::super::super::file::{
    BlankLines, Charset, Delimiter, Footer, HeaderAgain, HeaderRow, LastLine, LineEnd, Preamble, Quoting,
    Ragged,
};
use super::super::super::languages::Language;
use super::super::super::notation::{CurrencyPlace, Decimal};
use super::super::constraints::{Choices, Constraints};
use super::super::dimensions::{
    Ambiguity, CancellationTime, Cents, CustomerExtras, CustomerKey, Extras, FileSplit, Flag, Grain, Index,
    LateChange, NumberStyle, OrderNumber, Returns, RowOrder, StateColumn, Totals,
};
use super::pick;

pub(super) fn files(draw: &mut Draw, constraints: &Constraints, c: &mut Choices) -> Option<()> {
    let clean =
        matches!(c.ambiguity, Ambiguity::Absent | Ambiguity::DayOrMonth) && c.late == LateChange::Absent;
    c.header =
        pick(draw, constraints.header, &[(HeaderRow::Present, 60), (HeaderRow::Absent, 40)], |header| {
            if c.ambiguity == Ambiguity::NoHeader {
                return header == HeaderRow::Absent;
            }
            header == HeaderRow::Present
                || (c.ambiguity == Ambiguity::Absent && c.late == LateChange::Absent && roles_are_plain(c))
        })?;
    let headed = c.header == HeaderRow::Present;
    c.totals = pick(
        draw,
        constraints.totals,
        &[(Totals::Absent, 88), (Totals::Grand, 8), (Totals::Monthly, 5)],
        |totals| {
            totals == Totals::Absent
                || (clean
                    && headed
                    && matches!(c.grain, Grain::Order | Grain::LineTotal | Grain::LineAll)
                    && c.cents == Cents::Absent
                    && !c.dates.is_half_converted())
        },
    )?;
    c.file_split = pick(
        draw,
        constraints.file_split,
        &[(FileSplit::One, 84), (FileSplit::Months, 8), (FileSplit::Overlap, 8)],
        |file_split| match file_split {
            FileSplit::One => true,
            _ if !clean
                || c.totals != Totals::Absent
                || c.grain == Grain::Tables
                || c.dates.is_half_converted() =>
            {
                false
            }
            FileSplit::Months => true,
            FileSplit::Overlap => {
                matches!(c.order_number, OrderNumber::Usual | OrderNumber::Odd)
                    && (c.grain.has_order_total() || c.grain.sums_lines())
            }
        },
    )?;
    c.index = pick(
        draw,
        constraints.index,
        &[(Index::Absent, 92), (Index::Unnamed, 4), (Index::Named, 4)],
        |index| {
            let english = c.language == Language::English;
            match index {
                Index::Absent => true,
                Index::Unnamed | Index::Named => {
                    clean
                        && headed
                        && c.file_split == FileSplit::One
                        && c.totals == Totals::Absent
                        && (c.grain.has_order_total() || c.grain.sums_lines())
                        && !matches!(c.order_number, OrderNumber::PartFilled | OrderNumber::ItemAndOrder)
                        && (english || index == Index::Unnamed)
                }
            }
        },
    )?;
    c.row_order = pick(
        draw,
        constraints.row_order,
        &[(RowOrder::Oldest, 60), (RowOrder::Newest, 25), (RowOrder::Random, 15)],
        |order| {
            order == RowOrder::Oldest
                || (c.late == LateChange::Absent
                    && c.totals != Totals::Monthly
                    && c.file_split == FileSplit::One
                    && c.ambiguity != Ambiguity::Periods)
        },
    )?;
    let comma = c.decimal == Decimal::Comma;
    c.delimiter = pick(
        draw,
        constraints.delimiter,
        &[
            (Delimiter::Comma, if comma { 18 } else { 74 }),
            (Delimiter::Semicolon, if comma { 60 } else { 10 }),
            (Delimiter::Tab, 11),
            (Delimiter::Pipe, 5),
        ],
        |delimiter| c.late == LateChange::Absent || delimiter == Delimiter::Comma,
    )?;
    c.quoting = pick(
        draw,
        constraints.quoting,
        &[(Quoting::Needed, 75), (Quoting::All, 15), (Quoting::Texts, 10)],
        |_| true,
    )?;
    let legacy = match c.language {
        Language::English => 3,
        Language::Japanese | Language::Chinese => 60,
        _ => 22,
    };
    c.charset = pick(
        draw,
        constraints.charset,
        &[
            (Charset::Utf8, 60),
            (Charset::Utf8Mark, 14),
            (Charset::Utf16Little, 6),
            (Charset::Utf16Big, 4),
            (Charset::Legacy, legacy),
        ],
        |charset| c.late == LateChange::Absent || charset == Charset::Utf8,
    )?;
    c.line_end = pick(
        draw,
        constraints.line_end,
        &[(LineEnd::Lf, 60), (LineEnd::CrLf, 31), (LineEnd::Cr, 9)],
        |_| true,
    )?;
    let mut preambles: Vec<(Preamble, u32)> = Preamble::ALL.iter().map(|&preamble| (preamble, 4)).collect();
    preambles[0].1 = 85;
    c.preamble = pick(draw, constraints.preamble, &preambles, |preamble| {
        preamble == Preamble::Nothing || (clean && headed)
    })?;
    c.footer = pick(
        draw,
        constraints.footer,
        &[(Footer::Nothing, 92), (Footer::Note, 4), (Footer::Count, 4)],
        |footer| footer == Footer::Nothing || (clean && headed),
    )?;
    c.blank_lines = pick(
        draw,
        constraints.blank_lines,
        &[(BlankLines::Nothing, 92), (BlankLines::Between, 4), (BlankLines::End, 4)],
        |lines| lines == BlankLines::Nothing || clean,
    )?;
    c.header_again = pick(
        draw,
        constraints.header_again,
        &[(HeaderAgain::Never, 95), (HeaderAgain::Sometimes, 5)],
        |again| again == HeaderAgain::Never || (clean && headed),
    )?;
    let mut ragged: Vec<(Ragged, u32)> = Ragged::ALL.iter().map(|&ragged| (ragged, 4)).collect();
    ragged[0].1 = 88;
    c.ragged = pick(draw, constraints.ragged, &ragged, |ragged| ragged == Ragged::Even || (clean && headed))?;
    c.last_line =
        pick(draw, constraints.last_line, &[(LastLine::Ended, 80), (LastLine::Open, 20)], |_| true)?;
    Some(())
}

/// Whether columns can be identified by their values alone: an address, a date, a number with letters, an
/// amount.
fn roles_are_plain(c: &Choices) -> bool {
    c.grain == Grain::Order
        && c.customer == CustomerKey::Email
        && c.customer_extras == CustomerExtras::Nothing
        && matches!(c.dates, DateForm::Iso | DateForm::IsoTime)
        && c.order_number == OrderNumber::Usual
        && matches!(c.number_style, NumberStyle::Prefixed | NumberStyle::HashSign)
        && c.currency != CurrencyPlace::Header
        && c.extras == Extras::Absent
        && c.cents == Cents::Absent
        && c.place == StateColumn::Absent
        && c.flag == Flag::Absent
        && c.cancellation_time == CancellationTime::Absent
        && matches!(c.returns, Returns::Absent | Returns::StatusWord)
}
