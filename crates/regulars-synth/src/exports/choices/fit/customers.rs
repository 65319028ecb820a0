//! Draws how customers and times are written.

use super::super::super::dates::DateForm;
use super::super::super::dimension::Dimension;
use super::super::super::draw::Draw;
use super::super::super::languages::{Language, vocabulary};
use super::super::constraints::{Choices, Constraints};
use super::super::dimensions::{
    Ambiguity, CustomerExtras, CustomerKey, Grain, Guests, LateChange, Placeholder, TimePlace,
};
use super::pick;

pub(super) fn customers(draw: &mut Draw, constraints: &Constraints, c: &mut Choices) -> Option<()> {
    let asian = matches!(c.language, Language::Japanese | Language::Chinese | Language::Russian);
    c.customer = pick(
        draw,
        constraints.customer,
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
            _ if c.ambiguity == Ambiguity::CustomerIds => key == CustomerKey::Number,
            _ if c.ambiguity == Ambiguity::NewReturning => key == CustomerKey::Name,
            _ => true,
        },
    )?;
    c.customer_extras = pick(
        draw,
        constraints.customer_extras,
        &[
            (CustomerExtras::Nothing, 55),
            (CustomerExtras::Email, 15),
            (CustomerExtras::Name, 15),
            (CustomerExtras::Both, 15),
        ],
        |customer_extras| {
            let doubtful = matches!(
                c.ambiguity,
                Ambiguity::NewReturning
                    | Ambiguity::CustomerIds
                    | Ambiguity::NoCustomer
                    | Ambiguity::NoHeader
                    | Ambiguity::Periods
            );
            match c.customer {
                _ if customer_extras == CustomerExtras::Nothing => true,
                _ if doubtful || c.grain == Grain::Events || c.grain == Grain::HeaderLines => false,
                // If name and address are both present, the address identifies the customer.
                CustomerKey::Name => false,
                CustomerKey::Email => customer_extras == CustomerExtras::Name,
                _ => true,
            }
        },
    )?;
    let each = 4;
    c.placeholder = pick(
        draw,
        constraints.placeholder,
        &[
            (Placeholder::NoRows, 60),
            (Placeholder::Blank, 12),
            (Placeholder::Zero, each),
            (Placeholder::MinusOne, each),
            (Placeholder::Guest, each),
            (Placeholder::Unknown, each),
            (Placeholder::NotAvailable, each),
            (Placeholder::BlankWord, each),
            (Placeholder::Null, each),
            (Placeholder::WalkIn, each),
            (Placeholder::Several, each),
        ],
        |placeholder| {
            if placeholder == Placeholder::NoRows {
                return true;
            }
            if !matches!(c.ambiguity, Ambiguity::Absent | Ambiguity::DayOrMonth)
                || c.late != LateChange::Absent
            {
                return false;
            }
            match c.customer {
                _ if matches!(c.grain, Grain::Events | Grain::Tables | Grain::HeaderLines) => {
                    placeholder == Placeholder::Blank
                }
                CustomerKey::Number => true,
                CustomerKey::Code => placeholder != Placeholder::MinusOne,
                CustomerKey::Email => placeholder == Placeholder::Blank,
                CustomerKey::Name => {
                    matches!(
                        placeholder,
                        Placeholder::Blank
                            | Placeholder::Guest
                            | Placeholder::Unknown
                            | Placeholder::WalkIn
                            | Placeholder::Several
                    )
                }
                CustomerKey::Hash => {
                    matches!(placeholder, Placeholder::Blank | Placeholder::Null | Placeholder::Unknown)
                }
            }
        },
    )?;
    c.guests = pick(draw, constraints.guests, &[(Guests::Without, 40), (Guests::WithEmail, 60)], |guests| {
        let can =
            c.customer_extras.has_email() && c.placeholder != Placeholder::NoRows && c.grain != Grain::Tables;
        guests == Guests::Without || can
    })?;
    Some(())
}

pub(super) fn times(draw: &mut Draw, constraints: &Constraints, c: &mut Choices) -> Option<()> {
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
    c.dates = pick(draw, constraints.dates, &weights, |form| {
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
        let clean = c.ambiguity == Ambiguity::Absent && c.late == LateChange::Absent;
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
        let change = match c.ambiguity {
            Ambiguity::DayOrMonth => form.day_and_month_may_swap(),
            Ambiguity::NoHeader => matches!(form, F::Iso | F::IsoTime | F::Compact),
            Ambiguity::Periods => matches!(form, F::Iso),
            _ => c.late == LateChange::Absent || matches!(form, F::Iso | F::IsoTime),
        };
        language && grain && change && (clean || !form.is_half_converted())
    })?;
    c.time =
        pick(draw, constraints.time, &[(TimePlace::WithDate, 88), (TimePlace::OwnColumn, 12)], |time| {
            let date_only = !c.dates.has_time() && !c.dates.is_half_converted() && c.dates != F::Excel;
            let simple = c.grain.has_order_total() || c.grain.sums_lines();
            time == TimePlace::WithDate
                || (date_only
                    && simple
                    && c.late == LateChange::Absent
                    && matches!(c.ambiguity, Ambiguity::Absent | Ambiguity::DayOrMonth))
        })?;
    Some(())
}
