//! What a status word of a shop means: bought, went back, called off, or not yet decided.

use std::collections::BTreeSet;

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Completed,
    Refunded,
    Cancelled,
    /// Known, but not a purchase (yet): pending, on hold.
    Open,
    Unknown,
}

const COMPLETED: &[&str] = &[
    "completed",
    "complete",
    "paid",
    "delivered",
    "shipped",
    "fulfilled",
    "success",
    "successful",
    "succeeded",
    "settled",
    "captured",
    "closed",
    "done",
    "invoiced",
    "approved",
    "processing",
    "processed",
    "partially_paid",
    "partially_refunded",
    "partially_fulfilled",
    "partially_shipped",
    "confirmed",
    "finished",
    "ok",
    "sold",
    "received",
    "in_transit",
    "dispatched",
    "bezahlt",
    "abgeschlossen",
    "versendet",
    "geliefert",
    "completado",
    "pagado",
    "entregado",
    "payee",
    "livree",
    "terminee",
    "completato",
    "voltooid",
];
const REFUNDED: &[&str] = &[
    "refunded",
    "refund",
    "returned",
    "return",
    "chargeback",
    "charged_back",
    "reversed",
    "erstattet",
    "retourniert",
    "rembourse",
    "reembolsado",
    "credited",
];
const CANCELLED: &[&str] = &[
    "cancelled",
    "canceled",
    "cancel",
    "voided",
    "void",
    "failed",
    "expired",
    "declined",
    "rejected",
    "unavailable",
    "abandoned",
    "trash",
    "deleted",
    "storniert",
    "annulee",
    "annule",
    "cancelado",
    "annullato",
    "geannuleerd",
];
const OPEN: &[&str] = &[
    "pending",
    "on_hold",
    "hold",
    "created",
    "authorized",
    "unpaid",
    "open",
    "new",
    "draft",
    "pending_payment",
    "checkout_draft",
    "awaiting_payment",
    "awaiting_shipment",
    "unfulfilled",
    "placed",
    "offen",
    "pendiente",
    "quote",
];

/// The words in force.
#[derive(Debug)]
pub(crate) struct Statuses {
    completed: Option<BTreeSet<String>>,
}

/// A status in the form in which words are compared: `wc-On Hold` is `on_hold`.
fn plain(word: &str) -> String {
    let lower = word.trim().to_lowercase().replace([' ', '-'], "_");
    lower.strip_prefix("wc_").map_or_else(|| lower.clone(), str::to_owned)
}

impl Statuses {
    /// `completed` replaces the words for a purchase; every other word then is not one.
    pub(crate) fn new(completed: Option<&[String]>) -> Self {
        Self { completed: completed.map(|words| words.iter().map(|w| plain(w)).collect()) }
    }

    pub(crate) fn standing(&self, word: &str) -> Standing {
        let word = plain(word);
        let is = |list: &[&str]| list.contains(&word.as_str());
        if let Some(completed) = &self.completed {
            return if completed.contains(&word) {
                Standing::Completed
            } else if is(REFUNDED) {
                Standing::Refunded
            } else if is(CANCELLED) {
                Standing::Cancelled
            } else {
                Standing::Open
            };
        }
        if is(COMPLETED) {
            Standing::Completed
        } else if is(REFUNDED) {
            Standing::Refunded
        } else if is(CANCELLED) {
            Standing::Cancelled
        } else if is(OPEN) {
            Standing::Open
        } else {
            Standing::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_many_shops() {
        let statuses = Statuses::new(None);
        for (word, expected) in [
            ("Completed", Standing::Completed),
            ("wc-completed", Standing::Completed),
            ("partially_refunded", Standing::Completed),
            ("REFUNDED", Standing::Refunded),
            ("Canceled", Standing::Cancelled),
            ("On hold", Standing::Open),
            ("Z9", Standing::Unknown),
        ] {
            assert_eq!(statuses.standing(word), expected, "{word}");
        }
        let own = Statuses::new(Some(&["Z9".to_owned()]));
        assert_eq!(own.standing("z9"), Standing::Completed);
        assert_eq!(own.standing("completed"), Standing::Open);
        assert_eq!(own.standing("refunded"), Standing::Refunded);
    }
}
