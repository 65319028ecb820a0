//! Holdout checks: interval coverage by decile, and churn probabilities against actual outcomes.

use regulars_analysis::columns::NO_INTEGER;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::TableOf;
use regulars_core::summary::ValueDecile;
use regulars_core::tables::{ColumnDef, ltv_predictions};

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure};
use super::super::trace::Trace;
use super::holdout::caution;
use crate::view::View;

/// Bins of a probability.
const CLASSES: usize = 10;

/// Interval coverage by decile of the forecast.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn coverage(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let found: Vec<(&ValueDecile, f64)> =
        value.deciles.iter().filter_map(|decile| Some((decile, decile.coverage?))).collect();
    let off = |share: f64| (share - value.interval_level).abs();
    let worst = found.iter().max_by(|a, b| off(a.1).total_cmp(&off(b.1)));
    let Some((worst, share)) = worst else { return Ok(None) };
    let level = value.interval_level * 100.0;
    let hover = |(decile, share): (&ValueDecile, f64)| {
        format!(
            "Decile {} by forecast<br>{} of {} within their interval",
            decile.decile,
            format::percent(share),
            format::customers(decile.customers)
        )
    };
    Ok(Some(Drawn {
        title: format!(
            "Interval coverage {}; furthest off in decile {}: {}",
            format::percent(value.coverage),
            worst.decile,
            format::percent(*share)
        ),
        advice: format!(
            "Share of customers whose spend in the {}-day holdout period lay within their interval. The dotted line is the nominal {level:.0}%: above it intervals are wider than necessary, below it too narrow.",
            value.holdout_days
        ),
        units: "percent of customers within their prediction interval, by decile of forecast".to_owned(),
        figure: Figure::new(320, [12, 10, 48])
            .with(
                Trace::columns(found.iter().copied())
                    .x(|(decile, _)| decile.decile)
                    .y(|(_, share)| share * 100.0)
                    .hover(hover),
            )
            .gap(0.3)
            .level(level, "--muted")
            .x(Axis::titled("Decile by forecast (1 = highest)").every_one().no_grid())
            .y(Axis::upright("Within their interval").percent(104)),
        table: TableOf::new(found.iter().copied())
            .count("decile", "Decile", |(decile, _)| decile.decile)
            .count("customers", "Customers", |(decile, _)| decile.customers)
            .share("coverage", "Coverage", |(_, share)| share)
            .done(),
    }))
}

/// Customers by the churn probability predicted before the holdout period, split by actual outcome.
pub(crate) fn churn_holdout(view: &View) -> Result<Option<Drawn>, BackendError> {
    const OF: ltv_predictions::Columns<ColumnDef> = ltv_predictions::COLUMNS;
    let Some(value) = view.frame.summary.value.as_ref().filter(|value| !value.churn.is_empty()) else {
        return Ok(None);
    };
    let (Some(predicted), Some(purchases)) =
        (view.frame.numbers(OF.holdout_p_churn)?, view.frame.integers(OF.actual_purchases)?)
    else {
        return Ok(None);
    };
    // Per bin: customers who bought, customers who did not.
    let mut counts = [(0_u64, 0_u64); CLASSES];
    let mut sum = 0.0;
    for row in view.chosen.rows().filter(|row| predicted[*row].is_finite() && purchases[*row] != NO_INTEGER) {
        let count = &mut counts[((predicted[row] * CLASSES as f64) as usize).min(CLASSES - 1)];
        if purchases[row] == 0 {
            count.1 += 1;
        } else {
            count.0 += 1;
        }
        sum += predicted[row];
    }
    let (bought, churned) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    let all = bought + churned;
    if all == 0 {
        return Ok(None);
    }
    let width = 100 / CLASSES;
    let name = |class: usize| format!("{} to {}%", class * width, (class + 1) * width);
    let customers = |class: usize| counts[class].0 + counts[class].1;
    let share = |class: usize| counts[class].1 as f64 / customers(class) as f64;
    let hover = |class: usize| {
        format!(
            "Predicted P(churn) {}<br>{} of {} did not buy: {}",
            name(class),
            format::count(counts[class].1),
            format::customers(customers(class)),
            format::percent(share(class))
        )
    };
    let bars = |name: &str, colour: &str, count: fn((u64, u64)) -> u64| {
        Trace::columns(0..CLASSES)
            .name(name)
            .x(|class| (class as f64 + 0.5) * width as f64)
            .y(|class| count(counts[class]))
            .hover(hover)
            .colour(colour)
    };
    Ok(Some(Drawn {
        title: format!(
            "Churn rate: {} predicted for the {}-day holdout period, {} actual",
            format::percent_in_text(sum / all as f64),
            value.holdout_days,
            format::percent_in_text(churned as f64 / all as f64)
        ),
        advice: format!(
            "Customers by P(churn) predicted before the holdout period. On the left nearly all should have bought, on the right hardly any.{}",
            caution(view)
        ),
        units: "customers by predicted P(churn)".to_owned(),
        figure: Figure::new(340, [12, 34, 48])
            .legend()
            .with(bars("Bought", "--chart-1", |(bought, _)| bought))
            .with(bars("No purchase", "--chart-2", |(_, churned)| churned))
            .set("barmode", "stack")
            .gap(0.1)
            .x(Axis::titled("Predicted P(churn)").percent(100).no_grid())
            .y(Axis::counts("Customers", 5)),
        table: TableOf::new(0..CLASSES)
            .text("class", "Predicted P(churn)", name)
            .count("customers", "Customers", customers)
            .count("bought_nothing", "No purchase", |class| counts[class].1)
            .share("share", "Share", share)
            .done(),
    }))
}
