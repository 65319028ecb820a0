//! Exports of platforms and public data sets, based on the pages that document their columns.
//!
//! A platform format defines what happens in its shops, the columns of its export, and its notation. It has
//! all columns about orders, and some others; real exports have more of the latter. If a page does not
//! document column order or date format, common samples were followed.

mod accounting;
mod data_sets;
mod magento;
mod marketplaces;
mod payments;
mod point_of_sale;
mod shopify;
mod shopify_tables;
mod woocommerce;

use super::choices::Placeholder;
use super::choices::{
    Cents, CustomerKey, Discount, Flag, FlagForm, Grain, NumberStyle, ReturnSign, RowOrder, StateColumn,
};
use super::currencies::{Currency, with_code};
use super::dates::DateForm;
use super::documents::{self, Document, Numbering};
use super::draw::Draw;
use super::file::Dialect;
use super::languages::{Language, vocabulary};
use super::notation::Notation;
use super::sheet::{RepeatedValues, Role, Sheet, StatusWords, TypeWords, row_contexts};
use super::shop::{self, Buyer, Shop, ShopSpec};
use super::table::{Row, Table};
use super::truth::{Truth, ZeroTotals, truth};
use super::{Export, Readings};

pub(super) use accounting::{QUICKBOOKS, XERO};
pub(super) use data_sets::{
    CDNOW, OLIST, OLIST_JOINED, ONLINE_RETAIL, ONLINE_RETAIL_II, SUPERSTORE, TA_FENG,
};
pub(super) use magento::{MAGENTO_ITEMS, MAGENTO_ORDERS, PRESTASHOP};
pub(super) use marketplaces::{AMAZON_ALL_ORDERS, AMAZON_ORDER_REPORT, EBAY, ETSY_ITEMS, ETSY_ORDERS};
pub(super) use payments::{PAYPAL, STRIPE};
pub(super) use point_of_sale::{LIGHTSPEED, SQUARE};
pub(super) use shopify::{SHOPIFY_LINES, SHOPIFY_ORDERS};
pub(super) use shopify_tables::{SHOPIFY_AIRBYTE, SHOPIFY_FIVETRAN};
pub(super) use woocommerce::{WOOCOMMERCE_ANALYTICS, WOOCOMMERCE_LINES, WOOCOMMERCE_ORDERS};

/// A column: its header and role.
type Columns = &'static [(&'static str, Role)];

/// How a platform writes its orders.
#[derive(Debug, Clone)]
pub(super) struct PlatformFormat {
    /// Name of the file, without an extension.
    file: &'static str,
    columns: Columns,
    grain: Grain,
    row_order: RowOrder,
    /// ISO codes of the possible currencies.
    currencies: &'static [&'static str],
    /// Whether the file names the currency.
    tells_currency: bool,
    dates: DateForm,
    customer: CustomerKey,
    code_prefix: &'static str,
    placeholder: Placeholder,
    /// Guests are identified by their email address.
    guests_by_email: bool,
    numbering: Numbering,
    statuses: StatusList,
    types: TypeWords,
    return_sign: ReturnSign,
    refunds_negative: bool,
    flag: Flag,
    flag_form: FlagForm,
    repeated: RepeatedValues,
    dialect: Dialect,
    free: ZeroTotals,
    /// Events in the shop besides plain orders.
    spec: fn(&mut Draw, &mut ShopSpec),
    /// The platform's notation of amounts, if not plain.
    money: fn(&mut Notation),
    /// Post-processes the rows, if there is a single table.
    finish: fn(&[Document<'_>], &mut Table),
    /// Writes the tables, if there are several.
    tables: Option<Tables>,
}

/// Writes several tables.
type Tables = fn(&mut Draw, &Sheet<'_>, &[Document<'_>]) -> Vec<Table>;

/// Status words, in order: bought, pending, cancelled, refunded, partly refunded, failed.
pub(super) type StatusList = (&'static [&'static str], [&'static str; 5]);

impl PlatformFormat {
    /// An English shop whose rows are orders.
    const fn new(file: &'static str, columns: Columns) -> Self {
        Self {
            file,
            columns,
            grain: Grain::Order,
            row_order: RowOrder::Newest,
            currencies: &["EUR", "USD", "GBP"],
            tells_currency: false,
            dates: DateForm::IsoTime,
            customer: CustomerKey::Email,
            code_prefix: "",
            placeholder: Placeholder::NoRows,
            guests_by_email: false,
            numbering: Numbering::plain(NumberStyle::Sequence, 1001),
            statuses: (&["Completed"], ["Pending", "Cancelled", "Refunded", "Partially refunded", "Failed"]),
            types: TypeWords { sale: "Sale", back: "Refund", quote: "Quote", exchange: "Exchange" },
            return_sign: ReturnSign::Negative,
            refunds_negative: false,
            flag: Flag::Absent,
            flag_form: FlagForm::Bool,
            repeated: RepeatedValues::Repeated,
            dialect: Dialect::PLAIN,
            free: ZeroTotals::Count,
            spec: |_, _| {},
            money: |_| {},
            finish: |_, _| {},
            tables: None,
        }
    }
}

#[cfg(test)]
impl PlatformFormat {
    /// What a reader has to know about a single-table format: columns, grain and status words.
    pub(super) fn expected_reading(&self) -> Option<(Vec<Role>, Grain, &Dialect, &StatusList)> {
        let roles = self.columns.iter().map(|(_, role)| *role).collect();
        self.tables.is_none().then_some((roles, self.grain, &self.dialect, &self.statuses))
    }

    /// Whether zero rows are excluded.
    pub(super) fn excludes_zero_totals(&self) -> bool {
        self.free == ZeroTotals::Excluded
    }
}

/// Draws an export of a platform.
pub(super) fn export(
    draw: &mut Draw,
    name: &'static str,
    title: &str,
    seed: u64,
    plan: &PlatformFormat,
) -> Export {
    let all: Vec<&'static Currency> = with_code(draw.word(plan.currencies));
    let mut spec = ShopSpec::plain(all[0]);
    spec.size(draw);
    spec.max_lines = 5;
    spec.max_quantity = 6;
    (plan.spec)(draw, &mut spec);
    let shop = shop::open(draw, &spec, vocabulary(Language::English));
    let documents = documents::documents(draw, &shop, &plan.numbering);
    let sheet = sheet(plan, &shop, spec.decimals);
    let tables = match plan.tables {
        Some(tables) => tables(draw, &sheet, &documents),
        None => {
            let mut table = table(draw, plan, &sheet, &documents);
            (plan.finish)(&documents, &mut table);
            vec![table]
        }
    };
    let mut truth = truth(&shop, plan.free, |buyer| match buyer {
        Buyer::Known(_) => sheet.person(buyer).map(|person| sheet.key(person)),
        Buyer::Guest(_) if plan.guests_by_email => sheet.person(buyer).map(|person| person.email.clone()),
        _ => None,
    });
    if plan.tells_currency {
        truth.currency = Some(shop.currency.code.to_owned());
    }
    aliases(plan, &sheet, &mut truth);
    let (files, _) = super::mixture::write(&plan.dialect, &tables);
    Export {
        name,
        layout: title.to_owned(),
        seed,
        choices: Vec::new(),
        files,
        truth,
        is_unambiguous: true,
        ambiguity: None,
        readings: Readings::Unambiguous,
    }
}

fn aliases(plan: &PlatformFormat, sheet: &Sheet<'_>, truth: &mut Truth) {
    for customer in &sheet.shop.customers {
        let key = sheet.key(customer);
        for (_, role) in plan.columns {
            let other = match role {
                Role::Email => customer.email.clone(),
                Role::CustomerName => customer.name.clone(),
                _ => continue,
            };
            if other != key {
                truth.aliases.insert(other, key.clone());
            }
        }
    }
}

fn sheet<'s>(plan: &PlatformFormat, shop: &'s Shop, decimals: u8) -> Sheet<'s> {
    let mut money = Notation::plain(decimals);
    (plan.money)(&mut money);
    let (bought, [pending, cancelled, refunded, partly_refunded, failed]) = plan.statuses;
    Sheet {
        shop,
        language: Language::English,
        words: vocabulary(Language::English),
        currency: shop.currency,
        second_currency: None,
        money,
        late_money: None,
        second_from: 0,
        cents: Cents::Absent,
        dates: plan.dates,
        customer: plan.customer,
        code_prefix: plan.code_prefix,
        placeholder: plan.placeholder,
        statuses: StatusWords {
            bought: bought.to_vec(),
            pending,
            cancelled,
            refunded,
            partly_refunded,
            failed,
        },
        types: plan.types,
        return_sign: plan.return_sign,
        refunds_negative: plan.refunds_negative,
        place: StateColumn::ShipState,
        flag: plan.flag,
        flag_form: plan.flag_form,
        discount: Discount::Amount,
        repeated: plan.repeated,
        has_long_notes: true,
        events: ["view", "cart", "purchase"],
        new_or_returning: false,
        damaged_numbers: false,
        damaged_customers: false,
        edited: Vec::new(),
    }
}

/// One table with the format's columns.
fn table(draw: &mut Draw, plan: &PlatformFormat, sheet: &Sheet<'_>, documents: &[Document<'_>]) -> Table {
    let mut rows = rows(draw, plan.grain, plan.columns, sheet, documents);
    if plan.row_order == RowOrder::Newest {
        rows.sort_by_key(|row| std::cmp::Reverse(row.document));
    }
    Table {
        name: plan.file.to_owned(),
        header: plan.columns.iter().map(|(header, _)| (*header).to_owned()).collect(),
        rows,
    }
}

fn rows(
    draw: &mut Draw,
    grain: Grain,
    columns: Columns,
    sheet: &Sheet<'_>,
    documents: &[Document<'_>],
) -> Vec<Row> {
    let mut rows = Vec::new();
    for document in documents {
        for context in row_contexts(draw, grain, document, rows.len()) {
            rows.push(Row {
                cells: columns.iter().map(|(_, role)| sheet.cell(*role, &context)).collect(),
                at: Some(context.at),
                document: document.place,
                amount: 0,
            });
        }
    }
    rows
}

/// A table with other columns than the format's, oldest row first.
fn table_of(
    draw: &mut Draw,
    name: &str,
    grain: Grain,
    columns: Columns,
    sheet: &Sheet<'_>,
    documents: &[Document<'_>],
) -> Table {
    Table {
        name: name.to_owned(),
        header: columns.iter().map(|(header, _)| (*header).to_owned()).collect(),
        rows: rows(draw, grain, columns, sheet, documents),
    }
}
