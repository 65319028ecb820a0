//! Labels for sums of money, shared by pages, reports, tables and documents.
//!
//! What a sum includes (before or after returns and cancellations) is decided where rows are read; if that
//! changes, the labels change here. Not here: numbers and sentences.

/// The label of a sum of money, as a literal for `concat!`.
///
/// `revenue` is the shop's, `spend` a customer's; the capitalised forms begin a label or a sentence.
#[macro_export]
macro_rules! label {
    (revenue) => {
        "revenue"
    };
    (Revenue) => {
        "Revenue"
    };
    (spend) => {
        "spend"
    };
    (Spend) => {
        "Spend"
    };
    (revenue_means) => {
        "Gross sales less cancellations and returns, according to the configured policy."
    };
}

/// Label of the shop's revenue, within a sentence.
pub const REVENUE: &str = label!(revenue);
/// Label of the shop's revenue, capitalised.
pub const REVENUE_TITLE: &str = label!(Revenue);
/// Label of a customer's spend, within a sentence.
pub const SPEND: &str = label!(spend);
/// Label of a customer's spend, capitalised.
pub const SPEND_TITLE: &str = label!(Spend);

/// Gross sales, before cancellations and returns.
pub const SOLD: &str = "sold";
/// Value of orders that were cancelled entirely.
pub const CANCELLED: &str = "cancelled";
/// All other refunds.
pub const RETURNED: &str = "returned";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_label_with_a_capital() {
        for (label, title) in [(REVENUE, REVENUE_TITLE), (SPEND, SPEND_TITLE)] {
            assert_eq!(label.to_lowercase(), label);
            assert_eq!(title.to_lowercase(), label);
            assert!(title.starts_with(char::is_uppercase));
        }
    }
}
