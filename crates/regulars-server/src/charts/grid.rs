//! The RFM grid: recency score against frequency score, coloured by the measure in the query.

use regulars_analysis::error::BackendError;
use regulars_analysis::filter::Score;
use regulars_analysis::format;
use regulars_analysis::frame::present;
use regulars_analysis::table::{Cell, Table};
use regulars_core::label;
use regulars_core::tables::rfm_scores;
use serde_json::{Value, json};

use super::figure::{Drawn, Figure};
use crate::palette;
use crate::query::RfmCellMeasure;
use crate::view::View;

#[derive(Clone, Copy, Default)]
struct Sum {
    customers: u64,
    spend_minor: i128,
    valued: u64,
    expected_minor: i128,
}

/// One cell per pair of scores; `None` without customers, or if the run has no predicted values to show.
pub(super) fn grid(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (recency, frequency) =
        (view.frame.score(rfm_scores::COLUMNS.r_score)?, view.frame.score(rfm_scores::COLUMNS.f_score)?);
    let (spend, expected) = (view.frame.spend_minor()?, view.frame.expected_minor()?);
    let cells = view.query.shown.cells;
    if cells == RfmCellMeasure::Value && expected.is_none() {
        return Ok(None);
    }
    let most = |scores: &[i64]| scores.iter().copied().max().unwrap_or(0).clamp(0, 20) as usize;
    let (rows, columns) = (most(&recency), most(&frequency));
    if rows == 0 || columns == 0 {
        return Ok(None);
    }
    let mut sums = vec![vec![Sum::default(); columns]; rows];
    for row in view.chosen.rows() {
        let (r, f) = (recency[row] as usize, frequency[row] as usize);
        let Some(of) = sums.get_mut(r.wrapping_sub(1)).and_then(|line| line.get_mut(f.wrapping_sub(1)))
        else {
            continue;
        };
        of.customers += 1;
        of.spend_minor += i128::from(spend[row]);
        if let Some(value) = expected.as_ref().and_then(|expected| present(expected[row])) {
            of.valued += 1;
            of.expected_minor += i128::from(value);
        }
    }
    let money = &view.money;
    let number = |of: &Sum| match cells {
        RfmCellMeasure::Customers => of.customers as f64,
        RfmCellMeasure::Revenue => of.spend_minor as f64,
        RfmCellMeasure::Value => of.expected_minor as f64 / of.valued as f64,
    };
    let shown = |of: &Sum| match cells {
        _ if of.customers == 0 => String::new(),
        RfmCellMeasure::Customers => format::count(of.customers),
        RfmCellMeasure::Value if of.valued == 0 => String::new(),
        _ => money.short(number(of)),
    };
    let drawn = |of: &Sum| match number(of) {
        value if of.customers == 0 || !value.is_finite() => Value::Null,
        value if cells == RfmCellMeasure::Customers => json!(value),
        value => json!(money.units_of(value)),
    };
    let href = |r: usize, f: usize| {
        let filter =
            view.filter().with_score(Score::Recency, r as i64 + 1).with_score(Score::Frequency, f as i64 + 1);
        (sums[r][f].customers > 0).then(|| view.customers(filter))
    };
    let mut table = Table::new(&[
        ("cell", "Scores"),
        ("r_score", "R"),
        ("f_score", "F"),
        ("customers", "Customers"),
        ("revenue", "Revenue"),
        ("predicted_value_mean", "Mean predicted LTV"),
    ]);
    for (r, line) in sums.iter().enumerate().rev() {
        for (f, of) in line.iter().enumerate().rev() {
            table.push(
                vec![
                    Cell::Text(format!("R{} F{}", r + 1, f + 1)),
                    Cell::Count(r as u64 + 1),
                    Cell::Count(f as u64 + 1),
                    Cell::Count(of.customers),
                    Cell::Money(of.spend_minor as f64),
                    Cell::Money(of.expected_minor as f64 / of.valued as f64),
                ],
                href(r, f),
            );
        }
    }
    let places: Vec<(usize, usize)> = (0..rows).flat_map(|r| (0..columns).map(move |f| (r, f))).collect();
    let line = |f: &dyn Fn(usize, usize) -> Value| -> Value {
        (0..rows).map(|r| (0..columns).map(|c| f(r, c)).collect::<Value>()).collect::<Value>()
    };
    let details = |r: usize, f: usize| {
        let of = &sums[r][f];
        let value = if of.valued > 0 {
            format!("<br>mean predicted LTV {}", money.rounded(of.expected_minor as f64 / of.valued as f64))
        } else {
            String::new()
        };
        json!(format!(
            concat!("{}, {} of ", label!(revenue), "{}"),
            format::counted(of.customers, "customer", "customers"),
            money.rounded(of.spend_minor as f64),
            value
        ))
    };
    // Values are skewed: a square-root scale keeps small cells distinguishable.
    let size = |of: &Sum| number(of).max(0.0).sqrt();
    let largest =
        places.iter().map(|(r, f)| size(&sums[*r][*f])).filter(|s| s.is_finite()).fold(0.0, f64::max);
    let level = |r: usize, f: usize| if largest > 0.0 { size(&sums[r][f]) / largest } else { 0.0 };
    let annotations: Vec<Value> = places
        .iter()
        .filter(|(r, f)| sums[*r][*f].customers > 0)
        .map(|(r, f)| {
            json!({
                "x": f + 1, "y": r + 1, "text": shown(&sums[*r][*f]), "showarrow": false,
                "font": { "color": palette::ink_at(level(*r, *f)), "size": 13 },
            })
        })
        .collect();
    let coloured: Value = line(&|r, f| match drawn(&sums[r][f]) {
        Value::Null => Value::Null,
        _ => json!(size(&sums[r][f])),
    });
    let figure = Figure {
        data: vec![json!({
            "type": "heatmap",
            "x": (1..=columns).collect::<Vec<usize>>(),
            "y": (1..=rows).collect::<Vec<usize>>(),
            "z": coloured,
            "zmin": 0,
            "customdata": line(&|r, f| json!([details(r, f), drawn(&sums[r][f])])),
            "colorscale": palette::scale(),
            "showscale": false,
            "xgap": 3,
            "ygap": 3,
            "hoverongaps": false,
            "hovertemplate": "Recency %{y}, frequency %{x}<br>%{customdata[0]}<extra></extra>",
        })],
        layout: json!({
            "height": 420,
            "showlegend": false,
            "margin": { "l": 12, "r": 12, "t": 10, "b": 48 },
            "xaxis": { "title": { "text": "Frequency score (5 = most orders)", "standoff": 8 }, "dtick": 1, "showgrid": false, "zeroline": false },
            "yaxis": { "title": { "text": "Recency score (5 = most recent)" }, "dtick": 1, "showgrid": false, "zeroline": false },
            "annotations": annotations,
        }),
        links: json!([line(&|r, f| json!(href(r, f)))]),
    };
    let (of, units) = match cells {
        RfmCellMeasure::Customers => ("Customers by recency and frequency score", "customers"),
        RfmCellMeasure::Revenue => {
            (concat!(label!(Revenue), " by recency and frequency score"), label!(revenue))
        }
        RfmCellMeasure::Value => {
            ("Predicted LTV per customer by recency and frequency score", "mean predicted LTV")
        }
    };
    Ok(Some(Drawn {
        title: of.to_owned(),
        advice: "Top right: recent, frequent buyers. Top left: recent, but few orders so far. Bottom right: frequent buyers who have not ordered lately. Segments also use days, orders and each customer's purchase cycle, so one cell may hold several. Click a cell for its customers.".to_owned(),
        units: units.to_owned(),
        figure,
        table,
    }))
}
