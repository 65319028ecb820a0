//! Shares as horizontal bars: of customers by attribute, of rows by category or payment method.

use regulars_analysis::format;
use regulars_analysis::table::Table;

use super::axes::Axis;
use super::figure::{Figure, label, short_label};
use super::trace::Trace;

/// One bar.
pub(super) struct ShareBar {
    pub(super) name: String,
    pub(super) share: f64,
    /// Label in the tooltip.
    pub(super) words: String,
}

/// Bars with percentages, in the given order; links are those of the first rows of `table`.
pub(super) fn shares(bars: &[ShareBar], axis: &str, table: &Table) -> Figure {
    let names: Vec<String> = bars.iter().map(|bar| short_label(&bar.name, 26)).collect();
    let first = Table { rows: table.rows.iter().take(bars.len()).cloned().collect(), ..Table::default() };
    Figure::new(78 + 27 * bars.len().max(3), [52, 8, 44])
        .with(Trace::bars(bars).x(|bar| bar.share * 100.0).text(|bar| format::percent(bar.share)).details(
            |bar| [label(&bar.name), label(&bar.words)],
            "%{customdata[0]}<br>%{text}, %{customdata[1]}",
        ))
        .gap(0.3)
        .x(Axis::titled(axis).set("ticksuffix", "%").zero_based().ticks(5))
        .y(Axis::bars(&names).roomy())
        .linked(&first)
}
