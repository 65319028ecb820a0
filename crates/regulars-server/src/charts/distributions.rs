//! Histograms of customers: recency, frequency, spend, predicted LTV, RFM score.

use regulars_analysis::claims::customers::Skew;
use regulars_analysis::claims::words;
use regulars_analysis::error::BackendError;
use regulars_analysis::filter::RangeFilter;
use regulars_analysis::format::{self, Money};
use regulars_analysis::frame::present;
use regulars_analysis::table::{Cell, Table};
use regulars_core::tables::rfm_scores;
use serde_json::{Value, json};

use super::bins::{Bin, bins};
use super::figure::{Drawn, Figure};
use crate::view::View;

/// Target number of bins.
const CLASSES: usize = 45;

/// One measure of the customers.
pub(super) struct Spread<'a> {
    /// The filter that a click sets, if customers can be filtered by this measure.
    pub(super) limited: Option<RangeFilter>,
    pub(super) values: &'a [i64],
    /// Smallest bin width.
    pub(super) unit: i64,
    /// A value where a bin starts: order counts start at 1.
    pub(super) base: i64,
    pub(super) is_money: bool,
    /// Unit, singular and plural: `day`, `days`.
    pub(super) words: (&'static str, &'static str),
    pub(super) axis: &'a str,
    pub(super) title: String,
    pub(super) advice: &'a str,
}

/// Days since the last order.
pub(super) fn recency(view: &View) -> Result<Option<Drawn>, BackendError> {
    let values = view.frame.recency_days()?;
    let median = median(view, &values);
    Ok(spread(
        view,
        &Spread {
            limited: Some(RangeFilter::RecencyDays),
            values: &values,
            unit: 1,
            base: 0,
            is_money: false,
            words: ("day", "days"),
            axis: "Days since last order",
            title: format!(
                "Half of customers ordered in the last {}",
                format::counted(median.unsigned_abs(), "day", "days")
            ),
            advice: "Click a bar for its customers. Judge recency against how often a customer usually orders.",
        },
    ))
}

/// Orders.
pub(super) fn frequency(view: &View) -> Result<Option<Drawn>, BackendError> {
    let values = view.frame.orders_of_each()?;
    let once =
        view.chosen.rows().filter(|row| values[*row] == 1).count() as f64 / view.chosen.len().max(1) as f64;
    Ok(spread(
        view,
        &Spread {
            limited: Some(RangeFilter::Orders),
            values: &values,
            unit: 1,
            base: 1,
            is_money: false,
            words: ("order", "orders"),
            axis: "Orders per customer",
            title: words::frequency(once),
            advice: words::one_order_advice(once),
        },
    ))
}

/// Spend.
pub(super) fn monetary(view: &View) -> Result<Option<Drawn>, BackendError> {
    let values = view.frame.spend_minor()?;
    let skew =
        Skew { median_minor: median(view, &values) as f64, mean_minor: view.figures.sums.spend_mean_minor() };
    let [title, advice] = words::skew(skew, &view.money);
    Ok(spread(
        view,
        &Spread {
            limited: Some(RangeFilter::SpendMinor),
            values: &values,
            unit: whole_unit(view),
            base: 0,
            is_money: true,
            words: ("", ""),
            axis: "Spend per customer",
            title,
            advice: &advice,
        },
    ))
}

/// Predicted LTV; `None` if the run has none.
pub(super) fn value(view: &View) -> Result<Option<Drawn>, BackendError> {
    let (Some(values), Some(found), Some(run)) =
        (view.frame.expected_minor()?, view.figures.value, &view.frame.summary.value)
    else {
        return Ok(None);
    };
    let skew = Skew { median_minor: median(view, &values) as f64, mean_minor: found.mean_minor };
    let [title, advice] = words::value_skew(skew, run.horizon_days, &view.money);
    Ok(spread(
        view,
        &Spread {
            limited: Some(RangeFilter::ValueMinor),
            values: &values,
            unit: whole_unit(view),
            base: 0,
            is_money: true,
            words: ("", ""),
            axis: &format!("Predicted LTV per customer, next {} days", run.horizon_days),
            title,
            advice: &advice,
        },
    ))
}

/// One major currency unit, in minor units.
pub(super) fn whole_unit(view: &View) -> i64 {
    10_i64.pow(u32::from(view.frame.summary.money_decimals))
}

fn median(view: &View, values: &[i64]) -> i64 {
    let mut found: Vec<i64> = view.chosen.rows().filter_map(|row| present(values[row])).collect();
    if found.is_empty() {
        return 0;
    }
    let middle = (found.len() - 1) / 2;
    *found.select_nth_unstable(middle).1
}

/// A histogram of one measure; `None` if no customer has it.
pub(super) fn spread(view: &View, of: &Spread<'_>) -> Option<Drawn> {
    let values: Vec<i64> = view.chosen.rows().filter_map(|row| present(of.values[row])).collect();
    let total = values.len();
    let sum: i128 = values.iter().map(|v| i128::from(*v)).sum();
    let found = bins(values, CLASSES, of.unit, of.base);
    if found.classes.is_empty() {
        return None;
    }
    let money = &view.money;
    let number = |value: i64| if of.is_money { money.units(value) } else { value as f64 };
    let is_single = !of.is_money && found.width == 1;
    let name = |bin: &Bin| name(bin, of, money);
    let mut table =
        Table::new(&[("from", "From"), ("to", "To"), ("customers", "Customers"), ("share", "Share")]);
    table.columns.insert(0, ("class".into(), of.axis.to_owned()));
    let end = |value: Option<i64>| match value {
        Some(value) if of.is_money => Cell::Money(value as f64),
        Some(value) => Cell::Number(value as f64),
        None => Cell::Number(f64::NAN),
    };
    let mut traces: Vec<(bool, Vec<usize>)> = vec![(false, Vec::new()), (true, Vec::new())];
    for (at, bin) in found.classes.iter().enumerate() {
        let href = of
            .limited
            .filter(|_| bin.count > 0)
            .map(|of| view.customers(view.filter().within(of, bin.from, bin.to)));
        let share = bin.count as f64 / total as f64;
        table.push(
            vec![
                Cell::Text(name(bin)),
                end(bin.from),
                end(bin.to),
                Cell::Count(bin.count),
                Cell::Share(share),
            ],
            href,
        );
        let is_open = bin.from.is_none() || bin.to.is_none();
        traces[usize::from(is_open)].1.push(at);
    }
    let middle = |at: usize| {
        let from = found.start + at as i64 * found.width;
        if is_single { number(from) } else { number(from) + number(found.width) / 2.0 }
    };
    let traces: Vec<(bool, Vec<usize>)> = traces.into_iter().filter(|(_, bins)| !bins.is_empty()).collect();
    let links: Vec<Vec<&Option<String>>> =
        traces.iter().map(|(_, bins)| bins.iter().map(|at| &table.rows[*at].href).collect()).collect();
    let links = if of.limited.is_some() { json!(links) } else { Value::Null };
    let data = traces.iter().map(|(is_open, places)| {
        let counts: Vec<u64> = places.iter().map(|at| found.classes[*at].count).collect();
        let details: Vec<[String; 2]> = places
            .iter()
            .map(|at| {
                let bin = &found.classes[*at];
                [name(bin), format::percent(bin.count as f64 / total as f64)]
            })
            .collect();
        json!({
            "type": "bar",
            "name": if *is_open { "open-ended bin" } else { "customers" },
            "x": places.iter().map(|at| middle(*at)).collect::<Vec<f64>>(),
            "y": counts,
            "width": number(found.width) * 0.9,
            "customdata": details,
            "marker": { "color": if *is_open { "--chart-1-soft" } else { "--chart-1" } },
            "hovertemplate": "%{customdata[0]}<br>%{y:,} customers, %{customdata[1]}<extra></extra>",
        })
    });
    let mean = sum as f64 / total as f64;
    let mean_text = if of.is_money { money.short(mean) } else { format::mean(mean) };
    let (prefix, suffix) = if of.is_money { money.affixes() } else { (String::new(), String::new()) };
    let edge = |at: usize| {
        number(found.start) + number(found.width) * at as f64 - if is_single { number(1) / 2.0 } else { 0.0 }
    };
    let figure = Figure {
        data: data.collect(),
        layout: json!({
            "height": 320,
            "bargap": 0,
            "showlegend": false,
            "margin": { "l": 12, "r": 12, "t": 26, "b": 48 },
            "xaxis": { "title": { "text": of.axis, "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": if of.is_money { "~s" } else { "," }, "showgrid": false, "nticks": 9, "range": [edge(0), edge(found.classes.len())] },
            "yaxis": { "title": { "text": "Customers" }, "rangemode": "tozero", "nticks": 6, "tickformat": "," },
            "shapes": [{ "type": "line", "xref": "x", "yref": "paper", "x0": number_f(of, money, mean), "x1": number_f(of, money, mean), "y0": 0, "y1": 1, "line": { "color": "--ink", "width": 1.5, "dash": "dot" } }],
            "annotations": [{ "xref": "x", "yref": "paper", "x": number_f(of, money, mean), "y": 1, "yanchor": "bottom", "showarrow": false, "text": format!("mean {mean_text}"), "font": { "color": "--muted", "size": 12 } }],
        }),
        links,
    };
    Some(Drawn {
        title: of.title.clone(),
        advice: of.advice.to_owned(),
        units: "customers".to_owned(),
        figure,
        table,
    })
}

fn number_f(of: &Spread<'_>, money: &Money, value: f64) -> f64 {
    if of.is_money { money.units_of(value) } else { value }
}

/// The name of a bin: `€20 to €39.99`, `3 orders`, `200 days and over`.
fn name(bin: &Bin, of: &Spread<'_>, money: &Money) -> String {
    let number = |value: i64| {
        if of.is_money {
            money.exact(value)
        } else if value < 0 {
            format!("−{}", format::count(value.unsigned_abs()))
        } else {
            format::count(value as u64)
        }
    };
    let unit = |value: i64| match of.words {
        ("", _) => String::new(),
        (one, many) => format!(" {}", if value == 1 { one } else { many }),
    };
    match (bin.from, bin.to) {
        (Some(from), Some(to)) if from == to => format!("{}{}", number(from), unit(from)),
        (Some(from), Some(to)) => format!("{} to {}{}", number(from), number(to), unit(to)),
        (Some(from), None) => format!("{}{} and over", number(from), unit(from)),
        (None, Some(to)) => format!("{}{} and under", number(to), unit(to)),
        (None, None) => "all".to_owned(),
    }
}

/// Customers by the sum of their R, F and M scores.
pub(super) fn rfm_score(view: &View) -> Result<Option<Drawn>, BackendError> {
    let scores = view.frame.score(rfm_scores::COLUMNS.rfm_score)?;
    let chosen: Vec<i64> = view.chosen.rows().map(|row| scores[row]).collect();
    let (Some(low), Some(high)) = (scores.iter().min(), scores.iter().max()) else { return Ok(None) };
    let total = chosen.len().max(1) as f64;
    let mut table = Table::new(&[("rfm_score", "RFM score"), ("customers", "Customers"), ("share", "Share")]);
    let mut counts = vec![0_u64; (high - low) as usize + 1];
    for score in &chosen {
        counts[(score - low) as usize] += 1;
    }
    for (score, count) in (*low..=*high).zip(&counts) {
        let filter = view.filter().within(RangeFilter::RfmScore, Some(score), Some(score));
        table.push(
            vec![Cell::Number(score as f64), Cell::Count(*count), Cell::Share(*count as f64 / total)],
            (*count > 0).then(|| view.customers(filter)),
        );
    }
    // Show scores without a decimal.
    for row in &mut table.rows {
        if let Cell::Number(score) = row.cells[0] {
            row.cells[0] = Cell::Count(score as u64);
        }
    }
    let links: Vec<Value> = table.rows.iter().map(|row| json!(row.href)).collect();
    let shares: Vec<String> = counts.iter().map(|count| format::percent(*count as f64 / total)).collect();
    let top = counts.iter().rev().take(3).sum::<u64>();
    Ok(Some(Drawn {
        title: format!(
            "{} of customers have one of the three highest RFM scores",
            format::percent_in_text(top as f64 / total)
        ),
        advice: "The RFM score is the sum of the R, F and M scores: the best customers are on the right."
            .to_owned(),
        units: "customers".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "bar",
                "x": (*low..=*high).collect::<Vec<i64>>(),
                "y": counts,
                "customdata": shares,
                "marker": { "color": "--chart-1" },
                "hovertemplate": "RFM score %{x}<br>%{y:,} customers, %{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 320,
                "bargap": 0.18,
                "showlegend": false,
                "margin": { "l": 12, "r": 12, "t": 26, "b": 48 },
                "xaxis": { "title": { "text": "RFM score (R + F + M)", "standoff": 8 }, "dtick": 1, "showgrid": false },
                "yaxis": { "title": { "text": "Customers" }, "rangemode": "tozero", "nticks": 6, "tickformat": "," },
            }),
            links: json!([links]),
        },
        table,
    }))
}
