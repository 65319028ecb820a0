//! Tables whose rows leave out what the row above says: the customer and the date stand on the first row of
//! an order or a group only.

use std::path::Path;

use regulars_core::config::Config;

use super::{Back, Row, Work, rewrite};
use crate::cells::Cell;
use crate::error::Result;
use crate::look::FileLook;
use crate::plan::{FillDown, Sample, fill_down};

struct Filling {
    plan: FillDown,
    above: Vec<String>,
    filled: u64,
}

impl Work for Filling {
    fn row(&mut self, _place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Back>> {
        let FillDown { within, columns } = &self.plan;
        let is_blank = |column: usize| Cell::Text(row.cells[column].as_bytes()).is_missing();
        let is_total = || {
            let label = |cell: &String| crate::nobody::totals_label(Cell::Text(cell.as_bytes())).is_some();
            within.is_none() && row.cells.iter().any(label)
        };
        // The customer comes first; a guest's order has a date or a number of its own.
        let needed = if within.is_some() { &columns[..1] } else { columns };
        let continues = needed.iter().all(|column| is_blank(*column))
            && !is_total()
            && !self.above.is_empty()
            && within
                .is_none_or(|order| !is_blank(order) && row.cells[order].trim() == self.above[order].trim());
        if continues {
            self.filled += 1;
            for column in columns {
                if row.cells[*column].trim().is_empty() {
                    row.cells[*column].clone_from(&self.above[*column]);
                }
            }
        }
        self.above.clone_from(&row.cells);
        Ok(Vec::new())
    }
}

/// A file whose rows leave out what the row above says, with that filled in; `None` if it is no such file.
/// `sample` may hold rows of other files with the same columns.
///
/// Errors: [`Kind::Ambiguous`](crate::Kind::Unsure) where blanks may be guests as well; the file cannot be read,
/// or the table cannot be written.
pub(crate) fn with_filled_rows(
    look: &FileLook,
    sample: &Sample,
    config: &Config,
    scratch: &Path,
) -> Result<Option<(FileLook, String)>> {
    let shown = &look.location.shown;
    let Some(plan) = fill_down(sample, config, shown)? else { return Ok(None) };
    let columns: Vec<String> = plan.columns.iter().map(|i| format!("`{}`", look.sample.header[*i])).collect();
    let mut work = Filling { plan, above: Vec::new(), filled: 0 };
    let made = rewrite(look, 0, &mut work, config, scratch, &mut Vec::new())?;
    let note = format!(
        "{shown}: {} where blank has the value of the row above ({})",
        columns.join(", "),
        super::counted(work.filled, "row", "rows")
    );
    Ok(Some((made, note)))
}
