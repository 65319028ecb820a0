//! How a discount column applies, if the amount is price times quantity.

use regulars_core::columns::Column;
use regulars_core::config::{Config, DiscountIs};
use regulars_core::question::Reading;

use super::Decision;
use super::amounts::{AmountPlan, Component, component};
use super::columns::{Columns, free};
use super::sample::Sample;
use super::vocabulary::{AMOUNT, GROSS, NET, ORDER, RATE, SHIPPING, SUBTOTAL, TAX};
use crate::error::{Error, Result};
use crate::question::{ask, quoted, reading};

/// Whether some values can only be fractions of 1, and others cannot.
fn is_mixed(values: &[i64]) -> bool {
    let shares = values.iter().filter(|v| **v < 1_000_000).count();
    let others = values.iter().filter(|v| **v > 1_000_000).count();
    shares * 20 >= values.len() && others * 20 >= values.len() && shares > 1 && others > 1
}

/// The reading for this kind of discount.
pub(crate) fn reading_of(name: &str, is: DiscountIs) -> Reading {
    reading(format!("`{name}` is {}", is.meaning()), format!("source.discount_is={}", is.name()))
}

fn ask_whether_taken(doubt: &str, paid: &str, name: &str) -> Error {
    let readings = [
        ("is an amount that is not deducted yet", "amount"),
        ("is a rate from 0 to 1 that is not deducted yet", "rate"),
        ("is a percentage that is not deducted yet", "percent"),
    ];
    let mut readings: Vec<_> = readings
        .iter()
        .map(|(what, setting)| reading(format!("`{name}` {what}"), format!("source.discount_is={setting}")))
        .collect();
    readings.push(reading(format!("`{paid}` is what was paid"), "source.discount_is=ignore"));
    ask(format!("{doubt}: is the discount already deducted?"), readings)
}

/// Determines how a discount column applies, if the amount is price times quantity.
pub(super) fn discount(
    sample: &Sample,
    columns: &Columns,
    config: &Config,
    comma: bool,
    plan: &mut AmountPlan,
    decisions: &mut Vec<Decision>,
    shown: &str,
) -> Result<()> {
    let at = |column: Column| columns.get(&column).map(|m| m.index);
    let Some(index) = at(Column::Discount) else { return Ok(()) };
    let name = sample.header[index].clone();
    if let Some(is) = config.source.discount_is {
        plan.discount = (is != DiscountIs::Ignore).then_some((index, is));
        return Ok(());
    }
    let (price, quantity) = (at(Column::Price), at(Column::Quantity));
    let value = |row: usize| {
        let text = sample.rows[row][index].trim().trim_end_matches('%');
        regulars_core::money::parse_minor(
            text.as_bytes(),
            regulars_core::money::Notation { decimal_comma: comma, decimals: 6 },
        )
        .ok()
        .map(i64::abs)
    };
    let values: Vec<i64> = (0..sample.rows.len()).filter_map(value).filter(|v| *v != 0).collect();
    let percent_sign = sample.share(index, |v| v.trim().ends_with('%')).unwrap_or(0.0) > 0.0;
    if let Some(total) = at(Column::TotalAmount) {
        // Line amounts beside the discount of the order.
        let shares = |v: &i64| *v <= 1_000_000;
        let may_be_rate = sample.names[index].has(RATE) || percent_sign || values.iter().all(shares);
        let order =
            at(Column::TransactionId).filter(|_| plan.is.is_none() && !may_be_rate && !plan.total_is_sum);
        if order.is_some_and(|order| {
            sample.is_of_order(order, index, comma) && !sample.is_of_order(order, total, comma)
        }) && (price.is_none() || quantity.is_none())
        {
            let paid = &sample.header[total];
            return Err(ask(
                format!(
                    "`{name}` of `{shown}` is per order, `{paid}` per line: is the discount still to be deducted from the order?"
                ),
                vec![
                    reading_of(&name, DiscountIs::Order),
                    reading(format!("`{paid}` is what was paid"), "source.discount_is=ignore"),
                ],
            ));
        }
        // With price and quantity, the rows show what the total includes.
        let (Some(price), Some(quantity)) = (price, quantity) else {
            // `gross_amount`, `subtotal`: the name suggests an amount before the discount.
            let has_parts = (0..sample.header.len())
                .any(|i| i != total && sample.names[i].has(TAX.and(SUBTOTAL).and(NET).and(SHIPPING)));
            let counted = &sample.names[total];
            let is_before = !values.is_empty()
                && (counted.has(GROSS.and(SUBTOTAL)) && !has_parts
                    || counted.has(SUBTOTAL) && !plan.total_is_sum);
            return if is_before {
                let paid = &sample.header[total];
                let doubt = format!("by its name, `{paid}` of `{shown}` is an amount before `{name}`");
                Err(ask_whether_taken(&doubt, paid, &name))
            } else {
                Ok(())
            };
        };
        let mut before = (0, 0);
        for row in 0..sample.rows.len() {
            let is_product = sample.is_product(row, [total, price, quantity], comma);
            if let Some(is_product) = is_product
                && value(row).is_some_and(|off| off != 0)
                && sample.amount(row, total, comma) != Some(0)
            {
                before.1 += 1;
                before.0 += usize::from(is_product);
            }
        }
        if before.1 > 0 && before.0 * 10 >= before.1 * 9 {
            let paid = &sample.header[total];
            let doubt = format!("`{paid}` of `{shown}` is price times quantity, before `{name}`");
            return Err(ask_whether_taken(&doubt, paid, &name));
        }
        return Ok(());
    }
    let (Some(price), Some(quantity)) = (price, quantity) else { return Ok(()) };
    let of_order = at(Column::TransactionId).is_some_and(|order| sample.is_of_order(order, index, comma));
    let largest = values.iter().copied().max().unwrap_or(0);
    let fractions = values.iter().any(|v| v % 1_000_000 != 0);
    let name_says_order = sample.names[index].has(ORDER) || sample.names[index].is_word("cart");
    let is = if of_order && name_says_order && !percent_sign && !sample.names[index].has(RATE) {
        Some(DiscountIs::Order)
    } else if !percent_sign && is_mixed(&values) {
        // Fractions and percentages, or fractions and amounts.
        None
    } else if percent_sign || (sample.names[index].has(RATE) && largest > 1_000_000) {
        Some(DiscountIs::Percent)
    } else if largest == 0 || (largest <= 1_000_000 && fractions) {
        Some(DiscountIs::Rate)
    } else if sample.names[index].has(AMOUNT) || largest > 100_000_000 {
        Some(DiscountIs::Amount)
    } else {
        // A discount larger than the amount cannot be money.
        let mut beyond = false;
        for row in 0..sample.rows.len() {
            let amount = |i| sample.amount(row, i, comma).map(|v| i128::from(v).abs());
            if let (Some(p), Some(q), Some(d)) = (amount(price), amount(quantity), value(row)) {
                beyond |= i128::from(d) * 1_000_000 > p * q;
            }
        }
        beyond.then_some(DiscountIs::Percent)
    };
    let is = is.filter(|is| !(of_order && *is == DiscountIs::Amount));
    let others: Vec<usize> = free(sample, columns)
        .filter(|i| component(&sample.names[*i]) == Some(Component::TakenOff))
        .filter(|i| !sample.names[*i].has(RATE) && sample.is_numeric(*i))
        .filter(|i| {
            (0..sample.rows.len()).any(|row| sample.amount(row, *i, comma).is_some_and(|off| off != 0))
        })
        .collect();
    let is_open = !config.mapping.contains_key(&Column::Discount)
        && !values.is_empty()
        && !percent_sign
        && !sample.names[index].has(RATE);
    if let [other] = others[..]
        && is_open
    {
        let other = &sample.header[other];
        return Err(ask(
            format!(
                "`{name}` and `{other}` of `{shown}` may both be discounts on price times quantity: which one is?"
            ),
            vec![
                reading(format!("`{name}` is deducted"), format!("mapping.discount={}", quoted(&name))),
                reading(format!("`{other}` is deducted"), format!("mapping.discount={}", quoted(other))),
                reading("neither: both are already deducted", "source.discount_is=ignore"),
            ],
        ));
    }
    let Some(is) = is else {
        let mut kinds = vec![DiscountIs::Amount, DiscountIs::Percent, DiscountIs::Ignore];
        let mut question =
            format!("is the discount `{name}` of `{shown}` an amount off the line, or a percentage?");
        if of_order {
            kinds.insert(0, DiscountIs::Order);
            question = format!(
                "`{name}` of `{shown}` is the same on all rows of an order: is this discount off the order, or off each line?"
            );
        }
        return Err(ask(question, kinds.into_iter().map(|is| reading_of(&name, is)).collect()));
    };
    plan.discount = Some((index, is));
    decisions.push(Decision::new(
        "discount",
        format!("`{name}` is {}, deducted from price times quantity", is.meaning()),
        "its values",
    ));
    Ok(())
}
