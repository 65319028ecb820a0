//! When a period may be compared with another, and with which.
//!
//! Because of seasonality, the last 90 days are compared with the same days of the previous year if the data
//! cover them, otherwise with the previous 90 days. The wording is in `words`.

use regulars_core::dates::day_of;
use regulars_core::summary::{Period, PeriodComparison, RunSummary};

use super::scope::Scope;
use crate::format::{self, Direction};

/// Days without an order before the analysis date after which the data may have ended early.
const SILENT_DAYS: i64 = 7;

/// Orders expected in those days, by the previous period, for their absence not to be chance.
const MISSED_ORDERS: f64 = 10.0;

/// Days of data needed before a period to know which buyers are returning.
const PAST_DAYS: i64 = 365;

/// The base of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonBase {
    /// The same days of the previous year.
    SamePeriodLastYear,
    /// The days before, of equal number.
    PreviousPeriod,
}

/// First and last day of a period, `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
}

impl Span {
    /// The span of a run's period.
    pub fn of(period: &Period) -> Self {
        Self { from: period.from.clone(), to: period.to.clone() }
    }
}

/// A number in two periods.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The base.
    pub against: ComparisonBase,
    /// Days of each period.
    pub days: u32,
    /// The period that ends with the analysis date.
    pub current: Span,
    /// The one it is compared with.
    pub before: Span,
    /// The number now.
    pub now: f64,
    /// The number then.
    pub then: f64,
}

impl Change {
    /// Relative change.
    pub fn relative(&self) -> f64 {
        self.now / self.then - 1.0
    }

    /// The change in percent, and its direction; none if the base is not positive.
    pub fn in_percent(&self) -> Option<(String, Direction)> {
        format::change(self.now, self.then)
    }

    /// The change of a share in percentage points.
    pub fn in_points(&self) -> (String, Direction) {
        format::change_in_points(self.now, self.then)
    }
}

/// Why the last period is not compared.
#[derive(Debug, Clone, PartialEq)]
pub enum NotCompared {
    /// The data are too short for two periods.
    TooShort,
    /// The data begin within the previous period.
    DataBeginLate {
        /// The first order.
        first: String,
        /// Length of a period in days.
        days: u32,
    },
    /// The customers are filtered by behaviour: the difference would reflect the filter.
    ChosenByBehaviour,
    /// The orders end so long before the analysis date that the data seem incomplete.
    DataEndEarly {
        /// The last order.
        last: String,
        /// The analysis date.
        as_of: String,
        /// Days between them.
        silent_days: u32,
        /// Orders expected in these days, by the previous period.
        expected_orders: f64,
    },
}

/// The last period and its bases, the most informative first; never empty.
#[derive(Debug, Clone)]
pub struct ComparedPeriods<'a> {
    /// Days of each period.
    pub days: u32,
    /// The period that ends with the analysis date.
    pub current: &'a Period,
    /// The bases.
    pub bases: Vec<(ComparisonBase, &'a Period)>,
}

impl ComparedPeriods<'_> {
    /// A number compared with each base, the most informative first.
    pub fn changes(&self, of: impl Fn(&Period) -> Option<f64>) -> Vec<Change> {
        let Some(now) = of(self.current).filter(|now| now.is_finite()) else { return Vec::new() };
        let each = self.bases.iter().filter_map(|(against, before)| {
            let then = of(before).filter(|then| *then > 0.0 && then.is_finite())?;
            Some(Change {
                against: *against,
                days: self.days,
                current: Span::of(self.current),
                before: Span::of(before),
                now,
                then,
            })
        });
        each.collect()
    }

    /// Keeps only periods (including the current one) with a year of data before them: customer history can
    /// only be compared if the data reach back equally far. None if no base is left.
    pub fn with_a_past(&self, run: &RunSummary) -> Option<ComparedPeriods<'_>> {
        let first = day_of(&run.first_purchase)?;
        let has_past = |period: &Period| day_of(&period.from).is_some_and(|from| from - first >= PAST_DAYS);
        let bases: Vec<_> = self.bases.iter().filter(|(_, before)| has_past(before)).copied().collect();
        let known = has_past(self.current) && !bases.is_empty();
        known.then_some(ComparedPeriods { days: self.days, current: self.current, bases })
    }

    /// The first base.
    pub fn lead(&self) -> (ComparisonBase, &Period) {
        let (against, before) = self.bases[0];
        (against, before)
    }
}

/// The last period of the selected customers, with its bases.
///
/// Rules: customers filtered by behaviour are not compared. A period is a base if the data cover all of it,
/// and the selected customers could have bought from its first day. If orders end well before the analysis
/// date, nothing is compared.
///
/// Errors: why there is no comparison.
pub fn comparison<'a>(
    chosen: &'a RunSummary,
    run: &RunSummary,
    scope: &Scope,
) -> Result<ComparedPeriods<'a>, NotCompared> {
    let periods = chosen.periods.as_ref().ok_or(NotCompared::TooShort)?;
    if scope.by_behaviour && !scope.all {
        return Err(NotCompared::ChosenByBehaviour);
    }
    if let Some(early) = run.periods.as_ref().and_then(|periods| ends_early(run, periods)) {
        return Err(early);
    }
    let day = |date: &str| date.get(..10).map(str::to_owned);
    let covered = |before: &Period| {
        let acquired = scope.acquired_from.as_ref().map(|month| format!("{month}-01"));
        day(&run.first_purchase) <= day(&before.from) && acquired.is_none_or(|month| month <= before.from)
    };
    let year = periods.year_before.as_ref().map(|before| (ComparisonBase::SamePeriodLastYear, before));
    let all = year.into_iter().chain([(ComparisonBase::PreviousPeriod, &periods.previous)]);
    let bases: Vec<(ComparisonBase, &Period)> = all.filter(|(_, before)| covered(before)).collect();
    if bases.is_empty() {
        let first = scope.acquired_from.as_ref().map(|month| format!("{month}-01"));
        let first = first.filter(|first| *first > run.first_purchase).unwrap_or(run.first_purchase.clone());
        return Err(NotCompared::DataBeginLate { first, days: periods.days });
    }
    Ok(ComparedPeriods { days: periods.days, current: &periods.current, bases })
}

/// Whether the orders end so long before the analysis date that chance is unlikely.
fn ends_early(run: &RunSummary, periods: &PeriodComparison) -> Option<NotCompared> {
    let silent = day_of(&run.as_of)? - day_of(&run.last_purchase)?;
    let a_day = periods.previous.orders as f64 / f64::from(periods.days.max(1));
    let expected = silent as f64 * a_day;
    (silent >= SILENT_DAYS && expected >= MISSED_ORDERS).then(|| NotCompared::DataEndEarly {
        last: run.last_purchase.clone(),
        as_of: run.as_of.clone(),
        silent_days: silent as u32,
        expected_orders: expected,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{period, summary};
    use super::*;

    fn everybody() -> Scope {
        Scope::everybody()
    }

    /// The bases and the revenue changes.
    fn check(run: &RunSummary, scope: &Scope) -> Result<Vec<(ComparisonBase, f64)>, NotCompared> {
        let found = comparison(run, run, scope)?;
        let changes = found.changes(|period| Some(period.revenue_minor as f64));
        Ok(changes
            .iter()
            .map(|change| (change.against, (change.relative() * 1000.0).round() / 1000.0))
            .collect())
    }

    #[test]
    fn the_year_before_leads_where_the_data_cover_it() {
        let run = summary();
        assert_eq!(
            check(&run, &everybody()),
            Ok(vec![(ComparisonBase::SamePeriodLastYear, 0.098), (ComparisonBase::PreviousPeriod, 0.874)])
        );
        let found = comparison(&run, &run, &everybody()).expect("compared");
        let change = &found.changes(|period| Some(period.revenue_minor as f64))[0];
        assert_eq!((change.current.from.as_str(), change.current.to.as_str()), ("2011-09-11", "2011-12-09"));
        assert_eq!((change.before.from.as_str(), change.before.to.as_str()), ("2010-09-11", "2010-12-09"));
        // Without the previous year, only the previous period is left.
        let mut short = run.clone();
        short.periods.as_mut().expect("periods").year_before = None;
        assert_eq!(check(&short, &everybody()), Ok(vec![(ComparisonBase::PreviousPeriod, 0.874)]));
        // Growth from zero has no percentage.
        let mut new = run.clone();
        new.periods.as_mut().expect("periods").year_before = Some(period("2010-09-11", "2010-12-09", 0, 0));
        assert_eq!(check(&new, &everybody()), Ok(vec![(ComparisonBase::PreviousPeriod, 0.874)]));
    }

    #[test]
    fn nothing_is_compared_that_the_data_do_not_cover() {
        let mut run = summary();
        run.first_purchase = "2010-09-12".to_owned();
        assert_eq!(check(&run, &everybody()), Ok(vec![(ComparisonBase::PreviousPeriod, 0.874)]));
        run.first_purchase = "2011-06-14".to_owned();
        assert_eq!(
            check(&run, &everybody()),
            Err(NotCompared::DataBeginLate { first: "2011-06-14".to_owned(), days: 90 })
        );
        run.periods = None;
        assert_eq!(check(&run, &everybody()), Err(NotCompared::TooShort));
    }

    #[test]
    fn customers_who_could_not_have_bought_then_are_not_held_against_then() {
        let run = summary();
        let from = |month: &str| Scope { all: false, acquired_from: Some(month.to_owned()), ..everybody() };
        assert_eq!(check(&run, &from("2010-10")), Ok(vec![(ComparisonBase::PreviousPeriod, 0.874)]));
        assert!(matches!(check(&run, &from("2011-08")), Err(NotCompared::DataBeginLate { .. })));
        let by_behaviour = Scope { all: false, by_behaviour: true, acquired_from: None };
        assert_eq!(check(&run, &by_behaviour), Err(NotCompared::ChosenByBehaviour));
    }

    #[test]
    fn who_had_bought_before_is_compared_only_where_the_past_is_known() {
        let run = summary();
        let found = comparison(&run, &run, &everybody()).expect("compared");
        // There are 284 days of data before the period of the previous year, and 559 before the previous
        // period.
        let known = found.with_a_past(&run).expect("one is left");
        assert_eq!(known.lead().0, ComparisonBase::PreviousPeriod);
        let early = RunSummary { first_purchase: "2010-09-01".to_owned(), ..summary() };
        assert!(comparison(&early, &early, &everybody()).expect("compared").with_a_past(&early).is_none());
    }

    #[test]
    fn data_that_end_early_are_no_fall() {
        let mut run = summary();
        run.as_of = "2011-12-20".to_owned();
        // 4,000 orders in 90 days: 489 expected in eleven.
        let Err(NotCompared::DataEndEarly { silent_days, expected_orders, .. }) = check(&run, &everybody())
        else {
            panic!("it ends early");
        };
        assert_eq!((silent_days, expected_orders.round()), (11, 489.0));
        // A shop with few orders may have none for two weeks.
        run.periods.as_mut().expect("periods").previous.orders = 60;
        assert!(check(&run, &everybody()).is_ok());
    }
}
