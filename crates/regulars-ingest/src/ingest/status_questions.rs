//! Questions about unknown status and type words: their rows and amounts, and the possible readings.

use std::collections::BTreeMap;

use regulars_core::columns::Column;
use regulars_core::config::Meaning;
use regulars_core::money::format_minor_grouped;
use regulars_core::question::Reading;

use super::Prepared;
use crate::checks::counted_rows;
use crate::error::{Error, Result};
use crate::inspect::InputFile;
use crate::land::Outcome as PassOutcome;
use crate::plan::{FILLED, FilePlan, RuleKind, SaleRule, plain, status_meaning};
use crate::question::{ask, meanings_setting, reading};
use crate::row_checks::{RowChecks, WordCount, asks};

/// Readings for a few unknown words: which of them are sales, and whether one is a refund.
fn chosen_words(rule: &SaleRule, unknown: &[&WordCount]) -> Vec<Reading> {
    if !(2..=8).contains(&unknown.len()) {
        return Vec::new();
    }
    let count = unknown.len() as u32;
    // All combinations of up to five words; of more, there would be too many.
    let is_listed = |sales: u32| match count {
        2..=5 => sales < count,
        _ => sales <= 2 || sales == count - 1,
    };
    let setting = |of: &dyn Fn(usize) -> Meaning| {
        meanings_setting(&rule.source, unknown.iter().enumerate().map(|(at, w)| (w.word.as_str(), of(at))))
    };
    let mut choices: Vec<u32> = (1..1_u32 << count).filter(|chosen| is_listed(chosen.count_ones())).collect();
    choices.sort_by_key(|chosen| chosen.count_ones());
    let mut readings: Vec<Reading> = Vec::new();
    for chosen in choices {
        let is_sale = |at: usize| chosen >> at & 1 == 1;
        let named = |of: bool| -> Vec<String> {
            let words = unknown.iter().enumerate().filter(|(at, _)| is_sale(*at) == of);
            words.map(|(_, word)| format!("`{}`", word.word)).collect()
        };
        let (sold, others) = (named(true), named(false));
        let says = match (sold.as_slice(), others.as_slice()) {
            ([only], _) => format!("only {only} is a sale"),
            (_, [only]) => format!("all except {only} are sales"),
            _ => format!("only {} are sales", sold.join(" and ")),
        };
        let setting = setting(&|at| if is_sale(at) { Meaning::Sale } else { Meaning::Ignore });
        readings.push(reading(says, setting));
    }
    if unknown.len() <= 4 {
        readings.extend(unknown.iter().enumerate().map(|(back, word)| {
            let setting = setting(&|at| if at == back { Meaning::Returned } else { Meaning::Sale });
            reading(format!("`{}` is a refund, the others are sales", word.word), setting)
        }));
    }
    readings
}

/// Asks about unknown words that decide on sales.
pub(super) fn unknown_words(
    input: &InputFile,
    plan: &FilePlan,
    checks: &RowChecks,
    decimals: u8,
) -> Result<()> {
    if !checks.has_unknown_words(&plan.rules) {
        return Ok(());
    }
    for (rule, words) in plan.rules.iter().zip(&checks.words).filter(|(rule, _)| asks(rule)) {
        let mut unknown: Vec<_> = words.iter().filter(|w| w.meaning.is_none() && w.rows > 0).collect();
        if unknown.is_empty() {
            continue;
        }
        unknown.sort_by(|a, b| b.rows.cmp(&a.rows).then(a.word.cmp(&b.word)));
        let list: Vec<String> = unknown
            .iter()
            .take(6)
            .map(|w| {
                format!(
                    "`{}` ({}, {})",
                    w.word,
                    counted_rows(w.rows),
                    format_minor_grouped(w.amount_minor, decimals)
                )
            })
            .collect();
        if rule.kind == RuleKind::Doubtful {
            return Err(ask_doubtful(input, rule, words, &list.join(", ")));
        }
        if rule.is_filled() {
            return Err(ask_filled(input, rule, unknown[0], decimals));
        }
        let more = if unknown.len() > 6 { format!(" and {} more", unknown.len() - 6) } else { String::new() };
        let mut readings = vec![
            reading("all of these are sales", "policy.unknown_words=sale"),
            reading("none of these is a sale", "policy.unknown_words=ignore"),
        ];
        let told: Vec<_> =
            words.iter().filter(|w| w.rows > 0).map(|w| (w.word.as_str(), Meaning::Sale)).collect();
        if words.iter().any(|w| w.rows > 0 && !matches!(w.meaning, None | Some(Meaning::Sale)))
            && told.len() < 12
        {
            readings.push(reading(
                format!("`{}` does not matter: every row is a sale", rule.source),
                meanings_setting(&rule.source, told),
            ));
        }
        readings.extend(chosen_words(rule, &unknown));
        return Err(ask(
            format!(
                "`{}` of `{}` contains unknown words: {}{more}: are these sales?",
                rule.source,
                input.location.shown,
                list.join(", ")
            ),
            readings,
        ));
    }
    Ok(())
}

/// Words for invoices that are issued but unpaid.
const UNPAID: [&str; 26] = [
    "unpaid",
    "overdue",
    "awaiting payment",
    "outstanding",
    "open",
    "past due",
    "payment due",
    "due",
    "not paid",
    "offen",
    "ueberfaellig",
    "unbezahlt",
    "nicht bezahlt",
    "impayee",
    "en retard",
    "a payer",
    "non payee",
    "pendiente",
    "vencida",
    "non pagata",
    "scaduta",
    "openstaand",
    "te betalen",
    "nieoplacona",
    "acik",
    "odenmedi",
];
const INVOICE: [&str; 9] =
    ["invoice", "rechnung", "rechnungs", "facture", "factura", "fattura", "factuur", "faktura", "fatura"];

/// Asks whether unpaid invoices count as sales.
pub(super) fn unpaid_invoices(prepared: &Prepared, outcome: &PassOutcome) -> Result<()> {
    let mut is_named = false;
    let (mut unpaid, mut all): (BTreeMap<&str, (u64, i64)>, u64) = (BTreeMap::new(), 0);
    let mut asked: Option<(&InputFile, &SaleRule)> = None;
    for ((input, plan), file) in prepared.sorted.orders.iter().zip(&outcome.by_file) {
        is_named |= [Column::TransactionId, Column::TransactionDate].iter().any(|column| {
            let name = plan.columns.get(column).map(|m| &input.sample.names[m.index]);
            name.is_some_and(|name| INVOICE.iter().any(|word| name.is_word(word)))
        });
        let statuses = plan.rules.iter().zip(&file.checks.words);
        for (rule, words) in statuses.filter(|(r, _)| r.kind == RuleKind::Status && r.is_first_status) {
            // The status of the payment says what was paid.
            let is_told = !rule.is_of_payment && plan.rules.iter().any(|other| other.is_of_payment);
            if rule.strict || plan.preset.is_some() || is_told {
                continue;
            }
            all += words.iter().map(|w| w.rows).sum::<u64>();
            for word in words.iter().filter(|w| w.meaning == Some(Meaning::Open) && w.rows > 0) {
                let plain = plain(&word.word);
                if UNPAID.contains(&plain.as_str()) && !rule.own.contains_key(&plain) {
                    let of = unpaid.entry(&word.word).or_default();
                    *of = (of.0 + word.rows, of.1.saturating_add(word.amount_minor));
                    asked = asked.or(Some((input, rule)));
                }
            }
        }
    }
    let rows: u64 = unpaid.values().map(|(rows, _)| rows).sum();
    let Some((input, rule)) = asked.filter(|_| rows * if is_named { 8 } else { 4 } >= all) else {
        return Ok(());
    };
    let of = |meaning| meanings_setting(&rule.source, unpaid.keys().map(|w| (*w, meaning)));
    let list: Vec<String> = unpaid.keys().map(|w| format!("`{w}`")).collect();
    let amount = unpaid.values().map(|(_, amount)| amount).sum();
    Err(ask(
        format!(
            "{} of `{}` are not paid yet ({} in `{}`, {}): are they sales?",
            counted_rows(rows),
            input.location.shown,
            list.join(", "),
            rule.source,
            format_minor_grouped(amount, prepared.settings.decimals)
        ),
        vec![
            reading("they are sales: invoiced amounts count", of(Meaning::Sale)),
            reading("they are not sales: only paid amounts count", of(Meaning::Open)),
        ],
    ))
}

/// Asks about words of failed or returned orders in a column that may describe something else.
fn ask_doubtful(input: &InputFile, rule: &SaleRule, words: &[WordCount], list: &str) -> Error {
    let told = |of: &dyn Fn(&str) -> Meaning| {
        let words = words.iter().filter(|w| w.rows > 0).map(|w| w.word.as_str());
        meanings_setting(&rule.source, words.map(|word| (word, of(word))))
    };
    let by_wording = |word: &str| status_meaning(word).unwrap_or(Meaning::Sale);
    let lost: Vec<String> = words
        .iter()
        .filter(|w| w.rows > 0 && by_wording(&w.word) != Meaning::Sale)
        .map(|w| format!("`{}`", w.word))
        .collect();
    let is_lost = |word: &str| matches!(by_wording(word), Meaning::Returned | Meaning::Cancelled);
    let mut readings = vec![
        reading(format!("rows with {} are not sales", lost.join(", ")), told(&by_wording)),
        reading(format!("`{}` does not matter: every row is a sale", rule.source), told(&|_| Meaning::Sale)),
    ];
    if words.iter().any(|w| w.rows > 0 && by_wording(&w.word) == Meaning::Open) {
        let of = |word: &str| if is_lost(word) { by_wording(word) } else { Meaning::Sale };
        readings.insert(1, reading("only failed or returned orders are not sales", told(&of)));
    }
    let known = |word: &str| status_meaning(word).unwrap_or(Meaning::Ignore);
    if words.iter().any(|w| w.rows > 0 && status_meaning(&w.word).is_none()) {
        readings.push(reading("rows with unknown words are not sales, either", told(&known)));
    }
    ask(
        format!(
            "`{}` of `{}` contains words for failed or returned orders ({list}): does it decide what was sold?",
            rule.source, input.location.shown
        ),
        readings,
    )
}

/// Asks about a time without an amount: was the whole order refunded?
fn ask_filled(input: &InputFile, rule: &SaleRule, found: &WordCount, decimals: u8) -> Error {
    let of = |meaning| meanings_setting(&rule.source, [(FILLED, meaning)]);
    ask(
        format!(
            "`{}` of `{}` is filled in {} ({}), and no column has the amount refunded: were these orders refunded in full?",
            rule.source,
            input.location.shown,
            counted_rows(found.rows),
            format_minor_grouped(found.amount_minor, decimals)
        ),
        vec![
            reading("they were refunded in full", of(Meaning::Returned)),
            reading("they count as sold", of(Meaning::Sale)),
        ],
    )
}
