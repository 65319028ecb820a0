//! The reading plan of a file: what its columns are, what one row is, what the amount belongs to, which rows
//! are sales, and how values are written.
//!
//! A plan is made from the beginning of a file. Its assumptions are checked on every row while rows are
//! landed, and confirmed or corrected afterwards (`settle`), so that no number depends on a sample.

use std::collections::{BTreeMap, BTreeSet};

use regulars_core::columns::Column;
use regulars_core::config::{AmountIs, Config, DiscountIs, GroupRows};
use regulars_core::money::Notation;
use regulars_core::reading::RowIs;

use crate::error::Result;
use crate::presets::{self, Preset};

mod amounts;
mod by_values;
mod cents;
mod columns;
mod converted;
mod date_notation;
mod date_sequence;
mod discounts;
mod doubtful_columns;
mod fan_out;
mod fill_down;
mod flags;
mod history;
mod identity;
mod lines;
mod meaning_words;
mod meanings;
mod names;
mod notation;
mod number_letters;
mod orders;
mod refunds;
mod role_fit;
mod sales;
mod sample;
mod totals;
mod vocabulary;
mod words;

pub(crate) use amounts::{AmountPlan, Belongs, PriceEvidence, ask_price, price_evidence};
pub(crate) use columns::{Columns, column_by_name, key_column};
pub(crate) use date_notation::{
    DatePlan, OrderEvidence, contradictory, either_order, epoch_moment, swap_day_and_month,
};
pub(crate) use date_sequence::DateSequence;
pub(crate) use discounts::reading_of as discount_reading;
pub(crate) use fill_down::{FillDown, fill_down};
pub(crate) use history::{History, OLDER, STATE, history};
pub(crate) use lines::{LineTable, lines_of, order_key};
pub(crate) use meanings::{plain, status_meaning, type_meaning};
pub(crate) use notation::{Currencies, MarkEvidence, ask_currency, mark_evidence};
pub(crate) use number_letters::letters_of;
pub(crate) use orders::references_by_name;
pub(crate) use sales::{FILLED, RuleKind, SaleRule, word_of};
pub(crate) use sample::Sample;

pub use words::normal_form;

/// A decision made from the beginning of a file, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// A stable identifier.
    pub(crate) name: &'static str,
    pub(crate) statement: String,
    pub(crate) decided_by: String,
}

impl Decision {
    pub(crate) fn new(name: &'static str, statement: impl Into<String>, by: impl Into<String>) -> Self {
        Self { name, statement: statement.into(), decided_by: by.into() }
    }
}

/// How a file is read.
#[derive(Debug, Clone)]
pub(crate) struct FilePlan {
    /// The mapped columns.
    pub columns: Columns,
    /// The preset, configured or recognised.
    pub preset: Option<&'static str>,
    /// Overall confidence: the minimum over the required columns.
    pub confidence: f64,
    /// Unused columns of the file.
    pub unused: Vec<String>,
    pub(crate) notation: Notation,
    /// The configuration sets the decimal separator.
    pub(crate) decimal_mark_is_given: bool,
    /// Some amount of the sample has only one reading.
    pub(crate) decimal_mark_is_proven: bool,
    pub(crate) dates: DatePlan,
    /// The time column, if the date column has no time of day.
    pub(crate) time: Option<usize>,
    pub(crate) amount: AmountPlan,
    pub(crate) rules: Vec<SaleRule>,
    /// Which rows form one purchase, if there is no order number.
    pub(crate) group: GroupRows,
    pub(crate) currencies: Currencies,
    /// The email address, which identifies customers without an id (guests).
    pub(crate) customer_fallback: Option<usize>,
    /// The customer name column, if some names are placeholders.
    pub(crate) customer_name: Option<usize>,
    /// The column that contains labels such as `Subtotal`.
    pub(crate) totals_label: Option<usize>,
    /// Nearly all customer ids contain a digit, so a word among them is a placeholder.
    pub(crate) customer_ids_are_codes: bool,
    /// The column of the shop or till, if each numbers its own orders.
    pub(crate) shop_of_number: Option<usize>,
    /// Rows that refer to another order are refunds of it.
    pub(crate) references_are_refunds: bool,
    /// One customer may be spelled in several ways.
    pub(crate) customers_are_loose: bool,
    /// One order number may be spelled in several ways.
    pub(crate) order_numbers_are_loose: bool,
    /// Different customers share order numbers.
    pub(crate) order_numbers_are_shared: bool,
    pub(crate) row_is: RowIs,
    pub(crate) decisions: Vec<Decision>,
}

impl FilePlan {
    /// One sentence for the user: the mapped columns.
    pub(crate) fn describe(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(column, mapped)| format!("{} = {}", column.name(), mapped.source))
            .collect();
        let preset = self.preset.map_or_else(String::new, |p| format!("preset {p}, "));
        format!("{preset}confidence {:.0}%: {}", self.confidence * 100.0, columns.join(", "))
    }

    pub(crate) fn index(&self, column: Column) -> Option<usize> {
        self.columns.get(&column).map(|m| m.index)
    }

    /// Whether a discount or refund applies to the whole order.
    pub(crate) fn takes_off_orders(&self) -> bool {
        self.amount.refunds_are_of_orders
            || self.amount.discount.is_some_and(|(_, is)| is == DiscountIs::Order)
    }

    /// Whether the order total is only on the first row.
    pub(crate) fn totals_on_first_row(&self) -> bool {
        self.amount.is == Some(AmountIs::FirstRow) || self.amount.blank_totals_continue
    }
}

/// Makes the plan of an order file. `sample` may include rows of other files with the same columns; `own` has
/// only its own rows, which determine the date format.
///
/// Errors: [`Kind::Unreadable`](crate::Kind::Unreadable) if a required column is missing or unreadable,
/// [`Kind::Ambiguous`](crate::Kind::Ambiguous) with the readings if the file is ambiguous,
/// [`Kind::Config`](crate::Kind::Config) if the configuration names a missing column.
pub(crate) fn plan(sample: &Sample, own: &Sample, config: &Config, shown: &str) -> Result<FilePlan> {
    let (all, sample, own) = (sample, &sample.without_totals(), &own.without_totals());
    let normal: Vec<String> = sample.names.iter().map(|n| n.normal.clone()).collect();
    let (preset, recognised) = match &config.source.preset {
        Some(name) => (Some(presets::preset(name)?), false),
        None => (presets::recognise(&normal), true),
    };
    let mut columns = columns::configured(sample, config, shown)?;
    let configured = columns.clone();
    if let Some(preset) = preset {
        columns::from_preset(sample, preset, recognised, &mut columns);
    }
    // A file that only resembles a platform's lacks what the platform always writes.
    let needed = [Column::CustomerId, Column::TransactionDate];
    let is_other = preset.is_some_and(|p| recognised && p.companions.is_empty() && p.parts.is_empty())
        && needed.iter().any(|column| !columns.contains_key(column));
    let preset = preset.filter(|_| !is_other);
    if is_other {
        columns = configured;
    }
    let mut unreadable = Vec::new();
    // A preset knows its columns completely, except those that a shop adds.
    if preset.is_none() {
        if sample.traits.header_missing {
            by_values::detect(sample, &mut columns);
        }
        unreadable = columns::detect(sample, &mut columns, shown)?;
        orders::adopt_order_number(sample, &mut columns);
        // `Credit for INV-1042` describes a row, not a product.
        if !config.mapping.contains_key(&Column::ProductId)
            && let (Some(order), Some(product)) =
                (columns.get(&Column::TransactionId), columns.get(&Column::ProductId))
            && doubtful_columns::rows_that_name_others(sample, order.index, product.index) > 2
        {
            columns.remove(&Column::ProductId);
        }
    } else {
        let parts = [Column::RefundedAmount, Column::Currency, Column::OriginalTransactionId];
        columns::detect_parts(sample, &mut columns, &parts);
    }
    // A lone price is the amount, unless another column may be the quantity.
    if !columns.contains_key(&Column::TotalAmount)
        && !columns.contains_key(&Column::Quantity)
        && let Some(price) = columns.remove(&Column::Price)
    {
        if let Some(pieces) = by_values::units_of_price(sample, &columns, price.index) {
            let reason = format!("`{}` is the price of one", price.source);
            columns.insert(Column::Quantity, columns::mapped(sample, pieces, 0.8, reason));
            columns.insert(Column::Price, price);
        } else {
            let is_told = config.source.amount_is.is_some() || config.mapping.contains_key(&Column::Price);
            amounts::ask_about_pieces(sample, &columns, &price, is_told, shown)?;
            columns.insert(Column::TotalAmount, price);
        }
    }
    if preset.is_none() {
        by_values::adopt_only_date(sample, &mut columns);
    }
    columns::check_needed(sample, &columns, preset, &unreadable, shown)?;
    // Beside an unreadable price, an `amount` of small integers may be a quantity.
    if let Some(price) = unreadable.iter().find(|found| found.column == Column::Price)
        && columns.get(&Column::TotalAmount).is_some_and(|total| amounts::may_be_pieces(sample, total.index))
        && !config.mapping.contains_key(&Column::TotalAmount)
    {
        return Err(notation::unreadable(sample, price.index, shown));
    }
    columns::check_twins(sample, &columns, config, shown)?;
    amounts::check_scale(sample, &columns, config, shown)?;
    let mut decisions = Vec::new();
    let at = |columns: &Columns, column: Column| columns.get(&column).map(|m| m.index);
    let amounts_of = |columns: &Columns| -> Vec<usize> {
        [Column::TotalAmount, Column::Price].into_iter().filter_map(|c| at(columns, c)).collect()
    };
    let amounts = amounts_of(&columns);
    let (decimal_comma, by) = notation::decimal_comma(sample, &amounts, &config.source, shown)?;
    if let Some(first) = amounts.first() {
        let mark = if decimal_comma { "1.234,50" } else { "1,234.50" };
        decisions.push(Decision::new(
            "decimal_mark",
            format!("`{}` uses the notation {mark}", sample.header[*first]),
            by,
        ));
    }
    let amount = preset.and_then(|p| p.amount_is);
    let mut amount_plan =
        amounts::plan(sample, &mut columns, config, preset.is_some(), decimal_comma, &mut decisions, shown)?;
    // Apps that write Shopify's columns may repeat the order's amount on each line.
    let amount = match amount {
        Some(AmountIs::FirstRow) if amounts::totals_are_repeated(sample, &columns) => Some(AmountIs::Order),
        amount => amount,
    };
    amount_plan.blank_totals_continue =
        amount_plan.is.is_none() && preset.is_some() && amount == Some(AmountIs::Order);
    amount_plan.is = amount_plan.is.or(amount);
    let converted = match preset {
        None if !config.mapping.contains_key(&Column::TotalAmount)
            && config.policy.only_currency.is_none() =>
        {
            converted::adopt(sample, &mut columns, decimal_comma)
        }
        _ => None,
    };
    let amounts = amounts_of(&columns);
    let mut currencies = notation::currencies(sample, at(&columns, Column::Currency), &amounts);
    if let Some(found) = converted {
        let statement = format!("`{}` is all in {}", sample.header[found.index], found.currency);
        decisions.push(Decision::new(
            "converted",
            statement,
            "it equals the other amount only where the currency is the same",
        ));
        currencies = Currencies::default();
        currencies.add(&found.currency, 1, 0);
    }
    let mixes = currencies.disagree() || !columns.contains_key(&Column::Currency) && currencies.mixes_signs();
    if config.source.currency.is_none() && config.policy.only_currency.is_none() && mixes {
        return Err(ask_currency(&currencies, &format!("`{shown}`")));
    }
    let currency = config.source.currency.clone().or_else(|| currencies.one());
    let whole =
        currency.as_deref().is_some_and(|code| regulars_core::currency::decimals(&code.to_uppercase()) == 0);
    if whole && config.source.amounts_in_cents != Some(true) && preset.is_none() {
        // The yen has no smaller unit.
        amount_plan.total_in_cents = false;
        amount_plan.price_in_cents = false;
        amount_plan.refund_in_cents = false;
        amount_plan.discount_in_cents = false;
        decisions.retain(|decision| decision.name != "cents");
    }
    let counted = at(&columns, Column::TotalAmount).or(at(&columns, Column::Price));
    let counted: Vec<usize> = counted.into_iter().collect();
    let decimals = notation::decimals(sample, &counted, decimal_comma, currency.as_deref(), &config.source);
    let date = columns[&Column::TransactionDate].index;
    let dates = date_notation::plan(own, date, &config.source, shown)?;
    if dates.swapped {
        decisions.push(Decision::new(
            "swapped_dates",
            format!(
                "a spreadsheet swapped day and month in `{}` where possible; they are swapped back",
                sample.header[date]
            ),
            "converted dates never have a day above 12, the others always do",
        ));
    }
    let time = date_notation::time_column(sample, &columns);
    if let Some(time) = time {
        decisions.push(Decision::new(
            "time",
            format!("`{}` is the time of day of `{}`", sample.header[time], sample.header[date]),
            "its values",
        ));
    }
    let rules = sales::rules(sample, &columns, config, preset);
    let email = sample.names.iter().position(names::is_email);
    let customer_fallback = email
        .filter(|email| at(&columns, Column::CustomerId) != Some(*email))
        .filter(|email| telling_apart(sample, *email));
    let (group, group_by) = match preset {
        Some(preset) if config.source.group_rows.is_none() => (preset.group_rows, "the preset"),
        _ => orders::grouping(
            sample,
            &columns,
            &config.source,
            time.is_some() || date_notation::has_time(sample, date),
        ),
    };
    let has_ids = columns.contains_key(&Column::TransactionId);
    if !has_ids {
        let statement = match group {
            GroupRows::CustomerAndTime => {
                "there is no order number: rows with the same customer and time are one purchase"
            }
            GroupRows::CustomerAndDay => {
                "there is no order number: rows with the same customer and day are one purchase"
            }
            GroupRows::None => "there is no order number: every row is a purchase",
        };
        decisions.push(Decision::new("orders", statement, group_by));
    }
    let rules_of = &rules;
    if preset.is_none() {
        refunds::ignore_column_repeated_by_refund_rows(
            sample,
            &mut columns,
            rules_of,
            decimal_comma,
            &mut decisions,
        );
        refunds::ask_about_chains(sample, &columns, rules_of, shown)?;
        sales::ask_about_returns(sample, &columns, rules_of, config, shown)?;
    }
    let row_is = row_is(sample, &columns, &rules);
    let used: Vec<usize> =
        columns.values().map(|m| m.index).chain(rules.iter().map(|r| r.index)).chain(time).collect();
    let unused =
        (0..sample.header.len()).filter(|i| !used.contains(i)).map(|i| sample.header[i].clone()).collect();
    let confidence = [Column::CustomerId, Column::TransactionDate, Column::TotalAmount]
        .iter()
        .filter_map(|c| columns.get(c))
        .map(|m| m.confidence)
        .fold(1.0, f64::min);
    let customer = at(&columns, Column::CustomerId);
    let customers_are_loose =
        customer.is_some_and(|customer| identity::are_written_loosely(sample, customer));
    if customers_are_loose {
        let statement = format!(
            "customers in `{}` that differ only in case or spaces are one customer",
            columns[&Column::CustomerId].source
        );
        decisions.push(Decision::new("customer_spelling", statement, "several spellings"));
    }
    let order_numbers_are_loose = orders::are_written_loosely(sample, &columns);
    if order_numbers_are_loose {
        let statement = format!(
            "numbers in `{}` that differ only in case or `#` are one order",
            columns[&Column::TransactionId].source
        );
        decisions.push(Decision::new("order_spelling", statement, "rows of one customer and day"));
    }
    let order_numbers_are_shared = at(&columns, Column::TransactionId)
        .zip(customer)
        .is_some_and(|(order, customer)| orders::are_shared(sample, order, customer));
    let references_are_refunds = preset.is_none()
        && orders::references_are_refunds(sample, &columns, &rules, config, decimal_comma, shown)?;
    let customer_name = customer.and_then(|customer| placeholder_name_column(sample, customer, &columns));
    let totals_label = (0..sample.header.len()).find(|i| {
        let label =
            |v: &str| crate::placeholders::totals_label(crate::cells::Cell::Text(v.as_bytes())).is_some();
        all.names[*i].has(vocabulary::PRODUCT.and(vocabulary::LINE)) && all.present(*i).any(label)
    });
    // A product may be called Total, too; a total row has no quantity, or is the sum of the rows above.
    let totals_label = totals_label.filter(|i| label_adds_up(all, &columns, *i, decimal_comma));
    identity::ask_about_addresses(sample, &columns, config, shown)?;
    if let Some(customer) = customer.filter(|_| preset.is_none()) {
        let order = at(&columns, Column::TransactionId);
        identity::ask_who_is_the_customer(sample, &columns, config, shown)?;
        identity::ask_about_the_largest(sample, customer, [order, customer_name], config, shown)?;
    }
    let shop_of_number = at(&columns, Column::TransactionId)
        .zip(customer)
        .and_then(|(order, customer)| orders::shop_of_number(sample, &columns, order, customer));
    if let Some(shop) = shop_of_number {
        let statement = format!("order numbers are assigned separately by each `{}`", sample.header[shop]);
        decisions.push(Decision::new("shop", statement, "different customers share numbers"));
    }
    let customer_ids_are_codes = customer.is_some_and(|c| crate::placeholders::are_codes(sample.present(c)));
    Ok(FilePlan {
        columns,
        preset: preset.map(|p: &Preset| p.name),
        confidence,
        unused,
        notation: Notation { decimal_comma, decimals },
        decimal_mark_is_given: config.source.decimal_comma.is_some(),
        decimal_mark_is_proven: by == "the amounts",
        dates,
        time,
        amount: amount_plan,
        rules,
        group,
        currencies,
        customer_fallback,
        customer_name,
        totals_label,
        customer_ids_are_codes,
        shop_of_number,
        references_are_refunds,
        customers_are_loose,
        order_numbers_are_loose,
        order_numbers_are_shared,
        row_is,
        decisions,
    })
}

const PARTS_OF_NAMES: &str = "first last vorname nachname firstname lastname surname given family prenom apellido apellidos \
    cognome imie nazwisko voornaam achternaam soyad";

/// The customer name column, if names reveal placeholder ids: a till's `Walk-in Customer`.
fn placeholder_name_column(sample: &Sample, customer: usize, columns: &Columns) -> Option<usize> {
    use vocabulary::{CATEGORY, CUSTOMER, NAME, PERSON, PLACE, PRODUCT, SHOP};
    let names = columns::free(sample, columns).filter(|i| {
        let name = &sample.names[*i];
        // `Gast` alone is also a family name.
        let is_part = PARTS_OF_NAMES.split_whitespace().any(|word| name.is_word(word));
        let elsewhere = PRODUCT.and(SHOP).and(PLACE).and(CATEGORY);
        name.has(NAME.and(CUSTOMER).and(PERSON)) && !name.has(elsewhere) && !is_part
    });
    names.into_iter().find(|i| {
        let is_placeholder = |row: &&Vec<String>| {
            row[*i].chars().any(char::is_alphabetic) && crate::placeholders::is_placeholder(&row[*i])
        };
        let placeholder_ids: BTreeSet<&str> =
            sample.rows.iter().filter(is_placeholder).map(|row| row[customer].trim()).collect();
        let others =
            |row: &&Vec<String>| placeholder_ids.contains(row[customer].trim()) && !is_placeholder(row);
        !placeholder_ids.is_empty()
            && placeholder_ids.len() <= 3
            && sample.rows.iter().filter(others).count() == 0
    })
}

/// Whether rows with a label such as `Total` have no quantity, or are the sum of the other rows of their
/// order.
fn label_adds_up(sample: &Sample, columns: &Columns, label: usize, comma: bool) -> bool {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(order), Some(amount)) = (at(Column::TransactionId), at(Column::TotalAmount)) else {
        return true;
    };
    let is_label = |row: &Vec<String>| {
        crate::placeholders::totals_label(crate::cells::Cell::Text(row[label].as_bytes())).is_some()
    };
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (at, row) in sample.rows.iter().enumerate().filter(|(_, row)| !is_label(row)) {
        *sums.entry(row[order].trim()).or_default() += sample.amount(at, amount, comma).unwrap_or(0);
    }
    let fits = |(place, row): &(usize, &Vec<String>)| {
        let blank = at(Column::Quantity).is_some_and(|quantity| row[quantity].trim().is_empty());
        let sum = sums.get(row[order].trim()).copied().unwrap_or(0);
        blank || row[order].trim().is_empty() || sample.amount(*place, amount, comma) == Some(sum)
    };
    let labels = || sample.rows.iter().enumerate().filter(|(_, row)| is_label(row));
    labels().filter(fits).count() * 2 >= labels().count()
}

/// Whether a value is a column name, as in the header of a second table below the first.
pub(crate) fn is_column_name(value: &str) -> bool {
    let roles = [Column::TransactionId, Column::CustomerId, Column::TransactionDate, Column::TotalAmount];
    let is_word = !value.bytes().any(|b| b.is_ascii_digit()) && (2..40).contains(&value.len());
    let name = is_word.then(|| words::Name::new(value));
    name.is_some_and(|name| {
        roles.iter().any(|role| names::confidence(*role, &name) >= 0.6)
            || name.has(vocabulary::REFUND.and(vocabulary::ID))
    })
}

/// Whether a column has more than one value: the shop's own address distinguishes nobody.
fn telling_apart(sample: &Sample, column: usize) -> bool {
    let mut values = sample.present(column);
    let Some(first) = values.next() else { return false };
    sample.rows.len() < 3 || values.any(|v| v != first)
}

fn row_is(sample: &Sample, columns: &Columns, rules: &[SaleRule]) -> RowIs {
    let type_meaning = rules.iter().find(|r| matches!(r.kind, RuleKind::Type { .. }));
    if let Some(rule) = type_meaning {
        let is_event = sample.names[rule.index].has(vocabulary::EVENT);
        return if is_event { RowIs::Event } else { RowIs::Document };
    }
    let repeats = columns.get(&Column::TransactionId).is_some_and(|m| {
        let mut seen = BTreeSet::new();
        !sample.present(m.index).all(|id| seen.insert(id))
    });
    if repeats || columns::has_products(sample, columns) { RowIs::OrderLine } else { RowIs::Order }
}
