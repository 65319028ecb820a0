//! What may happen in the shop of a mixture: only what its export can express.

use super::super::choices::{
    Ambiguity, CancellationTime, Choices, Discount, Extras, Flag, FreeOrders, Grain, Guests, LateChange,
    OrderNumber, Placeholder, Returns, Status,
};
use super::super::currencies::{CURRENCIES, Currency, with_code};
use super::super::dates::{Clock, DateForm};
use super::super::documents::decimals;
use super::super::draw::Draw;
use super::super::languages::{Language, vocabulary};
use super::super::notation::{CurrencyPlace, Decimal, Decimals, Notation, Thousands};
use super::super::shop::{NotSale, OrderExtras, OrderOutcome, ReturnSpec, ShopSpec};

/// The currency of a mixture and how its amounts are written.
pub(super) struct Money {
    pub(super) currency: &'static Currency,
    pub(super) notation: Notation,
}

impl Money {
    /// The currency, if the file identifies it.
    pub(super) fn stated_currency(&self, c: &Choices) -> Option<String> {
        let stated = match c.currency {
            CurrencyPlace::NotStated => false,
            CurrencyPlace::SignBefore | CurrencyPlace::SignAfter => self.currency.sign_is_clear,
            _ => true,
        };
        let one = c.ambiguity != Ambiguity::Currencies && c.late != LateChange::Currency;
        (stated && one).then(|| self.currency.code.to_owned())
    }

    /// Currency text beside amounts.
    pub(super) fn sign(&self, c: &Choices) -> &'static str {
        match c.currency {
            CurrencyPlace::SignBefore | CurrencyPlace::SignAfter => self.currency.sign,
            CurrencyPlace::CodeBefore | CurrencyPlace::CodeAfter => "ISO code",
            CurrencyPlace::NotStated | CurrencyPlace::Column | CurrencyPlace::Header => "none",
        }
    }

    /// Another currency with the same number of decimals.
    pub(super) fn other(&self, draw: &mut Draw) -> &'static Currency {
        let others: Vec<&Currency> = CURRENCIES
            .iter()
            .filter(|other| other.code != self.currency.code && other.decimals == self.currency.decimals)
            .collect();
        if others.is_empty() { self.currency } else { others[draw.below(others.len())] }
    }
}

/// Draws the currency and the notation.
pub(super) fn money(draw: &mut Draw, c: &Choices) -> Money {
    let codes: Vec<&'static str> = match (c.decimals, c.thousands, c.language) {
        (_, Thousands::Indian, _) => vec!["INR"],
        (Decimals::Zero, _, Language::Japanese) => vec!["JPY"],
        (Decimals::Zero, _, _) => vec!["IDR", "JPY"],
        (Decimals::Three, _, Language::French) => vec!["TND"],
        (Decimals::Three, _, _) => vec!["KWD"],
        _ => vocabulary(c.language)
            .currencies
            .iter()
            .copied()
            .filter(|code| with_code(code).iter().all(|currency| currency.decimals == 2))
            .collect(),
    };
    let code = *draw.pick(&codes);
    let all = with_code(code);
    let currency = all[draw.below(all.len())];
    let blank = match c.thousands {
        Thousands::NoBreak => "\u{a0}",
        Thousands::NarrowNoBreak => "\u{202f}",
        _ => " ",
    };
    let gap = if currency.sign.len() > 3 || draw.chance(40) { blank } else { "" };
    let (before, after) = match c.currency {
        CurrencyPlace::SignBefore => (format!("{}{gap}", currency.sign), String::new()),
        CurrencyPlace::SignAfter => (String::new(), format!("{blank}{}", currency.sign)),
        CurrencyPlace::CodeBefore => (format!("{code} "), String::new()),
        CurrencyPlace::CodeAfter => (String::new(), format!("{blank}{code}")),
        CurrencyPlace::NotStated | CurrencyPlace::Column | CurrencyPlace::Header => {
            (String::new(), String::new())
        }
    };
    let notation = Notation {
        decimal: c.decimal,
        thousands: c.thousands,
        negative: c.negative,
        padding: c.padding,
        decimals: decimals(c),
        before,
        after,
    };
    Money { currency, notation }
}

/// The other decimal separator, with groups if amounts are large.
pub(super) fn other_notation(notation: &Notation) -> Notation {
    Notation { decimal: Decimal::Comma, thousands: Thousands::Dot, ..notation.clone() }
}

/// Draws what may happen in the shop.
pub(super) fn spec(draw: &mut Draw, c: &Choices, money: &Money) -> ShopSpec {
    let mut spec = ShopSpec { decimals: decimals(c), ..ShopSpec::plain(money.currency) };
    spec.size(draw);
    if matches!(c.dates, DateForm::Offset | DateForm::OffsetSpaced) {
        spec.clock = *draw.pick(&[
            Clock { winter_minutes: -300, has_summer: true },
            Clock { winter_minutes: 60, has_summer: true },
            Clock { winter_minutes: 330, has_summer: false },
            Clock { winter_minutes: 540, has_summer: false },
            Clock::UTC,
        ]);
    }
    if c.thousands != Thousands::Nothing && c.decimals != Decimals::Zero {
        spec.price_factor = draw.between(14, 60);
    }
    spec.max_lines = if c.grain == Grain::Order { 3 } else { 5 };
    if matches!(c.grain, Grain::PaymentFanout | Grain::Events) {
        spec.max_quantity = 1;
    } else {
        spec.max_quantity = 12;
    }
    spec.max_payments = if c.grain == Grain::PaymentFanout { 3 } else { 1 };
    spec.max_shipments = if c.grain == Grain::ShipmentFanout { 3 } else { 1 };
    spec.one_order_a_day =
        c.order_number == OrderNumber::Absent && (c.grain != Grain::Order || c.dates.has_time());
    spec.order_extras = match c.extras {
        Extras::Absent => OrderExtras::Nothing,
        Extras::Freight => OrderExtras::Shipping,
        Extras::Present => OrderExtras::All,
    };
    spec.line_discounts = match c.discount {
        Discount::Absent => &[],
        _ if c.ambiguity == Ambiguity::Discount => &[5, 10, 20],
        _ => &[5, 10, 15, 20, 25, 50],
    };
    spec.free_percent = match c.free_orders {
        FreeOrders::Absent => 0,
        FreeOrders::Some => 7,
    };
    match (c.placeholder, c.guests) {
        (Placeholder::NoRows, _) => {}
        (_, Guests::Without) => spec.unknown_buyer_percent = 9,
        (_, Guests::WithEmail) => {
            spec.guest_percent = 10;
            spec.unknown_buyer_percent = 4;
        }
    }
    spec.outcomes = outcomes(c);
    (spec.refunds, spec.max_refunds) = match (c.grain, c.returns) {
        (Grain::RefundFanout, _) => ((25, 8), 2),
        (_, Returns::Column | Returns::NegativeColumn) => ((12, 6), 1),
        _ => ((0, 0), 1),
    };
    if c.returns.are_rows() {
        spec.returns = ReturnSpec {
            whole: 10,
            part: 8,
            unmatched: 4,
            by_line: c.grain != Grain::Order,
            ties: c.late == LateChange::Absent && draw.chance(25),
            pieces: c.grain != Grain::RepeatedTotal,
            exchanges: c.returns == Returns::Kinds
                && c.order_number != OrderNumber::Absent
                && c.late == LateChange::Absent,
        };
    }
    match c.ambiguity {
        Ambiguity::DayOrMonth => spec.last_day_of_month = 12,
        Ambiguity::Thousands => {
            spec.max_lines = 1;
            spec.max_quantity = 1;
        }
        Ambiguity::Discount => spec.price_factor = 30,
        _ => {}
    }
    if c.late != LateChange::Absent {
        spec.customers = 400;
        spec.plain_orders = draw.between(5_050, 5_300) as usize;
        spec.orders = spec.plain_orders + draw.between(40, 120) as usize;
        spec.days = 720;
        match c.late {
            LateChange::Lines => {}
            _ => spec.max_lines = 1,
        }
        if c.late == LateChange::Notation {
            spec.price_factor = 20;
        }
    }
    spec
}

fn outcomes(c: &Choices) -> Vec<(OrderOutcome, u32)> {
    let not = OrderOutcome::NotSale;
    let mut outcomes = vec![(OrderOutcome::Sale, 100)];
    if c.grain == Grain::Events {
        // Viewed but not bought.
        outcomes.push((not(NotSale::Pending), 60));
    }
    match (c.late, c.status) {
        (LateChange::Status, _) => outcomes.push((not(NotSale::Cancelled), 60)),
        (LateChange::Absent, Status::Words | Status::Magento) => {
            outcomes.extend([
                (not(NotSale::Cancelled), 9),
                (not(NotSale::Pending), 5),
                (not(NotSale::Failed), 3),
            ]);
        }
        _ => {}
    }
    if c.returns == Returns::StatusWord || c.ambiguity == Ambiguity::Codes {
        outcomes.push((OrderOutcome::Refunded, 8));
    }
    match c.flag {
        Flag::Absent => {}
        Flag::Returned => outcomes.push((OrderOutcome::Refunded, 9)),
        _ => outcomes.push((not(NotSale::Marked), 9)),
    }
    if c.cancellation_time != CancellationTime::Absent {
        outcomes.push((not(NotSale::Marked), 9));
    }
    if c.returns == Returns::Documents {
        outcomes.push((not(NotSale::Quote), 6));
    }
    outcomes
}
