//! The canonical columns that every source is mapped onto.

use serde::{Deserialize, Serialize};

/// A column that a source can be asked for: those of the canonical `transactions` table, and those
/// that only decide what its amounts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The order or invoice; lines of one order share it.
    TransactionId,
    /// Who bought.
    CustomerId,
    /// When.
    TransactionDate,
    /// The category of the product.
    ProductCategory,
    /// The product.
    ProductId,
    /// Price of one piece.
    Price,
    /// Pieces.
    Quantity,
    /// How it was paid.
    PaymentMethod,
    /// Completed, refunded, cancelled, ...
    Status,
    /// What was paid, for the row or for what `source.amount_is` says.
    TotalAmount,
    /// What of the amount went back later.
    RefundedAmount,
    /// What is taken off price times quantity.
    Discount,
    /// The currency of the row.
    Currency,
    /// The order that a return or credit note belongs to.
    OriginalTransactionId,
}

impl Column {
    /// How many columns the canonical table has; they come first in [`Self::ALL`].
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

    /// The column of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// What the column means, for `init`'s comments and error hints.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::TransactionId => "the order or invoice number; lines of one order share it",
            Self::CustomerId => "who bought",
            Self::TransactionDate => "when, a date or a timestamp",
            Self::TotalAmount => "what was paid, for the row (else price x quantity)",
            Self::Price => "the price of one piece",
            Self::Quantity => "pieces",
            Self::ProductId => "the product",
            Self::ProductCategory => "its category",
            Self::PaymentMethod => "how it was paid",
            Self::Status => "completed, refunded, cancelled, ...",
            Self::RefundedAmount => "what of the amount went back",
            Self::Discount => "what is taken off price x quantity",
            Self::Currency => "the currency of the amount",
            Self::OriginalTransactionId => "of a return: the order it belongs to",
        }
    }
}
