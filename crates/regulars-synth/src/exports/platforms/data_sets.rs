//! Public data sets, in the layouts in which they are distributed.
//!
//! Olist: <https://www.kaggle.com/datasets/olistbr/brazilian-ecommerce>. Online Retail:
//! <https://archive.ics.uci.edu/dataset/352/online+retail> and
//! <https://archive.ics.uci.edu/dataset/502/online+retail+ii>. The others follow their usual columns.

use super::super::choices::{CustomerKey, Grain, NumberStyle, Placeholder, RowOrder};
use super::super::dates::DateForm;
use super::super::documents::{Document, Numbering};
use super::super::draw::Draw;
use super::super::file::{Dialect, HeaderRow};
use super::super::sheet::{Role, Sheet};
use super::super::shop::{NotSale, OrderExtras, OrderOutcome, ReturnSpec, ShopSpec};
use super::super::table::Table;
use super::super::truth::ZeroTotals;
use super::{Columns, PlatformFormat, table_of};

const OLIST_ORDERS: Columns = &[
    ("order_id", Role::Number),
    ("customer_id", Role::Session),
    ("order_status", Role::Status),
    ("order_purchase_timestamp", Role::Date),
    ("order_approved_at", Role::PaidAt),
    ("order_delivered_carrier_date", Role::ShippedOn),
    ("order_estimated_delivery_date", Role::ShippedOn),
];

const OLIST_JOIN: Columns = &[
    ("order_id", Role::Number),
    ("customer_id", Role::Session),
    ("order_status", Role::Status),
    ("order_purchase_timestamp", Role::Date),
    ("order_item_id", Role::ItemNumber),
    ("product_id", Role::Sku),
    ("price", Role::UnitPrice),
    ("freight_value", Role::LineFreight),
    ("payment_sequential", Role::PaymentNumber),
    ("payment_type", Role::PaymentType),
    ("payment_installments", Role::Text("1")),
    ("payment_value", Role::PaymentValue),
    ("customer_unique_id", Role::Customer),
    ("customer_city", Role::City),
    ("customer_state", Role::StateColumn),
];

fn olist_spec(_: &mut Draw, spec: &mut ShopSpec) {
    spec.max_quantity = 1;
    spec.max_payments = 3;
    spec.order_extras = OrderExtras::Shipping;
    spec.outcomes = vec![
        (OrderOutcome::Sale, 100),
        (OrderOutcome::NotSale(NotSale::Cancelled), 4),
        (OrderOutcome::NotSale(NotSale::Pending), 2),
    ];
}

const OLIST_PLAN: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Hash,
    row_order: RowOrder::Oldest,
    currencies: &["BRL"],
    tells_currency: true,
    numbering: Numbering::plain(NumberStyle::Hex, 1),
    statuses: (&["delivered", "shipped"], ["created", "canceled", "refunded", "delivered", "unavailable"]),
    spec: olist_spec,
    ..PlatformFormat::new("olist_orders_dataset", OLIST_ORDERS)
};

/// Olist's files: orders, customers, items and payments.
pub(in crate::exports) const OLIST: PlatformFormat = PlatformFormat { tables: Some(olist), ..OLIST_PLAN };

/// The joined table: one row per combination of item and payment.
pub(in crate::exports) const OLIST_JOINED: PlatformFormat =
    PlatformFormat { grain: Grain::PaymentFanout, columns: OLIST_JOIN, file: "olist_joined", ..OLIST_PLAN };

fn olist(draw: &mut Draw, sheet: &Sheet<'_>, documents: &[Document<'_>]) -> Vec<Table> {
    let orders = table_of(draw, "olist_orders_dataset", Grain::Order, OLIST_ORDERS, sheet, documents);
    let customers = table_of(
        draw,
        "olist_customers_dataset",
        Grain::Order,
        &[
            ("customer_id", Role::Session),
            ("customer_unique_id", Role::Customer),
            ("customer_zip_code_prefix", Role::Postcode),
            ("customer_city", Role::City),
            ("customer_state", Role::StateColumn),
        ],
        sheet,
        documents,
    );
    let items = table_of(
        draw,
        "olist_order_items_dataset",
        Grain::LineTotal,
        &[
            ("order_id", Role::Number),
            ("order_item_id", Role::ItemNumber),
            ("product_id", Role::Sku),
            ("seller_id", Role::Text("seller1")),
            ("shipping_limit_date", Role::ShippedOn),
            ("price", Role::UnitPrice),
            ("freight_value", Role::LineFreight),
        ],
        sheet,
        documents,
    );
    let with_type = draw.chance(70);
    let header: &[&str] = if with_type {
        &["order_id", "payment_sequential", "payment_type", "payment_installments", "payment_value"]
    } else {
        &["order_id", "payment_sequential", "payment_value"]
    };
    let mut payments = Table::new("olist_order_payments_dataset", header);
    for document in documents {
        for (place, &(kind, value)) in document.order.iter().flat_map(|order| &order.payments).enumerate() {
            let mut cells = vec![document.number.clone(), (place + 1).to_string()];
            if with_type {
                cells.push(["credit_card", "boleto", "debit_card", "voucher"][kind].to_owned());
                cells.push("1".to_owned());
            }
            cells.push(sheet.money.write(value));
            payments.push(document.at, cells);
        }
    }
    vec![orders, customers, items, payments]
}

const RETAIL: Columns = &[
    ("InvoiceNo", Role::Number),
    ("StockCode", Role::Sku),
    ("Description", Role::Product),
    ("Quantity", Role::Quantity),
    ("InvoiceDate", Role::Date),
    ("UnitPrice", Role::UnitPrice),
    ("CustomerID", Role::Customer),
    ("Country", Role::Text("United Kingdom")),
];

const RETAIL_II: Columns = &[
    ("Invoice", Role::Number),
    ("StockCode", Role::Sku),
    ("Description", Role::Product),
    ("Quantity", Role::Quantity),
    ("InvoiceDate", Role::Date),
    ("Price", Role::UnitPrice),
    ("Customer ID", Role::Customer),
    ("Country", Role::Text("United Kingdom")),
];

fn retail_spec(_: &mut Draw, spec: &mut ShopSpec) {
    spec.max_quantity = 12;
    spec.unknown_buyer_percent = 15;
    spec.free_percent = 3;
    spec.returns = ReturnSpec {
        whole: 8,
        part: 8,
        unmatched: 3,
        by_line: true,
        pieces: true,
        ties: true,
        exchanges: false,
    };
}

/// Online Retail: cancellation numbers begin with `C`, zero rows are excluded.
pub(in crate::exports) const ONLINE_RETAIL: PlatformFormat = PlatformFormat {
    grain: Grain::LinePrice,
    customer: CustomerKey::Number,
    placeholder: Placeholder::Blank,
    row_order: RowOrder::Oldest,
    currencies: &["GBP"],
    tells_currency: true,
    dates: DateForm::MonthSlashTime,
    numbering: Numbering { c_prefix: true, ..Numbering::plain(NumberStyle::Sequence, 536_365) },
    free: ZeroTotals::Excluded,
    spec: retail_spec,
    ..PlatformFormat::new("online_retail", RETAIL)
};

/// Online Retail II.
pub(in crate::exports) const ONLINE_RETAIL_II: PlatformFormat = PlatformFormat {
    dates: DateForm::IsoTime,
    columns: RETAIL_II,
    file: "online_retail_II",
    ..ONLINE_RETAIL
};

const TA_FENG_COLUMNS: Columns = &[
    ("TRANSACTION_DT", Role::Date),
    ("CUSTOMER_ID", Role::Customer),
    ("AGE_GROUP", Role::Text("35-39")),
    ("PIN_CODE", Role::Text("115")),
    ("PRODUCT_SUBCLASS", Role::Text("500210")),
    ("PRODUCT_ID", Role::Sku),
    ("AMOUNT", Role::Quantity),
    ("ASSET", Role::Text("24")),
    ("SALES_PRICE", Role::LineTotal),
];

/// Ta-Feng: the quantity is called amount, prices are per line, and lines of one day are one purchase.
pub(in crate::exports) const TA_FENG: PlatformFormat = PlatformFormat {
    grain: Grain::LineTotal,
    customer: CustomerKey::Number,
    row_order: RowOrder::Oldest,
    currencies: &["JPY"],
    dates: DateForm::MonthSlash,
    spec: |_, spec| {
        spec.one_order_a_day = true;
        spec.max_quantity = 6;
    },
    ..PlatformFormat::new("ta_feng", TA_FENG_COLUMNS)
};

const SUPERSTORE_COLUMNS: Columns = &[
    ("Row ID", Role::RowId),
    ("Order ID", Role::Number),
    ("Order Date", Role::Date),
    ("Ship Date", Role::ShippedOn),
    ("Ship Mode", Role::Text("Standard Class")),
    ("Customer ID", Role::Customer),
    ("Customer Name", Role::CustomerName),
    ("Segment", Role::Text("Consumer")),
    ("City", Role::City),
    ("State", Role::StateColumn),
    ("Postal Code", Role::Postcode),
    ("Product ID", Role::Sku),
    ("Product Name", Role::Product),
    ("Sales", Role::LineTotal),
    ("Quantity", Role::Quantity),
    ("Discount", Role::Text("0")),
    ("Profit", Role::Text("1.25")),
];

/// The Superstore data set used in courses: sales are per line, and `State` is a place.
pub(in crate::exports) const SUPERSTORE: PlatformFormat = PlatformFormat {
    grain: Grain::LineTotal,
    customer: CustomerKey::Code,
    code_prefix: "CG-",
    row_order: RowOrder::Oldest,
    currencies: &["USD"],
    dates: DateForm::MonthSlash,
    numbering: Numbering::plain(NumberStyle::Year, 100_006),
    ..PlatformFormat::new("superstore", SUPERSTORE_COLUMNS)
};

const CDNOW_COLUMNS: Columns = &[
    ("customer_id", Role::Customer),
    ("date", Role::Date),
    ("cds", Role::ItemsSold),
    ("amount", Role::Total),
];

/// CDNOW: one row per purchase, without an order number.
pub(in crate::exports) const CDNOW: PlatformFormat = PlatformFormat {
    customer: CustomerKey::Number,
    row_order: RowOrder::Oldest,
    currencies: &["USD"],
    dates: DateForm::Compact,
    dialect: Dialect { header: HeaderRow::Present, ..Dialect::PLAIN },
    spec: |_, spec| spec.free_percent = 2,
    ..PlatformFormat::new("cdnow", CDNOW_COLUMNS)
};
