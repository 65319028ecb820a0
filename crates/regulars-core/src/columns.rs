//! The canonical columns that every source is mapped onto.

use serde::{Deserialize, Serialize};

/// A column of the canonical `transactions` table.
///
/// `Price` is per piece and in the file's money; `Discount` and the like are not modelled: the
/// amount that counts is `TotalAmount`, or price times quantity where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The order or invoice; lines of one order share it.
    TransactionId,
    /// Who bought.
    CustomerId,
    /// When.
    TransactionDate,
    /// What was paid, for the row.
    TotalAmount,
    /// Price of one piece.
    Price,
    /// Pieces.
    Quantity,
    /// The product.
    ProductId,
    /// Its category.
    ProductCategory,
    /// How it was paid.
    PaymentMethod,
    /// Completed, refunded, cancelled, ...
    Status,
}

impl Column {
    /// All columns, in the order of the table.
    pub const ALL: [Self; 10] = [
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
        }
    }
}
