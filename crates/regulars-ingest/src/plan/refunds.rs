//! Refunds by returned quantity, and rows that record the same sale or refund twice.

use std::collections::{BTreeMap, HashMap};

use regulars_core::columns::Column;
use regulars_core::config::Meaning;
use regulars_core::money::format_count;

use super::Decision;
use super::amounts::{AmountPlan, Belongs};
use super::columns::{Columns, free, mapped};
use super::meanings::plain;
use super::sales::{RuleKind, SaleRule};
use super::sample::Sample;
use super::vocabulary::{AMOUNT, CANCEL, ORDER, QUANTITY, RATE, REFUND, TOTAL};
use crate::cells::Cell;
use crate::error::Result;
use crate::question::{ask, meanings_setting, reading};

/// Ignores the refund column if every refund also has its own row.
pub(super) fn ignore_column_repeated_by_refund_rows(
    sample: &Sample,
    columns: &mut Columns,
    rules: &[SaleRule],
    comma: bool,
    decisions: &mut Vec<Decision>,
) {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(order), Some(refunded), Some(total)) =
        (at(Column::TransactionId), at(Column::RefundedAmount), at(Column::TotalAmount))
    else {
        return;
    };
    let is_return = |row: usize| {
        let amount = sample.amount(row, total, comma).unwrap_or(0);
        let by_type = rules.iter().any(|rule| {
            let cell = Cell::Text(sample.rows[row][rule.index].as_bytes());
            matches!(rule.kind, RuleKind::Type { .. }) && rule.meaning(cell) == Some(Meaning::Returned)
        });
        amount < 0 || by_type
    };
    let mut by_column: BTreeMap<&str, i64> = BTreeMap::new();
    let mut by_row: BTreeMap<&str, i64> = BTreeMap::new();
    for (row, cells) in sample.rows.iter().enumerate() {
        let number = cells[order].trim();
        if is_return(row) {
            *by_row.entry(number).or_default() += sample.amount(row, total, comma).unwrap_or(0).abs();
        } else if let Some(back) = sample.amount(row, refunded, comma).filter(|back| *back != 0) {
            by_column.insert(number, back.abs());
        }
    }
    let told = by_row.iter().filter(|(number, _)| by_column.contains_key(*number)).count();
    let same = by_row.iter().filter(|(number, back)| by_column.get(*number) == Some(back)).count();
    if same >= 2 && same * 5 >= told * 4 && told * 2 >= by_row.len() {
        columns.remove(&Column::RefundedAmount);
        decisions.push(Decision::new(
            "listed_twice",
            format!("`{}` is not deducted: each refund has its own row", sample.header[refunded]),
            "amounts of refunds by order",
        ));
    }
}

/// Detects that a refund column belongs to the order, repeated on its lines or only on the first, while
/// amounts are per line.
pub(super) fn find_order_level_refunds(
    sample: &Sample,
    columns: &Columns,
    comma: bool,
    plan: &mut AmountPlan,
    decisions: &mut Vec<Decision>,
) {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(order), Some(refunded)) = (at(Column::TransactionId), at(Column::RefundedAmount)) else {
        return;
    };
    let total = at(Column::TotalAmount);
    if total.is_some() && plan.belongs != Belongs::ToLine {
        return;
    }
    let is_beyond = |row: usize| {
        let amount = |index| sample.amount(row, index, comma).map(|v| i128::from(v).abs());
        let line = match (total, at(Column::Price), at(Column::Quantity)) {
            (Some(total), ..) => amount(total).map(|v| v * 1_000_000),
            (None, Some(price), Some(pieces)) => amount(price).zip(amount(pieces)).map(|(p, n)| p * n),
            _ => None,
        };
        line.zip(amount(refunded)).is_some_and(|(line, back)| back * 1_000_000 > line)
    };
    let is_beyond = (0..sample.rows.len()).any(is_beyond);
    if is_beyond && sample.is_of_order(order, refunded, comma) {
        plan.refunds_are_of_orders = true;
        let name = &sample.header[refunded];
        decisions.push(Decision::new(
            "refunds_of_orders",
            format!("`{name}` is the refund of the whole order; it is deducted once"),
            "it is more than the line's amount, and the same on all lines or on the first alone",
        ));
    }
}

/// Finds the cancelled part of an amount beside the refunded part: `total_canceled` and `total_refunded`.
pub(super) fn find_cancelled_amount(
    sample: &Sample,
    columns: &Columns,
    comma: bool,
    plan: &mut AmountPlan,
    decisions: &mut Vec<Decision>,
) {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(refunded), Some(total)) = (at(Column::RefundedAmount), at(Column::TotalAmount)) else { return };
    let amount = |row: usize, index: usize| sample.amount(row, index, comma).unwrap_or(0).abs();
    let fits = |index: &usize| {
        let name = &sample.names[*index];
        let is_within = |row: usize| amount(row, *index) + amount(row, refunded) <= amount(row, total);
        name.has(CANCEL)
            && name.has(AMOUNT.and(TOTAL))
            && name.is_only(CANCEL.and(AMOUNT).and(TOTAL).and(ORDER))
            && sample.is_numeric(*index)
            && (0..sample.rows.len()).all(is_within)
            && (0..sample.rows.len()).any(|row| amount(row, *index) > 0)
    };
    plan.cancelled_amount = free(sample, columns).find(fits);
    if let Some(index) = plan.cancelled_amount {
        let (name, beside) = (&sample.header[index], &sample.header[refunded]);
        decisions.push(Decision::new(
            "cancelled_amount",
            format!("`{name}` is deducted as well as `{beside}`: together they never exceed the amount"),
            "its name and values",
        ));
    }
}

/// The quantity sold, if the quantity column is net of returns.
fn quantity_before_returns(
    sample: &Sample,
    columns: &Columns,
    net: usize,
    back: usize,
    comma: bool,
) -> Option<usize> {
    let pieces = |row: usize, index: usize| sample.amount(row, index, comma);
    let adds_up = |ordered: &usize| {
        let is_sum = |row: usize| {
            let parts = pieces(row, net).zip(pieces(row, back).or(Some(0)));
            pieces(row, *ordered).zip(parts).is_some_and(|(all, (net, back))| all == net + back)
        };
        *ordered != back && (0..sample.rows.len()).all(is_sum)
    };
    (0..sample.rows.len()).any(|row| pieces(row, back).is_some_and(|n| n > 0)).then_some(())?;
    free(sample, columns).find(adds_up)
}

/// Finds the returned quantity of a line, if no column has the refunded amount.
pub(super) fn returned_quantity(
    sample: &Sample,
    columns: &mut Columns,
    comma: bool,
    plan: &mut AmountPlan,
    decisions: &mut Vec<Decision>,
) {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let Some(mut quantity) = at(Column::Quantity).filter(|_| at(Column::RefundedAmount).is_none()) else {
        return;
    };
    let holds_pieces = |i: &usize| {
        let pieces = |v: &str| v.trim().parse::<f64>().is_ok_and(|n| (0.0..=100_000.0).contains(&n));
        let name = &sample.names[*i];
        // Beside a quantity, `returned` is a quantity, too.
        let is_named = name.has(QUANTITY) || name.is_only(REFUND);
        is_named && !name.has(RATE) && sample.share(*i, pieces) == Some(1.0)
    };
    let pieces: Vec<usize> = free(sample, columns).filter(holds_pieces).collect();
    // A refunded quantity was also returned, and counts once.
    let back = ["refunded", "refund"]
        .iter()
        .find_map(|word| pieces.iter().find(|i| sample.names[**i].is_word(word)))
        .or_else(|| pieces.iter().find(|i| sample.names[**i].has(REFUND)));
    if let Some(ordered) =
        back.and_then(|back| quantity_before_returns(sample, columns, quantity, *back, comma))
    {
        columns.insert(
            Column::Quantity,
            mapped(sample, ordered, 0.8, "it is the net quantity plus the units returned"),
        );
        quantity = ordered;
    }
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let cancelled = pieces.iter().find(|i| sample.names[**i].has(CANCEL) && Some(*i) != back);
    let of_line = match (at(Column::TotalAmount), at(Column::Price)) {
        (None, _) => true,
        (Some(_), _) if plan.belongs == Belongs::ToLine => true,
        (Some(total), Some(price)) => {
            let fits = |row: &usize| sample.is_product(*row, [total, price, quantity], comma) == Some(true);
            (0..sample.rows.len()).filter(fits).count() * 10 >= sample.rows.len() * 7
        }
        _ => false,
    };
    for index in back.into_iter().chain(cancelled).filter(|_| of_line) {
        plan.returned_quantity.push(*index);
        let source = &sample.header[*index];
        decisions.push(Decision::new(
            "returned_quantity",
            format!(
                "`{source}` is the number of units of a line that were returned; their share of its amount is deducted"
            ),
            "its name and values",
        ));
    }
}

const ORDERS: [&str; 14] = [
    "order",
    "sales order",
    "bestellung",
    "auftrag",
    "auftragsbestaetigung",
    "commande",
    "pedido",
    "ordine",
    "bestelling",
    "zamowienie",
    "siparis",
    "encomenda",
    "bon de commande",
    "kundenauftrag",
];
const INVOICES: [&str; 14] = [
    "invoice",
    "sales invoice",
    "tax invoice",
    "rechnung",
    "ausgangsrechnung",
    "facture",
    "factura",
    "fattura",
    "factuur",
    "faktura",
    "fatura",
    "faktura vat",
    "receipt",
    "sales receipt",
];

/// Asks if a file contains both orders and their invoices, which are the same sale.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) with the readings.
pub(super) fn ask_about_chains(
    sample: &Sample,
    columns: &Columns,
    rules: &[SaleRule],
    shown: &str,
) -> Result<()> {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let (Some(customer), Some(total)) = (at(Column::CustomerId), at(Column::TotalAmount)) else {
        return Ok(());
    };
    for rule in rules.iter().filter(|r| matches!(r.kind, RuleKind::Type { .. }) && r.own.is_empty()) {
        let word_of = |kinds: &[&str]| {
            let words = sample.words(rule.index, 60)?;
            words.into_iter().find(|word| kinds.contains(&plain(word).as_str()))
        };
        let (Some(of_orders), Some(of_invoices)) = (word_of(&ORDERS), word_of(&INVOICES)) else {
            continue;
        };
        let mut sales: HashMap<(&str, &str), usize> = HashMap::new();
        for row in sample.rows.iter().filter(|row| row[rule.index].trim() == of_orders) {
            *sales.entry((row[customer].trim(), row[total].trim())).or_default() += 1;
        }
        let (mut invoices, mut same) = (0, 0);
        for row in sample.rows.iter().filter(|row| row[rule.index].trim() == of_invoices) {
            invoices += 1;
            if let Some(left) = sales.get_mut(&(row[customer].trim(), row[total].trim())).filter(|n| **n > 0)
            {
                *left -= 1;
                same += 1;
            }
        }
        let orders = sample.rows.iter().filter(|row| row[rule.index].trim() == of_orders).count();
        if same < 3 || same * 2 < invoices.min(orders) {
            continue;
        }
        let of =
            |order, invoice| meanings_setting(&rule.source, [(of_orders, order), (of_invoices, invoice)]);
        return Err(ask(
            format!(
                "`{shown}` has `{of_orders}` and `{of_invoices}` with the same customer and amount {} times: which of them are the sales?",
                format_count(same as u64)
            ),
            vec![
                reading(format!("each `{of_invoices}` is a sale"), of(Meaning::Ignore, Meaning::Sale)),
                reading(format!("each `{of_orders}` is a sale"), of(Meaning::Sale, Meaning::Ignore)),
                reading("both are separate sales", of(Meaning::Sale, Meaning::Sale)),
            ],
        ));
    }
    Ok(())
}
