//! What the [`Backend`](crate::Backend) answers to a budget over the opportunities of a run.
//!
//! Deliberately not here: the choice itself, which the pipeline makes for the command line and for us.

use std::sync::Arc;

use regulars_core::budget::BudgetFault;
use serde::Serialize;

/// The answer to a budget.
#[derive(Debug, Clone, PartialEq)]
pub enum BudgetAnswer {
    /// Whom to contact.
    Plan(Arc<BudgetPlan>),
    /// That it cannot be.
    Fault(BudgetFault),
}

/// Whom to contact, and what that is expected to return.
///
/// Units: money in minor units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BudgetPlan {
    /// Customers for whom a contact is expected to return more than it costs, whether the budget reaches
    /// them or not.
    pub worthwhile: usize,
    /// What the contacts cost.
    pub cost_minor: i64,
    /// The potential of those contacted.
    pub potential_minor: i64,
    /// What all contacts are expected to return after their cost.
    pub expected_return_minor: i64,
    /// Lower end of the interval of that, by who happens to respond.
    pub return_low_minor: i64,
    /// Upper end of it.
    pub return_high_minor: i64,
    /// The chance that the interval is meant to hold what happens.
    pub interval_level: f64,
    /// The response at which these contacts return what they cost; none if nobody is contacted.
    pub break_even_response: Option<f64>,
    /// The margin in force.
    pub margin: f64,
    /// Where it comes from, in words, if it was not given.
    pub assumed: Option<String>,
    /// What so many contacts would return, whatever the budget: contacts and expected return, by contacts.
    pub curve: Vec<(usize, i64)>,
    /// Whom to contact, in that order.
    pub customers: Vec<BudgetContact>,
}

/// One customer to contact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BudgetContact {
    /// Who.
    pub customer_id: String,
    /// The kind of opportunity.
    pub kind: String,
    /// The customer's segment.
    pub segment: String,
    /// What the customer is expected to bring in the horizon.
    pub expected_ltv_minor: i64,
    /// What it would bring more if it behaved as its look-alikes.
    pub potential_minor: i64,
    /// What the contact is expected to return after its cost.
    pub expected_return_minor: i64,
}
