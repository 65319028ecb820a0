//! The claims that pages, reports and advice make, with the rules for making them.
//!
//! A rule takes numbers of a run and returns a claim with its numbers, or none. [`words`] turns claims into
//! sentences, so that pages and terminal say the same. Tests cover rules and numbers, not wording.
//! docs/claims.md lists all rules.

pub mod activity;
pub mod compare;
pub mod customers;
pub mod forecast;
pub mod large_customers;
pub mod patterns;
pub mod revenue;
mod scope;
pub mod season;
pub mod segments;
pub mod words;

#[cfg(test)]
pub(crate) mod testing;

pub use scope::Scope;

use regulars_core::summary::{RunSummary, SegmentSummary};

use compare::NotCompared;
use customers::{Concentration, Orders, OverdueSegment, RepeatRate, SegmentActivity};
use large_customers::{LargeCustomer, LargestHoldoutCustomer, Total, large_customer};
use revenue::RevenueChange;

/// A claim about the numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Revenue change.
    RevenueChange(RevenueChange),
    /// Why revenue is not compared.
    NotCompared(NotCompared),
    /// A customer with a large share of a total.
    LargeCustomer(LargeCustomer),
    /// A customer who dominates the model comparison.
    LargestHoldoutCustomer(LargestHoldoutCustomer),
    /// Revenue concentration.
    Concentration(Concentration),
    /// Good customers gone quiet.
    OverdueSegment(OverdueSegment),
    /// The segment whose revenue share exceeds its customer share most.
    BestSegment(SegmentSummary),
    /// Repeat rate.
    RepeatRate(RepeatRate),
}

/// Figures from the columns of the run that a summary does not have.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Cadence of the customers of each segment.
    pub activity: Vec<SegmentActivity>,
    /// Customers with two and with three orders.
    pub orders: Option<Orders>,
}

/// Claims about the headline numbers, the most important first.
///
/// Shape: `chosen` is the summary of the selected customers, `run` that of all customers.
pub fn headlines(chosen: &RunSummary, run: &RunSummary, scope: &Scope, facts: &Facts) -> Vec<Claim> {
    if chosen.customers == 0 {
        return Vec::new();
    }
    let change = compare::comparison(chosen, run, scope)
        .ok()
        .and_then(|found| revenue::revenue_change(&found, season::season(&chosen.months).as_ref()));
    let largest = chosen.top_customers.first();
    let large_customer = large_customer(
        Total::Revenue,
        chosen.revenue_minor,
        chosen.customers,
        largest.map(|top| (top.customer_id.as_str(), top.monetary_minor)),
    );
    [
        change.map(Claim::RevenueChange),
        large_customer.map(Claim::LargeCustomer),
        customers::concentration(chosen).map(Claim::Concentration),
        customers::overdue_segment(chosen, &facts.activity).map(Claim::OverdueSegment),
        customers::best_segment(chosen).cloned().map(Claim::BestSegment),
        customers::repeat_rate(chosen, facts.orders).map(Claim::RepeatRate),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The customer with the largest forecast, if it is more than 5% of the total forecast.
pub fn largest_forecast(run: &RunSummary) -> Option<LargeCustomer> {
    let value = run.value.as_ref()?;
    let largest = value.top_customers.first();
    large_customer(
        Total::ExpectedSpend,
        value.total_ltv_minor,
        value.customers,
        largest.map(|top| (top.customer_id.as_str(), top.predicted_ltv_minor)),
    )
}

#[cfg(test)]
mod tests {
    use super::compare::ComparisonBase;
    use super::testing::{segment, summary};
    use super::*;

    /// The claims made, in order.
    fn names(claims: &[Claim]) -> Vec<&'static str> {
        claims
            .iter()
            .map(|claim| match claim {
                Claim::RevenueChange(change) if change.lead.against == ComparisonBase::SamePeriodLastYear => {
                    "year"
                }
                Claim::RevenueChange(_) => "previous",
                Claim::NotCompared(_) => "not compared",
                Claim::LargeCustomer(_) => "large customer",
                Claim::LargestHoldoutCustomer(_) => "largest in holdout",
                Claim::Concentration(_) => "concentration",
                Claim::OverdueSegment(_) => "slipping",
                Claim::BestSegment(_) => "best",
                Claim::RepeatRate(_) => "came back",
            })
            .collect()
    }

    #[test]
    fn what_the_numbers_bear_out_is_said_and_nothing_else() {
        let mut run = summary();
        run.segments = vec![segment("Best", 1_000, 1_200_000_000, &run)];
        let headline_names =
            |run: &RunSummary, scope: &Scope, facts: &Facts| names(&headlines(run, run, scope, facts));
        let everybody = Scope::everybody();
        assert_eq!(
            headline_names(&run, &everybody, &Facts::default()),
            ["year", "concentration", "best", "came back"]
        );
        // A customer with 10% of revenue is named right after it.
        run.top_customers[0].monetary_minor = run.revenue_minor / 10;
        let activity = vec![SegmentActivity {
            segment: "Best".to_owned(),
            bought_lately_share: 0.1,
            overdue_share: 0.8,
        }];
        assert_eq!(
            headline_names(&run, &everybody, &Facts { activity, orders: None }),
            ["year", "large customer", "concentration", "slipping", "best", "came back"]
        );
        let chosen = Scope { by_behaviour: true, ..Scope::default() };
        assert_eq!(headline_names(&run, &chosen, &Facts::default())[0], "large customer");
        let nobody = RunSummary { customers: 0, ..run };
        assert!(headline_names(&nobody, &everybody, &Facts::default()).is_empty());
    }
}
