//! Tables of order lines whose orders are in another table.

use regulars_core::columns::Column;
use regulars_core::config::Source;

use super::amounts::{PriceEvidence, price_evidence};
use super::columns::{column_by_name, has_products};
use super::sample::Sample;
use super::vocabulary::{CANCEL, DISCOUNT, REFUND, SHIPPING, TAX, VOID};
use super::{Columns, notation};

/// The columns of a line table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineTable {
    /// The order number.
    pub(crate) order: usize,
    pub(crate) product: Option<usize>,
    /// Unit price, quantity, and whether they have a decimal comma, if only they give the amount paid.
    pub(crate) paid: Option<(usize, usize, bool)>,
}

/// Possible names of the order number in other tables.
pub(crate) fn order_key(sample: &Sample, mapped: Option<usize>) -> Vec<String> {
    let Some(index) = mapped.or_else(|| column_by_name(sample, Column::TransactionId)) else {
        return Vec::new();
    };
    let name = sample.names[index].normal.clone();
    if name == "id" { vec!["order_id".to_owned()] } else { vec![name] }
}

/// The columns, if a table contains lines of orders with one of these key names; tables about refunds do not.
pub(crate) fn lines_of(sample: &Sample, keys: &[String], source: &Source) -> Option<LineTable> {
    let order = sample.names.iter().position(|name| keys.contains(&name.normal))?;
    if sample.names.iter().any(|name| name.has(REFUND.and(CANCEL).and(VOID))) {
        return None;
    }
    let product = column_by_name(sample, Column::ProductId).filter(|p| *p != order);
    let quantity = column_by_name(sample, Column::Quantity);
    if quantity.is_none() && product.is_none() && !has_products(sample, &Columns::new()) {
        return None;
    }
    Some(LineTable { order, product, paid: paid(sample, quantity, product, source) })
}

fn paid(
    sample: &Sample,
    quantity: Option<usize>,
    product: Option<usize>,
    source: &Source,
) -> Option<(usize, usize, bool)> {
    let (price, quantity) = (column_by_name(sample, Column::Price)?, quantity?);
    // Anything beyond price and quantity has to be configured.
    if sample.names.iter().any(|name| name.has(DISCOUNT.and(SHIPPING).and(TAX))) || price == quantity {
        return None;
    }
    let (comma, _) = notation::decimal_comma(sample, &[price], source, "").ok()?;
    let name = &sample.names[price];
    let of_a_piece = name.is_word("unit") || name.is_word("each");
    let evidence = price_evidence(sample, price, quantity, product, comma);
    let is_unit = of_a_piece || matches!(evidence, PriceEvidence::Unit | PriceEvidence::NoPieces);
    is_unit.then_some((price, quantity, comma))
}
