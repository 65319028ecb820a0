//! The documents of a shop in chronological order, with their numbers in the export.

use super::choices::{Choices, NumberStyle, OrderNumber, ReturnReference, Returns};
use super::dates::{date_time, month_of};
use super::draw::Draw;
use super::notation::Decimals;
use super::shop::{Amounts, Buyer, Line, Match, Order, Return, Shop};

/// An order or a return as written in the export.
#[derive(Debug, Clone)]
pub(super) struct Document<'s> {
    pub(super) number: String,
    /// The number of the order that a return refers to; empty if it refers to none.
    pub(super) reference: String,
    pub(super) at: i64,
    pub(super) buyer: Buyer,
    pub(super) lines: &'s [Line],
    pub(super) amounts: Amounts,
    /// The order; none for a return.
    pub(super) order: Option<&'s Order>,
    pub(super) salt: usize,
    /// Index among the documents.
    pub(super) place: usize,
}

impl Document<'_> {
    pub(super) fn is_return(&self) -> bool {
        self.order.is_none()
    }
}

/// How documents are numbered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbering {
    pub(super) style: NumberStyle,
    pub(super) restarts: Restart,
    pub(super) return_reference: ReturnReference,
    /// Numbers of returns are prefixed with `C`.
    pub(super) c_prefix: bool,
    /// Numbers of returns are prefixed with `CN-` instead of the orders' prefix.
    pub(super) credit_notes: bool,
    pub(super) first: i64,
    /// Prefix, for [`NumberStyle::Prefixed`].
    pub(super) prefix: &'static str,
}

/// When numbering restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restart {
    Never,
    Monthly,
    Yearly,
}

impl Numbering {
    /// A single sequence that never restarts.
    pub(super) const fn plain(style: NumberStyle, first: i64) -> Self {
        Self {
            style,
            restarts: Restart::Never,
            return_reference: ReturnReference::Nothing,
            c_prefix: false,
            credit_notes: false,
            first,
            prefix: "SO-",
        }
    }

    /// The numbering of a mixture.
    pub(super) fn of(draw: &mut Draw, choices: &Choices) -> Self {
        let restarts = match choices.order_number {
            OrderNumber::Monthly => Restart::Monthly,
            OrderNumber::Yearly => Restart::Yearly,
            _ => Restart::Never,
        };
        let first = match choices.number_style {
            NumberStyle::Long => 100_000_000 + draw.between(0, 800_000),
            _ if restarts != Restart::Never => 1,
            _ => *draw.pick(&[1, 1001, 5000, 10_107, 536_365]),
        };
        Self {
            style: choices.number_style,
            restarts,
            return_reference: choices.return_reference,
            c_prefix: choices.returns == Returns::Prefix,
            credit_notes: choices.returns == Returns::Documents
                && choices.number_style == NumberStyle::Prefixed,
            first,
            prefix: "SO-",
        }
    }

    fn write(&self, draw: &mut Draw, count: i64, at: i64, is_return: bool) -> String {
        let number = self.first + count;
        let text = match self.style {
            NumberStyle::Sequence | NumberStyle::Long => number.to_string(),
            NumberStyle::Prefixed if is_return && self.credit_notes => format!("CN-{number:05}"),
            NumberStyle::Prefixed => format!("{}{number:05}", self.prefix),
            NumberStyle::HashSign => format!("#{number}"),
            NumberStyle::Year => format!("{}-{number:05}", date_time(at).format("%Y")),
            NumberStyle::Hex => draw.hex(12),
            NumberStyle::Dashed => {
                format!("{}-{:07}-{:07}", 100 + count % 9, draw.below(10_000_000), 1_000_000 + number)
            }
        };
        if is_return && self.c_prefix { format!("C{text}") } else { text }
    }
}

/// Orders and returns of a shop in chronological order.
pub(super) fn documents<'s>(draw: &mut Draw, shop: &'s Shop, numbering: &Numbering) -> Vec<Document<'s>> {
    enum Entry<'s> {
        Order(usize, &'s Order),
        Return(&'s Return),
    }
    let mut entries: Vec<(i64, Buyer, Entry<'s>)> =
        Vec::with_capacity(shop.orders.len() + shop.returns.len());
    for (place, order) in shop.orders.iter().enumerate() {
        entries.push((order.at, order.buyer, Entry::Order(place, order)));
    }
    entries
        .extend(shop.returns.iter().map(|returned| (returned.at, returned.buyer, Entry::Return(returned))));
    // Returns before simultaneous orders: the new order is the exchange.
    entries.sort_by_key(|(at, buyer, entry)| (*at, *buyer, matches!(entry, Entry::Order(..))));
    let mut numbers = vec![String::new(); shop.orders.len()];
    let mut documents = Vec::with_capacity(entries.len());
    let mut count = 0;
    let mut period = None;
    for (place, (at, buyer, entry)) in entries.into_iter().enumerate() {
        let (year, month) = month_of(at);
        let now = match numbering.restarts {
            Restart::Never => None,
            Restart::Monthly => Some((year, month)),
            Restart::Yearly => Some((year, 0)),
        };
        if now != period {
            period = now;
            count = 0;
        }
        let own = numbering.write(draw, count, at, matches!(entry, Entry::Return(_)));
        count += if numbering.style == NumberStyle::Long { draw.between(1, 4) } else { 1 };
        documents.push(match entry {
            Entry::Order(order_place, order) => {
                numbers[order_place].clone_from(&own);
                Document {
                    number: own,
                    reference: String::new(),
                    at,
                    buyer,
                    lines: &order.lines,
                    amounts: order.amounts,
                    order: Some(order),
                    salt: order.salt,
                    place,
                }
            }
            Entry::Return(returned) => {
                let named = match returned.matches {
                    Match::Whole(order) | Match::Part(order) => numbers[order].clone(),
                    Match::Unmatched => String::new(),
                };
                let number = if numbering.return_reference == ReturnReference::SameNumber && !named.is_empty()
                {
                    named.clone()
                } else {
                    own
                };
                Document {
                    number,
                    reference: if numbering.return_reference == ReturnReference::Column {
                        named
                    } else {
                        String::new()
                    },
                    at,
                    buyer,
                    lines: &returned.lines,
                    amounts: returned.amounts,
                    order: None,
                    salt: returned.salt,
                    place,
                }
            }
        });
    }
    documents
}

/// Number of decimals.
pub(super) fn decimals(choices: &Choices) -> u8 {
    match choices.decimals {
        Decimals::Zero => 0,
        Decimals::Two => 2,
        Decimals::Three => 3,
        Decimals::Four => 4,
    }
}
