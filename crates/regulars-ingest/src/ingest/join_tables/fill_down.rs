//! Tables that leave repeated values blank: customer and date are only in the first row of an order or group.

use std::path::Path;

use regulars_core::config::Config;

use super::{PlatformJoin, Refund, Row, rewrite};
use crate::cells::Cell;
use crate::error::Result;
use crate::inspect::InputFile;
use crate::plan::{FillDown, Sample, fill_down};

struct Filling {
    plan: FillDown,
    above: Vec<String>,
    filled: u64,
}

impl PlatformJoin for Filling {
    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        let FillDown { within, within_may_be_blank, columns } = &self.plan;
        let is_blank = |column: usize| Cell::Text(row.cells[column].as_bytes()).is_missing();
        let is_total = || {
            let label =
                |cell: &String| crate::placeholders::totals_label(Cell::Text(cell.as_bytes())).is_some();
            (within.is_none() || *within_may_be_blank) && row.cells.iter().any(label)
        };
        // The customer column comes first; a guest order has its own date or number.
        let needed = if within.is_some() && !within_may_be_blank { &columns[..1] } else { columns };
        let continues = needed.iter().all(|column| is_blank(*column))
            && !is_total()
            && !self.above.is_empty()
            && within.is_none_or(|order| {
                if is_blank(order) {
                    *within_may_be_blank
                } else {
                    row.cells[order].trim() == self.above[order].trim()
                }
            });
        if continues {
            self.filled += 1;
            for column in columns.iter().chain(within) {
                if row.cells[*column].trim().is_empty() {
                    row.cells[*column].clone_from(&self.above[*column]);
                }
            }
        }
        self.above.clone_from(&row.cells);
        Ok(Vec::new())
    }
}

/// Rewrites a file with blank repeated values, filling them down; `None` if it is no such file. `sample` may
/// include rows of other files with the same columns.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Ambiguous) if blanks could also be guests; the file cannot be
/// read, or the table cannot be written.
pub(crate) fn with_filled_rows(
    input: &InputFile,
    sample: &Sample,
    config: &Config,
    scratch: &Path,
) -> Result<Option<(InputFile, String)>> {
    let shown = &input.location.shown;
    let Some(plan) = fill_down(sample, config, shown)? else { return Ok(None) };
    let columns: Vec<String> =
        plan.columns.iter().map(|i| format!("`{}`", input.sample.header[*i])).collect();
    let mut join = Filling { plan, above: Vec::new(), filled: 0 };
    let made = rewrite(input, 0, &mut join, config, scratch, &mut Vec::new())?;
    let note = format!(
        "{shown}: blank values of {} are filled from the row above ({})",
        columns.join(", "),
        super::counted(join.filled, "row", "rows")
    );
    Ok(Some((made, note)))
}
