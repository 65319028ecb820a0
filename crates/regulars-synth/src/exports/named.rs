//! The list of layouts with a name: platforms, and mixtures of which one thing is fixed.

use super::choices::{
    Cents, CustomerKey, Cut, Discount, Doubt, Extras, Flag, FreeOrders, Grain, Guests, Late, Nobody,
    OrderNumber, Place, QuantityName, Returns, Stamp, Status, Totals, Wish,
};
use super::dates::DateForm;
use super::file::{Charset, HeaderAgain, HeaderRow, LineEnd, Preamble};
use super::languages::Language;
use super::layout::{Layout, mixture, platform};
use super::notation::{Decimals, Negative, Thousands};
use super::platforms;

const ANY: Wish = Wish::ANY;

/// All of them.
pub(super) static LAYOUTS: &[Layout] = &[
    platform(
        "shopify_orders",
        "Shopify's orders export, one line an order",
        Some("https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders"),
        platforms::SHOPIFY_ORDERS,
    ),
    platform(
        "shopify_lines",
        "Shopify's orders export with lines",
        Some("https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders"),
        platforms::SHOPIFY_LINES,
    ),
    platform(
        "shopify_fivetran",
        "Shopify's API tables as Fivetran writes them",
        Some("https://fivetran.com/docs/connectors/applications/shopify/connector-schema"),
        platforms::SHOPIFY_FIVETRAN,
    ),
    platform(
        "shopify_airbyte",
        "Shopify's API tables as Airbyte writes them",
        Some("https://docs.airbyte.com/integrations/sources/shopify"),
        platforms::SHOPIFY_AIRBYTE,
    ),
    platform(
        "woocommerce_analytics",
        "WooCommerce's analytics of orders",
        Some("https://woocommerce.com/document/woocommerce-analytics/"),
        platforms::WOOCOMMERCE_ANALYTICS,
    ),
    platform(
        "woocommerce_orders",
        "WooCommerce orders by an export plugin",
        Some("https://woocommerce.com/document/ordercustomer-csv-export/"),
        platforms::WOOCOMMERCE_ORDERS,
    ),
    platform(
        "woocommerce_lines",
        "WooCommerce items by an export plugin",
        Some("https://woocommerce.com/document/ordercustomer-csv-export/"),
        platforms::WOOCOMMERCE_LINES,
    ),
    platform(
        "magento_orders",
        "Magento's grid of orders",
        Some(
            "https://experienceleague.adobe.com/en/docs/commerce-admin/stores-sales/order-management/orders/orders",
        ),
        platforms::MAGENTO_ORDERS,
    ),
    platform(
        "magento_items",
        "Magento's order items with their orders",
        Some(
            "https://experienceleague.adobe.com/en/docs/commerce-admin/stores-sales/order-management/orders/orders",
        ),
        platforms::MAGENTO_ITEMS,
    ),
    platform(
        "prestashop",
        "PrestaShop's list of orders",
        Some("https://docs.prestashop-project.org/1.7-documentation/user-guide/managing-orders/orders"),
        platforms::PRESTASHOP,
    ),
    platform(
        "stripe",
        "Stripe's unified payments",
        Some("https://support.stripe.com/questions/exporting-payment-reports"),
        platforms::STRIPE,
    ),
    platform(
        "paypal",
        "PayPal's activity",
        Some("https://developer.paypal.com/docs/reports/"),
        platforms::PAYPAL,
    ),
    platform(
        "amazon_all_orders",
        "Amazon's report of all orders",
        Some("https://sellercentral.amazon.com/gp/help/external/200547170"),
        platforms::AMAZON_ALL_ORDERS,
    ),
    platform(
        "amazon_order_report",
        "Amazon's order report",
        Some("https://sellercentral.amazon.com/gp/help/external/201648780"),
        platforms::AMAZON_ORDER_REPORT,
    ),
    platform(
        "etsy_orders",
        "Etsy's sold orders",
        Some("https://help.etsy.com/hc/en-us/articles/360000343508"),
        platforms::ETSY_ORDERS,
    ),
    platform(
        "etsy_items",
        "Etsy's sold order items",
        Some("https://help.etsy.com/hc/en-us/articles/360000343508"),
        platforms::ETSY_ITEMS,
    ),
    platform(
        "ebay",
        "eBay's orders report",
        Some("https://www.ebay.com/help/selling/selling-tools/seller-hub"),
        platforms::EBAY,
    ),
    platform(
        "xero",
        "Xero's sales invoices",
        Some("https://central.xero.com/s/article/Export-sales-invoices"),
        platforms::XERO,
    ),
    platform("sales_by_customer", "a bookkeeping program's sales by customer", None, platforms::QUICKBOOKS),
    platform(
        "lightspeed",
        "Lightspeed's sales history",
        Some("https://x-series-support.lightspeedhq.com/hc/en-us/articles/25534196030619"),
        platforms::LIGHTSPEED,
    ),
    platform(
        "square",
        "Square's item details",
        Some(
            "https://squareup.com/help/us/en/article/5072-summaries-and-reports-from-the-online-square-dashboard",
        ),
        platforms::SQUARE,
    ),
    platform(
        "olist",
        "Olist's files",
        Some("https://www.kaggle.com/datasets/olistbr/brazilian-ecommerce"),
        platforms::OLIST,
    ),
    platform(
        "olist_joined",
        "Olist's joined table",
        Some("https://www.kaggle.com/datasets/olistbr/brazilian-ecommerce"),
        platforms::OLIST_JOINED,
    ),
    platform(
        "online_retail",
        "UCI Online Retail",
        Some("https://archive.ics.uci.edu/dataset/352/online+retail"),
        platforms::ONLINE_RETAIL,
    ),
    platform(
        "online_retail_ii",
        "UCI Online Retail II",
        Some("https://archive.ics.uci.edu/dataset/502/online+retail+ii"),
        platforms::ONLINE_RETAIL_II,
    ),
    platform("ta_feng", "Ta-Feng's grocery lines", None, platforms::TA_FENG),
    platform("superstore", "the superstore of many courses", None, platforms::SUPERSTORE),
    platform("cdnow", "CDNOW's purchases", None, platforms::CDNOW),
    mixture("order", "a row is an order", Wish { grain: Some(Grain::Order), ..ANY }),
    mixture("line_total", "a row is a line with its total", Wish { grain: Some(Grain::LineTotal), ..ANY }),
    mixture(
        "line_price",
        "a row is a line with price and quantity",
        Wish { grain: Some(Grain::LinePrice), ..ANY },
    ),
    mixture(
        "line_all",
        "a row is a line with price, quantity and total",
        Wish { grain: Some(Grain::LineAll), ..ANY },
    ),
    mixture(
        "repeated_total",
        "lines, each with the total of its order",
        Wish { grain: Some(Grain::RepeatedTotal), ..ANY },
    ),
    mixture(
        "repeated_total_free_orders",
        "the same, with orders of nothing",
        Wish { grain: Some(Grain::RepeatedTotal), free_orders: Some(FreeOrders::Some), ..ANY },
    ),
    mixture(
        "first_row_total",
        "lines, the first of which has the order's total",
        Wish { grain: Some(Grain::FirstRowTotal), ..ANY },
    ),
    mixture("payment_fanout", "items times payments", Wish { grain: Some(Grain::PaymentFanout), ..ANY }),
    mixture("shipment_fanout", "items times shipments", Wish { grain: Some(Grain::ShipmentFanout), ..ANY }),
    mixture("refund_fanout", "items times refunds", Wish { grain: Some(Grain::RefundFanout), ..ANY }),
    mixture(
        "header_lines",
        "header, lines and payments of a sale",
        Wish { grain: Some(Grain::HeaderLines), ..ANY },
    ),
    mixture("events", "a log of views, carts and purchases", Wish { grain: Some(Grain::Events), ..ANY }),
    mixture(
        "several_tables",
        "orders, lines and refunds in files of their own",
        Wish { grain: Some(Grain::Tables), ..ANY },
    ),
    mixture(
        "orders_without_number",
        "orders without a number",
        Wish { grain: Some(Grain::Order), order_number: Some(OrderNumber::Absent), ..ANY },
    ),
    mixture(
        "lines_without_number",
        "lines without a number of their order",
        Wish { grain: Some(Grain::LineTotal), order_number: Some(OrderNumber::Absent), ..ANY },
    ),
    mixture(
        "odd_order_number",
        "lines whose order number has a name that says little",
        Wish { grain: Some(Grain::LineTotal), order_number: Some(OrderNumber::Odd), ..ANY },
    ),
    mixture(
        "part_filled_invoice",
        "a part-filled invoice number beside a filled id",
        Wish { order_number: Some(OrderNumber::PartFilled), ..ANY },
    ),
    mixture(
        "item_and_increment_id",
        "numbers of items and of orders",
        Wish { order_number: Some(OrderNumber::ItemAndOrder), ..ANY },
    ),
    mixture(
        "numbers_begin_monthly",
        "numbers that begin again each month",
        Wish { order_number: Some(OrderNumber::Monthly), ..ANY },
    ),
    mixture(
        "numbers_begin_yearly",
        "numbers that begin again each year",
        Wish { order_number: Some(OrderNumber::Yearly), ..ANY },
    ),
    mixture("german", "a German shop", Wish { language: Some(Language::German), ..ANY }),
    mixture("french", "a French shop", Wish { language: Some(Language::French), ..ANY }),
    mixture("spanish", "a Spanish shop", Wish { language: Some(Language::Spanish), ..ANY }),
    mixture("portuguese", "a Portuguese shop", Wish { language: Some(Language::Portuguese), ..ANY }),
    mixture("italian", "a Italian shop", Wish { language: Some(Language::Italian), ..ANY }),
    mixture("dutch", "a Dutch shop", Wish { language: Some(Language::Dutch), ..ANY }),
    mixture("polish", "a Polish shop", Wish { language: Some(Language::Polish), ..ANY }),
    mixture("turkish", "a Turkish shop", Wish { language: Some(Language::Turkish), ..ANY }),
    mixture("russian", "a Russian shop", Wish { language: Some(Language::Russian), ..ANY }),
    mixture(
        "german_statuses",
        "statuses in German",
        Wish {
            language: Some(Language::German),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "german_credit_notes",
        "invoices and credit notes in German",
        Wish { language: Some(Language::German), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "french_statuses",
        "statuses in French",
        Wish {
            language: Some(Language::French),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "french_credit_notes",
        "invoices and credit notes in French",
        Wish { language: Some(Language::French), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "spanish_statuses",
        "statuses in Spanish",
        Wish {
            language: Some(Language::Spanish),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "spanish_credit_notes",
        "invoices and credit notes in Spanish",
        Wish { language: Some(Language::Spanish), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "portuguese_statuses",
        "statuses in Portuguese",
        Wish {
            language: Some(Language::Portuguese),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "portuguese_credit_notes",
        "invoices and credit notes in Portuguese",
        Wish { language: Some(Language::Portuguese), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "italian_statuses",
        "statuses in Italian",
        Wish {
            language: Some(Language::Italian),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "italian_credit_notes",
        "invoices and credit notes in Italian",
        Wish { language: Some(Language::Italian), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "dutch_statuses",
        "statuses in Dutch",
        Wish {
            language: Some(Language::Dutch),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "dutch_credit_notes",
        "invoices and credit notes in Dutch",
        Wish { language: Some(Language::Dutch), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "polish_statuses",
        "statuses in Polish",
        Wish {
            language: Some(Language::Polish),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "polish_credit_notes",
        "invoices and credit notes in Polish",
        Wish { language: Some(Language::Polish), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "turkish_statuses",
        "statuses in Turkish",
        Wish {
            language: Some(Language::Turkish),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "turkish_credit_notes",
        "invoices and credit notes in Turkish",
        Wish { language: Some(Language::Turkish), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "polish_windows_1250",
        "Polish names in windows-1250",
        Wish {
            language: Some(Language::Polish),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ..ANY
        },
    ),
    mixture(
        "russian_windows_1251",
        "Russian names in windows-1251",
        Wish {
            language: Some(Language::Russian),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ..ANY
        },
    ),
    mixture(
        "french_windows_1252",
        "French names in windows-1252",
        Wish {
            language: Some(Language::French),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ..ANY
        },
    ),
    mixture(
        "turkish_windows_1254",
        "Turkish names in windows-1254",
        Wish {
            language: Some(Language::Turkish),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ..ANY
        },
    ),
    mixture(
        "japanese_shift_jis",
        "Japanese names in Shift_JIS",
        Wish {
            language: Some(Language::Japanese),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ..ANY
        },
    ),
    mixture(
        "chinese_gbk",
        "Chinese names in GBK",
        Wish {
            language: Some(Language::Chinese),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ..ANY
        },
    ),
    mixture("utf16_little", "UTF-16, little end first", Wish { charset: Some(Charset::Utf16Little), ..ANY }),
    mixture("utf16_big", "UTF-16, big end first", Wish { charset: Some(Charset::Utf16Big), ..ANY }),
    mixture(
        "guest_zero",
        "guests are customer 0",
        Wish { customer: Some(CustomerKey::Number), nobody: Some(Nobody::Zero), ..ANY },
    ),
    mixture(
        "guests_with_email",
        "guests are known by their address",
        Wish { guests: Some(Guests::WithEmail), ..ANY },
    ),
    mixture("placeholders", "several words for nobody", Wish { nobody: Some(Nobody::Several), ..ANY }),
    mixture(
        "statuses",
        "statuses in English, with a place named state",
        Wish { status: Some(Status::Words), place: Some(Place::ShipState), ..ANY },
    ),
    mixture(
        "ship_state",
        "a place named state and no status",
        Wish { status: Some(Status::Absent), place: Some(Place::ShipState), ..ANY },
    ),
    mixture(
        "store_state",
        "the state of the branch and no status",
        Wish { status: Some(Status::Absent), place: Some(Place::StoreState), ..ANY },
    ),
    mixture("magento_words", "closed is refunded", Wish { status: Some(Status::Magento), ..ANY }),
    mixture("voided", "a flag for void orders", Wish { flag: Some(Flag::Voided), ..ANY }),
    mixture("deleted", "a flag for deleted orders", Wish { flag: Some(Flag::Deleted), ..ANY }),
    mixture("test_orders", "a flag for tests", Wish { flag: Some(Flag::Test), ..ANY }),
    mixture("cancelled_flag", "a flag for cancelled orders", Wish { flag: Some(Flag::Cancelled), ..ANY }),
    mixture("returned_flag", "a flag for orders that came back", Wish { flag: Some(Flag::Returned), ..ANY }),
    mixture("cancelled_at", "the time of cancellation", Wish { stamp: Some(Stamp::CancelledAt), ..ANY }),
    mixture("deleted_at", "the time of deletion", Wish { stamp: Some(Stamp::DeletedAt), ..ANY }),
    mixture("refund_column", "what went back in a column", Wish { returns: Some(Returns::Column), ..ANY }),
    mixture(
        "negative_refund_column",
        "what went back in a column below zero",
        Wish { returns: Some(Returns::NegativeColumn), ..ANY },
    ),
    mixture(
        "negative_rows",
        "returns are rows below zero",
        Wish { grain: Some(Grain::Order), returns: Some(Returns::Rows), ..ANY },
    ),
    mixture(
        "negative_lines",
        "returns are lines below zero",
        Wish { grain: Some(Grain::LineAll), returns: Some(Returns::Rows), ..ANY },
    ),
    mixture(
        "credit_notes",
        "invoices and credit notes",
        Wish { language: Some(Language::English), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "refund_rows",
        "rows of sales, refunds and exchanges",
        Wish { returns: Some(Returns::Kinds), ..ANY },
    ),
    mixture(
        "c_prefix",
        "cancellations have a C before their number",
        Wish { returns: Some(Returns::Prefix), ..ANY },
    ),
    mixture("discount_rate", "a discount from 0 to 1", Wish { discount: Some(Discount::Rate), ..ANY }),
    mixture("discount_percent", "a discount in percent", Wish { discount: Some(Discount::Percent), ..ANY }),
    mixture("discount_amount", "a discount in money", Wish { discount: Some(Discount::Amount), ..ANY }),
    mixture(
        "total_parts",
        "subtotal, discount, shipping and tax beside the total",
        Wish { extras: Some(Extras::Present), ..ANY },
    ),
    mixture(
        "cents_by_name",
        "amounts in cents, as their names say",
        Wish { cents: Some(Cents::ByName), ..ANY },
    ),
    mixture(
        "cents_beside",
        "one column in cents beside decimal ones",
        Wish { cents: Some(Cents::Beside), ..ANY },
    ),
    mixture(
        "amount_is_quantity",
        "a column called amount holds pieces",
        Wish { quantity_name: Some(QuantityName::Amount), ..ANY },
    ),
    mixture(
        "indian_groups",
        "groups of digits as in India",
        Wish { thousands: Some(Thousands::Indian), ..ANY },
    ),
    mixture(
        "apostrophes",
        "apostrophes between thousands",
        Wish { thousands: Some(Thousands::Apostrophe), ..ANY },
    ),
    mixture(
        "narrow_blanks",
        "narrow no-break blanks between thousands",
        Wish { thousands: Some(Thousands::NarrowNoBreak), ..ANY },
    ),
    mixture("brackets", "amounts below zero in brackets", Wish { negative: Some(Negative::Brackets), ..ANY }),
    mixture("no_decimals", "a currency without decimals", Wish { decimals: Some(Decimals::Zero), ..ANY }),
    mixture(
        "three_decimals",
        "a currency with three decimals",
        Wish { decimals: Some(Decimals::Three), ..ANY },
    ),
    mixture("four_decimals", "prices far below one", Wish { decimals: Some(Decimals::Four), ..ANY }),
    mixture(
        "half_converted",
        "a spreadsheet swapped day and month of some dates",
        Wish { dates: Some(DateForm::HalfDayFirst), ..ANY },
    ),
    mixture(
        "serial_dates",
        "dates as numbers of a spreadsheet",
        Wish { dates: Some(DateForm::ExcelTime), ..ANY },
    ),
    mixture("unix_times", "dates as seconds", Wish { dates: Some(DateForm::UnixSeconds), ..ANY }),
    mixture(
        "local_offsets",
        "dates with the distance from UTC",
        Wish { dates: Some(DateForm::OffsetSpaced), ..ANY },
    ),
    mixture(
        "long_dates",
        "dates with weekdays and names of months",
        Wish { dates: Some(DateForm::Weekdays), ..ANY },
    ),
    mixture("cr_line_ends", "lines end in CR", Wish { line_end: Some(LineEnd::Cr), ..ANY }),
    mixture("preamble", "lines before the header", Wish { preamble: Some(Preamble::Settings), ..ANY }),
    mixture("totals", "rows of totals", Wish { totals: Some(Totals::Monthly), ..ANY }),
    mixture(
        "header_again",
        "the header comes again",
        Wish { header_again: Some(HeaderAgain::Sometimes), ..ANY },
    ),
    mixture(
        "no_header_but_plain",
        "no header, but values say what they are",
        Wish { doubt: Some(Doubt::Absent), header: Some(HeaderRow::Absent), ..ANY },
    ),
    mixture("monthly_files", "a file a month", Wish { cut: Some(Cut::Months), ..ANY }),
    mixture("overlapping_files", "two files that share some weeks", Wish { cut: Some(Cut::Overlap), ..ANY }),
    mixture("late_lines", "lines after 5,000 orders of one", Wish { late: Some(Late::Lines), ..ANY }),
    mixture(
        "late_currency",
        "a second currency after 5,000 rows",
        Wish { late: Some(Late::Currency), ..ANY },
    ),
    mixture("late_notation", "another notation after 5,000 rows", Wish { late: Some(Late::Notation), ..ANY }),
    mixture("late_negative_rows", "returns after 5,000 rows", Wish { late: Some(Late::Negative), ..ANY }),
    mixture("late_status", "a cancelled order after 5,000 others", Wish { late: Some(Late::Status), ..ANY }),
    mixture("late_refund_rows", "refund rows after 5,000 sales", Wish { late: Some(Late::Refunds), ..ANY }),
    mixture("doubt_day_or_month", "no day above 12", Wish { doubt: Some(Doubt::DayOrMonth), ..ANY }),
    mixture(
        "doubt_thousands_or_decimals",
        "three digits after every mark",
        Wish { doubt: Some(Doubt::Thousands), ..ANY },
    ),
    mixture(
        "doubt_edited_orders",
        "an order with several totals",
        Wish { doubt: Some(Doubt::Edited), ..ANY },
    ),
    mixture(
        "doubt_new_or_returning",
        "new and returning for customers",
        Wish { doubt: Some(Doubt::NewReturning), ..ANY },
    ),
    mixture("doubt_two_currencies", "two currencies", Wish { doubt: Some(Doubt::Currencies), ..ANY }),
    mixture("doubt_no_header", "no header", Wish { doubt: Some(Doubt::NoHeader), ..ANY }),
    mixture("doubt_status_codes", "codes for statuses", Wish { doubt: Some(Doubt::Codes), ..ANY }),
    mixture("doubt_damaged_order_ids", "rounded order numbers", Wish { doubt: Some(Doubt::OrderIds), ..ANY }),
    mixture(
        "doubt_damaged_customer_ids",
        "rounded customer numbers",
        Wish { doubt: Some(Doubt::CustomerIds), ..ANY },
    ),
    mixture("doubt_no_customer", "no customer column", Wish { doubt: Some(Doubt::NoCustomer), ..ANY }),
    mixture(
        "doubt_percent_or_amount",
        "a discount in percent or money",
        Wish { doubt: Some(Doubt::Discount), ..ANY },
    ),
    mixture(
        "doubt_totals_of_months",
        "sums of months instead of orders",
        Wish { doubt: Some(Doubt::Periods), ..ANY },
    ),
];
