//! WooCommerce: refunds in a cell of the order (plugin by `WebToffee`), or in separate rows besides the order
//! status (Analytics export).

use std::collections::HashSet;

use super::{Names, PlatformJoin, Refund, Row, each_row, micro, names};
use crate::error::Result;
use crate::inspect::InputFile;

/// How the files are joined, if their layout requires it.
pub(super) fn join_for(orders: &[InputFile]) -> Option<Box<dyn PlatformJoin>> {
    let have = |name: &str| orders.iter().all(|input| Names::of(&input.sample.header, &[]).has(name));
    if have("order") && (have("net_sales") || have("n_revenue")) {
        Some(Box::new(Analytics::default()))
    } else if have("refund_items") && have("order_total") && have("order_date") {
        Some(Box::new(WebToffee))
    } else {
        None
    }
}

pub(super) struct WebToffee;

/// `amount:45.00|reason:one broken|date:2024-03-10 10:00:00;amount:...`.
fn parse_refunds(text: &str) -> Vec<Refund> {
    let mut found = Vec::new();
    // A reason may contain any character; a refund begins with its amount.
    for part in text.split("amount:").skip(1) {
        let amount = part.split('|').next().unwrap_or("").trim_end_matches(';');
        let date = part.rsplit_once("|date:").map_or("", |(_, date)| date).trim_end_matches([';', ' ']);
        if let Some(micro) = micro(amount).filter(|m| *m != 0) {
            found.push(Refund { date: date.to_owned(), micro: micro.abs(), tax_micro: 0 });
        }
    }
    found
}

impl PlatformJoin for WebToffee {
    fn date_columns(&self) -> Vec<String> {
        names(&["order_date"])
    }

    fn amount_columns(&self) -> Vec<String> {
        names(&["order_total"])
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let mut refunds = parse_refunds(row.get("refund_items"));
        for refund in &mut refunds {
            if refund.date.is_empty() {
                row.get("order_date").clone_into(&mut refund.date);
            }
        }
        if !refunds.is_empty() && row.get("status").trim_start_matches("wc-") == "refunded" {
            row.set("status", "completed");
        }
        Ok(refunds)
    }
}

/// Refunds are rows with the number of their order.
#[derive(Default)]
pub(super) struct Analytics {
    has_refunds: HashSet<String>,
}

impl PlatformJoin for Analytics {
    fn first_pass(&mut self, _file: usize, input: &InputFile) -> Result<()> {
        each_row(input, &mut |_, row| {
            if row.first(&["net_sales", "n_revenue"]).starts_with('-') {
                self.has_refunds.insert(row.get("order").to_owned());
            }
            Ok(())
        })?;
        Ok(())
    }

    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let refunded = row.get("status").trim_start_matches("wc-") == "refunded";
        // The refund row says the same, and the date.
        if refunded && self.has_refunds.contains(row.get("order")) {
            row.set("status", "completed");
        }
        Ok(Vec::new())
    }

    fn notes(&self) -> Vec<String> {
        vec!["amounts exclude tax and shipping; customers are identified by name only".to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refunds_of_a_cell_are_read_one_by_one() {
        let refund = |date: &str, micro| Refund { date: date.to_owned(), micro, tax_micro: 0 };
        assert_eq!(
            parse_refunds(
                "amount:45.00|reason:a;b|c|date:2024-03-10 10:00:00;amount:-5|reason:|date:2024-03-11 09:00:00"
            ),
            [refund("2024-03-10 10:00:00", 45_000_000), refund("2024-03-11 09:00:00", 5_000_000)]
        );
        assert_eq!(parse_refunds(""), []);
    }
}
