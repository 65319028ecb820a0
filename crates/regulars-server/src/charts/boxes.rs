//! Box plots of groups of customers: quartiles in the box, whiskers at the 5th and 95th percentile.

use regulars_analysis::format;
use regulars_analysis::table::{Cell, Row, Table};
use serde_json::{Value, json};

use super::figure::{Figure, short_label, wrapped};
use crate::view::View;

/// One group.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) colour: String,
    pub(super) values: Vec<i64>,
    /// Link to the customers behind it.
    pub(super) href: Option<String>,
}

/// What the boxes show.
pub(super) struct Of<'a> {
    /// The grouping column of the table: its name in files and its title.
    pub(super) grouping: (&'static str, &'a str),
    pub(super) axis: &'a str,
    pub(super) is_money: bool,
    /// Vertical boxes, for ordered groups; horizontal otherwise.
    pub(super) upright: bool,
}

/// Quantiles drawn: whisker, quartile, median, quartile, whisker.
const AT: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Empty groups are left out; `None` if all are empty.
pub(super) fn boxes(view: &View, groups: Vec<Group>, of: &Of<'_>) -> Option<(Figure, Table)> {
    let money = &view.money;
    let unit = |value: f64| if of.is_money { money.units_of(value) } else { value };
    let cell = |value: f64| if of.is_money { Cell::Money(value) } else { Cell::Number(value) };
    let mut table = Table::new(&[
        of.grouping,
        ("customers", "Customers"),
        ("mean", "Mean"),
        ("percentile_5", "5th percentile"),
        ("quartile_1", "25th percentile"),
        ("median", "Median"),
        ("quartile_3", "75th percentile"),
        ("percentile_95", "95th percentile"),
    ]);
    let (mut data, mut names, mut links): (Vec<Value>, Vec<String>, Vec<Value>) = Default::default();
    let groups: Vec<(Group, f64, [f64; 5])> = groups
        .into_iter()
        .filter(|group| !group.values.is_empty())
        .map(|mut group| {
            let mean = group.values.iter().map(|v| *v as f64).sum::<f64>() / group.values.len() as f64;
            let found = quantiles(&mut group.values);
            (group, mean, found)
        })
        .collect();
    let floor = if view.query.shown.log { floor(groups.iter().map(|(_, _, found)| found)) } else { None };
    // A log axis has no zero: values below the floor are drawn at the floor.
    let unit = |value: f64| unit(floor.map_or(value, |floor| value.max(floor)));
    for (group, mean, found) in groups {
        let place = names.len();
        let count = group.values.len();
        let mut row = vec![Cell::Text(group.name.clone()), Cell::Count(count as u64), cell(mean)];
        row.extend(found.iter().map(|value| cell(*value)));
        table.push(row, group.href.clone());
        let (at, across) = if of.upright { ("x", "v") } else { ("y", "h") };
        let mut trace = json!({
            "type": "box",
            "orientation": across,
            "name": short_label(&group.name, 40),
            "q1": [unit(found[1])],
            "median": [unit(found[2])],
            "q3": [unit(found[3])],
            "lowerfence": [unit(found[0])],
            "upperfence": [unit(found[4])],
            "mean": [unit(mean)],
            "boxmean": true,
            "width": 0.62,
            "line": { "color": group.colour, "width": 2 },
            "fillcolor": "--card",
            "hoverlabel": { "namelength": -1 },
        });
        trace[at] = json!([place]);
        data.push(trace);
        names.push(if of.upright { short_label(&group.name, 12) } else { wrapped(&group.name) });
        links.push(json!(group.href));
    }
    if data.is_empty() {
        return None;
    }
    let (prefix, suffix) = if of.is_money { money.affixes() } else { (String::new(), String::new()) };
    let mut numbers = json!({
        "title": { "text": of.axis, "standoff": 8 }, "tickprefix": prefix, "ticksuffix": suffix, "tickformat": "~s",
        "hoverformat": ",.0f", "nticks": 7, "rangemode": "tozero",
    });
    if floor.is_some() {
        numbers["type"] = json!("log");
        numbers["dtick"] = json!(1);
    }
    let mut classes = json!({
        "tickvals": (0..names.len()).collect::<Vec<usize>>(), "ticktext": names, "showgrid": false, "zeroline": false, "ticklen": 6,
        "range": [names.len() as f64 - 0.5, -0.5],
    });
    let (x, y) = if of.upright {
        classes["title"] = json!({ "text": of.grouping.1, "standoff": 8 });
        classes["range"] = json!([-0.5, names.len() as f64 - 0.5]);
        (classes, numbers)
    } else {
        (numbers, classes)
    };
    let figure = Figure {
        data,
        layout: json!({
            "height": if of.upright { 330 } else { 90 + 46 * names.len().max(3) },
            "showlegend": false,
            "hovermode": "closest",
            "margin": { "l": 12, "r": 16, "t": 10, "b": 48 },
            "xaxis": x,
            "yaxis": y,
        }),
        // Every part of a box links to the same customers.
        links: Value::Array(links),
    };
    Some((figure, table))
}

/// The smallest positive quantile, where a log axis starts; `None` if there is none.
fn floor<'a>(found: impl Iterator<Item = &'a [f64; 5]>) -> Option<f64> {
    let positive = found.flatten().copied().filter(|value| *value > 0.0);
    positive.min_by(f64::total_cmp)
}

/// The quantiles [`AT`], linearly interpolated; sorts `values`.
pub(super) fn quantiles(values: &mut [i64]) -> [f64; 5] {
    values.sort_unstable();
    AT.map(|share| {
        let place = (values.len() - 1) as f64 * share;
        let below = place.floor() as usize;
        let above = (below + 1).min(values.len() - 1);
        values[below] as f64 + (values[above] - values[below]) as f64 * (place - below as f64)
    })
}

fn median(row: &Row) -> f64 {
    match row.cells[5] {
        Cell::Money(value) | Cell::Number(value) => value,
        _ => f64::NAN,
    }
}

/// The groups with the lowest and the highest median.
fn ends(table: &Table) -> Option<(&Row, &Row)> {
    let most = table.rows.iter().max_by(|a, b| median(a).total_cmp(&median(b)))?;
    let least = table.rows.iter().min_by(|a, b| median(a).total_cmp(&median(b)))?;
    Some((least, most))
}

/// The range of the medians: `21 to 139 days`.
pub(super) fn medians(view: &View, table: &Table, is_money: bool, unit: &str) -> String {
    let shown = |row: &Row| match median(row) {
        value if is_money => view.money.rounded(value),
        value => format::count(value.round().max(0.0) as u64),
    };
    match ends(table) {
        Some((least, most)) if table.rows.len() > 1 => format!("{} to {}{unit}", shown(least), shown(most)),
        Some((one, _)) => format!("{}{unit}", shown(one)),
        None => String::new(),
    }
}

/// The highest and lowest median amount, with the names of their groups.
pub(super) fn extremes(view: &View, table: &Table) -> String {
    let shown =
        |row: &Row| format!("{} in {}", view.money.rounded(median(row)), row.cells[0].raw(&view.money));
    match ends(table) {
        Some((least, most)) if table.rows.len() > 1 => format!("{}, {}", shown(most), shown(least)),
        Some((one, _)) => shown(one),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_begin_at_the_least_that_is_something() {
        let rows = [[-5.0, 0.0, 3.0, 4.0, 9.0], [0.0, 2.0, 2.0, 2.0, 7.0]];
        assert_eq!(floor(rows.iter()), Some(2.0));
        assert_eq!(floor([[0.0; 5]].iter()), None);
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        let expected = [5.0, 25.0, 50.0, 75.0, 95.0];
        for (found, expected) in
            quantiles(&mut (0..=100).rev().collect::<Vec<i64>>()).into_iter().zip(expected)
        {
            assert!((found - expected).abs() < 1e-9);
        }
        assert!((quantiles(&mut [1, 2])[2] - 1.5).abs() < 1e-9);
        assert!((quantiles(&mut [7])[4] - 7.0).abs() < 1e-9);
    }
}
