//! Layouts that change after thousands of rows, and ambiguous layouts.

use super::super::choices::{Ambiguity, Constraints, LateChange};
use super::super::layout::{Layout, mixture};

const ANY: Constraints = Constraints::ANY;

pub(super) static AMBIGUOUS: &[Layout] = &[
    mixture(
        "late_lines",
        "lines after 5,000 orders of one",
        Constraints { late: Some(LateChange::Lines), ..ANY },
    ),
    mixture(
        "late_currency",
        "a second currency after 5,000 rows",
        Constraints { late: Some(LateChange::Currency), ..ANY },
    ),
    mixture(
        "late_notation",
        "another notation after 5,000 rows",
        Constraints { late: Some(LateChange::Notation), ..ANY },
    ),
    mixture(
        "late_negative_rows",
        "returns after 5,000 rows",
        Constraints { late: Some(LateChange::Negative), ..ANY },
    ),
    mixture(
        "late_status",
        "a cancelled order after 5,000 others",
        Constraints { late: Some(LateChange::Status), ..ANY },
    ),
    mixture(
        "late_refund_rows",
        "refund rows after 5,000 sales",
        Constraints { late: Some(LateChange::Refunds), ..ANY },
    ),
    mixture(
        "doubt_day_or_month",
        "no day above 12",
        Constraints { ambiguity: Some(Ambiguity::DayOrMonth), ..ANY },
    ),
    mixture(
        "doubt_thousands_or_decimals",
        "three digits after every separator",
        Constraints { ambiguity: Some(Ambiguity::Thousands), ..ANY },
    ),
    mixture(
        "doubt_edited_orders",
        "an order with several totals",
        Constraints { ambiguity: Some(Ambiguity::Edited), ..ANY },
    ),
    mixture(
        "doubt_new_or_returning",
        "new and returning for customers",
        Constraints { ambiguity: Some(Ambiguity::NewReturning), ..ANY },
    ),
    mixture(
        "doubt_two_currencies",
        "two currencies",
        Constraints { ambiguity: Some(Ambiguity::Currencies), ..ANY },
    ),
    mixture("doubt_no_header", "no header", Constraints { ambiguity: Some(Ambiguity::NoHeader), ..ANY }),
    mixture(
        "doubt_status_codes",
        "codes for statuses",
        Constraints { ambiguity: Some(Ambiguity::Codes), ..ANY },
    ),
    mixture(
        "doubt_damaged_order_ids",
        "rounded order numbers",
        Constraints { ambiguity: Some(Ambiguity::OrderIds), ..ANY },
    ),
    mixture(
        "doubt_damaged_customer_ids",
        "rounded customer numbers",
        Constraints { ambiguity: Some(Ambiguity::CustomerIds), ..ANY },
    ),
    mixture(
        "doubt_no_customer",
        "no customer column",
        Constraints { ambiguity: Some(Ambiguity::NoCustomer), ..ANY },
    ),
    mixture(
        "doubt_percent_or_amount",
        "a discount in percent or money",
        Constraints { ambiguity: Some(Ambiguity::Discount), ..ANY },
    ),
    mixture(
        "doubt_totals_of_months",
        "sums of months instead of orders",
        Constraints { ambiguity: Some(Ambiguity::Periods), ..ANY },
    ),
];
