//! The concepts that the words of a column name express, in the languages of shop exports.
//!
//! A name is split into words (`Kundennummer` into `kunden` and `nummer`), and each word maps to one or more
//! concepts of the vocabulary. The role of a column is derived from its concepts in `names`.

use std::collections::HashMap;
use std::sync::LazyLock;

use regulars_core::transliterate::{one_letter_for_one, plain_letter};

use super::vocabulary::{Concepts, FILLER, PHRASES, VOCABULARY};

static WORDS: LazyLock<HashMap<&'static str, Concepts>> = LazyLock::new(|| {
    let mut words: HashMap<&'static str, Concepts> = HashMap::new();
    for (concept, list) in VOCABULARY {
        for word in list.split_whitespace() {
            let known = words.entry(word).or_default();
            *known = known.and(*concept);
        }
    }
    words
});

/// A column name, split into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// In normal form (see [`normal_form`]).
    pub(crate) normal: String,
    /// Its words; compounds are split.
    pub(crate) words: Vec<String>,
    concepts: Vec<Concepts>,
    /// The concepts of all its words.
    pub(crate) all: Concepts,
}

impl Name {
    pub(crate) fn new(name: &str) -> Self {
        let normal = normal_form(name);
        let mut words = Vec::new();
        for word in with_phrases(&normal).split('_').filter(|w| !w.is_empty()) {
            words.extend(parts(word));
        }
        let concepts: Vec<Concepts> = words.iter().map(|word| concepts_of(word)).collect();
        let all = concepts.iter().fold(Concepts::default(), |all, c| all.and(*c));
        Self { normal, words, concepts, all }
    }

    /// Whether any word expresses one of `concepts`.
    pub(crate) fn has(&self, concepts: Concepts) -> bool {
        self.all.any(concepts)
    }

    /// Whether one of its words is `word`.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.words.iter().any(|w| w == word)
    }

    /// Whether every word except fillers expresses one of `concepts`; false without words.
    pub(crate) fn is_only(&self, concepts: Concepts) -> bool {
        let mut told = self.concepts.iter().filter(|c| !(c.any(FILLER) && c.only(FILLER))).peekable();
        told.peek().is_some() && told.all(|c| c.any(concepts))
    }

    /// Whether no word is informative.
    pub(crate) fn is_unknown(&self) -> bool {
        self.all.only(FILLER)
    }

    /// Its words except fillers, joined by `_`.
    pub(crate) fn significant_words(&self) -> String {
        let words = self.words.iter().zip(&self.concepts).filter(|(_, c)| !(c.any(FILLER) && c.only(FILLER)));
        words.map(|(word, _)| word.as_str()).collect::<Vec<_>>().join("_")
    }

    /// The number of its words except fillers.
    pub(crate) fn count_significant_words(&self) -> usize {
        self.concepts.iter().filter(|c| !(c.any(FILLER) && c.only(FILLER))).count()
    }
}

/// `normal` with each phrase replaced by one word.
fn with_phrases(normal: &str) -> String {
    let mut out = format!("_{normal}_");
    for (phrase, word) in PHRASES {
        if out.contains(phrase) {
            out = out.replace(&format!("_{phrase}_"), &format!("_{word}_"));
        }
    }
    out
}

/// Splits a word between two `_` into its parts.
fn parts(word: &str) -> Vec<String> {
    let known = |word: &str| {
        if WORDS.contains_key(word) {
            return Some(vec![word.to_owned()]);
        }
        compound(word).map(|parts| parts.into_iter().map(str::to_owned).collect())
    };
    // `ö` is written `oe` in German and `o` elsewhere.
    let single = Some(one_letter_for_one(word)).filter(|shorter| shorter.len() < word.len());
    known(word).or_else(|| single.as_deref().and_then(known)).unwrap_or_else(|| vec![word.to_owned()])
}

fn concepts_of(word: &str) -> Concepts {
    if let Some(known) = WORDS.get(word) {
        return *known;
    }
    // `quantity2`, `date_1`.
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    WORDS.get(stem).copied().unwrap_or_default()
}

/// Minimum letters of a part of a compound; `id`, `no` and `nr` may end one.
const MIN_PART_LETTERS: usize = 3;

/// Splits an unknown word into known ones, if possible: `ordernumber`, `kundennummer`, `订单编号`.
fn compound(word: &str) -> Option<Vec<&str>> {
    if WORDS.contains_key(word) || word.chars().count() < 2 {
        return None;
    }
    let ideographs = !word.is_ascii() && word.chars().any(|c| c as u32 >= 0x3040);
    let least = if ideographs { 1 } else { MIN_PART_LETTERS };
    let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(1).chain([word.len()]).collect();
    // The longest first part whose rest can also be split.
    for &end in ends.iter().rev() {
        let (head, rest) = word.split_at(end);
        if head.chars().count() < least || !WORDS.contains_key(head) {
            continue;
        }
        if rest.is_empty() {
            return Some(vec![head]);
        }
        let joined = rest.strip_prefix('s').filter(|r| r.chars().count() >= least);
        for rest in [Some(rest), joined].into_iter().flatten() {
            let ending = matches!(rest, "id" | "no" | "nr" | "ids" | "at" | "on");
            let single = WORDS.contains_key(rest) && (ending || rest.chars().count() >= least);
            if single {
                return Some(vec![head, rest]);
            }
            if let Some(mut parts) = compound(rest) {
                parts.insert(0, head);
                return Some(parts);
            }
        }
    }
    // Chinese and Japanese names contain words that add no meaning here.
    if ideographs {
        let skipped = word.char_indices().nth(1).map(|(at, _)| at)?;
        return match &word[skipped..] {
            rest if WORDS.contains_key(rest) => Some(vec![rest]),
            rest => compound(rest),
        };
    }
    None
}

/// A column name as lowercase words joined by `_`: `CustomerID`, `Customer ID` and `customer-id` all become
/// `customer_id`.
pub fn normal_form(name: &str) -> String {
    let characters: Vec<char> = name.trim().chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (i, &c) in characters.iter().enumerate() {
        // Lowercasing İ leaves a combining dot.
        if c == '\u{307}' {
            continue;
        }
        if !c.is_alphanumeric() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let before = if i > 0 { characters[i - 1] } else { ' ' };
        let after = characters.get(i + 1).copied().unwrap_or(' ');
        let starts_word =
            c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && after.is_lowercase()));
        if starts_word && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        for lower in c.to_lowercase().filter(|c| *c != '\u{307}') {
            match plain_letter(lower) {
                Some(plain) => out.push_str(plain),
                None => out.push(lower),
            }
        }
    }
    out.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_normal_form() {
        for (name, expected) in [
            ("CustomerID", "customer_id"),
            ("Customer ID", "customer_id"),
            (" customer-id ", "customer_id"),
            ("InvoiceNo", "invoice_no"),
            ("Order #", "order"),
            ("N. Revenue", "n_revenue"),
            ("Lineitem quantity", "lineitem_quantity"),
            ("Annual Income (k$)", "annual_income_k"),
            ("Bestellnr", "bestellnr"),
            ("ID", "id"),
            ("orderTotalUSD", "order_total_usd"),
            ("Référence client", "reference_client"),
            ("N° commande", "n_commande"),
            ("Stückpreis", "stueckpreis"),
            ("Müşteri No", "muesteri_no"),
            ("Zamówienie", "zamowienie"),
            ("İşlem", "islem"),
        ] {
            assert_eq!(normal_form(name), expected, "{name}");
        }
    }

    #[test]
    fn compounds_are_cut_into_known_words() {
        for (name, expected) in [
            ("ORDERNUMBER", "order number"),
            ("Kundennummer", "kunden nummer"),
            ("Bestelldatum", "bestell datum"),
            ("Rechnungsbetrag", "rechnungs betrag"),
            ("Gesamtbetrag", "gesamt betrag"),
            ("Bestellstatus", "bestell status"),
            ("CUSTOMERID", "customer id"),
            ("orderid", "order id"),
            ("Transaktionsnummer", "transaktions nummer"),
            ("订单编号", "订单 编号"),
            ("买家会员名", "买家 会员 名"),
            ("订单付款时间", "订单 付款 时间"),
            ("Invoice No", "invoice no"),
            ("Recnum", "recnum"),
            ("household_id", "household id"),
        ] {
            assert_eq!(Name::new(name).words.join(" "), expected, "{name}");
        }
    }
}
