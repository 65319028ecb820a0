//! Shopify's orders export with the export of transaction histories: the orders have the refunded amount,
//! the transactions its dates.

use super::{
    PlatformJoin, Refund, RefundsByOrder, Row, each_row, fivetran, names, subtract_refunds, with_columns,
};
use crate::error::Result;
use crate::inspect::InputFile;

pub(super) struct Transactions {
    refunds: RefundsByOrder,
}

impl Transactions {
    pub(super) fn new(others: &[InputFile], taken: &mut [Option<u64>]) -> Result<Self> {
        let mut refunds = RefundsByOrder::new();
        for (at, input) in
            with_columns(others, &["name", "kind", "gateway", "created_at", "status", "amount"])
        {
            taken[at] = Some(each_row(input, &mut |_, row| {
                let refund = row.get("kind").eq_ignore_ascii_case("refund")
                    && row.get("status").eq_ignore_ascii_case("success");
                if let (true, Some(micro)) = (refund, row.micro("amount").map(i64::abs)) {
                    let refund = Refund { date: row.get("created_at").to_owned(), micro, tax_micro: 0 };
                    refunds.entry(row.get("name").to_owned()).or_default().push(refund);
                }
                Ok(())
            })?);
        }
        Ok(Self { refunds })
    }
}

impl PlatformJoin for Transactions {
    fn date_columns(&self) -> Vec<String> {
        names(&["created_at", "paid_at"])
    }

    fn amount_columns(&self) -> Vec<String> {
        names(&["total"])
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        // Further lines of an order have no total.
        if row.get("total").is_empty() {
            return Ok(Vec::new());
        }
        let refunds = self.refunds.remove(row.get("name")).unwrap_or_default();
        if !refunds.is_empty() {
            subtract_refunds(row, "refunded_amount", &refunds);
            row.no_longer_refunded(&["financial_status"]);
        }
        Ok(fivetran::in_time(refunds.into_iter()))
    }
}
