//! Magento's order grid with the credit memo grid: credit memos have the date of a refund, orders only the
//! amount.

use super::{PlatformJoin, Refund, RefundsByOrder, Row, each_row, names, subtract_refunds, with_columns};
use crate::error::Result;
use crate::inspect::InputFile;

pub(super) struct CreditMemos {
    refunds: RefundsByOrder,
}

impl CreditMemos {
    pub(super) fn new(others: &[InputFile], taken: &mut [Option<u64>]) -> Result<Self> {
        let mut refunds = RefundsByOrder::new();
        for (at, input) in with_columns(others, &["credit_memo", "order", "created", "refunded"]) {
            taken[at] = Some(each_row(input, &mut |_, row| {
                let cancelled = row.get("status").to_ascii_lowercase().starts_with("cancel");
                let amount = row.micro("refunded").or_else(|| row.micro("grand_total"));
                if let (false, Some(micro)) = (cancelled, amount.filter(|m| *m > 0)) {
                    let refund = Refund { date: row.get("created").to_owned(), micro, tax_micro: 0 };
                    refunds.entry(row.get("order").to_owned()).or_default().push(refund);
                }
                Ok(())
            })?);
        }
        Ok(Self { refunds })
    }
}

impl PlatformJoin for CreditMemos {
    fn date_columns(&self) -> Vec<String> {
        names(&["purchase_date"])
    }

    fn amount_columns(&self) -> Vec<String> {
        names(&["grand_total_base", "grand_total_purchased"])
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let refunds = self.refunds.get(row.get("id")).cloned().unwrap_or_default();
        if !refunds.is_empty() {
            subtract_refunds(row, "total_refunded", &refunds);
            if row.get("status").eq_ignore_ascii_case("closed") {
                row.set("status", "Complete");
            }
        }
        Ok(refunds)
    }
}
