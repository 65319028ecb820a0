//! Draws how amounts are written and what they include.

use super::super::super::draw::Draw;
use super::super::super::languages::{Language, vocabulary};
use super::super::super::notation::{
    CurrencyPlace, Decimal, Decimals, Negative, Padding, Thousands, fits as marks_fit,
};
use super::super::constraints::{Choices, Constraints};
use super::super::dimensions::{
    Ambiguity, Cents, Discount, Extras, FreeOrders, Grain, HeaderStyle, LateChange, QuantityName, Returns,
};
use super::pick;

pub(super) fn amounts(draw: &mut Draw, constraints: &Constraints, c: &mut Choices) -> Option<()> {
    let simple = c.grain.has_order_total() || c.grain.sums_lines();
    c.decimals = pick(
        draw,
        constraints.decimals,
        &[(Decimals::Zero, 9), (Decimals::Two, 84), (Decimals::Three, 4), (Decimals::Four, 3)],
        |decimals| match decimals {
            Decimals::Two => c.language != Language::Japanese && c.ambiguity != Ambiguity::Thousands,
            Decimals::Zero => {
                simple
                    && matches!(c.language, Language::English | Language::Japanese)
                    && c.late == LateChange::Absent
            }
            Decimals::Three => {
                simple
                    && matches!(c.language, Language::English | Language::French)
                    && c.late == LateChange::Absent
            }
            Decimals::Four => {
                c.language == Language::English
                    && matches!(c.grain, Grain::Order | Grain::LineTotal)
                    && matches!(c.ambiguity, Ambiguity::Absent | Ambiguity::DayOrMonth)
                    && c.late == LateChange::Absent
            }
        },
    )?;
    c.currency = pick(
        draw,
        constraints.currency,
        &[
            (CurrencyPlace::NotStated, 36),
            (CurrencyPlace::SignBefore, 12),
            (CurrencyPlace::SignAfter, 8),
            (CurrencyPlace::CodeBefore, 4),
            (CurrencyPlace::CodeAfter, 5),
            (CurrencyPlace::Column, 27),
            (CurrencyPlace::Header, 8),
        ],
        |place| match place {
            CurrencyPlace::NotStated => {
                !matches!(c.ambiguity, Ambiguity::Currencies) && c.late != LateChange::Currency
            }
            CurrencyPlace::Column => {
                c.decimals != Decimals::Four
                    && !matches!(c.ambiguity, Ambiguity::Thousands | Ambiguity::NoHeader)
            }
            CurrencyPlace::Header => {
                simple
                    && c.late == LateChange::Absent
                    && c.decimals != Decimals::Four
                    && matches!(c.ambiguity, Ambiguity::Absent | Ambiguity::DayOrMonth)
                    && c.header_style == HeaderStyle::Title
            }
            _ => {
                simple
                    && c.late == LateChange::Absent
                    && c.decimals != Decimals::Four
                    && matches!(
                        c.ambiguity,
                        Ambiguity::Absent | Ambiguity::DayOrMonth | Ambiguity::Currencies
                    )
            }
        },
    )?;
    let comma = vocabulary(c.language).decimal_comma;
    c.decimal = pick(
        draw,
        constraints.decimal,
        &[(Decimal::Dot, if comma { 20 } else { 93 }), (Decimal::Comma, if comma { 80 } else { 7 })],
        |decimal| {
            decimal == Decimal::Dot
                || (simple
                    && c.late == LateChange::Absent
                    && !matches!(c.ambiguity, Ambiguity::NoHeader)
                    && !matches!(c.language, Language::Japanese | Language::Chinese))
        },
    )?;
    c.thousands = pick(
        draw,
        constraints.thousands,
        &[
            (Thousands::Nothing, 60),
            (Thousands::Comma, 10),
            (Thousands::Dot, 14),
            (Thousands::Apostrophe, 4),
            (Thousands::Typographic, 4),
            (Thousands::Blank, 5),
            (Thousands::NoBreak, 5),
            (Thousands::NarrowNoBreak, 5),
            (Thousands::Indian, 4),
        ],
        |thousands| {
            let indian = thousands != Thousands::Indian
                || (c.language == Language::English && c.decimals == Decimals::Two);
            let ambiguity = match c.ambiguity {
                Ambiguity::Thousands if c.decimals == Decimals::Zero => {
                    matches!(thousands, Thousands::Dot | Thousands::Comma)
                }
                Ambiguity::Thousands | Ambiguity::NoHeader => thousands == Thousands::Nothing,
                _ => true,
            };
            let wide = simple && c.late == LateChange::Absent && c.decimals != Decimals::Four;
            marks_fit(c.decimal, thousands)
                && indian
                && ambiguity
                && (wide || thousands == Thousands::Nothing)
        },
    )?;
    c.padding =
        pick(draw, constraints.padding, &[(Padding::Fixed, 84), (Padding::Trimmed, 16)], |padding| {
            let bare = matches!(c.currency, CurrencyPlace::NotStated | CurrencyPlace::Column);
            padding == Padding::Fixed
                || (c.thousands == Thousands::Nothing
                    && bare
                    && c.decimals != Decimals::Zero
                    && c.ambiguity != Ambiguity::Thousands
                    && c.late == LateChange::Absent)
        })?;
    Some(())
}

/// Draws what an amount includes.
pub(super) fn parts(draw: &mut Draw, constraints: &Constraints, c: &mut Choices) -> Option<()> {
    use Grain as G;
    let english = c.language == Language::English;
    let clean =
        matches!(c.ambiguity, Ambiguity::Absent | Ambiguity::DayOrMonth) && c.late == LateChange::Absent;
    c.discount = pick(
        draw,
        constraints.discount,
        &[
            (Discount::Absent, 64),
            (Discount::Rate, 9),
            (Discount::Percent, 9),
            (Discount::PercentSign, 9),
            (Discount::Amount, 9),
        ],
        |discount| {
            if c.ambiguity == Ambiguity::Discount {
                return discount == Discount::Percent;
            }
            discount == Discount::Absent
                || (clean && matches!(c.grain, G::LinePrice | G::LineAll) && !c.returns.are_rows())
        },
    )?;
    let parts = [(Extras::Absent, 72), (Extras::Present, 28), (Extras::Freight, 60)];
    c.extras = pick(draw, constraints.extras, &parts, |extras| match extras {
        Extras::Absent => true,
        Extras::Present => {
            (clean || c.ambiguity == Ambiguity::NoHeader)
                && c.grain.has_order_total()
                && c.decimals != Decimals::Four
                && !(c.returns.are_rows() && c.grain != G::Order)
        }
        Extras::Freight => c.grain == G::PaymentFanout,
    })?;
    let plain_amounts = english
        && clean
        && c.decimals == Decimals::Two
        && matches!(c.currency, CurrencyPlace::NotStated | CurrencyPlace::Column)
        && c.decimal == Decimal::Dot
        && c.thousands == Thousands::Nothing
        && c.padding == Padding::Fixed
        && c.negative == Negative::Minus;
    c.cents = pick(
        draw,
        constraints.cents,
        &[(Cents::Absent, 86), (Cents::ByName, 8), (Cents::Mixed, 70)],
        |cents| match cents {
            Cents::Absent => true,
            Cents::ByName => plain_amounts && !matches!(c.grain, G::HeaderLines | G::Tables | G::Events),
            Cents::Mixed => plain_amounts && c.grain == G::LineAll && c.discount == Discount::Absent,
        },
    )?;
    c.quantity_name = pick(
        draw,
        constraints.quantity_name,
        &[(QuantityName::Usual, 60), (QuantityName::Amount, 40)],
        |name| {
            name == QuantityName::Usual
                || (english
                    && clean
                    && c.grain == G::LinePrice
                    && c.discount == Discount::Absent
                    && c.cents == Cents::Absent
                    && c.returns == Returns::Absent)
        },
    )?;
    c.free_orders =
        pick(draw, constraints.free_orders, &[(FreeOrders::Absent, 75), (FreeOrders::Some, 25)], |free| {
            free == FreeOrders::Absent
                || (clean
                    && (c.grain.has_order_total() || c.grain.sums_lines())
                    && !matches!(c.returns, Returns::Prefix)
                    && c.decimals == Decimals::Two)
        })?;
    Some(())
}
