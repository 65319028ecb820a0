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
use super::super::dimensions::{
    Ambiguity, Beside, Cents, CustomerKey, Cut, Extras, Flag, Grain, Index, Late, NumberStyle, OrderNumber,
    Place, Returns, RowOrder, Stamp, Totals,
};
use super::super::wish::{Choices, Wish};
use super::pick;

pub(super) fn files(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
    let clean = matches!(c.doubt, Ambiguity::Absent | Ambiguity::DayOrMonth) && c.late == Late::Absent;
    c.header = pick(draw, wish.header, &[(HeaderRow::Present, 60), (HeaderRow::Absent, 40)], |header| {
        if c.doubt == Ambiguity::NoHeader {
            return header == HeaderRow::Absent;
        }
        header == HeaderRow::Present
            || (c.doubt == Ambiguity::Absent && c.late == Late::Absent && roles_are_plain(c))
    })?;
    let headed = c.header == HeaderRow::Present;
    c.totals = pick(
        draw,
        wish.totals,
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
    c.cut = pick(draw, wish.cut, &[(Cut::One, 84), (Cut::Months, 8), (Cut::Overlap, 8)], |cut| match cut {
        Cut::One => true,
        _ if !clean
            || c.totals != Totals::Absent
            || c.grain == Grain::Tables
            || c.dates.is_half_converted() =>
        {
            false
        }
        Cut::Months => true,
        Cut::Overlap => {
            matches!(c.order_number, OrderNumber::Usual | OrderNumber::Odd)
                && (c.grain.has_order_total() || c.grain.sums_lines())
        }
    })?;
    c.index =
        pick(draw, wish.index, &[(Index::Absent, 92), (Index::Unnamed, 4), (Index::Named, 4)], |index| {
            let english = c.language == Language::English;
            match index {
                Index::Absent => true,
                Index::Unnamed | Index::Named => {
                    clean
                        && headed
                        && c.cut == Cut::One
                        && c.totals == Totals::Absent
                        && (c.grain.has_order_total() || c.grain.sums_lines())
                        && !matches!(c.order_number, OrderNumber::PartFilled | OrderNumber::ItemAndOrder)
                        && (english || index == Index::Unnamed)
                }
            }
        })?;
    c.row_order = pick(
        draw,
        wish.row_order,
        &[(RowOrder::Oldest, 60), (RowOrder::Newest, 25), (RowOrder::Random, 15)],
        |order| {
            order == RowOrder::Oldest
                || (c.late == Late::Absent
                    && c.totals != Totals::Monthly
                    && c.cut == Cut::One
                    && c.doubt != Ambiguity::Periods)
        },
    )?;
    let comma = c.decimal == Decimal::Comma;
    c.delimiter = pick(
        draw,
        wish.delimiter,
        &[
            (Delimiter::Comma, if comma { 18 } else { 74 }),
            (Delimiter::Semicolon, if comma { 60 } else { 10 }),
            (Delimiter::Tab, 11),
            (Delimiter::Pipe, 5),
        ],
        |delimiter| c.late == Late::Absent || delimiter == Delimiter::Comma,
    )?;
    c.quoting =
        pick(draw, wish.quoting, &[(Quoting::Needed, 75), (Quoting::All, 15), (Quoting::Texts, 10)], |_| {
            true
        })?;
    let legacy = match c.language {
        Language::English => 3,
        Language::Japanese | Language::Chinese => 60,
        _ => 22,
    };
    c.charset = pick(
        draw,
        wish.charset,
        &[
            (Charset::Utf8, 60),
            (Charset::Utf8Mark, 14),
            (Charset::Utf16Little, 6),
            (Charset::Utf16Big, 4),
            (Charset::Legacy, legacy),
        ],
        |charset| c.late == Late::Absent || charset == Charset::Utf8,
    )?;
    c.line_end =
        pick(draw, wish.line_end, &[(LineEnd::Lf, 60), (LineEnd::CrLf, 31), (LineEnd::Cr, 9)], |_| true)?;
    let mut preambles: Vec<(Preamble, u32)> = Preamble::ALL.iter().map(|&preamble| (preamble, 4)).collect();
    preambles[0].1 = 85;
    c.preamble =
        pick(draw, wish.preamble, &preambles, |preamble| preamble == Preamble::Nothing || (clean && headed))?;
    c.footer =
        pick(draw, wish.footer, &[(Footer::Nothing, 92), (Footer::Note, 4), (Footer::Count, 4)], |footer| {
            footer == Footer::Nothing || (clean && headed)
        })?;
    c.blank_lines = pick(
        draw,
        wish.blank_lines,
        &[(BlankLines::Nothing, 92), (BlankLines::Between, 4), (BlankLines::End, 4)],
        |lines| lines == BlankLines::Nothing || clean,
    )?;
    c.header_again =
        pick(draw, wish.header_again, &[(HeaderAgain::Never, 95), (HeaderAgain::Sometimes, 5)], |again| {
            again == HeaderAgain::Never || (clean && headed)
        })?;
    let mut ragged: Vec<(Ragged, u32)> = Ragged::ALL.iter().map(|&ragged| (ragged, 4)).collect();
    ragged[0].1 = 88;
    c.ragged = pick(draw, wish.ragged, &ragged, |ragged| ragged == Ragged::Even || (clean && headed))?;
    c.last_line = pick(draw, wish.last_line, &[(LastLine::Ended, 80), (LastLine::Open, 20)], |_| true)?;
    Some(())
}

/// Whether columns can be identified by their values alone: an address, a date, a number with letters, an
/// amount.
fn roles_are_plain(c: &Choices) -> bool {
    c.grain == Grain::Order
        && c.customer == CustomerKey::Email
        && c.beside == Beside::Nothing
        && matches!(c.dates, DateForm::Iso | DateForm::IsoTime)
        && c.order_number == OrderNumber::Usual
        && matches!(c.number_style, NumberStyle::Prefixed | NumberStyle::HashSign)
        && c.currency != CurrencyPlace::Header
        && c.extras == Extras::Absent
        && c.cents == Cents::Absent
        && c.place == Place::Absent
        && c.flag == Flag::Absent
        && c.stamp == Stamp::Absent
        && matches!(c.returns, Returns::Absent | Returns::StatusWord)
}
