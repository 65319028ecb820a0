//! Blank customers and dates that repeat the row above.
//!
//! Deliberately not here: writing the changed rows (see `join_tables::fill_down`).

use std::collections::BTreeSet;

use regulars_core::columns::Column;
use regulars_core::config::Config;

use super::columns::column_by_name;
use super::sample::Sample;
use super::vocabulary::PRODUCT;
use crate::cells::Cell;
use crate::error::Result;
use crate::question::{ask, reading};

/// What to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FillDown {
    /// A column in which both rows must agree, if any.
    pub(crate) within: Option<usize>,
    /// A blank there agrees, and is filled in too.
    pub(crate) within_may_be_blank: bool,
    /// The customer column first, then the columns that are blank with it.
    pub(crate) columns: Vec<usize>,
}

/// Detects that blank customers repeat the row above.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) if blanks could also be guests.
pub(crate) fn fill_down(sample: &Sample, config: &Config, shown: &str) -> Result<Option<FillDown>> {
    let given = config.source.fill_down;
    let Some(customer) = column_by_name(sample, Column::CustomerId) else { return Ok(None) };
    let is_blank = |row: usize, column: usize| Cell::Text(sample.rows[row][column].as_bytes()).is_missing();
    let rows = sample.rows.len();
    let order = column_by_name(sample, Column::TransactionId);
    let date = column_by_name(sample, Column::TransactionDate);
    let mut blank: Vec<usize> = (0..rows).filter(|row| is_blank(*row, customer)).collect();
    if let Some(date) = date {
        // A guest order has its own date.
        let undated: Vec<usize> = blank.iter().copied().filter(|row| is_blank(*row, date)).collect();
        if undated.len() * 2 > blank.len() {
            blank = undated;
        }
    }
    if given == Some(true) && blank.len() * 20 < rows {
        // Lines without customer and date that only later rows have.
        let columns = [customer].into_iter().chain(date).collect();
        return Ok(Some(FillDown { within: order, within_may_be_blank: true, columns }));
    }
    if given == Some(false) || blank.first().is_none_or(|first| *first == 0) || blank.len() * 20 < rows {
        return Ok(None);
    }
    let continues = |row: usize| blank.binary_search(&row).is_ok();
    // Columns that are blank exactly where the customer is.
    let goes_with = |column: &usize| {
        let of =
            |wanted: bool| (0..rows).filter(|r| continues(*r) == wanted && is_blank(*r, *column)).count();
        *column != customer && of(true) * 20 >= blank.len() * 19 && of(false) * 20 <= rows - blank.len()
    };
    let blank_with: Vec<usize> = [order, date].into_iter().flatten().filter(goes_with).collect();
    let columns = || [customer].into_iter().chain(blank_with.iter().copied()).collect();
    let order = order.or_else(|| numbers_of_blocks(sample, &blank, customer));
    if let Some(order) = order.filter(|order| !blank_with.contains(order)) {
        let same = |row: &&usize| {
            let cell = |row: usize, column: usize| sample.rows[row][column].trim();
            let number = cell(**row, order);
            // On another day, a restarting number belongs to another order.
            let same_day =
                date.is_none_or(|date| is_blank(**row, date) || cell(**row, date) == cell(**row - 1, date));
            !number.is_empty() && number == cell(**row - 1, order) && same_day
        };
        if blank.iter().filter(same).count() * 20 >= blank.len() * 19 {
            return Ok(Some(FillDown {
                within: Some(order),
                within_may_be_blank: false,
                columns: columns(),
            }));
        }
    } else if blank_with.len() == 2 && has_lines_below(sample, &blank) {
        // Lines below the header row of their order.
        return Ok(Some(FillDown { within: None, within_may_be_blank: false, columns: columns() }));
    }
    if given == Some(true) {
        return Ok(Some(FillDown { within: None, within_may_be_blank: false, columns: columns() }));
    }
    // Each customer appears once, in order: blanks below are the same customer, or guests.
    let there: Vec<&str> = sample.present(customer).map(str::trim).collect();
    let distinct: BTreeSet<&str> = there.iter().copied().collect();
    let grouped = distinct.len() == there.len() && there.windows(2).all(|pair| pair[0] < pair[1]);
    if !grouped || there.len() < 5 || blank.len() * 4 < rows {
        return Ok(None);
    }
    let name = &sample.header[customer];
    Err(ask(
        format!(
            "`{name}` of `{shown}` is blank in many rows, and each customer appears only once: which customer do the blank rows belong to?"
        ),
        vec![
            reading("a blank row belongs to the customer above", "source.fill_down=true"),
            reading("a blank row has no customer", "source.fill_down=false"),
        ],
    ))
}

/// A column of any name that is constant within each block and changes between blocks.
fn numbers_of_blocks(sample: &Sample, blank: &[usize], customer: usize) -> Option<usize> {
    let is_code = |v: &str| v.bytes().any(|b| b.is_ascii_digit()) && !v.contains([' ', '@']);
    let numbers_blocks = |i: &usize| {
        let (mut kept, mut changed, mut blocks) = (0, 0, 0);
        for row in 1..sample.rows.len() {
            let same = sample.rows[row][*i].trim() == sample.rows[row - 1][*i].trim();
            if blank.binary_search(&row).is_ok() {
                kept += usize::from(same);
            } else {
                blocks += 1;
                changed += usize::from(!same);
            }
        }
        kept * 20 >= blank.len() * 19 && changed * 20 >= blocks * 19
    };
    (0..sample.header.len())
        .filter(|i| *i != customer && sample.filled(*i) > 0.98 && sample.share(*i, is_code) == Some(1.0))
        .filter(|i| !sample.is_date(*i))
        .find(numbers_blocks)
}

/// Whether rows without a customer have products, so that they are not total rows.
fn has_lines_below(sample: &Sample, blank: &[usize]) -> bool {
    let is_total = |row: &&usize| {
        let label = |cell: &String| crate::placeholders::totals_label(Cell::Text(cell.as_bytes())).is_some();
        sample.rows[**row].iter().any(label)
    };
    if blank.iter().any(|row| is_total(&row)) {
        return false;
    }
    let is_product = |i: &usize| {
        let there = blank.iter().filter(|row| !sample.rows[**row][*i].trim().is_empty()).count();
        sample.names[*i].has(PRODUCT) && !sample.is_numeric(*i) && there * 10 >= blank.len() * 9
    };
    (0..sample.header.len()).any(|i| is_product(&i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn found(text: &str) -> Result<Option<FillDown>> {
        fill_down(&sample(text), &Config::default(), "orders.csv")
    }

    fn sample(text: &str) -> Sample {
        let mut rows: Vec<Vec<String>> =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        let header = rows.remove(0);
        let times = vec![false; header.len()];
        Sample::new(header, rows, times, Some(b','))
    }

    #[test]
    fn lines_below_the_first_of_their_order_have_its_customer() {
        let lines =
            "Order,Customer,Date,Product,Amount\n1,Ann,2024-01-03,Mug,4\n1,,,Cup,5\n2,Bea,2024-01-05,Mug,4";
        let fill = Some(FillDown { within: Some(0), within_may_be_blank: false, columns: vec![1, 2] });
        assert_eq!(found(lines).unwrap(), fill);
        let guests = lines.replace("1,,,", "9,,2024-01-04,");
        assert_eq!(found(&guests).unwrap(), None);
        let with_guests = format!("{lines}\n2,,,Cup,5\n3,,2024-01-06,Mug,4\n4,,2024-01-07,Mug,4\n4,,,Cup,5");
        assert_eq!(found(&with_guests).unwrap(), fill);
        assert_eq!(found(&with_guests.replace("Order,", "Chit,")).unwrap(), fill);
    }

    #[test]
    fn lines_that_are_blank_in_later_rows_only_are_filled_if_told() {
        let text = "Order,Customer,Date,Product,Amount\n1,Ann,2024-01-03,Mug,4\n2,Bea,2024-01-05,Mug,4";
        assert_eq!(found(text).unwrap(), None);
        let mut config = Config::default();
        config.source.fill_down = Some(true);
        let fill = FillDown { within: Some(0), within_may_be_blank: true, columns: vec![1, 2] };
        assert_eq!(fill_down(&sample(text), &config, "orders.csv").unwrap(), Some(fill));
    }

    #[test]
    fn a_customer_once_above_rows_without_one_is_asked_about() {
        let grouped = "Customer,Date,Amount\nAnn,2024-03-01,4\n,2024-03-09,5\nBea,2024-01-05,4\nCyd,2024-02-05,4\n\
                       ,2024-02-06,1\nDan,2024-01-05,4\nEve,2024-01-05,4";
        assert_eq!(found(grouped).unwrap_err().kind, Kind::Ambiguous);
    }
}
