//! The columns of a mixture: selection, names, and order.

use super::super::choices::{
    Ambiguity, CancellationTime, Choices, CustomerKey, Discount, Extras, Flag, Grain, Index, OrderNumber,
    QuantityName, ReturnReference, Returns, StateColumn, Status, TimePlace,
};
use super::super::draw::Draw;
use super::super::languages::{Language, Words};
use super::super::notation::CurrencyPlace;
use super::super::sheet::{HeaderWriter, Role, Sheet};

/// A column of the table.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) header: String,
    pub(super) role: Role,
}

type Roles = Vec<(Role, Words)>;

/// Draws the columns.
pub(super) fn columns(draw: &mut Draw, c: &Choices, sheet: &Sheet<'_>) -> Vec<Column> {
    let mut roles = match c.grain {
        Grain::HeaderLines => receipt_roles(),
        Grain::Events => events(c),
        _ => {
            let mut roles = keys(draw, c, sheet);
            roles.extend(amounts(draw, c, sheet));
            roles.extend(marks(c, sheet));
            if c.header == super::super::file::HeaderRow::Present {
                roles.extend(others(draw, c, sheet));
            }
            roles
        }
    };
    if c.currency == CurrencyPlace::Column {
        roles.push((Role::Currency, sheet.words.headers.currency));
    }
    if draw.chance(35) && c.grain != Grain::HeaderLines {
        draw.shuffle(&mut roles);
    }
    match c.index {
        Index::Absent => {}
        Index::Unnamed => roles.insert(0, (Role::Index, &[""])),
        Index::Named => roles.insert(0, (Role::Index, &["Row ID", "Row No", "Row"])),
    }
    let currency = (c.currency == CurrencyPlace::Header).then_some(sheet.currency.code);
    // A column of cents beside decimal columns has an ordinary name.
    let cents = c.cents;
    let mut headers = HeaderWriter::new(c.header_style, cents, currency);
    roles
        .into_iter()
        .map(|(role, wordings)| Column { header: headers.write(draw, wordings, role.is_money()), role })
        .collect()
}

/// Number, customer and date columns.
fn keys(draw: &mut Draw, c: &Choices, sheet: &Sheet<'_>) -> Roles {
    let headers = &sheet.words.headers;
    let english = c.language == Language::English;
    let mut roles: Roles = Vec::new();
    match c.order_number {
        OrderNumber::Usual => roles.push((Role::Number, headers.order_number)),
        OrderNumber::Odd => roles.push((Role::Number, headers.odd_order_number)),
        OrderNumber::PartFilled => {
            roles.push((Role::Number, &["id", "ID"]));
            roles.push((Role::PartFilled, &["Invoice ID", "Invoice Number"]));
        }
        OrderNumber::ItemAndOrder => {
            roles.push((Role::RowId, &["Item ID"]));
            roles.push((Role::Number, &["Increment ID"]));
        }
        OrderNumber::Monthly | OrderNumber::Yearly if english => {
            roles.push((Role::Number, &["Receipt No", "Receipt Number", "Order No", "Invoice No"]));
        }
        OrderNumber::Monthly | OrderNumber::Yearly => roles.push((Role::Number, headers.order_number)),
        OrderNumber::Absent => {}
    }
    roles.push((Role::Date, headers.date));
    if c.time == TimePlace::OwnColumn {
        roles.push((Role::Time, headers.time));
    }
    let customer: Words = match c.customer {
        _ if c.ambiguity == Ambiguity::NewReturning => &["Customer", "Customer Type"],
        CustomerKey::Number | CustomerKey::Code | CustomerKey::Hash => headers.customer_id,
        CustomerKey::Email => headers.email,
        CustomerKey::Name => headers.customer_name,
    };
    if c.ambiguity != Ambiguity::NoCustomer {
        roles.push((Role::Customer, customer));
        if c.customer_extras.has_name() {
            roles.push((Role::CustomerName, headers.customer_name));
        }
        if c.customer_extras.has_email() {
            roles.push((Role::Email, headers.email));
        }
    }
    if draw.chance(30) {
        roles.rotate_left(1);
    }
    roles
}

fn products(draw: &mut Draw, sheet: &Sheet<'_>) -> Roles {
    let headers = &sheet.words.headers;
    match draw.below(3) {
        0 => vec![(Role::Product, headers.product)],
        1 => vec![(Role::Sku, headers.sku)],
        _ => vec![(Role::Sku, headers.sku), (Role::Product, headers.product)],
    }
}

/// Line and amount columns.
fn amounts(draw: &mut Draw, c: &Choices, sheet: &Sheet<'_>) -> Roles {
    let headers = &sheet.words.headers;
    let total = if draw.chance(60) { headers.order_total } else { headers.amount };
    let line_total = if draw.chance(60) { headers.line_total } else { headers.amount };
    let quantity = headers.quantity;
    let mut roles: Roles = Vec::new();
    match c.grain {
        Grain::Order => {
            if draw.chance(20) && c.order_number != OrderNumber::Absent && c.header_is_there() {
                roles.push((Role::ItemsSold, quantity));
            }
            roles.extend(extras(c, sheet));
            roles.push((Role::Total, total));
        }
        Grain::LineTotal => {
            roles.extend(products(draw, sheet));
            if draw.chance(50) {
                roles.push((Role::Quantity, quantity));
            }
            roles.push((Role::LineTotal, line_total));
        }
        Grain::LinePrice | Grain::LineAll => {
            roles.extend(products(draw, sheet));
            if c.quantity_name == QuantityName::Amount {
                roles.push((Role::Quantity, &["Amount"]));
                roles.push((Role::UnitPrice, &["Price", "Unit Price"]));
            } else {
                roles.push((Role::Quantity, quantity));
                roles.push((Role::UnitPrice, headers.unit_price));
            }
            match c.discount {
                Discount::Absent => {}
                Discount::Rate => roles.push((Role::LineDiscount, headers.discount)),
                Discount::Percent if c.ambiguity == Ambiguity::Discount => {
                    roles.push((Role::LineDiscount, headers.discount));
                }
                Discount::Percent | Discount::PercentSign => {
                    roles.push((Role::LineDiscount, headers.discount_percent));
                }
                Discount::Amount => roles.push((Role::LineDiscount, headers.discount_amount)),
            }
            if c.grain == Grain::LineAll {
                roles.push((Role::LineTotal, line_total));
            }
        }
        Grain::RepeatedTotal | Grain::FirstRowTotal => {
            roles.extend(products(draw, sheet));
            if draw.chance(55) {
                roles.push((Role::Quantity, quantity));
                roles.push((Role::UnitPrice, headers.unit_price));
            }
            roles.extend(extras(c, sheet));
            roles.push((Role::Total, total));
        }
        Grain::PaymentFanout => {
            roles.push((Role::ItemNumber, &["Order Item ID", "Item Number", "Line Number"]));
            roles.extend(products(draw, sheet));
            roles.push((Role::UnitPrice, &["Price", "Item Price"]));
            if c.extras == Extras::Freight {
                roles.push((Role::LineFreight, &["Freight Value", "Item Freight", "Item Shipping"]));
            }
            roles.push((Role::PaymentNumber, &["Payment Sequential", "Payment Number"]));
            roles.push((Role::PaymentType, &["Payment Type", "Payment Method"]));
            if c.extras == Extras::Freight || draw.chance(65) {
                roles.push((Role::PaymentValue, &["Payment Value", "Payment Amount", "Paid Amount"]));
            }
        }
        Grain::ShipmentFanout => {
            roles.push((Role::ItemNumber, &["Line Number", "Item Number", "Order Line"]));
            roles.extend(products(draw, sheet));
            roles.push((Role::Quantity, quantity));
            if draw.chance(60) {
                roles.push((Role::LineTotal, headers.line_total));
            } else {
                roles.push((Role::UnitPrice, headers.unit_price));
                roles.push((Role::Total, headers.order_total));
            }
            roles.push((Role::ShipmentNumber, &["Shipment ID", "Tracking Number", "Parcel Number"]));
        }
        Grain::RefundFanout => {
            roles.push((Role::ItemNumber, &["Line Number", "Item Number", "Order Line"]));
            roles.extend(products(draw, sheet));
            roles.push((Role::Quantity, quantity));
            roles.push((Role::LineTotal, headers.line_total));
            roles.push((Role::RefundNumber, &["Refund ID", "Refund Number"]));
            roles.push((Role::RefundValue, &["Refund Amount", "Refunded Amount"]));
        }
        Grain::HeaderLines | Grain::Events | Grain::Tables => {}
    }
    roles
}

fn extras(c: &Choices, sheet: &Sheet<'_>) -> Roles {
    let headers = &sheet.words.headers;
    match c.extras {
        Extras::Absent | Extras::Freight => Vec::new(),
        Extras::Present => vec![
            (Role::Subtotal, headers.subtotal),
            (
                Role::OrderDiscount,
                if c.ambiguity == Ambiguity::NoHeader { headers.discount } else { headers.discount_amount },
            ),
            (Role::Shipping, headers.shipping),
            (Role::Tax, headers.tax),
        ],
    }
}

/// Columns that mark non-sales and returns.
fn marks(c: &Choices, sheet: &Sheet<'_>) -> Roles {
    let headers = &sheet.words.headers;
    let mut roles: Roles = Vec::new();
    if c.returns.is_column() && c.grain != Grain::RefundFanout {
        let role = if c.grain.sums_lines() { Role::LineRefunded } else { Role::Refunded };
        roles.push((role, headers.refunded));
    }
    // `Estado` means status or state; a file has it once.
    let spanish_or_portuguese = matches!(c.language, Language::Spanish | Language::Portuguese);
    if c.status != Status::Absent {
        let status: Words = match c.language {
            Language::Spanish if c.place != StateColumn::Absent => &["Estado del pedido", "Situación"],
            Language::Portuguese if c.place != StateColumn::Absent => &["Status", "Status do pedido"],
            Language::English if c.place != StateColumn::Absent || c.status == Status::Magento => {
                &["Status", "Order Status"]
            }
            _ => headers.status,
        };
        roles.push((Role::Status, status));
    }
    let place: Option<Words> = match (c.place, c.language) {
        (StateColumn::Absent, _) => None,
        (StateColumn::ShipState, _) => Some(&["Ship State", "Shipping State", "Delivery State"]),
        (StateColumn::StoreState, _) => Some(&["Store State", "State", "Branch State"]),
        (StateColumn::Province, Language::German) => Some(&["Bundesland"]),
        (StateColumn::Province, Language::Italian) => Some(&["Provincia"]),
        (StateColumn::Province, _) if spanish_or_portuguese && c.status == Status::Absent => {
            Some(&["Estado"])
        }
        (StateColumn::Province, Language::Spanish) => Some(&["Provincia"]),
        (StateColumn::Province, Language::Portuguese) => Some(&["UF", "Estado de entrega"]),
        (StateColumn::Province, _) => Some(&["Province", "Shipping Province"]),
    };
    roles.extend(place.map(|words| (Role::StateColumn, words)));
    if c.returns.has_types() {
        let words: Words = if c.returns == Returns::Kinds {
            &["Transaction Type", "Type", "Sale Type"]
        } else {
            headers.document_type
        };
        roles.push((Role::Type, words));
    }
    if c.return_reference == ReturnReference::Column {
        roles.push((Role::Reference, headers.original_order));
    }
    let flag: Option<Words> = match c.flag {
        Flag::Absent => None,
        Flag::Voided => Some(&["Voided", "Is Void", "Void"]),
        Flag::Deleted => Some(&["Is Deleted", "Deleted"]),
        Flag::Test => Some(&["Test", "Is Test", "Test Order"]),
        Flag::Cancelled => Some(headers.cancelled_flag),
        Flag::Returned => Some(&["Returned", "Is Returned", "Refunded"]),
    };
    roles.extend(flag.map(|words| (Role::Flag, words)));
    let cancellation_time: Option<Words> = match c.cancellation_time {
        CancellationTime::Absent => None,
        CancellationTime::CancelledAt => Some(&["Cancelled At", "Canceled At", "Cancellation Date"]),
        CancellationTime::DeletedAt => Some(&["Deleted At", "Voided At"]),
    };
    roles.extend(cancellation_time.map(|words| (Role::CancellationTime, words)));
    roles
}

/// Columns unrelated to purchases.
fn others(draw: &mut Draw, c: &Choices, sheet: &Sheet<'_>) -> Roles {
    let headers = &sheet.words.headers;
    let mut all = vec![
        (Role::City, headers.city),
        (Role::Postcode, headers.postcode),
        (Role::Phone, headers.phone),
        (Role::Note, headers.note),
    ];
    // Another date could disambiguate day and month.
    if c.ambiguity != Ambiguity::DayOrMonth {
        all.push((Role::ShippedOn, headers.shipped_on));
    }
    if c.grain != Grain::PaymentFanout {
        all.push((Role::PaymentMethod, headers.payment_method));
    }
    draw.shuffle(&mut all);
    let count = draw.weighted(&[(0, 40), (1, 25), (2, 20), (3, 10), (5, 5)]);
    all.truncate(count);
    all
}

fn receipt_roles() -> Roles {
    vec![
        (Role::Date, &["Date"]),
        (Role::Number, &["Receipt", "Receipt Number", "Sale Number"]),
        (Role::LineType, &["Line Type", "Row Type"]),
        (Role::Customer, &["Customer Code"]),
        (Role::CustomerName, &["Customer Name"]),
        (Role::ReceiptQuantity, &["Quantity"]),
        (Role::ReceiptNet, &["Subtotal"]),
        (Role::ReceiptTax, &["Sales Tax"]),
        (Role::ReceiptTotal, &["Total"]),
        (Role::Paid, &["Paid"]),
        (Role::Details, &["Details"]),
        (Role::Text("CLOSED"), &["Status"]),
        (Role::ReceiptSku, &["SKU"]),
    ]
}

fn events(c: &Choices) -> Roles {
    let mut roles: Roles = vec![
        (Role::Date, &["Event Time", "Timestamp", "Event Timestamp"]),
        (Role::Event, &["Event Type", "Event", "Event Name"]),
        (Role::Sku, &["Product ID"]),
        (Role::Product, &["Product Name"]),
        (Role::UnitPrice, &["Price"]),
        (Role::Customer, &["User ID", "Visitor ID", "Customer ID"]),
        (Role::Session, &["User Session", "Session ID"]),
    ];
    if c.order_number == OrderNumber::Usual {
        roles.push((Role::Number, &["Order ID"]));
    }
    roles
}
