//! Amazon's order reports: the amount paid for a line is split over columns; additional rows of a line only
//! add discounts.

use std::collections::HashMap;

use super::{PlatformJoin, Refund, Row, each_row, micro_text};
use crate::error::Result;
use crate::inspect::InputFile;

#[derive(Default)]
pub(super) struct Items {
    /// Discounts of additional rows, by order and line.
    further: HashMap<(String, String), i64>,
    tax_on_top: bool,
    tax_inside: bool,
}

const LINE: [&str; 3] = ["order_item_id", "shipment_item_id", "amazon_order_item_id"];

fn key(row: &Row<'_>) -> (String, String) {
    (row.first(&["order_id", "amazon_order_id"]).to_owned(), row.first(&LINE).to_owned())
}

fn continues(row: &Row<'_>) -> bool {
    row.get("item_price").is_empty()
        && row.get("purchase_date").is_empty()
        && row.first(&["quantity_purchased", "quantity_shipped"]).is_empty()
}

fn discounts(row: &Row<'_>) -> i64 {
    let sum = |name| row.micro(name).map_or(0, i64::abs);
    sum("item_promotion_discount") + sum("ship_promotion_discount")
}

impl PlatformJoin for Items {
    fn added(&self) -> &'static [&'static str] {
        &["line_paid", "row_is"]
    }

    fn first_pass(&mut self, _file: usize, input: &InputFile) -> Result<()> {
        each_row(input, &mut |_, row| {
            if continues(row) {
                *self.further.entry(key(row)).or_default() += discounts(row);
            }
            Ok(())
        })?;
        Ok(())
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        if continues(row) {
            row.set("row_is", "continuation");
            return Ok(Vec::new());
        }
        // Without a price there is nothing to add up; the row check reports it.
        let Some(price) = row.micro("item_price") else { return Ok(Vec::new()) };
        let sum = |names: &[&str]| names.iter().map(|n| row.micro(n).unwrap_or(0)).sum::<i64>();
        let mut paid = price + sum(&["shipping_price", "gift_wrap_price"]);
        let tax = sum(&["item_tax", "shipping_tax", "gift_wrap_tax"]);
        // Prices in other currencies include tax.
        let on_top = matches!(row.get("currency"), "USD" | "CAD");
        if on_top {
            paid += tax;
        }
        self.tax_on_top |= on_top && tax > 0;
        self.tax_inside |= !on_top && tax > 0;
        paid -= discounts(row) + self.further.get(&key(row)).copied().unwrap_or(0);
        row.set("line_paid", micro_text(paid));
        Ok(Vec::new())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "an amount is what was paid for a line: price, shipping and gift wrap less promotions; refunds are not in this report"
                .to_owned(),
        ];
        if self.tax_on_top {
            notes.push("taxes were added to prices in USD and CAD".to_owned());
        }
        if self.tax_inside {
            notes.push("taxes are taken to be within the prices, as outside North America".to_owned());
        }
        notes
    }
}
