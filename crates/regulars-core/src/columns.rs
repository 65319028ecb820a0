//! The fields of Regulars that source columns are mapped to.

use serde::{Deserialize, Serialize};

/// A field that a source column can be mapped to: the columns of the table `transactions`, and those that
/// only affect its amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The order or invoice number; lines of one order share it.
    TransactionId,
    /// The customer.
    CustomerId,
    /// Date or time of the order.
    TransactionDate,
    /// The category of the product.
    ProductCategory,
    /// The product.
    ProductId,
    /// Unit price.
    Price,
    /// Quantity.
    Quantity,
    /// Payment method.
    PaymentMethod,
    /// Completed, refunded, cancelled, ...
    Status,
    /// Amount paid, for the row or as `source.amount_is` states.
    TotalAmount,
    /// The part of the amount that was refunded later.
    RefundedAmount,
    /// Discount on price times quantity.
    Discount,
    /// The currency of the row.
    Currency,
    /// The order that a return or credit note belongs to.
    OriginalTransactionId,
}

impl Column {
    /// Number of columns of the table `transactions`; they come first in [`Self::ALL`].
    pub const LANDED: usize = 10;

    /// All columns, in the order of the table.
    pub const ALL: [Self; 14] = [
        Self::TransactionId,
        Self::CustomerId,
        Self::TransactionDate,
        Self::ProductCategory,
        Self::ProductId,
        Self::Price,
        Self::Quantity,
        Self::PaymentMethod,
        Self::Status,
        Self::TotalAmount,
        Self::RefundedAmount,
        Self::Discount,
        Self::Currency,
        Self::OriginalTransactionId,
    ];

    /// The column's name in SQL, configuration and exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::TransactionId => "transaction_id",
            Self::CustomerId => "customer_id",
            Self::TransactionDate => "transaction_date",
            Self::TotalAmount => "total_amount",
            Self::Price => "price",
            Self::Quantity => "quantity",
            Self::ProductId => "product_id",
            Self::ProductCategory => "product_category",
            Self::PaymentMethod => "payment_method",
            Self::Status => "status",
            Self::RefundedAmount => "refunded_amount",
            Self::Discount => "discount",
            Self::Currency => "currency",
            Self::OriginalTransactionId => "original_transaction_id",
        }
    }

    /// The column with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// What the column means, for `init`'s comments and error hints.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::TransactionId => "the order or invoice number; lines of one order share it",
            Self::CustomerId => "the customer id",
            Self::TransactionDate => "date or timestamp of the order",
            Self::TotalAmount => "the amount paid for the row (else price x quantity)",
            Self::Price => "the unit price",
            Self::Quantity => "the quantity",
            Self::ProductId => "the product",
            Self::ProductCategory => "the product category",
            Self::PaymentMethod => "the payment method",
            Self::Status => "completed, refunded, cancelled, ...",
            Self::RefundedAmount => "the refunded part of the amount",
            Self::Discount => "the discount on price x quantity",
            Self::Currency => "the currency of the amount",
            Self::OriginalTransactionId => "for a return: the order it belongs to",
        }
    }
}
