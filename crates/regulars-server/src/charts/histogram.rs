//! Histograms of a measure of the customers.

use regulars_analysis::distribution::{Bin, bins};
use regulars_analysis::filter::RangeFilter;
use regulars_analysis::format;
use regulars_analysis::frame::present;
use regulars_analysis::table::{Cell, TableOf};
use serde_json::{Value, json};

use super::axes::Axis;
use super::figure::{Drawn, Figure};
use super::trace::Trace;
use crate::view::View;

/// Target number of bins.
const CLASSES: usize = 45;

/// One measure of the customers.
pub(super) struct Histogram<'a> {
    values: &'a [i64],
    axis: &'a str,
    /// The unit of a count, singular and plural; `None` for money.
    words: Option<(&'static str, &'static str)>,
    /// The filter that a click sets, if customers can be filtered by this measure.
    filter: Option<RangeFilter>,
    /// A value where a bin starts: order counts start at 1.
    base: i64,
}

impl<'a> Histogram<'a> {
    /// Of money, in minor units.
    pub(super) fn of_money(values: &'a [i64], axis: &'a str) -> Self {
        Self { values, axis, words: None, filter: None, base: 0 }
    }

    /// Of a count from `base`, of `words`: `("day", "days")`.
    pub(super) fn of_counts(
        values: &'a [i64],
        axis: &'a str,
        words: (&'static str, &'static str),
        base: i64,
    ) -> Self {
        Self { words: Some(words), base, ..Self::of_money(values, axis) }
    }

    /// A click on a bar filters the customers.
    pub(super) fn filtered_by(self, filter: RangeFilter) -> Self {
        Self { filter: Some(filter), ..self }
    }

    /// The chart; `None` if no customer has the measure.
    pub(super) fn drawn(&self, view: &View, title: String, advice: &str) -> Option<Drawn> {
        let money = &view.money;
        let is_money = self.words.is_none();
        let values: Vec<i64> = view.chosen.rows().filter_map(|row| present(self.values[row])).collect();
        let total = values.len() as f64;
        let mean = values.iter().map(|v| i128::from(*v)).sum::<i128>() as f64 / total;
        // Bins of money are at least one major unit wide.
        let least = if is_money { 10_i64.pow(u32::from(view.frame.summary.money_decimals)) } else { 1 };
        let found = bins(values, CLASSES, least, self.base);
        if found.classes.is_empty() {
            return None;
        }
        let amount = |value: f64| if is_money { money.units_of(value) } else { value };
        let share = |bin: &Bin| bin.count as f64 / total;
        let (start, width) = (amount(found.start as f64), amount(found.width as f64));
        // Bars of single counts stand on their number, others between the ends of their bin.
        let (shift, before) = if !is_money && found.width == 1 { (0.0, 0.5) } else { (width / 2.0, 0.0) };
        let end = |value: Option<i64>| match value {
            Some(value) if is_money => Cell::Money(value as f64),
            Some(value) => Cell::Number(value as f64),
            None => Cell::Number(f64::NAN),
        };
        let href = |bin: &Bin| {
            let filter = self.filter.filter(|_| bin.count > 0)?;
            Some(view.customers(view.filter().within(filter, bin.from, bin.to)))
        };
        let axis = Axis::titled(self.axis).whole().money_if(is_money, money).ticks(9).no_grid();
        let edge = |at: usize| start + width * at as f64 - before;
        let mean_text = if is_money { money.short(mean) } else { format::mean(mean) };
        let at = json!({ "xref": "x", "yref": "paper", "x": amount(mean), "y": 1, "yanchor": "bottom", "showarrow": false });
        let mut figure = Figure::new(320, [12, 26, 48])
            .gap(0.0)
            .x(axis.range(edge(0), edge(found.classes.len())))
            .y(Axis::counts("Customers", 6))
            .upright(amount(mean), "--ink")
            .note(at, format!("mean {mean_text}"), "--muted");
        let mut links = Vec::new();
        for (is_open, name, colour) in
            [(false, "customers", "--chart-1"), (true, "open-ended bin", "--chart-1-soft")]
        {
            let places = found.classes.iter().enumerate();
            let bins: Vec<(usize, &Bin)> =
                places.filter(|(_, bin)| (bin.from.is_none() || bin.to.is_none()) == is_open).collect();
            if bins.is_empty() {
                continue;
            }
            links.push(bins.iter().map(|(_, bin)| href(bin)).collect::<Vec<_>>());
            let bars = Trace::columns(bins)
                .name(name)
                .x(|(at, _)| amount((found.start + at as i64 * found.width) as f64) + shift)
                .y(|(_, bin)| bin.count)
                .details(
                    |(_, bin)| [self.name(bin, view), format::percent(share(bin))],
                    "%{customdata[0]}<br>%{y:,} customers, %{customdata[1]}",
                )
                .colour(colour);
            figure = figure.with(bars.set("width", width * 0.9));
        }
        Some(Drawn {
            title,
            advice: advice.to_owned(),
            units: "customers".to_owned(),
            figure: figure.linked_to(if self.filter.is_some() { json!(links) } else { Value::Null }),
            table: TableOf::new(&found.classes)
                .text("class", self.axis, |bin| self.name(bin, view))
                .cells("from", "From", |bin| end(bin.from))
                .cells("to", "To", |bin| end(bin.to))
                .count("customers", "Customers", |bin| bin.count)
                .share("share", "Share", share)
                .links(href),
        })
    }

    /// The name of a bin: `€20 to €39.99`, `3 orders`, `200 days and over`.
    fn name(&self, bin: &Bin, view: &View) -> String {
        let number = |value: i64| match self.words {
            None => view.money.exact(value),
            Some(_) if value < 0 => format!("−{}", format::count(value.unsigned_abs())),
            Some(_) => format::count(value as u64),
        };
        let with_unit = |value: i64| match self.words {
            None => number(value),
            Some((one, many)) => format!("{} {}", number(value), if value == 1 { one } else { many }),
        };
        match (bin.from, bin.to) {
            (Some(from), Some(to)) if from == to => with_unit(from),
            (Some(from), Some(to)) => format!("{} to {}", number(from), with_unit(to)),
            (Some(from), None) => format!("{} and over", with_unit(from)),
            (None, Some(to)) => format!("{} and under", with_unit(to)),
            (None, None) => "all".to_owned(),
        }
    }
}
