//! Revenue concentration: a Lorenz curve with the best customers first.

use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::table::{Cell, Table};
use regulars_core::label;
use serde_json::{Value, json};

use super::figure::{Drawn, Figure};
use crate::view::View;

/// Points on the curve.
const STEPS: usize = 100;

/// How many top customers account for half of the total.
///
/// Shape: `values` with the largest first.
fn bring_half(values: &[i64]) -> usize {
    let total: i128 = values.iter().map(|v| i128::from(*v)).sum();
    let mut sum = 0;
    let enough = |value: &i64| {
        sum += i128::from(*value);
        2 * sum >= total
    };
    values.iter().position(enough).map_or(values.len(), |at| at + 1)
}

/// Share of revenue by share of customers, best first; `None` if there is no spend.
pub(super) fn concentration(view: &View) -> Result<Option<Drawn>, BackendError> {
    let spend = view.frame.spend_minor()?;
    let mut values: Vec<i64> = view.chosen.rows().map(|row| spend[row]).collect();
    values.sort_unstable_by(|a, b| b.cmp(a));
    let total: i128 = values.iter().map(|v| i128::from(*v)).sum();
    // Too few customers for a distribution.
    if total <= 0 || values.len() < 5 {
        return Ok(None);
    }
    let mut table = Table::new(&[
        ("customer_share", "Top share of customers"),
        ("customers", "Customers"),
        ("revenue", concat!("Their ", label!(revenue))),
        ("revenue_share", concat!("Share of ", label!(revenue))),
    ]);
    let (mut shares, mut brought) = (vec![0.0], vec![0.0]);
    let mut sum = 0_i128;
    let mut taken = 0;
    for step in 1..=STEPS {
        let until = values.len() * step / STEPS;
        sum += values[taken..until].iter().map(|v| i128::from(*v)).sum::<i128>();
        taken = until;
        let (share, revenue) = (taken as f64 / values.len() as f64, sum as f64 / total as f64);
        shares.push(share * 100.0);
        brought.push(revenue * 100.0);
        if step % 5 == 0 {
            table.push(
                vec![
                    Cell::Share(share),
                    Cell::Count(taken as u64),
                    Cell::Money(sum as f64),
                    Cell::Share(revenue),
                ],
                None,
            );
        }
    }
    let half = bring_half(&values);
    let figure = Figure {
        data: vec![
            json!({ "type": "scatter", "mode": "lines", "name": "If everyone spent the same", "x": [0, 100], "y": [0, 100], "hoverinfo": "skip", "line": { "color": "--chart-2", "dash": "dot", "width": 1.5 } }),
            json!({ "type": "scatter", "mode": "lines", "name": "These customers", "x": shares, "y": brought, "fill": "tozeroy", "fillcolor": "--chart-1-veil", "line": { "color": "--chart-1", "width": 2.5 }, "hovertemplate": concat!("Top %{x:.0f}% of customers<br>%{y:.1f}% of ", label!(revenue), "<extra></extra>") }),
        ],
        layout: json!({
            "height": 320,
            "margin": { "l": 12, "r": 16, "t": 34, "b": 48 },
            "xaxis": { "title": { "text": "Top customers, share of all", "standoff": 8 }, "ticksuffix": "%", "range": [0, 100], "dtick": 20, "showgrid": false },
            "yaxis": { "title": { "text": concat!("Share of ", label!(revenue)) }, "ticksuffix": "%", "range": [0, 104], "dtick": 20 },
        }),
        links: Value::Null,
    };
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
        figure,
        table,
    }))
}

#[cfg(test)]
mod tests {
    use super::bring_half;

    #[test]
    fn half_is_counted_customer_by_customer() {
        for (values, expected) in
            [(vec![50, 30, 20], 1), (vec![49, 31, 20], 2), (vec![25; 4], 2), (vec![10, -4, -4], 1)]
        {
            assert_eq!(bring_half(&values), expected, "{values:?}");
        }
    }
}
