//! The text of a cell.

use super::super::choices::{Cents, CustomerKey, Discount, Flag, FlagForm, Placeholder, StateColumn};
use super::super::currencies::Currency;
use super::super::dates::date_time;
use super::super::documents::Document;
use super::super::languages::Language;
use super::super::notation::Notation;
use super::super::shop::{Buyer, Customer, Line, NotSale, Order, OrderOutcome};
use super::{RepeatedValues, Role, RowContext, RowKind, Sheet};

const STATES: [&str; 12] = ["CA", "NY", "TX", "OK", "WA", "FL", "IN", "OR", "ME", "PA", "OH", "CO"];
const PROVINCES: [&str; 6] = ["ON", "QC", "BC", "AB", "NS", "MB"];
const PAYMENT_TYPES: [&str; 4] = ["credit_card", "paypal", "bank_transfer", "voucher"];

impl Sheet<'_> {
    /// The text of a cell.
    pub(in crate::exports) fn cell(&self, role: Role, context: &RowContext<'_>) -> String {
        if context.is_later_row && context.kind == RowKind::Plain && !role.is_of_line() {
            let shown = match self.repeated {
                RepeatedValues::Repeated => true,
                RepeatedValues::WithoutTotals => !role.is_money(),
                RepeatedValues::OnlyNumber => matches!(role, Role::Number | Role::Email),
                RepeatedValues::NumberAndDate => matches!(role, Role::Number | Role::Email | Role::Date),
            };
            if !shown {
                return String::new();
            }
        }
        let document = context.document;
        let sign = self.sign(document);
        let amounts = &document.amounts;
        match role {
            Role::Number if self.damaged_numbers => scientific(&document.number),
            Role::Number if matches!(context.kind, RowKind::View | RowKind::Cart) => String::new(),
            Role::Number => document.number.clone(),
            Role::PartFilled if document.salt.is_multiple_of(3) => format!("in_{:06}", document.salt),
            Role::PartFilled => String::new(),
            Role::RowId => (100_001 + context.row).to_string(),
            Role::Reference => document.reference.clone(),
            Role::Customer => self.customer_cell(document),
            Role::CustomerName => {
                self.person(document.buyer).map_or_else(String::new, |buyer| buyer.name.clone())
            }
            Role::Email => self.person(document.buyer).map_or_else(String::new, |buyer| buyer.email.clone()),
            Role::Date => self.date(context.at),
            Role::Time => date_time(context.at).format("%H:%M:%S").to_string(),
            Role::ShippedOn => self.date(document.at + 86_400 * (1 + document.salt % 4) as i64),
            Role::Total => {
                let edited = self.edited.iter().find(|(place, _)| *place == document.place);
                match edited {
                    Some(&(_, total)) if context.line == Some(document.lines.len() - 1) => {
                        self.amount(role, document, total)
                    }
                    _ => self.amount(role, document, sign * amounts.total),
                }
            }
            Role::Subtotal => self.amount(role, document, sign * amounts.subtotal),
            Role::OrderDiscount => self.amount(role, document, sign * amounts.discount),
            Role::Shipping => self.amount(role, document, sign * amounts.shipping),
            Role::Tax => self.amount(role, document, sign * amounts.tax),
            Role::Refunded => self.refunded(role, document, document.order.map_or(0, refunded)),
            Role::LineRefunded => self.refunded(role, document, line_refunded(context)),
            Role::Currency => self.currency_of(document).code.to_owned(),
            Role::Status => self.status(document).to_owned(),
            Role::StateColumn => self.place(document.salt).to_owned(),
            Role::Type => self.type_word(document).to_owned(),
            Role::Flag => self.flag(document).to_owned(),
            Role::CancellationTime => match document.order {
                Some(order) if order.outcome == OrderOutcome::NotSale(NotSale::Marked) => {
                    self.date(order.at + 4_000)
                }
                _ => String::new(),
            },
            Role::PaymentMethod => PAYMENT_TYPES[document.salt % 3].to_owned(),
            Role::City => self.words.cities[document.salt % self.words.cities.len()].to_owned(),
            Role::Postcode => format!("{:05}", 1_067 + document.salt % 90_000),
            Role::Phone => format!("+49 30 {:07}", document.salt % 10_000_000),
            Role::Note => self.note(document.salt).to_owned(),
            Role::ItemsSold => {
                (sign * document.lines.iter().map(|line| line.quantity).sum::<i64>().max(1)).to_string()
            }
            Role::ItemNumber => context.line.map_or_else(String::new, |line| (line + 1).to_string()),
            Role::Product => self.of_line(context, |line| self.shop.products[line.product].name.clone()),
            Role::Sku => self.of_line(context, |line| self.shop.products[line.product].sku.clone()),
            Role::Quantity => self.of_line(context, |line| (sign * line.quantity).to_string()),
            Role::UnitPrice => self.of_line(context, |line| self.amount(role, document, line.unit)),
            Role::LineTotal => self.of_line(context, |line| self.amount(role, document, sign * line.total)),
            Role::LineDiscount => self.of_line(context, |line| self.discount_cell(document, line)),
            Role::PaymentNumber => context.fan.map_or_else(String::new, |fan| (fan + 1).to_string()),
            Role::PaymentType => {
                payment(context).map_or_else(String::new, |(kind, _)| PAYMENT_TYPES[kind].to_owned())
            }
            Role::PaymentValue => {
                payment(context).map_or_else(String::new, |(_, value)| self.amount(role, document, value))
            }
            Role::ShipmentNumber => {
                context.fan.map_or_else(String::new, |fan| format!("SH{:05}{}", document.place, fan + 1))
            }
            Role::RefundNumber => {
                context.fan.map_or_else(String::new, |fan| format!("R{:05}{}", document.place, fan + 1))
            }
            Role::RefundValue => match (document.order, context.fan) {
                (Some(order), Some(fan)) => self.amount(role, document, order.refunds[fan]),
                _ => String::new(),
            },
            Role::Event => match context.kind {
                RowKind::View => self.events[0],
                RowKind::Cart => self.events[1],
                _ => self.events[2],
            }
            .to_owned(),
            Role::Session => {
                format!("{:08x}", (document.place as u64 + 1).wrapping_mul(2_654_435_761) & 0xffff_ffff)
            }
            Role::LineType => match context.kind {
                RowKind::ReceiptLine => "Sale Line",
                RowKind::ReceiptPayment => "Payment",
                _ => "Sale",
            }
            .to_owned(),
            Role::ReceiptQuantity => match context.kind {
                RowKind::ReceiptHeader => {
                    (sign * document.lines.iter().map(|line| line.quantity).sum::<i64>()).to_string()
                }
                _ => self.of_line(context, |line| (sign * line.quantity).to_string()),
            },
            Role::ReceiptNet => self.receipt_cell(role, context, |total| total - total / 11),
            Role::ReceiptTax => self.receipt_cell(role, context, |total| total / 11),
            Role::ReceiptTotal => self.receipt_cell(role, context, |total| total),
            Role::Paid => match context.kind {
                RowKind::ReceiptLine => String::new(),
                _ => self.amount(role, document, sign * amounts.total),
            },
            Role::Details => match context.kind {
                RowKind::ReceiptPayment => ["Cash", "Card"][document.salt % 2].to_owned(),
                _ => self.of_line(context, |line| self.shop.products[line.product].name.clone()),
            },
            Role::ReceiptSku => self.of_line(context, |line| self.shop.products[line.product].sku.clone()),
            Role::PaidAt => match document.order.map(|order| order.outcome) {
                Some(OrderOutcome::NotSale(NotSale::Pending | NotSale::Failed)) => String::new(),
                _ => self.date(document.at + 7),
            },
            Role::LongNumber => (5_310_000_000_000 + 32_768 * document.place as i64).to_string(),
            Role::ProductList => document
                .lines
                .iter()
                .map(|line| format!("{}× {}", line.quantity, self.shop.products[line.product].name))
                .collect::<Vec<_>>()
                .join(", "),
            Role::DiscountCode if amounts.discount > 0 => "WELCOME".to_owned(),
            Role::DiscountCode => String::new(),
            Role::LineSubtotal => {
                self.of_line(context, |line| self.amount(role, document, sign * line.quantity * line.unit))
            }
            Role::Index => context.row.to_string(),
            Role::LineFreight => match context.line {
                Some(line) => {
                    self.amount(role, document, share(amounts.shipping, document.lines.len(), line))
                }
                None => String::new(),
            },
            Role::Text(text) => text.to_owned(),
        }
    }

    /// The amount that a row adds to a column's total.
    pub(in crate::exports) fn row_amount(&self, role: Role, context: &RowContext<'_>) -> i64 {
        let sign = self.sign(context.document);
        match (role, context.line) {
            (Role::LineTotal, Some(line)) => sign * context.document.lines[line].total,
            _ => sign * context.document.amounts.total,
        }
    }

    fn of_line(&self, context: &RowContext<'_>, text: impl Fn(&Line) -> String) -> String {
        debug_assert!(self.shop.products.len() > 1);
        context.line.and_then(|line| context.document.lines.get(line)).map_or_else(String::new, text)
    }

    /// An amount in the notation of its column and row.
    pub(in crate::exports) fn amount(&self, role: Role, document: &Document<'_>, minor: i64) -> String {
        let in_cents = self.cents == Cents::ByName || (self.cents == Cents::Mixed && role == Role::LineTotal);
        if in_cents {
            return minor.to_string();
        }
        let late = self.late_money.as_ref().filter(|(from, _)| document.place >= *from);
        let notation = late.map_or(&self.money, |(_, notation)| notation);
        let currency = self.currency_of(document);
        if currency.code == self.currency.code {
            return notation.write(minor);
        }
        let other = |text: &str| {
            text.replace(self.currency.sign, currency.sign).replace(self.currency.code, currency.code)
        };
        Notation { before: other(&notation.before), after: other(&notation.after), ..notation.clone() }
            .write(minor)
    }

    fn currency_of(&self, document: &Document<'_>) -> &'static Currency {
        match self.second_currency {
            Some(second) if document.place >= self.second_from && document.salt.is_multiple_of(3) => second,
            _ => self.currency,
        }
    }

    fn refunded(&self, role: Role, document: &Document<'_>, refunded: i64) -> String {
        if refunded == 0 && document.salt.is_multiple_of(2) && self.refunds_negative {
            return String::new();
        }
        self.amount(role, document, if self.refunds_negative { -refunded } else { refunded })
    }

    fn discount_cell(&self, document: &Document<'_>, line: &Line) -> String {
        let point = |text: String| {
            if self.money.decimal == super::super::notation::Decimal::Dot {
                text
            } else {
                text.replace('.', ",")
            }
        };
        match self.discount {
            Discount::Absent => String::new(),
            Discount::Rate if line.percent == 0 => "0".to_owned(),
            Discount::Rate => point(format!("{}", line.percent as f64 / 100.0)),
            Discount::Percent => line.percent.to_string(),
            Discount::PercentSign => format!("{}%", line.percent),
            Discount::Amount => self.amount(Role::OrderDiscount, document, line.discount()),
        }
    }

    fn receipt_cell(&self, role: Role, context: &RowContext<'_>, part: impl Fn(i64) -> i64) -> String {
        let document = context.document;
        let total = match (context.kind, context.line) {
            (RowKind::ReceiptHeader, _) => document.amounts.total,
            (RowKind::ReceiptLine, Some(line)) => document.lines[line].total,
            _ => return String::new(),
        };
        self.amount(role, document, self.sign(document) * part(total))
    }

    /// A customer or guest; none for an unknown customer.
    pub(in crate::exports) fn person(&self, buyer: Buyer) -> Option<&Customer> {
        match buyer {
            Buyer::Known(place) => self.shop.customers.get(place),
            Buyer::Guest(place) => self.shop.guests.get(place),
            Buyer::Placeholder(_) => None,
        }
    }

    /// How the customer column identifies a known customer.
    pub(in crate::exports) fn key(&self, customer: &Customer) -> String {
        match self.customer {
            CustomerKey::Number => customer.number.to_string(),
            CustomerKey::Code => format!("{}{:06}", self.code_prefix, customer.number),
            CustomerKey::Email => customer.email.clone(),
            CustomerKey::Name => customer.name.clone(),
            CustomerKey::Hash => customer.hash.clone(),
        }
    }

    fn customer_cell(&self, document: &Document<'_>) -> String {
        if self.new_or_returning {
            return if document.salt.is_multiple_of(3) { "new" } else { "returning" }.to_owned();
        }
        match document.buyer {
            Buyer::Known(place) if self.damaged_customers => {
                scientific(&(100_000_000_000 + self.shop.customers[place].number).to_string())
            }
            Buyer::Known(place) => self.key(&self.shop.customers[place]),
            Buyer::Guest(place) | Buyer::Placeholder(place) => {
                self.placeholder(self.placeholder, place).to_owned()
            }
        }
    }

    fn placeholder(&self, placeholder: Placeholder, place: usize) -> &'static str {
        match placeholder {
            Placeholder::NoRows | Placeholder::Blank => "",
            Placeholder::Zero => "0",
            Placeholder::MinusOne => "-1",
            Placeholder::Guest => "Guest",
            Placeholder::Unknown => "unknown",
            Placeholder::NotAvailable => "#N/A",
            Placeholder::BlankWord => "(blank)",
            Placeholder::Null => "NULL",
            Placeholder::WalkIn => self.words.walk_in[place % self.words.walk_in.len()],
            Placeholder::Several => {
                let all = [
                    Placeholder::Blank,
                    Placeholder::Unknown,
                    Placeholder::NotAvailable,
                    Placeholder::Guest,
                    Placeholder::BlankWord,
                ];
                self.placeholder(all[place % all.len()], place)
            }
        }
    }

    fn status(&self, document: &Document<'_>) -> &'static str {
        let words = &self.statuses;
        let bought = words.bought[document.salt % words.bought.len()];
        let Some(order) = document.order else { return bought };
        match order.outcome {
            OrderOutcome::NotSale(NotSale::Cancelled) => words.cancelled,
            OrderOutcome::NotSale(NotSale::Pending) => words.pending,
            OrderOutcome::NotSale(NotSale::Failed) => words.failed,
            OrderOutcome::NotSale(NotSale::Marked | NotSale::Quote) => bought,
            OrderOutcome::Refunded => words.refunded,
            OrderOutcome::Sale => {
                let refunded = refunded(order);
                if refunded == 0 {
                    bought
                } else if refunded == order.amounts.total {
                    words.refunded
                } else {
                    words.partly_refunded
                }
            }
        }
    }

    fn type_word(&self, document: &Document<'_>) -> &'static str {
        match document.order {
            None => self.types.back,
            Some(order) if order.outcome == OrderOutcome::NotSale(NotSale::Quote) => self.types.quote,
            Some(order) if order.exchange => self.types.exchange,
            Some(_) => self.types.sale,
        }
    }

    fn flag(&self, document: &Document<'_>) -> &'static str {
        let yes = document.order.is_some_and(|order| match self.flag {
            Flag::Returned => order.outcome == OrderOutcome::Refunded,
            _ => order.outcome == OrderOutcome::NotSale(NotSale::Marked),
        });
        match (self.flag_form, yes) {
            (FlagForm::Letters, true) => "Y",
            (FlagForm::Letters, false) => "N",
            (FlagForm::Bool, true) => "true",
            (FlagForm::Bool, false) => "false",
            (FlagForm::UpperBool, true) => "TRUE",
            (FlagForm::UpperBool, false) => "FALSE",
            (FlagForm::Digits, true) => "1",
            (FlagForm::Digits, false) => "0",
            (FlagForm::Words, true) => self.words.yes_no.0,
            (FlagForm::Words, false) => self.words.yes_no.1,
        }
    }

    /// A customer's note: commas, quotes, and sometimes a line break.
    fn note(&self, salt: usize) -> &'static str {
        let notes =
            ["", "", "", "gift", "call, then knock", "the \"blue\" one", "ring twice\nor leave it with Ann"];
        let count = if self.has_long_notes { notes.len() } else { notes.len() - 1 };
        notes[salt % count]
    }

    fn place(&self, salt: usize) -> &'static str {
        let list: &[&'static str] = match (self.place, self.language) {
            (StateColumn::Province, Language::German) => {
                &["Bayern", "Hessen", "Sachsen", "Berlin", "Hamburg"]
            }
            (StateColumn::Province, Language::Portuguese) => &["SP", "RJ", "PR", "MG", "BA", "PA"],
            (StateColumn::Province, Language::Spanish) => {
                &["Madrid", "Sevilla", "Jalisco", "Murcia", "Puebla"]
            }
            (StateColumn::Province, Language::Italian) => &["RM", "MI", "TO", "NA", "GE"],
            (StateColumn::Province, _) => &PROVINCES,
            _ => &STATES,
        };
        list[salt / 7 % list.len()]
    }
}

fn refunded(order: &Order) -> i64 {
    if order.outcome == OrderOutcome::Refunded { order.amounts.total } else { order.refunded() }
}

/// The part of the order's refund that falls on the line: the first lines are refunded first.
fn line_refunded(context: &RowContext<'_>) -> i64 {
    let (Some(order), Some(line)) = (context.document.order, context.line) else { return 0 };
    let before: i64 = order.lines[..line].iter().map(|line| line.total).sum();
    (refunded(order) - before).clamp(0, order.lines[line].total)
}

/// One of `count` nearly equal parts of an amount; the first part includes the remainder.
fn share(amount: i64, count: usize, place: usize) -> i64 {
    let part = amount / count as i64;
    if place == 0 { amount - part * (count as i64 - 1) } else { part }
}

fn payment(context: &RowContext<'_>) -> Option<(usize, i64)> {
    let order = context.document.order?;
    order.payments.get(context.fan?).copied()
}

/// A long number as a spreadsheet shows it in a narrow column.
fn scientific(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let value: f64 = digits.parse().unwrap_or(0.0);
    let exponent = digits.len().saturating_sub(1);
    format!("{:.5}E+{exponent:02}", value / 10_f64.powi(exponent as i32))
}
