//! Revenue concentration: a Lorenz curve with the best customers first.

use regulars_analysis::claims::words;
use regulars_analysis::distribution::{count_for_half, cumulative};
use regulars_analysis::error::BackendError;
use regulars_analysis::table::TableOf;
use regulars_core::label;

use super::axes::Axis;
use super::figure::{Drawn, Figure};
use super::trace::{Trace, diagonal};
use crate::view::View;

/// Points on the curve.
const STEPS: usize = 100;

/// Share of revenue by share of customers, best first; `None` if there is no spend.
pub(super) fn concentration(view: &View) -> Result<Option<Drawn>, BackendError> {
    let spend = view.frame.spend_minor()?;
    let mut values: Vec<i64> = view.chosen.rows().map(|row| spend[row]).collect();
    values.sort_unstable_by(|a, b| b.cmp(a));
    let curve = cumulative(&values, STEPS);
    let total = curve[STEPS].1;
    // Too few customers for a distribution.
    if total <= 0 || values.len() < 5 {
        return Ok(None);
    }
    let customers = |(taken, _): (usize, i128)| taken as f64 / values.len() as f64;
    let revenue = |(_, sum): (usize, i128)| sum as f64 / total as f64;
    let half = count_for_half(&values);
    Ok(Some(Drawn {
        title: words::concentration_curve(
            half as u64,
            half as f64 / values.len() as f64,
            view.chosen.is_all(),
        ),
        advice:
            "The further the curve is above the dotted line, the fewer customers the business depends on."
                .to_owned(),
        units: concat!("percent of ", label!(revenue), " by percent of customers").to_owned(),
        figure: Figure::new(320, [16, 34, 48])
            .legend()
            .with(diagonal("If everyone spent the same", "--chart-2", 0.0, 100.0))
            .with(
                Trace::line(curve.iter().copied(), "--chart-1", 2.5)
                    .name("These customers")
                    .x(|at| customers(at) * 100.0)
                    .y(|at| revenue(at) * 100.0)
                    .filled()
                    .tooltip(concat!("Top %{x:.0f}% of customers<br>%{y:.1f}% of ", label!(revenue))),
            )
            .x(Axis::titled("Top customers, share of all").percent(100).no_grid())
            .y(Axis::upright(concat!("Share of ", label!(revenue))).percent(104)),
        table: TableOf::new(curve.iter().copied().skip(5).step_by(5))
            .share("customer_share", "Top share of customers", customers)
            .count("customers", "Customers", |(taken, _)| taken as u64)
            .money("revenue", concat!("Their ", label!(revenue)), |(_, sum)| sum)
            .share("revenue_share", concat!("Share of ", label!(revenue)), revenue)
            .done(),
    }))
}
