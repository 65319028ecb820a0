//! Assembles the headline numbers of a run.

use std::path::Path;

use regulars_core::config::Refunds;
use regulars_core::dates::{DAY_MICROS, end_of_day_micros, format_day, year_before};
use regulars_core::summary::{MonthSummary, Period, PeriodComparison, RunSummary};
use regulars_core::tables::monthly_revenue;
use regulars_core::validation::{Severity, ValidationReport};
use regulars_engine::{Engine, Inputs, MonthRevenue, Overview, PeriodBounds, PurchaseRules};

use crate::scores::ScoreOutcome;
use regulars_value::Result;
use regulars_value::tables::write_rows;

/// Longest period to compare.
const PERIOD_DAYS: i64 = 90;
/// Shortest; with less history there is no comparison.
const MIN_PERIOD_DAYS: i64 = 7;

/// Input of a summary.
pub(crate) struct SummaryInputs<'a> {
    pub(crate) dataset: &'a str,
    pub(crate) run_id: &'a str,
    pub(crate) currency: Option<String>,
    pub(crate) money_decimals: u8,
    pub(crate) as_of_micros: i64,
    pub(crate) report: &'a ValidationReport,
    pub(crate) refunds: Refunds,
}

/// Computes the headline numbers, and the two periods before the cutoff.
pub(crate) fn overview(
    engine: &Engine,
    inputs: &Inputs,
    rules: &PurchaseRules,
    span: Option<(i64, i64)>,
) -> Result<Overview> {
    let periods = span.map_or_else(Vec::new, |(first, _)| periods(first, rules.cutoff_micros));
    Ok(engine.overview(inputs, rules, &periods)?)
}

/// The period that ends with the cutoff day and the one before it; then as many days up to the same day of
/// the year before, if the data cover all of them. None if the history is too short.
fn periods(first_micros: i64, cutoff_micros: i64) -> Vec<PeriodBounds> {
    let last_day = cutoff_micros.div_euclid(DAY_MICROS);
    let days = last_day - first_micros.div_euclid(DAY_MICROS) + 1;
    let length = (days / 2).min(PERIOD_DAYS);
    if length < MIN_PERIOD_DAYS {
        return Vec::new();
    }
    let bounds = |to_day: i64| PeriodBounds {
        from_micros: (to_day - length + 1) * DAY_MICROS,
        to_micros: end_of_day_micros(to_day),
    };
    let first_day = first_micros.div_euclid(DAY_MICROS);
    let year_before = year_before(last_day).filter(|day| day - length + 1 >= first_day);
    [Some(last_day), Some(last_day - length), year_before].into_iter().flatten().map(bounds).collect()
}

/// Writes `monthly_revenue` into `dir`.
pub(crate) fn write_months(overview: &Overview, dir: &Path) -> Result<()> {
    let month = |m: &MonthRevenue| monthly_revenue::Row {
        month: m.start_micros,
        revenue_minor: m.revenue_minor,
        orders: m.orders,
        customers: m.customers,
    };
    write_rows(dir, &overview.months.iter().map(month).collect::<Vec<_>>())
}

/// Assembles the summary.
pub(crate) fn summary(about: &SummaryInputs<'_>, overview: &Overview, scores: ScoreOutcome) -> RunSummary {
    let day = |micros: Option<i64>| micros.map_or_else(String::new, format_day);
    let share = |part: u64, of: u64| if of == 0 { 0.0 } else { part as f64 / of as f64 };
    let count =
        |severity: Severity| about.report.findings.iter().filter(|f| f.severity == severity).count() as u64;
    RunSummary {
        dataset: about.dataset.to_owned(),
        run_id: about.run_id.to_owned(),
        as_of: format_day(about.as_of_micros),
        currency: about.currency.clone(),
        money_decimals: about.money_decimals,
        customers: overview.customers,
        orders: overview.orders,
        transactions: overview.transactions,
        revenue_minor: overview.revenue_minor,
        money: about.report.money,
        refunds: Some(about.refunds),
        average_order_value_minor: if overview.orders == 0 {
            0.0
        } else {
            overview.revenue_minor as f64 / overview.orders as f64
        },
        repeat_rate: share(overview.repeat_customers, overview.customers),
        top_20_revenue_share: scores.top_20_revenue_share,
        first_purchase: day(overview.first_purchase_micros),
        last_purchase: day(overview.last_purchase_micros),
        periods: comparison(overview),
        segments: scores.segments,
        months: months(overview, about.as_of_micros),
        top_customers: scores.top_customers,
        cuts: scores.cuts,
        scoring: scores.scoring,
        purchase_cycle_days: Some(scores.purchase_cycle_days),
        segment_checks: scores.segment_checks,
        findings: [count(Severity::Error), count(Severity::Warning), count(Severity::Info)],
        clusters: None,
        value: None,
    }
}

fn comparison(overview: &Overview) -> Option<PeriodComparison> {
    let (current, previous, year_before) = match overview.periods.as_slice() {
        [current, previous] => (current, previous, None),
        [current, previous, year_before] => (current, previous, Some(year_before)),
        _ => return None,
    };
    let period = |p: &regulars_engine::PeriodFigures| Period {
        from: format_day(p.bounds.from_micros),
        to: format_day(p.bounds.to_micros),
        customers: p.customers,
        orders: p.orders,
        revenue_minor: p.revenue_minor,
        returning_customers: p.returning_customers,
    };
    let days = (current.bounds.to_micros + 1 - current.bounds.from_micros) / DAY_MICROS;
    Some(PeriodComparison {
        days: days as u32,
        current: period(current),
        previous: period(previous),
        year_before: year_before.map(period),
    })
}

/// Months, and whether the data cover them: from the day of the first purchase to the cutoff day.
fn months(overview: &Overview, as_of_micros: i64) -> Vec<MonthSummary> {
    let first_day = overview.first_purchase_micros.unwrap_or(0).div_euclid(DAY_MICROS);
    let last_day = as_of_micros.div_euclid(DAY_MICROS);
    let starts: Vec<i64> = overview.months.iter().map(|m| m.start_micros.div_euclid(DAY_MICROS)).collect();
    let end_of = |i: usize| starts.get(i + 1).map_or_else(|| next_month(starts[i]), |next| *next) - 1;
    overview
        .months
        .iter()
        .enumerate()
        .map(|(i, m)| MonthSummary {
            month: format_day(m.start_micros).chars().take(7).collect(),
            revenue_minor: m.revenue_minor,
            orders: m.orders,
            customers: m.customers,
            complete: first_day <= starts[i] && last_day >= end_of(i),
        })
        .collect()
}

/// The first day of the month after the one that begins on `day`, both counted from 1970.
fn next_month(day: i64) -> i64 {
    let shown = format_day(day * DAY_MICROS);
    let part =
        |range: std::ops::Range<usize>| shown.get(range).and_then(|t| t.parse::<i32>().ok()).unwrap_or(1);
    let (year, month) = (part(0..4), part(5..7));
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    regulars_core::dates::civil_micros(year, month as u32, 1).map_or(day + 31, |micros| micros / DAY_MICROS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_periods_of_equal_length_end_with_the_cut() {
        let day = |d: i64| d * DAY_MICROS;
        assert!(periods(day(0), day(12)).is_empty());
        let found = periods(day(0), day(13) + 5);
        assert_eq!(found[0], PeriodBounds { from_micros: day(7), to_micros: day(14) - 1 });
        assert_eq!(found[1], PeriodBounds { from_micros: day(0), to_micros: day(7) - 1 });
        assert_eq!(periods(day(0), day(1000))[0].from_micros, day(911));
    }

    #[test]
    fn the_year_before_is_compared_where_the_data_cover_all_of_it() {
        let micros = |y, m, d| regulars_core::dates::civil_micros(y, m, d).expect("valid");
        let period_text = |bounds: &PeriodBounds| {
            format!("{} to {}", format_day(bounds.from_micros), format_day(bounds.to_micros))
        };
        let found = periods(micros(2009, 12, 1), micros(2011, 12, 9) + 7);
        let found: Vec<String> = found.iter().map(period_text).collect();
        assert_eq!(
            found,
            ["2011-09-11 to 2011-12-09", "2011-06-13 to 2011-09-10", "2010-09-11 to 2010-12-09"]
        );
        // One day less, and the year before is not covered.
        assert_eq!(periods(micros(2010, 9, 11), micros(2011, 12, 9)).len(), 3);
        assert_eq!(periods(micros(2010, 9, 12), micros(2011, 12, 9)).len(), 2);
        // Equal lengths across the leap day: 90 days up to 28 February.
        let leap = periods(micros(2022, 1, 1), micros(2024, 2, 29));
        assert_eq!(period_text(&leap[2]), "2022-12-01 to 2023-02-28");
    }

    #[test]
    fn a_month_is_complete_when_the_data_cover_it() {
        let micros = |y, m, d| regulars_core::dates::civil_micros(y, m, d).expect("valid");
        let month =
            |m| MonthRevenue { start_micros: micros(2023, m, 1), revenue_minor: 1, orders: 1, customers: 1 };
        let overview = Overview {
            first_purchase_micros: Some(micros(2023, 10, 2)),
            months: vec![month(10), month(11), month(12)],
            ..Overview::default()
        };
        let complete = |as_of| months(&overview, as_of).iter().map(|m| m.complete).collect::<Vec<_>>();
        assert_eq!(complete(micros(2023, 12, 30)), [false, true, false]);
        assert_eq!(complete(micros(2023, 12, 31) + 7), [false, true, true]);
    }

    use proptest::prelude::*;
    use regulars_engine::PeriodFigures;

    fn figures(from_day: i64, to_day: i64, orders: u64) -> PeriodFigures {
        PeriodFigures {
            bounds: PeriodBounds { from_micros: from_day * DAY_MICROS, to_micros: end_of_day_micros(to_day) },
            customers: orders / 2,
            orders,
            revenue_minor: orders as i64 * 100,
            returning_customers: orders / 4,
        }
    }

    #[test]
    fn periods_are_compared_with_the_one_before_and_the_year_before() {
        let overview = |periods| Overview { periods, ..Overview::default() };
        assert!(comparison(&overview(Vec::new())).is_none());
        assert!(comparison(&overview(vec![figures(0, 6, 1)])).is_none());
        let two = comparison(&overview(vec![figures(7, 13, 8), figures(0, 6, 4)])).expect("two periods");
        assert_eq!((two.days, two.current.orders, two.previous.orders), (7, 8, 4));
        assert_eq!((two.current.from.as_str(), two.current.to.as_str()), ("1970-01-08", "1970-01-14"));
        assert!(two.year_before.is_none());
        let three = vec![figures(372, 378, 8), figures(365, 371, 4), figures(7, 13, 20)];
        let three = comparison(&overview(three)).expect("three periods");
        let before = three.year_before.expect("known");
        assert_eq!((before.revenue_minor, before.customers, before.returning_customers), (2000, 10, 5));
    }

    #[test]
    fn months_follow_each_other_over_years() {
        let day = |y, m| regulars_core::dates::civil_micros(y, m, 1).expect("valid") / DAY_MICROS;
        for year in [1969, 1999, 2000, 2023, 2024] {
            for month in 1..12 {
                assert_eq!(next_month(day(year, month)), day(year, month + 1));
            }
            assert_eq!(next_month(day(year, 12)), day(year + 1, 1));
        }
    }

    #[test]
    fn months_are_written_as_they_are_summed() {
        let folder = tempfile::tempdir().expect("a folder");
        let month = |start_micros, revenue_minor, orders| MonthRevenue {
            start_micros,
            revenue_minor,
            orders,
            customers: 1,
        };
        let overview = Overview {
            months: vec![month(0, -250, 3), month(31 * DAY_MICROS, 700, 2)],
            ..Overview::default()
        };
        write_months(&overview, folder.path()).expect("written");
        let path = folder.path().join("monthly_revenue.parquet");
        let columns = ["revenue_minor", "orders"].map(str::to_owned);
        let found = regulars_value::feature_columns::read_columns(&path, &columns).expect("written");
        let whole = |at: usize| -> Vec<i64> {
            use arrow::array::AsArray;
            found[at].as_primitive::<arrow::datatypes::Int64Type>().values().to_vec()
        };
        assert_eq!((whole(0), whole(1)), (vec![-250, 700], vec![3, 2]));
    }

    proptest! {
        #[test]
        fn periods_touch_are_equally_long_and_within_the_data(first in -400_i64..400, length in 0_i64..1200) {
            let last = first + length;
            let found = periods(first * DAY_MICROS, last * DAY_MICROS + 5);
            let expected = ((length + 1) / 2).min(90);
            prop_assert_eq!(found.is_empty(), expected < 7);
            for bounds in &found {
                prop_assert_eq!(bounds.to_micros + 1 - bounds.from_micros, expected * DAY_MICROS);
                prop_assert!(bounds.from_micros >= first * DAY_MICROS);
            }
            if let [current, previous, ..] = found.as_slice() {
                prop_assert_eq!(current.to_micros, end_of_day_micros(last));
                prop_assert_eq!(previous.to_micros + 1, current.from_micros);
            }
            if let [.., year_before] = found.as_slice() && found.len() == 3 {
                let days = (end_of_day_micros(last) - year_before.to_micros) / DAY_MICROS;
                prop_assert!((365..=366).contains(&days), "{days}");
            }
        }
    }
}
