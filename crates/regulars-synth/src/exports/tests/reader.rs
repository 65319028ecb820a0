//! A reader that is given the role of each column and sums up the files.
//!
//! It applies the policy without access to the shop. If it agrees with the truth, files and truth are consistent.

use std::collections::{BTreeMap, BTreeSet};

use encoding_rs::Encoding;

use super::super::choices::{
    Ambiguity, Cents, Choices, CustomerKey, Discount, Flag, Grain, LateChange, OrderNumber, Returns, Status,
};
use super::super::draw::Draw;
use super::super::file::Delimiter;
use super::super::languages::{Vocabulary, vocabulary};
use super::super::mixture::export_and_roles;
use super::super::notation::Decimal;
use super::super::platforms::PlatformFormat;
use super::super::sheet::Role;
use super::super::{Export, ExportFile, export, layouts};
use super::cells;
use crate::exports::choices::Constraints;

/// What the reader found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    orders: u64,
    gross_orders: u64,
    gross: i64,
    cancelled: i64,
    returned: i64,
    by_customer: BTreeMap<String, (u64, i64)>,
}

/// A document assembled from its rows.
#[derive(Debug, Default, Clone)]
struct ReadDocument {
    customer: String,
    email: String,
    is_return: bool,
    is_sale: bool,
    is_refunded: bool,
    amount: i64,
    refunded: i64,
}

struct Reader<'e> {
    choices: &'e Choices,
    roles: &'e [Role],
    words: &'static Vocabulary,
    decimals: u8,
    /// Status words of a platform: for sold, and for refunded.
    statuses: Option<(Vec<&'static str>, &'static str)>,
    /// Orders with a total of zero are excluded.
    excludes_zero_totals: bool,
    /// The customer column.
    customer: Role,
}

impl<'e> Reader<'e> {
    fn of(choices: &'e Choices, roles: &'e [Role]) -> Self {
        Self {
            choices,
            roles,
            words: vocabulary(choices.language),
            decimals: super::super::documents::decimals(choices),
            statuses: None,
            excludes_zero_totals: false,
            customer: Role::Customer,
        }
    }
}

impl Reader<'_> {
    fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    fn cell<'r>(&self, row: &'r [String], role: Role) -> &'r str {
        self.roles
            .iter()
            .position(|other| *other == role)
            .and_then(|place| row.get(place))
            .map_or("", String::as_str)
    }

    /// An amount in the smallest unit.
    fn money(&self, text: &str, in_cents: bool, late: bool) -> i64 {
        let decimals = self.decimals;
        let comma = self.choices.decimal == Decimal::Comma;
        // After a change, the last separator before one or two digits is the decimal separator.
        let comma = if late { text.rfind(',') > text.rfind('.') } else { comma };
        let mark = if comma { ',' } else { '.' };
        let below_zero = text.contains('-') || text.contains('(');
        let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let end = text.rfind(|c: char| c.is_ascii_digit()).map_or(start, |place| place + 1);
        let (whole, part) = match text[start..end].split_once(mark) {
            Some((whole, part)) if decimals > 0 => (whole, part),
            _ => (&text[start..end], ""),
        };
        let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
        let decimals = if in_cents { 0 } else { usize::from(decimals) };
        let value: i64 = format!("{digits}{part:0<decimals$}").parse().unwrap_or(0);
        if below_zero { -value } else { value }
    }

    fn amount(&self, row: &[String], role: Role) -> i64 {
        let cents = self.choices.cents;
        let in_cents = cents == Cents::ByName || (cents == Cents::Mixed && role == Role::LineTotal);
        self.money(self.cell(row, role), in_cents, self.choices.late == LateChange::Notation)
    }

    fn line_price(&self, row: &[String]) -> i64 {
        let quantity: i64 = self.cell(row, Role::Quantity).parse().unwrap_or(1);
        let full = quantity * self.amount(row, Role::UnitPrice);
        let text = self.cell(row, Role::LineDiscount).replace(',', ".");
        let percent = match self.choices.discount {
            Discount::Absent => return full,
            Discount::Amount => return full - self.amount(row, Role::LineDiscount),
            Discount::Rate => text.parse::<f64>().unwrap_or(0.0) * 100.0,
            Discount::Percent | Discount::PercentSign => text.trim_end_matches('%').parse().unwrap_or(0.0),
        };
        (full as f64 * (100.0 - percent) / 100.0 + 1e-6).round() as i64
    }

    /// The rows of all files, without footers and other non-rows.
    fn rows(&self, export: &Export) -> Vec<Vec<String>> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut seen = BTreeSet::new();
        for file in &export.files {
            let delimiter = match self.choices.delimiter {
                Delimiter::Comma => ',',
                Delimiter::Semicolon => ';',
                Delimiter::Tab => '\t',
                Delimiter::Pipe => '|',
            };
            let before = seen.clone();
            for row in body(self, export, file, delimiter) {
                // A document that an earlier file already has.
                let number = (
                    self.cell(&row, Role::Number).to_owned(),
                    self.cell(&row, Role::Date).to_owned(),
                    self.is_below_zero(&row),
                );
                if export.files.len() == 2 && before.contains(&number) {
                    continue;
                }
                seen.insert(number);
                rows.push(row);
            }
        }
        rows
    }

    /// Groups rows by document, in file order.
    fn group_rows(&self, rows: &[Vec<String>]) -> Vec<Vec<Vec<String>>> {
        let mut groups: Vec<Vec<Vec<String>>> = Vec::new();
        let mut places: BTreeMap<(String, String, String, String), usize> = BTreeMap::new();
        let mut last = None;
        for row in rows {
            if self.choices.grain == Grain::Events && !self.is_purchase(row) {
                continue;
            }
            if self.choices.grain == Grain::HeaderLines && self.cell(row, Role::LineType) != "Sale" {
                continue;
            }
            let number = self.cell(row, Role::Number);
            let is_order = self.choices.grain == Grain::Order;
            let key = (
                number.to_owned(),
                format!("{}{}", self.cell(row, Role::Date), self.cell(row, Role::Time)),
                format!("{}{}", self.cell(row, Role::Customer), self.cell(row, Role::Email)),
                format!("{}{}", self.cell(row, Role::Type), self.is_below_zero(row)),
            );
            let place = if is_order {
                None
            } else if self.choices.grain == Grain::FirstRowTotal && self.cell(row, Role::Total).is_empty() {
                last
            } else {
                places.get(&key).copied()
            };
            match place {
                Some(place) => groups[place].push(row.clone()),
                None => {
                    places.insert(key, groups.len());
                    last = Some(groups.len());
                    groups.push(vec![row.clone()]);
                }
            }
        }
        groups
    }

    fn is_purchase(&self, row: &[String]) -> bool {
        matches!(self.cell(row, Role::Event), "purchase" | "Order Completed")
    }

    fn is_below_zero(&self, row: &[String]) -> bool {
        let below = |role| self.has(role) && self.amount(row, role) < 0;
        self.cell(row, Role::Quantity).starts_with('-')
            || [Role::Total, Role::LineTotal, Role::ReceiptTotal].into_iter().any(below)
    }

    fn read_document(&self, rows: &[Vec<String>]) -> ReadDocument {
        let first = &rows[0];
        let distinct = |number: Role, value: &dyn Fn(&[String]) -> i64| -> i64 {
            let parts: BTreeMap<&str, i64> =
                rows.iter().map(|row| (self.cell(row, number), value(row))).collect();
            parts.values().sum()
        };
        let amount = match self.choices.grain {
            Grain::Order | Grain::RepeatedTotal | Grain::FirstRowTotal => self.amount(first, Role::Total),
            Grain::LineTotal | Grain::LineAll => {
                rows.iter().map(|row| self.amount(row, Role::LineTotal)).sum()
            }
            Grain::LinePrice | Grain::Events => rows.iter().map(|row| self.line_price(row)).sum(),
            Grain::PaymentFanout if self.has(Role::PaymentValue) => {
                distinct(Role::PaymentNumber, &|row| self.amount(row, Role::PaymentValue))
            }
            Grain::PaymentFanout => distinct(Role::ItemNumber, &|row| self.amount(row, Role::UnitPrice)),
            Grain::ShipmentFanout if self.has(Role::Total) => self.amount(first, Role::Total),
            Grain::ShipmentFanout | Grain::RefundFanout => {
                distinct(Role::ItemNumber, &|row| self.amount(row, Role::LineTotal))
            }
            Grain::HeaderLines => self.amount(first, Role::ReceiptTotal),
            Grain::Tables => unreachable!("read elsewhere"),
        };
        let refunded = match self.choices.grain {
            Grain::RefundFanout => distinct(Role::RefundNumber, &|row| self.amount(row, Role::RefundValue)),
            _ if self.has(Role::LineRefunded) => {
                rows.iter().map(|row| self.amount(row, Role::LineRefunded)).sum()
            }
            _ => self.amount(first, Role::Refunded),
        };
        let kind = self.cell(first, Role::Type);
        let documents = self.words.documents.as_ref();
        let is_credit = documents.is_some_and(|words| words.credit_note.contains(&kind))
            || ["refund", "return"].contains(&kind.to_lowercase().as_str());
        let is_quote = documents.is_some_and(|words| words.quote.contains(&kind));
        let (bought, is_refunded) = self.status_meaning(self.cell(first, Role::Status));
        let yes = ["Y", "true", "TRUE", "1", self.words.yes_no.0].contains(&self.cell(first, Role::Flag));
        let back = self.choices.flag == Flag::Returned;
        ReadDocument {
            customer: self.cell(first, self.customer).to_owned(),
            email: self.cell(first, Role::Email).to_owned(),
            is_return: is_credit || amount < 0 || self.is_below_zero(first),
            is_sale: (bought || is_refunded)
                && !is_quote
                && (!yes || back)
                && self.cell(first, Role::CancellationTime).is_empty(),
            is_refunded: is_refunded || (yes && back),
            amount: amount.abs(),
            refunded: refunded.abs(),
        }
    }

    /// Whether a status means sold, or means returned.
    fn status_meaning(&self, status: &str) -> (bool, bool) {
        if let Some((bought, refunded)) = &self.statuses {
            return (bought.contains(&status), *refunded == status && !bought.contains(&status));
        }
        match (self.choices.status, &self.words.statuses) {
            (Status::Magento, _) => (["Complete", "Processing"].contains(&status), status == "Closed"),
            (Status::Words, Some(words)) => (
                words.bought.contains(&status) || words.partly_refunded.contains(&status),
                words.refunded.contains(&status),
            ),
            _ => (true, false),
        }
    }

    fn customer(&self, document: &ReadDocument) -> Option<String> {
        let placeholder = ["", "0", "-1", "Guest", "unknown", "#N/A", "(blank)", "NULL"];
        if placeholder.contains(&document.customer.as_str())
            || self.words.walk_in.contains(&document.customer.as_str())
        {
            return (!document.email.is_empty() && self.choices.customer != CustomerKey::Email)
                .then(|| document.email.clone());
        }
        Some(document.customer.clone())
    }

    fn read(&self, export: &Export) -> Found {
        let rows = self.rows(export);
        let read_documents: Vec<ReadDocument> = self
            .group_rows(&rows)
            .iter()
            .map(|rows| self.read_document(rows))
            .filter(|document| document.amount > 0 || !self.excludes_zero_totals)
            .collect();
        add_up(
            read_documents.iter().filter_map(|document| Some((self.customer(document)?, document.clone()))),
        )
    }
}

/// Applies the policy to documents of known customers.
fn add_up(read_documents: impl Iterator<Item = (String, ReadDocument)>) -> Found {
    let mut found = Found::default();
    let mut left: BTreeMap<(String, i64), u64> = BTreeMap::new();
    let mut returns = Vec::new();
    for (customer, document) in read_documents {
        if document.is_return {
            returns.push((customer, document.amount));
            continue;
        }
        if !document.is_sale {
            continue;
        }
        found.gross_orders += 1;
        found.gross += document.amount;
        let back = if document.is_refunded { document.amount } else { document.refunded };
        found.returned += back;
        let entry = found.by_customer.entry(customer.clone()).or_default();
        entry.1 += document.amount - back;
        if document.is_refunded || (back == document.amount && back > 0) {
            continue;
        }
        entry.0 += 1;
        *left.entry((customer, document.amount)).or_default() += u64::from(back == 0);
    }
    for (customer, amount) in returns {
        let entry = found.by_customer.entry(customer.clone()).or_default();
        entry.1 -= amount;
        match left.get_mut(&(customer, amount)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                entry.0 -= 1;
                found.cancelled += amount;
            }
            _ => found.returned += amount,
        }
    }
    found.orders = found.by_customer.values().map(|(orders, _)| orders).sum();
    found
}

/// The rows of a file below its header, without totals, footers and repeated headers.
fn body(reader: &Reader<'_>, export: &Export, file: &ExportFile, delimiter: char) -> Vec<Vec<String>> {
    let text = decoded(export, file);
    let lines = cells(&text, delimiter);
    let width = reader.roles.len();
    let is_header = |line: &[String]| {
        line.len() >= width
            && line[1..width].iter().all(|cell| !cell.is_empty() && cell.parse::<f64>().is_err())
    };
    let header = lines.iter().find(|line| is_header(line)).cloned().unwrap_or_default();
    let headed = reader.choices.header_is_there();
    let start =
        if headed { lines.iter().position(|line| *line == header).map_or(0, |place| place + 1) } else { 0 };
    let totals: Vec<&str> =
        reader.words.grand_total.iter().copied().chain([reader.words.subtotal_row]).collect();
    lines[start..]
        .iter()
        .filter(|line| **line != header || !headed)
        .filter(|line| line.len() > 2)
        .filter(|line| !line.iter().any(|cell| totals.contains(&cell.as_str())))
        .cloned()
        .collect()
}

fn decoded(export: &Export, file: &ExportFile) -> String {
    let name =
        export.choices.iter().find(|(name, _)| *name == "encoding").map_or("UTF-8", |(_, value)| value);
    let label = if name.starts_with("UTF-8") { "UTF-8" } else { name };
    Encoding::for_label(label.as_bytes()).expect("a known encoding").decode(&file.bytes).0.into_owned()
}

/// Reads several tables: orders with their lines and refunds.
fn read_tables(choices: &Choices, export: &Export) -> Found {
    let reader = Reader::of(choices, &[]);
    let delimiter = [',', ';', '\t', '|'][choices.delimiter as usize];
    let table = |name: &str| -> (Vec<String>, Vec<Vec<String>>) {
        let file = export.files.iter().find(|file| file.name.starts_with(&format!("{name}.")));
        let lines = file.map_or_else(Vec::new, |file| cells(&decoded(export, file), delimiter));
        let header = lines.iter().find(|line| line.iter().any(|cell| cell.ends_with("_id"))).cloned();
        let header: Vec<String> =
            header.unwrap_or_default().iter().map(|cell| cell.replace('\u{feff}', "")).collect();
        let width = header.len();
        let rows = lines
            .into_iter()
            .filter(|line| width > 0 && line.len() > 2 && !line.contains(&"order_id".to_owned()))
            .filter(|line| !line.contains(&"customer_id".to_owned()))
            .collect();
        (header, rows)
    };
    let at = |header: &[String], row: &[String], name: &str| -> String {
        header
            .iter()
            .position(|cell| cell == name)
            .and_then(|place| row.get(place).cloned())
            .unwrap_or_default()
    };
    let money = |text: &str| reader.money(text, choices.cents == Cents::ByName, false);
    let (header, lines) = table("order_lines");
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for line in &lines {
        let quantity: i64 = at(&header, line, "quantity").parse().unwrap_or(0);
        *sums.entry(at(&header, line, "order_id")).or_default() +=
            quantity * money(&at(&header, line, "unit_price"));
    }
    let (header, refunds) = table("refunds");
    let mut back: BTreeMap<String, i64> = BTreeMap::new();
    for refund in &refunds {
        *back.entry(at(&header, refund, "order_id")).or_default() += money(&at(&header, refund, "amount"));
    }
    let (header, orders) = table("orders");
    add_up(orders.iter().filter_map(|row| {
        let number = at(&header, row, "order_id");
        let total = if header.contains(&"total".to_owned()) {
            money(&at(&header, row, "total"))
        } else {
            sums.get(&number).copied().unwrap_or(0)
        };
        let (bought, is_refunded) = reader.status_meaning(&at(&header, row, "status"));
        let document = ReadDocument {
            customer: at(&header, row, "customer_id"),
            is_sale: bought || is_refunded,
            is_refunded,
            amount: total,
            refunded: back.get(&number).copied().unwrap_or(0),
            ..ReadDocument::default()
        };
        Some((reader.customer(&document)?, document))
    }))
}

fn compare(export: &Export, found: &Found) {
    let truth = &export.truth;
    let expected = Found {
        orders: truth.orders,
        gross_orders: truth.gross_orders,
        gross: truth.gross_minor,
        cancelled: truth.cancelled_minor,
        returned: truth.returned_minor,
        by_customer: truth.by_customer.clone(),
    };
    if *found != expected {
        let differing: Vec<_> = expected
            .by_customer
            .iter()
            .filter(|(key, value)| found.by_customer.get(*key) != Some(value))
            .map(|(key, value)| (key, value, found.by_customer.get(key)))
            .take(5)
            .collect();
        panic!(
            "{} {}: {}\nexpected {:?}\nfound    {:?}\ndiffering {differing:?}",
            export.name,
            export.seed,
            export.layout,
            (expected.orders, expected.gross_orders, expected.gross, expected.cancelled, expected.returned),
            (found.orders, found.gross_orders, found.gross, found.cancelled, found.returned),
        );
    }
}

/// Reads one export and compares it with its truth; false if it cannot be read correctly.
fn check(name: &'static str, seed: u64, constraints: &Constraints) -> bool {
    let mut draw = Draw::new(seed, 77);
    let (export, choices, roles) = export_and_roles(&mut draw, name, seed, constraints);
    let readable = matches!(
        choices.ambiguity,
        Ambiguity::Absent | Ambiguity::DayOrMonth | Ambiguity::Thousands | Ambiguity::NoHeader
    ) && choices.late != LateChange::Currency;
    if !readable {
        return false;
    }
    let found = if choices.grain == Grain::Tables {
        read_tables(&choices, &export)
    } else {
        Reader::of(&choices, &roles).read(&export)
    };
    compare(&export, &found);
    true
}

#[test]
fn a_reader_with_known_columns_finds_the_truth() {
    let read = (0..2_000).filter(|&seed| check("mixture", seed, &Constraints::ANY)).count();
    assert!(read > 1_700, "{read}");
}

#[test]
fn a_reader_finds_the_truth_for_every_grain_and_return() {
    for seed in 0..40 {
        for grain in [
            Grain::PaymentFanout,
            Grain::ShipmentFanout,
            Grain::RefundFanout,
            Grain::HeaderLines,
            Grain::Events,
            Grain::Tables,
            Grain::FirstRowTotal,
        ] {
            check("grain", seed, &Constraints { grain: Some(grain), ..Constraints::ANY });
        }
        for returns in [Returns::Rows, Returns::Documents, Returns::Kinds, Returns::Prefix, Returns::Column] {
            check("returns", seed, &Constraints { returns: Some(returns), ..Constraints::ANY });
        }
        for number in [OrderNumber::Absent, OrderNumber::Monthly, OrderNumber::ItemAndOrder] {
            check("number", seed, &Constraints { order_number: Some(number), ..Constraints::ANY });
        }
    }
}

#[test]
fn a_reader_with_known_platform_columns_finds_the_truth() {
    let mut read = 0;
    for layout in layouts() {
        let Some((roles, grain, dialect, statuses)) =
            layout.plan().and_then(PlatformFormat::expected_reading)
        else {
            continue;
        };
        let (bought, [_, _, refunded, partly, _]) = *statuses;
        let mut choices = Choices { grain, delimiter: dialect.delimiter, ..Choices::USUAL };
        // The customer number, and perhaps an email address for guests in another column.
        choices.customer = CustomerKey::Code;
        choices.discount = Discount::Amount;
        for seed in 0..30 {
            let export = export(layout, seed);
            let mut reader = Reader::of(&choices, &roles);
            for other in [Role::CustomerName, Role::Email, Role::Customer] {
                if roles.contains(&other) {
                    reader.customer = other;
                }
            }
            reader.decimals = export.truth.money_decimals;
            let has_status = roles.contains(&Role::Status);
            reader.statuses = has_status.then(|| ([bought, &[partly]].concat(), refunded));
            reader.excludes_zero_totals = layout.plan().is_some_and(PlatformFormat::excludes_zero_totals);
            compare(&export, &reader.read(&export));
            read += 1;
        }
    }
    assert!(read > 500, "{read}");
}
