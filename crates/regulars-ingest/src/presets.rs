//! Known export formats: which columns they have and what their peculiarities are.
//!
//! Names are compared in normal form (see [`normal_form`]), so `InvoiceNo`, `Invoice No` and
//! `invoice_no` are one.

use regulars_core::columns::Column;
use regulars_core::config::{AmountIs, GroupRows, Meaning, ZeroAmounts};

use crate::error::{Error, Kind, Result};

mod platforms;

pub use crate::plan::normal_form;

/// A known export format.
#[derive(Debug)]
pub struct Preset {
    /// Its name, for `--preset`.
    pub name: &'static str,
    /// What writes it.
    pub title: &'static str,
    /// It is recognised when all names of one of these lists are in the header.
    pub(crate) signatures: &'static [&'static [&'static str]],
    /// Canonical column, and the names it may have, best first.
    pub(crate) columns: &'static [(Column, &'static [&'static str])],
    /// Rows of amount zero.
    pub(crate) zero_amounts: Option<ZeroAmounts>,
    /// Transaction ids that begin so are cancellations.
    pub(crate) cancelled_prefix: Option<&'static str>,
    /// Timestamps are UTC, to be seen in this zone.
    pub(crate) utc_seen_in: Option<&'static str>,
    /// What the amount belongs to, where that is not for the rows to say.
    pub(crate) amount_is: Option<AmountIs>,
    /// Which rows are one purchase, where there is no order number.
    pub(crate) group_rows: GroupRows,
    /// `Closed` is an order that was refunded.
    pub(crate) closed_is_returned: bool,
    /// The currency of the public data set.
    pub(crate) currency: Option<&'static str>,
    /// Other files that belong to it, by the beginning of their names.
    pub(crate) companions: &'static [Companion],
    /// Times are UTC, whether they say so or not.
    pub(crate) is_utc: bool,
    /// Columns whose words tell sales in a way of their own; words not named are sales.
    pub(crate) words: &'static [(&'static str, Words)],
    /// Files of the same platform that are no orders by themselves.
    pub(crate) parts: &'static [Part],
    /// How its tables become one.
    pub(crate) join_tables: Option<TableJoin>,
}

/// Words of a column, in the form of `plan::plain`, and what they mean.
pub(crate) type Words = &'static [(&'static str, Meaning)];

/// A file of a platform that is no orders by itself.
#[derive(Debug)]
pub(crate) struct Part {
    /// It is recognised when all of these are in its header.
    pub(crate) signature: &'static [&'static str],
    /// It is orders all the same when one of these is there.
    pub(crate) unless: &'static [&'static str],
    /// What it is, as in "is ...".
    pub(crate) is: &'static str,
    /// What orders have and it does not.
    pub(crate) lacks: &'static str,
    /// What has it.
    pub(crate) needs: &'static str,
}

/// How tables of a platform become one: what is told by several rows or files is written into the orders,
/// and refunds become rows of their own day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableJoin {
    Fivetran,
    Airbyte,
    WooCommerce,
    CreditMemos,
    Etsy,
    AmazonItems,
    PayPal,
}

/// A file beside the orders from which columns are looked up.
#[derive(Debug)]
pub(crate) struct Companion {
    /// What its file name contains.
    pub(crate) file: &'static str,
    /// The column of the orders file that holds the key.
    pub(crate) key: &'static str,
    /// The column of the companion that holds the key.
    pub(crate) its_key: &'static str,
    /// Canonical column, column of the companion, and what to do with several rows of one key.
    pub(crate) columns: &'static [(Column, &'static str, Several)],
    /// Whether the orders cannot be read without it.
    pub(crate) needed: bool,
    /// The companion that it stands in for where that is not there.
    pub(crate) instead_of: Option<&'static str>,
}

/// What to do with several rows of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Several {
    First,
    Sum,
}

const NONE: Preset = Preset {
    name: "",
    title: "",
    signatures: &[],
    columns: &[],
    zero_amounts: None,
    cancelled_prefix: None,
    utc_seen_in: None,
    amount_is: None,
    group_rows: GroupRows::None,
    closed_is_returned: false,
    currency: None,
    companions: &[],
    is_utc: false,
    words: &[],
    parts: &[],
    join_tables: None,
};

use Column::{
    CustomerId, PaymentMethod, Price, ProductCategory, ProductId, Quantity, Status, TotalAmount,
    TransactionDate, TransactionId,
};

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "synthetic",
        title: "the demonstration shop (`regulars synth --preset synthetic`)",
        signatures: &[&[
            "transaction_id",
            "customer_id",
            "transaction_date",
            "product_category",
            "price",
            "quantity",
            "payment_method",
            "status",
            "total_amount",
        ]],
        columns: &[
            (TransactionId, &["transaction_id"]),
            (CustomerId, &["customer_id"]),
            (TransactionDate, &["transaction_date"]),
            (ProductCategory, &["product_category"]),
            (Price, &["price"]),
            (Quantity, &["quantity"]),
            (PaymentMethod, &["payment_method"]),
            (Status, &["status"]),
            (TotalAmount, &["total_amount"]),
        ],
        ..NONE
    },
    Preset {
        name: "kaggle_retail",
        title: "small e-commerce data sets as found on Kaggle (`regulars synth --preset kaggle`)",
        signatures: &[
            &[
                "transaction_id",
                "date",
                "customer_id",
                "product_category",
                "quantity",
                "price_per_unit",
                "total_amount",
            ],
            &[
                "transaction_id",
                "customer_id",
                "transaction_date",
                "product_category",
                "price",
                "quantity",
                "payment_method",
                "total_amount",
            ],
        ],
        columns: &[
            (TransactionId, &["transaction_id"]),
            (CustomerId, &["customer_id"]),
            (TransactionDate, &["transaction_date", "date"]),
            (ProductCategory, &["product_category"]),
            (Price, &["price_per_unit", "price"]),
            (Quantity, &["quantity"]),
            (PaymentMethod, &["payment_method"]),
            (Status, &["status"]),
            (TotalAmount, &["total_amount"]),
        ],
        ..NONE
    },
    Preset {
        name: "online_retail",
        title: "UCI Online Retail and Online Retail II (lines or invoices)",
        signatures: &[
            &["invoice", "stock_code", "quantity", "invoice_ts", "unit_price", "customer_id"],
            &["invoice_no", "stock_code", "quantity", "invoice_date", "unit_price", "customer_id"],
            &["invoice", "stock_code", "quantity", "invoice_date", "price", "customer_id"],
            &["invoice", "customer_id", "invoice_ts", "units", "amount", "is_cancellation"],
        ],
        columns: &[
            (TransactionId, &["invoice", "invoice_no"]),
            (CustomerId, &["customer_id"]),
            (TransactionDate, &["invoice_ts", "invoice_date"]),
            (ProductId, &["stock_code"]),
            (Price, &["unit_price", "price"]),
            (Quantity, &["quantity", "units"]),
            (Status, &["is_cancellation"]),
            (TotalAmount, &["amount"]),
        ],
        zero_amounts: Some(ZeroAmounts::Exclude),
        cancelled_prefix: Some("C"),
        currency: Some("GBP"),
        ..NONE
    },
    Preset {
        name: "olist",
        title: "Olist, Brazilian e-commerce (the folder with its files)",
        signatures: &[&["order_id", "customer_id", "order_status", "order_purchase_timestamp"]],
        columns: &[
            (TransactionId, &["order_id"]),
            (TransactionDate, &["order_purchase_timestamp"]),
            (Status, &["order_status"]),
            // In one joined table, as the data set is often passed on.
            (CustomerId, &["customer_unique_id"]),
            (TotalAmount, &["payment_value"]),
            (PaymentMethod, &["payment_type"]),
            (Price, &["price"]),
            (ProductId, &["product_id"]),
            (ProductCategory, &["product_category_name_english", "product_category_name"]),
        ],
        currency: Some("BRL"),
        companions: &[
            // `customer_id` is new for every order; the person is `customer_unique_id`.
            Companion {
                file: "customers",
                key: "customer_id",
                its_key: "customer_id",
                columns: &[(CustomerId, "customer_unique_id", Several::First)],
                needed: true,
                instead_of: None,
            },
            Companion {
                file: "payments",
                key: "order_id",
                its_key: "order_id",
                columns: &[
                    (TotalAmount, "payment_value", Several::Sum),
                    (PaymentMethod, "payment_type", Several::First),
                ],
                needed: true,
                instead_of: None,
            },
            Companion {
                file: "items",
                key: "order_id",
                its_key: "order_id",
                columns: &[(ProductId, "product_id", Several::First)],
                needed: false,
                instead_of: None,
            },
            // What was paid is what the items and their freight cost.
            Companion {
                file: "items",
                key: "order_id",
                its_key: "order_id",
                columns: &[
                    (TotalAmount, "price", Several::Sum),
                    (TotalAmount, "freight_value", Several::Sum),
                ],
                needed: false,
                instead_of: Some("payments"),
            },
        ],
        ..NONE
    },
    Preset {
        name: "shopify",
        title: "Shopify's orders export",
        signatures: &[&["name", "email", "financial_status", "total", "created_at", "lineitem_quantity"]],
        columns: &[
            (TransactionId, &["name", "id"]),
            (CustomerId, &["customer_id", "email"]),
            (TransactionDate, &["created_at", "paid_at"]),
            (ProductId, &["lineitem_sku", "lineitem_name"]),
            (PaymentMethod, &["payment_method"]),
            (Status, &["financial_status"]),
            (TotalAmount, &["total"]),
        ],
        amount_is: Some(AmountIs::FirstRow),
        // Shopify's own gateway for tests.
        words: &[("payment_method", platforms::BOGUS)],
        ..NONE
    },
    platforms::SHOPIFY_FIVETRAN,
    platforms::SHOPIFY_AIRBYTE,
    platforms::MAGENTO,
    platforms::MAGENTO_TABLES,
    platforms::MAGENTO_ITEMS,
    platforms::STRIPE,
    platforms::AMAZON,
    platforms::ETSY,
    platforms::PAYPAL,
    platforms::SQUARE,
    Preset {
        name: "woocommerce",
        title: "WooCommerce orders (its own analytics export, and the common export plugins)",
        signatures: &[
            &["order_number", "order_status", "order_date", "order_total_amount"],
            &["order_number", "order_status", "order_date", "order_total"],
            &["order_id", "order_status", "order_date", "order_total"],
            &["order_id", "order_status", "date_created", "order_total"],
            &["order_id", "order_number", "date", "status", "order_total", "customer_id", "billing_email"],
            &["order_id", "date_created", "status", "total", "billing_email"],
            &["date", "order", "status", "customer", "items_sold", "n_revenue"],
            &["date", "order", "status", "customer", "items_sold", "net_sales"],
            &["order_id", "order_date", "status", "order_total", "customer_id", "wt_import_key"],
            &["order_id", "order_date", "status", "order_total", "customer_user", "refund_items"],
        ],
        columns: &[
            (TransactionId, &["order_number", "order_id", "order", "id"]),
            (
                CustomerId,
                &[
                    "customer_id",
                    "customer_user",
                    "customer_email",
                    "email_billing",
                    "billing_email",
                    "customer",
                ],
            ),
            (TransactionDate, &["order_date", "date_created", "date_created_gmt", "date"]),
            (PaymentMethod, &["payment_method_title", "payment_method"]),
            (Status, &["order_status", "status"]),
            (TotalAmount, &["order_total_amount", "order_total", "total", "net_sales", "n_revenue"]),
        ],
        join_tables: Some(TableJoin::WooCommerce),
        ..NONE
    },
    Preset {
        name: "complete_journey",
        title: "Complete Journey, a grocery panel (transactions; `--products`, `--customers` beside it)",
        signatures: &[&["household_id", "basket_id", "product_id", "sales_value", "transaction_timestamp"]],
        columns: &[
            (TransactionId, &["basket_id"]),
            (CustomerId, &["household_id"]),
            (TransactionDate, &["transaction_timestamp"]),
            (ProductId, &["product_id"]),
            (ProductCategory, &["product_category", "department"]),
            (Quantity, &["quantity"]),
            (TotalAmount, &["sales_value"]),
        ],
        // Evening purchases of 31 December are written as 1 January, UTC.
        utc_seen_in: Some("America/New_York"),
        currency: Some("USD"),
        ..NONE
    },
    Preset {
        name: "cdnow",
        title: "CDNOW, the field's reference data set",
        signatures: &[&["customer_id", "date", "cds", "amount"]],
        columns: &[
            (CustomerId, &["customer_id"]),
            (TransactionDate, &["date"]),
            (Quantity, &["cds"]),
            (TotalAmount, &["amount"]),
        ],
        // The published counts have the free orders in them.
        zero_amounts: Some(ZeroAmounts::Keep),
        currency: Some("USD"),
        ..NONE
    },
];

/// The preset of that name.
///
/// Errors: [`Kind::Config`] for any other name, with the list.
pub fn preset(name: &str) -> Result<&'static Preset> {
    // `kaggle` is what the generator calls the same thing.
    let wanted = if name == "kaggle" { "kaggle_retail" } else { name };
    PRESETS.iter().find(|p| p.name == wanted).ok_or_else(|| {
        let names: Vec<&str> = PRESETS.iter().map(|p| p.name).collect();
        Error::new(Kind::Config, format!("there is no preset `{name}`"))
            .hint(format!("presets are {}", names.join(", ")))
    })
}

/// The part of a platform's export that a header (in normal form) has, if it is one.
pub(crate) fn part(header: &[String]) -> Option<(&'static Preset, &'static Part)> {
    PRESETS.iter().find_map(|preset| {
        let has = |name: &&str| header.iter().any(|h| h == name);
        let is_it = |part: &&Part| part.signature.iter().all(has) && !part.unless.iter().any(has);
        preset.parts.iter().find(is_it).map(|part| (preset, part))
    })
}

/// The preset whose signature a header (in normal form) has, if there is one.
pub(crate) fn recognise(header: &[String]) -> Option<&'static Preset> {
    PRESETS
        .iter()
        .find(|p| p.signatures.iter().any(|s| s.iter().all(|name| header.iter().any(|h| h == name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_knows_its_own_signatures() {
        for preset in PRESETS {
            for signature in preset.signatures {
                let header: Vec<String> = signature.iter().map(ToString::to_string).collect();
                let found = recognise(&header).expect("recognised");
                assert_eq!(found.name, preset.name);
            }
            assert!(self::preset(preset.name).is_ok());
        }
        assert!(preset("kaggle").is_ok());
        assert!(preset("osmosis").is_err());
    }
}
