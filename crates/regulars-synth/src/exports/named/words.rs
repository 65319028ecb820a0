//! Layouts that vary language and legacy encoding.

use super::super::choices::{Ambiguity, Constraints, CustomerKey, Returns, Status};
use super::super::file::Charset;
use super::super::languages::Language;
use super::super::layout::{Layout, mixture};
use super::super::notation::{CurrencyPlace, Thousands};

const ANY: Constraints = Constraints::ANY;

pub(super) static WORDS: &[Layout] = &[
    mixture("german", "a German shop", Constraints { language: Some(Language::German), ..ANY }),
    mixture("french", "a French shop", Constraints { language: Some(Language::French), ..ANY }),
    mixture("spanish", "a Spanish shop", Constraints { language: Some(Language::Spanish), ..ANY }),
    mixture("portuguese", "a Portuguese shop", Constraints { language: Some(Language::Portuguese), ..ANY }),
    mixture("italian", "an Italian shop", Constraints { language: Some(Language::Italian), ..ANY }),
    mixture("dutch", "a Dutch shop", Constraints { language: Some(Language::Dutch), ..ANY }),
    mixture("polish", "a Polish shop", Constraints { language: Some(Language::Polish), ..ANY }),
    mixture("turkish", "a Turkish shop", Constraints { language: Some(Language::Turkish), ..ANY }),
    mixture("russian", "a Russian shop", Constraints { language: Some(Language::Russian), ..ANY }),
    mixture(
        "german_statuses",
        "statuses in German",
        Constraints {
            language: Some(Language::German),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "german_credit_notes",
        "invoices and credit notes in German",
        Constraints { language: Some(Language::German), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "french_statuses",
        "statuses in French",
        Constraints {
            language: Some(Language::French),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "french_credit_notes",
        "invoices and credit notes in French",
        Constraints { language: Some(Language::French), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "spanish_statuses",
        "statuses in Spanish",
        Constraints {
            language: Some(Language::Spanish),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "spanish_credit_notes",
        "invoices and credit notes in Spanish",
        Constraints { language: Some(Language::Spanish), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "portuguese_statuses",
        "statuses in Portuguese",
        Constraints {
            language: Some(Language::Portuguese),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "portuguese_credit_notes",
        "invoices and credit notes in Portuguese",
        Constraints { language: Some(Language::Portuguese), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "italian_statuses",
        "statuses in Italian",
        Constraints {
            language: Some(Language::Italian),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "italian_credit_notes",
        "invoices and credit notes in Italian",
        Constraints { language: Some(Language::Italian), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "dutch_statuses",
        "statuses in Dutch",
        Constraints {
            language: Some(Language::Dutch),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "dutch_credit_notes",
        "invoices and credit notes in Dutch",
        Constraints { language: Some(Language::Dutch), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "polish_statuses",
        "statuses in Polish",
        Constraints {
            language: Some(Language::Polish),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "polish_credit_notes",
        "invoices and credit notes in Polish",
        Constraints { language: Some(Language::Polish), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "turkish_statuses",
        "statuses in Turkish",
        Constraints {
            language: Some(Language::Turkish),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "turkish_credit_notes",
        "invoices and credit notes in Turkish",
        Constraints { language: Some(Language::Turkish), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "polish_windows_1250",
        "Polish names in windows-1250",
        Constraints {
            language: Some(Language::Polish),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ambiguity: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "russian_windows_1251",
        "Russian names in windows-1251",
        Constraints {
            language: Some(Language::Russian),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ambiguity: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "french_windows_1252",
        "French names in windows-1252",
        Constraints {
            language: Some(Language::French),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ambiguity: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "turkish_windows_1254",
        "Turkish names in windows-1254",
        Constraints {
            language: Some(Language::Turkish),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ambiguity: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "japanese_shift_jis",
        "Japanese names in Shift_JIS",
        Constraints {
            language: Some(Language::Japanese),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ambiguity: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "chinese_gbk",
        "Chinese names in GBK",
        Constraints {
            language: Some(Language::Chinese),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            ambiguity: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "utf16_little",
        "UTF-16, little end first",
        Constraints { charset: Some(Charset::Utf16Little), ..ANY },
    ),
    mixture("utf16_big", "UTF-16, big end first", Constraints { charset: Some(Charset::Utf16Big), ..ANY }),
];
