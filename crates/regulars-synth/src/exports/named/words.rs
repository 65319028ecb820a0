//! Layouts that vary language and legacy encoding.

use super::super::choices::{Ambiguity, CustomerKey, Returns, Status, Wish};
use super::super::file::Charset;
use super::super::languages::Language;
use super::super::layout::{Layout, mixture};
use super::super::notation::{CurrencyPlace, Thousands};

const ANY: Wish = Wish::ANY;

pub(super) static WORDS: &[Layout] = &[
    mixture("german", "a German shop", Wish { language: Some(Language::German), ..ANY }),
    mixture("french", "a French shop", Wish { language: Some(Language::French), ..ANY }),
    mixture("spanish", "a Spanish shop", Wish { language: Some(Language::Spanish), ..ANY }),
    mixture("portuguese", "a Portuguese shop", Wish { language: Some(Language::Portuguese), ..ANY }),
    mixture("italian", "an Italian shop", Wish { language: Some(Language::Italian), ..ANY }),
    mixture("dutch", "a Dutch shop", Wish { language: Some(Language::Dutch), ..ANY }),
    mixture("polish", "a Polish shop", Wish { language: Some(Language::Polish), ..ANY }),
    mixture("turkish", "a Turkish shop", Wish { language: Some(Language::Turkish), ..ANY }),
    mixture("russian", "a Russian shop", Wish { language: Some(Language::Russian), ..ANY }),
    mixture(
        "german_statuses",
        "statuses in German",
        Wish {
            language: Some(Language::German),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "german_credit_notes",
        "invoices and credit notes in German",
        Wish { language: Some(Language::German), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "french_statuses",
        "statuses in French",
        Wish {
            language: Some(Language::French),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "french_credit_notes",
        "invoices and credit notes in French",
        Wish { language: Some(Language::French), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "spanish_statuses",
        "statuses in Spanish",
        Wish {
            language: Some(Language::Spanish),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "spanish_credit_notes",
        "invoices and credit notes in Spanish",
        Wish { language: Some(Language::Spanish), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "portuguese_statuses",
        "statuses in Portuguese",
        Wish {
            language: Some(Language::Portuguese),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "portuguese_credit_notes",
        "invoices and credit notes in Portuguese",
        Wish { language: Some(Language::Portuguese), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "italian_statuses",
        "statuses in Italian",
        Wish {
            language: Some(Language::Italian),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "italian_credit_notes",
        "invoices and credit notes in Italian",
        Wish { language: Some(Language::Italian), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "dutch_statuses",
        "statuses in Dutch",
        Wish {
            language: Some(Language::Dutch),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "dutch_credit_notes",
        "invoices and credit notes in Dutch",
        Wish { language: Some(Language::Dutch), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "polish_statuses",
        "statuses in Polish",
        Wish {
            language: Some(Language::Polish),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "polish_credit_notes",
        "invoices and credit notes in Polish",
        Wish { language: Some(Language::Polish), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "turkish_statuses",
        "statuses in Turkish",
        Wish {
            language: Some(Language::Turkish),
            status: Some(Status::Words),
            returns: Some(Returns::StatusWord),
            ..ANY
        },
    ),
    mixture(
        "turkish_credit_notes",
        "invoices and credit notes in Turkish",
        Wish { language: Some(Language::Turkish), returns: Some(Returns::Documents), ..ANY },
    ),
    mixture(
        "polish_windows_1250",
        "Polish names in windows-1250",
        Wish {
            language: Some(Language::Polish),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            doubt: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "russian_windows_1251",
        "Russian names in windows-1251",
        Wish {
            language: Some(Language::Russian),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            doubt: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "french_windows_1252",
        "French names in windows-1252",
        Wish {
            language: Some(Language::French),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            doubt: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "turkish_windows_1254",
        "Turkish names in windows-1254",
        Wish {
            language: Some(Language::Turkish),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            doubt: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "japanese_shift_jis",
        "Japanese names in Shift_JIS",
        Wish {
            language: Some(Language::Japanese),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            doubt: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture(
        "chinese_gbk",
        "Chinese names in GBK",
        Wish {
            language: Some(Language::Chinese),
            customer: Some(CustomerKey::Name),
            charset: Some(Charset::Legacy),
            doubt: Some(Ambiguity::Absent),
            currency: Some(CurrencyPlace::NotStated),
            thousands: Some(Thousands::Nothing),
            ..ANY
        },
    ),
    mixture("utf16_little", "UTF-16, little end first", Wish { charset: Some(Charset::Utf16Little), ..ANY }),
    mixture("utf16_big", "UTF-16, big end first", Wish { charset: Some(Charset::Utf16Big), ..ANY }),
];
