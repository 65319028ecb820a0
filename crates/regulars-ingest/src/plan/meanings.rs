//! The meaning of a status or type word for its row: sold, returned, cancelled, pending, or not a sale; in
//! the languages of the big platforms.
//!
//! Deliberately not here: which columns contain such words (see `sales`), and how a policy treats them.

use std::collections::HashMap;
use std::sync::LazyLock;

use regulars_core::config::Meaning;
use regulars_core::transliterate::plain_letter;

use super::meaning_words::{STATUSES, TYPES};

static STATUS_WORDS: LazyLock<HashMap<&'static str, Meaning>> = LazyLock::new(|| table(STATUSES));
static TYPE_WORDS: LazyLock<HashMap<&'static str, Meaning>> = LazyLock::new(|| table(TYPES));

fn table(lists: &'static [(Meaning, &'static str)]) -> HashMap<&'static str, Meaning> {
    let phrases = lists.iter().flat_map(|(m, list)| list.split(',').map(move |phrase| (phrase.trim(), *m)));
    phrases.filter(|(phrase, _)| !phrase.is_empty()).collect()
}

/// A word, normalised for comparison: `wc-On Hold` becomes `on hold`.
pub(crate) fn plain(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let characters: Vec<char> = word.trim().chars().collect();
    for (i, &c) in characters.iter().enumerate() {
        let camel = c.is_uppercase() && i > 0 && characters[i - 1].is_lowercase();
        if (!c.is_alphanumeric() || camel) && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        if c.is_alphanumeric() {
            for lower in c.to_lowercase().filter(|c| *c != '\u{307}') {
                match plain_letter(lower) {
                    Some(letters) => out.push_str(letters),
                    None => out.push(lower),
                }
            }
        }
    }
    let out = out.trim();
    out.strip_prefix("wc ").unwrap_or(out).to_owned()
}

/// The meaning of a word as an order status; `None` if unknown.
pub(crate) fn status_meaning(word: &str) -> Option<Meaning> {
    let word = plain(word);
    let known = |word: &str| find(&STATUS_WORDS, word).or_else(|| by_parts(word));
    // `51 - Insufficient funds`.
    let bare = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    known(&word).or_else(|| if bare.len() < word.len() { known(bare) } else { None })
}

/// The meaning of a word as a row, document or event type; `None` if unknown.
pub(crate) fn type_meaning(word: &str) -> Option<Meaning> {
    let word = plain(word);
    find(&TYPE_WORDS, &word).or_else(|| {
        // `Sales Credit Note (copy)`, `Refund #3`.
        let bare: String = word.chars().filter(|c| !c.is_ascii_digit()).collect();
        // `shop:order_placed`
        let inner = || word.split_once(' ').map(|(_, rest)| rest).filter(|rest| rest.contains(' '));
        find(&TYPE_WORDS, bare.trim()).or_else(|| inner().and_then(|rest| find(&TYPE_WORDS, rest)))
    })
}

/// Looks up a word in both spellings of umlauts: `ü` as `ue` and as `u`.
fn find(words: &HashMap<&'static str, Meaning>, word: &str) -> Option<Meaning> {
    let loose = || ["ue", "oe", "ae"].iter().fold(word.to_owned(), |w, pair| w.replace(pair, &pair[..1]));
    words.get(word).or_else(|| words.get(loose().as_str())).copied()
}

/// The meaning of a phrase such as `Shipped - Returned to Seller` by its words: returned takes precedence,
/// then cancelled, then pending.
fn by_parts(phrase: &str) -> Option<Meaning> {
    let parts: Vec<&str> = phrase.split(' ').filter(|p| !p.is_empty()).collect();
    if parts.len() < 2 {
        return None;
    }
    let negated = [
        "not",
        "never",
        "no",
        "nicht",
        "non",
        "nie",
        "niet",
        "nao",
        "sin",
        "sem",
        "senza",
        "bez",
        "pas",
        "un",
        "не",
        "requested",
        "request",
        "attempted",
        "window",
        "eligible",
    ];
    if let Some((first, rest)) = parts.split_first().filter(|(first, _)| negated.contains(*first)) {
        // `not cancelled`, but not `not paid`.
        let is_denial = !matches!(*first, "requested" | "request" | "attempted" | "window" | "eligible");
        let rest = rest.join(" ");
        let found = find(&STATUS_WORDS, &rest).filter(|_| is_denial);
        return found.filter(|m| matches!(m, Meaning::Returned | Meaning::Cancelled)).map(|_| Meaning::Sale);
    }
    if parts.iter().any(|p| negated.contains(p)) {
        return None;
    }
    if is_process_denied(&parts) {
        return Some(Meaning::Sale);
    }
    let partial = [
        "part",
        "partially",
        "partial",
        "partly",
        "partiell",
        "teilweise",
        "partiellement",
        "partiel",
        "partielle",
        "parcialmente",
        "parcial",
        "parzialmente",
        "parziale",
        "deels",
        "gedeeltelijk",
        "gedeeltelijke",
        "czesciowo",
        "czesciowy",
        "kismi",
        "kismen",
        "частично",
    ];
    let known: Vec<Meaning> = parts.iter().filter_map(|part| find(&STATUS_WORDS, part)).collect();
    let has = |meaning: Meaning| known.contains(&meaning);
    if has(Meaning::Returned) {
        return Some(if parts.iter().any(|part| partial.contains(part)) {
            Meaning::Sale
        } else {
            Meaning::Returned
        });
    }
    // `Captured - Pending Settlement`, `LAYBY_CLOSED`
    let is_done = ["closed", "completed", "complete", "captured", "settled", "done", "finished"]
        .iter()
        .any(|word| parts.contains(word));
    if has(Meaning::Open) && is_done && !has(Meaning::Cancelled) {
        return None;
    }
    [Meaning::Cancelled, Meaning::Open, Meaning::Sale].into_iter().find(|m| has(*m))
}

/// Whether a return or cancellation was requested and denied: `Return rejected`, `chargeback_won`, `Canceled
/// Reversal`.
fn is_process_denied(parts: &[&str]) -> bool {
    const DENIALS: &str = "rejected declined denied refused won reversed reversal abgelehnt verweigert refuse \
        refusee rejete rejetee rechazado rechazada denegado denegada recusado recusada negado negada rejeitado rejeitada \
        rifiutato rifiutata respinto respinta negato geweigerd afgewezen odrzucone odrzucony odrzucona odrzucono \
        reddedildi отклонен отклонён";
    const PROCESSES: &str = "cancellation annulation stornierung stornierungsanfrage anulacion cancelacion cancelamento \
        annullamento annulering anulacja iptal";
    let denies = |part: &&str| DENIALS.split_whitespace().any(|word| word == *part);
    let mut others = parts.iter().filter(|part| !denies(part));
    let undone = |part: &&str| {
        find(&STATUS_WORDS, part) == Some(Meaning::Returned)
            || PROCESSES.split_whitespace().any(|word| word == *part)
            || parts.contains(&"reversal") && find(&STATUS_WORDS, part) == Some(Meaning::Cancelled)
    };
    parts.iter().any(denies) && others.any(undone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_of_many_platforms_in_nine_languages() {
        use Meaning::{Cancelled, Open, Returned, Sale};
        for (expected, words) in [
            (
                Sale,
                "Completed;wc-completed;partially_refunded;Paid;Abgeschlossen;En cours;Completado;Concluído;Completato;\
                 Voltooid;Zrealizowane;Tamamlandı;Teilweise erstattet;Shipped - Delivered to Buyer;Livrée;Gönderildi;Entregue",
            ),
            (
                Returned,
                "REFUNDED;Erstattet;Remboursée;Reembolsado;Rimborsato;Terugbetaald;Zwrócone;İade edildi;Shipped - Returned to \
                 Seller;Rückerstattet",
            ),
            (
                Cancelled,
                "Canceled;Storniert;Annulée;Cancelado;Annullato;Geannuleerd;Anulowane;İptal edildi;voided;Payment failed;Échouée",
            ),
            (
                Open,
                "On hold;Zahlung ausstehend;En attente;Pendiente;Aguardando pagamento;In attesa;In de wacht;Beklemede;Oczekujące",
            ),
        ] {
            for word in words.split(';') {
                assert_eq!(status_meaning(word.trim()), Some(expected), "{word}");
            }
        }
        for word in [
            "Return rejected",
            "chargeback_won",
            "Canceled Reversal",
            "Reso rifiutato",
            "İptal talebi reddedildi",
            "nicht storniert",
        ] {
            assert_eq!(status_meaning(word), Some(Sale), "{word}");
        }
        assert_eq!(status_meaning("Cancelled - payment declined"), Some(Cancelled));
        for word in [
            "Z9",
            "CA",
            "K-17",
            "",
            "Return requested",
            "not delivered",
            "LAYBY_CLOSED",
            "Captured/Pending Settlement",
        ] {
            assert_eq!(status_meaning(word), None, "{word}");
        }
    }

    #[test]
    fn types_of_documents_rows_and_events() {
        use Meaning::{Detail, Ignore, Returned, Sale};
        for (expected, words) in [
            (Sale, "Sale;Sales invoice;purchase;Rechnung;Facture;Factura;Fattura;Factuur;Faktura;Satış"),
            (
                Returned,
                "Refund;Sales credit note;Gutschrift;Avoir;Nota de crédito;Nota di credito;Creditnota;Korekta;İade",
            ),
            (Ignore, "view;cart;remove_from_cart;Quote;page_view;addToCart;Angebot"),
            (Detail, "Sale Line;line item"),
        ] {
            for word in words.split(';') {
                assert_eq!(type_meaning(word), Some(expected), "{word}");
            }
        }
        assert_eq!(type_meaning("wholesale"), None);
    }

    #[test]
    fn words_of_statuses_and_types_in_many_languages() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/words/row_words.tsv");
        let text = fs_err::read_to_string(path).unwrap();
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split('\t').collect()).collect();
        assert!(rows.len() > 800);
        for row in rows {
            let found = if row[0] == "status" { status_meaning(row[3]) } else { type_meaning(row[3]) };
            assert_eq!(found.map(Meaning::name), Some(row[1]), "{} {} ({})", row[0], row[3], row[2]);
        }
    }
}
