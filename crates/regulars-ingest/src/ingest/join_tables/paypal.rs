//! PayPal's activity: incoming and outgoing transactions, only some of which are sales; refunds refer to
//! their payment.

use std::collections::{HashMap, HashSet};

use super::{PlatformJoin, Refund, Row, each_row};
use crate::error::Result;
use crate::inspect::InputFile;

#[derive(Default)]
pub(super) struct PayPal {
    /// Payments with a refund.
    refunded: HashSet<String>,
    /// The payer of each payment.
    payers: HashMap<String, String>,
    own_purchases: u64,
}

/// Types of rows that transfer no money between the shop and a customer.
const NO_SALE: [&str; 14] = [
    "authorization",
    "authorisation",
    "hold",
    "conversion",
    "withdrawal",
    "transfer",
    "deposit",
    "payout",
    "reversal of",
    "fee",
    "loan",
    "credit card",
    "bank",
    "order",
];

fn is_refund(kind: &str) -> bool {
    ["refund", "reversal", "chargeback"].iter().any(|word| kind.contains(word))
        && !kind.contains("reversal of")
}

impl PlatformJoin for PayPal {
    fn added(&self) -> &'static [&'static str] {
        &["row_is", "customer_email"]
    }

    fn first_pass(&mut self, _file: usize, input: &InputFile) -> Result<()> {
        each_row(input, &mut |_, row| {
            if is_refund(&row.get("type").to_lowercase()) {
                self.refunded.insert(row.get("reference_txn_id").to_owned());
            } else if !row.get("from_email_address").is_empty() {
                let payer = row.get("from_email_address").to_owned();
                self.payers.insert(row.get("transaction_id").to_owned(), payer);
            }
            Ok(())
        })?;
        Ok(())
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let kind = row.get("type").to_lowercase();
        let negative = row.get("gross").starts_with(['-', '(']);
        let refund = negative && is_refund(&kind);
        let moves_nothing = row.get("balance_impact").eq_ignore_ascii_case("memo");
        if moves_nothing || NO_SALE.iter().any(|word| kind.contains(word)) && !refund {
            row.set("row_is", "no sale");
        } else if negative && !refund {
            self.own_purchases += 1;
            row.set("row_is", "own purchase");
        }
        let payer = self.payers.get(row.get("reference_txn_id")).filter(|_| refund).cloned();
        let who = if refund { "to_email_address" } else { "from_email_address" };
        row.set("customer_email", payer.unwrap_or_else(|| row.get(who).to_owned()));
        // The refund row says the same, and the amount.
        let status = row.get("status").to_lowercase();
        if !refund
            && matches!(status.as_str(), "refunded" | "partially refunded" | "reversed")
            && self.refunded.contains(row.get("transaction_id"))
        {
            row.set("status", "Completed");
        }
        Ok(Vec::new())
    }

    fn notes(&self) -> Vec<String> {
        let own = super::counted(self.own_purchases, "payment", "payments");
        let note = (self.own_purchases > 0).then(|| format!("{own} by the shop itself skipped"));
        note.into_iter().collect()
    }
}
