//! Keys and indexes of the tables, for the scripts and for publishing.

/// Keys and indexes of a table.
pub(super) struct Layout {
    pub(super) name: &'static str,
    /// What identifies a row; of `transactions` only where each row is an order, as in the demonstration data.
    pub(super) key: &'static str,
    /// What is indexed beside the key.
    pub(super) indexes: &'static [&'static str],
}

/// The tables of the scripts, in the order of their references.
pub(super) const SCRIPT_TABLES: [Layout; 6] = [
    Layout { name: "customers", key: "customer_id", indexes: &[] },
    Layout {
        name: "transactions",
        key: "transaction_id",
        indexes: &["customer_id, transaction_date", "transaction_date"],
    },
    Layout { name: "rfm_scores", key: "customer_id", indexes: &["segment", "monetary"] },
    Layout { name: "customer_segments", key: "customer_id", indexes: &["segment"] },
    Layout { name: "customer_clusters", key: "customer_id", indexes: &["cluster"] },
    Layout { name: "ltv_predictions", key: "customer_id", indexes: &["predicted_ltv"] },
];

/// A further table with one row per customer.
pub(super) const FEATURES: Layout = Layout { name: "customer_features", key: "customer_id", indexes: &[] };

pub(super) fn index_name(table: &str, columns: &str) -> String {
    format!("{table}_by_{}", columns.replace(", ", "_"))
}
