//! Known export formats: their columns and peculiarities.
//!
//! Names are compared in normal form (see [`normal_form`]): `InvoiceNo`, `Invoice No` and `invoice_no` are
//! equal.

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
    /// The program or data set it belongs to.
    pub title: &'static str,
    /// Recognised if the header contains all names of one of these lists.
    pub(crate) signatures: &'static [&'static [&'static str]],
    /// Canonical columns with their possible names, best first.
    pub(crate) columns: &'static [(Column, &'static [&'static str])],
    /// How rows with an amount of zero are treated.
    pub(crate) zero_amounts: Option<ZeroAmounts>,
    /// Prefix of the transaction ids of cancellations.
    pub(crate) cancelled_prefix: Option<&'static str>,
    /// Timestamps are UTC and shown in this time zone.
    pub(crate) utc_seen_in: Option<&'static str>,
    /// What the amount belongs to, if not left to the rows.
    pub(crate) amount_is: Option<AmountIs>,
    /// Which rows form one purchase, if there is no order number.
    pub(crate) group_rows: GroupRows,
    /// `Closed` means a refunded order.
    pub(crate) closed_is_returned: bool,
    /// The currency, for public data sets.
    pub(crate) currency: Option<&'static str>,
    /// Other files of the platform, by the beginning of their names.
    pub(crate) companions: &'static [Companion],
    /// Times are UTC even if not marked so.
    pub(crate) is_utc: bool,
    /// Columns whose words have a platform-specific meaning; other words mean a sale.
    pub(crate) words: &'static [(&'static str, Words)],
    /// Files of the same platform that are not orders by themselves.
    pub(crate) parts: &'static [IncompleteFile],
    /// How its tables are joined.
    pub(crate) join_tables: Option<TableJoin>,
}

/// Words of a column, normalised by `plan::plain`, with their meanings.
pub(crate) type Words = &'static [(&'static str, Meaning)];

/// A file of a platform that is not orders by itself.
#[derive(Debug)]
pub(crate) struct IncompleteFile {
    /// Recognised if all of these columns are in its header.
    pub(crate) signature: &'static [&'static str],
    /// Orders nevertheless, if one of these columns is present.
    pub(crate) unless: &'static [&'static str],
    /// Description, to complete "is ...".
    pub(crate) is: &'static str,
    /// What it lacks to be orders.
    pub(crate) lacks: &'static str,
    /// The file that has what it lacks.
    pub(crate) needs: &'static str,
}

/// How the tables of a platform become one: values in several rows or files are written into the order rows,
/// and refunds become rows with their own date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableJoin {
    Fivetran,
    Airbyte,
    WooCommerce,
    CreditMemos,
    Etsy,
    AmazonItems,
    PayPal,
    ShopifyTransactions,
    StripeCharges,
    StripePayments,
}

/// A file beside the orders in which columns are looked up.
#[derive(Debug)]
pub(crate) struct Companion {
    /// Part of its file name.
    pub(crate) file: &'static str,
    /// The key column of the order file.
    pub(crate) key: &'static str,
    /// The key column of the companion.
    pub(crate) its_key: &'static str,
    /// Canonical column, column of the companion, and how several rows per key are combined.
    pub(crate) columns: &'static [(Column, &'static str, Combine)],
    /// Whether the orders cannot be read without it.
    pub(crate) needed: bool,
    /// The companion that it replaces if that one is missing.
    pub(crate) instead_of: Option<&'static str>,
}

/// How several rows per key are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Combine {
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
            // The joined table in which the data set is often distributed.
            (CustomerId, &["customer_unique_id"]),
            (TotalAmount, &["payment_value"]),
            (PaymentMethod, &["payment_type"]),
            (Price, &["price"]),
            (ProductId, &["product_id"]),
            (ProductCategory, &["product_category_name_english", "product_category_name"]),
        ],
        currency: Some("BRL"),
        companions: &[
            // `customer_id` is unique per order; `customer_unique_id` identifies the customer.
            Companion {
                file: "customers",
                key: "customer_id",
                its_key: "customer_id",
                columns: &[(CustomerId, "customer_unique_id", Combine::First)],
                needed: true,
                instead_of: None,
            },
            Companion {
                file: "payments",
                key: "order_id",
                its_key: "order_id",
                columns: &[
                    (TotalAmount, "payment_value", Combine::Sum),
                    (PaymentMethod, "payment_type", Combine::First),
                ],
                needed: true,
                instead_of: None,
            },
            Companion {
                file: "items",
                key: "order_id",
                its_key: "order_id",
                columns: &[(ProductId, "product_id", Combine::First)],
                needed: false,
                instead_of: None,
            },
            // The amount paid equals the items plus freight.
            Companion {
                file: "items",
                key: "order_id",
                its_key: "order_id",
                columns: &[
                    (TotalAmount, "price", Combine::Sum),
                    (TotalAmount, "freight_value", Combine::Sum),
                ],
                needed: false,
                instead_of: Some("payments"),
            },
        ],
        ..NONE
    },
    Preset {
        name: "shopify",
        title: "Shopify's orders export (optionally with the export of transaction histories)",
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
        // Shopify's payment gateway for tests.
        words: &[("payment_method", platforms::BOGUS)],
        parts: &[IncompleteFile {
            signature: &["order", "name", "kind", "gateway", "created_at", "status", "amount"],
            unless: &["customer_id", "customer_email", "email"],
            is: "Shopify's export of transaction histories",
            lacks: "customers",
            needs: "the export of orders",
        }],
        join_tables: Some(TableJoin::ShopifyTransactions),
        ..NONE
    },
    platforms::SHOPIFY_FIVETRAN,
    platforms::SHOPIFY_AIRBYTE,
    platforms::MAGENTO,
    platforms::MAGENTO_TABLES,
    platforms::MAGENTO_ITEMS,
    platforms::STRIPE,
    platforms::STRIPE_CHARGES,
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
        title: "Complete Journey, a grocery panel (transactions; with `--products` and `--customers`)",
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
        // Evening purchases on 31 December are stored as 1 January UTC.
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
        // The published counts include free orders.
        zero_amounts: Some(ZeroAmounts::Keep),
        currency: Some("USD"),
        ..NONE
    },
];

/// The preset with this name.
///
/// Errors: [`Kind::Config`] for an unknown name, with the list of presets.
pub fn preset(name: &str) -> Result<&'static Preset> {
    // The data generator calls this preset `kaggle`.
    let wanted = if name == "kaggle" { "kaggle_retail" } else { name };
    PRESETS.iter().find(|p| p.name == wanted).ok_or_else(|| {
        let names: Vec<&str> = PRESETS.iter().map(|p| p.name).collect();
        Error::new(Kind::Config, format!("there is no preset `{name}`"))
            .hint(format!("presets are {}", names.join(", ")))
    })
}

/// The partial file of a platform with this header (in normal form), if any.
pub(crate) fn part(header: &[String]) -> Option<(&'static Preset, &'static IncompleteFile)> {
    PRESETS.iter().find_map(|preset| {
        let has = |name: &&str| header.iter().any(|h| h == name);
        let is_it = |part: &&IncompleteFile| part.signature.iter().all(has) && !part.unless.iter().any(has);
        preset.parts.iter().find(is_it).map(|part| (preset, part))
    })
}

/// The preset whose signature matches a header (in normal form), if any.
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
