//! Placeholder customer ids: guests, dummy values, total rows, numbers rounded by a spreadsheet.

use std::collections::HashSet;
use std::sync::LazyLock;

use regulars_core::config::Placeholders;
use regulars_core::transliterate::{one_letter_for_one, plain};

use crate::cells::{Cell, trim};

/// Words that shops write for customers without an account or name; each word covers many customers.
/// Normalised by [`key`].
const PLACEHOLDER_WORDS: &[&str] = &[
    "guest",
    "guests",
    "guest user",
    "guest customer",
    "guest checkout",
    "gast",
    "gastkunde",
    "gastbestellung",
    "invite",
    "invitado",
    "convidado",
    "ospite",
    "gosc",
    "misafir",
    "visitante",
    "anonymous",
    "anonym",
    "anonyme",
    "anonimo",
    "anon",
    "unknown",
    "unknown customer",
    "unbekannt",
    "inconnu",
    "desconocido",
    "desconhecido",
    "sconosciuto",
    "onbekend",
    "nieznany",
    "bilinmiyor",
    "undefined",
    "not available",
    "not provided",
    "not applicable",
    "no customer",
    "no name",
    "none",
    "walk-in",
    "walk in",
    "walkin",
    "walk-in customer",
    "walk in customer",
    "cash",
    "cash sale",
    "cash sales",
    "cash customer",
    "barverkauf",
    "laufkunde",
    "laufkundschaft",
    "retail customer",
    "counter sale",
    "over the counter",
    "default customer",
    "default",
    "pos customer",
    "pos",
    "general customer",
    "general public",
    "publico en general",
    "consumidor final",
    "client comptoir",
    "client de passage",
    "client divers",
    "client anonyme",
    "clients divers",
    "vente comptant",
    "vente comptoir",
    "vente au comptoir",
    "passage",
    "cliente generico",
    "cliente ocasional",
    "cliente occasionale",
    "cliente varios",
    "clientes varios",
    "cliente anonimo",
    "cliente final",
    "cliente contado",
    "cliente mostrador",
    "cliente di passaggio",
    "cliente al banco",
    "venta al contado",
    "venta mostrador",
    "venda a vista",
    "venda balcao",
    "cliente balcao",
    "cliente avulso",
    "consumidor",
    "vendita al banco",
    "vendita contanti",
    "corrispettivi",
    "consumatore finale",
    "privato",
    "barverkauf an unbekannt",
    "barkunde",
    "bar-kunde",
    "kassenkunde",
    "einmalkunde",
    "einmalkunden",
    "cpd",
    "cpd kunde",
    "n.v.t.",
    "nvt",
    "n.d.",
    "s/n",
    "diverse",
    "diverse kunden",
    "sammelkunde",
    "thekenverkauf",
    "losse verkoop",
    "contante verkoop",
    "contant",
    "contante klant",
    "particulier",
    "passant",
    "balieklant",
    "klant onbekend",
    "sprzedaz gotowkowa",
    "klient detaliczny",
    "klient anonimowy",
    "klient gotowkowy",
    "klient indywidualny",
    "paragon",
    "pesin satis",
    "perakende musteri",
    "perakende satis",
    "nakit musteri",
    "nakit satis",
    "muhtelif musteri",
    "misafir kullanici",
    "розничный покупатель",
    "частное лицо",
    "физическое лицо",
    "гость",
    "неизвестно",
    "散客",
    "零售客户",
    "游客",
    "匿名",
    "未知",
    "一般客",
    "一般のお客様",
    "ゲスト",
    "不明",
    "비회원",
    "kontantkund",
    "kontantsalg",
    "kontantkunde",
    "kateisasiakas",
    "prodej za hotove",
    "anonymni zakaznik",
    "miscellaneous",
    "misc",
    "various",
    "blank",
    "(blank)",
    "(empty)",
    "empty",
    "(none)",
    "(not set)",
    "not set",
    "#n/a",
    "#value!",
    "#ref!",
    "#name?",
    "#null!",
    "#div/0!",
    "-",
    "--",
    "---",
    ".",
    "?",
    "xxx",
    "n.a.",
    "na",
    "nil",
    "tbd",
    "house account",
    "kein kunde",
    "ohne kundennr",
    "ohne kundennr.",
    "dummy",
    "dummy customer",
    "test",
    "testkunde",
    "test customer",
    "ohne kundennummer",
    "non renseigne",
    "nao informado",
    "kontant",
    "kontant kunde",
    "一般顧客",
    "store customer",
    "[deleted]",
    "deleted",
    "redacted",
    "[redacted]",
    "losse klant",
    "brak",
    "brak danych",
    "sin nombre",
    "sans nom",
    "senza nome",
    "ohne name",
    "kein name",
    "baliekunde",
    "balieverkoop",
    "drobny odberatel",
    "koncovy zakaznik",
    "counter customer",
    "retail sale",
    "guest account",
    "gastkonto",
    "anonymer kunde",
    "client inconnu",
    "cliente desconocido",
    "cliente sconosciuto",
    "cliente desconhecido",
    "onbekende klant",
    "nieznany klient",
    "bilinmeyen musteri",
    "unknown user",
    "deleted user",
    "00000000-0000-0000-0000-000000000000",
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

static KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| PLACEHOLDER_WORDS.iter().map(|word| key(word)).collect());

/// A word in ASCII letters; matches `ü` written as `u` or as `ue`.
fn key(word: &str) -> String {
    one_letter_for_one(&plain(word.trim()))
}

/// Local parts of email addresses that belong to no customer.
const PLACEHOLDER_MAILBOXES: [&str; 22] = [
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "guest",
    "none",
    "unknown",
    "anonymous",
    "noemail",
    "no-email",
    "nomail",
    "no",
    "na",
    "n/a",
    "null",
    "noone",
    "nobody",
    "keine",
    "pos",
    "walkin",
    "walk-in",
    "gast",
];

/// Numbers used as placeholders.
const PLACEHOLDER_NUMBERS: [i64; 6] = [0, -1, -9, -99, -999, -9999];

/// How placeholder ids are recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlaceholderRule {
    /// Placeholders count as ordinary customers.
    pub(crate) keep: bool,
    /// 0 is a customer: ids are counted from it.
    pub(crate) zero_is_a_customer: bool,
    /// Ids contain digits, so a word in their place is a placeholder.
    pub(crate) words_are_placeholders: bool,
}

/// Share of ids with a digit above which a word among them is a placeholder.
const IDS_WITH_DIGITS: f64 = 0.98;

/// Whether customer ids are codes: nearly all contain a digit, and those are not addresses.
pub(crate) fn are_codes<'a>(ids: impl Iterator<Item = &'a str>) -> bool {
    let ids: std::collections::BTreeSet<&str> = ids.map(str::trim).collect();
    let codes = ids.iter().filter(|id| id.bytes().any(|b| b.is_ascii_digit()));
    let codes = codes.filter(|id| !id.contains(['@', ' '])).count();
    ids.len() >= 20 && codes as f64 >= IDS_WITH_DIGITS * ids.len() as f64
}

impl PlaceholderRule {
    pub(crate) fn new(placeholders: Option<Placeholders>) -> Self {
        Self {
            keep: placeholders == Some(Placeholders::Keep),
            zero_is_a_customer: false,
            words_are_placeholders: false,
        }
    }

    /// Whether an id is a placeholder.
    #[inline]
    pub(crate) fn matches(self, cell: Cell<'_>) -> bool {
        if self.keep {
            return false;
        }
        match cell {
            Cell::Int(id) => self.is_placeholder_number(id),
            Cell::Float(id) => id.fract() == 0.0 && self.is_placeholder_number(id as i64),
            Cell::Text(text) => {
                let text = trim(text);
                match text.first() {
                    Some(b'1'..=b'9') => false,
                    Some(b'0' | b'-') if text.len() <= 7 => self.is_placeholder_text(text),
                    // `0000000` among fixed-width ids.
                    Some(b'0') if text.len() < 20 => text.iter().all(|b| *b == b'0'),
                    Some(b'0') => text.len() == 36 && self.is_placeholder_text(text),
                    Some(b'#' | b'(') => self.is_placeholder_text(text),
                    // The hash of an empty value.
                    Some(b'd' | b'D' | b'e' | b'E') if text.len() >= 32 => self.is_placeholder_text(text),
                    _ if text.iter().any(u8::is_ascii_digit) => false,
                    _ => text.len() <= 60 && self.is_placeholder_word(text),
                }
            }
            _ => false,
        }
    }

    fn is_placeholder_number(self, id: i64) -> bool {
        PLACEHOLDER_NUMBERS.contains(&id) && !(id == 0 && self.zero_is_a_customer)
    }

    fn is_placeholder_text(self, text: &[u8]) -> bool {
        let Ok(text) = str::from_utf8(text) else { return false };
        let number = text.strip_suffix(".0").unwrap_or(text).parse::<i64>();
        if let Ok(number) = number {
            // `000` may be a code; longer runs of zeros are placeholders.
            let written = number.to_string();
            if text.len() > 3 && text.bytes().all(|b| b == b'0') {
                return true;
            }
            return self.is_placeholder_number(number) && text.strip_suffix(".0").unwrap_or(text) == written;
        }
        KEYS.contains(&key(text))
    }

    fn is_placeholder_word(self, text: &[u8]) -> bool {
        if let Some(at) = text.iter().position(|b| *b == b'@') {
            // `noreply@shop.example` belongs to the shop.
            return PLACEHOLDER_MAILBOXES
                .iter()
                .any(|local| text[..at].eq_ignore_ascii_case(local.as_bytes()));
        }
        let is_blank = !text.iter().any(|b| b.is_ascii_alphanumeric() || !b.is_ascii());
        if !text.is_empty() && (self.words_are_placeholders || is_blank) {
            return true;
        }
        self.is_placeholder_text(text)
    }
}

/// Whether a text is a placeholder by itself, independent of the other ids.
pub(crate) fn is_placeholder(id: &str) -> bool {
    PlaceholderRule::new(None).matches(Cell::Text(id.as_bytes()))
}

/// Labels of total rows.
const LABELS: [&str; 51] = [
    "gesamtbetrag",
    "endbetrag",
    "endsumme",
    "rechnungsbetrag",
    "total amount",
    "amount due",
    "balance due",
    "total due",
    "importe total",
    "total a pagar",
    "montant total",
    "total ttc",
    "sous total",
    "sous-total",
    "subtotale",
    "subtotaal",
    "ara toplam",
    "net total",
    "total",
    "totals",
    "grand total",
    "grand totals",
    "subtotal",
    "sub total",
    "sub-total",
    "sum",
    "total general",
    "gesamt",
    "gesamtsumme",
    "gesamtergebnis",
    "summe",
    "zwischensumme",
    "suma total",
    "totale",
    "totale complessivo",
    "totale generale",
    "totaal",
    "eindtotaal",
    "suma",
    "suma koncowa",
    "razem",
    "toplam",
    "genel toplam",
    "totalt",
    "celkem",
    "total geral",
    "report total",
    "overall total",
    "合计",
    "总计",
    "合計",
];

/// The label of a total row, if the cell is one: `Grand Total`, `Summe`, `Ann Total`.
pub(crate) fn totals_label(cell: Cell<'_>) -> Option<&str> {
    let Cell::Text(text) = cell else { return None };
    let text = str::from_utf8(trim(text)).ok()?;
    // `Summe 10023`
    if let Some((first, number)) = text.split_once(' ')
        && number.bytes().all(|b| b.is_ascii_digit())
        && !number.is_empty()
    {
        let first = plain(first);
        return ["summe", "subtotal", "zwischensumme"].contains(&first.as_str()).then_some(text);
    }
    // `Total (100 orders)`
    if let Some((first, _)) = text.split_once(" (") {
        return totals_label(Cell::Text(first.as_bytes()));
    }
    // Fast path: nearly every id ends with a digit.
    if text.len() < 3 || text.len() > 60 || text.bytes().last().is_some_and(|b| b.is_ascii_digit()) {
        return None;
    }
    let plain = plain(text.trim_end_matches([':', ' ', '.']));
    let by_group = || {
        plain
            .strip_suffix(" total")
            .or_else(|| plain.strip_suffix(" subtotal"))
            .is_some_and(|who| !who.is_empty())
    };
    (LABELS.contains(&plain.as_str()) || by_group()).then_some(text)
}

/// `4.92E+12`: a long number rounded by a spreadsheet.
pub(crate) fn is_rounded(id: &[u8]) -> bool {
    let id = trim(id);
    // A digit, with `E+` further on.
    if !id.first().is_some_and(u8::is_ascii_digit) || id.len() < 5 {
        return false;
    }
    let Some(at) = id.iter().position(|b| matches!(b, b'E' | b'e')) else { return false };
    let (digits, exponent) = (&id[..at], &id[at + 1..]);
    exponent.len() > 1
        && exponent[0] == b'+'
        && exponent[1..].iter().all(u8::is_ascii_digit)
        && digits.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_nobody_and_names_are_somebody() {
        let rule = PlaceholderRule::new(None);
        for id in [
            "0",
            "-1",
            "unknown",
            "Guest",
            "#N/A",
            "(blank)",
            "Cash Sale",
            "Walk-in",
            "0.0",
            "-",
            "Gość",
            "N.A.",
            "Perakende Müşteri",
        ] {
            assert!(rule.matches(Cell::Text(id.as_bytes())), "{id}");
        }
        for id in ["1", "17", "00", "Ann", "Test GmbH", "-17", "0815", "Totaro", "cash@x.com", "10"] {
            assert!(!rule.matches(Cell::Text(id.as_bytes())), "{id}");
        }
        assert!(rule.matches(Cell::Int(0)) && rule.matches(Cell::Float(-1.0)) && !rule.matches(Cell::Int(7)));
        assert!(!PlaceholderRule { zero_is_a_customer: true, ..rule }.matches(Cell::Int(0)));
        assert!(!PlaceholderRule::new(Some(Placeholders::Keep)).matches(Cell::Text(b"guest")));
        let codes = PlaceholderRule { words_are_placeholders: true, ..rule };
        for (id, placeholders) in [
            ("House account", true),
            ("noreply@x.com", true),
            ("pos@x.com", true),
            ("ann@x.com", false),
            ("K-17", false),
            ("", false),
        ] {
            assert_eq!(codes.matches(Cell::Text(id.as_bytes())), placeholders, "{id}");
        }
    }

    #[test]
    fn codes_are_told_from_names() {
        let codes: Vec<String> = (0..60).map(|i| format!("C-{i}")).collect();
        let with_word = codes.iter().map(String::as_str).chain(["House account"]);
        assert!(are_codes(with_word));
        let names: Vec<String> = (0..60).map(|i| format!("Ann {i}")).collect();
        assert!(!are_codes(names.iter().map(String::as_str)));
        assert!(!are_codes(codes.iter().take(10).map(String::as_str)));
        let mixed = codes.iter().map(String::as_str).chain(["acme", "globex", "initech"]);
        assert!(!are_codes(mixed));
    }

    #[test]
    fn rows_of_totals_are_told_by_their_label() {
        for label in ["Grand Total", "Total:", "Summe", "Ann Total", "Genel Toplam", "合计"] {
            assert_eq!(totals_label(Cell::Text(label.as_bytes())), Some(label), "{label}");
        }
        for id in ["Ann", "Totaro", "C-17", "TotalEnergies", "total wine shop", "17"] {
            assert_eq!(totals_label(Cell::Text(id.as_bytes())), None, "{id}");
        }
    }

    #[test]
    fn rounded_numbers_are_recognised() {
        for (id, rounded) in
            [("4.92E+12", true), ("4,92E+12", true), ("1e5", false), ("4.92", false), ("E+12", false)]
        {
            assert_eq!(is_rounded(id.as_bytes()), rounded, "{id}");
        }
    }
}
