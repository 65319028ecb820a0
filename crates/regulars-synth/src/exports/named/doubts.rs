//! Layouts that change after thousands of rows, and ambiguous layouts.

use super::super::choices::{Ambiguity, Late, Wish};
use super::super::layout::{Layout, mixture};

const ANY: Wish = Wish::ANY;

pub(super) static DOUBTS: &[Layout] = &[
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
    mixture("doubt_day_or_month", "no day above 12", Wish { doubt: Some(Ambiguity::DayOrMonth), ..ANY }),
    mixture(
        "doubt_thousands_or_decimals",
        "three digits after every separator",
        Wish { doubt: Some(Ambiguity::Thousands), ..ANY },
    ),
    mixture(
        "doubt_edited_orders",
        "an order with several totals",
        Wish { doubt: Some(Ambiguity::Edited), ..ANY },
    ),
    mixture(
        "doubt_new_or_returning",
        "new and returning for customers",
        Wish { doubt: Some(Ambiguity::NewReturning), ..ANY },
    ),
    mixture("doubt_two_currencies", "two currencies", Wish { doubt: Some(Ambiguity::Currencies), ..ANY }),
    mixture("doubt_no_header", "no header", Wish { doubt: Some(Ambiguity::NoHeader), ..ANY }),
    mixture("doubt_status_codes", "codes for statuses", Wish { doubt: Some(Ambiguity::Codes), ..ANY }),
    mixture(
        "doubt_damaged_order_ids",
        "rounded order numbers",
        Wish { doubt: Some(Ambiguity::OrderIds), ..ANY },
    ),
    mixture(
        "doubt_damaged_customer_ids",
        "rounded customer numbers",
        Wish { doubt: Some(Ambiguity::CustomerIds), ..ANY },
    ),
    mixture("doubt_no_customer", "no customer column", Wish { doubt: Some(Ambiguity::NoCustomer), ..ANY }),
    mixture(
        "doubt_percent_or_amount",
        "a discount in percent or money",
        Wish { doubt: Some(Ambiguity::Discount), ..ANY },
    ),
    mixture(
        "doubt_totals_of_months",
        "sums of months instead of orders",
        Wish { doubt: Some(Ambiguity::Periods), ..ANY },
    ),
];
