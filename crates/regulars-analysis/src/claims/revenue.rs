//! Revenue change, and how much of it seasonality explains.
//!
//! The base of a comparison is in `compare`, the test for seasonality in `season`.

use regulars_core::summary::{MonthSummary, Period, RunSummary};

use super::compare::{Change, ComparedPeriods, ComparisonBase, Span};
use super::season::Season;

/// Buyers from which the absence of new customers is not chance.
const MIN_BUYERS: u64 = 100;

/// A change below this is too small to be explained.
const MIN_CHANGE: f64 = 0.05;

/// Revenue change against the most informative base, and against the previous period.
#[derive(Debug, Clone, PartialEq)]
pub struct RevenueChange {
    /// Against the same days of the previous year if the data allow, otherwise against the previous days.
    pub lead: Change,
    /// Against the previous days, if `lead` is against the previous year.
    pub other: Option<Change>,
    /// The figures behind `lead`: now, and then.
    pub figures: [PeriodFigures; 2],
    /// The role of seasonality.
    pub season: SeasonRole,
    /// Whether none of the recent buyers is new: a fixed group of customers can only lose members.
    pub no_new_customers: bool,
}

/// The figures behind the revenue of a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodFigures {
    /// Its revenue, minor units.
    pub revenue_minor: i64,
    /// Customers who bought.
    pub customers: u64,
    /// Their orders.
    pub orders: u64,
}

impl PeriodFigures {
    fn of(period: &Period) -> Self {
        Self { revenue_minor: period.revenue_minor, customers: period.customers, orders: period.orders }
    }

    /// Orders per buyer.
    pub fn orders_each(&self) -> f64 {
        self.orders as f64 / self.customers.max(1) as f64
    }
}

/// The role of seasonality in a change from the previous period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SeasonRole {
    /// Unknown: without a previous year it cannot be separated from trend.
    CannotTell,
    /// No seasonality was measured.
    NotMeasured,
    /// Seasonality explains a part of the change.
    Part {
        /// The change that it makes by itself.
        alone: f64,
    },
    /// Seasonality explains most of the change.
    Explains {
        /// The change that it makes by itself.
        alone: f64,
    },
}

/// The revenue change; none if there is nothing to compare with.
///
/// Rules: the comparison with the previous year comes first. Seasonality is mentioned only if it was
/// measured; it explains a change against the previous days if that is at least 5% and seasonality alone
/// accounts for 50% to 150% of it, in logarithms and in the same direction.
pub fn revenue_change(comparison: &ComparedPeriods<'_>, season: Option<&Season>) -> Option<RevenueChange> {
    let mut changes = comparison.changes(|period| Some(period.revenue_minor as f64)).into_iter();
    let (lead, other) = (changes.next()?, changes.next());
    let (_, before) = comparison.bases.iter().find(|(against, _)| *against == lead.against)?;
    let role = match (lead.against, &other, season) {
        (ComparisonBase::PreviousPeriod, ..) => SeasonRole::CannotTell,
        (_, Some(change), Some(season)) => role(change, season),
        _ => SeasonRole::NotMeasured,
    };
    Some(RevenueChange {
        figures: [PeriodFigures::of(comparison.current), PeriodFigures::of(before)],
        season: role,
        no_new_customers: no_new_customers(comparison.current),
        lead,
        other,
    })
}

/// Whether all buyers had bought before, with enough of them for that not to be chance.
fn no_new_customers(current: &Period) -> bool {
    current.customers >= MIN_BUYERS && current.returning_customers == current.customers
}

fn role(change: &Change, season: &Season) -> SeasonRole {
    let Some(ratio) = season.ratio(&change.current, &change.before).filter(|ratio| *ratio > 0.0) else {
        return SeasonRole::NotMeasured;
    };
    let alone = ratio - 1.0;
    let happened = change.relative();
    if happened.abs() < MIN_CHANGE || happened <= -1.0 {
        return SeasonRole::Part { alone };
    }
    let share = ratio.ln() / happened.ln_1p();
    if (0.5..=1.5).contains(&share) { SeasonRole::Explains { alone } } else { SeasonRole::Part { alone } }
}

/// Full months: the best so far, and the latest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Months {
    /// The best full month; the first on ties.
    pub best: MonthSummary,
    /// The latest full month, unless it is the best.
    pub latest: Option<MonthSummary>,
}

/// The best and the latest full month; none without a full month.
pub fn months(summary: &RunSummary) -> Option<Months> {
    let full = || summary.months.iter().filter(|month| month.complete);
    let best = full().rev().max_by_key(|month| month.revenue_minor)?.clone();
    let latest = full().next_back().filter(|latest| latest.month != best.month).cloned();
    Some(Months { best, latest })
}

/// Pattern of revenue by month of the year.
#[derive(Debug, Clone, PartialEq)]
pub enum MonthsOfYear {
    /// Seasonality was measured.
    Season {
        /// The strongest month, January is 0.
        strongest: usize,
        /// Revenue of that month as a multiple of the trend.
        times: f64,
        /// Number of years of data.
        years: usize,
    },
    /// At least two years, and months of the year do not differ beyond chance.
    NoSeason,
    /// Fewer than two full years: seasonality cannot be separated from trend.
    TooShort,
}

/// The pattern by month of the year, by the test for seasonality.
pub fn months_of_year(months: &[MonthSummary], season: Option<&Season>) -> MonthsOfYear {
    let full = months.iter().filter(|month| month.complete).count();
    match season {
        Some(season) => {
            let (strongest, times) = season.strongest();
            MonthsOfYear::Season { strongest, times, years: season.years }
        }
        None if full >= 24 => MonthsOfYear::NoSeason,
        None => MonthsOfYear::TooShort,
    }
}

/// The two periods of a change, the current one first.
pub fn periods(change: &Change) -> [&Span; 2] {
    [&change.current, &change.before]
}

#[cfg(test)]
mod tests {
    use super::super::Scope;
    use super::super::compare::comparison;
    use super::super::season::season;
    use super::super::testing::{months as whole_months, summary};
    use super::*;

    fn check(run: &RunSummary) -> RevenueChange {
        let compared = comparison(run, run, &Scope::everybody()).expect("compared");
        revenue_change(&compared, season(&run.months).as_ref()).expect("a change")
    }

    #[test]
    fn the_year_before_leads_and_the_season_explains_the_rest() {
        let found = check(&summary());
        assert_eq!(found.lead.against, ComparisonBase::SamePeriodLastYear);
        assert!((found.lead.relative() - 0.098).abs() < 0.001);
        assert!((found.other.as_ref().expect("the days before").relative() - 0.874).abs() < 0.001);
        // Alone it accounts for some 51%: most of the 87%.
        let SeasonRole::Explains { alone } = found.season else { panic!("{:?}", found.season) };
        assert!((0.45..0.6).contains(&alone), "{alone}");
        assert_eq!(found.figures[1].revenue_minor, 314_746_627);
        assert!((found.figures[0].orders_each() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_measured_season_nothing_is_said_of_it() {
        let mut run = summary();
        // Constant revenue plus noise: no seasonality, although the previous year is known.
        for (at, month) in run.months.iter_mut().enumerate() {
            month.revenue_minor = 100_000 + ((at * 7919) % 1000) as i64;
        }
        assert_eq!(check(&run).season, SeasonRole::NotMeasured);
        // One year is too short to measure seasonality.
        run.months = whole_months((2011, 1), &[100.0; 11]);
        assert_eq!(check(&run).season, SeasonRole::NotMeasured);
        // Unknown without a previous year.
        run.periods.as_mut().expect("periods").year_before = None;
        let found = check(&run);
        assert_eq!(
            (found.lead.against, found.season),
            (ComparisonBase::PreviousPeriod, SeasonRole::CannotTell)
        );
        assert_eq!(found.other, None);
    }

    #[test]
    fn a_fixed_group_of_customers_is_called_one() {
        let mut run = summary();
        assert!(!check(&run).no_new_customers);
        let current = &mut run.periods.as_mut().expect("periods").current;
        current.returning_customers = current.customers;
        assert!(check(&run).no_new_customers);
        let current = &mut run.periods.as_mut().expect("periods").current;
        (current.customers, current.returning_customers) = (99, 99);
        assert!(!check(&run).no_new_customers);
    }

    #[test]
    fn a_season_does_not_explain_what_goes_the_other_way() {
        let mut run = summary();
        let periods = run.periods.as_mut().expect("periods");
        periods.current.revenue_minor = 150_000_000;
        assert!(matches!(check(&run).season, SeasonRole::Part { alone } if alone > 0.45));
        // Small changes are not explained.
        run.periods.as_mut().expect("periods").current.revenue_minor = 187_000_000;
        assert!(matches!(check(&run).season, SeasonRole::Part { .. }));
    }

    #[test]
    fn months_of_the_year_speak_only_if_they_were_tested() {
        let run = summary();
        let found = months_of_year(&run.months, season(&run.months).as_ref());
        assert!(matches!(found, MonthsOfYear::Season { strongest: 10, years: 2, times } if times > 1.5));
        let flat = whole_months((2010, 1), &[100.0; 24]);
        assert_eq!(months_of_year(&flat, season(&flat).as_ref()), MonthsOfYear::NoSeason);
        assert_eq!(months_of_year(&flat[..14], season(&flat[..14]).as_ref()), MonthsOfYear::TooShort);
    }

    #[test]
    fn the_best_month_is_a_whole_one() {
        let mut run = summary();
        let found = months(&run).expect("whole months");
        assert_eq!(found.best.month, "2010-11");
        assert_eq!(found.latest.map(|month| month.month).as_deref(), Some("2011-11"));
        run.months.retain(|month| !month.complete);
        assert_eq!(months(&run), None);
    }
}
