//! Stripe's payments: the table of charges (API, Fivetran, Airbyte) has amounts in the smallest unit, and its
//! refunds and disputes in tables of their own; the dashboard's export has the date of the refund in the row.

use std::collections::HashSet;

use regulars_core::currency;

use super::{
    PlatformJoin, Refund, RefundsByOrder, Row, counted, each_row, fivetran, names, subtract_refunds,
    with_columns,
};
use crate::error::Result;
use crate::inspect::InputFile;

/// Columns that refer to the charge.
const CHARGE: [&str; 2] = ["charge", "charge_id"];

/// Columns that refer to the payment of which a charge is an attempt.
const PAYMENT: [&str; 2] = ["payment_intent", "payment_intent_id"];

#[derive(Default)]
pub(super) struct Charges {
    /// Refunds and lost disputes by charge, or by payment, in minor units times a million.
    refunds: RefundsByOrder,
    /// Charges read: a table that is loaded again repeats them.
    seen: HashSet<String>,
    undated: u64,
}

/// Decimals of amounts in the API. Two currencies without decimals keep two there, for compatibility.
fn decimals(code: &str) -> u32 {
    match code.to_ascii_uppercase().as_str() {
        "ISK" | "UGX" => 2,
        code => u32::from(currency::decimals(code)),
    }
}

/// Whether the money of a refund or dispute left the shop.
fn went_back(status: &str) -> bool {
    matches!(status.to_ascii_lowercase().as_str(), "" | "succeeded" | "pending" | "requires_action" | "lost")
}

impl Charges {
    pub(super) fn new(others: &[InputFile], taken: &mut [Option<u64>]) -> Result<Self> {
        let mut refunds = RefundsByOrder::new();
        let of_charges = CHARGE
            .into_iter()
            .flat_map(|charge| with_columns(others, &["id", charge, "amount", "created", "status"]));
        let mut ids = HashSet::new();
        for (at, input) in of_charges {
            taken[at] = Some(each_row(input, &mut |line, row| {
                let id = if row.get("id").is_empty() { line.to_string() } else { row.get("id").to_owned() };
                let amount = row.micro("amount").map(i64::abs).filter(|micro| *micro > 0);
                let of = [row.first(&CHARGE), row.first(&PAYMENT)].into_iter().find(|key| !key.is_empty());
                if let (Some(micro), Some(of), true) = (amount, of, went_back(row.get("status")))
                    && ids.insert(id)
                {
                    let refund = Refund { date: row.get("created").to_owned(), micro, tax_micro: 0 };
                    refunds.entry(of.to_owned()).or_default().push(refund);
                }
                Ok(())
            })?);
        }
        Ok(Self { refunds, ..Self::default() })
    }
}

impl PlatformJoin for Charges {
    fn date_columns(&self) -> Vec<String> {
        names(&["created"])
    }

    fn amount_columns(&self) -> Vec<String> {
        names(&["amount"])
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let guest = row.first(&["receipt_email", "billing_details_email"]).to_owned();
        for column in ["customer", "customer_id"] {
            if row.get(column).is_empty() {
                row.set(column, guest.clone());
            }
        }
        let first = self.seen.insert(row.get("id").to_owned());
        let own = [row.get("id"), row.first(&PAYMENT)];
        let refunds = own.into_iter().find_map(|key| self.refunds.get(key).cloned()).filter(|_| first);
        let mut refunds = fivetran::in_time(refunds.unwrap_or_default().into_iter());
        subtract_refunds(row, "amount_refunded", &refunds);
        if !refunds.is_empty() {
            // The refund rows say the same.
            row.set("refunded", "");
        }
        if row.micro("amount_refunded").is_some_and(|rest| rest > 0) {
            self.undated += 1;
        }
        let divisor = 10_i64.pow(decimals(row.get("currency")));
        for column in ["amount", "amount_refunded"] {
            if let Some(micro) = row.micro(column) {
                row.set(column, super::micro_text(micro / divisor));
            }
        }
        for refund in &mut refunds {
            refund.micro /= divisor;
        }
        Ok(refunds)
    }

    fn notes(&self) -> Vec<String> {
        let charges = counted(self.undated, "charge was", "charges were");
        let note = format!(
            "{charges} refunded on a day that no file tells: the amounts count from the day of the charge \
             (export the refunds beside the charges)"
        );
        (self.undated > 0).then_some(note).into_iter().collect()
    }
}

/// The dashboard's export of payments.
pub(super) struct Payments;

impl PlatformJoin for Payments {
    fn date_columns(&self) -> Vec<String> {
        names(&["created_utc", "created_date_utc"])
    }

    fn amount_columns(&self) -> Vec<String> {
        names(&["amount", "converted_amount"])
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        const REFUNDED: [&str; 2] = ["converted_amount_refunded", "amount_refunded"];
        let micro = super::micro(row.first(&REFUNDED)).filter(|micro| *micro > 0);
        // The date of the last refund.
        let date = row.get("refunded_date_utc").to_owned();
        let Some(micro) = micro.filter(|_| !date.is_empty()) else { return Ok(Vec::new()) };
        for column in REFUNDED {
            row.set(column, "");
        }
        row.no_longer_refunded(&["status"]);
        Ok(vec![Refund { date, micro, tax_micro: 0 }])
    }
}
