//! Refund rows without a customer: the customer is that of the order with the same number, or of the order
//! they refer to.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use regulars_core::columns::Column;
use regulars_core::config::{Config, Meaning};

use super::{PlatformJoin, Refund, Row, rewrite};
use crate::cells::Cell;
use crate::error::Result;
use crate::inspect::InputFile;
use crate::placeholders::is_placeholder;
use crate::plan::{Sample, column_by_name, references_by_name, type_meaning};

/// The columns needed.
struct Refunds {
    order: usize,
    /// Columns that may refer to another order.
    references: Vec<usize>,
    customer: usize,
    amount: usize,
}

impl Refunds {
    fn of(sample: &Sample) -> Option<Self> {
        let customer = column_by_name(sample, Column::CustomerId)?;
        let amount = column_by_name(sample, Column::TotalAmount)?;
        if sample.rows.iter().filter(|cells| has_no_customer(&cells[customer])).count() < 2 {
            return None;
        }
        let columns = || 0..sample.header.len();
        let order = match column_by_name(sample, Column::TransactionId) {
            Some(named) if sample.filled(named) >= 0.5 => named,
            // Of two numbers, the mostly blank one refers to the other.
            Some(named) => columns().find(|i| refers_to(sample, named, *i)).unwrap_or(named),
            None => columns().find(|i| columns().any(|other| refers_to(sample, other, *i)))?,
        };
        let mut references = references_by_name(sample);
        let refers = |i: &usize| !references.contains(i) && *i != order && refers_to(sample, *i, order);
        let others: Vec<usize> = columns().filter(refers).collect();
        references.extend(others);
        Some(Self { order, references, customer, amount })
    }

    /// Whether a row is a refund without a customer.
    fn lacks_customer(&self, cells: &[String]) -> bool {
        let amount = cells[self.amount].trim();
        let order = cells[self.order].trim();
        let names_another = || {
            let mut named = self.references.iter().map(|at| cells[*at].trim());
            named.any(|named| !is_blank(named) && named != order)
        };
        let takes_back = || {
            amount.starts_with(['-', '('])
                || names_another() && cells.iter().any(|cell| type_meaning(cell) == Some(Meaning::Returned))
        };
        has_no_customer(&cells[self.customer]) && takes_back()
    }

    /// The customer of the order with the row's number, or of the order it refers to.
    fn customer_of<'a>(
        &self,
        cells: &[String],
        customers: &'a HashMap<String, String>,
    ) -> Option<&'a String> {
        let numbers = self.references.iter().chain([&self.order]);
        numbers.filter_map(|at| customers.get(cells[*at].trim())).find(|who| !who.is_empty())
    }

    /// Records the customer of an order; numbers shared by several customers or guests identify nobody.
    fn note(&self, cells: &[String], customers: &mut HashMap<String, String>) {
        let customer = cells[self.customer].trim();
        let order = cells[self.order].trim();
        if is_blank(order) || self.lacks_customer(cells) {
            return;
        }
        let customer = if has_no_customer(customer) { "" } else { customer };
        let known = customers.entry(order.to_owned()).or_insert_with(|| customer.to_owned());
        if known != customer {
            known.clear();
        }
    }
}

/// Whether a mostly blank column contains numbers of the rows: nearly all of its values are in `order`, which
/// has a new value in each row.
fn refers_to(sample: &Sample, reference: usize, order: usize) -> bool {
    if sample.filled(reference) >= 0.5 {
        return false;
    }
    let referred = || sample.present(reference).map(str::trim);
    let numbers: HashSet<&str> = sample.present(order).map(str::trim).collect();
    let found = referred().filter(|number| numbers.contains(number)).count();
    numbers.len() == sample.rows.len() && found > 1 && found * 5 >= referred().count() * 4
}

fn has_no_customer(id: &str) -> bool {
    is_blank(id) || is_placeholder(id.trim())
}

fn is_blank(text: &str) -> bool {
    Cell::Text(text.as_bytes()).is_missing()
}

struct Filling {
    refunds: Refunds,
    customers: HashMap<String, String>,
    filled: u64,
}

impl PlatformJoin for Filling {
    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        if self.refunds.lacks_customer(&row.cells)
            && let Some(customer) = self.refunds.customer_of(&row.cells, &self.customers)
        {
            row.cells[self.refunds.customer].clone_from(customer);
            self.filled += 1;
        }
        Ok(Vec::new())
    }
}

/// Rewrites a file whose refunds lack a customer, adding that of their order; `None` if it is no such file.
///
/// Errors: the file cannot be read, or the table cannot be written.
pub(crate) fn with_customers_of_refunds(
    input: &InputFile,
    sample: &Sample,
    config: &Config,
    scratch: &Path,
) -> Result<Option<(InputFile, String)>> {
    let Some(refunds) = Refunds::of(sample).filter(|_| !sample.traits.header_missing) else {
        return Ok(None);
    };
    let lacking: Vec<&Vec<String>> =
        sample.rows.iter().filter(|cells| refunds.lacks_customer(cells)).collect();
    if lacking.len() < 2 {
        return Ok(None);
    }
    let mut customers = HashMap::new();
    sample.rows.iter().for_each(|cells| refunds.note(cells, &mut customers));
    let told = lacking.iter().filter(|cells| refunds.customer_of(cells, &customers).is_some()).count();
    if told < 2 || told * 2 < lacking.len() {
        return Ok(None);
    }
    let width = sample.header.len();
    input.each_row(&mut |_line, record| {
        let cells: Vec<String> = (0..width).map(|at| record.cell(at).text().into_owned()).collect();
        refunds.note(&cells, &mut customers);
        Ok(true)
    })?;
    let name = &input.sample.header[refunds.customer];
    let mut join = Filling { refunds, customers, filled: 0 };
    let made = rewrite(input, 0, &mut join, config, scratch, &mut Vec::new())?;
    let note = format!(
        "{}: `{name}` of {} without one is taken from the refunded order",
        input.location.shown,
        super::counted(join.filled, "refund", "refunds")
    );
    Ok(Some((made, note)))
}
