//! A random mixture: each property of the export is one value of a dimension.

mod columns;
mod needs;
mod rows;
mod several;
mod verdict;

use super::choices::{self, Ambiguity, Choices, Grain, Late, Status, Wish};
use super::currencies::CURRENCIES;
use super::documents::{self, Numbering};
use super::draw::Draw;
use super::file::{Charset, Dialect, LineEnd};
use super::languages::vocabulary;
use super::ledger::{Free, Truth, truth};
use super::sheet::{Rest, Role, Sheet, StatusWords, TypeWords};
use super::shop::{self, Shop, Who};
use super::table::Table;
use super::{Export, ExportFile};

/// Name of the dimension for the currency sign beside amounts.
pub(super) const SIGN: &str = "currency sign";

/// Draws an export with `wish` fixed.
pub(super) fn export(draw: &mut Draw, name: &'static str, seed: u64, wish: &Wish) -> Export {
    export_and_roles(draw, name, seed, wish).0
}

/// Same as [`export`], with what a reader has to find out: the choices, and the role of each column.
pub(super) fn export_and_roles(
    draw: &mut Draw,
    name: &'static str,
    seed: u64,
    wish: &Wish,
) -> (Export, Choices, Vec<Role>) {
    let choices = choices::draw(draw, wish);
    let words = vocabulary(choices.language);
    let money = needs::money(draw, &choices);
    let needs = needs::needs(draw, &choices, &money);
    let shop = shop::open(draw, &needs, words);
    let numbering = Numbering::of(draw, &choices);
    let documents = documents::documents(draw, &shop, &numbering);
    let sheet = sheet(draw, &choices, &money, &shop, needs.plain_orders, &documents);
    let made = match (choices.grain, choices.doubt) {
        (_, Ambiguity::Periods) => several::periods(draw, &choices, &sheet),
        (Grain::Tables, _) => several::tables(draw, &choices, &sheet, &documents),
        _ => {
            let columns = columns::columns(draw, &choices, &sheet);
            rows::tables(draw, &choices, &sheet, &columns, &documents)
        }
    };
    let mut truth = truth(&shop, Free::Count, |who| key(&choices, &sheet, who));
    truth.currency = money.stated_currency(&choices);
    aliases(&choices, &sheet, &mut truth);
    let verdict = verdict::verdict(&choices, &sheet, &documents, &made, &truth);
    let dialect = dialect(&choices);
    let (files, encoding) = write(&dialect, &made.tables);
    let mut labels = choices.labels();
    labels.push((SIGN, money.sign(&choices)));
    if let Some(label) = labels.iter_mut().find(|(dimension, _)| *dimension == "encoding") {
        label.1 = encoding;
    }
    let export = Export {
        name,
        layout: format!("{}; {encoding}", choices.describe()),
        seed,
        choices: labels,
        files,
        truth,
        enough: verdict.why_not.is_none(),
        why_not_enough: verdict.why_not,
        readings: verdict.readings,
    };
    (export, choices, made.roles)
}

/// What was written, and the input of the verdict.
struct Made {
    tables: Vec<Table>,
    /// The roles of the columns, if all tables have the same.
    roles: Vec<Role>,
}

/// The files and their encoding.
pub(super) fn write(dialect: &Dialect, tables: &[Table]) -> (Vec<ExportFile>, &'static str) {
    let (bytes, encoding) = dialect.bytes(tables);
    let files = tables
        .iter()
        .zip(bytes)
        .map(|(table, bytes)| ExportFile { name: format!("{}.{}", table.name, dialect.ending()), bytes })
        .collect();
    (files, encoding)
}

fn dialect(c: &Choices) -> Dialect {
    Dialect {
        delimiter: c.delimiter,
        quoting: c.quoting,
        charset: c.charset,
        legacy_encoding: vocabulary(c.language).legacy_encoding,
        line_end: c.line_end,
        preamble: c.preamble,
        footer: c.footer,
        blank_lines: c.blank_lines,
        header_again: c.header_again,
        ragged: c.ragged,
        last_line: c.last_line,
        header: c.header,
    }
}

/// The customer's key in the truth; none for unknown customers.
fn key(c: &Choices, sheet: &Sheet<'_>, who: Who) -> Option<String> {
    let person = sheet.person(who)?;
    match who {
        Who::Known(_) => Some(sheet.key(person)),
        Who::Guest(_) if c.beside.has_email() => Some(person.email.clone()),
        _ => None,
    }
}

fn aliases(c: &Choices, sheet: &Sheet<'_>, truth: &mut Truth) {
    for customer in &sheet.shop.customers {
        let key = sheet.key(customer);
        if c.beside.has_email() {
            truth.aliases.insert(customer.email.clone(), key.clone());
        }
        if c.beside.has_name() {
            truth.aliases.insert(customer.name.clone(), key);
        }
    }
}

fn sheet<'s>(
    draw: &mut Draw,
    c: &Choices,
    money: &needs::Money,
    shop: &'s Shop,
    plain: usize,
    documents: &[documents::Document<'s>],
) -> Sheet<'s> {
    let two = c.doubt == Ambiguity::Currencies || c.late == Late::Currency;
    let edited = if c.doubt == Ambiguity::Edited { rows::edit_some(draw, documents) } else { Vec::new() };
    Sheet {
        shop,
        language: c.language,
        words: vocabulary(c.language),
        currency: money.currency,
        second_currency: two.then(|| money.other(draw)),
        money: money.notation.clone(),
        late_money: (c.late == Late::Notation).then(|| (plain, needs::other_notation(&money.notation))),
        second_from: if c.late == Late::Currency { plain } else { 0 },
        cents: c.cents,
        dates: c.dates,
        customer: c.customer,
        code_prefix: draw.word(&["C-", "CUST", "K", "AC"]),
        placeholder: c.placeholder,
        statuses: statuses(draw, c),
        types: types(draw, c),
        return_sign: c.return_sign,
        refunds_negative: c.returns == choices::Returns::NegativeColumn,
        place: c.place,
        flag: c.flag,
        flag_form: c.flag_form,
        discount: c.discount,
        has_long_notes: c.line_end != LineEnd::Cr,
        rest: match c.grain {
            Grain::FirstRowTotal => *draw.pick(&[Rest::WithoutTotals, Rest::OnlyNumber, Rest::NumberAndDate]),
            _ => Rest::Repeated,
        },
        events: *draw.pick(&[
            ["view", "cart", "purchase"],
            ["page_view", "add_to_cart", "purchase"],
            ["Product Viewed", "Product Added", "Order Completed"],
        ]),
        new_or_returning: c.doubt == Ambiguity::NewReturning,
        damaged_numbers: c.doubt == Ambiguity::OrderIds,
        damaged_customers: c.doubt == Ambiguity::CustomerIds,
        edited,
    }
}

fn statuses(draw: &mut Draw, c: &Choices) -> StatusWords {
    if c.doubt == Ambiguity::Codes {
        let mut codes = ["10", "20", "30", "85", "90"];
        if draw.chance(50) {
            codes = ["A1", "B2", "K7", "T1", "Z9"];
        }
        draw.shuffle(&mut codes);
        return StatusWords {
            bought: vec![codes[0], codes[1]],
            pending: codes[2],
            cancelled: codes[3],
            refunded: codes[4],
            partly_refunded: codes[4],
            failed: codes[3],
        };
    }
    let (Status::Words, Some(all)) = (c.status, &vocabulary(c.language).statuses) else {
        return StatusWords {
            bought: vec!["Complete", "Processing"],
            pending: "Pending",
            cancelled: "Canceled",
            refunded: "Closed",
            partly_refunded: "Complete",
            failed: "Canceled",
        };
    };
    let mut bought = vec![draw.word(all.bought)];
    if c.late != Late::Status {
        bought.push(draw.word(all.bought));
    }
    StatusWords {
        bought,
        pending: draw.word(all.pending),
        cancelled: draw.word(all.cancelled),
        refunded: draw.word(all.refunded),
        partly_refunded: draw.word(all.partly_refunded),
        failed: draw.word(all.failed),
    }
}

fn types(draw: &mut Draw, c: &Choices) -> TypeWords {
    match (&vocabulary(c.language).documents, c.returns) {
        (Some(words), choices::Returns::Documents) => {
            let sale = draw.below(words.invoice.len());
            TypeWords {
                sale: words.invoice[sale],
                // `Sales invoice` goes with `Sales credit note`.
                back: words.credit_note.get(sale).copied().unwrap_or(words.credit_note[0]),
                quote: words.quote[0],
                exchange: words.invoice[sale],
            }
        }
        _ => *draw.pick(&[
            TypeWords { sale: "Sale", back: "Refund", quote: "Quote", exchange: "Exchange" },
            TypeWords { sale: "Sale", back: "Return", quote: "Quote", exchange: "Exchange" },
            TypeWords { sale: "SALE", back: "REFUND", quote: "QUOTE", exchange: "EXCHANGE" },
            TypeWords { sale: "purchase", back: "return", quote: "quote", exchange: "exchange" },
        ]),
    }
}

/// All currency signs that can appear beside amounts.
pub(super) fn signs() -> Vec<&'static str> {
    let mut signs: Vec<&str> = CURRENCIES.iter().map(|currency| currency.sign).collect();
    signs.extend(["ISO code", "none"]);
    signs
}

/// All encodings that files can have.
pub(super) fn encodings() -> Vec<&'static str> {
    let mut names = vec!["UTF-8", "UTF-8 with BOM", "UTF-16LE", "UTF-16BE"];
    names.extend(["windows-1250", "windows-1251", "windows-1252", "windows-1254", "Shift_JIS", "GBK"]);
    debug_assert!(Charset::Legacy as usize == 4);
    names
}
