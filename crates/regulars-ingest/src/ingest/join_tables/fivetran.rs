//! Shopify's tables as written by Fivetran: refunds are in `transaction`, and also in `refund`,
//! `order_line_refund` and `order_adjustment` together. Both give the same amounts, so only one is used.

use std::collections::HashMap;

use super::{PlatformJoin, Refund, RefundsByOrder, Row, counted, each_row, names, with_columns};
use crate::error::Result;
use crate::inspect::InputFile;

pub(super) struct Fivetran {
    refunds: RefundsByOrder,
    /// A file with refunds was present.
    any_file: bool,
    partly_refunded: u64,
    short: u64,
}

/// Whether the status says refunded but less was refunded than paid.
pub(super) fn is_short(row: &Row<'_>, refunds: &[Refund], amounts: &[String]) -> bool {
    let status = row.first(&["financial_status", "display_financial_status"]);
    let paid = amounts.iter().find_map(|name| row.micro(name)).unwrap_or(0);
    status.eq_ignore_ascii_case("refunded") && refunds.iter().map(|b| b.micro).sum::<i64>() < paid
}

/// The note about such orders.
pub(super) fn short_note(short: u64) -> Option<String> {
    let orders = counted(short, "order is", "orders are");
    (short > 0).then(|| format!("{orders} marked as refunded, but for less than was paid: the rest counts"))
}

/// Refunds by the payments; `None` without such a file.
pub(super) fn refunds_from_payments(
    others: &[InputFile],
    taken: &mut [Option<u64>],
) -> Result<Option<RefundsByOrder>> {
    let files = with_columns(others, &["order_id", "kind", "status", "amount"]);
    if files.is_empty() {
        return Ok(None);
    }
    let mut found: HashMap<String, HashMap<String, Refund>> = HashMap::new();
    for (at, input) in files {
        let rows = each_row(input, &mut |line, row| {
            let is_refund = row.get("kind").eq_ignore_ascii_case("refund");
            let succeeded = row.get("status").eq_ignore_ascii_case("success");
            let deleted = row.get("fivetran_deleted").eq_ignore_ascii_case("true");
            if let (true, Some(micro)) = (is_refund && succeeded && !deleted, row.micro("amount")) {
                let date = row.first(&["created_at", "processed_at"]).to_owned();
                let refund = Refund { date, micro: micro.abs(), tax_micro: 0 };
                // A payment that was loaded twice counts once.
                let id = if row.get("id").is_empty() { line.to_string() } else { row.get("id").to_owned() };
                found.entry(row.get("order_id").to_owned()).or_default().insert(id, refund);
            }
            Ok(())
        })?;
        taken[at] = Some(rows);
    }
    Ok(Some(found.into_iter().map(|(order, refunds)| (order, in_time(refunds.into_values()))).collect()))
}

/// Sorts refunds by time, as far as text allows.
pub(super) fn in_time(refunds: impl Iterator<Item = Refund>) -> Vec<Refund> {
    let mut refunds: Vec<Refund> = refunds.collect();
    refunds.sort_by(|a, b| a.date.cmp(&b.date).then(a.micro.cmp(&b.micro)));
    refunds
}

/// Refunds by refunded lines and adjustments; `None` without the files.
fn refunds_from_lines(others: &[InputFile], taken: &mut [Option<u64>]) -> Result<Option<RefundsByOrder>> {
    let refund_files = with_columns(others, &["id", "order_id", "restock"]);
    let lines = with_columns(others, &["refund_id", "order_line_id", "subtotal"]);
    if refund_files.is_empty() || lines.is_empty() {
        return Ok(None);
    }
    let mut sums: HashMap<String, (i64, i64)> = HashMap::new();
    for (at, input) in lines {
        taken[at] = Some(each_row(input, &mut |_, row| {
            let sum = sums.entry(row.get("refund_id").to_owned()).or_default();
            sum.0 += row.micro("subtotal").unwrap_or(0);
            sum.1 += row.micro("total_tax").unwrap_or(0);
            Ok(())
        })?);
    }
    // Refunds beyond the lines are negative here.
    for (at, input) in with_columns(others, &["refund_id", "order_id", "amount", "reason"]) {
        taken[at] = Some(each_row(input, &mut |_, row| {
            let amount = row.micro("amount").unwrap_or(0) + row.micro("tax_amount").unwrap_or(0);
            sums.entry(row.get("refund_id").to_owned()).or_default().0 -= amount;
            Ok(())
        })?);
    }
    let mut refunds = RefundsByOrder::new();
    for (at, input) in refund_files {
        taken[at] = Some(each_row(input, &mut |_, row| {
            if let Some((micro, tax_micro)) = sums.remove(row.get("id")) {
                let date = row.first(&["created_at", "processed_at"]).to_owned();
                refunds.entry(row.get("order_id").to_owned()).or_default().push(Refund {
                    date,
                    micro,
                    tax_micro,
                });
            }
            Ok(())
        })?);
    }
    Ok(Some(refunds))
}

impl Fivetran {
    pub(super) fn new(others: &[InputFile], taken: &mut [Option<u64>]) -> Result<Self> {
        let refunds = match refunds_from_payments(others, taken)? {
            Some(refunds) => Some(refunds),
            None => refunds_from_lines(others, taken)?,
        };
        let any_file = refunds.is_some();
        Ok(Self { refunds: refunds.unwrap_or_default(), any_file, partly_refunded: 0, short: 0 })
    }
}

impl PlatformJoin for Fivetran {
    fn date_columns(&self) -> Vec<String> {
        names(&["created_at", "processed_at"])
    }

    fn amount_columns(&self) -> Vec<String> {
        names(&["total_price", "total_price_set_shop_amount"])
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let mut refunds = self.refunds.get(row.get("id")).cloned().unwrap_or_default();
        let taxes_included = row.get("taxes_included").eq_ignore_ascii_case("true");
        for refund in &mut refunds {
            refund.micro += if taxes_included { 0 } else { refund.tax_micro };
        }
        refunds.retain(|refund| refund.micro > 0);
        if !refunds.is_empty() {
            self.short += u64::from(is_short(row, &refunds, &self.amount_columns()));
            row.no_longer_refunded(&["financial_status", "display_financial_status"]);
        } else if row
            .first(&["financial_status", "display_financial_status"])
            .eq_ignore_ascii_case("partially_refunded")
        {
            self.partly_refunded += 1;
        }
        Ok(refunds)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = short_note(self.short).into_iter().collect();
        if self.partly_refunded > 0 {
            let why = if self.any_file {
                "the files do not show"
            } else {
                "there is no table `transaction` or `refund` that shows"
            };
            let orders = counted(self.partly_refunded, "order is", "orders are");
            notes.push(format!(
                "{orders} partially refunded but counted in full: {why} how much was refunded"
            ));
        }
        notes
    }
}
