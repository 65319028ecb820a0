//! A random mixture: each property of the export is one value of a dimension.

mod columns;
mod multi_table;
mod readability;
mod rows;
mod spec;

use super::choices::{self, Ambiguity, Choices, Constraints, Grain, LateChange, Status};
use super::currencies::CURRENCIES;
use super::documents::{self, Numbering};
use super::draw::Draw;
use super::file::{Charset, Dialect, LineEnd};
use super::languages::vocabulary;
use super::sheet::{RepeatedValues, Role, Sheet, StatusWords, TypeWords};
use super::shop::{self, Buyer, Shop};
use super::table::Table;
use super::truth::{Truth, ZeroTotals, truth};
use super::{Export, ExportFile};

/// Name of the dimension for the currency sign beside amounts.
pub(super) const SIGN: &str = "currency sign";

/// Draws an export with `constraints` fixed.
pub(super) fn export(draw: &mut Draw, name: &'static str, seed: u64, constraints: &Constraints) -> Export {
    export_and_roles(draw, name, seed, constraints).0
}

/// Same as [`export`], with what a reader has to find out: the choices, and the role of each column.
pub(super) fn export_and_roles(
    draw: &mut Draw,
    name: &'static str,
    seed: u64,
    constraints: &Constraints,
) -> (Export, Choices, Vec<Role>) {
    let choices = choices::draw(draw, constraints);
    let words = vocabulary(choices.language);
    let money = spec::money(draw, &choices);
    let spec = spec::spec(draw, &choices, &money);
    let shop = shop::open(draw, &spec, words);
    let numbering = Numbering::of(draw, &choices);
    let documents = documents::documents(draw, &shop, &numbering);
    let sheet = sheet(draw, &choices, &money, &shop, spec.plain_orders, &documents);
    let tables_written = match (choices.grain, choices.ambiguity) {
        (_, Ambiguity::Periods) => multi_table::periods(draw, &choices, &sheet),
        (Grain::Tables, _) => multi_table::tables(draw, &choices, &sheet, &documents),
        _ => {
            let columns = columns::columns(draw, &choices, &sheet);
            rows::tables(draw, &choices, &sheet, &columns, &documents)
        }
    };
    let mut truth = truth(&shop, ZeroTotals::Count, |buyer| key(&choices, &sheet, buyer));
    truth.currency = money.stated_currency(&choices);
    aliases(&choices, &sheet, &mut truth);
    let readability = readability::readability(&choices, &sheet, &documents, &tables_written, &truth);
    let dialect = dialect(&choices);
    let (files, encoding) = write(&dialect, &tables_written.tables);
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
        is_unambiguous: readability.ambiguity.is_none(),
        ambiguity: readability.ambiguity,
        readings: readability.readings,
    };
    (export, choices, tables_written.roles)
}

/// The tables of a mixture, and the roles of their columns.
struct WrittenTables {
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
fn key(c: &Choices, sheet: &Sheet<'_>, buyer: Buyer) -> Option<String> {
    let person = sheet.person(buyer)?;
    match buyer {
        Buyer::Known(_) => Some(sheet.key(person)),
        Buyer::Guest(_) if c.customer_extras.has_email() => Some(person.email.clone()),
        _ => None,
    }
}

fn aliases(c: &Choices, sheet: &Sheet<'_>, truth: &mut Truth) {
    for customer in &sheet.shop.customers {
        let key = sheet.key(customer);
        if c.customer_extras.has_email() {
            truth.aliases.insert(customer.email.clone(), key.clone());
        }
        if c.customer_extras.has_name() {
            truth.aliases.insert(customer.name.clone(), key);
        }
    }
}

fn sheet<'s>(
    draw: &mut Draw,
    c: &Choices,
    money: &spec::Money,
    shop: &'s Shop,
    plain: usize,
    documents: &[documents::Document<'s>],
) -> Sheet<'s> {
    let two = c.ambiguity == Ambiguity::Currencies || c.late == LateChange::Currency;
    let edited = if c.ambiguity == Ambiguity::Edited { rows::edit_some(draw, documents) } else { Vec::new() };
    Sheet {
        shop,
        language: c.language,
        words: vocabulary(c.language),
        currency: money.currency,
        second_currency: two.then(|| money.other(draw)),
        money: money.notation.clone(),
        late_money: (c.late == LateChange::Notation).then(|| (plain, spec::other_notation(&money.notation))),
        second_from: if c.late == LateChange::Currency { plain } else { 0 },
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
        repeated: match c.grain {
            Grain::FirstRowTotal => *draw.pick(&[
                RepeatedValues::WithoutTotals,
                RepeatedValues::OnlyNumber,
                RepeatedValues::NumberAndDate,
            ]),
            _ => RepeatedValues::Repeated,
        },
        events: *draw.pick(&[
            ["view", "cart", "purchase"],
            ["page_view", "add_to_cart", "purchase"],
            ["Product Viewed", "Product Added", "Order Completed"],
        ]),
        new_or_returning: c.ambiguity == Ambiguity::NewReturning,
        damaged_numbers: c.ambiguity == Ambiguity::OrderIds,
        damaged_customers: c.ambiguity == Ambiguity::CustomerIds,
        edited,
    }
}

fn statuses(draw: &mut Draw, c: &Choices) -> StatusWords {
    if c.ambiguity == Ambiguity::Codes {
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
    if c.late != LateChange::Status {
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
