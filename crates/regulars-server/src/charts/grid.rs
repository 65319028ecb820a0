//! The RFM grid: recency score against frequency score, coloured by the measure in the query.

use regulars_analysis::error::BackendError;
use regulars_analysis::filter::Score;
use regulars_analysis::format;
use regulars_analysis::frame::Coded;
use regulars_analysis::measures::{Sums, by_class};
use regulars_analysis::table::TableOf;
use regulars_core::label;
use regulars_core::tables::rfm_scores;
use serde_json::json;

use super::axes::Axis;
use super::figure::Drawn;
use super::heat_map::HeatMap;
use crate::palette;
use crate::query::RfmCellMeasure;
use crate::view::View;

/// One cell per pair of scores; `None` without customers, or if the run has no predicted values to show.
pub(super) fn grid(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (recency, frequency) =
        (view.frame.score(rfm_scores::COLUMNS.r_score)?, view.frame.score(rfm_scores::COLUMNS.f_score)?);
    let shown = view.query.shown.cells;
    if shown == RfmCellMeasure::Value && view.frame.expected_minor()?.is_none() {
        return Ok(None);
    }
    let most = |scores: &[i64]| scores.iter().copied().max().unwrap_or(0).clamp(0, 20) as usize;
    let (rows, columns) = (most(&recency), most(&frequency));
    if rows == 0 || columns == 0 {
        return Ok(None);
    }
    let within = |score: i64, most: usize| (score as usize).checked_sub(1).filter(|at| *at < most);
    let code = |(r, f): (&i64, &i64)| {
        within(*r, rows).zip(within(*f, columns)).map_or(u16::MAX, |(r, f)| (r * columns + f) as u16)
    };
    let cells = Coded {
        codes: recency.iter().zip(frequency.iter()).map(code).collect(),
        labels: vec![String::new(); rows * columns],
    };
    let sums = by_class(&view.frame, &view.chosen, Some(&cells))?;
    let of = |f: usize, r: usize| &sums[r * columns + f];
    let money = &view.money;
    let number = |of: &Sums| match shown {
        _ if of.customers == 0 => f64::NAN,
        RfmCellMeasure::Customers => of.customers as f64,
        RfmCellMeasure::Revenue => of.spend_minor as f64,
        RfmCellMeasure::Value => of.expected_mean_minor(),
    };
    // Values are skewed: a square-root scale keeps small cells distinguishable.
    let size = |of: &Sums| if number(of).is_nan() { f64::NAN } else { number(of).max(0.0).sqrt() };
    let largest = sums.iter().map(size).fold(0.0, f64::max);
    let text = |f: usize, r: usize| {
        let of = of(f, r);
        let level = if largest > 0.0 { size(of).max(0.0) / largest } else { 0.0 };
        let text = match shown {
            RfmCellMeasure::Customers => format::count(of.customers),
            RfmCellMeasure::Value if of.valued == 0 => String::new(),
            _ => money.short(number(of)),
        };
        (of.customers > 0).then(|| (text, palette::ink_at(level)))
    };
    let details = |of: &Sums| {
        let value = match of.valued {
            0 => String::new(),
            _ => format!("<br>mean predicted LTV {}", money.rounded(of.expected_mean_minor())),
        };
        format!(
            concat!("{}, {} of ", label!(revenue), "{}"),
            format::customers(of.customers),
            money.rounded(of.spend_minor as f64),
            value
        )
    };
    let amount = |of: &Sums| match shown {
        RfmCellMeasure::Customers => number(of),
        _ => money.units_of(number(of)),
    };
    let href = |f: usize, r: usize| {
        let filter =
            view.filter().with_score(Score::Recency, r as i64 + 1).with_score(Score::Frequency, f as i64 + 1);
        (of(f, r).customers > 0).then(|| view.customers(filter))
    };
    let score = |axis: Axis| axis.every_one().no_grid().no_zero();
    let (title, units) = match shown {
        RfmCellMeasure::Customers => ("Customers by recency and frequency score", "customers"),
        RfmCellMeasure::Revenue => {
            (concat!(label!(Revenue), " by recency and frequency score"), label!(revenue))
        }
        RfmCellMeasure::Value => {
            ("Predicted LTV per customer by recency and frequency score", "mean predicted LTV")
        }
    };
    Ok(Some(Drawn {
        title: title.to_owned(),
        advice: "Top right: recent, frequent buyers. Top left: recent, but few orders so far. Bottom right: frequent buyers who have not ordered lately. Segments also use days, orders and each customer's purchase cycle, so one cell may hold several. Click a cell for its customers.".to_owned(),
        units: units.to_owned(),
        figure: HeatMap::new(columns, rows, palette::SEQUENTIAL, |f, r| size(of(f, r)))
            .set("x", (1..=columns).collect::<Vec<usize>>())
            .set("y", (1..=rows).collect::<Vec<usize>>())
            .each("customdata", |f, r| json!([details(of(f, r)), amount(of(f, r))]))
            .tooltip("Recency %{y}, frequency %{x}<br>%{customdata[0]}")
            .text(13, text)
            .links(href)
            .figure(420, [12, 10, 48])
            .x(score(Axis::titled("Frequency score (5 = most orders)")))
            .y(score(Axis::upright("Recency score (5 = most recent)"))),
        table: TableOf::new((0..rows * columns).rev().map(|at| (at % columns, at / columns)))
            .text("cell", "Scores", |(f, r)| format!("R{} F{}", r + 1, f + 1))
            .count("r_score", "R", |(_, r)| r as u64 + 1)
            .count("f_score", "F", |(f, _)| f as u64 + 1)
            .count("customers", "Customers", |(f, r)| of(f, r).customers)
            .money("revenue", "Revenue", |(f, r)| of(f, r).spend_minor)
            .money("predicted_value_mean", "Mean predicted LTV", |(f, r)| of(f, r).expected_mean_minor())
            .links(|(f, r)| href(f, r)),
    }))
}
