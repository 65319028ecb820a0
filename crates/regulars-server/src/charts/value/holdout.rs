//! Predicted against actual spend in the holdout period.

use regulars_analysis::columns::NO_INTEGER;
use regulars_analysis::distribution::cumulative;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::TableOf;
use regulars_core::money::minor_per_major;
use regulars_core::summary::ValueDecile;

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure, label};
use super::super::heat_map::HeatMap;
use super::super::histogram::Histogram;
use super::super::trace::{Trace, diagonal};
use crate::palette;
use crate::view::View;

/// Bins per power of ten.
const CLASSES: f64 = 4.0;
/// Decades drawn at most.
const DECADES: i32 = 6;
/// Customers a bin needs for its mean to be drawn.
const MIN_CUSTOMERS_PER_POINT: u64 = 10;
/// Points on the gain curve.
const STEPS: usize = 100;

/// Predicted and actual holdout spend of the selected customers, in minor units.
fn pairs(view: &View) -> Result<Vec<(i64, i64)>, BackendError> {
    let Some(holdout) = view.frame.holdout_spend()? else { return Ok(Vec::new()) };
    Ok(view.chosen.rows().filter_map(|row| holdout.pair(row)).collect())
}

/// Warns if the filter uses behaviour that includes the holdout period.
pub(super) fn caution(view: &View) -> &'static str {
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
    let minor = |units: f64| units * minor_per_major(view.frame.summary.money_decimals);
    let known: Vec<(usize, f64)> =
        (0..classes).map(|x| (x, sums[x].0 as f64)).filter(|of| of.1 > 0.0).collect();
    let mean = |(x, count): (usize, f64)| (sums[x].1 / count, sums[x].2 / count);
    let place = |units: f64| if units < 10_f64.powi(bottom) { middle(0) } else { units.log10() };
    let ends = (f64::from(bottom), f64::from(top));
    let powers = || (bottom + 1..=top).map(f64::from);
    let ticks: Vec<f64> = std::iter::once(middle(0)).chain(powers()).collect();
    let label = |power: f64| money.short(minor(10_f64.powf(power)));
    let labels = std::iter::once(format!("&lt;{}", label(ends.0))).chain(powers().map(label));
    let labels: Vec<String> = labels.collect();
    let axis = |title: &str| {
        let axis = Axis::titled(title).set("tickvals", ticks.clone()).set("ticktext", labels.clone());
        axis.no_grid().no_zero().range(middle(0) - 0.5 / CLASSES, ends.1).set("tickangle", 0)
    };
    let hover = |x: usize, y: usize| {
        let customers = format::customers(counts[y][x]);
        let or_nothing = if y == 0 { " or nothing" } else { "" };
        format!("{customers}<br>predicted: {}<br>actual: {}{or_nothing}", words(x), words(y))
    };
    let density =
        |x: usize, y: usize| if counts[y][x] == 0 { f64::NAN } else { (counts[y][x] as f64).sqrt() };
    let places: Vec<f64> = (0..classes).map(middle).collect();
    let line = Trace::line(
        known.iter().copied().filter(|(x, _)| sums[*x].0 >= MIN_CUSTOMERS_PER_POINT),
        "--cluster-2",
        2.5,
    )
    .with_points(6)
    .name("Mean")
    .x(|of| place(mean(of).0))
    .y(|of| place(mean(of).1))
    .details(
        |of| format!("predicted {}, actual {}", amount(mean(of).0), amount(mean(of).1)),
        "mean %{customdata}",
    );
    let (expected, actual) =
        found.iter().fold((0_i128, 0_i128), |(e, a), (x, y)| (e + i128::from(*x), a + i128::from(*y)));
    Ok(Some(Drawn {
        title: format!(
            "{}: {} predicted for the {}-day holdout period, {} actual",
            format::customers(found.len() as u64),
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
        figure: HeatMap::new(classes, classes, palette::DENSITY, density)
            .set("x", places.clone())
            .set("y", places)
            .gap(1)
            .set("showlegend", false)
            .hover(hover)
            .figure(440, [16, 34, 48])
            .legend()
            .with(diagonal("Perfect forecast", "--muted", ends.0, ends.1))
            .with(line)
            .x(axis("Predicted spend per customer, log scale"))
            .y(axis("Actual spend, log scale")),
        table: TableOf::new(known)
            .text("expected", "Predicted", |(x, _)| words(x))
            .count("customers", "Customers", |(x, _)| sums[x].0)
            .money("expected_mean", "Mean predicted", |of| minor(mean(of).0))
            .money("actual_mean", "Mean actual", |of| minor(mean(of).1))
            .share("nothing_share", "No spend", |(x, count)| sums[x].3 as f64 / count)
            .done(),
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
    Ok(Histogram::of_money(&values, "Actual minus predicted").drawn(
        view,
        format!(
            "Median absolute error {}; {} of customers spent less than predicted",
            view.money.rounded(half as f64),
            format::percent_in_text(less as f64 / found.len() as f64)
        ),
        &format!(
            "A forecast is an expected value: many customers spend a little less, a few much more. The mean error (dotted line) should be near 0.{}",
            caution(view)
        ),
    ))
}

/// Predicted and actual spend by decile of the chosen model's forecast.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all charts")]
pub(crate) fn calibration(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(value) = &view.frame.summary.value else { return Ok(None) };
    let Some(first) = value.deciles.first() else { return Ok(None) };
    let money = &view.money;
    let covered = |tenth: &ValueDecile| match tenth.coverage {
        Some(share) => format!("{} within their interval", format::percent(share)),
        None => "no intervals".to_owned(),
    };
    let bars = |name: &str, colour: &str, of: fn(&ValueDecile) -> f64| {
        let tooltip = format!("Decile %{{x}}<br>mean {}: %{{text}}<br>%{{customdata}}", name.to_lowercase());
        Trace::columns(&value.deciles)
            .name(name)
            .x(|tenth| tenth.decile)
            .y(|tenth| money.units_of(of(tenth)))
            .each("text", |tenth| money.mean(of(tenth)))
            .set("textposition", "none")
            .details(covered, &tooltip)
            .colour(colour)
    };
    Ok(Some(Drawn {
        title: format!(
            "Decile 1 by forecast: {} predicted per customer, {} actual",
            money.rounded(first.expected_minor),
            money.rounded(first.actual_minor)
        ),
        advice: "Deciles by forecast before the holdout period, highest first. Equal bars mean a reliable forecast; a lower second bar means it was too high.".to_owned(),
        units: "mean holdout spend per customer".to_owned(),
        figure: Figure::new(340, [12, 34, 48])
            .legend()
            .with(bars("Predicted", "--chart-2", |tenth| tenth.expected_minor))
            .with(bars("Actual", "--chart-1", |tenth| tenth.actual_minor))
            .grouped(0.28)
            .x(Axis::titled("Decile by forecast").every_one().ticks(10).no_grid())
            .y(Axis::upright("Mean spend per customer").money(money).zero_based().ticks(6)),
        table: TableOf::new(&value.deciles)
            .count("decile", "Decile", |tenth| tenth.decile)
            .count("customers", "Customers", |tenth| tenth.customers)
            .money("expected", "Mean predicted", |tenth| tenth.expected_minor)
            .money("actual", "Mean actual", |tenth| tenth.actual_minor)
            .share("coverage", "Interval coverage", |tenth| tenth.coverage)
            .done(),
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
        let actual: Vec<i64> = found.iter().map(|(_, actual)| *actual).collect();
        cumulative(&actual, STEPS).iter().map(|(_, sum)| *sum as f64 / total as f64).collect()
    };
    // Ties stay in id order, which is unrelated to actual spend.
    found.sort_by_key(|(expected, _)| std::cmp::Reverse(*expected));
    let by_forecast = curve(&found);
    found.sort_by_key(|(_, actual)| std::cmp::Reverse(*actual));
    let by_truth = curve(&found);
    let line = |name: &str, shares: &[f64], colour: &str, width: f64, ranked: &str| {
        Trace::line(0..=STEPS, colour, width)
            .name(name)
            .x(|step| step as f64 * 100.0 / STEPS as f64)
            .y(|step| shares[step] * 100.0)
            .tooltip(&format!("Top %{{x:.0f}}% by {ranked}<br>%{{y:.1f}}% of actual spend"))
    };
    let axis = |title: &str| Axis::titled(title).percent(103);
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
        figure: Figure::new(340, [16, 34, 48])
            .legend()
            .with(diagonal("Random order", "--chart-2", 0.0, 100.0))
            .with(line("Perfect ranking", &by_truth, "--muted", 1.5, "actual spend").dash("dash"))
            .with(line(&label(&value.model), &by_forecast, "--chart-1", 2.5, "forecast"))
            .x(axis("Customers ranked by forecast, share of all"))
            .y(axis("Share of actual spend")),
        table: TableOf::new((5..=STEPS).step_by(5))
            .share("customer_share", "Share of customers", |step| step as f64 / STEPS as f64)
            .share("spend_share", "Share of actual spend", |step| by_forecast[step])
            .share("spend_share_perfect", "With perfect ranking", |step| by_truth[step])
            .done(),
    }))
}
