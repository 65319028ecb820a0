//! Etsy's sold orders: refunds are in the payments file, without a date. The orders alone only show partial
//! refunds.

use std::collections::HashMap;

use super::{PlatformJoin, Refund, Row, counted, each_row, micro_text, with_columns};
use crate::error::Result;
use crate::inspect::InputFile;

pub(super) struct Etsy {
    /// Refunds by order; `None` without the payments file.
    refunded: Option<HashMap<String, i64>>,
    untold: u64,
    guests: u64,
}

impl Etsy {
    pub(super) fn new(others: &[InputFile], taken: &mut [Option<u64>]) -> Result<Self> {
        let files = with_columns(others, &["payment_id", "order_id", "refund_amount"]);
        let mut refunded = (!files.is_empty()).then(HashMap::new);
        for (at, input) in files {
            let sums = refunded.get_or_insert_default();
            taken[at] = Some(each_row(input, &mut |_, row| {
                *sums.entry(row.get("order_id").to_owned()).or_default() +=
                    row.micro("refund_amount").unwrap_or(0).abs();
                Ok(())
            })?);
        }
        Ok(Self { refunded, untold: 0, guests: 0 })
    }
}

impl PlatformJoin for Etsy {
    fn added(&self) -> &'static [&'static str] {
        &["refunded_amount"]
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let told = self.refunded.as_ref().and_then(|sums| sums.get(row.get("order_id")).copied());
        let refund = told.unwrap_or_else(|| {
            self.untold += 1;
            // 0.00 means that nothing was adjusted.
            match (row.micro("order_total"), row.micro("adjusted_order_total")) {
                (Some(total), Some(left)) if left > 0 && left < total => total - left,
                _ => 0,
            }
        });
        if refund > 0 {
            row.set("refunded_amount", micro_text(refund));
        }
        if row.get("buyer_user_id").is_empty() && !row.get("full_name").is_empty() {
            self.guests += 1;
            row.set("buyer_user_id", row.get("full_name").to_owned());
        }
        Ok(Vec::new())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.untold > 0 {
            let orders = counted(self.untold, "order is", "orders are");
            notes.push(format!(
                "{orders} missing from the payments files: full refunds of them are not known, so they count as sold"
            ));
        }
        if self.guests > 0 {
            let guests = counted(self.guests, "order of a guest is", "orders of guests are");
            notes.push(format!("{guests} identified by full name only"));
        }
        notes
    }
}
