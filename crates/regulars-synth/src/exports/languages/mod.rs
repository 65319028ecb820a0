//! The words of an export in one language: headers, statuses, document types, names, months.
//!
//! Every language file begins with its headers. A header has several wordings; each export uses one of them
//! throughout.

mod asian;
mod dutch;
mod english;
mod french;
mod german;
mod italian;
mod polish;
mod portuguese;
mod russian;
mod spanish;
mod turkish;

use super::dimension::dimension;

dimension! {
    /// The language of headers and words.
    Language "language" {
        English "en", German "de", French "fr", Spanish "es", Portuguese "pt", Italian "it",
        Dutch "nl", Polish "pl", Turkish "tr", Japanese "ja", Chinese "zh", Russian "ru",
    }
}

/// Alternative wordings.
pub(super) type Words = &'static [&'static str];

/// Column names. A list is empty if the language is not used for such files.
#[derive(Debug)]
pub(super) struct Headers {
    pub(super) order_number: Words,
    /// Uninformative names of order numbers.
    pub(super) odd_order_number: Words,
    pub(super) customer_id: Words,
    pub(super) customer_name: Words,
    pub(super) email: Words,
    pub(super) date: Words,
    pub(super) time: Words,
    pub(super) order_total: Words,
    pub(super) line_total: Words,
    /// The amount of a row, at any grain.
    pub(super) amount: Words,
    pub(super) unit_price: Words,
    pub(super) quantity: Words,
    pub(super) product: Words,
    pub(super) sku: Words,
    pub(super) status: Words,
    pub(super) currency: Words,
    pub(super) subtotal: Words,
    pub(super) discount: Words,
    pub(super) discount_percent: Words,
    pub(super) discount_amount: Words,
    pub(super) tax: Words,
    pub(super) shipping: Words,
    pub(super) refunded: Words,
    pub(super) document_type: Words,
    /// The order that a return belongs to.
    pub(super) original_order: Words,
    pub(super) payment_method: Words,
    pub(super) shipped_on: Words,
    pub(super) city: Words,
    pub(super) postcode: Words,
    pub(super) phone: Words,
    pub(super) note: Words,
    pub(super) cancelled_flag: Words,
}

/// Status words.
#[derive(Debug)]
pub(super) struct Statuses {
    /// Sold: completed, paid, shipped.
    pub(super) bought: Words,
    pub(super) pending: Words,
    pub(super) cancelled: Words,
    pub(super) refunded: Words,
    pub(super) partly_refunded: Words,
    pub(super) failed: Words,
}

/// Document type words.
#[derive(Debug)]
pub(super) struct Documents {
    pub(super) invoice: Words,
    pub(super) credit_note: Words,
    pub(super) quote: Words,
}

/// Words in dates.
#[derive(Debug)]
pub(super) struct Calendar {
    /// Month names as used in a date.
    pub(super) months: [&'static str; 12],
    pub(super) short_months: [&'static str; 12],
    /// Weekdays, from Monday.
    pub(super) weekdays: [&'static str; 7],
    /// `{d}`, `{dd}`, `{month}`, `{mon}`, `{y}`, `{weekday}`.
    pub(super) long: &'static str,
    pub(super) medium: &'static str,
    pub(super) short: &'static str,
}

/// All words of a language.
#[derive(Debug)]
pub(super) struct Vocabulary {
    pub(super) headers: Headers,
    /// Absent if statuses are written in English or not at all.
    pub(super) statuses: Option<Statuses>,
    pub(super) documents: Option<Documents>,
    pub(super) calendar: Option<Calendar>,
    pub(super) grand_total: Words,
    pub(super) subtotal_row: &'static str,
    /// Names for an unknown customer.
    pub(super) walk_in: Words,
    pub(super) yes_no: (&'static str, &'static str),
    pub(super) given_names: Words,
    pub(super) family_names: Words,
    pub(super) products: Words,
    pub(super) cities: Words,
    /// ISO codes of the currencies that such a shop may use.
    pub(super) currencies: Words,
    /// Whether amounts have a decimal comma.
    pub(super) decimal_comma: bool,
    /// The legacy encoding of this language, by its name in the Encoding Standard.
    pub(super) legacy_encoding: &'static str,
}

/// The words of a language.
pub(super) fn vocabulary(language: Language) -> &'static Vocabulary {
    match language {
        Language::English => &english::WORDS,
        Language::German => &german::WORDS,
        Language::French => &french::WORDS,
        Language::Spanish => &spanish::WORDS,
        Language::Portuguese => &portuguese::WORDS,
        Language::Italian => &italian::WORDS,
        Language::Dutch => &dutch::WORDS,
        Language::Polish => &polish::WORDS,
        Language::Turkish => &turkish::WORDS,
        Language::Japanese => &asian::JAPANESE,
        Language::Chinese => &asian::CHINESE,
        Language::Russian => &russian::WORDS,
    }
}
