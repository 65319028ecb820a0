//! Marketplaces: Amazon's order reports, Etsy's sold orders and sold items, eBay's orders.
//!
//! Amazon, all orders: <https://sellercentral.amazon.com/gp/help/external/200547170>; order report:
//! <https://sellercentral.amazon.com/gp/help/external/201648780>: amounts are per line, not per piece. Etsy:
//! <https://help.etsy.com/hc/en-us/articles/360000343508>. eBay: <https://www.ebay.com/help/selling/selling-tools/seller-hub>.

use super::super::choices::{CustomerKey, Grain, NumberStyle, RowOrder};
use super::super::dates::DateForm;
use super::super::documents::{Document, Numbering};
use super::super::draw::Draw;
use super::super::file::{Delimiter, Dialect, Quoting};
use super::super::sheet::{Role, Sheet};
use super::super::shop::{NotSale, OrderExtras, OrderOutcome, ShopSpec};
use super::super::table::{Row, Table};
use super::{Columns, PlatformFormat};

const TABS: Dialect = Dialect { delimiter: Delimiter::Tab, ..Dialect::PLAIN };

const ALL_ORDERS: Columns = &[
    ("amazon-order-id", Role::Number),
    ("merchant-order-id", Role::Text("")),
    ("purchase-date", Role::Date),
    ("last-updated-date", Role::ShippedOn),
    ("order-status", Role::Status),
    ("fulfillment-channel", Role::Text("Merchant")),
    ("sales-channel", Role::Text("Amazon.com")),
    ("ship-service-level", Role::Text("Standard")),
    ("buyer-email", Role::Email),
    ("product-name", Role::Product),
    ("sku", Role::Sku),
    ("asin", Role::Text("B000WON1Z0")),
    ("item-status", Role::Text("Shipped")),
    ("quantity", Role::Quantity),
    ("currency", Role::Currency),
    ("item-price", Role::LineTotal),
    ("item-tax", Role::Text("0.0")),
    ("shipping-price", Role::Text("")),
    ("ship-city", Role::City),
    ("ship-state", Role::StateColumn),
    ("ship-postal-code", Role::Postcode),
    ("ship-country", Role::Text("US")),
];

const ORDER_REPORT: Columns = &[
    ("order-id", Role::Number),
    ("order-item-id", Role::RowId),
    ("purchase-date", Role::Date),
    ("payments-date", Role::PaidAt),
    ("buyer-email", Role::Email),
    ("buyer-name", Role::CustomerName),
    ("sku", Role::Sku),
    ("product-name", Role::Product),
    ("quantity-purchased", Role::Quantity),
    ("currency", Role::Currency),
    ("item-price", Role::LineTotal),
    ("item-tax", Role::Text("0.00")),
    ("shipping-price", Role::Text("0.00")),
    ("ship-state", Role::StateColumn),
];

fn amazon_spec(_: &mut Draw, spec: &mut ShopSpec) {
    spec.max_quantity = 4;
}

/// All orders, one row per line; cancelled lines have neither quantity nor price.
pub(in crate::exports) const AMAZON_ALL_ORDERS: PlatformFormat = PlatformFormat {
    grain: Grain::LineTotal,
    dates: DateForm::Offset,
    tells_currency: true,
    currencies: &["USD", "CAD", "GBP"],
    numbering: Numbering::plain(NumberStyle::Dashed, 1),
    statuses: (&["Shipped"], ["Pending", "Cancelled", "Refunded", "Shipped", "Cancelled"]),
    dialect: TABS,
    finish: blank_cancelled,
    spec: |draw, spec| {
        amazon_spec(draw, spec);
        spec.outcomes = vec![
            (OrderOutcome::Sale, 100),
            (OrderOutcome::NotSale(NotSale::Pending), 4),
            (OrderOutcome::NotSale(NotSale::Cancelled), 8),
        ];
    },
    ..PlatformFormat::new("amazon_all_orders", ALL_ORDERS)
};

/// Clears quantity and price of cancelled lines.
fn blank_cancelled(documents: &[Document<'_>], table: &mut Table) {
    let column_index = |name: &str| ALL_ORDERS.iter().position(|(header, _)| *header == name).unwrap_or(0);
    for row in &mut table.rows {
        let order = documents[row.document].order;
        if order.is_some_and(|order| order.outcome == OrderOutcome::NotSale(NotSale::Cancelled)) {
            "0".clone_into(&mut row.cells[column_index("quantity")]);
            for name in ["item-price", "item-tax", "currency"] {
                row.cells[column_index(name)].clear();
            }
            "Cancelled".clone_into(&mut row.cells[column_index("item-status")]);
        }
    }
}

/// The order report: unshipped and shipped orders of the seller.
pub(in crate::exports) const AMAZON_ORDER_REPORT: PlatformFormat = PlatformFormat {
    grain: Grain::LineTotal,
    dates: DateForm::Offset,
    row_order: RowOrder::Oldest,
    tells_currency: true,
    currencies: &["USD", "CAD", "GBP"],
    numbering: Numbering::plain(NumberStyle::Dashed, 1),
    dialect: TABS,
    spec: amazon_spec,
    ..PlatformFormat::new("amazon_orders", ORDER_REPORT)
};

const ETSY_ORDER_COLUMNS: Columns = &[
    ("Sale Date", Role::Date),
    ("Order ID", Role::Number),
    ("Buyer User ID", Role::Customer),
    ("Full Name", Role::CustomerName),
    ("Number of Items", Role::ItemsSold),
    ("Payment Method", Role::Text("Credit Card")),
    ("Date Shipped", Role::ShippedOn),
    ("Ship City", Role::City),
    ("Ship State", Role::StateColumn),
    ("Ship Zipcode", Role::Postcode),
    ("Ship Country", Role::Text("United States")),
    ("Currency", Role::Currency),
    ("Order Value", Role::Subtotal),
    ("Coupon Code", Role::DiscountCode),
    ("Discount Amount", Role::OrderDiscount),
    ("Shipping Discount", Role::Text("0.00")),
    ("Shipping", Role::Shipping),
    ("Sales Tax", Role::Tax),
    ("Order Total", Role::Total),
    ("Status", Role::Text("")),
    ("Card Processing Fees", Role::Text("1.25")),
    ("Adjusted Order Total", Role::Text("0.00")),
    ("Adjusted Card Processing Fees", Role::Text("0.00")),
    ("Adjusted Net Order Amount", Role::Text("0.00")),
];

/// Etsy's sold orders.
pub(in crate::exports) const ETSY_ORDERS: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Code,
    code_prefix: "buyer",
    dates: DateForm::MonthSlashShort,
    tells_currency: true,
    currencies: &["USD", "EUR", "GBP"],
    numbering: Numbering::plain(NumberStyle::Long, 2_300_000_000),
    spec: |_, spec| {
        spec.order_extras = OrderExtras::All;
    },
    ..PlatformFormat::new("EtsySoldOrders2024", ETSY_ORDER_COLUMNS)
};

const ETSY_ITEM_COLUMNS: Columns = &[
    ("Sale Date", Role::Date),
    ("Item Name", Role::Product),
    ("Buyer", Role::Customer),
    ("Quantity", Role::Quantity),
    ("Price", Role::UnitPrice),
    ("Coupon Code", Role::Text("")),
    ("Discount Amount", Role::Text("0")),
    ("Order Shipping", Role::Text("0")),
    ("Order Sales Tax", Role::Text("0")),
    ("Item Total", Role::LineTotal),
    ("Currency", Role::Currency),
    ("Transaction ID", Role::RowId),
    ("Listing ID", Role::Text("953074300")),
    ("Date Paid", Role::PaidAt),
    ("Date Shipped", Role::ShippedOn),
    ("Ship Name", Role::CustomerName),
    ("Ship City", Role::City),
    ("Ship State", Role::StateColumn),
    ("Ship Country", Role::Text("United States")),
    ("Order ID", Role::Number),
    ("Variations", Role::Text("")),
    ("SKU", Role::Sku),
];

/// Etsy's sold items: each line has a transaction ID, and the order has a separate number.
pub(in crate::exports) const ETSY_ITEMS: PlatformFormat = PlatformFormat {
    grain: Grain::LineAll,
    customer: CustomerKey::Code,
    code_prefix: "buyer",
    dates: DateForm::MonthSlashShort,
    tells_currency: true,
    currencies: &["USD", "EUR", "GBP"],
    numbering: Numbering::plain(NumberStyle::Long, 2_300_000_000),
    ..PlatformFormat::new("EtsySoldOrderItems2024", ETSY_ITEM_COLUMNS)
};

const EBAY_COLUMNS: Columns = &[
    ("Sales Record Number", Role::LongNumber),
    ("Order Number", Role::Number),
    ("Buyer Username", Role::Customer),
    ("Buyer Name", Role::CustomerName),
    ("Buyer Email", Role::Email),
    ("Buyer City", Role::City),
    ("Buyer State", Role::StateColumn),
    ("Buyer Zip", Role::Postcode),
    ("Item Number", Role::RowId),
    ("Item Title", Role::Product),
    ("Custom Label", Role::Sku),
    ("Quantity", Role::Quantity),
    ("Sold For", Role::UnitPrice),
    ("Shipping And Handling", Role::Text("$0.00")),
    ("Seller Collected Tax", Role::Text("$0.00")),
    ("eBay Collected Tax", Role::Text("$0.00")),
    ("Total Price", Role::LineTotal),
    ("Payment Method", Role::Text("PayPal")),
    ("Sale Date", Role::Date),
    ("Paid On Date", Role::PaidAt),
    ("Shipped On Date", Role::ShippedOn),
    ("Transaction ID", Role::Text("")),
];

/// eBay's orders: an order with several items has one row with its total, followed by one row per item.
pub(in crate::exports) const EBAY: PlatformFormat = PlatformFormat {
    grain: Grain::LineAll,
    customer: CustomerKey::Code,
    code_prefix: "user_",
    dates: DateForm::ShortMonthNames,
    currencies: &["USD"],
    numbering: Numbering::plain(NumberStyle::Dashed, 1),
    dialect: Dialect { quoting: Quoting::All, ..Dialect::PLAIN },
    money: |money| "$".clone_into(&mut money.before),
    tables: Some(ebay),
    ..PlatformFormat::new("eBay-OrdersReport", EBAY_COLUMNS)
};

fn ebay(draw: &mut Draw, sheet: &Sheet<'_>, documents: &[Document<'_>]) -> Vec<Table> {
    let lines = super::table_of(draw, "eBay-OrdersReport", Grain::LineAll, EBAY_COLUMNS, sheet, documents);
    let column_index = |name: &str| EBAY_COLUMNS.iter().position(|(header, _)| *header == name).unwrap_or(0);
    let of_item: Vec<usize> = ["Item Number", "Item Title", "Custom Label", "Sold For"]
        .iter()
        .map(|name| column_index(name))
        .collect();
    let of_order: Vec<usize> =
        ["Buyer Name", "Buyer Email", "Buyer City", "Buyer State", "Buyer Zip", "Payment Method"]
            .iter()
            .map(|name| column_index(name))
            .collect();
    let mut rows: Vec<Row> = Vec::with_capacity(lines.rows.len() * 2);
    let mut seen = None;
    for mut row in lines.rows {
        let document = &documents[row.document];
        if document.lines.len() > 1 {
            if seen != Some(row.document) {
                let mut sum = row.clone();
                for &place in &of_item {
                    sum.cells[place] = String::new();
                }
                let pieces: i64 = document.lines.iter().map(|line| line.quantity).sum();
                sum.cells[column_index("Quantity")] = pieces.to_string();
                sum.cells[column_index("Total Price")] = sheet.money.write(document.amounts.total);
                rows.push(sum);
            }
            // Only the order row has the total.
            row.cells[column_index("Total Price")] = String::new();
            for &place in &of_order {
                row.cells[place] = String::new();
            }
        }
        seen = Some(row.document);
        rows.push(row);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.document));
    vec![Table { rows, ..lines }]
}
