//! Predicted against actual spend in the holdout period.

use regulars_analysis::columns::NO_INTEGER;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Table};
use regulars_core::money::minor_per_major;
use serde_json::{Value, json};

use super::super::distributions::{Spread, spread, whole_unit};
use super::super::figure::{Drawn, Figure, label};
use crate::palette;
use crate::view::View;

/// Bins per power of ten.
const CLASSES: f64 = 4.0;
/// Decades drawn at most.
const DECADES: i32 = 6;
/// Customers a bin needs for its mean to be drawn.
const ENOUGH: u64 = 10;
/// Points on the gain curve.
const STEPS: usize = 100;

/// Predicted and actual holdout spend of the selected customers, in minor units.
fn pairs(view: &View) -> Result<Vec<(i64, i64)>, BackendError> {
    let Some(holdout) = view.frame.holdout_spend()? else { return Ok(Vec::new()) };
    Ok(view.chosen.rows().filter_map(|row| holdout.pair(row)).collect())
}

/// Warns if the filter uses behaviour that includes the holdout period.
fn caution(view: &View) -> &'static str {
    if view.query.filter.is_by_behaviour() {
        " The filter uses today's values, which already include the holdout period, so differences here are not model error alone."
    } else {
        ""
    }
}

/// Predicted against actual spend, both on a log scale, as customer counts per cell.
pub(crate) fn agreement(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (Some(value), found) = (&view.frame.summary.value, pairs(view)?) else { return Ok(None) };
    let money = &view.money;
    let units: Vec<(f64, f64)> = found.iter().map(|(e, a)| (money.units(*e), money.units(*a))).collect();
    let most = units.iter().flat_map(|(e, a)| [*e, *a]).fold(0.0, f64::max);
    if found.len() < 5 || most <= 0.0 {
        return Ok(None);
    }
    // Amounts below the smallest power of ten share a bin with zero.
    let top = most.log10().floor() as i32 + 1;
    let bottom = (least_power(&units)).clamp(top - DECADES, top - 1);
    let classes = (f64::from(top - bottom) * CLASSES) as usize + 1;
    let class = |units: f64| {
        if units < 10_f64.powi(bottom) {
            return 0;
        }
        (((units.log10() - f64::from(bottom)) * CLASSES).floor() as usize + 1).min(classes - 1)
    };
    let middle = |class: usize| f64::from(bottom) + (class as f64 - 0.5) / CLASSES;
    let mut counts = vec![vec![0_u64; classes]; classes];
    let mut sums = vec![(0_u64, 0.0, 0.0, 0_u64); classes];
    for (expected, actual) in &units {
        let (x, y) = (class(*expected), class(*actual));
        counts[y][x] += 1;
        let sum = &mut sums[x];
        *sum = (sum.0 + 1, sum.1 + expected, sum.2 + actual, sum.3 + u64::from(*actual <= 0.0));
    }
    let amount = |units: f64| money.rounded(units * minor_per_major(view.frame.summary.money_decimals));
    let edge = |class: usize| 10_f64.powf(f64::from(bottom) + (class as f64 - 1.0) / CLASSES);
    let words = |class: usize| {
        if class == 0 {
            format!("less than {}", amount(edge(1)))
        } else {
            format!("{} to {}", amount(edge(class)), amount(edge(class + 1)))
        }
    };
    let mut table = Table::new(&[
        ("expected", "Predicted"),
        ("customers", "Customers"),
        ("expected_mean", "Mean predicted"),
        ("actual_mean", "Mean actual"),
        ("nothing_share", "No spend"),
    ]);
    let minor = |units: f64| units * minor_per_major(view.frame.summary.money_decimals);
    for (x, (count, expected, actual, nothing)) in sums.iter().enumerate().filter(|(_, sum)| sum.0 > 0) {
        let of = *count as f64;
        table.push(
            vec![
                Cell::Text(words(x)),
                Cell::Count(*count),
                Cell::Money(minor(expected / of)),
                Cell::Money(minor(actual / of)),
                Cell::Share(*nothing as f64 / of),
            ],
            None,
        );
    }
    let place = |units: f64| if units < 10_f64.powi(bottom) { middle(0) } else { units.log10() };
    let line: Vec<(f64, f64, String)> = sums
        .iter()
        .filter(|sum| sum.0 >= ENOUGH)
        .map(|(count, expected, actual, _)| {
            let of = *count as f64;
            let words = format!("predicted {}, actual {}", amount(expected / of), amount(actual / of));
            (place(expected / of), place(actual / of), words)
        })
        .collect();
    let ends = (f64::from(bottom), f64::from(top));
    let ticks: Vec<f64> = std::iter::once(middle(0)).chain((bottom + 1..=top).map(f64::from)).collect();
    let labels: Vec<String> = std::iter::once(format!("&lt;{}", money.short(minor(10_f64.powi(bottom)))))
        .chain((bottom + 1..=top).map(|power| money.short(minor(10_f64.powi(power)))))
        .collect();
    let axis = |title: &str| {
        json!({
            "title": { "text": title, "standoff": 8 }, "tickvals": ticks, "ticktext": labels, "showgrid": false, "zeroline": false,
            "range": [middle(0) - 0.5 / CLASSES, ends.1], "tickangle": 0,
        })
    };
    let cells: Vec<Vec<Value>> = counts
        .iter()
        .map(|line| {
            line.iter().map(|n| if *n == 0 { Value::Null } else { json!((*n as f64).sqrt()) }).collect()
        })
        .collect();
    let details: Vec<Vec<String>> = (0..classes)
        .map(|y| {
            (0..classes)
                .map(|x| {
                    format!(
                        "{}<br>predicted: {}<br>actual: {}",
                        format::counted(counts[y][x], "customer", "customers"),
                        words(x),
                        if y == 0 { format!("{} or nothing", words(0)) } else { words(y) }
                    )
                })
                .collect()
        })
        .collect();
    let places: Vec<f64> = (0..classes).map(middle).collect();
    let (expected, actual) =
        found.iter().fold((0_i128, 0_i128), |(e, a), (x, y)| (e + i128::from(*x), a + i128::from(*y)));
    let figure = Figure {
        data: vec![
            json!({ "type": "heatmap", "x": places, "y": places, "z": cells, "zmin": 0, "customdata": details, "colorscale": palette::density(), "showscale": false, "xgap": 1, "ygap": 1, "hoverongaps": false, "hovertemplate": "%{customdata}<extra></extra>", "showlegend": false }),
            json!({ "type": "scatter", "mode": "lines", "name": "Perfect forecast", "x": [ends.0, ends.1], "y": [ends.0, ends.1], "hoverinfo": "skip", "line": { "color": "--muted", "dash": "dot", "width": 1.5 } }),
            json!({ "type": "scatter", "mode": "lines+markers", "name": "Mean", "x": line.iter().map(|l| l.0).collect::<Vec<_>>(), "y": line.iter().map(|l| l.1).collect::<Vec<_>>(), "customdata": line.iter().map(|l| l.2.clone()).collect::<Vec<_>>(), "line": { "color": "--cluster-2", "width": 2.5 }, "marker": { "size": 6 }, "hovertemplate": "mean %{customdata}<extra></extra>" }),
        ],
        layout: json!({
            "height": 440,
            "margin": { "l": 12, "r": 16, "t": 34, "b": 48 },
            "xaxis": axis("Predicted spend per customer, log scale"),
            "yaxis": axis("Actual spend, log scale"),
        }),
        links: Value::Null,
    };
    Ok(Some(Drawn {
        title: format!(
            "{}: {} predicted for the {}-day holdout period, {} actual",
            format::counted(found.len() as u64, "customer", "customers"),
            money.rounded(expected as f64),
            value.holdout_days,
            money.rounded(actual as f64)
        ),
        advice: format!(
            "Forecasts by {} before the holdout period. Single customers scatter widely; in a good forecast the orange line (mean of customers with the same forecast) follows the dotted line.{}",
            value.model,
            caution(view)
        ),
        units: "customers by predicted and actual holdout spend".to_owned(),
        figure,
        table,
    }))
}

/// The power of ten at or below the 2nd percentile of the positive amounts.
fn least_power(units: &[(f64, f64)]) -> i32 {
    let mut positive: Vec<f64> = units.iter().flat_map(|(e, a)| [*e, *a]).filter(|v| *v > 0.0).collect();
    let place = positive.len() / 50;
    match positive.get(place) {
        Some(_) => positive.select_nth_unstable_by(place, f64::total_cmp).1.log10().floor() as i32,
        None => 0,
    }
}

/// Actual minus predicted spend.
pub(crate) fn residuals(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(holdout) = view.frame.holdout_spend()? else { return Ok(None) };
    let found = pairs(view)?;
    if found.len() < 5 {
        return Ok(None);
    }
    let mut values = vec![NO_INTEGER; view.frame.count()?];
    for row in view.chosen.rows() {
        if let Some((expected, actual)) = holdout.pair(row) {
            values[row] = actual - expected;
        }
    }
    let mut sizes: Vec<u64> = found.iter().map(|(e, a)| a.abs_diff(*e)).collect();
    let middle = sizes.len() / 2;
    let half = *sizes.select_nth_unstable(middle).1;
    let less = found.iter().filter(|(expected, actual)| actual < expected).count();
    Ok(spread(
        view,
        &Spread {
            limited: None,
            values: &values,
            unit: whole_unit(view),
            base: 0,
            is_money: true,
            words: ("", ""),
            axis: "Actual minus predicted",
            title: format!(
                "Median absolute error {}; {} of customers spent less than predicted",
                view.money.rounded(half as f64),
                format::percent_in_text(less as f64 / found.len() as f64)
            ),
            advice: &format!(
                "A forecast is an expected value: many customers spend a little less, a few much more. The mean error (dotted line) should be near 0.{}",
                caution(view)
            ),
        },
    ))
}

/// Predicted and actual spend by decile of the chosen model's forecast.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn calibration(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let Some(first) = value.deciles.first() else { return Ok(None) };
    let money = &view.money;
    let mut table = Table::new(&[
        ("decile", "Decile"),
        ("customers", "Customers"),
        ("expected", "Mean predicted"),
        ("actual", "Mean actual"),
        ("coverage", "Interval coverage"),
    ]);
    for tenth in &value.deciles {
        table.push(
            vec![
                Cell::Count(tenth.decile),
                Cell::Count(tenth.customers),
                Cell::Money(tenth.expected_minor),
                Cell::Money(tenth.actual_minor),
                Cell::Share(tenth.coverage.unwrap_or(f64::NAN)),
            ],
            None,
        );
    }
    let covered: Vec<String> = value
        .deciles
        .iter()
        .map(|tenth| match tenth.coverage {
            Some(share) => format!("{} within their interval", format::percent(share)),
            None => "no intervals".to_owned(),
        })
        .collect();
    let trace = |name: &str, colour: &str, of: &dyn Fn(&regulars_core::summary::ValueDecile) -> f64| {
        json!({
            "type": "bar",
            "name": name,
            "x": value.deciles.iter().map(|tenth| tenth.decile).collect::<Vec<_>>(),
            "y": value.deciles.iter().map(|tenth| money.units_of(of(tenth))).collect::<Vec<_>>(),
            "text": value.deciles.iter().map(|tenth| money.mean(of(tenth))).collect::<Vec<_>>(),
            "textposition": "none",
            "customdata": covered,
            "marker": { "color": colour },
            "hovertemplate": format!("Decile %{{x}}<br>mean {}: %{{text}}<br>%{{customdata}}<extra></extra>", name.to_lowercase()),
        })
    };
    let (prefix, suffix) = money.affixes();
    Ok(Some(Drawn {
        title: format!(
            "Decile 1 by forecast: {} predicted per customer, {} actual",
            money.rounded(first.expected_minor),
            money.rounded(first.actual_minor)
        ),
        advice: "Deciles by forecast before the holdout period, highest first. Equal bars mean a reliable forecast; a lower second bar means it was too high.".to_owned(),
        units: "mean holdout spend per customer".to_owned(),
        figure: Figure {
            data: vec![
                trace("Predicted", "--chart-2", &|tenth| tenth.expected_minor),
                trace("Actual", "--chart-1", &|tenth| tenth.actual_minor),
            ],
            layout: json!({
                "height": 340,
                "barmode": "group",
                "bargap": 0.28,
                "bargroupgap": 0.08,
                "margin": { "l": 12, "r": 12, "t": 34, "b": 48 },
                "xaxis": { "title": { "text": "Decile by forecast", "standoff": 8 }, "dtick": 1, "nticks": 10, "showgrid": false },
                "yaxis": { "title": { "text": "Mean spend per customer" }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s", "rangemode": "tozero", "nticks": 6 },
            }),
            links: Value::Null,
        },
        table,
    }))
}

/// Cumulative gain: share of actual spend by customers ranked by forecast.
pub(crate) fn gain(view: &View) -> Result<Option<Drawn>, BackendError> {
    let mut found = pairs(view)?;
    let total: i128 = found.iter().map(|(_, actual)| i128::from(*actual)).sum();
    let Some(value) = view.frame.summary.value.as_ref().filter(|_| total > 0 && found.len() >= 5) else {
        return Ok(None);
    };
    let curve = |found: &[(i64, i64)]| -> Vec<f64> {
        let (mut sum, mut taken, mut shares) = (0_i128, 0, vec![0.0]);
        for step in 1..=STEPS {
            let until = found.len() * step / STEPS;
            sum += found[taken..until].iter().map(|(_, actual)| i128::from(*actual)).sum::<i128>();
            taken = until;
            shares.push(sum as f64 / total as f64);
        }
        shares
    };
    // Ties stay in id order, which is unrelated to actual spend.
    found.sort_by_key(|(expected, _)| std::cmp::Reverse(*expected));
    let by_forecast = curve(&found);
    found.sort_by_key(|(_, actual)| std::cmp::Reverse(*actual));
    let by_truth = curve(&found);
    let steps: Vec<f64> = (0..=STEPS).map(|step| step as f64 * 100.0 / STEPS as f64).collect();
    let mut table = Table::new(&[
        ("customer_share", "Share of customers"),
        ("spend_share", "Share of actual spend"),
        ("spend_share_perfect", "With perfect ranking"),
    ]);
    for step in (5..=STEPS).step_by(5) {
        table.push(
            vec![
                Cell::Share(step as f64 / STEPS as f64),
                Cell::Share(by_forecast[step]),
                Cell::Share(by_truth[step]),
            ],
            None,
        );
    }
    let percents = |shares: &[f64]| shares.iter().map(|share| share * 100.0).collect::<Vec<f64>>();
    let axis = |title: &str| json!({ "title": { "text": title, "standoff": 8 }, "ticksuffix": "%", "range": [0, 103], "dtick": 20 });
    Ok(Some(Drawn {
        title: format!(
            "Decile 1 by forecast accounts for {} of actual spend",
            format::percent_in_text(by_forecast[10])
        ),
        advice: format!(
            "Customers ranked by forecast, highest first. The closer the curve is to perfect ranking, the better the forecast finds the customers to spend a budget on.{}{}",
            if by_truth.iter().any(|share| *share > 1.0) {
                " Shares exceed 100% because some customers had net returns."
            } else {
                ""
            },
            caution(view)
        ),
        units: "percent of holdout spend by percent of customers".to_owned(),
        figure: Figure {
            data: vec![
                json!({ "type": "scatter", "mode": "lines", "name": "Random order", "x": [0, 100], "y": [0, 100], "hoverinfo": "skip", "line": { "color": "--chart-2", "dash": "dot", "width": 1.5 } }),
                json!({ "type": "scatter", "mode": "lines", "name": "Perfect ranking", "x": steps, "y": percents(&by_truth), "line": { "color": "--muted", "dash": "dash", "width": 1.5 }, "hovertemplate": "Top %{x:.0f}% by actual spend<br>%{y:.1f}% of actual spend<extra></extra>" }),
                json!({ "type": "scatter", "mode": "lines", "name": label(&value.model), "x": steps, "y": percents(&by_forecast), "line": { "color": "--chart-1", "width": 2.5 }, "hovertemplate": "Top %{x:.0f}% by forecast<br>%{y:.1f}% of actual spend<extra></extra>" }),
            ],
            layout: json!({
                "height": 340,
                "margin": { "l": 12, "r": 16, "t": 34, "b": 48 },
                "xaxis": axis("Customers ranked by forecast, share of all"),
                "yaxis": axis("Share of actual spend"),
            }),
            links: Value::Null,
        },
        table,
    }))
}
