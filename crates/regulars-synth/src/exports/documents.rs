//! The documents of a shop in chronological order, with their numbers in the export.

use super::choices::{Choices, Link, NumberStyle, OrderNumber, Returns};
use super::dates::{moment, month_of};
use super::draw::Draw;
use super::notation::Decimals;
use super::shop::{Amounts, Line, Match, Order, Return, Shop, Who};

/// An order or a return as written in the export.
#[derive(Debug, Clone)]
pub(super) struct Document<'s> {
    pub(super) number: String,
    /// The number of the order that a return refers to; empty if it refers to none.
    pub(super) reference: String,
    pub(super) at: i64,
    pub(super) who: Who,
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
    pub(super) link: Link,
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
            link: Link::Nothing,
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
            link: choices.link,
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
            NumberStyle::Year => format!("{}-{number:05}", moment(at).format("%Y")),
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
    enum Paper<'s> {
        Order(usize, &'s Order),
        Return(&'s Return),
    }
    let mut papers: Vec<(i64, Who, Paper<'s>)> = Vec::with_capacity(shop.orders.len() + shop.returns.len());
    for (place, order) in shop.orders.iter().enumerate() {
        papers.push((order.at, order.who, Paper::Order(place, order)));
    }
    papers.extend(shop.returns.iter().map(|made| (made.at, made.who, Paper::Return(made))));
    // Returns before simultaneous orders: the new order is the exchange.
    papers.sort_by_key(|(at, who, paper)| (*at, *who, matches!(paper, Paper::Order(..))));
    let mut numbers = vec![String::new(); shop.orders.len()];
    let mut documents = Vec::with_capacity(papers.len());
    let mut count = 0;
    let mut period = None;
    for (place, (at, who, paper)) in papers.into_iter().enumerate() {
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
        let own = numbering.write(draw, count, at, matches!(paper, Paper::Return(_)));
        count += if numbering.style == NumberStyle::Long { draw.between(1, 4) } else { 1 };
        documents.push(match paper {
            Paper::Order(order_place, order) => {
                numbers[order_place].clone_from(&own);
                Document {
                    number: own,
                    reference: String::new(),
                    at,
                    who,
                    lines: &order.lines,
                    amounts: order.amounts,
                    order: Some(order),
                    salt: order.salt,
                    place,
                }
            }
            Paper::Return(made) => {
                let named = match made.matches {
                    Match::Whole(order) | Match::Part(order) => numbers[order].clone(),
                    Match::Unmatched => String::new(),
                };
                let number =
                    if numbering.link == Link::SameNumber && !named.is_empty() { named.clone() } else { own };
                Document {
                    number,
                    reference: if numbering.link == Link::Column { named } else { String::new() },
                    at,
                    who,
                    lines: &made.lines,
                    amounts: made.amounts,
                    order: None,
                    salt: made.salt,
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
