//! Layouts with placeholder customers, non-sales and returns.

use super::super::choices::{
    CancellationTime, Constraints, CustomerKey, Flag, Grain, Guests, Placeholder, Returns, StateColumn,
    Status,
};
use super::super::languages::Language;
use super::super::layout::{Layout, mixture};

const ANY: Constraints = Constraints::ANY;

pub(super) static MEANING: &[Layout] = &[
    mixture(
        "guest_zero",
        "guests are customer 0",
        Constraints { customer: Some(CustomerKey::Number), placeholder: Some(Placeholder::Zero), ..ANY },
    ),
    mixture(
        "guests_with_email",
        "guests with an e-mail address",
        Constraints { guests: Some(Guests::WithEmail), ..ANY },
    ),
    mixture(
        "placeholders",
        "several words for unknown customers",
        Constraints { placeholder: Some(Placeholder::Several), ..ANY },
    ),
    mixture(
        "statuses",
        "statuses in English, with a place named state",
        Constraints { status: Some(Status::Words), place: Some(StateColumn::ShipState), ..ANY },
    ),
    mixture(
        "ship_state",
        "a place named state and no status",
        Constraints { status: Some(Status::Absent), place: Some(StateColumn::ShipState), ..ANY },
    ),
    mixture(
        "store_state",
        "the state of the branch and no status",
        Constraints { status: Some(Status::Absent), place: Some(StateColumn::StoreState), ..ANY },
    ),
    mixture("magento_words", "closed is refunded", Constraints { status: Some(Status::Magento), ..ANY }),
    mixture("voided", "a flag for void orders", Constraints { flag: Some(Flag::Voided), ..ANY }),
    mixture("deleted", "a flag for deleted orders", Constraints { flag: Some(Flag::Deleted), ..ANY }),
    mixture("test_orders", "a flag for tests", Constraints { flag: Some(Flag::Test), ..ANY }),
    mixture(
        "cancelled_flag",
        "a flag for cancelled orders",
        Constraints { flag: Some(Flag::Cancelled), ..ANY },
    ),
    mixture("returned_flag", "a flag for returned orders", Constraints { flag: Some(Flag::Returned), ..ANY }),
    mixture(
        "cancelled_at",
        "the time of cancellation",
        Constraints { cancellation_time: Some(CancellationTime::CancelledAt), ..ANY },
    ),
    mixture(
        "deleted_at",
        "the time of deletion",
        Constraints { cancellation_time: Some(CancellationTime::DeletedAt), ..ANY },
    ),
    mixture("refund_column", "a refund column", Constraints { returns: Some(Returns::Column), ..ANY }),
    mixture(
        "negative_refund_column",
        "a negative refund column",
        Constraints { returns: Some(Returns::NegativeColumn), ..ANY },
    ),
    mixture(
        "negative_rows",
        "returns are negative rows",
        Constraints { grain: Some(Grain::Order), returns: Some(Returns::Rows), ..ANY },
    ),
    mixture(
        "negative_lines",
        "returns are negative lines",
        Constraints { grain: Some(Grain::LineAll), returns: Some(Returns::Rows), ..ANY },
    ),
    mixture(
        "credit_notes",
        "invoices and credit notes",
        Constraints { language: Some(Language::English), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "refund_rows",
        "rows of sales, refunds and exchanges",
        Constraints { returns: Some(Returns::Kinds), ..ANY },
    ),
    mixture(
        "c_prefix",
        "cancellation numbers begin with C",
        Constraints { returns: Some(Returns::Prefix), ..ANY },
    ),
];
