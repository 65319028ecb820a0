//! Draws choices that fit together: each dimension among the values that the earlier ones allow.
//!
//! What an export cannot show does not happen in its shop, so that the choices decide the shop.

use super::super::dates::DateForm;
use super::super::dimension::Dimension;
use super::super::draw::Draw;
use super::super::languages::{Language, vocabulary};
use super::super::notation::{
    CurrencyPlace, Decimal, Decimals, Negative, Padding, Thousands, fits as marks_fit,
};
use super::dimensions::{
    Beside, Cents, CustomerKey, Discount, Doubt, Extras, Flag, FlagForm, FreeOrders, Grain, Guests,
    HeaderStyle, Late, Link, Nobody, NumberStyle, OrderNumber, Place, QuantityName, ReturnSign, Returns,
    Stamp, Status, TimePlace,
};
use super::wish::{Choices, Wish};

mod files;

/// Draws the choices of an export. What `wish` asks for is fixed, and the rest follows it.
pub(in crate::exports) fn draw(draw: &mut Draw, wish: &Wish) -> Choices {
    // A wish may be at odds with what was drawn before it; then all is drawn again.
    (0..20_000).find_map(|_| attempt(draw, wish)).unwrap_or(Choices::USUAL)
}

/// One value among those that fit; none if no value fits, or not the one that is wished for.
pub(super) fn pick<D: Dimension>(
    draw: &mut Draw,
    wish: Option<D>,
    weights: &[(D, u32)],
    fits: impl Fn(D) -> bool,
) -> Option<D> {
    if let Some(wanted) = wish {
        return fits(wanted).then_some(wanted);
    }
    let left: Vec<(D, u32)> =
        weights.iter().copied().filter(|&(value, weight)| weight > 0 && fits(value)).collect();
    if left.is_empty() { None } else { Some(draw.weighted(&left)) }
}

fn attempt(draw: &mut Draw, wish: &Wish) -> Option<Choices> {
    let mut c = Choices::USUAL;
    rows(draw, wish, &mut c)?;
    customers(draw, wish, &mut c)?;
    times(draw, wish, &mut c)?;
    amounts(draw, wish, &mut c)?;
    standing(draw, wish, &mut c)?;
    returns(draw, wish, &mut c)?;
    parts(draw, wish, &mut c)?;
    files::files(draw, wish, &mut c)?;
    Some(c)
}

/// What a row is, in which language, and how orders are numbered.
fn rows(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
    use Grain as G;
    let mut doubts: Vec<(Doubt, u32)> = Doubt::ALL.iter().map(|&doubt| (doubt, 8)).collect();
    doubts[0].1 = 880;
    c.doubt = pick(draw, wish.doubt, &doubts, |_| true)?;
    let mut lates: Vec<(Late, u32)> = Late::ALL.iter().map(|&late| (late, 3)).collect();
    lates[0].1 = 982;
    c.late = pick(draw, wish.late, &lates, |late| late == Late::Absent || c.doubt == Doubt::Absent)?;
    c.grain = pick(
        draw,
        wish.grain,
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
            let doubt = match c.doubt {
                Doubt::Absent => true,
                Doubt::DayOrMonth => matches!(grain, G::Order | G::LineTotal | G::LineAll | G::RepeatedTotal),
                Doubt::Edited => grain == G::RepeatedTotal,
                Doubt::Discount => grain == G::LinePrice,
                Doubt::NoHeader | Doubt::Periods => grain == G::Order,
                Doubt::Thousands
                | Doubt::NewReturning
                | Doubt::Currencies
                | Doubt::Codes
                | Doubt::OrderIds
                | Doubt::CustomerIds
                | Doubt::NoCustomer => matches!(grain, G::Order | G::LineTotal),
            };
            let late = match c.late {
                Late::Absent => true,
                Late::Lines => matches!(grain, G::RepeatedTotal | G::LineTotal | G::LineAll),
                Late::Currency | Late::Status | Late::Refunds => grain == G::Order,
                Late::Notation | Late::Negative => matches!(grain, G::Order | G::LineTotal),
            };
            doubt && late
        },
    )?;
    let simple = c.grain.has_order_total() || c.grain.sums_lines();
    c.language = pick(
        draw,
        wish.language,
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
            let english_only = c.late != Late::Absent || c.doubt == Doubt::NewReturning;
            language == Language::English || (simple && !english_only)
        },
    )?;
    let english = c.language == Language::English;
    c.order_number = pick(
        draw,
        wish.order_number,
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
            OrderNumber::Usual => c.doubt != Doubt::Periods,
            _ if c.late != Late::Absent || c.doubt == Doubt::OrderIds => false,
            OrderNumber::Odd => simple && c.doubt == Doubt::Absent,
            OrderNumber::PartFilled => english && c.grain == G::Order && c.doubt == Doubt::Absent,
            OrderNumber::ItemAndOrder => {
                english && (c.grain.sums_lines() || c.grain == G::RepeatedTotal) && c.doubt == Doubt::Absent
            }
            OrderNumber::Monthly | OrderNumber::Yearly => simple && c.doubt == Doubt::Absent,
            OrderNumber::Absent => {
                matches!(c.grain, G::Order | G::LineTotal | G::LinePrice | G::LineAll | G::Events)
                    && c.doubt != Doubt::NoHeader
            }
        },
    )?;
    c.number_style = pick(
        draw,
        wish.number_style,
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
            _ if c.doubt == Doubt::OrderIds => style == NumberStyle::Long,
            _ if c.grain == G::HeaderLines || c.late != Late::Absent => style == NumberStyle::Sequence,
            _ => true,
        },
    )?;
    c.header_style = pick(
        draw,
        wish.header_style,
        &[
            (HeaderStyle::Title, 40),
            (HeaderStyle::Snake, 30),
            (HeaderStyle::Camel, 6),
            (HeaderStyle::Pascal, 8),
            (HeaderStyle::UpperSnake, 5),
            (HeaderStyle::Upper, 5),
            (HeaderStyle::Kebab, 6),
        ],
        |style| english || style == HeaderStyle::Title,
    )?;
    Some(())
}

fn customers(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
    let asian = matches!(c.language, Language::Japanese | Language::Chinese | Language::Russian);
    c.customer = pick(
        draw,
        wish.customer,
        &[
            (CustomerKey::Number, 34),
            (CustomerKey::Code, 22),
            (CustomerKey::Email, 16),
            (CustomerKey::Name, if asian { 50 } else { 18 }),
            (CustomerKey::Hash, 8),
        ],
        |key| match c.grain {
            Grain::Events => matches!(key, CustomerKey::Number | CustomerKey::Hash),
            Grain::HeaderLines => key == CustomerKey::Code,
            _ if c.doubt == Doubt::CustomerIds => key == CustomerKey::Number,
            _ if c.doubt == Doubt::NewReturning => key == CustomerKey::Name,
            _ => true,
        },
    )?;
    c.beside = pick(
        draw,
        wish.beside,
        &[(Beside::Nothing, 55), (Beside::Email, 15), (Beside::Name, 15), (Beside::Both, 15)],
        |beside| {
            let doubtful = matches!(
                c.doubt,
                Doubt::NewReturning
                    | Doubt::CustomerIds
                    | Doubt::NoCustomer
                    | Doubt::NoHeader
                    | Doubt::Periods
            );
            match c.customer {
                _ if beside == Beside::Nothing => true,
                _ if doubtful || c.grain == Grain::Events || c.grain == Grain::HeaderLines => false,
                // With a name and an address, the address is the customer.
                CustomerKey::Name => false,
                CustomerKey::Email => beside == Beside::Name,
                _ => true,
            }
        },
    )?;
    let each = 4;
    c.nobody = pick(
        draw,
        wish.nobody,
        &[
            (Nobody::NoRows, 60),
            (Nobody::Blank, 12),
            (Nobody::Zero, each),
            (Nobody::MinusOne, each),
            (Nobody::Guest, each),
            (Nobody::Unknown, each),
            (Nobody::NotAvailable, each),
            (Nobody::BlankWord, each),
            (Nobody::Null, each),
            (Nobody::WalkIn, each),
            (Nobody::Several, each),
        ],
        |nobody| {
            if nobody == Nobody::NoRows {
                return true;
            }
            if !matches!(c.doubt, Doubt::Absent | Doubt::DayOrMonth) || c.late != Late::Absent {
                return false;
            }
            match c.customer {
                _ if matches!(c.grain, Grain::Events | Grain::Tables | Grain::HeaderLines) => {
                    nobody == Nobody::Blank
                }
                CustomerKey::Number => true,
                CustomerKey::Code => nobody != Nobody::MinusOne,
                CustomerKey::Email => nobody == Nobody::Blank,
                CustomerKey::Name => {
                    matches!(
                        nobody,
                        Nobody::Blank | Nobody::Guest | Nobody::Unknown | Nobody::WalkIn | Nobody::Several
                    )
                }
                CustomerKey::Hash => matches!(nobody, Nobody::Blank | Nobody::Null | Nobody::Unknown),
            }
        },
    )?;
    c.guests = pick(draw, wish.guests, &[(Guests::Without, 40), (Guests::WithEmail, 60)], |guests| {
        let can = c.beside.has_email() && c.nobody != Nobody::NoRows && c.grain != Grain::Tables;
        guests == Guests::Without || can
    })?;
    Some(())
}

fn times(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
    use DateForm as F;
    let weights: Vec<(DateForm, u32)> = DateForm::ALL
        .iter()
        .map(|&form| {
            let weight = match (c.language, form) {
                (_, F::Iso | F::IsoTime) => 14,
                (
                    Language::Japanese | Language::Chinese,
                    F::Cjk | F::CjkPadded | F::YearSlash | F::YearSlashTime,
                ) => 20,
                (Language::German | Language::Polish | Language::Turkish | Language::Russian, F::DayDots) => {
                    30
                }
                (
                    Language::German | Language::Polish | Language::Turkish | Language::Russian,
                    F::DayDotsTime,
                ) => 15,
                (Language::Dutch, F::DayDash) => 15,
                (
                    Language::French | Language::Spanish | Language::Portuguese | Language::Italian,
                    F::DaySlash,
                ) => 25,
                (_, F::HalfDayFirst | F::HalfMonthFirst) => 2,
                (_, F::Cjk | F::CjkPadded) => 1,
                _ => 4,
            };
            (form, weight)
        })
        .collect();
    c.dates = pick(draw, wish.dates, &weights, |form| {
        let language = match form {
            F::MonthSlash | F::MonthSlashTime | F::AmPm | F::MonthSlashShort | F::HalfMonthFirst => {
                c.language == Language::English
            }
            F::MonthNames | F::ShortMonthNames | F::Weekdays => vocabulary(c.language).calendar.is_some(),
            F::Cjk | F::CjkPadded => {
                matches!(c.language, Language::Japanese | Language::Chinese | Language::English)
            }
            F::DaySlashShort | F::DayDotsShort | F::HalfDayFirst => {
                !matches!(c.language, Language::Japanese | Language::Chinese)
            }
            _ => true,
        };
        let clean = c.doubt == Doubt::Absent && c.late == Late::Absent;
        let grain = match c.grain {
            Grain::Events => {
                matches!(form, F::IsoTime | F::UtcWord | F::Zulu | F::UnixSeconds | F::UnixMillis)
            }
            Grain::HeaderLines | Grain::Tables => {
                matches!(form, F::IsoTime | F::IsoT | F::Zulu | F::Offset | F::OffsetSpaced)
            }
            Grain::PaymentFanout | Grain::ShipmentFanout | Grain::RefundFanout => !form.is_half_converted(),
            _ => true,
        };
        let change = match c.doubt {
            Doubt::DayOrMonth => form.day_and_month_may_swap(),
            Doubt::NoHeader => matches!(form, F::Iso | F::IsoTime | F::Compact),
            Doubt::Periods => matches!(form, F::Iso),
            _ => c.late == Late::Absent || matches!(form, F::Iso | F::IsoTime),
        };
        language && grain && change && (clean || !form.is_half_converted())
    })?;
    c.time = pick(draw, wish.time, &[(TimePlace::WithDate, 88), (TimePlace::OwnColumn, 12)], |time| {
        let date_only = !c.dates.has_time() && !c.dates.is_half_converted() && c.dates != F::Excel;
        let simple = c.grain.has_order_total() || c.grain.sums_lines();
        time == TimePlace::WithDate
            || (date_only
                && simple
                && c.late == Late::Absent
                && matches!(c.doubt, Doubt::Absent | Doubt::DayOrMonth))
    })?;
    Some(())
}

fn amounts(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
    let simple = c.grain.has_order_total() || c.grain.sums_lines();
    c.decimals = pick(
        draw,
        wish.decimals,
        &[(Decimals::Zero, 9), (Decimals::Two, 84), (Decimals::Three, 4), (Decimals::Four, 3)],
        |decimals| match decimals {
            Decimals::Two => c.language != Language::Japanese && c.doubt != Doubt::Thousands,
            Decimals::Zero => {
                simple
                    && matches!(c.language, Language::English | Language::Japanese)
                    && c.late == Late::Absent
            }
            Decimals::Three => {
                simple && matches!(c.language, Language::English | Language::French) && c.late == Late::Absent
            }
            Decimals::Four => {
                c.language == Language::English
                    && matches!(c.grain, Grain::Order | Grain::LineTotal)
                    && matches!(c.doubt, Doubt::Absent | Doubt::DayOrMonth)
                    && c.late == Late::Absent
            }
        },
    )?;
    c.currency = pick(
        draw,
        wish.currency,
        &[
            (CurrencyPlace::Untold, 36),
            (CurrencyPlace::SignBefore, 12),
            (CurrencyPlace::SignAfter, 8),
            (CurrencyPlace::CodeBefore, 4),
            (CurrencyPlace::CodeAfter, 5),
            (CurrencyPlace::Column, 27),
            (CurrencyPlace::Header, 8),
        ],
        |place| match place {
            CurrencyPlace::Untold => !matches!(c.doubt, Doubt::Currencies) && c.late != Late::Currency,
            CurrencyPlace::Column => {
                c.decimals != Decimals::Four && !matches!(c.doubt, Doubt::Thousands | Doubt::NoHeader)
            }
            CurrencyPlace::Header => {
                simple
                    && c.late == Late::Absent
                    && c.decimals != Decimals::Four
                    && matches!(c.doubt, Doubt::Absent | Doubt::DayOrMonth)
                    && c.header_style == HeaderStyle::Title
            }
            _ => {
                simple
                    && c.late == Late::Absent
                    && c.decimals != Decimals::Four
                    && matches!(c.doubt, Doubt::Absent | Doubt::DayOrMonth | Doubt::Currencies)
            }
        },
    )?;
    let comma = vocabulary(c.language).decimal_comma;
    c.decimal = pick(
        draw,
        wish.decimal,
        &[(Decimal::Dot, if comma { 20 } else { 93 }), (Decimal::Comma, if comma { 80 } else { 7 })],
        |decimal| {
            decimal == Decimal::Dot
                || (simple
                    && c.late == Late::Absent
                    && !matches!(c.doubt, Doubt::NoHeader)
                    && !matches!(c.language, Language::Japanese | Language::Chinese))
        },
    )?;
    c.thousands = pick(
        draw,
        wish.thousands,
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
            let doubt = match c.doubt {
                Doubt::Thousands if c.decimals == Decimals::Zero => {
                    matches!(thousands, Thousands::Dot | Thousands::Comma)
                }
                Doubt::Thousands | Doubt::NoHeader => thousands == Thousands::Nothing,
                _ => true,
            };
            let wide = simple && c.late == Late::Absent && c.decimals != Decimals::Four;
            marks_fit(c.decimal, thousands) && indian && doubt && (wide || thousands == Thousands::Nothing)
        },
    )?;
    c.padding = pick(draw, wish.padding, &[(Padding::Fixed, 84), (Padding::Trimmed, 16)], |padding| {
        let bare = matches!(c.currency, CurrencyPlace::Untold | CurrencyPlace::Column);
        padding == Padding::Fixed
            || (c.thousands == Thousands::Nothing
                && bare
                && c.decimals != Decimals::Zero
                && c.doubt != Doubt::Thousands
                && c.late == Late::Absent)
    })?;
    Some(())
}

/// What says that an order is no sale: status, flags, times.
fn standing(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
    let english = c.language == Language::English;
    let has_orders = !matches!(c.grain, Grain::Events | Grain::HeaderLines);
    let clean = matches!(c.doubt, Doubt::Absent | Doubt::DayOrMonth) && c.late == Late::Absent;
    c.status = pick(
        draw,
        wish.status,
        &[(Status::Absent, 56), (Status::Words, 40), (Status::Magento, 4)],
        |status| match status {
            Status::Absent => c.doubt != Doubt::Codes && c.late != Late::Status,
            Status::Words => {
                has_orders
                    && vocabulary(c.language).statuses.is_some()
                    && (clean || c.doubt == Doubt::Codes || c.late == Late::Status)
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
            Place::ShipState | Place::StoreState => clean && has_orders && english,
            Place::Province => {
                clean
                    && has_orders
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
        |stamp| stamp == Stamp::Absent || (flags && english && c.flag == Flag::Absent),
    )?;
    Some(())
}

fn returns(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
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
            if !matches!(c.doubt, Doubt::Absent | Doubt::DayOrMonth) {
                return returns == Returns::Absent;
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

/// What an amount consists of.
fn parts(draw: &mut Draw, wish: &Wish, c: &mut Choices) -> Option<()> {
    use Grain as G;
    let english = c.language == Language::English;
    let clean = matches!(c.doubt, Doubt::Absent | Doubt::DayOrMonth) && c.late == Late::Absent;
    c.discount = pick(
        draw,
        wish.discount,
        &[
            (Discount::Absent, 64),
            (Discount::Rate, 9),
            (Discount::Percent, 9),
            (Discount::PercentSign, 9),
            (Discount::Amount, 9),
        ],
        |discount| {
            if c.doubt == Doubt::Discount {
                return discount == Discount::Percent;
            }
            discount == Discount::Absent
                || (clean && matches!(c.grain, G::LinePrice | G::LineAll) && !c.returns.are_rows())
        },
    )?;
    c.extras = pick(draw, wish.extras, &[(Extras::Absent, 72), (Extras::Present, 28)], |extras| {
        extras == Extras::Absent
            || ((clean || c.doubt == Doubt::NoHeader)
                && c.grain.has_order_total()
                && c.decimals != Decimals::Four
                && !(c.returns.are_rows() && c.grain != G::Order))
    })?;
    let plain_amounts = english
        && clean
        && c.decimals == Decimals::Two
        && matches!(c.currency, CurrencyPlace::Untold | CurrencyPlace::Column)
        && c.decimal == Decimal::Dot
        && c.thousands == Thousands::Nothing
        && c.padding == Padding::Fixed
        && c.negative == Negative::Minus;
    c.cents =
        pick(draw, wish.cents, &[(Cents::Absent, 86), (Cents::ByName, 8), (Cents::Beside, 10)], |cents| {
            match cents {
                Cents::Absent => true,
                Cents::ByName => plain_amounts && !matches!(c.grain, G::HeaderLines | G::Tables | G::Events),
                Cents::Beside => plain_amounts && c.grain == G::LineAll && c.discount == Discount::Absent,
            }
        })?;
    c.quantity_name =
        pick(draw, wish.quantity_name, &[(QuantityName::Usual, 92), (QuantityName::Amount, 8)], |name| {
            name == QuantityName::Usual
                || (english
                    && clean
                    && c.grain == G::LinePrice
                    && c.discount == Discount::Absent
                    && c.cents == Cents::Absent
                    && c.returns == Returns::Absent)
        })?;
    c.free_orders =
        pick(draw, wish.free_orders, &[(FreeOrders::Absent, 75), (FreeOrders::Some, 25)], |free| {
            free == FreeOrders::Absent
                || (clean
                    && (c.grain.has_order_total() || c.grain.sums_lines())
                    && !matches!(c.returns, Returns::Prefix)
                    && c.decimals == Decimals::Two)
        })?;
    Some(())
}
