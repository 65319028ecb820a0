//! Files with a new row for each status change of an order: the last state counts, with the date of the
//! order.

use std::collections::HashMap;
use std::path::Path;

use regulars_core::config::Config;
use regulars_core::dates::{self, DateOrder};
use regulars_core::money::Notation;

use super::{MILLIONTHS, PlatformJoin, Refund, Row, counted, rewrite};
use crate::cells::Cell;
use crate::error::Result;
use crate::inspect::InputFile;
use crate::plan::{History, OLDER, STATE, Sample, history};

struct LastStates {
    history: History,
    /// By order number: the line of the last state, and the first date.
    orders: HashMap<String, (u64, String)>,
    older: u64,
}

/// When a state began, as a sortable number.
fn place(text: &str, order: DateOrder) -> Option<i64> {
    let cell = Cell::Text(text.as_bytes());
    let moment = cell.moment(order, None).and_then(|moment| dates::to_local_micros(moment, None, false));
    moment.or_else(|| cell.amount(Notation { decimals: 3, ..MILLIONTHS }).ok())
}

impl PlatformJoin for LastStates {
    fn added(&self) -> &'static [&'static str] {
        &[STATE]
    }

    fn first_pass(&mut self, _file: usize, input: &InputFile) -> Result<()> {
        let History { order, latest, date_order, first_date } = self.history;
        let mut last: HashMap<String, Option<i64>> = HashMap::new();
        let mut earliest: HashMap<String, Option<i64>> = HashMap::new();
        input.each_row(&mut |line, record| {
            let number = record.cell(order).text().into_owned();
            let text = |column: usize| record.cell(column).text().into_owned();
            let at = latest.and_then(|column| place(&text(column), date_order));
            let first = first_date.map(text).unwrap_or_default();
            let first_at = place(&first, date_order);
            match self.orders.get_mut(&number) {
                None => {
                    last.insert(number.clone(), at);
                    earliest.insert(number.clone(), first_at);
                    self.orders.insert(number, (line, first));
                }
                Some((last_line, first_date)) => {
                    self.older += 1;
                    if at >= last[&number] {
                        *last_line = line;
                        last.insert(number.clone(), at);
                    }
                    if first_at.is_some() && (earliest[&number].is_none() || first_at < earliest[&number]) {
                        *first_date = first;
                        earliest.insert(number, first_at);
                    }
                }
            }
            Ok(true)
        })?;
        Ok(())
    }

    fn row(&mut self, (_, line): (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let number = row.cells[self.history.order].trim();
        if number.is_empty() {
            return Ok(Vec::new());
        }
        let Some((last, date)) = self.orders.get(number) else { return Ok(Vec::new()) };
        let (is_older, date) = (*last != line, date.clone());
        // The order was placed when its first state began.
        if let Some(column) = self.history.first_date {
            row.cells[column] = date;
        }
        if is_older {
            row.set(STATE, OLDER);
        }
        Ok(Vec::new())
    }
}

/// Rewrites a file with a row per status change, marking older states; `None` if it is no such file. `sample`
/// may include rows of other files with the same columns.
///
/// Errors: the file cannot be read, or the table cannot be written.
pub(crate) fn with_last_states(
    input: &InputFile,
    sample: &Sample,
    config: &Config,
    scratch: &Path,
) -> Result<Option<(InputFile, String)>> {
    let shown = &input.location.shown;
    let has = |name: &str| input.sample.names.iter().any(|n| n.normal == name);
    let Some(history) = history(sample, config, shown) else { return Ok(None) };
    if has(STATE) {
        return Ok(None);
    }
    let mut join = LastStates { history, orders: HashMap::new(), older: 0 };
    join.first_pass(0, input)?;
    let made = rewrite(input, 0, &mut join, config, scratch, &mut Vec::new())?;
    let note = format!(
        "{shown}: orders appear in several states; the last of each counts, {} skipped (--set source.amount_is=row counts every row)",
        counted(join.older, "older state is", "older states are")
    );
    Ok(Some((made, note)))
}
