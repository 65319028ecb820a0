//! Flags, times, signs and codes that mark rows as non-sales.

use regulars_core::columns::Column;
use regulars_core::config::Meaning;

use super::columns::Columns;
use super::meanings::plain;
use super::sales::{RuleKind, filled_means};
use super::sample::Sample;
use super::vocabulary::{
    AMOUNT, ATTRIBUTE, CANCEL, CONFIRMED, CUSTOMER, DATE, DELETE, DISCOUNT, DOCUMENT, DOUBTFUL, EMAIL, EVENT,
    FAILED, FLAG, ID, KIND, LINE, ORDER, PAID, PAYMENT, PLACE, PRODUCT, QUANTITY, REFUND, REVENUE, SHIPPING,
    SHOP, STATUS, TAX, TEST, TOTAL, VOID, WHEN,
};
use super::words::Name;
use crate::cells::Cell;

/// A rule for type codes whose meaning has to be asked.
pub(super) const CODES: (RuleKind, Option<Meaning>) =
    (RuleKind::Type { has_lines: false, lines_are_sales: false }, None);

/// Words for orders that still count.
const ACTIVE: [&str; 10] =
    ["active", "enabled", "aktiv", "activo", "attivo", "ativo", "actif", "aktywne", "aktywny", "aktywna"];

/// Words for details of a failure.
const TOLD: [&str; 8] = ["message", "msg", "code", "text", "error", "description", "type", "details"];

/// Words for a reason.
const REASONS: [&str; 10] = [
    "stornogrund",
    "stornierungsgrund",
    "reason",
    "grund",
    "motif",
    "motivo",
    "reden",
    "powod",
    "neden",
    "nedeni",
];

/// Yes and no in other languages.
pub(super) fn flag_word(text: &str) -> Option<bool> {
    if text.trim() == "-1" {
        // Access exports yes as -1.
        return Some(true);
    }
    let text = plain(text);
    let denied = ["not ", "non ", "no ", "nicht "].iter().find_map(|word| text.strip_prefix(word));
    if let Some(rest) = denied {
        return flag_word(rest).map(|yes| !yes);
    }
    match text.as_str() {
        "是" | "はい" | "да" | "ano" | "igen" | "kylla" | "kyllae" | "ja" | "oui" | "si" | "sim" | "tak"
        | "evet" | "e" | "x" | "j" | "s" | "o" | "v" | "ok" | "wahr" | "vrai" | "verdadero" | "prawda"
        | "cancelled" | "canceled" | "voided" | "deleted" | "refunded" | "returned" | "test"
        | "storniert" | "annule" | "annulee" | "rembourse" | "remboursee" | "geloescht" | "erstattet" => {
            Some(true)
        }
        "否" | "いいえ" | "нет" | "nej" | "nei" | "nem" | "ei" | "ne" | "nein" | "non" | "nao" | "nee"
        | "nie" | "hayir" | "h" | "falsch" | "faux" | "falso" | "active" | "none" | "normal" => Some(false),
        _ => None,
    }
}

pub(super) fn yes_means(meaning: Meaning) -> RuleKind {
    RuleKind::Flag { yes: Some(meaning), no: Some(Meaning::Sale) }
}

/// Whether a name is negated: `is_not_void`.
fn is_denied(name: &Name) -> bool {
    ["not", "non", "no", "nicht"].iter().any(|word| name.is_word(word))
        && name.words.last().is_none_or(|w| w != "no")
}

/// `del`, `DEL_FLG`; in other names, the word is Spanish.
fn is_del(name: &Name) -> bool {
    matches!(name.normal.as_str(), "del" | "del_flg" | "del_flag" | "del_ind" | "del_kz")
}

/// `Credit Note No`: neither word is enough.
fn is_credit_note(name: &Name) -> bool {
    name.is_word("credit") && (name.is_word("note") || name.is_word("memo")) || name.is_word("creditnote")
}

pub(super) fn flag_meaning(name: &Name) -> Option<Meaning> {
    if name.has(REFUND) || is_credit_note(name) {
        Some(Meaning::Returned)
    } else if name.has(CANCEL.and(VOID).and(DELETE).and(TEST).and(FAILED)) || is_del(name) {
        Some(Meaning::Cancelled)
    } else {
        None
    }
}

pub(super) fn holds_flags(sample: &Sample, index: usize) -> bool {
    let is_label = |v: &&str| crate::placeholders::totals_label(Cell::Text(v.as_bytes())).is_some();
    let mut values = sample.present(index).filter(|v| !is_label(v)).take(500);
    values.all(|v| Cell::Text(v.as_bytes()).flag().or_else(|| flag_word(v)).is_some())
}

/// The rule for `voided`, `is_deleted`, `test`; `cancelled_at`, `cancel reason`.
pub(super) fn flag_or_time(sample: &Sample, index: usize) -> Option<(RuleKind, Option<Meaning>)> {
    let name = &sample.names[index];
    let meaning = flag_meaning(name)?;
    let elsewhere = AMOUNT.and(TOTAL).and(QUANTITY).and(CUSTOMER).and(PRODUCT).and(TAX).and(EMAIL).and(KIND);
    let elsewhere =
        elsewhere.and(PAYMENT).and(DISCOUNT).and(SHIPPING).and(PLACE).and(STATUS).and(ATTRIBUTE).and(LINE);
    // `is_cancelled_by_customer`
    let by_customer =
        name.has(CANCEL) && name.is_word("by") && name.is_only(CANCEL.and(CUSTOMER).and(FLAG).and(SHOP));
    let is_test = name.is_only(TEST.and(FLAG).and(ORDER).and(KIND).and(EVENT).and(PAYMENT));
    if name.has(elsewhere)
        && !name.is_word("flag")
        && !is_credit_note(name)
        && !(meaning == Meaning::Cancelled && (is_test || by_customer))
    {
        return None;
    }
    // `failure_message`, `decline_code`: filled for failed orders.
    let is_said = |word: &String| TOLD.contains(&word.as_str()) || Name::new(word).is_only(FAILED);
    if name.has(FAILED)
        && name.words.len() > 1
        && name.words.iter().all(is_said)
        && sample.filled(index) < 0.6
    {
        return Some((RuleKind::Filled(Some(Meaning::Cancelled)), None));
    }
    // `warranty_void`, `free_returns`: not about the order.
    let of_orders =
        CANCEL.and(VOID).and(DELETE).and(TEST).and(FAILED).and(REFUND).and(FLAG).and(ORDER).and(LINE);
    let of_orders =
        of_orders.and(DOCUMENT).and(EVENT).and(PAYMENT).and(WHEN).and(DATE).and(CUSTOMER).and(KIND);
    let said = [
        "fully",
        "full",
        "was",
        "been",
        "has",
        "already",
        "reason",
        "by",
        "not",
        "ind",
        "indicator",
        "fivetran",
        "ist",
        "den",
        "em",
        "auf",
        "rec",
        "di",
        "mi",
    ];
    let said = said.iter().chain(&REASONS).copied();
    let is_asked = said.into_iter().any(|word| name.is_word(word));
    // `return_id`, `credit_note_number`, `Storno-Beleg`: ids of another document, which only some orders
    // have.
    let is_number = name.has(ID) && !is_denied(name) || name.has(CANCEL) && name.has(DOCUMENT.and(ORDER));
    let is_told = name.is_only(of_orders.and(ID)) || is_credit_note(name);
    if is_number && is_told && !holds_flags(sample, index) {
        let some = sample.has_values(index) && sample.filled(index) < 0.5;
        return some.then_some((RuleKind::Filled(None), None));
    }
    if name.count_significant_words() > 1 && !name.is_only(of_orders) && !is_asked && !is_del(name) {
        return None;
    }
    // A credit column may be a payment method.
    if name.normal == "credit" {
        return None;
    }
    if name.has(super::vocabulary::RATE) {
        return None;
    }
    if name.has(ID) && !name.is_word("no") {
        return None;
    }
    let is_there = |v: &str| filled_means(v, Some(meaning)) == Some(meaning);
    let there = sample.present(index).filter(|v| is_there(v)).count();
    if name.has(WHEN.and(DATE)) && there * 10 > sample.rows.len() * 9 && sample.rows.len() > 4 {
        // `cancel_until`: every order has one.
        return None;
    }
    if name.has(WHEN.and(DATE)) {
        // The date of a refund does not show its amount.
        let back = name.is_only(REFUND.and(WHEN).and(DATE).and(ORDER)) && sample.filled(index) < 0.5;
        return match meaning {
            Meaning::Cancelled => Some((RuleKind::Filled(Some(meaning)), None)),
            _ => back.then_some((RuleKind::Filled(None), None)),
        };
    }
    if REASONS.iter().any(|word| name.is_word(word)) || name.is_word("by") && !holds_flags(sample, index) {
        return (name.has(CANCEL.and(VOID).and(DELETE))).then_some((RuleKind::Filled(Some(meaning)), None));
    }
    if meaning == Meaning::Cancelled && name.has(TEST) && !is_test {
        return None;
    }
    if holds_flags(sample, index) {
        let no_means = RuleKind::Flag { yes: Some(Meaning::Sale), no: Some(meaning) };
        // If many orders are marked as cancelled, ask.
        let is_yes = |v: &&str| Cell::Text(v.as_bytes()).flag().or_else(|| flag_word(v)) == Some(true);
        let yes = sample.present(index).filter(is_yes).count();
        let kind = match yes {
            _ if is_denied(name) => no_means,
            yes if yes * 5 > sample.rows.len() * 2 && sample.rows.len() > 20 => {
                RuleKind::Flag { yes: None, no: Some(Meaning::Sale) }
            }
            _ => yes_means(meaning),
        };
        return Some((kind, None));
    }
    // A single mark, or blank.
    if sample.words(index, 1).is_some_and(|words| words.iter().all(|w| w.len() <= 3))
        && sample.filled(index) < 1.0
    {
        return Some((RuleKind::Filled(Some(meaning)), None));
    }
    let dates = sample.share(index, super::sample::is_date).unwrap_or(0.0);
    (dates > 0.9 && meaning == Meaning::Cancelled).then_some((RuleKind::Filled(Some(meaning)), None))
}

/// The rule for `paid`, `valid`, `payment_success`, where no means no sale. The effect of `active` or `fraud`
/// on revenue is asked.
pub(super) fn confirmation(sample: &Sample, index: usize) -> Option<(RuleKind, Option<Meaning>)> {
    let name = &sample.names[index];
    let of_orders = CONFIRMED.and(DOUBTFUL).and(PAID).and(PAYMENT).and(ORDER).and(FLAG).and(EVENT).and(LINE);
    let of_orders = of_orders.and(KIND).and(REVENUE).and(WHEN);
    let is_sale = name.has(FLAG) && name.is_only(FLAG.and(ORDER).and(REVENUE).and(EVENT));
    // `KZ`, `flag`: nothing shows what they flag.
    let is_bare = is_sale && !name.has(ORDER.and(REVENUE).and(EVENT));
    let lost = name.has(DOUBTFUL) && name.is_word("lost") && holds_flags(sample, index);
    if lost && name.words.iter().all(|word| word == "lost" || Name::new(word).is_only(of_orders)) {
        return Some((yes_means(Meaning::Returned), None));
    }
    let told = name.has(CONFIRMED.and(DOUBTFUL).and(PAID)) && name.is_only(of_orders);
    if !(told || is_sale) || !holds_flags(sample, index) || sample.present(index).next().is_none() {
        return None;
    }
    let sale = Some(Meaning::Sale);
    let is_last = ["current", "latest", "iscurrent", "islatest"].iter().any(|word| name.is_word(word));
    let kind = if is_bare {
        RuleKind::Flag { yes: None, no: None }
    } else if is_last || is_sale {
        RuleKind::Flag { yes: sale, no: Some(Meaning::Ignore) }
    } else if name.has(DOUBTFUL) && name.has(CONFIRMED) {
        // `fraud_confirmed`
        RuleKind::Flag { yes: None, no: sale }
    } else if name.has(CONFIRMED) && is_denied(name) {
        RuleKind::Flag { yes: Some(Meaning::Cancelled), no: sale }
    } else if name.has(CONFIRMED) {
        RuleKind::Flag { yes: sale, no: Some(Meaning::Cancelled) }
    } else if name.has(PAID) {
        RuleKind::Flag { yes: sale, no: Some(Meaning::Open) }
    } else if ACTIVE.iter().any(|word| name.is_word(word)) {
        RuleKind::Flag { yes: sale, no: None }
    } else {
        RuleKind::Flag { yes: None, no: sale }
    };
    Some((kind, None))
}

/// Whether there are amounts and none is negative.
pub(super) fn amounts_have_no_sign(sample: &Sample, columns: &Columns) -> bool {
    let amount = columns.get(&Column::TotalAmount).or_else(|| columns.get(&Column::Price));
    amount.is_some_and(|m| !sample.present(m.index).any(|v| v.contains(['-', '('])))
}

/// The rule for `+` and `-`, or 1 and -1, beside unsigned amounts.
pub(super) fn sign(sample: &Sample, columns: &Columns, index: usize) -> Option<(RuleKind, Option<Meaning>)> {
    const NAMES: &str = "sign vorzeichen signe signo segno sinal teken znak isaret tecken fortegn factor faktor facteur \
        multiplier multiplikator direction richtung";
    if !NAMES.split_whitespace().any(|word| sample.names[index].is_word(word)) {
        return None;
    }
    let (mut plus, mut minus) = (0, 0);
    for row in &sample.rows {
        match row[index].trim() {
            "+" | "1" | "+1" | "1.0" => plus += 1,
            "-" | "-1" | "-1.0" => minus += 1,
            _ => return None,
        }
    }
    (plus > 0 && minus > 0 && amounts_have_no_sign(sample, columns)).then_some((RuleKind::Sign, None))
}

/// The rule for `response_code`: bank codes, `00` for paid and others for declined, which have to be asked.
pub(super) fn codes_of_responses(sample: &Sample, index: usize) -> Option<(RuleKind, Option<Meaning>)> {
    let name = &sample.names[index];
    let is_response = ["response", "resp", "result", "antwort"].iter().any(|word| name.is_word(word));
    let is_code = ["code", "cd"].iter().any(|word| name.is_word(word));
    let is_state =
        matches!(name.normal.as_str(), "st" | "sts" | "stat" | "stts" | "st_cd" | "sts_cd" | "stat_cd");
    let words = sample.words(index, 12)?;
    let are_codes =
        words.iter().all(|word| word.len() <= 3 && word.bytes().all(|b| b.is_ascii_alphanumeric()));
    let few = words.len() > 1 && words.len() * 8 <= sample.rows.len();
    ((is_response && is_code || is_state) && few && are_codes).then_some((RuleKind::Status, None))
}

/// The rule for `trans_cd`, `dr_cr`: booking codes beside unsigned amounts.
pub(super) fn booking_codes(
    sample: &Sample,
    columns: &Columns,
    index: usize,
) -> Option<(RuleKind, Option<Meaning>)> {
    const SIDES: [&str; 18] = [
        "dr",
        "cr",
        "dc",
        "d",
        "c",
        "debit",
        "credit",
        "soll",
        "haben",
        "sh",
        "s",
        "h",
        "dare",
        "avere",
        "debe",
        "haber",
        "ind",
        "indicator",
    ];
    let name = &sample.names[index];
    let words = sample.words(index, 6)?;
    let is_letters = words.iter().all(|word| word.len() <= 3 && word.bytes().all(|b| b.is_ascii_uppercase()));
    if words.len() < 2 || !is_letters || words.len() * 4 > sample.rows.len() {
        return None;
    }
    let of_rows = name.words.split_last().is_some_and(|(last, rows)| {
        let of_rows = |word: &String| Name::new(word).is_only(ORDER.and(DOCUMENT).and(EVENT));
        matches!(last.as_str(), "cd" | "code" | "kz" | "kennzeichen")
            && !rows.is_empty()
            && rows.iter().all(of_rows)
    });
    let sides = name.words.len() > 1 && name.words.iter().all(|word| SIDES.contains(&word.as_str()));
    ((of_rows || sides) && amounts_have_no_sign(sample, columns)).then_some(CODES)
}
