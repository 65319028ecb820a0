//! Box plots of groups of customers: quartiles in the box, whiskers at the 5th and 95th percentile.

use regulars_analysis::distribution::quantiles;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, Row, Table, TableOf};
use serde_json::{Value, json};

use super::axes::Axis;
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

/// How to read the boxes.
pub(super) const READING: &str = "Line: median; dashes: mean; box: middle 50%; whiskers: middle 90%";

/// Empty groups are left out; `None` if all are empty.
pub(super) fn boxes(view: &View, groups: Vec<Group>, of: &Of<'_>) -> Option<(Figure, Table)> {
    let money = &view.money;
    let drawn: Vec<(Group, f64, [f64; 5])> = groups
        .into_iter()
        .filter(|group| !group.values.is_empty())
        .map(|mut group| {
            let mean = group.values.iter().map(|v| *v as f64).sum::<f64>() / group.values.len() as f64;
            let found = quantiles(&mut group.values);
            (group, mean, found)
        })
        .collect();
    if drawn.is_empty() {
        return None;
    }
    let cell = |value: f64| if of.is_money { Cell::Money(value) } else { Cell::Number(value) };
    let table = TableOf::new(&drawn)
        .text(of.grouping.0, of.grouping.1, |(group, ..)| group.name.clone())
        .count("customers", "Customers", |(group, ..)| group.values.len() as u64)
        .cells("mean", "Mean", |(_, mean, _)| cell(*mean))
        .cells("percentile_5", "5th percentile", |(.., found)| cell(found[0]))
        .cells("quartile_1", "25th percentile", |(.., found)| cell(found[1]))
        .cells("median", "Median", |(.., found)| cell(found[2]))
        .cells("quartile_3", "75th percentile", |(.., found)| cell(found[3]))
        .cells("percentile_95", "95th percentile", |(.., found)| cell(found[4]))
        .links(|(group, ..)| group.href.clone());
    let floor = if view.query.shown.log { floor(drawn.iter().map(|(.., found)| found)) } else { None };
    // A log axis has no zero: values below the floor are drawn at the floor.
    let unit = |value: f64| {
        let value = floor.map_or(value, |floor| value.max(floor));
        [if of.is_money { money.units_of(value) } else { value }]
    };
    let (along, orientation) = if of.upright { ("x", "v") } else { ("y", "h") };
    let trace = |(place, (group, mean, found)): (usize, &(Group, f64, [f64; 5]))| {
        json!({
            "type": "box", "orientation": orientation, "name": short_label(&group.name, 40), along: [place],
            "lowerfence": unit(found[0]), "q1": unit(found[1]), "median": unit(found[2]), "q3": unit(found[3]),
            "upperfence": unit(found[4]), "mean": unit(*mean), "boxmean": true, "width": 0.62,
            "line": { "color": group.colour, "width": 2 }, "fillcolor": "--card", "hoverlabel": { "namelength": -1 },
        })
    };
    let numbers = Axis::titled(of.axis).money_if(of.is_money, money).set("tickformat", "~s");
    let numbers = numbers.ticks(7).zero_based().set("hoverformat", ",.0f");
    let numbers = if floor.is_some() { numbers.set("type", "log").every_one() } else { numbers };
    let name = |group: &Group| if of.upright { short_label(&group.name, 12) } else { wrapped(&group.name) };
    let names: Vec<String> = drawn.iter().map(|(group, ..)| name(group)).collect();
    let classes = Axis::rows(&names);
    let (height, x, y) = if of.upright {
        let title = json!({ "text": of.grouping.1, "standoff": 8 });
        let classes = classes.set("title", title).range(-0.5, names.len() as f64 - 0.5);
        (330, classes, numbers)
    } else {
        (90 + 46 * names.len().max(3), numbers, classes)
    };
    let mut figure = Figure::new(height, [16, 10, 48]).set("hovermode", "closest").x(x).y(y);
    figure.data = drawn.iter().enumerate().map(trace).collect();
    // Every part of a box links to the same customers.
    let links = drawn.iter().map(|(group, ..)| json!(group.href)).collect::<Value>();
    Some((figure.linked_to(links), table))
}

/// The smallest positive quantile, where a log axis starts; `None` if there is none.
fn floor<'a>(found: impl Iterator<Item = &'a [f64; 5]>) -> Option<f64> {
    let positive = found.flatten().copied().filter(|value| *value > 0.0);
    positive.min_by(f64::total_cmp)
}

/// The median of a row of the table.
pub(super) fn median(row: &Row) -> f64 {
    row.cells[5].number()
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
}
