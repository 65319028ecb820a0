//! Files with a new row for each status change of an order, of which only the last one counts.
//!
//! Deliberately not here: writing the changed rows (see `join_tables::history`).

use std::collections::{BTreeSet, HashMap};

use regulars_core::columns::Column;
use regulars_core::config::{Config, Meaning};
use regulars_core::dates::DateOrder;

use super::columns::column_by_name;
use super::meanings::{status_meaning, type_meaning};
use super::sample::Sample;
use super::vocabulary::{
    CUSTOMER, DATE, DOCUMENT, EVENT, ID, KIND, LINE, PERSON, PRICE, PRODUCT, QUANTITY, WHEN,
};
use super::{date_notation, names};

/// The added column that marks older states.
pub(crate) const STATE: &str = "row_type";
/// Its value for older states.
pub(crate) const OLDER: &str = "older state";

/// Whether the rows are a history with its older states marked.
pub(super) fn is_marked(sample: &Sample) -> bool {
    let state = sample.names.iter().position(|name| name.normal == STATE);
    state.is_some_and(|state| sample.present(state).any(|value| value == OLDER))
}

/// The columns of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct History {
    /// The order number.
    pub(crate) order: usize,
    /// The column that shows which state is the last; `None`: the lowest row.
    pub(crate) latest: Option<usize>,
    pub(crate) date_order: DateOrder,
    /// The time of each state, if no other column has the date of the order.
    pub(crate) first_date: Option<usize>,
}

/// Detects that rows with the same number are states of one order: the amount stays, and the status changes,
/// or a version or modification time increases.
pub(crate) fn history(sample: &Sample, config: &Config, shown: &str) -> Option<History> {
    let by_name = column_by_name(sample, Column::TransactionId);
    let others = (0..sample.header.len()).filter(|i| {
        let name = &sample.names[*i];
        name.has(ID) && !name.has(CUSTOMER.and(PERSON)) && Some(*i) != by_name
    });
    by_name.into_iter().chain(others).find_map(|order| history_of(sample, order, config, shown))
}

/// The same for orders identified by this column.
fn history_of(sample: &Sample, order: usize, config: &Config, shown: &str) -> Option<History> {
    let of_lines = LINE.and(PRODUCT).and(PRICE).and(QUANTITY);
    let amount = column_by_name(sample, Column::TotalAmount)?;
    let customer = column_by_name(sample, Column::CustomerId)?;
    let others = || (0..sample.header.len()).filter(|i| *i != order && *i != amount && *i != customer);
    let is_version = |i: &usize| {
        let words = "version revision updated changed modified synced exported extracted loaded ingested geaendert \
            aenderung aktualisiert modifie modifiee modificado modificato actualizado aggiornato gewijzigd zmieniono";
        words.split_whitespace().any(|word| sample.names[*i].is_word(word))
    };
    let has_lines = others().any(|i| sample.names[i].has(of_lines) && !is_version(&i));
    if order == customer
        || order == amount
        || has_lines
        || config.source.amount_is.is_some()
        || sample.traits.header_missing
    {
        return None;
    }
    let mut rows_of: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, cells) in sample.rows.iter().enumerate().filter(|(_, cells)| !cells[order].trim().is_empty()) {
        rows_of.entry(cells[order].trim()).or_default().push(row);
    }
    rows_of.retain(|_, rows| rows.len() > 1);
    if rows_of.len() < 2 {
        return None;
    }
    let cell = |row: &usize, i: usize| sample.rows[*row][i].trim();
    // Share of orders whose rows all agree in a column, or all differ.
    let share = |fits: &dyn Fn(&[usize]) -> bool| {
        rows_of.values().filter(|rows| fits(rows)).count() as f64 / rows_of.len() as f64
    };
    let same = |i: usize| share(&|rows| rows.iter().all(|r| cell(r, i) == cell(&rows[0], i)));
    let different = |i: usize| {
        share(&|rows| rows.iter().map(|r| cell(r, i)).collect::<BTreeSet<_>>().len() == rows.len())
    };
    if same(customer) < 0.95 {
        return None;
    }
    let is_status = |i: &usize| {
        let is_log = sample.names[*i].has(KIND)
            && rows_of.values().map(Vec::len).sum::<usize>() * 2 >= rows_of.len() * 5;
        (names::confidence(Column::Status, &sample.names[*i]) >= 0.6 || is_log)
            && sample
                .words(*i, 60)
                .is_some_and(|words| words.iter().any(|word| status_meaning(word).is_some()))
    };
    let by_status = same(amount) >= 0.95 && others().filter(is_status).any(|i| different(i) >= 0.8);
    // A credit note also has its own time.
    let is_back = |value: &str| value.contains(['-', '(']) && value.bytes().any(|b| b.is_ascii_digit());
    let documents = others().any(|i| {
        sample.names[i].has(KIND.and(DOCUMENT).and(EVENT))
            && sample
                .words(i, 12)
                .is_some_and(|w| w.iter().any(|w| type_meaning(w) == Some(Meaning::Returned)))
    });
    let is_plain = !documents && !sample.present(amount).any(is_back);
    let version = others().find(|i| is_plain && is_version(i) && different(*i) >= 0.8);
    if !by_status && version.is_none() {
        return None;
    }
    let is_date = |i: &usize| sample.is_date(*i) && sample.names[*i].has(DATE.and(WHEN));
    let time = others().find(|i| is_date(i) && different(*i) >= 0.5);
    let latest = version.or(time);
    let dated = column_by_name(sample, Column::TransactionDate).filter(|i| same(*i) >= 0.95);
    let date_order = time.and_then(|i| date_notation::plan(sample, i, &config.source, shown).ok()?.order);
    Some(History {
        order,
        latest,
        date_order: date_order.unwrap_or(DateOrder::DayFirst),
        first_date: if dated.is_some() { None } else { time },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<History> {
        let mut rows: Vec<Vec<String>> =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        let header = rows.remove(0);
        let times = vec![false; header.len()];
        history(&Sample::new(header, rows, times, Some(b',')), &Config::default(), "orders.csv")
    }

    #[test]
    fn a_status_that_changes_beside_one_amount_is_a_history() {
        let states = "order_id,customer_id,status,changed_at,total\n1,7,paid,2024-01-03,9.50\n\
                      1,7,cancelled,2024-01-04,9.50\n2,8,created,2024-01-05,4.00\n2,8,paid,2024-01-06,4.00";
        let found_history = found(states).unwrap();
        assert_eq!(
            (found_history.order, found_history.latest, found_history.first_date),
            (0, Some(3), Some(3))
        );
    }

    #[test]
    fn lines_and_payments_are_no_history() {
        let lines = "order_id,customer_id,sku,status,total\n1,7,A,paid,9.50\n1,7,B,open,9.50\n\
                     2,8,A,paid,4.00\n2,8,B,open,4.00";
        assert_eq!(found(lines), None);
        let payments = "order_id,customer_id,status,date,amount\n1,7,paid,2024-01-03,9.50\n\
                        1,7,paid,2024-01-04,3.50\n2,8,paid,2024-01-05,4.00\n2,8,paid,2024-01-06,1.00";
        assert_eq!(found(payments), None);
    }
}
