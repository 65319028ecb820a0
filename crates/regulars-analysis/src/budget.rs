//! The [`Backend`](crate::Backend)'s contact plan for a budget.
//!
//! Not here: the selection itself, which the pipeline makes for the command line and the server.

use std::sync::Arc;

use regulars_core::budget::BudgetFault;
use schemars::JsonSchema;
use serde::Serialize;

/// The result of a budget request.
#[derive(Debug, Clone, PartialEq)]
pub enum BudgetOutcome {
    /// The contact plan.
    Plan(Arc<BudgetPlan>),
    /// An invalid request.
    Invalid(BudgetFault),
}

/// The customers to contact, and the expected return.
///
/// Units: money in minor units.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct BudgetPlan {
    /// Customers whose contact is expected to return more than it costs, within the budget or not.
    pub worthwhile: usize,
    /// Cost of the contacts.
    pub cost_minor: i64,
    /// Upside of the customers to contact.
    pub upside_minor: i64,
    /// Expected return of all contacts after cost.
    pub expected_return_minor: i64,
    /// Lower bound of its interval, which covers the randomness of responses.
    pub return_low_minor: i64,
    /// Upper bound of its interval.
    pub return_high_minor: i64,
    /// Nominal coverage of the interval.
    pub interval_level: f64,
    /// The response rate at which these contacts break even; `None` without contacts.
    pub break_even_response: Option<f64>,
    /// The gross margin used.
    pub margin: f64,
    /// Source of the margin, in words; `None` if it was given.
    pub assumed: Option<String>,
    /// Number of contacts and their expected return, regardless of the budget, by number of contacts.
    pub curve: Vec<(usize, i64)>,
    /// The customers to contact, in that order.
    pub customers: Vec<BudgetContact>,
}

/// One customer to contact.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct BudgetContact {
    /// Customer ID.
    pub customer_id: String,
    /// The kind of opportunity.
    pub kind: String,
    /// The customer's segment.
    pub segment: String,
    /// Expected spend in the horizon.
    pub predicted_ltv_minor: i64,
    /// Additional spend if the customer behaved like similar customers.
    pub upside_minor: i64,
    /// Expected return of the contact after cost.
    pub expected_return_minor: i64,
}
