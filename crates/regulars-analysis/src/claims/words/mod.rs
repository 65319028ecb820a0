//! Turns claims into sentences.
//!
//! Whether a claim may be made is decided elsewhere; this module only chooses between singular and plural, up
//! and down.

mod activity;
mod charts;
mod segments;
mod text;
mod value;

pub use activity::{
    alive_axis, alive_caveat, customer, likely_active, likely_active_short, risk_unknown, will_buy,
};
pub use charts::{
    WEEKDAYS, acquired, attribute, best_months, concentration_curve, frequency, missing, months_of_year,
    one_order_advice, segments as segment_shares, skew, value_skew, weekdays,
};
pub use segments::{buying, recommendation_override, spend_at_cadence};
pub use text::ClaimText;
pub use value::{coverage, large_customer, largest_holdout_customer, most_accurate};

use regulars_core::label;
use regulars_core::summary::SegmentSummary;

use super::Claim;
use super::compare::{Change, ComparisonBase, NotCompared, Span};
use super::customers::{Concentration, OverdueSegment, RepeatRate};
use super::revenue::{PeriodFigures, RevenueChange, SeasonRole};
use crate::format::{self, Direction, Money};

/// Turns claims into words.
#[derive(Debug, Clone)]
pub struct Words {
    /// How amounts are written.
    pub money: Money,
    /// Whether the numbers cover all customers, without a filter.
    pub all: bool,
}

/// Text for a terminal that may only show ASCII.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '−' | '–' => out.push('-'),
            '±' => out.push_str("+-"),
            '“' | '”' => out.push('"'),
            '’' => out.push('\''),
            '\u{a0}' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// A period by its first and last day: `11 Sep to 9 Dec 2011`.
pub fn span(span: &Span) -> String {
    let (from, to) = (format::day(&span.from), format::day(&span.to));
    match (from.rsplit_once(' '), to.rsplit_once(' ')) {
        (Some((start, year)), Some((_, same))) if year == same => format!("{start} to {to}"),
        _ => format!("{from} to {to}"),
    }
}

/// The base of a comparison, in a few words.
pub fn against(change: &Change) -> String {
    match change.against {
        ComparisonBase::SamePeriodLastYear => "vs. previous year".to_owned(),
        ComparisonBase::PreviousPeriod => format!("vs. previous {} days", change.days),
    }
}

/// The periods that numbers are compared over, each with its dates.
pub fn periods(changes: &[Change]) -> Option<String> {
    let first = changes.first()?;
    let mut words = format!("Last {} days: {}.", first.days, span(&first.current));
    for change in changes {
        let of = match change.against {
            ComparisonBase::SamePeriodLastYear => "Previous year".to_owned(),
            ComparisonBase::PreviousPeriod => format!("Previous {} days", change.days),
        };
        words.push_str(&format!(" {of}: {}.", span(&change.before)));
    }
    if changes.iter().all(|change| change.against == ComparisonBase::PreviousPeriod) {
        words.push_str(
            " The data do not cover the same days of the previous year, so seasonality and trend cannot be separated.",
        );
    }
    Some(words)
}

/// Why there is no comparison.
pub fn not_compared(reason: &NotCompared) -> String {
    match reason {
        NotCompared::TooShort => "The data cover too short a time to compare periods.".to_owned(),
        NotCompared::DataBeginLate { first, days } => format!(
            "The data begin on {}, so there is no full previous period of {days} days to compare with.",
            format::day(first)
        ),
        NotCompared::ChosenByBehaviour => {
            "These customers are filtered by behaviour, so periods are not compared: \
             the difference would reflect the filter, not the business."
                .to_owned()
        }
        NotCompared::DataEndEarly { last, as_of, silent_days, expected_orders } => format!(
            "The last order is on {}, {} before the analysis date ({}), although about {} were to be expected since. The data \
             may be incomplete, so periods are not compared.",
            format::day(last),
            format::counted(u64::from(*silent_days), "day", "days"),
            format::day(as_of),
            format::counted(expected_orders.round() as u64, "order", "orders")
        ),
    }
}

impl Words {
    /// A claim in words.
    pub fn say(&self, claim: &Claim) -> ClaimText {
        match claim {
            Claim::RevenueChange(change) => self.revenue(change),
            Claim::NotCompared(reason) => ClaimText {
                headline: "The last period is not compared".to_owned(),
                detail: not_compared(reason),
            },
            Claim::LargeCustomer(found) => large_customer(found, &self.money),
            Claim::LargestHoldoutCustomer(found) => ClaimText {
                headline: "One customer dominates the model comparison".to_owned(),
                detail: largest_holdout_customer(found, &self.money),
            },
            Claim::Concentration(found) => self.concentration(found),
            Claim::OverdueSegment(found) => self.overdue_segment(found),
            Claim::BestSegment(found) => self.best(found),
            Claim::RepeatRate(found) => repeat_rate(found),
        }
    }

    /// `your customers`, or `these customers`.
    fn whose(&self) -> &'static str {
        if self.all { "your" } else { "these" }
    }

    fn figures_in_words(&self, figures: &PeriodFigures) -> String {
        format!(
            "{} from {} with {:.2} orders per customer",
            self.money.rounded(figures.revenue_minor as f64),
            format::customers(figures.customers),
            figures.orders_each()
        )
    }

    fn revenue(&self, found: &RevenueChange) -> ClaimText {
        let (text, direction) = found.lead.in_percent().unwrap_or((String::new(), Direction::Level));
        let number = text.trim_start_matches(['+', '−', '±']);
        let moved = match direction {
            Direction::Up => format!("grew by {number}"),
            Direction::Down => format!("fell by {number}"),
            Direction::Level => "was unchanged".to_owned(),
        };
        let days = found.lead.days;
        let against = match found.lead.against {
            ComparisonBase::SamePeriodLastYear => format!("vs. the same {days} days of the previous year"),
            ComparisonBase::PreviousPeriod => format!("vs. the previous {days} days"),
        };
        let [now, then] = &found.figures;
        let mut detail = format!(
            "{}: {}; {}: {}.",
            span(&found.lead.current),
            self.figures_in_words(now),
            span(&found.lead.before),
            self.figures_in_words(then)
        );
        if let Some((change, text)) =
            found.other.as_ref().and_then(|other| Some((other, other.in_percent()?.0)))
        {
            detail.push_str(&format!(
                " Compared with the previous {days} days ({}, {}): {text}",
                span(&change.before),
                self.money.rounded(change.then)
            ));
            detail.push_str(&match found.season {
                SeasonRole::Explains { alone } => format!(
                    ", mostly seasonal: the season alone accounts for {}.",
                    format::change(1.0 + alone, 1.0).map_or_else(String::new, |(text, _)| text)
                ),
                SeasonRole::Part { alone } => format!(
                    "; the season alone accounts for {}.",
                    format::change(1.0 + alone, 1.0).map_or_else(String::new, |(text, _)| text)
                ),
                SeasonRole::NotMeasured | SeasonRole::CannotTell => ".".to_owned(),
            });
        }
        if found.season == SeasonRole::CannotTell {
            detail.push_str(
                " Seasonality and trend cannot be separated: the data do not cover the same days of the previous year.",
            );
        }
        if found.no_new_customers {
            detail.push_str(
                " None of the recent buyers is new: the data may cover a fixed group of customers, which can only lose \
                 members.",
            );
        }
        ClaimText { headline: format!(concat!(label!(Revenue), " {} {}"), moved, against), detail }
    }

    fn concentration(&self, found: &Concentration) -> ClaimText {
        let times = found.times.map_or_else(String::new, |times| {
            format!("On average, each of them spends as much as {} of the others. ", format::mean(times))
        });
        ClaimText {
            headline: format!(
                concat!("The top 20% of {} customers account for {} of {}", label!(revenue)),
                self.whose(),
                format::percent_in_text(found.share),
                if self.all { "" } else { "their " }
            ),
            detail: format!(
                "{times}{}",
                if found.share > 0.8 {
                    "Depending on so few customers is a risk: retain them first."
                } else {
                    "Retain them first, for example with early access, better service or personal contact."
                }
            ),
        }
    }

    fn overdue_segment(&self, found: &OverdueSegment) -> ClaimText {
        let segment = &found.segment;
        ClaimText {
            headline: format!(
                "{} in {} have gone quiet",
                format::counted(segment.customers, "good customer", "good customers"),
                segment.segment
            ),
            detail: format!(
                concat!(
                    "They spent {} each on average, compared with {} for the average {}, and account for {} of {}",
                    label!(revenue),
                    ". {} of them have not ordered for more than twice their purchase cycle; {} bought in the last 90 days."
                ),
                self.money.rounded(segment.monetary_mean_minor),
                self.money.rounded(found.spend_mean_minor),
                if self.all { "customer" } else { "of these customers" },
                format::percent_in_text(segment.revenue_share),
                if self.all { "all " } else { "their " },
                format::percent_in_text(found.activity.overdue_share),
                format::percent_in_text(found.activity.bought_lately_share),
            ),
        }
    }

    fn best(&self, segment: &SegmentSummary) -> ClaimText {
        ClaimText {
            headline: format!(
                concat!("{} is {} of {}customers and {} of {}", label!(revenue)),
                segment.segment,
                format::percent_in_text(segment.customer_share),
                if self.all { "" } else { "these " },
                format::percent_in_text(segment.revenue_share),
                if self.all { "" } else { "their " }
            ),
            detail: format!(
                "They placed {} orders each on average and spent {} per order. Find out how they were acquired, and look for \
                 similar customers.",
                format::mean(segment.frequency_mean),
                self.money.mean(segment.average_order_value_minor),
            ),
        }
    }
}

fn repeat_rate(found: &RepeatRate) -> ClaimText {
    ClaimText {
        headline: format!("Repeat rate: {} of customers ordered again", format::percent(found.share)),
        detail: match found.third {
            Some(third) if found.first_step_is_hardest => format!(
                "The second order is the main hurdle: {} went from the first to the second order, {} from the second to the \
                 third.",
                format::percent_in_text(found.share),
                format::percent_in_text(third)
            ),
            Some(third) => {
                format!("{} of those with two orders placed a third.", format::percent_in_text(third))
            }
            None => "Share of customers with more than one order.".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_names_its_year_once() {
        let of = |from: &str, to: &str| span(&Span { from: from.to_owned(), to: to.to_owned() });
        assert_eq!(of("2011-09-11", "2011-12-09"), "11 Sep to 9 Dec 2011");
        assert_eq!(of("2010-12-11", "2011-03-09"), "11 Dec 2010 to 9 Mar 2011");
    }

    #[test]
    fn a_terminal_gets_ascii() {
        assert_eq!(plain("−3.0% of “all”, 1\u{a0}CHF – it’s ±0"), "-3.0% of \"all\", 1 CHF - it's +-0");
    }
}
