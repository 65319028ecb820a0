//! Payments: Stripe's unified payments export, and PayPal's activity download.
//!
//! Stripe: <https://support.stripe.com/questions/exporting-payment-reports>. PayPal:
//! <https://developer.paypal.com/docs/reports/> and its activity download specification.

use super::super::choices::{CustomerKey, NumberStyle, Placeholder};
use super::super::dates::{DateForm, date_time};
use super::super::documents::{Document, Numbering};
use super::super::draw::Draw;
use super::super::file::{Charset, Dialect, Quoting};
use super::super::notation::Thousands;
use super::super::sheet::{Role, RowContext, RowKind, Sheet};
use super::super::shop::{NotSale, OrderOutcome, ReturnSpec};
use super::super::table::{Row, Table};
use super::{Columns, PlatformFormat};

const STRIPE_COLUMNS: Columns = &[
    ("id", Role::Number),
    ("Created date (UTC)", Role::Date),
    ("Amount", Role::Total),
    ("Amount Refunded", Role::Refunded),
    ("Currency", Role::Currency),
    ("Captured", Role::Text("true")),
    ("Converted Amount", Role::Total),
    ("Converted Amount Refunded", Role::Refunded),
    ("Converted Currency", Role::Currency),
    ("Decline Reason", Role::Text("")),
    ("Description", Role::Text("Subscription update")),
    ("Fee", Role::Text("0.59")),
    ("Refunded date (UTC)", Role::Text("")),
    ("Statement Descriptor", Role::Text("SHOP")),
    ("Status", Role::Status),
    ("Seller Message", Role::Text("Payment complete.")),
    ("Taxes On Fee", Role::Text("0.00")),
    ("Card ID", Role::Text("")),
    ("Customer ID", Role::Customer),
    ("Customer Description", Role::Text("")),
    ("Customer Email", Role::Email),
    ("Invoice ID", Role::PartFilled),
    ("Transfer", Role::Text("")),
];

/// Stripe's payments.
pub(in crate::exports) const STRIPE: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Code,
    code_prefix: "cus_",
    placeholder: Placeholder::Blank,
    guests_by_email: true,
    tells_currency: true,
    numbering: Numbering::plain(NumberStyle::Hex, 1),
    statuses: (&["Paid"], ["requires_payment_method", "canceled", "Refunded", "Partial Refund", "Failed"]),
    spec: |_, spec| {
        spec.outcomes = vec![
            (OrderOutcome::Sale, 100),
            (OrderOutcome::NotSale(NotSale::Failed), 9),
            (OrderOutcome::NotSale(NotSale::Cancelled), 3),
        ];
        spec.refunds = (6, 5);
        spec.guest_percent = 5;
    },
    ..PlatformFormat::new("unified_payments", STRIPE_COLUMNS)
};

const PAYPAL_HEADER: [&str; 16] = [
    "Date",
    "Time",
    "TimeZone",
    "Name",
    "Type",
    "Status",
    "Currency",
    "Gross",
    "Fee",
    "Net",
    "From Email Address",
    "To Email Address",
    "Transaction ID",
    "Item Title",
    "Reference Txn ID",
    "Balance",
];

/// PayPal's activity: refunds refer to the payment; withdrawals have no customer.
pub(in crate::exports) const PAYPAL: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Email,
    tells_currency: true,
    numbering: Numbering::plain(NumberStyle::Hex, 1),
    statuses: (&["Completed"], ["Pending", "Canceled", "Refunded", "Completed", "Denied"]),
    dates: DateForm::MonthSlash,
    dialect: Dialect { charset: Charset::Utf8Mark, quoting: Quoting::All, ..Dialect::PLAIN },
    money: |money| money.thousands = Thousands::Comma,
    spec: |_, spec| {
        spec.outcomes = vec![
            (OrderOutcome::Sale, 100),
            (OrderOutcome::NotSale(NotSale::Failed), 4),
            (OrderOutcome::NotSale(NotSale::Pending), 3),
        ];
        spec.returns = ReturnSpec { whole: 7, part: 6, unmatched: 0, ..ReturnSpec::default() };
    },
    tables: Some(paypal),
    columns: &[("From Email Address", Role::Email), ("Name", Role::CustomerName)],
    ..PlatformFormat::new("Download", &[])
};

fn paypal(draw: &mut Draw, sheet: &Sheet<'_>, documents: &[Document<'_>]) -> Vec<Table> {
    let mut table = Table::new("Download", &PAYPAL_HEADER);
    let mut balance = 0;
    let numbers: Vec<String> = documents.iter().map(|document| document.number.to_uppercase()).collect();
    for document in documents {
        let context = RowContext {
            document,
            line: None,
            fan: None,
            is_later_row: false,
            kind: RowKind::Plain,
            at: document.at,
            row: table.rows.len(),
        };
        let cell = |role: Role| sheet.cell(role, &context);
        let gross = sheet.sign(document) * document.amounts.total;
        let fee = if document.is_return() { 0 } else { -(gross * 3 / 100 + 30) };
        let counts = document.order.is_none_or(|order| order.outcome == OrderOutcome::Sale);
        balance += if counts { gross + fee } else { 0 };
        // A refund refers to the payment, which is looked up by the order.
        let reference =
            if document.is_return() { paid(sheet, documents, &numbers, document) } else { String::new() };
        let (from, to) = (cell(Role::Email), "shop@example.com".to_owned());
        table.push(
            document.at,
            vec![
                cell(Role::Date),
                date_time(document.at).format("%H:%M:%S").to_string(),
                "PST".to_owned(),
                cell(Role::CustomerName),
                if document.is_return() { "Payment Refund" } else { "Express Checkout Payment" }.to_owned(),
                cell(Role::Status),
                cell(Role::Currency),
                sheet.money.write(gross),
                sheet.money.write(fee),
                sheet.money.write(gross + fee),
                from,
                to,
                numbers[document.place].clone(),
                cell(Role::ProductList),
                reference,
                sheet.money.write(balance),
            ],
        );
        if draw.chance(5) && balance > 0 {
            let mut cells = vec![String::new(); PAYPAL_HEADER.len()];
            cells[0] = cell(Role::Date);
            "23:59:59".clone_into(&mut cells[1]);
            "PST".clone_into(&mut cells[2]);
            "General Withdrawal".clone_into(&mut cells[4]);
            "Completed".clone_into(&mut cells[5]);
            cells[6] = cell(Role::Currency);
            cells[7] = sheet.money.write(-balance);
            cells[8] = sheet.money.write(0);
            cells[9] = sheet.money.write(-balance);
            cells[12] = draw.hex(12).to_uppercase();
            balance = 0;
            cells[15] = sheet.money.write(0);
            table.rows.push(Row { cells, at: Some(document.at), document: table.rows.len(), amount: 0 });
        }
    }
    vec![table]
}

/// The number of the payment that a return belongs to.
fn paid(sheet: &Sheet<'_>, documents: &[Document<'_>], numbers: &[String], back: &Document<'_>) -> String {
    let returned =
        sheet.shop.returns.iter().find(|returned| returned.at == back.at && returned.buyer == back.buyer);
    let place = returned.and_then(|returned| match returned.matches {
        super::super::shop::Match::Whole(place) | super::super::shop::Match::Part(place) => Some(place),
        super::super::shop::Match::Unmatched => None,
    });
    let Some(place) = place else { return String::new() };
    let order = &sheet.shop.orders[place];
    documents
        .iter()
        .find(|document| document.order.is_some_and(|other| std::ptr::eq(other, order)))
        .map_or_else(String::new, |document| numbers[document.place].clone())
}
