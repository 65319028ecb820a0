//! Platforms whose exports need more than column names.
//!
//! Layouts: the tables of Fivetran's and Airbyte's Shopify connectors, Magento's grids and tables, Stripe's
//! payments, Amazon's order reports, Etsy's downloads.

use regulars_core::columns::Column::{
    Currency, CustomerId, OriginalTransactionId, PaymentMethod, ProductCategory, ProductId, Quantity,
    RefundedAmount, Status, TotalAmount, TransactionDate, TransactionId,
};
use regulars_core::config::{AmountIs, Meaning};

use super::{Combine, Companion, IncompleteFile, NONE, Preset, TableJoin, Words};

/// The column of a joined table that holds the row type.
const ROW_IS: (&str, Words) = (
    "row_is",
    &[
        ("older version", Meaning::Ignore),
        ("deletion", Meaning::Ignore),
        ("deleted", Meaning::Cancelled),
        ("continuation", Meaning::Detail),
        ("no sale", Meaning::Ignore),
        ("own purchase", Meaning::Ignore),
    ],
);

/// Orders paid through the gateway for tests.
pub(super) const BOGUS: Words = &[
    ("bogus", Meaning::Ignore),
    ("bogus gateway", Meaning::Ignore),
    ("bogus gateway for testing", Meaning::Ignore),
];

pub(super) const SHOPIFY_FIVETRAN: Preset = Preset {
    name: "shopify_fivetran",
    title: "Shopify's tables as written by Fivetran (`order`, optionally with `transaction` or `refund`)",
    signatures: &[
        &["fivetran_synced", "id", "total_price", "financial_status", "customer_id"],
        &["fivetran_synced", "id", "total_price_set_shop_amount", "display_financial_status", "customer_id"],
    ],
    columns: &[
        (TransactionId, &["id"]),
        (CustomerId, &["customer_id", "email"]),
        (TransactionDate, &["created_at", "processed_at"]),
        (Status, &["financial_status", "display_financial_status"]),
        (TotalAmount, &["total_price", "total_price_set_shop_amount"]),
        (Currency, &["currency", "currency_code"]),
    ],
    amount_is: Some(AmountIs::Row),
    is_utc: true,
    companions: &[Companion {
        file: "order_line",
        key: "id",
        its_key: "order_id",
        columns: &[(ProductId, "product_id", Combine::First)],
        needed: false,
        instead_of: None,
    }],
    parts: &[
        IncompleteFile {
            signature: &["order_id", "kind", "status", "amount", "gateway"],
            unless: &["customer_id", "customer_email", "email"],
            is: "Shopify's table of payments",
            lacks: "customers",
            needs: "the table of orders (`order`, or `orders`)",
        },
        IncompleteFile {
            signature: &["fivetran_synced", "refund_id", "order_line_id", "subtotal"],
            unless: &[],
            is: "Shopify's table of refunded lines (`order_line_refund`)",
            lacks: "orders, customers or dates",
            needs: "`order` and `refund`",
        },
        IncompleteFile {
            signature: &["fivetran_synced", "order_id", "refund_id", "amount", "reason"],
            unless: &[],
            is: "Shopify's table of adjustments (`order_adjustment`)",
            lacks: "customers or dates",
            needs: "`order` and `refund`",
        },
        IncompleteFile {
            signature: &["fivetran_synced", "id", "order_id", "restock"],
            unless: &[],
            is: "Shopify's table of refunds (`refund`)",
            lacks: "customers or amounts",
            needs: "`order`, and `transaction` or `order_line_refund`",
        },
        IncompleteFile {
            signature: &["fivetran_synced", "order_id", "price", "quantity", "total_discount"],
            unless: &[],
            is: "Shopify's table of order lines (`order_line`)",
            lacks: "customers, dates or what was paid for the order",
            needs: "`order`",
        },
        IncompleteFile {
            signature: &["fivetran_synced", "orders_count", "total_spent", "verified_email"],
            unless: &[],
            is: "Shopify's table of customers (`customer`)",
            lacks: "orders",
            needs: "`order`",
        },
    ],
    join_tables: Some(TableJoin::Fivetran),
    ..NONE
};

pub(super) const SHOPIFY_AIRBYTE: Preset = Preset {
    name: "shopify_airbyte",
    title: "Shopify's tables as written by Airbyte (`orders`, with refunds inside or in `order_refunds`)",
    signatures: &[
        &["airbyte_extracted_at", "id", "total_price", "financial_status"],
        &["airbyte_emitted_at", "id", "total_price", "financial_status"],
        &["airbyte_data_id", "airbyte_data_total_price", "airbyte_data_financial_status"],
    ],
    columns: &[
        (TransactionId, &["id"]),
        (CustomerId, &["customer_id", "customer", "email"]),
        (TransactionDate, &["created_at", "processed_at"]),
        (ProductId, &["product_id"]),
        (Status, &["financial_status"]),
        (TotalAmount, &["total_price"]),
        (RefundedAmount, &["refunded_amount"]),
        (Currency, &["currency"]),
    ],
    amount_is: Some(AmountIs::Row),
    words: &[ROW_IS, ("payment_gateway_names", &[("bogus", Meaning::Ignore)])],
    parts: &[IncompleteFile {
        signature: &["order_id", "refund_line_items", "order_adjustments", "transactions"],
        unless: &[],
        is: "Shopify's stream of refunds (`order_refunds`)",
        lacks: "customers",
        needs: "the stream `orders`",
    }],
    join_tables: Some(TableJoin::Airbyte),
    ..NONE
};

pub(super) const MAGENTO: Preset = Preset {
    name: "magento",
    title: "Magento's grid of orders (optionally with that of credit memos)",
    signatures: &[&["id", "purchase_date", "grand_total_base", "status", "customer_email"]],
    columns: &[
        (TransactionId, &["id"]),
        (CustomerId, &["customer_email"]),
        (TransactionDate, &["purchase_date"]),
        (PaymentMethod, &["payment_method"]),
        (Status, &["status"]),
        (TotalAmount, &["grand_total_base"]),
        (RefundedAmount, &["total_refunded"]),
    ],
    amount_is: Some(AmountIs::Row),
    parts: &[IncompleteFile {
        signature: &["credit_memo", "created", "order", "refunded"],
        unless: &[],
        is: "Magento's grid of credit memos",
        lacks: "sales",
        needs: "the grid of orders",
    }],
    join_tables: Some(TableJoin::CreditMemos),
    ..NONE
};

pub(super) const MAGENTO_TABLES: Preset = Preset {
    name: "magento_tables",
    title: "Magento's table of orders (`sales_order`, optionally with `sales_order_item`)",
    signatures: &[&[
        "entity_id",
        "increment_id",
        "status",
        "base_grand_total",
        "created_at",
        "customer_email",
    ]],
    columns: &[
        (TransactionId, &["increment_id"]),
        (CustomerId, &["customer_id", "customer_email"]),
        (TransactionDate, &["created_at"]),
        (Status, &["status"]),
        (TotalAmount, &["base_grand_total"]),
        (RefundedAmount, &["base_total_refunded"]),
        (Currency, &["base_currency_code"]),
    ],
    amount_is: Some(AmountIs::Row),
    is_utc: true,
    companions: &[Companion {
        file: "order_item",
        key: "entity_id",
        its_key: "order_id",
        columns: &[(ProductId, "sku", Combine::First)],
        needed: false,
        instead_of: None,
    }],
    parts: &[IncompleteFile {
        signature: &["item_id", "order_id", "parent_item_id", "qty_ordered", "row_total"],
        unless: &[],
        is: "Magento's table of order lines (`sales_order_item`)",
        lacks: "customers or what was paid for the order",
        needs: "`sales_order`",
    }],
    ..NONE
};

pub(super) const MAGENTO_ITEMS: Preset = Preset {
    name: "magento_items",
    title: "Magento's order lines joined to their orders (`grand_total` on each)",
    signatures: &[&["item_id", "increment_id", "status", "created_at", "sku", "qty_ordered", "grand_total"]],
    columns: &[
        (TransactionId, &["increment_id"]),
        (CustomerId, &["customer_id", "customer_email"]),
        (TransactionDate, &["created_at"]),
        (ProductId, &["sku"]),
        (ProductCategory, &["category_name_1"]),
        (PaymentMethod, &["payment_method"]),
        (Status, &["status"]),
        (TotalAmount, &["grand_total"]),
        (Currency, &["base_currency_code"]),
    ],
    amount_is: Some(AmountIs::Order),
    ..NONE
};

pub(super) const STRIPE: Preset = Preset {
    name: "stripe",
    title: "Stripe's export of payments",
    signatures: &[
        &["id", "amount", "amount_refunded", "currency", "status", "customer_id", "created_utc"],
        &["id", "amount", "amount_refunded", "currency", "status", "customer_id", "created_date_utc"],
    ],
    columns: &[
        (TransactionId, &["id"]),
        (CustomerId, &["customer_id", "customer_email"]),
        (TransactionDate, &["created_utc", "created_date_utc"]),
        (PaymentMethod, &["payment_source_type"]),
        (Status, &["status"]),
        // In the account currency of the shop, whatever the customer's.
        (TotalAmount, &["converted_amount", "amount"]),
        (RefundedAmount, &["converted_amount_refunded", "amount_refunded"]),
        (Currency, &["converted_currency", "currency"]),
    ],
    amount_is: Some(AmountIs::Row),
    is_utc: true,
    // Uncaptured authorisations, and test mode.
    words: &[
        ("captured", &[("false", Meaning::Ignore), ("no", Meaning::Ignore), ("0", Meaning::Ignore)]),
        ("mode", &[("test", Meaning::Ignore)]),
    ],
    parts: &[IncompleteFile {
        signature: &["id", "type", "source", "amount", "fee", "net", "available_on_utc"],
        unless: &["buyer_email", "customer_email", "customer_id"],
        is: "Stripe's balance history",
        lacks: "customers",
        needs: "the export of payments",
    }],
    join_tables: Some(TableJoin::StripePayments),
    ..NONE
};

pub(super) const STRIPE_CHARGES: Preset = Preset {
    name: "stripe_charges",
    title: "Stripe's table of charges (API, Fivetran, Airbyte; optionally with refunds and disputes)",
    signatures: &[
        &["id", "amount", "amount_refunded", "captured", "created", "currency", "customer", "status"],
        &["id", "amount", "amount_refunded", "captured", "created", "currency", "customer_id", "status"],
    ],
    columns: &[
        (TransactionId, &["id"]),
        (CustomerId, &["customer", "customer_id", "receipt_email", "billing_details_email"]),
        (TransactionDate, &["created"]),
        (Status, &["status"]),
        (TotalAmount, &["amount"]),
        (RefundedAmount, &["amount_refunded"]),
        (Currency, &["currency"]),
    ],
    amount_is: Some(AmountIs::Row),
    is_utc: true,
    words: &[
        ("captured", &[("false", Meaning::Ignore), ("no", Meaning::Ignore), ("0", Meaning::Ignore)]),
        ("livemode", &[("false", Meaning::Ignore), ("no", Meaning::Ignore), ("0", Meaning::Ignore)]),
    ],
    parts: &[
        IncompleteFile {
            signature: &["id", "amount", "charge", "created", "reason", "status"],
            unless: &["customer", "customer_id"],
            is: "Stripe's table of refunds or disputes",
            lacks: "customers",
            needs: "the table of charges",
        },
        IncompleteFile {
            signature: &["id", "amount", "charge_id", "created", "reason", "status"],
            unless: &["customer", "customer_id"],
            is: "Stripe's table of refunds or disputes",
            lacks: "customers",
            needs: "the table of charges",
        },
    ],
    join_tables: Some(TableJoin::StripeCharges),
    ..NONE
};

pub(super) const AMAZON: Preset = Preset {
    name: "amazon",
    title: "Amazon's order reports with buyers (new orders, fulfilled shipments)",
    signatures: &[
        &["order_id", "order_item_id", "purchase_date", "buyer_email", "item_price", "sku"],
        &["amazon_order_id", "shipment_item_id", "purchase_date", "buyer_email", "item_price"],
    ],
    columns: &[
        (TransactionId, &["order_id", "amazon_order_id"]),
        (CustomerId, &["buyer_email"]),
        (TransactionDate, &["purchase_date"]),
        (ProductId, &["sku"]),
        (Quantity, &["quantity_purchased", "quantity_shipped"]),
        (TotalAmount, &["line_paid"]),
        (Currency, &["currency"]),
    ],
    amount_is: Some(AmountIs::Row),
    words: &[ROW_IS],
    parts: &[
        IncompleteFile {
            signature: &["amazon_order_id", "order_status", "item_status", "item_price"],
            unless: &["buyer_email", "customer_email", "customer_id"],
            is: "Amazon's report of all orders",
            lacks: "buyers (Amazon omits them)",
            needs: "the order report, or that of fulfilled shipments",
        },
        IncompleteFile {
            signature: &["settlement_id", "type", "order_id", "product_sales", "selling_fees"],
            unless: &["buyer_email", "customer_email", "customer_id"],
            is: "Amazon's report of transactions",
            lacks: "buyers",
            needs: "the order report, or that of fulfilled shipments",
        },
        IncompleteFile {
            signature: &["order_id", "fnsku", "detailed_disposition", "license_plate_number"],
            unless: &["buyer_email", "customer_email", "customer_id"],
            is: "Amazon's report of returns",
            lacks: "buyers or amounts",
            needs: "the order report, or that of fulfilled shipments",
        },
        IncompleteFile {
            signature: &["order_id", "fulfilment", "courier_status", "amount", "ship_state"],
            unless: &["buyer_email", "customer_email", "customer_id"],
            is: "a sales report of Amazon India",
            lacks: "buyers",
            needs: "the order report, or that of fulfilled shipments",
        },
    ],
    join_tables: Some(TableJoin::AmazonItems),
    ..NONE
};

pub(super) const ETSY: Preset = Preset {
    name: "etsy",
    title: "Etsy's sold orders (optionally with the file of payments)",
    signatures: &[&["sale_date", "order_id", "buyer_user_id", "order_value", "order_total", "order_net"]],
    columns: &[
        (TransactionId, &["order_id"]),
        (CustomerId, &["buyer_user_id"]),
        (TransactionDate, &["sale_date"]),
        (PaymentMethod, &["payment_method"]),
        (Status, &["status"]),
        (TotalAmount, &["order_total"]),
        (RefundedAmount, &["refunded_amount"]),
        (Currency, &["currency"]),
    ],
    amount_is: Some(AmountIs::Row),
    companions: &[Companion {
        file: "items",
        key: "order_id",
        its_key: "order_id",
        columns: &[(ProductId, "listing_id", Combine::First)],
        needed: false,
        instead_of: None,
    }],
    parts: &[IncompleteFile {
        signature: &["payment_id", "order_id", "posted_gross", "adjusted_gross", "refund_amount"],
        unless: &[],
        is: "Etsy's file of payments",
        lacks: "what was sold",
        needs: "the file of sold orders",
    }],
    join_tables: Some(TableJoin::Etsy),
    ..NONE
};

pub(super) const PAYPAL: Preset = Preset {
    name: "paypal",
    title: "PayPal's activity download",
    signatures: &[&["date", "type", "status", "gross", "fee", "net", "from_email_address", "transaction_id"]],
    columns: &[
        (TransactionId, &["transaction_id"]),
        (CustomerId, &["customer_email"]),
        (TransactionDate, &["date"]),
        (Status, &["status"]),
        (TotalAmount, &["gross"]),
        (Currency, &["currency"]),
        (OriginalTransactionId, &["reference_txn_id"]),
    ],
    amount_is: Some(AmountIs::Row),
    words: &[ROW_IS, ("type", &[]), ("balance_impact", &[])],
    join_tables: Some(TableJoin::PayPal),
    ..NONE
};

pub(super) const SQUARE: Preset = Preset {
    name: "square",
    title: "Square's transactions",
    signatures: &[&["date", "net_sales", "total_collected", "transaction_id", "event_type", "customer_id"]],
    columns: &[
        (TransactionId, &["transaction_id"]),
        (CustomerId, &["customer_id"]),
        (TransactionDate, &["date"]),
        (Status, &["transaction_status"]),
        (TotalAmount, &["total_collected"]),
    ],
    amount_is: Some(AmountIs::Row),
    ..NONE
};
