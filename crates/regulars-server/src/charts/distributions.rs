//! Histograms of customers: recency, frequency, spend, predicted LTV, RFM score.

use regulars_analysis::claims::customers::Skew;
use regulars_analysis::claims::words;
use regulars_analysis::distribution;
use regulars_analysis::error::BackendError;
use regulars_analysis::filter::RangeFilter;
use regulars_analysis::format;
use regulars_analysis::frame::present;
use regulars_analysis::table::TableOf;
use regulars_core::tables::rfm_scores;

use super::axes::Axis;
use super::figure::{Drawn, Figure};
use super::histogram::Histogram;
use super::trace::Trace;
use crate::view::View;

/// Days since the last order.
pub(super) fn recency(view: &View) -> Result<Option<Drawn>, BackendError> {
    let values = view.frame.recency_days()?;
    let median = format::counted(median(view, &values).unsigned_abs(), "day", "days");
    Ok(Histogram::of_counts(&values, "Days since last order", ("day", "days"), 0)
        .filtered_by(RangeFilter::RecencyDays)
        .drawn(
            view,
            format!("Half of customers ordered in the last {median}"),
            "Click a bar for its customers. Judge recency against how often a customer usually orders.",
        ))
}

/// Orders.
pub(super) fn frequency(view: &View) -> Result<Option<Drawn>, BackendError> {
    let values = view.frame.orders_of_each()?;
    let once =
        view.chosen.rows().filter(|row| values[*row] == 1).count() as f64 / view.chosen.len().max(1) as f64;
    Ok(Histogram::of_counts(&values, "Orders per customer", ("order", "orders"), 1)
        .filtered_by(RangeFilter::Orders)
        .drawn(view, words::frequency(once), words::one_order_advice(once)))
}

/// Spend.
pub(super) fn monetary(view: &View) -> Result<Option<Drawn>, BackendError> {
    let values = view.frame.spend_minor()?;
    let skew =
        Skew { median_minor: median(view, &values) as f64, mean_minor: view.figures.sums.spend_mean_minor() };
    let [title, advice] = words::skew(skew, &view.money);
    Ok(Histogram::of_money(&values, "Spend per customer")
        .filtered_by(RangeFilter::SpendMinor)
        .drawn(view, title, &advice))
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
    let axis = format!("Predicted LTV per customer, next {} days", run.horizon_days);
    Ok(Histogram::of_money(&values, &axis).filtered_by(RangeFilter::ValueMinor).drawn(view, title, &advice))
}

fn median(view: &View, values: &[i64]) -> i64 {
    distribution::median(view.chosen.rows().filter_map(|row| present(values[row])).collect())
}

/// Customers by the sum of their R, F and M scores.
pub(super) fn rfm_score(view: &View) -> Result<Option<Drawn>, BackendError> {
    let scores = view.frame.score(rfm_scores::COLUMNS.rfm_score)?;
    let (Some(low), Some(high)) = (scores.iter().min(), scores.iter().max()) else { return Ok(None) };
    let mut bars: Vec<(i64, u64)> = (*low..=*high).map(|score| (score, 0)).collect();
    for row in view.chosen.rows() {
        bars[(scores[row] - low) as usize].1 += 1;
    }
    let total = view.chosen.len().max(1) as f64;
    let share = |(_, count): (i64, u64)| count as f64 / total;
    let top = bars.iter().rev().take(3).map(|(_, count)| count).sum::<u64>();
    let table = TableOf::new(bars.iter().copied())
        .count("rfm_score", "RFM score", |(score, _)| score as u64)
        .count("customers", "Customers", |(_, count)| count)
        .share("share", "Share", share)
        .links(|(score, count)| {
            let filter = view.filter().within(RangeFilter::RfmScore, Some(score), Some(score));
            (count > 0).then(|| view.customers(filter))
        });
    Ok(Some(Drawn {
        title: format!(
            "{} of customers have one of the three highest RFM scores",
            format::percent_in_text(top as f64 / total)
        ),
        advice: "The RFM score is the sum of the R, F and M scores: the best customers are on the right."
            .to_owned(),
        units: "customers".to_owned(),
        figure: Figure::new(320, [12, 26, 48])
            .with(Trace::columns(bars).x(|(score, _)| score).y(|(_, count)| count).details(
                |bar| format::percent(share(bar)),
                "RFM score %{x}<br>%{y:,} customers, %{customdata}",
            ))
            .gap(0.18)
            .x(Axis::titled("RFM score (R + F + M)").every_one().no_grid())
            .y(Axis::counts("Customers", 6))
            .linked(&table),
        table,
    }))
}
