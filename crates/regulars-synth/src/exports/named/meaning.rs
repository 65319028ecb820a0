//! Layouts with placeholder customers, non-sales and returns.

use super::super::choices::{
    CustomerKey, Flag, Grain, Guests, Place, Placeholder, Returns, Stamp, Status, Wish,
};
use super::super::languages::Language;
use super::super::layout::{Layout, mixture};

const ANY: Wish = Wish::ANY;

pub(super) static MEANING: &[Layout] = &[
    mixture(
        "guest_zero",
        "guests are customer 0",
        Wish { customer: Some(CustomerKey::Number), placeholder: Some(Placeholder::Zero), ..ANY },
    ),
    mixture(
        "guests_with_email",
        "guests with an e-mail address",
        Wish { guests: Some(Guests::WithEmail), ..ANY },
    ),
    mixture(
        "placeholders",
        "several words for unknown customers",
        Wish { placeholder: Some(Placeholder::Several), ..ANY },
    ),
    mixture(
        "statuses",
        "statuses in English, with a place named state",
        Wish { status: Some(Status::Words), place: Some(Place::ShipState), ..ANY },
    ),
    mixture(
        "ship_state",
        "a place named state and no status",
        Wish { status: Some(Status::Absent), place: Some(Place::ShipState), ..ANY },
    ),
    mixture(
        "store_state",
        "the state of the branch and no status",
        Wish { status: Some(Status::Absent), place: Some(Place::StoreState), ..ANY },
    ),
    mixture("magento_words", "closed is refunded", Wish { status: Some(Status::Magento), ..ANY }),
    mixture("voided", "a flag for void orders", Wish { flag: Some(Flag::Voided), ..ANY }),
    mixture("deleted", "a flag for deleted orders", Wish { flag: Some(Flag::Deleted), ..ANY }),
    mixture("test_orders", "a flag for tests", Wish { flag: Some(Flag::Test), ..ANY }),
    mixture("cancelled_flag", "a flag for cancelled orders", Wish { flag: Some(Flag::Cancelled), ..ANY }),
    mixture("returned_flag", "a flag for returned orders", Wish { flag: Some(Flag::Returned), ..ANY }),
    mixture("cancelled_at", "the time of cancellation", Wish { stamp: Some(Stamp::CancelledAt), ..ANY }),
    mixture("deleted_at", "the time of deletion", Wish { stamp: Some(Stamp::DeletedAt), ..ANY }),
    mixture("refund_column", "a refund column", Wish { returns: Some(Returns::Column), ..ANY }),
    mixture(
        "negative_refund_column",
        "a negative refund column",
        Wish { returns: Some(Returns::NegativeColumn), ..ANY },
    ),
    mixture(
        "negative_rows",
        "returns are negative rows",
        Wish { grain: Some(Grain::Order), returns: Some(Returns::Rows), ..ANY },
    ),
    mixture(
        "negative_lines",
        "returns are negative lines",
        Wish { grain: Some(Grain::LineAll), returns: Some(Returns::Rows), ..ANY },
    ),
    mixture(
        "credit_notes",
        "invoices and credit notes",
        Wish { language: Some(Language::English), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "refund_rows",
        "rows of sales, refunds and exchanges",
        Wish { returns: Some(Returns::Kinds), ..ANY },
    ),
    mixture("c_prefix", "cancellation numbers begin with C", Wish { returns: Some(Returns::Prefix), ..ANY }),
];
