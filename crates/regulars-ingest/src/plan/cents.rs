//! Whether amounts are in cents or millionths.

use std::collections::BTreeSet;

use regulars_core::columns::Column;
use regulars_core::config::Config;

use super::Decision;
use super::amounts::{AmountPlan, component};
use super::columns::Columns;
use super::sample::Sample;
use super::vocabulary::{DISCOUNT, MINOR, NET, PRICE, SUBTOTAL, TAX};
use crate::error::Result;
use crate::question::{ask, reading};

/// Detects amounts in cents: by name, or because they never have decimals and other amounts do.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) with the readings.
pub(super) fn detect(
    sample: &Sample,
    columns: &Columns,
    config: &Config,
    comma: bool,
    plan: &mut AmountPlan,
    decisions: &mut Vec<Decision>,
    shown: &str,
) -> Result<()> {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    if let Some(cents) = config.source.amounts_in_cents {
        (plan.total_in_cents, plan.price_in_cents) = (cents, cents);
        return Ok(());
    }
    // APIs of payment providers give money in the smallest unit, in nested objects or beside
    // provider-specific ids.
    let of_interface = |i: usize| {
        let whole = sample.share(i, |v| v.trim().trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()));
        let in_object = sample.names[i].normal.ends_with("money_amount");
        let stripe = (0..sample.header.len()).any(|c| {
            let is_id = |v: &str| ["cus_", "ch_", "pi_", "py_"].iter().any(|prefix| v.starts_with(prefix));
            sample.share(c, is_id).is_some_and(|share| share > 0.9)
        });
        whole == Some(1.0) && (in_object || stripe)
    };
    let named = |index: Option<usize>| index.is_some_and(|i| sample.names[i].has(MINOR) || of_interface(i));
    let in_micros = |i: &usize| ["micros", "micro", "millionths"].iter().any(|w| sample.names[*i].is_word(w));
    if let Some(index) = at(Column::TotalAmount).filter(in_micros) {
        plan.total_in_micros = true;
        let statement = format!("`{}` is in millionths", sample.header[index]);
        decisions.push(Decision::new("micros", statement, "its name"));
        return Ok(());
    }
    plan.price_in_cents = named(at(Column::Price));
    plan.total_in_cents = named(at(Column::TotalAmount));
    for (column, in_cents) in
        [(Column::TotalAmount, plan.total_in_cents), (Column::Price, plan.price_in_cents)]
    {
        if in_cents && let Some(index) = at(column) {
            decisions.push(Decision::new(
                "cents",
                format!("`{}` is in cents", sample.header[index]),
                "its name",
            ));
        }
    }
    let Some(total) = at(Column::TotalAmount).filter(|_| !plan.total_in_cents) else {
        return Ok(());
    };
    let whole = |v: &str| !v.contains(['.', ',']);
    let has_decimals = |i: usize| sample.share(i, |v| !whole(v)).unwrap_or(0.0);
    if has_decimals(total) > 0.0 || !sample.has_values(total) || sample.times[total] {
        return Ok(());
    }
    // Price times quantity proves it.
    if let (Some(price), Some(quantity)) = (at(Column::Price), at(Column::Quantity)) {
        let ratio = |times: i128| {
            let mut fits = (0, 0);
            for row in 0..sample.rows.len() {
                let amount = |i| sample.amount(row, i, comma).map(i128::from);
                let (Some(t), Some(p), Some(q)) = (amount(total), amount(price), amount(quantity)) else {
                    continue;
                };
                if t == 0 || p == 0 || q == 0 {
                    continue;
                }
                fits.1 += 1;
                fits.0 += usize::from((t * 1_000_000 - p * q * times).abs() <= t.abs() * 10_000);
            }
            fits.1 > 0 && fits.0 * 10 >= fits.1 * 9
        };
        if ratio(100) {
            plan.total_in_cents = true;
            decisions.push(Decision::new(
                "cents",
                format!("`{}` is in cents", sample.header[total]),
                "it is a hundred times price by quantity",
            ));
            return Ok(());
        }
        if ratio(1) {
            return Ok(());
        }
    }
    let money = |i: &usize| {
        let name = &sample.names[*i];
        let named = component(name).is_some() || name.has(NET.and(SUBTOTAL)) || name.has(PRICE);
        named && sample.is_numeric(*i) && !name.has(MINOR)
    };
    let with_decimals =
        (0..sample.header.len()).filter(|i| *i != total).find(|i| money(i) && has_decimals(*i) > 0.3);
    // Taxes, discounts and net amounts are computed: they are whole only in the smallest unit.
    let whole_part = |i: &usize| {
        *i != total
            && sample.names[*i].has(TAX.and(NET).and(SUBTOTAL).and(DISCOUNT))
            && money(i)
            && has_decimals(*i) == 0.0
            && sample.some(*i).collect::<BTreeSet<&str>>().len() >= 20
    };
    let is_uneven = sample.share(total, |v| !v.trim().ends_with('0')).unwrap_or(0.0) > 0.5;
    let has_smaller_unit = |code: &str| regulars_core::currency::decimals(&code.trim().to_uppercase()) > 0;
    let may_be_cents = config.source.currency.as_deref().is_none_or(has_smaller_unit)
        && at(Column::Currency).is_none_or(|i| sample.present(i).all(has_smaller_unit));
    let large =
        sample.share(total, |v| v.trim_matches(|c: char| !c.is_ascii_digit()).len() >= 3).unwrap_or(0.0);
    let name = &sample.header[total];
    let evidence = match with_decimals {
        Some(other) => Some(format!("`{}` has", sample.header[other])),
        None if is_uneven && may_be_cents => (0..sample.header.len())
            .find(whole_part)
            .map(|part| format!("and neither has `{}`", sample.header[part])),
        None => None,
    };
    if let Some(evidence) = evidence.filter(|_| large > 0.9) {
        return Err(ask(
            format!("`{name}` of `{shown}` never has decimals, {evidence}: is `{name}` in cents?"),
            vec![
                reading(format!("`{name}` is in cents"), "source.amounts_in_cents=true"),
                reading(format!("`{name}` is in whole units"), "source.amounts_in_cents=false"),
            ],
        ));
    }
    Ok(())
}
