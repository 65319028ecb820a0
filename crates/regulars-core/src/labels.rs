//! What sums of money are called, in one place: pages, reports, tables and documents take the words from here.
//!
//! What a sum is (before or after returns and cancellations) is decided where rows are read; when that changes,
//! the words change here. Deliberately not here: numbers and sentences.

/// The word for a sum of money, as a literal that `concat!` takes.
///
/// `revenue` is the shop's, `spend` a customer's; a capital letter begins a label or a sentence.
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
        "What customers paid for the purchases that count, after the policy on refunds and cancellations."
    };
}

/// The shop's, within a sentence.
pub const REVENUE: &str = label!(revenue);
/// The shop's, at the beginning.
pub const REVENUE_TITLE: &str = label!(Revenue);
/// A customer's, within a sentence.
pub const SPEND: &str = label!(spend);
/// A customer's, at the beginning.
pub const SPEND_TITLE: &str = label!(Spend);

/// Sales as they were made, before anything went back.
pub const SOLD: &str = "sold";
/// Sales of orders that a later cancellation took back as a whole.
pub const CANCELLED: &str = "cancelled";
/// Money that went back otherwise.
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
